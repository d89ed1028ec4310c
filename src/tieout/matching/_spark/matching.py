"""A match of two sides on Spark, from the frames to the result."""

from collections.abc import Sequence
from typing import Any

import attrs
import polars as pl

from tieout._spark.installed import is_spark_frame
from tieout.errors import InputError, MatcherError
from tieout.matching._spark.cluster import SparkCluster
from tieout.matching._spark.driving import FEW, Found, carried_out
from tieout.matching._spark.options import OnSpark
from tieout.matching._spark.result import SparkMatchResult
from tieout.matching._spark.sides import require_ids, schemas_of
from tieout.matching._spark.task import SIDES, Task
from tieout.matching.progress import Tell
from tieout.model import MatchStatus

__all__ = ["match_on_spark"]

_CONFIRMED, _SUGGESTED = MatchStatus.CONFIRMED.value, MatchStatus.SUGGESTED.value
_PAIRS = "left long, right long, group long, rule string, score double, status string, evidence string"


def match_on_spark(task: Task, left: Any, right: Any, options: OnSpark, tell: Tell) -> SparkMatchResult:  # noqa: ANN401
    """Match two DataFrames of Spark.

    Args:
        task: What is carried out; how many records there are is not known yet.
        left: DataFrame of Spark, classic or Connect.
        right: Another one, of the same session.
        options: How.
        tell: Called before each rule of the rest and at the end.

    Raises:
        MatcherError: As `Matcher.match` says, or too many records are left over.
        InputError: Only one side is of Spark, or a column cannot be read.
        MissingColumn: A rule names a column that a side does not have.
        WrongColumnType: Columns cannot be compared exactly.
    """
    frames = {"left": left, "right": right}
    _require_two(frames)
    schemas = schemas_of(frames)
    require_ids(schemas, options.ids)
    plan = task.plan({name: pl.DataFrame(schema=schema) for name, schema in schemas.items()})  # what is wrong, at once
    cluster = SparkCluster(frames, schemas, options)
    task = attrs.evolve(task, records=cluster.records)
    found = carried_out(cluster, task, tell, max_leftovers=options.max_leftovers, few=FEW)
    return SparkMatchResult(
        pairs=_pairs(cluster, task, found),
        plan=plan,
        verdicts=found.verdicts,
        calibrations=found.calibrations,
        sides=frames,
        numbered=cluster.sides,
        found=found,
        cluster=cluster,
    )


def _require_two(frames: dict[str, Any]) -> None:
    for name, frame in frames.items():
        if not is_spark_frame(frame):
            raise InputError(
                f"the other side is on Spark, this one is {type(frame).__name__}",
                where=f"{name} side",
                hint="session.createDataFrame(...) brings it there",
            )
    if frames["left"] is frames["right"]:
        raise MatcherError(
            "both sides are the same DataFrame",
            hint='matching a set with itself pairs each record with itself; give two sides, or frame.select("*") on purpose',
        )


def _pairs(cluster: SparkCluster, task: Task, found: Found) -> Any:  # noqa: ANN401 - a frame of Spark
    """Settled pairs, and what was found beside them."""
    functions, settled = cluster.functions, cluster.settled()
    if len(found.replaces):
        replaced = cluster.session.createDataFrame(found.replaces.alias("left").to_frame().to_arrow())
        settled = settled.join(functions.broadcast(replaced), on="left", how="left_anti")
    is_raw = functions.col("is_raw")
    own = settled.select(
        "left",
        "right",
        (functions.col("first") * 2).alias("group"),
        functions.lit(task.rules[0].name).alias("rule"),
        functions.when(is_raw, 1.0).otherwise(0.99).alias("score"),
        functions.lit(_CONFIRMED).alias("status"),
        functions.when(is_raw, "raw").otherwise("normalised").alias("evidence"),
    )
    more = _links(found.links, [rule.name for rule in task.rules])
    return own.unionByName(cluster.session.createDataFrame(more.to_arrow(), _PAIRS)) if more.height else own


def _links(links: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    status = pl.when("is_confirmed").then(pl.lit(_CONFIRMED)).otherwise(pl.lit(_SUGGESTED))
    rules = pl.Series("rule", names, dtype=pl.String)
    return links.sort("place", *SIDES).select(
        *SIDES,
        pl.col("place").alias("group"),
        pl.lit(rules).gather(pl.col("rule")).alias("rule"),
        "score",
        status.alias("status"),
        "evidence",
    )
