import io

import xlsxwriter

import tieout

data = io.BytesIO()
with xlsxwriter.Workbook(data) as workbook:
    workbook.add_worksheet("SF").write_row(0, 0, ["日期", "运单号码", "计费重量", "费用(元)", "折扣/促销", "应付金额"])
    sheet = workbook.add_worksheet("JD")
    sheet.write(0, 0, "京东物流账单明细")
    sheet.write_row(1, 0, ["运单号", "费用类型", "结算金额", "原始金额", "折扣金额"])
tieout.read(data.getvalue())
