"""The collected files, each read or refused as the tables under `tests/golden/real_files` say.

A row: path below the samples; format, or the error that refuses the file; number of records and rejects; whether all totals tie out
(an excerpt cannot); sum of the records' amounts by currency; currency and zone that the caller has to say, if any. `real_files_refused.csv` has
the reason why a file is refused, and what it gives once the caller says what it lacks. The figures come from scripts of one's own, never from the code.
"""

import csv
import os
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

import tieout
from tieout.errors import InputError
from tieout.model.currency import from_units

TABLES = Path(__file__).parent.parent / "golden" / "real_files"
REFUSED = list(csv.DictReader((TABLES.parent / "real_files_refused.csv").read_text("utf-8").splitlines()))
TABLE = TABLES.parent / "real_files.md"
HEAD = """# Real files

Every file that was collected: what it is, what it gave, and its declared totals and balances against its lines. Files that need to be told a
currency or a zone are read with it. Made by `TIEOUT_UPDATE_GOLDENS=1 pytest tests/sources/test_real_files.py`; counts and sums of `real_files/` come
from scripts of one's own. An excerpt cannot tie out: its totals are those of the whole file.

| file | format | records | rejects | sum of amounts | declared totals |
|---|---|---|---|---|---|"""
SHOWN = 4
ROWS = [row for table in sorted(TABLES.glob("*.csv")) for row in csv.DictReader(table.read_text("utf-8").splitlines())]


def sums_of(batch):
    """The sum of all amounts, by currency; nothing for records without one."""
    frame = batch.records.to_polars()
    if "amount_minor" not in frame.columns or frame.is_empty():
        return {}
    sums = frame.group_by("currency").agg(pl.col("amount_minor").sum())
    return {code: Decimal(from_units(units, code)) for code, units in sums.iter_rows()}


def said_sums(text):
    return {part.split()[0]: Decimal(part.split()[1]) for part in text.split(";") if part.strip()}


def read(row, samples):
    """The file of a row, with what the caller has to say of it."""
    options = {"constants": {"currency": row["currency"]}} if row.get("currency") else {}
    options |= {"timezone": row["timezone"]} if row.get("timezone") else {}
    return tieout.read(path_of(row, samples), **options)


def path_of(row, samples):
    path = samples / row["path"]
    if not path.exists():
        pytest.skip("that file is not among the samples here")
    return path


def check_figures(row, batch):
    assert row["format"] == batch.format
    assert (int(row["records"]), int(row["rejects"])) == (len(batch.records), len(batch.rejects))
    assert (row["holds"] == "yes") == batch.control.holds, str(batch.control)
    assert said_sums(row["sums"]) == sums_of(batch)
    assert all(check.holds for check in batch.control.checks if check.name == "lines")


@pytest.mark.parametrize("row", ROWS, ids=[row["path"] for row in ROWS])
def test_a_collected_file_is_read_as_counted_by_other_means(row, samples):
    if row["format"] in tieout.formats():
        check_figures(row, read(row, samples))
        return

    with pytest.raises(InputError) as caught:
        read(row, samples)

    assert row["format"] == type(caught.value).__name__


@pytest.mark.parametrize("row", REFUSED, ids=[row["path"] for row in REFUSED])
def test_a_refused_file_is_refused_for_its_reason_and_read_once_that_is_said(row, samples):
    with pytest.raises(InputError) as caught:
        tieout.read(path_of(row, samples))

    assert row["reason"] in str(caught.value)
    if row["format"]:
        check_figures(row, read(row, samples))


def test_every_refused_file_has_its_reason():
    known = tieout.formats()

    assert sorted(row["path"] for row in REFUSED) == sorted(row["path"] for row in ROWS if row["format"] not in known)


def test_every_collected_file_is_listed_and_every_listed_one_is_there(samples):
    there = {path.relative_to(samples).as_posix() for path in samples.rglob("*") if path.is_file()}

    assert there == {row["path"] for row in ROWS}


def test_the_table_of_all_files_is_what_reading_gives_now(samples):
    """`TIEOUT_UPDATE_GOLDENS=1` writes it anew; the figures beside it in `real_files/` were counted by other means."""
    lines = [described(row, samples) for row in sorted(ROWS, key=lambda row: row["path"])]
    found = "\n".join([HEAD, *lines, ""])
    if os.environ.get("TIEOUT_UPDATE_GOLDENS") and not os.environ.get("CI"):
        TABLE.write_text(found, "utf-8")

    assert TABLE.read_text("utf-8") == found


def described(row, samples):
    """A line of the table: what a file is, what it gave, and what it declares of itself against its lines."""
    said = {one["path"]: one for one in REFUSED}.get(row["path"], row)
    try:
        batch = read(said, samples)
    except InputError as error:
        return f"| {row['path']} | {type(error).__name__} | | | | |"
    own = sorted((check for check in batch.control.checks if check.name != "lines"), key=lambda check: check.holds)
    texts = [str(check).partition(": ")[2] for check in own[:SHOWN]]
    more = f"{len(own) - SHOWN} more, {sum(not check.holds for check in own[SHOWN:])} of them off"
    verdict = "; ".join([*texts, more] if own[SHOWN:] else texts) or "none"
    sums = "; ".join(f"{code} {figure:,}" for code, figure in sorted(sums_of(batch).items()))
    cells = (row["path"], batch.format, f"{len(batch.records):,}", f"{len(batch.rejects):,}", sums, verdict)
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def test_no_file_is_listed_twice():
    paths = [row["path"] for row in ROWS]

    assert sorted(set(paths)) == sorted(paths)
