"""The worked figures of `domain.md` 7.4, and the codes of 7.1."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from moneyed import Money

from tieout.posting import AccountType, Chart, charts, post, trial_balance

GOLDEN = Path(__file__).parent.parent / "golden" / "posting"
LINE = r"(?:Dr|Cr) [a-z_]+ -?[0-9.]*[0-9]"
ENTRIES = re.findall(rf"{LINE}(?:(?:; | / ){LINE})+", (GOLDEN / "entries.md").read_text(encoding="utf-8"))
ROLES = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (GOLDEN / "chart_roles.md").read_text(encoding="utf-8").splitlines()
    if re.match(r"\| [a-z]", line)
]
OCTOBER = "2026-10"
GOODS, FEES = "0.13", "0.06"
SMALL = {"taxpayer": "small_scale"}
SIGNED = {"revenue": "on_signed"}
ENTERPRISE = {"chart": "cn_enterprise"}
PAID = {"dispute_policy": "pay_and_claim"}
SETTLED = [
    ("settlement.sale", "190.00"),
    ("settlement.fee", "-9.50", {"line_type": "commission", "invoice": "special"}, FEES),
    ("settlement.fee", "-1.14", {"line_type": "payment_fee"}),
    ("settlement.fee", "-0.50", {"line_type": "freight_insurance"}),
]
UNINVOICED = [
    SETTLED[0],
    ("settlement.fee", "-9.50", {"line_type": "commission", "invoice": "none"}, FEES),
    *SETTLED[2:],
]
REFUND = {"original": "190.00"}
LEG = {"leg": "outbound"}
MISMANAGED = {"cause": "mismanagement"}

# Every entry of 7.4 in its order: name, the events (kind, amount, details, rate, other amounts) it is posted from, policies.
CASES = [
    ("V-01", [("sale.shipped", "190.00"), ("stock.sale_out", "80.00")], {}),
    ("V-02a", [("sale.shipped", "190.00"), ("stock.sale_out", "80.00")], SIGNED),
    ("V-02b", [("sale.signed", "190.00"), ("stock.sale_signed", "80.00")], SIGNED),
    ("V-03", [("sale.shipped", "190.00"), ("stock.sale_out", "80.00")], SMALL),
    (
        "V-01c",
        [("sale.shipped", "190.00", {}, None, {"subsidy": "20.00"})],
        {"platform_subsidy": "service_income"},
    ),
    ("V-04", SETTLED, {}),
    ("V-04n", UNINVOICED, {}),
    ("V-05", [("bank.receipt", "178.86")], {}),
    ("V-06", [("bank.unidentified", "500.00")], {}),
    ("V-06b", [("bank.identified", "500.00")], {}),
    (
        "V-07",
        [("aftersale.refund", "190.00", {"stage": "before_shipment", "channel": "own"})],
        {"records_advances": True},
    ),
    ("V-08", [("aftersale.refund", "190.00", {"stage": "after_receipt"}, None, REFUND)], {}),
    ("V-09", [("stock.return_good", "80.00")], {}),
    (
        "V-10",
        [
            ("settlement.refund", "-170.00"),
            ("settlement.clawback", "-20.00"),
            ("settlement.fee_refund", "9.50", {"line_type": "commission", "invoice": "special"}, FEES),
        ],
        {},
    ),
    ("V-11", [("aftersale.refund", "60.00", {}, None, REFUND)], {}),
    ("V-12", [("stock.return_undelivered", "80.00")], SIGNED),
    ("V-13", [("stock.return_damaged", "80.00")], {"allow_single_side": True}),
    ("V-13b", [("stock.return_damaged", "80.00")], {}),
    ("V-13c", [("stock.scrap_out", "80.00")], {}),
    ("V-13d", [("stock.scrap_approved", "80.00")], {}),
    ("V-13e", [("stock.scrap_approved", "80.00", MISMANAGED)], {}),
    ("V-14a", [("stock.exchange_out", "80.00")], {}),
    ("V-14b", [("aftersale.exchange_difference", "10.00")], {}),
    ("V-15", [("stock.reship_out", "80.00")], {}),
    ("V-15b", [("courier.compensation", "-50.00")], {}),
    ("V-16", [("aftersale.repair_parts", "15.00"), ("aftersale.repair_labour", "20.00")], {}),
    ("V-16b", [("aftersale.repair_income", "50.00")], {}),
    ("V-17", [("settlement.compensation", "-20.00")], {}),
    ("V-17b", [("settlement.penalty", "-100.00")], {}),
    ("V-18", [("courier.bill", "3.50", LEG, FEES), ("courier.dispute", "0.90", LEG, FEES)], {}),
    ("V-18b", [("courier.bill", "3.50", LEG, FEES), ("courier.dispute", "0.90", LEG, FEES)], PAID),
    ("V-18c", [("courier.credit_note", "-0.90", LEG, FEES)], PAID),
    ("V-18d", [("courier.claim_rejected", "0.90", LEG, FEES)], PAID),
    ("V-19", [("courier.paid", "3.50")], {}),
    ("V-20", [("courier.cod_remitted", "-186.20"), ("courier.cod_fee", "3.80", LEG, "0")], {}),
    ("V-21", [("settlement.ad_topup", "-1000.00")], {}),
    ("V-21b", [("ads.consumed", "300.00", {}, FEES)], {}),
    ("V-21c", [("settlement.deposit", "-2000.00")], {}),
    ("V-21d", [("receivable.reserved", "50.00")], {}),
    ("V-22", [("bank.receipt", "7200.00"), ("bank.fx_difference", "-50.00")], {}),
    ("V-23", [("courier.unbilled", "3.50", LEG, FEES)], {}),
    ("V-23r", [("courier.unbilled", "3.50", LEG, FEES)], {}),
    ("V-24", [("settlement.unsettled_fee", "9.50", {"line_type": "commission"}, FEES)], {}),
    ("V-25", [("provision.refund", "10000.00"), ("provision.return_cost", "6000.00")], ENTERPRISE),
    ("V-26", [("aftersale.refund_approved", "190.00", {}, None, REFUND)], {}),
    ("V-26b", [("aftersale.refund_owed", "190.00")], {}),
    ("V-26c", [("aftersale.refund_paid", "190.00")], {}),
    ("V-27", [("stock.count_gain", "160.00")], {}),
    ("V-27 approved S", [("stock.gain_approved", "160.00")], {}),
    ("V-27 approved C", [("stock.gain_approved", "160.00")], ENTERPRISE),
    ("V-28", [("stock.count_loss", "160.00")], {}),
    ("V-28 approved S", [("stock.loss_approved", "160.00")], {}),
    ("V-28 approved C", [("stock.loss_approved", "160.00", MISMANAGED)], ENTERPRISE),
    ("V-28 culprit", [("stock.loss_recovered", "50.00")], {}),
    ("V-29", [("sale.deposit", "50.00")], {"records_presale_deposits": True}),
    ("V-29 turned", [("sale.deposit_turned", "50.00")], {"records_presale_deposits": True}),
    ("V-30", [*SETTLED, ("settlement.rounding", "-0.01")], {}),
    ("V-33", [("sale.shipped", "190.00", {"export": "true"}), ("stock.sale_out", "80.00")], {}),
    ("V-34", [("vat.exempted", "1.88")], SMALL),
    ("V-35", [("purchase.invoiced", "904.00", {}, GOODS)], {}),
    ("V-35b", [("purchase.unbilled", "800.00")], {}),
    ("V-36", [("settlement.fee", "-17.00", {"line_type": "affiliate", "invoice": "special"}, FEES)], {}),
    ("V-37", [("courier.bill", "8.00", {"leg": "return"}, FEES)], {}),
    ("V-38", [("promotion.cashback", "5.00")], {}),
    ("V-31", [("settlement.chargeback", "-205.00")], {}),
    ("V-32", [("aftersale.over_refund", "20.00")], {}),
]
REVERSALS = {"V-23r"}


def written(entry):
    """The lines of an entry, debits and credits, in any order."""
    return sorted(re.findall(LINE, entry))


def events_of(given, make_event, document="GS-1"):
    return [
        make_event(
            kind,
            amount,
            event_id=f"{document}/{number}",
            document=document,
            rate=more[1] if len(more) > 1 else None,
            details=more[0] if more else {},
            **{name: Money(value, "CNY") for name, value in (more[2] if len(more) > 2 else {}).items()},
        )
        for number, (kind, amount, *more) in enumerate(given)
    ]


def test_there_are_66_entries_and_a_case_for_each():
    assert 66 == len(ENTRIES) == len(CASES)


@pytest.mark.parametrize(("entry", "case"), list(zip(ENTRIES, CASES, strict=True)), ids=[case[0] for case in CASES])
def test_an_entry_of_7_4_is_posted_figure_for_figure(entry, case, make_event, make_book, notation):
    name, given, policies = case
    book = make_book(**policies)

    vouchers = post(events_of(given, make_event), book=book, period=OCTOBER)

    voucher = vouchers[1] if name in REVERSALS else vouchers[0]
    assert written(entry) == written(notation(voucher))
    assert [book.account(line.role).code for line in voucher.lines] == [line.account for line in voucher.lines]
    assert vouchers.proof.holds


@pytest.mark.parametrize("chart", ["cn_enterprise", "ifrs"])
def test_where_the_standards_differ_the_lines_do(chart, make_event, make_book, notation):
    def lines(kind, amount, **policies):
        book = make_book(chart=chart, vat="cn", reversal_style="red_negative", **policies)
        return notation(post(events_of([(kind, amount)], make_event), book=book, period=OCTOBER)[0])

    assert "Dr revenue 20.00 / Cr wallet 20.00" == lines("settlement.compensation", "-20.00")
    assert "Dr revenue 4.42; Dr vat_output 0.58 / Cr wallet 5.00" == lines("promotion.cashback", "5.00")
    assert " / Cr wallet 5.00; Cr revenue -4.42; Cr vat_output -0.58" == lines(
        "promotion.cashback", "5.00", allow_single_side=True
    )
    assert "Dr ar_platform -20.00 / Cr revenue -20.00" == lines("aftersale.compensation", "20.00")
    assert "Dr admin_exp 160.00 / Cr suspense_asset 160.00" == lines("stock.loss_approved", "160.00")


@pytest.mark.parametrize("policies", [{}, ENTERPRISE], ids=["small_business", "enterprise"])
def test_a_compensation_costs_the_same_whether_its_refund_is_known_or_the_settlement_alone(
    policies, make_event, make_book
):
    book = make_book(**policies)

    def moved(*given):
        vouchers = post(events_of(given, make_event), book=book, period=OCTOBER)
        balances = trial_balance(vouchers, book=book, period=OCTOBER)
        return {of.account: of.closing for of in balances if of.closing.amount}

    known = moved(("aftersale.compensation", "20.00"), ("settlement.refund", "-20.00"))
    assert known == moved(("settlement.compensation", "-20.00"))


def test_the_whole_cycle_of_gs_1_leaves_the_fees_that_were_not_returned(make_event, make_book):
    book = make_book()
    steps = ["V-01", "V-04", "V-05", "V-08", "V-09", "V-10"]
    cases = {name: given for name, given, _ in CASES}
    events = [event for step in steps for event in events_of(cases[step], make_event, document=f"GS-1/{step}")]

    vouchers = post(events, book=book, period=OCTOBER)

    balance = {}
    for line in (line for voucher in vouchers for line in voucher.lines):
        balance[line.role] = balance.get(line.role, Decimal(0)) + line.amount.amount
    assert {
        "ar_platform": Decimal("0.00"),
        "bank": Decimal("178.86"),
        "channel_fee": Decimal("1.14"),
        "cogs": Decimal("0.00"),
        "commission": Decimal("0.00"),
        "freight_insurance": Decimal("0.50"),
        "inventory": Decimal("0.00"),
        "revenue": Decimal("0.00"),
        "vat_input": Decimal("0.00"),
        "vat_output": Decimal("0.00"),
        "wallet": Decimal("-180.50"),
    } == balance
    assert Decimal("1.64") == balance["channel_fee"] + balance["freight_insurance"]  # what the merchant lost
    assert Decimal("1.64") == -(balance["bank"] + balance["wallet"])


def test_refunds_of_one_sale_take_back_its_tax_to_the_cent(make_event, make_book):
    parts = ["63.33", "63.33", "63.34"]
    before = ["0.00", "63.33", "126.66"]
    given = [
        ("aftersale.refund", amount, {}, None, {"original": "190.00", "taken_before": taken})
        for amount, taken in zip(parts, before, strict=True)
    ]

    (voucher,) = post(events_of(given, make_event), book=make_book(), period=OCTOBER)

    assert {"ar_platform": "-190.00", "revenue": "168.14", "vat_output": "21.86"} == {
        line.role: str(line.amount.amount) for line in voucher.lines
    }


@pytest.mark.parametrize(("name", "column"), [("cn_small_business", 2), ("cn_enterprise", 3), ("ifrs", 4)])
def test_a_chart_has_exactly_the_codes_of_7_1(name, column):
    expected = {row[0]: row[column].split()[0] for row in ROLES if row[column] != "–"}

    assert expected == {role: account.code for role, account in Chart.load(name).accounts.items()}


def test_charts_differ_in_codes_and_not_in_what_a_role_is():
    types = [{role: account.type for role, account in Chart.load(name).accounts.items()} for name in charts()]

    for role, kind in types[-1].items():
        assert {kind} == {other.get(role, kind) for other in types}
    assert AccountType.LIABILITY == types[0]["ap_courier"]


def test_the_table_of_roles_was_read_whole():
    assert 47 == len(ROLES)
