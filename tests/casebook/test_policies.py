import tomllib
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

import tieout.reconciliations
from tieout.casebook import SYSTEM, Actor, HolidayCalendar, Policies, WeekCalendar
from tieout.errors import CasebookError, NotAllowed

PLAYBOOK = Path(tieout.reconciliations.__file__).parent / "_playbook"
OURS = Policies()


@pytest.mark.parametrize(
    ("kind", "owner", "days", "above"),
    [
        ("courier.overweight", "logistics", 3, "logistics_lead"),
        ("settlement.amount_mismatch", "platform_ops", 3, "finance_manager"),
        ("bank.receipt_missing", "treasury", 1, "finance_manager"),
        ("aftersale.refund_not_arrived", "customer_service", 1, "customer_service_lead"),
        ("aftersale.qty_short", "warehouse", 2, "ops_manager"),
        ("warehouse.count_loss", "warehouse", 2, "ops_manager"),
        ("order.coupon_stacking_error", "marketing", 1, "sales_head"),
        ("voucher.missing", "accountant", 1, "finance_manager"),
        ("data.order_conflict", "data", 1, None),
    ],
)
def test_owner_days_and_escalation_follow_the_prefix(kind, owner, days, above):
    handling = OURS.handling(kind, amount=Decimal("0.90"), currency="CNY", on=date(2026, 9, 30))

    assert (owner, days, above) == (handling.owner, handling.days, handling.escalate_to)
    assert handling.playbook
    assert handling.playbook_zh


def test_every_type_of_the_playbook_has_the_owner_and_days_that_it_says_there():
    plays = {
        kind: play for file in PLAYBOOK.glob("*.toml") for kind, play in tomllib.loads(file.read_text("utf-8")).items()
    }

    differing = {
        kind: (play["owner"], play["days"])
        for kind, play in plays.items()
        if (play["owner"], play["days"]) != ((rule := OURS.rule(kind)).owner, rule.days)
    }

    assert len(plays) > 200
    assert {} == differing


def test_three_working_days_over_the_national_holiday_end_on_a_working_saturday():
    handling = OURS.handling("courier.overweight", amount=Decimal(1), currency="CNY", on=date(2026, 9, 30))

    assert date(2026, 10, 10) == handling.due_on  # 8 and 9 October, then Saturday the 10th that makes up for the 7th
    assert handling.doubt is None


def test_a_year_without_data_is_counted_by_the_law_and_says_so():
    handling = OURS.handling("courier.overweight", amount=Decimal(1), currency="CNY", on=date(2040, 9, 28))

    assert date(2040, 9, 28) < handling.due_on
    assert handling.doubt.startswith("moved working days of 2040 are not known")
    assert HolidayCalendar().is_working_day(date(2150, 1, 5))
    assert HolidayCalendar().doubt(date(2150, 1, 5)) == "holidays of 2150 are not known for CN: Monday to Friday count"


def test_a_calendar_of_ones_own_is_taken():
    handling = Policies(calendar=WeekCalendar()).handling(
        "courier.overweight", amount=Decimal(1), currency="CNY", on=date(2026, 9, 30)
    )

    assert date(2026, 10, 5) == handling.due_on


@pytest.mark.parametrize(
    ("amount", "severity"),
    [("5000", "critical"), ("4999.99", "high"), ("-500", "high"), ("50", "medium"), ("49.99", "low"), ("0", "info")],
)
def test_severity_follows_the_amount(amount, severity):
    assert severity == OURS.severity(Decimal(amount), "CNY")


def test_fifty_of_a_type_on_a_day_are_critical_whatever_they_amount_to():
    assert OURS.severity(Decimal("0.90"), "CNY", given="low", count=50) == "critical"
    assert OURS.severity(Decimal("0.90"), "CNY", given="low", count=49) == "low"


@pytest.mark.parametrize(
    ("minor", "currency", "level"),
    [
        (10_000, "CNY", "owner"),
        (-10_001, "CNY", "lead"),
        (100_000, "CNY", "lead"),
        (100_001, "CNY", "finance_manager"),
        (1_000_000, "CNY", "finance_manager"),
        (1_000_001, "CNY", "cfo"),
        (1, "USD", "cfo"),
        (0, None, "owner"),
    ],
)
def test_the_approval_matrix_follows_the_amount_and_an_unknown_rate_is_for_the_cfo(minor, currency, level):
    assert level == OURS.level_for(minor, currency)


def test_another_currency_is_taken_at_its_rate():
    policies = Policies(rates={"USD": Decimal("7.20"), "JPY": Decimal("0.048")})

    assert policies.level_for(1_388, "USD") == "owner"  # 13.88 x 7.20 = 99.94
    assert policies.level_for(1_389, "USD") == "lead"  # 100.01
    assert policies.level_for(2_084, "JPY") == "lead"  # 2,084 x 0.048 = 100.03
    assert policies.severity(Decimal(100), "USD") == "high"


def test_a_rate_is_an_exact_number_above_zero():
    for wrong in (7.2, Decimal(0), Decimal("NaN"), "7.2"):
        with pytest.raises(CasebookError, match=r"rates\['USD'\]: a Decimal above 0 is needed"):
            Policies(rates={"USD": wrong})


def test_a_file_says_only_what_differs(tmp_path):
    file = tmp_path / "ours.toml"
    file.write_text(
        """
write_off_limit = "20.00"
[approval]
owner = "50.00"
[permissions]
forget = ["data"]
[[rule]]
types = ["courier."]
owner = "finance"
[[rule]]
types = ["courier.cod_"]
days = 1
[[checklist]]
types = ["courier."]
required = ["weighing_photo"]
refuse = true
"""
    )

    policies = Policies.load(file)
    said = policies.handling(
        "courier.cod_not_remitted", amount=Decimal(1), currency="CNY", on=date(2026, 9, 7), owner="logistics"
    )

    assert (said.owner, said.due_on, said.escalate_to) == ("finance", date(2026, 9, 8), "logistics_lead")
    assert (said.required, said.refuses) == (("weighing_photo",), True)
    assert policies.level_for(5_001, "CNY") == "lead"
    assert policies.exceeds_write_off(2_001, "CNY")
    assert not policies.exceeds_write_off(-2_000, "CNY")
    assert policies.rule("bank.charge") == OURS.rule("bank.charge")


def test_what_the_discrepancy_says_is_taken_where_no_file_says_otherwise():
    said = OURS.handling(
        "courier.late_fee", amount=Decimal(1), currency="CNY", on=date(2026, 9, 7), owner="finance", severity="critical"
    )

    assert (said.owner, said.severity) == ("finance", "critical")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("limit = 3", "ours.toml: no policy is called limit"),
        ("write_off_limit = 100.0", 'ours.toml: write_off_limit: an amount in quotes such as "100.00" is needed'),
        ('write_off_limit = "much"', "ours.toml: it is no file of policies"),
        ('[approval]\nboss = "1"', "ours.toml: approval: one of finance_manager, lead, owner is needed, got 'boss'"),
        ('[[rule]]\nowner = "finance"', r"ours.toml: types: types such as \['courier.'\] are needed, got None"),
        ('[[rule]]\ntypes = ["a."]\nowner = "boss"', "ours.toml: rule: one of .*, got 'boss'"),
        ('[[rule]]\ntypes = ["a."]\ndays = -1', "ours.toml: rule.days: a whole number of 0 or more is needed, got -1"),
        ('[[rule]]\ntypes = ["a."]\nday = 1', "ours.toml: it is no file of policies: .*'day'"),
        ('[permissions]\npay = ["boss"]', "ours.toml: permissions.pay: one of .* is needed, got 'boss'"),
        ('currency = "RMB"', "ours.toml: currency: an ISO 4217 code is needed, got 'RMB'"),
        ('timezone = "Mars/Olympus"', "ours.toml: it is no file of policies"),
        ('country = "ZZ"', "HolidayCalendar: the library holidays knows no ZZ"),
        ("[[", "ours.toml: it is not TOML in UTF-8"),
    ],
)
def test_a_wrong_file_is_told_with_its_place(tmp_path, text, told):
    file = tmp_path / "ours.toml"
    file.write_text(text)

    with pytest.raises(CasebookError, match=told):
        Policies.load(file)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(CasebookError, match=r"ours.toml: it cannot be read: No such file"):
        Policies.load(tmp_path / "ours.toml")


def test_a_role_that_may_not_is_refused_and_told_who_may():
    who = Actor("zhao", roles=["marketing"])

    with pytest.raises(
        NotAllowed, match=r"actor: zhao .marketing. may not write_off\nHint: it takes one of: accountant, cfo, finance"
    ):
        OURS.require(who, "write_off", owner="logistics", escalate_to="logistics_lead")
    assert OURS.require(who, "write_off", owner="logistics", assignee="zhao") is who
    assert OURS.require(Actor("boss", roles=["admin"]), "write_off").name == "boss"
    with pytest.raises(CasebookError, match="no policy says who may 'pay'; known are accept, alert"):
        OURS.require(who, "pay")
    with pytest.raises(CasebookError, match="somebody has to do it"):
        OURS.require("wang", "write_off")


def test_an_auditor_looks_comments_and_reviews_and_decides_nothing():
    auditor = Actor("chen", roles=["auditor"])

    for action in ("comment", "attach", "review", "reopen", "archive"):
        assert OURS.require(auditor, action, owner="logistics") is auditor
    for action in (
        "import",
        "run",
        "assign",
        "resolve",
        "accept",
        "write_off",
        "claim",
        "lock",
        "forget",
        "post_voucher",
    ):
        with pytest.raises(NotAllowed):
            OURS.require(auditor, action, owner="logistics")
    assert OURS.require(SYSTEM, "run") is SYSTEM
    with pytest.raises(NotAllowed):
        OURS.require(Actor("nobody"), "import")


def test_the_day_of_a_moment_is_the_books():
    assert date(2026, 10, 2) == OURS.day_of(datetime(2026, 10, 1, 16, 0, tzinfo=UTC))


def test_more_than_the_write_off_limit_is_never_given_up_alone_even_where_the_owner_may_approve_more(tmp_path):
    file = tmp_path / "ours.toml"
    file.write_text('write_off_limit = "20.00"')

    policies = Policies.load(file)

    assert policies.needs_approval("write_off", 2_000, "CNY") is None
    assert policies.needs_approval("write_off", 2_001, "CNY") == "lead"
    assert policies.needs_approval("written_off", -2_001, "CNY") == "lead"
    assert policies.needs_approval("accept", 2_001, "CNY") is None
    assert policies.needs_approval("corrected_source", 9_999_999, "CNY") is None
