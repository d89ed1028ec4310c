"""Kinds of records: a record class, and a role where two systems say records of one class and the same numbers."""

import re

from tieout.casebook.given import of_kind
from tieout.errors import CasebookError

__all__ = ["class_of", "kind_of", "role_of"]

_ROLE = re.compile(r"[a-z][a-z0-9_]{0,62}")


def kind_of(record_class: type, role: str | None) -> str:
    """Kind under which records of a class are kept, such as `Order`, or `Order:erp_orders` in a role.

    Raises:
        CasebookError: The role is no name such as `erp_orders`.

    Example:
        >>> from tieout.model import Order
        >>> kind_of(Order, "erp_orders")
        'Order:erp_orders'
    """
    of_kind(record_class, type, "a record class such as Order", where="record_class")
    if role is None:
        return record_class.__name__
    given: object = role
    if not isinstance(given, str) or not _ROLE.fullmatch(given):
        raise CasebookError(f"a name such as 'erp_orders' is needed, of a-z, 0-9 and _, got {given!r}", where="role")
    return f"{record_class.__name__}:{role}"


def class_of(kind: str) -> str:
    """Name of the record class of a kind."""
    return kind.partition(":")[0]


def role_of(kind: str) -> str | None:
    """Role of a kind; None where it has none."""
    return kind.partition(":")[2] or None
