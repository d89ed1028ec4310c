"""Teaching pairs: pairs that are known to be true, and pairs that are known to be strangers.

True are records with the very same key as it came, a key that stands once on each side; no gate is asked, or the gates would be
taught that they always hold. Strangers are the same records paired with each other's partners: with those whose keys follow in
order, which is whom a search meets, for numbers are issued in runs; and with those half the way round.
"""

import polars as pl
import polars.selectors as cs

from tieout.matching._plan import BoundRule, Plan
from tieout.matching._sides import Side

__all__ = ["NEAR", "paired", "sampled", "samplings", "strangers_of", "teaching_pairs"]

NEAR = (1, 2, 5)
"""How far on in the order of keys the near strangers are."""

_MOST_PAIRS = 50_000
_RUN_CHARS = 3  # keys that are the same but for so many last characters are sampled together
_HASHES = 2**64
_SEED_RUNS, _SEED_KEYS = 11, 12


def teaching_pairs(plan: Plan, rule: BoundRule) -> pl.DataFrame:
    """Pairs of records with the very same key, which stands once on each side; of large sides a sample of whole runs.

    The sample depends on the keys alone: not on the order of the rows.

    Args:
        plan: Both sides.
        rule: Whose key.

    Returns:
        Columns left and right, positions, in the order of the keys; about 50,000 rows of large sides, 100,000 at most.
    """
    first, *others = samplings(min(plan.records(plan.left), plan.records(plan.right)))
    pairs = paired(plan, rule, *first)
    if not others or _MOST_PAIRS / 4 <= pairs.height <= 2 * _MOST_PAIRS:
        return pairs
    return paired(plan, rule, *others[0])  # too few or too large runs


def samplings(fewest: int) -> list[tuple[float, int]]:
    """The ways to sample keys, in the order in which they are tried: rate, and how many last characters do not count.

    Args:
        fewest: Records of the smaller side.
    """
    if fewest <= 2 * _MOST_PAIRS:
        return [(1.0, 0)]
    return [(_MOST_PAIRS / fewest, _RUN_CHARS), (_MOST_PAIRS / fewest, 0)]


def strangers_of(pairs: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Pairs of strangers, near in key order and far from each other.

    Args:
        pairs: What `teaching_pairs` gave; columns that start with `left` and `right` stay with their records.
    """
    return _shifted(pairs, NEAR), _shifted(pairs, (pairs.height // 2,))


def _shifted(pairs: pl.DataFrame, steps: tuple[int, ...]) -> pl.DataFrame:
    lefts = pairs.select(cs.starts_with("left"))
    rights = pairs.select(cs.starts_with("right"))
    parts = [
        pl.concat([lefts, pl.concat([rights.slice(step), rights.head(step)])], how="horizontal")
        for step in steps
        if 0 < step < pairs.height
    ]
    return pl.concat(parts) if parts else pairs.clear()


def paired(plan: Plan, rule: BoundRule, rate: float, run_chars: int) -> pl.DataFrame:
    """Pairs of sampled records with the very same key, which stands once on each side: left, right, in the order of the keys.

    Args:
        plan: Both sides.
        rule: Whose key.
        rate: Share of the keys that is taken.
        run_chars: How many last characters of a key do not count for that.
    """
    names = [f"key{at}" for at in range(len(rule.parts))]
    left, right = (_lone_keys(side, at, rule, rate, run_chars) for at, side in enumerate((plan.left, plan.right)))
    return left.join(right, on=names, suffix="_right").sort(names).select(left="row", right="row_right")


def _lone_keys(side: Side, at: int, rule: BoundRule, rate: float, run_chars: int) -> pl.DataFrame:
    """Keys as they came that stand once among the sampled ones: row, key0, key1, and so on."""
    frame, parts = side.frame, rule.parts
    rows = pl.int_range(frame.height, dtype=pl.UInt32, eager=True)
    if rate < 1:
        rows = sampled(side, at, rule, rate, run_chars)
        frame = frame[sorted({name for part in parts for name in (part.right if at else part.left)})][rows]
    raw = [part.raw[at].value.alias(f"key{number}") for number, part in enumerate(parts)]
    normal = [part.normal[at].value.alias(f"normal{number}") for number, part in enumerate(parts)]
    names = [f"key{number}" for number in range(len(parts))]
    keys = frame.select(*raw, *normal).with_columns(row=rows.cast(pl.UInt32)).drop_nulls()
    whole = pl.col(names[0]) if len(names) == 1 else pl.struct(names)
    return keys.select("row", *names).filter(whole.is_unique())


def sampled(side: Side, at: int, rule: BoundRule, rate: float, run_chars: int) -> pl.Series:
    """Positions of the records whose keys are taken; arguments are those of `paired`, and which of the two sides it is."""
    if rate >= 1:
        return pl.int_range(side.frame.height, dtype=pl.UInt32, eager=True)
    return side.frame.select(_is_sampled(rule.parts[-1].raw[at].value, rate, run_chars)).to_series().arg_true()


def _is_sampled(key: pl.Expr, rate: float, run_chars: int) -> pl.Expr:
    text = key.cast(pl.String)
    number = text.str.head(-run_chars).hash(_SEED_RUNS) if run_chars else text.hash(_SEED_KEYS)
    return (number < int(rate * _HASHES)) & text.is_not_null()
