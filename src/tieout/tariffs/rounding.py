"""Weight rounding modes (进位规则): ceiling, half-up, floor, ceiling with grace, 2-3-7-8 tails, exact.

The rules are those of `domain.md` 3.2. A rounding works in the card's weight unit (kg or lb); bands choose it by the weight
that is to be rounded, as SF does: below 10 kg half-up to 0.1, from 10 kg the 2-3-7-8 tails, from 100 kg half-up to 1.
"""

from decimal import Decimal
from typing import Final

import polars as pl
from attrs import frozen

from tieout.errors import InvalidField
from tieout.tariffs._integers import WEIGHT_UNITS, ceil_div, half_up_div, whole_units
from tieout.tariffs._toml import Node

__all__ = ["MODES", "Band", "Rounding", "read_bands", "round_in_bands"]

MODES: Final = ("ceil", "half_up", "floor", "grace_ceil", "tail_2378", "exact")
_STEPPED: Final = ("ceil", "half_up", "floor", "grace_ceil")


@frozen(kw_only=True)
class Rounding:
    """How a weight becomes a billing weight.

    Attributes:
        mode: One of `MODES`.
        step: What the weight becomes a multiple of, in the card's weight unit; None for `tail_2378` and `exact`.
        grace: Tail up to which (inclusive) `grace_ceil` drops instead of rounding up, in the card's weight unit.
        decimals: Decimals that `exact` keeps, rounded half-up; None to keep the weight as it is.

    Example:
        >>> str(Rounding(mode="grace_ceil", step=Decimal(1), grace=Decimal("0.1")))
        'GRACE_CEIL(1, 0.1)'
    """

    mode: str
    step: Decimal | None = None
    grace: Decimal = Decimal(0)
    decimals: int | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse what makes no sense together (`InvalidField`)."""
        problem = _problem(self)
        if problem:
            raise InvalidField(problem, record="Rounding", field="")

    def __str__(self) -> str:
        facts = {
            "grace_ceil": f"({self.step}, {self.grace})",
            "tail_2378": "",
            "exact": "" if self.decimals is None else f"({self.decimals})",
        }
        return self.mode.upper() + facts.get(self.mode, f"({self.step})")

    def apply(self, weight: pl.Expr, *, unit: str) -> pl.Expr:
        """Round a column of weights.

        Args:
            weight: 64-bit counts of 1e-8 g, not negative.
            unit: The card's weight unit, "kg" or "lb".
        """
        scale = WEIGHT_UNITS[unit]
        match self.mode:
            case "ceil":
                return ceil_div(weight, self._units(unit)) * self._units(unit)
            case "half_up":
                return half_up_div(weight, self._units(unit)) * self._units(unit)
            case "floor":
                return weight // self._units(unit) * self._units(unit)
            case "grace_ceil":
                step, grace = self._units(unit), whole_units(self.grace, scale) or 0
                return (weight // step + (weight % step > grace).cast(pl.Int64)) * step
            case "tail_2378":
                return _tail_2378(weight, scale)
            case _:
                return weight if self.decimals is None else _to_decimals(weight, scale // 10**self.decimals)

    def _units(self, unit: str) -> int:
        units = None if self.step is None else whole_units(self.step, WEIGHT_UNITS[unit])
        if not units:
            problem = f"a step of {self.step} {unit} is not a whole number of 1e-8 g"
            raise InvalidField(problem, record="Rounding", field="step", value=self.step)
        return units


@frozen(kw_only=True)
class Band:
    """A rounding and the weights it holds for.

    Attributes:
        below: Weights under this one are rounded so, in the card's unit, exclusive; None in the last band.
        rounding: The rounding.
    """

    below: Decimal | None
    rounding: Rounding


def round_in_bands(weight: pl.Expr, bands: tuple[Band, ...], *, unit: str) -> pl.Expr:
    """Round each weight by the first band it is below of."""
    result = bands[-1].rounding.apply(weight, unit=unit)
    for band in reversed(bands[:-1]):
        limit = whole_units(band.below or Decimal(0), WEIGHT_UNITS[unit])
        result = pl.when(weight < limit).then(band.rounding.apply(weight, unit=unit)).otherwise(result)
    return result


def read_bands(node: Node, *, unit: str) -> tuple[Band, ...]:
    """Read `rounding = {...}` or `bands = [{below = ..., ...}, ...]` of a weight table.

    Raises:
        RateCardError: Both or neither are given, the bands do not ascend, the last one is not open, or a mode is unknown.
    """
    single = node.table("rounding")
    several = node.tables("bands")
    if (single is None) == (not several):
        raise node.error("exactly one of 'rounding' and 'bands' is needed", "rounding")
    if single is not None:
        return (Band(below=None, rounding=_read(single, unit)),)
    bands: list[Band] = []
    for index, child in enumerate(several):
        below = child.number("below", None, over=0)
        if (below is None) != (index == len(several) - 1):
            raise child.error("every band but the last one needs 'below', and the last one has none", "below")
        if below is not None and bands and below <= (bands[-1].below or 0):
            raise child.error(f"bands must ascend, found {below} after {bands[-1].below}", "below")
        if below is not None and whole_units(below, WEIGHT_UNITS[unit]) is None:
            raise child.error(f"{below} {unit} is not a whole number of 1e-8 g", "below")
        bands.append(Band(below=below, rounding=_read(child, unit)))
    return tuple(bands)


def _read(node: Node, unit: str) -> Rounding:
    mode = node.choice("mode", MODES)
    step = node.number("step", over=0) if mode in _STEPPED else None
    grace = node.number("grace") if mode == "grace_ceil" else Decimal(0)
    decimals = node.whole("decimals", None) if mode == "exact" else None
    node.finish()
    for name, value in (("step", step), ("grace", grace)):
        if value is not None and whole_units(value, WEIGHT_UNITS[unit]) is None:
            raise node.error(f"{value} {unit} is not a whole number of 1e-8 g", name)
    try:
        return Rounding(mode=mode, step=step, grace=grace, decimals=decimals)
    except InvalidField as cause:
        raise node.error(cause.problem) from None


def _problem(rounding: Rounding) -> str:
    if rounding.mode not in MODES:
        return f"rounding mode {rounding.mode!r} is not supported; known: {', '.join(MODES)}"
    if rounding.mode in _STEPPED and (rounding.step is None or rounding.step <= 0):
        return f"rounding mode {rounding.mode!r} needs a step of more than 0, found {rounding.step}"
    if rounding.step is not None and not 0 <= rounding.grace < rounding.step:
        return f"a grace from 0 to under the step {rounding.step} is needed, found {rounding.grace}"
    if rounding.decimals is not None and not 0 <= rounding.decimals <= 3:  # noqa: PLR2004 - a pound has 3 exact decimals
        return f"0 to 3 decimals can be kept, found {rounding.decimals}"
    return ""


def _to_decimals(weight: pl.Expr, step: int) -> pl.Expr:
    return half_up_div(weight, step) * step


def _tail_2378(weight: pl.Expr, unit: int) -> pl.Expr:
    """2退3进7退8进: first half-up to 0.1; then tails .0-.2 fall to .0, .3-.7 become .5, .8-.9 rise to the next whole."""
    tenths = half_up_div(weight, unit // 10)
    tail = tenths % 10
    rounded_tail = pl.when(tail <= 2).then(0).when(tail <= 7).then(5).otherwise(10)  # noqa: PLR2004 - the rule's own figures
    return (tenths - tail + rounded_tail) * (unit // 10)
