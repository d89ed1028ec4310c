"""Zip files whose every byte follows from the names and contents: stored, without times, the same on every machine and for ever.

What a compressing library writes differs between its versions; a pack is read again in thirty years. Any unzip program opens it.
"""

import struct
from collections.abc import Iterator

import attrs

__all__ = ["SIZE_MAX", "Member", "central_directory", "fits", "local_header", "offsets"]

SIZE_MAX = 0xFFFF_FFFF - 1
"""Bytes that a zip of this kind may have: beyond, another layout would be needed, and a folder does better."""
_COUNT_MAX = 0xFFFF - 1
_UTF8, _STORED, _VERSION, _UNIX = 0x800, 0, 20, 3
_TIME, _DAY = 0, (1 << 5) | 1  # midnight of 1 January 1980, the first that the format knows
_MODE = 0o100644 << 16


@attrs.frozen
class Member:
    """One file in a zip.

    Attributes:
        name: Path with `/`.
        crc: CRC-32 of its bytes.
        size: Bytes.
    """

    name: str
    crc: int
    size: int


def local_header(member: Member) -> bytes:
    """What stands before the bytes of a file."""
    name = member.name.encode()
    fixed = (0x04034B50, _VERSION, _UTF8, _STORED, _TIME, _DAY, member.crc, member.size, member.size, len(name), 0)
    return struct.pack("<IHHHHHIIIHH", *fixed) + name


def offsets(members: list[Member]) -> Iterator[int]:
    """Where each file's header begins, and where the directory does."""
    at = 0
    for member in members:
        yield at
        at += len(local_header(member)) + member.size
    yield at


def central_directory(members: list[Member]) -> bytes:
    """What stands behind all files."""
    *starts, begin = offsets(members)
    parts = [_directory_line(member, at) for member, at in zip(members, starts, strict=True)]
    lines = b"".join(parts)
    end = (0x06054B50, 0, 0, len(members), len(members), len(lines), begin, 0)
    return lines + struct.pack("<IHHHHIIH", *end)


def fits(members: list[Member]) -> bool:
    """Whether files fit into a zip of this kind."""
    *_, begin = offsets(members)
    return len(members) <= _COUNT_MAX and begin + sum(64 + len(one.name.encode()) for one in members) <= SIZE_MAX


def _directory_line(member: Member, at: int) -> bytes:
    name = member.name.encode()
    made = (_UNIX << 8) | _VERSION
    fixed = (0x02014B50, made, _VERSION, _UTF8, _STORED, _TIME, _DAY, member.crc, member.size, member.size, len(name))
    return struct.pack("<IHHHHHHIIIH", *fixed) + struct.pack("<HHHHII", 0, 0, 0, 0, _MODE, at) + name
