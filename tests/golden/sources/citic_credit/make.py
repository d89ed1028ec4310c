"""Writes card.xls, a file in the layout of China CITIC Bank, all of it made up."""

from pathlib import Path

import xlwt

ROWS = (
    ("本期账单明细(人民币)",),
    ("交易日期", "入账日期", "交易描述", "卡末四位", "交易币种", "结算币种", "交易金额", "结算金额"),
    ("2026-07-05", "2026-07-06", "示例商户A", "0002", "USD", "CNY", "2.20", "15.90"),
    ("2026-07-04", "2026-07-04", "财付通-还款", "0002", "CNY", "CNY", "-1,000.00", "-1,000.00"),
    ("2026-07-03", "2026-07-03", "示例商户B", "0002", "CNY", "CNY", "12.5O", "12.5O"),
    ("", "", "", "", "", "", "", ""),
)

book = xlwt.Workbook()
sheet = book.add_sheet("本期账单明细")
for row, cells in enumerate(ROWS):
    for column, cell in enumerate(cells):
        if cell != "":
            sheet.write(row, column, cell)
book.save(str(Path(__file__).with_name("card.xls")))
