"""Drafts of mappings for files that no format knows."""

import tomllib
from pathlib import Path

import pytest

import tieout
from tieout.errors import InputError, TieoutError
from tieout.sources import draft_mapping
from tieout.sources._draft_words import Sense, arrival_of_words, learned, stage_of_words
from tieout.sources._registry import ROOM, format_of

GOLDENS = Path(__file__).parent.parent / "golden" / "sources"
FOLDERS = sorted(folder for folder in GOLDENS.iterdir() if folder.is_dir())


def draft(text, **more):
    return draft_mapping(text.encode(), **more)


def columns(found):
    return tomllib.loads(found.text)["columns"]


def line_of(found, key):
    return next(line for line in found.text.splitlines() if line.startswith((f"{key} =", f"# {key} =", f'"{key}" =')))


def amounts(found):
    return found.batch.records.to_polars()["amount_minor"].to_list()


STATEMENT = "Day,Text,Paid in,Paid out,Balance\n2026-07-01,rent,,700.00,300.00\n2026-07-02,sales,50.00,,350.00\n"


def test_each_column_is_guessed_and_each_guess_has_its_reason():
    found = draft(STATEMENT, said={"currency": "EUR"})

    assert "BankTransaction" == found.record
    assert {"booked_on": "Day", "memo": "Text", "balance_after": "Balance", "amount": {"gain": "Paid in", "loss": "Paid out"}} == {
        **columns(found), "memo": columns(found).get("memo", "Text")
    }  # fmt: skip
    assert all("  # " in line for line in found.text.splitlines() if " = " in line and not line.startswith("#"))
    assert ([-70000, 5000], True) == (amounts(found), found.batch.control.holds)


def test_what_is_drafted_can_be_read(tmp_path):
    path = tmp_path / "draft.toml"
    path.write_text(draft(STATEMENT, said={"currency": "EUR"}).text, "utf-8")

    batch = tieout.read(STATEMENT.encode(), format="generic_table", mapping=path)

    assert (2, True) == (len(batch.records), batch.control.holds)


def test_what_nobody_can_know_is_asked_and_refused_until_it_is_said(tmp_path):
    found = draft(STATEMENT)
    path = tmp_path / "draft.toml"
    path.write_text(found.text, "utf-8")

    assert ("currency",) == found.asked
    assert '# currency = "EUR"  # ASK: the file does not say it' == line_of(found, "currency")
    with pytest.raises(InputError, match="BankTransaction needs currency"):
        tieout.read(STATEMENT.encode(), format="generic_table", mapping=path)
    assert 2 == len(tieout.read(STATEMENT.encode(), format="generic_table", mapping=path, currency="GBP").records)


def test_a_known_format_is_named_instead():
    path = GOLDENS / "alipay_fund_detail"
    known = next(one for one in sorted(path.iterdir()) if one.suffix == ".csv")

    found = draft_mapping(known)

    assert ("alipay_fund_detail", "") == (found.format, found.text)
    assert "# A known format fits: alipay_fund_detail" in draft_mapping(known, anyway=True).text


def test_captions_that_a_leaf_reads_are_known_from_it():
    for leaf in ROOM.leaves():
        for column in getattr(format_of(leaf), "columns", ()):
            if column.to in {"amount", "tracking_no", "posted_at"}:
                for caption in column.captions:
                    assert tieout.sources._captions.fold_caption(caption) in learned()

    found = draft("运单号,应付金额\nSF1012345678901,1.50\n")
    assert "known from" in line_of(found, "tracking_no")


@pytest.mark.parametrize(("days", "expected"), [
    ("2026-07-01 2026-07-02", "Day"),
    ("13.07.2026 14.07.2026", {"column": "Day", "format": "%d.%m.%Y"}),
    ("07/13/2026 07/14/2026", {"column": "Day", "format": "%m/%d/%Y"}),
    ("02/07/2026 03/07/2026 01/08/2026", {"column": "Day", "format": "%d/%m/%Y"}),
    ("01/07/2026 02/07/2026 03/07/2026", "Day"),
])  # fmt: skip
def test_the_way_of_dates_is_told_or_asked(days, expected):
    rows = "".join(f"{day},x{at},1.50\n" for at, day in enumerate(days.split()))
    found = draft(f"Day,Label,Amount\n{rows}", said={"currency": "EUR"})

    assert expected == columns(found)["booked_on"]
    assert (("date_format",) if "01/07" in days else ()) == found.asked


def test_a_way_of_dates_that_is_said_is_taken():
    text = "Day,Label,Amount\n01/07/2026,x,1.50\n02/07/2026,y,2.50\n"

    found = draft(text, said={"currency": "EUR", "date_format": "%d/%m/%Y"})

    assert (2, ()) == (len(found.batch.records), found.asked)


def test_the_sign_is_the_one_that_the_balances_follow():
    rows = ["2026-07-01,a,5.00,D,95.00", "2026-07-02,b,-20.00,C,115.00", "2026-07-03,c,1.00,D,114.00"]
    found = draft("Date,Label,Amount,D/C,Balance\n" + "\n".join(rows) + "\n", said={"currency": "EUR"})

    assert [-500, 2000, -100] == amounts(found)
    assert "the balances follow so" in line_of(found, "amount")
    debt = draft(
        "Date,Label,Amount,Balance\n2026-07-01,a,5.00,-5.00\n2026-07-02,b,-2.00,-3.00\n", said={"currency": "EUR"}
    )
    assert ([-500, 200], {"column": "Amount", "inverse": True}) == (amounts(debt), columns(debt)["amount"])


def test_balances_that_follow_in_no_way_say_nothing_of_signs():
    text = "Date,Label,Amount,Balance\n2026-07-01,a,5.00,10.00\n2026-07-02,b,7.00,90.00\n"

    found = draft(text, said={"currency": "EUR"})

    assert "Amount" == columns(found)["amount"]
    assert "the balances say nothing of signs" in line_of(found, "amount")


def test_figures_that_could_mean_two_things_are_asked():
    text = "Date,Label,Debit,Credit\n2026-07-01,a,5.00,\n2026-07-02,b,,-7.00\n"

    found = draft(text, said={"currency": "EUR"})

    assert ("columns.amount.written",) == found.asked
    with pytest.raises(InputError, match="'\\?' is not a way of writing"):
        tieout.read(text.encode(), format="generic_table", mapping=tomllib.loads(found.text))


def test_personal_columns_are_left_out_and_never_shown():
    text = "日期,金额,收件人,手机号,往来信息,Partner Name\n" + "".join(
        f"2026-07-0{day},{day}.50,张三丰{day},1380013800{day},转给 1391234567{day} 李四,Jane Doe{day}\n"
        for day in range(1, 8)
    )

    found = draft(text)

    assert "'收件人': left out, its caption says personal data (name)" in found.text
    assert "'往来信息': left out, its cells look like personal data" in found.text
    for secret in ("张三丰", "13800138", "13912345", "李四", "Jane"):
        assert secret not in found.text


SPEAKING = [  # the captions of lists that a shop has, and the record that they are
    (
        "科目编码,科目名称,往来单位,日期,币种,期末余额",
        "2202.01,应付账款,中通,2026-10-31,CNY,-3763.75",
        "AccountBalance",
    ),
    (
        "盘点单号,仓库,盘点时间,商品编码,账面数量,实盘数量,成本价",
        "PD-1,杭州仓,2026-10-31,LAMP-01,85,84,80.50",
        "StockCount",
    ),
    (
        "单据类型,单据号,供应商,日期,商品编码,数量,不含税单价",
        "送货单,DN-1,甲厂,2026-10-01,LAMP-01,420,80.50",
        "StockDocument",
    ),
    (
        "流水号,时间,仓库,商品编码,数量,成本价,采购单号,运单号",
        "KC1,2026-10-01,杭州仓,LAMP-01,4,80.50,PO-1,SF1430000000000",
        "StockMovement",
    ),
    (
        "售后单号,平台单号,售后类型,申请时间,退货运单号,运费",
        "AS1,3302026100100001021,退货退款,2026-10-07,YT8800000000310,8.50",
        "Return",
    ),
    (
        "退款单号,平台单号,申请金额,退款金额,申请时间,成功时间",
        "RF1,3302026100100001021,240.50,240.50,2026-10-07,2026-10-08",
        "Refund",
    ),
    (
        "结算单号,平台,店铺,账期起,账期止,币种,结算净额",
        "JS1,天猫,灯屋,2026-10-06,2026-10-10,CNY,26320.82",
        "Settlement",
    ),
    (
        "快递公司,账单编号,账期起,账期止,币种,账单金额",
        "中通,ZTO-2026-10,2026-10-01,2026-10-31,CNY,3783.75",
        "CourierInvoice",
    ),
    (
        "平台,平台单号,订单状态,付款时间,发货时间,应收金额,运费",
        "天猫,3302026100100001021,已完成,2026-10-01,2026-10-02,235.50,0.00",
        "Order",
    ),
]


@pytest.mark.parametrize(("captions", "row", "record"), SPEAKING, ids=[one[2] for one in SPEAKING])
def test_a_list_that_speaks_of_a_record_is_not_drafted_as_another(captions, row, record):
    """Their days and amounts made them lines of a bank, and one with tracking numbers a courier's bill."""
    with pytest.raises(InputError, match=f"speaks? of {record}") as found:
        draft(f"{captions}\n{row}\n{row}\n")

    assert record in found.value.hint
    assert ("--record " + record in found.value.hint) == (record in {"Refund", "Order"})  # of which drafts can be made


@pytest.mark.parametrize("left", ["出库时间", "出库仓"])
def test_parcels_with_a_row_for_each_article_are_no_stock_because_they_left_a_warehouse(left):
    rows = "3302026100100001021,YT8800000000310,2026-10-01,LAMP-01,1\n"
    cost = (
        "订单号,运单号,出库时间,商品编码,数量,成本价\n3302026100100001021,YT8800000000310,2026-10-01,LAMP-01,1,80.50\n"
    )

    assert "Shipment" == draft(f"订单号,运单号,{left},商品编码,数量\n{rows}{rows}").record
    for captions in ("订单号,运单号,出入库时间,商品编码,数量", "订单号,出库单号,出库时间,商品编码,数量"):
        with pytest.raises(InputError, match="speak of StockMovement"):
            draft(f"{captions}\n{rows}{rows}")
    with pytest.raises(InputError, match="speak of StockMovement"):
        draft(cost)


def test_days_and_amounts_alone_say_of_no_record():
    with pytest.raises(InputError, match="as many records have, and nothing says of what"):
        draft("日期,部门,金额\n2026-10-01,行政,10.50\n2026-10-02,行政,11.50\n")

    assert "BankTransaction" == draft("日期,对方单位,金额\n2026-10-01,甲厂,-10.50\n2026-10-02,甲厂,1.50\n").record


def test_examples_of_what_is_not_understood_are_masked():
    rows = "".join(f"2026-07-0{day},{day}.50,Anna Brown{day},62220000111122{day}3\n" for day in range(1, 8))

    found = draft(f"Date,Amount,Whatever,Things\n{rows}", record="BankTransaction", said={"currency": "EUR"})

    assert "'Whatever': not understood; text, such as" in found.text
    assert "Brown" not in found.text
    assert "0000111122" not in found.text


def test_a_bill_of_a_courier_asks_the_unit_of_its_weights():
    found = draft(
        "AWB Code,Charged Weight,Zone,Billing Amount (₹)\nA1091117222124,1.3,d,135.00\nA1091117222194,1,d,90.20\n"
    )

    assert ("CourierCharge", ("weight_unit",)) == (found.record, found.asked)
    assert '"INR"' in line_of(found, "currency")
    assert [13500, 9020] == amounts(found)


def test_charges_of_a_courier_are_taken_apart(monkeypatch):
    monkeypatch.setattr(tieout.sources._draft_words, "learned", dict)
    tied = "运单号,运费,偏远附加费,应付金额\nSF1012345678901,10.00,2.00,12.00\nSF1012345678902,9.00,0,9.00\n"
    found = draft(tied)

    assert {"运费": "base", "偏远附加费": "remote_area"} == tomllib.loads(found.text)["charges"]
    assert ("应付金额", True) == (tomllib.loads(found.text)["net"], found.batch.control.holds)
    loose = draft(tied.replace("12.00", "15.00"))
    assert (True, [300, 1000, 200, 900]) == (tomllib.loads(loose.text)["charges_included"], amounts(loose))


def test_amounts_of_a_settlement_are_those_that_leaves_read_as_lines(monkeypatch):
    teach = {
        caption: (Sense(name=f"part {kinds}", reason="taught", is_known=True, record="SettlementLine"),)
        for caption, kinds in (("goods", "sale sale_refund"), ("cut", "commission"))
    }
    monkeypatch.setattr(tieout.sources._draft_words, "learned", lambda: teach)

    found = draft(
        "Order ID,Goods,Cut,Amount\nA-1001,10.00,-1.00,9.00\nA-1002,-4.00,0.00,-4.00\n", said={"currency": "EUR"}
    )

    assert {"Goods": ["sale", "sale_refund"], "Cut": "commission"} == tomllib.loads(found.text)["amounts"]
    assert ([1000, -100, -400], True) == (amounts(found), found.batch.control.holds)


def test_types_are_listed_and_unknown_till_a_person_says():
    text = "订单号,业务类型,金额,时间\n" + "".join(
        f"1234567890123456{at},{kind},{at}.50,2026-07-01 08:00:0{at}\n"
        for at, kind in enumerate(["货款", "佣金", "神秘", "货款", "佣金", "神秘"], start=1)
    )

    found = draft(text)

    assert ("SettlementLine", ["sale", "commission", "unknown"] * 2) == (
        found.record,
        found.batch.records.to_polars()["type"].to_list(),
    )
    assert '# "^神秘$" = "unknown"  # ASK: 2 lines' in found.text
    assert 'timezone = "Asia/Shanghai"  # the captions are Chinese' in found.text


def test_rows_below_the_table_become_footers_when_they_show_no_money():
    text = STATEMENT + "Statement made 2026-08-01,,,,\nHeld: 5.00 more,,3.00,,\n"

    found = draft(text, said={"currency": "EUR"})

    assert ["^Statement made"] == tomllib.loads(found.text)["footer"]
    assert [5] == [reject.line for reject in found.batch.rejects]


def test_a_file_without_header_goes_by_number():
    found = draft("2026-07-01;x;12,50\n2026-07-02;y;-1.003,00\n", said={"currency": "EUR"})

    assert {"booked_on": "1", "amount": "3"} == columns(found)
    assert ({"header_row": 0, "decimal_mark": ","}, [1250, -100300]) == (
        {key: tomllib.loads(found.text)[key] for key in ("header_row", "decimal_mark")},
        amounts(found),
    )


def test_the_header_stands_below_other_rows():
    text = "Account,12345678\nPeriod,July 2026\n\n" + STATEMENT

    assert (4, 2) == (
        (found := draft(text, said={"currency": "EUR"})).batch.source.header_line,
        len(found.batch.records),
    )


@pytest.mark.parametrize(("text", "more", "message"), [
    ("a\nb\n", {}, "looks like captions above data"),
    ("Zone,Factor\na,0.5\nb,0.75\n", {}, "no record of tieout.model fits a table of 'Zone', 'Factor'"),
    (STATEMENT, {"record": "Bill"}, "no draft is made of Bill; records: Article, BankTransaction"),
    (STATEMENT, {"said": {"colour": "red"}}, "a draft has no option colour"),
    (STATEMENT, {"said": {"header_row": "first"}}, "a line is a whole number"),
])  # fmt: skip
def test_what_cannot_be_drafted_says_why(text, more, message):
    with pytest.raises(InputError, match=message):
        draft(text, **more)


def test_a_record_that_lacks_what_it_needs_is_drafted_with_a_question():
    found = draft("Label,Amount\nx,1.50\ny,2.50\n", record="BankTransaction", said={"currency": "EUR"})

    assert (("booked_on",), None) == (found.asked, found.batch)
    assert "which it cannot read yet: columns: BankTransaction needs booked_on" in found.text


def _small(folder):
    files = [one for one in sorted(folder.iterdir()) if one.suffix in {".csv", ".txt", ".tsv", ".xlsx", ".xls"}]
    return files[:1]


@pytest.mark.parametrize(
    "path", [one for folder in FOLDERS for one in _small(folder)], ids=lambda path: path.parent.name
)
def test_whatever_is_drafted_is_valid_and_accounts_for_every_line(path):
    try:
        found = draft_mapping(path, anyway=True)
    except TieoutError:
        return  # a file that is no table, or that nothing of a record is in

    mapping = tomllib.loads(found.text)
    assert found.record == mapping["record"]
    if found.batch is not None:
        assert all(check.holds for check in found.batch.control.checks if check.name == "lines")


REAL = [
    ("bank/generic_csv/oca-balance.csv", {"currency": "USD"}, 2, 0),
    ("bank/generic_csv/oca-debit_credit.csv", {"currency": "USD"}, 2, 0),
    ("bank/generic_csv/oca-debit_credit_amount.csv", {"currency": "USD"}, 4, 0),
    ("bank/generic_csv/oca-sample_statement_en.csv", {}, 2, 0),
    ("bank/us_csv/beanhub-chase_credit_card.csv", {"currency": "USD", "date_format": "%m/%d/%Y"}, 5, 0),
    ("bank/boc_csv/deg-boc-debit.csv", {}, 17, 0),
    ("bank/bocom_csv/deg-bocom-debit.csv", {}, 6, 0),
    ("bank/cmb_csv/deg-cmb-debit.csv", {}, 5, 0),
    ("bank/ccb_xls/daoru-ccb-hqmx.xls", {}, 5, 0),
    ("courier/cointab_india/Courier_Company-Invoice.csv", {"currency": "INR", "weight_unit": "kg"}, 124, 0),
    ("erp/zoho_books/adw-Journal_24288684721.csv", {"currency": "CAD"}, 154, 0),
    ("erp/zoho_books/adw-Invoice_24288684721.csv", {"currency": "CAD"}, 40, 0),
    ("payment/meituan_personal/deg-mt-records.csv", {}, 29, 0),
]  # fmt: skip


@pytest.mark.parametrize(("name", "options", "records", "rejects"), REAL, ids=[row[0] for row in REAL])
def test_drafts_of_collected_files_read_them_whole(samples, tmp_path, name, options, records, rejects):
    path = samples / name
    if not path.exists():
        pytest.skip("that file is not among the samples here")
    found = draft_mapping(path, anyway=True)
    (tmp_path / "draft.toml").write_text(found.text, "utf-8")

    said = {"currency": "EUR", "timezone": "UTC", "date_format": "%m/%d/%Y", **options}
    batch = tieout.read(
        path, format="generic_table", mapping=tmp_path / "draft.toml", **{key: said[key] for key in found.asked}
    )

    assert (records, rejects) == (batch.records.to_polars()["source_line"].n_unique(), len(batch.rejects))
    assert all(check.holds for check in batch.control.checks if check.name == "lines")


def test_a_column_of_directions_with_a_word_that_is_none_still_signs_the_amounts():
    statement = (
        "交易时间,收/支,金额,交易订单号\n2026-07-01 10:00:00,支出,6.20,T1001\n"
        "2026-07-02 10:00:00,不计收支,0.31,T1002\n2026-07-03 10:00:00,收入,9.00,T1003\n"
    )

    text = draft(statement).text

    assert 'amount = { column = "金额", direction = "收/支" }' in text
    assert "lines with '不计收支' are refused, for these say no direction" in text


PARCELS = """快递公司,运单号,发货仓,称重(kg),长(cm),保价金额,状态,揽收时间,签收时间,作废时间
顺丰,SF1131207750437,杭州仓,0.88,30,1450,已签收,2026-10-06 17:11,2026-10-08 17:11,
中通快递,78210077310474,义乌仓,1.19,,,运输中,2026-10-06 17:12,,
某某达,78210077310511,义乌仓,1.5,,,已作废,2026-10-06 17:13,,2026-10-07 09:00
"""


def test_a_list_of_parcels_is_read_with_weights_couriers_and_stages():
    found = draft(PARCELS)
    first, second, third = found.batch.records

    assert ("Shipment", ()) == (found.record, found.asked)
    assert ["sf", "zto", "某某达"] == [one.carrier for one in found.batch.records]
    assert ["signed", "in_transit", "voided"] == [one.status for one in found.batch.records]
    assert (880, 30, "1450.00") == (first.weight_scale_g, first.length_cm, f"{first.declared_value.amount:.2f}")
    assert (6, 8, 7) == (second.picked_up_at.day, first.signed_at.day, third.voided_at.day)
    assert (None, "义乌仓") == (second.shipped_at, second.warehouse)
    assert "not known, and left as they are: '某某达'" in found.text


def test_a_stage_that_nobody_knows_leaves_the_column_to_a_person():
    found = draft(PARCELS.replace("运输中", "未签收"))

    assert "status" not in columns(found)
    assert "# '状态': not understood" in found.text.replace("#   ", "# ")
    assert 3 == len(found.batch.records)


@pytest.mark.parametrize(
    ("words", "stage"),
    [("已签收", "signed"), ("未签收", None), ("不在运输", None), ("派送中", "out_for_delivery"), ("退回中", "returning"), ("已退回", "returned"),
     ("待揽收", "label_created"), ("已揽收", "picked_up"), ("Delivered", "signed"), ("not delivered", None), ("delivery failed", None), ("神秘", None)],
)  # fmt: skip
def test_words_of_stages_mean_what_people_mean_by_them(words, stage):
    assert stage == stage_of_words(words)


def test_a_couriers_bill_is_still_one_where_its_fees_are_called_like_what_a_parcel_has():
    bill = "运单号,日期,运费,保价费,代收货款手续费\nSF1131207750437,2026-10-06,8.00,1.00,2.00\nSF1131207750438,2026-10-06,9.00,1.00,2.00\n"

    assert "CourierCharge" == draft(bill).record


PAYOUTS = """平台,店铺,结算单号,提现单号,提现时间,提现金额,币种,状态
天猫,灯屋,JST1,TX1,2026-10-06 10:00:00,120.50,CNY,提现成功
拼多多,灯屋,JST2,TX2,2026-10-13 10:00:00,80.00,CNY,提现失败
"""


def test_a_list_of_withdrawals_is_read_as_payouts_that_leave_the_platform():
    found = draft(PAYOUTS)
    first, second = found.batch.records

    assert ("Payout", ()) == (found.record, found.asked)
    assert ["tmall", "pdd"] == [first.platform, second.platform]
    assert ["paid", "failed"] == [first.status, second.status]
    assert (("JST1",), "TX1", [-12050, -8000]) == (first.settlement_ids, first.payout_id, amounts(found))


@pytest.mark.parametrize(
    ("words", "stage"), [("提现成功", "paid"), ("未成功", None), ("处理中", "in_transit"), ("unpaid", None)]
)
def test_words_of_payouts_mean_what_people_mean_by_them(words, stage):
    assert stage == arrival_of_words(words)


def test_rows_of_one_parcel_are_its_articles():
    rows = "快递公司,运单号,称重(kg),揽收时间,平台单号,商品编码,数量\n" + "".join(
        f"中通,7821007731047{n},1.5,2026-10-06 17:11,26100{n}-1,{sku},{count}\n"
        for n, sku, count in [(1, "LAMP", 1), (1, "CUP", 2), (2, "CUP", 1), (3, "LAMP", 1)]
    )
    found = draft(rows)

    assert 'by = ["carrier", "tracking_no"]  # 1 numbers stand on several rows' in found.text
    assert [("LAMP", 1), ("CUP", 2)] == [(line.sku, line.quantity) for line in found.batch.records[0].lines]
    assert [2, 1, 1] == [len(one.lines) for one in found.batch.records]


def test_a_list_with_a_row_for_each_parcel_has_no_lines():
    rows = "运单号,称重(kg),揽收时间,商品编码\n78210077310471,1.5,2026-10-06,LAMP\n78210077310472,1.2,2026-10-06,LAMP\n"

    assert "by = " not in draft(rows).text
    assert "lines." not in draft(rows).text


def test_a_bill_says_whose_it_is_in_its_name_or_above_its_table(tmp_path):
    table = "运单号,扫描日期,结算重量(kg),运费,偏远附加费\n78210077310471,2026-10-06,1,2.60,\n78210077310472,2026-10-06,2,4.20,5.00\n"
    (tmp_path / "中通对账单.csv").write_text(table, encoding="utf-8")
    above = draft("圆通速递有限公司 对账单\n" + table)

    assert "zto" == draft_mapping(tmp_path / "中通对账单.csv").batch.records[0].carrier
    assert "yto" == above.batch.records[0].carrier
    assert draft(table).batch.records[0].carrier is None


def test_freight_beside_surcharges_does_not_hold_them():
    bill = "运单号,扫描日期,结算重量(kg),运费,偏远附加费\n78210077310471,2026-10-06,1,2.60,\n78210077310472,2026-10-06,2,4.20,5.00\n"
    found = draft(bill)

    assert () == found.asked
    assert [("base", 260), ("base", 420), ("remote_area", 500)] == sorted(
        (one.charge_type.value, int(one.amount.get_amount_in_sub_unit())) for one in found.batch.records
    )
