"""Bucketing: all records of one key of the first rule into one bucket."""

from functools import reduce
from operator import xor
from typing import Any, Final

import polars as pl

from tieout.matching._plan import Plan
from tieout.matching._spark.task import POSITION, SIDES, Frames, Task
from tieout.matching._workbench import Workbench, key_names
from tieout.matching.conditions._key_text import is_text_key

__all__ = ["names_of", "numbers_of"]

_TRIES: Final = 40


def names_of(session: Any, functions: Any, buckets: int) -> list[int]:  # noqa: ANN401 - of Spark
    """Numbers for buckets that Spark puts into a partition each, when it puts them into so many."""
    at = functions.pmod(functions.hash(functions.col("name")), functions.lit(buckets)).alias("at")
    tried = (
        session.range(buckets * _TRIES + 100).select(functions.col("id").cast("int").alias("name")).select("name", at)
    )
    found: dict[int, int] = {}
    for row in tried.toArrow().to_pylist():
        found.setdefault(row["at"], row["name"])
    return sorted(found.values())


def numbers_of(task: Task, frames: Frames, side: str, buckets: int) -> pl.Series:
    """The number of the bucket of each record of a side: the same for equal keys, wherever the others of a side are.

    Keys are told by their texts where they have any: the normal forms of texts do not depend on what else a column holds.

    Args:
        task: What is carried out.
        frames: The records, with positions; of the other side none are needed.
        side: `left` or `right`.
        buckets: How many there are, numbered from 0.

    Returns:
        UInt64.
    """
    alone = frames[side][POSITION].cast(pl.UInt64) % buckets
    plan = task.plan(frames)
    if alone.is_empty() or not task.closes(plan):
        return alone
    whole = Workbench(plan).keys(plan.rules[0], (plan.left, plan.right)[SIDES.index(side)])
    hashes = [whole[name].cast(pl.String).hash(seed) for seed, name in enumerate(_telling(plan), start=1)]
    return alone.scatter(whole["row"], reduce(xor, hashes) % buckets)


def _telling(plan: Plan) -> list[str]:
    """Columns of the first rule's key that tell the bucket."""
    parts = plan.rules[0].parts
    names = key_names(plan.rules[0])
    texts = [name for name, part in zip(names, parts, strict=True) if all(is_text_key(form) for form in part.normal)]
    return texts or names
