"""The close itself: eight stages, one after the other, each told (`domain.md` 6.2, C49)."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

import attrs
import polars as pl

from tieout.closing.accruals import accruals
from tieout.closing.archive import archive
from tieout.closing.beside import beside_the_books
from tieout.closing.collect import Collected, collect, collected_tables, found_files
from tieout.closing.config import CloseConfig
from tieout.closing.desk import Desk, opened
from tieout.closing.detect import detect, type_titles
from tieout.closing.fingerprint import fingerprint_of, fingerprint_of_files
from tieout.closing.folder import State, Workshop, read_state, workshop
from tieout.closing.lacking import of_another_period
from tieout.closing.ledgers import write_ledgers
from tieout.closing.openings import Opening, carried_on, carried_records, load_opening
from tieout.closing.progress import NoProgress, Progress
from tieout.closing.resolve import discrepancies_of, without_claims
from tieout.closing.result import NOT_RUN, Close, Details
from tieout.closing.stored import load_collected, save_collected, stage_of, stage_values
from tieout.closing.tie_outs import tie_out
from tieout.closing.unseen import seen_by, told_of_unseen
from tieout.closing.vouchers import balances_of, post_outcomes
from tieout.errors import PostingError
from tieout.model import Severity
from tieout.model.currency import exponent
from tieout.outcome import Outcome
from tieout.posting import event_kinds, load_template
from tieout.proof import Proof
from tieout.reports import Note, ReportData, StageReport

__all__ = ["close", "close_tables"]

_RANKS = {
    level.value: rank
    for rank, level in enumerate((Severity.INFO, Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL))
}


def close(config: CloseConfig, *, dry_run: bool = False, progress: Progress | None = None) -> Close:
    """Close a period: read its files, reconcile, tie out, post, write.

    Closing again what was closed as it is changes nothing, neither a file nor the casebook. After a crash the same call goes on:
    what comes out is what would have come out without it.

    Args:
        config: What is closed, and how.
        dry_run: Do everything and write nothing; a casebook is copied for it.
        progress: Whom to tell what is being done, such as `Bars()`.

    Raises:
        ConfigError: The config names what is not there, or settings that make no sense.
        PostingError: The book says itself that the period is locked.
        StoreError: The casebook cannot be opened or written.
        InputError: The results cannot be written, or another close is writing its own into the same folder.
    """
    told = progress or NoProgress()
    _require_unlocked(config)
    files = found_files(config)
    of_files = fingerprint_of_files(config, files)
    fingerprint = fingerprint_of(config, of_files)
    opening = load_opening(config)
    with opened(config, dry_run=dry_run) as desk:
        before = read_state(config.out)
        if before is not None and not dry_run and before.fingerprint == fingerprint and before.head == desk.head:
            done = _unchanged(config, before)
            if done is not None:
                return done
        with workshop(config.out, is_rehearsal=dry_run) as shop:
            collected = load_collected(shop.work, of_files)
            if collected is None:
                collected = collect(config, files, told)
                save_collected(shop.work, collected, of_files)
            found = _closed(config, desk, collected, opening, shop, told)
            state = _state_of(config, found, shop, fingerprint=fingerprint, head=desk.head)
            changed = shop.publish(state, read_state(config.out))
    return attrs.evolve(
        found, folder=None if dry_run else config.out, files=tuple(state.files), changed=changed, is_rehearsal=dry_run
    )


def close_tables(
    tables: Mapping[str, Any], config: CloseConfig, *, dry_run: bool = True, progress: Progress | None = None
) -> Close:
    """Close a period of records that a program has already, such as an ERP; `config.files` are not looked at.

    Args:
        tables: Tables or sequences of records by the name of their class, or by their role, such as `erp_orders`.
        config: What is closed, and how.
        dry_run: False to write results into `config.out`, and into the casebook.
        progress: Whom to tell what is being done.

    Raises:
        TieoutError: As `close` raises it.
    """
    told = progress or NoProgress()
    _require_unlocked(config)
    opening = load_opening(config)
    with opened(config, dry_run=dry_run) as desk, workshop(config.out, is_rehearsal=dry_run) as shop:
        found = _closed(config, desk, collected_tables(tables, told), opening, shop, told)
        state = _state_of(config, found, shop, fingerprint="", head=desk.head)
        changed = shop.publish(state, read_state(config.out))
    return attrs.evolve(
        found, folder=None if dry_run else config.out, files=tuple(state.files), changed=changed, is_rehearsal=dry_run
    )


def _require_unlocked(config: CloseConfig) -> None:
    if config.period.label in config.book.locked_periods:
        raise PostingError(
            f"the period {config.period.label} is locked by the book itself",
            where="book.locked_periods",
            hint="close the next open period: what is late is booked there",
        )


def _closed(
    config: CloseConfig, desk: Desk, collected: Collected, opening: Opening, shop: Workshop, progress: Progress
) -> Close:
    """All stages after the first."""
    kept = desk.take(collected, progress)
    first = _first(config, collected, kept, opening.seen)
    detected = detect(config, collected.tables, opening.items, run=desk.run, progress=progress, at_once=desk.at_once)
    tied = tie_out(config, collected, detected, opening.items, before=opening.beside, run=desk.run, progress=progress)
    runs = (*detected.runs, *tied.runs)
    left, detecting = carried_on(opening, runs, detected.report)
    left = attrs.evolve(left, seen=seen_by(config, collected.tables, opening.seen))
    outcomes = [one.outcome for one in runs]
    resolved = desk.resolve(outcomes, progress)
    accrued = accruals(outcomes, progress)
    posted = post_outcomes(
        config, desk, outcomes, opening=opening.balances, begun_with=opening.vouchers, progress=progress
    )
    written, checks = write_ledgers(config, posted, shop, progress)
    proof = Proof((*collected.checks, *tied.proof.checks, *posted.checks, *checks))
    cases = desk.cases()
    claimable = desk.claimable()
    runs = tuple(attrs.evolve(one, outcome=without_claims(one.outcome, claimable)) for one in runs)
    outcomes = [one.outcome for one in runs]
    above = _above(config, outcomes, cases)
    balances = balances_of(posted.balance, config)
    tied_to_books = beside_the_books(tied.beside, opening.beside, balances, config.book.currency)
    told = attrs.evolve(posted.report, notes=(*posted.report.said, *tied_to_books))
    stages = (first, detecting, resolved, tied.report, accrued, told, written)
    made = posted.made
    data = ReportData(
        name=config.name,
        period=config.period.label,
        as_of=config.as_of,
        currency=config.book.currency,
        timezone=str(config.book.timezone),
        tables=collected.tables,
        carried=carried_records(opening),
        seen=opening.seen,
        outcomes=outcomes,
        vouchers=() if made is None else made.vouchers,
        balances=balances,
        cases=cases,
        claims=desk.claims(),
        files=collected.files,
        rejects=collected.rejects,
        stages=stages,
        proof=proof,
        type_titles=type_titles(),
        event_titles=_event_titles(),
        earlier=opening.earlier,
    )
    draft = Close(
        name=config.name,
        period=config.period.label,
        stages=stages,
        exit_code=NOT_RUN if posted.failed or not runs else 1 if proof.failures or above else 0,
        checks=len(proof.checks),
        failures=tuple(map(str, proof.failures)),
        above_the_bar=above,
        is_reconciled=bool(runs),
        details=Details(data=data, balance=posted.balance),
    )
    return archive(config, desk, draft, runs, tied.beside.carried, left, shop=shop, progress=progress)


def _first(config: CloseConfig, collected: Collected, kept: Iterable[Note], seen: pl.DataFrame | None) -> StageReport:
    """The first stage, with what only the period, the closes before and the casebook tell of it."""
    tables = collected.tables
    other = (*of_another_period(config, tables), *told_of_unseen(config, tables, seen))
    report = collected.report
    return attrs.evolve(report, status="attention" if other else report.status, notes=(*other, *report.said, *kept))


def _event_titles() -> dict[str, tuple[str, str]]:
    """What each kind of event is called in the summaries of vouchers, in English and Chinese."""
    titles = {kind: load_template(kind).title for kind in event_kinds()}
    return {kind: (title.en, title.zh) for kind, title in titles.items()}


def _above(config: CloseConfig, outcomes: list[Outcome], cases: pl.DataFrame | None) -> int:
    """How many discrepancies, or open cases, are at or above the bar; what has no amount counts where its severity does."""
    found = discrepancies_of(outcomes) if cases is None else cases.filter("is_open")
    if not found.height:
        return 0
    code, bar = config.book.currency, config.bar_minor
    severe = pl.col("severity").replace_strict(_RANKS, default=0, return_dtype=pl.Int64) >= _RANKS[config.bar.severity]
    rates = {
        other: _per_minor(config, other) for other in found["currency"].drop_nulls().unique().sort() if other != code
    }
    large = pl.col("impact_minor").abs() >= bar
    for other, minor in rates.items():
        large = (
            pl.when(pl.col("currency") == other)
            .then(pl.lit(value=True) if minor is None else large_enough(bar, minor))
            .otherwise(large)
        )
    return found.filter(severe & large.fill_null(value=True)).height


def large_enough(bar: int, rate: Decimal) -> pl.Expr:
    """Whether an amount in another currency is at least the bar.

    Args:
        bar: In minor units of the book's currency.
        rate: Minor units of the book's currency per minor unit of the other.
    """
    numerator, denominator = rate.as_integer_ratio()
    return pl.col("impact_minor").abs().cast(pl.Int128) * numerator >= bar * denominator


def _per_minor(config: CloseConfig, code: str) -> Decimal | None:
    """Minor units of the book per minor unit of a currency; None where there is no one rate, and everything counts."""
    rate = config.rates.get(code)
    if not isinstance(rate, Decimal):
        return None
    return rate.scaleb(exponent(config.book.currency) - exponent(code))


def _state_of(config: CloseConfig, found: Close, shop: Workshop, *, fingerprint: str, head: str) -> State:
    from tieout import __version__  # noqa: PLC0415 - the package itself

    return State(
        fingerprint=fingerprint,
        head=head,
        exit_code=found.exit_code,
        stages=tuple(map(stage_values, found.stages)),
        checks=(found.checks, len(found.failures)),
        failures=found.failures,
        files=shop.hashes(),
        facts={
            "name": config.name,
            "period": config.period.label,
            "as_of": config.as_of.isoformat(),
            "version": __version__,
            "above_the_bar": str(found.above_the_bar),
            "is_reconciled": str(found.is_reconciled),
        },
    )


def _unchanged(config: CloseConfig, before: State) -> Close | None:
    """The close that was done already; None where its files are not as they were written."""
    if not before.holds(config.out):
        return None
    stages = [stage_of(one) for one in before.stages]
    return Close(
        name=config.name,
        period=config.period.label,
        stages=stages,
        exit_code=before.exit_code,
        checks=before.checks[0],
        failures=before.failures,
        above_the_bar=int(before.facts["above_the_bar"]),
        is_reconciled=before.facts.get("is_reconciled") != str(False),
        folder=config.out,
        files=tuple(before.files),
        is_unchanged=True,
        again=partial(close, config, dry_run=True),
    )
