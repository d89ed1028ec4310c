"""Reading packs: whether each file is as it was written, in its place, and whether the log in it is one chain."""

import json
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from os import PathLike
from typing import Any

import attrs

from tieout.archive.faults import Fault
from tieout.archive.links import GENESIS, Link, json_text
from tieout.archive.manifest import MANIFEST, Manifest, PackedFile, chained
from tieout.archive.places import Place, path_of, place_of
from tieout.archive.rows import LOG, is_whole, log_row

__all__ = ["PackVerification", "verify_pack"]

_MANIFEST_MAX = 64 << 20
_NOT_WRITTEN = "it is not as it was written"


@attrs.frozen(kw_only=True)
class PackVerification:
    """What looking at every byte of a pack gave.

    Attributes:
        manifest: What the pack says it is; None where that cannot be read.
        rows: How many rows were looked at.
        entries: How many of them are entries of the log.
        faults: Every place that is not as it was written; empty when all is well.
    """

    manifest: Manifest | None
    rows: int
    entries: int
    faults: tuple[Fault, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing was changed."""
        return not self.faults

    def __str__(self) -> str:
        """In words, for a terminal."""
        if self.manifest is None:
            return "\n".join(map(str, self.faults))
        period = "the whole book" if self.manifest.period is None else self.manifest.period
        lines = [
            f"Pack of {period}, written by {self.manifest.software}",
            f"Files: {len(self.manifest.files):,}, rows: {self.rows:,}, entries of the log: {self.entries:,}",
            f"Seal: {self.manifest.seal}",
            *(str(fault) for fault in self.faults),
        ]
        return "\n".join([*lines, "Nothing was changed." if self.holds else f"Faults: {len(self.faults):,}"])


def verify_pack(path: str | PathLike[str], *, seal: str | None = None) -> PackVerification:
    """Look at every byte of a pack. No database is needed, nor any library beside Python's own.

    A pack proves that nothing in it was changed since its seal was made. Whoever can write a whole new pack can make a new seal
    for it: the entry `archive.packed` of the book's log names the true one, and so does whoever keeps it elsewhere.

    Args:
        path: The folder or zip file.
        seal: The seal that it has to have.

    Raises:
        UnreadableFile: There is nothing, or it cannot be read.
    """
    faults: list[Fault] = []
    count = entries = 0
    manifest: Manifest | None = None
    with closing(place_of(path_of(path), faults)) as place:
        if place.is_open:
            manifest = _manifest(place, faults)
        if manifest is not None:
            if seal is not None and seal != manifest.seal:
                faults.append(Fault(MANIFEST, f"its seal is {manifest.seal}, not {seal}: it is another pack"))
            faults += _chain_faults(manifest)
            faults += _name_faults(manifest, place)
            for file in manifest.files:
                if file.name in place.names:
                    walk = _Walk(file, manifest)
                    faults += walk.faults(place)
                    count, entries = count + walk.rows, entries + (walk.rows if file.name == LOG else 0)
            if LOG not in {file.name for file in manifest.files}:
                faults.append(Fault(LOG, "missing: a pack without the log proves nothing"))
        if not faults:
            faults += place.faults()
    return PackVerification(manifest=manifest, rows=count, entries=entries, faults=tuple(faults))


def _manifest(place: Place, faults: list[Fault]) -> Manifest | None:
    if MANIFEST not in place.names:
        faults.append(Fault(MANIFEST, "missing"))
        return None
    try:
        text = place.read(MANIFEST, _MANIFEST_MAX)
        manifest = Manifest.parse(text)
    except (OSError, ValueError, RecursionError, zipfile.BadZipFile) as cause:
        faults.append(Fault(MANIFEST, f"it is no manifest of a pack ({type(cause).__name__})"))
        return None
    try:
        is_same = manifest.render() == text
    except (TypeError, ValueError):
        is_same = False
    if not is_same:
        faults.append(Fault(MANIFEST, "its text is not what its seal was made of"))
    return manifest


def _chain_faults(manifest: Manifest) -> Iterator[Fault]:
    before = GENESIS
    for file in manifest.files:
        if chained(before, file.name, file.size, file.sha256) != file.chained:
            yield Fault(
                f"{MANIFEST}: {file.name}", "it does not follow the file before it: order, name or hash was changed"
            )
        before = file.chained


def _name_faults(manifest: Manifest, place: Place) -> Iterator[Fault]:
    names = [file.name for file in manifest.files]
    for name in sorted({*names} - place.names):
        yield Fault(name, "missing")
    for name in sorted(place.names - {*names, MANIFEST}):
        yield Fault(name, "it is not in the manifest: it was added")
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Fault(f"{MANIFEST}: {name}", "it is listed more than once")


@attrs.define
class _Walk:
    """One reading of a file from its beginning to its end."""

    file: PackedFile
    manifest: Manifest
    rows: int = 0
    link: Link = attrs.Factory(Link)

    def faults(self, place: Place) -> Iterator[Fault]:
        """Everything that is wrong with it."""
        hashed, size = sha256(), 0
        found: list[Fault] = []
        is_rows = self.file.rows is not None
        if self.file.name == LOG:
            self._begin()
        try:
            with place.open(self.file.name) as source:
                for part in source if is_rows else iter(lambda: source.read(1 << 20), b""):
                    hashed.update(part)
                    size += len(part)
                    if is_rows:
                        self.rows += 1
                        found += self._row_faults(part)
        except (OSError, ValueError, zipfile.BadZipFile, zlib.error) as cause:
            yield Fault(self.file.name, f"it cannot be read ({type(cause).__name__})")
            return
        if is_rows and self.rows != self.file.rows:
            found.insert(0, Fault(self.file.name, f"it has {self.rows:,} rows, {self.file.rows:,} were written"))
        if self.file.name == LOG:
            found += self._end()
        yield from found
        if not found and (hashed.hexdigest(), size) != (self.file.sha256, self.file.size):
            yield Fault(self.file.name, _NOT_WRITTEN)

    def _row_faults(self, line: bytes) -> Iterator[Fault]:
        where = f"{self.file.name}:{self.rows}"
        try:
            row: Any = json.loads(line)
            is_same = isinstance(row, dict) and (json_text(row) + "\n").encode() == line
        except (ValueError, RecursionError):
            is_same = False
        if not is_same:
            yield Fault(where, _NOT_WRITTEN)
        elif self.file.name == LOG:
            try:
                told = list(self.link.faults(log_row(row)))
            except (KeyError, TypeError):
                told = [Fault("entry", "it lacks what every entry has")]
            yield from (Fault(f"{where}: {one.where}", one.found) for one in told)
        elif not is_whole(row):
            yield Fault(where, _NOT_WRITTEN)

    def _begin(self) -> None:
        log = self.manifest.log
        seq, previous = log.get("first"), log.get("previous")
        self.link = Link(seq if isinstance(seq, int) else 1, previous if isinstance(previous, str) else GENESIS)

    def _end(self) -> Iterator[Fault]:
        log = self.manifest.log
        if (self.link.seq - 1, self.link.previous) != (log.get("last"), log.get("head")):
            yield Fault(LOG, f"it ends with entry {self.link.seq - 1:,}, not where the manifest says")
