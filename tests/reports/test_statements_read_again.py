"""Statements of a month that reads the bills of the month before again."""

import datetime as dt

import attrs
import pytest
from moneyed import Money

from tieout.model import CourierCharge, Provenance
from tieout.reconciliations import CourierBill
from tieout.reports import ReportData
from tieout.reports.statements import CourierStatement
from tieout.tables import Table
from tieout.tariffs import RateCard

TERMS = """name = "SF 2026"\ncarrier = "sf"\ncurrency = "CNY"\n[[versions]]\nid = "2026"\nfrom = 2026-01-01
weight = { rounding = { mode = "ceil", step = 1 } }
prices = { model = "first_continued", first_weight = 1, first = 10.00, step = 1, continued = 1.00 }
"""
CARD = RateCard.loads(TERMS, name="sf.toml")


def bill(file):
    """October's bill of two parcels that are not ours."""
    return [
        CourierCharge(
            carrier="sf",
            bill_no="B10",
            tracking_no=f"SF{number}",
            charge_type="base",
            ship_date=dt.date(2026, 10, number),
            amount=Money("10.00", "CNY"),
            provenance=Provenance(file=file, line=number),
        )
        for number in (2, 3)
    ]


def month(period, as_of, charges, *, opening=None, before=None):
    """The outcome of a month and the account of its statement."""
    leaf = CourierBill(rate_card=CARD, timezone="Asia/Shanghai", period=period, as_of=as_of)
    outcome = leaf.run(charges=charges, shipments=[], returns=[], opening=opening)
    data = ReportData(
        name="Lamp House",
        period=period,
        as_of=as_of,
        currency="CNY",
        tables={"CourierCharge": Table.from_records(charges, CourierCharge)},
        outcomes=[outcome],
    )
    return outcome, CourierStatement(opening=before).make(data).frames["account"]


@pytest.mark.parametrize("file", ["october.csv", "last 90 days.csv"])
def test_a_month_in_which_a_courier_billed_nothing_new_owes_what_the_one_before_did(file):
    first, october = month("2026-10", dt.date(2026, 10, 31), bill("october.csv"))
    opening = attrs.evolve(first.carry_forward, opens_on=dt.date(2026, 11, 1))

    _, november = month("2026-11", dt.date(2026, 11, 30), bill(file), opening=opening, before=october)

    names = ("opening_minor", "increase_minor", "closing_minor", "claimed_minor", "agreed_minor")
    assert [(0, 20_00, 20_00, 20_00, 0)] == october.select(names).rows()
    assert [(20_00, 0, 20_00, 20_00, 0)] == november.select(names).rows()
