"""Records become columns and come back as they were, for every record class."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import ROUND_DOWN, Decimal, localcontext
from zoneinfo import ZoneInfo

import attrs
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moneyed import Money

from strategies import RECORDS, records
from tieout.errors import InputError, InvalidField
from tieout.model import (
    CourierCharge,
    CourierInvoice,
    Event,
    JournalLine,
    MatchGroup,
    Order,
    OrderLine,
    Payout,
    Piece,
    Place,
    Provenance,
    Shipment,
    Voucher,
)
from tieout.tables import Table, frame_of, schema_of


def cny(text):
    return Money(text, "CNY")


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
@settings(max_examples=15)
@given(st.data())
def test_records_there_and_back(kind, data):
    items = data.draw(st.lists(records(kind), max_size=4))
    with localcontext(prec=3, rounding=ROUND_DOWN):
        table = Table.from_records(items, kind)
        back = list(table)

    assert items == back
    assert len(items) == len(table)
    assert schema_of(kind) == dict(table.to_polars().schema)


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
@settings(max_examples=5)
@given(st.data())
def test_columns_there_and_back(kind, data):
    table = Table.from_records(data.draw(st.lists(records(kind), min_size=1, max_size=3)))

    assert table == Table.from_records(list(table))
    assert table == Table.from_frame(table.to_polars(), kind)
    assert table == Table.from_frame(table.to_polars().select(reversed(table.columns)), kind)


@pytest.mark.parametrize(
    "zones",
    [(UTC,), (UTC, ZoneInfo("UTC"), timezone(timedelta(hours=5, minutes=45))), (UTC, ZoneInfo("America/New_York"))],
    ids=["utc", "fixed", "summer time"],
)
def test_moments_are_instants_to_the_microsecond(zones):
    years = (2, 1969, 1970, 2026, 9998)
    moments = [datetime(year, 11, 1, 1, 30, 7, 654321, tzinfo=zone, fold=1) for year in years for zone in zones]
    charges = [CourierCharge(charge_type="base", amount=cny("1"), created_at=moment) for moment in (None, *moments)]

    first, *found = Table.from_records(charges).to_polars()["created_at"].to_list()

    assert first is None
    assert [moment.astimezone(UTC) for moment in moments] == found


def test_a_record_becomes_the_columns_that_its_fields_say():
    moment = datetime(2026, 10, 1, 8, 30, tzinfo=UTC)
    line = CourierCharge(
        charge_type="base",
        amount=cny("8.10"),
        list_amount=cny("9.00"),
        billed_weight_g=Decimal("1000.5"),
        ship_date=date(2026, 10, 1),
        created_at=moment,
        dest=Place(province="广东", city="深圳"),
        provenance=Provenance(format="sf_monthly_bill", file="bill.xlsx", line=14),
        raw={"备注": "轻放"},
    )

    (row,) = Table.from_records([line]).to_polars().to_dicts()

    assert {
        "charge_type": "base",
        "leg": "outbound",
        "amount_minor": 810,
        "list_amount_minor": 900,
        "currency": "CNY",
        "billed_weight_g": Decimal("1000.5"),
        "ship_date": date(2026, 10, 1),
        "created_at": moment,
        "dest_province": "广东",
        "dest_city": "深圳",
        "source_format": "sf_monthly_bill",
        "source_file": "bill.xlsx",
        "source_line": 14,
        "raw": '{"备注": "轻放"}',
    } == {name: value for name, value in row.items() if value is not None}


@pytest.mark.parametrize(
    ("kind", "column", "dtype"),
    [
        (CourierCharge, "amount_minor", pl.Int64),
        (CourierCharge, "currency", pl.String),
        (CourierCharge, "billed_weight_g", pl.Decimal(28, 8)),
        (CourierCharge, "created_at", pl.Datetime("us", "UTC")),
        (CourierCharge, "ship_date", pl.Date),
        (CourierCharge, "leg", pl.String),
        (CourierCharge, "raw", pl.String),
        (CourierCharge, "source_line", pl.Int64),
        (CourierCharge, "origin_postcode", pl.String),
        (Shipment, "is_residential", pl.Boolean),
        (Shipment, "requested", pl.List(pl.String)),
        (
            Shipment,
            "pieces",
            pl.List(pl.Struct(dict.fromkeys(["weight_g", "length_cm", "width_cm", "height_cm"], pl.Decimal(28, 8)))),
        ),
        (Payout, "bank_amount_currency", pl.String),
        (Voucher, "number", pl.Int64),
    ],
)
def test_the_type_of_a_column_follows_the_type_of_its_field(kind, column, dtype):
    assert dtype == schema_of(kind)[column]


def test_a_record_with_a_currency_of_its_own_has_one_currency_column():
    names = list(schema_of(CourierInvoice))

    assert 1 == names.count("currency")
    assert names.index("currency") < names.index("total_minor")


def test_amounts_of_every_exponent_stand_side_by_side():
    amounts = [Money("8.10", "CNY"), Money("8", "JPY"), Money("8.123", "KWD"), Money("-8.1234", "CLF")]
    table = Table.from_records([CourierCharge(charge_type="base", amount=amount) for amount in amounts])

    assert [810, 8, 8123, -81234] == table.to_polars()["amount_minor"].to_list()
    assert amounts == [line.amount for line in table]


def test_the_currency_is_that_of_whichever_amount_is_there():
    table = Table.from_records(
        [
            OrderLine(quantity=1),
            OrderLine(quantity=1, unit_price=Money(1, "JPY")),
            OrderLine(quantity=1, unit_cost=Money(1, "USD")),
        ]
    )

    assert [None, "JPY", "USD"] == table.to_polars()["currency"].to_list()
    assert [None, Money(1, "USD")] == [table[0].unit_price, table[2].unit_cost]


def test_foreign_amounts_keep_their_currency():
    payouts = [
        Payout(payout_id="1", amount=Money(-100, "USD"), bank_amount=cny("712.34")),
        Payout(payout_id="2", amount=Money(-100, "USD")),
    ]
    line = JournalLine(line_no=1, summary="s", account="1", debit=cny("71.23"), foreign_amount=Money("10.00", "USD"))

    assert payouts == list(Table.from_records(payouts))
    assert [line] == list(Table.from_records([line]))


def test_equal_places_and_amounts_come_back_as_one_object():
    lines = [CourierCharge(charge_type="base", amount=cny("8.10"), dest=Place(city="深圳")) for _ in range(2)]

    first, second = Table.from_records(lines)

    assert first.dest is second.dest
    assert first.amount is second.amount


def test_lists_come_back_in_order_with_empty_ones_among_them():
    pieces = [Piece(weight_g=Decimal(weight)) for weight in (3, 1, 2)]
    parcels = [
        Shipment(tracking_no="1"),
        Shipment(tracking_no="2", pieces=pieces, requested=["b", "a"]),
        Shipment(tracking_no="3"),
        Shipment(tracking_no="4", pieces=pieces[:1], requested=["c"]),
    ]

    table = Table.from_records(parcels)

    assert parcels == list(table)
    assert [[], ["b", "a"], [], ["c"]] == table.to_polars()["requested"].to_list()


def test_records_with_lines_inside_lines_of_provenance_come_back():
    sources = [Provenance(file="a.csv", line=1, line_end=3), Provenance(file="b.csv", line=7)]
    event = Event(
        event_id="1",
        kind="courier.bill",
        occurred_on=date(2026, 10, 31),
        document="d",
        amount=cny("1"),
        sources=sources,
    )

    assert tuple(sources) == Table.from_records([event])[0].sources


def test_many_records_are_the_same_as_few():
    lines = [
        CourierCharge(charge_type="base", amount=Money(position, "JPY"), tracking_no=f"T{position}")
        for position in range(100_001)
    ]

    table = Table.from_records(lines)

    assert lines == list(table)
    assert lines[100_000] == table[100_000] == table[-1]


def test_a_mapping_written_by_polars_comes_back_without_its_nulls():
    frame = pl.DataFrame(
        {"charge_type": ["base"], "amount_minor": [1], "currency": ["CNY"], "raw": ['{"a":"1","b":null,"c":2}']}
    )

    assert {"a": "1", "c": "2"} == Table.from_frame(frame, CourierCharge)[0].raw


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (
            CourierCharge(charge_type="base", amount=cny("1"), billed_weight_g=Decimal("2.8349523125")),
            "CourierCharge.billed_weight_g: 2.8349523125 has more than the 8 decimals that a column holds",
        ),
        (
            CourierCharge(charge_type="base", amount=cny("1"), billed_weight_g=Decimal("1E-9")),
            "CourierCharge.billed_weight_g: 1E-9 has more than the 8 decimals that a column holds",
        ),
        (
            CourierCharge(charge_type="base", amount=cny("1"), billed_weight_g=Decimal("1E+20")),
            "CourierCharge.billed_weight_g: a value has more digits than Decimal(precision=28, scale=8) holds",
        ),
        (
            CourierCharge(charge_type="base", amount=cny("1e17")),
            "CourierCharge.amount: an amount does not fit 64 bits of minor units",
        ),
        (
            CourierCharge(charge_type="base", amount=cny("1e40")),
            "CourierCharge.amount: a value has more digits than Decimal(precision=38, scale=4) holds",
        ),
        (Provenance(file="a", line=2**63), "Provenance.line: a value does not fit a column of type Int64"),
        (Provenance(file="\ud800"), "Provenance.file: a value does not fit a column of type String"),
        (
            Shipment(tracking_no="1", requested=["a", "\ud800"]),
            "Shipment.requested: a value does not fit a column of type String",
        ),
    ],
)
def test_what_no_column_holds_is_refused_and_not_cut_off(record, message):
    with pytest.raises(InvalidField) as caught:
        Table.from_records([record])

    assert message == str(caught.value).partition("\nHint")[0]


@given(
    st.lists(
        st.decimals(allow_nan=False, allow_infinity=False, places=8, min_value=-(10**15), max_value=10**15), max_size=5
    )
)
def test_decimals_in_any_notation_come_back(values):
    spelled = [value.normalize() for value in values]
    parcels = [Shipment(tracking_no="1", weight_scale_g=value) for value in spelled]

    assert values == [parcel.weight_scale_g for parcel in Table.from_records(parcels, Shipment)]


def test_what_is_no_record_has_no_schema():
    with pytest.raises(InputError, match="is not a record class"):
        schema_of(str)
    with pytest.raises(InputError, match=r"field left of MatchGroup holds typing\.Any, which no column holds"):
        schema_of(MatchGroup)


def test_a_field_that_no_column_holds_is_named():
    @attrs.frozen
    class Mine:
        ratio: complex

    with pytest.raises(InputError, match="field ratio of Mine is of a type no column holds: <class 'complex'>"):
        schema_of(Mine)


def test_a_place_by_itself_is_a_table_too():
    places = [Place(city="深圳"), Place()]

    assert places == list(Table.from_records(places))


def test_orders_of_nothing_keep_their_empty_lists():
    sale = Order(platform="pdd", platform_order_id="1", currency="CNY")

    assert [sale] == list(Table.from_records([sale]))
    assert [0] == Table.from_records([sale]).to_polars()["lines"].list.len().to_list()
    assert frame_of([sale]).equals(Table.from_records([sale]).to_polars())


@pytest.mark.parametrize(("amount", "code"), [("1.004", "CNY"), ("100.5", "JPY"), ("-0.001", "CNY")])
def test_an_amount_of_somebody_elses_record_that_is_finer_than_its_currency_is_refused_and_not_cut(amount, code):
    record = attrs.make_class("Theirs", {"amount": attrs.field(type=Money)}, frozen=True)

    with pytest.raises(InvalidField, match=rf"{amount} has more decimals than {code}"):
        Table.from_records([record(Money(amount, code))], record)
