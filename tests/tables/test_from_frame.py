"""Frames of other people become Tables exactly, or not at all."""

from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moneyed import Money

from strategies import money
from tieout.errors import InputError, InvalidField, MissingColumn, TieoutError, UnknownCurrency, WrongColumnType
from tieout.model import CourierCharge, Order, OrderLine, Payout, Piece, Place, Shipment
from tieout.tables import Table


def charges(**columns):
    """A Table of the least that a charge needs, and these columns."""
    rows = max([len(values) for values in columns.values() if isinstance(values, list)] or [1])
    needed = {"charge_type": ["base"] * rows}
    if not {"amount", "amount_minor"} & set(columns):
        needed["amount_minor"] = [100] * rows
    return Table.from_frame(pl.DataFrame({**needed, "currency": "CNY", **columns}), CourierCharge)


def refused(error, build):
    with pytest.raises(TieoutError) as caught:
        build()
    assert error is type(caught.value)
    return str(caught.value)


def test_columns_may_be_few_and_in_any_order():
    frame = pl.DataFrame({"currency": ["CNY"], "amount_minor": [810], "charge_type": ["base"]})

    assert [CourierCharge(charge_type="base", amount=Money("8.10", "CNY"))] == list(
        Table.from_frame(frame, CourierCharge)
    )


def test_absent_and_null_cells_take_the_default_of_the_field():
    assert ["outbound"] == charges().to_polars()["leg"].to_list()
    assert ["outbound", "return"] == charges(leg=[None, "return"]).to_polars()["leg"].to_list()
    assert [None] == charges().to_polars()["tracking_no"].to_list()


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [
        ("tracking_no", ["SF1", " ", "", None], ["SF1", None, None, None]),
        ("tracking_no", pl.Series(["SF1"], dtype=pl.Categorical), ["SF1"]),
        ("tracking_no", [None], [None]),
        ("amount_minor", pl.Series([5], dtype=pl.UInt8), [5]),
        ("amount_minor", pl.Series([Decimal("5.00")]), [5]),
        ("billed_weight_g", [500], [Decimal(500)]),
        ("billed_weight_g", pl.Series([Decimal("1.5000000000")], dtype=pl.Decimal(38, 10)), [Decimal("1.5")]),
        ("ship_date", [date(2026, 10, 1)], [date(2026, 10, 1)]),
        (
            "created_at",
            pl.Series([datetime(2026, 10, 1, tzinfo=UTC)]).dt.convert_time_zone("Asia/Shanghai"),
            [datetime(2026, 10, 1, tzinfo=UTC)],
        ),
        (
            "created_at",
            pl.Series([datetime(2026, 10, 1, tzinfo=UTC)], dtype=pl.Datetime("ns", "UTC")),
            [datetime(2026, 10, 1, tzinfo=UTC)],
        ),
    ],
)
def test_what_can_be_cast_exactly_is(column, values, expected):
    assert expected == charges(**{column: values}).to_polars()[column].to_list()


@pytest.mark.parametrize(
    ("column", "values", "error", "text"),
    [
        ("billed_weight_g", [500.0], WrongColumnType, "CourierCharge: column 'billed_weight_g' is Float64, needed Decimal(precision=28, scale=8)\nHint: weights and rates are exact: cast to Decimal first"),
        ("billed_weight_g", ["500"], WrongColumnType, "CourierCharge: column 'billed_weight_g' is String, needed Decimal(precision=28, scale=8)"),
        ("amount_minor", [1.0], WrongColumnType, "CourierCharge: column 'amount_minor' is Float64, needed Int64\nHint: weights and rates are exact: cast to Decimal first"),
        ("amount_minor", [True], WrongColumnType, "CourierCharge: column 'amount_minor' is Boolean, needed Int64"),
        ("amount_minor", ["1"], WrongColumnType, "CourierCharge: column 'amount_minor' is String, needed Int64"),
        ("amount_minor", [Decimal("1.5")], WrongColumnType, "CourierCharge: column 'amount_minor' has more decimals than Int64 holds\nHint: round it as the contract says first"),
        ("amount_minor", pl.Series([2**63], dtype=pl.UInt64), WrongColumnType, "CourierCharge: column 'amount_minor' holds values that do not fit Int64"),
        ("billed_weight_g", [Decimal("1.123456789")], WrongColumnType, "CourierCharge: column 'billed_weight_g' has more decimals than Decimal(precision=28, scale=8) holds\nHint: round it as the contract says first"),
        ("tracking_no", [123], WrongColumnType, "CourierCharge: column 'tracking_no' is Int64, needed String"),
        ("ship_date", ["2026-10-01"], WrongColumnType, "CourierCharge: column 'ship_date' is String, needed Date\nHint: make it a date first, such as by str.to_date"),
        ("ship_date", [datetime(2026, 10, 1, tzinfo=UTC)], WrongColumnType, "CourierCharge: column 'ship_date' is Datetime(time_unit='us', time_zone='UTC'), needed Date\nHint: make it a date first, such as by str.to_date"),
        ("created_at", [datetime(2026, 10, 1)], WrongColumnType, "CourierCharge: column 'created_at' is Datetime(time_unit='us', time_zone=None), needed Datetime(time_unit='us', time_zone='UTC')\nHint: give it a time zone"),  # noqa: DTZ001 - that is the point
        ("created_at", [date(2026, 10, 1)], WrongColumnType, "CourierCharge: column 'created_at' is Date, needed Datetime(time_unit='us', time_zone='UTC')\nHint: give it a time zone"),
        ("charge_type", ["base", None], InvalidField, "CourierCharge.charge_type: a value is needed, row 1 has none"),
        ("charge_type", ["base", " "], InvalidField, "CourierCharge.charge_type: a value is needed, row 1 has none"),
        ("amount_minor", [1, None], InvalidField, "CourierCharge.amount_minor: a value is needed, row 1 has none"),
        ("leg", ["outbound", "sideways"], InvalidField, "CourierCharge.leg: 'sideways' is not one of its words; known: outbound, return, intercept, reship, round_trip"),
        ("traking_no", ["SF1"], InputError, "columns 'traking_no' belong to no field of CourierCharge\nHint: traking_no: did you mean tracking_no?"),
        ("zzz", ["SF1"], InputError, "columns 'zzz' belong to no field of CourierCharge"),
    ],
)  # fmt: skip
def test_what_cannot_be_held_exactly_is_refused(column, values, error, text):
    assert text == refused(error, lambda: charges(**{column: values}))


def test_what_is_missing_is_named_with_what_was_found():
    text = refused(MissingColumn, lambda: Table.from_frame(pl.DataFrame({"tracking_no": ["SF1"]}), CourierCharge))

    assert (
        "CourierCharge: columns 'charge_type', 'amount_minor', 'currency' not found; columns found: 'tracking_no'"
        == text
    )


@pytest.mark.parametrize(
    ("amounts", "code", "minor"),
    [
        (["8.10", "-3", " 7.5 ", "", None], "CNY", [810, -300, 750, None, None]),
        ([Decimal("8.10"), Decimal("-3.00")], "CNY", [810, -300]),
        (pl.Series([Decimal("8.100000")], dtype=pl.Decimal(38, 6)), "CNY", [810]),
        ([8, -3], "CNY", [800, -300]),
        (["8"], "JPY", [8]),
        (["8.123"], "KWD", [8123]),
        (["92233720368547758.07"], "CNY", [2**63 - 1]),
        ([None], "CNY", [None]),
    ],
)
def test_amounts_in_whole_units_become_minor_units(amounts, code, minor):
    rows = len(amounts)
    frame = pl.DataFrame({"tracking_no": ["SF1"] * rows, "declared_value": amounts})

    assert minor == Table.from_frame(frame, Shipment, currency=code).to_polars()["declared_value_minor"].to_list()


def test_amounts_of_several_currencies_each_follow_their_own():
    codes = ["CNY", "JPY", "KWD", "CLF"]
    table = charges(amount=["8.10", "8", "8.123", "8.1234"], currency=codes)

    assert [810, 8, 8123, 81234] == table.to_polars()["amount_minor"].to_list()


@pytest.mark.parametrize(
    ("amounts", "error", "text"),
    [
        ([8.1], WrongColumnType, "amount: column 'amount' is float; money is Decimal, text or whole minor units"),
        ([True], WrongColumnType, "amount: column 'amount' is Boolean; money is Decimal, text or whole minor units"),
        (["8.10", "1,234.50"], WrongColumnType, "column 'amount', row 1: '1,234.50' is not an exact amount"),
        (["8.10", "12,5O"], WrongColumnType, "column 'amount', row 1: '12,5O' is not an exact amount"),
        (["1e5"], WrongColumnType, "column 'amount', row 0: '1e5' is not an exact amount"),
        (["NaN"], WrongColumnType, "column 'amount', row 0: 'NaN' is not an exact amount"),
        (["٣"], WrongColumnType, "column 'amount', row 0: '٣' is not an exact amount"),
        (["1.00", "8.001"], WrongColumnType, "column 'amount', row 1: 8.001 has more decimals than CNY"),
        (["8.0000001"], WrongColumnType, "column 'amount', row 0: 8.0000001 has more decimals than CNY"),
        ([Decimal("8.001")], WrongColumnType, "column 'amount', row 0: 8.001 has more decimals than CNY"),
        (
            ["92233720368547758.08"],
            WrongColumnType,
            "column 'amount' holds an amount that does not fit 64 bits of minor units",
        ),
        (["1" * 40], WrongColumnType, "column 'amount' holds an amount that does not fit 64 bits of minor units"),
        (["8.10", None], InvalidField, "CourierCharge.amount_minor: a value is needed, row 1 has none"),
    ],
)
def test_amounts_that_are_not_exact_are_refused(amounts, error, text):
    assert text == refused(error, lambda: charges(amount=amounts))


@given(st.lists(money(), max_size=6))
def test_amounts_come_in_as_text_or_decimal(values):
    frame = pl.DataFrame(
        {
            "charge_type": ["base"] * len(values),
            "amount": [f"{value.amount:f}" for value in values],
            "currency": [value.currency.code for value in values],
        },
        schema={"charge_type": pl.String, "amount": pl.String, "currency": pl.String},
    )
    as_decimals = frame.with_columns(pl.col("amount").cast(pl.Decimal(38, 4)))

    assert values == [line.amount for line in Table.from_frame(frame, CourierCharge)]
    assert values == [line.amount for line in Table.from_frame(as_decimals, CourierCharge)]


def test_a_currency_is_filled_in_only_where_there_is_none():
    frame = pl.DataFrame({"charge_type": ["base"] * 2, "amount_minor": [1, 1], "currency": ["USD", None]})

    assert ["USD", "CNY"] == Table.from_frame(frame, CourierCharge, currency="CNY").to_polars()["currency"].to_list()


def test_currencies_that_are_none_are_refused():
    base = pl.DataFrame({"charge_type": ["base"], "amount_minor": [1]})
    said = base.with_columns(currency=pl.lit("RMB"))

    with pytest.raises(UnknownCurrency):
        Table.from_frame(base, CourierCharge, currency="RMB")
    assert "CourierCharge.currency: 'RMB' is not an ISO 4217 currency code" == refused(
        InvalidField, lambda: Table.from_frame(said, CourierCharge)
    )
    assert "CourierCharge.currency: 'RMB' is not an ISO 4217 currency code" == refused(
        InvalidField, lambda: Table.from_frame(said.rename({"amount_minor": "amount"}), CourierCharge)
    )
    assert "currency: Place has no amounts, so it has no currency" == refused(
        InputError, lambda: Table.from_frame(pl.DataFrame({"city": ["a"]}), Place, currency="CNY")
    )


@pytest.mark.parametrize("amounts", [{"declared_value_minor": [None, 5]}, {"declared_value": [None, "5"]}])
def test_no_amount_passes_without_a_currency(amounts):
    frame = pl.DataFrame({"tracking_no": ["a", "b"], "currency": ["CNY", None], **amounts})

    assert "Shipment.currency: row 1 has an amount but no currency" == refused(
        InvalidField, lambda: Table.from_frame(frame, Shipment)
    )


def test_amounts_in_whole_units_need_to_be_told_their_currency():
    frame = pl.DataFrame({"charge_type": ["base"], "amount": ["1"]})

    text = refused(MissingColumn, lambda: Table.from_frame(frame, CourierCharge))

    assert (
        "CourierCharge: column 'currency' not found; columns found: 'charge_type', 'amount'\nHint: or give currency=..."
        == text
    )


def test_a_foreign_amount_follows_its_own_currency_column():
    frame = pl.DataFrame(
        {
            "payout_id": ["1"],
            "amount": ["-10.00"],
            "currency": ["USD"],
            "bank_amount": ["1500"],
            "bank_amount_currency": ["JPY"],
        }
    )
    (payout,) = Table.from_frame(frame, Payout)

    assert Money(1500, "JPY") == payout.bank_amount
    assert "Payout: column 'bank_amount_currency' not found" in refused(
        MissingColumn, lambda: Table.from_frame(frame.drop("bank_amount_currency"), Payout)
    )
    assert "Payout.bank_amount_currency: row 0 has an amount but no currency" == refused(
        InvalidField,
        lambda: Table.from_frame(frame.with_columns(bank_amount_currency=pl.lit(None, dtype=pl.String)), Payout),
    )


def test_both_forms_of_an_amount_at_once_are_refused():
    assert "columns 'amount' belong to no field" in refused(
        InputError, lambda: charges(amount=["1"], amount_minor=[100])
    )


def parcels(column, values, dtype=None):
    return Table.from_frame(
        pl.DataFrame({"tracking_no": ["a"] * len(values), column: pl.Series(values, dtype=dtype)}), Shipment
    )


def test_lists_come_in_with_the_fields_they_have():
    table = parcels("pieces", [[{"weight_g": 500, "length_cm": Decimal("10.5")}], [], None])

    assert [(Piece(weight_g=500, length_cm=Decimal("10.5")),), (), ()] == [parcel.pieces for parcel in table]


def test_lists_of_texts_come_in():
    kinds = pl.List(pl.Categorical)

    assert [("signature",), ()] == [parcel.requested for parcel in parcels("requested", [["signature"], []], kinds)]
    assert [("signature",), ()] == [parcel.requested for parcel in parcels("requested", [["signature"], None])]
    assert [()] == [parcel.requested for parcel in parcels("requested", [None])]


@pytest.mark.parametrize(
    ("column", "values", "hint"),
    [
        ("pieces", [[{"weight_g": 1.5}]], "weights and rates are exact: cast to Decimal first"),
        ("pieces", [[{"weight_g": Decimal("1.123456789")}]], "round its decimals first"),
        ("pieces", [[{"weight_g": 1, "weigth": 1}]], "weigth: no such field"),
        ("pieces", [["a"]], None),
        ("pieces", ["a"], None),
        ("requested", [[1]], None),
        ("requested", [{"a": 1}], None),
    ],
)
def test_lists_that_cannot_be_held_exactly_are_refused(column, values, hint):
    text = refused(WrongColumnType, lambda: parcels(column, values))

    assert f"Shipment: column {column!r} is " in text
    assert hint is None or text.endswith(f"\nHint: {hint}")


def test_lines_of_orders_come_in_with_their_amounts():
    line = {"quantity": Decimal(2), "unit_price_minor": 5990, "currency": "CNY", "sku": "A"}
    frame = pl.DataFrame({"platform": ["pdd"], "platform_order_id": ["1"], "currency": ["CNY"], "lines": [[line]]})

    (order,) = Table.from_frame(frame, Order)

    assert (OrderLine(quantity=2, unit_price=Money("59.90", "CNY"), sku="A"),) == order.lines
    assert Money("119.80", "CNY") == order.buyer_payable
