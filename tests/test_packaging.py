"""What is shipped: types, data files, and the same version everywhere."""

import re
import tomllib
import zipfile
from importlib.metadata import distribution, metadata, version
from importlib.resources import files
from pathlib import Path

import pytest

import tieout

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SOURCE = ROOT / "src"
FILES = [path.relative_to(SOURCE) for path in (SOURCE / "tieout").rglob("*") if path.is_file()]
SHIPPED = sorted(
    path.as_posix() for path in FILES if not any(part.startswith(".") or part == "__pycache__" for part in path.parts)
)
DATA = [name for name in SHIPPED if not name.endswith(".py")]


def test_the_version_is_the_same_everywhere():
    assert PROJECT["version"] == tieout.__version__
    assert tieout.__version__ == version("tieout")


def test_it_says_that_it_is_typed():
    assert files("tieout").joinpath("py.typed").is_file()
    assert "tieout/py.typed" in DATA


def test_the_python_versions_and_the_licence_are_said():
    assert PROJECT["requires-python"] == ">=3.11"
    assert metadata("tieout")["License-Expression"] == "Apache-2.0"
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").lstrip().startswith("Apache License")


@pytest.mark.parametrize("name", DATA)
def test_every_data_file_is_there_when_installed(name):
    assert files("tieout").joinpath(name.removeprefix("tieout/")).is_file()


def test_the_wheel_holds_every_module_and_data_file(tmp_path):
    builders = pytest.importorskip("hatchling.builders.wheel", reason="hatchling, which builds the wheel, is not here")

    (wheel,) = builders.WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])

    with zipfile.ZipFile(wheel) as archive:
        assert set(SHIPPED) == {name for name in archive.namelist() if name.startswith("tieout/")}


def test_what_is_installed_is_every_module_and_data_file():
    installed = {str(path) for path in distribution("tieout").files or () if path.parts[0] == "tieout"}
    if not installed:
        pytest.skip("tieout is installed as a link to this checkout, so there is nothing to compare")

    assert set(SHIPPED) == {name for name in installed if not name.endswith(".pyc")}


def test_nothing_shipped_names_a_machine():
    shipped = [
        *(ROOT / "src").rglob("*.py"),
        *(ROOT / "src").rglob("*.toml"),
        ROOT / "pyproject.toml",
        *ROOT.glob("README*.md"),
    ]
    named = [
        path.relative_to(ROOT).as_posix()
        for path in shipped
        if re.search(r"(?<![\w.])/(?:home|Users|root|work)/", path.read_text(encoding="utf-8"))
    ]

    assert [] == named


def test_every_extra_that_an_error_names_exists():
    extras = set(PROJECT["optional-dependencies"])
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))

    assert set() == set(re.findall(r'MissingExtra\([^)]*extra="(\w+)"', source)) - extras
    assert set() == set(re.findall(r"tieout\[(\w+)\]", source)) - extras
