"""Statements on paper: what is on the page, read back with Poppler."""

import re
from datetime import date

import attrs
import polars as pl
import pytest

from reports.month_world import clean_month, faulty_month
from reports.poppler import needs_poppler, squeezed, text_of, told_by
from tieout.errors import InputError, ReportError
from tieout.reports import Column, Report, Section
from tieout.reports.fonts import find_font
from tieout.reports.pdf import write_statement
from tieout.reports.pdf.wrapping import wrapped
from tieout.reports.statements import CourierStatement, apart

COLUMNS = (
    Column(name="no", title="Tracking number", title_zh="运单号"),
    Column(name="day", title="Day", title_zh="日期", kind="date"),
    Column(name="why", title="Reason", title_zh="原因"),
    Column(name="why_zh", title="Reason in Chinese", title_zh="原因（中文）"),
    Column(name="billed_minor", title="Billed", title_zh="账单金额", kind="money"),
    Column(name="off_minor", title="Difference", title_zh="差异", kind="money"),
    Column(name="currency", title="Currency", title_zh="币种"),
)


def statement(count=3, why="首重续重", **fields):
    frame = pl.DataFrame(
        {
            "no": [f"SF{10**11 + number}" for number in range(count)],
            "day": [date(2026, 10, 1 + number % 31) for number in range(count)],
            "why": ["freight"] * count,
            "why_zh": [why] * count,
            "billed_minor": [1000 + 7 * number for number in range(count)],
            "off_minor": [number if number % 2 else -number for number in range(count)],
            "currency": ["CNY"] * count,
        }
    )
    totals = frame.group_by("currency").agg(pl.col("billed_minor", "off_minor").sum())
    lines = Section(
        name="lines",
        title="Lines",
        title_zh="明细",
        columns=COLUMNS,
        frame=frame,
        totals=totals,
        note_zh="差异为账单减应收。",
    )
    given = {
        "name": "statement_courier_sf",
        "title": "Statement of courier: sf",
        "title_zh": "快递对账单：顺丰",
        "facts": (
            ("book", "灯屋"),
            ("period", "2026-10"),
            ("as_of", "2026-10-31"),
            ("courier", "顺丰速运"),
            ("x#[$]", r"\n*b*"),
        ),
        "sections": (lines,),
    }
    return Report(**(given | fields))


@needs_poppler
def test_parties_lines_totals_and_the_field_to_sign_are_on_the_page(tmp_path):
    write_statement(statement(), tmp_path / "s.pdf")
    text = squeezed(text_of(tmp_path / "s.pdf"))

    for said in (
        "快递对账单：顺丰",
        "核算单位：灯屋",
        "期间：2026-10",
        "截至：2026-10-31",
        "币种：人民币",
        "差异为账单减应收。",
    ):
        assert said in text
    assert "SF1000000000022026-10-03首重续重10.14-0.02" in text
    assert "合计30.21-0.01" in text
    assert "出具方：灯屋对方：顺丰速运" in text
    assert "盖章：" in text
    assert r"x#[$]：\n*b*" in text


@needs_poppler
def test_a_long_statement_has_its_heads_on_every_page_and_all_its_lines(tmp_path):
    report = statement(500)
    write_statement(report, tmp_path / "s.pdf")
    text = text_of(tmp_path / "s.pdf")
    pages = text.rstrip("\f").split("\f")
    numbers = re.findall(r"SF(\d{12})", text)

    assert len(pages) > 5
    assert [f"{10**11 + number}" for number in range(500)] == numbers
    assert all("运单号" in page for page in pages[:-1])
    assert all(f"第{at}页，共{len(pages)}页" in squeezed(page) for at, page in enumerate(pages, start=1))
    billed = [int(found.replace(",", "").replace(".", "")) for found in re.findall(r"首重续重 +([\d,]+\.\d\d)", text)]
    total = re.search(r"合计 +([\d,]+\.\d\d)", text)[1]
    assert sum(billed) == int(total.replace(",", "").replace(".", "")) == report.sections[0].totals["billed_minor"][0]


@needs_poppler
def test_parties_and_codes_are_said_by_name(tmp_path):
    zto = apart(CourierStatement().make(faulty_month()))[1]
    write_statement(zto, tmp_path / "zh.pdf", language="zh")
    text = squeezed(text_of(tmp_path / "zh.pdf"))

    assert "快递公司：中通" in text
    assert "物流" in text
    assert "logistics" not in text
    assert "：zto" not in text


@needs_poppler
def test_in_english_the_chinese_columns_are_left_out(tmp_path):
    write_statement(statement(), tmp_path / "s.pdf", language="en")
    text = text_of(tmp_path / "s.pdf")

    assert re.search(r"Tracking number +Day +Reason +Billed +Difference", text)
    assert "首重续重" not in text
    assert "Page 1 of 1" in text


@needs_poppler
def test_amounts_of_several_currencies_say_theirs(tmp_path):
    section = statement().sections[0]
    frame = section.frame.with_columns(pl.Series("currency", ["CNY", "JPY", "KWD"]))
    write_statement(statement(sections=(attrs.evolve(section, frame=frame, totals=None),)), tmp_path / "s.pdf")
    text = squeezed(text_of(tmp_path / "s.pdf"))

    assert "10.00CNY" in text
    assert "1,007JPY" in text
    assert "1.014KWD" in text


@needs_poppler
def test_a_table_wider_than_the_paper_is_turned_or_gets_wider_paper(tmp_path):
    section = statement().sections[0]
    wide = [
        Column(name=f"c{number}_minor", title=f"Column {number}", title_zh=f"第{number}列", kind="money")
        for number in range(40)
    ]
    frame = section.frame.with_columns(pl.lit(10**11 + number).alias(f"c{number}_minor") for number in range(40))
    report = statement(sections=(attrs.evolve(section, columns=(*COLUMNS, *wide), frame=frame, totals=None),))
    write_statement(report, tmp_path / "s.pdf")
    width, height = re.search(r"Page size: +([\d.]+) x ([\d.]+)", told_by("pdfinfo", tmp_path / "s.pdf")).groups()

    assert float(width) > 842
    assert pytest.approx(595.3, abs=0.1) == float(height)
    assert 3 * 40 == text_of(tmp_path / "s.pdf").count("1,000,000,0")


@needs_poppler
def test_nothing_found_is_said(tmp_path):
    section = statement().sections[0]
    report = statement(sections=(attrs.evolve(section, frame=section.frame.clear(), totals=None),))
    write_statement(report, tmp_path / "s.pdf")

    assert "本期无" in text_of(tmp_path / "s.pdf")


@needs_poppler
def test_the_statements_of_a_month_tie_to_their_reports(tmp_path):
    for report in apart(CourierStatement().make(clean_month())):
        done = write_statement(report, tmp_path / f"{report.name}.pdf")
        account = report.section("account").frame.row(0, named=True)

        assert () == done.missing
        assert f"{account['closing_minor'] / 100:,.2f}" in text_of(done.path)


def test_the_same_report_gives_the_same_bytes_and_lasts(tmp_path):
    for name in ("a.pdf", "b.pdf"):
        write_statement(statement(), tmp_path / name)
    content = (tmp_path / "a.pdf").read_bytes()

    assert content == (tmp_path / "b.pdf").read_bytes()
    assert b"pdfaid:part" in content
    assert b"pdfuaid:part" in content


def test_a_report_of_no_day_is_not_dated(tmp_path):
    write_statement(statement(facts=()), tmp_path / "s.pdf")

    assert b"CreateDate" not in (tmp_path / "s.pdf").read_bytes()


def test_wrong_use_is_refused(tmp_path):
    with pytest.raises(ReportError, match="'both'"):
        write_statement(statement(), tmp_path / "s.pdf", language="both")
    with pytest.raises(InputError, match="folder 'none'"):
        write_statement(statement(), tmp_path / "none" / "s.pdf")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("快递费快递费，快递费", ("快递费快", "递费，快", "递费")),
        ("freight of SF123", ("freight", "of SF123")),
        ("SF1234567890123456", ("SF1234", "567890", "123456")),
        ("a\nb", ("a b",)),
        ("", ()),
    ],
)
def test_texts_are_cut_between_words_and_never_lost(text, lines):
    font = find_font()
    cut = wrapped(text, font, 4.5)

    assert "".join(text.split()) == "".join("".join(cut).split())
    assert all(font.width(line) <= 4.5 or len(line) == 1 for line in cut)
    assert len(lines) == len(cut)
