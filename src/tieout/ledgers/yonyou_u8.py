"""Yonyou U8 (用友 U8 总账工具): the text that its ledger tool takes vouchers from.

A first line `填制凭证,V800`, then a line for each entry with 48 cells by their position, in GB 18030 with Windows line ends.
Cells have no quotes: a comma in a text becomes `，`. Date, word and number together are one voucher, so the sheets of one are
one there.

Rules: `domain.md` 8, and Yonyou's description of the text: summaries of 60 bytes, account codes of 15 characters, amounts of 16
digits with the point. Vouchers come in unreviewed; the tool numbers them anew where it is told to.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import ClassVar, Final

import attrs
from moneyed import Money

from tieout.errors import LedgerError
from tieout.ledgers._base import LedgerBook, LedgerOptions, amount_text, plain_number, voucher_name
from tieout.ledgers._cells import clipped, encodable, guarded
from tieout.ledgers._entries import whole_vouchers
from tieout.model import JournalLine, Voucher

__all__ = ["LEDGER", "YonyouU8"]

_LEAF: Final = "yonyou_u8"
_ENCODING: Final = "gb18030"
_FIRST: Final = "填制凭证,V800"
_TAIL: Final = (
    *[""] * 6,
    "0",
    "",
    "0",
    *[""] * 8,
    *["0"] * 5,
    "",
    *["0"] * 4,
)  # cells 22 to 48, as the tool writes them
_SUMMARY, _PERSON = 60, 20  # bytes
_MEMBER: Final = 20  # characters of a code
_CODE: Final = 15
_FIGURE: Final = 16
_DOCUMENTS: Final = 999
_NO_QUOTES: Final = str.maketrans({",": "，", '"': "＂"})
_DIMENSIONS: Final = ("department", "employee", "customer", "supplier", "salesperson", "project")
"""Dimensions in the order of cells 16 to 21."""


@attrs.frozen(kw_only=True)
class YonyouU8(LedgerOptions):
    """The voucher text of Yonyou U8.

    Attributes:
        separator: What stands between the levels of account codes there; empty, as usual, turns `1002.01` into `100201`.
        accounts: The code there of an account, by the book's code, where it is another.
        codes: The code there of a customer, supplier and so on, by what vouchers call it; without one, what vouchers call it
            is the code. One of more than 20 characters is left out.
        dimensions: Which dimensions are written; U8 knows department, employee, customer, supplier, salesperson and project, and
            refuses one on an account that does not keep it there.
        foreign_accounts: Codes of the accounts that are kept in a foreign currency there (外币核算); lines on others are written
            without original amount and rate. None: every line that has them is written with them.
    """

    evidence: ClassVar[str] = "columns only"

    separator: str = ""
    accounts: Mapping[str, str] = attrs.field(factory=dict)
    codes: Mapping[str, str] = attrs.field(factory=dict)
    dimensions: Collection[str] = _DIMENSIONS
    foreign_accounts: Collection[str] | None = None

    @property
    def suffix(self) -> str:
        """Suffix of its files."""
        return ".txt"

    def render(self, vouchers: Sequence[Voucher], *, book: LedgerBook) -> tuple[bytes, ...]:
        """One file in GB 18030.

        Raises:
            LedgerError: A figure or a code does not fit; a line is in another currency than the book's; a sheet of a voucher is
                missing; or two account codes become one.
        """
        accounts = self._account_codes(vouchers)
        lines = [_FIRST, *(",".join(row) for row in self._rows(vouchers, accounts, book)), ""]
        return ("\r\n".join(lines).encode(_ENCODING),)

    def notes(self, vouchers: Sequence[Voucher]) -> tuple[str, ...]:
        """What the text does not hold as the vouchers have it, one sentence a matter."""
        places: dict[str, list[str]] = {}
        documents: Counter[str] = Counter()
        for voucher in vouchers:
            documents[f"{voucher.period} {voucher.word}-{voucher.number}"] += voucher.attachments_count
            for line in voucher.lines:
                where = f"{_where(voucher)} line {line.line_no}"
                if _cell(line.summary, octets=_SUMMARY) != _cell(line.summary):
                    places.setdefault("the summary is shortened", []).append(where)
                if line.cash_flow_item is not None:
                    places.setdefault("the cash flow item is left out", []).append(where)
                for dimension in (name for name in line.aux if not self._member(line, name)):
                    places.setdefault(f"dimension {dimension} is left out", []).append(where)
        many = [name for name, count in documents.items() if count > _DOCUMENTS]
        if many:
            places[f"more than {_DOCUMENTS} documents"] = many
        return tuple(
            f"{what}: {found[0]}" + (f" and {len(found) - 1} more" if found[1:] else "")
            for what, found in sorted(places.items())
        )

    def _account_codes(self, vouchers: Sequence[Voucher]) -> dict[str, str]:
        """The account code there by the code here."""
        owner: dict[str, str] = {}
        for code in sorted({line.account for voucher in vouchers for line in voucher.lines}):
            there = self.accounts.get(code, code.replace(".", self.separator))
            _require(f"account code {there!r}", _CODE, _LEAF, fits=_cell(there) == there and len(there) <= _CODE)
            if owner.setdefault(there, code) != code:
                raise LedgerError(f"account codes {owner[there]!r} and {code!r} both become {there}", where=_LEAF)
        return {code: there for there, code in owner.items()}

    def _rows(
        self, vouchers: Sequence[Voucher], accounts: Mapping[str, str], book: LedgerBook
    ) -> Iterator[tuple[str, ...]]:
        for entry in whole_vouchers(vouchers, book=book, where=_LEAF):
            voucher = entry.head
            head = (
                voucher.date.isoformat(),
                _cell(voucher.word),
                str(voucher.number),
                str(min(entry.attachments_count, _DOCUMENTS)),
            )
            preparer = _cell(voucher.preparer or "", octets=_PERSON)
            for line in entry.lines:
                where = f"{_LEAF}: {entry.name} line {line.line_no}"
                yield (
                    *head,
                    _cell(line.summary, octets=_SUMMARY),
                    accounts[line.account],
                    *self._figures(line, where),
                    preparer,
                    *("", "", ""),  # settlement, its number and day
                    *(self._member(line, dimension) for dimension in _DIMENSIONS),
                    *_TAIL,
                )

    def _figures(self, line: JournalLine, where: str) -> tuple[str, ...]:
        """Debit, credit, quantity, original amount and rate; red is negative on its own side."""
        nothing = amount_text(Money(0, line.amount.currency))
        original, rate = line.foreign_amount, line.fx_rate
        if self.foreign_accounts is not None and line.account not in self.foreign_accounts:
            original = rate = None
        if original is not None and rate is None:
            raise LedgerError(f"the line has an amount in {original.currency.code} and no rate", where=where)
        figures = (
            nothing if line.debit is None else amount_text(line.debit),
            nothing if line.credit is None else amount_text(line.credit),
            _number(line.quantity),
            "" if original is None else amount_text(original),
            _number(rate if original is not None else None),
        )
        for figure in figures:
            _require(f"the figure {figure}", _FIGURE, where, fits=len(figure.removeprefix("-")) <= _FIGURE)
        return figures

    def _member(self, line: JournalLine, dimension: str) -> str:
        """The code of a dimension's member, whole or not at all: one that were cut could be another member's."""
        if dimension not in _DIMENSIONS or dimension not in self.dimensions or dimension not in line.aux:
            return ""
        said = line.aux[dimension]
        code = _cell(self.codes.get(said, said))
        return code if len(code) <= _MEMBER else ""


def _cell(text: str, *, octets: int | None = None) -> str:
    """A text without what would end the cell, in as many bytes of GB 18030 as fit."""
    plain = encodable(guarded(text).translate(_NO_QUOTES), encoding=_ENCODING)
    return clipped(plain, octets=octets, encoding=_ENCODING)


def _number(number: Decimal | None) -> str:
    return "" if number is None else plain_number(number)


def _where(voucher: Voucher) -> str:
    return f"{voucher.period} {voucher_name(voucher)}"


def _require(what: str, length: int, where: str, *, fits: bool) -> None:
    if not fits:
        raise LedgerError(f"{what} does not fit into {length} characters of a cell", where=where)


LEDGER = YonyouU8()
