"""Findings: what came back otherwise than it should."""

from collections.abc import Sequence

import polars as pl

from tieout.reconciliations._common.concluding import of_period_expr
from tieout.reconciliations._common.due import TIMING_STATES
from tieout.reconciliations._common.findings import SOURCE, findings_of
from tieout.reconciliations._common.orders import value_expr
from tieout.reconciliations._common.periods import Period
from tieout.reconciliations._common.scope import suggested_ids
from tieout.reconciliations._common.sides import Side, parts_of, quantity_expr
from tieout.reconciliations._returns.waiting import freight_of
from tieout.reconciliations._returns.words import (
    CASE_CONFLICT,
    COST,
    DAMAGED,
    DISPUTE,
    EXCESS,
    ORDER_ABSENT,
    PERIOD_OFF,
    QUANTITY,
    RESTOCK_CONDITION,
    RESTOCK_QUANTITY,
    SHORT,
    SIGN,
    UNCLAIMED,
    WRONG,
)

__all__ = ["booked_elsewhere", "doubtful_records", "found", "unclaimed"]

_CASE = ("platform", "shop_id", "return_id", "platform_order_id")
_TEXTS = (
    "state",
    "due_on",
    "since",
    "where",
    "came",
    "movements",
    "parcels",
    "received_on",
    "booked_on",
    "freight",
    "suggested",
)
_COUNTS = ("asked", "counted", "booked")
_OTHER_ARTICLE = "another article"
_UNKNOWN_DAY, _UNKNOWN_DAY_ZH = "an unknown day", "未知日期"


def found(rows: pl.DataFrame, waits: pl.DataFrame) -> pl.DataFrame:
    """All findings of articles of cases.

    Args:
        rows: Articles with what their cases say, `code` and `suggested`.
        waits: Of `waiting`.
    """
    overdue = waits.filter(~pl.col("state").is_in(TIMING_STATES))
    case, stock = pl.col("by_case"), pl.col("by_stock")
    asked_came = _change(pl.col("due_left"), pl.coalesce("counted_left", "booked_left"))
    counted_booked = _change(pl.col("counted_left"), pl.col("booked_left"))
    made = pl.concat(
        [
            _wrong(rows),
            _made(rows.filter((case < 0) & pl.col("is_counted")), SHORT, case, "by_case_value", asked_came),
            _made(rows.filter(case > 0), EXCESS, case, "by_case_value", asked_came),
            _made(rows.filter(stock > 0), RESTOCK_QUANTITY, stock, "by_stock_value", counted_booked),
            _late(overdue),
            _damaged(rows),
            _booked_as_other(rows),
        ],
        how="diagonal_relaxed",
    ).with_columns(pl.col("code").alias("currency"))
    return pl.concat(
        [
            findings_of(
                made,
                pl.col("found_kind"),
                keys=[*_CASE, _article()],
                evidence=[
                    *(pl.col(name) for name in _TEXTS),
                    *(quantity_expr(pl.col(name)).alias(name) for name in _COUNTS),
                    quantity_expr(pl.col("said_damaged")).alias("damaged_by_case"),
                    quantity_expr(pl.col("damaged")).alias("damaged_in_stock"),
                    _pieces(),
                    *_in_chinese(),
                    pl.col("kind").alias("case_kind"),
                    pl.col("status").alias("case_status"),
                    pl.col("responsible_party"),
                ],
                diffs=["quantity", "article", "condition"],
                impact=pl.col("impact"),
                pieces=pl.col("gap_parts"),
                factor=pl.col("state"),
                expected_minor=pl.col("due_value"),
                actual_minor=pl.col("due_value") + pl.col("impact"),
            ),
            _unpriced(made),
        ]
    )


def _pieces() -> pl.Expr:
    """How many pieces a finding speaks of; of a case that does not say what it is about, all."""
    text = quantity_expr(pl.col("said_parts").abs())
    return pl.when(pl.col("said_parts") == 0).then(pl.lit("all")).otherwise(text).alias("pieces")


def _in_chinese() -> list[pl.Expr]:
    """What the Chinese sentence says of the goods, their number, since when they wait, and what came in their place."""
    pieces = pl.concat_str([quantity_expr(pl.col("said_parts").abs()), pl.lit(" 件")])
    return [
        _goods_zh(),
        pl.when(pl.col("said_parts") == 0).then(pl.lit("全部")).otherwise(pieces).alias("pieces_zh"),
        pl.col("since").replace(_UNKNOWN_DAY, _UNKNOWN_DAY_ZH).alias("since_zh"),
        pl.col("came").replace(_OTHER_ARTICLE, "其他商品").alias("came_zh"),
    ]


def _unpriced(made: pl.DataFrame) -> pl.DataFrame:
    """Articles that findings speak of and that have no cost, each once."""
    rows = made.filter((pl.col("said_parts") != 0) & pl.col("cost").is_null())
    each = rows.sort("unit", "sku", "said_parts").unique(["unit", "sku"], keep="last", maintain_order=True)
    articles = each.group_by("sku", maintain_order=True).agg(
        pl.col("said_parts").abs().sum(), pl.col("unit", "on", *SOURCE).first(), pl.len().alias("cases")
    )
    texts = [quantity_expr(pl.col("said_parts")).alias("pieces"), pl.col("cases")]
    return findings_of(articles, COST, keys=[_article()], evidence=texts, note=True)


def _made(rows: pl.DataFrame, kind: str, parts: pl.Expr, value: str, quantity: pl.Expr) -> pl.DataFrame:
    return _blank(rows).with_columns(
        pl.lit(kind).alias("found_kind"),
        parts.alias("gap_parts"),
        parts.alias("said_parts"),
        pl.col(value).alias("impact"),
        quantity.alias("quantity"),
    )


def _blank(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with the columns that only some findings fill."""
    texts = ("quantity", "article", "condition", "state", "where", "since")
    absent = [pl.lit(None, dtype=pl.String).alias(name) for name in texts if name not in rows.columns]
    day = [] if "due_on" in rows.columns else [pl.lit(None, dtype=pl.Date).alias("due_on")]
    return rows.with_columns(*absent, *day)


def _late(overdue: pl.DataFrame) -> pl.DataFrame:
    return _blank(overdue).with_columns(
        pl.col("wait_kind").alias("found_kind"),
        (-pl.col("lacking")).alias("gap_parts"),
        pl.col("lacking").alias("said_parts"),
        (-pl.col("lacking_value")).alias("impact"),
        _change(pl.col("booked_left") + pl.col("lacking"), pl.col("booked_left")).alias("quantity"),
        _day("since"),
    )


def _wrong(rows: pl.DataFrame) -> pl.DataFrame:
    """Articles that came in the place of others: those that were booked, and those that only the case speaks of."""
    parts = pl.col("replaced") + pl.col("wrong") + pl.col("other")
    gone = value_expr(pl.col("replaced"), pl.col("cost")) + value_expr(pl.col("wrong"), pl.col("cost"))
    came = pl.col("came").fill_null(_OTHER_ARTICLE)
    change = pl.concat_str([pl.col("sku"), pl.lit(" -> "), came])
    return _blank(rows.filter(parts > 0)).with_columns(
        pl.lit(WRONG).alias("found_kind"),
        (-pl.col("wrong")).alias("gap_parts"),
        parts.alias("said_parts"),
        (pl.col("came_value") - gone - pl.col("other_value")).alias("impact"),
        came.alias("came"),
        change.alias("article"),
    )


def _damaged(rows: pl.DataFrame) -> pl.DataFrame:
    """Goods that cannot be sold as new: as the case says where all that it counts is booked, else as they are booked."""
    by_case = pl.col("is_settled") & (pl.col("said_damaged") != pl.col("damaged"))
    parts = pl.when("is_settled").then("said_damaged").otherwise(pl.max_horizontal("damaged", "said_damaged"))
    value = pl.when(by_case).then(value_expr(pl.col("said_damaged"), pl.col("cost"))).otherwise("damaged_value")
    kind = pl.when("is_disputed").then(pl.lit(DISPUTE)).otherwise(pl.lit(DAMAGED))
    return _blank(rows.filter(parts > 0)).with_columns(
        kind.alias("found_kind"),
        pl.lit(0, dtype=pl.Int64).alias("gap_parts"),
        parts.alias("said_parts"),
        (-value).alias("impact"),
        pl.lit("good -> damaged").alias("condition"),
    )


def _booked_as_other(rows: pl.DataFrame) -> pl.DataFrame:
    """Goods whose condition the case and the stock do not agree on."""
    off = pl.col("damaged") - pl.col("said_damaged")
    value = value_expr(pl.col("said_damaged"), pl.col("cost")) - pl.col("damaged_value")
    words = pl.when(off < 0).then(pl.lit("damaged -> good")).otherwise(pl.lit("good -> damaged"))
    return _blank(rows.filter(pl.col("is_settled") & (off != 0))).with_columns(
        pl.lit(RESTOCK_CONDITION).alias("found_kind"),
        pl.lit(0, dtype=pl.Int64).alias("gap_parts"),
        off.alias("said_parts"),
        value.alias("impact"),
        words.alias("condition"),
    )


def _change(one: pl.Expr, other: pl.Expr) -> pl.Expr:
    change = pl.concat_str([quantity_expr(one), pl.lit(" -> "), quantity_expr(other)])
    return pl.when(one != other).then(change)


def _article() -> pl.Expr:
    return pl.when(pl.col("sku") != "").then("sku").otherwise(pl.lit("unnamed goods")).alias("sku")


def _goods_zh() -> pl.Expr:
    return pl.when(pl.col("sku") != "").then("sku").otherwise(pl.lit("未注明商品")).alias("goods_zh")


def _day(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.String).fill_null(_UNKNOWN_DAY).alias(column)


def _day_zh() -> pl.Expr:
    return pl.col("on").cast(pl.String).fill_null(_UNKNOWN_DAY_ZH).alias("on_zh")


def booked_elsewhere(rows: pl.DataFrame) -> pl.DataFrame:
    """Goods that the warehouse received in one month and booked in another (`domain.md` 6.2).

    Args:
        rows: Articles with what their cases say.
    """
    months = pl.col("received_on").dt.truncate("1mo") != pl.col("booked_on").dt.truncate("1mo")
    texts: list[str | pl.Expr] = ["received_on", "booked_on", "movements", _goods_zh()]
    return findings_of(rows.filter(months), PERIOD_OFF, keys=[*_CASE, _article()], evidence=texts, note=True)


def unclaimed(
    sides: tuple[Side, Side, Side, Side], pairs: pl.DataFrame, notes: tuple[pl.DataFrame, pl.DataFrame]
) -> pl.DataFrame:
    """Goods, parcels and charges of ways back that are no case's (无主件), each with the cases that they might be of.

    Args:
        sides: Cases, movements, parcels and charges, with `unit`.
        pairs: Cases with movements, suggestions among them.
        notes: Suggestions of cases for parcels and for charges.
    """
    cases, moves, parcels, charges = sides
    ours = pairs.filter(pl.col("status") == "confirmed")["right"].implode()
    stray = moves.compared.filter(~pl.col("row").is_in(ours))
    place = ["book_id", "number"]
    freight = freight_of(charges.compared.filter(pl.col("number").is_not_null()), place)
    goods = (
        _with_hints(stray, cases, pairs)
        .join(freight, on=place, how="left", nulls_equal=True)
        .with_columns(pl.lit("movement").alias("seen_as"), pl.col("movement_id").alias("reference"))
    )
    parts = [
        findings_of(
            goods.with_columns(pl.lit(0).alias("expected_minor"), pl.col("minor").alias("actual_minor")),
            UNCLAIMED,
            keys=["warehouse", "movement_id", "tracking_no", "platform_order_id", "sku"],
            evidence=[
                "seen_as",
                "reference",
                _day("on"),
                _day_zh(),
                quantity_expr(pl.col("parts")).alias("pieces"),
                "freight",
                "suggested",
            ],
            impact=pl.col("minor"),
            pieces=pl.col("parts"),
        )
    ]
    arrived = parcels.compared.filter(pl.col("is_stray") & pl.col("has_arrived"))
    goods_of, parcels_of = (
        side.compared.filter(pl.col("number").is_not_null()).select(place) for side in (moves, parcels)
    )
    lone = arrived.join(goods_of, on=place, how="anti", nulls_equal=True)
    known = pl.concat([goods_of, parcels_of])
    billed = charges.compared.filter(pl.col("is_stray") & (pl.col("amount_minor") > 0) & pl.col("number").is_not_null())
    billed = billed.join(known, on=place, how="anti", nulls_equal=True)
    first = ["unit", "on", "carrier", *SOURCE]
    by_number = billed.sort(*place, *SOURCE, nulls_last=True).group_by(place, maintain_order=True)
    bills = by_number.agg(pl.col("row", "tracking_no", *first).first())
    for rows, word, hints in ((lone, "parcel", notes[0]), (bills, "courier charge", notes[1])):
        named = (
            _with_hints(rows, cases, hints)
            .join(freight, on=place, how="left", nulls_equal=True)
            .with_columns(pl.lit(word).alias("seen_as"), pl.col("tracking_no").alias("reference"))
        )
        evidence: list[str | pl.Expr] = ["seen_as", "reference", _day("on"), _day_zh(), "freight", "suggested"]
        parts.append(findings_of(named, UNCLAIMED, keys=["carrier", "tracking_no"], evidence=evidence, note=True))
    return pl.concat(parts)


def _with_hints(rows: pl.DataFrame, cases: Side, pairs: pl.DataFrame) -> pl.DataFrame:
    hints = suggested_ids(cases.frame, pairs, "left", "return_id")
    return rows.join(hints, on="row", how="left", maintain_order="left")


def doubtful_records(
    cases: Side, moves: Side, order_pairs: pl.DataFrame, *, has_orders: bool, period: Period | None
) -> pl.DataFrame:
    """Cases whose order is not there, or of which two records differ and neither is later, and quantities below zero.

    Args:
        cases: Cases.
        moves: Movements.
        order_pairs: `case_row` of cases whose order is there.
        has_orders: Whether there are orders at all.
        period: Period of the run.
    """
    absent = cases.compared.filter(
        pl.col("platform_order_id").is_not_null() & ~pl.col("row").is_in(order_pairs["case_row"].implode()) & has_orders
    )
    line = pl.col("lines").struct
    negative = (
        cases.compared.explode("lines")
        .with_columns(
            line.field("platform_sub_order_id").alias("sub"),
            line.field("sku").alias("sku"),
            pl.min_horizontal(line.field("quantity_requested"), line.field("quantity_received")).alias("least"),
        )
        .filter(pl.col("least") < 0)
        .with_columns(quantity_expr(parts_of(pl.col("least"))).alias("quantity"))
    )
    turned = moves.compared.filter(pl.col("parts") < 0).sort("movement_id", *SOURCE, nulls_last=True)
    return pl.concat(
        [
            findings_of(absent, ORDER_ABSENT, keys=[*_CASE], note=True),
            findings_of(
                cases.frame.filter(pl.col("is_tied") & of_period_expr(period)), CASE_CONFLICT, keys=[*_CASE], note=True
            ),
            findings_of(
                negative,
                QUANTITY,
                keys=[pl.lit("returns").alias("side"), *_CASE, "sub", "sku", "quantity"],
                note=True,
            ),
            _turned(turned, ("book_id", "warehouse", "type")),
        ]
    )


def _turned(moves: pl.DataFrame, place: Sequence[str]) -> pl.DataFrame:
    grouped = moves.group_by(place, maintain_order=True).agg(
        pl.len().alias("movements"),
        quantity_expr(pl.col("parts").sum()).alias("pieces_moved"),
        pl.col("movement_id").first().alias("first"),
        pl.col("unit").first(),
        pl.col("on").min(),
        pl.col(*SOURCE).first(),
    )
    return findings_of(grouped, SIGN, keys=[*place], evidence=["movements", "pieces_moved", "first"], note=True)
