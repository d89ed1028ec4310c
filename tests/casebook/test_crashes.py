"""Processes that are killed and processes that crowd: a few here, hundreds in tests/benchmarks/fuzz_casebook.py."""

from casebook.crashing import FileSink, do, killed_again_and_again
from casebook.crowding import crowd
from tieout.casebook import Casebook


def test_a_book_whose_processes_are_killed_loses_nothing_and_doubles_nothing(url, tmp_path):
    seen = killed_again_and_again(url, tmp_path, times=2, seed=7, longest=0.8)

    assert seen["acts"] >= seen["kills"]


def test_several_processes_decide_at_once_and_none_loses_a_decision(url, tmp_path):
    with Casebook(url) as cases:
        for act in range(2):
            do(cases, act, FileSink(tmp_path / "alerts.txt"))

    assert crowd(url, processes=3, seconds=1)["decisions"] > 4
