"""Tolerance profile: how much each kind of figure may differ, said once for a whole run."""

from collections.abc import Mapping
from decimal import Decimal

import attrs
import polars as pl

from tieout.errors import NotAnAmount
from tieout.model.currency import exponent

__all__ = ["Allowance", "ToleranceProfile"]

_MILLIONTHS = 1_000_000
_KINDS = ("line", "order", "fee", "total", "system", "fx")


def _whole(_: object, attribute: "attrs.Attribute[int]", value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise NotAnAmount(
            f"whole smallest units, 0 or more, are needed, got {value!r}", where=f"Allowance.{attribute.name}"
        )


def _share(_: object, attribute: "attrs.Attribute[Decimal]", value: object) -> None:
    if not isinstance(value, Decimal) or not value.is_finite() or not 0 <= value <= 1 or value * _MILLIONTHS % 1:
        problem = f"a Decimal from 0 to 1 with six decimals at most is needed, got {value!r}"
        raise NotAnAmount(problem, where=f"Allowance.{attribute.name}")


@attrs.frozen(kw_only=True)
class Allowance:
    """How much one kind of figure may differ: a fixed part or a share of the expected amount, whichever is more; inclusive.

    Attributes:
        units: Fixed part in the currency's smallest units, fen for CNY, yen for JPY.
        share: Part of the expected amount as a fraction, 0.005 for 0.5 %, of six decimals at most.
        per_line: Whether `units` counts once for each line of a sum.
        limit: Most smallest units that it may ever be; None for no limit.

    Example:
        >>> orders = pl.DataFrame({"expected": [10_000, 10_000], "lines": [2, 9]})
        >>> order = Allowance(units=1, per_line=True, limit=5)
        >>> orders.select(order.allowed_expr(pl.col("expected"), lines=pl.col("lines"))).to_series().to_list()
        [2, 5]
    """

    units: int = attrs.field(default=0, validator=_whole)
    share: Decimal = attrs.field(default=Decimal(0), validator=_share)
    per_line: bool = False
    limit: int | None = attrs.field(default=None, validator=attrs.validators.optional(_whole))

    def allowed_expr(self, expected: pl.Expr, *, lines: pl.Expr | None = None) -> pl.Expr:
        """What a difference may be, in smallest units, rounded down.

        Args:
            expected: Expected amount in smallest units.
            lines: How many lines a sum has, for allowances per line; None for one.
        """
        fixed = pl.lit(self.units, dtype=pl.Int64)
        if self.per_line and lines is not None:
            fixed = fixed * lines.cast(pl.Int64)
        relative = expected.abs().cast(pl.Int128) * int(self.share * _MILLIONTHS) // _MILLIONTHS
        allowed = pl.max_horizontal(fixed, relative.cast(pl.Int64)) if self.share else fixed
        return allowed if self.limit is None else pl.min_horizontal(allowed, pl.lit(self.limit, dtype=pl.Int64))

    def __str__(self) -> str:
        parts = (
            [f"{self.units} smallest units{' a line' if self.per_line else ''}"] if self.units or not self.share else []
        )
        parts += [f"{self.share:f} of the expected amount"] if self.share else []
        return " or ".join(parts) + ("" if self.limit is None else f", at most {self.limit}")


@attrs.frozen(kw_only=True)
class ToleranceProfile:
    """The tolerances of a run, the defaults of `domain.md` 6.1; what they absorb is summed and shown.

    A tolerance never applies to bank balances, to duplicates or to identifiers.

    Attributes:
        line: One amount against one amount.
        order: The lines of an order against what it is to bring.
        fee: A fee computed again from its rate; `share` is of the base.
        total: A total against its own details.
        system: A total against another system's.
        fx: An amount converted at a rate.
        drift: Sum of absorbed differences per day and shop beyond which `general.tolerance_drift` is raised.
        currencies: Other profiles for single currencies.
    """

    line: Allowance = Allowance(units=1)
    order: Allowance = Allowance(units=1, per_line=True, limit=5)
    fee: Allowance = Allowance(units=2, share=Decimal("0.0005"))
    total: Allowance = Allowance()
    system: Allowance = Allowance(units=100, share=Decimal("0.0001"))
    fx: Allowance = Allowance(share=Decimal("0.005"))
    drift: Allowance = Allowance(units=100)
    currencies: Mapping[str, "ToleranceProfile"] = attrs.field(factory=dict, converter=dict)

    def __attrs_post_init__(self) -> None:
        for code in self.currencies:
            exponent(code)

    @classmethod
    def exact(cls) -> "ToleranceProfile":
        """No tolerance for anything."""
        none = Allowance()
        return cls(line=none, order=none, fee=none, total=none, system=none, fx=none, drift=none)

    def allowed_expr(
        self, kind: str, expected: pl.Expr, *, currency: pl.Expr | None = None, lines: pl.Expr | None = None
    ) -> pl.Expr:
        """What a figure of one kind may differ, in smallest units.

        Args:
            kind: Name of one of the allowances, such as `line`.
            expected: Expected amount, or the base of a fee, in smallest units.
            currency: Its ISO 4217 code, for profiles of single currencies.
            lines: How many lines a sum has.
        """
        own: Allowance = getattr(self, kind)
        allowed = own.allowed_expr(expected, lines=lines)
        if currency is not None:
            for code, profile in self.currencies.items():
                other = profile.allowed_expr(kind, expected, lines=lines)
                allowed = pl.when(currency == code).then(other).otherwise(allowed)
        return allowed

    def said(self) -> dict[str, str]:
        """What it allows in words, by kind; those of single currencies behind their code."""
        own = {f"tolerance, {kind}": str(getattr(self, kind)) for kind in _KINDS}
        others = sorted(self.currencies.items())
        return own | {f"{what}, {code}": text for code, other in others for what, text in other.said().items()}
