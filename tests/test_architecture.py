"""Leaves of the plug-in rooms stand alone: they import no other leaf, and nothing in their room imports them by name.

`.importlinter` holds the floors; this holds leaves that nobody has listed there, since adding a leaf edits no existing file.
"""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src"
PLUG_IN_ROOMS = ("ledgers", "matching/engines", "posting/templates", "reconciliations", "sources")
# The engine that a matcher uses when nobody names another one.
MAY_BE_NAMED = {"tieout.matching.engines.local"}


def module_name(path):
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def leaves(room):
    return [path for path in sorted((SOURCE / "tieout" / room).glob("*.py")) if not path.name.startswith("_")]


def imports(path):
    """Modules that a file imports, outside `if TYPE_CHECKING:`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    only_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in only_types:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


LEAVES = {module_name(path): path for room in PLUG_IN_ROOMS for path in leaves(room)}
EVERY = sorted((SOURCE / "tieout").rglob("*.py"))
ROOM_MODULES = [path for room in PLUG_IN_ROOMS for path in sorted((SOURCE / "tieout" / room).rglob("*.py"))]


@pytest.mark.parametrize("room", PLUG_IN_ROOMS)
def test_a_plug_in_room_has_leaves(room):
    assert leaves(room)


# One test for all modules: a thousand of each sentence would cost more than what they look at.
def test_nothing_in_a_room_imports_a_leaf_of_it():
    named = {
        module_name(path): sorted(set(imports(path)) & (set(LEAVES) - MAY_BE_NAMED - {module_name(path)}))
        for path in ROOM_MODULES
    }

    assert ROOM_MODULES
    assert {} == {name: leaves for name, leaves in named.items() if leaves}


def test_imports_are_absolute_and_no_function_is_longer_than_seventy_lines():
    relative, functions = [], {}
    for path in EVERY:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level:
                relative.append((module_name(path), node.lineno))
            if isinstance(node, ast.FunctionDef):
                functions[module_name(path), node.name, node.lineno] = code_lines(node)

    assert functions
    assert [] == relative
    assert {} == {name: lines for name, lines in functions.items() if lines > 70}


def test_there_is_no_room_for_odds_and_ends():
    odd = {"common", "helpers", "misc", "shared", "util", "utils"}

    assert [] == [module_name(path) for path in EVERY if path.stem.strip("_") in odd]


def code_lines(function):
    """Lines of a function without its docstring."""
    has_docstring = ast.get_docstring(function) is not None
    first = function.body[1] if has_docstring and len(function.body) > 1 else function.body[0]
    return function.end_lineno - first.lineno + 1
