"""Matchers: rules, tried in order on two sides."""

import tomllib
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from os import PathLike
from pathlib import Path
from typing import Any, Self

import attrs
import polars as pl

from tieout._discovery import Room
from tieout._spark.installed import is_spark_frame
from tieout.errors import MatcherError
from tieout.matching._documents import Plain, built
from tieout.matching._groups import grouped
from tieout.matching._plan import Plan, plan_of
from tieout.matching._sense import require_sense
from tieout.matching._sides import Side, schema_side, sides_of
from tieout.matching._spark.options import OnSpark
from tieout.matching._spark.task import Task
from tieout.matching.conditions._base import Gate, Key
from tieout.matching.conditions.damaged import Damaged
from tieout.matching.conditions.exact import Exact
from tieout.matching.conditions.fuzzy import Fuzzy
from tieout.matching.conditions.near import Near
from tieout.matching.conditions.same import Same
from tieout.matching.engines._base import LINKS, Engine, Findings
from tieout.matching.progress import Tell, telling
from tieout.matching.result import MatchResult
from tieout.matching.rule import Pairing, Rule

__all__ = ["ENGINES", "Matcher"]

ENGINES = Room(package="tieout.matching.engines", group="tieout.engines", kind="engine")
"""Where engines are found."""

_MAX_CANDIDATES = 20_000_000
_WRONG_SHARE = Decimal("0.0001")
_VERSION_KEY, _VERSION = "version", 1


@attrs.frozen(init=False)
class Matcher(Plain):
    """Rules that pair the records of two sides, tried in order: each takes what the ones before it left.

    The result depends neither on the order of the rows nor on the engine.

    Attributes:
        rules: The rules, in order.
        max_candidates: Most pairs that one join may make; more is an error instead of an exhausted memory.
        wrong_share: Share of wrong pairs that may be expected among all that are confirmed, when searches (`Fuzzy`, `Damaged`)
            add to them.
        calibrate: Whether the scores of searched pairs are learned from the pairs that match exactly.

    Example:
        >>> matcher = Matcher([Rule("same parcel", on=[Exact("tracking_no")])])
        >>> ours = [{"tracking_no": "SF1012345678901"}, {"tracking_no": "SF1012345678902"}]
        >>> billed = [{"tracking_no": "sf 1012345678902"}]
        >>> result = matcher.match(ours, billed)
        >>> result.pairs.select("left", "right", "status", "evidence").rows()
        [(1, 0, 'confirmed', 'normalised')]
        >>> result.left_only.to_list()
        [0]
    """

    rules: tuple[Rule, ...]
    max_candidates: int
    wrong_share: Decimal
    calibrate: bool

    def __init__(
        self,
        rules: Sequence[Rule],
        *,
        max_candidates: int = _MAX_CANDIDATES,
        wrong_share: Decimal | str = _WRONG_SHARE,
        calibrate: bool = True,
        left: Any = None,  # noqa: ANN401 - whatever people have
        right: Any = None,  # noqa: ANN401 - whatever people have
    ) -> None:
        """Declare a matcher.

        Args:
            rules: One rule at least, each with a name of its own.
            max_candidates: Most pairs that one join may make.
            wrong_share: A share from 0 to 1, as a Decimal or text.
            calibrate: False for fixed scores.
            left: What the left side will be, to be checked at once as by `check`; it is not kept.
            right: What the right side will be.

        Raises:
            MatcherError: No rule, something that is no rule, two rules of one name, a rule that can never fire, or an impossible
                bound.
            MissingColumn: A rule names a column that a side will not have.
            WrongColumnType: Columns cannot be compared exactly, floats among them.
        """
        _require_rules(rules)
        require_sense(rules)
        _require_count(max_candidates)
        self.__attrs_init__(  # pyright: ignore[reportAttributeAccessIssue]  # attrs makes it
            rules=tuple(rules),
            max_candidates=max_candidates,
            wrong_share=_share(wrong_share),
            calibrate=_flag(calibrate),
        )
        self.check(left, right)

    @classmethod
    def standard(
        cls,
        *,
        key: str,
        amount: str | None = None,
        date: str | None = None,
        also: Sequence[str | Gate] = (),
        amount_by: int | str = 0,
        date_days: int = 5,
        edits: int | None = None,
        pairing: str | Pairing = Pairing.ONE_TO_ONE,
    ) -> "Matcher":
        """The waterfall that most callers want.

        That is: the same key with the evidence for it; a key that a file harmed, and a key with one edit, with the evidence; the
        same key alone; a key with two edits, with the evidence; and last, only suggested, a key with one edit and all of the
        evidence but the amount.

        Args:
            key: Column of the identifier.
            amount: Column of the amount.
            date: Column of the date or time.
            also: Columns that must be equal, in the rule of the key alone too, or gates of your own.
            amount_by: Most that the amounts may differ, in the column's own unit.
            date_days: Most days between the dates.
            edits: Most edits of a damaged key, 1 or 2; None for two where an amount corroborates, else one.
            pairing: How many records may share.

        Raises:
            MatcherError: A tolerance, the edits or the pairing is impossible, or `also` is no list.

        Example:
            >>> for rule in Matcher.standard(key="tracking_no", date="ship_date").rules:
            ...     print(rule)
            Rule('same key and evidence', on=[Exact('tracking_no')], given=[Near('ship_date', days=5)])
            Rule('harmed key', on=[Damaged('tracking_no')], given=[Near('ship_date', days=5)])
            Rule('damaged key', on=[Fuzzy('tracking_no', edits=1)], given=[Near('ship_date', days=5)])
            Rule('same key', on=[Exact('tracking_no')])
        """
        if isinstance(also, str):
            raise MatcherError(f"also= is a list of columns and gates, got {also!r}", hint=f"also=[{also!r}]")
        price: list[Gate] = [Near(amount, by=amount_by)] if amount is not None else []
        rest: list[Gate] = [Near(date, days=date_days)] if date is not None else []
        equal: list[Gate] = [Same(name) for name in also if isinstance(name, str)]
        rest += [*equal, *(gate for gate in also if not isinstance(gate, str))]
        exact: list[Key] = [Exact(key)]
        most = Fuzzy(key, edits=(2 if price else 1) if edits is None else edits).edits
        gates = [*price, *rest]
        harmed = Rule("harmed key", on=[Damaged(key)], given=gates, pairing=pairing)
        damaged = Rule("damaged key", on=[Fuzzy(key, edits=1)], given=gates, pairing=pairing)
        worse = [Rule("badly damaged key", on=[Fuzzy(key, edits=2)], given=gates, pairing=pairing)] if most > 1 else []
        alone = Rule("same key", on=exact, given=equal, pairing=pairing)
        if not gates:
            return cls([alone, harmed, damaged, *worse])
        sure = Rule("same key and evidence", on=exact, given=gates, pairing=pairing)
        loose = Rule("damaged key, other amount", on=[Fuzzy(key)], given=rest, pairing=pairing, confirm=False)
        last = [alone] if gates != equal else []
        return cls([sure, harmed, damaged, *last, *worse, *([loose] if price and rest else [])])

    def to_dict(self) -> dict[str, Any]:
        """The matcher as text, whole numbers, booleans, lists and dicts; Decimals, dates and spans (`P1DT2H`) as text."""
        return {_VERSION_KEY: _VERSION, **super().to_dict()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """A matcher from what `to_dict` gave: an equal one.

        Raises:
            MatcherError: An entry is unknown, missing or of another type, with its path, such as `rules[1].given[0].days`; or
                the rules make no sense.

        Example:
            >>> matcher = Matcher([Rule("same parcel", on=[Exact("tracking_no")])])
            >>> matcher.to_dict()["rules"]
            [{'name': 'same parcel', 'on': [{'condition': 'exact', 'names': ['tracking_no']}]}]
            >>> Matcher.from_dict(matcher.to_dict()) == matcher
            True
        """
        return built(cls, _of_this_version(data), path="")

    def to_toml(self) -> str:
        """The matcher as TOML text, the entries of `to_dict`."""
        import tomli_w  # noqa: PLC0415 - only those who write rules need it

        return tomli_w.dumps(self.to_dict())

    @classmethod
    def from_toml(cls, text: str) -> Self:
        """A matcher from TOML text, as `to_toml` writes it or as a person does; numbers with a point stay exact.

        Raises:
            MatcherError: It is no TOML, or as `from_dict` says.
        """
        if not isinstance(text, str):
            raise MatcherError(
                f"TOML text is needed, got {type(text).__name__}", hint="Matcher.load(path) reads a file"
            )
        try:
            return cls.from_dict(tomllib.loads(text, parse_float=Decimal))
        except (tomllib.TOMLDecodeError, InvalidOperation) as cause:
            raise MatcherError(f"this is not valid TOML: {cause}") from cause

    def save(self, path: str | PathLike[str]) -> None:
        """Write the matcher to a TOML file, in place of one that is there.

        Raises:
            MatcherError: The file cannot be written, such as into a folder that is not there.
        """
        file = Path(path)
        try:
            file.write_text(self.to_toml(), encoding="utf-8", newline="\n")
        except OSError as cause:
            raise MatcherError(f"the rules cannot be written: {cause.strerror}", where=str(file)) from cause

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Self:
        """A matcher from a TOML file.

        Raises:
            MatcherError: There is no such file, it cannot be read or is not UTF-8, or as `from_toml` says; the file is named.
        """
        file = Path(path)
        try:
            return cls.from_toml(file.read_bytes().decode("utf-8-sig"))
        except FileNotFoundError:
            raise MatcherError("there is no such file", where=str(file)) from None
        except OSError as cause:
            raise MatcherError(f"the file cannot be read: {cause.strerror}", where=str(file)) from cause
        except UnicodeDecodeError as cause:
            raise MatcherError(f"rules are UTF-8 text: {cause.reason}", where=file.name) from cause
        except MatcherError as cause:
            where = ": ".join(part for part in (file.name, cause.where) if part)
            raise MatcherError(cause.problem, where=where, hint=cause.hint) from cause

    def check(self, left: Any = None, right: Any = None) -> None:  # noqa: ANN401 - whatever people have
        """Find the rules' columns without matching: raises what `match` would raise for them.

        Args:
            left: A record class, a schema (column names with their Polars types), or a side as `match` takes it; None when
                nothing is known of that side, which is then taken to fit.
            right: The same of the right side.

        Raises:
            MissingColumn: A rule names a column that a side does not have.
            WrongColumnType: Columns cannot be compared exactly, floats among them.
            MatcherError: A rule has more than one key to search.
            InputError: A side is none of these.

        Example:
            >>> Matcher([Rule("same parcel", on=[Exact("tracking_no")])]).check(left={"tracking_no": pl.String})
        """
        self._plan(schema_side("left", left), schema_side("right", right))

    def match(
        self,
        left: Any,  # noqa: ANN401 - whatever people have
        right: Any,  # noqa: ANN401 - whatever people have
        *,
        engine: "str | OnSpark" = "local",
        progress: Tell | bool | str = False,
    ) -> MatchResult:
        """Pair the records of two sides.

        Args:
            left: Table, Polars, pandas, pyarrow or DuckDB frame, or a sequence of records or mappings; it is not changed.
            right: The same, or another of these.
            engine: What carries it out: `local`; or `spark`, or an `OnSpark`, for two DataFrames of Spark, which need not say so.
            progress: A function that is called before each rule and at the end: what it raises ends the run, and returning False
                cancels it. True or `bar` shows a bar of tqdm, `rich` one of rich, on standard error.

        Raises:
            MatcherError: Both sides are one object, or a join would make more than `max_candidates` pairs.
            MissingColumn: A rule names a column that a side does not have.
            WrongColumnType: Columns cannot be compared exactly, floats among them.
            InputError: A side is none of these.
            UnknownFormat: There is no such engine.
            MatchCancelled: The progress function returned False.
            MissingExtra: The bar's library is not installed.
        """
        if isinstance(engine, OnSpark) or is_spark_frame(left) or is_spark_frame(right):
            with telling(progress) as tell:
                return self._match_on_spark(left, right, engine if isinstance(engine, OnSpark) else OnSpark(), tell)
        run = self._engine(engine)
        sides = sides_of(left, right)
        plan = self._plan(*sides)
        is_empty = any(side.frame.height == 0 for side in sides)
        with telling(progress) as tell:
            found = Findings(links=pl.DataFrame(schema=LINKS)) if is_empty else run.run(plan, tell)
        return MatchResult(
            pairs=grouped(found.links, [rule.name for rule in self.rules]),
            plan=plan,
            verdicts=found.verdicts,
            calibrations=found.calibrations,
        )

    def _match_on_spark(
        self,
        left: Any,  # noqa: ANN401 - whatever people have
        right: Any,  # noqa: ANN401 - whatever people have
        options: OnSpark,
        tell: Tell,
    ) -> MatchResult:
        from tieout.matching._spark.matching import match_on_spark  # noqa: PLC0415 - pyarrow is needed for it alone

        task = Task(
            rules=self.rules,
            records={},
            max_candidates=self.max_candidates,
            wrong_share=self.wrong_share,
            calibrate=self.calibrate,
        )
        return match_on_spark(task, left, right, options, tell)

    def _plan(self, left: Side, right: Side) -> Plan:
        return plan_of(
            self.rules,
            left,
            right,
            max_candidates=self.max_candidates,
            wrong_share=self.wrong_share,
            calibrate=self.calibrate,
        )

    def _engine(self, name: str) -> Engine:
        engine: Any = ENGINES.leaf(name).load()
        checked: Engine = engine
        return checked


def _of_this_version(data: object) -> dict[str, Any]:
    """The entries of a matcher, without the version that they are of."""
    if not isinstance(data, Mapping):
        raise MatcherError(f"a table is needed, got {data!r}")
    version = data.get(_VERSION_KEY)
    if type(version) is not int or version != _VERSION:
        raise MatcherError(f"version {_VERSION} is needed, got {version!r}", where=_VERSION_KEY)
    return {name: entry for name, entry in data.items() if name != _VERSION_KEY}


def _require_rules(rules: Any) -> None:  # noqa: ANN401 - anything may be given
    if not isinstance(rules, Sequence) or not rules:
        raise MatcherError(f"a matcher needs a list of at least one rule, got {rules!r}")
    wrong = [rule for rule in rules if not isinstance(rule, Rule)]
    if wrong:
        raise MatcherError(f"a matcher takes rules, got {wrong[0]!r}", hint='Rule("same parcel", on=[...])')
    names = [rule.name for rule in rules]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise MatcherError(f"several rules are named {', '.join(map(repr, twice))}; a pair names its rule")


def _require_count(value: Any) -> None:  # noqa: ANN401 - anything may be given
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise MatcherError(f"max_candidates={value!r} is impossible; a whole number of 1 or more")


def _flag(value: Any) -> bool:  # noqa: ANN401 - anything may be given
    if not isinstance(value, bool):
        raise MatcherError(f"calibrate={value!r} is {type(value).__name__}; True or False")
    return value


def _share(value: Any) -> Decimal:  # noqa: ANN401 - anything may be given
    try:
        share = Decimal(value) if isinstance(value, (str, Decimal, int)) and not isinstance(value, bool) else None
    except InvalidOperation:
        share = None
    if share is None or not share.is_finite() or not 0 < share < 1:
        raise MatcherError(
            f"wrong_share={value!r} is impossible; a share between 0 and 1", hint='a Decimal, or text such as "0.0001"'
        )
    return share
