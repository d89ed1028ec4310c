from tieout.reports import ReportSpec

ReportSpec.loads('name = "mine"\ndimensions = ["province"]\nmeasures = ["freigth"]', name="mine.toml")
