"""The store: one SQLite file or one PostgreSQL schema, opened, locked and told apart in one place.

Every write is one transaction that holds the book's only writer's lock from its beginning, so that the log has one order. What
a database driver says goes no further than this module: callers see errors of our tree.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from typing import Any

import attrs
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError, SQLAlchemyError

from tieout.errors import MissingExtra, StoreError

__all__ = ["Store", "is_postgres"]

_WAIT_SECONDS = 60
_TRIES = 20  # a second
_LOCK = 7469  # with the schema's name: the advisory lock of the only writer of a book in PostgreSQL
_WRITES = "tieout_writes"
_OUTSIDE = "tieout_outside"
_AWAY, _UNREACHED = "the database went away", "the database cannot be reached"
_TOLD = (
    ("database or disk is full", "the disk is full"),
    ("no space left", "the disk is full"),
    ("disk i/o error", "the disk cannot be read or written"),
    ("readonly", "the file is read-only"),
    ("read-only", "the database is read-only"),
    ("unable to open", "the file cannot be opened"),
    ("not a database", "the file is no SQLite database"),
    ("malformed", "the file is damaged"),
    ("lock timeout", f"another process kept it locked for {_WAIT_SECONDS} seconds"),
    ("locked", f"another process kept it locked for {_WAIT_SECONDS} seconds"),
    ("append-only", "a row of the log was to be changed or deleted"),
    ("does not exist", "it does not exist"),
    ("authentication", "the name or password is refused"),
    ("server closed", _AWAY),
    ("terminating", _AWAY),
    ("connection", _UNREACHED),
)


def is_postgres(connection: Connection) -> bool:
    """Whether the book lies in PostgreSQL."""
    return connection.dialect.name == "postgresql"


@attrs.frozen(eq=False, repr=False)
class Store:
    """Where a book lies.

    Attributes:
        engine: SQLAlchemy's engine.
        name: What errors call it: the file's name, or the database's; never a password.
    """

    engine: Engine
    name: str
    _file: "_File | None" = None

    @classmethod
    def open(cls, url: str) -> "Store":
        """A store by its URL, `sqlite:///books.db` or `postgresql+psycopg://...`.

        Raises:
            StoreError: The URL is no such thing.
            MissingExtra: The driver is not installed.
        """
        try:
            parsed = make_url(url)
            if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
                raise StoreError(
                    f"books lie in SQLite or PostgreSQL, not in {parsed.get_backend_name()}", where="url", hint=_URLS
                )
            engine = _engine(parsed)
        except (ArgumentError, NoSuchModuleError) as cause:
            raise StoreError("it is no URL of a database", where="url", hint=_URLS) from cause
        except ModuleNotFoundError as cause:
            raise MissingExtra(cause.name or "a driver", extra="store", purpose="a book in PostgreSQL") from cause
        return cls(engine, _name_of(parsed), _File.of(parsed))

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection whose reads all see one state of the book."""
        with self._translated(), self.engine.connect() as connection:
            if is_postgres(connection):  # where each statement sees what was written meanwhile unless asked
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is the book's only writer, and is undone whole when anything in it fails."""
        with (
            self._translated(),
            self.engine.connect().execution_options(**{_WRITES: True}) as connection,
            connection.begin(),
        ):
            if is_postgres(connection):
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_WAIT_SECONDS}s'")  # as long as with SQLite
                connection.execute(
                    text("SELECT pg_advisory_xact_lock(:key, hashtext(current_schema()))"), {"key": _LOCK}
                )
            self._require_file()
            yield connection
            self._require_file()

    def prepare(self) -> None:
        """What a new file needs before its first transaction: readers that do not wait for the writer (WAL)."""
        with self._translated(), self.engine.connect() as connection:
            if not is_postgres(connection):
                _write_ahead(connection.execution_options(**{_OUTSIDE: True}))

    @contextmanager
    def outside(self) -> Iterator[Connection]:
        """A connection outside any transaction, for what a database does not do within one."""
        with self._translated(), self.engine.connect() as connection:
            if is_postgres(connection):
                yield connection.execution_options(isolation_level="AUTOCOMMIT")
            else:
                yield connection.execution_options(**{_OUTSIDE: True})

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()

    def _require_file(self) -> None:
        """SQLite would go on writing into a file that was taken away from under it, and all of it would be lost."""
        if self._file is not None and not self._file.is_there():
            raise StoreError(
                "the file was removed or replaced while the book was open", where=self.name, hint="open the book again"
            )

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as cause:
            raise self._error(cause) from cause
        except SQLAlchemyError as cause:
            raise StoreError(f"the database cannot do it ({type(cause).__name__})", where=self.name) from cause
        except OverflowError:
            raise StoreError("a number is too large to be kept or looked for", where=self.name) from None
        except UnicodeEncodeError:  # whose text may be a value of a row: it is not told on
            raise StoreError("half a character cannot be kept or looked for", where=self.name) from None

    def _error(self, cause: DBAPIError) -> StoreError:
        said = str(cause.orig).casefold()
        for sign, problem in _TOLD:
            if sign in said:
                return StoreError(problem, where=self.name, hint=_HINTS.get(problem, _AS_BEFORE))
        # What the driver says may hold values of the row: only its kind is told.
        return StoreError(f"the database refused it ({type(cause.orig).__name__})", where=self.name)


@attrs.define(eq=False)
class _File:
    """The file of a SQLite book, known by what it is and not by its name alone."""

    path: Path
    _identity: tuple[int, int] | None = None

    @classmethod
    def of(cls, url: URL) -> "_File | None":
        """The file of a URL; None where the book lies in memory, in another database, or under a name that only SQLite reads."""
        name = url.database
        if url.get_backend_name() != "sqlite" or not name or name.startswith((":", "file:")):
            return None
        return cls(Path(name).absolute())

    def is_there(self) -> bool:
        """Whether it is still the one that was there at first."""
        try:
            found = self.path.stat()
        except OSError:
            return False
        identity = (found.st_dev, found.st_ino)
        self._identity = self._identity or identity
        return identity == self._identity


_AS_BEFORE = "the book is as it was before"
_UNKNOWN = f"{_AS_BEFORE}, unless no more than the answer was lost: look before it is done again"
_HINTS = {_AWAY: _UNKNOWN, _UNREACHED: _UNKNOWN}
"""Of a server that is lost nobody can tell whether it had kept what it was given last."""
_URLS = "sqlite:///books.db or postgresql+psycopg://user@host/database"


def _name_of(url: URL) -> str:
    if url.get_backend_name() == "sqlite":
        return (url.database or ":memory:").replace("\\", "/").rpartition("/")[2]
    return url.database or "postgresql"


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": _WAIT_SECONDS}, hide_parameters=True)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    return create_engine(url, pool_pre_ping=True, hide_parameters=True)


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - a connection of the driver
    connection.isolation_level = None  # transactions begin where we say, not where the driver guesses
    cursor = connection.cursor()
    for pragma in ("foreign_keys=ON", "synchronous=FULL", "temp_store=MEMORY"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _write_ahead(connection: Connection) -> None:
    """Let SQLite write ahead, as soon as others let it: for this alone it does not wait by itself."""
    for left in reversed(range(_WAIT_SECONDS * _TRIES)):
        try:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        except OperationalError as cause:
            if not left or "locked" not in str(cause.orig):
                raise
            connection.rollback()
            sleep(1 / _TRIES)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get(_OUTSIDE, False):
        return
    writes = options.get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
