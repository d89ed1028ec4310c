"""Components: names that hang together by edges, found bucket by bucket in rounds of stars.

Each round binds the neighbours of a name to the smallest of them: first those that are greater (large star), then those that are
smaller (small star). Rounds end when nothing changes; they are few, since the distance to the smallest name halves or better
(Kiveris et al., Connected Components in MapReduce and Beyond, 2014).
"""

from collections.abc import Iterator
from typing import Any

import attrs
import polars as pl

from tieout._spark.parts import Frames, Part, bucket_of, split

__all__ = ["EDGES", "LABELS", "edge_parts", "labels_of"]

EDGES = "edges"
"""Name of frames of edges: `node`, `other`, each edge in both directions."""
LABELS = "labels"
"""Name of frames of labels: `route`, a name, and `root`, the smallest name that it hangs together with."""
_DIGEST = "digest"
_MOST_ROUNDS = 60
_WIDE = 2**31


def edge_parts(edges: pl.DataFrame, buckets: int) -> Iterator[Part]:
    """Edges on their way, each to both of its ends.

    Args:
        edges: `node`, `other`, two names that differ.
        buckets: How many buckets there are.
    """
    turned = edges.select(pl.col("other").alias("node"), pl.col("node").alias("other"))
    yield from split(EDGES, pl.concat([edges.select("node", "other"), turned]).unique(), ["node"], buckets)


def labels_of(edges: Any, buckets: int) -> tuple[Any, Any]:  # noqa: ANN401 - whatever Parts a cluster has
    """The labels of all names that have an edge and are not the smallest of their component, as parts by `route`.

    The second are parts that the labels are made of, and that can be released when these are.

    Args:
        edges: Parts of `EDGES`.
        buckets: How many buckets there are.
    """
    before: tuple[int, ...] | None = None
    for _ in range(_MOST_ROUNDS):
        stars = edges.regrouped(_LargeStar(buckets)).regrouped(_SmallStar(buckets)).kept()
        if before is not None:
            edges.released()
        edges = stars
        found = stars.fetched(_DIGEST).get(_DIGEST)
        digest = (0,) if found is None else tuple(found.select(pl.all().sum()).row(0))
        if digest == before:
            break
        before = digest
    return edges.named(EDGES).regrouped(_Labels(buckets)), edges


@attrs.frozen
class _LargeStar:
    buckets: int

    def __call__(self, frames: Frames) -> Iterator[Part]:
        edges = frames.get(EDGES)
        if edges is None:
            return
        least = pl.min_horizontal("node", pl.col("other").min().over("node"))
        bound = edges.with_columns(least.alias("least")).filter(pl.col("other") > pl.col("node"))
        made = bound.select(pl.col("other").alias("node"), pl.col("least").alias("other")).unique()
        yield from split(EDGES, made, ["node"], self.buckets)


@attrs.frozen
class _SmallStar:
    buckets: int

    def __call__(self, frames: Frames) -> Iterator[Part]:
        edges = frames.get(EDGES)
        if edges is None:
            return
        bound = edges.with_columns(pl.col("other").min().over("node").alias("least"))
        made = pl.concat(
            [
                bound.select("node", pl.col("least").alias("other")),
                bound.select(pl.col("other").alias("node"), pl.col("least").alias("other")),
            ]
        )
        made = made.filter(pl.col("node") != pl.col("other")).unique()
        yield from edge_parts(made, self.buckets)
        stems = made.select(pl.concat_str("node", "other", separator="\x1f")).to_series()
        yield 0, _DIGEST, pl.DataFrame({"rows": [made.height], "sum": [int(bucket_of(stems, _WIDE).sum())]})


@attrs.frozen
class _Labels:
    buckets: int

    def __call__(self, frames: Frames) -> Iterator[Part]:
        edges = frames.get(EDGES)
        if edges is None:
            return
        bound = edges.filter(pl.col("node") > pl.col("other")).unique()
        labels = bound.group_by("node").agg(pl.col("other").min().alias("root")).rename({"node": "route"})
        yield from split(LABELS, labels, ["route"], self.buckets)
