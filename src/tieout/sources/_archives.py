"""Archives: the files in a ZIP or gzip archive, also in archives within it, with bounds on what they may unpack to.

Names that are not marked as UTF-8 are read as GB18030, which Chinese exports write. Nothing is unpacked to disk, so that names
which point elsewhere do no harm. A workbook is a ZIP archive too, and stays whole.
"""

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from copy import copy
from pathlib import PurePosixPath
from typing import IO, cast

import attrs

from tieout.errors import CorruptFile, EmptyFile, EncryptedFile, UnreadableFile
from tieout.sources._content import Content

__all__ = ["ArchiveLimits", "Parts", "is_archive", "unpacked"]

_ZIP, _EMPTY_ZIP, _GZIP = b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b"
_WORKBOOKS = {"xl/workbook.xml", "xl/workbook.bin"}
_OPEN_DOCUMENT, _OF_OPEN_DOCUMENTS = "content.xml", {"mimetype", "META-INF/manifest.xml"}
_UTF8_FLAG, _ENCRYPTED_FLAG = 0x800, 0x1
_CHUNK = 1 << 20
_LITTER = {"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini"}
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError)


@attrs.frozen(kw_only=True)
class ArchiveLimits:
    """What an archive may unpack to.

    Attributes:
        most_bytes: Bytes of all its files together.
        most_files: How many files.
        most_ratio: How many times its own size a file of more than a megabyte may be.
        most_depth: Archives within archives.
    """

    most_bytes: int = 4 * 2**30
    most_files: int = 10_000
    most_ratio: int = 200
    most_depth: int = 3


def is_archive(content: Content) -> bool:
    """Whether it is a ZIP that is no workbook, or a gzip archive: told by its bytes.

    Raises:
        CorruptFile: It begins as a ZIP and does not go on as one.
    """
    if content.data.startswith(_GZIP):
        return True
    if not content.data.startswith((_ZIP, _EMPTY_ZIP)):
        return False
    with _opened(content) as archive:
        names = {entry.filename for entry in archive.infolist()}
    is_open_document = _OPEN_DOCUMENT in names and bool(names & _OF_OPEN_DOCUMENTS)
    return not (names & _WORKBOOKS or is_open_document)


@attrs.define
class Parts:
    """The parts of a workbook, which is an archive, read within the usual bounds whatever it says of their size.

    Attributes:
        where: What messages call the workbook.
    """

    where: str
    _archive: zipfile.ZipFile
    _budget: "_Budget" = attrs.field(init=False, factory=lambda: _Budget(ArchiveLimits()))
    _unread: dict[str, zipfile.ZipInfo] = attrs.field(init=False)

    @_unread.default
    def _all(self) -> dict[str, zipfile.ZipInfo]:
        entries = self._archive.infolist()
        if len({entry.filename for entry in entries}) < len(entries):
            raise CorruptFile("the workbook has several parts of one name", where=self.where)
        return {entry.filename: entry for entry in entries}

    def namelist(self) -> list[str]:
        """The names of all parts."""
        return self._archive.namelist()

    def read(self, name: str) -> bytes:
        """A part whole.

        Raises:
            UnreadableFile: It unpacks to far more than its size, or all together to more than the bound.
            CorruptFile: It is damaged, or its size is not what the workbook says.
            KeyError: There is none of that name.
        """
        return b"".join(self.blocks(name))

    def blocks(self, name: str) -> Iterator[bytes]:
        """A part block by block, so that no more than one is in memory; raises as `read` does."""
        self._unread.pop(name, None)
        return self._pieces(self._archive.getinfo(name))

    def check_rest(self) -> None:
        """Unpack the parts that were not read, and forget them: somebody else will read them without bounds.

        Raises:
            UnreadableFile: One unpacks to far more than its size, or all together to more than the bound.
            CorruptFile: One is damaged, or its size is not what the workbook says.
        """
        for entry in self._unread.values():
            for _ in self._pieces(entry):
                pass

    def _pieces(self, entry: zipfile.ZipInfo) -> Iterator[bytes]:
        boundless = copy(entry)
        boundless.file_size = (
            self._budget.limits.most_bytes + _CHUNK
        )  # else it would be cut off at the size that it claims
        try:
            with self._archive.open(boundless) as part:
                yield from _pieces(part, entry.compress_size, self.where, self._budget)
        except UnreadableFile:
            raise
        except _DAMAGED as cause:
            raise CorruptFile(
                f"part {entry.filename!r} of the workbook is damaged",
                where=self.where,
                hint="open it in a spreadsheet program and save it anew, or download it again",
            ) from cause


def unpacked(content: Content, limits: ArchiveLimits | None = None) -> list[Content]:
    """The files in an archive, and in the archives in it, in its order; what is none is given back as it is.

    Args:
        content: The archive.
        limits: What it may unpack to; None for the usual bounds.

    Returns:
        Files named after the archive and their path in it, such as `bill.zip/2026/detail.csv`.

    Raises:
        EmptyFile: It holds no file.
        EncryptedFile: A password protects it.
        CorruptFile: It is damaged or cut off.
        UnreadableFile: It unpacks to more than the limits, as archives do that are made to do harm.
    """
    bounds = limits or ArchiveLimits()
    budget = _Budget(bounds)
    found = list(_walk(content, budget, 0))
    if not found:
        raise EmptyFile("the archive is empty", where=content.where)
    return found


@attrs.define
class _Budget:
    """What may still be unpacked."""

    limits: ArchiveLimits
    bytes_used: int = 0
    files: int = 0

    def take(self, size: int, where: str) -> None:
        self.bytes_used += size
        if self.bytes_used > self.limits.most_bytes:
            raise _too_much(f"the archive unpacks to more than {self.limits.most_bytes:,} bytes", where)

    def take_file(self, where: str) -> None:
        self.files += 1
        if self.files > self.limits.most_files:
            raise _too_much(f"the archive holds more than {self.limits.most_files:,} files", where)


def _walk(content: Content, budget: _Budget, depth: int) -> Iterator[Content]:
    if not is_archive(content):
        yield content
        return
    if depth >= budget.limits.most_depth:
        raise _too_much(f"archives stand more than {budget.limits.most_depth} deep in each other", content.where)
    if content.data.startswith(_GZIP):
        yield from _walk(_of_gzip(content, budget), budget, depth + 1)
        return
    with _opened(content) as archive:
        for entry in archive.infolist():
            name = _name(entry)
            if entry.is_dir() or not _LITTER.isdisjoint(PurePosixPath(name).parts):
                continue
            where = f"{content.where}/{name}"
            budget.take_file(where)
            yield from _walk(_of_zip(archive, entry, where, budget), budget, depth + 1)


def _opened(content: Content) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(content.data))
    except _DAMAGED as cause:
        raise CorruptFile(
            "the workbook or archive is damaged or cut off", where=content.where, hint="download it again, whole"
        ) from cause


def _name(entry: zipfile.ZipInfo) -> str:
    if entry.flag_bits & _UTF8_FLAG:
        return entry.filename
    raw = entry.filename.encode("cp437", errors="replace")
    try:
        return raw.decode("gb18030")
    except UnicodeDecodeError:
        return entry.filename


def _of_zip(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, where: str, budget: _Budget) -> Content:
    if entry.flag_bits & _ENCRYPTED_FLAG:
        raise EncryptedFile(
            "the archive is protected by a password",
            where=where,
            hint="unpack it with the password, and read the files",
        )
    try:
        with archive.open(entry) as file:
            data = _read(file, entry.compress_size, where, budget)
    except UnreadableFile:
        raise
    except _DAMAGED as cause:
        raise CorruptFile("a file in the archive is damaged", where=where, hint="download it again, whole") from cause
    return Content(name=where, data=data)


def _of_gzip(content: Content, budget: _Budget) -> Content:
    name = None if content.name is None else str(PurePosixPath(content.name).with_suffix(""))
    budget.take_file(content.where)
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content.data)) as file:
            data = _read(cast("IO[bytes]", file), len(content.data), content.where, budget)
    except UnreadableFile:
        raise
    except _DAMAGED as cause:
        raise CorruptFile(
            "the gzip archive is damaged or cut off", where=content.where, hint="download it again, whole"
        ) from cause
    return Content(name=name, data=data)


def _read(file: IO[bytes], packed: int, where: str, budget: _Budget) -> bytes:
    """All bytes, a piece at a time, so that a bomb is found out before it has gone off."""
    return b"".join(_pieces(file, packed, where, budget))


def _pieces(file: IO[bytes], packed: int, where: str, budget: _Budget) -> Iterator[bytes]:
    size = 0
    while piece := file.read(_CHUNK):
        size += len(piece)
        if size > _CHUNK and size > budget.limits.most_ratio * max(packed, 1):
            raise _too_much(f"a file unpacks to more than {budget.limits.most_ratio} times its size", where)
        budget.take(len(piece), where)
        yield piece


def _too_much(problem: str, where: str) -> UnreadableFile:
    return UnreadableFile(problem, where=where, hint="unpack it yourself if you trust it, and read the files")
