"""PDF: vouchers in the layout of a 记账凭证 and statements for the other side to sign, with their Chinese font inside."""

from tieout.reports.pdf.capitals import has_capitals, in_capitals
from tieout.reports.pdf.setting import Printed
from tieout.reports.pdf.statements import write_statement
from tieout.reports.pdf.vouchers import write_vouchers

__all__ = ["Printed", "has_capitals", "in_capitals", "write_statement", "write_vouchers"]
