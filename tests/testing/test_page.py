"""The page of `tieout.testing` shows a package that works, and all that is checked."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tieout.testing import CHECKS, LEDGER_CHECKS, RECONCILIATION_CHECKS

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "testing.md").read_text("utf-8")
FILES = re.findall(r"^`([\w./-]+)`:\n\n(?:<!--.*?-->\n)?```\w*\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def package(tmp_path):
    """The package of the page, as an installer leaves an editable one."""
    for name, text in FILES:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    project = tomllib.loads((tmp_path / "pyproject.toml").read_text("utf-8"))["project"]
    metadata = tmp_path / "src" / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n", "utf-8"
    )
    groups = project["entry-points"]
    (metadata / "entry_points.txt").write_text(
        "\n".join(
            line for group, points in groups.items() for line in (f"[{group}]", *map(" = ".join, points.items()))
        ),
        "utf-8",
    )
    return tmp_path


def run_pytest(folder, **environment):
    kept = {name: value for name, value in os.environ.items() if name not in {"CI", "TIEOUT_UPDATE_GOLDENS"}}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder), str(folder / "tests")],
        capture_output=True, encoding="utf-8", cwd=folder, check=False,
        env={**kept, "PYTHONPATH": str(folder / "src"), "PYTHONIOENCODING": "utf-8", **environment},
    )  # fmt: skip


def test_the_package_of_the_page_passes_once_its_golden_is_written(package):
    before = run_pytest(package)
    written = run_pytest(package, TIEOUT_UPDATE_GOLDENS="1")
    after = run_pytest(package, CI="true")

    assert (1, 0, 0) == (before.returncode, written.returncode, after.returncode), after.stdout
    assert "1 failed" in before.stdout
    assert "expected 2026-07.csv.json beside it; found none" in before.stdout
    assert f"{len(CHECKS)} passed" in after.stdout


def test_a_leaf_that_is_changed_is_found_out(package):
    run_pytest(package, TIEOUT_UPDATE_GOLDENS="1")
    leaf = package / "src" / "village_express" / "bill.py"
    leaf.write_text(leaf.read_text("utf-8").replace('Charge("附加费", "other"', 'Charge("附加费", "remote"'), "utf-8")

    changed = run_pytest(package)

    assert 1 == changed.returncode
    assert "1 failed" in changed.stdout
    assert "village_bill, 2026-07.csv: read_as_the_golden_says: expected what 2026-07.csv.json says" in changed.stdout


def test_the_page_says_all_that_is_checked():
    assert {**CHECKS, **RECONCILIATION_CHECKS, **LEDGER_CHECKS} == dict(
        re.findall(r"^\| `(\w+)` \| (.+\.) \|$", PAGE, re.MULTILINE)
    )
