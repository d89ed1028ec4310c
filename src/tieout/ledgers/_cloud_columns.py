"""Columns: what the import workbook of Kingdee Cloud Galaxy is made of, key and caption, as programs write them that fill it."""

from typing import Final

__all__ = ["CAPTIONS", "ENTRY", "HEAD", "MONEY"]

HEAD: Final = {
    "FBillHead(GL_VOUCHER)": "*单据头(序号)",
    "FAccountBookID": "*(单据头)账簿#编码",
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
    "FSourceBillKey": "(单据头)业务类型#编码",
    "*Split*1": "间隔列",
}
"""Columns of the voucher as a whole, filled on its first row alone."""

ENTRY: Final = {
    "FEntity": "*分录(序号)",
    "FEXPLANATION": "(分录)摘要",
    "FACCOUNTID": "*(分录)科目编码#编码",
    "FACCOUNTID#Name": "(分录)科目编码#名称",
}
"""Columns of a line before its dimensions."""

MONEY: Final = {
    "FCURRENCYID": "*(分录)币别#编码",
    "FEXCHANGERATETYPE": "*(分录)汇率类型#编码",
    "FEXCHANGERATE": "(分录)汇率",
    "FUnitId": "(分录)计量单位#编码",
    "FPrice": "(分录)单价",
    "FQty": "(分录)数量",
    "FAMOUNTFOR": "(分录)原币金额",
    "FDEBIT": "(分录)借方金额",
    "FCREDIT": "(分录)贷方金额",
    "FSettleTypeID": "(分录)结算方式#编码",
    "FSETTLENO": "(分录)结算号",
    "FBUSNO": "(分录)业务编号",
}
"""Columns of a line behind its dimensions."""

CAPTIONS: Final = {
    "FFLEX4": "供应商",
    "FFLEX5": "部门",
    "FFLEX6": "客户",
    "FFLEX7": "员工",
    "FFLEX8": "物料",
    "FFLEX9": "费用项目",
    "FFLEX15": "银行账号",
    "FFLEX16": "其他往来单位",
}
"""What the preset dimensions are called; every company defines more, as `FF100001` and so on."""
