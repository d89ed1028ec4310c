"""A real Tryton server receives a month of vouchers, and its own trial balance is ours."""

import io
import os
import re
import subprocess
import sys
import zipfile
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import attrs
import pytest
from hypothesis import Phase, given, settings
from lxml import etree
from moneyed import Money

from posting_events import events
from tieout import ledgers
from tieout.errors import LedgerError
from tieout.ledgers.tryton import Tryton
from tieout.model import JournalLine, Voucher
from tieout.posting import Book, event_kinds, number_vouchers, post, reverse, trial_balance

for name in ("proteus", "trytond", "trytond.modules.account"):
    pytest.importorskip(name, reason=f"{name} is not installed: pip install '.[heavy]'")

EXAMPLE = Path(__file__).parents[2] / "examples" / "embed_in_tryton.py"
HOSTILE = "=cmd|' /C calc'!A0, \"quoted\" <b>&amp;</b> back\\slash\r\nline\x00\x1b[31m\u202e\u2028\ufffe %_ “中文”"


def address_name_password(address):
    """An address without name and password, and these."""
    scheme, name, password, place = re.fullmatch(r"(https?://)(\w+):([^@]+)@(.+)", address).groups()
    return scheme + place, name, password


@pytest.fixture(scope="session")
def config(tryton_address):
    """A session, which need not check the password at every call."""
    from proteus import config as proteus

    with proteus.set_xmlrpc_session(*address_name_password(tryton_address)) as session:
        yield session


@pytest.fixture(scope="session")
def book():
    return Book(
        chart="cn_small_business",
        currency="CNY",
        timezone="Asia/Shanghai",
        taxpayer="general",
        dispute_policy="pay_and_claim",
        vat="cn",
        book_id="main",
    )


def rows_of(config, model, domain, fields, **context):
    """What Tryton itself answers."""
    given = {**config.context, "company": 1, **context}
    return config.get_proxy(model).search_read(domain, 0, None, [("id", "ASC")], fields, given)


def moves_of(config, text):
    """The moves whose description holds a text, with their lines."""
    fields = ["number", "state", "date", "description", "origin", "lines.debit", "lines.credit", "lines.account.code"]
    more = ["lines.description", "lines.party.name", "lines.amount_second_currency", "lines.second_currency.code"]
    return rows_of(config, "account.move", [("description", "like", f"%{text}%")], [*fields, *more])


def voucher_of(name, *amounts, day=date(2025, 3, 31), number=1, red=False, **fields):
    """A voucher made by hand: the amounts are debits of freight against the courier."""
    sign = -1 if red else 1
    lines = [
        side
        for at, amount in enumerate(amounts)
        for side in (
            JournalLine(
                line_no=2 * at + 1,
                summary=f"运费 {name}",
                account="5601.05",
                debit=Money(sign * Decimal(amount), "CNY"),
            ),
            JournalLine(
                line_no=2 * at + 2,
                summary=f"运费 {name}",
                account="2202.01",
                credit=Money(sign * Decimal(amount), "CNY"),
                aux={"supplier": "zto"},
            ),
        )
    ]
    return Voucher(
        **{
            "voucher_id": name,
            "book_id": "main",
            "period": f"{day:%Y-%m}",
            "word": "记",
            "number": number,
            "date": day,
            "lines": tuple(lines),
            **fields,
        }
    )


class Overheard:
    """A configuration that notes what is called, and may fail before or after some method of a model."""

    def __init__(self, config, *, fail_before=(), fail_after=()):
        self.config, self.context = config, config.context
        self.fail_before, self.fail_after = fail_before, fail_after
        self.called = []

    def get_proxy(self, model):
        return Spoken(self, model)


class Spoken:
    def __init__(self, overheard, model):
        self.overheard, self.model = overheard, model

    def __getattr__(self, method):
        def call(*arguments):
            self.overheard.called.append((self.model, method))
            if method in self.overheard.fail_before:
                raise OSError("the line is dead")
            answer = getattr(self.overheard.config.get_proxy(self.model), method)(*arguments)
            if method in self.overheard.fail_after:
                raise OSError("the line is dead")
            return answer

        return call


# --- a month -------------------------------------------------------------------------------------


NOT_OF_A_GENERAL_TAXPAYER = {"vat.exempted"}
KINDS = sorted(set(event_kinds()) - NOT_OF_A_GENERAL_TAXPAYER)


def drawn(strategy, *, count):
    """What Hypothesis draws first, the same in every run."""
    found = []

    @settings(max_examples=count, derandomize=True, database=None, deadline=None, phases=[Phase.generate])
    @given(strategy)
    def note(one):
        found.append(one)

    note()
    return found


def events_of(kind):
    """Some events of a kind in three currencies, of documents of their own."""
    for at, some in enumerate(drawn(events([kind], max_size=4), count=5)):
        for event in some:
            yield attrs.evolve(event, event_id=f"{kind}:{at}:{event.event_id}", document=f"{event.document}-{at}")


@pytest.fixture(scope="session")
def month(book):
    given_events = [event for kind in KINDS for event in events_of(kind)]
    rates = {"INR": Decimal("0.0853"), "JPY": Decimal("0.0481")}
    vouchers = post(given_events, book=book, period="2026-10", rates=rates)
    assert vouchers.proof.holds
    return vouchers


@pytest.fixture(scope="session")
def sent(config, month, book):
    """The month in Tryton, and what was said of it."""
    gateway = Tryton(config=config)
    gateway.create_accounts(month, book=book)
    return ledgers.send(month, ledger=gateway, book=book)


def our_trial_balance(vouchers, book, period):
    """Our trial balance: opening, debits, credits and closing balance by account."""
    balance = trial_balance(vouchers, book=book, period=period)
    assert balance.proof.holds
    rows = {row.account: (row.opening, row.debit, row.credit, row.closing) for row in balance}
    return {code: tuple(money.amount for money in figures) for code, figures in rows.items()}


def added_up(vouchers, period):
    """Debits and credits by account, added up by hand."""
    sums = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for line in (line for voucher in vouchers if voucher.period == period for line in voucher.lines):
        sums[line.account][line.debit is None] += (line.credit if line.debit is None else line.debit).amount
    return {code: tuple(sides) for code, sides in sums.items()}


def their_trial_balance(config, period):
    """Tryton's general ledger by account, which its trial balance prints: debit, credit, and balance at the end."""
    (found,) = rows_of(config, "account.period", [("name", "=", period)], ["fiscalyear"])
    context = {
        "fiscalyear": found["fiscalyear"],
        "start_period": found["id"],
        "end_period": found["id"],
        "posted": True,
    }
    fields = ["account.code", "debit", "credit", "start_balance", "end_balance", "line_count"]
    rows = rows_of(config, "account.general_ledger.account", [], fields, **context)
    return {row["account."]["code"]: row for row in rows}, context


@pytest.mark.parametrize("period", ["2026-10", "2026-11"])
def test_tryton_s_own_trial_balance_of_a_month_is_ours_line_by_line(config, month, sent, book, period):
    rows, _ = their_trial_balance(config, period)
    figures = ("start_balance", "debit", "credit", "end_balance")
    theirs = {code: tuple(row[name] for name in figures) for code, row in rows.items()}

    assert our_trial_balance(month, book, period) == {code: row for code, row in theirs.items() if any(row)}
    assert added_up(month, period) == {
        code: (row["debit"], row["credit"]) for code, row in rows.items() if row["line_count"]
    }


def test_tryton_s_printed_trial_balance_says_the_same(config, month, sent, book):
    rows, context = their_trial_balance(config, "2026-10")
    ids = [row["id"] for row in rows.values()]
    report = config.get_proxy("account.trial_balance", type="report")
    given = {**config.context, "company": 1, **context}
    _, content, *_ = report.execute(ids, {"model": "account.general_ledger.account", "ids": ids}, given)
    head, *lines, total = cells_of(bytes(content))
    printed = {cells[0].partition(" - ")[0]: tuple(map(figure, cells[1:])) for cells in lines}

    assert ["Account", "Start Balance", "Debit", "Credit", "End Balance"] == head
    assert our_trial_balance(month, book, "2026-10") == printed
    assert tuple(map(figure, total[1:])) == tuple(map(sum, zip(*printed.values(), strict=True)))


def cells_of(content):
    """The cells of the rows of an OpenDocument text."""
    table = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
    with zipfile.ZipFile(io.BytesIO(content)) as document:
        tree = etree.fromstring(document.read("content.xml"))
    for row in tree.iter(f"{table}table-row"):
        yield ["".join(cell.itertext()).strip() for cell in row.iter(f"{table}table-cell")]


def figure(text):
    """A figure as Tryton prints it, such as `-¥1,236.58`."""
    return Decimal(text.replace("¥", "").replace(",", ""))


def test_every_voucher_is_a_posted_move_with_its_name_and_id_in_the_order_of_the_vouchers(config, month, sent):
    moves = {move["id"]: move for move in moves_of(config, "[")}
    found = [next(m for m in moves.values() if m["description"].endswith(f" [{v.voucher_id}]")) for v in month]

    assert sent.is_complete
    assert len(month) == len(sent.sent)
    assert sum(len(voucher.lines) for voucher in month) == sent.lines
    assert {"posted"} == {move["state"] for move in found}
    assert [f"move {move['number']}" for move in found] == [item.reference for item in sent.vouchers]
    assert sorted(found, key=lambda move: int(move["number"])) == found
    assert [voucher.date for voucher in month] == [move["date"] for move in found]
    for voucher, move in zip(month, found, strict=True):
        assert move["description"].startswith(f"{voucher.period} 记-{voucher.number} {voucher.lines[0].summary} [")
        assert sorted(line.summary for line in voucher.lines) == sorted(line["description"] for line in move["lines."])


def test_the_move_that_takes_an_accrual_back_names_the_accrual_as_its_origin(config, month, sent):
    (back, *_) = [voucher for voucher in month if voucher.reversal_of is not None]
    (accrual,) = moves_of(config, back.reversal_of)
    (reversal,) = moves_of(config, back.voucher_id)

    assert f"account.move,{accrual['id']}" == reversal["origin"]
    assert accrual["origin"] is None


def test_lines_in_another_currency_carry_its_amount_with_the_sign_of_the_side(config, month, sent):
    ours = sorted(
        (
            line.foreign_amount.amount if line.debit is not None else -line.foreign_amount.amount,
            line.foreign_amount.currency.code,
        )
        for voucher in month
        for line in voucher.lines
        if line.foreign_amount is not None
    )
    theirs = sorted(
        (line["amount_second_currency"], line["second_currency."]["code"])
        for move in moves_of(config, "[")
        for line in move["lines."]
        if line["second_currency."] and move["date"].year == 2026
    )

    assert ours
    assert ours == theirs


def test_sending_the_month_again_sends_nothing_and_changes_nothing(config, month, sent, book):
    before = moves_of(config, "[")
    overheard = Overheard(config)

    again = ledgers.send(month, ledger=Tryton(config=overheard), book=book)

    assert (0, 0) == (len(again.sent), again.lines)
    assert [item.reference for item in sent.vouchers] == [item.reference for item in again.present]
    assert before == moves_of(config, "[")
    assert {"search_read"} == {method for _, method in overheard.called}
    assert f"tryton: 0 vouchers, 0 lines sent; {len(month)} there already" == str(again)


# --- what is refused, and what is left then ------------------------------------------------------


@pytest.fixture
def gateway(config, sent):
    """A gateway to a company that has the accounts of the month."""
    return Tryton(config=config)


def test_a_voucher_that_is_there_with_other_figures_is_refused_and_named(config, gateway, book):
    ledgers.send([voucher_of("other-1", "5.00")], ledger=gateway, book=book)
    changed = [voucher_of("other-1", "5.01"), voucher_of("other-2", "7.00", number=2)]

    with pytest.raises(LedgerError, match=r"with another day or other figures: 2025-03 记-1 \(move \d+\)"):
        ledgers.send(changed, ledger=gateway, book=book)
    with pytest.raises(LedgerError, match="another day or other figures"):
        ledgers.send([voucher_of("other-1", "5.00", day=date(2025, 3, 30))], ledger=gateway, book=book)

    assert 1 == len(moves_of(config, "other-"))


def test_everything_that_tryton_lacks_is_said_at_once_and_nothing_is_written(config, gateway, book):
    lines = (
        JournalLine(line_no=1, summary="s", account="1403", debit=Money("2", "CNY"), foreign_amount=Money("1", "EUR")),
        JournalLine(line_no=2, summary="s", account="1012.01", credit=Money("2", "CNY")),
    )
    overheard = Overheard(config)
    lacking = [voucher_of("lack-1", "1"), voucher_of("lack-2", "2", day=date(2031, 1, 5), lines=lines)]

    with pytest.raises(LedgerError) as refused:
        ledgers.send(
            lacking,
            ledger=attrs.evolve(gateway, config=overheard, journal="GL", accounts={"1403": "99", "1012.01": "98"}),
            book=book,
        )

    assert (
        "Tryton cannot take the vouchers: no account 98 (our 1012.01), 99 (our 1403); no period for 2031-01-05; no currency EUR; "
        "no journal GL, or several; there are CASH, EXC, EXP, MISC, REV, STO"
    ) == refused.value.problem
    assert {"search_read"} == {method for _, method in overheard.called}


def test_a_closed_period_is_refused_but_what_is_in_it_is_still_found(config, gateway, book):
    first = voucher_of("closed-1", "5.00", day=date(2025, 1, 31))
    ledgers.send([first], ledger=gateway, book=book)
    (period,) = rows_of(config, "account.period", [("name", "=", "2025-01")], ["state"])
    config.get_proxy("account.period").close([period["id"]], {**config.context, "company": 1})

    again = ledgers.send([first], ledger=gateway, book=book)
    with pytest.raises(LedgerError, match="period 2025-01 is closed, needed for 2025-01-31"):
        ledgers.send([first, voucher_of("closed-2", "5.00", day=first.date, number=2)], ledger=gateway, book=book)

    assert 1 == len(again.present)


def test_an_account_is_needed_open_on_the_day_of_the_voucher_not_today(config, gateway, book):
    account = {"company": 1, "code": "5601.E", "name": "Ended", "end_date": date(2025, 5, 31)}
    (kind,) = rows_of(config, "account.account.type", [("statement", "=", "income"), ("expense", "=", True)], ["name"])
    config.get_proxy("account.account").create([{**account, "type": kind["id"]}], {**config.context, "company": 1})
    ended = attrs.evolve(gateway, accounts={"5601.05": "5601.E"})

    ledgers.send([voucher_of("ended-1", "5.00", day=date(2025, 5, 31))], ledger=ended, book=book)
    with pytest.raises(LedgerError, match=r"account 5601\.E is open from ever to 2025-05-31, needed for 2025-06-30"):
        ledgers.send([voucher_of("ended-2", "5.00", day=date(2025, 6, 30))], ledger=ended, book=book)


def test_when_tryton_refuses_one_voucher_none_of_the_sending_is_left(config, gateway, book):
    august = date(2025, 8, 31)
    ledgers.send([voucher_of("first-of-august", "1.00", day=august)], ledger=gateway, book=book)
    (month,) = rows_of(config, "account.journal.period", [("period.name", "=", "2025-08")], ["state"])
    config.get_proxy("account.journal.period").close([month["id"]], {**config.context, "company": 1})
    good = [voucher_of(f"none-{at}", "3.00", number=at, day=date(2025, 6, 30)) for at in (1, 2, 3)]
    overheard = Overheard(config)
    one_by_one = attrs.evolve(gateway, config=overheard, batch=1)

    with pytest.raises(LedgerError, match="; nothing was sent") as refused:
        ledgers.send([*good, voucher_of("none-9", "4.00", number=9, day=august)], ledger=one_by_one, book=book)

    assert "tryton: account.move.create" == refused.value.where
    assert 4 == overheard.called.count(("account.move", "create"))
    assert [] == moves_of(config, "none-")


def test_a_line_that_dies_before_posting_leaves_no_draft(config, gateway, book):
    dead = attrs.evolve(gateway, config=Overheard(config, fail_before=("post",)))

    with pytest.raises(LedgerError, match="OSError: the line is dead; nothing was sent"):
        ledgers.send([voucher_of("dead-1", "5.00")], ledger=dead, book=book)

    assert [] == moves_of(config, "dead-1")


def test_a_line_that_dies_behind_a_posting_says_what_is_posted_and_sending_again_finds_it(config, gateway, book):
    voucher = voucher_of("late-1", "5.00")
    dead = attrs.evolve(gateway, config=Overheard(config, fail_after=("post",)))

    with pytest.raises(LedgerError, match=r"the line is dead; Tryton has posted \[late-1\] \(move \d+\)"):
        ledgers.send([voucher], ledger=dead, book=book)
    again = ledgers.send([voucher], ledger=gateway, book=book)

    assert ["late-1"] == [item.voucher_id for item in again.present]
    assert 1 == len(moves_of(config, "late-1"))


def test_a_line_that_stays_dead_leaves_drafts_that_the_next_sending_posts(config, gateway, book):
    voucher = voucher_of("stay-1", "5.00")
    dead = attrs.evolve(gateway, config=Overheard(config, fail_before=("post", "delete")))

    with pytest.raises(LedgerError, match="it is not known what Tryton has of these vouchers now"):
        ledgers.send([voucher], ledger=dead, book=book)
    assert ["draft"] == [move["state"] for move in moves_of(config, "stay-1")]
    again = ledgers.send([voucher], ledger=gateway, book=book)

    assert ["posted"] == [move["state"] for move in moves_of(config, "stay-1")]
    assert [] == list(again.sent)
    assert again.present[0].reference.startswith("move ")


def test_a_dead_answer_of_creating_leaves_no_draft(config, gateway, book):
    dead = attrs.evolve(gateway, config=Overheard(config, fail_after=("create",)))

    with pytest.raises(LedgerError, match="the line is dead; nothing was sent"):
        ledgers.send([voucher_of("mute-1", "5.00")], ledger=dead, book=book)

    assert [] == moves_of(config, "mute-1")


# --- options -------------------------------------------------------------------------------------


def test_without_posting_the_moves_stay_drafts_until_they_are_sent_with_it(config, gateway, book):
    vouchers = [voucher_of(f"draft-{at}", "5.00", number=at) for at in (1, 2)]

    first = ledgers.send(vouchers, ledger=attrs.evolve(gateway, post=False), book=book)
    assert {"draft"} == {move["state"] for move in moves_of(config, "draft-")}
    second = ledgers.send(vouchers, ledger=gateway, book=book)

    assert all(item.reference.startswith("draft ") for item in first.sent)
    assert {"posted"} == {move["state"] for move in moves_of(config, "draft-")}
    assert 2 == len(second.present)


@pytest.mark.parametrize(
    ("style", "sides"), [("red_negative", (Decimal("-3.30"), 0)), ("swap_sides", (0, Decimal("3.30")))]
)
def test_red_figures_stay_red_or_change_sides_as_the_style_says(config, gateway, book, style, sides):
    voucher = voucher_of(f"style-{style}", "3.30", red=True)

    ledgers.send([voucher], ledger=attrs.evolve(gateway, reversal_style=style), book=book)

    (move,) = moves_of(config, voucher.voucher_id)
    assert sides in {
        (line["debit"], line["credit"]) for line in move["lines."] if line["account."]["code"] == "5601.05"
    }


def test_our_codes_go_to_the_accounts_of_tryton_that_they_are_mapped_to(config, gateway, book):
    mapped = attrs.evolve(gateway, accounts={"5601.05": "5601.07"})
    voucher = voucher_of("mapped-1", "5.00")

    ledgers.send([voucher], ledger=mapped, book=book)

    (move,) = moves_of(config, "mapped-1")
    assert {"5601.07", "2202.01"} == {line["account."]["code"] for line in move["lines."]}
    assert 1 == len(ledgers.send([voucher], ledger=mapped, book=book).present)
    with pytest.raises(LedgerError, match="other figures"):
        ledgers.send([voucher], ledger=gateway, book=book)


def test_an_account_that_requires_a_party_gets_it_from_the_dimension_and_creates_it_only_when_told(
    config, gateway, book
):
    payable = {"company": 1, "name": "Payable to parties", "statement": "balance", "assets": False, "payable": True}
    context = {**config.context, "company": 1}
    (kind,) = config.get_proxy("account.account.type").create([payable], context)
    account = {"company": 1, "code": "2202.P", "name": "Payable", "type": kind, "party_required": True}
    config.get_proxy("account.account").create([account], context)
    mapped = attrs.evolve(gateway, accounts={"2202.01": "2202.P"}, parties={"zto": "中通快递"})
    voucher = voucher_of("party-1", "5.00")

    with pytest.raises(LedgerError, match="no party 中通快递"):
        ledgers.send([voucher], ledger=mapped, book=book)
    refused = attrs.evolve(mapped, create_parties=True, config=Overheard(config, fail_before=("post",)))
    with pytest.raises(LedgerError, match="nothing was sent"):
        ledgers.send([voucher], ledger=refused, book=book)
    assert [] == rows_of(config, "party.party", [("name", "=", "中通快递")], ["name"])
    ledgers.send([voucher], ledger=attrs.evolve(mapped, create_parties=True), book=book)
    ledgers.send([voucher_of("party-2", "6.00", number=2)], ledger=mapped, book=book)
    unnamed = tuple(attrs.evolve(line, aux={}) for line in voucher.lines)
    with pytest.raises(
        LedgerError, match=r"account 2202\.01 requires a party, and a line names none of customer, supplier"
    ):
        ledgers.send([voucher_of("party-3", number=3, lines=unnamed)], ledger=mapped, book=book)

    parties = [
        line["party."] and line["party."]["name"] for move in moves_of(config, "party-") for line in move["lines."]
    ]
    assert 2 == parties.count("中通快递")
    assert 1 == len(rows_of(config, "party.party", [("name", "=", "中通快递")], ["name"]))


def test_accounts_are_opened_once_with_the_book_s_names_and_types(config, gateway, month, book):
    assert () == gateway.create_accounts(month, book=book)

    fields = ["name", "type.name", "type.statement"]
    (freight,) = rows_of(config, "account.account", [("code", "=", "5601.05")], fields)
    assert ("销售费用-运费", "费用 Expenses", "income") == (
        freight["name"],
        *(freight["type."][key] for key in ("name", "statement")),
    )


# --- texts, sums, other doings in Tryton ---------------------------------------------------------


def test_hostile_texts_and_large_sums_arrive_as_they_are_but_on_one_line(config, gateway, book):
    lines = (
        JournalLine(line_no=1, summary=HOSTILE, account="5601.05", debit=Money("1E+12", "CNY")),
        JournalLine(line_no=2, summary="+1+1", account="2202.01", credit=Money("1000000000000.00", "CNY")),
    )
    voucher = voucher_of("@%_=\\'id", lines=lines)

    ledgers.send([voucher], ledger=gateway, book=book)
    again = ledgers.send([voucher], ledger=gateway, book=book)

    (move,) = [move for move in moves_of(config, "[@") if move["description"].endswith(" [@%_=\\'id]")]
    assert 1 == len(again.present)
    assert {Decimal("1E+12"), Decimal(0)} == {line["debit"] for line in move["lines."]}
    (text,) = [line["description"] for line in move["lines."] if line["debit"]]
    assert "=cmd|' /C calc'!A0, \"quoted\" <b>&amp;</b> back\\slash line [31m %_ “中文”" == text


def test_an_id_that_cannot_be_searched_for_is_refused(gateway, book):
    with pytest.raises(LedgerError, match="the id 'a b' has spaces or characters that Tryton cannot find"):
        ledgers.send([voucher_of("a b", "1.00")], ledger=gateway, book=book)


def test_sheets_of_one_voucher_are_moves_of_their_own(config, gateway, book):
    sheets = [voucher_of("sheet-1", "5.00", part=part, parts=2) for part in (1, 2)]

    ledgers.send(sheets, ledger=gateway, book=book)

    assert ["[sheet-1 1/2]", "[sheet-1 2/2]"] == sorted(
        "[" + m["description"].partition("[")[2] for m in moves_of(config, "sheet-1")
    )
    assert 2 == len(ledgers.send(sheets, ledger=gateway, book=book).present)


def test_a_move_that_was_cancelled_in_tryton_is_not_sent_again(config, gateway, book):
    from proteus import Model, Wizard

    voucher = voucher_of("cancel-1", "5.00")
    ledgers.send([voucher], ledger=gateway, book=book)
    (move,) = moves_of(config, "cancel-1")
    with config.set_context(company=1):
        wizard = Wizard("account.move.cancel", [Model.get("account.move", config=config)(move["id"])], config=config)
        wizard.execute("cancel")

    again = ledgers.send([voucher], ledger=gateway, book=book)

    assert 2 == len(moves_of(config, "cancel-1"))
    assert [f"move {move['number']}"] == [item.reference for item in again.present]


def test_a_move_that_was_copied_in_tryton_is_not_taken_for_the_voucher(config, gateway, book):
    voucher = voucher_of("copy-1", "5.00")
    ledgers.send([voucher], ledger=gateway, book=book)
    (move,) = moves_of(config, "copy-1")
    config.get_proxy("account.move").copy([move["id"]], {**config.context, "company": 1})

    with pytest.raises(LedgerError, match=r"voucher \[copy-1\] is there more than once: move \d+, draft \d+"):
        ledgers.send([voucher], ledger=gateway, book=book)


def test_a_reversal_sent_later_names_what_it_takes_back(config, gateway, book):
    voucher = voucher_of("back-1", "5.00")
    ledgers.send([voucher], ledger=gateway, book=book)
    (back,) = number_vouchers([reverse(voucher, style="red_negative", date=date(2025, 4, 1))], posted=[voucher])

    ledgers.send([back], ledger=gateway, book=book)

    (first,) = moves_of(config, "back-1")
    (second,) = moves_of(config, back.voucher_id)
    assert f"account.move,{first['id']}" == second["origin"]


# --- connections ---------------------------------------------------------------------------------


def test_a_book_in_another_currency_than_the_company_is_refused(gateway, book):
    dollars = attrs.evolve(book, currency="USD")

    with pytest.raises(LedgerError, match="the company keeps its books in CNY, the book is in USD"):
        ledgers.send([], ledger=gateway, book=dollars)


def test_a_company_that_the_user_has_not_is_refused(gateway, book):
    with pytest.raises(LedgerError, match="there is no company 'Other'; the user has Tie Out Trading"):
        ledgers.send([], ledger=attrs.evolve(gateway, company="Other"), book=book)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("admin:", "admin:not"), "the server answers 401"),
        (("/books/rpc/", "/books/"), "the server answers 405"),
        (("@127.0.0.1:", "@127.0.0.1:x"), "the server cannot be asked: InvalidURL"),
    ],
)
def test_an_address_that_does_not_work_is_refused_without_saying_the_password(tryton_address, book, change, told):
    _, _, password = address_name_password(tryton_address)
    address = tryton_address.replace(*change)

    with pytest.raises(LedgerError, match=told) as refused:
        ledgers.send([], ledger=Tryton(config=address), book=book)

    assert password not in f"{refused.value!r} {refused.value} {Tryton(config=address)!r}"


def test_without_a_configuration_proteus_is_asked_which_it_uses(tryton_address, book, monkeypatch):
    from proteus import config as proteus

    monkeypatch.setattr(proteus._CONFIG, "current", None)
    with pytest.raises(LedgerError, match="no server is named"):
        ledgers.send([], ledger="tryton", book=book)
    proteus.set_xmlrpc(tryton_address)

    assert "tryton: 0 vouchers, 0 lines sent; 0 there already" == str(ledgers.send([], ledger="tryton", book=book))


IN_PROCESS = """
import sys
from datetime import date
from pathlib import Path
sys.path[:0] = sys.argv[2:]
from test_tryton import voucher_of
from tieout import ledgers
from tieout.ledgers.tryton import Tryton
from tieout.posting import Book
import trytond.config
trytond.config.update_etc(sys.argv[1])
book = Book(chart="cn_small_business", currency="CNY", timezone="Asia/Shanghai", taxpayer="general", book_id="main")
gateway = Tryton(config="sqlite:///books")
print(ledgers.send([voucher_of("inside-1", "5.00"), voucher_of("inside-2", "5.00", number=2)], ledger=gateway, book=book))
print(ledgers.send([voucher_of("inside-1", "5.00")], ledger=gateway, book=book))
try:
    ledgers.send([voucher_of("inside-1", "5.01")], ledger=gateway, book=book)
except Exception as error:
    print(type(error).__name__)
"""


def test_a_database_with_trytond_in_this_process_does_as_well(config, gateway, tryton_folder):
    here = Path(__file__).parent
    program = [sys.executable, "-c", IN_PROCESS, str(tryton_folder / "trytond.conf"), str(here), str(here.parent)]

    told = subprocess.run(program, capture_output=True, text=True, check=False)

    assert (0, "") == (told.returncode, told.stderr)
    assert [
        "tryton: 2 vouchers, 4 lines sent; 0 there already",
        "tryton: 0 vouchers, 0 lines sent; 1 there already",
        "LedgerError",
    ] == told.stdout.splitlines()
    assert {"posted"} == {move["state"] for move in moves_of(config, "inside-")}


# --- the example ---------------------------------------------------------------------------------


def test_the_example_books_a_bill_and_running_it_again_changes_nothing(tryton_addresses):
    address, name, password = address_name_password(tryton_addresses["example"])
    environment = {**os.environ, "TRYTON_PASSWORD": password, "PYTHONIOENCODING": "utf-8"}
    first, again = (
        subprocess.run(
            [sys.executable, str(EXAMPLE), address, name, *options],
            env=environment,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        for options in (["--open-accounts"], [])
    )

    assert (0, "", 0, "") == (first.returncode, first.stderr, again.returncode, again.stderr)
    opened, sent, *balance = first.stdout.splitlines()
    assert opened.startswith("opened: 1122.02 2202.01")
    assert "tryton: 3 vouchers, 11 lines sent; 0 there already" == sent
    assert "2202.01      = 应付账款-快递 7327.42 7759.07" in balance
    assert all(line[13] == "=" for line in balance)
    assert ["tryton: 0 vouchers, 0 lines sent; 3 there already", *balance] == again.stdout.splitlines()
