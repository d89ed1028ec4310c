"""Parcel-side checks: parcels no bill names, and received that the contract promises."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import attrs
import polars as pl

from tieout.model.currency import from_units, round_half_up, to_units
from tieout.money.columns import divide_half_up_expr
from tieout.reconciliations._courier.expected import Expected, Rating, main_leg_expr
from tieout.tariffs import Compensation, RateCard

__all__ = ["ParcelFindings", "check_parcels"]

_FINDING = {
    "unit": pl.Int64,
    "type": pl.String,
    "expected_minor": pl.Int64,
    "actual_minor": pl.Int64,
    "charge_type": pl.String,
    "due_on": pl.Date,
    "detail": pl.String,
}


@attrs.frozen(kw_only=True)
class ParcelFindings:
    """What parcels lack.

    Attributes:
        findings: `unit`, `type`, `expected_minor`, `actual_minor` (signed as the courier's claim: a credit is negative),
            `charge_type`, `due_on`, `detail`.
        waiting: Parcels that are not billed and not due to be: `unit`, `expected_minor`, `due_on`, `charge_type`.
        states: One row per parcel: `parcel`, `state`.
    """

    findings: pl.DataFrame
    waiting: pl.DataFrame
    states: pl.DataFrame

    def unbilled(self) -> pl.DataFrame:
        """Parcels that moved and that no bill names, due or not: `unit`, `expected_minor`."""
        overdue = self.findings.filter(pl.col("type") == "courier.unbilled")
        columns = ["unit", "expected_minor"]
        return pl.concat([overdue.select(columns), self.waiting.select(columns)])


def check_parcels(
    *,
    card: RateCard,
    parcels: pl.DataFrame,
    lines: pl.DataFrame,
    history: pl.DataFrame,
    rating: Rating,
    expected: Expected,
    as_of: date,
    grace_days: int,
) -> ParcelFindings:
    """What each parcel should have been billed or credited, and was not.

    Args:
        card: The contract.
        parcels: Parcels of the pairing.
        lines: Lines with `unit` and `type`.
        history: Lines of earlier bills.
        rating: What was rated.
        expected: Components that no line bills.
        as_of: Day of the run.
        grace_days: Days after the end of a parcel's month in which it may still be billed.
    """
    before = _in_history(parcels, history)
    billed = pl.concat([_on_this_bill(lines), before]).unique()
    states = parcels.select("parcel", _state(billed).alias("state"))
    unbilled = _unbilled(parcels, states, rating, as_of=as_of, grace_days=grace_days)
    received = _credits_received(lines, history, parcels)
    promised = pl.concat(
        [
            _compensation(card, parcels, rating, received),
            _cash_on_delivery(card, parcels, received, as_of),
            _late(card, parcels, rating, received),
            _not_charged(expected, before),
        ]
    )
    overdue = unbilled.filter(pl.col("due_on") < as_of).select(
        "unit",
        pl.lit("courier.unbilled").alias("type"),
        "expected_minor",
        pl.lit(0, dtype=pl.Int64).alias("actual_minor"),
        pl.lit("base").alias("charge_type"),
        "due_on",
        pl.lit(None, dtype=pl.String).alias("detail"),
    )
    waiting = unbilled.filter(pl.col("due_on") >= as_of).select("unit", "expected_minor", "due_on")
    late = overdue["unit"].implode()
    states = states.with_columns(
        pl.when((pl.col("state") == "waiting") & pl.col("parcel").is_in(late))
        .then(pl.lit("unbilled"))
        .otherwise("state")
        .alias("state")
    )
    findings = pl.concat([overdue.select(*_FINDING), promised.select(*_FINDING)]).sort("unit", "type", "charge_type")
    return ParcelFindings(findings=findings, waiting=waiting, states=states)


def _on_this_bill(lines: pl.DataFrame) -> pl.Series:
    """Parcels that a charge is for on their own leg; a credit or a way back says nothing of the freight."""
    own_leg = pl.col("rate_legs").list.contains(main_leg_expr())
    charged = (pl.col("amount_minor") > 0) & ~pl.col("is_credit_type") & ~pl.col("is_reversed")
    return lines.filter(pl.col("unit").is_not_null() & charged & own_leg)["unit"]


def _in_history(parcels: pl.DataFrame, history: pl.DataFrame) -> pl.Series:
    """Parcels whose freight an earlier bill charged and did not take back."""
    charged = (pl.col("amount_minor") > 0) & ~pl.col("is_credit_type") & ~pl.col("is_reversed")
    past = history.filter(charged & ~pl.col("leg").is_in(["return", "intercept"])).select("key").unique()
    return parcels.filter(pl.col("is_usable")).join(past, on="key", how="semi")["parcel"].rename("unit")


def _state(billed: pl.Series) -> pl.Expr:
    """What became of each parcel; exactly one word each."""
    return (
        pl.when(pl.col("is_other_carrier"))
        .then(pl.lit("other_carrier"))
        .when(pl.col("is_twin"))
        .then(pl.lit("listed_twice"))
        .when(pl.col("parcel").is_in(billed.implode()))
        .then(pl.lit("billed"))
        .when(pl.col("is_voided") | ~pl.col("has_moved"))
        .then(pl.lit("not_billable"))
        .when(pl.col("key").is_null())
        .then(pl.lit("no_number"))
        .otherwise(pl.lit("waiting"))
    )


def _unbilled(
    parcels: pl.DataFrame, states: pl.DataFrame, rating: Rating, *, as_of: date, grace_days: int
) -> pl.DataFrame:
    """Parcels that moved by `as_of` and that no bill names, with what they will cost and until when to wait."""
    totals = rating.rated.components.group_by("row").agg(pl.col("amount_minor").sum().alias("expected_minor"))
    open_parcels = states.filter(pl.col("state") == "waiting")
    moved = parcels.join(open_parcels, on="parcel", how="semi").filter(
        pl.col("pickup_date").is_null() | (pl.col("pickup_date") <= as_of)
    )
    due = pl.coalesce("pickup_date", pl.lit(as_of)).dt.month_end() + pl.duration(days=grace_days)
    return (
        moved.select(pl.col("parcel").alias("unit"), main_leg_expr().alias("leg"), due.alias("due_on"))
        .join(rating.rows.select("row", "unit", "leg"), on=["unit", "leg"])
        .join(totals, on="row", how="left")
        .with_columns(pl.col("expected_minor").fill_null(0))
        .select("unit", "leg", "due_on", "expected_minor")
        .sort("unit")
    )


def _credits_received(lines: pl.DataFrame, history: pl.DataFrame, parcels: pl.DataFrame) -> pl.DataFrame:
    """Credits per parcel and charge type, negative, of this bill and earlier ones."""
    own = parcels.filter(pl.col("is_usable")).select("key", pl.col("parcel").alias("unit"))
    past = history.filter(pl.col("is_credit")).join(own, on="key").select("unit", "charge_type", "amount_minor")
    now = lines.filter(pl.col("is_credit") & (pl.col("type") == "agreed")).select("unit", "charge_type", "amount_minor")
    return (
        pl.concat([now, past])
        .filter(pl.col("unit").is_not_null())
        .group_by("unit", "charge_type")
        .agg(pl.col("amount_minor").sum().alias("received_minor"))
    )


def _missing_credit(owed: pl.DataFrame, received: pl.DataFrame, *, code: str, charge_type: str) -> pl.DataFrame:
    """Findings where less than the owed credit was received.

    Args:
        owed: `unit`, `owed_minor` (positive) and `detail`.
        received: Credits received.
        code: Discrepancy type.
        charge_type: Charge type of the credit.
    """
    received = received.filter(pl.col("charge_type") == charge_type).select("unit", "received_minor")
    return (
        owed.join(received, on="unit", how="left")
        .with_columns(pl.col("received_minor").fill_null(0))
        .filter(-pl.col("received_minor") < pl.col("owed_minor"))
        .select(
            "unit",
            pl.lit(code).alias("type"),
            (-pl.col("owed_minor")).alias("expected_minor"),
            pl.col("received_minor").alias("actual_minor"),
            pl.lit(charge_type).alias("charge_type"),
            pl.lit(None, dtype=pl.Date).alias("due_on"),
            "detail",
        )
    )


def _freight(rating: Rating) -> pl.DataFrame:
    """Outward freight per unit, for terms that are multiples of it."""
    outward = rating.rows.filter(pl.col("leg") == "outbound").select("row", "unit")
    base = rating.rated.components.filter(pl.col("charge_type") == "base")
    return outward.join(base, on="row").group_by("unit").agg(pl.col("amount_minor").sum().alias("freight_minor"))


def _compensation(card: RateCard, parcels: pl.DataFrame, rating: Rating, received: pl.DataFrame) -> pl.DataFrame:
    """Lost and damaged parcels that the contract compensates; there are few, so each is worked out on its own."""
    frames = [pl.DataFrame(schema=_FINDING)]
    for status, term in (("lost", card.terms.lost), ("damaged", card.terms.damaged)):
        if term is None:
            continue
        hurt = (
            parcels.filter((pl.col("status") == status) & pl.col("is_usable"))
            .select(pl.col("parcel").alias("unit"), "declared_value_minor")
            .join(_freight(rating), on="unit", how="left", maintain_order="left")
        )
        owed = [_owed_minor(card, term, row) for row in hurt.iter_rows(named=True)]
        priced = hurt.select("unit", pl.Series("owed_minor", owed, dtype=pl.Int64), pl.lit(term.text).alias("detail"))
        code = "courier.lost_not_compensated" if status == "lost" else "courier.damage_not_compensated"
        due = priced.filter(pl.col("owed_minor") > 0)
        frames.append(_missing_credit(due, received, code=code, charge_type="compensation"))
    return pl.concat([frame.select(*_FINDING) for frame in frames])


def _owed_minor(card: RateCard, term: Compensation, row: Mapping[str, Any]) -> int:
    declared = row["declared_value_minor"]
    amount = term.amount(
        declared=None if declared is None else from_units(declared, card.currency),
        freight=from_units(row["freight_minor"] or 0, card.currency),
    )
    return 0 if amount is None else to_units(round_half_up(amount, card.currency), card.currency)


def _cash_on_delivery(card: RateCard, parcels: pl.DataFrame, received: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Cash that the courier collected and has not handed over, or not in full."""
    days = card.terms.cod_due_days
    if days is None:
        return pl.DataFrame(schema=_FINDING)
    collected = parcels.filter(
        (pl.col("cod_amount_minor") > 0)
        & (pl.col("status") == "signed")
        & ~pl.col("is_twin")
        & ~pl.col("is_other_carrier")
    ).select(
        pl.col("parcel").alias("unit"),
        pl.col("cod_amount_minor").alias("owed_minor"),
        (pl.col("signed_date") + pl.duration(days=days)).alias("due_on"),
    )
    received = received.filter(pl.col("charge_type") == "cod_remittance").select("unit", "received_minor")
    joined = collected.join(received, on="unit", how="left")
    none = pl.col("received_minor").is_null()
    code = pl.when(none).then(pl.lit("courier.cod_not_remitted")).otherwise(pl.lit("courier.cod_amount_mismatch"))
    overdue = none & (pl.col("due_on") < as_of)
    wrong = ~none & (-pl.col("received_minor") != pl.col("owed_minor"))
    return joined.filter(overdue | wrong).select(
        "unit",
        code.alias("type"),
        (-pl.col("owed_minor")).alias("expected_minor"),
        pl.col("received_minor").fill_null(0).alias("actual_minor"),
        pl.lit("cod_remittance").alias("charge_type"),
        "due_on",
        pl.lit(f"to be remitted within {days} days of signature").alias("detail"),
    )


def _late(card: RateCard, parcels: pl.DataFrame, rating: Rating, received: pl.DataFrame) -> pl.DataFrame:
    """Parcels that arrived after the guaranteed day."""
    percent = card.terms.late_delivery_refund_percent
    if percent is None:
        return pl.DataFrame(schema=_FINDING)
    late = parcels.filter((pl.col("signed_at") > pl.col("promised_at")) & pl.col("is_usable"))
    numerator, denominator = percent.as_integer_ratio()
    owed = divide_half_up_expr(pl.col("freight_minor") * numerator, 100 * denominator)
    priced = late.select(pl.col("parcel").alias("unit")).join(_freight(rating), on="unit")
    return _missing_credit(
        priced.select("unit", owed.alias("owed_minor"), pl.lit(f"{percent:f} % of the freight").alias("detail")),
        received,
        code="courier.late_delivery_no_credit",
        charge_type="service_guarantee_credit",
    )


def _not_charged(expected: Expected, before: pl.Series) -> pl.DataFrame:
    """Components that the contract expects and the bill does not charge, of parcels that no earlier bill charged."""
    return (
        expected.uncovered.filter(pl.col("is_billed") & ~pl.col("unit").is_in(before.implode()))
        .group_by("unit", "charge_type")
        .agg(pl.col("amount_minor").sum().alias("expected_minor"))
        .filter(pl.col("expected_minor") != 0)
        .select(
            "unit",
            pl.lit("courier.undercharged").alias("type"),
            "expected_minor",
            pl.lit(0, dtype=pl.Int64).alias("actual_minor"),
            "charge_type",
            pl.lit(None, dtype=pl.Date).alias("due_on"),
            pl.lit("the contract charges it, the bill does not").alias("detail"),
        )
    )
