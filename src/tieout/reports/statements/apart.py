"""Statements of one account each: what is sent to a courier, a shop's manager or a platform."""

import re
from collections.abc import Mapping
from typing import Any, Final

import attrs
import polars as pl

from tieout.errors import ReportError
from tieout.reports.report import Report, Section
from tieout.reports.totals import totals_by_currency
from tieout.reports.words import code_text

__all__ = ["apart"]

_ACCOUNTS: Final = ("account", "accounts")


def apart(report: Report | None) -> tuple[Report, ...]:
    """A statement of all accounts of a kind as one statement each, in order of their names.

    Args:
        report: A statement of couriers, shops, channels or the period; None gives none.

    Returns:
        Reports such as `statement_courier_zto`, of the same sections; an account in two currencies is one report. Names differ:
        of accounts that would be called alike the later ones have a number, as in `statement_shop_tmall_a-b-2`.

    Raises:
        ReportError: It is no statement.
    """
    if report is None:
        return ()
    section = _accounts(report)
    names = [name for name in section.key if name != "currency"]
    accounts = section.frame.select(names).unique().sort(names, nulls_last=True)
    kind = report.name.removeprefix("statements_")
    made: dict[str, Report] = {}
    for account in accounts.iter_rows(named=True):
        one = _of(report, section, kind, account)
        name, at = one.name, 1
        while name.casefold() in made:  # names become files, and some file systems know no capitals
            at += 1
            name = f"{one.name}-{at}"
        made[name.casefold()] = attrs.evolve(one, name=name)
    return tuple(made.values())


def _accounts(report: Report) -> Section:
    """The section with one row an account and currency."""
    for one in report.sections:
        if one.name in _ACCOUNTS:
            return one
    raise ReportError("a statement is needed, which has a section of accounts", where=f"report {report.name}")


def _of(report: Report, section: Section, kind: str, account: Mapping[str, Any]) -> Report:
    held = {column: str(value) for column, value in account.items() if value is not None}
    said, called, called_zh = list(held.values()), _called(held, "en"), _called(held, "zh")
    name = re.sub(r"[^\w.-]+", "-", "_".join(said)).strip("-") or "unknown"
    titles = {one.name: one.title.lower() for one in section.columns}
    facts = tuple((titles[column], str(value)) for column, value in account.items() if value is not None)
    own = tuple(
        fact for fact in report.facts if fact[0] != "not re-rated" or str(account.get("carrier")) in fact[1].split(", ")
    )
    return attrs.evolve(
        report,
        name=f"statement_{kind}_{name}",
        title=f"{report.title.replace('Statements of', 'Statement of').removesuffix('s')}: {', '.join(called)}",
        title_zh=f"{report.title_zh}：{'，'.join(called_zh)}",
        facts=(*own, *facts),
        sections=tuple(_cut(section, account) for section in report.sections),
    )


def _called(account: Mapping[str, str], language: str) -> list[str]:
    """Whose account it is, by name where the code has one."""
    return [code_text(column, value, language) for column, value in account.items()]


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
        totals = totals_by_currency(frame, sums)
    behind = None if section.behind is None else section.behind.each(kept)
    return attrs.evolve(section, frame=frame, totals=totals, details=behind)
