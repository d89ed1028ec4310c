"""Payouts: what the lines of a report say of the transfers to the bank that hold them.

Reports of payment channels name on each line the payout that it is part of. Its amount stands on a line of its own, or
nowhere: then it is the sum of its lines, which a report of other days may hold only in part.
"""

from collections.abc import Iterator, Mapping

import polars as pl
from moneyed import Money

from tieout.model import Payout, PayoutStatus, SettlementLineType
from tieout.model.currency import from_units
from tieout.proof import Check
from tieout.sources._grid import cell_name
from tieout.sources._reading import Reading
from tieout.tables import Table

__all__ = ["payout_checks", "payouts_of"]

_WITHDRAWAL = SettlementLineType.WITHDRAWAL.value
_STATUS: Mapping[str, PayoutStatus] = {
    "paid": PayoutStatus.PAID,
    "in_transit": PayoutStatus.IN_TRANSIT,
    "scheduled": PayoutStatus.SCHEDULED,
    "failed": PayoutStatus.FAILED,
    "canceled": PayoutStatus.CANCELLED,
    "cancelled": PayoutStatus.CANCELLED,
}


def _sums(reading: Reading, payout: str) -> pl.DataFrame:
    """For each payout and currency the sum of its lines without the payout's own line, and that line's amount if there is one."""
    is_own = pl.col("type") == _WITHDRAWAL
    amount = pl.col("amount_minor")
    return (
        reading.frame.filter(pl.col(payout).is_not_null())
        .group_by(payout, "currency", maintain_order=True)
        .agg(
            pl.exclude("amount_minor", "type").first(),
            lines=amount.filter(~is_own).sum(),
            own=pl.when(is_own.any()).then(amount.filter(is_own).sum()),
            only_own=is_own.all(),
        )
    )


def _may_lack_lines(reading: Reading, payout: str) -> pl.Expr:
    """Payouts of which a line became a reject, or may have: a line whose payout cannot be read may be of any."""
    is_rejected = reading.is_rejected
    numbers = reading.values[payout].filter(is_rejected)
    at = next((at for at, column in reading.bound if column.name == payout), None)
    if at is None or numbers.is_empty():
        return pl.lit(value=False)
    torn = {fault.row for fault in reading.faults if fault.reason.startswith("row.")}
    is_said = reading.data[cell_name(at)].is_not_null() | pl.Series(
        [row in torn for row in range(reading.data.height)], dtype=pl.Boolean
    )
    is_lost = (is_said.filter(is_rejected) & numbers.is_null()).any()
    return pl.lit(value=is_lost) | pl.col(payout).is_in(numbers.drop_nulls().unique().implode())


def payouts_of(
    reading: Reading, *, platform: str, payout: str, moment: str, status: str | None = None
) -> Mapping[str, Table[Payout]]:
    """The payouts of a report's lines.

    Args:
        reading: The reading, its records shaped.
        platform: Platform code.
        payout: Column of the payout's number; blank where the line is not paid out yet.
        moment: Column of when it was, or is to be, on its way.
        status: Column of its status, in the words that Shopify and Stripe share; None when the report has none.
    """
    sums = _sums(reading, payout)
    open_ = sums.filter(pl.col("own").is_null() & _may_lack_lines(reading, payout))
    if open_.height:
        listed = ", ".join(open_[payout])
        text = f"lines of {listed} cannot be read, so that the others do not say what is paid out, and it is not given"
        reading.doubt("payout.incomplete", "payouts can be told by their lines", text)
        sums = sums.join(open_, on=[payout, "currency"], how="anti", maintain_order="left")
    payouts = [
        Payout(
            payout_id=row[payout],
            platform=platform,
            shop_id=row.get("shop_id"),
            settlement_ids=(row[payout],),
            amount=Money(
                from_units(row["own"] if row["own"] is not None else -row["lines"], row["currency"]), row["currency"]
            ),
            initiated_at=row[moment],
            status=_STATUS.get(row[status] or "") if status is not None else None,
            provenance=reading.provenance(),
        )
        for row in sums.iter_rows(named=True)
    ]
    return {"Payout": Table.from_records(payouts, record=Payout)}


def payout_checks(reading: Reading, payout: str) -> Iterator[Check]:
    """The lines of each payout against the payout's own line, where there are both.

    Args:
        reading: The reading, its records shaped.
        payout: Column of the payout's number.
    """
    for row in _sums(reading, payout).filter(pl.col("own").is_not_null() & ~pl.col("only_own")).iter_rows(named=True):
        yield Check(
            name=f"payout {row[payout]}",
            side="file",
            currency=row["currency"],
            total=-row["own"],
            parts={"lines": row["lines"]},
        )
