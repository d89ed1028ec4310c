"""Adyen settlement detail report (Adyen 结算明细).

A text, one journal of the balance a row: gross in the currency of the payment (GC) and net in the currency of the
balance (NC), each with a column for debits and one for credits, and four columns of fees, positive where they are
charged. Gross of the payment, in the balance's currency, is net and fees: it becomes a line, and so does each fee.
Rows of fees and payouts have no reference of a payment. Columns stand in any order. Times are local, the letters of
their zone beside them.

Rules: `domain.md` 4.2, 4.3; `formats.md` 2.11.
"""

from collections.abc import Iterator
from typing import Final

import polars as pl

from tieout.model import SettlementLine
from tieout.proof import Check
from tieout.sources._adyen import ACCOUNT_COLUMNS, LINE_TYPES
from tieout.sources._amounts import Amount, Part
from tieout.sources._cash import gain_less_loss
from tieout.sources._line_types import fee_or_refund, line_type_expr, note_unknown
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._totals import declared_sum, tie_lines
from tieout.sources._words import Currency, Key, Text

__all__ = ["FORMAT"]

_FEES: Final = tuple(
    Part(f"{name} (NC)", fee_or_refund("payment_fee"), words=name, negate=True)
    for name in ("Commission", "Markup", "Scheme Fees", "Interchange")
)
_BATCHES_SHOWN: Final = 5
_PAYOUT: Final = "(?i)^merchantpayout"
_PAYOUT_NUMBER: Final = r"(TX\w+XT)"


def _derive(frame: pl.DataFrame) -> pl.DataFrame:
    net = gain_less_loss(pl.col("_credit_minor"), pl.col("_debit_minor"))
    gross = gain_less_loss(pl.col("_gross_credit_minor"), pl.col("_gross_debit_minor"))
    is_alike = pl.col("_gross_currency") == pl.col("currency")
    gross = pl.when(gross.is_not_null() & is_alike).then(gross)
    return frame.with_columns(
        amount_minor=net, _net_minor=net, _gross_net_minor=gross, _checked_minor=pl.when(gross.is_not_null()).then(net)
    )


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    said = line_type_expr(pl.col("_type"), LINE_TYPES, amount=pl.col("amount_minor"))
    is_own = pl.col("type").is_null()
    frame = frame.with_columns(
        type=pl.coalesce("type", said),
        description=pl.coalesce("description", "_type"),
        line_id=pl.coalesce(pl.col("_reference").str.extract(_PAYOUT_NUMBER, 1), "_reference", "_payment"),
    )
    note_unknown(reading, frame, "_type")
    is_refund = is_own & (pl.col("type") == "sale_refund")
    return frame.with_columns(refund_id=pl.when(is_refund).then(pl.col("line_id")))


def _checks(reading: Reading) -> Iterator[Check]:
    fees = [fee.name for fee in _FEES]
    yield tie_lines(reading, "net = gross - fees", total="_checked_minor", plus=["_gross_net_minor", *fees])
    is_payout = pl.col("_type").str.contains(_PAYOUT)
    batches = reading.values.filter(is_payout).group_by("shop_id", "settlement_id", "currency", maintain_order=True)
    _note_unpaid(reading, is_payout)
    for (account, batch, currency), rows in (
        batches.agg(pl.col("_net_minor").sum())
        .rows_by_key(["shop_id", "settlement_id", "currency"], named=False)
        .items()
    ):
        is_line = pl.lit(value=True) & ~is_payout
        for name, value in (("shop_id", account), ("settlement_id", batch), ("currency", currency)):
            is_line &= pl.col(name).eq_missing(pl.lit(value))
        lines = pl.when(is_line).then(pl.col("_net_minor"))
        yield declared_sum(reading, f"payout of batch {batch} {currency}", lines, -rows[0][0], currency=str(currency))


def _note_unpaid(reading: Reading, is_payout: pl.Expr) -> None:
    """Say of which batches the file has lines, and no payout that they could be compared with."""
    batches = reading.values.filter(pl.col("settlement_id").is_not_null()).group_by(
        "shop_id", "settlement_id", "currency", maintain_order=True
    )
    unpaid = batches.agg(paid=is_payout.fill_null(value=False).any(), left=pl.col("_net_minor").sum()).filter(
        ~pl.col("paid") & (pl.col("left") != 0)
    )
    if unpaid.height:
        listed = ", ".join(
            f"{batch} {code}" for batch, code in unpaid.select("settlement_id", "currency").head(_BATCHES_SHOWN).rows()
        )
        reading.note("total.missing", f"batches without a payout that their lines could be compared with: {listed}")


FORMAT: Final = TableFormat(
    record=SettlementLine,
    evidence="files",
    constants={"platform": "adyen"},
    columns=(
        Key("Merchant Account", to="shop_id"),
        Key("Psp Reference", to="_payment", needed=False),
        Key("Merchant Reference", to="platform_order_id", needed=False, verbatim=True),
        Moment(
            ("Booking Date", "Creation Date"),
            to="posted_at",
            needed=True,
            also=(("Booking Date TimeZone", "TimeZone"),),
        ),
        Text(("TimeZone", "Booking Date TimeZone"), to="_zone"),
        Text("Type", to="_type", needed=True),
        Key("Modification Reference", to="_reference", needed=False),
        Text("Gross Currency", to="_gross_currency"),
        Amount("Gross Debit (GC)", to="_gross_debit"),
        Amount("Gross Credit (GC)", to="_gross_credit"),
        Currency("Net Currency"),
        Amount("Net Debit (NC)", to="_debit"),
        Amount("Net Credit (NC)", to="_credit"),
        *_FEES,
        Key("Batch Number", to="settlement_id", needed=False),
    ),
    either=(("_debit_minor", "_credit_minor"),),
    parts_included=True,
    ignored=(
        *ACCOUNT_COLUMNS,
        *("Creation Date", "Exchange Rate", "Modification Merchant Reference"),
        *(f"Reserved{number}" for number in range(1, 11)),
    ),
    by_line=True,
    checked=(
        "_checked_minor",
        "_gross_net_minor",
        *(fee.name for fee in _FEES),
        "_type",
        "shop_id",
        "settlement_id",
        "currency",
        "_net_minor",
    ),
    derive=_derive,
    shape=_shape,
    checks=_checks,
)
