"""Fuzzy: keys a few edits apart."""

from collections.abc import Sequence

import attrs
import polars as pl

from tieout.errors import MatcherError, WrongColumnType
from tieout.matching._documents import Plain
from tieout.matching._sides import Side
from tieout.matching.conditions._base import BoundKey, Sieve, name_pairs, named
from tieout.matching.conditions._edit_pieces import sharing_a_piece
from tieout.matching.conditions._edits import edits_between, within_edits
from tieout.matching.conditions._key_parts import bind_part, is_text

__all__ = ["Fuzzy"]

EDITS_MAX = 2
_TRUST = {0: 0.99, 1: 0.95, 2: 0.9}


@attrs.frozen(init=False)
class Fuzzy(Plain):
    """The key is the same but for one or two edits: a character put in, left out, replaced, or two neighbours swapped.

    Keys are compared in their normal form, as by `Exact`. Numbers are issued in runs, so one edit apart is usually another
    parcel: a fuzzy pair is confirmed only when the rule has gates, the pair passes them, and no other record of either side,
    matched or not, could take its place. A key must have six characters for one edit and ten for two. Everything else is a
    suggestion.

    Attributes:
        columns: Column name, left and right.
        edits: Most edits between the two, 1 or 2.

    Example:
        >>> Fuzzy("tracking_no", edits=1)
        Fuzzy('tracking_no', edits=1)
    """

    columns: tuple[str, str]
    edits: int

    def __init__(
        self, name: str | None = None, *, left: str | None = None, right: str | None = None, edits: int = 1
    ) -> None:
        """Name the column and say how many edits.

        Args:
            name: Column that is named alike on both sides.
            left: Its name on the left, where the names differ.
            right: Its name on the right.
            edits: 1 or 2.

        Raises:
            MatcherError: No column, or another number of edits.
        """
        pairs = name_pairs("Fuzzy", () if name is None else (name,), left, right)
        if type(edits) is not int or not 1 <= edits <= EDITS_MAX:
            raise MatcherError(f"edits={edits!r} is impossible; 1 or {EDITS_MAX}", where=f"Fuzzy({named(pairs[0])!r})")
        self.__attrs_init__(  # pyright: ignore[reportAttributeAccessIssue]  # attrs makes it
            columns=pairs[0], edits=edits
        )

    def __repr__(self) -> str:
        left, right = self.columns
        name = repr(left) if left == right else f"left={left!r}, right={right!r}"
        return f"Fuzzy({name}, edits={self.edits})"

    def bind_key(self, left: Side, right: Side) -> BoundKey:
        """Find its column on both sides."""
        parts = bind_part(self.columns, left, right, condition="Fuzzy")
        where = f"Fuzzy({named(self.columns)!r})"
        found = [side.find(name, wanted_by=where) for side, name in zip((left, right), self.columns, strict=True)]
        if not any(is_text(one) for one in found) and any(one.dtype != pl.Null for one in found):
            raise WrongColumnType(
                f"edits are counted in text, {found[0].column!r} is {found[0].dtype} and {found[1].column!r} is {found[1].dtype}",
                where=where,
                hint="cast identifiers to text; leading zeros do not survive as numbers",
            )
        text = f"{named(self.columns)} within {_count(self.edits)}"
        return BoundKey(text=text, parts=parts, search=EditSearch(edits=self.edits), edits=self.edits)


@attrs.frozen(kw_only=True)
class EditSearch:
    """Finds keys that few edits apart.

    Attributes:
        edits: Most edits.
    """

    edits: int

    @property
    def doubts_within(self) -> int:
        """One edit: at two, a run of numbers is full of neighbours."""
        return 1

    def find(self, left: pl.DataFrame, right: pl.DataFrame, *, limit: int) -> pl.DataFrame:
        """Pairs of keys within the edits."""
        return within_edits(left, right, edits=self.edits, limit=limit)

    def sieve(self, few: pl.DataFrame) -> Sieve:
        """Which keys have a piece in common with one of the few."""
        return sharing_a_piece(few, edits=self.edits)

    def in_part(self, *, of_all: bool) -> "EditSearch":  # noqa: ARG002 - the protocol's
        """Itself: two keys pair whatever else there is."""
        return self

    def steps(self, left: Sequence[str], right: Sequence[str]) -> list[int | None]:
        """Edits between keys given in pairs."""
        return edits_between(left, right, edits=self.edits)

    def evidence(self, steps: int) -> str:
        """How many edits, in words."""
        return _count(steps) if steps else "same key"

    def evidence_zh(self, steps: int) -> str:
        """The same in Chinese."""
        return f"差 {steps} 处" if steps else "关键字段相同"

    def trust(self, steps: int) -> float:
        """Score of a pair that is corroborated and unrivalled."""
        return _TRUST[steps]

    def is_certain(self, steps: int) -> bool:  # noqa: ARG002 - the protocol's
        """Never: a key that differs may be a stranger's."""
        return False

    def can_confirm(self, steps: int) -> bool:  # noqa: ARG002 - the protocol's
        """Always."""
        return True


def _count(edits: int) -> str:
    return f"{edits} edit" if edits == 1 else f"{edits} edits"
