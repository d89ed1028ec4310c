"""A close's config: what its TOML gives, and what is told when something in it is wrong."""

from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import pytest
from moneyed import Money

from closing.shop import HEAD
from tieout.closing import CloseConfig
from tieout.errors import ConfigError
from tieout.model import Severity
from tieout.reconciliations import DueRule, DueRules, FeeContract, LedgerAccount, Period, PromotionRule

DEMO = Path(str(files("tieout._demo")))


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "downloads").mkdir()
    return tmp_path


@pytest.fixture
def load(folder):
    """The config of the head and more."""

    def of(more="", head=HEAD):
        path = folder / "close.toml"
        path.write_text(head + more, encoding="utf-8")
        return CloseConfig.load(path)

    return of


@pytest.fixture
def problems(load):
    """What is wrong with the head and more: (key, sentence) pairs."""

    def of(more="", head=HEAD):
        with pytest.raises(ConfigError) as caught:
            load(more, head)
        return [(key, text) for key, _, text, _ in caught.value.problems]

    return of


def test_a_short_config_is_filled_up_with_what_is_usual(load, folder):
    config = load()

    assert ("Lamp House", Period.parse("2026-10"), date(2026, 10, 31)) == (config.name, config.period, config.as_of)
    assert ((folder / "downloads",), folder / "close-2026-10") == (config.files, config.out)
    assert ("cn_small_business", "CNY") == (config.book.chart.name, config.book.currency)
    assert (Severity.INFO, 0, None, {}) == (config.bar.severity, config.bar_minor, config.casebook, config.ledgers)


def test_a_config_names_every_file_that_it_was_made_of(load, folder):
    card = (DEMO / "zto_contract.toml").read_bytes()
    (folder / "cards").mkdir()
    (folder / "cards" / "zto.toml").write_bytes(card)
    config = load('[reconciliations.courier_bill.each.zto]\nrate_card = "cards/zto.toml"\n')

    own = sha256((folder / "close.toml").read_bytes()).hexdigest()
    assert {"close.toml": own, "cards/zto.toml": sha256(card).hexdigest()} == config.sources


def test_settings_become_what_the_class_takes(load, folder):
    (folder / "zto.toml").write_bytes((DEMO / "zto_contract.toml").read_bytes())
    config = load("""
[reconciliations.settlement]
fees = [{ platform = "tmall", line_type = "commission", rate = "0.05", returned = true }]
due = { after = 0, grace = 3, patience = 14, by = { douyin = { after = 7, business = true } } }
only = { platform = "tmall" }
[reconciliations.payments]
run = false
rates = { alipay = { rate = "0.006", fixed = "1.00 CNY" } }
[reconciliations.outbound]
early = { hours = 3 }
[reconciliations.promotions.rules]
rules = [{ name = "double 11", kind = "full_reduction", tiers = [{ threshold = 300, amount = 40 }] }]
[reconciliations.courier_bill]
tolerances = { line = { units = 2, share = "0.001" } }
[reconciliations.courier_bill.each.zto]
rate_card = "zto.toml"
cash_due = { grace = 7 }
""")
    settlement = config.rule_of("settlement")
    fee = FeeContract(platform="tmall", line_type="commission", rate=Decimal("0.05"), returned=True)
    assert [fee] == settlement.settings["fees"]
    due = DueRules(DueRule(grace=3, patience=14), by={"douyin": DueRule(after=7, business=True)})
    assert (due, {"platform": "tmall"}) == (settlement.settings["due"], settlement.only)
    payments = config.rule_of("payments")
    rate = payments.settings["rates"]["alipay"]
    assert (False, Decimal("0.006"), Money("1.00", "CNY")) == (payments.run, rate.rate, rate.fixed)
    assert timedelta(hours=3) == config.rule_of("outbound").settings["early"]
    (rule,) = config.rule_of("promotions").settings["rules"].rules
    assert (PromotionRule, 40) == (type(rule), rule.tiers[0].amount)
    courier = config.rule_of("courier_bill")
    assert (2, Decimal("0.001")) == (
        courier.settings["tolerances"].line.units,
        courier.settings["tolerances"].line.share,
    )
    assert ("zto", DueRules(DueRule(grace=7))) == (
        courier.each["zto"]["rate_card"].carrier,
        courier.each["zto"]["cash_due"],
    )


def test_accounts_are_roles_by_code_tables_or_lists_of_tables(load):
    config = load("""
[accounts]
"1012.01" = "wallet"
"1122.01" = [{ role = "ar_platform", platform = "tmall" }, { role = "ar_platform", platform = "jd" }]
""")
    assert (
        LedgerAccount(account="1012.01", role="wallet"),
        LedgerAccount(account="1122.01", role="ar_platform", platform="tmall"),
        LedgerAccount(account="1122.01", role="ar_platform", platform="jd"),
    ) == config.accounts


def test_rates_are_for_all_days_or_by_the_day_they_begin(load):
    config = load('[rates]\nHKD = "0.92"\nUSD = { 2026-10-01 = "7.20" }\n')

    assert {"HKD": Decimal("0.92"), "USD": {date(2026, 10, 1): Decimal("7.20")}} == config.rates


def test_the_close_before_opens_this_one_where_its_folder_is_there(load, folder):
    assert load().opening is None
    (folder / "close-2026-09").mkdir()

    assert folder / "close-2026-09" == load().opening


def test_all_problems_are_told_at_once_with_key_and_line(problems, load):
    more = """
[reconciliations.settlement]
fees = [
  { platform = "tmall", line_type = "commission", rate = "5 percent" },
  { platform = "tmall", line_type = "comission", rate = "0.05" },
]
confirm_days = "10"
[bar]
severity = "hight"
"""
    with pytest.raises(ConfigError) as caught:
        load(more)

    assert [
        ("reconciliations.settlement.fees[0].rate", 12),
        ("reconciliations.settlement.fees[1].line_type", 13),
        ("reconciliations.settlement.confirm_days", 15),
        ("bar.severity", 17),
    ] == [(key, line) for key, line, _, _ in caught.value.problems]
    assert str(caught.value).startswith("close.toml: 4 problems\n  reconciliations.settlement.fees[0].rate (line 12): ")


def test_one_problem_stands_with_its_file_and_key_in_front(load):
    with pytest.raises(ConfigError) as caught:
        load("[bar]\namount = 'much'\n")

    assert "close.toml: bar.amount (line 10)" == caught.value.where


@pytest.mark.parametrize(
    ("more", "key", "said"),
    [
        ("[rates]\nHKD = 0.92", "rates.HKD", "a number with a point, 0.92"),
        ("[reconciliations.payments]\nrates = { alipay = { rate = 0.006 } }", "reconciliations.payments.rates.alipay.rate", "a number with a point, 0.006"),
        ("[[read]]\nfile = 'a.csv'\noptions = { share = [0.5] }", "read[0].options.share[0]", "a number with a point, 0.5"),
        ("[colours]", "colours", "there is no such key"),
        ("[reconciliations.settlment]", "reconciliations.settlment", "there is no reconciliation named 'settlment'"),
        ("[reconciliations.settlement]\nconfirm_dayz = 3", "reconciliations.settlement.confirm_dayz", "there is no such setting"),
        ("[reconciliations.settlement]\nperiod = '2026-09'", "reconciliations.settlement.period", "this is said once, for all reconciliations"),
        ("[reconciliations.settlement]\nreserve_due = { after = -1 }", "reconciliations.settlement.reserve_due", "days are not negative, got after=-1"),
        ("[reconciliations.settlement]\nchecks = { 'x.y' = 'off' }", "reconciliations.settlement.checks", "there is no check 'x.y'"),
        ("[reconciliations.settlement]\nfees = 'all'", "reconciliations.settlement.fees", "a list in [ ] is needed, got text"),
        ("[reconciliations.settlement]\nown_checks = { a = 'b' }", "reconciliations.settlement.own_checks.a", "only a program can give this"),
        ("[reconciliations.settlement.each.tmall]", "reconciliations.settlement.each", "it is run once for everything"),
        ("[reconciliations.settlement]\nonly = { platfrm = 'tmall' }", "reconciliations.settlement.only.platfrm", "no side has such a field"),
        ("[reconciliations.courier_bill]\ngrace_days = 3", "reconciliations.courier_bill.rate_card", "this key is missing"),
        ("[reconciliations.courier_bill.each.sf]\ngrace_days = 3", "reconciliations.courier_bill.each.sf.rate_card", "this key is missing"),
        ("[reconciliations.courier_bill.each.sf]\nrate_card = 'sf.toml'", "reconciliations.courier_bill.each.sf.rate_card", "there is no file 'sf.toml'"),
        ("[ledgers]\nkingde = 'a.xlsx'", "ledgers.kingde", "there is no ledger named 'kingde'"),
        ("[ledgers]\njournal_csv = '../a.csv'", "ledgers.journal_csv", "a file within the out folder is needed"),
        ("[ledgers]\njournal_csv = 'a.csv'\nbeancount = 'A.csv'", "ledgers.beancount", "journal_csv writes that file too"),
        ("[[read]]\nfile = 'a.csv'\nformat = 'sf_monthly'", "read[0].format", "there is no format named 'sf_monthly'"),
        ("[[read]]\nfile = 'a.csv'\nskip = 'no'\nformat = 'sf_monthly_bill'", "read[0]", "only one of format and skip"),
        ("[[read]]\nfile = 'a.csv'\nskip = 'no'\n[[read]]\nfile = 'a.csv'\nformat = 'sf_monthly_bill'", "read[1].file", "read[0] reads 'a.csv' already"),
        ("[[read]]\nmapping = 'a.toml'", "read[0].mapping", "there is no file 'a.toml'"),
        ("[[read]]\nskip = 'a summary'", "read[0].file", "this key is missing"),
        ("[bar]\namount = '0.001'", "bar.amount", "0.001 is no amount of CNY"),
        ("[report]\nlanguage = 'fr'", "report.language", "one of en, zh, both is needed, got 'fr'"),
        ("[report]\nhtml = 'no'", "report.html", "true or false is needed, got text, 'no'"),
        ("[rates]\nCNY = '1'", "rates", "the book's own currency has no rate"),
        ("[accounts]\n'1122' = { rol = 'x' }", "accounts.1122.rol", "there is no such key"),
        ("[accounts]\n'1122' = 5", "accounts.1122", "a role is needed"),
        ("[casebook]\nurl = 'books.db'\nactor = 'me'", "casebook.url", "this is no address of a database"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_of_its_key(problems, more, key, said):
    told = [text for where, text in problems(more) if where == key]

    assert told, problems(more)
    assert any(text.startswith(said) for text in told)


@pytest.mark.parametrize(
    ("before", "after", "key"),
    [
        ('name = "Lamp House"', "", "name"),
        ('period = "2026-10"', 'period = "October"', "period"),
        ('period = "2026-10"', "period = 2026-10-01", "period"),
        ('period = "2026-10"', 'period = "2026-10"\nas_of = 2026-09-30', "as_of"),
        ('"downloads"', '"elsewhere"', "files[0]"),
        ('["downloads"]', "[]", "files"),
        ("cn_small_business", "cn_tiny", "book.chart"),
        ("cn_small_business", "chart.toml", "book.chart"),
        ("CNY", "RMB", "book.currency"),
        ("Asia/Shanghai", "Asia/Beijing", "book.timezone"),
        ('taxpayer = "general"', "", "book.taxpayer"),
    ],
)
def test_what_is_wrong_at_the_top_is_said_of_its_key(problems, before, after, key):
    assert [key] == [where for where, _ in problems(head=HEAD.replace(before, after))]


def test_a_text_that_is_no_toml_is_told_with_its_line(load):
    with pytest.raises(ConfigError, match=r"close.toml: it is no TOML: .*line 2"):
        load(head="\nname = \n")


def test_a_misspelt_key_names_the_nearest_one(load):
    with pytest.raises(ConfigError) as caught:
        load("[reconciliations.settlement]\nconfirm_dayz = 3\n")

    assert "did you mean confirm_days?" == caught.value.hint


def test_a_database_is_found_beside_the_config(load, folder):
    config = load('[casebook]\nurl = "sqlite:///books.db"\nactor = "me"\nroles = ["data"]\n')

    assert (f"sqlite:///{folder / 'books.db'}", ("data",)) == (config.casebook.url, config.casebook.roles)


def test_a_password_comes_from_the_environment_and_is_never_shown(load, monkeypatch):
    monkeypatch.setenv("TIEOUT_TEST_PASSWORD", "geheim")
    casebook = '[casebook]\nurl = "postgresql+psycopg://me:${TIEOUT_TEST_PASSWORD}@host/books"\nactor = "me"\n'

    config = load(casebook)
    assert "postgresql+psycopg://me:geheim@host/books" == config.casebook.url
    assert "geheim" not in repr(config)
    with pytest.raises(ConfigError) as caught:
        load(f"{casebook}rolls = 3\n")
    assert "geheim" not in str(caught.value)


def test_an_environment_that_says_nothing_is_told(problems, monkeypatch):
    monkeypatch.delenv("TIEOUT_TEST_PASSWORD", raising=False)
    more = '[casebook]\nurl = "postgresql://me:${TIEOUT_TEST_PASSWORD}@host/books"\nactor = "me"\n'

    assert [("casebook.url", "the environment says nothing for TIEOUT_TEST_PASSWORD")] == problems(more)


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="there is no such file"):
        CloseConfig.load(tmp_path / "close.toml")
    (tmp_path / "close.toml").write_bytes(b"name = '\xff'")
    with pytest.raises(ConfigError, match="UTF-8"):
        CloseConfig.load(tmp_path / "close.toml")
    with pytest.raises(ConfigError, match="cannot be read"):
        CloseConfig.load(tmp_path)


def test_reports_of_ones_own_stand_in_the_config_or_in_files_beside_it(load, folder):
    spec = 'name = "by_platform"\ntitle = "By platform"\ntitle_zh = "按平台"\ndimensions = ["platform"]\nmeasures = ["orders"]\n'
    (folder / "mine.toml").write_text(spec, encoding="utf-8")
    config = load(f'[[reports]]\n{spec}[[reports]]\nspec = "mine.toml"\n')

    assert ["by_platform", "by_platform"] == [one.name for one in config.reports]
    assert "mine.toml" in config.sources


def test_a_wrong_report_is_said_of_its_place(problems):
    ((key, text),) = problems('[[reports]]\nname = "x"\nmeasurez = ["orders"]\n')

    assert "reports[0]" == key
    assert "measurez" in text
