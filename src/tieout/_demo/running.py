"""The demo's run: read the bundled month, reconcile both bills, post what follows."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import attrs

from tieout.outcome import Outcome
from tieout.posting import Book, Vouchers, post
from tieout.proof import Proof
from tieout.reconciliations import CourierBill
from tieout.sources import Batch, read
from tieout.tables import Table
from tieout.tariffs import RateCard

__all__ = ["FOLDER", "PERIOD", "STEPS", "CarrierMonth", "DemoRun", "demo_book", "run_month"]

FOLDER: Final = Path(__file__).parent
PERIOD: Final = "2026-10"
AS_OF: Final = date(2026, 10, 31)
RATES: Final = {"HKD": Decimal("0.92")}
"""CNY per HKD: one parcel is billed by the courier's branch in Hong Kong."""
STEPS: Final = 7


@attrs.frozen(kw_only=True)
class CarrierMonth:
    """One courier's month.

    Attributes:
        carrier: Carrier code.
        title: What people call the courier.
        batches: What was read for it: the bill first, then the earlier bill and the lists beside it.
        outcome: Its reconciliation.
    """

    carrier: str
    title: str
    batches: tuple[Batch, ...]
    outcome: Outcome


@attrs.frozen(kw_only=True)
class DemoRun:
    """The month, run.

    Attributes:
        shared: What was read for both couriers: shipments and after-sale cases.
        months: One per courier.
        vouchers: What both outcomes are posted as.
        book: The book they are posted in.
    """

    shared: tuple[Batch, ...]
    months: tuple[CarrierMonth, ...]
    vouchers: Vouchers
    book: Book

    @property
    def batches(self) -> tuple[Batch, ...]:
        """Everything that was read."""
        return (*self.shared, *(batch for month in self.months for batch in month.batches))

    @property
    def proof(self) -> Proof:
        """Both reconciliations' checks and those of the posting."""
        return Proof.join([*(month.outcome.proof for month in self.months), self.vouchers.proof])


def run_month(step: Callable[[str], None]) -> DemoRun:
    """Run the bundled month.

    Args:
        step: Called with the name of each of the `STEPS` as it begins.
    """
    step("reading shipments")
    shipments = _table("shipments.csv", "shipments_mapping.toml")
    returns = _table("returns.csv", "returns_mapping.toml")
    months = (_sf(shipments, returns, step), _zto(shipments, returns, step))
    step("posting")
    book = demo_book()
    vouchers = post([month.outcome for month in months], book=book, period=PERIOD, rates=RATES)
    return DemoRun(shared=(shipments, returns), months=months, vouchers=vouchers, book=book)


def demo_book() -> Book:
    """The book of the demo: a small merchant in China."""
    return Book(chart="cn_small_business", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")


def _table(name: str, mapping: str, **options: Any) -> Batch:  # noqa: ANN401 - the options of a mapping
    return read(FOLDER / name, format="generic_table", mapping=FOLDER / mapping, **options)


def _sf(shipments: Batch, returns: Batch, step: Callable[[str], None]) -> CarrierMonth:
    """SF: workbooks in its own layout, which is found from their content, and a list of what it pays back."""
    step("reading the SF bill")
    bill, earlier = read(FOLDER / "sf_bill.xlsx"), read(FOLDER / "sf_history.xlsx")
    paid_back = _table("sf_credits.csv", "sf_credits_mapping.toml")
    step("auditing the SF bill")
    outcome = _audit(
        "sf",
        shipments=shipments,
        charges=Table.concat([bill.records, paid_back.records]),
        returns=returns,
        history=earlier,
        invoices=bill.others["CourierInvoice"],
    )
    return CarrierMonth(carrier="sf", title="SF Express", batches=(bill, earlier, paid_back), outcome=outcome)


def _zto(shipments: Batch, returns: Batch, step: Callable[[str], None]) -> CarrierMonth:
    """ZTO: text as its branches make it, GB18030 and UTF-16, read by one mapping; the bill's header comes apart."""
    step("reading the ZTO bill")
    bill = _table("zto_bill.csv", "zto_mapping.toml", constants=_of_bill("ZTO-2026-10"))
    abroad = _table("zto_bill_hkd.csv", "zto_mapping.toml", currency="HKD", constants=_of_bill("ZTO-HK-2026-10"))
    earlier = _table("zto_history.csv", "zto_mapping.toml", constants=_of_bill("ZTO-2026-09"))
    notice = _table("zto_invoice.csv", "zto_invoice_mapping.toml")
    step("auditing the ZTO bill")
    outcome = _audit(
        "zto",
        shipments=shipments,
        charges=Table.concat([bill.records, abroad.records]),
        returns=returns,
        history=earlier,
        invoices=notice.records,
    )
    return CarrierMonth(carrier="zto", title="ZTO Express", batches=(bill, abroad, earlier, notice), outcome=outcome)


def _of_bill(bill_no: str) -> dict[str, str]:
    return {"carrier": "zto", "bill_no": bill_no}


def _audit(
    carrier: str,
    *,
    shipments: Batch,
    charges: Table[Any],
    returns: Batch,
    history: Batch,
    invoices: Table[Any],
) -> Outcome:
    card = RateCard.load(FOLDER / f"{carrier}_contract.toml")
    return CourierBill(rate_card=card, as_of=AS_OF).run(
        shipments=shipments.records,
        charges=charges,
        returns=returns.records,
        history=history.records,
        invoices=invoices,
    )
