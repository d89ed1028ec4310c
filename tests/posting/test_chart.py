"""Charts: loading, overrides, and what is refused."""

import re
from pathlib import Path

import pytest

from tieout.errors import PostingError, UnknownAccount, UnknownFormat
from tieout.posting import Account, AccountType, Chart, Language, charts

FOURTH = """
name = "mine"
language = "en"
reversal_style = "swap_sides"

[accounts]
bank = { code = "100", type = "asset", zh = "银行", en = "Bank" }
ap_courier = { code = "200", type = "liability", zh = "应付快递", en = "Couriers" }
"""


def write_chart(folder, text=FOURTH):
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_charts_are_listed():
    assert ("cn_enterprise", "cn_small_business", "ifrs") == charts()


def test_a_fourth_chart_is_a_file(tmp_path):
    chart = Chart.load(write_chart(tmp_path))

    assert ("mine", "200") == (chart.name, chart.account("ap_courier").code)
    assert chart == Chart.load(str(tmp_path / "mine.toml"))


def test_the_chart_of_the_docs_loads(tmp_path):
    page = (Path(__file__).parents[2] / "docs" / "reference" / "posting.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)

    assert ["bank", "ap_courier"] == list(Chart.load(write_chart(tmp_path, text)).accounts)


def test_a_role_without_an_account_is_an_error_only_when_used():
    chart = Chart.load("cn_small_business")

    with pytest.raises(
        UnknownAccount, match="'return_cost_asset' has no account in chart 'cn_small_business'"
    ) as error:
        chart.account("return_cost_asset")
    assert ("return_cost_asset", "cn_small_business") == (error.value.role, error.value.chart)


def test_an_unknown_chart_is_named_with_those_that_exist():
    with pytest.raises(UnknownFormat, match="no chart named 'cn_big'; known: cn_enterprise, cn_small_business, ifrs"):
        Chart.load("cn_big")


def test_an_override_keeps_names_and_type():
    chart = Chart.load("cn_small_business").with_accounts({"freight_out": "5601.99"})

    assert Account(
        code="5601.99", type=AccountType.EXPENSE, zh="销售费用-运费", en="Outbound freight"
    ) == chart.account("freight_out")
    assert "5601.05" == Chart.load("cn_small_business").account("freight_out").code


def test_an_override_gives_an_account_to_a_role_the_standard_lacks():
    chart = Chart.load("cn_small_business").with_accounts({"return_cost_asset": "1406.01"})

    assert ("应收退货成本", AccountType.ASSET) == (
        chart.account("return_cost_asset").zh,
        chart.account("return_cost_asset").type,
    )


def test_an_override_with_the_code_of_another_role_is_that_account():
    chart = Chart.load("cn_small_business").with_accounts({"freight_return": "5601.05"})

    assert chart.account("freight_out") == chart.account("freight_return")


def test_an_override_may_be_an_account_for_a_role_of_ones_own():
    own = Account(code="9", type=AccountType.EQUITY, zh="自", en="Own")

    assert own == Chart.load("ifrs").with_accounts({"own": own}).account("own")


def test_an_override_of_an_unknown_role_suggests_the_nearest():
    with pytest.raises(
        PostingError,
        match=r"cn_small_business: accounts.freight_uot: no chart knows .*\nHint: did you mean 'freight_out'",
    ):
        Chart.load("cn_small_business").with_accounts({"freight_uot": "1"})


def test_an_account_is_found_by_code():
    chart = Chart.load("cn_enterprise")

    assert chart.account("freight_out") is chart.find_account("6401.02")
    assert chart.find_account("0000") is None


def test_names_come_in_both_languages():
    account = Chart.load("ifrs").account("ap_courier")

    assert ("应付账款-快递", "Payable to couriers") == (account.name(Language.ZH), account.name(Language.EN))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"100"', "100", r"mine.toml: accounts.bank.code: text .* got 100\nHint: write codes as text"),
        ('"100"', '" "', r"mine.toml: accounts.bank.code: text"),
        ('"asset"', '"assets"', r"mine.toml: accounts.bank.type: 'assets' is none of asset, liability"),
        (', zh = "银行"', "", r"mine.toml: accounts.bank: missing: zh; found: code, type, en"),
        ('zh = "银行"', 'zh = "银行", cn = "x"', r"mine.toml: accounts.bank: unknown: cn; known: code, en, type, zh"),
        ('name = "mine"', "", r"mine.toml: missing: name"),
        ("[accounts]", "[konten]", r"mine.toml: missing: accounts"),
        ('"en"\n', '"fr"\n', r"mine.toml: language: 'fr' is none of zh, en"),
        (
            '"swap_sides"',
            '"swap_sides"\nstandard = "hgb"',
            r"mine.toml: standard: 'hgb' is none of small_business, enterprise, ifrs",
        ),
        ('"swap_sides"', '"swap_sides"\nvat = 3', r"mine.toml: vat: text without spaces around it is needed, got 3"),
        ('"swap_sides"', '"blue"', r"mine.toml: reversal_style: 'blue' is none of red_negative, swap_sides"),
        (
            '"200"',
            '"100"',
            r"mine: accounts.ap_courier: code '100' is given to 'bank' and 'ap_courier' with different names",
        ),
        ("[accounts]", "[accounts", r"mine.toml: not a TOML file in UTF-8"),
        (
            '{ code = "100", type = "asset", zh = "银行", en = "Bank" }',
            '"100"',
            r"mine.toml: accounts.bank: an account is",
        ),
    ],
)
def test_a_wrong_chart_file_is_refused_by_file_and_key(old, new, message, tmp_path):
    assert old in FOURTH
    path = write_chart(tmp_path, FOURTH.replace(old, new, 1))

    with pytest.raises(PostingError, match=message):
        Chart.load(path)


def test_a_chart_without_accounts_is_refused(tmp_path):
    head = FOURTH.partition("[accounts]")[0]

    with pytest.raises(PostingError, match=r"mine.toml: accounts: a table"):
        Chart.load(write_chart(tmp_path, head + "accounts = 3\n"))


def test_a_missing_chart_file_is_named(tmp_path):
    with pytest.raises(PostingError, match=r"gone.toml: there is no such chart file"):
        Chart.load(tmp_path / "gone.toml")


def test_a_chart_in_another_encoding_is_refused(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_bytes(FOURTH.encode("gb18030"))

    with pytest.raises(PostingError, match="not a TOML file in UTF-8"):
        Chart.load(path)
