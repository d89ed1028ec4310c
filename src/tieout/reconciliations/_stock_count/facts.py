"""What counts hand on: gains and losses to post, and the records that the next run has to see again."""

from datetime import date
from typing import Any

import polars as pl

from tieout.model import Event, StockCount
from tieout.outcome import CarryForward
from tieout.proof import Check
from tieout.reconciliations._common.concluding import OTHER_PERIOD
from tieout.reconciliations._common.events import EVENT_SOURCE, events_table
from tieout.reconciliations._common.periods import Period
from tieout.reconciliations._common.sides import Side
from tieout.reconciliations._common.units import AGREED, SETTLED
from tieout.reconciliations._stock_count.rolling import PLACE, SHEET, streaks
from tieout.tables import Table, schema_of
from tieout.tables._schema import no_rows

__all__ = ["approved_lines", "carried_sides", "count_events", "events_check", "with_earlier_approval"]


def with_earlier_approval(sheets: Side, opening: CarryForward | None) -> Side:
    """Counts with `was_approved`: a run before this one had them as approved.

    Args:
        sheets: Counts as they were taken.
        opening: What the run before carried forward.
    """
    before = no_rows(StockCount) if opening is None else opening.side("counts", StockCount)
    approved = before.filter(pl.col("status") == "approved").select(SHEET).unique()
    known = sheets.frame.join(approved, on=list(SHEET), how="semi", nulls_equal=True)["row"]
    return sheets.with_columns(pl.col("row").is_in(known.implode()).alias("was_approved"))


def approved_lines(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines whose difference this run posts: of approved counts, once.

    A count that was carried in as approved was posted by the run that compared it; one that only waited for its period, or for
    somebody to approve it, is new to this run.

    Args:
        lines: Compared lines with values, of counts with `was_approved`.
    """
    is_new = ~pl.col("is_opening") | ~pl.col("was_approved")
    return lines.filter((pl.col("status") == "approved") & (pl.col("difference_value") != 0) & is_new)


def count_events(approved: pl.DataFrame) -> Table[Event]:
    """`stock.count_gain` and `stock.count_loss` (`domain.md` 7.4, V-27 and V-28), one of each for a count.

    An amount is the value of what was found or lost, at the moving-average cost of each line; positive for both kinds.

    Args:
        approved: Lines whose difference is posted.
    """
    gains = pl.col("difference_value") > 0
    facts = approved.select(
        "book_id",
        "warehouse",
        "currency",
        pl.when(gains).then(pl.lit("stock.count_gain")).otherwise(pl.lit("stock.count_loss")).alias("kind"),
        pl.col("count_id").alias("document"),
        pl.lit(None, dtype=pl.String).alias("party"),
        pl.col("on").alias("occurred_on"),
        pl.lit(None).cast(pl.Decimal(28, 8)).alias("tax_rate"),
        pl.col("difference_value").abs().alias("amount_minor"),
        *EVENT_SOURCE,
        "source_line",
    )
    return events_table(facts, details=("warehouse",), scope=("book_id",))


def events_check(events: Table[Event], approved: pl.DataFrame, findings: pl.DataFrame) -> list[Check]:
    """That what is posted is what was found in the lines of approved counts, by currency.

    Args:
        events: What is posted.
        approved: Lines whose difference is posted.
        findings: Those of gains and losses, switched off or not.
    """
    posted = events.to_polars()
    amount = pl.col("amount_minor") * pl.when(pl.col("kind") == "stock.count_gain").then(1).otherwise(-1)
    found = findings.filter(pl.col("unit").is_in(approved["unit"].implode()))
    checks = []
    for code in approved["currency"].drop_nulls().unique().sort().to_list():
        total = posted.filter(pl.col("currency") == code).select(amount.sum()).item()
        impacts = found.filter(pl.col("currency") == code)["impact_minor"].sum()
        parts = {"impacts of approved counts": int(impacts)}
        checks.append(Check(name="events", side="counts", currency=code, total=int(total), parts=parts))
    return checks


def carried_sides(
    *,
    counts: Side,
    earlier: Side,
    moves: Side,
    lines: pl.DataFrame,
    rolled: pl.DataFrame,
    since: date,
    period: Period | None,
) -> CarryForward:
    """The records that the next run has to see again: of each warehouse all from a base on.

    That is the base of the oldest count that is open or younger than `since`, or an older one where an article was not counted
    again, or has differed in one direction since. Counts of before the period are carried as earlier ones, those of after it
    wait by themselves.

    Args:
        counts: Counts as they were taken.
        earlier: Earlier counts as they were taken.
        moves: Movements as they were taken.
        lines: Lines of counts with `verdict`.
        rolled: Lines as they were rolled.
        since: First day that is remembered anyway.
        period: Period of the run.
    """
    horizon = _horizon(lines, rolled, since)
    is_kept = pl.col("as_of").ge(pl.col("horizon")).fill_null(value=True) & ~pl.col("is_repeat")
    sheets = [
        side.frame.join(horizon, on=list(PLACE), how="left", nulls_equal=True, maintain_order="left").filter(is_kept)
        for side in (counts, earlier)
    ]
    ours, before = sheets
    to_come = ours.clear()
    if period is not None:
        waiting = lines.filter((pl.col("verdict") == OTHER_PERIOD) & (pl.col("on") > period.last))["record_row"]
        to_come = ours.filter(pl.col("row").is_in(waiting.implode()))
        ours = ours.filter(~pl.col("row").is_in(waiting.implode()))
        passed = lines.group_by("record_row").agg((pl.col("on") < period.first).all().alias("is_passed"))
        ours = ours.join(passed, left_on="row", right_on="record_row", how="left", maintain_order="left")
        given = pl.col("is_passed") & ~pl.col("is_opening")
        before = pl.concat([before, ours.filter(given).select(before.columns)])
        ours = ours.filter(~given)
    counted = pl.concat([ours.select(SHEET), to_come.select(SHEET)])
    before = before.join(counted, on=list(SHEET), how="anti", nulls_equal=True, maintain_order="left")
    moved = moves.frame.join(horizon, on=list(PLACE), how="left", nulls_equal=True, maintain_order="left").filter(
        (pl.col("occurred_at") > pl.col("horizon")).fill_null(value=True) & ~pl.col("is_repeat")
    )
    frames = {"counts": (ours, counts), "previous": (before, earlier), "movements": (moved, moves)}
    later = {"counts": _table(to_come, counts)} if to_come.height else {}
    return CarryForward(sides={name: _table(*rows) for name, rows in frames.items()}, later=later)


def _table(frame: pl.DataFrame, side: Side) -> Table[Any]:
    wanted = schema_of(side.record).items()
    return Table(frame.select(pl.col(column).cast(kind) for column, kind in wanted), side.record)


def _horizon(lines: pl.DataFrame, rolled: pl.DataFrame, since: date) -> pl.DataFrame:
    """The moment from which each warehouse is remembered; none for one that is remembered whole."""
    is_open = ~pl.col("verdict").is_in([AGREED, SETTLED]) | (pl.col("on") >= since)
    wanted = lines.filter(is_open).group_by(PLACE).agg(pl.col("as_of").min().alias("first"))
    known = rolled.join(wanted, on=list(PLACE), how="left", nulls_equal=True)
    last = known.filter("is_base").group_by("article", *PLACE).agg(pl.col("as_of").max().alias("needed"))
    bases = known.filter(pl.col("as_of") >= pl.col("first")).select(*PLACE, pl.col("opened_at").alias("needed"))
    off = streaks(rolled).filter(pl.col("pieces_off") != 0)
    needed = [
        last.select(*PLACE, "needed"),
        bases,
        off.select(*PLACE, pl.col("since").alias("needed")),
        wanted.select(*PLACE, pl.col("first").alias("needed")),
    ]
    return pl.concat(needed).group_by(PLACE).agg(pl.col("needed").min().alias("horizon"))
