"""Detect: all reconciliations that the data allow, each after those on whose findings it rests (`domain.md` 6.2, C49)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any, Final, Protocol

import attrs
import polars as pl

from tieout.closing.config import CloseConfig, RunRule
from tieout.closing.progress import Progress
from tieout.closing.run_settings import built, fields_of, needed_by
from tieout.closing.sentences import joined, note, of_check
from tieout.errors import ConfigError, TieoutError
from tieout.outcome import CarryForward, Outcome
from tieout.reconciliations import Takes, reconciliation, reconciliations
from tieout.reports import Note, StageReport
from tieout.reports.terms import record_zh, side_zh
from tieout.reports.words import CODES
from tieout.tables import Table

__all__ = [
    "LATER",
    "Detected",
    "Openings",
    "Ran",
    "Runner",
    "Wanted",
    "detect",
    "in_order",
    "leaf_of",
    "run_one",
    "type_titles",
    "wanted_runs",
]

LATER: Final = ("ledger_tieout",)
"""Reconciliations of the books themselves, which are run when the others have said what is to be booked."""
_UNSETTLED: Final = frozenset({"nothing_told", "says_nothing"})
"""Notes of records that are there and that no run takes, as `_unsettled` tells them: a person has to look."""
Openings = Mapping[str, CarryForward]
"""What the period before carried forward, by name of the run (`courier_bill-zto`)."""


class Runner(Protocol):
    """Runs a reconciliation, in memory or in a casebook."""

    def __call__(self, settings: Any, sides: Mapping[str, Any]) -> Outcome:  # noqa: ANN401 - any reconciliation
        """The outcome, with what was decided by people laid over it where a casebook knows it."""
        ...


@attrs.frozen(kw_only=True, eq=False)
class Wanted:
    """One run that the data allow.

    Attributes:
        leaf: Name of the reconciliation.
        value: Value of its `EACH` field; empty for a run of all.
        settings: The reconciliation with its settings.
        sides: Its sides.
    """

    leaf: str
    value: str = ""
    settings: Any
    sides: Mapping[str, Table[Any]] = attrs.field(repr=False)

    @property
    def name(self) -> str:
        """What the folder of its carry-forward is called, such as `courier_bill-zto`."""
        return f"{self.leaf}-{self.value}" if self.value else self.leaf


@attrs.frozen(kw_only=True, eq=False)
class Ran:
    """A run and what it found."""

    name: str
    leaf: str
    outcome: Outcome = attrs.field(repr=False)


@attrs.frozen(kw_only=True, eq=False)
class Detected:
    """What all reconciliations found.

    Attributes:
        runs: Those that were run, in order.
        report: What the stage did.
    """

    runs: tuple[Ran, ...]
    report: StageReport

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """The outcomes, in order."""
        return tuple(one.outcome for one in self.runs)


def leaf_of(name: str) -> type[Any]:
    """The class of a reconciliation, with what a close needs to know of it.

    Raises:
        PluginError: It cannot be loaded.
    """
    return reconciliation(name)


def in_order(leaves: Mapping[str, type[Any]]) -> tuple[str, ...]:
    """Names of reconciliations, each after those that it says it comes after, ties by name.

    Args:
        leaves: Their classes by name.

    Raises:
        ConfigError: Some come after each other in a circle.

    Example:
        >>> class First: AFTER = ("second",)
        >>> class Second: AFTER = ("one that is not installed",)
        >>> in_order({"first": First, "second": Second})
        ('second', 'first')
    """
    waiting = {name: {one for one in getattr(kind, "AFTER", ()) if one in leaves} for name, kind in leaves.items()}
    ordered: list[str] = []
    while waiting:
        ready = sorted(name for name, after in waiting.items() if after <= set(ordered))
        if not ready:
            raise ConfigError(f"{', '.join(sorted(waiting))} come after each other", where="reconciliations")
        ordered.append(ready[0])
        del waiting[ready[0]]
    return tuple(ordered)


def detect(
    config: CloseConfig,
    tables: Mapping[str, Table[Any]],
    openings: Openings,
    *,
    run: Runner,
    progress: Progress,
    at_once: int = 1,
) -> Detected:
    """Run every reconciliation but those of the books themselves.

    Some may run at once: one alone keeps one and a half cores busy.

    Args:
        config: What the close is told.
        tables: Records by role, else by the name of their class.
        openings: What the period before carried forward.
        run: Runs one.
        progress: Whom to tell.
        at_once: How many may run at the same time, where the runner allows it.

    Raises:
        ConfigError: The settings of a reconciliation make no sense.
        TieoutError: As the reconciliations raise it, with the name of the run.
    """
    leaves = {name: leaf_of(name) for name in reconciliations() if name not in LATER}
    ordered = in_order(leaves)
    progress.begin("detect", len(ordered))
    asked: list[Wanted] = []
    notes: list[Note] = []
    for name in ordered:
        wanted, said = wanted_runs(name, leaves[name], config, tables, openings)
        asked += wanted
        notes += said
    if at_once > 1:
        runs = _ran_together(asked, openings, run, progress, at_once)
    else:  # here, and in no thread: another one sees another book where that lies in memory
        runs = [_ran(one, openings, run, progress) for one in asked]
    report = _report(runs, notes, asked=len(ordered))
    progress.end(report)
    return Detected(runs=tuple(runs), report=report)


def _ran(wanted: Wanted, openings: Openings, run: Runner, progress: Progress) -> Ran:
    progress.step(wanted.name)
    return run_one(wanted, openings, run)


def _ran_together(
    asked: Sequence[Wanted], openings: Openings, run: Runner, progress: Progress, at_once: int
) -> list[Ran]:
    """Runs in the order in which they were asked for; each begins when those are done that it comes after.

    Of several that fail the one is told that was asked for first, whichever was quicker.
    """
    ended: dict[str, Future[Ran]] = {}
    waiting, running = list(asked), dict[Future[Ran], Wanted]()
    with ThreadPoolExecutor(at_once, thread_name_prefix="tieout-detect") as pool:
        while waiting or running:
            undone = {one.leaf for one in (*waiting, *running.values())}
            ready = [one for one in waiting if not undone.intersection(getattr(type(one.settings), "AFTER", ()))]
            for one in ready[: at_once - len(running)]:
                progress.step(one.name)
                waiting.remove(one)
                running[pool.submit(run_one, one, openings, run)] = one
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                one = running.pop(done)
                ended[one.name] = done
                if done.exception() is not None:  # what was asked for later is not begun any more
                    waiting = [other for other in waiting if asked.index(other) < asked.index(one)]
    return [ended[one.name].result() for one in asked]


def type_titles() -> Mapping[str, tuple[str, str]]:
    """What each type of discrepancy is called, in English and Chinese, as the playbook has it."""
    found: dict[str, tuple[str, str]] = {}
    for name in reconciliations():
        checks = getattr(leaf_of(name), "list_checks", None)
        if checks is not None:
            found |= {kind: (title, zh) for kind, title, zh in checks().select("type", "title", "zh").iter_rows()}
    return found


def run_one(wanted: Wanted, openings: Openings, run: Runner) -> Ran:
    """Run one reconciliation.

    Args:
        wanted: The run.
        openings: What the period before carried forward.
        run: Runs it.

    Raises:
        TieoutError: As it raises it, with the name of the run.
    """
    sides: dict[str, Any] = dict(wanted.sides)
    if wanted.name in openings:
        sides["opening"] = attrs.evolve(openings[wanted.name], opens_on=wanted.settings.period.first)
    try:
        return Ran(name=wanted.name, leaf=wanted.leaf, outcome=run(wanted.settings, sides))
    except TieoutError as error:
        error.add_note(f"in the reconciliation {wanted.name}")
        raise


def wanted_runs(
    name: str, kind: type[Any], config: CloseConfig, tables: Mapping[str, Table[Any]], openings: Openings
) -> tuple[list[Wanted], list[Note]]:
    """The runs of one reconciliation that the data and the settings allow, and why others are left out.

    Args:
        name: Its name.
        kind: Its class.
        config: What the close is told.
        tables: Records by role or class.
        openings: What the period before carried forward.

    Raises:
        ConfigError: Its settings make no sense.
    """
    rule = config.rule_of(name)
    if not rule.run:
        return [], [note("left_out", name=name, why=note("switched_off"))]
    takes: tuple[Takes, ...] = getattr(kind, "TAKES", ())
    if not takes:
        return [], [note("left_out", name=name, why=note("takes_nothing"))]
    field = getattr(kind, "EACH", "")
    if not field or not rule.each:
        return _plain_run(name, kind, config, tables, openings)
    wanted: list[Wanted] = []
    notes: list[Note] = []
    for value in sorted(rule.each):
        own = {**rule.settings, **rule.each[value]}
        sides, missing = _sides(takes, tables, rule, {field: value}, is_carried=f"{name}-{value}" in openings)
        if missing:
            notes.append(note("left_out", name=note("run_of", name=_called(name), value=value), why=_lacks(missing)))
            continue
        wanted.append(Wanted(leaf=name, value=value, settings=_settings(name, kind, config, own, value), sides=sides))
    notes += _unsettled(name, takes, tables, field, set(rule.each))
    return wanted, notes


def _plain_run(
    name: str, kind: type[Any], config: CloseConfig, tables: Mapping[str, Table[Any]], openings: Openings
) -> tuple[list[Wanted], list[Note]]:
    rule, takes, field = config.rule_of(name), kind.TAKES, getattr(kind, "EACH", "")
    sides, missing = _sides(takes, tables, rule, {}, is_carried=name in openings)
    if missing:
        return [], [note("left_out", name=_called(name), why=_lacks(missing))]
    lacking = [one for one in needed_by(kind) if one not in rule.settings]
    if lacking and field:
        return [], [
            note(
                "left_out",
                name=_called(name),
                why=note("must_be_told", what=", ".join(lacking), place=f"reconciliations.{name}.each.…", field=field),
            ),
            *_unsettled(name, takes, tables, field, set()),
        ]
    return [Wanted(leaf=name, settings=_settings(name, kind, config, rule.settings, ""), sides=sides)], []


def _sides(
    takes: Iterable[Takes],
    tables: Mapping[str, Table[Any]],
    rule: RunRule,
    each: Mapping[str, str],
    *,
    is_carried: bool,
) -> tuple[dict[str, Table[Any]], list[Note]]:
    """The sides that are there, and what of the needed ones is missing.

    A side that is needed and missing is empty where the period before carried something forward: that has to be looked at again.
    """
    sides: dict[str, Table[Any]] = {}
    missing: list[Note] = []
    for one in takes:
        table = tables.get(one.role or one.record.__name__)
        if table is not None and table.record is not one.record:
            raise ConfigError(
                f"records of the role {one.role} are {table.record.__name__}, and {one.record.__name__} is needed",
                where="read",
            )
        if table is not None:
            table = _only(table, rule.only)
            table = _of_each(table, each)
        if table is None or (one.needed and each and not len(table)):
            if one.needed and is_carried:
                table = Table.from_records([], one.record)
            elif one.needed:
                missing.append(_what(one))
                continue
            else:
                continue
        sides[one.name] = table
    return sides, missing


def _what(side: Takes) -> Note:
    record = Note(side.record.__name__, record_zh(side.record.__name__))
    return note("of_the_role", record=record, role=side.role) if side.role else record


def _lacks(missing: Iterable[Note]) -> Note:
    return note("there_is_no", what=joined(missing, note("and_no")))


def _called(name: str) -> Note:
    """A reconciliation by its name, and what a Chinese page calls it."""
    return Note(name, CODES["reconciliation"].get(name, (name, name))[1])


def _only(table: Table[Any], only: Mapping[str, Any]) -> Table[Any]:
    """The records that have the values told, of those fields that they have at all."""
    wanted = [_is(name, value) for name, value in only.items() if name in table.columns]
    return table.filter(*wanted) if wanted else table


def _is(name: str, value: object) -> pl.Expr:
    values = [value] if isinstance(value, str) else list(value) if isinstance(value, Sequence) else [str(value)]
    return pl.col(name).cast(pl.String).is_in(values).fill_null(value=False)


def _of_each(table: Table[Any], each: Mapping[str, str]) -> Table[Any]:
    """The records of one value; those that do not say theirs are of every one."""
    wanted = [
        (pl.col(name).cast(pl.String) == value).fill_null(value=True)
        for name, value in each.items()
        if name in table.columns
    ]
    return table.filter(*wanted) if wanted else table


def _unsettled(
    name: str, takes: Iterable[Takes], tables: Mapping[str, Table[Any]], field: str, told: set[str]
) -> Iterator[Note]:
    """Values that the needed records have and that nothing is told of, such as a courier without a contract.

    The last needed side is the one that is audited: a parcel of a courier whose bill is not there needs no contract yet.
    """
    needed = [one for one in takes if one.needed]
    for one in needed[-1:]:
        table = tables.get(one.role or one.record.__name__)
        if table is None or field not in table.columns:
            continue
        counts = table.to_polars().group_by(pl.col(field).cast(pl.String)).len().sort(field, nulls_last=True)
        for value, count in counts.iter_rows():
            side = Note(one.name, side_zh(one.name))
            if value is None and not told:
                yield note("says_nothing", name=_called(name), count=count, side=side, field=field)
            elif value is not None and value not in told:
                place = f"reconciliations.{name}.each.{value}"
                yield note(
                    "nothing_told", name=_called(name), count=count, side=side, field=field, value=value, place=place
                )


def _settings(name: str, kind: type[Any], config: CloseConfig, told: Mapping[str, Any], value: str) -> Any:  # noqa: ANN401 - of that class
    """A reconciliation with its settings: those of the close, laid over by those told.

    A book recognises sales at one moment: sales of the other moments would be handed on to be left out, two events an order.
    """
    where = f"reconciliations.{name}" + (f".each.{value}" if value else "")
    if config.path is not None:
        where = f"{config.path.name}: {where}"
    fields = fields_of(kind)
    strange = sorted(set(told) - set(fields))
    if strange:
        known = ", ".join(fields)
        raise ConfigError(f"there is no setting {strange[0]!r}; known: {known}", where=where)
    try:
        return built(
            kind,
            {**({"revenue": [config.book.revenue.value]} if "revenue" in fields else {}), **told},
            period=config.period,
            as_of=config.as_of,
            currency=config.book.currency,
            timezone=config.book.timezone.key,
        )
    except TieoutError as error:
        place = f"{where}: {error.where}" if error.where else where
        raise ConfigError(error.problem, where=place, hint=error.hint) from error
    except TypeError as error:
        raise ConfigError(f"its settings cannot be taken: {error}", where=where) from error


def _report(runs: Sequence[Ran], notes: Sequence[Note], *, asked: int) -> StageReport:
    """What the stage did; its figures are the totals of the outcomes."""
    checks = [check for one in runs for check in one.outcome.proof.checks]
    off = [check for check in checks if not check.holds]
    told = [
        note("proof_fails", name=one.name, check=of_check(check))
        for one in runs
        for check in one.outcome.proof.failures
    ]
    unsettled = any(one.code in _UNSETTLED for one in notes)
    return StageReport(
        name="detect",
        status="attention" if off or unsettled else "done",
        counts=(
            ("reconciliations", asked),
            ("runs", len(runs)),
            ("records", sum(frame.height for one in runs for frame in one.outcome.records.values())),
            ("matches", sum(one.outcome.matches.height for one in runs)),
            ("discrepancies", sum(len(one.outcome.discrepancies) for one in runs)),
            ("events", sum(len(one.outcome.events) for one in runs)),
            ("checks", len(checks)),
            ("checks that fail", len(off)),
        ),
        notes=(*notes, *told),
    )
