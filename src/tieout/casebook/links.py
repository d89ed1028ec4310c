"""Links: what people decided about which records belong together, as values that outlive a run.

A decision names records by kind, key and content hash, and says what they differed by when it was made. It holds as long as both
are as they were; who made it is never lost when they are not (`overlay`).
"""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, Self

import attrs

from tieout.casebook.canonical import canonical, digest
from tieout.errors import CasebookError

__all__ = [
    "APART",
    "BY_HAND",
    "DIFFERENCE",
    "UNMATCHED",
    "Decision",
    "Link",
    "Made",
    "Named",
    "Part",
    "Split",
    "Unlink",
    "part_id",
]

Named = tuple[str, str, str]
"""A record: kind, key and the hash of what it said when somebody decided about it."""
BY_HAND = "agreed by hand"
"""Verdict of records that were linked by hand and differ by nothing."""
APART = "apart by hand"
"""Verdict of records that were taken out of a group by hand and amount to nothing by themselves."""
DIFFERENCE = "general.manual_difference"
"""Type of the discrepancy that a link by hand leaves."""
UNMATCHED = "general.manual_unmatched"
"""Type of the discrepancies that taking a group apart makes."""
_DIGITS = 16


def _records(given: Iterable[Iterable[str]]) -> tuple[Named, ...]:
    found: set[Named] = set()
    for kind, key, hash_ in given:
        found.add((kind, key, hash_))
    if len({(kind, key) for kind, key, _ in found}) < len(found):
        raise CasebookError("a record is named with two contents", where="records")
    return tuple(sorted(found))


def _parts(given: Iterable[Iterable[Iterable[str]]]) -> tuple[tuple[Named, ...], ...]:
    # The empty part is what no record says, such as what a contract makes of one; it comes last.
    return tuple(sorted((_records(part) for part in given), key=lambda part: (not part, part)))


def _shares(given: Iterable["Part"]) -> tuple["Part", ...]:
    return tuple(given)


@attrs.frozen(kw_only=True)
class Made:
    """Who decided, when and why.

    Attributes:
        seq: Number of the entry.
        at: When, as text in UTC.
        actor: Who.
        reason: Why, in their words.
    """

    seq: int
    at: str
    actor: str
    reason: str | None = None

    def __str__(self) -> str:
        """For errors and lists."""
        return f"{self.actor}, {self.at}, entry {self.seq}"


@attrs.frozen(kw_only=True)
class _Decided:
    """What all decisions about records have.

    Attributes:
        reconciliation: Whose outcome it is about.
        period: Period of the run that it was made on; None when the run had none.
        scope: What that run looked at; None outside a casebook.
        currency: Of the figures; None when no money is compared.
        made: Who, when, why; None until it is kept.
    """

    reconciliation: str
    period: str | None = None
    scope: str | None = None
    currency: str | None = None
    made: Made | None = None


@attrs.frozen(kw_only=True)
class Link(_Decided):
    """Records that belong together, whatever the rules say.

    Attributes:
        records: All records of the group: each unit comes whole.
        gap_minor: actual - expected of the whole group when it was decided, smallest units.
        gap_pieces: The same of quantities, in 10**-8 of a piece.
    """

    records: tuple[Named, ...] = attrs.field(converter=_records)
    gap_minor: int
    gap_pieces: int = 0

    @cached_property
    def id(self) -> str:
        """Of its records, whatever they say, so that the case of what is left is the same in every run."""
        return _id("link", self.reconciliation, [(kind, key) for kind, key, _ in self.records])

    def parts_of(self) -> tuple[tuple[Named, ...], ...]:
        """Its records as one part."""
        return (self.records,)

    def body(self) -> dict[str, Any]:
        """For the log."""
        return {**_head(self), "records": self.records, "gap_minor": self.gap_minor, "gap_pieces": self.gap_pieces}

    @classmethod
    def of_body(cls, body: Mapping[str, Any], made: Made | None = None) -> Self:
        """What `body` wrote."""
        return cls(
            records=body["records"],
            gap_minor=body["gap_minor"],
            gap_pieces=body["gap_pieces"],
            made=made,
            **_said(body),
        )


@attrs.frozen(kw_only=True)
class Unlink(_Decided):
    """Records that do not belong together, whatever the rules say.

    Attributes:
        parts: What stays together; records of two parts are never in one group. An empty part is what no record says.
        gap_minor: actual - expected of the whole group when it was decided, smallest units.
        gap_pieces: The same of quantities, in 10**-8 of a piece.
    """

    parts: tuple[tuple[Named, ...], ...] = attrs.field(converter=_parts)
    gap_minor: int
    gap_pieces: int = 0

    @cached_property
    def id(self) -> str:
        """Of its parts, whatever their records say."""
        return _id("unlink", self.reconciliation, [[(kind, key) for kind, key, _ in part] for part in self.parts_of()])

    @property
    def records(self) -> tuple[Named, ...]:
        """The records of all parts."""
        return _records(one for part in self.parts for one in part)

    @property
    def has_rest(self) -> bool:
        """Whether what no record says is a part of its own."""
        return any(not part for part in self.parts)

    def parts_of(self) -> tuple[tuple[Named, ...], ...]:
        """Its parts that have records."""
        return tuple(part for part in self.parts if part)

    def body(self) -> dict[str, Any]:
        """For the log."""
        return {**_head(self), "parts": self.parts, "gap_minor": self.gap_minor, "gap_pieces": self.gap_pieces}

    @classmethod
    def of_body(cls, body: Mapping[str, Any], made: Made | None = None) -> Self:
        """What `body` wrote."""
        return cls(
            parts=body["parts"], gap_minor=body["gap_minor"], gap_pieces=body["gap_pieces"], made=made, **_said(body)
        )


@attrs.frozen(kw_only=True)
class Part:
    """One of the cases that a case becomes.

    Attributes:
        impact_minor: Its share of the impact, smallest units.
        note: What it is, in words.
        owner: Role that handles it; None for the owner of the whole.
    """

    impact_minor: int
    note: str
    owner: str | None = None


@attrs.frozen(kw_only=True)
class Split(_Decided):
    """A case that is several.

    Attributes:
        discrepancy_id: Of the case.
        records: The records that it is about.
        impact_minor: Its impact when it was decided; the parts sum to it.
        shares: What it becomes.
    """

    discrepancy_id: str
    records: tuple[Named, ...] = attrs.field(converter=_records)
    impact_minor: int
    shares: tuple[Part, ...] = attrs.field(converter=_shares)

    @cached_property
    def id(self) -> str:
        """Of the case: it is split once."""
        return _id("split", self.reconciliation, self.discrepancy_id)

    def parts_of(self) -> tuple[tuple[Named, ...], ...]:
        """Its records as one part."""
        return (self.records,)

    def body(self) -> dict[str, Any]:
        """For the log."""
        return {
            **_head(self),
            "discrepancy_id": self.discrepancy_id,
            "records": self.records,
            "impact_minor": self.impact_minor,
            "shares": [attrs.asdict(share) for share in self.shares],
        }

    @classmethod
    def of_body(cls, body: Mapping[str, Any], made: Made | None = None) -> Self:
        """What `body` wrote."""
        return cls(
            discrepancy_id=body["discrepancy_id"],
            records=body["records"],
            impact_minor=body["impact_minor"],
            shares=[Part(**share) for share in body["shares"]],
            made=made,
            **_said(body),
        )


Decision = Link | Unlink | Split


def part_id(discrepancy_id: str, place: int) -> str:
    """Id of what a discrepancy becomes when it is split.

    Args:
        discrepancy_id: Of the whole.
        place: 0-based.
    """
    return digest(f"{discrepancy_id}|part|{place}")[:_DIGITS]


def _id(*said: object) -> str:
    return digest(canonical(said))[:_DIGITS]


def _head(one: Decision) -> dict[str, Any]:
    told = {"reconciliation": one.reconciliation, "period": one.period, "scope": one.scope, "currency": one.currency}
    return {"id": one.id, **told}


def _said(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: body[name] for name in ("reconciliation", "period", "scope", "currency")}
