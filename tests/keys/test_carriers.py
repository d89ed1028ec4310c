"""Carriers: specimens of each, all candidates given, none passed off as certain."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tieout.errors import UnknownCarrier
from tieout.keys import (
    CARRIERS,
    CheckState,
    Confidence,
    carrier_of,
    check_state,
    check_state_expr,
    recognize_carrier,
    recognize_carrier_expr,
)

SPECIMENS = [
    ("SF1385628716739", "sf", "distinctive"),
    ("YT8962646785389", "yto", "distinctive"),
    ("73610555582883", "zto", "shared"),
    ("773277027280336", "sto", "shared"),
    ("463431409940372", "yunda", "shared"),
    ("433108924718290", "yunda", "shared"),  # samples/order/pdd_buyer_order
    ("JT5029183746201", "jt", "distinctive"),  # the same file
    ("JDX024407261700", "jd", "distinctive"),
    ("JDVA11408814483", "jd", "distinctive"),
    ("DPK202252612836", "deppon", "distinctive"),
    ("1207119765021", "ems", "shared"),
    ("RB123456785CN", "china_post", "checked"),
    ("EE473124829CN", "ems", "checked"),
    ("RB123456785GB", "royal_mail", "checked"),
    ("RB123456785US", "usps", "checked"),
    ("RB123456785CV", "upu", "checked"),
    ("YT2229521272164446", "yunexpress", "distinctive"),
    ("1Z5R89390357567127", "ups", "checked"),
    ("986578788855", "fedex", "shared_checked"),
    ("61299998820821171811", "fedex", "shared_checked"),
    ("3318810025", "dhl", "shared_checked"),
    ("9400111201080805483016", "usps", "shared_checked"),
    ("C11031500001879", "ontrac", "checked"),
    ("TBA502887274000", "amazon_logistics", "distinctive"),
    ("JJD0099999999", "dhl", "distinctive"),
]


@pytest.mark.parametrize(("number", "carrier", "confidence"), SPECIMENS)
def test_specimens_name_their_carrier_with_the_confidence_they_deserve(number, carrier, confidence):
    found = {one.code: one.confidence.value for one in recognize_carrier(number)}

    assert confidence == found.get(carrier)


def test_the_best_candidate_comes_first():
    found = recognize_carrier("986578788855")

    expected = [("fedex", "shared_checked"), ("sf", "shared"), ("zto", "shared")]
    assert expected == [(one.code, one.confidence.value) for one in found]


def test_dirt_and_parcel_suffixes_do_not_matter():
    expected = ["ups"]
    assert expected == [one.code for one in recognize_carrier("`1z 5r8 939 03 5756 712 7\t")]
    expected = ["jd"]
    assert expected == [one.code for one in recognize_carrier("JDX024407261700-1-1-")]


def test_a_postal_number_without_a_country_is_nobodys():
    expected = ()
    assert expected == recognize_carrier("RB123456785XX")


@pytest.mark.parametrize("cell", [None, "", "-", "hello", "SF123"])
def test_what_is_no_number_has_no_carrier(cell):
    expected = ()
    assert expected == recognize_carrier(cell)


def test_only_the_carriers_asked_for_come_into_question():
    expected = ["sto"]
    assert expected == [one.code for one in recognize_carrier("773277027280336", among=["sto", "yto"])]
    with pytest.raises(UnknownCarrier, match="no carrier 'pigeon'; known: 4px, amazon_logistics"):
        recognize_carrier("773277027280336", among=["pigeon"])


def test_a_wrong_check_digit_contradicts_a_form_of_ones_own():
    found = recognize_carrier("1Z5R89390357567128")

    expected = [("ups", Confidence.CONTRADICTED)]
    assert expected == [(one.code, one.confidence) for one in found]
    assert CheckState.FAILED is found[0].confidence.check


def test_a_bare_number_with_a_wrong_check_digit_is_not_that_carriers():
    assert "fedex" not in {one.code for one in recognize_carrier("996578788855")}


def test_the_check_digit_of_a_bare_number_is_asked_only_when_the_carrier_is_known():
    assert CheckState.ABSENT is check_state("986578788855")
    assert CheckState.PASSED is check_state("986578788855", carrier="fedex")
    assert CheckState.FAILED is check_state("996578788855", carrier="fedex")
    assert CheckState.ABSENT is check_state("996578788855", carrier="sf")


def test_an_unknown_carrier_is_refused():
    with pytest.raises(UnknownCarrier, match="'pigeon'"):
        check_state("986578788855", carrier="pigeon")
    with pytest.raises(UnknownCarrier, match="'pigeon'"):
        check_state_expr(pl.col("key"), carrier="pigeon")
    with pytest.raises(UnknownCarrier, match="'pigeon'"):
        carrier_of("pigeon")


def test_codes_are_what_the_table_is_keyed_by():
    assert all(code == carrier.code and code == code.lower() for code, carrier in CARRIERS.items())
    expected = "顺丰速运"
    assert expected == carrier_of("sf").name_zh


NUMBERS = st.one_of(
    st.none(),
    st.sampled_from([number for number, _, _ in SPECIMENS]),
    st.from_regex(r"(SF|YT|JT|JDVA|1Z|C|RB|LP)[0-9]{9,16}(CN|US|XX)?", fullmatch=True),
    st.from_regex(r"[0-9]{10,22}", fullmatch=True),
    st.text(max_size=8).filter(lambda text: text.isprintable()),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(NUMBERS, max_size=30))
def test_columns_and_scalars_agree(numbers):
    frame = pl.DataFrame({"no": pl.Series(numbers, dtype=pl.String)})

    assert [_as_struct(recognize_carrier(number)) for number in numbers] == frame.select(
        recognize_carrier_expr(pl.col("no"))
    )["no"].to_list()
    for carrier in (None, "fedex", "sf", "usps"):
        expected = [check_state(number, carrier=carrier).value for number in numbers]
        assert (
            expected == frame.select(check_state_expr(pl.col("no"), carrier=carrier).alias("state"))["state"].to_list()
        )


def _as_struct(found):
    if not found:
        return None
    best = [one for one in found if one.confidence is found[0].confidence]
    is_own = found[0].confidence in {Confidence.CHECKED, Confidence.DISTINCTIVE}
    is_clear = len(found) == 1 or (is_own and len(best) == 1)
    return {
        "code": found[0].code if is_clear else None,
        "confidence": found[0].confidence.value,
        "check": found[0].confidence.check.value,
        "rivals": len(found) - 1,
    }


def test_a_shared_number_gets_no_carrier_in_a_column_even_when_a_check_digit_happens_to_pass():
    row = pl.DataFrame({"no": ["773277027280336"]}).select(recognize_carrier_expr(pl.col("no")))["no"][0]

    expected = {"code": None, "confidence": "shared_checked", "check": "passed", "rivals": 1}
    assert expected == row


def test_the_order_of_rows_is_kept():
    numbers = [number for number, _, _ in SPECIMENS]
    frame = pl.DataFrame({"no": numbers})
    forward = frame.select(recognize_carrier_expr(pl.col("no")))["no"].to_list()
    backward = frame.reverse().select(recognize_carrier_expr(pl.col("no")))["no"].to_list()

    assert forward == backward[::-1]
