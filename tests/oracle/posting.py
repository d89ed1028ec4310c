"""The slow twin of posting: account movements of events, written from the text of `domain.md` 7.4 without templates.

It knows no vouchers, no drafts and no minor units: one event after the other, in Decimal, by the words of the page.
"""

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
LEG_ROLES = {
    "outbound": "freight_out",
    "reship": "freight_out",
    "exchange": "freight_out",
    "transfer": "freight_out",
    "return": "freight_return",
    "intercept": "freight_return",
    "round_trip": "freight_return",
    "reverse_pickup": "freight_return",
}


def half_up(amount):
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def movements(events, *, taxpayer, fee_invoice, dispute_policy, currency, rates):  # noqa: C901, PLR0912, PLR0915 - one branch a kind, as the page has it
    """Debit less credit by role in the period, and what the next period takes back."""
    now = defaultdict(Decimal)
    back = defaultdict(Decimal)
    for event in events:
        gross = event.amount.amount
        if event.amount.currency.code != currency:
            gross = half_up(gross * rates[event.amount.currency.code])
        if taxpayer == "general" and fee_invoice == "special" and event.tax_rate is not None:
            net = half_up(gross / (1 + event.tax_rate))
        else:
            net = gross
        tax = gross - net
        freight = LEG_ROLES.get(event.details.get("leg", ""))
        if event.kind == "courier.bill":
            # V-18: freight and input VAT against the courier.
            now[freight] += net
            now["vat_input"] += tax
            now["ap_courier"] -= gross
        elif event.kind == "courier.dispute":
            # V-18b; under short pay the disputed amount is a memo only.
            if dispute_policy == "pay_and_claim":
                now["claim_courier"] += gross
                now["ap_courier"] -= gross
        elif event.kind == "courier.credit_note":
            # V-18c: the courier gives back what was claimed; its amount is a credit, so negative.
            if dispute_policy == "pay_and_claim":
                now["ap_courier"] += -gross
                now["claim_courier"] -= -gross
        elif event.kind == "courier.claim_rejected":
            # V-18d: the claim, or the debt that was never booked, becomes cost.
            now[freight] += net
            now["vat_input"] += tax
            now["claim_courier" if dispute_policy == "pay_and_claim" else "ap_courier"] -= gross
        elif event.kind == "courier.compensation":
            # V-15b: a credit, so negative.
            now["ap_courier"] += -gross
            now["aftersale_exp"] -= -gross
        elif event.kind == "courier.rounding":
            now["rounding"] += gross
            now["ap_courier"] -= gross
        elif event.kind == "courier.paid":
            # V-19
            now["ap_courier"] += gross
            now["bank"] -= gross
        elif event.kind == "courier.cod_remitted":
            # V-20, the bank's part: a credit of the courier, so negative
            now["bank"] += -gross
            now["ar_cod"] -= -gross
        elif event.kind == "courier.cod_set_off":
            # V-20 without a bank: the bill is less by it
            now["ap_courier"] += -gross
            now["ar_cod"] -= -gross
        elif event.kind == "courier.cod_fee":
            # V-20, the courier's fee
            now["freight_out"] += net
            now["vat_input"] += tax
            now["ar_cod"] -= gross
        elif event.kind == "courier.unbilled":
            # V-23 without VAT, and V-23r on the next first day
            now[freight] += net
            now["ap_accrued"] -= net
            back[freight] -= net
            back["ap_accrued"] += net
        else:
            raise AssertionError(event.kind)
    return {role: amount for role, amount in now.items() if amount}, {
        role: amount for role, amount in back.items() if amount
    }
