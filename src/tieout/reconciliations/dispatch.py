"""Dispatch: what was ordered against what was shipped (`domain.md` 2.5, 5.2, C31).

An order is shipped in one parcel or several (拆单), and a parcel may hold several orders (合单). Pieces are compared by article,
which is the SKU, or the sub-order where a side says no SKU; their money is their cost.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import ClassVar

import attrs
import polars as pl
from moneyed import Money

from tieout.model import Order, Return, Shipment
from tieout.model.currency import to_units
from tieout.outcome import CarryForward, Outcome
from tieout.proof import Check, Proof
from tieout.reconciliations._common import concluding
from tieout.reconciliations._common.articles import (
    case_orders,
    order_modes,
    parcel_lines,
    parcel_orders,
    placed,
)
from tieout.reconciliations._common.due import TIMING_STATES, DueRule, DueRules, due_rules
from tieout.reconciliations._common.goods import (
    DAYS_OF_CASES,
    DAYS_OF_ORDERS,
    DAYS_OF_PARCELS,
    DONE,
    cases_of_orders,
    counted,
    not_positive,
    take_cases,
    take_orders,
    take_parcels,
)
from tieout.reconciliations._common.naming import listed, named_units
from tieout.reconciliations._common.orders import order_amounts, order_lines, paired_orders
from tieout.reconciliations._common.settings import Settings, Takes
from tieout.reconciliations._common.sides import SCOPE, Side, first_day, local_day, quantity_expr
from tieout.reconciliations._common.units import by_pairs, judge, totals_of, with_waits
from tieout.reconciliations._dispatch.findings import KEYS, PARCEL, contradicted, found, waiting, without_number
from tieout.reconciliations._dispatch.flows import Flows, flows_of
from tieout.reconciliations._dispatch.sales import recognised, sale_checks, sale_events, sale_facts, with_told
from tieout.tables import FrameLike

__all__ = ["Dispatch"]

_KEYS = (*KEYS, "carrier", "tracking_no")
_DUPLICATE = "aftersale.duplicate_shipment"
_REMAINDER = "dispatch.quantity_excess"


@attrs.frozen(kw_only=True)
class _Compared:
    """What was read off the sides before they are compared."""

    pairs: pl.DataFrame
    flows: Flows
    modes: pl.DataFrame
    lines: pl.DataFrame
    bare: pl.DataFrame
    strangers: pl.DataFrame
    outbound: pl.DataFrame
    sales: pl.DataFrame


@attrs.frozen(kw_only=True)
class Dispatch(Settings):
    """Reconcile orders with the parcels that they were shipped in.

    Attributes:
        due: When a paid order is to have left, counted from the day it was paid, for all platforms or each.
        recorded: When a parcel is to be among the shipments, counted from the day on which the platform says that it left; and
            when the platform is to know of a parcel that was signed for.
        freight: What parcels cost to send, by tracking number; a parcel that was sent twice costs that as well.
        revenue: Moments of which sales are handed on: some of `on_shipment`, `on_signed` and `on_completed`; None for all.
        home: ISO 3166 country from which goods leave: those that pass customs on the way to another are exports.
    """

    TYPES: ClassVar[tuple[str, ...]] = (
        "order.paid_unshipped",
        "order.shipped_unpaid",
        "order.status_conflict",
        _DUPLICATE,
        "aftersale.reship_without_case",
        "dispatch.quantity_short",
        _REMAINDER,
        "dispatch.wrong_sku",
        "dispatch.unknown_order",
        "dispatch.closed_shipped",
        "dispatch.parcel_without_number",
        "data.quantity_not_positive",
        "data.order_conflict",
        concluding.DRIFT,
    )
    TAKES: ClassVar[tuple[Takes, ...]] = (
        Takes("orders", Order, needed=True),
        Takes("shipments", Shipment, needed=True),
        Takes("returns", Return),
    )
    AFTER: ClassVar[tuple[str, ...]] = ("orders",)

    due: DueRules = attrs.field(default=DueRules(DueRule(after=2, patience=7)), converter=due_rules)
    recorded: DueRules = attrs.field(default=DueRules(DueRule(grace=1, patience=3)), converter=due_rules)
    freight: Mapping[str, Money] = attrs.field(factory=dict, converter=dict)
    revenue: Sequence[str] = attrs.field(default=None, converter=recognised)
    home: str | None = None

    def run(
        self,
        *,
        orders: FrameLike,
        shipments: FrameLike,
        returns: FrameLike = None,
        opening: CarryForward | None = None,
    ) -> Outcome:
        """Reconcile.

        Args:
            orders: Orders; those without lines are compared by whether a parcel is there.
            shipments: Parcels, with the orders that each of their lines belongs to.
            returns: After-sale cases: what was cancelled before shipment, and what may be sent again; None where they are not
                known, so that parcels of exchange and reshipping may be what they say.
            opening: What the run before carried forward.

        Returns:
            The outcome; `lines` has one row per order with what was ordered and shipped. Impacts are the cost of what was shipped
            less that of what should have been.

        Raises:
            InputError: A side is of another record, or lacks what its record needs.
        """
        given = (orders, shipments, returns)
        (ordered, parcels, cases), case_pairs, compared = self._taken(given, opening)
        before = None
        if opening is not None and opening.opens_on is not None:
            before = self._taken((None, None, None), CarryForward(sides=opening.sides))[2].sales
        sales = with_told(compared.sales, before, None if opening is None else opening.opens_on)
        compared = attrs.evolve(compared, sales=sales)
        confirmed = compared.pairs.filter(pl.col("status") == "confirmed")
        ordered, parcels = by_pairs(ordered, parcels, confirmed)
        cases = cases_of_orders(cases, ordered, case_pairs)
        compared = self._priced(compared, ordered, parcels)
        return self._reconciled(*self._weighed(ordered, parcels, cases, compared), compared)

    def _taken(
        self, given: tuple[FrameLike, FrameLike, FrameLike], opening: CarryForward | None
    ) -> tuple[tuple[Side, Side, Side], pl.DataFrame, _Compared]:
        """Orders, parcels and cases with what was carried in, whose the cases are, and what was read off them."""
        orders = take_orders(given[0], opening, self.timezone)
        parcels = take_parcels(given[1], opening, self.timezone)
        cases = take_cases(given[2], opening, self.timezone)
        known, sent, asked = (side.frame.filter(pl.col("reason").is_null()) for side in (orders, parcels, cases))
        case_pairs = paired_orders(known, asked, rule="case").filter(pl.col("status") == "confirmed")
        has_cases = given[2] is not None or cases.carried > 0
        compared = self._compared(known, sent, asked, case_pairs, has_cases=has_cases)
        return (orders, parcels, cases), case_pairs, compared

    def _compared(
        self,
        orders: pl.DataFrame,
        parcels: pl.DataFrame,
        cases: pl.DataFrame,
        case_pairs: pl.DataFrame,
        *,
        has_cases: bool,
    ) -> _Compared:
        """Whose the pieces of all parcels are, and what becomes of them."""
        lines = parcel_lines(parcels, cases)
        pairs = parcel_orders(orders, parcels, lines)
        ids = ["parcel_row", "platform_order_id"]
        sure = pairs.filter(pl.col("status") == "confirmed").select(
            pl.col("left").alias("order_row"), pl.col("right").alias("parcel_row"), "platform_order_id"
        )
        lines = lines.join(sure, on=ids, how="left")
        articles, modes = order_lines(orders), order_modes(orders)
        cancelled, allowed = case_orders(
            cases.join(case_pairs.select(pl.col("right").alias("row"), pl.col("left").alias("order_row")), on="row"),
            articles,
        )
        ours = lines.filter(pl.col("order_row").is_not_null())
        allowed = allowed if has_cases else _said_to_be_further(ours, allowed)
        outbound = (
            ours.filter(~pl.col("is_further"))
            .group_by("order_row")
            .agg(pl.col("parcel_row").n_unique().alias("parcels"))
        )
        flows = flows_of(articles, placed(ours, articles), modes, cancelled, allowed)
        bare = (
            modes.filter(pl.col("mode") == "due")
            .join(articles, on="order_row", how="anti")
            .join(cancelled, on="order_row", how="anti")
            .join(outbound, on="order_row", how="anti")
        )
        doubtful = pairs.filter(pl.col("status") == "suggested").join(
            orders.select(
                pl.col("row").alias("left"),
                pl.concat_str([pl.col(name).fill_null("-") for name in SCOPE[1:]], separator=" ").alias("suggested"),
            ),
            on="left",
        )
        hints = doubtful.group_by(pl.col("right").alias("parcel_row"), "platform_order_id").agg(
            pl.col("suggested").unique().sort().str.join(", ")
        )
        strangers = lines.filter(pl.col("order_row").is_null()).join(hints, on=ids, how="left", nulls_equal=True)
        sales = sale_facts(orders, parcels, ours, flows, modes, cancelled, timezone=self.timezone, home=self.home)
        return _Compared(
            pairs=pairs,
            flows=flows,
            modes=modes,
            lines=ours,
            bare=bare,
            strangers=strangers,
            outbound=outbound,
            sales=sales,
        )

    def _priced(self, compared: _Compared, orders: Side, parcels: Side) -> _Compared:
        """With freight on what was sent twice, and without money where one parcel holds orders of several currencies."""
        ours = orders.frame.filter(pl.col("reason").is_null()).select("unit", "currency")
        codes = pl.concat(
            [ours, parcels.frame.filter(pl.col("reason").is_null()).select("unit", "currency")]
        ).drop_nulls()
        mixed = codes.group_by("unit").agg(pl.col("currency").n_unique()).filter(pl.col("currency") > 1)["unit"]
        of_order = orders.frame.select(
            pl.col("row").alias("order_row"),
            "platform_order_id",
            "currency",
            (~pl.col("unit").is_in(mixed.implode())).alias("has_money"),
        )
        flows = attrs.evolve(
            compared.flows,
            **{
                name: getattr(compared.flows, name)
                .join(of_order.select("order_row", "has_money"), on="order_row", how="left")
                .with_columns(pl.when("has_money").then("minor").otherwise(0).alias("minor"))
                for name in ("expected", "short", "beyond", "left", "allowed")
            },
        )
        return attrs.evolve(compared, flows=self._with_freight(flows, of_order))

    def _with_freight(self, flows: Flows, of_order: pl.DataFrame) -> Flows:
        known = pl.DataFrame(
            [
                (number, to_units(money.amount, money.currency.code), money.currency.code)
                for number, money in self.freight.items()
            ],
            schema={"tracking_no": pl.String, "freight": pl.Int64, "currency": pl.String},
            orient="row",
        )
        again = flows.beyond.filter((pl.col("kind") == _DUPLICATE) & pl.col("has_money")).join(
            of_order.select("order_row", "platform_order_id", "currency"), on="order_row"
        )
        first = (
            again.sort("parcel_row", "platform_order_id", "key", nulls_last=True)
            .unique("parcel_row", keep="first", maintain_order=True)
            .join(known, on=["tracking_no", "currency"])
            .select("order_row", "parcel_row", "key", "freight")
        )
        beyond = flows.beyond.join(first, on=["order_row", "parcel_row", "key"], how="left", nulls_equal=True)
        beyond = beyond.with_columns(
            pl.when(pl.col("kind") == _DUPLICATE)
            .then(pl.col("minor") + pl.col("freight").fill_null(0))
            .otherwise("minor")
            .alias("minor")
        )
        left = flows.left.join(first.drop("key"), on=["order_row", "parcel_row"], how="left")
        return attrs.evolve(
            flows, beyond=beyond, left=left.with_columns(pl.col("minor") + pl.col("freight").fill_null(0))
        )

    def _weighed(self, orders: Side, parcels: Side, cases: Side, compared: _Compared) -> tuple[Side, Side, Side]:
        """Sides with their days, pieces and costs."""
        flows = compared.flows
        asked = pl.concat(
            [flows.expected.select("order_row", "parts", "minor"), flows.allowed.select("order_row", "parts", "minor")]
        )
        sums = asked.group_by(pl.col("order_row").alias("row")).agg(pl.col("parts", "minor").sum())
        orders = counted(orders, sums, on=first_day(DAYS_OF_ORDERS, self.timezone), currency=pl.col("currency"))
        codes = (
            orders.frame.filter(pl.col("reason").is_null()).group_by("unit").agg(pl.col("currency").min().alias("code"))
        )
        strange = compared.strangers.select("parcel_row", "parts", pl.lit(0, dtype=pl.Int64).alias("minor"))
        held = pl.concat([flows.left.select("parcel_row", "parts", "minor"), strange])
        sums = held.group_by(pl.col("parcel_row").alias("row")).agg(pl.col("parts", "minor").sum())
        parcels = parcels.with_frame(parcels.frame.join(codes, on="unit", how="left", maintain_order="left"))
        parcels = counted(
            parcels,
            sums,
            on=first_day(DAYS_OF_PARCELS, self.timezone),
            currency=pl.coalesce("currency", "code"),
        )
        cases = cases.weighed(on=first_day(DAYS_OF_CASES, self.timezone))
        return orders, parcels, cases.with_columns(pl.col("reason").alias("aside"))

    def _reconciled(self, orders: Side, parcels: Side, cases: Side, compared: _Compared) -> Outcome:
        as_of = concluding.last_day(self, (orders, parcels))
        orders, parcels, cases = concluding.without_other_periods((orders, parcels, cases), self.period)
        sides = (orders, parcels, cases)
        waits = waiting(
            orders,
            compared.flows,
            compared.modes,
            compared.outbound,
            compared.bare,
            (self.due, self.recorded),
            as_of,
            self.timezone,
        )
        units = self._stated(named_units(totals_of(sides), (orders, parcels), _KEYS), orders, waits)
        findings = pl.concat(
            [
                found(
                    orders,
                    parcels,
                    compared.flows,
                    waits,
                    compared.strangers,
                    self._conflicts(orders, parcels, compared, as_of),
                ),
                without_number(parcels),
                not_positive([(orders, KEYS), (parcels, PARCEL)]),
            ]
        ).filter(pl.col("unit").is_in(units["unit"].implode()))
        findings = pl.concat([findings, contradicted(orders, self.period)])
        judged = judge(sides, units, findings, remainder=_REMAINDER, keys=_KEYS, off=self.switched_off)
        lines = self._lines(judged.sides[0], judged.findings, compared, waits, parcels)
        events = sale_events(compared.sales, self.period, self.revenue)
        outcome = concluding.conclude(
            "dispatch",
            self,
            judged,
            as_of=as_of,
            pairs=compared.pairs.select("left", "right", "rule", "score", "status"),
            keys=_KEYS,
            parameters={
                "paid orders are to leave": str(self.due),
                "parcels are to be on record": str(self.recorded),
                "freight is known of parcels": str(len(self.freight)),
                "sales are handed on": ", ".join(self.revenue),
            },
            events=events,
            lines=lines,
            done=DONE,
        )
        checks = sale_checks(events, compared.sales, self.period, self.revenue)
        outcome = attrs.evolve(outcome, proof=Proof([*outcome.proof.checks, *checks]))
        return _with_channels(outcome, judged.sides[0], lines)

    def _conflicts(self, orders: Side, parcels: Side, compared: _Compared, as_of: date) -> pl.DataFrame:
        """Orders that the platform still calls paid although all that was due left and all parcels were signed for."""
        signed = parcels.frame.select(
            pl.col("row").alias("parcel_row"),
            ((pl.col("status") == "signed") | (pl.col("signed_at").is_not_null() & pl.col("status").is_null()))
            .fill_null(value=False)
            .alias("is_signed"),
            pl.coalesce(local_day("signed_at", self.timezone), "on").alias("signed_on"),
        )
        still = orders.frame.filter(pl.col("status") == "paid").select(pl.col("row").alias("order_row"), "platform")
        by_order = (
            compared.lines.filter(~pl.col("is_further"))
            .join(still, on="order_row")
            .join(signed, on="parcel_row")
            .group_by("order_row", "platform")
            .agg(pl.col("is_signed").all(), pl.col("signed_on").max())
            .join(compared.flows.short, on="order_row", how="anti")
        )
        late = self.recorded.state_expr(pl.col("signed_on"), pl.col("platform"), as_of).is_in(TIMING_STATES)
        return by_order.filter(pl.col("is_signed") & ~late).select("order_row")

    def _stated(self, units: pl.DataFrame, orders: Side, waits: pl.DataFrame) -> pl.DataFrame:
        """Units with the worst state of their orders that wait, and how much of the gap is a matter of time."""
        unit_of = orders.frame.select(pl.col("row").alias("order_row"), "unit")
        allowed = self.tolerances.allowed_expr("line", pl.col("expected_minor"), currency=pl.col("currency"))
        lacking = waits.join(unit_of, on="order_row").with_columns(-pl.col("parts"), -pl.col("minor"))
        return with_waits(units, lacking).with_columns(allowed.fill_null(0).alias("allowed_minor"))

    def _lines(
        self, orders: Side, findings: pl.DataFrame, compared: _Compared, waits: pl.DataFrame, parcels: Side
    ) -> pl.DataFrame:
        """One row per order that is compared, with what became of it."""
        amounts = order_amounts(orders.frame).select(pl.col("payable_minor").alias("amount_minor"))
        rows = orders.frame.hstack(amounts).filter(pl.col("aside").is_null()).rename({"row": "order_row"})
        shown = parcels.frame.select(pl.col("row").alias("parcel_row"), pl.col("status").alias("parcel_statuses"))
        sent = compared.lines.select("order_row", "parcel_row", pl.col("tracking_no").alias("parcels"))
        sent = sent.join(shown, on="parcel_row")
        held = listed(sent, "order_row", "parcels", most=20).join(
            listed(sent, "order_row", "parcel_statuses"), on="order_row", how="full", coalesce=True
        )
        sums = {
            name: frame.group_by("order_row").agg(pl.col("parts").sum().alias(name))
            for name, frame in (
                ("due", compared.flows.expected),
                ("allowed", compared.flows.allowed),
                ("shipped", compared.flows.left),
            )
        }
        first = (
            waits.sort("order_row", "state")
            .unique("order_row", keep="first", maintain_order=True)
            .select("order_row", "state")
        )
        wrong = (
            findings.select(
                pl.col("keys").str.json_path_match("$.platform_order_id").alias("platform_order_id"), "unit"
            )
            .drop_nulls()
            .unique()
        )
        joined = rows.join(held, on="order_row", how="left", maintain_order="left")
        for sum_ in sums.values():
            joined = joined.join(sum_, on="order_row", how="left", maintain_order="left")
        joined = joined.join(first, on="order_row", how="left", maintain_order="left").join(
            wrong.with_columns(pl.lit(value=True).alias("is_wrong")),
            on=["unit", "platform_order_id"],
            how="left",
            maintain_order="left",
        )
        state = (
            pl.when("is_wrong")
            .then(pl.lit("discrepancy"))
            .when(pl.col("state").is_not_null())
            .then(pl.col("state").str.replace("_", " ", literal=True))
        )
        return joined.select(
            *SCOPE,
            "platform_order_id",
            "on",
            "status",
            "currency",
            "amount_minor",
            quantity_expr(pl.col("due").fill_null(0) + pl.col("allowed").fill_null(0)).alias("ordered"),
            quantity_expr(pl.col("shipped").fill_null(0)).alias("shipped"),
            "parcels",
            pl.when(pl.col("parcels").is_not_null()).then(pl.col("parcel_statuses").fill_null("")),
            state.otherwise(pl.lit("agreed")).alias("verdict"),
        ).sort(*SCOPE, "platform_order_id", nulls_last=True)


def _said_to_be_further(lines: pl.DataFrame, allowed: pl.DataFrame) -> pl.DataFrame:
    """What may be sent again where no case is known: what parcels say of themselves that it is."""
    further = lines.filter("is_further").group_by("order_row").agg(pl.col("parts").sum().alias("allowed"))
    nameless = further.with_columns(pl.lit(None, dtype=pl.String).alias("key"))
    return pl.concat([allowed, nameless.select(allowed.columns)], how="vertical_relaxed")


def _with_channels(outcome: Outcome, orders: Side, lines: pl.DataFrame) -> Outcome:
    """The outcome with counts, amounts and states of each shop, which tie with the orders as they came in (C31)."""
    shop = pl.concat_str([pl.col(name).fill_null("-") for name in SCOPE[1:]], separator=" ").alias("shop")
    given = orders.compared.hstack(order_amounts(orders.compared).select(pl.col("payable_minor").alias("payable")))
    counts = given.group_by(shop).agg(pl.len().alias("total")).sort("shop")
    amounts = given.group_by(shop, "currency").agg(pl.col("payable").sum().alias("total")).sort("shop", "currency")
    by_verdict = lines.group_by(shop, "verdict").agg(pl.len().alias("rows")).sort("shop", "verdict")
    by_status = (
        lines.group_by(shop, pl.col("status").fill_null("unknown")).agg(pl.len().alias("rows")).sort("shop", "status")
    )
    money = (
        lines.group_by(shop, "currency", "verdict")
        .agg(pl.col("amount_minor").sum())
        .sort("shop", "currency", "verdict")
    )
    checks = [
        Check(name=f"orders of {name}", side="orders", currency=None, total=total, parts=_parts(by_verdict, shop=name))
        for name, total in counts.iter_rows()
    ]
    checks += [
        Check(
            name=f"amounts of {name}",
            side="orders",
            currency=code,
            total=total,
            parts=_parts(money, shop=name, currency=code),
        )
        for name, code, total in amounts.iter_rows()
    ]
    statuses = {(f"orders of {name}: {status}", "rows"): rows for name, status, rows in by_status.iter_rows()}
    worth = {(f"orders of {name}", code): total for name, code, total in amounts.iter_rows()}
    return attrs.evolve(
        outcome, proof=Proof([*outcome.proof.checks, *checks]), totals={**outcome.totals, **statuses, **worth}
    )


def _parts(frame: pl.DataFrame, **where: str) -> dict[str, int]:
    rows = frame.filter(*(pl.col(name) == value for name, value in where.items())).drop(*where)
    return {str(label): int(figure) for label, figure in rows.iter_rows()}
