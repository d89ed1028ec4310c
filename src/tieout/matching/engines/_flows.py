"""Flows: which classes of records pair, decided by cost, and the records that this means.

Edges are pairs of classes of twins with a cost: columns left_twin, right_twin, cost. Members are the records of the classes:
columns row, twin, rank.
"""

import polars as pl

from tieout.matching._components import components_of
from tieout.matching.engines._assignment import CLASSES_MAX, EDGES_MAX, best_flows
from tieout.matching.rule import Pairing

__all__ = ["flows_of", "pairs_of"]


def flows_of(edges: pl.DataFrame, left: pl.DataFrame, right: pl.DataFrame, pairing: Pairing) -> pl.DataFrame:
    """How many pairs each edge has.

    Args:
        edges: Candidate edges.
        left: Members on the left.
        right: Members on the right.
        pairing: 1:1, 1:n or n:1.

    Returns:
        The edges that pair or tie: left_twin, right_twin, flow (null for a tie). Where one side takes many, the flow counts
        the members of the other.
    """
    sized = edges.join(_sizes(left, "left"), on="left_twin").join(_sizes(right, "right"), on="right_twin")
    if pairing is Pairing.MANY_TO_ONE:
        return _nearest(sized, chooser="left")
    if pairing is Pairing.ONE_TO_MANY:
        return _nearest(sized, chooser="right")
    lone = (pl.len().over("left_twin") == 1) & (pl.len().over("right_twin") == 1)
    sized = sized.with_columns(is_lone=lone)
    alone = sized.filter("is_lone").with_columns(flow=pl.min_horizontal("left_size", "right_size").cast(pl.Int64))
    contested = _assigned(sized.filter(~pl.col("is_lone")).drop("is_lone"))
    columns = ["left_twin", "right_twin", "flow"]
    return pl.concat([alone.select(columns), contested.select(columns)])


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
        sure = _ranked_pairs(settled, left, right)
        left = left.join(sure, left_on="row", right_on="left", how="anti")
        right = right.join(sure, left_on="row", right_on="right", how="anti")
    return sure, _members(flows.filter(pl.col("flow").is_null()), left, right)


def _sizes(members: pl.DataFrame, side: str) -> pl.DataFrame:
    return members.group_by(pl.col("twin").alias(f"{side}_twin")).agg(pl.len().alias(f"{side}_size"))


def _nearest(sized: pl.DataFrame, *, chooser: str) -> pl.DataFrame:
    """Each class of the one side takes its closest on the other; several that are equally close tie."""
    twin, size = f"{chooser}_twin", f"{chooser}_size"
    closest = sized.filter(pl.col("cost") == pl.col("cost").min().over(twin))
    flow = pl.when(pl.len().over(twin) == 1).then(pl.col(size).cast(pl.Int64))
    return closest.with_columns(flow=flow).select("left_twin", "right_twin", "flow")


def _assigned(edges: pl.DataFrame) -> pl.DataFrame:
    """Flows of edges that compete, component by component."""
    flows: list[int | None] = [None] * edges.height
    parts = components_of(edges["left_twin"].to_list(), edges["right_twin"].to_list())
    costs = edges["cost"].to_list()
    lefts, rights = edges["left_twin"].to_list(), edges["right_twin"].to_list()
    left_sizes, right_sizes = edges["left_size"].to_list(), edges["right_size"].to_list()
    for members in parts:
        at_left: dict[int, int] = {}
        at_right: dict[int, int] = {}
        sizes: tuple[list[int], list[int]] = ([], [])
        graph = []
        for edge in members:
            for twin, known, found, size in (
                (lefts[edge], at_left, sizes[0], left_sizes[edge]),
                (rights[edge], at_right, sizes[1], right_sizes[edge]),
            ):
                if twin not in known:
                    known[twin] = len(known)
                    found.append(size)
            graph.append((at_left[lefts[edge]], at_right[rights[edge]], costs[edge]))
        if len(graph) > EDGES_MAX or len(at_left) + len(at_right) > CLASSES_MAX:
            continue
        for edge, flow in zip(members, best_flows(graph, *sizes), strict=True):
            flows[edge] = flow
    return edges.with_columns(flow=pl.Series("flow", flows, dtype=pl.Int64)).filter(
        (pl.col("flow") > 0) | pl.col("flow").is_null()
    )


def _members(edges: pl.DataFrame, left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """All records of the classes of edges, each left with each right."""
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
    by_left = flows.sort("left_twin", "right_twin").with_columns(left_from=_running("left_twin"))
    by_both = by_left.sort("right_twin", "left_twin").with_columns(right_from=_running("right_twin"))
    single = by_both.with_columns(step=pl.int_ranges(0, pl.col("flow"))).explode("step")
    placed = single.select(
        "left_twin",
        "right_twin",
        left_place=pl.col("left_from") + pl.col("step"),
        right_place=pl.col("right_from") + pl.col("step"),
    )
    lefts = _placed(left, "left")
    rights = _placed(right, "right")
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
