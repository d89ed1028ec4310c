"""Etsy statement (etsy_statement).

A text of one movement of the payment account a line; `--` is nothing, and amounts carry the sign of their currency
(`-CA$4.42`). Amount and Fees & Taxes are signed from the seller's side, and Net is their sum. A deposit has no amount
but in its title (`CA$60.00 sent to your bank account`). Days are written by the seller's language (`September 3,
2026`, `31 July, 2026`) and have no zone: the caller says it. The order stands in Info or in the title (`Order
#9001`).

Rules: `domain.md` 4.2; `formats.md` 2.13. Only a few lines in the tests of other programs were at hand.
"""

from collections.abc import Iterator
from typing import Final

import attrs
import polars as pl

from tieout.model import SettlementLine
from tieout.proof import Check
from tieout.sources._amounts import Amount, Part
from tieout.sources._faults import Conventions, Parsed
from tieout.sources._line_types import ByWords, fee_or_refund, line_type_expr, note_unknown
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._totals import tie_lines
from tieout.sources._words import Currency, Remark, Text

__all__ = ["FORMAT"]

# VAT and GST that Etsy bills on a fee have the type of the fee that they name.
_TYPES: Final[ByWords] = {
    "(?i)^Sale ": "sale",
    "(?i)^Refund ": "sale_refund",
    "(?i)^Deposit ": "withdrawal",
    "(?i)reserve": ("reserve_release", "reserve_hold"),
    "(?i)offsite ads|etsy ads|advertis|promoted|^Marketing ": fee_or_refund("ad_fee"),
    "(?i)transaction fee": fee_or_refund("commission"),
    "(?i)processing fee": fee_or_refund("payment_fee"),
    "(?i)currency conversion|exchange fee": fee_or_refund("fx_fee"),
    "(?i)shipping label|postage|^Shipping ": fee_or_refund("shipping_fee"),
    "(?i)listing|renew|operating fee|subscription|etsy plus|pattern": fee_or_refund("tech_service_fee"),
    "(?i)^(Tax|Sales tax) ": "tax_withheld",
    "(?i)case|dispute|chargeback": ("chargeback_reversal", "chargeback"),
    "(?i)^(Payment|Recoupment|Bill) ": "transfer",
}
_FEES: Final = Part("Fees & Taxes", kind=fee_or_refund("payment_fee"))


_ENDING: Final = r"(?i)(account|ending|ends|in|with)([:#(\s]+)[*•·.x]*[0-9]{2,}\b"


@attrs.frozen
class _Words(Remark):
    """Free text in which what a bank account's number ends in is masked too."""

    def parse(self, cells: pl.Series, conventions: Conventions) -> Parsed:
        """Values of a column."""
        parsed = Remark.parse(self, cells, conventions)
        if conventions.keep_pii:
            return parsed
        values = parsed.values
        is_bank = values.str.contains("(?i)account|bank")
        masked = values.str.replace_all(_ENDING, "${1}${2}****")
        return attrs.evolve(parsed, values=values.zip_with(~is_bank.fill_null(value=False), masked))


@attrs.frozen
class _Sent(Amount):
    """What the title of a deposit says was sent."""

    def parse(self, cells: pl.Series, conventions: Conventions) -> Parsed:
        """Values of a column."""
        return Amount.parse(self, cells.str.extract(r"(?i)^(.*\d)\s+sent to your "), conventions)


def _derive(frame: pl.DataFrame) -> pl.DataFrame:
    is_sent = pl.col("_amount_minor").is_null() & (pl.col("_kind").str.to_lowercase() == "deposit")
    sent = pl.when(is_sent).then(-pl.col("_sent_minor").abs())
    return frame.with_columns(amount_minor=pl.coalesce("_amount_minor", sent))


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    is_fee = (pl.col("description") == _FEES.caption).fill_null(value=False)
    words = pl.concat_str("_kind", pl.lit(" "), pl.coalesce("_title", pl.lit("")))
    said = line_type_expr(words, _TYPES, amount=pl.col("amount_minor"))
    # Beside an amount the fees are those of a payment; alone they are what the title says.
    is_beside = is_fee & pl.col("_amount_minor").is_not_null()
    frame = frame.with_columns(
        type=pl.when(is_beside).then("type").otherwise(said),
        platform_order_id=pl.coalesce(
            pl.col(name).str.extract(r"(?i)order\s*#\s*(\d+)", 1) for name in ("_info", "_title")
        ),
        description=pl.concat_str(
            "_kind", "_title", pl.when(is_beside).then(pl.lit(_FEES.caption)), separator=" / ", ignore_nulls=True
        ),
    )
    note_unknown(reading, frame, "_kind")
    return frame


def _checks(reading: Reading) -> Iterator[Check]:
    yield tie_lines(reading, "Net = Amount + Fees & Taxes", total="_net_minor", plus=["_amount_minor", _FEES.name])


FORMAT: Final = TableFormat(
    record=SettlementLine,
    evidence="test rows",
    constants={"platform": "etsy"},
    columns=(
        Moment("Date", to="posted_at", needed=True),
        Text("Type", to="_kind", needed=True),
        _Words("Title", to="_title"),
        _Words("Info", to="_info"),
        Currency("Currency"),
        Amount("Amount", to="_amount"),
        _FEES,
        Amount("Net", to="_net"),
        _Sent("Title", to="_sent"),
    ),
    ignored=("Tax Details",),
    either=(("_amount_minor", _FEES.name, "_sent_minor"),),
    derive=_derive,
    shape=_shape,
    checks=_checks,
)
