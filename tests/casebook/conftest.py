"""Books to test with: every test runs on SQLite, and on PostgreSQL where it is installed."""

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from casebook.runs_world import payout, settlement
from tieout.casebook import Actor, Casebook, TickingClock

START = datetime(2026, 10, 1, 8, 0, tzinfo=UTC)


def programs_of_postgres():
    """Folder of PostgreSQL's programs; None where there are none."""
    for folder in (*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), *map(Path, os.get_exec_path())):
        if (folder / "initdb").is_file() and (folder / "postgres").is_file():
            return folder
    return None


class Server:
    """A PostgreSQL cluster of our own in a temporary directory, reached by a socket."""

    def __init__(self, programs):
        self.programs = programs
        # A socket's path has 107 characters at most, so pytest's own folders are too deep.
        self.folder = Path(tempfile.mkdtemp(prefix="tieout-pg-"))
        self.folder.chmod(0o755)
        self.user = pwd.getpwnam("postgres").pw_uid if os.getuid() == 0 else None  # the server refuses to be root
        if self.user is not None:
            os.chown(self.folder, self.user, -1)
        self.url = f"postgresql+psycopg://tieout@/postgres?host={self.folder}"
        self._run("initdb", "-U", "tieout", "-A", "trust", "-E", "UTF8", "--locale", "C.UTF-8", "--no-sync")
        self.start()

    def start(self):
        options = f"-k {self.folder} -c listen_addresses= -c fsync=off -c max_connections=60"
        self._run("pg_ctl", "-o", options, "-w", "-l", str(self.folder / "log"), "start")

    def stop(self):
        self._run("pg_ctl", "-m", "immediate", "stop")

    def close(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program, *arguments):
        command = [self.programs / program, "-D", self.folder / "data", *arguments]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": self.folder}
        subprocess.run(command, check=True, **quiet, **({} if self.user is None else {"user": self.user}))


def _server():
    programs = programs_of_postgres()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    return Server(programs)


@pytest.fixture(scope="session")
def postgres_server():
    """URL of a server that all tests of a process share."""
    server = _server()
    yield server.url
    server.close()


@pytest.fixture(scope="session")
def postgres_made(postgres_server):
    """Name of a database with an empty book, to be copied: that takes a fifth of making its tables."""
    engine = sa.create_engine(postgres_server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE DATABASE made")
    with Casebook(postgres_server.replace("/postgres?", "/made?")):
        pass
    return "made"


@pytest.fixture
def postgres_server_of_its_own():
    """A server that a test may stop and start."""
    server = _server()
    yield server
    server.close()


@contextmanager
def _database(server, template):
    """URL of a database of its own, a copy of another one."""
    name = f"book_{uuid.uuid4().hex[:12]}"
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        copied = "STRATEGY file_copy" if connection.dialect.server_version_info >= (15,) else ""
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template} {copied}")
    yield server.replace("/postgres?", f"/{name}?")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """Where a book may lie; in PostgreSQL the tables of an empty one stand there already."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'books.db'}"
        return
    server, made = (request.getfixturevalue(name) for name in ("postgres_server", "postgres_made"))
    with _database(server, made) as place:
        yield place


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request, tmp_path):
    """Where no book lies yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'books.db'}"
        return
    with _database(request.getfixturevalue("postgres_server"), "template1") as place:
        yield place


@pytest.fixture
def clock():
    """Moves on by a second each time it is asked."""
    return TickingClock(START)


@pytest.fixture
def cases(url, clock):
    """An empty book."""
    with Casebook(url, clock=clock) as book:
        yield book


@pytest.fixture
def wang():
    """Somebody of logistics."""
    return Actor("wang", roles=["logistics"])


@pytest.fixture
def li():
    """The finance manager."""
    return Actor("li", roles=["finance", "finance_manager"])


@pytest.fixture
def books():
    """Settlements of five days: A and B agree, C is 1.00 short, D never came, and of E nobody knows."""
    settlements = [
        settlement("A", 1, 10_000),
        settlement("B", 2, 20_000),
        settlement("C", 3, 30_000),
        settlement("D", 4, 400),
    ]
    payouts = [payout("A", 1, 10_000), payout("B", 2, 20_000), payout("C", 3, 29_900), payout("E", 5, 500)]
    return settlements, payouts
