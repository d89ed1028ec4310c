"""Books to test with: every test runs on SQLite, and on PostgreSQL where it is installed."""

import os
import pwd
import shutil
import subprocess
import uuid
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from tieout.casebook import Actor, Casebook, TickingClock

START = datetime(2026, 10, 1, 8, 0, tzinfo=UTC)


def _programs():
    """Folder of PostgreSQL's programs; None where there are none."""
    for folder in (*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), *map(Path, os.get_exec_path())):
        if (folder / "initdb").is_file() and (folder / "postgres").is_file():
            return folder
    return None


def _as_server():
    """The user that runs the server, which refuses to be root."""
    return pwd.getpwnam("postgres").pw_uid if os.getuid() == 0 else None


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory):
    """URL of a cluster of our own in a temporary directory, reached by a socket."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    folder = Path("/tmp") / f"tieout-pg-{uuid.uuid4().hex[:8]}"  # noqa: S108 - a socket's path is 107 characters at most
    folder.mkdir(mode=0o755)
    user = _as_server()
    if user is not None:
        os.chown(folder, user, -1)
    run = {"user": user} if user is not None else {}
    data, quiet = folder / "data", {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    subprocess.run(
        [programs / "initdb", "-D", data, "-U", "tieout", "-A", "trust", "-E", "UTF8", "--locale", "C", "--no-sync"],
        check=True,
        **quiet,
        **run,
    )
    options = f"-k {folder} -c listen_addresses= -c fsync=off -c max_connections=60"
    start = [programs / "pg_ctl", "-D", data, "-o", options, "-w", "-l", folder / "log", "start"]
    subprocess.run(start, check=True, **quiet, **run)
    try:
        yield f"postgresql+psycopg://tieout@/postgres?host={folder}"
    finally:
        subprocess.run([programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"], check=True, **quiet, **run)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """Where a new book may lie."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'books.db'}"
        return
    server = request.getfixturevalue("postgres_server")
    name = f"book_{uuid.uuid4().hex[:12]}"
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield server.replace("/postgres?", f"/{name}?")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    engine.dispose()


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
