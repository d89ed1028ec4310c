"""A total that nobody can read, or that is not there, proves nothing: the control does not hold, and says why."""

import tomllib
from pathlib import Path

import pytest

import tieout

GOLDENS = Path(__file__).parent.parent / "golden" / "sources"


def read(leaf, file, *changes, **options):
    path = GOLDENS / leaf / file
    said = path.with_name(f"{file}.toml")
    options |= tomllib.loads(said.read_text("utf-8")) if said.exists() else {}
    data = path.read_bytes()
    encoding = "gb18030" if leaf.startswith(("alipay", "sto")) else "utf-8"
    for old, new in changes:
        assert old.encode(encoding) in data
        data = data.replace(old.encode(encoding), new.encode(encoding))
    return tieout.read(data, format=leaf, **options)


def shown(batch):
    return [check.name for check in batch.control.failures]


CASES = [
    ("alipay_fund_detail", "2026-05.csv", "共162.41元", "共--元", "收入合计 can be read"),
    ("alipay_fund_detail", "2026-05.csv", "收入合计：4笔", "收入合计：四笔", "收入合计 can be read"),
    ("alipay_business_detail", "2026-07-31.csv", "商家实收共1363.50元，商家优惠共10.00元", "", "交易合计 can be read"),
    ("wechat_fund_bill", "basic.csv", "`6.0,", "`six,", "资金流水总笔数 is there"),
    ("sto_monthly_bill", "bill.csv", ",25.70", ",25.7O", "账单合计 can be read"),
    ("sto_monthly_bill", "bill.csv", "件量,,,,,,,,,,,6", "件量,,,,,,,,,,,b6", "件量 can be read"),
    (
        "dlocal_settlement",
        "january.csv",
        "HEADER,USD,12,92.96,",
        "HEADER,USD,12,92.9G,",
        "GROSS_TOTAL_AMOUNT can be read",
    ),
    ("dlocal_settlement", "january.csv", "HEADER,USD,12,", "HEADER,USD,1Z,", "NUMBER_OF_ITEMS can be read"),
    ("trustly_reconciliation", "march.csv", "L,5,136.50", "L,5,136.5O", "L transactions total can be read"),
    ("trustly_reconciliation", "march.csv", "L,5,136.50", "L,S,136.50", "L transactions can be read"),
    ("dhl_ecommerce_invoice", "two_invoices.csv", ",9.99,,1", ",9.9g,,1", "total of invoice E0001235 can be read"),
    (
        *("dhl_ecommerce_invoice", "two_invoices.csv", ",9.99,,1", ",9.99,,l"),
        "number of shipments of invoice E0001235 can be read",
    ),
    ("venmo_statement", "june.csv", "$100.00,,,,,", "$1OO.00,,,,,", "Beginning Balance can be read"),
    ("venmo_statement", "june.csv", "$770.90,$19.10,", "$770.90,$l9.10,", "Statement Period Venmo Fees can be read"),
    ("venmo_statement", "june.csv", "$770.90,$19.10,", "$770.90,$19.11,", "Statement Period Venmo Fees"),
    (
        "amazon_settlement_v1",
        "no_promotions_off.txt",
        "\t-321.69\tCAD",
        "\t-321.69?\tCAD",
        "total-amount 90000000001 can be read",
    ),
    ("mt940", "statements.sta", ":62F:C260707EUR000000000010,00", ":62F:C260707EURO0000000010,00", None),
    ("camt", "statements.xml", "<NbOfNtries>6<", "<NbOfNtries>six<", None),
    ("camt", "statements.xml", "<Sum>330.86<", "<Sum>33O.86<", None),
    ("paypal_stl", "two-currencies.csv", '"SF","USD",5200,', '"SF","USD",52OO,', None),
    ("paypal_stl", "two-currencies.csv", '"SC",9', '"SC",g', "SC lines can be read"),
]


@pytest.mark.parametrize(("leaf", "file", "old", "new", "name"), CASES, ids=[f"{case[0]}-{case[3]}" for case in CASES])
def test_a_total_that_cannot_be_read_fails_a_check_of_its_name(leaf, file, old, new, name):
    before, after = shown(read(leaf, file)), shown(read(leaf, file, (old, new)))

    added = [one for one in after if one not in before]
    assert {name} <= set(added) if name is not None else any(one.endswith("can be read") for one in added), added


def test_an_unreadable_total_is_told_once_and_without_what_is_personal():
    batch = read("sto_monthly_bill", "bill.csv", (",25.70", ",电话13812345678"))

    assert ["total.unreadable: the declared total 账单合计, '电话138****5678', cannot be read"] == [
        str(note) for note in batch.notes if note.code == "total.unreadable"
    ]


def test_a_cell_of_a_total_row_that_is_no_amount_fails_a_check():
    bill = "运单号,金额,重量\nSF1012345678901,12.50,1\n合计,12.5O,1\n"
    mapping = {"record": "CourierCharge", "currency": "CNY", "constants": {"charge_type": "all_in"}}
    columns = {"tracking_no": "运单号", "amount": "金额"}

    batch = tieout.read(bill.encode(), format="generic_table", columns=columns, **mapping)
    words = tieout.read(bill.replace("12.5O", "共1件").encode(), format="generic_table", columns=columns, **mapping)

    assert ["合计 金额 can be read"] == shown(batch)
    assert [] == shown(words)


def test_an_export_of_alipay_whose_end_is_missing_does_not_hold():
    whole = (GOLDENS / "alipay_fund_detail" / "2026-05.csv").read_bytes().decode("gb18030")
    lines = whole.splitlines(keepends=True)
    end = next(at for at, line in enumerate(lines) if "列表结束" in line)
    header = next(at for at, line in enumerate(lines) if "账务流水号" in line)

    cut = tieout.read("".join(lines[: end - 1]).encode("gb18030"), format="alipay_fund_detail")
    edited = tieout.read("".join(lines[header:end]).encode("gb18030"), format="alipay_fund_detail")

    assert {"收入合计 is there", "支出合计 is there"} <= set(shown(cut))
    assert {"收入合计 is there", "支出合计 is there"}.isdisjoint(shown(edited))
    assert 2 == sum(note.code == "total.missing" for note in edited.notes)


def test_a_bill_of_wechat_without_its_totals_does_not_hold():
    lines = (GOLDENS / "wechat_fund_bill" / "basic.csv").read_text("utf-8-sig").splitlines(keepends=True)

    cut = tieout.read("".join(lines[:-3]).encode(), format="wechat_fund_bill")

    assert ["资金流水总笔数 is there"] == shown(cut)


def test_lines_of_a_settlement_of_amazon_without_its_total_do_not_hold():
    path = GOLDENS / "amazon_settlement_v1" / "90000000001.txt"
    header, _, *lines = path.read_text("utf-8").splitlines(keepends=True)

    cut = tieout.read("".join([header, *lines]).encode(), format="amazon_settlement_v1", constants={"currency": "CAD"})

    assert ["total-amount of every settlement is there"] == shown(cut)


@pytest.mark.parametrize("total", ["12.5O", "共1件"])
def test_a_file_that_is_read_piece_by_piece_fails_the_same_checks(total):
    lines = "".join(f"SF{number:013d},12.50\n" for number in range(200))
    bill = f"运单号,金额\n{lines}合计,{total}\n".encode()
    mapping = {"record": "CourierCharge", "currency": "CNY", "constants": {"charge_type": "all_in"}}
    mapping["columns"] = {"tracking_no": "运单号", "amount": "金额"}

    batches = tieout.read_batches(bill, format="generic_table", block_size=1024, **mapping)
    read = sum(len(batch.records) for batch in batches)

    assert 200 == read
    assert shown(tieout.read(bill, format="generic_table", **mapping)) == [
        check.name for check in batches.control.failures
    ]
    assert (total == "12.5O") is (not batches.control.holds)


def test_a_total_of_several_currencies_is_told_and_not_compared():
    text = (GOLDENS / "icbc_statement" / "credit.csv").read_bytes().decode("gb18030")
    head, _, rest = text.rpartition('人民币              \t,"-86.10')
    mixed = head + '美元              \t,"-86.10' + rest

    batch = tieout.read(mixed.encode(), format="icbc_statement")

    assert ["the total row 合计金额 is of CNY, USD together, and is not compared"] == [
        note.text for note in batch.notes if note.code == "total.several_currencies"
    ]
    assert not [check for check in batch.control.checks if check.name.startswith("合计金额")]
