"""Facts for the books: accountable events of a courier bill, each tracing to runs of lines."""

import hashlib
from datetime import date
from decimal import Decimal

import polars as pl

from tieout.model import Event
from tieout.tables import Table, schema_of

__all__ = ["build_events", "runs_of_lines"]

_WAY = {"return": "return", "intercept": "return", "round_trip": "round_trip"}
_APART = ("compensation", "cod_remittance")
"""Credits that are not a reduction of freight and are posted as events of their own."""
_SOURCE = ["source_format", "source_file", "source_sha256", "source_sheet"]
_GROUP = ["kind", "document", "party", "occurred_on", "currency", "tax_rate", "leg"]


def build_events(
    *,
    lines: pl.DataFrame,
    unbilled: pl.DataFrame,
    parcels: pl.DataFrame,
    invoices: pl.DataFrame,
    carrier: str,
    currency: str,
    vat_rate: Decimal | None,
    as_of: date,
) -> Table[Event]:
    """The events of a reconciled bill.

    `courier.bill` is what is accepted, `courier.dispute` what is claimed back, `courier.compensation`,
    `courier.cod_remitted` and `courier.cod_set_off` are credits of their own, `courier.unbilled` is the cost of parcels
    that no bill names yet.

    Args:
        lines: Lines with `disputed_minor`.
        unbilled: `unit`, `expected_minor`.
        parcels: Parcels of the pairing.
        invoices: Bill headers.
        carrier: Carrier of the contract.
        currency: The contract's currency.
        vat_rate: VAT rate of the contract; a line's own rate wins.
        as_of: Day of accruals, and of bills without any date.
    """
    dated = _dated(lines, invoices, as_of).with_columns(
        pl.coalesce("vat_rate", pl.lit(vat_rate, dtype=pl.Decimal(28, 8))).alias("tax_rate"),
        pl.col("leg").replace_strict(_WAY, default="outbound").alias("leg"),
        pl.coalesce("bill_no", "source_file", pl.lit("bill")).alias("document"),
        pl.coalesce("carrier", pl.lit(carrier)).alias("party"),
    )
    # Cash on a bill that also charges freight is set off against it; a list of cash alone is money in the bank.
    is_freight = ~pl.col("charge_type").is_in(_APART)
    dated = dated.with_columns(is_freight.any().over("document", "party").alias("is_on_bill"))
    apart = pl.col("charge_type").is_in(_APART) & (pl.col("amount_minor") < 0)
    kinds = [
        dated.filter(~apart).with_columns(
            pl.lit("courier.bill").alias("kind"), pl.col("amount_minor") - pl.col("disputed_minor")
        ),
        dated.filter(pl.col("disputed_minor") != 0).with_columns(
            pl.lit("courier.dispute").alias("kind"), pl.col("disputed_minor").alias("amount_minor")
        ),
        dated.filter(apart & (pl.col("charge_type") == "compensation")).with_columns(
            pl.lit("courier.compensation").alias("kind"), pl.lit("outbound").alias("leg")
        ),
        dated.filter(apart & (pl.col("charge_type") == "cod_remittance")).with_columns(
            pl.when(pl.col("is_on_bill"))
            .then(pl.lit("courier.cod_set_off"))
            .otherwise(pl.lit("courier.cod_remitted"))
            .alias("kind"),
            pl.lit("outbound").alias("leg"),
            pl.lit(None).cast(pl.Decimal(28, 8)).alias("tax_rate"),
        ),
        _accruals(unbilled, parcels, carrier=carrier, currency=currency, vat_rate=vat_rate, as_of=as_of),
    ]
    wanted = [*_GROUP, *_SOURCE, "source_line", "amount_minor"]
    return _to_events(pl.concat([frame.select(*wanted) for frame in kinds]))


def _dated(lines: pl.DataFrame, invoices: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Lines with the day on which their bill is booked.

    The cost belongs to the period in which the parcels were picked up (`domain.md` 6.2), whenever the bill is issued: the
    last day of the bill's period, else the bill's own date, else the last pickup on it.
    """
    heads = invoices.select("bill_no", pl.coalesce("period_end", "invoice_date").alias("head_date"))
    heads = heads.unique("bill_no", keep="first", maintain_order=True)
    last = lines.group_by("bill_no").agg(pl.col("ship_date").max().alias("last_date"))
    return (
        lines.join(heads, on="bill_no", how="left", maintain_order="left")
        .join(last, on="bill_no", how="left", maintain_order="left", nulls_equal=True)
        .with_columns(pl.coalesce("head_date", "last_date", pl.lit(as_of)).alias("occurred_on"))
    )


def _accruals(
    unbilled: pl.DataFrame, parcels: pl.DataFrame, *, carrier: str, currency: str, vat_rate: Decimal | None, as_of: date
) -> pl.DataFrame:
    return (
        unbilled.filter(pl.col("expected_minor") != 0)
        .join(
            parcels.select("parcel", "carrier", "direction", *_SOURCE, "source_line"), left_on="unit", right_on="parcel"
        )
        .select(
            pl.lit("courier.unbilled").alias("kind"),
            pl.lit(f"unbilled {carrier} {as_of:%Y-%m}").alias("document"),
            pl.coalesce("carrier", pl.lit(carrier)).alias("party"),
            pl.lit(as_of).alias("occurred_on"),
            pl.lit(currency).alias("currency"),
            pl.lit(vat_rate, dtype=pl.Decimal(28, 8)).alias("tax_rate"),
            pl.col("direction").replace_strict(_WAY, default="outbound").alias("leg"),
            *_SOURCE,
            "source_line",
            pl.col("expected_minor").alias("amount_minor"),
        )
    )


def runs_of_lines(frame: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """The lines of each group as runs: `by`, the file, `source_line` and `source_line_end`, few even for long bills.

    Args:
        frame: Rows with `by`, the source columns and `source_line`.
        by: Columns of the group.
    """
    group = [*by, *_SOURCE]
    step = pl.col("source_line") - pl.int_range(pl.len()).over(group)
    return (
        frame.unique([*group, "source_line"])
        .sort(*group, "source_line", nulls_last=True)
        .with_columns(step.alias("run"))
        .group_by(*group, "run", maintain_order=True)
        .agg(pl.col("source_line").min(), pl.col("source_line").max().alias("source_line_end"))
        .drop("run")
    )


def _to_events(facts: pl.DataFrame) -> Table[Event]:
    """One event per group, with its lines as runs; the groups are few, so ids are made one by one."""
    sums = facts.group_by(_GROUP).agg(pl.col("amount_minor").sum()).filter(pl.col("amount_minor") != 0)
    runs = runs_of_lines(facts, _GROUP).with_columns(
        pl.when(pl.col("source_line_end") > pl.col("source_line")).then("source_line_end").alias("source_line_end")
    )
    parts = [name.removeprefix("source_") for name in (*_SOURCE, "source_line", "source_line_end")]
    source = pl.struct(pl.col(f"source_{part}").alias(part) for part in parts)
    known = pl.col("source_file").is_not_null() | pl.col("source_line").is_not_null()
    traced = runs.group_by(_GROUP, maintain_order=True).agg(source.filter(known).alias("sources"))
    events = sums.join(traced, on=_GROUP, how="left", nulls_equal=True).sort(*_GROUP, nulls_last=True)
    frame = events.with_columns(
        pl.Series("event_id", [_event_id(row) for row in events.iter_rows(named=True)], dtype=pl.String),
        pl.struct("leg").struct.json_encode().alias("details"),
    )
    for name, dtype in schema_of(Event).items():
        if name not in frame.columns:
            frame = frame.with_columns(pl.lit(None, dtype=dtype).alias(name))
    return Table(frame.select(pl.col(name).cast(dtype) for name, dtype in schema_of(Event).items()), Event)


def _event_id(row: dict[str, object]) -> str:
    """What the event is, not what it amounts to: a corrected bill keeps its ids, so that posting sees the change."""
    stem = "|".join(str(row[name]) for name in _GROUP)
    return hashlib.sha256(stem.encode()).hexdigest()[:16]
