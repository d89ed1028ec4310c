"""Makes the inputs of this folder: two invoices without a header row, and one with the header that people add."""

import csv
import io
from pathlib import Path

from tieout.sources._ups_columns import UPS_COLUMNS

FOLDER = Path(__file__).parent
COMMON = {
    "Version": "2.1",
    "Recipient Number": "0000E0001X",
    "Account Number": "0000E0001X",
    "Account Country": "US",
    "Invoice Date": "2026-07-04",
    "Invoice Number": "000000E0001X276",
    "Invoice Type Code": "E",
    "Invoice Currency Code": "USD",
    "Invoice Amount": "44.61",
    "Transaction Date": "2026-06-30",
    "Package Quantity": "1",
    "Charge Source": "0",
    "Transaction Currency Code": "USD",
    "Incentive Amount": "0.00",
    "Invoice Due Date": "2026-07-19",
    "Sender Name": "TEST SENDER",
    "Sender City": "RENO",
    "Sender State": "NV",
    "Sender Postal": "89501",
    "Sender Country": "US",
}
PARCEL = COMMON | {
    "Lead Shipment Number": "1ZE0001X0300000001",
    "Tracking Number": "1ZE0001X0300000001",
    "Shipment Reference Number 1": "SHIP-REF",
    "Package Reference Number 1": "SO-1001",
    "Entered Weight": "4.2",
    "Entered Weight Unit of Measure": "L",
    "Billed Weight": "6.0",
    "Billed Weight Unit of Measure": "L",
    "Container Type": "PKG",
    "Billed Weight Type": "9",
    "Package Dimensions": "12.0x 9.0x 7.0",
    "Package Dimension Unit Of Measure": "I",
    "Zone": "004",
    "Charge Category Code": "SHP",
    "Charge Category Detail Code": "ISS",
    "Charged Unit Quantity": "1",
    "Receiver Name": "TEST RECEIVER",
    "Receiver Address Line 1": "1 EXAMPLE AVE",
    "Receiver City": "SALEM, WEST",
    "Receiver State": "OR",
    "Receiver Postal": "97301",
    "Receiver Country": "US",
}
NONE = {"Billed Weight": "0.0", "Billed Weight Type": "0", "Zone": "", "Package Dimensions": ""}


def charge(kind: str, words: str, net: str, incentive: str = "0.00", **more: str) -> dict[str, str]:
    """What a line says of its charge."""
    named = {name.replace("_", " "): cell for name, cell in more.items()}
    said = {
        "Charge Classification Code": kind,
        "Charge Description": words,
        "Net Amount": net,
        "Incentive Amount": incentive,
    }
    return said | named


OTHER = {"Tracking Number": "1ZE0001X0300000002", "Lead Shipment Number": "1ZE0001X0300000001"}
CREDIT = {"Charge Category Code": "ADJ", "Charge Category Detail Code": "GSR", "Tracking Number": "1ZE0001X0100000009"}
SECOND = {
    "Invoice Number": "000000E0001X286",
    "Invoice Date": "2026-07-11",
    "Invoice Amount": "-3.00",
    "Invoice Due Date": "",
}
TWO_INVOICES = [
    PARCEL | charge("FRT", "Ground Residential", "12.95", "4.05"),
    PARCEL | NONE | charge("ACC", "Residential Surcharge", "5.95"),
    PARCEL | NONE | charge("ACC", "Delivery Area Surcharge", "4.45"),
    PARCEL | NONE | charge("FSC", "Fuel Surcharge", "4.32", "0.50"),
    PARCEL | OTHER | charge("INF", "Ground Residential", "0.00", "", Billed_Weight="2.0", Billed_Weight_Type="2"),
    PARCEL
    | NONE
    | charge("FRT", "Ground Return to Sender", "8.00", Charge_Category_Code="RTN", Charge_Category_Detail_Code="RTS"),
    PARCEL
    | NONE
    | charge(
        "FRT",
        "Shipping Charge Correction Ground",
        "-1.06",
        Charge_Category_Code="ADJ",
        Charge_Category_Detail_Code="SCC",
    ),
    COMMON
    | charge("FRT", "Service Charge", "10.00", Charge_Category_Code="MIS", Charge_Category_Detail_Code="SVCH")
    | {"Transaction Currency Code": ""},
    COMMON | SECOND | charge("FRT", "Next Day Air Commercial", "-25.00", "-5.00") | CREDIT,
    COMMON | SECOND | charge("MSC", "Payment Processing Fee", "20.00", Charge_Category_Code="MIS"),
    PARCEL | NONE | SECOND | charge("GOV", "Duty Amount", "2.00", Tracking_Number="1Z0E0001X6800000003"),
]
WITH_HEADER = [
    PARCEL | charge("FRT", "Ground Commercial", "14.61", "2.00", Billed_Weight_Unit_of_Measure="K"),
    PARCEL | NONE | charge("ACC", "Large Package Surcharge Comm - Weight", "30.OO"),
    PARCEL | NONE | charge("FSC", "Fuel Surcharge", "", Tracking_Number="1.0E+17"),
]


def text_of(rows: list[dict[str, str]], *, header: bool) -> bytes:
    """The file's bytes: commas, quotes where needed, CR LF."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    if header:
        writer.writerow(UPS_COLUMNS)
    writer.writerows([row.get(name, "") for name in UPS_COLUMNS] for row in rows)
    return out.getvalue().encode("utf-8")


def main() -> None:
    """Write the inputs."""
    (FOLDER / "two_invoices.csv").write_bytes(text_of(TWO_INVOICES, header=False))
    (FOLDER / "with_header_off.csv").write_bytes(text_of(WITH_HEADER, header=True))


if __name__ == "__main__":
    main()
