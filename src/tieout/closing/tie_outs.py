"""Tie-outs: the totals of a period that agree from order to bank, and with the balances of the books (`domain.md` 6.2)."""

from collections.abc import Iterator, Sequence
from typing import Final

import attrs

from tieout.chain import Chain
from tieout.closing.beside import Beside, CarriedBeside, ledgers_beside
from tieout.closing.collect import Collected
from tieout.closing.config import CloseConfig
from tieout.closing.detect import LATER, Detected, Openings, Ran, Runner, Wanted, leaf_of, run_one, wanted_runs
from tieout.closing.progress import Progress
from tieout.closing.sentences import of_check
from tieout.errors import UnknownAccount
from tieout.model import SubledgerBalance
from tieout.posting import Book
from tieout.proof import Check, Proof
from tieout.reconciliations import LedgerAccount
from tieout.reports import Note, StageReport

__all__ = ["TIED_ROLES", "TiedOut", "accounts_of", "tie_out"]

TIED_ROLES: Final = ("inventory", "ar_platform", "ap_courier", "reserve_held")
"""Roles of accounts beside which tieout keeps ledgers of its own (`domain.md` 7.1)."""


@attrs.frozen(kw_only=True, eq=False)
class TiedOut:
    """What was tied.

    Attributes:
        runs: Reconciliations of the books themselves.
        proof: The chain's checks, with those of every outcome.
        beside: The ledgers beside the books.
        report: What the stage did.
    """

    runs: tuple[Ran, ...]
    proof: Proof
    beside: Beside
    report: StageReport


def accounts_of(config: CloseConfig) -> tuple[LedgerAccount, ...]:
    """The accounts that are tied: those told, else those that the book has for the roles.

    Args:
        config: What the close is told.
    """
    return tuple(config.accounts) or tuple(_of_book(config.book))


def _of_book(book: Book) -> Iterator[LedgerAccount]:
    for role in TIED_ROLES:
        try:
            yield LedgerAccount(account=book.account(role).code, role=role)
        except UnknownAccount:  # the standard has none for it
            continue


def tie_out(
    config: CloseConfig,
    collected: Collected,
    detected: Detected,
    openings: Openings,
    *,
    before: CarriedBeside,
    run: Runner,
    progress: Progress,
) -> TiedOut:
    """Tie the totals of a period.

    Args:
        config: What the close is told.
        collected: The records.
        detected: What the reconciliations found.
        openings: What the period before carried forward.
        before: What the ledgers beside the books go on from.
        run: Runs a reconciliation.
        progress: Whom to tell.

    Raises:
        ConfigError: The settings of a reconciliation make no sense.
        TieoutError: As the reconciliations raise it.
    """
    progress.begin("tie_outs", 3)
    progress.step("ledgers beside the books")
    roles = {one.role for one in accounts_of(config)}
    beside = ledgers_beside(config, collected.tables, detected.runs, before, roles)
    tables, notes = dict(collected.tables), list(beside.notes)
    if beside.balances is not None:
        tables.setdefault(SubledgerBalance.__name__, beside.balances)
    runs: list[Ran] = []
    progress.step("balances of the books")
    for name in LATER:
        wanted, said = wanted_runs(name, leaf_of(name), config, tables, openings)
        notes += said
        runs += [run_one(_with_accounts(one, config), openings, run) for one in wanted]
    progress.step("orders to bank")
    proof = Chain([*detected.outcomes, *(one.outcome for one in runs)]).proof if detected.runs or runs else Proof(())
    report = _report(proof, collected.checks, runs, notes)
    progress.end(report)
    return TiedOut(runs=tuple(runs), proof=proof, beside=beside, report=report)


def _with_accounts(wanted: Wanted, config: CloseConfig) -> Wanted:
    """The run with the accounts of the config, where its own settings name none."""
    if wanted.settings.accounts:
        return wanted
    return attrs.evolve(wanted, settings=attrs.evolve(wanted.settings, accounts=accounts_of(config)))


def _report(proof: Proof, files: Sequence[Check], runs: Sequence[Ran], notes: Sequence[Note]) -> StageReport:
    off = proof.failures
    declared = [check for check in files if check.currency is not None]
    found = sum(len(one.outcome.discrepancies) for one in runs)
    return StageReport(
        name="tie_outs",
        status="attention" if off or found or any(not check.holds for check in declared) else "done",
        counts=(
            ("checks", len(proof.checks)),
            ("checks that fail", len(off)),
            ("totals that files declare", len(declared)),
            ("declared totals that are off", sum(not check.holds for check in declared)),
            ("balances of the books that differ", found),
        ),
        notes=(*(of_check(check) for check in proof.checks if check.side == "chain"), *map(of_check, off), *notes),
    )
