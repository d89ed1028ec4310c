"""Checks that no line of a file is lost, and that what is read stands where it is said to stand."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import polars as pl

from tieout.sources import Batch
from tieout.testing._golden import Golden
from tieout.testing._snapshot import rows_of
from tieout.testing._spans import spans_of_apart, spans_of_records, spans_of_rejects
from tieout.testing._verdict import fail, require, some

__all__ = ["check_lines_accounted", "check_lines_true", "check_repeated_line"]

_NOTHING: Final = re.compile(r"[\s,;|\t`\"]*")
_MONEY: Final = re.compile(r"(?<![\d.])\d[\d,]*\.\d{2}(?![\d.])")
_WITHOUT_CHARGE: Final = "without charge"
_KEY: Final = re.compile(r"(_no|_id|_ref|memo)$")
_OF_THE_FILE: Final = ("bill_no", "account_no", "settlement_id", "shop_id", "carrier")


def check_lines_accounted(golden: Golden) -> None:
    """Every line is a record, a reject, the header, set apart or blank, and none of them is two of these."""
    _check_lines(golden.batch, golden.lines)


def check_repeated_line(golden: Golden) -> None:
    """A line that stands there twice is not taken for one: it is a record again, a reject, or set apart."""
    if golden.text is None or golden.batch.source.delimiter is None or golden.text.count('"') % 2:
        return
    spans = list(spans_of_records(golden.batch.records))
    several = {line for _, first, last in spans for line in range(first, last + 1) if first != last}
    alone = next((first for _, first, _ in spans if first not in several), None)
    if alone is None:
        return
    lines = list(golden.lines[None])
    lines.insert(alone, lines[alone - 1])
    _check_lines(golden.read(("\n".join(lines) + "\n").encode()), {None: lines})


def _check_lines(batch: Batch, lines: Mapping[str | None, list[str]]) -> None:
    count = sum(map(len, lines.values()))
    require(count == batch.source.line_count, f"a line_count of {count}", f"{batch.source.line_count}")
    checks = [check for check in batch.control.checks if check.name == "lines" and check.side in (*lines, "file")]
    require(bool(checks), "a check named `lines` in the control", "none")
    off = [check for check in checks if not check.holds]
    require(not off, "all lines to be accounted for", some(off))
    total = sum(check.total for check in checks)
    require(total == count, f"checks of {count} lines", f"checks of {total}: {some(checks)}")
    _check_disjoint(batch)
    spared = sum(check.parts.get(_WITHOUT_CHARGE, 0) for check in checks)
    lost = [place for sheet, texts in lines.items() for place in _untold(batch, sheet, texts)]
    dropped = [(number, text) for number, text in lost if _is_money_lost(batch, text)]
    if len(lost) > spared or dropped:
        numbers = some(f"line {number}" for number, _ in dropped or lost)
        fail("every line to be a record, a reject or set apart", f"{numbers}: no record, no reject, not set apart")


def _check_disjoint(batch: Batch) -> None:
    records, rejects = set(spans_of_records(batch.records)), set(spans_of_rejects(batch))
    apart = set(spans_of_apart(batch))
    for name, both in (
        ("both records and rejects", records & rejects),
        ("read and set apart", (records | rejects) & apart),
    ):
        require(not both, "a line to be one thing", f"lines that are {name}: {some(line for _, line, _ in both)}")


def _untold(batch: Batch, sheet: str | None, lines: list[str]) -> Iterator[tuple[int, str]]:
    """Lines of a sheet that hold something and of which the batch says nothing."""
    spans = [span for table in (batch.records, *batch.others.values()) for span in spans_of_records(table)]
    spans += [*spans_of_rejects(batch), *spans_of_apart(batch)]
    told = {batch.source.header_line} | {
        line for place, first, last in spans if place in (None, sheet) for line in range(first, last + 1)
    }
    for number, text in enumerate(lines, start=1):
        if number not in told and not _NOTHING.fullmatch(text):
            yield number, text


def _is_money_lost(batch: Batch, line: str) -> bool:
    """Whether a line holds amounts, and neither is zero nor the total of a bill that another table has."""
    units = {int(figure.replace(",", "").replace(".", "")) for figure in _MONEY.findall(line)} - {0}
    frames = [table.to_polars().select(pl.col("^.*_minor$")) for table in batch.others.values()]
    told = {abs(value) for frame in frames for row in frame.iter_rows() for value in row if isinstance(value, int)}
    return bool(units) and not units & told


def check_lines_true(golden: Golden) -> None:
    """What a record holds can be found on the lines that it says it comes from, read by other means than the format's."""
    for row in rows_of(golden.batch.records.to_polars(), without=()):
        lines = golden.lines.get(row.get("source_sheet")) or next(iter(golden.lines.values()))
        first, last = row["source_line"], row.get("source_line_end") or row["source_line"]
        found = _bare(" ".join(lines[first - 1 : last]))
        keys = [value for name, value in row.items() if _KEY.search(name) and isinstance(value, str)]
        keys = [key for key in keys if _is_of_line(row, key)] or _words_of(row, found)
        keys += (
            [str(row["account"])] if "voucher_id" in row else []
        )  # whose identifier may stand on its first line alone
        require(bool(keys), f"an identifier or a description on the record of line {first} to look it up by", f"{row}")
        where = [
            number for number, text in enumerate(lines, start=1) if any(_stands_in(key, _bare(text)) for key in keys)
        ]
        if not any(_stands_in(key, found) for key in keys):
            said = f"line {first}" if first == last else f"lines {first} to {last}"
            stands = f"on line {', '.join(map(str, where))}" if where else "on no line"
            fail(f"a record of {some(keys)} to stand on {said}, as it says", f"it {stands}")


def _stands_in(key: str, found: str) -> bool:
    """Whether a line holds a key, or the words of a text that was put together of several cells or masked."""
    words = [_bare(word) for word in re.split(r"[^0-9A-Za-z\u4e00-\u9fff]+", key)]
    return _bare(key) in found or (len(words) > 1 and all(word in found for word in words))


def _is_of_line(row: Mapping[str, Any], key: str) -> bool:
    return key not in {row.get(name) for name in _OF_THE_FILE}


def _words_of(row: Mapping[str, Any], found: str) -> list[str]:
    """The platform's words of a line that has no identifier of its own, if all of them stand there."""
    words = [_bare(word) for word in str(row.get("description") or "").split()]
    return [word for word in words if word] if all(word in found for word in words) else []


def _bare(text: str) -> str:
    return re.sub(r"[^0-9A-Z\u4e00-\u9fff]", "", text.upper())
