"""What a close is told: which files, which settings, which book, and where its results go."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from os import PathLike
from pathlib import Path
from typing import Any

import attrs

from tieout.errors import ConfigError
from tieout.model import Severity
from tieout.model.currency import exactly, exponent
from tieout.posting import Book, RatesGiven
from tieout.reconciliations import LedgerAccount, Period

__all__ = ["Bar", "CasebookRule", "CloseConfig", "ReadRule", "ReportRule", "RunRule"]


def _frozen(given: Mapping[str, Any]) -> Mapping[str, Any]:
    return dict(given)


def _paths(given: Iterable[str | PathLike[str]]) -> tuple[Path, ...]:
    return tuple(Path(one) for one in given)


@attrs.frozen(kw_only=True)
class ReadRule:
    """How files are read that need telling.

    Attributes:
        file: Glob on the name within the folder, such as `parcels*.csv`; the first rule that fits a file holds.
        mapping: TOML file or dictionary that says what its columns are; the format is `generic_table` then.
        format: Name of the format; told from the content where None.
        role: Where the records go that are not the plain ones of their class, such as `erp_orders`; empty for the plain ones.
        skip: Why the file is not read; empty where it is.
        options: As `tieout.read` takes them.
    """

    file: str
    mapping: Path | Mapping[str, Any] | None = None
    format: str | None = None
    role: str = ""
    skip: str = ""
    options: Mapping[str, Any] = attrs.field(factory=dict, converter=_frozen)


@attrs.frozen(kw_only=True)
class RunRule:
    """How one reconciliation is run.

    Attributes:
        run: Whether it is run at all.
        only: Values by field: of the sides that have the field, only such records are taken.
        settings: Fields of its class, ready to be given to it.
        each: The same for each value of the class's `EACH` field, laid over `settings`.
    """

    run: bool = True
    only: Mapping[str, str] = attrs.field(factory=dict, converter=_frozen)
    settings: Mapping[str, Any] = attrs.field(factory=dict, converter=_frozen)
    each: Mapping[str, Mapping[str, Any]] = attrs.field(factory=dict, converter=_frozen)


@attrs.frozen(kw_only=True)
class CasebookRule:
    """The casebook that a close works with.

    Attributes:
        url: As `Casebook` takes it; a file of SQLite is found beside the config.
        actor: Who closes.
        roles: In which roles.
    """

    url: str
    actor: str
    roles: tuple[str, ...] = attrs.field(default=(), converter=tuple)


@attrs.frozen(kw_only=True)
class Bar:
    """From where on discrepancies are more than a close lets pass.

    Attributes:
        severity: The lowest severity that counts.
        amount: The smallest amount that counts, without sign, in the book's currency; 0 counts all.
    """

    severity: Severity = attrs.field(default=Severity.INFO, converter=Severity)
    amount: Decimal = Decimal(0)


@attrs.frozen(kw_only=True)
class ReportRule:
    """What is written for people.

    Attributes:
        language: `en`, `zh` or `both`.
        html: Whether the page is written.
        xlsx: Whether the workbook is; None where its extra is installed.
        pdf: Whether the statements and vouchers are; None where its extra is installed.
    """

    language: str = "both"
    html: bool = True
    xlsx: bool | None = None
    pdf: bool | None = None


@attrs.frozen(kw_only=True)
class CloseConfig:
    """All that a close is told.

    Attributes:
        name: Name of the book, such as the shop's.
        period: Days that are closed; vouchers need a month.
        as_of: Day by whose end everything stands.
        files: Folders and files that are read.
        out: Folder that the results are written to.
        opening: Folder of the close before, whose `carry` this one begins with; None for none.
        book: Chart, currency, tax position and policies.
        rates: Book currency per unit of other currencies.
        read: Files that need telling.
        reconciliations: Settings by name of the reconciliation.
        accounts: Accounts that ledgers beside the books tie to; empty for what the book's chart says of roles.
        ledgers: File by name of the ledger.
        casebook: None to work in memory.
        bar: What makes the exit code 1.
        report: What is written for people.
        reports: Builders of reports of one's own.
        path: The config's file; None for one that was made in a program.
        sources: SHA-256 by name of every file that the config was read from: itself, rate cards, mappings, charts.
    """

    name: str
    period: Period = attrs.field(converter=Period.parse)
    files: tuple[Path, ...] = attrs.field(converter=_paths)
    book: Book
    out: Path = attrs.field(
        default=attrs.Factory(lambda self: _usual_folder(self.period), takes_self=True), converter=Path
    )
    as_of: date = attrs.field(default=attrs.Factory(lambda self: self.period.last, takes_self=True))
    opening: Path | None = None
    rates: RatesGiven = attrs.field(factory=dict, converter=_frozen)
    read: tuple[ReadRule, ...] = attrs.field(default=(), converter=tuple)
    reconciliations: Mapping[str, RunRule] = attrs.field(factory=dict, converter=_frozen)
    accounts: Sequence[LedgerAccount] = attrs.field(default=(), converter=tuple)
    ledgers: Mapping[str, str] = attrs.field(factory=dict, converter=_frozen)
    casebook: CasebookRule | None = None
    bar: Bar = attrs.field(factory=Bar)
    report: ReportRule = attrs.field(factory=ReportRule)
    reports: tuple[Any, ...] = attrs.field(default=(), converter=tuple)
    path: Path | None = None
    sources: Mapping[str, str] = attrs.field(factory=dict, converter=_frozen)

    def rule_of(self, reconciliation: str) -> RunRule:
        """How a reconciliation is run; as its class says by itself where nothing is told."""
        return self.reconciliations.get(reconciliation, RunRule())

    @property
    def bar_minor(self) -> int:
        """The smallest amount that counts, in minor units of the book's currency."""
        with exactly():
            scaled = self.bar.amount.scaleb(exponent(self.book.currency))
        if scaled != int(scaled):
            raise ConfigError(f"{self.bar.amount} is no amount of {self.book.currency}", where="bar.amount")
        return int(scaled)


def _usual_folder(period: Period) -> Path:
    return Path(f"close-{period.label.replace('/', '_')}")
