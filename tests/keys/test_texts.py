"""Columns as text: the caller's column stays what it was."""

import polars as pl
import pytest

from tieout.errors import WrongColumnType
from tieout.keys.texts import as_text, rewrite_unless


def test_rewriting_changes_only_what_does_not_match_and_not_the_column_given():
    column = pl.Series("key", ["ab", "X", None, " c"])
    text = pl.col("text")

    changes = [text.str.to_uppercase(), text + pl.lit("!")]
    rewritten = rewrite_unless(column, "^[A-Z]+$", peel=text.str.strip_chars(" "), changes=changes)

    assert ["AB!", "X", None, " C!"] == rewritten.to_list()
    assert ["ab", "X", None, " c"] == column.to_list()
    assert "key" == rewritten.name


@pytest.mark.parametrize("dtype", [pl.Categorical, pl.Enum(["a"]), pl.String])
def test_text_of_every_kind_is_text(dtype):
    assert ["a", None] == as_text(pl.Series("key", ["a", None], dtype=dtype)).to_list()


def test_dates_are_no_ids():
    with pytest.raises(WrongColumnType, match="column 'day'"):
        as_text(pl.Series("day", [None], dtype=pl.Date))
