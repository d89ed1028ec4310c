"""Makes the inputs of this folder: an invoice with all columns, and a chosen few of them with a decimal comma."""

import csv
from pathlib import Path

FOLDER = Path(__file__).parent
EXTRA = ("Code", "Name", "Charge", "Tax Code", "Tax", "Discount", "Total")
CAPTIONS = [
    *("Line Type", "Billing Source", "Original Invoice Number", "Invoice Number", "Station Code"),
    *("Invoice Identifier", "Invoice Type", "Invoice Date", "Payment Terms", "Due Date", "Parent Account"),
    *("Billing Account", "Billing Account Name", "Billing Account Name (Additional)", "Billing Address 1"),
    *("Billing Address 2", "Billing Address 3", "Billing Postcode", "Billing City", "Billing State/Province"),
    *("Billing Country Code", "Billing Contact", "VAT Number", "Shipment Number", "Shipment Date"),
    *("Country Specific Label", "Country Specific Value", "Shipment Reference 1", "Shipment Reference 2"),
    *("Shipment Reference 3", "Product", "Product Name", "Pieces", "Origin", "Orig Name", "Orig Country Code"),
    *("Orig Country Name", "Senders Name", "Senders Address 1", "Senders Address 2", "Senders Address 3"),
    *("Senders Postcode", "Senders City", "Senders State/Province", "Senders Country", "Senders Contact"),
    *("Destination", "Dest Name", "Dest Country Code", "Dest Country Name", "Receivers Name"),
    *("Receivers Address 1", "Receivers Address 2", "Receivers Address 3", "Receivers Postcode", "Receivers City"),
    *("Receivers State/Province", "Receivers Country", "Receivers Contact", "Proof of Delivery/Name"),
    *("Description of Contents", "Event Description", "Dimensions", "Cust Scale Weight (A)"),
    *("DHL Scale Weight (B)", "Cust Vol Weight (V)", "DHL Vol Weight (W)", "Weight Flag", "Weight (kg)"),
    *("Currency", "Total amount (excl. VAT)", "Total amount (incl. VAT)", "Tax Code", "Total Tax"),
    *("Tax Adjustment", "Invoice Fee", "Weight Charge", "Weight Tax (VAT)", "Other Charges 1"),
    *("Other Charges 1 Amount", "Other Charges 2", "Other Charges 2 Amount", "Discount 1", "Discount 1 Amount"),
    *("Discount 2", "Discount 2 Amount", "Discount 3", "Discount 3 Amount", "Total Extra Charges (XC)"),
    "Total Extra Charges Tax",
    *(f"XC{nth} {what}" for nth in range(1, 10) for what in EXTRA),
]
FEW = [
    *("Line Type", "Invoice Number", "Invoice Date", "Currency", "Total amount (excl. VAT)"),
    *("Total amount (incl. VAT)", "Shipment Number", "Shipment Date", "Shipment Reference 1", "Product Name"),
    *("Weight (kg)", "Weight Charge", "Weight Tax (VAT)", "XC1 Code", "XC1 Name", "XC1 Charge", "XC1 Tax"),
    *("XC1 Total", "XC2 Code", "XC2 Name", "XC2 Charge", "XC2 Tax", "XC2 Total"),
]
INVOICE = {
    "Line Type": "I",
    "Billing Source": "T",
    "Invoice Number": "LHRR000012345",
    "Invoice Type": "OUTBOUND",
    "Invoice Date": "20260705",
    "Due Date": "20260804",
    "Billing Account": "990000001",
    "Billing Account Name": "TEST SHOP LTD",
    "Billing Address 1": "1 EXAMPLE STREET",
    "Currency": "GBP",
}
PARCEL = INVOICE | {
    "Line Type": "S",
    "Shipment Date": "20260630",
    "Product": "P",
    "Product Name": "EXPRESS WORLDWIDE nondoc",
    "Pieces": "1",
    "Orig Country Code": "GB",
    "Senders Name": "TEST SHOP LTD",
    "Senders City": "LEEDS",
    "Senders Postcode": "LS1 1AA",
    "Dest Country Code": "DE",
    "Receivers Name": "TEST RECEIVER",
    "Receivers Address 1": "BEISPIELWEG 2",
    "Receivers Postcode": "10115",
    "Receivers City": "BERLIN",
    "DHL Scale Weight (B)": "1.2",
    "DHL Vol Weight (W)": "1.5",
    "Weight Flag": "W",
    "Weight (kg)": "1.5",
}


def extra(nth: int, code: str, words: str, charge: str, tax: str, total: str, discount: str = "0.00") -> dict[str, str]:
    """One of the extra charges of a shipment."""
    return {
        f"XC{nth} {what}": cell
        for what, cell in zip(EXTRA, (code, words, charge, "A", tax, discount, total), strict=True)
    }


def write(name: str, captions: list[str], rows: list[dict[str, str]], *, delimiter: str, quoting: int) -> None:
    """Write one input."""
    with (FOLDER / name).open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, captions, delimiter=delimiter, quoting=quoting, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


TWO = (
    PARCEL
    | {"Shipment Number": "1000000011", "Shipment Reference 1": "SO-2001", "Total amount (incl. VAT)": "41.64"}
    | {"Weight Charge": "30.00", "Weight Tax (VAT)": "5.00", "Discount 1": "VOLUME", "Discount 1 Amount": "-5.00"}
    | extra(1, "FF", "FUEL SURCHARGE", "6.20", "1.24", "7.44")
    | extra(2, "OO", "REMOTE AREA DELIVERY", "4.20", "0.00", "4.20")
    | extra(3, "YY", "OVER WEIGHT PIECE", "70.00", "0.00", "0.00", "-70.00")
)
DUTIES = (
    PARCEL
    | {"Shipment Number": "1000000022", "Product Name": "DUTIES & TAXES", "Total amount (incl. VAT)": "508.76"}
    | {"Weight Charge": "0.00", "Weight Flag": "", "Weight (kg)": "0"}
    | extra(1, "XB", "IMPORT EXPORT TAXES", "136.55", "0.00", "136.55")
    | extra(2, "XX", "IMPORT EXPORT DUTIES", "22.21", "0.00", "22.21")
    | extra(3, "DD", "DUTY TAX PAID", "350.00", "0.00", "350.00")
)
REST = PARCEL | {
    "Shipment Number": "1000000033",
    "Total amount (incl. VAT)": "12.00",
    "Weight Charge": "10.00",
    "Other Charges 1": "INSURANCE",
    "Other Charges 1 Amount": "1.50",
}
FREE = PARCEL | {"Shipment Number": "1000000044", "Total amount (incl. VAT)": "0.00", "Weight Charge": "0.00"}
write(
    "invoice.csv",
    CAPTIONS,
    [INVOICE | {"Total amount (incl. VAT)": "562.40", "Weight Charge": "35.00"}, TWO, DUTIES, REST, FREE],
    delimiter=",",
    quoting=csv.QUOTE_MINIMAL,
)
OTHER = {"Invoice Number": "HAMR000054321", "Currency": "EUR", "Invoice Date": "20260706"}
BACK = {"Weight Charge": "-8,40", "Weight Tax (VAT)": "-1,60", "Total amount (incl. VAT)": "-10,00"}
write(
    "credit_note.csv",
    FEW,
    [
        INVOICE | OTHER | {"Total amount (incl. VAT)": "-12,50"},
        PARCEL | OTHER | BACK | {"Shipment Number": "1000000055", "Weight (kg)": "1,5"},
        PARCEL | OTHER | BACK | {"Shipment Number": "1.00000E+09", "Weight (kg)": "abc"},
        PARCEL | OTHER | BACK | {"Line Type": "X", "Shipment Number": "1000000077", "Weight (kg)": "0,5"},
        PARCEL | OTHER | {"Invoice Number": "HAMR000054322", "Shipment Number": "1000000088", "Weight (kg)": "2"}
        | {"Weight Charge": "1.234,50", "Weight Tax (VAT)": "0,00", "Total amount (incl. VAT)": "1.234,50"},
    ],
    delimiter=";",
    quoting=csv.QUOTE_ALL,
)  # fmt: skip
