"""Indian courier invoice, one line a parcel (印度快递账单).

The invoice of an Indian courier as Cointab and others hand it to reconcile: a figure for each air waybill (AWB), with the weight
that was charged, the pincodes of warehouse and customer, the courier's zone and whether the parcel went out, or out and back
(RTO, return to origin) for one price. The file gives no day, no number of the invoice and no total. Of the files that come with
it, the order report is `cointab_india_orders`; the weights of articles, the zones of pincodes and the rate card are no records,
and are read by `generic_table` or kept as a tariff.

Rules: `formats.md` 5.
"""

from typing import Final

import polars as pl

from tieout.model import ChargeType, CourierCharge, Leg
from tieout.sources._amounts import Amount
from tieout.sources._courier_invoices import file_bill_no
from tieout.sources._measures import Weight
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._words import Choice, Key, Text, Tracking

__all__ = ["FORMAT"]

_SHIPMENTS: Final[dict[str, str]] = {
    "Forward charges": Leg.OUTBOUND.value,
    "Forward and RTO charges": Leg.ROUND_TRIP.value,
    "RTO charges": Leg.RETURN.value,
}


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    """Which bill it is, that the same parcel on another one can be told from twice the same line."""
    return frame.with_columns(
        pl.lit(file_bill_no(reading)).alias("bill_no"),
        pl.col("_words").alias("description"),
    )


FORMAT: Final = TableFormat(
    record=CourierCharge,
    currency="INR",
    timezone="Asia/Kolkata",
    columns=(
        Tracking(("AWB Code", "AWB No", "AWB Number")),
        Key(("Order ID", "Order No"), to="order_id", needed=False),
        Weight("Charged Weight", to="billed_weight_g", unit="kg"),
        Text("Warehouse Pincode", to="origin.postcode"),
        Text("Customer Pincode", to="dest.postcode"),
        Text("Zone", to="zone_billed"),
        Choice("Type of Shipment", to="leg", values=_SHIPMENTS),
        Text("Type of Shipment", to="_words"),
        Amount(("Billing Amount (Rs.)", "Billing Amount"), to="amount"),
    ),
    constants={"charge_type": ChargeType.ALL_IN.value},
    by_line=True,
    shape=_shape,
)
