"""Tryton without Tryton: what is asked and what is sent, held against a small stand-in. `tests/heavy` has the real one."""

import json
import os
import sys
import xmlrpc.client
from datetime import date
from decimal import Decimal
from pathlib import Path

import attrs
import pytest
from moneyed import Money

from tieout import ledgers
from tieout.errors import LedgerError, MissingExtra
from tieout.ledgers.tryton import Tryton

OPERATORS = {
    "=": lambda have, want: have == want,
    "in": lambda have, want: have in want,
    "<=": lambda have, want: have <= want,
    ">=": lambda have, want: have >= want,
    "like": lambda have, want: have.endswith(want[1:]),
}


def fits(row, domain):
    """Whether a row fits a domain of Tryton."""
    if domain and domain[0] == "OR":
        return any(fits(row, [clause]) for clause in domain[1:])
    return all(
        fits(row, clause) if isinstance(clause, list) else OPERATORS[clause[1]](row.get(clause[0]), clause[2])
        for clause in domain
    )


class StandIn:
    """A Tryton of dicts that knows the accounts it is given; `asked` lists the calls."""

    def __init__(self, codes, *, party_required=(), currency="CNY"):
        account = {
            "company": 1,
            "type": 1,
            "closed": False,
            "second_currency.": None,
            "start_date": None,
            "end_date": None,
        }
        self.context = {"company": 9}
        self.asked = []
        self.rows = {
            "company.company": [{"id": 1, "rec_name": "Shop", "currency.": {"code": currency}}],
            "account.journal": [{"id": 5, "code": "MISC", "name": "Miscellaneous"}],
            "account.account": [
                {"id": 100 + at, "code": code, "party_required": code in party_required, **account}
                for at, code in enumerate(codes)
            ],
            "account.account.type": [],
            "account.period": [
                {"id": month, "company": 1, "type": "standard", "state": "open", "name": f"2026-{month}"}
                | {"start_date": date(2026, month, 1), "end_date": date(2026, month, 41 - month)}
                for month in (10, 11)
            ],
            "account.move": [],
            "currency.currency": [{"id": 7, "code": "INR"}],
            "party.party": [],
        }

    def get_proxy(self, model):
        return Model(self, model)


class Model:
    def __init__(self, server, name):
        self.server, self.name = server, name
        self.rows = server.rows[name]

    def __getattr__(self, method):
        def call(*arguments):
            *given, context = arguments
            self.server.asked.append((self.name, method, *given))
            assert context["company"] in {9, 1}
            return getattr(self, f"do_{method}")(*given)

        return call

    def do_search_read(self, domain, offset, limit, order, fields):
        return [row for row in self.rows if fits(row, domain)]

    def do_create(self, values):
        ids = []
        for given in values:
            ids.append(len(self.rows) + 1)
            kept = {"id": ids[-1], "number": None, "state": "draft", **given}
            if self.name == "account.move":
                ((_, lines),) = given["lines"]
                kept["lines."] = [self.line(line) for line in lines]
            self.rows.append(kept)
        return ids

    def line(self, line):
        by_id = {
            row["id"]: row["code"]
            for name in ("account.account", "currency.currency")
            for row in self.server.rows[name]
        }
        second = line.get("second_currency")
        return {
            **line,
            "account.": {"code": by_id[line["account"]]},
            "second_currency.": second and {"code": by_id[second]},
            "amount_second_currency": line.get("amount_second_currency"),
        }

    def do_post(self, ids):
        for number, row in enumerate((row for one in ids for row in self.rows if row["id"] == one), start=1):
            row.update(state="posted", number=str(number))

    def do_delete(self, ids):
        self.rows[:] = [row for row in self.rows if row["id"] not in ids]


@pytest.fixture
def stand_in(month):
    return StandIn(sorted({line.account for voucher in month for line in voucher.lines}))


def check_golden(name, values):
    """Compare what is sent with a golden file, or write it when TIEOUT_UPDATE_GOLDENS is set, which CI refuses."""
    shown = {date: str, Decimal: str}
    text = json.dumps(
        values, ensure_ascii=False, indent=1, sort_keys=True, default=lambda value: shown[type(value)](value)
    )
    path = Path(__file__).parents[1] / "golden" / "ledgers" / "tryton" / name
    if os.environ.get("TIEOUT_UPDATE_GOLDENS"):
        assert not os.environ.get("CI"), "goldens are never updated by CI"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n", encoding="utf-8")
    assert path.read_text(encoding="utf-8") == f"{text}\n"


def created(server):
    return [
        values
        for model, method, *given in server.asked
        if (model, method) == ("account.move", "create")
        for values in given[0]
    ]


def test_a_month_is_sent_as_in_the_golden_file(month, book, stand_in):
    report = ledgers.send(month, ledger=Tryton(config=stand_in), book=book)

    check_golden("courier_month.json", created(stand_in))
    assert ["move 1", "move 2", "move 3", "move 4", "move 5"] == [item.reference for item in report.sent]


def test_hostile_texts_are_sent_as_in_the_golden_file(hostile, book):
    server = StandIn(["1002", "2202.01"], party_required=["1002"])

    ledgers.send([hostile], ledger=Tryton(config=server, create_parties=True), book=book)

    check_golden("hostile.json", [*server.rows["party.party"], *created(server)])


def test_a_month_that_is_there_is_only_looked_for(month, book, stand_in):
    gateway = Tryton(config=stand_in)
    first = ledgers.send(month, ledger=gateway, book=book)
    stand_in.asked.clear()

    again = ledgers.send(reversed(month), ledger=gateway, book=book)

    assert [item.reference for item in first.sent] == [item.reference for item in again.present]
    assert {"search_read"} == {method for _, method, *_ in stand_in.asked}


def test_a_voucher_with_other_figures_is_refused(month, book, stand_in):
    gateway = Tryton(config=stand_in)
    ledgers.send(month, ledger=gateway, book=book)
    (first, *_, last) = month[0].lines
    one = Money("0.01", "CNY")
    others = (
        attrs.evolve(first, debit=first.debit + one),
        *month[0].lines[1:-1],
        attrs.evolve(last, credit=last.credit + one),
    )

    with pytest.raises(LedgerError, match=r"another day or other figures: 2026-10 记-1 \(move 1\)"):
        ledgers.send([attrs.evolve(month[0], lines=others)], ledger=gateway, book=book)


def test_drafts_of_a_sending_that_cannot_be_posted_are_deleted(month, book, stand_in):
    refusal = xmlrpc.client.Fault(1, "Nothing is posted on Sundays.")

    class Refusing(Model):
        def do_post(self, ids):
            raise refusal

    stand_in.get_proxy = lambda model: Refusing(stand_in, model)

    with pytest.raises(LedgerError, match=r"Nothing is posted on Sundays\.; nothing was sent"):
        ledgers.send(month, ledger=Tryton(config=stand_in), book=book)

    assert 5 == len(created(stand_in))
    assert [] == stand_in.rows["account.move"]


def test_a_draft_that_is_there_is_posted_in_its_turn(month, book, stand_in):
    gateway = Tryton(config=stand_in)
    ledgers.send(month[2:3], ledger=attrs.evolve(gateway, post=False), book=book)

    report = ledgers.send(month, ledger=gateway, book=book)

    assert ["move 1", "move 2", "move 3", "move 4", "move 5"] == [item.reference for item in report.vouchers]
    assert [month[2].voucher_id] == [item.voucher_id for item in report.present]


def test_a_move_that_cancels_another_is_not_taken_for_it(month, book, stand_in):
    gateway = Tryton(config=stand_in)
    ledgers.send(month, ledger=gateway, book=book)
    moves = stand_in.rows["account.move"]
    moves.append({**moves[0], "id": 99, "origin": "account.move,1", "number": "99"})

    assert "move 1" == ledgers.send(month, ledger=gateway, book=book).present[0].reference
    moves[-1]["origin"] = None
    with pytest.raises(LedgerError, match="is there more than once: move 1, move 99"):
        ledgers.send(month, ledger=gateway, book=book)


def test_pieces_that_tryton_does_not_hold_are_noted(month, book, stand_in):
    lines = (attrs.evolve(month[0].lines[0], quantity=Decimal(2)), *month[0].lines[1:])

    report = ledgers.send([attrs.evolve(month[0], lines=lines)], ledger=Tryton(config=stand_in), book=book)

    assert ("quantities and unit prices of 1 lines are not sent",) == report.notes


def test_accounts_are_opened_of_the_type_that_the_book_gives_them(month, book):
    server = StandIn(["1002"])
    gateway = Tryton(config=server, accounts={"5601.05": "F"})

    opened = gateway.create_accounts(month, book=book)

    types = {row["id"]: row["name"] for row in server.rows["account.account.type"]}
    accounts = {row["code"]: (row["name"], types[row["type"]]) for row in server.rows["account.account"][1:]}
    assert opened == tuple(accounts)
    assert ("销售费用-运费", "费用 Expenses") == accounts["F"]
    assert ("应付账款-快递", "负债 Liabilities") == accounts["2202.01"]
    assert () == gateway.create_accounts(month, book=book)


def test_a_move_whose_lines_take_only_another_currency_is_refused(month, book, stand_in):
    stand_in.rows["account.account"][0] |= {"second_currency.": {"code": "USD"}}

    with pytest.raises(LedgerError, match=r"account 1002 takes only USD, a line is in the book currency"):
        ledgers.send(month, ledger=Tryton(config=stand_in), book=book)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"closed": True}, "closed accounts, or accounts that only have others below them: 1002"),
        ({"type": None}, "closed accounts, or accounts that only have others below them: 1002"),
        ({"code": "2202.01"}, "no account 1002; several accounts with code 2202.01"),
        ({"start_date": date(2027, 1, 1)}, "account 1002 is open from 2027-01-01 to ever, needed for 2026-10-25"),
    ],
)
def test_an_account_that_takes_no_lines_is_refused(month, book, stand_in, change, told):
    stand_in.rows["account.account"][0] |= change

    with pytest.raises(LedgerError, match=f"Tryton cannot take the vouchers: {told}"):
        ledgers.send(month, ledger=Tryton(config=stand_in), book=book)


def test_two_parties_of_one_name_are_not_chosen_from(month, book):
    codes = {line.account for voucher in month for line in voucher.lines}
    server = StandIn(sorted(codes), party_required=["2202.01"])
    server.rows["party.party"] = [
        {"id": at, "name": name, "code": str(at)} for at, name in enumerate(["sf_express"] * 2)
    ]

    with pytest.raises(LedgerError, match="several parties named sf_express; no party delhivery"):
        ledgers.send(month, ledger=Tryton(config=server), book=book)


def test_vouchers_that_take_each_other_back_are_sent_nevertheless(month, book, stand_in):
    one, two = (attrs.evolve(month[at], reversal_of=month[1 - at].voucher_id) for at in (0, 1))

    assert 2 == len(ledgers.send([one, two], ledger=Tryton(config=stand_in), book=book).sent)


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (xmlrpc.client.Fault(1, "You are not allowed. - "), "You are not allowed."),
        (
            xmlrpc.client.ProtocolError("me:secret@host/books/", 401, "UNAUTHORIZED", {}),
            "the server answers 401 UNAUTHORIZED",
        ),
        (xmlrpc.client.ProtocolError("me:secret@host/books/", 404, "", {}), "the server answers 404"),
        (TimeoutError("timed out"), "TimeoutError: timed out"),
    ],
)
def test_a_refusal_is_told_without_addresses(month, book, failure, told):
    import traceback

    class Refusing(StandIn):
        def get_proxy(self, model):
            raise failure

    with pytest.raises(LedgerError) as refused:
        ledgers.send(month, ledger=Tryton(config=Refusing([])), book=book)

    assert told == refused.value.problem
    assert "tryton: company.company.search_read" == refused.value.where
    assert "secret" not in "".join(traceback.format_exception(refused.value))


def test_the_configuration_is_never_shown():
    assert "secret" not in repr(Tryton(config="https://me:secret@host/books/rpc/"))


def test_without_proteus_the_extra_is_named(month, book, monkeypatch):
    monkeypatch.setitem(sys.modules, "proteus", None)

    with pytest.raises(
        MissingExtra, match=r"sending vouchers to Tryton needs proteus\nHint: pip install 'tieout\[tryton\]'"
    ):
        ledgers.send(month, ledger="tryton", book=book)
