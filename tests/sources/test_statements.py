"""Bank statements that are no tables: entries, balances, totals, and what is refused."""

import re
from pathlib import Path

import pytest

import tieout
from tieout.errors import CorruptFile, HeaderNotFound, InputError, UnreadableFile

MT940 = """:20:A
:25:10020030/1234567
:28C:1/1
:60F:C260630EUR100,00
:61:2607010701C10,00NTRFNONREF//REF-1
:86:first
:61:2607020702D3,00NTRFNONREF//REF-2
:86:second
:62F:C260702EUR107,00
-
"""
CAMT = """<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><Stmt>
<Acct><Id><IBAN>DE02120300000000202051</IBAN></Id></Acct>
<Ntry><Amt Ccy="EUR">5.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-07-01</Dt></BookgDt></Ntry>
</Stmt></BkToCstmrStmt></Document>
"""
OFX = """OFXHEADER:100
<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>USD<BANKACCTFROM><ACCTID>0001234567</BANKACCTFROM><BANKTRANLIST><DTSTART>20260701<DTEND>20260731
<STMTTRN><DTPOSTED>{day}<TRNAMT>{amount}<FITID>A1<NAME>SHOP</STMTTRN></BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""


def read(text, **options):
    return tieout.read(text.encode(), **options)


def ofx(day="20260701", amount="-1.00", **options):
    return read(OFX.format(day=day, amount=amount), **options)


def figures(batch):
    return [(record.amount.amount, record.bank_ref) for record in batch.records]


def check(batch, name):
    (found,) = [check for check in batch.control.checks if check.name.startswith(name)]
    return found


def test_opening_balance_and_entries_make_the_closing_balance():
    batch = read(MT940)

    assert batch.control.holds
    assert {"opening balance": 10000, "records": 700} == check(batch, "closing balance").parts


def test_a_missing_entry_shows_in_the_balance():
    lines = MT940.splitlines(keepends=True)
    batch = read("".join(lines[:4] + lines[6:]))

    assert 1000 == check(batch, "closing balance").gap


def test_an_entry_that_cannot_be_read_keeps_its_lines_and_its_number():
    batch = read(MT940.replace("D3,00N", "D3;00N"))

    assert ["amount.unreadable"] == [reject.reason for reject in batch.rejects]
    assert [(7, 8)] == [(reject.line, reject.provenance.line_end) for reject in batch.rejects]
    assert check(batch, "entries").holds
    assert not check(batch, "closing balance").holds


def test_an_amount_with_a_letter_among_its_digits_is_no_shorter_amount():
    batch = read(MT940.replace("C10,00N", "C10,0ON"))

    assert 1 == len(batch.rejects) == len(batch.records)


def test_a_statement_without_its_closing_balance_was_cut_off():
    with pytest.raises(CorruptFile, match="closing balance"):
        read(MT940.partition(":62F:")[0])


def test_entries_before_the_year_ends_are_booked_in_the_next():
    batch = read(MT940.replace(":61:2607010701C", ":61:2612310102C"))

    assert ["2027-01-02", "2026-07-02"] == [str(record.booked_on) for record in batch.records]


def test_the_account_shows_its_last_digits_unless_asked_for():
    assert {"****4567"} == {record.account for record in read(MT940).records}
    assert {"10020030/1234567"} == {record.account for record in read(MT940, keep_pii=True).records}
    assert all("1234567" not in row.text for row in read(MT940).control.set_apart)


def test_the_same_transaction_in_two_downloads_has_the_same_made_reference():
    bare = MT940.replace("//REF-1", "").replace("//REF-2", "")
    later = bare.replace(":28C:1/1", ":28C:2/1").replace(":20:A", ":20:B\n:21:C")

    assert figures(read(bare)) == figures(read(later))
    assert all(record.bank_ref.startswith("syn-") for record in read(bare).records)


def test_two_transactions_that_are_alike_have_two_references():
    lines = MT940.replace("//REF-1", "").splitlines(keepends=True)
    batch = read("".join(lines[:6] + lines[4:]))

    assert 3 == len({record.bank_ref for record in batch.records})


def test_entries_on_one_line_are_all_read_and_the_line_counts_once():
    one = ofx().source.line_count
    text = OFX.format(day="20260701", amount="-1.00").replace("\n", "")
    twice = text.replace(
        "</BANKTRANLIST>",
        text[text.index("<STMTTRN>") : text.index("</BANKTRANLIST>")].replace("A1", "A2") + "</BANKTRANLIST>",
    )
    batch = read(twice)

    assert 3 == one
    assert ["A1", "A2"] == [record.bank_ref for record in batch.records]
    assert {"records": 1} == check(batch, "lines").parts
    assert {"booked": 2} == check(batch, "entries").parts


@pytest.mark.parametrize(
    ("amount", "minor"),
    [
        ("+1 006,60", 100660),
        ("-10,5", -1050),
        ("- 10.50", -1050),
        ("-1,234.56", -123456),
        ("1.234,56", 123456),
        (".5", 50),
    ],
)
def test_amounts_of_ofx_are_read_as_banks_write_them(amount, minor):
    assert [minor] == ofx(amount=amount).records.to_polars()["amount_minor"].to_list()


@pytest.mark.parametrize("amount", ["1,234", "12.5O", "1.2.3", "--1", ""])
def test_amounts_of_ofx_that_mean_several_things_or_none_are_rejects(amount):
    assert 1 == len(ofx(amount=amount).rejects)


@pytest.mark.parametrize(
    ("day", "found"), [("150726", "2026-07-15"), ("20260715000000[-5:EST]", "2026-07-15"), ("20260715", "2026-07-15")]
)
def test_days_of_ofx_are_the_banks(day, found):
    assert [found] == [str(record.booked_on) for record in ofx(day=day).records]


@pytest.mark.parametrize("day", ["260715", "00000000", "20260732", ""])
def test_days_of_ofx_that_are_none_or_outside_the_period_are_rejects(day):
    assert 1 == len(ofx(day=day).rejects)


BOMB = '<!DOCTYPE a [<!ENTITY a "x"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("declared", [BOMB, OUTSIDE, '<!DOCTYPE a SYSTEM "http://example.invalid/a.dtd">'])
@pytest.mark.parametrize(
    "text", [CAMT, "<?OFX OFXHEADER='200'?>" + OFX.format(day="20260701", amount="1.00").partition("\n")[2]]
)
def test_a_file_that_declares_a_document_type_is_refused(text, declared):
    with pytest.raises(UnreadableFile, match="declares a document type"):
        read(declared + text)


def test_xml_that_is_cut_off_is_refused():
    with pytest.raises(CorruptFile, match="cut off or damaged"):
        read(CAMT.partition("</Ntry>")[0])


def test_elements_nested_without_end_are_refused():
    with pytest.raises(UnreadableFile, match="nested"):
        read(CAMT.replace("<Ntry>", "<a>" * 100_000 + "<Ntry>"))


def test_an_entry_without_direction_is_a_reject():
    batch = read(CAMT.replace("<CdtDbtInd>CRDT</CdtDbtInd>", ""))

    assert ["amount.unreadable"] == [reject.reason for reject in batch.rejects]


def test_a_file_that_says_no_currency_asks_for_it():
    text = OFX.format(day="20260701", amount="-1.00").replace("<CURDEF>USD", "<CURDEF>")

    with pytest.raises(InputError, match="does not say its currency"):
        read(text)
    assert ["EUR"] == [record.amount.currency.code for record in read(text, constants={"currency": "EUR"}).records]


def test_a_file_of_another_kind_that_is_asked_for_as_a_statement_is_refused():
    with pytest.raises(HeaderNotFound):
        read("a,b\n1,2\n", format="mt940")


def test_the_encoding_that_a_file_names_is_believed_where_its_bytes_allow_it():
    text = (
        OFX.format(day="20260701", amount="-1.00")
        .replace("OFXHEADER:100", "OFXHEADER:100\nCHARSET:8859-1")
        .replace("SHOP", "CAFÉ")
    )

    assert ["CAFÉ"] == [record.counterparty for record in tieout.read(text.encode("latin-1")).records]
    assert ["CAFÉ"] == [record.counterparty for record in tieout.read(text.encode("utf-8")).records]


def test_qif_tells_day_and_month_or_asks():
    text = "!Type:Bank\nD1/2/26\nT-1.00\nMa\n^\n"
    said = {"constants": {"currency": "USD"}}

    with pytest.raises(InputError, match="which is the day"):
        read(text, **said)
    assert ["2026-02-01"] == [str(record.booked_on) for record in read(text, date_order="dmy", **said).records]
    assert ["2026-01-02"] == [str(record.booked_on) for record in read(text, date_order="mdy", **said).records]
    assert ["2026-01-31"] == [str(record.booked_on) for record in read(text.replace("1/2", "31/1"), **said).records]


def test_the_account_of_the_other_side_may_stand_where_the_reference_does():
    text = MT940.replace(
        ":61:2607010701C10,00NTRFNONREF//REF-1\n", ":61:2607010701C10,00NOVBNL00EXAM0123456789\njan voorbeeld\n"
    )
    first = next(iter(read(text).records))

    assert ("****6789", "j**", "first") == (first.counterparty_account, first.counterparty, first.memo)


def test_investment_transactions_are_not_passed_over_in_silence():
    invested = "<BUYMF><INVBUY><INVTRAN><FITID>B1<DTTRADE>20260701</INVTRAN></INVBUY></BUYMF></STMTRS>"
    batch = read(OFX.format(day="20260701", amount="-1.00").replace("</STMTRS>", invested))

    assert "ofx.investments" in {note.code for note in batch.notes}


def test_the_other_side_is_masked_in_records_and_rejects():
    head = "记账日期,币别,金额,余额,交易名称,附言,对方账户名,对方卡号/账号\n"
    lines = "2026-07-01,人民币,1.00,1.00,汇款,,支付宝-li.ming@example.com,\n2026-07-02,人民币,??,2.00,汇款,,李小明,\n"

    batch = tieout.read((head + lines).encode(), format="boc_debit")

    assert ["支付宝-li***"] == [line.counterparty for line in batch.records]
    assert ["李"] == [reject.raw.split(" | ")[6].rstrip("*") for reject in batch.rejects]


def test_the_owner_of_an_account_is_masked_where_the_rows_around_entries_are_shown():
    path = Path(__file__).parent.parent / "golden" / "sources" / "camt" / "statements.xml"
    text = re.sub("<Nm>[^<]*</Nm>", "<Nm>Quirinus Zandstra</Nm>", path.read_text("utf-8"))

    batch = tieout.read(text.encode())

    shown = " ".join(row.text for row in batch.control.set_apart)
    assert "<Ownr><Nm>Q**</Nm></Ownr>" in shown
    assert "Zandstra" not in shown
