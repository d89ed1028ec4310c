"""Each page ends with what its leaf declares, and with whether a file cut off between two lines shows it, tried on the goldens."""

import os
import re
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from tieout.errors import CorruptFile, InputError
from tieout.sources import Currency, Moment, TableFormat, formats
from tieout.sources._of_table import OfTable
from tieout.sources._registry import ROOM
from tieout.sources._statements import StatementFormat
from tieout.testing import UPDATE_GOLDENS, FormatSuite

ROOT = Path(__file__).parents[2]
GOLDENS = ROOT / "tests" / "golden" / "sources"
PAGES = ROOT / "docs" / "reference" / "sources"
LEAVES = sorted(name for name, leaf in ROOM.leaves().items() if leaf.builtin and name != "generic_table")
DECLARED = "\n**Declared.** "
_CUTS = 6  # from each end of a golden
WAYS = {
    "refused": "the file is refused",
    "control": "the control does not hold",
    "note": "a note says that its totals are missing (`total.missing`)",
}


def table_of(leaf):
    declared = ROOM.leaves()[leaf].load().FORMAT
    return declared.table if isinstance(declared, OfTable) else declared


def folded(text):
    return re.sub(r"[\s`\\]", "", text).replace("（", "(").replace("）", ")").lower()


@cache
def page_of(leaf):
    """The page without what is written here, and the rest."""
    above, mark, below = (PAGES / f"{leaf}.md").read_text("utf-8").partition(DECLARED)
    return above, mark + below


def declared(leaf):
    table = table_of(leaf)
    said = [f"Evidence: {formats()[leaf].evidence}."]
    if table.currency is not None:
        said.append(f"Amounts are in {table.currency}.")
    elif any(isinstance(column, Currency) for column in table.columns) or table.currency_of is not None:
        said.append("The file says the currency.")
    if table.timezone is not None:
        said.append(f"Times without an offset are of {table.timezone}.")
    elif any(isinstance(column, Moment) for column in table.columns) and table.timezone_of is None:
        said.append("Times without an offset need `timezone=`.")
    unnamed = columns_not_named(leaf)
    if unnamed:
        said.append(f"Read beside the columns above: {', '.join(f'`{caption}`' for caption in unnamed)}.")
    return " ".join(said)


def columns_not_named(leaf):
    """Columns that the page's own text does not name, under any of their captions."""
    table = table_of(leaf)
    if isinstance(table, StatementFormat):  # whose columns are tags, under names of ours
        return []
    text = folded(page_of(leaf)[0])
    columns = {column.caption: column.captions for column in table.columns}
    return [usual for usual, captions in columns.items() if not any(folded(caption) in text for caption in captions)]


def cut_off(leaf):
    texts = [golden for golden in FormatSuite(leaf, goldens=GOLDENS / leaf).files() if is_text(golden)]
    sound = [golden for golden in texts if golden.batch.control.holds]
    ways = {way for golden in texts for way in ways_of(golden) if way != "silent" or golden in (sound or texts)}
    told = " or ".join(text for way, text in WAYS.items() if way in ways)
    if not ways:
        return "Its files are workbooks, and one that is cut off cannot be opened."
    if ways == {"silent"}:
        return (
            "Nothing shows it: no count, total or balance of such a file reaches beyond its last line. Only `read_folder` can "
            "tell, by days without records."
        )
    if "silent" in ways:
        return f"It shows in some files, or at some places only: {told}. Elsewhere nothing does."
    return f"It shows: {told}."


def is_text(golden):
    try:
        return golden.text is not None
    except InputError:  # an input that is refused
        return False


def ways_of(golden):
    """How a file shows that it was cut after some of its lines."""
    records = golden.batch.records.to_polars()
    last = pl.coalesce([name for name in ("source_line_end", "source_line") if name in records.columns])
    ends = records.select(last.unique().sort()).to_series().to_list()[:-1]
    lines = golden.lines[None]
    off = {(check.name, check.gap) for check in golden.batch.control.failures}
    for end in sorted({*ends[:_CUTS], *ends[-_CUTS:]}):
        try:
            batch = golden.read(("\n".join(lines[:end]) + "\n").encode())
        except CorruptFile:
            yield "refused"
            continue
        except InputError:  # for another reason, such as days that could be two
            yield "silent"
            continue
        if {(check.name, check.gap) for check in batch.control.failures} - off:
            yield "control"
        elif "total.missing" in {note.code for note in batch.notes}:
            yield "note"
        else:
            yield "silent"


@pytest.mark.parametrize("leaf", LEAVES)
def test_a_page_ends_with_what_its_leaf_declares_and_whether_a_cut_shows(leaf):
    above, found = page_of(leaf)
    expected = f"{DECLARED}{declared(leaf)}\n\n**Cut off between two lines.** {cut_off(leaf)}\n"
    if os.environ.get(UPDATE_GOLDENS):
        (PAGES / f"{leaf}.md").write_text(above.rstrip("\n") + "\n" + expected, encoding="utf-8")
        return

    assert expected == found, f"{UPDATE_GOLDENS}=1 writes the end of the page anew"


def test_a_table_is_what_every_leaf_reads():
    assert [] == [leaf for leaf in LEAVES if not isinstance(table_of(leaf), TableFormat)]
