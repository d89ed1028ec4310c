"""What buyers get on top is in the books once, however and whenever the platform settles it: after-sales, settlement and posting."""

import datetime as dt

import pytest
from settlement_world import SHOPS, at, line, order, refund, yuan

from tieout.model import Event, Return
from tieout.posting import Book, post, trial_balance
from tieout.reconciliations import AfterSales, Settlement, Subledgers

SOLD, PAID, NEXT = dt.date(2026, 10, 5), dt.date(2026, 10, 30), dt.date(2026, 11, 3)
MONTHS = {"2026-10": dt.date(2026, 10, 31), "2026-11": dt.date(2026, 11, 30)}
PLATFORM, SHOP = SHOPS[0]
SALE = Event(
    event_id="A",
    kind="sale.shipped",
    occurred_on=SOLD,
    document=f"{PLATFORM} {SHOP} {SOLD}",
    party=PLATFORM,
    shop_id=SHOP,
    amount=yuan(20_000),
)
CASE = Return(
    platform=PLATFORM,
    shop_id=SHOP,
    return_id="C",
    platform_order_id="A",
    kind="compensation",
    status="refunded",
    applied_at=at(PAID),
    approved_at=at(PAID),
    refund_ids=("R",),
)


def closed(lines, *, chart, is_known=True):
    """Two months, reconciled and posted: what the compensation cost by then, and what the receivable is off its ledger."""
    book = Book(chart=chart, currency="CNY", timezone="Asia/Shanghai", taxpayer="general", revenue="on_shipment")
    refunds = [refund("R", "A", PAID, 800, return_id="C")] if is_known else []
    sides = {"orders": [order("A", SOLD, 20_000)], "refunds": refunds}
    settled = told = None
    vouchers, found = [], []
    for period, last in MONTHS.items():
        said, new = {"as_of": last, "period": period}, [one for one in lines if str(one.posted_at)[:7] == period]
        settled = Settlement(**said).run(**sides, lines=new, opening=settled and settled.carry_forward)
        told = AfterSales(**said).run(
            **sides, returns=[CASE] if sides["refunds"] else [], lines=new, opening=told and told.carry_forward
        )
        assert [] == [*settled.proof.failures, *told.proof.failures]
        sides = {"orders": [], "refunds": []}
        vouchers += post([settled, told, *([SALE] if not vouchers else [])], book=book, period=period, posted=vouchers)
        balance = trial_balance(vouchers, book=book, period=period)
        ledger = sum((one.amount for one in Subledgers.receivables(settled, as_of=last)), yuan(0))
        result = [balance.role(role).closing for role in ("aftersale_exp", "revenue", "vat_output")]
        found.append((sum(result, SALE.amount), balance.role("ar_platform").closing - ledger))
    return found


@pytest.mark.parametrize("chart", ["cn_small_business", "cn_enterprise"])
@pytest.mark.parametrize("day", [PAID, NEXT], ids=["in the month", "a month later"])
@pytest.mark.parametrize(
    ("kind", "named"),
    [("sale_refund", {"refund_id": "R"}), ("buyer_compensation", {"refund_id": "R"}), ("buyer_compensation", {})],
    ids=["as a refund", "in a line of its own", "in a line that names nothing"],
)
def test_a_compensation_costs_once_in_its_month_and_what_is_owed_ties(kind, named, day, chart):
    sale = line("sale", "sale", 20_000, SOLD, of="A", settlement_id="S1")
    extra = line("extra", kind, -800, day, of="A", settlement_id="S2", **named)
    assert 2 * [(yuan(800), yuan(0))] == closed([sale, extra], chart=chart)


@pytest.mark.parametrize("chart", ["cn_small_business", "cn_enterprise"])
def test_a_compensation_that_only_the_settlement_knows_costs_once_when_it_is_settled(chart):
    sale = line("sale", "sale", 20_000, SOLD, of="A", settlement_id="S1")
    extra = line("extra", "buyer_compensation", -800, NEXT, of="A", settlement_id="S2")
    assert [(yuan(0), yuan(0)), (yuan(800), yuan(0))] == closed([sale, extra], chart=chart, is_known=False)
