"""What the posting tests share: makers of events and books, and the slow twin."""

import importlib.util
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from moneyed import Money

from tieout.model import Event
from tieout.posting import Book

TESTS = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def make_event():
    def make(kind="courier.bill", amount="3.50", *, event_id=None, currency="CNY", rate="0.06", day=31, **fields):
        fields = {
            "occurred_on": date(2026, 10, day),
            "document": "B1",
            "party": "sf_express",
            "details": {"leg": "outbound"},
            **fields,
        }
        return Event(
            event_id=event_id or f"{kind}/{fields['document']}/{fields['details'].get('leg')}/{amount}",
            kind=kind,
            amount=Money(amount, currency),
            tax_rate=None if rate is None else Decimal(rate),
            **fields,
        )

    return make


@pytest.fixture(scope="session")
def make_book():
    def make(**fields):
        return Book(
            **{
                "chart": "cn_small_business",
                "currency": "CNY",
                "timezone": "Asia/Shanghai",
                "taxpayer": "general",
                **fields,
            }
        )

    return make


@pytest.fixture(scope="session")
def notation():
    """The lines of a voucher in the notation of `domain.md` 7.4."""

    def write(voucher):
        debits = "; ".join(f"Dr {line.role} {line.debit.amount}" for line in voucher.lines if line.debit is not None)
        credits_ = "; ".join(
            f"Cr {line.role} {line.credit.amount}" for line in voucher.lines if line.credit is not None
        )
        return f"{debits} / {credits_}"

    return write


@pytest.fixture(scope="session")
def oracle():
    spec = importlib.util.spec_from_file_location("posting_oracle", TESTS / "oracle" / "posting.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
