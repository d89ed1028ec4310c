"""The tables of forms keep their own promises."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tieout.keys import CARRIERS, PLATFORM_NUMBERS, Confidence, Evidence, Pattern
from tieout.keys.check_digits import SCHEMES
from tieout.keys.embedded_dates import DATES
from tieout.keys.patterns import CheckState

PATTERNS = [pattern for carrier in CARRIERS.values() for pattern in carrier.patterns]
PATTERNS += [number.pattern for number in PLATFORM_NUMBERS]


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.name)
def test_a_form_has_only_the_lengths_it_declares(pattern):
    @settings(max_examples=60, deadline=None, database=None)
    @given(st.from_regex(re.compile(pattern.form, re.ASCII), fullmatch=True))
    def some_numbers_fit(number):
        seen.add(len(number))

    seen = set()
    some_numbers_fit()

    assert seen <= set(pattern.lengths)


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.name)
def test_a_form_names_a_check_that_exists_and_a_source(pattern):
    assert pattern.check is None or pattern.check in {**SCHEMES, **DATES}
    assert pattern.source


def test_every_check_is_used():
    assert {*SCHEMES, *DATES} == {pattern.check for pattern in PATTERNS} - {None}


def test_confidence_ranks_from_checked_down_to_contradicted():
    ranked = sorted(Confidence, key=lambda confidence: -confidence.rank)

    expected = ["checked", "distinctive", "shared_checked", "shared", "contradicted"]
    assert expected == [one.value for one in ranked]


def test_a_failed_check_condemns_only_a_form_that_is_the_carriers_own():
    own = Pattern(name="own", form="A", lengths=(1,), is_distinctive=True, source="test")
    shared = Pattern(name="shared", form="1", lengths=(1,), source="test")

    assert Confidence.CONTRADICTED is own.confidence(CheckState.FAILED)
    assert shared.confidence(CheckState.FAILED) is None


def test_a_check_that_passes_by_chance_now_and_then_does_not_make_a_shared_form_certain():
    digit = Pattern(name="digit", form="[0-9]{12}", lengths=(12,), check="fedex_12", source="test")
    date = Pattern(name="date", form="[0-9]{28}", lengths=(28,), check="yyyymmdd_at_0", source="test")

    assert Confidence.SHARED_CHECKED is digit.confidence(CheckState.PASSED)
    assert Confidence.CHECKED is date.confidence(CheckState.PASSED)


def test_chinese_forms_are_marked_as_general_knowledge_and_checked_forms_as_verified():
    assert {Evidence.GENERAL} == {pattern.evidence for pattern in CARRIERS["sf"].patterns}
    assert {Evidence.VERIFIED} == {pattern.evidence for pattern in PATTERNS if pattern.check in SCHEMES}
