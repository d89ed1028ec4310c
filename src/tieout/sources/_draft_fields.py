"""The columns of a draft that hold no money: dates, words, weights, kinds of lines, and what no column fills."""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

import polars as pl

from tieout.keys import carrier_code
from tieout.model import CourierCharge, Shipment
from tieout.privacy import mask_text
from tieout.sources._draft_columns import Bound
from tieout.sources._draft_content import Content
from tieout.sources._draft_text import mapping_of
from tieout.sources._draft_words import (
    arrival_of_words,
    carrier_of_words,
    field_of,
    order_stage_of_words,
    platform_of_words,
    stage_of_words,
    type_of_words,
)
from tieout.sources._drafting import Drafting, listed, literally
from tieout.tables._schema import record_schema

__all__ = ["add_constants", "add_fields"]

_PLACEHOLDERS: Final = {
    "SettlementLine": {"type": "unknown"},
    "ChannelTransaction": {"channel": "unknown"},
    "CourierCharge": {"charge_type": "all_in"},
    "Order": {"platform": "unknown"},
}
_UNITS: Final = (
    (r"kg|公斤|千克", "kg"),
    (r"[(（\[ _]g[)）\]]?$|克", "g"),
    (r"lbs?\b|磅", "lb"),
    (r"\boz\b", "oz"),
    (r"斤", "斤"),
)
_LENGTHS: Final = (
    (r"cm|厘米|公分", "cm"),
    (r"mm|毫米", "mm"),
    (r"\b(?:in|inch|inches)\b|英寸", "in"),
    (r"[(（]m[)）]|米", "m"),
)
_SAID: Final = ("weight_unit", "length_unit", "bill_month")
_OF_LINES: Final = ("order of article", "article", "quantity")
_TRANSLATED: Final[Mapping[str, Callable[[str], str | None]]] = {
    "courier": carrier_code,
    "stage": stage_of_words,
    "order stage": order_stage_of_words,
    "arrival": arrival_of_words,
    "payer": platform_of_words,
}
_NEEDING_ALL: Final = {"stage", "arrival"}
_CLOSED: Final = {"order stage"}


def add_fields(drafting: Drafting, bound: Mapping[str, Bound]) -> None:
    """Map the columns of dates, words, weights and kinds.

    Args:
        drafting: The draft.
        bound: The columns by what they say.
    """
    for sense, one in bound.items():
        field = field_of(sense, drafting.record)
        name = str(field).replace(".", "_")
        dtypes = record_schema(drafting.record).dtypes
        dtype = dtypes.get(name, dtypes.get(f"{name}_minor"))
        if sense in _OF_LINES:
            continue
        if field is None or (sense == "balance" and drafting.record.__name__ == "SettlementLine"):
            continue
        if sense == "kind" and drafting.record.__name__ == "SettlementLine":
            _add_kinds(drafting, one)
        elif dtype is not None and dtype.is_temporal():
            _add_date(drafting, field, one, is_moment=dtype != pl.Date)
        elif sense == "weight":
            _add_measure(drafting, field, one, "weight_unit", _UNITS, "kg")
        elif sense in {"length", "width", "height"}:
            _add_measure(drafting, field, one, "length_unit", _LENGTHS, "cm")
        elif sense in _TRANSLATED:
            _add_translated(drafting, sense, field, one)
        elif dtype is not None:
            drafting.add("columns", field, one.content.caption, one.reason)
    _add_lines(drafting, bound)
    _add_said(drafting)


def _add_said(drafting: Drafting) -> None:
    for option in _SAID:
        if option in drafting.said:
            drafting.add("", option, drafting.said[option], "said by you")


def _add_lines(drafting: Drafting, bound: Mapping[str, Bound]) -> None:
    """Of a list of parcels with a row for each article: which rows are one parcel, and what is in it."""
    number = bound.get("tracking")
    repeated = 0 if number is None else sum(count > 1 for count in number.content.distinct.values())
    if drafting.record is not Shipment or not repeated or "article" not in bound:
        return
    by = ["carrier", "tracking_no"] if "courier" in bound else ["tracking_no"]
    drafting.add("", "by", by, f"{repeated:,} numbers stand on several rows, one for each article")
    for sense in _OF_LINES:
        if sense in bound:
            field = str(field_of(sense, drafting.record))
            drafting.add("columns", field, bound[sense].content.caption, bound[sense].reason)
    if "quantity" not in bound:
        field = str(field_of("quantity", drafting.record))
        drafting.add("columns", field, "?", "each article needs its pieces, and no column looks like them", ask=True)


def _add_date(drafting: Drafting, field: str, one: Bound, *, is_moment: bool) -> None:
    formats = one.content.date_formats
    if is_moment and one.content.lacks_zone:
        _add_timezone(drafting, one.content)
    if "date_format" in drafting.said or formats == ("",):
        drafting.add("columns", field, one.content.caption, one.reason)
        return
    if formats == ("no year",):
        drafting.add("columns", field, one.content.caption, one.reason)
        if "bill_month" not in drafting.said:
            drafting.ask("bill_month", "2026-07", f"dates in {one.content.caption!r} lack the year")
        return
    ordered = [way for way in formats if _is_ordered(one.content.dates(way))]
    if len(formats) == 1 or len(ordered) == 1:
        way = (ordered or formats)[0]
        why = "no other way fits all dates" if len(formats) == 1 else "only so are they in order"
        drafting.add("columns", field, {"column": one.content.caption, "format": way}, f"{one.reason}; {why}")
        return
    drafting.add("columns", field, one.content.caption, one.reason)
    both = " or ".join(formats)
    drafting.ask("date_format", formats[0], f"dates such as {one.content.texts[0]} mean two days: {both}")


def _add_timezone(drafting: Drafting, content: Content) -> None:
    if any(entry.key == "timezone" for entry in drafting.entries):
        return
    if "timezone" in drafting.said:
        drafting.add("", "timezone", drafting.said["timezone"], "said by you")
    elif drafting.is_chinese:
        drafting.add("", "timezone", "Asia/Shanghai", "the captions are Chinese; the file itself does not say")
    else:
        drafting.ask("timezone", "Europe/Berlin", f"times in {content.caption!r} say no zone")


def _add_measure(
    drafting: Drafting, field: str, one: Bound, option: str, units: Sequence[tuple[str, str]], usual: str
) -> None:
    """A weight or a side, and the unit that captions say once for all columns of it."""
    caption = one.content.bare_caption.lower()
    unit = next((unit for pattern, unit in units if re.search(pattern, caption)), None)
    drafting.add("columns", field, one.content.caption, one.reason)
    if option in drafting.said:
        return
    if unit is None:
        drafting.ask(option, usual, f"the caption {one.content.bare_caption!r} says no unit")
    elif not any((entry.section, entry.key) == ("", option) for entry in drafting.entries):
        drafting.add("", option, unit, f"the caption {one.content.bare_caption!r} says it")


def _add_translated(drafting: Drafting, sense: str, field: str, one: Bound) -> None:
    """A column of few words, and what each means; of a parcel's stage none is read where one is not understood.

    A carrier that is not known keeps its name. Of an order's stage a word that is not known is left to a person: its lines are
    rejects till then.
    """
    meaning, keeps_unknown = _TRANSLATED[sense], sense not in _CLOSED
    words = sorted(one.content.distinct) if one.content.is_of_words else []
    known = {word: meant for word in words if (meant := meaning(word)) is not None}
    unknown = [word for word in words if word not in known]
    if sense in _NEEDING_ALL and (unknown or not words):
        return
    drafting.add("columns", field, one.content.caption, one.reason)
    if known:
        left = "and left as they are" if keeps_unknown else "so their lines are rejects till you say"
        more = f"; not known, {left}: {listed(list(map(str, map(mask_text, unknown))))}" if unknown else ""
        said = known | {word: word for word in unknown if keeps_unknown and mask_text(word) == word}
        drafting.add("values", field, said, f"what the words of {one.content.caption!r} usually mean{more}")


def _add_kinds(drafting: Drafting, one: Bound) -> None:
    """The column of the type of a settlement's lines, and what its words mean."""
    drafting.add("columns", "type", one.content.caption, one.reason)
    words = one.content.distinct if one.content.is_of_words else {}
    words = {text: lines for text, lines in words.items() if mask_text(text) == text}
    if not words:
        drafting.add("types", "^$", "unknown", "the words of the column are too many to list")
    for text, lines in words.items():
        meant = type_of_words(text)
        pattern = "^" + literally(text) + "$"
        if meant is None:
            drafting.add(
                "types",
                pattern,
                "unknown",
                f"{lines} lines; nobody can know, so they are unknown till then",
                ask=True,
            )
        else:
            drafting.add("types", pattern, meant, f"{lines} lines; its words usually mean that")


def add_constants(drafting: Drafting, bound: Mapping[str, Bound]) -> None:
    """Say what no column fills, and ask for what the record needs and nobody can know.

    Args:
        drafting: The draft.
        bound: The columns by what they say.
    """
    filled = {entry.key for entry in drafting.entries if entry.section == "columns"}
    has_parts = any(entry.section in {"charges", "amounts"} for entry in drafting.entries)
    for field, value in _PLACEHOLDERS.get(drafting.record.__name__, {}).items():
        if field in filled or (has_parts and "amount" not in filled and field in {"type", "charge_type"}):
            continue
        why = (
            "one figure for the whole parcel, as far as can be seen" if value == "all_in" else "a person must say which"
        )
        drafting.add("constants", field, value, why)
        filled.add(field)
    if drafting.record is CourierCharge and "carrier" not in filled:
        _add_carrier(drafting)
    mapping = mapping_of(drafting.entries)
    filled |= {"currency"} if "currency" in mapping or "currency" in bound or not bound else set()
    filled |= {"type", "charge_type"} if has_parts and "amount" not in filled else set()
    for spec in record_schema(drafting.record).columns:
        name = spec.name.removesuffix("_minor")
        is_filled = name in filled or (name == "amount" and has_parts) or name == "currency"
        if spec.required and not is_filled:
            drafting.add(
                "columns", name, "?", f"{drafting.record.__name__} needs it, and no column looks like it", ask=True
            )


def _add_carrier(drafting: Drafting) -> None:
    """Say whose bill it is, where the name of the file or what stands above the table names one carrier."""
    header = drafting.table.header.row.line
    above = " ".join(cell for row in drafting.table.grid.head if row.line < header for cell in row.cells if cell)
    for what, text in (("the name of the file", drafting.document.where), ("what stands above the table", above)):
        found = carrier_of_words(text)
        if found is not None:
            drafting.add("constants", "carrier", found[0], f"{what} says {found[1]!r}")
            return


def _is_ordered(days: Sequence[Any]) -> bool:
    pairs = list(pairwise(days))
    rising = all(first <= second for first, second in pairs)
    return len(set(days)) > 1 and (rising or all(first >= second for first, second in pairs))
