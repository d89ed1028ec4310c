"""Words of drafts: what captions mean, as the leaves of the registry teach it and as exports usually say it.

A *sense* is what a column says whatever record it ends in, such as `when` or `gain`; which field that is depends on the record.
Captions that some leaf reads are known exactly, with the leaf as the reason, so that every new leaf teaches the drafts. What
none knows is told by patterns, which is weaker.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

import attrs

from tieout.errors import PluginError
from tieout.keys import CARRIERS, PLATFORMS
from tieout.sources._amounts import Charge, Part
from tieout.sources._captions import fold_caption
from tieout.sources._columns import Column
from tieout.sources._courier_words import CHARGE_WORDS
from tieout.sources._registry import ROOM, format_of
from tieout.sources._words import Choice

__all__ = [
    "FIELDS",
    "PLACED",
    "SETTLED",
    "Sense",
    "arrival_of_words",
    "carrier_of_words",
    "field_of",
    "learned",
    "order_stage_of_words",
    "platform_of_words",
    "senses_of",
    "stage_of_words",
    "type_of_words",
]

FIELDS: Final[Mapping[str, Mapping[str, str]]] = {
    "when": {
        "SettlementLine": "posted_at",
        "ChannelTransaction": "occurred_at",
        "BankTransaction": "booked_on",
        "Payout": "initiated_at",
        "CourierCharge": "ship_date",
        "Order": "paid_at",
        "Shipment": "shipped_at",
        "Refund": "succeeded_at",
        "Complaint": "complained_at",
    },
    "value day": {"BankTransaction": "value_on"},
    "amount": dict.fromkeys(
        ("SettlementLine", "ChannelTransaction", "BankTransaction", "Payout", "CourierCharge", "Refund"), "amount"
    ),
    "gain": dict.fromkeys(("SettlementLine", "ChannelTransaction", "BankTransaction", "Payout"), "amount"),
    "loss": dict.fromkeys(("SettlementLine", "ChannelTransaction", "BankTransaction", "Payout"), "amount"),
    "direction": dict.fromkeys(("SettlementLine", "ChannelTransaction", "BankTransaction", "Payout"), "amount"),
    "balance": {
        "SettlementLine": "balance",
        "ChannelTransaction": "balance_after",
        "BankTransaction": "balance_after",
    },
    "currency": dict.fromkeys(
        (
            "SettlementLine",
            "ChannelTransaction",
            "BankTransaction",
            "Payout",
            "CourierCharge",
            "Order",
            "Shipment",
            "Refund",
        ),
        "currency",
    ),
    "fee": {"ChannelTransaction": "fee"},
    "net": {"ChannelTransaction": "net"},
    "order": {
        "SettlementLine": "platform_order_id",
        "ChannelTransaction": "merchant_order_no",
        "CourierCharge": "order_id",
        "Order": "platform_order_id",
        "Refund": "platform_order_id",
        "Complaint": "order_id",
    },
    "serial": {
        "SettlementLine": "line_id",
        "ChannelTransaction": "channel_txn_id",
        "BankTransaction": "bank_ref",
        "Payout": "payout_id",
        "Refund": "refund_id",
    },
    "refund": {"SettlementLine": "refund_id", "ChannelTransaction": "channel_refund_id", "Refund": "refund_id"},
    "kind": {"SettlementLine": "type", "ChannelTransaction": "type"},
    "words": {"SettlementLine": "description", "BankTransaction": "memo", "CourierCharge": "description"},
    "status": {"ChannelTransaction": "status"},
    "order stage": {"Order": "status"},
    "stage": {"Shipment": "status"},
    "courier": {"Shipment": "carrier"},
    "warehouse": {"Shipment": "warehouse"},
    "picked up": {"Shipment": "picked_up_at"},
    "signed": {"Shipment": "signed_at"},
    "promised": {"Shipment": "promised_at"},
    "voided": {"Shipment": "voided_at"},
    "labelled": {"Shipment": "label_created_at"},
    "length": {"Shipment": "length_cm"},
    "width": {"Shipment": "width_cm"},
    "height": {"Shipment": "height_cm"},
    "declared": {"Shipment": "declared_value"},
    "on delivery": {"Shipment": "cod_amount"},
    "extras": {"Shipment": "requested"},
    "tracking": {"CourierCharge": "tracking_no", "Shipment": "tracking_no"},
    "weight": {"CourierCharge": "billed_weight_g", "Shipment": "weight_scale_g"},
    "zone": {"CourierCharge": "zone_billed", "Shipment": "zone"},
    "service": {"CourierCharge": "service", "Shipment": "service"},
    "province": {"CourierCharge": "dest.province", "Shipment": "dest.province", "Order": "ship_to.province"},
    "city": {"CourierCharge": "dest.city", "Shipment": "dest.city", "Order": "ship_to.city"},
    "from postcode": {"CourierCharge": "origin.postcode", "Shipment": "origin.postcode"},
    "postcode": {"CourierCharge": "dest.postcode", "Shipment": "dest.postcode", "Order": "ship_to.postcode"},
    "freight": {"Order": "freight_charged"},
    "article": {"Shipment": "lines.sku", "Article": "sku"},
    "category": {"Article": "category"},
    "complaint": {"Complaint": "type"},
    "quantity": {"Shipment": "lines.quantity"},
    "order of article": {"Shipment": "lines.platform_order_id"},
    "paid out": {"Payout": "amount"},
    "settles": {"Payout": "settlement_ids"},
    "payer": {"Payout": "platform", "Complaint": "platform"},
    "arrival": {"Payout": "status"},
}
"""Fields by sense and name of the record; the balance of a SettlementLine is an option of mappings."""

SETTLED: Final = (
    r"结算(?:金额|总?额|款)|(?:结算|收入|应收)净额|^净额|settle(?:d|ment)?[-_]?(?:amount|total)|^net(?:amount|total)?$"
)
"""What says that a column of a settlement holds all that was settled, other columns of money included."""

PLACED: Final = (
    r"下单|拍下|付款|支付|成交|创建|^order(?:ed)?[-_ ]?(?:at|on|date|time)|"
    r"^(?:paid|placed|created|payment|purchase)[-_ ]?(?:at|on|date|time)"
)
"""What says that a day is the order's: when it was placed or paid, not when anything left."""

_PRIVATE: Final = (  # what leaves call their own columns
    ("_gain", "gain"),
    ("_loss", "loss"),
    ("_balance", "balance"),
    ("_direction", "direction"),
    ("_amount", "amount"),
    ("_kind", "kind"),
    ("_remark", "words"),
    ("_order", "order"),
    ("_fee", "fee"),
    ("_net", "net"),
)
_PARCEL: Final = (  # what a merchant's own list of parcels says; the pickup is the day by which a contract's version is chosen
    (r"快递公司|物流公司|承运|carrier|courier", "courier"),
    (r"发货仓|仓库|^warehouse(?:name)?$", "warehouse"),
    (r"揽收|揽件|pick(?:ed|-)?up", "picked up"),
    (r"签收时间|签收日期|妥投|delivered(?:at|on|date)|signed", "signed"),
    (r"承诺|promised|guaranteed", "promised"),
    (r"作废|voided", "voided"),
    (r"打单|面单打印|出单|labelcreated", "labelled"),
    (r"称重|实重|实际重量|毛重|scaleweight|actualweight", "weight"),
    (r"^(?:长度?|length)(?:\(|$)", "length"),
    (r"^(?:宽度?|width)(?:\(|$)", "width"),
    (r"^(?:高度?|height)(?:\(|$)", "height"),
    (r"保价(?!.*费)|声明价值|declared(?!.*fee)", "declared"),
    (r"代收(?!.*费)|^cod(?!.*fee)", "on delivery"),
    (r"增值服务|附加服务|value-?added", "extras"),
    (r"状态|status", "stage"),
    (r"商品编码|商家编码|货号|^sku", "article"),
    (r"^(?:商品)?数量|^件数|^(?:qty|quantity)", "quantity"),
    (r"平台单号|订单号|订单编号|^order ?(?:id|no|number)", "order of article"),
)
_HINTS: Final = (
    (r"投诉(?:类型|原因|类别)|complaint(?:type|reason)", "complaint"),
    (r"类目|商品分类|^(?:product)?category$", "category"),
    (r"(?:提现|打款)(?:金额)?$|payoutamount", "paid out"),
    (r"结算单号|结算批次|settlement(?:id|no)$", "settles"),
    (r"^平台(?:名称)?$|^platform$", "payer"),
    (r"^(?:提现|打款|payout)?(?:状态|status)$", "arrival"),
    (r"balance|saldo|余额|结余", "balance"),
    (r"currency|币种|币别|货币|^ccy$", "currency"),
    (r"d/?c$|dr/?cr|debit/credit|收/?支|借贷|direction|方向", "direction"),
    (r"tracking|waybill|^awb|运单|快递单号|物流单号|面单号", "tracking"),
    (r"valuedate|interestdate|起息", "value day"),
    (r"date|time|^day$|日期|时间|datum|fecha|tanggal", "when"),
    (r"(?:warehouse|origin|sender|from).*(?:pin|zip|post)code", "from postcode"),
    (r"(?:pin|zip|post)(?:al)?code|邮编", "postcode"),
    (r"chargedweight|bill\w*weight|计费重|结算重|weight|重量", "weight"),
    (r"fees?$|手续费|服务费|commission", "fee"),
    (r"^net|净额|实收|到账金额", "net"),
    (r"withdraw|debits?|paidout|moneyout|支出|取出|借方|转出|outflow|借$", "loss"),
    (r"deposit|credits?(?!card)|paidin|moneyin|收入|贷方|存入|转入|inflow|贷$", "gain"),
    (r"refund(?:id|no|number)|退款单号|售后单号", "refund"),
    (r"order(?:id|no|number|\.?$)|orderid|orderno|订单号|订单编号", "order"),
    (
        r"transaction(?:id|no|number)|流水号|serial|txn|ref(?:erence)?|凭证号|交易号|journalno|number$|单号|编号",
        "serial",
    ),
    (r"amount|金额|total|gross|betrag|importe|montant|value|charge|运费|费用", "amount"),
    (r"type|category|类型|业务|种类|费用项", "kind"),
    (r"status|状态", "status"),
    (r"status|状态", "order stage"),
    (r"description|memo|摘要|备注|label|narrati|details|说明|用途|附言|^name$|^text$", "words"),
    (r"zone|分区|区域", "zone"),
    (r"service|product|产品", "service"),
    (r"province|state|省", "province"),
    (r"city|市$|城市", "city"),
)
_IS_CHARGE: Final = re.compile(r"费|附加|折扣|优惠|返|赔|税")
_IS_SUM: Final = re.compile(r"合计|总|应付|实付|小计")
_STAGES: Final = (  # what words of a parcel's status usually mean, the narrower first
    (r"(?i)作废|取消|void|cancel", "voided"),
    (r"(?i)拦截|intercept", "intercepting"),
    (r"(?i)退回中|退件中|returning", "returning"),
    (r"(?i)退回|退件|returned", "returned"),
    (r"(?i)拒收|拒签|reject|refused", "rejected"),
    (r"(?i)遗失|丢失|丢件|\blost\b", "lost"),
    (r"(?i)破损|damaged", "damaged"),
    (r"(?i)派送|派件|out for delivery", "out_for_delivery"),
    (r"(?i)待揽收|已打单|已出单|打单|label", "label_created"),
    (r"(?i)签收|妥投|delivered|signed", "signed"),
    (r"(?i)运输|在途|transit", "in_transit"),
    (r"(?i)揽收|揽件|已发货|picked|shipped", "picked_up"),
)
_ORDER_STAGES: Final = (  # what words of an order's status usually mean, the narrower first; of a refund they say nothing
    (r"(?i)退|refund|return", None),
    (r"(?i)部分发货|partial", "partially_shipped"),
    (r"(?i)拒收|拒签|reject|refused", "rejected"),
    (r"(?i)关闭|取消|作废|closed|cancel|void", "closed"),
    (r"(?i)[待未]付|待支付|买家付款|unpaid|(?:await|pending).*pay|pay.*pending", "created"),
    (r"(?i)[待未]发货|\bunfulfilled|\bunshipped|not (?:yet )?shipped|to ship\b", "paid"),
    (r"待评价|待确认收货", None),  # signed for, or ended: platforms differ
    (r"待收货|待签收", "shipped"),
    (r"(?i)未|不|失败|\bnot?\b|fail", None),
    (r"(?i)交易成功|完成|complete", "completed"),
    (r"(?i)签收|妥投|delivered|signed", "signed"),
    (r"(?i)已发货|已寄出|运输|在途|shipped|\bfulfilled|transit|dispatched", "shipped"),
    (r"(?i)已付款|已支付|\bpaid\b", "paid"),
)
_IS_CHINESE: Final = re.compile(r"[\u4e00-\u9fff]{2,}")
_NOT_YET: Final = re.compile(r"(?i)未|不|失败|\bnot?\b|fail")
_ARRIVALS: Final = (  # what words of a payout's status usually mean
    (r"(?i)失败|退回|fail|return", "failed"),
    (r"(?i)撤销|取消|cancel", "cancelled"),
    (r"(?i)处理中|审核中|在途|pending|transit|processing", "in_transit"),
    (r"(?i)成功|已到账|已打款|\bpaid\b|success|complete", "paid"),
)
_PAYERS: Final = {
    "天猫": "tmall", "淘宝": "taobao", "拼多多": "pdd", "抖音": "douyin", "抖店": "douyin", "京东": "jd", "小红书": "xiaohongshu",
    "快手": "kuaishou", "支付宝": "alipay", "微信支付": "wechat_pay", "视频号": "wechat_shop",
}  # fmt: skip
_TYPES: Final = (  # what words of a type usually mean, the narrower first
    (r"(?i)refund|退款|退货", "sale_refund"),
    (r"(?i)chargeback", "chargeback"),
    (r"(?i)withdraw|payout|提现", "withdrawal"),
    (r"(?i)transfer|转账", "transfer"),
    (r"(?i)commission|佣金", "commission"),
    (r"(?i)technical|技术服务费|软件服务费", "tech_service_fee"),
    (r"(?i)advert|推广|广告", "ad_fee"),
    (r"(?i)运费险", "freight_insurance"),
    (r"(?i)interest|利息", "interest"),
    (r"(?i)\bsale|\border\b|货款|交易付款|订单收入|在线支付", "sale"),
)


@attrs.frozen(kw_only=True)
class Sense:
    """What a column may say.

    Attributes:
        name: A sense of `FIELDS`, `charge TYPE`, or `field NAME` for a field that has no sense.
        reason: Why, for a person.
        is_known: Whether a leaf reads that very caption.
        record: Name of the record that the leaf gives; None for a hint.
    """

    name: str
    reason: str
    is_known: bool
    record: str | None = None


@cache
def learned() -> Mapping[str, tuple[Sense, ...]]:
    """What the leaves know of captions, the commonest sense first; captions as they are compared."""
    found: dict[str, list[Sense]] = {}
    for leaf in ROOM.leaves():
        try:
            format_ = format_of(leaf)
        except PluginError:
            continue  # `tieout formats` lists it with its cause
        for column in getattr(format_, "columns", ()):
            name = _taught(column, format_.record.__name__)
            if name is not None:
                sense = Sense(
                    name=name,
                    reason=f"the caption is known from {leaf}",
                    is_known=True,
                    record=format_.record.__name__,
                )
                for caption in column.captions:
                    found.setdefault(fold_caption(caption), []).append(sense)
    return {caption: tuple(_commonest_first(senses)) for caption, senses in found.items()}


def _commonest_first(senses: list[Sense]) -> Iterator[Sense]:
    counts = Counter(sense.name for sense in senses)
    for name, _ in counts.most_common():
        yield next(sense for sense in senses if sense.name == name)


def _taught(column: Column, record: str) -> str | None:
    if isinstance(column, Charge):
        return f"charge {column.kind}" if isinstance(column.kind, str) else None
    if isinstance(column, Part):
        return f"part {column.kind if isinstance(column.kind, str) else ' '.join(column.kind)}"
    if isinstance(column, Choice) and set(column.values.values()) == {"gain", "loss"}:
        return "direction"
    if column.to.startswith("_"):
        return next((sense for name, sense in _PRIVATE if column.to == name), None)
    return next((sense for sense, fields in FIELDS.items() if fields.get(record) == column.to), f"field {column.to}")


def senses_of(caption: str) -> list[Sense]:
    """What a column of this caption may say, the likeliest first."""
    folded = fold_caption(caption)
    known = list(learned().get(folded, ()))
    bare = re.sub(r"\([^()]*\)|\[[^\[\]]*\]", "", folded)
    if not known and bare != folded:
        known = list(learned().get(bare, ()))
    hinted = list(_charges_of(caption))
    hinted += [
        Sense(name=sense, reason=f"its caption says {found[0]!r}", is_known=False)
        for pattern, sense in _HINTS
        if (found := re.search(pattern, folded)) is not None
    ]
    # Of a parcel these words say more than the caption of some other record, so they go before it.
    parcel = [
        Sense(name=sense, reason=f"its caption says {found[0]!r}", is_known=True, record="Shipment")
        for pattern, sense in _PARCEL
        if (found := re.search(pattern, folded)) is not None
    ]
    return known + [sense for sense in (*parcel, *hinted) if sense.name not in {one.name for one in known}]


def _charges_of(caption: str) -> Iterator[Sense]:
    """What a courier's caption says is charged, by the words that couriers have in common."""
    if _IS_CHARGE.search(caption) is not None and _IS_SUM.search(caption) is None:
        found = next(((word, type_) for word, type_ in CHARGE_WORDS if word in caption), None)
        if found is not None:
            word, type_ = found
            yield Sense(name=f"charge {type_.value}", reason=f"its caption says {word!r}", is_known=False)


def field_of(sense: str, record: type) -> str | None:
    """The field that a sense is in a record; None when the record has none for it."""
    if sense.startswith("field "):
        return sense.removeprefix("field ")
    return FIELDS.get(sense, {}).get(record.__name__)


def type_of_words(text: str) -> str | None:
    """The type of lines that words usually mean; None when nobody knows."""
    return next((meant for pattern, meant in _TYPES if re.search(pattern, text)), None)


def arrival_of_words(text: str) -> str | None:
    """The stage of a payout that words usually mean; None when nobody knows, as of `未成功` (not successful)."""
    if re.search(r"(?i)未|不成|\bnot\b|un", text) is not None:
        return None
    return next((meant for pattern, meant in _ARRIVALS if re.search(pattern, text)), None)


def platform_of_words(text: str) -> str | None:
    """The code of a platform that is called so; None when nobody knows."""
    return text.lower() if text.lower() in PLATFORMS else _PAYERS.get(text.strip())


def order_stage_of_words(text: str) -> str | None:
    """The stage of an order that words usually mean; None when nobody knows, as of `退款中` (a refund is on its way).

    >>> order_stage_of_words("待发货"), order_stage_of_words("已签收"), order_stage_of_words("退款中")
    ('paid', 'signed', None)
    """
    return next((meant for pattern, meant in _ORDER_STAGES if re.search(pattern, text)), None)


def carrier_of_words(text: str) -> tuple[str, str] | None:
    """The one carrier whose Chinese name a text has in it, and that name; None where it names none or several.

    >>> carrier_of_words("中通对账单2026年10月.csv"), carrier_of_words("中通和圆通.csv"), carrier_of_words("bill.csv")
    (('zto', '中通'), None, None)
    """
    known = [(name, one.code) for one in CARRIERS.values() for name in (one.name_zh, *one.aliases)]
    found = {name: code for name, code in known if _IS_CHINESE.fullmatch(name) and name in text}
    longest = {name: code for name, code in found.items() if not any(name in other != name for other in found)}
    if len(set(longest.values())) != 1:
        return None
    name = min(longest)
    return longest[name], name


def stage_of_words(text: str) -> str | None:
    """The stage of a parcel that words usually mean; None when nobody knows, as of `未签收` (not signed for)."""
    if _NOT_YET.search(text) is not None:
        return None
    return next((meant for pattern, meant in _STAGES if re.search(pattern, text)), None)
