"""Ledgers: vouchers as the files that accounting systems import."""

import attrs

from tieout.errors import PluginError
from tieout.ledgers._base import (
    Ledger,
    LedgerAccount,
    LedgerBook,
    LedgerOptions,
    NotingLedger,
    SkippedVoucher,
    WriteReport,
)
from tieout.ledgers._writing import ROOM, Unmapped, contents, load, render, write

__all__ = [
    "Ledger",
    "LedgerAccount",
    "LedgerBook",
    "LedgerFormat",
    "LedgerOptions",
    "NotingLedger",
    "SkippedVoucher",
    "Unmapped",
    "WriteReport",
    "contents",
    "formats",
    "load",
    "render",
    "write",
]


@attrs.frozen(kw_only=True)
class LedgerFormat:
    """One ledger that can be written.

    Attributes:
        name: Its name.
        title: The first line of its module.
        suffix: Suffix of its files.
        builtin: False for a third party's.
        problem: Why it cannot be used; None when it can.
        evidence: What its format is known from: `columns only` where no file of the system confirmed it, `experimental`
            where its specification was not at hand; empty where the system itself, or its specification, was.
    """

    name: str
    title: str
    suffix: str
    builtin: bool
    problem: str | None = None
    evidence: str = ""


def formats() -> tuple[LedgerFormat, ...]:
    """Every ledger by name; a broken one is listed with its problem.

    Example:
        >>> {item.name: item.suffix for item in formats()}["beancount"]
        '.beancount'
    """
    return tuple(_describe(name) for name in ROOM.leaves())


def _describe(name: str) -> LedgerFormat:
    leaf = ROOM.leaf(name)
    try:
        ledger = load(name)
    except PluginError as problem:
        return LedgerFormat(name=name, title="", suffix="", builtin=leaf.builtin, problem=str(problem))
    title = (leaf.load().__doc__ or name).partition("\n")[0]
    evidence = str(getattr(ledger, "evidence", ""))
    return LedgerFormat(name=name, title=title, suffix=ledger.suffix, builtin=leaf.builtin, evidence=evidence)
