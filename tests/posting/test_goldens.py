"""The worked figures of `domain.md` 7.4, and the codes of 7.1."""

import re
from pathlib import Path

import pytest

from tieout.posting import AccountType, Chart, charts, post

GOLDEN = Path(__file__).parent.parent / "golden" / "posting"
TEMPLATES = dict(re.findall(r"^- (V-\w+): (.+)$", (GOLDEN / "templates.md").read_text(encoding="utf-8"), re.MULTILINE))
ROLES = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (GOLDEN / "chart_roles.md").read_text(encoding="utf-8").splitlines()
    if re.match(r"\| [a-z]", line)
]

# Code, policy and the events (kind, amount, leg, rate) that the entry is posted from.
CASES = [
    ("V-15b", "short_pay", [("courier.compensation", "-50.00", "outbound", None)]),
    (
        "V-18",
        "short_pay",
        [("courier.bill", "3.50", "outbound", "0.06"), ("courier.dispute", "0.90", "outbound", "0.06")],
    ),
    (
        "V-18b",
        "pay_and_claim",
        [("courier.bill", "3.50", "outbound", "0.06"), ("courier.dispute", "0.90", "outbound", "0.06")],
    ),
    ("V-18c", "pay_and_claim", [("courier.credit_note", "-0.90", "outbound", "0.06")]),
    ("V-18d", "pay_and_claim", [("courier.claim_rejected", "0.90", "outbound", "0.06")]),
    ("V-19", "short_pay", [("courier.paid", "3.50", "outbound", None)]),
    (
        "V-20",
        "short_pay",
        [("courier.cod_remitted", "-186.20", "outbound", None), ("courier.cod_fee", "3.80", "outbound", "0")],
    ),
    ("V-23", "short_pay", [("courier.unbilled", "3.50", "outbound", "0.06")]),
    ("V-37", "short_pay", [("courier.bill", "8.00", "return", "0.06")]),
]


@pytest.mark.parametrize("chart", ["cn_small_business", "cn_enterprise", "ifrs"])
@pytest.mark.parametrize(("code", "policy", "given"), CASES, ids=[case[0] for case in CASES])
def test_an_entry_of_7_4_is_posted_figure_for_figure(code, policy, given, chart, make_event, make_book, notation):
    events = [make_event(kind, amount, rate=rate, details={"leg": leg}) for kind, amount, leg, rate in given]
    book = make_book(chart=chart, dispute_policy=policy)

    voucher = post(events, book=book, period="2026-10")[0]

    assert TEMPLATES[code] == notation(voucher)
    assert [book.account(line.role).code for line in voucher.lines] == [line.account for line in voucher.lines]


def test_the_reversal_of_an_accrual_has_the_figures_of_7_4(make_event, make_book, notation):
    vouchers = post(make_event("courier.unbilled"), book=make_book(), period="2026-10")

    assert TEMPLATES["V-23r"] == notation(vouchers[1])


def test_every_entry_of_the_golden_file_is_tested():
    assert sorted({case[0] for case in CASES} | {"V-23r"}) == sorted(TEMPLATES)


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
