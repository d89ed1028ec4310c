"""What kind of file it is: told by its first bytes, never by its name."""

import io
import zipfile
from enum import StrEnum

from tieout.errors import CorruptFile, EmptyFile, EncryptedFile, UnreadableFile
from tieout.sources._content import Content

__all__ = ["Kind", "is_binary", "kind_of"]


class Kind(StrEnum):
    """What the reader does with the bytes."""

    TEXT = "text"
    WORKBOOK = "workbook"


_ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
_GZIP = b"\x1f\x8b"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_BIFF_GLOBALS = b"\x09\x08\x10\x00\x00\x06\x05\x00"  # the record that opens an .xls workbook
_BIFF_GLOBALS_LENGTH = 20
_FILEPASS = b"\x2f\x00"  # the record that says the rest is encrypted
_WRITE_PROTECT = b"\x86\x00\x00\x00"
_OTHERS = {
    b"%PDF": "a PDF document",
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"PAR1": "a Parquet file",
    b"SQLite format 3": "an SQLite database",
}
_ZIP_ENCRYPTED_FLAG = 0x1


def is_binary(first: bytes) -> bool:
    """Whether a file that begins so is no text: a workbook, an archive, or something else."""
    return first.startswith((_ZIP, _EMPTY_ZIP, _OLE, _GZIP, *_OTHERS))


def kind_of(content: Content) -> Kind:
    """Text or workbook.

    Raises:
        EmptyFile: There are no bytes.
        EncryptedFile: A password protects it.
        CorruptFile: It begins as a workbook and does not go on as one.
        UnreadableFile: It is something else, such as a PDF document.
    """
    data = content.data
    if not data.strip():
        raise EmptyFile("the file is empty", where=content.where)
    if data.startswith((_ZIP, _EMPTY_ZIP)):
        return _kind_of_zip(content)
    if data.startswith(_OLE):
        return _kind_of_ole(content)
    for magic, what in _OTHERS.items():
        if data.startswith(magic):
            raise UnreadableFile(f"this is {what}, a table is needed", where=content.where)
    return Kind.TEXT


def _kind_of_zip(content: Content) -> Kind:
    try:
        with zipfile.ZipFile(io.BytesIO(content.data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as cause:
        raise CorruptFile(
            "the workbook is damaged or cut off", where=content.where, hint="download it again, whole"
        ) from cause
    if any(entry.flag_bits & _ZIP_ENCRYPTED_FLAG for entry in entries):
        raise _encrypted(content)
    names = {entry.filename for entry in entries}
    if names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
        return Kind.WORKBOOK
    if not names:
        raise EmptyFile("the archive is empty", where=content.where)
    raise UnreadableFile(
        "this is a ZIP archive, one table is needed", where=content.where, hint="unpack it and read the file inside"
    )


def _kind_of_ole(content: Content) -> Kind:
    data = content.data
    if _ENCRYPTED_PACKAGE in data:
        raise _encrypted(content)
    start = data.find(_BIFF_GLOBALS)
    if start >= 0:
        following = start + _BIFF_GLOBALS_LENGTH
        if data[following : following + len(_WRITE_PROTECT)] == _WRITE_PROTECT:
            following += len(_WRITE_PROTECT)
        if data[following : following + len(_FILEPASS)] == _FILEPASS:
            raise _encrypted(content)
    return Kind.WORKBOOK


def _encrypted(content: Content) -> EncryptedFile:
    return EncryptedFile(
        "the file is protected by a password", where=content.where, hint="open it, save it without the password"
    )
