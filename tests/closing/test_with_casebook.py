"""A close with a casebook: cases, decisions and vouchers are kept, and a rehearsal leaves the book as it is."""

import shutil

import attrs
import pytest

from closing.shop_files import month_of, shop_folder
from tieout.casebook import Actor, Casebook, Resolution
from tieout.casebook.log import entries
from tieout.closing import CloseConfig, close

RULES = """[casebook]
url = "sqlite:///books.db"
actor = "month end"
roles = ["data", "accountant"]
[report]
html = false
pdf = false
xlsx = false
plots = false
"""
LI = Actor("li", roles=["finance_manager"])
WANG = Actor("wang", roles=["finance_manager", "cfo"])
ZHAO = Actor("zhao", roles=["finance_manager", "auditor"])


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A month in which Tmall did not settle one order, closed once."""
    month = month_of(110)
    lines = [one for one in month.lines if one.platform_order_id != "T00005"]
    config = CloseConfig.load(shop_folder(tmp_path_factory.mktemp("shop"), month, rules=RULES, lines=lines))
    return config, close(config)


@pytest.fixture
def copied(shop, tmp_path):
    config, _ = shop
    shutil.copytree(config.path.parent, tmp_path / "shop")
    return CloseConfig.load(tmp_path / "shop" / "close.toml")


def book_of(config):
    return Casebook(config.casebook.url)


def log_of(config):
    with book_of(config) as cases, cases.store.reading() as connection:
        return [(one.kind, one.subject) for one in entries(connection)]


def test_every_discrepancy_is_a_case_and_every_voucher_stands_in_the_book(shop):
    config, found = shop

    with book_of(config) as cases:
        assert (
            cases.frame().height
            == found.data.cases.height
            == len(found.outcomes[-1].discrepancies) + sum(len(one.discrepancies) for one in found.outcomes[:-1])
        )
        assert {one.voucher_id for one in cases.vouchers.journal(config.book).vouchers} == {
            one.voucher_id for one in found.vouchers
        }
        assert cases.verify().holds
    assert ("open cases", found.above_the_bar) in found.stage("resolve").counts


def test_closing_again_adds_no_entry(shop):
    config, _ = shop
    before = log_of(config)

    assert close(config).is_unchanged
    assert before == log_of(config)


def test_a_rehearsal_leaves_the_book_and_the_folder_as_they_are(copied):
    before = log_of(copied)
    bytes_before = (copied.path.parent / "books.db").read_bytes()

    found = close(attrs.evolve(copied, name="Lamp Shop"), dry_run=True)

    assert found.data.cases.height
    assert bytes_before == (copied.path.parent / "books.db").read_bytes()
    assert before == log_of(copied)


def decide_all(cases):
    """End every case, with the approval that it needs."""
    for case in cases.open()["case_id"]:
        cases.resolve(
            case,
            actor=LI,
            cause="timing",
            responsible="platform",
            resolution=Resolution.FALSE_POSITIVE,
            reason="by hand",
        )
    cases.approve(cases.approvals_frame()["case_id"].to_list(), actor=WANG)


@pytest.fixture(scope="module")
def decided(shop, tmp_path_factory):
    """A copy of the month in which every case was decided, and which was closed again."""
    folder = tmp_path_factory.mktemp("decided") / "shop"
    shutil.copytree(shop[0].path.parent, folder)
    config = CloseConfig.load(folder / "close.toml")
    with book_of(config) as cases:
        decide_all(cases)
    return config, close(config)


def test_what_was_decided_is_applied_and_does_not_count_any_more(decided, shop):
    _, first = shop
    _, again = decided

    assert not again.is_unchanged
    assert first.above_the_bar > 0 == again.above_the_bar
    assert ("open cases", 0) in again.stage("resolve").counts
    assert "everything ties out" == again.verdict


def test_a_close_that_failed_after_posting_neither_doubles_nor_loses_cases_and_vouchers(shop, tmp_path):
    config, whole = shop
    names = shutil.ignore_patterns("out", "books.db*")
    shutil.copytree(config.path.parent, tmp_path / "shop", ignore=names)
    own = CloseConfig.load(tmp_path / "shop" / "close.toml")

    class Crash(Exception):  # noqa: N818 - a stroke of fate
        pass

    class Stops:
        def __init__(self, at):
            self.at = at

        def begin(self, stage, steps):
            if stage == self.at:
                raise Crash

        def step(self, what):
            pass

        def end(self, report):
            pass

    for stage in ("tie_outs", "ledgers"):
        with pytest.raises(Crash):
            close(own, progress=Stops(stage))
    found = close(own)

    assert [one.voucher_id for one in whole.vouchers] == [one.voucher_id for one in found.vouchers]
    ids = [close_.data.cases["case_id"].sort().to_list() for close_ in (whole, found)]
    assert ids[0] == ids[1]
    assert whole.stages == found.stages
    kept = {name: (config.out / name).read_bytes() for name in whole.files}
    assert [name for name in found.files if (own.out / name).read_bytes() != kept[name]] == []
    with book_of(own) as cases:
        assert cases.verify().holds


def test_a_period_that_was_reviewed_and_locked_is_packed_and_says_what_it_said(decided, tmp_path):
    config, before = decided
    shutil.copytree(config.path.parent, tmp_path / "shop")
    copied = CloseConfig.load(tmp_path / "shop" / "close.toml")
    with book_of(copied) as cases:
        for sample in cases.reviews.samples(period="2026-10"):
            cases.reviews.sign_off(sample, actor=ZHAO)
        ids = [one.voucher_id for one in before.vouchers]
        cases.vouchers.review(ids, book=copied.book, actor=ZHAO)
        cases.vouchers.book(ids, book=copied.book, actor=ZHAO)
        assert () == cases.periods.missing("2026-10")
        cases.periods.lock("2026-10", actor=LI, reason="month end")

    packed = close(copied)

    assert ("archives packed", 1) in packed.stage("archive").counts
    assert [one.voucher_id for one in before.vouchers] == [one.voucher_id for one in packed.vouchers]
    with book_of(copied) as cases:
        assert cases.archive.verify(copied.out / "archive").holds
        assert cases.verify().holds
    assert close(copied).is_unchanged
