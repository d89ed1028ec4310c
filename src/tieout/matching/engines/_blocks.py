"""Blocks: deciding rules whose keys must be equal.

Most keys stand once on either side; those pair in one join, on a number per key instead of its text, which is then compared.
What stands several times is a block: its records are gathered into classes of twins, and the block is decided by the gates, keys
as they came before keys in their normal form.
"""

import polars as pl

from tieout.matching._places import repeats
from tieout.matching._plan import BoundRule
from tieout.matching._sides import Side
from tieout.matching._workbench import Workbench, key_names
from tieout.matching.engines._flows import flows_of, pairs_of
from tieout.matching.engines._pool import Decision, Pool
from tieout.matching.rule import Pairing

__all__ = ["decide_by_blocks"]

_PAIRS = {"left": pl.UInt32(), "right": pl.UInt32()}


def decide_by_blocks(bench: Workbench, pool: Pool, rule: BoundRule) -> Decision:
    """What a rule of equal keys says about the records that are free for it."""
    pairing, plan = rule.pairing, bench.plan
    left = _coded(bench, rule, plan.left, pool.rows("left", may_share=pairing.left_takes_many))
    right = _coded(bench, rule, plan.right, pool.rows("right", may_share=pairing.right_takes_many))
    if pairing is Pairing.MANY_TO_MANY or not rule.rule.confirm:
        return _decide_all(bench, pool, rule, left, right)
    contested = _repeated_on_both(left, right)
    blocks = [rows.join(contested, on="code", how="semi") for rows in (left, right)]
    if contested.height:
        left, right = (rows.join(contested, on="code", how="anti") for rows in (left, right))
    pairs = _joined(bench, left, right, rule)
    crowded = _crowded(pairs, pairing)
    if crowded is None:
        lone = pairs
    else:
        lone = pairs.filter(~crowded)
        rest = pairs.filter(crowded)
        blocks = [
            pl.concat([rows.select("row"), rest.select(row=side).unique()])
            for rows, side in zip(blocks, ("left", "right"), strict=True)
        ]
    decision = Decision(confirmed=bench.with_evidence(bench.passes(lone, rule), rule))
    if not blocks[0].height:
        return decision
    return decision.joined(_decide_crowded(bench, rule, blocks[0]["row"], blocks[1]["row"]))


def _coded(bench: Workbench, rule: BoundRule, side: Side, rows: pl.Series | None) -> pl.DataFrame:
    """Columns row and code of the records that have a key."""
    codes = bench.codes(rule, side).alias("code")
    if rows is None:
        return codes.to_frame().with_row_index("row").drop_nulls("code")
    return pl.DataFrame([rows.cast(pl.UInt32).alias("row"), codes.gather(rows)]).drop_nulls("code")


def _repeated_on_both(left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """Codes that stand several times on either side: column code. The others join to no more pairs than there are records."""
    repeated = left.select("code").clear()
    for rows in (left, right):
        ordered = rows["code"].sort()
        several = ordered.filter(ordered == ordered.shift(1)).unique().to_frame("code")
        if several.is_empty():
            return several
        repeated = several if rows is left else repeated.join(several, on="code", how="semi")
    return repeated


def _joined(bench: Workbench, left: pl.DataFrame, right: pl.DataFrame, rule: BoundRule) -> pl.DataFrame:
    """Pairs of the same key: left, right."""
    pairs = left.lazy().join(right.lazy(), on="code").select(left="row", right="row_right").sort("left").collect()
    return bench.truly_equal(pairs, rule)  # in the order of the left rows, whose texts are then fetched as they stand


def _crowded(pairs: pl.DataFrame, pairing: Pairing) -> pl.Series | None:
    """Which pairs compete with another one; None when none does."""
    sides = ([] if pairing.right_takes_many else ["right"]) + ([] if pairing.left_takes_many else ["left"])
    found = [repeated for side in sides if (repeated := repeats(pairs[side])) is not None]
    if not found:
        return None
    return found[0] if len(found) == 1 else found[0] | found[1]


def _decide_all(bench: Workbench, pool: Pool, rule: BoundRule, left: pl.DataFrame, right: pl.DataFrame) -> Decision:
    """Every pair that passes, unless an earlier rule has placed both records already.

    That is what n:m takes, and what a rule finds that only suggests.
    """
    counts = left.group_by("code").len("left").join(right.group_by("code").len("right"), on="code")
    bench.guard(_products(counts), rule, "a key is shared by too many records of both sides")
    passing = bench.passes(_joined(bench, left, right, rule), rule)
    used = (pool.use["left"].gather(passing["left"]) > 0) & (pool.use["right"].gather(passing["right"]) > 0)
    found = bench.with_evidence(passing.filter(~used), rule)
    if rule.rule.confirm:
        return Decision(confirmed=found)
    return Decision(suggested=found.with_columns(score=pl.col("score") / _choices()))


def _products(counts: pl.DataFrame) -> int:
    return int(counts.select((pl.col("left").cast(pl.Int64) * pl.col("right")).sum()).item())


def _decide_crowded(bench: Workbench, rule: BoundRule, left_rows: pl.Series, right_rows: pl.Series) -> Decision:
    left, right = bench.twins(bench.plan.left, left_rows), bench.twins(bench.plan.right, right_rows)
    with_choice = _with_choice(bench, rule, left, right)
    settled = pl.DataFrame(schema=_PAIRS)
    if any(raw.name != normal.name for part in rule.parts for raw, normal in zip(part.raw, part.normal, strict=True)):
        settled, _ = _decided(bench, rule, left, right, raw=True)
        left = left if rule.pairing.left_takes_many else left.join(settled, left_on="row", right_on="left", how="anti")
        right = (
            right if rule.pairing.right_takes_many else right.join(settled, left_on="row", right_on="right", how="anti")
        )
    sure, tied = _decided(bench, rule, left, right, raw=False)
    settled = pl.concat([settled, sure])
    suggested = bench.with_evidence(tied, rule).with_columns(score=pl.col("score") / _choices())
    contested = settled.filter(bench.codes(rule, bench.plan.left).gather(settled["left"]).is_in(with_choice.implode()))
    return Decision(confirmed=bench.with_evidence(settled, rule), suggested=suggested, contested=contested)


def _with_choice(bench: Workbench, rule: BoundRule, left: pl.DataFrame, right: pl.DataFrame) -> pl.Series:
    """Codes of the keys whose records have several different partners to choose from."""
    found = [pl.Series(dtype=pl.UInt64)]
    for side, members, is_shared in (
        (bench.plan.right, right, rule.pairing.left_takes_many),
        (bench.plan.left, left, rule.pairing.right_takes_many),
    ):
        if not is_shared:
            kinds = members.with_columns(bench.codes(rule, side).gather(members["row"]).alias("code"))
            found.append(kinds.group_by("code").agg(pl.col("twin").n_unique()).filter(pl.col("twin") > 1)["code"])
    return pl.concat(found)


def _choices() -> pl.Expr:
    """How many partners a suggested pair's records could have, two at least."""
    return pl.max_horizontal(pl.len().over("left"), pl.len().over("right"), pl.lit(2))


def _decided(
    bench: Workbench, rule: BoundRule, left: pl.DataFrame, right: pl.DataFrame, *, raw: bool
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Pairs that are settled and pairs that tie, among members of classes, by one form of the key."""
    edges = _edges(bench, rule, _first_of_class(left), _first_of_class(right), raw=raw)
    flows = flows_of(edges, left, right, rule.pairing)
    sure, tied = pairs_of(flows, left, right, rule.pairing)
    return sure.cast(_PAIRS), tied.cast(_PAIRS)  # type: ignore[arg-type]


def _first_of_class(members: pl.DataFrame) -> pl.DataFrame:
    """One record that stands for its class: key and gates see the same in all."""
    return members.group_by("twin").agg(pl.col("row").min())


def _edges(bench: Workbench, rule: BoundRule, left: pl.DataFrame, right: pl.DataFrame, *, raw: bool) -> pl.DataFrame:
    """Pairs of classes with equal keys that pass the gates: left_twin, right_twin, cost."""
    names = key_names(rule)
    lefts = bench.keys(rule, bench.plan.left, left["row"], raw=raw).join(left, on="row")
    rights = bench.keys(rule, bench.plan.right, right["row"], raw=raw).join(right, on="row")
    counts = lefts.group_by(names).len("left").join(rights.group_by(names).len("right"), on=names)
    bench.guard(_products(counts), rule, "a key is shared by too many different records of both sides")
    pairs = lefts.join(rights, on=names, suffix="_right")
    pairs = pairs.select(left="row", right="row_right", left_twin="twin", right_twin="twin_right")
    return bench.passing(pairs, rule).select("left_twin", "right_twin", "cost")
