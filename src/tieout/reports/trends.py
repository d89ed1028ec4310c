"""Trends: the figures of a period in long form, kept from period to period, and how they changed (`domain.md` C46, C64)."""

import io
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from tieout.errors import ReportError
from tieout.model.currency import exponent
from tieout.reports.data import ReportData
from tieout.reports.metrics import Facts, Metric, Unit, dimensions_of, facts_of, figures, metrics
from tieout.reports.spans import Span

__all__ = ["KEPT", "SCHEMA", "changes", "metric_figures", "metrics_csv", "read_metrics"]

_DECIMAL = pl.Decimal(38, 8)
_UNIT = 10**8
SCHEMA = {
    "period": pl.String(),
    "metric": pl.String(),
    "dimension": pl.String(),
    "key": pl.String(),
    "currency": pl.String(),
    "unit": pl.String(),
    "value": _DECIMAL,
    "of": _DECIMAL,
    "per": _DECIMAL,
}
"""Columns of figures in long form. `dimension` is empty for the whole book, `key` its value, null where it is not known. `value`
is exact to eight places: amounts in the currency's own unit, shares as fractions. `of` and `per` are what it was divided of."""
KEPT = ("platform", "shop", "courier", "warehouse", "reason", "type", "cause")
"""Dimensions whose figures are kept from period to period."""
_NAME = ("metric", "dimension", "key", "currency")


def metric_figures(
    data: ReportData, wanted: Sequence[Metric] | None = None, *, dimensions: Sequence[str] = KEPT
) -> pl.DataFrame:
    """The figures of a period in long form, as the next periods compare with them.

    Args:
        data: The period.
        wanted: Metrics; all that there are unless given.
        dimensions: What each is told apart by, one at a time, where it can be.

    Returns:
        Columns of `SCHEMA`, one row a figure, in a fixed order; figures that are null are not in it.
    """
    if wanted is None and tuple(dimensions) == KEPT and "metrics" in data.derived:
        held: pl.DataFrame = data.derived["metrics"]
        return held
    chosen = tuple(metrics().values()) if wanted is None else tuple(wanted)
    facts = facts_of(data)
    parts = [pl.DataFrame(schema=SCHEMA)]
    for name in ("", *dimensions):
        able = [one for one in chosen if not name or name in dimensions_of(one, facts.kinds)]
        for of_money in (False, True):
            group = [one for one in able if one.is_money is of_money]
            if group:
                parts += _long(group, facts, name)
    made = pl.concat(parts).sort("metric", "dimension", "key", "currency", nulls_last=True)
    if wanted is None and tuple(dimensions) == KEPT:
        data.derived["metrics"] = made
    return made


def _long(group: Sequence[Metric], facts: Facts, dimension: str) -> list[pl.DataFrame]:
    made = figures(group, facts, by=[dimension] if dimension else [])
    code = pl.col("currency") if "currency" in made.frame.columns else pl.lit(None, dtype=pl.String)
    codes = made.frame["currency"].drop_nulls().unique().to_list() if "currency" in made.frame.columns else []
    parts = []
    for one in group:
        if one.name in made.missing or made.frame[one.column].null_count() == made.frame.height:
            continue
        per = pl.col(f"{one.name}_per") if one.per else pl.lit(None)
        rows = made.frame.filter(pl.col(one.column).is_not_null())
        parts.append(
            rows.select(
                pl.lit(facts.data.period).alias("period"),
                pl.lit(one.name).alias("metric"),
                pl.lit(dimension).alias("dimension"),
                (pl.col(dimension) if dimension else pl.lit(None, dtype=pl.String)).alias("key"),
                code.alias("currency"),
                pl.lit(one.unit.value).alias("unit"),
                _exact(one, rows, codes).alias("value"),
                pl.col(f"{one.name}_of").cast(_DECIMAL).alias("of"),
                per.cast(_DECIMAL).alias("per"),
            )
        )
    return parts


def _exact(metric: Metric, rows: pl.DataFrame, codes: Sequence[str]) -> pl.Expr:
    """The value as a decimal of eight places."""
    value = pl.col(metric.column)
    if metric.unit is Unit.MONEY:
        scaled = pl.lit(None, dtype=pl.Int64)
        for code in codes:
            scaled = pl.when(pl.col("currency") == code).then(value * 10 ** (8 - exponent(code))).otherwise(scaled)
        return _decimal(scaled)
    if rows.schema[metric.column].is_float():
        return _decimal((value * _UNIT).round(mode="half_away_from_zero").cast(pl.Int64))
    return value.cast(_DECIMAL)


def _decimal(scaled: pl.Expr) -> pl.Expr:
    """Whole parts of 10^-8 as a decimal."""
    digits = scaled.abs().cast(pl.String).str.zfill(9)
    sign = pl.when(scaled < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    return pl.concat_str([sign, digits.str.head(-8), pl.lit("."), digits.str.tail(8)]).cast(_DECIMAL)


def metrics_csv(frame: pl.DataFrame) -> str:
    """Figures in long form as CSV text, for the file `metrics.csv` of a close.

    Args:
        frame: As `metric_figures` gives it.
    """
    texts = [_plain(name).alias(name) for name in ("value", "of", "per")]
    return frame.select(list(SCHEMA)).with_columns(texts).write_csv()


def _plain(name: str) -> pl.Expr:
    text = pl.col(name).cast(pl.String)
    return text.str.strip_chars_end("0").str.strip_chars_end(".")


def read_metrics(source: str | Path) -> pl.DataFrame:
    """Figures in long form from what `metrics_csv` gave.

    Args:
        source: Path of a file, or the text itself where it holds a line break.

    Raises:
        ReportError: The file cannot be read, lacks a column, or holds something that is no number.
    """
    is_text = isinstance(source, str) and "\n" in source
    where = "metrics.csv" if is_text else Path(source).name
    try:
        content = io.StringIO(str(source)) if is_text else Path(source)
        given = pl.read_csv(content, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as cause:
        raise ReportError("it cannot be read as figures of a period", where=where) from cause
    lacks = [name for name in SCHEMA if name not in given.columns]
    if lacks:
        raise ReportError(f"it lacks the column {', '.join(lacks)}", where=where)
    try:
        typed = given.select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items())
    except pl.exceptions.PolarsError as cause:
        raise ReportError("a figure is no number", where=where) from cause
    return typed.with_columns(pl.col("dimension").fill_null(""))


def changes(data: ReportData, frame: pl.DataFrame | None = None) -> pl.DataFrame:
    """Figures of the period beside those of the period before and of a year before.

    Args:
        data: The period, with `earlier`.
        frame: Its figures in long form; those of `metric_figures` unless given.

    Returns:
        The columns of `SCHEMA`, and `previous`, `change`, `year_before`, `year_change`. A change is value / earlier - 1, null
        where the earlier figure is not known or zero.
    """
    now = metric_figures(data) if frame is None else frame
    span = Span.parse(data.period)
    table = now
    for label, past in (("previous", span.previous.label), ("year_before", span.year_before.label)):
        table = _beside(table, _of_period(data.earlier, past), label)
    return table.with_columns(_change("previous").alias("change"), _change("year_before").alias("year_change")).select(
        *SCHEMA, "previous", "change", "year_before", "year_change"
    )


def _of_period(earlier: pl.DataFrame | None, period: str) -> pl.DataFrame:
    if earlier is None:
        return pl.DataFrame(schema=SCHEMA)
    lacks = [name for name in ("period", *_NAME, "value") if name not in earlier.columns]
    if lacks:
        raise ReportError(f"it lacks the column {', '.join(lacks)}", where="figures of earlier periods")
    return earlier.filter(pl.col("period") == period)


def _beside(now: pl.DataFrame, past: pl.DataFrame, label: str) -> pl.DataFrame:
    known = past.select(
        *(pl.col(name).cast(pl.String) for name in _NAME), pl.col("value").cast(_DECIMAL).alias(label)
    ).unique(_NAME, keep="last", maintain_order=True)
    known = known.with_columns(pl.col("dimension").fill_null(""))
    return now.join(known, on=list(_NAME), how="left", maintain_order="left", nulls_equal=True)


def _change(label: str) -> pl.Expr:
    past = pl.col(label).cast(pl.Float64)
    return pl.when(past != 0).then(pl.col("value").cast(pl.Float64) / past - 1)
