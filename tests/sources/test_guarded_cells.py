"""Lines whose every cell begins with a backtick, and totals that stand on two lines among the data."""

import polars as pl

from tieout.model import ChannelTransaction
from tieout.sources import Amount, Document, Key, TableFormat
from tieout.sources._delimited import Delimited, Lines
from tieout.sources._totals import summary_checks

HEADER = "单号,商品,金额"


def body(*lines):
    text = Delimited(lines=Lines.of("\n".join([HEADER, *lines]) + "\n"), delimiter=",", where="input")
    return text.body(1, 3).select("_line", "_width", "c0", "c1", "c2", "_rest").rows()


def test_a_comma_or_quote_in_a_guarded_cell_parts_nothing():
    assert body('`1,`5" bowl, blue,`2.00', "2,bowl,3.00") == [
        (2, 3, "`1", '5" bowl, blue', "2.00", None),
        (3, 3, "2", "bowl", "3.00", None),
    ]


def test_a_line_with_more_or_fewer_guards_than_cells_is_cut_at_every_comma():
    assert body("`1,`a,`b,`2.00", "`1,bowl,2.00") == [
        (2, 4, "`1", "`a", "`b", "`2.00"),
        (3, 3, "`1", "bowl", "2.00", None),
    ]


def test_cells_that_a_spreadsheet_quoted_are_read_too():
    assert body('`1,"`bowl, blue",`2.00') == [(2, 3, "`1", "`bowl, blue", "`2.00", None)]


FORMAT = TableFormat(
    record=ChannelTransaction,
    currency="CNY",
    constants={"channel": "wechat_pay"},
    columns=(Key("单号", to="channel_txn_id"), Amount("金额", to="amount", needed=True)),
    ignored=("商品",),
    totals=("^总笔数$",),
    checks=lambda reading: summary_checks(
        reading, sums={("总金额",): pl.col("amount_minor")}, counts={("总笔数",): pl.lit(value=True)}, currency="CNY"
    ),
)


def read(*lines):
    return FORMAT.read(Document.of_bytes("\n".join([HEADER, *lines, ""]).encode()), name="bill", options={})


def test_totals_are_compared_and_joined_files_add_up():
    batch = read("`1,`a,`2.00", "总笔数,总金额", "`1,`2.00", HEADER, "`2,`b,`3.00", "总笔数,总金额", "`1,`3.00")

    assert [str(check) for check in batch.control.checks] == [
        "file: lines: 8 = 2 header + 2 records + 4 set apart: ties out",
        "file: 总金额: 5.00 CNY = 5.00 CNY records: ties out",
        "file: 总笔数: 2 = 2 records: ties out",
    ]


def test_a_line_below_the_captions_that_is_no_line_of_figures_is_data():
    batch = read("总笔数,总金额", "`A1,`a,`2.00")

    assert len(batch.records) == 1
    assert [note.code for note in batch.notes] == ["total.missing"]
