"""The chain: one graph from the order to the bank, and the story of any number in it."""

import datetime as dt

import attrs
import polars as pl
import pytest
from courier_books import CARD
from moneyed import Money

from chain_world import AS_OF, SHOPS, World, at, gs_1, listed, yuan
from tieout.chain import Chain
from tieout.errors import AmbiguousIdentifier, InputError, UnknownIdentifier
from tieout.model import BankTransaction, ChannelTransaction, Payment, SettlementLine, Shipment, StockMovement
from tieout.model import Payout as PayoutRecord
from tieout.reconciliations import CourierBill, Orders, Payout, Receipts, Settlement


@pytest.fixture(scope="module")
def chain():
    return Chain(gs_1().outcomes())


def row(chain, number, **more):
    return chain.orders.row(
        by_predicate=pl.all_horizontal(
            pl.col("platform_order_id") == number, *(pl.col(k) == v for k, v in more.items())
        ),
        named=True,
    )


def steps(trace, *columns):
    return trace.timeline.select(columns).rows()


# -- the story of a number


def test_an_order_is_followed_from_its_placing_to_the_bank(chain):
    expected = [
        ("order", "placed"), ("order", "paid"), ("payment", "paid"), ("channel", "on the channel's bill"),
        ("order", "shipped"), ("parcel", "picked up"), ("charge", "billed"), ("order", "signed"), ("parcel", "signed for"),
        ("order", "completed"), *[("line", "settled")] * 5, ("settlement", "stated"), ("payout", "paid out"), ("bank", "received"),
    ]  # fmt: skip

    assert expected == steps(chain.trace("GS-1"), "kind", "event")


def test_what_is_owed_settled_and_received_runs_along(chain):
    trace = chain.trace("GS-1")
    running = trace.timeline.filter(pl.col("minor").is_not_null()).select(
        "id", "minor", "share", "due_minor", "settled_minor", "banked_minor"
    )

    assert [
        ("GS-1", 19_000, None, 19_000, 0, 0),
        ("TX-tmall-shop 1-GS-1", 17_000, None, 19_000, 0, 0),
        ("TX-tmall-shop 1-GS-1", 17_000, None, 19_000, 0, 0),
        ("SF1", -801, None, 19_000, 0, 0),
        ("L1", 17_000, None, 2_000, 17_000, 0),
        ("L2", 2_000, None, 0, 19_000, 0),
        ("L3", -950, None, 0, 18_050, 0),
        ("L4", -114, None, 0, 17_936, 0),
        ("L5", -50, None, 0, 17_886, 0),
        ("S-tmall-shop 1-6", 35_772, 17_886, 0, 17_886, 0),
        ("P-tmall-shop 1-6", -35_772, -17_886, 0, 0, 0),
        ("B1", 35_772, 17_886, 0, 0, 17_886),
    ] == running.rows()


@pytest.mark.parametrize(
    "number",
    ["R-2", "C-2", "CR-R-2", "SF2", "TX-tmall-shop 1-GS-2", "shop 1-GS-2", "L11"],
)
def test_every_number_of_an_order_leads_to_the_same_story(chain, number):
    whole, trace = chain.trace("GS-2"), chain.trace(number)

    assert whole.timeline.equals(trace.timeline)
    assert whole.evidence.equals(trace.evidence)


def test_a_parcel_of_two_orders_leads_to_both(chain):
    trace = chain.trace("SF1")

    assert ("parcel", ["GS-1", "GS-2"]) == (trace.kind, trace.orders["platform_order_id"].to_list())


@pytest.mark.parametrize("number", ["S-tmall-shop 1-6", "P-tmall-shop 1-6", "B1"])
def test_money_of_the_platform_leads_to_its_lines_and_to_the_bank(chain, number):
    trace = chain.trace(number)
    last = trace.timeline.row(-1, named=True)

    assert ["line"] * 10 + ["settlement", "payout", "bank"] == trace.timeline["kind"].to_list()
    assert (0, 35_772) == (last["settled_minor"], last["banked_minor"])
    assert ["GS-1", "GS-2"] == trace.orders["platform_order_id"].to_list()


def test_a_settlement_without_a_header_is_found_by_its_lines():
    world = gs_1()
    lines = Settlement(as_of=AS_OF).run(orders=world.orders, lines=world.lines, refunds=world.refunds)
    paid = Receipts(as_of=AS_OF).run(payouts=world.payouts, bank=world.bank)
    chain = Chain([lines, paid])

    assert "settlement" == chain.trace("S-tmall-shop 1-10").kind
    assert ["payout", "bank"] == [kind for (kind,) in steps(chain.trace("GS-1"), "kind")][-2:]


def test_a_number_that_nobody_has_is_refused_with_what_was_looked_through(chain):
    with pytest.raises(UnknownIdentifier, match="'GS-3'; looked through: order, payment, channel, parcel"):
        chain.trace("GS-3")
    with pytest.raises(UnknownIdentifier, match="only things of shop_id='shop 2' were looked at"):
        chain.trace("GS-1", shop_id="shop 2")
    with pytest.raises(InputError, match="there is no kind 'box'"):
        chain.trace("GS-1", kind="box")


def two_shops():
    world = World()
    for shop in SHOPS[:2]:
        world.sell("1", shop)
        world.settle("1", shop, sale=17_000, platform_subsidy=2_000)
        world.close(shop)
    for carrier, number in (("sf", "A"), ("zto", "B")):
        world.sell(number)
        world.ship("77", number, carrier=carrier)
    return world


def test_one_number_in_two_shops_is_asked_back_and_never_mixed():
    chain = Chain(two_shops().outcomes())
    with pytest.raises(AmbiguousIdentifier) as raised:
        chain.trace("1")

    assert ("order 1 (platform='tmall', shop_id='shop 1')", "order 1 (platform='tmall', shop_id='shop 2')") == (
        raised.value.candidates
    )
    for shop in ("shop 1", "shop 2"):
        trace = chain.trace("1", shop_id=shop)
        assert [shop] == trace.orders["shop_id"].to_list()
        assert {f"S-tmall-{shop}-6"} == set(trace.timeline.filter(kind="settlement")["id"])


def test_one_number_of_two_carriers_is_asked_back():
    chain = Chain(two_shops().outcomes())
    with pytest.raises(AmbiguousIdentifier, match=r"carrier='sf'.*carrier='zto'"):
        chain.trace("77")

    assert ["B"] == chain.trace("77", carrier="zto").orders["platform_order_id"].to_list()


def test_one_number_of_an_order_and_of_a_payout_is_asked_back_unless_the_kind_is_said():
    world = gs_1()
    world.payouts = [attrs.evolve(one, payout_id="GS-1") for one in world.payouts]
    chain = Chain(world.outcomes())
    with pytest.raises(AmbiguousIdentifier, match=r"order GS-1 .*; payout GS-1"):
        chain.trace("GS-1")

    assert "payout" == chain.trace("GS-1", kind="payout").kind


@pytest.mark.parametrize("number", ["SF1012345678901", " sf 1012-3456 78901", "ＳＦ1012345678901", "'A-1 ", "Ａ-1"])
def test_a_number_is_found_in_whatever_way_a_list_or_a_person_writes_it(number):
    world = World()
    world.sell("A-1")
    world.ship("sf1012345678901 ", "A-1")
    world.charge("SF1012345678901", 801)
    chain = Chain(world.outcomes())

    assert -801 == row(chain, "A-1")["freight_minor"]
    assert chain.trace("A-1").timeline.equals(chain.trace(number).timeline)
    with pytest.raises(UnknownIdentifier):
        chain.trace("a-1")


@pytest.mark.parametrize("shop", SHOPS[:2])
def test_a_parcel_that_a_list_has_a_row_for_each_order_of_is_of_all_of_them(shop):
    world = World()
    world.sell("1")
    world.sell("2", shop)
    world.ship("SF1", "1")
    world.ship("SF1", "2", shop=shop)
    world.charge("SF1", 801)
    chain = Chain(world.outcomes())

    assert [-401, -400] == chain.orders.sort("platform_order_id")["freight_minor"].to_list()
    assert 2 == chain.trace("SF1").orders.height
    assert chain.proof.holds


def test_a_newer_record_that_leaves_lists_empty_hides_nothing():
    world = gs_1()
    sides = {
        "parcels": (Shipment, [attrs.evolve(one, lines=()) for one in world.shipments]),
        "payouts": (PayoutRecord, [attrs.evolve(one, settlement_ids=()) for one in world.payouts]),
    }
    newer = listed("later", sides)
    newer = attrs.evolve(newer, parameters={**newer.parameters, "as of": "2026-11-30"})
    outcomes = [one for one in world.outcomes() if one.reconciliation != "payout"]
    before, after = Chain(outcomes), Chain([*outcomes, newer])

    assert before.orders.rows() == after.orders.rows()
    assert "bank" == after.trace("GS-1").timeline["kind"][-1]


def test_a_parcel_that_may_be_of_two_shops_is_of_none():
    world = World()
    for shop in SHOPS[:2]:
        world.sell("1", shop)
    world.ship("SF1", "1", shop=(None, None))
    world.charge("SF1", 800)
    chain = Chain(world.outcomes())

    assert [] == chain.trace("SF1").orders["platform_order_id"].to_list()
    assert [0, 0] == chain.orders["freight_minor"].to_list()
    assert chain.proof.holds


def test_two_books_never_meet():
    outcomes = []
    for book in ("one", "two"):
        world = gs_1()
        named = {name: [attrs.evolve(one, book_id=book) for one in rows] for name, rows in vars_of(world).items()}
        outcomes += World(**named).outcomes()
    chain = Chain(outcomes)

    assert [("one", 9_485), ("two", 9_485)] == chain.orders.filter(platform_order_id="GS-1").select(
        "book_id", "margin_minor"
    ).rows()
    assert 1 == chain.trace("GS-1", book_id="two").orders.height
    with pytest.raises(AmbiguousIdentifier):
        chain.trace("GS-1")


def vars_of(world):
    return attrs.asdict(world, recurse=False)


# -- one movement, several bills


def test_a_movement_that_several_bills_show_is_one_with_all_its_sightings(chain):
    movements = {
        (one["kind"], one["id"]): [(seen["kind"], seen["source"]) for seen in one["sightings"]]
        for one in chain.trace("GS-2").movements.iter_rows(named=True)
        if one["seen"] > 1
    }

    assert {
        ("payment", "TX-tmall-shop 1-GS-2"): [
            ("payment", "orders.csv:3"),
            ("channel", "alipay.csv:3"),
            ("line", "lines.csv:7"),
        ],
        ("refund", "R-2"): [("refund", "refunds.csv:2"), ("line", "lines.csv:12")],
        ("payout", "P-tmall-shop 1-6"): [("payout", "payouts.csv:2"), ("bank", "bank.csv:2")],
    } == movements


def test_a_withdrawal_on_the_platforms_bill_is_the_payout_and_counts_once():
    world = gs_1()
    world.settle(None, day=7, withdrawal=-35_772)
    world.lines[-1] = attrs.evolve(world.lines[-1], settlement_id=None)
    trace = Chain(world.outcomes()).trace("P-tmall-shop 1-6")
    paid = [one for one in trace.movements.iter_rows(named=True) if one["seen"] == 3]

    assert [["payout", "line", "bank"]] == [[seen["kind"] for seen in one["sightings"]] for one in paid]
    assert (0, 35_772) == trace.timeline.select("settled_minor", "banked_minor").row(-1)


def own_shop(*, with_fund_bill):
    """An own site, which no platform settles: 170.00 paid by WeChat Pay with a fee of 1.02, 60.00 given back."""
    world = World()
    world.sell("W-1", ("own_site", "web"), subsidy=2_000)
    world.refund("R-1", "W-1", 6_000, ("own_site", "web"))

    def row(kind, txn, refund, cents, fee=None):
        return ChannelTransaction(
            channel="wechat_pay", bill_kind=kind, channel_txn_id=txn, channel_refund_id=refund, type="交易",
            merchant_order_no="web-W-1", amount=yuan(cents), fee=None if fee is None else yuan(fee), occurred_at=at(9),
        )  # fmt: skip

    number = "TX-own_site-web-W-1"
    world.transactions = [row("trade", number, None, 17_000, -102), row("trade", number, "CR-R-1", -6_000, 36)]
    if with_fund_bill:
        amounts = ((None, 17_000), (None, -102), ("CR-R-1", -6_000), ("CR-R-1", 36))
        world.transactions += [row("fund", number, refund, cents) for refund, cents in amounts]
    return world


@pytest.mark.parametrize("with_fund_bill", [False, True])
def test_a_trade_bill_and_a_fund_bill_of_one_wallet_count_once(with_fund_bill):
    world = own_shop(with_fund_bill=with_fund_bill)
    chain = Chain(world.outcomes()[:2])
    order = row(chain, "W-1")
    last = chain.trace("W-1").timeline.filter(currency="CNY").row(-1, named=True)

    assert (11_000, -66, -6_000, 2_000) == tuple(
        order[name] for name in ("collected_minor", "fees_minor", "refunds_minor", "open_minor")
    )
    assert (2_000, 10_934) == (last["due_minor"], last["settled_minor"])


@pytest.mark.parametrize("gone", [["lines"], ["lines", "settlements", "payouts", "bank"]])
def test_what_the_buyer_paid_collects_nothing_of_a_platform_that_settled_nothing_yet(gone):
    world = gs_1()
    for side in gone:
        setattr(world, side, [])
    order = row(Chain(world.outcomes()), "GS-1")

    assert ("unsettled", 0, 19_000) == (order["collection"], order["collected_minor"], order["open_minor"])


def test_the_same_thing_in_several_outcomes_is_one(chain):
    checks = {check.side: check.parts for check in chain.proof.checks if check.name == "records"}

    assert {"things": 2, "seen again": 4, "listed twice": 0, "assumed by a reconciliation": 0} == checks["order"]
    assert {"things": 1, "seen again": 1, "listed twice": 0, "assumed by a reconciliation": 0} == checks["payout"]


def test_an_erps_copy_of_an_order_is_the_order_and_the_platforms_word_counts():
    world = gs_1()
    cheaper = [attrs.evolve(one, lines=(attrs.evolve(one.lines[0], unit_price=yuan(19_000)),)) for one in world.orders]
    copies = [cheaper[0], attrs.evolve(cheaper[1], platform_order_id="GS-2 ")]
    outcome = Orders(as_of=dt.date(2026, 11, 30)).run(orders=world.orders, erp_orders=copies)
    paired = {name: frame.with_columns(unit=pl.col("row")) for name, frame in outcome.records.items()}
    chain = Chain([*world.outcomes(), attrs.evolve(outcome, records=paired)])

    assert [("GS-1", 19_000), ("GS-2", 19_000)] == chain.orders.select("platform_order_id", "receivable_minor").rows()


def test_lines_that_only_differ_in_where_they_stand_are_two():
    world = gs_1()
    again = attrs.evolve(world.lines[0], line_id=None, provenance=attrs.evolve(world.lines[0].provenance, line=99))
    other = attrs.evolve(again, provenance=attrs.evolve(again.provenance, line=100))
    outcome = listed("bills", {"lines": (SettlementLine, [again, other])})
    twice = listed("bills again", {"lines": (SettlementLine, [other, again])})
    chain = Chain([*world.outcomes(), outcome, twice])

    assert 19_000 + 34_000 == row(chain, "GS-1")["collected_minor"]


# -- orders


def test_an_order_has_one_status_and_one_margin(chain):
    names = ("status", "receivable_minor", "refunds_minor", "fees_minor", "freight_minor", "cost_minor", "margin_minor")

    assert ("settled, signed", 19_000, 0, -1_114, -401, -8_000, 9_485) == tuple(
        row(chain, "GS-1")[name] for name in names
    )
    assert ("refunded, returned", 19_000, -19_000, -164, -400, 0, -564) == tuple(
        row(chain, "GS-2")[name] for name in names
    )


def test_a_cost_that_nobody_says_leaves_the_margin_unknown():
    world = World()
    world.sell("1", cost=None)
    world.ship("SF1", "1")
    order = row(Chain(world.outcomes()), "1")

    assert (None, None) == (order["cost_minor"], order["margin_minor"])


def test_what_never_left_costs_nothing_and_an_order_that_was_closed_brings_nothing():
    world = World()
    world.sell("1", status="closed", closed_at=at(2), shipped_at=None, completed_at=None, paid_at=None, payments=())
    world.transactions = []
    order = row(Chain(world.outcomes()), "1")

    assert ("nothing due, not shipped", 0, 0, 0) == tuple(
        order[name] for name in ("status", "receivable_minor", "cost_minor", "margin_minor")
    )


def moves(*cents):
    return [
        StockMovement(
            movement_id=f"M{number}", type="sale_out" if cost < 0 else "return_in", sku="A", quantity=1 if cost > 0 else -1,
            unit_cost=yuan(abs(cost)), platform_order_id="GS-1", occurred_at=at(2),
        )
        for number, cost in enumerate(cents)
    ]  # fmt: skip


def test_stock_says_the_cost_before_the_order_does():
    world = gs_1()
    outcome = listed("warehouse", {"movements": (StockMovement, moves(-8_100, -8_100, 8_100))})

    assert -8_100 == row(Chain([*world.outcomes(), outcome]), "GS-1")["cost_minor"]


@pytest.mark.parametrize(
    ("amounts", "status"),
    [
        ({}, "unsettled"),
        ({"sale": 17_000}, "partially_settled"),
        ({"sale": 17_000, "platform_subsidy": 2_000}, "settled"),
        ({"sale": 17_100, "platform_subsidy": 2_000}, "over_settled"),
    ],
)
def test_the_collection_status_is_that_of_the_lines(amounts, status):
    world = World()
    world.sell("1")
    world.sell("2")
    world.settle("1", **amounts)
    world.settle("2", sale=17_000)
    world.close()

    assert status == row(Chain(world.outcomes()), "1")["collection"]


@pytest.mark.parametrize(
    ("parcel", "goods"),
    [
        ({}, "signed"),
        ({"status": "in_transit", "signed_at": None}, "shipped"),
        ({"status": "returned", "signed_at": None}, "returned"),
        ({"status": "returning", "signed_at": None}, "coming back"),
        ({"status": "lost", "signed_at": None}, "lost"),
    ],
)
def test_the_parcel_says_where_the_goods_are(parcel, goods):
    world = World()
    world.sell("1")
    world.ship("SF1", "1", **parcel)

    assert goods == row(Chain(world.outcomes()), "1")["goods"]


def test_of_a_refund_the_last_version_that_succeeded_counts():
    world = World()
    world.sell("1")
    for version, cents, status in (("9", 10_000, "closed"), ("10", 8_000, "succeeded"), ("8", 7_000, "succeeded")):
        world.refund("R-1", "1", cents, version=version, status=status)
    chain = Chain(world.outcomes())

    assert -8_000 == row(chain, "1")["refunds_minor"]
    assert 3 == chain.trace("R-1").timeline.filter(pl.col("kind") == "refund", pl.col("minor").is_not_null()).height


def test_a_refund_that_only_the_platforms_lines_know_counts_too():
    world = gs_1()
    world.settle("GS-1", day=10, refund_id="R-9", sale_refund=-500)

    assert -500 == row(Chain(world.outcomes()), "GS-1")["refunds_minor"]


def test_amounts_of_another_currency_leave_the_margin_unknown():
    world = gs_1()
    world.charges = [attrs.evolve(one, amount=Money("1.20", "USD")) for one in world.charges]
    order = row(Chain(world.outcomes()), "GS-1")

    assert (["USD"], None) == (order["other_currencies"], order["margin_minor"])


def test_cash_on_delivery_is_collected_by_the_courier_and_is_no_freight():
    world = World()
    world.sell("1", ("own_site", "web"), is_cod=True, payments=(), paid_at=None, status="signed")
    world.transactions = []
    world.ship("SF1", "1", shop=("own_site", "web"))
    world.charge("SF1", 380)
    world.charge("SF1", -19_000, kind="cod_remittance")
    order = row(Chain(world.outcomes()), "1")

    assert ("settled", 19_000, -380) == tuple(
        order[name] for name in ("collection", "collected_minor", "freight_minor")
    )


# -- totals


def hop(chain, name):
    return {check.currency: (check.total, dict(check.parts)) for check in chain.proof.checks if check.name == name}


def test_every_hop_ties_and_names_what_lies_between():
    world = gs_1()
    world.sell("GS-3")
    world.sell("GS-4", completed_at=at(31))
    world.settle("NOBODY", sale=3_300)
    world.bank.append(
        BankTransaction(
            account="1234", booked_on=dt.date(2026, 10, 20), amount=yuan(50_000), counterparty="房东", bank_ref="B9"
        )
    )
    world.payouts.append(
        attrs.evolve(world.payouts[0], payout_id="P-9", settlement_ids=(), amount=yuan(-100), initiated_at=at(30))
    )
    chain = Chain(world.outcomes())

    assert {
        "CNY": (57_000, {"settlement lines": 22_300, "discrepancy": 19_000, "in transit": 19_000, "no order": -3_300})
    } == hop(chain, "orders and refunds to settlement lines")
    assert {"CNY": (35_872, {"bank": 85_772, "in transit": 100, "no platform's": -50_000})} == hop(
        chain, "payouts to bank"
    )
    assert () == chain.proof.failures


@pytest.mark.parametrize(
    ("gone", "name", "expected"),
    [
        (["shipments"], "orders to parcels", (38_000, {"with a parcel": 0, "without: discrepancy": 38_000})),
        (["lines"], "orders and refunds to settlement lines", (19_000, {"settlement lines": 0, "discrepancy": 19_000})),
        (["lines"], "settlement lines to settlements", (0, {"settlements": 17_722, "its lines are not there": -17_722})),
        (["payouts", "bank"], "settlements to payouts", (17_722, {"payout": 0, "discrepancy": 35_772, "not due": -18_050})),
        (["bank"], "payouts to bank", (35_772, {"bank": 0, "discrepancy": 35_772})),
        (["settlements", "payouts"], "payouts to bank", (0, {"bank": 35_772, "discrepancy": -35_772})),
    ],
)  # fmt: skip
def test_a_hop_one_end_of_which_is_wholly_missing_is_still_there(gone, name, expected):
    world = gs_1()
    for side in gone:
        setattr(world, side, [])
    chain = Chain(world.outcomes())

    assert expected == hop(chain, name)["CNY"]
    assert () == chain.proof.failures


def test_money_that_arrives_in_another_currency_is_named():
    payout = attrs.evolve(
        gs_1().payouts[0], amount=Money("-1000.00", "USD"), bank_amount=yuan(720_000), settlement_ids=()
    )
    bank = BankTransaction(
        account="1234",
        booked_on=dt.date(2026, 10, 8),
        amount=yuan(720_000),
        counterparty="支付宝(中国)网络技术",
        bank_ref="B1",
    )
    chain = Chain([Receipts(as_of=AS_OF).run(payouts=[payout], bank=[bank])])

    assert {
        "CNY": (0, {"bank": 720_000, "converted": -720_000}),
        "USD": (100_000, {"bank": 0, "converted": 100_000}),
    } == hop(chain, "payouts to bank")


def test_freight_is_on_orders_or_is_named():
    world = gs_1()
    world.charge("SF-NOBODY", 500)
    world.charge(None, 900)
    world.charge("SF1", -19_000, kind="cod_remittance")

    assert {
        "CNY": (
            16_799,
            {"on orders": -801, "parcels of no order": -500, "of no parcel": -900, "cash on delivery": 19_000},
        )
    } == hop(Chain(world.outcomes()), "charges to orders")


def test_records_that_are_no_step_of_the_chain_are_counted():
    strange = attrs.evolve(gs_1().outcomes()[0], kinds={})
    checks = [check for check in Chain([strange]).proof.checks if check.side == "all"]

    assert [{"orders, which are no step": 2, "returns, which are no step": 1, "shipments, which are no step": 1}] == [
        dict(sorted(check.parts.items())) for check in checks
    ]


def test_an_outcome_whose_proof_fails_makes_that_of_the_chain_fail():
    outcome = gs_1().outcomes()[3]
    check = attrs.evolve(outcome.proof.checks[0], total=99)
    broken = attrs.evolve(outcome, proof=attrs.evolve(outcome.proof, checks=[check]))

    assert ["payout: rows"] == [check.name for check in Chain([broken]).proof.failures]


def test_two_periods_are_one_chain_in_which_the_newer_says_what_became_of_it():
    world = gs_1()
    first = Payout(as_of=dt.date(2026, 10, 7)).run(settlements=world.settlements, payouts=[])
    second = Payout(as_of=AS_OF).run(settlements=[], payouts=world.payouts, opening=first.carry_forward)
    chain = Chain([second, first])

    assert {"CNY": (17_722, {"payout": 35_772, "not due": -18_050})} == hop(chain, "settlements to payouts")
    assert () == chain.proof.failures


def test_a_month_in_two_parts_is_the_same_chain_as_the_month_at_once():
    world = gs_1()
    early = [line for line in world.lines if line.posted_at.day < 8]
    late = [line for line in world.lines if line.posted_at.day >= 8]
    first = Settlement(as_of=dt.date(2026, 10, 7)).run(orders=world.orders, lines=early)
    second = Settlement(as_of=AS_OF).run(orders=[], lines=late, refunds=world.refunds, opening=first.carry_forward)
    parts = [one for one in world.outcomes() if one.reconciliation != "settlement"]
    whole, split = (
        Chain([*parts, Settlement(as_of=AS_OF).run(orders=world.orders, lines=world.lines, refunds=world.refunds)]),
        Chain([*parts, first, second]),
    )

    assert whole.orders.rows() == split.orders.rows()
    assert whole.trace("GS-2").timeline.rows() == split.trace("GS-2").timeline.rows()
    assert split.proof.holds


def test_a_difference_within_the_tolerance_is_settled():
    world = World()
    world.sell("1")
    world.settle("1", sale=16_999, platform_subsidy=2_000)
    order = row(Chain(world.outcomes()), "1")

    assert ("settled", 1) == (order["collection"], order["open_minor"])


def test_an_order_that_says_no_price_has_no_margin_and_a_refund_of_no_order_is_named():
    world = World()
    world.sell("1")
    world.orders = [attrs.evolve(world.orders[0], lines=(), discounts=(), payments=())]
    world.refund("R-9", "NOBODY", 700)
    world.settle("NOBODY", refund_id="R-9", sale_refund=-700)
    chain = Chain(world.outcomes())
    order = row(chain, "1")

    assert (None, None, None) == (order["receivable_minor"], order["collection"], order["margin_minor"])
    assert {"refund", "line"} == set(chain.trace("R-9").timeline["kind"])
    assert () == chain.proof.failures


# -- discrepancies, evidence, and what people see


def test_discrepancies_stand_at_the_record_that_they_are_about():
    world = gs_1()
    world.settle("GS-1", day=10, sale_refund=-500)
    trace = Chain(world.outcomes()).trace("GS-1")
    shown = trace.timeline.filter(pl.col("discrepancies").is_not_null()).select("kind", "id", "discrepancies").rows()

    assert [one.type for one in trace.discrepancies] == [kind for _, _, kinds in shown for kind in kinds]
    assert shown
    assert "GS-1" in str(trace)


def test_of_charges_that_one_discrepancy_names_alike_the_same_shows_it_whatever_their_order():
    world = World()
    world.sell("1")
    world.ship("SF1012345678901", "1")
    for cents in (803, 801, 802):
        world.charge("SF1012345678901", cents)
    world.charges = [attrs.evolve(one, provenance=None) for one in world.charges]
    shown = [
        Chain(
            [
                world.outcomes()[0],
                CourierBill(rate_card=CARD, as_of=AS_OF).run(shipments=world.shipments, charges=charges),
            ]
        )
        .trace("1")
        .timeline.filter(pl.col("discrepancies").is_not_null())
        .select("kind", "minor", "discrepancies")
        .rows()
        for charges in (world.charges, world.charges[::-1])
    ]

    assert [("charge", -803, ["data.other_carrier"])] == shown[0]
    assert shown[0] == shown[1]


def test_a_discrepancy_of_another_order_in_the_same_settlement_is_not_shown():
    world = gs_1()
    world.settle("GS-2", day=6, sale=-500)
    chain = Chain(world.outcomes())

    def kinds(number):
        return [one.type for one in chain.trace(number).discrepancies]

    assert ["settlement.total_mismatch"] == kinds("GS-1")
    assert ["channel.refund_missing", "settlement.amount_mismatch", "settlement.total_mismatch"] == kinds("GS-2")
    assert ["settlement.amount_mismatch", "settlement.total_mismatch"] == kinds("S-tmall-shop 1-6")


def test_what_is_wrong_with_the_other_order_of_a_parcel_is_not_shown():
    world = gs_1()
    world.sell("GS-3")
    world.ship("SF9", "GS-1", "GS-3")
    chain = Chain(world.outcomes()[:1])

    assert ["aftersale.duplicate_shipment"] == [one.type for one in chain.trace("GS-1").discrepancies]
    assert [] == list(chain.trace("GS-3").discrepancies)


def test_the_evidence_is_every_record_with_its_file_and_row(chain):
    evidence = chain.trace("GS-2").evidence
    proofs = {(kind, file, line) for kind, file, line in evidence.select("kind", "file", "line").rows()}

    assert {("order", "orders.csv", 3), ("refund", "refunds.csv", 2), ("channel", "alipay.csv", 3)} <= proofs
    assert {"a" * 64} == set(evidence["sha256"])
    assert {"dispatch", "payments", "settlement"} == set(evidence.filter(kind="order")["reconciliation"])


def test_a_trace_is_a_table_for_a_notebook_that_runs_nothing():
    world = gs_1()
    world.orders = [attrs.evolve(one, platform_order_id="<b>") for one in world.orders[:1]]
    shown = Chain(world.outcomes()[:1]).trace("<b>")._repr_html_()

    assert "<b>" not in shown
    assert "&lt;b&gt;" in shown
    assert shown.count("<tr>") == 1 + len(Chain(world.outcomes()[:1]).trace("<b>"))


def test_only_the_day_of_a_receipt_is_known_and_it_comes_last_on_it():
    world = gs_1()
    world.bank = [attrs.evolve(one, booked_on=dt.date(2026, 10, 7)) for one in world.bank]
    trace = Chain(world.outcomes()).trace("GS-1")

    assert [("payout", True), ("bank", False)] == [
        (kind, at_ is not None) for kind, at_ in steps(trace, "kind", "at")[-2:]
    ]


def test_moments_are_shown_in_the_zone_of_the_books(chain):
    first = chain.trace("GS-1").timeline.row(0, named=True)

    assert (9, dt.date(2026, 10, 1)) == (first["at"].hour, first["on"])


def test_outcomes_of_two_zones_need_one_to_be_told():
    world = gs_1()
    outcomes = [
        Payout(timezone="UTC").run(settlements=world.settlements, payouts=world.payouts),
        Receipts().run(payouts=world.payouts, bank=world.bank),
    ]
    with pytest.raises(InputError, match="different zones: Asia/Shanghai, UTC"):
        Chain(outcomes)

    assert 4 == len(Chain(outcomes, timezone="UTC"))


def test_something_else_than_an_outcome_is_refused():
    with pytest.raises(InputError, match="outcomes of reconciliations are needed, got str"):
        Chain(["october"])
    with pytest.raises(InputError, match="outcomes of reconciliations are needed, got int"):
        Chain(10)
    with pytest.raises(InputError, match="there is no time zone named 'Mars'"):
        Chain([], timezone="Mars")
    with pytest.raises(InputError, match="a number is asked for as text, got int"):
        Chain([]).trace(10)


def test_no_outcomes_are_an_empty_chain():
    chain = Chain([])

    assert (0, 0) == (len(chain), chain.orders.height)
    assert chain.proof.holds
    with pytest.raises(UnknownIdentifier, match="looked through: nothing"):
        chain.trace("1")


def test_a_payment_of_a_list_of_its_own_is_followed():
    payment = Payment(
        payment_id="PAY-1", platform_order_id="GS-1", channel="card", amount=yuan(17_000), paid_at=at(1, 10)
    )
    chain = Chain([*gs_1().outcomes(), listed("till", {"payments": (Payment, [payment])})])

    assert ["GS-1"] == chain.trace("PAY-1").orders["platform_order_id"].to_list()
