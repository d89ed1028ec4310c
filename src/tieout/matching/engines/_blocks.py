"""Blocks: deciding rules whose keys must be equal.

Most keys stand once on either side; those pair in one join. What stands several times is a block: its records are gathered into
classes of twins, and the block is decided by the gates, keys as they came before keys in their normal form.
"""

import polars as pl

from tieout.matching._plan import BoundRule
from tieout.matching._workbench import Workbench, key_names
from tieout.matching.engines._flows import flows_of, pairs_of
from tieout.matching.engines._pool import Decision, Pool
from tieout.matching.rule import Pairing

__all__ = ["decide_by_blocks"]

_PAIRS = {"left": pl.UInt32(), "right": pl.UInt32()}


def decide_by_blocks(bench: Workbench, pool: Pool, rule: BoundRule) -> Decision:
    """What a rule of equal keys says about the records that are free for it."""
    pairing = rule.pairing
    plan = bench.plan
    left = bench.keys(rule, plan.left, pool.rows("left", may_share=pairing.left_takes_many))
    right = bench.keys(rule, plan.right, pool.rows("right", may_share=pairing.right_takes_many))
    left, right = _hashed(left, rule), _hashed(right, rule)
    if pairing is Pairing.MANY_TO_MANY:
        return _decide_all(bench, pool, rule, left, right)
    crowded = _crowded_hashes(left, right, pairing)
    if crowded is None:
        return _decide_lone(bench, rule, left, right)
    decision = _decide_lone(
        bench, rule, left.join(crowded, on="hash", how="anti"), right.join(crowded, on="hash", how="anti")
    )
    left, right = left.join(crowded, on="hash", how="semi"), right.join(crowded, on="hash", how="semi")
    return decision.joined(_decide_crowded(bench, rule, left["row"], right["row"]))


def _decide_lone(bench: Workbench, rule: BoundRule, left: pl.DataFrame, right: pl.DataFrame) -> Decision:
    """Keys that nothing competes for: a pair that passes is confirmed."""
    return Decision(confirmed=bench.with_evidence(bench.passing(_joined(left, right, rule), rule), rule))


def _hashed(keys: pl.DataFrame, rule: BoundRule) -> pl.DataFrame:
    """Keys with one number that is the same for equal keys; it only tells apart, it never joins."""
    names = key_names(rule)
    whole_key = pl.col(names[0]) if len(names) == 1 else pl.struct(names)
    return keys.with_columns(hash=whole_key.hash())


def _crowded_hashes(left: pl.DataFrame, right: pl.DataFrame, pairing: Pairing) -> pl.DataFrame | None:
    """Hashes of keys that stand several times on a side where they compete; None when there are none."""
    sides = ([] if pairing.right_takes_many else [left["hash"]]) + ([] if pairing.left_takes_many else [right["hash"]])
    repeated = [hashes.filter(hashes.is_duplicated()) for hashes in sides if hashes.n_unique() < len(hashes)]
    return pl.concat(repeated).unique().to_frame("hash") if repeated else None


def _joined(left: pl.DataFrame, right: pl.DataFrame, rule: BoundRule) -> pl.DataFrame:
    pairs = left.join(right, on=key_names(rule), suffix="_right")
    return pairs.select(left="row", right="row_right").cast(_PAIRS)  # type: ignore[arg-type]


def _decide_all(bench: Workbench, pool: Pool, rule: BoundRule, left: pl.DataFrame, right: pl.DataFrame) -> Decision:
    """n:m takes every pair that passes, unless an earlier rule has placed both records already."""
    counts = left.group_by("hash").len("left").join(right.group_by("hash").len("right"), on="hash")
    bench.guard(_products(counts), rule, "a key is shared by too many records of both sides")
    passing = bench.passing(_joined(left, right, rule), rule)
    used = (pool.use["left"].gather(passing["left"]) > 0) & (pool.use["right"].gather(passing["right"]) > 0)
    return Decision(confirmed=bench.with_evidence(passing.filter(~used), rule))


def _products(counts: pl.DataFrame) -> int:
    return int(counts.select((pl.col("left").cast(pl.Int64) * pl.col("right")).sum()).item())


def _decide_crowded(bench: Workbench, rule: BoundRule, left_rows: pl.Series, right_rows: pl.Series) -> Decision:
    left, right = bench.twins(bench.plan.left, left_rows), bench.twins(bench.plan.right, right_rows)
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
    return Decision(confirmed=bench.with_evidence(settled, rule), suggested=suggested)


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
