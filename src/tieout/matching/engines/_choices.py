"""Choices: deciding which few records, which no key names, add up to one.

Every target is judged by itself, against all records that are free: none is served first. What different targets would have to
share is suggested to all of them.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import attrs
import polars as pl

from tieout.matching.conditions._amounts import sums_near
from tieout.matching.conditions._base import SubsetTerms
from tieout.matching.engines._pool import Decision
from tieout.matching.engines._subsets import subsets_of
from tieout.matching.engines._sum_field import SumField
from tieout.matching.verdict import SumAnswer, Verdict

__all__ = ["decide_choices"]

Choice = Mapping[int, int]  # classes of lines, and how many of each
Link = tuple[int, int, float, str]
_TRUST = 0.9  # that there is no other way is no proof: the amounts agree, and nothing names the records
_SEARCHES_IN_FULL = 100  # searches of a rule that may all go to their limit; more share out that many limits
_LINKS = {"many": pl.UInt32(), "one": pl.UInt32(), "score": pl.Float64(), "evidence": pl.String()}


@attrs.frozen(kw_only=True)
class Members:
    """Records that are alike.

    Attributes:
        rows: Positions, in the order of their rank.
        value: Their amount, a whole number of the comparison.
        currency: Its currency.
    """

    rows: tuple[int, ...]
    value: int
    currency: str | None


@attrs.frozen(kw_only=True)
class Found:
    """What the search for a class of targets found.

    Attributes:
        count: How many ways there are; None when the search stopped.
        choices: Ways to show, the smaller ones first.
        field: Records that could be in the sum.
    """

    count: int | None
    choices: tuple[Choice, ...]
    field: int

    @property
    def answer(self) -> SumAnswer:
        """What is known."""
        if self.count is None:
            return "stopped"
        return "none" if not self.count else "unique" if self.count == 1 else "several"


@attrs.define(kw_only=True, eq=False)
class Case:
    """A search for all targets of a rule, and what was said so far.

    Attributes:
        field: The records.
        lines: Classes of lines, by number.
        targets: Classes of targets, by number.
        used: How many of each class of lines are taken.
    """

    field: SumField
    lines: Mapping[int, Members]
    targets: Mapping[int, Members]
    used: Counter[int] = attrs.field(factory=Counter)
    confirmed: list[Link] = attrs.field(factory=list)
    suggested: list[Link] = attrs.field(factory=list)
    verdicts: list[Verdict] = attrs.field(factory=list)

    def confirm(self, kind: int, found: Found) -> None:
        """Give each target of a class its only choice, as long as there are lines; a twin beyond that is left."""
        choice = found.choices[0]
        served: list[int] = []
        for target in self.targets[kind].rows:
            enough = all(self.used[at] + times <= len(self.lines[at].rows) for at, times in choice.items())
            taken = self.positions(choice)
            self._tell(kind, target, found, solutions=[taken], rivals=() if enough else served)
            if enough:
                served.append(target)
                self.used.update(choice)
                self.confirmed += [(line, target, _TRUST, f"sum of {len(taken)}") for line in taken]

    def suggest(self, kind: int, found: Found, rivals: Sequence[int]) -> None:
        """Name what a class of targets could take; nothing when the search stopped.

        Args:
            kind: The class.
            found: What was found.
            rivals: Other classes that claim the same lines.

        Raises:
            MatcherError: There would be more than `max_candidates` suggestions.
        """
        solutions = [self.positions(choice) for choice in found.choices]
        claiming = sorted(row for rival in rivals for row in self.targets[rival].rows)
        links = [] if found.count is None else list(self._shares(found, len(rivals)))
        expected = len(self.targets[kind].rows) * sum(len(self.lines[at].rows) for at, *_ in links)
        self.field.bench.guard(
            len(self.suggested) + expected, self.field.rule, "too many records that are alike could be meant"
        )
        for target in self.targets[kind].rows:
            self._tell(kind, target, found, solutions=solutions, rivals=claiming)
            self.suggested += [
                (line, target, score, evidence) for at, score, evidence in links for line in self.lines[at].rows
            ]

    def positions(self, choice: Choice) -> tuple[int, ...]:
        """Lines of a choice, of each class those that are not taken, as far as there are such."""
        taken: list[int] = []
        for at, times in choice.items():
            rows = self.lines[at].rows
            start = min(self.used[at], len(rows) - times)
            taken += rows[start : start + times]
        return tuple(sorted(taken))

    def _shares(self, found: Found, rivals: int) -> Iterator[tuple[int, float, str]]:
        """Each class of lines that is in a choice, with score and evidence."""
        inside = Counter(at for choice in found.choices for at in choice)
        shown, count = len(found.choices), found.count or 1
        for at, times in sorted(inside.items()):
            if count == 1:
                yield at, _TRUST / (1 + rivals), f"sum of {sum(found.choices[0].values())}"
            else:
                words = (
                    f"in {times} of {count:,} sums"
                    if shown == count
                    else f"in {times} of {shown} shown, of {count:,} sums"
                )
                yield at, _TRUST * times / count, words

    def _tell(
        self, kind: int, target: int, found: Found, *, solutions: Sequence[tuple[int, ...]], rivals: Sequence[int]
    ) -> None:
        value, currency = self.targets[kind].value, self.targets[kind].currency
        only = found.choices[0] if found.answer == "unique" else None
        total = None if only is None else sum(self.lines[at].value * times for at, times in only.items())
        if currency is None and found.choices:
            currency = self.lines[next(iter(found.choices[0]))].currency
        self.verdicts.append(
            Verdict(
                rule=self.field.rule.rule.name,
                side=self.field.one.name,
                position=target,
                answer=found.answer,
                count=found.count,
                solutions=tuple(solutions),
                field=found.field,
                amount=self.field.amount(value, currency),
                total=self.field.amount(total, currency),
                currency=currency,
                rivals=tuple(rivals),
            )
        )


def decide_choices(field: SumField, terms: SubsetTerms) -> tuple[Decision, list[Verdict]]:
    """What the search for a few lines says about each target.

    Args:
        field: The records.
        terms: Bounds of the search.
    """
    lines, line_classes = _classes(field, field.lines.filter(_may_be_in_a_sum(field)), is_many=True)
    targets, target_classes = _classes(field, field.targets.filter(pl.col("value").is_not_null()), is_many=False)
    case = Case(field=field, lines=line_classes, targets=target_classes)
    candidates = _candidates(field, lines, targets)
    found = {
        kind: _search(case, terms, kind, candidates.get(kind, []), searches=len(candidates)) for kind in target_classes
    }
    rivals = _contested(case, {kind: one.choices[0] for kind, one in found.items() if one.answer == "unique"})
    for kind, one in found.items():
        if one.answer == "unique" and kind not in rivals:
            case.confirm(kind, one)
    for kind, one in found.items():
        if one.answer != "unique" or kind in rivals:
            case.suggest(kind, one, rivals.get(kind, []))
    unknown = field.targets.filter(pl.col("value").is_null())["row"].sort()
    missing = [
        Verdict(rule=field.rule.rule.name, side=field.one.name, position=row, answer="none", count=0) for row in unknown
    ]
    decision = Decision(confirmed=_links(field, case.confirmed), suggested=_links(field, case.suggested))
    return decision, [*case.verdicts, *missing]


def _may_be_in_a_sum(field: SumField) -> pl.Expr:
    has_amount = (pl.col("value") != 0).fill_null(value=False)
    return has_amount & pl.col("currency").is_not_null() if field.has_currency[0] else has_amount


def _classes(field: SumField, records: pl.DataFrame, *, is_many: bool) -> tuple[pl.DataFrame, dict[int, Members]]:
    """One record for each class, with its number `kind`; and the members of the classes, in the order of their content."""
    twins = field.bench.twins(field.many if is_many else field.one, records["row"])
    numbered = records.join(twins.select("row", kind="twin", rank="rank"), on="row").sort("kind", "rank")
    first = numbered.unique("kind", keep="first", maintain_order=True)
    rows = numbered.group_by("kind", maintain_order=True).agg(
        "row", pl.col("value").first(), pl.col("currency").first()
    )
    members = {
        kind: Members(rows=tuple(positions), value=value, currency=currency)
        for kind, positions, value, currency in rows.select("kind", "row", "value", "currency").iter_rows()
    }
    return first, members


def _candidates(field: SumField, lines: pl.DataFrame, targets: pl.DataFrame) -> dict[int, list[int]]:
    """For each class of targets, the classes of lines that could be in its sum; none where its own currency is missing."""
    if field.has_currency[1]:
        targets = targets.filter(pl.col("currency").is_not_null())
    pairs = field.pairs(lines, targets, by_currency=True)
    kinds = pairs.join(lines.select(many="row", line="kind"), on="many").join(
        targets.select(one="row", target="kind"), on="one"
    )
    return dict(kinds.group_by("target").agg(pl.col("line").sort()).sort("target").iter_rows())


def _search(case: Case, terms: SubsetTerms, kind: int, candidates: list[int], *, searches: int) -> Found:
    """Choices among the candidates, within each currency for itself."""
    work = min(terms.max_work, max(1, _SEARCHES_IN_FULL * terms.max_work // max(searches, 1)))
    low, high = sums_near(case.field.total.allowance, case.targets[kind].value, is_left=not case.field.many_is_left)
    count: int | None = 0
    choices: list[Choice] = []
    for currency in sorted({case.lines[at].currency or "" for at in candidates}):
        own = [at for at in candidates if (case.lines[at].currency or "") == currency]
        answer = subsets_of(
            [(case.lines[at].value, len(case.lines[at].rows)) for at in own],
            low,
            high,
            max_size=terms.max_size,
            max_shown=terms.max_shown,
            max_work=work,
        )
        count = None if count is None or answer.count is None else count + answer.count
        choices += [Counter(own[place] for place in choice) for choice in answer.choices]
    choices.sort(key=lambda choice: (sum(choice.values()), sorted(choice.items())))
    field = sum(len(case.lines[at].rows) for at in candidates)
    return Found(count=count, choices=tuple(choices[: terms.max_shown]), field=field)


def _contested(case: Case, only: Mapping[int, Choice]) -> dict[int, list[int]]:
    """Classes of targets whose only choices cannot all be had, with the other classes that claim the same lines.

    Twins among the targets that are more than the lines allow contradict nobody: the ones too many are left.
    """
    supply = {at: len(members.rows) for at, members in case.lines.items()}
    demand: Counter[int] = Counter()
    claiming: dict[int, list[int]] = {}
    for kind, choice in only.items():
        possible = min(len(case.targets[kind].rows), *(supply[at] // times for at, times in choice.items()))
        for at, times in choice.items():
            demand[at] += possible * times
            claiming.setdefault(at, []).append(kind)
    rivals: dict[int, set[int]] = {}
    for at, kinds in claiming.items():
        if demand[at] > supply[at]:
            for kind in kinds:
                rivals.setdefault(kind, set()).update(other for other in kinds if other != kind)
    return {kind: sorted(others) for kind, others in rivals.items()}


def _links(field: SumField, links: list[Link]) -> pl.DataFrame:
    return field.as_links(pl.DataFrame(links, schema=_LINKS, orient="row"))
