"""dLocal settlement report (dLocal 结算报告).

A text with two headers: the first stands above one row of totals of the settlement, the second above its lines.
Amounts are signed and written with six decimals, as dLocal reckons, while it pays in whole cents: gross and net of a
line are rounded half-up, the fee is what lies between them, and a note says what rounding added. The declared totals
are compared with the exact sums. All amounts are in the settlement's currency. Times are UTC.

Rules: `domain.md` 4.2; `formats.md` 2.11.
"""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Final

import polars as pl

from tieout.errors import MoneyError
from tieout.model import SettlementLine
from tieout.model.currency import exponent, is_currency
from tieout.money import parse_amount
from tieout.proof import Check
from tieout.sources._amounts import Amount, Part
from tieout.sources._batch import Finding
from tieout.sources._captions import fold_caption, strip_cell
from tieout.sources._grid import LINE
from tieout.sources._line_types import ByWords, fee_or_refund, line_type_expr, note_unknown
from tieout.sources._measures import Number
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._totals import declared_count, declared_whole, doubt_total
from tieout.sources._words import Key, Remark, Text

__all__ = ["FORMAT"]

_TYPES: Final[ByWords] = {
    "CHARGEBACK.*REVERS|REVERS.*CHARGEBACK": "chargeback_reversal",
    "FEE": fee_or_refund("payment_fee"),
    "^CHARGEBACK": ("chargeback_reversal", "chargeback"),
    "^REFUND": "sale_refund",
    "^(?:PAYMENT|CAPTURE)$": ("sale", "sale_refund"),
    "^ADJUSTMENT|NOTE$": "adjustment",
    "^TRANSFER|^PAYOUT|^WITHDRAWAL": "withdrawal",
}
_FEE: Final = Part("FEE_AMOUNT", fee_or_refund("payment_fee"), words="Fee")
_EXACT: Final = (("GROSS", "_gross_exact"), ("FEE", "_fee_exact"), ("NET", "_net_exact"))


def _said(reading: Reading, caption: str) -> str | None:
    """What the row of totals above the lines says under a caption."""
    for captions, values in pairwise(reading.preamble):
        folded = [fold_caption(cell) for cell in captions.cells]
        if fold_caption(caption) in folded and folded.index(fold_caption(caption)) < len(values.cells):
            return strip_cell(values.cells[folded.index(fold_caption(caption))]) or None
    return None


def _currency(reading: Reading) -> str | None:
    said = _said(reading, "SETTLEMENT_CURRENCY")
    return said if said is not None and is_currency(said) else None


def _derive(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns((pl.col("amount_minor") - pl.col("_gross_minor")).alias(_FEE.name))


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    said = line_type_expr(pl.col("_row"), _TYPES, amount=pl.col("amount_minor"))
    is_own = pl.col("type").is_null()
    frame = frame.with_columns(
        type=pl.coalesce("type", said),
        description=pl.coalesce("description", "_words", "_row"),
        settlement_id=pl.lit(_said(reading, "TRANSFER_ID"), dtype=pl.String),
    )
    note_unknown(reading, frame, "_row")
    is_back = is_own & (pl.col("type") == "sale_refund")
    return frame.with_columns(refund_id=pl.when(is_back).then("line_id"))


def _checks(reading: Reading) -> Iterator[Check]:
    currency = reading.conventions.currency if reading.conventions is not None else None
    if not isinstance(currency, str):
        return
    for name, column in _EXACT:
        said = _minor(reading, f"{name}_TOTAL_AMOUNT", currency)
        if said is not None:
            exact = Decimal(str(reading.values[column].sum() or 0))
            yield Check(
                name=f"{name}_TOTAL_AMOUNT, its lines exact and rounded once",
                side="file",
                currency=currency,
                total=said,
                parts={"lines": _rounded(exact, currency)},
            )
    count = declared_whole(reading, _said(reading, "NUMBER_OF_ITEMS"), name="NUMBER_OF_ITEMS")
    if count is not None:
        yield declared_count(reading, "NUMBER_OF_ITEMS", pl.lit(value=True), count)
    yield _tie(reading)


def _minor(reading: Reading, caption: str, currency: str) -> int | None:
    """A total in minor units, rounded half-up; None where there is none, or none that can be read."""
    said = _said(reading, caption)
    try:
        return None if said is None else _rounded(parse_amount(said), currency)
    except MoneyError:
        doubt_total(reading, caption, said)
        return None


def _rounded(amount: Decimal, currency: str) -> int:
    return int(amount.scaleb(exponent(currency)).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _tie(reading: Reading) -> Check:
    """That net is gross and fee, to the last decimal, on every line."""
    frame = reading.values.filter(~pl.int_range(pl.len()).is_in(sorted(reading.rejected_rows)))
    gross, fee, net = (pl.col(column).fill_null(0) for _, column in _EXACT)
    wrong = frame.filter(net != gross + fee)
    name = "NET_AMOUNT = GROSS_AMOUNT + FEE_AMOUNT"
    reading.findings += [
        Finding(check=name, sheet=None, line=line, text=f"{name}: {net.normalize():f} is not the sum")
        for line, net in wrong.select(LINE, "_net_exact").iter_rows()
    ]
    parts = {"that do": frame.height - wrong.height}
    return Check(name=f"lines where {name}", side="file", currency=None, total=frame.height, parts=parts)


FORMAT: Final = TableFormat(
    record=SettlementLine,
    timezone="UTC",
    evidence="files",
    constants={"platform": "dlocal"},
    columns=(
        Text("ROW_TYPE", to="_row", needed=True),
        Key("DLOCAL_TRANSACTION_ID", to="line_id", needed=False),
        Key("TRANSACTION_ID", to="platform_order_id", needed=False, verbatim=True),
        Moment("APPROVED_DATE", to="posted_at"),
        Amount("GROSS_AMOUNT", to="_gross", needed=True),
        _FEE,
        Amount("NET_AMOUNT", to="amount", needed=True),
        *(Number(f"{name}_AMOUNT", to=column) for name, column in _EXACT),
        Text("PAYMENT_TYPE", to="_payment_type", optional=True),
        Remark("DESCRIPTION", to="_words", optional=True),
    ),
    ignored=(
        *("MID", "LOGIN", "COUNTRY", "CREATION_DATE", "LOCAL_AMOUNT", "LOCAL_CURRENCY", "FX_RATE"),
        *("PAYMENT_METHOD_CODE", "CARD_BIN", "CARD_TYPE", "INSTALLMENTS", "STATUS", "STATUS_CODE", "STATUS_DETAILS"),
        *("USER_DOCUMENT", "USER_EMAIL"),
    ),
    parts_included=True,
    rounds=True,
    currency_of=_currency,
    derive=_derive,
    shape=_shape,
    checks=_checks,
)
