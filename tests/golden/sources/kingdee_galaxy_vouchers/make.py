"""Makes the input of this folder: technical names, captions, and two vouchers whose heads stand on their first rows."""

from pathlib import Path

import xlsxwriter

FOLDER = Path(__file__).parent
COLUMNS = {
    "FBillHead(GL_VOUCHER)": "*单据头(序号)",
    "FAccountBookID": "*(单据头)账簿#编码",
    "FAccountBookID#Name": "(单据头)账簿#名称",
    "FDate": "*(单据头)日期",
    "FBUSDATE": "(单据头)业务日期",
    "FYEAR": "(单据头)会计年度",
    "FPERIOD": "(单据头)期间",
    "FVOUCHERGROUPID": "*(单据头)凭证字#编码",
    "FVOUCHERGROUPID#Name": "(单据头)凭证字#名称",
    "FVOUCHERGROUPNO": "*(单据头)凭证号",
    "FATTACHMENTS": "(单据头)附件数",
    "FISADJUSTVOUCHER": "(单据头)是否调整期凭证",
    "FACCBOOKORGID": "(单据头)核算组织#编码",
    "FACCBOOKORGID#Name": "(单据头)核算组织#名称",
    "FSourceBillKey": "(单据头)业务类型#编码",
    "FSourceBillKey#Name": "(单据头)业务类型#名称",
    "FIMPORTVERSION": "(单据头)引入版本号",
    "*Split*1": "间隔列",
    "FEntity": "*分录(序号)",
    "FEXPLANATION": "(分录)摘要",
    "FACCOUNTID": "*(分录)科目编码#编码",
    "FACCOUNTID#Name": "(分录)科目编码#名称",
    "FDetailID#FF100002": "(分录)项目段#编码",
    "FDetailID#FF100002#Name": "(分录)项目段#名称(Null)",
    "FDetailID#FFLEX9": "(分录)费用项目#编码",
    "FDetailID#FFLEX9#Name": "(分录)费用项目#名称(Null)",
    "FDetailID#FFlex5": "(分录)成本中心#编码",
    "FDetailID#FFlex5#Name": "(分录)成本中心#名称(Null)",
    "FCURRENCYID": "(分录)币别#编码",
    "FCURRENCYID#Name": "(分录)币别#名称",
    "FEXCHANGERATETYPE": "(分录)汇率类型#编码",
    "FEXCHANGERATETYPE#Name": "(分录)汇率类型#名称",
    "FEXCHANGERATE": "(分录)汇率",
    "FUnitId": "(分录)计量单位#编码",
    "FPrice": "(分录)单价",
    "FQty": "(分录)数量",
    "FAMOUNTFOR": "(分录)原币金额",
    "FDEBIT": "(分录)借方金额",
    "FCREDIT": "(分录)贷方金额",
    "FSettleTypeID": "(分录)结算方式#编码",
    "FSETTLENO": "(分录)结算号",
    "FBUSNO": "(分录)业务单号",
    "FEXPORTENTRYID": "(分录)失效分录行号",
}
HEAD = {
    "FAccountBookID": "001",
    "FAccountBookID#Name": "示例公司",
    "FDate": "2026-06-30",
    "FBUSDATE": "2026-06-29",
    "FYEAR": 2026,
    "FPERIOD": 6,
    "FVOUCHERGROUPID": "PRE001",
    "FVOUCHERGROUPID#Name": "记",
    "FATTACHMENTS": 3,
    "FISADJUSTVOUCHER": "否",
}
CNY = {"FCURRENCYID": "PRE001", "FCURRENCYID#Name": "人民币", "FEXCHANGERATETYPE": "HLTX01_SYS", "FEXCHANGERATE": 1}
USD = {"FCURRENCYID": "PRE007", "FCURRENCYID#Name": "美元", "FEXCHANGERATETYPE": "HLTX01_SYS", "FEXCHANGERATE": 7.1}


def entry(number: int, account: str, words: str, **money: float) -> dict:
    """An entry, in the book's currency."""
    return (
        CNY | {"FEntity": number, "FACCOUNTID": account, "FACCOUNTID#Name": "示例科目", "FEXPLANATION": words} | money
    )


ROWS = [
    HEAD
    | {"FBillHead(GL_VOUCHER)": 1, "FVOUCHERGROUPNO": "12"}
    | entry(1, "6602.04", "冲销", FDEBIT=-120.5)
    | {"FDetailID#FF100002": "006", "FDetailID#FFlex5": "CC01"},
    entry(2, "6602.04", "分摊", FDEBIT=120.5, FQty=2, FPrice=60.25) | {"FDetailID#FFLEX9": "FY07", "FBUSNO": "BX-1"},
    HEAD | {"FBillHead(GL_VOUCHER)": 2, "FVOUCHERGROUPNO": "13", "FDate": "2026-07-01", "FPERIOD": 7}
    | entry(3, "1122", "外销", FDEBIT=710, FAMOUNTFOR=100)
    | USD,
    entry(4, "6001", "外销", FCREDIT=710, FAMOUNTFOR=100) | USD,
    HEAD | {"FBillHead(GL_VOUCHER)": 3, "FVOUCHERGROUPNO": "14"} | entry(5, "1001", "坏金额", FDEBIT=1),
    entry(6, "1002", "坏金额") | {"FCREDIT": "x"},
]  # fmt: skip

with xlsxwriter.Workbook(FOLDER / "voucher.xlsx") as book:
    sheet = book.add_worksheet("凭证#单据头(FBillHead)")
    sheet.write_row(0, 0, list(COLUMNS))
    sheet.write_row(1, 0, list(COLUMNS.values()))
    for at, row in enumerate(ROWS, start=2):
        for column, name in enumerate(COLUMNS):
            if name in row:
                sheet.write(at, column, row[name])
