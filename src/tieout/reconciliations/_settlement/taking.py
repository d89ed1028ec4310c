"""Taking: the sides of a settlement reconciliation, what each amount is, and what is not compared."""

from collections.abc import Mapping, Sequence
from datetime import date

import attrs
import polars as pl

from tieout.errors import InputError
from tieout.model import Order, Refund, Settlement, SettlementLine, SettlementLineType
from tieout.outcome import CarryForward
from tieout.reconciliations._common.order_keys import of_orders, with_orders_named
from tieout.reconciliations._common.orders import article_count_expr, order_amounts
from tieout.reconciliations._common.sides import SCOPE, Places, Role, Side, first_day, local_day, take
from tieout.reconciliations._common.versions import OLDER_VERSION, latest, refund_order
from tieout.reconciliations._settlement.compensations import explained_refunds, with_known
from tieout.reconciliations._settlement.contract import FeeContract
from tieout.reconciliations._settlement.fees import rated_lines, rules_of
from tieout.reconciliations._settlement.repeats import extra_rows
from tieout.reconciliations._settlement.words import BALANCE, CLAWBACK, FEES, GROSS, OTHER, REFUND, accepted
from tieout.tables import FrameLike

__all__ = [
    "KEY_OF_LINES",
    "NOT_SAID",
    "OTHER_RECORD",
    "SHARING",
    "Books",
    "Given",
    "Taken",
    "books_of",
    "require_headers_alone",
    "taken_of",
]

OTHER_RECORD = "another record of the order"
NOT_SAID = "no amount stated"
_REPEAT = "listed twice"
_UNPAID = "not paid"
_COD = "cash on delivery"
_CLOSED = "closed"
_OF_ASIDE = "its order is not compared"
_NO_REFUNDS = "no refunds given"
_EARLIER = "earlier version"
_ENDED = ("closed", "rejected")
_MOMENTS = ("completed_at", "signed_at", "shipped_at", "paid_at", "closed_at", "created_at")
_MOMENTS_OF_REFUNDS = ("succeeded_at", "approved_at", "applied_at", "created_at")
_MOMENTS_OF_HEADERS = ("period_end", "period_start")
KEY_OF_LINES = (*SCOPE, "line_id", "type")
"""What names a line for good."""
SHARING = ("posted_at", "amount_minor")
"""Of two lines of one name, one takes the place of the other where it shares one of these."""
_POSTED_OF_LINES = (*KEY_OF_LINES, "posted_at", "amount_minor", "currency", "tax_minor", "settlement_id")
_PAID_OF_REFUNDS = (*SCOPE, "refund_id", "version", "platform_order_id", "status", "amount_minor", "currency")
_KINDS = pl.Enum([kind.value for kind in SettlementLineType])
_PER_ORDER = ["key", "currency"]


@attrs.frozen(kw_only=True)
class Books:
    """The sides, and what they hang together by.

    Attributes:
        orders: Orders with `key`, `payable_minor`, `funded_minor`, `receivable_minor`, `due_from`.
        refunds: Refunds with `key`, `clawback_minor`.
        lines: Settlement lines with `key`, `kind` (a refund's too of a compensation that pays a known one), `part`, `is_extra`,
            `is_return`, `is_news`, `settlement` (whose header they belong to).
        settlements: Headers.
        keys: One row per order that is named anywhere.
        rules: What the contract says of each order and fee: `key`, `currency`, `type`, and its terms.
    """

    orders: Side
    refunds: Side
    lines: Side
    settlements: Side
    keys: pl.DataFrame = attrs.field(repr=False)
    rules: pl.DataFrame = attrs.field(repr=False)


@attrs.frozen(kw_only=True, eq=False)
class Given:
    """What a caller gives a run; each as `tieout.tables.frame_of` takes it, None where it is not known.

    Attributes:
        places: Where the rows of a part stand in the whole, by side.
    """

    orders: FrameLike
    lines: FrameLike
    refunds: FrameLike = None
    settlements: FrameLike = None
    opening: CarryForward | None = None
    places: Mapping[str, Places] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Taken:
    """The sides as they came, with what the run before carried forward.

    Attributes:
        knows_refunds: Whether refunds are known, now or from the run before; else lines of refunds are taken as they are.
        changed: Rows of lines, and of refunds, that count as carried in and are not booked as what was carried was, by side.
    """

    orders: Side
    refunds: Side
    lines: Side
    settlements: Side
    knows_refunds: bool
    changed: Mapping[str, pl.Series]

    def last_day(self, timezone: str) -> date | None:
        """The last day that a record speaks of; None where none does.

        Args:
            timezone: Zone in which days count.
        """
        said = (
            (self.orders, first_day(_MOMENTS, timezone)),
            (self.refunds, first_day(_MOMENTS_OF_REFUNDS, timezone)),
            (self.lines, local_day("posted_at", timezone)),
            (self.settlements, first_day(_MOMENTS_OF_HEADERS, timezone)),
        )
        days = [day for side, expr in said if isinstance(day := side.frame.select(expr.max()).item(), date)]
        return max(days, default=None)


def taken_of(given: Given, timezone: str) -> Taken:
    """Take what the caller has.

    Args:
        given: The sides.
        timezone: Zone in which days count.

    Raises:
        InputError: A side is of another record, or lacks what its record needs.
    """
    opening, places = given.opening, given.places
    sold = take(
        "orders",
        Order,
        given.orders,
        role=Role.EXPECTED,
        key=(*SCOPE, "platform_order_id"),
        opening=opening,
        places=places.get("orders"),
        on=first_day(_MOMENTS, timezone),
    )
    back = take(
        "refunds",
        Refund,
        given.refunds,
        role=Role.EXPECTED,
        key=(*SCOPE, "refund_id"),
        opening=opening,
        identity=pl.col("version").fill_null(""),
        places=places.get("refunds"),
        on=first_day(_MOMENTS_OF_REFUNDS, timezone),
    )
    # Platforms number payments, and book under one number whatever becomes of the payment later.
    cash = take(
        "lines",
        SettlementLine,
        given.lines,
        role=Role.ACTUAL,
        key=KEY_OF_LINES,
        opening=opening,
        sharing=SHARING,
        places=places.get("lines"),
        on=local_day("posted_at", timezone),
    )
    head = (*SCOPE, "settlement_id")
    on = first_day(_MOMENTS_OF_HEADERS, timezone)
    heads = take("settlements", Settlement, given.settlements, role=Role.EVIDENCE, key=head, opening=opening, on=on)
    return Taken(
        orders=sold,
        refunds=back,
        lines=cash,
        settlements=heads,
        knows_refunds=given.refunds is not None or back.carried > 0,
        changed={
            "lines": _changed(cash, opening, _POSTED_OF_LINES),
            "refunds": _changed(back, opening, _PAID_OF_REFUNDS),
        },
    )


def _changed(side: Side, opening: CarryForward | None, said: Sequence[str]) -> pl.Series:
    """Rows that count as carried in, and of which no carried record says the same in the columns that are booked."""
    rows = side.frame.filter("is_opening")
    if opening is None or opening.opens_on is None:
        return rows["row"].clear()
    before = opening.side(side.name, side.record).select(said)
    return rows.join(before, on=list(said), how="anti", nulls_equal=True)["row"]


def require_headers_alone(headers: pl.DataFrame) -> None:
    """Refuse headers that hold their lines themselves.

    Args:
        headers: The columns of settlements.

    Raises:
        InputError: One does.
    """
    if headers["lines"].list.len().fill_null(0).sum():
        raise InputError(
            "a header holds lines of its own",
            where="settlements",
            hint="give the lines as `lines=`, and headers without",
        )


def books_of(taken: Taken, *, timezone: str, confirm_days: int, fees: Sequence[FeeContract]) -> Books:
    """The sides with what each amount is.

    Args:
        taken: What the caller has.
        timezone: Zone in which days count.
        confirm_days: Days after which a signed order counts as completed.
        fees: Contracts.
    """
    sold, back, cash, heads = taken.orders, taken.refunds, taken.lines, taken.settlements
    keys, (ours, theirs, rows) = of_orders(sold.frame, (back.frame, with_orders_named(cash.frame, back.frame)))
    ours = _priced(_ranked(sold.with_frame(ours)), timezone, confirm_days)
    theirs, rows = _latest(theirs), rows.with_columns(pl.col("type").cast(_KINDS).alias("kind"))
    explained = explained_refunds(rows, theirs, taken.changed["refunds"])
    theirs = _clawed_back(theirs, ours, explained["refund_row"])
    rows = with_known(rows, explained, taken.changed["lines"])
    sold = _orders(sold.with_frame(ours), theirs, rows)
    rules = rules_of(sold.compared, fees)
    return Books(
        orders=sold,
        refunds=_refunds(back.with_frame(theirs), sold, timezone),
        lines=_lines(
            cash.with_frame(rated_lines(extra_rows(rows, sold.frame), rules)),
            sold,
            timezone,
            with_refunds=taken.knows_refunds,
        ),
        settlements=heads.weighed(on=first_day(_MOMENTS_OF_HEADERS, timezone))
        .put_aside(_REPEAT, pl.col("is_repeat"))
        .with_columns(pl.lit(None, dtype=pl.Int64).alias("unit_key"), pl.lit(0, dtype=pl.Int64).alias("part")),
        keys=keys,
        rules=rules,
    )


def _ranked(orders: Side) -> pl.DataFrame:
    """Orders with `is_other`: another record of an order, which is the one that knows the latest moment."""
    older = latest(orders, ("key",), _MOMENTS).frame["reason"] == OLDER_VERSION
    return orders.frame.with_columns(older.fill_null(value=False).alias("is_other"))


def _content(frame: pl.DataFrame) -> pl.Expr:
    """All that a record says, for a choice between records that does not depend on their order."""
    said = [name for name in frame.columns if name not in {"row", "is_opening", "is_repeat"}]
    return pl.struct(said).struct.json_encode()


def _priced(orders: pl.DataFrame, timezone: str, confirm_days: int) -> pl.DataFrame:
    """Orders with their amounts, how many articles they have, their day, and that from which their money is due."""
    days = {name: local_day(name, timezone) for name in _MOMENTS}
    sent = pl.coalesce(days["shipped_at"], days["paid_at"], days["created_at"])
    signed = pl.coalesce(days["signed_at"], pl.when(pl.col("status") == "signed").then(sent))  # not before it was sent
    confirmed = signed.dt.offset_by(f"{confirm_days}d")
    return pl.concat([orders, order_amounts(orders)], how="horizontal").with_columns(
        pl.coalesce(days.values()).alias("day"),
        pl.coalesce(days["completed_at"], confirmed).alias("due_from"),
        pl.coalesce(days["paid_at"], days["created_at"], pl.coalesce(days.values())).alias("sold_on"),
        article_count_expr().alias("articles"),
    )


def _latest(refunds: pl.DataFrame) -> pl.DataFrame:
    """Refunds with `is_earlier`: a succeeded version that a later succeeded one stands for."""
    named = ["key", *SCOPE, "refund_id"]
    counted = refunds.filter((pl.col("status") == "succeeded") & ~pl.col("is_repeat"))
    several = counted.filter(pl.len().over(named) > 1)
    told = [*refund_order(), _content(several)]
    ranked = several.sort(
        [*map(pl.col, named), *told], descending=[*[False] * len(named), *[True] * len(told)], nulls_last=True
    )
    earlier = ranked.filter(pl.int_range(pl.len()).over(named) > 0)["row"]
    return refunds.with_columns(pl.col("row").is_in(earlier.implode()).alias("is_earlier"))


def _clawed_back(refunds: pl.DataFrame, orders: pl.DataFrame, on_top: pl.Series) -> pl.DataFrame:
    """Refunds with `clawback_minor`: the funding taken back, as stated, else the part of the order's that is refunded with it.

    What is paid on top of the price (rows `on_top`) takes none back, unless it states so. Parts are rounded on the running sum of
    an order's refunds, so that a wholly refunded order gives back all of it.
    """
    counts = (pl.col("status") == "succeeded") & ~pl.col("is_repeat") & ~pl.col("is_earlier")
    counts &= ~pl.col("row").is_in(on_top.implode())
    facts = orders.filter(~pl.col("is_other") & ~pl.col("is_repeat")).select(
        *_PER_ORDER, "payable_minor", pl.col("funded_minor").alias("of_funders")
    )
    shares = (
        refunds.filter(counts & pl.col("platform_subsidy_clawback_minor").is_null() & pl.col("key").is_not_null())
        .select("row", *_PER_ORDER, "refund_id", "amount_minor")
        .join(facts.filter((pl.col("payable_minor") > 0) & (pl.col("of_funders") > 0)), on=_PER_ORDER)
        .sort(*_PER_ORDER, "refund_id", "amount_minor")
        .with_columns(pl.col("amount_minor").cum_sum().over(_PER_ORDER).alias("until"))
        .with_columns(_share(pl.col("until")), _share(pl.col("until") - pl.col("amount_minor"), "before"))
        .select("row", (pl.col("share") - pl.col("before")).alias("share"))
    )
    found = refunds.join(shares, on="row", how="left", maintain_order="left")
    return found.with_columns(
        pl.coalesce("platform_subsidy_clawback_minor", "share", pl.lit(0)).alias("clawback_minor")
    ).drop("share")


def _share(refunded: pl.Expr, name: str = "share") -> pl.Expr:
    """The funding that belongs to so much of what the buyer paid, rounded half-up."""
    part = pl.min_horizontal(refunded, "payable_minor").cast(pl.Int128) * pl.col("of_funders")
    whole = pl.col("payable_minor").cast(pl.Int128)
    return ((2 * part + whole) // (2 * whole)).cast(pl.Int64).alias(name)


def _orders(side: Side, refunds: pl.DataFrame, lines: pl.DataFrame) -> Side:
    """Orders with what they are to bring; one that ended brings what is refunded of it, which is nothing in the end."""
    counts = (pl.col("status") == "succeeded") & ~pl.col("is_repeat") & ~pl.col("is_earlier")
    given_back = (
        refunds.filter(counts)
        .group_by(_PER_ORDER)
        .agg((pl.col("amount_minor") + pl.col("clawback_minor")).sum().alias("given_back"))
    )
    settled = lines.filter(pl.col("kind").is_in(GROSS)).select("key", pl.lit(value=True).alias("has_lines")).unique()
    frame = side.frame.join(given_back, on=_PER_ORDER, how="left", maintain_order="left")
    frame = frame.join(settled, on="key", how="left", maintain_order="left").with_columns(
        pl.col("has_lines").fill_null(value=False)
    )
    ended = pl.col("status").is_in(_ENDED).fill_null(value=False)
    back = pl.col("given_back").fill_null(0)
    brings = pl.when(ended).then(pl.min_horizontal("receivable_minor", back)).otherwise("receivable_minor")
    untouched = ~pl.col("has_lines") & pl.col("given_back").is_null()
    return (
        side.with_frame(frame.with_columns(ended.alias("has_ended")))
        .weighed(on=pl.col("day"), minor=pl.when(pl.col("receivable_minor").is_not_null()).then(brings))
        .put_aside(_REPEAT, pl.col("is_repeat"))
        .put_aside(OTHER_RECORD, pl.col("is_other"))
        .put_aside(NOT_SAID, pl.col("receivable_minor").is_null())
        .put_aside(_UNPAID, (pl.col("status") == "created") & untouched)
        .put_aside(_COD, pl.col("is_cod") & ~pl.col("has_lines"))
        .put_aside(_CLOSED, pl.col("has_ended") & untouched)
        .with_columns(pl.col("key").alias("unit_key"), pl.lit(0, dtype=pl.Int64).alias("part"))
    )


def _kept_out(orders: Side) -> pl.Series:
    """Orders of which no record is compared."""
    keys = orders.frame.group_by("key").agg(pl.col("aside").is_not_null().all().alias("is_out"))
    return keys.filter("is_out")["key"].implode()


def _refunds(side: Side, orders: Side, timezone: str) -> Side:
    side = side.weighed(
        on=first_day(_MOMENTS_OF_REFUNDS, timezone), minor=-(pl.col("amount_minor") + pl.col("clawback_minor"))
    )
    side = side.put_aside(_REPEAT, pl.col("is_repeat"))
    waits = pl.col("aside").is_null() & (pl.col("status") != "succeeded")
    side = side.with_columns(
        pl.when(waits).then(pl.lit("refund ") + pl.col("status")).otherwise("aside").alias("aside")
    )
    side = side.put_aside(_EARLIER, pl.col("is_earlier")).put_aside(_OF_ASIDE, pl.col("key").is_in(_kept_out(orders)))
    return side.with_columns(pl.col("key").alias("unit_key"), pl.lit(0, dtype=pl.Int64).alias("part"))


def _lines(side: Side, orders: Side, timezone: str, *, with_refunds: bool) -> Side:
    """Lines that are not compared are set aside: fees that no contract rates are accepted, movements of the balance named."""
    kind = pl.col("kind")
    side = side.weighed(on=local_day("posted_at", timezone), minor=pl.col("amount_minor"))
    side = side.put_aside(_REPEAT, pl.col("is_repeat"))
    known = pl.col("key").is_in(orders.frame["key"].unique().implode()).fill_null(value=False)
    taken = (
        (kind.is_in(FEES) & ~pl.col("is_rated") & ~pl.col("is_extra"))
        | ((kind == "fee_refund") & ~pl.col("is_return"))
        | ((kind == "penalty") & known)
        | kind.is_in([word for word in OTHER if word not in {"fee_refund", "penalty", "unknown"}])
    )
    names = {word: accepted(word) for word in (*FEES, *OTHER)} | {word: word for word in BALANCE}
    named = kind.cast(pl.String).replace_strict(names, default=None, return_dtype=pl.String)
    aside = pl.col("aside").is_null() & (taken | kind.is_in(BALANCE))
    side = side.with_columns(pl.when(aside).then(named).otherwise("aside").alias("aside"))
    if not with_refunds:
        side = side.put_aside(_NO_REFUNDS, kind.is_in((*REFUND, *CLAWBACK)))
    side = side.put_aside(_OF_ASIDE, kind.is_in(GROSS) & pl.col("key").is_in(_kept_out(orders)))
    gross_part = pl.when(kind.is_in(GROSS)).then(0).otherwise(1)
    own = kind.is_in(["unknown", "penalty"])  # each is a matter of its own, whatever order it names
    return side.with_columns(
        gross_part.cast(pl.Int64).alias("part"), pl.when(own).then(None).otherwise("key").alias("unit_key")
    )
