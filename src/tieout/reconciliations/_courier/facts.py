"""Facts for the books: accountable events of a courier bill, each tracing to runs of lines."""

from datetime import date
from decimal import Decimal

import attrs
import polars as pl

from tieout.model import Event
from tieout.reconciliations._common.events import EVENT_GROUP, EVENT_SOURCE, events_table
from tieout.reconciliations._common.units import Judged
from tieout.reconciliations._courier.columns import attached
from tieout.tables import Table

__all__ = [
    "FACTS",
    "POSTED_SIDES",
    "EventTerms",
    "accruals",
    "accrued",
    "booked_on",
    "build_events",
    "event_table",
    "facts_of",
    "freight_documents",
    "picked",
    "posted_lines",
    "with_documents",
]

_WAY = {"return": "return", "intercept": "return", "round_trip": "round_trip"}
POSTED_SIDES = ("charges", "remittances")
_APART = ("compensation", "cod_remittance")
"""Credits that are not a reduction of freight and are posted as events of their own."""
_SOURCE = list(EVENT_SOURCE)
_GROUP = [*EVENT_GROUP, "leg"]
_DOCUMENT = ("document", "party", "side")
FACTS = (*_GROUP, *_SOURCE, "source_line", "amount_minor")
"""Columns of a fact: what an event is told by, where it stands, and its amount."""


@attrs.frozen(kw_only=True)
class EventTerms:
    """What holds for all events of a run.

    Attributes:
        carrier: Carrier of the contract.
        currency: The contract's currency.
        vat_rate: VAT rate of the contract; a line's own rate wins.
        as_of: Day of accruals, and of bills without any date.
        last: Last day of the run's period: what it posts of a bill that goes beyond it is booked then. None without a period.
    """

    carrier: str
    currency: str
    vat_rate: Decimal | None
    as_of: date
    last: date | None = None


def posted_lines(lines: pl.DataFrame, judged: Judged, notes: pl.Series) -> pl.DataFrame:
    """Lines that this run posts: those that came new and that it compares; earlier runs have posted what was carried in.

    Args:
        lines: Lines with `disputed_minor`.
        judged: Units with verdicts.
        notes: Lines that pay for accepted claims.

    Returns:
        The lines as `picked` gives them.
    """
    compared = pl.concat(
        [
            side.compared.filter(~pl.col("is_opening")).select("unit")
            for side in judged.sides
            if side.name in POSTED_SIDES
        ]
    )
    return picked(lines.join(compared, left_on="line", right_on="unit", how="semi", maintain_order="left"), notes)


def picked(lines: pl.DataFrame, notes: pl.Series) -> pl.DataFrame:
    """What posting looks at of lines, with `is_credit_note`, `times`, how often each is posted, and `change`, null.

    Args:
        lines: Lines with `disputed_minor`.
        notes: Lines that pay for accepted claims.
    """
    return lines.select(
        *("line", "side", "bill_no", "carrier", "charge_type", "leg", "ship_date", "amount_minor", "currency"),
        *("vat_rate", "disputed_minor", *EVENT_SOURCE, "source_line"),
        pl.col("line").is_in(notes.implode()).alias("is_credit_note"),
        pl.lit(1, dtype=pl.Int64).alias("times"),
        pl.lit(None, dtype=pl.String).alias("change"),
    )


def accrued(unbilled: pl.DataFrame, parcels: pl.DataFrame, judged: Judged) -> pl.DataFrame:
    """Parcels that no bill names and that the run compares: each run accrues them anew, as posting turns each accrual back.

    Args:
        unbilled: Parcels that moved and that no bill names.
        parcels: Parcels with `unit`.
        judged: Units with verdicts.
    """
    (shipments,) = (side for side in judged.sides if side.name == "shipments")
    here = parcels.select("parcel", "unit").join(shipments.compared.select("unit"), on="unit", how="semi")
    return unbilled.join(here.select("parcel"), on="parcel", how="semi", maintain_order="left")


def build_events(
    *,
    lines: pl.DataFrame,
    unbilled: pl.DataFrame,
    parcels: pl.DataFrame,
    invoices: pl.DataFrame,
    terms: EventTerms,
) -> Table[Event]:
    """The events of a reconciled bill.

    `courier.bill` is what is accepted, `courier.dispute` what is claimed back, `courier.compensation`,
    `courier.cod_remitted` and `courier.cod_set_off` are credits of their own, with `courier.cod_fee` what was kept of remitted
    cash, `courier.credit_note` is what pays for an accepted claim, `courier.unbilled` is the cost of parcels that no bill
    names yet.

    Args:
        lines: Lines of `posted_lines`.
        unbilled: `parcel`, `expected_minor`.
        parcels: Parcels of the pairing.
        invoices: Bill headers.
        terms: What holds for all of them.
    """
    named = with_documents(lines, terms)
    facts = facts_of(named, booked_on(named, invoices), freight_documents(named), terms)
    return event_table(pl.concat([facts, accruals(unbilled, parcels, terms)]))


def event_table(facts: pl.DataFrame, *, has_runs: bool = False) -> Table[Event]:
    """Events of facts.

    Args:
        facts: As `facts_of` and `accruals` give them.
        has_runs: As `events_table` takes it.
    """
    return events_table(facts, details=("leg",), scope=(), has_runs=has_runs)


def with_documents(lines: pl.DataFrame, terms: EventTerms) -> pl.DataFrame:
    """Lines of `posted_lines` with the `document`, the `party` and the way that they are booked under."""
    return lines.with_columns(
        pl.coalesce("vat_rate", pl.lit(terms.vat_rate, dtype=pl.Decimal(28, 8))).alias("tax_rate"),
        pl.col("leg").replace_strict(_WAY, default="outbound").alias("leg"),
        pl.coalesce("bill_no", "source_file", pl.lit("bill")).alias("document"),
        pl.coalesce("carrier", pl.lit(terms.carrier)).alias("party"),
    )


def freight_documents(lines: pl.DataFrame) -> pl.DataFrame:
    """The documents that charge freight: `document`, `party`, `side`.

    Args:
        lines: Lines of `with_documents`.
    """
    is_freight = ~pl.col("charge_type").is_in(_APART) & (pl.col("side") == "charges")
    return lines.filter(is_freight).select(_DOCUMENT).unique()


def facts_of(lines: pl.DataFrame, days: pl.DataFrame, freight: pl.DataFrame, terms: EventTerms) -> pl.DataFrame:
    """What each line comes to in the books, of the columns `FACTS`.

    Args:
        lines: Lines of `with_documents`.
        days: As `booked_on` gives it.
        freight: As `freight_documents` gives it.
        terms: What holds for all of them.
    """
    dated = attached(lines, days, on="bill_no", nulls_equal=True).with_columns(
        pl.min_horizontal(pl.coalesce("booked_on", pl.lit(terms.as_of)), pl.lit(terms.last, dtype=pl.Date)).alias(
            "occurred_on"
        )
    )
    # Cash on a bill that also charges freight is set off against it; a list of cash alone is money in the bank.
    is_on_bill = freight.with_columns(is_on_bill=pl.lit(value=True))
    dated = attached(dated, is_on_bill, on=[*_DOCUMENT]).with_columns(pl.col("is_on_bill").fill_null(value=False))
    is_fee = pl.col("side") == "remittances"
    is_cash = pl.col("charge_type") == "cod_remittance"
    apart = (pl.col("charge_type").is_in(_APART) & (pl.col("amount_minor") < 0)) | is_fee | pl.col("is_credit_note")
    kinds = [
        dated.filter(~apart).with_columns(
            pl.lit("courier.bill").alias("kind"), pl.col("amount_minor") - pl.col("disputed_minor")
        ),
        dated.filter((pl.col("disputed_minor") != 0) & ~is_fee).with_columns(
            pl.lit("courier.dispute").alias("kind"), pl.col("disputed_minor").alias("amount_minor")
        ),
        dated.filter("is_credit_note").with_columns(pl.lit("courier.credit_note").alias("kind")),
        *_kept_fees(dated.filter(is_fee & ~is_cash)),
        dated.filter(
            apart & ~is_fee & ~pl.col("is_credit_note") & (pl.col("charge_type") == "compensation")
        ).with_columns(pl.lit("courier.compensation").alias("kind"), pl.lit("outbound").alias("leg")),
        dated.filter(apart & is_cash).with_columns(
            pl.when(pl.col("is_on_bill"))
            .then(pl.lit("courier.cod_set_off"))
            .otherwise(pl.lit("courier.cod_remitted"))
            .alias("kind"),
            pl.lit("outbound").alias("leg"),
            pl.lit(None).cast(pl.Decimal(28, 8)).alias("tax_rate"),
        ),
    ]
    told = pl.concat([frame.select(*FACTS, "times", "change") for frame in kinds])
    document = pl.concat_str("document", pl.col("change").fill_null(""))
    return told.with_columns(pl.col("amount_minor") * pl.col("times"), document).select(FACTS)


def _kept_fees(fees: pl.DataFrame) -> list[pl.DataFrame]:
    """Fees that were kept of remitted cash: each is a cost, and so much less arrived in the bank."""
    return [
        fees.with_columns(pl.lit("courier.cod_fee").alias("kind")),
        fees.with_columns(
            pl.lit("courier.cod_remitted").alias("kind"),
            pl.lit("outbound").alias("leg"),
            pl.lit(None).cast(pl.Decimal(28, 8)).alias("tax_rate"),
        ),
    ]


def booked_on(lines: pl.DataFrame, invoices: pl.DataFrame) -> pl.DataFrame:
    """The day on which each bill is booked: `bill_no`, `booked_on`; null where nothing says it.

    The cost belongs to the period in which the parcels were picked up (`domain.md` 6.2), whenever the bill is issued: the
    last day of the bill's period, else the bill's own date, else the last pickup on it.

    Args:
        lines: Lines with `bill_no` and `ship_date`.
        invoices: Bill headers.
    """
    heads = invoices.select("bill_no", pl.coalesce("period_end", "invoice_date").alias("head_date"))
    heads = heads.unique("bill_no", keep="first", maintain_order=True)
    last = lines.group_by("bill_no").agg(pl.col("ship_date").max().alias("last_date"))
    return attached(last, heads, on="bill_no").select(
        "bill_no", pl.coalesce("head_date", "last_date").alias("booked_on")
    )


def accruals(unbilled: pl.DataFrame, parcels: pl.DataFrame, terms: EventTerms) -> pl.DataFrame:
    """What parcels that no bill names come to in the books, of the columns `FACTS`.

    Args:
        unbilled: `parcel`, `expected_minor`.
        parcels: Parcels of the pairing.
        terms: What holds for all of them.
    """
    return (
        unbilled.filter(pl.col("expected_minor") != 0)
        .join(parcels.select("parcel", "carrier", "direction", *_SOURCE, "source_line"), on="parcel")
        .select(
            pl.lit("courier.unbilled").alias("kind"),
            pl.lit(f"unbilled {terms.carrier} {terms.as_of:%Y-%m}").alias("document"),
            pl.coalesce("carrier", pl.lit(terms.carrier)).alias("party"),
            pl.lit(terms.as_of).alias("occurred_on"),
            pl.lit(terms.currency).alias("currency"),
            pl.lit(terms.vat_rate, dtype=pl.Decimal(28, 8)).alias("tax_rate"),
            pl.col("direction").replace_strict(_WAY, default="outbound").alias("leg"),
            *_SOURCE,
            "source_line",
            pl.col("expected_minor").alias("amount_minor"),
        )
    )
