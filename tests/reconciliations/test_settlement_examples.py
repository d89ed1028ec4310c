"""Settlements: the specification's examples to the cent, the edges of tolerances, periods, scope, and bad input."""

import datetime as dt
import json
from decimal import Decimal

import attrs
import polars as pl
import pytest
from moneyed import Money
from settlement_world import AS_OF, DAY, FEES, SHOPS, at, line, order, refund, yuan

from tieout.errors import InputError, TieoutError
from tieout.model import Order, SettlementLine, SettlementLineType
from tieout.model import Settlement as Header
from tieout.reconciliations import DueRule, FeeContract, Settlement
from tieout.reconciliations._settlement.words import BALANCE, GROSS, KIND_OF_EVENT, OTHER
from tieout.reconciliations._settlement.words import FEES as FEE_TYPES
from tieout.tables import Table

D1 = dt.date(2026, 10, 5)
PDD = SHOPS[2]


def found(outcome):
    assert [] == list(outcome.proof.failures)
    return [(one.type, str(one.impact.amount)) for one in outcome.discrepancies]


def status(outcome):
    return outcome.lines.select("status", "settled_minor", "open_minor").rows()


def gs1_lines(*, commission=-950):
    amounts = {
        "sale": 17_000,
        "platform_subsidy": 2_000,
        "commission": commission,
        "payment_fee": -114,
        "freight_insurance": -50,
    }
    return [line(kind, kind, minor, D1 + DAY, of="GS-1", settlement_id="S-1") for kind, minor in amounts.items()]


def gs1(**changes):
    return order("GS-1", D1, 17_000, funded=2_000, **changes)


def test_gs_1_agrees_to_the_cent_with_its_contract_and_without():
    header = Header(settlement_id="S-1", platform="tmall", shop_id="shop 1", currency="CNY", net=yuan(17_886))
    for fees in ((), FEES):
        outcome = Settlement(as_of=AS_OF, fees=fees).run(
            orders=[gs1()], lines=gs1_lines(), refunds=[], settlements=[header]
        )

        assert [] == found(outcome)
        assert [("settled", 19_000, 0)] == status(outcome)
        assert 17_886 == sum(outcome.events.to_polars()["amount_minor"])
        assert [-1_114] == outcome.lines["fees_minor"].to_list()


def test_gs_1_refunded_leaves_the_fees_that_do_not_come_back():
    """`domain.md` 7.4: commission comes back, 1.14 and 0.50 do not, so the whole cycle loses 1.64."""
    back = D1 + 3 * DAY
    lines = [
        *gs1_lines(),
        line("a", "sale_refund", -17_000, back, of="GS-1", settlement_id="S-2"),
        line("b", "subsidy_clawback", -2_000, back, of="GS-1", settlement_id="S-2"),
        line("c", "fee_refund", 950, back, of="GS-1", settlement_id="S-2"),
    ]
    outcome = Settlement(as_of=AS_OF, fees=FEES).run(
        orders=[gs1()], lines=lines, refunds=[refund("R1", "GS-1", back, 17_000)]
    )

    assert [] == found(outcome)
    assert [("refunded", 0, 0)] == status(outcome)
    assert [-164] == outcome.lines["fees_minor"].to_list()
    assert -18_050 == sum(outcome.events.to_polars().filter(document="S-2")["amount_minor"])


def test_an_order_of_190_with_100_settled_is_partially_settled():
    """`domain.md` C25."""
    outcome = Settlement(as_of=AS_OF).run(
        orders=[order("1", D1, 19_000)], lines=[line("a", "sale", 10_000, D1, of="1")]
    )

    assert [("settlement.amount_mismatch", "-90.00")] == found(outcome)
    assert [("partially_settled", 10_000, 9_000)] == status(outcome)


@pytest.mark.parametrize(
    ("settled", "state"),
    [
        (None, "unsettled"),
        (10_000, "partially_settled"),
        (18_999, "settled"),
        (19_001, "settled"),
        (19_002, "over_settled"),
    ],
)
def test_each_status_of_collection(settled, state):
    lines = [] if settled is None else [line("a", "sale", settled, D1, of="1")]
    outcome = Settlement(as_of=AS_OF).run(orders=[order("1", D1, 19_000)], lines=lines)

    assert [state] == outcome.lines["status"].to_list()
    assert outcome.proof.holds


def test_an_order_expected_on_the_1st_is_16_to_30_days_late_on_the_20th():
    """`domain.md` C26."""
    first = dt.date(2026, 1, 1)
    outcome = Settlement(as_of=dt.date(2026, 1, 20)).run(orders=[order("1", first, 100)], lines=[])

    assert ["16-30"] == outcome.lines["days_late"].to_list()
    assert [first] == outcome.lines["due_on"].to_list()


@pytest.mark.parametrize(("days", "verdict"), [(0, "in transit"), (1, "in transit"), (2, "discrepancy")])
def test_an_order_is_missing_from_the_third_day_on(days, verdict):
    outcome = Settlement(as_of=D1 + days * DAY).run(orders=[order("1", D1, 100)], lines=[])

    assert [verdict] == outcome.lines["verdict"].to_list()


def test_a_signed_order_counts_as_completed_after_ten_days():
    signed = order("1", None, 100, status="signed", signed_at=at(D1))

    for days, count in ((11, 0), (12, 1)):
        assert count == len(Settlement(as_of=D1 + days * DAY).run(orders=[signed], lines=[]).discrepancies)


def test_platforms_have_due_days_of_their_own():
    slow = order("1", D1, 100, shop=("douyin", "1"))

    assert [] == found(Settlement(as_of=D1 + 8 * DAY).run(orders=[slow], lines=[]))
    assert 1 == len(Settlement(as_of=D1 + 9 * DAY).run(orders=[slow], lines=[]).discrepancies)
    assert 1 == len(Settlement(as_of=D1, due=DueRule()).run(orders=[slow], lines=[]).discrepancies)


@pytest.mark.parametrize(
    ("charged", "expected"),
    [(950, []), (959, []), (960, [("settlement.commission_rate_wrong", "-0.10")]), (941, []), (940, 1)],
)
def test_a_fee_may_differ_by_five_hundredths_of_a_percent_of_its_base(charged, expected):
    """Base 190.00: 0.05 percentage points are 9.5 cents."""
    outcome = Settlement(as_of=AS_OF, fees=FEES).run(orders=[gs1()], lines=gs1_lines(commission=-charged))

    assert (expected if isinstance(expected, list) else [("settlement.commission_rate_wrong", "0.10")]) == found(
        outcome
    )


def test_a_small_fee_may_differ_by_two_cents():
    for off, count in ((2, 0), (3, 1)):
        lines = [line("a", "sale", 1_000, D1, of="1"), line("b", "commission", -50 - off, D1, of="1")]
        lines.append(line("c", "payment_fee", -6, D1, of="1"))
        outcome = Settlement(as_of=AS_OF, fees=FEES).run(orders=[order("1", D1, 1_000)], lines=lines)

        assert count == len(outcome.discrepancies)
        assert outcome.proof.holds


def test_the_rate_is_that_of_the_day_on_which_the_order_was_paid():
    fees = (
        FeeContract(platform="pdd", line_type="commission", rate=Decimal("0.01"), valid_to=D1),
        FeeContract(platform="pdd", line_type="commission", rate=Decimal("0.02"), valid_from=D1 + DAY),
    )
    orders = [order(str(day), D1 + 2 * DAY, 10_000, shop=PDD, paid_at=at(D1 + day * DAY)) for day in (0, 1)]
    lines = [line(f"s{day}", "sale", 10_000, AS_OF, of=str(day), shop=PDD) for day in (0, 1)]
    lines += [line(f"c{day}", "commission", -100 * (day + 1), AS_OF, of=str(day), shop=PDD) for day in (0, 1)]

    assert [] == found(Settlement(as_of=AS_OF, fees=fees).run(orders=orders, lines=lines))


@pytest.mark.parametrize(("base", "fee"), [("receivable", 1_900), ("paid", 1_700), ("goods", 2_000)])
def test_a_rate_is_of_what_the_contract_says(base, fee):
    fees = (FeeContract(platform="tmall", line_type="commission", rate=Decimal("0.1"), base=base),)
    outcome = Settlement(as_of=AS_OF, fees=fees).run(orders=[gs1()], lines=gs1_lines(commission=-fee))

    assert [] == found(outcome)


def test_a_fixed_fee_is_charged_once_an_order():
    fees = (FeeContract(platform="tmall", line_type="commission", rate=Decimal("0.1"), amount=Decimal("0.30")),)
    lines = gs1_lines(commission=-1_930)

    assert [] == found(Settlement(as_of=AS_OF, fees=fees).run(orders=[gs1()], lines=lines))


def test_two_articles_may_have_the_same_fee_each():
    sold = order("1", D1, 10_000, shop=PDD)
    both = type(sold)(
        platform="pdd",
        shop_id="shop 1",
        platform_order_id="1",
        currency="CNY",
        lines=sold.lines * 2,
        completed_at=at(D1),
    )
    fees = [line(f"f{place}", "commission", -10, D1, of="1", shop=PDD) for place in range(3)]
    sale = line("s", "sale", 22_000, D1, of="1", shop=PDD)

    assert [] == found(Settlement(as_of=AS_OF).run(orders=[both], lines=[sale, *fees[:2]]))
    assert [("settlement.fee_duplicated", "-0.10")] == found(
        Settlement(as_of=AS_OF).run(orders=[both], lines=[sale, *fees])
    )


def test_movements_of_the_balance_never_reach_profit():
    lines = [line(kind, kind, -100, D1) for kind in BALANCE]
    outcome = Settlement(as_of=AS_OF).run(orders=[], lines=lines)

    assert [] == found(outcome)
    assert sorted(BALANCE) == sorted(outcome.records["lines"]["verdict"])
    profit = {"settlement.sale", "settlement.subsidy", "settlement.fee"}
    assert set() == profit & set(outcome.events.to_polars()["kind"])


def test_every_type_of_line_has_one_meaning():
    kinds = [kind.value for kind in SettlementLineType]

    assert sorted(kinds) == sorted((*GROSS, *FEE_TYPES, *OTHER, *BALANCE))
    assert {"withdrawal", "transfer", "unknown"} == set(kinds) - set(KIND_OF_EVENT)


def test_unknown_lines_are_counted():
    outcome = Settlement(as_of=AS_OF).run(orders=[], lines=[line("a", "unknown", 7, D1), line("b", "unknown", 0, D1)])

    assert 2 == outcome.totals["unknown lines", "rows"]
    assert [("settlement.fee_unknown", "0.07"), ("settlement.fee_unknown", "0.00")] == found(outcome)


def test_without_refunds_the_lines_of_refunds_are_taken_as_they_are():
    lines = [line("a", "sale", 100, D1, of="1"), line("b", "sale_refund", -40, D1, of="1")]
    outcome = Settlement(as_of=AS_OF).run(orders=[order("1", D1, 100)], lines=lines)

    assert [] == found(outcome)
    assert ["agreed", "no refunds given"] == outcome.records["lines"]["verdict"].to_list()


def test_a_line_that_names_a_refund_only_belongs_to_the_order_of_the_refund():
    lines = [line("a", "sale", 100, D1, of="1"), line("b", "sale_refund", -40, D1, refund_id="R1")]
    outcome = Settlement(as_of=AS_OF).run(
        orders=[order("1", D1, 100)], lines=lines, refunds=[refund("R1", "1", D1, 40)]
    )

    assert [] == found(outcome)


def test_the_same_number_on_two_platforms_is_two_orders():
    orders = [order("1", D1, 100, shop=SHOPS[0]), order("1", D1, 500, shop=PDD)]
    lines = [line("a", "sale", 500, D1, of="1", shop=PDD)]
    outcome = Settlement(as_of=AS_OF).run(orders=orders, lines=lines)

    assert [("settlement.order_missing", "-1.00")] == found(outcome)
    assert ["tmall"] == [one.keys["platform"] for one in outcome.discrepancies]


def test_a_line_without_a_shop_belongs_to_neither_of_two_orders():
    orders = [order("1", D1, 100, shop=SHOPS[0]), order("1", D1, 100, shop=SHOPS[1])]
    outcome = Settlement(as_of=AS_OF).run(orders=orders, lines=[line("a", "sale", 100, D1, of="1", shop=(None, None))])

    kinds = ["settlement.order_missing", "settlement.order_missing", "settlement.order_unknown"]
    assert kinds == [kind for kind, _ in found(outcome)]


def test_an_order_of_one_month_that_is_settled_in_the_next_waits_and_is_then_settled():
    sold = order("1", dt.date(2026, 10, 31), 100)
    october = Settlement(period="2026-10").run(orders=[sold], lines=[])
    paid = line("a", "sale", 100, dt.date(2026, 11, 1), of="1")
    november = Settlement(period="2026-11").run(orders=[], lines=[paid], opening=october.carry_forward)

    assert [] == found(october)
    assert ["in transit"] == october.carry_forward.items["what"].to_list()
    assert [] == found(november)
    assert ["settled"] == november.lines["status"].to_list()


def test_lines_are_posted_by_the_run_that_is_given_them():
    sold, sale = order("1", D1, 100), line("a", "sale", 100, D1, of="1", settlement_id="S1")
    first = Settlement(as_of=AS_OF).run(orders=[sold], lines=[sale])
    second = Settlement(as_of=AS_OF).run(orders=[], lines=[], opening=first.carry_forward)

    assert [100] == first.events.to_polars()["amount_minor"].to_list()
    assert 0 == len(second.events)
    assert [] == found(second)


def test_settled_records_are_forgotten_together_and_open_ones_are_kept():
    old = dt.date(2026, 1, 5)
    orders = [order("1", old, 100), order("2", old, 100), order("3", old, 100)]
    lines = [line("a", "sale", 100, old, of="1"), line("b", "sale", 50, old, of="2")]
    lines += [line(f"{kind}{number}", kind, -5, old, of=number) for number in "12" for kind in ("points_fee",)]
    carried = Settlement(as_of=AS_OF).run(orders=orders, lines=lines).carry_forward

    assert ["2", "3"] == sorted(record.platform_order_id for record in carried.sides["orders"])
    assert ["b", "points_fee2"] == sorted(record.line_id for record in carried.sides["lines"])


def test_an_event_says_its_type_and_whether_an_invoice_comes():
    fees = (
        FeeContract(platform="tmall", line_type="commission", invoice="special", tax_rate=Decimal("0.06")),
        FeeContract(platform="tmall", line_type="freight_insurance", invoice="none"),
    )
    events = Settlement(as_of=AS_OF, fees=fees).run(orders=[gs1()], lines=gs1_lines()).events
    said = {(event.details["line_type"], event.details.get("invoice"), event.tax_rate) for event in events}

    assert said == {
        ("commission", "special", Decimal("0.06")),
        ("freight_insurance", "none", None),
        ("payment_fee", None, None),
        ("sale", None, None),
        ("platform_subsidy", None, None),
    }


def test_events_of_one_settlement_are_apart_by_month_and_shop():
    days = (dt.date(2026, 10, 30), dt.date(2026, 10, 31), dt.date(2026, 11, 1))
    lines = [line(str(day), "ad_fee", -100, day, settlement_id="S1") for day in days]
    lines.append(line("other", "ad_fee", -1, days[0], settlement_id="S1", shop=SHOPS[1]))
    events = Settlement(as_of=AS_OF).run(orders=[], lines=lines).events.to_polars()

    rows = [(days[0], -1), (days[1], -200), (days[2], -100)]
    assert rows == sorted(events.select("occurred_on", "amount_minor").rows())


def test_a_balance_that_does_not_follow_from_the_settlement_before_is_found():
    def header(number, day, opening, closing, **reserves):
        return Header(
            settlement_id=number,
            platform="jd",
            currency="CNY",
            period_start=at(day, 0),
            period_end=at(day, 23),
            opening_balance=yuan(opening),
            closing_balance=yuan(closing),
            **{name: yuan(minor) for name, minor in reserves.items()},
        )

    headers = [
        header("S1", D1, 0, 0, reserve_current=70),
        header("S2", D1 + DAY, 5, 5, reserve_previous=60),
        header("S3", D1 + 2 * DAY, 5, 5),
    ]
    outcome = Settlement(as_of=AS_OF).run(orders=[], lines=[], settlements=headers)

    named = [(one.type, one.keys["settlement_id"], one.keys["what"]) for one in outcome.discrepancies]
    assert named == [
        ("settlement.balance_break", "S2", "opening balance"),
        ("settlement.reserve_mismatch", "S2", "previous reserve"),
    ]


def test_a_header_that_holds_its_lines_itself_is_refused():
    header = Header(settlement_id="S1", currency="CNY", lines=(line("a", "sale", 1, D1),))

    with pytest.raises(InputError, match="a header holds lines of its own"):
        Settlement(as_of=AS_OF).run(orders=[], lines=[], settlements=[header])


def test_a_line_without_a_currency_is_refused():
    frame = Table.from_records([line("a", "sale", 1, D1)]).to_polars()
    bare = frame.with_columns(pl.lit(None, dtype=pl.String).alias("currency"))

    with pytest.raises(TieoutError, match="currency"):
        Settlement(as_of=AS_OF).run(orders=[], lines=bare)


def test_differences_within_the_tolerance_that_add_up_are_told():
    orders = [order(str(number), D1, 1_000) for number in range(101)]
    lines = [line(f"L{number}", "sale", 1_001, D1, of=str(number)) for number in range(101)]
    outcome = Settlement(as_of=AS_OF).run(orders=orders, lines=lines)

    assert ["general.tolerance_drift"] == [kind for kind, _ in found(outcome)]
    assert 101 == outcome.totals["absorbed by tolerance", "CNY"]


def test_a_check_of_ones_own_sees_the_sides():
    def large(sides):
        return (
            sides["lines"]
            .filter(pl.col("minor") > 50)
            .select(pl.lit("lines").alias("side"), "row", reason=pl.lit("large"))
        )

    leaf = Settlement(as_of=AS_OF, own_checks={"large": large})
    outcome = leaf.run(orders=[order("1", D1, 100)], lines=[line("a", "sale", 100, D1, of="1")])

    assert ["custom.large"] == [kind for kind, _ in found(outcome)]


def test_contracts_come_from_toml(tmp_path):
    file = tmp_path / "fees.toml"
    file.write_text(
        '[[fees]]\nplatform = "tmall"\nline_type = "commission"\nrate = 0.05\nreturned = true\n'
        '[[fees]]\nplatform = "tmall"\nline_type = "payment_fee"\nrate = "0.006"\n',
        encoding="utf-8",
    )

    assert FEES == FeeContract.load(file)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("fees = 1", "tables"),
        ("[[fees]]", "platform, line_type is missing"),
        ('[[fees]]\nplatform = "a"\nline_type = "sale"', "'sale' is no fee"),
        ('[[fees]]\nplatform = "a"\nline_type = "ad_fee"\nrate = true', "rate is a number"),
        ('[[fees]]\nplatform = "a"\nline_type = "ad_fee"\nrate = "x"', "rate is a number"),
        ('[[fees]]\nplatform = "a"\nline_type = "ad_fee"\nrate = -1', "0 or more"),
        ('[[fees]]\nplatform = "a"\nline_type = "ad_fee"\nbase = "x"', "the base is one of"),
        ('[[fees]]\nplatform = "a"\nline_type = "ad_fee"\ninvoice = "x"', "the invoice is one of"),
        ('[[fees]]\nplatform = "a"\nline_type = "ad_fee"\nreturned = 1', "returned is bool"),
        ('[[fees]]\nplatform = "a"\nline_type = "ad_fee"\nunheard = 1', "unknown entries unheard"),
        (
            '[[fees]]\nplatform = "a"\nline_type = "ad_fee"\nvalid_from = 2026-02-01\nvalid_to = 2026-01-01',
            "ends before",
        ),
        ("[[fees]", "no TOML"),
    ],
)
def test_a_contract_that_says_something_else_is_refused(text, problem):
    with pytest.raises(InputError, match=problem):
        FeeContract.loads(text)


def test_two_contracts_for_one_fee_on_one_day_are_refused():
    first = FeeContract(platform="pdd", line_type="commission", rate=Decimal("0.01"), valid_to=D1)
    second = FeeContract(platform="pdd", line_type="commission", rate=Decimal("0.02"), valid_from=D1)

    with pytest.raises(InputError, match="two contracts hold at once"):
        Settlement(fees=(second, first))


def test_the_evidence_of_a_wrong_fee_names_contract_base_and_what_was_charged():
    outcome = Settlement(as_of=AS_OF, fees=FEES).run(orders=[gs1()], lines=gs1_lines(commission=-1_140))
    (wrong,) = outcome.discrepancies

    assert "tmall commission 0.05 of receivable, returned" == wrong.evidence["contract"]
    assert "6.0000 %" == wrong.evidence["charged"]
    assert "19000" == wrong.evidence["base_minor"]
    assert json.loads(json.dumps(dict(wrong.keys)))["line_type"] == "commission"


def test_a_fixed_fee_comes_back_with_the_whole_order():
    fees = (
        FeeContract(
            platform="tmall", line_type="commission", rate=Decimal("0.1"), amount=Decimal("0.30"), returned=True
        ),
    )
    lines = [
        *gs1_lines(commission=-1_930),
        line("a", "sale_refund", -17_000, D1 + DAY, of="GS-1"),
        line("b", "subsidy_clawback", -2_000, D1 + DAY, of="GS-1"),
        line("c", "fee_refund", 1_930, D1 + DAY, of="GS-1"),
    ]
    back = [refund("R1", "GS-1", D1 + DAY, 17_000)]

    assert [] == found(Settlement(as_of=AS_OF, fees=fees).run(orders=[gs1()], lines=lines, refunds=back))
    assert [("settlement.fee_not_refunded", "-19.30")] == found(
        Settlement(as_of=AS_OF, fees=fees).run(orders=[gs1()], lines=lines[:-1], refunds=back)
    )


def test_a_line_is_of_the_order_that_says_its_shop_where_another_of_its_number_says_none():
    known, vague = (
        order("1", D1, 5_000),
        order("1", D1, 5_000, shop=("tmall", None), status="created", completed_at=None),
    )
    outcome = Settlement(as_of=AS_OF).run(orders=[known, vague], lines=[line("a", "sale", 5_000, D1, of="1")])

    assert [] == found(outcome)
    assert [("settled", 5_000, 0)] == status(outcome)[:1]


def test_a_refund_of_one_book_says_nothing_of_a_line_of_another():
    ours = attrs.evolve(order("1", D1, 5_000), book_id="A")
    theirs = attrs.evolve(refund("R1", "1", D1, 900), book_id="A")
    strange = attrs.evolve(line("a", "sale_refund", -900, D1, refund_id="R1"), book_id="B")
    outcome = Settlement(as_of=D1).run(orders=[ours], lines=[strange], refunds=[theirs])

    assert [("settlement.order_unknown", "-9.00")] == found(outcome)
    assert "platform_order_id" not in next(iter(outcome.discrepancies)).keys


def test_a_fixed_fee_is_no_obstacle_where_there_are_no_orders():
    fees = [FeeContract(platform="tmall", line_type="commission", amount=Decimal(1))]

    assert [] == found(Settlement(as_of=AS_OF, fees=fees).run(orders=[], lines=[]))


def test_lines_that_are_kept_for_their_settlement_keep_their_order():
    july = dt.date(2026, 7, 1)
    header = Header(
        settlement_id="S-7",
        platform="tmall",
        shop_id="shop 1",
        currency="CNY",
        period_start=at(july),
        period_end=at(july + 30 * DAY),
        net=yuan(5_000),
    )
    outcome = Settlement(as_of=july + 31 * DAY).run(
        orders=[order("1", july, 5_000)],
        lines=[line("a", "sale", 5_000, july, of="1", settlement_id="S-7")],
        settlements=[header],
    )
    for day in (july + 100 * DAY, july + 101 * DAY):
        outcome = Settlement(as_of=day).run(orders=[], lines=[], opening=outcome.carry_forward)

        assert [] == found(outcome)
        assert 1 == len(outcome.carry_forward.side("lines", SettlementLine))


def test_a_version_of_a_refund_that_did_not_succeed_does_not_undo_the_one_that_did():
    refunds = [refund("R1", "1", D1, 900, version="1"), refund("R1", "1", D1, 900, version="2", status="closed")]
    lines = [line("a", "sale", 5_000, D1, of="1"), line("b", "sale_refund", -900, D1, of="1")]
    first = Settlement(as_of=D1).run(orders=[order("1", D1, 5_000)], lines=lines, refunds=refunds[:1])
    second = Settlement(as_of=AS_OF).run(orders=[], lines=[], refunds=refunds[1:], opening=first.carry_forward)

    assert [] == found(second)
    assert [("settled", 4_100, 0)] == status(second)


def test_one_number_may_name_several_refunds_of_a_payment_over_the_months():
    lines = [
        line("P1", "sale", 5_000, D1, of="1"),
        line("P1", "sale_refund", -900, D1 + DAY, of="1"),
        line("P1", "sale_refund", -700, D1 + 9 * DAY, of="1"),
    ]
    refunds = [refund("R1", "1", D1, 900), refund("R2", "1", D1 + 8 * DAY, 700)]
    first = Settlement(as_of=D1 + DAY).run(orders=[order("1", D1, 5_000)], lines=lines[:2], refunds=refunds[:1])
    second = Settlement(as_of=AS_OF).run(orders=[], lines=lines[2:], refunds=refunds[1:], opening=first.carry_forward)

    assert [] == found(second)
    assert [("settled", 3_400, 0)] == status(second)


@pytest.mark.parametrize("change", [{"amount": yuan(4_000)}, {"posted_at": at(D1 + 3 * DAY)}])
def test_a_line_that_is_read_anew_takes_the_place_of_the_one_that_was_carried(change):
    sale = line("a", "sale", 5_000, D1, of="1")
    first = Settlement(as_of=D1).run(orders=[order("1", D1, 5_000)], lines=[sale])
    second = Settlement(as_of=D1).run(orders=[], lines=[attrs.evolve(sale, **change)], opening=first.carry_forward)

    assert 1 == second.records["lines"].height
    assert [change.get("amount", yuan(5_000))] == [Money(row[1] / Decimal(100), "CNY") for row in status(second)]


@pytest.mark.parametrize("returned", [True, False])
@pytest.mark.parametrize("refunded", [3_000, 10_000])
def test_a_fee_may_be_charged_on_what_is_left_after_a_refund(returned, refunded):
    fees = [FeeContract(platform="tmall", line_type="commission", rate=Decimal("0.05"), returned=returned)]
    lines = [line("a", "sale", 10_000, D1, of="1"), line("b", "sale_refund", -refunded, D1, of="1")]
    if refunded < 10_000:
        lines.append(line("c", "commission", -350, D1, of="1"))
    outcome = Settlement(as_of=AS_OF, fees=fees).run(
        orders=[order("1", D1, 10_000)], lines=lines, refunds=[refund("R1", "1", D1, refunded)]
    )

    assert [] == found(outcome)


def test_a_fee_that_is_still_to_come_back_waits_beside_one_that_was_charged_wrongly():
    lines = [
        line("a", "sale", 10_000, D1, of="1"),
        line("b", "commission", -600, D1, of="1"),
        line("c", "sale_refund", -10_000, D1 + DAY, of="1"),
    ]
    books = {"orders": [order("1", D1, 10_000)], "refunds": [refund("R1", "1", D1 + DAY, 10_000)], "lines": lines}

    wrong = ("settlement.commission_rate_wrong", "-1.00")
    assert [wrong] == found(Settlement(as_of=D1 + 2 * DAY, fees=FEES[:1]).run(**books))
    assert [wrong, ("settlement.fee_not_refunded", "-5.00")] == found(
        Settlement(as_of=D1 + 20 * DAY, fees=FEES[:1]).run(**books)
    )


def test_each_payment_of_an_order_may_have_a_fee_of_the_same_amount():
    lines = [line(f"a{part}", "sale", 5_000, D1, of="1") for part in range(2)]
    lines += [line(f"b{part}", "payment_fee", -30, D1, of="1") for part in range(3)]
    orders = [order("1", D1, 10_000)]

    assert [] == found(Settlement(as_of=AS_OF).run(orders=orders, lines=lines[:-1]))
    assert [("settlement.fee_duplicated", "-0.30")] == found(Settlement(as_of=AS_OF).run(orders=orders, lines=lines))


def test_a_refund_that_names_no_order_is_told_with_its_number_and_its_money():
    outcome = Settlement(as_of=AS_OF).run(orders=[], lines=[], refunds=[refund("R1", None, D1, 900)])

    assert [("data.order_missing", "9.00")] == found(outcome)
    assert "R1" == next(iter(outcome.discrepancies)).keys["refund_id"]


def test_records_of_one_number_that_differ_count_alike_in_any_order():
    orders = [order("1", D1, 10_000, funded=2_000), order("1", D1, 11_000, funded=1_000)]
    refunds = [refund("R", "1", D1, 3_000, platform_subsidy_clawback=yuan(minor)) for minor in (0, 700)]
    lines = [line("a", "sale", 10_000, D1, of="1"), line("b", "platform_subsidy", 2_000, D1, of="1")]
    one, other = (
        Settlement(as_of=AS_OF).run(orders=orders[::step], lines=lines, refunds=refunds[::step]) for step in (1, -1)
    )

    assert found(one) == found(other)
    assert sorted(status(one), key=str) == sorted(status(other), key=str)


def test_what_is_of_another_month_is_not_said_in_this_one():
    before = dt.date(2026, 9, 6)
    october = Settlement(period="2026-10")
    fee, back = line("a", "commission", -5, before, of="X"), refund("R", "X", before, 900)

    assert [] == found(october.run(orders=[], lines=[fee], refunds=[back]))


def test_an_order_of_the_month_before_that_cannot_be_compared_is_said_where_its_money_comes():
    nameless = Order(
        platform="tmall", shop_id="shop 1", platform_order_id="1", currency="CNY", paid_at=at(dt.date(2026, 9, 30))
    )
    outcome = Settlement(period="2026-10").run(orders=[nameless], lines=[line("a", "sale", 900, D1, of="1")])

    assert [("data.amount_missing", "0.00")] == found(outcome)


def test_an_invoice_is_by_the_contract_of_the_day_on_which_the_order_was_paid():
    first, second = (
        FeeContract(platform="tmall", line_type="commission", invoice=invoice, **days)
        for invoice, days in (("special", {"valid_to": D1}), ("none", {"valid_from": D1 + DAY}))
    )
    lines = [line("a", "commission", -50, D1 + 5 * DAY, of="1"), line("b", "commission", -50, D1 + 5 * DAY)]
    outcome = Settlement(as_of=AS_OF, fees=[first, second]).run(
        orders=[order("1", D1 + 4 * DAY, 1_000, paid_at=at(D1))], lines=lines
    )

    assert {"special", "none"} == {event.details["invoice"] for event in outcome.events}


@pytest.mark.parametrize("step", [1, -1])
def test_two_headers_of_one_number_are_a_break_whichever_comes_first(step):
    headers = [
        Header(
            settlement_id="S1",
            book_id="A",
            currency="CNY",
            period_end=dt.datetime(2026, 10, 5, 16, 30, tzinfo=dt.UTC),
            opening_balance=yuan(minor),
            closing_balance=yuan(minor),
        )
        for minor in (0, 5)
    ]
    outcome = Settlement(as_of=AS_OF).run(orders=[], lines=[], settlements=headers[::step])

    (one,) = outcome.discrepancies
    assert "结算单 S1 的期初余额：列示 0.05，按上期余额及明细应为 0.00 CNY" == one.reason_zh
    assert {"book_id": "A", "settlement_id": "S1", "what": "opening balance"} == one.keys
    assert "2026-10-06" == one.evidence["period_end"]


@pytest.mark.parametrize(("current", "kinds"), [(550, []), (551, ["settlement.reserve_mismatch"])])
def test_a_reserve_may_roll_on_over_settlements(current, kinds):
    lines = [
        line("a", "adjustment", 9_000, D1, settlement_id="S1"),
        line("b", "reserve_hold", -80, D1, settlement_id="S1"),
        line("c", "reserve_release", 30, D1, settlement_id="S1"),
    ]
    header = Header(
        settlement_id="S1",
        platform="tmall",
        shop_id="shop 1",
        currency="CNY",
        reserve_previous=yuan(500),
        reserve_current=yuan(current),
        net=yuan(9_000 + 500 - current),
    )
    outcome = Settlement(as_of=D1).run(orders=[], lines=lines, settlements=[header])

    assert kinds == [kind for kind, _ in found(outcome)]
