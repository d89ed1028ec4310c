"""Errors of values: money, fields of records, carriers, rate cards."""

from tieout.errors._base import TieoutError

__all__ = [
    "CurrencyMismatch",
    "FloatRefused",
    "InfinityRefused",
    "InvalidField",
    "MoneyError",
    "NaNRefused",
    "NotAnAmount",
    "RateCardError",
    "TooManyDecimals",
    "UnbalancedVoucher",
    "UnknownCarrier",
    "UnknownCurrency",
]


class MoneyError(TieoutError, ValueError):
    """A value cannot be an exact amount of money."""


class FloatRefused(MoneyError, TypeError):
    """A float was given where an exact amount is needed."""


class NotAnAmount(MoneyError):
    """A text does not spell an amount."""


class NaNRefused(MoneyError):
    """NaN was given where an amount is needed."""


class InfinityRefused(MoneyError):
    """An infinity was given where an amount is needed."""


class TooManyDecimals(MoneyError):
    """An amount has more decimals than its currency."""


class UnknownCurrency(MoneyError, LookupError):
    """A currency code is not in ISO 4217."""


class CurrencyMismatch(MoneyError):
    """Amounts of different currencies were put where one currency is needed."""


class InvalidField(TieoutError, ValueError):
    """A field of a record was given a value it cannot hold.

    Attributes:
        record: The record's class name.
        field: The field's name.
        value: What was given.
    """

    def __init__(self, problem: str, *, record: str, field: str, value: object = None, hint: str = "") -> None:
        """Build the text `Record.field: problem`."""
        self.record = record
        self.field = field
        self.value = value
        super().__init__(problem, where=f"{record}.{field}" if field else record, hint=hint)


class UnbalancedVoucher(InvalidField):
    """The debits and credits of a voucher differ in some currency."""


class UnknownCarrier(TieoutError, LookupError):
    """A carrier was named that the package has no patterns for."""


class RateCardError(TieoutError, ValueError):
    """A rate card contradicts itself or cannot be understood.

    Attributes:
        file: The card's file or name.
        key: The dotted path of the key at fault, such as `versions[0].prices.zone2.first`.
    """

    def __init__(self, problem: str, *, file: str, key: str, hint: str = "") -> None:
        """Build the text `file: key: problem`."""
        self.file = file
        self.key = key
        super().__init__(problem, where=f"{file}: {key}" if key else file, hint=hint)
