"""After-sales: what may be refunded of an order whose records say little, and what no side says is not claimed."""

from decimal import Decimal

import attrs
import pytest
from after_sales_world import AS_OF, at, bill, case, day_of, movement, order, refund, yuan

from tieout.model import OrderLine, Payment
from tieout.reconciliations import AfterSales


def found(**sides):
    outcome = AfterSales(as_of=AS_OF).run(**{"refunds": [], **sides})
    assert outcome.proof.holds
    return sorted((one.type.removeprefix("aftersale."), str(one.impact.amount)) for one in outcome.discrepancies)


def article(sub, minor, sku):
    price = None if minor is None else yuan(minor)
    return OrderLine(platform_sub_order_id=sub, sku=sku, quantity=Decimal(1), unit_price=price, line_paid=price)


def refunded(minor, **fields):
    return {"refunds": [refund("R", "A", minor, **fields)], "transactions": [bill("R", "A", minor)]}


@pytest.mark.parametrize(
    ("paid", "expected"), [((6000, 4000), []), ((6000, 3000), [("refund_exceeds_paid", "10.00")]), ((6000, None), [])]
)
def test_of_a_sub_order_of_several_articles_as_much_may_be_refunded_as_all_of_them_cost(paid, expected):
    lines = tuple(article("a", minor, sku) for minor, sku in zip(paid, "XY", strict=True))
    sold = order("A", 20000, lines=(*lines, article("b", 10000, "Z")), goods_amount=yuan(20000))

    assert expected == found(orders=[sold], **refunded(10000, platform_sub_order_id="a"))


def test_an_order_with_an_article_without_a_price_may_have_cost_more_than_its_prices():
    lines = (article("a", 10000, "X"), article("b", None, "Y"))
    sold = order("A", 10000, lines=lines, payments=())
    sides = refunded(15000)

    assert [] == found(orders=[sold], **sides)
    stated = attrs.evolve(sold, goods_amount=yuan(10000))
    assert [("refund_exceeds_paid", "50.00")] == found(orders=[stated], **sides)
    paid = attrs.evolve(sold, payments=order("A", 14000).payments)
    assert [("refund_exceeds_paid", "10.00")] == found(orders=[paid], **sides)


@pytest.mark.parametrize(
    ("quality", "charged", "expected"),
    [(True, 0, []), (False, 0, [("refund_exceeds_paid", "10.00")]), (True, 1000, [("refund_exceeds_paid", "10.00")])],
)
def test_the_way_back_of_goods_of_bad_quality_is_refunded_on_top(quality, charged, expected):
    cause = {"responsible_party": "internal"} if quality else {}
    sold = order("A", 10000, freight_charged=yuan(charged))
    back = {"returns": [case("C", "A", "return_refund", **cause)], "movements": [movement("M", "A", return_id="C")]}
    amount = 11000 + charged
    parts = {"goods": yuan(10000), "freight": yuan(1000)}

    assert expected == found(orders=[sold], **back, **refunded(amount, return_id="C", **parts))


CASES = {
    "exchange_not_shipped": ("exchange", {"status": "received", "received_at": at(day_of(8))}),
    "lost_not_settled": ("lost", {"status": "approved"}),
    "reship_not_shipped": ("reship", {"status": "approved"}),
    "repair_overdue": ("repair", {"status": "received", "received_at": at(day_of(1))}),
}


@pytest.mark.parametrize("kind", CASES)
def test_what_left_is_asked_only_where_parcels_or_stock_are_given(kind):
    of_kind, fields = CASES[kind]
    cases = [case("C", "A", of_kind, day=1, **fields)]

    assert [] == found(returns=cases)
    for goods in ("shipments", "movements"):
        assert [(kind, "0.00")] == found(returns=cases, **{goods: []})


@pytest.mark.parametrize(("status", "expected"), [("refunded", []), ("awaiting_return", ["refund_without_return"])])
def test_goods_are_away_without_parcels_and_stock_only_where_the_case_says_so(status, expected):
    sides = refunded(5000, return_id="C")
    cases = [case("C", "A", "return_refund", status=status)]

    assert expected == [kind for kind, _ in found(returns=cases, **sides)]
    assert ["refund_without_return"] == [kind for kind, _ in found(returns=cases, movements=[], **sides)]


def test_the_books_have_no_case_too_many_where_none_of_the_platform_is_given():
    booked = [case("C", "A", "return_refund")]

    assert [] == found(erp_returns=booked)
    assert [("extra_in_erp", "0.00")] == found(erp_returns=booked, returns=[])


def test_tax_on_top_of_the_price_is_refunded_with_the_line():
    """A line of 100.00 with 8.00 of tax that the order adds: the buyer paid 108.00 for it."""
    sale = order(
        "A1",
        10_000,
        code="USD",
        tax_included=False,
        added_tax=yuan(800, "USD"),
        payments=(Payment(channel="card", amount=yuan(10_800, "USD")),),
    )
    back = refund("R1", "A1", 10_800, code="USD", channel="card", platform_sub_order_id="A1-1")
    outcome = AfterSales(as_of=AS_OF).run(
        refunds=[back], orders=[sale], transactions=[bill("R1", "A1", 10_800, code="USD")]
    )

    assert [] == [one.type for one in outcome.discrepancies]
