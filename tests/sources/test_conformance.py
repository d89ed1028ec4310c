"""Every leaf does what `tieout.testing` asks; a leaf without title, goldens or docs page fails."""

from pathlib import Path

import pytest

from tieout.sources import formats
from tieout.sources._registry import ROOM
from tieout.testing import FormatSuite

ROOT = Path(__file__).parent.parent.parent
GOLDENS = ROOT / "tests" / "golden" / "sources"
PAGES = ROOT / "docs" / "reference" / "sources"
BY_NAME = {"generic_table"}  # what a mapping reads is never found by its content

LEAVES = sorted(name for name, leaf in ROOM.leaves().items() if leaf.builtin)
CASES = [
    case
    for leaf in LEAVES
    for case in FormatSuite(leaf, goldens=GOLDENS / leaf, by_content=leaf not in BY_NAME).cases()
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_format_does_what_every_format_must(case):
    case()


@pytest.mark.parametrize("leaf", LEAVES)
def test_a_leaf_has_a_docs_page_that_begins_with_its_title(leaf):
    page = PAGES / f"{leaf}.md"

    assert page.exists(), f"docs/reference/sources/{leaf}.md is missing"
    assert formats()[leaf].title in page.read_text("utf-8"), "the page's first paragraph says the module's title"


def test_no_golden_folder_or_page_is_left_of_a_leaf_that_is_gone():
    assert [] == sorted({folder.name for folder in GOLDENS.iterdir()} - set(LEAVES))
    assert [] == sorted({page.stem for page in PAGES.glob("*.md")} - set(LEAVES))
