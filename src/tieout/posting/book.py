"""Books: the policies by which events become vouchers."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from os import PathLike
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import attrs

from tieout.errors import ParentAccount, PostingError, UnknownCurrency
from tieout.model.currency import exponent
from tieout.posting.accounts import Account, AccountGap, Language, ReversalStyle, Standard, member_of
from tieout.posting.chart import Chart
from tieout.posting.codes import CodeSystem
from tieout.posting.period import Period
from tieout.posting.policies import (
    DisputePolicy,
    FeeInvoice,
    Grouping,
    RevenuePolicy,
    SubsidyTreatment,
    Taxpayer,
    VatRounding,
    WordScheme,
)
from tieout.posting.vat import VatSide, VatTable

__all__ = ["Book"]

_NEVER_USED = {
    Taxpayer.GENERAL: frozenset({"vat_small"}),
    Taxpayer.SMALL_SCALE: frozenset({"vat_output", "vat_input", "vat_input_out"}),
}
"""Roles of the other kind of taxpayer: its accounts are above or below this one's (2221.01, 2221.01.01)."""

_CODES_OF = {Standard.SMALL_BUSINESS: CodeSystem.SMALL_BUSINESS, Standard.ENTERPRISE: CodeSystem.ENTERPRISE}
_CLEAR_VOTES = 3  # fewer codes than that may be a user's own
_WORD = re.compile(r"[^\W\d_]{1,4}")


def _chart(value: Chart | str | PathLike[str]) -> Chart:
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


def _standard(value: object) -> Standard:
    return member_of(Standard, value, where="Book.standard")


def _revenue(value: object) -> RevenuePolicy:
    return member_of(RevenuePolicy, value, where="Book.revenue")


def _platform_subsidy(value: object) -> SubsidyTreatment:
    return member_of(SubsidyTreatment, value, where="Book.platform_subsidy")


def _vat_rounding(value: object) -> VatRounding:
    return member_of(VatRounding, value, where="Book.vat_rounding")


def _word_scheme(value: object) -> WordScheme:
    return member_of(WordScheme, value, where="Book.word_scheme")


def _grouping(value: object) -> Grouping:
    return member_of(Grouping, value, where="Book.grouping")


def _vat(value: VatTable | str | PathLike[str] | None) -> VatTable | None:
    return value if value is None or isinstance(value, VatTable) else VatTable.load(value)


def _flag(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise PostingError(f"True or False is needed, got {value!r}", where=where)
    return value


def _records_advances(value: object) -> bool:
    return _flag(value, "Book.records_advances")


def _allow_single_side(value: object) -> bool:
    return _flag(value, "Book.allow_single_side")


def _records_presale_deposits(value: object) -> bool:
    return _flag(value, "Book.records_presale_deposits")


def _language(value: object) -> Language:
    return member_of(Language, value, where="Book.language")


def _book_id(value: object) -> str | None:
    return _optional_text(value, "Book.book_id")


def _preparer(value: object) -> str | None:
    return _optional_text(value, "Book.preparer")


def _usual_revenue(standard: Standard) -> RevenuePolicy:
    """`domain.md` 7.3."""
    return RevenuePolicy.ON_SHIPMENT if standard is Standard.SMALL_BUSINESS else RevenuePolicy.ON_SIGNED


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
        standard: Accounting standard, by which some entries differ; the chart's own unless given.
        revenue: When a sale is revenue; `on_shipment` for small businesses, `on_signed` for others unless given.
        platform_subsidy: Whether a coupon of the platform is part of the price or income for a service.
        vat: VAT table, by name or path or as a `VatTable`, or None; the chart's own unless given.
        vat_rounding: Whether VAT is split off each order line or off each document.
        grouping: Whether sales and refunds are one voucher for each shop and day, or for each order.
        records_advances: Whether money that arrives before shipment is booked as an advance, as a shop of one's own
            does (V-07).
        records_presale_deposits: Whether presale deposits are booked when they are paid (V-29).
        allow_single_side: Whether a voucher may have all its lines on one side, red against black (V-13); most programs
            refuse that.
        reversal_style: Red figures or swapped sides; the chart's own unless given.
        language: Language of names and summaries; the chart's own unless given.
        word: Voucher word (凭证字) of a book with one for all.
        word_scheme: One word for all, or 收, 付 and 转.
        book_id: Name of the book; None for a program's only book.
        preparer: Who makes the vouchers (制单); None to leave it open.
        locked_periods: Closed periods, such as `["2026-09"]`: nothing is dated in them any more.
        accounts: Codes, or `Account`s, that replace the chart's for some roles.
        mapped: The chart with those accounts.
        parents: Accounts that others are below, and that nothing is posted to therefore, with the first one below.

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
    standard: Standard = attrs.field(
        default=attrs.Factory(lambda self: self.chart.standard, takes_self=True), converter=_standard
    )
    revenue: RevenuePolicy = attrs.field(
        default=attrs.Factory(lambda self: _usual_revenue(self.standard), takes_self=True), converter=_revenue
    )
    platform_subsidy: SubsidyTreatment = attrs.field(default=SubsidyTreatment.PRICE, converter=_platform_subsidy)
    vat: VatTable | None = attrs.field(
        default=attrs.Factory(lambda self: self.chart.vat, takes_self=True), converter=_vat
    )
    vat_rounding: VatRounding = attrs.field(default=VatRounding.LINE, converter=_vat_rounding)
    grouping: Grouping = attrs.field(default=Grouping.SHOP_DAY, converter=_grouping)
    records_advances: bool = attrs.field(default=False, converter=_records_advances)
    records_presale_deposits: bool = attrs.field(default=False, converter=_records_presale_deposits)
    allow_single_side: bool = attrs.field(default=False, converter=_allow_single_side)
    reversal_style: ReversalStyle = attrs.field(
        default=attrs.Factory(lambda self: self.chart.reversal_style, takes_self=True),
        converter=_reversal_style,
    )
    language: Language = attrs.field(
        default=attrs.Factory(lambda self: self.chart.language, takes_self=True), converter=_language
    )
    word: str = attrs.field(default="记", converter=_word)
    word_scheme: WordScheme = attrs.field(default=WordScheme.SINGLE, converter=_word_scheme)
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

    parents: Mapping[str, str] = attrs.field(
        init=False,
        repr=False,
        eq=False,
        default=attrs.Factory(lambda self: self.mapped.parents(without=_NEVER_USED[self.taxpayer]), takes_self=True),
    )

    def __attrs_post_init__(self) -> None:
        expected, found = _CODES_OF.get(self.standard), self.mapped.code_system
        if expected is None or found.system in {None, CodeSystem.OLD, expected}:
            return
        told = [line for line in found.evidence if expected not in line.rpartition(": ")[2]]
        if len(told) >= _CLEAR_VOTES:
            raise PostingError(
                f"the standard is {self.standard}, and the codes of chart {self.chart.name!r} are of the system "
                f"{found.system}: {'; '.join(told[:_CLEAR_VOTES])}",
                where="Book.standard",
                hint="entries differ by the standard: give the one that the codes are of, or the other chart",
            )

    @property
    def is_input_vat_deductible(self) -> bool:
        """Whether the VAT inside a fee can be reclaimed."""
        return self.taxpayer is Taxpayer.GENERAL and self.fee_invoice is FeeInvoice.SPECIAL

    def goods_rate(self, on: date) -> Decimal:
        """The usual VAT rate of goods that this book sells, as a fraction.

        Args:
            on: Day of the sale.

        Raises:
            PostingError: The book has no VAT table, or it has no such rate on that day.

        Example:
            >>> from datetime import date
            >>> book = Book(chart="cn_enterprise", currency="CNY", timezone="Asia/Shanghai", taxpayer="small_scale")
            >>> book.goods_rate(date(2027, 12, 31)), book.goods_rate(date(2028, 1, 1))
            (Decimal('0.01'), Decimal('0.03'))
        """
        return self._usual_rate("goods", on)

    def service_rate(self, on: date) -> Decimal:
        """The usual VAT rate of services that this book sells, as a fraction.

        Args:
            on: Day of the service.

        Raises:
            PostingError: The book has no VAT table, or it has no such rate on that day.
        """
        return self._usual_rate("services", on)

    def _usual_rate(self, supply: str, on: date) -> Decimal:
        if self.vat is None:
            raise PostingError(
                f"the book has no VAT table, so the rate of {supply} on {on} is unknown",
                where="Book.vat",
                hint="give Book(vat='cn') or a table of your own, or give the event a tax_rate",
            )
        return self.vat.rate(supply, on, taxpayer=self.taxpayer)

    def check_rate(self, rate: Decimal, on: date, *, side: VatSide | str) -> None:
        """Refuse a VAT rate that is not in force; a book without a VAT table refuses none.

        Args:
            rate: As a fraction; 0 always passes.
            on: Day the tax arises: for a refund, the day of the sale it takes back.
            side: `output` for tax on sales, `input` for tax inside charges.

        Raises:
            PostingError: The rate is not in force on that day.
        """
        checked = member_of(VatSide, side, where="side")
        if self.vat is not None:
            self.vat.check(rate, on, taxpayer=self.taxpayer, side=checked)

    def account(self, role: str) -> Account:
        """The account of a role, overrides applied.

        Raises:
            UnknownAccount: Chart and overrides have none for it.
            ParentAccount: It has others below it, so that nothing is posted to it.
        """
        account = self.mapped.account(role)
        if account.code in self.parents:
            child = self.parents[account.code]
            raise ParentAccount(role, code=account.code, child=child, chart=self.mapped.name)
        return account

    def check(self, roles: Iterable[str]) -> tuple[AccountGap, ...]:
        """What is wrong with the accounts of some roles, before anything is posted to them.

        Args:
            roles: Roles that are to be posted to.

        Returns:
            One entry for each role that has no account, or one that others are below.

        Example:
            >>> book = Book(chart="cn_enterprise", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")
            >>> [gap.problem for gap in book.check(["bank", "vat_small"])]
            ['2221.01 is not a leaf: 2221.01.01 is below it']
        """
        return self.mapped.check(roles, without=_NEVER_USED[self.taxpayer])

    def find_account(self, code: str) -> Account | None:
        """The account that has a code; None when the book has none."""
        return self.mapped.find_account(code)

    def account_name(self, code: str) -> str | None:
        """The name of an account in the book's language; None when the book has no such code."""
        account = self.find_account(code)
        return None if account is None else account.name(self.language)
