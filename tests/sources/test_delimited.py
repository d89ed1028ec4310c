"""Lines to cells, held to Python's own reader."""

import csv

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tieout.errors import CorruptFile
from tieout.sources._delimited import DELIMITERS, Delimited, Lines, delimiters_of
from tieout.sources._rows import clean_cells

plain_cells = st.text(st.characters(blacklist_characters='",\n\r\t;|\x00', blacklist_categories=["Cs"]), max_size=6)
one_line_cells = st.text(st.sampled_from('ab",;号 '), max_size=8)
several_line_cells = st.text(st.sampled_from('ab"\n号 '), max_size=8)
quoted_cells = (
    one_line_cells | several_line_cells
)  # with a delimiter and a line end in one cell, a stray quote looks the same
quoted_rows = st.integers(2, 4).flatmap(
    lambda width: st.lists(st.lists(quoted_cells, min_size=width, max_size=width), min_size=1, max_size=8)
)
rows_of_plain = st.lists(st.lists(plain_cells, min_size=1, max_size=5), min_size=1, max_size=12)


def grid(text, delimiter=","):
    return Delimited(lines=Lines.of(text), delimiter=delimiter, where="bill.csv")


def cells_of(text, width, delimiter=","):
    """What the reader under test gives, row by row."""
    frame = grid(text, delimiter).body(0, width)
    return [
        (
            row["_line"],
            row["_line_end"],
            row["_width"],
            [row[f"c{at}"] or "" for at in range(width)],
            row["_rest"] or "",
        )
        for row in frame.iter_rows(named=True)
    ]


def cells_by_python(text, width, delimiter=","):
    """The same by Python's reader, row by row."""
    reader = csv.reader((f"{line}\n" for line in Lines.of(text).lines), delimiter=delimiter)
    found, before = [], 0
    for row in reader:
        cells = row or [""]
        padded = [*cells, *([""] * width)][:width]
        found.append((before + 1, reader.line_num, len(cells), padded, delimiter.join(cells[width:])))
        before = reader.line_num
    return found


@given(rows_of_plain, st.sampled_from(DELIMITERS), st.integers(1, 6))
def test_lines_without_quotes_are_cut_as_python_cuts_them(rows, delimiter, width):
    text = "\n".join(delimiter.join(row) for row in rows) + "\n"

    assert cells_by_python(text, width, delimiter) == cells_of(text, width, delimiter)


@given(quoted_rows, st.sampled_from([",", ";"]))
def test_what_a_csv_writer_writes_is_read_back(rows, delimiter):
    width = len(rows[0])
    lines = [delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    text = "\n".join(lines) + "\n"

    found = cells_of(text, width, delimiter)

    assert cells_by_python(text, width, delimiter) == found
    assert rows == [cells for _, _, _, cells, _ in found]


@given(st.text(st.sampled_from('ab,"\n'), max_size=40))
def test_any_text_is_read_without_losing_a_line_or_refused(text):
    lines = len(Lines.of(text).lines)
    try:
        found = cells_of(text, 3)
    except CorruptFile:
        return

    covered = [line for first, last, *_ in found for line in range(first, last + 1)]
    assert list(range(1, lines + 1)) == covered


def test_a_cell_of_several_lines_keeps_the_lines_that_follow_it_right():
    text = 'a,b\n1,"x\ny\nz"\n2,w\n'

    assert [(1, 1), (2, 4), (5, 5)] == [(first, last) for first, last, *_ in cells_of(text, 2)]


def test_a_stray_quote_does_not_swallow_rows():
    text = 'a,b,c\n1,5" box,3\n"stray,2,3\n4,"fine",6\n7,8,"9\n'.removesuffix('"9\n') + "9\n"

    assert [["a", "b", "c"], ["1", '5" box', "3"], ['"stray', "2", "3"], ["4", "fine", "6"], ["7", "8", "9"]] == [
        cells for _, _, _, cells, _ in cells_of(text, 3)
    ]


def test_a_quoted_cell_of_several_lines_with_delimiters_is_one_cell():
    text = 'a,b,c\n"1","x,\ny,z,w","2"\n'

    assert ["1", "x,\ny,z,w", "2"] == cells_of(text, 3)[1][3]


def test_a_quote_that_is_never_closed_is_a_cut_file():
    with pytest.raises(CorruptFile, match=r"bill\.csv:3: the quoted cell that begins on line 3 is never closed"):
        grid('a,b,c\n1,2,3\n4,5,"unfinis').body(0, 3)


def test_cells_beyond_the_header_are_kept_apart():
    assert [(1, 1, 5, ["1", "2"], "3,,x")] == cells_of("1,2,3,,x", 2)
    assert [(1, 1, 4, ["1", "2"], "3,4")] == cells_of('"1",2,"3",4', 2)


def test_line_ends_of_all_systems_are_line_ends():
    assert ("a", "b") == Lines.of("a\nb\n").lines
    assert ("a", "b") == Lines.of("a\r\nb\r\n").lines
    assert ("a", "b") == Lines.of("a\rb\r").lines
    assert ("a", "b") == Lines.of("a\r\r\nb").lines


def test_other_separators_of_lines_belong_to_cells():
    assert ("a\x0bb\x0c\u2028c\x85d", "e") == Lines.of("a\x0bb\x0c\u2028c\x85d\ne").lines


def test_whether_the_last_line_is_ended_is_known():
    assert [True, False, True] == [Lines.of(text).is_ended for text in ("a\n", "a", "a\r\n")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a,b,c\n1,2,3\n", ","),
        ("a\tb\tc\n1,5\t2,5\t3\n", "\t"),
        ("a;b;c\n1,5;2,5;3,5\n", ";"),
        ("title\n\nx|y\n1|2\n", "|"),
        ("no delimiter at all\n", ","),
    ],
)
def test_the_likeliest_delimiter_comes_first(text, expected):
    assert expected in delimiters_of(Lines.of(text))[:2]


def test_the_head_survives_a_quote_left_open():
    rows = grid('"title of 5" things\na,b\n1,"2\n').head

    assert ["a", "b"] in [list(row.cells) for row in rows]


def test_a_cell_longer_than_any_cell_is_keeps_its_line_in_a_row_that_is_too_wide():
    text = f'1,"a",{"x" * 200_000}\n2,"b",c\n'

    assert [(1, 1, 3, ["1"]), (2, 2, 3, ["2"])] == [row[:4] for row in cells_of(text, 1)]


@settings(max_examples=400)
@given(
    cells=st.lists(
        st.text(alphabet="a1.、 \t\x0b\x1c\x85\xa0\u1680\u2028\u3000\u200b\ufeff`='\"易", max_size=4),
        min_size=2,
        max_size=8,
    ),
    delimiter=st.sampled_from(DELIMITERS),
)
def test_a_text_that_is_called_trim_needs_no_cleaning(cells, delimiter):
    lines = [delimiter.join(pair) for pair in zip(cells[::2], cells[1::2], strict=False)]
    text = Delimited(lines=Lines.of("\n".join(["x", *lines]) + "\n"), delimiter=delimiter, where="bill.csv")
    try:
        body = text.body(1, 2)
    except CorruptFile:
        return

    if text.is_trim:
        assert clean_cells(body, [0, 1]).equals(clean_cells(body, [0, 1], is_trim=True))


@pytest.mark.parametrize(
    ("text", "is_trim"),
    [
        ("a,b c\n", True),
        ("a, b\n", False),
        ("a ,b\n", False),
        (" a,b\n", False),
        ("a,b \n", False),
        ("a\u3000b\n", False),
    ],
)
def test_blanks_at_the_ends_of_cells_are_found(text, is_trim):
    assert is_trim == Delimited(lines=Lines.of(text), delimiter=",", where="bill.csv").is_trim
