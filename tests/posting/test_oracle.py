"""The slow twin gives the figures of `domain.md` 7.4, so that what it is compared with is compared with the page."""

import re
from collections import defaultdict
from datetime import date
from decimal import Decimal

import pytest
from moneyed import Money

from tieout.model import Event

GENERAL = {"taxpayer": "general", "standard": "small_business"}
ENTERPRISE = {"taxpayer": "general", "standard": "enterprise", "revenue": "on_signed"}
SMALL = {"taxpayer": "small_scale"}
GOODS = {"tax_rate": "0.13"}
FEE = {"tax_rate": "0.06"}

# The entry, the policies, and the events (kind, amount, other fields) that come to it; the text is that of the page.
ENTRIES = [
    (
        "V-01",
        GENERAL,
        [("sale.shipped", "190.00", GOODS), ("stock.sale_out", "80.00", {})],
        "Dr ar_platform 190.00; Dr cogs 80.00 / Cr revenue 168.14; Cr vat_output 21.86; Cr inventory 80.00",
    ),
    ("V-02a", ENTERPRISE, [("stock.sale_out", "80.00", {})], "Dr goods_dispatched 80.00 / Cr inventory 80.00"),
    (
        "V-02b",
        ENTERPRISE,
        [("sale.shipped", "190.00", {}), ("sale.signed", "190.00", {}), ("stock.sale_signed", "80.00", {})],
        "Dr ar_platform 190.00; Dr cogs 80.00 / Cr revenue 168.14; Cr vat_output 21.86; Cr goods_dispatched 80.00",
    ),
    (
        "V-03",
        SMALL,
        [("sale.shipped", "190.00", GOODS), ("stock.sale_out", "80.00", {})],
        "Dr ar_platform 190.00; Dr cogs 80.00 / Cr revenue 188.12; Cr vat_small 1.88; Cr inventory 80.00",
    ),
    (
        "V-01c",
        GENERAL | {"platform_subsidy": "service_income"},
        [("sale.shipped", "190.00", GOODS | {"subsidy": "20.00"})],
        "Dr ar_platform 190.00 / Cr revenue 150.44; Cr vat_output 19.56; Cr other_revenue 18.87; Cr vat_output 1.13",
    ),
    (
        "V-04",
        GENERAL,
        [
            ("settlement.sale", "190.00", {}),
            ("settlement.fee", "-9.50", FEE | {"line_type": "commission"}),
            ("settlement.fee", "-1.14", {"line_type": "payment_fee"}),
            ("settlement.fee", "-0.50", {"line_type": "freight_insurance"}),
        ],
        "Dr wallet 178.86; Dr commission 8.96; Dr vat_input 0.54; Dr channel_fee 1.14; Dr freight_insurance 0.50 / Cr ar_platform 190.00",
    ),
    (
        "V-04n",
        GENERAL | {"fee_invoice": "none"},
        [("settlement.sale", "190.00", {}), ("settlement.fee", "-9.50", FEE | {"line_type": "commission"})],
        "Dr wallet 180.50; Dr commission 9.50 / Cr ar_platform 190.00",
    ),
    ("V-05", GENERAL, [("bank.receipt", "178.86", {})], "Dr bank 178.86 / Cr wallet 178.86"),
    ("V-06", GENERAL, [("bank.unidentified", "500.00", {})], "Dr bank 500.00 / Cr unidentified 500.00"),
    ("V-06b", GENERAL, [("bank.identified", "500.00", {})], "Dr unidentified 500.00 / Cr wallet 500.00"),
    (
        "V-07",
        GENERAL | {"records_advances": True},
        [("aftersale.refund", "190.00", {"stage": "before_shipment", "channel": "own"})],
        "Dr advance 190.00 / Cr wallet 190.00",
    ),
    (
        "V-08",
        GENERAL,
        [("aftersale.refund", "190.00", GOODS)],
        "Dr ar_platform -190.00 / Cr revenue -168.14; Cr vat_output -21.86",
    ),
    ("V-09", GENERAL, [("stock.return_good", "80.00", {})], "Dr cogs -80.00 / Cr inventory -80.00"),
    (
        "V-10",
        GENERAL,
        [("settlement.refund", "-190.00", {}), ("settlement.fee_refund", "9.50", FEE)],
        "Dr ar_platform 190.00; Dr commission -8.96; Dr vat_input -0.54 / Cr wallet 180.50",
    ),
    (
        "V-11",
        GENERAL,
        [("aftersale.refund", "60.00", GOODS | {"original": "190.00"})],
        "Dr ar_platform -60.00 / Cr revenue -53.10; Cr vat_output -6.90",
    ),
    ("V-12", ENTERPRISE, [("stock.return_undelivered", "80.00", {})], "Dr inventory 80.00 / Cr goods_dispatched 80.00"),
    ("V-13", GENERAL, [("stock.return_damaged", "80.00", {})], "Dr cogs -80.00; Dr inventory_defective 80.00"),
    (
        "V-13c",
        GENERAL,
        [("stock.scrap_out", "80.00", {})],
        "Dr suspense_asset 80.00 / Cr inventory_defective 80.00",
    ),
    ("V-13d", GENERAL, [("stock.scrap_approved", "80.00", {})], "Dr return_loss 80.00 / Cr suspense_asset 80.00"),
    (
        "V-13e",
        GENERAL,
        [("stock.scrap_approved", "80.00", GOODS | {"cause": "mismanagement"})],
        "Dr penalty_exp 90.40 / Cr suspense_asset 80.00; Cr vat_input_out 10.40",
    ),
    ("V-14a", GENERAL, [("stock.exchange_out", "80.00", {})], "Dr cogs 80.00 / Cr inventory 80.00"),
    (
        "V-14b",
        GENERAL,
        [("aftersale.exchange_difference", "10.00", {})],
        "Dr ar_platform 10.00 / Cr revenue 8.85; Cr vat_output 1.15",
    ),
    ("V-15", GENERAL, [("stock.reship_out", "80.00", {})], "Dr aftersale_exp 80.00 / Cr inventory 80.00"),
    ("V-15b", GENERAL, [("courier.compensation", "-50.00", {})], "Dr ap_courier 50.00 / Cr aftersale_exp 50.00"),
    (
        "V-16",
        GENERAL,
        [("aftersale.repair_parts", "15.00", {}), ("aftersale.repair_labour", "20.00", {})],
        "Dr repair_exp 35.00 / Cr materials 15.00; Cr ap_other 20.00",
    ),
    (
        "V-16b",
        GENERAL,
        [("aftersale.repair_income", "50.00", {})],
        "Dr wallet 50.00 / Cr other_revenue 44.25; Cr vat_output 5.75",
    ),
    ("V-17", GENERAL, [("settlement.compensation", "-20.00", {})], "Dr aftersale_exp 20.00 / Cr wallet 20.00"),
    ("V-17 C", ENTERPRISE, [("settlement.compensation", "-20.00", {})], "Dr revenue 20.00 / Cr wallet 20.00"),
    ("V-17 owed", GENERAL, [("aftersale.compensation", "20.00", {})], "Dr aftersale_exp 20.00 / Cr ar_platform 20.00"),
    ("V-17 owed C", ENTERPRISE, [("aftersale.compensation", "20.00", {})], "Dr revenue 20.00 / Cr ar_platform 20.00"),
    ("V-17b", GENERAL, [("settlement.penalty", "-100.00", {})], "Dr penalty_exp 100.00 / Cr wallet 100.00"),
    (
        "V-18",
        GENERAL,
        [("courier.bill", "3.50", FEE | {"leg": "outbound"}), ("courier.dispute", "0.90", {})],
        "Dr freight_out 3.30; Dr vat_input 0.20 / Cr ap_courier 3.50",
    ),
    (
        "V-18b",
        GENERAL | {"dispute_policy": "pay_and_claim"},
        [("courier.bill", "3.50", FEE | {"leg": "outbound"}), ("courier.dispute", "0.90", {})],
        "Dr freight_out 3.30; Dr vat_input 0.20; Dr claim_courier 0.90 / Cr ap_courier 4.40",
    ),
    (
        "V-18c",
        GENERAL | {"dispute_policy": "pay_and_claim"},
        [("courier.credit_note", "-0.90", {})],
        "Dr ap_courier 0.90 / Cr claim_courier 0.90",
    ),
    (
        "V-18d",
        GENERAL | {"dispute_policy": "pay_and_claim"},
        [("courier.claim_rejected", "0.90", FEE | {"leg": "outbound"})],
        "Dr freight_out 0.85; Dr vat_input 0.05 / Cr claim_courier 0.90",
    ),
    ("V-19", GENERAL, [("courier.paid", "3.50", {})], "Dr ap_courier 3.50 / Cr bank 3.50"),
    (
        "V-20",
        GENERAL,
        [("courier.cod_remitted", "-186.20", {}), ("courier.cod_fee", "3.80", {})],
        "Dr bank 186.20; Dr freight_out 3.80 / Cr ar_cod 190.00",
    ),
    ("V-21", GENERAL, [("settlement.ad_topup", "-1000.00", {})], "Dr prepaid_ads 1000.00 / Cr wallet 1000.00"),
    (
        "V-21b",
        GENERAL,
        [("ads.consumed", "300.00", FEE)],
        "Dr ads 283.02; Dr vat_input 16.98 / Cr prepaid_ads 300.00",
    ),
    ("V-21c", GENERAL, [("settlement.deposit", "-2000.00", {})], "Dr deposit_paid 2000.00 / Cr wallet 2000.00"),
    ("V-21d", GENERAL, [("receivable.reserved", "50.00", {})], "Dr reserve_held 50.00 / Cr ar_platform 50.00"),
    (
        "V-22",
        GENERAL,
        [("bank.receipt", "7200.00", {}), ("bank.fx_difference", "-50.00", {})],
        "Dr bank 7150.00; Dr fx 50.00 / Cr wallet 7200.00",
    ),
    (
        "V-23",
        GENERAL,
        [("courier.unbilled", "3.50", FEE | {"leg": "outbound"})],
        "Dr freight_out 3.30 / Cr ap_accrued 3.30",
    ),
    (
        "V-24",
        GENERAL,
        [("settlement.unsettled_fee", "9.50", FEE | {"line_type": "commission"})],
        "Dr commission 8.96 / Cr ap_accrued 8.96",
    ),
    (
        "V-25",
        ENTERPRISE,
        [("provision.refund", "10000.00", {}), ("provision.return_cost", "6000.00", {})],
        "Dr revenue 10000.00; Dr return_cost_asset 6000.00 / Cr refund_provision 10000.00; Cr cogs 6000.00",
    ),
    (
        "V-26",
        GENERAL,
        [("aftersale.refund_approved", "190.00", GOODS)],
        "Dr ar_platform -190.00 / Cr revenue -168.14; Cr vat_output -21.86",
    ),
    ("V-26b", GENERAL, [("aftersale.refund_owed", "190.00", {})], "Dr ar_platform 190.00 / Cr refund_payable 190.00"),
    ("V-26c", GENERAL, [("aftersale.refund_paid", "190.00", {})], "Dr refund_payable 190.00 / Cr wallet 190.00"),
    ("V-27", GENERAL, [("stock.count_gain", "160.00", {})], "Dr inventory 160.00 / Cr suspense_asset 160.00"),
    ("V-27 S", GENERAL, [("stock.gain_approved", "160.00", {})], "Dr suspense_asset 160.00 / Cr nonop_income 160.00"),
    ("V-27 C", ENTERPRISE, [("stock.gain_approved", "160.00", {})], "Dr suspense_asset 160.00 / Cr admin_exp 160.00"),
    ("V-28", GENERAL, [("stock.count_loss", "160.00", {})], "Dr suspense_asset 160.00 / Cr inventory 160.00"),
    ("V-28 S", GENERAL, [("stock.loss_approved", "160.00", {})], "Dr penalty_exp 160.00 / Cr suspense_asset 160.00"),
    (
        "V-28 C",
        ENTERPRISE,
        [("stock.loss_approved", "160.00", GOODS | {"cause": "mismanagement"})],
        "Dr admin_exp 180.80 / Cr suspense_asset 160.00; Cr vat_input_out 20.80",
    ),
    (
        "V-28 recovered",
        GENERAL,
        [("stock.loss_recovered", "50.00", {})],
        "Dr claim_platform 50.00 / Cr suspense_asset 50.00",
    ),
    (
        "V-29",
        GENERAL | {"records_presale_deposits": True},
        [("sale.deposit", "50.00", {})],
        "Dr ar_platform 50.00 / Cr advance 44.25; Cr vat_pending 5.75",
    ),
    (
        "V-29 turned",
        GENERAL | {"records_presale_deposits": True},
        [("sale.deposit_turned", "50.00", {})],
        "Dr advance 44.25; Dr vat_pending 5.75 / Cr revenue 44.25; Cr vat_output 5.75",
    ),
    (
        "V-30",
        GENERAL,
        [("settlement.sale", "190.00", {}), ("settlement.rounding", "-0.01", {})],
        "Dr wallet 189.99; Dr rounding 0.01 / Cr ar_platform 190.00",
    ),
    ("V-31", GENERAL, [("settlement.chargeback", "-205.00", {})], "Dr aftersale_exp 205.00 / Cr wallet 205.00"),
    ("V-32", GENERAL, [("aftersale.over_refund", "20.00", {})], "Dr claim_platform 20.00 / Cr wallet 20.00"),
    (
        "V-33",
        GENERAL,
        [("sale.shipped", "190.00", {"export": "true"}), ("stock.sale_out", "80.00", {})],
        "Dr ar_platform 190.00; Dr cogs 80.00 / Cr revenue 190.00; Cr inventory 80.00",
    ),
    ("V-34", SMALL, [("vat.exempted", "1.88", {})], "Dr vat_small 1.88 / Cr relief_income 1.88"),
    (
        "V-35",
        GENERAL,
        [("purchase.invoiced", "904.00", GOODS)],
        "Dr inventory 800.00; Dr vat_input 104.00 / Cr ap_other 904.00",
    ),
    ("V-35b", GENERAL, [("purchase.unbilled", "800.00", {})], "Dr inventory 800.00 / Cr ap_accrued 800.00"),
    (
        "V-36",
        GENERAL,
        [("settlement.fee", "-17.00", FEE | {"line_type": "affiliate"})],
        "Dr affiliate 16.04; Dr vat_input 0.96 / Cr wallet 17.00",
    ),
    (
        "V-37",
        GENERAL,
        [("courier.bill", "8.00", FEE | {"leg": "return"})],
        "Dr freight_return 7.55; Dr vat_input 0.45 / Cr ap_courier 8.00",
    ),
    ("V-38", GENERAL, [("promotion.cashback", "5.00", {})], "Dr ads 5.00 / Cr wallet 5.00"),
]
AMOUNTS = ("subsidy", "original", "taken_before", "tax")


def event(at, kind, amount, fields):
    said = {name: Money(value, "CNY") for name, value in fields.items() if name in AMOUNTS}
    details = {name: value for name, value in fields.items() if name not in {*AMOUNTS, "tax_rate"}}
    rate = Decimal(fields["tax_rate"]) if "tax_rate" in fields else None
    return Event(
        event_id=f"e{at}",
        kind=kind,
        occurred_on=date(2026, 10, 31),
        document="D",
        amount=Money(amount, "CNY"),
        tax_rate=rate,
        details=details,
        **said,
    )


def roles_of(text):
    sums = defaultdict(Decimal)
    for side, role, amount in re.findall(r"(Dr|Cr) (\w+) (-?[\d.]+)", text):
        sums[role] += Decimal(amount) if side == "Dr" else -Decimal(amount)
    return dict(sums)


def balances(oracle, policies, given):
    events = [event(at, *one) for at, one in enumerate(given)]
    return oracle.expected_balances(events, currency="CNY", rates={}, **policies)


@pytest.mark.parametrize(
    ("policies", "given", "text"), [entry[1:] for entry in ENTRIES], ids=[one[0] for one in ENTRIES]
)
def test_the_slow_twin_gives_an_entry_of_7_4(policies, given, text, oracle):
    assert roles_of(text) == balances(oracle, policies, given)


def test_the_slow_twin_leaves_the_end_state_of_the_whole_cycle(oracle):
    """GS-1: sold, settled, paid out, returned and refunded; the merchant lost the fees that were not given back."""
    given = [
        ("sale.shipped", "190.00", GOODS),
        ("stock.sale_out", "80.00", {}),
        ("settlement.sale", "190.00", {}),
        ("settlement.fee", "-9.50", FEE | {"line_type": "commission"}),
        ("settlement.fee", "-1.14", {"line_type": "payment_fee"}),
        ("settlement.fee", "-0.50", {"line_type": "freight_insurance"}),
        ("bank.receipt", "178.86", {}),
        ("aftersale.refund", "190.00", GOODS | {"original": "190.00"}),
        ("stock.return_good", "80.00", {}),
        ("settlement.refund", "-190.00", {}),
        ("settlement.fee_refund", "9.50", FEE),
    ]

    assert {
        "wallet": Decimal("-180.50"),
        "bank": Decimal("178.86"),
        "channel_fee": Decimal("1.14"),
        "freight_insurance": Decimal("0.50"),
    } == balances(oracle, GENERAL, given)


def test_the_slow_twin_takes_accruals_back(oracle):
    accrued = event(1, "courier.unbilled", "3.50", FEE | {"leg": "outbound"})

    now, back = oracle.movements([accrued], currency="CNY", rates={}, **GENERAL)

    assert back == {role: -amount for role, amount in now.items()}


def test_the_slow_twin_shares_the_tax_of_a_sale_among_its_refunds(oracle):
    parts = [
        ("aftersale.refund", "63.33", GOODS | {"original": "190.00"}),
        ("aftersale.refund", "63.33", GOODS | {"original": "190.00", "taken_before": "63.33"}),
        ("aftersale.refund", "63.34", GOODS | {"original": "190.00", "taken_before": "126.66"}),
    ]

    assert {} == balances(oracle, GENERAL, [("sale.shipped", "190.00", GOODS), *parts])


def test_the_slow_twin_rounds_halves_away_from_zero(oracle):
    assert [Decimal("0.13"), Decimal("-0.13"), Decimal(3)] == [
        oracle.half_up(Decimal("0.125"), "CNY"),
        oracle.half_up(Decimal("-0.125"), "CNY"),
        oracle.half_up(Decimal("2.5"), "JPY"),
    ]
