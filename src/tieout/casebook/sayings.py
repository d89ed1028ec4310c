"""Sayings: what a source says of records, against what the book knows; pure, in columns.

A record lives as long as one source holds it, and stands by the source that said something new of it last. A source that says
what it said before says nothing new, even where another has said otherwise since.
"""

import attrs
import polars as pl

from tieout.errors import CasebookError

__all__ = ["HELD", "NOW", "Known", "Outcome", "compared", "said_once"]

NOW = {"key": pl.String, "record_id": pl.Int64, "now_hash": pl.String, "now_source": pl.String}
"""Columns of what stands: by which version and which source."""
HELD = {"key": pl.String, "source": pl.String, "said": pl.String, "seq": pl.Int64}
"""Columns of what further sources hold."""
_TOLD = 20


@attrs.frozen(kw_only=True)
class Known:
    """What the book knows of a class of records.

    Attributes:
        now: What stands, of columns `NOW`.
        held: What further sources hold, of columns `HELD`.
    """

    now: pl.DataFrame
    held: pl.DataFrame


@attrs.frozen(kw_only=True)
class Outcome:
    """What sayings come to.

    Attributes:
        versions: New versions: `row` of the table, `key`, `hash`, `source`, `change` added or edited.
        reverts: Records that go back to what another source says: `key`, `hash`, `source`.
        deletions: Records that no source holds any longer: `key`, `now_source`.
        holdings: What sources hold, release, or a record stands by: `key`, `change`, `hash`, `source`.
        same: How many rows say nothing new.
    """

    versions: pl.DataFrame
    reverts: pl.DataFrame
    deletions: pl.DataFrame
    holdings: pl.DataFrame
    same: int


def said_once(rows: pl.DataFrame, frame: pl.DataFrame, kind: str) -> pl.DataFrame:
    """What each source says of each record, once.

    Args:
        rows: `row`, `key`, `hash`, `source` of each row of the table.
        frame: The table, for where its rows stand.
        kind: Class of the records.

    Raises:
        CasebookError: Rows of one name say different things, so that one of them would be lost.
    """
    said = rows.unique(["key", "hash"], keep="first", maintain_order=True)
    if len(said) > said["key"].n_unique():
        twice = said.filter(pl.col("key").is_duplicated()).sort("key", "row", maintain_order=True)
        told = [_conflict(part["row"].to_list(), frame) for (_,), part in twice.group_by(["key"], maintain_order=True)]
        more = f" and {len(told) - _TOLD} more" if len(told) > _TOLD else ""
        raise CasebookError(
            f"rows of one name say different things: {'; '.join(told[:_TOLD])}{more}",
            where=kind,
            hint="take out the wrong ones, or import the files one after the other where the later one is right",
        )
    return rows.unique(["key", "source"], keep="first", maintain_order=True)


def _conflict(rows: list[int], frame: pl.DataFrame) -> str:
    return " against ".join(_place(frame, row) for row in rows)


def _place(frame: pl.DataFrame, row: int) -> str:
    cells = frame.row(row, named=True)
    file, sheet, line = (cells.get(f"source_{name}") for name in ("file", "sheet", "line"))
    if file is None and line is None:
        return f"row {row}"
    return f"{file or 'record'}{f'[{sheet}]' if sheet else ''}{f':{line}' if line is not None else ''}"


def compared(said: pl.DataFrame, known: Known, *, complete: bool, sources: pl.Series) -> Outcome:
    """What sayings come to.

    Args:
        said: What each source says of each record, once.
        known: What the book knows of the records, and of all of them where the table is complete.
        complete: Whether what the sources do not say any longer is released.
        sources: Whom the table is of.
    """
    told = said.join(known.now, on="key", how="left", maintain_order="left")
    told = told.join(known.held, on=["key", "source"], how="left", maintain_order="left")
    before = pl.when(pl.col("now_source") == pl.col("source")).then("now_hash").otherwise("said")
    change = (
        pl.when(pl.col("now_hash").is_null())
        .then(pl.lit("added"))
        .when(before == pl.col("hash"))
        .then(pl.lit("same"))
        .when(pl.col("now_hash") == pl.col("hash"))
        .then(pl.lit("held"))
        .otherwise(pl.lit("edited"))
    )
    told = told.with_columns(change.alias("change"))
    news = told.filter(pl.col("change").is_in(["added", "edited"]))
    versions = news.unique("key", keep="first", maintain_order=True)
    also = news.join(versions.select("key", "source"), on=["key", "source"], how="anti")
    held = pl.concat([told.filter(pl.col("change") == "held"), also]).with_columns(pl.lit("held").alias("change"))
    gone = _gone(said, known, sources) if complete else _no_one()
    reverts, stands, deletions = _released(gone, known, versions, held)
    released = gone.join(deletions, on="key", how="anti")
    holdings = [
        held.select("key", "change", "hash", "source"),
        released.select("key", pl.lit("released").alias("change"), pl.col("said").alias("hash"), "source"),
        stands.select("key", pl.lit("stands").alias("change"), pl.col("said").alias("hash"), "source"),
    ]
    return Outcome(
        versions=versions.select("row", "key", "hash", "source", "change").sort("row"),
        reverts=reverts.select("key", pl.col("said").alias("hash"), "source"),
        deletions=deletions.select("key", "now_source"),
        holdings=pl.concat(holdings),
        same=told.filter(pl.col("change").is_in(["same", "held"])).height,
    )


def _no_one() -> pl.DataFrame:
    return pl.DataFrame(schema={"key": pl.String, "source": pl.String, "said": pl.String})


def _gone(said: pl.DataFrame, known: Known, sources: pl.Series) -> pl.DataFrame:
    """What the sources held and do not say any longer."""
    own = known.now.select("key", pl.col("now_source").alias("source"), pl.col("now_hash").alias("said"))
    holders = pl.concat([own, known.held.select("key", "source", "said")])
    return holders.filter(pl.col("source").is_in(sources.implode())).join(said, on=["key", "source"], how="anti")


def _released(
    gone: pl.DataFrame, known: Known, versions: pl.DataFrame, held: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Records that lose the source that they stand by: those that go back, that stand by another, that are deleted."""
    lost = known.now.join(gone, left_on=["key", "now_source"], right_on=["key", "source"], how="semi")
    lost = lost.join(versions, on="key", how="anti")
    new = held.select("key", "source", pl.col("hash").alias("said"), pl.lit(None, dtype=pl.Int64).alias("seq"))
    left = pl.concat([new, known.held.select(new.columns)]).unique(["key", "source"], keep="first", maintain_order=True)
    left = left.join(gone, on=["key", "source"], how="anti")
    heirs = lost.join(left, on="key", how="inner").with_columns(alike=pl.col("said") == pl.col("now_hash"))
    # what says the same first, then what was said last; the name decides the rest, so that every run decides alike
    heirs = heirs.sort("key", "alike", "seq", "source", descending=[False, True, True, False], nulls_last=False)
    heirs = heirs.unique("key", keep="first", maintain_order=True)
    deletions = lost.join(heirs, on="key", how="anti").sort("key")
    return heirs.filter(~pl.col("alike")), heirs.filter("alike"), deletions
