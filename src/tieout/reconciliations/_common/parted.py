"""Parted: figures of parts that make those of the whole, and findings that get their sentences and ids when all are known."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

import attrs
import polars as pl

from tieout._spark.parts import Frames, Part, split
from tieout.proof import Check, Proof
from tieout.reconciliations._common.findings import discrepancy_table, numbered, with_play

__all__ = [
    "CHECKS",
    "DISCREPANCIES",
    "EXPLAINS",
    "FINDINGS",
    "FOUND_SUMS",
    "OFTEN",
    "Finished",
    "Summed",
    "check_rows",
    "finding_parts",
    "joined_proof",
    "summed",
]

CHECKS, FINDINGS, OFTEN = "checks", "findings", "often"
DISCREPANCIES, EXPLAINS, FOUND_SUMS = "discrepancies", "explains", "found_sums"
_FIGURES = 0
_SECTIONS = ("rows", "amounts", "actual - expected")


def summed(frame: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """One row per key, with the sums of all other columns; of days the last, or the first where that is the column's name.

    Args:
        frame: Rows.
        by: Columns of the key; a null is one.
    """
    others = [name for name in frame.columns if name not in by]
    figures = [_figure(name, frame.schema[name]) for name in others]
    return frame.group_by(by).agg(figures) if figures else frame.unique()


def _figure(name: str, dtype: pl.DataType) -> pl.Expr:
    if dtype != pl.Date:
        return pl.col(name).sum()
    return pl.col(name).min() if name.startswith("first_") else pl.col(name).max()


@attrs.frozen
class Summed:
    """Figures of parts, added up by their keys.

    Attributes:
        keys: For each frame the columns of its key.
    """

    keys: Mapping[str, tuple[str, ...]]

    def parts(self, name: str, frame: pl.DataFrame, buckets: int) -> Iterator[Part]:
        """Figures on their way to where they are added up.

        Args:
            name: Name of the frame, one of `keys`.
            frame: The figures.
            buckets: How many buckets there are.
        """
        yield from split(name, summed(frame, self.keys[name]), self.keys[name], buckets)

    def __call__(self, frames: Frames) -> Iterator[Part]:
        """The figures of one bucket."""
        for name, frame in frames.items():
            if name in self.keys:
                yield _FIGURES, name, summed(frame, self.keys[name])


def check_rows(proof: Iterable[Check]) -> pl.DataFrame:
    """Checks as rows: `name`, `side`, `currency`, `part` (null for the total) and `figure`.

    Args:
        proof: Checks of a part of a run.
    """
    rows = [
        (check.name, check.side, check.currency, part, figure)
        for check in proof
        for part, figure in ((None, check.total), *check.parts.items())
    ]
    schema = {"name": pl.String, "side": pl.String, "currency": pl.String, "part": pl.String, "figure": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def joined_proof(rows: pl.DataFrame, sides: Sequence[str], parts: Mapping[str, Sequence[str]]) -> Proof:
    """The checks of the whole, in the order in which one run states them.

    Args:
        rows: As `check_rows` gives them, added up.
        sides: Names of the sides in their order.
        parts: For checks whose parts have an order of their own, that order; parts of others are in that of their names.
    """
    found: dict[tuple[str, str, str | None], dict[str | None, int]] = {}
    for name, side, currency, part, figure in rows.iter_rows():
        found.setdefault((name, side, currency), {})[part] = figure
    places = {side: place for place, side in enumerate(sides)}
    sections = {name: place for place, name in enumerate(_SECTIONS)}
    checks = []
    for key in sorted(
        found, key=lambda one: (sections.get(one[0], len(sections)), places.get(one[1], len(places)), one[2] or "")
    ):
        name, side, currency = key
        figures = found[key]
        total = figures.pop(None)
        order = parts.get(name, sorted(part for part in figures if part is not None))
        made = {part: figures[part] for part in order if part in figures}
        checks.append(Check(name=name, side=side, currency=currency, total=total, parts=made))
    return Proof(checks)


def finding_parts(findings: pl.DataFrame, buckets: int) -> Iterator[Part]:
    """Findings on their way: those of one type and one name meet, so that they can be told apart.

    Args:
        findings: Of `FINDING_SCHEMA`.
        buckets: How many buckets there are.
    """
    yield from split(FINDINGS, findings, ["type", "keys"], buckets)


@attrs.frozen(eq=False, kw_only=True)
class Finished:
    """Findings of one bucket as discrepancies.

    Attributes:
        as_of: Day of the run.
        severities: Severities that the caller sets.
        period: Period of the run.
        often: How many of each `type` there are `on` each day, in the whole: `count`.
    """

    as_of: date
    severities: Mapping[str, str]
    period: str
    often: pl.DataFrame

    def __call__(self, frames: Frames) -> Iterator[Part]:
        """Discrepancies, what they explain, and what they sum to."""
        findings = frames.get(FINDINGS)
        if findings is None:
            return
        said = with_play(findings, as_of=self.as_of, severities=self.severities, often=self.often)
        found = numbered(said)
        table = discrepancy_table(found, period=self.period).to_polars()
        yield _FIGURES, DISCREPANCIES, table
        yield _FIGURES, EXPLAINS, found.select("discrepancy_id", "unit", "is_note").drop_nulls()
        owed = pl.when("claimable").then("impact_minor").otherwise(0)
        sums = table.group_by("type", "currency").agg(
            pl.len().cast(pl.Int64).alias("count"), pl.col("impact_minor").sum(), owed.sum().alias("claimable_minor")
        )
        yield _FIGURES, FOUND_SUMS, sums
