"""Order parts: the lines, reductions, parcels and refunds that the rows of an order file hold beside the orders."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import attrs
import polars as pl

from tieout.keys import DamageKind, carrier_code_expr, damage_expr, normalize_expr
from tieout.model import Discount, DiscountKind, Funder, OrderLine, RefundStatus, ShipmentLine
from tieout.sources._grid import LINE, LINE_END
from tieout.sources._order_rows import LINE_PREFIX
from tieout.sources._reading import Reading
from tieout.tables._schema import record_schema

__all__ = ["Less", "lines_of", "packed", "parcels_of", "reductions_of", "refunds_of"]

_OF_ORDER: Final = ("platform", "shop_id", "platform_order_id", "currency")
_OF_PARCEL: Final = ("shop_id", "ship_to_country", "ship_to_province", "ship_to_city", "ship_to_postcode")
_PARTING: Final = r"[,;，；、|\s]+"
_GUARD: Final = r"^(?:(?i:no)[:：]|@|')"
_IS_NUMBER: Final = r"[0-9]{4}"
_LOST: Final = [kind.value for kind in DamageKind if kind.is_lossy and kind.is_certain]


@attrs.frozen
class Less:
    """A column of reductions: what a buyer pays less.

    Attributes:
        column: The column, in minor units; one that begins with `_row_` holds the reduction of each row.
        kind: What it is called.
        funder: Who bears it.
        settled: Whether the funder pays the merchant what the buyer saved.
        code: Column of the coupon's code; None when the file names none.
    """

    column: str
    kind: DiscountKind = attrs.field(converter=DiscountKind)
    funder: Funder = attrs.field(converter=Funder)
    settled: bool = attrs.field(kw_only=True, default=False)
    code: str | None = attrs.field(kw_only=True, default=None)

    @property
    def is_of_row(self) -> bool:
        """Whether each row has its own."""
        return self.column.startswith("_row_")


def packed(record: type, fields: Mapping[str, pl.Expr]) -> pl.Expr:
    """A record as one value of a column: all its fields in order, null where nothing is said."""
    dtypes = record_schema(record).dtypes
    return pl.struct(
        fields[name].cast(dtype).alias(name) if name in fields else pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in dtypes.items()
    )


def lines_of(rows: pl.DataFrame, less: Sequence[Less]) -> tuple[pl.DataFrame, pl.Expr]:
    """The lines of orders as records of their own, and the same as one value to put into their orders.

    Args:
        rows: One row a line of the file.
        less: The reductions; what each row has of its own becomes the line's.
    """
    items = [name for name in rows.columns if name.startswith(LINE_PREFIX)]
    fields = {name.removeprefix(LINE_PREFIX): pl.col(name) for name in items}
    own = [one.column for one in less if one.is_of_row]
    if own and "line_discount_minor" not in fields:
        fields["line_discount_minor"] = pl.sum_horizontal(own)
    fields["currency"] = pl.col("currency")
    alone = fields | {name: pl.col(name) for name in _OF_ORDER if name in rows.columns}
    frame = rows.filter(fields["quantity"].is_not_null()).select(
        LINE, LINE_END, *(value.alias(name) for name, value in alone.items())
    )
    return frame, packed(OrderLine, fields)


def reductions_of(rows: pl.DataFrame, orders: pl.DataFrame, less: Iterable[Less], *, by: Sequence[str]) -> pl.DataFrame:
    """The reductions of each order that are not zero, as one list of values an order, in `discounts`."""
    found = []
    for at, one in enumerate(less):
        frame = (rows if one.is_of_row else orders).filter(pl.col(one.column).fill_null(0) != 0)
        fields = {
            "kind": pl.lit(one.kind.value),
            "funder": pl.lit(one.funder.value),
            "amount_minor": pl.col(one.column),
            "currency": pl.col("currency"),
            "settled_to_merchant": pl.lit(one.settled),
        }
        if one.code is not None:
            fields["code"] = pl.col(one.code)
        line_id = f"{LINE_PREFIX}platform_sub_order_id"
        if one.is_of_row and line_id in rows.columns:
            fields["line_id"] = pl.col(line_id)
        found.append(frame.select(*by, LINE, pl.lit(at).alias("_at"), packed(Discount, fields).alias("discounts")))
    if not found:
        return orders
    listed = pl.concat(found).sort(LINE, "_at").group_by(by, maintain_order=True).agg("discounts")
    return orders.join(listed, on=list(by), how="left", maintain_order="left", nulls_equal=True)


def parcels_of(reading: Reading, rows: pl.DataFrame) -> pl.DataFrame:
    """The parcels that `_row_tracking_no` names, with the articles in them; one parcel may hold several orders.

    Args:
        reading: Where notes go.
        rows: One row a line of the file. A cell may hold several numbers. `_row_carrier` is the carrier as the file calls it.
    """
    frame = _numbered(reading, rows)
    quantity = "_item_quantity" if "_item_quantity" in rows.columns else "_row_quantity"
    names = {
        "platform_order_id": "platform_order_id",
        "platform_sub_order_id": "_item_platform_sub_order_id",
        "sku": "_item_sku",
        "quantity": quantity,
    }
    article = packed(ShipmentLine, {field: pl.col(name) for field, name in names.items() if name in rows.columns})
    known = [name for name in _OF_PARCEL if name in rows.columns]
    times = [name for name in ("shipped_at", "signed_at") if name in rows.columns]
    return frame.group_by("tracking_no", "carrier", maintain_order=True).agg(
        pl.col(LINE).min(),
        # Lines of other parcels may stand between, so only the first line is named.
        pl.col(LINE).min().alias(LINE_END),
        *(pl.col(name).drop_nulls().first() for name in known),
        *(pl.col(name).min() for name in times),
        article.filter(pl.col(quantity).is_not_null()).alias("lines"),
    )


def _numbered(reading: Reading, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows that name a parcel, once for each number, in the form in which tracking numbers are compared."""
    number = pl.col("_row_tracking_no")
    carrier = pl.col("_row_carrier") if "_row_carrier" in rows.columns else pl.lit(None, dtype=pl.String)
    frame = (
        rows.filter(number.is_not_null())
        .with_columns(number.str.replace_all(_PARTING, " ").str.strip_chars().str.split(" ").alias("_number"))
        .explode("_number")
        .with_columns(pl.col("_number").str.replace(_GUARD, ""))
        .filter(pl.col("_number").str.contains(_IS_NUMBER))
        .with_columns(
            normalize_expr(pl.col("_number")).alias("tracking_no"),
            damage_expr(pl.col("_number")).struct.field("kind").alias("_damage"),
            carrier_code_expr(carrier).alias("carrier"),
        )
    )
    is_lost = pl.col("_damage").is_in(_LOST).fill_null(value=False)
    lost = frame.filter(is_lost).height
    is_kept = reading.conventions is not None and reading.conventions.keep_damaged_ids
    if lost:
        said = "kept" if is_kept else "so their parcels are not known"
        reading.note("data.id_precision_lost", f"{lost} tracking numbers lost digits, {said}")
    return frame if is_kept else frame.filter(~is_lost)


def refunds_of(frame: pl.DataFrame, column: str, *, number: str, status: str | None) -> pl.DataFrame:
    """What was given back, one record an order or a row. Such files name no refund: it has the number of what it is for.

    Args:
        frame: One row an order, or a line of the file.
        column: What was given back, in minor units; nothing where it is blank or zero.
        number: Column whose value becomes the refund's number.
        status: Column of the stage, a word of `RefundStatus`; None when the amount is what was paid.
    """
    stage = pl.lit(RefundStatus.SUCCEEDED.value) if status is None else pl.col(status)
    is_paid = stage == RefundStatus.SUCCEEDED.value
    sub = "_item_platform_sub_order_id"
    return frame.filter(pl.col(column).fill_null(0) != 0).select(
        LINE,
        LINE_END,
        *(name for name in _OF_ORDER if name in frame.columns),
        *([pl.col(sub).alias("platform_sub_order_id")] if sub in frame.columns else []),
        pl.col(number).alias("refund_id"),
        pl.when(is_paid).then(column).otherwise(0).alias("amount_minor"),
        pl.col(column).alias("amount_requested_minor"),
        stage.alias("status"),
    )
