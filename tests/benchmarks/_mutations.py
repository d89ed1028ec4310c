"""Files harmed at random: what a program, a spreadsheet, a network or an attacker makes of a good one."""

import gzip
import io
import random
import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from _workbooks import ods_of, xlsb_of, zipped

__all__ = ["GOLDENS", "goldens", "mutated"]

GOLDENS = Path(__file__).parent.parent / "golden" / "sources"
ENCODINGS = ("utf-8-sig", "utf-8", "gb18030", "utf-16")
DELIMITERS = (",", "\t", ";", "|")
_PACKED = 0.06  # of the files end in an archive, harmed or not
_REWRITTEN = 0.03  # of the texts become a workbook
_BOMB_BYTES = 1 << 24
_DEPTH_MAX = 8
_LAUGHS = "".join(f'<!ENTITY l{at} "{f"&l{at - 1};" * 10}">' for at in range(1, 10))
_ENTITIES = (
    f'<!DOCTYPE x [<!ENTITY l0 "lol">{_LAUGHS}]>',
    '<!DOCTYPE x [<!ENTITY l9 SYSTEM "file:///etc/passwd">]>',
    "<!DOCTYPE x [<!ENTITY % p \"<!ENTITY l9 'x'>\"> %p;]>",
)
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
    """The bytes, harmed in one to three ways, and now and then packed into an archive.

    Args:
        data: A good file.
        rng: Where the chance comes from.
        columns: How many columns a line may get.
        cell: How long a cell may get.
    """
    if rng.random() < _REWRITTEN:
        data = _as_workbook(data, rng)
    for _ in range(rng.randint(1, 3)):
        ways: list[Callable[[], bytes]] = [lambda: _bytes_harmed(data, rng)]  # noqa: B023 - called at once
        text = _decoded(data)
        if text is not None:
            ways += [lambda: _text_harmed(text, rng, columns=columns, cell=cell)] * 4  # noqa: B023
        elif data.startswith(b"PK"):
            ways += [lambda: _members_harmed(data, rng)] * 6  # noqa: B023
        data = rng.choice(ways)()
    return _packed(data, rng) if rng.random() < _PACKED else data


def _as_workbook(data: bytes, rng: random.Random) -> bytes:
    """The table of a text as a workbook of the kinds of which there are no goldens."""
    decoded = _decoded(data)
    if decoded is None:
        return data
    lines = decoded[0].splitlines()
    delimiter = max(DELIMITERS, key=decoded[0].count)
    return rng.choice([ods_of, xlsb_of])([[cell.strip('"') for cell in line.split(delimiter)] for line in lines])


def _packed(data: bytes, rng: random.Random) -> bytes:
    """An archive of the bytes: whole, deep, harmed, or with something beside it that unpacks to far more than it takes."""
    match rng.randrange(6):
        case 0:
            return zipped({"账单/明细.csv".encode("gb18030").decode("cp437"): data})
        case 1:
            return gzip.compress(data, mtime=0)
        case 2:
            for depth in range(rng.randint(1, _DEPTH_MAX)):
                data = zipped({f"{depth}.zip": data}) if rng.random() < 0.5 else gzip.compress(data, mtime=0)
            return data
        case 3:
            return zipped({"bill.csv": data, **{f"{at}.zip": _bomb() for at in range(rng.randint(1, 4))}})
        case 4:
            return gzip.compress(data, mtime=0) + _gzip_bomb()
        case _:
            return _bytes_harmed(zipped({"a.csv": data, "b.csv": data}), rng)


@cache
def _bomb() -> bytes:
    return zipped({"bomb.csv": b"0" * _BOMB_BYTES})


@cache
def _gzip_bomb() -> bytes:
    return gzip.compress(b"0" * _BOMB_BYTES, mtime=0)


def _decoded(data: bytes) -> tuple[str, str] | None:
    if data.startswith((b"PK", b"\xd0\xcf", b"\x1f\x8b")):
        return None
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ENCODINGS if data.startswith(b"\xef\xbb\xbf") else ENCODINGS[1:]
    for encoding in encodings:
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

    def swap(self, other: int) -> None:
        """Let the column that is harmed and another change places."""

        def swapped(cells: list[str]) -> list[str]:
            if max(self.place, other) < len(cells):
                cells[self.place], cells[other] = cells[other], cells[self.place]
            return cells

        self.each(swapped)

    def each(self, change: Callable[[list[str]], list[str]]) -> None:
        self.lines = [self.delimiter.join(change(line.split(self.delimiter))) for line in self.lines]


def _other_digit(line: str, rng: random.Random) -> str:
    digits = [found.start() for found in re.finditer("[0-9]", line)]
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
        lambda: text.swap(rng.randrange(len(text.cells))),
        lambda: text.each(lambda cells: cells[:place] + cells[place + 1 :]),
        line(lines[at] + text.delimiter * rng.randrange(columns)),
        lambda: lines.insert(at, rng.choice(lines)),
        lambda: lines.pop(at),
        lambda: rng.shuffle(lines),
        line('"' + lines[at]),
        line(lines[at][: rng.randrange(len(lines[at]) + 1)]),
        line(lines[at].replace(text.delimiter, rng.choice(DELIMITERS))),
        line(lines[at] + rng.choice(['"', text.delimiter, "\r", " ", f"{text.delimiter}x", "\ufeff"])),
        *([lambda: lines.__setitem__(at, _other_digit(lines[at], rng))] * 2),
        *([lambda: lines.__setitem__(slice(None), _bombed("\n".join(lines), rng).split("\n"))] * 3 * _is_xml(lines)),
    ]


def _is_xml(lines: list[str]) -> bool:
    return lines[0].lstrip("\ufeff").startswith("<?xml")


def _bombed(xml: str, rng: random.Random) -> str:
    """The XML with entities that unfold to a thousand million others, or to a file of the machine, used in some place of it."""
    bombed = xml.replace("?>", f"?>{rng.choice(_ENTITIES)}", 1)
    places = [found.end() for found in re.finditer(r"<\w[^<>?]*[^/<>?]>", bombed)] or [len(bombed)]
    place = rng.choice(places)
    return f"{bombed[:place]}&l9;{bombed[place:]}"


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
    sheets = [name for name in members if "sheet" in name or name == "content.xml"]
    name = rng.choice(sorted(members) if rng.random() < 0.5 or not sheets else sheets)
    members[name] = rng.choice(_MEMBER_WAYS)(members[name], rng)
    if rng.random() < _GONE:
        del members[name]
    return zipped(members)


_GONE = 0.1


def _replaced(pattern: bytes, values: tuple[str, ...]) -> Callable[[bytes, random.Random], bytes]:
    """A way to put one of the values for one place of the pattern."""

    def change(xml: bytes, rng: random.Random) -> bytes:
        places = list(re.finditer(pattern, xml))
        if not places:
            return xml
        place = rng.choice(places)
        return xml[: place.start()] + rng.choice(values).encode() + xml[place.end() :]

    return change


_MEMBER_WAYS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _bytes_harmed,
    lambda xml, rng: _bombed(xml.decode("utf-8", errors="replace"), rng).encode(),
    lambda xml, rng: xml.replace(b"?>", b"?>" + b" " * rng.choice([1 << 20, _BOMB_BYTES]), 1),
    _replaced(rb"<v>[^<]*", ("<v>1E400", "<v>-", "<v>x", "<v>99999999999999999999", "<v>-1", "<v>1e-400", "<v>nan")),
    _replaced(rb"<t>[^<]*", ("<t>合计", "<t>=1+1", "<t>&#0;", "<t>&lol;", f"<t>{'x' * 100_000}")),
    _replaced(
        rb'<c r="[A-Z]+[0-9]+"', ('<c r="XFD1048576"', '<c r="ZZZZZZ9"', '<c r="A0"', '<c r="A99999999999"', "<c")
    ),
    _replaced(rb"<v>[^<]*</v>", ("<f>1+1</f>", "<f>NA()</f><v>#N/A</v>", "<v/>", "")),
    _replaced(rb' t="[a-zA-Z]*"', (' t="e"', ' t="d"', ' t="b"', ' t="s"', ' t="str"', "")),
    _replaced(rb'ref="[^"]*"', ('ref="A1:XFD1048576"', 'ref="A1:A1"', 'ref="B0:A-1"')),
    _replaced(rb'[cC]ount="[0-9]*"', ('count="4294967295"', 'uniqueCount="4294967295"')),
    _replaced(
        rb"<table:table-cell", ('<table:table-cell table:number-columns-repeated="16384"', "<table:covered-table-cell")
    ),
    _replaced(
        rb"<table:table-row", ('<table:table-row table:number-rows-repeated="1000000000"', "<table:table-row/><a")
    ),
    _replaced(
        rb' office:value-type="string"',
        (' office:value-type="float" office:value="1E999"', ' office:value-type="string" calcext:value-type="error"'),
    ),
    _replaced(rb' r="[0-9]+"', (' r="1048577"', ' r="0"', ' r="18446744073709551616"', "")),
)
