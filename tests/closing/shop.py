"""A shop's month for tests of closes: the generator of the story, small, as tables that a program has."""

from functools import cache

from reports.month_world import FEES, RECORDS, _card
from scenarios._shop_month import shop_month
from tieout.closing import CloseConfig, ReportRule, RunRule
from tieout.model import StockCount
from tieout.posting import Book
from tieout.tables import Table

ORDERS = 110
TEXTS_ONLY = ReportRule(html=False, xlsx=False, pdf=False, plots=False)
RULES = {
    "settlement": RunRule(settings={"fees": FEES}),
    "payments": RunRule(only={"platform": "tmall"}, settings={"channels": ("alipay",)}),
    "after_sales": RunRule(settings={"commission_back": ("tmall",)}),
    "courier_bill": RunRule(
        each={
            "zto": {"rate_card": _card("zto", "3.00", "0.90")},
            "sf": {"rate_card": _card("sf", "8.00", "2.00")},
        }
    ),
}


def tables_of(month):
    """The records of a month as a program hands them in: by class, or by role."""
    tables = {record.__name__: Table.from_records(getattr(month, side), record) for side, record in RECORDS.items()}
    tables["erp_orders"] = tables["Order"]
    tables["previous"] = Table.from_records(month.opening_counts, StockCount)
    return tables


@cache
def clean_tables():
    """A month in which nothing is wrong."""
    return tables_of(shop_month(orders=ORDERS).end())


def config(folder, **more):
    """What the shop's close is told."""
    book = Book(chart="cn_small_business", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")
    said = {"name": "Lamp House", "period": "2026-10", "files": [], "out": folder / "out", "book": book}
    return CloseConfig(
        **{**said, "reconciliations": RULES, "ledgers": {"journal_csv": "vouchers.csv"}, "report": TEXTS_ONLY, **more}
    )
