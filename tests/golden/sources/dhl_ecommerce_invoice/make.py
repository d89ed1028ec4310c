"""Makes the inputs of this folder: an invoice that ties out, and two invoices in one file of which one does not."""

import csv
from pathlib import Path

from tieout.sources.dhl_ecommerce_invoice import FORMAT

FOLDER = Path(__file__).parent
CAPTIONS = FORMAT.layouts.captions
COMMON = {
    "row type": "DTL",
    "sold to": "0099900001",
    "inventory positioner": "IP01",
    "bill of lading": "BOL0001",
    "processing facility": "USRDU1",
    "pickup from": "5300001",
    "pickup date": "20260630",
    "pickup time": "1712",
    "recipient address 1": "1 EXAMPLE AVE",
    "recipient city": "PORTLAND",
    "recipient state": "ME",
    "recipient zip": "04101-2233",
    "recipient country": "US",
    "material number": "82",
    "material description": "SM Parcel Expedited",
    "actual weight": "9.1",
    "unit of actual weight": "OZ",
    "billing weight": "10",
    "unit of billing weight": "OZ",
    "quantity": "1",
    "unit of quantity": "EA",
    "pricing zone": "USPS 5",
    "customer reference 1": "SO-1001",
}


def invoice(day: str, number: str, total: str, shipments: str) -> list[str]:
    """The row of an invoice."""
    address = ["TEST WAREHOUSE", "2 EXAMPLE ROAD", "RALEIGH", "NC", "27601"]
    return ["HDR", day, number, "0099900001", "", "", *address, total, "", shipments]


def shipment(**said: str) -> list[str]:
    """The row of a shipment."""
    cells = COMMON | {caption.replace("_", " "): value for caption, value in said.items()}
    return [cells.get(caption, "") for caption in CAPTIONS]


def nothing(**said: str) -> list[str]:
    """The second row of a shipment, which charges nothing."""
    return shipment(**{"material_number": "", "material_description": "", "charge": "0.00"} | said)


def write(name: str, rows: list[list[str]]) -> None:
    """Write one input, as the carrier does: no quotes without need, CRLF."""
    with (FOLDER / name).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


DOMESTIC = {"internal_tracking": "7000001", "delivery_confirmation": "9261290000000000000011"}
FOREIGN = {
    "internal_tracking": "7000002",
    "customer_confirmation": "GM000000000000000022",
    "recipient_city": "TORONTO",
    "recipient_state": "ON",
    "recipient_zip": "M5V 2T6",
    "recipient_country": "CA",
    "material_description": "Parcel International Direct",
    "billing_weight": "2.5",
    "unit_of_billing_weight": "LB",
}
BACK = {
    "internal_tracking": "7000003",
    "delivery_confirmation": "9261290000000000000033",
    "billing_reference_1": "QUALITY RETURNS",
    "recipient_zip": "4101",
}
LENGTHS = {"length": "12", "width": "9", "height": "7.5", "unit_of_dimensions": "IN"}

write(
    "invoice.csv",
    [
        invoice("20260704", "E0001234", "31.68", "4"),
        shipment(**DOMESTIC, charge="4.50", workshare_dropoff="-0.25", fuel_surcharge="0.35"),
        nothing(**DOMESTIC),
        shipment(**FOREIGN, **LENGTHS, charge="18.20", gst_tax="0.91", duties="2.10", delivery_area_surcharge="0.40"),
        nothing(**FOREIGN),
        shipment(**BACK, charge="5.12", overlabeled_value="9261290000000000000044"),
        shipment(internal_tracking="7000004", delivery_confirmation="9261290000000000000055", charge="0", peak_surcharge="0.35"),
    ],
)  # fmt: skip
write(
    "two_invoices.csv",
    [
        invoice("7/4/2026", "E0001235", "9.99", "1"),
        shipment(**DOMESTIC, pickup_date="6/30/2026", charge="4.50", fuel_surcharge="0.35")[:68],
        ["DTX", *shipment(**DOMESTIC, pickup_date="6/30/2026", charge="1.00")[1:]],
        invoice("7/5/2026", "E0001236", "5.12", "1"),
        shipment(**BACK, pickup_date="07/01/2026", charge="5.12"),
        shipment(
            internal_tracking="7000006", delivery_confirmation="9.26129E+21", charge="abc", pickup_date="06/30/2026"
        ),
    ],
)
