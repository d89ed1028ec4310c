"""Proposals: what is to be done outside the book once a case is decided: a voucher, a movement of stock, a letter."""

import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import attrs
from moneyed import Money
from sqlalchemy import RowMapping

from tieout.casebook.workflow import Resolution
from tieout.model import ResponsibleParty
from tieout.model.currency import from_units

__all__ = ["Proposal", "ProposalKind", "letter", "letter_zh", "propose"]

Row = Mapping[str, Any] | RowMapping
_NAMES = {
    "tracking_no": ("waybill", "运单号"),
    "bill_no": ("bill", "账单号"),
    "platform_order_id": ("order", "订单号"),
    "refund_id": ("refund", "退款单号"),
    "return_id": ("after-sale case", "售后单号"),
    "payout_id": ("payout", "打款单号"),
    "settlement_id": ("settlement", "结算单号"),
    "txn_id": ("transaction", "交易号"),
    "bank_ref": ("bank reference", "银行流水号"),
    "charge_type": ("charge", "费用"),
}
_PARTIES_ZH = {
    ResponsibleParty.PLATFORM: "平台",
    ResponsibleParty.COURIER: "快递公司",
    ResponsibleParty.CUSTOMER: "客户",
    ResponsibleParty.CHANNEL: "支付渠道",
    ResponsibleParty.BANK: "银行",
}


class ProposalKind(StrEnum):
    """What is to be done."""

    VOUCHER = "voucher"
    STOCK = "stock"
    LETTER = "letter"


@attrs.frozen(kw_only=True)
class Proposal:
    """An instruction that the library gives and the caller carries out.

    Attributes:
        kind: Voucher, stock or letter.
        case_id: Case that it follows from.
        party: Who is to be written to; None for a voucher or a movement of stock.
        amount: By how much the books differ, actual - expected, signed; None where no money is in it.
        quantity: Pieces to add to the stock, negative to take away; None for what is no movement of stock.
        data: Identifiers of the case, its type, cause and whose fault it was.
        text: What to do or to write, in English.
        text_zh: The same in Chinese.
    """

    kind: ProposalKind
    case_id: str
    party: str | None = None
    amount: Money | None = None
    quantity: int | None = None
    data: Mapping[str, str] = attrs.field(factory=dict)
    text: str
    text_zh: str


def propose(case: Row, decision: Mapping[str, Any]) -> Proposal | None:
    """What follows from how a case ends (`domain.md` C16, C70); None where nothing does.

    Args:
        case: A row of `case_now`, before or after the decision.
        decision: The body of the entry that ends it.
    """
    resolution = decision.get("resolution")
    responsible = decision.get("responsible")
    keys: Mapping[str, str] = json.loads(case["keys"])
    facts = {"type": case["type"], "cause": decision.get("cause"), "responsible": responsible, **keys}
    common = {
        "case_id": case["case_id"],
        "amount": money_of(case["impact_minor"], case["currency"]),
        "data": {name: str(value) for name, value in facts.items() if value is not None},
    }
    shown, shown_zh = _amount(case, "impact_minor"), _amount(case, "impact_minor")
    cause = decision.get("cause") or case["type"]
    if resolution == Resolution.ADJUSTED_STOCK:
        quantity = decision.get("quantity")
        sku = keys.get("sku") or keys.get("article") or "the article of the case"
        by = "as counted" if quantity is None else f"by {quantity:+d}"
        by_zh = "按实盘" if quantity is None else f"{quantity:+d} 件"
        return Proposal(
            kind=ProposalKind.STOCK,
            quantity=quantity,
            text=f"stock_adjust {sku} {by} ({cause}, case {case['case_id']}), and a voucher over {shown}",
            text_zh=f"库存调整 {sku} {by_zh}（{cause}，差异单 {case['case_id']}），并做金额 {shown_zh} 的凭证",
            **common,
        )
    if resolution in {Resolution.ADJUSTING_VOUCHER, Resolution.WRITTEN_OFF} and case["impact_minor"]:
        return Proposal(
            kind=ProposalKind.VOUCHER,
            text=f"adjusting voucher over {shown} for {cause}: {_identifiers(keys, 0)} (case {case['case_id']})",
            text_zh=f"调账凭证 {shown_zh}，原因 {cause}：{_identifiers(keys, 1)}（差异单 {case['case_id']}）",
            **common,
        )
    if responsible in set(ResponsibleParty) - {ResponsibleParty.INTERNAL} and resolution in {
        Resolution.CORRECTED_SOURCE,
        Resolution.TIMING_DIFFERENCE,
        None,
    }:
        party = keys.get("carrier") or keys.get("platform") or keys.get("channel") or str(responsible)
        return Proposal(
            kind=ProposalKind.LETTER,
            party=party,
            text=letter([case], party=party, responsible=str(responsible)),
            text_zh=letter_zh([case], party=party, responsible=str(responsible)),
            **common,
        )
    return None


def letter(cases: Sequence[Row], *, party: str, responsible: str) -> str:
    """A letter in English that asks a party for its correction, with identifiers and amounts.

    Args:
        cases: Rows of `case_now`.
        party: Who it goes to.
        responsible: Which sort of party it is.
    """
    lines = [
        f"{number}. {_identifiers(json.loads(case['keys']), 0)}: {case['reason'] or case['type']}; "
        f"yours {_amount(case, 'actual_minor')}, expected {_amount(case, 'expected_minor')}, "
        f"difference {_amount(case, 'impact_minor')} [{case['case_id']}]"
        for number, case in enumerate(cases, 1)
    ]
    head = f"To {party} ({responsible}): please check the following {_items(len(cases))} and correct or credit the difference."
    return "\n".join([head, *lines, *(f"Total difference: {total}" for total in _totals(cases))])


def letter_zh(cases: Sequence[Row], *, party: str, responsible: str) -> str:
    """The same letter in Chinese."""
    lines = [
        f"{number}. {_identifiers(json.loads(case['keys']), 1)}：{case['reason_zh'] or case['type']}；"
        f"贵方 {_amount(case, 'actual_minor')}，应为 {_amount(case, 'expected_minor')}，"
        f"差额 {_amount(case, 'impact_minor')} [{case['case_id']}]"
        for number, case in enumerate(cases, 1)
    ]
    known = {party.value: name for party, name in _PARTIES_ZH.items()}
    head = f"致 {party}（{known.get(responsible, responsible)}）：请核对以下 {len(cases)} 笔，并更正或退回差额。"
    return "\n".join([head, *lines, *(f"差额合计：{total}" for total in _totals(cases))])


def money_of(minor: int | None, currency: str | None) -> Money | None:
    """Money of a row; None where there is none."""
    return None if minor is None or currency is None else Money(from_units(minor, currency), currency)


def _totals(cases: Sequence[Row]) -> list[str]:
    sums: dict[str, int] = {}
    for case in cases:
        if case["currency"] is not None:
            sums[case["currency"]] = sums.get(case["currency"], 0) + case["impact_minor"]
    return [f"{from_units(minor, code)} {code}" for code, minor in sorted(sums.items())]


def _items(count: int) -> str:
    return "item" if count == 1 else f"{count:,} items"


def _amount(case: Row, column: str) -> str:
    minor, currency = case[column], case["currency"]
    return "-" if minor is None or currency is None else f"{from_units(minor, currency)} {currency}"


def _identifiers(keys: Mapping[str, str], language: int) -> str:
    named = [f"{names[language]} {keys[key]}" for key, names in _NAMES.items() if keys.get(key)]
    return ", ".join(named or [f"{key} {value}" for key, value in keys.items()]) or "-"
