import io

from tieout.reports.xlsx import write_xlsx

write_xlsx([], io.BytesIO(), language="de")
