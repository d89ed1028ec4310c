"""Small worlds for the chain: what two shops sold, shipped, took back, were charged and were paid, with faults here and there."""

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from functools import cache
from random import Random
from zoneinfo import ZoneInfo

import attrs
import polars as pl
from moneyed import Money

from tieout.model import (
    BankTransaction,
    ChannelTransaction,
    CourierCharge,
    Discount,
    Event,
    Order,
    OrderLine,
    Payment,
    Provenance,
    Refund,
    Return,
    ReturnLine,
    SettlementLine,
    Shipment,
    ShipmentLine,
)
from tieout.model import Payout as PayoutRecord
from tieout.model import Settlement as Header
from tieout.outcome import CarryForward, Outcome
from tieout.proof import Proof
from tieout.reconciliations import Dispatch, Payments, Payout, Receipts, Settlement
from tieout.reconciliations._common.concluding import recorded
from tieout.reconciliations._common.findings import discrepancy_table, no_findings, numbered
from tieout.reconciliations._common.sides import Role, take
from tieout.tables import Table

ZONE = ZoneInfo("Asia/Shanghai")
AS_OF = dt.date(2026, 10, 31)
SHOPS = (("tmall", "shop 1"), ("tmall", "shop 2"), ("pdd", "shop 3"))
PAYERS = {"tmall": "支付宝(中国)网络技术有限公司", "pdd": "上海寻梦信息技术有限公司"}
GROSS = {"sale", "platform_subsidy", "sale_refund", "subsidy_clawback"}


def yuan(cents):
    return Money(Decimal(cents) / 100, "CNY")


def at(day, hour=12):
    return dt.datetime(2026, 10, day, hour, tzinfo=ZONE)


def place(file, line):
    return Provenance(file=file, line=line, sha256="a" * 64)


@cache
def _outcome_of(reconciliation, sides):
    """What it makes of sides, each a name and its records: tests change one side and share what comes of the others."""
    return reconciliation(as_of=AS_OF).run(**dict(sides))


@attrs.define
class World:
    """The records of all sides."""

    orders: list = attrs.Factory(list)
    shipments: list = attrs.Factory(list)
    returns: list = attrs.Factory(list)
    refunds: list = attrs.Factory(list)
    lines: list = attrs.Factory(list)
    settlements: list = attrs.Factory(list)
    payouts: list = attrs.Factory(list)
    bank: list = attrs.Factory(list)
    transactions: list = attrs.Factory(list)
    charges: list = attrs.Factory(list)

    def outcomes(self):
        """What every reconciliation makes of it."""
        return [
            self._ran(Dispatch, "orders", "shipments", "returns"),
            self._ran(Payments, "orders", "transactions", "refunds"),
            self._ran(Settlement, "orders", "lines", "refunds", "settlements"),
            self._ran(Payout, "settlements", "payouts"),
            self._ran(Receipts, "payouts", "bank"),
            listed("couriers", {"charges": (CourierCharge, self.charges)}),
        ]

    def _ran(self, reconciliation, *sides):
        return _outcome_of(reconciliation, tuple((side, tuple(getattr(self, side))) for side in sides))

    def shuffled(self, seed):
        """The same records in another order."""
        rng = Random(seed)
        return World(**{name: rng.sample(rows, len(rows)) for name, rows in attrs.asdict(self, recurse=False).items()})

    # -- what a shop does

    def sell(self, number, shop=SHOPS[0], *, price=20_000, coupon=1_000, subsidy=2_000, cost=8_000, day=1, **more):
        """One order of one piece; the platform pays the subsidy to the shop."""
        platform, shop_id = shop
        merchant_order_no = f"{shop_id}-{number}"
        paid = price - coupon - subsidy
        paid_by = Payment(
            channel="alipay",
            channel_txn_id=f"TX-{platform}-{shop_id}-{number}",
            merchant_order_no=merchant_order_no,
            amount=yuan(paid),
            paid_at=at(day, 10),
        )
        self.orders.append(
            Order(
                platform=platform,
                shop_id=shop_id,
                platform_order_id=number,
                merchant_order_no=merchant_order_no,
                currency="CNY",
                created_at=at(day, 9),
                lines=(
                    OrderLine(
                        sku="A",
                        quantity=Decimal(1),
                        unit_price=yuan(price),
                        unit_cost=None if cost is None else yuan(cost),
                    ),
                ),
                discounts=(
                    Discount(kind="shop_coupon", funder="merchant", amount=yuan(coupon)),
                    Discount(kind="platform_coupon", funder="platform", amount=yuan(subsidy), settled_to_merchant=True),
                ),
                provenance=place("orders.csv", len(self.orders) + 2),
                **{
                    "status": "completed",
                    "paid_at": at(day, 10),
                    "shipped_at": at(day + 1),
                    "completed_at": at(day + 4),
                    "payments": (paid_by,),
                    **more,
                },
            )
        )
        self.transactions.append(
            ChannelTransaction(
                channel="alipay",
                bill_kind="trade",
                channel_txn_id=f"TX-{platform}-{shop_id}-{number}",
                merchant_order_no=merchant_order_no,
                type="交易",
                amount=yuan(paid),
                occurred_at=at(day, 10),
                provenance=place("alipay.csv", len(self.transactions) + 2),
            )
        )

    def ship(self, tracking_no, *numbers, shop=SHOPS[0], carrier="sf", day=2, **more):
        """One parcel with a piece of each order."""
        self.shipments.append(
            Shipment(
                carrier=carrier,
                tracking_no=tracking_no,
                shop_id=shop[1],
                picked_up_at=at(day, 18),
                lines=tuple(ShipmentLine(platform_order_id=number, sku="A", quantity=Decimal(1)) for number in numbers),
                provenance=place("parcels.csv", len(self.shipments) + 2),
                **{"status": "signed", "signed_at": at(day + 2), **more},
            )
        )

    def charge(self, tracking_no, cents, *, carrier="sf", kind="base", **more):
        """One charge of a courier."""
        self.charges.append(
            CourierCharge(
                carrier=carrier,
                bill_no="B-10",
                tracking_no=tracking_no,
                charge_type=kind,
                ship_date=dt.date(2026, 10, 2),
                amount=yuan(cents),
                provenance=place("sf.csv", len(self.charges) + 2),
                **more,
            )
        )

    def refund(self, refund_id, number, cents, shop=SHOPS[0], *, clawback=0, day=9, **more):
        """One refund that succeeded."""
        self.refunds.append(
            Refund(
                platform=shop[0],
                shop_id=shop[1],
                refund_id=refund_id,
                platform_order_id=number,
                amount=yuan(cents),
                platform_subsidy_clawback=yuan(clawback),
                channel_refund_id=f"CR-{refund_id}",
                applied_at=at(day - 1),
                provenance=place("refunds.csv", len(self.refunds) + 2),
                **{"status": "succeeded", "succeeded_at": at(day), **more},
            )
        )

    def take_back(self, return_id, number, shop=SHOPS[0], *, day=8, **more):
        """One case whose goods came back."""
        self.returns.append(
            Return(
                platform=shop[0],
                shop_id=shop[1],
                return_id=return_id,
                platform_order_id=number,
                kind="return_refund",
                status="refunded",
                applied_at=at(day),
                received_at=at(day + 1, 9),
                lines=(ReturnLine(sku="A", quantity_requested=Decimal(1), quantity_received=Decimal(1)),),
                provenance=place("cases.csv", len(self.returns) + 2),
                **more,
            )
        )

    def settle(self, number, shop=SHOPS[0], *, day=6, refund_id=None, **amounts):
        """Settlement lines of an order, in cents by type."""
        for kind, cents in amounts.items():
            self.lines.append(
                SettlementLine(
                    settlement_id=f"S-{shop[0]}-{shop[1]}-{day}",
                    platform=shop[0],
                    shop_id=shop[1],
                    line_id=f"L{len(self.lines) + 1}",
                    type=kind,
                    platform_order_id=number,
                    refund_id=refund_id,
                    posted_at=at(day),
                    amount=yuan(cents),
                    provenance=place("lines.csv", len(self.lines) + 2),
                )
            )

    def close(self, shop=SHOPS[0], *, day=6, is_paid=True, is_received=True):
        """The header of the day's settlement, its payout the next day, and the bank's line the day after."""
        number = f"S-{shop[0]}-{shop[1]}-{day}"
        net = sum(int(line.amount.amount * 100) for line in self.lines if line.settlement_id == number)
        self.settlements.append(
            Header(
                settlement_id=number,
                platform=shop[0],
                shop_id=shop[1],
                currency="CNY",
                period_start=at(day),
                period_end=at(day),
                net=yuan(net),
                provenance=place("settlements.csv", len(self.settlements) + 2),
            )
        )
        if net <= 0 or not is_paid:
            return
        payout_id = f"P-{shop[0]}-{shop[1]}-{day}"
        self.payouts.append(
            PayoutRecord(
                payout_id=payout_id,
                platform=shop[0],
                shop_id=shop[1],
                settlement_ids=(number,),
                amount=yuan(-net),
                initiated_at=at(day + 1),
                provenance=place("payouts.csv", len(self.payouts) + 2),
            )
        )
        if is_received:
            self.bank.append(
                BankTransaction(
                    account="1234",
                    booked_on=dt.date(2026, 10, day + 2),
                    amount=yuan(net),
                    counterparty=PAYERS[shop[0]],
                    memo=f"提现 {payout_id}",
                    bank_ref=f"B{len(self.bank) + 1}",
                    provenance=place("bank.csv", len(self.bank) + 2),
                )
            )


def listed(name, sides):
    """An outcome of a reconciliation that lists records and compares nothing, as a leaf of another package might."""
    records, kinds = {}, {}
    for side, (record, rows) in sides.items():
        taken = take(side, record, rows, role=Role.EVIDENCE, key=("book_id", "source_file", "source_line"))
        taken = taken.weighed(on=pl.col("ship_date") if record is CourierCharge else pl.lit(AS_OF))
        taken = taken.with_columns(pl.col("row").alias("unit"), pl.lit("listed").alias("verdict"))
        records[side], kinds[side] = recorded(taken), record.__name__
    return Outcome(
        reconciliation=name,
        parameters={"as of": AS_OF.isoformat(), "time zone": "Asia/Shanghai"},
        matches=pl.DataFrame(),
        lines=pl.DataFrame(),
        discrepancies=discrepancy_table(numbered(no_findings().with_columns(severity=pl.lit("low"))), period=None),
        events=Table.from_records([], Event),
        proof=Proof([]),
        carry_forward=CarryForward(),
        totals={},
        records=records,
        kinds=kinds,
    )


def gs_1():
    """GS-1 of `domain.md` 7.4, and beside it GS-2, which is wholly refunded; both in one parcel."""
    world = World()
    for number in ("GS-1", "GS-2"):
        world.sell(number, signed_at=at(4))
        world.settle(
            number, sale=17_000, platform_subsidy=2_000, commission=-950, payment_fee=-114, freight_insurance=-50
        )
    world.ship("SF1", "GS-1", "GS-2")
    world.charge("SF1", 801)
    world.take_back("C-2", "GS-2", return_tracking_no="SF2", refund_ids=("R-2",))
    world.refund("R-2", "GS-2", 17_000, clawback=2_000, return_id="C-2")
    world.settle("GS-2", day=10, refund_id="R-2", sale_refund=-17_000, subsidy_clawback=-2_000, fee_refund=950)
    world.close(day=6)
    world.close(day=10)
    return world


def random_world(seed):
    """A world of a few orders, with faults."""
    rng = Random(seed)
    world = World()
    for shop in rng.sample(SHOPS, rng.randint(1, 3)):
        _shop(world, rng, shop)
    return world


def _shop(world, rng, shop):
    numbers = [str(number) for number in range(1, rng.randint(2, 6))]
    for number in numbers:
        _order(world, rng, shop, number)
    waiting = rng.sample(numbers, len(numbers))
    while waiting:
        together, waiting = waiting[: rng.randint(1, 2)], waiting[2:]
        tracking_no = f"SF-{shop[0]}-{shop[1]}-{together[0]}"
        world.ship(tracking_no, *together, shop=shop)
        for cents in rng.sample([801, 350, -100], rng.randint(0, 2)):
            world.charge(tracking_no, cents, kind=rng.choice(["base", "fuel"]))
    if rng.random() < 0.3:
        world.charge("SF-NOBODY", 500)
    if rng.random() < 0.3:
        world.settle("NOBODY", shop, sale=3_300)
    for day in (6, 10):
        world.close(shop, day=day, is_paid=rng.random() < 0.8, is_received=rng.random() < 0.8)


def _order(world, rng, shop, number):
    price = rng.randrange(5_000, 30_000)
    subsidy = rng.choice([0, 0, 500, 2_000])
    paid = price - 1_000 - subsidy
    world.sell(number, shop, price=price, subsidy=subsidy, cost=rng.choice([None, 1_000, price // 3]), day=1)
    off = rng.choice([0, 0, 0, -700, 300])
    if rng.random() < 0.85:
        world.settle(
            number, shop, sale=paid + off, platform_subsidy=subsidy, commission=-price // 20, payment_fee=-price // 160
        )
    fate = rng.random()
    if fate < 0.3:
        back = rng.choice([paid, paid // 2])
        taken = subsidy if back == paid else subsidy // 2
        refund_id = f"R-{number}"
        world.refund(refund_id, number, back, shop, clawback=taken, version="2")
        if rng.random() < 0.5:
            world.refund(refund_id, number, back // 2, shop, clawback=0, version="1", status="closed")
        if rng.random() < 0.8:
            world.settle(number, shop, day=10, refund_id=refund_id, sale_refund=-back, subsidy_clawback=-taken)
        if back == paid:
            world.take_back(f"C-{number}", number, shop, refund_ids=(refund_id,))


def margins(world):
    """What each order brings, the slow and obvious way: by platform, shop and number, in cents; None where a cost is unknown."""
    found = {}
    held = {parcel.tracking_no: (parcel.shop_id, [line.platform_order_id for line in parcel.lines], parcel)
            for parcel in world.shipments}  # fmt: skip
    freight = defaultdict(int)
    for charge in world.charges:
        if charge.tracking_no in held:
            _, numbers, parcel = held[charge.tracking_no]
            platform = charge.tracking_no.split("-")[1] if charge.tracking_no.count("-") > 1 else "tmall"
            keys = [(platform, parcel.shop_id, number) for number in numbers]
            for key, cents in _split(world, keys, int(charge.amount.amount * 100)).items():
                freight[key] -= cents
    for order in world.orders:
        key = (order.platform, order.shop_id, order.platform_order_id)
        found[key] = _margin(world, order, key, freight[key])
    return found


def _split(world, keys, cents):
    """The charge by what the articles cost the buyer, the cents that are left to the largest remainders."""
    prices = {
        (order.platform, order.shop_id, order.platform_order_id): int(order.lines[0].unit_price.amount * 100)
        for order in world.orders
    }
    total = sum(prices[key] for key in keys)
    shares = {key: abs(cents) * prices[key] // total for key in keys}
    left = abs(cents) - sum(shares.values())
    for key in sorted(keys, key=lambda key: (-(abs(cents) * prices[key] % total), key[2]))[:left]:
        shares[key] += 1
    return {key: share if cents > 0 else -share for key, share in shares.items()}


def _margin(world, order, key, freight):
    def is_its(record):
        return (record.platform, record.shop_id, record.platform_order_id) == key

    cost = order.lines[0].unit_cost
    if any(is_its(case) for case in world.returns):
        cost = yuan(0) if cost is not None else None
    back = sum(
        int((one.amount + one.platform_subsidy_clawback).amount * 100)
        for one in world.refunds
        if is_its(one) and one.status == "succeeded"
    )
    on_record = {one.refund_id for one in world.refunds if is_its(one)}
    back -= sum(
        int(line.amount.amount * 100)
        for line in world.lines
        if is_its(line) and line.type in {"sale_refund", "subsidy_clawback"} and line.refund_id not in on_record
    )
    fees = sum(int(line.amount.amount * 100) for line in world.lines if is_its(line) and line.type not in GROSS)
    if cost is None:
        return None
    return int(order.merchant_receivable.amount * 100) - back + fees + freight - int(cost.amount * 100)
