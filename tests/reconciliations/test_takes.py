"""What each reconciliation says that it takes is what its `run` takes: the period close brings records and sides together by it."""

import inspect

import pytest

from tieout.reconciliations import reconciliation, reconciliations
from tieout.tables import Table


@pytest.mark.parametrize("name", sorted(reconciliations()))
def test_the_sides_it_says_are_the_parameters_of_run(name):
    leaf = reconciliation(name)
    parameters = inspect.signature(leaf.run).parameters
    sides = [one for one in parameters if one not in {"self", "opening"}]
    assert [one.name for one in leaf.TAKES] == sides
    needed = {one.name for one in leaf.TAKES if one.needed}
    without_default = {one for one in sides if parameters[one].default is inspect.Parameter.empty}
    assert needed == without_default


@pytest.mark.parametrize("name", sorted(reconciliations()))
def test_a_class_of_records_goes_to_sides_that_can_be_told_apart(name):
    leaf = reconciliation(name)
    assert len({(one.record, one.role) for one in leaf.TAKES}) == len(leaf.TAKES)
    assert all(one.role in {"", one.name} for one in leaf.TAKES)


def test_what_rests_on_others_names_leaves_and_never_itself():
    order = {name: reconciliation(name).AFTER for name in reconciliations()}
    assert all(set(after) <= set(order) for after in order.values())
    placed = []
    while len(placed) < len(order):
        free = [name for name, after in order.items() if name not in placed and set(after) <= set(placed)]
        assert free, "they rest on each other in a circle"
        placed += free


@pytest.mark.parametrize("name", sorted(name for name in reconciliations() if not reconciliation(name).EACH))
def test_a_world_without_records_of_these_classes_is_taken(name):
    leaf = reconciliation(name)
    sides = {one.name: Table.from_records([], one.record) for one in leaf.TAKES}
    assert leaf().run(**sides).proof.holds
