"""Reports: statements, ageing, metrics and analyses of a period, as typed figures that trace to their rows.

Floor 7: floors 0 to 2, the outcome and the chain. A report is values and frames; it is written as HTML, xlsx, PDF and plots.
"""

from tieout.reports.data import FileRead, ReportData, StageReport
from tieout.reports.report import Column, Kind, Report, Section

__all__ = ["Column", "FileRead", "Kind", "Report", "ReportData", "Section", "StageReport"]
