"""What a Table does: length, iteration, slices, filters, and what it hands out."""

import sys
from datetime import date

import polars as pl
import pytest
from moneyed import Money

from tieout.errors import InputError, InvalidField, MissingColumn, MissingExtra, WrongColumnType
from tieout.model import CourierCharge, Order, Place, Shipment
from tieout.tables import Table, schema_of


def charge(position):
    return CourierCharge(
        charge_type="base",
        amount=Money(position, "JPY"),
        tracking_no=f"T{position}",
        ship_date=date(2026, 10, 1),
        dest=Place(city="深圳<b>"),
    )


LINES = [charge(position) for position in range(5)]


@pytest.fixture
def table():
    return Table.from_records(LINES)


def test_length_and_iteration_speak_records(table):
    assert 5 == len(table)
    assert LINES == list(table)
    assert LINES == list(table)  # again, from the start


@pytest.mark.parametrize("at", [0, 4, -1, -5])
def test_an_index_gives_a_record(table, at):
    assert LINES[at] == table[at]


@pytest.mark.parametrize("at", [5, -6])
def test_an_index_out_of_range_is_an_index_error(table, at):
    with pytest.raises(IndexError, match=f"row {at} of a Table of 5 rows"):
        table[at]


@pytest.mark.parametrize("at", [slice(1, 3), slice(None), slice(None, None, 2), slice(None, None, -1), slice(9, None)])
def test_a_slice_gives_a_table(table, at):
    assert LINES[at] == list(table[at])
    assert table[at].record is CourierCharge


def test_membership_and_reversal_work_as_for_any_sequence(table):
    assert LINES[3] in table
    assert LINES[::-1] == list(reversed(table))


def test_a_filter_keeps_rows(table):
    assert LINES[3:] == list(table.filter(pl.col("amount_minor") >= 3))
    assert LINES[3:4] == list(table.filter(pl.col("amount_minor") >= 3, pl.col("tracking_no") == "T3"))


def test_tables_are_equal_by_record_class_and_rows(table):
    assert table == Table.from_records(LINES)
    assert table != table[1:]
    assert table != LINES
    assert Table.from_records([], Shipment) != Table.from_records([], Order)
    with pytest.raises(TypeError, match="unhashable"):
        hash(table)


def test_tables_of_one_class_are_joined_in_order(table):
    assert table == Table.concat([table[:2], table[2:]])


def test_tables_of_several_classes_or_none_are_not_joined(table):
    for tables in ([], [table, Table.from_records([], Order)]):
        with pytest.raises(InputError, match="Tables of one record class are needed"):
            Table.concat(tables)


def test_a_table_of_nothing_needs_to_be_told_its_class():
    assert 0 == len(Table.from_records([], Order))
    with pytest.raises(InputError, match="a Table of no records needs to be told their class") as caught:
        Table.from_records([])
    assert "from_records([], Order)" == caught.value.hint


def test_records_of_several_classes_are_refused():
    with pytest.raises(InputError, match="records of CourierCharge are needed, got Place, str"):
        Table.from_records([LINES[0], Place(city="a"), "b"])
    with pytest.raises(InputError, match="records of Order are needed, got CourierCharge"):
        Table.from_records(LINES, Order)


def test_any_iterable_of_records_will_do(table):
    assert table == Table.from_records(iter(LINES))
    assert table == Table.from_records(tuple(LINES))


def test_it_prints_the_columns_that_hold_anything(table):
    shown = repr(table)

    assert shown.startswith("Table[CourierCharge] of 5 rows\n")
    assert "tracking_no" in shown
    assert "vat_rate" not in shown


def test_a_notebook_shows_it_as_html_with_the_cells_escaped(table):
    html = table._repr_html_()

    assert "<h3>Table[CourierCharge] of 5 rows</h3>" in html
    assert "深圳&lt;b&gt;" in html
    assert "vat_rate" not in html


def test_it_hands_out_its_columns(table):
    assert list(schema_of(CourierCharge)) == table.columns == table.to_polars().columns
    assert table.to_polars().equals(pl.DataFrame(table.to_arrow()))
    assert table.to_polars().equals(pl.DataFrame(table))  # by the Arrow stream
    assert table == Table.from_frame(table.to_arrow(), CourierCharge)
    assert table == Table.from_frame(table.to_pandas(), CourierCharge)


def test_whole_numbers_stay_whole_in_pandas(table):
    mixed = Table.from_records(
        [LINES[0], CourierCharge(charge_type="base", amount=Money(1, "JPY"), list_amount=Money(2, "JPY"))]
    )

    assert "int64" in str(mixed.to_pandas()["list_amount_minor"].dtype)


@pytest.mark.parametrize(("method", "package"), [("to_arrow", "pyarrow"), ("to_pandas", "pandas")])
def test_without_its_extra_a_conversion_says_which_one_to_install(table, monkeypatch, method, package):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pandas", None)

    with pytest.raises(MissingExtra, match=rf"Table\.{method}\(\) needs {package}") as caught:
        getattr(table, method)()

    assert f"pip install 'tieout[{caught.value.extra}]'" == caught.value.hint


def test_a_frame_that_is_not_the_records_is_refused_by_the_constructor(table):
    frame = table.to_polars()

    with pytest.raises(MissingColumn, match="CourierCharge: column 'amount_minor' not found"):
        Table(frame.drop("amount_minor"), CourierCharge)
    with pytest.raises(WrongColumnType, match="amount_minor is Int32, needed Int64; extra belongs to no field"):
        Table(frame.with_columns(pl.col("amount_minor").cast(pl.Int32), extra=1), CourierCharge)
    with pytest.raises(WrongColumnType, match="the columns are out of order"):
        Table(frame.select(reversed(frame.columns)), CourierCharge)


def test_rows_that_are_no_record_are_refused_when_they_are_read(table):
    frame = table.to_polars()

    with pytest.raises(InvalidField, match=r"CourierCharge\.leg: 'sideways' is not a Leg"):
        list(Table(frame.with_columns(leg=pl.lit("sideways")), CourierCharge))
    with pytest.raises(InvalidField, match=r"CourierCharge\.charge_type: a value is needed, got None"):
        list(Table(frame.with_columns(charge_type=pl.lit(None, dtype=pl.String)), CourierCharge))
    with pytest.raises(InvalidField, match=r"CourierCharge\.amount: 0 minor units have no currency"):
        list(Table(frame.with_columns(currency=pl.lit(None, dtype=pl.String)), CourierCharge))


def test_a_null_means_the_default_of_the_field(table):
    frame = table.to_polars().with_columns(leg=pl.lit(None, dtype=pl.String))

    assert {"outbound"} == {line.leg.value for line in Table(frame, CourierCharge)}
    assert {"outbound", "return"} == {
        line.leg.value
        for line in Table(
            frame.with_columns(leg=pl.when(pl.col("amount_minor") > 2).then(pl.lit("return"))), CourierCharge
        )
    }
