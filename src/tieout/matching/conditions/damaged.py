"""Damaged: keys harmed the way files harm them."""

from collections.abc import Iterator, Sequence
from functools import partial

import attrs
import polars as pl

from tieout.errors import MatcherError, WrongColumnType
from tieout.matching._documents import Plain
from tieout.matching._sides import Found, Side
from tieout.matching.conditions._base import BoundKey, KeyPart, Sieve, name_pairs, named
from tieout.matching.conditions._harm_keys import HarmKeys, Meant
from tieout.matching.conditions._harm_numbers import alike
from tieout.matching.conditions._harm_sieve import within_a_harm
from tieout.matching.conditions._harm_steps import step_of
from tieout.matching.conditions._harms import HARMS
from tieout.matching.conditions._key_parts import bind_part, is_text
from tieout.matching.conditions._key_text import harmed_key
from tieout.matching.conditions._meet import FOUND, met
from tieout.matching.conditions._pairwise import steps_pairwise

__all__ = ["Damaged"]


@attrs.frozen(init=False)
class Damaged(Plain):
    """The key is the same but for what files do to keys.

    That is: digits rounded or written with an exponent; leading zeros, a prefix or a parcel suffix lost or added; letters read
    as digits. Keys are compared in the normal form of `tieout.keys.normalize_key`: quotes, tabs, spaces, hyphens, full-width
    forms, case and `.0` lose nothing, so a pair that differs in nothing else is certain, and its evidence names them. All other
    harms lose something: such a pair is confirmed only when the rule has gates, the pair passes them, and nothing else could be
    meant. Scientific text with fewer than 15 digits is a suggestion at most. One harm per key, on either side.

    Attributes:
        columns: Column name, left and right.
        harms: Names of the harms that are looked for: `zeros`, `suffix`, `prefix`, `lookalikes`, `float`, `rounding`,
            `scientific`.

    Example:
        >>> Damaged("order_no"), Damaged(left="order_no", right="订单号", harms=["rounding", "scientific"])
        (Damaged('order_no'), Damaged(left='order_no', right='订单号', harms=['rounding', 'scientific']))
    """

    columns: tuple[str, str]
    harms: tuple[str, ...]

    def __init__(
        self,
        name: str | None = None,
        *,
        left: str | None = None,
        right: str | None = None,
        harms: Sequence[str] | None = None,
    ) -> None:
        """Name the column, and the harms where not all are meant.

        Args:
            name: Column that is named alike on both sides.
            left: Its name on the left, where the names differ.
            right: Its name on the right.
            harms: Some of the harms; None for all. Their order means nothing.

        Raises:
            MatcherError: No column, or an unknown harm.
        """
        pairs = name_pairs("Damaged", () if name is None else (name,), left, right)
        self.__attrs_init__(  # pyright: ignore[reportAttributeAccessIssue]  # attrs makes it
            columns=pairs[0], harms=_harms(harms, where=f"Damaged({named(pairs[0])!r})")
        )

    def __repr__(self) -> str:
        left, right = self.columns
        name = repr(left) if left == right else f"left={left!r}, right={right!r}"
        harms = "" if self.harms == tuple(HARMS) else f", harms={list(self.harms)!r}"
        return f"Damaged({name}{harms})"

    def bind_key(self, left: Side, right: Side) -> BoundKey:
        """Find its column on both sides."""
        where = f"Damaged({named(self.columns)!r})"
        found = (left.find(self.columns[0], wanted_by=where), right.find(self.columns[1], wanted_by=where))
        for one in found:
            if not (is_text(one) or one.dtype.is_integer() or one.dtype == pl.Null):
                raise WrongColumnType(
                    f"harms are looked for in identifiers, {one.column!r} is {one.dtype}",
                    where=where,
                    hint="cast identifiers to text",
                )
        return BoundKey(
            text=f"{named(self.columns)} harmed by a file",
            parts=(_part(self.columns, left, right, found),),
            search=HarmSearch(harms=self.harms),
            names_dirt=True,
        )


def _harms(harms: Sequence[str] | None, *, where: str) -> tuple[str, ...]:
    if harms is None:
        return tuple(HARMS)
    if isinstance(harms, str) or not harms:
        raise MatcherError(f"harms= is a list of at least one harm, got {harms!r}", where=where)
    unknown = [harm for harm in harms if harm not in HARMS]
    if unknown:
        raise MatcherError(f"unknown harm {unknown[0]!r}; known: {', '.join(HARMS)}", where=where)
    return tuple(name for name in HARMS if name in harms)


def _part(names: tuple[str, str], left: Side, right: Side, found: tuple[Found, Found]) -> KeyPart:
    """The columns, also keys that lost digits, which `Exact` does not look at."""
    normal = (harmed_key(found[0]), harmed_key(found[1]))
    if not any(is_text(one) for one in found):
        return KeyPart(asked=names, left=(found[0].column,), right=(found[1].column,), raw=normal, normal=normal)
    (part,) = bind_part(names, left, right, condition="Damaged")
    return attrs.evolve(part, normal=normal)


@attrs.frozen(kw_only=True)
class HarmSearch:
    """Finds keys that one harm apart.

    Attributes:
        harms: Names of the harms.
        meant: What it finds of a key of which so little is left that too many may be meant.
    """

    harms: tuple[str, ...]
    meant: Meant = Meant.NOTHING

    @property
    def doubts_within(self) -> int:
        """None: a harmed key looks like no stranger's real one."""
        return 0

    def find(self, left: pl.DataFrame, right: pl.DataFrame, *, limit: int) -> pl.DataFrame:
        """Pairs of keys of which either may be the other, harmed; the least harm of each pair."""
        lefts, rights = (HarmKeys(keys.with_row_index("id"), meant=self.meant) for keys in (left, right))
        pairs = pl.concat([pl.DataFrame(schema=FOUND), *self._found(lefts, rights, limit)])
        return pairs.group_by("left", "right").agg(pl.col("steps").min())

    def _found(self, left: HarmKeys, right: HarmKeys, limit: int) -> Iterator[pl.DataFrame]:
        yield _ordered(_same(left, right, limit), "left")
        for name in self.harms:
            find = HARMS[name].find
            yield from (_ordered(pairs, "left") for pairs in find(left, right, limit))
            yield from (_ordered(pairs, "right") for pairs in find(right, left, limit))

    def sieve(self, few: pl.DataFrame) -> Sieve:
        """Which keys have an ending, a beginning or a float in common with one of the few."""
        return within_a_harm(few)

    def in_part(self, *, of_all: bool) -> "HarmSearch":
        """One that does not take what begins alike here for all that does."""
        return attrs.evolve(self, meant=Meant.ALL if of_all else Meant.TOO_MANY)

    def steps(self, left: Sequence[str], right: Sequence[str]) -> list[int | None]:
        """Least harm between keys given in pairs: each pair is searched in a block of its own."""
        limit = max(1, len(left)) * len(self.harms)
        return steps_pairwise(partial(self.find, limit=limit), left, right)

    def evidence(self, steps: int) -> str:
        """The harm, in words."""
        return step_of(steps).words

    def evidence_zh(self, steps: int) -> str:
        """The harm, in Chinese."""
        return step_of(steps).words_zh

    def trust(self, steps: int) -> float:
        """Score of a pair that is corroborated and unrivalled."""
        return step_of(steps).trust

    def is_certain(self, steps: int) -> bool:
        """Whether nothing was lost."""
        return step_of(steps).is_certain

    def can_confirm(self, steps: int) -> bool:
        """Whether enough was left."""
        return step_of(steps).can_confirm


def _same(left: HarmKeys, right: HarmKeys, limit: int) -> pl.DataFrame:
    pairs = met(*(keys.frame.with_columns(form=pl.col("key")) for keys in (left, right)), limit=limit)
    return pairs.select("id", "id_other", steps=alike(pairs["key"]))


def _ordered(pairs: pl.DataFrame, first: str) -> pl.DataFrame:
    """Pairs of ids as left and right."""
    left, right = ("id", "id_other") if first == "left" else ("id_other", "id")
    return pairs.select(pl.col(left).alias("left"), pl.col(right).alias("right"), "steps")
