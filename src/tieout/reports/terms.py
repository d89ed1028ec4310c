"""Chinese for the terms that proofs, stages and evidence are written in, so that a Chinese page is Chinese throughout.

A term that is not here stays as it is: a new check is shown before anybody has translated it.
"""

from collections.abc import Mapping
from typing import Final

from tieout.proof import Check
from tieout.reports.figures import money_text
from tieout.reports.wording import VERDICTS
from tieout.reports.words import CODES, HEADINGS, Pair, heading

__all__ = [
    "EVIDENCE",
    "check_sentence_zh",
    "check_zh",
    "code_pairs",
    "count_zh",
    "fact_pair",
    "figure_of",
    "part_zh",
    "record_zh",
    "side_zh",
    "sum_of",
]

_CHECKS: Final[Mapping[str, str]] = {
    "rows": "行数",
    "records": "记录数",
    "amounts": "金额",
    "actual - expected": "实际 − 应有",
    "pieces": "件数",
    "pieces, actual - expected": "件数，实际 − 应有",
    "pieces rolled forward": "件数滚存",
    "events": "事项",
    "event amounts": "事项金额",
    "amounts in vouchers": "凭证金额",
    "debits": "借方",
    "expected by contract": "按合同应计",
    "to be accrued": "待计提",
    "to be posted": "待入账",
    "charges to orders": "费用 → 订单",
    "margins of orders": "订单毛利",
    "orders and refunds to settlement lines": "订单及退款 → 结算明细",
    "orders to parcels": "订单 → 包裹",
    "payouts to bank": "打款 → 银行",
    "settlement lines to settlements": "结算明细 → 结算单",
    "settlements to payouts": "结算单 → 打款",
    "discrepancies": "差异",
    "files": "文件",
    "lines": "行数",
    "vouchers": "凭证",
    "closing balance": "期末余额",
    "lines whose balance follows": "余额逐行衔接",
    "line numbers are different": "明细号不重复",
    "order numbers are different": "订单号不重复",
    "records whose rows agree": "同一记录各行一致",
    "records of all files": "全部文件的记录",
    "debits of the vouchers": "凭证借方",
    "credits of the vouchers": "凭证贷方",
}
_OF: Final[Mapping[str, str]] = {"posting": "入账", "trial balance": "科目余额表"}
_SIDES: Final[Mapping[str, str]] = {
    "all": "全部",
    "allowed": "应享优惠",
    "balances": "账户余额",
    "bank": "银行",
    "book": "账面",
    "both": "双方",
    "chain": "链条",
    "channel": "支付渠道",
    "charge": "费用",
    "charges": "快递费用",
    "claimed": "实享优惠",
    "claims": "索赔",
    "contract": "合同",
    "counts": "盘点",
    "documents": "单据",
    "erp_orders": "ERP 订单",
    "erp_refunds": "ERP 退款",
    "erp_returns": "ERP 退货",
    "fees by contract": "合同费用",
    "fees charged": "实扣费用",
    "history": "历史记录",
    "invoices": "账单",
    "journal": "凭证分录",
    "line": "明细",
    "lines": "结算明细",
    "movements": "出入库",
    "order": "订单",
    "orders": "订单",
    "owed": "应付",
    "parcel": "包裹",
    "payment": "支付",
    "payments": "支付流水",
    "payments of orders": "订单支付",
    "payout": "打款",
    "payouts": "打款",
    "posting": "入账",
    "previous": "上期",
    "receipts": "到账",
    "refund": "退款",
    "refunds": "退款",
    "remittances": "代收货款回款",
    "refunds to book": "待入账退款",
    "return": "退货",
    "returns": "退货",
    "settlement": "结算",
    "settlements": "结算单",
    "shipments": "发货",
    "stock": "库存",
    "subledgers": "明细账",
    "transactions": "渠道流水",
    "collect": "采集",
    "vouchers": "凭证",
    "turnover": "本期发生额",
    "opening": "期初",
    "closing": "期末",
}
_RECORDS: Final[Mapping[str, str]] = {
    "AccountBalance": "科目余额",
    "Article": "商品资料",
    "BankTransaction": "银行流水",
    "ChannelTransaction": "渠道流水",
    "Complaint": "投诉",
    "CourierCharge": "快递费用",
    "CourierInvoice": "快递账单",
    "Discount": "优惠",
    "Discrepancy": "差异",
    "LedgerLine": "账簿分录",
    "Order": "订单",
    "OrderLine": "订单明细",
    "Payment": "支付",
    "Payout": "打款",
    "Refund": "退款",
    "Return": "退货",
    "ReturnLine": "退货明细",
    "Settlement": "结算单",
    "SettlementLine": "结算明细",
    "Shipment": "发货",
    "ShipmentLine": "发货明细",
    "StockCount": "盘点",
    "StockCountLine": "盘点明细",
    "StockDocument": "出入库单据",
    "StockDocumentLine": "单据明细",
    "StockMovement": "出入库流水",
    "SubledgerBalance": "明细账余额",
    "SubledgerMovement": "明细账发生额",
    "Voucher": "凭证",
}
_PARTS: Final[Mapping[str, str]] = {
    "agreed": "相符",
    "as new": "按新货",
    "before": "期前",
    "billed": "已计费",
    "booked before": "以前已入账",
    "cash on delivery": "货到付款",
    "checks switched off": "未启用的检查",
    "closed": "已关闭",
    "credits": "贷方",
    "damaged": "残损",
    "discrepancies": "差异",
    "discrepancy": "差异",
    "earlier count": "上次盘点",
    "events": "事项",
    "impacts of approved counts": "已批准盘点的影响",
    "impacts of discrepancies": "差异金额",
    "in transit": "在途",
    "left out": "未计入",
    "lines of vouchers": "凭证分录",
    "listed twice": "重复列示",
    "moved": "已出入库",
    "never left": "未发出",
    "no order": "无订单",
    "no rules given": "未给规则",
    "no settlement lines given": "未给结算明细",
    "not a refund": "非退款",
    "not a return": "非退货",
    "not billed yet": "尚未计费",
    "not charged": "未收费",
    "not due": "未到期",
    "not due or in transit": "未到期或在途",
    "noted only": "仅记录",
    "of no parcel": "无包裹",
    "of other days": "其他日期",
    "on orders": "订单上",
    "other carrier": "其他快递公司",
    "parcels of no order": "无订单的包裹",
    "posted": "已入账",
    "seen again": "重复出现",
    "seen in another bill": "其他账单已见",
    "set aside": "搁置",
    "unknown": "未知",
    "with a parcel": "有包裹",
    "withdrawal": "提现",
    "within tolerance": "容差内",
    "above the table": "表头以上",
    "accounts": "科目",
    "another kind of movement": "其他类型的出入库",
    "assumed by a reconciliation": "对账时推定",
    "case": "售后单",
    "closing balance before": "上一文件期末余额",
    "compensations": "赔付",
    "cost": "成本",
    "fees": "费用",
    "correct": "正确",
    "credit": "贷项",
    "overcharged": "多收",
    "footer": "表尾",
    "freight": "运费",
    "freight_insurance accepted": "认可的运费险",
    "header": "表头",
    "in its files": "已写入文件",
    "in no settlement": "不属于任何结算单",
    "in the table": "表内",
    "its lines are not there": "缺少其明细",
    "label voided": "面单已作废",
    "later": "后期",
    "left out as told": "按配置跳过",
    "looked up": "仅供查阅",
    "no matter of promotions": "与促销无关",
    "of these days": "期间内",
    "opening balance": "期初余额",
    "read": "已读取",
    "receivable": "应收",
    "records": "记录",
    "rejected": "未读取",
    "repeated": "重复",
    "says what was sold": "说明所售商品",
    "settlement lines": "结算明细",
    "that are": "符合",
    "that do": "符合",
    "things": "物品",
    "transfer": "转账",
    **{name: text for name, text in _SIDES.items() if name != "all"},
}
_COUNTS: Final[Mapping[str, str]] = {
    "accounts": "科目",
    "accruals": "计提",
    "approvals waiting": "待审批",
    "archives packed": "归档包",
    "balances of the books that differ": "余额不符",
    "cases": "差异单",
    "checks": "勾稽项",
    "checks that fail": "不符的勾稽",
    "claims asked for before": "以前已提出的索赔",
    "claims written": "写出索赔",
    "conflicts": "冲突",
    "decisions in question": "存疑的处理决定",
    "declared totals that are off": "不符的声明合计",
    "discrepancies": "差异",
    "discrepancies written": "写出差异",
    "drawn for review": "抽取待复核",
    "events": "事项",
    "events late": "跨期事项",
    "events left out": "未计入事项",
    "events noted only": "仅记录事项",
    "events to look at": "待查看事项",
    "files": "文件",
    "files left out": "跳过的文件",
    "files read": "读入文件",
    "files refused": "无法读取的文件",
    "files repeated": "重复的文件",
    "ledgers": "账务系统",
    "links not applied": "未采用的关联",
    "matches": "匹配",
    "open cases": "未结案件",
    "open, changes of locked periods": "未结，已锁定期间的变化",
    "open items carried forward": "结转未清项",
    "reconciliations": "对账",
    "records": "记录",
    "rejects": "未读取行",
    "rejects written": "写出未读取行",
    "reports": "报表",
    "runs": "运行",
    "tables": "表",
    "totals that files declare": "文件声明的合计",
    "vouchers": "凭证",
    "vouchers new": "新凭证",
    "vouchers of the close before": "上次结账的凭证",
    "vouchers taken back": "冲销凭证",
    "vouchers that take others back": "冲回凭证",
    "vouchers written": "写出凭证",
}
_KINDS_OF_COUNT: Final[Mapping[str, Pair]] = {
    "severity ": ("严重程度", "severity"),
    "type ": ("类型", "type"),
    "state ": ("状态", "state"),
    "open, of ": ("未结，责任人", "owner"),
}
_NO_STEP: Final = ", which are no step"
_CODE: Final = 3  # letters of a currency's code
EVIDENCE: Final[Mapping[str, Pair]] = {
    "actual_rows": ("Rows", "行数"),
    "article": ("Article", "商品"),
    "asked": ("Asked", "申请"),
    "asked_by": ("Asked by", "申请方"),
    "back_on": ("Back on", "退回日期"),
    "bank_ref": ("Bank reference", "银行流水号"),
    "base_minor": ("Base (minor units)", "基数（最小单位）"),
    "billed": ("Billed", "计费"),
    "billed_weight_kg": ("Billed weight (kg)", "计费重量（千克）"),
    "book": ("Book", "账面"),
    "booked": ("Booked", "已入账"),
    "booked_on": ("Booked on", "入账日"),
    "campaign": ("Campaign", "活动"),
    "case_kind": ("Kind of case", "售后类型"),
    "case_status": ("Status of the case", "售后状态"),
    "channel": ("Channel", "支付渠道"),
    "channel_txn_id": ("Channel transaction", "渠道流水号"),
    "charged": ("Charged", "实收"),
    "condition": ("Condition", "品相"),
    "contract": ("By contract", "合同"),
    "count_id": ("Count", "盘点单"),
    "counted": ("Counted", "实盘"),
    "damaged": ("Damaged", "残损"),
    "delivered": ("Delivered", "送货"),
    "document": ("Document", "单据"),
    "document_id": ("Document", "单据号"),
    "documented": ("On the document", "单据数量"),
    "exchange_tracking_no": ("Tracking number of the exchange", "换货运单号"),
    "explained_by": ("Explained by", "由此解释"),
    "first": ("First", "首次"),
    "first_amount_minor": ("First amount (minor units)", "首次金额（最小单位）"),
    "first_bill": ("First bill", "首次账单"),
    "flow": ("Flow", "流程"),
    "funded_minor": ("Funded (minor units)", "平台承担（最小单位）"),
    "goods": ("Goods", "货物"),
    "how": ("How", "情形"),
    "invoice_ids": ("Invoices", "发票"),
    "left_on": ("Left on", "发出日"),
    "leg": ("Leg", "运输段"),
    "line_id": ("Line", "明细号"),
    "merchant_order_no": ("Merchant's order number", "商户订单号"),
    "moved": ("Moved", "实际出入库"),
    "movements": ("Movements", "出入库单"),
    "of": ("Of", "属于"),
    "on": ("On", "日期"),
    "order_status": ("Status of the order", "订单状态"),
    "ordered": ("Ordered", "订购"),
    "orders": ("Orders", "订单"),
    "our_billing_weight_kg": ("Our billing weight (kg)", "我方计费重量（千克）"),
    "our_weight_kg": ("Our weight (kg)", "我方重量（千克）"),
    "our_zone": ("Our zone", "我方分区"),
    "ours": ("Ours", "我方"),
    "parcel_status": ("Status of the parcel", "包裹状态"),
    "parcels": ("Parcels", "包裹"),
    "payable_minor": ("Payable (minor units)", "应付（最小单位）"),
    "payout_id": ("Payout", "打款单"),
    "pieces": ("Pieces", "件数"),
    "platform_order_id": ("Order", "订单号"),
    "rate_version": ("Version of the rate card", "价卡版本"),
    "received": ("Received", "收到"),
    "received_on": ("Received on", "收货日"),
    "reference": ("Reference", "参考号"),
    "refund_minor": ("Refund (minor units)", "退款（最小单位）"),
    "refunded_on": ("Refunded on", "退款日"),
    "role": ("Role", "科目角色"),
    "rule": ("Rule", "规则"),
    "sale_minor": ("Sale (minor units)", "销售（最小单位）"),
    "settlement_id": ("Settlement", "结算单"),
    "ship_date": ("Shipped on", "发货日"),
    "since": ("Since", "自"),
    "so_far": ("So far", "累计"),
    "stage": ("Stage", "阶段"),
    "status": ("Status", "状态"),
    "subject": ("Subject", "对象"),
    "subsidy_minor": ("Subsidy (minor units)", "补贴（最小单位）"),
    "supplier": ("Supplier", "供应商"),
    "theirs": ("Theirs", "对方"),
    "what": ("What", "事由"),
    "where": ("Where", "位置"),
}
"""What the facts of a discrepancy are called."""


def check_zh(name: str) -> str:
    """The name of a check in Chinese, with that of the reconciliation or statement before it."""
    before, colon, rest = name.partition(": ")
    known = CODES["reconciliation"].get(before, ("", _OF.get(before, "")))[1] if colon else ""
    return f"{known}：{_plain_check_zh(rest)}" if known else _plain_check_zh(name)


def _plain_check_zh(name: str) -> str:
    """The name of a check without what it is of; one of a currency ends with its code."""
    before, _, code = name.rpartition(" ")
    if name not in _CHECKS and before in _CHECKS and len(code) == _CODE and code.isupper():
        return f"{_CHECKS[before]}（{code}）"
    return _CHECKS.get(name, name)


def side_zh(name: str) -> str:
    """A side of a proof in Chinese: a side's own name, a class of records with its role, a ledger or a file."""
    record, colon, role = name.partition(":")
    if colon and record in _RECORDS:
        return f"{_RECORDS[record]}：{_SIDES.get(role, role)}"
    if name.startswith("ledger "):
        return f"账务系统 {name.removeprefix('ledger ')}"
    return _SIDES.get(name) or record_zh(name)


def record_zh(name: str) -> str:
    """A class of records in Chinese, such as `Order`."""
    return _RECORDS.get(name, name)


def part_zh(name: str, titles: Mapping[str, Pair] | None = None) -> str:
    """A part of a total in Chinese.

    Args:
        name: The part, such as `in transit`, or a kind of event.
        titles: What kinds of events are called.
    """
    if titles and name in titles:
        return titles[name][1]
    if name.endswith(_NO_STEP):
        return f"{side_zh(name.removesuffix(_NO_STEP))}，不属于链条环节"
    before, colon, rest = name.partition(": ")
    return f"不含：{_PARTS.get(rest, rest)}" if colon and before == "without" else _PARTS.get(name, name)


def count_zh(label: str, titles: Mapping[str, Pair] | None = None) -> str:
    """What a stage counted, in Chinese.

    Args:
        label: What it counted, such as `files read`, `severity high`, or a kind of event.
        titles: What kinds of events and types of discrepancies are called.
    """
    known = titles or {}
    if label in _COUNTS or label in known:
        return _COUNTS.get(label) or known[label][1]
    for before, words in _KINDS_OF_COUNT.items():
        if label.startswith(before):
            word = label.removeprefix(before)
            return f"{words[0]}：{CODES.get(words[1], known).get(word, (word, word))[1]}"
    return label


def code_pairs() -> Mapping[str, Mapping[str, Pair]]:
    """Sides, classes of records, and what became of records, by the names that they have in English."""
    verdicts = {**{name: (name, text) for name, text in _PARTS.items()}, **VERDICTS}
    records = {name: (name, text) for name, text in _RECORDS.items()}
    return {"side": {name: (name, text) for name, text in _SIDES.items()}, "record": records, "verdict": verdicts}


def figure_of(check: Check, value: int) -> str:
    """A figure of a check as text, with its currency."""
    return f"{value:,}" if check.currency is None else f"{money_text(value, check.currency)} {check.currency}"


def sum_of(check: Check, titles: Mapping[str, Pair] | None = None, *, is_zh: bool = False) -> str:
    """The parts of a check as a sum.

    Args:
        check: The check.
        titles: What kinds of events are called.
        is_zh: Whether the parts are named in Chinese.
    """
    parts = ((part_zh(name, titles) if is_zh else name, value) for name, value in check.parts.items())
    return " + ".join(f"{figure_of(check, value)} {name}" for name, value in parts)


def check_sentence_zh(check: Check, titles: Mapping[str, Pair] | None = None) -> str:
    """A check in Chinese, as `str` says it in English.

    Args:
        check: The check.
        titles: What kinds of events are called.
    """
    verdict = "相符" if check.holds else f"相差 {figure_of(check, check.gap)}"
    said = sum_of(check, titles, is_zh=True) or "0"
    return f"{side_zh(check.side)}：{check_zh(check.name)}：{figure_of(check, check.total)} = {said}：{verdict}"


def fact_pair(name: str) -> Pair:
    """What a fact of a discrepancy is called."""
    return EVIDENCE.get(name) or HEADINGS.get(name) or heading(name)
