"""Every leaf does what `conformance.py` asks; a leaf without title, goldens or docs page fails."""

import importlib.util
from pathlib import Path

import pytest

from tieout.sources import formats
from tieout.sources._registry import ROOM

ROOT = Path(__file__).parent.parent.parent
GOLDENS = ROOT / "tests" / "golden" / "sources"
PAGES = ROOT / "docs" / "reference" / "sources"

_spec = importlib.util.spec_from_file_location("conformance", Path(__file__).with_name("conformance.py"))
conformance = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(conformance)

LEAVES = sorted(name for name, leaf in ROOM.leaves().items() if leaf.builtin)
INPUTS = [(leaf, path) for leaf in LEAVES if (GOLDENS / leaf).is_dir() for path in conformance.inputs(GOLDENS / leaf)]
each_input = pytest.mark.parametrize(("leaf", "path"), INPUTS, ids=[f"{leaf}-{path.name}" for leaf, path in INPUTS])


@pytest.mark.parametrize("leaf", LEAVES)
def test_a_leaf_has_a_title_goldens_and_a_docs_page(leaf):
    info = formats()[leaf]
    page = PAGES / f"{leaf}.md"

    assert info.broken is None
    assert info.title
    assert (GOLDENS / leaf).is_dir(), f"tests/golden/sources/{leaf} is missing"
    assert conformance.inputs(GOLDENS / leaf), f"tests/golden/sources/{leaf} has no input"
    assert page.exists(), f"docs/reference/sources/{leaf}.md is missing"
    assert info.title in page.read_text("utf-8"), "the page's first paragraph says the module's title"


def test_no_golden_folder_or_page_is_left_of_a_leaf_that_is_gone():
    assert [] == sorted({folder.name for folder in GOLDENS.iterdir()} - set(LEAVES))
    assert [] == sorted({page.stem for page in PAGES.glob("*.md")} - set(LEAVES))


@each_input
def test_a_golden_is_read_as_it_says(leaf, path):
    conformance.check_golden(path)


@each_input
def test_a_golden_is_identified_as_its_own_leaf_and_no_other(leaf, path):
    conformance.check_identified_as_own(path, leaf)


@each_input
def test_every_line_is_a_record_a_reject_or_set_apart(leaf, path):
    conformance.check_lines_accounted_for(path)


@each_input
def test_a_record_stands_on_the_line_that_it_names(leaf, path):
    conformance.check_lines_are_true(path)


@each_input
def test_the_same_bytes_give_the_same_result(leaf, path):
    conformance.check_same_bytes_same_result(path)


@each_input
def test_marks_line_ends_and_encodings_do_not_matter(leaf, path):
    conformance.check_variants_read_alike(path)


@each_input
def test_the_order_of_columns_does_not_matter(leaf, path):
    conformance.check_columns_may_change_places(path)


@each_input
def test_an_empty_file_is_refused(leaf, path):
    conformance.check_empty(path)


@each_input
def test_a_cut_file_is_refused_or_gives_nothing_strange(leaf, path):
    conformance.check_truncated(path)


def test_goldens_are_not_rewritten_on_ci(monkeypatch):
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv(conformance.UPDATE, "1")

    with pytest.raises(AssertionError, match="refused on CI"):
        conformance.check_golden(INPUTS[0][1])
