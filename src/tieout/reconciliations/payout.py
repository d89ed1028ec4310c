"""Payout: what platforms settled against what they paid out (`domain.md` 4.4, step 3).

A settlement is paid by one payout or several, and a payout may pay several settlements. They belong together by the settlements
that a payout names, else by number, else by a lone equal amount of the same shop within days, else by the one set of settlements
that sums to it.
"""

from datetime import date
from typing import ClassVar

import attrs
import polars as pl

from tieout.matching import Exact, Gate, Matcher, Near, Rule, Same, Subset
from tieout.matching._components import roots_of
from tieout.model import Payout as PayoutRecord
from tieout.model import Settlement
from tieout.outcome import CarryForward, Outcome
from tieout.reconciliations._common import concluding
from tieout.reconciliations._common.due import DueRule, DueRules, due_rules
from tieout.reconciliations._common.findings import findings_of
from tieout.reconciliations._common.naming import named_units
from tieout.reconciliations._common.scope import keyed_pairs, matched_rows, scope_expr, suggested_ids, unpaired
from tieout.reconciliations._common.settings import Settings, Takes
from tieout.reconciliations._common.sides import SCOPE, Role, Side, first_day, take
from tieout.reconciliations._common.units import by_pairs, judge, totals_of
from tieout.reconciliations._common.versions import DAYS_OF_PAYOUTS, latest, latest_payouts
from tieout.tables import FrameLike

__all__ = ["Payout"]

_KEYS = ("platform", "shop_id", "settlement_id", "payout_id")
_MISSING = "payout.missing"
_EXTRA = "payout.without_settlement"
_MISMATCH = "payout.amount_mismatch"
_CURRENCY = "payout.currency_mismatch"
_FAILED = "payout.failed_not_retried"
_NO_NET = "data.amount_missing"
_NO_NET_STATED = "no net stated"
_ALIKE = "same amount"
_NOTHING_MOVED = ("failed", "cancelled")
_SETTLED = (*SCOPE, "settlement_id")
_PAID = (*SCOPE, "payout_id")


@attrs.frozen(kw_only=True)
class Payout(Settings):
    """Reconcile settlements with the payouts that pay them.

    Attributes:
        due: When a settlement is to be paid out, counted from its last day, for all platforms or each.
        days: Most days between a settlement's last day and a payout that does not name it.
        max_size: Most settlements that such a payout may pay.
    """

    TYPES: ClassVar[tuple[str, ...]] = (_MISSING, _EXTRA, _MISMATCH, _CURRENCY, _FAILED, _NO_NET, concluding.DRIFT)
    TAKES: ClassVar[tuple[Takes, ...]] = (
        Takes("settlements", Settlement, needed=True),
        Takes("payouts", PayoutRecord, needed=True),
    )
    AFTER: ClassVar[tuple[str, ...]] = ("settlement",)

    due: DueRules = attrs.field(default=DueRules(DueRule(after=0, grace=3, patience=7)), converter=due_rules)
    days: int = 14
    max_size: int = 6

    def run(self, *, settlements: FrameLike, payouts: FrameLike, opening: CarryForward | None = None) -> Outcome:
        """Reconcile.

        Args:
            settlements: Settlements with their `net`, signed: positive is to be paid out.
            payouts: Payouts, signed as the platform's ledger has them: negative left its balance.
            opening: What the run before carried forward.

        Returns:
            The outcome; `lines` has one row per settlement with its payouts. Impacts are paid out - settled.

        Raises:
            InputError: A side is of another record, or lacks what its record needs.
        """
        on = first_day(("period_end", "period_start"), self.timezone)
        left = take("settlements", Settlement, settlements, role=Role.EXPECTED, key=_SETTLED, opening=opening, on=on)
        left = latest(left, (*_SETTLED, "net_minor", "currency"), ("period_end", "period_start"))
        left = left.weighed(on=on, minor=pl.col("net_minor"))
        left = left.with_columns(pl.col("reason").alias("aside"))
        left = left.put_aside(_NO_NET_STATED, pl.col("minor").is_null())
        on = first_day(DAYS_OF_PAYOUTS, self.timezone)
        right = take("payouts", PayoutRecord, payouts, role=Role.ACTUAL, key=_PAID, opening=opening, on=on)
        right = latest_payouts(right)
        right = right.weighed(on=on, minor=-pl.col("amount_minor"))
        right = right.with_columns(pl.col("reason").alias("aside"))
        for status in _NOTHING_MOVED:
            right = right.put_aside(status, pl.col("status") == status)
        return self._reconciled(left, right)

    def _reconciled(self, left: Side, right: Side) -> Outcome:
        pairs = self._pairs(left.compared, right.compared)
        failed = self._pairs(left.compared, right.frame.filter(pl.col("aside") == "failed"))
        failed = failed.filter(pl.col("status") == "confirmed")
        left, right = by_pairs(left, right, pairs.filter(pl.col("status") == "confirmed"))
        left, right = _with_kin(left, right, failed)
        as_of = concluding.last_day(self, (left, right))
        left, right = concluding.without_other_periods((left, right), self.period)
        units = self._stated(named_units(totals_of((left, right)), (left, right), _KEYS), as_of)
        findings = self._findings((left, right), units, pairs, failed)
        judged = judge((left, right), units, findings, remainder=_MISMATCH, keys=_KEYS, off=self.switched_off)
        parameters = {"payouts are due": str(self.due)}
        return concluding.conclude(
            "payout", self, judged, as_of=as_of, pairs=pairs, keys=_KEYS, parameters=parameters, done=_NOTHING_MOVED
        )

    def _pairs(self, left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
        """Settlements with their payouts: by what a payout names, by number, and where it names nothing by amount and day."""
        pairs = keyed_pairs(left, _named(right), ("settlement_id", "currency"), rule="settlement named")
        nameless = right.filter(pl.col("settlement_ids").list.len() == 0)
        by_number = nameless.with_columns(pl.col("payout_id").alias("settlement_id"))
        pairs = pl.concat([pairs, keyed_pairs(left, by_number, ("settlement_id", "currency"), rule="same number")])
        return pl.concat([pairs, self._by_amount(unpaired(left, pairs, "left"), unpaired(nameless, pairs, "right"))])

    def _by_amount(self, left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
        gates: list[Gate] = [Same("scope"), Same("currency"), Near("on", after=self.days, before=1)]
        matcher = Matcher(
            [
                Rule(_ALIKE, on=[Exact("minor")], given=gates),
                Rule("sum of settlements", on=[Subset("minor", max_size=self.max_size)], given=gates, pairing="n:1"),
            ]
        )
        frames = [side.select("row", scope_expr(), "currency", "minor", "on") for side in (left, right)]
        pairs = _by_one_of_several(matched_rows(matcher, *frames), left, right)
        return pl.concat(
            [pairs, self._within_tolerance(unpaired(left, pairs, "left"), unpaired(right, pairs, "right"))]
        )

    def _within_tolerance(self, left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
        """Pairs of amounts that differ by no more than the tolerance, where neither has another partner."""
        key = ["scope", "currency"]
        ours, theirs = (side.select("row", scope_expr(), "currency", "minor", "on") for side in (left, right))
        allowed = self.tolerances.allowed_expr("line", pl.col("minor"), currency=pl.col("currency"))
        days = (pl.col("on_right") - pl.col("on")).dt.total_days()
        near = ours.join(theirs, on=key, suffix="_right").filter(
            days.is_between(-1, self.days), (pl.col("minor_right") - pl.col("minor")).abs() <= allowed
        )
        lone = near.filter((pl.len().over("row") == 1) & (pl.len().over("row_right") == 1))
        return lone.select(
            pl.col("row").alias("left"),
            pl.col("row_right").alias("right"),
            pl.lit("amount within tolerance").alias("rule"),
            pl.lit(0.9).alias("score"),
            pl.lit("confirmed").alias("status"),
        ).sort("left")

    def _stated(self, units: pl.DataFrame, as_of: date) -> pl.DataFrame:
        """Units with `state`, `due_on` and what the tolerance allows; nothing is due where nothing is to be paid."""
        waits = (pl.col("actual_rows") == 0) & (pl.col("expected_rows") > 0)
        nothing_due = pl.when(pl.col("expected_minor") <= 0).then(pl.lit("not_due"))
        state = nothing_due.otherwise(self.due.state_expr(pl.col("on"), pl.col("platform"), as_of))
        allowed = self.tolerances.allowed_expr("line", pl.col("expected_minor"), currency=pl.col("currency"))
        return units.with_columns(
            pl.when(waits).then(state).alias("state"),
            pl.when(waits).then(self.due.due_expr(pl.col("on"), pl.col("platform"))).alias("due_on"),
            allowed.alias("allowed_minor"),
        )

    def _findings(
        self, sides: tuple[Side, ...], units: pl.DataFrame, pairs: pl.DataFrame, failed: pl.DataFrame
    ) -> pl.DataFrame:
        left, right = sides
        failing = left.frame.filter(pl.col("row").is_in(failed["left"].implode()))["unit"].implode()
        foreign = _in_other_currency(left.compared, right.compared)
        hints = pl.concat(
            [
                left.frame.select("row", "unit").join(
                    suggested_ids(right.frame, pairs, "right", "payout_id"), on="row"
                ),
                right.frame.select("row", "unit").join(
                    suggested_ids(left.frame, pairs, "left", "settlement_id"), on="row"
                ),
            ]
        ).unique("unit", keep="first", maintain_order=True)
        alone = units.join(hints.select("unit", "suggested"), on="unit", how="left", maintain_order="left").filter(
            (pl.col("expected_rows") == 0) | (pl.col("actual_rows") == 0)
        )
        kind = (
            pl.when(pl.col("unit").is_in(foreign.implode()))
            .then(pl.lit(_CURRENCY))
            .when(pl.col("expected_rows") == 0)
            .then(pl.lit(_EXTRA))
            .when(pl.col("unit").is_in(failing))
            .then(pl.lit(_FAILED))
            .when(pl.col("state").is_in(["late", "missing"]))
            .then(pl.lit(_MISSING))
        )
        found = alone.with_columns(kind.alias("kind"), pl.col("state").alias("factor")).filter(
            pl.col("kind").is_not_null()
        )
        no_net = left.frame.filter(pl.col("aside") == _NO_NET_STATED)
        return pl.concat(
            [
                findings_of(found, pl.col("kind"), keys=_KEYS, evidence=["state", "due_on", "suggested"]),
                findings_of(no_net, _NO_NET, keys=_SETTLED, evidence=["on"], note=True),
            ]
        )


def _named(payouts: pl.DataFrame) -> pl.DataFrame:
    """Payouts once for each settlement that they name."""
    names = pl.col("settlement_ids").list.unique(maintain_order=True).alias("settlement_id")
    return payouts.with_columns(names).explode("settlement_id", empty_as_null=True)


def _by_one_of_several(pairs: pl.DataFrame, settlements: pl.DataFrame, payouts: pl.DataFrame) -> pl.DataFrame:
    """The pairs; where more payouts of one day and amount than settlements are suggested, these are paid, whichever it was by."""
    open_ = pairs.filter((pl.col("status") == "suggested") & (pl.col("rule") == _ALIKE))
    roots = open_.with_columns(roots_of(open_["left"], open_["right"]).alias("root"))
    ours = settlements.select(pl.col("row").alias("left"), pl.col("on").alias("ended_on"), "settlement_id")
    theirs = payouts.select(pl.col("row").alias("right"), "on", "payout_id")
    known = roots.join(ours, on="left").join(theirs, on="right")
    size = [pl.col(end).n_unique().over("root") for end in ("left", "right")]
    is_one_day = (pl.col("on").n_unique().over("root") == 1) & (pl.len().over("root") == size[0] * size[1])
    sure = known.filter((size[0] < size[1]) & is_one_day)
    place = [
        pl.struct(name, end).rank("dense").over("root").alias(f"place_{end}")
        for name, end in (("settlement_id", "left"), ("payout_id", "right"))
    ]
    taken = sure.with_columns(place).filter(pl.col("place_left") == pl.col("place_right")).select("left", "right")
    said = pairs.join(taken.with_columns(pl.lit(value=True).alias("is_taken")), on=["left", "right"], how="left")
    said = said.with_columns(pl.when("is_taken").then(pl.lit("confirmed")).otherwise("status").alias("status"))
    both = pl.all_horizontal(pl.col(end).is_in(taken[end].implode()) for end in ("left", "right"))
    rest = said.filter((pl.col("status") == "confirmed") | ~both)
    return rest.select(pairs.columns).sort("left", "right", "rule")


def _with_kin(settlements: Side, payouts: Side, failed: pl.DataFrame) -> tuple[Side, Side]:
    """Sides with `kin`, so that a payout that failed is remembered as long as the settlement that it was to pay."""
    units = settlements.frame.select(pl.col("row").alias("left"), pl.col("unit").alias("tried"))
    tried = failed.join(units, on="left").group_by(pl.col("right").alias("row")).agg(pl.col("tried").min())
    frame = payouts.frame.join(tried, on="row", how="left", maintain_order="left")
    kin = pl.coalesce("tried", "unit").alias("kin")
    return settlements.with_columns(pl.col("unit").alias("kin")), payouts.with_frame(frame).with_columns(kin)


def _in_other_currency(left: pl.DataFrame, right: pl.DataFrame) -> pl.Series:
    """Units of settlements and of payouts that name them, in another currency."""
    pairs = keyed_pairs(left, _named(right), ("settlement_id",), rule="settlement named")
    both = (
        pairs.join(left.select(pl.col("row").alias("left"), pl.col("unit"), "currency"), on="left")
        .join(right.select(pl.col("row").alias("right"), pl.col("unit"), "currency"), on="right", suffix="_right")
        .filter(pl.col("currency") != pl.col("currency_right"))
    )
    return pl.concat([both["unit"], both["unit_right"]]).unique()
