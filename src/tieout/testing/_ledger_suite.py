"""The suite of a ledger: every check on vouchers that each system must be able to take."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import attrs

from tieout import ledgers
from tieout.ledgers import Ledger
from tieout.testing._ledger_checks import (
    ReadBack,
    check_amounts,
    check_draft,
    check_foreign,
    check_hostile,
    check_lines,
    check_nothing_else,
    check_red,
    check_same_bytes,
    check_unbalanced,
    check_usual,
)
from tieout.testing._suite import Case

__all__ = ["LEDGER_CHECKS", "LedgerSuite"]

_OF_A_LEDGER: Final[Mapping[str, Callable[[Ledger], None]]] = MappingProxyType(
    {
        "usual_vouchers_are_written": check_usual,
        "hostile_texts_stay_texts": check_hostile,
        "red_is_kept_or_swapped": check_red,
        "foreign_lines_are_written": check_foreign,
        "amounts_are_exact": check_amounts,
        "same_vouchers_same_bytes": check_same_bytes,
        "nothing_of_the_machine": check_nothing_else,
        "draft_is_refused": check_draft,
        "unbalanced_is_refused": check_unbalanced,
    }
)
_LINES: Final = "every_line_is_read_back"
LEDGER_CHECKS: Final[Mapping[str, str]] = MappingProxyType(
    {name: (check.__doc__ or "").partition("\n")[0] for name, check in {**_OF_A_LEDGER, _LINES: check_lines}.items()}
)
"""What is checked, by name."""


@attrs.frozen(kw_only=True)
class LedgerSuite:
    """What every ledger must do, held against one.

    Attributes:
        ledger: Name of the ledger, or one with options of its own.
        read_back: Reads its files by other means than the ledger's own: account and signed amount of each line, in the order of
            the files. None leaves the last check out.

    Example:
        >>> for case in LedgerSuite("journal_csv").cases():
        ...     case()
    """

    ledger: str | Ledger = attrs.field(kw_only=False)
    read_back: ReadBack | None = None

    def cases(self) -> tuple[Case, ...]:
        """All checks."""
        name = self.ledger if isinstance(self.ledger, str) else type(self.ledger).__name__
        runs = {check: self._bound(run) for check, run in _OF_A_LEDGER.items()}
        read_back = self.read_back
        if read_back is not None:
            runs[_LINES] = lambda: check_lines(self._loaded(), read_back)
        return tuple(Case(format=name, check=check, file=None, run=run) for check, run in runs.items())

    def _bound(self, check: Callable[[Ledger], None]) -> Callable[[], None]:
        return lambda: check(self._loaded())

    def _loaded(self) -> Ledger:
        return ledgers.load(self.ledger) if isinstance(self.ledger, str) else self.ledger
