"""The `record` decorator: frozen attrs classes whose annotations are their validation.

A field's type says what it may hold; the decorator turns the type into a check, so that the classes read as plain
declarations and every record, whoever builds it, holds exact and aware values only.
"""

import types
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar, Union, dataclass_transform, get_args, get_origin

import attrs
from moneyed import Money

from tieout.errors import InvalidField
from tieout.model.currency import exponent

__all__ = ["EMPTY", "check_one_currency", "is_optional", "record", "required_type"]

T = TypeVar("T")
_FLOAT_HINT = "amounts, weights and rates are exact: give Decimal, or text through tieout.money"


def is_optional(annotation: Any) -> bool:  # noqa: ANN401 - annotations are of any type
    """Whether an annotation admits None."""
    return get_origin(annotation) in {Union, types.UnionType} and type(None) in get_args(annotation)


def required_type(annotation: Any) -> Any:  # noqa: ANN401 - annotations are of any type
    """The annotation without its `| None`."""
    if not is_optional(annotation):
        return annotation
    (only,) = (member for member in get_args(annotation) if member is not type(None))
    return only


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(attrs.field,))
def record(cls: type[T]) -> type[T]:
    """Make a class a record: frozen, slotted, keyword-only, validated by its annotations.

    The validation raises `InvalidField` that names record, field and what was expected:
    text is never blank, Decimals and Money are finite and never float, Money has no more decimals than its currency, all
    Money of one record is of one currency (unless the field's metadata says `foreign`), datetimes are aware, enums are
    known members, tuples hold only their member type, mappings become read-only.
    """
    if "__attrs_post_init__" not in cls.__dict__:
        cls.__attrs_post_init__ = _check_one_currency  # type: ignore[attr-defined]
    return attrs.frozen(cls, kw_only=True, slots=True, field_transformer=_with_validation)


def check_one_currency(instance: Any) -> None:  # noqa: ANN401 - works on every record
    """Refuse a record whose Money fields are of several currencies."""
    seen: dict[str, str] = {}
    for attribute in attrs.fields(type(instance)):
        value = getattr(instance, attribute.name)
        if isinstance(value, Money) and not attribute.metadata.get("foreign"):
            seen.setdefault(value.currency.code, attribute.name)
    if len(seen) > 1:
        listed = ", ".join(f"{name} in {code}" for code, name in seen.items())
        raise InvalidField(f"one record has one currency, found {listed}", record=type(instance).__name__, field="")


def _check_one_currency(self: Any) -> None:  # noqa: ANN401 - becomes a method of every record
    check_one_currency(self)


def _with_validation(cls: type, fields: "list[attrs.Attribute[Any]]") -> "list[attrs.Attribute[Any]]":
    return [field.evolve(converter=_converter(field, cls.__name__)) for field in fields]


def _converter(field: "attrs.Attribute[Any]", owner: str) -> Callable[[Any], Any]:
    """One function that converts and checks a value: half the cost of attrs' converter and validator calls."""
    kind = required_type(field.type)
    optional = is_optional(field.type)
    check = _check_for(kind, owner, field.name)

    def convert(value: Any) -> Any:  # noqa: ANN401 - any value may be given, that is the point
        if value is None:
            if optional:
                return None
            raise InvalidField("a value is needed, got None", record=owner, field=field.name)
        return check(value)

    return convert


def _check_for(kind: Any, owner: str, name: str) -> Callable[[Any], Any]:  # noqa: ANN401
    origin = get_origin(kind)
    if origin is tuple:
        return _tuple_check(get_args(kind)[0], owner, name)
    if origin is Mapping:
        return _mapping_check(owner, name)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return _enum_check(kind, owner, name)
    special: dict[Any, Callable[[str, str], Callable[[Any], Any]]] = {
        str: _text_check,
        Decimal: _decimal_check,
        Money: _money_check,
        datetime: _datetime_check,
        date: _date_check,
        int: _int_check,
    }
    if kind in special:
        return special[kind](owner, name)
    return _instance_check(kind, owner, name)


def _instance_check(kind: type, owner: str, name: str) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:  # noqa: ANN401
        if not isinstance(value, kind):
            raise _wrong_type(value, kind.__name__, owner, name)
        return value

    return check


def _text_check(owner: str, name: str) -> Callable[[Any], Any]:
    def check(value: Any) -> str:  # noqa: ANN401
        if not isinstance(value, str):
            raise _wrong_type(value, "text", owner, name)
        if not value.strip():
            raise InvalidField("text may not be blank; use None for what is unknown", record=owner, field=name)
        return value

    return check


def _decimal_check(owner: str, name: str) -> Callable[[Any], Any]:
    def check(value: Any) -> Decimal:  # noqa: ANN401
        if isinstance(value, int) and not isinstance(value, bool):
            return Decimal(value)
        if not isinstance(value, Decimal):
            raise _wrong_type(value, "Decimal", owner, name)
        if not value.is_finite():
            raise InvalidField(f"a finite number is needed, got {value}", record=owner, field=name)
        return value

    return check


def _money_check(owner: str, name: str) -> Callable[[Any], Any]:
    def check(value: Any) -> Money:  # noqa: ANN401
        if not isinstance(value, Money):
            raise _wrong_type(value, "Money", owner, name)
        amount: Any = value.amount  # typed Decimal, but py-moneyed keeps a float as it is
        if not isinstance(amount, Decimal):
            raise _wrong_type(amount, "Money of a Decimal", owner, name)
        if not amount.is_finite():
            raise InvalidField(f"a finite amount is needed, got {amount}", record=owner, field=name)
        decimals = exponent(value.currency.code)
        if amount != amount.quantize(Decimal(1).scaleb(-decimals)):
            raise InvalidField(
                f"{amount} has more than the {decimals} decimals of {value.currency.code}",
                record=owner,
                field=name,
                hint="round it half-up with tieout.money.quantize_money first",
            )
        return value

    return check


def _datetime_check(owner: str, name: str) -> Callable[[Any], Any]:
    def check(value: Any) -> datetime:  # noqa: ANN401
        if not isinstance(value, datetime):
            raise _wrong_type(value, "datetime", owner, name)
        if value.tzinfo is None or value.utcoffset() is None:
            raise InvalidField(
                f"a datetime with a time zone is needed, got {value.isoformat()}",
                record=owner,
                field=name,
                hint='for Chinese exports: value.replace(tzinfo=ZoneInfo("Asia/Shanghai"))',
            )
        return value

    return check


def _date_check(owner: str, name: str) -> Callable[[Any], Any]:
    def check(value: Any) -> date:  # noqa: ANN401
        if isinstance(value, datetime) or not isinstance(value, date):
            raise _wrong_type(value, "date", owner, name)
        return value

    return check


def _int_check(owner: str, name: str) -> Callable[[Any], Any]:
    def check(value: Any) -> int:  # noqa: ANN401
        if not isinstance(value, int) or isinstance(value, bool):
            raise _wrong_type(value, "int", owner, name)
        return value

    return check


def _enum_check(kind: type[StrEnum], owner: str, name: str) -> Callable[[Any], Any]:
    members = kind.__members__.values()

    def check(value: Any) -> StrEnum:  # noqa: ANN401
        if isinstance(value, kind):
            return value
        try:
            return kind(value)
        except ValueError as cause:
            known = ", ".join(member.value for member in members)
            raise InvalidField(
                f"{value!r} is not a {kind.__name__}; known: {known}", record=owner, field=name, value=value
            ) from cause

    return check


def _tuple_check(member: Any, owner: str, name: str) -> Callable[[Any], Any]:  # noqa: ANN401
    check_member = _check_for(member, owner, name)

    def check(value: Any) -> tuple[Any, ...]:  # noqa: ANN401
        if isinstance(value, (str, bytes, Mapping)) or not hasattr(value, "__iter__"):
            raise _wrong_type(value, "a sequence", owner, name)
        return tuple(check_member(item) for item in value)

    return check


def _mapping_check(owner: str, name: str) -> Callable[[Any], Any]:
    def check(value: Any) -> Mapping[str, str]:  # noqa: ANN401
        if not isinstance(value, Mapping):
            raise _wrong_type(value, "a mapping of text to text", owner, name)
        if not all(isinstance(key, str) and isinstance(item, str) for key, item in value.items()):
            raise InvalidField("keys and values must be text", record=owner, field=name)
        return FrozenMapping(value)

    return check


class FrozenMapping(dict[str, str]):
    """A read-only, hashable mapping of text to text; iterates in key order."""

    def __init__(self, items: Mapping[str, str]) -> None:
        """Take a copy, sorted by key, so that equal mappings print and hash alike."""
        super().__init__(sorted(items.items()))

    def __hash__(self) -> int:  # type: ignore[override]  # dict has no hash because it changes; this one cannot
        return hash(tuple(self.items()))

    def _refuse(self, *_: object, **__: object) -> None:
        raise TypeError("a record's mapping cannot be changed")

    __setitem__ = __delitem__ = _refuse
    clear = update = setdefault = pop = popitem = __ior__ = _refuse  # type: ignore[assignment]

    def __reduce__(self) -> tuple[type["FrozenMapping"], tuple[dict[str, str]]]:
        return FrozenMapping, (dict(self),)


EMPTY: Mapping[str, str] = FrozenMapping({})
"""The mapping with nothing in it, a safe default since it cannot change."""


def _wrong_type(value: object, expected: str, owner: str, name: str) -> InvalidField:
    # The value itself stays out of the text: it may be personal.
    hint = _FLOAT_HINT if isinstance(value, float) else ""
    return InvalidField(
        f"{expected} is needed, got {type(value).__name__}", record=owner, field=name, value=value, hint=hint
    )
