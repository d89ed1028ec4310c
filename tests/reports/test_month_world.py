"""The worlds that the tests of reports share are what they say."""

from reports.month_world import clean_month, faulty_month, many_discrepancies, month_chain


def test_nothing_is_found_in_the_clean_month():
    data = clean_month()

    assert sum(len(one.discrepancies) for one in data.outcomes) == 0
    assert data.proof.holds


def test_every_fault_of_the_story_is_found_in_the_faulty_month():
    data = faulty_month()

    assert sum(len(one.discrepancies) for one in data.outcomes) == 37
    assert data.proof.holds
    assert month_chain().orders.height == 1501


def test_very_many_discrepancies_are_as_many_and_can_be_read():
    data = many_discrepancies(1_000)

    assert sum(len(one.discrepancies) for one in data.outcomes) == 1_000
    assert {one.type for one in data.outcomes[0].discrepancies} >= {"courier.overweight", "courier.duplicate"}
    assert data.proof.holds
