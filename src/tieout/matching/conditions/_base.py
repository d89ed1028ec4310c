"""What a condition of a rule is: a key that finds pairs, or a gate that a pair must pass.

A leaf of this room is one condition in one file: a frozen class that people write in a `Rule`, and what it becomes once it is
bound to two sides. Expressions of bound conditions stand on a frame of pairs, where the columns of the two records are
`left:NAME` and `right:NAME`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import attrs
import polars as pl

from tieout.errors import MatcherError
from tieout.matching._names import is_text
from tieout.matching._sides import Side
from tieout.matching.conditions._distance import Distance

if TYPE_CHECKING:
    from tieout.matching.conditions._allowance import Allowance

__all__ = [
    "FULL_SHARE",
    "BoundGate",
    "BoundKey",
    "BoundSum",
    "ChineseSearch",
    "Failure",
    "Form",
    "Gate",
    "Key",
    "KeyPart",
    "Search",
    "Sieve",
    "SubsetTerms",
    "Sum",
    "name_pairs",
    "named",
    "on_left",
    "on_right",
]

FULL_SHARE = 1_000_000
"""A gate's whole allowance, in the whole numbers by which closeness is compared."""


Failure = Callable[[Mapping[str, Any], Mapping[str, Any]], tuple[Distance, ...]]
"""Says why two records do not pass a gate: a distance for each column that does not agree."""

Sieve = Callable[[pl.DataFrame], pl.Series]
"""Says of many keys of the other side (columns key and block, no nulls), one Boolean each, which may be within reach.

None that is may be left out, some that are not may stay.
"""


def on_left(column: str) -> pl.Expr:
    """The left record's value, in a frame of pairs."""
    return pl.col(f"left:{column}")


def on_right(column: str) -> pl.Expr:
    """The right record's value, in a frame of pairs."""
    return pl.col(f"right:{column}")


@attrs.frozen(kw_only=True, eq=False)
class BoundGate:
    """A gate on two sides.

    Attributes:
        text: The gate as a person reads it, such as `date within 5 days`.
        left: Columns of the left side that it reads.
        right: Columns of the right side that it reads.
        holds: Whether a pair passes; never null.
        share: How much of its allowance a passing pair uses up, 0 to `FULL_SHARE`.
        failure: How far two records, given by those columns, are from passing.
        money: Amount column and currency column by side, when it compares money.
        equal: Forms of the left and the right side that are equal whenever the gate holds; an engine may join on them to spare
            itself pairs that cannot pass. Empty for a gate that implies no equality.
        near: Whole numbers (Int64) of both sides that differ by one at most whenever the gate holds, null where it cannot;
            likewise.
        text_zh: The gate in Chinese; empty when it has no words of its own.
        gap: How far the values of a pair are apart, a number to order failing pairs by; null where nothing is counted.
    """

    text: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    holds: pl.Expr
    share: pl.Expr
    failure: Failure
    money: Mapping[str, tuple[str, str]] = attrs.field(factory=dict)
    equal: tuple[tuple["Form", "Form"], ...] = ()
    near: tuple[tuple["Form", "Form"], ...] = ()
    text_zh: str = ""
    gap: pl.Expr = attrs.field(factory=lambda: pl.lit(None, dtype=pl.Float64))


@runtime_checkable
class Gate(Protocol):
    """A condition that a pair must pass."""

    def bind(self, left: Side, right: Side) -> BoundGate:
        """Find its columns on both sides.

        Raises:
            MissingColumn: A side has no such column.
            WrongColumnType: Their types cannot be compared exactly.
        """
        ...


@attrs.frozen(eq=False)
class Form:
    """One way of writing a side's key column.

    Attributes:
        name: Two forms of one side that have the same name are the same.
        value: Expression on the side's own frame, cell by cell.
        base: A form that it mostly equals; None for one of its own.
        differs: Where it may differ from the base, an expression on a column `form` that holds the base; elsewhere the two are
            the same.
    """

    name: str
    value: pl.Expr
    base: "Form | None" = None
    differs: pl.Expr = attrs.field(factory=lambda: pl.lit(value=True))


@attrs.frozen(kw_only=True, eq=False)
class KeyPart:
    """One column of a key, on both sides.

    Attributes:
        asked: Name as the rule says it, left then right.
        left: Columns of the left side that it reads.
        right: Columns of the right side that it reads.
        raw: Value as it came, left and right.
        normal: Value in the form in which it is compared, left and right; null where there is no key.
    """

    asked: tuple[str, str]
    left: tuple[str, ...]
    right: tuple[str, ...]
    raw: tuple[Form, Form]
    normal: tuple[Form, Form]


class Search(Protocol):
    """How a key that need not be equal finds its pairs.

    Attributes:
        doubts_within: Most steps at which a neighbour that fits casts doubt on an equal key that does not; 0 for never.
    """

    @property
    def doubts_within(self) -> int:
        """As said above."""
        ...

    def find(self, left: pl.DataFrame, right: pl.DataFrame, *, limit: int) -> pl.DataFrame:
        """Pairs of keys that may be the same key.

        Args:
            left: Columns key (text, normal form) and block (UInt64), distinct, no nulls. Only keys of one block pair: it stands
                for everything else that must be equal.
            right: The same of the right side.
            limit: Most candidate pairs to look at.

        Returns:
            Columns left, right (UInt32, row numbers in the two frames) and steps (Int64; 0 for equal keys, more is further
            apart; the numbers mean what `evidence` and `trust` say). One row per pair, with its least steps.

        Raises:
            MatcherError: There would be more.
        """
        ...

    def sieve(self, few: pl.DataFrame) -> "Sieve":
        """What tells which of many keys may be within reach of a few.

        Args:
            few: Columns key and block, no nulls; keys may repeat.
        """
        ...

    def in_part(self, *, of_all: bool) -> "Search":
        """This search where only some of the records are: it finds whatever it might find among all.

        Whether two keys pair may depend on how many others there are; where it does not, this is the search itself.

        Args:
            of_all: Find all such pairs. Else, of pairs that are none because there are too many, so many that they are too many.
        """
        ...

    def steps(self, left: Sequence[str], right: Sequence[str]) -> list[int | None]:
        """Steps between keys given in pairs; None for keys too far apart."""
        ...

    def evidence(self, steps: int) -> str:
        """What speaks for a pair of keys that far apart, such as `1 edit`."""
        ...

    def trust(self, steps: int) -> float:
        """Score of a corroborated and unrivalled pair of keys that far apart, below 1."""
        ...

    def is_certain(self, steps: int) -> bool:
        """Whether such a pair is the same key without corroboration: what stands between them loses nothing."""
        ...

    def can_confirm(self, steps: int) -> bool:
        """Whether such a pair may be confirmed at all: False where so little is left that it is a suggestion at most."""
        ...


@runtime_checkable
class ChineseSearch(Protocol):
    """A search that can say its evidence in Chinese as well; without it, explanations give the English words."""

    def evidence_zh(self, steps: int) -> str:
        """What speaks for a pair of keys that far apart, such as `差 1 处`."""
        ...


@attrs.frozen(kw_only=True, eq=False)
class BoundKey:
    """A key on two sides.

    Attributes:
        text: The key as a person reads it, such as `same tracking_no`.
        parts: Its columns.
        search: None for a key whose parts must all be equal; else how the only part is searched.
        edits: Most edits between two keys that it admits; None when it does not count edits.
        names_dirt: Whether the evidence names what the normal form took off the searched keys, such as quotes or tabs.
    """

    text: str
    parts: tuple[KeyPart, ...]
    search: Search | None = None
    edits: int | None = None
    names_dirt: bool = False


@runtime_checkable
class Key(Protocol):
    """A condition that finds pairs."""

    def bind_key(self, left: Side, right: Side) -> BoundKey:
        """Find its columns on both sides.

        Raises:
            MissingColumn: A side has no such column.
            WrongColumnType: Their types cannot be the same key.
        """
        ...


@attrs.frozen(kw_only=True, eq=False)
class BoundSum:
    """Amounts that must add up, on two sides.

    Attributes:
        text: The condition as a person reads it, such as `amounts add up`.
        left: Columns of the left side that it reads.
        right: Columns of the right side that it reads.
        values: Whole numbers of one scale on each side's own frame (Int128), left and right; null where there is no amount.
        currencies: The currency on each side's own frame, left and right; None when it is not known to be money.
        allowance: How far the right sum may lie from the left one, in those whole numbers.
        scale: Decimals of those whole numbers.
        subset: How a subset is searched; None when a whole block must add up.
        money: Amount column and currency column by side, when it sums money.
    """

    text: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    values: tuple[pl.Expr, pl.Expr]
    currencies: tuple[pl.Expr | None, pl.Expr | None]
    allowance: "Allowance"
    scale: int
    subset: "SubsetTerms | None" = None
    money: Mapping[str, tuple[str, str]] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class SubsetTerms:
    """Bounds of a search for the lines that make a sum.

    Attributes:
        max_size: Most lines in one sum.
        max_shown: Most solutions that are shown.
        max_work: Most steps of the search, after which it stops and says so.
    """

    max_size: int
    max_shown: int
    max_work: int


@runtime_checkable
class Sum(Protocol):
    """A condition on the sums of records instead of on each pair."""

    def bind_sum(self, left: Side, right: Side) -> BoundSum:
        """Find its columns on both sides.

        Raises:
            MissingColumn: A side has no such column.
            WrongColumnType: They hold no exact numbers.
        """
        ...


def name_pairs(
    condition: str, names: Sequence[str], left: str | Sequence[str] | None, right: str | Sequence[str] | None
) -> tuple[tuple[str, str], ...]:
    """Column names of a condition as pairs of left and right.

    Args:
        condition: The condition's name, for errors.
        names: Names that are the same on both sides.
        left: Names on the left where they differ.
        right: Names on the right, as many.

    Raises:
        MatcherError: Neither or both forms are given, the sides are of unequal length, or a column is named twice.
    """
    lefts = (left,) if isinstance(left, str) else tuple(left or ())
    rights = (right,) if isinstance(right, str) else tuple(right or ())
    for name in (*names, *lefts, *rights):
        _require_name(name, condition)
    if names and not (lefts or rights):
        return _distinct(tuple((name, name) for name in names), condition)
    if names or not lefts or len(lefts) != len(rights):
        raise MatcherError(
            f"columns are named once for both sides, or by left= and right= alike; got {names=}, {left=}, {right=}",
            where=condition,
            hint=f'{condition}("tracking_no") or {condition}(left="tracking_no", right="waybill")',
        )
    return _distinct(tuple(zip(lefts, rights, strict=True)), condition)


def _require_name(name: object, condition: str) -> None:
    if not isinstance(name, str) or not name:
        raise MatcherError(f"a column name is needed, got {name!r}", where=condition)
    if not is_text(name):
        raise MatcherError(f"half a character in the column name {name!r}: it is no text", where=condition)


def _distinct(pairs: tuple[tuple[str, str], ...], condition: str) -> tuple[tuple[str, str], ...]:
    for at, pair in enumerate(pairs):
        if pair in pairs[:at]:
            raise MatcherError(f"the column {named(pair)!r} is named twice", where=condition, hint="leave one out")
    return pairs


def named(pair: tuple[str, str]) -> str:
    """A pair of column names as a person reads it."""
    left, right = pair
    return left if left == right else f"{left}/{right}"
