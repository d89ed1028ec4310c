"""The registry of metrics: declarations found by file, and those that other packages bring."""

import importlib
import pkgutil
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from tieout._discovery import from_others
from tieout.errors import ReportError
from tieout.reports.metrics import declared
from tieout.reports.metrics.metric import Metric

__all__ = ["metric_of", "metrics", "resolve"]

_GROUP = "tieout.metrics"


@cache
def metrics() -> Mapping[str, Metric]:
    """All metrics by name: those of every file in `declared/`, in the order of their files, and those of other packages.

    Raises:
        ReportError: Two have one name.
        PluginError: Another package's metrics cannot be imported.
    """
    found: dict[str, Metric] = {}
    for module in pkgutil.iter_modules(declared.__path__):
        if not module.name.startswith("_"):
            given = importlib.import_module(f"{declared.__name__}.{module.name}")
            _add(found, given.METRICS, where=module.name)
    for leaf in from_others(_GROUP):
        _add(found, leaf.load().METRICS, where=leaf.name)
    return found


def _add(found: dict[str, Metric], given: Iterable[Metric], *, where: str) -> None:
    for one in given:
        if one.name in found:
            raise ReportError(f"two metrics are named {one.name!r}", where=where)
        found[one.name] = one


def metric_of(name: str) -> Metric:
    """The metric of a name.

    Raises:
        ReportError: There is none.
    """
    known = metrics()
    if name not in known:
        raise ReportError(f"there is no metric {name!r}; known: {', '.join(known)}", where="metrics")
    return known[name]


def resolve(given: Sequence[str | Metric]) -> tuple[Metric, ...]:
    """Metrics by their names, or as they are given.

    Raises:
        ReportError: There is no metric of a name.
    """
    return tuple(metric_of(one) if isinstance(one, str) else one for one in given)
