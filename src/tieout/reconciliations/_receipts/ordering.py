"""Equal amounts in the order of their days: which payout each line is of, where nothing hangs on it."""

from collections.abc import Iterator, Sequence
from datetime import date
from heapq import heappop, heappush
from typing import Final

import polars as pl

from tieout.matching._components import roots_of
from tieout.reconciliations._common.scope import PAIRS

__all__ = ["ENDS", "by_days", "with_suggestions"]

ENDS: Final = ["left", "right"]


def by_days(edges: pl.DataFrame, rule: str) -> pl.DataFrame:
    """Pairs of edges between equal amounts: the first payout with the first line, where nothing hangs on which it is."""
    if not edges.height:
        return pl.DataFrame(schema=dict(PAIRS))
    edges = edges.with_columns(roots_of(edges["left"], edges["right"]).alias("root"))
    payouts = edges.unique(["root", "left"]).sort("root", "last_day", "first_day", "payout_id", "left")
    lines = edges.unique(["root", "right"]).sort("root", "on", "bank_ref", "memo", "right", nulls_last=True)
    paired = _in_order(payouts, lines, edges)
    paired = _without_twins(paired, payouts)
    shops = payouts.group_by("root").agg(
        pl.len().alias("payouts"), pl.struct("platform", "shop_id").n_unique().alias("shops")
    )
    sizes = shops.join(lines.group_by("root").agg(pl.len().alias("lines")), on="root").join(
        paired.group_by("root").agg(pl.len().alias("paired")), on="root", how="left"
    )
    whole = (pl.col("paired") == pl.col("payouts")) & (pl.col("payouts") == pl.col("lines"))
    sure = sizes.filter(whole | (pl.col("shops") == 1))
    alone = (pl.col("payouts") == 1) & (pl.col("lines") == 1)
    confirmed = paired.join(sure, on="root").select(
        *ENDS,
        pl.when(alone).then(pl.lit(rule)).otherwise(pl.lit(f"{rule}, in the order of days")).alias("rule"),
        pl.when(alone).then(1.0).otherwise(0.9).alias("score"),
        pl.lit("confirmed").alias("status"),
    )
    return with_suggestions(edges, confirmed, rule)


def _in_order(payouts: pl.DataFrame, lines: pl.DataFrame, edges: pl.DataFrame) -> pl.DataFrame:
    """Payouts and lines of each root in their order, as many as find each other: `root`, `left`, `right`.

    Args:
        payouts: Sorted within their `root`, with their days.
        lines: The same, with the day `on` which they came.
        edges: What may be paired.
    """
    payouts, lines = (side.with_columns(pl.int_range(pl.len()).over("root").alias("nth")) for side in (payouts, lines))
    both = payouts.select("root", "nth", "left").join(lines.select("root", "nth", "right"), on=["root", "nth"])
    paired = both.join(edges.select(ENDS), on=ENDS, how="semi").select("root", *ENDS)
    amiss = both.join(paired, on=ENDS, how="anti")["root"].unique().sort()
    if not amiss.len():
        return paired
    # A line too many shifts all that come after it: there each line is of the open payout that is late first.
    ours, theirs = (side.filter(pl.col("root").is_in(amiss.implode())) for side in (payouts, lines))
    days = ours.with_columns(opens=pl.col("left").replace_strict(*_first_lines(edges), return_dtype=pl.Date))
    found = [
        pair
        for root in amiss
        for pair in _first_come(
            days.filter(pl.col("root") == root).select("left", "opens", "last_day").rows(),
            theirs.filter(pl.col("root") == root).select("right", "on").rows(),
        )
    ]
    anew = pl.DataFrame(found, schema={"left": pl.Int64, "right": pl.Int64}, orient="row")
    anew = anew.join(edges.select(*ENDS, "root"), on=ENDS).unique(ENDS)
    kept = paired.filter(~pl.col("root").is_in(amiss.implode()))
    return pl.concat([kept, anew.select("root", *ENDS)]).sort(ENDS)


def _first_lines(edges: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """Payouts and the day of the first line that each may have."""
    first = edges.group_by("left").agg(pl.col("on").min())
    return first["left"], first["on"]


def _first_come(
    payouts: Sequence[tuple[int, date, date]], lines: Sequence[tuple[int, date]]
) -> Iterator[tuple[int, int]]:
    """Pairs of one root: each line with the open payout that is late first.

    Args:
        payouts: Row, first and last day, in the order in which they are late.
        lines: Row and day, in the order of their days.
    """
    waiting = sorted((opens, place) for place, (_, opens, _) in enumerate(payouts))[::-1]
    open_: list[int] = []
    for right, day in lines:
        while waiting and waiting[-1][0] <= day:
            heappush(open_, waiting.pop()[1])
        while open_ and payouts[open_[0]][2] < day:
            heappop(open_)
        if open_:
            yield payouts[heappop(open_)][0], right


def _without_twins(paired: pl.DataFrame, payouts: pl.DataFrame) -> pl.DataFrame:
    """Pairs without those of payouts of one day of which some are left over: nothing tells which."""
    days = ["root", "first_day", "last_day"]
    twins = payouts.join(paired.select("left", pl.lit(value=True).alias("is_paired")), on="left", how="left")
    is_split = pl.col("is_paired").any().over(days) & ~pl.col("is_paired").fill_null(value=False).all().over(days)
    split = twins.filter(is_split)["left"]
    return paired.filter(~pl.col("left").is_in(split.implode()))


def with_suggestions(edges: pl.DataFrame, confirmed: pl.DataFrame, rule: str) -> pl.DataFrame:
    """The pairs, and the edges of what none of them has."""
    taken = [pl.col(end).is_in(confirmed[end].implode()) for end in ENDS]
    suggested = edges.filter(~(taken[0] & taken[1])).select(
        *ENDS, pl.lit(rule).alias("rule"), pl.lit(0.5).alias("score"), pl.lit("suggested").alias("status")
    )
    return pl.concat([confirmed, suggested])
