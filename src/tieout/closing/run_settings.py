"""A reconciliation of its settings: what a close says for all of them, and what its config says for this one."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import attrs

from tieout.reconciliations import Period, Reconciliation, Settings

__all__ = ["built", "fields_of", "needed_by"]

_COMMON = ("period", "as_of", "currency", "timezone")


def built(
    kind: type[Reconciliation],
    settings: Mapping[str, Any],
    *,
    period: Period | None,
    as_of: date | None,
    currency: str | None,
    timezone: str | None,
) -> Reconciliation:
    """A reconciliation, ready to run.

    Args:
        kind: Its class.
        settings: Its own settings by field.
        period: Days that are closed.
        as_of: Day by whose end everything stands.
        currency: ISO 4217 code of the book; not given to a class that takes it from elsewhere, as a courier's bill from its
            contract.
        timezone: IANA zone of the book; likewise.

    Raises:
        TieoutError: The settings contradict each other.
        TypeError: One that has no default is missing.
    """
    said = {"period": period, "as_of": as_of, "currency": currency, "timezone": timezone}
    usual = attrs.fields_dict(Settings)
    own = fields_of(kind)
    common = {
        name: value
        for name, value in said.items()
        if value is not None and name in own and own[name].default == usual[name].default
    }
    return kind(**{**common, **settings})


def fields_of(kind: type[Reconciliation]) -> Mapping[str, "attrs.Attribute[Any]"]:
    """The settings that a class takes, by name; none of a class that is not of attrs."""
    if not attrs.has(kind):
        return {}
    attrs.resolve_types(kind)
    return {field.name: field for field in attrs.fields(kind) if field.init}


def needed_by(kind: type[Reconciliation]) -> tuple[str, ...]:
    """The settings without a default: without them it cannot run."""
    return tuple(name for name, field in fields_of(kind).items() if field.default is attrs.NOTHING)
