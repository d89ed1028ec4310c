"""Times whose zone stands behind them, in letters or in a cell of its own."""

from datetime import UTC, datetime

import polars as pl
import pytest

from tieout.errors import InputError
from tieout.model import SettlementLine
from tieout.sources import Amount, Document, Key, Moment, TableFormat
from tieout.sources._dates import parse_moments

FORMAT = TableFormat(
    record=SettlementLine,
    currency="USD",
    constants={"type": "unknown"},
    columns=(
        Key("id", to="line_id"),
        Moment("date", to="posted_at", also=(("time",), ("zone", "TimeZone"))),
        Amount("amount", to="amount"),
    ),
)


def read(text, **options):
    return FORMAT.read(Document.of_bytes(text.encode()), name="x", options=options)


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2026-07-01 08:30:00 PST", 16),
        ("2026-07-01 08:30:00 PDT", 15),
        ("2026-07-01 08:30:00 CEST", 6),
        ("2026-07-01 08:30:00 Europe/Berlin", 6),
        ("2026-07-01 08:30:00 UTC", 8),
        ("2026-07-01 08:30:00 -0800", 16),
        ("2026-07-01 08:30:00", 0),
        ("2026-07-01 08:30:00 CST", 0),
    ],
)
def test_letters_behind_a_time_say_its_zone(text, hour):
    moments, homeless = parse_moments(pl.Series([text, "2026-07-01 08:30:00"]), timezone="Asia/Shanghai")

    assert [datetime(2026, 7, 1, hour, 30, tzinfo=UTC), datetime(2026, 7, 1, 0, 30, tzinfo=UTC)] == moments.to_list()
    assert not homeless.any()


def test_letters_that_several_zones_share_need_a_zone():
    moments, homeless = parse_moments(pl.Series(["2026-07-01 08:30:00 CST", "2026-07-01 08:30:00 EST"]), timezone=None)

    assert [True, False] == homeless.to_list()
    assert 13 == moments[1].hour


def test_letters_that_several_zones_share_must_be_those_of_the_zone():
    texts = pl.Series(["2026-07-01 08:30:00 BST", "2026-01-01 08:30:00 BST", "2026-07-01 08:30:00 CST"])
    moments, homeless = parse_moments(texts, timezone="Europe/London")

    assert [datetime(2026, 7, 1, 7, 30, tzinfo=UTC), None, None] == moments.to_list()
    assert not homeless.any()


def test_letters_that_are_no_zone_make_no_moment():
    moments, _ = parse_moments(pl.Series(["2026-07-01 08:30:00 XQZ", "2026-07-01 08:30:00 Foo/Bar"]), timezone="UTC")

    assert [None, None] == moments.to_list()


def test_letters_go_with_a_format_that_is_given():
    moments, _ = parse_moments(pl.Series(["01/07/2026 08:30:00 PST"]), timezone=None, date_format="%d/%m/%Y %H:%M:%S")

    assert [datetime(2026, 7, 1, 16, 30, tzinfo=UTC)] == moments.to_list()


def test_a_moment_stands_in_several_cells():
    batch = read("id,date,time,TimeZone,amount\nA1,2026-07-01,08:30:00,PDT,1\nA2,2026-07-01,,PDT,1\nA3,,09:00,PDT,1\n")

    assert [datetime(2026, 7, 1, 15, 30, tzinfo=UTC), datetime(2026, 7, 1, 7, 0, tzinfo=UTC), None] == (
        batch.records.to_polars()["posted_at"].to_list()
    )
    assert not batch.notes


def test_without_the_cell_of_the_zone_somebody_must_say_it():
    text = "id,date,time,amount\nA1,2026-07-01,08:30:00,1\n"

    assert 15 == read(text, timezone="America/Los_Angeles").records.to_polars()["posted_at"][0].hour
    with pytest.raises(InputError, match="without a time zone"):
        read(text)
