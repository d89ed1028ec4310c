"""Facts for the books: what suppliers billed, what came in unbilled, what went back or to waste (`domain.md` 7.4)."""

import polars as pl

from tieout.model import Event
from tieout.money.columns import divide_half_up_expr
from tieout.proof import Check
from tieout.reconciliations._common.events import EVENT_GROUP, EVENT_SOURCE, events_table, posted_whole
from tieout.reconciliations._common.orders import value_expr
from tieout.reconciliations._common.periods import Period
from tieout.reconciliations._inbound.invoices import unbilled
from tieout.reconciliations._inbound.pieces import KEY
from tieout.reconciliations._inbound.taking import PURCHASE, RETURN
from tieout.tables import Table

__all__ = ["events_check", "inbound_events", "invoice_facts", "moved_facts", "unbilled_facts"]

_SCOPE = ("book_id",)
_DETAILS = ("warehouse", "document_kind")
_GROUP = (*EVENT_GROUP, *_SCOPE, *_DETAILS)
_OF = "of"
_KINDS = {"scrap_out": "stock.scrap_out", "purchase_return_out": "stock.purchase_return_out"}
_UNIT = 10**8
_COLUMNS = (*_GROUP, "is_opening", "amount_minor", *EVENT_SOURCE, "source_line")
_NO_TEXT = pl.lit(None, dtype=pl.String)


def inbound_events(facts: pl.DataFrame, period: Period | None) -> Table[Event]:
    """The events of a run.

    `purchase.invoiced` is what an invoice bills, VAT included, one for each rate; `purchase.unbilled` what came in until the end
    of the period and no invoice bills, without VAT; `stock.scrap_out` and `stock.purchase_return_out` the cost of what left, by
    document and day. All are positive.

    Args:
        facts: Facts of all kinds.
        period: Days that are posted; None for those of which this run was given a record.
    """
    posted = posted_whole(facts, period, _GROUP).drop("is_opening")
    told = posted.with_columns(pl.coalesce(*_DETAILS).alias(_OF))  # no event has both
    return events_table(told, details=_DETAILS, scope=_SCOPE, identity=[*EVENT_GROUP, *_SCOPE, _OF])


def events_check(events: Table[Event], facts: pl.DataFrame, period: Period | None) -> list[Check]:
    """That what is posted is what was billed, accrued and taken out, by currency.

    Args:
        events: What is posted.
        facts: Facts of all kinds.
        period: Days that are posted.
    """
    posted = posted_whole(facts, period, _GROUP)
    made = events.to_polars()
    checks = []
    for code in posted["currency"].drop_nulls().unique().sort().to_list():
        ours, theirs = (rows.filter(pl.col("currency") == code) for rows in (posted, made))
        kinds = theirs.group_by("kind").agg(pl.col("amount_minor").sum()).sort("kind")
        parts = {str(kind): int(amount) for kind, amount in kinds.iter_rows()}
        total = int(ours["amount_minor"].sum())
        checks.append(Check(name="events", side="both", currency=str(code), total=total, parts=parts))
    return checks


def invoice_facts(lines: pl.DataFrame, invoices: pl.DataFrame) -> pl.DataFrame:
    """What invoices bill, with the VAT of each line; what credit notes take back is negative.

    What they credit of goods that had gone back is told apart: these left the stock against what is owed already.

    Args:
        lines: Lines of invoices with `posted_minor`, `posted_code` and `of_returns`.
        invoices: Invoices with `row` and `on`.
    """
    lines = _by_returns(lines)
    rate = (pl.col("rate").fill_null(0).cast(pl.Decimal(28, 8)) * _UNIT).cast(pl.Int64)
    billed = pl.col("posted_minor")
    gross = billed + value_expr(rate, billed)
    heads = invoices.select("row", "on", "is_opening", *EVENT_SOURCE, "source_line")
    return (
        lines.join(heads, on="row")
        .filter(pl.col("on").is_not_null() & pl.col("posted_code").is_not_null())
        .select(
            pl.lit("purchase.invoiced").alias("kind"),
            pl.col("document_id").alias("document"),
            pl.col("supplier").alias("party"),
            pl.col("on").alias("occurred_on"),
            pl.col("posted_code").alias("currency"),
            pl.col("rate").cast(pl.Decimal(28, 8)).alias("tax_rate"),
            "book_id",
            _NO_TEXT.alias("warehouse"),
            "document_kind",
            "is_opening",
            gross.alias("amount_minor"),
            *EVENT_SOURCE,
            "source_line",
        )
        .select(_COLUMNS)
    )


def _by_returns(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines with `document_kind`: what they credit of goods that had gone back apart from the rest."""
    some = lines.filter(pl.col("of_returns") != 0)
    whole = pl.col("given_parts").abs()
    part = divide_half_up_expr(pl.col("of_returns").cast(pl.Int128) * pl.col("posted_minor"), whole).cast(pl.Int64)
    back = some.with_columns(part.alias("posted_minor"), document_kind=pl.lit(RETURN))
    rest = some.with_columns(pl.col("posted_minor") - part, document_kind=_NO_TEXT)
    others = lines.filter(pl.col("of_returns") == 0).with_columns(document_kind=_NO_TEXT)
    return pl.concat([others, rest, back])


def unbilled_facts(
    rows: pl.DataFrame,
    lines: pl.DataFrame,
    documents: pl.DataFrame,
    moves: pl.DataFrame,
    named: pl.DataFrame,
    period: Period | None,
) -> pl.DataFrame:
    """What came in and no invoice bills at the end of the period; nothing without a period.

    Args:
        rows: What was to be there and is, with costs.
        lines: Lines of invoices with `on`, the day of their invoice.
        documents: Lines of orders and delivery notes.
        moves: Movements that count, with `article`.
        named: What names each unit.
        period: Period of the run.
    """
    nothing = _no_facts()
    if period is None:
        return nothing
    came = moves.filter((pl.col("family") == PURCHASE) & (pl.col("on") <= period.last))
    there = came.group_by(*KEY).agg(pl.col("parts").sum().alias("good"))
    dated = lines.filter(pl.col("on") <= period.last)
    open_ = unbilled(rows.drop("good").join(there, on=list(KEY)), dated, documents)
    traced = came.sort(*KEY, *EVENT_SOURCE, "source_line", nulls_last=True).with_columns(
        (pl.int_range(pl.len()).over(KEY) == 0).alias("is_first")
    )
    # All movements are traced to; the first of an article bears what is open of them all.
    amount = pl.when("is_first").then("minor").otherwise(0)
    return (
        traced.drop("minor", "code", strict=False)
        .join(open_.filter(pl.col("code").is_not_null()), on=list(KEY))
        .join(named.select("unit", "document_id", "movement_ids", "supplier"), on="unit")
        .select(
            pl.lit("purchase.unbilled").alias("kind"),
            pl.coalesce("document_id", "movement_ids").alias("document"),
            pl.col("supplier").alias("party"),
            pl.lit(period.last).alias("occurred_on"),
            pl.col("code").alias("currency"),
            pl.lit(None, dtype=pl.Decimal(28, 8)).alias("tax_rate"),
            "book_id",
            _NO_TEXT.alias("warehouse"),
            _NO_TEXT.alias("document_kind"),
            pl.lit(value=False).alias("is_opening"),
            amount.alias("amount_minor"),
            *EVENT_SOURCE,
            "source_line",
        )
        .select(_COLUMNS)
    )


def _no_facts() -> pl.DataFrame:
    """A table of facts without any."""
    kinds: dict[str, pl.DataType] = dict.fromkeys(_COLUMNS, pl.String())
    kinds |= {
        "occurred_on": pl.Date(),
        "tax_rate": pl.Decimal(28, 8),
        "is_opening": pl.Boolean(),
        "amount_minor": pl.Int64(),
        "source_line": pl.Int64(),
    }
    return pl.DataFrame(schema=kinds)


def moved_facts(moves: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """What left for a supplier or for waste, at the cost that its movement says, else at that of its article.

    Args:
        moves: Movements that count, with `article`, `on` and `given_currency`.
        rows: What was to be there and is, with costs.
    """
    out = moves.filter(pl.col("type").is_in(list(_KINDS)) & pl.col("on").is_not_null())
    own = pl.col("unit_cost_minor") >= 0
    priced = out.join(rows.select(*KEY, "cost_minor", pl.col("code").alias("unit_code")), on=list(KEY), how="left")
    cost = pl.when(own).then("unit_cost_minor").otherwise("cost_minor")
    return (
        priced.with_columns(pl.when(own).then("given_currency").otherwise("unit_code").alias("currency"))
        .filter(pl.col("currency").is_not_null())
        .select(
            pl.col("type").replace_strict(_KINDS, return_dtype=pl.String).alias("kind"),
            pl.coalesce("document_ref", pl.col("on").cast(pl.String)).alias("document"),
            _NO_TEXT.alias("party"),
            pl.col("on").alias("occurred_on"),
            "currency",
            pl.lit(None, dtype=pl.Decimal(28, 8)).alias("tax_rate"),
            "book_id",
            "warehouse",
            _NO_TEXT.alias("document_kind"),
            "is_opening",
            value_expr(-pl.col("parts"), cost).alias("amount_minor"),
            *EVENT_SOURCE,
            "source_line",
        )
        .select(_COLUMNS)
    )
