"""Content of drafts: what the cells of an unknown column look like.

A column is of a kind when nearly all of its cells are: footers and a few damaged cells do not change it. Whatever is guessed from
it is said as a guess.
"""

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Final

import attrs
import polars as pl

from tieout.privacy import PiiClass, is_personal, mask_name, mask_text
from tieout.sources._cash import direction
from tieout.sources._columns import EMPTY_WORDS
from tieout.sources._dates import LACKS_YEAR, parse_dates, parse_moments
from tieout.sources._words import CURRENCY_NAMES

__all__ = ["Content", "is_figure", "look_at"]

_NEARLY_ALL: Final = 0.85
_PERSONAL_SHARE: Final = 0.3
_DECIMALS: Final = 2  # of most amounts of money
_FEW_ROWS: Final = 5  # too few to see whether words repeat
_WORDS_MAX: Final = 24
_DATE_LENGTH: Final = 40
_ID_DIGITS: Final = 9
_CODE_LENGTH: Final = 3
_SIGN = r"[+\-−]?\s*(?:[¥￥$€£₹]|CNY|RMB|USD|EUR|Rs\.?)?\s*[+\-−]?"
_POINT = re.compile(rf"^\(?{_SIGN}(?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.(?P<fraction>\d+))?\s*(?:元|%)?\)?$")
_COMMA = re.compile(rf"^\(?{_SIGN}(?:\d{{1,3}}(?:\.\d{{3}})+|\d+),(?P<fraction>\d+)\s*(?:€|%)?\)?$")
_DAY = re.compile(r"\d[-/.年]\d|\d\s+[A-Za-z]{3}|[A-Za-z]{3,9}\.?\s+\d|^\d{8}(?:\d{6})?$")
_TIME = re.compile(r"\d{1,2}[:时]\d{2}")
_DAY_FIRST, _MONTH_FIRST = (
    ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%y", "%d.%m.%y"),
    ("%m/%d/%Y", "%m-%d-%Y", "%m/%d/%y"),
)
_CLOCKS: Final = ("", " %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p")
_DIRECTIONS: Final = frozenset(direction("x").values)
_WAYS_MAX: Final = 6  # different words in a column that says which way money goes
_SIGNS: Final = {"₹": "INR", "€": "EUR", "£": "GBP", "￥": "CNY", "元": "CNY"}
_CODES: Final = frozenset(
    ("CNY", "USD", "EUR", "GBP", "JPY", "HKD", "AUD", "CAD", "SGD", "INR", "BRL", "CHF", "MXN", "SEK", "PLN", "KRW")
)


@attrs.frozen(kw_only=True, slots=False)
class Content:
    """What a column holds.

    Attributes:
        position: Which column, from 0.
        caption: Its caption as a mapping says it: with `#2` where it stands before in the header.
        texts: Its cells that show something.
        rows: How many rows there are.
        is_of_money: Whether its cells name a currency.
    """

    position: int
    caption: str
    bare_caption: str
    texts: tuple[str, ...] = attrs.field(repr=False)
    rows: int

    @cached_property
    def pii(self) -> str | None:
        """What personal data it seems to hold, for a person; None when it seems to hold none."""
        by_caption = is_personal(self.bare_caption) or _named(self.bare_caption)
        if by_caption is not None:
            return f"its caption says personal data ({by_caption})"
        if self.kind != "text" or not self.texts:
            return None
        shown = self.texts[:200]
        altered = sum(mask_text(text) != text for text in shown)
        return "its cells look like personal data" if altered > _PERSONAL_SHARE * len(shown) else None

    @cached_property
    def distinct(self) -> dict[str, int]:
        """How often each text stands, the most frequent first."""
        counts: dict[str, int] = {}
        for text in self.texts:
            counts[text] = counts.get(text, 0) + 1
        return dict(sorted(counts.items(), key=lambda pair: -pair[1]))

    @cached_property
    def undirected(self) -> list[str] | None:
        """The cells that are no words of directions, where others are; None where no cell, or too many different ones."""
        known = _DIRECTIONS.intersection(self.distinct)
        return (
            [text for text in self.distinct if text not in known] if known and len(self.distinct) <= _WAYS_MAX else None
        )

    @cached_property
    def kind(self) -> str:
        """One of blank, date, amount, number, percent, currency, direction, id, text."""
        if not self.texts:
            return "blank"
        if all(text in _CODES or text in CURRENCY_NAMES for text in self.distinct):
            return "currency"
        if set(self.distinct) <= _DIRECTIONS:
            return "direction"
        if self.date_formats:
            return "date"
        return self._kind_of_figures()

    def _kind_of_figures(self) -> str:
        figures = [figure for text in self.texts if (figure := _figure(text)) is not None]
        if len(figures) < _NEARLY_ALL * len(self.texts):
            is_id = all(re.fullmatch(r"[\w\-./#]{4,40}", text) for text in self.texts) and len(self.distinct) > 1
            has_digits = sum(any(sign.isdigit() for sign in text) for text in self.texts)
            return "id" if is_id and has_digits > _NEARLY_ALL * len(self.texts) else "text"
        if all(text.endswith("%") for text in self.texts):
            return "percent"
        whole = all(not fraction for fraction in figures)
        digits = [len(re.sub(r"\D", "", text)) for text in self.texts]
        if whole and sum(count >= _ID_DIGITS for count in digits) > _NEARLY_ALL * len(digits):
            return "id"
        if any(text.startswith("0") and len(text) > 1 and text.isdigit() for text in self.texts):
            return "id"
        return "amount" if max(len(fraction.rstrip("0")) for fraction in figures) <= _DECIMALS else "number"

    @cached_property
    def has_fractions(self) -> bool:
        """Whether some of its figures have decimals."""
        return any(_figure(text) for text in self.texts)

    @cached_property
    def has_minus(self) -> bool:
        """Whether some of its figures are below zero."""
        return any(text.lstrip(" (¥￥$€£₹").startswith(("-", "−")) for text in self.texts)

    @cached_property
    def decimal_comma(self) -> bool:
        """Whether its figures have a comma for a decimal mark, so that a point cannot be meant."""
        shown = [text for text in self.texts if not _POINT.match(text)]
        return bool(shown) and all(_COMMA.match(text) for text in shown)

    @cached_property
    def date_formats(self) -> tuple[str, ...]:
        """The ways in which its cells can be dates: an empty text for the usual ways; none when they are no dates."""
        shaped = [text for text in self.texts if _is_dated(text)]
        if len(shaped) < _NEARLY_ALL * len(self.texts):
            return ()
        cells = pl.Series(list(dict.fromkeys(shaped)), dtype=pl.String)
        if _most(parse_dates(cells)):
            return ("",)
        if cells.str.contains(LACKS_YEAR).all():
            return ("no year",)
        ways = [[days + clock for clock in _CLOCKS] for days in (*_DAY_FIRST, *_MONTH_FIRST)]
        found = (next((way for way in clocks if _most(parse_dates(cells, date_format=way))), None) for clocks in ways)
        return tuple(way for way in found if way is not None)

    def dates(self, date_format: str) -> list[object]:
        """Its days in the order of the file, written so."""
        return list(parse_dates(pl.Series(self.texts, dtype=pl.String), date_format=date_format or None).drop_nulls())

    @cached_property
    def has_times(self) -> bool:
        """Whether its dates have a time of day."""
        return any(_TIME.search(text) for text in self.texts)

    @cached_property
    def lacks_zone(self) -> bool:
        """Whether its times say no offset."""
        cells = pl.Series(self.texts[:500], dtype=pl.String)
        return bool(parse_moments(cells, timezone=None)[1].any()) or self.date_formats[:1] != ("",)

    @cached_property
    def currency(self) -> tuple[str, str] | None:
        """The currency that its caption or cells name, and why; None when they name none."""
        words = re.findall(r"[A-Z]{3}", self.bare_caption)
        named = next((word for word in words if word in _CODES), None)
        if named is not None:
            return named, f"the caption {self.bare_caption!r} names it"
        for where, texts in (("the caption", [self.bare_caption]), ("the cells", self.texts[:50])):
            for sign, code in _SIGNS.items():
                if any(sign in text for text in texts):
                    return code, f"{where} of {self.bare_caption!r} have {sign!r}" if where == "the cells" else (
                        f"{where} {self.bare_caption!r} has {sign!r}"
                    )
        return None

    @property
    def is_of_words(self) -> bool:
        """Whether it repeats a few words, as types do."""
        return 0 < len(self.distinct) <= _WORDS_MAX and (
            len(self.distinct) * 2 <= len(self.texts) or self.rows < _FEW_ROWS
        )

    @property
    def examples(self) -> str:
        """A few of its texts as a comment may show them: masked, and free text hidden but for its first letter."""
        is_free = self.kind == "text" and len(self.distinct) * 4 > len(self.texts)
        return ", ".join(repr(self._masked(text, is_free=is_free)) for text in list(self.distinct)[:3])

    def _masked(self, text: str, *, is_free: bool) -> str:
        if self.kind == "id":
            return f"{text[:3]}***"
        return ((mask_name(text) if is_free else mask_text(text)) or "")[:_DATE_LENGTH]


def _named(caption: str) -> PiiClass | None:
    """Captions that are mostly personal, though not surely: a draft leaves them out."""
    return (
        PiiClass.NAME
        if re.search(r"(?i)(partner|member|holder|customer|payee|payer|owner).*name|户名|对方$", caption)
        else None
    )


def _is_dated(text: str) -> bool:
    is_number = _figure(text) is not None and len(text) not in {8, 14}
    return _DAY.search(text) is not None and len(text) < _DATE_LENGTH and not is_number


def _most(found: pl.Series) -> bool:
    return len(found) > 0 and found.null_count() <= (1 - _NEARLY_ALL) * len(found)


def _figure(text: str) -> str | None:
    """The decimals of a figure, without a mark; None when the text is no figure."""
    match = _POINT.match(text) or _COMMA.match(text)
    return None if match is None else match["fraction"] or ""


def is_figure(text: str) -> bool:
    """Whether a cell is a number or a date, which no caption is."""
    return _figure(text) is not None or bool(re.match(r"^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:\D|$)", text))


def look_at(position: int, caption: str, bare_caption: str, cells: Sequence[str | None]) -> Content:
    """A column's content.

    Args:
        position: Which column, from 0.
        caption: Its caption as a mapping says it.
        bare_caption: Its caption as the file says it.
        cells: Its cells; null where blank.
    """
    texts = tuple(cell for cell in cells if cell is not None and cell not in EMPTY_WORDS)
    return Content(position=position, caption=caption, bare_caption=bare_caption, texts=texts, rows=len(cells))
