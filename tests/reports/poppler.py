"""Poppler: what a PDF says, read by another program than the one that wrote it."""

import re
import shutil
import subprocess

import pytest

needs_poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="Poppler is not installed")


def told_by(program, path, *options):
    """What one of Poppler's programs says of a file."""
    found = shutil.which(program)
    assert found is not None
    return subprocess.run([found, *options, str(path)], capture_output=True, text=True, check=True).stdout


def text_of(path, *options):
    """The text of a PDF, laid out as it stands on the page."""
    found = shutil.which("pdftotext")
    assert found is not None
    done = subprocess.run([found, "-layout", *options, str(path), "-"], capture_output=True, text=True, check=True)
    return done.stdout


def squeezed(text):
    """A text without its spaces: where they are is a matter of the page."""
    return re.sub(r"\s", "", text)
