"""Allocation: shares and tax splits whose parts always sum to the whole."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from moneyed import Money

from tieout.errors import NotAnAmount
from tieout.model.currency import exactly, round_half_up
from tieout.money.amounts import from_minor, require_same_currency, to_minor
from tieout.money.parsing import parse_amount

__all__ = ["allocate", "prorate_tax", "split_tax"]


def allocate(total: Money, weights: Sequence[Decimal | int | Money]) -> tuple[Money, ...]:
    """Share an amount in proportion to weights, by largest remainder; ties go to the earlier part.

    Args:
        total: What is shared; may be negative.
        weights: One per part, not negative, not all zero; Money counts by its amount.

    Returns:
        One amount per weight, whose sum is exactly `total` (`domain.md` 2.4).

    Raises:
        FloatRefused: A weight is a float.
        NotAnAmount: There are no weights, one is negative or not finite, or all are zero.
        CurrencyMismatch: Weights are Money of several currencies.
        TooManyDecimals: The total is finer than its currency's smallest unit.

    Example:
        >>> [share.amount for share in allocate(Money("40.00", "CNY"), [120, 80, 100])]
        [Decimal('16.00'), Decimal('10.67'), Decimal('13.33')]
    """
    if any(isinstance(weight, Money) for weight in weights):
        require_same_currency(*(weight for weight in weights if isinstance(weight, Money)))
    exact = [_weight(weight) for weight in weights]
    whole = sum(exact)
    if not exact or not whole:
        raise NotAnAmount("weights of which at least one is more than zero are needed")
    units = to_minor(total)
    shares = [abs(units) * weight / whole for weight in exact]
    floors = [int(share) for share in shares]
    short = abs(units) - sum(floors)
    by_remainder = sorted(range(len(shares)), key=lambda index: (floors[index] - shares[index], index))
    for index in by_remainder[:short]:
        floors[index] += 1
    sign = -1 if units < 0 else 1
    return tuple(from_minor(sign * floor, total.currency.code) for floor in floors)


def _weight(weight: Decimal | int | Money) -> Fraction:
    value = parse_amount(weight.amount if isinstance(weight, Money) else _number(weight))
    if value < 0:
        raise NotAnAmount(f"a weight is 0 or more, got {value}")
    return Fraction(value)


def _number(value: object) -> object:
    """The value unless it is text: a program's number that is text is a mistake, where a file's is not."""
    if isinstance(value, str):
        raise NotAnAmount(f"Decimal or int is needed, got the text {value!r}")
    return value


def split_tax(gross: Money, rate: Decimal) -> tuple[Money, Money]:
    """Split a tax-inclusive amount into net and tax (价税分离).

    The net is rounded half-up and the tax is what remains, never rounded on its own (`domain.md` 7.2).

    Args:
        gross: Amount with tax; may be negative.
        rate: Tax rate as a fraction, 0.13 for 13 %.

    Returns:
        Net and tax, which sum exactly to `gross`.

    Raises:
        FloatRefused: The rate is a float.
        NotAnAmount: The rate is negative or not finite.
        TooManyDecimals: The amount is finer than its currency's smallest unit.

    Example:
        >>> [part.amount for part in split_tax(Money("190.00", "CNY"), Decimal("0.13"))]
        [Decimal('168.14'), Decimal('21.86')]
    """
    fraction = parse_amount(_number(rate))
    if fraction < 0:
        raise NotAnAmount(f"a tax rate is a fraction of 0 or more, got {rate}")
    code, units = gross.currency.code, to_minor(gross)
    with exactly():
        net = to_minor(Money(round_half_up(gross.amount / (1 + fraction), code), code))
    return from_minor(net, code), from_minor(units - net, code)


def prorate_tax(
    *, original_gross: Money, original_tax: Money, taken_before: Money, amount: Money
) -> tuple[Money, Money]:
    """Split a part of a tax-inclusive amount as the whole was split (红字冲回).

    The tax of all parts up to this one is their share of the original tax, rounded half-up; this part has what is new
    in it. So the parts sum exactly to the original, and the last takes what remains (`domain.md` 7.2).

    Args:
        original_gross: The whole amount with tax, such as of an order line.
        original_tax: The tax inside it.
        taken_before: Gross of the parts taken before; 0 for the first.
        amount: Gross of this part, of the sign of the whole.

    Returns:
        Net and tax of this part, which sum exactly to `amount`.

    Raises:
        NotAnAmount: The parts are more than the whole, or the whole is 0.
        CurrencyMismatch: The amounts are of several currencies.
        TooManyDecimals: An amount is finer than its currency's smallest unit.

    Example:
        >>> sale = {"original_gross": Money("190.00", "CNY"), "original_tax": Money("21.86", "CNY")}
        >>> part = prorate_tax(**sale, taken_before=Money(0, "CNY"), amount=Money("60.00", "CNY"))
        >>> [money.amount for money in part]
        [Decimal('53.10'), Decimal('6.90')]
    """
    code = require_same_currency(original_gross, original_tax, taken_before, amount)
    whole, tax, before, part = (to_minor(money) for money in (original_gross, original_tax, taken_before, amount))
    after = before + part
    if not whole or not min(0, whole) <= min(before, after) or not max(before, after) <= max(0, whole):
        raise NotAnAmount(
            f"{from_minor(after, code).amount} {code} is taken of {original_gross.amount}: parts lie within the whole"
        )
    taken = _share(tax, after, whole) - _share(tax, before, whole)
    return from_minor(part - taken, code), from_minor(taken, code)


def _share(units: int, part: int, whole: int) -> int:
    """`units * part / whole`, rounded half away from zero."""
    product = units * part * (1 if whole > 0 else -1)
    magnitude = (2 * abs(product) + abs(whole)) // (2 * abs(whole))
    return -magnitude if product < 0 else magnitude
