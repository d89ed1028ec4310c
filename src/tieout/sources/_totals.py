"""Totals: that every line is accounted for, and that the sums a file declares are the sums of its lines."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import attrs
import polars as pl
from moneyed import Money

from tieout.errors import MoneyError
from tieout.model.currency import exponent, from_units
from tieout.money import parse_money, to_minor
from tieout.proof import Check
from tieout.sources._amounts import AMOUNT_LIMIT, Amount
from tieout.sources._batch import Finding
from tieout.sources._captions import strip_cell
from tieout.sources._grid import LINE, LINE_END, cell_name
from tieout.sources._masking import mask_words
from tieout.sources._reading import Reading
from tieout.sources._rows import KIND, RowKind
from tieout.sources._sections import Section

__all__ = [
    "declared_check",
    "declared_checks",
    "declared_count",
    "declared_money",
    "declared_sum",
    "declared_whole",
    "doubt_missing_total",
    "doubt_total",
    "line_check",
    "summary_checks",
    "tie_lines",
]

_WHOLE: Final = re.compile(r"^\d{1,12}(?:\.0*)?$")
_FIGURE: Final = re.compile(r"^[^\w\u4e00-\u9fff]*\d[^\u4e00-\u9fff]*$")
_BEFORE = pl.max_horizontal(pl.col(LINE) - 1, pl.col(LINE_END).shift(1).cum_max())
_LINES = pl.max_horizontal(pl.col(LINE_END) - _BEFORE, 0).alias("lines")
"""Lines of a row that no row before it stands on: several rows of a JSON text may share one."""


def line_check(reading: Reading) -> Check:
    """Every line of the table's file or sheet: above the header, set apart, read or rejected."""
    body = _lines_of_rows(reading.body.select(KIND, LINE, LINE_END))
    is_data = body[KIND] == RowKind.DATA.value
    lines = body if is_data.all() else body.filter(is_data)
    counts = dict(body.filter(~is_data).group_by(KIND).agg(pl.col("lines").sum()).iter_rows())
    is_rejected, with_record = reading.is_rejected, reading.lines_of_records
    is_each = with_record.equals(lines[LINE].filter(~is_rejected))
    has_record = ~is_rejected if is_each else lines[LINE].is_in(with_record.implode())

    def count(chosen: pl.Series) -> int:
        return int(lines["lines"].filter(chosen).sum())

    grid, header = reading.site.grid, reading.site.header.row
    before = grid.before if isinstance(grid, Section) else 0
    is_below = before >= header.line_end > 0
    parts = {
        "above the table": 0 if is_below else max(header.line - 1, 0),
        "header": (header.line_end - header.line + 1 if header.line and not is_below else 0)
        + counts.get(RowKind.HEADER.value, 0),
        "records": count(~is_rejected & has_record),
        "without charge": count(~is_rejected & ~has_record),
        "rejects": count(is_rejected),
        **{kind.value: counts.get(kind.value, 0) for kind in (RowKind.STATEMENT, RowKind.PENDING)},
        "set apart": counts.get(RowKind.APART.value, 0),
        "blank": counts.get(RowKind.BLANK.value, 0),
        "footer": sum(counts.get(kind.value, 0) for kind in (RowKind.FOOTER, RowKind.TRAILER, RowKind.SECTION)),
    }
    return Check(
        name="lines",
        side=grid.sheet or "file",
        currency=None,
        total=grid.line_count - before,
        parts={name: figure for name, figure in parts.items() if figure},
    )


def _lines_of_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows in the order of their lines, and on how many lines each of them stands."""
    lines = rows[LINE]
    if lines.equals(rows[LINE_END]) and (lines.diff().drop_nulls() > 0).all():
        return rows.with_columns(lines=pl.lit(1, dtype=pl.Int64))
    return rows.sort(LINE, maintain_order=True).select(KIND, LINE, _LINES)


def declared_checks(reading: Reading) -> Iterable[Check]:
    """The last total row below the data against the sum of each column of amounts; of several currencies it says nothing."""
    currency, conventions = reading.currency, reading.conventions
    if not reading.totals or conventions is None:
        return
    total = reading.totals[-1]
    amounts = [
        (reading.body.slice(total.row, 1)[cell_name(at)], column)
        for at, column in reading.bound
        if isinstance(column, Amount)
    ]
    if currency is None:
        codes = conventions.currency.drop_nulls().unique() if isinstance(conventions.currency, pl.Series) else ()
        if len(codes) > 1 and any(_FIGURE.match(strip_cell(cell[0] or "")) for cell, _ in amounts):
            text = f"the total row {total.label} is of {', '.join(sorted(codes))} together, and is not compared"
            reading.note("total.several_currencies", text)
        return
    conventions = attrs.evolve(conventions, currency=currency)
    for cell, column in amounts:
        declared = column.parse(cell, conventions).values[0]
        if declared is None:
            if _FIGURE.match(strip_cell(cell[0] or "")):
                doubt_total(reading, f"{total.label} {column.caption}", cell[0])
            continue
        yield Check(
            name=f"{total.label} {column.caption}",
            side=reading.site.grid.sheet or "file",
            currency=column.currency or currency,
            total=declared,
            parts=_sums(reading, pl.col(column.name)),
        )


def declared_check(reading: Reading, name: str, declared: Money) -> Check:
    """A total that the file declares outside the table against the sum of its lines.

    Args:
        reading: The reading, its values parsed.
        name: The total's label.
        declared: The total.
    """
    return Check(
        name=name,
        side=reading.site.grid.sheet or "file",
        currency=declared.currency.code,
        total=to_minor(declared),
        parts=_sums(reading, pl.col("amount_minor")),
    )


def declared_money(reading: Reading, said: str | None, currency: str, *, name: str) -> Money | None:
    """An amount that the file declares outside the table; None where it is no amount, and then a check by its name fails.

    Args:
        reading: The reading.
        said: The text; None when the file declares none.
        currency: ISO 4217 code.
        name: The amount's label.
    """
    try:
        found = None if said is None else parse_money(said, currency)
        if found is None or abs(to_minor(found)) < AMOUNT_LIMIT:
            return found
    except MoneyError:
        pass
    doubt_total(reading, name, said)
    return None


def declared_whole(reading: Reading, said: str | None, *, name: str) -> int | None:
    """A number that the file declares outside the table; None where it is no whole number, and then a check by its name fails.

    Args:
        reading: The reading.
        said: The text; None when the file declares none.
        name: The number's label.
    """
    if said is None:
        return None
    text = said.strip().removeprefix("`").replace(",", "")
    if _WHOLE.match(text):
        return int(text.partition(".")[0])
    doubt_total(reading, name, said)
    return None


def doubt_total(reading: Reading, name: str, said: object) -> None:
    """Fail a check for a total that the file declares and nobody can read.

    Args:
        reading: The reading.
        name: The total's label.
        said: What stands there.
    """
    shown = mask_words(str(said).strip())
    reading.doubt("total.unreadable", f"{name} can be read", f"the declared total {name}, {shown!r}, cannot be read")


def declared_sum(reading: Reading, name: str, value: pl.Expr, total: int, *, currency: str) -> Check:
    """A total that the file declares against the sum of something over its lines.

    Args:
        reading: The reading, its values parsed.
        name: The total's label.
        value: What is summed, on the parsed columns; blank counts as nothing.
        total: The total in minor units.
        currency: ISO 4217 code.
    """
    side = reading.site.grid.sheet or "file"
    return Check(name=name, side=side, currency=currency, total=total, parts=_sums(reading, value))


def declared_count(reading: Reading, name: str, is_counted: pl.Expr, count: int) -> Check:
    """A number of lines that the file declares against the lines that there are.

    Args:
        reading: The reading, its values parsed.
        name: The number's label.
        is_counted: Which lines count, on the parsed columns.
        count: The number.
    """
    parts = _sums(reading, is_counted.cast(pl.Int64))
    return Check(name=name, side=reading.site.grid.sheet or "file", currency=None, total=count, parts=parts)


def summary_checks(
    reading: Reading,
    *,
    sums: Mapping[tuple[str, ...], pl.Expr],
    counts: Mapping[tuple[str, ...], pl.Expr],
    currency: str,
) -> Iterator[Check]:
    """The small tables of totals below the data against the lines; those of several joined files add up.

    Args:
        reading: The reading, its values parsed.
        sums: What is summed, by the total's captions, on the parsed columns.
        counts: Which lines count, likewise.
        currency: ISO 4217 code of the amounts.
    """
    if not any(reading.all_declared(*captions) for captions in (*sums, *counts)):
        doubt_missing_total(reading, next(iter(counts))[0])
    for captions, value in sums.items():
        texts = [text.removeprefix("`") for text in reading.all_declared(*captions)]
        said = [declared_money(reading, text, currency, name=captions[0]) for text in texts]
        known = [money for money in said if money is not None]
        if said and len(known) == len(said):
            yield declared_sum(reading, captions[0], value, sum(map(to_minor, known)), currency=currency)
    for captions, is_counted in counts.items():
        figures = [declared_whole(reading, text, name=captions[0]) for text in reading.all_declared(*captions)]
        whole = [figure for figure in figures if figure is not None]
        if figures and len(whole) == len(figures):
            yield declared_count(reading, captions[0], is_counted, sum(whole))


def doubt_missing_total(reading: Reading, name: str, *, is_export: bool = True) -> None:
    """Fail a check for a total with which every file of the format ends and this one does not: it may be cut off.

    Of a file without lines it is no news.

    Args:
        reading: The reading.
        name: The total's label.
        is_export: Whether the file still is as the platform wrote it; of one that someone edited, such as by taking away the rows
            above the table, those below it are missed with a note alone.
    """
    text = f"{name}, with which such a file ends, is missing: it may be cut off"
    if reading.data.is_empty():
        return
    if is_export:
        reading.doubt("total.missing", f"{name} is there", text)
    else:
        reading.note("total.missing", text)


def _sums(reading: Reading, value: pl.Expr) -> dict[str, int]:
    """The sum of a value over the lines that were read, and over those that were rejected where there are any."""
    is_rejected = pl.int_range(pl.len()).is_in(sorted(reading.rejected_rows))
    sums = reading.values.select(records=value.filter(~is_rejected).sum(), rejects=value.filter(is_rejected).sum())
    parts = sums.row(0, named=True)
    return {part: figure or 0 for part, figure in parts.items() if part == "records" or reading.rejected_rows}


def tie_lines(
    reading: Reading,
    name: str,
    *,
    total: str,
    plus: Sequence[str],
    minus: Sequence[str] = (),
    currency: str | None = None,
) -> Check:
    """That on every line one column of amounts is the sum of others; lines where it is not become findings.

    Args:
        reading: The reading, its values parsed.
        name: What the check is called, such as `费用 - 折扣 = 应付`.
        total: Column that must be the sum, in minor units.
        plus: Columns that add to it; blank counts as nothing.
        minus: Columns that take from it; blank counts as nothing.
        currency: ISO 4217 code of the amounts; None for the file's, or each line's own.
    """
    expected = pl.sum_horizontal(
        *(pl.col(column).fill_null(0) for column in plus), *(-pl.col(column).fill_null(0) for column in minus)
    )
    frame = reading.values.filter(
        pl.col(total).is_not_null() & ~pl.int_range(pl.len()).is_in(sorted(reading.rejected_rows))
    )
    said = currency or (reading.conventions.currency if reading.conventions is not None else None)
    code = pl.lit(said) if isinstance(said, str) else pl.col("currency")
    wrong = frame.filter(pl.col(total) != expected).select(
        LINE, pl.col(total).alias("total"), expected.alias("expected"), code.alias("code")
    )
    reading.findings += [
        Finding(
            check=name,
            sheet=reading.site.grid.sheet,
            line=line,
            text=f"{name}: found {from_units(found, code):.{exponent(code)}f}, "
            f"expected {from_units(should, code):.{exponent(code)}f}",
        )
        for line, found, should, code in wrong.iter_rows()
    ]
    return Check(
        name=f"lines where {name}",
        side=reading.site.grid.sheet or "file",
        currency=None,
        total=frame.height,
        parts={"that do": frame.height - wrong.height},
    )
