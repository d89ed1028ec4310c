"""Search: the pairs within reach of a searched key, among the records that could pass the gates."""

from collections.abc import Callable
from typing import TypeAlias

import attrs
import polars as pl

from tieout.errors import MatcherError
from tieout.matching._hash_table import are_known, marked, table_bits
from tieout.matching._places import marked as at_places
from tieout.matching._plan import BoundRule
from tieout.matching._side_by_side import side_by_side
from tieout.matching._sides import Side
from tieout.matching._texts import written_anew
from tieout.matching._workbench import Workbench
from tieout.matching.conditions._base import Search

__all__ = [
    "Askers",
    "askers_of",
    "fitting",
    "found_among",
    "look_around",
    "met_by",
    "neighbours",
    "others_near",
    "rivals_beyond",
    "searched",
]

_MANY_TIMES = 2  # so many times more records on one side are sieved before they are searched
_PART_ROWS = 1_000_000
_FEW_TIMES = 10  # so many times fewer than all records of a side are few
_BITS_A_PLACE = 16  # in the table of places, so that few records are kept by chance

_PAIRS = {"left": pl.UInt32, "right": pl.UInt32, "steps": pl.Int64}

Sides: TypeAlias = tuple[pl.DataFrame, pl.DataFrame]


@attrs.frozen(kw_only=True, eq=False)
class _LookedAt:
    """What was found among some records.

    Attributes:
        left: Which left records were looked at, by position.
        right: The same of the right side.
        pairs: Those within reach that pass the gates: left, right, steps.
    """

    left: pl.Series
    right: pl.Series
    pairs: pl.DataFrame

    def among(self, left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame | None:
        """The pairs of these records; None if some were not looked at."""
        if not (self.left.gather(left["row"]).all() and self.right.gather(right["row"]).all()):
            return None
        ends = (at_places(rows["row"], seen.len()) for rows, seen in ((left, self.left), (right, self.right)))
        is_wanted = [end.gather(self.pairs[name]) for end, name in zip(ends, ("left", "right"), strict=True)]
        return self.pairs.filter(is_wanted[0] & is_wanted[1])


def searched(bench: Workbench, rule: BoundRule, side: Side, rows: pl.Series | None) -> pl.DataFrame:
    """Records that have a key.

    Args:
        bench: Columns of both sides.
        rule: A rule with a searched key.
        side: Left or right.
        rows: Positions to look at; None for all.

    Returns:
        Columns row, code and block; the block is null where the record can pass with none.
    """
    places = pl.int_range(side.frame.height, dtype=pl.UInt32, eager=True) if rows is None else rows.cast(pl.UInt32)
    columns = [bench.codes(rule, side).alias("code"), bench.blocks(rule, side).alias("block")]
    if rows is not None:
        columns = [column.gather(rows) for column in columns]
    return pl.DataFrame([places.alias("row"), *columns]).drop_nulls("code")


def look_around(bench: Workbench, rule: BoundRule, search: Search, left: pl.DataFrame, right: pl.DataFrame) -> None:
    """Look for a rule's pairs among all of these records at once, if they are few, so that `fitting` need not.

    Before a rule is tried, others ask what it would make of some of the records that will be free for it: most of them several
    times. Only searches that count edits are looked around for: whether they find a pair does not depend on what else is there.

    Args:
        bench: Columns of both sides.
        rule: A rule with a searched key.
        search: How it is searched.
        left: Records as `searched` gives them.
        right: The same of the right side.
    """
    sides = ((left, bench.plan.left), (right, bench.plan.right))
    is_known = ("looked at", rule.number) in bench.lessons
    is_many = any(rows.height * _FEW_TIMES > bench.plan.records(side) for rows, side in sides)
    if is_known or not search.doubts_within or is_many:
        return
    try:
        pairs = bench.passes(neighbours(bench, rule, search, left, right), rule)
    except MatcherError:
        return  # too many; of what is asked later there may be few enough
    seen = [at_places(rows["row"], side.frame.height) for rows, side in sides]
    bench.lessons["looked at", rule.number] = _LookedAt(left=seen[0], right=seen[1], pairs=pairs)


def fitting(bench: Workbench, rule: BoundRule, search: Search, left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """Pairs within reach of the key that pass the gates.

    Args:
        bench: Columns of both sides.
        rule: A rule with a searched key.
        search: How it is searched.
        left: Records as `searched` gives them.
        right: The same of the right side.

    Returns:
        Columns left, right, steps.

    Raises:
        MatcherError: There are more within reach than the matcher admits.
    """
    looked_at: _LookedAt | None = bench.lessons.get(("looked at", rule.number))
    known = None if looked_at is None else looked_at.among(left, right)
    return bench.passes(neighbours(bench, rule, search, left, right), rule) if known is None else known


def neighbours(
    bench: Workbench, rule: BoundRule, search: Search, left: pl.DataFrame, right: pl.DataFrame
) -> pl.DataFrame:
    """Pairs within reach of the key that may pass the gates: left, right, steps; arguments are those of `fitting`."""
    lefts, rights = (
        _keyed(bench, rule, left, right, bench.plan.left),
        _keyed(bench, rule, right, left, bench.plan.right),
    )
    return _found(bench, rule, search, _sieved(search, lefts, rights), _sieved(search, rights, lefts))


def rivals_beyond(bench: Workbench, rule: BoundRule, search: Search, few: Sides, free: Sides) -> pl.DataFrame:
    """Pairs within reach of the key, of a few records on one side and all on the other but the free ones.

    Args:
        bench: Columns of both sides.
        rule: A rule with a searched key.
        search: How it is searched.
        few: Records as `searched` gives them, left and right.
        free: Records that are not looked at, left and right.

    Returns:
        Columns left and right: a left one of the few with a right one of the others, or the other way round.

    Raises:
        MatcherError: There are more than the matcher admits.
    """
    sides = (bench.plan.left, bench.plan.right)

    def beyond(at: int) -> pl.DataFrame:
        """What the few of one side find among the others of the other."""
        askers = askers_of(bench, rule, search, sides[at], few[at], others=sides[1 - at].frame.height)
        others = others_near(bench, rule, sides[1 - at], free[1 - at]["row"], askers)
        return met_by(bench, rule, search, askers, others, at)

    return pl.concat(side_by_side(beyond, (0, 1))).select("left", "right")


@attrs.frozen(kw_only=True, eq=False)
class Askers:
    """A few records of one side, made ready to find who is within reach of their key on the other, again and again.

    Attributes:
        records: Columns row, block (a place that the record reaches, each in a row of its own) and key.
        reached: A table of these places.
        sieve: Which keys may be within reach; None where a sieve would cost more than it keeps away.
    """

    records: pl.DataFrame
    reached: pl.Series
    sieve: Callable[[pl.DataFrame], pl.Series] | None


def askers_of(
    bench: Workbench, rule: BoundRule, search: Search, side: Side, few: pl.DataFrame, *, others: int
) -> Askers:
    """Records that ask who is within reach.

    Args:
        bench: Columns of their side.
        rule: A rule with a searched key.
        search: How it is searched.
        side: Theirs.
        few: They, as `searched` gives them.
        others: How many records there are on the other side: many are worth a sieve.
    """
    own = bench.within_reach(rule, side, few.drop_nulls("block"))
    own = own.select("row", "block").with_columns(bench.texts(rule, side, own["row"]))
    reached = marked([own["block"]], table_bits(_BITS_A_PLACE * own.height))
    is_sieved = not own.is_empty() and others > _MANY_TIMES * own.height
    sieve = search.sieve(own.select("key", "block")) if is_sieved else None
    return Askers(records=own, reached=reached, sieve=sieve)


def others_near(bench: Workbench, rule: BoundRule, side: Side, free: pl.Series, askers: Askers) -> pl.DataFrame:
    """All but the free records of a side that may be within reach of those who ask.

    They are looked at part by part, and only what may be within reach is kept: on large sides columns of all records would take
    longer to be made than to be read.

    Args:
        bench: Columns of the side.
        rule: A rule with a searched key.
        side: The other side than that of the askers.
        free: Positions of records that are not looked at.
        askers: Who asks.

    Returns:
        Columns row, block (the place) and key.
    """
    if askers.records.is_empty():
        return askers.records.clear()
    rows = side.frame.height
    is_other = bench.codes(rule, side).is_not_null() & ~at_places(free, rows)
    places, texts = bench.places(rule, side).alias("block"), bench.all_texts(rule, side)
    kept = []
    for start in range(0, rows, _PART_ROWS):
        block, key, is_wanted = (column.slice(start, _PART_ROWS) for column in (places, texts, is_other))
        is_wanted &= block.is_not_null() & are_known(block.fill_null(0), askers.reached)
        row = (is_wanted.arg_true() + start).cast(pl.UInt32).alias("row")
        others = pl.DataFrame([row, block.filter(is_wanted), key.filter(is_wanted)])
        kept.append(others if askers.sieve is None else others.filter(askers.sieve(others.select("key", "block"))))
    if not kept:
        return askers.records.clear()
    return pl.concat(kept).with_columns(written_anew(pl.col("key")))


def met_by(
    bench: Workbench, rule: BoundRule, search: Search, askers: Askers, others: pl.DataFrame, at: int
) -> pl.DataFrame:
    """The pairs that a search finds of askers and others: left, right, steps.

    Args:
        bench: Whose plan has the bound of candidates.
        rule: A rule with a searched key.
        search: How it is searched.
        askers: Who asks.
        others: Others that may be within reach, as `others_near` gives them.
        at: On which side the askers are: 0 is left.

    Raises:
        MatcherError: There are more than the matcher admits.
    """
    own = _sieved(search, askers.records, others)
    return _found(bench, rule, search, *((own, others) if at == 0 else (others, own)))


def _keyed(bench: Workbench, rule: BoundRule, rows: pl.DataFrame, others: pl.DataFrame, side: Side) -> pl.DataFrame:
    """Columns row, block and key of the records that could pass with one of the others."""
    plan = bench.plan
    reach = bench.within_reach(rule, plan.right if side is plan.left else plan.left, others.drop_nulls("block"))
    places = rows.select("row", "block", place=bench.places(rule, side).gather(rows["row"]))
    return _with_texts(bench, rule, side, _in_blocks(rule, places, reach["block"], place="place"))


def _in_blocks(rule: BoundRule, rows: pl.DataFrame, blocks: pl.Series, place: str = "block") -> pl.DataFrame:
    """Records that stand in one of these places."""
    if not (rule.equal or rule.near or len(rule.parts) > 1):
        return rows
    return rows.filter(rows[place].is_in(blocks.unique().implode()))


def _with_texts(bench: Workbench, rule: BoundRule, side: Side, rows: pl.DataFrame) -> pl.DataFrame:
    """Columns row, block and key of records."""
    rows = rows.drop_nulls("block")
    return rows.select("row", "block").with_columns(bench.texts(rule, side, rows["row"]))


def _found(bench: Workbench, rule: BoundRule, search: Search, left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """Pairs that the search finds: left, right, steps."""

    def guard(expected: int) -> None:
        bench.guard(expected, rule, "too many records share a key, or keys near each other")

    return found_among(search, left, right, limit=bench.plan.max_candidates, guard=guard)


def found_among(
    search: Search,
    left: pl.DataFrame,
    right: pl.DataFrame,
    *,
    limit: int,
    guard: Callable[[int], None] | None = None,
) -> pl.DataFrame:
    """Pairs of records that a search finds: left, right, steps.

    Args:
        search: How.
        left: Columns row, key and block.
        right: The same.
        limit: Most candidate pairs of keys to look at.
        guard: Told how many pairs of records there are before they are written out, where several have one key.

    Raises:
        MatcherError: There would be more.
    """
    if left.is_empty() or right.is_empty():
        return pl.DataFrame(schema=_PAIRS)
    distinct = [rows.select("key", "block").unique() for rows in (left, right)]
    if all(keys.height == rows.height for keys, rows in zip(distinct, (left, right), strict=True)):
        found = search.find(*(rows.select("key", "block") for rows in (left, right)), limit=limit)
        if guard is not None:
            guard(found.height)
        ends = (rows["row"].gather(found[side]).alias(side) for rows, side in ((left, "left"), (right, "right")))
        return pl.DataFrame([*ends, found["steps"]])
    found = search.find(*distinct, limit=limit)
    lefts, rights = (
        rows.join(keys.with_row_index("at"), on=["key", "block"]).select("row", "at")
        for rows, keys in zip((left, right), distinct, strict=True)
    )
    counts = found.join(lefts.group_by("at").len("many"), left_on="left", right_on="at")
    counts = counts.join(rights.group_by("at").len("many"), left_on="right", right_on="at")
    if guard is not None:
        guard(counts.select((pl.col("many").cast(pl.Int64) * pl.col("many_right")).sum()).item())
    pairs = found.join(lefts, left_on="left", right_on="at").join(
        rights, left_on="right", right_on="at", suffix="_right"
    )
    return pairs.select(left="row", right="row_right", steps="steps")


def _sieved(search: Search, rows: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    """Records that may be within reach of the few others; all of them where the others are not few."""
    if others.is_empty():
        return rows.clear()
    if rows.height <= _MANY_TIMES * others.height:
        return rows
    sieve = search.sieve(others.select("key", "block"))
    return rows.filter(sieve(rows.select("key", "block"))).with_columns(written_anew(pl.col("key")))
