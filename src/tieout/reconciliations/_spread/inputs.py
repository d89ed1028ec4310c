"""Inputs: what a caller gives a run over a cluster, there or here, each side checked before anything is read."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from tieout._spark.installed import is_spark_frame
from tieout._spark.parts import Cluster, First, places_of
from tieout.reconciliations._common.spark_outcome import SparkCarryForward
from tieout.tables import Table, table_of

if TYPE_CHECKING:
    from datetime import date

__all__ = ["Inputs", "session_of"]

_HELD = (("carried", "sides"), ("later", "later"))
"""What the run before handed on: its origin, and the attribute that has it."""


class Inputs:
    """The records that are spread, by origin and side.

    Attributes:
        frames: Those that are given and carried, frames of the cluster among them.
        rows: How many they are.
    """

    def __init__(
        self, cluster: Cluster, records: Mapping[str, type], given: Mapping[str, Any], opening: object
    ) -> None:
        """Take and check what a caller gave.

        Args:
            cluster: Where the records are.
            records: The sides that are spread, with the classes of their records.
            given: The sides by name; None where one is not known.
            opening: What the run before carried forward, here or there.

        Raises:
            InputError: A side is of another record, or lacks what its record needs.
        """
        self._cluster = cluster
        self._given = given
        self._opening = opening
        self.opens_on: date | None = getattr(opening, "opens_on", None)
        self.frames = dict(self._checked(records))
        self.rows = 0

    def counted(self) -> "Inputs":
        """The same with `rows`: on Spark this is a job for each side that is there."""
        self.rows = sum(
            self._cluster.rows(frame) if self._cluster.takes(frame) else frame.height for frame in self.frames.values()
        )
        return self

    def _checked(self, records: Mapping[str, type]) -> Iterator[tuple[tuple[str, str], Any]]:
        for side, record in records.items():
            if self._given.get(side) is not None:
                yield ("given", side), self._one(self._given[side], record)
        for origin, held in _HELD:
            for side, table in getattr(self._opening, held, {}).items():
                if side in records:
                    yield (origin, side), self._one(table, records[side])

    def _one(self, source: Any, record: type) -> Any:  # noqa: ANN401 - a frame of the cluster, or any other
        if not self._cluster.takes(source):
            return table_of(source, record).to_polars()
        Table.from_frame(self._cluster.columns(source), record)
        return source

    def keyed(self, first: Callable[[str, str], First]) -> Any:  # noqa: ANN401 - the Parts of a cluster
        """All records as parts.

        Args:
            first: What is done with a piece of an origin and side.
        """
        parts = [
            self._cluster.scattered(frame, first(*key))
            if self._cluster.takes(frame)
            else self._cluster.parts(first(*key)(frame.with_columns(places_of(0, 0, frame.height))))
            for key, frame in self.frames.items()
        ]
        return self._cluster.parts([]).beside(parts)

    def brought(self, side: str, record: type) -> tuple[Table[Any] | None, dict[str, Table[Any]]]:
        """A side of few records here: those that are given, None where it is not known, and by origin those of the run before.

        Args:
            side: Its name.
            record: The class of its records.
        """
        given = self._given.get(side)
        held = {
            origin: self._here(getattr(self._opening, attribute, {})[side], record)
            for origin, attribute in _HELD
            if side in getattr(self._opening, attribute, {})
        }
        return None if given is None else self._here(given, record), held

    def _here(self, source: Any, record: type) -> Table[Any]:  # noqa: ANN401
        if not self._cluster.takes(source):
            return table_of(source, record)
        Table.from_frame(self._cluster.columns(source), record)
        return table_of(self._cluster.brought(source), record)


def session_of(sides: Iterable[object], opening: object) -> Any:  # noqa: ANN401 - a session of Spark
    """The session of the first side that is a DataFrame of Spark, or of what was carried there; None where all is here.

    Args:
        sides: What a caller gave.
        opening: What the run before carried forward.
    """
    for side in sides:
        if is_spark_frame(side):
            return side.sparkSession
    return opening.items.sparkSession if isinstance(opening, SparkCarryForward) else None
