"""Fact frames: what figures are made of, found by file (a module without a leading underscore has `FACTS`)."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from tieout.errors import ReportError
from tieout.reports.data import ReportData
from tieout.reports.metrics.facts._base import FactKind, Facts, Missing, no_side

__all__ = ["FactKind", "Facts", "Missing", "fact_kinds", "facts_of", "no_side"]


@cache
def fact_kinds() -> Mapping[str, FactKind]:
    """All fact frames by name, in the order of their files.

    Raises:
        ReportError: Two have one name.
    """
    found: dict[str, FactKind] = {}
    for module in pkgutil.iter_modules(__path__):
        if not module.name.startswith("_"):
            for kind in importlib.import_module(f"{__name__}.{module.name}").FACTS:
                if kind.name in found:
                    raise ReportError(f"two fact frames are named {kind.name!r}", where=module.name)
                found[kind.name] = kind
    return found


def facts_of(data: ReportData) -> Facts:
    """The fact frames of a period, each built when it is first asked for, and once for all reports of it."""
    made = data.derived.get("facts")
    if not isinstance(made, Facts):
        made = data.derived["facts"] = Facts(data, fact_kinds())
    return made
