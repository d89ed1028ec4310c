"""What a close is told: which files, which settings, which book, and where its results go."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from hashlib import sha256
from os import PathLike
from pathlib import Path
from typing import Any, Self

import attrs

from tieout.closing.config_parts import Bar, CasebookRule, ReadRule, ReportRule, RunRule
from tieout.closing.config_reading import config_values, usual_out
from tieout.closing.config_values import whole_units
from tieout.errors import ConfigError
from tieout.posting import Book, RatesGiven
from tieout.reconciliations import LedgerAccount, Period

__all__ = ["Bar", "CasebookRule", "CloseConfig", "ReadRule", "ReportRule", "RunRule"]


def _frozen(given: Mapping[str, Any]) -> Mapping[str, Any]:
    return dict(given)


def _period(given: object) -> Period:
    return Period.parse(given)


def _path(given: str | PathLike[str]) -> Path:
    return Path(given)


def _paths(given: Iterable[str | PathLike[str]]) -> tuple[Path, ...]:
    return tuple(Path(one) for one in given)


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
    period: Period = attrs.field(converter=_period)
    files: tuple[Path, ...] = attrs.field(converter=_paths)
    book: Book
    out: Path = attrs.field(
        default=attrs.Factory(lambda self: Path(usual_out(self.period)), takes_self=True), converter=_path
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

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Self:
        """The config that a TOML file holds; files it names are looked for beside it.

        Args:
            path: The file.

        Raises:
            ConfigError: The file cannot be read, or something in it is wrong: every problem with its key and line.
        """
        file = Path(path)
        try:
            data = file.read_bytes()
            text = data.decode("utf-8-sig")
        except FileNotFoundError as cause:
            raise ConfigError("there is no such file", where=str(file), hint="tieout init FOLDER writes one") from cause
        except UnicodeDecodeError as cause:
            raise ConfigError(f"a config is UTF-8 text: {cause.reason}", where=file.name) from cause
        except (OSError, ValueError) as cause:  # ValueError: a name that no file can have
            reason = cause.strerror if isinstance(cause, OSError) else cause
            raise ConfigError(f"it cannot be read: {reason}", where=str(file)) from cause
        found = cls.loads(text, name=file.name, folder=file.parent)
        sources = {**found.sources, file.name: sha256(data).hexdigest()}
        return attrs.evolve(found, path=file, sources=sources)

    @classmethod
    def loads(cls, text: str, *, name: str = "close.toml", folder: str | PathLike[str] | None = None) -> Self:
        """The config that a TOML text holds.

        Args:
            text: TOML, as `docs/reference/close-config.md` lists its keys.
            name: What messages call it.
            folder: Where the files it names are; None for the folder of the process.

        Raises:
            ConfigError: Something in it is wrong: every problem with its key and line.
        """
        return cls(**config_values(text, name=name, folder=None if folder is None else Path(folder)))

    def rule_of(self, reconciliation: str) -> RunRule:
        """How a reconciliation is run; as its class says by itself where nothing is told."""
        return self.reconciliations.get(reconciliation, RunRule())

    @property
    def bar_minor(self) -> int:
        """The smallest amount that counts, in minor units of the book's currency."""
        return whole_units(self.bar.amount, self.book.currency)
