from tieout.reports import Report
from tieout.reports.pdf import write_statement

report = Report(name="statement_courier_zto", title="Statement of courier: ZTO", title_zh="快递对账单：中通")
write_statement(report, "zto.pdf", language="both")
