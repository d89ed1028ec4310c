"""Hypothesis strategies: text, money, weights, moments and whole records.

A strategy never changes, and to make one costs more than to draw from it: each is made once.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any, get_args, get_origin
from zoneinfo import ZoneInfo

import attrs
from hypothesis import strategies as st
from moneyed import Money

from tieout import model
from tieout.model import (
    AccountBalance,
    Article,
    BankTransaction,
    ChannelTransaction,
    Complaint,
    CourierCharge,
    CourierInvoice,
    Discount,
    Discrepancy,
    Event,
    Funder,
    JournalLine,
    LedgerLine,
    MatchGroup,
    Order,
    OrderLine,
    Payment,
    Payout,
    Piece,
    Place,
    Provenance,
    Refund,
    Return,
    ReturnLine,
    Settlement,
    SettlementLine,
    Shipment,
    ShipmentLine,
    StockCount,
    StockCountLine,
    StockDocument,
    StockDocumentLine,
    StockMovement,
    SubledgerBalance,
    SubledgerMovement,
    Voucher,
)
from tieout.model._record import is_optional, required_type
from tieout.model.currency import from_units

RECORDS = (
    AccountBalance,
    Article,
    BankTransaction,
    ChannelTransaction,
    Complaint,
    CourierCharge,
    CourierInvoice,
    Discount,
    Discrepancy,
    Event,
    JournalLine,
    LedgerLine,
    Order,
    OrderLine,
    Payment,
    Payout,
    Piece,
    Place,
    Provenance,
    Refund,
    Return,
    ReturnLine,
    Settlement,
    SettlementLine,
    Shipment,
    ShipmentLine,
    StockCount,
    StockCountLine,
    StockDocument,
    StockDocumentLine,
    StockMovement,
    SubledgerBalance,
    SubledgerMovement,
    Voucher,
)
"""Every record class that becomes a table; a MatchGroup holds the caller's own objects, so it does not."""

ALL_RECORDS = (*RECORDS, MatchGroup)
CURRENCIES = ("CNY", "USD", "INR", "JPY", "KRW", "KWD", "CLF")
"""Of two, none, three and four decimals."""


@cache
def texts(max_size: int = 20) -> st.SearchStrategy[str]:
    """Text as a field may hold it: not blank, no half of a surrogate pair."""
    characters = st.characters(codec="utf-8")
    return st.text(characters, min_size=1, max_size=max_size).filter(str.strip)


@cache
def currencies() -> st.SearchStrategy[str]:
    """ISO 4217 codes of every number of decimals."""
    return st.sampled_from(CURRENCIES)


@cache
def amounts(currency: str, *, units_max: int = 10**15, is_signed: bool = True) -> st.SearchStrategy[Money]:
    """Money of one currency, to the minor unit."""
    units = st.integers(-units_max if is_signed else 0, units_max)
    return units.map(lambda minor: Money(from_units(minor, currency), currency))


@cache
def money() -> st.SearchStrategy[Money]:
    """Money of any of the currencies."""
    return currencies().flatmap(amounts)


@cache
def decimals() -> st.SearchStrategy[Decimal]:
    """Decimals that a column holds: up to eight decimals and eighteen digits before them."""
    return st.builds(
        lambda digits, places: Decimal(digits).scaleb(-places), st.integers(-(10**18), 10**18), st.integers(0, 8)
    )


@cache
def weights() -> st.SearchStrategy[Decimal]:
    """Weights in grams, to a hundred-millionth."""
    return st.integers(0, 10**13).map(lambda units: Decimal(units).scaleb(-8))


@cache
def moments() -> st.SearchStrategy[datetime]:
    """Aware datetimes of the zones that exports come from."""
    zones = st.sampled_from([UTC, ZoneInfo("Asia/Shanghai"), timezone(timedelta(hours=-8))])
    return st.datetimes(datetime(2001, 1, 1), datetime(2099, 12, 31), timezones=zones)  # noqa: DTZ001 - zones are drawn


@cache
def days() -> st.SearchStrategy[date]:
    """Days of this century."""
    return st.dates(date(2001, 1, 1), date(2099, 12, 31))


@cache
def places() -> st.SearchStrategy[Place]:
    """Places that say something."""
    parts = {field.name: st.none() | texts(6) for field in attrs.fields(Place)}
    return st.fixed_dictionaries(parts).filter(lambda given: any(given.values())).map(lambda given: Place(**given))


@cache
def provenances() -> st.SearchStrategy[Provenance]:
    """Provenances that say something, with runs of lines among them."""

    @st.composite
    def provenance(draw: st.DrawFn) -> Provenance:
        line = draw(st.none() | st.integers(1, 10**6))
        return Provenance(
            format=draw(st.none() | texts(6)),
            file=draw(texts(6)),
            sha256=draw(st.none() | st.text("0123456789abcdef", min_size=64, max_size=64)),
            sheet=draw(st.none() | texts(4)),
            line=line,
            line_end=None if line is None else draw(st.none() | st.integers(line, line + 9)),
        )

    return provenance()


@st.composite
def discounts(draw: st.DrawFn, currency: str | None = None) -> Discount:
    """Discounts whose share is there when, and only when, they are shared."""
    given = draw(_fields(Discount, currency or draw(currencies())))
    share = draw(st.decimals(0, 1, places=2)) if given["funder"] is Funder.SHARED else None
    return Discount(**{**given, "merchant_share": share})


@st.composite
def journal_lines(draw: st.DrawFn, currency: str | None = None, amount: Money | None = None) -> JournalLine:
    """Journal lines: a debit or a credit, black or red, never zero."""
    code = currency or draw(currencies())
    given = draw(_fields(JournalLine, code))
    value = amount or draw(amounts(code).filter(bool))
    is_debit = draw(st.booleans())
    sides = {"debit": value, "credit": None} if is_debit else {"debit": None, "credit": -value if amount else value}
    rate = draw(st.none() | st.integers(0, 99).map(lambda percent: Decimal(percent).scaleb(-2)))
    tax = {"tax_rate": rate, "tax_base": None if rate is None else given["tax_base"]}
    return JournalLine(**{**given, **sides, **tax})


@st.composite
def ledger_lines(draw: st.DrawFn, currency: str | None = None) -> LedgerLine:
    """Ledger lines: on either side, on both, or with a signed amount alone."""
    code = currency or draw(currencies())
    given = draw(_fields(LedgerLine, code))
    nothing = Money(0, code)
    debit, credit = (given[side] for side in ("debit", "credit"))
    amount = given["amount"] if debit is None and credit is None else (debit or nothing) - (credit or nothing)
    return LedgerLine(**{**given, "line_no": draw(st.integers(1, 10**6)), "amount": amount})


@st.composite
def vouchers(draw: st.DrawFn) -> Voucher:
    """Vouchers of one or two currencies that balance in each."""
    lines: list[JournalLine] = []
    for code in draw(st.lists(currencies(), min_size=1, max_size=2, unique=True)):
        value = draw(amounts(code, units_max=10**12).filter(bool))
        lines += [draw(journal_lines(code, value)), draw(journal_lines(code, -value))]
    given = draw(_fields(Voucher, "CNY"))
    return Voucher(**{**given, "lines": lines, "period": f"{given['date']:%Y-%m}"})


@cache
def records(kind: type, currency: str | None = None) -> st.SearchStrategy[Any]:
    """Records of one class, every field of which is sometimes filled and, where it may be, sometimes not.

    Args:
        kind: The record class.
        currency: Code of its amounts; any when left out.
    """
    special: dict[type, Callable[[], st.SearchStrategy[Any]]] = {
        Place: places,
        Provenance: provenances,
        Voucher: vouchers,
        Discount: lambda: discounts(currency),
        JournalLine: lambda: journal_lines(currency),
        LedgerLine: lambda: ledger_lines(currency),
    }
    if kind in special:
        return special[kind]()
    codes = currencies() if currency is None else st.just(currency)
    return codes.flatmap(lambda code: _fields(kind, code)).map(lambda given: kind(**given))


@cache
def _fields(kind: type, currency: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({field.name: _field(field, currency) for field in attrs.fields(kind)})


def _field(field: "attrs.Attribute[Any]", currency: str) -> st.SearchStrategy[Any]:
    values = _values(field, required_type(field.type), currency)
    return st.none() | values if is_optional(field.type) else values


def _values(field: "attrs.Attribute[Any]", kind: Any, currency: str) -> st.SearchStrategy[Any]:
    if field.name == "currency":
        return st.just(currency)
    if kind is Money:
        return money() if field.metadata.get("foreign") else amounts(currency)
    if get_origin(kind) is tuple:
        return st.lists(_member(get_args(kind)[0], currency), max_size=3).map(tuple)
    if get_origin(kind) is Mapping:
        return st.dictionaries(texts(5), st.text(st.characters(codec="utf-8"), max_size=5), max_size=3)
    return _member(kind, currency)


def _member(kind: Any, currency: str) -> st.SearchStrategy[Any]:
    plain: dict[Any, st.SearchStrategy[Any]] = {
        str: texts(),
        int: st.integers(-(2**63), 2**63 - 1),
        bool: st.booleans(),
        Decimal: decimals(),
        datetime: moments(),
        date: days(),
        Any: st.integers(),
    }
    if kind in plain:
        return plain[kind]
    if issubclass(kind, StrEnum):
        return st.sampled_from(list(kind))
    return records(kind, currency)


def record_classes() -> list[type]:
    """Every record class that `tieout.model` exports."""
    exported = (getattr(model, name) for name in model.__all__)
    return [value for value in exported if isinstance(value, type) and attrs.has(value)]
