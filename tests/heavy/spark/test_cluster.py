"""A real cluster, a master and two workers: what is tried twice, and a worker that dies in mid-job, change nothing."""

from pathlib import Path

import polars as pl
from _truth import planted, shown
from _worlds import MIXED

JOB = Path(__file__).parent / "unsteady_job.py"
SPECULATION = {
    "spark.speculation": "true",
    "spark.speculation.interval": "100ms",
    "spark.speculation.minTaskRuntime": "0ms",
    "spark.speculation.multiplier": "1.1",
    "spark.speculation.quantile": "0.5",
    "spark.sql.adaptive.coalescePartitions.enabled": "false",
}


def test_neither_speculation_nor_a_worker_killed_in_mid_job_changes_the_answer(cluster, tmp_path):
    sides = [shown(side).with_row_index("row").cast({"row": pl.Int64}) for side in planted(5_000, 3, MIXED)]
    for name, side in zip(("left", "right"), sides, strict=True):
        (tmp_path / name).mkdir()
        for at in range(3):
            side.gather_every(3, at).write_parquet(tmp_path / name / f"{at}.parquet")
    waiting = tmp_path / "waiting"
    waiting.mkdir()

    with cluster.job(JOB, tmp_path, options=SPECULATION) as job:
        job.wait(lambda: len(list(waiting.iterdir())) >= 2, "both workers are at work")
        cluster.kill_worker("worker0")
        (tmp_path / "go").touch()
        said = job.end()

    assert 2 == said.count("the same")
    assert (tmp_path / "speculated").exists()
    assert "Lost executor" in said
