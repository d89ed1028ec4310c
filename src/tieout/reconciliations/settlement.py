"""Settlement: orders and refunds against the lines that platforms settle (`domain.md` 4.4, steps 1 and 2).

An order is to bring what the merchant is to receive, less its refunds, less the fees of the contract. What it brought are its
lines. Fees that no contract rates are taken as they are and summed by type; movements of the balance sheet, such as withdrawals
and deposits, are named and never compared.
"""

from collections.abc import Sequence
from datetime import date
from typing import ClassVar

import attrs
import polars as pl

from tieout.errors import InputError
from tieout.model import Order, Refund, SettlementLine
from tieout.model import Settlement as SettlementRecord
from tieout.outcome import CarryForward, Outcome
from tieout.proof import Proof
from tieout.reconciliations._common import concluding
from tieout.reconciliations._common.due import DueRule, DueRules, due_rules
from tieout.reconciliations._common.settings import Settings, Takes
from tieout.reconciliations._common.sides import Side
from tieout.reconciliations._common.units import judge
from tieout.reconciliations._settlement import words
from tieout.reconciliations._settlement.collection import collected, fees_of_orders, with_kept
from tieout.reconciliations._settlement.contract import FeeContract, fee_contracts
from tieout.reconciliations._settlement.facts import events_checks, posted_lines, settled_events, unsettled_facts
from tieout.reconciliations._settlement.fees import contract_side
from tieout.reconciliations._settlement.gross import gross_facts
from tieout.reconciliations._settlement.headers import header_findings, lines_of_headers, reserve_findings
from tieout.reconciliations._settlement.notes import line_findings, record_notes, stranger_notes
from tieout.reconciliations._settlement.numbering import with_units
from tieout.reconciliations._settlement.taking import Books, books_of
from tieout.reconciliations._settlement.weighing import KEYS, Weighed, weighed_units
from tieout.tables import FrameLike

__all__ = ["Settlement"]

_DUE = DueRules(
    default=DueRule(after=0, grace=2, patience=14),
    by={"douyin": DueRule(after=7, grace=2, patience=14), "amazon": DueRule(after=21, grace=5, patience=14)},
)


@attrs.frozen(kw_only=True)
class Settlement(Settings):
    """Reconcile orders and refunds with the lines that platforms settle.

    Attributes:
        due: When an order is to be settled, counted from the day on which it was completed, for all platforms or each.
        refund_due: When a refund, and the fee that comes back with it, is to be among the lines, counted from the day it
            succeeded.
        reserve_due: When what the platform holds back is to be released, counted from the day it was held.
        confirm_days: Days after which an order that was signed counts as completed, where its records do not say when it was.
        fees: What the platform's fees are by contract; fees without one are not checked.
    """

    TYPES: ClassVar[tuple[str, ...]] = (
        words.MISSING,
        words.UNKNOWN_ORDER,
        words.MISMATCH,
        words.CURRENCY,
        words.RATE,
        words.UNKNOWN_FEE,
        words.NOT_RETURNED,
        words.FEE_TWICE,
        words.NO_SUBSIDY,
        words.SUBSIDY_OFF,
        words.NO_REFUND,
        words.REFUND_TWICE,
        words.PENALTY,
        words.RESERVE_OFF,
        words.RESERVE_LATE,
        words.BALANCE_OFF,
        words.TOTAL_OFF,
        words.PERIOD_OFF,
        words.NO_AMOUNT,
        words.NEGATIVE,
        words.NO_ORDER,
        words.TWO_RECORDS,
        concluding.DRIFT,
    )
    TAKES: ClassVar[tuple[Takes, ...]] = (
        Takes("orders", Order, needed=True),
        Takes("lines", SettlementLine, needed=True),
        Takes("refunds", Refund),
        Takes("settlements", SettlementRecord),
    )
    AFTER: ClassVar[tuple[str, ...]] = ("after_sales", "promotions")

    due: DueRules = attrs.field(default=_DUE, converter=due_rules)
    refund_due: DueRules = attrs.field(default=DueRules(DueRule(after=0, grace=7, patience=14)), converter=due_rules)
    reserve_due: DueRule = attrs.field(factory=lambda: DueRule(after=30))
    confirm_days: int = 10
    fees: Sequence[FeeContract] = attrs.field(default=(), converter=fee_contracts)

    def run(
        self,
        *,
        orders: FrameLike,
        lines: FrameLike,
        refunds: FrameLike | None = None,
        settlements: FrameLike | None = None,
        opening: CarryForward | None = None,
    ) -> Outcome:
        """Reconcile.

        Args:
            orders: Orders.
            lines: Settlement lines, signed: positive is gained.
            refunds: Refunds, in all their versions; None where there are none to compare, so that lines of refunds are taken as
                they are.
            settlements: Headers, whose balances, reserves and periods are checked against their lines.
            opening: What the run before carried forward.

        Returns:
            The outcome; `lines` has one row per order with what is settled and open of it. Impacts are settled - to be settled.

        Raises:
            InputError: A side is of another record, lacks what its record needs, or a header holds its lines itself.
        """
        books = books_of(
            orders=orders,
            lines=lines,
            refunds=refunds,
            settlements=settlements,
            opening=opening,
            timezone=self.timezone,
            confirm_days=self.confirm_days,
            fees=self.fees,
        )
        if books.settlements.frame["lines"].list.len().fill_null(0).sum():
            raise InputError(
                "a header holds lines of its own",
                where="settlements",
                hint="give the lines as `lines=`, and headers without",
            )
        facts = gross_facts(books.lines.compared)
        contract = contract_side(
            books.rules,
            books.orders.compared,
            books.lines.compared,
            facts,
            self._order_allowed(pl.col("gross_lines")),
        )
        return self._reconciled(books, facts, contract)

    def _order_allowed(self, lines: pl.Expr) -> pl.Expr:
        expected = pl.col("receivable_minor").fill_null(0)
        return self.tolerances.allowed_expr(
            "order", expected, currency=pl.col("currency"), lines=lines.clip(lower_bound=1)
        )

    def _reconciled(self, books: Books, facts: pl.DataFrame, contract: Side) -> Outcome:
        codes = _codes(books, contract, self.currency)
        sides = with_units(
            (books.orders, books.refunds, contract, books.lines, books.settlements), codes, books.keys.height
        )
        as_of = concluding.last_day(self, [side for side in sides if side.name != "contract"])
        sides = concluding.without_other_periods(sides, self.period)
        weighed = weighed_units(
            sides,
            books.keys,
            facts,
            codes,
            tolerances=self.tolerances,
            due=self.due,
            refund_due=self.refund_due,
            as_of=as_of,
        )
        findings, headers = self._findings(sides, books, weighed, as_of)
        judged = judge(sides, weighed.units, findings, remainder=words.MISMATCH, keys=KEYS, off=self.switched_off)
        kept = with_kept(
            judged.sides, headers, as_of, self.memory_days, None if self.period is None else self.period.first
        )
        judged = attrs.evolve(judged, sides=kept)
        by_name = {side.name: side for side in judged.sides}
        posted = posted_lines(by_name["lines"].frame, period=self.period, as_of=as_of)
        unsettled = unsettled_facts(
            books.orders.compared,
            books.lines.frame,
            books.rules,
            self.fees,
            period=self.period,
            timezone=self.timezone,
        )
        events = settled_events(posted, by_name["orders"].frame, self.fees, unsettled)
        outcome = concluding.conclude(
            "settlement",
            self,
            judged,
            as_of=as_of,
            pairs=_pairs(by_name["orders"], by_name["lines"]),
            matched=("orders", "lines"),
            keys=KEYS,
            parameters=self._parameters(),
            events=events,
            lines=collected(by_name["orders"], weighed.orders, fees_of_orders(by_name["lines"].frame), as_of),
        )
        checks = events_checks(posted, events)
        return attrs.evolve(
            outcome,
            proof=Proof([*outcome.proof.checks, *checks]),
            totals={**outcome.totals, **_by_type(by_name["lines"].frame)},
        )

    def _parameters(self) -> dict[str, str]:
        return {
            "orders are due": str(self.due),
            "refunds are due": str(self.refund_due),
            "reserves are due": str(self.reserve_due),
            "signed orders are completed after": f"{self.confirm_days} days",
            **({"contract": "; ".join(map(str, self.fees))} if self.fees else {}),
        }

    def _findings(
        self, sides: Sequence[Side], books: Books, weighed: Weighed, as_of: date
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """All findings, and the sums of the lines by header."""
        by_name = {side.name: side for side in sides}
        orders, refunds = by_name["orders"].frame, by_name["refunds"].frame
        lines = by_name["lines"].frame.filter(~pl.col("is_repeat"))
        here = concluding.of_period_expr(self.period)
        keys = pl.concat([frame.filter(here)["key"] for frame in (orders, refunds, lines)]).drop_nulls().unique()
        spoken_of = here | pl.col("key").is_in(keys.implode()).fill_null(value=False)
        heads = by_name["settlements"].compared
        headers = lines_of_headers(heads, lines)
        found = [
            weighed.findings,
            line_findings(by_name["lines"].compared),
            record_notes(orders.filter(spoken_of), refunds.filter(spoken_of), books.keys),
            stranger_notes(lines.filter(here), weighed.units, books.keys),
            header_findings(heads, headers, lines, self.timezone),
            reserve_findings(lines, self.reserve_due, as_of),
        ]
        return pl.concat(found), headers


def _codes(books: Books, contract: Side, currency: str) -> list[str]:
    """All currencies in order; the book's own where there is nothing."""
    sides = (books.orders, books.refunds, books.lines, books.settlements, contract)
    codes: list[str] = (
        pl.concat([side.frame["currency"].unique() for side in sides]).drop_nulls().unique().sort().to_list()
    )
    return codes or [currency]


def _pairs(orders: Side, lines: Side) -> pl.DataFrame:
    """Orders with the lines that are compared with them."""
    left = orders.frame.filter(pl.col("aside").is_null()).select("key", "currency", pl.col("row").alias("left"))
    right = lines.frame.filter(pl.col("aside").is_null() & pl.col("unit_key").is_not_null()).select(
        "key", "currency", pl.col("row").alias("right")
    )
    return left.join(right, on=["key", "currency"]).select(
        "left",
        "right",
        pl.lit("order number").alias("rule"),
        pl.lit(1.0).alias("score"),
        pl.lit("confirmed").alias("status"),
    )


def _by_type(lines: pl.DataFrame) -> dict[tuple[str, str], int]:
    """Sums of the lines by type and currency, and how many are unknown, which has to be none before closing."""
    rows = lines.filter(~pl.col("is_repeat"))
    sums = rows.group_by("type", "currency").agg(pl.col("minor").sum()).sort("type", "currency")
    totals = {(f"lines: {kind}", code): int(minor) for kind, code, minor in sums.iter_rows()}
    return {**totals, ("unknown lines", "rows"): int((rows["kind"] == "unknown").sum())}
