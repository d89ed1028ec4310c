"""A disk that fills up while results are made: one error of ours, whoever writes."""

import errno
from pathlib import Path

import polars as pl
import pytest

from tieout.closing.folder import workshop
from tieout.errors import InputError

FULL = Path("/dev/full")
NO_ROOM = "the results cannot be written: .*\nHint: close again when there is room"


def by_python(path):
    raise OSError(errno.ENOSPC, "No space left on device", str(path))


def by_polars(path):
    if not FULL.exists():
        pytest.skip("this system has no device that is always full")
    pl.DataFrame({"a": [1]}).write_parquet(FULL)


@pytest.mark.parametrize("write", [by_python, by_polars])
def test_a_disk_that_is_full_is_told(write, tmp_path):
    with pytest.raises(InputError, match=NO_ROOM), workshop(tmp_path / "out", is_rehearsal=False) as shop:
        write(shop.path("carry/metrics.parquet"))


def test_a_fault_of_another_kind_is_not_taken_for_a_full_disk(tmp_path):
    with pytest.raises(pl.exceptions.ComputeError), workshop(tmp_path / "out", is_rehearsal=False):
        raise pl.exceptions.ComputeError("an expression that makes no sense")
