"""Proving: no event is lost, and the vouchers carry exactly what the events ask for."""

from collections.abc import Mapping

import polars as pl

from tieout.posting._lines import lines_of
from tieout.posting.book import Book
from tieout.posting.building import Built
from tieout.posting.ordering import Ordered
from tieout.posting.template import Side
from tieout.proof import Check, Proof

__all__ = ["prove"]

_SIDE = "posting"


def prove(
    given: pl.DataFrame,
    parts: Mapping[str, pl.DataFrame],
    *,
    asked: pl.DataFrame,
    built: Built,
    ordered: Ordered,
    book: Book,
) -> Proof:
    """What ties out: events in and accounted for, their amounts and the vouchers, debits and credits.

    Args:
        given: Every event that came in.
        parts: Where they went, by name.
        asked: What the templates make of events: `row` and `asked_minor`.
        built: The vouchers of the events.
        ordered: The vouchers as handed out, those that take others back among them.
        book: Whose they are.
    """
    counts = {name: events.height for name, events in parts.items()}
    checks = [Check(name="events", side=_SIDE, currency=None, total=given.height, parts=counts)]
    for code in given["currency"].unique().sort().to_list():
        sums = {name: _sum(events, code) for name, events in parts.items()}
        checks.append(Check(name="event amounts", side=_SIDE, currency=code, total=_sum(given, code), parts=sums))
    carried = asked.filter(pl.col("row").is_in(built.heads["rows"].explode().implode()))
    amounts = Check(
        name="amounts in vouchers",
        side=_SIDE,
        currency=book.currency,
        total=int(carried["asked_minor"].sum()),
        parts={"lines of vouchers": built.carried_minor},
    )
    return Proof((*checks, amounts, _balance(built, ordered, book)))


def _sum(events: pl.DataFrame, code: str) -> int:
    return int(events.filter(pl.col("currency") == code)["amount_minor"].sum())


def _balance(built: Built, ordered: Ordered, book: Book) -> Check:
    sides = dict(built.lines.group_by("side").agg(pl.col("amount_minor").sum()).iter_rows())
    debits, credits_ = (int(sides.get(side.value, 0)) for side in (Side.DEBIT, Side.CREDIT))
    back = lines_of(ordered.others)
    debits += int(back["debit_minor"].sum())
    credits_ += int(back["credit_minor"].sum())
    return Check(name="debits", side=_SIDE, currency=book.currency, total=debits, parts={"credits": credits_})
