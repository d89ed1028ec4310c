"""Tolerance: how much two amounts may differ and still agree."""

from decimal import ROUND_FLOOR, Decimal

import attrs
from moneyed import Money

from tieout.errors import CurrencyMismatch, NotAnAmount
from tieout.model.currency import exactly, exponent
from tieout.money.amounts import from_minor

__all__ = ["Tolerance"]


def _exact(_: object, attribute: "attrs.Attribute[Decimal]", value: object) -> None:
    if not isinstance(value, Decimal) or not value.is_finite() or value < 0:
        where = f"Tolerance.{attribute.name}"
        raise NotAnAmount(f"a finite Decimal of 0 or more is needed, got {value!r}", where=where)


def _known_currency(_: object, __: object, value: str) -> None:
    exponent(value)


@attrs.frozen(kw_only=True)
class Tolerance:
    """An explicit tolerance in one currency: a fixed amount, or a share of the expected amount, whichever is more.

    There is no default: a tolerance is money. Both bounds are inclusive.

    Attributes:
        currency: ISO 4217 code it holds for.
        amount: Fixed part, in units of the currency, not negative.
        share: Part of the expected amount's magnitude as a fraction, 0.005 for 0.5 %; not negative.
        limit: Most that `share` may allow, in units of the currency; None for no limit.

    Example:
        >>> line = Tolerance(currency="CNY", amount=Decimal("0.01"))
        >>> line.accepts(Money("3.51", "CNY"), Money("3.50", "CNY"))
        True
        >>> line.accepts(Money("3.52", "CNY"), Money("3.50", "CNY"))
        False
    """

    currency: str = attrs.field(validator=_known_currency)
    amount: Decimal = attrs.field(validator=_exact)
    share: Decimal = attrs.field(default=Decimal(0), validator=_exact)
    limit: Decimal | None = attrs.field(default=None, validator=attrs.validators.optional(_exact))

    @classmethod
    def exact(cls, currency: str) -> "Tolerance":
        """No tolerance at all.

        Args:
            currency: ISO 4217 code.
        """
        return cls(currency=currency, amount=Decimal(0))

    def allowed(self, expected: Money) -> Money:
        """How much a difference from `expected` may be, rounded down to the currency's smallest unit.

        Raises:
            CurrencyMismatch: The amount is of another currency.
        """
        if expected.currency.code != self.currency:
            raise CurrencyMismatch(f"this tolerance is for {self.currency}, got {expected.currency.code}")
        with exactly():
            relative = abs(expected.amount) * self.share
            if self.limit is not None:
                relative = min(relative, self.limit)
            return from_minor(self._floor(max(self.amount, relative)), self.currency)

    def accepts(self, actual: Money, expected: Money) -> bool:
        """Whether the two differ by no more than is allowed.

        Raises:
            CurrencyMismatch: One of them is of another currency.
        """
        if actual.currency.code != self.currency:
            raise CurrencyMismatch(f"this tolerance is for {self.currency}, got {actual.currency.code}")
        with exactly():
            return abs(actual - expected) <= self.allowed(expected)

    @property
    def amount_minor(self) -> int:
        """The fixed part in minor units, rounded down."""
        return self._floor(self.amount)

    @property
    def limit_minor(self) -> int | None:
        """The most that the share may allow in minor units, rounded down; None for no limit."""
        return None if self.limit is None else self._floor(self.limit)

    def _floor(self, amount: Decimal) -> int:
        with exactly():
            return int(amount.scaleb(exponent(self.currency)).to_integral_value(rounding=ROUND_FLOOR))

    def __str__(self) -> str:
        text = f"{self.amount} {self.currency}"
        if self.share:
            text += f" or {self.share:f} of the expected amount"
            text += f" up to {self.limit}" if self.limit is not None else ""
        return text
