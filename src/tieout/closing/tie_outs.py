"""Tie-outs: the totals of a period that agree from order to bank, and with the balances of the books (`domain.md` 6.2)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import attrs
import polars as pl

from tieout.chain import Chain
from tieout.closing.collect import Collected
from tieout.closing.config import CloseConfig
from tieout.closing.detect import LATER, Detected, Openings, Ran, Runner, Wanted, leaf_of, run_one, wanted_runs
from tieout.closing.progress import Progress
from tieout.errors import InputError, UnknownAccount
from tieout.model import (
    CourierCharge,
    StockMovement,
    SubledgerBalance,
    SubledgerMovement,
)
from tieout.model import Settlement as SettlementRecord
from tieout.model.currency import exponent, from_units
from tieout.posting import Book
from tieout.proof import Check, Proof
from tieout.reconciliations import LedgerAccount, Subledgers
from tieout.reports import StageReport
from tieout.tables import Table

__all__ = ["TIED_ROLES", "TiedOut", "accounts_of", "beside_the_books", "subledgers_of", "tie_out"]

TIED_ROLES: Final = ("inventory", "ar_platform", "ap_courier", "reserve_held")
"""Roles of accounts beside which tieout keeps ledgers of its own (`domain.md` 7.1)."""
_STANDING: Final = ("ar_platform", "reserve_held")
"""Roles whose ledger says how it stands, and not what moved it."""


@attrs.frozen(kw_only=True, eq=False)
class TiedOut:
    """What was tied.

    Attributes:
        runs: Reconciliations of the books themselves.
        proof: The chain's checks, with those of every outcome.
        subledgers: Balances of the ledgers beside the books; None where none can be made.
        report: What the stage did.
    """

    runs: tuple[Ran, ...]
    proof: Proof
    subledgers: Table[SubledgerBalance] | None
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
    run: Runner,
    progress: Progress,
) -> TiedOut:
    """Tie the totals of a period.

    Args:
        config: What the close is told.
        collected: The records.
        detected: What the reconciliations found.
        openings: What the period before carried forward.
        run: Runs a reconciliation.
        progress: Whom to tell.

    Raises:
        ConfigError: The settings of a reconciliation make no sense.
        TieoutError: As the reconciliations raise it.
    """
    progress.begin("tie_outs", 3)
    progress.step("ledgers beside the books")
    subledgers, notes = subledgers_of(config, collected.tables, detected)
    tables = dict(collected.tables)
    if subledgers is not None:
        tables.setdefault(SubledgerBalance.__name__, subledgers)
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
    return TiedOut(runs=tuple(runs), proof=proof, subledgers=subledgers, report=report)


def _with_accounts(wanted: Wanted, config: CloseConfig) -> Wanted:
    """The run with the accounts of the config, where its own settings name none."""
    if wanted.settings.accounts:
        return wanted
    return attrs.evolve(wanted, settings=attrs.evolve(wanted.settings, accounts=accounts_of(config)))


def subledgers_of(
    config: CloseConfig, tables: Mapping[str, Table[Any]], detected: Detected
) -> tuple[Table[SubledgerBalance] | None, list[str]]:
    """Balances of the ledgers beside the books, made of the records of the period.

    Stock and what couriers are owed are sums of movements: they are whole where the records reach back to the beginning.

    Args:
        config: What the close is told.
        tables: Records by role or class.
        detected: Outcomes, of which that of settlement says what platforms still owe.

    Returns:
        The balances, and why some could not be made.
    """
    as_of, zone = config.as_of, str(config.book.timezone)
    roles = {one.role for one in accounts_of(config)}
    parts: list[Table[SubledgerBalance]] = []
    notes: list[str] = []
    movements = tables.get(StockMovement.__name__)
    if movements is not None and "inventory" in roles:
        try:
            parts.append(Subledgers.stocks(movements, as_of=as_of, timezone=zone))
        except InputError as error:
            notes.append(f"the stock is tied to no account: {error.problem}")
    charges = tables.get(CourierCharge.__name__)
    if charges is not None and "ap_courier" in roles:
        paid = tables.get(SubledgerMovement.__name__)
        parts.append(Subledgers.courier_payables(charges, as_of=as_of, paid=paid))
    settlements = tables.get(SettlementRecord.__name__)
    if settlements is not None and "reserve_held" in roles:
        parts.append(Subledgers.reserves(settlements, as_of=as_of, timezone=zone))
    if "ar_platform" in roles:
        parts += [Subledgers.receivables(one.outcome, as_of=as_of) for one in detected.runs if one.leaf == "settlement"]
    filled = [part for part in parts if len(part)]
    return (Table.concat(filled) if filled else None), notes


def _report(proof: Proof, files: Sequence[Check], runs: Sequence[Ran], notes: Sequence[str]) -> StageReport:
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
        notes=(*(str(check) for check in proof.checks if check.side == "chain"), *map(str, off), *notes),
    )


def beside_the_books(
    subledgers: Table[SubledgerBalance] | None, balances: pl.DataFrame | None, code: str
) -> tuple[str, ...]:
    """What the records come to and what our own vouchers do, by role, in words.

    Stock and what couriers are owed are sums of the period's movements, and are held to what moved the account; what platforms
    owe is held to its balance. They differ by what is disputed or found, until that is decided: no check fails by it.

    Args:
        subledgers: Balances of the ledgers beside the books.
        balances: Trial balance as reports take it.
        code: Currency of the book.
    """
    if subledgers is None or balances is None:
        return ()
    own = subledgers.to_polars().filter(pl.col("currency") == code).group_by("role").agg(pl.col("amount_minor").sum())
    moved = pl.col("closing_minor") - pl.col("opening_minor")
    booked = balances.group_by("role").agg(pl.col("closing_minor").sum(), moved.sum().alias("moved_minor"))
    rows = own.join(booked, on="role", how="left").sort("role")
    told = []
    for role, minor, closing, movement in rows.select(
        "role", "amount_minor", "closing_minor", "moved_minor"
    ).iter_rows():
        books = (closing if role in _STANDING else movement) or 0
        figures = [f"{from_units(one, code):,.{exponent(code)}f}" for one in (minor, books, books - minor)]
        verdict = "ties to the books" if books == minor else f"the books have {figures[1]}, {figures[2]} beside it"
        told.append(f"{role}: {figures[0]} {code} by the records: {verdict}")
    return tuple(told)
