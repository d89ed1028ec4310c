"""Small outcomes to decide over: a shop's settlement, receipts of a bank and a courier's bill, with the names of their records."""

import datetime as dt

import polars as pl
from courier_world import card, charge, shipment
from settlement_world import AS_OF, line, order
from test_receipts import line as receipt
from test_receipts import payout

from tieout.casebook.canonical import digest
from tieout.reconciliations import CourierBill, Receipts, Settlement

OCTOBER = dt.date(2026, 10, 2)
ORDERED = "platform_order_id", "line_id", "payout_id", "bank_ref", "tracking_no", "bill_no", "charge_type"


def names(outcome, *sides):
    """Names of the records of sides that were given, by what identifies them, with what they say."""
    found = {}
    for side in sides:
        frame = outcome.records[side]
        ids = pl.concat_str([pl.col(name).fill_null("-") for name in ORDERED if name in frame.columns], separator="/")
        key, said = frame.select(
            ids.alias("key"), pl.concat_str("currency", "amount_minor", separator=" ", ignore_nulls=True).alias("hash")
        )
        found[side] = pl.DataFrame(
            {
                "row": frame["row"],
                "key": [digest(f"{side} {text}")[:32] for text in key],
                "hash": [digest(text) for text in said],
            }
        )
    return found


def settlement(*, second=5_000, late=4_990, **more):
    """An order that agrees, one within the tolerance, one that is missing, one that pays less, and a line of no order."""
    orders = [
        order("A1", OCTOBER, 10_000),
        order("A2", OCTOBER, second),
        order("A3", OCTOBER, 7_001),
        order("A4", OCTOBER, 3_000),
        order("A5", OCTOBER, 900, code="USD"),
        order("A6", OCTOBER, 800, shop=("pdd", "shop 3")),
    ]
    lines = [
        line("L1", "sale", 10_000, OCTOBER, of="A1"),
        line("L2", "sale", late, OCTOBER, of="XX"),
        line("L3", "sale", 7_000, OCTOBER, of="A3"),
        line("L4", "sale", 1_000, OCTOBER, of="A4"),
        line("L5", "sale", 1_500, OCTOBER, of="A4"),
        line("L6", "sale", 500, OCTOBER, of="YY"),
    ]
    outcome = Settlement(as_of=AS_OF, **more).run(orders=orders, lines=lines)
    return outcome, names(outcome, "orders", "lines")


def receipts():
    """A payout that arrived, one that did not, and a receipt of an amount that nobody announced."""
    payouts = [payout("P1", OCTOBER, 40_000), payout("P2", OCTOBER, 25_000)]
    bank = [receipt("B1", OCTOBER, 40_000), receipt("B2", OCTOBER, 24_750)]
    outcome = Receipts(as_of=AS_OF).run(payouts=payouts, bank=bank)
    return outcome, names(outcome, "payouts", "bank")


def courier():
    """A parcel billed rightly, one billed too much, and one billed under a wrong number while itself is missing."""
    contract = card(
        '[[versions]]\nid = "1"\nfrom = 2026-01-01\n'
        'weight = { rounding = { mode = "ceil", step = 1 } }\n'
        'prices = { model = "first_continued", first_weight = 1, first = "4.00", step = 1, continued = "1.00" }\n'
    )
    parcels = [shipment("ZT1", "0.8"), shipment("ZT2", "0.8"), shipment("ZT3", "1.8")]
    charges = [charge("ZT1", "4.00"), charge("ZT2", "5.20"), charge("ZTX", "5.30")]
    outcome = CourierBill(rate_card=contract, as_of=dt.date(2026, 5, 1)).run(shipments=parcels, charges=charges)
    return outcome, names(outcome, "shipments", "charges")


WORLDS = {"settlement": settlement, "receipts": receipts, "courier_bill": courier}
