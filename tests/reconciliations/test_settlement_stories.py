"""Each story of the settlement world by itself: what it plants is found, nothing else."""

import random

import pytest
from settlement_world import Books


@pytest.mark.parametrize("story", Books.STORIES, ids=lambda story: story.__name__)
@pytest.mark.parametrize("seed", [1, 2])
def test_the_story_is_found_and_nothing_else(story, seed):
    books = Books(random.Random(seed))
    story(books)
    world = books.world()

    outcome = world.run()

    assert sorted(world.planted) == world.found(outcome)
    assert [] == list(outcome.proof.failures)
