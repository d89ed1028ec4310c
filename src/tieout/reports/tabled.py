"""Sections of figures: metrics told apart by dimensions as a table whose every figure leads to its rows."""

from collections.abc import Mapping, Sequence

import attrs
import polars as pl

from tieout.errors import ReportError
from tieout.reports.metrics import DIMENSIONS, Facts, Figures, Metric, Unit, figures, resolve, summed
from tieout.reports.report import Column, Kind, Section
from tieout.reports.spans import Span

__all__ = ["CURRENCY", "Layout", "column_of", "dimension_columns", "table"]

CURRENCY = Column(name="currency", title="Currency", title_zh="币种")
_KINDS = {Unit.SHARE: Kind.SHARE, Unit.MONEY: Kind.MONEY, Unit.COUNT: Kind.COUNT}
_UNITS = {Unit.DAYS: "days", Unit.KG: "kg", Unit.PIECES: "pieces"}


def column_of(metric: Metric) -> Column:
    """The column that shows a metric."""
    return Column(
        name=metric.column,
        title=metric.title,
        title_zh=metric.title_zh,
        kind=_KINDS.get(metric.unit, Kind.NUMBER),
        unit=_UNITS.get(metric.unit, ""),
    )


def dimension_columns(by: Sequence[str]) -> list[Column]:
    """The columns that show dimensions."""
    return [Column(name=name, title=DIMENSIONS[name].title, title_zh=DIMENSIONS[name].title_zh) for name in by]


def _names(given: Sequence[str]) -> tuple[str, ...]:
    return tuple(given)


def _measures(given: Sequence[str | Metric]) -> tuple[str | Metric, ...]:
    return tuple(given)


@attrs.frozen(kw_only=True)
class Layout:
    """What a section of figures shows.

    Attributes:
        name: What programs call it.
        title: Heading in English.
        title_zh: Heading in Chinese.
        metrics: Metrics, or their names.
        by: Dimensions.
        where: Value, or values, that a dimension must have.
        grain: How long a `period` is.
        sort: Columns by which the rows are sorted, `-` before one that begins with the largest; by the dimensions unless given.
        limit: How many rows at most; the totals are of all.
        plot: Name of a plot that shows it.
        note: What to know about it.
        note_zh: The same in Chinese.
    """

    name: str
    title: str
    title_zh: str
    metrics: tuple[str | Metric, ...] = attrs.field(converter=_measures)
    by: tuple[str, ...] = attrs.field(default=(), converter=_names)
    where: Mapping[str, object] = attrs.field(factory=dict)
    grain: str = "month"
    sort: tuple[str, ...] = attrs.field(default=(), converter=_names)
    limit: int | None = None
    plot: str = ""
    note: str = ""
    note_zh: str = ""


def table(asked: Layout, facts: Facts, *, within: Span | None = None) -> Section | None:
    """A section of figures; None where the data allow none of them.

    Args:
        asked: What it shows.
        facts: What it is made of.
        within: Days that count; those of the report's period unless given.

    Raises:
        ReportError: There is no such metric, dimension or column, or a metric cannot be told apart so.
    """
    chosen = resolve(asked.metrics)
    made = figures(chosen, facts, by=asked.by, where=asked.where, grain=asked.grain, within=within, details=True)
    if len(made.missing) == len(chosen):
        return None
    has_money = "currency" in made.frame.columns
    columns = [*dimension_columns(asked.by), *map(column_of, chosen), *([CURRENCY] if has_money else [])]
    frame = _sorted(made.frame, asked.sort, made.key, asked.name)
    behind = made.behind
    notes = _notes(made)
    if asked.limit is not None and frame.height > asked.limit:
        notes.append(
            (f"The first {asked.limit} of {frame.height} rows.", f"共 {frame.height} 行，显示前 {asked.limit} 行。")
        )
        frame = frame.head(asked.limit)
        if behind is not None and made.key:
            shown = frame.select(made.key)
            behind = behind.each(lambda part: part.join(shown, on=list(made.key), how="semi", nulls_equal=True))
    return Section(
        name=asked.name,
        title=asked.title,
        title_zh=asked.title_zh,
        columns=columns,
        frame=frame,
        key=made.key,
        totals=_totals(asked, made, facts, frame, within),
        details=behind,
        sums=made.sums if made.key else (),
        plot=asked.plot,
        note=" ".join(filter(None, [asked.note, *(one for one, _ in notes)])),
        note_zh="".join(filter(None, [asked.note_zh, *(one for _, one in notes)])),
    )


def _sorted(frame: pl.DataFrame, sort: Sequence[str], key: Sequence[str], where: str) -> pl.DataFrame:
    names = [name.removeprefix("-") for name in sort]
    strange = [name for name in names if name not in frame.columns]
    if strange:
        raise ReportError(f"it has no column {strange[0]!r} to sort by", where=f"section {where}")
    rest = [name for name in key if name not in names]
    if not names + rest:
        return frame
    down = [name.startswith("-") for name in sort] + [False] * len(rest)
    return frame.sort(*names, *rest, descending=down, nulls_last=True)


def _totals(
    asked: Layout, made: Figures, facts: Facts, frame: pl.DataFrame, within: Span | None
) -> pl.DataFrame | None:
    if not asked.by:
        return None
    whole = summed(made)
    if whole is None:
        whole = figures(made.metrics, facts, where=asked.where, grain=asked.grain, within=within).frame
    return whole.select(
        (pl.col(name) if name in whole.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in frame.schema.items()
    )


def _notes(made: Figures) -> list[tuple[str, str]]:
    """Why figures are null, and what they do without."""
    titles = {one.name: one for one in made.metrics}
    found: dict[tuple[str, str], list[Metric]] = {}
    for name, why in made.missing.items():
        found.setdefault((why.reason, why.reason_zh), []).append(titles[name])
    notes = [
        (
            f"Unknown: {', '.join(one.title for one in held)}: {reason}.",
            f"无法计算：{'、'.join(one.title_zh for one in held)}：{reason_zh}。",
        )
        for (reason, reason_zh), held in found.items()
    ]
    for name, whys in made.left_out.items():
        one = titles[name]
        reasons, reasons_zh = "; ".join(why.reason for why in whys), "；".join(why.reason_zh for why in whys)
        notes.append(
            (f"{one.title}: {reasons}, and it is made without them.", f"{one.title_zh}：{reasons_zh}，未计入。")
        )
    return notes
