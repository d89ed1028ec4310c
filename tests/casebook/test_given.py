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
