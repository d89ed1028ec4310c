"""tieout: `Matcher.standard` by key, amount and date; its confirmed pairs."""

import polars as pl
from _peer import Pairs, run

from tieout.matching import Matcher


def work(left: object, right: object) -> Pairs:
    """Pairs of row numbers."""
    pairs = Matcher.standard(key="key", amount="amount", date="day").match(left, right).pairs
    return pairs.filter(pl.col("status") == "confirmed").select("left", "right").rows()


if __name__ == "__main__":
    run(work)
