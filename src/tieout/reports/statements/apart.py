"""Statements of one account each: what is sent to a courier, a shop's manager or a platform."""

import re
from collections.abc import Mapping
from typing import Any

import attrs
import polars as pl

from tieout.reports.report import Report, Section

__all__ = ["apart"]


def apart(report: Report | None) -> tuple[Report, ...]:
    """A statement of all accounts of a kind as one statement each, in order of their names.

    Args:
        report: A statement; None gives none.

    Returns:
        Reports such as `statement_courier_zto`, of the same sections; an account in two currencies is one report.
    """
    if report is None:
        return ()
    names = [name for name in report.section("account").key if name != "currency"]
    accounts = report.section("account").frame.select(names).unique().sort(names, nulls_last=True)
    kind = report.name.removeprefix("statements_")
    return tuple(_of(report, kind, account) for account in accounts.iter_rows(named=True))


def _of(report: Report, kind: str, account: Mapping[str, Any]) -> Report:
    said = [str(value) for value in account.values() if value is not None]
    name = re.sub(r"[^\w.-]+", "-", "_".join(said)).strip("-") or "unknown"
    titles = {one.name: one.title.lower() for one in report.section("account").columns}
    facts = tuple((titles[column], str(value)) for column, value in account.items() if value is not None)
    own = tuple(
        fact for fact in report.facts if fact[0] != "not re-rated" or str(account.get("carrier")) in fact[1].split(", ")
    )
    return attrs.evolve(
        report,
        name=f"statement_{kind}_{name}",
        title=f"{report.title.replace('Statements of', 'Statement of').removesuffix('s')}: {', '.join(said)}",
        title_zh=f"{report.title_zh}：{'，'.join(said)}",
        facts=(*own, *facts),
        sections=tuple(_cut(section, account) for section in report.sections),
    )


def _cut(section: Section, account: Mapping[str, Any]) -> Section:
    """The rows of a section that are of one account."""

    def kept(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.filter(
            *(
                pl.col(name).eq_missing(pl.lit(value, dtype=pl.String))
                for name, value in account.items()
                if name in frame.columns
            )
        )

    frame = kept(section.frame)
    totals = section.totals
    if totals is not None:
        sums = [
            one
            for one in totals.columns
            if one != "currency" and totals[one].dtype.is_integer() and totals[one].count()
        ]
        added = frame.group_by("currency").agg(pl.col(one).sum() for one in sums).sort("currency", nulls_last=True)
        totals = added.select(
            pl.col(name) if name in added.columns else pl.lit(None, dtype=dtype).alias(name)
            for name, dtype in frame.schema.items()
        )
    details = None if section.details is None else kept(section.details)
    return attrs.evolve(section, frame=frame, totals=totals, details=details)
