"""Writes the workbook of this folder."""

from datetime import datetime
from pathlib import Path

import xlsxwriter

HEADER = (
    "Order/adjustment ID  ,Type ,Order created time,Order settled time,Currency,Total settlement amount,Total Revenue,"
    "Subtotal after seller discounts,Subtotal before discounts,Seller discounts,Refund subtotal after seller discounts,"
    "Refund subtotal before seller discounts,Refund of seller discounts,Total Fees,Platform commission fee ,Payment Fee,"
    "Shipping cost,Shipping costs passed on to the logistics provider,Shipping cost paid by the customer,"
    "Affiliate Commission,Dynamic commission,Order processing fee,Article 22 Income Tax withheld,GMV Max ad fee,"
    "Ajustment amount,Related order ID,Customer payment,New fee"
)
LINES = [
    # an order with fees, as texts
    (
        "580000000000000001,Order,2026/05/01,2026/05/10,IDR,85000,100000,100000,110000,-10000,0,0,0,-15000,-8000,0,-2000,-12000,10000"
        ",-3000,-500,-1250,-250,0,0,/,100000,0"
    ),
    # an order refunded in full, its commission given back
    "580000000000000002,Order,2026/05/01,2026/05/11,IDR,-46000,-50000,0,0,0,-50000,-55000,5000,4000,4000,0,0,0,0,0,0,0,0,0,0,/,0,0",
    # the first order again: a later deduction
    "580000000000000001,Order,2026/05/01,2026/05/12,IDR,-1500.50,0,0,0,0,0,0,0,-1500.50,0,0,0,0,0,0,0,0,0,-1500.50,0,/,0,0",
    "700000000000000001,GMV Payment for TikTok Ads,2026/05/12,2026/05/12,IDR,-20000,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,-20000,/,0,0",
    (
        "700000000000000002,Logistics reimbursement,2026/05/13,2026/05/13,IDR,7000,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,7000"
        ",580000000000000003,0,0"
    ),
    "700000000000000003,Mystery,2026/05/13,2026/05/13,IDR,300,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,300,/,0,0",
    # a fee in a column that is new: the parts do not explain it
    "580000000000000004,Order,2026/05/02,2026/05/14,IDR,9000,10000,10000,10000,0,0,0,0,-1000,-800,0,0,0,0,0,0,0,0,0,0,/,10000,-200",
    "580000000000000005,Order,2026/05/02,2026/05/14,IDR,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,/,0,0",
    "5.8E+17,Order,2026/05/02,2026/05/14,IDR,100,100,100,100,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,/,100,0",
    "580000000000000006,Order,2026/05/02,2026/05/14,IDR,lots,100,100,100,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,/,100,0",
]
REPORTS = [
    ("Time period:", "2026/05/01-2026/05/31"),
    ("Timezone", "UTC+7"),
    ("Currency", "IDR"),
    ("Total settlement amount", "", "33899.50"),
]

with xlsxwriter.Workbook(Path(__file__).with_name("2026-05.xlsx")) as book:
    book.set_properties({"created": datetime(2026, 1, 1)})  # noqa: DTZ001 - a workbook's creation date has no zone
    sheet = book.add_worksheet("Order details")
    for at, cells in enumerate(line.split(",") for line in [HEADER, *LINES]):
        for column, cell in enumerate(cells):
            if at == 1 and column in (5, 6, 7):
                sheet.write_number(at, column, float(cell))
            else:
                sheet.write_string(at, column, cell)
    sheet.write_blank(40, 0, None, book.add_format({"bold": True}))
    reports = book.add_worksheet("Reports")
    for at, cells in enumerate(REPORTS):
        for column, cell in enumerate(cells):
            reports.write_string(at, column, cell)
