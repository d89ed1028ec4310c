"""Losing: what becomes of a session whose executors are lost."""

from pathlib import Path


def lose_all(session):
    """Have a session lose what it keeps of frames and of shuffles, as an executor takes it along that is lost."""
    kept = dict(session.sparkContext._jsc.getPersistentRDDs())
    assert kept, "nothing is kept that could be lost"
    for each in kept.values():
        each.unpersist(True)
    for path in Path(session.conf.get("spark.local.dir")).rglob("shuffle_*"):
        path.unlink()
