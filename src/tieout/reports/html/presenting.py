"""How a section stands on a page: what is empty or the same in all rows is left out, and a figure of any unit is one column."""

from collections.abc import Sequence

import attrs
import polars as pl

from tieout.reports.figures import cell_text
from tieout.reports.report import Column, Kind, Section

__all__ = ["Presented", "presented"]

_UNITS = ("minor", "share", "number")  # a figure of any unit: `value_minor`, `value_share`, `value_number`


@attrs.frozen
class Presented:
    """A section's table as people read it: the same rows and key.

    Attributes:
        frame: Its rows, with what the page needs of them.
        columns: What is shown.
        totals: Its totals with the same columns; None where it has none.
    """

    frame: pl.DataFrame
    columns: tuple[Column, ...]
    totals: pl.DataFrame | None


def presented(section: Section, *, zone: str) -> Presented:
    """How a section stands on the page.

    A column in Chinese beside one in English is shown in its place where Chinese is shown; columns of a figure in several units
    are one text; columns without any value, and a currency that all rows have, are left out.

    Args:
        section: As its report made it.
        zone: Zone in which moments are written.
    """
    frame, columns = _one_value(section, zone)
    shown = tuple(column for column in columns if _is_seen(column, frame, columns)) or columns
    names = [column.name for column in shown]
    needed = {*section.key, *section.sums, *names, *(f"{name}_zh" for name in names), "discrepancy_id"}
    needed |= {column.currency for column in shown if column.kind is Kind.MONEY}
    kept = frame.select(name for name in frame.columns if name in needed)
    return Presented(kept, shown, _totals(section, kept))


def _is_seen(column: Column, frame: pl.DataFrame, columns: Sequence[Column]) -> bool:
    if not frame.height:
        return True
    if column.name.endswith("_zh") and any(one.name == column.name.removesuffix("_zh") for one in columns):
        return False
    values = frame[column.name]
    if values.null_count() == frame.height:
        return False
    of_money = any(one.kind is Kind.MONEY and one.currency == column.name for one in columns)
    return not (of_money and values.n_unique() == 1) or len(columns) == 1


def _one_value(section: Section, zone: str) -> tuple[pl.DataFrame, tuple[Column, ...]]:
    """Columns such as `value_minor`, `value_share` and `value_number`, of which a row has one, as one text."""
    frame, columns = section.frame, section.columns
    names = {one.name: one for one in columns}
    stems = [name.removesuffix("_minor") for name in names if name.endswith("_minor")]
    for stem in stems:
        parts = [names.get(f"{stem}_{unit}") for unit in _UNITS]
        given = [one for one in parts if one is not None]
        if len(given) < len(_UNITS):
            continue
        text = [_any(row, given, zone) for row in frame.iter_rows(named=True)]
        frame = frame.with_columns(pl.Series(f"{stem}_text", text, dtype=pl.String))
        one = Column(name=f"{stem}_text", title=_stem_title(given[0].title), title_zh=_stem_title(given[0].title_zh))
        places = [column for column in columns if column not in given[1:]]
        columns = tuple(one if column is given[0] else column for column in places)
    return frame, columns


def _stem_title(title: str) -> str:
    """`Amount before` and `金额（上期）` of any unit: a figure, not an amount."""
    return title.replace("Amount", "Figure").replace("金额", "数值")


def _any(row: dict[str, object], parts: Sequence[Column], zone: str) -> str | None:
    for column in parts:
        value = row[column.name]
        if value is None:
            continue
        currency = str(row.get(column.currency) or "")
        text = cell_text(value, column, currency=currency, zone=zone)
        return f"{text} {currency}" if column.kind is Kind.MONEY else text
    return None


def _totals(section: Section, frame: pl.DataFrame) -> pl.DataFrame | None:
    """Totals with the columns of the frame: those that were put together have none."""
    if section.totals is None:
        return None
    missing = [name for name in frame.columns if name not in section.totals.columns]
    return section.totals.with_columns(pl.lit(None, dtype=frame.schema[name]).alias(name) for name in missing)
