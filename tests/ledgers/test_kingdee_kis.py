"""Kingdee KIS: what an independent reader finds in the table is what was posted, to the cent and within every width."""

import struct
from datetime import date
from decimal import Decimal

import attrs
import pytest
from dbfread.codepages import guess_encoding
from moneyed import Money

from dbf_tables import table_of
from tieout import ledgers
from tieout.errors import LedgerError
from tieout.ledgers._dbf import Column, Kind, table
from tieout.ledgers.kingdee_kis import COLUMNS, KingdeeKis
from tieout.posting import Book

# As Kingdee describes its standard voucher exchange, field by field; the last four are of its later versions.
LAYOUT = (
    "FDATE D8, FPERIOD N4, FGROUP C4, FNUM N4, FENTRYID N4, FEXP C40, FACCTID C15, "
    "FCLSNAME1 C20, FOBJID1 C10, FOBJNAME1 C20, FCLSNAME2 C20, FOBJID2 C10, FOBJNAME2 C20, "
    "FCLSNAME3 C20, FOBJID3 C10, FOBJNAME3 C20, FCLSNAME4 C20, FOBJID4 C10, FOBJNAME4 C20, "
    "FTRANSID C10, FCYID C3, FEXCHRATE N19.10, FDC C1, FFCYAMT N14.2, FQTY N8.2, FPRICE N10.7, FDEBIT N14.2, FCREDIT N14.2, "
    "FSETTLCODE C8, FSETTLENO C8, FPREPARE C8, FPAY C8, FCASH C8, FPOSTER C8, FCHECKER C8, FATTCHMENT N5, FPOSTED L1, "
    "FMODULE C2, FDELETED L1, FSERIALNO N10, FUNITNAME C10, FREFERENCE C254, FCASHFLOW N4, FTRANSDATE D8"
)
LONG = "淘宝旗舰店二〇二六年十月份平台结算单佣金及技术服务费"  # 26 characters, 52 bytes


@pytest.fixture
def rows_of(book):
    def read(vouchers, ledger="kingdee_kis"):
        (content,) = ledgers.contents(vouchers, ledger=ledger, book=book)
        return table_of(content)

    return read


def two(amount="10.00", **first):
    """A debit with whatever else, and the credit that balances it."""
    return {"account": "1002", "debit": Money(amount, "CNY"), **first}, {
        "account": "2202.01",
        "credit": Money(amount, "CNY"),
    }


def test_the_columns_are_those_of_the_standard_exchange(rows_of, month):
    fields = rows_of(month).fields
    decimals = [f".{field.decimal_count}" if field.decimal_count else "" for field in fields]

    assert LAYOUT == ", ".join(
        f"{field.name} {field.type}{field.length}{part}" for field, part in zip(fields, decimals, strict=True)
    )


def test_reading_back_gives_every_line(rows_of, month):
    rows = list(rows_of(month))

    lines = [(voucher, line) for voucher in month for line in voucher.lines]
    assert len(lines) == len(rows)
    for (voucher, line), row in zip(lines, rows, strict=True):
        assert (voucher.date, voucher.date, int(voucher.period[5:]), "记", voucher.number) == (
            row["FDATE"],
            row["FTRANSDATE"],
            row["FPERIOD"],
            row["FGROUP"],
            row["FNUM"],
        )
        assert (line.line_no - 1, line.summary, line.account) == (row["FENTRYID"], row["FEXP"], row["FACCTID"])
        assert ("D" if line.debit is not None else "C") == row["FDC"]
        assert line.amount.amount == row["FDEBIT"] - row["FCREDIT"]
        assert 0 == min(abs(row["FDEBIT"]), abs(row["FCREDIT"]))
        assert (voucher.attachments_count, "demo") == (row["FATTCHMENT"], row["FPREPARE"])
        assert (False, False, "") == (row["FPOSTED"], row["FDELETED"], row["FPOSTER"])
        supplier = line.aux.get("supplier", "")
        assert ("供应商" if supplier else "", supplier, supplier) == (
            row["FCLSNAME1"],
            row["FOBJID1"],
            row["FOBJNAME1"],
        )


def test_original_amounts_and_rates_stand_beside_those_of_the_book(rows_of, month):
    found = [(row["FCYID"], row["FEXCHRATE"], row["FFCYAMT"], row["FDEBIT"] + row["FCREDIT"]) for row in rows_of(month)]

    assert [
        ("INR", Decimal("0.085"), Decimal("100.00"), Decimal("8.50")),
        ("INR", Decimal("0.085"), Decimal("18.00"), Decimal("1.53")),
        ("INR", Decimal("0.085"), Decimal("118.00"), Decimal("10.03")),
    ] == found[:3]
    assert {("RMB", Decimal(1))} == {(currency, rate) for currency, rate, _, _ in found[3:]}
    assert all(original == amount for _, _, original, amount in found[3:])


def test_accounts_kept_in_the_books_currency_alone_get_no_original_amount(rows_of, month):
    ledger = KingdeeKis(foreign_accounts={"2202.01"})

    found = [(row["FACCTID"], row["FCYID"], row["FFCYAMT"]) for row in rows_of(month, ledger)][:3]

    assert [
        ("5601.05", "RMB", Decimal("8.50")),
        ("2221.01.02", "RMB", Decimal("1.53")),
        ("2202.01", "INR", Decimal("118.00")),
    ] == found
    assert ledger.notes(month.vouchers) == ("the original amount is left out: 记-1 of 2026-10 line 1 and 1 more",)


def test_red_figures_are_negative_on_their_side_or_turned_when_asked(rows_of, month):
    sides = ("FDC", "FFCYAMT", "FDEBIT", "FCREDIT")
    amount, nothing = Decimal("3.30"), Decimal(0)

    as_they_are = [tuple(row[side] for side in sides) for row in rows_of(month)][-2:]
    turned = [tuple(row[side] for side in sides) for row in rows_of(month, KingdeeKis(reversal_style="swap_sides"))][
        -2:
    ]

    assert [("D", -amount, -amount, nothing), ("C", -amount, nothing, -amount)] == as_they_are
    assert [("C", amount, nothing, amount), ("D", amount, amount, nothing)] == turned


def test_the_head_names_the_last_vouchers_day_and_not_todays(rows_of, month):
    table = rows_of(month)

    assert date(2026, 11, 1) == table.date
    assert "cp936" == guess_encoding(table.header.language_driver)


def test_every_record_has_its_length_and_the_file_its_end(month, book):
    (content,) = ledgers.contents(month, ledger="kingdee_kis", book=book)

    records, head, length = struct.unpack_from("<LHH", content, 4)
    assert (16, 32 * 45 + 1, 1 + sum(column.width for column in COLUMNS)) == (records, head, length)
    assert head + records * length + 1 == len(content)
    assert {b" "} == {content[head + at * length : head + at * length + 1] for at in range(records)}
    assert content.endswith(b"\x1a")


def test_a_long_summary_is_cut_between_characters_and_kept_whole_as_the_reference(rows_of, made, book, tmp_path):
    for shift in ("", "a"):
        voucher = made(*two(summary=shift + LONG))

        first, second = rows_of([voucher])

        assert (shift + LONG)[:20] == first["FEXP"]
        assert shift + LONG == first["FREFERENCE"]
        assert ("s", "") == (second["FEXP"], second["FREFERENCE"])
    report = ledgers.write([voucher], tmp_path / "x.dbf", ledger="kingdee_kis", book=book)
    assert ("FEXP is shortened, or without signs that GBK lacks: 记-1 of 2026-10 line 1",) == report.notes
    assert str(report).endswith("in x.dbf; FEXP is shortened, or without signs that GBK lacks: 记-1 of 2026-10 line 1")


def test_forty_bytes_are_not_too_long(rows_of, made):
    row = next(iter(rows_of([made(*two(summary=LONG[:20]))])))

    assert (LONG[:20], "") == (row["FEXP"], row["FREFERENCE"])


def test_signs_that_gbk_lacks_are_marked_and_told(rows_of, made):
    voucher = made(*two(summary="运费🚀€"))

    row = next(iter(rows_of([voucher])))

    assert ("运费〓〓", "运费〓〓") == (row["FEXP"], row["FREFERENCE"])
    assert [
        "FEXP is shortened, or without signs that GBK lacks: 记-1 of 2026-10 line 1",
        "FREFERENCE is shortened, or without signs that GBK lacks: 记-1 of 2026-10 line 1",
    ] == list(KingdeeKis().notes([voucher]))


def test_nothing_is_told_where_all_is_held(month, book, tmp_path):
    assert () == ledgers.write(month, tmp_path / "x.dbf", ledger="kingdee_kis", book=book).notes


def test_hostile_texts_stay_texts_on_one_line(rows_of, hostile):
    lines = tuple(
        attrs.evolve(line, **{side: Money("1.00", "CNY")})
        for line, side in zip(hostile.lines, ("debit", "credit"), strict=True)
    )

    first, second = rows_of([attrs.evolve(hostile, lines=lines)])

    assert "=cmd|' /C calc'!A0, \"quoted\"; back\\slash" == first["FEXP"]
    assert (
        "=cmd|' /C calc'!A0, \"quoted\"; back\\slash second line [31m “中文” #tag ^link ; comment"
        == first["FREFERENCE"]
    )
    assert not [
        sign
        for row in (first, second)
        for text in row.values()
        if isinstance(text, str)
        for sign in text
        if ord(sign) < 32
    ]
    assert ("@SUM(A1)", "+1+1") == (first["FOBJID1"], second["FEXP"])


def test_the_sheets_of_a_voucher_are_one_voucher_there(rows_of, made):
    sheets = [made(*two(f"{part}.00"), part=part, parts=2, attachments_count=part) for part in (2, 1)]

    assert {3} == {row["FATTCHMENT"] for row in rows_of(sheets)}
    assert [(1, 0), (1, 1), (1, 2), (1, 3)] == [(row["FNUM"], row["FENTRYID"]) for row in rows_of(sheets)]
    assert [1, 1, 2, 2] == [row["FFCYAMT"] for row in rows_of(sheets)]


def test_a_voucher_that_lacks_a_sheet_is_refused(made, book):
    with pytest.raises(LedgerError, match="kingdee_kis: 2026-10 记-1 lacks its sheet 1/2"):
        ledgers.contents([made(*two(), part=2, parts=2)], ledger="kingdee_kis", book=book)


def test_quantity_and_price_are_exact_and_a_price_over_99_gives_up_zeros_only(rows_of, made):
    def stock(quantity, price):
        fields = {"account": "1405.01", "quantity": Decimal(quantity), "unit_price": Money(price, "CNY")}
        return next(iter(rows_of([made(*two("160.00", **fields))])))

    assert (Decimal("2.00"), Decimal("80.0000000")) == tuple(stock("2", "80.00")[name] for name in ("FQTY", "FPRICE"))
    assert Decimal("1234567.89") == stock("-3.5", "1234567.89")["FPRICE"]
    assert Decimal("-3.50") == stock("-3.5", "1234567.89")["FQTY"]


def test_dimensions_are_named_as_the_books_there_name_them(rows_of, made):
    aux = {"shop": "tmall_1", "supplier": "cainiao_warehouse_network", "customer": "c9"}
    voucher = made(*two(aux=aux, cash_flow_item="01"))
    ledger = KingdeeKis(
        dimensions={"supplier": "往来单位", "customer": "客户"}, codes={"cainiao_warehouse_network": "W01"}
    )

    row = next(iter(rows_of([voucher], ledger)))

    assert ("往来单位", "W01", "cainiao_warehouse_n") == (row["FCLSNAME1"], row["FOBJID1"], row["FOBJNAME1"][:19])
    assert ("客户", "c9", "c9", "") == (row["FCLSNAME2"], row["FOBJID2"], row["FOBJNAME2"], row["FCLSNAME3"])
    assert [
        "dimension shop is left out: 记-1 of 2026-10 line 1",
        "the cash flow item is left out: 记-1 of 2026-10 line 1",
    ] == list(ledger.notes([voucher]))


def test_the_fifth_dimension_of_a_line_is_left_out_and_told(rows_of, made):
    voucher = made(*two(aux=dict.fromkeys(("project", "employee", "department", "supplier", "customer"), "x")))

    row = next(iter(rows_of([voucher])))

    assert ["客户", "供应商", "部门", "职员"] == [row[f"FCLSNAME{slot}"] for slot in (1, 2, 3, 4)]
    assert ("dimension project is left out: 记-1 of 2026-10 line 1",) == KingdeeKis().notes([voucher])


@pytest.mark.parametrize("member", ["cainiao_network", "店🚀", "\n"])
def test_a_member_whose_code_does_not_fit_is_left_out_and_told_never_cut(member, rows_of, made):
    voucher = made(*two(aux={"supplier": member}))

    row = next(iter(rows_of([voucher])))

    assert ("", "", "") == (row["FCLSNAME1"], row["FOBJID1"], row["FOBJNAME1"])
    assert ("dimension supplier is left out: 记-1 of 2026-10 line 1",) == KingdeeKis().notes([voucher])
    assert "S1" == next(iter(rows_of([voucher], KingdeeKis(codes={member: "S1"}))))["FOBJID1"]


def test_those_who_signed_stand_in_their_own_columns_but_posting_is_done_there(rows_of, made):
    names = {"preparer": "制单", "cashier": "出纳", "reviewer": "审核人员们", "poster": "记账", "supervisor": "主管"}
    voucher = made(*two(), **names)

    row = next(iter(rows_of([voucher])))

    assert ["制单", "出纳", "审核人员", "", ""] == [
        row[name] for name in ("FPREPARE", "FCASH", "FCHECKER", "FPOSTER", "FPAY")
    ]
    assert KingdeeKis().notes([voucher])[0].startswith("FCHECKER is shortened")


def test_flags_say_true_and_false():
    columns = (Column("A", Kind.FLAG, 1), Column("B", Kind.FLAG, 1), Column("C", Kind.FLAG, 1))

    content = table(
        columns, [("x", {"A": True, "B": False})], changed_on=date(2026, 1, 2), encoding="ascii", codepage=0
    )

    assert content.endswith(b"\r TF \x1a")


def test_account_codes_can_be_without_separators(rows_of, made):
    assert {"1002", "220201"} == {row["FACCTID"] for row in rows_of([made(*two())], KingdeeKis(separator=""))}


def test_account_codes_that_become_one_are_refused(made, book):
    voucher = made(
        {"account": "1.12", "debit": Money(1, "CNY")},
        {"account": "11.2", "credit": Money(1, "CNY")},
    )

    with pytest.raises(LedgerError, match=r"kingdee_kis: account codes '1\.12' and '11\.2' both become 112"):
        KingdeeKis(separator="").render([voucher], book=book)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"amount": "100000000000.01"}, "FDEBIT: 100000000000.01 takes 15 places, the column has 14"),
        ({"quantity": Decimal("0.125")}, "FQTY: 0.125 has 3 decimals, 2 can be written"),
        (
            {"foreign_amount": Money("1.00", "USD"), "fx_rate": Decimal("7.12345678901")},
            "FEXCHRATE: 7.12345678901 has 11 decimals, 10 can be written",
        ),
        ({"foreign_amount": Money("1.000", "KWD"), "fx_rate": None}, "the line has an amount in KWD and no rate"),
    ],
)
def test_what_does_not_fit_is_refused_with_voucher_line_and_column(fields, message, made, book):
    with pytest.raises(LedgerError, match=f"kingdee_kis: 2026-10 记-1 line 1: {message}"):
        ledgers.contents([made(*two(**fields))], ledger="kingdee_kis", book=book)


FINE = {"foreign_amount": Money("12.345", "KWD"), "fx_rate": Decimal("0.8")}
STOCK = {"quantity": Decimal("0.125"), "unit_price": Money("80.00", "CNY")}


@pytest.mark.parametrize(("fields", "hint"), [
    (FINE, "finer='leave_out' writes such lines in the book's currency alone"),
    (STOCK, "finer='leave_out' writes such lines without the quantity"),
])  # fmt: skip
def test_a_figure_finer_than_its_column_says_what_to_do_about_it(fields, hint, made, book):
    with pytest.raises(LedgerError) as raised:
        ledgers.contents([made(*two(**fields))], ledger="kingdee_kis", book=book)

    assert "kingdee_kis: 2026-10 记-1 line 1" == raised.value.where
    assert hint in raised.value.hint


@pytest.mark.parametrize("finer", ["refuse", "leave_out"])
def test_a_book_whose_amounts_are_finer_is_sent_to_another_ledger(finer, made):
    dinars = Book(chart="ifrs", currency="KWD", timezone="Asia/Kuwait", taxpayer="general", vat=None, book_id="main")
    lines = ({"account": "1010", "debit": Money("1.234", "KWD")}, {"account": "2010", "credit": Money("1.234", "KWD")})

    with pytest.raises(LedgerError, match="has 3 decimals, 2 can be written") as raised:
        KingdeeKis(finer=finer).render([made(*lines)], book=dinars)
    assert "other amounts need another ledger" in raised.value.hint


def test_figures_finer_than_their_columns_are_left_out_and_told_when_asked(rows_of, made):
    ledger = KingdeeKis(finer="leave_out")
    vouchers = [made(*two(**FINE)), made(*two(**STOCK), number=2), made(*two(), number=3)]
    columns = ("FCYID", "FEXCHRATE", "FFCYAMT", "FDEBIT", "FQTY", "FPRICE")

    found = [tuple(row[name] for name in columns) for row in rows_of(vouchers, ledger) if row["FDC"] == "D"]

    ten = Decimal("10.00")
    assert [("RMB", 1, ten, ten, None, None), ("RMB", 1, ten, ten, None, 80), ("RMB", 1, ten, ten, None, None)] == found
    assert (
        "the original amount is left out: 记-1 of 2026-10 line 1",
        "the quantity is left out: 记-2 of 2026-10 line 1",
    ) == ledger.notes(vouchers)


def test_original_amounts_of_currencies_without_decimals_are_whole(rows_of, made):
    (row, _) = rows_of([made(*two(foreign_amount=Money("1500", "JPY"), fx_rate=Decimal("0.05")))])

    assert ("JPY", Decimal(1500)) == (row["FCYID"], row["FFCYAMT"])


def test_a_number_or_word_that_does_not_fit_is_refused(made, book):
    with pytest.raises(LedgerError, match="FNUM: 10000 takes 5 places, the column has 4"):
        ledgers.contents([made(*two(), number=10000)], ledger="kingdee_kis", book=book)
    with pytest.raises(LedgerError, match="FGROUP: '银行收' takes 6 bytes, the column has 4"):
        ledgers.contents([made(*two(), word="银行收")], ledger="kingdee_kis", book=book)


def test_a_line_in_another_currency_than_the_books_is_refused(made, book):
    lines = ({"account": "1002", "debit": Money(1, "USD")}, {"account": "2202.01", "credit": Money(1, "USD")})

    with pytest.raises(LedgerError, match="line 1 is in USD, but the book is kept in CNY"):
        ledgers.contents([made(*lines)], ledger="kingdee_kis", book=book)


def test_the_same_month_of_two_years_is_refused_and_other_months_are_not(made, rows_of, book):
    vouchers = [made(*two(), period=period) for period in ("2025-10", "2025-11", "2026-10")]

    with pytest.raises(LedgerError, match="kingdee_kis: periods 2025-10 and 2026-10 are both number 10 there"):
        ledgers.contents(vouchers, ledger="kingdee_kis", book=book)
    assert [10, 10, 11, 11] == [row["FPERIOD"] for row in rows_of(vouchers[:2])]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"foreign_accounts": "2202.01"}, "options: a list of texts is needed, got '2202.01'"),
        ({"codes": {"zto": 7}}, "options: a mapping of text to text is needed, got"),
        ({"separator": None}, "options: a text is needed, got None"),
        ({"finer": "round"}, "options: finer is 'refuse' or 'leave_out', got 'round'"),
    ],
)
def test_options_that_are_none_are_refused(options, message):
    with pytest.raises(LedgerError, match=message):
        KingdeeKis(**options)


def test_no_vouchers_are_a_table_without_records(rows_of):
    assert [] == list(rows_of([]))
