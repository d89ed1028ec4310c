"""What the books of the shop's month should say, worked out of its records: no event, template or voucher is asked."""

import csv
import importlib.util
import io
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path

from beancount import loader
from beancount.core.data import filter_txns
from moneyed import Money

from scenarios._shop_month import AS_OF
from tieout.model import SubledgerBalance

HERE = Path(__file__).parent
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
FEES = {
    "commission": ("commission", "tech_service_fee", "fee_refund"),
    "channel_fee": ("payment_fee",),
    "freight_insurance": ("freight_insurance",),
}
GOODS_OUT = {"cogs": ("sale_out", "return_in", "exchange_out", "exchange_in"), "aftersale_exp": ("reship_out",)}
BACKWARDS = ("return", "intercept")
ON_TOP = ("compensation", "freight_compensation")


def story_until(name):
    """What the story of the month has named once it has named this."""
    names = {}
    for block in BLOCK.finditer((HERE / "shop_month.md").read_text(encoding="utf-8")):
        exec(compile(block[1], "shop_month.md", "exec"), names)  # noqa: S102 - our own text
        if name in names:
            return names
    raise AssertionError(name)


def slow_twin():
    """Posting written a second time, without templates, vouchers or columns."""
    spec = importlib.util.spec_from_file_location("posting_oracle", HERE.parent / "oracle" / "posting.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def net_of(gross, percent):
    """A gross amount without its VAT, half-up."""
    return (gross * 100 / (100 + percent)).quantize(Decimal("0.01"), "ROUND_HALF_UP")


def sums_of(rows, name):
    """Amounts by what they are."""
    sums = Counter()
    for row in rows:
        sums[str(getattr(row, name))] += row.amount.amount
    return sums


def received_for(order):
    """What an order brings: its goods less what the shop gives off itself."""
    goods = sum(line.unit_price.amount * line.quantity for line in order.lines)
    return goods - sum(one.amount.amount for one in order.discounts if one.funder == "merchant")


def books_by_hand(month):
    """Balances of the accounts whose ledgers tieout does not keep, by role; debits are positive.

    Args:
        month: All records of a month in which nothing is missing.
    """
    lines = sums_of(month.lines, "type")
    goods = Counter()
    for one in month.movements:
        goods[str(one.type)] += one.quantity * one.unit_cost.amount
    cases = {case.return_id: case for case in month.returns}
    refunds = Counter()
    for refund in month.refunds:
        case = cases[refund.return_id]
        what = "unsold" if case.stage == "before_shipment" else "on_top" if case.kind in ON_TOP else "price"
        refunds[what] += refund.amount.amount + refund.platform_subsidy_clawback.amount
    sold = sum(received_for(order) for order in month.orders if order.shipped_at) - refunds["price"]
    charged = [one for one in month.charges if one.amount.amount > 0]
    freight = {
        "freight_out": sum(one.amount.amount for one in charged if one.leg not in BACKWARDS),
        "freight_return": sum(one.amount.amount for one in charged if one.leg in BACKWARDS),
    }
    invoices = [one for one in month.documents if one.kind == "supplier_invoice"]
    found = {
        "bank": sum(one.amount.amount for one in month.bank),
        "wallet": sum(lines.values()) + sum(one.amount.amount for one in month.payouts),
        "ap_other": -sum(line.quantity * line.unit_price.amount for one in invoices for line in one.lines),
        "revenue": -net_of(sold, 13),
        "vat_output": net_of(sold, 13) - sold,
        "vat_input": sum(gross - net_of(gross, 6) for gross in freight.values()),
        **{role: net_of(gross, 6) for role, gross in freight.items()},
        **{role: -sum(lines[kind] for kind in kinds) for role, kinds in FEES.items()},
        **{role: -sum(goods[kind] for kind in kinds) for role, kinds in GOODS_OUT.items()},
    }
    found["aftersale_exp"] += refunds["on_top"] + sum(
        one.amount.amount for one in month.charges if one.charge_type == "compensation"
    )
    return found


def as_ledgers(figures):
    """Figures by role as ledgers beside the books."""
    return [SubledgerBalance(role=role, as_of=AS_OF, amount=Money(amount, "CNY")) for role, amount in figures.items()]


def lost_goods(month):
    """What the goods in parcels cost that were lost on the way."""
    lost = {parcel.tracking_no for parcel in month.shipments if parcel.status == "lost"}
    return -sum(one.quantity * one.unit_cost.amount for one in month.movements if one.tracking_no in lost)


def page(balance):
    """A trial balance as the tables of the story show it."""
    return sorted(
        (one.account, one.account_name, *(f"{side.amount:,.2f}" for side in (one.debit, one.credit, one.closing)))
        for one in balance
    )


def of_csv(text):
    """Debits less credits by account of a journal in CSV."""
    sums = Counter()
    for row in csv.DictReader(io.StringIO(text)):
        sums[row["account"]] += Decimal(row["debit"] or 0) - Decimal(row["credit"] or 0)
    return {code: amount for code, amount in sums.items() if amount}


def of_beancount(text):
    """The same as beancount itself sums them."""
    entries, errors, _ = loader.load_string(text)
    assert errors == []
    sums = Counter()
    for posting in (posting for entry in filter_txns(entries) for posting in entry.postings):
        code = re.match(r"\w+:([\d-]*\d)", posting.account)[1].replace("-", ".")
        sums[code] += posting.units.number
    return {code: amount for code, amount in sums.items() if amount}
