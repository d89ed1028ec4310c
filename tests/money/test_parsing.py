"""Text to Money: what is taken, and what is refused by which name."""

from decimal import ROUND_DOWN, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moneyed import Money

from strategies import amounts, currencies, money
from tieout.errors import (
    CurrencyMismatch,
    FloatRefused,
    InfinityRefused,
    MoneyError,
    NaNRefused,
    NotAnAmount,
    TooManyDecimals,
    UnknownCurrency,
)
from tieout.model.currency import exponent
from tieout.money import DecimalMark, from_minor, parse_amount, parse_money, to_minor

TAKEN = [
    # text, currency, amount
    ("12.50", "CNY", "12.50"),
    ("12.5", "CNY", "12.5"),
    ("12.", "CNY", "12"),
    (".5", "CNY", "0.5"),
    ("0", "CNY", "0"),
    ("-0.00", "CNY", "0"),
    ("+3", "CNY", "3"),
    ("-3", "CNY", "-3"),
    ("- 3", "CNY", "-3"),
    ("007", "CNY", "7"),
    ("12.5000000", "CNY", "12.5"),  # zeros say nothing
    # full-width forms and look-alikes
    ("１２．５０", "CNY", "12.50"),
    ("１，２３４．５０", "CNY", "1234.50"),
    ("－１２．５０", "CNY", "-12.50"),
    ("＋１２", "CNY", "12"),
    ("−12.50", "CNY", "-12.50"),
    ("–12.50", "CNY", "-12.50"),
    # brackets and trailing marks
    ("(12.50)", "CNY", "-12.50"),
    ("（１２．５０）", "CNY", "-12.50"),
    ("( 12.50 )", "CNY", "-12.50"),
    ("12.50-", "CNY", "-12.50"),
    ("12.50 -", "CNY", "-12.50"),
    ("12.50CR", "CNY", "-12.50"),
    ("12.50 Cr.", "CNY", "-12.50"),
    ("12.50 DR", "CNY", "12.50"),
    ("12.50dr", "CNY", "12.50"),
    # thousands: western, Indian, by ten thousands
    ("1,234.50", "CNY", "1234.50"),
    ("1,234,567.89", "CNY", "1234567.89"),
    ("1 234 567.89", "EUR", "1234567.89"),
    ("1\u202f234.50", "EUR", "1234.50"),
    ("1'234.50", "EUR", "1234.50"),
    ("1’234.50", "EUR", "1234.50"),
    ("12,34,567.00", "INR", "1234567"),
    ("1,23,456", "INR", "123456"),
    ("12,3456", "CNY", "123456"),
    # currency signs and codes
    ("¥12.50", "CNY", "12.50"),
    ("￥ 12.50", "CNY", "12.50"),
    ("12.50元", "CNY", "12.50"),
    ("RMB 12.50", "CNY", "12.50"),
    ("人民币12.50", "CNY", "12.50"),
    ("CNY 12.50", "CNY", "12.50"),
    ("12.50CNY", "CNY", "12.50"),
    ("¥12", "JPY", "12"),
    ("12円", "JPY", "12"),
    ("$12.50", "USD", "12.50"),
    ("US$12.50", "USD", "12.50"),
    ("-$12.50", "USD", "-12.50"),
    ("$-12.50", "USD", "-12.50"),
    ("($12.50)", "USD", "-12.50"),
    ("$(12.50)", "USD", "-12.50"),
    ("$12.50 CR", "USD", "-12.50"),
    ("12.50- USD", "USD", "-12.50"),
    ("NT$12", "TWD", "12"),
    ("Rs. 1,23,456.50", "INR", "123456.50"),
    ("₹99", "INR", "99"),
    ("€ 12.50", "EUR", "12.50"),
    ("£12.50", "GBP", "12.50"),
    # guards of exports
    ("`12.50", "CNY", "12.50"),
    ("'12.50", "CNY", "12.50"),
    ('"12.50"', "CNY", "12.50"),
    ("\t12.50\r\n", "CNY", "12.50"),
    ("\u00a012.50\u3000", "CNY", "12.50"),
    # decimals of the currency
    ("1234", "JPY", "1234"),
    ("1234.0", "JPY", "1234"),
    ("1.234", "KWD", "1.234"),
    ("1.2345", "CLF", "1.2345"),
]


@pytest.mark.parametrize(("text", "code", "amount"), TAKEN)
def test_what_exports_write_is_taken(text, code, amount):
    assert Money(amount, code) == parse_money(text, code)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("12,50", "12.50"),
        ("1.234,50", "1234.50"),
        ("1.234", "1234"),
        ("1 234,50", "1234.50"),
        ("-1.234.567,89", "-1234567.89"),
        ("(12,50)", "-12.50"),
        ("€12,50", "12.50"),
        (",5", "0.5"),
    ],
)
def test_a_decimal_comma_is_taken_when_it_is_said(text, amount):
    assert Money(amount, "EUR") == parse_money(text, "EUR", decimal_mark=DecimalMark.COMMA)


REFUSED = [
    # value, currency, error, text
    ("", "CNY", NotAnAmount, "'' is not an amount"),
    ("  ", "CNY", NotAnAmount, "'  ' is not an amount"),
    ("-", "CNY", NotAnAmount, "'-' is not an amount"),
    ("—", "CNY", NotAnAmount, "'—' is not an amount"),
    (".", "CNY", NotAnAmount, "'.' is not an amount"),
    ("()", "CNY", NotAnAmount, "'()' is not an amount"),
    ("CR", "CNY", NotAnAmount, "'CR' is not an amount"),
    ("¥", "CNY", NotAnAmount, "'¥' is not an amount"),
    ("12,5O", "CNY", NotAnAmount, "'12,5O' has separators that do not part thousands"),
    ("12.5O", "CNY", NotAnAmount, "'12.5O' is not an amount"),
    ("1e5", "CNY", NotAnAmount, "'1e5' is not an amount"),
    ("4.00123E+27", "CNY", NotAnAmount, "'4.00123E+27' is not an amount"),
    ("0x10", "CNY", NotAnAmount, "'0x10' is not an amount"),
    ("1_000", "CNY", NotAnAmount, "'1_000' is not an amount"),
    ("6%", "CNY", NotAnAmount, "'6%' is not an amount"),
    ("６％", "CNY", NotAnAmount, "'６％' is not an amount"),
    ("1.2.3", "CNY", NotAnAmount, "'1.2.3' is not an amount"),
    ("--5", "CNY", NotAnAmount, "'--5' is not an amount"),
    ("5--", "CNY", NotAnAmount, "'5--' has two signs"),
    ("٣", "CNY", NotAnAmount, "'٣' is not an amount"),
    ("五", "CNY", NotAnAmount, "'五' is not an amount"),
    ("¥¥5", "CNY", NotAnAmount, "'¥¥5' is not an amount"),
    # thousands that are none
    ("12,50", "CNY", NotAnAmount, "'12,50' has separators that do not part thousands"),
    ("1,2345,678", "CNY", NotAnAmount, "'1,2345,678' has separators that do not part thousands"),
    ("0,123", "CNY", NotAnAmount, "'0,123' has separators that do not part thousands"),
    ("1,234 567", "CNY", NotAnAmount, "'1,234 567' has separators that do not part thousands"),
    ("12 50", "CNY", NotAnAmount, "'12 50' has separators that do not part thousands"),
    (",123", "CNY", NotAnAmount, "',123' has separators that do not part thousands"),
    ("1,234,", "CNY", NotAnAmount, "'1,234,' has separators that do not part thousands"),
    ("1.234,50", "CNY", NotAnAmount, "'1.234,50' is not an amount"),
    # contradicting signs
    ("-5 CR", "CNY", NotAnAmount, "'-5 CR' has two signs"),
    ("-5 DR", "CNY", NotAnAmount, "'-5 DR' has two signs"),
    ("+5 CR", "CNY", NotAnAmount, "'+5 CR' has two signs"),
    ("(-5)", "CNY", NotAnAmount, "'(-5)' has two signs"),
    ("(+5)", "CNY", NotAnAmount, "'(+5)' has two signs"),
    ("(5) CR", "CNY", NotAnAmount, "'(5) CR' has two signs"),
    ("(5-)", "CNY", NotAnAmount, "'(5-)' has two signs"),
    ("5- DR", "CNY", NotAnAmount, "'5- DR' has two signs"),
    ("5 DR CR", "CNY", NotAnAmount, "'5 DR CR' has two signs"),
    ("-(5)", "CNY", NotAnAmount, "'-(5)' is not an amount"),
    ("(5", "CNY", NotAnAmount, "'(5' is not an amount"),
    # another currency
    ("$5", "CNY", CurrencyMismatch, "'$5' has the sign $, expected CNY"),
    ("5元", "USD", CurrencyMismatch, "'5元' has the sign 元, expected USD"),
    ("¥5", "USD", CurrencyMismatch, "'¥5' has the sign ¥, expected USD"),
    ("US$5", "CAD", CurrencyMismatch, "'US$5' has the sign US$, expected CAD"),
    ("HK$5", "USD", CurrencyMismatch, "'HK$5' has the sign HK$, expected USD"),
    ("RMB 5", "USD", CurrencyMismatch, "'RMB 5' has the sign RMB, expected USD"),
    ("USD 5", "CNY", CurrencyMismatch, "'USD 5' names USD, expected CNY"),
    ("5 EUR", "CNY", CurrencyMismatch, "'5 EUR' names EUR, expected CNY"),
    ("¥5 USD", "CNY", CurrencyMismatch, "'¥5 USD' names USD, expected CNY"),
    (Money("5", "USD"), "CNY", CurrencyMismatch, "an amount in CNY is needed, got one in USD"),
    # not numbers
    (float("nan"), "CNY", NaNRefused, "NaN is not an amount"),
    ("NaN", "CNY", NaNRefused, "'NaN' is not an amount"),
    ("#N/A", "CNY", NaNRefused, "'#N/A' is not an amount"),
    (Decimal("NaN"), "CNY", NaNRefused, "NaN is not an amount"),
    (float("-inf"), "CNY", InfinityRefused, "an infinity is not an amount"),
    ("-Infinity", "CNY", InfinityRefused, "'-Infinity' is not an amount"),
    ("∞", "CNY", InfinityRefused, "'∞' is not an amount"),
    (Decimal("Infinity"), "CNY", InfinityRefused, "an infinity is not an amount"),
    (12.5, "CNY", FloatRefused, "the float 12.5 is not exact"),
    (0.0, "CNY", FloatRefused, "the float 0.0 is not exact"),
    (True, "CNY", NotAnAmount, "True is not an amount"),
    (None, "CNY", NotAnAmount, "None is not an amount"),
    (b"5", "CNY", NotAnAmount, "text, Decimal or int is needed, got bytes"),
    # finer than the currency
    ("8.001", "CNY", TooManyDecimals, "8.001 has more than the 2 decimals of CNY"),
    ("8.5", "JPY", TooManyDecimals, "8.5 has more than the 0 decimals of JPY"),
    ("1.2345", "KWD", TooManyDecimals, "1.2345 has more than the 3 decimals of KWD"),
    (Decimal("0.005"), "CNY", TooManyDecimals, "0.005 has more than the 2 decimals of CNY"),
    ("-0.001", "CNY", TooManyDecimals, "-0.001 has more than the 2 decimals of CNY"),
    # currencies that are none
    ("5", "RMB", UnknownCurrency, "'RMB' is not an ISO 4217 currency code"),
]


@pytest.mark.parametrize(("value", "code", "error", "text"), REFUSED)
def test_what_is_no_exact_amount_is_refused_by_name(value, code, error, text):
    with pytest.raises(MoneyError) as caught:
        parse_money(value, code)

    assert error is type(caught.value)
    assert text == caught.value.problem


@pytest.mark.parametrize(
    "error", [FloatRefused, NaNRefused, InfinityRefused, TooManyDecimals, NotAnAmount, CurrencyMismatch]
)
def test_every_refusal_is_a_value_error(error):
    assert issubclass(error, ValueError)


def test_a_float_is_a_wrong_type_too():
    assert issubclass(FloatRefused, TypeError)


@pytest.mark.parametrize(("value", "amount"), [(5, "5"), (Decimal("5.50"), "5.50"), (Money("5.50", "CNY"), "5.50")])
def test_exact_values_of_programs_are_taken(value, amount):
    assert Money(amount, "CNY") == parse_money(value, "CNY")


@pytest.mark.parametrize(("text", "amount"), [("1.23456789", "1.23456789"), ("-1,000.5", "-1000.5"), ("(3)", "-3")])
def test_an_amount_without_currency_may_have_any_decimals(text, amount):
    assert Decimal(amount) == parse_amount(text)


@pytest.mark.parametrize(("text", "expected"), [("¥5", "the sign ¥"), ("CNY 5", "names CNY")])
def test_an_amount_without_currency_carries_no_sign(text, expected):
    with pytest.raises(CurrencyMismatch, match=f"{expected}, expected no currency"):
        parse_amount(text)


@given(money())
def test_plain_text_of_money_comes_back(amount):
    assert amount == parse_money(f"{amount.amount:f}", amount.currency.code)


@given(money())
def test_grouped_bracketed_full_width_text_with_a_sign_comes_back(amount):
    code = amount.currency.code
    digits = f"{abs(amount.amount):,.{exponent(code)}f}"
    text = f"（{code} {digits}）" if amount.amount < 0 else f"{code} {digits}"
    wide = text.translate(str.maketrans("0123456789.,", "０１２３４５６７８９．，"))

    assert amount == parse_money(text, code)
    assert amount == parse_money(wide, code)


@given(money())
def test_text_with_a_decimal_comma_comes_back(amount):
    code = amount.currency.code
    text = f"{amount.amount:,.{exponent(code)}f}".translate(str.maketrans(".,", ",."))

    assert amount == parse_money(text, code, decimal_mark=DecimalMark.COMMA)


@given(st.text(st.sampled_from("0123456789.,-+()¥$ ０．，－CRDRcny元'`\"\t"), max_size=14), currencies())
def test_text_is_money_or_refused_by_name_in_any_context(text, code):
    def parsed():
        try:
            return parse_money(text, code)
        except MoneyError as refusal:
            return str(refusal)

    expected = parsed()
    with localcontext(prec=3, rounding=ROUND_DOWN):
        assert expected == parsed()
    if isinstance(expected, Money):
        assert expected == from_minor(to_minor(expected), code)


@given(currencies().flatmap(amounts), st.decimals(min_value=1, max_value=9, places=0))
def test_one_decimal_too_many_is_always_refused(amount, digit):
    code = amount.currency.code
    with localcontext(prec=60):
        finer = amount.amount + digit.scaleb(-exponent(code) - 1)

    with localcontext(prec=3), pytest.raises(TooManyDecimals):
        parse_money(finer, code)
