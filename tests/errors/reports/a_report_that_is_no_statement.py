from tieout.reports import Report
from tieout.reports.statements import apart

apart(Report(name="overview", title="Overview", title_zh="概览"))
