"""Work on each different text of a column, and on each text where they differ."""

import polars as pl
import pytest

from tieout.sources._each_text import of_each_text

ALIKE = ["a", None, "bc"] * 1_000
DIFFERENT = [None if at % 7 == 0 else "x" * (at % 5) + str(at) for at in range(3_000)]


@pytest.mark.parametrize("texts", [ALIKE, DIFFERENT, [], [None] * 3_000], ids=["alike", "different", "none", "nulls"])
def test_each_text_gets_its_own_value_and_null_stays_null(texts):
    cells = pl.Series("cell", texts, dtype=pl.String)

    found = of_each_text(cells, lambda each: each.str.len_bytes(), pl.Int64())

    assert ("cell", [None if text is None else len(text) for text in texts]) == (found.name, found.to_list())


def test_alike_texts_are_asked_for_once_and_different_ones_together():
    asked = []

    def work(texts):
        asked.append(len(texts))
        return texts.str.len_bytes()

    of_each_text(pl.Series(ALIKE), work, pl.Int64())
    of_each_text(pl.Series(DIFFERENT), work, pl.Int64())

    assert [2, sum(text is not None for text in DIFFERENT)] == asked
