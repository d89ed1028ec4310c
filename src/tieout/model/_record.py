"""The `record` decorator: frozen attrs classes whose annotations are their validation.

A field's type says what it may hold; the decorator turns the type into a check, so that the classes read as plain
declarations and every record, whoever builds it, holds exact and aware values only.
"""

import types
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from itertools import repeat
from typing import Any, TypeVar, Union, cast, dataclass_transform, get_args, get_origin

import attrs
from moneyed import Money

from tieout.errors import InvalidField, NotAnAmount, UnknownCurrency
from tieout.model.currency import exponent, round_half_up

__all__ = ["EMPTY", "changed", "check_one_currency", "is_optional", "record", "records_of", "required_type"]

T = TypeVar("T")
_END = object()
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
    Money of one record is of one currency (unless the field's metadata says `foreign`), a field named `currency` is an
    ISO 4217 code and the one of all Money beside and below it, datetimes are aware, enums are known members, tuples hold
    only their member type, mappings become read-only.

    A class's own `__attrs_post_init__` runs after these checks. It cannot use `super()` without arguments.
    """
    own = cls.__dict__.get("__attrs_post_init__")
    if own is not None or not hasattr(cls, "__attrs_post_init__"):
        cls.__attrs_post_init__ = _post_init(own)  # type: ignore[attr-defined]
    return attrs.frozen(cls, kw_only=True, slots=True, field_transformer=_with_validation)


def changed(one: T, **values: object) -> T:
    """A copy of a record with other values for some fields, checked like any new one."""
    anything: Any = one  # mypy takes evolve apart by the class, which a type variable does not tell
    return cast("T", attrs.evolve(anything, **values))


def records_of(kind: type[T], fields: Mapping[str, Iterable[Any]]) -> list[T]:
    """Records of values that are known to be valid, without looking at any of them again.

    For what our own code made by the million: the fields are set one after the other for all records, which is about ten times as
    fast as building and checking them one by one. Whatever comes from outside goes through the class itself.

    Args:
        kind: A class made by `record`.
        fields: Values for each of its fields, one per record, of exactly the type that the checks would have given. Those of its
            first field are a sequence.

    Raises:
        TypeError: A field is missing, unknown, or has more or fewer values than the others.
    """
    known = [field.name for field in attrs.fields(cast("type[attrs.AttrsInstance]", kind))]
    if set(fields) == set(known):
        count = len(cast("Sequence[Any]", fields[known[0]]))
        made = list(map(kind.__new__, repeat(kind, count)))
        if all(_fill(made, name, iter(fields[name])) for name in known):
            return made
    raise TypeError(f"{kind.__name__} needs as many values for each of {', '.join(known)}")


def _fill(records: Sequence[Any], name: str, values: Iterator[Any]) -> bool:
    """Set a field of all records, of one class; whether there was a value for each, and no more."""
    if records:
        setter = getattr(type(records[0]), name).__set__  # the slot's own, past the frozen __setattr__
        deque(map(setter, records, values), maxlen=0)
    return next(values, _END) is _END and (not records or hasattr(records[-1], name))


def _post_init(own: Callable[[Any], None] | None) -> Callable[[Any], None]:
    if own is None:
        return check_one_currency

    def check_all(self: Any) -> None:  # noqa: ANN401 - becomes a method of every record
        check_one_currency(self)
        own(self)

    return check_all


def check_one_currency(instance: Any) -> None:  # noqa: ANN401 - works on every record
    """Refuse a record whose amounts are of several currencies."""
    kind: type = type(instance)
    held = {name: value for name in _currency_fields(kind) if (value := getattr(instance, name)) is not None}
    if len(held) > 1:  # most records hold one amount, and need no look at its currency
        _require_one(dict(pair for name, value in held.items() for pair in _codes(name, value)), kind)


@cache
def _currency_fields(kind: type) -> tuple[str, ...]:
    """Fields that must agree on one currency; tuples of records only where a field states the currency of them all."""
    fields = attrs.fields(cast("type[attrs.AttrsInstance]", kind))
    states_currency = any(field.name == "currency" for field in fields)
    return tuple(
        field.name
        for field in fields
        if field.name == "currency"
        or (required_type(field.type) is Money and not field.metadata.get("foreign"))
        or (states_currency and get_origin(required_type(field.type)) is tuple)
    )


def _codes(name: str, value: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - whatever a field holds
    """Names and currency codes of what a field holds."""
    if isinstance(value, Money):
        yield name, value.currency.code
    elif isinstance(value, str):
        yield name, value
    elif isinstance(value, tuple):
        for position, item in enumerate(value):
            kind: type = type(item)
            for inner in _currency_fields(kind):
                yield from _codes(f"{name}[{position}].{inner}", getattr(item, inner))


def _require_one(codes: Mapping[str, str], kind: type) -> None:
    if len(set(codes.values())) > 1:
        first: dict[str, str] = {}
        for name, code in codes.items():
            first.setdefault(code, name)
        listed = ", ".join(f"{name} in {code}" for code, name in first.items())
        raise InvalidField(f"one record has one currency, found {listed}", record=kind.__name__, field="")


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
    if kind is str and name == "currency":
        return _currency_check(owner, name)
    special: dict[Any, Callable[[str, str], Callable[[Any], Any]]] = {
        Any: lambda *_: _as_it_is,
        str: _text_check,
        Decimal: _decimal_check,
        Money: _money_check,
        datetime: _datetime_check,
        date: _date_check,
        int: _int_check,
    }
    return special[kind](owner, name) if kind in special else _instance_check(kind, owner, name)


def _as_it_is(value: Any) -> Any:  # noqa: ANN401 - the caller's own objects
    return value


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


def _currency_check(owner: str, name: str) -> Callable[[Any], Any]:
    check_text = _text_check(owner, name)

    def check(value: Any) -> str:  # noqa: ANN401
        code: str = check_text(value)
        try:
            exponent(code)
        except UnknownCurrency as cause:
            raise InvalidField(cause.problem, record=owner, field=name, value=value, hint=cause.hint) from cause
        return code

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
        amount: Any = value.amount  # typed Decimal, but nothing stops a program from setting another
        if not isinstance(amount, Decimal):
            raise _wrong_type(amount, "Money of a Decimal", owner, name)
        if not amount.is_finite():
            raise InvalidField(f"a finite amount is needed, got {amount}", record=owner, field=name)
        code = value.currency.code
        try:
            is_exact = amount == round_half_up(amount, code)
        except NotAnAmount as cause:
            raise InvalidField(cause.problem, record=owner, field=name) from cause
        if not is_exact:
            raise InvalidField(
                f"{amount} has more than the {exponent(code)} decimals of {code}",
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
    members = {member.value: member for member in kind}

    def check(value: Any) -> StrEnum:  # noqa: ANN401
        if isinstance(value, kind):
            return value
        found = members.get(value) if isinstance(value, str) else None
        if found is None:
            problem = f"{value!r} is not a {kind.__name__}; known: {', '.join(members)}"
            raise InvalidField(problem, record=owner, field=name, value=value)
        return found

    return check


def _tuple_check(member: Any, owner: str, name: str) -> Callable[[Any], Any]:  # noqa: ANN401
    check_member = _check_for(member, owner, name)
    is_record = attrs.has(member)

    def check(value: Any) -> tuple[Any, ...]:  # noqa: ANN401
        # Records were checked when they were made: of a tuple of thousands only the classes are looked at, and it is kept.
        if is_record and type(value) is tuple and set(map(type, value)) <= {member}:
            return value
        # A set has no order of its own, and the same records must give the same bytes.
        if isinstance(value, (str, bytes, Mapping, set, frozenset)) or not hasattr(value, "__iter__"):
            raise _wrong_type(value, "a sequence", owner, name)
        return tuple(check_member(item) for item in value)

    return check


def _mapping_check(owner: str, name: str) -> Callable[[Any], Any]:
    def check(value: Any) -> Mapping[str, str]:  # noqa: ANN401
        if type(value) is FrozenMapping:
            return value
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
