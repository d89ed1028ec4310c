"""Copying: a book as it stands at one moment, as a SQLite file that may be written and thrown away."""

import sqlite3
from contextlib import closing
from os import PathLike
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, MetaData, select

from tieout.casebook.migrating import migrate, schema_version, version_of, versions
from tieout.casebook.store import Store
from tieout.errors import StoreError

__all__ = ["copy_book"]

_ROWS: Final = 5_000


def copy_book(url: str, path: str | PathLike[str]) -> None:
    """Copy a book into a new SQLite file; where there is none yet, nothing is written.

    The book is only read, in one transaction that sees one state of it and that nobody has to wait for. The copy says the same
    and is a book of its own from then on: it holds what the book holds, personal fields too, and is to be kept like it.

    Args:
        url: Where the book lies, as `Casebook` takes it.
        path: The new file.

    Raises:
        StoreError: The book cannot be read, is of a newer tieout, or the file cannot be written.
    """
    target = Path(path)
    if target.exists():
        raise StoreError("the file is there already", where=target.name)
    source = Store.open(url)
    try:
        held = source.engine.url
        if held.get_backend_name() == "sqlite":
            if held.database and Path(held.database).is_file():
                _back_up(Path(held.database), target)
            return
        with source.reading() as connection:
            version = version_of(connection, source)
            if version:
                _copy(connection, version, Store.open(f"sqlite:///{target}"))
    finally:
        source.close()


def _back_up(source: Path, target: Path) -> None:
    """By SQLite's own means, which see one state of a file that others write."""
    try:
        place = f"{source.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(place, uri=True)) as held, closing(sqlite3.connect(target)) as new:
            held.backup(new)
    except sqlite3.Error as cause:
        raise StoreError(f"it cannot be copied ({type(cause).__name__})", where=source.name) from cause


def _copy(connection: Connection, version: int, target: Store) -> None:
    """Rows of all tables, into tables of the same version: what opens the copy brings it up to date."""
    try:
        migrate(target, only={number: name for number, name in versions().items() if number <= version})
        with target.writing() as writing:
            tables = MetaData()
            tables.reflect(writing)
            for table in tables.sorted_tables:
                if table.name == schema_version.name:
                    continue
                rows = connection.execute(select(table), execution_options={"yield_per": _ROWS})
                for part in rows.mappings().partitions():
                    writing.execute(table.insert(), [dict(row) for row in part])
    finally:
        target.close()
