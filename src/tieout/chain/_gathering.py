"""Gathering: the records of all outcomes, each thing once, with every place in which it was seen."""

from collections.abc import Mapping, Sequence

import attrs
import polars as pl

from tieout.chain._kinds import KINDS, SCOPE, Kind
from tieout.chain._sameness import PLACE, nodes_of
from tieout.chain._turns import first_said
from tieout.outcome import Outcome
from tieout.tables import schema_of
from tieout.tables._keys import ordered

__all__ = ["SOURCE", "Things", "gather"]

SOURCE = ("source_format", "source_file", "source_sheet", "source_sha256", "source_line")
_FLAGS = ("is_repeat", "is_assumed", "is_opening", "is_evidence")
_OWN = ("cash_minor", "payable_minor", "cost_minor", "clawback_minor", "fee_minor")
_SEEN = ("node", "outcome", "age", "side", "row", "unit", "verdict", "is_evidence", *SOURCE)
_NEEDED = ("record_row", "cash_currency", "on", "lines", "shop_id")


@attrs.frozen(kw_only=True)
class Things:
    """All things of one kind.

    Attributes:
        kind: The kind.
        nodes: One row each: `node` (its number, from 0), its identifiers and moments, `on`, `cash_minor` and `cash_currency`, and
            where it was read.
        seen: One row per record: `node`, `outcome` (its number in the chain), `age` (the day that it is as of), `side`,
            `row`, `unit`, `verdict`, `is_evidence` (looked at and not compared), and where it was read.
        records: How many records of this kind the outcomes hold.
        repeats: How many of them say again what another record of the same side says.
        assumed: How many of them no record says.
        awaited: Numbers of the outcomes that have a side for them and no record on it.
    """

    kind: Kind
    nodes: pl.DataFrame = attrs.field(repr=False)
    seen: pl.DataFrame = attrs.field(repr=False)
    records: int
    repeats: int
    assumed: int
    awaited: frozenset[int]


def gather(outcomes: Sequence[Outcome]) -> Mapping[str, Things]:
    """The things of every kind, by its name.

    Args:
        outcomes: In an order that does not depend on how they were given; of what several say of one thing, the last is newest.
    """
    return {kind.name: _things(kind, outcomes) for kind in KINDS}


def _things(kind: Kind, outcomes: Sequence[Outcome]) -> Things:
    every_column = _columns(kind)
    wanted = _said_of(kind, outcomes, every_column)
    frames = [
        _whole(frame, wanted).with_columns(
            pl.lit(place).alias("outcome"),
            pl.lit(outcome.parameters.get("as of", "")).alias("age"),
            pl.lit(side).alias("side"),
            pl.lit(copy).alias("copy"),
        )
        for place, outcome in enumerate(outcomes)
        for copy, (side, frame) in enumerate(_sides(kind, outcome))
    ]
    if not frames:
        schema = {**wanted, "outcome": pl.Int32(), "age": pl.String(), "side": pl.String(), "copy": pl.Int32()}
        frames = [pl.DataFrame(schema=schema)]
    every = pl.concat(frames)
    uncounted = every["is_assumed"] | every["is_repeat"]
    counted = every.filter(~uncounted) if uncounted.any() else every
    rows = counted.with_columns(nodes_of(kind, counted, is_alone=len(frames) == 1))
    if kind.is_single:
        rows = _with_copies(rows)
    nodes = _newest(rows, kind).drop("outcome", "age", "side", "row", "unit", "verdict", *_FLAGS, "record_row", "copy")
    absent = {name: pl.lit(None, dtype=dtype) for name, dtype in every_column.items() if name not in wanted}
    return Things(
        kind=kind,
        nodes=nodes.with_columns(**{name: nothing for name, nothing in absent.items() if name != "record_row"}),
        seen=rows.select(_SEEN),
        records=every.height,
        repeats=every.filter(pl.col("is_repeat") & ~pl.col("is_assumed")).height,
        assumed=int(every["is_assumed"].sum()),
        awaited=frozenset(place for place, outcome in enumerate(outcomes) if _is_awaited(kind, outcome)),
    )


def _said_of(kind: Kind, outcomes: Sequence[Outcome], wanted: Mapping[str, pl.DataType]) -> Mapping[str, pl.DataType]:
    """The columns of a kind that a record says something in, and those that things are told apart by.

    Most fields of most sources are empty, and each of them would be sorted and joined along with millions of rows.
    """
    frames = [frame for outcome in outcomes for _, frame in _sides(kind, outcome)]
    needed = {*kind.key, *kind.moments, *_OWN, *_FLAGS, *_SEEN, *PLACE, *_NEEDED}
    return {
        name: dtype
        for name, dtype in wanted.items()
        if name in needed or any(name in frame.columns and frame[name].null_count() < frame.height for frame in frames)
    }


def _is_awaited(kind: Kind, outcome: Outcome) -> bool:
    frames = [outcome.records.get(side) for side, name in outcome.kinds.items() if name == kind.record.__name__]
    return bool(frames) and not any(frame is not None and frame.height for frame in frames)


def _sides(kind: Kind, outcome: Outcome) -> list[tuple[str, pl.DataFrame]]:
    """The sides of an outcome that hold a kind; what a later one says is a copy of what the first says, as an ERP has orders."""
    return [(side, frame) for side, frame in outcome.records.items() if outcome.kinds.get(side) == kind.record.__name__]


def _columns(kind: Kind) -> dict[str, pl.DataType]:
    """What every frame of a kind is given, with its type."""
    record = schema_of(kind.record)
    names = [
        *SCOPE, *kind.ids, *kind.key, *kind.moments, *kind.counts, *kind.kind_of, *SOURCE,
        "status", "type", "channel", "bill_kind", "charge_type", "leg", "direction", "kind", "carrier", "return_tracking_no",
        "exchange_tracking_no", "outbound_tracking_no", "tracking_no", "order_id", "refund_id", "return_id", "settlement_id",
        "platform_order_id", "merchant_order_no", "channel_txn_id", "channel_refund_id", "version", "account", "stage",
        "succeeded_at", "refund_ids", "settlement_ids", "is_cod",
    ]  # fmt: skip
    own = {name: pl.Int64() for name in (*_OWN, "row", "unit", "record_row")}
    known = {
        name: record.get(name, pl.String()) for name in names if name in record or name in SCOPE or name in kind.key
    }
    return {
        **own,
        "cash_currency": pl.String(),
        "verdict": pl.String(),
        **dict.fromkeys(_FLAGS, pl.Boolean()),
        **known,
        "on": pl.Date(),
        **_lists(kind),
    }


def _lists(kind: Kind) -> dict[str, pl.DataType]:
    """The fields of the record's lines that are handed on, where it has lines."""
    fields = {
        "order": ("platform_sub_order_id", "sku", "quantity", "unit_price_minor", "unit_cost_minor"),
        "parcel": ("platform_order_id", "platform_sub_order_id", "sku", "quantity"),
        "return": ("platform_sub_order_id", "sku", "quantity_requested", "quantity_received", "condition"),
    }.get(kind.name)
    if fields is None:
        return {}
    line = schema_of(kind.record)["lines"]
    if not isinstance(line, pl.List) or not isinstance(line.inner, pl.Struct):
        return {}
    types = {field.name: field.dtype for field in line.inner.fields}
    return {"lines": pl.List(pl.Struct({name: types[name] for name in fields}))}


def _whole(frame: pl.DataFrame, wanted: Mapping[str, pl.DataType]) -> pl.DataFrame:
    return frame.select(
        (
            pl.col(name)
            if name in frame.columns and (frame.schema[name] == dtype or not dtype.is_nested())
            else pl.lit(None)
        )
        .cast(dtype)
        .alias(name)
        for name, dtype in wanted.items()
    ).with_columns(
        *(pl.col(name).fill_null(value=False) for name in _FLAGS),
        *(_said(name) for name, dtype in wanted.items() if isinstance(dtype, pl.List)),
    )


def _said(name: str) -> pl.Expr:
    """A list that is empty says nothing, and hides nothing of what another record says."""
    return pl.when(pl.col(name).list.len() > 0).then(name).alias(name)


def _with_copies(rows: pl.DataFrame) -> pl.DataFrame:
    """Copies under another number as the thing that they were compared with as one."""
    first = rows.filter(pl.col("copy") == 0)
    if first.height == rows.height:
        return rows
    strange = rows.filter(pl.col("copy") > 0).join(first, on="node", how="anti")
    if not strange.height:
        return rows
    units = first.select("outcome", "unit", pl.col("node").alias("original")).unique()
    alone = units.filter(pl.len().over("outcome", "unit") == 1)
    meant = strange.join(alone, on=["outcome", "unit"]).group_by("node").agg(pl.col("original").unique())
    meant = meant.filter(pl.col("original").list.len() == 1).with_columns(pl.col("original").list.first())
    joined = rows.join(meant, on="node", how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("original", "node").alias("node")).drop("original")


def _newest(rows: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """One row per thing: of each column what the newest record says that says anything."""
    if rows["node"].n_unique() == rows.height:
        return rows.sort("node")
    copies, outcomes = (pl.col(name).cast(pl.Int64) for name in ("copy", "outcome"))
    spot = rows.select(
        (pl.col("node") * (copies.max() + 1) + copies) * (outcomes.max() + 1) + outcomes.max() - outcomes
    ).to_series()
    latest = pl.max_horizontal(*kind.moments) if kind.moments else pl.col("on")
    by = [-latest.cast(pl.Datetime("us")).to_physical().alias("latest"), -pl.col("cash_minor")]
    by += [pl.col(name) for name in ("side", *PLACE, "row")]
    order = ordered(rows, spot, by)
    newest = first_said(rows, rows["node"], order)
    if kind.name == "parcel":
        several = rows.select("node", "outcome", "side", "lines", "shop_id")[order]
        newest = _packed(newest, several.filter(pl.len().over("node") > 1))
    return newest


def _packed(merged: pl.DataFrame, several: pl.DataFrame) -> pl.DataFrame:
    """Parcels with all that the newest side packs into them: a list of shipments often has a row for each order of a parcel.

    A parcel whose rows say different shops is of no one shop.
    """
    side = pl.struct("outcome", "side")
    held = several.filter(pl.col("lines").is_not_null())
    rows = held.filter(side == side.first().over("node")).filter(pl.len().over("node") > 1)
    if not rows.height:
        return merged
    shops = rows.group_by("node").agg(pl.col("shop_id").drop_nulls().n_unique().alias("shops"))
    content = rows.select("node", "lines").explode("lines", empty_as_null=True).unique(maintain_order=True)
    packed = content.group_by("node", maintain_order=True).agg(pl.col("lines").alias("content")).join(shops, on="node")
    return (
        merged.join(packed, on="node", how="left", maintain_order="left")
        .with_columns(
            pl.coalesce("content", "lines").alias("lines"),
            pl.when(pl.col("shops") > 1).then(None).otherwise("shop_id").alias("shop_id"),
        )
        .drop("content", "shops")
    )
