"""Settlements in parts: spread over buckets, they come to what all of them at once come to, number by number."""

import datetime as dt
import random
from decimal import Decimal

import attrs
import pytest
from settlement_world import AS_OF, DAY, FEES, SHOPS, Books, at, line, order, refund, yuan
from spread_clusters import cluster_of
from spread_settlements import assert_same, frames, spread

from tieout._spark.plain import PlainParts
from tieout.errors import InputError, MissingColumn
from tieout.model import Provenance
from tieout.model import Settlement as Header
from tieout.money.profile import Allowance, ToleranceProfile
from tieout.posting import Book, post
from tieout.reconciliations import FeeContract, Period, Settlement
from tieout.reconciliations._settlement import parting
from tieout.reconciliations._settlement.spreading import Spread

BOOK = Book(chart="cn_small_business", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")
D1 = dt.date(2026, 10, 5)
INVOICED = (
    FeeContract(platform="tmall", line_type="commission", rate=Decimal("0.05"), returned=True, invoice="special"),
    FeeContract(platform="tmall", line_type="payment_fee", rate=Decimal("0.006"), amount=Decimal("0.10")),
    FeeContract(platform="pdd", line_type="freight_insurance", invoice="none"),
)


def many_stories(seed):
    """A world with more stories than those of the local tests, so that each bucket has some."""
    books = Books(random.Random(seed))
    for story in books.dice.choices(Books.STORIES, k=18):
        story(books)
    return books.world()


def both(settings, sides, buckets=3):
    """The outcome of all at once, which is that of parts too."""
    here = settings.run(**{"orders": [], "lines": [], **sides})
    assert [] == list(here.proof.failures)
    assert_same(here, spread(settings, {"orders": [], "lines": [], **sides}, buckets).collect())
    return here


def found(outcome):
    return [(one.type, str(one.impact.amount)) for one in outcome.discrepancies]


@pytest.mark.parametrize("seed", range(4))
def test_a_world_in_parts_comes_to_the_same(seed):
    world = many_stories(seed)

    assert_same(world.run(), spread(world.reconciliation, world.sides, 1 + seed % 5).collect())


@pytest.mark.parametrize(("seed", "period"), [(0, "2026-09"), (1, "2026-10"), (2, "2026-10-08")])
def test_a_period_of_a_world_in_parts_comes_to_the_same(seed, period):
    world = many_stories(seed)
    settings = attrs.evolve(world.reconciliation, as_of=None, period=period, fees=INVOICED)

    assert_same(settings.run(**world.sides), spread(settings, world.sides, 2 + seed).collect())


def batches(world, count):
    """Days up to which files arrive, so many of them, with the sides that arrive in each."""
    days = world.days()
    firsts = sorted({days[len(days) * place // count] for place in range(count)})
    for first, after in zip(firsts, [*firsts[1:], None], strict=True):
        here = [day for day in days if first <= day and (after is None or day < after)]
        arrived = [world.arrived(day) for day in here]
        yield here[-1], {name: [row for sides in arrived for row in sides[name]] for name in world.sides}


@pytest.mark.parametrize("seed", range(2))
def test_files_in_parts_that_follow_each_other_come_to_the_same(seed):
    world = many_stories(seed + 40)
    opening = None
    for count, (day, sides) in enumerate(batches(world, 3)):
        settings = attrs.evolve(world.reconciliation, as_of=day)
        here = settings.run(**sides, opening=opening)
        there = spread(settings, sides, 2 + count, opening=opening)
        assert_same(here, there.collect())
        opening = there.carry_forward.collect()


def test_what_is_carried_in_parts_is_taken_as_it_is():
    world = many_stories(4)
    here = there = None
    for count, (day, sides) in enumerate(batches(world, 3)):
        settings = attrs.evolve(world.reconciliation, as_of=day)
        here = settings.run(**sides, opening=here and here.carry_forward)
        there = spread(settings, sides, 2 + count % 2, opening=there and there.carry_forward)

    assert here.discrepancies == there.collect().discrepancies
    assert (here.proof, here.totals) == (there.proof, there.totals)
    assert len(here.carry_forward.sides["lines"]) == len(there.carry_forward.collect().sides["lines"])


@pytest.mark.parametrize("seed", range(2))
def test_records_of_the_period_before_that_say_more_come_to_the_same_in_parts(seed):
    """A second period in which all files of the first are read again, with orders that say more than they did."""
    world = many_stories(seed + 60)
    days = world.days()
    middle = days[len(days) // 2]
    first = attrs.evolve(world.reconciliation, as_of=None, period=Period(days[0], middle))
    second = attrs.evolve(first, period=Period(middle + dt.timedelta(days=1), days[-1]))
    orders = [attrs.evolve(order, buyer_ref="0731") for order in world.sides["orders"]]
    sides = {**world.sides, "orders": orders}
    opening = attrs.evolve(first.run(**world.sides).carry_forward, opens_on=second.period.first)

    here, there = second.run(**sides, opening=opening), spread(second, sides, 3, opening=opening).collect()
    assert_same(here, there)
    assert 3 < here.records["orders"].filter("is_opening").height
    assert found(second.run(**world.sides, opening=opening)) == found(here)


# Records that say little, too much, or the opposite of each other


class Hostile:
    """Rows of few numbers, so that whatever can meet does, and of which some come again in the next run and say something else."""

    KINDS = (
        *("sale", "sale", "sale_refund", "platform_subsidy", "subsidy_clawback", "buyer_compensation", "commission"),
        *(
            "payment_fee",
            "fee_refund",
            "penalty",
            "unknown",
            "withdrawal",
            "reserve_hold",
            "reserve_release",
            "adjustment",
        ),
    )

    def __init__(self, seed):
        self.dice = random.Random(seed)

    def pick(self, *values):
        return self.dice.choice(values)

    def day(self):
        return self.pick(None, *(dt.date(2026, month, self.dice.randint(1, 28)) for month in (7, 8, 10, 10)))

    def shop(self):
        return self.pick(*SHOPS, SHOPS[0], (None, None), ("tmall", None))

    def book(self):
        return self.pick(None, None, "A", "B")

    def place(self):
        file = self.pick(None, "ab", "cd")
        return (
            {"provenance": Provenance(file=f"{file}.csv", sha256=file * 32, line=self.dice.randint(2, 9))}
            if file
            else {}
        )

    def orders(self, count):
        return [
            order(
                f"O{self.dice.randint(1, 9)}",
                self.day(),
                self.dice.randint(0, 3) * 1_000,
                funded=self.pick(0, 500),
                shop=self.pick(*SHOPS, ("tmall", None)),
                code=self.pick("CNY", "CNY", "USD"),
                status=self.pick("completed", "shipped", "closed", "created"),
                book_id=self.book(),
                **self.place(),
            )
            for _ in range(count)
        ]

    def refunds(self, count):
        return [
            refund(
                f"R{self.dice.randint(1, 5)}",
                self.pick(None, *(f"O{number}" for number in range(1, 10))),
                self.day(),
                self.dice.randint(0, 3) * 500,
                shop=self.shop(),
                status=self.pick("succeeded", "succeeded", "closed"),
                version=self.pick(None, "1", "2"),
                book_id=self.book(),
                **self.place(),
            )
            for _ in range(count)
        ]

    def lines(self, count):
        return [
            line(
                self.pick(None, *(f"L{number}" for number in range(6))),
                self.pick(*self.KINDS),
                self.dice.randint(-3, 3) * 500,
                self.day(),
                of=self.pick(None, *(f"O{number}" for number in range(1, 10))),
                shop=self.shop(),
                refund_id=self.pick(None, *(f"R{number}" for number in range(1, 6))),
                settlement_id=self.pick(None, "S1", "S2", "S3"),
                tax=self.pick(None, yuan(-30)),
                book_id=self.book(),
                **self.place(),
            )
            for _ in range(count)
        ]

    def settlements(self, count):
        return [
            Header(
                settlement_id=f"S{self.dice.randint(1, 3)}",
                **dict(zip(("platform", "shop_id"), self.shop(), strict=True)),
                currency="CNY",
                book_id=self.book(),
                period_start=day and at(day, 0),
                period_end=day and at(day + 5 * DAY, 23),
                net=yuan(self.dice.randint(-2, 2) * 500),
                reserve_current=self.pick(None, yuan(500)),
            )
            for day in (self.day() for _ in range(count))
        ]

    def sides(self):
        lines = self.lines(24)
        twice = [attrs.evolve(one, **self.place()) for one in self.dice.sample(lines, 6)]
        sides = {"orders": self.orders(9), "lines": [*lines, *twice], "settlements": self.settlements(3)}
        return sides | ({"refunds": self.refunds(7)} if self.dice.random() < 0.7 else {})

    def settings(self):
        said = self.pick({"as_of": AS_OF}, {"as_of": AS_OF}, {}, {"period": "2026-10"}, {"period": "2026-08"})
        return Settlement(fees=INVOICED, memory_days=self.pick(20, 75, 90), **said)


@pytest.mark.parametrize("seed", range(7))
def test_hostile_rows_of_two_runs_in_parts_come_to_the_same(seed):
    hostile, opening = Hostile(seed), None
    for buckets in (1 + seed % 4, 5):
        settings, sides = hostile.settings(), hostile.sides()
        here, there = settings.run(**sides, opening=opening), spread(settings, sides, buckets, opening=opening)
        assert_same(here, there.collect())
        opening = here.carry_forward


def test_a_day_of_the_run_is_that_of_the_whole():
    sides = {"orders": [order("1", D1, 100)], "lines": [line("a", "sale", 100, D1, of="2")]}
    head = Header(settlement_id="S", platform="tmall", currency="CNY", period_end=at(D1 + 40 * DAY))

    assert "2026-10-05" == both(Settlement(), sides).parameters["as of"]
    assert "2026-11-14" == both(Settlement(), {**sides, "settlements": [head]}).parameters["as of"]
    assert "1970-01-01" == both(Settlement(), {}).parameters["as of"]


# What only the whole knows


def shop_lines(*said, **fields):
    """Lines of orders that have nothing to do with each other."""
    return [
        line(f"L{place}", kind, minor, day, of=f"O{place}", **{"settlement_id": "S1", **fields})
        for place, (kind, minor, day) in enumerate(said)
    ]


def test_the_lines_of_a_settlement_are_summed_over_all_parts():
    lines = shop_lines(*[("adjustment", 100 + place, D1) for place in range(9)])
    header = Header(settlement_id="S1", platform="tmall", shop_id="shop 1", currency="CNY", net=yuan(936))
    outcome = both(Settlement(as_of=AS_OF), {"lines": lines, "settlements": [header]}, 4)

    assert [] == [kind for kind, _ in found(outcome) if kind != "settlement.order_unknown"]
    short = attrs.evolve(header, net=yuan(935))
    assert ("settlement.total_mismatch", "0.00") in found(
        both(Settlement(as_of=AS_OF), {"lines": lines, "settlements": [short]}, 4)
    )


def test_lines_outside_the_period_of_their_settlement_are_found_in_each_part():
    lines = shop_lines(*[("sale", 100, D1 + place * DAY) for place in range(8)])
    header = Header(
        settlement_id="S1",
        platform="tmall",
        shop_id="shop 1",
        currency="CNY",
        period_start=at(D1 + DAY),
        period_end=at(D1 + 6 * DAY),
    )
    outcome = both(Settlement(as_of=AS_OF), {"lines": lines, "settlements": [header]}, 4)

    assert ["L0", "L7"] == outside(outcome)
    early = both(Settlement(as_of=AS_OF), {"lines": lines[:-1], "settlements": [header]}, 4)
    assert ["L0"] == outside(early)


def outside(outcome):
    return sorted(one.keys["line_id"] for one in outcome.discrepancies if one.type == "settlement.period_mismatch")


def test_releases_go_to_the_oldest_hold_of_the_shop_wherever_that_is():
    old = dt.date(2026, 9, 1)
    moves = [("reserve_hold", -100, old + place * DAY) for place in range(6)] + [
        ("reserve_release", 350, old + 9 * DAY)
    ]
    outcome = both(Settlement(as_of=AS_OF), {"lines": shop_lines(*moves)}, 4)

    late = {one.keys["line_id"]: one.evidence["held_minor"] for one in outcome.discrepancies}
    assert {"L3": "50", "L4": "100", "L5": "100"} == {
        name: held for name, held in late.items() if name in "L0L1L2L3L4L5"
    }


def test_lines_of_a_header_that_is_needed_again_are_kept_in_each_part():
    old = dt.date(2026, 6, 1)
    lines = shop_lines(*[("ad_fee", -100, old) for _ in range(6)])
    header = Header(settlement_id="S1", platform="tmall", shop_id="shop 1", currency="CNY", period_end=at(AS_OF))
    settings = Settlement(as_of=AS_OF, memory_days=30)

    assert 6 == len(both(settings, {"lines": lines, "settlements": [header]}).carry_forward.sides["lines"])
    assert 0 == len(both(settings, {"lines": lines}).carry_forward.sides["lines"])


def test_lines_of_a_settlements_month_are_kept_as_long_as_one_of_them_is_young_in_whichever_part():
    lines = shop_lines(*[("ad_fee", -100, dt.date(2026, 10, day)) for day in (1, 2, 3, 4, 31)])
    january = Settlement(as_of=dt.date(2027, 1, 20))

    assert 5 == len(both(january, {"lines": lines}, 4).carry_forward.sides["lines"])
    assert 0 == len(both(january, {"lines": lines[:4]}, 4).carry_forward.sides["lines"])


def test_a_late_line_posts_its_document_with_the_lines_of_all_parts():
    lines = shop_lines(*[("ad_fee", -100, D1 + place * DAY) for place in range(6)])
    lines += shop_lines(("ad_fee", -7, D1), settlement_id="S2")
    settings = Settlement(as_of=AS_OF)
    first = settings.run(orders=[], lines=lines)
    late = [line("late", "ad_fee", -1, D1, of="O9", settlement_id="S1")]
    here = settings.run(orders=[], lines=late, opening=first.carry_forward)
    there = spread(settings, {"orders": [], "lines": late}, 4, opening=first.carry_forward)

    assert [yuan(-601)] == [event.amount for event in there.collect_events()]
    assert_same(here, there.collect())


def test_an_event_says_its_tax_where_every_line_of_every_part_does():
    lines = shop_lines(*[("commission", -106, D1)] * 6, tax=yuan(-6))
    silent = line("x", "commission", -106, D1, of="X", settlement_id="S1")

    (said,) = both(Settlement(as_of=AS_OF), {"lines": lines}, 4).events
    (unsaid,) = both(Settlement(as_of=AS_OF), {"lines": [*lines, silent]}, 4).events
    assert (yuan(-36), None) == (said.tax, unsaid.tax)


def test_an_event_of_lines_in_many_parts_has_their_runs():
    lines = [
        attrs.evolve(one, provenance=Provenance(file=f"b{place % 2}.csv", sha256="b" * 64, line=place // 2 + 2))
        for place, one in enumerate(shop_lines(*[("ad_fee", -1, D1)] * 30))
    ]
    (event,) = both(Settlement(as_of=AS_OF), {"lines": lines}, 7).events

    assert ["b0.csv:2-16", "b1.csv:2-16"] == [str(source) for source in event.sources]


def test_of_a_line_that_is_listed_twice_the_first_counts():
    lines = [line("a", "sale", 100, D1, of="1", provenance=Provenance(sha256="a" * 64, line=at)) for at in (7, 3, 9, 1)]
    outcome = both(Settlement(as_of=AS_OF), {"orders": [order("1", D1, 100)], "lines": lines}, 3)

    assert ["agreed", *["listed twice"] * 3] == outcome.records["lines"].sort("row")["verdict"].to_list()


def test_a_line_that_names_a_refund_meets_the_order_of_the_refund():
    orders = [order(str(number), D1, 100, shop=SHOPS[2]) for number in range(6)]
    lines = [line(f"s{number}", "sale", 100, D1, of=str(number), shop=SHOPS[2]) for number in range(6)]
    lines += [line(f"r{number}", "sale_refund", -40, D1, refund_id=f"R{number}", shop=SHOPS[2]) for number in range(6)]
    refunds = [refund(f"R{number}", str(number), D1, 40, shop=SHOPS[2]) for number in range(6)]

    assert [] == found(both(Settlement(as_of=AS_OF), {"orders": orders, "lines": lines, "refunds": refunds}, 5))


@pytest.mark.parametrize("buckets", [2, 7])
def test_a_record_that_comes_again_takes_the_place_of_the_one_before_though_it_names_another_order(buckets):
    settings = Settlement(as_of=AS_OF)
    orders = [order(number, D1, 100) for number in ("1", "2")]
    before = {"orders": orders, "lines": [line("a", "sale", 100, D1, of="1")], "refunds": [refund("R", "1", D1, 5)]}
    opening = settings.run(**before).carry_forward
    again = {"orders": [], "lines": [line("a", "sale", 100, D1, of="2")], "refunds": [refund("R", "2", D1, 5)]}
    here = settings.run(**again, opening=opening)

    assert [3, 2] == [here.totals[side, "rows"] + 1 for side in ("orders", "lines")]
    assert_same(here, spread(settings, again, buckets, opening=opening).collect())


def test_refunds_that_were_carried_are_known_in_each_part():
    settings = Settlement(as_of=AS_OF)
    orders = [order(str(number), D1, 100) for number in range(6)]
    opening = settings.run(orders=orders, lines=[], refunds=[refund("R", "1", AS_OF, 40)]).carry_forward
    sides = {"orders": [], "lines": [line("a", "sale_refund", -40, AS_OF, of="2")]}
    here = settings.run(**sides, opening=opening)

    assert "no refunds given" not in here.records["lines"]["verdict"].to_list()
    assert_same(here, spread(settings, sides, 4, opening=opening).collect())


def test_what_tolerances_let_drift_is_summed_over_all_parts():
    orders = [order(str(number), D1, 1_000, shop=SHOPS[2]) for number in range(12)]
    lines = [line(f"s{number}", "sale", 1_001, D1, of=str(number), shop=SHOPS[2]) for number in range(12)]
    settings = Settlement(as_of=AS_OF, tolerances=ToleranceProfile(drift=Allowance(units=10)))

    assert ["general.tolerance_drift"] == [
        kind for kind, _ in found(both(settings, {"orders": orders, "lines": lines}, 4))
    ]


def test_many_of_one_type_on_one_day_are_a_matter_of_the_system_in_whichever_parts():
    outcome = both(Settlement(as_of=AS_OF), {"orders": [order(str(number), D1, 100) for number in range(60)]}, 5)

    assert {"critical"} == {one.severity.value for one in outcome.discrepancies}


def test_currencies_that_some_parts_lack_are_counted_alike():
    codes = ("CNY", "USD", "EUR", "CNY")
    orders = [order(str(number), D1, 100, code=code) for number, code in enumerate(codes)]
    lines = [line(f"s{number}", "sale", 90, D1, of=str(number), code=code) for number, code in enumerate(codes)]

    outcome = both(Settlement(as_of=AS_OF, fees=FEES), {"orders": orders, "lines": lines}, 4)
    kinds = [kind for kind, _ in found(outcome)]
    assert (4, 4) == (kinds.count("settlement.amount_mismatch"), kinds.count("settlement.commission_rate_wrong"))


def test_vouchers_are_the_same_to_the_cent():
    world = many_stories(3)
    settings = attrs.evolve(world.reconciliation, as_of=None, period="2026-10", fees=INVOICED)
    here, there = settings.run(**world.sides), spread(settings, world.sides, 4)

    assert len(here.events) > 10
    vouchers = list(post(here, book=BOOK, period="2026-10"))
    assert vouchers
    assert vouchers == list(post(there, book=BOOK, period="2026-10"))


def test_the_summary_says_the_same():
    world = many_stories(2)

    assert str(world.run().summary()) == str(spread(world.reconciliation, world.sides, 3).summary())


# What is refused


def test_checks_of_ones_own_are_refused():
    settings = Settlement(own_checks={"mine": lambda sides: sides["lines"]})

    with pytest.raises(InputError, match="checks of one's own look at all records at once"):
        spread(settings, {"orders": [], "lines": []}, 2)


def test_a_header_that_holds_its_lines_itself_is_refused():
    header = Header(settlement_id="S1", currency="CNY", lines=(line("a", "sale", 1, D1),))

    with pytest.raises(InputError, match="a header holds lines of its own"):
        spread(Settlement(), {"orders": [], "lines": [], "settlements": [header]}, 2)


@pytest.mark.parametrize(
    ("side", "column"), [("lines", "type"), ("orders", "platform_order_id"), ("settlements", "currency")]
)
def test_a_frame_of_other_columns_is_refused_before_anything_is_read(side, column):
    sides = frames({"orders": [order("1", D1, 100)], "lines": [], "settlements": []})

    with pytest.raises(MissingColumn, match=column):
        spread(Settlement(), {**sides, side: sides[side].drop(column)}, 2)


def test_more_records_of_one_order_than_a_machine_holds_are_refused_by_its_number(monkeypatch):
    monkeypatch.setattr(parting, "MOST_ROWS", 20)
    sides = {"orders": [], "lines": [line(str(number), "sale", 1, D1, of="0000") for number in range(30)]}

    with pytest.raises(InputError, match="30 records hang together, 30 of them by '0000'"):
        spread(Settlement(), sides, 2)


class MovedParts(PlainParts):
    """Parts whose lines are others once they were counted: what Spark worked out again of a frame that moves."""

    def named(self, *names):
        found = super().named(*names)
        if "given:orders" not in names:
            return found
        return type(self)(
            [(bucket, name, frame.head(1) if name == "given:lines" else frame) for bucket, name, frame in found.held]
        )


MovedCluster = cluster_of(MovedParts)


def test_records_that_are_others_when_they_are_read_again_are_refused():
    lines = [line(name, "sale", 100, D1, of="1") for name in "ab"]
    one, two = (frames({"orders": [order("1", D1, 100)], "lines": lines[:count]}) for count in (1, 2))

    assert Spread(MovedCluster(2), Settlement(), one, None).outcome().proof.holds
    with pytest.raises(InputError, match="2 records of lines were counted and 1 read, not each under its own number"):
        Spread(MovedCluster(2), Settlement(), two, None).outcome()


def test_more_records_than_one_machine_wants_stay_where_they_are():
    there = spread(Settlement(), {"orders": [order("1", D1, 100)], "lines": [line("a", "sale", 100, D1, of="1")]}, 2)

    with pytest.raises(InputError, match="2 records were reconciled, and 1 are brought to one machine at most"):
        there.collect(most=1)
