"""Migrating: an older book is brought up to date when it is opened, a newer one is refused."""

import re
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from pkgutil import iter_modules

from sqlalchemy import Column, Connection, Integer, Table, Text, inspect, select
from sqlalchemy.schema import CreateIndex, CreateTable

from tieout.casebook import migrations
from tieout.casebook.schema import metadata
from tieout.casebook.store import Store, is_postgres
from tieout.errors import StoreError

__all__ = ["create", "migrate", "schema_version", "version_of", "versions"]

schema_version = Table(
    "schema_version",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False, comment="module that made it"),
    comment="Versions of the schema that this book went through",
)
_TEXT = Text().with_variant(Text(collation="C"), "postgresql")
"""Text in the order of its bytes, as in SQLite: an order by language differs between machines."""
_NAME = re.compile(r"v(\d{3})_\w+")
Migration = Callable[[Connection], None]


def versions() -> Mapping[int, str]:
    """Names of all migrations by version, in order."""
    names = [module.name for module in iter_modules(migrations.__path__)]
    found = {int(match[1]): name for name in names if (match := _NAME.fullmatch(name))}
    return dict(sorted(found.items()))


def migrate(
    store: Store, *, only: Mapping[int, str] | None = None, then: Callable[[Connection], object] | None = None
) -> int:
    """Bring a book up to date, or make it where there is none; in one transaction.

    Args:
        store: Where it lies.
        only: Migrations to go by; all unless given.
        then: Fills what they made of a book that was there, such as views that its log gives.

    Returns:
        Its version now.

    Raises:
        StoreError: It was made by a newer tieout, or what lies there is no casebook.
    """
    known = versions() if only is None else only
    newest = max(known)
    with store.reading() as connection:
        found = version_of(connection, store)
    if found == newest:
        return found
    if found > newest:
        raise StoreError(
            f"the book has version {found} of the schema, this tieout knows {newest}",
            where=store.name,
            hint="update tieout; an older one must not write into it",
        )
    if found == 0:
        store.prepare()
    with store.writing() as connection:
        found = version_of(connection, store)  # another process may have been quicker
        if found == 0:
            connection.execute(CreateTable(schema_version))
        for version, name in known.items():
            if version > found:
                up: Migration = import_module(f"{migrations.__name__}.{name}").up
                up(connection)
                connection.execute(schema_version.insert().values(version=version, name=name))
        if then is not None and 0 < found < newest:
            then(connection)
    return newest


def version_of(connection: Connection, store: Store) -> int:
    """The version of a book's schema; 0 where there is no book.

    Raises:
        StoreError: What lies there is no casebook.
    """
    names = inspect(connection).get_table_names()
    if schema_version.name in names:
        found = connection.execute(select(schema_version.c.version).order_by(schema_version.c.version.desc())).scalar()
        return int(found or 0)
    if "entry" in names or "record" in names:
        raise StoreError("what lies there is no casebook: it has tables of the same names", where=store.name)
    return 0


def create(connection: Connection, tables: Iterable[Table], *, append_only: Iterable[Table] = ()) -> None:
    """Make tables with their indexes, and let the database refuse changes of those that are only appended to."""
    for table in tables:
        for column in table.columns:
            if isinstance(column.type, Text):
                column.type = _TEXT
        connection.execute(CreateTable(table))
        for index in sorted(table.indexes, key=lambda one: str(one.name)):
            connection.execute(CreateIndex(index))
    for table in append_only:
        for statement in _guards(table.name, postgres=is_postgres(connection)):
            connection.exec_driver_sql(statement)


_REFUSAL = """
    CREATE OR REPLACE FUNCTION tieout_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'append-only'; END $$
"""


def _guards(name: str, *, postgres: bool) -> list[str]:
    if postgres:
        refuse = "EXECUTE FUNCTION tieout_append_only()"
        return [
            _REFUSAL,
            f"CREATE TRIGGER {name}_is_append_only BEFORE UPDATE OR DELETE ON {name} FOR EACH ROW {refuse}",
            f"CREATE TRIGGER {name}_is_not_emptied BEFORE TRUNCATE ON {name} FOR EACH STATEMENT {refuse}",
        ]
    return [
        f"CREATE TRIGGER {name}_is_not_{done} BEFORE {verb} ON {name} BEGIN SELECT RAISE(ABORT, 'append-only'); END"
        for verb, done in (("UPDATE", "changed"), ("DELETE", "deleted"))
    ]
