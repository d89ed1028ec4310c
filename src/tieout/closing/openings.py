"""Openings: what the period before carried forward, and what this one does (`domain.md` C03)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, TypeVar

import attrs
import polars as pl

from tieout.closing.beside import CarriedBeside
from tieout.closing.config import CloseConfig
from tieout.closing.detect import Ran
from tieout.closing.folder import Workshop
from tieout.errors import ConfigError, InputError
from tieout.model import AccountBalance, SubledgerBalance, SubledgerMovement, Voucher
from tieout.outcome import CarryForward
from tieout.posting import TrialBalance
from tieout.tables import Table

__all__ = ["Opening", "load_opening", "save_carried"]

_CARRY: Final = "carry"
_BALANCES: Final = "balances.parquet"
_VOUCHERS: Final = "vouchers.parquet"
_EARLIER: Final = "metrics.parquet"
_COURIERS: Final = "couriers.parquet"
_STOCK: Final = "stock.parquet"
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
    """

    items: Mapping[str, CarryForward] = attrs.field(factory=dict)
    balances: Table[AccountBalance] | None = None
    vouchers: tuple[Voucher, ...] = ()
    beside: CarriedBeside = attrs.field(factory=CarriedBeside)
    earlier: pl.DataFrame | None = None


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
    try:
        items = {one.name: CarryForward.load(one) for one in sorted(carry.iterdir()) if one.is_dir()}
        earlier = carry / _EARLIER
        return Opening(
            items=items,
            balances=_table(carry / _BALANCES, AccountBalance),
            vouchers=tuple(_table(carry / _VOUCHERS, Voucher) or ()),
            beside=CarriedBeside(
                couriers=_table(carry / _COURIERS, SubledgerMovement), stock=_table(carry / _STOCK, SubledgerBalance)
            ),
            earlier=pl.read_parquet(earlier) if earlier.is_file() else None,
        )
    except (InputError, OSError, pl.exceptions.PolarsError) as cause:
        raise ConfigError(f"what was carried forward cannot be read: {cause}", where=where) from cause


def _table(path: Path, record: type[R]) -> Table[R] | None:
    return Table(pl.read_parquet(path), record) if path.is_file() else None


def save_carried(
    shop: Workshop,
    runs: Sequence[Ran],
    balance: TrialBalance | None,
    figures: pl.DataFrame,
    *,
    later: Sequence[Voucher],
    beside: CarriedBeside,
) -> None:
    """Write what the next period begins with.

    Args:
        shop: Where results are made.
        runs: All runs.
        balance: Trial balance; None without vouchers.
        figures: Of earlier periods and of this one.
        later: Vouchers of the next period.
        beside: What the ledgers beside the books go on from.
    """
    for one in runs:
        one.outcome.carry_forward.save(shop.path(f"{_CARRY}/{one.name}/items.parquet").parent)
    if balance is not None:
        carried = Table.from_records(balance.carried(), AccountBalance)
        carried.to_polars().write_parquet(shop.path(f"{_CARRY}/{_BALANCES}"))
    if later:
        Table.from_records(later, Voucher).to_polars().write_parquet(shop.path(f"{_CARRY}/{_VOUCHERS}"))
    for name, table in ((_COURIERS, beside.couriers), (_STOCK, beside.stock)):
        if table is not None:
            table.to_polars().write_parquet(shop.path(f"{_CARRY}/{name}"))
    figures.write_parquet(shop.path(f"{_CARRY}/{_EARLIER}"))
