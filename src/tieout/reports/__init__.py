"""Reports: statements, ageing, metrics and analyses of a period, as typed figures that trace to their rows.

Floor 7: floors 0 to 2, the outcome and the chain. A report is values and frames; it is written as HTML, xlsx, PDF and plots.
"""

from tieout.model import Article, Complaint
from tieout.reports.data import FileRead, Note, ReportData, StageReport
from tieout.reports.report import Column, Kind, Report, Section
from tieout.reports.spec import ReportSpec
from tieout.reports.standard import standard

__all__ = [
    "Article",
    "Column",
    "Complaint",
    "FileRead",
    "Kind",
    "Note",
    "Report",
    "ReportData",
    "ReportSpec",
    "Section",
    "StageReport",
    "standard",
]
