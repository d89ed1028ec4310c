"""Sending: checked vouchers go to a system over a connection, each of them once."""

from collections.abc import Iterable, Sequence
from typing import Protocol, runtime_checkable

import attrs

from tieout.errors import LedgerError, PluginError
from tieout.ledgers._base import Ledger, LedgerBook, SkippedVoucher
from tieout.ledgers._writing import ROOM, Unmapped, checked, skipped_voucher, unknown_accounts
from tieout.model import Voucher

__all__ = ["Gateway", "NotingGateway", "SendReport", "SentVoucher", "load_gateway", "send"]


@attrs.frozen(kw_only=True)
class SentVoucher:
    """A voucher that the other system has.

    Attributes:
        voucher_id: Its id.
        name: Its period, word and number, such as `2026-10 记-5`.
        reference: What the other system calls it.
        is_new: Whether this sending brought it; False for one that was there already, with the same figures.
    """

    voucher_id: str
    name: str
    reference: str
    is_new: bool


@runtime_checkable
class Gateway(Protocol):
    """A system that takes vouchers over a connection; a module of `tieout.ledgers` holds a ready one as `GATEWAY`.

    A gateway never sends a voucher that is there already, and leaves nothing half-written: when it fails, its error says
    what is in the other system now because of it.
    """

    def send(self, vouchers: Sequence[Voucher], *, book: LedgerBook) -> tuple[SentVoucher, ...]:
        """Bring vouchers to the other system.

        Args:
            vouchers: Numbered vouchers of the book, in order, every account of which the book knows.
            book: The book.

        Returns:
            Every voucher given, in the same order.

        Raises:
            LedgerError: The system cannot take them, or has one of them with other figures.
        """
        ...


@attrs.frozen(kw_only=True)
class SendReport:
    """What was sent, what was there already, and what was left out.

    Attributes:
        ledger: Name of the gateway.
        vouchers: The vouchers that the other system has, in order.
        lines: How many voucher lines were sent; those that were there already are not counted.
        skipped: Vouchers that were not sent, whole.
        unmapped: Account codes that the book does not know.
        notes: What the other system was not told of the vouchers that were sent.
    """

    ledger: str
    vouchers: tuple[SentVoucher, ...]
    lines: int
    skipped: tuple[SkippedVoucher, ...] = ()
    unmapped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def sent(self) -> tuple[SentVoucher, ...]:
        """Those that this sending brought."""
        return tuple(item for item in self.vouchers if item.is_new)

    @property
    def present(self) -> tuple[SentVoucher, ...]:
        """Those that were there already, with the same figures."""
        return tuple(item for item in self.vouchers if not item.is_new)

    @property
    def is_complete(self) -> bool:
        """Whether the other system has every voucher now."""
        return not self.skipped

    def __str__(self) -> str:
        text = f"{self.ledger}: {len(self.sent):,} vouchers, {self.lines:,} lines sent; {len(self.present):,} there already"
        if self.skipped:
            listed = ", ".join(item.name for item in self.skipped)
            text += f"; NOT SENT: {listed} (accounts unknown to the book: {', '.join(self.unmapped)})"
        return "".join([text, *(f"; {note}" for note in self.notes)])


@runtime_checkable
class NotingGateway(Gateway, Protocol):
    """A gateway to a system that does not hold all that vouchers say, and that tells what is left out."""

    def notes(self, vouchers: Sequence[Voucher]) -> tuple[str, ...]:
        """What the other system is not told, one sentence each; nothing when it is told all.

        Args:
            vouchers: The vouchers that were sent.
        """
        ...


def load_gateway(name: str) -> Gateway:
    """The gateway of that name, with its default options.

    Raises:
        UnknownFormat: There is no ledger of that name; the error lists those that exist.
        LedgerError: It writes files instead.
        PluginError: Its module is broken.

    Example:
        >>> type(load_gateway("tryton")).__name__
        'Tryton'
    """
    leaf = ROOM.leaf(name)
    module = leaf.load()
    gateway = getattr(module, "GATEWAY", None)
    if isinstance(gateway, Gateway):
        return gateway
    if isinstance(getattr(module, "LEDGER", None), Ledger):
        raise LedgerError("it is written as a file, not sent over a connection", where=name, hint="use write()")
    raise PluginError("a Gateway named GATEWAY is needed", where=leaf.module)


def send(
    vouchers: Iterable[Voucher],
    *,
    ledger: str | Gateway,
    book: LedgerBook,
    unmapped: Unmapped | str = Unmapped.REFUSE,
) -> SendReport:
    """Send vouchers to a system over a connection; one that is there already is not sent again.

    They are checked first, as `write` checks them: nothing is sent unless all of them can be.

    Args:
        vouchers: Numbered vouchers of the book, in any order.
        ledger: A gateway with its connection, or the name of one.
        book: The book they are of.
        unmapped: `refuse` raises when a voucher has an account the book does not know; `skip` leaves such vouchers out,
            whole, and lists them in the report.

    Returns:
        What was sent, what was there already, and what was left out.

    Raises:
        UnknownFormat: There is no ledger of that name.
        LedgerError: A voucher is a draft, of another book, given twice, does not balance or has unknown accounts; or the
            gateway's reasons, such as a voucher that is there with other figures.
    """
    named, target = _gateway(ledger)
    kept, skipped = checked(vouchers, book=book, unmapped=unmapped)
    if getattr(target, "reversal_style", None) == "swap_sides":
        kept = [voucher.without_red() for voucher in kept]
    found = target.send(kept, book=book)
    if [item.voucher_id for item in found] != [voucher.voucher_id for voucher in kept]:
        raise PluginError("a gateway says of every voucher, in order, whether it was there", where=named)
    new = [voucher for voucher, item in zip(kept, found, strict=True) if item.is_new]
    return SendReport(
        ledger=named,
        vouchers=tuple(found),
        lines=sum(len(voucher.lines) for voucher in new),
        skipped=tuple(skipped_voucher(item, book) for item in skipped),
        unmapped=tuple(sorted(unknown_accounts(skipped, book))),
        notes=target.notes(new) if isinstance(target, NotingGateway) else (),
    )


def _gateway(ledger: object) -> tuple[str, Gateway]:
    if isinstance(ledger, str):
        return ledger, load_gateway(ledger)
    if isinstance(ledger, Gateway):
        return type(ledger).__module__.rpartition(".")[2], ledger
    hint = "use write()" if isinstance(ledger, Ledger) else ""
    raise LedgerError(
        f"the name of a gateway or a Gateway is needed, got {type(ledger).__name__}", where="ledger", hint=hint
    )
