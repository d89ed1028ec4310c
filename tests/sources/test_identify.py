"""Identification, and the registry behind it."""

import subprocess
import sys
import types
from pathlib import Path

import pytest

import tieout
from tieout._discovery import Leaf
from tieout.errors import AmbiguousFile, MissingColumn, PluginError, UnidentifiedFile, UnknownFormat
from tieout.model import CourierCharge
from tieout.sources import Amount, TableFormat, Tracking, formats
from tieout.sources._registry import ROOM, loaded

GOLDENS = Path(__file__).parent.parent / "golden" / "sources"
SF = (GOLDENS / "sf_monthly_bill" / "one_figure.csv").read_text("utf-8")


@pytest.fixture
def leaf(monkeypatch):
    """Adds a leaf as an entry point would."""

    def add(name, declared, *, doc="A test format.\n"):
        module = types.ModuleType(f"tests_leaf_{name}", doc)
        if declared is not None:
            module.FORMAT = declared
        monkeypatch.setitem(sys.modules, module.__name__, module)
        known = dict(ROOM.leaves())
        known[name] = Leaf(name=name, module=module.__name__, builtin=False)
        monkeypatch.setattr("tieout._discovery.Room.leaves", lambda _: dict(sorted(known.items())))
        loaded.cache_clear()

    yield add
    loaded.cache_clear()


def courier(*columns):
    return TableFormat(record=CourierCharge, currency="CNY", constants={"charge_type": "all_in"}, columns=columns)


def test_a_file_is_known_by_its_content_and_not_by_its_name(tmp_path):
    path = tmp_path / "jd_logistics_bill.txt"
    path.write_text(SF, "utf-8")

    assert "sf_monthly_bill" == tieout.identify(path) == tieout.identify(SF.encode())


def test_a_third_partys_leaf_works_as_our_own(leaf):
    leaf("village_bill", courier(Tracking("单子"), Amount("钱", to="amount")))
    data = "单子,钱\nVB1234567,3.20\n".encode()

    assert "village_bill" == tieout.identify(data) == tieout.read(data).format
    assert "village_bill" == tieout.read(data).records[0].provenance.format
    assert "A test format" == formats()["village_bill"].title
    assert not formats()["village_bill"].builtin


def test_a_known_format_with_an_unknown_column_is_read_and_the_drift_told():
    lines = SF.splitlines()
    data = "\n".join([f"{lines[0]},新列", *(f"{line},x" for line in lines[1:])]).encode() + b"\n"

    batch = tieout.read(data)

    assert 2 == len(batch.records)
    assert "columns.not_read: columns that are not read: '新列'" in [str(note) for note in batch.notes]


def test_a_known_format_with_a_column_gone_is_refused_by_its_name():
    data = SF.replace("应付金额", "金额").encode()

    with pytest.raises(MissingColumn) as caught:
        tieout.read(data)

    assert ("应付金额",) == caught.value.missing
    assert "金额" in caught.value.found
    assert str(caught.value).startswith("input:1: column '应付金额' not found; columns found: '日期', '运单号码'")
    assert "format sf_monthly_bill" in caught.value.hint


def test_an_unknown_file_lists_the_nearest_formats_and_what_is_missing():
    with pytest.raises(UnidentifiedFile) as caught:
        tieout.identify("运单号,费用类型,金额\n1,2,3\n".encode())

    assert ("结算金额", "京东物流账单明细") == dict(caught.value.nearest)["jd_logistics_bill"]
    assert "generic_table" in caught.value.hint


def test_a_web_page_is_told_apart():
    with pytest.raises(UnidentifiedFile, match="web page or XML"):
        tieout.read(b"<html><table><tr><td>1</td></tr></table></html>")


def test_a_file_that_fits_two_formats_is_not_guessed_at(leaf):
    leaf("one_bill", courier(Tracking("单子"), Amount("钱", to="amount")))
    twin = courier(Tracking("单子"), Amount("钱", to="amount"))
    known = dict(ROOM.leaves())
    leaf("two_bill", twin)
    assert "one_bill" in known

    with pytest.raises(AmbiguousFile) as caught:
        tieout.read("单子,钱\nVB1234567,3.20\n".encode())

    assert ("one_bill", "two_bill") == caught.value.formats


def test_of_two_formats_that_fit_the_one_that_knows_more_columns_is_taken(leaf):
    leaf("one_bill", courier(Tracking("单子"), Amount("钱", to="amount")))
    leaf("two_bill", courier(Tracking("单子"), Amount("钱", to="amount"), Amount("原价", to="list_amount")))

    assert "two_bill" == tieout.identify("单子,原价,钱\nVB1234567,3.50,3.20\n".encode())


def test_a_broken_leaf_is_listed_with_its_cause_and_hides_no_other(leaf):
    leaf("broken_bill", None)

    assert "defines no FORMAT" in formats()["broken_bill"].broken
    assert "BROKEN: " in repr(formats())
    assert "sf_monthly_bill" == tieout.identify(SF.encode())
    with pytest.raises(UnidentifiedFile, match="format broken_bill could not be tried"):
        tieout.identify(b"a,b\n1,2\n")
    with pytest.raises(PluginError, match="broken_bill"):
        tieout.read(SF.encode(), format="broken_bill")


def test_an_unknown_format_names_the_nearest():
    with pytest.raises(UnknownFormat, match=r"no format named 'sf'; nearest: .*sf_monthly_bill"):
        tieout.read(SF.encode(), format="sf")
    with pytest.raises(UnknownFormat):
        formats()["sf"]


def test_the_registry_is_for_people_and_for_programs():
    found = formats()

    assert {"generic_table", "jd_logistics_bill", "sf_monthly_bill"} <= set(found)
    assert any(
        line.split(maxsplit=4)
        == ["sf_monthly_bill", "CourierCharge", "columns", "only", "SF Express monthly bill (顺丰月结账单)"]
        for line in repr(found).splitlines()
    )
    assert "<td>sf_monthly_bill</td>" in found._repr_html_()
    assert "sf" == found.to_polars().filter(name="sf_monthly_bill")["carrier"].item()
    assert "bill_month" in found["sf_monthly_bill"].options
    assert "nobody" not in found


def test_reading_text_loads_neither_the_reader_of_workbooks_nor_fsspec():
    code = (
        "import sys, tieout.sources;"
        "tieout.sources.identify(sys.stdin.buffer.read());"
        "print([name for name in ('python_calamine', 'fsspec', 'pandas', 'pyarrow') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], input=SF.encode(), capture_output=True, check=True)

    assert b"[]" == done.stdout.strip()
