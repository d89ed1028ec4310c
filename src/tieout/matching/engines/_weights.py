"""Weights: how much more often true pairs agree than strangers do, after Fellegi and Sunter (1969).

For each level at which a gate can be met, m is how often true pairs meet it and u how often strangers do. Gates are taken to be
independent, except where the data say that they are not: gates that read the same column are counted together, and where
strangers agree on all gates at once more often than independence says (one product: one price, one weight), that counts. A
value that one record in fifty has never speaks more than fifty to one. All estimates err on the side of the stranger.
"""

import attrs
import polars as pl

from tieout.matching._plan import Plan
from tieout.matching.conditions._base import BoundGate
from tieout.matching.engines._agreement import LEVELS, agreement, dependent_gates, equal_at, level_names
from tieout.matching.engines._commonness import Commonness, common_columns
from tieout.matching.engines._teaching import strangers_of

__all__ = ["Weights", "learn_weights"]


@attrs.frozen(kw_only=True, eq=False)
class Weights:
    """What was learned about the gates of one rule.

    Attributes:
        plan: Both sides.
        gates: The gates.
        sets: Gates that count as one piece of evidence, by number.
        tables: For each set: its level columns, m and u.
        together: All level columns, and how often strangers agree so (column `u`).
        unseen: The same for what no stranger did.
        commonness: How common values are.
    """

    plan: Plan
    gates: tuple[BoundGate, ...]
    sets: list[tuple[int, ...]]
    tables: list[pl.DataFrame]
    together: pl.DataFrame
    unseen: float
    commonness: Commonness

    def ratios(self, pairs: pl.DataFrame) -> pl.Series:
        """How many times likelier each pair's agreement is if it is true than if it is strangers'.

        Args:
            pairs: Columns left and right, positions.
        """
        names = level_names(self.gates)
        seen = self.commonness.seen(pairs.select("left", "right"))
        frame = pl.concat([seen, agreement(self.plan, self.gates, seen)], how="horizontal")
        frame = frame.with_columns(m=pl.lit(1.0), u=pl.lit(1.0))
        for numbers, table in zip(self.sets, self.tables, strict=True):
            own = [names[at] for at in numbers]
            frame = frame.join(table, on=own, how="left", suffix="_set", maintain_order="left")
            common = pl.min_horizontal(
                pl.max_horizontal(columns) for at, columns in enumerate(common_columns(self.gates)) if at in numbers
            )
            u = pl.when(equal_at(own)).then(pl.max_horizontal("u_set", pl.col("m_set") * common)).otherwise("u_set")
            frame = frame.with_columns(m=pl.col("m") * pl.col("m_set"), u=pl.col("u") * u).drop("m_set", "u_set")
        frame = frame.join(self.together, on=names, how="left", suffix="_together", maintain_order="left")
        floor = pl.col("u_together").fill_null(self.unseen)
        return frame.select(ratio=pl.col("m") / pl.max_horizontal("u", floor)).to_series()

    def shown(self) -> pl.DataFrame:
        """The tables as people read them: gate, level, m, u, weight (power of ten)."""
        return pl.concat(
            _shown(numbers, table, self.gates) for numbers, table in zip(self.sets, self.tables, strict=True)
        )


def learn_weights(plan: Plan, gates: tuple[BoundGate, ...], teaching: pl.DataFrame) -> Weights:
    """Weights of a rule's gates.

    Args:
        plan: Both sides.
        gates: The gates, one at least.
        teaching: Pairs that are true, in the order of their keys.
    """
    commonness = Commonness.of(plan, gates, teaching)
    true = agreement(plan, gates, commonness.teaching)
    strangers = [agreement(plan, gates, pairs) for pairs in strangers_of(commonness.teaching)]
    names = level_names(gates)
    sets = dependent_gates(gates)
    tables = [_table([names[at] for at in numbers], true, strangers) for numbers in sets]
    together = pl.concat(_counted(levels, names).with_columns(of=pl.lit(levels.height)) for levels in strangers)
    together = together.with_columns(u=(pl.col("len") + 1) / (pl.col("of") + 1))
    return Weights(
        plan=plan,
        gates=gates,
        sets=sets,
        tables=tables,
        together=together.group_by(names).agg(pl.col("u").max()),
        unseen=1 / (min(levels.height for levels in strangers) + 1),
        commonness=commonness,
    )


def _table(names: list[str], true: pl.DataFrame, strangers: list[pl.DataFrame]) -> pl.DataFrame:
    """Every combination of levels of a set, with m and u.

    Each is taken to have been seen once more than it was. Strangers are the same records again, several times: they count as
    often as the true pairs do, so that what nobody has seen weighs nothing.
    """
    grid = pl.DataFrame({"at": [0]})
    for name in names:
        grid = grid.join(pl.DataFrame({name: range(len(LEVELS))}, schema={name: pl.UInt8}), how="cross")
    grid = grid.drop("at")
    shares = []
    for levels in (true, *strangers):
        counts = grid.join(_counted(levels, names), on=names, how="left", maintain_order="left")["len"]
        share = counts.fill_null(0) / levels.height
        shares.append((share * true.height + 1) / (true.height + grid.height))
    u = pl.DataFrame([share.alias(str(at)) for at, share in enumerate(shares[1:])]).max_horizontal()
    return grid.with_columns(m=shares[0], u=u)


def _counted(levels: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    return levels.group_by(names).agg(pl.len().cast(pl.Int64))


def _shown(numbers: tuple[int, ...], table: pl.DataFrame, gates: tuple[BoundGate, ...]) -> pl.DataFrame:
    names = [f"level{at}" for at in numbers]
    words = [pl.col(name).replace_strict(dict(enumerate(LEVELS)), return_dtype=pl.String) for name in names]
    return table.sort(names).select(
        gate=pl.lit("; ".join(gates[at].text for at in numbers)),
        level=pl.concat_str(words, separator="; "),
        m="m",
        u="u",
        weight=(pl.col("m") / pl.col("u")).log10(),
    )
