"""ERPNext: documents and rows read back exactly, with a party wherever ERPNext asks for one."""

import csv
import io
import json
from decimal import Decimal

import pytest
from moneyed import Money

import tieout
from tieout import ledgers
from tieout.errors import LedgerError
from tieout.ledgers.erpnext import COLUMNS, ErpNext

LINE = "{} (Accounting Entries)"
USD = {"foreign_amount": Money("100.00", "USD"), "fx_rate": Decimal("7.15")}


def documents_of(vouchers, book, ledger="erpnext"):
    return json.loads(ledgers.render(vouchers, ledger=ledger, book=book), parse_float=Decimal)


def rows_of(vouchers, book, **options):
    text = ledgers.render(vouchers, ledger=ErpNext(file_format="csv", **options), book=book)
    return list(csv.DictReader(io.StringIO(text, newline="")))


def two(amount="715.00", **first):
    return {"account": "1002", "debit": Money(amount, "CNY"), **first}, {
        "account": "5001",
        "credit": Money(amount, "CNY"),
    }


def test_reading_back_the_documents_gives_every_voucher_and_line(month, book):
    documents = documents_of(month, book, ErpNext(company="甲店", abbr="JD"))

    for voucher, document in zip(month, documents, strict=True):
        assert ("Journal Entry", "Journal Entry", "甲店", 0) == (
            document["doctype"],
            document["voucher_type"],
            document["company"],
            document["multi_currency"],
        )
        assert [voucher.date.isoformat()] * 2 == [document["posting_date"], document["cheque_date"]]
        assert voucher.voucher_id == document["cheque_no"]
        assert document["user_remark"].startswith(f"{voucher.period} 记-{voucher.number} ")
        for line, row in zip(voucher.lines, document["accounts"], strict=True):
            assert f"{line.account} - {line.account_name} - JD" == row["account"]
            assert line.amount.amount == row["debit_in_account_currency"] - row["credit_in_account_currency"]
            assert row["user_remark"].startswith(line.summary)
            assert 1 == row["exchange_rate"]


def test_debits_equal_credits_and_none_is_negative(month, book):
    for document in documents_of(month, book):
        debits, credits_ = (
            [row[f"{side}_in_account_currency"] for row in document["accounts"]] for side in ("debit", "credit")
        )
        assert sum(debits) == sum(credits_)
        assert min(debits + credits_) == 0


def test_figures_are_numbers_with_all_their_decimals(hostile, book):
    text = ledgers.render([hostile], ledger="erpnext", book=book)

    assert '"debit_in_account_currency": 1000000000000000.00,' in text
    assert '"credit_in_account_currency": 0.00,' in text


def test_red_figures_cannot_be_kept():
    with pytest.raises(LedgerError, match="ErpNext takes no negative debits or credits"):
        ErpNext(reversal_style="red_negative")


def test_the_original_amount_of_an_account_in_the_books_currency_stands_in_the_remark(month, book):
    (first, *_), *_ = (document["accounts"] for document in documents_of(month, book))

    assert "delhivery 快递账单 IN-7 2026-10 (100.00 INR x 0.085)" == first["user_remark"]


def test_hostile_texts_are_plain_in_documents_and_guarded_in_rows(hostile, book):
    (document,) = documents_of([hostile], book)
    first, second = rows_of([hostile], book)

    plain = "=cmd|' /C calc'!A0, \"quoted\"; back\\slash second line [31m “中文” #tag ^link ; comment"
    assert (plain, "@id", f"2026-10 记-99 {plain}") == (
        document["accounts"][0]["user_remark"],
        document["cheque_no"],
        document["user_remark"],
    )
    assert (f"'{plain}", "'+1+1", "'@id") == (
        first[LINE.format("User Remark")],
        second[LINE.format("User Remark")],
        first["Reference Number"],
    )


def test_the_rows_have_the_captions_of_the_data_import_and_the_head_once(month, book):
    rows = rows_of(month, book, company="甲店", abbr="JD")
    lines = [(voucher, line) for voucher in month for line in voucher.lines]

    assert list(COLUMNS) == list(rows[0])
    for (voucher, line), row in zip(lines, rows, strict=True):
        head = ("", "Journal Entry", "甲店", voucher.date.isoformat(), voucher.voucher_id, voucher.date.isoformat())
        assert (head if line.line_no == 1 else ("",) * len(head)) == tuple(row[name] for name in COLUMNS[: len(head)])
        assert line.amount.amount == Decimal(row[LINE.format("Debit")]) - Decimal(row[LINE.format("Credit")])
        supplier = line.aux.get("supplier") if line.role and line.role.startswith("ap_") else None
        assert (("Supplier", supplier) if supplier else ("", "")) == (
            row[LINE.format("Party Type")],
            row[LINE.format("Party")],
        )


def test_our_own_reader_of_the_rows_finds_the_same_lines(month, book, tmp_path):
    path = tmp_path / "entries.csv"
    ledgers.write(month, path, ledger=ErpNext(file_format="csv", abbr="JD"), book=book)

    batch = tieout.read(path, constants={"currency": "CNY"}, keep_pii=True)

    assert ("erpnext_journal_entry", True, 0) == (batch.format, batch.control.holds, len(batch.rejects))
    assert [
        (voucher.date, f"{line.account} - {line.account_name} - JD", line.amount)
        for voucher in month
        for line in voucher.lines
    ] == [(line.date, line.account, line.amount) for line in batch.records]


def test_departments_and_projects_are_links_and_a_cost_centre_can_stand_for_all(made, book):
    voucher = made(*two(aux={"department": "销售部 - JD", "project": "P1", "employee": "e"}))

    (document,) = documents_of([voucher], book, ErpNext(cost_center="Main - JD"))

    assert [("销售部 - JD", "P1"), ("Main - JD", None)] == [
        (row["cost_center"], row.get("project")) for row in document["accounts"]
    ]


def test_the_sheets_of_a_voucher_are_one_document(made, book):
    (document,) = documents_of([made(*two("1.00"), part=part, parts=2) for part in (2, 1)], book)

    assert "2026-10 记-1 s" == document["user_remark"]
    assert 4 == len(document["accounts"])


def test_dimensions_that_no_field_takes_are_told(made):
    assert ("dimension employee is left out: 记-1 of 2026-10 line 1",) == ErpNext().notes(
        [made(*two(aux={"employee": "e", "project": "p"}))]
    )


def test_a_supplier_on_an_account_that_takes_no_party_is_told(month, book, tmp_path):
    report = ledgers.write(month, tmp_path / "x.json", ledger="erpnext", book=book)
    also = ErpNext(party_accounts=dict.fromkeys(("1221.01", "2202.01", "2202.02"), "Supplier"))

    assert ("dimension supplier is left out: 记-3 of 2026-10 line 5",) == report.notes
    assert () == also.notes(month.vouchers)


def test_accounts_and_parties_can_be_named_as_there(made, book):
    voucher = made(*two(aux={"supplier": "zto"}))
    ledger = ErpNext(
        accounts={"1002": "招商银行 - JD"}, parties={"zto": "中通快递"}, party_accounts={"1002": "Supplier"}, abbr="JD"
    )

    (document,) = documents_of([voucher], book, ledger)

    first, second = document["accounts"]
    assert ("招商银行 - JD", "Supplier", "中通快递") == (first["account"], first["party_type"], first["party"])
    assert ("5001 - 主营业务收入 - JD", False) == (second["account"], "party" in second)


@pytest.mark.parametrize(
    ("role", "aux", "party"),
    [
        ("ar_platform", {"customer": "c", "shop": "s", "supplier": "z"}, ("Customer", "c")),
        ("ar_platform", {"shop": "s", "supplier": "z"}, ("Customer", "s")),
        ("ar_cod", {"supplier": "z"}, ("Customer", "z")),
        ("ap_courier", {"customer": "c", "supplier": "z"}, ("Supplier", "z")),
        ("bank", {"supplier": "z"}, (None, None)),
    ],
)
def test_the_party_is_told_by_role_and_dimension(role, aux, party, made, book):
    (document,) = documents_of([made(*two(role=role, aux=aux))], book)

    row = document["accounts"][0]
    assert party == (row.get("party_type"), row.get("party"))


def test_lines_without_a_party_are_refused_all_at_once(made, book):
    vouchers = [made(*two(role="ar_platform"), number=number) for number in range(1, 13)]

    with pytest.raises(LedgerError) as caught:
        documents_of(vouchers, book)

    text = str(caught.value)
    assert text.startswith(
        "erpnext: receivable and payable accounts need a party; none on 2026-10 记-1 line 1 (1002: Customer), "
        "2026-10 记-2 line 1 (1002: Customer), "
    )
    assert "记-10 line 1 (1002: Customer) and 2 more\nHint: name one for all with default_parties" in text
    assert "记-11" not in text


def test_a_party_can_stand_for_all_that_name_none(made, book):
    vouchers = [made(*two(role="ar_platform")), made(*two(role="ar_platform", aux={"shop": "s"}), number=2)]

    documents = documents_of(vouchers, book, ErpNext(default_parties={"Customer": "天猫"}))

    assert ["天猫", "s"] == [document["accounts"][0]["party"] for document in documents]


def test_a_line_without_role_needs_a_party_where_others_on_its_account_do(made, book):
    vouchers = [made(*two(role="ar_platform", aux={"shop": "s"})), made(*two(), number=2)]

    with pytest.raises(LedgerError, match=r"none on 2026-10 记-2 line 1 \(1002: Customer\)"):
        documents_of(vouchers, book)
    assert 2 == len(documents_of(vouchers, book, ErpNext(party_accounts={})))


def test_an_account_in_another_currency_is_written_in_it(made, book):
    ledger = ErpNext(account_currencies={"1002": "USD"})

    document, other = documents_of([made(*two(**USD)), made(*two(account="1012.01", **USD), number=2)], book, ledger)

    figures = ("exchange_rate", "debit_in_account_currency", "credit_in_account_currency")
    assert (1, 0) == (document["multi_currency"], other["multi_currency"])
    assert [(Decimal("7.15"), Decimal("100.00"), Decimal("0.00")), (1, Decimal("0.00"), Decimal("715.00"))] == [
        tuple(row[name] for name in figures) for row in document["accounts"]
    ]
    assert ["s", "s (100.00 USD x 7.15)"] == [entry["accounts"][0]["user_remark"] for entry in (document, other)]


def test_a_rate_that_does_not_give_the_amount_is_replaced_by_the_quotient(made, book):
    line = {"foreign_amount": Money("30.00", "USD"), "fx_rate": Decimal("7.15")}  # 214.50, booked with a cent more

    (document,) = documents_of([made(*two("214.51", **line))], book, ErpNext(account_currencies={"1002": "USD"}))

    rate = document["accounts"][0]["exchange_rate"]
    assert (Decimal("7.150333333"), Decimal("214.51")) == (rate, (30 * rate).quantize(Decimal("0.01")))


def test_the_vouchers_own_rate_is_written_where_it_gives_the_amount(made, book):
    line = {"foreign_amount": Money("0.10", "USD"), "fx_rate": Decimal("7.1812")}  # 0.71812, that is 0.72

    rates = [
        documents_of([made(*two(amount, **line))], book, ErpNext(account_currencies={"1002": "USD"}))[0]["accounts"][0]
        for amount in ("0.72", "0.71")
    ]

    assert [Decimal("7.1812"), Decimal("7.1")] == [row["exchange_rate"] for row in rates]


def test_a_product_that_ends_between_two_cents_does_not_count(made, book):
    line = {"foreign_amount": Money("1.00", "USD"), "fx_rate": Decimal("7.125")}

    (document,) = documents_of([made(*two("7.13", **line))], book, ErpNext(account_currencies={"1002": "USD"}))

    assert Decimal("7.13") == document["accounts"][0]["exchange_rate"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "account 1002 is kept in USD; the line says no amount in it"),
        (
            {"foreign_amount": Money("1.00", "EUR"), "fx_rate": Decimal(7)},
            "account 1002 is kept in USD; the line says no amount in it",
        ),
        (
            {"foreign_amount": Money("90000000000.00", "USD"), "amount": "100000000000.01"},
            "no rate of 9 decimals makes 100000000000.01 CNY of ",
        ),
        ({"foreign_amount": Money("0.00", "USD")}, "no rate of 9 decimals makes 715.00 CNY of "),
    ],
)
def test_an_amount_that_cannot_be_said_is_refused(fields, message, made, book):
    with pytest.raises(LedgerError, match=f"2026-10 记-1 line 1: {message}"):
        documents_of([made(*two(**fields))], book, ErpNext(account_currencies={"1002": "USD"}))


def test_a_line_in_another_currency_than_the_books_is_refused(made, book):
    lines = ({"account": "1002", "debit": Money(1, "USD")}, {"account": "5001", "credit": Money(1, "USD")})

    with pytest.raises(LedgerError, match="2026-10 记-1 line 1 is in USD, but the book is kept in CNY"):
        documents_of([made(*lines)], book)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"file_format": "xml"}, "file_format: 'xml' is none of json, csv"),
        (
            {"party_accounts": {"1122": "Shareholder"}},
            "options: party type 'Shareholder' is none of Customer, Supplier",
        ),
        ({"default_parties": {"customer": "x"}}, "options: party type 'customer' is none of Customer, Supplier"),
        ({"accounts": {1002: "Bank"}}, "options: a mapping of text to text is needed"),
    ],
)
def test_options_that_are_none_are_refused(options, message):
    with pytest.raises(LedgerError, match=message):
        ErpNext(**options)


def test_no_vouchers_are_no_documents(book):
    assert "[]\n" == ledgers.render([], ledger="erpnext", book=book)
    assert [] == rows_of([], book)
