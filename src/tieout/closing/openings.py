"""Openings: what the period before carried forward, and what this one does (`domain.md` C03)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import attrs
import polars as pl

from tieout.closing.beside import CarriedBeside
from tieout.closing.config import CloseConfig
from tieout.closing.detect import Ran
from tieout.closing.folder import STATE, WORK, Workshop, read_state
from tieout.closing.sentences import note
from tieout.errors import ConfigError, InputError
from tieout.model import (
    AccountBalance,
    ChannelTransaction,
    Order,
    Payout,
    Refund,
    SettlementLine,
    Shipment,
    SubledgerBalance,
    SubledgerMovement,
    Voucher,
)
from tieout.outcome import CarryForward
from tieout.posting import TrialBalance
from tieout.reports import StageReport
from tieout.tables import Table

__all__ = ["Opening", "carried_on", "carried_records", "load_opening", "save_carried"]

_CARRY: Final = "carry"
_BALANCES: Final = "balances.parquet"
_VOUCHERS: Final = "vouchers.parquet"
_EARLIER: Final = "metrics.parquet"
_COURIERS: Final = "couriers.parquet"
_STOCK: Final = "stock.parquet"
_CLAIMED: Final = "claimed.parquet"
_SEEN: Final = "seen.parquet"
_CARRIED: Final = (
    ("orders", Order, ("book_id", "platform", "shop_id", "platform_order_id")),
    ("shipments", Shipment, ("book_id", "carrier", "tracking_no")),
    ("refunds", Refund, ("book_id", "platform", "shop_id", "refund_id", "version")),
)
"""Sides whose carried records figures of the period rest on, with what names a record."""
_COUNTED: Final = (
    ("lines", SettlementLine, ("line_id", "type", "posted_at", "amount_minor")),
    ("payouts", Payout, ("payout_id",)),
    (
        "transactions",
        ChannelTransaction,
        ("channel_txn_id", "channel_refund_id", "type", "occurred_at", "amount_minor"),
    ),
)
"""Sides whose records statements of earlier periods counted, with what tells them apart in a line of a file."""
_PLACE: Final = ("source_file", "source_sheet", "source_line")
R = TypeVar("R")


@attrs.frozen(kw_only=True, eq=False)
class Opening:
    """What a period begins with.

    Attributes:
        items: What the runs of the period before carried forward, by their names.
        balances: Balances of the accounts by its end; None where it had none.
        vouchers: Those that it put into this period: reversals of what it accrued.
        beside: What the ledgers beside the books go on from.
        earlier: Figures of earlier periods; None without any.
        claimed: Claims that its files and those before asked for, as `Claims.asked`; None where nobody was asked.
        seen: Names of the records that closes have seen, as `seen_by` gives them; None where none says it.
    """

    items: Mapping[str, CarryForward] = attrs.field(factory=dict)
    balances: Table[AccountBalance] | None = None
    vouchers: tuple[Voucher, ...] = ()
    beside: CarriedBeside = attrs.field(factory=CarriedBeside)
    earlier: pl.DataFrame | None = None
    claimed: pl.DataFrame | None = None
    seen: pl.DataFrame | None = None


def load_opening(config: CloseConfig) -> Opening:
    """What the close before left.

    Args:
        config: What the close is told.

    Raises:
        ConfigError: There is no close in the folder that is named, or what it left cannot be read.
    """
    if config.opening is None:
        return Opening()
    carry = config.opening / _CARRY
    where = "opening" if config.path is None else f"{config.path.name}: opening"
    if not carry.is_dir():
        raise ConfigError(f"{config.opening.name!r} holds no close: there is no folder {_CARRY}", where=where)
    _require_whole(config.opening, where)
    try:
        items = {one.name: CarryForward.load(one) for one in sorted(carry.iterdir()) if one.is_dir()}
        earlier, claimed, seen = (carry / name for name in (_EARLIER, _CLAIMED, _SEEN))
        return Opening(
            items=items,
            balances=_table(carry / _BALANCES, AccountBalance),
            vouchers=tuple(_table(carry / _VOUCHERS, Voucher) or ()),
            beside=CarriedBeside(
                couriers=_table(carry / _COURIERS, SubledgerMovement), stock=_table(carry / _STOCK, SubledgerBalance)
            ),
            earlier=pl.read_parquet(earlier) if earlier.is_file() else None,
            claimed=pl.read_parquet(claimed) if claimed.is_file() else None,
            seen=pl.read_parquet(seen) if seen.is_file() else None,
        )
    except (InputError, OSError, pl.exceptions.PolarsError) as cause:
        raise ConfigError(f"what was carried forward cannot be read: {cause}", where=where) from cause


def _require_whole(folder: Path, where: str) -> None:
    """Refuse what a close left that was stopped while it put results in their place: some are missing, or of another close.

    A folder in which no close ever worked is what a program made, and taken as it is.
    """
    state = read_state(folder)
    if state is None and not (folder / WORK).exists() and not (folder / STATE).exists():
        return
    told = {} if state is None else {name: held for name, held in state.files.items() if name.startswith(f"{_CARRY}/")}
    found = {path.relative_to(folder).as_posix() for path in (folder / _CARRY).rglob("*.parquet")}
    if state is None or not found <= told.keys() or not attrs.evolve(state, files=told).holds(folder):
        raise ConfigError(
            f"what {folder.name!r} carries forward is not what a close wrote whole: it was stopped, or files were changed",
            where=where,
            hint="close that period again",
        )


def carried_on(opening: Opening, runs: Sequence[Ran], report: StageReport) -> tuple[Opening, StageReport]:
    """What no run of this period took of what was carried to it, which waits for the next one, and how that is told.

    Args:
        opening: What the period begins with.
        runs: All runs.
        report: What the stage that ran them says.

    Returns:
        What is left of the opening, and the report with a sentence for each run that is not there and had open items.
    """
    ran = {one.name for one in runs}
    left = {name: items for name, items in opening.items.items() if name not in ran}
    waiting = {name: len(items) + sum(map(len, items.later.values())) for name, items in left.items()}
    notes = tuple(note("carried_on", name=name, count=count) for name, count in waiting.items() if count)
    if notes:
        report = attrs.evolve(report, status="attention", notes=(*report.said, *notes))
    return attrs.evolve(opening, items=left), report


def carried_records(opening: Opening) -> Mapping[str, Table[Any]]:
    """The records that the runs before handed on and that figures rest on, each once, by the name of their class."""
    found: dict[str, Table[Any]] = {}
    for side, record, key, is_counted in (
        *((*one, False) for one in _CARRIED),
        *((side, record, (*key, *_PLACE), True) for side, record, key in _COUNTED),
    ):
        held = [
            table
            for items in opening.items.values()
            for table in (items.sides.get(side), None if is_counted else items.later.get(side))
            if table is not None and table.record is record and len(table)
        ]
        if held:
            rows = pl.concat([table.to_polars() for table in held])
            found[record.__name__] = Table(rows.unique(key, keep="first", maintain_order=True), record)
    return found


def _table(path: Path, record: type[R]) -> Table[R] | None:
    return Table(pl.read_parquet(path), record) if path.is_file() else None


def save_carried(
    shop: Workshop,
    runs: Sequence[Ran],
    left: Opening,
    balance: TrialBalance | None,
    figures: pl.DataFrame,
    *,
    later: Sequence[Voucher],
    beside: CarriedBeside,
    claimed: pl.DataFrame,
) -> None:
    """Write what the next period begins with.

    Args:
        shop: Where results are made.
        runs: All runs.
        left: What none of them took of what was carried to this period, and what was seen by now.
        balance: Trial balance; None without vouchers.
        figures: Of earlier periods and of this one.
        later: Vouchers of the next period.
        beside: What the ledgers beside the books go on from.
        claimed: Claims that were asked for, as `Claims.asked`.
    """
    for one in runs:
        one.outcome.carry_forward.save(shop.path(f"{_CARRY}/{one.name}/items.parquet").parent)
    for name, items in left.items.items():
        items.save(shop.path(f"{_CARRY}/{name}/items.parquet").parent)
    if balance is not None:
        carried = Table.from_records(balance.carried(), AccountBalance)
        carried.to_polars().write_parquet(shop.path(f"{_CARRY}/{_BALANCES}"))
    if later:
        Table.from_records(later, Voucher).to_polars().write_parquet(shop.path(f"{_CARRY}/{_VOUCHERS}"))
    for name, table in ((_COURIERS, beside.couriers), (_STOCK, beside.stock)):
        if table is not None:
            table.to_polars().write_parquet(shop.path(f"{_CARRY}/{name}"))
    if claimed.height:
        claimed.write_parquet(shop.path(f"{_CARRY}/{_CLAIMED}"))
    if left.seen is not None:
        left.seen.write_parquet(shop.path(f"{_CARRY}/{_SEEN}"))
    figures.write_parquet(shop.path(f"{_CARRY}/{_EARLIER}"))
