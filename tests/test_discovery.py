"""Leaves are found by file and by entry point, and a broken one says why."""

import sys
from importlib.metadata import EntryPoint

import pytest

from tieout import _discovery
from tieout._discovery import Leaf, Room
from tieout.errors import PluginError, UnknownFormat


@pytest.fixture
def room(tmp_path, monkeypatch):
    """A package with two leaves, one of them broken, and two entry points of third parties."""
    package = tmp_path / "plugroom"
    package.mkdir()
    for name, text in {
        "__init__": "",
        "_base": "",
        "good": "VALUE = 1\n",
        "broken": "import does_not_exist_anywhere\n",
    }.items():
        (package / f"{name}.py").write_text(text)
    (tmp_path / "elsewhere.py").write_text("VALUE = 2\n")
    monkeypatch.syspath_prepend(tmp_path)
    points = [
        EntryPoint(name="zeta", value="elsewhere", group="plug.group"),
        EntryPoint(name="good", value="elsewhere", group="plug.group"),
    ]
    monkeypatch.setattr(_discovery, "entry_points", lambda group: points if group == "plug.group" else [])
    _discovery.leaves_of.cache_clear()
    yield Room(package="plugroom", group="plug.group", kind="format")
    for name in [name for name in sys.modules if name.partition(".")[0] in {"plugroom", "elsewhere"}]:
        del sys.modules[name]
    _discovery.leaves_of.cache_clear()


def test_leaves_are_public_modules_and_entry_points_by_name(room):
    assert ["broken", "good", "zeta"] == list(room.leaves())


def test_finding_leaves_loads_none_of_them(room):
    room.leaves()

    assert {"plugroom"} == {name for name in sys.modules if name.partition(".")[0] in {"plugroom", "elsewhere"}}


def test_a_leaf_of_ours_wins_over_an_entry_point_of_its_name(room):
    leaf = room.leaf("good")

    assert (True, 1) == (leaf.builtin, leaf.load().VALUE)


def test_an_entry_point_is_loaded_when_it_is_asked_for(room):
    leaf = room.leaf("zeta")

    assert (False, 2) == (leaf.builtin, leaf.load().VALUE)


def test_an_unknown_name_lists_those_that_exist(room):
    with pytest.raises(UnknownFormat, match="there is no format named 'goood'; known: broken, good, zeta") as caught:
        room.leaf("goood")

    assert ("goood", ("broken", "good", "zeta")) == (caught.value.name, caught.value.known)


def test_a_leaf_that_fails_to_import_says_why_and_keeps_its_cause(room):
    with pytest.raises(PluginError) as caught:
        room.leaf("broken").load()

    assert (
        "plugroom.broken: leaf 'broken' cannot be imported: "
        "ModuleNotFoundError: No module named 'does_not_exist_anywhere'" == str(caught.value)
    )
    assert isinstance(caught.value.__cause__, ModuleNotFoundError)


def test_leaves_cannot_be_added_by_hand(room):
    with pytest.raises(TypeError):
        room.leaves()["mine"] = Leaf(name="mine", module="mine", builtin=True)
