"""Amazon date range report, transactions (custom unified transaction).

A text with some lines of definitions above the header (`All amounts in USD, unless specified`), then one transaction
a line, its money in columns by purpose: sales, credits, rebates, taxes, fees, other, and `total`, their sum. The
report of 2017 has 23 columns, that of 2023 has taxes of their own beside each credit, fees by law, and the account;
India adds taxes collected and deducted at source. Columns of money that are not known stay unread and show in lines
whose total is not the sum. Transfers are payouts, signed as they stand. Times carry the letters of their zone.

Rules: `domain.md` 4.2; `formats.md` 4.3. Real files of one line each were at hand.
"""

import re
from collections.abc import Iterator
from typing import Final

import polars as pl

from tieout.model import SettlementLine
from tieout.model.currency import is_currency
from tieout.proof import Check
from tieout.sources._amazon_words import amazon_type_expr
from tieout.sources._amounts import Amount, Part
from tieout.sources._line_types import note_unknown
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._totals import tie_lines
from tieout.sources._words import Key, Remark, Text

__all__ = ["FORMAT"]

_OTHER: Final = "other"
_WORDS: Final = {  # what the settlement reports call the same money
    "product sales": "Principal",
    "product sales tax": "Tax",
    "shipping credits": "Shipping",
    "shipping credits tax": "ShippingTax",
    "gift wrap credits": "GiftWrap",
    "giftwrap credits tax": "GiftWrapTax",
    "promotional rebates": "Principal",
    "promotional rebates tax": "Tax",
    "sales tax collected": "Tax",
    "regulatory fee": "RegulatoryTax",
    "tax on regulatory fee": "Tax",
    "marketplace facilitator tax": "MarketplaceFacilitatorTax",
    "marketplace withheld tax": "MarketplaceWithheldTax",
    "tcs-cgst": "TCS-CGST",
    "tcs-sgst": "TCS-SGST",
    "tcs-igst": "TCS-IGST",
    "tds (section 194-o)": "TDS (Section 194-O)",
    "selling fees": "Commission",
    "fba fees": "FBA fees",
    "other transaction fees": "PerItemFee",
}
_ALWAYS: Final = {"product sales", "shipping credits", "promotional rebates", "selling fees", "fba fees"}
_MONEY: Final = tuple(
    Part(caption, kind="unknown", optional=caption not in {*_ALWAYS, _OTHER}) for caption in (*_WORDS, _OTHER)
)
_TRADES: Final = "(?i)^(Order|Refund|Chargeback|A-to-z|Liquidations)"
_ALL_IN: Final = re.compile(r"(?i)all amounts in ([A-Z]{3})\b")


def _currency(reading: Reading) -> str | None:
    said = (found[1] for row in reading.preamble for cell in row.cells if (found := _ALL_IN.search(cell)))
    return next((code.upper() for code in said if is_currency(code.upper())), None)


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    column = pl.col("description")
    # Of an order the description is the title of the article, which says nothing of the money.
    said = pl.when(~pl.col("_kind").str.contains(_TRADES) | (column == _OTHER)).then("_words")
    meant = column.replace_strict(list(_WORDS), list(_WORDS.values()), default=None)
    frame = frame.with_columns(_said=said, _meant=meant)
    words = pl.concat_str("_kind", "_said", "_meant", separator=" / ", ignore_nulls=True)
    frame = frame.with_columns(
        type=amazon_type_expr(words, pl.col("amount_minor")),
        description=pl.concat_str("_kind", pl.coalesce("_said", column), separator=" / ", ignore_nulls=True),
    )
    note_unknown(reading, frame, "description")
    return frame


def _checks(reading: Reading) -> Iterator[Check]:
    yield tie_lines(reading, "total = sum of the columns", total="_total_minor", plus=[part.name for part in _MONEY])


FORMAT: Final = TableFormat(
    record=SettlementLine,
    evidence="files",
    constants={"platform": "amazon"},
    columns=(
        Moment("date/time", to="posted_at", needed=True),
        Key("settlement id", to="settlement_id", needed=False),
        Text("type", to="_kind", needed=True),
        Key("order id", to="platform_order_id", needed=False),
        Remark("description", to="_words"),
        *_MONEY,
        Amount("total", to="_total", needed=True),
    ),
    ignored=(
        *("sku", "quantity", "marketplace", "account type", "fulfillment", "order city", "order state", "order postal"),
        *("tax collection model",),
    ),
    by_line=True,
    checked=("_total_minor", *(part.name for part in _MONEY)),
    currency_of=_currency,
    shape=_shape,
    checks=_checks,
)
