"""Writing: checked vouchers become files, all of them or none."""

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import StrEnum
from os import PathLike
from pathlib import Path

from moneyed import Money

from tieout._discovery import Room
from tieout.errors import LedgerError, PluginError
from tieout.ledgers._base import Ledger, LedgerBook, NotingLedger, SkippedVoucher, WriteReport, voucher_name
from tieout.model import JournalLine, Voucher
from tieout.model.currency import exactly

__all__ = [
    "ROOM",
    "Unmapped",
    "checked",
    "contents",
    "full_name",
    "load",
    "render",
    "skipped_voucher",
    "unknown_accounts",
    "write",
]

ROOM = Room(package="tieout.ledgers", group="tieout.ledgers", kind="ledger")
_SHOWN = 10


class Unmapped(StrEnum):
    """What is done with a voucher that has an account the book does not know."""

    REFUSE = "refuse"
    SKIP = "skip"


def load(name: str) -> Ledger:
    """The ledger of that name, with its default options.

    Raises:
        UnknownFormat: There is none; the error lists those that exist.
        LedgerError: It takes vouchers over a connection instead.
        PluginError: Its module is broken or holds no `LEDGER`.

    Example:
        >>> load("beancount").suffix
        '.beancount'
    """
    leaf = ROOM.leaf(name)
    module = leaf.load()
    if hasattr(module, "GATEWAY"):
        raise LedgerError("it takes vouchers over a connection, not as a file", where=name, hint="use send()")
    ledger = getattr(module, "LEDGER", None)
    if not isinstance(ledger, Ledger):
        raise PluginError("a Ledger named LEDGER is needed", where=leaf.module)
    return ledger


def render(
    vouchers: Iterable[Voucher],
    *,
    ledger: str | Ledger,
    book: LedgerBook,
    unmapped: Unmapped | str = Unmapped.REFUSE,
) -> str:
    """The text of the file that `write` would write.

    Args:
        vouchers: Numbered vouchers of the book.
        ledger: Name of a ledger, or one with options of its own.
        book: The book they are of.
        unmapped: As `write` takes it.

    Raises:
        LedgerError: As `write` raises it; or the format is not text, or fills several files.
    """
    named, _ = _target(ledger)
    files = contents(vouchers, ledger=ledger, book=book, unmapped=unmapped)
    if len(files) != 1:
        raise LedgerError(f"it fills {len(files)} files", where=named, hint="use write() or contents()")
    try:
        return files[0].decode("utf-8")
    except UnicodeDecodeError as cause:
        raise LedgerError("its files are not UTF-8 text", where=named, hint="use write() or contents()") from cause


def contents(
    vouchers: Iterable[Voucher],
    *,
    ledger: str | Ledger,
    book: LedgerBook,
    unmapped: Unmapped | str = Unmapped.REFUSE,
) -> tuple[bytes, ...]:
    """The bytes of the files that `write` would write, for programs that keep or send them themselves.

    Args:
        vouchers: Numbered vouchers of the book, in any order.
        ledger: Name of a ledger, or one with options of its own.
        book: The book they are of.
        unmapped: As `write` takes it.

    Raises:
        LedgerError: As `write` raises it.
    """
    _, target = _target(ledger)
    kept, _ = checked(vouchers, book=book, unmapped=unmapped)
    return _rendered(kept, target, book)


def write(
    vouchers: Iterable[Voucher],
    path: "str | PathLike[str]",
    *,
    ledger: str | Ledger,
    book: LedgerBook,
    overwrite: bool = False,
    unmapped: Unmapped | str = Unmapped.REFUSE,
) -> WriteReport:
    """Write vouchers as the file that a ledger imports.

    The file appears whole or not at all. A target of several files gets `name-2`, `name-3` and so on beside the first.

    Args:
        vouchers: Numbered vouchers of the book, in any order.
        path: File to write.
        ledger: Name of a ledger (`formats()` lists them), or one with options of its own.
        book: The book they are of.
        overwrite: Whether a file that is there with another content may be replaced.
        unmapped: `refuse` raises when a voucher has an account the book does not know; `skip` leaves such vouchers out,
            whole, and lists them in the report.

    Returns:
        What was written, and what was not.

    Raises:
        UnknownFormat: There is no such ledger.
        LedgerError: A voucher is a draft, of another book, given twice, does not balance or has unknown accounts; the file
            is there already; or the format cannot hold the vouchers.
    """
    named, target = _target(ledger)
    kept, skipped = checked(vouchers, book=book, unmapped=unmapped)
    rendered = _rendered(kept, target, book)
    files = _file_names(Path(path), len(rendered))
    _put_files(dict(zip(files, rendered, strict=True)), overwrite=overwrite)
    return WriteReport(
        ledger=named,
        files=files,
        vouchers=len(kept),
        lines=sum(len(voucher.lines) for voucher in kept),
        skipped=tuple(skipped_voucher(item, book) for item in skipped),
        unmapped=tuple(sorted(unknown_accounts(skipped, book))),
        notes=target.notes(kept) if isinstance(target, NotingLedger) else (),
    )


def _target(ledger: str | Ledger) -> tuple[str, Ledger]:
    if isinstance(ledger, str):
        return ledger, load(ledger)
    if not isinstance(ledger, Ledger):
        raise LedgerError(f"the name of a ledger or a Ledger is needed, got {type(ledger).__name__}", where="ledger")
    return type(ledger).__module__.rpartition(".")[2], ledger


def _rendered(vouchers: Sequence[Voucher], target: Ledger, book: LedgerBook) -> tuple[bytes, ...]:
    """What a ledger makes of checked vouchers, without red figures where it asks for that."""
    if getattr(target, "reversal_style", None) == "swap_sides":
        vouchers = [voucher.without_red() for voucher in vouchers]
    return target.render(vouchers, book=book)


def checked(
    vouchers: Iterable[Voucher], *, book: LedgerBook, unmapped: Unmapped | str
) -> tuple[list[Voucher], list[Voucher]]:
    """The vouchers to write, in order, and those to skip."""
    policy = _policy(unmapped)
    given = list(vouchers)
    _require_vouchers(given, book)
    ordered = sorted(given, key=lambda item: (item.period, item.word, item.number or 0, item.part or 0))
    _require_unique(ordered)
    unknown = unknown_accounts(ordered, book)
    kept = [voucher for voucher in ordered if not _accounts(voucher) & unknown]
    skipped = [voucher for voucher in ordered if _accounts(voucher) & unknown]
    if skipped and policy is Unmapped.REFUSE:
        raise LedgerError(
            f"the book knows no account {', '.join(sorted(unknown))}; used by {_listed(skipped)}",
            where="vouchers",
            hint="add them to the book's accounts, or leave these vouchers out with unmapped='skip'",
        )
    return kept, skipped


def _policy(unmapped: Unmapped | str) -> Unmapped:
    try:
        return Unmapped(unmapped)
    except ValueError:
        known = ", ".join(member.value for member in Unmapped)
        raise LedgerError(f"{unmapped!r} is none of {known}", where="unmapped") from None


def _require_vouchers(vouchers: Sequence[Voucher], book: LedgerBook) -> None:
    items: Sequence[object] = vouchers
    others = sorted({type(item).__name__ for item in items if not isinstance(item, Voucher)})
    if others:
        raise LedgerError(f"vouchers are needed, got {', '.join(others)}", where="vouchers")
    foreign = [voucher for voucher in vouchers if voucher.book_id != book.book_id]
    if foreign:
        raise LedgerError(
            f"vouchers of book {foreign[0].book_id!r} cannot go into book {book.book_id!r}: {_listed(foreign)}",
            where="vouchers",
        )
    drafts = [voucher for voucher in vouchers if voucher.number is None]
    if drafts:
        ids = ", ".join(voucher.voucher_id for voucher in drafts[:_SHOWN])
        raise LedgerError(f"drafts have no number: {ids}", where="vouchers", hint="number them with number_vouchers")
    for voucher in vouchers:
        _require_balanced(voucher)


def _require_balanced(voucher: Voucher) -> None:
    """Look again at what the record has checked: one that was put together past its constructor must not reach the books."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    with exactly():
        for line in voucher.lines:
            side = _only_side(line, voucher)
            sums[side.currency.code] += side.amount if line.debit is not None else -side.amount
    off = {code: total for code, total in sorted(sums.items()) if total}
    if off or not sums:
        listed = ", ".join(f"{total} {code}" for code, total in off.items()) or "of no line"
        raise LedgerError(
            f"debits minus credits should be 0 but are {listed}", where=f"{full_name(voucher)} ({voucher.voucher_id})"
        )


def _only_side(line: JournalLine, voucher: Voucher) -> Money:
    sides = [side for side in (line.debit, line.credit) if side is not None]
    if len(sides) != 1 or not sides[0].amount.is_finite() or not sides[0].amount:
        found = " and ".join(str(side.amount) for side in sides) or "neither"
        raise LedgerError(
            f"line {line.line_no} should have a debit or a credit that is not 0 but has {found}",
            where=f"{full_name(voucher)} ({voucher.voucher_id})",
        )
    return sides[0]


def _require_unique(ordered: Sequence[Voucher]) -> None:
    names: set[tuple[object, ...]] = set()
    ids: set[tuple[object, ...]] = set()
    for voucher in ordered:
        name = (voucher.period, voucher.word, voucher.number, voucher.part)
        identity = (voucher.voucher_id, voucher.part)
        if name in names or identity in ids:
            raise LedgerError(
                f"{full_name(voucher)} is there twice",
                where="vouchers",
                hint="numbers go on after earlier postings with post(..., posted=...)",
            )
        names.add(name)
        ids.add(identity)


def _accounts(voucher: Voucher) -> set[str]:
    return {line.account for line in voucher.lines}


def unknown_accounts(vouchers: Iterable[Voucher], book: LedgerBook) -> set[str]:
    codes = {code for voucher in vouchers for code in _accounts(voucher)}
    return {code for code in codes if book.find_account(code) is None}


def skipped_voucher(voucher: Voucher, book: LedgerBook) -> SkippedVoucher:
    unknown = unknown_accounts([voucher], book)
    return SkippedVoucher(
        voucher_id=voucher.voucher_id,
        name=full_name(voucher),
        reason=f"the book knows no account {', '.join(sorted(unknown))}",
        lines=len(voucher.lines),
        unmapped_lines=tuple(line.line_no for line in voucher.lines if line.account in unknown),
    )


def full_name(voucher: Voucher) -> str:
    return f"{voucher.period} {voucher_name(voucher)}"


def _listed(vouchers: Sequence[Voucher]) -> str:
    names = ", ".join(full_name(voucher) for voucher in vouchers[:_SHOWN])
    return names if len(vouchers) <= _SHOWN else f"{names} and {len(vouchers) - _SHOWN} more"


def _file_names(path: Path, count: int) -> tuple[Path, ...]:
    return tuple(path if at == 1 else path.with_name(f"{path.stem}-{at}{path.suffix}") for at in range(1, count + 1))


def _put_files(contents: dict[Path, bytes], *, overwrite: bool) -> None:
    """Write every file beside its place first, then move them there: a failure leaves what was there."""
    for path, content in contents.items():
        if not path.parent.is_dir():
            raise LedgerError("there is no such folder", where=str(path.parent))
        if path.exists() and not overwrite and (path.is_dir() or path.read_bytes() != content):
            raise LedgerError(
                "the file is there already, with another content",
                where=str(path),
                hint="replace it with overwrite=True",
            )
    moves: list[tuple[Path, Path]] = []
    try:
        for path, content in contents.items():
            beside = path.with_name(f".{path.name}.{os.getpid()}.part")
            moves.append((beside, path))
            beside.write_bytes(content)
        for beside, path in moves:
            beside.replace(path)
    finally:
        for beside, _ in moves:
            beside.unlink(missing_ok=True)
