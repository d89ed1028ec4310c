"""Lacking: files that the config tells of and nobody downloaded, and downloads that are of another period."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any, Final

from tieout.closing.config import CloseConfig
from tieout.closing.looking import days_of
from tieout.closing.sentences import note
from tieout.reports import Note
from tieout.tables import Table

__all__ = ["files_lacking", "of_another_period"]

_EARLIER: Final = ("history", "previous")
"""Roles of records that are of earlier periods."""
_FEW: Final = 20


def files_lacking(config: CloseConfig, count: int, used: Collection[str]) -> Iterator[Note]:
    """That there is no file at all, else each entry of `[[read]]` that fits none: a download may have been forgotten.

    Args:
        config: What the close is told.
        count: How many files there are.
        used: What the entries that fit a file say under `file`, whether an earlier one takes it or not.
    """
    if not count:
        yield note("no_files", folders=", ".join(path.name for path in config.files))
        return
    for file in dict.fromkeys(rule.file for rule in config.read if not rule.skip):
        if file not in used:
            yield note("no_file_fits", file=file)


def of_another_period(config: CloseConfig, tables: Mapping[str, Table[Any]]) -> Iterator[Note]:
    """That hardly a record is of the period: the config may name the wrong month, or the downloads be those of another.

    Args:
        config: What the close is told.
        tables: Records by class or role.
    """
    first, last, months, within = config.period.first, config.period.last, Counter[date](), 0
    for name, table in tables.items():
        if name in _EARLIER or name.rpartition(":")[2] in _EARLIER:
            continue
        days = days_of(table.to_polars(), str(config.book.timezone))
        if days is not None:
            within += int(days.is_between(first, last).sum())
            months.update(dict(days.dt.truncate("1mo").value_counts().iter_rows()))
    if within * _FEW < months.total():
        (month, most), *_ = sorted(months.items(), key=lambda pair: (-pair[1], pair[0]))
        yield note(
            "few_of_period",
            within=within,
            count=months.total(),
            period=config.period.label,
            most=most,
            month=f"{month:%Y-%m}",
        )
