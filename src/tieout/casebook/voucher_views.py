"""Views of vouchers: what stands, which vouchers come from some lines of files, and whether all is as it was written."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import polars as pl
from sqlalchemy import Connection, and_, delete, insert, select, tuple_

from tieout.casebook.canonical import digest
from tieout.casebook.log import Draft, Entry, entries
from tieout.casebook.schema import case_now, record
from tieout.casebook.verifying import Fault
from tieout.casebook.views import Projection
from tieout.casebook.voucher_tables import voucher, voucher_content, voucher_event, voucher_now, voucher_source
from tieout.casebook.voucher_texts import HEAD

__all__ = [
    "VOUCHERS",
    "chunks",
    "places_of_case",
    "places_of_records",
    "touched_drafts",
    "voucher_faults",
    "voucher_obstacles",
    "vouchers_at",
]

_CHUNK = 500  # of values in one statement: SQLite takes 999 in old versions
_BATCH = 5_000
_SHOWN = 5
_RUN = ("file", "sha256", "sheet", "line", "line_end")
_PLACE = ("sha256", "file", "sheet", "line")
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


def vouchers_at(connection: Connection, places: pl.DataFrame) -> set[str]:
    """Ids of standing vouchers that come from some lines of files.

    Args:
        connection: Where to read.
        places: `sha256`, `file`, `sheet` and `line`; a null line means any of the file, a null sheet any sheet. A file is known
            by its content, and by its name only where it has none.
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
    of_file = ["sha256", "file"]
    whole = runs.filter(pl.col("start").is_null()).join(places, on=of_file, how="semi")
    any_line = runs.join(places.filter(pl.col("line").is_null()), on=of_file, how="semi")
    held = [
        runs.filter(pl.col("start").is_not_null())
        .sort("start")
        .join_asof(
            places.filter(pl.col("line").is_not_null() & is_own).select(*by, "line").unique().sort("line"),
            left_on="start",
            right_on="line",
            by=by,
            strategy="forward",
            coalesce=False,
            check_sortedness=False,  # it cannot be checked by group, and both are sorted here
        )
        .filter(pl.col("line") <= pl.col("end"))
        for by, is_own in (([*of_file, "sheet"], pl.col("sheet") != ""), (of_file, pl.col("sheet") == ""))
    ]
    return {content for frame in (whole, any_line, *held) for content in frame["content"].to_list()}


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


def voucher_obstacles(connection: Connection, period: str) -> Iterator[str]:
    """What stands against closing a period: vouchers that nobody booked, and those whose rows changed since they were posted.

    Args:
        connection: Where to read.
        period: Such as `2026-10`.
    """
    own = voucher_now.c
    queries = (
        ("are not booked yet", own.status.not_in(["posted", "reversed"])),
        ("come from rows that changed since: post the period again", own.touched.is_not(None)),
    )
    for told, against in queries:
        query = select(own.word, own.number).where(own.period == period, against)
        names = [
            f"{word}-{number}" for word, number in connection.execute(query.order_by(own.book, own.word, own.number))
        ]
        if names:
            more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
            yield f"{len(names):,} vouchers {told}: {', '.join(names[:_SHOWN])}{more}"


def places_of_records(connection: Connection, keys: Iterable[str]) -> pl.DataFrame:
    """Where records stand and stood, in every file that said something of them: `sha256`, `file`, `sheet` and `line`.

    Args:
        connection: Where to read.
        keys: Keys of the records.
    """
    payloads: list[str] = []
    for some in chunks(keys):
        query = select(record.c.payload).where(record.c.key.in_(some), record.c.payload.is_not(None))
        payloads += connection.scalars(query)
    texts = pl.DataFrame({"payload": payloads}, schema={"payload": pl.String})
    found = texts.select(pl.col("payload").str.json_path_match(f"$.source_{name}").alias(name) for name in _PLACE)
    known = pl.any_horizontal(pl.col("sha256", "file").is_not_null()) & pl.col("line").is_not_null()
    return found.filter(known).unique(maintain_order=True).with_columns(pl.col("line").cast(pl.Int64))


def places_of_case(connection: Connection, case_id: str) -> pl.DataFrame:
    """Where the records of a case stand, as `places_of_records` tells it, and where its actual figure does.

    Args:
        connection: Where to read.
        case_id: The case.
    """
    keys: set[str] = set()
    for entry in entries(connection, kinds=("case.",), subject=case_id):
        keys.update(key for _, key, *_ in entry.body.get("records") or ())
    columns = [case_now.c.source_sha256, case_now.c.source_file, case_now.c.source_line]
    own = connection.execute(select(*columns).where(case_now.c.case_id == case_id)).one_or_none()
    rows = [] if own is None or own.source_line is None else [(own[0], own[1], None, own[2])]
    schema = {name: pl.Int64() if name == "line" else pl.String() for name in _PLACE}
    figure = pl.DataFrame(rows, schema=schema, orient="row")
    return pl.concat([figure, places_of_records(connection, sorted(keys))])


def voucher_faults(connection: Connection) -> Iterator[Fault]:
    """Vouchers that are not as they were written: by their contents, their versions, the view and their numbers."""
    yield from _content_faults(connection)
    yield from _version_faults(connection)
    yield from _number_faults(connection)


def _content_faults(connection: Connection) -> Iterator[Fault]:
    known: set[str] = set()
    linked = _links(connection)
    with connection.execute(select(voucher_content), execution_options={"yield_per": _BATCH}) as result:
        for row in result:
            known.add(row.hash)
            if digest(row.payload) != row.hash:
                yield Fault(f"content {row.hash[:12]} of a voucher", "its lines are not what its hash was made of")
                continue
            body = json.loads(row.payload)
            places = [_known_as(*(place.get(name) for name in _RUN)) for place in body["places"]]
            if sorted(linked.pop(row.hash, [])) != sorted([*places, *body["event_ids"]]):
                yield Fault(f"content {row.hash[:12]} of a voucher", "its events or places in files are not its own")
    for content in sorted(linked):
        yield Fault(f"content {content[:12]} of a voucher", "it is missing, and its events or places are there")
    query = select(voucher.c.seq, voucher.c.voucher_id, voucher.c.content)
    with connection.execute(query, execution_options={"yield_per": _BATCH}) as result:
        for row in result:
            if row.content not in known:
                yield Fault(f"voucher {row.voucher_id}, version {row.seq}", "its lines are missing")


def _links(connection: Connection) -> dict[str, list[str]]:
    """Events and places in files by the content that they are of."""
    found: dict[str, list[str]] = {}
    for row in connection.execute(select(voucher_event), execution_options={"yield_per": _BATCH}):
        found.setdefault(row.content, []).append(row.event_id)
    for row in connection.execute(select(voucher_source), execution_options={"yield_per": _BATCH}):
        place = _known_as(row.file, row.sha256, row.sheet, row.line, row.line_end)
        found.setdefault(row.content, []).append(place)
    return found


def _known_as(file: str | None, sha256: str | None, sheet: str | None, line: int | None, line_end: int | None) -> str:
    return json.dumps([file or "", sha256 or "", sheet or "", line, line if line_end is None else line_end])


def _version_faults(connection: Connection) -> Iterator[Fault]:
    """Versions against the log; the view is held to it with all others."""
    expected: dict[int, tuple[str, Mapping[str, Any]]] = {}
    for entry in entries(connection, kinds=("voucher.",)):
        if "content" in entry.body:
            expected[entry.seq] = entry.kind.partition(".")[2], entry.body
    with connection.execute(select(voucher), execution_options={"yield_per": _BATCH}) as result:
        for row in result.mappings():
            act, body = expected.pop(row["seq"], ("", {}))
            if not body:
                yield Fault(f"voucher {row['voucher_id']}, version {row['seq']}", "the log does not know it")
            elif act != row["act"] or _differ(row, body, HEAD):
                yield Fault(f"voucher {row['voucher_id']}, version {row['seq']}", "it is not what the log says")
    for seq, (_, body) in sorted(expected.items()):
        yield Fault(f"voucher {body['voucher_id']}, version {seq}", "missing")


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
