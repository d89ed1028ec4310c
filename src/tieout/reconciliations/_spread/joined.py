"""Joined: what the parts of a run come to as one: its discrepancies, and the columns of its records."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import attrs
import polars as pl

from tieout._spark.parts import Cluster
from tieout.reconciliations._common import concluding, parted
from tieout.reconciliations._common.settings import Settings
from tieout.reconciliations._common.sides import Side
from tieout.tables import schema_of

__all__ = ["FOUND_SUMS", "MOMENTS", "Shelves", "finished", "likes_of_records", "moments_of"]

FOUND_SUMS = pl.DataFrame(
    schema={
        "type": pl.String,
        "currency": pl.String,
        "count": pl.Int64,
        "impact_minor": pl.Int64,
        "claimable_minor": pl.Int64,
    }
)
"""What findings sum to, by type and currency."""
MOMENTS: Mapping[str, Any] = {"side": pl.String, "column": pl.String, "at": pl.Int64}
"""Columns of figures that say which moments the records of a side have."""


@attrs.frozen(eq=False)
class Shelves:
    """Frames of an outcome, each in the parts that have it, so that whoever reads one asks for nothing else.

    On Spark a plan names all that a frame is made of, and is as large as that: a run that begins with what another one carried
    forward has the plans of both.

    Attributes:
        parts: The parts by name of the frame.
    """

    parts: Mapping[str, Any]

    def frame(self, name: str, like: pl.DataFrame) -> Any:  # noqa: ANN401 - a frame of the cluster's own
        """A frame of the cluster's own kind, with the columns of `like`."""
        return self.parts[name].frame(name, like)

    def fetched(self, *names: str) -> dict[str, pl.DataFrame]:
        """Frames of these names here, those without any row left out."""
        by_parts: dict[int, list[str]] = {}
        for name in names:
            by_parts.setdefault(id(self.parts[name]), []).append(name)
        found: dict[str, pl.DataFrame] = {}
        for together in by_parts.values():
            found |= self.parts[together[0]].fetched(*together)
        return found


def finished(
    cluster: Cluster,
    findings: Any,  # noqa: ANN401 - the Parts of a cluster
    known: Mapping[str, pl.DataFrame],
    *,
    settings: Settings,
    as_of: date,
    absorbed: pl.DataFrame,
    buckets: int,
    where: str,
) -> Any:  # noqa: ANN401
    """Findings with their sentences and ids, and what tolerances let drift, as parts of `parted.Finished`.

    Args:
        cluster: Where they are.
        findings: Parts of all findings.
        known: Figures, with how often each type was found on a day.
        settings: What the caller said.
        as_of: Day of the run.
        absorbed: What tolerances absorbed, by day.
        buckets: How many buckets there are.
        where: Whose findings they are, for errors.
    """
    drift = concluding.drift_of(settings, absorbed)
    drift = drift.with_columns(pl.col("currency").fill_null(settings.currency))
    drift = drift.filter(~pl.col("type").is_in(list(settings.switched_off)))
    days = drift.group_by("type", "on").agg(pl.len().cast(pl.Int64).alias("count"))
    often = pl.concat([known.get(parted.OFTEN, days.clear()), days])
    finish = parted.Finished(
        as_of=as_of,
        severities=settings.severities,
        period=concluding.period_label(settings, as_of),
        often=parted.summed(often, ["type", "on"]),
    )
    beside = cluster.parts(parted.finding_parts(drift, buckets))
    return findings.beside([beside]).sealed(finish, buckets, where=where)


def moments_of(sides: Iterable[Side]) -> pl.DataFrame:
    """The columns of moments that records of a part have: an outcome has those that any of them says.

    Args:
        sides: Judged sides.
    """
    found = [
        (side.name, name, at)
        for side in sides
        for at, name in enumerate(side.frame.columns)
        if name.endswith("_at") and side.frame[name].null_count() < side.frame.height
    ]
    return pl.DataFrame(found, schema=dict(MOMENTS), orient="row")


def likes_of_records(sides: Sequence[Side], moments: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The columns of each side's records in an outcome.

    Args:
        sides: Judged sides of a part.
        moments: As `moments_of` gives them, of all parts.
    """
    likes = {}
    for side in sides:
        seen = moments.filter(pl.col("side") == side.name).sort("at")["column"].unique(maintain_order=True).to_list()
        likes[f"records:{side.name}"] = _with_moments(concluding.recorded(side), seen, side.record)
    return likes


def _with_moments(like: pl.DataFrame, seen: Sequence[str], record: type) -> pl.DataFrame:
    """Columns of records with those of moments that any of them says, after the day."""
    wanted = schema_of(record)
    plain = [name for name in like.columns if not name.endswith("_at")]
    at = plain.index("on") + 1
    return like.clear().select(
        *plain[:at],
        *(pl.lit(None, dtype=wanted[name]).alias(name) for name in seen),
        *plain[at:],
    )
