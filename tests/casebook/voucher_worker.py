"""One of several processes on one book: posts, reviews, books and deletes. Arguments: URL and its number."""

import datetime as dt
import sys

from moneyed import Money

from tieout.casebook import Actor, Casebook
from tieout.errors import JournalError
from tieout.model import Event
from tieout.posting import Book

BOOK = Book(chart="cn_small_business", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")


def sale(number):
    return Event(
        event_id=f"order {number}",
        kind="sale.shipped",
        occurred_on=dt.date(2026, 10, 5),
        document=f"douyin {number}",
        party="douyin",
        amount=Money("190.00", "CNY"),
    )


def work(cases, number):
    """How many vouchers are left prepared, because a later number was reviewed before they could be deleted."""
    maker, checker = Actor(f"maker {number}", roles=["accountant"]), Actor(f"checker {number}", roles=["accountant"])
    left = 0
    for at in range(4):
        new = cases.vouchers.post(sale(number * 100 + at), book=BOOK, period="2026-10", actor=maker).prepared
        if at % 2:
            cases.vouchers.review(new, book=BOOK, actor=checker)
            cases.vouchers.book(new, book=BOOK, actor=checker)
            continue
        try:
            cases.vouchers.delete(new, book=BOOK, actor=maker)
        except JournalError:
            left += 1
    return left


if __name__ == "__main__":
    with Casebook(sys.argv[1]) as opened:
        sys.stdout.write(str(work(opened, int(sys.argv[2]))))
