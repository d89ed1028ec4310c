"""Writing packs: a folder or a zip with JSONL files, reports and the manifest, the same bytes for the same contents."""

import os
import shutil
import tempfile
import unicodedata
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import attrs

from tieout.archive.links import json_text
from tieout.archive.manifest import MANIFEST, Manifest, listed
from tieout.archive.places import path_of
from tieout.archive.retention import years_of
from tieout.archive.rows import LOG, checked
from tieout.archive.stored_zip import Member, central_directory, fits, local_header
from tieout.errors import InputError

__all__ = ["drafted", "is_plain_name", "put", "require_free", "write_pack"]

_CHUNK = 1 << 20
_MADE = ".tieout-pack-"
_NAME_MAX = 60  # characters of a name that an error shows
_UNFIT = frozenset('<>:"|?*\\')


def is_plain_name(name: str) -> bool:
    """Whether a path within a pack can be a file's on every system, and leads nowhere else."""
    parts = name.split("/")
    return (
        unicodedata.is_normalized("NFC", name)
        and all(part.strip(". ") and part == part.strip() and not part.endswith(".") for part in parts)
        and not _UNFIT.intersection(name)
        and name.isprintable()
    )


@attrs.frozen
class _Written:
    """A file as it was written: what the manifest and the zip say of it."""

    name: str
    path: Path
    size: int
    rows: int | None
    sha256: str
    crc: int

    @property
    def member(self) -> Member:
        return Member(self.name, self.crc, self.size)


def write_pack(
    path: str | os.PathLike[str],
    *,
    tables: Mapping[str, Iterable[Mapping[str, Any]]],
    facts: Callable[[], Manifest],
    reports: Mapping[str, bytes] | None = None,
) -> Manifest:
    """Write a pack.

    Args:
        path: Folder to make, or the zip file where the name ends in `.zip`; it must not be there yet.
        tables: Rows by name of the file without `.jsonl`, one JSON object a line, in this order.
        facts: Called when all rows are written: the manifest without files.
        reports: Bytes by name, kept as `reports/NAME`.

    Returns:
        The manifest, with its files and its seal.

    Raises:
        InputError: Something is there already, a name cannot be a file's, or it cannot be written. Nothing is left behind.
    """
    target = path_of(path)
    require_free(target)
    _require_reports({} if reports is None else reports)
    names = [f"reports/{name}" for name in sorted(reports or {})]
    unfit = [name for name in names if not is_plain_name(name) or name.count("/") > 1]
    if unfit or len({name.casefold() for name in names}) < len(names):
        raise InputError("names of reports cannot be files' of their own on every system", where=str(unfit or names))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=_MADE) as made:
            folder = Path(made) / "pack"
            (folder / "reports" if reports else folder).mkdir(parents=True)
            written = [_write_rows(folder, f"{name}.jsonl", rows) for name, rows in tables.items()]
            written += [
                _write(folder, f"reports/{name}", [data], rows=None) for name, data in sorted((reports or {}).items())
            ]
            files = listed((one.name, one.size, one.rows, one.sha256, years_of(one.name)) for one in written)
            manifest = attrs.evolve(facts(), files=files)
            written.append(_write(folder, MANIFEST, [manifest.render()], rows=None))
            _put(folder, written, target)
    except OSError as cause:
        raise _unwritten(target, cause) from cause
    return manifest


def _require_reports(given: object) -> None:
    is_right = isinstance(given, Mapping) and all(
        isinstance(name, str) and isinstance(data, bytes) for name, data in given.items()
    )
    if not is_right:
        raise InputError(f"bytes by name are needed, got {type(given).__name__}", where="reports")


@contextmanager
def drafted(target: Path) -> Iterator[Path]:
    """Where to write a pack at first, beside its place; it is gone afterwards unless it was put there.

    Raises:
        InputError: Nothing can be written there.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        made = tempfile.TemporaryDirectory(dir=target.parent, prefix=_MADE)
    except OSError as cause:
        raise _unwritten(target, cause) from cause
    with made as folder:
        yield Path(folder) / target.name


def put(draft: Path, target: Path) -> None:
    """Give a pack its place in one step.

    Raises:
        InputError: Something is there already, or it cannot be written.
    """
    require_free(target)
    try:
        draft.rename(target)
    except OSError as cause:
        raise _unwritten(target, cause) from cause


def require_free(target: Path) -> None:
    """Refuse to write over something.

    Raises:
        InputError: Something is there.
    """
    if os.path.lexists(target):
        raise InputError("it is there already: a pack is never written over", where=target.name)


def _unwritten(target: Path, cause: OSError) -> InputError:
    return InputError(f"the pack cannot be written: {cause.strerror}", where=target.name[:_NAME_MAX])


def _put(folder: Path, written: list[_Written], target: Path) -> None:
    """Give the pack its place in one step, so that half a pack never stands there."""
    if target.suffix.casefold() != ".zip":
        folder.rename(target)
        return
    members = [one.member for one in written]
    if not fits(members):
        raise InputError("the pack has more than 4 GB", where=target.name, hint="give a folder's name, without .zip")
    whole = folder.with_suffix(".zip")
    with whole.open("xb") as out:
        for one in written:
            out.write(local_header(one.member))
            with one.path.open("rb") as source:
                shutil.copyfileobj(source, out, _CHUNK)
        out.write(central_directory(members))
    whole.rename(target)


def _write_rows(folder: Path, name: str, rows: Iterable[Mapping[str, Any]]) -> _Written:
    count = 0

    def lines() -> Iterable[bytes]:
        nonlocal count
        for row in rows:
            count += 1
            yield (json_text(row if name == LOG else checked(row)) + "\n").encode()

    return attrs.evolve(_write(folder, name, lines(), rows=0), rows=count)


def _write(folder: Path, name: str, parts: Iterable[bytes], *, rows: int | None) -> _Written:
    hashed, crc, size = sha256(), 0, 0
    path = folder / name
    with path.open("xb") as out:
        for part in parts:
            _ = out.write(part)
            hashed.update(part)
            crc, size = zlib.crc32(part, crc), size + len(part)
    return _Written(name, path, size, rows, hashed.hexdigest(), crc)
