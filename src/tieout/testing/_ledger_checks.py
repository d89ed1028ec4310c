"""Checks of a ledger: what every file of vouchers must be, told from its bytes alone."""

import csv
import datetime as dt
import io
import json
import re
import socket
import zipfile
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Final

import attrs

from tieout import ledgers
from tieout.errors import LedgerError
from tieout.ledgers import Ledger
from tieout.model import Voucher
from tieout.model._record import changed
from tieout.testing._ledger_vouchers import (
    BOOK,
    foreign_vouchers,
    hostile_vouchers,
    large_vouchers,
    red_vouchers,
    unbalanced,
    usual_vouchers,
)
from tieout.testing._verdict import require, some

__all__ = [
    "ReadBack",
    "check_amounts",
    "check_draft",
    "check_foreign",
    "check_hostile",
    "check_lines",
    "check_nothing_else",
    "check_red",
    "check_same_bytes",
    "check_unbalanced",
    "check_usual",
]

ReadBack = Callable[[Sequence[bytes]], Sequence[tuple[str, Decimal]]]
"""Reads files of a ledger by other means than its own: account and signed amount of each line, debit positive, in order."""

_TABLES: Final = {".csv": ",", ".txt": ",", ".tsv": "\t"}
_FORMULA: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")
_NUMBER = re.compile(r"[-+]?[\d,]*\.?\d+%?")
_BINARY: Final = (".dbf", ".xlsx", ".xls", ".zip")


def check_usual(ledger: Ledger) -> None:
    """Vouchers of several periods, words and sheets are written, and so is a month without any."""
    require(bool(b"".join(_files(ledger, usual_vouchers()))), "a file", "no bytes")
    _files(ledger, ())


def check_hostile(ledger: Ledger) -> None:
    """Dangerous texts stay texts: no cell begins like a formula, and no control character gets through."""
    for one in hostile_vouchers():
        for content in _files(ledger, [one]):
            _require_harmless(content, ledger.suffix)
    _files(ledger, hostile_vouchers())


def check_red(ledger: Ledger) -> None:
    """Red vouchers are written, and with `swap_sides` as if nothing in them were red."""
    _files(ledger, red_vouchers())
    if not attrs.has(type(ledger)) or not hasattr(ledger, "reversal_style"):
        return
    swapping = changed(ledger, reversal_style="swap_sides")
    positive = [voucher.without_red() for voucher in red_vouchers()]
    require(
        _files(swapping, red_vouchers()) == _files(swapping, positive),
        "with swap_sides the files of the vouchers without red",
        "others",
    )


def check_foreign(ledger: Ledger) -> None:
    """Converted lines are written, in red too."""
    _files(ledger, foreign_vouchers())


def check_amounts(ledger: Ledger) -> None:
    """Large and small amounts are there to the last digit, without exponent."""
    shown = b"".join(_plain(content) for content in _files(ledger, large_vouchers())).replace(b",", b"")
    for amount in (b"1234567890.12", b"0.01", b"1000000000"):
        require(amount in shown, f"{amount.decode()} in the files", "it is not there")


def check_same_bytes(ledger: Ledger) -> None:
    """The same vouchers give the same bytes, in whatever order they are handed in."""
    first = _files(ledger, usual_vouchers())
    for again in (usual_vouchers(), usual_vouchers()[::-1]):
        require(first == _files(ledger, again), "the same bytes", "others")


def check_nothing_else(ledger: Ledger) -> None:
    """Nothing of the machine is in the files: no day of today, no name of it, no folder."""
    today = dt.datetime.now(tz=dt.UTC).date()
    days = {
        f"{day:{shape}}" for day in (today, today - dt.timedelta(1)) for shape in ("%Y-%m-%d", "%Y%m%d", "%d/%m/%Y")
    }
    names = {name for name in (str(Path.home()), str(Path.cwd()), socket.gethostname()) if len(name) > len("/root")}
    for content in _files(ledger, usual_vouchers()):
        shown = _plain(content)
        found = [text for text in sorted(days | names) if text.encode() in shown]
        require(not found, "only what the vouchers say", some(found))
        if content.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                dated = [
                    item.filename
                    for item in archive.infolist()
                    if dt.date(*item.date_time[:3]) >= today - dt.timedelta(2)
                ]
            require(not dated, "members without the day they were written", some(dated))


def check_draft(ledger: Ledger) -> None:
    """A draft is refused."""
    _require_refused(ledger, changed(usual_vouchers()[0], number=None), "a draft")


def check_unbalanced(ledger: Ledger) -> None:
    """A voucher that does not balance is refused, and named."""
    refusal = _require_refused(ledger, unbalanced(), "a voucher that does not balance")
    require("forged" in refusal, "its id in the refusal", refusal)


def check_lines(ledger: Ledger, read_back: ReadBack) -> None:
    """Read by other means, the files have every line in order, with its account and its amount."""
    for name, vouchers in (
        ("usual", usual_vouchers()),
        ("red", red_vouchers()),
        ("hostile", hostile_vouchers()),
        ("foreign", foreign_vouchers()),
        ("large", large_vouchers()),
    ):
        ordered = sorted(vouchers, key=lambda item: (item.period, item.word, item.number or 0, item.part or 0))
        expected = [(line.account, line.amount.amount) for one in ordered for line in one.lines]
        found = list(read_back(_files(ledger, vouchers)))
        amounts = [amount for _, amount in expected], [amount for _, amount in found]
        require(amounts[0] == amounts[1], f"{name} vouchers: {amounts[0]}", str(amounts[1]))
        pairs = {(code, text) for (code, _), (text, _) in zip(expected, found, strict=True)}
        codes, texts = ({pair[at] for pair in pairs} for at in (0, 1))
        require(
            len(pairs) == len(codes) == len(texts), f"{name} vouchers: a name for each account", some(sorted(pairs))
        )


def _files(ledger: Ledger, vouchers: Sequence[Voucher]) -> tuple[bytes, ...]:
    return ledgers.contents(vouchers, ledger=ledger, book=BOOK)


def _require_refused(ledger: Ledger, one: Voucher, what: str) -> str:
    try:
        _files(ledger, [one])
    except LedgerError as refusal:
        return str(refusal)
    raise AssertionError(f"expected {what} to be refused; found that it is written")


def _plain(content: bytes) -> bytes:
    """The bytes of a file, or of what is packed in it."""
    if not content.startswith(b"PK"):
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return b"\n".join(archive.read(name) for name in archive.namelist())


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030")


def _require_harmless(content: bytes, suffix: str) -> None:
    if content.startswith(b"PK"):
        require(not re.search(rb"<(\w+:)?f[ >]", _plain(content)), "no formula in the workbook", "one")
    if suffix in _BINARY:
        return
    text = _text(content)
    control = {f"U+{ord(character):04X}" for character in text if ord(character) < ord(" ")} - {
        "U+000A",
        "U+000D",
        "U+0009",
    }
    require(not control, "no control characters", some(sorted(control)))
    if suffix == ".json":
        json.loads(text)
    if suffix in _TABLES:
        found = [
            cell for cell in _cells(text, _TABLES[suffix]) if cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell)
        ]
        require(not found, "no cell that a spreadsheet takes for a formula", some(found))
        require("\u2028" not in text, "no separator of lines within a text", "one")


def _cells(text: str, delimiter: str) -> Iterator[str]:
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
        yield from row
