"""Templates: declarations of the voucher lines that a kind of event becomes."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import StrEnum
from functools import cache
from types import MappingProxyType

import attrs

from tieout._discovery import Room
from tieout.errors import PluginError, PostingError, UnknownFormat
from tieout.posting.book import Book
from tieout.posting.chart import Language

__all__ = [
    "BASES",
    "GOODS_NET",
    "GOODS_TAX",
    "GROSS",
    "NET",
    "ON_TOP",
    "SUBSIDY_NET",
    "SUBSIDY_TAX",
    "TAX",
    "WITH_TOP",
    "Basis",
    "ByDetail",
    "ByPolicy",
    "Entry",
    "Part",
    "Role",
    "Side",
    "Template",
    "Term",
    "Title",
    "Variant",
    "Vat",
    "credit",
    "debit",
    "either",
    "event_kinds",
    "load_template",
    "registry",
    "roles_of",
]

_ROOM = Room(package="tieout.posting.templates", group="tieout.templates", kind="event kind")


class Side(StrEnum):
    """Side of a line."""

    DEBIT = "debit"
    CREDIT = "credit"
    EITHER = "either"
    """The side that the voucher's sum for the account has: never red."""


class Vat(StrEnum):
    """Which VAT an amount holds: of what was bought, of what was sold; or none, and input VAT is reckoned on top of it."""

    INPUT = "input"
    OUTPUT = "output"
    ON_TOP = "on_top"


class Basis(StrEnum):
    """A figure of an event that is worked out on its own; every part is a sum of these."""

    GROSS = "gross"
    TAX = "tax"
    SUBSIDY = "subsidy"
    GOODS_TAX = "goods_tax"
    SUBSIDY_TAX = "subsidy_tax"
    TOP = "top"


class Part(StrEnum):
    """Which part of an event's amount a line takes."""

    GROSS = "gross"
    NET = "net"
    TAX = "tax"
    GOODS_NET = "goods_net"
    GOODS_TAX = "goods_tax"
    SUBSIDY_NET = "subsidy_net"
    SUBSIDY_TAX = "subsidy_tax"
    ON_TOP = "on_top"
    WITH_TOP = "with_top"


BASES: Mapping[Part, Mapping[Basis, int]] = {
    Part.GROSS: {Basis.GROSS: 1},
    Part.NET: {Basis.GROSS: 1, Basis.TAX: -1},
    Part.TAX: {Basis.TAX: 1},
    Part.GOODS_NET: {Basis.GROSS: 1, Basis.SUBSIDY: -1, Basis.GOODS_TAX: -1},
    Part.GOODS_TAX: {Basis.GOODS_TAX: 1},
    Part.SUBSIDY_NET: {Basis.SUBSIDY: 1, Basis.SUBSIDY_TAX: -1},
    Part.SUBSIDY_TAX: {Basis.SUBSIDY_TAX: 1},
    Part.ON_TOP: {Basis.TOP: 1},
    Part.WITH_TOP: {Basis.GROSS: 1, Basis.TOP: 1},
}
"""What each part is the sum of."""


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
"""The amount without its VAT; the whole amount where no VAT is told apart."""
TAX = Term(Part.TAX)
"""The VAT inside the amount; nothing where none is told apart."""
GOODS_NET = Term(Part.GOODS_NET)
"""What the buyer pays, without its VAT."""
GOODS_TAX = Term(Part.GOODS_TAX)
"""The VAT inside what the buyer pays."""
SUBSIDY_NET = Term(Part.SUBSIDY_NET)
"""What the platform funds, without VAT at the rate of services."""
SUBSIDY_TAX = Term(Part.SUBSIDY_TAX)
"""The VAT inside what the platform funds."""
ON_TOP = Term(Part.ON_TOP)
"""VAT on top of the amount, which holds none: input VAT that is transferred out with goods at cost."""
WITH_TOP = Term(Part.WITH_TOP)
"""The amount and the VAT on top of it."""


def _frozen(values: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType(dict(values))


@attrs.frozen
class ByDetail:
    """A role that a detail of the event chooses.

    Attributes:
        key: Name of the detail, such as `leg`.
        roles: Role by the detail's value.
        default: Role of events without the detail; None where it is needed.
    """

    key: str
    roles: Mapping[str, str] = attrs.field(converter=_frozen)
    default: str | None = None


@attrs.frozen
class ByPolicy:
    """A role that a policy of the book chooses.

    Attributes:
        field: Field of the book, such as `taxpayer`.
        roles: Role by the field's value.
    """

    field: str
    roles: Mapping[str, str] = attrs.field(converter=_frozen)

    def role_in(self, book: Book) -> str:
        """The role in one book.

        Raises:
            PostingError: No role is declared for its policy.
        """
        value = str(getattr(book, self.field))
        if value not in self.roles:
            raise PostingError(f"no role for {self.field}={value!r}; known: {', '.join(self.roles)}")
        return self.roles[value]


Role = str | ByDetail | ByPolicy
"""An account role, or what chooses it."""


@attrs.frozen(kw_only=True)
class Entry:
    """One line of a template.

    Attributes:
        side: Debit, credit, or the one that the sum has.
        role: Account role, or what chooses it.
        term: Which part of the amount.
        aux: Dimensions the line carries: `supplier` and `customer` are the event's party, `shop` its shop.
        foreign: Detail of the event that says what the line is in another currency, such as `USD 1000.00`; None for none.
    """

    side: Side
    role: Role
    term: Term
    aux: tuple[str, ...] = ()
    foreign: str | None = None

    def __neg__(self) -> "Entry":
        return attrs.evolve(self, term=-self.term)


def debit(role: Role, term: Term, *, aux: tuple[str, ...] = ()) -> Entry:
    """A debit line of a template; a negative amount is red."""
    return Entry(side=Side.DEBIT, role=role, term=term, aux=aux)


def credit(role: Role, term: Term, *, aux: tuple[str, ...] = ()) -> Entry:
    """A credit line of a template; a negative amount is red."""
    return Entry(side=Side.CREDIT, role=role, term=term, aux=aux)


def either(role: Role, term: Term, *, aux: tuple[str, ...] = (), foreign: str | None = None) -> Entry:
    """A line of an account that settles: a debit of what the voucher's events sum to, or a credit where that is negative."""
    return Entry(side=Side.EITHER, role=role, term=term, aux=aux, foreign=foreign)


@attrs.frozen(kw_only=True)
class Variant:
    """What a template does under some policies of the book, for some events.

    Attributes:
        code: Number in `domain.md` 7.4, such as `V-18b`; empty for an entry that has none there.
        when: Values of the book's fields that choose it; empty for always. `on_signed|on_completed` is either.
        details: Details of the event that choose it, alike; empty for every event.
        entries: Its lines; empty when nothing is posted.
        memo: Why nothing is posted; empty when there are lines.
        review: What a person has to look at though it is posted; empty for nothing.
    """

    code: str = ""
    when: Mapping[str, str] = attrs.field(factory=dict, converter=_frozen)
    details: Mapping[str, str] = attrs.field(factory=dict, converter=_frozen)
    entries: tuple[Entry, ...] = ()
    memo: str = ""
    review: str = ""

    def __attrs_post_init__(self) -> None:
        if bool(self.entries) == bool(self.memo):
            raise PostingError("either lines or a memo is needed", where=f"template {self.code}")
        off = {basis.value: weight for basis, weight in self._balance().items() if weight}
        if off:
            raise PostingError(
                f"debits less credits are {off} of the amount's parts: they must be nothing",
                where=f"template {self.code}",
            )

    def weight(self, side: Side) -> Mapping[Basis, int]:
        """How often the lines of a side take each figure of the event."""
        total = dict.fromkeys(Basis, 0)
        for entry in self.entries:
            if entry.side is side:
                for basis, times in BASES[entry.term.part].items():
                    total[basis] += entry.term.sign * times
        return total

    @property
    def bases(self) -> frozenset[Basis]:
        """Figures of an event that its lines take."""
        return frozenset(basis for entry in self.entries for basis in BASES[entry.term.part]) | {Basis.GROSS}

    def _balance(self) -> dict[Basis, int]:
        """Debits and settling lines less credits."""
        debits, credits_, settled = (self.weight(side) for side in (Side.DEBIT, Side.CREDIT, Side.EITHER))
        return {basis: debits[basis] + settled[basis] - credits_[basis] for basis in Basis}

    def holds_for(self, book: Book) -> bool:
        """Whether the book's policies choose it."""
        return all(str(getattr(book, field)) in values.split("|") for field, values in self.when.items())


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
    """How one kind of event is posted; modules of `posting/templates` hold several as `TEMPLATES`.

    Attributes:
        kind: Kind of event.
        title: Its name in summaries.
        order: Place among vouchers of one day (bills 10, credits 20, payments 30, accruals 90).
        variants: What it does; the first whose policies and details hold is taken.
        family: Kinds that share it and one document are one voucher; the kind itself unless given.
        vat: VAT that the amount holds and that is told apart, as the book's taxpayer and the invoice allow; None for none.
        needs_rate: Whether a rate must be given where input VAT is told apart; without one there is none.
        is_accrual: Whether it is booked on the period's last day and taken back on the first day of the next.
        takes_back: Whether it takes an earlier sale back, whose VAT rate may not be in force any more.
    """

    kind: str
    title: Title
    order: int
    variants: tuple[Variant, ...]
    family: str = attrs.field(default=attrs.Factory(lambda self: self.kind, takes_self=True))
    vat: Vat | None = None
    needs_rate: bool = False
    is_accrual: bool = False
    takes_back: bool = False

    @property
    def details(self) -> tuple[str, ...]:
        """Details of events that its variants and roles look at, sorted."""
        return tuple(sorted(set(self._details())))

    def _details(self) -> Iterator[str]:
        for variant in self.variants:
            yield from variant.details
            yield from (entry.role.key for entry in variant.entries if isinstance(entry.role, ByDetail))
            yield from (entry.foreign for entry in variant.entries if entry.foreign is not None)
        if self.vat is Vat.INPUT:
            yield "invoice"
        elif self.vat is Vat.OUTPUT:
            yield "export"

    def variants_for(self, book: Book) -> tuple[Variant, ...]:
        """The variants that the book's policies admit, in order, up to one that takes every event.

        Raises:
            PostingError: None is.
        """
        found = tuple(variant for variant in self.variants if variant.holds_for(book))
        if not found:
            raise PostingError(f"no variant of {self.kind!r} fits the book's policies")
        for_all = next((at for at, variant in enumerate(found) if not variant.details), len(found))
        return found[: for_all + 1]

    def roles_in(self, book: Book) -> tuple[str, ...]:
        """Every account role that it may need in a book, sorted."""
        roles = {
            role for variant in self.variants_for(book) for entry in variant.entries for role in _roles(entry, book)
        }
        return tuple(sorted(roles))


def _roles(entry: Entry, book: Book) -> Collection[str]:
    role = entry.role
    if isinstance(role, ByPolicy):
        return (role.role_in(book),)
    if isinstance(role, ByDetail):
        return {*role.roles.values(), *({role.default} if role.default else ())}
    return (role,)


def event_kinds() -> tuple[str, ...]:
    """Every kind of event that a template exists for, sorted.

    Example:
        >>> "courier.bill" in event_kinds()
        True
    """
    return tuple(registry())


def load_template(kind: str) -> Template:
    """The template of a kind of event.

    Args:
        kind: Kind, such as `courier.bill`.

    Raises:
        UnknownFormat: There is no such kind; the error lists those that exist.
        PluginError: A module of templates is broken, or two declare one kind.
    """
    known = registry()
    if kind not in known:
        raise UnknownFormat(kind, kind="event kind", known=known)
    return known[kind]


def roles_of(kinds: Iterable[str], *, book: Book) -> tuple[str, ...]:
    """Every account role that some kinds of events may need in a book, sorted; `Book.check` says which of them it lacks.

    Args:
        kinds: Kinds of events; `event_kinds()` for all there are.
        book: Whose policies hold.

    Raises:
        UnknownFormat: There is no such kind.

    Example:
        >>> book = Book(chart="cn_small_business", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")
        >>> roles_of(["bank.receipt", "courier.paid"], book=book)
        ('ap_courier', 'bank', 'wallet')
        >>> book.check(roles_of(event_kinds(), book=book))
        ()
    """
    return tuple(sorted({role for kind in kinds for role in load_template(kind).roles_in(book)}))


@cache
def registry() -> Mapping[str, Template]:
    """All templates by kind, sorted; those of third parties come by the entry point `tieout.templates`."""
    found: dict[str, tuple[Template, str]] = {}
    for leaf in _ROOM.leaves().values():
        templates = getattr(leaf.load(), "TEMPLATES", None)
        if not isinstance(templates, tuple) or not all(isinstance(item, Template) for item in templates):
            raise PluginError("a tuple of Template named TEMPLATES is needed", where=leaf.module)
        for template in templates:
            if template.kind in found:
                raise PluginError(f"{template.kind!r} is declared in {found[template.kind][1]} too", where=leaf.module)
            found[template.kind] = template, leaf.module
    return MappingProxyType({kind: template for kind, (template, _) in sorted(found.items())})
