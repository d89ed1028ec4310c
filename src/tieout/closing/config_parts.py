"""The parts of a close's config: rules for files, for reconciliations, for the casebook, for the bar and the reports."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs

from tieout.errors import InputError
from tieout.model import Severity

__all__ = ["LANGUAGES", "Bar", "CasebookRule", "ReadRule", "ReportRule", "RunRule"]

LANGUAGES = ("en", "zh", "both")


def _frozen(given: Mapping[str, Any]) -> Mapping[str, Any]:
    return dict(given)


def _names(given: Iterable[str]) -> tuple[str, ...]:
    if isinstance(given, str):
        raise InputError(
            f"a list of classes is needed, got {given!r}", where="leave", hint=f"such as leave = [{given!r}]"
        )
    return tuple(given)


def _language(value: object) -> str:
    if value not in LANGUAGES:
        raise InputError(f"one of {', '.join(LANGUAGES)} is needed, got {value!r}", where="report.language")
    return str(value)


@attrs.frozen(kw_only=True)
class ReadRule:
    """How files are read that need telling.

    Attributes:
        file: Glob on the name within the folder, such as `parcels*.csv`; the first rule that fits a file holds.
        mapping: TOML file or dictionary that says what its columns are; the format is `generic_table` then.
        format: Name of the format; told from the content where None.
        role: Where the records go that are not the plain ones of their class, such as `erp_orders`; empty for the plain ones.
        skip: Why the file is not read; empty where it is.
        leave: Classes of records that the file gives beside others, and that another file has in full: a platform's orders come
            with `Shipment` and `Refund`, which the warehouse and the after-sale desk list with all that they say.
        options: As `tieout.read` takes them.
    """

    file: str
    mapping: Path | Mapping[str, Any] | None = None
    format: str | None = None
    role: str = ""
    skip: str = ""
    leave: tuple[str, ...] = attrs.field(default=(), converter=_names)
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

    url: str = attrs.field(repr=False)  # may hold a password
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
        plots: Whether charts are drawn, on the page and as files; None where their extra is installed.
    """

    language: str = attrs.field(default="both", converter=_language)
    html: bool = True
    xlsx: bool | None = None
    pdf: bool | None = None
    plots: bool | None = None
