"""Totals that must tie, and how they say so."""

from decimal import ROUND_DOWN, localcontext

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout.proof import Check, Proof


def check(total, currency=None, **parts):
    return Check(name="bill lines", side="charges", currency=currency, total=total, parts=parts)


@given(st.dictionaries(st.text("abc", min_size=1), st.integers()), st.integers())
def test_a_check_holds_when_and_only_when_the_parts_sum_to_the_total(parts, off):
    held = check(sum(parts.values()) + off, **parts)

    assert (off == 0) is held.holds
    assert off == held.gap


@pytest.mark.parametrize(
    ("stated", "text"),
    [
        (check(3, matched=2, rejected=1), "charges: bill lines: 3 = 2 matched + 1 rejected: ties out"),
        (check(0), "charges: bill lines: 0 = 0: ties out"),
        (check(1234567, matched=1234566), "charges: bill lines: 1,234,567 = 1,234,566 matched: IS OFF BY 1"),
        (
            check(123456, "CNY", expected=123000, overcharged=456),
            "charges: bill lines: 1,234.56 CNY = 1,230.00 CNY expected + 4.56 CNY overcharged: ties out",
        ),
        (check(5, "JPY", matched=7), "charges: bill lines: 5 JPY = 7 JPY matched: IS OFF BY -2 JPY"),
        (check(-1, "KWD"), "charges: bill lines: -0.001 KWD = 0: IS OFF BY -0.001 KWD"),
    ],
)
def test_a_check_prints_its_equation(stated, text):
    with localcontext(prec=3, rounding=ROUND_DOWN):
        assert text == str(stated)


def test_a_check_does_not_follow_changes_of_what_it_was_built_from():
    parts = {"matched": 1}
    stated = Check(name="n", side="s", currency=None, total=1, parts=parts)
    parts["matched"] = 2

    assert stated.holds
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        stated.total = 2


def test_a_proof_holds_when_all_its_checks_do():
    good, bad = check(1, matched=1), check(2, matched=1)

    assert Proof([good, good]).holds
    assert not Proof([good, bad]).holds
    assert (bad,) == Proof([good, bad]).failures
    assert () == Proof([good]).failures


def test_proofs_are_joined_in_order():
    first, second = check(1, matched=1), check(2, matched=2)

    assert Proof([first, second]) == Proof.join([Proof([first]), Proof(iter([second]))])


def test_a_proof_prints_its_verdict_first():
    good, bad = check(1, matched=1), check(2, matched=1)

    assert f"The proof holds: 1 checks.\n  {good}" == str(Proof([good]))
    assert f"THE PROOF FAILS in 1 of its checks: 2 checks.\n  {good}\n  {bad}" == str(Proof([good, bad]))
