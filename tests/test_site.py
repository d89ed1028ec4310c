"""The site is whole: it is built without a warning, every public name has its place in it, and every page is in its tree.

Building takes half a minute, once for all tests; `TIEOUT_SITE` names a folder in which it has just been built.
"""

import importlib
import os
import re
import subprocess
import sys
import zlib
from importlib.util import find_spec
from pathlib import Path

import pytest

import tieout

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
API = DOCS / "reference" / "api"
STORIES = ROOT / "tests" / "scenarios"
ROOMS = sorted(
    f"tieout.{path.stem}"
    for path in (ROOT / "src" / "tieout").iterdir()
    if not path.name.startswith(("_", ".")) and (path.suffix == ".py" or (path / "__init__.py").is_file())
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of the built site."""
    if built := os.environ.get("TIEOUT_SITE"):
        return Path(built)
    for module in ("sphinx", "myst_parser", "furo", "sphinx_design"):
        if find_spec(module) is None:
            pytest.skip(f"{module} is not installed: the site needs tieout[docs]")
    out = tmp_path_factory.mktemp("site")
    command = ["-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", str(DOCS), str(out)]
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr
    return out


def named(site):
    """Full names of all objects that the site describes, by the inventory that Sphinx writes for other sites."""
    _, _, packed = (site / "objects.inv").read_bytes().partition(b"using zlib.\n")
    lines = zlib.decompress(packed).decode().splitlines()
    return {line.partition(" ")[0] for line in lines if " py:" in line}


WITHIN = sorted(
    name
    for page in API.glob("*.md")
    for name in re.findall(r"automodule:: (tieout\.\w+\.\S+)", page.read_text("utf-8"))
)
"""Modules within rooms that people import from; each stands on the page of its room."""
IMPORT = re.compile(r"^\s*from (tieout\.\w+(?:\.\w+)+) import (\([^)]*\)|[^\n#]+)", re.MULTILINE)
LEAVES = [
    f"tieout.ledgers.{path.stem}"
    for path in sorted((ROOT / "src" / "tieout" / "ledgers").glob("*.py"))
    if not path.stem.startswith("_")
]


@pytest.mark.parametrize("room", ["tieout", *ROOMS, *WITHIN])
def test_every_public_name_of_a_room_is_on_a_page(site, room):
    module = importlib.import_module(room)
    there = named(site)
    missing = [
        name
        for name in module.__all__
        for value in [getattr(module, name)]
        if not {f"{room}.{name}", f"{getattr(value, '__module__', '')}.{getattr(value, '__qualname__', '')}"} & there
        and getattr(value, "__name__", "") not in ROOMS
        and not any(
            getattr(importlib.import_module(other), name, None) is value and f"{other}.{name}" in there
            for other in ROOMS
        )
    ]

    assert [] == missing


def test_what_pages_and_examples_import_from_within_a_room_is_on_a_page(site):
    there = named(site)
    texts = [path.read_text("utf-8") for path in (*DOCS.rglob("*.md"), *(ROOT / "examples").glob("*.py"))]
    imported = {
        (module, name)
        for text in texts
        for module, names in IMPORT.findall(text)
        if "._" not in module
        for name in re.findall(r"\w+", names)
    }
    missing = {
        f"{module}.{name}"
        for module, name in imported
        if f"{module}.{name}" not in there and not hasattr(importlib.import_module(module.rpartition(".")[0]), name)
    }

    assert len(imported) > 20
    assert set() == missing


@pytest.mark.parametrize("module", LEAVES)
def test_the_options_of_every_ledger_are_on_a_page(site, module):
    leaf = importlib.import_module(module)
    kind = type(getattr(leaf, "LEDGER", None) or leaf.GATEWAY)

    assert f"{kind.__module__}.{kind.__qualname__}" in named(site)


def test_every_page_is_in_the_site_and_reached_from_its_side_bar(site):
    pages = {path.relative_to(DOCS).with_suffix(".html") for path in DOCS.rglob("*.md")}
    built = {path.relative_to(site) for path in site.rglob("*.html")}

    assert set() == pages - built
    assert "isn't included in any toctree" not in (site / "index.html").read_text("utf-8")


def test_no_page_asks_another_machine_for_anything(site):
    asked = re.compile(
        r"<(?:script|img|iframe)[^>]+src=\"(?:https?:)?//[^\"]+|<link[^>]+rel=\"(?:stylesheet|preload)\"[^>]+href=\"(?:https?:)?//"
    )
    found = {path.name: hit[0] for path in site.rglob("*.html") if (hit := asked.search(path.read_text("utf-8")))}

    assert {} == found


def test_a_list_of_attributes_is_shown_once(site):
    page = (site / "reference" / "api" / "matching.html").read_text("utf-8")
    rule = page[page.index('id="tieout.matching.Rule"') :]
    rule = rule[: rule.index('id="tieout.matching.', 40)]

    assert 1 == rule.count("What people call it; stands in every pair it makes.")


def test_every_room_has_a_page():
    assert {"index", "tieout", *(room.partition(".")[2] for room in ROOMS)} == {path.stem for path in API.glob("*.md")}


def test_every_story_is_a_page_of_the_same_title():
    stories = {path.name: path.read_text("utf-8").partition("\n")[0] for path in STORIES.glob("*.md")}
    pages = {path.name: path.read_text("utf-8").partition("\n")[0] for path in (DOCS / "stories").glob("*.md")}
    del pages["index.md"]

    assert stories == pages


def test_the_site_is_of_this_version(site):
    assert f"tieout {tieout.__version__}" in (site / "index.html").read_text("utf-8")
