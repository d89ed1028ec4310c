"""The page of the config's keys, held to the classes."""

import re
from pathlib import Path

import attrs
import pytest

from tieout.closing import Bar, CasebookRule, ReadRule, ReportRule, RunRule
from tieout.closing.config_reading import KEYS
from tieout.posting import Book

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "close-config.md").read_text(encoding="utf-8")
SECTIONS = {
    match[1]: match[2] for match in re.finditer(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, flags=re.DOTALL | re.MULTILINE)
}


def rows(section):
    """Key, type and default of each row of a section's first table of keys."""
    found = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \| .+ \|$", SECTIONS[section], flags=re.MULTILINE)
    return {key: default for key, _, default in found}


def test_every_key_of_the_top_and_every_table_is_on_the_page():
    tables = {re.search(r"\[+(\w+)", name)[1] for name in SECTIONS if name.startswith("`[")}

    assert set(KEYS) == tables | set(rows("At the top"))


@pytest.mark.parametrize(
    ("section", "kind"),
    [
        ("`[[read]]`", ReadRule),
        ("`[reconciliations.NAME]`", RunRule),
        ("`[casebook]`", CasebookRule),
        ("`[bar]`", Bar),
        ("`[report]`", ReportRule),
    ],
)
def test_every_field_of_a_part_is_on_the_page_and_what_is_needed_says_so(section, kind):
    told = rows(section)

    assert [field.name for field in attrs.fields(kind)] == list(told)
    assert {field.name for field in attrs.fields(kind) if field.default is attrs.NOTHING} == {
        name for name, default in told.items() if default == "needed"
    }


def test_every_field_of_the_book_is_on_the_page():
    names = {field.name for field in attrs.fields(Book) if field.init}

    assert names <= set(re.findall(r"`(\w+)`", SECTIONS["`[book]`"]))
