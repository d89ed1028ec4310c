"""The record that a table seems to hold; no record where its captions speak of another one, or of nothing that tells it."""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Final

import attrs

from tieout.sources._captions import fold_caption
from tieout.sources._draft_columns import fits, moneylike
from tieout.sources._draft_content import Content
from tieout.sources._draft_words import PLACED, SETTLED, senses_of

__all__ = ["Guess", "likeliest_record"]

_CASH: Final = frozenset({"gain", "loss", "direction", "balance"})
_BANK: Final = re.compile(
    r"流水|交易|对方|对手|账号|账户|户名|凭证号|摘要|counterparty|partner|payee|payer|beneficiary|bank|account|transaction|\btxn|reference"
)
_GOODS, _COUNT = r"商品编码|商家编码|货号|sku|物料", r"数量|quantity|\bqty"
_SPEAKS: Final[tuple[tuple[str, tuple[str, ...], frozenset[str]], ...]] = (
    ("AccountBalance", (r"科目", r"余额"), frozenset()),
    ("StockCount", (r"盘点|实盘|账面数",), frozenset()),
    ("Return", (r"售后(?:单号|编号)", r"售后类型|售后原因|寄回|退货"), _CASH),
    ("Refund", (r"退款(?:单号|编号)|refund ?(?:id|no)", r"退款金额|refund ?amount"), _CASH | {"kind"}),
    ("StockMovement", (_GOODS, _COUNT, r"成本|出入库|入库|出库|unit ?cost"), _CASH),
    ("StockDocument", (r"采购|供应商|送货|入库单|supplier|purchase", _COUNT), _CASH),
    ("CourierInvoice", (r"账单(?:编号|号|金额)", r"快递|物流|承运|carrier"), _CASH | {"tracking"}),
    ("Settlement", (r"结算单号|结算批次|账期", r"净额|结算金额|结算额"), _CASH | {"tracking", "order", "paid out"}),
    (
        "Order",
        (r"订单号|订单编号|平台单号|order ?(?:id|no|number)", r"订单状态|付款时间|支付时间|order ?status"),
        _CASH | {"kind"},
    ),
)
"""What speaks of a record: captions that have all the words, unless columns say one of the senses."""
_STOCK: Final = r"成本|入库|出库类型|流水|unit ?cost"
"""What speaks of stock also where orders and their parcels are listed; when and where these left (出库时间, 出库仓) does not."""
_SETTLED_ON: Final = r"(?:结算|动账)(?:时间|日期|日)|settle(?:d|ment)?[-_]?(?:at|on|date|time|day)"
_SETTLED: Final = rf"{SETTLED}|服务费|佣金|手续费|commission|fees?$"
"""What speaks of a settlement where a day of it stands beside: exports of orders have such amounts too, and no such day."""
_BILLED: Final = r"计费重|结算重|首重|续重|chargedweight|billed?weight|billingweight"
"""What couriers alone know of a parcel."""
_CARRIED: Final = (r"重量|weight", r"运费|快递费|freight")
_ORDERED: Final = rf"{PLACED}|买家|buyer"
"""What speaks of an order, where its parcel and an amount stand beside and nothing of what couriers weigh."""
_SUPPLIED: Final = r"采购|送货|入库|purchase"
"""What speaks of goods that a supplier brings, also where the parcels are named in which they come."""


@attrs.frozen(kw_only=True)
class Guess:
    """What a table seems to hold.

    Attributes:
        record: Name of the record; empty where a person has to say it.
        reason: Why.
        maybe: Where it is empty: the record that the captions speak of; empty where they speak of none.
    """

    record: str = ""
    reason: str
    maybe: str = ""


def likeliest_record(contents: Sequence[Content]) -> Guess | None:
    """The record that a table seems to hold, and why; None when there is nothing to go by.

    Args:
        contents: Its columns.
    """
    open_ = [content for content in contents if content.pii is None]
    found = {
        next((sense.name for sense in senses_of(content.bare_caption) if fits(sense.name, content, None)), "")
        for content in open_
    }
    money = bool(found & {"amount", "gain", "loss", "paid out"})
    listed = None if money else _listed(found)
    if listed is not None:
        return listed
    is_of_parcels = {"tracking", "order"} <= found and not money and not moneylike(open_)
    but = {"StockMovement"} if is_of_parcels and not _all_speak((_STOCK,), open_) else set()
    settled = _settled(open_, found)
    but |= {"Order"} if settled is not None else _billed(open_, found, money=money)
    said = _spoken_of(open_, found, but) or settled or _ordered(contents, found, money=money)
    return said or _by_columns(contents, found, money=money)


def _spoken_of(contents: Sequence[Content], found: set[str], but: Collection[str]) -> Guess | None:
    """A record of which no draft is made by itself, where captions speak of it: its amounts would be read as another's."""
    for record, words, unless in _SPEAKS:
        if record in but or found & unless:
            continue
        said = [next(_captions_with(word, contents), "") for word in words]
        if all(said):
            named = " and ".join(repr(one) for one in dict.fromkeys(said))
            return Guess(reason=f"{named} {'speak' if len(set(said)) > 1 else 'speaks'} of {record}", maybe=record)
    return None


def _settled(contents: Sequence[Content], found: set[str]) -> Guess | None:
    """A settlement by orders, where captions say when each was settled, and how much or what was taken off."""
    day = next(_captions_with(_SETTLED_ON, [one for one in contents if one.kind == "date"]), None)
    money = next(_captions_with(_SETTLED, moneylike(contents)), None)
    if day is None or money is None or "order" not in found or "tracking" in found:
        return None
    return Guess(
        record="SettlementLine", reason=f"it has order numbers, and {day!r} and {money!r} speak of what was settled"
    )


def _ordered(contents: Sequence[Content], found: set[str], *, money: bool) -> Guess | None:
    """A list of orders with the freight that buyers paid and the parcels in which they went: no bill of a courier."""
    said = next(_captions_with(_ORDERED, contents), None)
    if said is None or not money or "weight" in found or not {"order", "tracking"} <= found:
        return None
    return Guess(reason=f"order numbers and {said!r} speak of Order", maybe="Order")


def _billed(contents: Sequence[Content], found: set[str], *, money: bool) -> set[str]:
    """Records of which captions would speak, were there not others that only a courier's bill has."""
    has_money = money or any(name.startswith("charge ") for name in found)
    if "tracking" not in found or not has_money or _all_speak((_SUPPLIED,), contents):
        return set()
    if _all_speak((_BILLED,), contents):
        return {"Order", "StockDocument"}
    return {"StockDocument"} if _all_speak(_CARRIED, contents) else set()


def _all_speak(words: Sequence[str], contents: Sequence[Content]) -> bool:
    return all(next(_captions_with(word, contents), None) is not None for word in words)


def _captions_with(word: str, contents: Sequence[Content]) -> Iterator[str]:
    return (one.bare_caption for one in contents if re.search(word, fold_caption(one.bare_caption)))


def _by_columns(contents: Sequence[Content], found: set[str], *, money: bool) -> Guess | None:
    has_charges = any(name.startswith("charge ") for name in found)
    has_parts = any(name.startswith("part ") for name in found)
    if "tracking" in found:
        kind = "CourierCharge" if money or has_charges else "Shipment"
        why = f"it has tracking numbers {'and amounts' if kind == 'CourierCharge' else 'and no amounts'}"
        return Guess(record=kind, reason=why)
    if "order" in found and (money or has_parts):
        return Guess(record="SettlementLine", reason="it has order numbers and amounts")
    has_days = "when" in found or any(content.kind == "date" for content in contents)
    if has_days and (money or moneylike(contents)):
        return _cash_record(contents, found, money=money)
    if money or has_parts:
        return Guess(record="SettlementLine", reason="it has amounts, and neither dates nor order numbers")
    return Guess(record="Order", reason="it has order numbers and no amounts") if "order" in found else None


def _listed(found: set[str]) -> Guess | None:
    """Lists without amounts that only reports read."""
    if {"complaint", "order"} <= found:
        return Guess(record="Complaint", reason="it has order numbers and what was complained of")
    if {"article", "category"} <= found and not found & {"order", "tracking", "when"}:
        why = "it has codes of articles and their categories, and neither days nor amounts"
        return Guess(record="Article", reason=why)
    return None


def _cash_record(contents: Sequence[Content], found: set[str], *, money: bool) -> Guess:
    """Payouts of a platform, or the lines of a bank, where anything says so: many other records have days and amounts too."""
    if {"paid out", "serial"} <= found and not found & _CASH:
        return Guess(record="Payout", reason="it has numbers and amounts of payouts")
    captioned = [one for one in contents if one.bare_caption]
    is_cash = bool(found & (_CASH | {"words", "value day"})) or not captioned
    if not is_cash and next(_captions_with(_BANK.pattern, captioned), None) is None:
        return Guess(reason="it has dates and amounts, as many records have, and nothing says of what")
    said = f"{' and '.join(sorted(found & _CASH))}, and" if money and found & _CASH else "dates and amounts, and"
    return Guess(record="BankTransaction", reason=f"it has {said} no order numbers")
