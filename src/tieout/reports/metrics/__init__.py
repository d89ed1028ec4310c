"""Metrics: every figure of `domain.md` section 9, as declarations over fact frames.

from tieout.reports.metrics import facts_of, figures, metric_of

made = figures([metric_of("after_sale_rate")], facts_of(data), by=["shop"], details=True)
made.frame, made.details
"""

from tieout.reports.metrics.dimensions import DIMENSIONS, Dimension
from tieout.reports.metrics.facts import FactKind, Facts, Missing, fact_kinds, facts_of
from tieout.reports.metrics.figures import Figures, dimensions_of, figures, missing_of, summed
from tieout.reports.metrics.metric import Better, How, Measure, Metric, Unit, count, distinct, median, p90, total
from tieout.reports.metrics.registry import metric_of, metrics, resolve

__all__ = [
    "DIMENSIONS",
    "Better",
    "Dimension",
    "FactKind",
    "Facts",
    "Figures",
    "How",
    "Measure",
    "Metric",
    "Missing",
    "Unit",
    "count",
    "dimensions_of",
    "distinct",
    "fact_kinds",
    "facts_of",
    "figures",
    "median",
    "metric_of",
    "metrics",
    "missing_of",
    "p90",
    "resolve",
    "summed",
    "total",
]
