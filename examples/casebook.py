"""Work off a courier's bill: the bundled ZTO month in a casebook: import, run, alerts, a claim, vouchers.

Run again it finds nothing new: what the book knows already is known.
Run it as `python examples/casebook.py`; it needs `pip install '.[store]'`. The book is `books.db` in the folder it is run in.
"""

import sys

import tieout
from tieout.casebook import Actor, AlertRule, Casebook, HookSink
from tieout.model import CourierCharge, Return, Shipment
from tieout.posting import Book
from tieout.reconciliations import CourierBill
from tieout.tariffs import RateCard

DEMO = f"{tieout.__path__[0]}/_demo"  # the folder of the bundled month; yours is where your downloads are
PROGRAM = Actor("nightly", roles=["data", "accountant"])  # the library has no login: you say who it is
WANG = Actor("wang", roles=["logistics"])
LEAD = Actor("zhao", roles=["logistics_lead", "finance_manager"])
BOOK = Book(chart="cn_small_business", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")


def read(name: str, mapping: str) -> tieout.Batch:
    """A bundled file."""
    return tieout.read(f"{DEMO}/{name}.csv", format="generic_table", mapping=f"{DEMO}/{mapping}_mapping.toml")


def main() -> int:
    """A night, and the day after."""
    with Casebook("sqlite:///books.db") as cases:  # or postgresql+psycopg://user@host/database
        cases.alerts.watch([AlertRule("dear parcels", types=["courier.*"], severity="medium", to=["us"])], actor=LEAD)

        for batch in (read("shipments", "shipments"), read("returns", "returns"), read("zto_bill", "zto")):
            taken = cases.import_records(batch, actor=PROGRAM)
            print(f"{taken.rows:,} rows: {taken.added:,} new, {taken.edited:,} edited, {taken.same:,} known already")

        audit = CourierBill(rate_card=RateCard.load(f"{DEMO}/zto_contract.toml"))
        sides = {"shipments": Shipment, "charges": CourierCharge, "returns": Return}
        run = cases.run(audit, actor=PROGRAM, **{side: cases.records(record) for side, record in sides.items()})
        print(f"{len(run.opened)} cases opened, {len(run.changed)} changed, {len(run.gone)} gone")
        cases.alerts.deliver({"us": HookSink(lambda alert: print("alert:", alert.line))})

        ours = cases.open(owner="logistics")
        print(ours.select("type", "severity", "impact", "currency", "due_on").head(5))
        owed = ours.filter(ours["claimable"] & (ours["state"] == "open"))["case_id"].to_list()
        for claim in cases.claim(owed, actor=WANG, reason="the contract says otherwise") if owed else ():
            print(
                f"claim {claim.claim_id} on {claim.party}: {cases.write_claim_file(claim.claim_id, 'claim.csv')} lines"
            )

        posted = cases.vouchers.post(run, book=BOOK, period="2026-10", actor=PROGRAM)
        print(f"{len(posted.vouchers)} vouchers")
        checked = cases.verify()
        print(f"{checked.entries:,} entries, {checked.records:,} records; untouched: {checked.holds}")
        return 0 if checked.holds else 1


if __name__ == "__main__":
    sys.exit(main())
