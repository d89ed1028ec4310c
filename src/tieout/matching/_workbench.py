"""The workbench: key columns and gates of a plan, computed when they are first needed."""

from collections.abc import Hashable, Iterable, Sequence
from itertools import product
from threading import RLock
from typing import Any

import attrs
import polars as pl

from tieout.errors import MatcherError
from tieout.matching._plan import BoundRule, Plan
from tieout.matching._sides import Side
from tieout.matching._twins import twins_of
from tieout.matching.conditions._base import Form, KeyPart

__all__ = ["Workbench", "key_names"]

_CHUNK_PAIRS = 4_000_000  # bounds the gathered columns alive at once while gates are judged


def key_names(rule: BoundRule) -> list[str]:
    """Column names of a rule's key in the frames that `Workbench.keys` gives."""
    return [f"key{at}" for at in range(len(rule.parts))]


@attrs.define(eq=False)
class Workbench:
    """Columns of both sides for the rules of one plan.

    Attributes:
        plan: What is carried out.
        lessons: What rules learned that others can use.
    """

    plan: Plan
    lessons: dict[Hashable, Any] = attrs.field(factory=dict, init=False, repr=False)
    _forms: dict[tuple[str, str], pl.Series] = attrs.field(factory=dict, init=False, repr=False)
    _hashes: dict[tuple[str, ...], pl.Series] = attrs.field(factory=dict, init=False, repr=False)
    _computing: RLock = attrs.field(factory=RLock, init=False, repr=False)

    def keys(self, rule: BoundRule, side: Side, rows: pl.Series | None = None, *, raw: bool = False) -> pl.DataFrame:
        """Key columns of the records that have a whole key.

        Args:
            rule: Whose key.
            side: Left or right.
            rows: Positions to look at; None for all.
            raw: Give the key as it came instead of in its normal form.

        Returns:
            Columns row, key0, key1, and so on.
        """
        at = 0 if side is self.plan.left else 1
        normal = [self._form(side, part.normal[at]) for part in rule.parts]
        shown = [self._form(side, part.raw[at]) for part in rule.parts] if raw else normal
        places = pl.int_range(side.frame.height, dtype=pl.UInt32, eager=True) if rows is None else rows.cast(pl.UInt32)
        if rows is not None:
            normal, shown = ([series.gather(rows) for series in some] for some in (normal, shown))
        named = [series.alias(name) for series, name in zip(shown, key_names(rule), strict=True)]
        return pl.DataFrame([places.alias("row"), *named]).filter(_filled(normal))

    def texts(self, rule: BoundRule, side: Side, rows: pl.Series) -> pl.Series:
        """The searched keys of these records, in their normal form."""
        return self._form(side, rule.parts[-1].normal[0 if side is self.plan.left else 1]).gather(rows).alias("key")

    def left_keys(self, part: KeyPart) -> pl.Series:
        """One key column of the left side, in its normal form."""
        return self._form(self.plan.left, part.normal[0])

    def texts_as_they_came(self, rule: BoundRule, side: Side, rows: pl.Series) -> pl.Series:
        """The searched keys of these records, as they came."""
        return self._form(side, rule.parts[-1].raw[0 if side is self.plan.left else 1]).gather(rows)

    def codes(self, rule: BoundRule, side: Side) -> pl.Series:
        """One number (UInt64) per record for its whole key: the same for equal keys, null where there is no whole key.

        Keys that are not the same have different numbers but for one chance in 2**64: what was joined on codes is to be held
        against the keys (`truly_equal`).
        """
        at = 0 if side is self.plan.left else 1
        names = tuple(part.normal[at].name for part in rule.parts)
        return self._hashed(("code", side.name, *names), [self._form(side, part.normal[at]) for part in rule.parts])

    def blocks(self, rule: BoundRule, side: Side) -> pl.Series:
        """One number (UInt64) per record for all that a pair must have equal beside the searched key; null where it lacks some.

        That is the other key parts, and the values that the gates want equal.
        """
        at = 0 if side is self.plan.left else 1
        forms = _block_forms(rule, at)
        if not forms:
            return pl.Series([0], dtype=pl.UInt64).new_from_index(0, side.frame.height)
        known = ("block", side.name, *(form.name for form in forms))
        return self._hashed(known, (side.frame.select(form.value).to_series() for form in forms))

    def places(self, rule: BoundRule, side: Side) -> pl.Series:
        """One number (UInt64) per record for its block and for the spans that its values lie in; null where it cannot pass."""
        at = 0 if side is self.plan.left else 1
        known = (
            "place",
            side.name,
            *(forms[at].name for forms in rule.near),
            *(form.name for form in _block_forms(rule, at)),
        )
        if known not in self._hashes:
            spans = [self._form(side, forms[at]) for forms in rule.near]
            self._hashes[known] = _placed(self.blocks(rule, side), spans, [0] * len(spans))
        return self._hashes[known]

    def within_reach(self, rule: BoundRule, side: Side, rows: pl.DataFrame) -> pl.DataFrame:
        """The places on the other side where a record could stand that passes with one of these.

        Args:
            rule: Whose gates.
            side: On which side these are.
            rows: Columns row and block, no nulls in the block.

        Returns:
            The rows, each as often as it reaches places, with that place as block; none where it can pass with nothing.
        """
        at = 0 if side is self.plan.left else 1
        spans = [self._form(side, forms[at]).gather(rows["row"]) for forms in rule.near]
        steps = product((-1, 0, 1), repeat=len(spans))
        reached = [rows.with_columns(_placed(rows["block"], spans, step).alias("block")) for step in steps]
        return pl.concat(reached).drop_nulls("block") if spans else rows

    def truly_equal(self, pairs: pl.DataFrame, rule: BoundRule) -> pl.DataFrame:
        """The pairs whose keys are the same, of pairs that were joined on codes."""
        same = _all_of(
            self._form(self.plan.left, part.normal[0]).gather(pairs["left"])
            == self._form(self.plan.right, part.normal[1]).gather(pairs["right"])
            for part in rule.parts
        )
        return pairs if same.all() else pairs.filter(same)

    def judged(self, pairs: pl.DataFrame, rule: BoundRule) -> pl.DataFrame:
        """The pairs, with whether they pass the rule's gates and at what distance.

        Args:
            pairs: Columns left and right, positions.
            rule: Whose gates.

        Returns:
            The pairs in the same order, with `passes` and `cost` (Int64, 0 is closest).
        """
        if not rule.gates:
            return pairs.with_columns(passes=pl.lit(value=True), cost=pl.lit(0, dtype=pl.Int64))
        starts = range(0, pairs.height, _CHUNK_PAIRS) or range(1)
        return pl.concat([self._judged(pairs.slice(start, _CHUNK_PAIRS), rule) for start in starts])

    def passing(self, pairs: pl.DataFrame, rule: BoundRule) -> pl.DataFrame:
        """The pairs that pass the rule's gates, with `cost`."""
        return self.judged(pairs, rule).filter("passes").drop("passes")

    def gate_by_gate(self, pairs: pl.DataFrame, rule: BoundRule) -> pl.DataFrame:
        """Each of the rule's gates held against each pair.

        Args:
            pairs: Columns left and right, positions.
            rule: Whose gates.

        Returns:
            Columns holds0, holds1, and so on, never null; gap0, gap1: how far apart the values are, null where it is uncounted.
        """
        columns = [
            column
            for at, gate in enumerate(rule.gates)
            for column in (gate.holds.alias(f"holds{at}"), gate.gap.alias(f"gap{at}"))
        ]
        return self._gathered(pairs, rule).select(columns) if columns else pl.DataFrame()

    def passes(self, pairs: pl.DataFrame, rule: BoundRule) -> pl.DataFrame:
        """The pairs that pass the rule's gates, without their distance."""
        holds = self.holds(pairs, rule)
        return pairs if holds.all() else pairs.filter(holds)

    def holds(self, pairs: pl.DataFrame, rule: BoundRule) -> pl.Series:
        """Whether each pair passes the rule's gates."""
        if not rule.gates:
            return pl.Series([True]).new_from_index(0, pairs.height)
        gates = pl.all_horizontal(gate.holds for gate in rule.gates)
        starts = range(0, pairs.height, _CHUNK_PAIRS) or range(1)
        parts = (pairs.slice(start, _CHUNK_PAIRS) for start in starts)
        return pl.concat([self._gathered(part, rule).select(gates).to_series() for part in parts])

    def with_evidence(self, pairs: pl.DataFrame, rule: BoundRule) -> pl.DataFrame:
        """Pairs of equal keys, with `evidence` (raw or normalised) and `score`."""
        is_raw = self._raw_alike(pairs, rule)
        if is_raw is None or is_raw.all():
            return pairs.with_columns(evidence=pl.lit("raw"), score=pl.lit(1.0))
        raw = pl.lit(is_raw)
        return pairs.with_columns(
            evidence=pl.when(raw).then(pl.lit("raw")).otherwise(pl.lit("normalised")),
            score=pl.when(raw).then(pl.lit(1.0)).otherwise(pl.lit(0.99)),
        )

    def _raw_alike(self, pairs: pl.DataFrame, rule: BoundRule) -> pl.Series | None:
        """Whether the keys of each pair, which are equal, are equal as they came too; None when they all are.

        Only cells that normalising changes are compared: fetching texts from all over a column is what costs.
        """
        alike = None
        for part in rule.parts:
            changed = [self._changed(side, part, at) for at, side in enumerate((self.plan.left, self.plan.right))]
            ends = [
                None if mask is None else mask.gather(pairs[name])
                for mask, name in zip(changed, ("left", "right"), strict=True)
            ]
            asked = [end for end in ends if end is not None]
            if not asked:
                continue
            some = (asked[0] if len(asked) == 1 else asked[0] | asked[1]).arg_true()
            if some.is_empty():
                continue
            texts = (
                self._form(self.plan.left, part.raw[0]).gather(pairs["left"].gather(some)),
                self._form(self.plan.right, part.raw[1]).gather(pairs["right"].gather(some)),
            )
            if alike is None:
                alike = pl.Series([True]).new_from_index(0, pairs.height)
            alike = alike.scatter(some.filter(texts[0] != texts[1]), False)
        return alike

    def _changed(self, side: Side, part: KeyPart, at: int) -> pl.Series | None:
        """Cells that normalising changes; None when it changes none."""
        if part.raw[at].name == part.normal[at].name:
            return None
        known = ("changed", side.name, part.raw[at].name, part.normal[at].name)
        if known not in self._hashes:
            self._hashes[known] = self._form(side, part.raw[at]).ne_missing(self._form(side, part.normal[at]))
        mask = self._hashes[known]
        return mask if mask.any() else None

    def twins(self, side: Side, rows: pl.Series) -> pl.DataFrame:
        """Which of these records are alike in all that the matcher sees: columns row, twin, rank."""
        seen = self.plan.left_seen if side is self.plan.left else self.plan.right_seen
        return twins_of(side.frame, rows, seen)

    def guard(self, expected: int | None, rule: BoundRule, detail: str) -> None:
        """Refuse a join that would make too many pairs.

        Raises:
            MatcherError: It would.
        """
        if (expected or 0) > self.plan.max_candidates:
            raise MatcherError(
                f"{expected:,} candidate pairs, more than max_candidates={self.plan.max_candidates:,}; {detail}",
                where=f"rule {rule.rule.name!r}",
                hint="add a key or a column that tells these records apart, or raise max_candidates",
            )

    def _hashed(self, known: tuple[str, ...], columns: Iterable[pl.Series]) -> pl.Series:
        with self._computing:  # two threads that need the same compute it once
            return self._hashed_once(known, columns)

    def _hashed_once(self, known: tuple[str, ...], columns: Iterable[pl.Series]) -> pl.Series:
        if known not in self._hashes:
            whole = None
            filled = None
            for seed, column in enumerate(columns, start=1):
                one = column.hash(seed)
                whole = one if whole is None else whole ^ one
                if column.null_count():
                    filled = column.is_not_null() if filled is None else filled & column.is_not_null()
            if whole is None:
                raise AssertionError("a rule has a key")
            self._hashes[known] = whole if filled is None else whole.zip_with(filled, _nothing(len(whole)))
        return self._hashes[known]

    def _form(self, side: Side, form: Form) -> pl.Series:
        known = (side.name, form.name)
        with self._computing:
            if known not in self._forms:
                self._forms[known] = side.frame.select(form.value.alias("form")).to_series()
            return self._forms[known]

    def _judged(self, pairs: pl.DataFrame, rule: BoundRule) -> pl.DataFrame:
        passes = pl.all_horizontal(gate.holds for gate in rule.gates)
        cost = pl.sum_horizontal(gate.share.fill_null(0).cast(pl.Int64) ** 2 for gate in rule.gates)
        judged = self._gathered(pairs, rule).select(passes=passes, cost=pl.when(passes).then(cost).cast(pl.Int64))
        return pairs.with_columns(judged.get_columns())

    def _gathered(self, pairs: pl.DataFrame, rule: BoundRule) -> pl.DataFrame:
        """The columns that the rule's gates read, for both records of each pair."""
        lefts = dict.fromkeys(name for gate in rule.gates for name in gate.left)
        rights = dict.fromkeys(name for gate in rule.gates for name in gate.right)
        return pl.DataFrame(
            [
                *(self.plan.left.frame[name].alias(f"left:{name}").gather(pairs["left"]) for name in lefts),
                *(self.plan.right.frame[name].alias(f"right:{name}").gather(pairs["right"]) for name in rights),
            ]
        )


def _block_forms(rule: BoundRule, at: int) -> list[Form]:
    """What a pair of the rule must have equal beside the searched key, on one side."""
    return [*(part.normal[at] for part in rule.parts[:-1]), *(forms[at] for forms in rule.equal)]


def _placed(blocks: pl.Series, spans: Sequence[pl.Series], steps: Sequence[int]) -> pl.Series:
    """Numbers of places: the blocks, each span so many steps on; null where one of them is."""
    placed = blocks
    for seed, (span, step) in enumerate(zip(spans, steps, strict=True), start=7):
        number = (span + step).hash(seed) ^ placed
        placed = number.zip_with(span.is_not_null(), _nothing(len(span))) if span.null_count() else number
    return placed


def _nothing(rows: int) -> pl.Series:
    return pl.Series([None], dtype=pl.UInt64).new_from_index(0, rows)


def _all_of(answers: Iterable[pl.Series]) -> pl.Series:
    """Where all say yes; no answers, one yes."""
    whole = None
    for answer in answers:
        whole = answer if whole is None else whole & answer
    return pl.Series([True]) if whole is None else whole


def _filled(columns: list[pl.Series]) -> pl.Series:
    """Where all columns hold something."""
    filled = columns[0].is_not_null()
    for column in columns[1:]:
        filled = filled & column.is_not_null()
    return filled.alias("has_key")
