"""Getting the bytes: of a path, a URL, bytes or an open file."""

import os
from pathlib import Path
from typing import IO, Any

import attrs

from tieout.errors import InputError, MissingExtra, UnreadableFile

__all__ = ["Content", "content_of"]


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
    if isinstance(source, (bytes, bytearray, memoryview)):
        return Content(name=None, data=bytes(source))
    if isinstance(source, str) and "://" in source:
        return _from_url(source)
    if isinstance(source, (str, os.PathLike)):
        return _from_path(Path(os.fsdecode(source)))
    if hasattr(source, "read"):
        return _from_file(source)
    raise InputError(f"a path, URL, bytes or binary file is needed, got {type(source).__name__}")


def _from_path(path: Path) -> Content:
    try:
        return Content(name=path.name, data=path.read_bytes())
    except FileNotFoundError as cause:
        raise UnreadableFile("there is no such file", where=str(path)) from cause
    except IsADirectoryError as cause:
        raise UnreadableFile("this is a folder, one file is needed", where=str(path)) from cause
    except OSError as cause:
        raise UnreadableFile(f"cannot be opened: {cause.strerror or cause}", where=str(path)) from cause


def _from_url(url: str) -> Content:
    try:
        import fsspec  # noqa: PLC0415 - optional, and heavy
    except ImportError as cause:
        raise MissingExtra("fsspec", extra="remote", purpose="reading a URL") from cause
    name = url.partition("?")[0].rstrip("/").rpartition("/")[2] or None
    try:
        with fsspec.open(url, "rb") as file:
            return Content(name=name, data=file.read())
    except Exception as cause:  # each file system of fsspec has its own errors
        # The URL itself stays out of the text: it may carry a key.
        raise UnreadableFile(f"cannot be fetched: {type(cause).__name__}", where=name or "URL") from cause


def _from_file(file: IO[bytes]) -> Content:
    data: Any = file.read()
    if not isinstance(data, bytes):
        raise InputError("the file must be opened in binary mode", hint='open(path, "rb")')
    name = getattr(file, "name", None)
    return Content(name=Path(name).name if isinstance(name, str) and name else None, data=data)
