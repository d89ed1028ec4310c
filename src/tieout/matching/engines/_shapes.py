"""Shapes: parts of a graph whose best pairing can be read off in columns, as nearly all can.

Edges have the columns left_twin, right_twin, cost, left_size, right_size. What is solved gets a column flow: how many pairs the
edge has in every best pairing, null where best pairings differ.
"""

import polars as pl

from tieout.matching._components import roots_of

__all__ = ["FLOWS", "solved_by_shape"]

FLOWS = ["left_twin", "right_twin", "flow", "left_size", "right_size"]
"""Columns of flows."""

_TIE = pl.lit(None, dtype=pl.Int64)


def solved_by_shape(edges: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What is solved, and what is not.

    Args:
        edges: Edges that may compete.

    Returns:
        Flows, and the edges of all other components with their component: column `root`, the same for edges that hang together,
        which also stand together.
    """
    counted = edges.with_columns(left_edges=pl.len().over("left_twin"), right_edges=pl.len().over("right_twin"))
    lone = counted.filter((pl.col("left_edges") == 1) & (pl.col("right_edges") == 1))
    solved = [lone.with_columns(flow=pl.min_horizontal("left_size", "right_size"))]
    rest = counted.filter((pl.col("left_edges") > 1) | (pl.col("right_edges") > 1))
    if rest.is_empty():
        return solved[0].select(FLOWS), rest.select(*edges.columns, root=pl.col("left_twin"))
    for centre, leaf in (("left", "right"), ("right", "left")):
        star = _star(rest, centre, leaf)
        if star.height:
            solved.append(_star_flows(star, centre, leaf))
            rest = rest.join(star, on=f"{centre}_twin", how="anti")
    even, squares, rest = _blocks(rest)
    solved += [even.with_columns(flow=_TIE), _square_flows(squares)]
    return pl.concat([frame.select(FLOWS) for frame in solved]), rest.select(*edges.columns, "root")


def _star(edges: pl.DataFrame, centre: str, leaf: str) -> pl.DataFrame:
    """Edges of classes all of whose partners have no other."""
    leaves = edges.filter(pl.col(f"{leaf}_edges") == 1)
    return leaves.filter(pl.len().over(f"{centre}_twin") == pl.col(f"{centre}_edges"))


def _star_flows(edges: pl.DataFrame, centre: str, leaf: str) -> pl.DataFrame:
    """One class that all others want: it takes the closest, level by level; a level that it cannot take whole ties."""
    twin, room, members = f"{centre}_twin", f"{centre}_size", f"{leaf}_size"
    level = [twin, "cost"]
    ordered = edges.sort(level).with_columns(before=(pl.col(members).cum_sum() - pl.col(members)).over(twin))
    ordered = ordered.with_columns(
        open=(pl.col(room) - pl.col("before").min().over(level)).clip(lower_bound=0),
        wanted=pl.col(members).sum().over(level),
        rivals=pl.len().over(level),
    )
    part = pl.when((pl.col("rivals") == 1) | (pl.col("open") == 0)).then("open")
    return ordered.with_columns(flow=pl.when(pl.col("wanted") <= pl.col("open")).then(members).otherwise(part))


def _blocks(edges: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Edges of components where each pairs with each: at one cost throughout; two records with two; and all the others.

    All come with their `root`, in its order. A component is whole exactly when each of its edges has as many others at both its
    ends, multiplied, as the component has: the partners of one class then hold all its edges.
    """
    rooted = edges.with_columns(roots_of(edges["left_twin"], edges["right_twin"]))
    rooted = rooted.sort("root", "left_twin", "right_twin").with_columns(part=pl.col("root").rle_id())
    parts = rooted.group_by("part", maintain_order=True).agg(
        edges=pl.len(),
        is_whole=(pl.col("left_edges").cast(pl.Int64) * pl.col("right_edges") == pl.len()).all(),
        is_even=pl.col("cost").min() == pl.col("cost").max(),
        is_single=pl.max_horizontal("left_size", "right_size").max() == 1,
    )
    is_even = parts["is_whole"] & parts["is_even"]
    is_square = parts["is_whole"] & parts["is_single"] & (parts["edges"] == 4) & ~is_even  # noqa: PLR2004
    even, square = is_even.gather(rooted["part"]), is_square.gather(rooted["part"])
    return rooted.filter(even), rooted.filter(square), rooted.filter(~even & ~square)


def _square_flows(edges: pl.DataFrame) -> pl.DataFrame:
    """Two records with two, their four edges in order: the cheaper of both ways to pair them, or a tie."""
    costs = [edges["cost"].gather_every(4, place) for place in range(4)]
    straight, crossed = costs[0] + costs[3], costs[1] + costs[2]
    gain = (crossed - straight).gather(pl.int_range(edges.height, eager=True) // 4)
    is_straight = (pl.int_range(pl.len()) % 4).is_in([0, 3])
    is_paired = (pl.lit(gain) > 0) == is_straight
    return edges.with_columns(flow=pl.when(pl.lit(gain) != 0).then(is_paired.cast(pl.Int64)))
