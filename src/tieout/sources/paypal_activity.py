"""PayPal activity download (PayPal 交易记录下载).

A text with a mark, all cells in quotes, one transaction a line, in a short form with one amount and a long form with
gross, fee and net; the fee is below zero where it is charged. Date, time of day and zone stand in three cells. Day
and month stand in the order of the account's country, and amounts have its decimal mark: both are told from the whole
file, or must be said. Lines whose Balance Impact is Memo (authorisations, orders, requests) move no balance and are
set apart.

A refund names the transaction that it takes back.

Rules: `domain.md` 2.2; `formats.md` 2.8.
"""

from collections.abc import Iterator
from typing import Final

import polars as pl

from tieout.errors import InputError
from tieout.model import ChannelTransaction
from tieout.money import DecimalMark
from tieout.proof import Check
from tieout.sources._amounts import Amount
from tieout.sources._balances import balance_checks
from tieout.sources._dates import parse_moments
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._totals import tie_lines
from tieout.sources._words import Currency, Key, Remark, Text

__all__ = ["FORMAT"]

_DATE, _TIME, _ZONE = "Date", "Time", ("TimeZone", "Time Zone")
_AMOUNT: Final = ("Gross", "Amount")
_WAYS: Final = {
    "month_first": "%m/%d/%Y",
    "day_first": "%d/%m/%Y",
}
_DOTTED: Final = "%d.%m.%Y"
_SHAPES: Final = (r"^\d{1,2}/\d{1,2}/\d{4}$", r"^\d{1,2}\.\d{1,2}\.\d{4}$", r"^\d{4}")
_SLASHES, _DOTS, _ISO = range(3)
_CLOCK: Final = " %H:%M:%S"
_SUMMERS: Final = {  # letters that say whether clocks are put forward, and a place where they mean it
    "PST": "America/Los_Angeles",
    "PDT": "America/Los_Angeles",
    "MST": "America/Denver",
    "MDT": "America/Denver",
    "EST": "America/New_York",
    "EDT": "America/New_York",
    "CET": "Europe/Berlin",
    "CEST": "Europe/Berlin",
}
_REFUND: Final = "(?i)refund|reversal|chargeback"


def _date_format(reading: Reading) -> str | None:
    """How the file writes days: by the option, its separator, or the one order that its days, letters and sequence allow."""
    said = reading.options.own.get("dates")
    if said is not None and said not in _WAYS:
        raise InputError(f"dates is one of {', '.join(_WAYS)}, got {said!r}", where=reading.where)
    dates = reading.cells(_DATE)
    shapes = [] if dates is None else [int(dates.str.contains(shape).sum()) for shape in _SHAPES]
    if dates is None or not any(shapes) or shapes[_ISO] == max(shapes):
        return None
    if shapes[_DOTS] == max(shapes):
        return _DOTTED + _CLOCK
    if said is not None:
        return _WAYS[said] + _CLOCK
    found = _order(reading, dates)
    reading.note("date.order", f"days are read as {found.replace('_', ' ')}, the only way that fits the whole file")
    return _WAYS[found] + _CLOCK


def _order(reading: Reading, dates: pl.Series) -> str:
    """The one order that the days of a file allow.

    Raises:
        InputError: They allow both, or none.
    """
    is_day = dates.str.contains(_SHAPES[_SLASHES]).fill_null(value=False)
    exist = [dates.str.to_date(written, strict=False).is_not_null() for written in _WAYS.values()]
    is_day &= exist[0] | exist[1]  # a day in neither order is a fault of its own line
    ways = [way for way, known in zip(_WAYS, exist, strict=True) if known.filter(is_day).all()]
    possible = ways if len(ways) == 1 and is_day.any() else [way for way in ways if _fits(reading, dates, is_day, way)]
    if len(possible) == 1:
        return possible[0]
    shown = dates.drop_nulls()[0]
    raise InputError(
        f"days such as {shown!r} may be read in two ways, and nothing in the file decides",
        where=reading.where,
        hint="say dates='month_first' or dates='day_first'",
    )


def _fits(reading: Reading, dates: pl.Series, is_day: pl.Series, way: str) -> bool:
    """Whether the days run one way in this order, and have the letters of their season."""
    times, zones = reading.cells(_TIME), reading.cells(*_ZONE)
    frame = pl.DataFrame({"date": dates, "time": times, "zone": zones}).with_columns(pl.col("zone").cast(pl.String))
    frame = frame.with_columns(text=pl.col("date") + pl.lit(" ") + pl.col("time").cast(pl.String).fill_null("00:00:00"))
    frame = frame.filter(is_day)
    local, _ = parse_moments(frame["text"], timezone="UTC", date_format=_WAYS[way] + _CLOCK)
    days = frame["date"].str.to_date(_WAYS[way], strict=False)
    if days.is_empty() or not (days.is_sorted() or days.is_sorted(descending=True)):
        return False
    return all(
        _has_letters(local.filter((frame["zone"] == zone).fill_null(value=False)), zone, place)
        for zone, place in _SUMMERS.items()
    )


def _has_letters(local: pl.Series, letters: str, place: str) -> bool:
    there = local.dt.replace_time_zone(None).dt.replace_time_zone(place, ambiguous="null", non_existent="null")
    return bool((there.dt.to_string("%Z") == letters).fill_null(value=True).all())


def _decimal_mark(reading: Reading) -> DecimalMark:
    cells = [cell for caption in (_AMOUNT, ("Fee",), ("Net",)) if (cell := reading.cells(*caption)) is not None]
    texts = pl.concat([cell.rename("cell") for cell in cells]).drop_nulls() if cells else pl.Series("cell", [""])
    commas, points = (int(texts.str.contains(end).sum()) for end in (r",\d{2}$", r"\.\d{2}$"))
    return DecimalMark.COMMA if commas > points else DecimalMark.POINT


def _derive(frame: pl.DataFrame) -> pl.DataFrame:
    total = pl.col("amount_minor") + pl.col("fee_minor").fill_null(0)
    return frame.with_columns(net_minor=pl.coalesce("_net_minor", total))


def _shape(frame: pl.DataFrame, _: Reading) -> pl.DataFrame:
    own = pl.coalesce("_id", "_receipt")
    is_back = pl.col("type").str.contains(_REFUND).fill_null(value=False)
    refers = is_back & pl.col("_origin").is_not_null()
    return frame.with_columns(
        channel_txn_id=pl.when(refers).then("_origin").otherwise(own),
        channel_refund_id=pl.when(is_back).then(own),
        merchant_order_no=pl.coalesce("_invoice", "_custom"),
    )


def _checks(reading: Reading) -> Iterator[Check]:
    yield tie_lines(reading, "net = gross + fee", total="_net_minor", plus=["amount_minor", "fee_minor"])
    yield from balance_checks(reading, balance="balance_after_minor", amount="net_minor", group="currency")


FORMAT: Final = TableFormat(
    record=ChannelTransaction,
    evidence="files",
    constants={"channel": "paypal", "bill_kind": "fund"},
    columns=(
        Moment(_DATE, to="occurred_at", needed=True, also=((_TIME,), _ZONE)),
        Text(_ZONE, to="_zone"),
        Text("Type", to="type"),
        Text("Status", to="status"),
        Currency("Currency"),
        Amount(_AMOUNT, to="amount", needed=True),
        Amount("Fee", to="fee", optional=True),
        Amount("Net", to="_net", optional=True),
        Amount("Balance", to="balance_after", optional=True),
        Text("Balance Impact", to="_impact", optional=True),
        Key("Transaction ID", to="_id", needed=False, optional=True),
        Key("Reference Txn ID", to="_origin", needed=False, optional=True),
        Key("Receipt ID", to="_receipt", needed=False, optional=True),
        Key("Invoice Number", to="_invoice", needed=False, optional=True),
        Remark("Custom Number", to="_custom", optional=True),
    ),
    ignored=(
        *(
            "Name",
            "From Email Address",
            "To Email Address",
            "Counterparty Status",
            "Shipping Address",
            "Address Status",
        ),
        *("Item Title", "Item ID", "Shipping and Handling Amount", "Insurance Amount", "Sales Tax", "Option 1 Name"),
        *("Option 1 Value", "Option 2 Name", "Option 2 Value", "Auction Site", "Buyer ID", "Item URL", "Closing Date"),
        *("Quantity", "Address Line 1", "Address Line 2/District/Neighborhood", "Town/City", "Zip/Postal Code"),
        *("State/Province/Region/County/Territory/Prefecture/Republic", "Country", "Contact Phone Number", "Subject"),
        *("Note", "Country Code", "Payment Source", "Card Type", "Transaction Event Code"),
    ),
    options={"dates": "'month_first' or 'day_first', where days such as 03/04/2026 can be read in both ways"},
    date_format_of=_date_format,
    decimal_mark_of=_decimal_mark,
    is_apart=lambda cell: cell("Balance Impact").str.to_lowercase() == "memo",
    derive=_derive,
    shape=_shape,
    checks=_checks,
)
