"""Check digits against numbers that carriers, standards and the open collection jkeen/tracking_number_data publish."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean

from tieout.keys.check_digits import SCHEMES

PUBLISHED = {
    "upu_s10": ["RB123456785GB", "RR473124829GB", "EE473124829CN"],
    "ups": ["1Z5R89390357567127", "1Z879E930346834440", "1Z410E7W0392751591", "1Z8V92A70367203024"],
    "ontrac": [
        "C11031500001879",
        "C10999911320231",
        "C11121552953069",
        "D10011354453707",
        "D10011345983010",
        "D10011342332145",
    ],
    "fedex_12": ["986578788855", "477179081230", "799531274483", "790535312317", "974367662710"],
    "fedex_15": ["041441760228964", "568283610012000", "568283610012734"],
    "fedex_20": ["61299998820821171811"],
    "fedex_96": ["9611020987654312345672"],
    "fedex_34": [
        "1001921334250001000300779017972697",
        "1001901781990001000300617767839437",
        "9622001900000000000000776632517510",
    ],
    "dhl_10": ["3318810025", "8487135506", "1099255990", "3821724944", "3318810036", "3318810014"],
    "dhl_11": ["73891051146"],
    "usps_20": ["03071790000523483741", "71123456789123456787"],
    "usps_20_of_91": ["71969010756003077385"],
    "usps_22": ["9101026837331000039521", "9505511069605048600624", "9400111201080805483016", "9261292700768711948021"],
    "usps_26": ["92748931507708513018050063"],
    "usps_30": ["420221539101026837331000039521", "420902459261290336128704042634"],
    "usps_34": ["4201002334249200190132607600833457", "4201028200009261290113185417468510"],
}
REFUSED = {
    "upu_s10": ["RB123456786US", "RB12345678"],
    "ups": ["1Z1111111111111111", "1Z5R89390357567128"],
    "ontrac": ["C10000000000000", "C11031500001889", "D10011345983012"],
    "fedex_12": ["996578788855"],
    "fedex_15": ["568283610012732"],
    "dhl_10": ["3318810010", "3318810034", "3318810011"],
    "usps_20": ["03071790000523483742"],
    "usps_22": ["9200000000000000000000", "9261292700768711948020"],
    "usps_34": ["4201028200009261290113185417468511"],
}


def _pairs(table):
    return [(scheme, number) for scheme, numbers in table.items() for number in numbers]


@pytest.mark.parametrize(("scheme", "number"), _pairs(PUBLISHED))
def test_published_numbers_pass(scheme, number):
    assert SCHEMES[scheme].holds(number)
    assert pl.select(SCHEMES[scheme].holds_expr(pl.lit(number))).item() is True


@pytest.mark.parametrize(("scheme", "number"), _pairs(REFUSED))
def test_wrong_numbers_fail(scheme, number):
    assert not SCHEMES[scheme].holds(number)


def test_every_scheme_has_a_published_number():
    assert set(SCHEMES) == set(PUBLISHED)


def test_the_worked_example_of_the_s10_standard():
    # 4*8 + 7*6 + 3*4 + 1*2 + 2*3 + 4*5 + 8*9 + 2*7 = 200; 11 - 200 mod 11 = 9
    assert SCHEMES["upu_s10"].holds("RR473124829GB")


def test_the_two_exceptions_of_the_s10_standard():
    assert SCHEMES["upu_s10"].holds("RB000000005GB")  # 11 - 0 = 11 becomes 5
    assert SCHEMES["upu_s10"].holds("RB000040000GB")  # 11 - 12 mod 11 = 10 becomes 0


@given(st.from_regex("[0-9]{22}", fullmatch=True))
def test_gs1_sums_are_those_of_python_stdnum(number):
    assert (ean.calc_check_digit(number[:21]) == number[21]) == SCHEMES["usps_22"].holds(number)


@given(st.from_regex("1Z[0-9A-Z]{15}[0-9]", fullmatch=True))
def test_columns_and_scalars_agree_on_letters(number):
    assert SCHEMES["ups"].holds(number) == pl.select(SCHEMES["ups"].holds_expr(pl.lit(number))).item()


@pytest.mark.parametrize(("scheme", "number"), _pairs(PUBLISHED))
def test_every_single_wrong_check_digit_is_found(scheme, number):
    stop = SCHEMES[scheme].stop
    others = [f"{number[:stop]}{digit}{number[stop + 1 :]}" for digit in range(10) if str(digit) != number[stop]]

    assert not any(SCHEMES[scheme].holds(other) for other in others)
