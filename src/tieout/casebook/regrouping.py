"""Regrouping: which units of an outcome become which groups by what people decided, in columns."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

import attrs
import polars as pl

from tieout.casebook.links import Decision, Link, Unlink
from tieout.model.currency import from_units
from tieout.outcome import Outcome

__all__ = ["Force", "Refs", "Regrouped", "Standing", "hits_of", "marks_of", "regrouped"]

Refs = Mapping[str, pl.DataFrame]
"""For each side the names of its records: `row` as in `outcome.records`, `key`, `hash`."""
SETTLED = "settled before"
SCOPE = ("book_id", "platform", "shop_id")
_SIGN = {"expected": -1, "actual": 1}
_EVIDENCE = "evidence"
_RECORD = ["kind", "key"]
_ROWS = {
    "side": pl.String,
    "row": pl.Int64,
    "unit": pl.Int64,
    "role": pl.String,
    "currency": pl.String,
    "gap_minor": pl.Int64,
    "gap_pieces": pl.Int64,
    **dict.fromkeys((*SCOPE, "key", "hash", "kind"), pl.String),
}
"""Columns of the rows of units, for a run that has none."""


class Force(StrEnum):
    """What became of a decision in a run."""

    APPLIED = "applied"
    QUIET = "quiet"
    """The rules do already what it asks for."""
    ABSENT = "absent"
    """None of its records is in the run."""
    SURFACED = "surfaced"
    """Its records or figures changed: it is not applied until somebody reaffirms it."""


@attrs.frozen(kw_only=True)
class Standing:
    """A decision in a run.

    Attributes:
        decision: What was decided.
        force: What became of it.
        problem: What changed since, in words; empty unless it is surfaced.
    """

    decision: Decision
    force: Force
    problem: str = ""


@attrs.frozen(kw_only=True)
class _Touched:
    """The rows of some units of an outcome.

    Attributes:
        rows: `side`, `row`, `unit`, `kind` and `key` (null for what no record says), `hash`, `role`, `currency`, `gap_minor` and
            `gap_pieces` (what the row adds to actual - expected of its unit), and the columns of its scope. What a unit differs
            by beyond its rows is a row of no side.
        first_free: A number that no unit has, nor any above it.
    """

    rows: pl.DataFrame
    first_free: int


@attrs.frozen(kw_only=True)
class Regrouped:
    """Rows in groups.

    Attributes:
        rows: With `place`, the number of their group, and `via`, the position of the decision that made it; null where the
            rules made it.
        standings: One for each decision, in their order; of splits only whether their records are as they were.
    """

    rows: pl.DataFrame
    standings: tuple[Standing, ...]


def marks_of(decisions: Sequence[Decision]) -> pl.DataFrame:
    """One row per record that a decision names: `decision` (position), `part`, `kind`, `key`, `told` (the hash it names)."""
    rows = [
        (place, number, *record)
        for place, decision in enumerate(decisions)
        for number, part in enumerate(decision.parts_of())
        for record in part
    ]
    schema = {"decision": pl.Int64, "part": pl.Int64, "kind": pl.String, "key": pl.String, "told": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def refs_of_side(outcome: Outcome, refs: Refs, side: str) -> pl.DataFrame:
    """`row`, `kind`, `key`, `hash` of the records of a side; lines of a record are named by their place in it.

    Args:
        outcome: Its `records` and `kinds`.
        refs: Names by side; none of a side that was made of others.
        side: Name of the side.
    """
    known = refs[side].select(pl.col("row").cast(pl.Int64), "key", "hash", pl.lit(outcome.kinds[side]).alias("kind"))
    frame = outcome.records[side]
    if "record_row" not in frame.columns:
        return known
    nth = (pl.int_range(pl.len()).over("record_row")).cast(pl.String)
    lines = frame.select(pl.col("row").cast(pl.Int64), nth.alias("nth"))
    return known.join(lines, on="row", how="inner", maintain_order="left").with_columns(
        pl.concat_str("key", pl.lit("#"), "nth").alias("key")
    )


def hits_of(outcome: Outcome, refs: Refs, marks: pl.DataFrame) -> pl.DataFrame:
    """The rows of an outcome that are the records of marks: columns of `marks`, `side`, `row`, `unit`, `hash`.

    Rows that are compared, or tell of what is, go before others of the same record, such as an earlier version of it.
    """
    found = []
    for side, frame in outcome.records.items():
        if side not in refs or not frame.height:
            continue
        wanted = marks.filter(pl.col("kind") == outcome.kinds[side])
        if wanted.is_empty():
            continue
        joined = refs_of_side(outcome, refs, side).join(wanted, on=_RECORD, how="inner")
        told = frame.select(
            pl.col("row").cast(pl.Int64),
            pl.col("unit").cast(pl.Int64),
            ((pl.col("is_compared") & ~pl.col("is_repeat")) | pl.col("is_evidence")).alias("counts"),
        )
        found.append(
            joined.join(told, on="row", how="inner").select(
                *marks.columns, pl.lit(side).alias("side"), "row", "unit", "hash", "counts"
            )
        )
    if not found:
        extra = {"side": pl.String, "row": pl.Int64, "unit": pl.Int64, "hash": pl.String}
        return pl.DataFrame(schema={**marks.schema, **extra})
    every = pl.concat(found).filter(pl.col("unit").is_not_null())
    best = pl.col("counts") == pl.col("counts").max().over("decision", *_RECORD)
    return every.filter(best).drop("counts")


def _touched(outcome: Outcome, refs: Refs, units: pl.Series) -> _Touched:
    """The rows of some units, by their numbers."""
    wanted = units.unique()
    parts = []
    for side, frame in outcome.records.items():
        if not frame.height:
            continue
        inside = frame.filter(pl.col("unit").cast(pl.Int64).is_in(wanted.implode()))
        role = outcome.roles.get(side, _EVIDENCE)
        sign = pl.lit(_SIGN.get(role, 0), dtype=pl.Int64)
        counts = pl.col("is_compared") & (pl.col("verdict") != SETTLED)
        pieces = pl.col("compared_pieces") if "compared_pieces" in frame.columns else pl.lit(0, dtype=pl.Int64)
        rows = inside.select(
            pl.lit(side).alias("side"),
            pl.col("row").cast(pl.Int64),
            pl.col("unit").cast(pl.Int64),
            pl.lit(role).alias("role"),
            "currency",
            *(
                pl.when(counts).then(figure.fill_null(0) * sign).otherwise(0).alias(name)
                for name, figure in (("gap_minor", pl.col("amount_minor")), ("gap_pieces", pieces))
            ),
            *((pl.col(name) if name in frame.columns else pl.lit(None, dtype=pl.String)).alias(name) for name in SCOPE),
        )
        names = (
            refs_of_side(outcome, refs, side)
            if side in refs
            else pl.DataFrame(schema={"row": pl.Int64, **dict.fromkeys(("key", "hash", "kind"), pl.String)})
        )
        parts.append(rows.join(names, on="row", how="left", maintain_order="left"))
    rows = pl.concat(parts) if parts else pl.DataFrame(schema=_ROWS)
    totals = outcome.units.filter(pl.col("unit").is_in(wanted.implode()) & (pl.col("verdict") != SETTLED))
    first_free = max(
        (top + 1 for frame in outcome.records.values() if isinstance(top := frame["unit"].max(), int)), default=0
    )
    return _Touched(rows=pl.concat([rows, _beyond_rows(totals, rows)], how="diagonal"), first_free=first_free)


def _beyond_rows(totals: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """What units differ by beyond the rows that an outcome tells of, such as what a rate makes of them."""
    told = rows.group_by("unit").agg(pl.col("gap_minor", "gap_pieces").sum())
    rest = totals.join(told, on="unit", how="left", suffix="_told").select(
        "unit",
        "currency",
        *(
            (pl.col(name).fill_null(0) - pl.col(f"{name}_told").fill_null(0)).alias(name)
            for name in ("gap_minor", "gap_pieces")
        ),
    )
    return rest.filter((pl.col("gap_minor") != 0) | (pl.col("gap_pieces") != 0)).sort("unit")


def regrouped(
    outcome: Outcome, refs: Refs, decisions: Sequence[Decision], *, also: pl.Series | None = None
) -> Regrouped:
    """Rows of the units that decisions touch, in the groups that follow from them.

    First what is apart is taken apart, the largest groups first, so that a group that was taken out of another one may be taken
    apart again; then what belongs together is joined. The order of the decisions does not matter.

    Args:
        outcome: The rules' own.
        refs: Names by side.
        decisions: Those in force.
        also: Units whose rows are wanted too.
    """
    marks = marks_of(decisions)
    hits = hits_of(outcome, refs, marks)
    problems = _problems(decisions, marks, hits)
    ground = _touched(outcome, refs, hits["unit"] if also is None else pl.concat([hits["unit"], also]))
    rows = ground.rows.with_columns(pl.col("unit").alias("place"), pl.lit(None, dtype=pl.Int64).alias("via"))
    sound = {place for place, problem in enumerate(problems) if problem == ""}
    rows, problems_apart, applied = _taken_apart(
        rows,
        marks,
        {n: one for n, one in enumerate(decisions) if n in sound and isinstance(one, Unlink)},
        ground.first_free,
    )
    rows, problems_joined = _joined(
        rows, marks, {n: one for n, one in enumerate(decisions) if n in sound and isinstance(one, Link)}
    )
    told = {**problems_apart, **problems_joined}
    quiet = {n for n in sound if isinstance(decisions[n], Unlink)} - applied
    standings = []
    for place, (decision, problem) in enumerate(zip(decisions, problems, strict=True)):
        said = told.get(place, "") if problem == "" else problem
        if said is None:
            force = Force.ABSENT
        elif said:
            force = Force.SURFACED
        else:
            force = Force.QUIET if place in quiet else Force.APPLIED
        standings.append(Standing(decision=decision, force=force, problem=said or ""))
    return Regrouped(rows=rows, standings=tuple(standings))


def _problems(decisions: Sequence[Decision], marks: pl.DataFrame, hits: pl.DataFrame) -> list[str | None]:
    """What changed about the records of each decision; None when none of them is there."""
    seen = hits.group_by("decision", *_RECORD).agg((pl.col("hash") == pl.col("told")).any().alias("is_same"))
    found = seen.group_by("decision").agg(pl.len().alias("there"), (~pl.col("is_same")).sum().alias("changed"))
    named = marks.group_by("decision").agg(pl.len().alias("named"))
    told = {
        decision: (there, changed, names)
        for decision, names, there, changed in named.join(found, on="decision", how="left").iter_rows()
        for there, changed, names in [(there or 0, changed or 0, names)]
    }
    return [_problem(*told.get(place, (0, 0, 0))) for place in range(len(decisions))]


def _problem(there: int, changed: int, named: int) -> str | None:
    if not there:
        return None if named else ""
    said = []
    if there < named:
        said.append(f"{named - there} of its {named} records are not there any more")
    if changed:
        said.append(f"{changed} of its {named} records say something else now")
    return "; ".join(said)


def _figures(rows: pl.DataFrame) -> dict[int, tuple[int, int, int]]:
    """By group: its gap, that of its pieces, and how many records it has."""
    records = pl.struct(_RECORD).filter(pl.col("key").is_not_null()).n_unique()
    sums = rows.group_by("place").agg(pl.col("gap_minor", "gap_pieces").sum(), records.alias("records"))
    return {place: (minor, pieces, count) for place, minor, pieces, count in sums.iter_rows()}


def _members(rows: pl.DataFrame, marks: pl.DataFrame, decisions: Mapping[int, Decision]) -> pl.DataFrame:
    """By decision and group: `records` of the decision in it, and of how many of its parts."""
    wanted = marks.filter(pl.col("decision").is_in(list(decisions)))
    named = rows.filter(pl.col("key").is_not_null()).select("place", *_RECORD).unique()
    return (
        wanted.join(named, on=_RECORD, how="inner")
        .group_by("decision", "place")
        .agg(pl.struct(_RECORD).n_unique().alias("records"), pl.col("part").n_unique().alias("parts"))
        .sort("decision", "place")
    )


def _taken_apart(
    rows: pl.DataFrame, marks: pl.DataFrame, decisions: dict[int, Unlink], first_free: int
) -> tuple[pl.DataFrame, dict[int, str], set[int]]:
    """Rows with the groups taken apart, what stands against it by decision, and which were."""
    applied: set[int] = set()
    problems: dict[int, str] = {}
    pending = dict(decisions)
    while pending:
        figures = _figures(rows)
        rests = set(rows.filter(pl.col("key").is_null())["place"].unique())
        chosen: dict[int, int] = {}
        problems = {}
        for number, place, records, parts in _members(rows, marks, pending).iter_rows():
            one = pending[number]
            if parts == 1 and not (one.has_rest and place in rests):
                continue
            minor, pieces, count = figures[place]
            if records != len(one.records) or count != records:
                problems[number] = "the rules group its records with others now"
            elif (minor, pieces) != (one.gap_minor, one.gap_pieces):
                problems[number] = _differs(one, minor, pieces)
            else:
                chosen[place] = number
        if not chosen:
            break
        rows = _split_places(rows, marks, chosen, first_free)
        first_free = max(first_free, int(rows.select(pl.col("place").max()).item()) + 1)
        applied |= set(chosen.values())
        pending = {number: one for number, one in pending.items() if number not in applied}
        problems = {}
    return rows, problems, applied


def _differs(one: Link | Unlink, minor: int, pieces: int) -> str:
    if minor == one.gap_minor:
        return f"its records differ by {pieces} parts of a piece now, by {one.gap_pieces} when it was decided"
    if one.currency is None:
        return f"its records differ by {minor} now, by {one.gap_minor} when it was decided"
    now, then = (from_units(figure, one.currency) for figure in (minor, one.gap_minor))
    return f"its records differ by {now} {one.currency} now, by {then} when it was decided"


def _split_places(rows: pl.DataFrame, marks: pl.DataFrame, chosen: Mapping[int, int], first_free: int) -> pl.DataFrame:
    """Rows of the chosen groups in groups of their own, by part.

    What no record says goes with records of its own role, else with those that are evidence of what should be, else by itself.
    """
    by = pl.DataFrame({"place": list(chosen), "of": list(chosen.values())}, schema={"place": pl.Int64, "of": pl.Int64})
    inside = rows.with_row_index("nr").join(by, on="place", how="inner").sort("nr")
    parts = marks.select(pl.col("decision").alias("of"), *_RECORD, "part").unique(["of", *_RECORD])
    named = inside.join(parts, on=["of", *_RECORD], how="left", maintain_order="left")
    of_role = (
        named.filter(pl.col("part").is_not_null()).group_by("place", "role").agg(pl.col("part").min().alias("same"))
    )
    evidence = of_role.filter(pl.col("role") == _EVIDENCE).select("place", pl.col("same").alias("beside"))
    placed = (
        named.join(of_role, on=["place", "role"], how="left", maintain_order="left")
        .join(evidence, on="place", how="left", maintain_order="left")
        .with_columns(pl.coalesce("part", "same", "beside", pl.lit(1_000_000_000, dtype=pl.Int64)).alias("part"))
    )
    fresh = placed.select(
        "nr", (pl.struct("place", "part").rank("dense").cast(pl.Int64) - 1 + first_free).alias("new"), "of"
    )
    return (
        rows.with_row_index("nr")
        .join(fresh, on="nr", how="left", maintain_order="left")
        .with_columns(pl.coalesce("new", "place").alias("place"), pl.coalesce("of", "via").alias("via"))
        .drop("nr", "new", "of")
    )


def _joined(
    rows: pl.DataFrame, marks: pl.DataFrame, decisions: Mapping[int, Link]
) -> tuple[pl.DataFrame, dict[int, str]]:
    """Rows with groups joined, and what stands against it by decision."""
    if not decisions:
        return rows, {}
    figures = _figures(rows)
    places: dict[int, list[int]] = {}
    for number, place, _, _ in _members(rows, marks, decisions).iter_rows():
        places.setdefault(number, []).append(place)
    problems: dict[int, str] = {}
    chosen: list[tuple[int, int, int]] = []
    for number, own in places.items():
        one = decisions[number]
        minor, pieces, count = (sum(figures[place][at] for place in own) for at in range(3))
        if count != len(one.records):
            problems[number] = "the rules group its records with others now"
        elif (minor, pieces) != (one.gap_minor, one.gap_pieces):
            problems[number] = _differs(one, minor, pieces)
        else:
            chosen += [(place, number, min(own)) for place in own]
    groups = pl.DataFrame(chosen, schema={"place": pl.Int64, "by": pl.Int64, "group": pl.Int64}, orient="row")
    joined = rows.join(groups, on="place", how="left", maintain_order="left")
    return joined.with_columns(
        pl.coalesce("group", "place").alias("place"), pl.coalesce("by", "via").alias("via")
    ).drop("group", "by"), problems
