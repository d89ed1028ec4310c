"""The field of a sum: the records of both sides that a rule with a sum may take, with their amounts, and which may share.

`many` is the side whose records are summed, `one` the side that they add up to. With pairing `n:m` both are summed.
"""

from decimal import Decimal

import attrs
import polars as pl

from tieout.matching._plan import BoundRule
from tieout.matching._sides import Side
from tieout.matching._workbench import Workbench, key_names
from tieout.matching.conditions._base import BoundSum
from tieout.matching.engines._pool import Pool
from tieout.matching.rule import Pairing
from tieout.model.currency import exponent, is_currency

__all__ = ["PAIR", "SumField", "field_of", "records_of"]

PAIR = {"many": pl.UInt32(), "one": pl.UInt32()}
"""Positions of a pair, by what its records are in the sum."""


@attrs.frozen(kw_only=True, eq=False)
class SumField:
    """What a rule with a sum looks at.

    Attributes:
        bench: Columns of both sides.
        rule: The rule.
        total: What must add up.
        many: The side that is summed.
        one: The side that it adds up to.
        lines: Free records of `many` that have a whole key: row, key0, key1 and so on, value (Int128) and currency.
        targets: The same of `one`.
    """

    bench: Workbench
    rule: BoundRule
    total: BoundSum
    many: Side
    one: Side
    lines: pl.DataFrame
    targets: pl.DataFrame

    @property
    def many_is_left(self) -> bool:
        """Whether the left records are summed."""
        return self.many is self.bench.plan.left

    @property
    def has_currency(self) -> tuple[bool, bool]:
        """Whether the currencies of `many` and of `one` are known columns."""
        left, right = (one is not None for one in self.total.currencies)
        return (left, right) if self.many_is_left else (right, left)

    def pairs(self, lines: pl.DataFrame, targets: pl.DataFrame, *, by_currency: bool = False) -> pl.DataFrame:
        """Which lines may share with which targets: columns many and one; keys agree and gates hold.

        Args:
            lines: Some of the lines.
            targets: Some of the targets.
            by_currency: Leave out pairs of different currencies, where both are known.

        Raises:
            MatcherError: There would be more pairs than `max_candidates`, before the gates that are no equality.
        """
        names = [*key_names(self.rule), *(name for name in lines.columns if name.startswith("equal"))]
        if by_currency and all(self.has_currency):
            names.append("currency")
        joined = self._joined(lines, targets, names)
        sides = {"left": "many", "right": "one"} if self.many_is_left else {"left": "one", "right": "many"}
        pairs = joined.select(**{side: pl.col(part) for side, part in sides.items()})
        passing = self.bench.passes(pairs, self.rule)
        return passing.rename(sides).select(list(PAIR))

    def keyed(self, lines: pl.DataFrame, targets: pl.DataFrame) -> pl.DataFrame:
        """Lines and targets of the same key, whatever the gates say: columns many and one."""
        return self._joined(lines, targets, key_names(self.rule))

    def as_links(self, pairs: pl.DataFrame) -> pl.DataFrame:
        """Columns many and one as left and right, the others as they are."""
        return pairs.rename({"many": "left", "one": "right"} if self.many_is_left else {"one": "left", "many": "right"})

    def amount(self, value: int | None, currency: str | None) -> Decimal | None:
        """A whole number of the comparison as a person reads it."""
        if value is None:
            return None
        scale, decimals = self.total.scale, exponent(currency) if currency and is_currency(currency) else 0
        while scale > decimals and value % 10 == 0:
            value, scale = value // 10, scale - 1
        return Decimal(f"{value}E-{scale}")

    def _joined(self, lines: pl.DataFrame, targets: pl.DataFrame, names: list[str]) -> pl.DataFrame:
        if names:
            counts = lines.group_by(names).len("many").join(targets.group_by(names).len("one"), on=names)
            expected = int(counts.select((pl.col("many").cast(pl.Int64) * pl.col("one")).sum()).item())
        else:
            expected = lines.height * targets.height
        self.bench.guard(expected, self.rule, "too many records could be in a sum")
        left = lines.select(*names, many="row")
        right = targets.select(*names, one="row")
        joined = left.join(right, on=names) if names else left.join(right, how="cross")
        return joined.select(pl.col(name).cast(dtype) for name, dtype in PAIR.items())


def field_of(bench: Workbench, pool: Pool, rule: BoundRule, total: BoundSum) -> SumField:
    """The records that are free for a rule with a sum.

    None of them may have shared before: what was matched once has its amount explained.

    Args:
        bench: Columns of both sides.
        pool: What is free.
        rule: The rule.
        total: Its sum.
    """
    left, right = bench.plan.left, bench.plan.right
    many, one = (right, left) if rule.pairing is Pairing.ONE_TO_MANY else (left, right)
    records = {
        side.name: records_of(bench, rule, total, side, pool.rows(side.name, may_share=False)) for side in (left, right)
    }
    return SumField(
        bench=bench, rule=rule, total=total, many=many, one=one, lines=records[many.name], targets=records[one.name]
    )


def records_of(bench: Workbench, rule: BoundRule, total: BoundSum, side: Side, rows: pl.Series | None) -> pl.DataFrame:
    """Records that have a whole key, as lines or targets of a sum.

    Args:
        bench: Columns of both sides.
        rule: The rule.
        total: Its sum.
        side: Their side.
        rows: Their positions; None for all.
    """
    at = 0 if side is bench.plan.left else 1
    if rule.parts:
        keys = bench.keys(rule, side, rows)
    else:
        everyone = pl.int_range(side.frame.height, dtype=pl.UInt32, eager=True)
        keys = (everyone if rows is None else rows.cast(pl.UInt32)).alias("row").to_frame()
    currency = total.currencies[at]
    columns = side.frame.select(
        total.values[at].cast(pl.Int128).alias("value"),
        (pl.lit(None, dtype=pl.String) if currency is None else currency).alias("currency"),
        *(forms[at].value.alias(f"equal{number}") for number, forms in enumerate(rule.equal)),
    )
    return pl.concat([keys, columns[keys["row"]]], how="horizontal")
