"""Totals: deciding sums of whole groups, which a key names."""

import attrs
import polars as pl

from tieout.matching.engines._pool import Decision
from tieout.matching.engines._sum_field import SumField
from tieout.matching.verdict import Verdict

__all__ = ["Totals", "decide_blocks", "decide_groups"]

_CLAIMS = {"one": pl.UInt32(), "rival": pl.UInt32()}


@attrs.frozen(kw_only=True, eq=False)
class Totals:
    """What sums of whole groups say.

    Attributes:
        decision: The pairs.
        verdicts: One a target that has lines.
        lines: Positions of the lines of the targets that they add up to.
        targets: Positions of these targets.
    """

    decision: Decision
    verdicts: list[Verdict]
    lines: pl.Series
    targets: pl.Series


def decide_groups(field: SumField) -> Totals:
    """Sums of many to one: for each target all lines that its key and the gates admit.

    Lines that several targets claim contradict each other, and all are suggested; of twins, one is matched.
    """
    pairs = field.pairs(field.lines, field.targets)
    sums = _sums(field, pairs)
    fitting = sums.filter("fits")
    claims = pairs.join(fitting, on="one", how="semi")
    rivals = _rivals(field, claims)
    state = _states(field, fitting["one"], rivals)
    taken = claims.join(state.filter(pl.col("state") == "taken"), on="one", how="semi")
    contested = claims.join(state.filter(pl.col("state") == "contested"), on="one")
    decision = Decision(
        confirmed=_scored(field, taken, pl.lit(1)), suggested=_scored(field, contested, pl.col("rivals") + 1)
    )
    return Totals(
        decision=decision,
        verdicts=_verdicts(field, sums, pairs, rivals),
        lines=claims["many"].unique(),
        targets=fitting["one"],
    )


def decide_blocks(field: SumField) -> Totals:
    """Sums of many to many: all lines of a key against all its targets, every pair of which passes the gates."""
    lines, targets = _blocks(field)
    sums = _block_sums(field, lines, targets)
    fitting = sums.filter("fits")
    own = lines.join(fitting, on="block", how="semi"), targets.join(fitting, on="block", how="semi")
    pairs = field.keyed(*own)
    passing = field.pairs(*own)
    blocked = (
        pairs.join(passing, on=["many", "one"], how="anti")
        .join(lines.select(many="row", block="block"), on="many")
        .select("block")
        .unique()
    )
    sums = sums.with_columns(
        fits=pl.col("fits") & ~pl.col("block").is_in(blocked["block"].implode()),
        total=pl.when(~pl.col("block").is_in(blocked["block"].implode())).then("total"),
    )
    taken = passing.join(lines.select(many="row", block="block"), on="many").join(
        sums.filter("fits"), on="block", how="semi"
    )
    return Totals(
        decision=Decision(confirmed=_scored(field, taken.select("many", "one"), pl.lit(1))),
        verdicts=_block_verdicts(field, sums, lines, targets),
        lines=taken["many"].unique(),
        targets=taken["one"].unique(),
    )


def _sums(field: SumField, pairs: pl.DataFrame) -> pl.DataFrame:
    """One row a target that has lines: one, amount, currency, lines, total, fits."""
    values = field.lines.select(many="row", value="value", currency="currency")
    found = pairs.join(values, on="many").group_by("one").agg(*_summed())
    amounts = field.targets.select(one="row", amount="value", own="currency")
    left, right = ("total", "amount") if field.many_is_left else ("amount", "total")
    lines_known, targets_known = field.has_currency
    fits = [
        pl.col("unknown") == 0,
        field.total.allowance.holds(pl.col(left), pl.col(right)),
        _one_currency("") if lines_known else pl.lit(value=True),
        pl.col("own").is_not_null() if targets_known else pl.lit(value=True),
        pl.col("own") == pl.col("currency") if lines_known and targets_known else pl.lit(value=True),
    ]
    is_sum = (pl.col("unknown") == 0) & (_one_currency("") if lines_known else pl.lit(value=True))
    return found.join(amounts, on="one").select(
        "one",
        "amount",
        "lines",
        currency=pl.coalesce("own", "currency"),
        fits=pl.all_horizontal(fits).fill_null(value=False),
        total=pl.when(is_sum).then("total"),
    )


def _summed(prefix: str = "") -> list[pl.Expr]:
    """Aggregates of values: their sum, how many, how many are unknown, and their currency."""
    return [
        pl.col("value").sum().alias(f"{prefix}total"),
        pl.len().alias(f"{prefix}lines"),
        pl.col("value").null_count().alias(f"{prefix}unknown"),
        pl.col("currency").drop_nulls().n_unique().alias(f"{prefix}currencies"),
        pl.col("currency").null_count().alias(f"{prefix}uncounted"),
        pl.col("currency").drop_nulls().min().alias(f"{prefix}currency"),
    ]


def _one_currency(prefix: str) -> pl.Expr:
    return (pl.col(f"{prefix}currencies") == 1) & (pl.col(f"{prefix}uncounted") == 0)


def _rivals(field: SumField, claims: pl.DataFrame) -> pl.DataFrame:
    """Targets that claim a line together: one, rival."""
    shared = claims.filter(pl.len().over("many") > 1)
    if shared.is_empty():
        return pl.DataFrame(schema=_CLAIMS)
    sets = shared.group_by("many").agg(pl.col("one").unique().sort()).select(one="one").unique()
    expected = int(sets.select((pl.col("one").list.len().cast(pl.Int64) ** 2).sum()).item())
    field.bench.guard(expected, field.rule, "too many records claim the same sum")
    rivals = sets.with_columns(rival="one").explode("one").explode("rival")
    return rivals.filter(pl.col("one") != pl.col("rival")).unique().select(list(_CLAIMS))


def _states(field: SumField, fitting: pl.Series, rivals: pl.DataFrame) -> pl.DataFrame:
    """What becomes of the targets that fit: one, rivals (how many), and state: taken, contested, or left."""
    twins = field.bench.twins(field.one, rivals["one"].unique()) if rivals.height else _NO_TWINS
    kinds = rivals.join(twins.select(one="row", kind="twin", rank="rank"), on="one").join(
        twins.select(rival="row", other="twin"), on="rival"
    )
    counted = kinds.group_by("one").agg(
        rivals=pl.len(), is_contested=(pl.col("kind") != pl.col("other")).any(), rank=pl.col("rank").first()
    )
    contested = pl.col("is_contested").fill_null(value=False)
    return (
        fitting.to_frame("one")
        .join(counted, on="one", how="left")
        .select(
            "one",
            pl.col("rivals").fill_null(0),
            state=pl.when(contested)
            .then(pl.lit("contested"))
            .when(pl.col("rank").fill_null(0) == 0)
            .then(pl.lit("taken"))
            .otherwise(pl.lit("left")),
        )
    )


_NO_TWINS = pl.DataFrame(schema={"row": pl.UInt32(), "twin": pl.UInt32(), "rank": pl.UInt32()})


def _scored(field: SumField, pairs: pl.DataFrame, choices: pl.Expr) -> pl.DataFrame:
    """Pairs as a decision has them; a group is worth what its weakest key is."""
    links = field.bench.with_evidence(field.as_links(pairs), field.rule)
    end = "right" if field.many_is_left else "left"
    return links.with_columns(choices=choices).select(
        "left",
        "right",
        score=pl.col("score").min().over(end) / pl.col("choices"),
        evidence=pl.concat_str(pl.lit("sum of "), pl.len().over(end).cast(pl.String)),
    )


def _verdicts(field: SumField, sums: pl.DataFrame, pairs: pl.DataFrame, rivals: pl.DataFrame) -> list[Verdict]:
    lines = pairs.group_by("one").agg(solution=pl.col("many").sort())
    others = rivals.group_by("one").agg(rivals=pl.col("rival").sort())
    told = sums.join(lines, on="one", how="left").join(others, on="one", how="left").sort("one")
    return [
        Verdict(
            rule=field.rule.rule.name,
            side=field.one.name,
            position=row["one"],
            answer="unique" if row["fits"] else "none",
            count=1 if row["fits"] else 0,
            solutions=(tuple(row["solution"]),) if row["fits"] else (),
            summed=() if row["fits"] else tuple(row["solution"]),
            field=row["lines"],
            is_whole=True,
            amount=field.amount(row["amount"], row["currency"]),
            total=field.amount(row["total"], row["currency"]),
            currency=row["currency"],
            rivals=tuple(row["rivals"] or ()),
        )
        for row in told.iter_rows(named=True)
    ]


def _blocks(field: SumField) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Lines and targets with the number of their key, of keys that both sides have."""
    names = [name for name in field.lines.columns if name.startswith("key")]
    shared = field.lines.select(names).unique().join(field.targets.select(names).unique(), on=names)
    blocks = shared.with_row_index("block")
    return field.lines.join(blocks, on=names), field.targets.join(blocks, on=names)


def _block_sums(field: SumField, lines: pl.DataFrame, targets: pl.DataFrame) -> pl.DataFrame:
    """One row a key: block, amount and total (of the targets and of the lines), currency, fits."""
    found = lines.group_by("block").agg(*_summed()).join(targets.group_by("block").agg(*_summed("own_")), on="block")
    left, right = ("total", "own_total") if field.many_is_left else ("own_total", "total")
    lines_known, targets_known = field.has_currency
    always = pl.lit(value=True)
    lines_are_one = _one_currency("") if lines_known else always
    targets_are_one = _one_currency("own_") if targets_known else always
    fits = [
        (pl.col("unknown") == 0) & (pl.col("own_unknown") == 0),
        field.total.allowance.holds(pl.col(left), pl.col(right)),
        lines_are_one,
        targets_are_one,
        pl.col("own_currency") == pl.col("currency") if lines_known and targets_known else always,
    ]
    return found.select(
        "block",
        "lines",
        amount=pl.when((pl.col("own_unknown") == 0) & targets_are_one).then("own_total"),
        total=pl.when((pl.col("unknown") == 0) & lines_are_one).then("total"),
        currency=pl.coalesce("own_currency", "currency"),
        fits=pl.all_horizontal(fits).fill_null(value=False),
    )


def _block_verdicts(field: SumField, sums: pl.DataFrame, lines: pl.DataFrame, targets: pl.DataFrame) -> list[Verdict]:
    ones = targets.group_by("block").agg(ones=pl.col("row").sort())
    manys = lines.group_by("block").agg(manys=pl.col("row").sort())
    told = sums.join(ones, on="block").join(manys, on="block").sort(pl.col("ones").list.first())
    return [
        Verdict(
            rule=field.rule.rule.name,
            side=field.one.name,
            position=row["ones"][0],
            beside=tuple(row["ones"][1:]),
            answer="unique" if row["fits"] else "none",
            count=1 if row["fits"] else 0,
            solutions=(tuple(row["manys"]),) if row["fits"] else (),
            summed=() if row["fits"] else tuple(row["manys"]),
            field=row["lines"],
            is_whole=True,
            amount=field.amount(row["amount"], row["currency"]),
            total=field.amount(row["total"], row["currency"]),
            currency=row["currency"],
        )
        for row in told.iter_rows(named=True)
    ]
