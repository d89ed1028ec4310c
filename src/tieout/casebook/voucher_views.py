"""Views of vouchers: what stands, which vouchers come from some lines of files, and whether all is as it was written."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import polars as pl
from sqlalchemy import Connection, and_, delete, insert, select, tuple_

from tieout.casebook.canonical import digest
from tieout.casebook.log import Draft, Entry, entries
from tieout.casebook.verifying import Fault
from tieout.casebook.views import Projection
from tieout.casebook.voucher_tables import voucher, voucher_content, voucher_now, voucher_source
from tieout.casebook.voucher_texts import HEAD

__all__ = ["VOUCHERS", "chunks", "touched_drafts", "voucher_faults", "vouchers_at"]

_CHUNK = 500  # of values in one statement: SQLite takes 999 in old versions
_BATCH = 5_000
_DELETED, _CONFIRMED, _TOUCHED = "voucher.deleted", "voucher.confirmed", "voucher.touched"
Key = tuple[str, str]
T = TypeVar("T")


def chunks(values: Iterable[T], size: int = _CHUNK) -> Iterator[list[T]]:
    """Values in lists of so many, for statements that take only some at a time."""
    held: list[T] = []
    for value in values:
        held.append(value)
        if len(held) == size:
            yield held
            held = []
    if held:
        yield held


def _apply(connection: Connection, new: Sequence[Entry]) -> None:
    """Bring `voucher_now` up to date."""
    keys = dict.fromkeys((entry.body["book"], name) for entry in new for name in _named(entry))
    rows = _rows(connection, keys)
    before = set(rows)
    for entry in new:
        key = entry.body["book"], entry.subject or ""
        if entry.kind == _DELETED:
            rows.pop(key, None)
        elif "content" in entry.body:
            touched = rows[key]["touched"] if key in rows else None
            rows[key] = {name: entry.body[name] for name in HEAD} | {"seq": entry.seq, "touched": touched}
            taken_back = entry.body["book"], entry.body["reversal_of"]
            if entry.kind == "voucher.prepared" and taken_back in rows:
                rows[taken_back]["touched"] = None
        elif key in rows and entry.kind in {_CONFIRMED, _TOUCHED}:
            rows[key]["touched"] = entry.seq if entry.kind == _TOUCHED else None
    for some in chunks(before):
        connection.execute(delete(voucher_now).where(tuple_(voucher_now.c.book, voucher_now.c.voucher_id).in_(some)))
    for batch in chunks(rows.values(), _BATCH):
        connection.execute(insert(voucher_now), batch)


def _named(entry: Entry) -> Iterator[str]:
    if entry.subject is not None:
        yield entry.subject
    if entry.body.get("reversal_of"):
        yield entry.body["reversal_of"]


def _rows(connection: Connection, keys: Iterable[Key]) -> dict[Key, dict[str, Any]]:
    found: dict[Key, dict[str, Any]] = {}
    for some in chunks(keys):
        query = select(voucher_now).where(tuple_(voucher_now.c.book, voucher_now.c.voucher_id).in_(some))
        for row in connection.execute(query).mappings():
            found[row["book"], row["voucher_id"]] = dict(row)
    return found


_ACTS = (
    "prepared",
    "signed",
    "reviewed",
    "unreviewed",
    "posted",
    "reversed",
    "taken_back",
    "corrected",
    "voided",
    "deleted",
    "renumbered",
    "renamed",
    "touched",
    "confirmed",
)
VOUCHERS = Projection(kinds=tuple(f"voucher.{act}" for act in _ACTS), tables=(voucher_now,), apply=_apply)
"""How the acts on vouchers become `voucher_now`."""


def vouchers_at(connection: Connection, places: pl.DataFrame, *, contents: bool = False) -> set[str]:
    """Ids of standing vouchers that come from some lines of files.

    Args:
        connection: Where to read.
        places: `sha256`, `file`, `sheet` and `line`; a null line means any of the file. A file is known by its content, and by
            its name only where it has none.
        contents: Give the hashes of their contents instead.
    """
    named = places.with_columns(pl.col("sha256", "file", "sheet").fill_null("")).with_columns(
        pl.col("line").cast(pl.Int64), file=pl.when(pl.col("sha256") == "").then("file").otherwise(pl.lit(""))
    )
    shas = [sha for sha in named["sha256"].unique().to_list() if sha]
    files = [file for file in named["file"].unique().to_list() if file]
    found: list[tuple[Any, ...]] = []
    for column, wanted in ((voucher_source.c.sha256, shas), (voucher_source.c.file, files)):
        for some in chunks(wanted):
            query = select(
                voucher_source.c.content,
                voucher_source.c.sha256,
                voucher_source.c.file,
                voucher_source.c.sheet,
                voucher_source.c.line,
                voucher_source.c.line_end,
            ).where(column.in_(some))
            found += [tuple(row) for row in connection.execute(query)]
    held = _at_lines(_runs(found), named)
    if contents:
        return held
    ids: set[str] = set()
    for some in chunks(sorted(held)):
        query = select(voucher_now.c.voucher_id).where(voucher_now.c.content.in_(some))
        ids.update(connection.execute(query).scalars())
    return ids


def _runs(found: Sequence[tuple[Any, ...]]) -> pl.DataFrame:
    schema = {
        "content": pl.String,
        "sha256": pl.String,
        "file": pl.String,
        "sheet": pl.String,
        "start": pl.Int64,
        "end": pl.Int64,
    }
    frame = pl.DataFrame(found, schema=schema, orient="row")
    return frame.with_columns(
        file=pl.when(pl.col("sha256") == "").then("file").otherwise(pl.lit("")), end=pl.coalesce("end", "start")
    )


def _at_lines(runs: pl.DataFrame, places: pl.DataFrame) -> set[str]:
    """Contents one of whose runs holds one of the lines: the first line from a run's start on lies before its end."""
    by = ["sha256", "file", "sheet"]
    whole_file = runs.filter(pl.col("start").is_null()).join(places, on=by, how="semi")
    any_line = runs.join(places.filter(pl.col("line").is_null()), on=["sha256", "file"], how="semi")
    lined = places.filter(pl.col("line").is_not_null()).select(*by, "line").unique().sort("line")
    held = (
        runs.filter(pl.col("start").is_not_null())
        .sort("start")
        .join_asof(lined, left_on="start", right_on="line", by=by, strategy="forward", coalesce=False)
        .filter(pl.col("line") <= pl.col("end"))
    )
    return {content for frame in (whole_file, any_line, held) for content in frame["content"].to_list()}


def touched_drafts(connection: Connection, ids: Iterable[str], *, why: str) -> list[Draft]:
    """Entries that say that what some vouchers come from has changed: only of those that nobody has taken back.

    Args:
        connection: Where to read.
        ids: Vouchers.
        why: What happened, such as `edited`.
    """
    drafts: list[Draft] = []
    taken_back = voucher_now.alias("taken_back")
    for some in chunks(sorted(ids)):
        is_taken_back = and_(
            taken_back.c.reversal_of == voucher_now.c.voucher_id,
            taken_back.c.book == voucher_now.c.book,
            voucher_now.c.kind != "accrual",
        )
        query = (
            select(
                voucher_now.c.book,
                voucher_now.c.voucher_id,
                voucher_now.c.period,
                voucher_now.c.word,
                voucher_now.c.number,
            )
            .outerjoin_from(voucher_now, taken_back, is_taken_back)
            .where(
                voucher_now.c.voucher_id.in_(some),
                voucher_now.c.touched.is_(None),
                voucher_now.c.reversal_of.is_(None),
                taken_back.c.voucher_id.is_(None),
            )
            .order_by(voucher_now.c.book, voucher_now.c.period, voucher_now.c.word, voucher_now.c.number)
        )
        for row in connection.execute(query):
            body = {"book": row.book, "name": f"{row.period} {row.word}-{row.number}", "note": why}
            drafts.append(Draft(kind=_TOUCHED, subject=row.voucher_id, body=body))
    return drafts


def voucher_faults(connection: Connection) -> Iterator[Fault]:
    """Vouchers that are not as they were written: by their contents, their versions, the view and their numbers."""
    yield from _content_faults(connection)
    yield from _version_faults(connection)
    yield from _number_faults(connection)


def _content_faults(connection: Connection) -> Iterator[Fault]:
    known: set[str] = set()
    with connection.execute(select(voucher_content), execution_options={"yield_per": _BATCH}) as result:
        for row in result:
            known.add(row.hash)
            if digest(row.payload) != row.hash:
                yield Fault(f"content {row.hash[:12]} of a voucher", "its lines are not what its hash was made of")
    query = select(voucher.c.seq, voucher.c.voucher_id, voucher.c.content)
    with connection.execute(query, execution_options={"yield_per": _BATCH}) as result:
        for row in result:
            if row.content not in known:
                yield Fault(f"voucher {row.voucher_id}, version {row.seq}", "its lines are missing")


def _version_faults(connection: Connection) -> Iterator[Fault]:
    """Versions against the log, then the view against the versions."""
    expected: dict[int, tuple[str, Mapping[str, Any]]] = {}
    now: dict[Key, Mapping[str, Any]] = {}
    for entry in entries(connection, kinds=("voucher.",)):
        if "content" in entry.body:
            key = entry.body["book"], entry.subject or ""
            expected[entry.seq] = entry.kind.partition(".")[2], entry.body
            now[key] = {"seq": entry.seq, **entry.body}
            if entry.kind == _DELETED:
                del now[key]
    with connection.execute(select(voucher), execution_options={"yield_per": _BATCH}) as result:
        for row in result.mappings():
            act, body = expected.pop(row["seq"], ("", {}))
            if not body:
                yield Fault(f"voucher {row['voucher_id']}, version {row['seq']}", "the log does not know it")
            elif act != row["act"] or _differ(row, body, HEAD):
                yield Fault(f"voucher {row['voucher_id']}, version {row['seq']}", "it is not what the log says")
    for seq, (_, body) in sorted(expected.items()):
        yield Fault(f"voucher {body['voucher_id']}, version {seq}", "missing")
    yield from _view_faults(connection, now)


def _view_faults(connection: Connection, now: dict[Key, Mapping[str, Any]]) -> Iterator[Fault]:
    with connection.execute(select(voucher_now), execution_options={"yield_per": _BATCH}) as result:
        for row in result.mappings():
            body = now.pop((row["book"], row["voucher_id"]), {})
            if not body or _differ(row, body, ("seq", *HEAD)):
                yield Fault(f"voucher_now {row['voucher_id']}", "it is not the last version")
    for _, voucher_id in sorted(now):
        yield Fault(f"voucher_now {voucher_id}", "missing")


def _differ(row: Mapping[Any, Any], body: Mapping[str, Any], names: Iterable[str]) -> bool:
    return any(row[name] != body[name] for name in names)


def _number_faults(connection: Connection) -> Iterator[Fault]:
    """Numbers that are not 1, 2, 3, ... within book, period and word."""
    order = [voucher_now.c[name] for name in ("book", "period", "word", "number")]
    series, expected = None, 1
    with connection.execute(select(*order).order_by(*order), execution_options={"yield_per": _BATCH}) as result:
        for book, period, word, number in result:
            if (book, period, word) != series:
                series, expected = (book, period, word), 1
            if number != expected:
                fault = "is there twice" if number < expected else f"comes after a gap: {word}-{expected} is missing"
                yield Fault(f"numbers of {period}{f' in {book}' if book else ''}", f"{word}-{number} {fault}")
            expected = number + 1
