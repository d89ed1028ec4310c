"""Taking: balances of both sides and the movements and vouchers behind them, each with the place where it is tied."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from tieout.model import AccountBalance, LedgerLine, SubledgerBalance, SubledgerMovement
from tieout.outcome import CarryForward
from tieout.reconciliations._common.sides import Role, Side, take
from tieout.reconciliations._common.versions import LISTED_TWICE, OLDER_VERSION, latest
from tieout.reconciliations._ledger_tieout.accounts import (
    DIMENSIONS,
    LedgerAccount,
    account_place,
    places,
    role_place,
)
from tieout.tables import FrameLike

__all__ = [
    "AT",
    "NO_ROLE",
    "TOTAL",
    "account_totals",
    "balances_side",
    "journal_side",
    "movements_side",
    "subledgers_side",
]

NO_ROLE: Final = "an account that nothing is tied to"
TOTAL: Final = "the total of others that are listed"
_NO_ACCOUNT: Final = "no account is for it"
AT: Final = ("at_book", "at_role", *(f"at_{name}" for name in DIMENSIONS))
"""What is tied as one, of one book, by day and currency."""
_SUBLEDGER: Final = ("book_id", "role", *DIMENSIONS, "as_of", "currency")
_BALANCE: Final = ("book_id", "account", *DIMENSIONS, "as_of", "currency")
_AUX: Final = {
    "platform": ("platform",),
    "shop_id": ("shop", "shop_id"),
    "party": ("party", "supplier", "customer"),
    "warehouse": ("warehouse",),
}


def subledgers_side(given: FrameLike, accounts: Sequence[LedgerAccount], opening: CarryForward | None) -> Side:
    """Balances of ledgers beside the books; one whose role no account has is compared with nothing."""
    key = ("book_id", "role", "as_of")
    side = take(
        "subledgers", SubledgerBalance, given, role=Role.EXPECTED, key=key, opening=opening, identity=_identity()
    )
    own = {f"at_{name}": pl.col(name) for name in DIMENSIONS} | {"at_role": pl.col("role")}
    return _weighed(side, _SUBLEDGER, accounts, role_place(accounts), own)


def _identity() -> pl.Expr:
    """The dimensions and the currency as one text, in which one that is not said is a value of its own."""
    return pl.concat_str([pl.col(name).fill_null("") for name in (*DIMENSIONS, "currency")], separator="\x1f")


def balances_side(given: FrameLike, accounts: Sequence[LedgerAccount], opening: CarryForward | None) -> Side:
    """Balances of accounts; those that have no role are set aside, and those that say others again in one sum."""
    key = ("book_id", "account", "as_of")
    side = take("balances", AccountBalance, given, role=Role.ACTUAL, key=key, opening=opening, identity=_identity())
    side = _weighed(side, _BALANCE, accounts, account_place(accounts), {})
    said_again = account_totals(side.compared)
    return side.put_aside(NO_ROLE, pl.col("place").is_null()).put_aside(
        TOTAL, pl.col("row").is_in(said_again.implode())
    )


def account_totals(rows: pl.DataFrame) -> pl.Series:
    """The `row` of each balance that others of its book, day and currency make: of its sub-accounts, or of its dimensions.

    A list of balances has an account beside those whose codes begin with its own. Where the lowest of them come to what it says,
    it is their total; where they do not, nothing tells that it is, and each counts.

    Args:
        rows: Columns of `AccountBalance` with `row`.
    """
    by = ["book_id", "as_of", "currency"]
    is_whole = pl.all_horizontal(pl.col(name).is_null() for name in DIMENSIONS)
    above = pl.int_ranges(1, pl.col("account").str.len_chars() + pl.when(is_whole).then(0).otherwise(1))
    within = rows.select("row", *by, "account", "amount_minor", above.alias("length")).explode(
        "length", empty_as_null=False
    )
    within = within.with_columns(pl.col("account").str.head(pl.col("length")).alias("account"))
    wholes = rows.filter(is_whole).select(
        *by, "account", pl.col("row").alias("total"), pl.col("amount_minor").alias("said")
    )
    pairs = within.join(wholes, on=[*by, "account"], nulls_equal=True)
    lowest = pairs.filter(~pl.col("row").is_in(pairs["total"].implode()))
    sums = (
        lowest.group_by("total", "said")
        .agg(pl.col("amount_minor").sum())
        .filter(pl.col("amount_minor") == pl.col("said"))
    )
    return sums["total"].sort()


def _weighed(
    side: Side, key: Sequence[str], accounts: Sequence[LedgerAccount], place: pl.Expr, own: dict[str, pl.Expr]
) -> Side:
    """Balances with their place and with what names it; of two that differ in their amount alone, the later counts."""
    told = latest(side, key, ("created_at",)).frame["reason"]
    named = side.frame.with_columns(place.alias("place")).join(
        places(accounts), on="place", how="left", maintain_order="left"
    )
    frame = named.with_columns(
        pl.col("book_id").fill_null("").alias("at_book"),
        *(pl.when(pl.col("place").is_null()).then(said).otherwise(name).alias(name) for name, said in own.items()),
    ).with_columns(pl.col("at_role", *(f"at_{name}" for name in DIMENSIONS)).fill_null(""), told.alias("told"))
    weighed = side.with_frame(frame).weighed(on=pl.col("as_of"), minor=pl.col("amount_minor"))
    return weighed.put_aside(LISTED_TWICE, pl.col("is_repeat")).put_aside(
        OLDER_VERSION, (pl.col("told") == OLDER_VERSION).fill_null(value=False)
    )


def movements_side(given: FrameLike, accounts: Sequence[LedgerAccount], opening: CarryForward | None) -> Side:
    """Movements of ledgers beside the books, with the `refers_to` that their voucher refers to."""
    key = ("book_id", "role", "movement_id")
    side = take(
        "movements", SubledgerMovement, given, role=Role.EVIDENCE, key=key, opening=opening, identity=_identity()
    )
    side = side.with_columns(
        role_place(accounts).alias("place"),
        pl.coalesce("document", "movement_id").alias("refers_to"),
        pl.col("book_id").fill_null("").alias("at_book"),
    ).weighed(on=pl.col("happened_on"), minor=pl.col("amount_minor"))
    return side.put_aside(LISTED_TWICE, pl.col("is_repeat")).put_aside(_NO_ACCOUNT, pl.col("place").is_null())


def journal_side(given: FrameLike, accounts: Sequence[LedgerAccount], opening: CarryForward | None) -> Side:
    """Lines of vouchers on the accounts that are tied, with the `refers_to` that they refer to, else that of their voucher."""
    key = ("book_id", "voucher_id", "line_no")
    side = take("journal", LedgerLine, given, role=Role.EVIDENCE, key=key, opening=opening)
    dimensions = [
        pl.coalesce(pl.col("aux").str.json_path_match(f"$.{key}") for key in keys).alias(name)
        for name, keys in _AUX.items()
    ]
    side = side.with_columns(*dimensions).with_columns(
        account_place(accounts).alias("place"),
        pl.coalesce("reference", "voucher_id").alias("refers_to"),
        pl.col("book_id").fill_null("").alias("at_book"),
    )
    side = side.weighed(on=pl.col("date"), minor=pl.col("amount_minor"))
    return side.put_aside(LISTED_TWICE, pl.col("is_repeat")).put_aside(NO_ROLE, pl.col("place").is_null())
