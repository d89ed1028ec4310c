"""Stock counts: the book rolled forward against what was counted."""

import datetime as dt
import random
from collections import defaultdict
from decimal import Decimal

import attrs
import polars as pl
import pytest
from _records import at
from _suite import ReconciliationSuite, World
from moneyed import Money

from tieout.errors import InputError
from tieout.model import StockCount as Sheet
from tieout.model import StockCountLine, StockMovement
from tieout.money import Allowance
from tieout.reconciliations import StockCount

AS_OF = dt.date(2026, 10, 31)
EARLY, BEFORE, NOW = dt.date(2026, 8, 28), dt.date(2026, 9, 28), dt.date(2026, 10, 28)
PLACES = (("A", "W1"), ("B", "W1"), ("A", "W2"))


def line(sku, book, counted, recount=None, cost="80.00", code="CNY"):
    def number(value):
        return None if value is None else Decimal(str(value))

    return StockCountLine(
        sku=sku,
        book_quantity=number(book),
        counted_quantity=number(counted),
        recount_quantity=number(recount),
        unit_cost=None if cost is None else Money(cost, code),
    )


def sheet(number, day, *lines, place=PLACES[0], status="approved"):
    book_id, warehouse = place
    return Sheet(count_id=number, book_id=book_id, warehouse=warehouse, as_of=at(day), lines=lines, status=status)


def move(number, day, sku, quantity, kind=None, place=PLACES[0], hour=9, **more):
    book_id, warehouse = place
    return StockMovement(
        movement_id=number,
        book_id=book_id,
        warehouse=warehouse,
        sku=sku,
        quantity=Decimal(str(quantity)),
        type=kind or ("purchase_in" if quantity > 0 else "sale_out"),
        occurred_at=None if day is None else at(day, hour),
        **more,
    )


def day(number, month=10):
    return dt.date(2026, month, number)


def found_in(outcome):
    return [(one.type, one.keys.get("sku"), str(one.impact.amount)) for one in outcome.discrepancies]


def only(outcome, kind):
    (one,) = [found for found in outcome.discrepancies if found.type == kind]
    return one


class TestStockCount(ReconciliationSuite):
    def world(self, dice: random.Random) -> World:
        books = Books(dice)
        for _ in range(dice.randint(0, 10)):
            books.place = dice.choice(PLACES)
            dice.choice(books.STORIES)(books)
        return books.world()


class Books:
    """Three warehouses with two earlier sheets and one of now, written story by story, each with its own article."""

    def __init__(self, dice):
        self.dice = dice
        self.place = PLACES[0]
        self.lines = defaultdict(list)
        self.others, self.moves, self.moved_on = [], [], []
        self.planted = []
        self.count = 0
        self.turned = set()
        for place in PLACES:
            for when in (EARLY, BEFORE, NOW):
                self.lines[place, when].append(line("ANCHOR", 1, 1))

    def world(self):
        sheets = {
            (place, when): sheet(f"PD {when:%m}", when, *lines, place=place)
            for (place, when), lines in self.lines.items()
        }
        counts = [one for (_, when), one in sheets.items() if when == NOW] + self.others
        return World(
            reconciliation=StockCount(full=True, as_of=AS_OF),
            sides={
                "counts": counts,
                "movements": self.moves,
                "previous": [one for (_, when), one in sheets.items() if when != NOW],
            },
            arrives={
                "counts": [NOW] * len(counts),
                "movements": self.moved_on,
                "previous": [day(1)] * (len(sheets) - len(PLACES)),
            },
            planted=self.planted,
            named_by=("sku", "over", "type", "count_id"),
        )

    def article(self):
        self.count += 1
        return f"S{self.count}"

    def size(self):
        """No two differences of a world are alike, so that no swap is seen where none was planted; all want a second count."""
        return 100 + self.count * 7

    def list(self, sku, book, counted, recount=None, when=NOW, **more):
        self.lines[self.place, when].append(line(sku, book, counted, recount, **more))

    def move(self, sku, quantity, when=None, **more):
        when = when or day(self.dice.choice((2, 11, 20)))
        self.moves.append(move(f"M{len(self.moves)}", when, sku, quantity, **{"place": self.place, **more}))
        self.moved_on.append(when)

    def plant(self, kind, name, impact=0):
        self.planted.append((kind, name, impact))

    def agreed(self):
        sku = self.article()
        self.list(sku, 10, 10, when=BEFORE)
        self.list(sku, 10, 10)

    def rolled(self):
        sku = self.article()
        self.list(sku, 50, 50, when=BEFORE)
        self.move(sku, 20)
        self.move(sku, -15, day(25))
        self.list(sku, 55, 55)

    def new_and_rolled(self):
        sku = self.article()
        self.move(sku, 20)
        self.list(sku, 20, 20)

    def moved_after_the_count(self):
        sku = self.article()
        self.list(sku, 50, 50, when=BEFORE)
        self.move(sku, -5, day(30))
        self.list(sku, 50, 50)

    def adjusted_after_the_count_before(self):
        sku = self.article()
        self.list(sku, 500 + self.size(), 500, when=BEFORE)
        self.move(sku, -self.size(), day(2), kind="count_loss", document_ref="PD 09")
        self.list(sku, 500, 500)

    def gain(self):
        sku, size = self.article(), self.size()
        self.list(sku, 1000, 1000, when=BEFORE)
        self.list(sku, 1000, 1, 1000 + size)
        self.plant("warehouse.count_gain", sku, size * 80_00)

    def loss(self):
        sku, size = self.article(), self.size()
        self.list(sku, 1000, 1000, when=BEFORE)
        self.list(sku, 1000, 1000 - size, 1000 - size, cost="2.50")
        self.plant("warehouse.count_loss", sku, -size * 2_50)

    def small_loss(self):
        sku, size = self.article(), self.size()
        self.list(sku, 100 * size, 100 * size, when=BEFORE)
        self.list(sku, 100 * size, 99 * size)
        self.plant("warehouse.count_loss", sku, -size * 80_00)

    def broken(self):
        sku, size = self.article(), self.size()
        self.list(sku, 1000, 1000, when=BEFORE)
        self.move(sku, -10)
        self.list(sku, 990 + size, 990 + size)
        self.plant("warehouse.stock_ledger_break", sku, size * 80_00)

    def broken_and_lost(self):
        sku, size = self.article(), self.size()
        self.list(sku, 1000, 1000, when=BEFORE)
        self.list(sku, 1000 + size, 1000, 1000)
        self.plant("warehouse.stock_ledger_break", sku, size * 80_00)
        self.plant("warehouse.count_loss", sku, -size * 80_00)

    def not_counted_again(self):
        sku, size = self.article(), self.size()
        self.list(sku, 1000, 1000, when=BEFORE)
        self.list(sku, 1000, 1000 + size)
        self.plant("warehouse.count_gain", sku, size * 80_00)
        self.plant("warehouse.count_recount_needed", sku)

    def swapped(self):
        over, size = self.article(), self.size()
        short = self.article()
        for sku, sign in ((over, 1), (short, -1)):
            self.list(sku, 1000, 1000, when=BEFORE)
            self.list(sku, 1000, 1000 + sign * size, 1000 + sign * size)
        self.plant("warehouse.count_gain", over, size * 80_00)
        self.plant("warehouse.count_loss", short, -size * 80_00)
        self.plant("warehouse.count_sku_swap", over)

    def below_zero_for_a_while(self):
        sku = self.article()
        self.list(sku, 5, 5, when=BEFORE)
        self.move(sku, -8, day(11))
        self.move(sku, 6, day(20))
        self.list(sku, 3, 3)
        self.plant("warehouse.negative_stock", sku)

    def not_counted(self):
        sku = self.article()
        self.list(sku, 5, None)
        self.plant("warehouse.count_not_counted", sku)

    def listed_twice(self):
        sku = self.article()
        self.list(sku, 5, 5)
        self.list(sku, 3, 2)
        self.plant("warehouse.count_listed_twice", sku)

    def not_on_the_sheet(self):
        sku = self.article()
        if self.dice.random() < 0.5:
            self.list(sku, 5, 5, when=BEFORE)
        else:
            self.move(sku, 5)
        self.plant("warehouse.count_not_on_sheet", sku)

    def sold_out_and_not_on_the_sheet(self):
        sku = self.article()
        self.list(sku, 5, 5, when=BEFORE)
        self.move(sku, -5)

    def drifting(self):
        sku, size = self.article(), self.size()
        self.list(sku, 1000, 999, when=EARLY)
        self.list(sku, 999, 997, when=BEFORE)
        self.list(sku, 997, 1, 997 - size)
        self.plant("warehouse.count_loss", sku, -size * 80_00)
        self.plant("warehouse.stock_drift", sku)

    def without_a_cost(self):
        sku, size = self.article(), self.size()
        self.list(sku, 1000, 1000, when=BEFORE)
        self.list(sku, 1000, 1000 + size, 1000 + size, cost=self.dice.choice((None, "-1.00")))
        self.plant("warehouse.count_gain", sku, 0)
        self.plant("data.cost_missing", sku)

    def counted_below_zero(self):
        sku = self.article()
        self.list(sku, 5, -3)
        self.plant("data.quantity_negative", sku)

    def empty_sheet(self):
        number = f"PD {self.article()}"
        self.others.append(sheet(number, NOW, place=self.place))
        self.plant("data.count_empty", number)

    def movement_of_no_moment(self):
        sku = self.article()
        self.moves.append(move(f"M{len(self.moves)}", None, sku, 5, place=self.place))
        self.moved_on.append(day(11))
        self.plant("data.movement_unplaced", sku)

    def movement_of_no_warehouse(self):
        sku = self.article()
        self.move(sku, -5, place=(self.place[0], None))
        self.plant("data.movement_unplaced", sku)

    def turned_sign(self):
        sku = self.article()
        self.move(sku, 5, kind="reship_out")
        self.list(sku, 5, 5)
        if self.place not in self.turned:
            self.turned.add(self.place)
            self.plant("data.movement_sign", "reship_out")

    STORIES = (
        agreed,
        rolled,
        new_and_rolled,
        moved_after_the_count,
        adjusted_after_the_count_before,
        gain,
        loss,
        small_loss,
        broken,
        broken_and_lost,
        not_counted_again,
        swapped,
        below_zero_for_a_while,
        not_counted,
        listed_twice,
        not_on_the_sheet,
        sold_out_and_not_on_the_sheet,
        drifting,
        without_a_cost,
        counted_below_zero,
        empty_sheet,
        movement_of_no_moment,
        movement_of_no_warehouse,
        turned_sign,
    )


@pytest.fixture
def october():
    """The example of `domain.md` C20: 100 in the book, 98 counted, 80.00 each."""
    return StockCount().run(counts=[sheet("PD1", NOW, line("A", 100, 98))])


def test_two_of_a_hundred_missing_are_a_loss_of_160(october):
    loss = only(october, "warehouse.count_loss")

    assert "-160.00" == str(loss.impact.amount)
    assert {"quantity": "100 -> 98"} == dict(loss.diffs)
    assert "盘点 PD1 商品 A：账面 100，实盘 98，盘亏 -2，金额 -160.00 CNY" == loss.reason_zh
    assert [("stock.count_loss", "PD1", NOW, "160.00")] == [
        (one.kind, one.document, one.occurred_on, str(one.amount.amount)) for one in october.events
    ]


def test_two_more_than_a_hundred_are_a_gain_of_160():
    outcome = StockCount().run(counts=[sheet("PD1", NOW, line("A", 100, 102))])

    assert [("warehouse.count_gain", "A", "160.00")] == found_in(outcome)
    assert [("stock.count_gain", "160.00")] == [(one.kind, str(one.amount.amount)) for one in outcome.events]


@pytest.mark.parametrize("status", ["open", "counted", "recounted"])
def test_a_count_that_is_not_approved_posts_nothing(status):
    outcome = StockCount().run(counts=[sheet("PD1", NOW, line("A", 100, 98), status=status)])

    assert [("warehouse.count_loss", "A", "-160.00")] == found_in(outcome)
    assert 0 == len(outcome.events)


@pytest.mark.parametrize(
    ("book", "counted", "is_wanted"),
    [(100, 98, False), (100, 97, True), (10, 12, False), (300, 297, False), (300, 296, True), (0, "2.5", True)],
)
def test_more_than_two_pieces_and_one_percent_want_a_second_count(book, counted, is_wanted):
    once = StockCount().run(counts=[sheet("PD1", NOW, line("A", book, counted))])
    again = StockCount().run(counts=[sheet("PD1", NOW, line("A", book, counted, counted))])

    assert is_wanted == ("warehouse.count_recount_needed" in {one.type for one in once.discrepancies})
    assert "warehouse.count_recount_needed" not in {one.type for one in again.discrepancies}


def test_how_much_wants_a_second_count_can_be_told():
    counts = [sheet("PD1", NOW, line("A", 100, 99))]

    assert 1 == len(StockCount().run(counts=counts).discrepancies)
    assert 2 == len(StockCount(recount_above=Allowance(units=0)).run(counts=counts).discrepancies)


def test_the_second_count_counts():
    outcome = StockCount().run(counts=[sheet("PD1", NOW, line("A", 100, 50, 99))])

    assert [("warehouse.count_loss", "A", "-80.00")] == found_in(outcome)


def test_a_stated_book_that_the_movements_do_not_make_is_a_break_beside_the_loss():
    """The book says 97, what was counted and moved says 95, 93 are there: 2 are a break, 4 are a loss, 2 are missing in all."""
    outcome = StockCount().run(
        counts=[sheet("PD2", NOW, line("A", 97, 93, 93))],
        previous=[sheet("PD1", BEFORE, line("A", 101, 100))],
        movements=[move("1", day(1), "A", -5), move("2", day(29), "A", -1), move("3", BEFORE, "A", -7)],
    )

    assert [("warehouse.count_loss", "A", "-320.00"), ("warehouse.stock_ledger_break", "A", "160.00")] == found_in(
        outcome
    )
    broken = only(outcome, "warehouse.stock_ledger_break")
    assert {"quantity": "95 -> 97"} == dict(broken.diffs)
    assert ("100", "-5", "2026-09-28") == tuple(broken.evidence[name] for name in ("opening", "moved", "opened_on"))
    assert outcome.proof.holds
    totals = {(check.side, check.name): check.total for check in outcome.proof.checks}
    assert -2 == totals["both", "pieces, actual - expected"]
    assert 95 == totals["book", "pieces rolled forward"]
    assert ["discrepancy", "after the last count", "before the first count"] == outcome.records["movements"][
        "verdict"
    ].to_list()


def test_a_movement_at_the_moment_of_a_count_is_before_it():
    outcome = StockCount().run(
        counts=[sheet("PD2", NOW, line("A", 99, 99))],
        previous=[sheet("PD1", BEFORE, line("A", 100, 100))],
        movements=[move("1", NOW, "A", -1, hour=12), move("2", BEFORE, "A", -3, hour=12)],
    )

    assert [] == found_in(outcome)


def test_a_count_rolls_through_one_that_is_not_approved():
    counts = [sheet("PD2", day(10), line("A", 90, 50, 50), status="counted"), sheet("PD3", NOW, line("A", 85, 85))]
    outcome = StockCount().run(
        counts=counts,
        previous=[sheet("PD1", BEFORE, line("A", 100, 100))],
        movements=[move("1", day(1), "A", -10), move("2", day(11), "A", -5)],
    )

    assert [("warehouse.count_loss", "A", "-3200.00")] == found_in(outcome)
    assert [90, 85] == outcome.lines["rolled"].cast(pl.Int64).to_list()


def test_a_previous_count_that_is_not_approved_is_no_base():
    outcome = StockCount().run(
        counts=[sheet("PD2", NOW, line("A", 70, 70))],
        previous=[sheet("PD1", BEFORE, line("A", 100, 100), status="counted")],
    )

    assert [] == found_in(outcome)
    assert ["earlier count, not approved"] == outcome.records["previous"]["verdict"].to_list()


def test_a_count_that_is_given_as_an_earlier_one_too_counts_once():
    one, two = sheet("PD1", BEFORE, line("A", 100, 98)), sheet("PD2", NOW, line("A", 98, 98))
    outcome = StockCount().run(counts=[one, two], previous=[one])

    assert [("warehouse.count_loss", "A", "-160.00")] == found_in(outcome)
    assert ["given as a count"] == outcome.records["previous"]["verdict"].to_list()


def test_an_adjustment_without_a_document_is_a_movement_like_others():
    outcome = StockCount().run(
        counts=[sheet("PD2", NOW, line("A", 99, 99))],
        previous=[sheet("PD1", BEFORE, line("A", 100, 100))],
        movements=[move("1", day(1), "A", -1, kind="count_loss")],
    )

    assert [] == found_in(outcome)


def test_warehouses_and_books_are_counted_apart():
    places = [("A", "W1"), ("B", "W1"), ("A", "W2"), ("A", None), (None, "W1")]
    outcome = StockCount().run(
        counts=[sheet("PD2", NOW, line("A", 10 + n, 10 + n), place=place) for n, place in enumerate(places)],
        previous=[sheet("PD1", BEFORE, line("A", 10, 10), place=place) for place in places],
        movements=[move(str(n), day(3), "A", n, place=place) for n, place in enumerate(places)],
    )

    assert [] == found_in(outcome)
    assert [0, 1, 2, 3, 4] == outcome.lines["moved"].cast(pl.Int64).to_list()


@pytest.mark.parametrize(
    ("book", "counted", "kind", "impact"),
    [("1.005", "0.5", "loss", "-0.51"), ("0.5", "1.005", "gain", "0.51"), ("0.5", "1.0049", "gain", "0.50")],
)
def test_what_is_not_whole_is_valued_half_up_and_ties(book, counted, kind, impact):
    outcome = StockCount().run(counts=[sheet("PD1", NOW, line("A", book, counted, counted, cost="1.00"))])

    assert [(f"warehouse.count_{kind}", "A", impact)] == found_in(outcome)
    assert outcome.proof.holds
    assert "pieces, in parts of a piece" in {check.name for check in outcome.proof.checks}


def test_each_currency_is_proved():
    outcome = StockCount().run(
        counts=[
            sheet("PD1", NOW, line("A", 5, 4), line("B", 5, 7, code="USD"), line("C", 9, 8, cost="100", code="JPY"))
        ]
    )

    assert outcome.proof.holds
    assert ["JPY", "CNY", "USD"] == [
        one.impact.currency.code for one in sorted(outcome.discrepancies, key=str) if one.impact
    ]


def test_several_articles_that_may_have_been_swapped_are_named_together():
    lines = [line("A", 100, 105, 105), line("B", 100, 95, 95), line("C", 50, 45, 45), line("D", 50, 49)]
    outcome = StockCount().run(counts=[sheet("PD1", NOW, *lines), sheet("PD2", NOW, line("E", 1, 2), place=PLACES[1])])
    swap = only(outcome, "warehouse.count_sku_swap")

    assert ("A", "B,C", "5") == (swap.keys["over"], swap.keys["short"], swap.evidence["pieces_each"])
    assert 0 == swap.impact.amount


def test_a_book_below_zero_is_found_where_only_the_sheet_says_it():
    outcome = StockCount().run(counts=[sheet("PD1", NOW, line("A", -2, 0))])

    assert [("warehouse.count_gain", "A", "160.00"), ("warehouse.negative_stock", "A", "0.00")] == found_in(outcome)
    assert "-2" == only(outcome, "warehouse.negative_stock").evidence["lowest"]


def test_what_comes_and_goes_at_one_moment_is_never_below_zero():
    outcome = StockCount().run(
        counts=[sheet("PD2", NOW, line("A", 0, 0))],
        previous=[sheet("PD1", BEFORE, line("A", 0, 0))],
        movements=[move("1", day(1), "A", -5), move("2", day(1), "A", 5)],
    )

    assert [] == found_in(outcome)


def test_a_drift_needs_its_counts_in_a_row():
    """`domain.md` C17: one piece short, month after month; a month that agrees begins anew."""
    months = [dt.date(2026, month, 28) for month in range(5, 11)]

    def counts(*off):
        return [sheet(f"PD{day:%m}", day, line("A", 100, 100 + by)) for day, by in zip(months, off, strict=True)]

    steady = StockCount().run(counts=counts(*[-1] * 6))
    broken = StockCount().run(counts=counts(-1, -1, -1, 0, -1, -1))
    drift = only(steady, "warehouse.stock_drift")

    assert ("6", "-6", "2026-05-28") == tuple(drift.evidence[name] for name in ("counts", "pieces_off", "since"))
    assert "商品 A 自 2026-05-28 起最近 6 次盘点同向差异，累计 -6" == drift.reason_zh
    assert "warehouse.stock_drift" not in {one.type for one in broken.discrepancies}
    assert "warehouse.stock_drift" in {
        one.type for one in StockCount(drift_counts=2).run(counts=counts(0, 1, -1, 0, -1, -2)).discrepancies
    }


def test_a_sheet_that_lists_a_part_lacks_nothing():
    previous = [sheet("PD1", BEFORE, line("A", 10, 10), line("B", 5, 5))]
    counts = [sheet("PD2", NOW, line("A", 10, 10))]

    assert [] == found_in(StockCount().run(counts=counts, previous=previous, movements=[]))
    assert [("warehouse.count_not_on_sheet", "B", "0.00")] == found_in(
        StockCount(full=True).run(counts=counts, previous=previous, movements=[])
    )


def test_a_period_takes_its_own_counts_and_begins_with_those_before():
    """September's count is set aside in October and still is what October's book begins with."""
    september, november = (
        sheet("PD09", BEFORE, line("A", 100, 90, 90)),
        sheet("PD11", day(28, 11), line("A", 80, 70, 70)),
    )
    october = sheet("PD10", NOW, line("A", 88, 88))
    movements = [move("1", day(3), "A", -3), move("2", day(4, 11), "A", -8)]
    outcome = StockCount(period="2026-10").run(counts=[september, october, november], movements=movements)

    assert [("warehouse.stock_ledger_break", "A", "80.00")] == found_in(outcome)
    assert ["another period", "discrepancy", "another period"] == outcome.records["counts"]["verdict"].to_list()
    assert ["discrepancy", "another period"] == outcome.records["movements"]["verdict"].to_list()
    assert 0 == len(outcome.events)
    assert outcome.proof.holds

    after = StockCount(period="2026-11").run(counts=[], opening=outcome.carry_forward)
    assert [("warehouse.count_loss", "A", "-800.00"), ("warehouse.stock_ledger_break", "A", "80.00")] == found_in(after)
    assert ["PD11"] == [one.document for one in after.events]
    assert after.proof.holds


def test_a_count_of_the_month_after_is_posted_in_that_month_once():
    counted = sheet("PD11", day(10, 11), line("A", 100, 98))
    first = StockCount(period="2026-10").run(counts=[counted])
    waiting = first.carry_forward
    middle = StockCount(period="2026-11", as_of=day(15, 11)).run(counts=[], opening=waiting)
    end = StockCount(period="2026-11").run(counts=[], opening=middle.carry_forward)

    assert ["PD11"] == [one.count_id for one in waiting.later["counts"]]
    assert 0 == len(waiting.sides["counts"])
    assert [0, 1, 0] == [len(outcome.events) for outcome in (first, middle, end)]
    assert [] != found_in(middle)
    assert found_in(middle) == found_in(end)


def test_a_count_is_posted_by_the_run_that_is_given_it():
    counted = sheet("PD1", NOW, line("A", 100, 98), status="counted")
    first = StockCount(period="2026-10").run(counts=[counted])
    second = StockCount(period="2026-11").run(
        counts=[attrs.evolve(counted, status="approved")], opening=first.carry_forward
    )
    opened = StockCount(as_of=NOW).run(counts=[counted])
    approved = StockCount(as_of=AS_OF).run(
        counts=[attrs.evolve(counted, status="approved")], opening=opened.carry_forward
    )
    later = StockCount(as_of=day(30, 11)).run(counts=[], opening=approved.carry_forward)

    assert [0, 0, 1, 0] == [len(outcome.events) for outcome in (first, second, approved, later)]
    assert found_in(approved) == found_in(later)


def test_a_count_of_the_month_before_that_is_approved_afterwards_is_posted_once():
    counted = sheet("PD1", NOW, line("A", 100, 98), status="counted")
    approved = attrs.evolve(counted, status="approved")
    october = StockCount(period="2026-10").run(counts=[counted])

    def november(given, before):
        opening = attrs.evolve(before.carry_forward, opens_on=dt.date(2026, 11, 1))
        return StockCount(period="2026-11").run(counts=given, opening=opening)

    first = november([approved], october)
    again = november([approved], first)
    changed = november([attrs.evolve(approved, lines=(*approved.lines, line("B", 3, 3)))], first)

    assert [("stock.count_loss", day(NOW.day), 1)] == [
        (one.kind, one.occurred_on, len(first.events)) for one in first.events
    ]
    assert found_in(october) == found_in(first)
    assert [0, 0, 0] == [len(outcome.events) for outcome in (october, again, changed)]
    assert all(outcome.proof.holds for outcome in (october, first, again, changed))


def test_old_settled_counts_are_forgotten_and_the_base_is_not():
    """What is remembered is enough to roll forward, and does not grow with years of counts that agree."""
    opening = None
    for month in range(1, 13):
        when = dt.date(2025, month, 28)
        stock = 100 - month
        outcome = StockCount(as_of=when, memory_days=60).run(
            counts=[sheet(f"PD{month}", when, line("A", stock, stock))],
            movements=[move(f"M{month}", dt.date(2025, month, 5), "A", -1)],
            opening=opening,
        )
        opening = outcome.carry_forward

        assert [] == found_in(outcome)
        assert month == 1 or 1 == sum(outcome.lines.filter(pl.col("count_id") == f"PD{month}")["moved"].is_not_null())
    assert {"counts": 3, "previous": 0, "movements": 2} == {name: len(side) for name, side in opening.sides.items()}


def test_two_records_of_one_sheet_are_its_pages():
    outcome = StockCount().run(
        counts=[sheet("PD1", NOW, line("A", 5, 5)), sheet("PD1", NOW, line("B", 5, 5), line("A", 5, 4))]
    )

    assert [("warehouse.count_listed_twice", "A", "0.00")] == found_in(outcome)
    assert "2" == only(outcome, "warehouse.count_listed_twice").evidence["lines"]


def test_one_count_is_no_drift():
    with pytest.raises(InputError, match="two counts or more, got 1"):
        StockCount(drift_counts=1)


def test_another_record_is_refused():
    with pytest.raises(InputError):
        StockCount().run(counts=[move("1", NOW, "A", 1)])


def test_a_check_of_the_caller_sees_lines():
    def dear(sides):
        rows = sides["counts"].filter(pl.col("unit_cost_minor") > 100_00)
        return rows.select(pl.lit("counts").alias("side"), "row", pl.format("{} is dear", "sku").alias("reason"))

    outcome = StockCount(own_checks={"dear": dear}).run(
        counts=[sheet("PD1", NOW, line("A", 5, 5, cost="100.01"), line("B", 5, 5, cost="100.00"))]
    )

    assert [("custom.dear", "A is dear")] == [(one.type, one.reason) for one in outcome.discrepancies]
    assert "PD1" == only(outcome, "custom.dear").keys["count_id"]


def test_the_first_sheet_of_a_warehouse_begins_with_what_it_states_and_later_ones_with_nothing_new():
    counts = [sheet("PD1", BEFORE, line("A", 10, 10)), sheet("PD2", NOW, line("A", 10, 10), line("B", 3, 3))]
    outcome = StockCount(full=True).run(counts=counts, movements=[])

    assert [("warehouse.stock_ledger_break", "B", "240.00")] == found_in(outcome)
    assert [None, 10, 0] == outcome.lines["rolled"].cast(pl.Int64).to_list()


def test_what_a_sheet_lacks_is_what_was_counted_and_moved_since():
    outcome = StockCount(full=True).run(
        counts=[sheet("PD2", NOW, line("A", 10, 10))],
        previous=[sheet("PD1", BEFORE, line("A", 10, 10), line("B", 5, 5))],
        movements=[
            move("1", BEFORE, "B", -3),
            move("2", day(3), "B", -1),
            move("3", day(29), "B", -1),
            move("4", day(4), "B", -2, kind="count_loss", document_ref="PD1"),
        ],
    )

    assert [("warehouse.count_not_on_sheet", "B", "0.00")] == found_in(outcome)
    assert "4" == only(outcome, "warehouse.count_not_on_sheet").evidence["book"]


@pytest.mark.parametrize("step", [1, -1])
def test_a_sheet_of_two_moments_is_asked_at_the_first_whatever_the_order_of_its_pages(step):
    pages = [sheet("PD2", day(number), line(sku, 10, 10)) for sku, number in (("A", 10), ("C", 20))]
    outcome = StockCount(full=True).run(
        counts=pages[::step],
        previous=[sheet("PD1", BEFORE, line("A", 10, 10), line("C", 10, 10), line("B", 5, 5))],
        movements=[move("1", day(15), "B", -5)],
    )

    assert [("warehouse.count_not_on_sheet", "B", "0.00")] == found_in(outcome)


def test_a_loss_says_what_was_counted_in_words():
    outcome = StockCount().run(counts=[sheet("PD1", NOW, line("A", 100, 98))])

    assert (
        "A in count PD1: the book states 100, counted 98, a difference of -2 worth -160.00 CNY"
        == only(outcome, "warehouse.count_loss").reason
    )


@pytest.mark.parametrize("full", [False, True])
def test_where_no_movements_are_known_the_book_is_what_the_sheet_states(full):
    first = sheet("PD1", BEFORE, line("A", 10, 10), line("B", 4, 4))
    second = sheet("PD2", NOW, line("A", 7, 6), line("C", 3, 3))
    run = StockCount(full=full).run

    for sides in ({"counts": [first, second]}, {"counts": [second], "previous": [first]}):
        assert [("warehouse.count_loss", "A", "-80.00")] == found_in(run(**sides))
        assert "warehouse.stock_ledger_break" in [kind for kind, *_ in found_in(run(**sides, movements=[]))]
