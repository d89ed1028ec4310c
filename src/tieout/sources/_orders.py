"""Orders: formats whose rows are orders or lines of orders, declared as other tables are.

A leaf names the columns of the order as `Order` has them, those of the row's line as `_item.<field>` of `OrderLine`, and
what else is the row's own as `_row.<name>`: `_row.tracking_no` and `_row.carrier` of its parcel, `_row.quantity` where there
are no lines. Names that begin with `_` otherwise are the order's, for the leaf's own use. `OrderRows` says what they mean
together. Beside the orders it gives their lines with the place of each (`OrderLine`), parcels (`Shipment`) and refunds
(`Refund`) if the file has them.

An order one of whose lines cannot be read is refused whole. That rows of an order agree, that numbers are different, and
that orders come to what the file says they come to, is checked.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

import attrs
import polars as pl

from tieout.model import Funder, Order, OrderLine, Refund, Shipment
from tieout.proof import Check
from tieout.sources._columns import Column
from tieout.sources._faults import CellFault
from tieout.sources._grid import LINE
from tieout.sources._order_parts import Less, lines_of, parcels_of, reductions_of, refunds_of
from tieout.sources._order_rows import EXACT, LINE_PREFIX, ROW_PREFIX, agreement, joined_rows
from tieout.sources._order_ties import note_scattered, tie_orders, unlike_numbers
from tieout.sources._reading import Reading
from tieout.sources._shaping import table_of_frame
from tieout.sources._table_format import TableFormat
from tieout.tables import Table

__all__ = ["Less", "OrderRows", "order_format"]

_ID: Final = "platform_order_id"
_ROW: Final = "_one_row"
_SHARES: Final = ("_gross", "_less_of_rows", "_settled_of_rows")
_STATED, _UNIT = f"{LINE_PREFIX}goods_amount_minor", f"{LINE_PREFIX}unit_price_minor"
_EXTRAS: Final = ("freight_charged_minor", "adjustment_minor", "added_tax_minor")
_BESIDE: Final = {"OrderLine": OrderLine, "Shipment": Shipment, "Refund": Refund}


def _as_tuple(items: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(items)


@attrs.frozen(kw_only=True)
class OrderRows:
    """What the rows of a file of orders mean.

    Attributes:
        one_row: Whether each row is a whole order. Else rows with one order number, of one shop where the file names it, are
            one order.
        summed: Columns of amounts of which each row holds a share of the order's.
        less: The columns of reductions.
        payable: Column of what the buyer pays in all, which the parts must come to.
        receivable: Column of what the merchant receives before fees, which the parts must come to.
        refund: Column of what was given back; one that begins with `_row_` is of the row.
        refund_status: Column of the stage of what is given back, as `RefundStatus` says it; None when it was paid.
        repeats_lines: Whether a line's number may stand on several rows, as in parts of orders that were split.
        has_lines: Whether `rows` makes the articles, so that no column of the file is one.
        has_parcels: Whether `rows` makes the parcels.
        rows: What the leaf does with the rows before they are put together.
        orders: What it does with the orders before their amounts are checked.
    """

    one_row: bool = False
    summed: tuple[str, ...] = ()
    less: tuple[Less, ...] = attrs.field(converter=_as_tuple, default=())
    payable: str | None = None
    receivable: str | None = None
    refund: str | None = None
    refund_status: str | None = None
    repeats_lines: bool = False
    has_lines: bool = False
    has_parcels: bool = False
    rows: Callable[[pl.DataFrame, Reading], pl.DataFrame] | None = None
    orders: Callable[[pl.DataFrame, Reading], pl.DataFrame] | None = None


def order_format(columns: Iterable[Column], rows: OrderRows, **said: Any) -> TableFormat:  # noqa: ANN401 - TableFormat's own
    """A format whose records are orders.

    Args:
        columns: Its columns.
        rows: What its rows mean.
        **said: Whatever else `TableFormat` takes.
    """
    declared = tuple(columns)
    shop = ("shop_id",) if any(column.name == "shop_id" for column in declared) else ()
    maker = _Maker(columns=declared, rows=rows, by=() if rows.one_row else (_ID, *shop))
    return TableFormat(
        record=Order,
        columns=declared,
        grouped_by=() if rows.one_row else (_ID, *shop),
        refuse=maker.refuse,
        shape=maker.shape,
        others=maker.others,
        checks=maker.checks,
        **said,
    )


@attrs.frozen(kw_only=True)
class _Maker:
    """The hooks of one format."""

    columns: tuple[Column, ...]
    rows: OrderRows
    by: tuple[str, ...]

    @property
    def has_lines(self) -> bool:
        return self.rows.has_lines or any(column.name.startswith(LINE_PREFIX) for column in self.columns)

    def refuse(self, reading: Reading) -> list[CellFault]:
        """Rows of an order in another currency than its first one: an order has one."""
        values = reading.values
        by = [name for name in self.by if name in values.columns]
        column = next((column for column in self.columns if column.name == "currency"), None)
        if not by or column is None:
            return []
        first = pl.col("currency").drop_nulls().first().over(by)
        others = values.select((pl.col("currency") != first) & pl.col(by[0]).is_not_null()).to_series()
        return [_of_another_currency(row, column.caption, values["currency"][row]) for row in others.arg_true()]

    def shape(self, frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
        """Orders, and what stands beside them."""
        if self.rows.rows is not None:
            frame = self.rows.rows(frame, reading)
        frame = frame if self.by else frame.with_columns(pl.col(LINE).alias(_ROW))
        by = [name for name in self.by if name in frame.columns] or [_ROW]
        frame = frame.with_columns(
            _gross=_gross_expr(frame),
            _less_of_rows=_less_expr(one for one in self.rows.less if one.is_of_row),
            _settled_of_rows=_less_expr(one for one in self.rows.less if one.is_of_row and _is_settled(one)),
        )
        orders = joined_rows(frame, by=by, summed=(*self.rows.summed, *_SHARES))
        if self.has_lines:
            reading.beside["OrderLine"], line = lines_of(frame, self.rows.less)
            listed = frame.group_by(by, maintain_order=True).agg(
                line.filter(pl.col(f"{LINE_PREFIX}quantity").is_not_null()).alias("lines")
            )
            orders = orders.join(listed, on=by, how="left", maintain_order="left", nulls_equal=True)
        if self.rows.orders is not None:
            orders = self.rows.orders(orders, reading)
        orders = reductions_of(frame, orders, self.rows.less, by=by)
        reading.lines_taken = frozenset(frame[LINE].to_list())
        self._put_beside(frame, orders, reading)
        reading.checks += self._checks(frame, orders, reading, by)
        return orders

    def _put_beside(self, frame: pl.DataFrame, orders: pl.DataFrame, reading: Reading) -> None:
        if self.rows.has_parcels or "_row_tracking_no" in {column.name for column in self.columns}:
            reading.beside["Shipment"] = parcels_of(reading, frame)
        refund = self.rows.refund
        if refund is not None:
            is_of_row = refund.startswith(ROW_PREFIX)
            number = f"{LINE_PREFIX}platform_sub_order_id" if is_of_row else _ID
            reading.beside["Refund"] = refunds_of(
                frame if is_of_row else orders, refund, number=number, status=self.rows.refund_status
            )

    def _checks(self, frame: pl.DataFrame, orders: pl.DataFrame, reading: Reading, by: list[str]) -> Iterator[Check]:
        if self.rows.one_row:
            yield from unlike_numbers(reading, orders, _ID, "order numbers")
        else:
            note_scattered(reading, orders)
            yield agreement(reading, orders, frame, by=by)
        if f"{LINE_PREFIX}platform_sub_order_id" in frame.columns and not self.rows.repeats_lines:
            yield from unlike_numbers(reading, frame, f"{LINE_PREFIX}platform_sub_order_id", "line numbers")
        if {_STATED, _UNIT} <= set(frame.columns):
            priced = frame.filter(pl.col(_UNIT).is_not_null())
            yield tie_orders(reading, priced, "price x pieces", stated=_STATED, derived=_unit_expr())
        yield from self._ties(orders, reading)

    def _ties(self, orders: pl.DataFrame, reading: Reading) -> Iterator[Check]:
        amount = _payable_expr(orders, self.rows.less)
        settled = _less_expr(one for one in self.rows.less if not one.is_of_row and _is_settled(one))
        receivable = amount + settled + pl.col("_settled_of_rows")
        is_stated = any(column.name == "goods_amount_minor" for column in self.columns)
        if is_stated and orders["_gross"].count():
            priced = orders.filter(pl.col("_gross").is_not_null())
            yield tie_orders(reading, priced, "goods", stated="goods_amount_minor", derived=pl.col("_gross"))
        for what, stated, derived in (
            ("buyer_payable", self.rows.payable, amount),
            ("merchant_receivable", self.rows.receivable, receivable),
        ):
            if stated is not None and orders[stated].count():
                yield tie_orders(reading, orders, what, stated=stated, derived=derived)

    def others(self, reading: Reading) -> Mapping[str, Table[Any]]:
        """The lines, parcels and refunds."""
        return {name: table_of_frame(frame, _BESIDE[name], reading) for name, frame in reading.beside.items()}

    def checks(self, reading: Reading) -> Iterator[Check]:
        """What `shape` found out."""
        yield from reading.checks


def _of_another_currency(row: int, caption: str, found: str) -> CellFault:
    return CellFault(
        row=row,
        column=caption,
        reason="amount.other_currency",
        found=found,
        problem="is not the currency of the order's first line",
        expected="one currency for an order",
    )


def _is_settled(one: Less) -> bool:
    return one.settled and one.funder is not Funder.MERCHANT


def _less_expr(less: Iterable[Less]) -> pl.Expr:
    """The sum of reductions, exactly; zero where there are none."""
    columns = [pl.col(one.column).fill_null(0).cast(EXACT) for one in less]
    return pl.sum_horizontal(*columns) if columns else pl.lit(0, dtype=EXACT)


def _gross_expr(frame: pl.DataFrame) -> pl.Expr:
    """What the article of a row costs before reductions, in minor units; null where no price is said."""
    said = [pl.col(_STATED).cast(EXACT)] if _STATED in frame.columns else []
    if _UNIT in frame.columns:
        said.append(_unit_expr())
    return pl.coalesce(*said) if said else pl.lit(None, dtype=EXACT)


def _unit_expr() -> pl.Expr:
    """Price of one piece times pieces, exactly."""
    return (pl.col(_UNIT).cast(pl.Decimal(38, 0)) * pl.col(f"{LINE_PREFIX}quantity")).cast(EXACT)


def _payable_expr(orders: pl.DataFrame, less: Iterable[Less]) -> pl.Expr:
    """What `Order.buyer_payable` gives, of columns; null where no price is said."""
    goods = [pl.col("goods_amount_minor").cast(EXACT)] if "goods_amount_minor" in orders.columns else []
    extras = (pl.col(name).fill_null(0).cast(EXACT) for name in _EXTRAS if name in orders.columns)
    of_order = _less_expr(one for one in less if not one.is_of_row)
    return pl.sum_horizontal(pl.lit(0, dtype=EXACT), *extras) + (
        pl.coalesce(*goods, pl.col("_gross")) - of_order - pl.col("_less_of_rows")
    )
