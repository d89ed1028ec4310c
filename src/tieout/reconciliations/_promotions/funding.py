"""Funding: what funders owe by their promotions, order by order, and what they settled of it, campaign by campaign."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import attrs
import polars as pl

from tieout.model import Discount, Refund, SettlementLine
from tieout.money.columns import divide_half_up_expr
from tieout.money.profile import ToleranceProfile
from tieout.outcome import CarryForward
from tieout.reconciliations._common.due import TIMING_STATES, DueRules
from tieout.reconciliations._common.findings import SOURCE, findings_of
from tieout.reconciliations._common.orders import order_amounts, says_its_price
from tieout.reconciliations._common.scope import keyed_pairs
from tieout.reconciliations._common.sides import SCOPE, Role, Side, first_day, local_day, take
from tieout.reconciliations._promotions.matrix import CLAWBACK, FLOWS, OUTFLOWS, funder_of_kind
from tieout.reconciliations._promotions.taking import ORDER, WHOLE
from tieout.reconciliations._promotions.words import (
    NOT_SETTLED,
    OTHER_RECORD,
    REPEAT,
    SETTLED_OFF,
    UNOWED,
)
from tieout.tables import FrameLike

__all__ = ["CAMPAIGN", "Funding", "funding_findings", "funding_of", "lines_side", "refunds_side", "with_states"]

CAMPAIGN: Final = ("book_id", "platform", "shop_id", "flow", "campaign")
NO_CAMPAIGN: Final = "-"
_FLOW: Final = ["order_row", "flow", "currency"]
_SHOWN_MAX: Final = 20
_BY_FUNDER: Final = {
    "platform": "platform_subsidy",
    "bank": "platform_subsidy",
    "influencer": "influencer_subsidy",
    "government": "gov_subsidy",
}
_PAYS: Final = {"gov_subsidy": "government", "influencer_subsidy": "influencer"}
_MOVED: Final = "points_fee"
_CASHBACK: Final = "buyer_compensation"


@attrs.frozen(kw_only=True)
class Funding:
    """What is owed and what was settled.

    Attributes:
        owed: A derived side: what each order's promotions bring or cost, by `flow` and `campaign`, less what refunds take back.
        lines: Settlement lines with `order_row`, `flow` and `campaign`.
        refunds: Refunds, as evidence, with `order_row`.
    """

    owed: Side
    lines: Side
    refunds: Side


def lines_side(given: FrameLike, *, orders: Side, opening: CarryForward | None, timezone: str) -> Side:
    """Settlement lines that promotions may be behind, with the order that they belong to; all others are set aside."""
    on = local_day("posted_at", timezone)
    key = (*SCOPE, "line_id", "type")
    side = take("lines", SettlementLine, given, role=Role.ACTUAL, key=key, opening=opening, on=on)
    side = side.weighed(on=on, minor=pl.col("amount_minor"))
    side = side.put_aside(REPEAT, pl.col("is_repeat"))
    known = pl.col("type").is_in([*FLOWS, *OUTFLOWS, CLAWBACK])
    side = side.put_aside("no matter of promotions", ~known)
    return _with_order(side, orders)


def refunds_side(given: FrameLike, *, orders: Side, opening: CarryForward | None, timezone: str) -> Side:
    """Refunds with their order; those that did not succeed, or that a later version stands for, are set aside."""
    on = first_day(("succeeded_at", "approved_at", "applied_at", "created_at"), timezone)
    key = (*SCOPE, "refund_id")
    side = take("refunds", Refund, given, role=Role.EVIDENCE, key=key, opening=opening, on=on)
    side = side.weighed(on=on, minor=pl.col("amount_minor")).put_aside(REPEAT, pl.col("is_repeat"))
    side = side.put_aside("not succeeded", (pl.col("status") != "succeeded").fill_null(value=True))
    side = side.put_aside("earlier version", pl.col("row").is_in(_earlier(side.compared).implode()))
    return _with_order(side, orders)


def _earlier(refunds: pl.DataFrame) -> pl.Series:
    """Refunds of which a later version succeeded too."""
    named = [*SCOPE, "refund_id"]
    several = refunds.filter(pl.col("refund_id").is_not_null()).filter(pl.len().over(named) > 1)
    version = [pl.col("version").str.len_chars(), pl.col("version"), pl.col("succeeded_at"), pl.col("amount_minor")]
    order = [*map(pl.col, named), *version]
    ranked = several.sort(order, descending=[*[False] * len(named), *[True] * len(version)], nulls_last=True)
    return ranked.filter(pl.int_range(pl.len()).over(named) > 0)["row"]


def _with_order(side: Side, orders: Side) -> Side:
    """Rows with `order_row`, the one order of their number; null where none is on record, or several shops have it."""
    left = orders.frame.filter(~pl.col("aside").is_in([REPEAT, OTHER_RECORD]).fill_null(value=False))
    pairs = keyed_pairs(left, side.compared, ("platform_order_id",), rule="order number")
    sure = pairs.filter(pl.col("status") == "confirmed").select(
        pl.col("right").alias("row"), pl.col("left").alias("order_row")
    )
    return side.with_frame(side.frame.join(sure, on="row", how="left", maintain_order="left"))


def funding_of(
    orders: Side, claims: pl.DataFrame, lines: Side, refunds: Side, *, with_lines: bool, with_refunds: bool
) -> Funding:
    """What is owed and settled, order by order.

    Args:
        orders: Orders.
        claims: Claims of orders that are paid, closed ones among them, with their rules.
        lines: Of `lines_side`.
        refunds: Of `refunds_side`.
        with_lines: Whether there are settlement lines to compare with; without, nothing is asked of funders.
        with_refunds: Whether there are refunds to compare with; without, lines that take back are taken as they are.
    """
    if not with_refunds:
        lines = lines.put_aside("no refunds given", pl.col("type") == CLAWBACK)
    unknown = pl.col("order_row").is_in(_of_unknown_part(orders, refunds).implode()).fill_null(value=False)
    lines = lines.put_aside("no price stated", (pl.col("type") == CLAWBACK) & unknown)
    owed = _owed(claims)
    back = _taken_back(owed, orders, refunds)
    merged = _merged(owed, back, lines)
    owed = _rolled(pl.concat([owed, back]), merged)
    lines = _with_flow(lines, merged, owed)
    side = _owed_side(owed, orders)
    side = side if with_lines else side.put_aside("no settlement lines given", pl.lit(value=True))
    return Funding(owed=side, lines=lines, refunds=refunds)


def _owed(claims: pl.DataFrame) -> pl.DataFrame:
    """What each claim brings from its funder, or costs after the sale: `order_row`, `flow`, `campaign`, `minor`, `currency`.

    A funder owes its part of what was claimed: that the buyer was given too much is the claim's own discrepancy. Where no rule
    holds, the order says who funds. A closed order owes nothing.
    """
    has_rule = pl.col("rule").is_not_null() & pl.col("fits").fill_null(value=False)
    shared = pl.col("funder") == "shared"
    by_kind = pl.col("kind").replace_strict(
        {kind: funder_of_kind(kind) for kind in ("gov_subsidy", "influencer_coupon", "bank_promo")},
        default="platform",
        return_dtype=pl.String,
    )
    stated = pl.when(shared).then(by_kind).otherwise("funder")
    own_flow = pl.when("settled").then(stated.replace_strict(_BY_FUNDER, default=None, return_dtype=pl.String))
    flow = pl.when(has_rule).then("rule_flow").otherwise(own_flow)
    share = pl.when(has_rule).then("rule_share").otherwise("share")
    claimed = pl.col("claimed_minor").cast(pl.Int128)
    part = divide_half_up_expr(claimed * (WHOLE - share), WHOLE)
    cash = divide_half_up_expr(claimed * share, WHOLE)
    owes = pl.when(flow == _CASHBACK).then(-cash).otherwise(part)
    campaign = pl.when(has_rule).then("rule_name").otherwise(pl.coalesce("code", "kind"))
    ended = pl.col("has_ended")
    rows = claims.with_columns(
        flow.alias("flow"), campaign.alias("campaign"), pl.when(ended).then(0).otherwise(owes).alias("minor")
    )
    fee = divide_half_up_expr(claimed * pl.col("fee_rate"), WHOLE)
    fees = rows.filter(has_rule & pl.col("fee_rate").is_not_null()).with_columns(
        pl.lit(_MOVED).alias("flow"), pl.when(ended).then(0).otherwise(-fee).alias("minor")
    )
    kept = ["order_row", "flow", "campaign", "minor", "currency"]
    brings = (share < WHOLE) | (pl.col("flow") == _CASHBACK)
    return pl.concat([rows.filter(pl.col("flow").is_not_null() & brings).select(kept), fees.select(kept)])


def _taken_back(owed: pl.DataFrame, orders: Side, refunds: Side) -> pl.DataFrame:
    """What refunds take back of each order's funding: as stated, else its part of what the buyer paid, on the running sum."""
    amounts = pl.concat(
        [orders.frame.select(pl.col("row").alias("order_row"), "has_ended"), _payable(orders)], how="horizontal"
    )
    funded = (
        owed.filter(pl.col("flow").is_in(FLOWS))
        .group_by("order_row", "currency")
        .agg(pl.col("minor").sum().alias("funded"))
    )
    rows = (
        refunds.compared.filter(pl.col("order_row").is_not_null())
        .select("order_row", "currency", "refund_id", "amount_minor", "platform_subsidy_clawback_minor")
        .join(funded.filter(pl.col("funded") > 0), on=["order_row", "currency"])
        .join(amounts.filter(~pl.col("has_ended")), on="order_row")
        .sort("order_row", "currency", "refund_id", "amount_minor")
    )
    by = ["order_row", "currency"]
    whole = pl.max_horizontal("payable_minor", pl.lit(1, dtype=pl.Int64))
    until = pl.min_horizontal(pl.col("amount_minor").cum_sum().over(by), "payable_minor")
    before = pl.min_horizontal(pl.col("amount_minor").cum_sum().over(by) - pl.col("amount_minor"), "payable_minor")
    parts = [divide_half_up_expr(upto.cast(pl.Int128) * pl.col("funded"), whole) for upto in (until, before)]
    part = pl.when(pl.col("payable_minor").is_not_null()).then(parts[0] - parts[1])
    back = pl.coalesce("platform_subsidy_clawback_minor", part)
    sums = rows.with_columns(back.alias("back")).group_by(by).agg(pl.col("back").sum(), pl.col("funded").first())
    return sums.filter(pl.col("back") != 0).select(
        "order_row",
        pl.lit(CLAWBACK).alias("flow"),
        pl.lit(None, dtype=pl.String).alias("campaign"),
        (-pl.col("back")).alias("minor"),
        "currency",
    )


def _payable(orders: Side) -> pl.DataFrame:
    """What buyers pay for orders: `payable_minor`, null where a price is lacking."""
    known = says_its_price(orders.frame).alias("is_known")
    amounts = order_amounts(orders.frame).with_columns(known)
    return amounts.select(pl.when("is_known").then("payable_minor").alias("payable_minor"))


def _of_unknown_part(orders: Side, refunds: Side) -> pl.Series:
    """Orders with a refund that does not say what it takes back of their funding, nor they what part of them it is."""
    vague = orders.frame.select(pl.col("row").alias("order_row")).filter(_payable(orders)["payable_minor"].is_null())
    unsaid = refunds.compared.filter(pl.col("platform_subsidy_clawback_minor").is_null())
    return vague.join(unsaid, on="order_row", how="semi")["order_row"]


def _merged(owed: pl.DataFrame, back: pl.DataFrame, lines: Side) -> pl.DataFrame:
    """For orders of which something is taken back: all their funders under one name, since a line that takes back names none.

    Returns:
        `order_row`, `merged`.
    """
    taken = lines.compared.filter((pl.col("type") == CLAWBACK) & pl.col("order_row").is_not_null())
    touched = pl.concat([back.select("order_row"), taken.select("order_row")]).unique()
    flows = owed.filter(pl.col("flow").is_in(FLOWS)).select("order_row", "flow").unique().sort("order_row", "flow")
    return (
        flows.join(touched, on="order_row", how="semi")
        .group_by("order_row", maintain_order=True)
        .agg(pl.col("flow").str.join(",").alias("merged"))
    )


def _flow_of(flow: str, *, subsidies: Sequence[str]) -> pl.Expr:
    return pl.when(pl.col(flow).is_in(subsidies)).then(pl.coalesce("merged", flow)).otherwise(flow)


def _rolled(owed: pl.DataFrame, merged: pl.DataFrame) -> pl.DataFrame:
    """One row per order, flow and currency, with all campaigns that it is for under one name."""
    joined = owed.join(merged, on="order_row", how="left", maintain_order="left").with_columns(
        _flow_of("flow", subsidies=(*FLOWS, CLAWBACK)).alias("flow")
    )
    names = pl.col("campaign").drop_nulls().unique().sort().str.join(",")
    return joined.group_by(_FLOW).agg(pl.col("minor").sum(), names.alias("campaign")).sort(_FLOW)


def _with_flow(lines: Side, merged: pl.DataFrame, owed: pl.DataFrame) -> Side:
    """Lines with the flow and the campaign of their order; fees and money back of orders that owe none are set aside."""
    frame = lines.frame.join(merged, on="order_row", how="left", maintain_order="left").with_columns(
        _flow_of("type", subsidies=(*FLOWS, CLAWBACK)).alias("flow")
    )
    frame = frame.join(owed.select(*_FLOW, "campaign"), on=_FLOW, how="left", maintain_order="left")
    side = lines.with_frame(frame.drop("merged"))
    other = pl.col("type").is_in(OUTFLOWS) & pl.col("campaign").is_null()
    return side.put_aside("no matter of promotions", other).with_columns(
        pl.col("campaign").fill_null(NO_CAMPAIGN).alias("campaign")
    )


def _owed_side(owed: pl.DataFrame, orders: Side) -> Side:
    """What is owed as a side, each row with what it has of its order."""
    names = [*ORDER, "on", "due_from", "is_opening", *SOURCE]
    named = orders.frame.select(pl.col("row").alias("order_row"), *names)
    frame = owed.join(named, on="order_row", how="left", maintain_order="left").select(
        pl.int_range(pl.len(), dtype=pl.Int64).alias("row"),
        *owed.columns,
        *names,
        pl.lit(value=True).alias("is_derived"),
        pl.lit(value=False).alias("is_repeat"),
    )
    frame = frame.rename({"minor": "owed_minor"})
    carried = int(frame["is_opening"].sum())
    made = attrs.evolve(
        orders,
        name="owed",
        record=Discount,
        role=Role.EXPECTED,
        frame=frame,
        given=frame.height - carried,
        carried=carried,
        superseded=0,
    )
    return made.weighed(on=pl.col("on"), minor=pl.col("owed_minor"))


def with_states(
    funding: Funding, tolerances: ToleranceProfile, due: DueRules, refund_due: DueRules, as_of: date
) -> pl.DataFrame:
    """What is open of each order and flow, and whether it waits.

    Returns:
        One row per order (or none), flow, currency and unit: `unit`, `gap`, `owed`, `settled`, `lines`, `state` (null where
        nothing is open), `due_on`, `is_small`.
    """
    owed = funding.owed.compared.select(*_FLOW, "unit", "platform_order_id", "due_from", "owed_minor")
    settled = funding.lines.compared.group_by(*_FLOW, "unit").agg(
        pl.col("minor").sum().alias("settled"),
        pl.len().cast(pl.Int64).alias("lines"),
        pl.col("platform_order_id").sort().first().alias("named_order"),
    )
    back = funding.refunds.compared.group_by("order_row").agg(pl.col("on").max().alias("given_back_on"))
    rows = (
        owed.join(settled, on=[*_FLOW, "unit"], how="full", coalesce=True, nulls_equal=True)
        .join(back, on="order_row", how="left", maintain_order="left")
        .with_columns(
            pl.coalesce("platform_order_id", "named_order").alias("platform_order_id"),
            pl.col("owed_minor", "settled", "lines").fill_null(0),
        )
        .with_columns((pl.col("settled") - pl.col("owed_minor")).alias("gap"))
    )
    pays = pl.col("flow").str.split(",").list.first().replace_strict(_PAYS, default="platform", return_dtype=pl.String)
    pays = pl.when(pl.col("flow").is_in(OUTFLOWS)).then(pl.lit("merchant")).otherwise(pays)
    allowed = tolerances.allowed_expr(
        "order", pl.col("owed_minor"), currency=pl.col("currency"), lines=pl.col("lines").clip(1)
    )
    gap = pl.col("gap")
    is_out = pl.col("flow").is_in(OUTFLOWS)
    not_yet = pl.when(is_out).then(gap > 0).otherwise(gap < 0)
    not_back = ~is_out & (gap > 0) & pl.col("given_back_on").is_not_null()
    begun = pl.col("due_from").is_not_null()
    state = (
        pl.when(not_yet)
        .then(pl.when(begun).then(due.state_expr(pl.col("due_from"), pays, as_of)).otherwise(pl.lit("not_due")))
        .when(not_back)
        .then(refund_due.state_expr(pl.col("given_back_on"), pays, as_of))
        .otherwise(pl.lit("missing"))
    )
    due_on = (
        pl.when(not_yet)
        .then(due.due_expr(pl.col("due_from"), pays))
        .when(not_back)
        .then(refund_due.due_expr(pl.col("given_back_on"), pays))
    )
    is_open = gap.abs() > allowed
    known = pl.col("order_row").is_not_null() & (pl.col("platform_order_id").is_not_null())
    return rows.with_columns(
        pl.when(is_open).then(pl.when(known).then(state).otherwise(pl.lit("missing"))).alias("state"),
        pl.when(is_open).then(due_on).alias("due_on"),
        (~is_open & (gap != 0)).alias("is_small"),
    )


def funding_findings(rows: pl.DataFrame, units: pl.DataFrame) -> pl.DataFrame:
    """Findings of campaigns: not settled, settled otherwise, and settled without a promotion on record.

    Args:
        rows: Of `with_states`.
        units: Units of campaigns with their keys.
    """
    wrong = rows.filter(pl.col("state").is_not_null() & ~pl.col("state").is_in(TIMING_STATES))
    wrong = wrong.join(units.select("unit", *CAMPAIGN, "on", *SOURCE), on="unit")
    kind = (
        pl.when(pl.col("campaign") == NO_CAMPAIGN)
        .then(pl.lit(UNOWED))
        .when(pl.col("lines") == 0)
        .then(pl.lit(NOT_SETTLED))
        .otherwise(pl.lit(SETTLED_OFF))
    )
    by = ["unit", "kind", *CAMPAIGN, "currency", "on", *SOURCE]
    grouped = (
        wrong.with_columns(kind.alias("kind"))
        .sort("unit", "kind", "platform_order_id", nulls_last=True)
        .group_by(by, maintain_order=True)
        .agg(
            pl.col("owed_minor").sum().alias("expected_minor"),
            pl.col("settled").sum().alias("actual_minor"),
            pl.col("platform_order_id").drop_nulls().n_unique().alias("orders"),
            pl.col("platform_order_id")
            .drop_nulls()
            .unique(maintain_order=True)
            .head(_SHOWN_MAX)
            .str.join(",")
            .replace("", "-")
            .alias("first"),
            pl.col("due_on").min(),
        )
    )
    return findings_of(
        grouped,
        pl.col("kind"),
        keys=[*CAMPAIGN, "currency"],
        evidence=["orders", "first", "due_on"],
        factor=pl.col("flow"),
    )
