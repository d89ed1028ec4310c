"""Errors of the work itself: matching, posting, ledgers, casebook, platforms, reports, and what is not installed."""

from collections.abc import Sequence

from tieout.errors._base import TieoutError

__all__ = [
    "CasebookError",
    "DecisionConflict",
    "DeliveryFailed",
    "FetchError",
    "InvalidTransition",
    "JournalError",
    "LedgerError",
    "MatchCancelled",
    "MatcherError",
    "MissingExtra",
    "NotAllowed",
    "ParentAccount",
    "PluginError",
    "PostingError",
    "ReportError",
    "StoreError",
    "UnknownAccount",
]

_SHOWN = 20  # how many sentences of a list a text holds; the fields hold all


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
