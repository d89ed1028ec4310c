"""The check digits of tracking numbers.

Every scheme in use is the same sum: characters times weights, modulo something, looked up in a list of check digits. So
a scheme is data, and both the scalar and the column form are read from it. Sources: UPU standard S10 (weights and the
worked example 47312482-9); the public specimen numbers of UPS, FedEx, USPS, DHL, OnTrac in
`tests/keys/test_check_digits.py`. `stdnum.ean` is the oracle there for the GS1 sum; python-stdnum 2.2 has none of the
others.
"""

from collections.abc import Mapping
from types import MappingProxyType

import attrs
import polars as pl

__all__ = ["SCHEMES", "WeightedSum"]

_DIGITS_PER_INTEGER = 18
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_UPS_LETTERS = {letter: str((ord(letter) - 63) % 10) for letter in _LETTERS}


@attrs.frozen(kw_only=True)
class WeightedSum:
    """A check digit over part of a number.

    Attributes:
        start: Position of the first character that counts; the check digit stands right after the last.
        weights: One weight for each character that counts, the implied prefix first.
        modulus: What the sum is reduced by.
        digits: The check digit for each remainder.
        prefix: Digits that count as if they stood before the first character.
    """

    start: int
    weights: tuple[int, ...]
    modulus: int
    digits: tuple[int, ...]
    prefix: str = ""

    @property
    def chance(self) -> float:
        """Share of random numbers that pass."""
        return 1 / min(self.modulus, 10)

    @property
    def stop(self) -> int:
        """Position of the check digit."""
        return self.start + len(self.weights) - len(self.prefix)

    def holds(self, number: str) -> bool:
        """Whether the check digit of a normalised number is right; False when it is too short."""
        if len(number) <= self.stop:
            return False
        values = (_UPS_LETTERS.get(character, character) for character in self.prefix + number[self.start : self.stop])
        total = sum(int(value) * weight for value, weight in zip(values, self.weights, strict=True))
        return _UPS_LETTERS.get(number[self.stop], number[self.stop]) == str(self.digits[total % self.modulus])

    def holds_expr(self, number: pl.Expr) -> pl.Expr:
        """`holds` on a column whose cells all have the form that the scheme is for."""
        plain = number.str.slice(self.start, self.stop - self.start + 1).str.replace_many(_UPS_LETTERS)
        *values, check = _digit_columns(plain, self.stop - self.start + 1)
        constants = [int(digit) * weight for digit, weight in zip(self.prefix, self.weights, strict=False)]
        total = pl.lit(sum(constants), dtype=pl.Int64)
        for value, weight in zip(values, self.weights[len(self.prefix) :], strict=True):
            total = total + value * weight
        expected = (total % self.modulus).replace_strict(dict(enumerate(self.digits)), return_dtype=pl.Int64)
        return check == expected


def _digit_columns(text: pl.Expr, count: int) -> list[pl.Expr]:
    """The digits of a text of `count` digits, left to right, by integer arithmetic: far cheaper than slicing each."""
    columns = []
    for start in range(0, count, _DIGITS_PER_INTEGER):
        width = min(_DIGITS_PER_INTEGER, count - start)
        number = text.str.slice(start, width).cast(pl.Int64, strict=False)
        columns += [number // 10 ** (width - 1 - position) % 10 for position in range(width)]
    return columns


def _gs1(start: int, length: int, *, prefix: str = "") -> WeightedSum:
    """GS1's sum: weights 3 and 1 from the right, the check digit fills up to the next ten."""
    weights = tuple(3 if position % 2 == 0 else 1 for position in range(length + len(prefix)))[::-1]
    return WeightedSum(start=start, weights=weights, modulus=10, digits=_FILL_UP_TO_TEN, prefix=prefix)


def _remainder_seven(length: int) -> WeightedSum:
    """The whole number modulo seven."""
    weights = tuple(pow(10, power, 7) for power in reversed(range(length)))
    return WeightedSum(start=0, weights=weights, modulus=7, digits=tuple(range(7)))


def _fedex(start: int, weights: tuple[int, ...]) -> WeightedSum:
    return WeightedSum(start=start, weights=weights, modulus=11, digits=(*range(10), 0))


_FILL_UP_TO_TEN = (0, 9, 8, 7, 6, 5, 4, 3, 2, 1)
_ONE_TWO = (1, 2) * 7 + (1,)

SCHEMES: Mapping[str, WeightedSum] = MappingProxyType(
    {
        "upu_s10": WeightedSum(
            start=2, weights=(8, 6, 4, 2, 3, 5, 9, 7), modulus=11, digits=(5, 0, 9, 8, 7, 6, 5, 4, 3, 2, 1)
        ),
        "ups": WeightedSum(start=2, weights=_ONE_TWO, modulus=10, digits=_FILL_UP_TO_TEN),
        "ontrac": WeightedSum(start=0, weights=_ONE_TWO[:14], modulus=10, digits=_FILL_UP_TO_TEN),
        "fedex_12": _fedex(0, (3, 1, 7) * 3 + (3, 1)),
        "fedex_34": _fedex(20, (1, 7, 3) * 4 + (1,)),
        "fedex_15": _gs1(0, 14),
        "fedex_20": _gs1(0, 19, prefix="92"),
        "fedex_96": _gs1(7, 14),
        "dhl_10": _remainder_seven(9),
        "dhl_11": _remainder_seven(10),
        "usps_20": _gs1(0, 19),
        "usps_20_of_91": _gs1(0, 19, prefix="91"),
        "usps_22": _gs1(0, 21),
        "usps_26": _gs1(0, 25),
        "usps_30": _gs1(8, 21),
        "usps_34": _gs1(12, 21),
    }
)
"""The schemes by name; a pattern in the carrier table names the one it uses."""
