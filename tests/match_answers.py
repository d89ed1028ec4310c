"""All that a match says, in an order of its own, to be held against what another engine says."""

import math

import attrs
import polars as pl

SCORE = 1e-9
"""Scores are sums of logarithms; their order may differ by an engine's way, by no more than this."""

_PAIR = ("left", "right", "rule", "status", "evidence")


@attrs.frozen(kw_only=True)
class Answer:
    """What was found, without the numbers of groups.

    Attributes:
        pairs: Positions of both, rule, status, evidence and score; ascending.
        groups: Which pairs belong together.
        alone: Positions of records in no confirmed group, by side.
        proof: Checks as they are said of each side; those of both hold it against what only Spark can lose, and must hold.
        calibrations: Each one's figures, by name.
        verdicts: In the order of the rules, sides and positions.
    """

    pairs: list
    groups: frozenset
    alone: dict
    proof: list
    calibrations: list
    verdicts: list


def answer_of(result, *, local=lambda frame: frame):
    """The answer of a result.

    Args:
        result: What a matcher found.
        local: Brings a frame of it here, as one of Polars.
    """
    assert [] == [str(check) for check in result.proof.checks if check.side == "both" and not check.holds]
    pairs = local(result.pairs)
    told = pairs.select(*_PAIR, "score").sort("left", "right", "rule", "status")
    together = pairs.group_by("group").agg(pl.struct("left", "right", "status"))
    return Answer(
        pairs=told.rows(),
        groups=frozenset(frozenset(tuple(pair.values()) for pair in group) for group in together["left"].to_list()),
        alone={name: _column(local(getattr(result, f"{name}_only"))) for name in ("left", "right")},
        proof=[attrs.asdict(check) for check in result.proof.checks if check.side != "both"],
        calibrations=[_figures(one) for one in result.calibrations],
        verdicts=sorted(result.verdicts, key=lambda one: (one.rule, one.side, one.position)),
    )


def assert_same(expected, actual):
    """Two answers are one; scores and what was learned may differ by rounding."""
    assert [pair[:-1] for pair in expected.pairs] == [pair[:-1] for pair in actual.pairs]
    far = [
        (one, other)
        for one, other in zip(expected.pairs, actual.pairs, strict=True)
        if not math.isclose(one[-1], other[-1], rel_tol=0, abs_tol=SCORE)
    ]
    assert [] == far
    assert expected.groups == actual.groups
    assert expected.alone == actual.alone
    assert expected.proof == actual.proof
    assert expected.verdicts == actual.verdicts
    assert len(expected.calibrations) == len(actual.calibrations)
    for one, other in zip(expected.calibrations, actual.calibrations, strict=True):
        assert one.keys() == other.keys()
        assert [] == [(name, one[name], other[name]) for name in one if not _near(one[name], other[name])]


def _column(alone):
    series = alone.to_series() if isinstance(alone, pl.DataFrame) else alone
    return series.sort().to_list()


def _figures(calibration):
    """What a calibration says, cell by cell."""
    found = {}
    for field in attrs.fields(type(calibration)):
        value = getattr(calibration, field.name)
        if isinstance(value, pl.DataFrame):
            names = [name for name, dtype in value.schema.items() if dtype == pl.String]
            for row in value.iter_rows(named=True):
                key = tuple(row[name] for name in names)
                found |= {(field.name, *key, name): cell for name, cell in row.items() if name not in names}
        else:
            found[field.name] = value
    return found


def _near(one, other):
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=SCORE, abs_tol=SCORE)
    return one == other
