"""The slow twin of posting: account movements of events, written from the text of `domain.md` 7.1 to 7.4 without templates.

It knows no vouchers, no drafts and no minor units: one event after the other, in Decimal, by a plain table that says what each
kind of event does to each account role under each policy. Debits are positive. What it leaves out is the shape of vouchers:
grouping, red figures, sides and numbers.
"""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace

DECIMALS = {"JPY": 0}
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
FEE_ROLES = {
    "commission": "commission",
    "tech_service_fee": "commission",
    "storage_fee": "commission",
    "points_fee": "commission",
    "influencer_commission": "affiliate",
    "affiliate": "affiliate",
    "payment_fee": "channel_fee",
    "installment_fee": "channel_fee",
    "fx_fee": "channel_fee",
    "freight_insurance": "freight_insurance",
    "ad_fee": "ads",
    "fulfilment_fee": "freight_out",
    "shipping_fee": "freight_out",
    "donation": "penalty_exp",
}
RECEIVABLES = {"platform": "ar_platform", "cod": "ar_cod", "advance": "advance"}
DEFAULTS = {
    "taxpayer": "general",
    "fee_invoice": "special",
    "dispute_policy": "short_pay",
    "standard": "small_business",
    "revenue": "on_shipment",
    "platform_subsidy": "price",
    "records_advances": False,
    "records_presale_deposits": False,
    "allow_single_side": False,
}


def half_up(amount, code):
    """A Decimal or Fraction to the smallest unit of a currency, halves away from zero."""
    scale = 10 ** DECIMALS.get(code, 2)
    exact = Fraction(amount) * scale
    magnitude = (2 * abs(exact) + 1) // 2
    return Decimal(-magnitude if exact < 0 else magnitude) / scale


def usual_rate(supply, taxpayer, day):
    """7.2: 13 % goods, 6 % services; small-scale 3 %, reduced to 1 % until 2027-12-31."""
    if taxpayer == "small_scale":
        return Decimal("0.01") if day <= date(2027, 12, 31) else Decimal("0.03")
    return {"goods": Decimal("0.13"), "services": Decimal("0.06")}[supply]


class Fact:
    """One event in one currency: its amounts, and the VAT inside them."""

    def __init__(self, event, policy, rate, code):
        """Take an event, and what one unit of its currency is in the currency that is counted in."""
        self.event, self.policy, self.code = event, policy, code
        self.of = dict(event.details)
        self.gross, self.tax_said, self.subsidy, self.original, self.taken = (
            None if money is None else half_up(money.amount * rate, code)
            for money in (event.amount, event.tax, event.subsidy, event.original, event.taken_before)
        )

    def vat(self, gross, rate):
        """7.2: net = half up of gross / (1 + rate), tax is what remains."""
        return gross - half_up(Fraction(gross) / (1 + Fraction(rate)), self.code)

    def input(self):
        """VAT that can be reclaimed: general taxpayer and special invoice only."""
        invoice = self.of.get("invoice", self.policy.fee_invoice)
        if self.policy.taxpayer != "general" or invoice != "special":
            return Decimal(0)
        if self.tax_said is not None:
            return self.tax_said
        return Decimal(0) if self.event.tax_rate is None else self.vat(self.gross, self.event.tax_rate)

    def service_rate(self):
        """The rate of the service that a funded part is income of, whatever was sold."""
        return usual_rate("services", self.policy.taxpayer, self.event.occurred_on)

    def rate(self):
        """The rate of what was sold."""
        if self.of.get("export") == "true" or self.event.tax_rate == 0:
            return Decimal(0)
        if self.policy.taxpayer == "general" and self.event.tax_rate is not None:
            return self.event.tax_rate
        return usual_rate("goods", self.policy.taxpayer, self.event.occurred_on)

    def output(self):
        """VAT of a sale; of what takes a sale back its share, so that all shares sum to the sale's."""
        if self.tax_said is not None:
            return self.tax_said
        if self.original is None:
            return self.vat(self.gross, self.rate())
        whole, before = Fraction(self.original), Fraction(self.taken or 0)
        tax = Fraction(self.vat(self.original, self.rate()))
        upto, after = (half_up(tax * part / whole, self.code) for part in (before, before + Fraction(self.gross)))
        return after - upto

    def on_top(self):
        """Input VAT of goods that are lost by mismanagement: cost x rate."""
        if self.policy.taxpayer != "general" or self.of.get("cause") != "mismanagement":
            return Decimal(0)
        return half_up(self.gross * self.event.tax_rate, self.code)

    @property
    def output_role(self):
        """The account of VAT on sales."""
        return "vat_small" if self.policy.taxpayer == "small_scale" else "vat_output"


def is_small(fact):
    return fact.policy.standard == "small_business"


def move(debit, credit, amount):
    return [(debit, amount), (credit, -amount)]


def fee(fact, role, against, gross, tax):
    """A cost with the VAT inside it: debit of net and VAT, credit of the whole."""
    return [(role, gross - tax), ("vat_input", tax), (against, -gross)]


def sold(fact, receivable, sign=1):
    """V-01, V-01c, V-08, V-11: the receivable against revenue and VAT; a funded part may be income of its own."""
    if fact.policy.platform_subsidy == "service_income" and fact.subsidy:
        goods = fact.gross - fact.subsidy
        of_goods, of_service = fact.vat(goods, fact.rate()), fact.vat(fact.subsidy, fact.service_rate())
        rows = [
            ("revenue", -(goods - of_goods)),
            ("other_revenue", -(fact.subsidy - of_service)),
            (fact.output_role, -(of_goods + of_service)),
        ]
    else:
        tax = fact.output()
        rows = [("revenue", -(fact.gross - tax)), (fact.output_role, -tax)]
    return [(role, sign * amount) for role, amount in [(receivable, fact.gross), *rows]]


def sale(fact, when):
    """Revenue is recognised by one of three events, by the book's policy (7.3)."""
    if fact.policy.revenue != when:
        return []
    return sold(fact, RECEIVABLES[fact.of.get("receivable", "platform")])


RECOGNISED_BY = {"on_shipment": "shipped", "on_signed": "signed", "on_completed": "completed"}


def refund(fact):
    """V-07, V-08, V-11: of a sale that is not recognised yet there is nothing to take back, but an advance."""
    if fact.of.get("stage") == "before_shipment":
        is_booked = fact.policy.records_advances and fact.of.get("channel") == "own"
        return move("advance", "wallet", fact.gross) if is_booked else []
    return recognised(fact)


def refund_approved(fact):
    """V-26: no money has moved, so that before shipment there is nothing at all."""
    return [] if fact.of.get("stage") == "before_shipment" else recognised(fact)


def is_unsold(fact):
    return fact.of.get(RECOGNISED_BY[fact.policy.revenue]) == "false"


def recognised(fact):
    return [] if is_unsold(fact) else refund_of_sale(fact)


def refund_of_sale(fact):
    return sold(fact, RECEIVABLES[fact.of.get("receivable", "platform")], sign=-1)


def refund_owed(fact):
    """V-26b: what V-26 took off the receivable is owed to the buyer."""
    is_nothing = fact.of.get("stage") == "before_shipment" or is_unsold(fact)
    return [] if is_nothing else move("ar_platform", "refund_payable", fact.gross)


def came_back(fact):
    """V-09, V-14; or V-12, where the cost never got to sales."""
    waits = fact.policy.revenue != "on_shipment" and is_unsold(fact)
    return move("inventory", "goods_dispatched" if waits else "cogs", fact.gross)


def deposit(fact):
    tax = fact.output()
    if not fact.policy.records_presale_deposits:
        return []
    return [("ar_platform", fact.gross), ("advance", -(fact.gross - tax)), ("vat_pending", -tax)]


def deposit_turned(fact):
    tax = fact.output()
    if not fact.policy.records_presale_deposits:
        return []
    net = fact.gross - tax
    return [("advance", net), ("vat_pending", tax), ("revenue", -net), (fact.output_role, -tax)]


def income(fact, debit, credit):
    tax = fact.output()
    return [(debit, fact.gross), (credit, -(fact.gross - tax)), (fact.output_role, -tax)]


def cashback(fact):
    """V-38: an expense of small businesses; elsewhere less revenue."""
    if is_small(fact):
        return move("ads", "wallet", fact.gross)
    return [(role, -amount) for role, amount in income(fact, "wallet", "revenue")]


def lost(fact, role):
    """V-13d, V-13e, V-28: stock in suspense becomes an expense, with its input VAT where it was mismanaged."""
    tax = fact.on_top()
    return [(role, fact.gross + tax), ("suspense_asset", -fact.gross), ("vat_input_out", -tax)]


def purchase(fact):
    """V-35; a supplier's credit note settles what was sent back."""
    role = "ap_accrued" if fact.of.get("document_kind") == "purchase_return" else "inventory"
    return fee(fact, role, "ap_other", fact.gross, fact.input())


def settlement_fee(fact):
    """V-04, V-10, V-36: signed as the wallet."""
    role = FEE_ROLES.get(fact.of.get("line_type", ""), "commission")
    return fee(fact, role, "wallet", -fact.gross, -fact.input())


def freight(fact, against):
    return fee(fact, LEG_ROLES[fact.of["leg"]], against, fact.gross, fact.input())


def if_claimed(fact, rows):
    return rows if fact.policy.dispute_policy == "pay_and_claim" else []


def if_on(fact, when, rows):
    return rows if fact.policy.revenue == when else []


def stock_out(fact):
    """V-01 or V-02a."""
    cost = "cogs" if fact.policy.revenue == "on_shipment" else "goods_dispatched"
    return move(cost, "inventory", fact.gross)


def undelivered(fact):
    """V-09 or V-12."""
    cost = "cogs" if fact.policy.revenue == "on_shipment" else "goods_dispatched"
    return move("inventory", cost, fact.gross)


def damaged(fact):
    """V-13; of goods that never arrived the cost waits in goods dispatched where sales are recognised later."""
    is_undelivered = fact.of.get("case_kind") in {"rejection", "intercept", "rejected", "intercepted"}
    waits = (is_undelivered or is_unsold(fact)) and fact.policy.revenue != "on_shipment"
    return move("inventory_defective", "goods_dispatched" if waits else "cogs", fact.gross)


def wallet(role):
    """A settlement line that is no fee: in the wallet, and the other way round on its account."""
    return lambda fact: move("wallet", role, fact.gross)


def simple(debit, credit):
    return lambda fact: move(debit, credit, fact.gross)


KINDS = {
    "courier.bill": lambda fact: freight(fact, "ap_courier"),
    "courier.dispute": lambda fact: if_claimed(fact, move("claim_courier", "ap_courier", fact.gross)),
    # The courier gives back what was claimed; its amount is a credit, so negative.
    "courier.credit_note": lambda fact: if_claimed(fact, move("claim_courier", "ap_courier", fact.gross)),
    "courier.claim_rejected": lambda fact: freight(
        fact, "claim_courier" if fact.policy.dispute_policy == "pay_and_claim" else "ap_courier"
    ),
    "courier.compensation": simple("aftersale_exp", "ap_courier"),  # a credit, so negative
    "courier.rounding": simple("rounding", "ap_courier"),
    "courier.paid": simple("ap_courier", "bank"),
    "courier.cod_remitted": simple("ar_cod", "bank"),  # a credit, so negative
    "courier.cod_set_off": simple("ar_cod", "ap_courier"),  # a credit, so negative
    "courier.cod_fee": lambda fact: fee(fact, "freight_out", "ar_cod", fact.gross, fact.input()),
    "courier.unbilled": lambda fact: move(LEG_ROLES[fact.of["leg"]], "ap_accrued", fact.gross - fact.input()),
    "sale.shipped": lambda fact: sale(fact, "on_shipment"),
    "sale.signed": lambda fact: sale(fact, "on_signed"),
    "sale.completed": lambda fact: sale(fact, "on_completed"),
    "sale.deposit": deposit,
    "sale.deposit_turned": deposit_turned,
    "sale.prepaid": lambda fact: move("wallet", "advance", fact.gross) if fact.policy.records_advances else [],
    "aftersale.refund": refund,
    "aftersale.refund_approved": refund_approved,
    "aftersale.refund_owed": refund_owed,
    "aftersale.refund_shipped": lambda fact: if_on(fact, "on_shipment", refund_of_sale(fact)),
    "aftersale.refund_signed": lambda fact: if_on(fact, "on_signed", refund_of_sale(fact)),
    "aftersale.refund_completed": lambda fact: if_on(fact, "on_completed", refund_of_sale(fact)),
    "aftersale.refund_paid": simple("refund_payable", "wallet"),
    "aftersale.exchange_difference": lambda fact: income(fact, "ar_platform", "revenue"),
    "aftersale.repair_parts": simple("repair_exp", "materials"),
    "aftersale.repair_labour": simple("repair_exp", "ap_other"),
    "aftersale.repair_income": lambda fact: income(fact, "wallet", "other_revenue"),
    "aftersale.over_refund": simple("claim_platform", "wallet"),
    "aftersale.compensation": lambda fact: simple("aftersale_exp" if is_small(fact) else "revenue", "ar_platform")(
        fact
    ),
    "promotion.cashback": cashback,
    "stock.sale_out": stock_out,
    "stock.sale_signed": lambda fact: if_on(fact, "on_signed", move("cogs", "goods_dispatched", fact.gross)),
    "stock.sale_completed": lambda fact: if_on(fact, "on_completed", move("cogs", "goods_dispatched", fact.gross)),
    "stock.return_good": came_back,
    "stock.return_exchanged": came_back,
    "stock.return_signed": lambda fact: if_on(fact, "on_signed", move("goods_dispatched", "cogs", fact.gross)),
    "stock.return_completed": lambda fact: if_on(fact, "on_completed", move("goods_dispatched", "cogs", fact.gross)),
    "stock.return_undelivered": undelivered,
    "stock.return_damaged": damaged,
    "stock.exchange_out": simple("cogs", "inventory"),
    "stock.reship_out": simple("aftersale_exp", "inventory"),
    "stock.gift_out": simple("ads", "inventory"),
    "stock.scrap_out": simple("suspense_asset", "inventory_defective"),
    "stock.scrap_approved": lambda fact: lost(
        fact, "penalty_exp" if fact.of.get("cause") == "mismanagement" else "return_loss"
    ),
    "stock.count_gain": simple("inventory", "suspense_asset"),
    "stock.gain_approved": lambda fact: move(
        "suspense_asset", "nonop_income" if is_small(fact) else "admin_exp", fact.gross
    ),
    "stock.count_loss": simple("suspense_asset", "inventory"),
    "stock.loss_approved": lambda fact: lost(fact, "penalty_exp" if is_small(fact) else "admin_exp"),
    "stock.loss_recovered": simple("claim_platform", "suspense_asset"),
    "stock.purchase_return_out": simple("ap_accrued", "inventory"),
    "purchase.invoiced": purchase,
    "purchase.unbilled": simple("inventory", "ap_accrued"),
    "settlement.sale": wallet("ar_platform"),
    "settlement.subsidy": wallet("ar_platform"),
    "settlement.refund": wallet("ar_platform"),
    "settlement.clawback": wallet("ar_platform"),
    "settlement.fee": settlement_fee,
    "settlement.fee_refund": settlement_fee,
    "settlement.penalty": wallet("penalty_exp"),
    "settlement.compensation": lambda fact: wallet("aftersale_exp" if is_small(fact) else "revenue")(fact),
    "settlement.claim": wallet("aftersale_exp"),
    "settlement.chargeback": wallet("aftersale_exp"),
    "settlement.tax": wallet("ap_other"),
    "settlement.interest": wallet("channel_fee"),
    "settlement.adjustment": wallet("unidentified"),
    "settlement.reserve": wallet("reserve_held"),
    "settlement.deposit": wallet("deposit_paid"),
    "settlement.ad_topup": wallet("prepaid_ads"),
    "settlement.rounding": wallet("rounding"),
    "settlement.unsettled_fee": lambda fact: move(
        FEE_ROLES[fact.of["line_type"]], "ap_accrued", fact.gross - fact.input()
    ),
    "receivable.reserved": simple("reserve_held", "ar_platform"),
    "ads.consumed": lambda fact: fee(fact, "ads", "prepaid_ads", fact.gross, fact.input()),
    "provision.refund": lambda fact: [] if is_small(fact) else move("revenue", "refund_provision", fact.gross),
    "provision.return_cost": lambda fact: [] if is_small(fact) else move("return_cost_asset", "cogs", fact.gross),
    "vat.exempted": lambda fact: (
        move("vat_small", "relief_income", fact.gross) if fact.policy.taxpayer == "small_scale" else []
    ),
    "bank.receipt": simple("bank", "wallet"),
    "bank.fx_difference": simple("bank", "fx"),
    "bank.charge": simple("bank", "channel_fee"),
    "bank.unidentified": simple("bank", "unidentified"),
    "bank.identified": simple("unidentified", "wallet"),
}
ACCRUALS = {
    "courier.unbilled",
    "aftersale.refund_approved",
    "aftersale.refund_owed",
    "purchase.unbilled",
    "settlement.unsettled_fee",
    "provision.refund",
    "provision.return_cost",
}
"""What the first day of the next period takes back."""


def rate_of(rates, code, day):
    """What one unit of a currency is in the book on a day: one rate, or rates by the day they begin."""
    held = rates[code]
    return held if isinstance(held, Decimal) else held[max(start for start in held if start <= day)]


def movements(events, *, currency, rates, **policies):
    """Debit less credit by role in the period, and what the next period takes back; in the currency of the book."""
    policy = SimpleNamespace(**{**DEFAULTS, **policies})
    now, back = defaultdict(Decimal), defaultdict(Decimal)
    for event in events:
        code = event.amount.currency.code
        rate = Decimal(1) if code == currency else rate_of(rates, code, event.occurred_on)
        for role, amount in KINDS[event.kind](Fact(event, policy, rate, currency)):
            now[role] += amount
            if event.kind in ACCRUALS:
                back[role] -= amount
    return _some(now), _some(back)


def foreign_movements(events, *, currency, **policies):
    """Debit less credit by role and currency, of events that are not in the currency of the book, as they are."""
    policy = SimpleNamespace(**{**DEFAULTS, **policies})
    found = defaultdict(Decimal)
    for event in events:
        code = event.amount.currency.code
        if code != currency:
            for role, amount in KINDS[event.kind](Fact(event, policy, Decimal(1), code)):
                found[role, code] += amount
    return _some(found)


def expected_balances(events, *, currency, rates, **policies):
    """Balances by role at the end of the period, of books that begin with these events."""
    now, _ = movements(events, currency=currency, rates=rates, **policies)
    return now


def _some(sums):
    return {key: amount for key, amount in sums.items() if amount}
