"""Showing: values of a section as texts, for pages that people read."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import attrs
import polars as pl

from tieout.errors import ReportError
from tieout.model.currency import exponent, from_units
from tieout.reports.column import Column, Kind

if TYPE_CHECKING:
    from tieout.reports.report import Section

__all__ = ["columns_in", "fact_label", "require_language", "shown_value", "unit_of"]

_FACTS: Final = {
    "as_of": ("As of", "截至"),
    "as of": ("As of", "截至"),
    "book": ("Book", "核算单位"),
    "carrier": ("Courier", "快递公司"),
    "channel": ("Channel", "支付渠道"),
    "courier": ("Courier", "快递公司"),
    "currency": ("Currency", "币种"),
    "from": ("From", "出具方"),
    "name": ("Book", "核算单位"),
    "party": ("Party", "对方"),
    "period": ("Period", "期间"),
    "platform": ("Platform", "平台"),
    "shop": ("Shop", "店铺"),
    "timezone": ("Time zone", "时区"),
    "to": ("To", "致"),
}
_CHINESE: Final = "_zh"
_WORDS: Final = {"zh": ("是", "否"), "en": ("yes", "no")}


def require_language(language: str, known: tuple[str, ...]) -> str:
    """The language, where it is one of those known.

    Raises:
        ReportError: It is not.
    """
    if language not in known:
        listed = ", ".join(map(repr, known))
        raise ReportError(f"one of {listed} is needed, got {language!r}", where="language")
    return language


def fact_label(label: str, language: str) -> str:
    """What people read for the label of a fact; one that is not known stands as it is.

    Args:
        label: As `Report.facts` has it, such as `period`.
        language: `en` or `zh`.

    Example:
        >>> fact_label("period", "zh"), fact_label("bill no", "en")
        ('期间', 'bill no')
    """
    named = _FACTS.get(label.lower())
    return label if named is None else named[language == "zh"]


def columns_in(columns: Sequence[Column], language: str) -> tuple[Column, ...]:
    """The columns that a page of one language shows: of a text and its Chinese (`reason`, `reason_zh`) the one of the language.

    Args:
        columns: Of a section.
        language: `en`, `zh` or `both`, which shows all.
    """
    named = {column.name: column for column in columns}
    if language == "en":
        return tuple(one for one in columns if one.name.removesuffix(_CHINESE) not in named or not _is_chinese(one))
    if language == "zh":
        kept = (column for column in columns if f"{column.name}{_CHINESE}" not in named)
        return tuple(_as_named(column, named.get(column.name.removesuffix(_CHINESE), column)) for column in kept)
    return tuple(columns)


def _is_chinese(column: Column) -> bool:
    return column.name.endswith(_CHINESE)


def _as_named(column: Column, base: Column) -> Column:
    """A column under the heading of another: on a Chinese page nobody needs to hear that a text is Chinese."""
    return attrs.evolve(column, title=base.title, title_zh=base.title_zh)


def unit_of(section: "Section") -> str:
    """The currency that all amounts of a section have; empty where it has several, or no amounts."""
    codes: set[str] = set()
    for frame in (section.frame, section.totals):
        for column in section.columns:
            if frame is not None and column.kind is Kind.MONEY and column.name in frame.columns:
                said = frame.filter(pl.col(column.name).is_not_null())
                codes |= set(said[column.currency].drop_nulls().unique())
    return codes.pop() if len(codes) == 1 else ""


def shown_value(value: Any, column: Column, currency: str | None, language: str, *, with_code: bool = False) -> str:  # noqa: ANN401 - what frames hold
    """One value of a column as text; empty for null.

    Args:
        value: As the frame has it.
        column: Its column.
        currency: ISO 4217 code of an amount.
        language: `en` or `zh`.
        with_code: Whether an amount has its currency behind it.

    Example:
        >>> column = Column(name="open_minor", title="Open", title_zh="未收", kind="money")
        >>> shown_value(-123456, column, "CNY", "zh"), shown_value(5, column, "JPY", "en", with_code=True)
        ('-1,234.56', '5 JPY')
    """
    if value is None:
        return ""
    if column.kind is Kind.MONEY and currency is not None:
        figure = f"{from_units(value, currency):,.{exponent(currency)}f}"
        return f"{figure} {currency}" if with_code else figure
    if column.kind is Kind.FLAG:
        return _WORDS[language][0 if value else 1]
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    return _number(value, column)


def _number(value: Any, column: Column) -> str:  # noqa: ANN401 - what frames hold
    if column.kind is Kind.SHARE:
        return f"{value:.2%}"
    if column.kind in {Kind.COUNT, Kind.MONEY}:
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    return f"{value:,f}" if isinstance(value, Decimal) else str(value)
