"""Amounts that a line says by several columns, the parts taken out of them, and columns that a file lacks."""

import polars as pl
import pytest

import tieout
from tieout.model import SettlementLine
from tieout.sources import Amount, Document, Key, Part, TableFormat, Text, by_direction, direction, fee_or_refund
from tieout.sources._content import Content


def derive(values):
    signed = by_direction(pl.col("_moved_minor"), pl.col("_direction"))
    in_dollars = pl.when(pl.col("_dollars_minor").is_not_null()).then(pl.lit("USD"))
    return values.with_columns(
        amount_minor=pl.coalesce("_dollars_minor", signed), currency=in_dollars.fill_null(pl.lit("CNY"))
    )


def shape(frame, _):
    return frame.with_columns(type=pl.col("type").fill_null("withdrawal"))


FUND = TableFormat(
    record=SettlementLine,
    currency="CNY",
    columns=(
        Key("流水号", to="line_id"),
        direction("方向"),
        Amount("金额", to="_moved"),
        Amount("美元", to="_dollars", currency="USD", optional=True),
        Part("货款", ("sale", "sale_refund")),
        Part("服务费", fee_or_refund("tech_service_fee"), optional=True),
        Text("备注", to="description", optional=True),
    ),
    parts_included=True,
    derive=derive,
    shape=shape,
)


def batch_of(text):
    return FUND.read(Document.of(Content(name="a.csv", data=text.encode())), name="a", options={})


def lines_of(batch):
    return batch.records.to_polars().select("line_id", "type", "amount_minor", "currency").rows()


def test_a_derived_amount_is_split_into_its_parts_whose_types_go_by_their_sign():
    batch = batch_of(
        "流水号,方向,金额,货款,服务费\nA1,入账,9.00,10.00,-1.00\nA2,出账,8.50,-9.00,0.50\nA3,出账,5.00,,\n"
    )

    assert [
        ("A1", "sale", 1000, "CNY"),
        ("A1", "tech_service_fee", -100, "CNY"),
        ("A2", "sale_refund", -900, "CNY"),
        ("A2", "fee_refund", 50, "CNY"),
        ("A3", "withdrawal", -500, "CNY"),
    ] == lines_of(batch)


def test_what_the_parts_do_not_explain_stays_as_a_line_of_its_own():
    batch = batch_of("流水号,方向,金额,货款\nA1,入账,9.00,10.00\n")

    assert [("A1", "withdrawal", -100, "CNY"), ("A1", "sale", 1000, "CNY")] == lines_of(batch)


def test_parts_that_cancel_out_leave_no_empty_line_beside_them():
    batch = batch_of("流水号,方向,金额,货款,服务费\nA1,入账,0,1.00,-1.00\nA2,入账,0,0,0\n")

    assert [
        ("A1", "sale", 100, "CNY"),
        ("A1", "tech_service_fee", -100, "CNY"),
        ("A2", "withdrawal", 0, "CNY"),
    ] == lines_of(batch)


def test_a_column_may_have_a_currency_of_its_own():
    batch = batch_of("流水号,方向,金额,美元,货款\nA1,入账,7.00,$1.00,\n")

    assert [("A1", "withdrawal", 100, "USD")] == lines_of(batch)


def test_a_reject_carries_the_derived_amount_unless_an_amount_is_what_is_wrong():
    batch = batch_of("流水号,方向,金额,货款\n1.2E+18,出账,9.00,-9.00\nA2,出账,9.00,x\n")

    assert [(-900, "CNY"), (None, None)] == [(reject.amount_minor, reject.currency) for reject in batch.rejects]


def test_a_blank_currency_is_the_formats_own():
    leaf = TableFormat(
        record=SettlementLine,
        currency="CNY",
        constants={"type": "sale"},
        columns=(Key("流水号", to="line_id"), Text("币种", to="currency", optional=True), Amount("金额", to="amount")),
    )
    text = "流水号,币种,金额\nA1,,1.00\nA2,JPY,1\n"

    batch = leaf.read(Document.of(Content(name="a.csv", data=text.encode())), name="a", options={})

    assert [(100, "CNY"), (1, "JPY")] == batch.records.to_polars().select("amount_minor", "currency").rows()


@pytest.mark.parametrize(
    ("refund", "advanced", "gains", "lines"),
    [
        (0, 20, 80, [("sale", 10000), ("adjustment", -2000)]),
        (0, -20, 80, [("sale", 10000), ("adjustment", -2000)]),
        (0, 20, 100, [("sale", 10000)]),
        (10, 20, 90, [("sale", 10000), ("sale_refund", -1000)]),
        (10, 20, 70, [("sale", 10000), ("sale_refund", -1000), ("adjustment", -2000)]),
        (10, 10, 80, [("sale", 10000), ("sale_refund", -1000), ("adjustment", -1000)]),
        (10, 10, 90, [("sale", 10000), ("unknown", -1000)]),
    ],
)
def test_what_a_douyin_merchant_advanced_is_a_line_where_the_sum_lacks_it(refund, advanced, gains, lines):
    text = (
        "结算时间,订单号,子订单号,结算金额,结算单类型,用户实付,结算前退款金额,政府补贴商家垫资,收入合计,平台服务费,支出合计\n"
        f"2026-05-10 08:00:00,6901,6901,{gains - 5},已结算,100,{refund},{advanced},{gains},-5,-5\n"
    )

    batch = tieout.read(text.encode(), format="douyin_settlement")

    found = batch.records.to_polars().select("type", "amount_minor").rows()
    assert sorted([*lines, ("tech_service_fee", -500)]) == sorted(found)
    assert batch.control.holds is (("unknown", -1000) not in lines)
