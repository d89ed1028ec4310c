"""Movements: money that several bills show is one movement, seen several times."""

from collections.abc import Mapping

import polars as pl

from tieout.chain._finding import Thing
from tieout.chain._kinds import BY_NAME
from tieout.chain._links import Links
from tieout.chain._timeline import Scene

__all__ = ["movements_of", "numbered"]

_RANK = list(BY_NAME)
_LEAD = ("payment", "refund", "payout", "charge", "channel", "line", "bank")
"""Which of its sightings a movement is named by: the record of the thing itself before the bills that show it."""
_STATEMENTS = ("order", "settlement", "stock")
"""What has an amount and moves no money."""


def numbered(scene: Scene, links: Links) -> dict[Thing, int]:
    """The number of the movement that each thing says, of those that several things say.

    Args:
        scene: What the trace tells of.
        links: How things hang together.
    """
    pairs = [
        *_edges(scene, "payment", "channel", links.collected, of_amount=True),
        *_edges(scene, "refund", "channel", links.refunded["channel"], of_amount=True),
        *_edges(
            scene,
            "refund",
            "line",
            links.refunded["line"].join(_back(scene), left_on="right", right_on="node", how="semi"),
        ),
        *_edges(scene, "payout", "line", links.withdrawn),
        *_edges(scene, "payout", "bank", links.received),
        *_twice_on_bills(scene),
        *_sales(scene),
    ]
    groups: dict[Thing, set[Thing]] = {}
    for one, other in pairs:
        joined = groups.get(one, {one}) | groups.get(other, {other})
        groups |= dict.fromkeys(joined, joined)
    order = sorted({min(group, key=_place) for group in groups.values()}, key=_place)
    numbers = {first: number for number, first in enumerate(order, start=1)}
    return {thing: numbers[min(group, key=_place)] for thing, group in groups.items()}


def _place(thing: Thing) -> tuple[int, int]:
    return _RANK.index(thing[0]), thing[1]


def _edges(
    scene: Scene, left: str, right: str, pairs: pl.DataFrame, *, of_amount: bool = False
) -> list[tuple[Thing, Thing]]:
    """Links of the scene between two kinds; of those of one amount where one thing may be linked to others as well."""
    facts = ["node", "cash_minor", "cash_currency"]
    ours = scene.nodes[left].select(pl.col(name).alias(f"left_{name}") for name in facts)
    theirs = scene.nodes[right].select(pl.col(name).alias(f"right_{name}") for name in facts)
    found = pairs.join(ours, left_on="left", right_on="left_node").join(theirs, left_on="right", right_on="right_node")
    if of_amount:
        found = found.filter(
            pl.col("left_cash_minor") == pl.col("right_cash_minor"),
            pl.col("left_cash_currency") == pl.col("right_cash_currency"),
        )
    return [
        ((left, one), (right, other)) for one, other in found.select("left", "right").sort("left", "right").iter_rows()
    ]


def _back(scene: Scene) -> pl.DataFrame:
    return scene.nodes["line"].filter(pl.col("type") == "sale_refund").select("node")


def _twice_on_bills(scene: Scene) -> list[tuple[Thing, Thing]]:
    """Transactions that a trade bill and a fund bill list."""
    name = ["channel", "channel_txn_id", "channel_refund_id", "cash_minor", "cash_currency"]
    rows = scene.nodes["channel"].filter(pl.col("channel_txn_id").is_not_null()).select("node", "bill_kind", *name)
    pairs = rows.join(rows, on=name, nulls_equal=True, suffix="_other").filter(
        pl.col("bill_kind") > pl.col("bill_kind_other")
    )
    return [
        (("channel", one), ("channel", other))
        for one, other in pairs.select("node", "node_other").sort("node", "node_other").iter_rows()
    ]


def _sales(scene: Scene) -> list[tuple[Thing, Thing]]:
    """Payments that a settlement says as well: the only one of an order for the amount, and the only line."""
    payments = scene.nodes["payment"].select("node", "platform_order_id", "cash_minor", "cash_currency")
    lines = scene.nodes["line"].filter(pl.col("type") == "sale").select("node", *payments.columns[1:])
    by = payments.columns[1:]
    alone = [frame.filter(pl.len().over(by) == 1) for frame in (payments, lines)]
    pairs = alone[0].join(alone[1], on=by, suffix="_line").select("node", "node_line").sort("node")
    return [(("payment", one), ("line", other)) for one, other in pairs.iter_rows()]


def movements_of(steps: pl.DataFrame, numbers: Mapping[Thing, int]) -> pl.DataFrame:
    """One row per movement that has an amount: `movement`, `kind`, `id`, `minor`, `currency`, and every sighting of it.

    Args:
        steps: The steps of a timeline, with `node`.
        numbers: As `numbered`.
    """
    rows = steps.filter(pl.col("minor").is_not_null() & ~pl.col("kind").is_in(_STATEMENTS))
    lone = max(numbers.values(), default=0) + pl.int_range(1, pl.len() + 1)
    rank = pl.col("kind").replace_strict(
        {name: place for place, name in enumerate(_LEAD)}, default=0, return_dtype=pl.Int32
    )
    rows = rows.with_columns(pl.coalesce("movement", lone).alias("group"), rank.alias("rank"))
    sighting = pl.struct("kind", "id", "what", "on", "minor", "currency", "source")
    return (
        rows.sort("group", "rank", "on", "id", nulls_last=True)
        .group_by("group", maintain_order=True)
        .agg(
            pl.col("kind", "id", "minor", "currency").first(),
            pl.col("on").min(),
            pl.len().alias("seen"),
            sighting.alias("sightings"),
        )
        .sort("on", "kind", "id", nulls_last=True)
        .drop("group")
    )
