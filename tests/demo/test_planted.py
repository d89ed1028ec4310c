"""Planted against found: how the demo's own verdict speaks."""

from collections import Counter

from tieout._demo.planted import Comparison, Mark, planted_marks

OVERWEIGHT = Mark("courier.overweight", "zto", "78000000000001", "base", 90, "CNY")
STRANGER = Mark("courier.not_ours", "sf", "SF1000000000001", "base", 1600, "CNY")


def test_the_same_on_both_sides_agrees():
    comparison = Comparison(planted=Counter([OVERWEIGHT, STRANGER]), found=Counter([STRANGER, OVERWEIGHT]))
    assert comparison.agrees
    assert str(comparison).endswith("All 2 planted errors found, none invented.")


def test_what_is_not_found_and_what_is_invented_is_named():
    comparison = Comparison(planted=Counter([OVERWEIGHT]), found=Counter([STRANGER]))
    assert not comparison.agrees
    text = str(comparison)
    assert "  not found: courier.overweight: zto 78000000000001 base: 0.90 CNY" in text
    assert "  invented: courier.not_ours: sf SF1000000000001 base: 16.00 CNY" in text
    assert text.endswith("1 PLANTED: 1 NOT FOUND, 1 INVENTED.")
    assert 2 == text.count("DIFFERS")


def test_an_error_found_twice_is_invented_once():
    comparison = Comparison(planted=Counter([OVERWEIGHT]), found=Counter([OVERWEIGHT, OVERWEIGHT]))
    assert ((OVERWEIGHT,), ()) == (comparison.invented, comparison.missing)


def test_a_long_list_is_cut_with_its_rest_counted():
    found = Counter(
        Mark("courier.not_ours", "sf", f"SF10000000001{number:02}", "base", 100, "CNY") for number in range(25)
    )
    text = str(Comparison(planted=Counter(), found=found))
    assert 20 == text.count("invented: courier.not_ours")
    assert "  invented: 5 more" in text


def test_the_truth_has_one_row_for_each_planted_error():
    marks = Counter(planted_marks())
    assert marks.total() == len(marks) > 100
