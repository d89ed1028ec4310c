"""What reports are made of: the records, outcomes, vouchers and cases of a period, handed in as values."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import attrs
import polars as pl

from tieout.model import Voucher
from tieout.outcome import Outcome
from tieout.proof import Proof
from tieout.tables import Table

__all__ = ["FileRead", "Note", "ReportData", "StageReport"]


@attrs.frozen(kw_only=True)
class FileRead:
    """A file that a period was made of.

    Attributes:
        file: Its name.
        format: Format that it was read as.
        sha256: Hash of its bytes.
        size: Bytes.
        records: How many records it gave.
        rejects: How many of its lines could not be read.
        holds: Whether the totals that it declares are those of its lines.
    """

    file: str
    format: str
    sha256: str
    size: int
    records: int
    rejects: int = 0
    holds: bool = True


def _counts(given: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    return tuple(given)


@attrs.frozen
class Note:
    """A sentence for people, in both languages.

    Attributes:
        text: In English, as the command line and logs say it.
        text_zh: In Chinese; empty where nobody translated it, and the English stands.
        code: Which sentence it is, for programs, such as `left_out`; empty of a text of its own, and of one kept in a file.
    """

    text: str
    text_zh: str = ""
    code: str = attrs.field(default="", eq=False)

    def __str__(self) -> str:
        return self.text


def _notes(given: Iterable[str | Note]) -> tuple[Note, ...]:
    return tuple(one if isinstance(one, Note) else Note(one) for one in given)


@attrs.frozen(kw_only=True)
class StageReport:
    """What a stage of a close did (`domain.md` C49, C65).

    Attributes:
        name: `collect`, `detect`, `resolve`, `tie_outs`, `accruals`, `vouchers`, `ledgers` or `archive`.
        status: `done`, `attention` where a person has to look, or `skipped`.
        counts: Figures by label, such as `(("files", 12), ("rejects", 3))`.
        said: Sentences for people, in both languages; given as `notes`, each a `Note` or a text.
    """

    name: str
    status: str
    counts: tuple[tuple[str, int], ...] = attrs.field(default=(), converter=_counts)
    said: tuple[Note, ...] = attrs.field(default=(), alias="notes", converter=_notes)

    @property
    def notes(self) -> tuple[str, ...]:
        """The sentences in English."""
        return tuple(one.text for one in self.said)

    @property
    def notes_zh(self) -> tuple[str, ...]:
        """The sentences in Chinese, each in English where nobody translated it."""
        return tuple(one.text_zh or one.text for one in self.said)


def _frozen(tables: Mapping[str, Table[Any]]) -> Mapping[str, Table[Any]]:
    return dict(tables)


def _outcomes(given: Iterable[Outcome]) -> tuple[Outcome, ...]:
    return tuple(given)


def _files(given: Iterable[FileRead]) -> tuple[FileRead, ...]:
    return tuple(given)


def _stages(given: Iterable[StageReport]) -> tuple[StageReport, ...]:
    return tuple(given)


@attrs.frozen(kw_only=True, eq=False)
class ReportData:
    """A period of one book. What is not there is empty, and the figures that need it are null.

    Attributes:
        name: Name of the book, such as the shop's.
        period: Such as `2026-10`.
        as_of: Day by whose end everything stands.
        currency: ISO 4217 code of the book.
        timezone: Zone in which a moment's day counts.
        tables: Records by role: a side's name where the records are of a role (`erp_orders`, `history`, `previous`), else the
            name of their class, such as `Order`.
        carried: Orders, parcels and refunds that earlier periods handed on, by the name of their class: of an order that was
            placed before and left in the period, only these may tell. Those that `tables` have, too, only say how they stood.
        seen: Names of the records that earlier closes have read, as `table` (role or class) and `name`: what has no day is of the
            first period that has it. None where none says it.
        outcomes: Of all reconciliations.
        vouchers: Of the period, and the reversals of its accruals.
        balances: Trial balance: `account`, `name`, `role`, `opening_minor`, `debit_minor`, `credit_minor`, `closing_minor`,
            `currency`, one row an account; None where nothing was posted.
        cases: Cases as `Casebook.frame` gives them; None without a casebook, and then discrepancies stand for them.
        claims: Lines of claims as `Casebook.claims_frame` gives them; None without a casebook.
        files: What was read.
        rejects: Lines that could not be read: `file`, `line`, `reason`, `raw` (masked).
        stages: What each stage did.
        proof: All that must tie.
        type_titles: What each type of discrepancy is called, in English and Chinese, as the playbook has it; a type that is
            not in it goes by its code.
        event_titles: What each kind of event is called, in English and Chinese, as its vouchers' summaries say.
        earlier: Figures of earlier periods, as `trends.read_metrics` gives them: `period`, `metric`, `dimension`, `key`,
            `currency`, `value` and what it was divided of; None without any.
        derived: What reports made of all this once and share, by name; nobody hands it in.
    """

    name: str
    period: str
    as_of: date
    currency: str
    timezone: str = "Asia/Shanghai"
    tables: Mapping[str, Table[Any]] = attrs.field(factory=dict, converter=_frozen, repr=False)
    carried: Mapping[str, Table[Any]] = attrs.field(factory=dict, converter=_frozen, repr=False)
    seen: pl.DataFrame | None = attrs.field(default=None, repr=False)
    outcomes: tuple[Outcome, ...] = attrs.field(default=(), converter=_outcomes, repr=False)
    vouchers: Sequence[Voucher] = attrs.field(default=(), repr=False)
    balances: pl.DataFrame | None = attrs.field(default=None, repr=False)
    cases: pl.DataFrame | None = attrs.field(default=None, repr=False)
    claims: pl.DataFrame | None = attrs.field(default=None, repr=False)
    files: tuple[FileRead, ...] = attrs.field(default=(), converter=_files, repr=False)
    rejects: pl.DataFrame | None = attrs.field(default=None, repr=False)
    stages: tuple[StageReport, ...] = attrs.field(default=(), converter=_stages, repr=False)
    proof: Proof = attrs.field(factory=lambda: Proof(()), repr=False)
    type_titles: Mapping[str, tuple[str, str]] = attrs.field(factory=dict, repr=False)
    event_titles: Mapping[str, tuple[str, str]] = attrs.field(factory=dict, repr=False)
    earlier: pl.DataFrame | None = attrs.field(default=None, repr=False)
    derived: dict[str, Any] = attrs.field(factory=dict, init=False, repr=False)

    @property
    def titles(self) -> Mapping[str, tuple[str, str]]:
        """What kinds of events and types of discrepancies are called."""
        return {**self.event_titles, **self.type_titles}

    def frame(self, name: str) -> pl.DataFrame | None:
        """The records of a role or class as columns; None where there are none."""
        table = self.tables.get(name)
        return None if table is None else table.to_polars()

    def outcomes_of(self, reconciliation: str) -> tuple[Outcome, ...]:
        """The outcomes of one reconciliation, such as of each courier."""
        return tuple(one for one in self.outcomes if one.reconciliation == reconciliation)
