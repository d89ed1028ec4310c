"""The sides as columns: bill lines and parcels with comparable keys, dates and weights, and what stands beside them."""

from collections.abc import Mapping
from datetime import date

import attrs
import polars as pl

from tieout import keys
from tieout.model import CourierCharge, CourierInvoice, Discrepancy, Return, Shipment
from tieout.outcome import CarryForward
from tieout.reconciliations._common.goods import ON_THE_WAY
from tieout.reconciliations._common.sides import SCOPE, Places, Role, Side, first_day, local_day, take
from tieout.reconciliations._courier.editions import (
    ANEW,
    EDITIONS_SIDE,
    bills_since,
    replaced_editions,
    said_of,
    sketches_of,
    with_editions,
    without_known_lines,
)
from tieout.reconciliations._courier.whole import Whole
from tieout.tables import FrameLike

__all__ = ["BEFORE", "REPEAT", "Given", "Sides", "bills_of", "build_sides", "last_day", "last_days", "place_expr"]

REPEAT = "listed twice"
BEFORE = "earlier bill"
_NOT_LOOKED_AT = ("is_replaced", "created_at", "raw", "source_line_end", "quantity", "contract_ref", "^origin_.*$")
_NOT_ACCEPTED = "not accepted"
_UNDER_AUDIT = "bill under audit"
_OTHER_HEADER = "another header of the bill"
# A bill that names the way in the charge's type does not always fill the leg too.
_LEG_OF_TYPE = {"return_to_sender": "return", "reverse_pickup": "return", "intercept": "intercept"}
_CREDITS = (
    "compensation",
    "void_credit",
    "service_guarantee_credit",
    "cod_remittance",
    "rebate",
    "discount",
    "adjustment",
)
"""Charge types that are credits of their own when negative, not charges taken back."""
_CASE_DAYS = ("applied_at", "approved_at", "returned_at", "received_at", "closed_at")


@attrs.frozen(kw_only=True)
class Given:
    """What a caller gives a run; each as `tieout.tables.frame_of` takes it, None where it is not known.

    Attributes:
        whole: What the run as a whole knows, where this is a part of it; None where it is all.
        places: Where the rows of a part stand in the whole, by side.
    """

    shipments: FrameLike
    charges: FrameLike
    returns: FrameLike = None
    history: FrameLike = None
    invoices: FrameLike = None
    remittances: FrameLike = None
    claims: FrameLike = None
    opening: CarryForward | None = None
    whole: Whole | None = None
    places: Mapping[str, Places] = attrs.field(factory=dict)

    def take(
        self, name: str, record: type, role: Role, key: tuple[str, ...], on: pl.Expr, identity: pl.Expr | None = None
    ) -> Side:
        """One of them as a side with its business day, with what the run before carried forward of it."""
        given = getattr(self, name)
        side = take(
            name,
            record,
            given,
            role=role,
            key=key,
            opening=self.opening,
            identity=identity,
            places=self.places.get(name),
            on=on,
            is_given_anew=name == "history",  # a bill under audit is no history of itself, whoever gave it first
        )
        return side.with_columns(on.alias("on"))

    @property
    def known_editions(self) -> pl.DataFrame:
        """What earlier runs found to be replaced, as `remembered` gives it."""
        opening = CarryForward() if self.opening is None else self.opening
        return opening.side(EDITIONS_SIDE, CourierInvoice)

    @property
    def opens_on(self) -> date | None:
        """First day of the period, where the run before told it."""
        return None if self.opening is None else self.opening.opens_on

    def knows(self, name: str) -> bool:
        """Whether a side is known, now or from the run before, be it without any row."""
        return getattr(self, name) is not None or (self.opening is not None and name in self.opening.sides)


@attrs.frozen(kw_only=True)
class Sides:
    """What a courier bill is reconciled from, as columns.

    Attributes:
        taken: The sides as they came, by name, each row with its business day `on` and, where it is not looked at, the
            reason `aside`.
        lines: Bill lines and remitted cash with `line` (0-based position: charges, then remittances), `side`, `key` (normalised
            tracking number, null when it lost digits) and `precision_lost`.
        parcels: Shipments with `parcel` (0-based position), `key`, `weight_g` and local dates.
        history: Lines of earlier bills, shaped like `lines`.
        returns: After-sale cases with `return_key` and `outbound_key`; None when none are known.
        invoices: Bill headers by `bill_no` and currency.
        knows_cash: Whether remittances are known beside the bills.
        whole: What the run as a whole knows, where this is a part of it; None where it is all.
        replaced: Editions of bills that another takes the place of, of `EDITIONS`.
    """

    taken: Mapping[str, Side]
    lines: pl.DataFrame
    parcels: pl.DataFrame
    history: pl.DataFrame
    returns: pl.DataFrame | None
    invoices: pl.DataFrame
    knows_cash: bool
    replaced: pl.DataFrame
    whole: Whole | None = None


def build_sides(given: Given, *, timezone: str, carrier: str) -> Sides:
    """Take whatever frames the caller has and make their keys comparable.

    Args:
        given: The sides.
        timezone: IANA zone in which a pickup's day counts.
        carrier: Carrier of the contract; shipments with another carrier stay aside.
    """
    code = keys.carrier_code(carrier) or carrier
    taken, replaced = _taken(given, timezone)
    charges, remittances = taken["charges"].frame, taken["remittances"].frame
    both = pl.concat(
        [charges.with_columns(side=pl.lit("charges")), remittances.with_columns(side=pl.lit("remittances"))]
    )
    lines = _lines(both.with_row_index("line").filter(pl.col("aside").is_null()), code)
    return Sides(
        taken=taken,
        lines=lines,
        parcels=_parcels(taken["shipments"].frame, timezone, code),
        history=_lines(taken["history"].frame.with_row_index("line").filter(pl.col("aside") == BEFORE), code),
        returns=_returns(taken["returns"].frame) if given.knows("returns") else None,
        invoices=taken["invoices"].compared,
        knows_cash=given.knows("remittances"),
        replaced=replaced,
        whole=given.whole,
    )


def _taken(given: Given, timezone: str) -> tuple[dict[str, Side], pl.DataFrame]:
    """All sides, weighed, with what is not looked at set aside, and the editions that are."""
    billed_on = pl.col("ship_date")
    left_on = first_day(("picked_up_at", "shipped_at", "label_created_at"), timezone)
    applied_on = pl.max_horizontal(local_day(name, timezone) for name in _CASE_DAYS)
    headed_on = pl.coalesce("period_end", "invoice_date", "period_start")
    claimed_on = pl.coalesce("due_on", pl.col("period").str.to_date("%Y-%m", strict=False).dt.month_end())
    charges = given.take("charges", CourierCharge, Role.ACTUAL, (), billed_on, place_expr())
    remittances = given.take("remittances", CourierCharge, Role.ACTUAL, (), billed_on, place_expr())
    history = given.take("history", CourierCharge, Role.EVIDENCE, (), billed_on, place_expr())
    carrier = _or_nothing("carrier")
    shipments = given.take("shipments", Shipment, Role.EVIDENCE, ("tracking_no",), left_on, carrier)
    returns = given.take("returns", Return, Role.EVIDENCE, (*SCOPE, "return_id"), applied_on)
    invoices = given.take("invoices", CourierInvoice, Role.ACTUAL, ("bill_no", "currency"), headed_on, carrier)
    claims = given.take("claims", Discrepancy, Role.EVIDENCE, ("discrepancy_id",), claimed_on)
    replaced, bills_here = _known_bills(given, (charges, remittances), invoices)
    charges = _numbered(charges, invoices, given.whole)
    charges, remittances, history, invoices = (
        with_editions(side, replaced, given.opens_on) for side in (charges, remittances, history, invoices)
    )
    charges, remittances = (
        _with_late(without_known_lines(side), bills_here, history, given.opens_on) for side in (charges, remittances)
    )
    invoices = _one_header_a_bill(invoices)
    history = _of_earlier_bills(history, charges, given.whole)
    sides = (charges, shipments, remittances, invoices, returns, history, claims)
    return {side.name: _with_reasons(side) for side in sides}, replaced


def _known_bills(given: Given, lines: tuple[Side, ...], invoices: Side) -> tuple[pl.DataFrame, pl.Series]:
    """Editions that another takes the place of, and the bills that are of this period."""
    opening, whole = given.opening, Whole() if given.whole is None else given.whole
    if given.whole is not None or opening is None:
        return whole.replaced, whole.bills_here
    known = []
    for side in lines:
        known.append((side.frame.head(side.given - side.waited), side.name, True))
        names = (side.name, "history") if side.name == "charges" else (side.name,)
        known += [(opening.side(name, CourierCharge), side.name, False) for name in names]
        known.append((opening.later_side(side.name, CourierCharge), side.name, False))
    heads = invoices.frame.head(invoices.given - invoices.waited)
    said = pl.concat([said_of(rows, name, is_given=is_given) for rows, name, is_given in known])
    replaced = replaced_editions(
        said,
        lambda: pl.concat([sketches_of(rows, name, is_given=is_given) for rows, name, is_given in known]),
        heads,
        given.known_editions,
    )
    return replaced, bills_since(said, heads, opening.opens_on)


def _with_late(side: Side, bills: pl.Series, history: Side, opens_on: date | None) -> Side:
    """Charges with `is_late`: of days before the period, on a bill of the period, and on none that an earlier run knew."""
    if opens_on is None or not bills.len():
        return side.with_columns(is_late=pl.lit(value=False))
    is_news = ~pl.col("is_opening") & ~pl.col("is_repeat") & (pl.col("row") < side.given - side.waited)
    late = side.frame.filter(is_news & (pl.col("on") < opens_on) & pl.col("bill_no").is_in(bills.implode()))
    known = history.frame.filter("is_opening").select(place_expr()).to_series().drop_nulls()
    late = late.filter(~place_expr().is_in(known.implode()).fill_null(value=False))
    return side.with_columns(pl.col("row").is_in(late["row"].implode()).alias("is_late"))


def _or_nothing(column: str) -> pl.Expr:
    return pl.col(column).fill_null("")


def place_expr() -> pl.Expr:
    """Where a charge stands and what it is for: the same row of a file that is read again, or of a newer one of its name.

    Null where the file is not known: two charges that say the same are then two.
    """
    texts = ("source_sheet", "bill_no", "carrier", "tracking_no", "order_id", "charge_type", "leg", "description")
    parts = [pl.col("source_file"), pl.col("source_line").cast(pl.String), *(_or_nothing(name) for name in texts)]
    return pl.concat_str([*parts, pl.col("ship_date").cast(pl.String).fill_null("")], separator="\x1f")


def _numbered(charges: Side, invoices: Side, whole: Whole | None) -> Side:
    """Charges of a bill without a number have that of the only header which came with them."""
    fresh, came = (side.frame.head(side.given - side.waited) for side in (charges, invoices))
    heads = came["bill_no"].unique()
    is_unnumbered = fresh["bill_no"].null_count() == fresh.height if whole is None else whole.is_unnumbered
    if heads.len() != 1 or not is_unnumbered:
        return charges
    named = pl.when(pl.col("row") < fresh.height).then(pl.lit(heads[0])).otherwise("bill_no")
    return charges.with_columns(named.alias("bill_no"))


def _one_header_a_bill(invoices: Side) -> Side:
    """Headers, of which one per bill and currency counts; of several, content decides which, never position."""
    content = [name for name in invoices.frame.columns if name not in {"row", "is_repeat"}]
    ranked = (
        invoices.frame.sort(*content, nulls_last=True)
        .with_columns((pl.int_range(pl.len()).over("bill_no", "currency", "is_replaced") > 0).alias("is_other"))
        .sort("row")
    )
    return invoices.with_frame(ranked)


def _of_earlier_bills(history: Side, charges: Side, whole: Whole | None) -> Side:
    """History without the bills under audit, which are no history of themselves, and without rows that the run has elsewhere."""
    bills, bills_anew = (
        (bills_of(charges), bills_of(history, only_new=True)) if whole is None else (whole.bills, whole.bills_anew)
    )
    again = pl.lit(value=False)
    if history.frame.height and charges.frame.height:
        places = charges.frame.select(place_expr()).to_series().drop_nulls()
        again = place_expr().is_in(places.implode()).fill_null(value=False)
    audited = (pl.col("bill_no").is_in(bills.implode()) & ~pl.col("is_opening")).fill_null(value=False)
    again = again | (pl.col("bill_no").is_in(bills_anew.implode()) & pl.col("is_opening")).fill_null(value=False)
    return history.with_columns((audited | again).alias("is_under_audit"))


def bills_of(side: Side, *, only_new: bool = False) -> pl.Series:
    """The bills that a side names.

    Args:
        side: Charges.
        only_new: Whether rows that were carried in do not count.
    """
    frame = side.frame.filter(~pl.col("is_opening")) if only_new else side.frame
    return frame["bill_no"].drop_nulls().unique()


def _with_reasons(side: Side) -> Side:
    """A side with the reason for which a row is not looked at."""
    # Shipments that stand twice are listed: which of them is meant depends on what is billed.
    anew = pl.col("is_replaced") if "is_replaced" in side.frame.columns else pl.lit(value=False)
    gone = pl.when(anew).then(pl.lit(_UNDER_AUDIT if side.name == "history" else ANEW))
    twice = gone.when(pl.col("is_repeat") & pl.lit(side.name != "shipments")).then(pl.lit(REPEAT))
    reasons: dict[str, pl.Expr] = {
        "invoices": twice.when(pl.col("is_other")).then(pl.lit(_OTHER_HEADER)),
        "claims": twice.when(pl.col("state") != "claim_accepted").then(pl.lit(_NOT_ACCEPTED)),
        "history": twice.when(pl.col("is_under_audit")).then(pl.lit(_UNDER_AUDIT)).otherwise(pl.lit(BEFORE)),
    }
    return side.with_columns(reasons.get(side.name, twice).cast(pl.String).alias("aside"))


def _lines(rows: pl.DataFrame, carrier: str) -> pl.DataFrame:
    code = keys.carrier_code_expr(pl.col("carrier"))
    said = pl.col("leg").fill_null("outbound")
    leg = pl.col("charge_type").replace_strict(_LEG_OF_TYPE, default=None)
    return rows.drop("aside", "is_repeat", "row", *_NOT_LOOKED_AT).with_columns(
        pl.col("line").cast(pl.Int64),
        keys.exact_key_expr(pl.col("tracking_no")).alias("key"),
        pl.when(said == "outbound").then(pl.coalesce(leg, said)).otherwise(said).alias("leg"),
        precision_lost_expr(pl.col("tracking_no")).alias("precision_lost"),
        pl.coalesce(code, "carrier").alias("carrier"),
        (code != carrier).fill_null(value=False).alias("is_other_carrier"),
        (pl.col("amount_minor") < 0).alias("is_credit"),
        pl.col("charge_type").is_in(_CREDITS).alias("is_credit_type"),
    )


def precision_lost_expr(column: pl.Expr) -> pl.Expr:
    """Whether there is a number that lost digits, as in scientific notation (`domain.md` 2.1)."""
    return keys.normalize_expr(column).is_not_null() & keys.exact_key_expr(column).is_null()


def _parcels(rows: pl.DataFrame, timezone: str, carrier: str) -> pl.DataFrame:
    picked = local_day("picked_up_at", timezone)
    code = keys.carrier_code_expr(pl.col("carrier"))
    moved = pl.col("picked_up_at").is_not_null() | pl.col("status").is_in(ON_THE_WAY).fill_null(value=False)
    known_stage = pl.col("status").is_not_null()
    voided = pl.col("voided_at").is_not_null() | (pl.col("status") == "voided").fill_null(value=False)
    return (
        rows.drop("aside", "is_repeat")
        .rename({"row": "parcel", "is_opening": "is_old"})
        .with_columns(
            # A number that lost digits must not be matched at all: it is listed instead.
            keys.exact_key_expr(pl.col("tracking_no")).alias("key"),
            precision_lost_expr(pl.col("tracking_no")).alias("precision_lost"),
            (code != carrier).fill_null(value=False).alias("is_other_carrier"),
            pl.coalesce("weight_scale_g", "weight_theoretical_g").alias("weight_g"),
            pl.coalesce(picked, local_day("shipped_at", timezone)).alias("pickup_date"),
            local_day("signed_at", timezone).alias("signed_date"),
            local_day("promised_at", timezone).alias("promised_date"),
            (voided & ~moved & pl.col("signed_at").is_null()).alias("is_voided"),
            # A shipment file without any stage lists what was shipped: then every parcel in it has moved.
            pl.when(known_stage | pl.col("picked_up_at").is_not_null())
            .then(moved)
            .otherwise(pl.col("label_created_at").is_null() | pl.col("shipped_at").is_not_null())
            .alias("has_moved"),
        )
    )


def _returns(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(pl.col("aside").is_null()).with_columns(
        pl.col("row").alias("case"),
        keys.exact_key_expr(pl.col("return_tracking_no")).alias("return_key"),
        keys.exact_key_expr(pl.col("outbound_tracking_no")).alias("outbound_key"),
    )


def last_day(sides: Sides) -> date | None:
    """The last day that the bills speak of: the day a run without `as_of` is as of."""
    known = [day for day in last_days(sides) if day is not None]
    return known[0] if known else None


def last_days(sides: Sides) -> tuple[date | None, date | None, date | None]:
    """The last day of the headers, of the lines and of the parcels: the first of them that is known is the last day of all."""
    columns = (
        (sides.invoices, "period_end"),
        (sides.lines, "ship_date"),
        (sides.parcels, "pickup_date"),
    )
    headers, lines, parcels = (frame[name].max() if frame.height else None for frame, name in columns)
    return (
        headers if isinstance(headers, date) else None,
        lines if isinstance(lines, date) else None,
        parcels if isinstance(parcels, date) else None,
    )
