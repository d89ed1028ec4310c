"""The workbench: key columns and gates of a plan, computed when they are first needed."""

from collections.abc import Hashable, Iterable, Sequence
from itertools import product
from threading import RLock
from typing import Any

import attrs
import polars as pl

from tieout.errors import MatcherError
from tieout.matching._names import cell
from tieout.matching._parts import in_parts
from tieout.matching._places import marked
from tieout.matching._plan import BoundRule, Plan
from tieout.matching._sides import Side
from tieout.matching._texts import written_anew
from tieout.matching._twins import kinds_of, twins_of
from tieout.matching.conditions._base import Form, KeyPart

__all__ = ["Workbench", "key_names"]

_FEW_TIMES = 10  # so many times fewer positions than cells are few


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
    _touched: dict[tuple[str, str, str], pl.Series] = attrs.field(factory=dict, init=False, repr=False)
    _hashes: dict[tuple[str, ...], pl.Series] = attrs.field(factory=dict, init=False, repr=False)
    _computing: dict[str, RLock] = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        """A lock for what is computed of either side."""
        self._computing = {side.name: RLock() for side in (self.plan.left, self.plan.right)}

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
        places = pl.int_range(side.frame.height, dtype=pl.UInt32, eager=True) if rows is None else rows.cast(pl.UInt32)
        if rows is not None:
            normal = [_fetched(series, rows) for series in normal]
        shown = normal
        if raw:
            came = [self._form(side, part.raw[at]) for part in rule.parts]
            shown = came if rows is None else [_fetched(series, rows) for series in came]
        named = [series.alias(name) for series, name in zip(shown, key_names(rule), strict=True)]
        whole = pl.DataFrame([places.alias("row"), *named])
        return whole.filter(_filled(normal)) if any(series.null_count() for series in normal) else whole

    def texts(self, rule: BoundRule, side: Side, rows: pl.Series) -> pl.Series:
        """The searched keys of these records, in their normal form."""
        return _fetched(self.all_texts(rule, side), rows)

    def all_texts(self, rule: BoundRule, side: Side) -> pl.Series:
        """The searched keys of a side, in their normal form."""
        return self._form(side, rule.parts[-1].normal[0 if side is self.plan.left else 1]).alias("key")

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
        forms = [
            (self._form(self.plan.left, part.normal[0]), self._form(self.plan.right, part.normal[1]))
            for part in rule.parts
        ]
        same = pl.concat(
            in_parts(
                lambda some: _all_of(left.gather(some["left"]) == right.gather(some["right"]) for left, right in forms),
                pairs,
            )
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
        passes = pl.all_horizontal(gate.holds for gate in rule.gates)
        cost = pl.sum_horizontal(gate.share.fill_null(0).cast(pl.Int64) ** 2 for gate in rule.gates)
        judged = self._looked_at(pairs, rule, passes=passes, cost=pl.when(passes).then(cost).cast(pl.Int64))
        return pairs.with_columns(judged.get_columns())

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
        return self._looked_at(pairs, rule, *columns) if columns else pl.DataFrame()

    def passes(self, pairs: pl.DataFrame, rule: BoundRule) -> pl.DataFrame:
        """The pairs that pass the rule's gates, without their distance."""
        holds = self.holds(pairs, rule)
        return pairs if holds.all() else pairs.filter(holds)

    def holds(self, pairs: pl.DataFrame, rule: BoundRule) -> pl.Series:
        """Whether each pair passes the rule's gates."""
        if not rule.gates:
            return pl.Series([True]).new_from_index(0, pairs.height)
        return self._looked_at(pairs, rule, pl.all_horizontal(gate.holds for gate in rule.gates)).to_series()

    def with_evidence(self, pairs: pl.DataFrame, rule: BoundRule) -> pl.DataFrame:
        """Pairs of equal keys, with `evidence` (raw or normalised) and `score`."""
        evidence = pl.Series("evidence", ["raw"]).new_from_index(0, pairs.height)
        score = pl.Series("score", [1.0]).new_from_index(0, pairs.height)
        rewritten = self._normalised(pairs, rule)
        if rewritten is not None:
            evidence, score = evidence.scatter(rewritten, "normalised"), score.scatter(rewritten, 0.99)
        return pairs.with_columns(evidence, score)

    def _normalised(self, pairs: pl.DataFrame, rule: BoundRule) -> pl.Series | None:
        """Which pairs have keys, equal in their normal form, that did not come equal: their places; None when all did.

        Only cells that normalising changes are compared: fetching texts from all over a column is what costs.
        """
        unlike = []
        for part in rule.parts:
            changed = [self._changed(side, part, at) for at, side in enumerate((self.plan.left, self.plan.right))]
            ends = [
                mask.gather(pairs[name])
                for mask, name in zip(changed, ("left", "right"), strict=True)
                if mask is not None
            ]
            if not ends:
                continue
            some = (ends[0] if len(ends) == 1 else ends[0] | ends[1]).arg_true()
            if some.is_empty():
                continue
            texts = (
                self._form(self.plan.left, part.raw[0]).gather(pairs["left"].gather(some)),
                self._form(self.plan.right, part.raw[1]).gather(pairs["right"].gather(some)),
            )
            unlike.append(some.filter(texts[0] != texts[1]))
        return pl.concat(unlike) if unlike else None

    def _changed(self, side: Side, part: KeyPart, at: int) -> pl.Series | None:
        """Cells that normalising changes; None when it changes none."""
        raw, normal = part.raw[at], part.normal[at]
        if raw.name == normal.name:
            return None
        known = ("changed", side.name, raw.name, normal.name)
        if known not in self._hashes:
            self._hashes[known] = self._different(side, raw, normal)
        mask = self._hashes[known]
        return mask if mask.any() else None

    def _different(self, side: Side, raw: Form, normal: Form) -> pl.Series:
        """Cells that are not the same in two forms."""
        forms = (self._form(side, raw), self._form(side, normal))
        touched = self._touched.get((side.name, raw.name, normal.name))
        if touched is None:
            return forms[0].ne_missing(forms[1])
        return marked(touched.filter(forms[0].gather(touched).ne_missing(forms[1].gather(touched))), side.frame.height)

    def twins(self, side: Side, rows: pl.Series) -> pl.DataFrame:
        """Which of these records are alike in all that the matcher sees: columns row, twin, rank."""
        return twins_of(side.frame, rows, self._seen(side))

    def kinds(self, side: Side, rows: pl.Series) -> pl.Series:
        """A number (Int64) for each of these records, the same for those that are alike in all that the matcher sees."""
        return kinds_of(side.frame, rows, self._seen(side))

    def _seen(self, side: Side) -> tuple[str, ...]:
        return self.plan.left_seen if side is self.plan.left else self.plan.right_seen

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
        with self._computing[known[1]]:  # two threads that need the same compute it once
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
        with self._computing[side.name]:
            if known not in self._forms:
                self._forms[known] = self._rewritten(side, form, form.base) if form.base else self._written(side, form)
            return self._forms[known]

    def _written(self, side: Side, form: Form) -> pl.Series:
        return side.frame.select(form.value.alias("form")).to_series()

    def _rewritten(self, side: Side, form: Form, base: Form) -> pl.Series:
        """A form made of the one that it mostly equals, in one piece: fetching texts from all over several is slow."""
        cells = self._form(side, base).rechunk()
        differs = (
            cells.alias("form").to_frame().select(form.differs.alias("differs")).to_series().fill_null(value=False)
        )
        rows = differs.arg_true()
        self._touched[side.name, base.name, form.name] = rows
        if rows.is_empty():
            return cells
        read = set(form.value.meta.root_names()) or side.frame.columns  # names that could be patterns are no roots
        few = side.frame.select(cell(name).filter(pl.lit(differs)).alias(name) for name in read).rechunk()
        return cells.clone().scatter(rows, few.select(form.value.alias("form")).to_series())

    def _looked_at(self, pairs: pl.DataFrame, rule: BoundRule, *asked: pl.Expr, **named: pl.Expr) -> pl.DataFrame:
        """What expressions give on the columns that the rule's gates read, for both records of each pair."""
        lefts = dict.fromkeys(name for gate in rule.gates for name in gate.left)
        rights = dict.fromkeys(name for gate in rule.gates for name in gate.right)
        many = pairs.height * _FEW_TIMES
        columns = [
            (side.name, _in_one_piece(side.frame[name].alias(f"{side.name}:{name}"), many))
            for side, names in ((self.plan.left, lefts), (self.plan.right, rights))
            for name in names
        ]

        def looked_at(some: pl.DataFrame) -> pl.DataFrame:
            fetched = pl.DataFrame([column.gather(some[side]) for side, column in columns])
            return fetched.select(*asked, **named)

        return pl.concat(in_parts(looked_at, pairs))


def _fetched(column: pl.Series, rows: pl.Series) -> pl.Series:
    """The column at these rows."""
    cells = column.gather(rows)
    if cells.dtype != pl.String or rows.len() * _FEW_TIMES > column.len():
        return cells
    return cells.to_frame("cells").select(written_anew(pl.col("cells"))).to_series().alias(column.name)


def _in_one_piece(column: pl.Series, many: int) -> pl.Series:
    """The column, in one piece unless it is longer than that: fetching cells from all over several pieces is slow."""
    return column.rechunk() if many > column.len() else column


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
