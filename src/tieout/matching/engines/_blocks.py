"""Blocks: deciding rules whose keys must be equal.

Most keys stand once on either side; those pair in one join, on a number per key instead of its text, which is then compared.
What stands several times is a block: its records are gathered into classes of twins, and the block is decided by the gates, keys
as they came before keys in their normal form.
"""

from functools import partial

import polars as pl

from tieout.matching._places import in_order
from tieout.matching._plan import BoundRule
from tieout.matching._side_by_side import side_by_side, together
from tieout.matching._sides import Side
from tieout.matching._workbench import Workbench, key_names
from tieout.matching.engines._flows import flows_of, pairs_of
from tieout.matching.engines._pool import Decision, Pool
from tieout.matching.rule import Pairing

__all__ = ["decide_by_blocks"]

_PAIRS = {"left": pl.UInt32(), "right": pl.UInt32()}


def decide_by_blocks(bench: Workbench, pool: Pool, rule: BoundRule) -> Decision:
    """What a rule of equal keys says about the records that are free for it."""
    if rule.pairing is Pairing.MANY_TO_MANY or not rule.rule.confirm:
        return _decide_all(bench, pool, rule)
    pairs, *blocks = _told_apart(bench, pool, rule)
    lone = partial(_decide_lone, bench, rule, pairs)
    if blocks[0].is_empty():
        return lone()
    decided = together(partial(_decide_crowded, bench, rule, *blocks), lone)
    return decided[1].joined(decided[0])


def _told_apart(bench: Workbench, pool: Pool, rule: BoundRule) -> tuple[pl.DataFrame, pl.Series, pl.Series]:
    """Pairs of one code that no others compete with, and the rows of both sides whose codes stand in several pairs."""
    pairing, plan = rule.pairing, bench.plan
    bits = max(plan.left.frame.height, plan.right.frame.height).bit_length()
    left, right = (_by_code(coded, bits) for coded in _both_coded(bench, pool, rule))
    several = [
        None if takes_many else _repeated(rows["code"])
        for rows, takes_many in ((left, pairing.right_takes_many), (right, pairing.left_takes_many))
    ]
    codes = [rows["code"].filter(some) for rows, some in zip((left, right), several, strict=True) if some is not None]
    wanted = pl.concat(codes).unique().sort().to_frame("code")
    blocks = [rows.join(wanted, on="code") for rows in (left, right)]
    lone = [rows if some is None else rows.filter(~some) for rows, some in zip((left, right), several, strict=True)]
    pairs = _of_one_code(*lone)
    return (
        pairs.sort("left") if pairing.left_takes_many else in_order(pairs),
        blocks[0].join(blocks[1], on="code", how="semi")["row"],
        blocks[1].join(blocks[0], on="code", how="semi")["row"],
    )


def _decide_lone(bench: Workbench, rule: BoundRule, pairs: pl.DataFrame) -> Decision:
    """Every pair of the same key that passes."""
    return Decision(confirmed=bench.with_evidence(bench.passes(bench.truly_equal(pairs, rule), rule), rule))


def _both_coded(bench: Workbench, pool: Pool, rule: BoundRule) -> list[pl.DataFrame]:
    """Left and right records that are free and have a key."""
    takes_many = {"left": rule.pairing.left_takes_many, "right": rule.pairing.right_takes_many}
    return side_by_side(
        lambda side: _coded(bench, rule, side, pool.rows(side.name, may_share=takes_many[side.name])),
        (bench.plan.left, bench.plan.right),
    )


def _coded(bench: Workbench, rule: BoundRule, side: Side, rows: pl.Series | None) -> pl.DataFrame:
    """Columns row and code of the records that have a key."""
    codes = bench.codes(rule, side).alias("code")
    if rows is None:
        return codes.to_frame().with_row_index("row").drop_nulls("code")
    return pl.DataFrame([rows.cast(pl.UInt32).alias("row"), codes.gather(rows)]).drop_nulls("code")


def _by_code(coded: pl.DataFrame, bits: int) -> pl.DataFrame:
    """The same columns in the order of the codes, which lose their last bits.

    There the row stands while both are sorted as one number. So more keys may have one code: they are told apart by their texts.
    """
    low = pl.lit((1 << bits) - 1, dtype=pl.UInt64)
    packed = coded.select((pl.col("code") | low) - pl.col("row").cast(pl.UInt64)).to_series().sort().alias("code")
    ordered = packed.to_frame().select(row=(low - (pl.col("code") & low)).cast(pl.UInt32), code=pl.col("code") | low)
    return ordered.with_columns(pl.col("code").set_sorted())


def _repeated(codes: pl.Series) -> pl.Series:
    """Which of these codes, which are sorted, stand several times."""
    again = (codes == codes.shift(1)).fill_null(value=False)
    return again | again.shift(-1, fill_value=False)


def _of_one_code(left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """Pairs of the same code: left, right."""
    return left.lazy().join(right.lazy(), on="code").select(left="row", right="row_right").collect()


def _decide_all(bench: Workbench, pool: Pool, rule: BoundRule) -> Decision:
    """Every pair that passes, unless an earlier rule has placed both records already.

    That is what n:m takes, and what a rule finds that only suggests.
    """
    left, right = _both_coded(bench, pool, rule)
    counts = left.group_by("code").len("left").join(right.group_by("code").len("right"), on="code")
    bench.guard(_products(counts), rule, "a key is shared by too many records of both sides")
    pairs = _of_one_code(left, right).sort("left")  # whose texts are then fetched as they stand
    passing = bench.passes(bench.truly_equal(pairs, rule), rule)
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
