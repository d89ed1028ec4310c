"""Signed amounts, types of lines, and chains of balances, by a leaf made for the test."""

import polars as pl
import pytest

import tieout
from tieout.model import SettlementLine
from tieout.sources import (
    Amount,
    Document,
    Key,
    Moment,
    Part,
    Remark,
    TableFormat,
    Text,
    balance_checks,
    by_direction,
    direction,
    fee_or_refund,
    line_type_expr,
    note_unknown,
)
from tieout.sources._content import Content

TYPES = {"货款": ("sale", "sale_refund"), "佣金": fee_or_refund("commission")}


def shape(frame, reading):
    amount = by_direction(pl.col("_amount_minor"), pl.col("_direction"))
    frame = frame.with_columns(amount_minor=amount)
    frame = frame.with_columns(type=line_type_expr(pl.col("_words"), TYPES, amount=pl.col("amount_minor")))
    note_unknown(reading, frame, "_words")
    return frame


def checks(reading):
    moved = by_direction(pl.col("_amount_minor"), pl.col("_direction"))
    reading.values = reading.values.with_columns(_moved_minor=moved)
    yield from balance_checks(reading, amount="_moved_minor")


FUND = TableFormat(
    record=SettlementLine,
    currency="CNY",
    columns=(
        Key("流水号", to="line_id"),
        Text("项目", to="_words"),
        direction("收支"),
        Amount("金额", to="_amount"),
        Amount("余额", to="_balance"),
        Remark("备注", to="description", optional=True),
    ),
    shape=shape,
    checks=checks,
)


def batch_of(text, leaf=FUND, **options):
    return leaf.read(Document.of(Content(name="a.csv", data=text.encode())), name="a", options=options)


HEADER = "流水号,项目,收支,金额,余额,备注\n"
LINES = [
    "A1,货款,收入,10.00,110.00,",
    "A2,佣金,支出,1.00,109.00,",
    "A3,货款,支出,-9.00,100.00,",
    "A4,佣金,收入,0.50,100.50,",
]


@pytest.mark.parametrize("lines", [LINES, LINES[::-1]])
def test_directions_types_and_balances(lines):
    batch = batch_of(HEADER + "\n".join(lines) + "\n")

    found = batch.records.to_polars().sort("line_id").select("type", "amount_minor").rows()
    assert [("sale", 1000), ("commission", -100), ("sale_refund", -900), ("fee_refund", 50)] == found
    assert batch.control.holds
    assert {"opening balance": 10000, "movements": 50} == batch.control.checks[-1].parts


def test_a_line_that_is_gone_interrupts_the_chain_where_it_was():
    batch = batch_of(HEADER + "\n".join([LINES[0], *LINES[2:]]) + "\n")

    assert not batch.control.holds
    assert [(3, "the balance is 100.00, the line before and the amount make 101.00")] == [
        (finding.line, finding.text) for finding in batch.control.findings
    ]


def test_lines_without_a_balance_are_counted_towards_the_next():
    batch = batch_of(HEADER + "\n".join([LINES[0], "A2,佣金,支出,1.00,,", *LINES[2:]]) + "\n")

    assert batch.control.holds


def test_a_direction_that_is_no_word_is_a_reject():
    batch = batch_of(HEADER + LINES[0] + "\nA2,佣金,上,1.00,109.00,\n")

    assert ["value.unknown"] == [reject.reason for reject in batch.rejects]


def test_unknown_words_are_told_and_remarks_masked():
    batch = batch_of(HEADER + "A1,彩票,收入,1.00,1.00,打 13800138000\n")
    kept = batch_of(HEADER + "A1,彩票,收入,1.00,1.00,打 13800138000\n", keep_pii=True)

    assert ["line_type.unknown: 1 lines are of an unknown type: '彩票' (1)"] == [str(note) for note in batch.notes]
    assert ["打 138****8000"] == [line.description for line in batch.records]
    assert ["打 13800138000"] == [line.description for line in kept.records]


def test_unknown_words_are_told_without_a_phone_among_them():
    batch = batch_of(HEADER + "A1,彩票13800138000,收入,1.00,1.00,\n")

    assert ["line_type.unknown: 1 lines are of an unknown type: '彩票138****8000' (1)"] == [
        str(note) for note in batch.notes
    ]


def test_parts_of_a_line_become_lines_of_their_own():
    leaf = TableFormat(
        record=SettlementLine,
        currency="EUR",
        timezone="UTC",
        columns=(
            Key("id", to="line_id"),
            Moment("at", to="posted_at"),
            Part("gross", "sale"),
            Part("fee", "payment_fee", negate=True, words="card fee"),
        ),
    )

    batch = batch_of("id,at,gross,fee\nA1,2026-05-01 10:00:00,10.00,0.30\nA2,2026-05-02 10:00:00,5.00,0\n", leaf)

    assert [
        ("A1", "sale", 1000, "gross"),
        ("A1", "payment_fee", -30, "card fee"),
        ("A2", "sale", 500, "gross"),
    ] == batch.records.to_polars().select("line_id", "type", "amount_minor", "description").rows()


def test_one_of_several_columns_must_be_filled():
    leaf = TableFormat(
        record=SettlementLine,
        currency="EUR",
        columns=(Key("id", to="line_id"), Amount("in", to="_in"), Amount("out", to="_out")),
        either=(("_in_minor", "_out_minor"),),
        shape=lambda frame, _: frame.with_columns(amount_minor=pl.col("_in_minor"), type=pl.lit("sale")),
    )

    batch = batch_of("id,in,out\nA1,1.00,\nA2,,\n", leaf)

    assert ["a.csv:3: column 'in': is blank, and so is 'out'"] == [str(reject) for reject in batch.rejects]


def test_words_that_are_the_same_for_all_lines_are_looked_at_once_for_all():
    frame = pl.DataFrame({"amount_minor": [100, -100, None]})

    by_sign = line_type_expr(pl.lit("货款"), TYPES, amount=pl.col("amount_minor")).alias("type")
    alone = line_type_expr(pl.lit("货款"), TYPES).alias("alone")

    rows = frame.with_columns(by_sign, alone).select("type", "alone").rows()
    assert [("sale", "sale"), ("sale_refund", "sale"), ("sale", "sale")] == rows


SIDES = "Day,Text,Amount,Balance\n2026-07-01,a,500.00 Cr,500.00 CR\n2026-07-02,b,700.00DR,200.00 dr\n2026-07-03,c,-1.00,-201.00\n"


def mapped(text, **more):
    said = {"booked_on": "Day", "amount": "Amount", "balance_after": "Balance", **more}
    return tieout.read(text.encode(), format="generic_table", record="BankTransaction", columns=said, currency="INR")


def test_credit_beside_an_amount_of_cash_is_a_gain_and_debit_a_loss():
    """They were read as a courier's bill has them, where a credit takes away: every gain of such a statement was a loss."""
    batch = mapped(SIDES)

    assert [(50000, 50000), (-70000, -20000), (-100, -20100)] == (
        batch.records.to_polars().select("amount_minor", "balance_after_minor").rows()
    )
    assert (True, 0) == (batch.control.holds, len(batch.rejects))


def test_credit_stays_a_gain_where_plain_figures_are_losses():
    card = SIDES.replace("-1.00", "1.00")

    amounts = mapped(card, amount={"column": "Amount", "inverse": True}).records.to_polars()["amount_minor"].to_list()

    assert [50000, -70000, -100] == amounts


@pytest.mark.parametrize("rule", [{"gain": "Amount", "loss": "Balance"}, {"column": "Amount", "direction": "Text"}])
def test_credit_beside_an_amount_whose_sign_stands_elsewhere_is_refused(rule):
    text = SIDES.replace(",-", ",").replace(",a,", ",收入,").replace(",b,", ",支出,").replace(",c,", ",支出,")
    (first, second) = list(mapped(text, amount=rule).rejects)[:2]

    assert "column 'Amount': '500.00 Cr' says CR or DR, and what stands beside it the sign" in str(first)
    assert "says CR or DR" in str(second)


def test_credit_on_a_bill_still_takes_away():
    bill = "no,fee\nSF1012345678901,12.50\nSF1012345678902,2.50 CR\n"

    batch = tieout.read(
        bill.encode(),
        format="generic_table",
        record="CourierCharge",
        columns={"tracking_no": "no", "amount": "fee"},
        constants={"charge_type": "all_in"},
        currency="CNY",
    )

    assert [1250, -250] == batch.records.to_polars()["amount_minor"].to_list()
