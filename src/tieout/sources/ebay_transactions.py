"""eBay transaction report.

A text with some lines and the seller above the header, then one transaction a line; `--` is nothing. Net amount is
signed from the seller's side, fees are negative and come back positive in refunds. An order of several items stands
on one line with Net amount and Gross transaction amount, and on one more line for each item, which has the fees and
no net: the line with the net is read, its fees are net - gross in one sum, and the lines of items are set apart;
their fees are compared with that sum. Payouts are lines too. Days (`Jan 5, 2026`) have no zone: the caller says it.

Net amount is in the currency of the payout, the gross in that of the transaction; where they differ only the net is
known.

Rules: `domain.md` 4.2; `formats.md` 4.12. Only test rows of another program were at hand.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import attrs
import polars as pl
from moneyed import Money

from tieout.model import Payout, PayoutStatus, SettlementLine
from tieout.model.currency import exponent, from_units
from tieout.proof import Check
from tieout.sources._amounts import Amount, Part
from tieout.sources._batch import Finding
from tieout.sources._line_types import ByWords, fee_or_refund, line_type_expr, note_unknown
from tieout.sources._measures import Number
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._totals import tie_lines
from tieout.sources._words import Currency, Key, Remark, Text
from tieout.tables import Table

__all__ = ["FORMAT"]

_TYPES: Final[ByWords] = {
    "(?i)^Order ": "sale",
    "(?i)^Refund ": "sale_refund",
    "(?i)^Payout ": "withdrawal",
    "(?i)^Hold ": ("reserve_release", "reserve_hold"),
    "(?i)^Shipping label ": fee_or_refund("shipping_fee"),
    "(?i)^Other fee .*(\\bad fee|promoted|advertis)": fee_or_refund("ad_fee"),
    "(?i)^Other fee ": fee_or_refund("tech_service_fee"),
    "(?i)^(Claim|Case|Payment dispute) ": ("chargeback_reversal", "chargeback"),
    "(?i)^(Transfer|Charge) ": "transfer",
    "(?i)^(Adjustment|Credit) ": "adjustment",
}
_FEES: Final = (
    Part("Final Value Fee - fixed", kind=fee_or_refund("commission")),
    Part("Final Value Fee - variable", kind=fee_or_refund("commission")),
    Part("Regulatory operating fee", kind=fee_or_refund("tech_service_fee"), optional=True),
    Part('Very high "item not as described" fee', kind=fee_or_refund("penalty"), optional=True),
    Part("Below standard performance fee", kind=fee_or_refund("penalty"), optional=True),
    Part("International fee", kind=fee_or_refund("commission"), optional=True),
    Part("Charity donation", kind="donation", optional=True),
    Part("Deposit processing fee", kind=fee_or_refund("payment_fee"), optional=True),
)
_ITEM_FEES: Final = Part("fees of the items", kind=fee_or_refund("commission"), optional=True)
_STATUS: Final = {"funds sent": PayoutStatus.PAID, "in progress": PayoutStatus.IN_TRANSIT}


def _is_item(cell: Callable[[str], pl.Expr]) -> pl.Expr:
    """Whether a row is an item of an order whose net stands on another row."""

    def filled(caption: str) -> pl.Expr:
        return pl.when(~cell(caption).is_in(["--", "-"])).then(cell(caption))

    order, has_net = filled("Order number"), filled("Net amount").is_not_null()
    return ~has_net & filled("Item ID").is_not_null() & order.is_not_null() & has_net.any().over(order, cell("Type"))


def _derive(frame: pl.DataFrame) -> pl.DataFrame:
    codes = frame["currency"].drop_nulls().unique().to_list()
    units = pl.col("currency").replace_strict(codes, [10 ** exponent(code) for code in codes], default=None)
    is_same = pl.coalesce("_gross_currency", "currency") == pl.col("currency")
    gross = pl.when(is_same).then((pl.col("_gross") * units).cast(pl.Int64))
    frame = frame.with_columns(_gross_minor=gross, _is_same=is_same)
    # Where the currencies differ nobody says in which of them the fees are.
    frame = frame.with_columns(pl.when("_is_same").then(part.name).alias(part.name) for part in _FEES)
    has_fees = pl.any_horizontal(pl.col(part.name).fill_null(0) != 0 for part in _FEES)
    is_trade = pl.col("_kind").str.contains("(?i)^(Order|Refund)$")
    lump = pl.when(is_trade & ~has_fees).then(pl.col("amount_minor") - pl.col("_gross_minor"))
    return frame.with_columns(
        lump.alias(_ITEM_FEES.name), _tied_minor=pl.when(pl.col("_gross_minor").is_not_null()).then("amount_minor")
    )


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    is_fee = pl.col("description").is_not_null()
    words = pl.concat_str("_kind", pl.lit(" "), pl.coalesce("_words", pl.lit("")))
    said = line_type_expr(words, _TYPES, amount=pl.col("amount_minor"))
    shown = pl.when(is_fee).then("description").otherwise("_words")
    frame = frame.with_columns(
        type=pl.when(is_fee).then("type").otherwise(said),
        description=pl.concat_str("_kind", shown, separator=" / ", ignore_nulls=True),
    )
    note_unknown(reading, frame, "_kind")
    others = frame.filter(~pl.col("_is_same"))["_line"].n_unique()
    if others:
        text = f"{others} lines give only their net, for their gross is in another currency than the payout"
        reading.note("amount.other_currency", text)
    return frame


def _others(reading: Reading) -> Mapping[str, Table[Any]]:
    rows = reading.frame.filter((pl.col("type") == "withdrawal") & pl.col("settlement_id").is_not_null())
    payouts = [
        Payout(
            payout_id=row["settlement_id"],
            platform="ebay",
            shop_id=row.get("shop_id"),
            settlement_ids=(row["settlement_id"],),
            amount=Money(from_units(row["amount_minor"], row["currency"]), row["currency"]),
            initiated_at=row["posted_at"],
            status=_STATUS.get((row["_payout_status"] or "").lower()),
            provenance=reading.provenance(row["_line"]),
        )
        for row in rows.iter_rows(named=True)
    ]
    return {"Payout": Table.from_records(payouts, record=Payout)}


def _checks(reading: Reading) -> Iterator[Check]:
    fees = [part.name for part in (*_FEES, _ITEM_FEES)]
    yield tie_lines(reading, "net = gross + fees", total="_tied_minor", plus=["_gross_minor", *fees])
    yield from _item_checks(reading)


def _item_checks(reading: Reading) -> Iterator[Check]:
    """The fees of the items of each order against the net less the gross of its own line."""
    conventions, codes = reading.conventions, reading.values["currency"].drop_nulls().unique().to_list()
    orders = reading.apart("Order number")
    if conventions is None or len(codes) != 1 or orders.is_empty():
        return
    said = attrs.evolve(conventions, currency=codes[0])
    items = pl.DataFrame(
        [
            orders.alias("order"),
            reading.apart("Type").alias("_kind"),
            *(part.parse(reading.apart(part.caption), said).values for part in _FEES),
        ]
    )
    fees = items.group_by("order", "_kind").agg(
        pl.sum_horizontal(pl.col(part.name).fill_null(0) for part in _FEES).sum().alias("fees")
    )
    own = reading.values.filter(pl.col(_ITEM_FEES.name).is_not_null())
    both = own.join(fees, left_on=["platform_order_id", "_kind"], right_on=["order", "_kind"])
    wrong = both.filter(pl.col(_ITEM_FEES.name) != pl.col("fees"))
    name = "net - gross = fees of the items"
    reading.findings += [
        Finding(
            check=name,
            sheet=reading.site.grid.sheet,
            line=line,
            text=f"{name}: found {from_units(found, codes[0])}, expected {from_units(should, codes[0])}",
        )
        for line, found, should in wrong.select("_line", _ITEM_FEES.name, "fees").sort("_line").iter_rows()
    ]
    yield Check(
        name=f"lines where {name}",
        side="file",
        currency=None,
        total=both.height,
        parts={"that do": both.height - wrong.height},
    )


FORMAT: Final = TableFormat(
    record=SettlementLine,
    evidence="test rows",
    constants={"platform": "ebay"},
    columns=(
        Moment("Transaction creation date", to="posted_at", needed=True),
        Text("Type", to="_kind", needed=True),
        Key("Order number", to="platform_order_id", needed=False),
        Key("Transaction ID", to="platform_sub_order_id", needed=False),
        Key("Reference ID", to="line_id", needed=False, optional=True),
        Text("Item ID", to="_item", optional=True),
        Key("Payout ID", to="settlement_id", needed=False),
        Text("Payout status", to="_payout_status", optional=True),
        Remark("Description", to="_words", optional=True),
        Currency("Payout currency"),
        Amount("Net amount", to="amount", needed=True),
        *_FEES,
        _ITEM_FEES,
        Number("Gross transaction amount", to="_gross"),
        Text("Transaction currency", to="_gross_currency"),
    ),
    parts_included=True,
    ignored=(
        *("Legacy order ID", "Buyer username", "Buyer name", "Ship to city", "Ship to province/region/state"),
        *("Ship to zip", "Ship to country", "Payout date", "Payout method", "Reason for hold", "Item title"),
        *("Custom label", "Quantity", "Item subtotal", "Shipping and handling", "Seller collected tax"),
        *("eBay collected tax", "Exchange rate"),
    ),
    is_apart=_is_item,
    derive=_derive,
    shape=_shape,
    others=_others,
    checks=_checks,
)
