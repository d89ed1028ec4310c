"""Files straight to folders of Parquet: their records, their rejects and the proof that nothing was lost on the way."""

import json
from pathlib import Path

import polars as pl
import pytest

import tieout
from tieout.errors import InputError, TieoutError, UnidentifiedFile, UnreadableFile
from tieout.sources import to_parquet
from tieout.tables import Table

GOLDENS = Path(__file__).parent.parent / "golden" / "sources"
HEADER = "运单号,金额,备注\n"
MAPPING = {
    "format": "generic_table",
    "record": "CourierCharge",
    "columns": {"tracking_no": "运单号", "amount": "金额", "description": "备注"},
    "currency": "CNY",
    "constants": {"charge_type": "all_in"},
}


def bill(numbers, *, bad=(), total=None):
    """A bill of which every line costs 12.50, but for those that cannot be read."""
    lines = [f"SF{at:013},{'12.5O' if at in bad else '12.50'},轻放" for at in numbers]
    summed = [] if total is None else [f"合计,{total},"]
    return f"{HEADER}{chr(10).join([*lines, *summed])}\n".encode()


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def parts(folder):
    return sorted(path.name for path in folder.glob("*.parquet"))


def charges(written):
    return Table.read_parquet(written.tables["CourierCharge"])


def test_records_and_rejects_of_a_file_are_those_that_reading_it_gives(tmp_path):
    text = bill(range(50), bad={7, 33}, total="600.00")

    written = to_parquet(text, tmp_path / "out", **MAPPING, rows_per_file=20, block_size=300)

    batch = tieout.read(text, **MAPPING)
    assert batch.records == charges(written)
    assert batch.rejects.to_polars().equals(pl.read_parquet(tmp_path / "out" / "rejects" / "*.parquet"))
    assert ["part-00000.parquet", "part-00001.parquet", "part-00002.parquet"] == parts(written.tables["CourierCharge"])
    assert ({"CourierCharge": 48}, 2, True) == (written.rows, written.rejects, written.holds)


def test_what_is_written_does_not_depend_on_the_blocks(tmp_path):
    text = bill(range(50), bad={7, 33}, total="600.00")
    for size in (40, 700, 1 << 24):
        to_parquet(text, tmp_path / str(size), **MAPPING, rows_per_file=20, block_size=size)

    whole = contents(tmp_path / str(1 << 24))
    assert whole == contents(tmp_path / "40")
    assert whole == contents(tmp_path / "700")


def test_the_totals_of_every_file_are_kept_beside_the_parts(tmp_path):
    text = bill(range(5), bad={3}, total="99.00")

    written = to_parquet(text, tmp_path / "out", **MAPPING)

    said = json.loads((tmp_path / "out" / "_control.json").read_text(encoding="utf-8"))
    (file,) = said["files"]
    lines, total = file["checks"]
    assert not written.holds
    assert [check.name for check in written.files[0].control.failures] == [total["name"]]
    assert (False, False, {"CourierCharge": 4, "rejects": 1}) == (said["holds"], file["holds"], said["rows"])
    assert (7, {"header": 1, "records": 4, "rejects": 1, "footer": 1}) == (lines["total"], lines["parts"])
    assert (9900, False) == (total["total"], total["holds"])
    assert "TOTALS DO NOT TIE OUT" in repr(written)


def test_several_files_stand_in_one_table_and_the_same_file_only_once(tmp_path):
    first, second = bill(range(3)), bill(range(3, 5), bad={4})

    written = to_parquet([first, second, first], tmp_path / "out", **MAPPING)

    assert [f"SF{at:013}" for at in range(4)] == [charge.tracking_no for charge in charges(written)]
    assert [3, 1] == [file.records["CourierCharge"] for file in written.files]
    assert ["input is the same file as input"] == [
        f"{one.file} is the same file as {one.same_as}" for one in written.repeated_files
    ]
    assert (4, 1, True) == (written.rows["CourierCharge"], written.rejects, written.holds)
    assert written.repeated_files[0].same_as in repr(written)


def test_records_are_numbered_over_all_files(tmp_path):
    written = to_parquet([bill(range(3)), bill(range(3, 5))], tmp_path / "out", **MAPPING, rows_per_file=2, row="row")

    numbered = pl.read_parquet(written.tables["CourierCharge"] / "*.parquet").select("row", "tracking_no").rows()
    assert [(at, f"SF{at:013}") for at in range(5)] == numbered
    assert [f"SF{at:013}" for at in range(5)] == [charge.tracking_no for charge in charges(written)]


def test_files_of_a_folder_are_named_from_it_on(tmp_path):
    for shop in ("north", "south"):
        (tmp_path / "in" / shop).mkdir(parents=True)
        (tmp_path / "in" / shop / "bill.csv").write_bytes(bill([0 if shop == "north" else 1]))

    written = to_parquet(tmp_path / "in", tmp_path / "out", **MAPPING)

    assert ["north/bill.csv", "south/bill.csv"] == charges(written).to_polars()["source_file"].to_list()
    assert ["north/bill.csv", "south/bill.csv"] == [file.name for file in written.files]


def test_every_record_class_of_a_file_has_a_folder_of_its_own(tmp_path):
    path = next(path for path in sorted((GOLDENS / "sf_monthly_bill").iterdir()) if path.suffix in {".csv", ".xlsx"})
    batch = tieout.read(path)

    written = to_parquet(path, tmp_path / "out")

    tables = {table.record.__name__: table for table in (batch.records, *batch.others.values())}
    assert len(tables) > 1
    assert tables == {name: Table.read_parquet(folder) for name, folder in written.tables.items()}
    assert {"rejects", "_control.json", *tables} == {path.name for path in (tmp_path / "out").iterdir()}


def test_one_file_that_cannot_be_read_leaves_nothing(tmp_path):
    with pytest.raises(UnidentifiedFile):
        to_parquet([GOLDENS / "sf_monthly_bill" / "one_figure.csv", b"one,two\n1,2\n"], tmp_path / "out")
    with pytest.raises(UnreadableFile, match="there is no such file"):
        to_parquet(tmp_path / "absent.csv", tmp_path / "out", **MAPPING)
    with pytest.raises(TieoutError, match="is never closed"):
        to_parquet(bill(range(30)) + b'"SF', tmp_path / "out", **MAPPING, block_size=100)

    assert [] == list(tmp_path.iterdir())


def test_no_file_is_no_table(tmp_path):
    (tmp_path / "in").mkdir()

    for source in (tmp_path / "in", []):
        with pytest.raises(InputError, match="there is no file to read"):
            to_parquet(source, tmp_path / "out", **MAPPING)


def test_a_folder_that_is_there_is_replaced_only_when_told(tmp_path):
    to_parquet(bill(range(3)), tmp_path / "out", **MAPPING)

    with pytest.raises(InputError, match="the folder is there already"):
        to_parquet(bill(range(5)), tmp_path / "out", **MAPPING)
    again = to_parquet(bill(range(5)), tmp_path / "out", **MAPPING, overwrite=True)

    assert 5 == len(charges(again))
    assert [tmp_path / "out"] == list(tmp_path.iterdir())


def test_the_whole_folder_is_no_table(tmp_path):
    to_parquet(bill(range(3), bad={1}), tmp_path / "out", **MAPPING)

    with pytest.raises(UnreadableFile, match="folders of their own: CourierCharge, rejects"):
        Table.read_parquet(tmp_path / "out")


def test_a_notebook_shows_what_was_written(tmp_path):
    written = to_parquet(bill(range(3), bad={1}), tmp_path / "out", **MAPPING)

    html = written._repr_html_()

    assert "1 file written to out" in html
    assert "CourierCharge" in html
