"""Files: written beside their place first, then moved there, so that nobody finds half a report."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path

from tieout.errors import InputError

__all__ = ["replacing"]


@contextmanager
def replacing(path: str | PathLike[str]) -> Iterator[Path]:
    """A file to write beside the one that is meant; it takes its place when the block ends well, and goes when it does not.

    Args:
        path: The file that is meant; what is there is replaced.

    Raises:
        InputError: The folder does not exist, or cannot be written to.
    """
    target = Path(path)
    if not target.parent.is_dir():
        raise InputError(f"the folder {target.parent.name!r} does not exist", where=target.name)
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        yield beside
        beside.replace(target)
    except OSError as cause:
        raise InputError(f"it cannot be written: {cause.strerror}", where=target.name) from cause
    finally:
        beside.unlink(missing_ok=True)
