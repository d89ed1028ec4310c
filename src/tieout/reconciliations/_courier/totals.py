"""Totals: what the contract makes of all parcels and what is posted, beside the proof of the common floor."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from tieout.proof import Check
from tieout.reconciliations._courier.deciding import Decided
from tieout.reconciliations._courier.expected import main_leg_expr
from tieout.reconciliations._courier.parcels import ParcelFindings

__all__ = ["accrued_sum", "contract_check", "event_sums", "posted_sums", "posting_checks"]

_ACCRUED = "courier.unbilled"


def posting_checks(posted: pl.DataFrame, accrued: int, events: pl.DataFrame, currency: str) -> list[Check]:
    """What is posted and accrued, against the events made of it.

    Args:
        posted: As `posted_sums` gives it.
        accrued: As `accrued_sum` gives it.
        events: As `event_sums` gives it.
        currency: The contract's currency.
    """
    made = {(kind, code): int(minor) for kind, code, minor in events.iter_rows()}
    own = made.get((_ACCRUED, currency), 0)
    return [
        *(_posted(row, made) for row in posted.sort("currency").iter_rows(named=True)),
        Check(name="to be accrued", side="shipments", currency=currency, total=accrued, parts={_ACCRUED: own}),
    ]


def posted_sums(posted: pl.DataFrame) -> pl.DataFrame:
    """What the lines that are posted sum to: `currency`, `total_minor`, and `kept_minor`, the fees that were kept of cash.

    Args:
        posted: Lines that the run posts.
    """
    # A fee that was kept of cash is a cost, and so much less that arrived.
    is_kept = (pl.col("side") == "remittances") & (pl.col("charge_type") != "cod_remittance")
    amount = pl.col("amount_minor").cast(pl.Int128) * pl.col("times")
    return (
        posted.filter(pl.col("currency").is_not_null())
        .group_by("currency")
        .agg(
            amount.sum().cast(pl.Int64).alias("total_minor"),
            amount.filter(is_kept).sum().cast(pl.Int64).alias("kept_minor"),
        )
        .sort("currency")
    )


def accrued_sum(accrued: pl.DataFrame) -> int:
    """What parcels that no bill names will cost.

    Args:
        accrued: Parcels whose cost is accrued, with `expected_minor`.
    """
    return _sum(accrued, "expected_minor")


def event_sums(events: pl.DataFrame) -> pl.DataFrame:
    """What the events sum to: `kind`, `currency`, `amount_minor`.

    Args:
        events: The table of events.
    """
    return events.group_by("kind", "currency").agg(pl.col("amount_minor").sum()).sort("kind", "currency")


def contract_check(decided: Decided, checked: ParcelFindings, currency: str) -> Check:
    """Every component that was rated is billed, is missed, waits, or was set aside with a reason."""
    by_contract = decided.lines.filter(pl.col("covers") & ~pl.col("is_duplicate"))
    missed = checked.owed.filter(pl.col("type") == "courier.undercharged")
    waiting = checked.unbilled
    open_parcels = decided.pairing.parcels.join(waiting, on="parcel", how="semi")
    open_legs = open_parcels.select(pl.col("parcel").alias("unit"), main_leg_expr().alias("leg"))
    listed = missed.select(pl.col("parcel").alias("unit"), "charge_type")
    rest = decided.expected.uncovered.join(open_legs, on=["unit", "leg"], how="anti")
    rest = rest.join(listed, on=["unit", "charge_type"], how="anti")
    parts = {
        "billed": int((by_contract["contract_minor"]).sum()),
        "not charged": _sum(missed, "expected_minor"),
        "not billed yet": _sum(waiting, "expected_minor"),
        "set aside": _sum(rest, "amount_minor"),
    }
    total = _sum(decided.rating.rated.components, "amount_minor")
    return Check(name="expected by contract", side="shipments", currency=currency, total=total, parts=parts)


def _posted(sums: Mapping[str, Any], made: Mapping[tuple[str, str], int]) -> Check:
    """What is posted of one currency."""
    code, kept = sums["currency"], sums["kept_minor"]
    of_code = {kind: minor for (kind, other), minor in made.items() if other == code and kind != _ACCRUED}
    parts = {**of_code, **({"fees kept of cash": -kept} if kept else {})}
    return Check(name="to be posted", side="charges", currency=code, total=sums["total_minor"], parts=parts)


def _sum(frame: pl.DataFrame, column: str) -> int:
    return int(frame[column].cast(pl.Int128).sum())
