"""Charts as files of the user's own: CSV, and what TOML may say besides roles."""

import pytest

from tieout.errors import PostingError
from tieout.posting import AccountType, Chart, Language, ReversalStyle, Standard

CSV = """role,code,type,zh,en
bank,1002,asset,银行存款,Bank
ap_courier,2202.01,liability,应付账款-快递,
revenue,5001,,主营业务收入,
,5601,expense,销售费用,
freight_out,5601.05,,"销售费用-运费",
"""


def write_csv(folder, text=CSV, encoding="utf-8"):
    path = folder / "mine.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_chart_in_csv_says_the_same_in_every_encoding(encoding, newline, tmp_path):
    chart = Chart.load(write_csv(tmp_path, CSV.replace("\n", newline), encoding))

    assert Chart.load(write_csv(tmp_path)) == chart
    assert ("mine", "2202.01", "应付账款-快递") == (
        chart.name,
        chart.account("ap_courier").code,
        chart.account("ap_courier").en,
    )


def test_what_a_line_leaves_out_is_taken_from_what_is_known(tmp_path):
    chart = Chart.load(write_csv(tmp_path))

    assert (AccountType.INCOME, AccountType.EXPENSE) == (
        chart.account("revenue").type,
        chart.account("freight_out").type,
    )
    assert (Language.ZH, ReversalStyle.RED_NEGATIVE) == (chart.language, chart.reversal_style)
    assert (Standard.SMALL_BUSINESS, None) == (chart.standard, chart.vat)


def test_a_line_without_a_role_is_an_account_of_the_book(tmp_path):
    chart = Chart.load(write_csv(tmp_path))

    assert "销售费用" == chart.find_account("5601").zh
    assert {"5601": "5601.05"} == chart.parents()


def test_columns_may_be_in_any_order_and_lines_blank(tmp_path):
    chart = Chart.load(write_csv(tmp_path, "code , zh,en,role,type\n\n100,,Bank,bank,asset\n,,,,\n"))

    assert ("100", Language.EN, ReversalStyle.SWAP_SIDES) == (
        chart.account("bank").code,
        chart.language,
        chart.reversal_style,
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("role,", "rolle,", r"mine.csv: line 1: the columns role, code, type, zh, en are needed, found: rolle, code"),
        (",type,", ",", r"mine.csv: line 1: the columns .* are needed, found: role, code, zh, en"),
        ("bank,1002", "bank,", r"mine.csv: line 2: code: text without spaces around it is needed, got ''"),
        (",asset,", ",assets,", r"mine.csv: line 2: type: 'assets' is none of asset, liability"),
        ("银行存款,Bank", ",", r"mine.csv: line 2: zh, en: a name in one language at least"),
        ("ap_courier", "bank", r"mine.csv: line 3: the role 'bank' has an account on line 2 already"),
        (",5601,expense", ",5601,", r"mine.csv: line 5: type: '' is none of asset"),
        (
            "2202.01",
            "1002",
            r"mine: accounts.ap_courier: code '1002' is given to 'bank' and 'ap_courier' with different",
        ),
        ("5601.05", "5601", r"mine: accounts.others 1|code '5601' is given to 'freight_out' and 'others 1'"),
        ("银行存款,Bank", "银行存款", r"mine.csv: line 2: 5 cells are needed, found 4"),
        ('"销售费用-运费"', '"销售费用"-运费', r"mine.csv: line 6: not a CSV file: "),
    ],
)
def test_a_wrong_line_is_named(old, new, message, tmp_path):
    assert old in CSV

    with pytest.raises(PostingError, match=message):
        Chart.load(write_csv(tmp_path, CSV.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"mine.csv: line 1: the columns .* are needed, found: nothing"),
        (b"role,code,type,zh,en\n", r"mine.csv: no line gives a role an account"),
        (b"role,code,type,zh,en\n\xff\xff", r"mine.csv: the text is neither in UTF-8 nor in GB18030"),
    ],
)
def test_a_file_without_accounts_is_refused(content, message, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_bytes(content)

    with pytest.raises(PostingError, match=message):
        Chart.load(path)


def test_a_book_takes_a_chart_in_csv(make_book, tmp_path):
    book = make_book(chart=write_csv(tmp_path), vat="cn")

    assert ("on_shipment", "cn", "5601.05") == (book.revenue, book.vat.name, book.account("freight_out").code)


TOML = """
name = "mine"
language = "zh"
reversal_style = "red_negative"
code_levels = "4-3"
others = [{ code = "1002001", type = "asset", zh = "银行存款-中行", en = "Bank of China" }]

[accounts]
bank = { code = "1002", type = "asset", zh = "银行存款", en = "Bank" }
"""


def test_toml_gives_other_accounts_and_levels(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(TOML, encoding="utf-8")

    assert {"1002": "1002001"} == Chart.load(path).parents()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"4-3"', '"4/3"', r"mine.toml: code_levels: digits of each level such as '4-2-2' are needed, got '4/3'"),
        ('"4-3"', "43", r"mine.toml: code_levels: digits"),
        ('[{ code = "1002001",', '[{ code = "1002001", x = 1,', r"mine.toml: others 1: unknown: x"),
        ("[{ code", "3 # [{ code", r"mine.toml: others: a list of accounts is needed"),
    ],
)
def test_wrong_other_accounts_and_levels_are_named(old, new, message, tmp_path):
    assert old in TOML
    path = tmp_path / "mine.toml"
    path.write_text(TOML.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(PostingError, match=message):
        Chart.load(path)
