"""Order ties: that what an order comes to by its parts is what the file says it comes to."""

from collections.abc import Iterator

import polars as pl

from tieout.model import OrderStatus
from tieout.model.currency import exponent, from_units
from tieout.proof import Check
from tieout.sources._batch import Finding
from tieout.sources._grid import LINE
from tieout.sources._order_rows import EXACT, FINDINGS_MAX, LINES, ROWS
from tieout.sources._reading import Reading

__all__ = ["note_scattered", "tie_orders", "unlike_numbers"]

_MAY_BE_UNPAID = (OrderStatus.CREATED.value, OrderStatus.CLOSED.value)


def tie_orders(reading: Reading, orders: pl.DataFrame, what: str, *, stated: str, derived: pl.Expr) -> Check:
    """That of every order a stated amount is the one that follows from its parts; others become findings.

    Args:
        reading: Where findings go, and the captions come from.
        orders: One row an order.
        what: The amount, as the record calls it.
        stated: Column of the stated amount, in minor units; orders without it are not looked at.
        derived: The amount by the parts. An order that was not paid, or was closed, may state zero all the same.
    """
    frame = orders.filter(pl.col(stated).is_not_null()).with_columns(_derived=derived.cast(EXACT))
    is_same = (pl.col("_derived") == pl.col(stated).cast(EXACT)).fill_null(value=False)
    status = pl.col("status") if "status" in frame.columns else pl.lit(None, dtype=pl.String)
    is_unpaid = ~is_same & (pl.col(stated) == 0) & status.is_in(_MAY_BE_UNPAID).fill_null(value=False)
    wrong = frame.filter(~is_same & ~is_unpaid)
    unpaid = frame.filter(is_unpaid).height
    caption = next(
        (column.caption for _, column in reading.bound if column.name == stated),
        stated.strip("_").removesuffix("_minor"),
    )
    shown = wrong.head(FINDINGS_MAX).select(LINE, "platform_order_id", stated, "_derived", "currency")
    for line, order, said, found, currency in shown.iter_rows():
        decimals = exponent(currency)
        parts = "nothing" if found is None else f"{found.scaleb(-decimals):.{decimals}f}"
        reading.findings.append(
            Finding(
                check=what,
                sheet=reading.site.grid.sheet,
                line=line,
                text=f"order {order}: {caption} says {from_units(said, currency):.{decimals}f}, its parts come to {parts}",
            )
        )
    return Check(
        name=f"orders where {what} = {caption}",
        side=reading.site.grid.sheet or "file",
        currency=None,
        total=frame.height,
        parts={"that do": frame.height - wrong.height - unpaid} | ({"closed or not paid": unpaid} if unpaid else {}),
    )


def unlike_numbers(reading: Reading, frame: pl.DataFrame, column: str, what: str) -> Iterator[Check]:
    """That no two records of the file have one number; nothing where there are no numbers."""
    numbered = frame.filter(pl.col(column).is_not_null())
    if numbered.is_empty():
        return
    twice = numbered.filter(pl.col(column).is_duplicated())
    for number, lines in twice.group_by(column, maintain_order=True).agg(LINE).head(FINDINGS_MAX).iter_rows():
        reading.findings.append(
            Finding(
                check=f"{what} are different",
                sheet=reading.site.grid.sheet,
                line=lines[0],
                text=f"{number} stands on lines {', '.join(map(str, lines))}",
            )
        )
    yield Check(
        name=f"{what} are different",
        side=reading.site.grid.sheet or "file",
        currency=None,
        total=numbered.height,
        parts={"that are": numbered.height - twice.height},
    )


def note_scattered(reading: Reading, orders: pl.DataFrame) -> None:
    """Say how many orders have rows that do not stand together: such an order names its first line alone."""
    scattered = orders.filter(~pl.col("_is_run") & (pl.col(ROWS) > 1))
    if scattered.height:
        lines = ", ".join(map(str, scattered[LINES][0].to_list()[:8]))
        text = f"the rows of {scattered.height} orders do not stand together, such as lines {lines}"
        reading.note("order.scattered", text)
