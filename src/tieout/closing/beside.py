"""Beside the books: the ledgers that the records of a period make, what they go on from, and how our own books stand to them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import attrs
import polars as pl

from tieout.closing.config import CloseConfig
from tieout.closing.detect import Ran
from tieout.closing.sentences import note
from tieout.errors import InputError
from tieout.model import CourierCharge, StockMovement, SubledgerBalance, SubledgerMovement
from tieout.model import Settlement as SettlementRecord
from tieout.model.currency import exponent, from_units
from tieout.reconciliations import Subledgers
from tieout.reports import Note
from tieout.tables import Table

__all__ = ["Beside", "CarriedBeside", "beside_the_books", "ledgers_beside"]

_STANDING: Final = ("ar_platform", "reserve_held")
"""Roles whose ledger says how it stands, and not what moved it."""
_BILL: Final = ("book_id", "party", "document")


@attrs.frozen(kw_only=True, eq=False)
class CarriedBeside:
    """What the ledgers that are sums of movements go on from in the next period.

    Attributes:
        couriers: What each bill charged by day, and what was paid; None where there was nothing.
        stock: What the stock of each warehouse was worth; None where it is not known.
    """

    couriers: Table[SubledgerMovement] | None = None
    stock: Table[SubledgerBalance] | None = None


@attrs.frozen(kw_only=True, eq=False)
class Beside:
    """The ledgers beside the books by the end of a period.

    Attributes:
        balances: Their balances; None where none can be made.
        carried: What the next period's go on from.
        notes: Why some could not be made.
    """

    balances: Table[SubledgerBalance] | None = None
    carried: CarriedBeside = attrs.field(factory=CarriedBeside)
    notes: tuple[Note, ...] = ()


def ledgers_beside(
    config: CloseConfig, tables: Mapping[str, Table[Any]], runs: Iterable[Ran], before: CarriedBeside, roles: set[str]
) -> Beside:
    """The ledgers beside the books, made of the records of the period and of what the one before carried forward.

    Args:
        config: What the close is told.
        tables: Records by role or class.
        runs: What was run, of which settlement says what platforms still owe.
        before: What the period before carried.
        roles: Roles of the accounts that are tied.
    """
    as_of, zone = config.as_of, str(config.book.timezone)
    parts: list[Table[SubledgerBalance]] = []
    notes: list[Note] = []
    stock = couriers = None
    movements = tables.get(StockMovement.__name__)
    if (movements is not None or before.stock is not None) and "inventory" in roles:
        try:
            stock = Subledgers.stocks(movements, as_of=as_of, before=before.stock, timezone=zone)
            parts.append(stock)
            notes += _reaching_back(movements, before.stock, zone)
        except InputError as error:
            notes.append(note("no_stock_account", problem=error.problem))
    charges = tables.get(CourierCharge.__name__)
    if (charges is not None or before.couriers is not None) and "ap_courier" in roles:
        paid = tables.get(SubledgerMovement.__name__)
        couriers = Subledgers.courier_movements(charges, as_of=as_of, paid=paid, before=before.couriers)
        parts.append(Subledgers.courier_payables(None, as_of=as_of, before=couriers))
        notes += _bills_again(before.couriers, couriers)
    settlements = tables.get(SettlementRecord.__name__)
    if settlements is not None and "reserve_held" in roles:
        parts.append(Subledgers.reserves(settlements, as_of=as_of, timezone=zone))
    if "ar_platform" in roles:
        parts += [Subledgers.receivables(one.outcome, as_of=as_of) for one in runs if one.leaf == "settlement"]
    filled = [part for part in parts if len(part)]
    return Beside(
        balances=Table.concat(filled) if filled else None,
        carried=CarriedBeside(couriers=couriers, stock=stock),
        notes=tuple(notes),
    )


def _bills_again(carried: Table[SubledgerMovement] | None, now: Table[SubledgerMovement]) -> Iterator[Note]:
    """Bills of before that were read again: what is there no longer, and later days under the same number."""
    if not carried:
        return
    key, day = [*_BILL, "movement_id", "currency"], pl.col("happened_on")
    before, after = (one.to_polars().filter(pl.col("kind") == "charges") for one in (carried, now))
    yield from _of_bills("bill_without_days", before.join(after, on=key, how="anti", nulls_equal=True))
    last = before.drop_nulls("document").group_by(_BILL).agg(day.max().alias("last"))
    more = after.join(before, on=key, how="anti", nulls_equal=True).join(last, on=_BILL, nulls_equal=True)
    going_on = before.join(more.filter(day > pl.col("last")), on=_BILL, how="semi", nulls_equal=True)
    same = [*key, "amount_minor"]
    yield from _of_bills("bill_goes_on", going_on.join(after, on=same, how="semi", nulls_equal=True))
    other = going_on.join(after, on=key, how="semi", nulls_equal=True).join(
        after, on=same, how="anti", nulls_equal=True
    )
    yield from _of_bills("bill_days_again", other)


def _of_bills(sentence: str, charges: pl.DataFrame) -> Iterator[Note]:
    """A sentence for each bill and currency, with the sum of its charges and their days."""
    of, day = [*_BILL, "currency"], pl.col("happened_on")
    sums = charges.group_by(of).agg(
        -pl.col("amount_minor").sum(), day.n_unique().alias("count"), day.min().alias("first"), day.max().alias("last")
    )
    names = ("party", "document", "currency", "amount_minor", "count", "first", "last")
    for carrier, bill, code, minor, count, first, last in sums.sort(of, nulls_last=True).select(names).iter_rows():
        days = note("bill_day", first=first) if count == 1 else note("bill_days", count=count, first=first, last=last)
        amount = f"{from_units(minor, code):,.{exponent(code)}f}"
        yield note(sentence, carrier=carrier or "-", bill=bill, days=days, last=last, amount=amount, code=code)


def _reaching_back(movements: Table[Any] | None, carried: Table[SubledgerBalance] | None, zone: str) -> Iterator[Note]:
    """Warehouses of which movements of before were read that do not come to what was carried, which they take the place of."""
    if movements is None or not carried:
        return
    before = carried.to_polars()
    day = before["as_of"][0]
    place = ["book_id", "warehouse", "currency"]
    read = Subledgers.stocks(movements, as_of=day, timezone=zone).to_polars()
    both = read.select(*place, "amount_minor").join(
        before.select(*place, pl.col("amount_minor").alias("carried_minor")), on=place, how="left", nulls_equal=True
    )
    off = both.with_columns(pl.col("carried_minor").fill_null(0)).filter(
        pl.col("amount_minor") != pl.col("carried_minor")
    )
    for warehouse, code, minor, held in off.select(*place[1:], "amount_minor", "carried_minor").iter_rows():
        figures = [f"{from_units(one, code):,.{exponent(code)}f}" for one in (minor, held)]
        yield note(
            "stock_reaches_back", warehouse=warehouse or "-", day=day, read=figures[0], carried=figures[1], code=code
        )


def beside_the_books(
    beside: Beside, before: CarriedBeside, balances: pl.DataFrame | None, code: str
) -> tuple[Note, ...]:
    """What the records come to and what our own vouchers do, by role, in words.

    A ledger that nothing was carried to is the sum of the period's movements, and is held to what moved the account; the others
    are held to its balance. They differ by what is disputed or found, until that is decided: no check fails by it.

    Args:
        beside: The ledgers beside the books.
        before: What they go on from.
        balances: Trial balance as reports take it.
        code: Currency of the book.
    """
    if beside.balances is None or balances is None:
        return ()
    gone_on = {"ap_courier": before.couriers, "inventory": before.stock}
    standing = {*_STANDING, *(role for role, carried in gone_on.items() if carried is not None)}
    found = beside.balances.to_polars().filter(pl.col("currency") == code)
    own = found.group_by("role").agg(pl.col("amount_minor").sum())
    moved = pl.col("closing_minor") - pl.col("opening_minor")
    booked = balances.group_by("role").agg(
        pl.col("closing_minor").sum(), moved.sum().alias("moved_minor"), pl.col("name").first()
    )
    rows = own.join(booked, on="role", how="left").sort("role")
    told = []
    for role, name, minor, closing, movement in rows.select(
        "role", "name", "amount_minor", "closing_minor", "moved_minor"
    ).iter_rows():
        books = (closing if role in standing else movement) or 0
        figures = [f"{from_units(one, code):,.{exponent(code)}f}" for one in (minor, books, books - minor)]
        said = {"role": Note(role, name or ""), "records": figures[0], "code": code}
        if books == minor:
            told.append(note("ties_to_books", **said))
        else:
            told.append(note("beside_books", **said, books=figures[1], gap=figures[2]))
    return tuple(told)
