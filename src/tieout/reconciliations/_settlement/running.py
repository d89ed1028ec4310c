"""Running: one reconciliation of settlements, step by step, of all records or of a part of them."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

import attrs
import polars as pl

from tieout.outcome import Outcome
from tieout.proof import Proof
from tieout.reconciliations._common import concluding
from tieout.reconciliations._common.sides import Side
from tieout.reconciliations._common.units import Judged, judge
from tieout.reconciliations._settlement import collection, facts, headers, words
from tieout.reconciliations._settlement.fees import contract_side
from tieout.reconciliations._settlement.gross import gross_facts
from tieout.reconciliations._settlement.notes import line_findings, record_notes, stranger_notes
from tieout.reconciliations._settlement.numbering import with_units
from tieout.reconciliations._settlement.taking import Taken, books_of
from tieout.reconciliations._settlement.weighing import KEYS, Weighed, weighed_units
from tieout.reconciliations._settlement.whole import Whole

if TYPE_CHECKING:
    from tieout.reconciliations.settlement import Settlement

__all__ = ["MATCHED", "NAME", "Headers", "Run", "Steps", "type_totals"]

NAME = "settlement"
MATCHED = ("orders", "lines")


@attrs.frozen(kw_only=True, eq=False)
class Headers:
    """What lines and headers say of each other.

    Attributes:
        sums: Of `lines_of_headers`.
        left: Of `periods_left`.
        nameless: Of `scopes_without`.
        overdue: Of `overdue_holds`.
    """

    sums: pl.DataFrame
    left: pl.DataFrame
    nameless: pl.DataFrame
    overdue: pl.DataFrame


@attrs.frozen(kw_only=True, eq=False)
class Steps:
    """What the steps of a run came to.

    Attributes:
        headers: What lines and headers say of each other.
        weighed: Units before their verdict.
        judged: Units with verdicts.
        dated: Lines that the run may post.
        unsettled: Fees that are accrued, as they come to the books.
    """

    headers: Headers
    weighed: Weighed
    judged: Judged
    dated: pl.DataFrame
    unsettled: pl.DataFrame

    def side(self, name: str) -> Side:
        """A side with verdicts."""
        (found,) = (side for side in self.judged.sides if side.name == name)
        return found


class Run:
    """One run of the reconciliation: the steps in their order, each on columns."""

    def __init__(self, settings: "Settlement", taken: Taken, whole: Whole | None = None) -> None:
        """Take the records.

        Args:
            settings: The reconciliation.
            taken: The sides.
            whole: What the run as a whole knows, where this is a part of it; None where it is all.
        """
        self.settings = settings
        self.whole = whole
        if whole is not None:
            taken = attrs.evolve(taken, knows_refunds=whole.knows_refunds)
        books = books_of(taken, timezone=settings.timezone, confirm_days=settings.confirm_days, fees=settings.fees)
        self.books = books
        self.facts = gross_facts(books.lines.compared)
        allowed = settings.tolerances.allowed_expr(
            "order",
            pl.col("receivable_minor").fill_null(0),
            currency=pl.col("currency"),
            lines=pl.col("gross_lines").clip(lower_bound=1),
        )
        contract = contract_side(books.rules, books.orders.compared, books.lines.compared, self.facts, allowed)
        sides = (books.orders, books.refunds, contract, books.lines, books.settlements)
        self.codes = _codes(sides, settings.currency)
        numbered = with_units(sides, self.codes, books.keys.height)
        self.as_of = concluding.last_day(settings, [side for side in numbered if side.name != "contract"])
        self.sides = concluding.without_other_periods(numbered, settings.period)

    @property
    def since(self) -> date:
        """First day of which settled records are kept."""
        return self.as_of - timedelta(days=self.settings.memory_days)

    @property
    def _first(self) -> date | None:
        return None if self.settings.period is None else self.settings.period.first

    def _side(self, name: str) -> Side:
        (found,) = (side for side in self.sides if side.name == name)
        return found

    def outcome(self) -> Outcome:
        """What the run comes to."""
        steps = self.steps()
        posted = facts.posted_lines(steps.dated)
        events = facts.settled_events(self.event_facts(attrs.evolve(steps, dated=posted)))
        outcome = concluding.conclude(
            NAME,
            self.settings,
            steps.judged,
            as_of=self.as_of,
            pairs=self.pairs(steps),
            matched=MATCHED,
            keys=KEYS,
            parameters=self.parameters(),
            events=events,
            lines=self.lines(steps),
        )
        checks = facts.events_checks(facts.posted_sums(posted), facts.event_sums(events.to_polars()))
        return attrs.evolve(
            outcome,
            proof=Proof([*outcome.proof.checks, *checks]),
            totals={**outcome.totals, **type_totals(steps.side("lines").frame)},
        )

    def steps(self) -> Steps:
        """All steps up to the verdicts."""
        settings, books = self.settings, self.books
        weighed = weighed_units(
            self.sides,
            books.keys,
            self.facts,
            self.codes,
            tolerances=settings.tolerances,
            due=settings.due,
            refund_due=settings.refund_due,
            as_of=self.as_of,
        )
        told = self._headers()
        findings = self._findings(weighed, told)
        judged = judge(
            self.sides, weighed.units, findings, remainder=words.MISMATCH, keys=KEYS, off=settings.switched_off
        )
        judged = attrs.evolve(judged, sides=self._kept(judged, told))
        (lines,) = (side.frame for side in judged.sides if side.name == "lines")
        unsettled = facts.unsettled_facts(
            books.orders.compared,
            books.lines.frame,
            books.rules,
            settings.fees,
            period=settings.period,
            timezone=settings.timezone,
        )
        dated = facts.dated_lines(lines, period=settings.period, as_of=self.as_of)
        return Steps(headers=told, weighed=weighed, judged=judged, dated=dated, unsettled=unsettled)

    def _headers(self) -> Headers:
        """What lines and headers say of each other; a part of a run is told what it cannot know."""
        settings, whole = self.settings, self.whole
        heads, lines = self._side("settlements").compared, _counted(self._side("lines"))
        if whole is not None and whole.sums is None:
            return Headers(
                sums=headers.lines_of_headers(heads, headers.sums_of_settlements(lines.clear())),
                left=whole.left,
                nameless=whole.nameless,
                overdue=self._own_rows(whole.overdue),
            )
        told = None if whole is None else whole.sums
        sums = headers.lines_of_headers(heads, headers.sums_of_settlements(lines) if told is None else told)
        return Headers(
            sums=sums,
            left=headers.periods_left(heads, sums, settings.timezone),
            nameless=headers.scopes_without(lines) if whole is None else whole.nameless,
            overdue=headers.overdue_holds(lines, settings.reserve_due, self.as_of),
        )

    def _own_rows(self, overdue: pl.DataFrame) -> pl.DataFrame:
        """Rows of lines by the numbers that they have in this part."""
        places = self._side("lines").places
        if places is None:
            return overdue
        known = pl.DataFrame({"row": places}).with_row_index("own").with_columns(pl.col("own").cast(pl.Int64))
        return overdue.join(known, on="row").with_columns(pl.col("own").alias("row")).drop("own")

    def _findings(self, weighed: Weighed, told: Headers) -> pl.DataFrame:
        settings, keys = self.settings, self.books.keys
        orders, refunds = self._side("orders").frame, self._side("refunds").frame
        lines = _counted(self._side("lines"))
        here = concluding.of_period_expr(settings.period)
        named = pl.concat([frame.filter(here)["key"] for frame in (orders, refunds, lines)]).drop_nulls().unique()
        spoken_of = here | pl.col("key").is_in(named.implode()).fill_null(value=False)
        heads = self._side("settlements").compared
        return pl.concat(
            [
                weighed.findings,
                line_findings(self._side("lines").compared),
                record_notes(orders.filter(spoken_of), refunds.filter(spoken_of), keys),
                stranger_notes(lines.filter(here), weighed.units, keys),
                headers.header_findings(heads, told.sums, told.nameless, settings.timezone),
                headers.outside_findings(lines, told.left),
                headers.reserve_findings(lines, told.overdue, settings.reserve_due),
            ]
        )

    def _kept(self, judged: Judged, told: Headers) -> tuple[Side, ...]:
        """The sides with what the next run has to see again."""
        frames = {side.name: side.frame for side in judged.sides}
        young = collection.young_months(frames["lines"], self.since)
        if self.whole is None or self.whole.sums is not None:
            wanted = collection.open_settlements(frames["settlements"], told.sums, self.since, self._first)
        else:
            wanted, young = self.whole.settlements, pl.concat([young, self.whole.young]).unique()
        return collection.with_kept(judged.sides, wanted, young, self.since, self._first)

    def open_settlements(self, steps: Steps) -> pl.Series:
        """The numbers of settlements whose header is needed again.

        Args:
            steps: What the steps came to.
        """
        heads = steps.side("settlements").frame
        return collection.open_settlements(heads, steps.headers.sums, self.since, self._first)

    def event_facts(self, steps: Steps) -> pl.DataFrame:
        """What the lines come to in the books, and the fees that are accrued.

        Args:
            steps: What the steps came to, with the lines that are wanted.
        """
        known = facts.line_facts(steps.dated, steps.side("orders").frame, self.settings.fees)
        return pl.concat([known, steps.unsettled])

    def lines(self, steps: Steps) -> pl.DataFrame:
        """One row per order with what is settled and open of it."""
        fees = collection.fees_of_orders(steps.side("lines").frame)
        return collection.collected(steps.side("orders"), steps.weighed.orders, fees, self.as_of)

    def pairs(self, steps: Steps) -> pl.DataFrame:
        """Orders with the lines that are compared with them."""
        orders, lines = steps.side("orders").frame, steps.side("lines").frame
        left = orders.filter(pl.col("aside").is_null()).select("key", "currency", pl.col("row").alias("left"))
        right = lines.filter(pl.col("aside").is_null() & pl.col("unit_key").is_not_null()).select(
            "key", "currency", pl.col("row").alias("right")
        )
        return left.join(right, on=["key", "currency"]).select(
            "left",
            "right",
            pl.lit("order number").alias("rule"),
            pl.lit(1.0).alias("score"),
            pl.lit("confirmed").alias("status"),
        )

    def parameters(self) -> dict[str, str]:
        """What decided the run beside what every reconciliation can be told, as text."""
        settings = self.settings
        return {
            "orders are due": str(settings.due),
            "refunds are due": str(settings.refund_due),
            "reserves are due": str(settings.reserve_due),
            "signed orders are completed after": f"{settings.confirm_days} days",
            **({"contract": "; ".join(map(str, settings.fees))} if settings.fees else {}),
        }


def _counted(lines: Side) -> pl.DataFrame:
    return lines.frame.filter(~pl.col("is_repeat"))


def _codes(sides: Sequence[Side], currency: str) -> list[str]:
    """All currencies in order; the book's own where there is nothing."""
    codes: list[str] = (
        pl.concat([side.frame["currency"].unique() for side in sides]).drop_nulls().unique().sort().to_list()
    )
    return codes or [currency]


def type_totals(lines: pl.DataFrame) -> dict[tuple[str, str], int]:
    """Sums of the lines by type and currency, and how many are unknown, which has to be none before closing.

    Args:
        lines: Lines with `kind` and `minor`.
    """
    rows = lines.filter(~pl.col("is_repeat"))
    sums = rows.group_by("type", "currency").agg(pl.col("minor").sum()).sort("type", "currency")
    totals = {(f"lines: {kind}", code): int(minor) for kind, code, minor in sums.iter_rows()}
    return {**totals, ("unknown lines", "rows"): int((rows["kind"] == "unknown").sum())}
