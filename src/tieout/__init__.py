"""tieout: reconcile what a merchant sold, shipped and was billed, and prove that nothing was lost."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

__all__ = ["Batch", "Table", "formats", "identify", "ledgers", "read", "read_batches", "read_folder"]

# Heavy parts load on first use, so that `import tieout` costs next to nothing.
_LAZY = {
    "Batch": "tieout.sources",
    "Table": "tieout.tables",
    "formats": "tieout.sources",
    "identify": "tieout.sources",
    "read": "tieout.sources",
    "read_batches": "tieout.sources",
    "read_folder": "tieout.sources",
}
_ROOMS = {
    "archive",
    "casebook",
    "chain",
    "closing",
    "errors",
    "keys",
    "ledgers",
    "live",
    "matching",
    "model",
    "money",
    "outcome",
    "posting",
    "privacy",
    "proof",
    "reconciliations",
    "reports",
    "sources",
    "tables",
    "tariffs",
    "testing",
}

if TYPE_CHECKING:
    from tieout import ledgers
    from tieout.sources import Batch, formats, identify, read, read_batches, read_folder
    from tieout.tables import Table


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the room exports
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    if name in _ROOMS:
        return import_module(f"tieout.{name}")
    raise AttributeError(f"module 'tieout' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY, *_ROOMS})
