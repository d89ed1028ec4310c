"""Figures: the parts of events' amounts in whole minor units, with their VAT told apart (`domain.md` 7.2)."""

from collections.abc import Collection, Sequence

import polars as pl

from tieout.money.columns import RATE_SCALE, net_of_tax_expr, prorated_tax_expr, share_half_up_expr
from tieout.posting.template import BASES, Basis, Entry, Part

__all__ = ["FIGURES", "base_expr", "figures_of", "spread_rounding", "term_expr"]

FIGURES = tuple(basis.value for basis in Basis)
"""Columns of figures."""
_BASE_OF = {
    Part.TAX: Part.NET,
    Part.GOODS_TAX: Part.GOODS_NET,
    Part.SUBSIDY_TAX: Part.SUBSIDY_NET,
    Part.ON_TOP: Part.GROSS,
}


def figures_of(rows: pl.DataFrame, wanted: Collection[Basis]) -> pl.DataFrame:
    """The rows with their `FIGURES`; those that are not wanted are 0.

    Args:
        rows: Whole minor units `amount`, `tax_given`, `funded`, `original` and `taken_before`, the last four with nulls; in
            parts of `RATE_SCALE` the rate `rate` and that of services, `service_rate`; `is_taxed`, whether VAT is told apart.
        wanted: Figures that lines take.
    """
    gross = pl.col("amount")
    funded = pl.col("funded").fill_null(0)
    rate = pl.col("rate")
    zero = pl.lit(0, dtype=pl.Int64)
    prorated = prorated_tax_expr(
        original_gross=pl.col("original"),
        original_tax=_tax(pl.col("original"), rate),
        taken_before=pl.col("taken_before").fill_null(0),
        amount=gross,
    )
    tax = pl.when("is_taxed").then(pl.coalesce("tax_given", prorated, _tax(gross, rate))).otherwise(zero)
    known = {
        Basis.GROSS: gross,
        Basis.TAX: tax,
        Basis.SUBSIDY: funded,
        Basis.GOODS_TAX: pl.when(funded == 0).then(tax).otherwise(_tax(gross - funded, rate)),
        Basis.SUBSIDY_TAX: _tax(funded, pl.col("service_rate")),
        Basis.TOP: share_half_up_expr(gross, rate, RATE_SCALE),
    }
    return rows.with_columns((expr if basis in wanted else zero).alias(basis) for basis, expr in known.items())


def _tax(gross: pl.Expr, rate: pl.Expr) -> pl.Expr:
    """What is left of a tax-inclusive amount when its net is rounded half-up."""
    return gross - net_of_tax_expr(gross, rate)


def spread_rounding(rows: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """The rows with VAT split off each document and rate, not each line: the first row of one bears the difference.

    Args:
        rows: Rows with their figures.
        by: Columns that name a document.
    """
    over = [*by, "rate", "service_rate"]
    is_split = pl.col("is_taxed") & pl.col("tax_given").is_null() & pl.col("original").is_null()
    is_first = pl.int_range(pl.len()).over([*over, "is_split"]) == 0
    whole = {
        Basis.TAX: (pl.col(Basis.GROSS), pl.col("rate")),
        Basis.GOODS_TAX: (pl.col(Basis.GROSS) - pl.col(Basis.SUBSIDY), pl.col("rate")),
        Basis.SUBSIDY_TAX: (pl.col(Basis.SUBSIDY), pl.col("service_rate")),
    }
    marked = rows.with_columns(is_split.alias("is_split"))
    spread = [
        pl.when(pl.col("is_split") & is_first)
        .then(pl.col(basis) + (_tax(gross.sum(), rate.first()) - pl.col(basis).sum()).over([*over, "is_split"]))
        .otherwise(pl.col(basis))
        .alias(basis)
        for basis, (gross, rate) in whole.items()
    ]
    return marked.with_columns(spread).drop("is_split")


def term_expr(entry: Entry, prefix: str = "") -> pl.Expr:
    """What a line of a template takes of an event.

    Args:
        entry: The line.
        prefix: Before the names of the figures.
    """
    return _part(entry.term.part, prefix) * entry.term.sign


def base_expr(entry: Entry) -> pl.Expr | None:
    """The net amount that a line's tax is of, signed as the line; None for a line that is no tax."""
    part = _BASE_OF.get(entry.term.part)
    return None if part is None else _part(part, "") * entry.term.sign


def _part(part: Part, prefix: str) -> pl.Expr:
    return pl.sum_horizontal(pl.col(f"{prefix}{basis}") * times for basis, times in BASES[part].items())
