"""Posting: books, charts and templates, by which events become balanced vouchers."""

from tieout.posting.book import Book, DisputePolicy, FeeInvoice, Taxpayer
from tieout.posting.chart import Account, AccountType, Chart, Language, ReversalStyle, charts
from tieout.posting.engine import post
from tieout.posting.numbering import number_vouchers
from tieout.posting.period import Period
from tieout.posting.result import LeftOut, LeftOutReason, Memo, Vouchers
from tieout.posting.reversal import reverse, to_swap
from tieout.posting.template import Template, event_kinds, load_template

__all__ = [
    "Account",
    "AccountType",
    "Book",
    "Chart",
    "DisputePolicy",
    "FeeInvoice",
    "Language",
    "LeftOut",
    "LeftOutReason",
    "Memo",
    "Period",
    "ReversalStyle",
    "Taxpayer",
    "Template",
    "Vouchers",
    "charts",
    "event_kinds",
    "load_template",
    "number_vouchers",
    "post",
    "reverse",
    "to_swap",
]
