from tieout.reports.trends import read_metrics

read_metrics("period,metric\n2026-09,sales\n")
