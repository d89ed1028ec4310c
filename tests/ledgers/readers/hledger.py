"""Hledger, read by the program itself at cost."""

import csv
import io
import os
import shutil
import subprocess
from decimal import Decimal

import pytest


def hledger(content, *arguments):
    """What the program prints for a journal."""
    if shutil.which("hledger") is None:
        pytest.skip("hledger is not installed")
    run = subprocess.run(
        ["hledger", "--file", "-", *arguments],  # noqa: S607 - wherever it is installed
        input=content, capture_output=True, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    assert 0 == run.returncode, run.stderr.decode()
    return run.stdout.decode()


def read_back(files):
    (content,) = files
    hledger(content, "check", "--strict")
    rows = csv.DictReader(io.StringIO(hledger(content, "print", "--cost", "--output-format", "csv")))
    return [(row["account"], Decimal(row["amount"].replace(",", ""))) for row in rows]
