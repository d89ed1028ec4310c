"""Settings that every reconciliation has."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import ClassVar

import attrs
import polars as pl

from tieout.errors import InputError
from tieout.model import Severity
from tieout.model.currency import exponent
from tieout.money.profile import ToleranceProfile
from tieout.reconciliations._common.periods import Period
from tieout.reconciliations._common.playbook import play_of

__all__ = ["OFF", "OwnCheck", "Settings", "Takes"]

OFF = "off"
OwnCheck = Callable[[Mapping[str, pl.DataFrame]], pl.DataFrame]
"""A caller's own check: gets the sides as columns by name, with `row` and `unit`, and gives one row per finding: `side`, `row`
and `reason`."""
_CUSTOM = "custom."


@attrs.frozen
class Takes:
    """A side that a reconciliation takes, for those who bring together files and reconciliations, such as the period close.

    Attributes:
        name: Name of the side, as `run` takes it.
        record: Class of its records.
        needed: Whether there is nothing to compare without it.
        role: Which records of that class: empty for the plain ones; else the side's own name, where another system or another
            time has records of the same class, such as `erp_orders` beside `orders`.
    """

    name: str
    record: type
    needed: bool = False
    role: str = ""


def _as_period(value: object) -> Period | None:
    return None if value is None else Period.parse(value)


@attrs.frozen(kw_only=True)
class Settings:
    """What every reconciliation can be told.

    Attributes:
        period: Days that the run is for, as `Period.parse` takes them; None for all that the records speak of.
        as_of: Day of the run, for what is due; None takes the period's last day, else the last day of the records.
        timezone: IANA zone of the book, in which a moment's business day counts.
        currency: ISO 4217 code of the book, for findings without money of their own.
        tolerances: How much each kind of figure may differ.
        checks: Types of discrepancy that are `off` or have another severity than the playbook's, by type.
        own_checks: Checks of the caller's, by name; each finding is of the type `custom.<name>`.
        memory_days: Days for which settled records are carried forward, so that later repeats and changes are recognised.
    """

    TYPES: ClassVar[tuple[str, ...]] = ()
    """The types of discrepancy that the reconciliation finds."""
    TAKES: ClassVar[tuple[Takes, ...]] = ()
    """The sides of `run`, but for `opening`."""
    AFTER: ClassVar[tuple[str, ...]] = ()
    """Leaves on whose findings this one's rest: a close runs them first."""
    EACH: ClassVar[str] = ""
    """Field by whose values it is run apart, each with settings of its own, such as the carrier whose contract holds."""

    period: Period | None = attrs.field(default=None, converter=_as_period)
    as_of: date | None = None
    timezone: str = "Asia/Shanghai"
    currency: str = "CNY"
    tolerances: ToleranceProfile = attrs.field(factory=ToleranceProfile)
    checks: Mapping[str, str] = attrs.field(factory=dict, converter=dict)
    own_checks: Mapping[str, OwnCheck] = attrs.field(factory=dict, converter=dict)
    memory_days: int = 90

    def __attrs_post_init__(self) -> None:
        exponent(self.currency)
        known = {*self.TYPES, *(f"{_CUSTOM}{name}" for name in self.own_checks)}
        words = {OFF, *(level.value for level in Severity)}
        for kind, word in self.checks.items():
            if kind not in known:
                raise InputError(f"there is no check {kind!r}; known: {', '.join(sorted(known))}", where="checks")
            if word not in words:
                raise InputError(f"{kind!r} is off or of a severity, got {word!r}", where="checks")

    @classmethod
    def list_checks(cls) -> pl.DataFrame:
        """The checks by name: what each finds, who handles it, in how many working days, and whether it is claimable."""
        found = [play_of(kind) for kind in cls.TYPES]
        columns = ("type", "title", "zh", "owner", "days", "claimable", "step", "step_zh")
        return pl.DataFrame(
            [[getattr(play, column) for column in columns] for play in found],
            schema=[*columns],
            orient="row",
        )

    @property
    def switched_off(self) -> frozenset[str]:
        """Types that are not looked for."""
        return frozenset(kind for kind, word in self.checks.items() if word == OFF)

    @property
    def severities(self) -> Mapping[str, str]:
        """Severities that the caller sets."""
        return {kind: word for kind, word in self.checks.items() if word != OFF}
