"""Outbound: what should have left the stock against what did, and what the courier took (`domain.md` 5.3, C12 to C15).

Each order is compared by article: what its parcels hold, or what the order asks for where no parcel says it, against the
movements of stock. `Dispatch` compares orders with parcels; the two together hold all three to each other.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import ClassVar

import attrs
import polars as pl

from tieout.errors import InputError
from tieout.model import Order, Return, Shipment, StockMovement
from tieout.outcome import CarryForward, Outcome
from tieout.proof import Proof
from tieout.reconciliations._common import concluding
from tieout.reconciliations._common.articles import case_orders, order_modes, parcel_lines, parcel_orders, placed
from tieout.reconciliations._common.due import DueRule, DueRules, due_rules
from tieout.reconciliations._common.findings import SOURCE
from tieout.reconciliations._common.goods import (
    DAYS_OF_CASES,
    DAYS_OF_ORDERS,
    DAYS_OF_PARCELS,
    DONE,
    NO_ORDER,
    WAITS,
    cases_of_orders,
    counted,
    not_positive,
    number_expr,
    take_cases,
    take_orders,
    take_parcels,
)
from tieout.reconciliations._common.movements import SIGN, UNDATED, undated
from tieout.reconciliations._common.naming import named_units
from tieout.reconciliations._common.orders import order_lines, paired_orders, value_expr
from tieout.reconciliations._common.settings import Settings, Takes
from tieout.reconciliations._common.sides import SCOPE, Role, Side, first_day, local_day, quantity_expr
from tieout.reconciliations._common.units import judge, totals_of, with_waits
from tieout.reconciliations._outbound import findings, notes
from tieout.reconciliations._outbound.facts import (
    costed,
    days_of_orders,
    events_checks,
    moved_facts,
    outbound_events,
    own_worth,
    with_told,
)
from tieout.reconciliations._outbound.findings import Gaps, gaps_of
from tieout.reconciliations._outbound.linking import OTHER, moved_orders, take_moves, with_units
from tieout.reconciliations._outbound.parcels import Taken, pickups, taken_by
from tieout.reconciliations._outbound.pieces import (
    KEY,
    Pieces,
    articles_of_parcels,
    asked_for,
    groups_of,
    pieces_of,
    valued,
)
from tieout.tables import FrameLike

__all__ = ["Outbound"]

_KEYS = (*findings.ORDER, "tracking_no")
_SHOWN_MAX = 20  # identifiers of one order that are written out


def _not_negative(_: object, attribute: "attrs.Attribute[timedelta]", value: timedelta) -> None:
    if value < timedelta(0):
        raise InputError(f"a bound is not negative, got {value}", where=attribute.name)


@attrs.frozen(kw_only=True)
class _Compared:
    """What was read off the sides before they are weighed."""

    orders: pl.DataFrame
    parcels: pl.DataFrame
    moves: pl.DataFrame
    links: pl.DataFrame
    groups: pl.DataFrame
    pieces: Pieces
    taken: Taken


@attrs.frozen(kw_only=True)
class Outbound(Settings):
    """Reconcile what orders and parcels say with what left the stock and what couriers took.

    Attributes:
        booked: When a movement is to be there, counted from the day on which the parcel left, else on which the order was
            shipped, for all platforms or each.
        picked_up: When a courier is to have what left the stock, counted from that day, for all platforms or each.
        early: How much earlier than its movement a parcel may be picked up.
        late: How much later than its movement a parcel may be picked up.
    """

    TYPES: ClassVar[tuple[str, ...]] = (
        findings.MISSING,
        findings.STRANGER,
        findings.QUANTITY,
        findings.SKU,
        findings.DUPLICATED,
        notes.TIME,
        notes.WAREHOUSE,
        notes.NOT_PICKED_UP,
        notes.PERIOD,
        findings.NO_COST,
        "data.quantity_not_positive",
        SIGN,
        UNDATED,
        concluding.DRIFT,
    )
    TAKES: ClassVar[tuple[Takes, ...]] = (
        Takes("orders", Order, needed=True),
        Takes("movements", StockMovement, needed=True),
        Takes("shipments", Shipment),
        Takes("returns", Return),
    )
    AFTER: ClassVar[tuple[str, ...]] = ("dispatch",)

    booked: DueRules = attrs.field(default=DueRules(DueRule(grace=1, patience=3)), converter=due_rules)
    picked_up: DueRules = attrs.field(default=DueRules(DueRule(after=1, patience=3)), converter=due_rules)
    early: timedelta = attrs.field(default=timedelta(hours=2), validator=_not_negative)
    late: timedelta = attrs.field(default=timedelta(hours=24), validator=_not_negative)

    def run(
        self,
        *,
        orders: FrameLike,
        movements: FrameLike,
        shipments: FrameLike = None,
        returns: FrameLike = None,
        opening: CarryForward | None = None,
    ) -> Outcome:
        """Reconcile.

        Args:
            orders: Orders with their lines.
            movements: Movements of stock, signed: out is negative. Those that go to no buyer are set aside.
            shipments: Parcels with what they hold; None where none are known, so that nothing is said of couriers.
            returns: After-sale cases: what was cancelled before shipment, and what may be sent again.
            opening: What the run before carried forward.

        Returns:
            The outcome; `lines` has one row per order and article. Impacts are the cost of what left the stock less that of what
            should have.

        Raises:
            InputError: A side is of another record, or lacks what its record needs.
        """
        sides, compared = self._taken((orders, shipments, movements, returns), opening)
        before, opens_on = None, None if opening is None else opening.opens_on
        if opening is not None and opens_on is not None:
            known, alone = self._taken((None,) * 4, CarryForward(sides=opening.sides))
            before = self._facts(known[2], alone)
        facts = with_told(self._facts(sides[2], compared), before, opens_on)
        return self._reconciled(sides, compared, facts, has_parcels=shipments is not None)

    def _taken(
        self, given: Sequence[FrameLike], opening: CarryForward | None
    ) -> tuple[tuple[Side, Side, Side, Side], _Compared]:
        """Orders, parcels, movements and cases with what was carried in, and what was read off them."""
        ordered = take_orders(given[0], opening, self.timezone)
        parcels = attrs.evolve(take_parcels(given[1], opening, self.timezone), role=Role.EXPECTED)
        moves = take_moves(given[2], opening, self.timezone)
        cases = take_cases(given[3], opening, self.timezone)
        known, asked = (side.frame.filter(pl.col("reason").is_null()) for side in (ordered, cases))
        case_pairs = paired_orders(known, asked, rule="case").filter(pl.col("status") == "confirmed")
        compared = self._compared(known, parcels, moves, asked, case_pairs)
        ordered, parcels, moves = with_units(ordered, parcels, moves, compared.taken.parcels, compared.links)
        cases = cases_of_orders(cases, ordered, case_pairs)
        compared = _priced(compared, ordered)
        return self._weighed(ordered, parcels, moves, cases, compared), compared

    def _facts(self, moves: Side, compared: _Compared) -> pl.DataFrame:
        """What left, at its cost, for the books."""
        held = compared.taken.parcels
        days = days_of_orders(compared.orders, compared.parcels, held, self.timezone)
        return moved_facts(costed(moves.frame, compared.links), compared.orders, days)

    def _compared(
        self, orders: pl.DataFrame, parcels: Side, moves: Side, cases: pl.DataFrame, case_pairs: pl.DataFrame
    ) -> _Compared:
        there = parcels.frame.filter(pl.col("reason").is_null() | (pl.col("reason") == WAITS))
        moved = moves.frame.filter(pl.col("reason").is_null())
        articles, modes = order_lines(orders), order_modes(orders)
        lines = _lines_of_orders(parcel_lines(there, cases), there, orders, articles)
        links = moved_orders(
            orders, moved, cases, case_pairs, lines.rename({"article": "held_sku"}).with_columns(sku="held_sku")
        )
        sure = links.filter(pl.col("status") == "confirmed")
        case_rows = cases.join(
            case_pairs.select(pl.col("right").alias("row"), pl.col("left").alias("order_row")), on="row"
        )
        cancelled, allowed = case_orders(case_rows, articles)
        groups = groups_of(orders, sure)
        one = sure.group_by(pl.col("right").alias("row")).agg(pl.col("left").min().alias("order_row"))
        pieces = pieces_of(
            lines,
            moved.join(one, on="row").select(
                pl.col("row").alias("move_row"), "order_row", pl.col("sku").alias("article"), "parts"
            ),
            asked_for(articles, orders, modes, cancelled, one["order_row"]),
            groups,
            allowed,
        )
        of_shop = orders.select(pl.col("row").alias("left"), "book_id", "shop_id")
        taken = taken_by(there, lines, moved, sure.join(of_shop, on="left"), pieces.moved)
        return _Compared(
            orders=orders, parcels=there, moves=moved, links=links, groups=groups, pieces=pieces, taken=taken
        )

    def _weighed(
        self, orders: Side, parcels: Side, moves: Side, cases: Side, compared: _Compared
    ) -> tuple[Side, Side, Side, Side]:
        """Sides with their days, pieces and costs."""
        pieces = compared.pieces
        beyond = pieces.compared.with_columns((pl.col("expected") - pl.col("held")).alias("parts")).select(
            pl.col("group").alias("row"), "parts", value_expr(pl.col("parts"), pl.col("cost_minor")).alias("minor")
        )
        left = pieces.held.filter(~pl.col("is_waiting")).select(pl.col("parcel_row").alias("row"), "parts", "minor")
        out = pieces.moved.select(pl.col("move_row").alias("row"), "parts", "minor")
        strange = compared.moves.filter(~pl.col("row").is_in(out["row"].implode())).select(
            "row", "parts", own_worth().fill_null(0).alias("minor")
        )
        code = pl.col("code")
        orders = counted(orders, _by_row(beyond), on=first_day(DAYS_OF_ORDERS, self.timezone), currency=code)
        parcels = counted(parcels, _by_row(left), on=first_day(DAYS_OF_PARCELS, self.timezone), currency=code)
        moves = counted(
            moves.with_frame(moves.frame.rename({"parts": "left_parts"})),
            _by_row(pl.concat([out, strange])),
            on=local_day("occurred_at", self.timezone),
            currency=code,
        )
        cases = cases.weighed(on=first_day(DAYS_OF_CASES, self.timezone))
        return orders, parcels, moves, cases.with_columns(pl.col("reason").alias("aside"))

    def _reconciled(
        self, given: tuple[Side, Side, Side, Side], compared: _Compared, facts: pl.DataFrame, *, has_parcels: bool
    ) -> Outcome:
        as_of = concluding.last_day(self, given[:3])
        sides = concluding.without_other_periods(given, self.period)
        orders, parcels, moves, _ = sides
        named = _named_groups(orders, compared, self.timezone)
        gaps = self._stated(gaps_of(compared.pieces), named, moves, parcels, compared, as_of)
        waits = self._pickups(compared, named, moves, as_of) if has_parcels else None
        units = named_units(totals_of(sides), (orders, parcels, moves), _KEYS)
        allowed = self.tolerances.allowed_expr("line", pl.col("expected_minor"), currency=pl.col("currency"))
        units = with_waits(units, _waiting(gaps, named, waits)).with_columns(
            allowed.fill_null(0).alias("allowed_minor")
        )
        said = self._findings(sides, compared, gaps, named, waits).filter(pl.col("unit").is_in(units["unit"].implode()))
        judged = judge(sides, units, said, remainder=findings.QUANTITY, keys=_KEYS, off=self.switched_off)
        events = outbound_events(facts, self.period)
        outcome = concluding.conclude(
            "outbound",
            self,
            judged,
            as_of=as_of,
            pairs=compared.links,
            matched=("orders", "movements"),
            keys=_KEYS,
            parameters={
                "movements are to be there": str(self.booked),
                "parcels are to be picked up": str(self.picked_up),
                "picked up before its movement by at most": str(self.early),
                "picked up after its movement by at most": str(self.late),
            },
            events=events,
            lines=_shown(gaps, named, compared, units, self.timezone),
            done=(*DONE, NO_ORDER, OTHER),
        )
        checks = [*outcome.proof.checks, *events_checks(events, facts, self.period)]
        return attrs.evolve(outcome, proof=Proof(checks))

    def _stated(
        self, gaps: Gaps, named: pl.DataFrame, moves: Side, parcels: Side, compared: _Compared, as_of: date
    ) -> Gaps:
        """Gaps with `state` and `due_on`, where a record may still come."""
        left = parcels.frame.select(
            pl.col("row").alias("parcel_row"), local_day("left_at", self.timezone).alias("left_on")
        )
        out = moves.frame.select(pl.col("row").alias("move_row"), pl.col("on").alias("moved_on"))
        pieces = compared.pieces
        held = pieces.held.filter(~pl.col("is_waiting")).join(left, on="parcel_row")
        rows = (
            gaps.rows.join(held.group_by(KEY).agg(pl.col("left_on").max()), on=list(KEY), how="left")
            .join(
                pieces.moved.join(out, on="move_row").group_by(KEY).agg(pl.col("moved_on").max()),
                on=list(KEY),
                how="left",
            )
            .join(named.select("group", "shipped_on", pl.col("platform").alias("source")), on="group", how="left")
        )
        is_short = (pl.col("parts") < 0) | (pl.col("is_bare_shipped") & (pl.col("movements") == 0))
        start = pl.when("by_parcels").then("left_on").otherwise("shipped_on")
        is_ahead = (pl.col("parts") > 0) & pl.col("by_parcels") & (pl.col("moved") <= pl.col("ordered"))
        source = pl.col("source")
        state, due_on = (
            pl.when(is_short)
            .then(getattr(self.booked, name)(start, source, *more))
            .when(is_ahead)
            .then(getattr(self.picked_up, name)(pl.col("moved_on"), source, *more))
            for name, more in (("state_expr", (as_of,)), ("due_expr", ()))
        )
        stated = rows.with_columns(state.alias("state"), due_on.alias("due_on"))
        return attrs.evolve(gaps, rows=stated.drop("left_on", "moved_on", "shipped_on", "source").sort(KEY))

    def _pickups(self, compared: _Compared, named: pl.DataFrame, moves: Side, as_of: date) -> pl.DataFrame:
        """Parcels that wait for a courier, and stock that left without any parcel, with `state` and `due_on`."""
        waiting = pickups(compared.parcels, compared.taken, self.timezone).join(compared.groups, on="order_row")
        in_parcels = compared.taken.parcels.join(compared.groups, on="order_row")["group"]
        out = moves.frame.select(pl.col("row").alias("move_row"), pl.col("on").alias("start"))
        bare = (
            compared.pieces.moved.join(out, on="move_row")
            .group_by("group")
            .agg(pl.col("parts").sum(), pl.col("start").max())
            .filter(
                (pl.col("parts") > 0) & pl.col("start").is_not_null() & ~pl.col("group").is_in(in_parcels.implode())
            )
        )
        none = pl.lit(None, dtype=pl.String)
        every = pl.concat(
            [
                waiting.select("group", "carrier", "tracking_no", "start"),
                bare.select("group", none.alias("carrier"), none.alias("tracking_no"), "start"),
            ]
        ).join(named, on="group")
        source = pl.col("platform")
        return every.with_columns(
            self.picked_up.state_expr(pl.col("start"), source, as_of).alias("state"),
            self.picked_up.due_expr(pl.col("start"), source).alias("due_on"),
        )

    def _findings(
        self, sides: Sequence[Side], compared: _Compared, gaps: Gaps, named: pl.DataFrame, waits: pl.DataFrame | None
    ) -> pl.DataFrame:
        orders, parcels, moves, _ = sides
        ours, left = orders.compared, moves.compared.with_columns(pl.col("pieces").alias("parts"))
        links = compared.links.filter(pl.col("status") == "confirmed")
        alone = left.filter(~pl.col("row").is_in(links["right"].implode()))
        taken, pieces = compared.taken, compared.pieces
        parts = [
            findings.found(gaps, named, pieces, left),
            findings.strangers(_with_hints(alone, compared)),
            notes.moments(
                _without_excess(taken, gaps, pieces), links, left, ours, (self.early, self.late), self.timezone
            ),
            notes.warehouses(taken, left, compared.parcels, ours),
            notes.months(taken, pieces.moved, ours, self.timezone),
            undated(left, ["platform_order_id"]),
            notes.signs(left, pieces.compared, pieces.moved),
            not_positive([(orders, findings.ORDER), (parcels, ("shop_id", "carrier", "tracking_no"))]),
        ]
        if waits is not None:
            parts.append(notes.not_picked_up(waits.filter(pl.col("state").is_in(["late", "missing"]))))
        return pl.concat(parts)


def _lines_of_orders(
    lines: pl.DataFrame, parcels: pl.DataFrame, orders: pl.DataFrame, articles: pl.DataFrame
) -> pl.DataFrame:
    """Parcel lines of orders that are there, with their article, and whether their parcel has a label only."""
    pairs = parcel_orders(orders, parcels, lines).filter(pl.col("status") == "confirmed")
    sure = pairs.select(pl.col("left").alias("order_row"), pl.col("right").alias("parcel_row"), "platform_order_id")
    waits = parcels.select(
        pl.col("row").alias("parcel_row"), "book_id", pl.col("reason").is_not_null().alias("is_waiting")
    )
    ours = lines.join(sure, on=["parcel_row", "platform_order_id"]).join(waits, on="parcel_row")
    return articles_of_parcels(placed(ours, articles), articles).select(
        "order_row", "parcel_row", "book_id", number_expr("tracking_no"), "article", "parts", "is_waiting"
    )


def _priced(compared: _Compared, orders: Side) -> _Compared:
    codes = orders.frame.select(pl.col("row").alias("group"), "code", "order_code")
    return attrs.evolve(compared, pieces=valued(compared.pieces, compared.moves, codes))


def _by_row(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.group_by("row").agg(pl.col("parts", "minor").sum())


def _named_groups(orders: Side, compared: _Compared, timezone: str) -> pl.DataFrame:
    """What names each group of orders: its unit, the orders' keys, day, currency and source."""
    rows = orders.frame.select(
        pl.col("row").alias("order_row"),
        "unit",
        *findings.ORDER,
        "on",
        pl.col("code").alias("currency"),
        pl.coalesce(local_day("shipped_at", timezone), "on").alias("shipped_on"),
        *SOURCE,
    ).join(compared.groups, on="order_row")
    joined = [pl.col(name).drop_nulls().unique().sort().head(_SHOWN_MAX).str.join(",") for name in findings.ORDER]
    shown = [pl.when(text != "").then(text).alias(text.meta.output_name()) for text in joined]
    return (
        rows.sort("group", "source_file", "source_sheet", "source_line", nulls_last=True)
        .group_by("group", maintain_order=True)
        .agg(
            *shown,
            pl.col("unit", "currency").first(),
            pl.col("on").min(),
            pl.col("shipped_on").max(),
            pl.col(*SOURCE).first(),
        )
    )


def _waiting(gaps: Gaps, named: pl.DataFrame, waits: pl.DataFrame | None) -> pl.DataFrame:
    """What units wait for: `unit`, `state`, `due_on`, `minor`, `parts`."""
    columns = ("unit", "state", "due_on", "minor", "parts")
    rows = gaps.rows.filter(pl.col("state").is_not_null()).join(named.select("group", "unit"), on="group")
    late = rows.with_columns(value_expr(pl.col("parts"), pl.col("cost_minor")).alias("minor")).select(columns)
    if waits is None:
        return late
    nothing = [pl.lit(0, dtype=pl.Int64).alias(name) for name in ("minor", "parts")]
    return pl.concat([late, waits.drop("minor", "parts", strict=False).with_columns(nothing).select(columns)])


def _without_excess(taken: Taken, gaps: Gaps, pieces: Pieces) -> Taken:
    """Movements of which no more left than should: where more did, nothing tells which of them was with the parcel."""
    over = gaps.rows.filter(pl.col("parts") > 0).select(KEY)
    beyond = pieces.moved.join(over, on=list(KEY), how="semi")["move_row"]
    return attrs.evolve(taken, rows=taken.rows.filter(~pl.col("move_row").is_in(beyond.implode())))


def _with_hints(moves: pl.DataFrame, compared: _Compared) -> pl.DataFrame:
    """Movements with the shops in which the number stands that they name."""
    shop = pl.concat_str([pl.col(name).fill_null("-") for name in SCOPE[1:]], separator=" ").alias("suggested")
    doubtful = compared.links.filter(pl.col("status") == "suggested").join(
        compared.orders.select(pl.col("row").alias("left"), shop), on="left"
    )
    hints = doubtful.group_by(pl.col("right").alias("row")).agg(pl.col("suggested").unique().sort().str.join(", "))
    return moves.join(hints, on="row", how="left", maintain_order="left")


def _shown(gaps: Gaps, named: pl.DataFrame, compared: _Compared, units: pl.DataFrame, timezone: str) -> pl.DataFrame:
    """One row per order and article, from what was asked for to who signed for it."""
    told = (
        compared.pieces.moved.select("move_row", *KEY)
        .join(compared.taken.rows.drop("article"), on="move_row", how="left")
        .join(
            compared.moves.select(pl.col("row").alias("move_row"), "warehouse", pl.col("occurred_at").alias("out_at")),
            on="move_row",
        )
        .group_by(KEY)
        .agg(
            *(
                pl.col(name).drop_nulls().unique().sort().head(_SHOWN_MAX).str.join(",").alias(f"{name}s")
                for name in ("warehouse", "tracking_no")
            ),
            *(pl.col(name).min() for name in ("out_at", "picked_up_at", "signed_at")),
        )
    )
    gap = pl.col("moved") - pl.col("expected")
    verdict = (
        pl.when(pl.col("state").is_in(["not_due", "in_transit"]))
        .then(pl.col("state").str.replace("_", " ", literal=True))
        .when((gap != 0) | pl.col("state").is_not_null())
        .then(pl.lit("discrepancy"))
        .otherwise(pl.lit("agreed"))
    )
    moments = [local_day(f"{name}_at", timezone).alias(f"{name}_on") for name in ("out", "picked_up", "signed")]
    return (
        gaps.rows.join(named.drop("currency"), on="group")
        .filter(pl.col("unit").is_in(units["unit"].implode()))
        .join(told, on=list(KEY), how="left")
        .select(
            *findings.ORDER,
            pl.when(pl.col("article") != "").then("article").alias("sku"),
            *(quantity_expr(pl.col(name)).alias(name) for name in ("ordered", "held", "expected", "moved")),
            "warehouses",
            "tracking_nos",
            *moments,
            pl.col("code").alias("currency"),
            "cost_minor",
            verdict.alias("verdict"),
        )
        .sort(*findings.ORDER, "sku", nulls_last=True)
    )
