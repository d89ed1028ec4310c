"""Rebuilding: the log is played again, and what it gives is held to the views that stand, row by row."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import attrs
from sqlalchemy import (
    URL,
    Connection,
    Dialect,
    MetaData,
    RowMapping,
    Table,
    and_,
    delete,
    false,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.schema import CreateIndex, CreateTable

from tieout.archive import Fault
from tieout.casebook.desk import Desk
from tieout.casebook.log import Entry
from tieout.casebook.schema import entry, head
from tieout.casebook.store import is_postgres
from tieout.casebook.views import Projection, project

__all__ = ["RebuildingDesk", "Rebuilt", "as_of", "play", "play_anew", "view_faults", "views_of"]

_BATCH = 5_000
_KEPT = 256  # statements, a few for each view


@attrs.frozen(kw_only=True)
class Rebuilt:
    """What playing the log again did.

    Attributes:
        entries: How many entries were played.
        views: Rows of each view after it.
        faults: Rows that were not what the log gives, and are now.
    """

    entries: int
    views: dict[str, int]
    faults: tuple[Fault, ...]


class RebuildingDesk(Desk):
    """Makes the views again from the log."""

    def rebuild(self) -> Rebuilt:
        """Play the whole log again into the views, so that they are what it gives.

        Nothing is noted: the log and every other row that is only appended to stay as they are. A view that was damaged, or
        that an older tieout kept otherwise, is right afterwards.

        Returns:
            How many entries were played, and which rows were not what the log gives.

        Raises:
            StoreError: The database cannot be written, or an entry cannot be played; the views are as before then.
        """
        with self.store.reading() as connection:
            faults = tuple(view_faults(connection, self.projections))
        with self.store.writing() as connection:
            count = play_anew(connection, self.projections)
            views = views_of(self.projections)
            rows = {view.name: connection.scalar(select(func.count()).select_from(view)) or 0 for view in views}
        return Rebuilt(entries=count, views=rows, faults=faults)


def views_of(projections: Sequence[Projection]) -> list[Table]:
    """All views that projections write, by name."""
    return sorted({view for projection in projections for view in projection.tables}, key=lambda view: view.name)


def play_anew(connection: Connection, projections: Sequence[Projection]) -> int:
    """Empty the views and play the whole log into them; how many entries it has."""
    for view in views_of(projections):
        connection.execute(delete(view))
    count = play(connection, projections)
    _set_head(connection)
    return count


def play(
    connection: Connection, projections: Sequence[Projection], *, batch: int = _BATCH, until: int | None = None
) -> int:
    """Apply every entry of the log, in order, to views that are empty.

    Args:
        connection: Where to read and write.
        projections: What to apply.
        batch: How many entries at a time.
        until: The last entry to play; all unless given.

    Returns:
        How many entries there were.
    """
    count, after = 0, 0
    while some := _some(connection, after=after, limit=batch, until=until):
        project(connection, some, projections)
        count, after = count + len(some), some[-1].seq
    return count


def _some(connection: Connection, *, after: int, limit: int, until: int | None) -> list[Entry]:
    query = select(entry).where(entry.c.seq > after).order_by(entry.c.seq).limit(limit)
    if until is not None:
        query = query.where(entry.c.seq <= until)
    return [Entry.of_row(row) for row in connection.execute(query).mappings()]


def _set_head(connection: Connection) -> None:
    end = connection.execute(select(entry.c.seq, entry.c.hash).order_by(entry.c.seq.desc()).limit(1)).one_or_none()
    connection.execute(delete(head))
    if end is not None:
        connection.execute(head.insert().values(name="log", seq=end.seq, hash=end.hash))


def view_faults(connection: Connection, projections: Sequence[Projection]) -> Iterator[Fault]:
    """Rows of views that are not what the log gives.

    The log is played into temporary tables of the same names, which hide the views from the projections: nobody has to wait, and
    a book that may only be read can be looked at too.
    """
    with _shadows(connection, views_of(projections)) as shadows:
        play(connection, projections)
        for shadow, view in shadows:
            yield from _differences(connection, shadow, view)


@contextmanager
def as_of(connection: Connection, projections: Sequence[Projection], seq: int) -> Iterator[None]:
    """Within it, every view reads as it was when an entry had just been written."""
    with _shadows(connection, views_of(projections)):
        play(connection, projections, until=seq)
        yield


@contextmanager
def _shadows(connection: Connection, views: Sequence[Table]) -> Iterator[list[tuple[Table, Table]]]:
    """Empty temporary tables that hide the views, each with the view under its full name."""
    postgres = is_postgres(connection)
    schema = connection.scalar(text("SELECT current_schema()")) if postgres else "main"
    pairs = []
    with _unprepared(connection), connection.begin_nested() as made:
        for view in views:
            for statement in _shadow_statements(view, _driver_of(connection)):
                connection.exec_driver_sql(statement)
            pairs.append((view, _standing(view, schema)))
        try:
            yield pairs
        finally:
            made.rollback()


# Statements are the same for every book of a process, and to put one together costs more than to run it on a small book.
@lru_cache(maxsize=_KEPT)
def _shadow_statements(view: Table, driver: str) -> tuple[str, ...]:
    """What makes an empty temporary table that hides a view."""
    dialect = _dialect_of(driver)
    table = str(CreateTable(view).compile(dialect=dialect)).replace("CREATE TABLE", "CREATE TEMPORARY TABLE", 1)
    return table, *(str(CreateIndex(index).compile(dialect=dialect)) for index in view.indexes)


def _driver_of(connection: Connection) -> str:
    return f"{connection.dialect.name}+{connection.dialect.driver}"


def _dialect_of(driver: str) -> Dialect:
    return URL.create(driver).get_dialect()()


@lru_cache(maxsize=_KEPT)
def _standing(view: Table, schema: str) -> Table:
    """A view under its full name, which nothing hides."""
    return view.to_metadata(MetaData(), schema=schema)


@contextmanager
def _unprepared(connection: Connection) -> Iterator[None]:
    """Statements that psycopg prepared before still mean the views themselves: none of them may be used here."""
    if not is_postgres(connection):
        yield
        return
    driver: Any = connection.connection.driver_connection
    before, driver.prepare_threshold = driver.prepare_threshold, None
    try:
        yield
    finally:
        driver.prepare_threshold = before


def _differences(connection: Connection, shadow: Table, view: Table) -> Iterator[Fault]:
    keys = [column.name for column in shadow.primary_key]
    others = [column.name for column in shadow.columns if column.name not in keys]
    both, lost, added = _comparisons(shadow, view, _driver_of(connection))
    for row in connection.exec_driver_sql(both).mappings():
        yield Fault(_name(view, row), f"{', '.join(name for name in others if row[name])}: not what the log gives")
    for row in connection.exec_driver_sql(lost).mappings():
        yield Fault(_name(view, row), "missing: the log gives it")
    for row in connection.exec_driver_sql(added).mappings():
        yield Fault(_name(view, row), "the log does not give it")


@lru_cache(maxsize=_KEPT)
def _comparisons(shadow: Table, view: Table, driver: str) -> tuple[str, str, str]:
    """Statements that give the rows that differ, that the view lacks, and that it has beside what was played."""
    played, stands = shadow.alias("played"), view.alias("stands")
    keys = [column.name for column in shadow.primary_key]
    others = [column.name for column in shadow.columns if column.name not in keys]
    same = and_(*(played.c[name] == stands.c[name] for name in keys))
    named = [played.c[name] for name in keys]
    differs = [played.c[name].is_distinct_from(stands.c[name]).label(name) for name in others]
    both = select(*named, *differs).join(stands, same).where(or_(false(), *differs)).order_by(*named)
    lost = select(*named).where(~select(stands).where(same).exists()).order_by(*named)
    named = [stands.c[name] for name in keys]
    added = select(*named).where(~select(played).where(same).exists()).order_by(*named)
    dialect = _dialect_of(driver)
    whole, missing, strange = (str(one.compile(dialect=dialect)) for one in (both, lost, added))
    return whole, missing, strange


def _name(view: Table, row: RowMapping) -> str:
    return f"{view.name} {', '.join(str(row[column.name]) for column in view.primary_key)}"
