"""Receipts: what platforms paid out against what the bank received (`domain.md` 4.4, steps 4 and 5).

A payout and a bank line belong together where the line's text names the payout; else where amount, currency, days and the name of
the other side agree; else where several of them sum up in only one way. Converted payouts may differ by the tolerance of a rate,
all others by nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import ClassVar

import attrs
import polars as pl

from tieout.errors import InputError
from tieout.matching._components import roots_of
from tieout.model import BankTransaction
from tieout.model import Payout as PayoutRecord
from tieout.model.currency import exponent
from tieout.outcome import CarryForward, Outcome
from tieout.proof import Proof
from tieout.reconciliations._common import concluding
from tieout.reconciliations._common.due import DueRule, DueRules, due_rules
from tieout.reconciliations._common.naming import named_units
from tieout.reconciliations._common.periods import Period
from tieout.reconciliations._common.settings import Settings, Takes
from tieout.reconciliations._common.sides import SCOPE, Role, Side, first_day, take
from tieout.reconciliations._common.units import Judged, by_pairs, judge, totals_of
from tieout.reconciliations._common.versions import DAYS_OF_PAYOUTS, LISTED_TWICE, latest_payouts
from tieout.reconciliations._receipts import findings as found
from tieout.reconciliations._receipts.expected import NOTHING_MOVED, arriving
from tieout.reconciliations._receipts.facts import booked_lines, build_events, events_check
from tieout.reconciliations._receipts.pairing import Pairing, Terms, pair_receipts
from tieout.reconciliations._receipts.payers import aliases_of, with_payers
from tieout.tables import FrameLike

__all__ = ["Receipts"]

_KEYS = ("book_id", "platform", "shop_id", "payout_id", "account", "bank_ref")
_PAID = (*SCOPE, "payout_id")
_BOOKED = ("book_id", "booked_on")
_VAGUE = "what it brings is not said"
_OUTGOING = "outgoing payment"
_OTHERS = "no platform's"
_NOTHING = "no amount"
_KINDS_ASIDE = ("bank charge", "interest", "own transfer")


@attrs.frozen(kw_only=True)
class Receipts(Settings):
    """Reconcile payouts with the receipts of the bank.

    Attributes:
        due: When a payout is to arrive, counted from the day that it says, for all platforms or each. It may arrive by amount on
            any day up to the first on which it is late.
        aliases: Names under which the money of a platform arrives, by platform; each takes the place of those in the table
            `payers.toml`. A payout of a platform without any is found by its number only.
        every_receipt: Whether money in of any payer is a receipt to be explained; else only that of known ones.
        charges: Smallest units that the bank keeps of a receipt of converted money, by the bank's currency; what a bank's text
            states goes before it.
        early_days: Days before a payout in which the bank may book it, for banks in another time zone.
        max_size: Most payouts in one deposit, or receipts of one payout, that are searched for.
    """

    TYPES: ClassVar[tuple[str, ...]] = (
        found.MISSING,
        found.UNKNOWN,
        found.MISMATCH,
        found.DUPLICATE,
        found.RETURNED,
        found.CHARGE,
        found.CURRENCY,
        found.RATE,
        found.NO_AMOUNT,
        found.NO_CURRENCY,
        concluding.DRIFT,
    )
    TAKES: ClassVar[tuple[Takes, ...]] = (
        Takes("payouts", PayoutRecord, needed=True),
        Takes("bank", BankTransaction, needed=True),
    )
    AFTER: ClassVar[tuple[str, ...]] = ("payout",)

    due: DueRules = attrs.field(
        default=DueRules(DueRule(after=0, grace=5, patience=10, business=True)), converter=due_rules
    )
    aliases: Mapping[str, Sequence[str]] = attrs.field(factory=dict, converter=aliases_of)
    every_receipt: bool = False
    charges: Mapping[str, int] = attrs.field(factory=dict, converter=dict)
    early_days: int = 0
    max_size: int = 8

    def __attrs_post_init__(self) -> None:
        Settings.__attrs_post_init__(self)
        for code, charge in self.charges.items():
            exponent(code)
            if type(charge) is not int or charge < 0:
                raise InputError(f"whole smallest units are needed for {code!r}, got {charge!r}", where="charges")
        if self.early_days < 0:
            raise InputError(f"days are not negative, got {self.early_days}", where="early_days")

    def run(self, *, payouts: FrameLike, bank: FrameLike, opening: CarryForward | None = None) -> Outcome:
        """Reconcile.

        Args:
            payouts: Payouts, signed as the platform's ledger has them: negative left its balance.
            bank: Lines of the bank, signed: positive was received. Lines that are no receipts are set aside.
            opening: What the run before carried forward.

        Returns:
            The outcome; `lines` has one row per payout with its receipts, and what the bank kept of it. Impacts are
            received - paid out, in the bank's currency.

        Raises:
            InputError: A side is of another record, or lacks what its record needs.
        """
        left, right = self._taken(payouts, bank, opening)
        return self._reconciled(left, right, self._before(opening))

    def _taken(self, payouts: FrameLike, bank: FrameLike, opening: CarryForward | None) -> tuple[Side, Side]:
        """Payouts as they should arrive, and lines of the bank with what each is, with what was carried in."""
        on = first_day(DAYS_OF_PAYOUTS, self.timezone)
        left = take("payouts", PayoutRecord, payouts, role=Role.EXPECTED, key=_PAID, opening=opening, on=on)
        left = arriving(latest_payouts(left), currency=self.currency, timezone=self.timezone, due=self.due)
        left = left.with_frame(_with_new(left.frame, opening)).with_columns(pl.col("reason").alias("aside"))
        left = left.put_aside(_VAGUE, pl.col("minor").is_null())
        right = take(
            "bank",
            BankTransaction,
            bank,
            role=Role.ACTUAL,
            key=_BOOKED,
            opening=opening,
            identity=_number_of_line(),
            on=pl.col("booked_on"),
        )
        right = right.weighed(on=pl.col("booked_on"), minor=pl.col("amount_minor"))
        right = right.with_frame(with_payers(_with_known(right.frame, opening), self.aliases))
        right = right.put_aside(LISTED_TWICE, pl.col("is_repeat"))
        right = right.with_columns(_number_of_line().alias("number"))
        return left, right.with_columns((pl.col("minor") + self._charge()).alias("gross_minor"))

    def _before(self, opening: CarryForward | None) -> pl.DataFrame | None:
        """What the run before booked of lines, as `booked_lines`, by what it knew; None where that is not known."""
        if opening is None or opening.opens_on is None:
            return None
        sides = self._taken(None, None, CarryForward(sides=opening.sides))
        left, right = (side.with_columns(pl.lit(value=False).alias("is_opening")) for side in sides)
        right = right.with_columns(pl.lit(value=False).alias("is_known"))
        judged, _ = self._judged(left, right, None, opening.opens_on - timedelta(days=1))
        return booked_lines(judged, every_receipt=self.every_receipt)

    def _terms(self) -> Terms:
        return Terms(tolerances=self.tolerances, early_days=self.early_days, max_size=self.max_size)

    def _charge(self) -> pl.Expr:
        """What the bank kept of a receipt of converted money, as its text says or the caller knows."""
        known = pl.lit(0, dtype=pl.Int64)
        for code, charge in self.charges.items():
            known = pl.when(pl.col("currency") == code).then(charge).otherwise(known)
        return pl.coalesce("stated_charge_minor", pl.when(pl.col("minor") > 0).then(known).otherwise(0))

    def _judged(self, left: Side, right: Side, period: Period | None, as_of: date) -> tuple[Judged, Pairing]:
        """Payouts and lines with their verdicts, and what belongs together."""
        pairing = pair_receipts(left.compared, right.compared, self._terms())
        sure = pairing.pairs.filter(pl.col("status") == "confirmed")
        left, right = self._without_others(left, right, pairing)
        left, right = by_pairs(left, right, sure)
        left, right = _with_kin(left, self._kept(left, right))
        left, right = concluding.without_other_periods((left, right), period)
        units = named_units(totals_of((left, right)), (left, right), _KEYS)
        units = self._stated(found.with_facts(units, left.compared, right.compared), left, as_of)
        told = found.unit_findings((left, right), units, pairing.pairs, pairing.foreign, _KEYS)
        notes = found.amount_notes(left, _VAGUE, self._allowed(pl.col("brings_minor")))
        findings = pl.concat([told, notes])
        judged = judge((left, right), units, findings, remainder=found.MISMATCH, keys=_KEYS, off=self.switched_off)
        return judged, pairing

    def _reconciled(self, left: Side, right: Side, before: pl.DataFrame | None) -> Outcome:
        as_of = concluding.last_day(self, (left, right))
        judged, pairing = self._judged(left, right, self.period, as_of)
        events, split = build_events(judged, before, as_of=as_of, every_receipt=self.every_receipt)
        outcome = concluding.conclude(
            "receipts",
            self,
            judged,
            as_of=as_of,
            pairs=pairing.pairs,
            keys=_KEYS,
            parameters=self._said(),
            events=events,
            done=(_NOTHING, *NOTHING_MOVED, *_KINDS_ASIDE, _OUTGOING, _OTHERS),
            lines=judged.units.select(
                "unit", *_KEYS, "on", "currency", "expected_minor", "actual_minor", "gap_minor", "charge_minor",
                "absorbed_minor", "verdict",
            ),
        )  # fmt: skip
        return attrs.evolve(outcome, proof=Proof([*outcome.proof.checks, *events_check(events, split)]))

    def _said(self) -> dict[str, str]:
        kept = ", ".join(f"{charge} {code}" for code, charge in sorted(self.charges.items()))
        return {
            "payouts are due": str(self.due),
            "receipts to explain": "all" if self.every_receipt else "of known payers",
            **({"charges of the bank, smallest units": kept} if kept else {}),
        }

    def _without_others(self, left: Side, right: Side, pairing: Pairing) -> tuple[Side, Side]:
        """Sides without payouts that moved nothing and lines that are nobody's receipt, each for a reason."""
        alone = [
            ~pl.col("row").is_in(pairing.pairs.filter(pl.col("status") == "confirmed")[end].implode())
            & ~pl.col("row").is_in(pairing.foreign[end].implode())
            for end in ("left", "right")
        ]
        for status in NOTHING_MOVED:
            left = left.put_aside(status, alone[0] & (pl.col("status") == status))
        kind, is_in = pl.col("kind"), pl.col("minor") > 0
        right = right.put_aside(_NOTHING, alone[1] & (pl.col("minor") == 0))
        for word in _KINDS_ASIDE:
            right = right.put_aside(word, alone[1] & (kind == word) & ~(is_in & (kind == "bank charge")))
        is_back = pl.col("row").is_in(pairing.went_back.implode())
        right = right.put_aside(_OUTGOING, alone[1] & ~is_in & ~is_back)
        if not self.every_receipt:
            right = right.put_aside(_OTHERS, alone[1] & (pl.col("payers").list.len() == 0) & ~is_back)
        return left, right

    def _kept(self, left: Side, right: Side) -> Side:
        """Lines with `kept_minor`: what the bank kept, by its text, by a line of its own, or as the caller knows it."""
        converted = left.compared.filter("is_converted")["unit"].unique()
        is_converted = pl.col("unit").is_in(converted.implode())
        own_line = (pl.col("kind") == "bank charge") & (pl.col("minor") < 0)
        stated = pl.when(is_converted).then(self._charge()).otherwise(pl.col("stated_charge_minor").fill_null(0))
        return right.with_columns(pl.when(own_line).then(-pl.col("minor")).otherwise(stated).alias("kept_minor"))

    def _allowed(self, amount: pl.Expr) -> pl.Expr:
        return self.tolerances.allowed_expr("fx", amount, currency=pl.col("currency"))

    def _stated(self, units: pl.DataFrame, left: Side, as_of: date) -> pl.DataFrame:
        """Units with `state`, `due_on`, and what the tolerance allows: nothing but for converted money."""
        days = left.compared.group_by("unit").agg(pl.col("expected_on").max())
        units = units.join(days, on="unit", how="left", maintain_order="left")
        waits = (pl.col("actual_rows") == 0) & (pl.col("expected_rows") > 0)
        nothing_due = pl.when(pl.col("expected_minor") == 0).then(pl.lit("not_due"))
        start, platform = pl.col("expected_on"), pl.col("platform")
        is_converted = pl.col("converted_minor") != 0
        return units.with_columns(
            pl.when(waits).then(nothing_due.otherwise(self.due.state_expr(start, platform, as_of))).alias("state"),
            pl.when(waits).then(self.due.due_expr(start, platform)).alias("due_on"),
            pl.when(is_converted).then(self._allowed(pl.col("converted_minor"))).otherwise(0).alias("allowed_minor"),
        )


def _with_kin(payouts: Side, bank: Side) -> tuple[Side, Side]:
    """Sides with `kin`: lines that are alike are remembered together, so that a repeat is known for one."""
    often = bank.compared.filter(pl.len().over(found.ALIKE) > 1)
    alike = often.select("unit", pl.struct(found.ALIKE).rank("dense").alias("said"))
    roots = alike.select("unit", roots_of(alike["unit"], alike["said"]).alias("root")).unique(
        "unit", keep="first", maintain_order=True
    )
    kin = pl.coalesce("root", "unit").alias("kin")
    sides = (
        side.with_frame(side.frame.join(roots, on="unit", how="left", maintain_order="left"))
        for side in (payouts, bank)
    )
    left, right = (side.with_columns(kin) for side in sides)
    return left, right


def _number_of_line() -> pl.Expr:
    """What names a line on its day: its number in its account, or with its amount where no account is said.

    One without a number is named by all that it says, and as which of those that say the same.
    """
    amount = pl.concat_str(["currency", "amount_minor"], separator=" ", ignore_nulls=True)
    numbered = pl.concat_str([pl.coalesce("account", amount), "bank_ref"], separator="\x1f")
    nth = pl.int_range(pl.len()).over(
        *_BOOKED, "account", "bank_ref", "currency", "amount_minor", "memo", "counterparty"
    )
    texts = [pl.col(name).fill_null("") for name in ("account", "memo", "counterparty")]
    said = pl.concat_str([amount, *texts, nth.cast(pl.String)], separator="\x1e")
    return pl.coalesce(numbered, said)


def _with_new(payouts: pl.DataFrame, opening: CarryForward | None) -> pl.DataFrame:
    """Payouts with `is_new`: no run before this one knew them."""
    if opening is None:
        return payouts.with_columns(is_new=~pl.col("is_opening"))
    before = opening.side("payouts", PayoutRecord).select(_PAID).unique().with_columns(was_known=pl.lit(value=True))
    known = payouts.join(before, on=list(_PAID), how="left", nulls_equal=True, maintain_order="left")
    return known.with_columns((~pl.col("was_known").fill_null(value=False)).alias("is_new")).drop("was_known")


def _with_known(lines: pl.DataFrame, opening: CarryForward | None) -> pl.DataFrame:
    """Lines with `is_known`: a run before this one had it, also where the statement of this one lists it again."""
    if opening is None:
        return lines.with_columns(is_known=pl.col("is_opening"))
    key = [*_BOOKED, "number", "amount_minor", "currency"]
    numbered = lines.with_columns(_number_of_line().alias("number"))
    before = opening.side("bank", BankTransaction).with_columns(_number_of_line().alias("number"))
    before = before.drop_nulls("number").select(key).unique().with_columns(was_known=pl.lit(value=True))
    known = numbered.join(before, on=key, how="left", nulls_equal=True, maintain_order="left")
    is_known = pl.col("is_opening") | pl.col("was_known").fill_null(value=False)
    return known.with_columns(is_known.alias("is_known")).drop("was_known", "number")
