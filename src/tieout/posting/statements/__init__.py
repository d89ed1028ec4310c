"""Statements: what vouchers come to, by account, by line and by rate of VAT."""

from tieout.posting.statements.account_ledger import AccountLedger, account_ledger
from tieout.posting.statements.trial_balance import AccountTotals, TrialBalance, trial_balance
from tieout.posting.statements.vat_summary import VatDirection, VatSummary, vat_summary

__all__ = [
    "AccountLedger",
    "AccountTotals",
    "TrialBalance",
    "VatDirection",
    "VatSummary",
    "account_ledger",
    "trial_balance",
    "vat_summary",
]
