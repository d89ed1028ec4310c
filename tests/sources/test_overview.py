"""Every format that the shared overview names is read: `tests/golden/overview.csv` says by which leaves.

A line says a row of the overview, its leaves, and the folders of samples whose files are theirs; a line without a row, the leaves
of formats that only the text or the column lists name.
"""

import csv
import re
from itertools import chain
from pathlib import Path

import pytest

from tieout.sources._registry import ROOM

TESTS = Path(__file__).parent.parent
ROWS = list(csv.DictReader((TESTS / "golden" / "overview.csv").read_text("utf-8").splitlines()))
FILES = [
    row
    for path in sorted((TESTS / "golden" / "real_files").glob("*.csv"))
    for row in csv.DictReader(path.read_text("utf-8").splitlines())
]


def test_each_name_is_a_leaf():
    named = set(chain.from_iterable(row["leaves"].split() for row in ROWS))

    assert set() == named - {name for name, leaf in ROOM.leaves().items() if leaf.builtin}


def test_each_row_of_the_overview_is_read(samples):
    overview = (samples.parent / "formats.md").read_text("utf-8")

    assert set(re.findall(r"(?m)^\| (\d+) \|", overview)) == {row["row"] for row in ROWS if row["row"]}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file["path"])
def test_a_sample_is_read_by_a_leaf_of_its_row_or_refused(file):
    folder = str(Path(file["path"]).parent)
    leaves = set(chain.from_iterable(row["leaves"].split() for row in ROWS if folder in row["folders"].split()))

    assert leaves, f"no row has the folder {folder}"
    assert file["format"] in leaves or file["format"].endswith(("Error", "File"))
