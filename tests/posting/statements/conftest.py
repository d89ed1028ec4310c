"""Makers of vouchers, from lines in words."""

from datetime import date
from decimal import Decimal

import pytest
from moneyed import Money

from tieout.model import JournalLine, Voucher


def make_line(line_no, text):
    """A line of text such as `Dr 5601.05 3.30` or `Cr 2202.01 3.50 supplier=sf` or `Cr 2221.01.01 21.86 @0.13 of 168.14`."""
    side, account, amount, *rest = text.split()
    fields = {"debit" if side == "Dr" else "credit": Money(amount, "CNY")}
    if "of" in rest:
        at = rest.index("of")
        fields |= {"tax_rate": Decimal(rest[at - 1].strip("@")), "tax_base": Money(rest[at + 1], "CNY")}
        rest = rest[: at - 1] + rest[at + 2 :]
    if "in" in rest:
        at = rest.index("in")
        fields |= {"foreign_amount": Money(rest[at + 2], rest[at + 1])}
        rest = rest[:at] + rest[at + 3 :]
    said = dict(part.split("=") for part in rest)
    if "role" in said:
        fields["role"] = said.pop("role")
    return JournalLine(line_no=line_no, summary=f"line {line_no}", account=account, aux=said, **fields)


@pytest.fixture(scope="session")
def make_voucher():
    def make(number, day, *lines, status="prepared", **fields):
        on = date.fromisoformat(f"2026-{day}")
        return Voucher(
            **{
                "voucher_id": f"v{number}-{day}",
                "period": f"{on:%Y-%m}",
                "word": "记",
                "number": None if status == "draft" else number,
                "date": on,
                "status": status,
                "lines": [make_line(at, text) for at, text in enumerate(lines, start=1)],
                **fields,
            }
        )

    return make
