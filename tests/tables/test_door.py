"""The door takes what people have, changes none of it, and says what it cannot take."""

import sys
from collections import UserDict
from datetime import UTC, date, datetime
from decimal import Decimal

import attrs
import duckdb
import narwhals as nw
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from moneyed import Money
from polars.testing import assert_frame_equal

from tieout.errors import InputError, MissingColumn, MissingExtra, WrongColumnType
from tieout.model import CourierCharge, Leg, Order, Place
from tieout.tables import Table, frame_of, table_of

ROWS = [{"tracking_no": "SF1", "weight": 500, "note": None}, {"tracking_no": "SF2", "weight": 1500, "note": "轻放"}]
FRAME = pl.DataFrame(ROWS)


def duck():
    connection = duckdb.connect()
    connection.register("frame", FRAME.to_arrow())
    return connection.sql("select * from frame")


FRAMES = {
    "polars": FRAME.clone,
    "polars lazy": FRAME.lazy,
    "pandas": lambda: pd.DataFrame(ROWS),
    "pandas on arrow": lambda: FRAME.to_pandas(use_pyarrow_extension_array=True),
    "pyarrow": FRAME.to_arrow,
    "pyarrow batch": lambda: FRAME.to_arrow().combine_chunks().to_batches()[0],
    "pyarrow reader": lambda: FRAME.to_arrow().to_reader(),
    "duckdb": duck,
    "narwhals": lambda: nw.from_native(FRAME),
    "mappings": lambda: [dict(row) for row in ROWS],
    "mappings of another kind": lambda: tuple(UserDict(row) for row in ROWS),
}


@pytest.mark.parametrize("name", FRAMES)
def test_every_kind_of_frame_comes_in_with_the_same_values(name):
    frame = frame_of(FRAMES[name]())

    assert ROWS == frame.to_dicts()
    assert [pl.String, pl.Int64, pl.String] == frame.dtypes


@pytest.mark.parametrize("name", ["polars", "pandas", "pandas on arrow", "pyarrow", "mappings"])
def test_the_callers_data_is_not_changed(name):
    data, same = FRAMES[name](), FRAMES[name]()

    frame_of(data).with_columns(weight=pl.lit(0))
    with pytest.raises(InputError):
        Table.from_frame(data, CourierCharge)

    assert frame_of(data).equals(frame_of(same))
    if isinstance(data, pd.DataFrame):
        pd.testing.assert_frame_equal(same, data)
    else:
        assert same.equals(data) if hasattr(data, "equals") else same == data


def test_records_and_tables_come_in():
    lines = [CourierCharge(charge_type="base", amount=Money(1, "CNY"))]
    table = Table.from_records(lines)

    assert table.to_polars() is frame_of(table)
    assert table.to_polars().equals(frame_of(lines))
    assert table is table_of(table, CourierCharge)
    assert table == table_of(lines, CourierCharge)
    assert table == table_of([{"charge_type": "base", "amount_minor": 100, "currency": "CNY"}], CourierCharge)


def test_any_attrs_class_of_plain_fields_comes_in():
    @attrs.frozen
    class Mine:
        number: str
        weight_g: Decimal | None = None

    assert [{"number": "SF1", "weight_g": Decimal(5)}] == frame_of([Mine("SF1", Decimal(5))]).to_dicts()


def test_nothing_is_an_empty_frame():
    assert (0, 0) == frame_of([]).shape
    assert 0 == len(table_of([], Order)) == len(table_of(pl.DataFrame(), Order)) == len(Table.from_frame([], Order))


def test_mappings_may_lack_keys_and_mix_whole_numbers_with_decimals():
    frame = frame_of([{"a": 1, "b": "x"}, {"a": Decimal("1.5")}, {"c": date(2026, 1, 1)}])

    assert [1, Decimal("1.5"), None] == frame["a"].to_list()
    assert ["x", None, None] == frame["b"].to_list()
    assert [None, None, date(2026, 1, 1)] == frame["c"].to_list()


def test_words_of_an_enum_are_text():
    assert ["return", "x"] == frame_of([{"leg": Leg.RETURN}, {"leg": "x"}])["leg"].to_list()


@pytest.mark.parametrize(
    ("data", "error", "text"),
    [
        (5, InputError, "a frame or a sequence of records is needed, got int"),
        ("bill.csv", InputError, "a frame or a sequence of records is needed, got str"),
        (b"bytes", InputError, "a frame or a sequence of records is needed, got bytes"),
        ({"a": [1]}, InputError, "a frame or a sequence of records is needed, got dict"),
        (None, InputError, "a frame or a sequence of records is needed, got NoneType"),
        ([1, 2], InputError, "records or mappings are needed, got int"),
        ([Place(), "x"], InputError, "records of one class are needed, got Place, str"),
        ([Place(), {}], InputError, "records of one class are needed, got Place, dict"),
        ([Place], InputError, "records or mappings are needed, got type"),
        (pl.Series([1]), InputError, "a frame or a sequence of records is needed, got Series"),
        (pd.Series([1]), InputError, "a frame or a sequence of records is needed, got Series"),
        ([{"a": 1}, {"a": "x"}], WrongColumnType, "the mappings hold values of several types under 'a': int, str"),
        ([{"a": 1}, {"a": 1.5}], WrongColumnType, "the mappings hold values of several types under 'a': int, float"),
        ([{"a": Money(1, "CNY")}], WrongColumnType, "no column can hold what the mappings have under 'a': Money"),
        (
            pd.DataFrame({"a": [1, "x"]}),
            WrongColumnType,
            "column 'a' of the pandas frame holds values of several types: int, str",
        ),
    ],
)
def test_what_cannot_be_taken_is_refused_by_name(data, error, text):
    with pytest.raises(error) as caught:
        frame_of(data)

    assert str(caught.value).startswith(text)


def test_a_connection_is_no_relation():
    with duckdb.connect() as connection, pytest.raises(InputError, match="got DuckDBPyConnection"):
        frame_of(connection)


def test_mappings_of_numbers_beyond_a_column_are_refused():
    with pytest.raises(WrongColumnType, match="values that no column can hold"):
        frame_of([{"a": 2**200}])


def test_a_table_of_another_record_is_refused():
    with pytest.raises(InputError, match="a Table of Order is needed, got one of Place"):
        table_of(Table.from_records([], Place), Order)


def test_a_frame_without_the_records_columns_is_refused():
    with pytest.raises(
        MissingColumn, match="column 'platform_order_id' not found; columns found: 'platform', 'currency'"
    ):
        table_of(pl.DataFrame({"platform": ["pdd"], "currency": ["CNY"]}), Order)


@pytest.mark.parametrize(
    ("name", "purpose"), [("duckdb", "reading a DuckDB relation"), ("pandas", "reading a pandas frame")]
)
def test_without_pyarrow_the_extra_is_named(monkeypatch, name, purpose):
    data = FRAMES[name]()
    if name == "pandas":
        monkeypatch.setattr(pl, "from_pandas", unavailable)
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    with pytest.raises(MissingExtra, match=f"{purpose} needs pyarrow") as caught:
        frame_of(data)

    assert f"pip install 'tieout[{name}]'" == caught.value.hint


def unavailable(*_, **__):
    raise ModuleNotFoundError("pyarrow is required")


def test_a_pandas_index_is_no_column_and_missing_text_is_null():
    frame = pd.DataFrame({"a": ["x", None]}, index=["one", "two"])

    assert [{"a": "x"}, {"a": None}] == frame_of(frame).to_dicts()


@pytest.mark.parametrize("nothing", [[], [None], [pd.NA, None], [float("nan")], [pd.NaT]])
def test_pandas_objects_that_are_all_missing_say_no_type(nothing):
    """Such is the answer to a query that found nothing: taken for text, its amounts would not be compared with amounts."""
    frame = pd.DataFrame(
        {"amount": pd.Series(nothing, dtype=object), "n": pd.Series([1] * len(nothing), dtype="int64")}
    )

    assert {"amount": pl.Null, "n": pl.Int64} == dict(frame_of(frame).schema)
    assert len(nothing) == frame_of(frame).height


def test_pandas_moments_keep_their_zone():
    frame = pd.DataFrame({"at": pd.to_datetime(["2026-10-01 08:00"]).tz_localize("Asia/Shanghai")})

    assert datetime(2026, 10, 1, tzinfo=UTC) == frame_of(frame)["at"][0]


def test_decimals_of_pyarrow_and_duckdb_stay_exact():
    arrow = pa.table({"fee": pa.array([Decimal("0.10")], pa.decimal128(10, 2))})

    assert [Decimal("0.10")] == frame_of(arrow)["fee"].to_list()
    assert [Decimal("0.10")] == frame_of(duckdb.sql("select 0.10::decimal(10, 2) as fee"))["fee"].to_list()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (Decimal("NaN"), "a Decimal under 'a' that is no finite number"),
        (Decimal("-Infinity"), "a Decimal under 'a' that is no finite number"),
        (Decimal("1" * 39), "a Decimal under 'a' of more than 38 digits"),
        ("half a pair: \ud800", "mapping 1 holds half a character under 'a'"),
    ],
)
def test_mappings_of_values_that_are_no_figure_and_no_text_are_refused(value, message):
    with pytest.raises(WrongColumnType, match=message):
        frame_of([{"a": type(value)("1")}, {"a": value}])


def test_mappings_become_what_polars_makes_of_them_value_by_value():
    rows = [
        {"text": "a", "whole": 1, "big": 2**70, "exact": Decimal("1E+2"), "day": date(2026, 10, 1), "flag": True},
        {
            "exact": Decimal("-0.125"),
            "whole": None,
            "moment": datetime(2026, 10, 1, tzinfo=UTC),
            "nothing": None,
            "list": [1],
        },
    ]

    assert_frame_equal(pl.from_dicts(rows, infer_schema_length=None), frame_of(rows))
