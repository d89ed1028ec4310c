"""Errors of what is handed in: files, frames, names, configs."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from tieout.errors._base import TieoutError

__all__ = [
    "AmbiguousFile",
    "AmbiguousIdentifier",
    "ConfigError",
    "CorruptFile",
    "EmptyFile",
    "EncryptedFile",
    "HeaderNotFound",
    "InputError",
    "MissingColumn",
    "SummaryFile",
    "UnidentifiedFile",
    "UnknownFormat",
    "UnknownIdentifier",
    "UnreadableFile",
    "WrongColumnType",
    "WrongEncoding",
]

_SHOWN_NAMES = 10


class InputError(TieoutError, ValueError):
    """A file, frame or sequence that was handed in cannot be taken."""


class UnreadableFile(InputError):
    """A file cannot be read as what it claims to be."""


class EmptyFile(UnreadableFile):
    """A file holds no bytes, or no row."""


class EncryptedFile(UnreadableFile):
    """A workbook or archive is protected by a password."""


class CorruptFile(UnreadableFile):
    """A workbook, archive or text is damaged or cut off."""


class WrongEncoding(UnreadableFile):
    """The bytes of a text file are not valid in the encoding that was given or found."""


class UnidentifiedFile(InputError):
    """No format fits the content of a file; the nearest ones and what was missing are listed.

    Attributes:
        nearest: Pairs of format name and the columns or marks that were missing for it.
    """

    def __init__(self, *, where: str, nearest: Sequence[tuple[str, Sequence[str]]] = (), hint: str = "") -> None:
        """Build the text that lists the nearest formats."""
        self.nearest = tuple((name, tuple(missing)) for name, missing in nearest)
        listed = "; ".join(f"{name} (missing: {', '.join(missing) or 'nothing'})" for name, missing in self.nearest)
        problem = "no known format fits this file's content"
        if listed:
            problem += f"; nearest: {listed}"
        super().__init__(problem, where=where, hint=hint)


class SummaryFile(InputError):
    """A file holds but sums of the lines of another one, such as the summary beside each of Alipay's bills.

    Attributes:
        detail: Name of the format of the file that holds the lines.
    """

    def __init__(self, *, where: str, title: str, detail: str) -> None:
        """Build the text that says what it is, and which file to read.

        Args:
            where: The file.
            title: What the file is.
            detail: Name of the format of the file that holds the lines.
        """
        self.detail = detail
        super().__init__(
            f"this is {title}, which holds sums and no lines",
            where=where,
            hint=f"read the file with the lines, of format {detail}; its own totals are compared with them",
        )


class AmbiguousFile(InputError):
    """The content of a file fits more than one format equally well.

    Attributes:
        formats: The names of the formats that fit.
    """

    def __init__(self, *, where: str, formats: Sequence[str]) -> None:
        """Build the text that lists the formats."""
        self.formats = tuple(formats)
        super().__init__(
            f"the content fits several formats: {', '.join(self.formats)}",
            where=where,
            hint="say which one with format=...",
        )


def _of_all(name: str, known: tuple[str, ...]) -> str:
    """Every name there is, or of many the nearest: a message of a hundred names is not read, and changes with each new one."""
    if len(known) <= _SHOWN_NAMES:
        return f"known: {', '.join(known) or 'none'}"
    within = [one for one in known if name and name in one]
    near = list(dict.fromkeys([*within, *get_close_matches(name, known, n=_SHOWN_NAMES // 2, cutoff=0.5)]))
    near = near[: _SHOWN_NAMES // 2]
    return f"nearest: {', '.join(near)}" if near else "none is like it; the error's `known` lists those that exist"


class UnknownFormat(InputError, LookupError):
    """A format, ledger or other leaf was asked for by a name that nobody registered.

    Attributes:
        name: The name that was asked for.
        known: The names that exist.
    """

    def __init__(self, name: str, *, kind: str, known: Iterable[str]) -> None:
        """Build the text that lists what exists, or of many the nearest."""
        self.name = name
        self.known = tuple(sorted(known))
        super().__init__(f"there is no {kind} named {name!r}; {_of_all(name, self.known)}")


class UnknownIdentifier(InputError, LookupError):
    """A chain was asked for a number that no record of it has.

    Attributes:
        identifier: What was asked for.
    """

    def __init__(self, identifier: str, *, kinds: Iterable[str], hint: str = "") -> None:
        """Build the text that says what was looked through.

        Args:
            identifier: What was asked for.
            kinds: The kinds of record that were looked through.
            hint: What to do about it.
        """
        self.identifier = identifier
        looked = ", ".join(kinds) or "nothing"
        super().__init__(f"no record of the chain has the number {identifier!r}; looked through: {looked}", hint=hint)


class AmbiguousIdentifier(InputError):
    """A chain was asked for a number that several things have which do not belong together.

    Attributes:
        identifier: What was asked for.
        candidates: The things that have it, each as kind and place.
    """

    def __init__(self, identifier: str, *, candidates: Sequence[str]) -> None:
        """Build the text that lists the candidates."""
        self.identifier = identifier
        self.candidates = tuple(candidates)
        super().__init__(
            f"{identifier!r} is the number of several things: {'; '.join(self.candidates)}",
            hint="say which with kind=, book_id=, platform=, shop_id=, carrier= or account=",
        )


class HeaderNotFound(InputError, LookupError):
    """No line of a file looks like the header that was expected."""


class MissingColumn(InputError, LookupError):
    """Columns that are needed are not in the file or frame.

    Attributes:
        missing: The columns that are needed and absent.
        found: The columns that are there.
    """

    def __init__(self, missing: Sequence[str], *, found: Sequence[str], where: str = "", hint: str = "") -> None:
        """Build the text that names the missing and lists the found columns."""
        self.missing = tuple(missing)
        self.found = tuple(found)
        noun = "column" if len(self.missing) == 1 else "columns"
        names = ", ".join(repr(name) for name in self.missing)
        found_text = ", ".join(repr(name) for name in self.found) or "none"
        super().__init__(f"{noun} {names} not found; columns found: {found_text}", where=where, hint=hint)


class WrongColumnType(InputError, TypeError):
    """A column of a frame holds another type than the record's field needs."""


class ConfigError(InputError):
    """The configuration of a close is wrong; `where` names the file and the key, such as `close.toml: book.chart`.

    Attributes:
        problems: All that is wrong, each as key, line (None where the text does not show it), sentence and hint.
    """

    def __init__(
        self,
        problem: str,
        *,
        where: str = "",
        hint: str = "",
        problems: "Sequence[tuple[str, int | None, str, str]]" = (),
    ) -> None:
        """Build the text."""
        self.problems = tuple(problems)
        super().__init__(problem, where=where, hint=hint)

    @classmethod
    def of(cls, file: str, problems: "Sequence[tuple[str, int | None, str, str]]") -> "ConfigError":
        """The error of all that is wrong with a file.

        Args:
            file: Its name.
            problems: Each as key, line (None where the text does not show it), sentence and hint.
        """
        if len(problems) == 1:
            ((key, line, text, hint),) = problems
            at = f" (line {line})" if line is not None else ""
            return cls(text, where=f"{file}: {key}{at}" if key else f"{file}{at}", hint=hint, problems=problems)
        listed = [f"{len(problems)} problems"]
        for key, line, text, hint in problems:
            at = "" if line is None else f" (line {line})"
            more = f"; {hint}" if hint else ""
            listed.append(f"{key or 'the file'}{at}: {text}{more}")
        return cls("\n  ".join(listed), where=file, problems=problems)
