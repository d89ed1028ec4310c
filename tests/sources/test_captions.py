"""Captions as they are compared, and headers found by them."""

import tracemalloc

import pytest

from tieout.sources._captions import Header, Headers, Row, fold_caption
from tieout.sources._document import Document


def row(line, *cells):
    return Row(line=line, line_end=line, cells=cells)


@pytest.mark.parametrize("text", ["＝＂Order ID＂", "｀ＯＲＤＥＲ　ＩＤ", "order\u200bid", '="Order ID"', "'order id"])
def test_a_caption_is_folded_however_wide_or_guarded_it_is(text):
    assert "orderid" == fold_caption(text)


def test_folding_twice_changes_nothing():
    texts = [chr(code) for code in range(0x10000) if not 0xD800 <= code < 0xE000]

    assert [] == [text for text in texts if fold_caption(fold_caption(text)) != fold_caption(text)]


def test_cells_of_data_are_not_kept_in_memory():
    tracemalloc.start()
    for number in range(100):
        fold_caption(f"{number}{'x' * 100_000}")
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert kept < 1_000_000


def test_a_header_that_ends_in_a_million_delimiters_is_as_wide_as_its_captions():
    header = Header.of(row(1, "单号", "", " 金 额 ", *[""] * 1_000_000))

    assert ("单号", "", "金 额") == header.captions
    assert (3, [2]) == (header.width, header.positions(("金额",)))


def test_a_row_of_a_million_blank_cells_is_blank():
    assert row(1, *[""] * 1_000_000, " \u200b").is_blank
    assert not row(1, *[""] * 1_000_000, "0").is_blank


def test_headers_are_found_by_any_of_their_captions_in_the_order_of_the_file():
    headers = Headers.of([row(1, "费用（元）"), row(2, " "), row(3, "1.00"), row(4, "单号", "费用 (元)", "单号")])

    assert [1, 3, 4] == [header.row.line for header in headers]
    assert [1, 4] == [header.row.line for header in headers.saying({"费用(元)", "单号"})]
    assert [] == headers.saying({"费用", "（元）"})


def test_a_mark_is_looked_for_in_the_tables_that_a_document_is_seen_as():
    document = Document.of_bytes("账单明细,1\n单号,金额\n".encode())
    inner = Document.of_bytes("单号,金额\n".encode()).grids

    assert document.shows("^账单")
    assert not document.shows("^明细")
    assert not document.seen_as(inner).shows("^账单")
