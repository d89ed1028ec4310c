"""The one exception tree.

Every error that `tieout` raises for wrong use or for input it cannot take is a `TieoutError`. Each class also refines
the built-in it specialises, and carries its facts as fields, so a program need not parse the text.

```
TieoutError
├── InputError (ValueError)
│   ├── UnreadableFile
│   │   ├── EmptyFile
│   │   ├── EncryptedFile
│   │   ├── CorruptFile
│   │   └── WrongEncoding
│   ├── UnidentifiedFile
│   ├── SummaryFile
│   ├── AmbiguousFile
│   ├── UnknownFormat (LookupError)
│   ├── UnknownIdentifier (LookupError)
│   ├── AmbiguousIdentifier
│   ├── HeaderNotFound (LookupError)
│   ├── MissingColumn (LookupError)
│   ├── WrongColumnType (TypeError)
│   └── ConfigError
├── MoneyError (ValueError)
│   ├── FloatRefused (TypeError)
│   ├── NotAnAmount
│   ├── NaNRefused
│   ├── InfinityRefused
│   ├── TooManyDecimals
│   ├── UnknownCurrency (LookupError)
│   └── CurrencyMismatch
├── InvalidField (ValueError)
│   └── UnbalancedVoucher
├── UnknownCarrier (LookupError)
├── RateCardError (ValueError)
├── MatcherError (ValueError)
│   └── MatchCancelled
├── PostingError (ValueError)
│   ├── JournalError
│   ├── ParentAccount
│   └── UnknownAccount (LookupError)
├── LedgerError (ValueError)
├── CasebookError (ValueError)
│   ├── StoreError
│   ├── DecisionConflict
│   ├── DeliveryFailed
│   ├── InvalidTransition
│   └── NotAllowed (PermissionError)
├── FetchError (ValueError)
├── ReportError (ValueError)
└── PluginError (ImportError)
    └── MissingExtra
```

Findings in data are never errors: they are rejects, discrepancies and checks, returned as values.
"""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

__all__ = [
    "AmbiguousFile",
    "AmbiguousIdentifier",
    "CasebookError",
    "ConfigError",
    "CorruptFile",
    "CurrencyMismatch",
    "DecisionConflict",
    "DeliveryFailed",
    "EmptyFile",
    "EncryptedFile",
    "FetchError",
    "FloatRefused",
    "HeaderNotFound",
    "InfinityRefused",
    "InputError",
    "InvalidField",
    "InvalidTransition",
    "JournalError",
    "LedgerError",
    "MatchCancelled",
    "MatcherError",
    "MissingColumn",
    "MissingExtra",
    "MoneyError",
    "NaNRefused",
    "NotAllowed",
    "NotAnAmount",
    "ParentAccount",
    "PluginError",
    "PostingError",
    "RateCardError",
    "ReportError",
    "StoreError",
    "SummaryFile",
    "TieoutError",
    "TooManyDecimals",
    "UnbalancedVoucher",
    "UnidentifiedFile",
    "UnknownAccount",
    "UnknownCarrier",
    "UnknownCurrency",
    "UnknownFormat",
    "UnknownIdentifier",
    "UnreadableFile",
    "WrongColumnType",
    "WrongEncoding",
]

_SHOWN_NAMES = 10


_SHOWN = 20  # how many sentences of a list a text holds; the fields hold all


class TieoutError(Exception):
    """Something was used or given wrongly.

    Attributes:
        problem: What was found and what was expected, in one sentence.
        where: File, line, key or field that it concerns; empty when there is none.
        hint: What to do about it; empty when nothing better than the problem can be said.
    """

    def __init__(self, problem: str, *, where: str = "", hint: str = "") -> None:
        """Build the text `where: problem` with the hint on a line of its own."""
        self.problem = problem
        self.where = where
        self.hint = hint
        text = f"{where}: {problem}" if where else problem
        super().__init__(f"{text}\nHint: {hint}" if hint else text)

    def __reduce__(self) -> "tuple[object, ...]":
        # Exception would call the class with its text alone, which fails for every class that takes fields.
        return _rebuild, (type(self), str(self)), self.__dict__


def _rebuild(kind: type[TieoutError], text: str) -> TieoutError:
    """An error as it came out of another process."""
    # A class that is an OSError too is laid out as one, which the built-in first in its order does not make.
    error = OSError.__new__(kind) if issubclass(kind, OSError) else kind.__new__(kind)
    Exception.__init__(error, text)
    return error


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


class MoneyError(TieoutError, ValueError):
    """A value cannot be an exact amount of money."""


class FloatRefused(MoneyError, TypeError):
    """A float was given where an exact amount is needed."""


class NotAnAmount(MoneyError):
    """A text does not spell an amount."""


class NaNRefused(MoneyError):
    """NaN was given where an amount is needed."""


class InfinityRefused(MoneyError):
    """An infinity was given where an amount is needed."""


class TooManyDecimals(MoneyError):
    """An amount has more decimals than its currency."""


class UnknownCurrency(MoneyError, LookupError):
    """A currency code is not in ISO 4217."""


class CurrencyMismatch(MoneyError):
    """Amounts of different currencies were put where one currency is needed."""


class InvalidField(TieoutError, ValueError):
    """A field of a record was given a value it cannot hold.

    Attributes:
        record: The record's class name.
        field: The field's name.
        value: What was given.
    """

    def __init__(self, problem: str, *, record: str, field: str, value: object = None, hint: str = "") -> None:
        """Build the text `Record.field: problem`."""
        self.record = record
        self.field = field
        self.value = value
        super().__init__(problem, where=f"{record}.{field}" if field else record, hint=hint)


class UnbalancedVoucher(InvalidField):
    """The debits and credits of a voucher differ in some currency."""


class UnknownCarrier(TieoutError, LookupError):
    """A carrier was named that the package has no patterns for."""


class RateCardError(TieoutError, ValueError):
    """A rate card contradicts itself or cannot be understood.

    Attributes:
        file: The card's file or name.
        key: The dotted path of the key at fault, such as `versions[0].prices.zone2.first`.
    """

    def __init__(self, problem: str, *, file: str, key: str, hint: str = "") -> None:
        """Build the text `file: key: problem`."""
        self.file = file
        self.key = key
        super().__init__(problem, where=f"{file}: {key}" if key else file, hint=hint)


class MatcherError(TieoutError, ValueError):
    """A matcher's rules, or the two sides given to it, make no sense together."""


class MatchCancelled(MatcherError):
    """A run of a matcher was cancelled by the function that it told its progress; nothing is half done.

    Attributes:
        rule: The rule that was about to be tried; empty at the end.
        done: Rules that were done.
        total: Rules there are.
    """

    def __init__(self, *, rule: str, done: int, total: int) -> None:
        """Build the text that tells how far the run was."""
        self.rule = rule
        self.done = done
        self.total = total
        before = f" before rule {rule!r}" if rule else ""
        super().__init__(f"cancelled{before}, {done} of {total} rules done; there is no result")


class PostingError(TieoutError, ValueError):
    """Events cannot be posted by this book."""


class JournalError(PostingError):
    """What was asked of vouchers is not done: their state, their numbers or the one who asks forbids it.

    Attributes:
        action: What was asked for, such as `review`.
        refused: Pairs of voucher id and the sentence that says why, for every voucher that stands in the way.
    """

    def __init__(self, action: str, refused: Sequence[tuple[str, str]], *, hint: str = "") -> None:
        """Build the text from the first sentences, one a line when there are several."""
        self.action = action
        self.refused = tuple(refused)
        sentences = [sentence for _, sentence in self.refused]
        rest = [f"and {len(sentences) - _SHOWN} more"] if len(sentences) > _SHOWN else []
        listed = "\n  ".join([f"{len(sentences)} reasons against it:", *sentences[:_SHOWN], *rest])
        super().__init__(sentences[0] if len(sentences) == 1 else listed, where=action, hint=hint)


class ParentAccount(PostingError):
    """An account that is to be posted to is not a leaf: others are below it.

    Attributes:
        role: The role whose account it is.
        code: The account.
        child: The first account below it.
        chart: The chart's name.
    """

    def __init__(self, role: str, *, code: str, child: str, chart: str) -> None:
        """Build the text that names role, account and the one below."""
        self.role = role
        self.code = code
        self.child = child
        self.chart = chart
        super().__init__(
            f"account {code} of role {role!r} is not a leaf in chart {chart!r}: {child} is below it",
            hint=f"give the role an account below {code} with Book(accounts={{{role!r}: ...}})",
        )


class UnknownAccount(PostingError, LookupError):
    """A template's account role has no account in the book's chart.

    Attributes:
        role: The role, such as `freight_out`.
        chart: The chart's name.
        template: The template that needs it, such as `V-18`; None where nobody said.
        event: The event that is to be posted; None where nobody said.
    """

    def __init__(self, role: str, *, chart: str, template: str | None = None, event: str | None = None) -> None:
        """Build the text that names role, chart, template and event."""
        self.role = role
        self.chart = chart
        self.template = template
        self.event = event
        needed = "" if template is None else f", and {template} needs it"
        super().__init__(
            f"account role {role!r} has no account in chart {chart!r}{needed}",
            where=event or "",
            hint="add it with Chart.with_accounts(...) or Book(accounts=...)",
        )


class LedgerError(TieoutError, ValueError):
    """Vouchers cannot be written in a ledger's format."""


class CasebookError(TieoutError, ValueError):
    """A casebook cannot do what was asked: something is unknown, missing, or of the wrong kind."""


class StoreError(CasebookError):
    """The database of a casebook cannot be opened, read or written; the book is as it was before."""


class DecisionConflict(CasebookError):
    """Somebody else decided first: what was looked at when the decision was made does not hold any more.

    Attributes:
        seen: Number of the last entry that the caller knew.
        entry: Number of the entry that came since.
    """

    def __init__(self, problem: str, *, where: str, seen: int, entry: int, hint: str = "") -> None:
        """Tell what came in between."""
        self.seen = seen
        self.entry = entry
        super().__init__(problem, where=where, hint=hint)


class DeliveryFailed(CasebookError):
    """A sink did not take a message; it is tried again. Its text is kept in the log, so it never holds an address.

    Attributes:
        status: HTTP status of the answer; None when there was none.
        retry_after_s: After how many seconds the receiver wants to be asked again; None when it does not say.
    """

    def __init__(
        self, problem: str, *, where: str, status: int | None = None, retry_after_s: int | None = None, hint: str = ""
    ) -> None:
        """Build the text with the status behind the problem."""
        self.status = status
        self.retry_after_s = retry_after_s
        super().__init__(problem if status is None else f"{problem} ({status})", where=where, hint=hint)


class InvalidTransition(CasebookError):
    """A case, a claim or a voucher cannot go from where it stands to what was asked (`data.invalid_transition`).

    Attributes:
        state: Where it stands.
        allowed: What can be done to it there.
    """

    def __init__(self, problem: str, *, where: str, state: str, allowed: Sequence[str], hint: str = "") -> None:
        """Tell what is possible instead."""
        self.state = state
        self.allowed = tuple(allowed)
        super().__init__(problem, where=where, hint=hint)


class NotAllowed(CasebookError, PermissionError):
    """The actor has not the role for it, or would check their own work."""


class FetchError(TieoutError, ValueError):
    """A platform did not give what was asked for: it refused, kept failing, or gave something else than it announced.

    Attributes:
        status: HTTP status of the last answer; None when there was none.
        code: The platform's own code for what is wrong; empty when it gave none.
    """

    def __init__(self, problem: str, *, where: str, status: int | None = None, code: str = "", hint: str = "") -> None:
        """Build the text with status and code behind the problem."""
        self.status = status
        self.code = code
        told = ", ".join(str(part) for part in (status, code) if part)
        super().__init__(f"{problem} ({told})" if told else problem, where=where, hint=hint)


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


class ReportError(TieoutError, ValueError):
    """A report cannot be made: what was asked for is not there, or a figure is not the sum of its rows."""


class PluginError(TieoutError, ImportError):
    """A leaf or an entry point exists but cannot be loaded; its cause is chained."""


class MissingExtra(PluginError):
    """A function needs an optional dependency that is not installed.

    Attributes:
        package: The package that is needed.
        extra: The extra of tieout that brings it.
    """

    def __init__(self, package: str, *, extra: str, purpose: str) -> None:
        """Build the text that names the extra to install."""
        self.package = package
        self.extra = extra
        super().__init__(f"{purpose} needs {package}", hint=f"pip install 'tieout[{extra}]'")
