"""VAT tables: which rate holds on which day, and what is refused (`domain.md` 7.2)."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from tieout.errors import PostingError, UnknownFormat
from tieout.posting import Taxpayer, VatSide, VatTable, vat_tables

OWN = """
name = "mine"
currency = "EUR"

[[rates]]
taxpayer = "general"
supplies = ["goods"]
rate = "0.20"
from = 2020-01-01
until = 2020-12-31
"""


def write_table(folder, text=OWN):
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("taxpayer", "day", "goods", "services"),
    [
        ("general", "2018-04-30", "0.17", "0.06"),
        ("general", "2018-05-01", "0.16", "0.06"),
        ("general", "2019-03-31", "0.16", "0.06"),
        ("general", "2019-04-01", "0.13", "0.06"),
        ("general", "2026-10-31", "0.13", "0.06"),
        ("small_scale", "2020-02-29", "0.03", "0.03"),
        ("small_scale", "2020-03-01", "0.01", "0.01"),
        ("small_scale", "2022-06-30", "0", "0"),
        ("small_scale", "2026-10-31", "0.01", "0.01"),
        ("small_scale", "2027-12-31", "0.01", "0.01"),
        ("small_scale", "2028-01-01", "0.03", "0.03"),
    ],
)
def test_the_usual_rates_change_on_their_days(taxpayer, day, goods, services, make_book):
    book, on = make_book(taxpayer=taxpayer), date.fromisoformat(day)

    assert (Decimal(goods), Decimal(services)) == (book.goods_rate(on), book.service_rate(on))


def test_a_day_before_the_table_begins_has_no_rate(make_book):
    with pytest.raises(
        PostingError, match=r"VAT table 'cn': no rate of 'goods' for a general taxpayer .* on 2009-01-01"
    ):
        make_book().goods_rate(date(2009, 1, 1))


def test_a_rate_of_another_time_is_refused_with_its_days(make_book):
    with pytest.raises(
        PostingError,
        match=r"VAT table 'cn': the output VAT rate 16 % is not in force on 2026-10-31 for a general taxpayer; "
        r"it is in force from 2018-05-01 until 2019-03-31\nHint: in force on that day: 0 %, 6 %, 9 %, 13 %",
    ):
        make_book().check_rate(Decimal("0.16"), date(2026, 10, 31), side="output")


def test_a_rate_that_never_was_is_refused(make_book):
    with pytest.raises(PostingError, match=r"the input VAT rate 7.5 % is not in force on 2026-10-31"):
        make_book().check_rate(Decimal("0.075"), date(2026, 10, 31), side="input")


@pytest.mark.parametrize("rate", ["0.13", "0.09", "0.06", "0.03", "0.01", "0"])
def test_what_any_supplier_may_charge_is_input(rate, make_book):
    make_book().check_rate(Decimal(rate), date(2026, 10, 31), side=VatSide.INPUT)


@pytest.mark.parametrize(("taxpayer", "rate"), [("general", "0.03"), ("general", "0.01"), ("small_scale", "0.13")])
def test_rates_of_the_other_kind_of_taxpayer_are_no_output(taxpayer, rate, make_book):
    with pytest.raises(PostingError, match="is not in force on"):
        make_book(taxpayer=taxpayer).check_rate(Decimal(rate), date(2026, 10, 31), side="output")


def test_who_waives_the_reduction_still_charges_three_per_cent(make_book):
    make_book(taxpayer="small_scale").check_rate(Decimal("0.03"), date(2026, 10, 31), side="output")


def test_a_side_is_input_or_output(make_book):
    with pytest.raises(PostingError, match="side: 'both' is none of output, input"):
        make_book().check_rate(Decimal(0), date(2026, 10, 31), side="both")


def test_a_book_without_a_table_refuses_no_rate_and_knows_none(make_book):
    book = make_book(chart="ifrs")

    book.check_rate(Decimal("0.075"), date(2026, 10, 31), side="output")
    with pytest.raises(
        PostingError, match=r"Book.vat: .* the rate of goods on 2026-10-31 is unknown\nHint: .*tax_rate"
    ):
        book.goods_rate(date(2026, 10, 31))


def test_a_book_takes_a_table_by_name_or_path_or_none(make_book, tmp_path):
    own = write_table(tmp_path)

    assert "cn" == make_book(chart="ifrs", vat="cn").vat.name
    assert VatTable.load(own) == make_book(vat=own).vat
    assert make_book(vat=None).vat is None


def test_the_columns_hold_on_the_same_days_as_the_rows():
    table = VatTable.load("cn")
    days = [day for row in table.rates for day in (row.since, row.until or date(2030, 1, 1))]
    days += [date.fromordinal(day.toordinal() + shift) for day in days for shift in (-1, 1)]

    for taxpayer in Taxpayer:
        frame = table.frame(taxpayer)
        for side in VatSide:
            for day in days:
                held = frame.filter((pl.col("side") == side) & (pl.lit(day).is_between("since", "until")))
                expected = sorted(int(rate * 1_000_000) for rate in table.rates_on(day, taxpayer=taxpayer, side=side))
                assert expected == sorted(set(held["rate_ppm"]))


def test_an_exemption_ends_with_its_day():
    table = VatTable.load("cn")

    assert Decimal("100000.00") == table.exemption(date(2027, 12, 31), taxpayer=Taxpayer.SMALL_SCALE).monthly_sales
    assert table.exemption(date(2028, 1, 1), taxpayer=Taxpayer.SMALL_SCALE) is None
    assert table.exemption(date(2026, 1, 1), taxpayer=Taxpayer.GENERAL) is None


def test_the_shipped_tables_are_listed():
    assert ("cn",) == vat_tables()
    with pytest.raises(UnknownFormat, match="no VAT table named 'de'; known: cn"):
        VatTable.load("de")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"EUR"', '"EURO"', r"mine.toml: currency: 'EURO' is not an ISO 4217"),
        ('name = "mine"', "", r"mine.toml: missing: name; found: currency, rates"),
        ("[[rates]]", "[rates]", r"mine.toml: rates: tables \[\[rates\]\] are needed"),
        ('"general"', '"big"', r"mine.toml: rates 1.taxpayer: 'big' is none of general, small_scale"),
        ('["goods"]', '"goods"', r"mine.toml: rates 1.supplies: a list .* got 'goods'"),
        ('"0.20"', "0.20", r"mine.toml: rates 1.rate: a number of 0 or more, written as text, is needed, got 0.2"),
        ('"0.20"', '"20"', r"mine.toml: rates 1.rate: a rate is a fraction of less than 1, got 20\nHint: 0.13 is 13 %"),
        ('"0.20"', '"-0.20"', r"mine.toml: rates 1.rate: a number of 0 or more"),
        ('"0.20"', '"0.2000001"', r"mine.toml: rates 1.rate: at most six decimals are taken, got 0.2000001"),
        ('"0.20"', '"zwanzig"', r"mine.toml: rates 1.rate: a number of 0 or more"),
        (
            "2020-01-01",
            '"2020-01-01"',
            r"mine.toml: rates 1.from: a day such as 2019-04-01 is needed, got '2020-01-01'",
        ),
        ("2020-12-31", "2019-12-31", r"mine.toml: rates 1: it ends on 2019-12-31, before it begins on 2020-01-01"),
        ("until", "to", r"mine.toml: rates 1: unknown: to; known: from, rate, supplies, taxpayer, until"),
        ("[[rates]]", "[[rates", r"mine.toml: not a TOML file in UTF-8"),
    ],
)
def test_a_wrong_table_is_refused_by_file_and_key(old, new, message, tmp_path):
    assert old in OWN
    path = write_table(tmp_path, OWN.replace(old, new, 1))

    with pytest.raises(PostingError, match=message):
        VatTable.load(path)


def test_a_missing_table_is_named(tmp_path):
    with pytest.raises(PostingError, match=r"gone.toml: there is no such file of VAT rates"):
        VatTable.load(tmp_path / "gone.toml")
