"""Ruling: which rule each claim belongs to, what that rule gives, and why it gives nothing."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

import polars as pl

from tieout.model.currency import exponent
from tieout.money.columns import divide_half_up_expr
from tieout.reconciliations._promotions.rules import PromotionRule, RuleBook
from tieout.reconciliations._promotions.taking import WHOLE

__all__ = ["eligible_lines", "minor_of", "ruled"]

_CLAIM: Final = ["order_row", "claim"]
_BY_CODE, _BY_PREFIX, _BY_KIND = 0, 1, 2
_RULE: Final = {
    "rule": pl.Int64(),
    "rule_name": pl.String(),
    "rule_kind": pl.String(),
    "rule_funder": pl.String(),
    "rule_share": pl.Int64(),
    "rule_settled": pl.Boolean(),
    "rule_flow": pl.String(),
    "rule_group": pl.String(),
    "rule_platform": pl.String(),
    "rule_shop": pl.String(),
    "rule_currency": pl.String(),
    "first_day": pl.Date(),
    "last_day": pl.Date(),
    "cap_minor": pl.Int64(),
    "repeats": pl.Boolean(),
    "is_single": pl.Boolean(),
    "is_listed": pl.Boolean(),
    "is_excepting": pl.Boolean(),
    "is_free": pl.Boolean(),
    "fee_rate": pl.Int64(),
}
_TIER: Final = {"rule": pl.Int64(), "threshold": pl.Int64(), "amount": pl.Int64(), "rate": pl.Int64()}


def ruled(claims: pl.DataFrame, lines: pl.DataFrame, book: RuleBook) -> pl.DataFrame:
    """Claims with the rule that they belong to and what it gives.

    Args:
        claims: Claims that count.
        lines: The lines of their orders.
        book: The rules.

    Returns:
        The claims with the columns of their rule (null where there is none), `in_scope`, `in_days`, `base_minor` (price of the
        eligible goods), `least_minor` (the lowest threshold), `is_reached`, `given_minor` (what the rule takes off, null where
        the goods have no price).
    """
    rules = _rules(book)
    found = _candidates(claims, rules, book)
    found = _based(found, claims, lines, book)
    found = _given(found, book)
    best = (
        found.with_columns((pl.col("given_minor") == pl.col("claimed_minor")).fill_null(value=False).alias("agrees"))
        .sort(*_CLAIM, "agrees", "given_minor", "rule", descending=[False, False, True, True, False], nulls_last=True)
        .unique(_CLAIM, keep="first", maintain_order=True)
        .drop("agrees", "claimed_minor", "line_id")
    )
    return claims.join(best, on=_CLAIM, how="left", maintain_order="left")


def eligible_lines(claims: pl.DataFrame, lines: pl.DataFrame, book: RuleBook) -> pl.DataFrame:
    """The lines that each claim is for: those of its rule's articles, or the one that it names.

    Args:
        claims: `order_row`, `claim`, `line_id`, `rule`, `is_listed`, `is_excepting`.
        lines: Lines of the orders.
        book: The rules.

    Returns:
        `order_row`, `claim`, `rule` and the columns of the lines.
    """
    own = ["order_row", "claim", "rule", "line_id", "is_listed", "is_excepting"]
    pairs = claims.select(own).join(lines, on="order_row")
    pairs = pairs.filter(pl.col("line_id").is_null() | (pl.col("line_id") == pl.col("sub_id")))
    listed = _articles(book, "skus").with_columns(pl.lit(value=True).alias("has_listed"))
    left_out = _articles(book, "excluded_skus").with_columns(pl.lit(value=True).alias("has_left_out"))
    pairs = pairs.join(listed, on=["rule", "sku"], how="left", maintain_order="left")
    pairs = pairs.join(left_out, on=["rule", "sku"], how="left", maintain_order="left")
    counts = (~pl.col("is_listed").fill_null(value=False) | pl.col("has_listed").is_not_null()) & pl.col(
        "has_left_out"
    ).is_null()
    return pairs.filter(counts).drop("has_listed", "has_left_out", "line_id", "is_listed", "is_excepting")


def _rules(book: RuleBook) -> pl.DataFrame:
    rows = [_row(number, rule) for number, rule in enumerate(book.rules)]
    return pl.DataFrame(rows, schema=_RULE, orient="row")


def _row(number: int, rule: PromotionRule) -> tuple[object, ...]:
    funder, share, settled = rule.shares
    first, last = rule.days
    return (
        number,
        rule.name,
        rule.kind,
        funder,
        int(share * WHOLE),
        settled,
        rule.flow if settled or rule.kind == "cashback" else None,
        rule.stackable_group,
        rule.platform,
        rule.shop_id,
        rule.currency,
        first,
        last,
        minor_of(rule.cap, rule.currency),
        rule.repeat,
        rule.single_use,
        bool(rule.skus),
        bool(rule.excluded_skus),
        not rule.tiers,
        None if rule.fee_rate is None else int(rule.fee_rate * WHOLE),
    )


def minor_of(amount: Decimal | None, currency: str) -> int | None:
    """An amount of a rule in minor units of its currency."""
    return (
        None if amount is None else int(amount.scaleb(exponent(currency)).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    )


def _tiers(book: RuleBook) -> pl.DataFrame:
    rows = [
        (
            number,
            minor_of(tier.threshold, rule.currency),
            minor_of(tier.amount, rule.currency),
            None if tier.rate is None else int(tier.rate * WHOLE),
        )
        for number, rule in enumerate(book.rules)
        for tier in rule.tiers
    ]
    return pl.DataFrame(rows, schema=_TIER, orient="row")


def _articles(book: RuleBook, of: str) -> pl.DataFrame:
    rows = [(number, sku) for number, rule in enumerate(book.rules) for sku in getattr(rule, of)]
    return pl.DataFrame(rows, schema={"rule": pl.Int64(), "sku": pl.String()}, orient="row")


def _candidates(claims: pl.DataFrame, rules: pl.DataFrame, book: RuleBook) -> pl.DataFrame:
    """The rules that a claim may belong to: the nearest by code and kind, then by shop, days and funder."""
    own = claims.select(
        *_CLAIM, "platform", "shop_id", "currency", "placed_on", "kind", "funder", "code", "line_id", "claimed_minor"
    )
    codes = pl.DataFrame(
        [(number, code) for number, rule in enumerate(book.rules) for code in rule.codes],
        schema={"rule": pl.Int64(), "code": pl.String()},
        orient="row",
    )
    found = [own.join(codes, on="code").with_columns(pl.lit(_BY_CODE).alias("level"))]
    named = own.filter(pl.col("code").is_not_null())
    found += [
        named.filter(pl.col("code").str.starts_with(rule.code_prefix)).with_columns(
            pl.lit(number, dtype=pl.Int64).alias("rule"), pl.lit(_BY_PREFIX).alias("level")
        )
        for number, rule in enumerate(book.rules)
        if rule.code_prefix is not None
    ]
    nameless = [number for number, rule in enumerate(book.rules) if not rule.codes and rule.code_prefix is None]
    by_kind = rules.filter(pl.col("rule").is_in(nameless)).select("rule", pl.col("rule_kind").alias("kind"))
    found.append(own.join(by_kind.select("rule", "kind"), on="kind").with_columns(pl.lit(_BY_KIND).alias("level")))
    every = pl.concat([part.select(*own.columns, "rule", "level") for part in found]).join(rules, on="rule")
    in_scope = (
        (pl.col("rule_platform").is_null() | (pl.col("rule_platform") == pl.col("platform")))
        & (pl.col("rule_shop").is_null() | (pl.col("rule_shop") == pl.col("shop_id")))
        & (pl.col("rule_currency") == pl.col("currency"))
    ).fill_null(value=False)
    day = pl.col("placed_on")
    in_days = day.is_between("first_day", "last_day") | day.is_null()
    every = every.with_columns(in_scope.alias("in_scope"), in_days.alias("in_days"))
    rank = (
        (pl.col("level") == _BY_KIND).cast(pl.Int64) * 16
        + (~pl.col("in_scope")).cast(pl.Int64) * 8
        + (~pl.col("in_days")).cast(pl.Int64) * 4
        + (pl.col("level") == _BY_PREFIX).cast(pl.Int64) * 2
        + (pl.col("rule_funder") != pl.col("funder")).cast(pl.Int64)
    )
    every = every.with_columns(rank.alias("distance"))
    nearest = every.filter(pl.col("distance") == pl.col("distance").min().over(_CLAIM))
    return nearest.drop("platform", "shop_id", "currency", "placed_on", "kind", "funder", "code", "level", "distance")


def _based(found: pl.DataFrame, claims: pl.DataFrame, lines: pl.DataFrame, book: RuleBook) -> pl.DataFrame:
    """Candidates with the price of the goods that count: less what is off on the line alone, and what is taken off before."""
    known = ["order_row", "claim", "rule"]
    mine = found.select(*known, "line_id", "claimed_minor", "is_listed", "is_excepting")
    pairs = eligible_lines(mine, lines, book).join(
        mine.select(*known, "line_id", "claimed_minor"), on=known, how="left", maintain_order="left"
    )
    off = pl.col("off_minor").fill_null(0)
    others = pl.when(pl.col("line_id").is_null()).then(off).otherwise((off - pl.col("claimed_minor")).clip(0))
    net = (pl.col("goods_minor") - others).clip(0)
    bases = (
        pairs.with_columns(net.alias("net"))
        .group_by(known)
        .agg(pl.col("net").sum().alias("base_minor"), pl.col("goods_minor").is_null().any().alias("no_price"))
    )
    found = found.join(bases, on=known, how="left", maintain_order="left")
    picky = pl.col("is_listed") | pl.col("is_excepting") | pl.col("line_id").is_not_null()
    made = lines.filter("is_made").select("order_row", pl.lit(value=True).alias("of_made")).unique()
    found = found.join(made, on="order_row", how="left", maintain_order="left")
    unknown = pl.col("no_price").fill_null(value=False) | (pl.col("of_made").fill_null(value=False) & picky)
    found = found.with_columns(pl.when(~unknown).then(pl.col("base_minor").fill_null(0)).alias("base_minor")).drop(
        "no_price", "of_made"
    )
    return _less_before(found, claims, lines, book)


def _less_before(found: pl.DataFrame, claims: pl.DataFrame, lines: pl.DataFrame, book: RuleBook) -> pl.DataFrame:
    """Candidates whose base is less what their rule lets other reductions of the order take off first, in proportion."""
    rows = [(number, kind) for number, rule in enumerate(book.rules) for kind in rule.after]
    if not rows:
        return found
    kinds = pl.DataFrame(rows, schema={"rule": pl.Int64(), "kind": pl.String()}, orient="row")
    others = claims.filter(pl.col("line_id").is_null()).select(
        "order_row", pl.col("claim").alias("other"), "kind", pl.col("claimed_minor").alias("before")
    )
    first = (
        found.select("order_row", "claim", "rule")
        .join(kinds, on="rule")
        .join(others, on=["order_row", "kind"])
        .filter(pl.col("claim") != pl.col("other"))
        .group_by("order_row", "claim", "rule")
        .agg(pl.col("before").sum())
    )
    wholes = lines.group_by("order_row").agg(
        (pl.col("goods_minor") - pl.col("off_minor").fill_null(0)).clip(0).sum().alias("whole")
    )
    joined = found.join(first, on=["order_row", "claim", "rule"], how="left", maintain_order="left").join(
        wholes, on="order_row", how="left", maintain_order="left"
    )
    whole = pl.when(pl.col("whole") > 0).then("whole").otherwise(1)
    part = divide_half_up_expr(pl.col("before").fill_null(0).cast(pl.Int128) * pl.col("base_minor"), whole)
    return joined.with_columns((pl.col("base_minor") - part).clip(0).alias("base_minor")).drop("before", "whole")


def _given(found: pl.DataFrame, book: RuleBook) -> pl.DataFrame:
    """Candidates with what their rule takes off: by the highest tier that is reached, up to the cap and the goods themselves."""
    known = ["order_row", "claim", "rule"]
    tiers = _tiers(book)
    least = tiers.group_by("rule").agg(pl.col("threshold").min().alias("least_minor"))
    steps = found.select(*known, "base_minor", "repeats").join(tiers, on="rule")
    reached = (
        steps.filter(pl.col("base_minor") >= pl.col("threshold"))
        .sort(*known, "threshold")
        .unique(known, keep="last", maintain_order=True)
    )
    times = pl.when(pl.col("repeats")).then(pl.col("base_minor") // pl.col("threshold").clip(1)).otherwise(1)
    rated = divide_half_up_expr(pl.col("base_minor").cast(pl.Int128) * pl.col("rate"), WHOLE)
    value = pl.coalesce(pl.col("amount") * times, rated)
    reached = reached.select(*known, value.alias("value"))
    joined = found.join(least, on="rule", how="left", maintain_order="left").join(
        reached, on=known, how="left", maintain_order="left"
    )
    capped = pl.min_horizontal(pl.col("value").fill_null(0), "cap_minor", "base_minor")
    free = pl.min_horizontal("claimed_minor", "cap_minor", "base_minor")
    is_known = pl.col("base_minor").is_not_null()
    return joined.with_columns(
        pl.when("is_free").then(free).when(is_known).then(capped).alias("given_minor"),
        (pl.col("value").is_not_null() | pl.col("is_free") | ~is_known).alias("is_reached"),
    ).drop("value")
