"""Books: the policies by which events become vouchers."""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from os import PathLike  # noqa: TC003 - attrs and type checkers of callers read it
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import attrs

from tieout.errors import PostingError, UnknownCurrency
from tieout.model.currency import exponent
from tieout.posting.chart import Account, Chart, Language, ReversalStyle, member_of
from tieout.posting.period import Period

__all__ = ["Book", "DisputePolicy", "FeeInvoice", "Taxpayer"]

_WORD = re.compile(r"[^\W\d_]{1,4}")


class Taxpayer(StrEnum):
    """How a merchant is taxed (`domain.md` 7.2)."""

    GENERAL = "general"
    SMALL_SCALE = "small_scale"


class DisputePolicy(StrEnum):
    """What is done with an amount that a courier billed and the merchant disputes."""

    SHORT_PAY = "short_pay"
    PAY_AND_CLAIM = "pay_and_claim"


class FeeInvoice(StrEnum):
    """Which invoice couriers and platforms give for their fees."""

    SPECIAL = "special"
    NORMAL = "normal"
    NONE = "none"


def _chart(value: "Chart | str | PathLike[str]") -> Chart:
    return value if isinstance(value, Chart) else Chart.load(value)


def _currency(value: object) -> str:
    if not isinstance(value, str):
        raise PostingError(f"an ISO 4217 code is needed, got {value!r}", where="Book.currency")
    try:
        exponent(value)
    except UnknownCurrency as cause:
        raise PostingError(cause.problem, where="Book.currency", hint=cause.hint) from cause
    return value


def _zone(value: object) -> ZoneInfo:
    if isinstance(value, ZoneInfo):
        return value
    try:
        return ZoneInfo(str(value))
    except (ZoneInfoNotFoundError, ValueError, OSError) as cause:  # a folder's name raises OSError
        raise PostingError(
            f"{value!r} is not an IANA time zone", where="Book.timezone", hint="such as Asia/Shanghai"
        ) from cause


def _word(value: object) -> str:
    if not isinstance(value, str) or not _WORD.fullmatch(value):
        raise PostingError(f"one to four letters are needed, such as 记, got {value!r}", where="Book.word")
    return value


def _periods(value: object) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise PostingError(f"periods such as ['2026-09'] are needed, got {value!r}", where="Book.locked_periods")
    return tuple(sorted({str(Period.parse(item, where="Book.locked_periods")) for item in value}))


def _overrides(value: object) -> Mapping[str, str | Account]:
    if not isinstance(value, Mapping):
        raise PostingError(f"a mapping of role to code is needed, got {value!r}", where="Book.accounts")
    return MappingProxyType(dict(value))


def _optional_text(value: object, where: str) -> str | None:
    if value is None or (isinstance(value, str) and value.strip()):
        return value
    raise PostingError(f"text or None is needed, got {value!r}", where=where)


def _taxpayer(value: object) -> Taxpayer:
    return member_of(Taxpayer, value, where="Book.taxpayer")


def _dispute_policy(value: object) -> DisputePolicy:
    return member_of(DisputePolicy, value, where="Book.dispute_policy")


def _fee_invoice(value: object) -> FeeInvoice:
    return member_of(FeeInvoice, value, where="Book.fee_invoice")


def _reversal_style(value: object) -> ReversalStyle:
    return member_of(ReversalStyle, value, where="Book.reversal_style")


def _language(value: object) -> Language:
    return member_of(Language, value, where="Book.language")


def _book_id(value: object) -> str | None:
    return _optional_text(value, "Book.book_id")


def _preparer(value: object) -> str | None:
    return _optional_text(value, "Book.preparer")


@attrs.frozen(kw_only=True)
class Book:
    """A book (账套): chart, currency, tax position and policies. Posting reads every choice from here.

    Attributes:
        chart: Chart of accounts, by name or path or as a `Chart`.
        currency: ISO 4217 code the book is kept in.
        timezone: IANA zone whose days are the book's days.
        taxpayer: How the merchant is taxed.
        dispute_policy: `short_pay`: a disputed amount stays unpaid and is only noted (V-18); `pay_and_claim`: it
            is paid and becomes a claim (V-18b).
        fee_invoice: Invoice that comes with fees. Input VAT is split off only for a general taxpayer with `special`.
        reversal_style: Red figures or swapped sides; the chart's own unless given.
        language: Language of names and summaries; the chart's own unless given.
        word: Voucher word (凭证字).
        book_id: Name of the book; None for a program's only book.
        preparer: Who makes the vouchers (制单); None to leave it open.
        locked_periods: Closed periods, such as `["2026-09"]`: nothing is dated in them any more.
        accounts: Codes, or `Account`s, that replace the chart's for some roles.

    Raises:
        PostingError: A field is wrong; the error names it.

    Example:
        >>> book = Book(chart="cn_small_business", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")
        >>> book.account("ap_courier").code, book.is_input_vat_deductible
        ('2202.01', True)
    """

    chart: Chart = attrs.field(converter=_chart)
    currency: str = attrs.field(converter=_currency)
    timezone: ZoneInfo = attrs.field(converter=_zone)
    taxpayer: Taxpayer = attrs.field(converter=_taxpayer)
    dispute_policy: DisputePolicy = attrs.field(default=DisputePolicy.SHORT_PAY, converter=_dispute_policy)
    fee_invoice: FeeInvoice = attrs.field(default=FeeInvoice.SPECIAL, converter=_fee_invoice)
    reversal_style: ReversalStyle = attrs.field(
        default=attrs.Factory(lambda self: self.chart.reversal_style, takes_self=True),
        converter=_reversal_style,
    )
    language: Language = attrs.field(
        default=attrs.Factory(lambda self: self.chart.language, takes_self=True), converter=_language
    )
    word: str = attrs.field(default="记", converter=_word)
    book_id: str | None = attrs.field(default=None, converter=_book_id)
    preparer: str | None = attrs.field(default=None, converter=_preparer)
    locked_periods: tuple[str, ...] = attrs.field(default=(), converter=_periods)
    accounts: Mapping[str, str | Account] = attrs.field(factory=dict, converter=_overrides)
    mapped: Chart = attrs.field(
        init=False,
        repr=False,
        eq=False,
        default=attrs.Factory(lambda self: self.chart.with_accounts(self.accounts), takes_self=True),
    )

    @property
    def is_input_vat_deductible(self) -> bool:
        """Whether the VAT inside a fee can be reclaimed."""
        return self.taxpayer is Taxpayer.GENERAL and self.fee_invoice is FeeInvoice.SPECIAL

    def account(self, role: str) -> Account:
        """The account of a role, overrides applied.

        Raises:
            AccountNotMapped: Chart and overrides have none for it.
        """
        return self.mapped.account(role)

    def find_account(self, code: str) -> Account | None:
        """The account that has a code; None when the book has none."""
        return self.mapped.find_account(code)

    def account_name(self, code: str) -> str | None:
        """The name of an account in the book's language; None when the book has no such code."""
        account = self.find_account(code)
        return None if account is None else account.name(self.language)
