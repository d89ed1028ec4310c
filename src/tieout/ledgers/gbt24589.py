"""GB/T 24589.1 (会计核算软件数据接口), experimental: the general ledger as XML for auditors.

The part 总账 of the 2010 edition, in GB 18030: the accounts used (会计科目), their balances and movements by period and currency
(科目余额及发生额), and the vouchers line by line (记账凭证). Experimental: the text of the standard was not at hand; names and
order of the elements are those of programs that write them. It is for audits, not for keeping books.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import ClassVar, Final
from xml.sax.saxutils import escape

import attrs
from moneyed import Money

from tieout.errors import LedgerError
from tieout.ledgers._base import LedgerBook, LedgerOptions, amount_text, plain_number, plain_text
from tieout.ledgers._entries import Entry, left_out, original_amount, rate_of, side_amount, whole_vouchers
from tieout.ledgers._turnover import Figures, Turnover, turnovers
from tieout.model import JournalLine, Voucher, VoucherStatus

__all__ = ["LEDGER", "Gbt24589"]

_WHERE: Final = "gbt24589"
_TYPES: Final = {"asset": "资产", "liability": "负债", "equity": "所有者权益", "income": "损益", "expense": "损益"}
_DIMENSIONS: Final = {
    "customer": "客户",
    "supplier": "供应商",
    "department": "部门",
    "employee": "人员",
    "project": "项目",
    "shop": "店铺",
}
_AUX_MAX: Final = 30
_BOOKED: Final = frozenset({VoucherStatus.POSTED, VoucherStatus.REVERSED})  # what is taken back was booked once
_DEBIT, _CREDIT = "借", "贷"
_DEBIT_TYPES: Final = frozenset({"asset", "expense"})


def _opening(value: object) -> Mapping[str, Decimal]:
    if not isinstance(value, Mapping) or not all(
        isinstance(code, str) and isinstance(amount, Decimal) and amount.is_finite() for code, amount in value.items()
    ):
        raise LedgerError(f"a mapping of account code to Decimal is needed, got {value!r}", where=f"{_WHERE}: opening")
    return MappingProxyType(dict(value))


def _aux(value: object) -> tuple[str, ...]:
    names: tuple[str, ...] = tuple(value) if isinstance(value, Iterable) and not isinstance(value, str) else ()
    if (not names and value != ()) or len(names) > _AUX_MAX:
        raise LedgerError(f"up to {_AUX_MAX} names of dimensions are needed, got {value!r}", where=f"{_WHERE}: aux")
    return names


def _code_rule(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[1-9](-[1-9])*", value):
        raise LedgerError(f"lengths such as 4-2-2 are needed, got {value!r}", where=f"{_WHERE}: code_rule")
    return value


@attrs.frozen(kw_only=True)
class Gbt24589(LedgerOptions):
    """The general ledger of GB/T 24589.1-2010; experimental.

    Attributes:
        opening: Balance of accounts before the first period, in the book's currency, debit positive. Accounts that are not
            named begin with zero: the balances are then those of the vouchers given.
        aux: Dimensions that become 辅助项1编号, 辅助项2编号 and so on, in this order.
        code_rule: How long the parts of an account code are (会计科目编号规则); tells the level of codes without dots.
    """

    evidence: ClassVar[str] = "experimental"

    opening: Mapping[str, Decimal] = attrs.field(factory=dict, converter=_opening)
    aux: tuple[str, ...] = attrs.field(default=tuple(_DIMENSIONS), converter=_aux)
    code_rule: str = attrs.field(default="4-2-2-2", converter=_code_rule)

    @property
    def suffix(self) -> str:
        """Suffix of its files."""
        return ".xml"

    def render(self, vouchers: Sequence[Voucher], *, book: LedgerBook) -> tuple[bytes, ...]:
        """One file in GB 18030, which holds every character.

        Raises:
            LedgerError: A sheet of a voucher is missing, an amount is not in the book's currency, or the book does not know
                an account of the opening balances.
        """
        entries = whole_vouchers(vouchers, book=book, where=_WHERE)
        lines = [line for entry in entries for line in entry.lines]
        codes = sorted({line.account for line in lines} | set(self.opening))
        rows = turnovers(entries, opening=self.opening, currency=book.currency)
        parts = [
            _record("总账基础信息", {"结构分隔符": "-", "会计科目编号规则": self.code_rule}),
            *(_record("会计科目", self._account(code, book)) for code in codes),
            *(_record("科目辅助核算", fields) for fields in self._dimensions(lines)),
            *(_record("科目余额及发生额", _balance(row, book)) for row in rows),
            *(_record("记账凭证", fields) for entry in entries for fields in self._lines(entry)),
        ]
        text = f'<?xml version="1.0" encoding="GB18030"?>\n<总账>\n{"".join(parts)}</总账>\n'
        return (text.encode("gb18030"),)

    def notes(self, vouchers: Sequence[Voucher]) -> tuple[str, ...]:
        """Dimensions that `aux` does not name, and cash flow items."""
        return left_out(vouchers, dimensions=self.aux)

    def _account(self, code: str, book: LedgerBook) -> dict[str, str]:
        kind = _type_of(code, book)
        return {
            "科目编号": code,
            "科目名称": book.account_name(code) or "",
            "科目级次": str(self._level(code)),
            "科目类型": _TYPES[kind],
            "余额方向": _normal(kind),
        }

    def _level(self, code: str) -> int:
        """Level of an account, 1 for the first: its parts where it has dots, else as long as the rule says."""
        if "." in code:
            return code.count(".") + 1
        length, level = 0, 0
        for part in map(int, self.code_rule.split("-")):
            length, level = length + part, level + 1
            if len(code) <= length:
                break
        return level

    def _dimensions(self, lines: Sequence[JournalLine]) -> Iterator[dict[str, str]]:
        """Which dimensions an account is kept by, and what they are."""
        used = sorted({(line.account, self.aux.index(name)) for line in lines for name in line.aux if name in self.aux})
        for code, at in used:
            title = _DIMENSIONS.get(self.aux[at], self.aux[at])
            yield {
                "科目编号": code,
                "辅助项编号": str(at + 1),
                "辅助项名称": title,
                "对应档案": title,
                "辅助项描述": title,
            }

    def _lines(self, entry: Entry) -> Iterator[dict[str, str]]:
        head = entry.head
        for line_no, line in enumerate(entry.lines, start=1):
            aux = {f"辅助项{at}编号": line.aux[name] for at, name in enumerate(self.aux, start=1) if name in line.aux}
            yield {
                "记账凭证日期": f"{head.date:%Y%m%d}",
                "会计年度": head.period[:4],
                "会计期间号": str(int(head.period[5:])),
                "记账凭证类型编号": head.word,
                "记账凭证编号": str(head.number),
                "记账凭证行号": str(line_no),
                "记账凭证摘要": line.summary,
                "科目编号": line.account,
                **aux,
                "币种编码": original_amount(line).currency.code,
                **_sides(line),
                "汇率": plain_number(rate_of(line, where=f"{_WHERE}: {entry.name}")),
                "单价": "" if line.unit_price is None else amount_text(line.unit_price),
                "附件数": str(entry.attachments_count),
                "制单人": head.preparer or "",
                "审核人": head.reviewer or "",
                "记账人": head.poster or "",
                "记账标志": "1" if head.status in _BOOKED else "0",
                "作废标志": "0",
            }


def _sides(line: JournalLine) -> dict[str, str]:
    """Quantity, original amount and amount of the side that a line stands on, and zeros for the other."""
    original, amount = original_amount(line), side_amount(line)
    own = plain_number(line.quantity or Decimal(0)), amount_text(original), amount_text(amount)
    none = "0", amount_text(Money(0, original.currency)), amount_text(Money(0, amount.currency))
    figures = {"借方": own, "贷方": none} if line.debit is not None else {"借方": none, "贷方": own}
    return {
        f"{side}{what}": figure
        for side, found in figures.items()
        for what, figure in zip(("数量", "原币金额", "本币金额"), found, strict=True)
    }


def _balance(row: Turnover, book: LedgerBook) -> dict[str, str]:
    """Balance and movements of an account: a balance says its direction and is positive, a red movement is negative."""
    normal = _normal(_type_of(row.account, book))
    opening, closing = _direction(row.opening, normal), _direction(row.closing, normal)
    return {
        "科目编号": row.account,
        "期初余额方向": opening,
        "期末余额方向": closing,
        "币种编码": row.currency,
        "会计年度": row.period[:4],
        "会计期间号": str(int(row.period[5:])),
        **_three("期初", "余额", row.opening if opening == _DEBIT else -row.opening, row.currency, book),
        **_three("借方", "金额", row.debit, row.currency, book),
        **_three("贷方", "金额", row.credit, row.currency, book),
        **_three("期末", "余额", row.closing if closing == _DEBIT else -row.closing, row.currency, book),
    }


def _three(when: str, what: str, figures: Figures, currency: str, book: LedgerBook) -> dict[str, str]:
    return {
        f"{when}数量": plain_number(figures.quantity),
        f"{when}原币{what}": amount_text(Money(figures.original, currency)),
        f"{when}本币{what}": amount_text(Money(figures.amount, book.currency)),
    }


def _direction(balance: Figures, normal: str) -> str:
    """Whether a balance is a debit or a credit; one of zero has the account's own direction."""
    if not balance.amount:
        return normal
    return _DEBIT if balance.amount > 0 else _CREDIT


def _type_of(code: str, book: LedgerBook) -> str:
    account = book.find_account(code)
    if account is None:
        raise LedgerError(f"the book knows no account {code!r}", where=_WHERE)
    return account.type


def _normal(kind: str) -> str:
    return _DEBIT if kind in _DEBIT_TYPES else _CREDIT


def _record(name: str, fields: Mapping[str, str]) -> str:
    """One element with its fields, each on a line of its own."""
    lines = [f"<{field}>{escape(_xml_text(text))}</{field}>" for field, text in fields.items()]
    return "\n  ".join([f" <{name}>", *lines]) + f"\n </{name}>\n"


def _xml_text(text: str) -> str:
    """A text without the two characters that XML has no way to write."""
    return plain_text(text.replace("\ufffe", " ").replace("\uffff", " "))


LEDGER = Gbt24589()
