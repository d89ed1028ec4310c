"""DHL eCommerce invoice (DHL 电商小包账单).

A text of typed rows without captions. HDR is the invoice: its date, number, account, total and number of shipments. Each DTL
below it is a shipment with 38 columns of charges, taxes and duties among them; they sum to the total. A shipment may have a
second row that charges nothing: it is set apart. A row of another type that charges something is rejected, for nobody knows
what it is. Parcels within the US go by the number of the postal barcode, which is 420, the first five digits of the ZIP and the
number of the file; a number that was put over the label wins; parcels abroad go by their own. Days with slashes begin with the
month. Nothing says the currency.

Rules: `formats.md` 5, `domain.md` 3.5. No real file was at hand: the positions come from programs that read them.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import polars as pl

from tieout.errors import InputError
from tieout.model import CourierCharge, CourierInvoice, Leg
from tieout.money import to_minor
from tieout.proof import Check
from tieout.sources._amounts import Amount, Charge
from tieout.sources._captions import Row
from tieout.sources._grid import LINE, cell_name
from tieout.sources._measures import Number, in_unit_expr
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Date
from tieout.sources._totals import declared_count, declared_money, declared_sum, declared_whole
from tieout.sources._typed_rows import ROW_TYPE, RowLayouts, TypedRowsFormat, rows_of_type
from tieout.sources._words import Choice, Key, Text
from tieout.tables import Table

__all__ = ["FORMAT"]

_CAPTIONS: Final = (
    *("sold to", "inventory positioner", "bill of lading", "column 5", "billing reference 1", "processing facility"),
    *("pickup from", "pickup date", "pickup time", "internal tracking", "customer confirmation"),
    *("delivery confirmation", "column 14", "recipient address 1", "recipient address 2", "recipient city"),
    *("recipient state", "recipient zip", "recipient country", "material number", "material description"),
    *("actual weight", "unit of actual weight", "billing weight", "unit of billing weight", "quantity"),
    *("unit of quantity", "pricing zone", "charge", "customer reference 1", "customer reference 2"),
    *("workshare dropoff", "workshare sort", "workshare stamp", "workshare machine", "workshare manifest"),
    *("workshare bpm", "workshare future use 1", "workshare future use 2", "workshare future use 3"),
    *("surcharge content endorse", "surcharge unassignable address", "surcharge special handling"),
    *("surcharge late arrival", "surcharge usps qualification", "surcharge client srd"),
    *("non-qualified dimensions", "returned mail unassignable", "returned mail unprocessable"),
    *("returned mail recall", "returned mail duplicate", "returned mail content assurance"),
    *("returned mail move update", "gst tax", "hst tax", "pst tax", "vat tax", "duties", "other tax"),
    *("returned mail paper invoice", "returned mail screening", "returned mail non-automated flats"),
    *("cross-border customs surcharge", "fuel surcharge", "minimum pickup charge", "overlabeled value"),
    *("dimensional weight", "unit of dimensional weight", "length", "width", "height", "unit of dimensions"),
    *("peak surcharge", "broker fee", "extra length surcharge", "extra volume surcharge"),
    *("delivery area surcharge", "dangerous goods charge"),
)
_KINDS: Final = {
    "discount": _CAPTIONS[31:40],
    "additional_handling": ("surcharge special handling",),
    "oversize": ("non-qualified dimensions", "extra length surcharge", "extra volume surcharge"),
    "return_to_sender": ("returned mail unassignable", "returned mail unprocessable", "returned mail recall"),
    "tax": ("gst tax", "hst tax", "pst tax", "vat tax", "other tax"),
    "duty": ("duties",),
    "customs": ("cross-border customs surcharge", "broker fee"),
    "fuel": ("fuel surcharge",),
    "minimum": ("minimum pickup charge",),
    "peak": ("peak surcharge",),
    "das": ("delivery area surcharge",),
}
_KIND_OF: Final = {caption: kind for kind, captions in _KINDS.items() for caption in captions}
_CHARGES: Final = tuple(
    Charge(caption, _KIND_OF.get(caption, "other"), optional=True) for caption in (*_CAPTIONS[31:65], *_CAPTIONS[72:])
)
_WEIGHT_UNITS: Final = {"LB": "lb", "LBS": "lb", "OZ": "oz", "KG": "kg", "KGS": "kg", "G": "g"}
_LENGTH_UNITS: Final = {"IN": "in", "CM": "cm"}
_MEASURES: Final = {
    "billed_weight_g": ("_billed", "_billed_unit", _WEIGHT_UNITS),
    "actual_weight_g": ("_actual", "_actual_unit", _WEIGHT_UNITS),
    "length_cm": ("_length", "_length_unit", _LENGTH_UNITS),
    "width_cm": ("_width", "_length_unit", _LENGTH_UNITS),
    "height_cm": ("_height", "_length_unit", _LENGTH_UNITS),
}
_NOTHING: Final = r"^[-+]?0*\.?0*$"
_PARCEL: Final = r"^9[1-5]\d{20}(?:\d{4})?$"  # a postal number without the ZIP before it
_BILL: Final = "_bill"
_DATE, _NUMBER, _ACCOUNT, _TOTAL, _SHIPMENTS = 1, 2, 3, 11, 13  # cells of the invoice's row


def _is_apart(cell: Callable[[str], pl.Expr]) -> pl.Expr:
    """The row of an invoice, and rows that charge nothing."""
    amounts = ("charge", *(charge.caption for charge in _CHARGES))
    charges_nothing = pl.all_horizontal(cell(caption).fill_null("").str.contains(_NOTHING) for caption in amounts)
    return (cell(ROW_TYPE) == "HDR").fill_null(value=False) | charges_nothing


def _currency(reading: Reading) -> str:
    raise InputError(
        "the file does not say its currency", where=reading.where, hint="say it: constants={'currency': 'USD'}"
    )


def _date_format(said: pl.Series | None) -> str | None:
    """The carrier is American: dates with slashes begin with the month."""
    has_slashes = said is not None and said.str.contains("/", literal=True).any()
    return "%m/%d/%Y" if has_slashes else None


def _cell(row: Row, at: int) -> str | None:
    return (row.cells[at] if at < len(row.cells) else "") or None


def _bill_of(lines: pl.Expr, invoices: list[Row]) -> pl.Expr:
    """Of which invoice a line is, by the order of their rows; null above the first."""
    starts = pl.sum_horizontal(pl.lit(0), *((lines > row.line).cast(pl.Int64) for row in invoices))
    return pl.when(starts > 0).then(starts - 1)


def _tracking() -> pl.Expr:
    zip5 = pl.col("dest_postcode").str.extract(r"^(\d{4,5})(?:\D|\d{4}$|$)").str.zfill(5)

    def whole(number: pl.Expr) -> pl.Expr:
        routed = pl.concat_str(pl.lit("420"), zip5, number)
        return pl.when(number.str.contains(_PARCEL)).then(pl.coalesce(routed, number)).otherwise(number)

    domestic, foreign = whole(pl.col("_domestic")), pl.col("_foreign")
    is_domestic = pl.col("dest_country").str.to_uppercase().is_in(["US", "USA"]).fill_null(value=False)
    of_country = pl.when(is_domestic).then(pl.coalesce(domestic, foreign)).otherwise(pl.coalesce(foreign, domestic))
    return pl.coalesce(whole(pl.col("_overlabel")), of_country)


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    invoices = rows_of_type(reading, "HDR")
    numbers = dict(enumerate(_cell(row, _NUMBER) for row in invoices))
    is_return = pl.concat_str("_program", "service", separator=" ", ignore_nulls=True).str.contains(r"(?i)\breturns?\b")
    return frame.with_columns(
        _tracking().alias("tracking_no"),
        _bill_of(pl.col(LINE), invoices).replace_strict(numbers, return_dtype=pl.String).alias("bill_no"),
        pl.when(is_return.fill_null(value=False))
        .then(pl.lit(Leg.RETURN.value))
        .otherwise(pl.lit(Leg.OUTBOUND.value))
        .alias("leg"),
        pl.coalesce("description", "service").alias("description"),
        *(
            in_unit_expr(pl.when(pl.col(name) != 0).then(pl.col(name)), pl.col(unit).str.to_uppercase(), units).alias(
                field
            )
            for field, (name, unit, units) in _MEASURES.items()
        ),
    )


def _total_of(number: str | None) -> str:
    return f"total of invoice {number}"


def _shipments_of(number: str | None) -> str:
    return f"number of shipments of invoice {number}"


def _invoice_of(row: Row, reading: Reading) -> CourierInvoice | None:
    number, currency = _cell(row, _NUMBER), reading.currency
    if number is None or currency is None or reading.conventions is None:
        reading.note("invoice.not_read", f"line {row.line}: the invoice says no number")
        return None
    said = pl.Series([_cell(row, _DATE)], dtype=pl.String)
    day = Date("invoice date", to="invoice_date", format=_date_format(said)).parse(said, reading.conventions)
    if day.faults:
        reading.note("date.unreadable", f"the date of invoice {number}, {said[0]!r}, is not a date")
    return CourierInvoice(
        carrier="dhl",
        bill_no=number,
        account_no=_cell(row, _ACCOUNT),
        invoice_date=day.values[0],
        currency=currency,
        total=declared_money(reading, _cell(row, _TOTAL), currency, name=_total_of(number)),
        parcels=declared_whole(reading, _cell(row, _SHIPMENTS), name=_shipments_of(number)),
        provenance=reading.provenance(row.line),
    )


def _others(reading: Reading) -> Mapping[str, Table[Any]]:
    found = [invoice for row in rows_of_type(reading, "HDR") if (invoice := _invoice_of(row, reading))]
    return {"CourierInvoice": Table.from_records(found, record=CourierInvoice)}


def _checks(reading: Reading) -> Iterator[Check]:
    invoices = rows_of_type(reading, "HDR")
    bill = _bill_of(pl.col(LINE), invoices)
    charged = pl.sum_horizontal(
        pl.col("amount_minor").fill_null(0), *(pl.col(charge.name).fill_null(0) for charge in _CHARGES)
    )
    shipments = _shipments(reading).group_by(bill.alias(_BILL)).agg(pl.col("shipment").n_unique())
    counts = dict(shipments.iter_rows())
    yield declared_count(reading, "shipments above the first invoice", bill.is_null(), 0)
    for at, row in enumerate(invoices):
        number, currency = _cell(row, _NUMBER), reading.currency
        name, said = _total_of(number), _cell(row, _TOTAL)
        total = declared_money(reading, said, currency, name=name) if currency is not None else None
        if said is None or currency is None:
            reading.note("total.missing", f"invoice {number} says no total")
        elif total is not None:
            yield declared_sum(reading, name, pl.when(bill == at).then(charged), to_minor(total), currency=currency)
        name = _shipments_of(number)
        count = declared_whole(reading, _cell(row, _SHIPMENTS), name=name)
        if count is not None:
            found = {"shipments": counts.get(at, 0)}
            yield Check(name=name, side="file", currency=None, total=count, parts=found)


def _shipments(reading: Reading) -> pl.DataFrame:
    """The lines of shipments with what tells one from another, those that charge nothing included."""
    at = [_CAPTIONS.index(name) + 1 for name in ("internal tracking", "delivery confirmation", "customer confirmation")]
    shown = [pl.when(pl.col(cell_name(cell)).str.strip_chars() != "").then(cell_name(cell)) for cell in at]
    named = pl.coalesce(*shown)
    rows = reading.body.filter((pl.col(cell_name(0)).str.strip_chars() == "DTL") & named.is_not_null())
    return rows.select(LINE, named.alias("shipment"))


FORMAT: Final = TypedRowsFormat(
    layouts=RowLayouts(records={"DTL": _CAPTIONS}, others=("HDR",), may_lack=12),
    table=TableFormat(
        record=CourierCharge,
        carrier="dhl",
        evidence="columns only",
        marks=("^HDR$", "^DTL$"),
        columns=(
            Choice(ROW_TYPE, {"DTL": "shipment"}, to="_row", needed=True),
            Key("sold to", to="account_no", needed=False),
            Text("billing reference 1", to="_program"),
            Date("pickup date", to="ship_date"),
            Key("customer confirmation", to="_foreign", needed=False, compact=True),
            Key("delivery confirmation", to="_domestic", needed=False, compact=True),
            Text("recipient city", to="dest.city"),
            Text("recipient state", to="dest.province"),
            Text("recipient zip", to="dest.postcode"),
            Text("recipient country", to="dest.country"),
            Text("material description", to="service"),
            Number("actual weight", to="_actual"),
            Text("unit of actual weight", to="_actual_unit"),
            Number("billing weight", to="_billed"),
            Text("unit of billing weight", to="_billed_unit"),
            Text("pricing zone", to="zone_billed"),
            Amount("charge", to="amount"),
            Text("customer reference 1", to="order_id"),
            Key("overlabeled value", to="_overlabel", needed=False, compact=True),
            *_CHARGES,
            Number("length", to="_length"),
            Number("width", to="_width"),
            Number("height", to="_height"),
            Text("unit of dimensions", to="_length_unit"),
        ),
        ignored=_CAPTIONS,
        main_part="base",
        currency_of=_currency,
        date_format_of=lambda reading: _date_format(reading.cells("pickup date")),
        is_apart=_is_apart,
        shape=_shape,
        others=_others,
        checks=_checks,
    ),
)
