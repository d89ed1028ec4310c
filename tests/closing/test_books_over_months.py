"""The books of the second month: what couriers are owed and what the stock is worth go on from the first, without its files."""

from datetime import date
from decimal import Decimal

import attrs
import polars as pl
import pytest
from moneyed import Money

from closing.shop import clean_tables, config
from tieout.closing import close_tables
from tieout.closing.beside import CarriedBeside, ledgers_beside
from tieout.model import CourierCharge
from tieout.tables import Table

BILLED = {"Shipment": "picked_up_at", "CourierCharge": "ship_date"}
MOVED = {"StockMovement": "occurred_at"}
OCT_1, OCT_2, NOV_1, NOV_2 = date(2026, 10, 1), date(2026, 10, 2), date(2026, 11, 1), date(2026, 11, 2)
NAMES = ("tracking_no", "bill_no", "movement_id")


def october(kinds=BILLED):
    """What was picked up and charged, or moved, in the month, but for its last two days."""
    until = date(2026, 10, 29)
    return {kind: clean_tables()[kind].filter(pl.col(when).cast(pl.Date) <= until) for kind, when in kinds.items()}


def november(kinds=BILLED):
    """The same of other parcels, 31 days later."""
    found = {}
    for kind, table in october(kinds).items():
        frame = table.to_polars()
        days = [name for name, dtype in frame.schema.items() if dtype.is_temporal()]
        names = [name for name in NAMES if name in frame.columns]
        later = frame.with_columns(pl.col(days).dt.offset_by("31d"), pl.col(names) + "9")
        found[kind] = Table(later, table.record)
    return found


@pytest.fixture(scope="module")
def months(tmp_path_factory):
    """October closed and written, how November is closed, and the balances that November's books come to."""
    folder = tmp_path_factory.mktemp("books")
    first = close_tables(october(), config(folder, out=folder / "10"), dry_run=False)
    told = config(folder, period="2026-11", as_of=date(2026, 11, 30), out=folder / "11", opening=folder / "10")
    return first, told, close_tables(november(), told).balance.carried()


def tied(months, tables, off=0):
    """November with the balances of the books, that of what couriers are owed being off."""
    _, told, balances = months
    off = Money(off, "CNY")
    rows = [
        attrs.evolve(one, amount=one.amount + off, credit=one.credit - off) if one.account == "2202.01" else one
        for one in balances
    ]
    return close_tables({**tables, "AccountBalance": rows}, told)


def told_of(close, role):
    (found,) = [note for note in close.stage("vouchers").notes if note.startswith(role)]
    return found


def test_the_second_month_ties_out_without_the_files_of_the_first(months):
    first, _, _ = months
    found = tied(months, november())

    assert "ledger_tieout" in {one.reconciliation for one in found.outcomes}
    assert ("balances of the books that differ", 0) in found.stage("tie_outs").counts
    assert told_of(first, "ap_courier").endswith("ties to the books")
    assert told_of(found, "ap_courier").endswith("ties to the books")


def test_bills_of_the_first_month_that_are_read_again_count_once(months):
    found = tied(months, {name: Table.concat([october()[name], table]) for name, table in november().items()})

    assert ("balances of the books that differ", 0) in found.stage("tie_outs").counts


def test_what_the_books_of_the_second_month_have_beside_it_is_a_discrepancy(months):
    found = tied(months, november(), off=7)

    assert ("balances of the books that differ", 1) in found.stage("tie_outs").counts


def test_the_stock_of_the_second_month_goes_on_from_that_of_the_first(tmp_path):
    first = close_tables(october(MOVED), config(tmp_path, out=tmp_path / "10"), dry_run=False)
    told = config(tmp_path, period="2026-11", as_of=date(2026, 11, 30), opening=tmp_path / "10")
    second = close_tables(november(MOVED), told)
    idle = close_tables({"AccountBalance": second.balance.carried()}, told)

    assert worth(first) != 0
    assert 2 * worth(first) == worth(second)
    assert worth(first) == worth(idle)


def test_movements_of_the_first_month_that_differ_from_what_it_carried_are_told(tmp_path):
    """A row of October in November's list may be all of the beginning, or come late: a person has to say which."""
    first = close_tables(october(MOVED), config(tmp_path, out=tmp_path / "10"), dry_run=False)
    told = config(tmp_path, period="2026-11", as_of=date(2026, 11, 30), opening=tmp_path / "10")
    again, late = october(MOVED)["StockMovement"], november(MOVED)["StockMovement"]
    one = again.filter(pl.col("movement_id") == again.to_polars()["movement_id"][0])

    both = close_tables({"StockMovement": Table.concat([again, late])}, told)
    some = close_tables({"StockMovement": Table.concat([one, late])}, told)

    assert 2 * worth(first) == worth(both)
    assert [] == said_back(first) == said_back(both)
    assert 1 == len(said_back(some))
    assert f"{worth(first):,.2f} CNY were carried" in said_back(some)[0]


def said_back(close):
    return [note for note in close.stage("tie_outs").notes if "reach back" in note]


def worth(close):
    return Decimal(told_of(close, "inventory").split()[1].replace(",", ""))


def test_a_month_between_what_was_carried_and_the_period_is_told(months):
    _, told, _ = months
    december = attrs.evolve(told, period="2026-12", as_of=date(2026, 12, 31))

    assert [] == skipped(tied(months, november()))
    assert ["the balances that this period begins with are of 2026-10-31, and it begins on 2026-12-01"] == [
        note.partition(":")[0] for note in skipped(close_tables(november(), december))
    ]


def skipped(close):
    return [note for note in close.stage("vouchers").notes if "begins with" in note]


def test_a_corrected_bill_that_empties_a_day_takes_off_what_was_carried_for_it_and_says_so(months):
    """The books hold what the correction says: what the day had said before is owed to nobody."""
    _, told, _ = months
    bills = october()["CourierCharge"]
    bill = bills.to_polars().filter(pl.col("bill_no") == bills.to_polars()["bill_no"].first())
    gone = bill.filter(pl.col("ship_date") == bill["ship_date"].max())
    corrected = Table(bill.filter(pl.col("ship_date") != bill["ship_date"].max()), bills.record)
    read = {**november(), "CourierCharge": Table.concat([corrected, november()["CourierCharge"]])}

    found = close_tables(read, told)

    amount = Decimal(gone["amount_minor"].sum()).scaleb(-2)
    before, after = (told_amount(one, "ap_courier") for one in (close_tables(november(), told), found))
    assert amount == after - before > 0
    (said,) = [note for note in found.stage("tie_outs").notes if "read again" in note]
    assert gone["bill_no"][0] in said
    assert f"{amount:,.2f} CNY" in said
    assert [] == [note for note in close_tables(november(), told).stage("tie_outs").notes if "the bill " in note]


def test_a_number_of_a_bill_that_goes_on_in_the_next_month_is_told(months):
    """It may be an account, or a bill of which a line now stands on a later day: both amounts count, and a person looks."""
    _, told, _ = months
    numbers = {bill + "9": bill for bill in october()["CourierCharge"].to_polars()["bill_no"].unique()}
    later = november()["CourierCharge"]
    renamed = Table(later.to_polars().with_columns(pl.col("bill_no").replace(numbers)), later.record)

    found = close_tables({**november(), "CourierCharge": renamed}, told)

    said = [note for note in found.stage("tie_outs").notes if "goes on with later days" in note]
    assert len(numbers) == len(said)
    assert told_amount(found, "ap_courier") == told_amount(close_tables(november(), told), "ap_courier")


def bill(amounts, currency="CNY"):
    """Lines of the bill B1 by day."""
    return [
        CourierCharge(
            bill_no="B1",
            carrier="zto",
            tracking_no=f"A{day}",
            charge_type="base",
            ship_date=day,
            amount=Money(amount, currency),
        )
        for day, amount in amounts.items()
    ]


@pytest.mark.parametrize(
    ("read", "said"),
    [
        (bill({OCT_1: "10", OCT_2: "20"}), []),
        (bill({OCT_1: "11", OCT_2: "20"}), []),  # a correction of a day that stays
        (bill({OCT_1: "10", OCT_2: "20", NOV_1: "40"}), ["30.00 CNY until 2026-10-02 are carried, goes on"]),
        (
            bill({OCT_2: "0.50", NOV_1: "40", NOV_2: "1"}),  # an account with a late line of October
            [
                "10.00 CNY until 2026-10-01 are carried, goes on",
                "was read again with other amounts on 2026-10-02: 20.00 CNY",
            ],
        ),
        (
            bill({OCT_2: "21", NOV_1: "40"}),  # half of it is of before: it is taken for a correction
            [
                "nothing in CNY any more on 2026-10-01: 10.00 CNY",
                "was read again with other amounts on 2026-10-02: 20.00 CNY",
            ],
        ),
        (
            bill({OCT_1: "10", OCT_2: "20"}, "HKD"),
            ["nothing in CNY any more on 2 days from 2026-10-01 to 2026-10-02: 30.00 CNY"],
        ),
    ],
    ids=["the same", "another amount", "a later day", "an account", "half", "another currency"],
)
def test_what_is_said_of_a_bill_that_is_read_again_is_what_becomes_of_what_was_carried(tmp_path, read, said):
    """Amounts that are said to count are those that do, and each that counts no longer is said, in whichever currency."""
    first = ledgers_beside(
        config(tmp_path), {"CourierCharge": Table.from_records(bill({OCT_1: "10", OCT_2: "20"}), CourierCharge)},
        [], before=CarriedBeside(), roles={"ap_courier"},
    )  # fmt: skip
    told = config(tmp_path, period="2026-11", as_of=date(2026, 11, 30))

    found = ledgers_beside(
        told, {"CourierCharge": Table.from_records(read, CourierCharge)}, [], before=first.carried, roles={"ap_courier"}
    )

    assert len(said) == len(found.notes)
    for note, words in zip(found.notes, said, strict=True):
        assert words in note.text


def told_amount(close, role):
    return Decimal(told_of(close, role).split()[1].replace(",", ""))
