"""Losing: what becomes of a session whose executors are lost, and of frames that read otherwise then.

Workers find its functions by this module's name.
"""

from pathlib import Path

import pyarrow as pa


def lose_all(session):
    """Have a session lose what it keeps of frames and of shuffles, as an executor takes it along that is lost.

    Files that are only deleted would do so too, but Spark then takes the executor itself for lost: in `local[2]` it is the
    driver, whose large results nobody finds from then on.
    """
    context = session.sparkContext._jsc
    kept = dict(context.getPersistentRDDs())
    assert kept, "nothing is kept that could be lost"
    for each in kept.values():
        each.unpersist(True)
    cleaner = context.sc().cleaner().get()
    written = Path(session.conf.get("spark.local.dir"))
    for shuffle in {int(path.name.split("_")[1]) for path in written.rglob("shuffle_*")}:
        cleaner.doCleanupShuffle(shuffle, True)
    assert not list(written.rglob("shuffle_*"))


def of_another_type(batch):
    """The same rows and amounts, but the first charge is of another type."""
    at = batch.schema.names.index("charge_type")
    kinds = pa.array(["other", *batch.column(at).to_pylist()[1:]], batch.schema.field(at).type)
    return batch.set_column(at, batch.schema.field(at), kinds)


def gone(batch):
    """No row."""
    return batch.slice(0, 0)


def without_the_last(batch):
    """All rows but one."""
    return batch.slice(0, batch.num_rows - 1)


def read_otherwise(frame, later, other):
    """A frame that reads otherwise as soon as there is a file."""

    def read(batches):
        for batch in batches:
            yield other(batch) if later.exists() else batch

    return frame.mapInArrow(read, frame.schema)
