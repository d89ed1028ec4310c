"""Rates of exchange: what one unit of a foreign currency is in the book, from which day on."""

from bisect import bisect_right
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType

import attrs
import polars as pl

from tieout.errors import PostingError
from tieout.model.currency import exactly, exponent, is_currency

__all__ = ["Rates", "RatesGiven"]

RatesGiven = Mapping[str, Decimal | Mapping[date, Decimal]]
"""Book currency per unit of each other currency: one rate for all days, or rates by the day they begin."""

_MAX = 2**63 - 1


@attrs.frozen(kw_only=True)
class Rates:
    """Rates of exchange of one book.

    Attributes:
        currency: ISO 4217 code that the book is kept in.
        by_currency: For each other currency its rates with the day they begin, in the order of days.

    Example:
        >>> rates = Rates.of({"USD": {date(2026, 10, 1): Decimal("7.20"), date(2026, 11, 1): Decimal("7.15")}}, "CNY")
        >>> rates.rate("USD", date(2026, 10, 31)), rates.rate("CNY", date(2026, 10, 31))
        (Decimal('7.20'), Decimal('1'))
    """

    currency: str
    by_currency: Mapping[str, tuple[tuple[date, Decimal], ...]]

    @classmethod
    def of(cls, given: RatesGiven | None, currency: str) -> "Rates":
        """Rates as `post` is given them, checked.

        Args:
            given: Rate, or rates by day, of each other currency; None when there are none.
            currency: ISO 4217 code that the book is kept in.

        Raises:
            PostingError: A rate is not a Decimal of more than 0, a day is none, or a code is unknown or the book's own.
        """
        rows: dict[str, tuple[tuple[date, Decimal], ...]] = {}
        told: object = {} if given is None else given
        if not isinstance(told, Mapping):
            raise PostingError(f"rates by currency are needed, got {type(told).__name__}", where="rates")
        for code, held in told.items():
            where = f"rates[{code!r}]"
            if code == currency:
                raise PostingError("the book's own currency has no rate", where=where)
            if not is_currency(code):
                raise PostingError(f"an ISO 4217 code is needed, got {code!r}", where="rates")
            rows[code] = _by_day(code, held, currency, where)
        return cls(currency=currency, by_currency=MappingProxyType(rows))

    def rate(self, code: str, on: date) -> Decimal:
        """The rate in force on a day; 1 for the book's own currency.

        Args:
            code: ISO 4217 code.
            on: The day.

        Raises:
            PostingError: There is none; the error names currency and day.
        """
        if code == self.currency:
            return Decimal(1)
        rows = self.by_currency.get(code, ())
        at = bisect_right(rows, on, key=lambda row: row[0])
        if at:
            return rows[at - 1][1]
        first = f"; the first one begins on {rows[0][0]}" if rows else ""
        raise PostingError(
            f"there is no rate of {code} on {on}, and the book is kept in {self.currency}{first}",
            where="rates",
            hint=f'give rates={{"{code}": Decimal(...)}}, {self.currency} per {code}',
        )

    def joined(self, frame: pl.DataFrame, *, currency: str, day: str) -> pl.DataFrame:
        """Rows with the rate of their currency on their day.

        Args:
            frame: Rows, in any order.
            currency: Column of ISO 4217 codes.
            day: Column of days.

        Returns:
            The same rows in the same order, with `fx_rate` (text, null in the book's own currency) and the exact
            fraction `fx_numerator` / `fx_denominator` (Int64) that turns minor units of their currency into minor units
            of the book's: 1 / 1 in its own, null where there is no rate. `money.columns.share_half_up_expr` takes them.
        """
        pairs = frame.select(pl.col(currency), pl.col(day)).unique()
        found = [(code, on, *self._fraction(code, on)) for code, on in pairs.iter_rows()]
        schema: dict[str, pl.DataType | type[pl.DataType]] = {
            currency: frame.schema[currency],
            day: frame.schema[day],
            "fx_rate": pl.String,
            "fx_numerator": pl.Int64,
            "fx_denominator": pl.Int64,
        }
        rates = pl.DataFrame(found, schema=schema, orient="row")
        return frame.join(rates, on=[currency, day], how="left", nulls_equal=True, maintain_order="left")

    def _fraction(self, code: str | None, on: date | None) -> tuple[str | None, int | None, int | None]:
        if code == self.currency:
            return None, 1, 1
        if code is None or on is None:
            return None, None, None
        try:
            rate = self.rate(code, on)
        except PostingError:
            return None, None, None
        return f"{rate:f}", *_minor_ratio(rate, code, self.currency)


def _by_day(code: str, held: object, currency: str, where: str) -> tuple[tuple[date, Decimal], ...]:
    dated: Mapping[object, object] = held if isinstance(held, Mapping) else {date.min: held}
    if not dated:
        raise PostingError("a rate, or rates by the day they begin, are needed, got none", where=where)
    rows: list[tuple[date, Decimal]] = []
    for day, rate in dated.items():
        if not isinstance(day, date) or isinstance(day, datetime):
            raise PostingError(f"a rate begins on a date, got {day!r}", where=where)
        place = f"{where}[{day}]" if isinstance(held, Mapping) else where
        if not isinstance(rate, Decimal) or not rate.is_finite() or rate <= 0:
            raise PostingError(f"a finite Decimal of more than 0 is needed, got {rate!r}", where=place)
        if max(_minor_ratio(rate, code, currency)) > _MAX:
            raise PostingError(f"the rate {rate} has too many digits", where=place)
        rows.append((day, rate))
    return tuple(sorted(rows))


def _minor_ratio(rate: Decimal, code: str, currency: str) -> tuple[int, int]:
    """Minor units of the book per minor unit of the foreign currency."""
    with exactly():
        return rate.scaleb(exponent(currency) - exponent(code)).as_integer_ratio()
