"""Bucketing: all records of one key of the first rule into one bucket, as far as may be without leaving the JVM.

Nearly all keys are clean texts, which are keys as they stand; only of the others a worker says which key they are.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import polars as pl
import pyarrow as pa

from tieout._spark.workers import carried
from tieout.matching._at_rule import at_rule
from tieout.matching._plan import Plan
from tieout.matching._spark.parcels import BUCKET, frame_of, telling
from tieout.matching._spark.sides import column_name, functions_of
from tieout.matching._spark.task import POSITION, SIDES, Frames, Task
from tieout.matching.conditions._base import KeyPart
from tieout.matching.conditions._key_text import CLEAN, is_text_key

__all__ = ["bucketed", "names_of"]

_KEY: Final = "tieout:key"
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


def bucketed(frame: Any, task: Task, empty: Frames, side: str, names: list[int]) -> Any:  # noqa: ANN401 - of Spark
    """A side with the column `BUCKET`.

    Args:
        frame: The side, with positions, as it travels.
        task: What is carried out.
        empty: Both sides without a record.
        side: `left` or `right`.
        names: Numbers of the buckets.
    """
    functions, plan = functions_of(frame), task.plan(empty)

    def bucket(*columns: Any) -> Any:  # noqa: ANN401 - columns of Spark
        number = functions.pmod(functions.xxhash64(*columns), functions.lit(len(names))).cast("int")
        return functions.element_at(functions.lit(names).cast("array<int>"), number + 1)

    alone = bucket(functions.col(POSITION))
    if not task.closes(plan):
        return frame.withColumn(BUCKET, alone)
    at, parts = SIDES.index(side), plan.rules[0].parts
    texts = [part for part in parts if all(is_text_key(form) for form in part.normal)]
    clean, columns = _clean(functions, plan, texts, at)
    keys = [f"{_KEY}{number}" for number in range(len(texts) or len(parts))]
    schema = frame.schema
    for key in keys:
        schema = schema.add(key, "string")
    unclean = frame if clean is None else frame.filter(~clean)
    keyed = unclean.mapInArrow(
        carried(_keying(task, empty, side, [parts.index(part) for part in texts or parts])), schema
    )
    known = functions.lit(col=True)
    for key in keys:
        known = known & functions.col(key).isNotNull()
    of_key = functions.when(known, bucket(*(functions.col(key) for key in keys))).otherwise(alone)
    rest = keyed.withColumn(BUCKET, of_key).drop(*keys)
    return rest if clean is None else frame.filter(clean).withColumn(BUCKET, bucket(*columns)).unionByName(rest)


def _clean(functions: Any, plan: Plan, texts: list[KeyPart], at: int) -> tuple[Any, list[Any]]:  # noqa: ANN401
    """Which records have nothing but clean texts as keys, None where that cannot be told; and these texts."""
    schema = (plan.left, plan.right)[at].frame.schema
    names = [(part.left, part.right)[at][0] for part in texts]
    if not names or any(schema[name].is_float() for name in names):
        return None, []
    columns = [functions.col(column_name(list(schema).index(name))).cast("string") for name in names]
    clean = functions.lit(col=True)
    for column in columns:
        clean = clean & functions.coalesce(column.rlike(CLEAN), functions.lit(col=False))
    return clean, columns


def _keying(
    task: Task, empty: Frames, side: str, numbers: list[int]
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """What a worker does with records whose keys are not clean: it appends the keys, as texts."""
    at = SIDES.index(side)

    def keyed(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            with telling(f"{side} keys"), at_rule(task.rules[0]):
                own = frame_of(pa.Table.from_batches([batch]), empty[side].schema)
                plan = task.plan({**empty, side: own})
                forms = [plan.rules[0].parts[number].normal[at].value for number in numbers]
                keys = own.select(form.cast(pl.String).alias(f"{_KEY}{number}") for number, form in enumerate(forms))
                columns = [column.cast(pa.string()) for column in keys.rechunk().to_arrow().columns]
                whole = [*batch.columns, *(_in_one(column) for column in columns)]
            yield pa.record_batch(whole, names=[*batch.schema.names, *keys.columns])

    return keyed


def _in_one(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
