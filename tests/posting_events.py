"""Events of every kind, as Hypothesis draws them."""

from datetime import date
from decimal import Decimal

from hypothesis import strategies as st
from moneyed import Money

from tieout.model import Event, Provenance
from tieout.posting import event_kinds

LEGS = ("outbound", "return", "intercept", "reship", "round_trip", "exchange", "transfer", "reverse_pickup")
FEES = (
    "commission",
    "tech_service_fee",
    "storage_fee",
    "points_fee",
    "influencer_commission",
    "affiliate",
    "payment_fee",
    "installment_fee",
    "fx_fee",
    "freight_insurance",
    "ad_fee",
    "fulfilment_fee",
    "shipping_fee",
    "donation",
)
SALES = ("sale.shipped", "sale.signed", "sale.completed")
REFUNDS = (
    "aftersale.refund",
    "aftersale.refund_approved",
    "aftersale.refund_shipped",
    "aftersale.refund_signed",
    "aftersale.refund_completed",
)
TAXED = (
    "sale.deposit",
    "sale.deposit_turned",
    "aftersale.exchange_difference",
    "aftersale.repair_income",
    "promotion.cashback",
)
LOSSES = ("stock.scrap_approved", "stock.loss_approved")
INVOICED = ("settlement.fee", "purchase.invoiced", "ads.consumed")
RATES = ("0", "0.06", "0.09", "0.13")


one_of = st.sampled_from
is_done = one_of(["true", "false"])
receivable = one_of(["platform", "cod", "advance"])
stage = one_of(["before_shipment", "after_shipment"])
of_refund = {"stage": stage, "channel": st.just("own"), "receivable": receivable}
of_refund |= dict.fromkeys(("shipped", "signed", "completed"), is_done)
NEEDED = {
    **{kind: {"line_type": one_of(FEES)} for kind in ("settlement.fee", "settlement.unsettled_fee")},
    **{kind: {"leg": one_of(LEGS)} for kind in event_kinds() if kind.startswith("courier.")},
}
OPTIONAL = {
    **{kind: {"receivable": receivable, "export": st.just("true")} for kind in SALES},
    **dict.fromkeys(REFUNDS, of_refund),
    **{kind: {"cause": st.just("mismanagement")} for kind in LOSSES},
    **{kind: {"invoice": one_of(["special", "normal", "none"])} for kind in INVOICED},
    "settlement.fee_refund": {"line_type": one_of(FEES)},
    "aftersale.refund_owed": {"stage": stage, "shipped": is_done, "signed": is_done, "completed": is_done},
    "stock.return_good": {"signed": is_done, "completed": is_done},
    "stock.return_exchanged": {"signed": is_done, "completed": is_done},
    "stock.return_damaged": {
        "case_kind": one_of(["return_refund", "rejected", "intercept"]),
        "signed": is_done,
        "completed": is_done,
    },
}
OPTIONAL["purchase.invoiced"] = {**OPTIONAL["purchase.invoiced"], "document_kind": st.just("purchase_return")}


def details(kind):
    """What the kind asks for, or may say."""
    return st.fixed_dictionaries(NEEDED.get(kind, {}), optional=OPTIONAL.get(kind, {}))


@st.composite
def events(draw, kinds, *, currencies=("CNY", "INR", "JPY"), least=-10_000_000, most=10_000_000, max_size=12):
    """Events of one month, of any of these kinds and amounts in minor units."""
    count = draw(st.integers(0, max_size))
    return [_event(draw, at, kinds, currencies, least, most) for at in range(count)]


def _event(draw, at, kinds, currencies, least, most):
    kind, currency = draw(st.sampled_from(kinds)), draw(st.sampled_from(currencies))
    minor = draw(st.integers(least, most))

    def money(units):
        return Money(Decimal(units) if currency == "JPY" else Decimal(units) / 100, currency)

    needs_rate = kind.startswith("courier.") or kind in LOSSES
    rate = draw(st.sampled_from(RATES) if needs_rate else st.none() | st.sampled_from(RATES))
    said = {}
    if kind in {*SALES, *REFUNDS} and draw(st.booleans()):
        share = draw(st.integers(0, 100))
        said["subsidy"] = money(minor * share // 100)
    elif kind in REFUNDS and minor > 0 and currency == "CNY" and draw(st.booleans()):
        before, after = draw(st.integers(0, most)), draw(st.integers(0, most))
        said |= {"original": money(before + minor + after), "taken_before": money(before)}
    elif kind in {*TAXED, *INVOICED} and rate is not None and draw(st.booleans()):
        said["tax"] = money(minor * draw(st.integers(0, 20)) // 100)
    document = draw(st.sampled_from(["B1", "B2"]))
    return Event(
        event_id=f"e{at}",
        kind=kind,
        occurred_on=date(2026, 10, draw(st.integers(1, 31))),
        document=document,
        party=draw(st.sampled_from(["sf", "zto", None])),
        shop_id=draw(st.sampled_from(["s1", "s2", None])),
        amount=money(minor),
        tax_rate=None if rate is None else Decimal(rate),
        details=draw(details(kind)),
        sources=(Provenance(file=f"{document}.csv", sha256=document, line=at + 2),),
        **said,
    )
