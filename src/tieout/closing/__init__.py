"""The period close: files in, reconciliations, vouchers, ledgers and reports out (`domain.md` 6.2, C49).

Floor 8.
"""

from tieout.closing.config import Bar, CasebookRule, CloseConfig, ReadRule, ReportRule, RunRule

__all__ = ["Bar", "CasebookRule", "CloseConfig", "ReadRule", "ReportRule", "RunRule"]
