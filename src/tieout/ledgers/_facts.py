"""Facts: what a voucher and its lines say beside accounts and amounts, for ledgers of plain text that hold any of it."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from moneyed import Money

from tieout.ledgers._base import amount_text, plain_number, sources_text, voucher_name
from tieout.model import JournalLine, Voucher, VoucherKind

__all__ = ["line_facts", "payee_of", "voucher_facts"]

_SIGNATURES: Final = ("preparer", "cashier", "reviewer", "poster", "supervisor")
_KEY: Final = re.compile(r"[a-z][a-z0-9_-]*")


def payee_of(voucher: Voucher) -> str | None:
    """The shop or supplier that all lines which name one agree on."""
    for dimension in ("shop", "supplier"):
        found = {line.aux[dimension] for line in voucher.lines if dimension in line.aux}
        if len(found) == 1:
            return found.pop()
    return None


def voucher_facts(voucher: Voucher) -> Iterator[tuple[str, str]]:
    """Key and text of what a voucher says as a whole, its word and number first."""
    yield "voucher", voucher_name(voucher)
    yield "voucher-id", voucher.voucher_id
    if voucher.kind is not VoucherKind.NORMAL:
        yield "kind", voucher.kind.value
    if voucher.reversal_of is not None:
        yield "reversal-of", voucher.reversal_of
    for name in _SIGNATURES:
        who = getattr(voucher, name)
        if who is not None:
            yield name, who
    yield "attachments", str(voucher.attachments_count)
    sources = sources_text(voucher.source_refs)
    if sources:
        yield "sources", sources


def line_facts(line: JournalLine, voucher: Voucher, *, has_foreign: bool) -> Iterator[tuple[str, str]]:
    """Key and text of what a line says of its own; a dimension is `aux-` and its name.

    Args:
        line: A line of the voucher.
        voucher: The voucher: what it says of all its lines is not said again.
        has_foreign: Whether the original amount is a fact, not an amount of the ledger.
    """
    sources, own = sources_text(voucher.source_refs), sources_text(line.sources)
    red = "debit" if line.debit is not None else "credit"
    facts = [
        ("summary", line.summary if line.summary != voucher.lines[0].summary else None),
        ("red", red if line.is_red else None),
        ("foreign", _money_text(line.foreign_amount) if has_foreign else None),
        ("fx-rate", _number_text(line.fx_rate)),
        ("quantity", _number_text(line.quantity)),
        ("unit-price", _money_text(line.unit_price)),
        ("tax-rate", _number_text(line.tax_rate)),
        ("tax-base", _money_text(line.tax_base)),
        *((f"aux-{name}", member) for name, member in line.aux.items() if _KEY.fullmatch(name)),
        ("aux", "; ".join(f"{name}={member}" for name, member in line.aux.items() if not _KEY.fullmatch(name))),
        ("cash-flow", line.cash_flow_item),
        ("sources", own if own != sources else None),
    ]
    yield from ((key, text) for key, text in facts if text)


def _money_text(money: Money | None) -> str | None:
    return None if money is None else f"{amount_text(money)} {money.currency.code}"


def _number_text(number: Decimal | None) -> str | None:
    return None if number is None else plain_number(number)
