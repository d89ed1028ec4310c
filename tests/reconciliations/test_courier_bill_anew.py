"""A courier writes a bill anew: the newer file is the bill, nothing of it is charged twice, and the books get the difference."""

from datetime import date
from decimal import Decimal

import attrs
import pytest
from courier_world import PER_KG, card, charge, found, shipment
from moneyed import Money
from spread_worlds import assert_same, spread

from tieout.model import CourierInvoice, Provenance
from tieout.reconciliations import CourierBill

CARD = card(PER_KG)
NUMBERS = [f"YT{7000 + 37 * at}" for at in range(10)]
WEIGHED_HEAVIER = {NUMBERS[1], NUMBERS[2]}
RIGHT = dict.fromkeys(NUMBERS, "10")
BILLED = {number: "20" if number in WEIGHED_HEAVIER else "10" for number in NUMBERS}
OLD, NEW = ("b1.csv", "a"), ("b1 (1).csv", "b")


def lines(amounts, file, *, bill="B1"):
    name, digit = file
    return [
        charge(
            number,
            amount,
            str(int(amount) // 10),
            bill_no=bill,
            provenance=Provenance(file=name, sha256=digit * 64, line=at),
        )
        for at, (number, amount) in enumerate(amounts.items(), start=2)
    ]


def head(amounts, file, *, bill="B1"):
    name, digit = file
    total = Money(sum(map(int, amounts.values())), "CNY")
    return CourierInvoice(
        bill_no=bill,
        carrier="zto",
        currency="CNY",
        total=total,
        period_start=date(2026, 1, 1),
        period_end=date(2026, 1, 31),
        provenance=Provenance(file=name, sha256=digit * 64, line=1),
    )


class Months:
    """Closes of months that follow each other."""

    def __init__(self, *, buckets=None):
        self.buckets = buckets
        self.opening = None
        self.events = []

    def close(self, month, charges, invoices, shipments=()):
        year, number = map(int, month.split("-"))
        after = date(year, number + 1, 1)
        bill = CourierBill(rate_card=CARD, period=month)
        sides = {"shipments": list(shipments), "charges": charges, "invoices": invoices, "returns": []}
        if self.buckets:
            outcome = spread(bill, sides, self.buckets, opening=self.opening).collect()
            assert_same(bill.run(**sides, opening=self.opening), outcome)
        else:
            outcome = bill.run(**sides, opening=self.opening)
        assert outcome.proof.holds, str(outcome.proof)
        self.opening = attrs.evolve(outcome.carry_forward, opens_on=after)
        self.events += outcome.events
        return outcome

    def first(self, amounts=BILLED, *, file=OLD, headed=True):
        parcels = [shipment(number, "0.8") for number in NUMBERS]
        return self.close("2026-01", lines(amounts, file), [head(amounts, file)] if headed else [], parcels)

    def posted(self):
        sums = {}
        for event in self.events:
            sums[event.kind] = sums.get(event.kind, Decimal(0)) + event.amount.amount
        return {kind: amount for kind, amount in sums.items() if amount}


@pytest.mark.parametrize("file", [NEW, ("b1.csv", "b")], ids=["another name", "the same name"])
@pytest.mark.parametrize("headed", [True, False])
@pytest.mark.parametrize("buckets", [None, 3])
def test_a_corrected_bill_takes_the_place_of_the_one_before(file, headed, buckets):
    months = Months(buckets=buckets)
    january = months.first(headed=headed)
    february = months.close("2026-02", lines(RIGHT, file), [head(RIGHT, file)] if headed else [])

    assert [("courier.overweight", "10.00")] * 2 == found(january)
    assert [] == found(february)
    assert {"courier.bill": Decimal(100)} == months.posted()
    (event,) = february.events
    assert ("courier.dispute", "B1 / 2026-02", date(2026, 1, 5 if not headed else 31)) == (
        event.kind,
        event.document,
        event.occurred_on,
    )
    assert [(OLD[0], 3, 4)] == [(each.file, each.line, each.line_end) for each in event.sources]


@pytest.mark.parametrize("headed", [True, False])
def test_a_bill_that_is_downloaded_again_is_one_bill(headed):
    months = Months()
    january = months.first(headed=headed)
    february = months.close("2026-02", lines(BILLED, NEW), [head(BILLED, NEW)] if headed else [])

    assert found(january) == found(february)
    assert [] == list(february.events)


def test_a_bill_in_whose_correction_a_line_is_gone_and_another_is_new():
    months = Months()
    months.first()
    anew = {**dict(list(RIGHT.items())[1:]), "YT9999": "10"}
    february = months.close("2026-02", lines(anew, NEW), [head(anew, NEW)])

    assert [("courier.not_ours", "10.00")] == found(february)
    assert sum(months.posted().values()) - months.posted().get("courier.unbilled", 0) == 100


def test_the_edition_before_may_stay_among_the_files():
    months = Months(buckets=2)
    months.first()
    both = [*lines(BILLED, OLD), *lines(RIGHT, NEW)]
    heads = [head(BILLED, OLD), head(RIGHT, NEW)]

    assert [] == found(months.close("2026-02", both, heads))
    assert [] == found(months.close("2026-03", [], []))
    assert [] == found(months.close("2026-04", lines(BILLED, OLD), [head(BILLED, OLD)]))
    assert [] == found(months.close("2026-05", both, heads))
    assert {"courier.bill": Decimal(100)} == months.posted()


def test_a_bill_may_be_corrected_to_more():
    months = Months()
    months.first(RIGHT)
    heads = [head(RIGHT, OLD), head(BILLED, NEW)]
    february = months.close("2026-02", [*lines(RIGHT, OLD), *lines(BILLED, NEW)], heads)

    assert [("courier.overweight", "10.00")] * 2 == found(february)
    assert {"courier.bill": Decimal(100), "courier.dispute": Decimal(20)} == months.posted()


def test_a_supplement_with_a_total_of_its_own_is_no_bill_anew():
    months = Months()
    months.first()
    more = {f"YT8{at}000": "10" for at in range(5)}
    parcels = [shipment(number, "0.8") for number in more]
    february = months.close("2026-02", lines(more, NEW), [head(more, NEW)], parcels)

    assert [("courier.bill_total_mismatch", "-120.00"), *[("courier.overweight", "10.00")] * 2] == found(february)


def test_a_supplement_that_names_the_same_lines_is_no_bill_anew():
    months = Months()
    months.first(headed=False)
    more = dict.fromkeys(NUMBERS, "2")
    february = months.close("2026-02", [attrs.evolve(one, billed_weight_g=None) for one in lines(more, NEW)], [])

    assert 10 == sum(kind == "courier.duplicate" for kind, _ in found(february))


@pytest.mark.parametrize("amount", ["2", "-10"])
def test_a_supplement_or_a_credit_of_all_lines_with_a_total_of_its_own_is_no_bill_anew(amount):
    months = Months()
    months.first(RIGHT)
    more = dict.fromkeys(NUMBERS, amount)
    february = months.close(
        "2026-02", [attrs.evolve(one, billed_weight_g=None) for one in lines(more, NEW)], [head(more, NEW)]
    )

    assert "the_bill_was_given_anew" not in february.lines["verdict"].to_list()
    posted = months.posted()
    assert 100 + 10 * int(amount) == sum(posted.values()) - posted.get("courier.unbilled", 0)


def test_a_line_that_another_file_of_its_bill_has_again_counts_once():
    months = Months()
    january = months.first(headed=False)
    again = dict(list(BILLED.items())[:6])
    february = months.close("2026-02", lines(again, NEW), [])

    assert found(january) == found(february)
    assert [OLD[0]] * 10 == [one.provenance.file for one in february.carry_forward.sides["charges"]]
    assert [] == list(february.events)


def test_one_line_is_no_bill_to_be_known_again_by_its_lines():
    months = Months()
    (line,) = lines({NUMBERS[0]: "10"}, OLD)
    months.close("2026-01", [line], [], [shipment(NUMBERS[0], "0.8")])
    (again,) = lines({NUMBERS[0]: "10"}, NEW)
    february = months.close("2026-02", [attrs.evolve(again, description="again")], [])

    assert [("courier.duplicate", "10.00")] == found(february)


@pytest.mark.parametrize("buckets", [None, 2])
def test_a_bill_whose_number_is_its_files_is_known_by_its_lines(buckets):
    months = Months(buckets=buckets)
    first, second = lines(BILLED, OLD, bill="a" * 16), lines(RIGHT, NEW, bill="b" * 16)
    months.close(
        "2026-01",
        first,
        [head(BILLED, OLD, bill="a" * 16)],
        [shipment(number, "0.8") for number in NUMBERS],
    )
    february = months.close("2026-02", second, [head(RIGHT, NEW, bill="b" * 16)])

    assert [] == found(february)
    assert {"courier.bill": Decimal(100)} == months.posted()
    assert ["b" * 16 + " / 2026-02"] == [event.document for event in february.events]


def test_a_bill_given_anew_without_a_word_on_periods_is_posted_whole_under_its_own_name():
    parcels = [shipment(number, "0.8") for number in NUMBERS]
    bill = CourierBill(rate_card=CARD)
    first = bill.run(shipments=parcels, charges=lines(BILLED, OLD), invoices=[head(BILLED, OLD)], returns=[])
    again = bill.run(
        shipments=[],
        charges=lines(RIGHT, NEW),
        invoices=[head(RIGHT, NEW)],
        returns=[],
        opening=first.carry_forward,
    )
    (event,) = again.events

    assert ("courier.bill", Decimal(100)) == (event.kind, event.amount.amount)
    assert event.event_id in {one.event_id for one in first.events}


def test_remitted_cash_that_is_listed_again_is_no_more_cash():
    parcels = [shipment(number, "0.8", cod_amount=Money("50.00", "CNY")) for number in NUMBERS[:3]]

    def cash(file):
        name, digit = file
        return [
            charge(
                one.tracking_no,
                "-50.00",
                kind="cod_remittance",
                bill_no="COD-1",
                provenance=Provenance(file=name, sha256=digit * 64, line=at),
            )
            for at, one in enumerate(parcels, start=2)
        ]

    first = CourierBill(rate_card=CARD, period="2026-01").run(
        shipments=parcels, charges=[], returns=[], remittances=cash(OLD)
    )
    opening = attrs.evolve(first.carry_forward, opens_on=date(2026, 2, 1))
    second = CourierBill(rate_card=CARD, period="2026-02").run(
        shipments=[], charges=[], returns=[], remittances=cash(NEW), opening=opening
    )

    assert [Decimal(-150)] == [event.amount.amount for event in first.events if event.kind == "courier.cod_remitted"]
    assert [] == [event for event in second.events if event.kind != "courier.unbilled"]
    assert {kind for kind, _ in found(second)} <= {"courier.unbilled"}
