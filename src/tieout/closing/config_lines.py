"""Where in a TOML text each key stands, so that a complaint can name the line.

`tomllib` gives values without places. This walks a text that it has taken already, so what stands here need not be checked
again: only keys, brackets, strings and comments are told apart.
"""

import re
from collections.abc import Mapping
from typing import Final

__all__ = ["KeyPath", "lines_of"]

KeyPath = tuple[str | int, ...]
"""Keys and positions from the top of a document on: `("reconciliations", "settlement", "fees", 0, "rate")`."""

_BLANK: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_INLINE: Final = re.compile(r"[ \t]*")
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR: Final = re.compile(r"[^,\]}#\r\n]*")
_STRING: Final = re.compile(
    r"'''.*?'''(?:'{0,2})|\"\"\"(?:\\.|[^\\])*?\"\"\"(?:\"{0,2})|'[^'\n]*'|\"(?:\\.|[^\"\\\n])*\"", re.DOTALL
)


def lines_of(text: str) -> Mapping[KeyPath, int]:
    r"""The line of each key and of each element of a list, counted from 1.

    Args:
        text: TOML that `tomllib` takes.

    Example:
        >>> found = lines_of('[a]\nb = [\n  1,\n  { c = 2 },\n]\n[[d]]\ne = 3')
        >>> [".".join(map(str, path)) + f":{line}" for path, line in found.items()]
        ['a:1', 'a.b:2', 'a.b.0:3', 'a.b.1:4', 'a.b.1.c:4', 'd:6', 'd.0:6', 'd.0.e:7']
    """
    return _Walk(text).lines


class _Walk:
    """One walk through a text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[KeyPath, int] = {}
        self.lengths: dict[KeyPath, int] = {}  # of lists of tables
        table: KeyPath = ()
        self._skip(_BLANK)
        while self.at < len(text):
            if text[self.at] == "[":
                table = self._header()
            else:
                self._assignment(table)
            self._skip(_BLANK)

    def _header(self) -> KeyPath:
        line = self._line()
        is_list = self.text.startswith("[[", self.at)
        self.at += 2 if is_list else 1
        keys = self._keys()
        self.at += 2 if is_list else 1
        path: KeyPath = ()
        for at, key in enumerate(keys):
            path = (*path, key)
            self._found(path, line)
            if path in self.lengths or (is_list and at == len(keys) - 1):
                is_new = is_list and at == len(keys) - 1
                self.lengths[path] = self.lengths.get(path, 0) + is_new
                path = (*path, self.lengths[path] - 1)
                self._found(path, line)
        return path

    def _assignment(self, table: KeyPath) -> None:
        line = self._line()
        path = table
        for key in self._keys():
            path = (*path, key)
            self._found(path, line)
        self.at += 1  # the equals sign
        self._skip(_INLINE)
        self._value(path)

    def _keys(self) -> list[str]:
        keys = []
        while True:
            self._skip(_INLINE)
            keys.append(self._key())
            self._skip(_INLINE)
            if not self.text.startswith(".", self.at):
                return keys
            self.at += 1

    def _key(self) -> str:
        found = _STRING.match(self.text, self.at) or _BARE.match(self.text, self.at)
        if found is None:  # not TOML, which the caller has made sure of
            self.at += 1
            return ""
        self.at = found.end()
        return found[0][1:-1] if found[0][0] in "'\"" else found[0]

    def _value(self, path: KeyPath) -> None:
        if found := _STRING.match(self.text, self.at):
            self.at = found.end()
        elif self.text.startswith("[", self.at):
            self._list(path)
        elif self.text.startswith("{", self.at):
            self._table(path)
        else:
            self._skip(_SCALAR)

    def _list(self, path: KeyPath) -> None:
        self.at += 1
        count = 0
        self._skip(_BLANK)
        while self.at < len(self.text) and self.text[self.at] != "]":
            self._found((*path, count), self._line())
            self._value((*path, count))
            count += 1
            self._between()
        self.at += 1

    def _table(self, path: KeyPath) -> None:
        self.at += 1
        self._skip(_BLANK)
        while self.at < len(self.text) and self.text[self.at] != "}":
            self._assignment(path)
            self._between()
        self.at += 1

    def _between(self) -> None:
        self._skip(_BLANK)
        if self.text.startswith(",", self.at):
            self.at += 1
        self._skip(_BLANK)

    def _found(self, path: KeyPath, line: int) -> None:
        self.lines.setdefault(path, line)

    def _line(self) -> int:
        return self.text.count("\n", 0, self.at) + 1

    def _skip(self, what: re.Pattern[str]) -> None:
        found = what.match(self.text, self.at)
        self.at = found.end() if found else self.at
