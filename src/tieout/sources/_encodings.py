"""Encodings: which one the bytes of a text are in, told block by block, so that a file need not be in memory to be told."""

import codecs
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

import attrs
import polars as pl

from tieout.errors import CorruptFile, InputError, WrongEncoding

__all__ = ["Blocks", "Encoding", "tell_encoding", "utf8_blocks"]

Blocks = Callable[[], Iterable[bytes]]
"""Gives the bytes of a file from its beginning, each time it is called; no block is so small that a mark does not fit in it."""

_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_CHINESE = "gb18030"
_PARTS_OF_CHINESE = {"gbk", "gb2312"}
_UNMARKED = {"utf-16": "utf-16-le", "utf-32": "utf-32-le"}
"""What a text without a byte order mark is in: the decoders that go piece by piece refuse it without one."""
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
_CONTINUED_MASK, _CONTINUED, _LEAD_MIN = (
    0xC0,
    0x80,
    0xC0,
)  # of UTF-8: bytes within a character, and those that begin a long one


@attrs.frozen(kw_only=True)
class Encoding:
    """What is known of a text's encoding.

    Attributes:
        name: Python's name of it.
        mark: How many bytes of a byte order mark stand before the text.
        is_guessed: Whether nothing but plausibility speaks for it.
        broken: How many places cannot be decoded and show U+FFFD instead.
    """

    name: str
    mark: int = 0
    is_guessed: bool = False
    broken: int = 0

    @property
    def is_strict(self) -> bool:
        """Whether every byte is valid in it."""
        return not self.is_guessed and not self.broken


@attrs.frozen(kw_only=True)
class _Fault:
    """The first byte that is not valid in an encoding.

    Attributes:
        byte: Its value.
        line: Its line, 1-based.
        is_cut: Whether all is well but for half a character at the very end, after at least one whole character of its kind.
    """

    byte: int
    line: int
    is_cut: bool


def tell_encoding(blocks: Blocks, *, where: str, given: str | None = None) -> Encoding:
    """The encoding of a text.

    Without `given`: a byte order mark decides; else UTF-16 if zeros say so; else UTF-8 if the bytes are valid UTF-8, which
    other text practically never is; else GB18030, of which GBK and GB2312 are parts; else Windows-1252. A few damaged bytes are
    let through as U+FFFD, so that only their lines are lost and not the file.

    Args:
        blocks: The bytes of the file.
        where: What messages call it.
        given: Name of the encoding, which is taken at its word.

    Raises:
        WrongEncoding: The bytes are not valid in it, or in any that is known here.
        CorruptFile: The file ends inside a character, or holds NUL bytes.
        InputError: There is no encoding of that name.
    """
    asked = None if given is None else _python_name(given)
    first = next(iter(blocks()), b"")
    for mark, name in _MARKS.items():
        if first.startswith(mark):
            if asked is not None and _family(asked) != _family(name):
                raise WrongEncoding(f"the file begins with the mark of {name}, given was {given}", where=where)
            return _required(blocks, Encoding(name=name, mark=len(mark)), where)
    if asked is not None:
        return _required(blocks, Encoding(name=_UNMARKED.get(asked, asked)), where)
    plain = Encoding(name="utf-8")
    if _is_plain_utf8(blocks):
        return plain
    if any(b"\x00" in block for block in blocks()):
        return _wide(blocks, where)
    in_utf8 = _first_fault(blocks, plain)
    return plain if in_utf8 is None else _tell(blocks, in_utf8, where)


def _is_plain_utf8(blocks: Blocks) -> bool:
    """Whether all bytes are valid in UTF-8 and none is NUL, asked of Polars, which makes no text of them to find out."""
    begun = b""  # a character that one block begins and the next one ends
    for block in blocks():
        if b"\x00" in block:
            return False
        data = begun + block if begun else block
        end = _end_of_characters(data)
        begun = data[end:]
        if not _are_whole_characters(data[:end]):
            return False
    return _are_whole_characters(begun)


def _are_whole_characters(data: bytes) -> bool:
    try:
        pl.Series([data], dtype=pl.Binary).cast(pl.String)
    except pl.exceptions.PolarsError:
        return False
    return True


def _end_of_characters(data: bytes) -> int:
    """Where the last character of UTF-8 ends that may be whole."""
    for end in range(len(data) - 1, max(len(data) - _CHARACTER_BYTES_MAX, -1), -1):
        if data[end] & _CONTINUED_MASK != _CONTINUED:
            return end if data[end] >= _LEAD_MIN else len(data)
    return len(data)


def utf8_blocks(blocks: Blocks, encoding: Encoding) -> Iterator[bytes]:
    """The text in UTF-8, block by block, without its byte order mark; what cannot be decoded shows as U+FFFD."""
    if encoding.name == "utf-8" and encoding.is_strict:
        yield from _behind_mark(blocks(), encoding.mark)
        return
    decoder = codecs.getincrementaldecoder(encoding.name)("strict" if encoding.is_strict else "replace")
    for block in _behind_mark(blocks(), encoding.mark):
        yield decoder.decode(block).encode()
    yield decoder.decode(b"", final=True).encode()


def _behind_mark(blocks: Iterable[bytes], mark: int) -> Iterator[bytes]:
    for at, block in enumerate(blocks):
        yield block[mark:] if at == 0 and mark else block


def _python_name(encoding: str) -> str:
    try:
        name = codecs.lookup(encoding).name
        codecs.getincrementaldecoder(name)
    except LookupError as cause:
        raise InputError(f"there is no encoding named {encoding!r}", hint="such as utf-8, gb18030 or utf-16") from cause
    return _CHINESE if name in _PARTS_OF_CHINESE else name


def _family(name: str) -> str:
    return "-".join(name.split("-")[:2])


def _required(blocks: Blocks, encoding: Encoding, where: str) -> Encoding:
    """The encoding, if every byte is valid in it."""
    fault = _first_fault(blocks, encoding)
    if fault is None:
        return encoding
    raise _cut_off(encoding.name, where) if fault.is_cut else _wrong(encoding.name, fault, where)


def _first_fault(blocks: Blocks, encoding: Encoding) -> _Fault | None:
    decoder = codecs.getincrementaldecoder(encoding.name)("strict")
    lines, has_high = 1, encoding.name.startswith("utf-")
    pending = b""  # begun in one block, to be ended by the next
    for block in _behind_mark(blocks(), encoding.mark):
        try:
            decoder.decode(block)
        except UnicodeDecodeError as cause:
            return _fault_of(cause, lines)
        pending = decoder.getstate()[0]
        lines += block.count(b"\n") - pending.count(b"\n")
        has_high = has_high or _HIGH_BYTE.search(block, 0, len(block) - len(pending)) is not None
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as cause:
        is_cut = has_high and len(pending) <= _CHARACTER_BYTES_MAX
        return _Fault(byte=cause.object[cause.start], line=lines, is_cut=is_cut)
    return None


def _fault_of(cause: UnicodeDecodeError, lines: int) -> _Fault:
    """The fault of a byte inside a block: never a cut file, whose last bytes are not decoded before its end is known."""
    data = bytes(cause.object)  # what the last block began included
    return _Fault(byte=data[cause.start], line=lines + data[: cause.start].count(b"\n"), is_cut=False)


def _cut_off(encoding: str, where: str) -> CorruptFile:
    return CorruptFile(
        f"the file is cut off: its last bytes are half a character of {encoding}",
        where=where,
        hint="download it again, whole",
    )


def _wrong(encoding: str, fault: _Fault, where: str) -> WrongEncoding:
    return WrongEncoding(
        f"byte 0x{fault.byte:02x} on line {fault.line} is not valid in {encoding}",
        where=where,
        hint="give the right one with encoding=..., such as gb18030, utf-8 or utf-16",
    )


def _wide(blocks: Blocks, where: str) -> Encoding:
    """UTF-16 without mark: of each plain character one byte is zero, the second in little endian."""
    data = b"".join(blocks())
    name = "utf-16-le" if data[1::2].count(0) > data[0::2].count(0) else "utf-16-be"
    text = data.decode(name, errors="replace")
    if "\x00" in text or not any(end in text for end in "\r\n") or text.count(_BROKEN_CHARACTER) > 1:
        raise CorruptFile("the file holds NUL bytes: it is damaged, or no text", where=where)
    return _required(blocks, Encoding(name=name), where)


def _tell(blocks: Blocks, in_utf8: _Fault, where: str) -> Encoding:
    """The encoding of what is not UTF-8, or not wholly."""
    if in_utf8.is_cut and _has_high_before_end(blocks):
        raise _cut_off("utf-8", where)
    candidates = ["utf-8"]
    if _looks_chinese(blocks):
        fault = _first_fault(blocks, chinese := Encoding(name=_CHINESE))
        if fault is None:
            return chinese
        if fault.is_cut:
            raise _cut_off(_CHINESE, where)
        candidates.append(_CHINESE)
    nearly = [found for name in candidates if (found := _nearly(blocks, name)) is not None]
    if nearly:
        return min(nearly, key=lambda found: found.broken)
    if _CHINESE not in candidates and _looks_western(blocks):
        return Encoding(name=_WESTERN, is_guessed=True)
    raise _wrong(" or ".join(candidates), in_utf8, where)


def _has_high_before_end(blocks: Blocks) -> bool:
    """Whether a character beyond ASCII stands before the one that the end cuts in half."""
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    return any(not decoder.decode(block).isascii() for block in blocks())


def _sample(blocks: Blocks, *, beyond_ascii: bool) -> bytes:
    """The first bytes, or those from the first one beyond ASCII on."""
    sample = b""
    for block in blocks():
        found = _HIGH_BYTE.search(block) if beyond_ascii and not sample else None
        if sample or found or not beyond_ascii:
            start = found.start() if found else 0
            sample += block[start : start + _SAMPLE_BYTES - len(sample)]
        if len(sample) >= _SAMPLE_BYTES:
            break
    return sample


def _looks_chinese(blocks: Blocks) -> bool:
    """Whether most double bytes are of the plane that everyday Chinese uses; of other texts, few are."""
    pairs = _DOUBLE_BYTE.findall(_sample(blocks, beyond_ascii=True))
    everyday = sum(1 for pair in pairs if _EVERYDAY_CHINESE.fullmatch(pair))
    return bool(pairs) and 2 * everyday >= len(pairs)


def _looks_western(blocks: Blocks) -> bool:
    sample = _sample(blocks, beyond_ascii=False)
    return len(_HIGH_BYTE.findall(sample)) <= _WESTERN_SHARE_MAX * len(sample) and not _CONTROL.search(sample)


def _nearly(blocks: Blocks, name: str) -> Encoding | None:
    """The encoding, if only a few places of the text are damaged."""
    decoder = codecs.getincrementaldecoder(name)("replace")
    broken = beyond_ascii = 0
    for block in chain(blocks(), [None]):
        text = decoder.decode(b"", final=True) if block is None else decoder.decode(block)
        broken += text.count(_BROKEN_CHARACTER)
        beyond_ascii += len(text) - len(text.encode("ascii", "ignore"))
    beyond_ascii -= broken
    if broken > max(1, _BROKEN_SHARE_MAX[name] * beyond_ascii) or not beyond_ascii:
        return None
    return Encoding(name=name, broken=broken)
