"""The files of the month, in the layouts in which platforms, channels and couriers write them."""

import csv
import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Final

import xlsxwriter

from shop.systems import (
    balances,
    bank,
    cases,
    counts,
    erp_orders,
    movements,
    parcels,
    payouts,
    purchases,
    refunds,
    settlements,
)
from shop.terms import ARTICLES, LAST_DAY, SHOPS, at, yuan
from shop.words import CARRIERS, day_of, moment, of_dicts, stage, table
from shop.world import Row, World

GB: Final = "gb18030"

# -- Tmall

_TAOBAO: Final = [
    "订单编号",
    "买家会员名",
    "买家支付宝账号",
    "支付单号",
    "支付详情",
    "买家应付货款",
    "买家应付邮费",
    "买家支付积分",
    "总金额",
    "返点积分",
    "买家实际支付金额",
    "买家实际支付积分",
    "订单状态",
    "买家留言",
    "收货人姓名",
    "收货地址 ",
    "运送方式",
    "联系电话 ",
    "联系手机",
    "订单创建时间",
    "订单付款时间 ",
    "宝贝标题 ",
    "宝贝种类 ",
    "物流单号 ",
    "物流公司",
    "订单备注",
    "宝贝总数量",
    "店铺Id",
    "店铺名称",
    "订单关闭原因",
    "卖家服务费",
    "买家服务费",
    "发票抬头",
    "是否手机订单",
    "分阶段订单信息",
    "特权订金订单id",
    "是否上传合同照片",
    "是否上传小票",
    "是否代付",
    "定金排名",
    "修改后的sku",
    "修改后的收货地址",
    "异常信息",
    "天猫卡券抵扣",
    "集分宝抵扣",
    "是否是O2O交易",
    "新零售交易类型",
    "新零售导购门店名称",
    "新零售导购门店id",
    "新零售发货门店名称",
    "新零售发货门店id",
    "退款金额",
    "预约门店",
    "确认收货时间",
    "打款商家金额",
    "含应开票给个人的个人红包",
    "是否信用购",
    "体验期结束时间",
    "前N有礼",
    "配送类型",
    "主订单编号",
]
_TAOBAO_STAGES: Final = {
    "completed": "交易成功", "signed": "卖家已发货，等待买家确认", "shipped": "卖家已发货，等待买家确认",
    "paid": "买家已付款，等待卖家发货", "closed": "交易关闭",
}  # fmt: skip


def tmall_orders(world: World) -> str:
    """ExportOrderList: one order a row, numbers guarded, reductions not listed."""
    rows = []
    for order in world.rows("orders", platform="tmall"):
        number, paid = order["number"], yuan(order["pays"])
        trade = f"{order['created']:%Y%m%d}22001{order['place']:014}3"
        said = {
            "订单编号": f'="{number}"', "支付单号": trade, "买家应付货款": paid, "买家应付邮费": "0.00", "总金额": paid,
            "买家实际支付金额": yuan(max(order["pays"] - order["back"], 0)), "订单状态": _TAOBAO_STAGES[stage(order)],
            "订单创建时间": moment(order["created"]), "订单付款时间 ": moment(order["paid"]),
            "宝贝标题 ": "，".join(ARTICLES[sku][0] for sku in order["lines"]), "宝贝种类 ": len(order["lines"]),
            "物流单号 ": ",".join(f"No:{one}" for one in order["parcels"][:1]),
            "物流公司": CARRIERS[order["carrier"]] if order["parcels"] else "", "宝贝总数量": sum(order["lines"].values()),
            "店铺Id": "0", "店铺名称": SHOPS["tmall"], "卖家服务费": "0元", "定金排名": "", "修改后的sku": "",
            "退款金额": yuan(order["back"]), "确认收货时间": moment(order["completed"]),
            "打款商家金额": f"{yuan(order['pays'] - order['back'])}元" if order["completed"] else "",
        }  # fmt: skip
        rows.append([said.get(caption, "") for caption in _TAOBAO])
    return table([_TAOBAO, *rows], quoting=csv.QUOTE_ALL).replace('"=""', '="').replace('""",', '",')


def tmall_lines(world: World) -> str:
    """ExportOrderDetailList: one article a row, the shop's coupon shared out on the lines."""
    head = "子订单编号,主订单编号,标题,价格,购买数量,外部系统编号,商品属性,套餐信息,备注,订单状态,商家编码,支付单号,买家应付货款,买家实际支付金额,退款状态,退款金额,订单创建时间,订单付款时间"
    rows = []
    for order in world.rows("orders", platform="tmall"):
        left = order["coupon"]
        gross = sum(ARTICLES[sku][1] * pieces for sku, pieces in order["lines"].items())
        for place, (sku, pieces) in enumerate(order["lines"].items(), start=1):
            price = ARTICLES[sku][1]
            cut = left if place == len(order["lines"]) else order["coupon"] * price * pieces // gross
            left -= cut
            sub = order["number"] if len(order["lines"]) == 1 else f"{int(order['number']) + place}"
            due = yuan(price * pieces - cut)
            rows.append(
                [
                    f'="{sub}"', f'="{order["number"]}"', ARTICLES[sku][0], yuan(price), pieces, sku, "", "", "",
                    _TAOBAO_STAGES[stage(order)], sku, "", due, due, "没有申请退款", "0.00", moment(order["created"]),
                    moment(order["paid"]),
                ]
            )  # fmt: skip
    return table([head.split(","), *rows], quoting=csv.QUOTE_ALL).replace('"=""', '="').replace('""",', '",')


def alipay_trade(world: World) -> str:
    """Alipay's trade bill: payments and refunds, with sums of both below."""
    head = (
        "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,"
        "集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"
    )
    rows = []
    for row in sorted(world.trade, key=lambda row: (row["moment"], row["txn"])):
        amount = yuan(row["amount"])
        cells = [
            f"{row['txn']}\t", f"{row['merchant'] if 'merchant' in row else 'T200P' + row['number']}\t",
            "退款" if row["refund"] else "交易", "灯屋旗舰店商品", moment(row["created"]), moment(row["moment"]), "\t", "\t", "\t",
            "\t", "", amount, amount, *["0.00"] * 5, "", "0.00\t", "0.00", f"{row['refund']}\t", "0.00", "0.00", "",
        ]  # fmt: skip
        rows.append(cells)
    sums = []
    for word, more, is_refund in (("交易", "", False), ("退款", "退款", True)):
        found = [row["amount"] for row in world.trade if bool(row["refund"]) is is_refund]
        sums.append(f"#{word}合计：{len(found)}笔，商家实收{more}共{yuan(sum(found))}元，商家优惠{more}共0.00元")
    above = [
        "#支付宝业务明细查询", "#账号：[20880000000000000156]",
        f"#起始日期：[2026年10月01日 00:00:00]   终止日期：[2026年10月{LAST_DAY}日 23:59:59]",
        f"#{'-' * 41}业务明细列表{'-' * 40}",
    ]  # fmt: skip
    below = [f"#{'-' * 41}业务明细列表结束{'-' * 36}", *sums, "#导出时间：[2026年11月01日 08:12:40]"]
    return "\r\n".join([*above, table([head.split(","), *rows]).rstrip("\r\n"), *below]) + "\r\n"


_FUND_WORDS: Final = {
    "sale": ("交易付款", "订单收款", "0010001|交易收款-交易收款"),
    "sale_refund": ("交易退款", "售后退款-T200P{}", "0020001|交易退款-售后退款"),
    "commission": ("其它", "代扣款（扣款用途：天猫佣金{{{}}}）", "0030011|佣金支出-天猫佣金"),
    "tech_service_fee": ("其它", "代扣款（扣款用途：基础软件服务费{{{}}}）", "0030021|技术服务费-基础软件服务费"),
    "freight_insurance": ("其它", "代扣款（扣款用途：运费险保费{{{}}}）", "0030031|保险支出-运费险"),
    "fee_refund": ("其它", "天猫佣金退还{{{}}}", "0030012|佣金支出-天猫佣金"),
}


def _wallet_rows(world: World, platform: str) -> list[Row]:
    lines = [dict(row) for row in world.rows("lines", platform=platform)]
    drawn = [
        {"kind": "withdrawal", "amount": -row["amount"], "moment": row["moment"], "number": "", "payout": row["id"]}
        for row in world.rows("payouts", platform=platform)
    ]
    return sorted([*lines, *drawn], key=lambda row: row["moment"])


def alipay_fund(world: World) -> str:
    """Alipay's fund bill: every movement of the wallet with the balance after it."""
    head = "账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,账户余额（元）,交易渠道,业务类型,备注,业务描述,业务账单来源,业务基础订单号,业务订单号"
    rows, balance = [], 0
    for place, row in enumerate(_wallet_rows(world, "tmall"), start=1):
        balance += row["amount"]
        number, amount = row["number"], row["amount"]
        if row["kind"] == "withdrawal":
            kind, remark, said = "提现", f"提现-{row['payout']}", "0080001|提现-提现"
        else:
            kind, remark, said = _FUND_WORDS[row["kind"]]
        is_trade = row["kind"] in {"sale", "sale_refund"}
        rows.append(
            [
                f"157{202_610_000_000_000 + place * 37:015}7\t", f"2026103122001100{place:012}\t",
                f"T200P{number}\t" if is_trade else "\t", "", moment(row["moment"]), "",
                yuan(amount) if amount > 0 else "0.00", yuan(amount) if amount < 0 else "0.00", yuan(balance), "支付宝", kind,
                remark.format(number), said, "交易" if is_trade else kind, f"{number}\t", "",
            ]
        )  # fmt: skip
    sums = []
    for word, sign in (("支出", -1), ("收入", 1)):
        found = [row["amount"] for row in _wallet_rows(world, "tmall") if row["amount"] * sign > 0]
        sums.append(f"#{word}合计：{len(found)}笔，共{yuan(sum(found))}元")
    above = [
        "#支付宝账务明细查询", "#账号：[20880000000000000156]",
        "#起始日期：[2026年10月01日 00:00:00]   终止日期：[2026年11月01日 00:00:00]", f"#{'-' * 41}账务明细列表{'-' * 40}",
    ]  # fmt: skip
    below = [f"#{'-' * 40}账务明细列表结束{'-' * 37}", *sums, "#导出时间：[2026年11月01日 08:13:19]"]
    return "\r\n".join([*above, table([head.split(","), *rows]).rstrip("\r\n"), *below]) + "\r\n"


# -- Pinduoduo

_PDD_STAGES: Final = {"completed": "已收货", "signed": "已签收", "shipped": "已发货，待签收", "paid": "待发货"}


def pdd_stage(order: Row) -> str:
    """How Pinduoduo calls how far an order is."""
    if order["closed"] is not None:
        return "已发货，退款成功" if order["shipped"] else "未发货，退款成功"
    if order["completed"] and order["back"] == order["pays"]:
        return "已收货，退款成功"
    return _PDD_STAGES[stage(order)]


def pdd_orders(world: World) -> str:
    """The seller's export: one article an order, with what shop and platform give on it."""
    rows = []
    for order in world.rows("orders", platform="pdd"):
        ((sku, pieces),) = order["lines"].items()
        parcel = order["parcels"][0] if order["parcels"] else ""
        rows.append(
            {
                "商品": ARTICLES[sku][0], "订单号": order["number"], "订单状态": pdd_stage(order),
                "商品总价(元)": yuan(ARTICLES[sku][1] * pieces), "邮费(元)": "0.00", "店铺优惠折扣(元)": yuan(order["coupon"]),
                "平台优惠折扣(元)": yuan(order["funded"]), "多多支付立减金额(元)": "0.00", "用户实付金额(元)": yuan(order["pays"]),
                "商家实收金额(元)": yuan(order["pays"] + order["funded"]), "商品数量(件)": pieces,
                "订单成交时间": moment(order["paid"]), "发货时间": f"{moment(order['shipped'])}\t",
                "确认收货时间": f"{moment(order['completed'])}\t", "商品id": 754_000_000_000 + sorted(ARTICLES).index(sku),
                "商品规格": "标准", "样式ID": 900_000_000_000 + sorted(ARTICLES).index(sku), "商家编码-规格维度": sku,
                "商家编码-商品维度": sku, "商家备注": "", "售后状态": "退款成功" if order["back"] else "无售后或售后取消",
                "快递单号": parcel, "快递公司": CARRIERS[order["carrier"]] if parcel else "",
            }
        )  # fmt: skip
    return of_dicts(rows)


_PDD_WORDS: Final = {
    "sale": ("交易收入", "0010002|交易收入-订单收入"),
    "platform_subsidy": ("优惠券结算", "0010005|交易收入-优惠券结算"),
    "sale_refund": ("交易退款", "0020002|交易退款-订单退款"),
    "subsidy_clawback": ("优惠券结算", "0020005|交易退款-优惠券结算"),
    "tech_service_fee": ("技术服务费", "0030002|技术服务费-基础技术服务费"),
    "penalty": ("其他支出", "0140011|其他支出-违规扣款"),
    "withdrawal": ("提现", "0080001|提现-提现申请"),
}


def pdd_fund(world: World) -> str:
    """The shop's fund detail: every movement of the balance."""
    head = "商户订单号,发生时间,收入金额（+元）,支出金额（-元）,账务类型,备注,业务描述"
    rows, gains, losses = [], [], []
    for row in _wallet_rows(world, "pdd"):
        kind, said = _PDD_WORDS[row["kind"]]
        amount = row["amount"]
        (gains if amount > 0 else losses).append(amount)
        number = row.get("payout") or row["number"] or "-"
        cells = ["0.00" if amount < 0 else yuan(amount), yuan(amount) if amount < 0 else "0.00"]
        rows.append([number, moment(row["moment"]), *cells, kind, row.get("remark", "-"), said])
    above = [
        "拼多多店铺账务明细查询", "", f"起始时间：{day_of(1)} 00:00:00  终止时间：{day_of(LAST_DAY)} 23:59:59",
        "----------交易记录明细列表---------",
    ]  # fmt: skip
    below = [
        f"#支出合计：{len(losses)}笔{yuan(sum(losses))}元", f"#收入合计：{len(gains)}笔{yuan(sum(gains))}元",
        f"#总计：{yuan(sum(gains) + sum(losses))}元", "#导出时间：2026-11-01 08:20:00",
    ]  # fmt: skip
    return "\r\n".join([*above, table([head.split(","), *rows]).rstrip("\r\n"), *below]) + "\r\n"


# -- couriers

_SF: Final = (
    "序号", "日期", "运单号码", "到件地区", "计费重量", "产品类型", "付款方式", "服务", "费用(元)", "折扣/促销", "应付金额",
    "目的地(省名)", "实际重量", "退回件关联运单号",
)  # fmt: skip
_SF_SERVICES: Final = {"base": "运费", "return_to_sender": "转寄退回", "compensation": "理赔", "insurance": "保价"}


def sf_bill(world: World, path: Path) -> None:
    """SF's monthly bill: a workbook with the account and the sum above the table."""
    charges = sorted(world.rows("charges", carrier="sf"), key=lambda row: (row["day"], row["tracking"], row["kind"]))
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"created": dt.datetime(2026, 11, 2), "author": "", "company": ""})  # noqa: DTZ001
        sheet = book.add_worksheet("账单明细")
        sheet.write_row(0, 0, ["顺丰速运 月结账单"])
        total = yuan(sum(row["amount"] for row in charges))
        sheet.write_row(
            1,
            0,
            [
                "月结卡号：0579880018",
                "",
                f"账单周期：{day_of(1)} 至 {day_of(LAST_DAY)}",
                "",
                "",
                f"应付金额合计：{total}",
            ],
        )
        sheet.write_row(3, 0, _SF)
        for place, row in enumerate(charges, start=1):
            amount = float(yuan(row["amount"]))
            cells = [
                place, f"{at(row['day']):%m-%d}", row["tracking"], row["city"], float(Decimal(row["billed"]) / 1000), "标快",
                "寄付月结", _SF_SERVICES[row["kind"]], amount, 0, amount, row["province"],
                float(Decimal(row["actual"]) / 1000), row["tracking"] if row["leg"] == "return" else "",
            ]  # fmt: skip
            sheet.write_row(3 + place, 0, cells)
        sheet.write_row(4 + len(charges), 0, ["合计", *[""] * 9, float(total)])


_ZTO_COLUMNS: Final = {"base": "运费", "return_to_sender": "退回费", "compensation": "理赔款", "rebate": "月返利"}


def zto_bill(world: World) -> str:
    """ZTO's bill as a branch makes it: text above and below, one column a charge."""
    charges = sorted(world.rows("charges", carrier="zto"), key=lambda row: (row["day"], row["tracking"], row["kind"]))
    rows = [
        {
            "扫描日期": day_of(row["day"]), "运单号": f'="{row["tracking"]}"' if row["tracking"] else "", "目的省份": row["province"],
            "目的城市": row["city"], "称重重量(kg)": Decimal(row["actual"]) / 1000, "结算重量(kg)": Decimal(row["billed"]) / 1000,
            **{caption: yuan(row["amount"]) if kind == row["kind"] else "0.00" for kind, caption in _ZTO_COLUMNS.items()},
            "偏远附加费": yuan(row["remote"]),
        }
        for row in charges
    ]  # fmt: skip
    total = sum(row["amount"] + row["remote"] for row in world.rows("charges", carrier="zto"))
    above = ["中通快递 杭州网点 客户对账单", "客户：灯屋", f"账期：{day_of(1)} 至 {day_of(LAST_DAY)}", ""]
    below = [f"票数：{len(rows)}", f"说明：合计金额 {yuan(total)} 元，请于收到后 10 日内核对"]
    return "\r\n".join([*above, of_dicts(rows).rstrip("\r\n"), *below]) + "\r\n"


def zto_notice(world: World) -> str:
    """What ZTO's notice says the bill comes to."""
    total = sum(row["amount"] + row["remote"] for row in world.rows("charges", carrier="zto")) + world.notice_off
    return of_dicts(
        [
            {"快递公司": "中通", "账单编号": "ZTO-2026-10", "账期起": day_of(1), "账期止": day_of(LAST_DAY), "付款到期日": "2026-11-10",
             "币种": "CNY", "账单金额": yuan(total)}
        ]
    )  # fmt: skip


FILES: Final[dict[str, tuple[Callable[[World], str], str]]] = {
    "ExportOrderList202610.csv": (tmall_orders, GB),
    "ExportOrderDetailList202610.csv": (tmall_lines, GB),
    "20880000000000000156_202610_业务明细.csv": (alipay_trade, GB),
    "20880000000000000156_202610_账务明细.csv": (alipay_fund, GB),
    "拼多多订单导出2026-10.csv": (pdd_orders, "utf-8-sig"),
    "pdd-mall-bill-detail-2026-10.csv": (pdd_fund, GB),
    "中通对账单2026年10月.csv": (zto_bill, GB),
    "中通账单通知2026年10月.csv": (zto_notice, "utf-8"),
    "wms_包裹_202610.csv": (parcels, "utf-8-sig"),
    "wms_出入库流水_202610.csv": (movements, "utf-8-sig"),
    "wms_采购单据_202610.csv": (purchases, "utf-8-sig"),
    "wms_盘点单_PD-202609.csv": (counts("PD-202609"), "utf-8-sig"),
    "wms_盘点单_PD-202610.csv": (counts("PD-202610"), "utf-8-sig"),
    "erp_订单_202610.csv": (erp_orders, "utf-8-sig"),
    "售后单_202610.csv": (cases, "utf-8-sig"),
    "退款单_202610.csv": (refunds, "utf-8-sig"),
    "结算汇总_202610.csv": (settlements, "utf-8-sig"),
    "提现记录_202610.csv": (payouts, "utf-8-sig"),
    "招商银行交易记录202610.csv": (bank, "utf-8"),
    "应付余额表_202610.csv": (balances, "utf-8-sig"),
}
SF_FILE: Final = "顺丰月结账单202610.xlsx"


def write_files(world: World, folder: Path) -> None:
    """Write all files of the month into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (layout, encoding) in FILES.items():
        (folder / name).write_bytes(layout(world).encode(encoding))
    sf_bill(world, folder / SF_FILE)
