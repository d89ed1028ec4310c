"""Quotes that somebody lost or added: no line below a header goes with it."""

from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tieout
from tieout.errors import InputError
from tieout.sources import TableFormat, read_batches
from tieout.sources._delimited import Delimited, Lines
from tieout.sources._registry import format_of
from tieout.sources._stray_quotes import literal_cells

GOLDENS = Path(__file__).parent.parent / "golden" / "sources"
TEXTS = [path for path in sorted(GOLDENS.glob("*/*")) if path.suffix in {".csv", ".txt", ".tsv"}]
captions = st.text(st.sampled_from('ab"\n号 '), min_size=1, max_size=8)


def head_of(text, delimiter=","):
    return [
        (row.line, row.line_end, row.cells)
        for row in Delimited(lines=Lines.of(text), delimiter=delimiter, where="").head
    ]


def body_of(text, width):
    frame = Delimited(lines=Lines.of(text), delimiter=",", where="bill.csv").body(1, width)
    return [(row["_line"], row["_line_end"], row["c0"]) for row in frame.iter_rows(named=True)]


@pytest.mark.parametrize(
    ("text", "captions"),
    [
        pytest.param('a,b,"c\n1,2,3\n4,"5",6\n', ("a", "b", '"c'), id="a quote in the middle of a cell closes it"),
        pytest.param('"a","b, x","c\n"1","2","3"\n', ("a", "b, x", '"c'), id="the cells before it are quoted"),
        pytest.param('"a,b,c\n1,2,3\n"a,b,c\n4,5,6\n', ('"a', "b", "c"), id="the header stands below once more"),
        pytest.param('a,b,"c\n1,5",3\n4,5,6\n', ("a", "b", '"c'), id="the lines below are as wide as the header alone"),
        pytest.param(
            'a,b,"c,d\n1,2,",4\n', ("a", "b", '"c', "d"), id="the line that closes it is as wide as the header"
        ),
        pytest.param('a,b,"c\n1,2,3\n4",5,6,7\n', ("a", "b", '"c'), id="it holds a whole line of cells"),
    ],
)
def test_a_header_ends_at_its_line_where_its_quote_would_swallow_lines_of_cells(text, captions):
    assert (1, 1, captions) == head_of(text)[0]


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ('order,"amount\n(USD)",fee\n1,2,3\n', (1, 2, ("order", "amount\n(USD)", "fee"))),
        ('order,paid,"amount, gross\n(USD, EUR)",fee\n1,2,3,4\n', (1, 2, ("order", "paid", "amount, gross\n(USD, EUR)", "fee"))),
        ('a,b,c,"d\ne"\n', (1, 2, ("a", "b", "c", "d\ne"))),
    ],
)  # fmt: skip
def test_a_caption_may_be_quoted_over_several_lines(text, header):
    assert header == head_of(text)[0]


@given(st.lists(st.lists(captions, min_size=3, max_size=3), min_size=1, max_size=6))
def test_captions_of_several_lines_are_read_as_a_csv_writer_writes_them(rows):
    text = "".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n" for row in rows)

    assert [tuple(row) for row in rows] == [cells for _, _, cells in head_of(text)]


@given(st.text(st.sampled_from('ab,"\n'), max_size=60))
def test_the_rows_of_any_head_cover_each_line_once(text):
    covered = [line for first, last, _ in head_of(text) for line in range(first, last + 1)]

    assert list(range(1, len(Lines.of(text)) + 1)) == covered


def test_a_line_that_ends_within_a_quote_keeps_the_cells_before_it():
    assert ("a", "b,c", '"d', "e") == literal_cells('a,"b,c","d,e', ",")
    assert ("", '"x') == literal_cells(',"x', ",")
    assert ('"a"', "b" * 200_000, '"c') == literal_cells(f'"a",{"b" * 200_000},"c', ",")


def test_rows_of_a_body_outlive_a_quote_that_only_a_misplaced_one_would_close():
    text = 'a,b,c\n1,"x","foo\n2,y,"bar"\n\n3,"z",\n'

    assert [(2, 2, "1"), (3, 3, "2"), (4, 4, ""), (5, 5, "3")] == body_of(text, 3)


def harmed_headers(head, delimiter):
    """Ways in which a quote of a header is lost, or added to it."""
    if '"' in head:
        return [head.removesuffix('"')] if head.endswith('"') else []
    before, last = head.rsplit(delimiter, 1)
    return [f'"{head}', f'\ufeff"{head}', f'{before}{delimiter}"{last}']


def sections_read(text, leaf):
    """How many records there are where the file is read piece by piece, if its format can be."""
    if not (isinstance(format_of(leaf), TableFormat) and format_of(leaf).goes_by_line):
        return None
    return sum(len(batch.records) for batch in read_batches(BytesIO(text), format=leaf, block_size=2_000))


@pytest.mark.parametrize("leaf", sorted({path.parent.name for path in TEXTS}))
def test_no_line_of_any_format_goes_with_a_quote_in_its_header(leaf):
    path = next(path for path in TEXTS if path.parent.name == leaf)
    try:
        source = tieout.read(path, format=leaf).source
    except InputError:
        return
    if not source.header_line:
        return
    lines = path.read_bytes().decode(source.encoding).removeprefix("\ufeff").replace("\r", "").rstrip("\n").split("\n")
    above, head, body = lines[: source.header_line - 1], lines[source.header_line - 1], lines[source.header_line :]
    below = [*body, head if '"' in head else f'"{head}', *body]
    whole = "\n".join([*above, head, *below]).encode()
    try:
        expected = len(tieout.read(whole, format=leaf).records)
    except InputError:
        return
    for harmed in harmed_headers(head, source.delimiter):
        text = "\n".join([*above, harmed, *below]).encode()
        try:
            found = tieout.read(text, format=leaf)
        except InputError:
            continue
        assert source.header_line == found.source.header_line
        assert expected <= len(found.records)
        assert sections_read(text, leaf) in {None, len(found.records)}
