"""The oldest releases that `pyproject.toml` admits do the demo's work to the last figure."""

import os
import re
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
ASKED = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["report"]]

pytestmark = pytest.mark.skipif(
    "TIEOUT_OLDEST" not in os.environ, reason="it installs a second set of libraries: TIEOUT_OLDEST=1 pytest"
)


OWN = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
"""The environment, but for where else this run of the tests finds what it imports."""


def run(*command, env=None):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=env).stdout


def told(python, folder, env=None):
    """What the demo says, and what it found and posted; the reports need the libraries of `report`."""
    said = run(python, "-m", "tieout", "demo", "--out", folder, env=env)
    close = folder / "close-2026-10"
    names = ("discrepancies.csv", "ledgers/vouchers.csv", "claims_zto.csv", "claims_sf.csv", "metrics.csv", "proof.txt")
    assert all((close / name).stat().st_size for name in ("report.html", "report.xlsx", "vouchers.pdf"))
    return said.replace(str(folder), ""), {name: (close / name).read_bytes() for name in names}


def test_the_oldest_releases_that_are_admitted_find_and_post_the_same(tmp_path):
    oldest = [re.sub(r">=([\d.]+).*", r"==\1.*", one) for one in ASKED]
    assert all("==" in one for one in oldest)
    (tmp_path / "oldest.txt").write_text("\n".join(oldest), encoding="utf-8")
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", "-c", tmp_path / "oldest.txt", f"{ROOT}[report]", env=OWN)

    assert told(sys.executable, tmp_path / "now") == told(python, tmp_path / "then", OWN)
