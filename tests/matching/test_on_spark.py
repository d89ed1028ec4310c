"""Options of a match on Spark, which need no Spark to be wrong."""

import polars as pl
import pytest

from tieout.errors import InputError, MatcherError
from tieout.matching import Exact, Matcher, OnSpark, Rule

MATCHER = Matcher([Rule("same", on=[Exact("key")])])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"ids": ("row",)}, "two names of columns"),
        ({"ids": "ab"}, "two names of columns"),
        ({"buckets": 0}, "buckets=0"),
        ({"buckets": True}, "buckets=True"),
        ({"max_leftovers": 1.5}, r"max_leftovers=1\.5"),
        ({"checkpoint": "yes"}, "checkpoint='yes' is str"),
    ],
)
def test_an_impossible_option_is_refused(options, said):
    with pytest.raises(MatcherError, match=said):
        OnSpark(**options)


def test_frames_that_are_not_on_spark_are_not_matched_there():
    with pytest.raises(InputError, match="this one is DataFrame"):
        MATCHER.match(pl.DataFrame({"key": ["1"]}), pl.DataFrame({"key": ["1"]}), engine=OnSpark())
