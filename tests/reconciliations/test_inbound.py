"""Inbound: what documents order, announce and bill against what moved in the warehouse."""

import datetime as dt
import random
from decimal import Decimal

import attrs
import polars as pl
import pytest
from _suite import ReconciliationSuite, World
from goods_world import SHANGHAI, at
from moneyed import Money

from tieout.errors import InputError
from tieout.model import Provenance, StockDocument, StockDocumentLine, StockMovement
from tieout.reconciliations import DueRule, Inbound

AS_OF = dt.date(2026, 1, 31)
PRICE = 800


def day(number):
    return dt.date(2026, 1, number)


def line(sku="A", count=10, price="8.00", **more):
    return StockDocumentLine(
        sku=sku, quantity=Decimal(count), unit_price=None if price is None else Money(price, "CNY"), **more
    )


def paper(kind, number, issued, *lines, **more):
    fields = {"supplier": "Acme", "warehouse": "Hangzhou"}
    return StockDocument(
        kind=kind,
        document_id=number,
        issued_on=day(issued) if isinstance(issued, int) else issued,
        lines=lines,
        **(fields | more),
    )


def move(number, when, ref, sku="A", count=10, kind="purchase_in", cost="8.00", **more):
    fields = {"warehouse": "Hangzhou", "occurred_at": at(when)}
    return StockMovement(
        movement_id=number,
        type=kind,
        sku=sku,
        quantity=Decimal(count),
        unit_cost=None if cost is None else Money(cost, "CNY"),
        document_ref=ref,
        **(fields | more),
    )


def inbound(**more):
    return Inbound(**({"as_of": AS_OF} | more))


def run(documents, movements, leaf=None):
    return (leaf or inbound()).run(documents=documents, movements=movements)


def found(outcome, key="sku"):
    assert [] == list(outcome.proof.failures)
    return sorted((one.type, one.keys.get(key, "-"), str(one.impact.amount)) for one in outcome.discrepancies)


def types(outcome):
    return [kind.partition(".")[2] for kind, *_ in found(outcome)]


def filed(when):
    """The day of the file that has it: one comes in the middle of the month, and one at its end."""
    return day(16 if when <= 16 else 31)


class TestInbound(ReconciliationSuite):
    elsewhere = ReconciliationSuite.elsewhere | {"data.document_conflict", "warehouse.inbound_not_billed"}
    compared = frozenset({"batch"})

    def world(self, dice: random.Random) -> World:
        books = Books(dice)
        for _ in range(dice.randint(0, 5)):
            dice.choice(books.STORIES)(books)
        return World(
            reconciliation=inbound(),
            sides={"documents": books.papers, "movements": books.moves},
            arrives={"documents": books.issued_on, "movements": books.moved_on},
            planted=books.planted,
            named_by=("sku", "movement_id", "document_id", "warehouse"),
        )


def test_of_two_versions_of_one_date_one_counts_and_that_is_said_but_not_of_two_dates():
    same = [paper("purchase_order", "PO1", 2, line(count=count)) for count in (10, 12)]
    later = [paper("purchase_order", "PO1", issued, line(count=count)) for issued, count in ((2, 12), (3, 10))]
    moves = [move("M1", 5, "PO1", count=10)]
    outcome, other_way = (run(papers, moves) for papers in (same, same[::-1]))

    assert ["document_conflict", "inbound_qty_mismatch"] == types(outcome)
    assert found(outcome) == found(other_way)
    assert [] == types(run(later, moves))


def test_versions_of_one_date_are_said_in_their_own_period_only():
    same = [paper("supplier_invoice", "IN1", 2, line(count=count)) for count in (10, 12)]

    assert "document_conflict" in types(run(same, [], inbound(period="2026-01")))
    assert [] == types(run(same, [], inbound(period="2026-02", as_of=dt.date(2026, 2, 28))))


def test_an_article_beyond_the_order_is_said_to_be_on_no_document():
    order = paper("purchase_order", "PO1", 2, line())
    outcome = run([order], [move("M1", 5, "PO1"), move("M2", 5, "PO1", "B", 3)])

    (one,) = outcome.discrepancies
    assert "purchase PO1: 3 of B came in, which no document of it names" == one.reason
    assert "采购单 PO1：入库 B 3 件，单据无此商品" == one.reason_zh


class Books:
    """Books that are written story by story, each with documents, movements and articles of its own."""

    def __init__(self, dice):
        self.dice = dice
        self.papers, self.moves = [], []
        self.issued_on, self.moved_on = [], []
        self.planted = []
        self.count = 0

    def begin(self):
        self.count += 1
        return f"S{self.count}"

    def paper(self, kind, issued, *lines, name=None, arrives=None, **more):
        number = name or f"{kind[0].upper()}{self.count}"
        self.papers.append(paper(kind, number, issued, *lines, **more))
        self.issued_on.append(filed(arrives or (issued if isinstance(issued, int) else 1)))
        return number

    def order(self, *lines, issued=2, **more):
        return self.paper("purchase_order", issued, *lines, name=f"PO{self.count}", **more)

    def note(self, order, *lines, issued=4, **more):
        return self.paper("delivery_note", issued, *lines, order_ref=order, **{"name": f"DN{self.count}", **more})

    def bill(self, order, *lines, issued=10, **more):
        return self.paper("supplier_invoice", issued, *lines, **{"name": f"IN{self.count}", "order_ref": order, **more})

    def move(self, when, ref, sku, count=10, kind="purchase_in", **more):
        number = f"M{len(self.moves)}"
        self.moves.append(move(number, when, ref, sku, count, kind, **more))
        self.moved_on.append(filed(when))
        return number

    def plant(self, kind, name, impact=0):
        self.planted.append((kind, name, impact))

    def as_ordered(self):
        sku = self.begin()
        number = self.order(line(sku))
        note = self.note(number, line(sku, price=None))
        self.move(self.dice.randint(4, 8), self.dice.choice([number, note]), sku)
        self.bill(self.dice.choice([number, note]), line(sku, tax_rate=Decimal("0.13")))

    def in_parts(self):
        sku = self.begin()
        number = self.order(line(sku), line(f"{sku}-2", 4, "2.50"))
        first = self.note(number, line(sku, 6, None), name=f"DN{self.count}-1")
        second = self.note(number, line(sku, 4, None), line(f"{sku}-2", 4, None), issued=6, name=f"DN{self.count}-2")
        self.move(5, first, sku, 6)
        self.move(7, second, sku, 4)
        self.move(7, second, f"{sku}-2", 4, cost="2.50")

    def without_an_order(self):
        sku = self.begin()
        self.move(5, self.note(None, line(sku)), sku)

    def not_promised_yet(self):
        sku = self.begin()
        self.order(line(sku), issued=25)

    def announced_today(self):
        sku = self.begin()
        self.note(self.order(line(sku), issued=20), line(sku), issued=31)

    def missing(self):
        sku = self.begin()
        self.order(line(sku), expected_on=day(10))
        self.plant("warehouse.inbound_missing", sku, -10 * PRICE)

    def lost_on_the_way(self):
        sku = self.begin()
        number = self.order(line(sku))
        self.move(5, self.note(number, line(sku)), sku, 8)
        self.plant("warehouse.inbound_qty_mismatch", sku, -2 * PRICE)

    def not_all_delivered(self):
        sku = self.begin()
        number = self.order(line(sku), expected_on=day(8))
        self.move(5, self.note(number, line(sku, 7)), sku, 7)
        self.plant("warehouse.inbound_qty_mismatch", sku, -3 * PRICE)

    def damaged(self):
        sku = self.begin()
        number = self.order(line(sku))
        note = self.note(number, line(sku))
        self.move(5, note, sku, 9)
        self.move(5, note, sku, 1, condition="C")
        self.plant("warehouse.inbound_qty_mismatch", sku, -PRICE)

    def too_many(self):
        sku = self.begin()
        self.move(5, self.order(line(sku)), sku, 12)
        self.plant("warehouse.inbound_qty_mismatch", sku, 2 * PRICE)

    def closed(self):
        sku = self.begin()
        self.move(5, self.order(line(sku), status="closed"), sku, 7)

    def cancelled(self):
        sku = self.begin()
        self.order(line(sku), status="cancelled")

    def another_article(self):
        sku = self.begin()
        self.move(5, self.order(line(sku)), f"{sku}-X", cost="9.00")
        self.plant("warehouse.inbound_sku_mismatch", f"{sku}-X", 10 * 100)

    def an_article_beyond(self):
        sku = self.begin()
        number = self.order(line(sku))
        self.move(5, number, sku)
        self.move(5, number, f"{sku}-X", 2, cost="9.00")
        self.plant("warehouse.inbound_sku_mismatch", f"{sku}-X", 2 * 900)

    def of_nobody(self):
        sku = self.begin()
        self.move(5, self.dice.choice([None, f"lost {sku}"]), sku)
        self.plant("warehouse.inbound_without_document", sku, 10 * PRICE)

    def sent_back(self):
        sku = self.begin()
        self.move(6, self.paper("purchase_return", 5, line(sku, 3)), sku, -3, "purchase_return_out")

    def not_sent_back(self):
        sku = self.begin()
        self.paper("purchase_return", 5, line(sku, 3))
        self.plant("warehouse.inbound_missing", sku, 3 * PRICE)

    def sent_back_in_part(self):
        sku = self.begin()
        self.move(6, self.paper("purchase_return", 5, line(sku, 3)), sku, -2, "purchase_return_out")
        self.plant("warehouse.inbound_qty_mismatch", sku, PRICE)

    def sent_back_of_nobody(self):
        sku = self.begin()
        self.move(6, None, sku, -3, "purchase_return_out")
        self.plant("warehouse.inbound_without_document", sku, -3 * PRICE)

    def transferred(self, came=10, left=5, arrived=8):
        sku = self.begin()
        number = self.paper("transfer_order", left, line(sku, 10, None), to_warehouse="Wuhan", supplier=None)
        self.move(left, number, sku, -10, "transfer_out")
        if came:
            self.move(arrived, number, sku, came, "transfer_in", warehouse="Wuhan")
        return sku

    def on_its_way(self):
        self.transferred(came=0, left=28)

    def transfer_overdue(self):
        self.plant("warehouse.transfer_in_transit_overdue", self.transferred(came=7), -3 * PRICE)

    def transfer_with_too_much(self):
        self.plant("warehouse.inbound_qty_mismatch", self.transferred(came=11), PRICE)

    def transfer_without_an_order(self):
        sku = self.begin()
        self.move(5, f"T{sku}", sku, -4, "transfer_out")
        self.move(7, f"T{sku}", sku, 4, "transfer_in", warehouse="Wuhan")

    def transfer_from_nowhere(self):
        sku = self.begin()
        self.move(7, f"T{sku}", sku, 4, "transfer_in", warehouse="Wuhan")
        self.plant("warehouse.inbound_without_document", sku, 4 * PRICE)

    def transfer_of_less(self):
        sku = self.begin()
        number = self.paper("transfer_order", 5, line(sku, 12, None), to_warehouse="Wuhan", supplier=None)
        self.move(5, number, sku, -10, "transfer_out")
        self.move(6, number, sku, 10, "transfer_in", warehouse="Wuhan")
        self.plant("warehouse.transfer_order_mismatch", sku)

    def scrapped(self):
        sku = self.begin()
        self.move(6, self.paper("scrap_approval", 5, line(sku, 2), supplier=None), sku, -2, "scrap_out")

    def scrapped_without_approval(self):
        sku = self.begin()
        self.move(6, None, sku, -2, "scrap_out")
        self.plant("warehouse.scrap_without_approval", sku, -2 * PRICE)

    def scrapped_beyond(self):
        sku = self.begin()
        self.move(6, self.paper("scrap_approval", 5, line(sku, 2), supplier=None), sku, -3, "scrap_out")
        self.plant("warehouse.scrap_without_approval", sku, -PRICE)

    def assembled(self):
        sku = self.begin()
        number = self.paper("assembly_order", 5, line(sku, 1), line(f"{sku}-2", -2), supplier=None)
        self.move(6, number, sku, 1, "assemble_in")
        self.move(6, number, f"{sku}-2", -2, "assemble_out")

    def others(self):
        sku = self.begin()
        self.move(6, self.paper("other_in", 5, line(sku, 5), supplier=None, name=f"OI{sku}"), sku, 5, "other_in")
        self.move(6, self.paper("other_out", 5, line(sku, 2), supplier=None, name=f"OO{sku}"), sku, -2, "other_out")
        self.move(6, None, sku, -1, self.dice.choice(["sale_out", "count_loss", "exchange_out"]))

    def dearer(self):
        sku = self.begin()
        number = self.order(line(sku))
        self.move(5, number, sku)
        self.bill(number, line(sku, price="9.00"))
        self.plant("warehouse.inbound_price_mismatch", sku, 10 * 100)

    def billed_and_not_come(self):
        sku = self.begin()
        number = self.order(line(sku), expected_on=day(8))
        self.move(5, number, sku, 8)
        self.bill(number, line(sku))
        self.plant("warehouse.inbound_qty_mismatch", sku, -2 * PRICE)
        self.plant("warehouse.inbound_invoice_mismatch", sku, 2 * PRICE)

    def billed_in_part(self):
        sku = self.begin()
        number = self.order(line(sku))
        self.move(5, number, sku)
        self.bill(number, line(sku, 6))

    def billed_before_it_comes(self):
        sku = self.begin()
        number = self.order(line(sku), issued=25)
        self.bill(number, line(sku), issued=26)

    def billed_in_another_currency(self):
        sku = self.begin()
        number = self.order(line(sku))
        self.move(5, number, sku)
        self.bill(number, attrs.evolve(line(sku), unit_price=Money("1.10", "USD")))
        self.plant("warehouse.inbound_price_mismatch", number)

    def of_another_batch(self):
        sku = self.begin()
        number = self.order(line(sku))
        self.move(5, self.note(number, line(sku, 10, None, batch="B1")), sku, batch="B2")
        self.plant("warehouse.inbound_batch_mismatch", sku)

    def before_its_order(self):
        sku = self.begin()
        number = self.order(line(sku), issued=9)
        self.move(5, number, sku)
        self.plant("warehouse.inbound_date_mismatch", number)

    def later_than_promised(self):
        sku = self.begin()
        number = self.order(line(sku), expected_on=day(10))
        self.move(14, number, sku)
        self.plant("warehouse.inbound_date_mismatch", number)

    def elsewhere(self):
        sku = self.begin()
        self.move(5, self.order(line(sku)), sku, warehouse="Wuhan")
        self.plant("warehouse.inbound_warehouse_mismatch", sku)

    def in_another_month(self):
        sku = self.begin()
        number = self.order(line(sku), issued=dt.date(2025, 12, 20), expected_on=day(5))
        self.move(2, self.note(number, line(sku), issued=dt.date(2025, 12, 31)), sku)
        self.plant("warehouse.period_mismatch", number)

    def costless(self):
        sku = self.begin()
        self.order(line(sku, price=None), expected_on=day(8))
        self.plant("warehouse.inbound_missing", sku)
        self.plant("data.cost_missing", sku)

    def negative(self):
        sku = self.begin()
        self.move(5, self.order(line(sku), line(f"{sku}-2", -1)), sku)
        self.plant("data.quantity_not_positive", f"{sku}-2")

    def of_the_opposite_sign(self):
        sku = self.begin()
        number = self.order(line(sku), expected_on=day(8), warehouse=f"W{sku}")
        self.move(5, number, sku, -10, warehouse=f"W{sku}")
        self.plant("warehouse.inbound_qty_mismatch", sku, -20 * PRICE)
        self.plant("data.movement_sign", f"W{sku}")

    def at_no_time(self):
        sku = self.begin()
        self.move(5, self.order(line(sku)), sku, occurred_at=None)
        self.plant("data.movement_undated", sku)

    def without_lines(self):
        self.begin()
        self.plant("data.document_empty", self.order())

    def of_an_order_that_is_not_there(self):
        sku = self.begin()
        note = self.note(f"gone {sku}", line(sku))
        self.move(5, note, sku)
        self.plant("data.document_missing", note)

    def billed_without_a_price(self):
        sku = self.begin()
        number = self.order(line(sku))
        self.move(5, number, sku)
        self.bill(number, line(sku, price=None))
        self.plant("data.amount_missing", sku)

    def credited(self):
        """Two of ten were not even ordered, and are taken back in pieces or in money."""
        sku = self.begin()
        number = self.order(line(sku, 8))
        self.move(5, number, sku, 8)
        bill = self.bill(number, line(sku))
        credit = {"pieces": line(sku, -2), "money": line("OFF", 1, "-16.00")}[self.dice.choice(["pieces", "money"])]
        self.bill(bill, credit, issued=12, name=f"CN{self.count}")

    def credited_of_nobody(self):
        sku = self.begin()
        self.bill(None, line(sku, -2))
        self.plant("warehouse.inbound_invoice_mismatch", sku, -2 * PRICE)

    def sent_back_and_credited(self):
        sku = self.begin()
        number = self.order(line(sku))
        self.move(5, number, sku)
        self.bill(number, line(sku), issued=6)
        back = self.paper("purchase_return", 7, line(sku, 3), order_ref=number)
        self.move(8, back, sku, -3, "purchase_return_out")
        if self.dice.random() < 0.5:
            self.bill(self.dice.choice([number, back]), line(sku, -3), issued=14, name=f"CN{self.count}")

    STORIES = (
        as_ordered,
        in_parts,
        without_an_order,
        not_promised_yet,
        announced_today,
        missing,
        lost_on_the_way,
        not_all_delivered,
        damaged,
        too_many,
        closed,
        cancelled,
        another_article,
        an_article_beyond,
        of_nobody,
        sent_back,
        not_sent_back,
        sent_back_in_part,
        sent_back_of_nobody,
        transferred,
        on_its_way,
        transfer_overdue,
        transfer_with_too_much,
        transfer_without_an_order,
        transfer_from_nowhere,
        transfer_of_less,
        scrapped,
        scrapped_without_approval,
        scrapped_beyond,
        assembled,
        others,
        dearer,
        billed_and_not_come,
        billed_in_part,
        billed_before_it_comes,
        billed_in_another_currency,
        of_another_batch,
        before_its_order,
        later_than_promised,
        elsewhere,
        in_another_month,
        costless,
        negative,
        of_the_opposite_sign,
        at_no_time,
        without_lines,
        of_an_order_that_is_not_there,
        billed_without_a_price,
        credited,
        credited_of_nobody,
        sent_back_and_credited,
    )


def test_the_short_the_lost_and_the_damaged_of_one_order_are_told_apart():
    """`domain.md` 5.3: over, short and damaged against the purchase order."""
    outcome = run(
        [
            paper("purchase_order", "PO1", 2, line(count=100), expected_on=day(8)),
            paper("delivery_note", "DN1", 4, line(count=90, price=None), order_ref="PO1"),
        ],
        [move("M1", 5, "DN1", count=80), move("M2", 5, "DN1", count=4, condition="C")],
    )

    assert [
        ("damaged", "4", "-32.00"),
        ("lost", "6", "-48.00"),
        ("undelivered", "10", "-80.00"),
    ] == [(one.keys["what"], one.evidence["pieces"], str(one.impact.amount)) for one in outcome.discrepancies]
    assert [("100", "90", "80", "4", "discrepancy")] == outcome.lines.select(
        "ordered", "delivered", "good", "damaged", "verdict"
    ).rows()
    assert outcome.proof.holds


def test_an_invoice_is_held_to_what_came_in_and_to_the_price_of_the_order():
    """Three ways: 100 ordered at 8.00, 90 came in, 95 billed at 8.20."""
    outcome = run(
        [
            paper("purchase_order", "PO1", 2, line(count=100), status="closed"),
            paper("supplier_invoice", "IN1", 10, line(count=95, price="8.20"), order_ref="PO1"),
        ],
        [move("M1", 5, "PO1", count=90)],
    )

    assert [
        ("warehouse.inbound_invoice_mismatch", "A", "40.00"),
        ("warehouse.inbound_price_mismatch", "A", "19.00"),
    ] == found(outcome)
    billed, dear = outcome.discrepancies
    assert ({"quantity": "90 -> 95"}, "IN1", True) == (dict(billed.diffs), billed.keys["invoice_ids"], billed.claimable)
    assert ("760.00", "779.00", True) == (str(dear.expected.amount), str(dear.actual.amount), dear.claimable)
    receipts = next(check for check in outcome.proof.checks if (check.side, check.name) == ("receipts", "amounts"))
    assert 720_00 == receipts.total


def test_a_price_within_the_tolerance_is_absorbed():
    documents = [
        paper("purchase_order", "PO1", 2, line(count=1, price="8.00")),
        paper("supplier_invoice", "IN1", 10, line(count=1, price="8.01"), order_ref="PO1"),
    ]
    outcome = run(documents, [move("M1", 5, "PO1", count=1)])

    assert [] == types(outcome)
    assert 1 == outcome.totals["absorbed by tolerance", "CNY"]
    dearer = attrs.evolve(documents[1], lines=(line(count=1, price="8.02"),))
    assert ["inbound_price_mismatch"] == types(run([documents[0], dearer], [move("M1", 5, "PO1", count=1)]))


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [(15, "not due"), (16, "in transit"), (17, "in transit"), (18, "late"), (24, "late"), (25, "missing")],
)
def test_ordered_goods_are_not_due_in_transit_late_or_missing(as_of, expected):
    outcome = run([paper("purchase_order", "PO1", 2, line(), expected_on=day(16))], [], inbound(as_of=day(as_of)))

    assert [expected] == outcome.carry_forward.items["what"].to_list()
    assert ([] if as_of < 18 else ["inbound_missing"]) == types(outcome)


def test_an_order_that_promises_no_day_has_the_time_that_deliveries_take():
    order = paper("purchase_order", "PO1", 2, line())

    assert [] == types(run([order], [], inbound(as_of=day(17))))
    assert ["inbound_missing"] == types(run([order], [], inbound(as_of=day(18))))
    assert [] == types(run([order], [], inbound(as_of=day(18), lead_days=15)))
    with pytest.raises(InputError, match="not negative"):
        inbound(lead_days=-1)


def test_each_supplier_may_have_its_own_time():
    order = paper("purchase_order", "PO1", 2, line(), expected_on=day(10))

    assert [] == types(run([order], [], inbound(delivered=DueRule(after=30))))


def test_a_transfer_is_in_transit_between_its_two_movements():
    left = [move("M1", 20, "T1", count=-10, kind="transfer_out")]
    arrived = [*left, move("M2", 23, "T1", count=10, kind="transfer_in", warehouse="Wuhan")]
    runs = {as_of: run([], left, inbound(as_of=day(as_of))) for as_of in (26, 27, 31)}

    assert [[], ["transfer_in_transit_overdue"], ["transfer_in_transit_overdue"]] == [
        types(one) for one in runs.values()
    ]
    waits = next(check for check in runs[26].proof.checks if check.name == "actual - expected")
    assert -80_00 == waits.parts["not due or in transit"]
    assert [] == types(run([], arrived))


def test_a_transfer_over_the_end_of_a_month_is_carried_on():
    january = run([], [move("M1", 30, "T1", count=-10, kind="transfer_out")], Inbound(period="2026-01"))
    arrival = move("M2", 1, "T1", count=10, kind="transfer_in", occurred_at=dt.datetime(2026, 2, 2, 9, tzinfo=SHANGHAI))
    february = Inbound(period="2026-02").run(documents=[], movements=[arrival], opening=january.carry_forward)

    assert ["in transit"] == january.carry_forward.items["what"].to_list()
    assert [] == types(january)
    assert [] == types(february)


def test_a_transfer_that_is_read_again_with_another_word_is_still_overdue():
    """Nothing of its unit is of February but what was carried, and what is read anew in its place."""
    left = move("M1", 10, "T1", count=-10, kind="transfer_out")
    january = run([], [left], Inbound(period="2026-01"))
    opening = attrs.evolve(january.carry_forward, opens_on=dt.date(2026, 2, 1))
    february = Inbound(period="2026-02").run(documents=[], movements=[attrs.evolve(left, batch="B9")], opening=opening)

    assert ["transfer_in_transit_overdue"] == types(january) == types(february)
    assert [True] == february.records["movements"]["is_opening"].to_list()


def test_a_movement_that_names_no_warehouse_counts_once_however_often_it_is_read():
    """Who has one warehouse may not say which: the same file that is read again in the next month is not more goods."""
    order = paper("purchase_order", "PO1", 20, line())
    came = move("M1", 30, "PO1", warehouse=None)
    opening = attrs.evolve(run([order], [came], Inbound(period="2026-01")).carry_forward, opens_on=dt.date(2026, 2, 1))

    for again in (came, attrs.evolve(came, batch="B9")):
        february = Inbound(period="2026-02").run(documents=[], movements=[again], opening=opening)
        assert [] == types(february)
    assert [] == types(run([order], [came, came]))


def test_announced_in_one_month_and_booked_in_the_next_is_a_mismatch_of_periods():
    documents = [
        paper("purchase_order", "PO1", 20, line()),
        paper("delivery_note", "DN1", 31, line(), order_ref="PO1"),
    ]
    january = run(documents, [], Inbound(period="2026-01"))
    booked = move("M1", 1, "DN1", occurred_at=dt.datetime(2026, 2, 1, 9, tzinfo=SHANGHAI))
    february = Inbound(period="2026-02").run(documents=[], movements=[booked], opening=january.carry_forward)

    assert [] == types(january)
    assert ["period_mismatch"] == types(february)
    (one,) = february.discrepancies
    assert ("2026-01-31", "2026-02-01", "2026-02") == (
        one.evidence["happened_on"],
        one.evidence["booked_on"],
        one.keys["booked_in"],
    )


def test_notes_of_two_suppliers_under_one_number_are_not_mixed():
    documents = [
        paper("purchase_order", "PO1", 2, line("A"), supplier="Acme"),
        paper("purchase_order", "PO2", 2, line("A"), supplier="Bolt"),
        paper("delivery_note", "001", 4, line("A"), supplier="Acme", order_ref="PO1"),
        paper("delivery_note", "001", 4, line("A"), supplier="Bolt", order_ref="PO2"),
    ]
    named = run(documents, [move("M1", 5, "PO1"), move("M2", 5, "PO2", count=8)])
    doubtful = run(documents, [move("M1", 5, "001"), move("M2", 5, "001", count=8)])

    assert [("warehouse.inbound_qty_mismatch", "PO2", "-16.00")] == found(named, "document_id")
    assert ["inbound_missing", "inbound_missing", "inbound_without_document", "inbound_without_document"] == types(
        doubtful
    )
    assert ["Acme,Bolt", "Acme,Bolt"] == [
        one.evidence["suggested"] for one in doubtful.discrepancies if one.type.endswith("without_document")
    ]


def test_an_invoice_that_names_a_note_is_of_the_note_of_its_supplier():
    documents = [
        paper("delivery_note", "001", 4, line("A"), supplier="Acme"),
        paper("delivery_note", "001", 4, line("B"), supplier="Bolt"),
        paper("supplier_invoice", "IN1", 10, line("A", price="9.00"), supplier="Acme", order_ref="001"),
    ]

    outcome = run(documents, [])

    assert ["inbound_invoice_mismatch", "inbound_missing", "inbound_missing", "inbound_price_mismatch"] == types(
        outcome
    )
    assert ["Acme", "Acme"] == [one.keys["supplier"] for one in outcome.discrepancies if "invoice_ids" in one.keys]


def test_the_row_that_a_finding_is_traced_to_does_not_depend_on_their_order():
    lines = [
        attrs.evolve(move(f"M{n}", 5, "PO1", count=4), provenance=Provenance(file="moves.csv", sha256="e" * 64, line=n))
        for n in (2, 3, 4)
    ]
    order = [paper("purchase_order", "PO1", 2, line())]

    outcomes = [run(order, rows, Inbound(period="2026-01")) for rows in (lines, lines[::-1])]

    assert ["moves.csv:2", "moves.csv:2"] == [str(one.discrepancies[0].provenance) for one in outcomes]
    assert outcomes[0].events.to_polars().equals(outcomes[1].events.to_polars())
    (unbilled,) = outcomes[0].events
    assert [(2, 4)] == [(source.line, source.line_end) for source in unbilled.sources]


def test_books_never_mix():
    outcome = run(
        [attrs.evolve(paper("purchase_order", "PO1", 2, line(), expected_on=day(8)), book_id="one")],
        [attrs.evolve(move("M1", 5, "PO1"), book_id="two")],
    )

    assert ["inbound_missing", "inbound_without_document"] == types(outcome)


def test_notes_that_name_each_other_in_a_circle_are_one_delivery():
    documents = [
        paper("delivery_note", "A", 4, line("X", 5), order_ref="B"),
        paper("delivery_note", "B", 4, line("X", 5), order_ref="A"),
    ]

    outcome = run(documents, [move("M1", 5, "A", "X", 5), move("M2", 5, "B", "X", 5)])

    assert ["document_missing", "document_missing"] == types(outcome)


def test_of_two_versions_of_a_document_the_later_counts():
    first = paper("purchase_order", "PO1", 2, line(count=10))
    second = paper("purchase_order", "PO1", 3, line(count=12))

    outcome = run([first, second], [move("M1", 5, "PO1", count=12)])

    assert [] == types(outcome)
    assert ["an older version", "agreed"] == outcome.records["documents"]["verdict"].to_list()


def test_a_carried_document_gives_way_to_the_one_that_is_read_anew():
    first = run([paper("purchase_order", "PO1", 2, line())], [move("M1", 5, "PO1", count=12)])
    second = inbound().run(
        documents=[paper("purchase_order", "PO1", 2, line(count=12))], movements=[], opening=first.carry_forward
    )

    assert ["inbound_qty_mismatch"] == types(first)
    assert [] == types(second)
    assert ["gone"] == second.compare(first)["change"].to_list()


def test_what_agreed_long_ago_is_forgotten_whole():
    documents = [
        paper("purchase_order", "PO1", 2, line()),
        paper("delivery_note", "DN1", 4, line(), order_ref="PO1"),
        paper("supplier_invoice", "IN1", 9, line(), order_ref="PO1"),
    ]
    opening = run(documents, [move("M1", 5, "DN1")]).carry_forward
    for when in (2, 4, 5, 6, 9, 12):
        outcome = inbound(as_of=dt.date(2026, 4, when)).run(documents=[], movements=[], opening=opening)
        opening = outcome.carry_forward

        assert [] == types(outcome)
    assert {"documents": 0, "invoices": 0, "movements": 0} == {name: len(side) for name, side in opening.sides.items()}


def test_batches_of_the_delivery_note_go_before_those_of_the_order():
    documents = [
        paper("purchase_order", "PO1", 2, line(batch="B0")),
        paper("delivery_note", "DN1", 4, line(count=6, batch="B1"), line(count=4, batch="B2"), order_ref="PO1"),
    ]
    right = [move("M1", 5, "DN1", count=6, batch="B1"), move("M2", 5, "DN1", count=4, batch="B2")]
    turned = [move("M1", 5, "DN1", count=4, batch="B1"), move("M2", 5, "DN1", count=6, batch="B2")]

    assert [] == types(run(documents, right))
    (one,) = run(documents, turned).discrepancies
    assert ("warehouse.inbound_batch_mismatch", {"batch": "B1: 6, B2: 4 -> B1: 4, B2: 6"}) == (
        one.type,
        dict(one.diffs),
    )


def test_parts_of_a_piece_tie_to_the_cent():
    outcome = run(
        [
            paper("purchase_order", "PO1", 2, line(count="1.5", price="0.33")),
            paper("supplier_invoice", "IN1", 10, line(count="1.5", price="0.33"), order_ref="PO1"),
        ],
        [move("M1", 5, "PO1", count="0.75"), move("M2", 5, "PO1", count="0.75")],
    )

    assert [] == types(outcome)
    assert outcome.proof.holds


def test_what_was_billed_and_what_was_not_are_posted():
    """`domain.md` 7.4: V-35 has 800.00 and 13 % of VAT on an invoice, V-35b 800.00 without one at the month's end."""
    documents = [
        paper("purchase_order", "PO1", 2, line(count=100)),
        paper("supplier_invoice", "IN1", 10, line(count=100, tax_rate=Decimal("0.13")), order_ref="PO1"),
        paper("purchase_order", "PO2", 2, line("B", 100)),
        paper("purchase_return", "R1", 12, line("A", 3)),
        paper("scrap_approval", "S1", 12, line("A", 2)),
    ]
    moves = [
        move("M1", 5, "PO1", count=100),
        move("M2", 5, "PO2", "B", count=100),
        move("M3", 13, "R1", count=-3, kind="purchase_return_out"),
        move("M4", 13, "S1", count=-2, kind="scrap_out", cost="7.50"),
    ]
    outcome = run(documents, moves, Inbound(period="2026-01"))

    assert [
        ("purchase.invoiced", "IN1", "2026-01-10", "904.00"),
        ("purchase.unbilled", "PO2", "2026-01-31", "800.00"),
        ("stock.purchase_return_out", "R1", "2026-01-13", "24.00"),
        ("stock.scrap_out", "S1", "2026-01-13", "15.00"),
    ] == sorted((one.kind, one.document, str(one.occurred_on), str(one.amount.amount)) for one in outcome.events)
    assert Decimal("0.13") == next(one.tax_rate for one in outcome.events if one.kind == "purchase.invoiced")
    assert outcome.proof.holds


def test_an_invoice_is_posted_once_and_nothing_is_accrued_within_a_period():
    documents = [
        paper("purchase_order", "PO1", 2, line(), line("B")),
        paper("supplier_invoice", "IN1", 10, line(), order_ref="PO1"),
    ]
    first = run(documents, [move("M1", 5, "PO1"), move("M2", 5, "PO1", "B")], inbound(as_of=day(12)))
    second = inbound().run(documents=[], movements=[], opening=first.carry_forward)

    assert ["purchase.invoiced"] == [one.kind for one in first.events]
    assert [] == list(second.events)


def test_a_check_of_ones_own_gets_the_sides():
    def unnamed(sides):
        papers = sides["documents"].filter(pl.col("supplier").is_null())
        return papers.select(pl.lit("documents").alias("side"), "row", pl.lit("who is it from?").alias("reason"))

    outcome = run(
        [paper("purchase_order", "PO1", 25, line(), supplier=None)], [], inbound(own_checks={"nameless": unnamed})
    )

    assert ["nameless"] == types(outcome)


def by_month(documents, movements):
    """What is accrued at the end of each of four months, everything of every month given to the first run."""
    opening, accrued = None, []
    for month in ("2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06"):
        outcome = Inbound(period=month).run(documents=documents, movements=movements, opening=opening)
        assert [] == types(outcome)
        accrued.append([str(one.amount.amount) for one in outcome.events if one.kind == "purchase.unbilled"])
        documents, movements, opening = [], [], outcome.carry_forward
    return accrued


def test_an_invoice_of_the_next_month_bills_nothing_at_the_end_of_this_one():
    """The export of January's end is made in February, with the invoices that came by then."""
    documents = [
        paper("purchase_order", "PO1", 2, line()),
        paper("supplier_invoice", "IN1", dt.date(2026, 2, 5), line(), order_ref="PO1"),
    ]

    assert ["80.00"] == by_month(documents, [move("M1", 5, "PO1")])[0]
    assert [] == by_month(documents, [move("M1", 5, "PO1")])[1]


def test_what_nobody_billed_is_owed_however_long_ago_it_came():
    """The accrual of each month is taken back on the next day: one that is not made again takes the goods out of the books."""
    documents, movements = [paper("purchase_order", "PO1", 2, line())], [move("M1", 5, "PO1")]

    assert [["80.00"]] * 6 == by_month(documents, movements)


def test_an_invoice_that_comes_after_all_was_forgotten_claims_nothing_of_the_supplier():
    first = inbound().run(documents=[paper("purchase_order", "PO1", 2, line())], movements=[move("M1", 5, "PO1")])
    later = inbound(as_of=dt.date(2026, 8, 31)).run(documents=[], movements=[], opening=first.carry_forward)
    late = paper("supplier_invoice", "IN1", dt.date(2026, 9, 5), line(), order_ref="PO1")
    last = inbound(as_of=dt.date(2026, 9, 30)).run(documents=[late], movements=[], opening=later.carry_forward)

    assert [] == types(last)


@pytest.mark.parametrize(
    "billed",
    [
        [line(count=1000, price="1.00"), line(count=300, price="2.00"), line(count=100, price="0.00")],
        [line(count=1000, price="1.00"), line(count=300, price="2.00")],
    ],
    ids=["with the gifts", "without them"],
)
def test_an_article_at_two_prices_with_gifts_is_billed_as_it_was_ordered(billed):
    """1,300 pieces for 1,600.00 and 100 for nothing: no mean of the three is the price of a piece."""
    ordered = [line(count=1000, price="1.00"), line(count=300, price="2.00"), line(count=100, price="0.00")]
    documents = [
        paper("purchase_order", "PO1", 2, *ordered),
        paper("supplier_invoice", "IN1", 10, *billed, order_ref="PO1"),
    ]
    outcome = run(documents, [move("M1", 5, "PO1", count=1400)], Inbound(period="2026-03"))

    assert [] == types(outcome)
    assert [] == [one.kind for one in outcome.events]
    assert [] == types(run(documents, [move("M1", 5, "PO1", count=1400)], Inbound(as_of=dt.date(2026, 12, 31))))


def test_more_than_was_ordered_at_two_prices_is_claimed_at_what_they_come_to():
    ordered = [line(count=10, price="8.00"), line(count=10, price="6.00")]
    documents = [
        paper("purchase_order", "PO1", 2, *ordered),
        paper("supplier_invoice", "IN1", 10, *ordered, line(count=2, price="7.00"), order_ref="PO1"),
    ]

    assert [("warehouse.inbound_invoice_mismatch", "A", "14.00")] == found(
        run(documents, [move("M1", 5, "PO1", count=20)])
    )


def test_parts_of_a_piece_that_come_ten_times_tie_to_the_cent():
    """Ten times half a piece at 3.33 is 16.65, not ten times 1.67."""
    documents = [
        paper("purchase_order", "PO1", 2, line(count="5", price="3.33")),
        paper("supplier_invoice", "IN1", 10, line(count="5", price="3.33"), order_ref="PO1"),
    ]
    outcome = run(documents, [move(f"M{number}", 5, "PO1", count="0.5", cost="3.33") for number in range(10)])

    assert [] == types(outcome)
    assert 0 == outcome.totals["absorbed by tolerance", "CNY"]


def test_an_invoice_in_another_currency_than_its_order_is_posted_as_it_is_billed():
    foreign = attrs.evolve(line(), unit_price=Money("1.10", "USD"))
    documents = [
        paper("purchase_order", "PO1", 2, line()),
        paper("supplier_invoice", "IN1", 10, foreign, order_ref="PO1"),
    ]
    outcome = run(documents, [move("M1", 5, "PO1")], Inbound(period="2026-01"))

    assert ["inbound_price_mismatch"] == types(outcome)
    assert [("purchase.invoiced", Money("11.00", "USD"))] == [(one.kind, one.amount) for one in outcome.events]


@pytest.mark.parametrize(("part", "open_"), [(0, "-600.00"), (1, "-1000.00")])
def test_a_first_invoice_of_an_article_at_two_prices_is_of_the_price_that_it_bills(part, open_):
    """1,000 at 1.00 and 300 at 2.00 are billed one after the other: neither is off by the mean of the two."""
    ordered = [line(count=1000, price="1.00"), line(count=300, price="2.00")]
    documents = [
        paper("purchase_order", "PO1", 2, *ordered),
        paper("supplier_invoice", "IN1", 10, ordered[part], order_ref="PO1"),
    ]
    outcome = run(documents, [move("M1", 5, "PO1", count=1300)], Inbound(as_of=dt.date(2026, 6, 30)))

    month = run(documents, [move("M1", 5, "PO1", count=1300)], Inbound(period="2026-01"))

    assert [("warehouse.inbound_invoice_mismatch", "A", open_)] == found(outcome)
    assert [open_.lstrip("-")] == [str(one.amount.amount) for one in month.events if one.kind == "purchase.unbilled"]


def billed_elsewhere():
    """A purchase that nobody billed, and another that its supplier did."""
    documents = [
        paper("purchase_order", "PO1", 2, line()),
        paper("purchase_order", "PO2", 2, line("B")),
        paper("supplier_invoice", "IN2", 10, line("B"), order_ref="PO2"),
    ]
    return documents, [move("M1", 5, "PO1"), move("M2", 5, "PO2", "B")]


@pytest.mark.parametrize(("as_of", "expected"), [((3, 5), []), ((3, 6), ["inbound_not_billed"])])
def test_what_came_in_long_ago_and_nobody_bills_is_said(as_of, expected):
    """It is due after 30 days and missing after another 30, as what was billed in part is."""
    outcome = run(*billed_elsewhere(), inbound(as_of=dt.date(2026, *as_of)))

    assert expected == types(outcome)
    assert ["PO1"] * len(expected) == [one.keys["document_id"] for one in outcome.discrepancies]


def test_books_without_any_invoice_say_nothing_of_goods_that_nobody_bills():
    documents, movements = billed_elsewhere()
    old = inbound(as_of=dt.date(2026, 12, 31))
    others = [attrs.evolve(one, book_id="two") for one in documents[2:]]

    assert [] == types(run(documents[:2], movements, old))
    assert "inbound_not_billed" not in types(run([*documents[:2], *others], movements, old))


def test_who_has_no_invoices_accrues_and_remembers_nothing():
    documents, movements = billed_elsewhere()
    leaf = Inbound(period="2026-01", accrues=False)
    first = run(documents[:2], movements, leaf)
    later = attrs.evolve(leaf, period="2026-06").run(documents=[], movements=[], opening=first.carry_forward)

    assert [] == list(first.events) == types(first) == types(later)
    assert {"documents": 0, "invoices": 0, "movements": 0} == {
        name: len(side) for name, side in later.carry_forward.sides.items()
    }


def test_an_own_invoice_of_price_nothing_ends_what_is_never_billed():
    documents, movements = billed_elsewhere()
    own = paper("supplier_invoice", "OWN1", dt.date(2026, 5, 2), line(price="0.00"), order_ref="PO1")
    january = run(documents, movements, Inbound(period="2026-01"))
    april = Inbound(period="2026-04").run(documents=[], movements=[], opening=january.carry_forward)
    may = Inbound(period="2026-05").run(documents=[own], movements=[], opening=april.carry_forward)

    assert ["80.00"] == [str(one.amount.amount) for one in april.events]
    assert [("warehouse.inbound_price_mismatch", "A", "-80.00")] == found(may)
    assert [] == list(may.events)
