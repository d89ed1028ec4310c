"""Mercado Pago release report (liberaciones, released money).

A text of one movement of the available balance a line. `GROSS_AMOUNT` and the columns of fees are signed from the
merchant's side; `NET_CREDIT_AMOUNT` and `NET_DEBIT_AMOUNT` are both positive, and credit - debit = gross + fees. Rows
of balances and sums (`initial_available_balance`, `available_balance`, `subtotal`, `total`) are set apart; the total
is the opening balance and all movements. Money that a complaint blocks is a reserve until it is unblocked. The file
does not say its currency unless CURRENCY was chosen as a column: else the caller says it.

Rules: `domain.md` 4.2; `formats.md` 2.12; Mercado Pago's glossary of the report.
"""

from collections.abc import Callable, Iterator
from typing import Final

import polars as pl

from tieout.model import SettlementLine
from tieout.privacy import PiiClass
from tieout.proof import Check
from tieout.sources._amounts import Amount, Part
from tieout.sources._line_types import ByWords, fee_or_refund, line_type_expr, note_unknown
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._totals import declared_sum, doubt_missing_total, tie_lines
from tieout.sources._words import Currency, Key, Text

__all__ = ["FORMAT"]

_BALANCES: Final = r"^(?i:initial_available_balance|available_balance|subtotal|total)$"
_TYPES: Final[ByWords] = {
    "^(full)?(un)?block": ("reserve_release", "reserve_hold"),
    "reserve": ("reserve_release", "reserve_hold"),
    "/ payment$": "sale",
    "/ (partial_)?refund": "sale_refund",
    "/ (chargeback|mediation|dispute)": ("chargeback_reversal", "chargeback"),
    "/ (withdrawal|payout)": "withdrawal",
    "/ (transfer|credit_payment)": "transfer",
    "/ shipping": fee_or_refund("shipping_fee"),
    "/ tax_": "tax_withheld",
    "/ fee_release_in_advance": fee_or_refund("payment_fee"),
    "/ asset_management": "interest",
    "/ cashback": "platform_subsidy",
}
_FEES: Final = (
    Part("MP_FEE_AMOUNT", kind=fee_or_refund("payment_fee")),
    Part("FINANCING_FEE_AMOUNT", kind=fee_or_refund("installment_fee")),
    Part("SHIPPING_FEE_AMOUNT", kind=fee_or_refund("shipping_fee")),
    Part("TAXES_AMOUNT", kind="tax_withheld"),
    Part("COUPON_AMOUNT", kind="unknown"),
)


def _is_balance(cell: Callable[[str], pl.Expr]) -> pl.Expr:
    return cell("RECORD_TYPE").str.contains(_BALANCES)


def _derive(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(
        _net_minor=pl.col("_credit_minor").fill_null(0) - pl.col("_debit_minor").fill_null(0),
        _movement=pl.concat_str("_kind", "_words", separator=" / ", ignore_nulls=True),
    )


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    is_fee = pl.col("description").is_not_null()
    said = line_type_expr(pl.col("_movement").str.to_lowercase(), _TYPES, amount=pl.col("amount_minor"))
    frame = frame.with_columns(
        type=pl.when(is_fee).then("type").otherwise(said),
        description=pl.concat_str("_movement", "description", separator=" / ", ignore_nulls=True),
        platform_order_id=pl.coalesce("platform_order_id", "_reference"),
    )
    note_unknown(reading, frame, "description")
    return frame


def _checks(reading: Reading) -> Iterator[Check]:
    fees = [part.name for part in _FEES]
    yield tie_lines(reading, "credit - debit = gross + fees", total="_net_minor", plus=["amount_minor", *fees])
    conventions = reading.conventions
    currency = None if conventions is None else conventions.currency
    if conventions is None or not isinstance(currency, str):
        return
    names = ("NET_CREDIT_AMOUNT", "NET_DEBIT_AMOUNT")
    credit, debit = (Amount(name, to="amount").parse(reading.apart(name), conventions).values for name in names)
    said = pl.DataFrame(
        {
            "kind": reading.apart("RECORD_TYPE").str.to_lowercase(),
            "words": reading.apart("DESCRIPTION").str.to_lowercase(),
            "net": credit.fill_null(0) - debit.fill_null(0),
        }
    )
    for kind, net in said.filter(pl.col("kind") == "subtotal").drop_nulls().select("words", "net").iter_rows():
        of_kind = pl.when(pl.col("_kind").str.to_lowercase() == kind).then("_net_minor")
        yield declared_sum(reading, f"subtotal {kind}", of_kind, net, currency=currency)
    totals, openings = (said.filter(pl.col("kind") == kind) for kind in ("total", "initial_available_balance"))
    if totals.is_empty():
        doubt_missing_total(reading, "total", is_export=False)
    else:
        opening = int(openings["net"].sum())
        name = "total - initial_available_balance"
        yield declared_sum(reading, name, pl.col("_net_minor"), totals["net"][-1] - opening, currency=currency)


FORMAT: Final = TableFormat(
    record=SettlementLine,
    evidence="files",
    constants={"platform": "mercadopago"},
    columns=(
        Moment("DATE", to="posted_at", needed=True),
        Key("SOURCE_ID", to="line_id", needed=False),
        Key("EXTERNAL_REFERENCE", to="_reference", needed=False),
        Key("ORDER_ID", to="platform_order_id", needed=False, optional=True),
        Text("RECORD_TYPE", to="_kind", needed=True),
        Text("DESCRIPTION", to="_words"),
        Amount("NET_CREDIT_AMOUNT", to="_credit"),
        Amount("NET_DEBIT_AMOUNT", to="_debit"),
        Amount("GROSS_AMOUNT", to="amount", needed=True),
        *_FEES,
        Currency(("CURRENCY", "CURRENCY_ID"), optional=True),
    ),
    ignored=("INSTALLMENTS", "PAYMENT_METHOD", "SHIPPING_ID", "PAYER_ID_TYPE"),
    personal={"PAYER_NAME": PiiClass.NAME, "PAYER_ID_NUMBER": PiiClass.ID_NUMBER},
    by_line=True,
    checked=("_net_minor", "_kind", "amount_minor", *(part.name for part in _FEES)),
    is_apart=_is_balance,
    derive=_derive,
    shape=_shape,
    checks=_checks,
)
