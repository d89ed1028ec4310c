"""The sessions that the tests of Spark stand on: they compute, in both kinds, and on a cluster."""

import polars as pl


def doubled(batches):
    for batch in batches:
        frame = pl.from_arrow(batch)
        yield from frame.with_columns(pl.col("id") * 2).to_arrow().to_batches()


def test_a_session_runs_polars_in_its_workers(classic):
    found = classic.range(1000, numPartitions=3).mapInArrow(doubled, "id long").agg({"id": "sum"}).collect()

    assert 999_000 == found[0][0]


def test_a_session_of_connect_runs_polars_in_its_workers(connect):
    found = connect.range(1000, numPartitions=3).mapInArrow(doubled, "id long").agg({"id": "sum"}).collect()

    assert 999_000 == found[0][0]


JOB = """
import os, sys, time
from pathlib import Path
from pyspark.sql import SparkSession

marks, out = map(Path, sys.argv[1:])

def waiting(batches):
    (marks / f"{os.getpid()}").touch()
    while not (marks / "go").exists():
        time.sleep(0.02)
    for batch in batches:
        yield batch

session = SparkSession.builder.getOrCreate()
frame = session.range(1000, numPartitions=6).mapInArrow(waiting, "id long")
print("sum", frame.repartition(5, "id").agg({"id": "sum"}).collect()[0][0])
session.stop()
"""


def test_a_worker_that_is_killed_in_mid_job_changes_nothing(cluster, tmp_path):
    script = tmp_path / "job.py"
    script.write_text(JOB, encoding="utf-8")
    marks = tmp_path / "marks"
    marks.mkdir()

    with cluster.job(script, marks, tmp_path) as job:
        job.wait(lambda: len(list(marks.iterdir())) >= 2, "both workers are at work")
        cluster.kill_worker("worker0")
        (marks / "go").touch()
        said = job.end()

    assert "Lost executor" in said
    assert "sum 499500" in said


def test_the_next_job_has_two_workers_again(cluster):
    cluster.start_workers()

    assert all(worker.poll() is None for worker in cluster.workers.values())
    assert 2 == len(cluster.workers)
