"""Findings: which discrepancies concern which things."""

from collections.abc import Mapping, Sequence

import polars as pl

from tieout.chain._kinds import KINDS, SCOPE
from tieout.chain._timeline import Scene
from tieout.model import Discrepancy
from tieout.outcome import Outcome
from tieout.tables import Table

__all__ = ["discrepancies_of", "keyed"]

_OWN: Mapping[str, str] = {
    "bank_ref": "bank",
    "payout_id": "payout",
    "settlement_id": "settlement",
    "line_id": "line",
    "channel_refund_id": "channel",
    "refund_id": "refund",
    "return_id": "return",
    "movement_id": "stock",
    "tracking_no": "charge",
    "channel_txn_id": "channel",
    "payment_id": "payment",
    "platform_order_id": "order",
}
"""Keys of a discrepancy and the kind that they name, the finest first."""
_OF_MONEY = ("bank_ref", "payout_id", "settlement_id")
_PLACE = ("source_file", "source_sheet", "source_line")


def keyed(outcomes: Sequence[Outcome]) -> pl.DataFrame:
    """All discrepancies with `outcome`, `place` (its row in the outcome's table) and their keys as columns."""
    parts = []
    for number, outcome in enumerate(outcomes):
        found = outcome.discrepancies.to_polars().with_row_index("place")
        parts.append(
            found.select(
                pl.lit(number).alias("outcome"),
                "place",
                "type",
                "discrepancy_id",
                *(pl.col("keys").str.json_path_match(f"$.{name}").alias(name) for name in (*SCOPE, *_OWN)),
                *_PLACE,
            )
        )
    return pl.concat(parts) if parts else pl.DataFrame()


def discrepancies_of(
    scene: Scene, steps: pl.DataFrame, found: pl.DataFrame, outcomes: Sequence[Outcome]
) -> tuple[Table[Discrepancy], pl.DataFrame]:
    """The discrepancies of a scene, and the things that they are shown at: `kind`, `node`, `discrepancies` (types).

    A discrepancy concerns what its keys name. One that names an order concerns that order only; one that names a settlement, a
    payout or a receipt and nothing finer concerns all that went through it. Of several things that it names alike, the first in
    the timeline shows it.

    Args:
        scene: What the trace tells of.
        steps: The steps of its timeline, with `kind` and `node`.
        found: As `keyed`.
        outcomes: The outcomes that it was made of.
    """
    hits = _hits(scene, found)
    rows = hits.select("outcome", "place", "discrepancy_id", "type").unique().sort("type", "discrepancy_id", "outcome")
    tables = [
        outcomes[number].discrepancies.to_polars()[[place]] for number, place in rows.select("outcome", "place").rows()
    ]
    every = pl.concat(tables) if tables else Table.from_records([], Discrepancy).to_polars()
    places = steps.with_row_index("step_no").group_by("kind", "node").agg(pl.col("step_no").min())
    placed = hits.join(places, on=["kind", "node"], how="left")
    shown = placed.sort("rank", "step_no").unique(["outcome", "place"], keep="first", maintain_order=True)
    at = shown.group_by("kind", "node").agg(pl.col("type").unique().sort().alias("discrepancies"))
    return Table(every.unique("discrepancy_id", keep="last", maintain_order=True), Discrepancy), at


def _hits(scene: Scene, found: pl.DataFrame) -> pl.DataFrame:
    """Each discrepancy with each thing of the scene that it names: the record that it stands on before the finest key."""
    schema: dict[str, pl.DataType] = {
        "outcome": pl.Int32(),
        "place": pl.UInt32(),
        "type": pl.String(),
        "discrepancy_id": pl.String(),
        "kind": pl.String(),
        "node": pl.Int64(),
        "rank": pl.Int32(),
    }
    parts = [pl.DataFrame(schema=schema)]
    if not found.width:
        return parts[0]
    open_ = _concerned(scene, found)
    for rank, (key, name) in enumerate(_OWN.items(), start=1):
        for kind in KINDS:
            column = "tracking_no" if key == "tracking_no" else key
            if column not in kind.ids or kind.name not in scene.nodes:
                continue
            nodes = scene.nodes[kind.name]
            pairs = open_.filter(pl.col(key).is_not_null()).join(
                nodes.select("node", pl.col(column).alias(key), *(pl.col(of).alias(f"{of}_own") for of in SCOPE),
                             *(pl.col(of).alias(f"{of}_own") for of in _PLACE)),
                on=key,
            )  # fmt: skip
            agree = [
                (pl.col(of) == pl.col(f"{of}_own")) | pl.col(of).is_null() | pl.col(f"{of}_own").is_null()
                for of in SCOPE
            ]
            on_it = (
                pl.all_horizontal(pl.col(of).eq_missing(pl.col(f"{of}_own")) for of in _PLACE)
                & pl.col("source_file").is_not_null()
            )
            first = pl.when(on_it).then(0).otherwise(rank + (0 if kind.name == name else 20))
            parts.append(
                pairs.filter(*agree).select(
                    *(name for name in list(schema)[:4]),
                    pl.lit(kind.name).alias("kind"),
                    "node",
                    first.cast(pl.Int32).alias("rank"),
                )
            )
    if scene.is_whole:
        placed = scene.nodes["line"].filter(pl.col("source_file").is_not_null()).select("node", *_PLACE)
        on_lines = open_.join(placed, on=list(_PLACE), nulls_equal=True)
        parts.append(
            on_lines.select(
                *(name for name in list(schema)[:4]),
                pl.lit("line").alias("kind"),
                "node",
                pl.lit(0, dtype=pl.Int32).alias("rank"),
            )
        )
    return pl.concat([part.select(pl.col(name).cast(dtype) for name, dtype in schema.items()) for part in parts])


def _concerned(scene: Scene, found: pl.DataFrame) -> pl.DataFrame:
    """Discrepancies that may concern the scene: those of its orders, and those of its money that name no finer thing."""
    finer = pl.any_horizontal(pl.col(name).is_not_null() for name in _OWN if name not in _OF_MONEY)
    orders = (
        scene.nodes["order"]["platform_order_id"].implode() if "order" in scene.nodes else pl.Series([""]).implode()
    )
    is_ours = pl.col("platform_order_id").is_null() | pl.col("platform_order_id").is_in(orders)
    if scene.is_whole:
        return found
    by_money = [pl.when(~finer).then(pl.col(name)).alias(name) for name in _OF_MONEY]
    return found.filter(is_ours).with_columns(by_money)
