"""Totals: what the contract makes of all parcels and what is posted, beside the proof of the common floor."""

import polars as pl

from tieout.proof import Check
from tieout.reconciliations._courier.deciding import Decided
from tieout.reconciliations._courier.expected import main_leg_expr
from tieout.reconciliations._courier.parcels import ParcelFindings

__all__ = ["contract_checks"]

_ACCRUED = "courier.unbilled"


def contract_checks(
    decided: Decided,
    checked: ParcelFindings,
    posted: pl.DataFrame,
    accrued: pl.DataFrame,
    events: pl.DataFrame,
    currency: str,
) -> list[Check]:
    """The checks of a courier's bill beside those of the sides.

    Args:
        decided: Lines with verdicts, and what the contract makes of them.
        checked: What parcels lack.
        posted: Lines that the run posts, with `amount_minor`.
        accrued: Parcels whose cost is accrued, with `expected_minor`.
        events: The table of events.
        currency: The contract's currency.
    """
    codes = posted["currency"].drop_nulls().unique().sort().to_list()
    return [
        _contract(decided, checked, currency),
        *(_posted(posted, events, code) for code in codes),
        _accrued(accrued, events, currency),
    ]


def _contract(decided: Decided, checked: ParcelFindings, currency: str) -> Check:
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


def _posted(posted: pl.DataFrame, events: pl.DataFrame, code: str) -> Check:
    of_code = events.filter((pl.col("currency") == code) & (pl.col("kind") != _ACCRUED))
    sums = of_code.group_by("kind").agg(pl.col("amount_minor").sum()).sort("kind")
    ours = posted.filter(pl.col("currency") == code)
    # A fee that was kept of cash is a cost, and so much less that arrived.
    kept = _sum(
        ours.filter((pl.col("side") == "remittances") & (pl.col("charge_type") != "cod_remittance")), "amount_minor"
    )
    parts = {
        **{str(kind): int(minor) for kind, minor in sums.iter_rows()},
        **({"fees kept of cash": -kept} if kept else {}),
    }
    total = _sum(ours, "amount_minor")
    return Check(name="to be posted", side="charges", currency=code, total=total, parts=parts)


def _accrued(accrued: pl.DataFrame, events: pl.DataFrame, currency: str) -> Check:
    made = _sum(events.filter(pl.col("kind") == _ACCRUED), "amount_minor")
    total = _sum(accrued, "expected_minor")
    return Check(name="to be accrued", side="shipments", currency=currency, total=total, parts={_ACCRUED: made})


def _sum(frame: pl.DataFrame, column: str) -> int:
    return int(frame[column].cast(pl.Int128).sum())
