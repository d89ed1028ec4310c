"""Places of packs: a folder, or a zip file whose every byte is looked at."""

import os
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Protocol

import attrs

from tieout.archive.faults import Fault
from tieout.archive.stored_zip import Member, central_directory, local_header, offsets
from tieout.errors import InputError, UnreadableFile

__all__ = ["Place", "path_of", "place_of"]


class Place(Protocol):
    """Where the files of a pack lie."""

    @property
    def names(self) -> frozenset[str]:
        """Paths of all files, with `/`."""

    @property
    def is_open(self) -> bool:
        """Whether its files can be read at all."""

    def open(self, name: str) -> IO[bytes]:
        """A file's bytes."""

    def read(self, name: str, most: int) -> bytes:
        """All bytes of a file; ValueError where there are more than `most`."""

    def faults(self) -> Iterator[Fault]:
        """What is wrong with the place itself, when all files in it are right."""

    def close(self) -> None:
        """Let go of it."""


def path_of(path: object) -> Path:
    """Where a pack stands, or is to stand.

    Raises:
        InputError: It is no path.
    """
    if not isinstance(path, str | os.PathLike) or "\0" in str(path):
        raise InputError(f"a path is needed, got {type(path).__name__}", where="path")
    return Path(path)


def place_of(path: Path, faults: list[Fault]) -> Place:
    """The place of a pack; what is wrong with it at first sight is added to `faults`.

    Raises:
        UnreadableFile: There is nothing, or it cannot be read.
    """
    try:
        if path.is_dir():
            return _Folder.of(path, faults)
        return _Zip.of(path, faults)
    except OSError as cause:
        raise UnreadableFile(f"the pack cannot be read: {cause.strerror or cause}", where=path.name) from cause
    except ValueError as cause:
        raise UnreadableFile(f"the pack cannot be read: {cause}", where=str(path)) from cause


def _bounded(source: IO[bytes], most: int) -> bytes:
    data = source.read(most + 1)
    if len(data) > most:
        raise ValueError("too many bytes")
    return data


@attrs.frozen
class _Folder:
    path: Path
    names: frozenset[str]
    is_open: bool = True

    @classmethod
    def of(cls, path: Path, faults: list[Fault]) -> "_Folder":
        names = set()
        filled = set()
        folders = set()
        for found in sorted(path.rglob("*")):
            name = found.relative_to(path).as_posix()
            mode = found.lstat().st_mode
            if stat.S_ISDIR(mode):
                folders.add(name)
            elif stat.S_ISREG(mode):
                names.add(name)
                filled.add(name.rpartition("/")[0])
            else:
                faults.append(Fault(name, "it is no plain file"))
        faults += [Fault(name, "an empty folder: it was added") for name in sorted(folders - filled)]
        return cls(path, frozenset(names))

    def open(self, name: str) -> IO[bytes]:
        return (self.path / name).open("rb")

    def read(self, name: str, most: int) -> bytes:
        with self.open(name) as source:
            return _bounded(source, most)

    def faults(self) -> Iterator[Fault]:
        yield from ()

    def close(self) -> None:
        pass


@attrs.frozen
class _Zip:
    path: Path
    zip: zipfile.ZipFile | None
    names: frozenset[str]

    @property
    def is_open(self) -> bool:
        return self.zip is not None

    @classmethod
    def of(cls, path: Path, faults: list[Fault]) -> "_Zip":
        path.open("rb").close()  # so that what follows fails for what is in it alone
        try:
            opened = zipfile.ZipFile(path)
        except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile) as cause:
            faults.append(Fault(path.name, f"it is no whole zip file ({type(cause).__name__})"))
            return cls(path, None, frozenset())
        members = opened.infolist()
        names = [member.filename for member in members]
        faults += [
            Fault(name, "it is there more than once") for name in sorted({n for n in names if names.count(n) > 1})
        ]
        # What is compressed could be of any size once it is not: packs hold nothing of the kind.
        odd = {
            one.filename
            for one in members
            if one.compress_type or one.flag_bits & 1 or one.file_size != one.compress_size
        }
        faults += [Fault(name, "it is compressed or encrypted: packs hold plain files") for name in sorted(odd)]
        return cls(path, opened, frozenset(names) - odd)

    def open(self, name: str) -> IO[bytes]:
        if self.zip is None:
            raise ValueError("it is no zip file")
        try:
            return self.zip.open(name)
        except (NotImplementedError, RuntimeError) as cause:
            raise ValueError("it cannot be read") from cause

    def read(self, name: str, most: int) -> bytes:
        with self.open(name) as source:
            return _bounded(source, most)

    def faults(self) -> Iterator[Fault]:
        """Bytes around the files: they follow from names and contents, so any other byte was put there."""
        if self.zip is None:
            return
        members = [Member(one.filename, one.CRC, one.file_size) for one in self.zip.infolist()]
        *starts, begin = offsets(members)
        expected = [(at, local_header(one)) for at, one in zip(starts, members, strict=True)]
        expected.append((begin, central_directory(members)))
        with self.path.open("rb") as raw:
            for at, text in expected:
                _ = raw.seek(at)
                if raw.read(len(text)) != text:
                    yield Fault(
                        self.path.name, f"bytes {at:,} to {at + len(text):,} around its files are not as written"
                    )
                    return
            if raw.read(1):
                yield Fault(self.path.name, "something was added behind its end")

    def close(self) -> None:
        if self.zip is not None:
            self.zip.close()
