"""Fees: what the contract says of each order, and where the platform's fees differ from it."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

import polars as pl

from tieout.model import SettlementLine
from tieout.model.currency import exponent
from tieout.money.columns import divide_half_up_expr
from tieout.money.profile import ToleranceProfile
from tieout.reconciliations._common.findings import SOURCE, findings_of
from tieout.reconciliations._common.sides import Role, Side
from tieout.reconciliations._settlement.contract import FeeContract
from tieout.reconciliations._settlement.words import FEE_TWICE, FEES, NOT_RETURNED, RATE

__all__ = ["RATE_UNIT", "contract_side", "fee_findings", "fee_terms", "rated_lines", "rules_of"]

RATE_UNIT = 10**8
"""Rates are whole numbers of this part."""
_RULE = {
    "key": pl.Int64(),
    "currency": pl.String(),
    "type": pl.String(),
    "rate": pl.Int64(),
    "fixed_minor": pl.Int64(),
    "base_minor": pl.Int64(),
    "returned": pl.Boolean(),
    "contract": pl.String(),
}
_BASE = {"receivable": "receivable_minor", "paid": "payable_minor", "goods": "goods_minor"}
_SCOPE = ("book_id", "platform", "shop_id", "platform_order_id")
_OF_FEE = ["key", "currency", "type"]


def rules_of(orders: pl.DataFrame, fees: Sequence[FeeContract]) -> pl.DataFrame:
    """What the contract says of the fees of each order: one row per order and rated fee.

    Args:
        orders: Orders with `key`, `sold_on` and their amounts.
        fees: Contracts, of which one at most holds for a fee on a day.
    """
    parts = [pl.DataFrame(schema=_RULE)]
    for fee in fees:
        if fee.is_rated:
            first, last = fee.days
            holds = (pl.col("platform") == fee.platform) & pl.col("sold_on").is_between(first, last)
            rate = int((fee.rate or Decimal(0)).scaleb(8))
            parts.append(
                orders.filter(holds).select(
                    "key",
                    "currency",
                    pl.lit(fee.line_type).alias("type"),
                    pl.lit(rate, dtype=pl.Int64).alias("rate"),
                    _fixed(fee.amount, orders["currency"].unique().to_list()).alias("fixed_minor"),
                    pl.col(_BASE[fee.base]).alias("base_minor"),
                    pl.lit(fee.returned).alias("returned"),
                    pl.lit(str(fee)).alias("contract"),
                )
            )
    return pl.concat(parts)


def _fixed(amount: Decimal | None, codes: Sequence[str]) -> pl.Expr:
    if amount is None or not codes:
        return pl.lit(0, dtype=pl.Int64)
    minor = {code: int(amount.scaleb(exponent(code)).quantize(Decimal(1), ROUND_HALF_UP)) for code in codes}
    return pl.col("currency").replace_strict(minor, return_dtype=pl.Int64)


def rated_lines(lines: pl.DataFrame, rules: pl.DataFrame) -> pl.DataFrame:
    """Lines with `is_rated` (the contract says what the fee is) and `is_return` (a fee that comes back, where it says so)."""
    if not rules.height:
        nothing = pl.lit(value=False)
        return lines.with_columns(nothing.alias("is_rated"), nothing.alias("is_return"))
    returning = rules.filter("returned").select("key", "currency", pl.lit(value=True).alias("has_return")).unique()
    wanted = pl.col("kind").is_in((*FEES, "fee_refund")) & pl.col("key").is_not_null()
    fees = lines.filter(wanted).select("row", *_OF_FEE, "amount_minor")
    fees = fees.join(rules.select(*_OF_FEE, "returned"), on=_OF_FEE, how="left").join(
        returning, on=["key", "currency"], how="left"
    )
    rated = fees.filter(pl.col("returned").is_not_null())["row"]
    back = (pl.col("type") == "fee_refund") & pl.col("has_return") | (pl.col("returned") & (pl.col("amount_minor") > 0))
    returns = fees.filter(back)["row"]
    return lines.with_columns(
        pl.col("row").is_in(rated.implode()).alias("is_rated"),
        pl.col("row").is_in(returns.implode()).alias("is_return"),
    )


def contract_side(
    rules: pl.DataFrame, orders: pl.DataFrame, lines: pl.DataFrame, facts: pl.DataFrame, allowed: pl.Expr
) -> Side:
    """What the contract makes of the orders that are settled.

    A fee falls due, and comes back, with what is settled of its base: an order that is settled in part may be charged on the
    whole or on the part, and one that was refunded on what is left of it, of which nothing comes back. The nearest of these is
    what the platform did.

    Args:
        rules: Of `rules_of`.
        orders: The compared orders.
        lines: The compared lines.
        facts: Of `gross_facts`.
        allowed: What an order's money may differ and still be whole.
    """
    names = ("key", "currency", *_SCOPE, "type", "base_minor", "contract", "is_opening")
    owed = _owed(rules, orders, lines, facts, allowed)
    charges = owed.select(
        *names, (-pl.col("charge")).alias("minor"), pl.lit("charge").alias("term"), pl.col("settled_on").alias("on")
    )
    returns = owed.filter(pl.col("returned") & (pl.col("back") != 0)).select(
        *names, pl.col("back").alias("minor"), pl.lit("return").alias("term"), pl.col("refunded_on").alias("on")
    )
    frame = (
        pl.concat([charges, returns])
        .sort("key", "currency", "type", "term")
        .with_columns(
            pl.int_range(pl.len(), dtype=pl.Int64).alias("row"),
            pl.col("key").alias("unit_key"),
            pl.lit(1, dtype=pl.Int64).alias("part"),
            pl.lit(value=False).alias("is_repeat"),
            pl.lit(value=True).alias("is_derived"),
            pl.lit(None, dtype=pl.String).alias("aside"),
            pl.lit(None, dtype=pl.Int64).alias("pieces"),
            *(pl.lit(None, dtype=pl.Int64 if name == "source_line" else pl.String).alias(name) for name in SOURCE),
        )
    )
    sums = frame.group_by("currency").agg(pl.col("minor").sum()).sort("currency")
    return Side(
        name="contract",
        record=SettlementLine,
        role=Role.EXPECTED,
        frame=frame,
        given=frame.height,
        carried=0,
        superseded=0,
        totals={str(code): int(total) for code, total in sums.iter_rows()},
    )


def _owed(
    rules: pl.DataFrame, orders: pl.DataFrame, lines: pl.DataFrame, facts: pl.DataFrame, allowed: pl.Expr
) -> pl.DataFrame:
    """The rules of settled orders with `charge` and `back`, positive."""
    settled = pl.col("sale_minor") + pl.col("subsidy_minor")
    whole = (pl.col("receivable_minor") - settled <= allowed) | (pl.col("receivable_minor") <= 0)
    back = -(pl.col("refund_minor") + pl.col("clawback_minor"))
    left = (settled - back).clip(lower_bound=0)
    all_back = (back >= pl.col("receivable_minor")) & (back > 0)
    charged = (
        lines.filter(pl.col("is_rated") & ~pl.col("is_return"))
        .group_by(_OF_FEE)
        .agg((-pl.col("minor").sum()).alias("charged"))
    )
    known = ["key", "currency"]
    off_whole, off_part, off_left = (
        (pl.col(f"on_{base}") - pl.col("charged")).abs() for base in ("whole", "part", "left")
    )
    is_on_left = (back > 0) & (off_left < off_whole) & (off_left < off_part)
    return (
        rules.join(facts.filter(settled > 0), on=known)
        .join(orders.select(*known, "receivable_minor", *_SCOPE), on=known)
        .join(charged, on=_OF_FEE, how="left")
        .with_columns(
            (_part(settled, pl.lit(value=True)) + pl.col("fixed_minor")).alias("on_whole"),
            (_part(settled, whole) + pl.col("fixed_minor")).alias("on_part"),
            pl.when(all_back)
            .then(0)
            .otherwise(_part(left, pl.lit(value=False)) + pl.col("fixed_minor"))
            .alias("on_left"),
            (_part(back.clip(lower_bound=0), all_back) + pl.when(all_back).then("fixed_minor").otherwise(0)).alias(
                "back"
            ),
            pl.col("charged").fill_null(0),
        )
        .with_columns(
            pl.when(is_on_left)
            .then("on_left")
            .when(off_whole < off_part)
            .then("on_whole")
            .otherwise("on_part")
            .alias("charge"),
            pl.when(is_on_left).then(0).otherwise("back").alias("back"),
        )
    )


def _part(settled: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """The rated fee on the part of the base that is settled."""
    share = pl.col("base_minor").cast(pl.Int128) * pl.col("rate")
    partly = divide_half_up_expr(
        share * settled.cast(pl.Int128), pl.col("receivable_minor").cast(pl.Int128) * RATE_UNIT
    )
    return pl.when(whole).then(divide_half_up_expr(share, RATE_UNIT)).otherwise(partly)


def fee_terms(lines: Side, contract: Side, tolerances: ToleranceProfile) -> pl.DataFrame:
    """The rated fees of each unit against the contract, one row per fee, and one for what comes back.

    Returns:
        `unit`, `type` (`fee_refund` for what comes back), `expected_minor`, `actual_minor`, `gap_minor`, `allowed_minor`,
        `extra_minor`, `base_minor`, `contract`, `currency`.
    """
    own = lines.compared.filter((pl.col("part") == 1) & pl.col("unit_key").is_not_null())
    kind = pl.when("is_return").then(pl.lit("fee_refund")).otherwise("type").alias("type")
    actual = own.group_by("unit", kind).agg(
        pl.col("minor").sum().alias("actual_minor"),
        pl.col("minor").filter("is_extra").sum().alias("extra_minor"),
        pl.col("currency").first().alias("currency_line"),
    )
    owed = contract.compared
    names = ("unit", "type", "expected_minor", "base_minor", "contract", "currency")
    charges = owed.filter(pl.col("term") == "charge").with_columns(pl.col("minor").alias("expected_minor"))
    returns = (
        owed.filter(pl.col("term") == "return")
        .sort("contract")
        .group_by("unit")
        .agg(
            pl.col("minor").sum().alias("expected_minor"),
            pl.col("base_minor").sum(),
            pl.col("contract").unique(maintain_order=True).str.join("; "),
            pl.col("currency").first(),
        )
        .with_columns(pl.lit("fee_refund").alias("type"))
    )
    expected = pl.concat([charges.select(names), returns.select(names)])
    terms = actual.join(expected, on=["unit", "type"], how="full", coalesce=True).with_columns(
        pl.coalesce("currency", "currency_line").alias("currency")
    )
    allowed = tolerances.allowed_expr("fee", pl.col("base_minor").fill_null(0), currency=pl.col("currency"))
    return terms.with_columns(
        pl.col("expected_minor", "actual_minor", "extra_minor").fill_null(0),
        pl.when(pl.col("base_minor").is_null()).then(0).otherwise(allowed).alias("allowed_minor"),
    ).with_columns((pl.col("actual_minor") - pl.col("expected_minor")).alias("gap_minor"))


def fee_findings(terms: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Findings of the fees that differ, of units that do not wait.

    Args:
        terms: Of `fee_terms`, those that are to be said, with the keys of their unit, `state` and `on`.
        keys: Columns that name an order.
    """
    gap, allowed = pl.col("gap_minor"), pl.col("allowed_minor")
    twice = (pl.col("extra_minor") != 0) & ((gap - pl.col("extra_minor")).abs() <= allowed)
    kind = (
        pl.when((pl.col("type") == "fee_refund") & (gap < 0))
        .then(pl.lit(NOT_RETURNED))
        .when(twice)
        .then(pl.lit(FEE_TWICE))
        .when(pl.col("type") != "fee_refund")
        .then(pl.lit(RATE))
    )
    found = terms.filter("is_off").with_columns(kind.alias("found")).filter(pl.col("found").is_not_null())
    percent = divide_half_up_expr(
        pl.col("actual_minor").abs() * 1_000_000, pl.col("base_minor").abs().clip(lower_bound=1)
    )
    whole, rest = (percent // 10_000).cast(pl.String), (percent % 10_000).cast(pl.String).str.zfill(4)
    charged = pl.when(pl.col("base_minor") > 0).then(pl.concat_str([whole, pl.lit("."), rest, pl.lit(" %")]))
    return findings_of(
        found,
        pl.col("found"),
        keys=[*keys, pl.col("type").alias("line_type")],
        evidence=["contract", "base_minor", charged.alias("charged"), "state"],
    )
