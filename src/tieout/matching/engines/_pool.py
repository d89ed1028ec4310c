"""The pool: which records are still free, and what was said about them so far.

Use of a record is one number: FREE, SHARED (matched by rules that let it take many, and open to more such rules) or TAKEN.
"""

import attrs
import polars as pl

from tieout.matching._plan import BoundRule, Plan
from tieout.matching.engines._base import LINKS

__all__ = ["FREE", "Decision", "Pool"]

FREE, SHARED, TAKEN = 0, 1, 2
_SAID = {"left": pl.UInt32(), "right": pl.UInt32(), "score": pl.Float64(), "evidence": pl.String()}
_ENDS = {"left": pl.UInt32(), "right": pl.UInt32()}
_TERMS = {"rule": pl.UInt32(), "left_many": pl.Boolean(), "right_many": pl.Boolean(), "is_doubted": pl.Boolean()}


@attrs.frozen(kw_only=True, eq=False)
class Decision:
    """What one rule says, before it is held against what earlier rules said.

    Attributes:
        confirmed: Columns left, right, score, evidence.
        suggested: The same columns.
        contested: Confirmed pairs whose records had a choice: columns left, right.
        doubted: Suggested pairs that something speaks against, unlike a tie: the same columns.
    """

    confirmed: pl.DataFrame = attrs.field(factory=lambda: pl.DataFrame(schema=_SAID))
    suggested: pl.DataFrame = attrs.field(factory=lambda: pl.DataFrame(schema=_SAID))
    contested: pl.DataFrame = attrs.field(factory=lambda: pl.DataFrame(schema=_ENDS))
    doubted: pl.DataFrame = attrs.field(factory=lambda: pl.DataFrame(schema=_ENDS))

    def only_suggested(self) -> "Decision":
        """The same with nothing confirmed."""
        halved = _said(self.confirmed).with_columns(score=pl.col("score") / 2)
        return Decision(suggested=pl.concat([halved, _said(self.suggested)]))

    def joined(self, other: "Decision") -> "Decision":
        """Both decisions as one."""
        return Decision(
            confirmed=pl.concat([_said(self.confirmed), _said(other.confirmed)]),
            suggested=pl.concat([_said(self.suggested), _said(other.suggested)]),
            contested=pl.concat([self.contested, other.contested]),
            doubted=pl.concat([self.doubted, other.doubted]),
        )


@attrs.define(eq=False, init=False)
class Pool:
    """The state of a waterfall."""

    use: dict[str, pl.Series]
    _plan: Plan
    _confirmed: list[pl.DataFrame]
    _open: pl.DataFrame

    def __init__(self, plan: Plan) -> None:
        """All records free, nothing said."""
        self.use = {
            side.name: pl.Series("use", [FREE], dtype=pl.UInt8).new_from_index(0, side.frame.height)
            for side in (plan.left, plan.right)
        }
        self._plan = plan
        self._confirmed = []
        self._open = pl.DataFrame(schema={**_SAID, **_TERMS})

    @property
    def confirmed(self) -> int:
        """How many pairs are confirmed so far."""
        return self._plan.elsewhere.confirmed + sum(pairs.height for pairs in self._confirmed)

    def rows(self, side: str, *, may_share: bool) -> pl.Series | None:
        """Positions of the records that a rule may take; None for all.

        Args:
            side: `left` or `right`.
            may_share: Whether the rule lets records of this side take many.
        """
        use = self.use[side]
        available = use <= (SHARED if may_share else FREE)
        return None if available.all() else available.arg_true()

    def settle(self, decision: Decision, rule: BoundRule) -> None:
        """Take a rule's decision in.

        A pair is downgraded to a suggestion when an earlier rule suggested other partners for one of its records and not this
        one: two rules disagree, and a person decides. Nor is a pair confirmed that an earlier rule doubted, by a rule that reads
        no column which that one did not: it brings no new evidence. A sum is downgraded whole: without one of its pairs it adds
        up to nothing.
        """
        left_many, right_many = rule.lets_share
        terms = {"rule": rule.number, "left_many": left_many, "right_many": right_many, "is_doubted": False}
        said = [_said(frame).with_columns(_literals(terms)) for frame in (decision.confirmed, decision.suggested)]
        if self._open.is_empty() and said[1].is_empty():
            self._take(said[0], rule)
            return
        said[1] = said[1].with_columns(is_doubted=_is_doubted(said[1], decision, rule))
        disputed = self._disputed(said[0], rule)
        doubtful = said[0].filter(disputed).with_columns(score=pl.col("score") / 2)
        settled = said[0].filter(~disputed)
        self._take(settled, rule)
        opened = pl.concat([self._open, doubtful, said[1]]).unique(["left", "right"], keep="first", maintain_order=True)
        opened = opened.join(_touching(settled, opened), on=["left", "right"], how="anti")
        self._open = opened.filter(self._still_possible(opened))

    def links(self) -> pl.DataFrame:
        """All that was said and still stands, as an engine hands it on."""
        said = [(pairs, True) for pairs in self._confirmed] + [(self._open, False)]
        return pl.concat(
            pairs.with_columns(is_confirmed=pl.lit(is_confirmed)).select(
                pl.col(name).cast(dtype) for name, dtype in LINKS.items()
            )
            for pairs, is_confirmed in said
        )

    def _take(self, settled: pl.DataFrame, rule: BoundRule) -> None:
        self._confirmed.append(settled)
        left_many, right_many = rule.lets_share
        self._mark("left", settled["left"], SHARED if left_many else TAKEN)
        self._mark("right", settled["right"], SHARED if right_many else TAKEN)

    def _disputed(self, pairs: pl.DataFrame, rule: BoundRule) -> pl.Series:
        if self._open.is_empty():
            return pl.Series([False]).new_from_index(0, pairs.height)
        said_before = pairs.select("left", "right").join(
            self._open.select("left", "right", "is_doubted", by="rule"),
            on=["left", "right"],
            how="left",
            maintain_order="left",
        )
        same_evidence = [one.number for one in self._plan.rules if not rule.reads - one.reads]
        is_known = said_before["by"].is_not_null()
        agrees = is_known & ~(said_before["is_doubted"] & said_before["by"].is_in(same_evidence)).fill_null(value=False)
        disputed = is_known & ~agrees
        for side, takes_many in zip(("left", "right"), rule.lets_share, strict=True):
            if not takes_many:
                disputed = disputed | pairs[side].is_in(self._open[side].unique().implode())
        disputed = disputed & ~agrees
        return _whole_sums(pairs, disputed) if rule.sums else disputed

    def _still_possible(self, opened: pl.DataFrame) -> pl.Series:
        left, right = self.use["left"].gather(opened["left"]), self.use["right"].gather(opened["right"])
        possible = ((left == FREE) | ((left == SHARED) & opened["left_many"])) & (
            (right == FREE) | ((right == SHARED) & opened["right_many"])
        )
        return possible & ((left == FREE) | (right == FREE))

    def _mark(self, side: str, rows: pl.Series, use: int) -> None:
        if len(rows):
            self.use[side] = self.use[side].clone().scatter(rows, use)


def _whole_sums(pairs: pl.DataFrame, disputed: pl.Series) -> pl.Series:
    """Disputed pairs with all others of their sums, each of which is all pairs of some left and some right records."""
    frame = pairs.select("left", "right").with_columns(disputed=disputed)
    return (
        frame.with_columns(pl.col("disputed").any().over("left"))
        .select(pl.col("disputed").any().over("right"))
        .to_series()
    )


def _is_doubted(pairs: pl.DataFrame, decision: Decision, rule: BoundRule) -> pl.Series:
    """Which suggested pairs something speaks against: all of a search, which confirms what nothing does, and what is named."""
    if rule.search is not None:
        return pl.Series([rule.rule.confirm]).new_from_index(0, pairs.height)
    named = decision.doubted.with_columns(found=pl.lit(value=True))
    found = pairs.select("left", "right").join(named, on=["left", "right"], how="left", maintain_order="left")
    return found["found"].fill_null(value=False)


def _said(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(pl.col(name).cast(dtype) for name, dtype in _SAID.items())


def _touching(pairs: pl.DataFrame, some: pl.DataFrame) -> pl.DataFrame:
    """Pairs whose left record is in some others, which are few."""
    return pairs.filter(pairs["left"].is_in(some["left"].unique().implode()))


def _literals(terms: dict[str, int | bool]) -> list[pl.Expr]:
    return [pl.lit(value, dtype=_TERMS[name]).alias(name) for name, value in terms.items()]
