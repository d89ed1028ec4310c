"""The out folder: results appear whole or not at all, and what has not changed is not touched."""

import errno
import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import attrs
import polars as pl
from filelock import FileLock, Timeout

from tieout.errors import InputError, TieoutError

__all__ = ["STATE", "WORK", "State", "Workshop", "read_state", "workshop"]

STATE: Final = "close.json"
WORK: Final = ".closing"
"""Folder within the results for what is on its way; gone once a close is done."""
_FRESH: Final = "fresh"
_NO_ROOM: Final = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EROFS, errno.EIO}
_UNWRITTEN: Final = ("os error", "Invalid thrift: transport error")
_AGAIN: Final = "close again when there is room: it goes on from what is there"
_LOCK: Final = ".closing.lock"
"""Beside the work folder, which comes and goes: two locks on two files of one name would keep nobody out."""


@attrs.frozen(kw_only=True)
class State:
    """What `close.json` says of the last close of a folder.

    Attributes:
        fingerprint: Of all that went in.
        head: Head of the casebook afterwards; empty without one.
        exit_code: As `Close.exit_code`.
        stages: What each stage did, as plain values.
        checks: How many checks there were, and how many failed.
        failures: The checks that failed, as text.
        files: SHA-256 by name of every file that was written.
        facts: Name, period, version.
    """

    fingerprint: str
    head: str
    exit_code: int
    stages: Sequence[Mapping[str, Any]]
    checks: tuple[int, int]
    failures: Sequence[str]
    files: Mapping[str, str]
    facts: Mapping[str, str]

    def text(self) -> str:
        """What is written."""
        return json.dumps(attrs.asdict(self), ensure_ascii=False, indent=1, sort_keys=True) + "\n"

    def holds(self, folder: Path) -> bool:
        """Whether all its files are there as they were written."""
        return all(_hash(folder / name) == sha256 for name, sha256 in self.files.items())


def read_state(folder: Path) -> State | None:
    """What the last close of a folder says; None where there was none, or it says nothing that can be read."""
    try:
        held = json.loads((folder / STATE).read_text(encoding="utf-8"))
        return State(**{**held, "checks": tuple(held["checks"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _hash(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


@attrs.define
class Workshop:
    """Where results are made before they are put in their place.

    Attributes:
        folder: The out folder.
        work: Folder for what is on its way.
        is_rehearsal: Whether nothing is put anywhere.
    """

    folder: Path
    work: Path
    is_rehearsal: bool

    @property
    def fresh(self) -> Path:
        """Folder in which results are made."""
        return self.work / _FRESH

    def path(self, name: str) -> Path:
        """Where to write a result; its folder is made.

        Args:
            name: Its path within the out folder, with `/`.
        """
        path = self.fresh / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def hashes(self) -> dict[str, str]:
        """SHA-256 by name of all results that were made."""
        found: dict[str, str] = {}
        for path in sorted(self.fresh.rglob("*")):
            sha256 = _hash(path) if path.is_file() else None
            if sha256 is not None:
                found[path.relative_to(self.fresh).as_posix()] = sha256
        return found

    def publish(self, state: State, before: State | None) -> tuple[str, ...]:
        """Put the results in their place: those that differ, then the state that names them; obsolete ones go.

        Args:
            state: What is to be said of them.
            before: What was said before.

        Returns:
            Names of the files that are new or differ.

        Raises:
            InputError: The folder cannot be written.
        """
        changed = tuple(name for name, sha256 in state.files.items() if _hash(self.folder / name) != sha256)
        if self.is_rehearsal:
            return changed
        with _told(self.folder):
            for name in changed:
                target = self.folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                (self.fresh / name).replace(target)
            obsolete = set(before.files if before else ()) - set(state.files)
            for name in sorted(obsolete):
                (self.folder / name).unlink(missing_ok=True)
            text = state.text()
            target = self.folder / STATE
            if not target.is_file() or target.read_text(encoding="utf-8") != text:
                beside = self.work / STATE
                beside.write_text(text, encoding="utf-8")
                beside.replace(target)
        return changed


@contextmanager
def workshop(folder: Path, *, is_rehearsal: bool) -> Iterator[Workshop]:
    """A workshop, which is gone once everything is done; what a crash leaves of it is used, or cleared, by the next one.

    One at a time works in a folder. The system itself holds the lock and lets go of it when the process ends, be it killed: the
    file that stays behind is not the lock.

    Args:
        folder: The out folder.
        is_rehearsal: Whether nothing is to be written into it.

    Raises:
        InputError: The folder cannot be written, or another close is at work in it.
    """
    if is_rehearsal:
        with TemporaryDirectory(prefix="tieout-rehearsal-") as work:
            yield Workshop(folder, Path(work), is_rehearsal=True)
        return
    with _told(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with _alone_in(folder):
        with _told(folder):
            shop = Workshop(folder, folder / WORK, is_rehearsal=False)
            shop.work.mkdir(exist_ok=True)
            shutil.rmtree(shop.fresh, ignore_errors=True)
        with _told_when_full(folder):
            yield shop
        shutil.rmtree(shop.work, ignore_errors=True)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    lock = FileLock(folder / _LOCK, timeout=0)
    with _told(folder):
        try:
            lock.acquire()
        except Timeout as cause:  # an OSError too
            raise InputError(
                "another close is writing its results here",
                where=str(folder),
                hint="close again when it has ended, or give this one another folder: out",
            ) from cause
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _told_when_full(folder: Path) -> Iterator[None]:
    """Tell that there is no room for a result, whoever writes it: Python, or Polars, which has words of its own for it."""
    try:
        yield
    except OSError as cause:
        if isinstance(cause, TieoutError) or cause.errno not in _NO_ROOM:
            raise
        raise InputError(f"the results cannot be written: {cause.strerror}", where=str(folder), hint=_AGAIN) from cause
    except pl.exceptions.ComputeError as cause:
        if not any(sign in str(cause) for sign in _UNWRITTEN):
            raise
        raise InputError("the results cannot be written: is the disk full?", where=str(folder), hint=_AGAIN) from cause


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as cause:
        raise InputError(f"the results cannot be written: {cause.strerror}", where=str(folder)) from cause
