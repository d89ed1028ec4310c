"""Mappings: from what a person says about an unknown table to a format that reads it.

A mapping names fields of a record and the captions that fill them; the kind of each column follows from the field's type.
It comes as keyword arguments, as a dictionary, or as a TOML file with the same keys.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import attrs
import polars as pl
from moneyed import CURRENCIES

import tieout.model
from tieout.errors import InputError
from tieout.model import ChargeType, CourierCharge
from tieout.money import DecimalMark
from tieout.sources._amounts import Amount, Charge
from tieout.sources._columns import Column
from tieout.sources._measures import Count, Length, Number, Weight
from tieout.sources._options import COMMON_OPTIONS, parse_month
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Date, Moment
from tieout.sources._words import Choice, Flag, Key, Text, Tracking, Words
from tieout.tables._schema import record_schema

__all__ = ["MAPPING_OPTIONS", "format_of_mapping", "merged_mapping"]

MAPPING_OPTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "record": "record class that a line becomes, or its name in `tieout.model`; any attrs class with typed fields will do",
        "columns": "captions by field, such as {'tracking_no': '运单号', 'dest.province': '省份'}",
        "charges": "charge types by caption, for several columns of charges on a line, such as {'偏远附加': 'remote_area'}",
        "charges_included": "whether the field `amount` is a total that holds the `charges`",
        "values": "words of the record by the file's words, by field, such as {'leg': {'RTO': 'return'}}",
        "required": "fields without which a line is a reject, besides those that the record needs and the tracking number",
        "currency": "ISO 4217 code of all amounts",
        "weight_unit": "unit of weights: g, kg, t, lb, oz or 斤",
        "length_unit": "unit of lengths: mm, cm, m, in or ft",
        "decimal_mark": "what parts units from fractions: . or ,",
        "date_format": "how dates are written, in the notation of strftime; the usual ways if left out",
        "bill_month": "month of dates without a year, as YYYY-MM",
        "footer": "pattern, or several, of cells that make a row a footer",
        "end": "pattern, or several, of cells with which another section begins",
        "short_rows": "whether lines may end before the last columns",
        "mapping": "TOML file or dictionary with any of these and the common options; what is given beside it wins",
    }
)
_KEY_NAME = re.compile(r"(?:_no|_id|_ref|_code|_number)$|^(?:sku|barcode|code)$")
_NTH = re.compile(r"^(?P<caption>.*\S)#(?P<nth>[1-9]\d?)$", re.DOTALL)
_CURRENCY_WORDS: Final = {
    **{code: code for code in CURRENCIES},
    "人民币": "CNY",
    "人民币元": "CNY",
    "RMB": "CNY",
    "元": "CNY",
}


def merged_mapping(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options, with those of `mapping` beneath them.

    Raises:
        InputError: The mapping cannot be read, or has a key that is no option.
    """
    beside = {name: value for name, value in options.items() if name != "mapping"}
    given = options.get("mapping")
    if given is None:
        return beside
    where = "mapping"
    if isinstance(given, (str, PathLike)):
        where, given = Path(given).name, _from_toml(Path(given))
    if not isinstance(given, Mapping):
        raise InputError(f"a mapping is a TOML file or a dictionary, got {type(given).__name__}")
    unknown = sorted(set(given) - set(MAPPING_OPTIONS) - set(COMMON_OPTIONS))
    if unknown:
        known = ", ".join(sorted({*MAPPING_OPTIONS, *COMMON_OPTIONS}))
        raise InputError(f"a mapping has no key {', '.join(unknown)}; its keys: {known}", where=where)
    return {**given, **beside}


def _from_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as cause:
        raise InputError(f"the mapping cannot be opened: {cause.strerror}", where=path.name) from cause
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as cause:
        raise InputError(f"the mapping is no valid TOML: {cause}", where=path.name) from cause


def format_of_mapping(mapping: Mapping[str, Any]) -> TableFormat:
    """The format that a mapping describes.

    Raises:
        InputError: It names an unknown record, field, unit or word, or leaves out what the record needs.
    """
    record = _record(mapping.get("record"))
    columns = tuple(_columns(record, mapping))
    month = mapping.get("bill_month")
    named = parse_month(month) if month is not None else None

    def month_of(_: Reading) -> date | None:
        return named

    return TableFormat(
        record=record,
        columns=columns,
        currency=mapping.get("currency"),
        constants=dict(mapping.get("constants") or {}),
        evidence="mapping",
        footers=_patterns(mapping, "footer"),
        ends=_patterns(mapping, "end"),
        short_rows=bool(mapping.get("short_rows", False)),
        refuse_personal=True,
        parts_included=bool(mapping.get("charges_included", False)),
        decimal_mark=_decimal_mark(mapping.get("decimal_mark", ".")),
        date_format=mapping.get("date_format"),
        month=month_of,
    )


def _record(given: object) -> type:
    if isinstance(given, str):
        found = getattr(tieout.model, given, None)
        if found is None or not attrs.has(found):
            raise InputError(f"tieout.model has no record {given!r}", where="record")
        return found
    if isinstance(given, type) and attrs.has(given):
        return given
    raise InputError(
        "a record class is needed, or its name in tieout.model", where="record", hint="such as record=CourierCharge"
    )


def _columns(record: type, mapping: Mapping[str, Any]) -> Iterator[Column]:
    fields = mapping.get("columns") or {}
    values = mapping.get("values") or {}
    required = {_name(field) for field in mapping.get("required") or ()}
    if not isinstance(fields, Mapping) or not (fields or mapping.get("charges")):
        raise InputError("columns are needed, captions by field", where="columns")
    for name in sorted({*map(_name, values), *required} - set(map(_name, fields))):
        raise InputError(f"field {name!r} is named, but no column fills it", where="values or required")
    by_name = {_name(field): words for field, words in values.items()}
    for field, said in fields.items():
        column = _column(record, str(field), said, by_name.get(_name(field)), mapping)
        yield attrs.evolve(column, needed=True) if _name(field) in required else column
    yield from _charges(record, mapping.get("charges") or {})


def _charges(record: type, charges: Mapping[str, str]) -> Iterator[Charge]:
    if charges and record is not CourierCharge:
        raise InputError(f"only a CourierCharge has charges, not a {record.__name__}", where="charges")
    known = {member.value for member in ChargeType}
    for said, charge_type in charges.items():
        if charge_type not in known:
            raise InputError(
                f"{charge_type!r} is no charge type; known: {', '.join(sorted(known))}", where=f"charges.{said}"
            )
        caption, nth = _caption_and_nth(said)
        yield Charge(caption, charge_type, nth=nth)


def _name(field: object) -> str:
    return str(field).replace(".", "_")


def _caption_and_nth(said: object) -> tuple[str, int | None]:
    """A caption may say which of several alike is meant: `金额#2`. Numbers count columns of a file without a header."""
    match = _NTH.match(str(said))
    return (match["caption"], int(match["nth"])) if match else (str(said), None)


def _column(record: type, field: str, said: Any, words: Mapping[str, str] | None, mapping: Mapping[str, Any]) -> Column:  # noqa: ANN401
    if isinstance(said, Charge):
        raise InputError("a Charge goes into charges, by its caption", where=f"columns.{field}")
    if isinstance(said, Column):
        return attrs.evolve(said, to=field)
    more: dict[str, Any] = {}
    if isinstance(said, Mapping):
        more = {key: value for key, value in said.items() if key != "column"}
        said = said.get("column")
    if isinstance(said, Sequence) and not isinstance(said, str):
        captions, nth = tuple(str(caption) for caption in said), None
    elif said is None:
        raise InputError("a caption is needed", where=f"columns.{field}", hint="such as {column = '运单号'}")
    else:
        caption, nth = _caption_and_nth(said)
        captions = (caption,)
    kind, own = _kind(record, field, words, mapping)
    try:
        return kind(captions, **{"to": field, "nth": nth, **own, **more})
    except TypeError as cause:
        known = ", ".join(attribute.name for attribute in attrs.fields(kind) if attribute.init)
        raise InputError(f"a column of {kind.__name__} is said by {known}", where=f"columns.{field}") from cause


def _kind(
    record: type, field: str, words: Mapping[str, str] | None, mapping: Mapping[str, Any]
) -> tuple[type[Column], dict[str, Any]]:
    """The kind of column that a field's type needs, and what it needs to know."""
    name = _name(field)
    specs = {spec.name: spec for spec in record_schema(record).columns}
    is_word = name in specs and specs[name].dtype == pl.String
    if name in specs and specs[name].dtype == pl.List(pl.String):
        return Words, {} if words is None else {"values": words}
    if words is not None and not is_word:
        raise InputError(f"field {field!r} is no word, so it has no values", where=f"values.{field}")
    if f"{name}_minor" in specs:
        return Amount, {}
    if name not in specs or name == "raw" or name.startswith("source_"):
        known = ", ".join(key.removesuffix("_minor") for key in specs if key != "raw" and not key.startswith("source_"))
        raise InputError(
            f"{record.__name__} has no field {field!r} that a column can fill; it has: {known}", where="columns"
        )
    spec = specs[name]
    if spec.dtype == pl.String:
        return _kind_of_words(name, words, spec.members)
    return _kind_of_figures(name, spec.dtype, mapping)


def _kind_of_words(
    name: str, words: Mapping[str, str] | None, members: tuple[str, ...] | None
) -> tuple[type[Column], dict[str, Any]]:
    if words is None and members is not None:
        words = {member: member for member in members}
    if words is None and name == "currency":
        words = _CURRENCY_WORDS
    if words is not None:
        wrong = sorted(set(words.values()) - set(members)) if members is not None else []
        if wrong:
            raise InputError(
                f"{', '.join(wrong)}: not a word here; known: {', '.join(members or ())}", where=f"values.{name}"
            )
        return Choice, {"values": words}
    if name == "tracking_no":
        return Tracking, {}
    return (Key, {"needed": False}) if _KEY_NAME.search(name) else (Text, {})


def _kind_of_figures(name: str, dtype: pl.DataType, mapping: Mapping[str, Any]) -> tuple[type[Column], dict[str, Any]]:
    plain: dict[Any, type[Column]] = {pl.Int64: Count, pl.Boolean: Flag, pl.Date: Date, pl.Datetime: Moment}
    kind = plain.get(dtype.base_type())
    if kind is not None:
        return kind, {}
    if not dtype.is_decimal():
        raise InputError(f"field {name!r} holds a list, which no column can fill", where="columns")
    for suffix, measure, option in (("_g", Weight, "weight_unit"), ("_cm", Length, "length_unit")):
        if name.endswith(suffix):
            unit = mapping.get(option)
            if unit is None:
                raise InputError(
                    f"the unit of {name!r} must be said", where="columns", hint=f"such as {option}={_USUAL[option]!r}"
                )
            return measure, {"unit": unit}
    return Number, {}


_USUAL = {"weight_unit": "kg", "length_unit": "cm"}


def _patterns(mapping: Mapping[str, Any], option: str) -> tuple[str, ...]:
    said = mapping.get(option) or ()
    patterns = (said,) if isinstance(said, str) else tuple(said)
    for pattern in patterns:
        try:
            re.compile(pattern)
            pl.Series([""]).str.contains(pattern)
        except (re.error, pl.exceptions.PolarsError) as cause:
            raise InputError(f"{pattern!r} is not a pattern that can be used here", where=option) from cause
    return patterns


def _decimal_mark(said: object) -> DecimalMark:
    try:
        return DecimalMark(str(said))
    except ValueError as cause:
        raise InputError(f"a decimal mark is '.' or ',', got {said!r}", where="decimal_mark") from cause
