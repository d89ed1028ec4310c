"""What people hand in by mistake: a clear error, or a correct answer; and nothing of theirs is changed."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from tieout.errors import InputError, MatcherError, MissingColumn, TieoutError, WrongColumnType
from tieout.matching import Contains, Damaged, Exact, Fuzzy, Matcher, Near, Rule, Same, Subset
from tieout.model import Shipment

KEYS = {"exact": Exact("k"), "fuzzy": Fuzzy("k"), "damaged": Damaged("k")}
EXACT = Matcher([Rule("r", on=[Exact("k")])])
GOOD = [{"k": "A1000001"}]
HALF = "A10000\ud80001"
AWARE, NAIVE, DAY = datetime(2026, 1, 1, 5, tzinfo=UTC), datetime(2026, 1, 1, 5), date(2026, 1, 1)  # noqa: DTZ001


def keyed(*values):
    return pl.DataFrame({"k": list(values)})


def objects(name, *values):
    return pd.DataFrame({name: pd.Series(list(values), dtype=object)})


def pairs(left, right, matcher=EXACT):
    found = matcher.match(left, right)
    assert found.proof.holds
    return found.pairs.select("left", "right").rows()


SAME = {
    "a list": list(GOOD),
    "a frame": keyed("A1000001"),
    "a lazy frame": keyed("A1000001").lazy(),
    "pandas": pd.DataFrame(GOOD),
    "pyarrow": pa.table({"k": ["A1000001"]}),
    "an empty list": [],
}


@pytest.mark.parametrize("kind", SAME)
def test_both_sides_the_same_object_is_refused(kind):
    with pytest.raises(MatcherError, match="both sides are the same"):
        EXACT.match(SAME[kind], SAME[kind])


EMPTY = {
    "a list": [],
    "a tuple": (),
    "a frame without columns": pl.DataFrame(),
    "a frame with columns": pl.DataFrame(schema={"k": pl.String}),
    "a frame of nulls": pl.DataFrame({"k": []}),
    "a lazy frame": pl.LazyFrame(schema={"k": pl.String}),
    "pandas without columns": pd.DataFrame(),
    "pandas with columns": pd.DataFrame({"k": []}),
    "pyarrow": pa.table({"k": pa.array([], pa.string())}),
}


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("kind", EMPTY)
def test_an_empty_side_matches_nothing(kind, key):
    matcher = Matcher([Rule("r", on=[KEYS[key]])])

    for sides in ((EMPTY[kind], GOOD), (GOOD, EMPTY[kind]), (EMPTY[kind], pl.DataFrame())):
        found = matcher.match(*sides)
        assert found.pairs.is_empty()
        assert found.proof.holds


@pytest.mark.parametrize("rows", [pd.DataFrame(index=range(3)), [{}, {}]], ids=["pandas", "mappings"])
def test_rows_without_columns_lack_the_column_of_a_rule(rows):
    with pytest.raises(MissingColumn, match="left side, Exact: column 'k' not found; columns found: none"):
        EXACT.match(rows, GOOD)


def test_a_query_of_pandas_that_found_nothing_matches_nothing():
    rows = pd.DataFrame([{"k": "A1000001", "amount": Decimal("1.00"), "day": date(2026, 10, 1)}])
    matcher = Matcher([Rule("r", on=[Exact("k")], given=[Near("amount", by=0), Near("day", days=1)])])

    assert matcher.match(rows.head(0), rows).pairs.is_empty()
    assert matcher.match(rows, rows.head(0)).proof.holds


def test_an_empty_side_that_has_columns_must_have_the_right_ones():
    with pytest.raises(MissingColumn, match="column 'k' not found; columns found: 'z'"):
        EXACT.match(pl.DataFrame({"z": []}), GOOD)


MIXED = {
    "mappings": ([{"k": "A1"}, {"k": 1}], "under 'k': str, int"),
    "mappings of dates and times": ([{"k": DAY}, {"k": NAIVE}], "under 'k': date, datetime"),
    "mappings of times with and without a zone": ([{"k": AWARE}, {"k": NAIVE}], "no column can hold"),
    "pandas": (objects("k", "A1", 1), "column 'k' of the pandas frame holds values of several types: str, int"),
    "pandas, text and bytes": (objects("k", b"A1", "A1"), "several types: bytes, str"),
    "pandas, a date before a time": (objects("k", DAY, NAIVE), "several types: date, datetime"),
    "pandas, a time before a date": (objects("k", NAIVE, DAY), "several types: datetime, date"),
    "pandas, with a zone first": (objects("k", AWARE, NAIVE), "datetime with a time zone, datetime without one"),
    "pandas, without a zone first": (objects("k", NAIVE, AWARE), "datetime with a time zone, datetime without one"),
    "pandas, spans and numbers": (objects("k", timedelta(1), 1), "several types: timedelta, int"),
    "pandas, a true and a number": (objects("k", True, 1), "several types: bool, int"),
    "pandas, decimals and floats": (objects("k", Decimal(1), 1.5), "several types: Decimal, float"),
    "pandas, whole numbers and floats": (objects("k", 2**60 + 1, 1.5), "several types: int, float"),
    "Polars objects": (pl.DataFrame({"k": pl.Series([object(), 1], dtype=pl.Object)}), "'k' is Object on the left"),
}


@pytest.mark.parametrize("kind", MIXED)
def test_a_column_of_mixed_types_is_refused(kind):
    data, text = MIXED[kind]

    with pytest.raises(WrongColumnType) as caught:
        EXACT.match(data, GOOD)

    assert text in str(caught.value)


def test_pandas_objects_of_one_kind_are_taken_whatever_stands_for_nothing():
    nothing = (None, float("nan"), np.nan, pd.NA, pd.NaT)

    assert [(5, 0)] == pairs(objects("k", *nothing, "A1000001"), GOOD)
    assert [(5, 0)] == pairs(objects("k", *nothing, 12345678), keyed("12345678"))
    assert [(0, 0), (1, 1)] == pairs(objects("k", Decimal("1.50"), 2), keyed(Decimal("1.5"), Decimal(2)))


@pytest.mark.parametrize("key", KEYS)
def test_nothing_is_no_key(key):
    matcher = Matcher([Rule("r", on=[KEYS[key]])])

    assert [(1, 1)] == pairs(keyed(float("nan"), 12345678.0, None), keyed(float("nan"), 12345678.0, None), matcher)
    assert [(1, 1)] == pairs(
        keyed("nan", "NAN12345", None), keyed("nan", "NAN12345", None), matcher
    )  # too short, and an id


@pytest.mark.parametrize("key", KEYS)
def test_a_key_of_a_million_characters_is_a_key(key):
    matcher = Matcher([Rule("r", on=[KEYS[key]])])
    long = "A" * 10**6

    assert [(0, 0), (1, 1)] == pairs(keyed(long, "B" * 10**6), keyed(long, "B" * 10**6), matcher)
    assert [(1, 1)] == pairs(keyed(long, "B1234567"), keyed(long[::2] + "C", "B1234567"), matcher)


def test_one_edit_in_a_million_characters_is_found():
    assert [(0, 0)] == pairs(keyed("A" * 10**6), keyed("A" * 10**6 + "B"), Matcher([Rule("r", on=[Fuzzy("k")])]))


HALVES = {
    "a mapping": ([{"k": "A1"}, {"k": HALF}], "mapping 1 holds half a character under 'k'"),
    "another column": ([{"k": "A1000001", "x": HALF}], "mapping 0 holds half a character under 'x'"),
    "a column's name": ([{"k": "A1", HALF: 1}], "a mapping's keys are column names, got 'A10000\\ud80001'"),
    "pandas": (objects("k", None, HALF), "column 'k' of the pandas frame holds half a character in row 1"),
    "a record": ([Shipment(tracking_no=HALF, provenance=None)], "Shipment.tracking_no: a value does not fit"),
}


@pytest.mark.parametrize("kind", HALVES)
def test_half_a_character_is_refused_where_it_stands(kind):
    data, text = HALVES[kind]

    with pytest.raises(TieoutError) as caught:
        EXACT.match(data, GOOD)

    assert text in str(caught.value)
    str(caught.value).encode()  # the message itself can be printed


@pytest.mark.parametrize("key", KEYS)
def test_numbers_on_one_side_meet_text_on_the_other(key):
    assert [(0, 0)] == pairs(keyed(12345678), keyed("12345678"), Matcher([Rule("r", on=[KEYS[key]])]))


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("value", [b"A1000001", ["A1000001"], {"a": 1}], ids=["bytes", "list", "struct"])
def test_keys_that_are_no_plain_values_are_refused(key, value):
    with pytest.raises(WrongColumnType, match=r"'k' is (Binary|List|Struct)"):
        Matcher([Rule("r", on=[KEYS[key]])]).match(keyed(value), keyed(value))


NO_FRAMES = {
    "a generator": (item for item in GOOD),
    "a set": {1},
    "a dict": {"k": ["A1"]},
    "text": "bill.csv",
    "bytes": b"k",
    "nothing": None,
    "a number": 3,
    "a Polars column": pl.Series("k", ["A1"]),
    "a pandas column": pd.Series(["A1"], name="k"),
    "a numpy array": np.array(["A1"]),
    "a pyarrow array": pa.array(["A1"]),
    "a pyarrow chunked array": pa.chunked_array([["A1"]]),
}


@pytest.mark.parametrize("kind", NO_FRAMES)
def test_what_is_no_table_is_refused_by_name(kind):
    with pytest.raises(InputError) as caught:
        EXACT.match(NO_FRAMES[kind], GOOD)

    assert f"a frame or a sequence of records is needed, got {type(NO_FRAMES[kind]).__name__}" in str(caught.value)


def test_a_database_is_no_table():
    with duckdb.connect() as connection, pytest.raises(InputError, match="got DuckDBPyConnection"):
        EXACT.match(connection, GOOD)


def test_columns_that_cannot_be_taken_are_named():
    with pytest.raises(InputError, match="several columns of the pandas frame are named 'k'"):
        EXACT.match(pd.DataFrame([["A1", "B1"]], columns=["k", "k"]), GOOD)
    with pytest.raises(InputError, match="several columns of the Table are named 'k'"):
        EXACT.match(pa.table([["A1"], ["B1"]], names=["k", "k"]), GOOD)
    wide = pa.table({"k": ["A1"], "a": pa.array([Decimal(10) ** 60], pa.decimal256(70, 0))})
    with pytest.raises(WrongColumnType, match="column 'a' is decimal256"):
        EXACT.match(wide, GOOD)
    with pytest.raises(InputError, match='the lazy frame cannot be collected: unable to find column "zzz"'):
        EXACT.match(keyed("A1").lazy().select("zzz"), GOOD)


def as_duckdb(frame):
    rows = frame.to_arrow()  # noqa: F841 - DuckDB finds it by its name
    return duckdb.sql("select * from rows")


KINDS = {
    "mappings": pl.DataFrame.to_dicts,
    "Polars": pl.DataFrame.clone,
    "lazy Polars": pl.DataFrame.lazy,
    "pandas with an index": lambda frame: frame.to_pandas().set_index(pd.Index([7, 3], name="i")),
    "pyarrow table": pl.DataFrame.to_arrow,
    "pyarrow batch": lambda frame: frame.to_arrow().to_batches()[0],
    "DuckDB": as_duckdb,
    "Narwhals": nw.from_native,
    "Narwhals over pandas": lambda frame: nw.from_native(frame.to_pandas()),
    "lazy Narwhals": lambda frame: nw.from_native(frame.lazy()),
    "Narwhals over DuckDB": lambda frame: nw.from_native(as_duckdb(frame)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_frame_matches_every_other(kind):
    frame = pl.DataFrame({"k": ["A1000001", "B1000001"], "a": [1, 2]})
    other = frame.reverse().to_dicts()

    assert [(0, 1), (1, 0)] == pairs(KINDS[kind](frame), other)
    assert [(0, 1), (1, 0)] == pairs(other, KINDS[kind](frame))


MONEY = Matcher([Rule("r", on=[Exact("k")], given=[Near("amount", by="0.01")])])


def money(code, *, column="currency", minor=100):
    return pl.DataFrame(
        {"k": ["A1000001"], "amount_minor": [minor], column: [code]}, schema_overrides={column: pl.String}
    )


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (money("CNY"), money("CNY", column="amount_currency"), 1),
        (money("CNY"), money("USD", column="amount_currency"), 0),
        (
            money("CNY").with_columns(amount_currency=pl.lit("USD")),
            money("USD"),
            1,
        ),  # its own column goes before the common one
        (money("RMB"), money("RMB"), 0),
        (money("cny"), money("cny"), 0),
        (money(None), money(None), 0),
        (money(None), money("CNY"), 0),
        (money("CNY", minor=None), money("CNY", minor=None), 0),
    ],
)
def test_amounts_agree_only_within_one_known_currency(left, right, expected):
    assert expected == len(pairs(left, right, MONEY))


def test_amounts_as_floats_are_refused():
    with pytest.raises(WrongColumnType, match="column 'amount_minor' is float"):
        MONEY.match(money("CNY", minor=1.5), money("CNY"))


def test_times_with_a_zone_do_not_meet_times_without():
    matcher = Matcher([Rule("r", on=[Exact("k")], given=[Near("t", by=timedelta(days=1))])])
    sides = [[{"k": "A1000001", "t": time}] for time in (AWARE, NAIVE)]

    with pytest.raises(WrongColumnType, match="only one of 't' and 't' has a time zone"):
        matcher.match(*sides)


def test_nothing_of_the_callers_is_changed():
    mappings = [{"k": " a1000001", "a": 1}, {"k": None, "a": 2}]
    frame = pl.DataFrame(mappings)
    pandas_frame = frame.to_pandas().set_index(pd.Index([7, 3]))
    table = frame.to_arrow()
    matcher = Matcher(
        [Rule("r", on=[Exact("k")]), Rule("f", on=[Fuzzy("k")]), Rule("d", on=[Damaged("k")], given=[Near("a", by=1)])]
    )
    kept = [dict(item) for item in mappings], frame.clone(), pandas_frame.copy(), table.slice(0)

    for left in (mappings, frame, pandas_frame, table):
        matcher.match(left, [{"k": "A1000002", "a": 1}]).explain(left=0)

    assert kept[0] == mappings
    assert kept[1].equals(frame)
    pd.testing.assert_frame_equal(kept[2], pandas_frame)
    assert kept[3].equals(table)


PATTERNS = ["*", "^n.*$", "^.*$"]


@pytest.mark.parametrize("name", PATTERNS)
@pytest.mark.parametrize("condition", [Exact, Fuzzy, Damaged])
def test_a_column_whose_name_looks_like_a_pattern_is_that_column(name, condition):
    left = [{name: "SF1012345678901", "no": "a", "n": "x"}, {name: "SF1012345678917", "no": "b", "n": "x"}]
    right = [{name: "SF1012345678917", "no": "c", "n": "y"}, {name: "SF1012345678901", "no": "d", "n": "y"}]
    found = Matcher([Rule("r", on=[condition(name)], given=[Near(name + "_days", by=1)])]).match(
        [{**row, name + "_days": 5} for row in left], [{**row, name + "_days": 5} for row in right]
    )

    assert [(0, 1), (1, 0)] == found.pairs.select("left", "right").rows()
    assert "confirmed" == found.explain(left=0).status


@pytest.mark.parametrize("name", PATTERNS)
def test_evidence_of_such_a_name_is_that_column(name):
    def records(*values):
        return [{"k": f"A100000{at}", name: value, "n": 7} for at, value in enumerate(values)]

    for gate in (Near(name, by=1), Same(name)):
        matcher = Matcher([Rule("r", on=[Exact("k")], given=[gate])])
        left, right = records(5, 5, None), records(5, 9, None)
        assert [(0, 0)] == pairs(left, right, matcher)
        assert f"{name} differs" in matcher.match(left, right).explain(left=1).text()
    assert [(0, 0), (1, 0)] == pairs(records(5, 6), records(11), Matcher([Rule("s", on=[Subset(name)], pairing="n:1")]))
    contains = Matcher([Rule("c", on=[Contains(left="k", right=name)])])
    assert [(0, 0)] == pairs(records("", ""), [{name: "pay A1000000", "n": 1}], contains)


@pytest.mark.parametrize("name", PATTERNS)
def test_twins_are_told_apart_by_columns_of_such_names(name):
    left = [{"k": "A1000001", name: 2}, {"k": "A1000001", name: 1}]

    assert [(1, 0)] == pairs(left, [{"k": "A1000001", name: 1}])


def test_half_a_character_in_a_name_is_refused():
    with pytest.raises(MatcherError, match="half a character in the column name"):
        Exact("\ud800")
    with pytest.raises(MatcherError, match="half a character in the column name"):
        Near("a\udfff", by=1)
    with pytest.raises(MatcherError, match="half a character in the name"):
        Rule("\ud800", on=[Exact("k")])


@pytest.mark.parametrize("kind", [Exact, Fuzzy, Damaged, Subset])
def test_a_class_instead_of_a_condition_is_refused(kind):
    with pytest.raises(MatcherError, match=f"got the class {kind.__name__}") as caught:
        Rule("r", on=[kind], pairing="n:1")
    assert f"{kind.__name__}(" in str(caught.value)


def test_a_class_instead_of_a_gate_is_refused():
    with pytest.raises(MatcherError, match="given= takes gates such as Near or Same, got the class Same"):
        Rule("r", on=[Exact("k")], given=[Same])


@pytest.mark.parametrize("share", ["NaN", "sNaN", "Infinity", "-Infinity", "0", "1", Decimal("NaN")])
def test_a_share_that_is_none_is_refused(share):
    with pytest.raises(MatcherError, match="is impossible; a share between 0 and 1"):
        Matcher([Rule("r", on=[Exact("k")])], wrong_share=share)


@pytest.mark.parametrize("calibrate", ["no", 0, 1, None])
def test_a_switch_that_is_none_is_refused(calibrate):
    with pytest.raises(MatcherError, match="True or False"):
        Matcher([Rule("r", on=[Exact("k")])], calibrate=calibrate)


def test_one_column_for_a_list_of_columns_is_refused():
    with pytest.raises(MatcherError, match=r"also= is a list of columns and gates, got 'shop'") as caught:
        Matcher.standard(key="no", also="shop")
    assert "also=['shop']" in str(caught.value)


@pytest.mark.parametrize("condition", [Exact, Same])
def test_a_column_that_is_named_twice_is_refused(condition):
    with pytest.raises(MatcherError, match="the column 'a' is named twice"):
        condition("a", "b", "a")
    with pytest.raises(MatcherError, match="the column 'a/x' is named twice"):
        condition(left=["a", "a"], right=["x", "x"])
    assert (("a", "x"), ("a", "y")) == condition(left=["a", "a"], right=["x", "y"]).columns


def test_a_lazy_frame_of_a_missing_file_is_refused(tmp_path):
    missing = pl.scan_csv(tmp_path / "nothing.csv")
    with pytest.raises(InputError, match="the lazy frame"):
        EXACT.match(GOOD, missing)
    with pytest.raises(InputError, match="right side: the lazy frame has no schema"):
        EXACT.check(right=missing)


@pytest.mark.parametrize("position", [np.int64(0), np.uint8(0), 0])
def test_positions_are_whole_numbers_of_any_library(position):
    assert "confirmed" == EXACT.match(GOOD, keyed("A1000001")).explain(left=position).status


@pytest.mark.parametrize("position", [True, 0.0, np.float64(0), "0", np.int64(1), np.int64(-1), np.array([0, 0])])
def test_positions_of_no_record_are_refused(position):
    with pytest.raises(MatcherError, match="there is no record"):
        EXACT.match(GOOD, keyed("A1000001")).explain(left=position)


@pytest.mark.parametrize(
    ("other", "expected"), [("BA" + "A" * 2_998, [(0, 0)]), ("BC" + "A" * 2_998, []), ("A" * 2_998 + "BB", [])]
)
def test_keys_of_thousands_of_characters_are_within_an_edit_or_not(other, expected):
    assert expected == pairs(keyed("AB" + "A" * 2_998), keyed(other), Matcher([Rule("r", on=[Fuzzy("k")])]))
