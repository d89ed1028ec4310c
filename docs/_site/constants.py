"""Constants of the rooms: their docstrings stand in the module that makes them, Sphinx looks into the one that exports them."""

import inspect
import sys
from importlib import import_module
from typing import Any

from sphinx.application import Sphinx
from sphinx.pycode import ModuleAnalyzer

SHOWN = 80  # characters of a value; a longer one, such as a table, is told of and not shown


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("builder-inited", tell)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def tell(app: Sphinx) -> None:
    """Give each room's analysis the docstrings of its constants and aliases; it is kept for the whole build."""
    for room in app.config.rooms:
        module = import_module(room)
        analysis = ModuleAnalyzer.for_module(room)
        analysis.analyze()
        for name in module.__all__:
            value = getattr(module, name)
            if not (inspect.isclass(value) or inspect.isroutine(value) or inspect.ismodule(value)):
                analysis.attr_docs["", name] = docstring(name, value)


def docstring(name: str, value: Any) -> list[str]:
    """What stands below the assignment of a value, wherever in the package that is."""
    for each, module in sorted(sys.modules.items()):
        if each.startswith("tieout.") and vars(module).get(name) is value:
            found = ModuleAnalyzer.for_module(each).find_attr_docs().get(("", name))
            if found:
                is_short = len(repr(value)) <= SHOWN
                return found if is_short else [*found, "", ":meta hide-value:", ""]
    message = f"{name} has no docstring below its assignment"
    raise LookupError(message)
