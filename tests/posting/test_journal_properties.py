"""Whatever is done to a journal in whatever order, its numbers have no gap and nothing that was checked changes."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from moneyed import Money

from tieout.errors import JournalError
from tieout.model import JournalLine, Voucher
from tieout.posting import Book, Journal, touches_cash

FIRST = date(2026, 9, 1)
STEPS = {
    ("prepared", "cashier_signed"),
    ("prepared", "reviewed"),
    ("cashier_signed", "reviewed"),
    ("reviewed", "prepared"),
    ("reviewed", "cashier_signed"),
    ("reviewed", "posted"),
    ("posted", "reversed"),
    ("reviewed", "reversed"),  # posted, and taken back by a red voucher that was posted with it
}
makers = st.sampled_from(["li", "li", "wang"])
cashiers = st.sampled_from(["zhao", "zhao", "chen"])
checkers = st.sampled_from(["chen", "chen", "wang"])
days = st.integers(0, 90).map(lambda days: FIRST + timedelta(days=days))
styles = st.sampled_from(["red_negative", "swap_sides"])
accounts = st.sampled_from(["1002", "2202.01", "5601.05", "5601.06"])
drafts = st.lists(
    st.tuples(days, st.sampled_from("记转"), st.integers(1, 3), accounts, accounts), min_size=1, max_size=6
)


def make_lines(amount, debit, credit):
    return (
        JournalLine(line_no=1, summary="s", account=debit, debit=Money(amount, "CNY")),
        JournalLine(line_no=2, summary="s", account=credit, credit=Money(amount, "CNY")),
    )


def sums_of(vouchers):
    sums = defaultdict(Decimal)
    for line in (line for voucher in vouchers for line in voucher.lines):
        sums[line.account] += line.amount.amount
    return {account: amount for account, amount in sums.items() if amount}


def content(voucher):
    """What is checked by a review: all but the state and who took part in it."""
    return voucher.period, voucher.word, voucher.number, voucher.date, voucher.lines, voucher.preparer, voucher.kind


class Life(RuleBasedStateMachine):
    """A journal to which anything is done; what it refuses leaves it as it was."""

    def __init__(self):
        super().__init__()
        self.made = 0
        self.journal = self.before = None

    @initialize(rows=drafts, chart=st.sampled_from(["cn_small_business", "cn_enterprise"]), cashier_signs=st.booleans())
    def begin(self, rows, chart, cashier_signs):
        book = Book(chart=chart, currency="CNY", timezone="Asia/Shanghai", taxpayer="general")
        self.journal = self.before = Journal(book=book, cashier_signs=cashier_signs)
        self.prepare(rows=rows, by="li")

    def do(self, name, *args, **values):
        try:
            after = getattr(self.journal, name)(*args, **values)
        except JournalError:
            event(f"{name} refused")
        else:
            event(f"{name} {'done' if after is not self.journal and after != self.journal else 'of nothing'}")
            self.before, self.journal = self.journal, after

    def some(self, data, *states):
        """Some vouchers, most often of the states that a step asks for."""
        fitting = [voucher for voucher in self.journal if voucher.status in states]
        pool = fitting if fitting and data.draw(st.integers(0, 9)) else list(self.journal)
        return data.draw(st.lists(st.sampled_from(pool), min_size=1, max_size=5)) if pool else []

    @rule(rows=drafts, by=makers)
    def prepare(self, rows, by):
        made = []
        for day, word, amount, debit, credit in rows:
            self.made += 1
            made.append(
                Voucher(
                    voucher_id=f"v{self.made * 7919 % 1000:03}-{self.made}",
                    period=f"{day:%Y-%m}",
                    word=word,
                    date=day,
                    lines=make_lines(amount, debit, credit),
                )
            )
        self.do("prepare", made, by=by)

    @rule(data=st.data(), by=cashiers)
    def sign(self, data, by):
        self.do("sign", self.some(data, "prepared"), by=by)

    @rule(data=st.data(), by=checkers)
    def review(self, data, by):
        self.do("review", self.some(data, "prepared", "cashier_signed"), by=by)

    @rule(data=st.data(), by=checkers)
    def unreview(self, data, by):
        self.do("unreview", self.some(data, "reviewed"), by=by)

    @rule(data=st.data(), by=checkers)
    def post(self, data, by):
        self.do("post", self.some(data, "reviewed"), by=by)

    @rule(data=st.data(), by=makers)
    def delete(self, data, by):
        self.do("delete", self.some(data, "prepared", "cashier_signed"), by=by)

    @rule(data=st.data(), by=makers, style=styles)
    def void(self, data, by, style):
        self.do("void", self.some(data, "prepared", "reviewed"), by=by, style=style)

    @rule(data=st.data(), by=makers, style=styles, day=days)
    def reverse(self, data, by, style, day):
        self.do("reverse", self.some(data, "posted"), by=by, style=style, date=max(day, date(2026, 11, 1)))

    @rule(data=st.data(), by=makers, debit=accounts)
    def correct(self, data, by, debit):
        for voucher in self.some(data, "posted")[:1]:
            right = make_lines(100 + len(self.journal.trail), debit, "2202.02")
            self.do("correct", voucher, right, by=by, date=date(2026, 11, 30))

    @rule(period=st.sampled_from(["2026-09", "2026-10"]), by=makers)
    def lock(self, period, by):
        self.do("lock", period, by=by)

    @rule(by=checkers)
    def finish(self, by):
        """Sign, review and post what waits, so that vouchers come to their end."""
        waiting = self.journal.in_status("prepared")
        self.do("sign", [each for each in waiting if touches_cash(each, self.journal.cash_codes)], by="zhao")
        waiting = [each for each in self.journal if each.status in {"prepared", "cashier_signed"}]
        self.do("review", [each for each in waiting if each.preparer != by], by=by)
        self.do("post", self.journal.in_status("reviewed"), by=by)

    @invariant()
    def numbers_have_no_gap_and_no_double(self):
        taken = defaultdict(list)
        for voucher in self.journal or ():
            taken[voucher.period, voucher.word].append(voucher.number)
        assert all(sorted(numbers) == list(range(1, len(numbers) + 1)) for numbers in taken.values())

    @invariant()
    def what_is_taken_back_sums_to_nothing(self):
        backs = Counter(voucher.reversal_of for voucher in self.journal or () if voucher.reversal_of)
        assert set(backs.values()) <= {1}
        for original in backs:
            red = self.journal.find_reversal(original)
            voucher = self.journal.find(original)
            assert {} == sums_of([voucher, red])
            assert f"{voucher.word}-{voucher.number}号" in red.lines[0].summary
            assert (voucher.status == "reversed") == (red.status == "posted")

    @invariant()
    def states_are_those_of_the_machine(self):
        for voucher in self.journal or ():
            was = self.before.find(voucher.voucher_id)
            if was is None:
                assert voucher.status == "prepared"
            elif was.status != voucher.status:
                assert (was.status.value, voucher.status.value) in STEPS

    @invariant()
    def nobody_checks_his_own_work(self):
        for voucher in self.journal or ():
            assert voucher.preparer
            if voucher.status in {"reviewed", "posted", "reversed"}:
                assert voucher.reviewer not in {None, voucher.preparer, voucher.cashier}
            if voucher.status in {"posted", "reversed"}:
                assert voucher.poster not in {None, voucher.cashier}

    @invariant()
    def what_was_checked_never_changes(self):
        for was in self.before or ():
            now = self.journal.find(was.voucher_id)
            if was.status in {"reviewed", "posted", "reversed"} or was.period in self.before.book.locked_periods:
                assert content(was) == content(now)
            if was.period in self.before.book.locked_periods:
                assert was.poster == now.poster
                assert was.reviewer == now.reviewer

    @invariant()
    def the_trail_tells_every_voucher_that_came_and_went(self):
        acts = Counter(act.action.value for act in (self.journal.trail if self.journal else ()))
        assert acts["prepare"] - acts["delete"] == len(self.journal or ())


Life.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestLife = Life.TestCase
