"""Proposing: what a link, an unlink or a split says of an outcome when somebody decides it, and why it may not be."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import NoReturn

import attrs
import polars as pl

from tieout.casebook.links import Decision, Link, Named, Part, Split, Unlink, part_id
from tieout.casebook.overlay import Overlaid, overlay
from tieout.casebook.refs import RecordRef
from tieout.casebook.regrouping import SCOPE, SETTLED, Force, Refs, hits_of, regrouped
from tieout.errors import CasebookError
from tieout.outcome import Outcome

__all__ = ["Board", "Proposal", "Wanted", "effects"]

_RECORD = ["kind", "key"]
_COMPARED = ("expected", "actual")
_SHOWN = 3


def _texts(given: Iterable[str]) -> tuple[str, ...]:
    return tuple(given)


def _refs(given: Iterable[RecordRef]) -> tuple[RecordRef, ...]:
    return tuple(given)


@attrs.frozen(kw_only=True)
class Wanted:
    """What somebody points at.

    Attributes:
        records: Records, each for itself and all that stands in its group.
        discrepancies: Ids of discrepancies, each for all records of its group.
    """

    records: tuple[RecordRef, ...] = attrs.field(default=(), converter=_refs)
    discrepancies: tuple[str, ...] = attrs.field(default=(), converter=_texts)


@attrs.frozen(kw_only=True)
class Proposal:
    """Decisions before they are kept.

    Attributes:
        made: The new ones.
        undone: Those that they take back.
    """

    made: tuple[Decision, ...] = ()
    undone: tuple[Decision, ...] = ()


@attrs.frozen(kw_only=True)
class _Group:
    """A group as it stands.

    Attributes:
        place: Its number.
        records: Its records.
        gap_minor: actual - expected.
        gap_pieces: The same of quantities.
        currencies: Of its amounts.
        scopes: Values by column of its scope.
        via: The decision that made it; None where the rules did.
        by_side: Its records by side.
        has_rest: Whether a part of its gap is of no record.
    """

    place: int
    records: tuple[Named, ...]
    gap_minor: int
    gap_pieces: int
    currencies: frozenset[str]
    scopes: Mapping[str, frozenset[str]]
    via: Decision | None
    by_side: Mapping[str, tuple[Named, ...]]
    has_rest: bool


class Board:
    """An outcome on the table, with the decisions in force about it; further ones are proposed over it.

    Args:
        outcome: As the rules made it.
        refs: The names of its records, by side.
        decisions: Those in force.
        period: Period of the run.
    """

    def __init__(self, outcome: Outcome, refs: Refs, decisions: Sequence[Decision], *, period: str | None) -> None:
        self.outcome = outcome
        self.refs = refs
        self.decisions = tuple(decisions)
        self.period = period
        self.laid = overlay(outcome, refs, self.decisions)

    def links(self, wanted: Sequence[Wanted], *, across_shops: bool = False) -> Proposal:
        """Groups that belong together, one link each.

        Args:
            wanted: For each link what it joins.
            across_shops: Whether records of several shops or platforms may be joined.

        Raises:
            CasebookError: A record or case is not in the run, stands in another link, or the records are of several currencies,
                books or shops.
        """
        groups = self._groups(wanted)
        taken: dict[int, int] = {}
        made = []
        for number, (one, own) in enumerate(zip(wanted, groups, strict=True)):
            for group in own:
                self._refuse_taken(group, "link")
                if not group.records:
                    _refuse("link", f"no record stands behind {_said(one)}", hint="undo what made it instead")
                if taken.setdefault(group.place, number) != number:
                    _refuse("link", f"two of the links would take {_shown(group.records)}")
            if len(own) < 2:  # noqa: PLR2004 - one thing cannot be joined
                _refuse("link", f"{_said(one)} is one group already", hint="name what it belongs to as well")
            made.append(self._link(own, across_shops=across_shops))
        return Proposal(made=tuple(made))

    def _link(self, own: Sequence[_Group], *, across_shops: bool) -> Link:
        currencies = sorted(frozenset().union(*(group.currencies for group in own)))
        records = tuple(record for group in own for record in group.records)
        if len(currencies) > 1:
            _refuse("link", f"{_shown(records)} are in several currencies: {', '.join(currencies)}")
        for column in SCOPE:
            values = sorted(frozenset().union(*(group.scopes[column] for group in own)))
            if len(values) > 1 and (column == "book_id" or not across_shops):
                hint = "" if column == "book_id" else "say across_shops=True, with the reason, when that is right"
                _refuse("link", f"{_shown(records)} are of several values of {column}: {', '.join(values)}", hint=hint)
        return Link(
            reconciliation=self.outcome.reconciliation,
            period=self.period,
            currency=currencies[0] if currencies else None,
            records=records,
            gap_minor=sum(group.gap_minor for group in own),
            gap_pieces=sum(group.gap_pieces for group in own),
        )

    def unlinks(self, wanted: Sequence[Wanted]) -> Proposal:
        """Groups that do not belong together, one unlink each.

        A group that was linked by hand falls back into what it was made of. Of another group the records that are named leave it,
        each side's by themselves; when all are named, or a case is, each side's records stand alone.

        Args:
            wanted: For each unlink records or a case of one group.

        Raises:
            CasebookError: They are of several groups, or there is nothing to be taken apart.
        """
        made: list[Decision] = []
        undone: list[Decision] = []
        taken: set[int] = set()
        for one, own in zip(wanted, self._groups(wanted), strict=True):
            if len(own) != 1:
                _refuse("unlink", f"{_said(one)} are of {len(own)} groups", hint="take apart one group at a time")
            (group,) = own
            if group.place in taken:
                _refuse("unlink", f"{_shown(group.records)} is named twice")
            taken.add(group.place)
            self._refuse_split(group, "unlink")
            if isinstance(group.via, Link):
                undone.append(group.via)
                parts = self._before(group.via)
            else:
                parts = _parts_of(group, one)
            if len(parts) > 1:
                made.append(
                    Unlink(
                        reconciliation=self.outcome.reconciliation,
                        period=self.period,
                        currency=min(group.currencies, default=None),
                        parts=parts,
                        gap_minor=group.gap_minor,
                        gap_pieces=group.gap_pieces,
                    )
                )
            elif not isinstance(group.via, Link):
                _refuse("unlink", f"{_shown(group.records)} stands alone already")
        return Proposal(made=tuple(made), undone=tuple(undone))

    def _before(self, link: Link) -> list[tuple[Named, ...]]:
        """The groups that a link was made of."""
        others = [one for one in self.decisions if one is not link]
        board = Board(self.outcome, self.refs, others, period=self.period)
        wanted = Wanted(records=[RecordRef(kind, key) for kind, key, _ in link.records])
        (own,) = board._groups([wanted])
        return [group.records for group in own]

    def split(self, discrepancy_id: str, shares: Sequence[Part]) -> Proposal:
        """A case as several.

        Args:
            discrepancy_id: Of the case.
            shares: Two or more, none of them nothing, that sum to its impact.

        Raises:
            CasebookError: The case is not one of the run or is a part already, or the shares do not sum to it.
        """
        if any(discrepancy_id in _part_ids(one) for one in self._splits()):
            (by,) = (one for one in self._splits() if discrepancy_id in _part_ids(one))
            _refuse("split", f"the case is a part of one that was split by {by.made}", hint="undo that and split anew")
        table = self.laid.outcome.discrepancies.to_polars()
        rows = table.filter(pl.col("discrepancy_id") == discrepancy_id)
        if rows.is_empty():
            _refuse("split", f"the last run did not find case {discrepancy_id}")
        impact, code = rows.select("impact_minor", "currency").row(0)
        total = sum(share.impact_minor for share in shares)
        if len(shares) < 2 or not all(share.impact_minor for share in shares):  # noqa: PLR2004 - into two at least
            _refuse("split", f"{len(shares)} parts were given", hint="give two or more, each with an amount")
        if total != impact:
            _refuse("split", f"the parts sum to {total}, the case is {impact} (smallest units of {code})")
        (own,) = self._groups([Wanted(discrepancies=[discrepancy_id])])
        made = Split(
            reconciliation=self.outcome.reconciliation,
            period=self.period,
            currency=code,
            discrepancy_id=discrepancy_id,
            records=[record for group in own for record in group.records],
            impact_minor=impact,
            shares=shares,
        )
        return Proposal(made=(made,))

    def reaffirmed(self, decision: Decision, shares: Sequence[Part] = (), *, across_shops: bool = False) -> Proposal:
        """A decision anew, on what its records say and differ by now.

        Args:
            decision: One that is in force, though it may be surfaced.
            shares: Of a split, what the case is to be split into where its impact changed.
            across_shops: As `links`.

        Raises:
            CasebookError: None of its records is there, or it cannot be decided any more.
        """
        others = Board(
            self.outcome, self.refs, [one for one in self.decisions if one is not decision], period=self.period
        )
        if isinstance(decision, Split):
            made = others.split(decision.discrepancy_id, shares or decision.shares)
        elif isinstance(decision, Link):
            made = others.links([others.present(decision)], across_shops=across_shops)
        else:
            made = others.apart_again(decision)
        return attrs.evolve(made, undone=(decision,))

    def present(self, decision: Decision) -> Wanted:
        """The records of a decision that the run has."""
        named = pl.DataFrame(
            [(0, kind, key) for part in decision.parts_of() for kind, key, _ in part],
            schema={"decision": pl.Int64, "kind": pl.String, "key": pl.String},
            orient="row",
        )
        found = hits_of(self.outcome, self.refs, named).select(_RECORD).unique().sort(_RECORD)
        if found.is_empty():
            _refuse("reaffirm", "none of its records is in the last run")
        return Wanted(records=[RecordRef(kind, key) for kind, key in found.iter_rows()])

    def apart_again(self, decision: Unlink) -> Proposal:
        """An unlink anew: its parts as they are now, and what joined their group since by itself."""
        (own,) = self._groups([self.present(decision)])
        now = {record[:2]: record for group in own for record in group.records}
        parts = [tuple(now.pop(record[:2]) for record in part if record[:2] in now) for part in decision.parts_of()]
        rest = [tuple(now.values())] if now else []
        kept = [part for part in [*parts, *rest] if part] + ([()] if decision.has_rest else [])
        if len(kept) < 2:  # noqa: PLR2004 - one part is not apart of anything
            _refuse("reaffirm", "what is left of its records stands alone", hint="undo it instead")
        made = attrs.evolve(
            decision,
            parts=kept,
            made=None,
            gap_minor=sum(group.gap_minor for group in own),
            gap_pieces=sum(group.gap_pieces for group in own),
        )
        return Proposal(made=(made,))

    def after(self, proposal: Proposal) -> "Board":
        """The table when a proposal is kept.

        Raises:
            CasebookError: It contradicts a decision in force, which would not hold any more.
        """
        gone = {id(one) for one in proposal.undone}
        kept = [one for one in self.decisions if id(one) not in gone]
        board = Board(self.outcome, self.refs, [*kept, *proposal.made], period=self.period)
        surfaced = {id(one.decision) for one in self.laid.standings if one.force is Force.SURFACED}
        for one in board.laid.standings:
            if one.force is not Force.SURFACED or id(one.decision) in surfaced:
                continue
            told = f"what was decided by {one.decision.made}" if one.decision.made else "it"
            _refuse("decision", f"{told} would not hold: {one.problem}", hint="undo one of the two first")
        return board

    def _splits(self) -> list[Split]:
        return [
            one.decision
            for one in self.laid.standings
            if isinstance(one.decision, Split) and one.force is Force.APPLIED
        ]

    def _refuse_taken(self, group: _Group, what: str) -> None:
        if isinstance(group.via, Link):
            _refuse(
                what,
                f"{_shown(group.records)} were linked by {group.via.made} already",
                hint="unlink them first",
            )
        self._refuse_split(group, what)

    def _refuse_split(self, group: _Group, what: str) -> None:
        by = self._split_places.get(group.place)
        if by is not None:
            _refuse(what, f"the case of {_shown(group.records)} was split by {by.made}", hint="undo that first")

    @cached_property
    def _split_places(self) -> dict[int, Split]:
        """By group the split of its case."""
        by_part = {part: one for one in self._splits() for part in _part_ids(one)}
        explains = self.laid.outcome.explains.filter(pl.col("discrepancy_id").is_in(list(by_part)))
        return {unit: by_part[found] for found, unit in explains.select("discrepancy_id", "unit").iter_rows()}

    def _groups(self, wanted: Sequence[Wanted]) -> list[list[_Group]]:
        """For each thing that is pointed at the groups that it stands in."""
        places = self._asked(wanted)
        rows = regrouped(self.outcome, self.refs, self.decisions, also=places["unit"]).rows
        at = (
            pl.concat(
                [
                    places.filter(pl.col("key").is_null()).select("request", pl.col("unit").alias("place")),
                    places.filter(pl.col("key").is_not_null())
                    .join(rows.select(*_RECORD, "place").unique(), on=_RECORD, how="inner")
                    .select("request", "place"),
                ]
            )
            .unique()
            .sort("request", "place")
        )
        known = self._as_groups(rows.filter(pl.col("place").is_in(at["place"].unique().implode())))
        found: list[list[_Group]] = [[] for _ in wanted]
        for request, place in at.iter_rows():
            found[request].append(known[place])
        return found

    def _asked(self, wanted: Sequence[Wanted]) -> pl.DataFrame:
        """`request`, `unit` and, for a record, its `kind` and `key`."""
        rows = [(number, ref.kind, ref.key) for number, one in enumerate(wanted) for ref in dict.fromkeys(one.records)]
        schema = {"decision": pl.Int64, "kind": pl.String, "key": pl.String}
        records = pl.DataFrame(rows, schema=schema, orient="row")
        hits = hits_of(self.outcome, self.refs, records)
        missing = records.join(hits, on=["decision", *_RECORD], how="anti")
        if missing.height:
            told = ", ".join(f"{kind}/{key}" for _, kind, key in missing.head(_SHOWN).iter_rows())
            _refuse("records", f"the last run did not compare {told}" + _more(missing.height))
        counted = self.outcome.units.filter(pl.col("verdict") != SETTLED)["unit"]
        aside = hits.filter(~pl.col("unit").is_in(counted.implode()))
        if aside.height:
            kind, key = aside.select(_RECORD).row(0)
            _refuse("records", f"the last run left {kind}/{key} out" + _more(aside.height))
        cases = pl.DataFrame(
            [(number, found) for number, one in enumerate(wanted) for found in dict.fromkeys(one.discrepancies)],
            schema={"decision": pl.Int64, "discrepancy_id": pl.String},
            orient="row",
        )
        tied = cases.join(self.laid.outcome.explains, on="discrepancy_id", how="left")
        loose = tied.filter(pl.col("unit").is_null())
        if loose.height:
            _refuse("cases", f"the last run ties no record to {loose['discrepancy_id'][0]}" + _more(loose.height))
        nothing = pl.lit(None, dtype=pl.String)
        return pl.concat(
            [
                hits.select(pl.col("decision").alias("request"), "unit", *_RECORD),
                tied.select(pl.col("decision").alias("request"), "unit", nothing.alias("kind"), nothing.alias("key")),
            ]
        )

    def _as_groups(self, rows: pl.DataFrame) -> dict[int, _Group]:
        named = pl.col("key").is_not_null()
        amounts = pl.col("role").is_in(_COMPARED) | pl.col("role").is_null()
        sums = rows.group_by("place").agg(
            pl.col("gap_minor", "gap_pieces").sum(),
            pl.col("currency").filter(amounts).drop_nulls().unique().alias("currencies"),
            *(pl.col(name).drop_nulls().unique() for name in SCOPE),
            pl.col("via").first(),
            (~named & ((pl.col("gap_minor") != 0) | (pl.col("gap_pieces") != 0))).any().alias("has_rest"),
        )
        by_place: dict[int, dict[str, list[Named]]] = {}
        members = rows.filter(named).select("place", "side", *_RECORD, "hash").unique().sort("place", "side", *_RECORD)
        for place, side, kind, key, hash_ in members.iter_rows():
            by_place.setdefault(place, {}).setdefault(side, []).append((kind, key, hash_))
        return {
            row["place"]: _Group(
                place=row["place"],
                records=tuple(one for side in by_place.get(row["place"], {}).values() for one in side),
                gap_minor=row["gap_minor"],
                gap_pieces=row["gap_pieces"],
                currencies=frozenset(row["currencies"]),
                scopes={name: frozenset(row[name]) for name in SCOPE},
                via=None if row["via"] is None else self.decisions[row["via"]],
                by_side={side: tuple(own) for side, own in by_place.get(row["place"], {}).items()},
                has_rest=row["has_rest"],
            )
            for row in sums.iter_rows(named=True)
        }


def effects(before: Overlaid, after: Overlaid) -> tuple[list[str], list[str]]:
    """Ids of the discrepancies that are gone, and of those that are new or say something else."""
    kept = [
        "discrepancy_id",
        "currency",
        "impact_minor",
        "expected_minor",
        "actual_minor",
        "owner",
        "evidence",
        "reason",
    ]
    was, now = (one.outcome.discrepancies.to_polars().select(kept) for one in (before, after))
    gone = was.join(now, on="discrepancy_id", how="anti")["discrepancy_id"].sort().to_list()
    new = now.join(was, on=kept, how="anti", nulls_equal=True)["discrepancy_id"].sort().to_list()
    return gone, new


def _parts_of(group: _Group, wanted: Wanted) -> list[tuple[Named, ...]]:
    """What a group falls into: the records that are named leave it, by side; the rest stays together."""
    named = {(ref.kind, ref.key) for ref in wanted.records}
    every = {record[:2] for record in group.records}
    if wanted.discrepancies or named >= every:
        named = every
    leaving = [
        own for side in group.by_side.values() if (own := tuple(record for record in side if record[:2] in named))
    ]
    staying = tuple(record for record in group.records if record[:2] not in named)
    parts = [*leaving, *([staying] if staying else [])]
    # One record against what a contract makes of it: what no record says stands alone.
    return [*parts, ()] if len(parts) == 1 and group.has_rest else parts


def _part_ids(one: Split) -> list[str]:
    return [part_id(one.discrepancy_id, place) for place in range(len(one.shares))]


def _said(one: Wanted) -> str:
    return ", ".join([*(f"{ref.kind}/{ref.key}" for ref in one.records), *one.discrepancies][:_SHOWN]) or "nothing"


def _shown(records: Sequence[Named]) -> str:
    return ", ".join(f"{kind}/{key}" for kind, key, _ in records[:_SHOWN]) + _more(len(records))


def _more(count: int) -> str:
    return f" and {count - _SHOWN} more" if count > _SHOWN else ""


def _refuse(what: str, problem: str, *, hint: str = "") -> NoReturn:
    raise CasebookError(problem, where=what, hint=hint)
