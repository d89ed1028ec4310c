"""Makes the input of this folder: a workbook, as FedEx gives all columns, with two invoices."""

from datetime import datetime
from pathlib import Path

import xlsxwriter

FOLDER = Path(__file__).parent
CREATED = datetime(2026, 1, 1)  # noqa: DTZ001 - a workbook's creation date has no zone
FIXED = [
    *("Bill to Account Number", "Invoice Date", "Invoice Number", "Store ID", "Original Amount Due", "Current Balance"),
    *("Payor", "Ground Tracking ID Prefix", "Express or Ground Tracking ID", "Transportation Charge Amount"),
    *("Net Charge Amount", "Service Type", "Ground Service", "Shipment Date", "POD Delivery Date"),
    *("Actual Weight Amount", "Actual Weight Units", "Rated Weight Amount", "Rated Weight Units", "Number of Pieces"),
    *("Dim Length", "Dim Width", "Dim Height", "Dim Divisor", "Dim Unit", "Recipient Name", "Recipient City"),
    *("Recipient State", "Recipient Zip Code", "Recipient Country/Territory", "Shipper City", "Shipper State"),
    *("Shipper Zip Code", "Shipper Country/Territory", "Original Customer Reference", "Zone Code"),
]
PAIR = ["Tracking ID Charge Description", "Tracking ID Charge Amount"]
PAIRS = 5
HEAD = {"Bill to Account Number": "000000042", "Invoice Date": "20260707", "Invoice Number": "826070701"}
HEAD |= {"Original Amount Due": "47.02", "Current Balance": "47.02", "Payor": "Shipper"}
PARCEL = HEAD | {
    "Service Type": "FedEx Ground",
    "Ground Service": "Home Delivery",
    "Shipment Date": "20260701",
    "Actual Weight Amount": "4.2",
    "Actual Weight Units": "L",
    "Rated Weight Amount": "6",
    "Rated Weight Units": "L",
    "Dim Length": "12",
    "Dim Width": "9",
    "Dim Height": "7",
    "Dim Unit": "I",
    "Recipient Name": "TEST RECIPIENT",
    "Recipient City": "SALEM",
    "Recipient State": "OR",
    "Recipient Zip Code": "97301",
    "Recipient Country/Territory": "US",
    "Shipper Zip Code": "01001",
    "Original Customer Reference": "SO-2001",
    "Zone Code": "05",
}
SECOND = {"Invoice Number": "826071401", "Invoice Date": "20260714", "Original Amount Due": "-7.00"}


def line(tracking: str, transportation: str, net: str, *charges: tuple[str, str], **more: str) -> list[str]:
    """The cells of a line."""
    known = PARCEL | {
        "Express or Ground Tracking ID": tracking,
        "Transportation Charge Amount": transportation,
        "Net Charge Amount": net,
    }
    known |= {name.replace("_", " "): cell for name, cell in more.items()}
    pairs = [*charges, *[("", "")] * (PAIRS - len(charges))]
    return [known.get(name, "") for name in FIXED] + [cell for pair in pairs for cell in pair]


SECOND_NAMES = {name.replace(" ", "_"): cell for name, cell in SECOND.items()}
ROWS = [
    line(
        "790000000001",
        "20.00",
        "21.77",
        ("Fuel Surcharge", "2.72"),
        ("Residential Delivery", "5.95"),
        ("Earned Discount", "-8.00"),
        ("DAS Extended Resi", "1.10"),
    ),
    line("790000000002", "12.00", "13.00", ("Transportation Charge", "12.00"), ("Fuel Surcharge", "1.00")),
    line("790000000003", "12.25", "12.25"),
    line("790000000003", "0", "0.00", Rated_Weight_Amount="0", Dim_Unit=""),
    line("790000000001", "0.00", "-21.77", ("Service Failure Credit (GSR)", "-21.77"), **SECOND_NAMES),
    line("790000000002", "", "15.77", ("Address Correction", "15.27"), **SECOND_NAMES),
    line("7.9E+11", "1.00", "1.00", **SECOND_NAMES),
]


def main() -> None:
    """Write the input."""
    with xlsxwriter.Workbook(FOLDER / "two_invoices_off.xlsx") as book:
        book.set_properties({"created": CREATED})
        sheet = book.add_worksheet("Sheet1")
        for at, row in enumerate([[*FIXED, *PAIR * PAIRS, "Shipment Notes"], *ROWS]):
            sheet.write_row(at, 0, row)


if __name__ == "__main__":
    main()
