"""Problems of a config: all of them are gathered, and told at once with key and line."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import attrs
from cattrs import ClassValidationError, ForbiddenExtraKeysError, IterableValidationError

from tieout.closing.config_lines import KeyPath
from tieout.errors import ConfigError, TieoutError

__all__ = ["Problem", "Problems", "key_text", "nearest"]

_BARE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")


@attrs.frozen
class Problem:
    """One thing that is wrong.

    Attributes:
        path: The key that it concerns; empty for the whole text.
        text: What was found, and what was expected.
        hint: What to do about it.
    """

    path: KeyPath
    text: str
    hint: str = ""


def key_text(path: KeyPath) -> str:
    """How a key is written: `reconciliations.settlement.fees[0].rate`.

    Example:
        >>> key_text(("accounts", "1122.01", "role")), key_text(("fees", 0, "rate"))
        ('accounts."1122.01".role', 'fees[0].rate')
    """
    found = ""
    for part in path:
        if isinstance(part, int):
            found += f"[{part}]"
        else:
            written = part if part and set(part) <= _BARE else f'"{part}"'
            found += f".{written}" if found else written
    return found


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint that names what may have been meant; all there is where nothing is like it."""
    names = sorted(known)
    near = get_close_matches(name, names, n=2, cutoff=0.7) or get_close_matches(name, names, n=1)
    return f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(names) or 'none'}"


@attrs.define
class Problems:
    """What is wrong with one text.

    Attributes:
        name: What the text is called.
        lines: Line of each key.
        found: The problems, in the order in which they were found.
    """

    name: str
    lines: Mapping[KeyPath, int]
    found: list[Problem] = attrs.field(factory=list)

    def add(self, path: KeyPath, text: str, hint: str = "") -> None:
        """Note a problem."""
        problem = Problem(path, text, hint)
        if problem not in self.found:
            self.found.append(problem)

    def take(self, error: BaseException, path: KeyPath) -> None:
        """Note what an error tells: of cattrs, all that is wrong within; of ours, its sentence.

        Args:
            error: The error.
            path: Key of the value that it is about.
        """
        if isinstance(error, ClassValidationError):
            with_names, without = error.group_exceptions()
            self._take_all([(one, (*path, note.name)) for one, note in with_names], without, path)
        elif isinstance(error, IterableValidationError):
            with_places, without = error.group_exceptions()
            self._take_all([(one, (*path, note.index)) for one, note in with_places], without, path)
        elif isinstance(error, ForbiddenExtraKeysError):
            known = [field.name for field in attrs.fields(error.cl) if field.init]
            for name in sorted(error.extra_fields):
                self.add((*path, name), "there is no such key", nearest(name, known))
        elif isinstance(error, KeyError) and not isinstance(error, TieoutError):
            self.add(path, "this key is missing")
        elif isinstance(error, TieoutError):
            self.add(path, error.problem, error.hint)
        else:
            self.add(path, str(error) or type(error).__name__)

    def _take_all(
        self, within: Sequence[tuple[Exception, tuple[Any, ...]]], without: Sequence[Exception], path: KeyPath
    ) -> None:
        for one, at in within:
            self.take(one, at)
        for one in without:
            self.take(one, path)

    def raise_if_any(self) -> None:
        """Tell them all.

        Raises:
            ConfigError: There are any.
        """
        if not self.found:
            return
        told = sorted(self.found, key=lambda problem: (self._line(problem.path), key_text(problem.path), problem.text))
        texts = tuple((key_text(one.path), self._line(one.path) or None, one.text, one.hint) for one in told)
        raise ConfigError.of(self.name, texts)

    def _line(self, path: KeyPath) -> int:
        """The line of a key, or of the nearest one around it; 0 where the text shows none."""
        return next((self.lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self.lines), 0)
