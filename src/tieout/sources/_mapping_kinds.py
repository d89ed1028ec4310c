"""What may stand in a mapping: the kind of value of each key, checked before any of them is used.

A mapping is written by hand, in TOML or as arguments: a text where yes or no is meant would count as yes.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, Literal, Union, get_args, get_origin

import attrs
import polars as pl

from tieout.errors import InputError
from tieout.sources._columns import Column
from tieout.tables._schema import record_schema

__all__ = ["check_kinds", "check_said_of", "refuse_parts", "yes_no"]

_TABLES: Final = ("columns", "charges", "amounts", "types", "values", "constants")
_LISTS: Final = ("required", "footer", "end", "by")
_TEXTS: Final = ("currency", "weight_unit", "length_unit", "decimal_mark", "date_format")
_FLAGS: Final = ("charges_included", "amounts_included", "short_rows")
_LIMITS: Final[Mapping[str, tuple[int, int]]] = MappingProxyType({"sign": (-1, 1), "implied": (0, 6), "nth": (1, 99)})


def check_kinds(mapping: Mapping[str, Any]) -> None:
    """Refuse a mapping with a value of another kind than its key takes.

    Raises:
        InputError: It has one.
    """
    for key in _TABLES:
        said = mapping.get(key)
        if said is not None and not (isinstance(said, Mapping) and all(isinstance(name, str) for name in said)):
            raise InputError(f"texts and what they mean are needed, got {_kind(said)}", where=key)
    for key in _LISTS:
        said = mapping.get(key)
        is_list = (
            isinstance(said, Sequence) and not isinstance(said, bytes) and all(isinstance(one, str) for one in said)
        )
        if said is not None and not is_list:
            raise InputError(f"a text or a list of texts is needed, got {_kind(said)}", where=key)
    for key in _TEXTS:
        said = mapping.get(key)
        if said is not None and not (isinstance(said, str) and said):
            raise InputError(f"a text is needed, got {said!r}", where=key)
    for key in _FLAGS:
        yes_no(mapping, key, where=key)
    for field, words in (mapping.get("values") or {}).items():
        if not (isinstance(words, Mapping) and all(isinstance(word, str) for word in (*words, *words.values()))):
            raise InputError("the record's words by the file's are needed", where=f"values.{field}")


def yes_no(said: Mapping[str, Any], key: str, *, where: str) -> bool:
    """A yes or no of a mapping; no where nobody says it.

    Raises:
        InputError: It is neither.
    """
    value = said.get(key, False)
    if not isinstance(value, bool):
        raise InputError(f"{key} is true or false, got {value!r}", where=where)
    return value


def check_said_of(kind: type[Column], said: Mapping[str, Any], *, where: str) -> None:
    """Refuse what is said of a column and is not of the kind that it must be.

    Args:
        kind: The kind of column.
        said: Arguments of it by name; those that it has not are for others to refuse.
        where: The column, for the message.

    Raises:
        InputError: There is such a thing.
    """
    fields = {field.name: field for field in attrs.fields(kind)}
    for name, value in said.items():
        if name not in fields or name == "captions":
            continue
        words, kinds = _admitted(fields[name].type)
        lowest, highest = _LIMITS.get(name, (0, 0))
        is_number = isinstance(value, int) and not isinstance(value, bool)
        is_one = value in words if isinstance(value, str) and words else isinstance(value, kinds)
        is_one &= not (isinstance(value, bool) and bool not in kinds)
        is_one &= not (is_number and name in _LIMITS and not lowest <= value <= highest)
        if kinds and not is_one:
            raise InputError(f"{'inverse' if name == 'negate' else name} of a column cannot be {value!r}", where=where)


def _admitted(annotation: object) -> tuple[tuple[str, ...], tuple[type, ...]]:
    """The words and the plain types of an annotation; no types where it is something else, which is not checked."""
    parts = get_args(annotation) if get_origin(annotation) in {Union, type(int | None)} else (annotation,)
    words = tuple(word for part in parts if get_origin(part) is Literal for word in get_args(part))
    kinds = tuple(part for part in parts if isinstance(part, type) and get_origin(part) is None)
    is_plain = all(kind in {bool, int, str, type(None)} for kind in kinds)
    return words, kinds if is_plain and len(kinds) + bool(words) == len(parts) else ()


def _kind(said: object) -> str:
    return type(said).__name__


def refuse_parts(record: type, field: str, full: Mapping[str, Any]) -> None:
    """Refuse parts of a place or of lines that TOML took for tables, as of `dest.province = "..."` without quotes.

    Raises:
        InputError: The field has fields of its own, and no column is said.
    """
    name = field.replace(".", "_")
    specs = {spec.name: spec for spec in record_schema(record).columns}
    dtype = specs[name].dtype if name in specs else None
    is_lines = isinstance(dtype, pl.List) and dtype != pl.List(pl.String)
    is_place = dtype is None and any(other.startswith(f"{name}_") for other in specs) and f"{name}_minor" not in specs
    if full and "column" not in full and (is_lines or is_place):
        raise InputError(
            "one column is needed, got parts of a field",
            where=f"columns.{field}",
            hint=f'the whole name in quotes: "{field}.{next(iter(full))}" = ...',
        )
