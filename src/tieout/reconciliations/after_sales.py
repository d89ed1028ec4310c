"""After-sales: what platforms say of cases and refunds, against what channels paid and the books hold (`domain.md` 5.1, 5.2).

A refund counts in its last effective version. What is to be refunded is what the platform says, less what no case allows; what
was refunded stands on the bills of channels or among settlement lines, in as many parts as there were payments. What the books
hold is compared with the platform apart. Each case is judged by one matrix of what it must have and must not have.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

import attrs
import polars as pl

from tieout.model import ChannelTransaction, Order, Refund, Return, SettlementLine, Shipment, StockMovement
from tieout.outcome import CarryForward, Outcome
from tieout.proof import Proof
from tieout.reconciliations._after_sales import words
from tieout.reconciliations._after_sales.cases import case_findings
from tieout.reconciliations._after_sales.comparing import (
    COMPARED,
    TO_BOOK,
    compared_sides,
    refunds_side,
    stated_units,
    with_kept,
    with_units,
)
from tieout.reconciliations._after_sales.context import Context, Rules
from tieout.reconciliations._after_sales.events import (
    Known,
    events_checks,
    known_before,
    posted_refunds,
    refund_events,
    refund_facts,
)
from tieout.reconciliations._after_sales.facts import Facts, facts_of
from tieout.reconciliations._after_sales.matrix import checklist_of, policy_of
from tieout.reconciliations._after_sales.money import book_findings, money_findings
from tieout.reconciliations._after_sales.notes import refund_notes
from tieout.reconciliations._after_sales.pairing import Paired, paired
from tieout.reconciliations._after_sales.parcels import parcels_of, with_goods
from tieout.reconciliations._after_sales.statuses import status_maps
from tieout.reconciliations._after_sales.taking import Books, Given, books_of
from tieout.reconciliations._common import concluding
from tieout.reconciliations._common.channel_words import KINDS, OUTCOMES, word_map
from tieout.reconciliations._common.due import DueRule, DueRules, due_rules
from tieout.reconciliations._common.naming import named_units
from tieout.reconciliations._common.settings import Settings, Takes
from tieout.reconciliations._common.sides import Side
from tieout.reconciliations._common.units import Judged, judge, totals_of
from tieout.tables import FrameLike

__all__ = ["AfterSales"]


def _more_than(days: int) -> DueRules:
    """Late on the first day on which more than so many have passed."""
    return DueRules(DueRule(grace=days + 1, patience=7))


def _kinds(given: Mapping[str, str]) -> dict[str, str]:
    return word_map(given, KINDS, where="kinds")


def _outcomes(given: Mapping[str, str]) -> dict[str, str]:
    return word_map(given, OUTCOMES, where="statuses")


_CARD = DueRule(grace=8, patience=7)


@attrs.frozen(kw_only=True)
class AfterSales(Settings):
    """Reconcile the refunds and cases of platforms with what channels paid and with the books.

    Attributes:
        channels: Channels whose bills are given; None for all. Refunds by others that nothing answers are set aside.
        arrival: When a refund that succeeded is on a bill, counted from that day, for all channels or each.
        agreed: When a refund that was agreed succeeds, counted from the day of the agreement, for all platforms or each.
        booked: When the books have a refund, a case or its end, counted from its day.
        received: When goods that came back are refunded, counted from the day on which they came.
        goods_back: When the goods of a refund are back, counted from the day on which it succeeded.
        sent: When an exchange leaves, counted from the day on which the goods came, and what is sent again, from its approval.
        repaired: When a repaired article leaves, counted from the day on which it came.
        commission: When a commission is given back, counted from the day of the last refund.
        commission_back: Platforms whose contract gives the commission back with a refund; none is asked of the others.
        policy_days: Days from receipt in which a buyer may apply, by row of the matrix, on top of its own.
        checklist: What has to be on file of a case that is over, by row of the matrix, in place of its own.
        statuses_of_cases: Stages (`open`, `done`, `refused`) of the statuses of a case, by platform or `default`.
        kinds: What words of a bill's `type` mean, where they are not understood.
        statuses: What words of a bill's `status` mean.
    """

    TYPES: ClassVar[tuple[str, ...]] = (*words.TYPES, concluding.DRIFT)
    TAKES: ClassVar[tuple[Takes, ...]] = (
        Takes("refunds", Refund, needed=True),
        Takes("returns", Return),
        Takes("transactions", ChannelTransaction),
        Takes("lines", SettlementLine),
        Takes("erp_refunds", Refund, role="erp_refunds"),
        Takes("erp_returns", Return, role="erp_returns"),
        Takes("orders", Order),
        Takes("erp_orders", Order, role="erp_orders"),
        Takes("shipments", Shipment),
        Takes("movements", StockMovement),
    )
    AFTER: ClassVar[tuple[str, ...]] = ("payments", "returns")

    channels: tuple[str, ...] | None = attrs.field(default=None, converter=attrs.converters.optional(tuple))
    arrival: DueRules = attrs.field(
        default=DueRules(DueRule(grace=2, patience=7), {"card": _CARD, "union_pay": _CARD}), converter=due_rules
    )
    agreed: DueRules = attrs.field(default=_more_than(3), converter=due_rules)
    booked: DueRules = attrs.field(default=_more_than(1), converter=due_rules)
    received: DueRules = attrs.field(default=_more_than(3), converter=due_rules)
    goods_back: DueRules = attrs.field(default=_more_than(10), converter=due_rules)
    sent: DueRules = attrs.field(default=_more_than(3), converter=due_rules)
    repaired: DueRules = attrs.field(default=_more_than(15), converter=due_rules)
    commission: DueRules = attrs.field(default=_more_than(7), converter=due_rules)
    commission_back: Sequence[str] = attrs.field(default=(), converter=tuple)
    policy_days: Mapping[str, int] = attrs.field(factory=dict, converter=policy_of)
    checklist: Mapping[str, Sequence[str]] = attrs.field(factory=dict, converter=checklist_of)
    statuses_of_cases: Mapping[str, Mapping[str, str]] = attrs.field(factory=dict, converter=status_maps)
    kinds: Mapping[str, str] = attrs.field(factory=dict, converter=_kinds)
    statuses: Mapping[str, str] = attrs.field(factory=dict, converter=_outcomes)

    def run(
        self,
        *,
        refunds: FrameLike,
        returns: FrameLike = None,
        transactions: FrameLike = None,
        lines: FrameLike = None,
        erp_refunds: FrameLike = None,
        erp_returns: FrameLike = None,
        orders: FrameLike = None,
        erp_orders: FrameLike = None,
        shipments: FrameLike = None,
        movements: FrameLike = None,
        opening: CarryForward | None = None,
    ) -> Outcome:
        """Reconcile. What is None is not compared; an empty side is, and lacks everything.

        Args:
            refunds: Refunds of the platform, in all their versions.
            returns: Its after-sale cases.
            transactions: Rows of channel bills, of which the refunds are compared.
            lines: Settlement lines, of which the refunds are compared; a refund that a bill has too counts once.
            erp_refunds: Refunds as the books hold them.
            erp_returns: Cases as the books hold them.
            orders: Orders of the platform: what was paid, and which refund names none of them.
            erp_orders: Orders as the books hold them, for their status.
            shipments: Parcels: what left, what left again, what came back.
            movements: Movements of stock.
            opening: What the run before carried forward.

        Returns:
            The outcome; `lines` has one row per refund, per refund of the books and per case. Impacts are refunded - to be
            refunded, and booked - refunded: positive went to the buyer beyond what should.

        Raises:
            InputError: A side is of another record, or lacks what its record needs.
        """
        given = Given(
            refunds=refunds,
            returns=returns,
            transactions=transactions,
            lines=lines,
            erp_refunds=erp_refunds,
            erp_returns=erp_returns,
            orders=orders,
            erp_orders=erp_orders,
            shipments=shipments,
            movements=movements,
        )
        books, parcels, facts = self._taken(given, opening)
        pairs = paired(books, facts.refunds)
        return self._reconciled(books, facts, pairs, parcels, self._before(opening))

    def _taken(self, given: Given, opening: CarryForward | None) -> tuple[Books, pl.DataFrame, Facts]:
        """The sides with what was carried in, the parcels that went to buyers, and what is known of refunds and cases."""
        books = books_of(
            given, opening=opening, timezone=self.timezone, kinds=dict(self.kinds), statuses=dict(self.statuses)
        )
        parcels = parcels_of(books)
        facts = facts_of(books, parcels)
        return books, parcels, attrs.evolve(facts, cases=with_goods(facts.cases, books, parcels, self.timezone))

    def _before(self, opening: CarryForward | None) -> Known | None:
        """What the run before knew of refunds; None where there was none of a period before."""
        if opening is None or opening.opens_on is None:
            return None
        nothing = Given(**dict.fromkeys(attrs.fields_dict(Given)))
        books, parcels, facts = self._taken(nothing, CarryForward(sides=opening.sides))
        last = opening.opens_on - timedelta(days=1)
        parts = refund_facts(books, facts, parcels, period=None, as_of=last, timezone=self.timezone)
        return known_before(parts, books.refunds.frame, opening.opens_on)

    def _reconciled(
        self, books: Books, facts: Facts, pairs: Paired, parcels: pl.DataFrame, before: Known | None
    ) -> Outcome:
        books, to_book, facts = with_units(books, facts, refunds_side(books, facts, pairs, self.channels), pairs)
        sides = compared_sides(books, to_book)
        as_of = concluding.last_day(self, sides)
        sides = concluding.without_other_periods(sides, self.period)
        books, to_book = _again(books, sides)
        rules = self._rules()
        compared = [side.with_frame(side.compared) for side in sides if side.name in COMPARED]
        units = named_units(totals_of(sides), compared, words.KEYS[1:])
        units = stated_units(units, sides, facts, rules, self.tolerances, as_of)
        context = Context(
            books=books,
            booked=to_book,
            facts=facts,
            parcels=parcels,
            paired=pairs,
            units=units,
            rules=rules,
            period=self.period,
            as_of=as_of,
            timezone=self.timezone,
        )
        found = _of_period(
            pl.concat([money_findings(context), book_findings(context), case_findings(context), refund_notes(context)]),
            sides,
        )
        judged = judge(sides, units, found, remainder=words.MISMATCH, keys=words.KEYS, off=self.switched_off)
        return self._concluded(judged, context, before)

    def _concluded(self, judged: Judged, context: Context, before: Known | None) -> Outcome:
        facts, pairs, as_of = context.facts, context.paired, context.as_of
        open_units = _open_units(judged.findings)
        sides = with_kept(judged.sides, facts, open_units, as_of, self.memory_days, self.period)
        judged = attrs.evolve(judged, sides=sides)
        parts = refund_facts(
            context.books, facts, context.parcels, period=self.period, as_of=as_of, timezone=self.timezone
        )
        posted = posted_refunds(parts, self.period, before)
        events = refund_events(posted)
        outcome = concluding.conclude(
            "after_sales",
            self,
            judged,
            as_of=as_of,
            pairs=_matched(pairs, sides[0]),
            matched=(sides[0].name, "transactions" if pairs.transactions.frame.height else "lines"),
            keys=words.KEYS,
            parameters=self._parameters(),
            events=events,
            lines=_lines(judged.units, facts),
        )
        proof = Proof([*outcome.proof.checks, *events_checks(posted, facts.refunds, events)])
        records = {name: frame for name, frame in outcome.records.items() if name != TO_BOOK}
        kinds = {name: kind for name, kind in outcome.kinds.items() if name not in _OF_THE_BOOKS and name in records}
        return attrs.evolve(outcome, proof=proof, records=records, kinds=kinds)

    def _rules(self) -> Rules:
        return Rules(
            **{name: getattr(self, name) for name in _DUE},
            policy_days=self.policy_days,
            checklist=self.checklist,
            statuses=self.statuses_of_cases,
            commission_back=self.commission_back,
        )

    def _parameters(self) -> dict[str, str]:
        return {
            **({} if self.channels is None else {"channels": ", ".join(self.channels)}),
            **{label: str(getattr(self, name)) for name, label in _DUE.items()},
            "commission comes back from": ", ".join(self.commission_back) or "none",
            "days to apply": ", ".join(f"{row} {days}" for row, days in sorted(self.policy_days.items())),
            "on file": "; ".join(f"{row}: {', '.join(names)}" for row, names in sorted(self.checklist.items())),
        }


_DUE = {
    "arrival": "refunds are on a bill",
    "agreed": "refunds that were agreed succeed",
    "booked": "the books have it",
    "received": "goods that came back are refunded",
    "goods_back": "goods of a refund are back",
    "sent": "exchanges and reships leave",
    "repaired": "repairs leave",
    "commission": "commissions come back",
}
_OF_THE_BOOKS = ("erp_refunds", "erp_returns", "erp_orders")
"""Sides that say again what happened, and are no things of their own to whoever follows an order."""


def _open_units(findings: pl.DataFrame) -> pl.Series:
    """Units with findings that a later record may settle."""
    is_said = pl.col("is_note") & pl.col("factor").is_in([words.MIDWAY, words.PAID_LATE]).fill_null(value=False)
    return findings.filter(~pl.col("type").is_in(words.FOR_GOOD) & ~is_said)["unit"].drop_nulls().unique()


def _matched(pairs: Paired, refunds: Side) -> pl.DataFrame:
    """Refunds with the rows of bills that pay them; where there are no bills, with settlement lines."""
    chosen = pairs.bill_pairs if pairs.transactions.frame.height else pairs.line_pairs
    return chosen.join(
        refunds.compared.select("row"), left_on="left", right_on="row", how="semi", maintain_order="left"
    )


def _again(books: Books, sides: Sequence[Side]) -> tuple[Books, Side]:
    """The books with sides in which another period's rows are set aside."""
    by_name = {side.name: side for side in sides}
    to_book = by_name.pop(TO_BOOK)
    changes: dict[str, Any] = dict(by_name)
    return attrs.evolve(books, **changes), to_book


def _of_period(findings: pl.DataFrame, sides: Sequence[Side]) -> pl.DataFrame:
    """Findings without those of records that belong to another period."""
    others = pl.concat([side.frame.filter(pl.col("aside") == "another period").select("unit") for side in sides])
    return findings.filter(~pl.col("unit").is_in(others["unit"].unique().implode()).fill_null(value=False))


def _lines(units: pl.DataFrame, facts: Facts) -> pl.DataFrame:
    """One row for each thing that was compared, with the row of the matrix that its case was judged by."""
    of_case = facts.cases.select("unit", "case")
    figures = ("expected_minor", "actual_minor", "gap_minor", "absorbed_minor")
    joined = units.join(of_case, on="unit", how="left", maintain_order="left")
    return joined.select(*words.KEYS[:1], "unit", *words.KEYS[1:], "case", "on", "currency", *figures, "verdict")
