from datetime import date
from decimal import Decimal

import attrs
import duckdb
import pandas as pd
import polars as pl
import pytest
from moneyed import Money

from tieout.matching import Exact, Fuzzy, Matcher, Near, Rule, Same
from tieout.model import CourierCharge, Provenance, Shipment
from tieout.tables import Table

CHARGES = [
    CourierCharge(
        tracking_no=f"SF101234567890{at}",
        charge_type="base",
        amount=Money(Decimal(100 + at), "CNY"),
        ship_date=date(2026, 10, at + 1),
        provenance=Provenance(file="bill.csv", sha256="0" * 64, line=at + 1, format="f"),
    )
    for at in range(5)
]
SHIPMENTS = [
    Shipment(
        tracking_no=f"SF101234567890{at}",
        declared_value=Money(Decimal(100 + at), "USD" if at == 4 else "CNY"),
        provenance=Provenance(file="ours.csv", sha256="1" * 64, line=at + 1, format="f"),
    )
    for at in range(2, 7)
]
MATCHER = Matcher(
    [Rule("same parcel", on=[Exact("tracking_no")], given=[Near(left="amount", right="declared_value", by="0.01")])]
)


def as_mappings(records):
    names = [name for name in ("tracking_no", "amount", "declared_value") if hasattr(records[0], name)]
    return [
        {
            "tracking_no": record.tracking_no,
            **{name: getattr(record, name).amount for name in names[1:]},
            "currency": getattr(record, names[1]).currency.code,
        }
        for record in records
    ]


def as_duckdb(records):
    rows = Table.from_records(records).to_arrow()  # noqa: F841 - DuckDB finds it by its name
    return duckdb.sql("select * from rows")


KINDS = {
    "records": lambda records: records,
    "a tuple of records": tuple,
    "Table": Table.from_records,
    "Polars": lambda records: Table.from_records(records).to_polars(),
    "lazy Polars": lambda records: Table.from_records(records).to_polars().lazy(),
    "pandas": lambda records: Table.from_records(records).to_polars().to_pandas(),
    "pyarrow": lambda records: Table.from_records(records).to_arrow(),
    "DuckDB": as_duckdb,
}
EXPECTED = [(2, 0), (3, 1)]


@pytest.mark.parametrize("right", KINDS)
@pytest.mark.parametrize("left", KINDS)
def test_every_kind_of_input_gives_the_same_pairs_in_any_mixture(left, right):
    result = MATCHER.match(KINDS[left](CHARGES), KINDS[right](SHIPMENTS))

    assert EXPECTED == result.pairs.select("left", "right").rows()
    assert [0, 1, 4] == result.left_only.to_list()
    assert result.proof.holds


def test_mappings_in_whole_units_meet_money():
    result = MATCHER.match(as_mappings(CHARGES), SHIPMENTS)

    assert EXPECTED == result.pairs.select("left", "right").rows()
    assert EXPECTED == MATCHER.match(CHARGES, as_mappings(SHIPMENTS)).pairs.select("left", "right").rows()


def test_groups_hold_the_callers_own_objects():
    groups = MATCHER.match(CHARGES, SHIPMENTS).groups()

    assert groups[0].left[0] is CHARGES[2]
    assert groups[0].right[0] is SHIPMENTS[0]


def test_groups_of_tables_hold_records_and_groups_of_frames_hold_rows():
    groups = MATCHER.match(Table.from_records(CHARGES), Table.from_records(SHIPMENTS).to_polars()).groups()

    assert [(CHARGES[2],), (CHARGES[3],)] == [group.left for group in groups]
    assert ["SF1012345678902", "SF1012345678903"] == [group.right[0]["tracking_no"] for group in groups]


def test_nothing_of_the_callers_is_changed():
    frame = Table.from_records(CHARGES).to_polars()
    pandas_frame = frame.to_pandas()
    kept, kept_pandas, kept_records = frame.clone(), pandas_frame.copy(), [attrs.evolve(record) for record in CHARGES]

    MATCHER.match(frame, SHIPMENTS)
    MATCHER.match(pandas_frame, SHIPMENTS)
    MATCHER.match(CHARGES, SHIPMENTS)

    assert kept.equals(frame)
    pd.testing.assert_frame_equal(kept_pandas, pandas_frame)
    assert kept_records == CHARGES


def test_ids_that_pandas_made_numbers_still_match_text():
    left = pd.DataFrame({"k": [12345678.0, None]})  # pandas keeps ids as floats once one is missing
    right = pl.DataFrame({"k": ["12345678", None]})

    assert [(0, 0)] == Matcher([Rule("r", on=[Exact("k")])]).match(left, right).pairs.select("left", "right").rows()


HOSTILE = [
    "row",
    "twin",
    "rank",
    "left",
    "right",
    "key0",
    "hash",
    "has_key",
    "form",
    "cost",
    "passes",
    "left:row",
    "steps",
    "unit",
]


@pytest.mark.parametrize("key", HOSTILE)
def test_columns_may_be_called_anything(key):
    names = [key, *(name for name in HOSTILE if name != key)]
    left, right = (
        pl.DataFrame({name: [f"SF101234567{last}{at}" for at in range(3)] * 2 for name in names}) for last in (1, 2)
    )
    gates = [Same(*names[1:])]
    rules = [
        Rule("exact", on=[Exact(*names)], given=gates),
        Rule("fuzzy", on=[Fuzzy(key)], given=[Same(names[1])]),
        Rule("shared", on=[Exact(key)], pairing="n:1"),
        Rule("doubt", on=[Fuzzy(key)]),
    ]
    matcher = Matcher(rules)

    assert 6 == matcher.match(left, left.clone()).pairs.height
    found = matcher.match(left, right)
    assert {"suggested"} == set(found.pairs["status"])
    assert "suggested" == found.explain(left=0).status
