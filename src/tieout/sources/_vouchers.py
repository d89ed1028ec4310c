"""Vouchers: formats whose rows are lines of vouchers, as books give them out and take them in.

A leaf names the columns as `LedgerLine` has them. Amounts are `debit` and `credit`, or `amount` where the file signs them. Names
for the leaf's own use that mean something here: `_voucher_id` where a voucher may lack one, `_year` and `_month` of the period,
`_foreign` for the amount in the currency `foreign_amount_currency` (as large as it is, whatever the side), and
`_aux_<dimension>`, such as `_aux_customer`; `_dimension_<n>` and `_member_<n>` where the file names its dimensions itself.
`VoucherRows` says what makes lines one voucher.

Each line is a record. A voucher of which a line cannot be read is refused whole; one that does not balance stays, and is a
finding: that is what the books, or a cut file, say. That debits are credits, in each voucher and in all, is checked.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final

import attrs
import polars as pl

from tieout.model import LedgerLine
from tieout.model.currency import exponent, from_units
from tieout.privacy import PiiClass
from tieout.proof import Check
from tieout.sources._batch import Finding
from tieout.sources._columns import Column
from tieout.sources._faults import CellFault
from tieout.sources._grid import LINE
from tieout.sources._order_rows import EXACT, FINDINGS_MAX
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat

__all__ = ["VoucherRows", "voucher_format"]

_ID, _OWN_ID = "voucher_id", "_voucher_id"
_CURRENCY, _OTHER_CURRENCY = "currency", "foreign_amount_currency"
_AUX, _DIMENSION, _MEMBER = "_aux_", "_dimension_", "_member_"
_FOREIGN: Final = "_foreign"
_KEY: Final = "_key_"
_SIDES: Final = ("debit_minor", "credit_minor")
_OF_VOUCHER: Final = ("date", "entry_type", "status", "attachments_count", "narration")
_OF_FIRST_LINE: Final = ("date", "entry_type", "reference", "narration", "summary", "account", "amount_minor")
_SHOWN: Final = 8
_STAFF: Final = dict.fromkeys(
    ("制单", "制单人", "审核", "审核人", "核准", "核准人", "出纳", "经办", "经办人", "记账", "记账人", "过账人"),
    PiiClass.NAME,
)
"""Captions of who made, checked and booked a voucher: names of persons, whatever the program."""


@attrs.frozen(kw_only=True)
class VoucherRows:
    """What the rows of a file of vouchers mean.

    Attributes:
        by: Columns whose values make lines one voucher, the one that no line lacks first; `_record` where the format says
            `headed`.
        title: What a voucher is called where no column says it; by default its period, word and number, and without those a
            hash of its first line.
        rows: What the leaf does with the parsed rows first.
        dimensions: Tells what the file calls the dimensions of whole columns, by the `<n>` of their `_member_<n>`.
    """

    by: tuple[str, ...] = (_ID,)
    title: pl.Expr | None = None
    rows: Callable[[pl.DataFrame], pl.DataFrame] | None = None
    dimensions: Callable[[Reading], Mapping[str, str]] | None = None


def voucher_format(
    columns: Iterable[Column],
    rows: VoucherRows | None = None,
    *,
    checks: Callable[[Reading], Iterable[Check]] | None = None,
    refuse: Callable[[Reading], Iterable[CellFault]] | None = None,
    personal: Mapping[str, PiiClass] = MappingProxyType({}),
    **said: Any,  # noqa: ANN401 - TableFormat's own
) -> TableFormat:
    """A format whose records are lines of vouchers.

    Args:
        columns: Its columns.
        rows: What its rows mean; None where a column says the `voucher_id`.
        checks: Further checks.
        refuse: Lines that the leaf finds to contradict themselves.
        personal: Captions that hold personal data in this format, besides those of who made and checked a voucher.
        **said: Whatever else `TableFormat` takes.
    """
    maker = _Maker(rows=rows or VoucherRows(), checks_of_leaf=checks, refuse_of_leaf=refuse)
    return TableFormat(
        record=LedgerLine,
        columns=columns,
        grouped_by=maker.keys,
        derive=maker.derive,
        refuse=maker.refuse,
        shape=maker.shape,
        checks=maker.checks,
        personal={**_STAFF, **personal},
        **said,
    )


@attrs.frozen(kw_only=True)
class _Maker:
    """The hooks of one format."""

    rows: VoucherRows
    checks_of_leaf: Callable[[Reading], Iterable[Check]] | None
    refuse_of_leaf: Callable[[Reading], Iterable[CellFault]] | None

    def derive(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The sides, the signed amount and the period of each line."""
        if self.rows.rows is not None:
            frame = self.rows.rows(frame)
        return self._with_keys(_with_period(_with_sides(frame)))

    @property
    def keys(self) -> tuple[str, ...]:
        """Columns whose values make lines one voucher when one of them is refused."""
        return (self.rows.by[0], *(_KEY + name for name in self.rows.by[1:]))

    def _with_keys(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The lines with what tells their voucher; a line where that cannot be read is of its neighbours' voucher."""
        run = pl.col(self.rows.by[0]).rle_id()
        known = [(name, pl.col(name)) for name in self.rows.by[1:] if name in frame.columns]
        return frame.with_columns(
            pl.coalesce(said, said.forward_fill().over(run), said.backward_fill().over(run)).alias(_KEY + name)
            for name, said in known
        )

    def refuse(self, reading: Reading) -> Iterator[CellFault]:
        """Foreign amounts finer than their currency, and what the leaf finds."""
        if self.refuse_of_leaf is not None:
            yield from self.refuse_of_leaf(reading)
        if _FOREIGN not in reading.values.columns:
            return
        said = pl.lit(reading.constant(_OTHER_CURRENCY), dtype=pl.String)
        values = reading.values.with_columns(pl.coalesce(_given(reading.values, _OTHER_CURRENCY), said).alias("_code"))
        scaled = _scaled_expr(values["_code"])
        is_fine = (scaled == scaled.cast(pl.Int64, strict=False)).fill_null(value=False)
        wrong = values.with_row_index("row").filter(scaled.is_not_null() & ~is_fine)
        caption = next((column.caption for _, column in reading.bound if column.name == _FOREIGN), None)
        for row, found, code in wrong.select("row", _FOREIGN, "_code").iter_rows():
            yield CellFault(
                row=row,
                column=caption,
                reason="amount.too_many_decimals",
                found=f"{found:f}",
                problem=f"has more than the {exponent(code)} decimals of {code}, or is more than any amount is",
                expected=f"an amount in {code}",
            )

    def shape(self, frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
        """Lines of the ledger, and what was found out about their vouchers."""
        by = [name for name in self.rows.by if name in frame.columns]
        frame = _with_foreign(frame.sort(LINE, maintain_order=True), reading)
        frame = self._titled(frame, by).with_columns(pl.int_range(1, pl.len() + 1).over(by).alias("line_no"))
        if self.rows.dimensions is not None:
            said = self.rows.dimensions(reading)
            frame = frame.with_columns(pl.lit(name).alias(_DIMENSION + nth) for nth, name in said.items())
        frame = _with_aux(frame)
        reading.checks += _balance_checks(reading, frame, by)
        reading.checks += _agreement_check(reading, frame, by)
        _note_scattered(reading, frame, by)
        if "number" in by:
            _note_missing_numbers(reading, frame)
        return frame

    def checks(self, reading: Reading) -> Iterator[Check]:
        """What `shape` found out, and the leaf's own checks."""
        yield from reading.checks
        if self.checks_of_leaf is not None:
            yield from self.checks_of_leaf(reading)

    def _titled(self, frame: pl.DataFrame, by: list[str]) -> pl.DataFrame:
        """The lines with what their voucher is called."""
        if self.rows.title is not None:
            return frame.with_columns(self.rows.title.alias(_ID))
        if {"period", "word", "number"} <= set(frame.columns):
            title = pl.concat_str("period", pl.lit(" "), pl.col("word").fill_null(""), pl.lit("-"), "number")
            return frame.with_columns(title.alias(_ID))
        if _ID in frame.columns:
            return frame
        return frame.with_columns(pl.coalesce(_given(frame, _OWN_ID), _made_titles(frame, by)).alias(_ID))


def _given(frame: pl.DataFrame, name: str) -> pl.Expr:
    return pl.col(name) if name in frame.columns else pl.lit(None, dtype=pl.String).alias(name)


def _with_sides(frame: pl.DataFrame) -> pl.DataFrame:
    """The lines with a debit, a credit and the signed amount, whichever of them the file has; a side of zero is none."""
    amount = pl.col("amount_minor")
    if "amount_minor" in frame.columns:
        return frame.with_columns(
            pl.when(amount > 0).then(amount).alias(_SIDES[0]), pl.when(amount < 0).then(-amount).alias(_SIDES[1])
        )
    sides = [pl.when(pl.col(side) != 0).then(pl.col(side)).alias(side) for side in _SIDES]
    debit, credit = (pl.col(side).fill_null(0) for side in _SIDES)
    return frame.with_columns(*sides).with_columns((debit - credit).alias("amount_minor"))


def _with_period(frame: pl.DataFrame) -> pl.DataFrame:
    """The lines with their period: as the file says it, or the month of the date."""
    month = pl.col("date").dt.strftime("%Y-%m")
    if {"_year", "_month"} <= set(frame.columns):
        number = pl.col("_month").cast(pl.String).str.zfill(2)
        return frame.with_columns(
            pl.coalesce(pl.concat_str(pl.col("_year"), pl.lit("-"), number), month).alias("period")
        )
    return frame.with_columns(pl.coalesce(_given(frame, "period"), month).alias("period"))


def _with_foreign(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    """The lines with their amounts in other currencies than the book's, signed as the line is."""
    if _FOREIGN not in frame.columns:
        return frame
    if _OTHER_CURRENCY not in frame.columns:
        frame = frame.with_columns(pl.lit(None, dtype=pl.String).alias(_OTHER_CURRENCY))
    code, foreign = pl.col(_OTHER_CURRENCY), pl.col(_FOREIGN)
    homeless = frame.filter(code.is_null() & (foreign != 0)).height
    if homeless:
        text = f"{homeless} lines have an amount in a currency that the file does not name, which is not read"
        reading.note("foreign.currency_unknown", text)
    minor = _scaled_expr(frame[_OTHER_CURRENCY]).cast(pl.Int64)
    signed = (
        pl.when(pl.col("debit_minor").is_null() & pl.col("credit_minor").is_not_null()).then(-minor).otherwise(minor)
    )
    is_foreign = (code != pl.col(_CURRENCY)) & foreign.is_not_null()
    kept = [name for name in ("fx_rate",) if name in frame.columns]
    return frame.with_columns(
        pl.when(is_foreign).then(signed).alias("foreign_amount_minor"),
        pl.when(is_foreign).then(code).alias(_OTHER_CURRENCY),
        *(pl.when(is_foreign).then(pl.col(name)).alias(name) for name in kept),
    )


def _scaled_expr(codes: pl.Series) -> pl.Expr:
    """The foreign amounts in minor units of their currencies, whole or not; null without either."""
    scales = {code: 10 ** exponent(code) for code in codes.drop_nulls().unique().sort()}
    scale = pl.lit(codes).replace_strict(scales, default=None, return_dtype=pl.Int64)
    return (pl.col(_FOREIGN) * scale.cast(pl.Decimal(38, 0))).cast(EXACT)


def _with_aux(frame: pl.DataFrame) -> pl.DataFrame:
    """The lines with their dimensions as one mapping, in JSON."""
    keys = {name.removeprefix(_AUX): name for name in frame.columns if name.startswith(_AUX)}
    named = [(pl.lit(key), name) for key, name in sorted(keys.items())]
    for name in frame.columns:
        if name.startswith(_MEMBER):
            nth = name.removeprefix(_MEMBER)
            named.append((pl.coalesce(_given(frame, _DIMENSION + nth), pl.lit(f"dimension {nth}")), name))
    if not named:
        return frame
    parts = [
        pl.when(pl.col(name).is_not_null()).then(pl.concat_str(_quoted(key), pl.lit(":"), _quoted(pl.col(name))))
        for key, name in named
    ]
    joined = pl.concat_str(parts, separator=",", ignore_nulls=True)
    return frame.with_columns(pl.when(joined != "").then(pl.concat_str(pl.lit("{"), joined, pl.lit("}"))).alias("aux"))


def _quoted(text: pl.Expr) -> pl.Expr:
    """The text as JSON writes it."""
    return pl.struct(text.alias("t")).struct.json_encode().str.strip_prefix('{"t":').str.strip_suffix("}")


def _made_titles(frame: pl.DataFrame, by: list[str]) -> pl.Series:
    """Names for vouchers without one, of what their first lines say: the same in another file that has them too."""
    firsts = frame.group_by(by, maintain_order=True).first()
    said = firsts.select(_given(firsts, name).cast(pl.String).fill_null("") for name in _OF_FIRST_LINE)
    texts = said.select(pl.concat_str(pl.all(), separator="\x1f")).to_series()
    names = pl.Series([hashlib.sha256(text.encode()).hexdigest()[:16] for text in texts], dtype=pl.String)
    nth = names.to_frame("name").select(pl.int_range(1, pl.len() + 1).over("name")).to_series()
    named = firsts.select(by).with_columns((names + "-" + nth.cast(pl.String)).alias("_title"))
    return frame.select(by).join(named, on=by, how="left", nulls_equal=True, maintain_order="left")["_title"]


def _balance_checks(reading: Reading, frame: pl.DataFrame, by: list[str]) -> Iterator[Check]:
    """That debits are credits, in all by currency, and in each voucher; vouchers where they are not become findings."""
    side = reading.site.grid.sheet or "file"
    debit, credit = (pl.col(name).fill_null(0).sum() for name in _SIDES)
    sums = frame.group_by(_CURRENCY, maintain_order=True).agg(debit, credit).sort(_CURRENCY)
    for currency, debits, credits_ in sums.iter_rows():
        yield Check(name="debits = credits", side=side, currency=currency, total=debits, parts={"credits": credits_})
    vouchers = frame.group_by([*by, _CURRENCY], maintain_order=True).agg(
        pl.col(LINE).min(), pl.col(LINE).max().alias("_last"), pl.col(_ID).first().alias("_title"), debit, credit
    )
    wrong = vouchers.filter(pl.col("debit_minor") != pl.col("credit_minor"))
    last = frame[LINE].max()
    shown = wrong.head(FINDINGS_MAX).select(LINE, "_last", "_title", _CURRENCY, *_SIDES)
    for line, end, title, code, debits, credits_ in shown.iter_rows():
        decimals = exponent(code)
        figures = [f"{from_units(units, code):.{decimals}f}" for units in (debits, credits_, debits - credits_)]
        text = f"voucher {title}: debits are {figures[0]} {code}, credits {figures[1]}, which is {figures[2]} apart"
        cut = "; it is the last of the file, which may be cut off" if end == last else ""
        reading.findings.append(
            Finding(check="vouchers balance", sheet=reading.site.grid.sheet, line=line, text=text + cut)
        )
    yield Check(
        name="vouchers that balance",
        side=side,
        currency=None,
        total=vouchers.height,
        parts={"that do": vouchers.height - wrong.height},
    )


def _agreement_check(reading: Reading, frame: pl.DataFrame, by: list[str]) -> Iterator[Check]:
    """That the lines of each voucher say the same of it, such as its date; where they do not, each is a finding."""
    names = [name for name in _OF_VOUCHER if name in frame.columns and name not in by]
    if not names:
        return
    captions = {column.name: column.caption for _, column in reading.bound}
    vouchers = frame.group_by(by, maintain_order=True).agg(
        pl.col(LINE).min(),
        pl.col(_ID).first().alias("_title"),
        *(pl.col(name).cast(pl.String).drop_nulls().unique(maintain_order=True) for name in names),
    )
    differs = {name: pl.col(name).list.len() > 1 for name in names}
    for name in names:
        for line, title, said in (
            vouchers.filter(differs[name]).head(FINDINGS_MAX).select(LINE, "_title", name).iter_rows()
        ):
            listed = ", ".join(said[:_SHOWN])
            text = f"the lines of voucher {title} contradict each other: column {captions.get(name, name)!r}: {listed}"
            reading.findings.append(Finding(check="lines agree", sheet=reading.site.grid.sheet, line=line, text=text))
    wrong = vouchers.filter(pl.any_horizontal(differs.values())).height
    yield Check(
        name="vouchers whose lines agree",
        side=reading.site.grid.sheet or "file",
        currency=None,
        total=vouchers.height,
        parts={"that do": vouchers.height - wrong},
    )


def _note_scattered(reading: Reading, frame: pl.DataFrame, by: list[str]) -> None:
    """Say how many vouchers have lines that do not stand together: two of one number may be two vouchers."""
    at = pl.col("_at")
    placed = (
        frame.with_row_index("_at")
        .group_by(by, maintain_order=True)
        .agg(
            (at.max() - at.min() + 1 != pl.len()).alias("_is_apart"), pl.col(_ID).first().alias("_title"), pl.col(LINE)
        )
    )
    scattered = placed.filter("_is_apart")
    if scattered.height:
        title, lines = scattered.select("_title", LINE).row(0)
        listed = ", ".join(map(str, lines[:_SHOWN]))
        text = f"the lines of {scattered.height} vouchers do not stand together, such as those of {title}: {listed}"
        reading.note("voucher.scattered", text)


def _note_missing_numbers(reading: Reading, frame: pl.DataFrame) -> None:
    """Say which numbers of a word and period are missing between those that are there: the books have no gaps."""
    names = [name for name in ("book_id", "period", "word") if name in frame.columns]
    runs = frame.group_by(names, maintain_order=True).agg(pl.col("number").unique().sort())
    for *run, numbers in runs.filter(pl.col("number").list.len() > 1).iter_rows():
        missing = [
            f"{low + 1}" if low + 1 == high - 1 else f"{low + 1}-{high - 1}"
            for low, high in pairwise(numbers)
            if high - low > 1
        ]
        if missing:
            title = " ".join(str(part) for part in run if part is not None)
            listed = ", ".join(missing[:_SHOWN]) + (" and others" if len(missing) > _SHOWN else "")
            reading.note("voucher.numbers_missing", f"{title}: no vouchers of the numbers {listed}")
