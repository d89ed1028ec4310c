"""FedEx Billing Online download, all columns (FedEx 账单下载).

A line for each tracking number on an invoice. Beside `Transportation Charge Amount` stand up to 25 pairs of columns under the
same two captions, `Tracking ID Charge Description` and `Tracking ID Charge Amount`: surcharges, and discounts below zero. They
sum to `Net Charge Amount`; some files list the transportation among the pairs too, so what the pairs leave of the net is what
counts as transportation. Credits have a negative net. `Original Amount Due`, the invoice's total, is repeated on every line.
Days are written yyyymmdd, weights and dimensions have their unit beside them, and nothing says the currency.

Rules: `formats.md` 5, `domain.md` 3.5 and 3.7. No real file was at hand: the captions come from programs that read them.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import polars as pl

from tieout.errors import InputError
from tieout.model import ChargeType, CourierCharge
from tieout.model.currency import exponent, from_units
from tieout.proof import Check
from tieout.sources._amounts import Amount
from tieout.sources._batch import Finding
from tieout.sources._courier_invoices import INVOICE_TOTAL, invoice_checks, invoices_of
from tieout.sources._courier_words import english_charge_type_expr
from tieout.sources._grid import LINE
from tieout.sources._measures import Number, in_unit_expr
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Date
from tieout.sources._words import Key, Text, Tracking
from tieout.tables import Table

__all__ = ["FORMAT"]

_WORDS: Final = "Tracking ID Charge Description"
_AMOUNT: Final = "Tracking ID Charge Amount"
_PAIRS: Final = range(1, 26)
_WEIGHT_UNITS: Final = {"L": "lb", "LB": "lb", "LBS": "lb", "K": "kg", "KG": "kg", "KGS": "kg", "O": "oz", "OZ": "oz"}
_LENGTH_UNITS: Final = {"I": "in", "IN": "in", "C": "cm", "CM": "cm"}
_MEASURES: Final = {
    "billed_weight_g": ("_billed", "_billed_unit", _WEIGHT_UNITS),
    "actual_weight_g": ("_actual", "_actual_unit", _WEIGHT_UNITS),
    "length_cm": ("_length", "_length_unit", _LENGTH_UNITS),
    "width_cm": ("_width", "_length_unit", _LENGTH_UNITS),
    "height_cm": ("_height", "_length_unit", _LENGTH_UNITS),
}
_OF_PAIRS: Final = pl.sum_horizontal(pl.col(f"_pair_{nth}_minor").fill_null(0) for nth in _PAIRS)


def _measured(name: str, unit: str, units: Mapping[str, str]) -> pl.Expr:
    """A weight or a length by the unit beside it; none where the file says 0 or no unit that is known."""
    number = pl.when(pl.col(name) != 0).then(pl.col(name))
    return in_unit_expr(number, pl.col(unit).str.to_uppercase(), units)


def _currency(reading: Reading) -> str:
    raise InputError(
        "the file does not say its currency", where=reading.where, hint="say it: constants={'currency': 'USD'}"
    )


def _shape(frame: pl.DataFrame, _: Reading) -> pl.DataFrame:
    """A record for the transportation, and one for each pair that charges anything."""
    frame = frame.with_columns(
        *(_measured(name, unit, units).alias(field) for field, (name, unit, units) in _MEASURES.items()),
        pl.coalesce("_ground_service", "_service").alias("service"),
    )
    rest = pl.col("amount_minor") - _OF_PAIRS
    has_pairs = pl.any_horizontal(pl.col(f"_pair_{nth}_minor").fill_null(0) != 0 for nth in _PAIRS)
    own = frame.with_columns(
        rest.alias("amount_minor"),
        pl.lit(ChargeType.BASE.value).alias("charge_type"),
        pl.lit("Transportation Charge").alias("description"),
        pl.lit(0).alias("_order"),
    ).filter((pl.col("amount_minor") != 0) | ~has_pairs)
    pairs = [
        frame.filter(pl.col(f"_pair_{nth}_minor").fill_null(0) != 0).with_columns(
            pl.col(f"_pair_{nth}_minor").alias("amount_minor"),
            pl.col(f"_words_{nth}").alias("description"),
            english_charge_type_expr(pl.col(f"_words_{nth}").fill_null("")).alias("charge_type"),
            pl.lit(nth).alias("_order"),
        )
        for nth in _PAIRS
    ]
    return pl.concat([own, *pairs], how="diagonal").sort(LINE, "_order", maintain_order=True)


def _others(reading: Reading) -> Mapping[str, Table[Any]]:
    return invoices_of(reading, carrier="fedex", currency="currency")


def _net_check(reading: Reading) -> Check:
    """Transportation and pairs are the net of each line, whether or not the pairs hold the transportation."""
    lines = reading.values.filter(~pl.int_range(pl.len()).is_in(sorted(reading.rejected_rows)))
    both = _OF_PAIRS + pl.col("_transportation_minor").fill_null(0)
    ties = (pl.col("amount_minor") == both) | (pl.col("amount_minor") == _OF_PAIRS)
    wrong = lines.filter(~ties).select(LINE, "amount_minor", both.alias("both"), "currency")
    name = "Net Charge = Transportation + charges"
    reading.findings += [
        Finding(
            check=name,
            sheet=reading.site.grid.sheet,
            line=line,
            text=f"{name}: found {from_units(net, code):.{exponent(code)}f}, "
            f"expected {from_units(should, code):.{exponent(code)}f}",
        )
        for line, net, should, code in wrong.iter_rows()
    ]
    return Check(
        name=f"lines where {name}",
        side=reading.site.grid.sheet or "file",
        currency=None,
        total=lines.height,
        parts={"that do": lines.height - wrong.height},
    )


def _checks(reading: Reading) -> Iterator[Check]:
    yield _net_check(reading)
    yield from invoice_checks(reading, carrier="fedex", currency="currency", caption="Original Amount Due")


FORMAT: Final = TableFormat(
    record=CourierCharge,
    carrier="fedex",
    evidence="columns only",
    date_format="%Y%m%d",
    together=tuple((f"_words_{nth}", f"_pair_{nth}_minor") for nth in _PAIRS),
    columns=(
        Key("Bill to Account Number", to="account_no", needed=False),
        Date("Invoice Date", to="_invoice_date"),
        Key("Invoice Number", to="bill_no"),
        Number("Original Amount Due", to=INVOICE_TOTAL),
        Tracking("Express or Ground Tracking ID", needed=False),
        Amount("Transportation Charge Amount", to="_transportation"),
        Amount("Net Charge Amount", to="amount"),
        Text("Service Type", to="_service", optional=True),
        Text("Ground Service", to="_ground_service", optional=True),
        Date("Shipment Date", to="ship_date", optional=True),
        Number("Actual Weight Amount", to="_actual", optional=True),
        Number("Rated Weight Amount", to="_billed", optional=True),
        Text("Actual Weight Units", to="_actual_unit", optional=True),
        Text("Rated Weight Units", to="_billed_unit", optional=True),
        Number("Dim Length", to="_length", optional=True),
        Number("Dim Width", to="_width", optional=True),
        Number("Dim Height", to="_height", optional=True),
        Text("Dim Unit", to="_length_unit", optional=True),
        Text("Recipient City", to="dest.city", optional=True),
        Text("Recipient State", to="dest.province", optional=True),
        Text("Recipient Zip Code", to="dest.postcode", optional=True),
        Text(("Recipient Country/Territory", "Recipient Country"), to="dest.country", optional=True),
        Text("Shipper City", to="origin.city", optional=True),
        Text("Shipper State", to="origin.province", optional=True),
        Text("Shipper Zip Code", to="origin.postcode", optional=True),
        Text(("Shipper Country/Territory", "Shipper Country"), to="origin.country", optional=True),
        Key("Original Customer Reference", to="order_id", needed=False, verbatim=True, optional=True),
        Text("Zone Code", to="zone_billed", optional=True),
        *(Text(_WORDS, to=f"_words_{nth}", nth=nth, optional=nth > 1) for nth in _PAIRS),
        *(Amount(_AMOUNT, to=f"_pair_{nth}", nth=nth, optional=nth > 1) for nth in _PAIRS),
    ),
    ignored=(
        *("Consolidated Account Number", "Store ID", "Current Balance", "Payor", "Ground Tracking ID Prefix"),
        *("POD Delivery Date", "POD Delivery Time", "POD Service Area Code", "POD Signature Description"),
        *("Number of Pieces", "Bundle Number", "Meter Number", "TDMasterTrackingID"),
        *("Service Packaging", "Dim Divisor", "Recipient Name", "Recipient Company", "Recipient Address Line 1"),
        *("Recipient Address Line 2", "Shipper Company", "Shipper Name", "Shipper Address Line 1"),
        *("Shipper Address Line 2", "Original Ref#2", "Original Ref#3/PO Number", "Rated Method", "Sort Hub"),
        *("Original Department Reference Description", "Updated Customer Reference", "Updated Ref#2"),
        *("Updated Ref#3/PO Number", "Updated Department Reference Description", "RMA#", "Shipment Notes"),
        *("Original Recipient Address Line 1", "Original Recipient Address Line 2", "Original Recipient City"),
        *("Original Recipient State", "Original Recipient Zip Code", "Original Recipient Country/Territory"),
        *("Cost Allocation", "Alternate Address Line 1", "Alternate Address Line 2", "Alternate City"),
        *("Alternate State Province", "Alternate Zip Code", "Alternate Country/Territory Code", "Tendered Date"),
        *("CrossRefTrackingID Prefix", "CrossRefTrackingID", "Entry Date", "Entry Number", "Customs Value"),
        *("Customs Value Currency Code", "Declared Value", "Declared Value Currency Code", "Commodity Description"),
        *("Commodity Country/Territory Code", "Currency Conversion Date", "Currency Conversion Rate"),
        *("Multiweight Number", "Multiweight Total Multiweight Units", "Multiweight Total Multiweight Weight"),
        *("Multiweight Total Shipment Charge Amount", "Multiweight Total Shipment Weight", "Estimated Weight"),
        "Ground Tracking ID Address Correction Discount Charge Amount",
        "Ground Tracking ID Address Correction Gross Charge Amount",
        *("Estimated Weight Unit", "Postal Class", "Process Category", "Package Size", "Delivery Confirmation"),
    ),
    currency_of=_currency,
    shape=_shape,
    others=_others,
    checks=_checks,
)
