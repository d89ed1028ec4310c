"""The rows behind figures, held in the frames that they were made of."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tieout.errors import ReportError
from tieout.reports import Column, Section
from tieout.reports.rows_behind import Behind

ORDERS = pl.DataFrame(
    {"shop": ["a", "b", "a"], "sales_of": [100, 50, -20], "source_file": ["o.csv"] * 3, "source_line": [2, 3, 4]}
)
FEES = pl.DataFrame(
    {"shop": ["b", "a"], "line": ["f1", "f2"], "fees_of": [7, 5], "source_file": ["f.csv"] * 2, "source_line": [2, 3]}
)
BOTH = Behind([ORDERS, FEES])


def section(behind, sales=80):
    return Section(
        name="shops",
        title="Shops",
        title_zh="店铺",
        columns=[Column(name="shop", title="Shop", title_zh="店铺")],
        frame=pl.DataFrame({"shop": ["a", "b"], "sales_of": [sales, 50], "fees_of": [5, 7]}),
        key=["shop"],
        details=behind,
        sums=["sales_of", "fees_of"],
    )


def test_rows_of_several_kinds_are_one_frame_when_asked_for_and_where_they_stand_comes_last():
    whole = section(BOTH).details

    assert whole.columns == ["shop", "sales_of", "line", "fees_of", "source_file", "source_line"]
    assert whole["fees_of"].to_list() == [None, None, None, 7, 5]
    assert BOTH.height == whole.height == 5


@given(st.lists(st.integers(0, 4), unique=True))
def test_rows_are_taken_as_from_the_whole(rows):
    at = pl.Series(sorted(rows), dtype=pl.UInt32)

    assert_frame_equal(BOTH.taken(at), BOTH.whole[at])
    assert_frame_equal(Behind([BOTH.whole]).taken(at), BOTH.whole[at])


def test_some_columns_are_those_of_the_whole():
    assert_frame_equal(BOTH.narrow(["shop", "fees_of", "none"]), BOTH.whole.select("shop", "fees_of"))


def test_a_figure_that_is_not_the_sum_of_its_rows_in_all_frames_is_refused():
    with pytest.raises(ReportError, match="sales_of is 81 where its rows sum to 80"):
        section(BOTH, sales=81)


def test_rows_of_one_group_are_found_in_all_frames():
    assert section(BOTH).rows(shop="b")["source_line"].to_list() == [3, 2]
