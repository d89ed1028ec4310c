"""The same shop as files: one CSV a kind of record, a mapping beside it, and a config that reads them."""

import csv
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

import attrs
import tomli_w
from moneyed import Money

from closing.shop import HEAD
from scenarios import _shop_month as story
from tieout.model import Payment

ZONE = ZoneInfo("Asia/Shanghai")
FILES = {
    "orders": ("Order", "platform_order_id"),
    "shipments": ("Shipment", "tracking_no"),
    "returns": ("Return", "return_id"),
    "refunds": ("Refund", ""),
    "lines": ("SettlementLine", ""),
    "settlements": ("Settlement", ""),
    "payouts": ("Payout", ""),
    "bank": ("BankTransaction", ""),
    "transactions": ("ChannelTransaction", ""),
    "charges": ("CourierCharge", ""),
    "invoices": ("CourierInvoice", ""),
    "movements": ("StockMovement", ""),
    "documents": ("StockDocument", "document_id"),
    "counts": ("StockCount", "count_id"),
}
CARD = """name = "{carrier} 2026"
carrier = "{carrier}"
currency = "CNY"
[terms]
timezone = "Asia/Shanghai"
vat_percent = 6
[[versions]]
id = "2026"
from = 2026-01-01
weight = {{ rounding = {{ mode = "ceil", step = 1 }} }}
prices = {{ model = "first_continued", first_weight = 1, first = {first}, step = 1, continued = {further} }}
returns = {{ mode = "share", percent = 50 }}
"""
CONFIG = """out = "out"
{head}
{rules}
[[read]]
file = "erp_orders.csv"
mapping = "mappings/orders.toml"
role = "erp_orders"
[[read]]
file = "previous.csv"
mapping = "mappings/counts.toml"
role = "previous"
{read}
[reconciliations.settlement]
fees = [
    {{ platform = "tmall", line_type = "commission", rate = "0.05", returned = true }},
    {{ platform = "tmall", line_type = "payment_fee", rate = "0.006" }},
    {{ platform = "pdd", line_type = "tech_service_fee", rate = "0.006" }},
]
[reconciliations.payments]
only = {{ platform = "tmall" }}
channels = ["alipay"]
[reconciliations.after_sales]
commission_back = ["tmall"]
[reconciliations.courier_bill.each.zto]
rate_card = "zto.toml"
[reconciliations.courier_bill.each.sf]
rate_card = "sf.toml"
[ledgers]
journal_csv = "vouchers.csv"
hledger = "vouchers.journal"
"""


@cache
def month_of(orders):
    """A month without coupons, which no mapping has a column for."""
    sell, sale = story.Month.sell, story.Sale

    def plain(self, platform, number, day, basket, **_):
        return sell(self, platform, number, day, basket)

    try:
        story.Month.sell, story.Sale = plain, lambda *said: attrs.evolve(sale(*said), subsidy=0)
        return story.shop_month(orders=orders).end()
    finally:
        story.Month.sell, story.Sale = sell, sale


def shop_folder(folder, month, *, rules="", **sides):
    """A folder with the month's files, mappings, contracts and `close.toml`; gives the config's path.

    Args:
        folder: Where.
        month: The records.
        rules: Further text of the config.
        **sides: Records that are written in place of the month's, by file.
    """
    (folder / "downloads").mkdir(parents=True)
    (folder / "mappings").mkdir()
    payments = [
        attrs.evolve(one, platform_order_id=order.platform_order_id)
        for order in month.of("tmall", "orders")
        for one in order.payments
    ]
    written = {name: (getattr(month, name), *said) for name, said in FILES.items()}
    written["payments"] = (payments, Payment.__name__, "")
    for name, (rows, record, by) in written.items():
        mapping = write_rows(folder / "downloads" / f"{name}.csv", sides.get(name, rows), record, by)
        (folder / "mappings" / f"{name}.toml").write_text(tomli_w.dumps(mapping), encoding="utf-8")
    write_rows(
        folder / "downloads" / "erp_orders.csv", sides.get("erp_orders", month.orders), "Order", "platform_order_id"
    )
    write_rows(folder / "downloads" / "previous.csv", month.opening_counts, "StockCount", "count_id")
    for carrier, first, further in (("zto", "3.00", "0.90"), ("sf", "8.00", "2.00")):
        text = CARD.format(carrier=carrier, first=first, further=further)
        (folder / f"{carrier}.toml").write_text(text, encoding="utf-8")
    read = "\n".join(f'[[read]]\nfile = "{name}.csv"\nmapping = "mappings/{name}.toml"' for name in written)
    config = folder / "close.toml"
    config.write_text(CONFIG.format(head=HEAD, read=read, rules=rules), encoding="utf-8")
    return config


def write_rows(path, records, record, by):
    """A CSV of records, one row a line of theirs, and the mapping that reads it."""
    rows = [row for one in records for row in _rows_of(one, with_lines=bool(by))]
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)
    columns = {name: name for name in names} | {
        name: {"column": name, "needed": False} for name in names if name == "tracking_no"
    }
    mapping = {"record": record, "timezone": "Asia/Shanghai", "currency": "CNY", "columns": columns}
    if any(name.endswith("_g") for name in names):
        mapping["weight_unit"] = "g"
    return mapping | ({"by": by} if by else {})


def _rows_of(record, *, with_lines):
    own = _cells(record, "")
    lines = getattr(record, "lines", ())
    if with_lines and lines:
        return [own | _cells(line, "lines.") for line in lines]
    return [own]


def _cells(record, prefix):
    cells = {}
    for field in attrs.fields(type(record)):
        value = getattr(record, field.name)
        if value is None or field.name in {"provenance", "raw", "currency", "counterparty"}:
            continue
        if isinstance(value, Money):
            cells[f"{prefix}{field.name}"] = f"{value.amount:.2f}"
        elif isinstance(value, datetime):
            cells[f"{prefix}{field.name}"] = value.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S")
        elif isinstance(value, bool):
            continue
        elif isinstance(value, (str, date, Decimal, int)):
            cells[f"{prefix}{field.name}"] = str(value)
        elif isinstance(value, tuple) and value and all(isinstance(one, str) for one in value):
            cells[f"{prefix}{field.name}"] = ",".join(value)
    return cells
