"""Names of sheets: what Excel takes, each once in a workbook."""

import re
from typing import Final

import attrs

__all__ = ["SheetNames"]

_LENGTH: Final = 31
"""UTF-16 units, as Excel counts."""
_ILLEGAL: Final = re.compile(r"[\[\]:*?/\\\x00-\x1f]+")
_RESERVED: Final = frozenset({"history"})


@attrs.frozen
class SheetNames:
    """The names that a workbook has given out."""

    _taken: set[str] = attrs.field(factory=set, init=False, repr=False)

    def take(self, wanted: str, suffix: str = "") -> str:
        """A name like the wanted one that is legal and not taken yet; it is taken then.

        Args:
            wanted: Any text.
            suffix: What stays at its end when it has to be cut.

        Example:
            >>> names = SheetNames()
            >>> names.take("应收/账龄"), names.take("应收/账龄"), len(names.take("a very long name of a very long table", " 2"))
            ('应收 账龄', '应收 账龄 (2)', 31)
        """
        base = " ".join(_ILLEGAL.sub(" ", wanted).split()).strip("'") or "Sheet"
        number, name = 1, _cut(base, suffix)
        while name.casefold() in self._taken or name.casefold() in _RESERVED:
            number += 1
            name = _cut(base, f"{suffix} ({number})")
        self._taken.add(name.casefold())
        return name


def _cut(base: str, suffix: str) -> str:
    """The beginning of a text that fits with its end, without half a character."""
    room = 2 * (_LENGTH - len(suffix.encode("utf-16-le")) // 2)
    kept = base.encode("utf-16-le")[:room].decode("utf-16-le", errors="ignore")
    return kept.rstrip(" '") + suffix
