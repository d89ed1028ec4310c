import gc
import threading

import pytest

from tieout.matching._collector import held_back

MANY = 1_000_000


@pytest.fixture(autouse=True)
def _collector_is_on():
    gc.unfreeze()  # what the tests froze when they were found
    gc.collect()
    yield
    gc.enable()
    gc.freeze()


def test_the_collector_rests_while_very_many_objects_are_made():
    with held_back(MANY):
        assert not gc.isenabled()
    assert gc.isenabled()


def test_a_few_objects_are_not_worth_it():
    with held_back(100):
        assert gc.isenabled()


def test_an_error_leaves_the_collector_on():
    with pytest.raises(KeyError), held_back(MANY):
        raise KeyError
    assert gc.isenabled()


def test_a_collector_that_the_program_turned_off_stays_off():
    gc.disable()
    with held_back(MANY):
        pass
    assert not gc.isenabled()


def test_what_was_made_is_old_and_not_frozen():
    with held_back(MANY):
        made = [[] for _ in range(2_000)]
    young = {id(one) for generation in (0, 1) for one in gc.get_objects(generation=generation)}

    assert not any(id(one) in young for one in made)
    assert gc.get_freeze_count() == 0


def test_objects_grow_old_at_once_only_once_between_full_collections():
    with held_back(MANY):
        pass
    with held_back(MANY):
        made = [[] for _ in range(500)]
    young = {id(one) for generation in (0, 1) for one in gc.get_objects(generation=generation)}

    assert all(id(one) in young for one in made)


def test_what_the_program_froze_stays_frozen():
    gc.freeze()
    with held_back(MANY):
        pass

    assert gc.get_freeze_count() > 0


def test_blocks_that_overlap_in_threads_leave_the_collector_on():
    inside, over = threading.Event(), threading.Event()

    def other():
        with held_back(MANY):
            inside.set()
            over.wait(10)

    thread = threading.Thread(target=other)
    thread.start()
    inside.wait(10)
    with held_back(MANY):
        over.set()
        thread.join()

    assert gc.isenabled()
