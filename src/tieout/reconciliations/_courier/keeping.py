"""Keeping: which records the next run has to see again.

What is open is kept until it is settled, and with it all that it hangs together with: the other lines of its parcel, the
parcel, its cases, the header of its bill. What is settled is kept while it is recent. Lines that are let go stay as history
for as long as a number lives, so that charging again is found. What is of days after the run's period waits by itself.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import attrs
import polars as pl

from tieout.model import CourierInvoice
from tieout.outcome import CarryForward
from tieout.reconciliations._common.concluding import OTHER_PERIOD
from tieout.reconciliations._common.periods import Period
from tieout.reconciliations._common.sides import Side
from tieout.reconciliations._common.units import AGREED, SETTLED, WITHIN, Judged
from tieout.reconciliations._courier.editions import EDITIONS_SIDE, remembered
from tieout.reconciliations._courier.judging import Weighed
from tieout.reconciliations._courier.sides import BEFORE, REPEAT, Sides
from tieout.reconciliations._courier.verdict import SAME_NUMBER_DAYS
from tieout.reconciliations._courier.whole import Whole
from tieout.tables import Table, schema_of

__all__ = ["carried_sides", "told_of"]

_DONE = [AGREED, WITHIN, SETTLED]
_OF_DAYS = ("charges", "remittances", "shipments", "invoices")
"""Sides whose rows are of a period; the others tell something of them."""
_BARE = ("period_start", "period_end", "total_minor", "adjustments_minor", "parcels", "lines")


@attrs.frozen(kw_only=True)
class _Open:
    """What is not settled, by what hangs together with it."""

    lines: pl.DataFrame
    keys: pl.DataFrame
    parcels: pl.DataFrame
    bills: pl.DataFrame
    months: pl.DataFrame


@attrs.frozen(kw_only=True)
class _Later:
    """What is of days after the run's period: it waits, whatever its age, for the run of its own."""

    lines: pl.Series
    parcels: pl.Series


def carried_sides(
    sides: Sides,
    weighed: Weighed,
    judged: Judged,
    *,
    as_of: date,
    memory_days: int,
    period: Period | None,
    known: Mapping[str, bool],
    known_editions: pl.DataFrame,
) -> CarryForward:
    """The records that the next run has to see again, by side.

    Args:
        sides: The sides.
        weighed: What was compared.
        judged: Units with verdicts.
        as_of: Day of the run.
        memory_days: Days for which settled records are kept.
        period: Days that the run is for; what is older and of no concern to it is not kept, and what is of later days waits.
        known: For each side beside shipments and charges whether it is known, so that it stays so without any row.
        known_editions: Editions of bills that earlier runs replaced.
    """
    since = as_of - timedelta(days=memory_days)
    still = _open(weighed, judged)
    taken = sides.taken
    told = Whole() if sides.whole is None else sides.whole
    still = attrs.evolve(still, months=pl.concat([still.months, told.open_months.to_frame("month")]).unique())
    before, after = _of_other_periods(judged, period)
    heads = _heads(weighed, still, since, after["invoices"])
    whole = pl.concat([whole_bills(heads), told.whole_bills.to_frame("bill_no")])
    start = taken["charges"].frame.height
    to_come = _Later(lines=pl.concat([after["charges"], after["remittances"] + start]), parcels=after["shipments"])
    lines, parcels = _lines_and_parcels(weighed, still, whole, since, before, to_come)
    charges = _rows(taken["charges"], lines, "line", 0)
    remittances = _rows(taken["remittances"], lines, "line", start)
    numbers = pl.concat([lines.select("key"), parcels.select("key")]).drop_nulls().unique()
    kept = {
        "shipments": taken["shipments"].frame.join(parcels.select(row="parcel"), on="row", how="semi"),
        "charges": charges,
        "remittances": remittances,
        "invoices": bared(taken["invoices"].frame, heads, pl.concat([lines["bill_no"], told.kept_bills])),
        "returns": _cases(sides, numbers, since),
        "history": _history(sides, weighed, lines, as_of),
        "claims": _claims(taken["claims"].frame, weighed, since),
    }
    always = {"shipments", "charges"}
    late = {name: pl.col("row").is_in(rows.implode()) for name, rows in after.items() if len(rows)}
    editions = remembered(sides.replaced, known_editions)
    return CarryForward(
        sides={
            name: _table(frame.filter(~late[name]) if name in late else frame, taken[name])
            for name, frame in kept.items()
            if name in always or known.get(name) or frame.height
        }
        | ({EDITIONS_SIDE: Table(editions, CourierInvoice)} if editions.height else {}),
        later={name: _table(kept[name].filter(is_late), taken[name]) for name, is_late in late.items()},
    )


def told_of(
    weighed: Weighed, judged: Judged, *, as_of: date, memory_days: int, period: Period | None
) -> tuple[pl.Series, pl.Series]:
    """What the part of a run that compares the headers has to tell the others: bills kept whole, and months still open.

    Args:
        weighed: What was compared.
        judged: Units with verdicts.
        as_of: Day of the run.
        memory_days: Days for which settled records are kept.
        period: Days that the run is for.
    """
    still = _open(weighed, judged)
    _, after = _of_other_periods(judged, period)
    heads = _heads(weighed, still, as_of - timedelta(days=memory_days), after["invoices"])
    return whole_bills(heads)["bill_no"], still.months["month"]


def _table(rows: pl.DataFrame, side: Side) -> Table[Any]:
    return Table(rows.select(list(schema_of(side.record))), side.record)


def _of_other_periods(judged: Judged, period: Period | None) -> tuple[dict[str, pl.Series], dict[str, pl.Series]]:
    """Rows that the run did not compare, by side: of days before its period, and of days after it."""
    before, after = ({name: pl.Series(dtype=pl.Int64) for name in _OF_DAYS} for _ in range(2))
    for side in judged.sides:
        if period is not None and side.name in _OF_DAYS:
            apart = side.frame.filter(pl.col("verdict") == OTHER_PERIOD)
            before[side.name] = apart.filter(pl.col("on") < period.first)["row"]
            after[side.name] = apart.filter(pl.col("on") > period.last)["row"]
    return before, after


def _open(weighed: Weighed, judged: Judged) -> _Open:
    units = judged.units.filter(~pl.col("verdict").is_in(_DONE)).select("unit")
    lines = weighed.lines.join(units, left_on="line", right_on="unit", how="semi")
    owed = weighed.owed.join(units, on="unit", how="semi")
    heads = weighed.heads.join(units, on="unit", how="semi")
    waiting = weighed.parcels.join(units, on="unit", how="semi")
    of_parcels = [waiting.select("parcel"), owed.select("parcel"), *_parcels_of(lines)]
    return _Open(
        lines=lines.select("line"),
        keys=lines.select("key").drop_nulls().unique(),
        parcels=pl.concat(of_parcels).drop_nulls().unique(),
        bills=heads.select("bill_no").unique(),
        months=owed.filter(pl.col("month").is_not_null()).select(pl.col("on").dt.month_start().alias("month")).unique(),
    )


def _parcels_of(lines: pl.DataFrame) -> list[pl.DataFrame]:
    """The parcels that lines are paired with, and those that they are rated by."""
    return [lines.select("parcel"), lines.select(pl.col("facts").alias("parcel"))]


def _heads(weighed: Weighed, still: _Open, since: date, to_come: pl.Series) -> pl.DataFrame:
    """Headers with `is_bare`: long agreed, and kept for their day only, while lines of theirs are kept for another reason."""
    heads = weighed.heads.select("row", "bill_no", "on", "period_start", "period_end").with_columns(
        (pl.col("bill_no").is_in(still.bills["bill_no"].implode()) | pl.col("row").is_in(to_come.implode())).alias(
            "is_open"
        )
    )
    touches = heads.join(still.months, how="cross").filter(
        (pl.col("period_start") <= pl.col("month").dt.month_end()) & (pl.col("period_end") >= pl.col("month"))
    )
    in_open_month = pl.col("row").is_in(touches["row"].implode())
    old = (pl.col("on") < since).fill_null(value=False)
    return heads.with_columns((old & ~pl.col("is_open") & ~in_open_month).alias("is_bare"))


def _lines_and_parcels(
    weighed: Weighed, still: _Open, whole: pl.DataFrame, since: date, before: Mapping[str, pl.Series], to_come: _Later
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Lines and parcels that are kept, together: no line without its parcel, no parcel without the lines that bill it."""
    months = still.months["month"].implode()
    recent = (pl.col("day").dt.month_end() >= since).fill_null(value=True) | pl.col("day").dt.month_start().is_in(
        months
    )
    lines = weighed.lines.select("line", "key", "bill_no", "parcel", "facts", pl.col("ship_date").alias("day"))
    parcels = weighed.parcels.select("parcel", "key", "on").with_columns(pl.col("on").alias("day"))
    wanted = (
        (recent & ~pl.col("line").is_in(before["charges"].implode()))
        | pl.col("line").is_in(to_come.lines.implode())
        # For itself too: a late fee, or a number that cannot be read, hangs together with no parcel.
        | pl.col("line").is_in(still.lines["line"].implode())
        | pl.col("key").is_in(still.keys["key"].implode()).fill_null(value=False)
        | pl.col("bill_no").is_in(whole["bill_no"].implode()).fill_null(value=False)
    )
    lines = lines.with_columns(wanted.alias("is_wanted"))
    needed = pl.concat([still.parcels, *_parcels_of(lines.filter("is_wanted"))]).drop_nulls().unique()
    late = recent & ~pl.col("parcel").is_in(before["shipments"].implode())
    late = late | pl.col("parcel").is_in(to_come.parcels.implode())
    kept = parcels.filter(late | pl.col("parcel").is_in(needed["parcel"].implode()))
    theirs = [pl.col(name).is_in(kept["parcel"].implode()).fill_null(value=False) for name in ("parcel", "facts")]
    return lines.filter(pl.col("is_wanted") | pl.any_horizontal(theirs)), kept


def _rows(side: Side, kept: pl.DataFrame, column: str, start: int) -> pl.DataFrame:
    rows = kept.select((pl.col(column) - start).alias("row"))
    return side.frame.filter(pl.col("row").is_in(rows["row"].implode()))


def whole_bills(heads: pl.DataFrame) -> pl.DataFrame:
    """The bills whose lines are kept together: `bill_no`."""
    return heads.filter(~pl.col("is_bare")).select("bill_no").unique()


def bared(invoices: pl.DataFrame, heads: pl.DataFrame, bills: pl.Series) -> pl.DataFrame:
    """Headers of bills of which lines are kept, and recent or open ones; a bare one says its number and its day only.

    Args:
        invoices: Bill headers.
        heads: With `row`, `bill_no` and `is_bare`.
        bills: Bills of which lines are kept.
    """
    of_lines = heads.filter(pl.col("bill_no").is_in(bills.drop_nulls().unique().implode()))
    kept = pl.concat([heads.filter(~pl.col("is_bare")), of_lines]).unique("row")
    day = pl.coalesce("period_start", "invoice_date", "period_end")
    bare = pl.col("is_bare")
    return invoices.join(kept.select("row", "is_bare"), on="row", how="inner", maintain_order="left").with_columns(
        pl.when(bare).then(day).otherwise("invoice_date").alias("invoice_date"),
        *(pl.when(~bare).then(name).alias(name) for name in _BARE),
    )


def _cases(sides: Sides, numbers: pl.DataFrame, since: date) -> pl.DataFrame:
    """Cases of late, and those of parcels that are kept."""
    frame = sides.taken["returns"].frame
    if sides.returns is None or not frame.height:
        return frame.clear()
    known = numbers["key"].implode()
    named = pl.col("return_key").is_in(known) | pl.col("outbound_key").is_in(known)
    recent = (pl.col("on") >= since).fill_null(value=True)
    kept = sides.returns.filter(recent | named.fill_null(value=False))
    return frame.join(kept.select(pl.col("case").alias("row")), on="row", how="semi")


def _history(sides: Sides, weighed: Weighed, kept: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Charges that are let go, and those of earlier bills, as long as their number lives."""
    charges, history = sides.taken["charges"].frame, sides.taken["history"].frame
    gone = weighed.lines.filter(pl.col("side") == "charges").join(kept.select("line"), on="line", how="anti")
    let_go = charges.join(gone.select(pl.col("line").alias("row")), on="row", how="semi")
    columns = list(schema_of(sides.taken["history"].record))
    since = as_of - timedelta(days=SAME_NUMBER_DAYS)
    alive = (pl.col("ship_date") >= since).fill_null(value=True)
    both = pl.concat([history.filter(pl.col("aside") == BEFORE).select(columns), let_go.select(columns)])
    return both.filter(alive)


def _claims(claims: pl.DataFrame, weighed: Weighed, since: date) -> pl.DataFrame:
    """Claims that are not paid for, and those of late; one that is not accepted may be so later."""
    still = pl.col("discrepancy_id").is_in(weighed.owed["claim"].drop_nulls().implode())
    recent = (pl.col("on") >= since).fill_null(value=True)
    return claims.filter((pl.col("aside").fill_null("") != REPEAT) & (still | recent))
