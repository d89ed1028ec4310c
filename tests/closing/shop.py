"""A shop's month for tests of closes: the generator of the story, small, as tables that a program has."""

from datetime import UTC, date, datetime
from functools import cache

from moneyed import Money

from reports.month_world import FEES, RECORDS, _card
from scenarios._shop_month import shop_month
from tieout.closing import CasebookRule, CloseConfig, ReportRule, RunRule
from tieout.model import BankTransaction, Payout, StockCount
from tieout.posting import Book
from tieout.tables import Table

ORDERS = 110
BOOK = Book(chart="cn_small_business", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")
HEAD = """name = "Lamp House"
period = "2026-10"
files = ["downloads"]
[book]
chart = "cn_small_business"
currency = "CNY"
timezone = "Asia/Shanghai"
taxpayer = "general"
"""
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
    said = {"name": "Lamp House", "period": "2026-10", "files": [], "out": folder / "out", "book": BOOK}
    return CloseConfig(
        **{**said, "reconciliations": RULES, "ledgers": {"journal_csv": "vouchers.csv"}, "report": TEXTS_ONLY, **more}
    )


def kept_in(url, folder, **more):
    """What a close is told that keeps a casebook, as do those of payouts and what the bank received of them."""
    casebook = CasebookRule(url=url, actor="month end", roles=["data", "accountant"])
    return config(folder, **{"reconciliations": {}, "ledgers": {}, "casebook": casebook, **more})


def payout(number, day, amount):
    return Payout(
        platform="tmall",
        payout_id=f"TXTMALL-{number}",
        amount=Money(f"-{amount}.00", "CNY"),
        initiated_at=datetime(2026, 10, day, tzinfo=UTC),
        status="paid",
    )


def receipt(number, day, amount):
    """What the bank received of a payout."""
    return BankTransaction(
        account="8888",
        booked_on=date(2026, 10, day),
        amount=Money(f"{amount}.00", "CNY"),
        counterparty="支付宝(中国)网络技术有限公司",
        memo=f"提现 TXTMALL-{number}",
        bank_ref=f"B{number}",
    )
