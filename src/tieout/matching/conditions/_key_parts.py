"""Key parts: one named column of a key, bound to both sides."""

import attrs
import polars as pl

from tieout.errors import WrongColumnType
from tieout.matching._sides import Found, Side
from tieout.matching.conditions._base import KeyPart, named
from tieout.matching.conditions._key_text import as_it_came, exact_key, written_out
from tieout.matching.conditions._values import Comparable, Kind, comparable

__all__ = ["bind_part", "is_text"]


def bind_part(
    names: tuple[str, str], left: Side, right: Side, *, condition: str, normalise: bool = True
) -> tuple[KeyPart, ...]:
    """One named column of a key; money gives two parts, the amount and its currency."""
    found = (left.find(names[0], wanted_by=condition), right.find(names[1], wanted_by=condition))
    if any(is_text(one) for one in found):
        return (_text_part(names, found, condition=condition, normalise=normalise),)
    both = comparable(*found, where=f"{condition}({named(names)!r})").narrowed()
    amount = _value_part(names, both)
    if not both.is_money:
        return (amount,)
    currencies = tuple(
        attrs.evolve(one, column=one.currency or one.column, dtype=pl.String(), is_minor=False) for one in found
    )
    return (amount, _value_part(names, Comparable(kind=Kind.TEXT, left=currencies[0], right=currencies[1])))


def is_text(found: Found) -> bool:
    """Whether a column holds identifiers as text, or as the floats that a reader made of them."""
    return found.dtype.is_float() or found.dtype.base_type() in {pl.String, pl.Categorical, pl.Enum}


def _text_part(names: tuple[str, str], found: tuple[Found, Found], *, condition: str, normalise: bool) -> KeyPart:
    """Identifiers: text, or numbers that a reader made of them."""
    for one in found:
        if not (is_text(one) or one.dtype.is_integer() or one.dtype == pl.Null):
            raise WrongColumnType(
                f"{found[0].column!r} is {found[0].dtype} on the left and {found[1].column!r} is {found[1].dtype} on the right",
                where=f"{condition}({named(names)!r})",
                hint="cast one of them, so that both sides hold the same kind of value",
            )
    compared = exact_key if normalise else as_it_came
    return KeyPart(
        asked=names,
        left=(found[0].column,),
        right=(found[1].column,),
        raw=(written_out(found[0]), written_out(found[1])),
        normal=(compared(found[0]), compared(found[1])),
    )


def _value_part(names: tuple[str, str], both: Comparable) -> KeyPart:
    forms = (both.form(both.left), both.form(both.right))
    return KeyPart(asked=names, left=both.left_columns, right=both.right_columns, raw=forms, normal=forms)
