"""StockCount: book stock rolled forward against what was counted (`domain.md` 5.3, C17, C20).

The book of an article in a warehouse begins with the last approved count and moves with every movement up to the moment of the
next one. Without an earlier count, it is what the sheet states.
"""

from datetime import timedelta
from decimal import Decimal
from typing import ClassVar

import attrs
import polars as pl

from tieout.errors import InputError
from tieout.model import StockCount as StockCountRecord
from tieout.model import StockMovement
from tieout.money.profile import Allowance
from tieout.outcome import CarryForward, Outcome
from tieout.proof import Check, Proof
from tieout.reconciliations._common import concluding
from tieout.reconciliations._common.movements import take_movements
from tieout.reconciliations._common.naming import named_units
from tieout.reconciliations._common.settings import Settings, Takes
from tieout.reconciliations._common.sides import Role, Side, local_day, parts_of, take
from tieout.reconciliations._common.units import Judged, judge, pieces_check, totals_of
from tieout.reconciliations._stock_count import checking
from tieout.reconciliations._stock_count.facts import (
    approved_lines,
    carried_sides,
    count_events,
    events_check,
    with_earlier_approval,
)
from tieout.reconciliations._stock_count.rolling import SHEET, Rolled, roll, with_quantities
from tieout.reconciliations._stock_count.valuing import with_values
from tieout.tables import FrameLike

__all__ = ["StockCount"]

_RECOUNT_ABOVE = Allowance(units=2, share=Decimal("0.01"))  # domain.md 5.3: more than 2 pieces and more than 1 %


def _two_or_more(_: object, __: "attrs.Attribute[int]", value: int) -> None:
    if value <= 1:
        raise InputError(f"a drift needs two counts or more, got {value}", where="drift_counts")


@attrs.frozen(kw_only=True)
class StockCount(Settings):
    """Reconcile the book stock with what was counted.

    Attributes:
        full: Whether each sheet lists all that its warehouse holds: articles that the book has and a sheet lacks are named, and
            an article that is new on a sheet begins at nothing.
        recount_above: Largest difference that needs no second count, in pieces, or as a share of the book.
        drift_counts: How many counts in a row that differ in one direction make a drift.
    """

    TYPES: ClassVar[tuple[str, ...]] = checking.TYPES
    TAKES: ClassVar[tuple[Takes, ...]] = (
        Takes("counts", StockCountRecord, needed=True),
        Takes("movements", StockMovement),
        Takes("previous", StockCountRecord, role="previous"),
    )
    AFTER: ClassVar[tuple[str, ...]] = ("inbound", "outbound", "returns")

    full: bool = False
    recount_above: Allowance = _RECOUNT_ABOVE
    drift_counts: int = attrs.field(default=3, validator=_two_or_more)

    def run(
        self,
        *,
        counts: FrameLike,
        movements: FrameLike = None,
        previous: FrameLike = None,
        opening: CarryForward | None = None,
    ) -> Outcome:
        """Reconcile.

        Args:
            counts: Counts with their lines.
            movements: Movements of stock, signed: in is positive, out is negative; None where they are not known, so that the
                book is what each sheet states.
            previous: Earlier counts, from the approved ones of which the book is rolled forward.
            opening: What the run before carried forward.

        Returns:
            The outcome; `lines` has one row per compared line of a sheet. Impacts are counted - book at the line's cost.

        Raises:
            InputError: A side is of another record, or lacks what its record needs.
        """
        on = local_day("as_of", self.timezone)
        sheets = take("counts", StockCountRecord, counts, role=Role.ACTUAL, key=SHEET, opening=opening, on=on)
        sheets = with_earlier_approval(sheets, opening)
        before = take("previous", StockCountRecord, previous, role=Role.EVIDENCE, key=SHEET, opening=opening, on=on)
        on = local_day("occurred_at", self.timezone)
        moves = take_movements(movements, opening, role=Role.EVIDENCE, on=on)
        lines, earlier = (with_quantities(side.by_line("lines")) for side in (sheets, before))
        has_moves = movements is not None or moves.carried > 0
        rolled = roll(lines, earlier, moves, full=self.full, has_moves=has_moves)
        return self._reconciled((sheets, before, moves), with_values(lines, rolled.lines), earlier, rolled)

    def _reconciled(self, taken: tuple[Side, Side, Side], counted: Side, earlier: Side, rolled: Rolled) -> Outcome:
        on = local_day("as_of", self.timezone)
        fit = pl.col("unfit").alias("aside")
        counted = counted.with_columns(pl.col("row").alias("unit"))
        book = attrs.evolve(counted, name="book", role=Role.EXPECTED).weighed(
            on=on, minor=pl.col("expected_value"), pieces=pl.col("expected")
        )
        counts = counted.weighed(on=on, minor=pl.col("actual_value"), pieces=pl.col("actual")).with_columns(fit)
        as_of = concluding.last_day(self, (counts,))
        book, counts = concluding.without_other_periods((book.with_columns(fit), counts), self.period)
        sides = (book, counts, self._moves(taken[2], rolled, counts), self._before(earlier, counts))
        lines = counts.compared.with_columns(local_day("opened_at", self.timezone).alias("opened_on"))
        findings = self._findings(lines, sides, rolled)
        units = self._units(sides)
        judged = judge(sides, units, findings, remainder=checking.BREAK, keys=checking.KEYS, off=self.switched_off)
        approved = approved_lines(lines)
        events = count_events(approved)
        outcome = concluding.conclude(
            "stock_count",
            self,
            judged,
            as_of=as_of,
            pairs=_pairs(lines),
            keys=checking.KEYS,
            parameters=self._parameters(),
            events=events,
            lines=_shown(judged, lines),
            carried=carried_sides(
                counts=taken[0],
                earlier=taken[1],
                moves=taken[2],
                lines=judged.sides[1].frame,
                rolled=rolled.lines,
                since=as_of - timedelta(days=self.memory_days),
                period=self.period,
            ),
        )
        money = pl.concat([findings, judged.findings.clear()]).filter(
            pl.col("type").is_in([checking.GAIN, checking.LOSS])
        )
        proof = Proof([*outcome.proof.checks, _rolling_check(rolled), *events_check(events, approved, money)])
        return attrs.evolve(outcome, proof=proof)

    def _moves(self, moves: Side, rolled: Rolled, counts: Side) -> Side:
        """Movements with the line that they are rolled into, or the reason that they are rolled into none."""
        known = rolled.moves.select("row", "why", pl.col("line_row").alias("unit"))
        passed = counts.frame.filter(pl.col("aside").is_not_null()).select("unit", pl.col("aside").alias("passed"))
        weighed = moves.weighed(
            on=local_day("occurred_at", self.timezone), pieces=pl.col("quantity"), currency="no currency"
        )
        joined = weighed.frame.join(known, on="row", how="left", maintain_order="left").with_columns(
            pl.when(pl.col("why").is_null()).then("unit").alias("unit")
        )
        frame = joined.join(passed, on="unit", how="left", maintain_order="left")
        return weighed.with_frame(frame.with_columns(pl.coalesce("why", "passed").alias("aside")))

    def _before(self, earlier: Side, counts: Side) -> Side:
        """Lines of earlier counts, none of which is compared again."""
        again = earlier.frame.join(counts.frame.select(SHEET), on=list(SHEET), how="semi", nulls_equal=True)
        why = (
            pl.when(pl.col("row").is_in(again["row"].implode()))
            .then(pl.lit("given as a count"))
            .when(pl.col("unfit").is_not_null())
            .then("unfit")
            .when(pl.col("status") == "approved")
            .then(pl.lit("earlier count"))
            .otherwise(pl.lit("earlier count, not approved"))
        )
        weighed = earlier.weighed(on=local_day("as_of", self.timezone), pieces=pl.col("actual"))
        return weighed.with_columns(why.alias("aside"), pl.lit(None, dtype=pl.Int64).alias("unit"))

    def _findings(self, lines: pl.DataFrame, sides: tuple[Side, ...], rolled: Rolled) -> pl.DataFrame:
        _, counts, moves, _ = sides
        parts = [
            checking.differences(lines),
            checking.notes(lines, self.recount_above),
            checking.swaps(lines),
            checking.unfit_lines(counts),
            checking.negative_stock(lines, rolled, self.timezone),
            checking.drifts(lines, rolled, counts_min=self.drift_counts, timezone=self.timezone),
            checking.doubtful_moves(moves),
        ]
        return pl.concat([*parts, checking.unlisted(counts, rolled)] if self.full else parts)

    def _units(self, sides: tuple[Side, ...]) -> pl.DataFrame:
        """Units without anything that waits, and without a tolerance: pieces are whole, and their value follows."""
        book, counts, *_ = sides
        return named_units(totals_of(sides), (book, counts), checking.KEYS).with_columns(
            pl.lit(None, dtype=pl.String).alias("state"),
            pl.lit(None, dtype=pl.Date).alias("due_on"),
            pl.lit(0, dtype=pl.Int64).alias("allowed_minor"),
        )

    def _parameters(self) -> dict[str, str]:
        return {
            "sheets list": "all that is there" if self.full else "what was counted",
            "no second count up to": f"{self.recount_above.units} pieces or {self.recount_above.share:f} of the book",
            "a drift is": f"{self.drift_counts} counts in one direction",
        }


def _pairs(lines: pl.DataFrame) -> pl.DataFrame:
    """Each compared line of the book with what was counted."""
    return lines.select(
        pl.col("row").alias("left"),
        pl.col("row").alias("right"),
        pl.lit("line of the sheet").alias("rule"),
        pl.lit(1.0).alias("score"),
        pl.lit("confirmed").alias("status"),
    )


def _shown(judged: Judged, lines: pl.DataFrame) -> pl.DataFrame:
    """One row per compared line: from what the book began with to what was counted."""
    units = judged.units.select("unit", "expected_minor", "actual_minor", "gap_minor", "verdict")
    shown = ["unit", *checking.KEYS, "on", "status", "opening", "moved", "rolled", "stated", "actual"]
    return lines.select(*shown, "currency", pl.col("cost_minor").alias("unit_cost_minor")).join(
        units, on="unit", how="left", maintain_order="left"
    )


def _rolling_check(rolled: Rolled) -> Check:
    """That no movement was lost or rolled twice on its way into the book."""
    lines = rolled.lines.filter((pl.col("side") == "counts") & pl.col("rolled").is_not_null())
    sums = lines.select(
        parts_of(pl.col("rolled")).sum().alias("rolled"), parts_of(pl.col("start")).sum().alias("start")
    )
    moved = rolled.moves.filter(pl.col("why").is_null()).select(parts_of(pl.col("quantity")).sum()).item()
    total, start = (int(value) for value in sums.row(0))
    return pieces_check("book", "pieces rolled forward", total, {"before": start, "moved": int(moved)})
