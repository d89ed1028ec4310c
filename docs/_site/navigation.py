"""The side bar of a page shows the branch that the page is in: the whole tree on each of 250 pages took half of the build."""

from functools import partial
from typing import Any

from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("html-page-context", collapse, priority=100)  # before the theme asks for the tree
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def collapse(_app: Sphinx, _page: str, _template: str, context: dict[str, Any], _doctree: Any) -> None:
    """Have the theme get a tree whose other branches are closed."""
    whole = context.get("toctree")
    if whole is not None:
        context["toctree"] = partial(_closed, whole)


def _closed(whole: Any, **options: Any) -> Any:
    return whole(**options | {"collapse": True})
