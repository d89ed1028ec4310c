"""The ground of decisions: what the last run of each scope made of its records, before anybody's decision, kept for the next one.

A link is decided between two runs. What it does to the cases at once has to be what the next run will say, so it is worked out
by the same function over the same outcome. Only the last one of each scope is kept; it is no evidence and no archive.
"""

import io
import json
import zipfile
from collections.abc import Mapping

import attrs
import polars as pl
from sqlalchemy import BigInteger, Column, Connection, Integer, LargeBinary, Table, Text, select

from tieout.casebook.regrouping import Refs
from tieout.casebook.schema import metadata
from tieout.model import Discrepancy, Event
from tieout.outcome import CarryForward, Outcome
from tieout.proof import Proof
from tieout.tables import Table as Records
from tieout.tables import schema_of

__all__ = ["Ground", "ground_table", "keep_ground", "kept_ground"]

ground_table = Table(
    "ground",
    metadata,
    Column("reconciliation", Text, primary_key=True),
    Column("scope", Text, primary_key=True, comment="what the run looked at"),
    Column("part", Integer, primary_key=True, comment="0, 1, 2, ..."),
    Column("run", BigInteger, nullable=False, comment="entry of the run"),
    Column("content", LargeBinary, nullable=False, comment="part of a zip of Parquet files"),
    comment="What the last run of a scope made of its records, so that decisions by hand act at once",
)
_PART = 8_000_000
_KEPT = {
    *(
        "row",
        "unit",
        "verdict",
        "is_repeat",
        "is_evidence",
        "is_compared",
        "compared_pieces",
        "record_row",
        "is_assumed",
    ),
    *(
        "book_id",
        "platform",
        "shop_id",
        "carrier",
        "channel",
        "account",
        "warehouse",
        "sku",
        "currency",
        "amount_minor",
    ),
}
_NAMES = ("_id", "_no", "_ref")
_SOURCE = "source_"
_HEX = ("key", "hash")


@attrs.frozen(kw_only=True, eq=False)
class Ground:
    """What decisions are made over.

    Attributes:
        outcome: As the rules made it, without what no decision needs: matches, events, proof.
        refs: The names of its records, by side.
        scope: What the run looked at.
        period: Period of the run.
        run: Entry of the run.
        is_carried: Whether the run had an opening.
    """

    outcome: Outcome = attrs.field(repr=False)
    refs: Refs = attrs.field(repr=False)
    scope: str
    period: str | None
    run: int
    is_carried: bool = False


def keep_ground(connection: Connection, ground: Ground) -> None:
    """Keep it in place of that of the run before.

    Args:
        connection: Of `Store.writing`.
        ground: Of the run whose entry was just written.
    """
    content = _packed(ground)
    where = {"reconciliation": ground.outcome.reconciliation, "scope": ground.scope}
    columns = ground_table.c
    connection.execute(
        ground_table.delete().where(columns.reconciliation == where["reconciliation"], columns.scope == where["scope"])
    )
    rows = [
        {**where, "part": number, "run": ground.run, "content": content[start : start + _PART]}
        for number, start in enumerate(range(0, len(content), _PART))
    ]
    connection.execute(ground_table.insert(), rows)


def kept_ground(connection: Connection, reconciliation: str, scope: str) -> Ground | None:
    """What was kept of the last run of a scope; None when there was none."""
    columns = ground_table.c
    rows = connection.execute(
        select(columns.run, columns.content)
        .where(columns.reconciliation == reconciliation, columns.scope == scope)
        .order_by(columns.part)
    ).all()
    return _unpacked(b"".join(row.content for row in rows), scope, rows[0].run) if rows else None


def newest_scope(connection: Connection, reconciliation: str) -> str | None:
    """The scope of the last run of a reconciliation; None when there was none."""
    columns = ground_table.c
    found: str | None = connection.scalar(
        select(columns.scope).where(columns.reconciliation == reconciliation).order_by(columns.run.desc()).limit(1)
    )
    return found


def _packed(ground: Ground) -> bytes:
    outcome = ground.outcome
    frames = {
        **{f"records/{side}": _wanted(frame) for side, frame in outcome.records.items()},
        **{f"refs/{side}": _as_bytes(frame) for side, frame in ground.refs.items()},
        "discrepancies": outcome.discrepancies.to_polars(),
        "explains": outcome.explains,
        "units": outcome.units,
        "bonds": outcome.bonds,
        "matches": outcome.matches.clear(),
    }
    said = {
        "reconciliation": outcome.reconciliation,
        "parameters": dict(outcome.parameters),
        "kinds": dict(outcome.kinds),
        "roles": dict(outcome.roles),
        "matched": list(outcome.matched),
        "period": ground.period,
        "is_carried": ground.is_carried,
        "frames": list(frames),
    }
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as bundle:
        bundle.writestr("said.json", json.dumps(said, ensure_ascii=False, sort_keys=True))
        for number, frame in enumerate(frames.values()):
            own = io.BytesIO()
            frame.write_parquet(own, compression="zstd", compression_level=1, statistics=False)
            bundle.writestr(str(number), own.getbuffer())
    return target.getvalue()


def _wanted(frame: pl.DataFrame) -> pl.DataFrame:
    """The columns that decisions look at."""
    return frame.select(
        name
        for name, dtype in frame.schema.items()
        if name in _KEPT or name.startswith(_SOURCE) or (name.endswith(_NAMES) and dtype == pl.String)
    )


def _as_bytes(refs: pl.DataFrame) -> pl.DataFrame:
    return refs.select("row", *(pl.col(name).str.decode("hex") for name in _HEX))


def _unpacked(content: bytes, scope: str, run: int) -> Ground:
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        said = json.loads(bundle.read("said.json"))
        frames = {
            name: pl.read_parquet(io.BytesIO(bundle.read(str(number)))) for number, name in enumerate(said["frames"])
        }
    outcome = Outcome(
        reconciliation=said["reconciliation"],
        parameters=said["parameters"],
        matches=frames["matches"],
        lines=pl.DataFrame(),
        discrepancies=Records(frames["discrepancies"], Discrepancy),
        events=Records(pl.DataFrame(schema=schema_of(Event)), Event),
        proof=Proof([]),
        carry_forward=CarryForward(),
        totals={},
        records=_under("records", frames),
        kinds=said["kinds"],
        explains=frames["explains"],
        units=frames["units"],
        roles=said["roles"],
        matched=(said["matched"][0], said["matched"][1]),
        bonds=frames["bonds"],
    )
    refs = {
        side: frame.with_columns(pl.col(name).bin.encode("hex") for name in _HEX)
        for side, frame in _under("refs", frames).items()
    }
    is_carried = bool(said.get("is_carried"))
    return Ground(outcome=outcome, refs=refs, scope=scope, period=said["period"], run=run, is_carried=is_carried)


def _under(folder: str, frames: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    return {name.removeprefix(f"{folder}/"): frame for name, frame in frames.items() if name.startswith(f"{folder}/")}
