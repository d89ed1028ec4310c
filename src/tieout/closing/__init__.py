"""The period close: files in, reconciliations, vouchers, ledgers and reports out (`domain.md` 6.2, C49).

Floor 8.

    from tieout.closing import CloseConfig, close

    result = close(CloseConfig.load("close.toml"))
    print(result)
"""

from tieout.closing.closing import close, close_tables
from tieout.closing.config import Bar, CasebookRule, CloseConfig, ReadRule, ReportRule, RunRule
from tieout.closing.progress import Bars, NoProgress, Progress
from tieout.closing.result import Close, Details

__all__ = [
    "Bar",
    "Bars",
    "CasebookRule",
    "Close",
    "CloseConfig",
    "Details",
    "NoProgress",
    "Progress",
    "ReadRule",
    "ReportRule",
    "RunRule",
    "close",
    "close_tables",
]
