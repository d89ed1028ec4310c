"""Gathering: the records of all outcomes, each thing once, with every place in which it was seen."""

from collections.abc import Mapping, Sequence

import attrs
import polars as pl

from tieout.chain._kinds import KINDS, SCOPE, Kind
from tieout.outcome import Outcome
from tieout.tables import schema_of

__all__ = ["SOURCE", "Things", "gather"]

SOURCE = ("source_format", "source_file", "source_sheet", "source_sha256", "source_line")
_FLAGS = ("is_repeat", "is_assumed", "is_opening", "is_evidence")
_OWN = ("cash_minor", "payable_minor", "cost_minor", "clawback_minor", "fee_minor")
_SEEN = ("node", "outcome", "age", "side", "row", "unit", "verdict", "is_evidence", *SOURCE)
_PLACE = ("source_file", "source_sheet", "source_line")


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
    """

    kind: Kind
    nodes: pl.DataFrame = attrs.field(repr=False)
    seen: pl.DataFrame = attrs.field(repr=False)
    records: int
    repeats: int
    assumed: int


def gather(outcomes: Sequence[Outcome]) -> Mapping[str, Things]:
    """The things of every kind, by its name.

    Args:
        outcomes: In an order that does not depend on how they were given; of what several say of one thing, the last is newest.
    """
    return {kind.name: _things(kind, outcomes) for kind in KINDS}


def _things(kind: Kind, outcomes: Sequence[Outcome]) -> Things:
    wanted = _columns(kind)
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
    counted = every.filter(~pl.col("is_assumed") & ~pl.col("is_repeat"))
    rows = _numbered(kind, counted, is_alone=len(frames) == 1)
    if kind.is_single:
        rows = _with_copies(rows)
    nodes = _newest(rows, kind)
    return Things(
        kind=kind,
        nodes=nodes.drop("outcome", "age", "side", "row", "unit", "verdict", *_FLAGS, "record_row", "copy"),
        seen=rows.select(_SEEN),
        records=every.height,
        repeats=every.filter(pl.col("is_repeat") & ~pl.col("is_assumed")).height,
        assumed=int(every["is_assumed"].sum()),
    )


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
    ).with_columns(pl.col(name).fill_null(value=False) for name in _FLAGS)


def _numbered(kind: Kind, rows: pl.DataFrame, *, is_alone: bool) -> pl.DataFrame:
    """Records with `node`, the number of the thing that they speak of."""
    if is_alone and not kind.is_single:
        return rows.with_row_index("node").with_columns(pl.col("node").cast(pl.Int64))
    key = list(dict.fromkeys(kind.key))
    if not kind.is_single:
        key = list(dict.fromkeys([*key, *kind.moments, "cash_minor", "cash_currency", *_PLACE]))
        rows = rows.sort("outcome", "side", "on", "row", nulls_last=True)
        rows = rows.with_columns(pl.int_range(pl.len()).over(["outcome", "side", *key]).alias("nth"))
        key.append("nth")
    names = rows.select(key).unique().with_row_index("node").with_columns(pl.col("node").cast(pl.Int64))
    return rows.join(names, on=key, how="left", nulls_equal=True, maintain_order="left").drop("nth", strict=False)


def _with_copies(rows: pl.DataFrame) -> pl.DataFrame:
    """Copies under another number as the thing that they were compared with as one."""
    first = rows.filter(pl.col("copy") == 0)
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
    latest = pl.max_horizontal(*kind.moments) if kind.moments else pl.col("on")
    ranked = rows.with_columns(latest.alias("latest")).sort(
        "node",
        "copy",
        "outcome",
        "latest",
        "cash_minor",
        "side",
        *_PLACE,
        "row",
        descending=[False, False, True, True, True, False, False, False, False, False],
        nulls_last=True,
    )
    once = ranked.filter(pl.len().over("node") == 1).drop("latest")
    several = ranked.filter(pl.len().over("node") > 1).drop("latest")
    merged = several.group_by("node", maintain_order=True).agg(pl.all().exclude("node").first(ignore_nulls=True))
    return pl.concat([once, merged.select(once.columns)]).sort("node")
