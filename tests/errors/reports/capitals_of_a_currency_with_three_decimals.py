from moneyed import Money

from tieout.reports.pdf import in_capitals

in_capitals(Money("12.345", "KWD"))
