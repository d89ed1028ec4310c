"""Proof: totals that must tie, stated so that anyone can check them."""

from collections.abc import Iterable, Mapping

import attrs

from tieout._notebook import ROWS_MAX, table, view
from tieout.model.currency import exponent, from_units

__all__ = ["Check", "Proof"]


def _copied(parts: Mapping[str, int]) -> Mapping[str, int]:
    return dict(parts)


@attrs.frozen(kw_only=True)
class Check:
    """One total and the parts it must be the sum of.

    Attributes:
        name: What is stated, such as `bill lines`.
        side: Side it is about, such as `charges`; `both` when it ties the sides to each other.
        currency: ISO 4217 code when the figures are minor units of money; None when they count rows.
        total: The figure on one side of the equation.
        parts: The named figures on the other side, signed.

    Example:
        >>> check = Check(name="rows", side="charges", currency=None, total=3, parts={"matched": 2, "rejected": 1})
        >>> check.holds, check.gap
        (True, 0)
    """

    name: str
    side: str
    currency: str | None
    total: int
    parts: Mapping[str, int] = attrs.field(converter=_copied)

    @property
    def gap(self) -> int:
        """The total less the sum of its parts; 0 when it ties out."""
        return self.total - sum(self.parts.values())

    @property
    def holds(self) -> bool:
        """Whether it ties out."""
        return self.gap == 0

    @property
    def cells(self) -> tuple[str, str, str, str, str]:
        """Side, name, total, parts and gap as texts, for a row of a table; the gap is empty when it ties out."""
        parts = " + ".join(f"{self._figure(value)} {name}" for name, value in self.parts.items()) or "0"
        gap = "" if self.holds else self._figure(self.gap)
        return self.side, self.name, self._figure(self.total), parts, gap

    def __str__(self) -> str:
        shown = " + ".join(f"{self._figure(value)} {name}" for name, value in self.parts.items()) or "0"
        verdict = "ties out" if self.holds else f"IS OFF BY {self._figure(self.gap)}"
        return f"{self.side}: {self.name}: {self._figure(self.total)} = {shown}: {verdict}"

    def _figure(self, value: int) -> str:
        if self.currency is None:
            return f"{value:,}"
        return f"{from_units(value, self.currency):,.{exponent(self.currency)}f} {self.currency}"


def _as_tuple(checks: Iterable[Check]) -> tuple[Check, ...]:
    return tuple(checks)


@attrs.frozen
class Proof:
    """Checks that all must hold for a result to be trusted.

    Attributes:
        checks: What was stated, in order.
    """

    checks: tuple[Check, ...] = attrs.field(converter=_as_tuple)

    @property
    def holds(self) -> bool:
        """Whether every check ties out."""
        return all(check.holds for check in self.checks)

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that do not tie out."""
        return tuple(check for check in self.checks if not check.holds)

    @classmethod
    def join(cls, proofs: "Iterable[Proof]") -> "Proof":
        """One proof of the checks of several."""
        return cls(check for proof in proofs for check in proof.checks)

    def __str__(self) -> str:
        return "\n".join([f"{self._verdict}: {len(self.checks)} checks.", *(f"  {check}" for check in self.checks)])

    @property
    def _verdict(self) -> str:
        return "The proof holds" if self.holds else f"THE PROOF FAILS in {len(self.failures)} of its checks"

    def _repr_html_(self) -> str:
        failed = self.failures
        held = [check for check in self.checks if check.holds]
        shown = [*failed, *held[: max(0, ROWS_MAX - len(failed))]]  # whatever fails is shown
        heads = ("side", "check", "total", "parts", "off by")
        rows = [check.cells for check in shown]
        more = len(self.checks) - len(shown)
        return view(f"{self._verdict}: {len(self.checks):,} checks", table(heads, rows, figures={2, 4}, more=more))
