import datetime as dt

from moneyed import Money

from tieout.casebook import Actor
from tieout.model import BankTransaction, Provenance
from tieout.model import Payout as PayoutRecord
from tieout.posting import Book
from tieout.reconciliations import Receipts
from tieout.tables import Table

BOOK = Book(chart="cn_small_business", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")
ANNE = Actor("anne", roles=["accountant", "finance"])


def bank(*cents, sha):
    """A statement whose lines are received day by day."""
    rows = [
        BankTransaction(
            account="1",
            bank_ref=f"R{day}",
            booked_on=dt.date(2026, 10, day),
            amount=Money(minor, "CNY") / 100,
            memo="transfer",
            provenance=Provenance(file="bank.csv", sha256=sha * 64, line=day + 1),
        )
        for day, minor in enumerate(cents, 1)
    ]
    return Table.from_records(rows, BankTransaction)


def test_an_edited_row_of_a_file_ends_as_a_reversal_and_a_new_voucher(cases):
    """Imported, run and posted; then the file comes again with another amount in one line."""
    receipts = Receipts(as_of=dt.date(2026, 10, 31), every_receipt=True)
    payouts = Table.from_records([], PayoutRecord)
    posted = []
    for statement in (bank(50000, 60000, sha="a"), bank(50000, 61000, sha="b")):
        cases.import_records(statement, actor=ANNE, source="bank.csv", complete=True)
        touched = cases.vouchers.frame()["touched"].is_not_null().to_list()
        run = cases.run(receipts, actor=ANNE, period="2026-10", payouts=payouts, bank=statement)
        posted.append(cases.vouchers.post(run, book=BOOK, period="2026-10", actor=ANNE))

    assert touched == [False, True]
    assert [item.kind.value for item in posted[1].prepared] == ["reversal", "normal"]
    assert posted[1].taken_back == (posted[0].prepared[1].voucher_id,)
    assert cases.vouchers.frame()["touched"].null_count() == 4
    assert cases.verify().holds
