"""Components: which edges of a graph hang together."""

from collections.abc import Sequence

__all__ = ["components_of", "roots_of"]


def components_of(left: Sequence[int], right: Sequence[int]) -> list[list[int]]:
    """Numbers of the edges of each connected component.

    Args:
        left: Left end of each edge; ends count separately on each side.
        right: Right end of each edge.

    Example:
        >>> components_of([1, 1, 5], [7, 8, 9])
        [[0, 1], [2]]
    """
    parts: dict[int, list[int]] = {}
    for edge, root in enumerate(roots_of(left, right)):
        parts.setdefault(root, []).append(edge)
    return list(parts.values())


def roots_of(left: Sequence[int], right: Sequence[int]) -> list[int]:
    """For each edge, the smallest-numbered edge that stands for its component.

    Args:
        left: Left end of each edge.
        right: Right end of each edge.
    """
    root = list(range(len(left)))
    first_of_left: dict[int, int] = {}
    first_of_right: dict[int, int] = {}
    for edge, (one, other) in enumerate(zip(left, right, strict=True)):
        for known, end in ((first_of_left, one), (first_of_right, other)):
            first = known.setdefault(end, edge)
            low, high = sorted((_root(root, first), _root(root, edge)))
            root[high] = low
    return [_root(root, edge) for edge in range(len(root))]


def _root(root: list[int], edge: int) -> int:
    while root[edge] != edge:
        root[edge] = root[root[edge]]
        edge = root[edge]
    return edge
