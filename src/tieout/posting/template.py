"""Templates: declarations of the voucher lines that a kind of event becomes."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

import attrs

from tieout._discovery import Room
from tieout.errors import PluginError, PostingError, UnknownFormat
from tieout.model import Event
from tieout.posting.book import Book
from tieout.posting.chart import Language

__all__ = [
    "GROSS",
    "NET",
    "TAX",
    "ByDetail",
    "Entry",
    "Part",
    "Side",
    "Template",
    "Term",
    "Title",
    "Variant",
    "credit",
    "debit",
    "event_kinds",
    "load_template",
]

_ROOM = Room(package="tieout.posting.templates", group="tieout.templates", kind="event kind")


class Side(StrEnum):
    """Side of a line."""

    DEBIT = "debit"
    CREDIT = "credit"


class Part(StrEnum):
    """Which part of an event's amount a line takes."""

    GROSS = "gross"
    NET = "net"
    TAX = "tax"


@attrs.frozen
class Term:
    """A part of the amount, as it is or with the other sign.

    Attributes:
        part: Which part.
        sign: 1, or -1 where the event's amount is a credit of the other side's document.
    """

    part: Part
    sign: int = 1

    def __neg__(self) -> "Term":
        return Term(self.part, -self.sign)


GROSS = Term(Part.GROSS)
"""The whole amount."""
NET = Term(Part.NET)
"""The amount without reclaimable VAT; the whole amount where VAT cannot be reclaimed."""
TAX = Term(Part.TAX)
"""The reclaimable VAT inside the amount; nothing where it cannot be reclaimed."""

_WEIGHTS = {Part.GROSS: (1, 1), Part.NET: (1, 0), Part.TAX: (0, 1)}  # net and tax


def _frozen(values: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType(dict(values))


@attrs.frozen
class ByDetail:
    """A role that a detail of the event chooses.

    Attributes:
        key: Name of the detail, such as `leg`.
        roles: Role by the detail's value.
    """

    key: str
    roles: Mapping[str, str] = attrs.field(converter=_frozen)

    def role_of(self, event: Event) -> str:
        """The role that the event's detail chooses.

        Raises:
            PostingError: The event lacks the detail, or has an unknown one.
        """
        value = event.details.get(self.key)
        if value is None or value not in self.roles:
            found = "is missing" if value is None else f"is {value!r}"
            raise PostingError(f"detail {self.key!r} {found}; known: {', '.join(self.roles)}")
        return self.roles[value]


@attrs.frozen(kw_only=True)
class Entry:
    """One line of a template.

    Attributes:
        side: Debit or credit.
        role: Account role, or the detail that chooses it.
        term: Which part of the amount.
        aux: Dimensions the line carries: `supplier` is the event's party, `shop` its shop.
    """

    side: Side
    role: str | ByDetail
    term: Term
    aux: tuple[str, ...] = ()

    def role_of(self, event: Event) -> str:
        """The account role for one event.

        Raises:
            PostingError: The event lacks the detail that chooses it.
        """
        return self.role if isinstance(self.role, str) else self.role.role_of(event)


def debit(role: str | ByDetail, term: Term, *, aux: tuple[str, ...] = ()) -> Entry:
    """A debit line of a template."""
    return Entry(side=Side.DEBIT, role=role, term=term, aux=aux)


def credit(role: str | ByDetail, term: Term, *, aux: tuple[str, ...] = ()) -> Entry:
    """A credit line of a template."""
    return Entry(side=Side.CREDIT, role=role, term=term, aux=aux)


@attrs.frozen(kw_only=True)
class Variant:
    """What a template does under some policies of the book.

    Attributes:
        code: Number in `domain.md` 7.4, such as `V-18b`.
        when: Values of the book's fields that choose it; empty for always.
        entries: Its lines; empty when nothing is posted.
        memo: Why nothing is posted; empty when there are lines.
    """

    code: str
    when: Mapping[str, str] = attrs.field(factory=dict, converter=_frozen)
    entries: tuple[Entry, ...] = ()
    memo: str = ""

    def __attrs_post_init__(self) -> None:
        if bool(self.entries) == bool(self.memo):
            raise PostingError("either lines or a memo is needed", where=f"template {self.code}")
        debits, credits_ = self.weight(Side.DEBIT), self.weight(Side.CREDIT)
        if debits != credits_:
            raise PostingError(
                f"debits take (net, tax) {debits}, credits {credits_}: they must be equal",
                where=f"template {self.code}",
            )

    def weight(self, side: Side) -> tuple[int, int]:
        """How often the lines of a side take the net and the tax."""
        pairs = [
            (entry.term.sign * _WEIGHTS[entry.term.part][0], entry.term.sign * _WEIGHTS[entry.term.part][1])
            for entry in self.entries
            if entry.side is side
        ]
        return sum(net for net, _ in pairs), sum(tax for _, tax in pairs)

    def holds_for(self, book: Book) -> bool:
        """Whether the book's policies choose it."""
        return all(getattr(book, field) == value for field, value in self.when.items())


@attrs.frozen(kw_only=True)
class Title:
    """What a kind of event is called in summaries."""

    zh: str
    en: str

    def text(self, language: Language) -> str:
        """The title in one language."""
        return self.zh if language is Language.ZH else self.en


@attrs.frozen(kw_only=True)
class Template:
    """How one kind of event is posted; a module of `posting/templates` holds one as `TEMPLATE`.

    Attributes:
        kind: Kind of event; the module is named like it, with `_` for the dot.
        title: Its name in summaries.
        order: Place among vouchers of one day (bills 10, credits 20, payments 30, accruals 90).
        variants: What it does; the first whose policies hold is taken.
        family: Kinds that share it and one document are one voucher; the kind itself unless given.
        splits_input_vat: Whether the amount holds input VAT, split off as the book's taxpayer and fee invoice allow.
        is_accrual: Whether it is booked on the period's last day and taken back on the first day of the next.
    """

    kind: str
    title: Title
    order: int
    variants: tuple[Variant, ...]
    family: str = attrs.field(default=attrs.Factory(lambda self: self.kind, takes_self=True))
    splits_input_vat: bool = False
    is_accrual: bool = False

    def variant_for(self, book: Book) -> Variant:
        """The variant that the book's policies choose.

        Raises:
            PostingError: None does.
        """
        for variant in self.variants:
            if variant.holds_for(book):
                return variant
        raise PostingError(f"no variant of {self.kind!r} fits the book's policies")


def event_kinds() -> tuple[str, ...]:
    """Every kind of event that a template exists for, sorted.

    Example:
        >>> "courier.bill" in event_kinds()
        True
    """
    return tuple(sorted(load_template(name).kind for name in _ROOM.leaves()))


def load_template(kind: str) -> Template:
    """The template of a kind of event.

    Args:
        kind: Kind, such as `courier.bill`, or the module's name, `courier_bill`.

    Raises:
        UnknownFormat: There is no such kind; the error lists those that exist.
        PluginError: Its module is broken, or declares another kind.
    """
    name = kind.replace(".", "_")
    leaves = _ROOM.leaves()
    if name not in leaves:
        raise UnknownFormat(kind, kind="event kind", known=event_kinds())
    leaf = leaves[name]
    template = getattr(leaf.load(), "TEMPLATE", None)
    if not isinstance(template, Template) or template.kind.replace(".", "_") != name:
        raise PluginError(f"a Template named TEMPLATE of the kind that {name!r} spells is needed", where=leaf.module)
    return template
