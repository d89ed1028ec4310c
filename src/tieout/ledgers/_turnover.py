"""Turnover: what accounts held and moved in each period, by the currency in which it arose."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

import attrs

from tieout.ledgers._entries import Entry, original_amount, side_amount
from tieout.model.currency import exactly

__all__ = ["Figures", "Turnover", "turnovers"]

_MONTHS = 12


@attrs.frozen
class Figures:
    """A quantity, an amount in the currency in which it arose, and the amount in the book's currency.

    Example:
        >>> Figures(Decimal(2), Decimal("1.00"), Decimal("7.20")) - Figures(Decimal(2))
        Figures(quantity=Decimal('0'), original=Decimal('1.00'), amount=Decimal('7.20'))
    """

    quantity: Decimal = Decimal(0)
    original: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)

    def __add__(self, other: "Figures") -> "Figures":
        with exactly():
            return Figures(self.quantity + other.quantity, self.original + other.original, self.amount + other.amount)

    def __neg__(self) -> "Figures":
        with exactly():
            return Figures(-self.quantity, -self.original, -self.amount)

    def __sub__(self, other: "Figures") -> "Figures":
        return self + -other


@attrs.frozen(kw_only=True)
class Turnover:
    """One account in one period and currency.

    Attributes:
        period: The period, `2026-10`.
        account: Account code.
        currency: ISO 4217 code of the currency in which the amounts arose.
        opening: What it held before, debit positive.
        debit: What its debits add up to; red ones count as negative.
        credit: What its credits add up to; red ones count as negative.
    """

    period: str
    account: str
    currency: str
    opening: Figures
    debit: Figures
    credit: Figures

    @property
    def closing(self) -> Figures:
        """What it held afterwards, debit positive."""
        return self.opening + self.debit - self.credit


def turnovers(entries: Iterable[Entry], *, opening: Mapping[str, Decimal], currency: str) -> Iterator[Turnover]:
    """Every account in every period, from the first voucher's to the last's; an account is there once it has held or moved.

    Args:
        entries: The vouchers, by period.
        opening: Balance of accounts before the first period, in the book's currency, debit positive.
        currency: The book's currency.
    """
    moved: dict[str, dict[tuple[str, str], tuple[Figures, Figures]]] = {}
    for entry in entries:
        sums = moved.setdefault(entry.head.period, {})
        for line in entry.lines:
            original = original_amount(line)
            key = (line.account, original.currency.code)
            own = Figures(line.quantity or Decimal(0), original.amount, side_amount(line).amount)
            debit, credit = sums.get(key, (Figures(), Figures()))
            sums[key] = (debit + own, credit) if line.debit is not None else (debit, credit + own)
    held = {(account, currency): Figures(Decimal(0), amount, amount) for account, amount in opening.items()}
    for period in _periods(moved):
        sums = moved.get(period, {})
        for account, code in sorted(held.keys() | sums.keys()):
            debit, credit = sums.get((account, code), (Figures(), Figures()))
            row = Turnover(
                period=period,
                account=account,
                currency=code,
                opening=held.get((account, code), Figures()),
                debit=debit,
                credit=credit,
            )
            held[account, code] = row.closing
            yield row


def _periods(given: Iterable[str]) -> Iterator[str]:
    """All months from the first to the last."""
    known = sorted(given)
    if not known:
        return
    year, month = map(int, known[0].split("-"))
    while (period := f"{year}-{month:02d}") <= known[-1]:
        yield period
        year, month = (year, month + 1) if month < _MONTHS else (year + 1, 1)
