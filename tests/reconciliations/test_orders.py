"""Orders: what the platform sold against what the ERP has of it."""

import datetime as dt
import random
from decimal import Decimal

import pytest
from _records import at, yuan
from _suite import ReconciliationSuite, World

from tieout.errors import InputError
from tieout.model import Discount, Order, OrderLine, Payout
from tieout.reconciliations import Orders

AS_OF = dt.date(2026, 10, 31)
SHOPS = (("taobao", "shop 1"), ("taobao", "shop 2"), ("pdd", "shop 1"))
DAY = dt.date(2026, 10, 5)


def order(number, day, minor, shop=SHOPS[0], code="CNY", **more):
    platform, shop_id = shop
    fields = {"status": "paid", "created_at": at(day, 11), "paid_at": at(day), **more}
    return Order(
        platform=platform,
        shop_id=shop_id,
        platform_order_id=number,
        currency=code,
        goods_amount=None if minor is None else yuan(minor, code),
        **fields,
    )


def article(sku="A", count="1"):
    return OrderLine(sku=sku, quantity=Decimal(count))


class TestOrders(ReconciliationSuite):
    elsewhere = frozenset({"general.tolerance_drift", "data.order_conflict"})

    def world(self, dice: random.Random) -> World:
        books = Books(dice)
        for _ in range(dice.randint(0, 14)):
            dice.choice(books.STORIES)(books)
        return World(
            reconciliation=Orders(as_of=AS_OF),
            sides={"orders": books.ours, "erp_orders": books.theirs},
            arrives={"orders": books.ours_on, "erp_orders": books.theirs_on},
            planted=books.planted,
            named_by=("platform_order_id",),
        )


class Books:
    """Books that are written story by story, each with its own number and amount."""

    def __init__(self, dice):
        self.dice = dice
        self.ours, self.theirs = [], []
        self.ours_on, self.theirs_on = [], []
        self.planted = []
        self.count = 0

    def new(self):
        self.count += 1
        minor = 2 ** (self.count % 20) * 10_007 + self.count * 131 + self.dice.randint(0, 9) * 1_000_003
        return f"20261005{self.count:08}", dt.date(2026, 10, self.dice.randint(1, 20)), minor

    def sell(self, number, day, minor, **more):
        self.ours.append(order(number, day, minor, **more))
        self.ours_on.append(day)

    def enter(self, number, day, minor, arrives=None, **more):
        self.theirs.append(order(number, day, minor, **more))
        self.theirs_on.append(arrives or day + dt.timedelta(days=self.dice.choice((0, 1))))

    def plant(self, kind, number, impact=0):
        self.planted.append((kind, number, impact))

    def both_have_it(self):
        number, day, minor = self.new()
        shop = self.dice.choice(SHOPS)
        self.sell(number, day, minor, shop=shop)
        self.enter(number, day, minor, shop=shop)

    def an_order_of_usd(self):
        number, day, minor = self.new()
        self.sell(number, day, minor, code="USD")
        self.enter(number, day, minor, code="USD")

    def split_in_the_erp(self):
        number, day, minor = self.new()
        self.sell(number, day, minor, lines=(article("A", 2), article("B")))
        self.enter(number, day, minor - 999, merchant_order_no=f"{number}-1", lines=(article("A", 2),))
        self.enter(number, day, 999, merchant_order_no=f"{number}-2", lines=(article("B"),))

    def missing(self):
        number, day, minor = self.new()
        self.sell(number, day, minor)
        self.plant("order.missing_in_erp", number, -minor)

    def not_there_yet(self):
        number, _, minor = self.new()
        self.sell(number, dt.date(2026, 10, 30), minor)

    def not_paid(self):
        number, day, minor = self.new()
        self.sell(number, day, minor, status=self.dice.choice(("created", "closed")), paid_at=None)

    def not_paid_but_there(self):
        number, day, minor = self.new()
        self.sell(number, day, minor, status="created", paid_at=None)
        self.enter(number, day, minor, status="created", paid_at=None)

    def extra(self):
        number, day, minor = self.new()
        self.enter(number, day, minor)
        self.plant("order.extra_in_erp", number, minor)

    def a_cent_off(self):
        number, day, minor = self.new()
        self.sell(number, day, minor)
        self.enter(number, day, minor + self.dice.choice((-1, 1)))

    def another_amount(self):
        number, day, minor = self.new()
        off = self.dice.choice((-2, 77, 1000))
        self.sell(number, day, minor)
        self.enter(number, day, minor + off)
        self.plant("order.erp_amount_mismatch", number, off)

    def another_currency(self):
        number, day, minor = self.new()
        self.sell(number, day, minor)
        self.enter(number, day, minor // 7, code="USD")
        self.planted += [
            ("order.erp_currency_mismatch", number, -minor),
            ("order.erp_currency_mismatch", number, minor // 7),
        ]

    def one_number_in_two_shops(self):
        number, day, minor = self.new()
        for shop in SHOPS:
            self.sell(number, day, minor, shop=shop)
            self.enter(number, day, minor, shop=shop)

    def closed_on_the_platform(self):
        number, day, minor = self.new()
        self.sell(number, day, minor, status="closed", closed_at=at(day, 18))
        self.enter(number, day, minor)
        self.plant("order.erp_status_conflict", number)

    def shipped_while_the_erp_lags(self):
        number, _, minor = self.new()
        self.sell(number, dt.date(2026, 10, 29), minor, status="shipped", shipped_at=at(dt.date(2026, 10, 30)))
        self.enter(number, dt.date(2026, 10, 29), minor)

    def signed_is_shipped(self):
        number, day, minor = self.new()
        shipped = at(day, 15)
        self.sell(number, day, minor, status="signed", shipped_at=shipped)
        self.enter(number, day, minor, status="shipped", shipped_at=shipped)

    def another_article(self):
        number, day, minor = self.new()
        self.sell(number, day, minor, lines=(article("A", 3), article("B")))
        self.enter(number, day, minor, lines=(article("A", 2), article("B")))
        self.plant("order.erp_lines_differ", number)

    def shipped_in_two_months(self):
        number, _, minor = self.new()
        day = dt.date(2026, 9, 30)
        self.sell(number, day, minor, status="shipped", shipped_at=at(day, 20))
        self.enter(number, day, minor, status="shipped", shipped_at=at(dt.date(2026, 10, 1)), arrives=DAY)
        self.plant("order.erp_period_mismatch", number)

    def no_amount(self):
        number, day, minor = self.new()
        self.sell(number, day, minor)
        self.enter(number, day, None)
        self.plant("data.amount_missing", number)

    def less_than_nothing(self):
        number, day, minor = self.new()
        for take in (self.sell, self.enter):
            take(number, day, minor, adjustment=yuan(-2 * minor))
            self.plant("data.amount_negative", number)

    def a_newer_version(self):
        number, day, minor = self.new()
        self.sell(number, day, minor)
        self.enter(number, day, minor)
        later = day + dt.timedelta(days=2)
        for list_, days in ((self.ours, self.ours_on), (self.theirs, self.theirs_on)):
            list_.append(order(number, day, minor, status="shipped", shipped_at=at(later)))
            days.append(later)

    STORIES = (
        both_have_it,
        an_order_of_usd,
        split_in_the_erp,
        missing,
        not_there_yet,
        not_paid,
        not_paid_but_there,
        extra,
        a_cent_off,
        another_amount,
        another_currency,
        one_number_in_two_shops,
        closed_on_the_platform,
        shipped_while_the_erp_lags,
        signed_is_shipped,
        another_article,
        shipped_in_two_months,
        no_amount,
        less_than_nothing,
        a_newer_version,
    )


def run(reconciliation=None, **sides):
    return (reconciliation or Orders(as_of=AS_OF)).run(**{"orders": [], "erp_orders": [], **sides})


def found(outcome):
    assert [] == list(outcome.proof.failures)
    return sorted((one.type, str(one.impact.amount)) for one in outcome.discrepancies)


def test_the_figure_that_differs_is_named():
    coupon = Discount(kind="platform_coupon", funder="platform", amount=yuan(2000), settled_to_merchant=True)
    ours = order("GS-1", DAY, 19000, discounts=(coupon,))

    outcome = run(orders=[ours], erp_orders=[order("GS-1", DAY, 17000)])
    (one,) = outcome.discrepancies

    assert ("order.erp_amount_mismatch", "-20.00") == (one.type, str(one.impact.amount))
    assert {"goods": "190.00 -> 170.00", "funded": "20.00 -> 0.00", "receivable": "190.00 -> 170.00"} == one.diffs


def test_a_paid_order_is_not_due_in_transit_late_and_missing_by_its_day():
    states = {}
    for days in (0, 1, 2, 4, 5):
        outcome = run(Orders(as_of=DAY + dt.timedelta(days=days)), orders=[order("A", DAY, 100)])
        states[days] = (outcome.carry_forward.items["what"].to_list(), found(outcome))

    lacks = [("order.missing_in_erp", "-1.00")]
    assert {
        0: (["in transit"], []),
        1: (["in transit"], []),
        2: (["late"], lacks),
        4: (["late"], lacks),
        5: (["missing"], lacks),
    } == states


@pytest.mark.parametrize(
    ("status", "more", "lacks"),
    [
        ("created", {}, False),
        ("created", {"is_cod": True}, True),
        ("closed", {"is_cod": True}, False),
        ("closed", {"paid_at": at(DAY)}, True),
        (None, {}, True),
        (None, {"closed_at": at(DAY)}, False),
    ],
)
def test_what_was_never_paid_need_not_be_in_the_erp(status, more, lacks):
    outcome = run(orders=[order("A", DAY, 100, **{"status": status, "paid_at": None, **more})])

    assert ([("order.missing_in_erp", "-1.00")] if lacks else []) == found(outcome)


def test_an_order_that_is_paid_later_is_asked_for_then():
    first = run(Orders(as_of=DAY), orders=[order("A", DAY, 100, status="created", paid_at=None)])
    paid = [order("A", DAY, 100)]

    second = run(orders=paid, opening=first.carry_forward)

    assert [("order.missing_in_erp", "-1.00")] == found(second)


def test_a_number_that_excel_rounded_is_found_by_amount_day_and_shop():
    ours = [order("2026100512345678", DAY, 5099), order("2026100512345699", DAY, 7001)]
    theirs = [order("2026100512345670", DAY, 5099)]

    outcome = run(orders=ours, erp_orders=theirs)

    assert [("order.missing_in_erp", "-70.01")] == found(outcome)
    assert ["damaged number"] == outcome.matches["rule"].to_list()


def test_a_damaged_number_that_two_orders_fit_moves_no_money():
    ours = [order(f"202610051234567{last}", DAY, 5099) for last in "68"]

    outcome = run(orders=ours, erp_orders=[order("2026100512345670", DAY, 5099)])

    assert [
        ("order.extra_in_erp", "50.99"),
        ("order.missing_in_erp", "-50.99"),
        ("order.missing_in_erp", "-50.99"),
    ] == found(outcome)
    assert {"suggested"} == set(outcome.matches["status"])


def test_an_erp_that_does_not_say_the_shop_has_the_only_order_of_that_number():
    nameless = order("A", DAY, 100, shop=("taobao", None))

    assert [] == found(run(orders=[order("A", DAY, 100)], erp_orders=[nameless]))


def test_an_erp_that_does_not_say_the_shop_has_neither_of_two():
    nameless = order("A", DAY, 100, shop=("taobao", None))

    outcome = run(orders=[order("A", DAY, 100, shop=shop) for shop in SHOPS[:2]], erp_orders=[nameless])

    assert ["order.extra_in_erp", *2 * ["order.missing_in_erp"]] == [kind for kind, _ in found(outcome)]
    assert ["shop 1,shop 2"] == [
        one.evidence["suggested"] for one in outcome.discrepancies if one.type == "order.extra_in_erp"
    ]


def test_a_part_that_is_not_shipped_holds_the_order_back():
    parts = [
        order("A", DAY, 60, merchant_order_no="A-1", status="shipped", shipped_at=at(DAY)),
        order("A", DAY, 40, merchant_order_no="A-2"),
    ]

    partly = run(orders=[order("A", DAY, 100, status="partially_shipped")], erp_orders=parts)
    wholly = run(orders=[order("A", DAY, 100, status="shipped", shipped_at=at(DAY))], erp_orders=parts)

    assert [] == found(partly)
    assert [("order.erp_status_conflict", "0.00")] == found(wholly)


def test_an_order_that_lists_no_article_says_nothing_of_them():
    outcome = run(orders=[order("A", DAY, 100, lines=(article(),))], erp_orders=[order("A", DAY, 100)])

    assert [] == found(outcome)


def test_articles_without_the_merchants_code_are_not_compared():
    nameless = OrderLine(platform_sku_id="P-1", quantity=Decimal(2))

    outcome = run(
        orders=[order("A", DAY, 100, lines=(article(),))], erp_orders=[order("A", DAY, 100, lines=(nameless,))]
    )

    assert [] == found(outcome)


def test_articles_that_differ_are_listed_one_by_one():
    ours = order("A", DAY, 100, lines=(article("X", 3), article("Y", 1)))
    theirs = order("A", DAY, 100, lines=(article("X", 1), article("X", 1), article("Z", "0.5")))

    (one,) = run(orders=[ours], erp_orders=[theirs]).discrepancies

    assert {"lines": "X: 3 -> 2; Y: 1 -> 0; Z: 0 -> 0.5"} == one.diffs


def test_the_month_is_that_of_the_moment_that_the_policy_names():
    dates = {"shipped_at": at(dt.date(2026, 9, 30)), "signed_at": at(dt.date(2026, 10, 2))}
    ours = order("A", dt.date(2026, 9, 29), 100, status="signed", **dates)
    theirs = order("A", dt.date(2026, 9, 29), 100, status="signed", **{**dates, "shipped_at": at(dt.date(2026, 10, 1))})

    kinds = {
        moment: [
            kind for kind, _ in found(run(Orders(as_of=AS_OF, recognition=moment), orders=[ours], erp_orders=[theirs]))
        ]
        for moment in ("shipped_at", "signed_at", "completed_at")
    }

    assert {"shipped_at": ["order.erp_period_mismatch"], "signed_at": [], "completed_at": []} == kinds


def test_counts_and_amounts_of_each_shop_and_stage_can_be_read_off():
    sides = {"orders": [order(number, DAY, 100) for number in "AB"], "erp_orders": [order("A", DAY, 100)]}

    shown = run(**sides).lines.select(
        "platform_order_id", "expected_minor", "actual_minor", "stage", "erp_stage", "verdict"
    )

    assert [
        ("A", 100, 100, "to ship", "to ship", "agreed"),
        ("B", 100, 0, "to ship", None, "discrepancy"),
    ] == sorted(shown.rows())


def test_orders_of_another_period_are_set_aside():
    months = Orders(period="2026-10")

    outcome = run(months, orders=[order("A", dt.date(2026, 9, 1), 100), order("B", DAY, 100)])

    assert [("order.missing_in_erp", "-1.00")] == found(outcome)
    assert {"A": "another period", "B": "discrepancy"} == dict(
        outcome.records["orders"].select("platform_order_id", "verdict").iter_rows()
    )


def test_two_books_do_not_share_an_order():
    outcome = run(orders=[order("A", DAY, 100, book_id="one")], erp_orders=[order("A", DAY, 100, book_id="two")])

    assert [("order.extra_in_erp", "1.00"), ("order.missing_in_erp", "-1.00")] == found(outcome)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"recognition": "paid_at"}, "one of shipped_at, signed_at, completed_at"),
        ({"lag_days": -1}, "not negative"),
        ({"days": -1}, "not negative"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, problem):
    with pytest.raises(InputError, match=problem):
        Orders(**settings)


def test_a_side_of_other_records_is_refused():
    payout = Payout(payout_id="P", platform="taobao", amount=yuan(-1))

    with pytest.raises(InputError):
        run(orders=[payout])


def test_a_damaged_number_of_another_amount_is_another_order():
    outcome = run(orders=[order("2026100512345678", DAY, 5099)], erp_orders=[order("2026100512345670", DAY, 5098)])

    assert [("order.extra_in_erp", "50.98"), ("order.missing_in_erp", "-50.99")] == found(outcome)


def test_a_part_that_lists_no_article_leaves_the_articles_unsaid():
    parts = [
        order("A", DAY, 60, merchant_order_no="A-1", lines=(article("X"),)),
        order("A", DAY, 40, merchant_order_no="A-2"),
    ]

    assert [] == found(run(orders=[order("A", DAY, 100, lines=(article("X", 2),))], erp_orders=parts))


@pytest.mark.parametrize(("status", "kept"), [("closed", []), ("created", ["A"])])
def test_an_order_that_closed_unpaid_is_forgotten_in_time_and_one_that_may_be_paid_is_not(status, kept):
    long_after = Orders(as_of=DAY + dt.timedelta(days=200))

    outcome = run(long_after, orders=[order("A", DAY, 100, status=status, paid_at=None)])

    assert [] == found(outcome)
    assert kept == outcome.carry_forward.sides["orders"].to_polars()["platform_order_id"].to_list()


@pytest.mark.parametrize("before", [90_00, 110_00])
def test_an_order_of_the_erp_that_is_corrected_takes_the_place_of_what_was_carried_of_it(before):
    ours = order("1", DAY, 100_00)
    first = Orders(as_of=AS_OF).run(orders=[ours], erp_orders=[order("1", DAY, before)])
    second = Orders(as_of=AS_OF).run(orders=[], erp_orders=[order("1", DAY, 100_00)], opening=first.carry_forward)

    assert ["order.erp_amount_mismatch"] == [found.type for found in first.discrepancies]
    assert [] == list(second.discrepancies)
    assert [] == list(second.proof.failures)


def test_an_order_without_an_amount_that_only_one_side_has_is_missing_or_extra_too():
    outcome = Orders(as_of=AS_OF).run(orders=[order("1", DAY, None)], erp_orders=[order("2", DAY, None)])

    assert [
        ("data.amount_missing", "1"),
        ("data.amount_missing", "2"),
        ("order.extra_in_erp", "2"),
        ("order.missing_in_erp", "1"),
    ] == [(found.type, found.keys["platform_order_id"]) for found in outcome.discrepancies]
    assert [] == list(outcome.proof.failures)


def test_two_records_of_one_order_of_which_neither_is_later_are_told():
    twice = [order("1", DAY, minor) for minor in (90_00, 100_00)]
    outcomes = [Orders(as_of=AS_OF).run(orders=twice[::step], erp_orders=twice[::step]) for step in (1, -1)]

    for outcome in outcomes:
        assert [("data.order_conflict", "erp_orders"), ("data.order_conflict", "orders")] == sorted(
            (found.type, found.keys["side"]) for found in outcome.discrepancies
        )
        assert [] == list(outcome.proof.failures)


def test_a_record_of_another_month_contradicts_nothing_in_this_one():
    twice = [order("1", dt.date(2026, 9, 5), minor) for minor in (100_00, 110_00)]

    assert [] == list(Orders(period="2026-10").run(orders=twice, erp_orders=[]).discrepancies)


def test_a_conflict_of_stages_is_said_in_chinese_words():
    ours, theirs = order("1", DAY, 100_00), order("1", DAY, 100_00, status="shipped")
    found = next(iter(Orders(as_of=AS_OF).run(orders=[ours], erp_orders=[theirs]).discrepancies))

    assert "订单 1 平台状态“待发货”，ERP 状态“已发货”" == found.reason_zh
