"""Makes the input of this folder: a sheet of vouchers in the standard format, and the sheet that describes it."""

from datetime import date
from pathlib import Path

import xlsxwriter

FOLDER = Path(__file__).parent
CAPTIONS = [
    *(
        "凭证日期",
        "会计年度",
        "会计期间",
        "凭证字",
        "凭证号",
        "科目代码",
        "科目名称",
        "币别代码",
        "币别名称",
        "原币金额",
    ),
    *("借方", "贷方", "制单", "审核", "核准", "出纳", "经办", "结算方式", "结算号", "凭证摘要", "数量", "数量单位"),
    *("单价", "参考信息", "业务日期", "往来业务编号", "附件数", "序号", "系统模块", "业务描述", "汇率类型", "汇率"),
    *("分录序号", "核算项目", "过账", "机制凭证", "现金流量"),
]
COMMON = {
    "会计年度": 2026,
    "会计期间": 6,
    "凭证字": "记",
    "币别代码": "RMB",
    "币别名称": "人民币",
    "制单": "示例",
    "审核": "none",
    "核准": "none",
    "出纳": "none",
    "结算方式": "*",
    "数量": 0,
    "数量单位": "*",
    "单价": 0,
    "附件数": 1,
    "汇率": 1,
    "过账": 0,
}


def entry(
    number: int, day: int, account: str, name: str, debit: float, credit: float, words: str, **said: object
) -> dict:
    """A row."""
    money = {"原币金额": abs(debit or credit), "借方": debit, "贷方": credit, "凭证摘要": words}
    when = {"凭证日期": date(2026, 6, day), "业务日期": date(2026, 6, day), "凭证号": number}
    return COMMON | when | {"科目代码": account, "科目名称": name} | money | said


def write(name: str, rows: list[dict]) -> None:
    """Write one input."""
    with xlsxwriter.Workbook(FOLDER / name, {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet("Page1")
        sheet.write_row(0, 0, CAPTIONS)
        for at, row in enumerate(rows, start=1):
            for column, caption in enumerate(CAPTIONS):
                if caption in row:
                    sheet.write(at, column, row[caption])
        schema = book.add_worksheet("t_Schema")
        schema.write_row(0, 0, ["FType", "FKey", "FFieldName", "FCaption", "FValueType"])
        for at, caption in enumerate(CAPTIONS, start=1):
            schema.write_row(at, 0, ["FieldInfo", f"F{at}", f"F{at}", caption, "Varchar(255)"])


IN_DOLLARS = {"币别代码": "USD", "币别名称": "美元", "汇率": 7.1, "原币金额": 100}
STOCK = {"数量": 10, "数量单位": "件", "单价": 7.25}
write(
    "page1.xlsx",
    [
        entry(1, 5, "1002.02", "银行存款 - 基本户", 1130, 0, "收货款", 过账=1, 现金流量="销售商品收到的现金"),
        entry(1, 5, "6001.01", "主营业务收入", 0, 1000, "收货款", 过账=1, 核算项目="部门---01---销售部"),
        entry(1, 5, "2221.01", "应交税费", 0, 130, "收货款", 过账=1),
        entry(
            3, 8, "1122", "应收账款", 710, 0, "外销", **IN_DOLLARS, 核算项目="客户---01.02---示例客户;职员---7---某人"
        ),
        entry(3, 8, "6001.02", "主营业务收入", 0, 710, "外销", **IN_DOLLARS),
        entry(4, 9, "1405", "库存商品", 72.5, 0, "入库", **STOCK, 参考信息="REF-9"),
        entry(4, 9, "1405", "库存商品", -2.5, 0, "红字"),
        entry(4, 9, "2202", "应付账款", 0, 69, "入库"),
        entry(4, 9, "1001", "现金", 1, 0, "另一字", 凭证字="付"),
        entry(4, 9, "1002.02", "银行存款", 0, 1, "另一字", 凭证字="付"),
        entry(5, 10, "1001", "现金", 1, 0, "无科目行的凭证"),
        entry(5, 10, "", "", 0, 1, "无科目行的凭证"),
        entry(6, 11, "1001", "现金", 0, 0, "无金额"),
    ],
)
