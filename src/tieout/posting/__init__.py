"""Posting: books, charts and templates, by which events become balanced vouchers."""

from tieout.posting.accounts import Account, AccountGap, AccountType, Language, ReversalStyle, Standard
from tieout.posting.book import Book
from tieout.posting.chart import Chart, charts
from tieout.posting.codes import CodeSystem, DetectedCodes, detect_code_system
from tieout.posting.correction import correct
from tieout.posting.engine import post
from tieout.posting.exchange import Rates, RatesGiven
from tieout.posting.exempting import exempted_vat
from tieout.posting.journal import Journal
from tieout.posting.lifecycle import Act, Action
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
from tieout.posting.sheets import Sheet, split_sheets, split_voucher
from tieout.posting.statements import (
    AccountLedger,
    AccountTotals,
    TrialBalance,
    VatDirection,
    VatSummary,
    account_ledger,
    trial_balance,
    vat_summary,
)
from tieout.posting.summaries import summary_text
from tieout.posting.template import Template, event_kinds, load_template, roles_of
from tieout.posting.vat import VatExemption, VatRate, VatSide, VatTable, vat_tables
from tieout.posting.words import Words, cash_codes_of, touches_cash, word_of, words_of

__all__ = [
    "Account",
    "AccountGap",
    "AccountLedger",
    "AccountTotals",
    "AccountType",
    "Act",
    "Action",
    "Book",
    "Chart",
    "CodeSystem",
    "DetectedCodes",
    "DisputePolicy",
    "FeeInvoice",
    "Grouping",
    "Journal",
    "Language",
    "LeftOut",
    "LeftOutReason",
    "Memo",
    "Period",
    "Rates",
    "RatesGiven",
    "RevenuePolicy",
    "ReversalStyle",
    "Sheet",
    "Standard",
    "SubsidyTreatment",
    "Taxpayer",
    "Template",
    "TrialBalance",
    "VatDirection",
    "VatExemption",
    "VatRate",
    "VatRounding",
    "VatSide",
    "VatSummary",
    "VatTable",
    "Vouchers",
    "WordScheme",
    "Words",
    "account_ledger",
    "cash_codes_of",
    "charts",
    "correct",
    "detect_code_system",
    "event_kinds",
    "exempted_vat",
    "load_template",
    "number_vouchers",
    "post",
    "reverse",
    "roles_of",
    "split_sheets",
    "split_voucher",
    "summary_text",
    "to_swap",
    "touches_cash",
    "trial_balance",
    "vat_summary",
    "vat_tables",
    "word_of",
    "words_of",
]
