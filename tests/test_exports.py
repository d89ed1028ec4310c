"""What a room exports is real, sorted and documented."""

import importlib
import inspect
import pkgutil
import re

import pytest

import tieout

ALL_MODULES = sorted(
    module.name for module in pkgutil.walk_packages(tieout.__path__, "tieout.") if not module.name.endswith("__main__")
)
PUBLIC = [name for name in ALL_MODULES if not any(part.startswith("_") for part in name.split("."))]
ROOMS = [name for name in PUBLIC if name.count(".") == 1]


def load(name):
    return importlib.import_module(name)


def exported(name):
    """Names and objects that a module hands out, those of its leaves that load on demand among them."""
    module = load(name)
    return {each: getattr(module, each) for each in getattr(module, "__all__", ())}


def rank(name):
    """Constants, then classes, then the rest, as ruff sorts `__all__`."""
    is_constant = name.isupper()
    return (0 if is_constant else 1 if name[:1].isupper() else 2, name)


# One test for all modules: a thousand of each sentence would cost more than what they look at.
def test_a_module_says_what_it_is_in_its_first_line():
    titles = {name: (load(name).__doc__ or "").partition("\n")[0] for name in ["tieout", *ALL_MODULES]}

    assert {} == {name: title for name, title in titles.items() if not title.endswith((".", "?", "!"))}
    assert {} == {name: title for name, title in titles.items() if len(title) > 130}


@pytest.mark.parametrize("name", ["tieout", *ROOMS])
def test_a_room_says_what_it_exports_sorted(name):
    names = load(name).__all__

    assert sorted(names, key=rank) == names
    assert len(set(names)) == len(names)


def test_what_is_exported_is_there():
    there = {(name, each): value for name in ["tieout", *PUBLIC] for each, value in exported(name).items()}

    assert there
    assert [] == [path for path, value in there.items() if value is None]


def test_every_exported_class_and_function_is_documented():
    silent = [
        (name, path)
        for name in ["tieout", *PUBLIC]
        for each, value in exported(name).items()
        if (inspect.isclass(value) or inspect.isfunction(value)) and value.__module__.startswith("tieout")
        for path in undocumented(each, value)
    ]

    assert [] == silent


@pytest.mark.parametrize("name", ["tieout", *ROOMS])
def test_a_room_lists_its_exports_for_people(name):
    module = load(name)
    listed = dir(module)

    assert set(module.__all__) <= set(listed)
    assert listed == sorted(listed)


def test_what_the_package_does_not_have_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'tieout' has no attribute 'nothing'"):
        _ = tieout.nothing


@pytest.mark.parametrize("room", [name.partition(".")[2] for name in ROOMS if name != "tieout.cli"])
def test_every_room_is_reached_from_the_package(room):
    assert load(f"tieout.{room}") is getattr(tieout, room)


def undocumented(path, value):
    """Public names below a class or function that neither their own docstring nor their class's tells of."""
    if not inspect.getdoc(value):
        yield path
    if inspect.isclass(value):
        told = set(re.findall(r"^    (\w+): \S", inspect.getdoc(value) or "", flags=re.MULTILINE))
        for name, member in vars(value).items():
            is_member = inspect.isfunction(member) or isinstance(member, (property, classmethod, staticmethod))
            if not name.startswith("_") and is_member and name not in told and not inspect.getdoc(getattr(value, name)):
                yield f"{path}.{name}"
