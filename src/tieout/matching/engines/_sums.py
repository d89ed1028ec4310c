"""Sums: deciding rules whose amounts must add up.

Records that a key names are summed whole. Without a key, or where the whole does not add up, a few of them are searched for.
Either way a sum is confirmed as a whole or not at all.
"""

import attrs
import polars as pl

from tieout.matching._plan import BoundRule
from tieout.matching._workbench import Workbench
from tieout.matching.conditions._base import BoundSum
from tieout.matching.engines._choices import decide_choices
from tieout.matching.engines._pool import Decision, Pool
from tieout.matching.engines._sum_field import SumField, field_of
from tieout.matching.engines._totals import decide_blocks, decide_groups
from tieout.matching.rule import Pairing
from tieout.matching.verdict import Verdict

__all__ = ["decide_by_sums"]


def decide_by_sums(bench: Workbench, pool: Pool, rule: BoundRule, total: BoundSum) -> tuple[Decision, list[Verdict]]:
    """What a rule with a sum says about the records that are free, and what it found out about each sum.

    Args:
        bench: Columns of both sides.
        pool: What is free.
        rule: The rule.
        total: Its sum.
    """
    field = field_of(bench, pool, rule, total)
    if rule.pairing is Pairing.MANY_TO_MANY:
        blocks = decide_blocks(field)
        return blocks.decision, blocks.verdicts
    if total.subset is None:
        groups = decide_groups(field)
        return groups.decision, groups.verdicts
    if not rule.parts:
        decision, verdicts = decide_choices(field, total.subset)
        return decision, _in_order(verdicts)
    whole = decide_groups(field)
    decision, verdicts = decide_choices(_without(field, whole.lines, whole.targets), total.subset)
    fitting = [verdict for verdict in whole.verdicts if verdict.answer == "unique"]
    return whole.decision.joined(decision), _in_order([*fitting, *verdicts])


def _without(field: SumField, lines: pl.Series, targets: pl.Series) -> SumField:
    """What is left when some lines and targets are spoken for."""
    return attrs.evolve(
        field,
        lines=field.lines.filter(~pl.col("row").is_in(lines.implode())),
        targets=field.targets.filter(~pl.col("row").is_in(targets.implode())),
    )


def _in_order(verdicts: list[Verdict]) -> list[Verdict]:
    return sorted(verdicts, key=lambda verdict: verdict.position)
