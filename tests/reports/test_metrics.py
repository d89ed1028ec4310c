"""Metrics: figures of `domain.md` section 9, worked out by hand, told apart so that they add up, and null where nothing is known."""

import datetime as dt
import random
from decimal import Decimal
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moneyed import Money

from tieout.errors import ReportError
from tieout.model import (
    CourierCharge,
    Discount,
    Order,
    OrderLine,
    Place,
    Provenance,
    Refund,
    Return,
    ReturnLine,
    SettlementLine,
    Shipment,
    ShipmentLine,
    StockCount,
    StockCountLine,
    StockMovement,
)
from tieout.reports import Complaint, ReportData
from tieout.reports.metrics import (
    Metric,
    Unit,
    count,
    dimensions_of,
    fact_kinds,
    facts_of,
    figures,
    metric_of,
    metrics,
    total,
)
from tieout.tables import Table

ZONE = ZoneInfo("Asia/Shanghai")
KINDS = {
    "orders": Order,
    "shipments": Shipment,
    "returns": Return,
    "refunds": Refund,
    "charges": CourierCharge,
    "lines": SettlementLine,
    "movements": StockMovement,
    "counts": StockCount,
}


def yuan(text):
    return Money(text, "CNY")


def at(day, hour=12):
    return dt.datetime(2026, 10, day, hour, tzinfo=ZONE)


def period(**given):
    tables = {
        KINDS[name].__name__: Table.from_records(rows, KINDS[name]) for name, rows in given.items() if name in KINDS
    }
    if "complaints" in given:
        tables["complaints"] = Table.from_records(given["complaints"], Complaint)
    rest = {name: value for name, value in given.items() if name not in {*KINDS, "complaints"}}
    return ReportData(
        name="Lamp House", period="2026-10", as_of=dt.date(2026, 10, 31), currency="CNY", tables=tables, **rest
    )


def order(number, *, price="100.00", shop="shop 1", province="广东", day=2, sku="A", pieces=1, **more):
    return Order(
        platform="tmall",
        shop_id=shop,
        platform_order_id=number,
        currency="CNY",
        status="completed",
        created_at=at(day),
        paid_at=at(day),
        shipped_at=at(day + 1),
        ship_to=Place(country="CN", province=province),
        lines=(OrderLine(sku=sku, quantity=Decimal(pieces), unit_price=yuan(price)),),
        **more,
    )


def case(number, order_no, kind="return_refund", **more):
    return Return(
        platform="tmall",
        shop_id="shop 1",
        return_id=number,
        platform_order_id=order_no,
        kind=kind,
        applied_at=at(8),
        **more,
    )


def refund(number, order_no, amount, *, hours=24, **more):
    return Refund(
        **{
            "platform": "tmall",
            "shop_id": "shop 1",
            "refund_id": number,
            "platform_order_id": order_no,
            "amount": yuan(amount),
            "status": "succeeded",
            "applied_at": at(9),
            "succeeded_at": at(9) + dt.timedelta(hours=hours),
            **more,
        }
    )


def value(data, name, **key):
    metric = metric_of(name)
    made = figures([metric], facts_of(data), by=tuple(key))
    rows = made.frame.filter(*(pl.col(column).eq_missing(pl.lit(wanted)) for column, wanted in key.items()))
    assert 1 == rows.height
    return rows[metric.column].item()


FOUR = [order(f"O{number}") for number in range(1, 5)]


def test_the_after_sale_rate_counts_an_order_once_and_no_cancelled_case():
    # O1 has two cases, O2 a cancelled one: 1 order of 4.
    cases = [case("R1", "O1"), case("R2", "O1", kind="refund_only"), case("R3", "O2", status="cancelled")]

    assert 0.25 == value(period(orders=FOUR, returns=cases), "after_sale_rate")


def test_the_cohort_of_the_after_sale_rate_is_the_month_of_shipping():
    late = Order(  # leaves on 1 November
        platform="tmall",
        platform_order_id="O9",
        currency="CNY",
        created_at=at(31),
        shipped_at=at(31) + dt.timedelta(days=1),
    )

    assert 0.0 == value(period(orders=[*FOUR, late], returns=[case("R1", "O9")]), "after_sale_rate")


def test_the_return_rate_in_pieces_is_returned_over_shipped():
    # 2 pieces came back of 4 x 2 shipped.
    orders = [order(f"O{number}", pieces=2) for number in range(4)]
    back = case(
        "R1",
        "O1",
        received_at=at(10),
        lines=(ReturnLine(sku="A", quantity_requested=Decimal(2), quantity_received=Decimal(2)),),
    )

    assert 0.25 == value(period(orders=orders, returns=[back]), "return_rate_pieces")


def test_refund_rates_go_by_the_last_version_of_each_refund():
    # Version 1 says 100, version 2 says 80 (domain.md C59): 80 of 400.
    versions = [refund("F1", "O1", "100.00", version="1"), refund("F1", "O1", "80.00", version="2")]
    data = period(orders=FOUR, refunds=versions)

    assert 0.2 == value(data, "refund_rate")
    assert 8_000 == value(data, "refunded_amount")


def test_the_refund_cycle_has_a_median_and_a_nearest_rank_for_nine_of_ten():
    # Ten refunds of 1 to 10 days: the middle is (5 + 6) / 2, nine tenths do not exceed 9.
    refunds = [refund(f"F{days}", "O1", "1.00", hours=24 * days) for days in range(1, 11)]
    data = period(refunds=refunds)

    assert 5.5 == value(data, "refund_cycle_median")
    assert 9.0 == value(data, "refund_cycle_p90")


def test_nine_of_ten_of_three_is_the_largest():
    assert 3.0 == value(
        period(refunds=[refund(f"F{days}", "O1", "1.00", hours=24 * days) for days in (1, 2, 3)]), "refund_cycle_p90"
    )


def test_the_platforms_part_of_a_refund_begins_when_it_was_approved():
    data = period(refunds=[refund("F1", "O1", "1.00", hours=72, approved_at=at(10))])

    assert 2.0 == value(data, "refund_platform_median")


def test_the_complaint_rate_needs_complaints_and_is_null_without():
    complaints = [Complaint(order_id="O1", complained_at=at(9), type="slow")]

    assert 0.25 == value(period(orders=FOUR, complaints=complaints), "complaint_rate")
    made = figures([metric_of("complaint_rate")], facts_of(period(orders=FOUR)))
    assert [None] == made.frame["complaint_rate"].to_list()
    assert "complaints" in made.missing["complaint_rate"].reason


def test_an_exchange_rate_is_cases_over_shipped_orders():
    data = period(orders=FOUR, returns=[case("R1", "O1", kind="exchange"), case("R2", "O2", kind="repair")])

    assert 0.25 == value(data, "exchange_case_rate")
    assert 0.5 == value(
        period(orders=FOUR[:2], returns=[case("R1", "O1", kind="refund_only"), case("R2", "O2")]), "refund_only_share"
    )


def charge(parcel, amount, *, kind="base", leg="outbound", carrier="sf", **more):
    return CourierCharge(
        carrier=carrier,
        bill_no="B1",
        tracking_no=parcel,
        charge_type=kind,
        leg=leg,
        ship_date=dt.date(2026, 10, 3),
        amount=yuan(amount),
        **more,
    )


def test_courier_costs_are_net_of_vat_per_parcel_and_per_kilogram():
    # 10.60 + 2.12 with 6 % are 10.00 + 2.00 net, of one parcel; 5.30 are 5.00: 17.00 of 2 parcels and 4 kg.
    rate = {"vat_rate": Decimal("0.06")}
    data = period(
        charges=[
            charge("SF1", "10.60", billed_weight_g=Decimal(3000), **rate),
            charge("SF1", "2.12", kind="remote_area", billed_weight_g=Decimal(3000), **rate),
            charge("SF2", "5.30", billed_weight_g=Decimal(1000), **rate),
        ]
    )

    assert 1_700 == value(data, "freight")
    assert 850 == value(data, "courier_cost_per_parcel")
    assert 425 == value(data, "courier_cost_per_kg")
    assert 500 == value(period(charges=[charge("SF2", "5.00", zone_billed="Z1")]), "courier_cost_per_parcel", zone="Z1")


def test_a_cost_per_parcel_is_rounded_half_up():
    # 1.00 / 3 = 0.333..., 0.05 / 2 = 0.025.
    assert 33 == value(
        period(charges=[charge("A", "1.00"), charge("B", "0.00"), charge("C", "0.00")]), "courier_cost_per_parcel"
    )
    assert 3 == value(period(charges=[charge("A", "0.05"), charge("B", "0.00")]), "courier_cost_per_parcel")


def test_cash_on_delivery_that_a_courier_pays_out_is_no_freight():
    assert 300 == value(
        period(charges=[charge("SF1", "3.00"), charge("SF1", "-90.00", kind="cod_remittance")]), "freight"
    )


def parcel(number, grams, **more):
    return Shipment(
        carrier="sf", tracking_no=number, picked_up_at=at(3), weight_scale_g=Decimal(grams),
        lines=(ShipmentLine(platform_order_id=more.pop("order", "O1"), quantity=Decimal(1)),), **more,
    )  # fmt: skip


def test_weights_are_accurate_within_three_percent_and_overweight_is_meant_over_the_heavier():
    # Billed 1,030 of 1,000 g is within 3 %; 1,500 is 500 g over. Mean overweight of the two above ours: (30 + 500) / 2 = 265 g.
    data = period(
        shipments=[parcel("SF1", 1000), parcel("SF2", 1000)],
        charges=[
            charge("SF1", "3.00", billed_weight_g=Decimal(1030)),
            charge("SF2", "3.00", billed_weight_g=Decimal(1500)),
        ],
    )

    assert 0.5 == value(data, "weight_accuracy")
    assert 0.265 == value(data, "mean_overweight")


def test_freight_is_told_by_shop_and_province_of_the_parcels_order():
    data = period(orders=FOUR, shipments=[parcel("SF1", 1000)], charges=[charge("SF1", "3.00"), charge("SF9", "4.00")])

    assert 300 == value(data, "freight", shop="tmall/shop 1")
    assert 400 == value(data, "freight", shop=None)


GS_1 = {
    "sale": "170.00",
    "platform_subsidy": "20.00",
    "commission": "-9.50",
    "payment_fee": "-1.14",
    "freight_insurance": "-0.50",
}


def settled(number, amounts, **more):
    return [
        SettlementLine(
            platform="tmall",
            shop_id="shop 1",
            line_id=f"{number} {place}",
            type=kind,
            platform_order_id=number,
            posted_at=at(6),
            amount=yuan(amount),
            **more,
        )
        for place, (kind, amount) in enumerate(amounts.items())
    ]


def test_the_take_rate_of_the_sample_order_is_11_14_of_190():
    data = period(lines=settled("GS-1", {**GS_1, "withdrawal": "-178.86", "penalty": "-5.00"}))

    assert 1_114 == value(data, "platform_fees")
    assert 11.14 / 190 == pytest.approx(value(data, "take_rate"), abs=1e-12)
    assert 950 == value(data, "platform_fees", line_type="commission")


def test_promotions_cost_what_the_merchant_bears_of_gross_sales():
    # 200.00 list, 10.00 of the shop and 20.00 of the platform (GS-1): 10 / 200 and 20 / 30.
    coupons = (
        Discount(kind="shop_coupon", funder="merchant", amount=yuan("10.00")),
        Discount(kind="platform_coupon", funder="platform", amount=yuan("20.00"), settled_to_merchant=True),
    )
    data = period(orders=[order("GS-1", price="200.00", discounts=coupons)])

    assert 0.05 == value(data, "promotion_cost")
    assert 20 / 30 == value(data, "platform_funded_share")
    assert 19_000 == value(data, "sales")


def test_a_shared_reduction_is_split_between_those_who_fund_it():
    # 10.00 of which the merchant bears 30 %.
    shared = Discount(kind="platform_coupon", funder="shared", merchant_share=Decimal("0.3"), amount=yuan("10.00"))
    data = period(orders=[order("O1", discounts=(shared,))])

    assert 0.03 == value(data, "promotion_cost")
    assert 300 == value(data, "promotion_amount", discount_kind="platform_coupon")


def test_amounts_of_orders_are_those_of_the_records():
    shared = Discount(
        kind="platform_coupon",
        funder="shared",
        merchant_share=Decimal("0.25"),
        amount=yuan("9.99"),
        settled_to_merchant=True,
    )
    held = [
        order("O1", price="33.33", pieces=3, discounts=(shared,), freight_charged=yuan("6.00")),
        order("O2", price="0.10"),
    ]

    assert sum(int(one.merchant_receivable.amount * 100) for one in held) == value(period(orders=held), "sales")


def test_stock_accuracy_and_shrinkage_are_those_of_the_sample_count():
    # domain.md C20: book 100, count 98 at 80.00: accuracy 0.98, loss 160.00 of 8,000.00.
    line = StockCountLine(sku="A", book_quantity=Decimal(100), counted_quantity=Decimal(98), unit_cost=yuan("80.00"))
    data = period(counts=[StockCount(count_id="C1", warehouse="W1", as_of=at(30), lines=(line,))])

    assert 0.98 == value(data, "stock_accuracy")
    assert 16_000 == value(data, "shrinkage")
    assert 0.02 == value(data, "shrinkage_rate")


def test_the_restock_lag_is_from_receipt_to_the_movement_and_the_rest_waits():
    lines = (ReturnLine(sku="A", quantity_requested=Decimal(1), quantity_received=Decimal(1)),)
    cases = [case("R1", "O1", received_at=at(10), lines=lines), case("R2", "O2", received_at=at(10), lines=lines)]
    back = StockMovement(
        movement_id="M1", type="return_in", sku="A", quantity=Decimal(1), return_id="R1", occurred_at=at(12)
    )
    data = period(returns=cases, movements=[back])

    assert 2.0 == value(data, "restock_lag")
    assert 1.0 == value(data, "not_restocked")


def test_after_sales_cost_freight_back_and_compensation_less_what_couriers_credit():
    # 5.00 back + 3.00 compensation - 2.00 credited, of 2 shipped orders.
    data = period(
        orders=FOUR[:2],
        returns=[case("R1", "O1", kind="compensation", compensation=yuan("3.00"))],
        charges=[
            charge("SF1", "9.00"),
            charge("SF2", "5.00", leg="return"),
            charge("SF3", "-2.00", kind="compensation"),
        ],
    )

    assert 600 == value(data, "after_sale_cost")
    assert 300 == value(data, "after_sale_cost_per_order")


def test_what_an_article_leaves_is_revenue_less_all_that_it_cost():
    # GS-1: 190.00 - 80.00 cost - 11.14 fees - 10.00 freight net of 6 % = 88.86.
    coupons = (
        Discount(kind="shop_coupon", funder="merchant", amount=yuan("10.00")),
        Discount(kind="platform_coupon", funder="platform", amount=yuan("20.00"), settled_to_merchant=True),
    )
    line = OrderLine(sku="A", quantity=Decimal(1), unit_price=yuan("200.00"), unit_cost=yuan("80.00"))
    sold = Order(
        platform="tmall", shop_id="shop 1", platform_order_id="GS-1", currency="CNY", status="completed",
        created_at=at(2), shipped_at=at(3), lines=(line,), discounts=coupons,
    )  # fmt: skip
    data = period(
        orders=[sold],
        shipments=[parcel("SF1", 1000, order="GS-1")],
        charges=[charge("SF1", "10.60", vat_rate=Decimal("0.06"))],
        lines=settled("GS-1", GS_1),
    )

    assert 8_886 == value(data, "contribution", sku="A")
    assert 8_886 / 19_000 == value(data, "contribution_rate")


def random_period(seed):
    rng = random.Random(seed)
    orders = [
        order(
            f"O{number}",
            shop=rng.choice(["shop 1", "shop 2", None]),
            price=str(rng.randint(1, 99)),
            sku=rng.choice("AB"),
            day=rng.randint(1, 28),
        )
        for number in range(rng.randint(0, 12))
    ]
    numbers = [one.platform_order_id for one in orders] + ["stranger"]
    return {
        "orders": orders,
        "returns": [case(f"R{n}", rng.choice(numbers), kind=rng.choice(["exchange", "refund_only", "return_refund"]), reason_code=rng.choice(["质量问题", "7天无理由", None])) for n in range(rng.randint(0, 6))],
        "refunds": [refund(f"F{n}", rng.choice(numbers), str(rng.randint(0, 50)), hours=rng.randint(1, 90)) for n in range(rng.randint(0, 6))],
        "shipments": [parcel(f"SF{n}", rng.randint(100, 2000), order=rng.choice(numbers), warehouse=rng.choice(["W1", None])) for n in range(rng.randint(0, 6))],
        "charges": [charge(f"SF{rng.randint(0, 8)}", str(rng.randint(-2, 20)), leg=rng.choice(["outbound", "return"]), zone_billed=rng.choice(["1", None])) for n in range(rng.randint(0, 8))],
        "lines": [line for number in numbers for line in settled(number, GS_1)],
    }  # fmt: skip


def given_tables(rows):
    return period(**{name: held for name, held in rows.items() if held})


@settings(deadline=None, max_examples=4)
@given(st.integers(0, 10**6))
def test_groups_of_every_dimension_add_up_to_the_total(seed):
    facts = facts_of(given_tables(random_period(seed)))
    for metric in metrics().values():
        whole = figures([metric], facts)
        if metric.is_rank or metric.name in whole.missing:
            continue
        for name in dimensions_of(metric):
            counted = {one.fact for one in metric.measures if name in {*fact_kinds()[one.fact].dimensions, "period"}}
            apart = figures([metric], facts, by=[name], details=True)
            if counted < {one.fact for one in metric.measures} or any(
                one.how.value == "distinct" for one in metric.measures
            ):
                continue  # an order of two articles counts at each, a parcel with two charges at each
            for part in ("of", "per"):
                column = f"{metric.name}_{part}"
                if column in whole.frame.columns:
                    assert whole.frame[column].sum() == apart.frame[column].sum(), (metric.name, name)
                    assert whole.frame[column].sum() == apart.details[column].sum(), (metric.name, name)


@settings(deadline=None, max_examples=4)
@given(st.integers(0, 10**6))
def test_the_order_of_the_rows_does_not_matter(seed):
    rows = random_period(seed)
    rng = random.Random(seed)
    mixed = {name: rng.sample(held, len(held)) for name, held in rows.items()}
    wanted = list(metrics().values())

    first = figures(wanted, facts_of(given_tables(rows)))
    second = figures(wanted, facts_of(given_tables(mixed)))

    assert first.frame.equals(second.frame)


def test_without_data_every_figure_is_null_and_says_why():
    made = figures(list(metrics().values()), facts_of(period()))

    assert set(metrics()) == set(made.missing)
    assert all(made.frame[one.column].to_list() == [None] for one in metrics().values())
    assert all(why.reason and why.reason_zh for why in made.missing.values())


def test_a_share_of_nothing_is_null_and_a_sum_of_nothing_is_zero():
    data = period(
        orders=[Order(platform="tmall", platform_order_id="O1", currency="CNY", status="created", created_at=at(1))]
    )

    assert value(data, "after_sale_rate") is None
    assert 0 == value(data, "shipped_orders")


def test_money_is_whole_minor_units_and_never_a_float():
    facts = facts_of(given_tables(random_period(7)))
    made = figures(list(metrics().values()), facts, details=True)
    for metric in metrics().values():
        if metric.unit is Unit.MONEY:
            assert pl.Int64 == made.frame.schema[metric.column], metric.name
    floats = [name for name, dtype in made.details.schema.items() if dtype.is_float()]
    assert [] == floats


def test_amounts_of_two_currencies_are_never_added():
    dollars = Order(
        platform="shopify", platform_order_id="S1", currency="USD", created_at=at(2), paid_at=at(2),
        lines=(OrderLine(sku="A", quantity=Decimal(1), unit_price=Money("7.00", "USD")),),
    )  # fmt: skip
    made = figures([metric_of("sales")], facts_of(period(orders=[*FOUR, dollars])))

    assert [("CNY", 40_000), ("USD", 700)] == made.frame.select("currency", "sales_minor").rows()


def test_a_figure_leads_to_its_rows_with_file_and_line():
    placed = [order(f"O{line}", provenance=Provenance(file="orders.csv", line=line)) for line in (2, 3)]
    made = figures([metric_of("shipped_orders")], facts_of(period(orders=placed)), details=True)

    wanted = ["fact", "platform_order_id", "shipped_orders_of", "source_file", "source_line"]
    assert [("orders", "O2", 1, "orders.csv", 2), ("orders", "O3", 1, "orders.csv", 3)] == made.details.select(
        wanted
    ).rows()


def test_a_dimension_that_a_metric_cannot_have_is_told_with_those_that_it_can():
    with pytest.raises(
        ReportError, match="metric take_rate: it cannot be told apart by courier; it can by period, platform, shop"
    ):
        figures([metric_of("take_rate")], facts_of(period(lines=settled("GS-1", GS_1))), by=["courier"])
    with pytest.raises(ReportError, match="there is no dimension 'colour'"):
        figures([metric_of("take_rate")], facts_of(period()), by=["colour"])


def test_orders_are_told_apart_by_article_and_one_of_two_articles_counts_at_each():
    both = Order(
        platform="tmall", platform_order_id="O1", currency="CNY", created_at=at(2), shipped_at=at(3), status="shipped",
        lines=tuple(OrderLine(sku=sku, quantity=Decimal(1)) for sku in ("A", "B", "B")),
    )  # fmt: skip
    data = period(orders=[both, order("O2", sku="B")], returns=[case("R1", "O1")])

    assert 1.0 == value(data, "after_sale_rate", sku="A")
    assert 0.5 == value(data, "after_sale_rate", sku="B")


def test_a_metric_is_one_declaration_that_edits_nothing():
    refunded_orders = Metric(
        name="small_refunds",
        title="Small refunds",
        title_zh="小额退款",
        formula="refunds of up to 10.00 / refunds",
        of=count("refunds", pl.col("amount_minor") <= 1_000),
        per=count("refunds"),
        unit="share",
    )
    data = period(orders=FOUR, refunds=[refund("F1", "O1", "5.00"), refund("F2", "O2", "50.00")])
    made = figures([refunded_orders], facts_of(data), by=["shop"])

    assert [0.5] == made.frame["small_refunds"].to_list()
    assert "reason" in dimensions_of(refunded_orders)


def test_a_median_stands_alone():
    with pytest.raises(ReportError, match="stands alone"):
        Metric(
            name="x",
            title="x",
            title_zh="x",
            formula="x",
            of=[metric_of("refund_cycle_median").of[0]],
            per=[total("orders", "goods_minor")],
            unit="days",
        )


def test_every_metric_says_what_it_is_in_both_languages():
    for one in metrics().values():
        assert one.title, one.name
        assert one.formula, one.name
        assert any("一" <= letter <= "鿿" for letter in one.title_zh), one.name
