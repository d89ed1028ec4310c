"""GB/T 24589.1: an XML reader that knows GB 18030 finds accounts, balances and vouchers that agree with each other."""

from collections import defaultdict
from decimal import Decimal

import attrs
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree

from tieout import ledgers
from tieout.errors import LedgerError
from tieout.ledgers.gbt24589 import Gbt24589
from tieout.model import VoucherStatus


def tables_of(vouchers, book, **options):
    """The records of each table; the reader takes the encoding from the declaration."""
    (content,) = ledgers.contents(vouchers, ledger=Gbt24589(**options), book=book)
    root = etree.fromstring(content, etree.XMLParser(resolve_entities=False))
    assert ("总账", "GB18030") == (root.tag, root.getroottree().docinfo.encoding)
    tables = defaultdict(list)
    for record in root:
        tables[record.tag].append({field.tag: field.text or "" for field in record})
    return tables


def amount(money):
    return Decimal(0) if money is None else money.amount


def test_every_figure_is_that_of_the_vouchers(month, rich, book):
    for vouchers in (month.vouchers, rich):
        rows = tables_of(vouchers, book)["记账凭证"]

        lines = [(voucher, line) for voucher in vouchers for line in voucher.lines]
        for (voucher, line), row in zip(lines, rows, strict=True):
            assert (
                f"{voucher.date:%Y%m%d}",
                "2026",
                voucher.word,
                str(voucher.number),
                line.account,
                line.summary,
            ) == tuple(
                row[name]
                for name in ("记账凭证日期", "会计年度", "记账凭证类型编号", "记账凭证编号", "科目编号", "记账凭证摘要")
            )
            assert (amount(line.debit), amount(line.credit)) == (
                Decimal(row["借方本币金额"]),
                Decimal(row["贷方本币金额"]),
            )
            side = "借方" if line.debit is not None else "贷方"
            own = line.foreign_amount or line.debit or line.credit
            assert (own.amount, own.currency.code, line.quantity or 0) == (
                Decimal(row[f"{side}原币金额"]),
                row["币种编码"],
                Decimal(row[f"{side}数量"]),
            )


def test_balances_are_the_sums_of_the_vouchers(month, rich, book):
    for vouchers in (month.vouchers, rich):
        tables = tables_of(vouchers, book)

        sums = defaultdict(Decimal)
        for row in tables["记账凭证"]:
            for side in ("借方本币金额", "贷方本币金额", "借方原币金额", "贷方原币金额", "借方数量", "贷方数量"):
                key = (row["会计期间号"], row["科目编号"], row["币种编码"], side)
                sums[key] += Decimal(row[side])
        found = {
            (row["会计期间号"], row["科目编号"], row["币种编码"], side): Decimal(row[side])
            for row in tables["科目余额及发生额"]
            for side in ("借方本币金额", "贷方本币金额", "借方原币金额", "贷方原币金额", "借方数量", "贷方数量")
        }
        assert {key: total for key, total in sums.items() if total} == {
            key: total for key, total in found.items() if total
        }


def test_opening_and_movements_give_the_closing_of_every_row(month, rich, book):
    for vouchers in (month.vouchers, rich):
        for row in tables_of(vouchers, book)["科目余额及发生额"]:
            opening = Decimal(row["期初本币余额"]) * (1 if row["期初余额方向"] == "借" else -1)
            closing = Decimal(row["期末本币余额"]) * (1 if row["期末余额方向"] == "借" else -1)

            assert closing == opening + Decimal(row["借方本币金额"]) - Decimal(row["贷方本币金额"])
            assert Decimal(row["期初本币余额"]) >= 0 <= Decimal(row["期末本币余额"])


def test_what_accounts_held_before_is_carried_on(rich, book):
    opening = {"1405.01": Decimal("500.00"), "2202.01": Decimal("-500.00")}

    rows = {
        (row["科目编号"], row["会计期间号"]): row for row in tables_of(rich, book, opening=opening)["科目余额及发生额"]
    }

    assert ("借", "500.00", "借", "420.00") == tuple(
        rows["1405.01", "10"][name] for name in ("期初余额方向", "期初本币余额", "期末余额方向", "期末本币余额")
    )
    assert ("贷", "500.00") == tuple(rows["2202.01", "12"][name] for name in ("期末余额方向", "期末本币余额"))
    assert "420.00" == rows["1405.01", "11"]["期初本币余额"]
    with pytest.raises(LedgerError, match="gbt24589: the book knows no account '9'"):
        tables_of(rich, book, opening={"9": Decimal(1)})


def test_every_account_used_is_there_once_with_level_type_and_direction(rich, book):
    tables = tables_of(rich, book)

    accounts = {row["科目编号"]: row for row in tables["会计科目"]}
    assert len(accounts) == len(tables["会计科目"])
    assert {row["科目编号"] for row in tables["记账凭证"]} == set(accounts)
    assert ("3", "负债", "贷") == tuple(accounts["2221.01.01"][name] for name in ("科目级次", "科目类型", "余额方向"))
    assert ("1", "损益", "贷") == tuple(accounts["5001"][name] for name in ("科目级次", "科目类型", "余额方向"))
    assert ("1", "损益", "借") == tuple(accounts["5401"][name] for name in ("科目级次", "科目类型", "余额方向"))


@pytest.mark.parametrize(
    ("code", "level"), [("1002", 1), ("100201", 2), ("22210101", 3), ("1002.01", 2), ("99999999999999", 4)]
)
def test_the_level_of_a_code_comes_from_its_dots_or_the_rule(code, level):
    assert level == Gbt24589()._level(code)


def test_dimensions_are_numbered_and_explained(rich, book):
    tables = tables_of(rich, book, aux=("sku", "customer"))

    assert [("1122.01", "2", "客户"), ("1405.01", "1", "sku")] == [
        (row["科目编号"], row["辅助项编号"], row["辅助项名称"]) for row in tables["科目辅助核算"]
    ]
    assert ("C1", "A-01") == (tables["记账凭证"][0]["辅助项2编号"], tables["记账凭证"][4]["辅助项1编号"])


def test_a_dimension_without_a_number_is_told(rich):
    assert ("dimension sku is left out: 记-1 of 2026-10 line 5 and 1 more",) == Gbt24589().notes(rich)


def test_red_figures_stay_red_and_sheets_are_one_voucher(rich, book):
    rows = tables_of(rich, book)["记账凭证"]

    assert ("-80.00", "-80.00") == (rows[-2]["借方本币金额"], rows[-1]["贷方本币金额"])
    assert ["1", "2", "3", "4"] == [row["记账凭证行号"] for row in rows if row["记账凭证编号"] == "2"]


def test_who_signed_and_whether_it_is_posted_is_said(rich, book):
    posted = [attrs.evolve(voucher, status=VoucherStatus.POSTED, poster="记账丙") for voucher in rich]

    assert ("制单甲", "审核乙", "", "0") == tuple(
        tables_of(rich, book)["记账凭证"][0][name] for name in ("制单人", "审核人", "记账人", "记账标志")
    )
    assert ("记账丙", "1") == tuple(tables_of(posted, book)["记账凭证"][0][name] for name in ("记账人", "记账标志"))

    taken_back = [attrs.evolve(voucher, status=VoucherStatus.REVERSED) for voucher in posted]
    assert {"1"} == {row["记账标志"] for row in tables_of(taken_back, book)["记账凭证"]}


def test_hostile_texts_are_text(hostile, book):
    row = tables_of([hostile], book)["记账凭证"][0]

    assert (
        "=cmd|' /C calc'!A0, \"quoted\"; back\\slash second line [31m “中文” #tag ^link ; comment"
        == row["记账凭证摘要"]
    )


@settings(deadline=None, max_examples=100)
@example(text="a\ufffeb\uffff & <c>")
@given(text=st.text(min_size=1).filter(str.strip))
def test_any_summary_is_read_back(text, hostile, book):
    lines = tuple(attrs.evolve(line, summary=text) for line in hostile.lines)

    row = tables_of([attrs.evolve(hostile, lines=lines)], book)["记账凭证"][0]

    expected = ledgers._base.plain_text(text.replace("\ufffe", " ").replace("\uffff", " "))
    assert expected == row["记账凭证摘要"]


def test_it_says_of_itself_that_it_is_experimental():
    (found,) = (item for item in ledgers.formats() if item.name == "gbt24589")

    assert "experimental" == found.evidence
    assert "experimental" in found.title


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"opening": {"1002": 5.0}}, "gbt24589: opening: a mapping of account code to Decimal is needed"),
        ({"opening": {"1002": Decimal("NaN")}}, "gbt24589: opening: a mapping"),
        ({"opening": [1]}, "gbt24589: opening: a mapping"),
        ({"aux": "shop"}, "gbt24589: aux: up to 30 names of dimensions are needed, got 'shop'"),
        ({"aux": tuple(map(str, range(31)))}, "gbt24589: aux: up to 30 names"),
        ({"code_rule": "4,2"}, "gbt24589: code_rule: "),
    ],
)
def test_wrong_options_are_named(options, message):
    with pytest.raises(LedgerError, match=message):
        Gbt24589(**options)
