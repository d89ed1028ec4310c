"""Recognising a whole column of numbers.

The forms are grouped by length, so a cell is compared only with the few forms of its own length, and a check digit is
computed only where a form has one.
"""

from collections.abc import Sequence

import attrs
import polars as pl

from tieout.keys.patterns import CheckState, Confidence, Pattern
from tieout.keys.texts import whole

__all__ = ["RECOGNITION", "check_states", "recognize_numbers"]

RECOGNITION = pl.Struct({"code": pl.String, "confidence": pl.String, "check": pl.String, "rivals": pl.Int64})
"""What a column's recognition gives: see `recognize_numbers`."""

_NUMBER = pl.col("number")


def recognize_numbers(numbers: pl.Series, declared: Sequence[tuple[str, Sequence[Pattern]]]) -> pl.Series:
    """For each normalised number the one best issuer.

    `code` is given where only one issuer's form fits, or one alone has the number as its own (`checked`,
    `distinctive`); else it is null, for a check digit that one random number in ten passes settles nothing between
    carriers that share a form. `confidence` and `check` are those of the best candidates, `rivals` counts the others.
    The struct is null where no form fits.
    """
    frame = numbers.alias("number").to_frame().with_row_index("row").with_columns(size=_NUMBER.str.len_bytes())
    parts = [_recognize_length(part, size, declared) for (size,), part in frame.group_by("size", maintain_order=True)]
    recognised = pl.concat([*parts, _nothing(frame.clear())]).sort("row")
    return recognised.select(pl.col("found").alias(numbers.name)).to_series()


def check_states(numbers: pl.Series, patterns: Sequence[Pattern]) -> pl.Series:
    """What the check of each normalised number says, as text: that of the best of the forms that it has."""
    states = pl.Series(numbers.name, [CheckState.ABSENT.value], dtype=pl.String).new_from_index(0, len(numbers))
    merged = _merged(patterns)
    forms = [pattern.form for pattern in merged if pattern.rule is not None]
    if not forms:
        return states
    rows = numbers.str.contains(whole("|".join(forms))).arg_true()  # few: most numbers have no check digit
    if rows.is_empty():
        return states
    found = recognize_numbers(numbers.gather(rows), [("any", merged)]).struct.field("check")
    return states.scatter(rows, found.fill_null(CheckState.ABSENT.value))


def _merged(patterns: Sequence[Pattern]) -> list[Pattern]:
    """The patterns with one for all that are worth the same, so that a check is made once."""
    alike: dict[tuple[str | None, bool], list[Pattern]] = {}
    for pattern in patterns:
        alike.setdefault((pattern.check, pattern.is_distinctive), []).append(pattern)
    return [
        attrs.evolve(
            same[0],
            form="|".join(pattern.form for pattern in same),
            lengths=tuple(sorted({length for pattern in same for length in pattern.lengths})),
        )
        for same in alike.values()
    ]


def _recognize_length(
    part: pl.DataFrame, size: object, declared: Sequence[tuple[str, Sequence[Pattern]]]
) -> pl.DataFrame:
    fitting = {code: [pattern for pattern in patterns if size in pattern.lengths] for code, patterns in declared}
    ranks = {
        code: pl.max_horizontal(_rank(pattern) for pattern in patterns)
        for code, patterns in fitting.items()
        if patterns
    }
    if not ranks:
        return _nothing(part)
    scored = part.select("row", *(rank.alias(f"rank of {code}") for code, rank in ranks.items()))
    columns = {code: pl.col(f"rank of {code}") for code in ranks}
    scored = scored.with_columns(top=pl.max_horizontal(columns.values()))
    top = pl.col("top")
    winner = pl.coalesce(pl.when(rank == top).then(pl.lit(code)) for code, rank in columns.items())
    is_only = pl.sum_horizontal(rank > 0 for rank in columns.values()) == 1
    is_owner = top.is_in(_OWN) & (pl.sum_horizontal(rank == top for rank in columns.values()) == 1)
    found = pl.struct(
        code=pl.when(is_only | is_owner).then(winner),
        confidence=top.replace_strict(_CONFIDENCES, default=None, return_dtype=pl.String),
        check=top.replace_strict(_CHECKS, default=None, return_dtype=pl.String),
        rivals=(pl.sum_horizontal(rank > 0 for rank in columns.values()).cast(pl.Int64) - 1),
    )
    return scored.select("row", found=pl.when(top > 0).then(found.cast(RECOGNITION)))


def _rank(pattern: Pattern) -> pl.Expr:
    """The rank of the confidence that the form gives a number; 0 where it gives none."""
    fits = _NUMBER.str.contains(whole(pattern.form))
    if pattern.rule is None:
        return pl.when(fits).then(_rank_in(pattern, CheckState.ABSENT)).otherwise(0)
    passed = pl.when(pattern.rule.holds_expr(_NUMBER)).then(_rank_in(pattern, CheckState.PASSED))
    return pl.when(fits).then(passed.otherwise(_rank_in(pattern, CheckState.FAILED))).otherwise(0)


def _rank_in(pattern: Pattern, state: CheckState) -> pl.Expr:
    confidence = pattern.confidence(state)
    return pl.lit(confidence.rank if confidence else 0, dtype=pl.Int8)


def _nothing(part: pl.DataFrame) -> pl.DataFrame:
    return part.select("row", found=pl.lit(None, dtype=RECOGNITION))


_OWN = [Confidence.CHECKED.rank, Confidence.DISTINCTIVE.rank]
_CONFIDENCES = {confidence.rank: confidence.value for confidence in Confidence}
_CHECKS = {confidence.rank: confidence.check.value for confidence in Confidence}
