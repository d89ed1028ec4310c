"""Timeline: what happened to one thing, step by step, with what is owed, settled and received after each."""

from collections.abc import Mapping

import attrs
import polars as pl

from tieout.chain._amounts import BALANCE, GROSS, by_channel_alone
from tieout.chain._finding import Subject, Thing
from tieout.chain._gathering import Things
from tieout.chain._kinds import KINDS, Kind
from tieout.chain._links import Links, effective_refunds

__all__ = ["Scene", "scene_of", "timeline_of"]

_NOTHING_MOVED = ("failed", "cancelled")
_RUNNING = ("due", "settled", "banked")
_RANK = {kind.name: place for place, kind in enumerate(KINDS)}


@attrs.frozen(kw_only=True)
class Scene:
    """What a trace tells of.

    Attributes:
        nodes: The things of each kind that belong to it.
        shares: What of a thing's money belongs to it: `kind`, `node`, `share`, where that is not all of it.
        is_whole: Whether it is the platform's money itself, and not that of orders.
        by_channel: Whether its orders are collected by payment channels, no platform settling them.
    """

    nodes: Mapping[str, pl.DataFrame]
    shares: pl.DataFrame
    is_whole: bool
    by_channel: bool = False


def scene_of(subject: Subject, things: Mapping[str, Things], links: Links) -> Scene:
    """All that belongs to a subject."""
    if subject.orders:
        return _of_orders(subject, things, links)
    return _of_money(subject, things, links)


def _picked(of: Things, nodes: pl.Series) -> pl.DataFrame:
    return of.nodes.filter(pl.col("node").is_in(nodes.unique().implode()))


def _of_orders(subject: Subject, things: Mapping[str, Things], links: Links) -> Scene:
    orders = list(subject.orders)
    nodes = {
        name: _picked(things[name], pairs.filter(pl.col("order").is_in(orders))["node"])
        for name, pairs in links.orders.items()
    }
    lines = nodes["line"].filter(~pl.col("type").is_in(BALANCE)).select("node", "cash_minor", "cash_currency")
    stated = lines.join(links.settled, left_on="node", right_on="right").rename({"left": "settlement"})
    of_settlements = stated.group_by(pl.col("settlement").alias("node"), "cash_currency").agg(
        pl.col("cash_minor").sum()
    )
    drawn = lines.join(links.drawn, left_on="node", right_on="right").rename({"left": "payout"})
    payouts = things["payout"].nodes.filter((~pl.col("status").is_in(_NOTHING_MOVED)).fill_null(value=True))
    paid = _last(of_settlements, links.paid, payouts, "payout_id")
    drawn_by = drawn.join(payouts.select(pl.col("node").alias("payout")), on="payout", how="semi")
    of_payouts = (
        pl.concat([paid, drawn_by.select(pl.col("payout").alias("node"), "cash_currency", "cash_minor")])
        .group_by("node", "cash_currency")
        .agg(pl.col("cash_minor").sum())
    )
    of_bank = _last(of_payouts, links.received, things["bank"].nodes, "bank_ref")
    reached = links.paid.filter(pl.col("left").is_in(of_settlements["node"].implode()))["right"]
    nodes["settlement"] = _picked(things["settlement"], of_settlements["node"])
    nodes["payout"] = _picked(things["payout"], pl.concat([reached, of_payouts["node"]]))
    received = links.received.filter(pl.col("left").is_in(nodes["payout"]["node"].implode()))["right"]
    nodes["bank"] = _picked(things["bank"], received)
    shares = [
        _share(part, name, sign)
        for name, part, sign in (("settlement", of_settlements, 1), ("payout", of_payouts, -1), ("bank", of_bank, 1))
    ]
    alone = by_channel_alone(things).filter(pl.col("order").is_in(orders)).height == len(orders)
    return Scene(nodes=nodes, shares=pl.concat(shares), is_whole=False, by_channel=alone)


def _share(part: pl.DataFrame, kind: str, sign: int) -> pl.DataFrame:
    return part.select(
        pl.lit(kind).alias("kind"), "node", "cash_currency", (sign * pl.col("cash_minor")).alias("share")
    )


def _last(shares: pl.DataFrame, pairs: pl.DataFrame, targets: pl.DataFrame, number: str) -> pl.DataFrame:
    """Shares handed on to what they went into; of several, to the last, with which all of it is there."""
    joined = (
        shares.join(pairs, left_on="node", right_on="left")
        .join(
            targets.select(
                pl.col("node").alias("right"),
                "on",
                pl.col("cash_currency").alias("code"),
                pl.col(number).alias("id"),
                pl.col("cash_minor").alias("size"),
            ),
            on="right",
        )
        .filter(pl.col("code") == pl.col("cash_currency"))
        .sort("on", "id", "size", "right", nulls_last=True)
        .unique(["node", "cash_currency"], keep="last", maintain_order=True)
    )
    return joined.group_by(pl.col("right").alias("node"), "cash_currency").agg(pl.col("cash_minor").sum())


def _of_money(subject: Subject, things: Mapping[str, Things], links: Links) -> Scene:
    reached: dict[str, list[int]] = {}
    for name, node in subject.things:
        reached.setdefault(name, []).append(node)
    series = {name: pl.Series(nodes, dtype=pl.Int64) for name, nodes in reached.items()}
    empty = pl.Series([], dtype=pl.Int64)
    heads, payouts = series.get("settlement", empty), series.get("payout", empty)
    lines = pl.concat(
        [
            series.get("line", empty),
            links.settled.filter(pl.col("left").is_in(heads.implode()))["right"],
            links.drawn.filter(pl.col("left").is_in(payouts.implode()))["right"],
        ]
    )
    nodes = {name: _picked(of, series.get(name, empty)) for name, of in things.items()}
    nodes["line"] = _picked(things["line"], lines)
    schema = {"kind": pl.String, "node": pl.Int64, "cash_currency": pl.String, "share": pl.Int64}
    return Scene(nodes=nodes, shares=pl.DataFrame(schema=schema), is_whole=True)


def timeline_of(scene: Scene, orders: pl.DataFrame, movements: Mapping[Thing, int], timezone: str) -> pl.DataFrame:
    """The steps in the order of their time; those of which only the day is known come last on it.

    Args:
        scene: What it tells of.
        orders: Of the chain's orders those of the scene.
        movements: The number of the movement that a thing says, by thing.
        timezone: Zone in which days count.
    """
    parts = [_steps(kind, frame, timezone) for kind in KINDS if (frame := scene.nodes.get(kind.name)) is not None]
    steps = pl.concat(parts)
    numbers = pl.DataFrame(
        [(name, node, number) for (name, node), number in movements.items()],
        schema={"kind": pl.String, "node": pl.Int64, "movement": pl.Int64},
        orient="row",
    )
    steps = steps.join(scene.shares.rename({"cash_currency": "currency"}), on=["kind", "node", "currency"], how="left")
    steps = steps.join(numbers, on=["kind", "node"], how="left")
    rank = pl.col("kind").replace_strict(_RANK, return_dtype=pl.Int32)
    steps = _moved(steps, scene, orders)
    steps = steps.sort(
        "on",
        pl.col("at").is_null(),
        "at",
        rank,
        pl.col("id").str.len_chars(),
        "id",
        "step",
        "what",
        "minor",
        "source",
        nulls_last=True,
    )
    first = pl.col("place").min().over("movement")
    steps = steps.with_row_index("place")
    steps = steps.with_columns(pl.when(pl.col("movement").is_not_null()).then(first).alias("movement")).drop("place")
    steps = steps.with_columns(pl.col("movement").rank("dense").cast(pl.Int64).alias("movement"))
    return steps.with_columns(
        pl.col(name).fill_null(0).cum_sum().over("currency").alias(f"{name}_minor") for name in _RUNNING
    ).with_columns(
        pl.when(pl.col("currency").is_not_null()).then(f"{name}_minor").alias(f"{name}_minor") for name in _RUNNING
    )


def _steps(kind: Kind, frame: pl.DataFrame, timezone: str) -> pl.DataFrame:
    """One row per moment of each thing; its amount stands at the one where it counts."""
    counted = pl.coalesce(
        *(pl.when(pl.col(name).is_not_null()).then(pl.lit(name)) for name in kind.counts if name in kind.moments),
        pl.lit("on"),
    )
    facts = frame.with_columns(counted.alias("counted"))
    zone = pl.Datetime("us", timezone)
    moments = {**kind.moments, "on": _word(kind)}
    parts = []
    for place, (name, word) in enumerate(moments.items()):
        is_day = name == "on"
        there = (pl.col("counted") == "on") if is_day else pl.col(name).is_not_null()
        at = pl.lit(None, dtype=zone) if is_day else pl.col(name).dt.convert_time_zone(timezone)
        on = pl.col("on") if is_day else at.dt.date()
        counts = pl.col("counted") == name
        parts.append(
            facts.filter(there).select(
                at.cast(zone).alias("at"),
                on.alias("on"),
                pl.lit(kind.name).alias("kind"),
                (word if isinstance(word, pl.Expr) else pl.lit(word)).alias("event"),
                pl.coalesce(kind.ids).alias("id"),
                _what(kind).alias("what"),
                pl.when(counts).then("cash_minor").alias("minor"),
                pl.when(counts & pl.col("cash_minor").is_not_null()).then("cash_currency").alias("currency"),
                _source().alias("source"),
                "node",
                pl.lit(place, dtype=pl.Int32).alias("step"),
                counts.alias("counts"),
            )
        )
    return pl.concat(parts)


def _word(kind: Kind) -> pl.Expr:
    """What to call a step of which only the day is known."""
    if kind.name == "bank":
        return pl.when(pl.col("cash_minor") < 0).then(pl.lit("paid")).otherwise(pl.lit("received"))
    return pl.lit({"charge": "billed", "settlement": "stated"}.get(kind.name, "on record"))


def _what(kind: Kind) -> pl.Expr:
    if not kind.kind_of:
        return pl.lit(None, dtype=pl.String)
    return pl.concat_str([pl.col(name).cast(pl.String) for name in kind.kind_of], separator=" ", ignore_nulls=True)


def _source() -> pl.Expr:
    """`file[sheet]:line`, as `Provenance` says it; null where nothing is known."""
    sheet = pl.when(pl.col("source_sheet").is_not_null()).then(pl.format("[{}]", "source_sheet")).otherwise(pl.lit(""))
    line = pl.when(pl.col("source_line").is_not_null()).then(pl.format(":{}", "source_line")).otherwise(pl.lit(""))
    return pl.when(pl.col("source_file").is_not_null()).then(pl.concat_str(["source_file", sheet, line]))


def _moved(steps: pl.DataFrame, scene: Scene, orders: pl.DataFrame) -> pl.DataFrame:
    """Steps with what they add to the amounts that run along: due to be settled, settled and not paid out, in the bank."""
    refunds = effective_refunds(scene.nodes["refund"]) if "refund" in scene.nodes else None
    due = orders.select(
        pl.lit("order").alias("kind"), pl.col("order").alias("node"), pl.col("receivable_minor").alias("brings")
    )
    if refunds is not None and not scene.is_whole:
        back = refunds.select(
            pl.lit("refund").alias("kind"),
            "node",
            (pl.col("cash_minor") - pl.col("clawback_minor").fill_null(0)).alias("brings"),
        )
        due = pl.concat([due, back])
    types = scene.nodes["line"].select(pl.lit("line").alias("kind"), "node", "type")
    steps = steps.join(due, on=["kind", "node"], how="left").join(types, on=["kind", "node"], how="left")
    is_line, is_gross = pl.col("kind") == "line", pl.col("type").is_in(GROSS)
    of_payout = pl.col("kind") == "payout"
    # A withdrawal that is a payout of its own is that payout, seen once more.
    again = is_line & (pl.col("type") == "withdrawal") & pl.col("movement").is_not_null()
    share = pl.coalesce("share", "minor") if scene.is_whole else pl.col("share")
    counts = pl.col("counts")
    steps = steps.join(_on_bills(scene), on=["kind", "node"], how="left")
    return steps.with_columns(
        pl.when(counts & is_line & is_gross)
        .then(0 if scene.is_whole else -pl.col("minor"))
        .when(counts & pl.col("gross").is_not_null())
        .then(-pl.col("gross"))
        .when(counts)
        .then("brings")
        .alias("due"),
        pl.when(counts & is_line & ~again)
        .then("minor")
        .when(counts & of_payout)
        .then(share)
        .when(counts)
        .then("net")
        .alias("settled"),
        pl.when(counts & (pl.col("kind") == "bank")).then(share).alias("banked"),
    ).drop("brings", "type", "counts", "gross", "net")


def _on_bills(scene: Scene) -> pl.DataFrame:
    """What channels' transactions collect, of those of one bill where two list them: `kind`, `node`, `gross`, `net`."""
    rows = scene.nodes["channel"].filter(pl.lit(scene.by_channel))
    number = ["channel", "channel_txn_id", "channel_refund_id"]
    is_trade = (pl.col("bill_kind") == "trade").fill_null(value=False)
    counted = rows.filter(is_trade | ~is_trade.any().over(number))
    is_fee = pl.col("channel_refund_id").is_not_null() == (pl.col("cash_minor") > 0)
    return counted.select(
        pl.lit("channel").alias("kind"),
        "node",
        pl.when(is_fee).then(0).otherwise("cash_minor").alias("gross"),
        (pl.col("cash_minor") + pl.col("fee_minor").fill_null(0)).alias("net"),
    )
