"""Columns of the rows behind figures, which no section declares: what each is called and holds."""

from collections.abc import Mapping
from typing import Final

from tieout.errors import ReportError
from tieout.reports.column import Column, Kind
from tieout.reports.metrics import Metric, metric_of

__all__ = ["figure_column"]

_ENDS: Final = {"of": ("", ""), "per": (": base", "（分母）")}


def figure_column(name: str, declared: Mapping[str, Column]) -> Column | None:
    """What a column of the rows behind is that a figure is made of: `sales_of`, or `refund_rate_per` for its denominator.

    Args:
        name: Name of the column.
        declared: Columns of the section.
    """
    stem, _, end = name.rpartition("_")
    if end not in _ENDS or not stem:
        return None
    column = declared.get(f"{stem}_minor") or declared.get(stem)
    try:
        metric = metric_of(stem)
    except ReportError:
        metric = None
    if column is None and metric is None:
        return None
    title = column.title if column else metric.title if metric else stem
    title_zh = column.title_zh if column else metric.title_zh if metric else stem
    more, more_zh = _ENDS[end]
    return Column(name=name, title=f"{title}{more}", title_zh=f"{title_zh}{more_zh}", kind=_kind(metric, column, end))


def _kind(metric: Metric | None, column: Column | None, end: str) -> Kind:
    measures = () if metric is None else metric.of if end == "of" else metric.per
    if any(measure.column.endswith("_minor") for measure in measures):
        return Kind.MONEY
    if column is not None and end == "of" and column.kind is Kind.MONEY and not measures:
        return Kind.MONEY
    return Kind.NUMBER
