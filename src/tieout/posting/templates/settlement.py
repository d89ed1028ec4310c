"""Settlements: what a platform adds to the merchant's balance and takes from it.

Amounts are signed as the lines: positive for the merchant. Details: `line_type`, `invoice`.
"""

from tieout.posting.template import GROSS, NET, TAX, Entry, Role, Template, Title, Variant, Vat, credit, debit, either
from tieout.posting.templates._roles import PLATFORM_FEE, simple

__all__ = ["TEMPLATES"]

_FAMILY = "settlement"
_OF_PLATFORM = ("customer",)
_WALLET = either("wallet", GROSS)
_FEE = (_WALLET, debit(PLATFORM_FEE, -NET), debit("vat_input", -TAX))


def _line(kind: str, zh: str, en: str, other: Entry, code: str = "", order: int = 33) -> Template:
    return simple(f"settlement.{kind}", (zh, en), order, _WALLET, other, code=code, family=_FAMILY)


def _cost(role: Role) -> Entry:
    return debit(role, -GROSS)


def _balance(role: str) -> Entry:
    return either(role, -GROSS, aux=_OF_PLATFORM)


TEMPLATES = (
    _line("sale", "平台结算", "settlement", _balance("ar_platform"), "V-04", 32),
    _line("subsidy", "平台结算", "settlement", _balance("ar_platform"), "V-04", 32),
    _line("refund", "结算退款", "settled refund", _balance("ar_platform"), "V-10", 32),
    _line("clawback", "补贴扣回", "subsidy taken back", _balance("ar_platform"), "V-10", 32),
    simple("settlement.fee", ("平台费用", "platform fee"), 33, *_FEE, code="V-04", family=_FAMILY, vat=Vat.INPUT),
    simple(
        "settlement.fee_refund", ("平台费用退回", "fee returned"), 33, *_FEE, code="V-10", family=_FAMILY, vat=Vat.INPUT
    ),
    _line("penalty", "平台罚款", "platform penalty", _cost("penalty_exp"), "V-17b"),
    Template(
        kind="settlement.compensation",
        title=Title(zh="买家赔付", en="buyer compensation"),
        order=33,
        family=_FAMILY,
        variants=(
            Variant(code="V-17", when={"standard": "small_business"}, entries=(_WALLET, _cost("aftersale_exp"))),
            # Paid to customers, so less revenue; without a red invoice it takes no output VAT back.
            Variant(code="V-17", entries=(_WALLET, credit("revenue", GROSS))),
        ),
    ),
    _line("claim", "平台理赔", "claim reimbursed", _cost("aftersale_exp"), "V-15b"),
    _line("chargeback", "拒付", "chargeback", _cost("aftersale_exp"), "V-31"),
    _line("tax", "平台代扣税", "tax withheld", _balance("ap_other")),
    _line("interest", "利息", "interest", _cost("channel_fee")),
    _line("adjustment", "平台调账", "adjustment", _balance("unidentified")),
    _line("reserve", "平台冻结款", "reserve", _balance("reserve_held")),
    _line("deposit", "平台保证金", "platform deposit", _balance("deposit_paid"), "V-21c"),
    _line("ad_topup", "推广充值", "advertising top-up", _balance("prepaid_ads"), "V-21"),
    _line("rounding", "结算尾差", "settlement rounding", _cost("rounding"), "V-30"),
    Template(  # what a contract says of orders that no settlement has yet; the VAT waits for the invoice
        kind="settlement.unsettled_fee",
        title=Title(zh="平台费用暂估", en="platform fees accrued"),
        order=94,
        vat=Vat.INPUT,
        is_accrual=True,
        variants=(
            Variant(code="V-24", entries=(debit(PLATFORM_FEE, NET), credit("ap_accrued", NET, aux=("supplier",)))),
        ),
    ),
)
