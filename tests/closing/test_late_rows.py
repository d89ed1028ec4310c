"""Rows that come after a month was locked: the month stays as it is, and everybody is told what it would say today."""

from datetime import date

import attrs
import pytest

from closing.shop import TEXTS_ONLY, kept_in, payout, receipt
from tieout.casebook import Actor, Casebook
from tieout.closing import close_tables

LI = Actor("li", roles=["finance_manager"])
ZHAO = Actor("zhao", roles=["finance_manager", "auditor"])


PAYOUTS = [payout(1, 2, 95), payout(2, 3, 40), payout(3, 4, 70)]
RECEIPTS = [receipt(1, 3, 95)]
LATE = [receipt(2, 4, 40), receipt(3, 5, 70)]


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """October with two payouts that had not come, closed, and locked with these carried on."""
    folder = tmp_path_factory.mktemp("shop")
    told = kept_in(f"sqlite:///{folder / 'b.db'}", folder, out=folder / "10")
    made = closed(told, RECEIPTS)
    with Casebook(told.casebook.url) as cases:
        ids = [one.voucher_id for one in made.vouchers]
        cases.vouchers.review(ids, book=told.book, actor=ZHAO)
        cases.vouchers.book(ids, book=told.book, actor=ZHAO)
        cases.periods.lock("2026-10", actor=LI, reason="month end", carry=cases.open()["case_id"].to_list())
    return told, made


def closed(config, receipts):
    return close_tables({"Payout": PAYOUTS, "BankTransaction": receipts}, config, dry_run=False)


@pytest.fixture(scope="module")
def october(shop):
    """October again, with what came late, and with its page."""
    return closed(attrs.evolve(shop[0], report=attrs.evolve(TEXTS_ONLY, html=True)), [*RECEIPTS, *LATE])


@pytest.fixture(scope="module")
def november(shop, october):
    later = {"period": "2026-11", "as_of": date(2026, 11, 30), "out": shop[0].out.with_name("11")}
    return closed(attrs.evolve(shop[0], opening=shop[0].out, **later), [*RECEIPTS, *LATE])


NOTE = "the locked 2026-10 says otherwise today: 2 open cases of 2026-11, +110.00 CNY"


def test_a_month_that_is_not_locked_tells_of_no_late_rows(shop):
    _, made = shop

    assert not [label for label, _ in made.stage("resolve").counts if "locked" in label]
    assert not [note for note in made.stage("resolve").notes if "locked" in note]


def test_the_locked_month_closed_again_tells_what_late_rows_would_change(october):
    resolve = october.stage("resolve")

    assert ("attention", 2) == (resolve.status, dict(resolve.counts)["open, changes of locked periods"])
    assert NOTE in resolve.notes
    assert NOTE in str(october)
    assert NOTE in (october.folder / "summary.txt").read_text(encoding="utf-8")


def test_the_page_of_the_locked_month_shows_them_and_they_count_as_open_cases(shop, october):
    _, made = shop
    (stages,) = [one for one in october.reports if one.name == "stages"]
    shown = stages.sections[0].frame.filter(stage="Resolve")

    assert [True] == [NOTE in note for note in shown["notes"]]
    assert NOTE in (october.folder / "report.html").read_text(encoding="utf-8")
    assert made.above_the_bar + 2 == october.above_the_bar
    assert ["2026-11"] * 2 == october.data.cases.filter(type="general.rereview_change")["period"].to_list()


def test_the_next_month_tells_them_too_and_counts_them_once(november):
    resolve = november.stage("resolve")
    found = november.data.cases.filter(type="general.rereview_change")

    assert found.height == found["case_id"].n_unique() == dict(resolve.counts)["open, changes of locked periods"]
    assert any(note.startswith("the locked 2026-10 says otherwise today: ") for note in resolve.notes)
