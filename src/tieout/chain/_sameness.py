"""Sameness: which records speak of one thing, within one outcome, across outcomes, and after a later month said it otherwise."""

from collections.abc import Mapping
from typing import Final

import polars as pl

from tieout.chain._kinds import Kind
from tieout.tables._keys import numbers_of

__all__ = ["PLACE", "nodes_of"]

PLACE: Final = ("source_file", "source_sheet", "source_line")
_READ: Final = pl.any_horizontal(pl.col(name).is_not_null() for name in PLACE)


def nodes_of(kind: Kind, rows: pl.DataFrame, *, is_alone: bool) -> pl.Series:
    """The number of the thing that each record speaks of, as `node`.

    Args:
        kind: What the records are.
        rows: Records with `age` (the day that their outcome is as of), `outcome`, `copy`, `is_opening`, `on`, and what the kind
            tells things apart by.
        is_alone: Whether all of them are of one side of one outcome.
    """
    if kind.is_single:
        return numbers_of(rows, kind.key).alias("node")
    if is_alone and not rows["is_opening"].any():
        return pl.int_range(rows.height, dtype=pl.Int64, eager=True).alias("node")
    content = [*kind.key, *kind.moments, "cash_minor", "cash_currency"]
    is_named = pl.any_horizontal(pl.col(name).is_not_null() for name in kind.own)
    told = rows.with_columns(pl.when(~is_named).then(name).alias(name) for name in PLACE)
    nodes = _apart(rows, numbers_of(_turned(kind, told, content), [*content, *PLACE, "turn"]))
    if kind.name_of and rows["age"].n_unique() > 1:
        nodes = _corrected(kind, rows.filter(is_named), nodes, rows.select(is_named.alias("named")).to_series())
    return nodes.alias("node")


def _turned(kind: Kind, told: pl.DataFrame, content: list[str]) -> pl.DataFrame:
    """Records with `turn`: of those alike without a number and with a moment, the first of one close is the first of the next.

    Their place tells them apart within a close only: the next one may have read them of another file, and have carried them in
    beside.
    """
    moment = pl.coalesce(list(kind.moments)) if kind.moments else pl.lit(None)
    free = told.select((moment.is_not_null() & _READ).alias("free")).to_series()
    is_one_close = told["age"].n_unique() <= 1 and not told["is_opening"].any()
    if is_one_close or not kind.moments or not free.any():
        return told.with_columns(pl.lit(0, dtype=pl.Int64).alias("turn"))
    part = told.filter(free)
    of = pl.Series("of", numbers_of(part, [*content, "age", "is_opening"]))
    places = numbers_of(part.with_columns(of), ["of", *PLACE])
    first = part.select(*PLACE).with_columns(of, places.alias("place")).unique("place", keep="any")
    first = first.sort("of", *PLACE, nulls_last=True).select("place", pl.int_range(pl.len()).over("of").alias("turn"))
    turns = pl.DataFrame([places.alias("place")]).join(first, on="place", how="left", maintain_order="left")["turn"]
    whole = pl.zeros(told.height, dtype=pl.Int64, eager=True).scatter(free.arg_true(), turns)
    return told.with_columns(
        whole.alias("turn"), *(pl.when(~free).then(name).otherwise(None).alias(name) for name in PLACE)
    )


def _apart(rows: pl.DataFrame, numbers: pl.Series) -> pl.Series:
    """Numbers by which records of one side are things of their own, however alike: the second is another side's second.

    What was carried in is beside what was given: of what they both say, one is the other.
    """
    place = (pl.col("outcome").cast(pl.Int64) * (pl.col("copy").max() + 1) + pl.col("copy")) * 2
    sides = rows.select((place + pl.col("is_opening")).alias("place")).to_series()
    spot = pl.DataFrame([numbers.alias("node"), sides]).select(
        pl.col("node") * (pl.col("place").max() + 1) + pl.col("place")
    )
    is_twin = spot.to_series().is_duplicated()
    if not is_twin.any():
        return numbers
    twins = (
        rows.select("on", *PLACE, "row").with_columns(numbers.alias("node"), sides.alias("place")).with_row_index("at")
    )
    twins = twins.filter(is_twin).sort("place", "on", *PLACE, "row", nulls_last=True)
    later = twins.with_columns(pl.int_range(pl.len()).over("place", "node").alias("nth")).filter(pl.col("nth") > 0)
    own = numbers_of(later, ("node", "nth")) + numbers.len()
    return numbers.scatter(later["at"], own)


def _corrected(kind: Kind, named: pl.DataFrame, nodes: pl.Series, is_named: pl.Series) -> pl.Series:
    """Numbers by which what a later close says otherwise of a day that was closed is the thing that the earlier one had.

    It has the same name, and the same moment, or the same amount where its reconciliation took it for what was carried: platforms
    book what becomes of a payment under its number, too. Neither close has the other's record, and each is the only one that can
    be meant.
    """
    moment = pl.coalesce(list(kind.moments)) if kind.moments else pl.col("on").cast(pl.Datetime("us"))
    things = (
        named.with_columns(nodes.filter(is_named).alias("node"), moment.alias("moment"))
        .with_columns(pl.Series("name", numbers_of(named, kind.name_of)))
        .group_by("node")
        .agg(
            pl.col("name", "moment", "cash_minor", "cash_currency", "on").first(),
            pl.col("age").min().alias("first"),
            pl.col("age").max().alias("last"),
            pl.col("is_opening").any(),
        )
        .filter(pl.len().over("name") > 1)
    )
    closed = pl.col("last").str.to_date(strict=False)
    said = things.select(pl.all().name.suffix("_new"))
    pairs = (
        things.with_columns(closed.alias("closed"))
        .join(said, left_on="name", right_on="name_new")
        .filter(
            pl.col("last") < pl.col("first_new"),
            (pl.col("on_new") <= pl.col("closed")).fill_null(value=False) | pl.col("is_opening_new"),
            pl.col("cash_currency").eq_missing(pl.col("cash_currency_new")),
        )
        .with_columns(pl.col("moment").eq_missing(pl.col("moment_new")).alias("at_once"))
        .filter(pl.col("at_once") | ((pl.col("cash_minor") == pl.col("cash_minor_new")) & pl.col("is_opening_new")))
        .filter(pl.col("last") == pl.col("last").max().over("node_new"))
        .filter(pl.col("first_new") == pl.col("first_new").min().over("node"))
        .filter(pl.len().over("node") == 1, pl.len().over("node_new") == 1)
    )
    if not pairs.height:
        return nodes
    older = dict(pairs.select("node_new", "node").iter_rows())
    return nodes.replace(list(older), [_first_of(older, node) for node in older])


def _first_of(older: Mapping[int, int], node: int) -> int:
    while node in older:
        node = older[node]
    return node
