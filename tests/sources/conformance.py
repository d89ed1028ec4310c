"""What every source leaf must do, told from its golden files alone.

A golden is an input under `tests/golden/sources/<leaf>/`, beside it `<input>.json` with what reading it must give, and, where `read` needs to be
told something, `<input>.toml` with its options. The functions raise AssertionError; they know no leaf by name.
"""

import csv
import io
import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import python_calamine

import tieout
from tieout.errors import EmptyFile, InputError, UnidentifiedFile
from tieout.sources import Batch
from tieout.sources._workbook import cell_text

UPDATE = "TIEOUT_UPDATE_GOLDENS"
_CUTS = 12


def inputs(folder: Path) -> list[Path]:
    """The input files of one leaf's goldens."""
    return sorted(path for path in folder.iterdir() if path.is_file() and path.suffix not in {".json", ".toml", ".py"})


def read_golden(path: Path, source: object = None, **more: Any) -> Batch:
    """Read a golden, or other bytes with its options."""
    given = path.with_name(f"{path.name}.toml")
    options: dict[str, Any] = tomllib.loads(given.read_text("utf-8")) if given.exists() else {}
    if path.parent.name == "generic_table":
        options["format"] = "generic_table"
    return tieout.read(path if source is None else source, **options, **more)


def snapshot(batch: Batch) -> dict[str, Any]:
    """Everything that reading gave, as JSON can hold it; columns without any value left out."""
    return {
        "format": batch.format,
        "records": {batch.records.record.__name__: rows(batch.records.to_polars())},
        "others": {name: rows(table.to_polars()) for name, table in batch.others.items()},
        "rejects": [{"text": str(reject), "reason": reject.reason, "raw": reject.raw} for reject in batch.rejects],
        "control": [str(check) for check in batch.control.checks],
        "findings": [finding.text for finding in batch.control.findings],
        "set_apart": [f"{row.line}-{row.line_end} {row.kind}: {row.text}" for row in batch.control.set_apart],
        "notes": [str(note) for note in batch.notes],
        "source": {
            "encoding": batch.source.encoding,
            "delimiter": batch.source.delimiter,
            "sheets": list(batch.source.sheets),
            "header_line": batch.source.header_line,
            "line_count": batch.source.line_count,
        },
    }


def rows(
    frame: pl.DataFrame, *, without: tuple[str, ...] = ("source_format", "source_sha256", "source_file")
) -> list[dict[str, Any]]:
    filled = [column.name for column in frame if column.null_count() < len(column) and column.name not in without]
    return [{name: _plain(value) for name, value in row.items()} for row in frame.select(filled).iter_rows(named=True)]


def _plain(value: object) -> object:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items() if item not in (None, [])}
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)


def check_golden(path: Path) -> None:
    """The reading is exactly what the golden says; with the switch set, and never on CI, the golden is rewritten instead."""
    found = snapshot(read_golden(path))
    expected = path.with_name(f"{path.name}.json")
    if os.environ.get(UPDATE):
        assert not os.environ.get("CI"), f"{UPDATE} is refused on CI: goldens change by a person's hand only"
        expected.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", "utf-8")
    assert expected.exists(), f"{path.name} has no golden; set {UPDATE}=1 to write it, and read what it says"

    assert json.loads(expected.read_text("utf-8")) == found


def check_identified_as_own(path: Path, leaf: str) -> None:
    """The content alone says which leaf it is; a leaf that needs a mapping is never found."""
    if leaf == "generic_table":
        try:
            found = tieout.identify(path)
        except UnidentifiedFile:
            return
        raise AssertionError(f"{path.name} needs a mapping, and is identified as {found}")
    assert leaf == tieout.identify(path)
    assert leaf == tieout.identify(path.read_bytes()), "the name of a file may not matter"


def check_lines_accounted_for(path: Path) -> None:
    """Rows in = records + rejects + rows set apart, and no line stands in two of them."""
    batch = read_golden(path)
    (lines,) = [check for check in batch.control.checks if check.name == "lines"][: len(batch.source.sheets) or 1]
    record_lines = set(_spans(batch.records.to_polars()))
    reject_lines = {(reject.line, reject.provenance.line_end or reject.line) for reject in batch.rejects}
    apart_lines = {(row.line, row.line_end) for row in batch.control.set_apart}

    assert lines.holds, str(lines)
    assert not record_lines & reject_lines
    assert not (record_lines | reject_lines) & apart_lines
    assert batch.source.line_count == lines.total


def _spans(frame: pl.DataFrame) -> Iterator[tuple[int, int]]:
    yield from frame.select("source_line", pl.coalesce("source_line_end", "source_line")).iter_rows()


def check_lines_are_true(path: Path) -> None:
    """What a record holds can be found on the lines that it says it comes from, read by other means than ours."""
    batch = read_golden(path)
    lines = _physical_lines(path, batch)
    for row in rows(batch.records.to_polars(), without=()):
        first, last = row["source_line"], row.get("source_line_end") or row["source_line"]
        found = _bare(" ".join(lines[first - 1 : last]))
        keys = [
            value for name, value in row.items() if re.search(r"(_no|_id|_ref|memo)$", name) and isinstance(value, str)
        ]
        keys = [key for key in keys if name_is_of_line(row, key)] or _words_of(row, found)
        keys += [str(row["account"])] if "voucher_id" in row else []  # whose id may stand on its first line alone
        assert keys, f"no field of {row} can be looked up"
        assert any(_stands_in(key, found) for key in keys), f"{keys} not on line {first}: {found}"


def _stands_in(key: str, found: str) -> bool:
    """Whether a line holds a key, or the words of a text that was put together of several cells or masked."""
    words = [_bare(word) for word in re.split(r"[^0-9A-Za-z\u4e00-\u9fff]+", key)]
    return _bare(key) in found or (len(words) > 1 and all(word in found for word in words))


def name_is_of_line(row: Mapping[str, object], key: str) -> bool:
    return key not in {row.get(name) for name in ("bill_no", "account_no", "settlement_id", "shop_id", "carrier")}


def _words_of(row: Mapping[str, object], found: str) -> list[str]:
    """The platform's words of a line that has no identifier of its own, if all of them stand there."""
    words = [_bare(word) for word in str(row.get("description") or "").split()]
    return [word for word in words if word] if all(word in found for word in words) else []


def _bare(text: str) -> str:
    return re.sub(r"[^0-9A-Z\u4e00-\u9fff]", "", text.upper())


def _physical_lines(path: Path, batch: Batch) -> list[str]:
    if batch.source.encoding is not None:
        text = path.read_bytes().decode("utf-8-sig" if batch.source.encoding == "utf-8" else batch.source.encoding)
        return text.replace("\r\n", "\n").split("\n")
    book = python_calamine.load_workbook(io.BytesIO(path.read_bytes()))
    sheet = book.get_sheet_by_name(batch.source.sheets[0])
    return [" ".join(cell_text(cell) for cell in cells) for cells in sheet.to_python(skip_empty_area=False)]


def check_same_bytes_same_result(path: Path) -> None:
    """Reading twice gives the same, byte for byte, and so does reading from bytes and from an open file."""
    first = read_golden(path)
    with path.open("rb") as file:
        opened = read_golden(path, file)

    assert snapshot(first) == snapshot(read_golden(path))
    assert snapshot(first)["records"] == snapshot(read_golden(path, path.read_bytes()))["records"]
    assert first.records.to_polars().equals(opened.records.to_polars())


def text_variants(path: Path) -> Iterator[tuple[str, bytes]]:
    """The same text as other programs write it: with and without mark, other line ends, other encodings."""
    batch = read_golden(path)
    if batch.source.encoding is None:
        return
    text = path.read_bytes().decode(batch.source.encoding).removeprefix("\ufeff").replace("\r\n", "\n")
    for end in ("\n", "\r\n"):
        for encoding in ("utf-8", "utf-8-sig", "gb18030", "utf-16"):
            yield f"{encoding} {end!r}", text.replace("\n", end).encode(encoding)
    yield "utf-16-le without mark", text.encode("utf-16-le")
    yield "utf-16-be without mark", text.encode("utf-16-be")
    yield "no end of the last line", text.removesuffix("\n").encode("utf-8")


def check_variants_read_alike(path: Path) -> None:
    expected = _without_hash(read_golden(path))
    for name, data in text_variants(path):
        assert expected == _without_hash(read_golden(path, data)), name


def _without_hash(batch: Batch) -> list[dict[str, Any]]:
    """The records without what is named after the bytes themselves."""
    return [
        {name: value for name, value in row.items() if value != batch.source.sha256[:16]}
        for row in rows(batch.records.to_polars())
    ]


def check_columns_may_change_places(path: Path) -> None:
    """Columns are found by their captions: their order does not matter."""
    batch = read_golden(path)
    if batch.source.encoding is None or batch.source.delimiter is None or not batch.source.header_line:
        return
    text = path.read_bytes().decode(batch.source.encoding).removeprefix("\ufeff")
    cells = list(_cells(text, batch.source.delimiter))
    width = max(len(row) for row in cells)
    header = next(at for at, row in enumerate(cells) if len(row) == len(cells[-1]) or len(row) > 3)
    if header + 1 != batch.source.header_line and sum(map(bool, cells[header])) > 3:
        return  # rows of several kinds, which their first cell tells: it has to stay where it is
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=batch.source.delimiter, lineterminator="\n")
    for at, given in enumerate(cells):
        # Some exports end each row with a comma that the header lacks.
        is_spared = not any(given[len(cells[header]) :]) and cells[header][-1]
        row = given[: len(cells[header])] if is_spared else given
        whole = at >= header and len(row) == len(cells[header])
        writer.writerow(row[::-1] if whole and width > 1 else row)

    shuffled = read_golden(path, out.getvalue().encode("utf-8"))
    ignore = ("source_format", "source_sha256", "source_file", "source_line", "source_line_end", "bill_no")
    assert rows(batch.records.to_polars(), without=ignore) == rows(shuffled.records.to_polars(), without=ignore)
    assert len(batch.rejects) == len(shuffled.rejects)


def _cells(text: str, delimiter: str) -> Iterator[list[str]]:
    """The cells of each line; where a backtick guards every cell, only a delimiter before a backtick parts them."""
    if "\n`" not in text:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        return
    for line in text.splitlines():
        yield re.split(f"{re.escape(delimiter)}(?=`)", line) if line.startswith("`") else line.split(delimiter)


def check_empty(path: Path) -> None:
    """No bytes are an empty file; a header alone is a file of no records."""
    for data in (b"", b"\n\n", b"\xef\xbb\xbf"):
        try:
            read_golden(path, data)
        except (EmptyFile, UnidentifiedFile, InputError):
            continue
        raise AssertionError(f"{data!r} was read")


def check_truncated(path: Path) -> None:
    """A file that is cut off is refused, or gives some of the records and never another one, and accounts for its lines."""
    data = path.read_bytes()
    whole = rows(read_golden(path).records.to_polars(), without=_OF_THE_FILE)
    for step in range(1, _CUTS):
        cut = data[: len(data) * step // _CUTS]
        try:
            batch = read_golden(path, cut)
        except InputError:
            continue
        part = rows(batch.records.to_polars(), without=_OF_THE_FILE)
        last = max((row["source_line"] for row in part), default=0)
        strange = [
            row for row in part if not any(_is_part(row, other) for other in whole) and row["source_line"] != last
        ]
        assert not strange, f"cut at {len(cut)}: {strange}"
        assert all(check.holds for check in batch.control.checks if check.name == "lines")


_OF_THE_FILE = ("source_format", "source_sha256", "source_file", "source_sheet", "bill_no")


def _is_part(row: Mapping[str, object], other: Mapping[str, object]) -> bool:
    """Whether all that a row says, the other says too; columns that are all blank in a part are absent there."""
    return all(other.get(name) == value for name, value in row.items())
