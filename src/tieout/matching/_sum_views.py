"""Sum views: why a record is in no sum that it could be in.

The search for that sum stopped; another record of the same kind was taken; or a gate keeps the record out of a sum that would add
up with it. The last is tried on few records and with little work: what is not found so is not claimed.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property

import attrs
import polars as pl

from tieout.matching._plan import BoundRule
from tieout.matching._rival_views import Ledger
from tieout.matching._scout import Scout
from tieout.matching._sides import Side
from tieout.matching._workbench import key_names
from tieout.matching.conditions._amounts import sums_near
from tieout.matching.conditions._base import BoundSum, SubsetTerms
from tieout.matching.engines._subsets import subsets_of
from tieout.matching.engines._sum_field import SumField, records_of
from tieout.matching.rule import Pairing
from tieout.matching.verdict import Verdict
from tieout.model import MatchStatus

__all__ = ["SumView"]

_SHOWN = 5  # verdicts on sums that the record could be in
_SHOWN_OUT = 3  # records that a gate keeps apart from it
_TRIED = 10  # records of the other side whose sums are tried without a gate
_LINES_MAX = 2_000  # of one such sum
_WORK_MAX = 20_000  # steps of one such search
_RANKS = {"stopped": 0, "several": 1, "unique": 2, "none": 3}


@attrs.frozen(kw_only=True, eq=False, slots=False)
class SumView:
    """One record and the sums of one rule.

    Attributes:
        scout: Knows the record.
        ledger: Knows what is matched.
        rule: The rule.
        total: Its sum.
        verdicts: What the rule found.
    """

    scout: Scout
    ledger: Ledger
    rule: BoundRule
    total: BoundSum
    verdicts: tuple[Verdict, ...]

    def could_be_in(self) -> tuple[tuple[Verdict, ...], tuple[int, ...]]:
        """Verdicts on sums whose field the record is in, and the records alike with it that were taken for them."""
        own = self._own
        if own is None or not self._is_line or not self._has_amount(own):
            return (), ()
        of_targets = {one.position: one for one in self.verdicts if one.side == self._field.one.name}
        rows = pl.Series(sorted(of_targets), dtype=pl.UInt32)
        targets = self._holds(self._alike(self._records(self._field.one, rows), own), own["row"], own_is_line=True)
        passing = [of_targets[row] for row in targets.filter(pl.col("failed") == 0)["row"]]
        twins = self._twins(row for one in passing if one.answer == "unique" for row in one.solutions[0])
        told = [one for one in passing if _leaves_open(one, twins)]
        told.sort(key=lambda one: (_RANKS[one.answer], one.amount or 0, one.currency or "", one.position))
        told = told[:_SHOWN]
        taken = {row for one in told if one.answer == "unique" for row in one.solutions[0]} & twins
        return tuple(told), tuple(sorted(taken))

    def kept_out(self) -> tuple[int, ...]:
        """Records of the other side that gates keep apart from it, though the amounts would add up with them."""
        own = self._own
        if own is None or not self.rule.gates:
            return ()
        if self.rule.pairing is Pairing.MANY_TO_MANY:
            return self._out_of_block(own)
        return tuple(self._out_of_sums(own)) if self._is_line else self._out_of_own_sum(own)

    @cached_property
    def _field(self) -> SumField:
        """What is matched with nothing, and the record."""
        left, right = self.scout.bench.plan.left, self.scout.bench.plan.right
        many, one = (right, left) if self.rule.pairing is Pairing.ONE_TO_MANY else (left, right)
        return SumField(
            bench=self.scout.bench,
            rule=self.rule,
            total=self.total,
            many=many,
            one=one,
            lines=self._records(many, self._free(many)),
            targets=self._records(one, self._free(one)),
        )

    @property
    def _is_line(self) -> bool:
        return self.scout.side is self._field.many

    @property
    def _own(self) -> dict[str, object] | None:
        """The record as a line or target; None when it lacks a part of the key."""
        found = self._records(self.scout.side, pl.Series([self.scout.position], dtype=pl.UInt32))
        return found.row(0, named=True) if found.height else None

    def _records(self, side: Side, rows: pl.Series) -> pl.DataFrame:
        return records_of(self.scout.bench, self.rule, self.total, side, rows)

    def _free(self, side: Side) -> pl.Series:
        matched = self.ledger.pairs.filter(pl.col("status") == MatchStatus.CONFIRMED.value)[side.name]
        rows = pl.int_range(side.frame.height, dtype=pl.UInt32, eager=True)
        is_own = rows == self.scout.position if side is self.scout.side else rows < 0
        return rows.filter(is_own | ~rows.is_in(matched.cast(pl.UInt32).implode()))

    def _has_amount(self, line: dict[str, object]) -> bool:
        return bool(line["value"]) and (line["currency"] is not None or not self._field.has_currency[0])

    def _alike(self, records: pl.DataFrame, one: dict[str, object]) -> pl.DataFrame:
        """Those of the same key, and of the same currency where both are known."""
        names = [*key_names(self.rule), *(["currency"] if all(self._field.has_currency) else [])]
        for name in names:
            records = records.filter(pl.col(name) == pl.lit(one[name], dtype=records.schema[name]))
        return records

    def _holds(self, records: pl.DataFrame, row: object, *, own_is_line: bool) -> pl.DataFrame:
        """Records with which gates hold between them and one record of the other side, and how many fail."""
        one = pl.Series([row], dtype=pl.UInt32).new_from_index(0, records.height)
        own_is_left = own_is_line == self._field.many_is_left
        ends = {"left": one, "right": records["row"]} if own_is_left else {"left": records["row"], "right": one}
        gates = self.scout.bench.gate_by_gate(pl.DataFrame(ends), self.rule)
        return pl.concat([records, gates], how="horizontal").with_columns(
            failed=pl.sum_horizontal(pl.lit(0), *(~pl.col(f"holds{at}") for at in range(len(self.rule.gates))))
        )

    def _twins(self, rows: Iterable[int]) -> set[int]:
        """Which of these are alike with the record in all that any rule reads."""
        others = set(rows) - {self.scout.position}
        if not others:
            return set()
        looked_at = pl.Series(sorted({*others, self.scout.position}), dtype=pl.UInt32)
        twins = self.scout.bench.twins(self.scout.side, looked_at)
        own = twins.filter(pl.col("row") == self.scout.position)["twin"][0]
        return set(twins.filter(pl.col("twin") == own)["row"]) & others

    def _out_of_own_sum(self, own: dict[str, object]) -> tuple[int, ...]:
        """Lines that are kept out of the record's sum."""
        lines = self._holds(self._alike(self._field.lines, own), own["row"], own_is_line=False)
        every = tuple(range(len(self.rule.gates)))
        for gates in [*((at,) for at in every), *([every] if len(every) > 1 else [])]:
            relaxed = lines.filter(_holding(gates, len(every)))
            out = set(relaxed.filter(pl.col("failed") > 0)["row"])
            found = out & self._members(relaxed, own) if out else out
            if found:
                return tuple(sorted(found))
        return ()

    def _out_of_sums(self, own: dict[str, object]) -> Iterator[int]:
        """Records that it is kept apart from, whose sums would add up with it."""
        if not self._has_amount(own):
            return
        targets = self._holds(self._alike(self._field.targets, own), own["row"], own_is_line=True)
        gaps = [name for name in targets.columns if name.startswith("gap")]
        near = targets.filter(pl.col("failed") > 0).sort("failed", *gaps, "value", "row", nulls_last=True).head(_TRIED)
        shown = 0
        for target in near.iter_rows(named=True):
            gates = tuple(at for at in range(len(self.rule.gates)) if not target[f"holds{at}"])
            lines = self._holds(self._alike(self._field.lines, target), target["row"], own_is_line=False)
            relaxed = lines.filter(_holding(gates, len(self.rule.gates)))
            if self.scout.position in self._members(relaxed, target, must=own):
                yield int(target["row"])
                shown += 1
            if shown == _SHOWN_OUT:
                return

    def _out_of_block(self, own: dict[str, object]) -> tuple[int, ...]:
        """Records of its key that it is kept apart from, where both sides of the key add up."""
        field = self._field
        lines, targets = self._alike(field.lines, own), self._alike(field.targets, own)
        values = targets["value"]
        if values.is_empty() or values.null_count():
            return ()
        whole = {"value": int(values.sum()), "currency": targets["currency"][0]}
        if targets["currency"].n_unique() > 1 or not self._fits_whole(lines, whole):
            return ()
        others = self._holds(targets if self._is_line else lines, own["row"], own_is_line=self._is_line)
        return tuple(others.filter(pl.col("failed") > 0)["row"].sort())

    def _members(
        self, lines: pl.DataFrame, target: dict[str, object], *, must: dict[str, object] | None = None
    ) -> set[int]:
        """Lines that add up to a target, one of them among them; none when nothing is found."""
        if target["value"] is None or (self._field.has_currency[1] and target["currency"] is None):
            return set()
        terms = self.total.subset
        if (terms is None or self.rule.parts) and self._fits_whole(lines, target):
            return set(lines["row"])
        return set() if terms is None else self._few(lines, target, terms, must)

    def _fits_whole(self, lines: pl.DataFrame, target: dict[str, object]) -> bool:
        lines_known, targets_known = self._field.has_currency
        values, codes = lines["value"], lines["currency"]
        if values.is_empty() or values.null_count() or (lines_known and (codes.null_count() or codes.n_unique() > 1)):
            return False
        if lines_known and targets_known and codes[0] != target["currency"]:
            return False
        low, high = self._near(target)
        return low <= int(values.sum()) <= high

    def _few(
        self, lines: pl.DataFrame, target: dict[str, object], terms: SubsetTerms, must: dict[str, object] | None
    ) -> set[int]:
        """A few lines of one currency that add up."""
        usable = lines.filter((pl.col("value") != 0).fill_null(value=False))
        if self._field.has_currency[0]:
            usable = usable.filter(pl.col("currency").is_not_null())
        if usable.height > _LINES_MAX:
            return set()
        low, high = self._near(target)
        own_row, own_value = (-1, 0) if must is None else (self.scout.position, int(str(must["value"])))
        if must is not None and low <= own_value <= high:
            return {own_row}
        groups = usable.partition_by("currency", maintain_order=True) if usable.height else []
        for group in groups:
            if must is not None and group["currency"][0] != must["currency"]:
                continue
            others = group.filter(pl.col("row") != own_row).sort("value", "row")
            answer = subsets_of(
                [(int(value), 1) for value in others["value"]],
                low - own_value,
                high - own_value,
                max_size=terms.max_size - (must is not None),
                max_shown=1,
                max_work=min(terms.max_work, _WORK_MAX),
            )
            if answer.choices:
                rows = others["row"].gather(list(answer.choices[0]))
                return {*rows, *([own_row] if must is not None else [])}
        return set()

    def _near(self, target: dict[str, object]) -> tuple[int, int]:
        value = int(str(target["value"]))
        return sums_near(self.total.allowance, value, is_left=not self._field.many_is_left)


def _leaves_open(verdict: Verdict, twins: set[int]) -> bool:
    """Whether a verdict tells something of a record that is in its field and in none of the ways that it shows."""
    if verdict.amount is None:
        return False
    if verdict.answer == "several":
        return verdict.shown < (verdict.count or 0)
    return verdict.answer != "unique" or not twins.isdisjoint(verdict.solutions[0])


def _holding(but: Iterable[int], count: int) -> pl.Expr:
    """Whether all gates hold but these."""
    others = [pl.col(f"holds{at}") for at in range(count) if at not in set(but)]
    return pl.all_horizontal(others) if others else pl.lit(value=True)
