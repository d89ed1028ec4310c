"""Rolling forward: an opening and what moved make the closing, and a closing is the next opening."""

from collections.abc import Sequence

import polars as pl

from tieout.outcome import amount_text_expr
from tieout.reconciliations._common.findings import findings_of
from tieout.reconciliations._ledger_tieout.accounts import DIMENSIONS
from tieout.reconciliations._ledger_tieout.words import BREAK, CONFLICT

__all__ = ["breaks", "conflicts"]


def breaks(subledgers: pl.DataFrame, balances: pl.DataFrame) -> pl.DataFrame:
    """Notes of balances that do not roll: by what moved, or from the one before.

    Args:
        subledgers: Compared balances of ledgers beside the books.
        balances: Compared balances of accounts.
    """
    turnover = pl.col("debit_minor").fill_null(0) - pl.col("credit_minor").fill_null(0)
    said = pl.col("debit_minor").is_not_null() | pl.col("credit_minor").is_not_null()
    return pl.concat(
        [
            _breaks(subledgers, ("role", *DIMENSIONS), pl.col("movement_minor")),
            _breaks(balances, ("account", *DIMENSIONS), pl.when(said).then(turnover)),
        ]
    )


def _breaks(rows: pl.DataFrame, names: Sequence[str], moved: pl.Expr) -> pl.DataFrame:
    of = ["at_book", *names, "currency"]
    ordered = rows.sort(*of, "as_of", nulls_last=True).with_columns(
        pl.col("amount_minor").shift(1).over(of).alias("before_minor"), moved.alias("moved_minor")
    )
    made = pl.col("opening_minor") + pl.col("moved_minor")
    rolled = ordered.filter(made != pl.col("amount_minor")).with_columns(
        pl.lit("opening and movements do not make the balance").alias("cause"),
        pl.lit("期初加本期发生不等于期末").alias("cause_zh"),
        made.alias("made_minor"),
        pl.col("amount_minor").alias("stated_minor"),
    )
    begun = ordered.filter(pl.col("before_minor") != pl.col("opening_minor")).with_columns(
        pl.lit("the opening is not the balance before").alias("cause"),
        pl.lit("期初不等于上期期末").alias("cause_zh"),
        pl.col("before_minor").alias("made_minor"),
        pl.col("opening_minor").alias("stated_minor"),
    )
    off = pl.concat([rolled, begun])
    codes = off["currency"].drop_nulls().unique().sort().to_list()
    amounts = [
        amount_text_expr(pl.col(f"{name}_minor"), pl.col("currency"), codes).alias(name) for name in ("made", "stated")
    ]
    what = pl.col(names[0]).alias("what")
    return findings_of(
        off, BREAK, keys=["book_id", *names, "as_of"], evidence=["cause", "cause_zh", what, *amounts], note=True
    )


def conflicts(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """Notes of balances that another record of the same account and day contradicts.

    Args:
        rows: Those that do not count.
        name: Column that names the account or role.
    """
    what = pl.col(name).alias("what")
    return findings_of(
        rows.with_columns(pl.col("minor").alias("actual_minor")),
        CONFLICT,
        keys=["book_id", name, *DIMENSIONS, "as_of"],
        evidence=[what],
        note=True,
    )
