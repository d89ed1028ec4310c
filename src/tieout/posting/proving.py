"""Proving: no event is lost, and the vouchers carry exactly what the events ask for."""

from collections.abc import Iterable, Sequence
from typing import Any

import attrs

from tieout.model import Event, Voucher
from tieout.money import to_minor
from tieout.posting.drafting import Draft
from tieout.posting.result import LeftOut, Memo
from tieout.posting.template import Side
from tieout.proof import Check, Proof

__all__ = ["Built", "prove"]


@attrs.frozen(kw_only=True)
class Built:
    """Vouchers before their style and numbers, and the drafts they are made of.

    Attributes:
        vouchers: In voucher order, red figures as they are.
        drafts: The drafts that the vouchers carry.
        memos: Events without lines.
        left_out: Events that the book has already.
    """

    vouchers: tuple[Voucher, ...]
    drafts: tuple[Draft, ...]
    memos: tuple[Memo, ...]
    left_out: tuple[LeftOut, ...]


def prove(
    given: Sequence[Event],
    built: Built,
    left_out: Sequence[LeftOut],
    vouchers: Sequence[Voucher],
    currency: str,
) -> Proof:
    """What ties out: events in and accounted for, their amounts and the vouchers, debits and credits.

    Args:
        given: Every event that came in.
        built: The vouchers as built, and the drafts they are made of.
        left_out: Every event that belongs elsewhere.
        vouchers: The vouchers as handed out, reversals included.
        currency: Currency of the book.
    """
    parts = {
        "posted": [draft.event for draft in built.drafts],
        "noted only": [memo.event for memo in built.memos],
        "left out": [item.event for item in left_out],
    }
    checks = [_check("events", None, len(given), {name: len(events) for name, events in parts.items()})]
    for code in sorted({event.amount.currency.code for event in given}):
        sums = {name: _sum(events, code) for name, events in parts.items()}
        checks.append(_check("event amounts", code, _sum(given, code), sums))
    return Proof((*checks, _carried_check(built, currency), _balance_check(vouchers, currency)))


def _check(name: str, currency: str | None, total: int, parts: Any) -> Check:  # noqa: ANN401 - a mapping of figures
    return Check(name=name, side="posting", currency=currency, total=total, parts=parts)


def _sum(events: Iterable[Event], code: str) -> int:
    return sum(to_minor(event.amount) for event in events if event.amount.currency.code == code)


def _carried_check(built: Built, currency: str) -> Check:
    """What the events ask for against what the finished vouchers carry, each counted on its own."""
    asked = sum(draft.variant.weight(Side.DEBIT)[0] * draft.gross_minor for draft in built.drafts)
    withheld = sum(draft.variant.weight(Side.DEBIT)[0] * draft.withheld_minor for draft in built.drafts)
    debits = sum(to_minor(line.debit) for voucher in built.vouchers for line in voucher.lines if line.debit is not None)
    return _check(
        "amounts in vouchers",
        currency,
        asked,
        {"debits of vouchers": debits, "VAT that waits for an invoice": withheld},
    )


def _balance_check(vouchers: Sequence[Voucher], currency: str) -> Check:
    lines = [line for voucher in vouchers for line in voucher.lines]
    debits = sum(to_minor(line.debit) for line in lines if line.debit is not None)
    credits_ = sum(to_minor(line.credit) for line in lines if line.credit is not None)
    return _check("debits", currency, debits, {"credits": credits_})
