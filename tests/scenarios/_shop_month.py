"""A shop's month, made up: two platforms, two couriers, one warehouse, one bank, and every kind of after-sale case.

What is made here agrees with itself to the cent: every order is paid, shipped, billed, settled, paid out and received as the contracts
say. What is wrong with it is planted by the story, by name.
"""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import attrs
from moneyed import Money

from tieout.model import (
    BankTransaction,
    ChannelTransaction,
    CourierCharge,
    CourierInvoice,
    Discount,
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
    StockCount,
    StockCountLine,
    StockDocument,
    StockDocumentLine,
    StockMovement,
)
from tieout.model import Payout as PayoutRecord
from tieout.model import Settlement as Header

ZONE = ZoneInfo("Asia/Shanghai")
AS_OF = dt.date(2026, 10, 31)
SHOPS = {"tmall": "Lamp House", "pdd": "Lamp Cellar"}
PAYERS = {"tmall": "支付宝(中国)网络技术有限公司", "pdd": "上海寻梦信息技术有限公司"}
ARTICLES = {
    "lamp": ("200.00", "80.00", 900),
    "kettle": ("260.00", "110.00", 1600),
    "teapot": ("120.00", "40.00", 1100),
    "tray": ("80.00", "25.00", 700),
    "cup": ("45.00", "12.00", 300),
}
"""Price, cost and weight in grams of what is sold."""
KINDS = (
    "refund_only",
    "return_refund",
    "exchange",
    "reship",
    "repair",
    "price_adjust",
    "freight_compensation",
    "compensation",
    "intercept",
    "rejected",
    "lost",
    "cancelled before shipment",
)
"""The eleven kinds of case of `domain.md` 2.6, and the refund of what was never shipped."""
FIRST_KG, NEXT_KG = {"zto": 300, "sf": 800}, {"zto": 90, "sf": 200}
PERIOD_ENDS = (5, 10, 15, 20, 25, 31)
CASES_OF_A_KIND = 10
STOCK = 2000
"""Pieces of every article on the shelves at the beginning."""


def yuan(cents):
    return Money(Decimal(cents) / 100, "CNY")


def cents(text):
    return int(Decimal(text) * 100)


def at(day, hour=12, minute=0):
    return dt.datetime(2026, 10, day, hour, minute, tzinfo=ZONE)


def share(amount, percent):
    """So many thousandths of an amount, rounded half up, in cents."""
    return (amount * percent + 500) // 1000


def freight(carrier, grams):
    """What the contract makes of a parcel: each begun kilogram counts."""
    kilograms = max(1, -(-grams // 1000))
    return FIRST_KG[carrier] + NEXT_KG[carrier] * (kilograms - 1)


@attrs.define
class Month:
    """All records of the month, in the order in which they came about."""

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
    invoices: list = attrs.Factory(list)
    movements: list = attrs.Factory(list)
    documents: list = attrs.Factory(list)
    opening_counts: list = attrs.Factory(list)
    counts: list = attrs.Factory(list)
    shelves: dict = attrs.Factory(dict)

    def find(self, side, **said):
        """Where the one record of a side stands that says so."""
        (place,) = (
            place
            for place, one in enumerate(getattr(self, side))
            if all(str(getattr(one, name)) == value for name, value in said.items())
        )
        return place

    def edit(self, side, changes, **said):
        """Another state of the one record that says so."""
        place, rows = self.find(side, **said), getattr(self, side)
        rows[place] = attrs.evolve(rows[place], **changes)

    def drop(self, side, **said):
        """A record that nobody ever wrote."""
        getattr(self, side).pop(self.find(side, **said))

    def moved(self, sku):
        """Pieces of an article that came in, less those that went out."""
        return sum(int(one.quantity) for one in self.movements if one.sku == sku)

    def of(self, platform, side):
        """The records of one side that are of one platform."""
        return [one for one in getattr(self, side) if one.platform == platform]

    def place(self, side, file):
        return Provenance(file=file, line=len(getattr(self, side)) + 2, sha256=f"{len(file):02x}" * 32)

    # -- selling

    def sell(self, platform, number, day, basket, *, subsidy=0, coupon=0):
        """One order that is paid; its lines are one article each."""
        gross = sum(cents(ARTICLES[sku][0]) * pieces for sku, pieces in basket.items())
        paid = gross - coupon - subsidy
        discounts = []
        if coupon:
            discounts.append(Discount(kind="shop_coupon", funder="merchant", amount=yuan(coupon)))
        if subsidy:
            discounts.append(
                Discount(kind="platform_coupon", funder="platform", amount=yuan(subsidy), settled_to_merchant=True)
            )
        channel = {"tmall": "alipay", "pdd": "other"}[platform]
        moment = at(day, 9)
        self.orders.append(
            Order(
                platform=platform,
                shop_id=SHOPS[platform],
                platform_order_id=number,
                merchant_order_no=f"M{number}",
                currency="CNY",
                status="completed",
                created_at=moment,
                paid_at=moment,
                shipped_at=at(day + 1, 10),
                signed_at=at(day + 4),
                completed_at=at(day + 5),
                lines=tuple(
                    OrderLine(
                        platform_sub_order_id=f"{number}-{place}",
                        sku=sku,
                        quantity=Decimal(pieces),
                        unit_price=yuan(cents(ARTICLES[sku][0])),
                        unit_cost=yuan(cents(ARTICLES[sku][1])),
                    )
                    for place, (sku, pieces) in enumerate(basket.items(), start=1)
                ),
                discounts=tuple(discounts),
                payments=(
                    Payment(
                        channel=channel,
                        channel_txn_id=f"A{number}",
                        merchant_order_no=f"M{number}",
                        amount=yuan(paid),
                        paid_at=moment,
                    ),
                ),
                provenance=self.place("orders", f"{platform}_orders.csv"),
            )
        )
        if channel == "alipay":
            self.book("trade", f"A{number}", number, paid, moment)
        return paid

    def book(self, kind, txn, number, amount, moment, refund=None):
        """One row of the wallet's bill."""
        self.transactions.append(
            ChannelTransaction(
                channel="alipay",
                bill_kind=kind,
                channel_txn_id=txn,
                channel_refund_id=refund,
                merchant_order_no=f"M{number}",
                type="交易退款" if refund else "交易",
                amount=yuan(amount),
                occurred_at=moment,
                provenance=self.place("transactions", "alipay.csv"),
            )
        )

    # -- sending

    def send(self, sale, tracking_no, day, contents=None, *, direction="outbound", move="sale_out", case=None, **state):
        """A parcel with the pieces of one order or of several, what left the stock for it, and the courier's charge."""
        contents = contents or [(sale.number, sale.basket)]
        pieces = [(number, sku, count) for number, basket in contents for sku, count in basket.items()]
        grams = 100 + sum(ARTICLES[sku][2] * count for _, sku, count in pieces)
        self.shipments.append(
            Shipment(
                carrier=sale.carrier,
                tracking_no=tracking_no,
                shop_id=SHOPS[sale.platform],
                warehouse="W1",
                direction=direction,
                picked_up_at=at(day, 11),
                weight_scale_g=Decimal(grams),
                lines=tuple(
                    ShipmentLine(platform_order_id=number, sku=sku, quantity=Decimal(count))
                    for number, sku, count in pieces
                ),
                provenance=self.place("shipments", "parcels.csv"),
                **{"status": "signed", "signed_at": at(day + 3), **state},
            )
        )
        for number, sku, count in pieces:
            refs = {"platform_order_id": number, "tracking_no": tracking_no, "return_id": case}
            self.move(move, sku, -count, at(day, 10), **refs)
        leg = "reship" if direction == "reship" else "outbound"
        self.bill(sale.carrier, tracking_no, day, freight(sale.carrier, grams), grams, leg=leg)
        return grams

    def bill(self, carrier, tracking_no, day, amount, grams=None, *, kind="base", leg="outbound"):
        """One line of the courier's bill."""
        self.charges.append(
            CourierCharge(
                bill_no=f"{carrier.upper()}-2026-10",
                carrier=carrier,
                tracking_no=tracking_no,
                charge_type=kind,
                leg=leg,
                ship_date=dt.date(2026, 10, day),
                billed_weight_g=None if grams is None else Decimal(grams),
                amount=yuan(amount),
                vat_rate=Decimal("0.06"),
                provenance=self.place("charges", f"{carrier}_bill.csv"),
            )
        )

    def move(self, kind, sku, pieces, moment, **refs):
        """One movement of stock."""
        self.movements.append(
            StockMovement(
                movement_id=f"K{len(self.movements) + 1:05}",
                type=kind,
                warehouse="W1",
                sku=sku,
                quantity=Decimal(pieces),
                unit_cost=yuan(cents(ARTICLES[sku][1])),
                occurred_at=moment,
                provenance=self.place("movements", "stock.csv"),
                **refs,
            )
        )

    # -- buying

    def buy(self, number, sku, pieces, day):
        """Goods that a supplier delivers and bills as they were ordered."""
        price = yuan(cents(ARTICLES[sku][1]))
        line = StockDocumentLine(sku=sku, quantity=Decimal(pieces), unit_price=price)
        for kind, name, later in (
            ("purchase_order", "PO", 0),
            ("delivery_note", "DN", 5),
            ("supplier_invoice", "IN", 7),
        ):
            self.documents.append(
                StockDocument(
                    kind=kind,
                    document_id=f"{name}-{number}",
                    order_ref=None if name == "PO" else f"PO-{number}",
                    supplier="Foundry",
                    warehouse="W1",
                    issued_on=dt.date(2026, 10, day + later),
                    lines=(line,),
                    provenance=self.place("documents", "purchases.csv"),
                )
            )
        self.move("purchase_in", sku, pieces, at(day + 5), document_ref=f"PO-{number}")

    # -- settling

    def settle(self, platform, number, day, *, refund=None, **amounts):
        """Lines of the platform for an order, in cents by type; what is nothing is no line."""
        end = next(end for end in PERIOD_ENDS if day <= end)
        for kind, amount in amounts.items():
            if amount:
                self.lines.append(
                    SettlementLine(
                        settlement_id=f"{platform.upper()}-1{end:03}",
                        platform=platform,
                        shop_id=SHOPS[platform],
                        line_id=f"{platform[0].upper()}L{len(self.lines) + 1:05}",
                        type=kind,
                        platform_order_id=number,
                        refund_id=refund,
                        posted_at=at(day),
                        amount=yuan(amount),
                        provenance=self.place("lines", f"{platform}_settlement.csv"),
                    )
                )

    def collect(self, sale):
        """The platform settles a completed order, less its fees by contract."""
        base = sale.paid + sale.subsidy
        if sale.platform == "tmall":
            fees = {"commission": -share(base, 50), "payment_fee": -share(base, 6), "freight_insurance": -50}
        else:
            fees = {"tech_service_fee": -share(base, 6)}
        self.settle(sale.platform, sale.number, sale.day + 5, sale=sale.paid, platform_subsidy=sale.subsidy, **fees)

    def open_case(self, sale, kind, day, *, received=None, **more):
        """An after-sale case, closed as it should be."""
        comes_back = kind in {"return_refund", "exchange", "repair", "intercept", "rejected"}
        is_sent = comes_back and kind not in {"intercept", "rejected"}
        self.returns.append(
            Return(
                platform=sale.platform,
                shop_id=SHOPS[sale.platform],
                return_id=f"C{sale.number}",
                platform_order_id=sale.number,
                kind=kind,
                applied_at=at(day),
                approved_at=at(day, 15),
                returned_at=at(day + 1, 15) if is_sent else None,
                received_at=None if received is None else at(received, 14),
                lines=tuple(
                    ReturnLine(
                        sku=sku,
                        quantity_requested=Decimal(pieces),
                        quantity_received=Decimal(pieces) if received else None,
                        condition="A" if received else None,
                    )
                    for sku, pieces in sale.basket.items()
                    if comes_back or kind == "reship"
                ),
                provenance=self.place("returns", f"{sale.platform}_cases.csv"),
                **more,
            )
        )

    def come_back(self, kind, sale, day, tracking_no):
        """The warehouse books what came back."""
        for sku, pieces in sale.basket.items():
            self.move(kind, sku, pieces, at(day, 16), return_id=f"C{sale.number}", tracking_no=tracking_no)

    def pay_back(self, sale, day, amount, *, is_settled):
        """A refund that succeeds, on the wallet's bill and, where the order was settled, on the platform's."""
        refund, number = f"R{sale.number}", sale.number
        taken = (2 * amount * sale.subsidy + sale.paid) // (2 * sale.paid)
        is_tmall = sale.platform == "tmall"
        self.refunds.append(
            Refund(
                platform=sale.platform,
                shop_id=SHOPS[sale.platform],
                refund_id=refund,
                return_id=f"C{number}",
                platform_order_id=number,
                amount_requested=yuan(amount),
                amount_approved=yuan(amount),
                amount=yuan(amount),
                platform_subsidy_clawback=yuan(taken),
                status="succeeded",
                applied_at=at(day - 1),
                approved_at=at(day - 1, 15),
                succeeded_at=at(day),
                channel="alipay" if is_tmall else "other",
                channel_refund_id=f"C{refund}",
                funded_from="available_balance" if is_settled else "escrow",
                provenance=self.place("refunds", f"{sale.platform}_refunds.csv"),
            )
        )
        if is_tmall:
            self.book("trade", f"A{number}", number, -amount, at(day), refund=f"C{refund}")
        if not is_settled and not is_tmall:  # Pinduoduo's bill shows what it held for the buyer, and gave back
            self.settle(sale.platform, number, day, sale=sale.paid, platform_subsidy=sale.subsidy)
        if is_settled or not is_tmall:
            back = {"fee_refund": share(amount + taken, 50)} if is_tmall else {}
            self.settle(sale.platform, number, day, refund=refund, sale_refund=-amount, subsidy_clawback=-taken, **back)

    # -- closing the month

    def close(self, platform):
        """Headers of all settlements, payouts of those that ended, and what the bank received."""
        for place, end in enumerate(PERIOD_ENDS):
            number = f"{platform.upper()}-1{end:03}"
            first = PERIOD_ENDS[place - 1] + 1 if place else 1
            net = sum(round(one.amount.amount * 100) for one in self.lines if one.settlement_id == number)
            self.settlements.append(
                Header(
                    settlement_id=number,
                    platform=platform,
                    shop_id=SHOPS[platform],
                    currency="CNY",
                    period_start=at(first, 0),
                    period_end=at(end, 23),
                    net=yuan(net),
                    provenance=self.place("settlements", f"{platform}_settlements.csv"),
                )
            )
            if end < PERIOD_ENDS[-1]:
                self.pay_out(platform, number, end + 1, net)

    def pay_out(self, platform, settlement, day, net):
        payout = f"TX{settlement}"
        self.payouts.append(
            PayoutRecord(
                payout_id=payout,
                platform=platform,
                shop_id=SHOPS[platform],
                settlement_ids=(settlement,),
                amount=yuan(-net),
                initiated_at=at(day, 10),
                status="paid",
                provenance=self.place("payouts", f"{platform}_payouts.csv"),
            )
        )
        self.bank.append(
            BankTransaction(
                account="8888",
                booked_on=dt.date(2026, 10, day + 1),
                amount=yuan(net),
                counterparty=PAYERS[platform],
                memo=f"提现 {payout}",
                bank_ref=f"B{len(self.bank) + 1:03}",
                provenance=self.place("bank", "bank.csv"),
            )
        )

    def end(self):
        """The last of the month: settlements are stated and paid out, the warehouse counts, the couriers send their bills."""
        for platform in SHOPS:
            self.close(platform)
        first = dt.datetime(2026, 9, 30, 20, tzinfo=ZONE)
        self.opening_counts.append(_sheet("N-09", first, dict.fromkeys(ARTICLES, (STOCK, STOCK))))
        book = {sku: (STOCK + self.moved(sku), self.shelves[sku]) for sku in ARTICLES}
        self.counts.append(_sheet("N-10", at(31, 20), book))
        self.bill_headers()
        return self

    def bill_headers(self):
        for carrier in FIRST_KG:
            lines = [one for one in self.charges if one.carrier == carrier]
            self.invoices.append(
                CourierInvoice(
                    carrier=carrier,
                    bill_no=f"{carrier.upper()}-2026-10",
                    period_start=dt.date(2026, 10, 1),
                    period_end=dt.date(2026, 10, 31),
                    currency="CNY",
                    total=yuan(sum(round(one.amount.amount * 100) for one in lines)),
                    lines=len(lines),
                )
            )


def _sheet(number, moment, pieces):
    """A count of the warehouse: what the book has of each article, and what is there."""
    return StockCount(
        count_id=number,
        warehouse="W1",
        as_of=moment,
        status="approved",
        lines=tuple(
            StockCountLine(
                sku=sku,
                book_quantity=Decimal(book),
                counted_quantity=Decimal(counted),
                unit_cost=yuan(cents(ARTICLES[sku][1])),
            )
            for sku, (book, counted) in pieces.items()
        ),
        provenance=Provenance(file="counts.csv", line=2, sha256="cc" * 32),
    )


@attrs.frozen
class Sale:
    """What one order is, for all that follows from it."""

    platform: str
    carrier: str
    number: str
    day: int
    basket: dict
    paid: int
    subsidy: int

    @property
    def parcel(self):
        return {"sf": "SF", "zto": "ZT"}[self.carrier] + self.number


def shop_month(orders=1500, seed=2026):
    """The month; its first order is GS-1 of `domain.md` 7.4, its second, GS-2, the same one taken back.

    Args:
        orders: How many orders there are; three of five on Tmall.
        seed: What draws the baskets.
    """
    rng = Random(seed)
    month = Month()
    step = orders // (len(KINDS) * CASES_OF_A_KIND)
    kinds = {3 + place * step: kind for place, kind in enumerate(KINDS * CASES_OF_A_KIND)} | {1: "return_refund"}
    held = {}
    for place in range(orders):
        platform = "pdd" if place % 5 in {3, 4} else "tmall"
        day = 1 + place * (14 if place in kinds else 22) // orders
        if place in {0, 1}:
            number, basket, coupon, subsidy = f"GS-{place + 1}", {"lamp": 1}, 1_000, 2_000
        else:
            number = f"{platform[0].upper()}{place:05}"
            basket = {sku: rng.randint(1, 2) for sku in rng.sample(sorted(ARTICLES), rng.choice([1, 1, 1, 2]))}
            coupon, subsidy = rng.choice([0, 0, 500]), rng.choice([0, 0, 400])
        paid = month.sell(platform, number, day, basket, coupon=coupon, subsidy=subsidy)
        sale = Sale(platform, "sf" if place % 3 == 0 else "zto", number, day, basket, paid, subsidy)
        if place in kinds:
            _after_sale(month, sale, kinds[place])
        else:
            month.collect(sale)
            _ship(month, rng, sale, held)
    for sale in held.values():
        month.send(sale, sale.parcel, sale.day + 1)
    for number, sku in enumerate(ARTICLES, start=1):
        month.buy(number, sku, 200, number)
    month.shelves = {sku: STOCK + month.moved(sku) for sku in ARTICLES}
    return month


def _ship(month, rng, sale, held):
    """One parcel an order; some orders in two, and some two orders of a day in one."""
    before = held.pop(sale.platform, None)
    if before is not None and before.day == sale.day:
        month.send(before, before.parcel, sale.day + 1, [(one.number, one.basket) for one in (before, sale)])
        return
    if before is not None:
        month.send(before, before.parcel, before.day + 1)
    draw = rng.random()
    if len(sale.basket) > 1 and draw < 0.3:
        for part, (sku, pieces) in enumerate(sale.basket.items(), start=1):
            month.send(sale, f"{sale.parcel}{part}", sale.day + 1, [(sale.number, {sku: pieces})])
    elif draw > 0.96:
        held[sale.platform] = sale
    else:
        month.send(sale, sale.parcel, sale.day + 1)


def _after_sale(month, sale, kind):
    """One order with a case of the kind, from its parcel to its refund."""
    if kind == "cancelled before shipment":
        _cancelled(month, sale)
    elif kind in {"intercept", "rejected", "lost"}:
        _turned_back(month, sale, kind)
    else:
        month.send(sale, sale.parcel, sale.day + 1)
        month.collect(sale)
        if kind in {"exchange", "repair", "reship"}:
            _sent_again(month, sale, kind)
        else:
            _refunded(month, sale, kind)


def _cancelled(month, sale):
    """The buyer thinks again before anything left."""
    ended = {"shipped_at": None, "signed_at": None, "completed_at": None}
    ended |= {"status": "closed", "closed_at": at(sale.day + 1)}
    month.edit("orders", ended, platform_order_id=sale.number)
    month.open_case(
        sale, "refund_only", sale.day, stage="before_shipment", status="refunded", refund_ids=sale_refund(sale)
    )
    month.pay_back(sale, sale.day + 1, sale.paid, is_settled=False)


def _turned_back(month, sale, kind):
    """The parcel never reaches the buyer: it comes back, or it is lost and the courier pays for its way."""
    is_lost = kind == "lost"
    ended = {"status": "closed", "signed_at": None, "completed_at": None, "closed_at": at(sale.day + 8)}
    month.edit("orders", ended, platform_order_id=sale.number)
    grams = month.send(sale, sale.parcel, sale.day + 1, status="lost" if is_lost else "returned", signed_at=None)
    month.open_case(
        sale, kind, sale.day + 3, stage="in_transit", status="refunded", received=None if is_lost else sale.day + 7,
        outbound_tracking_no=sale.parcel, refund_ids=sale_refund(sale),
    )  # fmt: skip
    price = freight(sale.carrier, grams)
    if is_lost:
        month.bill(sale.carrier, sale.parcel, sale.day + 8, -price, kind="compensation")
    else:
        month.bill(sale.carrier, sale.parcel, sale.day + 1, price // 2, kind="return_to_sender", leg="return")
        month.come_back("return_in", sale, sale.day + 7, sale.parcel)
    month.pay_back(sale, sale.day + 8, sale.paid, is_settled=False)


def _refunded(month, sale, kind):
    """The buyer has the goods, and is given money; in one kind he sends the goods back."""
    said = {"stage": "after_receipt", "status": "refunded", "refund_ids": sale_refund(sale)}
    amount = {"price_adjust": 1_500, "freight_compensation": 800, "compensation": 1_000}.get(kind, sale.paid)
    if kind == "return_refund":
        said |= {"return_tracking_no": f"YT{sale.number}", "return_carrier": "yto", "freight_bearer": "buyer"}
        month.open_case(sale, kind, sale.day + 6, received=sale.day + 9, **said)
        month.come_back("return_in", sale, sale.day + 9, f"YT{sale.number}")
        month.pay_back(sale, sale.day + 10, amount, is_settled=True)
    else:
        month.open_case(sale, kind, sale.day + 6, **said)
        month.pay_back(sale, sale.day + 7, amount, is_settled=True)


def _sent_again(month, sale, kind):
    """The buyer gets another piece, or his own repaired."""
    status, came, went, direction = {
        "exchange": ("exchanged", "exchange_in", "exchange_out", "exchange"),
        "repair": ("repaired", "repair_in", "repair_out", "exchange"),
        "reship": ("exchanged", None, "reship_out", "reship"),
    }[kind]
    said = {"stage": "after_receipt", "status": status, "exchange_tracking_no": f"{sale.parcel}N"}
    if came is None:
        month.open_case(sale, kind, sale.day + 6, **said)
    else:
        said |= {"return_tracking_no": f"YT{sale.number}", "return_carrier": "yto", "freight_bearer": "buyer"}
        month.open_case(sale, kind, sale.day + 6, received=sale.day + 9, **said)
        month.come_back(came, sale, sale.day + 9, f"YT{sale.number}")
    month.send(sale, f"{sale.parcel}N", sale.day + 10, direction=direction, move=went, case=f"C{sale.number}")


def sale_refund(sale):
    """The refunds of an order's case."""
    return (f"R{sale.number}",)


def table_under(heading, columns=4, story="shop_month.md"):
    """The rows of the table under a heading of a story, as people read it, in order of their text.

    Args:
        heading: The heading, without its signs.
        columns: How many columns of it are compared; what stands behind them is said for people.
        story: The file of the story.
    """
    text = (Path(__file__).parent / story).read_text(encoding="utf-8")
    section = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return sorted(tuple(cell.strip() for cell in row[:columns]) for row in rows[2:])


def told(outcomes):
    """What the outcomes found, as the story's table says it."""
    named = (
        "platform_order_id",
        "tracking_no",
        "payout_id",
        "bank_ref",
        "merchant_order_no",
        "line_type",
        "sku",
        "account",
        "platform",
    )
    return sorted(
        (
            outcome.reconciliation,
            one.type,
            next(one.keys[name] for name in named if name in one.keys),
            str(one.impact.amount),
        )
        for outcome in outcomes
        for one in outcome.discrepancies
    )
