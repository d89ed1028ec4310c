"""Bytes to text: the encoding given, found by its mark, or told from the bytes."""

import codecs
import re

import attrs

from tieout.errors import CorruptFile, InputError, WrongEncoding
from tieout.sources._content import Content

__all__ = ["Text", "decode"]

_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_CHINESE = "gb18030"
_PARTS_OF_CHINESE = {"gbk", "gb2312"}
_WESTERN = "cp1252"
_WESTERN_SHARE_MAX = 0.2  # of the bytes; a western text is mostly ASCII
_BROKEN_CHARACTER = "\N{REPLACEMENT CHARACTER}"
# Of the characters beyond ASCII; with more broken ones it is another encoding, not a few damaged bytes. GB18030 takes nearly
# any bytes, so it may have fewer.
_BROKEN_SHARE_MAX = {"utf-8": 0.05, _CHINESE: 0.005}
_SAMPLE_BYTES = 1 << 16  # from the first byte beyond ASCII on
_DOUBLE_BYTE = re.compile(rb"[\x81-\xfe][\x40-\x7e\x80-\xfe]")
_EVERYDAY_CHINESE = re.compile(rb"[\xa1-\xf7][\xa1-\xfe]")
_HIGH_BYTE = re.compile(rb"[\x80-\xff]")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_CHARACTER_BYTES_MAX = 4


@attrs.frozen(kw_only=True)
class Text:
    """A decoded text.

    Attributes:
        text: All characters, without the byte order mark.
        encoding: Python's name of the encoding.
        is_guessed: Whether nothing but plausibility speaks for the encoding.
        broken: How many places could not be decoded and show U+FFFD instead.
    """

    text: str = attrs.field(repr=False)
    encoding: str
    is_guessed: bool = False
    broken: int = 0


def decode(content: Content, encoding: str | None = None) -> Text:
    """The text of a file.

    Without `encoding`: a byte order mark decides; else UTF-16 if zeros say so; else UTF-8 if the bytes are valid UTF-8, which
    other text practically never is; else GB18030, of which GBK and GB2312 are parts; else Windows-1252. A few damaged bytes are
    let through as U+FFFD, so that only their lines are lost and not the file.

    Args:
        content: The file.
        encoding: Name of the encoding, which is taken at its word.

    Raises:
        WrongEncoding: The bytes are not valid in it, or in any that is known here.
        CorruptFile: The file ends inside a character, or holds NUL bytes.
        InputError: There is no encoding of that name.
    """
    given = None if encoding is None else _python_name(encoding)
    for mark, name in _MARKS.items():
        if content.data.startswith(mark):
            if given is not None and _family(given) != _family(name):
                raise WrongEncoding(
                    f"the file begins with the mark of {name}, given was {encoding}", where=content.where
                )
            return Text(text=_strict(content, name, skip=len(mark)), encoding=name)
    if given is not None:
        return Text(text=_strict(content, given), encoding=given)
    if b"\x00" in content.data:
        return Text(text=_wide(content, name := _wide_name(content)), encoding=name)
    return _tell(content)


def _python_name(encoding: str) -> str:
    try:
        name = codecs.lookup(encoding).name
    except LookupError as cause:
        raise InputError(f"there is no encoding named {encoding!r}", hint="such as utf-8, gb18030 or utf-16") from cause
    return _CHINESE if name in _PARTS_OF_CHINESE else name


def _family(name: str) -> str:
    return "-".join(name.split("-")[:2])


def _strict(content: Content, encoding: str, *, skip: int = 0) -> str:
    try:
        return str(memoryview(content.data)[skip:], encoding)
    except UnicodeDecodeError as cause:
        if _is_cut(cause):
            raise _cut_off(content, encoding) from cause
        raise _wrong(content, encoding, cause.start + skip) from cause


def _is_cut(cause: UnicodeDecodeError) -> bool:
    """Whether all is well but for half a character at the very end, after at least one whole character of its kind."""
    size = len(cause.object)
    if cause.end < size or cause.start < size - _CHARACTER_BYTES_MAX:
        return False
    return bool(_HIGH_BYTE.search(cause.object[: cause.start])) or cause.encoding.startswith("utf-")


def _cut_off(content: Content, encoding: str) -> CorruptFile:
    return CorruptFile(
        f"the file is cut off: its last bytes are half a character of {encoding}",
        where=content.where,
        hint="download it again, whole",
    )


def _wrong(content: Content, encoding: str, at: int) -> WrongEncoding:
    line = content.data[:at].count(b"\n") + 1
    return WrongEncoding(
        f"byte 0x{content.data[at]:02x} on line {line} is not valid in {encoding}",
        where=content.where,
        hint="give the right one with encoding=..., such as gb18030, utf-8 or utf-16",
    )


def _wide_name(content: Content) -> str:
    """UTF-16 without mark: of each plain character one byte is zero, the second in little endian."""
    return "utf-16-le" if content.data[1::2].count(0) > content.data[0::2].count(0) else "utf-16-be"


def _wide(content: Content, name: str) -> str:
    text = content.data.decode(name, errors="replace")
    if "\x00" in text or "\n" not in text or text.count(_BROKEN_CHARACTER) > 1:
        raise CorruptFile("the file holds NUL bytes: it is damaged, or no text", where=content.where)
    return _strict(content, name)


def _tell(content: Content) -> Text:
    try:
        return Text(text=content.data.decode("utf-8"), encoding="utf-8")
    except UnicodeDecodeError as cause:
        in_utf8 = cause
    if _is_cut(in_utf8) and _HIGH_BYTE.search(content.data[: in_utf8.start]):
        raise _cut_off(content, "utf-8")
    candidates = ["utf-8"]
    if _looks_chinese(content.data):
        try:
            return Text(text=content.data.decode(_CHINESE), encoding=_CHINESE)
        except UnicodeDecodeError as cause:
            if _is_cut(cause):
                raise _cut_off(content, _CHINESE) from cause
        candidates.append(_CHINESE)
    nearly = [found for name in candidates if (found := _nearly(content, name)) is not None]
    if nearly:
        return min(nearly, key=lambda found: found.broken)
    if _CHINESE not in candidates and _looks_western(content.data):
        return Text(text=content.data.decode(_WESTERN, errors="replace"), encoding=_WESTERN, is_guessed=True)
    raise _wrong(content, " or ".join(candidates), in_utf8.start)


def _looks_chinese(data: bytes) -> bool:
    """Whether most double bytes are of the plane that everyday Chinese uses; of other texts, few are."""
    first = _HIGH_BYTE.search(data)
    start = first.start() if first else 0
    pairs = _DOUBLE_BYTE.findall(data, start, start + _SAMPLE_BYTES)
    everyday = sum(1 for pair in pairs if _EVERYDAY_CHINESE.fullmatch(pair))
    return bool(pairs) and 2 * everyday >= len(pairs)


def _looks_western(data: bytes) -> bool:
    sample = data[:_SAMPLE_BYTES]
    return len(_HIGH_BYTE.findall(sample)) <= _WESTERN_SHARE_MAX * len(sample) and not _CONTROL.search(sample)


def _nearly(content: Content, encoding: str) -> Text | None:
    """The text, if only a few places of it are damaged."""
    text = content.data.decode(encoding, errors="replace")
    broken = text.count(_BROKEN_CHARACTER)
    beyond_ascii = sum(1 for character in text if character > "\x7f") - broken
    if broken > max(1, _BROKEN_SHARE_MAX[encoding] * beyond_ascii) or not beyond_ascii:
        return None
    return Text(text=text, encoding=encoding, broken=broken)
