"""Courier bills: what is accepted, disputed, credited, set off, paid and not billed yet.

Amounts include tax and are signed as on the courier's document: a charge is positive, a credit negative. Detail: `leg`.
"""

from tieout.posting.template import GROSS, NET, TAX, Template, Title, Variant, Vat, credit, debit
from tieout.posting.templates._roles import FREIGHT, simple

__all__ = ["TEMPLATES"]

_BILL = "courier.bill"
_OF_COURIER = ("supplier",)
_COST = (debit(FREIGHT, NET), debit("vat_input", TAX))
_PAYABLE = credit("ap_courier", GROSS, aux=_OF_COURIER)
_SET_OFF = debit("ap_courier", -GROSS, aux=_OF_COURIER)
_SHORT, _PAID = {"dispute_policy": "short_pay"}, {"dispute_policy": "pay_and_claim"}

TEMPLATES = (
    Template(
        kind=_BILL,
        title=Title(zh="快递账单", en="courier bill"),
        order=10,
        vat=Vat.INPUT,
        needs_rate=True,
        variants=(
            Variant(code="V-37", details={"leg": "return"}, entries=(*_COST, _PAYABLE)),
            Variant(code="V-18", entries=(*_COST, _PAYABLE)),
        ),
    ),
    Template(  # noted when paid short, a claim when paid in full
        kind="courier.dispute",
        title=Title(zh="快递账单争议", en="disputed courier bill"),
        order=10,
        family=_BILL,
        variants=(
            Variant(
                code="V-18",
                when=_SHORT,
                memo="disputed and not paid: a claim is recognised only when the courier accepts it",
            ),
            Variant(code="V-18b", when=_PAID, entries=(debit("claim_courier", GROSS, aux=_OF_COURIER), _PAYABLE)),
        ),
    ),
    Template(  # what was paid short was never booked, so that its credit note is only noted
        kind="courier.credit_note",
        title=Title(zh="快递贷项通知", en="courier credit note"),
        order=20,
        variants=(
            Variant(
                code="V-18c",
                when=_SHORT,
                memo="credit note for what was paid short: neither the debt nor a claim was booked",
            ),
            Variant(code="V-18c", when=_PAID, entries=(_SET_OFF, credit("claim_courier", -GROSS, aux=_OF_COURIER))),
        ),
    ),
    Template(  # paid in full, it ends the claim; paid short, it becomes a debt now
        kind="courier.claim_rejected",
        title=Title(zh="快递索赔被拒", en="rejected courier claim"),
        order=20,
        vat=Vat.INPUT,
        needs_rate=True,
        variants=(
            Variant(code="V-18d", when=_PAID, entries=(*_COST, credit("claim_courier", GROSS, aux=_OF_COURIER))),
            Variant(code="V-18", when=_SHORT, entries=(*_COST, _PAYABLE)),
        ),
    ),
    simple(  # for parcels lost or damaged: carries no VAT
        "courier.compensation",
        ("快递赔付", "courier compensation"),
        10,
        _SET_OFF,
        credit("aftersale_exp", -GROSS),
        code="V-15b",
        family=_BILL,
    ),
    simple(  # what tolerances absorb between the bill's total and its lines; positive when the bill asks more
        "courier.rounding",
        ("快递账单尾差", "courier bill rounding"),
        10,
        debit("rounding", GROSS),
        _PAYABLE,
        code="V-30",
        family=_BILL,
    ),
    simple(
        "courier.cod_set_off",
        ("代收货款抵运费", "COD set off"),
        10,
        _SET_OFF,
        credit("ar_cod", -GROSS, aux=_OF_COURIER),
        code="V-20",
        family=_BILL,
    ),
    simple(
        "courier.paid",
        ("支付快递费", "courier paid"),
        30,
        debit("ap_courier", GROSS, aux=_OF_COURIER),
        credit("bank", GROSS),
        code="V-19",
    ),
    simple(  # what arrived, after the fee that the courier kept: a credit of the courier, so negative
        "courier.cod_remitted",
        ("代收货款回款", "COD remittance"),
        30,
        debit("bank", -GROSS),
        credit("ar_cod", -GROSS, aux=_OF_COURIER),
        code="V-20",
    ),
    Template(  # without an invoice for it the tax rate is 0, and the whole fee is cost
        kind="courier.cod_fee",
        title=Title(zh="代收货款手续费", en="COD fee"),
        order=31,  # after the receipt it is kept from
        family="courier.cod_remitted",
        vat=Vat.INPUT,
        needs_rate=True,
        variants=(
            Variant(
                code="V-20",
                entries=(
                    debit("freight_out", NET),
                    debit("vat_input", TAX),
                    credit("ar_cod", GROSS, aux=_OF_COURIER),
                ),
            ),
        ),
    ),
    Template(  # the VAT waits for the invoice: only the net is accrued
        kind="courier.unbilled",
        title=Title(zh="快递费暂估", en="courier accrual"),
        order=90,
        vat=Vat.INPUT,
        needs_rate=True,
        is_accrual=True,
        variants=(Variant(code="V-23", entries=(debit(FREIGHT, NET), credit("ap_accrued", NET, aux=_OF_COURIER))),),
    ),
)
