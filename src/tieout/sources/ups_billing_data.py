"""UPS billing data of 250 columns (UPS 账单明细).

The file of charges that UPS's billing centre gives for one invoice or several. It has no header row: the columns go by their
position, and only a person adds their names. A parcel has a line for each charge, and `Net Amount` is what is charged after
the incentive (the discount) of the same line. The charges of an invoice sum to its `Invoice Amount`, which every line repeats.
Lines of the class INF (information) that charge nothing are set apart. Corrections are charges of their own, with the sign of
what they change. Weights, lengths and the currency carry their unit on each line.

Rules: `formats.md` 5, `domain.md` 3.5 and 3.7. No real file was at hand: the positions come from programs that read them.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import polars as pl

from tieout.model import ChargeType, CourierCharge, Leg, WeightKind
from tieout.model.currency import is_currency
from tieout.proof import Check
from tieout.sources._amounts import Amount
from tieout.sources._courier_invoices import INVOICE_TOTAL, invoice_checks, invoices_of
from tieout.sources._courier_words import english_charge_type_expr
from tieout.sources._locate import Layout
from tieout.sources._measures import Number, in_unit_expr
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Date
from tieout.sources._ups_columns import UPS_COLUMNS
from tieout.sources._words import Currency, Key, Text, Tracking
from tieout.tables import Table

__all__ = ["FORMAT"]

_DAY: Final = r"^\d{4}-\d{1,2}-\d{1,2}|^\d{8}$|^\d{1,2}/\d{1,2}/\d{2,4}$"
_SUM: Final = r"^-?\d[\d,]*(?:\.\d+)?$"
_NOTHING: Final = r"^[-+]?0*\.?0*$"
_CLASSES: Final = {
    "FRT": ChargeType.BASE,
    "FSC": ChargeType.FUEL,
    "TAX": ChargeType.TAX,
    "BRK": ChargeType.CUSTOMS,
    "GOV": ChargeType.CUSTOMS,
}
_DETAILS: Final = {
    "VOID": ChargeType.VOID_CREDIT,
    "GSR": ChargeType.SERVICE_GUARANTEE_CREDIT,
    "AGSR": ChargeType.SERVICE_GUARANTEE_CREDIT,
    "CADJ": ChargeType.ADJUSTMENT,
    "RADJ": ChargeType.ADJUSTMENT,
    "SCC": ChargeType.ADJUSTMENT,
    "ZONE": ChargeType.ADJUSTMENT,
}
_WEIGHT_UNITS: Final = {"L": "lb", "K": "kg", "O": "oz"}
_LENGTH_UNITS: Final = {"I": "in", "IN": "in", "C": "cm", "CM": "cm"}
_VOLUMETRIC: Final = ("2", "7", "9", "10", "11", "22", "32", "34", "35")
_ACTUAL: Final = ("1", "6", "8", "20", "31", "33")
_SIDES: Final = {"length_cm": 0, "width_cm": 1, "height_cm": 2}


def _is_information(cell: Callable[[str], pl.Expr]) -> pl.Expr:
    """Lines that charge nothing and say so by their class; without a class they say nothing at all."""
    kind = cell("Charge Classification Code").fill_null("INF")
    return (kind == "INF") & cell("Net Amount").fill_null("0").str.contains(_NOTHING)


def _currency(reading: Reading) -> pl.Series:
    """The currency of each charge, the invoice's where the line does not say one; null for what is none."""
    nothing = pl.Series([None] * reading.data.height, dtype=pl.String)
    said = [reading.cells(caption) for caption in ("Transaction Currency Code", "Invoice Currency Code")]
    own, common = (nothing if cells is None else cells.str.to_uppercase() for cells in said)
    codes = own.zip_with(own.is_not_null(), common)
    known = [code for code in codes.drop_nulls().unique().to_list() if is_currency(code)]
    return codes.zip_with(codes.is_in(known).fill_null(value=False), nothing)


def _charge_type() -> pl.Expr:
    kind, detail = pl.col("_class"), pl.col("_detail")
    by_class = kind.replace_strict({word: meant.value for word, meant in _CLASSES.items()}, default=None)
    by_detail = detail.replace_strict({word: meant.value for word, meant in _DETAILS.items()}, default=None)
    by_class = pl.when((pl.col("_category") == "MIS").fill_null(value=False)).then(None).otherwise(by_class)
    # "Residential" alone is the freight of such a parcel, and a surcharge in the words of others.
    words = (
        pl.when((kind == "FRT") & (pl.col("description") == "Residential")).then(None).otherwise(pl.col("description"))
    )
    by_words = english_charge_type_expr(words.fill_null(""), other=by_class)
    return pl.coalesce(by_detail, by_words, pl.lit(ChargeType.OTHER.value))


def _leg() -> pl.Expr:
    is_return = (pl.col("_category") == "RTN") | pl.col("description").str.contains(
        r"(?i)return to sender|undeliverable return"
    )
    is_intercept = (pl.col("_detail") == "DIN") | pl.col("description").str.contains(r"(?i)delivery intercept")
    return (
        pl.when(is_return.fill_null(value=False))
        .then(pl.lit(Leg.RETURN.value))
        .when(is_intercept.fill_null(value=False))
        .then(pl.lit(Leg.INTERCEPT.value))
        .otherwise(pl.lit(Leg.OUTBOUND.value))
    )


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    unit = pl.col("_weight_unit").str.to_uppercase()
    has_no_unit = (pl.col("_weight") > 0) & ~unit.is_in(list(_WEIGHT_UNITS)).fill_null(value=False)
    unread = frame.filter(has_no_unit).height
    if unread:
        reading.note("weight.unit_unknown", f"{unread} billed weights have no unit of L, K or O, and are left out")
    weight = pl.when(pl.col("_weight") != 0).then(pl.col("_weight"))
    side = pl.col("_dimensions").str.extract_all(r"\d+(?:\.\d+)?")
    return frame.with_columns(
        _charge_type().alias("charge_type"),
        _leg().alias("leg"),
        pl.coalesce("_package_reference", "_shipment_reference").alias("order_id"),
        pl.when(pl.col("_class") == "FRT").then(pl.col("description")).alias("service"),
        (pl.col("amount_minor") + pl.col("discount_amount_minor")).alias("list_amount_minor"),
        in_unit_expr(weight, unit, _WEIGHT_UNITS).alias("billed_weight_g"),
        pl.when(pl.col("_weight_kind").is_in(_VOLUMETRIC))
        .then(pl.lit(WeightKind.VOLUMETRIC.value))
        .when(pl.col("_weight_kind").is_in(_ACTUAL))
        .then(pl.lit(WeightKind.ACTUAL.value))
        .alias("weight_kind"),
        *(
            in_unit_expr(
                side.list.get(at, null_on_oob=True).cast(pl.Decimal(28, 8)),
                pl.col("_length_unit").str.to_uppercase(),
                _LENGTH_UNITS,
            ).alias(name)
            for name, at in _SIDES.items()
        ),
    )


def _others(reading: Reading) -> Mapping[str, Table[Any]]:
    return invoices_of(reading, carrier="ups", currency="_invoice_currency")


def _checks(reading: Reading) -> Iterator[Check]:
    yield from invoice_checks(reading, carrier="ups", currency="_invoice_currency", caption="Invoice Amount")


FORMAT: Final = TableFormat(
    record=CourierCharge,
    carrier="ups",
    evidence="columns only",
    layout=Layout(
        captions=UPS_COLUMNS,
        looks={
            "Account Country": "^[A-Za-z]{2}$",
            "Invoice Date": _DAY,
            "Invoice Currency Code": "^[A-Za-z]{3}$",
            "Invoice Amount": _SUM,
            "Net Amount": rf"^$|{_SUM}",
        },
    ),
    columns=(
        Key("Account Number", to="account_no", needed=False),
        Date("Invoice Date", to="_invoice_date"),
        Key("Invoice Number", to="bill_no"),
        Currency("Invoice Currency Code", to="_invoice_currency"),
        Number("Invoice Amount", to=INVOICE_TOTAL),
        Date("Transaction Date", to="ship_date"),
        Key("Shipment Reference Number 1", to="_shipment_reference", needed=False, verbatim=True, optional=True),
        Tracking("Tracking Number", needed=False),
        Key("Package Reference Number 1", to="_package_reference", needed=False, verbatim=True, optional=True),
        Number("Billed Weight", to="_weight"),
        Text("Billed Weight Unit of Measure", to="_weight_unit"),
        Text("Billed Weight Type", to="_weight_kind", optional=True),
        Text("Package Dimensions", to="_dimensions", optional=True),
        Text("Package Dimension Unit Of Measure", to="_length_unit", optional=True),
        Text("Zone", to="zone_billed", optional=True),
        Text("Charge Category Code", to="_category"),
        Text("Charge Category Detail Code", to="_detail"),
        Text("Charge Classification Code", to="_class"),
        Text("Charge Description", to="description"),
        Number("Charged Unit Quantity", to="quantity", optional=True),
        Amount("Incentive Amount", to="discount_amount"),
        Amount("Net Amount", to="amount"),
        Date("Invoice Due Date", to="_due_date", optional=True),
        Text("Sender City", to="origin.city", optional=True),
        Text("Sender State", to="origin.province", optional=True),
        Text("Sender Postal", to="origin.postcode", optional=True),
        Text("Sender Country", to="origin.country", optional=True),
        Text("Receiver City", to="dest.city", optional=True),
        Text("Receiver State", to="dest.province", optional=True),
        Text("Receiver Postal", to="dest.postcode", optional=True),
        Text("Receiver Country", to="dest.country", optional=True),
    ),
    ignored=UPS_COLUMNS,
    currency_of=_currency,
    is_apart=_is_information,
    shape=_shape,
    others=_others,
    checks=_checks,
)
