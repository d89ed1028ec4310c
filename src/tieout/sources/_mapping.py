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
from tieout.model import (
    ChargeType,
    CourierCharge,
    SettlementLine,
    SettlementLineType,
)
from tieout.money import DecimalMark
from tieout.sources._amounts import Amount, Charge, Part
from tieout.sources._cash import CASH, GAIN, LOSS, direction
from tieout.sources._columns import Column
from tieout.sources._currencies import SHARED, check_said, is_currency_name
from tieout.sources._mapping_kinds import check_kinds, check_said_of, refuse_parts, yes_no
from tieout.sources._mapping_rules import BALANCE, NET, TYPE_WORDS, WRITTEN, Balance, MappingRules, SignRule, type_words
from tieout.sources._measures import Count, Length, Number, Weight
from tieout.sources._nested_lines import FIELD, NestedLines, line_class
from tieout.sources._options import COMMON_OPTIONS, parse_month
from tieout.sources._order_rows import LINE_PREFIX
from tieout.sources._reading import Reading
from tieout.sources._shaping import check_fields
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Date, Moment
from tieout.sources._words import CURRENCY_NAMES, Choice, Flag, Key, Remark, Text, Tracking, Words
from tieout.tables._schema import record_schema

__all__ = ["MAPPING_OPTIONS", "format_of_mapping", "merged_mapping"]

MAPPING_OPTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "record": "record class that a line becomes, or its name in `tieout.model`; any attrs class with typed fields will do",
        "columns": "captions by field, such as {'tracking_no': '运单号', 'dest.province': '省份'}",
        "charges": "charge types by caption, for several columns of charges on a line, such as {'偏远附加': 'remote_area'}",
        "charges_included": "whether the field `amount` is a total that holds the `charges`",
        "amounts": "line types by caption, for several amounts on a settlement's line, such as {'佣金': 'commission'}",
        "amounts_included": "whether the field `amount` is a total that holds the `amounts`",
        "types": "line types by patterns of the words in the column of `type`; what no pattern knows is unknown, and said",
        "balance": "caption of the balance after a line, to be checked; a mapped `balance_after` is checked too",
        "check_balance": "field that tells several balances apart, such as account; false for one that is not checked",
        "net": "caption of the sum of a line's amounts, to be checked",
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
        "by": "fields whose equal values make several rows one record, whose lines columns such as 'lines.sku' fill",
        "short_rows": "whether lines may end before the last columns",
        "mapping": "TOML file or dictionary with any of these and the common options; what is given beside it wins",
    }
)
_KEY_NAME = re.compile(r"(?:_no|_id|_ref|_code|_number)$|^(?:sku|barcode|code)$")
_FREE_TEXTS: Final = frozenset({"description", "memo", "remark", "note"})
_NTH = re.compile(r"^(?P<caption>.*\S)#(?P<nth>[1-9]\d?)$", re.DOTALL)
_CURRENCY_WORDS: Final = {
    **{code: code for code in CURRENCIES},
    **CURRENCY_NAMES,
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
    unknown = sorted(set(map(str, given)) - set(MAPPING_OPTIONS) - set(COMMON_OPTIONS))
    if unknown:
        known = ", ".join(sorted({*MAPPING_OPTIONS, *COMMON_OPTIONS}))
        raise InputError(f"a mapping has no key {', '.join(unknown)}; its keys: {known}", where=where)
    return {**given, **beside}


def _from_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as cause:
        raise InputError(f"the mapping cannot be opened: {cause.strerror}", where=path.name) from cause
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as cause:
        hint = "save it as UTF-8" if isinstance(cause, UnicodeDecodeError) else ""
        raise InputError(f"the mapping is no valid TOML: {cause}", where=path.name, hint=hint) from cause


def format_of_mapping(mapping: Mapping[str, Any]) -> TableFormat:
    """The format that a mapping describes.

    Raises:
        InputError: It names an unknown record, field, unit or word, or leaves out what the record needs.
    """
    check_kinds(mapping)
    record = _record(mapping.get("record"))
    signs = tuple(_signs(record, mapping))
    columns = tuple(_columns(record, mapping))
    rules = _rules(record, mapping, columns, [rule for rule, _ in signs])
    columns = (*columns, *(column for _, pair in signs for column in pair))
    _check_needs(record, columns, mapping, rules)
    nested = NestedLines.of(record, columns, mapping)
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
        short_rows=yes_no(mapping, "short_rows", where="short_rows"),
        refuse_personal=True,
        parts_included=rules.parts_included,
        decimal_mark=_decimal_mark(mapping.get("decimal_mark", ".")),
        date_format=mapping.get("date_format"),
        by_line=rules.by_line and nested is None,
        checked=rules.checked,
        month=month_of,
        derive=rules.derive,
        grouped_by=() if nested is None else nested.by,
        carried=() if nested is None else (SHARED,),
        refuse=None if nested is None else nested.refuse,
        shape=rules.shape if nested is None else nested.shape,
        checks=rules.checks if rules.checked or nested is not None else None,
    )


def _rules(
    record: type, mapping: Mapping[str, Any], columns: Sequence[Column], signs: Sequence[SignRule]
) -> MappingRules:
    names = {column.name for column in columns}
    types = _types(record, mapping)
    if types is not None and TYPE_WORDS not in names:
        raise InputError("types are told by words, so columns.type is needed", where="types")
    has_amount = "amount_minor" in names or any(rule.field == "amount" for rule in signs)
    if types is not None and not has_amount:
        raise InputError("types are those of the field amount, which no column fills", where="types")
    return MappingRules(
        signs=signs,
        types=types,
        parts=[column.name for column in columns if isinstance(column, Part)],
        parts_included=bool(mapping.get("charges_included") or mapping.get("amounts_included")),
        balance=_balance(mapping, names),
        has_net=mapping.get("net") is not None,
        describes="description" not in names,
    )


def _types(record: type, mapping: Mapping[str, Any]) -> Mapping[str, str | tuple[str, str]] | None:
    said = mapping.get("types")
    if said is None:
        return None
    if record is not SettlementLine:
        raise InputError(f"only a SettlementLine has types of lines, not a {record.__name__}", where="types")
    _patterns({"types": list(said)}, "types")
    for pattern, meant in said.items():
        _line_type(meant, f"types.{pattern}")
    return type_words(said)


def _line_type(meant: Any, where: str) -> str | tuple[str, str]:  # noqa: ANN401 - a person's word, to be judged here
    """A type of lines, or that of gains and that of losses."""
    given = [meant] if isinstance(meant, str) else list(meant) if isinstance(meant, Sequence) else [repr(meant)]
    known = [member.value for member in SettlementLineType]
    wrong = [word for word in given if word not in known]
    if wrong or len(given) not in {1, 2}:
        what = ", ".join(map(repr, wrong)) or repr(meant)
        raise InputError(
            f"{what} is no type of lines; known: {', '.join(known)}", where=where, hint="or [of gains, of losses]"
        )
    return given[0] if isinstance(meant, str) or len(given) == 1 else (given[0], given[1])


def _balance(mapping: Mapping[str, Any], names: set[str]) -> Balance | None:
    how = mapping.get("check_balance", True)
    column = next((name for name in (f"{BALANCE}_minor", "balance_after_minor") if name in names), None)
    if column is None or how is False:
        return None
    chain = how if isinstance(how, str) else None
    if chain is not None and _name(chain) not in names:
        raise InputError(f"field {chain!r} is named, but no column fills it", where="check_balance")
    return Balance(column=column, chain=None if chain is None else _name(chain))


def _check_needs(record: type, columns: Sequence[Column], mapping: Mapping[str, Any], rules: MappingRules) -> None:
    """Refuse a mapping that leaves out what the record needs, which hooks would hide from the format's own check."""
    schema = record_schema(record).dtypes
    filled = [] if mapping.get("currency") is None or "currency" not in schema else ["currency"]
    if rules.parts:
        has_own = "amount_minor" in {*(column.name for column in columns), *rules.fields}
        kind = "charge_type" if "charge_type" in schema else "type"
        filled += ["amount_minor", *([] if has_own else [kind])]
    constants = mapping.get("constants") or {}
    check_fields(record, columns, constants, also=[*filled, *rules.fields])
    said = mapping.get("currency")
    check_said(record, columns, constants if said is None else {SHARED: said, **constants})


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
    if not isinstance(fields, Mapping) or not (fields or mapping.get("charges") or mapping.get("amounts")):
        raise InputError("columns are needed, captions by field", where="columns")
    for name in sorted({*map(_name, values), *required} - set(map(_name, fields))):
        raise InputError(f"field {name!r} is named, but no column fills it", where="values or required")
    by_name = {_name(field): words for field, words in values.items()}
    for field, said in fields.items():
        if _is_sign_rule(said):
            continue
        if field == "type" and mapping.get("types") is not None:
            yield _said_of(Remark, TYPE_WORDS, said, where="columns.type")
            continue
        column = _column(record, str(field), said, by_name.get(_name(field)), mapping)
        yield attrs.evolve(column, needed=True) if _name(field) in required else column
    for option, to in (("balance", BALANCE), ("net", NET)):
        if mapping.get(option) is not None:
            yield _said_of(Amount, to, mapping[option], where=option)
    yield from _charges(record, mapping.get("charges") or {})
    yield from _amounts(record, mapping.get("amounts") or {})


def _amounts(record: type, amounts: Mapping[str, Any]) -> Iterator[Part]:
    if amounts and record is not SettlementLine:
        raise InputError(f"only a SettlementLine has amounts, not a {record.__name__}", where="amounts")
    for said, meant in amounts.items():
        where = f"amounts.{said}"
        full: Mapping[str, Any] = meant if isinstance(meant, Mapping) else {"type": meant}
        unknown = sorted(set(full) - {"type", "inverse", "optional", "description"})
        if unknown or "type" not in full:
            raise InputError("an amount is said by type, inverse, optional, description", where=where)
        caption, nth = _caption_and_nth(said)
        yield Part(
            caption,
            _line_type(full["type"], where),
            nth=nth,
            negate=yes_no(full, "inverse", where=where),
            optional=yes_no(full, "optional", where=where),
            words=full.get("description"),
        )


def _is_sign_rule(said: Any) -> bool:  # noqa: ANN401 - a person's word, to be judged here
    return isinstance(said, Mapping) and bool({"gain", "loss", "direction"} & set(said))


def _signs(record: type, mapping: Mapping[str, Any]) -> Iterator[tuple[SignRule, tuple[Column, Column]]]:
    """Rules of the fields whose sign several cells say, and the columns that they read."""
    fields = mapping.get("columns") or {}
    for field, said in fields.items() if isinstance(fields, Mapping) else ():
        if _is_sign_rule(said):
            yield _sign(record, str(field), said)


def _sign(record: type, field: str, said: Mapping[str, Any]) -> tuple[SignRule, tuple[Column, Column]]:
    where = f"columns.{field}"
    schema = record_schema(record).dtypes
    if f"{_name(field)}_minor" not in schema:
        raise InputError(f"field {field!r} is no amount of money, so it has no sign", where=where)
    if f"{_name(field)}_currency" in schema:
        raise InputError(f"field {field!r} has a currency of its own, and is said by one column", where=where)
    if record.__module__.startswith("tieout.model") and record not in CASH:
        listed = ", ".join(kind.__name__ for kind in CASH)
        raise InputError(
            f"amounts of a {record.__name__} are no gains or losses; those of {listed} are",
            where=where,
            hint="a column of credits is read by inverse = true",
        )
    by_direction = "direction" in said
    wanted = {"column", "direction"} if by_direction else {"gain", "loss"}
    unknown = sorted(set(said) - wanted - {"inverse", "written"} - ({"words"} if by_direction else set()))
    if unknown or not wanted <= set(said):
        raise InputError(
            "a signed amount is said by gain and loss, or by column and direction (and its words), with inverse and written",
            where=where,
        )
    written = said.get("written")
    if written is not None and written not in WRITTEN:
        raise InputError(f"{written!r} is not a way of writing; known: {', '.join(WRITTEN)}", where=where)
    rule = SignRule(
        field=_name(field), by_direction=by_direction, inverse=yes_no(said, "inverse", where=where), written=written
    )
    first, second = rule.names
    if not by_direction:
        gain, loss = (_said_of(Amount, to, said[key], where=where) for to, key in ((first, "gain"), (second, "loss")))
        return rule, (gain, loss)
    way = direction(*_captions(said["direction"])[0], to=second)
    words = said.get("words") or {}
    if not set(words.values()) <= {GAIN, LOSS}:
        raise InputError("the words of a direction mean 'gain' or 'loss'", where=where)
    way = attrs.evolve(way, nth=_captions(said["direction"])[1], values={**way.values, **words})
    return rule, (_said_of(Amount, first, said["column"], where=where), way)


def _said_of(kind: type[Column], to: str, said: Any, *, where: str) -> Column:  # noqa: ANN401 - a person's word
    """A column for the mapping's own use, by its caption or in full."""
    if isinstance(said, Mapping):
        return _in_full(kind, {"to": to}, said, where)
    captions, nth = _captions(said)
    return kind(captions, to=to, nth=nth)


def _captions(said: Any) -> tuple[tuple[str, ...], int | None]:  # noqa: ANN401 - a person's word
    if isinstance(said, Sequence) and not isinstance(said, str):
        if not said:
            raise InputError("a caption is needed", where="columns", hint="such as {column = '运单号'}")
        return tuple(str(caption) for caption in said), None
    caption, nth = _caption_and_nth(said)
    return (caption,), nth


def _in_full(kind: type[Column], own: Mapping[str, Any], said: Mapping[str, Any], where: str) -> Column:
    more = {"negate" if key == "inverse" else key: value for key, value in said.items() if key != "column"}
    if said.get("column") is None:
        raise InputError("a caption is needed", where=where, hint="such as {column = '运单号'}")
    captions, nth = _captions(said["column"])
    check_said_of(kind, more, where=where)
    try:
        return kind(captions, **{"nth": nth, **own, **more})
    except TypeError as cause:
        known = ", ".join(attribute.name for attribute in attrs.fields(kind) if attribute.init)
        raise InputError(f"a column of {kind.__name__} is said by {known}", where=where) from cause


def _charges(record: type, charges: Mapping[str, Any]) -> Iterator[Charge]:
    if charges and record is not CourierCharge:
        raise InputError(f"only a CourierCharge has charges, not a {record.__name__}", where="charges")
    known = {member.value for member in ChargeType}
    for said, charge_type in charges.items():
        if not isinstance(charge_type, str) or charge_type not in known:
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
    if said is None:
        raise InputError("a caption is needed", where=f"columns.{field}", hint="such as {column = '运单号'}")
    of, name = record, field
    if field.startswith(f"{FIELD}."):
        of, name = line_class(record), field.removeprefix(f"{FIELD}.")
        field = f"{LINE_PREFIX}{name}"
    full = said if isinstance(said, Mapping) else {"column": said}
    refuse_parts(of, field, full)
    kind, own = _kind(of, name, words, mapping)
    return _in_full(kind, {"to": field, **own}, full, f"columns.{field}")


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
        is_currency = is_currency_name(name, specs.keys())
        return _kind_of_words(name, words, spec.members, is_currency=is_currency)
    return _kind_of_figures(name, spec.dtype, mapping)


def _kind_of_words(
    name: str, words: Mapping[str, str] | None, members: tuple[str, ...] | None, *, is_currency: bool
) -> tuple[type[Column], dict[str, Any]]:
    if words is None and members is not None:
        words = {member: member for member in members}
    if words is None and is_currency:
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
    if _KEY_NAME.search(name):
        return Key, {"needed": False}
    return (Remark if name in _FREE_TEXTS else Text), {}


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
