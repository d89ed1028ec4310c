"""Vouchers that every ledger must be able to write, and a book that knows their accounts."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

import attrs
from moneyed import Money

from tieout.model import JournalLine, Provenance, Voucher, VoucherKind
from tieout.model._record import changed
from tieout.model.currency import negated

__all__ = [
    "BOOK",
    "HOSTILE_TEXTS",
    "PlainBook",
    "foreign_vouchers",
    "hostile_vouchers",
    "large_vouchers",
    "red_vouchers",
    "unbalanced",
    "usual_vouchers",
    "voucher",
]

_YEAR: Final = 2019  # long ago, so that a date of today in a file was put there by the clock
HOSTILE_TEXTS: Final = (
    "=cmd|'/C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "\n@now()",
    "＝1+1",
    "+1",
    "-1",
    "a, b; \"c\" 'd' |e| \\f",
    "first\nsecond\r\nthird\u2028fourth\ttab",
    "nul\x00 bell\x07 escape\x1b[31m right\u202e",
    "运费 🚀 👨‍👩‍👧 ½ é",
    "字" * 200,
    "x" * 200,
    "  *! (code) | #tag: value, ; comment @@ 5 CNY  ",
    '<a href="javascript:1">&amp;</a> ${1} %s {0}',
)
"""Summaries that break files which are put together carelessly."""


@attrs.frozen(kw_only=True)
class PlainAccount:
    """One account.

    Attributes:
        code: Its code.
        type: What it is in the statements.
        name: Its name.
    """

    code: str
    type: str
    name: str


_ACCOUNTS = (
    PlainAccount(code="1002", type="asset", name="银行存款"),
    PlainAccount(code="1122.01", type="asset", name="应收账款-平台"),
    PlainAccount(code="1405", type="asset", name="库存商品"),
    PlainAccount(code="2202.01", type="liability", name="应付账款-快递"),
    PlainAccount(code="3101", type="equity", name="实收资本"),
    PlainAccount(code="5001", type="income", name="主营业务收入"),
    PlainAccount(code="5601.05", type="expense", name="销售费用-运费"),
)


@attrs.frozen(kw_only=True)
class PlainBook:
    """No more of a book than `LedgerBook` promises.

    Attributes:
        book_id: Name of the book.
        currency: ISO 4217 code of the book.
        accounts: Account by code.
    """

    book_id: str | None = "main"
    currency: str = "CNY"
    accounts: Mapping[str, PlainAccount] = attrs.field(
        factory=lambda: MappingProxyType({account.code: account for account in _ACCOUNTS}), repr=False
    )

    def find_account(self, code: str) -> PlainAccount | None:
        """The account that has a code."""
        return self.accounts.get(code)

    def account_name(self, code: str) -> str | None:
        """The name of an account."""
        account = self.accounts.get(code)
        return None if account is None else account.name


BOOK: Final = PlainBook()
"""The book of the vouchers of this module."""


def line(number: int, account: str, amount: str, summary: str = "顺丰 运费", currency: str = "CNY") -> JournalLine:
    """One line: an amount above 0 is a debit, one below a credit."""
    money = Money(amount, currency)
    return JournalLine(
        line_no=number,
        summary=summary,
        account=account,
        debit=money if money.amount > 0 else None,
        credit=negated(money) if money.amount < 0 else None,
        aux={"supplier": "sf_express", "customer": "taobao"},
        sources=(Provenance(file="bill.csv", sha256="ab12", line=number + 1),),
    )


def voucher(number: int | None, lines: tuple[JournalLine, ...], *, word: str = "记", month: int = 3) -> Voucher:
    """One voucher."""
    return Voucher(
        voucher_id=f"{month}-{word}-{number}",
        book_id=BOOK.book_id,
        period=f"{_YEAR}-{month:02}",
        word=word,
        number=number,
        date=dt.date(_YEAR, month, 28),
        attachments_count=1,
        lines=lines,
        preparer="demo",
        source_refs=lines[0].sources,
    )


def usual_vouchers() -> tuple[Voucher, ...]:
    """Vouchers of several periods and words, one of them on two sheets."""
    bill = (line(1, "5601.05", "12.30"), line(2, "2202.01", "-12.30"))
    sale = (line(1, "1122.01", "113.00", "淘宝 销售"), line(2, "5001", "-100.00"), line(3, "2202.01", "-13.00"))
    paid = (line(1, "2202.01", "8.05", "付款"), line(2, "1002", "-8.05", "付款"))
    sheets = [changed(voucher(3, bill), part=part, parts=2) for part in (1, 2)]
    return (
        voucher(1, bill),
        voucher(2, sale),
        *sheets,
        voucher(1, paid, word="付"),
        voucher(1, sale, word="转", month=4),
        voucher(1, bill, month=4),
        voucher(2, paid, month=4),
    )


def hostile_vouchers() -> tuple[Voucher, ...]:
    """A voucher for each dangerous text, which stands everywhere that a text may stand."""
    return tuple(_hostile(number, text) for number, text in enumerate(HOSTILE_TEXTS, start=1))


def _hostile(number: int, text: str) -> Voucher:
    place = Provenance(file=text, sheet=text, sha256="ab12", line=2)
    lines = tuple(
        changed(one, aux=dict.fromkeys(("customer", "supplier", "department", "employee", "project", "shop"), text))
        for one in (line(1, "5601.05", "3.30", text), line(2, "2202.01", "-3.30", text))
    )
    return changed(
        voucher(number, tuple(changed(one, sources=(place,)) for one in lines)),
        voucher_id=f"{text}{number}",
        preparer=text,
        source_refs=(place,),
    )


def red_vouchers() -> tuple[Voucher, ...]:
    """A voucher, its reversal in red, and one of red and ordinary lines with pieces."""
    bill = (line(1, "5601.05", "12.30"), line(2, "2202.01", "-12.30"))
    red = changed(
        voucher(2, tuple(one.negated() for one in bill)),
        kind=VoucherKind.REVERSAL,
        reversal_of=voucher(1, bill).voucher_id,
    )
    goods = changed(line(1, "1405", "80.00", "退货"), quantity=Decimal(2), unit_price=Money("40.00", "CNY"))
    mixed = (goods.negated(), line(2, "2202.01", "100.00", "退货"), line(3, "1002", "-20.00", "退货"))
    return voucher(1, bill), red, voucher(3, mixed)


def foreign_vouchers() -> tuple[Voucher, ...]:
    """A line that was converted, and its reversal in red."""
    fee = changed(line(1, "5601.05", "72.10"), foreign_amount=Money("10.00", "USD"), fx_rate=Decimal("7.21"))
    yen = changed(line(2, "2202.01", "-72.10"), foreign_amount=Money("1502", "JPY"), fx_rate=Decimal("0.0480027"))
    return voucher(1, (fee, yen)), voucher(2, (fee.negated(), yen.negated()))


def large_vouchers() -> tuple[Voucher, ...]:
    """The largest and the smallest amounts of ordinary books, one of them held with an exponent."""
    figures = [Money(text, "CNY") for text in ("1234567890.12", "0.01", "1E+9")]
    lines = [
        changed(line(at * 2 + side, account, "1"), **{name: figure, other: None})
        for at, figure in enumerate(figures)
        for side, (account, name, other) in enumerate(
            (("1002", "debit", "credit"), ("3101", "credit", "debit")), start=1
        )
    ]
    return (voucher(1, tuple(lines)),)


def unbalanced() -> Voucher:
    """A voucher that its class would not have built."""
    good = usual_vouchers()[0]
    wrong = changed(good, voucher_id="forged")
    object.__setattr__(wrong, "lines", (good.lines[0], line(2, "2202.01", "-12.31")))
    return wrong
