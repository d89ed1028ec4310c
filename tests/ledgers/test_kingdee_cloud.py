"""Kingdee Cloud Galaxy: our own reader of its workbook, an independent one and the JSON say what the vouchers say."""

import io
import json
from decimal import Decimal

import pytest
from python_calamine import CalamineWorkbook

import tieout
from tieout import ledgers
from tieout.errors import LedgerError
from tieout.ledgers.kingdee_cloud import KingdeeCloud

WORDS = {"记": "PRE001", "转": "PRE004"}


def written(vouchers, book, **options):
    (content,) = ledgers.contents(vouchers, ledger=KingdeeCloud(**{"words": WORDS, **options}), book=book)
    return content


def rows_of(content):
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert ["凭证#单据头(FBillHead)"] == book.sheet_names
    keys, captions, *rows = book.get_sheet_by_index(0).to_python()
    return keys, captions, [dict(zip(keys, row, strict=True)) for row in rows]


def exact(cell):
    return None if cell == "" else Decimal(repr(cell))


def amount(money):
    return None if money is None else money.amount


def lines_of(vouchers):
    return [(voucher, line) for voucher in vouchers for line in voucher.lines]


def test_our_own_reader_gives_the_vouchers_back(month, rich, book):
    for vouchers in (month.vouchers, rich):
        content = written(vouchers, book, currencies={"CNY": "PRE001"})

        batch = tieout.read(content, format="kingdee_galaxy_vouchers")

        assert batch.control.holds
        assert [] == list(batch.rejects)
        records = list(batch.records)
        for (voucher, line), record in zip(lines_of(vouchers), records, strict=True):
            assert (voucher.period, voucher.word, voucher.number) == (record.period, record.word, record.number)
            assert (voucher.date, line.account, line.debit, line.credit) == (
                record.date,
                record.account,
                record.debit,
                record.credit,
            )
            assert (line.summary, line.quantity, line.fx_rate) == (record.summary, record.quantity, record.fx_rate)
            assert (line.aux.get("supplier"), line.aux.get("customer")) == (
                record.aux.get("供应商"),
                record.aux.get("客户"),
            )
            foreign = None if line.foreign_amount is None else line.foreign_amount * (1 if line.debit else -1)
            assert foreign == record.foreign_amount


def test_our_own_reader_knows_the_workbook_by_its_content(month, book, tmp_path):
    path = tmp_path / "v.xlsx"
    ledgers.write(month, path, ledger="kingdee_cloud", book=book)

    assert "kingdee_galaxy_vouchers" == tieout.read(path).format


def test_an_independent_reader_finds_every_figure(month, rich, book):
    for vouchers in (month.vouchers, rich):
        keys, captions, rows = rows_of(written(vouchers, book))

        assert len(keys) == len(captions)
        for (_, line), row in zip(lines_of(vouchers), rows, strict=True):
            assert (amount(line.debit), amount(line.credit)) == (exact(row["FDEBIT"]), exact(row["FCREDIT"]))
            own = line.foreign_amount or line.debit or line.credit
            assert (own.amount, line.fx_rate or 1) == (exact(row["FAMOUNTFOR"]), exact(row["FEXCHANGERATE"]))
            assert (line.quantity, amount(line.unit_price)) == (exact(row["FQty"]), exact(row["FPrice"]))


def test_the_head_stands_on_the_first_row_of_a_voucher_alone(rich, book):
    _, _, rows = rows_of(written(rich, book, account_book="24732001", organisation="100"))

    heads = [row for row in rows if row["FBillHead(GL_VOUCHER)"] != ""]
    assert [1.0, 2.0, 3.0, 4.0] == [row["FBillHead(GL_VOUCHER)"] for row in heads]
    assert ["1", "2", "1", "1"] == [row["FVOUCHERGROUPNO"] for row in heads]
    assert ("24732001", "100", "2026-10-08", 2026.0, 10.0, "PRE001", "记", 3.0, "否") == tuple(
        heads[0][key]
        for key in (
            "FAccountBookID",
            "FACCBOOKORGID",
            "FDate",
            "FYEAR",
            "FPERIOD",
            "FVOUCHERGROUPID",
            "FVOUCHERGROUPID#Name",
            "FATTACHMENTS",
            "FISADJUSTVOUCHER",
        )
    )
    assert {("", "", "")} == {
        (row["FDate"], row["FAccountBookID"], row["FVOUCHERGROUPNO"]) for row in rows if row not in heads
    }
    assert [float(nth) for nth in range(1, len(rows) + 1)] == [row["FEntity"] for row in rows]


def test_currencies_rate_types_and_members_are_theirs(rich, book):
    _, captions, rows = rows_of(
        written(rich, book, members={"C1": "CUST0005"}, aux={"customer": "FFLEX6", "shop": "FF100001"})
    )

    assert ("PRE007", "HLTX01_SYS", "CUST0005") == tuple(
        rows[0][key] for key in ("FCURRENCYID", "FEXCHANGERATETYPE", "FDetailID#FFLEX6")
    )
    assert ("PRE001", "S1") == (rows[4]["FCURRENCYID"], rows[4]["FDetailID#FF100001"])
    assert {"(分录)客户#编码", "(分录)shop#编码"} < set(captions)


def test_what_has_no_place_or_number_there_is_told(rich, book, tmp_path):
    galaxy = KingdeeCloud(words={"记": "PRE001"}, currencies={"CNY": "PRE001"})

    report = ledgers.write(rich, tmp_path / "v.xlsx", ledger=galaxy, book=book)

    assert (
        "dimension shop is left out: 记-1 of 2026-10 line 5 and 1 more",
        "voucher word 转 has no number in words= and stands as it is",
        "USD has no number in currencies= and stands as it is",
    ) == report.notes
    assert "转" == next(
        row["FVOUCHERGROUPID"] for row in rows_of(report.files[0].read_bytes())[2] if row["FDate"] == "2026-10-10"
    )
    assert () == KingdeeCloud().notes(rich[1:3])


def test_more_lines_than_a_file_takes_fill_several(rich, book):
    files = ledgers.contents(rich, ledger=KingdeeCloud(words=WORDS, lines_max=6), book=book)

    assert [5, 6, 2] == [len(rows_of(file)[2]) for file in files]
    assert 1.0 == rows_of(files[1])[2][0]["FEntity"]


def test_the_json_is_what_the_web_api_saves(rich, hostile, book):
    content = written([*rich, hostile], book, as_json=True, organisation="100")

    models = json.loads(content)["Model"]
    assert ["1", "2", "99", "1", "1"] == [model["FVOUCHERGROUPNO"] for model in models]
    assert {"FNumber": "001"} == models[0]["FAccountBookID"]
    assert ({"FNumber": "100"}, {"FNumber": "PRE001"}, 2026, 10, 3) == tuple(
        models[0][key] for key in ("FACCBOOKORGID", "FVOUCHERGROUPID", "FYEAR", "FPERIOD", "FATTACHMENTS")
    )
    first = models[0]["FEntity"][0]
    assert {"FDETAILID__FFLEX6": {"FNumber": "C1"}} == first["FDetailID"]
    assert ("7200.00", "1000.00", "7.2", {"FNumber": "PRE007"}) == tuple(
        first[key] for key in ("FDEBIT", "FAMOUNTFOR", "FEXCHANGERATE", "FCURRENCYID")
    )
    assert "-80.00" == models[-1]["FEntity"][1]["FCREDIT"]
    assert ["1000000000000000.00", "+1+1"] == [models[2]["FEntity"][1][key] for key in ("FCREDIT", "FEXPLANATION")]
    for model in models:
        assert 0 == sum(Decimal(line.get("FDEBIT", 0)) - Decimal(line.get("FCREDIT", 0)) for line in model["FEntity"])


def test_the_suffix_says_which_of_the_two_it_is():
    assert (".xlsx", ".json") == (KingdeeCloud().suffix, KingdeeCloud(as_json=True).suffix)


def test_the_same_vouchers_give_the_same_bytes(rich, book):
    for as_json in (False, True):
        assert written(rich, book, as_json=as_json) == written(tuple(reversed(rich)), book, as_json=as_json)


def test_a_number_in_place_of_a_code_is_refused():
    with pytest.raises(LedgerError, match="options: a text is needed, got 1\nHint: write codes in quotes"):
        KingdeeCloud(account_book=1)
