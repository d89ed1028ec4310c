"""Credit notes and returns to suppliers: what was billed, and was taken back."""

import datetime as dt
from decimal import Decimal

import pytest
from moneyed import Money
from test_inbound import found, inbound, line, move, paper, run, types

from tieout.model import StockDocumentLine
from tieout.posting import Book, post
from tieout.reconciliations import Inbound

ORDER = paper("purchase_order", "PO1", 2, line(count=100), status="closed")
VAT = Decimal("0.13")


def bill(number, issued, *lines, ref="PO1", **more):
    return paper("supplier_invoice", number, issued, *lines, order_ref=ref, **more)


def came(count=95):
    return move("M1", 5, "PO1", count=count)


def off(price, count=1, sku="A"):
    return StockDocumentLine(sku=sku, quantity=Decimal(count), unit_price=Money(price, "CNY"))


@pytest.mark.parametrize("ref", ["PO1", "IN1"])
def test_pieces_that_did_not_come_and_are_credited_are_not_claimed(ref):
    """Ordered and billed 100, received 95, credited 5: a claim of 5 would be false."""
    documents = [ORDER, bill("IN1", 10, line(count=100)), bill("CN1", 12, line(count=-5), ref=ref)]

    assert [("warehouse.inbound_invoice_mismatch", "A", "40.00")] == [
        one for one in found(run(documents[:2], [came()])) if one[0].endswith("invoice_mismatch")
    ]
    assert [] == types(run(documents, [came()]))


def test_a_note_that_signs_its_price_too_credits_as_much():
    documents = [ORDER, bill("IN1", 10, line(count=100)), bill("CN1", 12, off("-8.00", -5))]

    assert [] == types(run(documents, [came()]))


@pytest.mark.parametrize(
    "credit",
    [
        [off("-20.00")],
        [off("-20.00", 0)],
        [off("-0.20", 100)],
        [off("0.20", -100)],
        [off("8.20", -100), off("8.00", 100)],
        [off("-20.00", sku="DISCOUNT")],
    ],
    ids=["a sum", "a sum of no piece", "by piece", "by piece, pieces negative", "red and blue", "of no article"],
)
def test_a_price_that_is_credited_is_not_claimed(credit):
    """Billed 100 at 8.20 instead of 8.00; the credit note may say so in many ways."""
    documents = [ORDER, bill("IN1", 10, line(count=100, price="8.20")), bill("CN1", 12, *credit)]

    assert [("warehouse.inbound_price_mismatch", "A", "20.00")] == found(run(documents[:2], [came(100)]))
    assert [] == types(run(documents, [came(100)]))


@pytest.mark.parametrize(
    ("credit", "expected"),
    [("-40.00", []), ("-16.00", [("warehouse.inbound_invoice_mismatch", "A", "24.00")])],
)
@pytest.mark.parametrize("sku", ["A", "DISCOUNT"])
def test_money_credited_for_pieces_that_did_not_come_is_not_claimed(credit, expected, sku):
    documents = [ORDER, bill("IN1", 10, line(count=100)), bill("CN1", 12, off(credit, sku=sku))]

    assert expected == found(run(documents, [came()]))


def test_one_sum_off_a_whole_order_goes_against_each_article_that_was_too_dear():
    order = paper("purchase_order", "PO1", 2, line("A"), line("B"), line("C"), status="closed")
    dear = [line("A", price="8.10"), line("B", price="8.20"), line("C")]
    documents = [order, bill("IN1", 10, *dear), bill("CN1", 12, off("-3.50", sku="DISCOUNT"))]
    outcome = run(documents, [move(f"M{sku}", 5, "PO1", sku) for sku in "ABC"])

    assert [("warehouse.inbound_price_mismatch", "DISCOUNT", "-0.50")] == found(outcome)
    assert [False] == [one.claimable for one in outcome.discrepancies]


def test_a_credit_note_of_nothing_that_is_there_is_said():
    outcome = run([bill("CN1", 12, line(count=-5), ref="gone"), bill("CN2", 12, line("B", -5), ref=None)], [])

    assert [
        ("data.document_missing", "-", "0.00"),
        ("warehouse.inbound_invoice_mismatch", "A", "-40.00"),
        ("warehouse.inbound_invoice_mismatch", "B", "-40.00"),
    ] == found(outcome)


def test_a_credit_note_of_the_next_month_ends_the_claim():
    january = run([ORDER, bill("IN1", 10, line(count=100))], [came()], Inbound(period="2026-01"))
    note = bill("CN1", dt.date(2026, 2, 3), line(count=-5, tax_rate=VAT), ref="IN1")
    february = Inbound(period="2026-02").run(documents=[note], movements=[], opening=january.carry_forward)

    assert ["40.00"] == [str(one.impact.amount) for one in january.discrepancies if one.claimable]
    assert [] == [one for one in february.discrepancies if one.claimable]
    assert [("purchase.invoiced", "CN1", Money("-45.20", "CNY"))] == [
        (one.kind, one.document, one.amount) for one in february.events
    ]


def back(ref, when=8, count=-5):
    return move("R1", when, ref, count=count, kind="purchase_return_out")


def returned_world(tie):
    """Received and billed 100, of which 5 went back."""
    documents = [ORDER, bill("IN1", 6, line(count=100, tax_rate=VAT))]
    if tie == "movement":
        return documents, [came(100), back("PO1")]
    documents.append(paper("purchase_return", "R1", 8, line(count=5), order_ref=tie))
    return documents, [came(100), back("R1")]


@pytest.mark.parametrize("tie", ["PO1", "IN1", "movement"])
def test_what_went_back_is_to_be_credited_and_not_billed_again(tie):
    documents, moves = returned_world(tie)
    expected = [] if tie != "movement" else ["inbound_without_document"]
    credit = bill("CN1", 12, line(count=-5, tax_rate=VAT), ref="PO1")
    later = inbound(as_of=dt.date(2026, 4, 30))

    assert expected == types(run(documents, moves))
    assert [("40.00", True)] == [
        (str(one.impact.amount), one.claimable)
        for one in run(documents, moves, later).discrepancies
        if one.type.endswith("invoice_mismatch")
    ]
    assert expected == types(run([*documents, credit], moves, later))


def test_a_credit_note_that_names_the_return_is_of_its_purchase():
    documents, moves = returned_world("PO1")
    alone = [paper("purchase_return", "R1", 8, line(count=5)), bill("CN1", 12, line(count=-5), ref="R1")]

    assert [] == types(run([*documents, bill("CN1", 12, line(count=-5), ref="R1")], moves))
    assert [] == types(run(alone, [back("R1")]))


def test_the_credit_of_what_went_back_clears_what_its_return_was_posted_to():
    """V-35 of 100, 5 back, their credit note: 95 are in stock and owed with their tax, and nothing is accrued."""
    documents, moves = returned_world("PO1")
    credit = bill("CN1", 12, line(count=-5, tax_rate=VAT))
    outcome = run([*documents, credit], moves, Inbound(period="2026-01"))

    assert {"inventory": 760, "vat_input": Decimal("98.8"), "ap_other": Decimal("-858.8")} == balances(outcome)


def test_the_credit_of_what_did_not_come_takes_it_out_of_the_stock():
    documents = [ORDER, bill("IN1", 6, line(count=100, tax_rate=VAT)), bill("CN1", 12, line(count=-5, tax_rate=VAT))]
    outcome = run(documents, [came()], Inbound(period="2026-01"))

    assert {"inventory": 760, "vat_input": Decimal("98.8"), "ap_other": Decimal("-858.8")} == balances(outcome)


def balances(outcome):
    """What the vouchers leave on each account by its role, debits positive, the reversal of the next month aside."""
    book = Book(chart="cn_small_business", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")
    sums = {}
    for voucher in post([outcome], book=book, period="2026-01"):
        if voucher.kind != "reversal":
            for entry in voucher.lines:
                amount = entry.debit.amount if entry.debit else -entry.credit.amount
                sums[entry.role] = sums.get(entry.role, 0) + amount
    return {role: amount for role, amount in sums.items() if amount}
