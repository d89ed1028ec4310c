"""Bulk: rows by the hundred thousand, past SQLAlchemy's own building of one statement a row."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError

from tieout.casebook.store import is_postgres

__all__ = ["insert_rows", "roomy"]

_PAGES_KB = 262_144


@contextmanager
def roomy(connection: Connection) -> Iterator[None]:
    """Let SQLite keep the pages of its indexes in memory: keys are digests, and each of them falls on another page."""
    if is_postgres(connection):
        yield
        return
    before = connection.exec_driver_sql("PRAGMA cache_size").scalar()
    connection.exec_driver_sql(f"PRAGMA cache_size = -{_PAGES_KB}")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA cache_size = {int(before or 0)}")


def insert_rows(connection: Connection, table: Table, rows: Sequence[Sequence[Any]], columns: Iterable[str]) -> None:
    """Insert rows in the transaction of the caller.

    Args:
        connection: Of `Store.writing`.
        table: Where they go.
        rows: Values in the order of the columns, of the types that the driver takes.
        columns: Names of columns of the table.

    Raises:
        DBAPIError: The database refuses them, as SQLAlchemy would say it.
    """
    if not rows:
        return
    quote = connection.dialect.identifier_preparer.quote
    names = [quote(table.c[name].name) for name in columns]
    into = f"{quote(table.name)} ({', '.join(names)})"
    if not is_postgres(connection):
        places = ", ".join("?" * len(names))
        connection.exec_driver_sql(f"INSERT INTO {into} VALUES ({places})", [tuple(row) for row in rows])  # noqa: S608
        return
    driver: Any = connection.connection.driver_connection
    statement = f"COPY {into} FROM STDIN"
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except connection.dialect.loaded_dbapi.Error as cause:
        raise DBAPIError(statement, None, cause) from cause
