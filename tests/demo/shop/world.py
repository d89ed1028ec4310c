"""The model of the month: rows of every side as they should be, each a dictionary, in cents, grams and local times."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from random import Random
from typing import Any, Final

import attrs

from shop.terms import (
    ARTICLES,
    FEES,
    INSURANCE,
    LAST_DAY,
    LOST_MOST,
    LOST_MULTIPLE,
    PLACES,
    REBATES,
    SHOPS,
    at,
    half_up,
    sf_freight,
    sf_weight,
    share,
    zto_freight,
)

Row = dict[str, Any]
KINDS: Final = (
    "refund_only", "return_refund", "exchange", "reship", "repair", "price_adjust", "freight_compensation", "compensation",
    "intercept", "rejected", "lost", "cancelled",
)  # fmt: skip
"""The eleven kinds of case of `domain.md` 2.6, and the refund of what was never shipped."""
CASES_OF_A_KIND: Final = 6
LAST_CASE_DAY: Final = 14
LAST_SALE_DAY: Final = 30
PERIOD_ENDS: Final = (5, 10, 15, 20, 25, 31)
ON_THE_SHELF: Final = 60
"""Pieces of every article that were there on the last evening of September."""
COMES_BACK: Final = frozenset({"return_refund", "exchange", "repair", "intercept", "rejected"})


@attrs.frozen
class Sale:
    """What one order is, for all that follows from it."""

    platform: str
    carrier: str
    number: str
    place: int
    day: int
    basket: dict[str, int]
    paid: int
    funded: int
    province: str
    city: str

    @property
    def parcel(self) -> str:
        """The number of its parcel."""
        return number_of_parcel(self.carrier, self.place)

    @property
    def case(self) -> str:
        """The number of its case."""
        return f"AS2610{self.place:06}"

    @property
    def refund(self) -> str:
        """The number of its refund."""
        return f"RF2610{self.place:06}"


def number_of_order(platform: str, place: int, day: int) -> str:
    """An order's number, such as the platforms give."""
    if platform == "tmall":
        return f"330202610{day:02}{place:06}21"
    return f"2610{day:02}-{300_000_000_000_000 + place * 7_919:015}"


def turned_round(cents: int) -> int:
    """An amount with the first two neighbouring figures before its point that differ, from the right, written the wrong way round."""
    figures = list(str(cents))
    at_ = next(place for place in range(len(figures) - 3, 0, -1) if figures[place] != figures[place - 1])
    figures[at_ - 1], figures[at_] = figures[at_], figures[at_ - 1]
    return int("".join(figures))


def number_of_parcel(carrier: str, place: int, more: int = 0) -> str:
    """A tracking number; `more` tells the parcels of one order apart."""
    run = place * 137 + more * 61
    return f"SF14{run + 30_000_000_000:011}" if carrier == "sf" else f"78{run + 440_000_000_000:012}"


@attrs.define
class World:
    """All rows of the month, by side."""

    orders: list[Row] = attrs.Factory(list)
    parcels: list[Row] = attrs.Factory(list)
    charges: list[Row] = attrs.Factory(list)
    movements: list[Row] = attrs.Factory(list)
    cases: list[Row] = attrs.Factory(list)
    refunds: list[Row] = attrs.Factory(list)
    trade: list[Row] = attrs.Factory(list)
    lines: list[Row] = attrs.Factory(list)
    settlements: list[Row] = attrs.Factory(list)
    payouts: list[Row] = attrs.Factory(list)
    bank: list[Row] = attrs.Factory(list)
    purchases: list[Row] = attrs.Factory(list)
    counts: list[Row] = attrs.Factory(list)
    erp: list[Row] = attrs.Factory(list)
    notice_off: int = 0
    has_rebate: bool = True
    turned_round: bool = False
    not_in_erp: set[str] = attrs.Factory(set)
    shelves: dict[str, int] = attrs.Factory(dict)
    sales: dict[int, Sale] = attrs.Factory(dict)
    special: dict[str, list[Sale]] = attrs.Factory(dict)

    def rows(self, side: str, **said: object) -> list[Row]:
        """The rows of a side that say so."""
        return [row for row in getattr(self, side) if all(row.get(name) == value for name, value in said.items())]

    def one(self, side: str, **said: object) -> Row:
        """The one row of a side that says so."""
        (row,) = self.rows(side, **said)
        return row

    def drop(self, side: str, **said: object) -> None:
        """Rows that nobody ever wrote."""
        gone = self.rows(side, **said)
        assert gone, (side, said)
        setattr(self, side, [row for row in getattr(self, side) if row not in gone])

    # -- selling

    def sell(self, sale: Sale, coupon: int) -> None:
        """One order that is paid, shipped the next day, signed on the fourth and completed on the fifth after it."""
        self.sales[sale.place] = sale
        moment = at(sale.day, 9 + sale.place % 12, sale.place % 60, sale.place * 7 % 60)
        shipped, signed, completed = (self._if_past(sale.day + days, 10 + days) for days in (1, 4, 5))
        self.orders.append(
            {
                "platform": sale.platform, "number": sale.number, "place": sale.place, "created": moment, "paid": moment,
                "shipped": shipped, "signed": signed, "completed": completed, "closed": None, "lines": dict(sale.basket),
                "coupon": coupon, "funded": sale.funded, "pays": sale.paid, "carrier": sale.carrier, "parcels": [],
                "province": sale.province, "city": sale.city, "back": 0,
            }
        )  # fmt: skip
        if sale.platform == "tmall":
            self.book_trade(sale, sale.paid, moment)

    @staticmethod
    def _if_past(day: int, hour: int) -> dt.datetime | None:
        return at(day, hour) if day <= LAST_DAY else None

    def book_trade(self, sale: Sale, amount: int, moment: dt.datetime, refund: str = "") -> None:
        """A row of Alipay's trade bill."""
        txn = f"202610{sale.day:02}22001{sale.place:014}3"
        created = self.one("orders", number=sale.number)["created"]
        self.trade.append(
            {
                "txn": txn,
                "number": sale.number,
                "amount": amount,
                "created": created,
                "moment": moment,
                "refund": refund,
            }
        )

    # -- sending

    def send(
        self, sale: Sale, day: int, contents: dict[str, dict[str, int]] | None = None, *, more: int = 0,
        direction: str = "outbound", move: str = "sale_out", case: str = "", status: str = "", box: Any = None,
    ) -> Row:  # fmt: skip
        """A parcel, what left the stock for it, and the courier's charge."""
        contents = contents or {sale.number: sale.basket}
        tracking = number_of_parcel(sale.carrier, sale.place, more)
        grams = 100 + sum(ARTICLES[sku][3] * count for basket in contents.values() for sku, count in basket.items())
        signed = self._if_past(day + 3, 15)
        parcel = {
            "carrier": sale.carrier, "tracking": tracking, "platform": sale.platform, "province": sale.province,
            "city": sale.city, "grams": grams, "box": box, "direction": direction, "picked": at(day, 18), "voided": None,
            "status": status or ("signed" if signed else "in_transit"), "signed": None if status else signed,
            "contents": contents,
        }  # fmt: skip
        self.parcels.append(parcel)
        for number, basket in contents.items():
            self.one("orders", number=number)["parcels"].append(tracking)
            for sku, count in basket.items():
                self.move(move, sku, -count, at(day, 16), order=number, tracking=tracking, case=case)
        self.bill(parcel, day, "base", self.freight(parcel))
        return parcel

    @staticmethod
    def freight(parcel: Row) -> int:
        """What the contract makes of a parcel."""
        if parcel["carrier"] == "zto":
            return zto_freight(parcel["province"], parcel["grams"])
        return sf_freight(parcel["province"], sf_weight(parcel["province"], parcel["grams"], parcel["box"]))

    def bill(self, parcel: Row, day: int, kind: str, amount: int, *, leg: str = "outbound") -> Row:
        """A charge of the courier."""
        if parcel["carrier"] == "sf":
            billed = sf_weight(parcel["province"], parcel["grams"], parcel["box"]) * 1000
        else:
            billed = max(1, -(-(parcel["grams"] - 100) // 1000)) * 1000
        row = {
            "carrier": parcel["carrier"], "tracking": parcel["tracking"], "day": day, "kind": kind, "amount": amount,
            "leg": leg, "province": parcel["province"], "city": parcel["city"], "actual": parcel["grams"],
            "billed": int(billed), "remote": 0,
        }  # fmt: skip
        if parcel["carrier"] == "zto" and kind == "base" and parcel["province"] == "新疆":
            row["remote"] = 500
        self.charges.append(row)
        return row

    def move(self, kind: str, sku: str, pieces: int, moment: dt.datetime, **refs: str) -> Row:
        """One movement of stock."""
        row = {"id": "", "kind": kind, "sku": sku, "pieces": pieces, "moment": moment, "condition": "A", **refs}
        self.movements.append(row)
        return row

    def moved(self, sku: str) -> int:
        """Pieces of an article that came in, less those that went out."""
        return sum(row["pieces"] for row in self.movements if row["sku"] == sku)

    # -- buying

    def buy(self, number: str, sku: str, pieces: int, day: int) -> None:
        """Goods that a supplier delivers and bills as they were ordered."""
        price = ARTICLES[sku][2]
        for kind, name, days in (
            ("purchase_order", "PO", 0),
            ("delivery_note", "DN", 1),
            ("supplier_invoice", "IN", 3),
        ):
            self.purchases.append(
                {
                    "kind": kind, "id": f"{name}-{number}", "order": "" if name == "PO" else f"PO-{number}", "sku": sku,
                    "pieces": pieces, "price": price, "day": day + days,
                }
            )  # fmt: skip
        self.move("purchase_in", sku, pieces, at(day + 1, 8), document=f"PO-{number}")

    # -- settling

    def settle(self, platform: str, number: str, day: int, *, hour: int = 20, refund: str = "", **amounts: int) -> None:
        """Lines of the platform for an order, in cents by type; what is nothing is no line."""
        for kind, amount in amounts.items():
            if amount:
                second = len(self.lines) * 11
                moment = at(day, hour, second // 60 % 60, second % 60)
                self.lines.append(
                    {"platform": platform, "number": number, "kind": kind, "amount": amount, "moment": moment,
                     "end": next(end for end in PERIOD_ENDS if day <= end), "refund": refund}
                )  # fmt: skip

    def collect(self, sale: Sale) -> None:
        """The platform settles an order on the day of its completion, less its fees by contract."""
        if sale.day + 5 > LAST_DAY:
            return
        base = sale.paid + sale.funded
        fees = {name: -share(base, rate) for name, rate in FEES[sale.platform].items()}
        if sale.platform == "tmall":
            fees["freight_insurance"] = -INSURANCE
        self.settle(sale.platform, sale.number, sale.day + 5, sale=sale.paid, platform_subsidy=sale.funded, **fees)

    def pay_back(self, sale: Sale, day: int, amount: int, *, settled: bool) -> None:
        """A refund that succeeds, on the channel's bill and, where the order was settled, on the platform's."""
        taken = (2 * amount * sale.funded + sale.paid) // (2 * sale.paid)
        self.refunds.append(
            {
                "platform": sale.platform, "id": sale.refund, "case": sale.case, "number": sale.number, "amount": amount,
                "clawback": taken, "applied": at(day - 1, 11), "approved": at(day - 1, 15), "moment": at(day, 13),
                "settled": settled,
            }
        )  # fmt: skip
        self.one("orders", number=sale.number)["back"] += amount
        if sale.platform == "tmall":
            self.book_trade(sale, -amount, at(day, 13), sale.refund)
        elif not settled:  # Pinduoduo's bill shows what it held for the buyer, and gave back
            self.settle("pdd", sale.number, day, hour=12, sale=sale.paid, platform_subsidy=sale.funded)
        if settled or sale.platform == "pdd":
            back = {"fee_refund": share(amount + taken, 50)} if sale.platform == "tmall" else {}
            self.settle(
                sale.platform, sale.number, day, hour=13, refund=sale.refund, sale_refund=-amount, subsidy_clawback=-taken,
                **back,
            )  # fmt: skip

    def open_case(self, sale: Sale, kind: str, day: int, *, received: int | None = None, **more: str) -> Row:
        """An after-sale case, closed as it should be."""
        is_sent = kind in COMES_BACK and kind not in {"intercept", "rejected"}
        row: Row = {
            "platform": sale.platform, "id": sale.case, "number": sale.number, "kind": kind, "applied": at(day),
            "approved": at(day, 15), "returned": at(day + 1, 15) if is_sent else None,
            "received": None if received is None else at(received, 14),
            "lines": dict(sale.basket) if kind in COMES_BACK or kind == "reship" else {}, "condition": "A" if received else "",
            "refund": "", "back_carrier": "", "back_tracking": "", "out_tracking": "", "new_tracking": "", "bearer": "",
            "stage": "after_receipt", "status": "refunded", "responsible": RESPONSIBLE.get(kind, "customer"), **more,
        }  # fmt: skip
        self.cases.append(row)
        return row

    def come_back(self, kind: str, sale: Sale, day: int, tracking: str) -> None:
        """The warehouse books what came back."""
        for sku, pieces in sale.basket.items():
            self.move(kind, sku, pieces, at(day, 17), order=sale.number, case=sale.case, tracking=tracking)

    # -- the end of the month

    def close(self) -> "World":
        """Settlements are stated and paid out, the warehouse counts, and movements get their numbers."""
        for place, row in enumerate(sorted(self.movements, key=lambda row: row["moment"]), start=1):
            row["id"] = f"KC2610{place:06}"
        for platform in SHOPS:
            self._pay_out(platform)
        if self.has_rebate:
            self.charges.append(
                {"carrier": "zto", "tracking": "", "day": LAST_DAY, "kind": "rebate", "amount": -self.rebate(), "leg": "outbound",
                 "province": "", "city": "", "actual": 0, "billed": 0, "remote": 0}
            )  # fmt: skip
        self.erp = [order for order in self.orders if order["number"] not in self.not_in_erp]
        before, after = at(0, 20), at(LAST_DAY, 20)
        for number, moment in (("PD-202609", before), ("PD-202610", after)):
            for sku, (_, _, cost, _) in ARTICLES.items():
                book = ON_THE_SHELF + (self.moved(sku) if moment is after else 0)
                there = self.shelves[sku] if moment is after else ON_THE_SHELF
                self.counts.append(
                    {"id": number, "moment": moment, "sku": sku, "book": book, "there": there, "cost": cost}
                )
        return self

    def balances(self) -> list[Row]:
        """What the books have that couriers are owed by the end of the month, debits less credits."""
        found = []
        for carrier in ("zto", "sf"):
            owed = sum(row["amount"] + row["remote"] for row in self.rows("charges", carrier=carrier))
            if carrier == "sf" and self.turned_round:
                owed = turned_round(owed)
            found.append({"account": "2202.01", "name": "应付账款-快递", "party": carrier, "amount": -owed})
        return found

    def rebate(self) -> int:
        """What ZTO gives back for the month's parcels: all of them at the tier that their number reaches."""
        moved = sum(row["carrier"] == "zto" and row["picked"] is not None for row in self.parcels)
        return moved * next((discount for start, discount in reversed(REBATES) if moved >= start), 0)

    def _pay_out(self, platform: str) -> None:
        for first, end in zip((1, *(day + 1 for day in PERIOD_ENDS)), PERIOD_ENDS, strict=False):
            number = f"JS{platform.upper()}2610{end:02}"
            net = sum(row["amount"] for row in self.lines if row["platform"] == platform and row["end"] == end)
            self.settlements.append({"platform": platform, "id": number, "first": first, "last": end, "net": net})
            if end == LAST_DAY:
                continue
            payout = f"TX{'01' if platform == 'tmall' else '02'}202610{end + 1:02}001"
            self.payouts.append(
                {"platform": platform, "id": payout, "settlement": number, "amount": net, "moment": at(end + 1, 9)}
            )
            self.bank.append({"platform": platform, "payout": payout, "day": end + 2, "amount": net})


RESPONSIBLE: Final = {
    "reship": "internal", "repair": "internal", "freight_compensation": "internal", "compensation": "internal",
    "lost": "courier", "intercept": "internal", "price_adjust": "internal",
}  # fmt: skip


def clean_month(orders: int = 1_100, seed: int = 2026) -> World:
    """The month, without any fault.

    Args:
        orders: How many orders there are; three of five on Tmall.
        seed: What draws the baskets.
    """
    rng, world = Random(seed), World()
    step = orders * LAST_CASE_DAY // LAST_SALE_DAY // (len(KINDS) * CASES_OF_A_KIND)
    kinds = {3 + place * step: kind for place, kind in enumerate(KINDS * CASES_OF_A_KIND)}
    bought = dict.fromkeys(ARTICLES, 0)
    held: dict[str, Sale] = {}
    for place, sale, coupon in _sales(rng, orders):
        kind = kinds.get(place)
        world.sell(sale, coupon)
        for sku, pieces in sale.basket.items():
            bought[sku] += pieces
        if kind is not None:
            world.special.setdefault(kind, []).append(sale)
            _after_sale(world, sale, kind)
        else:
            world.collect(sale)
            _ship(world, rng, sale, held)
    for sale in held.values():
        world.send(sale, sale.day + 1)
    for place, (sku, pieces) in enumerate(bought.items(), start=1):
        world.buy(f"2610{place:02}", sku, pieces + 20 - pieces % 10, place // 4)
    world.shelves = {sku: ON_THE_SHELF + world.moved(sku) for sku in ARTICLES}
    return world


def _sales(rng: Random, orders: int) -> Iterator[tuple[int, Sale, int]]:
    """The orders in the order in which they came, with the shop's coupon on each."""
    for place in range(orders):
        platform = "pdd" if place % 5 in {1, 3} else "tmall"
        day = 1 + place * LAST_SALE_DAY // orders
        skus = rng.sample(sorted(ARTICLES), 1 if platform == "pdd" else rng.choice([1, 1, 1, 2]))
        basket = {sku: rng.randint(1, 2) for sku in skus}
        coupon, funded = rng.choice([0, 0, 500]), rng.choice([0, 0, 400]) if platform == "pdd" else 0
        province, city = PLACES[rng.choices(range(len(PLACES)), [9] * (len(PLACES) - 1) + [1])[0]]
        gross = sum(ARTICLES[sku][1] * pieces for sku, pieces in basket.items())
        yield (
            place,
            Sale(
                platform, "sf" if place % 11 in {0, 3, 6} else "zto", number_of_order(platform, place, day), place, day, basket,
                gross - coupon - funded, funded, province, city,
            ),
            coupon,
        )  # fmt: skip


def _ship(world: World, rng: Random, sale: Sale, held: dict[str, Sale]) -> None:
    """One parcel an order; some orders in two, and some two orders of a day in one."""
    before = held.pop(sale.platform, None)
    if before is not None and before.day == sale.day:
        world.send(before, before.day + 1, {before.number: before.basket, sale.number: sale.basket})
        return
    if before is not None:
        world.send(before, before.day + 1)
    draw = rng.random()
    if len(sale.basket) > 1 and draw < 0.3:
        for part, (sku, pieces) in enumerate(sale.basket.items()):
            world.send(sale, sale.day + 1, {sale.number: {sku: pieces}}, more=part)
    elif draw > 0.97:
        held[sale.platform] = sale
    else:
        world.send(sale, sale.day + 1)


def _after_sale(world: World, sale: Sale, kind: str) -> None:
    """One order with a case of the kind, from its parcel to its refund."""
    if kind == "cancelled":
        order = world.one("orders", number=sale.number)
        order |= {"shipped": None, "signed": None, "completed": None, "closed": at(sale.day + 1)}
        world.open_case(sale, "refund_only", sale.day, stage="before_shipment", refund=sale.refund)
        world.pay_back(sale, sale.day + 1, sale.paid, settled=False)
    elif kind in {"intercept", "rejected", "lost"}:
        _turned_back(world, sale, kind)
    else:
        world.send(sale, sale.day + 1)
        world.collect(sale)
        _again(world, sale, kind) if kind in {"exchange", "repair", "reship"} else _refunded(world, sale, kind)


def _turned_back(world: World, sale: Sale, kind: str) -> None:
    """The parcel never reaches the buyer: it comes back, or it is lost and the courier pays for it."""
    is_lost = kind == "lost"
    world.one("orders", number=sale.number).update(signed=None, completed=None, closed=at(sale.day + 8))
    parcel = world.send(sale, sale.day + 1, status="lost" if is_lost else "returned")
    world.open_case(
        sale, kind, sale.day + 3, stage="in_transit", received=None if is_lost else sale.day + 7, out_tracking=sale.parcel,
        refund=sale.refund,
    )  # fmt: skip
    price = world.freight(parcel)
    if is_lost:
        world.bill(parcel, sale.day + 8, "compensation", -min(LOST_MULTIPLE * price, LOST_MOST))
    else:
        back = price if sale.carrier == "sf" else half_up(Decimal(price) / 2)
        world.bill(parcel, sale.day + 6, "return_to_sender", back, leg="return")
        world.come_back("return_in", sale, sale.day + 7, sale.parcel)
    world.pay_back(sale, sale.day + 8, sale.paid, settled=False)


def _refunded(world: World, sale: Sale, kind: str) -> None:
    """The buyer has the goods, and is given money; in one kind he sends the goods back."""
    amount = {"price_adjust": 1_500, "freight_compensation": 800, "compensation": 1_000}.get(kind, sale.paid)
    if kind == "return_refund":
        back = f"YT88{sale.place * 31:011}"
        world.open_case(
            sale, kind, sale.day + 6, received=sale.day + 9, back_carrier="yto", back_tracking=back, bearer="buyer",
            refund=sale.refund,
        )  # fmt: skip
        world.come_back("return_in", sale, sale.day + 9, back)
        world.pay_back(sale, sale.day + 10, amount, settled=True)
    else:
        world.open_case(sale, kind, sale.day + 6, refund=sale.refund)
        world.pay_back(sale, sale.day + 7, amount, settled=True)


def _again(world: World, sale: Sale, kind: str) -> None:
    """The buyer gets another piece, or his own repaired."""
    status, came, went, direction = {
        "exchange": ("exchanged", "exchange_in", "exchange_out", "exchange"),
        "repair": ("repaired", "repair_in", "repair_out", "exchange"),
        "reship": ("exchanged", None, "reship_out", "reship"),
    }[kind]
    new = number_of_parcel(sale.carrier, sale.place, 9)
    if came is None:
        world.open_case(sale, kind, sale.day + 6, status=status, new_tracking=new)
    else:
        back = f"YT88{sale.place * 31:011}"
        world.open_case(
            sale, kind, sale.day + 6, received=sale.day + 9, status=status, new_tracking=new, back_carrier="yto",
            back_tracking=back, bearer="buyer",
        )  # fmt: skip
        world.come_back(came, sale, sale.day + 9, back)
    world.send(sale, sale.day + 10, more=9, direction=direction, move=went, case=sale.case)
