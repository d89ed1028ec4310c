"""Of each thing, every column says what the first of its records says that says anything."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tieout.chain._turns import first_said

rows = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from([None, "paid", "sent"]), st.sampled_from([None, [1], [2, 3]])),
    min_size=1,
    max_size=25,
)


@given(rows)
def test_it_is_what_a_slow_walk_over_the_records_finds(records):
    frame = pl.DataFrame(
        records, schema={"node": pl.Int64, "status": pl.String, "lines": pl.List(pl.Int64)}, orient="row"
    )
    order = frame.with_row_index("at").sort("node", "at")["at"]

    found = first_said(frame, frame["node"], order)

    said = {}
    for node, *values in records:
        before = said.setdefault(node, [None, None])
        said[node] = [old if old is not None else new for old, new in zip(before, values, strict=True)]
    assert [(node, *values) for node, values in sorted(said.items())] == found.rows()
