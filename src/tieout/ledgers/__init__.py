"""Ledgers: vouchers as the files that accounting systems import, and as records of systems that are reached over a connection."""

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
    amount_text,
)
from tieout.ledgers._sending import Gateway, NotingGateway, SendReport, SentVoucher, load_gateway, send
from tieout.ledgers._writing import ROOM, Unmapped, contents, load, render, write

__all__ = [
    "Gateway",
    "Ledger",
    "LedgerAccount",
    "LedgerBook",
    "LedgerFormat",
    "LedgerOptions",
    "NotingGateway",
    "NotingLedger",
    "SendReport",
    "SentVoucher",
    "SkippedVoucher",
    "Unmapped",
    "WriteReport",
    "amount_text",
    "contents",
    "formats",
    "load",
    "load_gateway",
    "render",
    "send",
    "write",
]


@attrs.frozen(kw_only=True)
class LedgerFormat:
    """One ledger that can be written or sent to.

    Attributes:
        name: Its name.
        title: The first line of its module.
        suffix: Suffix of its files; empty for one that is sent to.
        builtin: False for a third party's.
        is_sent: Whether `send` brings vouchers there over a connection, instead of `write` as files.
        problem: Why it cannot be used; None when it can.
        evidence: What its format is known from: `columns only` where no file of the system confirmed it, `experimental`
            where its specification was not at hand; empty where the system itself, or its specification, was.
    """

    name: str
    title: str
    suffix: str
    builtin: bool
    is_sent: bool = False
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
        module = leaf.load()
        target = load_gateway(name) if hasattr(module, "GATEWAY") else load(name)
    except PluginError as problem:
        return LedgerFormat(name=name, title="", suffix="", builtin=leaf.builtin, problem=str(problem))
    return LedgerFormat(
        name=name,
        title=(module.__doc__ or name).partition("\n")[0],
        suffix=target.suffix if isinstance(target, Ledger) else "",
        builtin=leaf.builtin,
        is_sent=not isinstance(target, Ledger),
        evidence=str(getattr(target, "evidence", "")),
    )
