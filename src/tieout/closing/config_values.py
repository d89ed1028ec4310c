"""From what TOML holds to the values that our classes take: by their types, so that a new leaf needs no line here.

A setting of a reconciliation, a field of the book, a rule for a file: each is a field of an attrs class with a type, and the type
says how a text, a number or a table becomes its value. Files are looked for beside the config, and their hashes are kept.
"""

import hashlib
import re
import types
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol, Union, get_args, get_origin
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import attrs
from cattrs import Converter, StructureHandlerNotFoundError
from cattrs.cols import (
    homogenous_tuple_structure_factory,
    is_mapping,
    is_sequence,
    list_structure_factory,
    mapping_structure_factory,
)
from cattrs.gen import make_dict_structure_fn, override
from moneyed import Money

from tieout.errors import ConfigError, InputError, MoneyError, RateCardError
from tieout.model.currency import exactly, exponent
from tieout.money.parsing import parse_amount, parse_money
from tieout.reconciliations import DueRule, DueRules, Period

__all__ = ["QUOTE", "Beside", "Written", "converter_of", "kind_of", "structured", "whole_units"]

_KINDS: Final = (
    (bool, "yes or no"), (str, "text"), (int, "a whole number"), (datetime, "a moment"), (date, "a day"),
    (list, "a list"), (Mapping, "a table"),
)  # fmt: skip
_ISO_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
QUOTE: Final = 'put amounts, rates and shares in quotes, such as "0.05": a number with a point would be rounded'


class Written(str):
    """A TOML number with a point, as it is written: no amount and no rate is taken through a float."""

    __slots__ = ()


def kind_of(value: object) -> str:
    """What a value is called in a message."""
    if isinstance(value, Written):
        return "a number with a point"
    return next((name for kind, name in _KINDS if isinstance(value, kind)), type(value).__name__)


class _Loads(Protocol):
    """A class that loads itself from a file, or by the name of one that comes with the package."""

    def load(self, source: str | Path, /) -> object:
        """What the file says."""
        ...  # pyright takes a bare docstring for a body that returns None


@attrs.define
class Beside:
    """Files that a config refers to.

    Attributes:
        folder: Folder of the config; None for one without a file, whose paths are those of the process.
        sources: SHA-256 of every file that was read, by its name beside the config.
    """

    folder: Path | None
    sources: dict[str, str] = attrs.field(factory=dict)

    def path(self, text: str) -> Path:
        """A path that the config says, from its folder on."""
        return Path(text) if self.folder is None else self.folder / text

    def file(self, text: str) -> Path:
        """A file that the config refers to.

        Raises:
            InputError: There is none, or it cannot be read.
        """
        path = self.path(text)
        try:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
        except (FileNotFoundError, IsADirectoryError, ValueError) as cause:  # ValueError: a name that no file can have
            raise InputError(f"there is no file {text!r}", hint=self._looked()) from cause
        except OSError as cause:
            raise InputError(f"the file {text!r} cannot be read: {cause.strerror}") from cause
        self.sources[Path(text).as_posix()] = digest
        return path

    def existing(self, text: str) -> Path:
        """A file or folder that the config refers to.

        Raises:
            InputError: There is none.
        """
        path = self.path(text)
        try:
            is_there = path.exists()
        except (OSError, ValueError):
            is_there = False
        if not is_there:
            raise InputError(f"there is no file or folder {text!r}", hint=self._looked())
        return path

    def load(self, kind: _Loads, text: str) -> object:
        """What a class loads from a file, or by the name of one that comes with the package.

        Raises:
            TieoutError: There is none, or it is wrong.
        """
        if not Path(text).suffix and not self.path(text).is_file():
            return kind.load(text)
        path = self.file(text)
        try:
            loaded = kind.load(path)
        except RateCardError as cause:
            raise InputError(str(cause).partition("\nHint: ")[0], hint=cause.hint) from cause
        except InputError as cause:
            raise InputError(f"{cause.where or path.name}: {cause.problem}", hint=cause.hint) from cause
        parent = Path(text).parent
        for name, digest in getattr(loaded, "side_files", {}).items():
            self.sources[(parent / name).as_posix()] = digest
        return loaded

    def _looked(self) -> str:
        return "paths are told from the config's folder on" if self.folder is not None else ""


def converter_of(beside: Beside) -> Converter:
    """The converter of one config.

    Args:
        beside: Where files are, and where their hashes are noted.
    """
    converter = Converter(detailed_validation=True, forbid_extra_keys=True)
    for plain, take in _PLAIN.items():
        converter.register_structure_hook(plain, partial(_of_plain, take))
    converter.register_structure_hook_func(_is_enum, _member)
    converter.register_structure_hook(Path, lambda value, _: beside.file(_text(value, str)))
    converter.register_structure_hook_factory(_is_function, lambda _: _refuse_function)
    converter.register_structure_hook_factory(
        is_sequence, lambda kind: _listed(kind, list_structure_factory, converter)
    )
    converter.register_structure_hook_factory(
        _is_tuple, lambda kind: _listed(kind, homogenous_tuple_structure_factory, converter)
    )
    converter.register_structure_hook_factory(is_mapping, lambda kind: _by_key(kind, converter))
    converter.register_structure_hook_factory(attrs.has, lambda kind: _of_class(kind, converter, beside))
    converter.register_structure_hook(DueRules, lambda value, _: _due_rules(value, converter))
    converter.register_structure_hook_factory(_is_union, lambda kind: _of_union(kind, converter))
    return converter


def _of_plain(take: Callable[[Any, Any], Any], value: object, wanted: Any) -> object:  # noqa: ANN401 - a class
    """A value of a plain type, or of an Enum of such: cattrs finds the rule of `str` for both."""
    return _member(value, wanted) if _is_enum(wanted) else take(value, wanted)


def _wrong(wanted: str, value: object, hint: str = "") -> InputError:
    is_short = isinstance(value, (bool, int, str)) and not isinstance(value, Written)
    shown = f", {value!r}" if is_short else f", {value}" if isinstance(value, date) else ""
    return InputError(f"{wanted} is needed, got {kind_of(value)}{shown}", hint=hint)


def _text(value: object, _: type) -> str:
    if isinstance(value, Written) or not isinstance(value, str):
        raise _wrong("text in quotes", value)
    return value


def _whole(value: object, _: type) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong("a whole number", value, "without quotes" if isinstance(value, str) and value.isdecimal() else "")
    return value


def _flag(value: object, _: type) -> bool:
    if not isinstance(value, bool):
        raise _wrong("true or false", value, "without quotes" if isinstance(value, str) else "")
    return value


def _day(value: object, _: type) -> date:
    if isinstance(value, str) and _ISO_DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError as cause:
            raise InputError(f"there is no day {value}") from cause
    if isinstance(value, datetime) or not isinstance(value, date):
        raise _wrong("a day", value, "such as 2026-10-31, without quotes")
    return value


def _decimal(value: object, _: type) -> Decimal:
    if isinstance(value, Written):
        raise InputError(f"a number with a point, {value}", hint=QUOTE)
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise _wrong("an amount or a share, in quotes,", value)
    try:
        return parse_amount(value)
    except MoneyError as cause:
        raise InputError(cause.problem, hint=cause.hint) from cause


def _money(value: object, _: type) -> Money:
    amount, _blank, currency = value.strip().rpartition(" ") if isinstance(value, str) else ("", "", "")
    if isinstance(value, Written) or not amount:
        raise _wrong('an amount with its currency, such as "12.00 CNY",', value)
    return parse_money(amount, currency)


def _period(value: object, _: type) -> Period:
    if isinstance(value, date):
        raise _wrong("a period in quotes", value, 'such as "2026-10"')
    return Period.parse(value)


def _span(value: object, _: type) -> timedelta:
    """A span of time, in whole days, hours and minutes."""
    parts = ("days", "hours", "minutes")
    if not isinstance(value, Mapping) or not value or not set(value) <= set(parts):
        raise _wrong("a span such as { hours = 2 }", value, f"its keys: {', '.join(parts)}")
    return timedelta(**{name: _whole(value[name], int) for name in parts if name in value})


def _zone(value: object, _: type) -> ZoneInfo:
    name = _text(value, str)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as cause:  # a folder's name raises OSError
        raise InputError(f"{name!r} is not an IANA time zone", hint="such as Asia/Shanghai") from cause


_PLAIN: Final[Mapping[type, Callable[[Any, Any], Any]]] = {
    str: _text,
    int: _whole,
    bool: _flag,
    date: _day,
    Decimal: _decimal,
    Money: _money,
    Period: _period,
    timedelta: _span,
    ZoneInfo: _zone,
}


def whole_units(amount: Decimal, currency: str) -> int:
    """An amount in minor units.

    Raises:
        ConfigError: It is below zero, no number, or has more decimals than the currency.
    """
    with exactly():
        scaled = amount.scaleb(exponent(currency))
        if not scaled.is_finite() or scaled < 0 or scaled % 1:
            raise ConfigError(f"{amount} is no amount of {currency} of 0 or more", where="bar.amount")
        return int(scaled)


def _is_enum(kind: Any) -> bool:  # noqa: ANN401 - a type hint
    return isinstance(kind, type) and issubclass(kind, Enum)


def _member(value: object, kind: type[Enum]) -> Enum:
    found = [member for member in kind if type(value) is type(member.value) and member.value == value]
    found = found or [member for member in kind if isinstance(value, str) and member.value == value]
    if not found or isinstance(value, Written):
        raise _wrong(f"one of {', '.join(str(member.value) for member in kind)}", value)
    return found[0]


def _is_function(kind: Any) -> bool:  # noqa: ANN401 - a type hint
    return get_origin(kind) is not None and get_origin(kind) is get_origin(Callable[[], None])


def _refuse_function(_: object, __: object) -> None:
    raise InputError("only a program can give this", hint="CloseConfig(...) takes it in Python")


def _is_tuple(kind: Any) -> bool:  # noqa: ANN401 - a type hint
    return get_origin(kind) is tuple and get_args(kind)[1:] == (...,)


def _is_union(kind: Any) -> bool:  # noqa: ANN401 - a type hint
    return get_origin(kind) in {Union, types.UnionType}


def _listed(kind: Any, factory: Callable[..., Any], converter: Converter) -> Callable[[Any, Any], Any]:  # noqa: ANN401
    inner = factory(kind, converter)

    def take(value: object, wanted: object) -> object:
        if not isinstance(value, (list, tuple)):
            raise _wrong("a list in [ ]", value)
        return inner(value, wanted)

    return take


def _by_key(kind: Any, converter: Converter) -> Callable[[Any, Any], Any]:  # noqa: ANN401 - a type hint
    inner: Callable[[Any, Any], Any] = mapping_structure_factory(kind, converter, structure_to=dict)

    def take(value: object, wanted: object) -> object:
        if not isinstance(value, Mapping):
            raise _wrong("a table", value)
        return inner(value, wanted)

    return take


def _of_class(kind: Any, converter: Converter, beside: Beside) -> Callable[[Any, Any], Any]:  # noqa: ANN401
    attrs.resolve_types(kind)
    hooks: dict[str, Any] = {
        field.name: override(struct_hook=partial(_field_value, field, converter))
        for field in attrs.fields(kind)
        if field.init
    }
    inner = make_dict_structure_fn(kind, converter, _cattrs_forbid_extra_keys=True, **hooks)
    can_load = hasattr(kind, "load")

    def take(value: object, wanted: Any) -> object:  # noqa: ANN401 - a class
        if can_load and isinstance(value, str) and not isinstance(value, Written):
            return beside.load(kind, value)
        if not isinstance(value, Mapping):
            raise _wrong("a file's name or a table" if can_load else "a table", value)
        return inner(value, wanted)

    return take


def _field_value(field: "attrs.Attribute[Any]", converter: Converter, value: object, _: object) -> object:
    return structured(field, converter, value)


def structured(field: "attrs.Attribute[Any]", converter: Converter, value: object) -> object:
    """The value of a field.

    Its own converter looks at it too, so that what it refuses is told of the field, and with what is wrong in others.
    """
    try:
        found = converter.structure(value, Any if field.type is None else field.type)
    except StructureHandlerNotFoundError:
        found = value  # a type that no rule knows: the class itself makes it of what it is given
    own: Any = field.converter
    if own is not None and not isinstance(own, attrs.Converter):
        own(found)
    return found


def _due_rules(value: object, converter: Converter) -> DueRules:
    """One rule, with those of single platforms, channels or carriers under `by`."""
    if not isinstance(value, Mapping):
        raise _wrong("a table such as { after = 0, grace = 3, patience = 7 }", value)
    default = converter.structure({key: one for key, one in value.items() if key != "by"}, DueRule)
    return DueRules(default, by=converter.structure(value.get("by", {}), dict[str, DueRule]))


def _of_union(kind: Any, converter: Converter) -> Callable[[Any, Any], Any]:  # noqa: ANN401 - a type hint
    members = [one for one in get_args(kind) if one is not types.NoneType]

    def take(value: object, _: object) -> object:
        return converter.structure(value, _member_for(value, members))

    return take


def _member_for(value: object, members: Sequence[Any]) -> Any:  # noqa: ANN401 - type hints
    """Of several types, the one that a value looks like; the first where it looks like none."""
    is_text, is_table = isinstance(value, str), isinstance(value, Mapping)
    for one in members:
        origin = get_origin(one) or one
        takes_table = attrs.has(origin) or (isinstance(origin, type) and issubclass(origin, Mapping))
        takes_text = origin in {str, Path, Decimal, Money} or _is_enum(origin) or hasattr(origin, "load")
        if (is_text and takes_text) or (is_table and takes_table):
            return one
        if isinstance(origin, type) and not takes_text and not takes_table and isinstance(value, origin):
            return one
    return members[0]
