"""A job whose buckets wait for what happens to them: submitted to a cluster by the tests, with the folder they share.

    unsteady_job.py FOLDER

It matches `left` and `right` of the folder twice. The first time each first attempt at a bucket waits for a second one, which
speculation starts elsewhere. The second time all wait until there is a file `go`. It fails if an answer is not the local one.
"""

import sys
import time
from pathlib import Path

import polars as pl
from pyspark import TaskContext
from pyspark.sql import SparkSession

from match_answers import answer_of, assert_same
from tieout.matching import Matcher, OnSpark
from tieout.matching._spark import cluster

FOLDER = Path(sys.argv[1])
BUCKETS = 5
MATCHER = Matcher.standard(key="key", amount="amount", date="day")
deciding = cluster.deciding


def once_waited(wait):
    """What a worker does with a bucket, after it has waited."""

    def instead(*given):
        decide = deciding(*given)

        def unsteady(rows):
            wait()
            return decide(rows)

        return unsteady

    return instead


def for_another_attempt():
    """Wait, in the first attempt at the first bucket, for the second one."""
    task = TaskContext.get()
    if task.partitionId() or list(FOLDER.glob("speculated")):
        return
    if task.attemptNumber():
        (FOLDER / "speculated").touch()
    while not (FOLDER / "speculated").exists():
        time.sleep(0.02)


def for_a_word():
    """Wait until there is a file `go`, and say that it waits."""
    (FOLDER / "waiting" / f"{TaskContext.get().taskAttemptId()}").touch()
    while not (FOLDER / "go").exists():
        time.sleep(0.02)


def main():
    session = SparkSession.builder.getOrCreate()
    here = [pl.read_parquet(FOLDER / side / "*.parquet").sort("row") for side in ("left", "right")]
    expected = answer_of(MATCHER.match(*here))
    for wait in (for_another_attempt, for_a_word):
        cluster.deciding = once_waited(wait)
        there = [session.read.parquet(str(FOLDER / side)) for side in ("left", "right")]
        result = MATCHER.match(*there, engine=OnSpark(ids=("row", "row"), buckets=BUCKETS))
        assert_same(expected, answer_of(result, local=lambda frame: pl.from_arrow(frame.toArrow())))
        print("the same")
    session.stop()


if __name__ == "__main__":
    main()
