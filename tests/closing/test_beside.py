"""What the records come to beside what the books have, in words, by role."""

from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest
from moneyed import Money

from closing.shop import config
from tieout.closing.beside import Beside, CarriedBeside, beside_the_books, ledgers_beside
from tieout.model import StockMovement, SubledgerBalance, SubledgerMovement
from tieout.tables import Table

DAY = date(2026, 11, 30)


def told(amount, *, role="ap_courier", opening=0, closing=0, currency="CNY", before=None):
    """What is said where the books' account of a role began and ended so, and the ledger beside them comes to an amount."""
    stands = SubledgerBalance(role=role, as_of=DAY, amount=Money(amount, currency))
    books = pl.DataFrame(
        {"role": [role], "name": ["应付快递"], "opening_minor": [opening], "closing_minor": [closing]},
    )
    beside = Beside(balances=Table.from_records([stands], SubledgerBalance))
    return [str(note) for note in beside_the_books(beside, before or CarriedBeside(), books, "CNY")]


def test_a_ledger_that_nothing_was_carried_to_is_held_to_what_moved_the_account():
    assert ["ap_courier: -70.00 CNY by the records: ties to the books"] == told("-70", opening=-3_000, closing=-10_000)


def test_a_ledger_that_goes_on_from_the_month_before_is_held_to_the_balance():
    carried = CarriedBeside(couriers=Table.from_records([], SubledgerMovement))

    assert ["ap_courier: -100.00 CNY by the records: ties to the books"] == told(
        "-100", opening=-3_000, closing=-10_000, before=carried
    )


@pytest.mark.parametrize("role", ["ar_platform", "reserve_held"])
def test_a_ledger_that_says_how_it_stands_is_held_to_the_balance(role):
    assert [f"{role}: 100.00 CNY by the records: ties to the books"] == told(
        "100", role=role, opening=3_000, closing=10_000
    )


def test_the_gap_is_what_the_books_have_beyond_the_records():
    assert ["ap_courier: -70.00 CNY by the records: the books have -75.00, -5.00 beside it"] == told(
        "-70", closing=-7_500
    )


def test_what_the_books_have_no_account_of_is_beside_nothing():
    carried = CarriedBeside(stock=Table.from_records([], SubledgerBalance))
    stands = SubledgerBalance(role="inventory", as_of=DAY, amount=Money("8.00", "CNY"))
    books = pl.DataFrame(
        schema={"role": pl.String, "name": pl.String, "opening_minor": pl.Int64, "closing_minor": pl.Int64}
    )

    (note,) = beside_the_books(Beside(balances=Table.from_records([stands], SubledgerBalance)), carried, books, "CNY")

    assert "inventory: 8.00 CNY by the records: the books have 0.00, -8.00 beside it" == str(note)


def test_another_currency_than_the_books_is_not_held_to_them():
    assert [] == told("-70", currency="HKD", closing=-7_000)


def moved(warehouse, day):
    """Two pieces of 5.00 that came in."""
    return StockMovement(
        movement_id=f"{warehouse}-{day}",
        type="purchase_in",
        warehouse=warehouse,
        sku="LAMP",
        quantity=Decimal(2),
        unit_cost=Money("5.00", "CNY"),
        occurred_at=datetime(2026, *day, 4, tzinfo=UTC),
    )


def test_movements_of_before_are_held_to_what_was_carried_of_their_own_warehouse(tmp_path):
    day = date(2026, 10, 31)
    carried = [
        SubledgerBalance(role="inventory", warehouse=name, as_of=day, amount=Money(amount, "CNY"))
        for name, amount in (("east", "10.00"), ("north", "7.00"), ("west", "99.00"))
    ]
    before = CarriedBeside(stock=Table.from_records(carried, SubledgerBalance))
    moves = [moved("east", (10, 31)), moved("north", (10, 31)), moved("south", (10, 31)), moved("west", (11, 1))]
    tables = {"StockMovement": Table.from_records(moves, StockMovement)}
    told = config(tmp_path, period="2026-11", as_of=DAY)

    found = ledgers_beside(told, tables, [], before, {"inventory"})

    assert [
        ("north", "come to 10.00 CNY by 2026-10-31, where 7.00 CNY were carried"),
        ("south", "come to 10.00 CNY by 2026-10-31, where 0.00 CNY were carried"),
    ] == [
        (note.text.split()[2].rstrip(":"), note.text[note.text.index("come to") : note.text.index(";")])
        for note in found.notes
    ]
    stands = {one.warehouse: str(one.amount.amount) for one in found.balances}
    assert {"east": "10.00", "north": "10.00", "south": "10.00", "west": "109.00"} == stands
