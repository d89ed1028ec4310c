"""DHL Express invoice data of MyBill (DHL 国际快递账单).

A line I for each invoice and a line S for each shipment on it. A shipment is charged for its weight, and for up to nine extras
(XC), each with its code, name, tax and discount; what two further columns charge and three discount stands beside them. What a
shipment's total holds beyond all that becomes a charge of its own, so that no part of the bill is lost. Which columns the file
has is chosen where it is downloaded; some countries write amounts with a decimal comma and part cells by semicolons.

Rules: `formats.md` 5, `domain.md` 3.5 and 3.7. No real file was at hand: the captions come from programs that read them.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import polars as pl

from tieout.model import ChargeType, CourierCharge, Leg, WeightKind
from tieout.money import DecimalMark
from tieout.privacy import PiiClass
from tieout.proof import Check
from tieout.sources._amounts import Amount
from tieout.sources._courier_invoices import INVOICE_TOTAL, invoice_checks, invoices_of
from tieout.sources._courier_words import english_charge_type_expr
from tieout.sources._decimal_marks import told_decimal_mark
from tieout.sources._grid import LINE
from tieout.sources._measures import Number, Weight
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Date
from tieout.sources._totals import tie_lines
from tieout.sources._words import Choice, Currency, Key, Text, Tracking
from tieout.tables import Table

__all__ = ["FORMAT"]

_TOTAL: Final = ("Total amount (incl. VAT)", "Total Amount")
_EXTRAS: Final = range(1, 10)
_OTHERS: Final = (1, 2)
_DISCOUNTS: Final = (1, 2, 3)
_OF_WEIGHT: Final = ("_weight_minor", "_weight_tax_minor", *(f"_discount_{nth}_minor" for nth in _DISCOUNTS))
_PARTS: Final = (
    *_OF_WEIGHT,
    *(f"_other_{nth}_minor" for nth in _OTHERS),
    *(f"_extra_{nth}_minor" for nth in _EXTRAS),
)
_WORDS: Final = {
    "(?i)^duty tax paid": ChargeType.CUSTOMS,
    "(?i)^import export tax": ChargeType.TAX,
    "(?i)^merchandise process|^regulatory|^multiline entry|^permits": ChargeType.CUSTOMS,
    "(?i)bonded storage|^storage": ChargeType.STORAGE,
    "(?i)insurance|shipment (?:value )?protection": ChargeType.INSURANCE,
    "(?i)^over ?weight": ChargeType.OVERWEIGHT,
    "(?i)^over ?size|^over ?length": ChargeType.OVERSIZE,
    "(?i)^non-?conveyable": ChargeType.ADDITIONAL_HANDLING,
}
"""How the carrier names its extras, where the words that all couriers share say nothing or something else."""
_PERSONAL: Final = {
    **dict.fromkeys(
        (
            *("Billing Account Name", "Billing Account Name (Additional)", "Billing Contact", "Senders Name"),
            *("Senders Contact", "Receivers Name", "Receivers Contact", "Proof of Delivery/Name"),
        ),
        PiiClass.NAME,
    ),
    **dict.fromkeys(
        [f"{whose} Address {nth}" for whose in ("Billing", "Senders", "Receivers") for nth in (1, 2, 3)],
        PiiClass.ADDRESS,
    ),
}


def _decimal_mark(reading: Reading) -> DecimalMark:
    return told_decimal_mark([reading.cells(*_TOTAL), reading.cells("Weight Charge"), reading.cells("XC1 Total")])


def _derive(frame: pl.DataFrame) -> pl.DataFrame:
    """The amounts of each shipment; the line of an invoice has its total instead."""
    is_invoice = (pl.col("_row") == "invoice").fill_null(value=False)
    return frame.with_columns(
        pl.when(is_invoice).then(0).otherwise(pl.col("amount_minor")).alias("amount_minor"),
        pl.when(is_invoice).then(pl.col(INVOICE_TOTAL)).alias(INVOICE_TOTAL),
        *(pl.when(~is_invoice).then(pl.col(name)).alias(name) for name in _PARTS),
    )


def _charge_type(names: pl.Expr) -> pl.Expr:
    own = pl.coalesce(pl.when(names.str.contains(word)).then(pl.lit(kind.value)) for word, kind in _WORDS.items())
    return pl.coalesce(own, english_charge_type_expr(names.fill_null("")))


def _charges(lines: pl.DataFrame, amount: pl.Expr, kind: pl.Expr, words: pl.Expr, order: int) -> pl.DataFrame:
    """The charges that one amount of the lines makes, where it is not zero."""
    named = lines.with_columns(
        amount.alias("amount_minor"),
        kind.alias("charge_type"),
        words.alias("description"),
        pl.lit(order).alias("_order"),
    )
    return named.filter(pl.col("amount_minor") != 0)


def _sum_of(names: tuple[str, ...]) -> pl.Expr:
    return pl.sum_horizontal(pl.col(name).fill_null(0) for name in names)


def _shape(frame: pl.DataFrame, _: Reading) -> pl.DataFrame:
    """A charge for the weight, one for each extra, and one for what the total holds beyond them."""
    flag = pl.col("_weight_flag").str.to_uppercase()
    lines = frame.filter(pl.col("_row") == "shipment").with_columns(
        pl.lit(Leg.OUTBOUND.value).alias("leg"),
        pl.when(flag.is_in(["V", "W"]))
        .then(pl.lit(WeightKind.VOLUMETRIC.value))
        .when(flag.is_in(["A", "B"]))
        .then(pl.lit(WeightKind.ACTUAL.value))
        .alias("weight_kind"),
        *(pl.when(pl.col(name) != 0).then(pl.col(name)).alias(name) for name in ("billed_weight_g", "actual_weight_g")),
    )
    by_name = [
        *((f"_other_{nth}_minor", f"_other_words_{nth}", nth) for nth in _OTHERS),
        *((f"_extra_{nth}_minor", f"_extra_words_{nth}", 10 + nth) for nth in _EXTRAS),
    ]
    # A shipment that costs nothing keeps a line of its own, so that it is not missing from the bill.
    weight = lines.with_columns(
        _sum_of(_OF_WEIGHT).alias("amount_minor"),
        pl.lit(ChargeType.BASE.value).alias("charge_type"),
        pl.lit("Weight Charge").alias("description"),
        pl.lit(0).alias("_order"),
    ).filter((pl.col("amount_minor") != 0) | (_sum_of(_PARTS[len(_OF_WEIGHT) :]) == 0))
    extras = [
        _charges(lines, pl.col(amount), _charge_type(pl.col(words)), pl.col(words), order)
        for amount, words, order in by_name
    ]
    beyond = pl.col("amount_minor") - _sum_of(_PARTS)
    rest = _charges(lines, beyond, pl.lit(ChargeType.OTHER.value), pl.lit("rest of the total"), 100)
    return pl.concat([weight, *extras, rest], how="diagonal").sort(LINE, "_order", maintain_order=True)


def _others(reading: Reading) -> Mapping[str, Table[Any]]:
    return invoices_of(reading, carrier="dhl", currency="currency")


def _checks(reading: Reading) -> Iterator[Check]:
    yield tie_lines(reading, "Total = weight charge + extras", total="amount_minor", plus=_PARTS)
    yield from invoice_checks(reading, carrier="dhl", currency="currency", caption=_TOTAL[0])


FORMAT: Final = TableFormat(
    record=CourierCharge,
    carrier="dhl",
    evidence="columns only",
    together=(
        *((f"_other_words_{nth}", f"_other_{nth}_minor") for nth in _OTHERS),
        *((f"_extra_words_{nth}", f"_extra_{nth}_minor") for nth in _EXTRAS),
    ),
    columns=(
        Choice("Line Type", {"I": "invoice", "S": "shipment"}, to="_row", needed=True),
        Key("Invoice Number", to="bill_no"),
        Date("Invoice Date", to="_invoice_date"),
        Date("Due Date", to="_due_date", optional=True),
        Key("Billing Account", to="account_no", needed=False, optional=True),
        Tracking("Shipment Number", needed=False),
        Date("Shipment Date", to="ship_date", optional=True),
        Text("Shipment Reference 1", to="order_id", optional=True),
        Text("Product Name", to="service", optional=True),
        Currency("Currency"),
        Number(_TOTAL, to=INVOICE_TOTAL),
        Amount(_TOTAL, to="amount"),
        Amount("Weight Charge", to="_weight"),
        Amount("Weight Tax (VAT)", to="_weight_tax", optional=True),
        *(Amount(f"Discount {nth} Amount", to=f"_discount_{nth}", optional=True) for nth in _DISCOUNTS),
        *(Text(f"Other Charges {nth}", to=f"_other_words_{nth}", optional=True) for nth in _OTHERS),
        *(Amount(f"Other Charges {nth} Amount", to=f"_other_{nth}", optional=True) for nth in _OTHERS),
        *(Text(f"XC{nth} Name", to=f"_extra_words_{nth}", optional=nth > 1) for nth in _EXTRAS),
        *(Amount(f"XC{nth} Total", to=f"_extra_{nth}", optional=nth > 1) for nth in _EXTRAS),
        Weight("Weight (kg)", to="billed_weight_g", unit="kg", optional=True),
        Weight(("DHL Scale Weight (B)", "DHL Scale Weight (kg)"), to="actual_weight_g", unit="kg", optional=True),
        Text("Weight Flag", to="_weight_flag", optional=True),
        Text("Orig Country Code", to="origin.country", optional=True),
        Text("Senders State/Province", to="origin.province", optional=True),
        Text("Senders City", to="origin.city", optional=True),
        Text("Senders Postcode", to="origin.postcode", optional=True),
        Text("Dest Country Code", to="dest.country", optional=True),
        Text("Receivers State/Province", to="dest.province", optional=True),
        Text("Receivers City", to="dest.city", optional=True),
        Text("Receivers Postcode", to="dest.postcode", optional=True),
    ),
    ignored=(
        *("Billing Country", "Billing Source", "Original Invoice Number", "Station Code", "Invoice Identifier"),
        *("Invoice Type", "Payment Terms", "Parent Account", "Billing Postcode", "Billing City"),
        *("Billing State/Province", "Billing Country Code", "VAT Number", "Country Specific Label"),
        *("Country Specific Value", "Shipment Reference 2", "Shipment Reference 3", "Product", "Pieces", "Unit Type"),
        *("Origin", "Orig Name", "Orig Country Name", "Senders Country", "Destination", "Dest Name"),
        *("Dest Country Name", "Receivers Country", "Description of Contents", "Event Description", "Dimensions"),
        *("Cust Scale Weight (A)", "Cust Scale Weight (kg)", "Cust Vol Weight (V)", "Cust Vol Weight (ltr)"),
        *("DHL Vol Weight (W)", "DHL Vol Weight (ltr)", "Total amount (excl. VAT)", "Total Charge", "Tax Code"),
        *("Total Tax", "Tax Adjustment", "Invoice Fee", "Total Extra Charges (XC)", "Total Extra Charges Tax"),
        *("Declaration/Entry number", *(f"Discount {nth}" for nth in _DISCOUNTS)),
        *(f"XC{nth} {what}" for nth in _EXTRAS for what in ("Code", "Charge", "Tax Code", "Tax", "Discount")),
    ),
    personal=_PERSONAL,
    decimal_mark_of=_decimal_mark,
    derive=_derive,
    shape=_shape,
    others=_others,
    checks=_checks,
)
