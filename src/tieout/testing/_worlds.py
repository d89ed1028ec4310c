"""Worlds: random books in which their author knows what is wrong."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from tieout.model import Discrepancy
from tieout.money import to_minor
from tieout.outcome import Outcome

__all__ = ["World"]

_NAMELESS = "?"


@attrs.frozen(kw_only=True)
class World:
    """Books with planted faults, for one reconciliation.

    Attributes:
        reconciliation: The reconciliation with its parameters, `as_of` among them.
        sides: Records by side, as `run` names them; records of one side are of one class.
        arrives: For each record of each side the day on which its file arrives; a side that is left out arrives on the first day.
        planted: What is to be found: type, identifier, impact in smallest units of its currency.
        named_by: Keys of a discrepancy, of which the first that it has is its identifier.
    """

    reconciliation: Any
    sides: Mapping[str, Sequence[Any]]
    arrives: Mapping[str, Sequence[dt.date]] = attrs.field(factory=dict)
    planted: Sequence[tuple[str, str, int]]
    named_by: Sequence[str]

    def run(self, **changes: object) -> Outcome:
        """Reconcile all of it, or something else in the place of some sides."""
        outcome: Outcome = self.reconciliation.run(**{**self.sides, **changes})
        return outcome

    def found(self, outcome: Outcome) -> list[tuple[str, str, int]]:
        """What an outcome says is wrong, as `planted` says it, sorted."""
        return sorted((found.type, self._name(found), to_minor(found.impact)) for found in outcome.discrepancies)

    def nothing(self) -> dict[str, list[Any]]:
        """All sides without a record."""
        return {name: [] for name in self.sides}

    def days(self) -> list[dt.date]:
        """The days on which files arrive, or that of the run where nobody says them."""
        return sorted({day for arrivals in self.arrives.values() for day in arrivals}) or [self.reconciliation.as_of]

    def arrived(self, day: dt.date) -> dict[str, list[Any]]:
        """The records of each side that arrive on one of the days."""
        return {name: self._arrived(name, day) for name in self.sides}

    def _arrived(self, name: str, day: dt.date) -> list[Any]:
        rows = self.sides[name]
        if name not in self.arrives:
            return list(rows) if day == self.days()[0] else []
        return [row for row, arrival in zip(rows, self.arrives[name], strict=True) if arrival == day]

    def _name(self, found: Discrepancy) -> str:
        return next((found.keys[key] for key in self.named_by if key in found.keys), _NAMELESS)
