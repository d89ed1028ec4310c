"""Workbooks of reports, read back by two readers."""

import io
import sys
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import attrs
import openpyxl
import polars as pl
import pytest
import python_calamine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.month_world import faulty_month
from tieout.errors import InputError, MissingExtra, ReportError
from tieout.reports import Column, Report, Section, xlsx, xlsx_rows
from tieout.reports.sheet_names import SheetNames
from tieout.reports.standard import standard
from tieout.reports.xlsx import write_xlsx
from tieout.reports.xlsx_sheet import PlainSheet

COLUMNS = (
    Column(name="no", title="Tracking number", title_zh="运单号"),
    Column(name="open_minor", title="Open", title_zh="未收", kind="money"),
    Column(name="lines", title="Lines", title_zh="行数", kind="count"),
    Column(name="part", title="Share", title_zh="占比", kind="share"),
    Column(name="day", title="Day", title_zh="日期", kind="date"),
    Column(name="at", title="Time", title_zh="时间", kind="time"),
    Column(name="is_late", title="Late", title_zh="逾期", kind="flag"),
)


def section(frame=None, name="open", title="Open amounts", title_zh="未收账款", **fields):
    return Section(
        name=name, title=title, title_zh=title_zh, columns=COLUMNS, frame=rows() if frame is None else frame, **fields
    )


def rows(amounts=(123456, -5), codes=None, numbers=("00123456789012345678", "SF1")):
    size = len(amounts)
    return pl.DataFrame(
        {
            "no": list(numbers)[:size],
            "open_minor": list(amounts),
            "currency": codes or ["CNY"] * size,
            "lines": [1] * size,
            "part": [0.25] * size,
            "day": [date(2026, 10, 31)] * size,
            "at": [datetime(2026, 10, 31, 8, 30, tzinfo=UTC)] * size,
            "is_late": [True] * size,
        },
        schema_overrides={"open_minor": pl.Int64},
    )


def report(*sections, facts=(("period", "2026-10"),)):
    return Report(
        name="collection", title="Collection", title_zh="回款", facts=facts, sections=sections or (section(),)
    )


def cells(path, sheet, *, is_value=True):
    return [[cell.value for cell in row] for row in openpyxl.load_workbook(path, data_only=is_value)[sheet].iter_rows()]


def test_each_cell_has_the_type_of_its_column(tmp_path):
    write_xlsx([report()], tmp_path / "r.xlsx", language="en")
    sheet = openpyxl.load_workbook(tmp_path / "r.xlsx")["Open amounts"]
    first = [str(cell.value) if cell.is_date else cell.value for cell in sheet[2]]

    assert [
        "00123456789012345678", 1234.56, 1, 0.25, "2026-10-31 00:00:00", "2026-10-31 08:30:00", True, "CNY",
    ] == first  # fmt: skip
    assert ["@", "#,##0.00;[Red]-#,##0.00", "#,##0", "0.00%", "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss", "General", "@"] == [
        cell.number_format for cell in sheet[2]
    ]
    assert "s" != sheet["B2"].data_type
    assert -0.05 == sheet["B3"].value


def test_calamine_reads_the_same_amounts(tmp_path):
    write_xlsx([report()], tmp_path / "r.xlsx", language="zh")
    read = python_calamine.CalamineWorkbook.from_path(str(tmp_path / "r.xlsx")).get_sheet_by_name("未收账款")

    assert [["运单号", "未收"], ["00123456789012345678", 1234.56], ["SF1", -0.05]] == [
        row[:2] for row in read.to_python()
    ]


@pytest.mark.parametrize(
    ("language", "names", "head"),
    [
        ("en", ["Contents", "Open amounts"], "Tracking number"),
        ("zh", ["目录", "未收账款"], "运单号"),
        ("both", ["目录 Contents", "未收账款 Open amounts"], "运单号\nTracking number"),
    ],
)
def test_names_and_headings_are_of_the_language(tmp_path, language, names, head):
    write_xlsx([report()], tmp_path / "r.xlsx", language=language)

    assert names == openpyxl.load_workbook(tmp_path / "r.xlsx").sheetnames
    assert head == cells(tmp_path / "r.xlsx", names[1])[0][0]


def test_decimals_are_those_of_the_currency(tmp_path):
    frame = rows((5, 5, 5), ["CNY", "JPY", "KWD"], ("a", "b", "c"))
    write_xlsx([report(section(frame))], tmp_path / "r.xlsx", language="en")
    sheet = openpyxl.load_workbook(tmp_path / "r.xlsx")["Open amounts"]

    assert [0.05, 5, 0.005] == [sheet[f"B{row}"].value for row in (2, 3, 4)]
    assert ["#,##0.00", "#,##0", "#,##0.000"] == [sheet[f"B{row}"].number_format.partition(";")[0] for row in (2, 3, 4)]


def test_zeros_at_the_end_are_digits_too(tmp_path):
    write_xlsx([report(section(rows((10**17,))))], tmp_path / "r.xlsx", language="en")

    assert "1000000000000000.00" == cells(tmp_path / "r.xlsx", "Open amounts")[1][1]


def test_an_amount_of_more_than_fifteen_digits_is_text_and_told(tmp_path):
    write_xlsx([report(section(rows((1234567890123456789,))))], tmp_path / "r.xlsx", language="en")

    assert "12345678901234567.89" == cells(tmp_path / "r.xlsx", "Open amounts")[1][1]
    assert "1 figures of more than 15 digits stand as text" in cells(tmp_path / "r.xlsx", "Contents")[-1]


def test_a_total_is_a_formula_with_its_value_where_it_is_the_sum(tmp_path):
    totals = pl.DataFrame({"currency": ["CNY"], "open_minor": [123451], "lines": [2]})
    write_xlsx([report(section(totals=totals))], tmp_path / "r.xlsx", language="en")
    said = cells(tmp_path / "r.xlsx", "Open amounts", is_value=False)[-1]

    assert ["Total", "=ROUND(SUM(B2:B3),2)", "=ROUND(SUM(C2:C3),0)", None] == said[:4]
    assert ["Total", 1234.51, 2] == cells(tmp_path / "r.xlsx", "Open amounts")[-1][:3]


def test_a_total_that_is_no_sum_of_what_is_shown_is_a_value(tmp_path):
    totals = pl.DataFrame(
        {"currency": ["CNY"], "open_minor": [999], "lines": [None]}, schema_overrides={"lines": pl.Int64}
    )
    write_xlsx([report(section(totals=totals))], tmp_path / "r.xlsx", language="en")

    assert ["Total", 9.99, None] == cells(tmp_path / "r.xlsx", "Open amounts", is_value=False)[-1][:3]


def test_totals_of_several_currencies_are_a_row_each(tmp_path):
    totals = pl.DataFrame({"currency": ["CNY", "JPY"], "open_minor": [123456, -5], "lines": [1, 1]})
    write_xlsx([report(section(rows(codes=["CNY", "JPY"]), totals=totals))], tmp_path / "r.xlsx", language="en")

    assert [1234.56, -5] == [row[1] for row in cells(tmp_path / "r.xlsx", "Open amounts", is_value=False)[-2:]]


NASTY = ("=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "http://x.example", "internal:A1", "00123", "1e5", "<r><t>x</t></r>", "{=1}", "")  # fmt: skip


@pytest.mark.parametrize("text", NASTY)
def test_a_text_is_a_text(tmp_path, text):
    frame = rows((1,), numbers=(text,))
    write_xlsx([report(section(frame))], tmp_path / "r.xlsx", language="en", frames={text: frame})
    sheet = openpyxl.load_workbook(tmp_path / "r.xlsx")["Open amounts"]

    assert text == (sheet["A2"].value or "").removesuffix(" ")
    assert (
        sheet["A2"].data_type in {"s", "inlineStr", "n"} if text == "" else sheet["A2"].data_type in {"s", "inlineStr"}
    )
    assert sheet["A2"].hyperlink is None
    with zipfile.ZipFile(tmp_path / "r.xlsx") as parts:
        assert b"<f>" not in b"".join(parts.read(name) for name in parts.namelist())


def test_the_rows_behind_a_section_have_a_sheet_of_their_own(tmp_path):
    behind = pl.DataFrame({"no": ["SF1", "SF1"], "open_minor": [2, -7], "currency": ["CNY"] * 2, "source_line": [4, 5]})
    with_rows = section(rows((-5,), numbers=("SF1",)), key=("no",), sums=("open_minor",), details=behind)
    made = write_xlsx([report(with_rows)], tmp_path / "r.xlsx", language="zh")

    assert ["未收账款", "未收账款 明细"] == [sheet.name for sheet in made]
    assert [["运单号", "未收", "币种", "来源行"], ["SF1", 0.02, "CNY", 4], ["SF1", -0.07, "CNY", 5]] == cells(
        tmp_path / "r.xlsx", "未收账款 明细"
    )


def test_rows_behind_a_section_may_be_left_out_and_that_is_told(tmp_path):
    behind = pl.DataFrame({"no": ["SF1"] * 3, "open_minor": [2, -7, 0], "currency": ["CNY"] * 3})
    with_rows = section(rows((-5,), numbers=("SF1",)), key=("no",), sums=("open_minor",), details=behind)
    (made,) = write_xlsx([report(with_rows)], tmp_path / "r.xlsx", language="en", details_max=2)

    assert ("the 3 rows behind it are not in this workbook",) == made.notes


def test_a_table_longer_than_a_sheet_goes_on_on_the_next(tmp_path, monkeypatch):
    monkeypatch.setattr(xlsx, "ROWS_MAX", 4)
    frame = rows((1, 2, 3, 4, 5), numbers="abcde")
    totals = pl.DataFrame({"currency": ["CNY"], "open_minor": [15], "lines": [5]})
    made = write_xlsx([report(section(frame, totals=totals))], tmp_path / "r.xlsx", language="en")

    assert [("Open amounts", 2), ("Open amounts (2)", 2), ("Open amounts (3)", 1)] == [
        (one.name, one.rows) for one in made
    ]
    assert "part 1 of 3: the table has 5 rows, more than a sheet takes" in made[0].notes
    assert [["a", 0.01], ["b", 0.02]] == [row[:2] for row in cells(tmp_path / "r.xlsx", "Open amounts")[1:]]
    assert [["e", 0.05], ["Total", 0.15]] == [row[:2] for row in cells(tmp_path / "r.xlsx", "Open amounts (3)")[1:]]


def test_the_contents_link_to_each_sheet_and_say_what_the_reports_are_of(tmp_path):
    quoted = section(title="The courier's lines", name="b")
    write_xlsx([report(section(), quoted)], tmp_path / "r.xlsx", language="en")
    sheet = openpyxl.load_workbook(tmp_path / "r.xlsx")["Contents"]

    assert ["Period", "2026-10"] == [cell.value for cell in sheet[1]][:2]
    assert ["'Open amounts'!A1", "'The courier''s lines'!A1"] == [sheet[f"B{row}"].hyperlink.location for row in (4, 5)]


def test_headings_stay_in_sight_and_filter_and_the_page_is_set_up(tmp_path):
    write_xlsx([report(section(totals=rows((1,))))], tmp_path / "r.xlsx", language="en")
    sheet = openpyxl.load_workbook(tmp_path / "r.xlsx")["Open amounts"]

    assert "A2" == sheet.freeze_panes
    assert "A1:H3" == sheet.auto_filter.ref  # the totals are no row to filter
    assert "landscape" == sheet.page_setup.orientation
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert 0 == sheet.page_setup.fitToHeight  # as many pages as it takes, one wide
    assert "$1:$1" == sheet.print_title_rows


def test_a_wide_table_is_printed_on_pages_beside_each_other_and_stays_legible(tmp_path):
    wide = section(rows((1,)).with_columns(pl.lit("x" * 55).alias(f"more_{at}") for at in range(12)))
    columns = [*COLUMNS, *(Column(name=f"more_{at}", title="More", title_zh="更多") for at in range(12))]
    write_xlsx([report(attrs.evolve(wide, columns=columns))], tmp_path / "r.xlsx", language="en")

    assert 4 <= openpyxl.load_workbook(tmp_path / "r.xlsx")["Open amounts"].page_setup.fitToWidth <= 6


def test_headings_of_figures_stand_at_the_right_as_figures_do_and_texts_keep_off_them(tmp_path):
    write_xlsx([report()], tmp_path / "r.xlsx", language="en")
    sheet = openpyxl.load_workbook(tmp_path / "r.xlsx")["Open amounts"]

    assert ["left", "right", "right", "right", "left"] == [cell.alignment.horizontal for cell in sheet[1]][:5]
    assert 1 == sheet["A2"].alignment.indent


def test_rows_behind_figures_have_headings_for_people_and_their_amounts_are_amounts(tmp_path):
    data = faulty_month()
    made = [one for one in standard(data) if one.name == "overview"]
    write_xlsx(made, tmp_path / "r.xlsx", language="en")
    rows_behind = cells(tmp_path / "r.xlsx", "By shop rows")
    heads = rows_behind[0]
    behind = made[0].section("shops").details

    assert {"What it is", "Order", "Sales", "Source file"} <= set(heads)
    at = heads.index("Sales")
    assert [one for one in heads if "_" in one] == []
    assert f"{sum(row[at] or 0 for row in rows_behind[1:]):.2f}" == f"{behind['sales_of'].sum() / 100:.2f}"


def test_a_chinese_character_takes_two_columns_of_the_screen(tmp_path):
    frame = rows((1,), numbers=("快递费快递费快递费快递费快递费快递费",))
    write_xlsx([report(section(frame))], tmp_path / "r.xlsx", language="en")
    sheet = openpyxl.load_workbook(tmp_path / "r.xlsx")["Open amounts"]

    assert 38 <= sheet.column_dimensions["A"].width <= 40


def test_the_same_reports_give_the_same_bytes(tmp_path):
    for name in ("a.xlsx", "b.xlsx"):
        write_xlsx([report()], tmp_path / name)

    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    assert {"a.xlsx", "b.xlsx"} == {path.name for path in tmp_path.iterdir()}


def test_what_was_there_stays_when_writing_fails(tmp_path):
    (tmp_path / "r.xlsx").write_bytes(b"old")
    broken = report(section(rows().with_columns(pl.lit("NO SUCH").alias("currency"))))
    with pytest.raises(ReportError, match="fr"):
        write_xlsx([broken], tmp_path / "r.xlsx", language="fr")
    with pytest.raises(InputError, match="folder 'none' does not exist"):
        write_xlsx([broken], tmp_path / "none" / "r.xlsx")

    assert b"old" == (tmp_path / "r.xlsx").read_bytes()
    assert ["r.xlsx"] == [path.name for path in tmp_path.iterdir()]


def test_without_the_library_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)

    with pytest.raises(MissingExtra, match=r"tieout\[excel\]"):
        write_xlsx([report()], tmp_path / "r.xlsx")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(-(10**15) + 1, 10**15 - 1), min_size=1, max_size=8))
def test_amounts_come_back_to_the_cent(tmp_path, amounts):
    frame = rows(amounts, numbers=[f"n{at}" for at in range(len(amounts))])
    write_xlsx([report(section(frame))], tmp_path / "r.xlsx", language="en")
    raw = zipfile.ZipFile(io.BytesIO((tmp_path / "r.xlsx").read_bytes())).read("xl/worksheets/sheet2.xml").decode()
    written = [Decimal(cell.partition("<v>")[2].partition("</v>")[0]) for cell in raw.split('<c r="B')[2:]]

    assert amounts == [int(one * 100) for one in written]
    assert amounts == [round(row[1] * 100) for row in cells(tmp_path / "r.xlsx", "Open amounts")[1:]]


@given(st.lists(st.text(max_size=40), max_size=6))
def test_names_of_sheets_are_legal_and_unique(wanted):
    names = SheetNames()
    taken = [names.take(one, suffix) for one in wanted for suffix in ("", " 明细")]

    assert len({one.casefold() for one in taken}) == len(taken)
    assert all(0 < len(one.encode("utf-16-le")) <= 62 for one in taken)
    assert not any(set("[]:*?/\\") & set(one) or one.startswith("'") or one.endswith("'") for one in taken)


ODD_TEXTS = [
    "<r>a</r>",
    "<r>",
    "a&b",
    "_x000A_",
    " a",
    "a ",
    "\u00a0",
    "\ufffe",
    "a\tb",
    "a\nb",
    "😀",
    "",
    "a" * 40_000,
]
odd_rows = st.lists(
    st.tuples(
        st.none() | st.text(max_size=12) | st.sampled_from(ODD_TEXTS),
        st.none() | st.integers(-(10**17), 10**17) | st.sampled_from([0, -5, 10**15 - 1, 10**15, -(2**63)]),
        st.sampled_from(["CNY", "JPY", "KWD", "XYZ", None]),
        st.none() | st.floats() | st.sampled_from([0.0, -0.0, 1e-9, 0.1]),
        st.none() | st.decimals(-(10**9), 10**9, places=3) | st.sampled_from([Decimal("0.001"), Decimal(10**16)]),
        st.none() | st.dates(date(1899, 1, 1)),
        st.none() | st.datetimes(timezones=st.just(UTC)),
        st.none() | st.booleans(),
        st.none() | st.sampled_from(["a", "b&c"]),
    ),
    max_size=9,
)
ODD_SCHEMA = {
    "text": pl.String,
    "open_minor": pl.Int64,
    "currency": pl.String,
    "part": pl.Float64,
    "weight": pl.Decimal(20, 3),
    "day": pl.Date,
    "at": pl.Datetime("us", "UTC"),
    "is_late": pl.Boolean,
    "kind": pl.Enum(["a", "b&c"]),
}


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=odd_rows)
def test_rows_are_written_at_once_as_the_library_writes_them_cell_by_cell(tmp_path, monkeypatch, rows):
    frame = pl.DataFrame(rows, schema=ODD_SCHEMA, orient="row").with_columns(pl.lit(None).alias("nothing"))
    alone = frame.select("text", "nothing")  # rows without any value
    frames = {"all": frame, "alone": alone, "more": frame.select(reversed(frame.columns))}
    with monkeypatch.context() as patched:
        patched.setattr(xlsx_rows, "_AT_ONCE", 4)
        patched.setattr(xlsx_rows, "_FEW", 0)
        write_xlsx((), tmp_path / "quick.xlsx", frames=frames)
    with monkeypatch.context() as patched:
        patched.setattr(PlainSheet, "takes_rows", False)
        write_xlsx((), tmp_path / "slow.xlsx", frames=frames)

    assert (tmp_path / "slow.xlsx").read_bytes() == (tmp_path / "quick.xlsx").read_bytes()
