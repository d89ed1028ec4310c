"""Tracing: sources of several events, each once, runs joined."""

from tieout.model import Provenance
from tieout.posting.tracing import count_documents, merge_sources, stable_id


def place(line, line_end=None, file="bill.csv", sha256="a", **fields):
    return Provenance(file=file, sha256=sha256, line=line, line_end=line_end, **fields)


def test_runs_that_touch_or_overlap_are_one(make_event):
    one = make_event(sources=(place(4, 9), place(20)))
    two = make_event(sources=(place(10), place(15, 21), place(12), place(4, 9), place(5)))

    assert (place(4, 10), place(12), place(15, 21)) == merge_sources([one, two])


def test_the_order_of_events_does_not_matter(make_event):
    one, two = make_event(sources=(place(2), place(9))), make_event(sources=(place(1), place(5)))

    assert (place(1, 2), place(5), place(9)) == merge_sources([one, two]) == merge_sources([two, one])


def test_a_run_of_one_line_is_a_line(make_event):
    assert (place(5),) == merge_sources([make_event(sources=(place(5, 5), place(5)))])


def test_files_sheets_and_contents_are_kept_apart(make_event):
    event = make_event(sources=(place(3, sheet="B"), place(2, sheet="A"), place(1, file="a.csv"), place(2, sha256="b")))

    assert (place(1, file="a.csv"), place(2, sha256="b"), place(2, sheet="A"), place(3, sheet="B")) == merge_sources(
        [event]
    )


def test_a_whole_file_is_a_source(make_event):
    whole = Provenance(file="bill.csv", sha256="a")

    assert (whole, place(3)) == merge_sources([make_event(sources=(place(3), whole))])


def test_a_document_is_counted_once_however_many_lines_and_names_it_has():
    assert 2 == count_documents([place(1), place(5), place(1, file="copy.csv"), place(1, file="b.csv", sha256=None)])
    assert 0 == count_documents([Provenance()])


def test_ids_depend_on_where_texts_begin_and_end():
    assert stable_id("ab", "c") != stable_id("a", "bc")
    assert "bfa14ffe1bb37bc4c275ec51" == stable_id("voucher", "", "记")
