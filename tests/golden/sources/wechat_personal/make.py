"""Writes `2026-07.xlsx` beside itself: WeChat's workbook, in which amounts are numbers and some identifiers too."""

from pathlib import Path

import xlsxwriter

PREAMBLE = (
    "微信支付账单明细",
    "微信昵称：[造名甲]",
    "起始时间：[2026-07-01 00:00:00] 终止时间：[2026-07-31 23:59:59]",
    "导出类型：[全部]",
    "导出时间：[2026-08-01 16:05:22]",
    "",
    "共4笔记录",
    "收入：1笔 1023.00元",
    "支出：2笔 40.66元",
    "中性交易：1笔 100.10元",
    "注：",
    "1. 充值/提现/理财通购买/零钱通存取/信用卡还款等交易，将计入中性交易",
    "2. 若交易记录明细无有效内容，则代表该时间段内此微信号无交易。",
    "3. 本明细仅供个人对账使用",
    "4. 本账单中所有时间均为UTC+08:00时间",
    "",
    "----------------------微信支付账单明细列表--------------------",
)
HEADER = [
    "交易时间",
    "交易类型",
    "交易对方",
    "商品",
    "收/支",
    "金额(元)",
    "支付方式",
    "当前状态",
    "交易单号",
    "商户单号",
    "备注",
]
TAB = "\t"
LINES = (
    ("2026-07-31 12:45:27", "商户消费", "造店", "书", "支出", 28.16, "零钱", "支付成功", 398573400001, f"M1{TAB}", "/"),
    (
        "2026-07-30 11:00:00",
        "二维码收款",
        "造名乙",
        "/",
        "收入",
        1023.0,
        "零钱",
        "已收钱",
        f"10000300012026073{TAB}",
        f"/{TAB}",
        "/",
    ),
    (
        "2026-07-29 16:29:37",
        "零钱提现",
        "造银行(1234)",
        "/",
        "/",
        100.1,
        "造银行",
        "提现已到账",
        f"20721071510007{TAB}",
        f"/{TAB}",
        "服务费¥0.10",
    ),
    (
        "2026-07-28 09:00:00",
        "商户消费",
        "造店",
        "笔",
        "支出",
        12.0,
        "零钱",
        "支付成功",
        f"4200009900202607{TAB}",
        f"M4{TAB}",
        "/",
    ),
)

book = xlsxwriter.Workbook(Path(__file__).with_name("2026-07.xlsx"))
sheet = book.add_worksheet("Sheet1")
for row, text in enumerate(PREAMBLE):
    sheet.write_string(row, 0, text)
sheet.write_row(len(PREAMBLE), 0, HEADER)
for row, cells in enumerate(LINES, start=len(PREAMBLE) + 1):
    sheet.write_row(row, 0, cells)
book.close()
