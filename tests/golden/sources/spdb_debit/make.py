"""Writes account.xls, a file in the layout of Shanghai Pudong Development Bank, all of it made up."""

from pathlib import Path

import xlwt

ROWS = (
    ("账号", "6200000000001230", "账户类型", "借记卡", "日期范围", "20260701-20260731"),
    ("顺序号", "交易日期", "交易类型", "存入金额", "取出金额", "余额", "交易对手名称", "交易对手账号", "附言"),
    (
        "1",
        "2026/07/03  14:06:51",
        "网上支付-支付宝",
        "",
        "3.88",
        "1981.33",
        "示例基金销售有限公司",
        "12345678901236500",
        "",
    ),
    ("2", "2026/07/05  07:22:32", "汇入外", "10.00", "", "1991.33", "张三", "12345678901236501", "货款 po_1001"),
    (
        "3",
        "2026/07/05  19:03:07",
        "网上支付-支付宝",
        "",
        "",
        "1991.33",
        "示例基金销售有限公司",
        "12345678901236500",
        "",
    ),
    ("4", "2026/07/06  20:37:39", "结息", "0.00", "", "1991.33", "", "", ""),
)

book = xlwt.Workbook()
sheet = book.add_sheet("sheet")
for row, cells in enumerate(ROWS):
    for column, cell in enumerate(cells):
        if cell != "":
            sheet.write(row, column, cell)
book.save(str(Path(__file__).with_name("account.xls")))
