"""Makes the inputs of this folder: a sheet with hints, header, entries and cash flows, and one of technical names."""

from pathlib import Path

import xlsxwriter

FOLDER = Path(__file__).parent
NAMES = {
    "main_m_pk_accountingbook": "* 核算账簿",
    "main_m_pk_vouchertype": "* 凭证类别编码",
    "main_m_num": "* 凭证号",
    "main_m_attachment": "附单据数",
    "main_pk_prepared": "* 制单人编码",
    "main_m_prepareddate": "* 制单日期",
    "m_explanation": "* 摘要",
    "m_accsubjcode": "* 科目编码",
    "m_pk_currtype": "* 币种",
    "m_debitamount": "* 原币借方金额",
    "m_localdebitamount": "* 本币借方金额",
    "m_groupdebitamount": "集团本币借方金额",
    "m_globaldebitamount": "全局本币借方金额",
    "unitname": "业务单元编码",
    "m_price": "单价",
    "m_debitquantity": "借方数量",
    "m_creditquantity": "贷方数量",
    "m_creditamount": "* 原币贷方金额",
    "m_localcreditamount": "* 本币贷方金额",
    "m_groupcreditamount": "集团本币贷方金额",
    "m_globalcreditamount": "全局本币贷方金额",
    "m_checkno": "结算号",
    "m_checkdate": "结算日期",
    "verifyno": "核销号",
    "verifydate": "业务日期",
    "m_bankaccount": "银行账户",
    "billtype": "票据类型",
    "m_checkstyle": "结算方式",
    "m_excrate2": "组织本币汇率",
    "excrate3": "集团本币汇率",
    "excrate4": "全局本币汇率",
    **{f"ass_{nth}": f"辅助核算{nth}" for nth in range(1, 10)},
}
HINTS = "*导入须知:\n1.表格中不能增、删、改列及固有内容\n2.所有内容必须为文本格式"
FLOWS = ["cashflow", "m_flag", "cashflowcurr", "m_money", "m_moneymain", "cashflowName", "cashflowCode"]
FLOW_CAPTIONS = ["方向", "分析币种", "原币", "组织本币", "现金流量名称", "现金流量编码"]


def entry(number: str, day: str, account: str, debit: str, credit: str, **said: str) -> dict[str, str]:
    """An entry."""
    head = {"main_m_pk_accountingbook": "G0001-001", "main_m_pk_vouchertype": "01", "main_m_num": number}
    head |= {"main_m_prepareddate": day, "main_pk_prepared": "user01", "m_pk_currtype": "人民币"}
    money = {
        "m_debitamount": debit,
        "m_localdebitamount": debit,
        "m_creditamount": credit,
        "m_localcreditamount": credit,
    }
    return head | {"m_accsubjcode": account, "m_explanation": f"凭证 {number}"} | money | said


ABROAD = {"m_pk_currtype": "美元", "m_excrate2": "7.1"}
ENTRIES = [
    entry("5", "2026-06-30", "1002", "113.00", "", ass_1="6200000000000000:银行账户", main_m_attachment="2"),
    entry("5", "2026-06-30", "60010104", "", "100.00", ass_1="009:销售模式", ass_2="~:品牌", ass_3="C01：客商", main_m_attachment="2"),
    entry("5", "2026-06-30", "2221", "", "13.00", main_m_attachment="2"),
    entry("6", "2026-06-30", "1122", "10.00", "0", **ABROAD, m_localdebitamount="71.00", m_debitquantity="4", unitname="BU1"),
    entry("6", "2026-06-30", "6001", "0", "10.00", **ABROAD, m_localcreditamount="71.00", m_checkno="JS-3"),
    entry("7", "2026-06-30", "6602", "-5.00", ""),
    entry("7", "2026-06-30", "1001", "", "5.00"),
    entry("8", "六月", "6602", "5.00", ""),
]  # fmt: skip

with xlsxwriter.Workbook(FOLDER / "import.xlsx") as book:
    sheet = book.add_worksheet("Sheet1")
    sheet.write(0, 0, HINTS)
    sheet.write_row(1, 0, ['"' + ",".join(["null_$head", *NAMES]) + '"', *NAMES.values()])
    for at, row in enumerate(ENTRIES):
        sheet.write_row(2 + at, 0, [str(at), *(row.get(name, "") for name in NAMES)])
    sheet.write_row(3 + len(ENTRIES), 0, ['"' + ",".join(FLOWS) + '"', *FLOW_CAPTIONS])
    sheet.write_row(4 + len(ENTRIES), 0, ["0", "0", "人民币", "113.00", "113.00", "销售商品收到的现金", "1111"])
with xlsxwriter.Workbook(FOLDER / "technical.xlsx") as book:
    sheet = book.add_worksheet("Sheet1")
    sheet.write_row(0, 0, list(NAMES))
    sheet.write_row(1, 0, list(NAMES.values()))
    for at, row in enumerate(ENTRIES[:3], start=2):
        sheet.write_row(at, 0, [row.get(name, "") for name in NAMES])
