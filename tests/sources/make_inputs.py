"""Makes the input files under tests/golden/sources: own, synthetic files in the layouts that couriers and others use.

Run `python tests/sources/make_inputs.py` after a change here, then `TIEOUT_UPDATE_GOLDENS=1 pytest tests/sources/test_conformance.py`.
"""

from datetime import datetime
from pathlib import Path

import xlsxwriter
import xlwt

FOLDER = Path(__file__).parent.parent / "golden" / "sources"
CREATED = datetime(2026, 1, 1)  # noqa: DTZ001 - a workbook's creation date has no zone

BRANCH_BILL = '''中通快递某网点对账单
客户：某某电商,,账单月份：2026年07月
联系电话 13800138000
扫描时间,运单号,目的省份,目的城市,结算重量,运费,备注,收件人
2026-07-01,"=""76300000000001""",广东,深圳,0.86,2.60,,张三
2026/7/2,`76300000000002,浙江省,杭州,１.５,"3.50","易碎
轻放",李四
2026.07.03,7.6300000000003E+13,江苏,苏州,1,3.20,表格打开过,王五
20260704,76300000000004,新疆,乌鲁木齐,1.2,"1,017.00",,赵六

扫描时间,运单号,目的省份,目的城市,结算重量,运费,备注,收件人
2026-07-05,76300000000005,北京,北京,约2公斤,4.00,,孙七
2026-07-06,76300000000006,上海,上海,0.5,2.60,多,了,一格
2026-07-07,76300000000007,上海
2026-07-08,76300000000008,安徽,合肥,0.5,-2.60,冲减 13900139000,周八
2026-02-30,76300000000009,安徽,合肥,0.5,2.60,,吴九
合计,,,,,"1,032.90",,
以上数据请于5日内核对
'''

CHARGES = """bill\tnumber\tbase\tremote\tinsurance\ttotal
B1\t00012345678\t5.00\t\t0\t5.00
B1\t00012345679\t12.00\t5.00\t1.50\t18.50
B1\t00012345680\t0\t0\t2.00\t2.00
B1\t00012345681\t3.00\t-\t--\t3.00
"""

PARCELS = """Waybill;Shipped;Weight;L;W;H;To;Value;Signed
1Z999AA10123456784;31.10.2026;4,2;11,1;8,5;6,2;US-90001;1.234,50;yes
1Z999AA10123456785;01.11.2026;1,25 kg;10;10;10;US-10001;;no
1Z999AA10123456786;01.11.2026;-3;10;10;10;US-10001;;no
"""

SF_FREIGHT = """顺丰速运月结账单
月结卡号：0210967957    账单周期：2026-01-01 至 2026-01-31
应付金额合计：,62.40

序号,日期,运单号码,寄件地区,到件地区,对方公司名称,计费重量,产品类型,付款方式,费用(元),折扣/促销,应付金额,经手人,增值费用
1,12-31,SF1000000000001,广州,成都/资阳/眉山,某公司,1,标快,寄付月结,23,3.00,20.00,张三,
2,01-02,SF1000000000002,广州,上海,某公司,2.5,标快,寄付月结,30.00,0.00,30.00,张三,2.00
3,01-03,SF1000000000003,广州,北京,某公司,1,标快,寄付月结,12.00,1.60,10.40,李四,保价
4,01-04,SF1000000000004,广州,北京,某公司,1,标快,寄付月结,5.00,0.00,4.00,李四,
5,01-05,SF1000000000005,广州,北京,某公司,1,标快,寄付月结,-2.00,0.00,-2.00,李四,
合计,,,,,,,,,68.00,4.60,62.40,,
月结权益优惠
等级,优惠,,,,,,,,,,,,
金卡,SF9999999999999,,,,,,,,1.00,0.00,1.00,,
"""

SF_COLUMNS = [
    "日期",
    "运单号码",
    "对方地区",
    "对方公司名称",
    "计费重量",
    "产品类型",
    "付款方式",
    "费用(元)",
    "折扣/促销",
    "应付金额",
    "经手人",
    "原寄地",
    "寄件公司名称",
    "寄件公司电话",
    "到件地区",
    "到方客户名称",
    "到方客户电话",
    "寄件人",
    "寄件时间",
    "始发地(省名)",
    "寄件公司地址",
    "收件人工号",
    "托寄物内容",
    "托寄物数量",
    "声明价值",
    "件数",
    "体积",
    "目的地(省名)",
    "收件人",
    "收件地址",
    "派件员工号",
    "实际重量",
    "回单单号",
    "签收人",
    "签收时间",
    "退回件关联运单号",
    "附加字段1",
    "附加字段2",
    "附加字段3",
    "结算日期",
    "付款网点",
    "子公司卡号",
    "备注",
]


def sf_line(**cells: object) -> list[object]:
    """One line of the layout of 43 columns, and 服务 where it is named."""
    usual = {
        "产品类型": "标快",
        "付款方式": "寄付月结",
        "收件人": "张三",
        "收件地址": "某某路1号",
        "到方客户电话": "13800138000",
    }
    return [{**usual, **cells}.get(caption, "") for caption in [*SF_COLUMNS, "服务"]]


def text(path: str, content: str, encoding: str, *, end: str = "\n") -> None:
    (FOLDER / path).write_bytes(content.replace("\n", end).encode(encoding))


def workbook(path: str, sheets: dict[str, list[list[object]]]) -> None:
    """A workbook; datetimes become date cells."""
    book = xlsxwriter.Workbook(FOLDER / path, {"default_date_format": "yyyy-mm-dd hh:mm:ss"})
    book.set_properties({"created": CREATED})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                if isinstance(cell, datetime):
                    sheet.write_datetime(row, column, cell)
                elif isinstance(cell, str) and cell.startswith("="):
                    sheet.write_formula(row, column, cell, None, "#REF!" if "REF" in cell else "")
                elif cell != "":
                    sheet.write(row, column, cell)
    book.close()


def sf_workbook() -> None:
    header = [*SF_COLUMNS, "服务"]
    first = {"日期": "07-01", "运单号码": "SF2000000000001", "结算日期": datetime(2026, 8, 3), "目的地(省名)": "四川"}  # noqa: DTZ001
    rows = [
        header,
        sf_line(
            **first,
            到件地区="成都/资阳/眉山",
            计费重量=1.5,
            **{"费用(元)": 12, "折扣/促销": 1.7, "应付金额": 10.3},
            服务="运费",
        ),
        sf_line(
            **first,
            到件地区="成都/资阳/眉山",
            计费重量=1.5,
            **{"费用(元)": 1, "折扣/促销": 0, "应付金额": 1},
            服务="保价",
        ),
        sf_line(
            日期="07-02",
            运单号码="SF2000000000002",
            到件地区="上海",
            计费重量=0.3,
            退回件关联运单号="SF2000000000001",
            **{"费用(元)": 10.1, "折扣/促销": 0.1, "应付金额": 10},
            服务="转寄退回",
        ),
        sf_line(
            日期="07-03",
            运单号码=2.000000000003e15,
            到件地区="上海",
            计费重量=1,
            **{"费用(元)": 12, "折扣/促销": 0, "应付金额": 12},
            服务="运费",
        ),
        sf_line(
            日期="07-04",
            运单号码="SF2000000000004",
            计费重量=1,
            **{"费用(元)": 12, "折扣/促销": 0, "应付金额": "=REF1"},
            服务="运费",
        ),
        [],
        ["月结权益优惠"],
        ["仅供参考", "SF2000000000009", "", "", 1, "", "", 5, 0, 5],
    ]
    copy = [header, sf_line(**first, 计费重量=1.5, **{"费用(元)": 12, "折扣/促销": 1.7, "应付金额": 10.3}, 服务="运费")]
    workbook("sf_monthly_bill/by_service.xlsx", {"账单明细": rows, "淘天运单": copy, "说明": [["仅供参考"]]})


def jd_workbook() -> None:
    summary = [
        ["京东物流账单明细"],
        ["结算单号", "BR20260731001", "", "结算日期", "2026-07-01 - 2026-07-31"],
        ["客户名称", "某某公司", "", "费用科目", "收派服务费"],
        ["应付合计", 26.5, "", "单量", 3],
        [],
        ["商家编号", "费用类型", "原始金额", "折扣金额", "结算金额"],
        ["KH001", "快递运费", 30, 6, 24],
        ["KH001", "保价费", 1.5, 0, 1.5],
        ["KH001", "快递改址费", 3, 0, 3],
        ["KH001", "收派服务费-理赔", -2, 0, -2],
        ["合计", "", 32.5, 6, 26.5],
    ]
    detail = [
        ["运单号", "费用类型", "结算金额", "计费重量", "揽收时间", "目的省", "收件人姓名"],
        ["JDVA00000000001", "快递运费", 8, 1, datetime(2026, 7, 1, 9, 30), "广东", "张三"],  # noqa: DTZ001
        ["JDVA00000000001", "保价费", 1.5, 1, datetime(2026, 7, 1, 9, 30), "广东", "张三"],  # noqa: DTZ001
        ["JDVA00000000002", "快递运费", 8, 1, datetime(2026, 7, 2, 10, 0), "浙江", "李四"],  # noqa: DTZ001
        ["JDVA00000000002", "快递改址费", 3, "", datetime(2026, 7, 2, 10, 0), "浙江", "李四"],  # noqa: DTZ001
        ["JDVA00000000003", "快递运费", 8, 1, datetime(2026, 7, 3, 11, 0), "上海", "王五"],  # noqa: DTZ001
        ["JDVA00000000003", "收派服务费-理赔", -2, "", "2026-07-20", "上海", "王五"],
    ]
    workbook("jd_logistics_bill/bill.xlsx", {"汇总": summary, "明细": detail})


def generic_workbook() -> None:
    notes = [["导出说明"], ["本表由系统导出"]]
    orders = [
        ["店铺订单"],
        ["订单号", "下单时间", "运费", "状态", "是否货到付款"],
        ["5116032541422009305", datetime(2026, 7, 1, 8, 30), 0.1 + 0.2, "已完成", "否"],  # noqa: DTZ001
        [435233529604913.0, 46204.5, 6, "已发货", "是"],
        [5.116032541422e18, 46205, 6, "已发货", "是"],
        ["260531-662941284701219", "2026/7/4 9:05", "", "没见过", "是"],
    ]
    workbook("generic_table/orders.xlsx", {"说明": notes, "数据": orders})


def bank_xls() -> None:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("Sheet0")
    rows = [
        ["某某银行账户明细"],
        ["账号:6217********5678", "", "起始日期:20260701", "结束日期:20260731"],
        ["序号", "交易日期", "交易金额", "账户余额", "摘要"],
        [1, "20260701", "5,000.00", "7,100.00", "货款"],
        [2, "20260702", "-100.00", "7,000.00", "快递费"],
        [3, "20260703", -12.5, 6987.5, "手续费"],
        ["", "本页小计", 4887.5, "", ""],
        ["", "总计", 4887.5, "", ""],
    ]
    for at, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            if cell != "":
                sheet.write(at, column, cell)
    book.save(FOLDER / "generic_table" / "bank.xls")


def main() -> None:
    text("generic_table/branch_bill.csv", BRANCH_BILL, "gb18030", end="\r\n")
    text("generic_table/charges.txt", CHARGES, "utf-16")
    text("generic_table/parcels.csv", PARCELS, "utf-8-sig")
    text("sf_monthly_bill/with_freight.csv", SF_FREIGHT, "gb18030", end="\r\n")
    one_figure = [",".join(SF_COLUMNS)]
    for number, (day, amount) in enumerate([("07-01", "10.30"), ("07-02", "18.00")], start=1):
        line = sf_line(
            日期=day,
            运单号码=f"SF300000000000{number}",
            计费重量="1.0",
            到件地区="上海",
            结算日期="2026-07-31",
            **{"费用(元)": amount, "折扣/促销": "0.00", "应付金额": amount},
        )
        one_figure.append(",".join(str(cell) for cell in line[:-1]))
    text("sf_monthly_bill/one_figure.csv", "\n".join(one_figure) + "\n", "utf-8")
    sf_workbook()
    jd_workbook()
    generic_workbook()
    bank_xls()


if __name__ == "__main__":
    main()
