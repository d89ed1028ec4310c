"""Commonness: how many records have the very value that two records agree on.

A catalogue price of 99.00 that one line in fifty has proves little when it is equal; an amount that stands once proves much.
"""

import attrs
import polars as pl

from tieout.matching._plan import Plan
from tieout.matching._sides import Side
from tieout.matching.conditions._base import BoundGate

__all__ = ["Commonness", "common_columns"]


def common_columns(gates: tuple[BoundGate, ...]) -> list[tuple[str, str]]:
    """Column names, left and right, of each gate's commonness."""
    return [(f"left_common{at}", f"right_common{at}") for at in range(len(gates))]


@attrs.frozen(kw_only=True, eq=False)
class Commonness:
    """How common values are on both sides, gate by gate.

    Attributes:
        plan: Both sides.
        gates: Whose columns.
        teaching: Pairs whose records stand for all records: left, right, and what `common_columns` names.
        tables: For each of those names: the columns of the gate on that side, and the share of records that have these values.
    """

    plan: Plan
    gates: tuple[BoundGate, ...]
    teaching: pl.DataFrame
    tables: dict[str, pl.DataFrame]

    @classmethod
    def of(cls, plan: Plan, gates: tuple[BoundGate, ...], teaching: pl.DataFrame) -> "Commonness":
        """Counted among the records of these pairs.

        Args:
            plan: Both sides.
            gates: Whose columns.
            teaching: Columns left and right, each record once.
        """
        tables = {}
        for side, at, name in _columns(plan, gates):
            values = _values(side, gates[at], teaching[side.name])
            share = pl.len() / teaching.height
            common = values.select(share.over(values.columns).alias(name))
            teaching = teaching.with_columns(common.to_series())
            tables[name] = values.with_columns(common.to_series()).filter(pl.col(name) > 1 / teaching.height).unique()
        return cls(plan=plan, gates=gates, teaching=teaching, tables=tables)

    def seen(self, pairs: pl.DataFrame) -> pl.DataFrame:
        """Pairs with how common the values of their records are; values that were not counted are as good as unique.

        Args:
            pairs: Columns left and right, positions.
        """
        least = 1 / self.teaching.height
        for side, at, name in _columns(self.plan, self.gates):
            values = _values(side, self.gates[at], pairs[side.name])
            found = values.join(
                self.tables[name], on=values.columns, how="left", maintain_order="left", nulls_equal=True
            )
            pairs = pairs.with_columns(found[name].fill_null(least))
        return pairs


def _columns(plan: Plan, gates: tuple[BoundGate, ...]) -> list[tuple[Side, int, str]]:
    """Side, number of the gate, and name."""
    named = enumerate(common_columns(gates))
    return [(side, at, name) for at, names in named for side, name in zip((plan.left, plan.right), names, strict=True)]


def _values(side: Side, gate: BoundGate, rows: pl.Series) -> pl.DataFrame:
    names = gate.left if side.name == "left" else gate.right
    return pl.DataFrame([side.frame[name].alias(f"value:{name}").gather(rows) for name in names])
