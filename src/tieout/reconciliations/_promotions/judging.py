"""Judging claims: what each of them should have been, and what is wrong with it."""

from typing import Final

import polars as pl

from tieout.money.profile import ToleranceProfile
from tieout.outcome import amount_text_expr
from tieout.reconciliations._common.findings import findings_of
from tieout.reconciliations._promotions.taking import ORDER
from tieout.reconciliations._promotions.words import AMOUNT, CONFLICT, FUNDER, INVALID, NO_PRICE, STACKING, UNKNOWN

__all__ = [
    "CLAIM_KEYS",
    "NO_GOODS_PRICE",
    "claim_findings",
    "conflict_notes",
    "funder_notes",
    "judged_claims",
    "price_notes",
]

CLAIM_KEYS: Final = ("book_id", "platform", "shop_id", "platform_order_id", "line_id", "kind", "code", "rule_name")
NO_GOODS_PRICE: Final = "no price stated"
_ORDER_OF_USE: Final = ("on", "used_at", "platform_order_id", "shop_id", "claim")
_GROUP: Final = ["order_row", "group_used"]


def judged_claims(claims: pl.DataFrame, tolerances: ToleranceProfile) -> pl.DataFrame:
    """Claims with `fault` (a type of discrepancy, or null), `letter` and `cause` (why, in a word), and `right_minor`.

    A claim has one verdict: the first of these that is so. There is no rule; its rule does not hold there or then; its code was
    used before (f); another coupon of its group is used (b); its threshold is not reached (c); it is more than the goods (d); it
    is another amount than the rule gives. What is wrong with the first five is all of it.

    Args:
        claims: Claims with their rules.
        tolerances: What an amount may differ.
    """
    has_rule = pl.col("rule").is_not_null()
    fits = has_rule & pl.col("in_scope") & pl.col("in_days")
    claims = _with_uses(claims.with_columns(fits.fill_null(value=False).alias("fits")))
    claims = _with_group(claims)
    given, claimed, base = pl.col("given_minor"), pl.col("claimed_minor"), pl.col("base_minor")
    allowed = tolerances.allowed_expr("line", given, currency=pl.col("currency"))
    off = (claimed - given).abs() > allowed
    where = (
        pl.when(~pl.col("in_scope"))
        .then(pl.when(pl.col("rule_currency") != pl.col("currency")).then(pl.lit("currency")).otherwise(pl.lit("shop")))
        .otherwise(pl.lit("days"))
    )
    cases = [
        (~has_rule, UNKNOWN, None, pl.lit("no rule")),
        (~pl.col("fits"), INVALID, None, where),
        (pl.col("used_before").is_not_null(), STACKING, "f", pl.lit("code used before")),
        (pl.col("is_stacked"), STACKING, "b", pl.lit("stacked")),
        (given.is_not_null() & ~pl.col("is_reached"), STACKING, "c", pl.lit("below threshold")),
        (off & (claimed > base), STACKING, "d", pl.lit("more than the goods")),
        (off, AMOUNT, None, pl.lit("amount")),
    ]
    fault, letter, cause = (pl.lit(None, dtype=pl.String) for _ in range(3))
    for condition, kind, sign, why in reversed(cases):
        here = condition.fill_null(value=False)
        fault = pl.when(here).then(pl.lit(kind)).otherwise(fault)
        letter = pl.when(here).then(pl.lit(sign, dtype=pl.String)).otherwise(letter)
        cause = pl.when(here).then(why).otherwise(cause)
    claims = claims.with_columns(fault.alias("fault"), letter.alias("letter"), cause.alias("cause"))
    counts = pl.col("fault").is_null() | pl.col("cause").is_in(["more than the goods", "amount"])
    return claims.with_columns(pl.when(counts).then(given).otherwise(0).alias("right_minor"))


def _with_uses(claims: pl.DataFrame) -> pl.DataFrame:
    """Claims with `used_before`: the order that used the same single-use code first, null where it is this claim.

    On the order that used it first it counts once, or once for each line that it is split over.
    """
    single = claims.filter(pl.col("fits") & pl.col("is_single") & pl.col("code").is_not_null())
    scope = ["book_id", "platform", "rule", "code"]
    ordered = single.sort(*_ORDER_OF_USE, nulls_last=True)
    first = ordered.group_by(scope, maintain_order=True).agg(
        pl.col("order_row").first().alias("first_row"), pl.col("platform_order_id").first().alias("first_order")
    )
    nth = pl.int_range(pl.len()).over([*scope, "order_row", "line_id"])
    whole = pl.col("line_id").is_null().any().over([*scope, "order_row"])
    nth_of_order = pl.int_range(pl.len()).over([*scope, "order_row"])
    ordered = ordered.with_columns((pl.when(whole).then(nth_of_order).otherwise(nth) > 0).alias("is_again"))
    again = ordered.join(first, on=scope, nulls_equal=True).filter(
        (pl.col("order_row") != pl.col("first_row")) | pl.col("is_again")
    )
    return claims.join(
        again.select("order_row", "claim", pl.col("first_order").alias("used_before")),
        on=["order_row", "claim"],
        how="left",
        maintain_order="left",
    )


def _with_group(claims: pl.DataFrame) -> pl.DataFrame:
    """Claims with `is_stacked` and `stacked_with`: an order uses one coupon of a group, the one that gives the most.

    Coupons of a group on different lines go together, since neither is used on what the other is used on.
    """
    live = pl.col("fits") & pl.col("used_before").is_null() & pl.col("is_reached").fill_null(value=True)
    claims = claims.with_columns(pl.coalesce("rule_group", "group").alias("group_used"))
    grouped = claims.filter(live & pl.col("group_used").is_not_null()).sort(
        "order_row", "group_used", "given_minor", "claim", descending=[False, False, True, False], nulls_last=True
    )
    whole = pl.col("line_id").is_null().any().over(_GROUP)
    grouped = grouped.with_columns(pl.when(whole).then(pl.lit("")).otherwise("line_id").alias("used_on"))
    by_use = [*_GROUP, "used_on"]
    grouped = grouped.with_columns(
        (pl.int_range(pl.len()).over(by_use) > 0).alias("is_stacked"),
        pl.col("rule_name").first().over(by_use).alias("stacked_with"),
    )
    found = grouped.filter("is_stacked").select("order_row", "claim", "is_stacked", "stacked_with")
    return claims.join(found, on=["order_row", "claim"], how="left", maintain_order="left").with_columns(
        pl.col("is_stacked").fill_null(value=False)
    )


def claim_findings(claims: pl.DataFrame) -> pl.DataFrame:
    """Findings of claims with a verdict.

    Args:
        claims: Judged claims with `unit`, the keys and the columns of the source.
    """
    found = claims.filter(pl.col("fault").is_not_null()).with_columns(
        pl.col("claimed_minor").alias("actual_minor"), pl.col("right_minor").alias("expected_minor")
    )
    codes = found["currency"].drop_nulls().unique().sort().to_list()
    texts = {
        "base": pl.col("base_minor"),
        "threshold": pl.when(pl.col("letter") == "c").then("least_minor"),
        "by_rule": pl.col("given_minor"),
    }
    evidence: list[str | pl.Expr] = [
        "letter",
        "cause",
        _cause_zh(),
        *(amount_text_expr(minor, pl.col("currency"), codes).alias(name) for name, minor in texts.items()),
        pl.col("used_before"),
        pl.when(pl.col("letter") == "b").then("stacked_with").alias("stacked_with"),
        pl.col("placed_on"),
        pl.col("funder"),
        pl.coalesce("rule_name", "code", "kind").alias("promotion"),
    ]
    return findings_of(found, pl.col("fault"), keys=CLAIM_KEYS, evidence=evidence, factor=pl.col("cause"))


_ZH: Final = {
    "no rule": "无对应规则",
    "currency": "币种不在规则范围",
    "shop": "店铺不在规则范围",
    "days": "不在有效期内",
    "code used before": "一次性券码此前已使用",
    "stacked": "同组优惠不可叠加",
    "below threshold": "未达满减门槛",
    "more than the goods": "优惠大于可用商品金额",
    "amount": "与规则计算不符",
}


def _cause_zh() -> pl.Expr:
    return pl.col("cause").replace_strict(_ZH, default=None, return_dtype=pl.String).alias("cause_zh")


def funder_notes(claims: pl.DataFrame) -> pl.DataFrame:
    """Notes of claims whose order says another funder, another share, or another settling than their rule.

    Args:
        claims: Judged claims.
    """
    share = (pl.col("share") != pl.col("rule_share")).fill_null(value=False)
    named = (pl.col("funder") != "shared") & (pl.col("rule_share") == pl.col("share"))
    funder = (named & (pl.col("funder") != pl.col("rule_funder"))).fill_null(value=False)
    others = pl.col("rule_share") < 10**8
    settled = (others & (pl.col("settled") != pl.col("rule_settled"))).fill_null(value=False)
    off = claims.filter(pl.col("fits") & (share | funder | settled))
    by_order, by_rule = (_percent(pl.col(name)) for name in ("share", "rule_share"))

    def said(condition: pl.Expr, first: pl.Expr, second: pl.Expr, name: str) -> pl.Expr:
        return pl.when(condition).then(pl.concat_str([first, pl.lit(" -> "), second])).alias(name)

    diffs = [
        said(funder | share, pl.col("rule_funder"), pl.col("funder"), "funder"),
        said(share, by_rule, by_order, "merchant_share"),
        said(settled, pl.col("rule_settled").cast(pl.String), pl.col("settled").cast(pl.String), "settled_to_merchant"),
    ]
    evidence: list[str | pl.Expr] = [
        pl.col("funder").alias("by_order"),
        pl.col("rule_funder").alias("by_rule"),
        by_order.alias("share_by_order"),
        by_rule.alias("share_by_rule"),
        pl.col("settled").alias("settled_by_order"),
        pl.col("rule_settled").alias("settled_by_rule"),
    ]
    return findings_of(off, FUNDER, keys=CLAIM_KEYS, evidence=evidence, diffs=diffs, note=True)


def _percent(parts: pl.Expr) -> pl.Expr:
    """A share in parts of the whole as percent in text, without trailing zeros."""
    digits = parts.cast(pl.String).str.zfill(7)
    text = pl.concat_str([digits.str.head(-6), pl.lit("."), digits.str.tail(6)])
    return text.str.strip_chars_end("0").str.strip_chars_end(".") + "%"


def price_notes(claims: pl.DataFrame) -> pl.DataFrame:
    """Notes of claims whose rule cannot be worked out, since nothing says what the goods cost.

    Args:
        claims: Judged claims.
    """
    unsaid = claims.filter(pl.col("fits") & pl.col("fault").is_null() & pl.col("given_minor").is_null())
    return findings_of(unsaid, NO_PRICE, keys=CLAIM_KEYS, evidence=["placed_on"], note=True)


def conflict_notes(orders: pl.DataFrame) -> pl.DataFrame:
    """Notes of records of an order that another record of it, of a later moment, stands for.

    Args:
        orders: Those records.
    """
    return findings_of(orders, CONFLICT, keys=ORDER, evidence=["status"], note=True)
