"""Order rows: the rows of a file that are of one order, put together to the order.

What an order says as a whole stands on each of its rows, or on the first alone: the first that is not blank is taken, and rows
that say different things are findings. A column may hold a share of the order on each row (`summed`). Of times the one counts
that `Order` means: the first parcel that left, the last that was signed. The stage follows from those of the rows.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

from tieout.model import OrderStatus
from tieout.model.currency import exponent, from_units
from tieout.proof import Check
from tieout.sources._batch import Finding
from tieout.sources._grid import LINE, LINE_END
from tieout.sources._reading import Reading

__all__ = [
    "EXACT",
    "FINDINGS_MAX",
    "LINES",
    "LINE_PREFIX",
    "ROWS",
    "ROW_PREFIX",
    "agreement",
    "joined_rows",
    "order_status",
]

LINE_PREFIX, ROW_PREFIX = "_item_", "_row_"
"""What begins the names of columns that are the row's own: a field of its OrderLine, and all else."""
LINES, ROWS = "_lines", "_rows"
EXACT: Final = pl.Decimal(38, 8)

_FIRST_TIMES: Final = ("created_at", "shipped_at")
_LAST_TIMES: Final = ("paid_at", "signed_at", "completed_at", "closed_at")
_STAGES: Final = ("created", "paid", "partially_shipped", "shipped", "signed", "completed")
_ENDED: Final = ("closed", "rejected")
_SHOWN: Final = 4
FINDINGS_MAX: Final = 200
"""How many findings one check lists; its count is of all."""


def joined_rows(frame: pl.DataFrame, *, by: Sequence[str], summed: Sequence[str]) -> pl.DataFrame:
    """One row an order, in the order of their first lines.

    Args:
        frame: One row a line of the file. Columns with the prefixes of rows are left out.
        by: Columns whose values make rows one order.
        summed: Columns of amounts of which each row holds a share.

    Returns:
        The orders, with the first line, the last line where the lines stand together, the lines in `LINES`, their number in
        `ROWS`, and for each column that may disagree whether it does, as `_differs <column>`.
    """
    own = [
        name
        for name in frame.columns
        if not name.startswith((LINE_PREFIX, ROW_PREFIX)) and name not in (LINE, LINE_END, *by)
    ]
    of_each = [_of_order(name, is_summed=name in summed) for name in own]
    checked = [
        name
        for name in own
        if name not in (*summed, *_FIRST_TIMES, *_LAST_TIMES, "status") and not frame[name].dtype.is_nested()
    ]
    differs = [(pl.col(name).drop_nulls().n_unique() > 1).alias(f"_differs {name}") for name in checked]
    return (
        frame.group_by(by, maintain_order=True)
        .agg(
            pl.col(LINE).min(),
            pl.col(LINE_END).max(),
            pl.col(LINE).alias(LINES),
            pl.len().alias(ROWS),
            (pl.col(LINE_END) - pl.col(LINE) + 1).sum().alias("_height"),
            *of_each,
            *differs,
        )
        .with_columns(_is_run=pl.col(LINE_END) - pl.col(LINE) + 1 == pl.col("_height"))
        .with_columns(pl.when("_is_run").then(LINE_END).otherwise(LINE).alias(LINE_END))
    )


def _of_order(name: str, *, is_summed: bool) -> pl.Expr:
    """What an order says in a column, of what its rows say."""
    column = pl.col(name)
    if name == "status":
        return order_status(column)
    if is_summed:
        return pl.when(column.is_not_null().any()).then(column.sum()).alias(name)
    if name in _FIRST_TIMES:
        return column.min()
    if name in _LAST_TIMES:
        return column.max()
    return column.drop_nulls().first()


def order_status(status: pl.Expr) -> pl.Expr:
    """The stage of an order, of the stages of its lines, while grouping.

    Lines that ended without being sold do not count unless all did. Of the others the least advanced decides, and an order of
    which some lines left and some did not is partially shipped.

    Example:
        >>> frame = pl.DataFrame({"order": [1, 1, 2, 2, 3], "status": ["paid", "shipped", "closed", "signed", "closed"]})
        >>> frame.group_by("order", maintain_order=True).agg(order_status(pl.col("status")))["status"].to_list()
        ['partially_shipped', 'signed', 'closed']
    """
    stages = {stage: at for at, stage in enumerate(_STAGES)}
    rank = status.replace_strict(stages, default=None, return_dtype=pl.Int64)
    names = dict(enumerate(_STAGES))
    shipped = stages["shipped"]
    has_left = (rank >= shipped - 1).any() & (rank < shipped - 1).any()
    least = pl.when(has_left).then(shipped - 1).otherwise(rank.min())
    open_stage = least.replace_strict(names, default=None, return_dtype=pl.String)
    ended = status.filter(status.is_in(_ENDED))
    end = (
        pl.when(ended.n_unique() == 1).then(ended.first()).when(ended.len() > 0).then(pl.lit(OrderStatus.CLOSED.value))
    )
    return pl.coalesce(open_stage, end).alias(status.meta.output_name())


def agreement(reading: Reading, orders: pl.DataFrame, rows: pl.DataFrame, *, by: Sequence[str]) -> Check:
    """That the rows of each order say the same of it; where they do not, each contradiction is a finding.

    Args:
        reading: Where findings go.
        orders: What `joined_rows` gave.
        rows: What it was given.
        by: Columns whose values make rows one order.
    """
    flags = [name for name in orders.columns if name.startswith("_differs ")]
    wrong = orders.filter(pl.any_horizontal(flags)) if flags else orders.clear()
    captions = {column.name: column.caption for _, column in reading.bound}
    for flag in flags:
        name = flag.removeprefix("_differs ")
        for order in wrong.filter(flag).head(FINDINGS_MAX).select(*by, LINE, "currency").iter_rows(named=True):
            same = pl.all_horizontal(pl.col(key).eq_missing(pl.lit(order[key])) for key in by)
            said = rows.filter(same)[name].drop_nulls().unique(maintain_order=True).to_list()
            shown = ", ".join(_shown(value, name, order["currency"]) for value in said[:_SHOWN])
            caption = captions.get(name, name.strip("_"))
            text = f"the rows of order {order[by[0]]} contradict each other: column {caption!r}: {shown}"
            reading.findings.append(
                Finding(check="rows agree", sheet=reading.site.grid.sheet, line=order[LINE], text=text)
            )
    return Check(
        name="orders whose rows agree",
        side=reading.site.grid.sheet or "file",
        currency=None,
        total=orders.height,
        parts={"that do": orders.height - wrong.height},
    )


def _shown(value: object, name: str, currency: str) -> str:
    if name.endswith("_minor") and isinstance(value, int):
        return f"{from_units(value, currency):.{exponent(currency)}f}"
    return repr(value) if isinstance(value, str) else str(value)
