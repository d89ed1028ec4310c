"""Trials: the changes of one factor, or of two, that may explain a billed amount, tried many at a time."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import attrs
import polars as pl

from tieout.reconciliations._courier.expected import each_sums
from tieout.tariffs import RateCard, Scenario

__all__ = ["PHYSICAL", "Batch", "Trial", "double_batches", "run_batch", "single_batches"]

PHYSICAL = ("divisor", "rounding", "pieces")
"""Factors that turn our own measurements into another billing weight."""
_BY_ROW = ("zone", "service")
"""Factors that are columns of a parcel: all their values are tried in one rating, on copies of the rows."""
_PAIRED = ("weight", "version", "discount")
"""Factors tried together with others that are not columns of a parcel."""
_STRIDE = 10**9  # keeps the copies' row, unit and line numbers apart


@attrs.frozen(kw_only=True)
class Trial:
    """A change, and how to speak of it.

    Attributes:
        factor: What is changed, such as `zone`; two factors are joined by `+`.
        detail: The change in words.
        stated: Whether it is the courier's own word on the bill rather than a guess.
        service: Service that it changes to; None for any other change.
    """

    factor: str
    detail: str
    stated: bool = False
    service: str | None = None


@attrs.frozen(kw_only=True)
class Batch:
    """Changes tried on the same rows: scenarios one after the other, each on all copies of the rows that differ in a column.

    Attributes:
        copies: For each copy, the columns it sets.
        scenarios: What changes for all copies, and for each copy the trial that it then stands for.
    """

    copies: tuple[tuple[pl.Expr, ...], ...]
    scenarios: tuple[tuple[Scenario, tuple[Trial, ...]], ...]


@attrs.frozen(kw_only=True)
class _Change:
    """One single-factor change: a scenario, or columns of the row."""

    trial: Trial
    scenario: Scenario = attrs.field(factory=Scenario)
    columns: tuple[pl.Expr, ...] = ()


def single_batches(card: RateCard) -> Iterator[Batch]:
    """Every change of one factor: the courier's own values, and every alternative of the contract and the field."""
    changes = list(_changes(card))
    by_row = [change for change in changes if change.columns]
    yield _on_copies([(change.trial, change.columns) for change in by_row])
    yield _on_rows((change.scenario, change.trial) for change in changes if not change.columns)


def double_batches(card: RateCard) -> Iterator[Batch]:
    """Changes of two factors: a zone or service with anything, and weight, version or discount with each other and fuel."""
    changes = list(_changes(card))
    by_row = [change for change in changes if change.columns]
    others = [change for change in changes if not change.columns]
    yield _on_copies(
        [
            (_both(first.trial, second.trial), (*first.columns, *second.columns))
            for index, first in enumerate(by_row)
            for second in by_row[index + 1 :]
            if first.trial.factor != second.trial.factor
        ]
    )
    yield Batch(
        copies=tuple(change.columns for change in by_row),
        scenarios=tuple(
            (other.scenario, tuple(_both(change.trial, other.trial) for change in by_row)) for other in others
        ),
    )
    yield _on_rows(
        (attrs.evolve(first.scenario, **_differences(second.scenario)), _both(first.trial, second.trial))
        for index, first in enumerate(others)
        for second in others[index + 1 :]
        if first.trial.factor in _PAIRED and second.trial.factor not in {first.trial.factor, *PHYSICAL}
    )


def _on_copies(tried: Sequence[tuple[Trial, tuple[pl.Expr, ...]]]) -> Batch:
    """Columns of copies, and no scenario."""
    return Batch(
        copies=tuple(columns for _, columns in tried), scenarios=((Scenario(), tuple(trial for trial, _ in tried)),)
    )


def _on_rows(tried: Iterable[tuple[Scenario, Trial]]) -> Batch:
    """Scenarios on the rows as they are."""
    return Batch(copies=((),), scenarios=tuple((scenario, (trial,)) for scenario, trial in tried))


def run_batch(
    card: RateCard, lines: pl.DataFrame, rows: pl.DataFrame, batch: Batch
) -> Iterator[tuple[Trial, pl.DataFrame]]:
    """Rate a batch, and give each trial the amounts that it makes of the lines.

    Yields:
        The trial, and `line`, `expected_minor`, `billing_weight_g`.
    """
    if not batch.copies:
        return
    scenarios = [scenario for scenario, _ in batch.scenarios]
    if batch.copies == ((),):
        for (_, (trial,)), sums in zip(batch.scenarios, each_sums(card, lines, rows, scenarios), strict=True):
            yield trial, sums
        return
    many_rows = pl.concat(
        [_shift(rows.with_columns(*columns), index, "row", "unit") for index, columns in enumerate(batch.copies)]
    )
    needed = lines.select("line", "unit", "rate_legs", "charge_type", "order")
    many_lines = pl.concat([_shift(needed, index, "line", "unit") for index in range(len(batch.copies))])
    copy = pl.col("line") // _STRIDE
    each = each_sums(card, many_lines, many_rows, scenarios)
    for (_, trials), sums in zip(batch.scenarios, each, strict=True):
        numbered = sums.with_columns(copy.alias("copy"), pl.col("line") - copy * _STRIDE)
        parts = numbered.partition_by("copy", as_dict=True)
        for index, trial in enumerate(trials):
            part = parts.get((index,))
            if part is not None:
                yield trial, part.drop("copy")


def _shift(frame: pl.DataFrame, index: int, *columns: str) -> pl.DataFrame:
    return frame.with_columns(pl.col(column) + index * _STRIDE for column in columns)


def _changes(card: RateCard) -> Iterator[_Change]:
    yield _Change(
        trial=Trial(factor="weight", detail="billed weight", stated=True),
        scenario=Scenario(billing_weight="billed_weight_g"),
    )
    yield _Change(
        trial=Trial(factor="zone", detail="zone on the bill", stated=True), columns=(_given_zone(pl.col("bill_zone")),)
    )
    for factor, scenario in card.alternatives():
        detail = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in _differences(scenario).items())
        trial = Trial(factor=factor, detail=detail, service=scenario.service)
        if factor in _BY_ROW:
            column = (
                _given_zone(pl.lit(scenario.zone)) if factor == "zone" else pl.lit(scenario.service).alias("service")
            )
            yield _Change(trial=trial, columns=(column,))
        else:
            yield _Change(trial=trial, scenario=scenario)


def _given_zone(zone: pl.Expr) -> pl.Expr:
    """A zone that wins over the zone table; rows whose bill names none keep their own, and so reproduce nothing."""
    return pl.coalesce(zone, pl.col("zone")).alias("zone")


def _both(first: Trial, second: Trial) -> Trial:
    return Trial(factor=f"{first.factor}+{second.factor}", detail=f"{first.detail}; {second.detail}")


def _differences(scenario: Scenario) -> dict[str, Any]:
    """The fields of a scenario that change something."""
    nothing = Scenario()
    values = attrs.asdict(scenario, recurse=False)
    return {name: value for name, value in values.items() if value != getattr(nothing, name)}
