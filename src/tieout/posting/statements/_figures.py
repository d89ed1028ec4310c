"""Figures: openings, turnovers and closings of accounts, in columns, and the proof of them."""

from collections.abc import Mapping
from typing import Final

import polars as pl

from tieout.posting.book import Book
from tieout.posting.statements._balances import DIMENSIONS, Opening, with_dimensions
from tieout.posting.statements._span import Taken
from tieout.proof import Check, Proof

__all__ = ["FIGURES", "SIDES", "accounts_of", "by_side", "details_of", "foreign_of", "proof_of"]

FIGURES: Final = ("opening_minor", "debit_minor", "credit_minor", "closing_minor")
SIDES: Final = (
    "opening_debit_minor",
    "opening_credit_minor",
    "debit_minor",
    "credit_minor",
    "closing_debit_minor",
    "closing_credit_minor",
)
_AT: Final = ("account", *DIMENSIONS)
_NOTHING: Final = pl.lit(0, dtype=pl.Int64)
_MOVED: Final = ("opening_minor", "debit_minor", "credit_minor", "lines")


def _figures(**said: pl.Expr) -> list[pl.Expr]:
    """The columns of figures, zero but for those that are said."""
    return [said.get(name, _NOTHING).alias(name) for name in _MOVED]


def details_of(begun: Opening, taken: Taken, book: Book) -> pl.DataFrame:
    """Figures by account and dimension, of accounts that hold something or were moved."""
    columns = [*_AT, "account_name"]
    debit, credit = (pl.col(f"{side}_minor").fill_null(0) for side in ("debit", "credit"))
    one = pl.lit(1, dtype=pl.Int64)
    rows = [
        begun.balances.select(*columns, *_figures(opening_minor=pl.col("opening_minor"))),
        with_dimensions(taken.before).select(*columns, *_figures(opening_minor=debit - credit)),
        with_dimensions(taken.during).select(*columns, *_figures(debit_minor=debit, credit_minor=credit, lines=one)),
    ]
    sums = (
        pl.concat(rows)
        .group_by(_AT)
        .agg(pl.col("account_name").drop_nulls().min(), pl.col(_MOVED).sum())
        .filter((pl.col("opening_minor") != 0) | (pl.col("lines") > 0))
        .sort(_AT, nulls_last=False)
    )
    said = dict(sums.filter(pl.col("account_name").is_not_null()).select("account", "account_name").iter_rows())
    names = {code: book.account_name(code) or said.get(code) for code in sums["account"].unique()}
    closing = pl.col("opening_minor") + pl.col("debit_minor") - pl.col("credit_minor")
    return sums.with_columns(
        _named(names), closing.alias("closing_minor"), pl.lit(book.currency).alias("currency")
    ).select(*columns, "lines", *FIGURES, "currency")


def _named(names: Mapping[str, str | None]) -> pl.Expr:
    return pl.col("account").replace_strict(names, default=None, return_dtype=pl.String).alias("account_name")


def accounts_of(details: pl.DataFrame) -> pl.DataFrame:
    """Figures by account, all of the first level and none a total."""
    return (
        details.group_by("account", "currency")
        .agg(pl.col("account_name").first(), pl.col("lines", *FIGURES).sum())
        .with_columns(pl.lit(value=False).alias("is_total"), pl.lit(1, dtype=pl.Int64).alias("level"))
        .sort("account")
    )


def by_side(accounts: pl.DataFrame) -> pl.DataFrame:
    """Accounts with their balances as debits and credits too."""
    sides = [
        pl.max_horizontal(sign * pl.col(f"{when}_minor"), _NOTHING).alias(f"{when}_{side}_minor")
        for when in ("opening", "closing")
        for side, sign in (("debit", 1), ("credit", -1))
    ]
    named = ["account", "account_name", "level", "is_total", "lines"]
    return accounts.with_columns(sides).select(*named, "opening_minor", "closing_minor", *SIDES, "currency")


def foreign_of(begun: Opening, taken: Taken, names: Mapping[str, str | None]) -> pl.DataFrame:
    """Figures in other currencies, by account and currency; opening and closing null where the opening is not known."""
    of = ["account", "foreign_currency"]
    is_debit = pl.col("debit_minor").is_not_null()
    debit = pl.when(is_debit).then("foreign_minor").otherwise(_NOTHING)
    credit = pl.when(is_debit).then(_NOTHING).otherwise("foreign_minor")
    has = pl.col("foreign_minor").is_not_null()
    rows = [
        taken.before.filter(has).select(*of, *_figures(opening_minor=debit - credit)),
        taken.during.filter(has).select(*of, *_figures(debit_minor=debit, credit_minor=credit)),
    ]
    if begun.foreign is not None:
        rows.append(begun.foreign.select(*of, *_figures(opening_minor=pl.col("opening_minor"))))
    is_unknown = pl.col("opening_minor").is_null().any() | pl.lit(begun.foreign is None)
    opening = pl.when(is_unknown).then(None).otherwise(pl.col("opening_minor").sum())
    sums = (
        pl.concat(rows)
        .group_by(of)
        .agg(opening.alias("opening_minor"), pl.col("debit_minor", "credit_minor").sum())
        .sort(of)
    )
    closing = pl.col("opening_minor") + pl.col("debit_minor") - pl.col("credit_minor")
    return sums.with_columns(_named(names), closing.alias("closing_minor")).select(
        "account", "account_name", "foreign_currency", *FIGURES
    )


def proof_of(taken: Taken, accounts: pl.DataFrame, currency: str) -> Proof:
    """That no line is lost, and that the accounts are what the vouchers say and balance before, in and after the days."""
    lowest = accounts.filter(~pl.col("is_total"))
    turned = lowest.select(pl.col("debit_minor", "credit_minor").sum()).row(0, named=True)
    said = taken.during.select(pl.col("debit_minor", "credit_minor").sum()).row(0, named=True)

    def check(name: str, side: str, total: int, parts: dict[str, int]) -> Check:
        return Check(name=name, side=side, currency=currency, total=total, parts=parts)

    def balance(when: str) -> Check:
        minor = pl.col(f"{when}_minor")
        debit = minor.filter(minor > 0).sum().alias("debit")
        credit = (-minor.filter(minor < 0)).sum().alias("credit")
        sums = lowest.select(debit, credit).row(0, named=True)
        return check("debits", when, sums["debit"], {"credits": sums["credit"]})

    checks = [
        taken.check,
        check("debits of the vouchers", "turnover", said["debit_minor"], {"accounts": turned["debit_minor"]}),
        check("credits of the vouchers", "turnover", said["credit_minor"], {"accounts": turned["credit_minor"]}),
        balance("opening"),
        check("debits", "turnover", turned["debit_minor"], {"credits": turned["credit_minor"]}),
        balance("closing"),
    ]
    if accounts.height > lowest.height:
        top = accounts.filter(pl.col("level") == 1).unique("account", keep="first", maintain_order=True)
        sums = lowest.select(pl.col(FIGURES).sum()).row(0, named=True)
        above = top.select(pl.col(FIGURES).sum()).row(0, named=True)
        checks += [
            check("sums of the first level", name.removesuffix("_minor"), sums[name], {"accounts": above[name]})
            for name in FIGURES
        ]
    return Proof(checks)
