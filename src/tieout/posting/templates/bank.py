"""Bank lines: payouts that arrive, what the bank keeps, and receipts that nobody explains yet.

Amounts are signed as the bank's line. Detail `wallet`: what left a wallet that is kept in another currency, such as USD 1000.00.
"""

from tieout.posting.template import GROSS, debit, either
from tieout.posting.templates._roles import simple

__all__ = ["TEMPLATES"]

_FAMILY = "bank.receipt"
_BANK = either("bank", GROSS)
_WALLET = either("wallet", -GROSS, foreign="wallet")

TEMPLATES = (
    simple("bank.receipt", ("平台提现到账", "payout received"), 34, _BANK, _WALLET, code="V-05"),
    simple(
        "bank.fx_difference",
        ("汇兑损益", "exchange difference"),
        35,
        _BANK,
        debit("fx", -GROSS),
        code="V-22",
        family=_FAMILY,
    ),
    simple("bank.charge", ("银行手续费", "bank charge"), 35, _BANK, debit("channel_fee", -GROSS), family=_FAMILY),
    simple(
        "bank.unidentified",
        ("待查到账", "unidentified receipt"),
        36,
        _BANK,
        either("unidentified", -GROSS),
        code="V-06",
    ),
    simple(
        "bank.identified",
        ("待查款查明", "receipt identified"),
        37,
        either("unidentified", GROSS),
        _WALLET,
        code="V-06b",
    ),
)
