"""Components: which edges of a graph hang together.

Labels spread along both ends of the edges, a few rounds in columns. That settles all but long chains; what is left of these,
many edges to a label already, is joined one by one.
"""

import polars as pl

__all__ = ["roots_of"]

_ROUNDS = 4


def roots_of(left: pl.Series, right: pl.Series) -> pl.Series:
    """For each edge, the smallest left end of its component.

    Args:
        left: Left end of each edge, a number; ends count separately on each side.
        right: Right end of each edge.

    Returns:
        The series `root`.

    Example:
        >>> roots_of(pl.Series([4, 1, 5]), pl.Series([7, 7, 9])).to_list()
        [1, 1, 5]
    """
    edges = pl.DataFrame([left.alias("left"), right.alias("right"), left.alias("root")])
    for _ in range(_ROUNDS):
        edges = edges.with_columns(by_right=pl.col("root").min().over("right"))
        edges = edges.with_columns(root=pl.col("by_right").min().over("left"))
        apart = edges.select("root", "by_right").filter(pl.col("root") != pl.col("by_right"))
        if not apart.height:
            return edges["root"]
    apart = apart.unique()
    joined = _joined(apart["root"].to_list(), apart["by_right"].to_list())
    return edges["root"].replace(list(joined), list(joined.values()))


def _joined(one: list[int], other: list[int]) -> dict[int, int]:
    """The smallest of each set of labels that are the same."""
    root = {label: label for label in (*one, *other)}
    for first, second in zip(one, other, strict=True):
        low, high = sorted((_root(root, first), _root(root, second)))
        root[high] = low
    return {label: _root(root, label) for label in root}


def _root(root: dict[int, int], label: int) -> int:
    while root[label] != label:
        root[label] = root[root[label]]
        label = root[label]
    return label
