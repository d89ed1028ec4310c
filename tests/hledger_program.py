"""Hledger, the program itself, as tests of several ledgers ask it."""

import csv
import io
import os
import shutil
import subprocess

import pytest


def hledger(journal, *arguments):
    """What the program prints for a journal, which it must find nothing wrong with; the test is skipped where it is not installed.

    Args:
        journal: Text, or its bytes.
        arguments: A command of hledger and its options.
    """
    program = shutil.which("hledger")
    if program is None:
        pytest.skip("hledger is not installed (Debian: apt-get install hledger)")
    run = subprocess.run(
        [program, "--file", "-", *arguments],
        input=journal.encode() if isinstance(journal, str) else journal,
        capture_output=True,
        check=False,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )
    assert 0 == run.returncode, run.stderr.decode()
    return run.stdout.decode()


def rows_of(journal, *arguments):
    """The rows that it prints, by the captions of their columns."""
    return list(csv.DictReader(io.StringIO(hledger(journal, *arguments, "--output-format", "csv"))))
