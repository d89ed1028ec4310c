"""A casebook under kill -9, and under a crowd.

Run `python tests/benchmarks/fuzz_casebook.py` from the project's root; `--kills`, `--seconds` and `--processes` make it shorter. It stops with an error
as soon as a book is not whole. The same with fewer kills and a shorter crowd is part of the tests (`tests/casebook/test_crashes.py`).

What was seen stands in `docs/explanation/benchmarks.md`; full disks, read-only files and servers that go away are in `tests/casebook/test_faults.py`.
"""

import argparse
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path

from tieout.casebook import Casebook

sys.path.insert(0, str(Path(__file__).parent.parent))
conftest, crashing, crowding = (import_module(f"casebook.{name}") for name in ("conftest", "crashing", "crowding"))


def filled(url, folder):
    """A book with cases to decide on."""
    with Casebook(url) as cases:
        for act in range(2):
            crashing.do(cases, act, crashing.FileSink(folder / "filled.txt"))
    return url


def main():
    """Both databases, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--seed", type=int, default=20261122)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tell("SQLite", f"sqlite:///{folder / 'kills.db'}", f"sqlite:///{folder / 'crowd.db'}", folder / "lite", given)
        programs = conftest.programs_of_postgres()
        if programs is None:
            print("PostgreSQL is not installed: left out")
            return
        for_kills, for_crowd = conftest.Server(programs), conftest.Server(programs)
        try:
            tell("PostgreSQL", for_kills.url, for_crowd.url, folder / "pg", given)
        finally:
            for_kills.close()
            for_crowd.close()


def tell(store, kills_url, crowd_url, folder, given):
    """One database: kills, then the crowd."""
    folder.mkdir()
    began = time.monotonic()
    seen = crashing.killed_again_and_again(kills_url, folder, times=given.kills, seed=given.seed)
    print(f"{store}, kill -9: {seen} in {time.monotonic() - began:.0f} s", flush=True)
    seen = crowding.crowd(filled(crowd_url, folder), processes=given.processes, seconds=given.seconds)
    print(f"{store}, {given.processes} processes for {given.seconds:g} s: {seen}", flush=True)


if __name__ == "__main__":
    main()
