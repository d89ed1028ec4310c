"""Folders of Parquet parts: they appear under their name whole or not at all, and tell when a part is lost.

Beside the parts lies `_tieout.json`, the manifest: which parts there are, with their rows, bytes and hashes. Readers of Parquet
folders pass over names that begin with `_`, so Spark, DuckDB and pandas see nothing but the parts.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import attrs

from tieout.errors import CorruptFile, InputError, UnreadableFile

__all__ = ["FORMAT_VERSION", "Manifest", "PartFile", "listed_parts", "new_folder", "require_version", "unwritable"]

FORMAT_VERSION: Final = "1"
_MANIFEST: Final = "_tieout.json"
_ENDED: Final = "_SUCCESS"  # what a job of Spark leaves when it has ended
_UNENDED: Final = "_temporary"  # what it has before
_PARTS: Final = {".parquet", ".crc"}
_BESIDE: Final = {_MANIFEST, _ENDED, "_control.json"}


@attrs.frozen(kw_only=True)
class PartFile:
    """One part of a folder.

    Attributes:
        file: Its name.
        rows: How many rows it has.
        size_bytes: How many bytes.
        sha256: SHA-256 of them, in hex.
    """

    file: str
    rows: int
    size_bytes: int
    sha256: str

    @classmethod
    def of(cls, path: Path, *, rows: int) -> "PartFile":
        """A part that was written."""
        return cls(file=path.name, rows=rows, size_bytes=path.stat().st_size, sha256=_sha256(path))

    def check(self, path: Path, where: str) -> None:
        """Hold the file to what was written.

        Raises:
            CorruptFile: It is another one, or cut off.
        """
        size = path.stat().st_size
        if size != self.size_bytes:
            problem = f"the part has {size:,} bytes, {self.size_bytes:,} were written"
            raise CorruptFile(problem, where=where, hint="copy the folder again, or write it again")
        if _sha256(path) != self.sha256:
            problem = "the part holds other bytes than were written"
            raise CorruptFile(problem, where=where, hint="copy the folder again, or write it again")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@attrs.frozen(kw_only=True)
class Manifest:
    """The parts of a folder.

    Attributes:
        record: Name of the record class; None for rows that are no records.
        parts: The parts, in order.
    """

    record: str | None
    parts: tuple[PartFile, ...]

    @property
    def rows(self) -> int:
        """Rows of all parts."""
        return sum(part.rows for part in self.parts)

    def write(self, folder: Path) -> None:
        """Lay it beside the parts."""
        parts = [attrs.asdict(part) for part in self.parts]
        said = {"version": FORMAT_VERSION, "record": self.record, "rows": self.rows, "parts": parts}
        (folder / _MANIFEST).write_text(f"{json.dumps(said, indent=1, ensure_ascii=False)}\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> "Manifest | None":
        """What lies beside the parts of a folder; None where nothing does.

        Raises:
            CorruptFile: It is cut off, or no manifest.
            InputError: A later release wrote it.
        """
        path = folder / _MANIFEST
        if not path.exists():
            return None
        where = f"{folder.name}/{_MANIFEST}"
        try:
            said = json.loads(path.read_text(encoding="utf-8"))
            require_version(said["version"], where)
            return cls(record=said["record"], parts=tuple(PartFile(**part) for part in said["parts"]))
        except UnicodeDecodeError as cause:
            raise CorruptFile("the manifest is no text", where=where) from cause
        except (json.JSONDecodeError, TypeError, KeyError, OSError) as cause:
            raise CorruptFile("the manifest is cut off, or none of ours", where=where) from cause


def require_version(version: object, where: str) -> None:
    """Refuse what a later release wrote.

    Raises:
        InputError: It did.
    """
    if version != FORMAT_VERSION:
        problem = f"it is of version {version}, this release reads version {FORMAT_VERSION}"
        raise InputError(problem, where=where, hint="a later release of tieout wrote it: install that one")


def listed_parts(folder: Path) -> list[tuple[Path, PartFile | None]]:
    """The parts of a folder in order, each with what its manifest says of it.

    A folder that another program wrote has no manifest: its parts are all Parquet files in it and in the folders in it, by name.

    Raises:
        CorruptFile: A part is missing, one is there that is not listed, or a job of Spark has not ended here.
        UnreadableFile: The folder has no part, or cannot be listed.
    """
    try:
        found = {
            path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*.parquet")) if _is_part(path)
        }
        manifest = Manifest.read(folder)
        is_ended = (folder / _ENDED).exists()
        is_unended = (folder / _UNENDED).exists()
    except OSError as cause:
        raise UnreadableFile(f"the folder cannot be listed: {cause.strerror}", where=folder.name) from cause
    if manifest is not None:
        return _held_to(manifest, found, folder)
    if is_unended or (not is_ended and any(_is_of_spark(name) for name in found)):
        raise CorruptFile(
            "Spark wrote this and has not said that it ended: there is no _SUCCESS, and parts may be missing",
            where=folder.name,
            hint="run the job again; if the folder is whole and was copied without it, put an empty file _SUCCESS there",
        )
    if not found:
        raise UnreadableFile("the folder holds no Parquet file", where=folder.name)
    others = sorted({name.partition("/")[0] for name in found if any("=" not in one for one in name.split("/")[:-1])})
    if others:
        problem = f"the folder holds folders of their own: {', '.join(others[:10])}"
        raise UnreadableFile(problem, where=folder.name, hint="each holds one table: read them one by one")
    return [(path, None) for path in found.values()]


def _is_part(path: Path) -> bool:
    return not path.name.startswith((".", "_")) and path.is_file()


def _is_of_spark(name: str) -> bool:
    """Whether a part is named as Spark names them: `part-00000-<uuid>-c000.snappy.parquet`."""
    parts = name.rpartition("/")[2].split("-")
    return parts[0] == "part" and len(parts) > 6  # noqa: PLR2004 - a UUID has five parts


def _held_to(manifest: Manifest, found: dict[str, Path], folder: Path) -> list[tuple[Path, PartFile | None]]:
    lost = [part for part in manifest.parts if part.file not in found]
    if lost:
        rows = sum(part.rows for part in lost)
        names = ", ".join(part.file for part in lost[:10])
        problem = f"{len(lost)} of {len(manifest.parts)} parts are missing, with {rows:,} rows: {names}"
        raise CorruptFile(problem, where=folder.name, hint="copy the folder again, or write it again")
    others = sorted(found.keys() - {part.file for part in manifest.parts})
    if others:
        raise CorruptFile(
            f"files lie here that were not written with the others: {', '.join(others[:10])}",
            where=folder.name,
            hint="each folder holds one table: move them away, or other programs will read them too",
        )
    return [(found[part.file], part) for part in manifest.parts]


@contextmanager
def new_folder(target: Path, *, overwrite: bool) -> Iterator[Path]:
    """A folder to write into; it takes its place under its name when all is written, and is gone where that fails.

    Args:
        target: What it will be called.
        overwrite: Whether it may take the place of one that is there and holds nothing but tables.

    Raises:
        InputError: There is one already, it holds other things, or nothing can be written there.
    """
    _check_place(target, overwrite=overwrite)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent)
    except OSError as cause:
        raise unwritable(target, cause) from cause
    with beside as name:
        fresh = Path(name) / "new"  # within, as the folder around it is for its maker's eyes alone
        fresh.mkdir()
        yield fresh
        _check_place(target, overwrite=overwrite)  # it may have come meanwhile
        try:
            _put(fresh, target, old=Path(name) / "old")
        except OSError as cause:
            raise unwritable(target, cause) from cause


def _put(fresh: Path, target: Path, *, old: Path) -> None:
    """Rename a folder to its name, and take away what was there; no reader sees half of either."""
    if not target.exists():
        fresh.rename(target)
        return
    target.rename(old)
    try:
        fresh.rename(target)
    except OSError:
        old.rename(target)
        raise
    shutil.rmtree(old)


def unwritable(target: Path, cause: OSError) -> InputError:
    """The error of a folder that the machine does not let be written."""
    return InputError(f"it cannot be written: {cause.strerror or cause}", where=target.name)


def _check_place(target: Path, *, overwrite: bool) -> None:
    if not target.name:
        raise InputError("a folder that has a name is needed", where=str(target))
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise InputError("this is no folder", where=target.name)
    if not target.exists() or not any(target.iterdir()):
        return
    if not overwrite:
        raise InputError(
            "the folder is there already and is not empty", where=target.name, hint="overwrite=True replaces it"
        )
    strange = _stranger_in(target)
    if strange is not None:
        problem = f"the folder holds {strange}, which is no part of a table: it is not replaced"
        raise InputError(problem, where=target.name, hint="say another folder, or move that file away")


def _stranger_in(folder: Path) -> str | None:
    """The first thing in a folder that is no part of a table; None where all that it holds are tables."""
    for path in sorted(folder.rglob("*")):
        is_known = path.name in _BESIDE or path.suffix in _PARTS
        if path.is_symlink() or not (path.is_dir() or is_known):
            return path.relative_to(folder).as_posix()
    return None
