"""Sharing: the part of each discount that falls on each line, and what the lines say of it themselves."""

from typing import Final

import polars as pl

from tieout.money.columns import allocated, divide_half_up_expr
from tieout.money.profile import ToleranceProfile
from tieout.outcome import amount_text_expr
from tieout.reconciliations._common.findings import findings_of
from tieout.reconciliations._promotions.rules import RuleBook
from tieout.reconciliations._promotions.ruling import eligible_lines, minor_of
from tieout.reconciliations._promotions.taking import ORDER, WHOLE
from tieout.reconciliations._promotions.words import (
    BELOW_FLOOR,
    DISAGREE,
    NEGATIVE,
    NO_QUANTITY,
    SPLIT,
    STACKING,
)

__all__ = ["floor_notes", "line_notes", "order_notes", "shares_of"]

_CLAIM: Final = ["order_row", "claim"]
_BUYER_PAYS_THE_SAME: Final = ("cashback",)


def shares_of(claims: pl.DataFrame, lines: pl.DataFrame, book: RuleBook) -> pl.DataFrame:
    """The part of each claim that falls on each line of its order (`domain.md` 2.4).

    A claim of a line is that line's. One of the order is shared as the platform shares the order's reductions, where all lines
    say it and it sums; else in proportion to price x pieces less what is off on the line alone, by largest remainder, ties in the
    order of the lines, over the lines that its rule is for.

    Args:
        claims: Claims with `rule`, `is_listed`, `is_excepting`, `share_used`.
        lines: Lines of the orders.
        book: The rules.

    Returns:
        `order_row`, `claim`, `line`, `base_minor`, `share_minor` (sums to the claim), `borne_minor` (the merchant's part: with
        what the funder owes it sums to the claim, too).
    """
    lines = lines.filter(pl.col("goods_minor").is_not_null())
    of_order = claims.filter(pl.col("line_id").is_null()).group_by("order_row").agg(pl.col("claimed_minor").sum())
    split = (
        lines.group_by("order_row")
        .agg(pl.col("split_minor").sum(), pl.col("split_minor").is_null().any().alias("is_partial"))
        .join(of_order, on="order_row")
        .filter(
            (pl.col("split_minor") == pl.col("claimed_minor")) & ~pl.col("is_partial") & (pl.col("split_minor") > 0)
        )
        .select("order_row", pl.lit(value=True).alias("is_split"))
    )
    pairs = eligible_lines(claims, lines, book).join(split, on="order_row", how="left", maintain_order="left")
    own = claims.select(*_CLAIM, "line_id", "claimed_minor", "share_used")
    pairs = pairs.join(own, on=_CLAIM, how="left", maintain_order="left").sort(*_CLAIM, "line")
    by_platform = pl.col("is_split").fill_null(value=False) & pl.col("line_id").is_null()
    base = (pl.col("goods_minor") - pl.col("off_minor").fill_null(0)).clip(0)
    pairs = pairs.with_columns(
        base.alias("base_minor"),
        pl.when(by_platform).then(pl.col("split_minor").clip(0)).otherwise(base).alias("weight"),
    )
    weight = pl.when(pl.col("weight").sum().over(_CLAIM) > 0).then("weight").otherwise(1)
    pairs = pairs.with_columns(weight.alias("weight"))
    pairs = pairs.with_columns(allocated(pairs, "claimed_minor", "weight", over=_CLAIM).alias("share_minor"))
    others = divide_half_up_expr(pl.col("claimed_minor").cast(pl.Int128) * (WHOLE - pl.col("share_used")), WHOLE)
    pairs = pairs.with_columns((pl.col("claimed_minor") - others).alias("own_minor"))
    borne = allocated(pairs, "own_minor", "share_minor", over=_CLAIM).fill_null(0)
    return pairs.select(*_CLAIM, "line", "base_minor", "share_minor", borne.alias("borne_minor"))


def order_notes(
    orders: pl.DataFrame, claims: pl.DataFrame, lines: pl.DataFrame, tolerances: ToleranceProfile
) -> pl.DataFrame:
    """Notes of orders whose parts do not make the whole.

    What was paid for the lines is not the goods less the reductions (a), a line was paid less than nothing (e), the shares of the
    lines do not sum to the order's reductions, or the lines do not sum to what the order says its goods cost.

    Args:
        orders: Orders that count, with `unit`.
        claims: Their claims.
        lines: Their lines.
        tolerances: What sums may differ.
    """
    per_order = (
        lines.filter(~pl.col("is_made"))
        .group_by(pl.col("order_row").alias("row"))
        .agg(
            pl.len().cast(pl.Int64).alias("line_count"),
            pl.col("goods_minor", "paid_minor", "split_minor").sum(),
            (pl.col("goods_minor") - pl.col("off_minor").fill_null(0)).sum().alias("reduced_minor"),
            pl.col("goods_minor").is_not_null().all().alias("is_priced"),
            pl.col("paid_minor").is_not_null().all().alias("is_paid"),
            pl.col("split_minor").is_not_null().all().alias("is_split"),
            (pl.col("paid_minor") < 0).any().fill_null(value=False).alias("is_below"),
            pl.col("paid_minor").min().alias("lowest_minor"),
        )
    )
    off_now = pl.when(~pl.col("kind").is_in(_BUYER_PAYS_THE_SAME)).then("claimed_minor").otherwise(0)
    of_order = pl.when(pl.col("line_id").is_null()).then("claimed_minor").otherwise(0)
    sums = claims.group_by(pl.col("order_row").alias("row")).agg(
        off_now.sum().alias("off_minor"), of_order.sum().alias("of_order_minor")
    )
    rows = (
        orders.join(per_order, on="row")
        .join(sums, on="row", how="left", maintain_order="left")
        .with_columns(pl.col("off_minor", "of_order_minor").fill_null(0))
    )
    allowed = tolerances.allowed_expr(
        "order", pl.col("goods_minor"), currency=pl.col("currency"), lines=pl.col("line_count")
    )
    goods = pl.coalesce("goods_amount_minor", "goods_minor") + pl.col("adjustment_minor").fill_null(0)
    payable = goods - pl.col("off_minor")
    extras = pl.col("freight_charged_minor").fill_null(0) + pl.col("added_tax_minor").fill_null(0)
    near = pl.min_horizontal((pl.col("paid_minor") - payable).abs(), (pl.col("paid_minor") - payable - extras).abs())
    rows = rows.with_columns(payable.alias("payable_minor"))
    said = pl.col("goods_amount_minor")  # before what is off on the lines, or, as Taobao says it, after it
    unlike = pl.min_horizontal((said - pl.col("goods_minor")).abs(), (said - pl.col("reduced_minor")).abs()) > allowed
    parts = [
        _order_note(
            rows.filter(pl.col("is_paid") & pl.col("is_priced") & (near > allowed)),
            STACKING,
            {"said": "payable_minor", "lines": "paid_minor"},
            ("a", "reductions do not make what was paid", "优惠合计与实付差额不符"),
        ),
        _order_note(
            rows.filter(pl.col("is_below")),
            STACKING,
            {"lowest": "lowest_minor"},
            ("e", "a line was paid less than nothing", "商品行实付为负"),
        ),
        _order_note(
            rows.filter(pl.col("is_split") & (pl.col("split_minor") != pl.col("of_order_minor"))),
            SPLIT,
            {"said": "of_order_minor", "lines": "split_minor"},
        ),
        _order_note(
            rows.filter(pl.col("is_priced") & unlike),
            DISAGREE,
            {"said": "goods_amount_minor", "lines": "goods_minor"},
        ),
    ]
    return pl.concat(parts)


def _order_note(
    rows: pl.DataFrame, kind: str, amounts: dict[str, str], cause: tuple[str, str, str] | None = None
) -> pl.DataFrame:
    """Notes of orders with amounts as text, and for a stacking error with its letter and cause."""
    codes = rows["currency"].drop_nulls().unique().sort().to_list()
    evidence: list[str | pl.Expr] = [
        amount_text_expr(pl.col(column), pl.col("currency"), codes).alias(name) for name, column in amounts.items()
    ]
    if cause is not None:
        said = zip(("letter", "cause", "cause_zh"), cause, strict=True)
        evidence = [*(pl.lit(text).alias(name) for name, text in said), *evidence, pl.lit("-").alias("promotion")]
    return findings_of(rows, kind, keys=ORDER, evidence=evidence, note=True)


def line_notes(orders: pl.DataFrame, claims: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Notes of lines and claims that no record of their kind can be: no piece or fewer, or an amount below zero.

    Args:
        orders: Orders that count, with `unit`.
        claims: All their claims.
        lines: Their lines.
    """
    named = orders.select(pl.col("row").alias("order_row"), "unit", *ORDER, "currency", "on", "^source_.*$")
    without = lines.filter((pl.col("pieces") <= 0).fill_null(value=False)).join(named, on="order_row")
    quantity = pl.col("pieces").cast(pl.String).str.strip_chars_end("0").str.strip_chars_end(".")
    below = claims.filter(pl.col("claimed_minor") < 0).select("order_row", "claim", "kind", "claimed_minor")
    below = below.join(named, on="order_row").with_columns(pl.col("claimed_minor").alias("actual_minor"))
    return pl.concat(
        [
            findings_of(
                without,
                NO_QUANTITY,
                keys=[*ORDER, pl.col("sub_id").alias("platform_sub_order_id"), "sku"],
                evidence=[pl.lit("orders").alias("side"), quantity.alias("quantity")],
                note=True,
            ),
            findings_of(
                below,
                NEGATIVE,
                keys=[*ORDER, "kind"],
                evidence=[pl.col("platform_order_id").alias("reference")],
                note=True,
            ),
        ]
    )


def floor_notes(orders: pl.DataFrame, claims: pl.DataFrame, lines: pl.DataFrame, book: RuleBook) -> pl.DataFrame:
    """Notes of lines of which a piece brings less than its floor.

    Args:
        orders: Orders that count, with `unit`.
        claims: Their claims.
        lines: Their lines.
        book: The floors.
    """
    watched = lines.join(_floors(book), on="sku", how="semi").select("order_row").unique()
    claims, lines = (rows.join(watched, on="order_row", how="semi") for rows in (claims, lines))
    shares = shares_of(claims, lines, book)
    borne = shares.group_by("order_row", "line").agg(pl.col("borne_minor").sum())
    rows = lines.filter(~pl.col("is_made") & pl.col("goods_minor").is_not_null() & (pl.col("pieces") > 0)).join(
        orders.select(pl.col("row").alias("order_row"), "unit", *ORDER, "currency", "on", "placed_on", "^source_.*$"),
        on="order_row",
    )
    rows = rows.join(_floors(book), on=["sku", "currency"]).filter(
        pl.col("for_platform").is_null() | (pl.col("for_platform") == pl.col("platform")),
        pl.col("for_shop").is_null() | (pl.col("for_shop") == pl.col("shop_id")),
        pl.col("placed_on").is_between("first_day", "last_day") | pl.col("placed_on").is_null(),
    )
    rows = rows.sort("order_row", "line", "floor_minor").unique(["order_row", "line"], keep="last", maintain_order=True)
    rows = rows.join(borne, on=["order_row", "line"], how="left", maintain_order="left")
    brings = pl.col("goods_minor") - pl.col("borne_minor").fill_null(0)
    pieces = pl.col("pieces").to_physical().cast(pl.Int128)
    least = pl.col("floor_minor").cast(pl.Int128) * pieces
    below = rows.with_columns(
        (brings.cast(pl.Int128) * WHOLE // pieces).cast(pl.Int64).alias("price_minor"),
        (divide_half_up_expr(least, WHOLE) - brings).alias("short_minor"),
    ).filter(brings.cast(pl.Int128) * WHOLE < least)
    codes = below["currency"].drop_nulls().unique().sort().to_list()
    amounts = [
        amount_text_expr(pl.col(f"{name}_minor"), pl.col("currency"), codes).alias(name)
        for name in ("price", "floor", "short")
    ]
    quantity = pl.col("pieces").cast(pl.String).str.strip_chars_end("0").str.strip_chars_end(".")
    return findings_of(
        below,
        BELOW_FLOOR,
        keys=[*ORDER, pl.col("sub_id").alias("platform_sub_order_id"), "sku"],
        evidence=[*amounts, quantity.alias("pieces")],
        note=True,
    )


def _floors(book: RuleBook) -> pl.DataFrame:
    rows = [
        (one.sku, one.currency, one.platform, one.shop_id, *one.days, minor_of(one.price, one.currency))
        for one in book.floors
    ]
    schema = {
        "sku": pl.String(),
        "currency": pl.String(),
        "for_platform": pl.String(),
        "for_shop": pl.String(),
        "first_day": pl.Date(),
        "last_day": pl.Date(),
        "floor_minor": pl.Int64(),
    }
    return pl.DataFrame(rows, schema=schema, orient="row")
