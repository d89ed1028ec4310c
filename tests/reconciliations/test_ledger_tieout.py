"""The books against the ledgers beside them."""

import datetime as dt
import random
from decimal import Decimal

import attrs
import polars as pl
import pytest
from _records import at
from _suite import ReconciliationSuite, World
from moneyed import Money

from tieout.errors import InputError
from tieout.model import (
    AccountBalance,
    ChannelTransaction,
    CourierCharge,
    JournalLine,
    LedgerLine,
    Order,
    OrderLine,
    Refund,
    Settlement,
    SettlementLine,
    StockMovement,
    SubledgerBalance,
    SubledgerMovement,
    Voucher,
)
from tieout.reconciliations import DueRule, DueRules, LedgerAccount, LedgerTieout, Subledgers
from tieout.reconciliations import Settlement as SettlementLeaf

CLOSE = dt.date(2026, 10, 31)
AS_OF = dt.date(2026, 11, 20)
PATIENT = DueRules(DueRule(grace=3, patience=14), {"ap_courier": DueRule(after=60)})


def day(number, month=10):
    return dt.date(2026, month, number)


def yuan(minor, code="CNY"):
    return None if minor is None else Money(Decimal(minor).scaleb(-2), code)


def ledger(role, minor, *, as_of=CLOSE, opening=None, moved=None, code="CNY", **of):
    return SubledgerBalance(
        role=role, as_of=as_of, amount=yuan(minor, code), opening=yuan(opening), movement=yuan(moved), **of
    )


def balance(account, minor, *, as_of=CLOSE, opening=None, debit=None, credit=None, code="CNY", **of):
    return AccountBalance(
        account=account,
        as_of=as_of,
        amount=yuan(minor, code),
        opening=yuan(opening),
        debit=yuan(debit),
        credit=yuan(credit),
        **of,
    )


def moved(number, role, on, minor, *, kind=None, **of):
    return SubledgerMovement(movement_id=number, role=role, happened_on=on, amount=yuan(minor), kind=kind, **of)


def posted(voucher, account, on, minor, *, line=1, reference=None, **more):
    return LedgerLine(
        voucher_id=voucher, line_no=line, date=on, account=account, amount=yuan(minor), reference=reference, **more
    )


def found(outcome):
    assert [] == list(outcome.proof.failures)
    return [(one.type, str(one.impact.amount)) for one in outcome.discrepancies]


def only(outcome, kind):
    (one,) = [one for one in outcome.discrepancies if one.type == kind]
    return one


class TestLedgerTieout(ReconciliationSuite):
    def world(self, dice: random.Random) -> World:
        books = Books(dice)
        books.plain()
        for _ in range(dice.randint(0, 8)):
            dice.choice(books.STORIES)(books)
        return World(
            reconciliation=LedgerTieout(accounts=books.accounts, as_of=AS_OF, due=PATIENT),
            sides={
                "subledgers": books.ledgers,
                "balances": books.balances,
                "movements": books.moves,
                "journal": books.journal,
            },
            arrives={
                "subledgers": [one.as_of for one in books.ledgers],
                "balances": [one.as_of for one in books.balances],
                "movements": [one.happened_on for one in books.moves],
                "journal": [one.date for one in books.journal],
            },
            planted=books.planted,
            named_by=("document", "party", "account"),
        )


@pytest.mark.parametrize(
    "listed",
    [
        [("1012", 300_00, {}), ("1012.01", 100_00, {}), ("1012.02", 200_00, {})],
        [("1012", 300_00, {}), ("1012.01", 300_00, {}), ("1012.01.01", 120_00, {}), ("1012.01.02", 180_00, {})],
        [("1012", 300_00, {}), ("1012", 100_00, {"party": "alipay"}), ("1012", 200_00, {"party": "wechat_pay"})],
        [("1012.01", 100_00, {}), ("1012.02", 200_00, {})],
        [("1012", 300_00, {})],
    ],
    ids=["sub-accounts", "three levels", "dimensions", "sub-accounts alone", "the total alone"],
)
def test_an_account_that_is_listed_with_its_sub_accounts_or_dimensions_counts_once(listed):
    balances = [balance(code, minor, **of) for code, minor, of in listed]
    outcome = LedgerTieout(accounts={"1012": "wallet"}, as_of=CLOSE).run(
        subledgers=[ledger("wallet", 300_00)], balances=balances
    )

    assert [] == found(outcome)


def test_a_total_is_one_of_its_own_book_day_and_currency_and_of_what_comes_to_it():
    one_off = [balance("1012", 300_01), balance("1012.01", 100_00), balance("1012.02", 200_00)]
    elsewhere = [balance("1012", 100_00), balance("1012.01", 100_00, book_id="other")]
    leaf = LedgerTieout(accounts={"1012": "wallet"}, as_of=CLOSE)

    assert [("ledger.balance_mismatch", "300.01")] == found(
        leaf.run(subledgers=[ledger("wallet", 300_00)], balances=one_off)
    )
    assert [("ledger.subledger_missing", "100.00")] == found(
        leaf.run(subledgers=[ledger("wallet", 100_00)], balances=elsewhere)
    )


def test_a_total_over_two_roles_is_neither():
    listed = [balance("1405", 500_00), balance("1405.01", 400_00), balance("1405.02", 100_00)]
    stocks = [ledger("inventory", 400_00), ledger("inventory_defective", 100_00)]
    accounts = {"1405": "inventory", "1405.02": "inventory_defective"}

    assert [] == found(LedgerTieout(accounts=accounts, as_of=CLOSE).run(subledgers=stocks, balances=listed))


def test_balances_that_are_worked_out_of_vouchers_leave_totals_out():
    before = [balance("1012", 300_00, as_of=day(1)), balance("1012.01", 300_00, as_of=day(1))]
    made = Subledgers.accounts([posted("V1", "1012.01", day(5), 50_00)], as_of=CLOSE, before=before)

    assert [("1012.01", yuan(350_00))] == [(one.account, one.amount) for one in made]


class Books:
    """Books that are written story by story, each with an account of its own."""

    def __init__(self, dice):
        self.dice = dice
        self.accounts, self.ledgers, self.balances, self.moves, self.journal = [], [], [], [], []
        self.planted = []
        self.count = 0

    def plant(self, kind, name, impact=0):
        self.planted.append((kind, name, impact))

    def start(self, role="wallet"):
        self.count += 1
        self.role, self.party, self.code = role, f"p{self.count}", f"A{self.count:03}"
        self.accounts.append(LedgerAccount(account=self.code, role=role, party=self.party))
        return f"D{self.count}"

    def state(self, expected, actual, **more):
        if expected is not None:
            self.ledgers.append(ledger(self.role, expected, party=self.party, **more))
        if actual is not None:
            self.balances.append(balance(self.code, actual, **more))

    def move(self, number, minor, on=None, **more):
        self.moves.append(moved(number, self.role, on or day(10), minor, party=self.party, **more))

    def book(self, number, minor, on=None, voucher=None):
        line = posted(voucher or f"V{len(self.journal)}", self.code, on or day(10), minor, reference=number)
        self.journal.append(line)

    def plain(self):
        number = self.start()
        self.move(number, 100_00)
        self.book(number, 100_00)
        self.state(500_00, 500_00)

    def without_documents(self):
        self.start("ar_platform")
        self.state(-5_00, -5_00)

    def within_the_tolerance(self):
        self.start()
        self.state(200_00, 200_00 + self.dice.choice((-40, 40)))

    def off(self):
        self.start()
        self.state(200_00, 190_00)
        self.plant("ledger.balance_mismatch", self.party, -10_00)

    def stock_off(self):
        self.start("inventory")
        self.state(300_00, 310_00)
        self.plant("warehouse.stock_gl_mismatch", self.party, 10_00)

    def no_account(self):
        self.start()
        self.accounts.pop()
        self.state(200_00, None)
        self.plant("ledger.account_missing", self.party, -200_00)

    def no_balance(self):
        self.start()
        self.state(200_00, None)
        self.plant("ledger.account_missing", self.party, -200_00)

    def no_ledger(self):
        self.start()
        self.state(None, 70_00)
        self.plant("ledger.subledger_missing", self.party, 70_00)

    def nothing_and_no_ledger(self):
        self.start()
        self.state(None, 0)

    def suspense(self):
        number = self.start("unidentified")
        self.book(number, -500_00)
        self.state(None, -500_00)
        self.plant("ledger.suspense_uncleared", self.party, -500_00)

    def not_tied(self):
        self.start()
        self.accounts.pop()
        self.state(None, 80_00)

    def not_booked(self):
        number = self.start()
        self.move(number, 30_00)
        self.state(130_00, 100_00)
        self.plant("ledger.voucher_missing", number, -30_00)

    def not_booked_yet(self):
        number = self.start("ap_courier")
        self.move(number, -30_00)
        self.state(-130_00, -100_00)

    def not_booked_yet_and_off(self):
        number = self.start("ap_courier")
        self.move(number, -30_00)
        self.state(-130_00, -90_00)
        self.plant("ledger.balance_mismatch", self.party, 10_00)

    def booked_twice(self):
        number = self.start()
        self.move(number, 30_00)
        self.book(number, 30_00, voucher=f"{number} first")
        self.book(number, 30_00, voucher=f"{number} second")
        self.state(130_00, 160_00)
        self.plant("ledger.voucher_duplicated", number, 30_00)

    def booked_in_two_parts(self):
        number = self.start()
        self.move(number, 30_00)
        self.book(number, 10_00)
        self.book(number, 20_00)
        self.state(130_00, 130_00)

    def booked_for_nothing(self):
        number = self.start()
        self.book(number, 30_00)
        self.state(100_00, 130_00)
        self.plant("ledger.voucher_unsupported", number, 30_00)

    def booked_and_reversed_for_nothing(self):
        number = self.start()
        self.book(number, 30_00)
        self.book(number, -30_00)
        self.state(100_00, 100_00)

    def booked_otherwise(self):
        number = self.start()
        self.move(number, 30_00)
        self.book(number, 33_00)
        self.state(130_00, 133_00)
        self.plant("ledger.voucher_amount_mismatch", number, 3_00)

    def booked_the_month_after(self):
        number = self.start()
        self.move(number, 30_00, day(30))
        self.book(number, 30_00, day(10, 11))
        self.state(130_00, 100_00)
        self.plant("ledger.period_mismatch", number, -30_00)

    def booked_too_early(self):
        number = self.start()
        self.move(number, 30_00, day(10, 11))
        self.book(number, 30_00, day(30))
        self.state(100_00, 130_00)
        self.plant("ledger.period_mismatch", number, 30_00)

    def refund_booked_the_month_after(self):
        number = self.start("ar_platform")
        self.move(number, -190_00, day(30), kind="refund")
        self.book(number, -190_00, day(10, 11))
        self.state(0, 190_00)
        self.plant("ledger.refund_period_mismatch", number, 190_00)

    def payout_under_way(self):
        number = self.start()
        self.move(number, -178_86, day(30), kind="payout")
        self.book(number, -178_86, day(1, 11))
        self.state(0, 178_86)

    def payout_too_long_under_way(self):
        number = self.start()
        self.move(number, -178_86, day(30), kind="payout")
        self.book(number, -178_86, day(10, 11))
        self.state(0, 178_86)
        self.plant("ledger.period_mismatch", number, 178_86)

    def documents_that_do_not_explain_it(self):
        number = self.start()
        self.move(number, 30_00)
        self.state(130_00, 90_00)
        self.plant("ledger.voucher_missing", number, -30_00)
        self.plant("ledger.balance_mismatch", self.party, -10_00)

    def several_accounts_of_one_role(self):
        self.start()
        self.accounts.append(LedgerAccount(account=f"{self.code}-2", role=self.role, party=self.party))
        self.state(100_00, 60_00)
        self.balances.append(balance(f"{self.code}-2", 40_00))

    def does_not_roll(self):
        self.start()
        self.ledgers.append(ledger(self.role, 130_00, opening=100_00, moved=20_00, party=self.party))
        self.balances.append(balance(self.code, 130_00, opening=100_00, debit=50_00, credit=20_00))
        self.plant("ledger.roll_forward_break", self.party)

    def begins_with_another_balance(self):
        self.start()
        self.state(100_00, 100_00, as_of=day(30, 9))
        self.ledgers.append(ledger(self.role, 150_00, opening=100_00, moved=50_00, party=self.party))
        self.balances.append(balance(self.code, 150_00, opening=110_00, debit=40_00))
        self.plant("ledger.roll_forward_break", self.code)

    def two_balances(self):
        self.start()
        self.state(150_00, 150_00)
        self.balances[-1] = attrs.evolve(self.balances[-1], created_at=at(day(2, 11)))
        self.balances.append(balance(self.code, 120_00, created_at=at(day(1, 11))))
        self.plant("data.balance_conflict", self.code)

    def another_book(self):
        self.start()
        self.state(150_00, 150_00)
        self.state(90_00, 90_00, book_id="other")

    STORIES = tuple(
        story
        for name, story in list(vars().items())
        if callable(story) and not name.startswith("_") and name not in {"plant", "start", "state", "move", "book"}
    )


WALLET = LedgerAccount(account="1012.01", role="wallet")


def test_a_stock_that_ties_says_so_and_one_that_does_not_says_by_how_much():
    """`domain.md` C40: the balance of 1405 is the sum of quantity x cost."""
    moves = [
        stock("M1", 100, "80.00", day(1)),
        stock("M2", -2, "80.00", day(20)),
        stock("M3", 5, "80.00", day(2, 11)),
    ]
    values = Subledgers.stocks(moves, as_of=CLOSE)
    leaf = LedgerTieout(accounts={"1405.01": "inventory"})

    assert [] == found(leaf.run(subledgers=values, balances=[balance("1405.01", 7_840_00)]))
    off = leaf.run(subledgers=values, balances=[balance("1405.01", 8_000_00)])
    assert [("warehouse.stock_gl_mismatch", "160.00")] == found(off)
    assert (
        "inventory on 2026-10-31: quantity x cost comes to 7840.00, the account to 8000.00; "
        "160.00 CNY that no document explains, since 2026-10-31" == only(off, "warehouse.stock_gl_mismatch").reason
    )


def stock(number, pieces, cost, on, **more):
    return StockMovement(
        movement_id=number,
        type="purchase_in" if pieces > 0 else "sale_out",
        warehouse="W1",
        sku="A",
        quantity=Decimal(pieces),
        unit_cost=None if cost is None else Money(cost, "CNY"),
        occurred_at=at(on),
        **more,
    )


def test_stock_without_a_cost_has_no_value():
    with pytest.raises(InputError, match="1 movements say no cost or no moment, M2 first"):
        Subledgers.stocks([stock("M1", 1, "2.00", day(1)), stock("M2", 1, None, day(1))], as_of=CLOSE)


def test_a_refund_of_october_with_a_voucher_of_november_is_lacking_in_october():
    """`domain.md` C37."""
    refund = Refund(
        refund_id="RF1", platform="tmall", amount=yuan(190_00), status="succeeded", succeeded_at=at(day(31))
    )
    earlier = attrs.evolve(refund, version="1", amount=yuan(200_00))
    refused = attrs.evolve(refund, refund_id="RF2", status="failed")
    moves = Subledgers.refunds([attrs.evolve(refund, version="2"), earlier, refused])
    journal = [posted("记-1", "1122.01", day(2, 11), -190_00, reference="RF1")]
    outcome = LedgerTieout(accounts={"1122.01": "ar_platform"}, as_of=AS_OF).run(
        subledgers=[ledger("ar_platform", 0)],
        balances=[balance("1122.01", 190_00)],
        movements=moves,
        journal=journal,
    )

    assert [("ledger.refund_period_mismatch", "190.00")] == found(outcome)
    said = only(outcome, "ledger.refund_period_mismatch")
    assert ("RF1", "2026-10-31", "2026-11-02") == (
        said.keys["document"],
        said.evidence["happened_on"],
        said.evidence["booked_on"],
    )


def test_a_refund_that_is_never_booked_has_no_voucher():
    moves = [moved("RF1", "ar_platform", day(5), -60_00, kind="refund")]
    outcome = LedgerTieout(accounts={"1122": "ar_platform"}, as_of=AS_OF).run(
        subledgers=[ledger("ar_platform", 0)],
        balances=[balance("1122.01", 60_00)],
        movements=moves,
        journal=[
            posted("V", "1122.01", day(1), 1_00, reference="X"),
            posted("W", "1122.01", day(1), -1_00, reference="X"),
        ],
    )

    assert [("ledger.voucher_missing", "60.00")] == found(outcome)


@pytest.mark.parametrize(
    ("expected", "actual", "is_found"),
    [
        (100_00, 101_00, False),
        (100_00, 101_01, True),
        (100_00, 98_99, True),
        (1_000_000_00, 1_000_100_00, False),
        (1_000_000_00, 1_000_100_01, True),
    ],
)
def test_another_systems_total_may_differ_by_one_yuan_or_a_hundredth_of_a_percent(expected, actual, is_found):
    outcome = LedgerTieout(accounts=[WALLET], checks={"general.tolerance_drift": "off"}).run(
        subledgers=[ledger("wallet", expected)], balances=[balance("1012.01", actual)]
    )

    assert is_found == bool(found(outcome))


def test_differences_within_the_tolerance_are_watched():
    outcome = LedgerTieout(accounts={"1": "wallet", "2": "ar_platform"}).run(
        subledgers=[ledger("wallet", 10_00), ledger("ar_platform", 10_00)],
        balances=[balance("1", 10_90), balance("2", 10_90)],
    )

    assert ["general.tolerance_drift"] == [kind for kind, _ in found(outcome)]


def test_a_ledger_ties_to_the_account_of_its_own_dimensions_else_to_the_general_one():
    accounts = [
        LedgerAccount(account="1012", role="wallet"),
        LedgerAccount(account="1012.01", role="wallet", party="alipay"),
        LedgerAccount(account="1405", role="inventory", warehouse="W1"),
        LedgerAccount(account="1405", role="inventory", warehouse="W2"),
    ]
    outcome = LedgerTieout(accounts=accounts).run(
        subledgers=[
            ledger("wallet", 10_00, party="alipay"),
            ledger("wallet", 20_00, party="wechat_pay"),
            ledger("wallet", 30_00, party="stripe"),
            ledger("inventory", 40_00, warehouse="W1"),
            ledger("inventory", 50_00, warehouse="W2"),
        ],
        balances=[
            balance("1012.01.09", 10_00),
            balance("1012.02", 50_00),
            balance("1405", 40_00, warehouse="W1"),
            balance("1405", 50_00, warehouse="W2"),
            balance("9999", 1_00),
        ],
    )

    assert [] == found(outcome)
    assert 4 == outcome.lines.filter(pl.col("verdict") == "agreed")["role"].drop_nulls().len()
    assert ["an account that nothing is tied to"] == outcome.records["balances"]["verdict"].to_list()[-1:]


def test_books_days_and_currencies_are_tied_apart():
    outcome = LedgerTieout(accounts=[WALLET], as_of=AS_OF).run(
        subledgers=[
            ledger("wallet", 10_00, book_id="a"),
            ledger("wallet", 20_00, book_id="b"),
            ledger("wallet", 30_00, book_id="a", as_of=day(30)),
            ledger("wallet", 40_00, book_id="a", code="USD"),
        ],
        balances=[
            balance("1012.01", 20_00, book_id="a"),
            balance("1012.01", 20_00, book_id="b"),
            balance("1012.01", 30_00, book_id="a", as_of=day(30)),
            balance("1012.01", 40_00, book_id="a", code="USD"),
        ],
    )

    assert [("ledger.balance_mismatch", "10.00")] == found(outcome)


def test_documents_of_another_book_explain_nothing():
    sides = {
        "subledgers": [ledger("wallet", 100_00, book_id="a")],
        "balances": [balance("1012.01", 70_00, book_id="a")],
        "journal": [posted("V", "1012.01", day(1), 5_00, reference="X", book_id="b")],
    }
    leaf = LedgerTieout(accounts=[WALLET], as_of=AS_OF)
    ours = leaf.run(**sides, movements=[moved("D", "wallet", day(9), 30_00, book_id="a")])
    theirs = leaf.run(**sides, movements=[moved("D", "wallet", day(9), 30_00, book_id="b")])

    assert [("ledger.voucher_missing", "-30.00")] == found(ours)
    assert [("ledger.balance_mismatch", "-30.00")] == found(theirs)


def test_without_vouchers_or_without_movements_no_document_is_blamed():
    sides = {"subledgers": [ledger("wallet", 100_00)], "balances": [balance("1012.01", 70_00)]}
    leaf = LedgerTieout(accounts=[WALLET], as_of=AS_OF)

    assert [("ledger.balance_mismatch", "-30.00")] == found(
        leaf.run(**sides, movements=[moved("D", "wallet", day(9), 30_00)])
    )
    assert [("ledger.balance_mismatch", "-30.00")] == found(
        leaf.run(**sides, journal=[posted("V", "1012.01", day(9), -30_00)])
    )


def test_a_voucher_without_a_reference_goes_by_its_own_number():
    outcome = LedgerTieout(accounts=[WALLET], as_of=AS_OF).run(
        subledgers=[ledger("wallet", 100_00)],
        balances=[balance("1012.01", 100_00)],
        movements=[moved("M", "wallet", day(9), 30_00, document="V")],
        journal=[posted("V", "1012.01", day(9), 30_00)],
    )

    assert [] == found(outcome)


def test_what_waits_at_the_end_of_a_month_clears_in_the_next():
    leaf = LedgerTieout(accounts=[WALLET])
    first = attrs.evolve(leaf, as_of=CLOSE).run(
        subledgers=[ledger("wallet", 0)],
        balances=[balance("1012.01", 178_86)],
        movements=[moved("P1", "wallet", day(30), -178_86, kind="payout")],
        journal=[
            posted("V0", "1012.01", day(6), 178_86, reference="S"),
            posted("V9", "1012.01", day(6), -178_86, reference="S"),
        ],
    )
    second = attrs.evolve(leaf, as_of=day(5, 11)).run(
        subledgers=[],
        balances=[],
        journal=[posted("V1", "1012.01", day(2, 11), -178_86, reference="P1")],
        opening=first.carry_forward,
    )
    never = attrs.evolve(leaf, as_of=day(9, 11)).run(subledgers=[], balances=[], opening=first.carry_forward)

    assert [] == found(first)
    assert [("in transit", 178_86)] == first.carry_forward.items.select("what", "amount_minor").rows()
    assert [] == found(second)
    assert [("ledger.voucher_missing", "178.86")] == found(never)


def test_balances_that_tied_are_forgotten_in_time_and_those_that_did_not_are_not():
    leaf = LedgerTieout(accounts={"1": "wallet", "2": "ar_platform"}, as_of=day(20, 11), memory_days=10)
    outcome = leaf.run(
        subledgers=[ledger("wallet", 10_00), ledger("ar_platform", 130_00)],
        balances=[balance("1", 10_00), balance("2", 100_00)],
        movements=[moved("D1", "wallet", day(8), 1_00), moved("D2", "ar_platform", day(9), 30_00)],
        journal=[
            posted("V0", "1", day(8), 60, reference="D1"),
            posted("V1", "1", day(9), 40, reference="D1"),
        ],
    )
    kept = {name: table.to_polars() for name, table in outcome.carry_forward.sides.items()}

    assert [("ledger.voucher_missing", "-30.00")] == found(outcome)
    assert (["ar_platform"], ["2"]) == (kept["subledgers"]["role"].to_list(), kept["balances"]["account"].to_list())
    assert (["D2"], ["V1"]) == (kept["movements"]["movement_id"].to_list(), kept["journal"]["voucher_id"].to_list())


def test_a_run_of_a_period_ties_the_days_of_that_period():
    outcome = LedgerTieout(accounts=[WALLET], period="2026-10").run(
        subledgers=[ledger("wallet", 10_00), ledger("wallet", 10_00, as_of=day(30, 9))],
        balances=[balance("1012.01", 10_00), balance("1012.01", 99_00, as_of=day(30, 9))],
    )

    assert [] == found(outcome)
    assert ["agreed", "another period"] == outcome.records["balances"]["verdict"].to_list()


def test_suspense_says_since_when_it_waits():
    outcome = LedgerTieout(accounts={"2241.01": "unidentified"}).run(
        subledgers=[],
        balances=[balance("2241.01", -500_00)],
        journal=[
            posted("V1", "2241.01", day(3), -200_00, reference="X"),
            posted("V2", "2241.01", day(4), 200_00, reference="X"),
            posted("V3", "2241.01", day(8), -500_00, reference="Y"),
        ],
    )

    assert [("ledger.suspense_uncleared", "-500.00")] == found(outcome)
    assert "2026-10-08" == only(outcome, "ledger.suspense_uncleared").evidence["since"]


def test_a_check_of_the_callers_own_sees_the_balances():
    def red(sides):
        rows = sides["balances"].filter(pl.col("minor") < 0)
        return rows.select(pl.lit("balances").alias("side"), "row", pl.lit("red").alias("reason"))

    outcome = LedgerTieout(accounts=[WALLET], own_checks={"red": red}).run(
        subledgers=[ledger("wallet", -1_00)], balances=[balance("1012.01", -1_00)]
    )

    assert [("custom.red", "red")] == [(one.type, one.reason) for one in outcome.discrepancies]


@pytest.mark.parametrize(
    ("accounts", "problem"),
    [
        ([WALLET, WALLET], "listed twice: 1012.01"),
        ("1012", "roles by account, or LedgerAccounts, are needed"),
        (["1012"], "roles by account, or LedgerAccounts, are needed"),
        ({"1012": ""}, "role is text that is not blank"),
        ({"1012": None}, "role is text that is not blank"),
    ],
)
def test_accounts_that_make_no_sense_are_refused(accounts, problem):
    with pytest.raises(InputError, match=problem):
        LedgerTieout(accounts=accounts)


@pytest.mark.parametrize("side", ["subledgers", "balances", "movements", "journal"])
def test_a_side_of_other_records_is_refused(side):
    sides = {"subledgers": [], "balances": [], side: [stock("M", 1, "1.00", CLOSE)]}

    with pytest.raises(InputError):
        LedgerTieout().run(**sides)


def amounts(table):
    return [(one.party or one.shop_id or one.warehouse, one.role, str(one.amount.amount)) for one in table]


def test_wallets_are_summed_by_channel_without_trade_bills():
    def paid(number, channel, minor, *, fee=None, kind=None, on=CLOSE):
        return ChannelTransaction(
            channel=channel,
            channel_txn_id=number,
            bill_kind=kind,
            amount=yuan(minor),
            fee=yuan(fee),
            occurred_at=at(on),
        )

    bills = [
        paid("1", "alipay", 100_00, fee=-60),
        paid("1", "alipay", 100_00, fee=-60),
        paid("2", "alipay", -30_00, kind="fund"),
        paid("2", "alipay", -30_00, kind="trade"),
        paid("3", "alipay", 5_00, on=day(1, 11)),
        paid("4", "stripe", 7_00),
    ]

    assert [("alipay", "wallet", "69.40"), ("stripe", "wallet", "7.00")] == amounts(
        Subledgers.wallets(bills, as_of=CLOSE)
    )


def test_couriers_are_owed_their_charges_less_what_was_paid():
    charges = [
        CourierCharge(carrier="sf", tracking_no="SF1", charge_type="base", amount=yuan(12_00), ship_date=day(2)),
        CourierCharge(carrier="sf", tracking_no="SF2", charge_type="base", amount=yuan(8_00), ship_date=day(2, 11)),
    ]
    paid = [moved("B1", "ap_courier", day(20), 10_00, party="sf"), moved("B2", "bank", day(20), -10_00, party="sf")]

    assert [("sf", "ap_courier", "-2.00")] == amounts(Subledgers.courier_payables(charges, as_of=CLOSE, paid=paid))


def charge(number, on, cents, bill, **more):
    return CourierCharge(
        carrier="sf",
        tracking_no=number,
        charge_type="base",
        amount=yuan(cents),
        ship_date=on,
        bill_no=bill,
        **more,
    )


OCTOBER = [
    charge("SF1", day(2), 12_00, "B-10"),
    charge("SF2", day(31), 8_00, "B-10"),
    charge("SF3", day(1, 11), 3_00, "B-10"),
]
NOVEMBER = [charge("SF4", day(31), 1_00, "B-11"), charge("SF5", day(5, 11), 5_00, "B-11")]
PAID = [moved("P1", "ap_courier", day(20), 10_00, party="sf")]
NEXT_CLOSE = day(30, 11)


@pytest.mark.parametrize(
    ("read_again", "paid"),
    [([], []), (OCTOBER, PAID), (OCTOBER[::-1], []), ([], PAID)],
    ids=["nothing", "all of it", "the bill, in another order", "the payment"],
)
def test_what_couriers_are_owed_goes_on_from_the_month_before_whatever_is_read_again(read_again, paid):
    """A late line of October's last day on November's bill counts, and October's line of November counts in November."""
    before = Subledgers.courier_movements(OCTOBER, as_of=CLOSE, paid=PAID)

    found = Subledgers.courier_payables([*read_again, *NOVEMBER], as_of=NEXT_CLOSE, paid=paid, before=before)

    assert [("sf", "ap_courier", "-10.00")] == amounts(Subledgers.courier_payables(OCTOBER, as_of=CLOSE, paid=PAID))
    assert [("sf", "ap_courier", "-19.00")] == amounts(found)


@pytest.mark.parametrize(
    ("again", "owed"),
    [
        ([OCTOBER[0]], "-12.00"),  # its last two days are empty now
        (OCTOBER[1:], "-11.00"),  # its first day is
        ([charge("SF1", day(3), 12_00, "B-10"), *OCTOBER[1:]], "-23.00"),  # a line stood on the wrong day
        ([charge("SF1", None, 12_00, "B-10")], "-12.00"),  # nothing is dated any more
        ([attrs.evolve(OCTOBER[0], amount=Money("12.00", "HKD"))], "-12.00"),
    ],
    ids=["the end", "the begin", "another day", "no days", "another currency"],
)
def test_a_corrected_bill_takes_the_place_of_all_that_was_said_of_it(again, owed):
    """What stood on a day that the correction leaves empty is owed no longer, and that for good."""
    before = Subledgers.courier_movements(OCTOBER, as_of=CLOSE)

    corrected = Subledgers.courier_movements(again, as_of=NEXT_CLOSE, before=before)

    assert [owed] == [
        line[2] for line in amounts(Subledgers.courier_payables(None, as_of=NEXT_CLOSE, before=corrected))
    ]
    assert {one.movement_id for one in Subledgers.courier_movements(again, as_of=NEXT_CLOSE)} == {
        one.movement_id for one in corrected
    }


def test_a_number_that_stands_on_the_bills_of_many_months_goes_on():
    """Where most days of what is read come after the last one of before, it is another bill of the same number."""
    before = Subledgers.courier_movements([charge("SF1", day(2), 12_00, "8000")], as_of=CLOSE)
    later = [charge("SF1", day(2), 12_00, "8000"), *(charge(f"SF{n}", day(n, 11), 1_00, "8000") for n in (3, 4))]

    for read in (later, later[1:]):
        found = Subledgers.courier_payables(read, as_of=NEXT_CLOSE, before=before)
        assert [("sf", "ap_courier", "-14.00")] == amounts(found)


def test_another_courier_and_another_book_may_have_a_bill_of_the_same_number():
    before = Subledgers.courier_movements(OCTOBER, as_of=CLOSE)
    others = [attrs.evolve(OCTOBER[0], carrier="zto"), attrs.evolve(OCTOBER[1], book_id="other")]

    found = Subledgers.courier_payables(others, as_of=NEXT_CLOSE, before=before)

    assert {("sf", "-23.00"), ("zto", "-12.00"), ("sf", "-8.00")} == {(one[0], one[2]) for one in amounts(found)}


def test_a_month_without_bills_ends_as_the_one_before():
    before = Subledgers.courier_movements(OCTOBER, as_of=CLOSE, paid=PAID)

    assert [("sf", "ap_courier", "-13.00")] == amounts(
        Subledgers.courier_payables(None, as_of=NEXT_CLOSE, before=before)
    )


def test_what_was_owed_before_the_first_close_is_given_once_and_goes_on():
    owed = [moved("opening sf", "ap_courier", day(30, 9), -50_00, party="sf")]
    first = Subledgers.courier_movements(OCTOBER, as_of=CLOSE, paid=owed)

    assert [("sf", "ap_courier", "-70.00")] == amounts(Subledgers.courier_payables(None, as_of=CLOSE, before=first))
    assert [("sf", "ap_courier", "-79.00")] == amounts(
        Subledgers.courier_payables(NOVEMBER, as_of=NEXT_CLOSE, before=first)
    )


def test_lines_of_no_bill_and_no_day_are_counted_in_the_month_that_reads_them():
    nameless = [charge(f"SF{n}", None, 100 * n, None) for n in (1, 2)]
    before = Subledgers.courier_movements(nameless[:1], as_of=CLOSE)

    assert [("sf", "ap_courier", "-1.00")] == amounts(Subledgers.courier_payables(None, as_of=CLOSE, before=before))
    assert [("sf", "ap_courier", "-3.00")] == amounts(
        Subledgers.courier_payables(nameless[1:], as_of=NEXT_CLOSE, before=before)
    )


def test_a_stock_goes_on_from_the_month_before_where_its_records_begin_after_it():
    moves = [stock("M1", 100, "80.00", day(1)), stock("M2", -2, "80.00", day(20)), stock("M3", 5, "80.00", day(2, 11))]
    before = Subledgers.stocks(moves, as_of=CLOSE)

    for later in (moves[2:], moves):
        found = Subledgers.stocks(later, as_of=NEXT_CLOSE, before=before)
        assert [("W1", "inventory", "8240.00")] == amounts(found)
    assert [("W1", "inventory", "7840.00")] == amounts(Subledgers.stocks(None, as_of=NEXT_CLOSE, before=before))


def test_a_bill_that_is_read_again_in_another_currency_takes_the_place_of_what_it_said():
    before = Subledgers.courier_movements([charge("SF1", day(2), 12_00, "B-10")], as_of=CLOSE)
    again = attrs.evolve(charge("SF1", day(2), 12_00, "B-10"), amount=Money("12.00", "HKD"))

    found = Subledgers.courier_payables([again], as_of=NEXT_CLOSE, before=before)

    assert [Money("-12.00", "HKD")] == [one.amount for one in found]


def test_movements_that_reach_back_take_the_place_of_the_stock_of_their_own_warehouse_only():
    first = [stock("M1", 100, "80.00", day(1)), attrs.evolve(stock("M2", 10, "80.00", day(2)), warehouse="W2")]
    before = Subledgers.stocks(first, as_of=CLOSE)
    new_house = attrs.evolve(stock("M3", 3, "80.00", day(31)), warehouse="W3")

    found = Subledgers.stocks([stock("M4", 5, "80.00", day(2, 11)), new_house], as_of=NEXT_CLOSE, before=before)

    assert [Decimal(8400), Decimal(800), Decimal(240)] == [one.amount.amount for one in found]


def test_receivables_are_what_is_open_of_orders():
    order = Order(
        platform="tmall",
        shop_id="s",
        platform_order_id="1",
        currency="CNY",
        status="completed",
        paid_at=at(day(1)),
        completed_at=at(day(5)),
        lines=[OrderLine(sku="A", quantity=Decimal(1), unit_price=yuan(190_00))],
    )
    line = SettlementLine(
        platform="tmall",
        shop_id="s",
        line_id="1",
        type="sale",
        platform_order_id="1",
        amount=yuan(100_00),
        posted_at=at(day(6)),
    )
    outcome = SettlementLeaf(as_of=CLOSE).run(orders=[order], lines=[line])

    assert [("s", "ar_platform", "90.00")] == amounts(Subledgers.receivables(outcome, as_of=CLOSE))
    with pytest.raises(InputError, match="an outcome of settlement is needed, got ledger_tieout"):
        Subledgers.receivables(LedgerTieout().run(subledgers=[], balances=[]), as_of=CLOSE)


def test_what_is_settled_of_an_order_that_is_not_sold_yet_is_owed_to_the_platform():
    orders = [
        Order(
            platform="tmall",
            shop_id="s",
            platform_order_id=number,
            currency="CNY",
            status="paid",
            paid_at=at(day(30)),
            lines=[OrderLine(sku="A", quantity=Decimal(1), unit_price=yuan(190_00))],
        )
        for number in ("1", "2")
    ]
    line = SettlementLine(
        platform="tmall",
        shop_id="s",
        line_id="1",
        type="sale",
        platform_order_id="1",
        amount=yuan(100_00),
        posted_at=at(day(31)),
    )
    outcome = SettlementLeaf(as_of=CLOSE).run(orders=orders, lines=[line])

    assert [("s", "ar_platform", "280.00")] == amounts(Subledgers.receivables(outcome, as_of=CLOSE))
    booked_on_shipment = Subledgers.receivables(outcome, as_of=CLOSE, unsold=("created", "paid"))
    assert [("s", "ar_platform", "-100.00")] == amounts(booked_on_shipment)


def test_the_reserve_is_that_of_the_last_settlement():
    held = [
        Settlement(
            settlement_id=number,
            platform="amazon",
            shop_id="s",
            period_end=at(on),
            currency="CNY",
            reserve_current=yuan(minor),
        )
        for number, on, minor in (("1", day(10), 50_00), ("2", day(24), 70_00), ("3", day(7, 11), 90_00))
    ]

    assert [("s", "reserve_held", "70.00")] == amounts(Subledgers.reserves(held, as_of=CLOSE))


def test_balances_follow_from_vouchers():
    journal = [
        posted("V1", "1012", day(30, 9), 1_00),
        LedgerLine(voucher_id="V2", line_no=1, date=day(5), account="1012", debit=yuan(30_00), amount=yuan(30_00)),
        LedgerLine(voucher_id="V3", line_no=1, date=day(6), account="1012", credit=yuan(10_00), amount=yuan(-10_00)),
        posted("V4", "1012", day(1, 11), 5_00),
    ]
    (made,) = Subledgers.accounts(
        journal, as_of=CLOSE, before=[balance("1012", 100_00, as_of=day(30, 9)), balance("1012", 0, as_of=day(31, 8))]
    )

    assert ("120.00", "100.00", "30.00", "10.00") == tuple(
        str(value.amount) for value in (made.amount, made.opening, made.debit, made.credit)
    )
    assert [] == found(
        LedgerTieout(accounts={"1012": "wallet"}).run(subledgers=[ledger("wallet", 120_00)], balances=[made])
    )


FIRST = day(1)


def sale(number, minor, *, on=FIRST, status="completed", shop="s"):
    return Order(
        platform="tmall",
        shop_id=shop,
        platform_order_id=number,
        currency="CNY",
        status=status,
        paid_at=at(on),
        lines=[OrderLine(sku="A", quantity=Decimal(1), unit_price=yuan(minor))],
    )


def test_sales_are_compared_in_three_columns_by_shop_and_day():
    """`domain.md` C27."""
    platform = [sale("1", 190_00), sale("2", 60_00), sale("3", 10_00, on=day(2)), sale("4", 5_00, status="closed")]
    erp = [sale("1", 190_00), sale("2", 50_00), sale("2", 50_00)]
    shop = {"shop": "s", "platform": "tmall"}
    journal = [
        posted("V", "5001", day(1), -168_14, aux=shop),
        posted("V", "2221.01.01", day(1), -21_86, line=2, aux=shop),
        posted("V", "1122", day(1), 190_00, line=3, aux=shop),
        posted("W", "5001", day(9), -10_00, aux=shop, business_date=day(2)),
    ]
    leaf = LedgerTieout(accounts={"5001": "revenue", "2221.01.01": "vat_output", "1122": "ar_platform"})
    table = leaf.sales(platform=platform, erp=erp, journal=journal)

    assert [
        (day(1), 250_00, 240_00, 190_00, -10_00, -60_00, -50_00),
        (day(2), 10_00, 0, 10_00, -10_00, 0, 10_00),
    ] == table.drop("book_id", "platform", "shop_id", "currency").rows()


def test_sales_without_anything_are_nothing():
    assert 0 == LedgerTieout().sales().height


def test_a_balance_that_may_be_of_two_places_is_tied_to_neither():
    accounts = [LedgerAccount(account="1405", role="inventory", warehouse=name) for name in ("W1", "W2")]
    outcome = LedgerTieout(accounts=accounts).run(
        subledgers=[ledger("inventory", 40_00, warehouse="W1")], balances=[balance("1405", 40_00)]
    )

    assert [("ledger.account_missing", "-40.00")] == found(outcome)


def test_our_own_vouchers_are_lines_of_the_books():
    voucher = Voucher(
        voucher_id="V1",
        book_id="b",
        period="2026-10",
        word="记",
        number=7,
        date=day(9),
        lines=(
            JournalLine(line_no=1, summary="wallet", account="1012", debit=yuan(178_86), aux={"party": "alipay"}),
            JournalLine(line_no=2, summary="platform", account="1122", credit=yuan(178_86)),
        ),
    )
    lines = Subledgers.journal([voucher])
    made = Subledgers.accounts(lines, as_of=CLOSE)

    assert [("1012", 7, "178.86"), ("1122", 7, "-178.86")] == [
        (line.account, line.number, str(line.amount.amount)) for line in lines
    ]
    assert [("b", "1012", "178.86"), ("b", "1122", "-178.86")] == [
        (one.book_id, one.account, str(one.amount.amount)) for one in made
    ]
    assert 0 == len(Subledgers.journal([]))
