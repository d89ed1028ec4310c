"""Chinese voucher workbooks: independent readers find every figure of the vouchers, in the layout that was asked for."""

import io
from decimal import Decimal

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

import tieout
from tieout import ledgers
from tieout.errors import LedgerError
from tieout.ledgers._cn_layouts import LAYOUTS
from tieout.ledgers.cn_xlsx import CONTENTS, CnXlsx


def sheets_of(content):
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def rows_of(content):
    """The rows of the only sheet, by caption, as calamine reads them."""
    ((captions, *rows),) = sheets_of(content).values()
    return [dict(zip(captions, row, strict=True)) for row in rows]


def exact(cell):
    """The figure of a cell: the shortest digits that the float has, as everybody reads them."""
    return None if cell == "" else Decimal(repr(cell))


def written(vouchers, book, **options):
    (content,) = ledgers.contents(vouchers, ledger=CnXlsx(**options), book=book)
    return content


def lines_of(vouchers):
    return [(voucher, line) for voucher in vouchers for line in voucher.lines]


def amount(money):
    return None if money is None else money.amount


@pytest.mark.parametrize("product", LAYOUTS)
def test_every_figure_is_that_of_the_vouchers(product, month, rich, book):
    for vouchers in (month.vouchers, rich):
        rows = rows_of(written(vouchers, book, product=product))

        lines = lines_of(vouchers)
        assert len(lines) == len(rows)
        for (voucher, line), row in zip(lines, rows, strict=True):
            code = row["科目代码" if product == "jingdouyun" else "科目编码"]
            assert (voucher.date.isoformat(), line.account, line.summary) == (row["日期"], code, row["摘要"])
            assert (amount(line.debit), amount(line.credit)) == (exact(row["借方金额"]), exact(row["贷方金额"]))
            assert (line.quantity, amount(line.unit_price)) == (exact(row["数量"]), exact(row["单价"]))
            own = line.foreign_amount or line.debit or line.credit
            assert (own.amount, line.fx_rate or 1) == (exact(row["原币金额"]), exact(row["汇率"]))
            assert {"CNY": "RMB"}.get(own.currency.code, own.currency.code) == row["币别"]
            assert (line.aux.get("customer", ""), line.aux.get("sku", "")) == (row["客户"], row["存货"])


def test_openpyxl_reads_the_same_and_no_formula(month, hostile, book):
    content = written([*month, hostile], book)

    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    own = [tuple(row) for row in sheet.iter_rows(values_only=True)]
    ((captions, *rows),) = sheets_of(content).values()
    assert tuple(captions) == own[0]
    assert [tuple(cell if cell != "" else None for cell in row) for row in rows] == own[1:]
    kinds = {captions[cell.column - 1]: set() for cell in sheet[1]}
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            if cell.value is not None:
                kinds[captions[cell.column - 1]].add(cell.data_type)
    assert not [caption for caption, found in kinds.items() if "f" in found or len(found) > 1]
    assert ({"s"}, {"s"}, {"n"}, {"n"}) == tuple(kinds[name] for name in ("日期", "科目编码", "凭证号", "借方金额"))
    assert {"0.00"} == {cell.number_format for cell in sheet["I"][1:] if cell.value is not None}


def test_hostile_texts_are_texts_on_one_line(hostile, book):
    first, second = rows_of(written([hostile], book))

    assert (
        "=cmd|' /C calc'!A0, \"quoted\"; back\\slash second line [31m “中文” #tag ^link ; comment",
        "@SUM(A1)",
        "-p",
    ) == (first["摘要"], first["供应商"], first["制单人"])
    assert ("+1+1", "-name", 1e15) == (second["摘要"], second["科目名称"], second["贷方金额"])


def test_debits_are_credits_in_every_voucher(month, rich, book):
    for vouchers in (month.vouchers, rich):
        sums = {}
        for row in rows_of(written(vouchers, book)):
            key = (row["日期"][:7], row["凭证字"], row["凭证号"])
            sums[key] = sums.get(key, 0) + (exact(row["借方金额"]) or 0) - (exact(row["贷方金额"]) or 0)
        assert {Decimal(0)} == set(sums.values())


def test_red_figures_stay_red_unless_sides_are_swapped(rich, book):
    red = rows_of(written(rich, book))[-2:]
    swapped = rows_of(written(rich, book, reversal_style="swap_sides"))[-2:]

    assert [(-80.0, ""), ("", -80.0)] == [(row["借方金额"], row["贷方金额"]) for row in red]
    assert [("", 80.0), (80.0, "")] == [(row["借方金额"], row["贷方金额"]) for row in swapped]
    assert (-2.5, 2.5) == (red[1]["数量"], swapped[1]["数量"])


def test_sheets_of_a_voucher_are_one_voucher_with_lines_that_go_on(rich, book):
    rows = [row for row in rows_of(written(rich, book)) if (row["凭证字"], row["凭证号"]) == ("记", 2.0)]

    assert [1.0, 2.0, 3.0, 4.0] == [row["分录序号"] for row in rows]
    assert {4.0} == {row["附件数"] for row in rows}


def test_the_template_of_jingdouyun_has_25_columns_on_a_sheet_named_after_the_period(rich, book):
    october = [voucher for voucher in rich if voucher.period == "2026-10"]

    ((name, (captions, *_)),) = sheets_of(written(october, book, product="jingdouyun")).items()
    (several,) = sheets_of(written(rich, book, product="精斗云"))

    assert ("凭证列表#2026年第10期", 25, "凭证列表") == (name, len(captions), several)


def test_ningmengyun_takes_word_and_number_as_one(rich, book):
    rows = rows_of(written(rich, book, product="ningmengyun"))

    assert {"记-1", "记-2", "转-1"} == {row["凭证号"] for row in rows}
    assert "凭证字" not in rows[0]


def test_columns_of_ones_own_replace_the_layouts(rich, book):
    columns = {"凭证": "name", "店铺": "aux.shop", "空": "", "借": "debit", "出处": "voucher_id"}

    rows = rows_of(written(rich, book, columns=columns, sheet="我的", date_format="%Y/%m/%d"))

    assert list(columns) == list(rows[0])
    assert ("记-1", "", 7200.0, "id-10-记-1") == tuple(rows[0][name] for name in ("凭证", "空", "借", "出处"))
    assert "S1" == rows[4]["店铺"]
    assert ["我的"] == list(sheets_of(written(rich, book, columns=columns, sheet="我的")))


def test_columns_of_another_program_make_a_file_that_our_reader_of_it_takes(month, rich, book):
    kis = {
        "日期": "date",
        "凭证字": "word",
        "凭证号": "number",
        "附单据数": "attachments",
        "摘要": "summary",
        "科目编码": "account",
        "科目名称": "account_name",
        "借方金额": "debit",
        "贷方金额": "credit",
        "币别": "currency",
        "汇率": "fx_rate",
        "原币金额": "foreign_amount",
        "数量": "quantity",
        "单价": "unit_price",
        "核算类别": "",
        "核算编码": "",
        "核算名称": "",
        "制单人": "preparer",
    }
    for vouchers in (month.vouchers, rich):
        batch = tieout.read(written(vouchers, book, columns=kis, currencies={"CNY": "人民币"}))

        assert ("kingdee_kis_vouchers", True, 0) == (batch.format, batch.control.holds, len(batch.rejects))
        for (voucher, line), record in zip(lines_of(vouchers), batch.records, strict=True):
            assert (voucher.period, voucher.word, voucher.number, voucher.date) == (
                record.period,
                record.word,
                record.number,
                record.date,
            )
            assert (line.account, line.debit, line.credit, line.quantity, line.summary) == (
                record.account,
                record.debit,
                record.credit,
                record.quantity,
                record.summary,
            )


def test_a_dimension_without_a_column_is_told(rich, book, tmp_path):
    report = ledgers.write(rich, tmp_path / "v.xlsx", ledger="cn_xlsx", book=book)

    assert ("dimension shop is left out: 记-1 of 2026-10 line 5 and 1 more",) == report.notes
    assert () == CnXlsx(columns={name: f"aux.{name}" for name in ("shop", "sku", "customer")}).notes(rich)


def test_every_content_can_be_a_column(rich, book):
    rows = rows_of(written(rich, book, columns={name: name for name in CONTENTS}))

    assert ("2026-10", "审核乙", "id-10-记-1", 7.2) == tuple(
        rows[0][name] for name in ("period", "reviewer", "voucher_id", "fx_rate")
    )


def test_dates_and_codes_are_called_what_the_program_calls_them(rich, book):
    options = {"date_format": "%Y/%m/%d", "currencies": {"USD": "美元"}, "members": {"C1": "KH001"}}

    rows = rows_of(written(rich, book, **options))

    assert ("2026/10/08", "美元", "KH001") == (rows[0]["日期"], rows[0]["币别"], rows[0]["客户"])
    assert "CNY" == rows[1]["币别"]


def test_what_belongs_to_the_voucher_can_stand_on_its_first_row_alone(rich, book):
    rows = rows_of(written(rich, book, heads_once=True))

    assert ["2026-10-08", "", "", "", "", "2026-10-09"] == [row["日期"] for row in rows[:6]]
    assert [1.0, 2.0, 3.0, 4.0, 5.0, 1.0] == [row["分录序号"] for row in rows[:6]]


def test_more_lines_than_a_file_takes_fill_several(rich, book, tmp_path):
    report = ledgers.write(rich, tmp_path / "v.xlsx", ledger=CnXlsx(lines_max=6), book=book)

    assert ["v.xlsx", "v-2.xlsx", "v-3.xlsx"] == [file.name for file in report.files]
    assert [5, 6, 2] == [len(rows_of(file.read_bytes())) for file in report.files]


def test_the_same_vouchers_give_the_same_bytes(rich, book):
    assert written(rich, book) == written(tuple(reversed(rich)), book)


def test_no_voucher_gives_the_captions_alone(book):
    assert [list(LAYOUTS["generic"].columns)] == next(iter(sheets_of(written([], book)).values()))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"product": "sap"},
            r"cn_xlsx: product: no layout is named 'sap'; known: generic, haokuaiji, jingdouyun, ningmengyun",
        ),
        ({"columns": {"x": "amount"}}, "cn_xlsx: columns: 'amount' given; a column holds one of date, period"),
        ({"columns": {}}, "cn_xlsx: columns: no column given"),
        ({"date_format": "%Y-%m"}, "cn_xlsx: date_format: '%Y-%m' does not write a whole date\nHint: such as"),
        ({"date_format": 5}, "cn_xlsx: date_format: 5 does not write a whole date"),
        ({"members": {"a": 1}}, "options: a mapping of text to text is needed"),
    ],
)
def test_wrong_options_are_named(options, message):
    with pytest.raises(LedgerError, match=message):
        CnXlsx(**options)
