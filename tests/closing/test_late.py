"""What late rows would change of locked months, told of cases as a casebook gives them."""

import json

import polars as pl

from tieout.closing.late import REREVIEW, of_locked, told_of_locked


def cases(*changes):
    """Open cases about changes of locked months: each the locked month, the case's own, and its impact."""
    rows = [
        {
            "type": REREVIEW,
            "is_open": True,
            "evidence": json.dumps({"closed_period": locked}),
            "period": period,
            "impact_minor": minor,
            "currency": currency,
        }
        for locked, period, minor, currency in changes
    ]
    return pl.DataFrame(rows)


def test_each_locked_month_has_a_sentence_for_each_month_of_its_cases_with_their_own_sums():
    found = cases(
        ("2026-10", "2026-12", 4_000, "CNY"),
        ("2026-10", "2026-12", -500, "CNY"),
        ("2026-10", "2026-12", -1_250, "USD"),
        ("2026-10", "2026-11", 100, "CNY"),
        ("2026-09", "2026-12", 30, "JPY"),
    )

    count, told = told_of_locked(found)

    assert 5 == count
    assert [
        "the locked 2026-09 says otherwise today: 1 open case of 2026-12, +30 JPY",
        "the locked 2026-10 says otherwise today: 1 open case of 2026-11, +1.00 CNY",
        "the locked 2026-10 says otherwise today: 3 open cases of 2026-12, +35.00 CNY, -12.50 USD",
    ] == [str(note) for note in told]


def test_a_change_that_is_settled_or_that_is_another_thing_is_not_told():
    found = cases(*[("2026-10", "2026-11", 100, "CNY")] * 3).with_columns(
        is_open=pl.Series([False, True, True]), type=pl.Series([REREVIEW, "bank.receipt_missing", REREVIEW])
    )

    count, (told,) = told_of_locked(found)

    assert 1 == count
    assert str(told).endswith("1 open case of 2026-11, +1.00 CNY")
    assert (0, ()) == told_of_locked(found.head(2))


def test_a_change_without_an_amount_counts_and_has_no_sum():
    count, (told,) = told_of_locked(cases(("2026-10", "2026-11", None, None), ("2026-10", "2026-11", 100, "CNY")))

    assert 2 == count
    assert str(told).endswith("2 open cases of 2026-11, +1.00 CNY")


def test_changes_of_a_month_are_those_that_stand_in_another_one():
    found = cases(
        ("2026-10", "2026-11", 1, "CNY"),
        ("2026-10", "2026-10", 2, "CNY"),
        ("2026-09", "2026-11", 3, "CNY"),
        ("2026-10", None, 4, "CNY"),
    )

    assert [1, 4] == of_locked(found, "2026-10")["impact_minor"].to_list()
