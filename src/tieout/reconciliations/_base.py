"""The protocol of a reconciliation, and how leaves are found."""

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from tieout._discovery import Leaf, Room
from tieout.errors import PluginError
from tieout.outcome import Outcome

__all__ = ["ROOM", "Reconciliation", "reconciliation", "reconciliations"]

ROOM = Room(package="tieout.reconciliations", group="tieout.reconciliations", kind="reconciliation")
"""A leaf `stock_count.py` holds one class `StockCount`: a frozen attrs class whose fields are its parameters."""


@runtime_checkable
class Reconciliation(Protocol):
    """What every reconciliation's class offers."""

    def run(self, **sides: Any) -> Outcome:  # noqa: ANN401 - any frame that tieout.tables takes
        """Reconcile the named sides."""
        ...  # pyright takes a bare docstring for a body that returns None


def reconciliations() -> Mapping[str, Leaf]:
    """All reconciliations by name, built in and from entry points."""
    return ROOM.leaves()


def reconciliation(name: str) -> type[Reconciliation]:
    """The class of a reconciliation.

    Args:
        name: Name of its leaf, such as `courier_bill`.

    Raises:
        UnknownFormat: There is none of that name.
        PluginError: Its leaf cannot be imported, or lacks its class.
    """
    leaf = ROOM.leaf(name)
    class_name = "".join(part.capitalize() for part in name.split("_"))
    found: type[Reconciliation] | None = getattr(leaf.load(), class_name, None)
    if found is None:
        raise PluginError(f"leaf {name!r} has no class {class_name}", where=leaf.module)
    return found
