"""Parts: many pairs looked at part by part, on as many threads as Polars has.

Much of what Polars does to a column keeps one processor busy, and what is said of one pair does not wait for another.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import polars as pl

__all__ = ["in_parts"]

_WORTH_IT = 20_000  # pairs of a part; fewer are done before a thread has started
_AT_ONCE = 4_000_000  # bounds the pairs whose columns are fetched at once

Found = TypeVar("Found")


def in_parts(work: Callable[[pl.DataFrame], Found], pairs: pl.DataFrame) -> list[Found]:
    """What the work makes of the pairs, part by part, in their order; of none, what it makes of none.

    Args:
        work: Says of each pair what depends on no other pair, and changes nothing.
        pairs: Any frame.

    Example:
        >>> in_parts(lambda some: some["left"].to_list(), pl.DataFrame({"left": [3, 1, 2]}))
        [[3, 1, 2]]
    """
    threads = pl.thread_pool_size()
    size = max(min(-(-pairs.height // threads), _AT_ONCE // threads), _WORTH_IT)
    if pairs.height <= size:
        return [work(pairs)]
    parts = [pairs.slice(start, size) for start in range(0, pairs.height, size)]
    with ThreadPoolExecutor(max_workers=threads) as pool:
        return list(pool.map(work, parts))
