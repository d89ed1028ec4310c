"""The currency of each column of money: which it is, and what is refused where nobody says it."""

import pytest
from moneyed import Money

import tieout
from tieout.errors import InputError
from tieout.model import LedgerLine, Order, Payout, Shipment
from tieout.sources import Amount
from tieout.sources._document import Document
from tieout.sources._table_format import TableFormat
from tieout.sources._words import Text

PAYOUTS = "id,amt,cur,bank,bcur\np1,10.00,EUR,1234,JPY\np2,11.00,EUR,12.345,KWD\np3,12.00,EUR,,\n"
COLUMNS = {"payout_id": "id", "amount": "amt", "currency": "cur", "bank_amount": "bank"}
PLAIN = {"payout_id": "id", "amount": "amt", "currency": "cur"}
PARCELS = {"tracking_no": "no", "cod_amount": "cod", "currency": "cur"}
ORDERS = {"platform_order_id": "no", "lines.sku": "sku", "lines.quantity": "n", "lines.unit_price": "price"}


def read(text, record=Payout, **more):
    constants = {"platform": "x", **more.pop("constants", {})} if record in {Payout, Order} else {"carrier": "sf"}
    return tieout.read(text.encode(), format="generic_table", record=record, constants=constants, **more)


def bank_amounts(batch):
    return [record.bank_amount for record in batch.records]


def test_an_amount_with_a_currency_of_its_own_is_read_in_it():
    batch = read(PAYOUTS, columns={**COLUMNS, "bank_amount_currency": "bcur"})

    assert [Money("1234", "JPY"), Money("12.345", "KWD"), None] == bank_amounts(batch)
    assert [Money("10.00", "EUR"), Money("11.00", "EUR"), Money("12.00", "EUR")] == [
        one.amount for one in batch.records
    ]


@pytest.mark.parametrize("more", [
    {"columns": COLUMNS, "constants": {"bank_amount_currency": "JPY"}},
    {"columns": {**COLUMNS, "bank_amount": {"column": "bank", "currency": "JPY"}}},
])  # fmt: skip
def test_one_currency_may_be_said_for_all_amounts_of_a_column(more):
    batch = read(PAYOUTS.replace("12.345", "12"), **more)

    assert [Money("1234", "JPY"), Money("12", "JPY"), None] == bank_amounts(batch)


def test_an_amount_whose_currency_its_line_does_not_say_is_a_reject():
    batch = read(PAYOUTS.replace("KWD", ""), columns={**COLUMNS, "bank_amount_currency": "bcur"})

    (reject,) = batch.rejects
    assert (3, "value.missing", "bank", "12.345") == (reject.line, reject.reason, reject.column, reject.found)
    assert "is an amount whose currency column 'bcur' does not say" in reject.what


def test_money_of_a_parcel_without_its_currency_is_a_reject_and_never_left_out():
    text = "no,cod,cur\n112233445566,100.00,CNY\n112233445567,50.00,\n112233445568,0.00,\n112233445569,5.00,YEN\n"
    batch = read(text, Shipment, columns=PARCELS)

    assert [Money("100.00", "CNY"), None] == [parcel.cod_amount for parcel in batch.records]
    assert [(3, "value.missing", "cod"), (5, "value.unknown", "cur")] == [
        (reject.line, reject.reason, reject.column) for reject in batch.rejects
    ]


def test_currencies_are_known_by_their_chinese_names():
    batch = read("no,cod,cur\n112233445566,100.00,美元\n", Shipment, columns=PARCELS)

    assert [Money("100.00", "USD")] == [parcel.cod_amount for parcel in batch.records]


def test_a_word_that_is_no_currency_is_a_reject_in_any_kind_of_column():
    columns = {**PARCELS, "currency": Text("cur", to="currency")}
    batch = read("no,cod,cur\n112233445566,100.00,CNY\n112233445567,50.00,RMB\n", Shipment, columns=columns)

    (reject,) = batch.rejects
    assert (3, "value.unknown", "RMB") == (reject.line, reject.reason, reject.found)


@pytest.mark.parametrize(("more", "where", "problem"), [
    ({"columns": COLUMNS}, "columns.bank_amount", "the currency of column 'bank' is not known"),
    (
        {"columns": {**COLUMNS, "bank_amount": {"gain": "bank", "loss": "amt"}}},
        "columns.bank_amount",
        "has a currency of its own",
    ),
    ({"columns": {**PLAIN, "amount": {"column": "amt", "currency": "JPY"}}}, "columns.amount", "is said to be in JPY"),
    ({"columns": {**PLAIN, "amount": {"column": "amt", "currency": "EURO"}}}, "columns.amount", "is no currency"),
    ({"columns": COLUMNS, "constants": {"bank_amount_currency": "YEN"}}, "bank_amount_currency", "is no currency"),
    ({"columns": PLAIN, "currency": "RMB"}, "currency", "is no currency"),
    ({"columns": {"payout_id": "id", "amount": "amt"}, "constants": {"currency": 5}}, "currency", "is no currency"),
    (
        {"columns": {"payout_id": "id", "amount": "amt", "currency": "cur"}, "values": {"currency": {"E": "EURO"}}},
        "values.currency.E",
        "is no currency",
    ),
])  # fmt: skip
def test_a_mapping_that_does_not_say_a_currency_is_refused_before_the_file_is_read(more, where, problem):
    with pytest.raises(InputError) as raised:
        read("other,captions\n1,2\n", **more)

    assert where == raised.value.where
    assert problem in raised.value.problem


def test_money_of_a_record_that_may_lack_its_currency_is_refused_without_one():
    with pytest.raises(InputError, match="the currency of column 'cod' is not known") as raised:
        read("no,cod\n", Shipment, columns={"tracking_no": "no", "cod_amount": "cod"})

    assert "columns.cod_amount" == raised.value.where


def test_a_format_of_somebody_else_is_told_what_its_column_lacks():
    columns = [Text("id", to="payout_id"), Amount("amt", to="amount"), Amount("bank", to="bank_amount")]
    form = TableFormat(record=Payout, columns=columns, currency="EUR", constants={"platform": "x"})

    with pytest.raises(InputError, match="the currency of column 'bank' is not known"):
        form.read(Document.of_bytes(PAYOUTS.encode()), name="x", options={})


def test_foreign_amounts_of_the_ledger_are_of_their_own_currency():
    text = "n,v,account,amt,f,fc\n1,1,1001,10.00,1500,JPY\n2,1,1002,-10.00,-12.345,KWD\n"
    columns = {"line_no": "n", "voucher_id": "v", "account": "account", "amount": "amt"}
    columns |= {"foreign_amount": "f", "foreign_amount_currency": "fc"}
    batch = tieout.read(
        (text.replace("n,", "d,n,", 1).replace("\n1,", "\n2026-01-02,1,").replace("\n2,", "\n2026-01-02,2,")).encode(),
        format="generic_table",
        record=LedgerLine,
        columns={**columns, "date": "d"},
        currency="CNY",
    )

    assert [Money("1500", "JPY"), Money("-12.345", "KWD")] == [line.foreign_amount for line in batch.records]


@pytest.mark.parametrize(("rows", "prices"), [
    ("1,A,2,1500,JPY\n1,B,1,300,\n2,A,1,12.50,USD\n", [("1500", "JPY"), ("300", "JPY"), ("12.50", "USD")]),
    ("1,A,2,1500,JPY\n2,A,1,12.345,KWD\n", [("1500", "JPY"), ("12.345", "KWD")]),
])  # fmt: skip
def test_prices_of_lines_are_in_the_currency_of_their_record(rows, prices):
    batch = read(f"no,sku,n,price,cur\n{rows}", Order, columns={**ORDERS, "currency": "cur"}, by=["platform_order_id"])

    assert [Money(*price) for price in prices] == [line.unit_price for order in batch.records for line in order.lines]


def test_a_currency_on_the_first_row_is_that_of_a_record_told_by_several_fields():
    columns = {**ORDERS, "shop_id": "shop", "currency": "cur"}
    rows = "a,1,A,2,1500,JPY\na,1,B,1,300,\nb,1,A,1,12.50,USD\nb,1,B,1,2.50,\n"
    batch = read(f"shop,no,sku,n,price,cur\n{rows}", Order, columns=columns, by=["shop_id", "platform_order_id"])

    prices = [[line.unit_price for line in order.lines] for order in batch.records]
    assert [[Money("1500", "JPY"), Money("300", "JPY")], [Money("12.50", "USD"), Money("2.50", "USD")]] == prices


@pytest.mark.parametrize(("columns", "more"), [
    ({"currency": "cur"}, {}),
    ({"lines.currency": "cur"}, {"currency": "JPY"}),
])  # fmt: skip
def test_a_record_with_lines_in_two_currencies_is_a_reject(columns, more):
    text = "no,sku,n,price,cur\n1,A,2,1500,JPY\n1,B,1,12.50,USD\n2,C,1,300,JPY\n"
    batch = read(text, Order, columns={**ORDERS, **columns}, by=["platform_order_id"], **more)

    assert ["2"] == [order.platform_order_id for order in batch.records]
    assert [(2, "record.incomplete"), (3, "amount.other_currency")] == [(one.line, one.reason) for one in batch.rejects]


@pytest.mark.parametrize("said", [
    {"inverse": "no"}, {"optional": "false"}, {"sign": "-"}, {"sign": 2}, {"implied": "two"}, {"implied": -3},
    {"nth": "1"}, {"nth": 0}, {"needed": 1},
])  # fmt: skip
def test_what_is_said_of_a_column_of_money_must_be_of_its_kind(said):
    columns = {"payout_id": "id", "amount": {"column": "amt", **said}}

    with pytest.raises(InputError, match="of a column cannot be") as raised:
        read(PAYOUTS, columns=columns, currency="EUR")
    assert "columns.amount" == raised.value.where


@pytest.mark.parametrize("key", ["charges_included", "amounts_included", "short_rows"])
def test_a_yes_or_no_that_is_a_text_is_refused_as_it_would_count_as_yes(key):
    with pytest.raises(InputError, match=f"{key} is true or false, got 'false'"):
        read(PAYOUTS, columns={"payout_id": "id", "amount": "amt"}, currency="EUR", **{key: "false"})


@pytest.mark.parametrize("said", [
    {"columns": {"payout_id": "id", "amount": "amt"}, "values": 5}, {"columns": ["amt"]}, {"columns": {5: "amt"}},
    {"columns": {"payout_id": []}}, {"required": 5}, {"by": 5}, {"footer": 5}, {"constants": {1: 2}}, {"date_format": 5},
    {"types": []}, {"amounts": {"amt": 5}}, {"charges": {"amt": []}}, {"mapping": {1: 2}}, {"values": {"status": {1: "paid"}}},
])  # fmt: skip
def test_a_mapping_of_the_wrong_kind_is_one_error_of_ours(said):
    options = {"columns": {"payout_id": "id", "amount": "amt"}, "currency": "EUR", **said}

    with pytest.raises(InputError):
        tieout.read(PAYOUTS.encode(), format="generic_table", record=Payout, **options)
