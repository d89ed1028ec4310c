"""Some reconciliations run at once: what comes out is the same, in the same order, and each waits for those it comes after."""

from threading import Event, Lock, get_ident

import pytest

from closing.shop import clean_tables, config
from tieout.closing.detect import detect, leaf_of
from tieout.closing.progress import NoProgress
from tieout.errors import InputError


class Watched:
    """A runner that notes when runs begin and end, in which order and how many at a time."""

    def __init__(self):
        self.told, self.most, self._now, self._lock = [], 0, 0, Lock()

    def __call__(self, settings, sides):
        self._note("begun", settings, 1)
        outcome = settings.run(**sides)
        self._note("ended", settings, -1)
        return outcome

    def _note(self, what, settings, more):
        with self._lock:
            self.told.append((what, type(settings)))
            self._now += more
            self.most = max(self.most, self._now)


def detected(folder, at_once, run):
    return detect(config(folder), clean_tables(), {}, run=run, progress=NoProgress(), at_once=at_once)


def test_two_at_once_find_what_one_after_the_other_finds_in_the_same_order(tmp_path):
    alone, both = Watched(), Watched()
    one, two = detected(tmp_path, 1, alone), detected(tmp_path, 2, both)

    assert (1, 2) == (alone.most, both.most)
    assert [run.name for run in one.runs] == [run.name for run in two.runs]
    assert one.report == two.report
    for mine, other in zip(one.outcomes, two.outcomes, strict=True):
        assert mine.lines.equals(other.lines)
        assert mine.discrepancies.to_polars().equals(other.discrepancies.to_polars())
        assert mine.proof == other.proof


@pytest.mark.parametrize("at_once", [1, 2, 5])
def test_a_reconciliation_begins_when_those_are_done_that_it_comes_after(tmp_path, at_once):
    run = Watched()
    detected(tmp_path, at_once, run)

    kinds = {kind for _, kind in run.told}
    after = [(leaf_of(name), kind) for kind in kinds for name in kind.AFTER if leaf_of(name) in kinds]
    assert len(after) > 10
    for first, second in after:
        last = max(at for at, told in enumerate(run.told) if told == ("ended", first))
        assert last < run.told.index(("begun", second)), (first, second)


@pytest.mark.parametrize("at_once", [1, 2])
def test_an_error_of_one_names_its_run_and_ends_the_stage(tmp_path, at_once):
    class Failing(Watched):
        def __call__(self, settings, sides):
            if leaf_of("dispatch") is type(settings):
                raise InputError("it cannot be", where="shipments")
            return super().__call__(settings, sides)

    run = Failing()
    with pytest.raises(InputError, match="it cannot be") as raised:
        detected(tmp_path, at_once, run)

    assert ["in the reconciliation dispatch"] == raised.value.__notes__
    assert leaf_of("outbound") not in {kind for _, kind in run.told}


def test_of_two_that_fail_the_first_asked_for_is_told_although_the_other_failed_sooner(tmp_path):
    alone = Watched()
    detected(tmp_path, 1, alone)
    first, other, *_ = dict.fromkeys(kind for _, kind in alone.told)
    other_failed = Event()

    def run(settings, sides):
        if type(settings) is first:
            other_failed.wait(10)
            raise InputError("the first", where="orders")
        if type(settings) is other:
            other_failed.set()
            raise InputError("the other", where="orders")
        return settings.run(**sides)

    with pytest.raises(InputError, match="the first"):
        detected(tmp_path, 2, run)


def test_one_after_the_other_they_run_where_the_close_does_as_a_book_in_memory_is_another_one_elsewhere(tmp_path):
    ran_in = set()

    def run(settings, sides):
        ran_in.add(get_ident())
        return settings.run(**sides)

    detected(tmp_path, 1, run)

    assert {get_ident()} == ran_in
