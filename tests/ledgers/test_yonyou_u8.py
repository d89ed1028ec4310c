"""Yonyou U8: 48 cells a line, as a real file has them, and figures that our own source reads back."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moneyed import Money

import tieout
from tieout import ledgers
from tieout.errors import LedgerError
from tieout.ledgers.yonyou_u8 import YonyouU8
from tieout.model import JournalLine, Voucher

SAMPLE = Path(__file__).parents[3] / "shared/samples/erp/yonyou_u8_txt/u8-voucher-one-row.txt"


def rows_of(vouchers, book, ledger="yonyou_u8"):
    (content,) = ledgers.contents(vouchers, ledger=ledger, book=book)
    first, *lines, rest = content.decode("gb18030").split("\r\n")
    assert ("填制凭证,V800", "") == (first, rest)
    return [line.split(",") for line in lines]


def make_voucher(first=None, second=None, **fields):
    lines = (
        JournalLine(**{"line_no": 1, "summary": "s", "account": "1002", "debit": Money("1", "CNY"), **(first or {})}),
        JournalLine(
            **{"line_no": 2, "summary": "s", "account": "2202.01", "credit": Money("1", "CNY"), **(second or {})}
        ),
    )
    return Voucher(
        **{
            "voucher_id": "a",
            "book_id": "main",
            "period": "2016-01",
            "word": "记",
            "number": 1,
            "date": date(2016, 1, 1),
            "lines": lines,
            "preparer": "user",
            **fields,
        }
    )


@pytest.mark.skipif(not SAMPLE.exists(), reason="the shared samples are not beside this checkout")
def test_a_line_is_a_real_files_to_the_byte(book):
    accounts = {"2202.01": "10020104"}
    voucher = make_voucher(
        {"summary": "x", "debit": Money("100", "CNY")}, {"summary": "摘要", "credit": Money("100", "CNY")}
    )

    (content,) = ledgers.contents([voucher], ledger=YonyouU8(accounts=accounts), book=book)

    first, _, ours, _ = content.split(b"\r\n")
    assert SAMPLE.read_bytes() == b"\r\n".join([first, ours, b""])


def test_every_line_has_48_cells_and_its_figures_in_place(month, book):
    rows = rows_of(month, book)

    assert {48} == {len(row) for row in rows}
    lines = [(voucher, line) for voucher in month for line in voucher.lines]
    for (voucher, line), row in zip(lines, rows, strict=True):
        assert [str(voucher.date), "记", str(voucher.number), str(voucher.attachments_count)] == row[:4]
        assert (line.summary, line.account.replace(".", "")) == (row[4], row[5])
        assert line.amount.amount == Decimal(row[6]) - Decimal(row[7])
        assert 0 in {Decimal(row[6]), Decimal(row[7])}
        assert ("demo", line.aux.get("supplier", "")) == (row[11], row[18])


def test_quantity_original_amount_and_rate_stand_in_cells_9_to_11(book):
    goods = {
        "account": "1405.01",
        "quantity": Decimal(-2),
        "debit": Money("-72.10", "CNY"),
        "foreign_amount": Money("-10.00", "USD"),
        "fx_rate": Decimal("7.21"),
    }
    voucher = make_voucher(goods, {"credit": Money("-72.10", "CNY")})

    first, second = rows_of([voucher], book)

    assert ["-72.10", "0.00", "-2", "-10.00", "7.21"] == first[6:11]
    assert ["0.00", "-72.10", "", "", ""] == second[6:11]
    assert ["-72.10", "0.00", "-2", "", ""] == rows_of([voucher], book, YonyouU8(foreign_accounts=["1002"]))[0][6:11]


def test_dimensions_stand_in_cells_16_to_21_by_their_codes(book):
    aux = {"department": "D", "employee": "E", "customer": "C", "supplier": "sf_express", "project": "P", "shop": "T"}
    voucher = make_voucher({"aux": {**aux, "salesperson": "W"}})

    assert ["D", "E", "C", "SF", "W", "P"] == rows_of([voucher], book, YonyouU8(codes={"sf_express": "SF"}))[0][15:21]
    assert ["", "", "", "sf_express", "", ""] == rows_of([voucher], book, YonyouU8(dimensions=["supplier"]))[0][15:21]


def test_what_is_shortened_or_left_out_is_told(book, tmp_path):
    first = {"summary": "字" * 31, "aux": {"shop": "T", "customer": "x" * 21}}
    voucher = make_voucher(first, {"summary": "字" * 30, "aux": {"supplier": "S", "shop": "T"}}, attachments_count=1000)

    report = ledgers.write([voucher], tmp_path / "u8.txt", ledger="yonyou_u8", book=book)

    assert (
        "dimension customer is left out: 2016-01 记-1 line 1",
        "dimension shop is left out: 2016-01 记-1 line 1 and 1 more",
        "more than 999 documents: 2016-01 记-1",
        "the summary is shortened: 2016-01 记-1 line 1",
    ) == report.notes
    rows = rows_of([voucher], book)
    assert [("999", "字" * 30, ""), ("999", "字" * 30, "")] == [(row[3], row[4], row[17]) for row in rows]


def test_the_sheets_of_a_voucher_are_one_voucher_there(book):
    sheets = [make_voucher(part=part, parts=2, attachments_count=part) for part in (1, 2)]

    assert {("1", "3")} == {(row[2], row[3]) for row in rows_of(sheets, book)}
    with pytest.raises(LedgerError, match="2016-01 记-1 lacks its sheet 2/2"):
        rows_of(sheets[:1], book)


def test_commas_quotes_and_characters_beyond_gbk_stay_in_their_cell(book):
    rows = rows_of([make_voucher({"summary": 'a,b "c" 🚀\r\n=1'}, {"summary": "=1+1,2"})], book)

    assert ["a，b ＂c＂ 🚀 =1", "'=1+1，2"] == [row[4] for row in rows]


@settings(deadline=None, max_examples=60)
@given(text=st.text(min_size=1).filter(str.strip))
def test_any_text_is_one_cell_of_60_bytes(text, book):
    rows = rows_of([make_voucher({"summary": text, "aux": {"customer": text}}, word=text, preparer=text)], book)

    assert {48} == {len(row) for row in rows}
    assert all(len(row[4].encode("gb18030")) <= 60 for row in rows)
    assert all(len(row[11].encode("gb18030")) <= 20 for row in rows)


def test_a_long_preparer_is_cut_after_a_whole_character(book):
    assert "名" * 10 == rows_of([make_voucher(preparer="名" * 11)], book)[0][11]


def test_levels_of_codes_may_be_set_apart_and_must_not_become_one(book):
    voucher = make_voucher({"account": "1122.01"})
    assert "1122-01" == rows_of([voucher], book, YonyouU8(separator="-"))[0][5]

    with pytest.raises(LedgerError, match=r"yonyou_u8: account codes '1122.01' and '2202.01' both become 9"):
        rows_of([voucher], book, YonyouU8(accounts={"1122.01": "9", "2202.01": "9"}))


@pytest.mark.parametrize(
    ("first", "second", "options", "message"),
    [
        ({}, {}, {"accounts": {"1002": "1" * 16}}, r"yonyou_u8: account code '1{16}' does not fit into 15 characters"),
        ({}, {}, {"accounts": {"1002": "1,2"}}, r"yonyou_u8: account code '1,2' does not fit"),
        (
            {"debit": Money("12345678901234.00", "CNY")},
            {"credit": Money("12345678901234.00", "CNY")},
            {},
            r"yonyou_u8: 2016-01 记-1 line 1: the figure 12345678901234.00 does not fit into 16 characters",
        ),
        (
            {"foreign_amount": Money("1", "USD")},
            {},
            {},
            r"yonyou_u8: 2016-01 记-1 line 1: the line has an amount in USD and no rate",
        ),
        (
            {"debit": Money("1", "USD")},
            {"credit": Money("1", "USD")},
            {},
            r"yonyou_u8: 2016-01 记-1 line 1 is in USD, but the book is kept in CNY",
        ),
    ],
)
def test_what_does_not_fit_is_refused_by_name(first, second, options, message, book):
    with pytest.raises(LedgerError, match=message):
        rows_of([make_voucher(first, second)], book, YonyouU8(**options))


def test_our_own_source_reads_what_is_written(month, book):
    (content,) = ledgers.contents(month, ledger="yonyou_u8", book=book)

    assert "yonyou_u8_vouchers" == tieout.identify(content)
    batch = tieout.read(content)

    lines = [(voucher, line) for voucher in month for line in voucher.lines]
    assert [
        (
            line.account.replace(".", ""),
            line.amount.amount,
            voucher.date,
            f"{voucher.date} 记-{voucher.number}",
            line.summary,
        )
        for voucher, line in lines
    ] == [
        (record.account, record.amount.amount, record.date, record.voucher_id, record.summary)
        for record in batch.records
    ]
    assert batch.control.holds
    assert not batch.rejects
