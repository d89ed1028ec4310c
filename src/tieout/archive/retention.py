"""Retention: for how long the law wants what a book holds to be kept, and what may go when (`domain.md` 6.5).

Years are those of the accounting archives order (会计档案管理办法, order 79 of the Ministry of Finance and the National Archives
Administration), counted from the first day after the end of the accounting year. Personal data is no accounting evidence: it goes
when its purpose is gone, and at once when `forget` is asked for.
"""

from datetime import date

import attrs

__all__ = ["RETENTION", "Retention", "retention_of", "years_of"]


@attrs.frozen(kw_only=True)
class Retention:
    """How long one class of evidence is kept.

    Attributes:
        name: What it is.
        name_zh: The same in Chinese.
        years: Full years after the end of the accounting year; None for ever.
        files: Files of a pack that are of it; a name that ends in `/` means all in that folder.
    """

    name: str
    name_zh: str
    years: int | None
    files: tuple[str, ...] = ()

    def ends_on(self, day: date) -> date | None:
        """The last day on which evidence of a day has to be kept; None where it is kept for ever.

        Example:
            >>> retention_of("vouchers.jsonl").ends_on(date(2026, 10, 31))
            datetime.date(2056, 12, 31)
        """
        return None if self.years is None else date(day.year + self.years, 12, 31)

    def may_go(self, day: date, *, today: date) -> bool:
        """Whether evidence of a day may be dropped today."""
        last = self.ends_on(day)
        return last is not None and today > last


_BOOKS, _STATEMENTS = 30, 10
RETENTION = (
    Retention(
        name="vouchers and books, and the decisions and approvals they rest on",
        name_zh="会计凭证、会计账簿及其审批依据",
        years=_BOOKS,
        files=("log.jsonl", "vouchers.jsonl", "approvals.jsonl", "cases.jsonl", "configuration.jsonl", "periods.jsonl"),
    ),
    Retention(
        name="bank statements, statements of counterparties and reconciliation statements",
        name_zh="银行对账单、往来对账单、余额调节表",
        years=_STATEMENTS,
        files=("inputs.jsonl", "matches.jsonl", "runs.jsonl", "reviews.jsonl"),
    ),
    Retention(
        name="monthly, quarterly and half-year reports",
        name_zh="月度、季度、半年度财务会计报告",
        years=_STATEMENTS,
        files=("reports/",),
    ),
    Retention(
        name="annual reports and registers of the archive", name_zh="年度财务会计报告、会计档案保管清册", years=None
    ),
)
"""Classes of evidence with their years."""


def retention_of(file: str) -> Retention:
    """The class of a file of a pack; what no class names is kept as long as the books.

    A report that is annual is kept for ever: whoever hands in reports knows which are.
    """
    for one in RETENTION:
        if any(file.startswith(name) if name.endswith("/") else file == name for name in one.files):
            return one
    return RETENTION[0]


def years_of(file: str) -> int | None:
    """Full years that a file of a pack is kept; None for ever."""
    return retention_of(file).years
