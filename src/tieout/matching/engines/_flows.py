"""Flows: which classes of records pair, decided by cost, and the records that this means.

Edges are pairs of classes of twins with a cost: columns left_twin, right_twin, cost. Members are the records of the classes:
columns row, twin, rank.
"""

from collections.abc import Sequence
from typing import TypeAlias

import polars as pl

from tieout.matching.engines._assignment import best_flows
from tieout.matching.engines._shapes import FLOWS, solved_by_shape
from tieout.matching.rule import Pairing

__all__ = ["EDGES_MAX", "flows_of", "pairs_of"]

EDGES_MAX = 200_000
"""Most edges of a component that is solved one edge at a time; the larger are for a person."""

_EDGES_AT_ONCE = 1_000_000  # bounds the Python numbers alive at once while components are solved

_Graph: TypeAlias = tuple[tuple[int, ...], ...]  # lefts, rights, costs, left sizes, right sizes: one each per edge


def flows_of(edges: pl.DataFrame, left: pl.DataFrame, right: pl.DataFrame, pairing: Pairing) -> pl.DataFrame:
    """How many pairs each edge has.

    Args:
        edges: Candidate edges.
        left: Members on the left.
        right: Members on the right.
        pairing: 1:1, 1:n or n:1.

    Returns:
        The edges that pair or tie: left_twin, right_twin, flow (null for a tie), left_size, right_size. Where one side takes
        many, the flow counts the members of the other.
    """
    sized = edges.join(_sizes(left, "left"), on="left_twin").join(_sizes(right, "right"), on="right_twin")
    if pairing is Pairing.MANY_TO_ONE:
        return _nearest(sized, chooser="left")
    if pairing is Pairing.ONE_TO_MANY:
        return _nearest(sized, chooser="right")
    solved, contested = solved_by_shape(sized)
    flows = pl.concat([solved, _assigned(contested)])
    return flows.filter((pl.col("flow") > 0) | pl.col("flow").is_null())


def pairs_of(
    flows: pl.DataFrame, left: pl.DataFrame, right: pl.DataFrame, pairing: Pairing
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The records of flows: pairs that are settled, and pairs that tie. Columns left, right."""
    settled = flows.filter(pl.col("flow") > 0)
    if pairing is Pairing.MANY_TO_ONE:
        sure = _members(settled, left, right.filter(pl.col("rank") == 0))
    elif pairing is Pairing.ONE_TO_MANY:
        sure = _members(settled, left.filter(pl.col("rank") == 0), right)
    else:
        is_single = (pl.col("left_size") == 1) & (pl.col("right_size") == 1)
        single = _members(settled.filter(is_single), left, right)
        sure = pl.concat([single, _ranked_pairs(settled.filter(~is_single), left, right)])
        left = left.join(sure, left_on="row", right_on="left", how="anti")
        right = right.join(sure, left_on="row", right_on="right", how="anti")
    return sure, _members(flows.filter(pl.col("flow").is_null()), left, right)


def _sizes(members: pl.DataFrame, side: str) -> pl.DataFrame:
    return members.group_by(pl.col("twin").alias(f"{side}_twin")).agg(pl.len().cast(pl.Int64).alias(f"{side}_size"))


def _nearest(sized: pl.DataFrame, *, chooser: str) -> pl.DataFrame:
    """Each class of the one side takes its closest on the other; several that are equally close tie."""
    twin, size = f"{chooser}_twin", f"{chooser}_size"
    closest = sized.filter(pl.col("cost") == pl.col("cost").min().over(twin))
    flow = pl.when(pl.len().over(twin) == 1).then(pl.col(size).cast(pl.Int64))
    return closest.with_columns(flow=flow).select(FLOWS)


def _assigned(edges: pl.DataFrame) -> pl.DataFrame:
    """Flows of edges that compete in no simple shape, component by component; those of a component too large tie."""
    if edges.is_empty():
        return edges.with_columns(flow=pl.lit(None, dtype=pl.Int64)).select(FLOWS)
    counted = edges.with_columns(edges=pl.len().over("root"))
    too_large = counted.filter(pl.col("edges") > EDGES_MAX).with_columns(flow=pl.lit(None, dtype=pl.Int64))
    ordered = _numbered(counted.filter(pl.col("edges") <= EDGES_MAX))
    lengths = ordered["root"].rle().struct.field("len").to_list()
    known: dict[_Graph, list[int | None]] = {}
    flows: list[pl.Series] = []
    start = at = 0
    while at < len(lengths):
        first, edges_at_once = at, 0
        while at < len(lengths) and (at == first or edges_at_once + lengths[at] <= _EDGES_AT_ONCE):
            edges_at_once += lengths[at]
            at += 1
        flows.append(_solved(ordered.slice(start, edges_at_once), lengths[first:at], known))
        start += edges_at_once
    solved = ordered.with_columns(pl.concat([pl.Series("flow", [], dtype=pl.Int64), *flows]))
    return pl.concat([too_large.select(FLOWS), solved.select(FLOWS)])


def _numbered(edges: pl.DataFrame) -> pl.DataFrame:
    """Edges in the order of their components, with the classes of each counted from 0: columns left_at, right_at."""
    for side in ("right", "left"):  # the order by left classes is the one that stays
        edges = edges.sort("root", f"{side}_twin", "right_twin").with_columns(at=pl.col(f"{side}_twin").rle_id())
        edges = edges.with_columns((pl.col("at") - pl.col("at").min().over("root")).alias(f"{side}_at"))
    return edges


def _solved(edges: pl.DataFrame, lengths: Sequence[int], known: dict[_Graph, list[int | None]]) -> pl.Series:
    """Flows of whole components that stand one after the other; equal problems are solved once."""
    columns = [edges[name].to_list() for name in ("left_at", "right_at", "cost", "left_size", "right_size")]
    flows: list[int | None] = []
    start = 0
    for length in lengths:
        graph = tuple(tuple(column[start : start + length]) for column in columns)
        found = known.get(graph)
        if found is None:
            found = known[graph] = _flows_in(graph)
        flows += found
        start += length
    return pl.Series("flow", flows, dtype=pl.Int64)


def _flows_in(graph: _Graph) -> list[int | None]:
    lefts, rights, costs, left_sizes, right_sizes = graph
    left_members = list(dict(sorted(zip(lefts, left_sizes, strict=True))).values())
    right_members = list(dict(sorted(zip(rights, right_sizes, strict=True))).values())
    return best_flows(list(zip(lefts, rights, costs, strict=True)), left_members, right_members)


def _members(edges: pl.DataFrame, left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """All records of the classes of edges, each left with each right."""
    if edges.is_empty():
        return pl.DataFrame([left["row"].clear().alias("left"), right["row"].clear().alias("right")])
    lefts = left.select(left_twin="twin", left="row")
    rights = right.select(right_twin="twin", right="row")
    return (
        edges.select("left_twin", "right_twin")
        .join(lefts, on="left_twin")
        .join(rights, on="right_twin")
        .select("left", "right")
    )


def _ranked_pairs(flows: pl.DataFrame, left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """As many pairs as each edge has, members taken in the order of their rank."""
    if flows.is_empty():
        return _members(flows, left, right)
    by_left = flows.sort("left_twin", "right_twin").with_columns(left_from=_running("left_twin"))
    by_both = by_left.sort("right_twin", "left_twin").with_columns(right_from=_running("right_twin"))
    single = by_both.with_columns(step=pl.int_ranges(0, pl.col("flow"))).explode("step")
    placed = single.select(
        "left_twin",
        "right_twin",
        left_place=pl.col("left_from") + pl.col("step"),
        right_place=pl.col("right_from") + pl.col("step"),
    )
    lefts = _placed(left.join(flows, left_on="twin", right_on="left_twin", how="semi"), "left")
    rights = _placed(right.join(flows, left_on="twin", right_on="right_twin", how="semi"), "right")
    return (
        placed.join(lefts, on=["left_twin", "left_place"])
        .join(rights, on=["right_twin", "right_place"])
        .select("left", "right")
    )


def _running(twin: str) -> pl.Expr:
    return (pl.col("flow").cum_sum() - pl.col("flow")).over(twin)


def _placed(members: pl.DataFrame, side: str) -> pl.DataFrame:
    """Members by their place among those still there."""
    return members.sort("twin", "rank").select(
        pl.col("twin").alias(f"{side}_twin"),
        pl.col("row").alias(side),
        pl.int_range(pl.len()).over("twin").alias(f"{side}_place"),
    )
