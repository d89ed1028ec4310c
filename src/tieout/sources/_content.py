"""Getting the bytes: of a path, a URL, bytes or an open file."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeVar
from urllib.parse import unquote, urlsplit

import attrs

from tieout.errors import InputError, MissingExtra, UnreadableFile

__all__ = ["BLOCK_SIZE", "Content", "Opened", "content_of", "opened"]

BLOCK_SIZE = 1 << 20
T = TypeVar("T")


@attrs.frozen(kw_only=True)
class Content:
    """The bytes of a source and what it is called.

    Attributes:
        name: File name without its folder; None for bytes and nameless files.
        data: All bytes.
    """

    name: str | None
    data: bytes = attrs.field(repr=False)

    @property
    def size_bytes(self) -> int:
        """How many bytes it has."""
        return len(self.data)

    def blocks(self, size: int = BLOCK_SIZE) -> Iterator[bytes]:
        """The bytes, so many at a time."""
        return (self.data[start : start + size] for start in range(0, len(self.data), size))

    @property
    def where(self) -> str:
        """What messages call it."""
        return self.name or "input"


def content_of(source: Any) -> Content:  # noqa: ANN401 - the door takes whatever people have
    """The bytes of whatever a caller calls a file.

    Args:
        source: Path as text or `os.PathLike`, URL with `://`, bytes, or a file opened in binary mode.

    Raises:
        UnreadableFile: There is no such file, or it cannot be opened.
        MissingExtra: A URL was given and fsspec is not installed.
        InputError: It is none of these.
    """
    if isinstance(source, Content):
        return source
    if isinstance(source, (bytes, bytearray, memoryview)):
        return Content(name=None, data=bytes(source))
    if isinstance(source, str) and "://" in source:
        return _from_url(source)
    if isinstance(source, (str, os.PathLike)):
        return _from_path(Path(os.fsdecode(source)))
    if hasattr(source, "read"):
        return _from_file(source)
    raise InputError(f"a path, URL, bytes or binary file is needed, got {type(source).__name__}")


@attrs.frozen(kw_only=True)
class Opened:
    """A file that is not in memory.

    Attributes:
        name: File name without its folder; None for nameless files.
        path: Where it stands.
        stamp: By which it is known to be the same file still: it is gone through more than once.
    """

    name: str | None
    path: Path
    stamp: tuple[int, ...] = attrs.field(init=False)

    @stamp.default
    def _stamp(self) -> tuple[int, ...]:
        return _stamp_of(self.path.stat())

    @property
    def where(self) -> str:
        """What messages call it."""
        return self.name or "input"

    def blocks(self, size: int = BLOCK_SIZE) -> Iterator[bytes]:
        """The bytes, so many at a time.

        Raises:
            UnreadableFile: The file is gone, or somebody wrote into it since it was opened first.
        """
        with _refusing(self.where), self.path.open("rb") as file:
            while block := file.read(size):
                self._require_same(file)
                yield block
            self._require_same(file)

    def _require_same(self, file: IO[bytes]) -> None:
        if _stamp_of(os.fstat(file.fileno())) != self.stamp:
            raise UnreadableFile(
                "somebody wrote into the file while it was read", where=self.where, hint="read it again"
            )

    @property
    def size_bytes(self) -> int:
        """How many bytes it has."""
        return self.stamp[0]

    def content(self) -> Content:
        """All of it in memory."""
        return Content(name=self.name, data=b"".join(self.blocks()))


def _stamp_of(stat: os.stat_result) -> tuple[int, ...]:
    return stat.st_size, stat.st_mtime_ns, stat.st_ino


def opened(source: Any, *, folder: Path) -> Content | Opened:  # noqa: ANN401 - the door takes whatever people have
    """A source, without reading all of it into memory.

    Args:
        source: As for `content_of`.
        folder: Where a copy of what is no file on a disk goes.

    Raises:
        UnreadableFile: There is no such file, or it cannot be opened.
        MissingExtra: A URL was given and fsspec is not installed.
        InputError: It is none of these.
    """
    if isinstance(source, Opened):
        return source
    is_url = isinstance(source, str) and "://" in source
    if isinstance(source, (str, os.PathLike)) and not is_url:
        path = Path(os.fsdecode(source))
        with _refusing(str(path)), path.open("rb") as file:
            if path.is_file():
                return Opened(name=path.name, path=path)
            return Opened(name=path.name, path=_copied(file, folder))  # a pipe can be gone through once
    if isinstance(source, (Content, bytes, bytearray, memoryview)) or not (is_url or hasattr(source, "read")):
        return content_of(source)
    if is_url:
        name, copy = _fetched(source, lambda remote: _copied(remote, folder))
        return Opened(name=name, path=copy)
    return Opened(name=_name_of(source), path=_copied(source, folder))


def _copied(source: IO[bytes], folder: Path) -> Path:
    copy = folder / "source"
    with copy.open("wb") as file:
        while block := _binary(source.read(BLOCK_SIZE)):
            file.write(block)
    return copy


@contextmanager
def _refusing(where: str) -> Iterator[None]:
    """Tell of a file that cannot be opened in the library's own words."""
    try:
        yield
    except FileNotFoundError as cause:
        raise UnreadableFile("there is no such file", where=where) from cause
    except IsADirectoryError as cause:
        raise UnreadableFile("this is a folder, one file is needed", where=where) from cause
    except OSError as cause:
        raise UnreadableFile(f"cannot be opened: {cause.strerror or cause}", where=where) from cause
    except ValueError as cause:
        if "null byte" not in str(cause):
            raise
        raise UnreadableFile("the name of a file cannot hold NUL", where=where.partition("\0")[0]) from cause


def _from_path(path: Path) -> Content:
    with _refusing(str(path)):
        return Content(name=path.name, data=path.read_bytes())


def _from_url(url: str) -> Content:
    name, data = _fetched(url, lambda file: file.read())
    return Content(name=name, data=data)


def _fetched(url: str, take: Callable[[IO[bytes]], T]) -> tuple[str | None, T]:
    """The name of the file behind a URL, and what is made of it."""
    try:
        import fsspec  # noqa: PLC0415 - optional, and heavy
    except ImportError as cause:
        raise MissingExtra("fsspec", extra="remote", purpose="reading a URL") from cause
    if urlsplit(url).scheme == "file":
        url = unquote(url)  # fsspec takes the path of a local file as it stands
    name = url.partition("?")[0].rstrip("/").rpartition("/")[2] or None
    try:
        with fsspec.open(url, "rb") as file:
            return name, take(file)
    except Exception as cause:  # each file system of fsspec has its own errors
        # The URL itself stays out of the text: it may carry a key. What fsspec lacks for a kind of URL has none in it.
        hint = str(cause) if isinstance(cause, ImportError) else ""
        raise UnreadableFile(f"cannot be fetched: {type(cause).__name__}", where=name or "URL", hint=hint) from cause


def _from_file(file: IO[bytes]) -> Content:
    return Content(name=_name_of(file), data=_binary(file.read()))


def _binary(data: object) -> bytes:
    if not isinstance(data, bytes):
        raise InputError("the file must be opened in binary mode", hint='open(path, "rb")')
    return data


def _name_of(file: IO[bytes]) -> str | None:
    name = getattr(file, "name", None)
    return Path(name).name if isinstance(name, str) and name else None
