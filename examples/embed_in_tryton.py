"""Book a courier's bill in Tryton: the bundled month, audited, posted and sent; Tryton's figures are held against ours.

`python examples/embed_in_tryton.py https://HOST/DATABASE/rpc/ NAME`, with the password in the environment variable
TRYTON_PASSWORD, needs a company in yuan with a fiscal year of October and November 2026; `--open-accounts` opens the accounts
it lacks. Sending again changes nothing. It needs `tieout[tryton]`.
"""

import argparse
import os
from collections.abc import Mapping
from decimal import Decimal

from proteus.config import Config, set_xmlrpc_session

import tieout
from tieout.errors import TieoutError
from tieout.ledgers.tryton import Tryton
from tieout.outcome import Outcome
from tieout.posting import Book, post, trial_balance
from tieout.reconciliations import CourierBill
from tieout.tariffs import RateCard

PERIOD = "2026-10"
BOOK = Book(chart="cn_small_business", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")


def main() -> int:
    """Audit, post, send, compare; 1 when Tryton's figures are not ours."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address", help="XML-RPC address, without name and password")
    parser.add_argument("name", help="who works in Tryton")
    parser.add_argument("--open-accounts", action="store_true", help="open the accounts that Tryton lacks")
    arguments = parser.parse_args()
    vouchers = post(audited(), book=BOOK, period=PERIOD)
    ours = {
        row.account: (row.debit.amount, row.credit.amount) for row in trial_balance(vouchers, book=BOOK, period=PERIOD)
    }
    with set_xmlrpc_session(arguments.address, arguments.name, os.environ.get("TRYTON_PASSWORD")) as server:
        gateway = Tryton(config=server)
        try:
            if arguments.open_accounts:
                print("opened:", *gateway.create_accounts(vouchers, book=BOOK))
            print(tieout.ledgers.send(vouchers, ledger=gateway, book=BOOK))
        except TieoutError as error:
            parser.exit(2, f"{parser.prog}: {error}\n")
        theirs = turnover(server)
    for code in sorted(ours | theirs):
        print(
            f"{code:<12} {'=' if ours.get(code) == theirs.get(code) else '!'} {BOOK.account_name(code)}",
            *theirs.get(code, ()),
        )
    return int(ours != theirs)


def audited() -> Outcome:
    """The courier's bill of the bundled month against what was shipped."""
    demo = f"{tieout.__path__[0]}/_demo"  # yours is where your downloads are
    shipments, returns, charges = (
        tieout.read(f"{demo}/{name}.csv", format="generic_table", mapping=f"{demo}/{mapping}_mapping.toml").records
        for name, mapping in (("shipments", "shipments"), ("returns", "returns"), ("zto_bill", "zto"))
    )
    card = RateCard.load(f"{demo}/zto_contract.toml")
    return CourierBill(rate_card=card).run(shipments=shipments, charges=charges, returns=returns)


def turnover(server: Config) -> Mapping[str, tuple[Decimal, Decimal]]:
    """Debits and credits of the month by account, from Tryton's own general ledger."""
    months = server.get_proxy("account.period")
    (month,) = months.search_read([("name", "=", PERIOD)], 0, 1, None, ["fiscalyear"], server.context)
    shown = {"fiscalyear": month["fiscalyear"], "start_period": month["id"], "end_period": month["id"], "posted": True}
    ledger = server.get_proxy("account.general_ledger.account")
    fields = ["account.code", "debit", "credit", "line_count"]
    rows = ledger.search_read([], 0, None, None, fields, {**server.context, **shown})
    return {row["account."]["code"]: (row["debit"], row["credit"]) for row in rows if row["line_count"]}


if __name__ == "__main__":
    raise SystemExit(main())
