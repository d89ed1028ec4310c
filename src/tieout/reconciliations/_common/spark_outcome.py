"""Outcomes of reconciliations whose records are on Spark: the same names, and frames that stay where they are."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import attrs
import polars as pl

from tieout import model
from tieout.errors import InputError
from tieout.model import Discrepancy, Event
from tieout.outcome import CarryForward, Outcome, Summary, summary_of
from tieout.proof import Proof
from tieout.tables import Table

__all__ = ["SparkCarryForward", "SparkOutcome"]

_MOST_ROWS = 5_000_000
_FOUND_ORDER = (
    "type",
    "keys",
    "source_file",
    "source_sheet",
    "source_line",
    "impact_minor",
    "actual_minor",
    "evidence",
)
_ORDER: Mapping[str, tuple[str, ...]] = {
    "matches": ("right",),
    "lines": ("line",),
    "units": ("unit",),
    "bonds": ("unit", "other"),
    "explains": ("unit", "discrepancy_id"),
    "discrepancies": _FOUND_ORDER,
    "events": ("kind", "document", "party", "occurred_on", "currency", "tax_rate", "details"),
}


@attrs.frozen(kw_only=True, eq=False)
class SparkCarryForward:
    """What one run leaves open and the next one begins with, on Spark; `run` takes it as `opening`.

    Attributes:
        kinds: For each side that it carries the name of its record class.
        later_kinds: The same of the sides that it has records of days after the run's period of.
        opens_on: First day of the period that it opens, as of `CarryForward`.
    """

    kinds: Mapping[str, str]
    later_kinds: Mapping[str, str]
    _parts: Any = attrs.field(repr=False)
    _likes: Mapping[str, pl.DataFrame] = attrs.field(repr=False)
    opens_on: date | None = None

    @property
    def items(self) -> Any:  # noqa: ANN401 - a DataFrame of Spark, which may not be installed
        """One row per open item, for people."""
        return self._frame("items")

    @property
    def sides(self) -> Mapping[str, Any]:
        """The records that the next run has to see again, by side."""
        return {side: self._frame(f"carry:{side}") for side in self.kinds}

    @property
    def later(self) -> Mapping[str, Any]:
        """The records of days after the run's period, by side."""
        return {side: self._frame(f"later:{side}") for side in self.later_kinds}

    def collect(self) -> CarryForward:
        """The same here: for few records."""
        names = ["items", *(f"carry:{side}" for side in self.kinds), *(f"later:{side}" for side in self.later_kinds)]
        found = _fetched(self._parts, self._likes, names)
        return CarryForward(
            items=found["items"].sort(pl.all(), nulls_last=True),
            sides={side: Table(found[f"carry:{side}"], getattr(model, kind)) for side, kind in self.kinds.items()},
            later={
                side: Table(found[f"later:{side}"], getattr(model, kind)) for side, kind in self.later_kinds.items()
            },
            opens_on=self.opens_on,
        )

    def _frame(self, name: str) -> Any:  # noqa: ANN401
        return self._parts.frame(name, self._likes[name])


@attrs.frozen(kw_only=True, eq=False)
class SparkOutcome:
    """The result of one reconciliation whose records are on Spark.

    Its frames are DataFrames of Spark with the columns of those of an `Outcome`, in no order; the page `reconciliations_on_spark`
    of the reference says which numbers are other ones. They read from parts that Spark keeps until `release` is called.

    Attributes:
        reconciliation: Name of the reconciliation's leaf, such as `courier_bill`.
        parameters: The settings that decided it, as text.
        proof: The totals that tie, added up over the parts.
        totals: Sums for people, by label and currency, in minor units.
        by_type: The discrepancies by `type` and `currency`: `count`, `impact_minor` and `claimable_minor`, a Polars frame.
        carry_forward: What is open.
        kinds: For each side the name of its record class.
        roles: For each side what its amounts are.
        matched: The sides that `matches` are of.
        rows: How many records were reconciled.
    """

    reconciliation: str
    parameters: Mapping[str, str]
    proof: Proof = attrs.field(repr=False)
    totals: Mapping[tuple[str, str], int] = attrs.field(repr=False)
    by_type: pl.DataFrame = attrs.field(repr=False)
    carry_forward: SparkCarryForward = attrs.field(repr=False)
    kinds: Mapping[str, str] = attrs.field(repr=False)
    roles: Mapping[str, str] = attrs.field(repr=False)
    matched: tuple[str, str]
    rows: int
    _held: tuple[Any, ...] = attrs.field(repr=False)
    _parts: Any = attrs.field(repr=False)
    _likes: Mapping[str, pl.DataFrame] = attrs.field(repr=False)
    _order: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict, repr=False)

    @property
    def matches(self) -> Any:  # noqa: ANN401 - a DataFrame of Spark, which may not be installed
        """One row per record of the right side that has a counterpart."""
        return self._frame("matches")

    @property
    def lines(self) -> Any:  # noqa: ANN401
        """One row per record that the reconciliation is about, with its verdict: a line of a bill, an order of a settlement."""
        return self._frame("lines")

    @property
    def discrepancies(self) -> Any:  # noqa: ANN401
        """What does not agree, with the columns of `Discrepancy`."""
        return self._frame("discrepancies")

    @property
    def events(self) -> Any:  # noqa: ANN401
        """What is to be posted, with the columns of `Event`: few, since each is the sum of many lines."""
        return self._frame("events")

    @property
    def units(self) -> Any:  # noqa: ANN401
        """One row per thing that was compared."""
        return self._frame("units")

    @property
    def explains(self) -> Any:  # noqa: ANN401
        """Which unit a discrepancy is about."""
        return self._frame("explains")

    @property
    def bonds(self) -> Any:  # noqa: ANN401
        """Units that belong together although each is compared by itself."""
        return self._frame("bonds")

    @property
    def records(self) -> Mapping[str, Any]:
        """For each side one row per record with its verdict."""
        return {side: self._frame(f"records:{side}") for side in self.kinds}

    def collect_events(self) -> Table[Event]:
        """The events here, for posting: `post` asks for them by itself."""
        found = _fetched(self._parts, self._likes, ["events"])["events"]
        return Table(found.sort(_ORDER["events"], nulls_last=True), Event)

    def collect(self, *, most: int = _MOST_ROWS) -> Outcome:
        """The ordinary Outcome here.

        Args:
            most: Most records for which this is done.

        Raises:
            InputError: There are more.
        """
        if self.rows > most:
            raise InputError(
                f"{self.rows:,} records were reconciled, and {most:,} are brought to one machine at most",
                where="SparkOutcome.collect",
                hint="its frames are DataFrames of Spark; or give most=",
            )
        names = [*_ORDER, *(f"records:{side}" for side in self.kinds)]
        found = _fetched(self._parts, self._likes, names)
        order = {**_ORDER, **self._order}
        frames = {name: frame.sort(order.get(name, ("row",)), nulls_last=True) for name, frame in found.items()}
        group = (pl.col("group").rank("dense") - 1).cast(pl.Int64)
        return Outcome(
            reconciliation=self.reconciliation,
            parameters=self.parameters,
            matches=frames["matches"].with_columns(group),
            lines=frames["lines"],
            discrepancies=Table(frames["discrepancies"], Discrepancy),
            events=Table(frames["events"], Event),
            proof=self.proof,
            carry_forward=self.carry_forward.collect(),
            totals=self.totals,
            records={side: frames[f"records:{side}"] for side in self.kinds},
            kinds=self.kinds,
            explains=frames["explains"],
            units=frames["units"],
            roles=self.roles,
            matched=self.matched,
            bonds=frames["bonds"],
        )

    def summary(self) -> Summary:
        """The result in words, as an Outcome has it."""
        return summary_of(self.reconciliation, self.totals, self.by_type, self.proof, self.parameters)

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()

    def release(self) -> None:
        """Let Spark forget what it kept for the frames: nothing of them can be read any more without working it out again."""
        for parts in self._held:
            parts.released()

    def _frame(self, name: str) -> Any:  # noqa: ANN401
        return self._parts.frame(name, self._likes[name])


def _fetched(parts: Any, likes: Mapping[str, pl.DataFrame], names: Iterable[str]) -> dict[str, pl.DataFrame]:  # noqa: ANN401
    """Frames here, each with all its columns."""
    wanted = list(names)
    found = parts.fetched(*wanted)
    return {
        name: pl.concat([likes[name].clear(), found.get(name, likes[name].clear())], how="diagonal").select(
            likes[name].columns
        )
        for name in wanted
    }
