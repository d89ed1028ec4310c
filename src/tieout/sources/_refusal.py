"""Refusal: which lines cannot become records, and why.

A line is refused whole: half a record would be a wrong one. Blank cells that a record needs, cells that no kind of column
takes, lines with too many or too few cells, characters that were destroyed. A text whose very last line is torn was cut
off, and is refused as a file.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import attrs
import polars as pl

from tieout.errors import CorruptFile
from tieout.sources._amounts import Amount, Part
from tieout.sources._captions import is_blank
from tieout.sources._columns import Column
from tieout.sources._faults import CellFault
from tieout.sources._grid import LINE, LINE_END, REST, WIDTH, cell_name
from tieout.sources._kind import Kind
from tieout.sources._masking import mask_cell, mask_row
from tieout.sources._reading import Reading
from tieout.sources._rejects import Reject, Rejects, describe
from tieout.sources._rows import KIND, RowKind
from tieout.sources._sections import Section

__all__ = [
    "Widths",
    "alike_width",
    "contradicts_alike",
    "find_faults",
    "has_short_rows",
    "refuse_together",
    "rejects_of",
    "usual_width",
]

_BROKEN_CHARACTER = "\N{REPLACEMENT CHARACTER}"
_TORN = ("row.too_many_cells", "row.too_few_cells")
_PIECE_OF_CELL = re.compile(r"^[\"'`]?(?:[0-9A-Za-z./:\-]*|[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4} [0-9:.]*)$")


def find_faults(
    reading: Reading,
    *,
    is_needed: Callable[[Column], bool],
    either: Sequence[Sequence[str]] = (),
    derived: Sequence[str] = (),
    short_rows: bool,
) -> None:
    """Add to what the columns found: torn lines, blank cells that are needed, characters that were destroyed.

    Raises:
        CorruptFile: The last line of a text is cut off.
    """
    _refuse_cut_file(reading, short_rows=short_rows)
    torn = {fault.row: fault for fault in _torn_rows(reading, short_rows=short_rows)}
    if torn:
        is_torn = pl.int_range(pl.len()).is_in(sorted(torn))
        reading.values = reading.values.with_columns(pl.when(~is_torn).then(pl.exclude(LINE, LINE_END)).name.keep())
    faulty = {(fault.row, fault.column) for fault in reading.faults}
    missing = [fault for fault in _missing(reading, is_needed) if (fault.row, fault.column) not in faulty]
    missing += [fault for fault in _none_of(reading, either) if fault.row not in {row for row, _ in faulty}]
    known = {row for row, _ in faulty} | {fault.row for fault in missing}
    missing += [fault for fault in _underived(reading, derived) if fault.row not in known]
    # A torn line is one fault: what its cells say under the wrong captions means nothing.
    others = [fault for fault in (*reading.faults, *missing, *_undecodable(reading)) if fault.row not in torn]
    reading.faults = sorted([*torn.values(), *others], key=lambda fault: fault.row)


def refuse_together(reading: Reading, keys: pl.DataFrame) -> None:
    """Refuse all lines of a record of which one line is refused: what is left of it would be a wrong one.

    Args:
        reading: The reading, its faults found.
        keys: The values of each line by which lines are one record, the one that no record lacks first, as they were before
            torn lines lost theirs; no columns when each line is a record of its own.
    """
    refused = reading.rejected_rows
    if not keys.width or not refused:
        return
    names = keys.columns
    known = keys.with_row_index("row").with_columns(reading.data[LINE]).filter(pl.col(names[0]).is_not_null())
    is_refused = pl.col("row").is_in(sorted(refused))
    broken = known.filter(is_refused).group_by(names).agg(pl.col(LINE).min().alias("_broken"))
    others = known.filter(~is_refused).join(broken, on=names, how="inner", nulls_equal=True).sort("row")
    caption = next((column.caption for _, column in reading.bound if column.name == names[0]), None)
    reading.faults += [
        CellFault(
            row=row,
            column=caption,
            reason="record.incomplete",
            found=key if caption is not None else None,
            problem=f"belongs to a record of which line {line} cannot be read",
            expected="a record all of whose lines can be read",
        )
        for row, key, line in others.select("row", pl.col(names[0]).cast(pl.String), "_broken").iter_rows()
    ]
    reading.faults.sort(key=lambda fault: fault.row)


def _is_short(reading: Reading) -> pl.Expr:
    """Rows that end before the last captioned column, or, without a header, before the last column that is read."""
    return pl.col(WIDTH) < _least(reading)


def _least(reading: Reading) -> int:
    header = reading.site.header
    return header.width if header.row.line else max(position + 1 for position, _ in reading.bound)


def _refuse_cut_file(reading: Reading, *, short_rows: bool) -> None:
    grid, body = reading.site.grid, reading.body
    if not grid.is_ragged or grid.is_ended or short_rows or body.is_empty():
        return
    is_last = pl.col(LINE_END) == grid.line_count
    may_be_cut = pl.col(KIND).is_in([RowKind.DATA.value, RowKind.TRAILER.value])
    last = body.filter(is_last & may_be_cut & _is_short(reading))
    short_before = body.filter(~is_last & (pl.col(KIND) == RowKind.DATA.value) & _is_short(reading))
    if last.is_empty() or not short_before.is_empty() or (isinstance(grid, Section) and grid.has_short):
        return
    if last[WIDTH][0] == 1 and not _PIECE_OF_CELL.match(last[cell_name(0)][0] or ""):
        return  # a remark below the table, not a piece of a line
    raise CorruptFile(
        f"the file is cut off: its last line has {last[WIDTH][0]} of {reading.site.header.width} cells and no line end",
        where=f"{reading.where}:{last[LINE][0]}",
        hint="download it again, whole",
    )


def contradicts_alike(reading: Reading, *, short_rows: bool) -> bool:
    """Whether lines of a section have another width than all lines before it, which were taken as whole for being alike."""
    grid = reading.site.grid
    if short_rows or not isinstance(grid, Section) or grid.alike_width is None:
        return False
    if grid.alike_width >= reading.site.header.width:
        return False
    return not reading.data.filter(pl.col(WIDTH) != grid.alike_width).is_empty()


def has_short_rows(reading: Reading) -> bool:
    """Whether a line of data ends before the last columns."""
    return min(_width_counts(reading), default=_least(reading)) < _least(reading)


def _torn_rows(reading: Reading, *, short_rows: bool) -> Iterator[CellFault]:
    if not reading.site.grid.is_ragged or reading.data.is_empty():
        return
    if _are_whole(reading):
        return
    width = reading.site.header.width
    beyond = pl.col(REST).fill_null("").str.strip_chars(f' \t"{reading.site.grid.delimiter or ""}') != ""
    beyond |= pl.col(WIDTH) > usual_width(reading)
    is_short = _is_short(reading) & pl.lit(not short_rows and alike_width(reading) is None)
    rows = reading.data.with_row_index("row").filter(beyond | is_short)
    for row, count, too_many in rows.select(pl.col("row").cast(pl.Int64), WIDTH, beyond).iter_rows():
        yield CellFault(
            row=row,
            column=None,
            reason=_TORN[0] if too_many else _TORN[1],
            found=None,
            problem=f"the line has {count} cells, its header {width}",
            expected=f"{width} cells",
        )


def _are_whole(reading: Reading) -> bool:
    """Whether all lines have as many cells as the header, as those of most files."""
    width = reading.site.header.width
    is_enough = _least(reading) <= width <= usual_width(reading)
    is_alike = list(_width_counts(reading)) == [width] and reading.data[REST].null_count() == reading.data.height
    return is_enough and is_alike


def usual_width(reading: Reading) -> int:
    """How many cells a line may have, blank ones included: one comma more than others have shifts its cells."""
    grid = reading.site.grid
    if isinstance(grid, Section) and grid.usual_width is not None:
        return grid.usual_width
    return _usual(reading, _width_counts(reading))


def alike_width(reading: Reading) -> int | None:
    """The one width of all lines, past all columns that are read: then the header merely has captions to spare."""
    grid, width = reading.site.grid, _alike(reading, _width_counts(reading))
    if isinstance(grid, Section) and grid.usual_width is not None and grid.alike_width != width:
        return None
    return width


def _width_counts(reading: Reading) -> dict[int, int]:
    """How many lines have how many cells."""
    widths = reading.data[WIDTH]
    if not widths.null_count() and widths.min() == widths.max():
        return {widths[0]: len(widths)} if len(widths) else {}
    return dict(reading.data[WIDTH].drop_nulls().value_counts().iter_rows())


def _usual(reading: Reading, counts: Mapping[int, int]) -> int:
    cells = reading.site.header.row.cells
    if cells and is_blank(cells[-1]):
        return len(cells)
    most = max(counts.values(), default=0)
    return max([len(cells), *(width for width, lines in counts.items() if lines == most)])


def _alike(reading: Reading, counts: Mapping[int, int]) -> int | None:
    last = max(position for position, _ in reading.bound)
    return next(iter(counts)) if len(counts) == 1 and min(counts) > last else None


@attrs.define
class Widths:
    """How many cells the lines of each section have, and whether its lines were refused as those of the whole file would be.

    Attributes:
        short_rows: Whether the format lets lines end before the last columns.
    """

    short_rows: bool
    _counts: Counter[int] = attrs.field(factory=Counter, init=False)
    _taken: set[tuple[int, bool]] = attrs.field(factory=set, init=False)

    def add(self, reading: Reading) -> None:
        """Take those of a section."""
        counts = _width_counts(reading)
        self._counts.update(counts)
        rule = usual_width(reading), alike_width(reading)
        self._taken |= {(width, self._is_taken(reading, width, *rule)) for width in counts}

    def are_told_well(self, reading: Reading) -> bool:
        """Whether all lines of the file, known at last, say of each of its lines what those of the first section said.

        Args:
            reading: The last section.
        """
        rule = _usual(reading, self._counts), _alike(reading, self._counts)
        return all(is_taken == self._is_taken(reading, width, *rule) for width, is_taken in self._taken)

    def _is_taken(self, reading: Reading, width: int, usual: int, alike: int | None) -> bool:
        return width <= usual and (width >= _least(reading) or self.short_rows or alike is not None)


def _missing(reading: Reading, is_needed: Callable[[Column], bool]) -> Iterator[CellFault]:
    for position, column in reading.bound:
        if is_needed(column):
            is_missing = reading.values[column.name].is_null()
            if isinstance(column, Amount) and "currency" in reading.values.columns:
                # An amount whose currency nobody knows is not blank; the currency is.
                is_missing &= reading.data[cell_name(position)].is_null() | reading.values["currency"].is_not_null()
            for row in is_missing.arg_true():
                yield CellFault(
                    row=row,
                    column=column.caption,
                    reason="value.missing",
                    found=None,
                    problem="is blank",
                    expected="a value",
                )


def _none_of(reading: Reading, either: Sequence[Sequence[str]]) -> Iterator[CellFault]:
    """Lines that fill none of several columns of which they must fill one."""
    for names in either:
        bound = [column for _, column in reading.bound if column.name in names]
        if not bound:
            continue
        is_blank = pl.all_horizontal(pl.col(column.name).is_null() for column in bound)
        for row in reading.values.select(is_blank.arg_true()).to_series():
            yield CellFault(
                row=row,
                column=bound[0].caption,
                reason="value.missing",
                found=None,
                problem="is blank, and so is " + " and ".join(repr(column.caption) for column in bound[1:]),
                expected="a value in one of them",
            )


def _underived(reading: Reading, derived: Sequence[str]) -> Iterator[CellFault]:
    """Lines that lack what the format derives from several of their cells, and a record needs."""
    for name in derived:
        for row in reading.values[name].is_null().arg_true():
            what = name.removesuffix("_minor")
            problem = f"the line says no {what}"
            yield CellFault(
                row=row, column=None, reason="value.missing", found=None, problem=problem, expected=f"its {what}"
            )


def _undecodable(reading: Reading) -> Iterator[CellFault]:
    if reading.document.kind is not Kind.TEXT or not reading.document.text.broken:
        return
    for position, column in reading.bound:
        cells = reading.data[cell_name(position)]
        for row in cells.str.contains(_BROKEN_CHARACTER, literal=True).fill_null(value=False).arg_true():
            yield CellFault(
                row=row,
                column=column.caption,
                reason="text.undecodable",
                found=cells[row],
                problem=f"holds bytes that are not {reading.document.text.encoding}",
                expected="whole characters",
            )


def rejects_of(reading: Reading) -> Rejects:
    """The refused lines, for people."""
    by_row: dict[int, list[CellFault]] = {}
    for fault in reading.faults:
        by_row.setdefault(fault.row, []).append(fault)
    rows = sorted(by_row)
    lines = reading.data.select(pl.all().gather(rows)).iter_rows(named=True) if rows else ()
    return Rejects(_reject(reading, row, by_row[row], values) for row, values in zip(rows, lines, strict=True))


def _reject(reading: Reading, row: int, faults: list[CellFault], values: Mapping[str, Any]) -> Reject:
    keep_pii = reading.options.keep_pii
    shown = [(fault.column, _shown(reading, fault), fault.problem) for fault in faults]
    cells = [value for name, value in values.items() if name not in {LINE, LINE_END, WIDTH, KIND}]
    amount = None if faults[0].reason in _TORN else _amount(reading, row, {fault.column for fault in faults})
    return Reject(
        provenance=reading.provenance(values[LINE], values[LINE_END]),
        column=shown[0][0],
        reason=faults[0].reason,
        found=shown[0][1],
        problem=faults[0].problem,
        expected=faults[0].expected,
        raw=mask_row(cells, reading.pii_classes, keep_pii=keep_pii, is_torn=faults[0].reason in _TORN),
        others=tuple(describe(*part) for part in shown[1:]),
        amount_minor=amount,
        currency=_currency(reading, row) if amount is not None else None,
    )


def _shown(reading: Reading, fault: CellFault) -> str | None:
    """The faulty cell as a message may show it."""
    at = next((position for position, column in reading.bound if column.caption == fault.column), None)
    return mask_cell(fault.found, None if at is None else reading.pii_classes[at], keep_pii=reading.options.keep_pii)


def _amount(reading: Reading, row: int, faulty: set[str | None]) -> int | None:
    """What the line would have added to the total of the file: its own amount, or the sum of its parts."""
    own: list[Column] = [column for _, column in reading.bound if column.name == "amount_minor"]
    if not own and "amount_minor" in reading.values.columns:  # the format derived it from the others
        of_money = {column.caption for _, column in reading.bound if isinstance(column, Amount)}
        derived = reading.values["amount_minor"][row]
        return None if derived is None or of_money & faulty else int(derived)
    parts = own or [column for _, column in reading.bound if isinstance(column, Part)]
    values = [reading.values[column.name][row] for column in parts]
    if any(column.caption in faulty for column in parts) or all(value is None for value in values):
        return None
    return sum(int(value) for value in values if value is not None)


def _currency(reading: Reading, row: int) -> str | None:
    if "currency" in reading.values.columns and reading.values["currency"][row] is not None:
        return str(reading.values["currency"][row])
    currency = None if reading.conventions is None else reading.conventions.currency
    return currency if currency is None or isinstance(currency, str) else str(currency[row])
