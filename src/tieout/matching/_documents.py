"""Plain data: matchers, rules and conditions as text, numbers, lists and dicts, and back.

What a value is written as follows from its class: an entry for each argument of its constructor that differs from the default. So
a new condition needs no code for it: its attributes carry the names of the arguments, and `columns` or `column` hold the names.
"""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from enum import Enum
from types import ModuleType, UnionType
from typing import Any, Self, TypeVar, Union, get_args, get_origin, get_type_hints

import attrs

from tieout._discovery import Room
from tieout.errors import MatcherError, UnknownFormat
from tieout.matching.conditions._base import Gate, Key, Sum

__all__ = ["CONDITIONS", "Plain", "built"]

CONDITIONS = Room(package="tieout.matching.conditions", group="tieout.conditions", kind="condition")
"""Where conditions are found."""

T = TypeVar("T")
_CONDITION = "condition"
_NAMES = ("name", "names", "left", "right")  # arguments of a condition that name its columns
_SPAN = re.compile(r"(-?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d{1,6}))?S)?)?", re.ASCII)


class Plain:
    """Something that can be written as plain data."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """It as text, whole numbers, booleans, lists and dicts; Decimals, dates and spans (`P1DT2H`) as text."""
        return _written(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """It from what `to_dict` gave.

        Raises:
            MatcherError: An entry is unknown, missing or of another type; its path in the data is named.
        """
        return built(cls, data, path="")


def _written(value: Any) -> dict[str, Any]:  # noqa: ANN401 - any class of attrs
    entries: dict[str, Any] = {}
    if isinstance(value, (Key, Gate, Sum)):
        entries[_CONDITION] = _leaf_of(type(value))
    for name, parameter in _parameters(type(value)).items():
        if name in _NAMES and _columns(value) is not None:
            entries |= _names(value, name, parameter)
        elif getattr(value, name) != parameter.default:
            entries[name] = _plain(getattr(value, name))
    return _without_needless(value, entries)


def _without_needless(value: Any, entries: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - as above
    """The entries without those that a constructor fills in by itself: all harms, where none are named."""
    parameters = _parameters(type(value))
    for name in [name for name in entries if name in parameters and parameters[name].default is None]:
        rest = {key: entry for key, entry in entries.items() if key not in {name, _CONDITION}}
        try:
            is_needless = _constructed(type(value), rest, "") == value
        except MatcherError:
            continue
        if is_needless:
            del entries[name]
    return entries


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever an argument may be
    for kinds, write in _WRITERS:
        if isinstance(value, kinds) and not isinstance(value, datetime):
            return write(value)
    if attrs.has(type(value)):
        return _written(value)
    raise MatcherError(f"{value!r} is {type(value).__name__}, which cannot be written as plain data")


def _same(value: T) -> T:
    return value


def _names(value: Any, argument: str, parameter: inspect.Parameter) -> dict[str, Any]:  # noqa: ANN401 - as above
    """The entry of one argument that names columns; empty when the others name them."""
    columns = _columns(value) or ()
    is_alike = all(left == right for left, right in columns)
    if argument in {"name", "names"}:
        if not is_alike:
            return {}
        is_list = parameter.kind is inspect.Parameter.VAR_POSITIONAL
        return {argument: [left for left, _ in columns] if is_list else columns[0][0]}
    names = [pair[argument == "right"] for pair in columns]
    return {} if is_alike else {argument: names[0] if len(names) == 1 else names}


def _columns(value: Any) -> tuple[tuple[str, str], ...] | None:  # noqa: ANN401 - as above
    """Column names of a condition as pairs; None when it names none so."""
    columns = getattr(value, "columns", getattr(value, "column", None))
    if not isinstance(columns, tuple) or not columns:
        return None
    return columns if isinstance(columns[0], tuple) else (columns,)


def _parameters(kind: type) -> dict[str, inspect.Parameter]:
    """Arguments of a constructor that the built value remembers."""
    known = {field.alias for field in attrs.fields(kind)} | {field.name for field in attrs.fields(kind)}
    names = {*known, *(_NAMES if {"column", "columns"} & known else ())}
    found = inspect.signature(kind).parameters
    return {name: parameter for name, parameter in found.items() if name in names}


def built(kind: type[T], data: object, *, path: str) -> T:
    """A value of a class from plain data.

    Args:
        kind: The class, or for a condition any class that it is of.
        data: What was read.
        path: Where it stands in the document.

    Raises:
        MatcherError: It is no such data; the path is named.
    """
    value: T = _built((kind,), data, path)
    return value


def _built(kinds: tuple[type, ...], data: object, path: str) -> Any:  # noqa: ANN401 - one of the kinds
    """A value of one of several classes, which only conditions are: they say by their name what they are."""
    if not isinstance(data, Mapping):
        raise _wrong(path, f"a table is needed, got {data!r}")
    entries = dict(data)
    made_of: Any = kinds[0]
    if issubclass(made_of, (Key, Gate, Sum)):
        made_of = _condition(entries.pop(_CONDITION, None), path)
        if not issubclass(made_of, kinds):
            wanted = " or ".join(kind.__name__ for kind in kinds)
            raise _wrong(path, f"this is {made_of.__name__}, and {wanted} is needed")
    return _constructed(made_of, entries, path)


def _constructed(kind: type[T], entries: dict[Any, Any], path: str) -> T:
    parameters = _parameters(kind)
    for name in entries:
        if name not in parameters:
            near = get_close_matches(str(name), parameters, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(parameters)}"
            raise _wrong(_below(path, str(name)), f"{kind.__name__} has no such entry", hint)
    hints = get_type_hints(kind.__init__)
    needed = [
        name for name, each in parameters.items() if each.default is each.empty and each.kind is not each.VAR_POSITIONAL
    ]
    missing = [name for name in needed if name not in entries]
    if missing:
        raise _wrong(_below(path, missing[0]), f"{kind.__name__} needs this entry")
    several: list[Any] = []
    single: dict[str, Any] = {}
    for name, entry in entries.items():
        place = _below(path, name)
        if parameters[name].kind is inspect.Parameter.VAR_POSITIONAL:
            several += _list(entry, hints[name], place)
        else:
            single[name] = _read(entry, hints[name], place)
    try:
        return kind(*several, **single)
    except MatcherError as cause:
        where = ": ".join(part for part in (path, cause.where) if part)
        raise MatcherError(cause.problem, where=where, hint=cause.hint) from cause


def _read(entry: Any, hint: Any, path: str) -> Any:  # noqa: ANN401 - as typed as the document
    """An entry as the type that an argument wants."""
    kinds = tuple(_kinds(hint))
    if isinstance(entry, Mapping):
        wanted = tuple(kind for kind in kinds if attrs.has(kind) or kind in {Key, Gate, Sum})
        if not wanted:
            raise _wrong(path, f"{_needed(kinds)} is needed, got a table")
        return _built(wanted, entry, path)
    if isinstance(entry, list):
        if not any(_is_many(kind) for kind in kinds):
            raise _wrong(path, f"{_needed(kinds)} is needed, got a list")
        return _list(entry, _item_of(hint), path)
    if isinstance(entry, str):
        return _read_text(entry, kinds, path)
    if type(entry) in kinds or (type(entry) is int and Decimal in kinds):
        return entry
    hint = "write it as text" if isinstance(entry, float) else ""
    raise _wrong(path, f"{_needed(kinds)} is needed, got {entry!r}", hint)


def _read_text(entry: str, kinds: tuple[Any, ...], path: str) -> Any:  # noqa: ANN401 - as above
    if timedelta in kinds and (span := _SPAN.fullmatch(entry)) and entry[-1] not in "PT":
        return _span(span)
    if str in kinds or any(isinstance(kind, type) and issubclass(kind, str) for kind in kinds):
        return entry
    try:
        if date in kinds:
            return date.fromisoformat(entry)
        if Decimal in kinds:
            return Decimal(entry)
    except (ValueError, InvalidOperation) as cause:
        raise _wrong(path, f"{_needed(kinds)} is needed, got {entry!r}") from cause
    raise _wrong(path, f"{_needed(kinds)} is needed, got {entry!r}")


def _list(entry: object, item: Any, path: str) -> list[Any]:  # noqa: ANN401 - as above
    if not isinstance(entry, list):
        raise _wrong(path, f"a list is needed, got {entry!r}")
    return [_read(one, item, f"{path}[{at}]") for at, one in enumerate(entry)]


def _members(hint: Any) -> tuple[Any, ...]:  # noqa: ANN401 - a type expression
    """What a type expression allows, one by one."""
    return get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,)


def _kinds(hint: Any) -> Iterator[Any]:  # noqa: ANN401 - as above
    """The classes that a type expression allows, without what stands in brackets."""
    for member in _members(hint):
        yield get_origin(member) or member


def _is_many(kind: Any) -> bool:  # noqa: ANN401 - as above
    return isinstance(kind, type) and not issubclass(kind, (str, Mapping)) and hasattr(kind, "__iter__")


def _item_of(hint: Any) -> Any:  # noqa: ANN401 - as above
    """What a list may hold."""
    return next(get_args(member)[0] for member in _members(hint) if _is_many(get_origin(member)))


def _needed(kinds: tuple[Any, ...]) -> str:
    words = {
        str: "text",
        int: "a whole number",
        Decimal: "a number as text",
        bool: "true or false",
        date: "a date as text",
    }
    words |= {timedelta: "a span such as P1DT2H", Key: "a condition", Gate: "a condition", Sum: "a condition"}
    named = dict.fromkeys(
        words.get(kind, "a list" if _is_many(kind) else "a table" if attrs.has(kind) else str(kind))
        for kind in kinds
        if kind is not type(None)
    )
    return " or ".join(named)


def _condition(name: object, path: str) -> type:
    """The class of a condition."""
    place = _below(path, _CONDITION)
    if not isinstance(name, str):
        raise _wrong(place, f"a condition's name is needed, got {name!r}", f"known: {', '.join(CONDITIONS.leaves())}")
    try:
        return _class_in(CONDITIONS.leaf(name).load())
    except UnknownFormat as cause:
        near = get_close_matches(name, cause.known, n=1)
        raise _wrong(place, cause.problem, f"did you mean {near[0]!r}?" if near else "") from cause


def _class_in(leaf: ModuleType) -> type:
    """The condition of a leaf: the one public class that is one."""
    exported = [getattr(leaf, name) for name in leaf.__all__]
    return next(each for each in exported if isinstance(each, type) and issubclass(each, (Key, Gate, Sum)))


def _leaf_of(kind: type) -> str:
    for leaf in CONDITIONS.leaves().values():
        if leaf.module == kind.__module__:
            return leaf.name
    raise MatcherError(
        f"{kind.__name__} is no condition that can be found by a name, so it cannot be written as plain data",
        hint="make it an entry point of `tieout.conditions`",
    )


def _span_text(span: timedelta) -> str:
    size = abs(span)
    seconds = f"{size.seconds}.{size.microseconds:06d}" if size.microseconds else f"{size.seconds}"
    sign = "-" if span < timedelta(0) else ""
    return f"{sign}P{size.days}DT{seconds}S"


def _span(found: re.Match[str]) -> timedelta:
    sign, days, hours, minutes, seconds, part = found.groups(default="0")
    size = timedelta(
        days=int(days),
        hours=int(hours),
        minutes=int(minutes),
        seconds=int(seconds),
        microseconds=int(part.ljust(6, "0")) if part != "0" else 0,
    )
    return -size if sign == "-" else size


_WRITERS: tuple[tuple[tuple[type, ...], Callable[[Any], Any]], ...] = (
    ((Enum,), lambda value: value.value),
    ((str, bool, int, type(None)), _same),
    ((Decimal,), str),
    ((timedelta,), _span_text),
    ((date,), date.isoformat),
    ((tuple, list), lambda value: [_plain(item) for item in value]),
)


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _wrong(path: str, problem: str, hint: str = "") -> MatcherError:
    return MatcherError(problem, where=path, hint=hint)
