"""Parcel-side checks: parcels no bill names, and what they were not credited that the contract promises."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import attrs
import polars as pl

from tieout.model.currency import from_units, round_half_up, to_units
from tieout.money.columns import divide_half_up_expr
from tieout.reconciliations._common.due import DueRules
from tieout.reconciliations._courier.expected import Expected, Rating, main_leg_expr
from tieout.tariffs import Compensation, RateCard

__all__ = ["OWED", "DueTerms", "ParcelFindings", "check_parcels"]

OWED: Mapping[str, pl.DataType] = {
    "parcel": pl.Int64(),
    "type": pl.String(),
    "expected_minor": pl.Int64(),
    "actual_minor": pl.Int64(),
    "charge_type": pl.String(),
    "state": pl.String(),
    "due_on": pl.Date(),
    "detail": pl.String(),
}
"""Columns of what a parcel lacks: `type` is null while it is a matter of time; amounts are signed as the courier's claim."""
_LATE = ("late", "missing")


@attrs.frozen(kw_only=True)
class DueTerms:
    """When what is open is to come.

    Attributes:
        billed: When a parcel is to be billed, counted from the end of its month, by carrier.
        cash: When cash is to be handed over, counted from the signature, by carrier; None where nothing says so.
        credit: When a promised credit is to be on a bill, counted from the day of the promise, by carrier.
        as_of: Day of the run.
    """

    billed: DueRules
    cash: DueRules | None
    credit: DueRules
    as_of: date


@attrs.frozen(kw_only=True)
class ParcelFindings:
    """What parcels lack.

    Attributes:
        owed: Credits and charges that did not come, of `OWED`.
        unbilled: Parcels that moved and that no bill names, due or not: `parcel`, `expected_minor`, `due_on`, `state`.
        states: One row per parcel: `parcel`, `state`.
    """

    owed: pl.DataFrame
    unbilled: pl.DataFrame
    states: pl.DataFrame


def check_parcels(
    *,
    card: RateCard,
    parcels: pl.DataFrame,
    lines: pl.DataFrame,
    history: pl.DataFrame,
    rating: Rating,
    expected: Expected,
    due: DueTerms,
) -> ParcelFindings:
    """What each parcel should have been billed or credited, and was not.

    Args:
        card: The contract.
        parcels: Parcels of the pairing.
        lines: Lines with `unit` and `type`.
        history: Lines of earlier bills.
        rating: What was rated.
        expected: Components that no line bills.
        due: When what is open is to come.
    """
    before = _in_history(parcels, history)
    billed = pl.concat([_on_this_bill(lines), before]).unique()
    states = parcels.select("parcel", _state(billed).alias("state"))
    unbilled = _unbilled(parcels, states, rating, due)
    received = _credits_received(lines, history, parcels)
    owed = pl.concat(
        [
            _compensation(card, parcels, rating, received),
            _cash_on_delivery(parcels, received, due),
            _late(card, parcels, rating, received),
            _not_charged(expected, before),
        ]
    )
    return ParcelFindings(owed=owed.sort("parcel", "charge_type", "type"), unbilled=unbilled, states=states)


def _on_this_bill(lines: pl.DataFrame) -> pl.Series:
    """Parcels that a charge is for on their own leg; a credit or a way back says nothing of the freight."""
    legs = pl.col("rate_legs").list
    sent_again = (main_leg_expr() == "outbound") & legs.contains(
        "reship"
    )  # the freight of a parcel that replaces another
    own_leg = legs.contains(main_leg_expr()) | sent_again
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


def _unbilled(parcels: pl.DataFrame, states: pl.DataFrame, rating: Rating, due: DueTerms) -> pl.DataFrame:
    """Parcels that moved by the day of the run and that no bill names, with what they will cost and until when to wait."""
    as_of = due.as_of
    totals = rating.rated.components.group_by("row").agg(pl.col("amount_minor").sum().alias("expected_minor"))
    open_parcels = states.filter(pl.col("state") == "waiting")
    moved = parcels.join(open_parcels, on="parcel", how="semi").filter(
        pl.col("pickup_date").is_null() | (pl.col("pickup_date") <= as_of)
    )
    moved = moved.with_columns(pl.col("pickup_date").fill_null(as_of).dt.month_end().alias("month_end"))
    start = pl.col("month_end")
    # The last day on which a bill may still name it, as people say it: the day before it is late.
    until = due.billed.late_expr(start, pl.col("carrier")).dt.offset_by("-1d")
    return (
        moved.select(
            "parcel",
            main_leg_expr().alias("leg"),
            until.alias("due_on"),
            due.billed.state_expr(start, pl.col("carrier"), as_of).alias("state"),
        )
        .join(rating.rows.select("row", pl.col("unit").alias("parcel"), "leg"), on=["parcel", "leg"])
        .join(totals, on="row", how="left")
        .with_columns(pl.col("expected_minor").fill_null(0))
        .select("parcel", "expected_minor", "due_on", "state")
        .sort("parcel")
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
    short = (
        owed.join(received, on="unit", how="left")
        .with_columns(pl.col("received_minor").fill_null(0))
        .filter(-pl.col("received_minor") < pl.col("owed_minor"))
    )
    return _owed(
        short,
        type=pl.lit(code),
        expected_minor=-pl.col("owed_minor"),
        actual_minor=pl.col("received_minor"),
        charge_type=pl.lit(charge_type),
        detail=pl.col("detail"),
    )


def _owed(rows: pl.DataFrame, **columns: pl.Expr) -> pl.DataFrame:
    """Rows of `OWED` of things that have their parcel as `unit`; what is not said is null."""
    made = {"parcel": pl.col("unit"), **columns}
    return rows.select(made.get(name, pl.lit(None)).cast(dtype).alias(name) for name, dtype in OWED.items())


def _freight(rating: Rating) -> pl.DataFrame:
    """Outward freight per unit, for terms that are multiples of it."""
    outward = rating.rows.filter(pl.col("leg") == "outbound").select("row", "unit")
    base = rating.rated.components.filter(pl.col("charge_type") == "base")
    return outward.join(base, on="row").group_by("unit").agg(pl.col("amount_minor").sum().alias("freight_minor"))


def _compensation(card: RateCard, parcels: pl.DataFrame, rating: Rating, received: pl.DataFrame) -> pl.DataFrame:
    """Lost and damaged parcels that the contract compensates; there are few, so each is worked out on its own."""
    frames = [pl.DataFrame(schema=dict(OWED))]
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
    return pl.concat(frames)


def _owed_minor(card: RateCard, term: Compensation, row: Mapping[str, Any]) -> int:
    declared = row["declared_value_minor"]
    amount = term.amount(
        declared=None if declared is None else from_units(declared, card.currency),
        freight=from_units(row["freight_minor"] or 0, card.currency),
    )
    return 0 if amount is None else to_units(round_half_up(amount, card.currency), card.currency)


def _cash_on_delivery(parcels: pl.DataFrame, received: pl.DataFrame, due: DueTerms) -> pl.DataFrame:
    """Cash that the courier collected and has not handed over, or not in full."""
    if due.cash is None:
        return pl.DataFrame(schema=dict(OWED))
    signed = pl.col("signed_date")
    is_ours = ~pl.col("is_twin") & ~pl.col("is_other_carrier")
    collected = parcels.filter((pl.col("cod_amount_minor") > 0) & (pl.col("status") == "signed") & is_ours).select(
        pl.col("parcel").alias("unit"),
        pl.col("cod_amount_minor").alias("owed_minor"),
        due.cash.due_expr(signed, pl.col("carrier")).alias("due_on"),
        due.cash.state_expr(signed, pl.col("carrier"), due.as_of).alias("state"),
    )
    received = received.filter(pl.col("charge_type") == "cod_remittance").select("unit", "received_minor")
    none = pl.col("received_minor").is_null()
    # Without the day of the signature nobody can say that it is overdue.
    state = pl.when(none).then(pl.when(pl.col("due_on").is_null()).then(pl.lit("not_due")).otherwise("state"))
    open_cash = (
        collected.join(received, on="unit", how="left")
        .with_columns(state.alias("state"))
        .filter(none | (-pl.col("received_minor") != pl.col("owed_minor")))
    )
    code = (
        pl.when(~none)
        .then(pl.lit("courier.cod_amount_mismatch"))
        .when(pl.col("state").is_in(_LATE))
        .then(pl.lit("courier.cod_not_remitted"))
    )
    return _owed(
        open_cash,
        type=code,
        expected_minor=-pl.col("owed_minor"),
        actual_minor=pl.col("received_minor").fill_null(0),
        charge_type=pl.lit("cod_remittance"),
        state=pl.col("state"),
        due_on=pl.col("due_on"),
        detail=pl.format("to be remitted by {}", pl.col("due_on").cast(pl.String)),
    )


def _late(card: RateCard, parcels: pl.DataFrame, rating: Rating, received: pl.DataFrame) -> pl.DataFrame:
    """Parcels that arrived after the guaranteed day."""
    percent = card.terms.late_delivery_refund_percent
    if percent is None:
        return pl.DataFrame(schema=dict(OWED))
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
    missing = (
        expected.uncovered.filter(pl.col("is_billed") & ~pl.col("unit").is_in(before.implode()))
        .group_by("unit", "charge_type")
        .agg(pl.col("amount_minor").sum().alias("expected_minor"))
        .filter(pl.col("expected_minor") != 0)
    )
    return _owed(
        missing,
        type=pl.lit("courier.undercharged"),
        expected_minor=pl.col("expected_minor"),
        actual_minor=pl.lit(0),
        charge_type=pl.col("charge_type"),
        detail=pl.lit("the contract charges it, the bill does not"),
    )
