"""Due rules: when a counterpart is to be there, and what it is called that it is not."""

from collections.abc import Mapping
from datetime import date

import attrs
import polars as pl

from tieout.errors import InputError

__all__ = ["OPEN_STATES", "TIMING_STATES", "DueRule", "DueRules", "due_rules"]

TIMING_STATES = ("not_due", "in_transit")
"""States that are a matter of time only: listed and carried on, never a discrepancy."""
OPEN_STATES = (*TIMING_STATES, "late", "missing")


@attrs.frozen(kw_only=True)
class DueRule:
    """How long a counterpart may take.

    Counted from the day of the record that waits: before `after` days it is *not due*, then *in transit* for `grace` days, then
    *late* for `patience` days, and from then on *missing* (`domain.md` 4.4).

    Attributes:
        after: Days until it is expected.
        grace: Days from then on in which it counts as under way.
        patience: Days after these in which it counts as late, before it counts as missing.
        business: Whether `after` and `grace` count Monday to Friday only, without `holidays`.
        holidays: Days that are no business days.
    """

    after: int = 0
    grace: int = 0
    patience: int = 0
    business: bool = False
    holidays: tuple[date, ...] = attrs.field(default=(), converter=tuple)

    def __attrs_post_init__(self) -> None:
        for name in ("after", "grace", "patience"):
            if getattr(self, name) < 0:
                raise InputError(f"days are not negative, got {name}={getattr(self, name)}", where="DueRule")

    def due_expr(self, start: pl.Expr) -> pl.Expr:
        """The day on which it is expected; null where the start is unknown."""
        return self._later(start, self.after)

    def late_expr(self, start: pl.Expr) -> pl.Expr:
        """The first day on which it is late."""
        return self._later(start, self.after + self.grace)

    def state_expr(self, start: pl.Expr, as_of: date) -> pl.Expr:
        """One of `OPEN_STATES`; a record without a day waits for nothing, and what it lacks is missing."""
        # The column first: Polars 2.1 made one row of `literal < column` in frames whose column is marked as sorted.
        today = pl.lit(as_of)
        late = self.late_expr(start)
        return (
            pl.when(self.due_expr(start) > today)
            .then(pl.lit("not_due"))
            .when(late > today)
            .then(pl.lit("in_transit"))
            .when(late.dt.offset_by(f"{self.patience}d") > today)
            .then(pl.lit("late"))
            .otherwise(pl.lit("missing"))
        )

    def _later(self, start: pl.Expr, days: int) -> pl.Expr:
        if self.business:
            return start.dt.add_business_days(days, holidays=self.holidays, roll="forward")
        return start.dt.offset_by(f"{days}d")

    def __str__(self) -> str:
        days = "business days" if self.business else "days"
        return f"expected after {self.after} {days}, late after {self.grace} more, missing after another {self.patience} days"


def _copied(rules: Mapping[str, DueRule]) -> Mapping[str, DueRule]:
    return dict(rules)


@attrs.frozen
class DueRules:
    """The rule of each source, and one for all others.

    Attributes:
        default: Where none of `by` applies.
        by: Rules by the source's code, such as a platform, channel or carrier.
    """

    default: DueRule
    by: Mapping[str, DueRule] = attrs.field(factory=dict, converter=_copied)

    def due_expr(self, start: pl.Expr, source: pl.Expr) -> pl.Expr:
        """The day on which it is expected."""
        return self._chosen(
            {code: rule.due_expr(start) for code, rule in self.by.items()}, source, self.default.due_expr(start)
        )

    def late_expr(self, start: pl.Expr, source: pl.Expr) -> pl.Expr:
        """The first day on which it is late."""
        return self._chosen(
            {code: rule.late_expr(start) for code, rule in self.by.items()}, source, self.default.late_expr(start)
        )

    def state_expr(self, start: pl.Expr, source: pl.Expr, as_of: date) -> pl.Expr:
        """One of `OPEN_STATES`."""
        known = {code: rule.state_expr(start, as_of) for code, rule in self.by.items()}
        return self._chosen(known, source, self.default.state_expr(start, as_of))

    def _chosen(self, known: Mapping[str, pl.Expr], source: pl.Expr, otherwise: pl.Expr) -> pl.Expr:
        for code, expression in known.items():
            otherwise = pl.when(source == code).then(expression).otherwise(otherwise)
        return otherwise

    def __str__(self) -> str:
        return "; ".join([str(self.default), *(f"{code}: {rule}" for code, rule in sorted(self.by.items()))])


def due_rules(given: DueRules | DueRule) -> DueRules:
    """Rules of what a caller may give: one rule for all, or one for each source."""
    return given if isinstance(given, DueRules) else DueRules(given)
