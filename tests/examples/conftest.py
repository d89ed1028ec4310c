"""What the tests of the examples share: a program is run as a user runs it."""

import os
import subprocess
import sys

import pytest


@pytest.fixture
def run(tmp_path):
    """Run Python with some arguments in an empty folder, which is `tmp_path`; what it printed, as text."""

    def run_python(*arguments):
        return subprocess.run(
            [sys.executable, *map(str, arguments)],
            capture_output=True,
            encoding="utf-8",
            cwd=tmp_path,
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
            check=False,
        )

    return run_python
