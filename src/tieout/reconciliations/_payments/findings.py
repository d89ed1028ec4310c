"""What does not agree between orders, payments and the bills of channels."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

import attrs
import polars as pl

from tieout.reconciliations._common.channel_words import PAYMENT
from tieout.reconciliations._common.findings import findings_of
from tieout.reconciliations._common.scope import suggested_ids
from tieout.reconciliations._common.sides import Side
from tieout.reconciliations._payments.orders import IMPLIED
from tieout.reconciliations._payments.paired import Paired
from tieout.reconciliations._payments.pairing import damaged_ids

__all__ = ["AMOUNT", "KEYS", "TYPES", "Finder", "Limits"]

KEYS: Final = (
    "platform",
    "shop_id",
    "platform_order_id",
    "merchant_order_no",
    "channel",
    "payment_id",
    "channel_txn_id",
    "refund_id",
    "channel_refund_id",
)
AMOUNT: Final = "channel.amount_mismatch"
_ORDER: Final = "order.payment_mismatch"
_NO_ORDER: Final = "order.payment_without_order"
_BALANCE: Final = "order.balance_unpaid"
_UNKNOWN: Final = "channel.paid_not_in_orders"
_MISSING: Final = "channel.order_paid_not_in_channel"
_CURRENCY: Final = "channel.currency_mismatch"
_STATUS: Final = "channel.status_mismatch"
_TWICE: Final = "channel.duplicate_payment"
_FEE: Final = "channel.fee_mismatch"
_PERIOD: Final = "channel.period_mismatch"
_BILLS: Final = "channel.bills_disagree"
_REFUND_MISSING: Final = "channel.refund_missing"
_REFUND_UNKNOWN: Final = "channel.refund_unknown"
_NO_AMOUNT: Final = "data.amount_missing"
_NEGATIVE: Final = "data.amount_negative"
_LOST: Final = "data.id_precision_lost"
TYPES: Final = (
    _ORDER,
    _NO_ORDER,
    _BALANCE,
    _UNKNOWN,
    _MISSING,
    AMOUNT,
    _CURRENCY,
    _STATUS,
    _TWICE,
    _FEE,
    _PERIOD,
    _BILLS,
    _REFUND_MISSING,
    _REFUND_UNKNOWN,
    _NO_AMOUNT,
    _NEGATIVE,
    _LOST,
)
_REFERENCE: Final = pl.coalesce(
    "platform_order_id",
    "merchant_order_no",
    "payment_id",
    "refund_id",
    "channel_txn_id",
    "channel_refund_id",
    pl.lit("-"),
).alias("reference")
_OPEN: Final = ("late", "missing")
_ZH: Final = {
    "paid": "已支付",
    "unpaid": "未支付",
    "closed": "已关闭",
    "cash on delivery": "货到付款",
    "open": "未关闭",
}
"""Words of ours in Chinese; what a source says stays as it is."""


@attrs.frozen(kw_only=True)
class Limits:
    """Days that findings go by, as `Payments` has them."""

    days: int
    refund_days: int
    balance_days: int


@attrs.frozen(kw_only=True)
class Finder:
    """Finds what does not agree.

    Attributes:
        sides: Orders, payments of orders, payments, refunds, rows of bills, fees by contract, fees charged; each with `unit`.
        units: Units with `what`, `state` and what the tolerance allows.
        paired: The pairs.
        as_of: Day of the run.
        settings: The days that findings go by.
    """

    sides: Sequence[Side]
    units: pl.DataFrame
    paired: Paired
    as_of: date
    settings: Limits

    def found(self) -> pl.DataFrame:
        """All findings."""
        return pl.concat(
            [
                self._of_orders(),
                self._of_payments(),
                self._of_refunds(),
                self._of_fees(),
                self._of_dates(),
                self._of_balances(),
                self._of_records(),
                self._of_damaged(),
            ]
        )

    @property
    def _beyond(self) -> pl.Expr:
        return pl.col("gap_minor").abs() > pl.col("allowed_minor")

    def _of_orders(self) -> pl.DataFrame:
        """Orders whose payments come to something else, and payments of no order that is here."""
        claims = self.sides[1].compared
        off = self.units.filter((pl.col("what") == "order") & self._beyond)
        on_bill = self.paired.confirmed(self.paired.pairs)["left"].implode()
        twice = _repeated(claims.filter(pl.col("row").is_in(on_bill)), ["unit", "minor", "currency", "phase"])
        has_order = claims.filter(pl.col("order_row").is_not_null())["unit"].implode()
        known = (pl.col("expected_rows") > 0) | pl.col("unit").is_in(has_order)
        kind = (
            pl.when(~known)
            .then(pl.lit(_NO_ORDER))
            .when(pl.col("repeated_minor") == pl.col("gap_minor"))
            .then(pl.lit(_TWICE))
            .otherwise(pl.lit(_ORDER))
        )
        found = off.join(twice, on="unit", how="left", maintain_order="left")
        return findings_of(found, kind, keys=KEYS, evidence=[_REFERENCE, "actual_rows"])

    def _of_payments(self) -> pl.DataFrame:
        units = self.units.filter(pl.col("what") == "payment")
        return pl.concat([self._on_bills_only(units), self._not_on_bills(units), self._sums(units)])

    def _on_bills_only(self, units: pl.DataFrame) -> pl.DataFrame:
        """Rows of bills that no payment of ours answers."""
        bills = self.sides[4].compared.filter(pl.col("kind") == PAYMENT)
        facts = bills.select(
            "unit", "row", "group", "minor", "standing", "order_row", pl.coalesce("status", "type").alias("theirs")
        )
        alone = units.filter((pl.col("expected_rows") == 0) & (pl.col("actual_rows") > 0)).join(facts, on="unit")
        payments = self.sides[2].frame
        failed = payments.filter(pl.col("aside") == "not successful by our record")
        ours = _met(alone, failed, of_amount=True).join(failed.select("row", "status"), on="row")
        said = ours.group_by("unit").agg(pl.col("status").min().alias("failed_as"))
        foreign = _met(alone, self._waiting(), of_amount=False)["unit"].unique().implode()
        again = (
            self._answered(bills)
            .select("group", "currency", "minor")
            .unique()
            .with_columns(pl.lit(value=True).alias("is_again"))
        )
        standing = self.sides[0].frame.select(
            pl.col("row").alias("order_row"),
            "paid_rows",
            "payable_minor",
            pl.col("currency").alias("order_currency"),
            ((pl.col("paid_minor") >= pl.col("payable_minor")) | (pl.col("paid_rows") == 0)).alias("is_covered"),
        )
        alone = (
            alone.join(said, on="unit", how="left", maintain_order="left")
            .join(again, on=["group", "currency", "minor"], how="left", maintain_order="left")
            .join(standing, on="order_row", how="left", maintain_order="left")
            .join(self._suggested("right"), on="row", how="left", maintain_order="left")
        )
        is_open = pl.col("standing").is_in(["unpaid", "closed", "cash on delivery"])
        kind = (
            pl.when(pl.col("unit").is_in(foreign))
            .then(pl.lit(_CURRENCY))
            .when(is_open | pl.col("failed_as").is_not_null())
            .then(pl.lit(_STATUS))
            .when(pl.col("is_covered") & pl.col("is_again"))
            .then(pl.lit(_TWICE))
            .when(_is_one_too_many())
            .then(pl.lit(_ORDER))
            .otherwise(pl.lit(_UNKNOWN))
        )
        alone = alone.with_columns(kind.alias("kind")).with_columns(
            pl.when(pl.col("kind") == _ORDER).then(pl.col("payable_minor") + pl.col(name)).otherwise(name).alias(name)
            for name in ("expected_minor", "actual_minor")
        )
        stated = [
            *_in_both("ours", pl.coalesce("failed_as", "standing", pl.lit("-"))),
            *_in_both("theirs", pl.coalesce("theirs", pl.lit("paid"))),
        ]
        evidence: list[str | pl.Expr] = [_REFERENCE, "actual_rows", *stated, "suggested"]
        return findings_of(alone, pl.col("kind"), keys=KEYS, evidence=evidence)

    def _answered(self, bills: pl.DataFrame) -> pl.DataFrame:
        return bills.filter(pl.col("row").is_in(self.paired.confirmed(self.paired.pairs)["right"].implode()))

    def _waiting(self) -> pl.DataFrame:
        """Payments that no row of a bill answers."""
        sure = self.paired.confirmed(self.paired.pairs)["left"].implode()
        return self.sides[2].compared.filter(~pl.col("row").is_in(sure))

    def _not_on_bills(self, units: pl.DataFrame) -> pl.DataFrame:
        """Payments of ours that no row of a bill answers."""
        waiting = self._waiting().select("unit", "row", "group", "minor", "channel_txn_id", "book_id")
        alone = (
            units.filter((pl.col("actual_rows") == 0) & (pl.col("expected_rows") > 0))
            .drop("channel_txn_id")
            .join(waiting, on="unit")
        )
        bills = self.sides[4].frame
        undone = bills.filter(pl.col("aside").is_in(["failed on the channel", "pending on the channel"]))
        theirs = _met(alone, undone, of_amount=True).join(undone.select("row", "status"), on="row")
        said = theirs.group_by("unit").agg(pl.col("status").min().alias("theirs"))
        lone = self.sides[4].compared.filter(
            (pl.col("kind") == PAYMENT)
            & ~pl.col("row").is_in(self.paired.confirmed(self.paired.pairs)["right"].implode())
        )
        foreign = _met(alone, lone, of_amount=False)["unit"].unique().implode()
        alone = alone.join(said, on="unit", how="left", maintain_order="left").join(
            self._suggested("left"), on="row", how="left", maintain_order="left"
        )
        kind = (
            pl.when(pl.col("unit").is_in(foreign))
            .then(pl.lit(_CURRENCY))
            .when(pl.col("theirs").is_not_null())
            .then(pl.lit(_STATUS))
            .when(pl.col("state").is_in(_OPEN))
            .then(pl.lit(_MISSING))
        )
        found = alone.with_columns(kind.alias("kind"), pl.col("state").alias("factor")).filter(
            pl.col("kind").is_not_null()
        )
        evidence: list[str | pl.Expr] = [
            _REFERENCE,
            "state",
            "due_on",
            *_in_both("ours", pl.lit("paid")),
            *_in_both("theirs", pl.col("theirs")),
            "suggested",
        ]
        return findings_of(found, pl.col("kind"), keys=KEYS, evidence=evidence)

    def _sums(self, units: pl.DataFrame) -> pl.DataFrame:
        """Orders that stand for their own payments, and whose rows on the bills come to something else."""
        implied = self.sides[2].compared.filter(pl.col("held_by") == IMPLIED)["unit"].implode()
        both = (pl.col("expected_rows") > 0) & (pl.col("actual_rows") > 0)
        off = units.filter(both & self._beyond & pl.col("unit").is_in(implied))
        twice = _repeated(self.sides[4].compared, ["unit", "minor", "currency"])
        off = off.join(twice, on="unit", how="left", maintain_order="left")
        kind = pl.when(pl.col("repeated_minor") == pl.col("gap_minor")).then(pl.lit(_TWICE)).otherwise(pl.lit(_ORDER))
        return findings_of(off, kind, keys=KEYS, evidence=[_REFERENCE, "actual_rows"])

    def _suggested(self, of: str) -> pl.DataFrame:
        """What a person may look at for each open row: `row`, `suggested`."""
        if of == "left":
            return suggested_ids(
                self.sides[4].frame.with_columns(_REFERENCE_OF_BILL), self.paired.pairs, "right", "shown"
            )
        return suggested_ids(
            self.sides[2].frame.with_columns(_REFERENCE_OF_PAYMENT), self.paired.pairs, "left", "shown"
        )

    def _of_refunds(self) -> pl.DataFrame:
        units = self.units.filter(pl.col("what") == "refund")
        missing = units.filter((pl.col("actual_rows") == 0) & pl.col("state").is_in(_OPEN)).with_columns(
            pl.col("state").alias("factor")
        )
        unknown = units.filter(pl.col("expected_rows") == 0)
        return pl.concat(
            [
                findings_of(missing, _REFUND_MISSING, keys=KEYS, evidence=[_REFERENCE, "state", "due_on"]),
                findings_of(unknown, _REFUND_UNKNOWN, keys=KEYS, evidence=[_REFERENCE]),
            ]
        )

    def _of_fees(self) -> pl.DataFrame:
        off = self.units.filter((pl.col("what") == "fee") & self._beyond)
        effective = (pl.col("actual_minor").abs() * 10_000 // pl.col("base_minor").abs()).cast(pl.String)
        evidence: list[str | pl.Expr] = [_REFERENCE, "base_minor", effective.alias("charged_bp")]
        return findings_of(off, _FEE, keys=KEYS, evidence=evidence)

    def _of_dates(self) -> pl.DataFrame:
        """Pairs that agree but for the day: further apart than they may be, or in two accounting months (`domain.md` 6.2)."""
        bills = self.sides[4].compared.select(pl.col("row").alias("right"), pl.col("on").alias("booked_on"))
        found = []
        places = ((2, self.paired.pairs, self.settings.days), (3, self.paired.refund_pairs, self.settings.refund_days))
        for place, pairs, days in places:
            ours = self.sides[place].compared.select(pl.col("row").alias("left"), "unit", pl.col("on").alias("paid_on"))
            both = self.paired.confirmed(pairs).join(ours, on="left").join(bills, on="right")
            apart = (pl.col("booked_on") - pl.col("paid_on")).dt.total_days().abs()
            near = (
                both.with_columns(apart.alias("apart"))
                .drop_nulls("apart")
                .sort("unit", "apart", "booked_on", "paid_on")
            )
            first = near.unique("unit", keep="first", maintain_order=True).filter(
                (pl.col("apart") > days) | (pl.col("paid_on").dt.month_start() != pl.col("booked_on").dt.month_start())
            )
            found.append(first.select("unit", "paid_on", "booked_on"))
        off = self.units.join(pl.concat(found), on="unit", maintain_order="left")
        diff = pl.concat_str([pl.col("paid_on"), pl.lit(" -> "), pl.col("booked_on")]).alias("day")
        return findings_of(
            off, _PERIOD, keys=KEYS, evidence=[_REFERENCE, "paid_on", "booked_on"], diffs=[diff], note=True
        )

    def _of_balances(self) -> pl.DataFrame:
        """Presales of which only the deposit is paid: closed, or open for too long."""
        waits = pl.col("aside").is_in(["balance not paid yet", "closed with its deposit"])
        bills = self.sides[4].frame.filter(pl.col("aside") == "deposit of a presale")
        of_bills = bills.group_by(pl.col("order_row").alias("row")).agg(pl.col("minor").sum().alias("on_bill_minor"))
        held = self.sides[0].frame.join(of_bills, on="row", how="left", maintain_order="left")
        paid = held.filter(waits | pl.col("on_bill_minor").is_not_null()).filter(pl.col("aside") != "another period")
        old = pl.col("on") + timedelta(days=self.settings.balance_days) <= self.as_of
        found = paid.filter(pl.col("is_closed") | old.fill_null(value=False)).with_columns(
            pl.col("payable_minor").alias("expected_minor"),
            pl.max_horizontal("paid_minor", "on_bill_minor").alias("actual_minor"),
            pl.when(pl.col("is_closed")).then(pl.lit("closed")).otherwise(pl.lit("open")).alias("stage"),
        )
        keys = ["platform", "shop_id", "platform_order_id"]
        return findings_of(found, _BALANCE, keys=keys, evidence=_in_both("stage", pl.col("stage")), note=True)

    def _of_records(self) -> pl.DataFrame:
        """Records that cannot be compared as they are."""
        orders, _, payments, refunds, bills, *_ = (side.frame for side in self.sides)
        scope = ["platform", "shop_id", "platform_order_id"]
        negative = pl.col("aside") == "less than nothing"
        parts = [findings_of(orders.filter(pl.col("aside") == "no amount stated"), _NO_AMOUNT, keys=scope, note=True)]
        for frame, keys in (
            (orders, scope),
            (payments, [*scope, "payment_id", "channel_txn_id"]),
            (refunds, [*scope, "refund_id"]),
        ):
            off = frame.filter(negative).with_columns(pl.col("minor").alias("actual_minor"))
            what = pl.coalesce(*reversed(keys), pl.lit("-")).alias("reference")
            parts.append(findings_of(off, _NEGATIVE, keys=keys, evidence=[what], note=True))
        differ = bills.filter(pl.col("bills_differ")).with_columns(pl.col("minor").alias("actual_minor"))
        keys = ["channel", "bill_kind", "merchant_order_no", "channel_txn_id", "channel_refund_id"]
        what = pl.coalesce("channel_txn_id", "channel_refund_id", pl.lit("-")).alias("reference")
        parts.append(findings_of(differ, _BILLS, keys=keys, evidence=[what], note=True))
        return pl.concat(parts)

    def _of_damaged(self) -> pl.DataFrame:
        """Identifiers that a spreadsheet rounded: never matched."""
        parts = []
        no_hints = pl.DataFrame(schema={"row": pl.Int64, "suggested": pl.String})
        payments = self.sides[2]
        stated = payments.with_frame(payments.frame.filter(pl.col("held_by") != IMPLIED))
        for side, names, hints in (
            (self.sides[0], ("platform_order_id", "merchant_order_no"), no_hints),
            (stated, ("merchant_order_no", "channel_txn_id"), self._suggested("left")),
            (self.sides[4], ("merchant_order_no", "channel_txn_id"), self._suggested("right")),
        ):
            rows = damaged_ids(side, names).drop("suggested", strict=False)
            rows = rows.join(hints, on="row", how="left", maintain_order="left")
            others = [
                name
                for name in ("platform_order_id", "payment_id", "channel_txn_id", "source_line")
                if name in rows.columns
            ]
            keys = [
                pl.lit(side.name).alias("side"),
                "column",
                "lost",
                *(name for name in others if name != "source_line"),
            ]
            parts.append(findings_of(rows, _LOST, keys=keys, evidence=["suggested"], note=True))
        return pl.concat(parts)


_REFERENCE_OF_BILL: Final = pl.coalesce("channel_txn_id", "merchant_order_no").alias("shown")
_REFERENCE_OF_PAYMENT: Final = pl.coalesce("platform_order_id", "payment_id", "channel_txn_id").alias("shown")


def _is_one_too_many() -> pl.Expr:
    """Whether a row is all that an order, which stands for its own payment, was paid beside what it comes to."""
    is_implied = (pl.col("paid_rows") == 0) & (pl.col("currency") == pl.col("order_currency"))
    is_only = (pl.len().over("order_row") == 1) & (pl.col("payable_minor") >= 0)
    return is_implied & is_only & pl.col("order_row").is_not_null()


def _in_both(name: str, word: pl.Expr) -> list[pl.Expr]:
    """A word as evidence in English and in Chinese."""
    return [word.alias(name), word.replace(_ZH).alias(f"{name}_zh")]


def _repeated(rows: pl.DataFrame, same: Sequence[str]) -> pl.DataFrame:
    """What rows of a unit that are alike come to beyond the first of each: `unit`, `repeated_minor`."""
    often = rows.group_by(same).agg((pl.len().cast(pl.Int64) - 1).alias("again")).filter(pl.col("again") > 0)
    return often.group_by("unit").agg((pl.col("again") * pl.col("minor")).sum().alias("repeated_minor"))


def _met(units: pl.DataFrame, others: pl.DataFrame, *, of_amount: bool) -> pl.DataFrame:
    """Units of single rows with rows of the other side of the same order or number: `unit`, `row`.

    Args:
        units: Units with `group`, `channel_txn_id`, `currency` and `minor`.
        others: Rows that nothing answers.
        of_amount: Whether they are of the same amount, else of another currency.
    """
    ours = units.select("unit", "group", "channel_txn_id", "currency", "minor")
    theirs = others.select("row", "group", "channel_txn_id", "currency", "minor")
    same = pl.col("currency") == pl.col("currency_right")
    wanted = same & (pl.col("minor") == pl.col("minor_right")) if of_amount else ~same
    found = [
        ours.filter(pl.col(key).is_not_null())
        .join(theirs, on=key, suffix="_right")
        .filter(wanted)
        .select("unit", "row")
        for key in ("group", "channel_txn_id")
    ]
    return pl.concat(found).unique(maintain_order=True)
