"""Corrections: what a bill that was posted says otherwise now is posted as a difference, for what was posted stays as it is.

A charge that another line of its place, or another edition of its bill, takes the place of was posted by the run before: it is
taken back, and what stands for it is posted. What both say is no news.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import attrs
import polars as pl

from tieout.model import CourierCharge, CourierInvoice
from tieout.outcome import CarryForward
from tieout.reconciliations._courier.editions import edition_expr, no_editions
from tieout.reconciliations._courier.facts import POSTED_SIDES, picked
from tieout.reconciliations._courier.sides import Given, build_sides
from tieout.tables import Table, schema_of

if TYPE_CHECKING:
    from tieout.reconciliations._courier.running import Run

__all__ = ["corrected"]

_SAID = ("bill_no", "carrier", "tracking_no", "charge_type", "leg", "ship_date", "amount_minor", "currency", "vat_rate")
"""What the books have of a charge."""
_COLUMNS = list(schema_of(CourierCharge))


def corrected(run: "Run", lines: pl.DataFrame, notes: pl.Series) -> pl.DataFrame:
    """What was posted and is no more, and what stands for it, shaped like posted lines, with `times` -1 and 1.

    Args:
        run: The run.
        lines: Its lines with `disputed_minor`.
        notes: Lines that pay for accepted claims.
    """
    opening = run.given.opening
    is_same = run.sides.replaced.is_empty() and not any(run.sides.taken[name].superseded for name in POSTED_SIDES)
    if opening is None or opening.opens_on is None or is_same:
        return picked(lines.clear(), notes)
    before = {name: _before(opening, run.sides.replaced, name) for name in POSTED_SIDES}
    start, gone, here = 0, {}, []
    for name, was in before.items():
        side = run.sides.taken[name]
        standing = side.frame.filter(pl.col("is_opening") & ~pl.col("is_replaced"))
        gone[name] = _not_in(was, standing)
        news = _not_in(standing.filter(pl.col("aside").is_null()), was)
        here.append(news.select((pl.col("row") + start).alias("line")))
        start += side.frame.height
    anew = lines.join(pl.concat(here), on="line", how="semi", maintain_order="left")
    taken_back = [_taken_back(run, opening, gone, before)] if any(rows.height for rows in gone.values()) else []
    change = pl.lit(f" / {run.settings.period or run.as_of}")
    return pl.concat([picked(anew, notes), *taken_back]).with_columns(change.alias("change"))


def _before(opening: CarryForward, replaced: pl.DataFrame, name: str) -> pl.DataFrame:
    """The charges that the run before knew, by the numbers that their bills have now."""
    by = ["bill_no", "currency", "edition"]
    anew = replaced.filter(pl.col("side") == name).select(*by, "stands")
    rows = opening.side(name, CourierCharge).with_columns(edition_expr())
    if name == "charges":
        let_go = opening.side("history", CourierCharge).with_columns(edition_expr())
        rows = pl.concat([rows, let_go.join(anew, on=by, how="semi", maintain_order="left")])
    told = rows.join(anew, on=by, how="left", maintain_order="left")
    return told.with_columns(pl.coalesce("stands", "bill_no").alias("bill_no")).select(_COLUMNS)


def _not_in(rows: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    """The rows that say what none of the others says, as often as they say it more."""
    nth = pl.int_range(pl.len()).over(_SAID).alias("nth")
    known = others.select(*_SAID).with_columns(nth)
    every = [*_SAID, "nth"]
    return rows.with_columns(nth).join(known, on=every, how="anti", nulls_equal=True, maintain_order="left").drop("nth")


def _taken_back(
    run: "Run", opening: CarryForward, gone: Mapping[str, pl.DataFrame], before: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """What the run before posted of charges that are no more: each with what was disputed of it, as an audit of then finds."""
    numbers = pl.concat([rows.select("tracking_no") for rows in gone.values()]).unique()
    then = {}
    for name, rows in gone.items():
        others = _not_in(before[name], rows).join(numbers, on="tracking_no", how="semi", maintain_order="left")
        then[name] = Table(pl.concat([rows, others]), CourierCharge)
    given, taken = run.given, run.sides.taken
    known: dict[str, Table[Any]] = {
        name: Table(taken[name].frame.select(list(schema_of(taken[name].record))), taken[name].record)
        for name in ("shipments", "returns", "claims")
        if given.knows(name)
    }
    told = Given(
        shipments=known["shipments"],
        charges=then["charges"],
        returns=known.get("returns"),
        claims=known.get("claims"),
        remittances=then["remittances"] if given.knows("remittances") else None,
        invoices=Table(opening.side("invoices", CourierInvoice), CourierInvoice),
        whole=None if given.whole is None else attrs.evolve(given.whole, replaced=no_editions()),
    )
    day = None if opening.opens_on is None else opening.opens_on - timedelta(days=1)
    settings = attrs.evolve(run.settings, period=None, as_of=day)
    sides = build_sides(told, timezone=settings.timezone, carrier=run.card.carrier)
    posted = type(run)(settings, sides, told).steps().posted
    limits = {"charges": gone["charges"].height, "remittances": len(then["charges"]) + gone["remittances"].height}
    is_gone = pl.col("line") < pl.col("side").replace_strict(limits, return_dtype=pl.Int64)
    return posted.filter(is_gone).with_columns(-pl.col("times"))
