"""The site: `sphinx-build -W --keep-going -b html docs OUT` (docs/explanation/decisions/0030-the-site.md)."""

import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "_site"), str(HERE.parent / "src")]

from sphinx.application import Sphinx  # noqa: E402 - as below

import tieout  # noqa: E402 - from this checkout, whatever else is installed

project = "tieout"
author = "The tieout developers"
project_copyright = "The tieout developers, Apache-2.0"
version = release = tieout.__version__
language = "en"

extensions = [
    "myst_parser",
    "sphinx_design",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "docstrings",
    "constants",
    "navigation",
]
exclude_patterns = ["_site", "_build"]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_default_options = {"members": True}
napoleon_numpy_docstring = False
napoleon_use_ivar = True
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 100

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_title = f"tieout {release}"
toc_object_entries_show_parents = "hide"
html_show_sourcelink = False
html_copy_source = False


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    pages = sorted((HERE / "reference" / "api").glob("*.md"))
    rooms = [room for page in pages for room in re.findall(r"automodule:: (\S+)", page.read_text("utf-8"))]
    app.add_config_value("rooms", rooms, "env")
