"""Rating: which VAT rate each event's amount has, and those whose rate is missing or not in force (`domain.md` 7.2)."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal

import polars as pl

from tieout.errors import PostingError
from tieout.money.columns import RATE_SCALE
from tieout.posting.book import Book
from tieout.posting.policies import FeeInvoice, Taxpayer
from tieout.posting.template import Basis, Part, Side, Template, Variant, Vat
from tieout.posting.vat import VatTable

__all__ = ["PROBLEMS", "SERVICE", "problem_rows", "rated"]

RateOn = Callable[[date], Decimal]
_TAXED = {Part.NET, Part.TAX, Part.GOODS_NET, Part.GOODS_TAX, Part.ON_TOP, Part.WITH_TOP}
PROBLEMS = {
    "row": pl.UInt32(),
    "problem": pl.String(),
    "hint": pl.String(),
    "role": pl.String(),
    "template": pl.String(),
}
"""Columns of events that cannot be posted."""
_NO_RATE = (
    "the tax rate is unknown, and this book reclaims the VAT inside fees",
    "give the event a tax_rate (0 when there is no VAT inside), or the book fee_invoice='none'",
)
SERVICE = {Part.SUBSIDY_NET, Part.SUBSIDY_TAX}
"""Parts that have the rate of services."""


def problem_rows(
    rows: pl.DataFrame, problem: str, hint: str, *, role: str | None = None, template: str | None = None
) -> pl.DataFrame:
    """What stands against some events, as `PROBLEMS`.

    Args:
        rows: The events.
        problem: What is wrong.
        hint: What helps; empty for nothing.
        role: The account role that lacks an account.
        template: What needs it.
    """
    texts = {"problem": problem, "hint": hint, "role": role, "template": template}
    return rows.select("row", *(pl.lit(text, dtype=pl.String).alias(name) for name, text in texts.items()))


def rated(
    rows: pl.DataFrame, template: Template, variant: Variant, book: Book
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """The rows with their rates in parts of `RATE_SCALE`, and those whose rate is missing or not in force.

    Args:
        rows: Events of one template, with the details that it looks at as `detail_...`.
        template: Their template.
        variant: What it does for them.
        book: Whose taxpayer, invoices and table hold.

    Returns:
        The events that can go on, with `is_taxed`, `rate` and `service_rate`, and the others as `PROBLEMS`.
    """
    given = pl.col("tax_rate")
    vat = None if variant.bases == {Basis.GROSS} else template.vat  # what takes no tax needs no rate
    if vat is None:
        is_taxed, rate, usual = pl.lit(False), pl.lit(None, dtype=pl.Decimal(28, 8)), None
    elif vat is Vat.INPUT:
        invoice = pl.col("detail_invoice").fill_null(book.fee_invoice.value) == FeeInvoice.SPECIAL.value
        is_taxed = invoice if book.taxpayer is Taxpayer.GENERAL else pl.lit(False)
        rate, usual = given if template.needs_rate else given.fill_null(0), None
    elif vat is Vat.ON_TOP:
        is_taxed, rate, usual = pl.lit(book.taxpayer is Taxpayer.GENERAL), given, book.goods_rate
    else:
        is_free = (pl.col("detail_export") == "true").fill_null(value=False)
        own = pl.when(given.is_in(_small_rates(book.vat))).then(given) if _is_small(book) else given
        is_taxed, rate, usual = pl.lit(True), pl.when(is_free).then(pl.lit(Decimal(0))).otherwise(own), book.goods_rate
    wide = rows.with_columns(is_taxed.alias("is_taxed"), rate.cast(pl.Decimal(28, 8)).alias("rate_known"))
    problems: list[pl.DataFrame] = []
    if usual is not None:
        wide, problems = _with_usual(wide, usual)
    needs = pl.col("is_taxed") & pl.col("rate_known").is_null()
    unknown = wide.filter(needs)
    if unknown.height and usual is None:
        problems.append(problem_rows(unknown, *_NO_RATE))
    wide = wide.filter(~needs)
    checked, refused = _in_force(wide, template, variant, book)
    problems += refused
    used = pl.when("is_taxed").then(pl.col("rate_known")).fill_null(0)
    with_rates = checked.with_columns(_units(used).alias("rate"), pl.lit(0, dtype=pl.Int64).alias("service_rate"))
    if any(entry.term.part in SERVICE for entry in variant.entries):
        with_rates, unserved = _with_service(with_rates, book)
        problems += unserved
    return with_rates, problems


def _is_small(book: Book) -> bool:
    """Whether a rate may be that of the goods as others sell them, which is not the book's."""
    return book.taxpayer is Taxpayer.SMALL_SCALE and book.vat is not None


def _small_rates(table: VatTable | None) -> pl.Series:
    """The rates that small-scale taxpayers ever had, and 0."""
    rows = () if table is None else table.rates
    rates = sorted({Decimal(0), *(row.rate for row in rows if row.taxpayer is Taxpayer.SMALL_SCALE)})
    return pl.Series([f"{rate:f}" for rate in rates]).str.to_decimal(scale=8).cast(pl.Decimal(28, 8))


def _units(rate: pl.Expr) -> pl.Expr:
    return (rate.cast(pl.Decimal(28, 8)) * RATE_SCALE).cast(pl.Int64)


def _days(rows: pl.DataFrame) -> list[date]:
    return rows["occurred_on"].unique().sort().to_list()


def _by_day(days: Iterable[date], rate_on: RateOn) -> tuple[dict[date, Decimal], dict[date, PostingError]]:
    rates: dict[date, Decimal] = {}
    failed: dict[date, PostingError] = {}
    for day in days:
        try:
            rates[day] = rate_on(day)
        except PostingError as problem:
            failed[day] = problem
    return rates, failed


def _with_usual(rows: pl.DataFrame, rate_on: RateOn) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """The book's own rate of the day where the event has none."""
    missing = pl.col("is_taxed") & pl.col("rate_known").is_null()
    rates, failed = _by_day(_days(rows.filter(missing)), rate_on)
    usual = _lookup("occurred_on", rates)
    return rows.with_columns(pl.when(missing).then(usual).otherwise("rate_known").alias("rate_known")), [
        problem_rows(rows.filter(missing & (pl.col("occurred_on") == day)), problem.problem, problem.hint)
        for day, problem in failed.items()
    ]


def _with_service(rows: pl.DataFrame, book: Book) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """The rate of services of the day, for what a platform funds, whatever was sold."""
    rates, failed = _by_day(_days(rows), book.service_rate)
    is_failed = pl.col("occurred_on").is_in(list(failed))
    problems = [
        problem_rows(rows.filter(pl.col("occurred_on") == day), problem.problem, problem.hint)
        for day, problem in failed.items()
    ]
    kept = rows.filter(~is_failed)
    return kept.with_columns(_units(_lookup("occurred_on", rates)).fill_null(0).alias("service_rate")), problems


def _lookup(column: str, rates: Mapping[date, Decimal]) -> pl.Expr:
    if not rates:
        return pl.lit(None, dtype=pl.Decimal(28, 8))
    values = pl.Series([f"{rate:f}" for rate in rates.values()]).str.to_decimal(scale=8).cast(pl.Decimal(28, 8))
    return pl.col(column).replace_strict(
        pl.Series(list(rates), dtype=pl.Date), values, default=None, return_dtype=pl.Decimal(28, 8)
    )


def _in_force(
    rows: pl.DataFrame, template: Template, variant: Variant, book: Book
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Rows whose rate is a fraction and in force on their day; what lowers a tax has the rate of the bill or sale it is of."""
    signs = [
        entry.term.sign for entry in variant.entries if entry.term.part in _TAXED and entry.side is not Side.EITHER
    ]
    is_new = pl.col("amount_minor") * (signs[0] if signs and not template.takes_back else 0) > 0
    side = "output" if template.vat is Vat.OUTPUT else "input"
    known = rows.with_columns(is_new.alias("is_new"))
    seen = known.filter("is_taxed").select("occurred_on", "rate_known", "is_new").unique()
    problems: list[pl.DataFrame] = []
    bad = pl.lit(False)
    for day, rate, new in seen.sort("occurred_on", "rate_known", "is_new").iter_rows():
        try:
            _require_rate(rate.normalize())
            if new:
                book.check_rate(rate.normalize(), day, side=side)
        except PostingError as refused:
            own = pl.col("is_taxed") & (pl.col("occurred_on") == day) & (pl.col("rate_known") == rate)
            own &= pl.col("is_new") == new
            problems.append(problem_rows(known.filter(own), refused.problem, refused.hint))
            bad |= own
    return known.filter(~bad).drop("is_new"), problems


def _require_rate(rate: Decimal) -> None:
    if not 0 <= rate < 1:
        raise PostingError(f"a tax rate is a fraction from 0 to less than 1, got {rate:f}", hint="0.06 is 6 %")
    if rate * RATE_SCALE % 1:
        raise PostingError(f"a tax rate has at most 6 decimals, got {rate:f}")
