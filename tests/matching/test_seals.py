"""What comes out of a bucket on Spark is told by one number: the same in whichever order its records came."""

import polars as pl
import pytest
from _truth import planted, shown
from _worlds import MIXED

from tieout.matching import Exact, Fuzzy, Matcher, Near, Rule
from tieout.matching._spark.closing import decided, sealed
from tieout.matching._spark.task import POSITION, Task

STANDARD = Matcher.standard(key="key", amount="amount", date="day")
MANY = Matcher(
    [
        Rule("same", on=[Exact("key")], pairing="n:m", given=[Near("amount", percent=5)]),
        Rule("near", on=[Fuzzy("key", edits=1)]),
    ]
)


@pytest.mark.parametrize(("matcher", "times"), [(STANDARD, 1), (MANY, 2)], ids=["standard", "n:m"])
def test_what_comes_out_of_a_bucket_is_the_same_in_whichever_order_its_records_came(matcher, times):
    frames = {
        name: pl.concat([shown(side)] * times).with_row_index(POSITION).cast({POSITION: pl.Int64})
        for name, side in zip(("left", "right"), planted(3_000, 5, MIXED), strict=True)
    }
    task = Task(
        rules=matcher.rules,
        records={name: frame.height for name, frame in frames.items()},
        max_candidates=matcher.max_candidates,
        wrong_share=matcher.wrong_share,
        calibrate=matcher.calibrate,
    )
    first = decided(task, frames)
    shaken = {name: frame.sample(fraction=1, shuffle=True, seed=3) for name, frame in frames.items()}
    fewer = {"left": frames["left"][1:], "right": frames["right"]}

    assert first.pairs.height > 1_000
    assert first.closed["left"].height > 1_000
    assert sealed(decided(task, shaken)) == sealed(first)
    assert sealed(decided(task, fewer)) != sealed(first)
