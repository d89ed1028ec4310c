"""What the ledger tests share: a small month, a hostile voucher, and the golden comparison."""

import os
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from moneyed import Money

from tieout.model import Event, JournalLine, Provenance, Voucher
from tieout.posting import Book, post

GOLDEN = Path(__file__).parent.parent / "golden" / "ledgers"
HOSTILE = (
    "=cmd|' /C calc'!A0, \"quoted\"; back\\slash\r\nsecond\tline\x00\x1b[31m\u202e\u2028 “中文” #tag ^link ; comment"
)


def cny(text):
    return Money(text, "CNY")


@pytest.fixture(scope="session")
def book():
    return Book(
        chart="cn_small_business",
        currency="CNY",
        timezone="Asia/Shanghai",
        taxpayer="general",
        dispute_policy="pay_and_claim",
        preparer="demo",
        book_id="main",
    )


@pytest.fixture(scope="session")
def month(book):
    """A bill of two legs with a dispute and a compensation, a bill in rupees, a payment, and an accrual with its reversal."""

    def event(
        kind,
        amount,
        document="SF2610",
        *,
        currency="CNY",
        party="sf_express",
        leg="outbound",
        rate="0.06",
        day=31,
        lines=(),
    ):
        return Event(
            event_id=f"{kind}:{document}:{leg}",
            kind=kind,
            occurred_on=date(2026, 10, day),
            document=document,
            party=party,
            amount=Money(amount, currency),
            tax_rate=Decimal(rate),
            details={"leg": leg},
            sources=tuple(
                Provenance(file=f"{document}.csv", sha256=document.lower(), line=first, line_end=last)
                for first, last in lines
            ),
        )

    events = [
        event("courier.bill", "1234.56", lines=[(5, 104), (106, None)]),
        event("courier.bill", "-8.00", leg="return", lines=[(105, None)]),
        event("courier.dispute", "0.90", lines=[(105, None)]),
        event("courier.compensation", "-50.00", rate="0", lines=[(107, None)]),
        event("courier.bill", "118.00", "IN-7", currency="INR", party="delhivery", rate="0.18", day=20, lines=[(2, 9)]),
        event("courier.paid", "1000.00", "PAY1", day=25, rate="0"),
        event("courier.unbilled", "3.50", "2026-10", day=2),
    ]
    return post(events, book=book, period="2026-10", rates={"INR": Decimal("0.085")})


@pytest.fixture(scope="session")
def hostile():
    """A voucher made by hand whose every text is dangerous, in 10^15 yuan."""
    place = Provenance(file="=evil\n.csv", sha256="ff", sheet='"S"', line=3)
    lines = (
        JournalLine(
            line_no=1,
            summary=HOSTILE,
            account="1002",
            debit=cny("1E+15"),
            aux={"supplier": "@SUM(A1)\n"},
            sources=(place,),
        ),
        JournalLine(
            line_no=2, summary="+1+1", account="2202.01", account_name="-name", credit=cny("1000000000000000.00")
        ),
    )
    return Voucher(
        voucher_id="@id",
        book_id="main",
        period="2026-10",
        word="记",
        number=99,
        date=date(2026, 10, 31),
        lines=lines,
        preparer="-p",
        source_refs=(place,),
    )


@pytest.fixture(scope="session")
def check_golden():
    """Compare bytes with a golden file, or write it when TIEOUT_UPDATE_GOLDENS is set, which CI refuses."""

    def check(leaf, name, content):
        path = GOLDEN / leaf / name
        if os.environ.get("TIEOUT_UPDATE_GOLDENS"):
            assert not os.environ.get("CI"), "goldens are never updated by CI"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        assert path.read_bytes().decode("utf-8") == content.decode("utf-8")

    return check
