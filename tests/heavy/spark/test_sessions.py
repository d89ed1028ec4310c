"""The sessions that the tests of Spark stand on: they compute, in both kinds, and on a cluster."""

import polars as pl


def doubled(batches):
    for batch in batches:
        frame = pl.from_arrow(batch)
        yield from frame.with_columns(pl.col("id") * 2).to_arrow().to_batches()


def test_a_session_runs_polars_in_its_workers(classic):
    found = classic.range(1000, numPartitions=3).mapInArrow(doubled, "id long").agg({"id": "sum"}).collect()

    assert 999_000 == found[0][0]


def test_a_session_of_connect_runs_polars_in_its_workers(connect):
    found = connect.range(1000, numPartitions=3).mapInArrow(doubled, "id long").agg({"id": "sum"}).collect()

    assert 999_000 == found[0][0]
