"""Posting: books, charts and templates, by which events become balanced vouchers."""

from tieout.posting.book import Book
from tieout.posting.chart import Account, AccountType, Chart, Language, ReversalStyle, Standard, charts
from tieout.posting.engine import post
from tieout.posting.numbering import number_vouchers
from tieout.posting.period import Period
from tieout.posting.policies import (
    DisputePolicy,
    FeeInvoice,
    Grouping,
    RevenuePolicy,
    SubsidyTreatment,
    Taxpayer,
    VatRounding,
    WordScheme,
)
from tieout.posting.result import LeftOut, LeftOutReason, Memo, Vouchers
from tieout.posting.reversal import reverse, to_swap
from tieout.posting.template import Template, event_kinds, load_template
from tieout.posting.vat import VatExemption, VatRate, VatSide, VatTable, vat_tables

__all__ = [
    "Account",
    "AccountType",
    "Book",
    "Chart",
    "DisputePolicy",
    "FeeInvoice",
    "Grouping",
    "Language",
    "LeftOut",
    "LeftOutReason",
    "Memo",
    "Period",
    "RevenuePolicy",
    "ReversalStyle",
    "Standard",
    "SubsidyTreatment",
    "Taxpayer",
    "Template",
    "VatExemption",
    "VatRate",
    "VatRounding",
    "VatSide",
    "VatTable",
    "Vouchers",
    "WordScheme",
    "charts",
    "event_kinds",
    "load_template",
    "number_vouchers",
    "post",
    "reverse",
    "to_swap",
    "vat_tables",
]
