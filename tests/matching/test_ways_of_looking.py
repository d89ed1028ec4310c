"""How an engine looks for pairs and rivals depends on how many records there are; what it finds does not."""

import pytest
from _truth import planted, shown
from _worlds import WORLDS
from polars.testing import assert_frame_equal

from tieout.matching import Matcher
from tieout.matching.conditions import _edit_pieces
from tieout.matching.engines import _search

ROWS = 12_000  # enough for scores to be learned
PLAIN = {"_FEW_TIMES": 10**9, "_MANY_TIMES": 10**9}
WAYS = {
    "around at once": {**PLAIN, "_FEW_TIMES": 0},
    "through sieves": {**PLAIN, "_MANY_TIMES": 0},
    "part by part": {**PLAIN, "_PART_ROWS": 1_001},
    "all of it": {"_FEW_TIMES": 0, "_MANY_TIMES": 0, "_PART_ROWS": 1_001},
    "through sieves for some blocks each": {**PLAIN, "_MANY_TIMES": 0, "_BITS_MOST": 14},
}


def matched(sides, bounds):
    with pytest.MonkeyPatch.context() as patch:
        for name, value in bounds.items():
            patch.setattr(_edit_pieces if name == "_BITS_MOST" else _search, name, value)
        return Matcher.standard(key="key", amount="amount", date="day").match(*sides).pairs


@pytest.fixture(scope="module", params=WORLDS.values(), ids=lambda world: world.name)
def plainly(request):
    sides = tuple(map(shown, planted(ROWS, 5, request.param)))
    return sides, matched(sides, PLAIN)


@pytest.mark.parametrize("bounds", WAYS.values(), ids=WAYS.keys())
def test_every_way_of_looking_finds_the_same(plainly, bounds):
    sides, expected = plainly

    assert_frame_equal(expected, matched(sides, bounds))


def test_looked_for_is_what_can_rival(plainly):
    _, pairs = plainly

    assert {"harmed key", "damaged key", "badly damaged key"} <= set(pairs["rule"])
    assert {"confirmed", "suggested"} == set(pairs["status"])
