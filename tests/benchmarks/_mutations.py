"""Files harmed at random: what a program, a spreadsheet, a network or an attacker makes of a good one."""

import io
import random
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["GOLDENS", "goldens", "mutated"]

GOLDENS = Path(__file__).parent.parent / "golden" / "sources"
ENCODINGS = ("utf-8-sig", "utf-8", "gb18030", "utf-16")
DELIMITERS = (",", "\t", ";", "|")
_WRITTEN = (2026, 8, 1, 0, 0, 0)  # the same whenever it runs, so that the same chance gives the same bytes
_ELSEWHERE = 0.1  # one text in ten is written in another encoding, or with other line ends
HOSTILE = (
    *(
        "",
        " ",
        "合计",
        "小计",
        "-",
        "--",
        "nan",
        "#N/A",
        "#REF!",
        "abc",
        '"',
        '""',
        "1,2",
        "\t",
        "`",
        "'",
        '="1"',
        "@1",
    ),
    *("1E+20", "1E+400", "0.001", "-0", "+1", "1.2.3", "9" * 21, "9" * 400, "١٢", "１２", "½", "∞", "10^6", "(5.00)"),
    *("2026-02-30", "12/31", "0000-00-00", "9999-12-31", "29.02.2025", "46000", "2026-03-29 02:30:00"),
    *("\u2028", "\x0b", "\x00", "\ufffd", "\u202e", "#1001", "13800138000", "运单号", "=1+1", "=cmd|' /C calc'!A0"),
)


def goldens() -> list[Path]:
    """The inputs of all leaves that need no options."""
    found = (
        path for path in sorted(GOLDENS.glob("*/*")) if path.is_file() and path.suffix not in {".json", ".toml", ".py"}
    )
    return [path for path in found if not path.with_name(f"{path.name}.toml").exists()]


def mutated(data: bytes, rng: random.Random, *, columns: int = 20_000, cell: int = 200_000) -> bytes:
    """The bytes, harmed in one to three ways.

    Args:
        data: A good file.
        rng: Where the chance comes from.
        columns: How many columns a line may get.
        cell: How long a cell may get.
    """
    for _ in range(rng.randint(1, 3)):
        ways: list[Callable[[], bytes]] = [lambda: _bytes_harmed(data, rng)]  # noqa: B023 - called at once
        text = _decoded(data)
        if text is not None:
            ways += [lambda: _text_harmed(text, rng, columns=columns, cell=cell)] * 4  # noqa: B023
        elif data.startswith(b"PK"):
            ways += [lambda: _members_harmed(data, rng)] * 2  # noqa: B023
        data = rng.choice(ways)()
    return data


def _decoded(data: bytes) -> tuple[str, str] | None:
    if data.startswith((b"PK", b"\xd0\xcf", b"\x1f\x8b")):
        return None
    for encoding in ("utf-16",) if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ENCODINGS:
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1"), "latin-1"


def _bytes_harmed(data: bytes, rng: random.Random) -> bytes:
    if not data:
        return bytes(rng.randrange(256) for _ in range(rng.randint(1, 40)))
    at, size = rng.randrange(len(data)), rng.randint(1, max(1, len(data) // 8))
    harmed = bytearray(data)
    match rng.randrange(7):
        case 0:
            return data[:at]
        case 1:
            for _ in range(rng.randint(1, 8)):
                harmed[rng.randrange(len(harmed))] = rng.randrange(256)
        case 2:
            del harmed[at : at + size]
        case 3:
            harmed[at:at] = data[at : at + size]
        case 4:
            harmed[at:at] = b"\x00" * rng.choice([1, 2, 64])
        case 5:
            return data + data
        case _:
            return data[at:]
    return bytes(harmed)


@dataclass
class _Text:
    """A text on its way to harm.

    Attributes:
        lines: Its lines.
        delimiter: What parts its cells.
        at: The line that is harmed.
        place: The cell in it.
    """

    lines: list[str]
    delimiter: str
    at: int
    place: int

    @property
    def cells(self) -> list[str]:
        return self.lines[self.at].split(self.delimiter)

    def put(self, cell: str) -> None:
        cells = self.cells
        cells[self.place] = cell
        self.lines[self.at] = self.delimiter.join(cells)

    def each(self, change: Callable[[list[str]], list[str]]) -> None:
        self.lines = [self.delimiter.join(change(line.split(self.delimiter))) for line in self.lines]


def _swapped(cells: list[str], one: int, other: int) -> list[str]:
    if max(one, other) < len(cells):
        cells[one], cells[other] = cells[other], cells[one]
    return cells


def _other_digit(line: str, rng: random.Random) -> str:
    digits = [nth for nth, letter in enumerate(line) if letter.isdigit()]
    if not digits:
        return line
    nth = rng.choice(digits)
    return line[:nth] + rng.choice("0123456789OIl.,-E") + line[nth + 1 :]


def _ways(text: _Text, rng: random.Random, columns: int, cell: int) -> list[Callable[[], object]]:
    """What can happen to a text; each changes it when it is called."""
    lines, at, place = text.lines, text.at, text.place

    def line(value: str) -> Callable[[], object]:
        return lambda: lines.__setitem__(at, value)

    return [
        lambda: text.put(rng.choice(HOSTILE)),
        lambda: text.put(rng.choice(HOSTILE)),
        lambda: text.put(text.cells[place] + "x" * rng.randrange(cell)),
        lambda: text.each(lambda cells: _swapped(cells, place, rng.randrange(len(text.cells)))),
        lambda: text.each(lambda cells: cells[:place] + cells[place + 1 :]),
        line(lines[at] + text.delimiter * rng.randrange(columns)),
        lambda: lines.insert(at, rng.choice(lines)),
        lambda: lines.pop(at),
        lambda: rng.shuffle(lines),
        line('"' + lines[at]),
        line(lines[at][: rng.randrange(len(lines[at]) + 1)]),
        line(lines[at].replace(text.delimiter, rng.choice(DELIMITERS))),
        line(lines[at] + rng.choice(['"', text.delimiter, "\r", " ", f"{text.delimiter}x", "\ufeff"])),
        line(_other_digit(lines[at], rng)),
        line(_other_digit(lines[at], rng)),
    ]


def _text_harmed(decoded: tuple[str, str], rng: random.Random, *, columns: int, cell: int) -> bytes:
    whole, encoding = decoded
    if rng.random() < _ELSEWHERE:
        encoding = rng.choice(ENCODINGS)
    text = _Text(lines=whole.split("\n"), delimiter=max(DELIMITERS, key=whole.count), at=0, place=0)
    text.at = rng.randrange(len(text.lines))
    text.place = rng.randrange(len(text.cells))
    rng.choice(_ways(text, rng, columns, cell))()
    end = rng.choice(["\r\n", "\r", "\n\n"]) if rng.random() < _ELSEWHERE else "\n"
    return end.join(text.lines).encode(encoding, errors="replace")


def _members_harmed(data: bytes, rng: random.Random) -> bytes:
    """A ZIP archive, workbooks among them, with one of its files harmed."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, EOFError):
        return _bytes_harmed(data, rng)
    if not members:
        return data
    name = rng.choice(sorted(members))
    text = members[name].decode("utf-8", errors="replace")
    match rng.randrange(5):
        case 0:
            members[name] = _bytes_harmed(members[name], rng)
        case 1:
            del members[name]
        case 2:
            members[name] = text.replace(
                "<v>", f"<v>{rng.choice(['1E400', '-', 'x', '99999999999999999999'])}", 1
            ).encode()
        case 3:
            members[name] = text.replace("<t>", f"<t>{rng.choice(['合计', '=1+1', '&#0;', '&lol;'])}", 1).encode()
        case _:
            bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
            members[name] = text.replace("?>", f"?>{bomb}", 1).replace("<t>", "<t>&b;", 1).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members.items():
            archive.writestr(zipfile.ZipInfo(member, _WRITTEN), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
