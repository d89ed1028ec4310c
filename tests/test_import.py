"""`import tieout` loads nothing heavy; its time is printed by tests/benchmarks/bench_import.py."""

import subprocess
import sys

import pytest

HEAVY = {
    "babel", "cattrs", "dateutil", "duckdb", "fsspec", "moneyed", "narwhals", "numpy", "pandas", "polars", "pyarrow",
    "python_calamine", "rapidfuzz", "stdnum", "tqdm", "xlsxwriter",
}  # fmt: skip


def loaded_by(program):
    """Top-level modules that a program loads in an interpreter of its own."""
    tail = "import sys; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", f"{program}\n{tail}"], capture_output=True, encoding="utf-8", check=False
    )
    assert "" == done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("program", "heavy"),
    [
        ("import tieout", set()),
        ("import tieout; tieout.__version__; dir(tieout); tieout.errors", set()),
        ("import tieout.errors", set()),
        ("import tieout._discovery", set()),
        ("from tieout import archive", set()),
        ("from tieout import model", {"babel", "moneyed"}),
        ("from tieout import money", {"babel", "moneyed"}),
        ("from tieout import proof", {"babel", "moneyed"}),
        ("from tieout import tables", {"babel", "moneyed", "polars"}),
        ("import tieout; tieout.Table", {"babel", "moneyed", "polars"}),
    ],
)
def test_an_import_loads_only_what_it_needs(program, heavy):
    assert heavy == HEAVY & loaded_by(program)


@pytest.mark.parametrize(
    "room",
    [
        "archive",
        "chain",
        "keys",
        "ledgers",
        "matching",
        "outcome",
        "posting",
        "privacy",
        "reconciliations",
        "sources",
        "tariffs",
        "testing",
    ],
)
def test_no_room_loads_a_library_that_only_some_callers_have(room):
    optional = {"duckdb", "fsspec", "numpy", "pandas", "pyarrow", "xlsxwriter"}

    assert set() == optional & loaded_by(f"from tieout import {room}")


def test_the_package_says_its_version():
    import tieout

    assert tieout.__version__.count(".") == 2
