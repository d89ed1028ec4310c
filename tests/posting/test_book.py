"""Books: every field is checked, and what is not given comes from the chart."""

from zoneinfo import ZoneInfo

import pytest

from tieout.errors import ParentAccount, PostingError, UnknownAccount, UnknownFormat
from tieout.posting import Book, Chart, DisputePolicy, Language, ReversalStyle


def test_a_book_takes_names(make_book):
    book = make_book()

    assert (Chart.load("cn_small_business"), ZoneInfo("Asia/Shanghai")) == (book.chart, book.timezone)
    assert (DisputePolicy.SHORT_PAY, "记") == (book.dispute_policy, book.word)


def test_chart_currency_zone_and_taxpayer_have_no_default():
    with pytest.raises(TypeError, match="missing 4 required"):
        Book()


def test_style_and_language_are_the_charts_unless_chosen(make_book):
    own, chosen = make_book(chart="ifrs"), make_book(chart="ifrs", language="zh", reversal_style="red_negative")

    assert (ReversalStyle.SWAP_SIDES, Language.EN) == (own.reversal_style, own.language)
    assert (ReversalStyle.RED_NEGATIVE, Language.ZH) == (chosen.reversal_style, chosen.language)


@pytest.mark.parametrize(
    ("chart", "standard", "revenue", "vat"),
    [
        ("cn_small_business", "small_business", "on_shipment", "cn"),
        ("cn_enterprise", "enterprise", "on_signed", "cn"),
        ("ifrs", "ifrs", "on_signed", None),
    ],
)
def test_standard_recognition_and_vat_are_the_charts_unless_chosen(chart, standard, revenue, vat, make_book):
    book = make_book(chart=chart)

    assert (standard, revenue, vat) == (book.standard, book.revenue, book.vat and book.vat.name)
    assert "on_completed" == make_book(chart=chart, revenue="on_completed").revenue


@pytest.mark.parametrize(
    ("taxpayer", "invoice", "expected"),
    [
        ("general", "special", True),
        ("general", "normal", False),
        ("general", "none", False),
        ("small_scale", "special", False),
    ],
)
def test_input_vat_needs_a_general_taxpayer_and_a_special_invoice(taxpayer, invoice, expected, make_book):
    assert expected is make_book(taxpayer=taxpayer, fee_invoice=invoice).is_input_vat_deductible


def test_overrides_reach_the_accounts(make_book):
    book = make_book(accounts={"freight_out": "5601.99"})

    assert ("5601.99", "销售费用-运费") == (book.account("freight_out").code, book.account_name("5601.99"))
    assert book.find_account("5601.05") is None
    assert book.account_name("5601.05") is None


def test_a_role_without_account_is_named_when_used(make_book):
    with pytest.raises(UnknownAccount, match="return_cost_asset"):
        make_book().account("return_cost_asset")


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("currency", "RMB", r"Book.currency: 'RMB' is not an ISO 4217 .*\nHint: the code of the renminbi is CNY"),
        ("currency", None, r"Book.currency: an ISO 4217 code is needed, got None"),
        ("timezone", "Peking", r"Book.timezone: 'Peking' is not an IANA time zone"),
        ("timezone", "Asia", r"Book.timezone: 'Asia' is not an IANA time zone"),
        ("timezone", "../etc/passwd", r"Book.timezone: '../etc/passwd' is not"),
        ("timezone", None, r"Book.timezone: None is not"),
        ("taxpayer", "big", r"Book.taxpayer: 'big' is none of general, small_scale"),
        ("dispute_policy", "ignore", r"Book.dispute_policy: 'ignore' is none of short_pay, pay_and_claim"),
        ("fee_invoice", "maybe", r"Book.fee_invoice: 'maybe' is none of special, normal, none"),
        ("standard", "hgb", r"Book.standard: 'hgb' is none of small_business, enterprise, ifrs"),
        ("revenue", "on_paid", r"Book.revenue: 'on_paid' is none of on_shipment, on_signed, on_completed"),
        ("platform_subsidy", "gift", r"Book.platform_subsidy: 'gift' is none of price, service_income"),
        ("vat_rounding", "day", r"Book.vat_rounding: 'day' is none of line, document"),
        ("word_scheme", "收付转", r"Book.word_scheme: '收付转' is none of single, receipt_payment_transfer"),
        ("grouping", "week", r"Book.grouping: 'week' is none of shop_day, order"),
        ("records_advances", 1, r"Book.records_advances: True or False is needed, got 1"),
        ("records_presale_deposits", "no", r"Book.records_presale_deposits: True or False is needed, got 'no'"),
        ("reversal_style", None, r"Book.reversal_style: None is none of red_negative, swap_sides"),
        ("language", "fr", r"Book.language: 'fr' is none of zh, en"),
        ("word", "", r"Book.word: one to four letters are needed"),
        ("word", "记-", r"Book.word: one to four letters"),
        ("word", 1, r"Book.word: one to four letters"),
        ("book_id", " ", r"Book.book_id: text or None"),
        ("preparer", 3, r"Book.preparer: text or None"),
        ("locked_periods", "2026-09", r"Book.locked_periods: periods such as"),
        (
            "locked_periods",
            ["2026-13"],
            r"Book.locked_periods: a month written like '2026-10' is needed, got '2026-13'",
        ),
        ("accounts", ["freight_out"], r"Book.accounts: a mapping"),
        ("accounts", {"freight_out": 5601}, r"accounts.freight_out: text .* got 5601"),
    ],
)
def test_a_wrong_field_is_named_with_what_was_given(field, value, message, make_book):
    with pytest.raises(PostingError, match=message):
        make_book(**{field: value})


def test_an_unknown_chart_lists_the_known(make_book):
    with pytest.raises(UnknownFormat, match="known: cn_enterprise, cn_small_business, ifrs"):
        make_book(chart="gaap")


def test_locked_periods_are_a_sorted_set(make_book):
    assert ("2026-08", "2026-09") == make_book(locked_periods=["2026-09", "2026-08", "2026-09"]).locked_periods


def test_an_account_that_others_are_below_is_refused_by_name(make_book):
    book = make_book(accounts={"freight_out": "5601"})

    with pytest.raises(
        ParentAccount,
        match=r"account 5601 of role 'freight_out' is not a leaf in chart 'cn_small_business': 5601.01 is below it\n"
        r"Hint: give the role an account below 5601 with Book\(accounts=\{'freight_out': ...\}\)",
    ) as error:
        book.account("freight_out")
    assert ("freight_out", "5601", "5601.01") == (error.value.role, error.value.code, error.value.child)


@pytest.mark.parametrize("chart", ["cn_small_business", "cn_enterprise"])
def test_the_vat_account_of_small_scale_taxpayers_is_a_leaf_for_them_alone(chart, make_book):
    assert "2221.01" == make_book(chart=chart, taxpayer="small_scale").account("vat_small").code
    with pytest.raises(ParentAccount, match=r"2221.01 .* 2221.01.01 is below it"):
        make_book(chart=chart).account("vat_small")


@pytest.mark.parametrize("chart", ["cn_small_business", "cn_enterprise", "ifrs"])
@pytest.mark.parametrize("taxpayer", ["general", "small_scale"])
def test_every_other_account_of_a_shipped_chart_is_a_leaf(chart, taxpayer, make_book):
    book = make_book(chart=chart, taxpayer=taxpayer)
    roles = [role for role in book.mapped.accounts if not role.startswith("vat_")]

    assert () == book.check(roles)


def test_gaps_are_listed_before_anything_is_posted(make_book):
    book = make_book(accounts={"freight_out": "5601"})

    assert [
        ("return_cost_asset", None, "no account in chart 'cn_small_business'"),
        ("freight_out", "5601", "5601 is not a leaf: 5601.01 is below it"),
    ] == [
        (gap.role, gap.code, gap.problem)
        for gap in book.check(["bank", "return_cost_asset", "freight_out", "return_cost_asset"])
    ]


@pytest.mark.parametrize(
    ("chart", "standard", "told"),
    [
        ("cn_small_business", "enterprise", r"small_business: 5001 主营业务收入: small_business; 5051"),
        ("cn_enterprise", "small_business", r"enterprise: 1406 发出商品: enterprise; "),
    ],
)
def test_a_standard_that_the_codes_are_not_of_is_refused(chart, standard, told, make_book):
    with pytest.raises(PostingError, match=f"Book.standard: the standard is {standard}, and the codes .*{told}"):
        make_book(chart=chart, standard=standard)


def test_a_few_codes_of_another_system_are_the_users_own(make_book):
    book = make_book(accounts={"revenue": "6001", "cogs": "6401"})

    assert ("6001", "small_business") == (book.account("revenue").code, book.standard)


def test_ifrs_may_be_kept_by_any_codes(make_book):
    assert "ifrs" == make_book(standard="ifrs").standard
