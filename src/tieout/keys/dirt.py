"""The dirt that files leave around identifiers.

Tables of characters only (`domain.md` 2.1, `formats.md` 8.2). They are written out instead of taken from NFKC, because
Python's and Polars' Unicode tables differ by version and the two ways of cleaning must agree on every text; and because
NFKC also rewrites characters (circled digits, ligatures) of which nobody knows what was meant.
"""

from collections.abc import Iterable

__all__ = [
    "DROPPED",
    "DROPPED_CLASS",
    "EMPTY_MARKERS",
    "FOLDED",
    "FULL_WIDTH_UPPER",
    "LEADING_GUARDS",
    "SPACE_CLASS",
    "TRAILING_GUARDS",
    "TRANSLATION",
    "UPPER",
    "WIDTH",
]

_FULL_WIDTH_OFFSET = 0xFEE0
_SPACES = ((0x09, 0x0D), (0x20, 0x20), (0x85, 0x85), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A))
_MORE_SPACES = ((0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000))
_CONTROLS = ((0x00, 0x08), (0x0E, 0x1F), (0x7F, 0x84), (0x86, 0x9F))
_INVISIBLES = ((0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E))
_MORE_INVISIBLES = ((0x2060, 0x206F), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFF9, 0xFFFB))
_LONE_SURROGATES = (0xD800, 0xDFFF)

WIDTH = {chr(code + _FULL_WIDTH_OFFSET): chr(code) for code in range(0x21, 0x7F)}
"""Full-width ASCII to its half-width twin, one character for one."""

_LOOKALIKES = {
    **dict.fromkeys("‘’‚‛′", "'"),
    **dict.fromkeys("“”„‟″", '"'),
    **dict.fromkeys("‐‑‒–—―−﹘﹣", "-"),
    **dict(zip("【】〔〕﹙﹚﹛﹜", "[][](){}", strict=True)),
}

FOLDED = {**WIDTH, **_LOOKALIKES}
"""Characters that stand for an ASCII character, and that character."""

UPPER = {chr(code): chr(code - 0x20) for code in range(0x61, 0x7B)}
"""ASCII letters only: the case of other scripts depends on the Unicode version."""

FULL_WIDTH_UPPER = {found: UPPER[meant] for found, meant in WIDTH.items() if meant in UPPER}
"""Full-width lower case to half-width upper case, for tables that do both in one pass."""

DROPPED = (*_CONTROLS, *_INVISIBLES, *_MORE_INVISIBLES)
"""Ranges of code points that nobody can see and no identifier holds."""

LEADING_GUARDS = "=`'\"@ "
"""What JD, Taobao, WeChat, Douyin and ERP exports put before an id so that Excel leaves it alone."""

TRAILING_GUARDS = "`'\" "

EMPTY_MARKERS = frozenset(
    (
        "",
        "-",
        "--",
        "---",
        "/",
        "//",
        "\\",
        "0",
        "NAN",
        "NAT",
        "NONE",
        "NULL",
        "NIL",
        "NA",
        "<NA>",
        "N/A",
        "#N/A",
        "无",
        "空",
    )
)
"""Texts, upper-cased, that mean no id (`formats.md` 8.5); `0.00` and `0.0` become `0` before they are looked up."""


def _character_class(ranges: Iterable[tuple[int, int]]) -> str:
    """A class in the notation of Rust's regex."""
    return "[" + "".join(f"\\x{{{low:X}}}-\\x{{{high:X}}}" for low, high in ranges) + "]"


DROPPED_CLASS = _character_class(DROPPED)
SPACE_CLASS = _character_class((*_SPACES, *_MORE_SPACES))

TRANSLATION: dict[int, str | None] = {
    **{code: " " for low, high in (*_SPACES, *_MORE_SPACES) for code in range(low, high + 1)},
    **{code: None for low, high in (*DROPPED, _LONE_SURROGATES) for code in range(low, high + 1)},
    **{ord(found): meant for found, meant in FOLDED.items()},
}
"""The same for `str.translate`; a column cannot hold lone surrogates, so only this table names them."""
