"""Audit a courier's bill: the bundled ZTO bill against the shipments, with claims.csv for ZTO and vouchers.csv for the books."""

import tieout
from tieout.posting import Book, post
from tieout.reconciliations import CourierBill
from tieout.tariffs import RateCard

demo = f"{tieout.__path__[0]}/_demo"  # the folder of the bundled month; yours is where your downloads are
shipments = tieout.read(f"{demo}/shipments.csv", format="generic_table", mapping=f"{demo}/shipments_mapping.toml")
returns = tieout.read(f"{demo}/returns.csv", format="generic_table", mapping=f"{demo}/returns_mapping.toml")
bill = tieout.read(f"{demo}/zto_bill.csv", format="generic_table", mapping=f"{demo}/zto_mapping.toml")
card = RateCard.load(f"{demo}/zto_contract.toml")
outcome = CourierBill(rate_card=card).run(shipments=shipments.records, charges=bill.records, returns=returns.records)
print(outcome.summary(), outcome.proof, sep="\n\n")
outcome.write_claims("claims.csv")
book = Book(chart="cn_small_business", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")
tieout.ledgers.write(post(outcome, book=book, period="2026-10"), "vouchers.csv", ledger="journal_csv", book=book)
