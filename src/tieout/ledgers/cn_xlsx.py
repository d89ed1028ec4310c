"""Chinese voucher workbook: the xlsx that 好会计, 精斗云, 柠檬云 and the like import vouchers from.

One row a voucher line, one header row. Which columns there are, what they are called and how a date looks is the layout of a
product, or a mapping of one's own. Codes, numbers of documents and dates are text; amounts are numbers, negative is red.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import ClassVar, Final

import attrs
from moneyed import Money

from tieout.errors import LedgerError
from tieout.ledgers._base import LedgerBook, LedgerOptions, amount_text, sources_text
from tieout.ledgers._cn_layouts import LAYOUTS, Layout
from tieout.ledgers._entries import (
    Entry,
    frozen_texts,
    left_out,
    option_text,
    original_amount,
    rate_of,
    split_entries,
    whole_vouchers,
)
from tieout.ledgers._xlsx import ROWS_MAX, Cell, Sheet, to_workbook
from tieout.model import JournalLine, Voucher

__all__ = ["CONTENTS", "LEDGER", "CnXlsx"]

_WHERE: Final = "cn_xlsx"
_AUX: Final = "aux."
_SAMPLE_DAY: Final = date(2026, 10, 5)


@attrs.frozen(kw_only=True)
class _Place:
    """A line where it stands: what a column is made of."""

    entry: Entry
    line_no: int
    line: JournalLine
    book: LedgerBook
    options: "CnXlsx"


def _amount(money: Money | None) -> Decimal | None:
    return None if money is None else Decimal(amount_text(money))


def _number(number: Decimal | None) -> Decimal | None:
    """A rate or quantity with its own decimals, none of them a zero that says nothing."""
    return None if number is None else Decimal(f"{number.normalize():f}")


def _currency(place: _Place) -> str:
    code = original_amount(place.line).currency.code
    return place.options.layout.currencies.get(code, code)


def _dimension(place: _Place, name: str) -> str | None:
    member = place.line.aux.get(name)
    return None if member is None else place.options.members.get(member, member)


_OF_VOUCHER: Final[Mapping[str, Callable[[_Place], Cell]]] = {
    "date": lambda place: place.entry.head.date.strftime(place.options.layout.date_format),
    "period": lambda place: place.entry.head.period,
    "word": lambda place: place.entry.head.word,
    "number": lambda place: Decimal(place.entry.head.number or 0),
    "name": lambda place: place.entry.code,
    "attachments": lambda place: Decimal(place.entry.attachments_count),
    "preparer": lambda place: place.entry.head.preparer,
    "reviewer": lambda place: place.entry.head.reviewer,
    "poster": lambda place: place.entry.head.poster,
    "cashier": lambda place: place.entry.head.cashier,
    "supervisor": lambda place: place.entry.head.supervisor,
    "voucher_id": lambda place: place.entry.head.voucher_id,
}
_OF_LINE: Final[Mapping[str, Callable[[_Place], Cell]]] = {
    "line_no": lambda place: Decimal(place.line_no),
    "summary": lambda place: place.line.summary,
    "account": lambda place: place.line.account,
    "account_name": lambda place: place.line.account_name or place.book.account_name(place.line.account),
    "debit": lambda place: _amount(place.line.debit),
    "credit": lambda place: _amount(place.line.credit),
    "currency": _currency,
    "fx_rate": lambda place: _number(rate_of(place.line, where=f"{_WHERE}: {place.entry.name}")),
    "foreign_amount": lambda place: _amount(original_amount(place.line)),
    "quantity": lambda place: _number(place.line.quantity),
    "unit_price": lambda place: _amount(place.line.unit_price),
    "cash_flow_item": lambda place: place.line.cash_flow_item,
    "source": lambda place: sources_text(place.line.sources),
    "": lambda _: None,
}

CONTENTS: Final = (*_OF_VOUCHER, *(name for name in _OF_LINE if name))
"""What a column can hold; besides, `aux.` and any dimension, such as `aux.shop`."""


def _layout_of(product: str) -> Layout:
    found = [layout for name, layout in LAYOUTS.items() if product in {name, layout.title}]
    if not found:
        raise LedgerError(
            f"no layout is named {product!r}; known: {', '.join(LAYOUTS)}",
            where=f"{_WHERE}: product",
            hint="give the columns of another program with columns=",
        )
    return found[0]


def _columns(value: object) -> Mapping[str, str] | None:
    if value is None:
        return None
    columns = frozen_texts(value)
    unknown = [name for name in columns.values() if name and name not in CONTENTS and not name.startswith(_AUX)]
    if unknown or not columns:
        listed = ", ".join(map(repr, unknown)) or "no column"
        raise LedgerError(
            f"{listed} given; a column holds one of {', '.join(CONTENTS)}, aux. and a dimension, or nothing",
            where=f"{_WHERE}: columns",
        )
    return columns


def _date_format(value: str | None) -> str | None:
    if value is None:
        return None
    try:
        is_whole = time.strptime(_SAMPLE_DAY.strftime(value), value)[:3] == _SAMPLE_DAY.timetuple()[:3]
    except (TypeError, ValueError):
        is_whole = False
    if not is_whole:
        raise LedgerError(
            f"{value!r} does not write a whole date", where=f"{_WHERE}: date_format", hint="such as %Y/%m/%d"
        )
    return value


@attrs.frozen(kw_only=True)
class CnXlsx(LedgerOptions):
    """The workbook of a Chinese bookkeeping program.

    Attributes:
        product: Whose layout: `generic`, `haokuaiji` (好会计), `jingdouyun` (精斗云) or `ningmengyun` (柠檬云).
        columns: Columns of one's own in place of the layout's: what each holds (`CONTENTS`), by its caption, in order.
        date_format: Another way to write dates, as `strftime` takes it.
        sheet: Another name of the sheet.
        currencies: What the program calls a currency, by its ISO 4217 code, in place of the layout's.
        members: Codes that the program has for members of dimensions, such as `{"sf_express": "GYS001"}`; others stay.
        heads_once: Whether what belongs to a voucher as a whole stands on its first row alone; False repeats it on every row.
        lines_max: How many lines a file takes; more fill several files, none of which cuts a voucher in two.
    """

    evidence: ClassVar[str] = "columns only"

    product: str = "generic"
    columns: Mapping[str, str] | None = attrs.field(default=None, converter=_columns)
    date_format: str | None = attrs.field(default=None, converter=_date_format)
    sheet: str | None = attrs.field(default=None, converter=attrs.converters.optional(option_text))
    currencies: Mapping[str, str] | None = attrs.field(default=None, converter=attrs.converters.optional(frozen_texts))
    members: Mapping[str, str] = attrs.field(factory=dict, converter=frozen_texts)
    heads_once: bool = False
    lines_max: int = ROWS_MAX - 1
    layout: Layout = attrs.field(init=False, repr=False, eq=False)

    @layout.default
    def _made(self) -> Layout:
        known = _layout_of(self.product)
        return attrs.evolve(
            known,
            columns=known.columns if self.columns is None else self.columns,
            date_format=known.date_format if self.date_format is None else self.date_format,
            sheet=known.sheet if self.sheet is None else self.sheet,
            currencies=known.currencies if self.currencies is None else self.currencies,
        )

    @property
    def suffix(self) -> str:
        """Suffix of its files."""
        return ".xlsx"

    def render(self, vouchers: Sequence[Voucher], *, book: LedgerBook) -> tuple[bytes, ...]:
        """One workbook, or several when the lines are more than one takes.

        Raises:
            MissingExtra: XlsxWriter is not installed.
            LedgerError: A sheet of a voucher is missing, an amount is not in the book's currency, or is too long for a cell.
        """
        entries = whole_vouchers(vouchers, book=book, where=_WHERE)
        files = split_entries(entries, lines_max=self.lines_max, where=_WHERE)
        return tuple(to_workbook([self._sheet(file, book)], where=_WHERE) for file in files)

    def notes(self, vouchers: Sequence[Voucher]) -> tuple[str, ...]:
        """Dimensions and cash flow items that have no column."""
        contents = set(self.layout.columns.values())
        dimensions = {content.removeprefix(_AUX) for content in contents if content.startswith(_AUX)}
        return left_out(vouchers, dimensions=dimensions, has_cash_flow="cash_flow_item" in contents)

    def _sheet(self, entries: Sequence[Entry], book: LedgerBook) -> Sheet:
        contents = tuple(self.layout.columns.values())
        places = (
            _Place(entry=entry, line_no=line_no, line=line, book=book, options=self)
            for entry in entries
            for line_no, line in enumerate(entry.lines, start=1)
        )
        rows = [[self._cell(content, place) for content in contents] for place in places]
        return Sheet(
            name=self.layout.sheet.replace("{period}", _period(entries)).rstrip("#"),
            header=(tuple(self.layout.columns),),
            rows=rows,
        )

    def _cell(self, content: str, place: _Place) -> Cell:
        if content.startswith(_AUX):
            return _dimension(place, content.removeprefix(_AUX))
        if content in _OF_VOUCHER:
            return None if self.heads_once and place.line_no > 1 else _OF_VOUCHER[content](place)
        return _OF_LINE[content](place)


def _period(entries: Sequence[Entry]) -> str:
    """The period as programs call it, when all vouchers are of one."""
    periods = {entry.head.period for entry in entries}
    if len(periods) != 1:
        return ""
    year, _, month = periods.pop().partition("-")
    return f"{year}年第{int(month)}期"


LEDGER = CnXlsx()
