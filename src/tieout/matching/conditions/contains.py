"""Contains: ids found inside free text."""

from collections.abc import Sequence
from functools import partial

import attrs
import polars as pl

from tieout.errors import MatcherError, WrongColumnType
from tieout.matching._documents import Plain
from tieout.matching._names import cell
from tieout.matching._sides import Found, Side
from tieout.matching.conditions._base import BoundKey, Form, KeyPart, Sieve, name_pairs, named
from tieout.matching.conditions._key_parts import is_text
from tieout.matching.conditions._key_text import exact_key
from tieout.matching.conditions._pairwise import steps_pairwise
from tieout.matching.conditions._text_runs import folded_text, ids_in_texts, text_step

__all__ = ["Contains"]

_LENGTH_LEAST = 4
_SIDES = ("left", "right")


@attrs.frozen(init=False)
class Contains(Plain):
    """The id of one side stands in the free text of the other.

    The text is read in runs of letters, digits and `_`, half-width and upper-cased. An id, in its normal form, is one run, or up
    to eight neighbouring runs with spaces or hyphens between; it is never a part of a longer run of its own kind: `12345678` is
    not in `9123456780`, and `AB123456` not in `XAB123456`. An id of digits may stand beside letters, as in
    `T200P5116032541422009305`. Ids without a digit are words, and short ids stand in texts by chance: neither is looked for.

    An id of ten characters or more that stands for itself is certain: confirmed without gates when nothing rivals it. In pieces,
    beside letters or as part of a hyphenated number, or when shorter, it needs gates. A text that names two known ids, and an id
    that two texts name, are for a person, or for a rule that lets them share.

    Attributes:
        columns: Column name, left and right.
        text: Which of them is the free text, `left` or `right`.
        min_length: Fewest letters and digits of an id that is looked for.

    Example:
        >>> Contains(left="order_no", right="memo")
        Contains(left='order_no', right='memo')
        >>> Contains(left="memo", right="order_no", text="left", min_length=8)
        Contains(left='memo', right='order_no', text='left', min_length=8)
    """

    columns: tuple[str, str]
    text: str
    min_length: int

    def __init__(
        self,
        name: str | None = None,
        *,
        left: str | None = None,
        right: str | None = None,
        text: str = "right",
        min_length: int = 6,
    ) -> None:
        """Name the columns.

        Args:
            name: Column that is named alike on both sides.
            left: Its name on the left, where the names differ.
            right: Its name on the right.
            text: The side of the free text, `left` or `right`.
            min_length: Letters and digits of an id, 4 or more.

        Raises:
            MatcherError: No column, another side, or an impossible length.
        """
        pairs = name_pairs("Contains", () if name is None else (name,), left, right)
        where = f"Contains({named(pairs[0])!r})"
        if text not in _SIDES:
            raise MatcherError(f"text={text!r} is no side; left or right", where=where)
        if type(min_length) is not int or min_length < _LENGTH_LEAST:
            raise MatcherError(
                f"min_length={min_length!r} is impossible; a whole number of {_LENGTH_LEAST} or more", where=where
            )
        self.__attrs_init__(  # pyright: ignore[reportAttributeAccessIssue]  # attrs makes it
            columns=pairs[0], text=text, min_length=min_length
        )

    def __repr__(self) -> str:
        left, right = self.columns
        name = repr(left) if left == right else f"left={left!r}, right={right!r}"
        text = "" if self.text == "right" else f", text={self.text!r}"
        length = "" if self.min_length == 6 else f", min_length={self.min_length}"  # noqa: PLR2004 - the default
        return f"Contains({name}{text}{length})"

    def bind_key(self, left: Side, right: Side) -> BoundKey:
        """Find its columns on both sides."""
        where = f"Contains({named(self.columns)!r})"
        found = (left.find(self.columns[0], wanted_by=where), right.find(self.columns[1], wanted_by=where))
        forms = tuple(
            _text(one, where) if side == self.text else _id(one, where) for side, one in zip(_SIDES, found, strict=True)
        )
        part = KeyPart(
            asked=self.columns,
            left=(found[0].column,),
            right=(found[1].column,),
            raw=(forms[0], forms[1]),
            normal=(forms[0], forms[1]),
        )
        ids, text = self.columns if self.text == "right" else reversed(self.columns)
        return BoundKey(
            text=f"{ids} in {text}",
            parts=(part,),
            search=TextSearch(text=self.text, min_length=self.min_length),
        )


def _text(found: Found, where: str) -> Form:
    if found.dtype.base_type() not in {pl.String, pl.Categorical, pl.Enum, pl.Null}:
        raise WrongColumnType(f"free text is text, {found.column!r} is {found.dtype}", where=where)
    return Form(f"folded:{found.column}", folded_text(cell(found.column).cast(pl.String)))


def _id(found: Found, where: str) -> Form:
    if not (is_text(found) or found.dtype.is_integer() or found.dtype == pl.Null):
        raise WrongColumnType(
            f"ids are text, {found.column!r} is {found.dtype}", where=where, hint="cast identifiers to text"
        )
    return exact_key(found)


@attrs.frozen(kw_only=True)
class TextSearch:
    """Finds ids in texts.

    Attributes:
        text: The side of the texts.
        min_length: Letters and digits of an id that is looked for.
    """

    text: str
    min_length: int

    @property
    def doubts_within(self) -> int:
        """None: what stands in a text is nobody's key."""
        return 0

    def find(self, left: pl.DataFrame, right: pl.DataFrame, *, limit: int) -> pl.DataFrame:
        """Pairs of an id and a text that it stands in."""
        ids, texts = (left, right) if self.text == "right" else (right, left)
        found = ids_in_texts(ids, texts, min_length=self.min_length, limit=limit)
        one, other = ("id", "text") if self.text == "right" else ("text", "id")
        return found.select(left=one, right=other, steps="steps")

    def sieve(self, few: pl.DataFrame) -> Sieve:  # noqa: ARG002 - the protocol's
        """All: what stands in a text is not known before it is read."""
        return lambda many: pl.Series([True]).new_from_index(0, many.height)

    def in_part(self, *, of_all: bool) -> "TextSearch":  # noqa: ARG002 - the protocol's
        """Itself: two keys pair whatever else there is."""
        return self

    def steps(self, left: Sequence[str], right: Sequence[str]) -> list[int | None]:
        """How the id of each pair stands in its text: each pair is searched in a block of its own."""
        limit = max(1, sum(map(len, left)) + sum(map(len, right)))
        return steps_pairwise(partial(self.find, limit=limit), left, right)

    def evidence(self, steps: int) -> str:
        """How the id stands there, in words."""
        return text_step(steps).words

    def evidence_zh(self, steps: int) -> str:
        """The same in Chinese."""
        return text_step(steps).words_zh

    def trust(self, steps: int) -> float:
        """Score of a pair that is corroborated and unrivalled."""
        return text_step(steps).trust

    def is_certain(self, steps: int) -> bool:
        """Whether the id is long enough to not stand there by chance, and stands for itself."""
        return text_step(steps).is_certain

    def can_confirm(self, steps: int) -> bool:  # noqa: ARG002 - the protocol's
        """Always: the whole id is there."""
        return True
