from tieout.reports import ReportSpec

ReportSpec(name="mine", dimensions=["courier"], measures=["take_rate"])
