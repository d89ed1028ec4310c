"""Arguments of another kind than is needed: an error of ours that says what is, and nothing noted."""

from datetime import UTC, date, datetime

import polars as pl
import pytest
from moneyed import Money

from tieout.casebook import Actor, Casebook
from tieout.errors import TieoutError
from tieout.posting import Book
from tieout.reconciliations import Payout

LI = Actor("li", roles=["admin"])
BOOK = Book(chart="cn_small_business", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")
NOW = datetime(2026, 10, 31, tzinfo=UTC)
CREDITS = {"party": ["zto"], "tracking_no": ["75"], "currency": ["CNY"], "amount_minor": [500], "reference": ["B2"]}
WRONG = {
    "a list for one claim": (
        lambda cases: cases.claim_accepted(["c1"], actor=LI),
        "the id of one claim is needed, got list",
    ),
    "a frame for one claim": (
        lambda cases: cases.claim_file(pl.DataFrame()),
        "the id of one claim is needed, got DataFrame",
    ),
    "an amount for amounts": (
        lambda cases: cases.claim_credited("c1", actor=LI, reference="r", amounts=Money(5, "CNY")),
        "amounts by case id are needed, got Money",
    ),
    "a number for ids": (lambda cases: cases.comment(5, "seen", actor=LI), "ids of cases are text, got int"),
    "None for ids": (lambda cases: cases.claim(None, actor=LI), "ids of cases are text, got NoneType"),
    "credits as a mapping": (
        lambda cases: cases.match_credits(CREDITS, actor=LI),
        "a Polars frame is needed, got dict",
    ),
    "credits of fractions": (
        lambda cases: cases.match_credits(pl.DataFrame({**CREDITS, "amount_minor": [5.0]}), actor=LI),
        "amount_minor is Float64, not Int64",
    ),
    "a time for a day": (lambda cases: cases.open(today=NOW), "a day is needed, got datetime"),
    "a word for a flag": (lambda cases: cases.frame(claimable="yes"), "True or False is needed, got str"),
    "a flag for a word": (lambda cases: cases.frame(owner=True), "text is needed, got True"),
    "a number for a word": (lambda cases: cases.frame(owner=5), "values are text, got int"),
    "a number for a hash": (lambda cases: cases.attach("c1", "r", actor=LI, sha256=5), "text is needed, got int"),
    "a number for a resolution": (
        lambda cases: cases.accept("c1", actor=LI, reason="r", resolution=5),
        "got 5",
    ),
    "a class for a reconciliation": (
        lambda cases: cases.run(Payout, actor=LI),
        "such as Payout(as_of=...), got Payout",
    ),
    "a period for a month": (lambda cases: cases.periods.state(date(2026, 10, 1)), "a month written like '2026-10'"),
    "a number to carry": (lambda cases: cases.periods.missing("2026-10", carry=5), "ids of cases are text, got int"),
    "a text for a book": (lambda cases: cases.vouchers.journal("B"), "a Book is needed, got str"),
    "a number for vouchers": (
        lambda cases: cases.vouchers.book(5, book=BOOK, actor=LI),
        "their ids are needed, got int",
    ),
    "a text for a rule": (lambda cases: cases.alerts.watch(["all"], actor=LI), "an AlertRule is needed, got str"),
    "a frame for a flag": (
        lambda cases: cases.link(["c1"], actor=LI, across_shops=pl.DataFrame()),
        "True or False is needed, got DataFrame",
    ),
    "a case for a group": (lambda cases: cases.link("c1", "c2", actor=LI), "RecordRefs are needed, got str"),
    "a number for a group": (lambda cases: cases.unlink(5, actor=LI), "RecordRefs are needed, got int"),
    "a list for one entry": (
        lambda cases: cases.reaffirm([1], actor=LI),
        "the number of one entry is needed, got list",
    ),
    "a list of entries": (lambda cases: cases.undo([[1]], actor=LI), "numbers of entries"),
    "a frame for a period": (lambda cases: cases.trend(by=pl.DataFrame()), "one of day, week, month, quarter, year"),
    "an amount for rates": (
        lambda cases: cases.vouchers.post([], book=BOOK, period="2026-10", actor=LI, rates=Money(7, "CNY")),
        "rates by currency are needed, got Money",
    ),
    "a text for a run": (
        lambda cases: cases.reviews.sample("text", actor=LI),
        "what cases.run(...) gave is needed, got str",
    ),
    "a number for a reason": (
        lambda cases: cases.vouchers.book([], book=BOOK, actor=LI, reason=5),
        "text is needed, got int",
    ),
    "a day for a time of day": (
        lambda cases: cases.alerts.watch([], actor=LI, digest_at=NOW),
        "a time of day is needed, got datetime",
    ),
    "a text for how often": (lambda cases: cases.alerts.deliver({}, retry="8"), "a Retry is needed, got str"),
    "a text for how many": (lambda cases: cases.alerts.deliver({}, limit="8"), "a number is needed, got str"),
    "a number for a pack": (lambda cases: cases.archive.verify(5), "a path is needed, got int"),
    "a number without end": (lambda cases: cases.case(10**30), "a number is too large"),
    "half a character": (lambda cases: cases.case("\ud800"), "half a character"),
}


@pytest.mark.parametrize("name", WRONG)
def test_an_argument_of_another_kind_is_told_with_what_is_needed(name):
    call, said = WRONG[name]

    with Casebook("sqlite://") as cases:
        with pytest.raises(TieoutError) as caught:
            call(cases)

        assert said in str(caught.value)
        assert 0 == cases.verify().entries
