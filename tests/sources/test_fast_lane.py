"""The quick ways of reading large texts give what reading cell by cell gives, whatever the cells hold."""

from contextlib import ExitStack
from unittest.mock import patch

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tieout
from tieout.errors import TieoutError
from tieout.keys import clean_expr, damaged_rows, normalize_expr
from tieout.sources import _repeats, read_batches
from tieout.sources._dates import PLAIN_DAY, PLAIN_MOMENT, parse_dates, parse_moments, plain_days, plain_moments
from tieout.sources._delimited import Delimited
from tieout.sources._rows import clean_texts
from tieout.sources._times import Date, Moment
from tieout.sources._words import Key
from tieout.tables import Table

CHARGES = {
    "format": "generic_table",
    "record": "CourierCharge",
    "columns": {
        "tracking_no": "运单号",
        "order_id": "订单号",
        "ship_date": "时间",
        "billed_weight_g": "重量",
        "list_amount": "原价",
        "amount": "金额",
        "description": "备注",
    },
    "weight_unit": "kg",
    "currency": "CNY",
    "constants": {"charge_type": "all_in"},
}
LINES = {
    "format": "generic_table",
    "record": "SettlementLine",
    "columns": {
        "platform_order_id": "运单号",
        "line_id": "订单号",
        "posted_at": "时间",
        "quantity": "重量",
        "amount": "金额",
        "type": "备注",
    },
    "types": {"佣金": "commission", "^易": ["sale", "refund"]},
    "currency": "CNY",
    "timezone": "America/New_York",
}
HEADER = "运单号,订单号,时间,重量,原价,金额,备注"
HOSTILE = [
    *("", " ", "\t", "-", "--", "/", "无", "nan", "#N/A", "合计", "#1", "====", "运单号", "金额"),
    *(
        "1,234.50",
        "-0",
        "+5",
        ".5",
        "5.",
        "1e5",
        "1.005",
        "1.500",
        "00012.50",
        "12.5O",
        "１２．５０",
        "－3.00",
        "¥3",
        "3元",
    ),
    *("99999999999999999999", "123456789012345678", "0.000000001", "1.23E+18", "260001234500000", "2600012345000000"),
    *(
        "260000000000000000",
        "26000000000000010",
        "123456789012345000000",
        "sf1012345678901",
        "SF 1012345678901",
        "SF-101234",
    ),
    *(
        "`12.50",
        '="12.50"',
        "'SF1012345678901",
        " 12.50",
        "12.50 ",
        "12.50\t",
        "\u300012.50",
        "12.50\u200b",
        "\ufeff5",
        "5E181",
    ),
    *(
        "2026-02-30",
        "2026-7-1",
        "2026/07/01",
        "20260701",
        "07-01",
        "45000",
        "2026-07-01T10:00:00Z",
        "2026-07-01 24:00:00",
    ),
    *(
        "2026-03-08 02:30:00",
        "2026-11-01 01:30:00",
        "1969-12-31",
        "2200-01-01",
        "2026-07-01 10:00:00 PST",
        "2026-07-01 10:00",
    ),
    *('5" 屏', '"a, b"', '"x', "`SF1`", "a\x1cb", "\x0b", "易碎 13800138000", "佣金", "\N{REPLACEMENT CHARACTER}"),
]
PLAIN = {
    "运单号": ["SF1012345678901", "SF1012345678902", "1012345678901", "101234567890123456"],
    "订单号": ["2600000000000000011", "2600000000000000024", "PO20260701", ""],
    "时间": ["2026-07-01 10:00:00", "2026-07-02 23:59:59", "2026-07-03 00:00:01"],
    "重量": ["0.5", "1.0", "12"],
    "原价": ["12.50", "13.00", "0.00"],
    "金额": ["12.50", "-13.00", "7"],
    "备注": ["易碎", "佣金", ""],
}
plain_rows = st.tuples(*(st.sampled_from(cells) for cells in PLAIN.values())).map(",".join)


@st.composite
def odd_rows(draw):
    cells = [draw(st.sampled_from(known)) for known in PLAIN.values()]
    for _ in range(draw(st.integers(1, 2))):
        cells[draw(st.integers(0, len(cells) - 1))] = draw(st.sampled_from(HOSTILE) | st.text(max_size=6))
    return ",".join(cells)


odd_lines = st.sampled_from(
    ["", ",,,,,,", "SF1012345678901", "SF1012345678901,,2026-07-01,1,1,1,a,b", HEADER, ",合计,,,,12.50,"]
)


def in_full(batch):
    return {
        "records": batch.records.to_polars().rows(),
        "schema": batch.records.to_polars().schema,
        "rejects": batch.rejects.to_polars().rows(),
        "apart": [(row.kind, row.line, row.line_end, row.text) for row in batch.control.set_apart],
        "findings": [str(finding) for finding in batch.control.findings],
        "checks": sorted(map(str, batch.control.checks)),
        "notes": sorted(map(str, batch.notes)),
    }


def outcome(data, options):
    try:
        return in_full(tieout.read(data, **options))
    except TieoutError as cause:
        return type(cause), str(cause)


def quickly(data, options):
    with patch.object(_repeats, "_BYTES_MIN", 0), patch.object(_repeats, "_ONCE_SHARE_MAX", 1):
        return outcome(data, options)


def cell_by_cell(data, options):
    with ExitStack() as stack:
        stack.enter_context(patch.object(Delimited, "_regular", lambda *_: None))
        for kind in (Key, Date, Moment):
            stack.enter_context(patch.object(kind, "plain", None))
        return outcome(data, options)


@settings(max_examples=300, deadline=None)
@given(
    body=st.lists(plain_rows | plain_rows | odd_rows() | odd_lines, min_size=1, max_size=14),
    options=st.sampled_from([CHARGES, LINES]),
    more=st.sampled_from([{}, {"round_amounts": True}, {"damaged_ids": "keep"}, {"date_format": "%Y-%m-%d %H:%M:%S"}]),
    end=st.sampled_from(["\n", "\r\n"]),
    is_ended=st.booleans(),
    harm=st.sampled_from([b"", b"\x00", b"\xff", b"\xe5\xb9", b"\r"]),
)
def test_the_quick_ways_give_what_reading_cell_by_cell_gives(body, options, more, end, is_ended, harm):
    text = end.join([HEADER, *body]) + (end if is_ended else "")
    middle = len(text) // 2
    data = text[:middle].encode("utf-8", "replace") + harm + text[middle:].encode("utf-8", "replace")

    assert cell_by_cell(data, {**options, **more}) == quickly(data, {**options, **more})


@pytest.mark.parametrize("cell", HOSTILE)
@pytest.mark.parametrize("at", range(len(PLAIN)))
@pytest.mark.parametrize("options", [CHARGES, LINES], ids=["charges", "lines"])
def test_an_odd_cell_that_stands_twice_among_plain_ones_is_read_as_if_all_were_odd(cell, at, options):
    rows = [[cells[nth % len(cells)] for cells in PLAIN.values()] for nth in range(12)]
    rows[5][at] = rows[8][at] = cell
    data = "\n".join([HEADER, *map(",".join, rows), ""]).encode()

    assert cell_by_cell(data, options) == quickly(data, options) == outcome(data, options)


@pytest.mark.parametrize(
    "cells", [["2026-07-01 10:00:00", "SF1012345678901"], ["`2026-07-01", " SF1012345678901 "], HOSTILE]
)
def test_two_columns_of_one_caption_are_each_read_in_their_own_way(cells):
    options = {
        **CHARGES,
        "columns": {**CHARGES["columns"], "order_id": "时间", "tracking_no": "运单号", "service": "运单号"},
    }
    rows = [f"{cell},,{cell},1,1,1," for cell in cells if not any(mark in cell for mark in ',"')]
    data = "\n".join([HEADER, *rows, ""]).encode()

    assert cell_by_cell(data, options) == quickly(data, options)


def test_a_large_text_in_sections_is_what_it_is_cell_by_cell():
    cells = [[known[nth % len(known)] for known in PLAIN.values()] for nth in range(400)]
    for nth, odd in zip(range(3, 400, 7), HOSTILE, strict=False):
        cells[nth][nth % len(PLAIN)] = odd
    data = "\n".join(
        [HEADER, *(",".join(row) for row in cells if not any(mark in "".join(row) for mark in '"`')), ""]
    ).encode()

    slow = cell_by_cell(data, CHARGES)
    with patch.object(_repeats, "_BYTES_MIN", 0):
        batches = read_batches(data, block_size=4_000, **CHARGES)
        parts = list(batches)

    assert len(parts) > 3
    assert slow["records"] == Table.concat([part.records for part in parts]).to_polars().rows()
    assert slow["rejects"] == [row for part in parts for row in part.rejects.to_polars().rows()]
    assert slow["notes"] == sorted(map(str, batches.notes))


ids = st.text("0159AESZaz-_.+", min_size=1, max_size=24) | st.from_regex(
    r"[0-9]{10,20}0{0,3}|[A-Za-z]{1,2}[0-9][0-9A-Z]{4}", fullmatch=True
)


@given(st.lists(ids, min_size=1, max_size=20))
def test_what_looks_like_a_plain_identifier_is_one_in_every_form(texts):
    cells = pl.Series("id", texts)
    plain = cells.filter(cells.str.contains(Key("x", to="y").plain))

    forms = plain.to_frame().select(clean=clean_expr(pl.col("id")), normal=normalize_expr(pl.col("id")))

    assert plain.to_list() == forms["clean"].to_list() == forms["normal"].to_list() == clean_texts(plain).to_list()
    assert damaged_rows(plain).is_empty()


days = st.dates().map(str) | st.from_regex(r"[12][0-9]{3}-[01][0-9]-[0-3][0-9]", fullmatch=True)
clocks = st.sampled_from(["", " 00:00:00", " 23:59:59", " 24:00:00", " 02:30:00", " 01:30:00", "T10:00:00", " 10:00"])


@given(st.lists(st.tuples(days, clocks).map("".join), min_size=1, max_size=20))
def test_what_looks_like_a_plain_time_is_read_as_all_times_are(texts):
    cells = pl.Series(texts)
    of_days, of_moments = (cells.filter(cells.str.contains(pattern)) for pattern in (PLAIN_DAY, PLAIN_MOMENT))
    zone = "America/New_York"

    assert parse_dates(of_days).to_list() == plain_days(of_days).to_list()
    assert parse_moments(of_moments, timezone=zone)[0].to_list() == plain_moments(of_moments, timezone=zone).to_list()
