"""Returns: after-sale cases against the parcels that come back and what the warehouse books (`domain.md` 5.1-5.3, C01).

A case says which goods are to come back, or that none are; the warehouse books what it takes in, by article and condition. Where
goods are that are not booked yet, the parcels and charges of couriers tell. Pieces are compared; their money is their cost.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import ClassVar

import attrs
import polars as pl

from tieout.errors import InputError
from tieout.model import Condition, CourierCharge, Order, Return, Shipment, StockMovement
from tieout.outcome import CarryForward, Outcome
from tieout.proof import Proof
from tieout.reconciliations._common import concluding
from tieout.reconciliations._common.due import OPEN_STATES, TIMING_STATES, DueRule, DueRules, due_rules
from tieout.reconciliations._common.naming import named_units
from tieout.reconciliations._common.scope import suggested_ids
from tieout.reconciliations._common.settings import Settings, Takes
from tieout.reconciliations._common.sides import SCOPE, Side, quantity_expr
from tieout.reconciliations._common.units import Judged, by_pairs, judge, totals_of
from tieout.reconciliations._returns import findings as finding
from tieout.reconciliations._returns.asking import Asked, asked_of, journeys_of
from tieout.reconciliations._returns.facts import (
    events_checks,
    posted_goods,
    return_events,
    sold_goods,
    with_kept,
)
from tieout.reconciliations._returns.flows import Flows, flows_of
from tieout.reconciliations._returns.pairing import (
    called_off,
    case_articles,
    pair_charges,
    pair_moves,
    pair_parcels,
    same_sender,
    suggest,
    waiting_cases,
    with_senders,
)
from tieout.reconciliations._returns.sides import take_cases, take_charges, take_moves, take_orders, take_parcels
from tieout.reconciliations._returns.waiting import contexts_of, freight_of, waiting
from tieout.reconciliations._returns.words import RESTOCK_QUANTITY, TYPES
from tieout.tables import FrameLike

__all__ = ["Returns"]

_KEYS = ("platform", "shop_id", "return_id", "platform_order_id", "movement_id", "tracking_no")


def _conditions(given: Sequence[Condition | str]) -> tuple[Condition, ...]:
    try:
        return tuple(Condition(one) for one in ([given] if isinstance(given, str) else given))
    except ValueError as cause:
        known = ", ".join(Condition)
        raise InputError(f"conditions of goods are {known}, got {given!r}", where="sellable") from cause


@attrs.frozen(kw_only=True)
class _Linked:
    """The sides, which of their rows belong together, and what follows from it."""

    cases: Side
    moves: Side
    parcels: Side
    charges: Side
    orders: Side
    asked: Asked
    pairs: pl.DataFrame
    hints: tuple[pl.DataFrame, pl.DataFrame]
    journeys: pl.DataFrame
    flows: Flows

    @property
    def units(self) -> tuple[Side, Side, Side, Side]:
        """The sides that have units."""
        return self.cases, self.moves, self.parcels, self.charges


@attrs.frozen(kw_only=True)
class Returns(Settings):
    """Reconcile after-sale cases with the goods that come back.

    Attributes:
        send: When the buyer is to have sent the goods, counted from the day of approval, for all platforms or each.
        transit: When the goods are to have arrived, counted from the day on which they were sent, for all carriers or each.
        restock: When the warehouse is to have booked them, counted from the day on which they arrived, for all platforms or each.
        sellable: Conditions of goods that are as good as new; all others are damaged.
        days: Most days between a case and goods without one for which the case is suggested because the article is the same.
    """

    TYPES: ClassVar[tuple[str, ...]] = TYPES
    TAKES: ClassVar[tuple[Takes, ...]] = (
        Takes("returns", Return, needed=True),
        Takes("movements", StockMovement, needed=True),
        Takes("shipments", Shipment),
        Takes("charges", CourierCharge),
        Takes("orders", Order),
    )
    AFTER: ClassVar[tuple[str, ...]] = ("outbound",)

    send: DueRules = attrs.field(default=DueRules(DueRule(after=10, patience=20)), converter=due_rules)
    transit: DueRules = attrs.field(default=DueRules(DueRule(grace=10, patience=20)), converter=due_rules)
    restock: DueRules = attrs.field(default=DueRules(DueRule(grace=3, patience=7)), converter=due_rules)
    sellable: tuple[Condition, ...] = attrs.field(default=(Condition.A,), converter=_conditions)
    days: int = 30

    def run(
        self,
        *,
        returns: FrameLike,
        movements: FrameLike,
        shipments: FrameLike = None,
        charges: FrameLike = None,
        orders: FrameLike = None,
        opening: CarryForward | None = None,
    ) -> Outcome:
        """Reconcile.

        Args:
            returns: After-sale cases of all kinds.
            movements: Movements of stock, signed: in is positive; only those of returns, exchanges and repairs are compared.
            shipments: Parcels; those that come back tell where goods are.
            charges: Charges of couriers; those of ways back tell that a parcel travelled.
            orders: Orders, for the articles of cases that do not say them, and for costs.
            opening: What the run before carried forward.

        Returns:
            The outcome; `lines` has one row per article of a case. Impacts are the cost of what came back as new less the cost
            of what should have come.

        Raises:
            InputError: A side is of another record, or lacks what its record needs.
        """
        given = {
            "returns": returns,
            "movements": movements,
            "shipments": shipments,
            "charges": charges,
            "orders": orders,
        }
        before: tuple[pl.DataFrame, date] | tuple[()] = ()
        if opening is not None and opening.opens_on is not None:
            carried = self._taken({}, CarryForward(sides=opening.sides))
            before = self._goods(carried, carried.cases, carried.moves), opening.opens_on
        return self._reconciled(self._taken(given, opening), before)

    def _taken(self, given: Mapping[str, FrameLike], opening: CarryForward | None) -> _Linked:
        """What is given, with what was carried in, linked."""
        sellable = tuple(one.value for one in self.sellable)
        cases = take_cases(given.get("returns"), opening, self.timezone)
        moves = take_moves(given.get("movements"), opening, self.timezone, sellable)
        parcels = take_parcels(given.get("shipments"), opening, self.timezone)
        billed = take_charges(given.get("charges"), opening)
        sold = take_orders(given.get("orders"), opening, self.timezone)
        return self._linked(cases, moves, parcels, billed, sold, asked_of(cases, sold, sellable))

    def _goods(self, linked: _Linked, cases: Side, moves: Side) -> pl.DataFrame:
        """Movements of cases that may be posted, as `sold_goods` gives them."""
        rows = linked.asked.orders.select(pl.col("order_row").alias("row"), "case_row")
        named = linked.orders.frame.join(rows, on="row")
        return sold_goods(cases, moves, linked.pairs, named, self.timezone)

    def _linked(self, cases: Side, moves: Side, parcels: Side, charges: Side, orders: Side, asked: Asked) -> _Linked:
        """The rows that belong together, and the pieces that follow from it."""
        articles = case_articles(cases.compared, asked.lines)
        of_parcels = pair_parcels(articles, parcels.compared)
        of_charges = pair_charges(articles, charges.compared, parcels.compared, of_parcels)
        found = pair_moves(articles, moves.compared, parcels.compared, of_parcels)
        articles, sent = with_senders(articles, moves.compared, parcels.compared, orders.frame, asked.orders)
        pairs = pl.concat([found, suggest(cases, articles, sent, found, self.days)])
        sure = [one.filter(pl.col("status") == "confirmed") for one in (pairs, of_parcels, of_charges)]
        journeys = journeys_of(cases, asked, parcels, charges, sure[1], sure[2], self.timezone)
        cases, moves = by_pairs(cases, moves, sure[0])
        flows = flows_of(cases, moves, asked.lines)
        start = sum(side.frame.height for side in (cases, moves))
        parcels = _attached(parcels, cases, moves, sure[1], start)
        charges = _attached(charges, cases, moves, sure[2], start + parcels.frame.height)
        waits = waiting_cases(articles, pairs)
        return _Linked(
            cases=_weighed(cases, flows.expected.rename({"case_row": "row"}), flows.codes),
            moves=_weighed(moves, flows.booked, flows.codes),
            parcels=parcels,
            charges=charges,
            orders=orders.with_columns(pl.lit(None, dtype=pl.Int64).alias("unit")),
            asked=asked,
            pairs=pairs,
            hints=(_hints(cases, waits, parcels, of_parcels), _hints(cases, waits, charges, of_charges)),
            journeys=journeys,
            flows=flows,
        )

    def _reconciled(self, linked: _Linked, before: tuple[pl.DataFrame, date] | tuple[()]) -> Outcome:
        as_of = concluding.last_day(self, linked.units)
        cases, moves, parcels, charges = concluding.without_other_periods(linked.units, self.period)
        sides = (cases, moves, parcels, charges, linked.orders)
        units = named_units(totals_of(sides[:4]), (cases, moves, parcels), _KEYS)
        rows = self._rows(linked, units)
        waits = waiting(rows, (self.send, self.transit, self.restock), as_of)
        posted = posted_goods(self._goods(linked, cases, moves), self.period, *before)
        found = pl.concat(
            [
                finding.found(rows, waits),
                finding.booked_elsewhere(rows),
                finding.unclaimed((cases, moves, parcels, charges), linked.pairs, linked.hints),
                finding.doubtful_records(
                    cases,
                    moves,
                    linked.asked.orders,
                    has_orders=linked.orders.frame.height > 0,
                    period=self.period,
                ),
            ]
        )
        judged = judge(
            sides, self._stated(units, waits), found, remainder=RESTOCK_QUANTITY, keys=_KEYS, off=self.switched_off
        )
        since = as_of - timedelta(days=self.memory_days)
        kept = with_kept(judged.sides, judged.findings, linked.asked.orders, since, self.period)
        judged = attrs.evolve(judged, sides=kept)
        events = return_events(posted)
        outcome = concluding.conclude(
            "returns",
            self,
            judged,
            as_of=as_of,
            pairs=linked.pairs,
            keys=_KEYS,
            parameters=self._parameters(),
            events=events,
            lines=_lines(rows, waits, judged),
        )
        return attrs.evolve(outcome, proof=Proof([*outcome.proof.checks, *events_checks(events, posted)]))

    def _rows(self, linked: _Linked, units: pl.DataFrame) -> pl.DataFrame:
        """Articles of the units that are compared and have a case, with what their cases say and what might be theirs."""
        articles = linked.flows.articles.filter(pl.col("unit").is_in(units["unit"].implode()))
        contexts = contexts_of(linked.cases, linked.asked.lines, linked.journeys, articles)
        hints = suggested_ids(linked.moves.frame, linked.pairs, "right", "movement_id")
        hints = (
            linked.cases.frame.select("row", "unit")
            .join(hints, on="row")
            .sort("unit", "suggested")
            .group_by("unit", maintain_order=True)
            .agg(pl.col("suggested").unique(maintain_order=True).str.join(","))
        )
        return (
            articles.join(contexts, on=["unit", "sku"])
            .join(linked.flows.codes, on="unit", how="left")
            .join(hints, on="unit", how="left")
            .join(freight_of(linked.charges.compared, ("unit",)), on="unit", how="left")
            .sort("unit", "sku")
        )

    def _stated(self, units: pl.DataFrame, waits: pl.DataFrame) -> pl.DataFrame:
        """Units with the worst state of their articles that wait, and how much of the gap is a matter of time."""
        timing = pl.col("state").is_in(TIMING_STATES)
        rank = {state: place for place, state in enumerate(OPEN_STATES)}
        stated = (
            waits.group_by("unit")
            .agg(
                pl.col("state").replace_strict(rank, return_dtype=pl.Int64).max().alias("rank"),
                pl.col("due_on").min(),
                -pl.when(timing).then("lacking_value").otherwise(0).sum().alias("waiting_minor"),
                -pl.when(timing).then("lacking").otherwise(0).sum().alias("waiting_pieces"),
            )
            .with_columns(
                pl.col("rank").replace_strict(dict(enumerate(OPEN_STATES)), return_dtype=pl.String).alias("state")
            )
            .drop("rank")
        )
        allowed = pl.lit(0, dtype=pl.Int64).alias("allowed_minor")
        return units.join(stated, on="unit", how="left", maintain_order="left").with_columns(allowed)

    def _parameters(self) -> dict[str, str]:
        return {
            "goods are to be sent": str(self.send),
            "goods are to arrive": str(self.transit),
            "goods are to be booked": str(self.restock),
            "goods as new are of condition": ", ".join(self.sellable),
            "a case is suggested by its article for": f"{self.days} days",
        }


def _hints(cases: Side, waits: pl.DataFrame, side: Side, known: pl.DataFrame) -> pl.DataFrame:
    """Which cases parcels or charges of no case might be of."""
    stray = side.compared.filter("is_stray")
    found = [known.filter(pl.col("status") == "suggested"), called_off(cases, stray)]
    if "sender_ref" in stray.columns:
        found.append(same_sender(waits, stray.with_columns(pl.col("sender_ref").alias("sender"))))
    return pl.concat(found)


def _attached(side: Side, cases: Side, moves: Side, pairs: pl.DataFrame, start: int) -> Side:
    """Parcels or charges with the unit of their case, else of goods that came under their number, else one of their own.

    Of several cases, or goods, the one counts whose name is first.
    """
    named = ("return_id", *SCOPE, "platform_order_id")
    of_case = (
        pairs.join(cases.frame.select(pl.col("row").alias("left"), "unit", *named), on="left")
        .sort(*named, "left", nulls_last=True)
        .group_by(pl.col("right").alias("row"), maintain_order=True)
        .agg(pl.col("unit").first().alias("of_case"))
    )
    of_goods = (
        moves.compared.filter(pl.col("number").is_not_null())
        .sort("movement_id", "warehouse", "sku", "on", "parts", "row", nulls_last=True)
        .group_by("number", pl.col("book_id").fill_null("").alias("book"), maintain_order=True)
        .agg(pl.col("unit").first().alias("of_goods"))
    )
    frame = (
        side.frame.with_columns(pl.col("book_id").fill_null("").alias("book"))
        .join(of_case, on="row", how="left", maintain_order="left")
        .join(of_goods, on=["number", "book"], how="left", maintain_order="left")
    )
    return side.with_frame(
        frame.with_columns(
            pl.coalesce("of_case", "of_goods", pl.col("row") + start).alias("unit"),
            pl.col("of_case").is_null().alias("is_stray"),
        ).drop("of_case", "of_goods", "book")
    )


def _weighed(side: Side, sums: pl.DataFrame, codes: pl.DataFrame) -> Side:
    """The side with what its rows are worth, in the currency of their unit, and with its pieces."""
    known = [name for name in ("minor", *sums.columns) if name != "row"]
    frame = (
        side.frame.drop(known, strict=False)
        .rename({"aside": "reason_aside"})
        .join(sums.rename({"minor": "sum_minor"}), on="row", how="left", maintain_order="left")
        .join(codes, on="unit", how="left", maintain_order="left")
    )
    pieces = frame["pieces"].fill_null(0)
    weighed = side.with_frame(frame.drop("pieces")).weighed(
        on=pl.col("on"), minor=pl.col("sum_minor").fill_null(0), currency="code"
    )
    frame = weighed.frame.with_columns(pieces.alias("pieces"), pl.col("reason_aside").alias("aside"))
    return attrs.evolve(weighed, frame=frame.drop("reason_aside", "sum_minor", "code"), pieces=int(pieces.sum()))


def _lines(rows: pl.DataFrame, waits: pl.DataFrame, judged: Judged) -> pl.DataFrame:
    """One row per article of a case: what was asked for, counted and booked, and what came of it."""
    state = waits.select(
        "unit", "sku", pl.col("state").str.replace("_", " ", literal=True).alias("state"), "where", "due_on"
    )
    verdicts = judged.units.select("unit", "verdict")
    return (
        rows.join(state, on=["unit", "sku"], how="left")
        .join(verdicts, on="unit", how="left")
        .select(
            "unit",
            "platform",
            "shop_id",
            "return_id",
            "platform_order_id",
            pl.col("kind").alias("case_kind"),
            pl.col("status").alias("case_status"),
            pl.when(pl.col("sku") != "").then("sku").alias("sku"),
            *(quantity_expr(pl.col(name)).alias(name) for name in ("asked", "counted", "booked", "damaged")),
            "came",
            "movements",
            "parcels",
            "freight",
            "received_on",
            "booked_on",
            "state",
            "where",
            "due_on",
            pl.col("code").alias("currency"),
            pl.col("due_value").alias("expected_minor"),
            "verdict",
        )
        .sort("platform", "shop_id", "return_id", "sku", "unit", nulls_last=True)
    )
