"""Promised credits: claims that the courier accepted, against the credits that came."""

import attrs
import polars as pl

from tieout.reconciliations._courier.parcels import DueTerms

__all__ = ["Promises", "with_promises"]

_CREDIT = "courier.credit_missing"
_LATE = ["late", "missing"]
_OWED = {"line": pl.Int64, "claim": pl.String}
_OF_PARCEL = ("tracking", "charge_type", "bill_no", "leg")


@attrs.frozen(kw_only=True)
class Promises:
    """What accepted claims come to.

    Attributes:
        owed: Credits that are still to come, one row each: `line` (the charge that it is for, null where that is not in the run),
            `type` (null while it is a matter of time), `claim`, `tracking`, `charge_type`, `bill_no`, `currency`,
            `expected_minor`, `actual_minor`, `state`, `due_on` and `on`.
        notes: Lines that pay for accepted claims: `line`.
    """

    owed: pl.DataFrame
    notes: pl.Series


def with_promises(
    claims: pl.DataFrame, lines: pl.DataFrame, history: pl.DataFrame, due: DueTerms, *, carrier: str
) -> Promises:
    """Lay accepted claims against the lines that they are for, and where these are long settled against the credits that came.

    Args:
        claims: Accepted claims, with `on`.
        lines: Lines with `settled_minor`.
        history: Lines of earlier bills.
        due: When credits are to come, counted from the day of the claim.
        carrier: Carrier of the contract.
    """
    if not claims.height:
        return Promises(owed=pl.DataFrame(schema=dict(_OWED)), notes=pl.Series("line", [], dtype=pl.Int64))
    state = due.credit.state_expr(pl.col("on"), pl.lit(carrier), due.as_of)
    accepted = claims.filter(pl.col("impact_minor") > 0).select(
        pl.col("discrepancy_id").alias("claim"),
        *(pl.col("keys").str.json_path_match(f"$.{name}").alias(name) for name in ("charge_type", "bill_no", "leg")),
        pl.col("keys").str.json_path_match("$.tracking_no").alias("tracking"),
        "currency",
        pl.col("impact_minor").alias("owed_minor"),
        "on",
        state.alias("state"),
        due.credit.due_expr(pl.col("on"), pl.lit(carrier)).alias("due_on"),
        *(name for name in claims.columns if name.startswith("source_")),
    )
    accepted = accepted.with_columns(pl.coalesce("tracking", "charge_type").alias("who"))
    found = accepted.sort("claim").join(_charged(lines), on=list(_OF_PARCEL), how="left", maintain_order="left")
    found = found.unique(
        ["claim", *_OF_PARCEL], keep="first", maintain_order=True
    )  # one id may stand for several parcels
    here = found.filter(pl.col("line").is_not_null()).unique("line", keep="first", maintain_order=True)
    # What is left of the charge is what is left of the claim: the credits that came are netted into it.
    here = here.filter(pl.col("gap_minor") > 0).with_columns(
        (-pl.col("gap_minor")).alias("expected_minor"), pl.lit(0, dtype=pl.Int64).alias("actual_minor")
    )
    gone = _less_credits(found.filter(pl.col("line").is_null()), _credits(lines, history))
    owed = pl.concat([here.select(gone.columns), gone])
    late = pl.col("state").is_in(_LATE)
    return Promises(
        owed=owed.with_columns(pl.when(late).then(pl.lit(_CREDIT)).alias("type")), notes=_credit_notes(accepted, lines)
    )


def _charged(lines: pl.DataFrame) -> pl.DataFrame:
    """Charges of parcels with what they are above what they should be."""
    return (
        lines.filter((pl.col("amount_minor") > 0) & pl.col("key").is_not_null())
        .sort("order")
        .select(
            "line",
            pl.col("key").alias("tracking"),
            *_OF_PARCEL[1:],
            (pl.col("amount_minor") - pl.col("settled_minor")).alias("gap_minor"),
        )
    )


def _credits(lines: pl.DataFrame, history: pl.DataFrame) -> pl.DataFrame:
    """Credits of this bill and of earlier ones: `who`, `bill_no`, `currency`, `amount_minor`."""
    columns = ("key", "charge_type", "bill_no", "currency", "amount_minor")
    both = pl.concat([lines.select(columns), history.select(columns)])
    credit = (pl.col("amount_minor") < 0) & (pl.col("charge_type") != "cod_remittance")
    return both.filter(credit).with_columns(pl.coalesce("key", "charge_type").alias("who"))


def _less_credits(claims: pl.DataFrame, credits_: pl.DataFrame) -> pl.DataFrame:
    """Claims whose charge is not in the run, the oldest first, less the credits of other bills."""
    bills = claims.select("who", "currency", "bill_no").unique()
    elsewhere = credits_.join(bills, on=["who", "currency", "bill_no"], how="anti", nulls_equal=True)
    pool = elsewhere.group_by("who", "currency").agg((-pl.col("amount_minor").sum()).alias("pool_minor"))
    ordered = claims.join(pool, on=["who", "currency"], how="left").sort("who", "currency", "on", "claim")
    owed = pl.col("owed_minor")
    before = owed.cum_sum().over("who", "currency") - owed
    received = pl.max_horizontal(0, pl.min_horizontal(owed, pl.col("pool_minor").fill_null(0) - before))
    return (
        ordered.with_columns((-owed).alias("expected_minor"), (-received).alias("actual_minor"))
        .filter(pl.col("actual_minor") != pl.col("expected_minor"))
        .drop("pool_minor", "owed_minor", "gap_minor")
    )


def _credit_notes(accepted: pl.DataFrame, lines: pl.DataFrame) -> pl.Series:
    """Credits that pay for accepted claims whole or in part, and for nothing beside."""
    owed = accepted.group_by("who", "currency").agg(
        pl.col("owed_minor").sum(), pl.col("bill_no").unique().alias("claimed_bills")
    )
    credit = pl.col("is_credit") & (pl.col("charge_type") != "cod_remittance") & (pl.col("type") == "agreed")
    return (
        lines.filter(credit)
        .with_columns(pl.coalesce("key", "charge_type").alias("who"))
        .join(owed, on=["who", "currency"])
        .filter(~pl.col("bill_no").is_in(pl.col("claimed_bills")) & (-pl.col("amount_minor") <= pl.col("owed_minor")))
        .select("line")
        .to_series()
        .sort()
    )
