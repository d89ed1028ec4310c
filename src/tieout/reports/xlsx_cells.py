"""Cells of workbooks: each value as the type that it is, and how wide its column has to be."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import attrs
import polars as pl

from tieout.model.currency import exponent, from_units, is_currency
from tieout.reports.figure_columns import figure_column
from tieout.reports.report import Column, Kind
from tieout.reports.showing import columns_in
from tieout.reports.words import HEADINGS, Pair

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

__all__ = ["DIGITS_MAX", "TEXT_MAX", "YEAR_MIN", "Cells", "Field", "fields_of", "letters", "pattern_of", "shown_widths"]

DIGITS_MAX: Final = 15
"""Digits that a number of a spreadsheet keeps."""
TEXT_MAX: Final = 32_767
"""Characters that a cell holds."""
YEAR_MIN: Final = 1900
"""Days before are none of a spreadsheet."""
_WIDTH_MIN, _WIDTH_MAX = 8, 60
_MINOR: Final = "_minor"
_LEFT: Final = {"align": "left", "indent": 1}  # a text keeps off the figure before it
_MARKUP: Final = "<r>"  # what the library takes for its own begins with this
_WIDE: Final = (
    r"[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3"
    r"\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\U00020000-\U0003fffd]"
)
"""Characters that take two columns of the screen."""


@attrs.frozen(kw_only=True)
class Field:
    """A column of a sheet.

    Attributes:
        name: Its name in the frame.
        title: Its heading, of two lines in two languages.
        kind: What it holds.
        currency: For money, the column with the currency's code.
    """

    name: str
    title: str
    kind: Kind
    currency: str = ""


def fields_of(
    frame: pl.DataFrame, columns: Sequence[Column], language: str, *, only_columns: bool = False
) -> tuple[Field, ...]:
    """What the columns of a frame hold: as a section says it, else as their names and types show.

    Args:
        frame: A frame.
        columns: What is known of columns of these names.
        language: `en`, `zh` or `both`.
        only_columns: Whether columns that nothing is known of are left out, but for the currencies of amounts.
    """
    known = {column.name: column for column in columns}
    if only_columns:
        currencies = dict.fromkeys(column.currency for column in columns if column.kind is Kind.MONEY)
        shown = [column.name for column in columns_in(columns, language)]
        order = [*shown, *(name for name in currencies if name not in known)]
    else:
        order = list(frame.columns)
    return tuple(_field(name, frame, known, language) for name in order)


def _field(name: str, frame: pl.DataFrame, known: Mapping[str, Column], language: str) -> Field:
    column = known.get(name) or figure_column(name, known)
    if column is not None:
        has_currency = column.kind is Kind.MONEY and column.currency in frame.columns
        kind = Kind.COUNT if column.kind is Kind.MONEY and not has_currency else column.kind
        return Field(
            name=name, title=_title((column.title, column.title_zh), language), kind=kind, currency=column.currency
        )
    plain = name.removesuffix(_MINOR)
    pair = HEADINGS.get(plain, (plain, plain))
    if plain != name and "currency" in frame.columns and frame.schema[name].is_integer():
        return Field(name=name, title=_title(pair, language), kind=Kind.MONEY, currency="currency")
    return Field(name=name, title=_title(HEADINGS.get(name, (name, name)), language), kind=_kind(frame.schema[name]))


def _title(pair: Pair, language: str) -> str:
    """A heading in the language, or in both on two lines."""
    title, title_zh = pair
    return {"en": title, "zh": title_zh, "both": "\n".join(dict.fromkeys((title_zh, title)))}[language]


def _kind(dtype: pl.DataType) -> Kind:
    if dtype == pl.Boolean:
        return Kind.FLAG
    if dtype == pl.Date:
        return Kind.DATE
    if dtype.is_integer():
        return Kind.COUNT
    if dtype.is_numeric():
        return Kind.NUMBER
    return Kind.TIME if isinstance(dtype, pl.Datetime) else Kind.TEXT


def shown_widths(frame: pl.DataFrame, fields: Sequence[Field]) -> list[int]:
    """How many columns of the screen each column takes: a Chinese character takes two."""
    asked = [_longest(field, frame.schema[field.name]).alias(str(at)) for at, field in enumerate(fields)]
    longest = frame.select(asked).row(0) if fields else ()
    return [
        min(_WIDTH_MAX, max(_WIDTH_MIN, _heading_width(field.title), wide or 0) + 2)
        for field, wide in zip(fields, longest, strict=True)
    ]


def _longest(field: Field, dtype: pl.DataType) -> pl.Expr:
    value = pl.col(field.name)
    if field.kind is Kind.DATE:
        return pl.lit(10)
    if field.kind is Kind.TIME:
        return pl.lit(19)
    if dtype.is_numeric():
        # Separators between thousands, and sign and decimals of an amount.
        digits = value.cast(pl.Int64, strict=False).abs().cast(pl.String).str.len_chars().max()
        return digits + digits // 3 + 2
    if dtype == pl.String or isinstance(dtype, (pl.Categorical, pl.Enum)):
        value = value.cast(pl.String)
        return (value.str.len_chars() + value.str.count_matches(_WIDE)).max()
    return pl.lit(_WIDTH_MIN * 2)


def _heading_width(title: str) -> int:
    wide = re.compile(_WIDE)
    return max(len(line) + len(wide.findall(line)) for line in title.split("\n")) + 2  # room for the filter's arrow


@attrs.define(kw_only=True)
class Cells:
    """Who writes the cells of a workbook.

    Attributes:
        heading: Format of headings.
        figure_heading: Format of headings of figures, which stand at the right as these do.
        text: Format of texts.
        total_text: Format of texts in rows of totals.
        link: Format of links.
    """

    book: "Workbook"
    heading: "Format"
    figure_heading: "Format"
    text: "Format"
    total_text: "Format"
    link: "Format"
    _made: dict[tuple[str, bool], "Format"] = attrs.field(factory=dict, init=False)
    _as_text: int = attrs.field(default=0, init=False)
    _cut: int = attrs.field(default=0, init=False)

    @classmethod
    def of(cls, book: "Workbook") -> "Cells":
        """The cells of a workbook."""
        plain = {"num_format": "@", "text_wrap": True, "valign": "vcenter"}
        wash = {"bold": True, "bottom": 1, "bg_color": "#EEF2F5", **plain}
        return cls(
            book=book,
            heading=book.add_format({**wash, **_LEFT}),
            figure_heading=book.add_format({**wash, "align": "right"}),
            text=book.add_format({"num_format": "@", **_LEFT}),
            total_text=book.add_format({"num_format": "@", "bold": True, "top": 1, **_LEFT}),
            link=book.add_format({"font_color": "#0B5CAD", "underline": 1}),
        )

    def begin(self) -> None:
        """Forget what was told of the last sheet."""
        self._as_text = self._cut = 0

    def told(self) -> Iterator[tuple[str, int]]:
        """What a reader of the sheet has to know, and how often."""
        yield "as_text", self._as_text
        yield "cut", self._cut

    def shown_as(self, pattern: str, *, is_total: bool = False) -> "Format":
        """The format that shows a cell by a pattern, such as `0.00`."""
        if (pattern, is_total) not in self._made:
            more = {"bold": True, "top": 1} if is_total else {}
            self._made[pattern, is_total] = self.book.add_format({"num_format": pattern, **more})
        return self._made[pattern, is_total]

    def put(self, target: "Worksheet", row: int, at: int, field: Field, value: Any, code: str | None) -> None:  # noqa: ANN401
        """Write a value as the type that it is; nothing for null."""
        self._put(target, row, at, field, value, code, is_total=False)

    def put_text(self, target: "Worksheet", row: int, at: int, text: str, *, is_total: bool = False) -> None:
        """Write a text, as text."""
        if 2 * len(text) > TEXT_MAX and len(text.encode("utf-16-le")) > 2 * TEXT_MAX:
            text = text.encode("utf-16-le")[: 2 * (TEXT_MAX - 1)].decode("utf-16-le", errors="ignore") + "…"
            self._cut += 1
        if text.startswith(_MARKUP) and text.endswith("</r>"):
            text += " "  # the library takes what stands between these for its own markup
        target.write_string(row, at, text, self.total_text if is_total else self.text)

    def put_total(
        self,
        target: "Worksheet",
        row: int,
        at: int,
        field: Field,
        value: Any,  # noqa: ANN401 - what frames hold
        code: str | None,
        shown: pl.DataFrame | None,
    ) -> None:
        """Write a total: a formula where it is the sum of what is above it, with its value for who does not calculate."""
        if value is None:
            target.write_blank(row, at, None, self.total_text)
            return
        figure = self._figure(field, value, code)
        if shown is None or figure is None or not shown.height or not self._is_sum(field, value, shown):
            self._put(target, row, at, field, value, code, is_total=True)
            return
        if field.kind is Kind.MONEY and shown[field.currency].n_unique() > 1:
            self._put(target, row, at, field, value, code, is_total=True)
            return
        number, pattern = figure
        column = letters(at)
        decimals = exponent(code) if field.kind is Kind.MONEY and code else 0
        formula = f"=ROUND(SUM({column}2:{column}{shown.height + 1}),{decimals})"
        target.write_formula(row, at, formula, self.shown_as(pattern, is_total=True), number)

    @staticmethod
    def _is_sum(field: Field, value: Any, shown: pl.DataFrame) -> bool:  # noqa: ANN401
        if field.kind not in {Kind.MONEY, Kind.COUNT} or not shown.schema[field.name].is_integer():
            return False
        exact = shown.select(pl.col(field.name).cast(pl.Int128).sum().alias("sum"), _largest(field.name)).row(0)
        return bool(exact[0] == value and (exact[1] or 0) < 10**DIGITS_MAX)

    def _put(
        self,
        target: "Worksheet",
        row: int,
        at: int,
        field: Field,
        value: Any,  # noqa: ANN401 - what frames hold
        code: str | None,
        *,
        is_total: bool,
    ) -> None:
        if value is None:
            return
        figure = self._figure(field, value, code)
        if figure is not None:
            target.write_number(row, at, figure[0], self.shown_as(figure[1], is_total=is_total))
        elif field.kind is Kind.FLAG:
            target.write_boolean(row, at, value, self.shown_as("General", is_total=is_total))
        elif isinstance(value, date) and value.year >= YEAR_MIN:
            is_time = isinstance(value, datetime)
            pattern = "yyyy-mm-dd hh:mm:ss" if is_time else "yyyy-mm-dd"
            plain = value.replace(tzinfo=None) if isinstance(value, datetime) else value
            target.write_datetime(row, at, plain, self.shown_as(pattern, is_total=is_total))
        else:
            self.put_text(target, row, at, _text(field, value, code), is_total=is_total)

    def _figure(self, field: Field, value: Any, code: str | None) -> tuple[Decimal | float, str] | None:  # noqa: ANN401
        """A number and the pattern that shows it; None for what is none, and for one that a spreadsheet would round."""
        if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
            return None
        if isinstance(value, float):
            if not math.isfinite(value):
                return None
            return value, "0.00%" if field.kind is Kind.SHARE else "#,##0.00"
        figure = _whole(field.kind, value, code) if isinstance(value, int) else _exact(field.kind, value, code)
        if figure is None:
            self._as_text += 1
        return figure


@lru_cache(maxsize=65_536)
def _whole(kind: Kind, value: int, code: str | None) -> tuple[Decimal, str] | None:
    """As `_exact`, once for each: amounts and counts recur, prices and fees most of all."""
    return _exact(kind, value, code)


def _exact(kind: Kind, value: int | Decimal, code: str | None) -> tuple[Decimal, str] | None:
    """A number and the pattern that shows it; None for one of more digits than a spreadsheet keeps."""
    decimals = exponent(code) if kind is Kind.MONEY and code and is_currency(code) else 0
    number = Decimal(value) if not decimals else from_units(int(value), code or "")
    digits = "".join(map(str, number.as_tuple().digits)).strip("0")
    if len(digits) > DIGITS_MAX or number.adjusted() >= DIGITS_MAX:
        return None
    return number, pattern_of(kind, number, decimals)


def pattern_of(kind: Kind, number: Decimal, decimals: int) -> str:
    """The pattern that shows a number.

    Args:
        kind: What its column holds.
        number: A number of as many decimals as are shown, where they are its own.
        decimals: Decimals of its currency, for money.
    """
    if kind is Kind.SHARE:
        return "0.00%"
    if kind is Kind.MONEY:
        plain = "#,##0." + "0" * decimals if decimals else "#,##0"
        return f"{plain};[Red]-{plain}"
    shown = -int(number.as_tuple().exponent) if kind is Kind.NUMBER else 0
    return "#,##0." + "0" * shown if shown > 0 else "#,##0"


def _largest(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Int128).abs().max().alias("largest")


def _text(field: Field, value: Any, code: str | None) -> str:  # noqa: ANN401 - what frames hold
    """What a cell says that no type of a spreadsheet holds."""
    if isinstance(value, str):
        return value
    if field.kind is Kind.MONEY and isinstance(value, int) and code and is_currency(code):
        return f"{from_units(value, code):f}"
    if isinstance(value, (list, tuple)):
        return ", ".join(str(one) for one in value)
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def letters(at: int) -> str:
    """The letters of a column, from 0."""
    at += 1
    made = ""
    while at:
        at, rest = divmod(at - 1, 26)
        made = chr(65 + rest) + made
    return made
