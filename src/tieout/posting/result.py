"""The result of posting: vouchers, and every event that is in none of them."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import overload

import attrs

from tieout.model import Event, Voucher
from tieout.model.currency import exponent, from_units
from tieout.outcome import Summary
from tieout.proof import Proof

__all__ = ["LeftOut", "LeftOutReason", "Memo", "Vouchers"]


class LeftOutReason(StrEnum):
    """Why an event is in no voucher of this posting."""

    OTHER_PERIOD = "other_period"
    ALREADY_POSTED = "already_posted"
    GIVEN_TWICE = "given_twice"


@attrs.frozen(kw_only=True)
class Memo:
    """An event that the book takes note of without a line.

    Attributes:
        event: The event.
        note: Why nothing is posted for it.
    """

    event: Event
    note: str


@attrs.frozen(kw_only=True)
class LeftOut:
    """An event that belongs elsewhere.

    Attributes:
        event: The event.
        reason: Why, as a code.
        note: Why, as a sentence.
    """

    event: Event
    reason: LeftOutReason
    note: str


@attrs.frozen(kw_only=True)
class Vouchers(Sequence[Voucher]):
    """The vouchers of one posting, as a sequence, with what did not become one.

    Attributes:
        period: The period posted, such as `2026-10`.
        currency: Currency of the book.
        vouchers: Balanced and numbered, in the order of their numbers; reversals of accruals, dated in the next period,
            come last.
        memos: Events that the book only takes note of.
        left_out: Events that belong elsewhere, and why.
        late: Events of a locked period, booked in this one.
        proof: Events in = events posted + memos + left out; debits = credits; both per currency.
    """

    period: str
    currency: str
    vouchers: tuple[Voucher, ...]
    memos: tuple[Memo, ...]
    left_out: tuple[LeftOut, ...]
    late: tuple[Event, ...]
    proof: Proof

    def __len__(self) -> int:
        return len(self.vouchers)

    @overload
    def __getitem__(self, at: int) -> Voucher: ...

    @overload
    def __getitem__(self, at: slice) -> tuple[Voucher, ...]: ...

    def __getitem__(self, at: int | slice) -> Voucher | tuple[Voucher, ...]:
        return self.vouchers[at]

    def __iter__(self) -> Iterator[Voucher]:
        return iter(self.vouchers)

    def in_period(self, period: str) -> tuple[Voucher, ...]:
        """The vouchers dated in one period.

        Args:
            period: Year and month, such as `2026-10`.
        """
        return tuple(voucher for voucher in self.vouchers if voucher.period == period)

    def summary(self) -> Summary:
        """The result in words: vouchers, debits and credits by account, what was not posted, and the proof."""
        sums: dict[str, int] = {}
        for line in (line for voucher in self.vouchers for line in voucher.lines):
            label = f"{line.account} {line.account_name or ''}".strip()
            minor = int(line.amount.amount.scaleb(exponent(self.currency)))
            sums[label] = sums.get(label, 0) + minor
        accounts = tuple((label, self._figure(minor)) for label, minor in sorted(sums.items()))
        counts = (
            ("vouchers", f"{len(self.vouchers):,}"),
            ("events noted only", f"{len(self.memos):,}"),
            ("events left out", f"{len(self.left_out):,}"),
            ("late events booked", f"{len(self.late):,}"),
        )
        verdict = (("checks", f"{len(self.proof.checks):,}"), ("holds", "yes" if self.proof.holds else "NO"))
        sections = (("Counts", counts), ("Debits less credits by account", accounts), ("Proof", verdict))
        return Summary(title=f"Vouchers of {self.period}", sections=sections)

    def _figure(self, minor: int) -> str:
        return f"{from_units(minor, self.currency):,.{exponent(self.currency)}f} {self.currency}"

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()
