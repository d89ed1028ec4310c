"""Units: what is compared as one, its verdict, and the proof that no row and no cent was lost.

Every row of every side is in one unit or is set aside with a reason. A unit has what should be there and what is there; the
difference is nothing, a matter of time, within the tolerance, or explained by findings whose impacts sum to it.
"""

from collections.abc import Iterable, Mapping, Sequence

import attrs
import polars as pl

from tieout.matching._components import roots_of
from tieout.proof import Check, Proof
from tieout.reconciliations._common.due import OPEN_STATES, TIMING_STATES
from tieout.reconciliations._common.findings import findings_of
from tieout.reconciliations._common.sides import PARTS_OF_A_PIECE, Role, Side

__all__ = [
    "AGREED",
    "SETTLED",
    "WITHIN",
    "Judged",
    "by_key",
    "by_links",
    "by_pairs",
    "judge",
    "pieces_check",
    "proof_of",
    "with_waits",
]

AGREED = "agreed"
WITHIN = "within tolerance"
FOUND = "discrepancy"
SETTLED = "settled before"
"""Of units that came in whole with what was carried forward, and agree: an earlier run counted them."""
_FIGURES = ("minor", "pieces")
_UNCHECKED = "check switched off"


def by_pairs(left: Side, right: Side, pairs: pl.DataFrame) -> tuple[Side, Side]:
    """Sides whose rows have a `unit`: rows that hang together by pairs share one, every other row has its own.

    Args:
        left: Rows with `row`.
        right: Rows with `row`.
        pairs: `left`, `right`: rows that belong together for certain.
    """
    (ours,), theirs = by_links((left,), right, (pairs,))
    return ours, theirs


def by_links(
    lefts: Sequence[Side], right: Side, pairs: Sequence[pl.DataFrame], *, start: int = 0
) -> tuple[tuple[Side, ...], Side]:
    """Sides whose rows have a `unit`, as `by_pairs`, where several sides meet the same other one.

    Args:
        lefts: Sides with `row`, each from 0 without a gap.
        right: The side that they all meet.
        pairs: For each of `lefts` the rows of it and of the right that belong together for certain.
        start: The first number of a unit, so that units made apart do not mix.
    """
    offsets = [sum(side.frame.height for side in lefts[:place]) for place in range(len(lefts) + 1)]
    edges = pl.concat(
        [
            one.select(pl.col("left").cast(pl.Int64) + offset, pl.col("right").cast(pl.Int64))
            for one, offset in zip(pairs, offsets, strict=False)
        ]
    )
    roots = edges.with_columns(roots_of(edges["left"], edges["right"]).alias("unit"))
    of_left = roots.select(pl.col("left").alias("row"), pl.col("unit")).unique("row", maintain_order=True)
    of_right = roots.select(pl.col("right").alias("row"), pl.col("unit")).unique("row", maintain_order=True)
    numbered = [
        _numbered(side, of_left.with_columns(pl.col("row") - offset), offset, start)
        for side, offset in zip(lefts, offsets, strict=False)
    ]
    # A root is a row of the left; lone rows of the right come after all of them.
    return tuple(numbered), _numbered(right, of_right, offsets[-1], start)


def _numbered(side: Side, units: pl.DataFrame, offset: int, start: int) -> Side:
    joined = side.frame.join(units, on="row", how="left", maintain_order="left")
    return side.with_frame(joined.with_columns((pl.coalesce("unit", pl.col("row") + offset) + start).alias("unit")))


def by_key(sides: Sequence[Side], on: Sequence[str]) -> tuple[Side, ...]:
    """Sides whose rows have a `unit`: rows of one key share one, rows with a null in the key have their own.

    Args:
        sides: Sides that have the key's columns.
        on: Columns of the key, scope included.
    """
    frames = [side.frame.select(pl.lit(place).alias("side"), "row", *on) for place, side in enumerate(sides)]
    every = pl.concat(frames)
    complete = pl.all_horizontal(pl.col(name).is_not_null() for name in on)
    keyed = every.filter(complete).with_columns(pl.struct(on).rank("dense").cast(pl.Int64).alias("unit"))
    count = keyed.select(pl.col("unit").max().fill_null(0)).item()
    alone = every.filter(~complete).with_columns((pl.int_range(pl.len()) + count + 1).cast(pl.Int64).alias("unit"))
    units = pl.concat([keyed, alone]).select("side", "row", "unit")
    return tuple(
        side.with_frame(
            side.frame.join(
                units.filter(pl.col("side") == place).drop("side"), on="row", how="left", maintain_order="left"
            )
        )
        for place, side in enumerate(sides)
    )


def with_waits(units: pl.DataFrame, waits: pl.DataFrame) -> pl.DataFrame:
    """Units with the worst `state` of what they wait for, the first `due_on`, and how much of the gap is a matter of time.

    Args:
        units: Units with `unit`.
        waits: `unit`, `state`, `due_on`, and `minor` and `parts`: its part of the gap, signed as actual - expected.
    """
    timing = pl.col("state").is_in(TIMING_STATES)
    rank = {state: place for place, state in enumerate(OPEN_STATES)}
    stated = (
        waits.group_by("unit")
        .agg(
            pl.col("state").replace_strict(rank, return_dtype=pl.Int64).max().alias("rank"),
            pl.col("due_on").min(),
            pl.when(timing).then("minor").otherwise(0).sum().alias("waiting_minor"),
            pl.when(timing).then("parts").otherwise(0).sum().alias("waiting_pieces"),
        )
        .with_columns(
            pl.col("rank").replace_strict(dict(enumerate(OPEN_STATES)), return_dtype=pl.String).alias("state")
        )
    )
    return units.join(stated.drop("rank"), on="unit", how="left", maintain_order="left")


@attrs.frozen(kw_only=True)
class Judged:
    """Units with their verdicts.

    Attributes:
        sides: The sides, each row with its `verdict`.
        units: One row per unit: `unit`, `currency`, `expected_minor`, `actual_minor`, `gap_minor`, `verdict`, `state`.
        findings: All findings that stand, the remainders among them.
        unheard: Findings of types that are switched off.
    """

    sides: tuple[Side, ...]
    units: pl.DataFrame = attrs.field(repr=False)
    findings: pl.DataFrame = attrs.field(repr=False)
    unheard: pl.DataFrame = attrs.field(repr=False)


def totals_of(sides: Sequence[Side]) -> pl.DataFrame:
    """What each unit should have and has.

    Rows that are set aside count for nothing. A side of evidence gives its units, with nothing to compare.

    Returns:
        `unit`, `currency`, `expected_minor`, `actual_minor`, `gap_minor`, the same of `pieces`, `expected_rows`, `actual_rows`.
    """
    parts = [
        side.frame.filter(pl.col("aside").is_null()).select(
            "unit",
            "currency",
            *(
                (pl.col(figure) if side.role is role else pl.lit(0, dtype=pl.Int64)).alias(f"{role.value}_{figure}")
                for figure in _FIGURES
                for role in (Role.EXPECTED, Role.ACTUAL)
            ),
            pl.lit(1 if side.role is Role.EXPECTED else 0, dtype=pl.Int64).alias("expected_rows"),
            pl.lit(1 if side.role is Role.ACTUAL else 0, dtype=pl.Int64).alias("actual_rows"),
        )
        for side in sides
    ]
    return (
        pl.concat(parts)
        .group_by("unit")
        .agg(
            pl.col("currency").first(ignore_nulls=True),
            *(pl.col(f"expected_{figure}", f"actual_{figure}").sum() for figure in _FIGURES),
            pl.col("expected_rows", "actual_rows").sum(),
        )
        .with_columns(
            (pl.col(f"actual_{figure}") - pl.col(f"expected_{figure}")).alias(f"gap_{figure}") for figure in _FIGURES
        )
        .sort("unit")
    )


def judge(
    sides: Sequence[Side],
    units: pl.DataFrame,
    findings: pl.DataFrame,
    *,
    remainder: str,
    keys: Sequence[str],
    off: frozenset[str],
) -> Judged:
    """Give each unit its verdict.

    Args:
        sides: Sides with `unit` and `aside`.
        units: As `totals_of`, with `state` (a matter of time, or null), `allowed_minor` (what the tolerance allows), `on`, the
            columns of `keys` and those of the source; and where they are there `waiting_minor` and `waiting_pieces`, the part of
            a gap that is a matter of time although findings explain the rest.
        findings: Those that the leaf's checks made.
        remainder: Type of the finding that takes what no other finding of a unit explains.
        keys: Columns of `units` that name a remainder.
        off: Types that are switched off.
    """
    explained = (
        findings.filter(~pl.col("is_note"))
        .group_by("unit")
        .agg(pl.col("impact_minor").sum().alias("explained"), pl.col("pieces").sum().alias("explained_pieces"))
    )
    units = units.join(explained, on="unit", how="left", maintain_order="left").with_columns(
        (pl.col(f"waiting_{figure}") if f"waiting_{figure}" in units.columns else pl.lit(0, dtype=pl.Int64))
        .fill_null(0)
        .alias(f"waiting_{figure}")
        for figure in _FIGURES
    )
    is_named = pl.col("explained").is_not_null()
    rest = pl.col("gap_minor") - pl.col("explained").fill_null(0) - pl.col("waiting_minor")
    rest_pieces = pl.col("gap_pieces") - pl.col("explained_pieces").fill_null(0) - pl.col("waiting_pieces")
    within = (rest.abs() <= pl.col("allowed_minor")) & (rest_pieces == 0)
    waits = pl.col("state").is_in(TIMING_STATES).fill_null(value=False) & ~is_named
    left_over = units.filter(~waits & ~within).with_columns(rest.alias("rest"), rest_pieces.alias("gap_pieces"))
    remainders = findings_of(left_over, remainder, keys=keys, impact=pl.col("rest"))
    every = pl.concat([findings, remainders])
    named = every.filter(~pl.col("is_note"))["unit"].unique().implode()
    fresh = pl.concat([side.frame.filter(~pl.col("is_opening")).select("unit") for side in sides])["unit"].unique()
    settled = ~pl.col("unit").is_in(fresh.implode()) & ~pl.col("unit").is_in(every["unit"].unique().implode())
    is_off = pl.col("type").is_in(list(off))
    standing = every.filter(~is_off)
    standing_sums = (
        standing.filter(~pl.col("is_note")).group_by("unit").agg(pl.col("impact_minor").sum().alias("impacts"))
    )
    units = units.join(standing_sums, on="unit", how="left", maintain_order="left").with_columns(
        pl.when(waits)
        .then(pl.col("state").str.replace("_", " ", literal=True))
        .when(settled)
        .then(pl.lit(SETTLED))
        .when(pl.col("unit").is_in(named))
        .then(pl.when(pl.col("impacts").is_not_null()).then(pl.lit(FOUND)).otherwise(pl.lit(_UNCHECKED)))
        .when((pl.col("gap_minor") == 0) & (pl.col("gap_pieces") == 0))
        .then(pl.lit(AGREED))
        .otherwise(pl.lit(WITHIN))
        .alias("verdict"),
    )
    absorbed = pl.when(~pl.col("unit").is_in(named) & ~waits | (is_named & within)).then(rest).otherwise(0)
    units = units.with_columns(
        absorbed.alias("absorbed_minor"),
        *(
            pl.when(waits).then(f"gap_{figure}").otherwise(f"waiting_{figure}").alias(f"waiting_{figure}")
            for figure in _FIGURES
        ),
    )
    verdicts = units.select("unit", "verdict")
    judged = tuple(
        side.with_frame(
            side.frame.join(verdicts, on="unit", how="left", maintain_order="left").with_columns(
                pl.coalesce("aside", "verdict").alias("verdict"),
                pl.when(pl.col("verdict") == SETTLED)
                .then(pl.coalesce("aside", "verdict"))
                .otherwise("aside")
                .alias("aside"),
            )
        )
        for side in sides
    )
    return Judged(
        sides=judged,
        units=units.drop("explained", "explained_pieces", "impacts"),
        findings=standing,
        unheard=every.filter(is_off),
    )


def proof_of(judged: Judged, impacts: pl.DataFrame) -> Proof:
    """The checks that all must hold.

    Totals are summed from the sides as they came in, parts from what came out.

    Args:
        judged: Units with verdicts.
        impacts: The table of discrepancies: `currency`, `impact_minor`.
    """
    checks: list[Check] = []
    sums = [(side, _sums(side.frame)) for side in judged.sides]
    for side, known in sums:
        rows = _parts((verdict, count) for verdict, _, count, _ in known)
        checks.append(Check(name="rows", side=side.name, currency=None, total=side.given + side.carried, parts=rows))
    for side, known in sums:
        for code, total in side.totals.items():
            parts = _parts((verdict, minor) for verdict, currency, _, minor in known if currency == code)
            checks.append(Check(name="amounts", side=side.name, currency=code, total=total, parts=parts))
    checks += [_difference(judged, impacts, code) for code in _codes(judged)]
    counted = [side for side in judged.sides if side.pieces is not None]
    return Proof(
        [*checks, *(_pieces(side) for side in counted), *([_differencepieces_check(judged)] if counted else [])]
    )


def _codes(judged: Judged) -> list[str]:
    found: list[str] = judged.units["currency"].drop_nulls().unique().sort().to_list()
    return found


def _difference(judged: Judged, impacts: pl.DataFrame, code: str) -> Check:
    """What is there less what should be, over all rows that are not set aside, against what explains it."""
    total, is_of = 0, pl.col("currency") == code
    for side in judged.sides:
        sign = {Role.ACTUAL: 1, Role.EXPECTED: -1, Role.EVIDENCE: 0}[side.role]
        total += sign * _sum(side.frame, "minor", is_of & pl.col("aside").is_null()) if sign else 0
    is_new = is_of & (pl.col("verdict") != SETTLED)
    parts = {
        "impacts of discrepancies": _sum(impacts, "impact_minor", is_of),
        "within tolerance": _sum(judged.units, "absorbed_minor", is_new),
        "not due or in transit": _sum(judged.units, "waiting_minor", is_new),
        "checks switched off": _sum(judged.unheard, "impact_minor", is_of & ~pl.col("is_note")),
    }
    return Check(name="actual - expected", side="both", currency=code, total=total, parts=parts)


def _pieces(side: Side) -> Check:
    known = side.frame.select("verdict", "pieces").drop_nulls("verdict")
    parts = _parts(known.group_by("verdict").sum().sort("verdict").iter_rows())
    return pieces_check(side.name, "pieces", side.pieces or 0, parts)


def _differencepieces_check(judged: Judged) -> Check:
    sign = {Role.ACTUAL: 1, Role.EXPECTED: -1, Role.EVIDENCE: 0}
    total = sum(sign[side.role] * int(side.compared["pieces"].sum()) for side in judged.sides)
    parts = {
        "discrepancies": int(judged.findings.filter(~pl.col("is_note"))["pieces"].sum()),
        "not due or in transit": int(judged.units["waiting_pieces"].sum()),
        "checks switched off": int(judged.unheard.filter(~pl.col("is_note"))["pieces"].sum()),
    }
    return pieces_check("both", "pieces, actual - expected", total, parts)


def pieces_check(side: str, name: str, total: int, parts: Mapping[str, int]) -> Check:
    """A check of quantities: in pieces where all are whole, else in the parts that they are compared in.

    Args:
        side: Side it is about; `both` where it ties the sides to each other.
        name: What is stated.
        total: Parts of a piece.
        parts: Parts of a piece that are to sum to it.
    """
    if any(figure % PARTS_OF_A_PIECE for figure in (total, *parts.values())):
        return Check(name=f"{name}, in parts of a piece", side=side, currency=None, total=total, parts=parts)
    whole = {label: figure // PARTS_OF_A_PIECE for label, figure in parts.items()}
    return Check(name=name, side=side, currency=None, total=total // PARTS_OF_A_PIECE, parts=whole)


def _sums(frame: pl.DataFrame) -> list[tuple[str, str | None, int, int]]:
    """Verdict, currency, rows and minor units of rows with a verdict: one that lost its unit on the way shows as a gap."""
    known = frame.select("verdict", "currency", "minor").drop_nulls("verdict")
    sums = known.group_by("verdict", "currency").agg(pl.len().alias("rows"), pl.col("minor").sum())
    return sums.sort("verdict", "currency").rows()


def _parts(figures: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Figures summed by their names, in the order in which these come."""
    parts: dict[str, int] = {}
    for name, figure in figures:
        parts[name] = parts.get(name, 0) + figure
    return parts


def _sum(frame: pl.DataFrame, column: str, where: pl.Expr) -> int:
    """The sum of a column over some rows; of a wide frame nothing else is fetched."""
    return int(frame.select(pl.col(column).filter(where).sum()).item()) if frame.height else 0
