"""The collected files, each read or refused as the tables under `tests/golden/real_files` say.

A row: path below the samples; format, or the error that refuses the file; number of records and rejects; whether all totals tie out
(an excerpt cannot); sum of the records' amounts by currency; currency and zone that the
caller has to say, if any. The figures come from scripts of one's own, never from the code.
"""

import csv
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

import tieout
from tieout.errors import InputError
from tieout.model.currency import from_units

TABLES = Path(__file__).parent.parent / "golden" / "real_files"
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


@pytest.mark.parametrize("row", ROWS, ids=[row["path"] for row in ROWS])
def test_a_collected_file_is_read_as_counted_by_other_means(row, samples):
    path = samples / row["path"]
    if not path.exists():
        pytest.skip("that file is not among the samples here")
    options = {"constants": {"currency": row["currency"]}} if row.get("currency") else {}
    options |= {"timezone": row["timezone"]} if row.get("timezone") else {}
    if row["format"] not in tieout.formats():
        with pytest.raises(InputError) as caught:
            tieout.read(path, **options)
        assert row["format"] == type(caught.value).__name__
        return

    batch = tieout.read(path, **options)

    assert row["format"] == batch.format
    assert (int(row["records"]), int(row["rejects"])) == (len(batch.records), len(batch.rejects))
    assert (row["holds"] == "yes") == batch.control.holds, str(batch.control)
    assert said_sums(row["sums"]) == sums_of(batch)
    assert all(check.holds for check in batch.control.checks if check.name == "lines")


def test_no_file_is_listed_twice():
    paths = [row["path"] for row in ROWS]

    assert sorted(set(paths)) == sorted(paths)
