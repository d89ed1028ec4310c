"""Promotions: discounts against their rules, and funders' part against what is settled."""

import datetime as dt
import random
from decimal import Decimal

import attrs
import polars as pl
import pytest
from _records import at, yuan
from _suite import ReconciliationSuite, World
from moneyed import Money

from tieout.errors import InputError, TieoutError
from tieout.model import Discount, Order, OrderLine, Refund, SettlementLine
from tieout.reconciliations import DueRule, PriceFloor, PromotionRule, Promotions, PromotionTier, RuleBook
from tieout.reconciliations._promotions.matrix import effect_of

AS_OF = dt.date(2026, 10, 31)
SHOPS = (("tmall", "shop 1"), ("tmall", "shop 2"), ("pdd", "shop 1"))
SHARED = {"funder": "shared", "merchant_share": Decimal("0.5"), "settled": True}


def day(number, month=10):
    return dt.date(2026, month, number)


SOLD, DONE, SETTLED, REFUNDED = day(1), day(3), day(5), day(8)


def off(minor, kind="shop_coupon", *, funder="merchant", settled=False, currency="CNY", **more):
    return Discount(kind=kind, funder=funder, amount=yuan(minor, currency), settled_to_merchant=settled, **more)


def article(minor, sku="A", pieces=1, **more):
    amounts = {name: yuan(value) for name, value in more.items() if name.startswith(("paid", "split", "less"))}
    names = {"paid": "line_paid", "split": "allocated_discount", "less": "line_discount"}
    price = None if minor is None else yuan(minor, more.pop("code", "CNY"))
    rest = {name: value for name, value in more.items() if name not in amounts}
    return OrderLine(
        sku=sku,
        quantity=Decimal(pieces),
        unit_price=price,
        **{names[name]: value for name, value in amounts.items()},
        **rest,
    )


def order(number, lines, *discounts, shop=SHOPS[0], on=SOLD, done=DONE, status="completed", code="CNY", **more):
    platform, shop_id = shop
    return Order(
        platform=platform,
        shop_id=shop_id,
        platform_order_id=number,
        currency=code,
        status=status,
        lines=lines,
        discounts=discounts,
        created_at=at(on, 9),
        paid_at=None if status == "created" else at(on),
        completed_at=None if done is None else at(done),
        **more,
    )


def settled(number, line_id, minor, kind="platform_subsidy", shop=SHOPS[0], on=SETTLED, code="CNY"):
    platform, shop_id = shop
    return SettlementLine(
        platform=platform,
        shop_id=shop_id,
        line_id=line_id,
        type=kind,
        platform_order_id=number,
        amount=yuan(minor, code),
        posted_at=at(on),
    )


def refund(number, order_id, minor, shop=SHOPS[0], on=REFUNDED, status="succeeded", back=None, **more):
    platform, shop_id = shop
    return Refund(
        refund_id=number,
        platform=platform,
        shop_id=shop_id,
        platform_order_id=order_id,
        amount=yuan(minor),
        platform_subsidy_clawback=None if back is None else yuan(back),
        status=status,
        succeeded_at=at(on),
        **more,
    )


def rule(name, amount=None, threshold=0, **more):
    tiers = () if amount is None else (PromotionTier(threshold=Decimal(threshold), amount=Decimal(amount)),)
    return PromotionRule(name=name, **{"kind": "shop_coupon", "tiers": tiers, **more})


def found(outcome):
    assert [] == list(outcome.proof.failures)
    return [(one.type, str(one.impact.amount)) for one in outcome.discrepancies]


def only(outcome, kind):
    (one,) = [one for one in outcome.discrepancies if one.type == kind]
    return one


class TestPromotions(ReconciliationSuite):
    def world(self, dice: random.Random) -> World:
        books = Books(dice)
        for _ in range(dice.randint(0, 6)):
            dice.choice(books.STORIES)(books)
        return World(
            reconciliation=Promotions(as_of=AS_OF, rules=RuleBook(rules=books.rules, floors=books.floors)),
            sides={"orders": books.orders, "lines": books.lines, "refunds": books.refunds},
            arrives={"orders": books.sold_on, "lines": books.settled_on, "refunds": books.refunded_on},
            planted=books.planted,
            named_by=("campaign", "platform_order_id", "shop_id"),
        )


class Books:
    """Books that are written story by story; each has its own rule and code, so that its campaign is its own."""

    def __init__(self, dice):
        self.dice = dice
        self.orders, self.lines, self.refunds = [], [], []
        self.sold_on, self.settled_on, self.refunded_on = [], [], []
        self.planted = []
        self.rules = [rule("anchor", 1, codes=["never"])]
        self.floors = []
        self.count = 0

    def plant(self, kind, name, impact=0):
        self.planted.append((kind, name, impact))

    def start(self):
        self.count += 1
        self.shop = self.dice.choice(SHOPS)
        return f"O{self.count}", f"R{self.count}", f"K{self.count}"

    def ruled(self, name, code, amount=20, threshold=100, **more):
        self.rules.append(rule(name, amount, threshold, codes=[code], **more))

    def sell(self, number, *discounts, lines=None, on=None, **more):
        on = on or day(self.dice.choice((2, 9)))
        lines = lines or [article(120_00), article(80_00, "B")]
        self.orders.append(order(number, lines, *discounts, **{"on": on, "done": day(10), "shop": self.shop, **more}))
        self.sold_on.append(on)

    def settle(self, number, minor, kind="platform_subsidy", on=None, **more):
        on = on or day(12)
        self.lines.append(settled(number, f"L{len(self.lines)}", minor, kind, **{"shop": self.shop, "on": on, **more}))
        self.settled_on.append(on)

    def give_back(self, number, minor, on=None, **more):
        on = on or day(12)
        self.refunds.append(refund(f"F{len(self.refunds)}", number, minor, shop=self.shop, on=on, **more))
        self.refunded_on.append(on)

    def as_ruled(self):
        number, name, code = self.start()
        self.ruled(name, code)
        self.sell(number, off(20_00, code=code))

    def without_a_discount(self):
        number, _, _ = self.start()
        self.sell(number)
        self.settle(number, 200_00, "sale")

    def a_cent_off(self):
        number, name, code = self.start()
        self.ruled(name, code)
        self.sell(number, off(20_00 + self.dice.choice((-1, 1)), code=code))

    def another_amount(self):
        number, name, code = self.start()
        difference = self.dice.choice((-5_00, 2, 3_00))
        self.ruled(name, code)
        self.sell(number, off(20_00 + difference, code=code))
        self.plant("promotion.amount_mismatch", number, difference)

    def no_rule(self):
        number, _, code = self.start()
        self.sell(number, off(7_00, "red_packet", code=code))
        self.plant("promotion.rule_unknown", number, 7_00)

    def out_of_days(self):
        number, name, code = self.start()
        self.ruled(name, code, valid_from=day(20), valid_to=day(25))
        self.sell(number, off(20_00, code=code))
        self.plant("promotion.not_valid", number, 20_00)

    def out_of_shop(self):
        number, name, code = self.start()
        self.ruled(name, code, shop_id="shop 9")
        self.sell(number, off(20_00, code=code))
        self.plant("promotion.not_valid", number, 20_00)

    def below_threshold(self):
        number, name, code = self.start()
        self.ruled(name, code, threshold=201)
        self.sell(number, off(20_00, code=code))
        self.plant("order.coupon_stacking_error", number, 20_00)

    def more_than_the_goods(self):
        number, name, code = self.start()
        self.ruled(name, code, amount=30, threshold=0, skus=["B"])
        self.sell(number, off(30_00, code=code), lines=[article(120_00), article(25_00, "B")])
        self.plant("order.coupon_stacking_error", number, 5_00)

    def two_of_one_group(self):
        number, name, code = self.start()
        self.ruled(name, code, stackable_group="G")
        self.ruled(f"{name} more", f"{code} more", amount=30, stackable_group="G")
        self.sell(number, off(20_00, code=code), off(30_00, code=f"{code} more"))
        self.plant("order.coupon_stacking_error", number, 20_00)

    def two_of_two_groups(self):
        number, name, code = self.start()
        self.ruled(name, code, stackable_group="G")
        self.ruled(f"{name} more", f"{code} more", amount=30, stackable_group="H")
        self.sell(number, off(20_00, code=code), off(30_00, code=f"{code} more"))

    def code_used_twice(self):
        number, name, code = self.start()
        self.ruled(name, code, single_use=True)
        self.sell(number, off(20_00, code=code), on=day(2))
        self.sell(f"{number} again", off(20_00, code=code), on=day(9))
        self.plant("order.coupon_stacking_error", f"{number} again", 20_00)

    def code_of_an_order_that_was_not_paid(self):
        number, name, code = self.start()
        self.ruled(name, code, single_use=True)
        self.sell(number, off(20_00, code=code), on=day(2), status="created", done=None)
        self.sell(f"{number} again", off(20_00, code=code), on=day(9))

    def paid_otherwise(self):
        number, name, code = self.start()
        self.ruled(name, code)
        lines = [article(120_00, paid=108_00), article(80_00, "B", paid=70_00)]
        self.sell(number, off(20_00, code=code), lines=lines)
        self.plant("order.coupon_stacking_error", number)

    def paid_with_freight(self):
        number, name, code = self.start()
        self.ruled(name, code)
        lines = [article(120_00, paid=108_00), article(80_00, "B", paid=78_00)]
        self.sell(number, off(20_00, code=code), lines=lines, freight_charged=yuan(6_00))

    def paid_less_than_nothing(self):
        number, name, code = self.start()
        self.ruled(name, code)
        lines = [article(120_00, paid=190_00), article(80_00, "B", paid=-10_00)]
        self.sell(number, off(20_00, code=code), lines=lines)
        self.plant("order.coupon_stacking_error", number)

    def shares_that_do_not_sum(self):
        number, name, code = self.start()
        self.ruled(name, code)
        lines = [article(120_00, split=12_00), article(80_00, "B", split=7_99)]
        self.sell(number, off(20_00, code=code), lines=lines)
        self.plant("promotion.allocation_mismatch", number)

    def another_funder(self):
        number, name, code = self.start()
        self.ruled(name, code)
        self.sell(number, off(20_00, code=code, funder="platform"))
        self.plant("promotion.funder_mismatch", number)

    def below_the_floor(self):
        number, name, code = self.start()
        self.ruled(name, code)
        self.floors.append(PriceFloor(sku=f"S{number}", price=Decimal(108)))
        lines = [article(119_99, f"S{number}"), article(80_01, "B")]
        self.sell(number, off(20_00, code=code), lines=lines)
        self.plant("order.price_anomaly", number)

    def funded(self):
        number, name, code = self.start()
        self.ruled(name, code, kind="platform_coupon", funder="platform")
        self.sell(number, off(20_00, "platform_coupon", code=code, funder="platform", settled=True))
        self.settle(number, 20_00)

    def funded_in_part(self):
        number, name, code = self.start()
        self.ruled(name, code, kind="platform_coupon", funder="platform", merchant_share=Decimal("0.5"))
        self.sell(number, off(20_00, "platform_coupon", code=code, **SHARED))
        self.settle(number, 10_00)

    def another_share(self):
        number, name, code = self.start()
        self.ruled(name, code, kind="platform_coupon", funder="platform", merchant_share=Decimal("0.3"))
        self.sell(number, off(20_00, "platform_coupon", code=code, **SHARED))
        self.settle(number, 10_00)
        self.plant("promotion.funder_mismatch", number)
        self.plant("promotion.funding_mismatch", name, -4_00)

    def two_orders_of_a_campaign_not_settled(self):
        number, name, code = self.start()
        self.ruled(name, code, kind="influencer_coupon", funder="influencer")
        for each in ("a", "b"):
            claim = off(20_00, "influencer_coupon", code=code, funder="influencer", settled=True)
            self.sell(f"{number}{each}", claim)
        self.plant("promotion.funding_missing", name, -40_00)

    def funding_not_due(self):
        number, name, code = self.start()
        self.ruled(name, code, kind="gov_subsidy", funder="government", advanced=True)
        self.sell(number, off(20_00, "gov_subsidy", code=code, funder="government", settled=True))

    def order_not_completed(self):
        number, name, code = self.start()
        self.ruled(name, code, kind="platform_coupon", funder="platform")
        claim = off(20_00, "platform_coupon", code=code, funder="platform", settled=True)
        self.sell(number, claim, status="shipped", done=None)

    def settled_for_no_promotion(self):
        number, _, _ = self.start()
        self.shop = ("douyin", f"shop {number}")
        self.sell(number)
        self.settle(number, 9_00)
        self.plant("promotion.funding_unknown", "-", 9_00)

    def settled_for_no_order(self):
        number, _, _ = self.start()
        self.shop = ("douyin", f"shop {number}")
        self.settle(number, 9_00, "gov_subsidy")
        self.plant("promotion.funding_unknown", "-", 9_00)

    def refunded_with_its_funding(self):
        number, name, code = self.start()
        self.ruled(name, code, kind="platform_coupon", funder="platform")
        self.sell(number, off(20_00, "platform_coupon", code=code, funder="platform", settled=True))
        self.give_back(number, 90_00)
        self.settle(number, 20_00)
        self.settle(number, -10_00, "subsidy_clawback")

    def funding_not_taken_back(self):
        number, name, code = self.start()
        self.ruled(name, code, kind="platform_coupon", funder="platform")
        self.sell(number, off(20_00, "platform_coupon", code=code, funder="platform", settled=True))
        self.give_back(number, 180_00, back=20_00)
        self.settle(number, 20_00)
        self.plant("promotion.funding_mismatch", name, 20_00)

    def two_funders_and_taken_back(self):
        number, name, code = self.start()
        self.ruled(name, code, kind="platform_coupon", funder="platform")
        self.ruled(f"{name} gov", f"{code} gov", kind="gov_subsidy", funder="government")
        first = off(20_00, "platform_coupon", code=code, funder="platform", settled=True)
        second = off(20_00, "gov_subsidy", code=f"{code} gov", funder="government", settled=True)
        self.sell(number, first, second)
        self.give_back(number, 160_00)
        self.settle(number, 20_00)
        self.settle(number, 20_00, "gov_subsidy")
        self.settle(number, -40_00, "subsidy_clawback")

    def closed_and_settled_to_nothing(self):
        number, name, code = self.start()
        self.ruled(name, code, kind="platform_coupon", funder="platform")
        claim = off(20_00, "platform_coupon", code=code, funder="platform", settled=True)
        self.sell(number, claim, status="closed", done=None)
        self.settle(number, 20_00)
        self.settle(number, -20_00, "subsidy_clawback")

    def cashback_paid(self):
        number, name, code = self.start()
        self.ruled(name, code, amount=5, kind="cashback")
        self.sell(number, off(5_00, "cashback", code=code))
        self.settle(number, -5_00, "buyer_compensation")

    def cashback_not_paid(self):
        number, name, code = self.start()
        self.ruled(name, code, amount=5, kind="cashback")
        self.sell(number, off(5_00, "cashback", code=code), done=day(2), on=day(2))
        self.plant("promotion.funding_missing", name, 5_00)

    def points_with_a_fee(self):
        number, name, code = self.start()
        self.rules.append(rule(name, codes=[code], kind="points", funder="platform", fee_rate=Decimal("0.05")))
        self.sell(number, off(4_00, "points", code=code, funder="platform", settled=True))
        self.settle(number, 4_00)
        self.settle(number, -20, "points_fee")

    def fees_and_compensation_of_other_orders(self):
        number, _, _ = self.start()
        self.sell(number)
        self.settle(number, -3_00, "points_fee")
        self.settle(number, -8_00, "buyer_compensation")

    def same_number_in_another_shop(self):
        number, name, code = self.start()
        self.ruled(name, code, kind="platform_coupon", funder="platform")
        claim = off(20_00, "platform_coupon", code=code, funder="platform", settled=True)
        for shop in SHOPS[:2]:
            self.sell(number, claim, shop=shop)
            self.settle(number, 20_00, shop=shop)

    def two_records_of_an_order(self):
        number, name, code = self.start()
        self.ruled(name, code)
        on = day(2)
        self.sell(number, off(20_00, code=code), on=on)
        self.sell(number, off(2_00, code=code), on=on, status="shipped", done=None)
        self.plant("data.order_conflict", number)

    def discount_below_zero(self):
        number, _, code = self.start()
        self.sell(number, off(-20_00, code=code))
        self.plant("data.amount_negative", number)

    def no_price(self):
        number, name, code = self.start()
        self.ruled(name, code)
        self.sell(number, off(20_00, code=code), lines=[article(None)])
        self.plant("data.amount_missing", number)

    def no_piece(self):
        number, name, code = self.start()
        self.ruled(name, code)
        self.sell(number, off(20_00, code=code), lines=[article(120_00), article(80_00, "B", pieces=-1)])
        self.plant("data.quantity_not_positive", number)

    def lines_that_do_not_make_the_goods(self):
        number, _, _ = self.start()
        self.sell(number, goods_amount=yuan(190_00))
        self.plant("data.goods_mismatch", number)

    STORIES = tuple(
        story
        for name, story in list(vars().items())
        if callable(story)
        and not name.startswith("_")
        and name not in {"plant", "start", "ruled", "sell", "settle", "give_back"}
    )


FULL = rule("满300减40", 40, 300, kind="full_reduction")
FORTY = off(40_00, "full_reduction")
THREE = (article(120_00), article(80_00, "B"), article(100_00, "C"))


def test_forty_off_three_hundred_is_shared_by_largest_remainder():
    """The example of `domain.md` 2.4."""
    shares = Promotions(rules=[FULL]).shares([order("1", THREE, FORTY)])

    assert [1600, 1067, 1333] == shares["share_minor"].to_list()
    assert [1600, 1067, 1333] == shares["borne_minor"].to_list()
    assert ["A", "B", "C"] == shares["sku"].to_list()


def test_the_platforms_own_split_is_taken_where_it_sums():
    lines = [article(120_00, split=15_99), article(80_00, "B", split=10_67), article(100_00, "C", split=13_34)]
    unsound = [article(120_00, split=15_99), article(80_00, "B", split=10_67), article(100_00, "C", split=13_33)]
    shares = Promotions(rules=[FULL]).shares([order("1", lines, FORTY), order("2", unsound, FORTY)])

    assert [1599, 1067, 1334, 1600, 1067, 1333] == shares["share_minor"].to_list()


def test_a_shared_reduction_is_borne_in_part():
    shared = off(40_00, "platform_coupon", **SHARED)
    shares = Promotions().shares([order("1", THREE, shared)])

    assert [800, 534, 666] == shares["borne_minor"].to_list()


def test_what_the_merchant_bears_of_all_lines_is_what_the_funder_does_not_owe():
    shared = off(3, "platform_coupon", **SHARED)
    shares = Promotions().shares([order("1", THREE, shared)])
    outcome = Promotions().run(orders=[order("1", THREE, shared)], lines=[settled("1", "L", 2)])

    assert (1, 3) == (shares["borne_minor"].sum(), shares["share_minor"].sum())
    assert [] == found(outcome)
    assert [2] == outcome.lines.filter(pl.col("what") == "settled")["expected_minor"].to_list()


def test_a_reduction_is_shared_over_the_articles_that_it_is_for_and_of_a_line_it_is_the_lines():
    rules = [rule("two", 30, codes=["T"], skus=["A", "C"]), rule("one", 5, codes=["L"])]
    lines = [
        article(minor, sku, platform_sub_order_id=sku) for minor, sku in ((100_00, "A"), (80_00, "B"), (50_00, "C"))
    ]
    shares = Promotions(rules=rules).shares([order("1", lines, off(30_00, code="T"), off(5_00, code="L", line_id="B"))])

    assert [("A", 2000), ("C", 1000), ("B", 500)] == shares.select("sku", "share_minor").rows()


def test_forty_off_at_two_hundred_and_ninety_nine_is_a_stacking_error():
    """The example of `domain.md` 2.4 (c)."""
    lines = [article(120_00), article(79_00, "B"), article(100_00, "C")]
    outcome = Promotions(rules=[FULL]).run(orders=[order("1", lines, FORTY)])

    assert [("order.coupon_stacking_error", "40.00")] == found(outcome)
    error = only(outcome, "order.coupon_stacking_error")
    assert ("c", "300.00", "299.00") == tuple(error.evidence[name] for name in ("letter", "threshold", "base"))
    assert "order 1, 满300减40: (c) below threshold; off by 40.00 CNY" == error.reason
    assert "marketing" == error.owner


@pytest.mark.parametrize(
    ("letter", "impact", "orders"),
    [
        ("a", "0.00", [order("1", [article(300_00, paid=261_00)], FORTY)]),
        ("b", "30.00", [order("1", THREE, off(40_00, code="K1"), off(30_00, code="K2"))]),
        ("c", "40.00", [order("1", [article(299_99)], FORTY)]),
        ("d", "20.00", [order("1", [article(30_00)], off(50_00, code="K3"))]),
        ("e", "0.00", [order("1", [article(300_00, paid=-1), article(10_00, "B", paid=270_01)], FORTY)]),
        ("f", "20.00", [order("1", THREE, off(20_00, code="ONE-1")), order("2", THREE, off(20_00, code="ONE-1"))]),
    ],
)
def test_each_stacking_error_has_its_letter(letter, impact, orders):
    rules = [
        FULL,
        rule("forty", 40, codes=["K1"], stackable_group="G"),
        rule("thirty", 30, codes=["K2"], stackable_group="G"),
        rule("fifty", 50, codes=["K3"]),
        rule("once", 20, code_prefix="ONE-", single_use=True),
    ]
    outcome = Promotions(rules=rules).run(orders=orders)

    assert [("order.coupon_stacking_error", impact)] == found(outcome)
    assert letter == only(outcome, "order.coupon_stacking_error").evidence["letter"]


def test_the_second_order_of_a_code_names_the_first_and_so_in_another_shop_of_the_platform_but_not_in_another_book():
    once = rule("once", 20, code_prefix="ONE-", single_use=True)
    coupon = off(20_00, code="ONE-1")
    orders = [
        order("2", THREE, coupon, on=day(1)),
        order("1", THREE, coupon, on=day(2), shop=SHOPS[1]),
        order("0", THREE, coupon, on=day(3), book_id="other"),
    ]
    outcome = Promotions(rules=[once]).run(orders=orders)

    error = only(outcome, "order.coupon_stacking_error")
    assert ("1", "2") == (error.keys["platform_order_id"], error.evidence["used_before"])


def test_of_two_orders_of_one_day_the_earlier_moment_is_the_first_use_of_a_code():
    once = rule("once", 20, code_prefix="ONE-", single_use=True)
    coupon = off(20_00, code="ONE-1")
    early, late = (
        attrs.evolve(order(number, THREE, coupon), created_at=at(SOLD, hour), paid_at=at(SOLD, hour))
        for number, hour in (("9", 8), ("1", 20))
    )
    outcome = Promotions(rules=[once]).run(orders=[late, early])

    error = only(outcome, "order.coupon_stacking_error")
    assert ("1", "9") == (error.keys["platform_order_id"], error.evidence["used_before"])


@pytest.mark.parametrize(
    ("lines", "errors"),
    [((None, None), 1), (("a", None), 1), (("a", "b"), 0), (("a", "a"), 1)],
    ids=["twice on the order", "on a line and on the order", "split over lines", "twice on a line"],
)
def test_a_single_use_code_counts_once_on_its_order_too_unless_it_is_split_over_lines(lines, errors):
    once = rule("once", 20, code_prefix="ONE-", single_use=True)
    articles = [article(100_00, platform_sub_order_id="a"), article(100_00, "B", platform_sub_order_id="b")]
    coupons = [off(20_00, code="ONE-1", line_id=line) for line in lines]
    outcome = Promotions(rules=[once]).run(orders=[order("1", articles, *coupons)])

    assert [("order.coupon_stacking_error", "20.00")] * errors == found(outcome)


def test_subsidies_without_an_order_are_said_to_be_so():
    outcome = Promotions(as_of=AS_OF).run(orders=[], lines=[settled(None, "L", 5_00)])

    unknown = only(outcome, "promotion.funding_unknown")
    assert "are not on record (-)" in unknown.reason
    assert "或订单不在数据中（-）" in unknown.reason_zh


def test_coupons_of_one_group_on_different_lines_go_together_and_on_one_line_do_not():
    rules = [rule("ten", 10, codes=["K"], stackable_group="G"), rule("five", 5, codes=["L"], stackable_group="G")]
    lines = [article(100_00, platform_sub_order_id="a"), article(100_00, "B", platform_sub_order_id="b")]
    apart = order("1", lines, off(10_00, code="K", line_id="a"), off(5_00, code="L", line_id="b"))
    together = order("2", lines, off(10_00, code="K", line_id="a"), off(5_00, code="L", line_id="a"))
    outcome = Promotions(rules=rules).run(orders=[apart, together])

    error = only(outcome, "order.coupon_stacking_error")
    assert ("2", "L", "ten") == (error.keys["platform_order_id"], error.keys["code"], error.evidence["stacked_with"])


def tiers(*steps):
    return tuple(PromotionTier(threshold=Decimal(at_least), amount=Decimal(less)) for at_least, less in steps)


@pytest.mark.parametrize(
    ("made", "goods", "right"),
    [
        ({"tiers": tiers((300, 40), (500, 80))}, 499_99, 40_00),
        ({"tiers": tiers((300, 40), (500, 80))}, 500_00, 80_00),
        ({"tiers": tiers((300, 40)), "repeat": True}, 900_00, 120_00),
        ({"tiers": tiers((300, 40)), "repeat": True, "cap": Decimal(100)}, 900_00, 100_00),
        ({"tiers": (PromotionTier(rate=Decimal("0.1")),)}, 99_95, 10_00),
        ({"tiers": (PromotionTier(rate=Decimal("0.1"), threshold=Decimal(50)),), "cap": Decimal("9.90")}, 99_95, 9_90),
        ({"excluded_skus": ["B"], "tiers": (PromotionTier(rate=Decimal("0.5")),)}, 10_00, 5_00),
        ({"after": ["member"], "tiers": (PromotionTier(rate=Decimal("0.1")),)}, 110_00, 10_00),
        ({}, 5_00, 5_00),
    ],
)
def test_what_a_rule_gives(made, goods, right):
    member = rule("member", kind="member")
    one = PromotionRule(name="it", kind="shop_coupon", **made)
    discounts = [off(right + 7, "shop_coupon")] + ([off(10_00, "member")] if "after" in made else [])
    lines = [article(goods), article(1_00, "B")] if "excluded_skus" in made else [article(goods)]
    outcome = Promotions(rules=[one, member]).run(orders=[order("1", lines, *discounts)])

    assert ["0.07"] == [amount for _, amount in found(outcome)]


def test_a_rule_without_tiers_takes_what_was_claimed_as_it_is():
    outcome = Promotions(rules=[rule("any", codes=["K"])]).run(orders=[order("1", THREE, off(12_34, code="K"))])

    assert [] == found(outcome)


def test_a_code_goes_before_a_prefix_and_both_before_the_kind():
    rules = [rule("kind", 1), rule("prefix", 2, code_prefix="K"), rule("code", 3, codes=["K9"])]
    claims = [off(3_00, code="K9"), off(2_00, code="K8"), off(1_00)]
    outcome = Promotions(rules=rules).run(orders=[order(str(at), THREE, claim) for at, claim in enumerate(claims)])

    assert [] == found(outcome)


def test_of_two_rules_of_a_kind_the_one_of_the_shop_and_the_day_is_meant():
    rules = [
        rule("old", 1, valid_to=day(1)),
        rule("new", 2, valid_from=day(2)),
        rule("there", 3, shop_id="shop 2"),
    ]
    claims = [order("1", THREE, off(1_00), on=day(1)), order("2", THREE, off(2_00), on=day(2))]
    elsewhere = order("3", THREE, off(3_00), on=day(2), shop=SHOPS[1])
    outcome = Promotions(rules=rules).run(orders=[*claims, elsewhere])

    assert [] == found(outcome)


def test_a_discount_in_another_currency_than_its_rule_is_not_valid():
    claim = off(20_00, code="K", currency="USD")
    lines = [OrderLine(sku="A", quantity=Decimal(1), unit_price=Money("200.00", "USD"))]
    outcome = Promotions(rules=[rule("yuan", 20, codes=["K"])]).run(orders=[order("1", lines, claim, code="USD")])

    assert [("promotion.not_valid", "20.00")] == found(outcome)
    assert "currency" == only(outcome, "promotion.not_valid").evidence["cause"]


def test_without_rules_claims_are_not_compared_and_funders_owe_what_orders_say():
    claim = off(20_00, "platform_coupon", **SHARED)
    outcome = Promotions(as_of=AS_OF).run(orders=[order("1", THREE, claim)], lines=[settled("1", "L", 4_00)])

    assert [("promotion.funding_mismatch", "-6.00")] == found(outcome)
    assert ["no rules given"] == outcome.records["claimed"]["verdict"].to_list()


def test_the_effects_of_promotions_are_those_of_the_table():
    """`domain.md` 2.4."""
    said = [
        ("shop_coupon", "merchant", False, "less", "less", None),
        ("platform_coupon", "platform", False, "less", "same", "platform_subsidy"),
        ("bank_promo", "bank", False, "less", "same", "platform_subsidy"),
        ("gov_subsidy", "government", False, "less", "same", "gov_subsidy"),
        ("gov_subsidy", "government", True, "less", "later", "gov_subsidy"),
        ("influencer_coupon", "influencer", False, "less", "same", "influencer_subsidy"),
        ("gov_subsidy", "shared", False, "less", "same", "gov_subsidy"),
        ("cashback", "merchant", False, "same", "outflow", "buyer_compensation"),
    ]
    for kind, funder, advanced, buyer, merchant, line_type in said:
        effect = effect_of(kind, funder, advanced=advanced)

        assert (buyer, merchant, line_type) == (effect.buyer, effect.merchant, effect.line_type)


def test_a_campaign_is_one_claim_with_its_orders_and_what_it_owes():
    shared = rule("double 11", 20, 100, kind="platform_coupon", funder="platform", merchant_share=Decimal("0.4"))
    claim = off(20_00, "platform_coupon", funder="shared", merchant_share=Decimal("0.4"), settled=True)
    orders = [order(f"A{at}", THREE, claim) for at in range(1, 5)]
    lines = [settled("A1", "1", 12_00), settled("A2", "2", 10_00), settled("A3", "3", 11_99)]
    outcome = Promotions(rules=[shared], as_of=AS_OF).run(orders=orders, lines=lines)

    assert [("promotion.funding_mismatch", "-2.00"), ("promotion.funding_missing", "-12.00")] == found(outcome)
    missing = only(outcome, "promotion.funding_missing")
    assert ("double 11", "platform_subsidy") == (missing.keys["campaign"], missing.keys["flow"])
    assert ("A4", "1") == (missing.evidence["first"], missing.evidence["orders"])
    assert {-1} == {
        part for check in outcome.proof.checks for name, part in check.parts.items() if name == "within tolerance"
    }
    settled_row = outcome.lines.filter(pl.col("what") == "settled").row(0, named=True)
    assert (4, 48_00, 33_99, -14_01) == tuple(
        settled_row[name] for name in ("orders", "expected_minor", "actual_minor", "gap_minor")
    )


def test_what_is_not_due_waits_and_what_is_wrong_beside_it_is_found():
    one = rule("it", 20, kind="platform_coupon", funder="platform")
    claim = off(20_00, "platform_coupon", funder="platform", settled=True)
    orders = [
        order("1", THREE, claim),
        order("2", THREE, claim, done=day(30)),
        order("3", THREE, claim, done=None, status="paid"),
    ]
    outcome = Promotions(rules=[one], as_of=AS_OF).run(orders=orders, lines=[])

    assert [("promotion.funding_missing", "-20.00")] == found(outcome)
    (check,) = [check for check in outcome.proof.checks if check.name == "actual - expected"]
    assert -40_00 == check.parts["not due or in transit"]


def test_what_the_merchant_advances_is_due_later_than_what_a_platform_pays():
    one = rule("national", 20, kind="gov_subsidy", funder="government", advanced=True)
    claim = off(20_00, "gov_subsidy", funder="government", settled=True)
    orders = [order("1", THREE, claim, done=day(3))]
    early, late = (
        Promotions(rules=[one], as_of=on).run(orders=orders, lines=[]) for on in (AS_OF, day(5, 1).replace(year=2027))
    )

    assert [] == found(early)
    assert ["not due"] == early.carry_forward.items["what"].to_list()
    assert [("promotion.funding_missing", "-20.00")] == found(late)


def test_when_funders_settle_can_be_told():
    one = rule("it", 20, kind="platform_coupon", funder="platform")
    claim = off(20_00, "platform_coupon", funder="platform", settled=True)
    leaf = Promotions(rules=[one], as_of=AS_OF, due=DueRule(after=60))

    assert [] == found(leaf.run(orders=[order("1", THREE, claim)]))


def test_a_signed_order_counts_as_completed_after_days():
    one = rule("it", 20, kind="platform_coupon", funder="platform")
    claim = off(20_00, "platform_coupon", funder="platform", settled=True)
    sold = [order("1", THREE, claim, status="signed", done=None, signed_at=at(day(10)))]

    assert [] == found(Promotions(rules=[one], as_of=day(21)).run(orders=sold, lines=[]))
    assert [("promotion.funding_missing", "-20.00")] == found(
        Promotions(rules=[one], as_of=day(22)).run(orders=sold, lines=[])
    )


def test_without_refunds_what_is_taken_back_is_taken_as_it_is():
    one = rule("it", 20, kind="platform_coupon", funder="platform")
    claim = off(20_00, "platform_coupon", funder="platform", settled=True)
    lines = [settled("1", "1", 20_00), settled("1", "2", -5_00, "subsidy_clawback")]
    leaf, sold = Promotions(rules=[one], as_of=AS_OF), [order("1", THREE, claim)]

    assert [] == found(leaf.run(orders=sold, lines=lines))
    assert [("promotion.funding_mismatch", "-5.00")] == found(leaf.run(orders=sold, lines=lines, refunds=[]))


def test_a_refund_that_failed_or_was_replaced_takes_nothing_back():
    one = rule("it", 20, kind="platform_coupon", funder="platform")
    claim = off(20_00, "platform_coupon", funder="platform", settled=True)
    lines = [settled("1", "1", 20_00), settled("1", "2", -5_00, "subsidy_clawback")]
    refunds = [
        refund("F", "1", 140_00, version="1", status="failed"),
        refund("G", "1", 140_00, version="1"),
        refund("G", "1", 70_00, version="2"),
    ]
    outcome = Promotions(rules=[one], as_of=AS_OF).run(orders=[order("1", THREE, claim)], lines=lines, refunds=refunds)

    assert [] == found(outcome)
    assert ["not succeeded", "earlier version"] == outcome.records["refunds"]["verdict"].to_list()[:2]


def test_what_is_taken_back_in_parts_sums_to_all_of_the_funding():
    one = rule("it", "0.10", kind="platform_coupon", funder="platform")
    claim = off(10, "platform_coupon", funder="platform", settled=True)
    sold = [order("1", [article(3_10)], claim)]
    refunds = [refund(name, "1", 1_00) for name in "XYZ"]
    lines = [settled("1", "1", 10)] + [
        settled("1", str(at), back, "subsidy_clawback") for at, back in ((2, -3), (3, -4), (4, -3))
    ]
    exact = attrs.evolve(Promotions(rules=[one], as_of=AS_OF), tolerances=Promotions().tolerances.exact())

    assert [] == found(exact.run(orders=sold, lines=lines, refunds=refunds))


def test_a_line_that_says_no_shop_is_of_the_one_order_of_its_number_and_of_none_where_two_shops_have_it():
    one = rule("it", 20, kind="platform_coupon", funder="platform")
    claim = off(20_00, "platform_coupon", funder="platform", settled=True)
    line = [settled("1", "1", 20_00, shop=(None, None))]
    leaf = Promotions(rules=[one], as_of=AS_OF)
    twice = [order("1", THREE, claim), order("1", THREE, claim, shop=SHOPS[1])]

    assert [] == found(leaf.run(orders=twice[:1], lines=line))
    assert [
        ("promotion.funding_missing", "-20.00"),
        ("promotion.funding_missing", "-20.00"),
        ("promotion.funding_unknown", "20.00"),
    ] == found(leaf.run(orders=twice, lines=line))


def test_funding_in_another_currency_is_not_taken_for_what_is_owed():
    one = rule("it", 20, kind="platform_coupon", funder="platform")
    claim = off(20_00, "platform_coupon", funder="platform", settled=True)
    line = [settled("1", "1", 20_00, code="USD")]
    outcome = Promotions(rules=[one], as_of=AS_OF).run(orders=[order("1", THREE, claim)], lines=line)

    assert [("promotion.funding_missing", "CNY"), ("promotion.funding_unknown", "USD")] == [
        (one.type, one.impact.currency.code) for one in outcome.discrepancies
    ]
    assert outcome.proof.holds


@pytest.mark.parametrize(("difference", "is_found"), [(0, False), (1, False), (2, True), (-1, False), (-2, True)])
def test_a_cent_is_within_the_tolerance_of_a_claim_and_two_are_not(difference, is_found):
    claim = off(40_00 + difference, "full_reduction")
    outcome = Promotions(rules=[FULL]).run(orders=[order("1", THREE, claim)])

    assert is_found == bool(found(outcome))


def test_a_floor_counts_what_the_merchant_bears_only_and_holds_to_the_cent():
    floors = [PriceFloor(sku="A", price=Decimal(100)), PriceFloor(sku="B", price=Decimal(100), shop_id="shop 9")]
    own = order("1", [article(210_00, pieces=2)], off(10_01))
    edge = order("2", [article(110_00)], off(10_00))
    funded = order("3", [article(110_00)], off(60_00, "platform_coupon", funder="platform", settled=True))
    other = order("4", [article(10_00, "B")], off(1_00))
    below = attrs.evolve(own, lines=(article(105_00, pieces=2),))
    leaf = Promotions(rules=RuleBook(floors=floors))

    assert [] == [kind for kind, _ in found(leaf.run(orders=[edge, other, own]))]
    note = only(leaf.run(orders=[below, funded]), "order.price_anomaly")
    said = [note.keys["platform_order_id"], *(note.evidence[name] for name in ("price", "short"))]
    assert ["1", "99.99", "0.01"] == said


def test_a_run_of_a_period_looks_at_that_period_and_carries_the_rest():
    claims = [order("1", THREE, off(50_00, "full_reduction"), on=day(30, 9)), order("2", THREE, FORTY, on=day(2))]
    outcome = Promotions(rules=[FULL], period="2026-10").run(orders=claims)

    assert [] == found(outcome)
    assert ["another period", "agreed"] == outcome.records["claimed"]["verdict"].to_list()


def test_an_order_is_remembered_until_it_is_settled_and_old():
    one = rule("it", 20, kind="platform_coupon", funder="platform")
    claim = off(20_00, "platform_coupon", funder="platform", settled=True)
    orders = [order("1", THREE, claim), order("2", THREE, claim)]
    first = Promotions(rules=[one], as_of=day(31), memory_days=10).run(orders=orders, lines=[settled("1", "1", 20_00)])
    kept = first.carry_forward.sides
    second = Promotions(rules=[one], as_of=day(31), memory_days=10).run(
        orders=[], lines=[settled("2", "2", 20_00, on=day(29))], opening=first.carry_forward
    )

    assert [("promotion.funding_missing", "-20.00")] == found(first)
    assert (["2"], 0) == (kept["orders"].to_polars()["platform_order_id"].to_list(), len(kept["lines"]))
    assert [] == found(second)


def test_a_check_of_the_callers_own_sees_the_claims():
    def large(sides):
        rows = sides["claimed"].filter(pl.col("claimed_minor") > 30_00)
        return rows.select(pl.lit("claimed").alias("side"), "row", pl.lit("large").alias("reason"))

    outcome = Promotions(rules=[FULL], own_checks={"large": large}).run(orders=[order("1", THREE, FORTY)])

    assert [("custom.large", "large")] == [(one.type, one.reason) for one in outcome.discrepancies]


RULES = """
[[rules]]
name = "national"
kind = "gov_subsidy"
funder = "government"
advanced = true
rate = 0.15
cap = "2000.00"
valid_from = 2026-01-01
skus = ["A"]

[[rules]]
name = "steps"
kind = "full_reduction"
tiers = [{threshold = 300, amount = 40}, {threshold = 500, amount = 80}]
stackable_group = "shop"
after = ["member"]

[[floors]]
sku = "A"
price = 99.5
valid_to = 2026-12-31
"""


def test_a_rule_book_is_read_from_a_file(tmp_path):
    file = tmp_path / "rules.toml"
    file.write_text(RULES, encoding="utf-8")
    book = RuleBook.load(file)

    assert [
        "national: gov_subsidy, 0.15 of it off, by government",
        "steps: full_reduction, 40 off from 300; 80 off from 500, by merchant",
    ] == [str(one) for one in book.rules]
    assert Decimal("99.5") == book.floors[0].price
    assert ("gov_subsidy", Decimal(2000)) == (book.rules[0].flow, book.rules[0].cap)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[[rules]", "it is no TOML"),
        ("rules = 1", "tables"),
        ("[[others]]\nname = 'x'", "tables"),
        ("[[rules]]\nname = 'x'", "rule 1: kind is missing"),
        ("[[rules]]\nname = 'x'\nkind = 'coupon'", "the kind is one of"),
        ("[[rules]]\nname = 'x'\nkind = 'points'\nfunder = 'shared'", "the funder is one of"),
        ("[[rules]]\nname = 'x'\nkind = 'points'\ncolour = 'red'", "unknown entries colour"),
        ("[[rules]]\nname = 'x'\nkind = 'points'\namount = true", "amount is a number"),
        ("[[rules]]\nname = 'x'\nkind = 'points'\namount = 'ten'", "amount is a number"),
        ("[[rules]]\nname = 'x'\nkind = 'points'\namount = 1\nrate = 0.1", "an amount or a rate"),
        ("[[rules]]\nname = 'x'\nkind = 'points'\namount = 1.005", "more decimals than CNY"),
        ("[[rules]]\nname = 'x'\nkind = 'points'\namount = -1", "of 0 or more"),
        ("[[rules]]\nname = 'x'\nkind = 'points'\nrate = 1.1", "of 1 at most"),
        ("[[rules]]\nname = 'x'\nkind = 'points'\nmerchant_share = 0.5", "no other funder"),
        ("[[rules]]\nname = 'x'\nkind = 'points'\nsingle_use = true", "has codes"),
        ("[[rules]]\nname = 'x'\nkind = 'points'\nrepeat = true\nrate = 0.1", "only amounts with a threshold repeat"),
        ("[[rules]]\nname = 'x'\nkind = 'points'\ncodes = 'K'", "codes is list"),
        ("[[rules]]\nname = 'x'\nkind = 'points'\nafter = ['what']", "the kind is one of"),
        ("[[rules]]\nname = 'x'\nkind = 'points'\nline_type = 'sale'\nfunder = 'platform'", "the line type is one of"),
        ("[[rules]]\nname = 'x'\nkind = 'points'\nvalid_from = 2026-02-01\nvalid_to = 2026-01-01", "before it begins"),
        ("[[rules]]\nname = 'x'\nkind = 'points'\n[[rules]]\nname = 'x'\nkind = 'points'", "two rules are called x"),
        ("[[floors]]\nsku = 'A'", "floor 1: price is missing"),
        (
            "[[rules]]\nname='x'\nkind='points'\ncodes=['K']\n[[rules]]\nname='y'\nkind='points'\ncodes=['K']",
            "codes of two rules: K",
        ),
        (
            "[[rules]]\nname='x'\nkind='points'\ntiers=[{threshold=1,amount=1},{threshold=1,amount=2}]",
            "two tiers have one threshold",
        ),
    ],
)
def test_a_rule_book_that_makes_no_sense_is_refused(text, problem):
    with pytest.raises(InputError, match=problem):
        RuleBook.loads(text)


def test_a_rule_book_that_is_not_there_and_a_currency_that_is_none_are_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        RuleBook.load(tmp_path / "none.toml")
    with pytest.raises(TieoutError):
        rule("x", 1, currency="YUAN")
    with pytest.raises(InputError, match="a sequence of PromotionRule is needed"):
        Promotions(rules=["rule"])


@pytest.mark.parametrize("side", ["orders", "lines", "refunds"])
def test_a_side_of_other_records_is_refused(side):
    sides = {"orders": [], "lines": [], "refunds": [], side: [article(1)]}

    with pytest.raises(InputError):
        Promotions().run(**sides)


def test_an_order_of_nothing_but_a_discount_is_said_and_does_not_fail():
    outcome = Promotions(rules=[FULL]).run(orders=[order("1", [], FORTY)])

    assert [("data.amount_missing", "0.00")] == found(outcome)
    assert ["no price stated"] == outcome.records["claimed"]["verdict"].to_list()


def test_funders_owe_nothing_of_a_closed_order():
    one = rule("it", 20, kind="platform_coupon", funder="platform")
    claim = off(20_00, "platform_coupon", funder="platform", settled=True)
    outcome = Promotions(rules=[one], as_of=AS_OF).run(orders=[order("1", THREE, claim, status="closed", done=None)])

    assert [] == found(outcome)
    assert 0 == len(outcome.carry_forward)


def test_of_two_rules_of_a_kind_the_one_of_the_funder_is_meant():
    rules = [rule("a shop's", 20, kind="full_reduction"), rule("b", 20, kind="full_reduction", funder="platform")]
    claim = off(20_00, "full_reduction", funder="platform", settled=True)
    outcome = Promotions(rules=rules, as_of=AS_OF).run(orders=[order("1", THREE, claim)], lines=[])

    assert [("promotion.funding_missing", "-20.00")] == found(outcome)


def funded_order(**fields):
    claim = off(20_00, "platform_coupon", funder="platform", settled=True)
    return attrs.evolve(order("1", THREE, claim), **fields)


def test_without_settlement_lines_nothing_is_asked_of_funders():
    run = Promotions(as_of=AS_OF).run

    assert [] == found(run(orders=[funded_order()]))
    assert [("promotion.funding_missing", "-20.00")] == found(run(orders=[funded_order()], lines=[]))
    first = run(orders=[funded_order()], lines=[settled("1", "L", 20_00)])
    assert [] == found(run(orders=[], opening=first.carry_forward))


@pytest.mark.parametrize("lines", [(), (attrs.evolve(THREE[0], unit_price=None), *THREE[1:])])
@pytest.mark.parametrize("taken", [5_00, 7_00, None])
def test_what_part_of_an_order_without_a_price_a_refund_is_nobody_knows(lines, taken):
    sold = funded_order(lines=lines)
    rows = [settled("1", "L", 20_00)]
    if taken is not None:
        rows.append(settled("1", "K", -taken, "subsidy_clawback"))

    outcome = Promotions(as_of=AS_OF).run(orders=[sold], lines=rows, refunds=[refund("R", "1", 70_00)])

    assert [] == found(outcome)


def test_what_a_refund_says_that_it_takes_back_is_held_against_the_line_whatever_the_order_cost():
    back = refund("R", "1", 70_00, back=5_00)
    rows = [settled("1", "L", 20_00), settled("1", "K", -7_00, "subsidy_clawback")]

    outcome = Promotions(as_of=AS_OF).run(orders=[funded_order(lines=())], lines=rows, refunds=[back])

    assert [("promotion.funding_mismatch", "-2.00")] == found(outcome)
