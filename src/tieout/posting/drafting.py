"""Drafting: one event becomes the lines its template declares, in whole minor units of the book's currency."""

from collections.abc import Mapping
from decimal import Decimal, localcontext

import attrs
from moneyed import Money

from tieout.errors import PostingError
from tieout.model import Event
from tieout.model.currency import round_half_up
from tieout.money import split_tax, to_minor
from tieout.posting.book import Book
from tieout.posting.chart import Account
from tieout.posting.template import Entry, Part, Side, Template, Variant

__all__ = ["Draft", "DraftLine", "draft_event"]

_PRODUCT_DIGITS = 60  # no product of an amount and a rate is rounded before it is rounded half-up


@attrs.frozen(kw_only=True)
class DraftLine:
    """One line of one event, before lines of the same account are joined.

    Attributes:
        side: Debit or credit.
        role: Account role.
        account: The book's account for it.
        aux: Dimensions and their values.
        amount_minor: Amount in minor units of the book's currency; negative is red.
        foreign: Original currency, and the rate to the book's; None without conversion.
        foreign_minor: Amount in minor units of the original currency; 0 without conversion.
    """

    side: Side
    role: str
    account: Account
    aux: tuple[tuple[str, str], ...]
    amount_minor: int
    foreign: tuple[str, Decimal] | None
    foreign_minor: int

    @property
    def merge_key(self) -> tuple[object, ...]:
        """Lines that share it are one line of the voucher."""
        return self.side, self.account.code, self.role, self.aux, self.foreign


@attrs.frozen(kw_only=True)
class Draft:
    """One event and the lines it becomes.

    Attributes:
        event: The event.
        template: Its template.
        variant: The variant that the book's policies chose.
        lines: Its lines, balanced; empty when nothing is posted.
        gross_minor: The event's whole amount in minor units of the book's currency.
        withheld_minor: The part of it that no line carries: the VAT of an accrual.
    """

    event: Event
    template: Template
    variant: Variant
    lines: tuple[DraftLine, ...]
    gross_minor: int
    withheld_minor: int


def draft_event(event: Event, template: Template, *, book: Book, rates: Mapping[str, Decimal]) -> Draft:
    """The lines of one event.

    Args:
        event: What happened.
        template: The template of its kind.
        book: Whose accounts and policies hold.
        rates: Book currency per unit of each other currency.

    Raises:
        PostingError: The event lacks what the template needs, such as its tax rate or leg.
        AccountNotMapped: The book has no account for a role.
    """
    variant = template.variant_for(book)
    code = event.amount.currency.code
    foreign = None if code == book.currency else (code, rates[code])
    gross = event.amount if foreign is None else _convert(event.amount, foreign[1], book.currency)
    parts = _split(gross, event, template, variant, book)
    foreign_parts = parts if foreign is None else _split(event.amount, event, template, variant, book)
    lines = tuple(
        DraftLine(
            side=entry.side,
            role=entry.role_of(event),
            account=book.account(entry.role_of(event)),
            aux=_aux(entry, event),
            amount_minor=entry.term.sign * parts[entry.term.part],
            foreign=foreign,
            foreign_minor=0 if foreign is None else entry.term.sign * foreign_parts[entry.term.part],
        )
        for entry in variant.entries
        if parts[entry.term.part] or foreign_parts[entry.term.part]
    )
    carries_tax = not variant.entries or variant.weight(Side.DEBIT)[1] != 0
    withheld = 0 if carries_tax else parts[Part.TAX]
    return Draft(
        event=event,
        template=template,
        variant=variant,
        lines=lines,
        gross_minor=parts[Part.GROSS],
        withheld_minor=withheld,
    )


def _convert(amount: Money, rate: Decimal, currency: str) -> Money:
    with localcontext(prec=_PRODUCT_DIGITS):
        return Money(round_half_up(amount.amount * rate, currency), currency)


def _split(amount: Money, event: Event, template: Template, variant: Variant, book: Book) -> dict[Part, int]:
    """The parts of an amount; all of it is net where no VAT can be reclaimed (`domain.md` 7.2)."""
    gross = to_minor(amount)
    if not (variant.entries and template.splits_input_vat and book.is_input_vat_deductible):
        return {Part.GROSS: gross, Part.NET: gross, Part.TAX: 0}
    rate = event.tax_rate
    if rate is None:
        raise PostingError(
            "the tax rate is unknown, and this book reclaims the VAT inside fees",
            hint="give the event a tax_rate (0 when there is no VAT inside), or the book fee_invoice='none'",
        )
    if not 0 <= rate < 1:
        raise PostingError(f"a tax rate is a fraction from 0 to less than 1, got {rate}", hint="0.06 is 6 %")
    net, tax = split_tax(amount, rate)
    return {Part.GROSS: gross, Part.NET: to_minor(net), Part.TAX: to_minor(tax)}


def _aux(entry: Entry, event: Event) -> tuple[tuple[str, str], ...]:
    values = {"supplier": event.party, "shop": event.shop_id}
    found = [(name, values[name]) for name in sorted(entry.aux)]
    return tuple((name, value) for name, value in found if value is not None)
