"""What the heavy tests share. Each module skips, with its reason, where the real system is not installed."""

import importlib.util
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def load(name):
    """A module beside this file."""
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def tryton_folder(tmp_path_factory):
    """Folder of that server's database."""
    return tmp_path_factory.mktemp("tryton")


@pytest.fixture(scope="session")
def tryton_addresses(tryton_folder):
    """Addresses of two databases of a Tryton server, each with a company in yuan and fiscal years 2025 and 2026."""
    with load("tryton_server").tryton(tryton_folder, years=(2025, 2026)) as addresses:
        yield addresses


@pytest.fixture(scope="session")
def tryton_address(tryton_addresses):
    """Address of the first database."""
    return tryton_addresses["books"]
