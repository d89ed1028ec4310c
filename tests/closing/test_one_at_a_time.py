"""Two closes into one folder: the second is refused while the first works, and never after it, however the first ended."""

import subprocess
import sys

import pytest

from closing.shop import clean_tables, config
from tieout.closing import NoProgress, close_tables
from tieout.closing.folder import workshop
from tieout.errors import InputError

HOLDS = """import sys
from pathlib import Path
from tieout.closing.folder import workshop
with workshop(Path(sys.argv[1]), is_rehearsal=False):
    print("at work", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def bills():
    """Records enough for a close."""
    return {name: clean_tables()[name] for name in ("Shipment", "CourierInvoice")}


class Meanwhile(NoProgress):
    """Does something while a close works."""

    def __init__(self, do):
        self.do = do

    def begin(self, stage, steps):
        if stage == "archive":
            self.do()


def test_a_second_close_into_the_folder_is_refused_and_the_first_ends_as_if_alone(bills, tmp_path):
    own = config(tmp_path)
    refused = []

    def second():
        with pytest.raises(InputError, match="another close is writing its results here") as error:
            close_tables(bills, own, dry_run=False)
        refused.append(error.value)

    first = close_tables(bills, own, dry_run=False, progress=Meanwhile(second))

    assert [str(own.out)] == [one.where for one in refused]
    assert all((own.out / name).is_file() for name in first.files)
    assert () == close_tables(bills, own, dry_run=False).changed


def test_a_rehearsal_beside_a_close_and_a_close_into_another_folder_are_not_refused(bills, tmp_path):
    own, other = config(tmp_path), config(tmp_path / "other")
    done = []

    def others():
        done.extend((close_tables(bills, own, dry_run=True), close_tables(bills, other, dry_run=False)))

    close_tables(bills, own, dry_run=False, progress=Meanwhile(others))

    assert [None, other.out] == [one.folder for one in done]


def test_a_close_that_was_killed_keeps_nobody_out(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert b"at work\n" == process.stdout.readline()
        with pytest.raises(InputError, match="another close"), workshop(tmp_path, is_rehearsal=False):
            pass
    finally:
        process.kill()
        process.communicate()

    with workshop(tmp_path, is_rehearsal=False) as shop:
        assert shop.work.is_dir()
