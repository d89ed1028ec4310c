"""Results on Spark: who was paired with whom, as frames of Spark."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, NoReturn

import attrs
import polars as pl

from tieout._notebook import table, view
from tieout._spark.workers import spoken
from tieout.errors import MatcherError
from tieout.matching._proof import money_of, once_check, single_rules, sum_checks, sums_of
from tieout.matching._sides import Side
from tieout.matching._spark.closing import CHECKSUM, PRIME, checksum
from tieout.matching._spark.cluster import SparkCluster
from tieout.matching._spark.driving import Found
from tieout.matching._spark.sides import functions_of, quoted
from tieout.matching._spark.task import POSITION, SIDES
from tieout.matching.explanation import Explanation
from tieout.matching.result import MatchResult
from tieout.model import MatchGroup, MatchStatus
from tieout.proof import Check, Proof

__all__ = ["SparkMatchResult"]

_CONFIRMED = MatchStatus.CONFIRMED.value
_WIDE = "decimal(38,0)"


@attrs.frozen(kw_only=True, eq=False, slots=False)
class SparkMatchResult(MatchResult):
    """What a matcher found on Spark: a `MatchResult` whose frames are frames of Spark.

    Attributes:
        pairs: One row per pair, in no order: columns as locally, but `group` is a number (Int64) that rises with the least left
            position of the group, with gaps.
        sides: The frames that were matched, left and right.
        numbered: The same with `tieout:position`, which `left` and `right` of the pairs mean.
    """

    pairs: Any = attrs.field(repr=False)
    sides: Mapping[str, Any] = attrs.field(repr=False)
    numbered: Mapping[str, Any] = attrs.field(repr=False)
    _found: Found = attrs.field(repr=False)
    _cluster: SparkCluster = attrs.field(repr=False)

    @cached_property
    def left_only(self) -> Any:  # noqa: ANN401 - a frame of Spark
        """Positions of the left records that are in no confirmed group: one column, `left`."""
        return self._alone_on("left")

    @cached_property
    def right_only(self) -> Any:  # noqa: ANN401 - a frame of Spark
        """Positions of the right records that are in no confirmed group: one column, `right`."""
        return self._alone_on("right")

    @cached_property
    def proof(self) -> Proof:
        """Counts, and totals per currency, as locally.

        Totals are counted and summed by Spark from the sides, and confirmed records from the pairs; what else there is by the
        buckets as they decided. Beside the local checks stand two of the confirmed pairs, as decided and as read: a pair that is
        lost among others of its records leaves no record alone.
        """
        with spoken():
            return Proof(self._checks())

    def groups(self) -> list[MatchGroup]:
        """Not on Spark: the groups are as many as the records.

        Raises:
            MatcherError: Always.
        """
        self._refuse("groups")

    def explain(self, *, left: int | None = None, right: int | None = None) -> Explanation:
        """Not on Spark: it looks at every record.

        Raises:
            MatcherError: Always.
        """
        _ = (left, right)
        self._refuse("an explanation")

    def unpersist(self) -> None:
        """Let go of what the buckets keep on the cluster; the frames of this result cannot be read afterwards."""
        self._cluster.rows.unpersist()

    def _refuse(self, what: str) -> NoReturn:
        raise MatcherError(
            f"{what} cannot be made of sides on Spark",
            hint="match the records in question again as Polars frames: result.sides['left'].filter(...).toArrow()",
        )

    def _alone_on(self, name: str) -> Any:  # noqa: ANN401
        confirmed = self._found.links.filter("is_confirmed")[name].unique().sort().to_frame()
        opened = self._cluster.open_on(name)
        if confirmed.is_empty():
            return opened
        known = self.pairs.sparkSession.createDataFrame(confirmed.to_arrow(), f"{name} long")
        return opened.join(functions_of(opened).broadcast(known), on=name, how="left_anti")

    def _checks(self) -> Iterator[Check]:
        used = {name: self._used(name) for name in SIDES}
        for side in (self.plan.left, self.plan.right):
            parts = self._parts(side)
            here = {name: {"": frame.height} for name, frame in parts.items()}
            counts = {name: figures.get("", 0) for name, figures in self._whole(side.name, "records", here).items()}
            counts["confirmed"] = used[side.name]["records"]  # of the pairs themselves: one that was lost is seen
            total = self.numbered[side.name].count()
            yield Check(name="records", side=side.name, currency=None, total=total, parts=counts)
            yield from self._sums(side, parts)
        for name in SIDES:
            if single_rules(self.plan, name):
                yield once_check(name, used[name]["single pairs"], used[name]["single records"])
        yield from self._pair_checks(used["left"])

    def _pair_checks(self, read: Mapping[str, int]) -> Iterator[Check]:
        """Confirmed pairs as they were decided, in the buckets and beside them, against those that are read."""
        links = self._found.links.filter("is_confirmed")
        # What the buckets settled may stand here once more, in groups that have grown.
        anew = links.filter(~(pl.col("left").is_in(self._found.replaces.implode()) & (pl.col("rule") == 0)))
        settled = {of: sum(self._counted("left", of).values()) for of in ("pairs", CHECKSUM)}
        for name, total, part in (
            ("confirmed pairs", settled["pairs"] + anew.height, read["pairs"]),
            ("checksum of confirmed pairs", settled[CHECKSUM] + checksum(anew), read["checksum"]),
        ):
            yield Check(name=name, side="both", currency=None, total=total, parts={"read": part})

    def _parts(self, side: Side) -> dict[str, pl.DataFrame]:
        """The records that were brought together and paired."""
        rest, links = self._found.rest[side.name], self._found.links
        position, confirmed = pl.col(POSITION), pl.col("is_confirmed")
        taken = position.is_in(links.filter(confirmed)[side.name].unique().implode())
        named = position.is_in(links.filter(~confirmed)[side.name].unique().implode())
        parts = {"confirmed": taken, "suggested": ~taken & named}
        return {name: rest.filter(which).drop(POSITION) for name, which in parts.items()}

    def _whole(self, side: str, what: str, parts: Mapping[str, Mapping[str, int]]) -> dict[str, Mapping[str, int]]:
        """Figures of all records of a side: those of closed blocks are confirmed, and alone is what else is open."""
        closed, opened = self._counted(side, f"closed {what}"), self._counted(side, f"open {what}")
        confirmed, suggested = parts["confirmed"], parts["suggested"]
        return {
            "confirmed": {of: closed.get(of, 0) + confirmed.get(of, 0) for of in closed.keys() | confirmed.keys()},
            "suggested": suggested,
            "alone": {of: figure - confirmed.get(of, 0) - suggested.get(of, 0) for of, figure in opened.items()},
        }

    def _sums(self, side: Side, parts: Mapping[str, pl.DataFrame]) -> Iterator[Check]:
        money = money_of(self.plan, side)
        if money is None or not side.frame.schema[money[0]].is_integer():
            return
        amount, currency = map(quoted, money)
        functions = functions_of(self.numbered[side.name])
        summed = (
            self.numbered[side.name]
            .filter(functions.col(amount).isNotNull() & functions.col(currency).isNotNull())
            .groupBy(functions.col(currency).cast("string").alias("currency"))
            .agg(functions.sum(functions.col(amount).cast(_WIDE)).cast("string").alias("total"))
            .toArrow()
            .to_pylist()
        )
        totals = {row["currency"]: int(row["total"]) for row in summed}
        by_part = {name: sums_of(self.plan, attrs.evolve(side, frame=frame)) for name, frame in parts.items()}
        yield from sum_checks(side.name, money[0], totals, self._whole(side.name, "sum", by_part))

    def _counted(self, side: str, name: str) -> dict[str, int]:
        """What the buckets counted of a side."""
        own = self._found.figures.filter((pl.col("side") == side) & (pl.col("name") == name))
        return {of: int(figure) for of, figure in own.group_by("of").agg(pl.col("figure").sum()).sort("of").iter_rows()}

    def _used(self, name: str) -> dict[str, int]:
        """How many records of a side are in confirmed pairs, and how many in how many of rules that give them one partner.

        Of the left side also how many pairs there are, and their checksum.
        """
        functions = functions_of(self.pairs)
        single, own = single_rules(self.plan, name), functions.col(name)
        of_single = (
            own if len(single) == len(self.plan.rules) else functions.when(functions.col("rule").isin(single), own)
        )
        counts = {"records": functions.count_distinct(own)}
        if name == "left":
            left, right = (functions.col(side) % PRIME for side in SIDES)
            products = functions.sum(((left + 1) * (right + 2)).cast(_WIDE))
            counts |= {"pairs": functions.count(own), "checksum": functions.coalesce(products, functions.lit(0))}
        if single:
            counts |= {
                "single pairs": functions.count(of_single),
                "single records": functions.count_distinct(of_single),
            }
        confirmed = self.pairs.filter(functions.col("status") == _CONFIRMED)
        found = confirmed.agg(*(count.alias(what) for what, count in counts.items())).toArrow().to_pylist()[0]
        return {what: int(figure) for what, figure in found.items()}

    def _repr_html_(self) -> str:
        return view(
            "SparkMatchResult", table((), self._shown(), caption="Pairs and records left over", figures={1}, named=True)
        )

    def __repr__(self) -> str:
        return f"SparkMatchResult({', '.join(f'{count} {what}' for what, count in self._shown())})"

    def _shown(self) -> list[tuple[str, str]]:
        """What is known without another job."""
        settled = sum(self._counted("left", "pairs").values())
        links = self._found.links
        confirmed = settled - self._found.replaced + links["is_confirmed"].sum()
        return [
            ("confirmed pairs", f"{confirmed:,}"),
            ("suggested pairs", f"{links.height - links['is_confirmed'].sum():,}"),
            *((f"{name} only", f"{self._left_alone(name):,}") for name in SIDES),
        ]

    def _left_alone(self, name: str) -> int:
        opened = self._counted(name, "open records").get("", 0)
        return opened - self._parts(self.plan.left if name == "left" else self.plan.right)["confirmed"].height
