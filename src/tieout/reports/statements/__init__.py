"""Statements of account (对账单) of couriers, shops and channels, and of the period as a whole (`domain.md` C07).

`make` gives one report of all accounts of a kind; `apart` makes one of each account of it, as it is sent and signed.
"""

from tieout.reports.statements.apart import apart
from tieout.reports.statements.channels import ChannelStatement
from tieout.reports.statements.couriers import CourierStatement
from tieout.reports.statements.openings import closings
from tieout.reports.statements.periods import PeriodStatement
from tieout.reports.statements.shops import ShopStatement

__all__ = ["ChannelStatement", "CourierStatement", "PeriodStatement", "ShopStatement", "apart", "closings"]
