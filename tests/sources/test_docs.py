"""The pages of sources say what is so: their code runs, their tables are complete."""

import os
import re
from pathlib import Path

import pytest

from tieout.cli import main
from tieout.sources import COMMON_OPTIONS, formats
from tieout.testing import UPDATE_GOLDENS

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
PAGES = [REFERENCE / "sources.md", *sorted((REFERENCE / "sources").glob("*.md"))]
BLOCKS = [
    (page, block)
    for page in PAGES
    for block in re.findall(r"^```python\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
]


@pytest.mark.parametrize(("page", "block"), BLOCKS, ids=[f"{page.stem}-{at}" for at, (page, _) in enumerate(BLOCKS)])
def test_code_on_the_pages_runs(page, block, capsys):
    exec(compile(block, str(page), "exec"), {"__name__": "docs"})  # noqa: S102 - our own pages

    printed = capsys.readouterr().out
    assert [] == [
        said for said in re.findall(r"^print\(.*\)  # ((?:input|file):.*)$", block, re.MULTILINE) if said not in printed
    ]


def test_options_are_on_the_pages():
    common = (REFERENCE / "sources.md").read_text("utf-8")

    assert [] == [option for option in COMMON_OPTIONS if f"`{option}" not in common]
    for name, info in formats().items():
        page = REFERENCE / "sources" / f"{name}.md"
        if info.builtin:
            text = page.read_text("utf-8")
            assert [] == [option for option in info.options if f"`{option}" not in text], name


def test_the_table_of_formats_is_what_the_command_prints_now(capsys):
    assert 0 == main(["formats", "--markdown"])

    path, printed = REFERENCE / "formats.md", capsys.readouterr().out
    above, start, table = path.read_text("utf-8").partition("| format |")
    if os.environ.get(UPDATE_GOLDENS):
        path.write_text(above + printed, encoding="utf-8")
        return
    assert printed == start + table, f"{UPDATE_GOLDENS}=1 writes it anew"


def test_every_format_says_what_it_was_built_from_in_words_of_the_registry():
    assert set() == {info.evidence for info in formats().values()} - {"files", "test rows", "columns only", "mapping"}
