"""Files of vouchers: what makes lines one voucher, what is refused, and what does not balance."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from moneyed import Money

import tieout
from tieout.errors import InvalidField
from tieout.model import LedgerLine
from tieout.privacy import PiiClass
from tieout.sources import (
    Amount,
    Currency,
    Date,
    Document,
    Key,
    Number,
    Text,
    VoucherRows,
    merge_tables,
    voucher_format,
)
from tieout.sources._measures import Count

CHINESE = voucher_format(
    [
        Date("日期", to="date"),
        Text("字", to="word"),
        Count("号", to="number"),
        Text("科目", to="account", needed=True),
        Amount("借方", to="debit"),
        Amount("贷方", to="credit"),
        Number("原币", to="_foreign", optional=True),
        Currency("币别", to="foreign_amount_currency", optional=True, needed=False),
        Number("汇率", to="fx_rate", optional=True),
        Text("客户", to="_aux_customer", optional=True),
        Text("部门", to="_aux_department", optional=True),
    ],
    VoucherRows(by=("number", "word", "period")),
    currency="CNY",
)
HEADED = voucher_format(
    [
        Key("ID", to="_voucher_id", needed=False, optional=True),
        Date("Date", to="date"),
        Text("Remark", to="narration", optional=True),
        Text("Account", to="account", needed=True),
        Amount("Amount", to="amount"),
    ],
    VoucherRows(by=("_record",)),
    headed=("_voucher_id", "date", "narration"),
    currency="USD",
)
LAST = "; it is the last of the file, which may be cut off"
HEAD = "日期,字,号,科目,借方,贷方"


def read(text, leaf=CHINESE, **options):
    return leaf.read(Document.of_bytes(text.encode()), name="books", options=options)


def figures(batch, *names):
    return batch.records.to_polars().select(names).rows()


def test_lines_of_one_word_number_and_month_are_one_voucher():
    batch = read(f"{HEAD}\n2026-01-31,记,1,1002,5.00,0\n2026-01-31,记,1,6001,0,5.00\n2026-02-01,记,1,1002,,0.00\n")

    assert [
        ("2026-01 记-1", 1, 500, None, 500),
        ("2026-01 记-1", 2, None, 500, -500),
        ("2026-02 记-1", 1, None, None, 0),
    ] == figures(batch, "voucher_id", "line_no", "debit_minor", "credit_minor", "amount_minor")
    assert batch.control.holds


def test_a_line_of_both_sides_keeps_both():
    batch = read(f"{HEAD}\n2026-01-31,记,1,1002,5.00,2.00\n2026-01-31,记,1,6001,,3.00\n")

    assert [(500, 200, 300), (None, 300, -300)] == figures(batch, "debit_minor", "credit_minor", "amount_minor")
    assert batch.control.holds


def test_a_voucher_that_does_not_balance_stays_and_is_a_finding():
    text = f"{HEAD}\n2026-01-31,记,1,1002,5.00,\n2026-01-31,记,1,6001,,4.00\n2026-01-31,记,2,1002,1.00,\n2026-01-31,记,2,6001,,2.00\n"
    batch = read(text)

    assert 4 == len(batch.records)
    assert [
        "voucher 2026-01 记-1: debits are 5.00 CNY, credits 4.00, which is 1.00 apart",
        "voucher 2026-01 记-2: debits are 1.00 CNY, credits 2.00, which is -1.00 apart" + LAST,
    ] == [finding.text for finding in batch.control.findings]
    assert {"debits = credits": True, "vouchers that balance": False}.items() <= {
        check.name: check.holds for check in batch.control.checks
    }.items()


def test_a_voucher_of_which_a_line_cannot_be_read_is_refused_whole():
    text = f"{HEAD}\n2026-01-31,记,1,1002,5.00,\n2026-01-31,记,1,6001,,5.OO\n2026-01-31,记,2,1002,1,\n2026-01-31,记,2,6001,,1\n"
    batch = read(text)

    assert [("2026-01 记-2", 4), ("2026-01 记-2", 5)] == figures(batch, "voucher_id", "source_line")
    assert [(2, "record.incomplete", 500), (3, "amount.unreadable", None)] == [
        (reject.line, reject.reason, reject.amount_minor) for reject in batch.rejects
    ]


def test_a_line_whose_voucher_cannot_be_told_refuses_that_of_its_neighbours_and_no_other():
    text = f"{HEAD}\n2026-01-31,记,1,1002,5.00,\n2026-13-31,记,1,6001,,5.00\n2026-02-28,记,1,1002,1,\n"
    batch = read(text + "2026-02-28,记,1,6001,,1\n")

    assert [2, 3] == [reject.line for reject in batch.rejects]
    assert [("2026-02 记-1", 4), ("2026-02 记-1", 5)] == figures(batch, "voucher_id", "source_line")
    assert batch.control.holds


def test_lines_of_a_voucher_with_two_dates_contradict_each_other():
    batch = read(f"{HEAD}\n2026-01-30,记,1,1002,5,\n2026-01-31,记,1,6001,,5\n")

    assert ["the lines of voucher 2026-01 记-1 contradict each other: column '日期': 2026-01-30, 2026-01-31"] == [
        finding.text for finding in batch.control.findings
    ]
    assert not batch.control.holds


def test_lines_that_do_not_stand_together_and_numbers_that_are_missing_are_told():
    lines = ["记,1,1002,5,", "记,5,1002,1,", "记,5,6001,,1", "记,7,1002,1,", "记,7,6001,,1", "记,1,6001,,5"]
    batch = read("\n".join([HEAD, *(f"2026-01-31,{line}" for line in lines), ""]))

    assert [
        ("voucher.scattered", "the lines of 1 vouchers do not stand together, such as those of 2026-01 记-1: 2, 7"),
        ("voucher.numbers_missing", "2026-01 记: no vouchers of the numbers 2-4, 6"),
    ] == [(note.code, note.text) for note in batch.notes]
    assert batch.control.holds


def test_amounts_in_another_currency_are_signed_as_the_line_is():
    text = f"{HEAD},原币,币别,汇率\n2026-01-31,记,1,1122,71.00,,10.00,USD,7.1\n2026-01-31,记,1,6001,,71.00,71.00,人民币,1\n"
    text += "2026-01-31,记,2,1122,50.00,,1000,JPY,0.05\n2026-01-31,记,2,6001,,50.00,1000.00,JPY,0.05\n"
    batch = read(text)

    assert [
        (1000, "USD", Decimal("7.1")),
        (None, None, None),
        (1000, "JPY", Decimal("0.05")),
        (-1000, "JPY", Decimal("0.05")),
    ] == (figures(batch, "foreign_amount_minor", "foreign_amount_currency", "fx_rate"))


def test_an_amount_finer_than_its_other_currency_is_refused():
    text = f"{HEAD},原币,币别\n2026-01-31,记,1,1122,50.00,,1000.5,JPY\n2026-01-31,记,1,6001,,50.00,,\n"

    assert ["amount.too_many_decimals", "record.incomplete"] == [reject.reason for reject in read(text).rejects]


def test_an_amount_in_a_currency_that_nobody_names_is_told_and_the_caller_may_name_it():
    text = f"{HEAD},原币\n2026-01-31,记,1,1122,71.00,,10.00\n2026-01-31,记,1,6001,,71.00,0\n"
    named = read(text, constants={"foreign_amount_currency": "USD"})

    assert ["foreign.currency_unknown"] == [note.code for note in read(text).notes]
    assert [(1000, "USD"), (0, "USD")] == figures(named, "foreign_amount_minor", "foreign_amount_currency")


def test_dimensions_become_one_mapping():
    text = f"{HEAD},客户,部门\n2026-01-31,记,1,1122,1,,C-1,\n2026-01-31,记,1,6001,,1,,\n"

    assert [{"customer": "C-1"}, {}] == [dict(line.aux) for line in read(text).records]


def test_a_file_may_name_its_dimensions_itself():
    leaf = voucher_format(
        [
            Key("id", to="voucher_id"),
            Date("date", to="date"),
            Text("account", to="account", needed=True),
            Amount("amount", to="amount"),
            Text("name", to="_dimension_1"),
            Text("option", to="_member_1"),
            Text("shop", to="_aux_shop"),
        ],
        currency="USD",
    )
    head, line = "id,date,account,amount,name,option,shop\n", "1,2026-01-01,a,0"
    text = f'{head}{line},Region,"""West""\\",S1\n{line},,East,\n{line},Region,,\n'

    assert [{"shop": "S1", "Region": '"West"\\'}, {"dimension 1": "East"}, {}] == [
        dict(record.aux) for record in read(text, leaf).records
    ]


def test_a_head_on_the_first_line_alone_holds_for_the_lines_below_it():
    text = "ID,Date,Remark,Account,Amount\nJ1,2026-01-05,sale,Cash,5\n,,,Sales,-5\n,2026-01-06,,Cash,1\nJ3,2026-01-07,,Cash,2\n,,,Sales,-2\n"
    batch = read(text, HEADED)

    (_, _, made, *_) = batch.records.to_polars()["voucher_id"].to_list()
    assert [
        ("J1", 1, date(2026, 1, 5), "sale"),
        ("J1", 2, date(2026, 1, 5), "sale"),
        (made, 1, date(2026, 1, 6), None),
        ("J3", 1, date(2026, 1, 7), None),
        ("J3", 2, date(2026, 1, 7), None),
    ] == figures(batch, "voucher_id", "line_no", "date", "narration")
    assert [4] == [finding.line for finding in batch.control.findings]


def test_a_head_that_is_repeated_with_its_number_is_one_record():
    text = "ID,Date,Remark,Account,Amount\nJ1,2026-01-05,sale,Cash,5\nJ1,2026-01-05,sale,Sales,-5\n"

    assert [("J1", 1), ("J1", 2)] == figures(read(text, HEADED), "voucher_id", "line_no")


def test_lines_above_the_first_head_are_of_no_voucher():
    batch = read("ID,Date,Remark,Account,Amount\n,,,Sales,-5\nJ1,2026-01-05,,Cash,5\n,,,Sales,-5\n", HEADED)

    assert [(2, "value.missing")] == [(reject.line, reject.reason) for reject in batch.rejects]
    assert 2 == len(batch.records)


def test_a_head_that_cannot_be_read_refuses_the_lines_below_it():
    batch = read("ID,Date,Remark,Account,Amount\nJ1,2026-13-05,,Cash,5\n,,,Sales,-5\nJ2,2026-01-05,,Cash,0\n", HEADED)

    assert [2, 3] == [reject.line for reject in batch.rejects]
    assert ["J2"] == [line.voucher_id for line in batch.records]


def test_a_voucher_without_a_number_is_called_the_same_in_every_file():
    head, first, other = "Date,Account,Amount\n", "2026-01-05,Cash,5\n,Sales,-5\n", "2026-01-04,Cash,1\n,Sales,-1\n"
    alone = read(head + first, HEADED).records.to_polars()["voucher_id"].to_list()
    among = read(head + other + first + first, HEADED).records.to_polars()["voucher_id"].to_list()

    assert alone == among[2:4]
    assert 3 == len(set(among)), "two that begin alike are two vouchers"


def test_a_ledger_line_holds_together():
    known = {"voucher_id": "1", "date": date(2026, 1, 1), "account": "1002", "debit": Money("5.00", "CNY")}

    with pytest.raises(InvalidField, match=r"amount: debit less credit is 5\.00, got 4\.00"):
        LedgerLine(**known, line_no=1, amount=Money("4.00", "CNY"))
    with pytest.raises(InvalidField, match="line_no: lines are counted from 1, got 0"):
        LedgerLine(**known, line_no=0, amount=Money("5.00", "CNY"))


def test_periods_of_the_file_stand_before_the_month_of_the_date():
    leaf = voucher_format(
        [
            Key("id", to="voucher_id"),
            Date("date", to="date"),
            Count("year", to="_year"),
            Count("period", to="_month"),
            Text("account", to="account", needed=True),
            Amount("amount", to="amount"),
        ],
        currency="CNY",
    )
    batch = read("id,date,year,period,account,amount\n1,2026-12-31,2026,13,a,1\n1,2026-12-31,,,b,-1\n", leaf)

    assert ["2026-13", "2026-12"] == batch.records.to_polars()["period"].to_list()
    assert pl.Series([1, 2]).to_list() == batch.records.to_polars()["line_no"].to_list()


def test_a_column_that_is_personal_in_one_format_alone_is_read_when_asked_for():
    leaf = voucher_format(
        [
            Key("id", to="voucher_id"),
            Date("date", to="date"),
            Text("account", to="account", needed=True),
            Amount("amount", to="amount"),
            Text("Name", to="_aux_name"),
        ],
        currency="USD",
        personal={"Name": PiiClass.NAME},
    )
    text = "id,date,account,amount,Name\n1,2026-01-01,a,0,Ann Example\n"

    assert [{}] == [dict(line.aux) for line in read(text, leaf).records]
    assert [{"name": "Ann Example"}] == [dict(line.aux) for line in read(text, leaf, keep_pii=True).records]


def test_a_voucher_that_two_files_have_counts_once_and_one_that_differs_is_told():
    head = "Journal No.,Journal Date,Account Name,Debits,Credits\n"
    first = "J1,09/30/2026,Bank,5.00,\nJ1,09/30/2026,Sales,,5.00\n"
    second = "J2,09/30/2026,Bank,7.00,\nJ2,09/30/2026,Sales,,7.00\n"
    changed = second.replace("7.00", "8.00")

    def merged(*files):
        batches = [tieout.read((head + file).encode(), constants={"currency": "USD"}) for file in files]
        tables, twice, _ = merge_tables([[batch.records] for batch in batches])
        return len(tables["LedgerLine"]), [one.kind for one in twice]

    assert (4, ["same", "same"]) == merged(first, first + second)
    assert (4, ["conflict", "conflict"]) == merged(second, changed)


def test_who_made_a_voucher_is_not_shown():
    batch = read(f"{HEAD},制单人,审核\n2026-01-31,记,1,1002,x,,张三,李四\n", keep_raw=True)

    (reject,) = batch.rejects
    assert "张三" not in reject.raw
    assert "李四" not in reject.raw
