"""What goes wrong in the month, by name: each fault changes the model where it happened, and says what is to be found of it."""

from collections.abc import Iterator
from typing import Final

import attrs

from shop.terms import (
    ARTICLES,
    CUP,
    KETTLE,
    LAMP,
    LOST_MOST,
    LOST_MULTIPLE,
    NEAR,
    TEAPOT,
    at,
    sf_freight,
    sf_weight,
    share,
    yuan,
)
from shop.world import Row, Sale, World, number_of_order, number_of_parcel

UNKNOWN_RECEIPT: Final = "syn-8111604552732582"
"""The statement gives its lines no numbers; this one is made of account, day, amount and balance."""
HEAD: Final = ("fault", "reconciliation", "type", "key", "impact", "currency", "what")


@attrs.frozen
class Found:
    """What a reconciliation is to say of a fault."""

    reconciliation: str
    type: str
    key: str
    minor: int


@attrs.define
class Planter:
    """Plants faults into a month, each in orders that no other touches."""

    world: World
    truth: list[tuple[str, Found, str]] = attrs.Factory(list)
    taken: set[str] = attrs.Factory(set)

    def note(self, fault: str, what: str, *found: tuple[str, str, str, int]) -> None:
        """Say what is to be found of a fault."""
        self.truth += [(fault, Found(*one), what) for one in found]

    def order(self, **wanted: object) -> Row:
        """An order that nothing special happened to, completed and settled in the month, in one parcel of its own.

        Args:
            **wanted: What it has to be; `sku` for its only article, `pieces` for how many.
        """
        special = {sale.number for sales in self.world.special.values() for sale in sales}
        sku, pieces = wanted.pop("sku", None), wanted.pop("pieces", None)
        for row in self.world.orders:
            if row["number"] in special | self.taken or row["completed"] is None or row["completed"].day > 28:
                continue
            if any(row[name] != value for name, value in wanted.items()) or len(row["parcels"]) != 1:
                continue
            parcel = self.world.one("parcels", tracking=row["parcels"][0])
            if len(parcel["contents"]) > 1 or (parcel["province"] == "新疆" and wanted.get("province") != "新疆"):
                continue
            if len(row["lines"]) > 1 or (
                sku is not None and {sku: pieces or next(iter(row["lines"].values()))} != row["lines"]
            ):
                continue
            self.taken.add(row["number"])
            return row
        raise LookupError(wanted)

    def case(self, kind: str, place: int, **wanted: str) -> Sale:
        """The sale of a case of a kind."""
        sales = [
            sale for sale in self.world.special[kind]
            if sale.number not in self.taken and len(sale.basket) == 1 and all(getattr(sale, name) == value for name, value in wanted.items())
        ]  # fmt: skip
        self.taken.add(sales[place].number)
        return sales[place]

    def base(self, order: Row) -> Row:
        """The freight of an order's only parcel."""
        return self.world.one("charges", tracking=order["parcels"][0], kind="base")

    def parcel(self, order: Row) -> Row:
        """An order's only parcel."""
        return self.world.one("parcels", tracking=order["parcels"][0])


def plant_all(world: World) -> list[tuple[str, Found, str]]:
    """Plant all faults, close the month, and plant those of what is paid out."""
    planter = Planter(world)
    for plant in (_orders, _payments, _desk, _warehouse, _returns, _zto, _sf, _tmall, _pdd):
        plant(planter)
    world.close()
    _rebate(planter)
    _books(planter)
    _bank(planter)
    return planter.truth


def rows_of(truth: list[tuple[str, Found, str]]) -> Iterator[tuple[str, ...]]:
    """The truth as a table."""
    yield HEAD
    for fault, found, what in truth:
        yield fault, found.reconciliation, found.type, found.key, yuan(found.minor), "CNY", what


def _cost(lines: dict[str, int]) -> int:
    return sum(ARTICLES[sku][2] * pieces for sku, pieces in lines.items())


def _brings(order: Row) -> int:
    return order["pays"] + order["funded"]


def _orders(planter: Planter) -> None:
    order = planter.order(platform="tmall")
    planter.world.not_in_erp.add(order["number"])
    planter.note(
        "order lost on its way to the ERP", "the ERP does not know the order",
        ("orders", "order.missing_in_erp", order["number"], -_brings(order)),
    )  # fmt: skip


def _payments(planter: Planter) -> None:
    world = planter.world
    gone, less = planter.order(platform="tmall"), planter.order(platform="tmall")
    world.drop("trade", number=gone["number"], refund="")
    planter.note(
        "payment not on Alipay's bill", "the buyer's payment is not there",
        ("payments", "channel.order_paid_not_in_channel", gone["number"], -gone["pays"]),
    )  # fmt: skip
    world.one("trade", number=less["number"], refund="")["amount"] -= 500
    planter.note(
        "payment of another amount", "5.00 less came than the order says",
        ("payments", "order.payment_mismatch", less["number"], -500),
    )  # fmt: skip
    moment = at(17, 21, 4)
    world.trade.append(
        {"txn": "2026101722001999000000000000001", "number": "", "merchant": "T200P3302026101799999921", "amount": 8_800,
         "created": moment, "moment": moment, "refund": ""}
    )  # fmt: skip
    planter.note(
        "payment of a stranger", "88.00 that no order of ours asked for",
        ("payments", "channel.paid_not_in_orders", "T200P3302026101799999921", 8_800),
    )  # fmt: skip


def _desk(planter: Planter) -> None:
    world = planter.world
    number = number_of_order("tmall", 900_001, 20)
    sale = Sale("tmall", "zto", number, 900_001, 20, {CUP: 1}, ARTICLES[CUP][1], 0, "浙江", "杭州")
    world.sell(sale, 0)
    world.one("orders", number=number).update(shipped=None, signed=None, completed=None)
    planter.note(
        "order forgotten", "paid on 20 October, and never sent",
        ("dispatch", "order.paid_unshipped", number, 0),  # platforms' exports know no cost
    )  # fmt: skip
    twice = planter.order(platform="pdd", sku=TEAPOT, carrier="sf")
    sold = world.sales[twice["place"]]
    world.send(sold, sold.day + 2, more=5)
    for sku, pieces in sold.basket.items():
        world.shelves[sku] -= pieces
    planter.note(
        "order sent twice", "the same teapots left twice, and no case asked for it",
        ("dispatch", "aftersale.duplicate_shipment", sold.number, 0),
    )  # fmt: skip
    swap = planter.case("exchange", 0)
    new = number_of_parcel(swap.carrier, swap.place, 9)
    for side in ("parcels", "charges", "movements"):
        world.drop(side, tracking=new)
    for sku, pieces in swap.basket.items():
        world.shelves[sku] += pieces
    planter.note(
        "exchange never sent", "the old piece came back, and no new one left",
        ("after_sales", "aftersale.exchange_not_shipped", swap.number, 0),
    )  # fmt: skip
    again = planter.case("reship", 0)
    world.drop("cases", number=again.number)
    planter.note(
        "reshipment without a case", "a second parcel that nobody asked for",
        ("dispatch", "aftersale.reship_without_case", again.number, 0),
        ("after_sales", "aftersale.reship_without_case", again.number, 0),
    )  # fmt: skip


def _warehouse(planter: Planter) -> None:
    world = planter.world
    order = planter.order(platform="tmall", sku=LAMP, pieces=1)
    world.drop("movements", order=order["number"])
    cost = ARTICLES[LAMP][2]
    planter.note(
        "parcel not booked out", "the lamp left, and the stock still has it",
        ("outbound", "warehouse.outbound_missing", order["number"], 0),
        ("outbound", "data.cost_missing", order["number"], 0),
        ("stock_count", "warehouse.count_loss", LAMP, -cost),
    )  # fmt: skip
    world.shelves[KETTLE] -= 1
    cost = ARTICLES[KETTLE][2]
    planter.note(
        "kettle gone from its shelf", "one is missing at the count of 31 October",
        ("stock_count", "warehouse.count_loss", KETTLE, -cost),
    )  # fmt: skip
    note = next(row for row in world.purchases if row["sku"] == KETTLE and row["kind"] == "purchase_order")
    world.one("movements", document=note["id"])["pieces"] -= 10
    world.shelves[KETTLE] -= 10
    planter.note(
        "ten kettles short", "delivered and billed, by the papers, and not received",
        ("inbound", "warehouse.inbound_qty_mismatch", KETTLE, -10 * cost),
        ("inbound", "warehouse.inbound_invoice_mismatch", KETTLE, 10 * cost),
    )  # fmt: skip
    bill = next(row for row in world.purchases if row["sku"] == TEAPOT and row["kind"] == "supplier_invoice")
    bill["price"] += 100
    planter.note(
        "teapots too dear", "billed at 1.00 more than ordered",
        ("inbound", "warehouse.inbound_price_mismatch", TEAPOT, 100 * bill["pieces"]),
    )  # fmt: skip


def _returns(planter: Planter) -> None:
    world = planter.world
    lost, worse = planter.case("return_refund", 0), planter.case("return_refund", 0)
    world.drop("movements", case=lost.case)
    planter.note(
        "return not booked in", "the goods came back, and the stock does not have them",
        ("returns", "warehouse.return_not_restocked", lost.number, 0),
        *(("returns", "data.cost_missing", sku, 0) for sku in lost.basket),
        *(("stock_count", "warehouse.count_gain", sku, _cost({sku: pieces})) for sku, pieces in lost.basket.items()),
    )  # fmt: skip
    for row in world.rows("movements", case=worse.case):
        row["condition"] = "C"
    planter.note(
        "good return booked as damaged", "what came back was as new",
        ("returns", "warehouse.restock_wrong_condition", worse.number, -_cost(worse.basket)),
    )  # fmt: skip


def _zto(planter: Planter) -> None:
    world = planter.world
    light = planter.order(carrier="zto", sku=CUP, pieces=2, province="浙江")  # 0.70 kg
    charge = planter.base(light)
    charge |= {"billed": 2_000, "amount": charge["amount"] + 90}
    planter.note(
        "overweight (E3)", "0.70 kg billed as 2 kg",
        ("courier_bill", "courier.overweight", charge["tracking"], 90),
    )  # fmt: skip
    let_go = planter.order(carrier="zto", sku=LAMP, pieces=1, province="江苏")
    planter.parcel(let_go)["grams"] = 2_050
    charge = planter.base(let_go)
    charge |= {"actual": 2_050, "billed": 3_000, "amount": 260 + 2 * 90}
    planter.note(
        "rounded up (E1)", "2.05 kg billed as 3 kg, where the contract lets 100 g go",
        ("courier_bill", "courier.wrong_rounding", charge["tracking"], 90),
    )  # fmt: skip
    turned = planter.case("intercept", 0, carrier="zto", province="浙江")
    charge = world.one("charges", tracking=turned.parcel, kind="return_to_sender")
    more = planter.world.freight(world.one("parcels", tracking=turned.parcel)) - charge["amount"]
    charge["amount"] += more
    planter.note(
        "way back at full price (E4)", "the contract says half",
        ("courier_bill", "courier.surcharge_amount_wrong", turned.parcel, more),
    )  # fmt: skip
    far = planter.order(carrier="zto", province="广东", sku=CUP)
    charge = planter.base(far)
    more = 1_200 - charge["amount"]
    charge |= {"amount": 1_200, "remote": 500, "province": "新疆", "city": "乌鲁木齐"}
    planter.note(
        "wrong zone, and a remote surcharge (E8)", "went to Guangdong, billed as to Xinjiang",
        ("courier_bill", "courier.wrong_zone", charge["tracking"], more),
        ("courier_bill", "courier.surcharge_not_applicable", charge["tracking"], 500),
    )  # fmt: skip
    stranger = {**planter.base(planter.order(carrier="zto", province="上海", sku=CUP)), "tracking": "78999000000017"}
    world.charges.append(stranger)
    planter.note(
        "parcel of a stranger", "no parcel of ours has the number",
        ("courier_bill", "courier.not_ours", stranger["tracking"], stranger["amount"]),
    )  # fmt: skip
    voided = {
        "carrier": "zto", "tracking": "78440000999904", "platform": "tmall", "province": "上海", "city": "上海", "grams": 400,
        "box": None, "direction": "outbound", "picked": None, "voided": at(12, 19), "status": "voided", "signed": None,
        "contents": {planter.order(platform="tmall", carrier="zto")["number"]: {CUP: 1}},
    }  # fmt: skip
    world.parcels.append(voided)
    charge = world.bill(voided, 13, "base", 260)
    planter.note(
        "cancelled label billed", "the label was voided on the same evening",
        ("courier_bill", "courier.cancelled_label_billed", charge["tracking"], 260),
    )  # fmt: skip
    lost = planter.case("lost", 0, carrier="zto")
    price = world.freight(world.one("parcels", tracking=lost.parcel))
    world.drop("charges", tracking=lost.parcel, kind="compensation")
    planter.note(
        "lost parcel not paid for", "the contract says seven times the freight",
        ("courier_bill", "courier.lost_not_compensated", lost.parcel, min(LOST_MULTIPLE * price, LOST_MOST)),
    )  # fmt: skip
    world.has_rebate = False
    world.notice_off = 2_000
    planter.note(
        "bill of another sum", "the notice asks for 20.00 more than its lines make",
        ("courier_bill", "courier.bill_total_mismatch", "ZTO-2026-10", 2_000),
    )  # fmt: skip


def _sf(planter: Planter) -> None:
    world = planter.world
    charge = planter.base(planter.order(carrier="sf", province="广东"))
    world.charges.append(dict(charge))
    planter.note(
        "billed twice (E7)", "the same parcel stands on the bill twice",
        ("courier_bill", "courier.duplicate", charge["tracking"], charge["amount"]),
    )  # fmt: skip
    near = next(planter.order(carrier="sf", province=province) for province in sorted(NEAR) if province != "浙江")
    parcel, charge = planter.parcel(near), planter.base(near)
    parcel |= {"grams": 12_300, "box": (60, 40, 40)}
    right = sf_freight(parcel["province"], sf_weight(parcel["province"], 12_300, parcel["box"]))
    wrong = sf_weight(parcel["province"], 12_300, parcel["box"], 6_000)
    charge |= {"actual": 12_300, "billed": int(wrong * 1000), "amount": sf_freight(parcel["province"], wrong)}
    planter.note(
        "wrong divisor (E2)", "60 x 40 x 40 cm within the region: 12,000, not 6,000",
        ("courier_bill", "courier.wrong_divisor", charge["tracking"], charge["amount"] - right),
    )  # fmt: skip


def _tmall(planter: Planter) -> None:
    world = planter.world
    dear = planter.order(platform="tmall")
    fee = world.one("lines", number=dear["number"], kind="commission")
    more = share(dear["pays"], 60) + fee["amount"]
    fee["amount"] -= more
    planter.note(
        "commission of 6 %", "the contract says 5 %",
        ("settlement", "settlement.commission_rate_wrong", dear["number"], -more),
    )  # fmt: skip
    unpaid = planter.order(platform="tmall")
    world.drop("lines", number=unpaid["number"])
    planter.note(
        "order not settled", "completed, and nothing came",
        ("settlement", "settlement.order_missing", unpaid["number"], -unpaid["pays"]),
    )  # fmt: skip
    kept = planter.case("return_refund", 0, platform="tmall")
    world.drop("lines", number=kept.number, refund=kept.refund)
    planter.note(
        "refund not taken", "the buyer was paid back, and the platform still owes us the fee and we the money",
        ("settlement", "settlement.refund_missing", kept.number, kept.paid),
    )  # fmt: skip
    strange = number_of_order("tmall", 999_999, 8)
    world.settle("tmall", strange, 13, sale=4_500)
    planter.note(
        "settled for a stranger", "45.00 for an order that is not ours",
        ("settlement", "settlement.order_unknown", strange, 4_500),
    )  # fmt: skip


def _pdd(planter: Planter) -> None:
    world = planter.world
    world.settle("pdd", "", 12, penalty=-5_000)
    world.lines[-1]["remark"] = "违规扣款"
    planter.note(
        "penalty of no order", "50.00 that nobody explains",
        ("settlement", "settlement.penalty_unexplained", "penalty", -5_000),
    )  # fmt: skip
    bare = planter.order(platform="pdd", funded=400)
    world.drop("lines", number=bare["number"], kind="platform_subsidy")
    planter.note(
        "coupon not paid", "the platform's 4.00 did not come",
        ("settlement", "settlement.subsidy_missing", bare["number"], -400),
        ("promotions", "promotion.funding_missing", "pdd", -400),
    )  # fmt: skip
    taken = planter.order(platform="pdd", funded=0)
    world.settle("pdd", taken["number"], taken["completed"].day + 2, sale_refund=-taken["pays"])
    planter.note(
        "taken back for nothing", "the platform took the money of an order that nobody refunded",
        ("settlement", "settlement.amount_mismatch", taken["number"], -taken["pays"]),
        ("after_sales", "aftersale.refund_without_case", taken["number"], taken["pays"]),
    )  # fmt: skip


def _rebate(planter: Planter) -> None:
    """Told when all parcels of the month have left."""
    planter.note(
        "rebate left out (E6)", "more than 800 parcels, each with 0.10 back by the contract",
        ("courier_bill", "courier.rebate_missing", "rebate", planter.world.rebate()),
    )  # fmt: skip


def _books(planter: Planter) -> None:
    world = planter.world
    right = next(row["amount"] for row in world.balances() if row["party"] == "sf")
    world.turned_round = True
    wrong = next(row["amount"] for row in world.balances() if row["party"] == "sf")
    planter.note(
        "figures turned round", "SF's bill was booked with two of its figures the wrong way round",
        ("ledger_tieout", "ledger.balance_mismatch", "2202.01", wrong - right),
    )  # fmt: skip


def _bank(planter: Planter) -> None:
    world = planter.world
    short = world.one("payouts", platform="pdd", settlement="JSPDD261010")
    short["amount"] -= 10_000
    world.one("bank", payout=short["id"])["amount"] -= 10_000
    planter.note(
        "payout short", "100.00 less than settled",
        ("payout", "payout.amount_mismatch", short["id"], -10_000),
    )  # fmt: skip
    gone = world.one("payouts", platform="tmall", settlement="JSTMALL261015")
    world.drop("bank", payout=gone["id"])
    planter.note(
        "payout that never arrived", "it left Alipay, and the bank does not have it",
        ("receipts", "bank.receipt_missing", gone["id"], -gone["amount"]),
    )  # fmt: skip
    world.bank.append({"platform": "pdd", "payout": "", "day": 22, "amount": 6_660, "memo": "转账"})
    planter.note(
        "money of nobody", "66.60 of Pinduoduo's payer that no payout explains",
        ("receipts", "bank.receipt_unknown", UNKNOWN_RECEIPT, 6_660),
    )  # fmt: skip
