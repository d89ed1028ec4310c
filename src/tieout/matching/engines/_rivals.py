"""Rivals: deciding rules whose key need not be equal.

A pair by such a key is only confirmed when the rule's gates corroborate it and nothing else could take the place of either
record. Rivals are looked for among all records, also those that an earlier rule has matched: a record within reach of the key
that passes the gates too, and any record that has the very same key, whatever its gates say.
"""

from collections.abc import Iterator
from functools import partial

import polars as pl

from tieout.matching._plan import BoundRule
from tieout.matching._side_by_side import side_by_side
from tieout.matching._sides import Side
from tieout.matching._workbench import Workbench, key_names
from tieout.matching.conditions._base import Search
from tieout.matching.engines._check_digits import forbidden
from tieout.matching.engines._flows import flows_of, pairs_of
from tieout.matching.engines._pool import FREE, SHARED, Decision, Pool
from tieout.matching.engines._search import Sides, fitting, look_around, rivals_beyond, searched
from tieout.matching.rule import Pairing

__all__ = ["decide_by_rivals"]


def decide_by_rivals(bench: Workbench, pool: Pool, rule: BoundRule, search: Search) -> Decision:
    """What a rule with a searched key says about the records that are free for it."""
    pairing, plan = rule.pairing, bench.plan
    left = searched(bench, rule, plan.left, pool.rows("left", may_share=pairing.left_takes_many))
    right = searched(bench, rule, plan.right, pool.rows("right", may_share=pairing.right_takes_many))
    known = bench.passing(fitting(bench, rule, search, left, right), rule)
    used = (pool.use["left"].gather(known["left"]) > FREE) & (pool.use["right"].gather(known["right"]) > FREE)
    pairs = known.filter(~used)
    if not rule.rule.confirm or not (rule.gates or _is_sure(pairs, rule, search).any()):
        suggested = _scored(_with_choices(pairs), search, share=0.5)
        return Decision(confirmed=suggested.clear(), suggested=suggested)
    left_view, right_view = _views(bench, rule, search, pairs, known, (left, right))
    units = (
        _units(bench, pool, rule, plan.left, right_view["left"]),
        _units(bench, pool, rule, plan.right, left_view["right"]),
    )
    pairs = _with_rivals(pairs, left_view.join(units[1], on="right"), right_view.join(units[0], on="left"))
    barred = forbidden(bench, rule, pairs, by_edits=search.doubts_within > 0)
    is_lone = (pairs["choices"] == 1) & barred.is_null() & _is_sure(pairs, rule, search)
    lone, doubtful = pairs.filter(is_lone), pairs.filter(~is_lone)
    confirmed = _paired(bench, lone, pairing).join(pairs, on=["left", "right"])
    suggested = _scored(doubtful, search, share=1.0 if rule.gates else 0.5)
    why = pl.lit(barred.filter(~is_lone))
    return Decision(
        confirmed=_scored(confirmed, search, share=1.0),
        suggested=suggested.with_columns(
            score=pl.when(why.is_null()).then("score").otherwise(pl.col("score") / 2),
            evidence=pl.when(why.is_null()).then("evidence").otherwise(pl.concat_str("evidence", pl.lit(", "), why)),
        ),
    )


def _is_sure(pairs: pl.DataFrame, rule: BoundRule, search: Search) -> pl.Series:
    """Which pairs are confirmed when nothing rivals them: the gates corroborate them, or their keys need no corroboration."""
    steps = pairs["steps"].unique().to_list()
    sure = [step for step in steps if (search.can_confirm(step) if rule.gates else search.is_certain(step))]
    return pairs["steps"].is_in(sure)


def _same_key(bench: Workbench, rule: BoundRule, few: pl.DataFrame, side: Side) -> pl.DataFrame:
    """Pairs of the very same key, whatever the gates say, of a few records of one side and all of the other: left, right.

    Args:
        bench: Columns of both sides.
        rule: A rule with a searched key.
        few: Records as `searched` gives them.
        side: The side that these are of.
    """
    other = bench.plan.right if side is bench.plan.left else bench.plan.left
    codes = bench.codes(rule, other).alias("code")
    rows = codes.is_in(few["code"].unique().implode()).arg_true().cast(pl.UInt32)
    many = pl.DataFrame([rows.alias("row"), codes.gather(rows)])
    if few.height * many.height > bench.plan.max_candidates:
        counts = few.group_by("code").len("few").join(many.group_by("code").len("many"), on="code")
        expected = counts.select((pl.col("few").cast(pl.Int64) * pl.col("many")).sum()).item()
        bench.guard(expected, rule, "a key is shared by too many records of both sides")
    pairs = few.join(many, on="code", suffix="_other").select(
        pl.col("row").alias(side.name), pl.col("row_other").alias(other.name)
    )
    return bench.truly_equal(pairs.select("left", "right"), rule)


def _views(
    bench: Workbench, rule: BoundRule, search: Search, pairs: pl.DataFrame, known: pl.DataFrame, free: Sides
) -> Sides:
    """For the left records of the pairs the right ones that could claim them, and the other way round: columns left, right.

    A record could claim another when the pair passes the gates, or has the very same key. Of the free records that is known;
    it is looked for among the others.
    """
    plan = bench.plan
    few = (_of(free[0], pairs["left"]), _of(free[1], pairs["right"]))
    near = bench.passes(rivals_beyond(bench, rule, search, few, free), rule)
    claims = pl.concat(
        [known.select("left", "right"), near, *_claims_by_later(bench, rule, search, few, free)]
    ).unique()
    same = (_same_key(bench, rule, few[0], plan.left), _same_key(bench, rule, few[1], plan.right))
    left, right = (
        pl.concat([claims.filter(claims[side].is_in(pairs[side].unique().implode())), some]).unique()
        for side, some in zip(("left", "right"), same, strict=True)
    )
    return left, right


def _claims_by_later(
    bench: Workbench, rule: BoundRule, search: Search, few: Sides, free: Sides
) -> Iterator[pl.DataFrame]:
    """Pairs that a later rule with another search of the same key would make of the few and free records: left, right.

    What an earlier rule saw, it has confirmed or suggested already. Of a search whose neighbours are strangers as a rule only the
    nearest count.
    """
    heard: list[tuple[object, ...]] = []
    for other in bench.plan.rules[rule.number + 1 :]:
        later = other.search
        if later is None or other.sums or not other.rule.confirm or not other.gates:
            continue
        if {part.asked for part in other.parts} != {part.asked for part in rule.parts}:
            continue
        if (later.doubts_within > 0) == (search.doubts_within > 0):
            continue
        asked = (type(later), later.doubts_within or later, other.rule.given)
        if asked not in heard:  # what counts of a search is the same however far it reaches beyond
            heard.append(asked)
            look_around(bench, other, later, *_searched_as(bench, other, free))
            yield from side_by_side(partial(_claims_by, bench, other, later, few, free), (0, 1))


def _claims_by(bench: Workbench, rule: BoundRule, search: Search, few: Sides, free: Sides, at: int) -> pl.DataFrame:
    """Pairs that a rule would make of the few records of one side and the free ones of the other: left, right."""
    left, right = _searched_as(bench, rule, (free[0], few[1]) if at else (few[0], free[1]))
    near = fitting(bench, rule, search, left, right)
    if search.doubts_within:
        near = near.filter(pl.col("steps") <= search.doubts_within)
    return near.select("left", "right")


def _searched_as(bench: Workbench, rule: BoundRule, records: Sides) -> Sides:
    """Records as this rule searches them."""
    left, right = (
        searched(bench, rule, side, some["row"])
        for side, some in zip((bench.plan.left, bench.plan.right), records, strict=True)
    )
    return left, right


def _of(records: pl.DataFrame, rows: pl.Series) -> pl.DataFrame:
    return records.join(rows.unique().to_frame("row"), on="row", how="semi")


def _units(bench: Workbench, pool: Pool, rule: BoundRule, side: Side, rows: pl.Series) -> pl.DataFrame:
    """What counts as one rival: columns named after the side, and unit.

    Free twins count once, for either is the same answer. Where several records of this side may share a partner, free records
    of one key count once. A record that is matched already counts for itself.
    """
    takes_many = [rule.pairing.left_takes_many, rule.pairing.right_takes_many]
    own, other = takes_many if side is bench.plan.left else reversed(takes_many)
    found = rows.unique().cast(pl.UInt32)
    is_free = pool.use[side.name].gather(found) <= (SHARED if own else FREE)
    free, taken = found.filter(is_free), found.filter(~is_free)
    units = bench.kinds(side, free)
    if other:
        keys = bench.keys(rule, side, free)
        free, units = keys["row"], keys.select(pl.struct(key_names(rule)).rank("dense").cast(pl.Int64)).to_series()
        taken = found.filter(~found.is_in(free.implode()))
    return pl.DataFrame(
        {side.name: pl.concat([free, taken]), "unit": pl.concat([units, -1 - taken.cast(pl.Int64)], rechunk=True)}
    )


def _with_rivals(pairs: pl.DataFrame, left_view: pl.DataFrame, right_view: pl.DataFrame) -> pl.DataFrame:
    """Pairs with how many could take the place of either record."""
    from_left = left_view.group_by("left").agg(pl.col("unit").n_unique().alias("on_right"))
    from_right = right_view.group_by("right").agg(pl.col("unit").n_unique().alias("on_left"))
    counted = pairs.join(from_left, on="left").join(from_right, on="right")
    return counted.with_columns(choices=pl.max_horizontal("on_right", "on_left"))


def _with_choices(pairs: pl.DataFrame) -> pl.DataFrame:
    return pairs.with_columns(choices=pl.max_horizontal(pl.len().over("left"), pl.len().over("right")))


def _paired(bench: Workbench, lone: pl.DataFrame, pairing: Pairing) -> pl.DataFrame:
    """Unrivalled pairs, each record used as often as the pairing lets it; what is left over among twins stays free."""
    if pairing is Pairing.MANY_TO_MANY:
        return lone.select("left", "right")
    kinds = [bench.kinds(side, lone[side.name]) for side in (bench.plan.left, bench.plan.right)]
    is_apart = kinds[0].is_unique() & kinds[1].is_unique()
    apart = lone.filter(is_apart).select("left", "right")
    if apart.height == lone.height:
        return apart
    lone = lone.filter(~is_apart)
    left = bench.twins(bench.plan.left, lone["left"].unique())
    right = bench.twins(bench.plan.right, lone["right"].unique())
    edges = (
        lone.join(left, left_on="left", right_on="row")
        .join(right, left_on="right", right_on="row", suffix="_right")
        .select(left_twin="twin", right_twin="twin_right", cost="cost")
        .unique()
    )
    sure, _ = pairs_of(flows_of(edges, left, right, pairing), left, right, pairing)
    return pl.concat([apart, sure])


def _scored(pairs: pl.DataFrame, search: Search, *, share: float) -> pl.DataFrame:
    """Pairs with evidence and score: what the key is worth, shared among all that could take a record's place.

    Calibration reads `steps` and `choices`.
    """
    steps = pairs["steps"].unique().to_list()
    trust = {step: search.trust(step) * share for step in steps}
    words = {step: search.evidence(step) for step in steps}
    return pairs.select(
        "left",
        "right",
        score=pl.col("steps").replace_strict(trust, default=None, return_dtype=pl.Float64) / pl.col("choices"),
        evidence=pl.col("steps").replace_strict(words, default=None, return_dtype=pl.String),
        steps="steps",
        choices="choices",
    )
