"""The files of the shop's own systems and desks: warehouse, ERP, after-sales, finance; and the bank's."""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from shop.terms import ARTICLES, LAST_DAY, SHOPS, yuan
from shop.words import FIRMS, PLATFORMS, SHORT, day_of, moment, of_dicts, stage, table
from shop.world import World

STATES: Final = {"signed": "已签收", "in_transit": "运输中", "returned": "已退回", "lost": "已遗失", "voided": "已作废"}
DIRECTIONS: Final = {"outbound": "销售", "exchange": "换货", "reship": "补发"}
MOVES: Final = {
    "sale_out": "销售出库", "return_in": "退货入库", "exchange_out": "换货出库", "exchange_in": "换货入库", "reship_out": "补发出库",
    "repair_out": "维修出库", "repair_in": "维修入库", "purchase_in": "采购入库",
}  # fmt: skip
CASES: Final = {
    "refund_only": "仅退款", "return_refund": "退货退款", "exchange": "换货", "reship": "补发", "repair": "维修", "price_adjust": "价保",
    "freight_compensation": "补偿运费", "compensation": "赔付", "intercept": "拦截退回", "rejected": "拒收", "lost": "丢件",
}  # fmt: skip
STAGES: Final = {"before_shipment": "发货前", "in_transit": "运输途中", "after_receipt": "收货后"}
CASE_STATES: Final = {"refunded": "已退款", "exchanged": "已换货", "repaired": "已维修"}
PARTIES: Final = {"customer": "买家", "internal": "商家", "courier": "快递"}
DOCUMENTS: Final = {"purchase_order": "采购订单", "delivery_note": "送货单", "supplier_invoice": "供应商发票"}


# -- the warehouse


def parcels(world: World) -> str:
    """The warehouse's parcels: one article a row."""
    rows = []
    for row in world.parcels:
        for number, basket in row["contents"].items():
            for sku, pieces in basket.items():
                long, wide, high = row["box"] or ("", "", "")
                rows.append(
                    {
                        "快递公司": SHORT[row["carrier"]], "运单号": row["tracking"], "店铺": SHOPS[row["platform"]], "发货仓": "杭州仓",
                        "业务类型": DIRECTIONS[row["direction"]], "省份": row["province"], "城市": row["city"],
                        "称重(kg)": Decimal(row["grams"]) / 1000, "长(cm)": long, "宽(cm)": wide, "高(cm)": high,
                        "状态": STATES[row["status"]], "揽收时间": moment(row["picked"]), "签收时间": moment(row["signed"]),
                        "作废时间": moment(row["voided"]), "平台单号": number, "商品编码": sku, "数量": pieces,
                    }
                )  # fmt: skip
    return of_dicts(rows)


def movements(world: World) -> str:
    """The warehouse's book: every movement of stock, signed."""
    return of_dicts(
        {
            "流水号": row["id"], "时间": moment(row["moment"]), "业务类型": MOVES[row["kind"]], "仓库": "杭州仓", "商品编码": row["sku"],
            "数量": row["pieces"], "成本价": yuan(ARTICLES[row["sku"]][2]), "采购单号": row.get("document", ""),
            "平台单号": row.get("order", ""), "售后单号": row.get("case", ""), "运单号": row.get("tracking", ""),
            "品质": {"A": "良品", "C": "次品"}[row["condition"]],
        }
        for row in sorted(world.movements, key=lambda row: row["id"])
    )  # fmt: skip


def purchases(world: World) -> str:
    """Purchase orders, delivery notes and suppliers' invoices."""
    return of_dicts(
        {
            "单据类型": DOCUMENTS[row["kind"]], "单据号": row["id"], "采购单号": row["order"], "供应商": "示例铸造厂", "仓库": "杭州仓",
            "日期": day_of(row["day"]), "商品编码": row["sku"], "数量": row["pieces"], "不含税单价": yuan(row["price"]), "币种": "CNY",
        }
        for row in world.purchases
    )  # fmt: skip


def counts(number: str) -> Callable[[World], str]:
    """A count sheet of the warehouse."""
    return lambda world: of_dicts(
        {
            "盘点单号": row["id"], "仓库": "杭州仓", "盘点时间": moment(row["moment"]), "状态": "已审核", "商品编码": row["sku"],
            "账面数量": row["book"], "实盘数量": row["there"], "成本价": yuan(row["cost"]),
        }
        for row in world.rows("counts", id=number)
    )  # fmt: skip


# -- the ERP and the desks


def erp_orders(world: World) -> str:
    """The ERP's orders."""
    words = {"closed": "已关闭", "completed": "已完成", "signed": "已签收", "shipped": "已发货", "paid": "待发货"}
    rows = []
    for order in world.erp:
        kept = stage(order)
        if order["platform"] == "pdd" and kept == "closed" and order["shipped"]:
            kept = "shipped"
        rows.append(
            {
                "平台": PLATFORMS[order["platform"]], "店铺": SHOPS[order["platform"]], "平台单号": order["number"],
                "订单状态": words[kept], "付款时间": moment(order["paid"]), "发货时间": moment(order["shipped"]),
                "完成时间": moment(order["completed"]), "应收金额": yuan(order["pays"] + order["funded"]), "运费": "0.00", "币种": "CNY",
            }
        )  # fmt: skip
    return of_dicts(rows)


def cases(world: World) -> str:
    """The after-sale desk's list: one article a row, or none."""
    rows = []
    for row in world.cases:
        for sku, pieces in row["lines"].items() or [("", "")]:
            rows.append(
                {
                    "平台": PLATFORMS[row["platform"]], "店铺": SHOPS[row["platform"]], "售后单号": row["id"], "平台单号": row["number"],
                    "售后类型": CASES[row["kind"]], "阶段": STAGES[row["stage"]], "状态": CASE_STATES[row["status"]],
                    "责任方": PARTIES[row["responsible"]], "申请时间": moment(row["applied"]), "同意时间": moment(row["approved"]),
                    "寄回时间": moment(row["returned"]), "收货时间": moment(row["received"]),
                    "原发货运单号": row["out_tracking"], "退货快递": SHORT[row["back_carrier"]], "退货运单号": row["back_tracking"],
                    "补发运单号": row["new_tracking"], "运费承担": {"buyer": "买家", "": ""}[row["bearer"]], "退款单号": row["refund"],
                    "商品编码": sku, "申请数量": pieces, "实收数量": pieces if row["received"] else "",
                    "品质": {"A": "良品", "C": "次品", "": ""}[row["condition"]] if sku else "",
                }
            )  # fmt: skip
    return of_dicts(rows)


def refunds(world: World) -> str:
    """The after-sale desk's refunds."""
    return of_dicts(
        {
            "平台": PLATFORMS[row["platform"]], "店铺": SHOPS[row["platform"]], "退款单号": row["id"], "售后单号": row["case"],
            "平台单号": row["number"], "申请金额": yuan(row["amount"]), "同意金额": yuan(row["amount"]),
            "退款金额": yuan(row["amount"]), "平台券退回": yuan(row["clawback"]), "状态": "退款成功",
            "申请时间": moment(row["applied"]), "同意时间": moment(row["approved"]), "成功时间": moment(row["moment"]),
            "渠道": "支付宝" if row["platform"] == "tmall" else "多多支付",
            "渠道退款号": row["id"] if row["platform"] == "tmall" else "", "资金来源": "已结算" if row["settled"] else "担保交易",
        }
        for row in world.refunds
    )  # fmt: skip


def settlements(world: World) -> str:
    """What finance wrote down of each platform's settlement periods."""
    return of_dicts(
        {
            "结算单号": row["id"], "平台": PLATFORMS[row["platform"]], "店铺": SHOPS[row["platform"]],
            "账期起": f"{day_of(row['first'])} 00:00:00", "账期止": f"{day_of(row['last'])} 23:59:59", "币种": "CNY",
            "结算净额": yuan(row["net"]),
        }
        for row in world.settlements
    )  # fmt: skip


def payouts(world: World) -> str:
    """Withdrawals from both platforms' balances to the bank."""
    return of_dicts(
        {
            "提现单号": row["id"], "平台": PLATFORMS[row["platform"]], "店铺": SHOPS[row["platform"]], "结算单号": row["settlement"],
            "提现时间": moment(row["moment"]), "币种": "CNY", "提现金额": yuan(row["amount"]), "状态": "提现成功",
        }
        for row in world.payouts
    )  # fmt: skip


def bank(world: World) -> str:
    """The bank's statement."""
    rows, balance = [], 5_000_000
    for row in sorted(world.bank, key=lambda row: (row["day"], row["platform"])):
        balance += row["amount"]
        memo = row.get("memo") or ("支付宝提现" if row["platform"] == "tmall" else f"提现 {row['payout']}")
        rows.append([day_of(row["day"]), "CNY", f"{Decimal(row['amount']) / 100:,.2f}", f"{Decimal(balance) / 100:,.2f}", "转账汇款",
                     FIRMS[row["platform"]], memo])  # fmt: skip
    head = "记账日期,货币,交易金额,联机余额,交易摘要,对手信息,客户摘要"
    return table([head.split(","), *rows], end="\n")


# -- the books


def balances(world: World) -> str:
    """What the accounting program prints at the end of the month: credits are negative."""
    return of_dicts(
        {
            "科目编码": row["account"], "科目名称": row["name"], "往来单位": SHORT[row["party"]],
            "日期": day_of(LAST_DAY), "币种": "CNY", "期末余额": yuan(row["amount"]),
        }
        for row in world.balances()
    )  # fmt: skip
