"""A close of files: what is read, what is written, closing again, rehearsing, and going on after a crash."""

import shutil
from datetime import date

import attrs
import pytest

from closing.shop_files import month_of, shop_folder
from tieout.closing import Bar, CloseConfig, ReadRule, close, stored
from tieout.errors import ConfigError, PostingError
from tieout.posting import trial_balance

ORDERS = 110
TEXTS_ONLY = "[report]\nhtml = false\npdf = false\nxlsx = false\nplots = false\n"


def state_of(folder):
    """Every file of a folder with its bytes and the moment it was written, but for the lock of who is at work."""
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".closing.lock"
    }


def bytes_of(folder):
    return {name: content for name, (content, _) in state_of(folder).items()}


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A clean month in files, closed once; nobody changes it."""
    config = CloseConfig.load(shop_folder(tmp_path_factory.mktemp("shop"), month_of(ORDERS), rules=TEXTS_ONLY))
    return config, close(config)


@pytest.fixture
def copied(shop, tmp_path):
    """A copy of the folder, not closed yet."""
    config, _ = shop
    shutil.copytree(config.path.parent, tmp_path / "shop", ignore=shutil.ignore_patterns("out"))
    return CloseConfig.load(tmp_path / "shop" / "close.toml")


def test_a_month_of_files_in_which_nothing_is_wrong_ties_out(shop):
    _, found = shop

    assert (0, (), 0) == (found.exit_code, found.failures, found.above_the_bar)
    assert ("files read", 17) in found.stage("collect").counts
    assert all(stage.status == "done" for stage in found.stages)


def test_every_role_has_its_own_records_though_two_files_hold_the_same_bytes(shop):
    _, found = shop

    assert len(found.data.tables["Order"]) == len(found.data.tables["erp_orders"]) == ORDERS
    assert ["N-09"] == [one.count_id for one in found.data.tables["previous"]]
    assert ["N-10"] == [one.count_id for one in found.data.tables["StockCount"]]


def test_the_books_tie_to_what_the_records_come_to(shop):
    _, found = shop

    tied = [note for note in found.stage("vouchers").notes if "by the records" in note]
    assert ["ap_courier", "ar_platform", "inventory"] == [note.partition(":")[0] for note in tied]
    assert all(note.endswith("ties to the books") for note in tied)


def test_each_ledger_has_every_voucher(shop):
    _, found = shop

    held = {check.side: check for check in found.proof.checks if check.side.startswith("ledger ")}
    assert {"ledger hledger", "ledger journal_csv"} == set(held)
    assert all(check.total == len(found.vouchers) and check.holds for check in held.values())


def test_closing_again_touches_nothing_and_says_the_same(shop):
    config, first = shop
    before = state_of(config.out)

    again = close(config)

    assert again.is_unchanged
    assert before == state_of(config.out)
    assert (first.exit_code, first.stages, str(first)) == (again.exit_code, again.stages, str(again))
    assert () == again.changed


def test_what_an_unchanged_close_found_is_worked_out_when_it_is_asked_for(shop):
    config, first = shop
    before = state_of(config.out)

    again = close(config)

    assert [len(one.events) for one in first.outcomes] == [len(one.events) for one in again.outcomes]
    assert before == state_of(config.out)


def test_a_result_that_was_changed_is_written_again_and_the_others_are_not_touched(shop):
    config, _ = shop
    before = state_of(config.out)
    (config.out / "summary.txt").write_text("all is well", encoding="utf-8")

    again = close(config)

    assert ("summary.txt",) == again.changed
    after = state_of(config.out)
    assert before["summary.txt"][0] == after["summary.txt"][0]
    assert {name: said for name, said in before.items() if name != "summary.txt"} == {
        name: said for name, said in after.items() if name != "summary.txt"
    }


def test_a_rehearsal_writes_nothing_and_says_what_it_would_write(copied):
    before = state_of(copied.path.parent)

    found = close(copied, dry_run=True)

    assert before == state_of(copied.path.parent)
    assert (0, None) == (found.exit_code, found.folder)
    assert "ledgers/vouchers.csv" in found.changed


def test_a_file_that_cannot_be_read_is_named_and_the_period_does_not_tie_out(copied):
    downloads = copied.files[0]
    (downloads / "holiday.csv").write_text("a,b\n1,2\n", encoding="utf-8")

    found = close(copied, dry_run=True)

    assert 1 == found.exit_code
    assert any(note.startswith("holiday.csv is not read: UnidentifiedFile") for note in found.stage("collect").notes)
    (failed,) = found.failures
    assert failed.startswith("collect: files: 18 = 17 read")
    assert str(found).endswith(f"checks that fail:\n  {failed}")


def test_a_file_that_is_left_out_as_told_is_named_with_the_reason(copied):
    downloads = copied.files[0]
    (downloads / "holiday.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    text = copied.path.read_text(encoding="utf-8")
    rule = '[[read]]\nfile = "holiday*"\nskip = "the plan of holidays"\n[reconciliations.settlement]'
    copied.path.write_text(text.replace("[reconciliations.settlement]", rule), encoding="utf-8")

    found = close(CloseConfig.load(copied.path), dry_run=True)

    assert 0 == found.exit_code
    assert "holiday.csv is left out: the plan of holidays" in found.stage("collect").notes


def test_a_missing_settlement_is_above_the_bar_unless_the_bar_is_higher(copied):
    lines = copied.files[0] / "lines.csv"
    rows = lines.read_text(encoding="utf-8").splitlines(keepends=True)
    lines.write_text("".join(row for row in rows if "T00005" not in row), encoding="utf-8")

    found = close(copied, dry_run=True)
    higher = close(attrs.evolve(copied, bar=Bar(severity="critical")), dry_run=True)

    assert "settlement.order_missing" in {one.type for outcome in found.outcomes for one in outcome.discrepancies}
    assert found.above_the_bar > 0 == higher.above_the_bar
    assert 1 == found.exit_code


def test_events_that_cannot_be_posted_stop_the_vouchers_and_not_the_rest(copied):
    found = close(attrs.evolve(copied, book=attrs.evolve(copied.book, vat=None)), dry_run=True)

    assert 2 == found.exit_code
    assert found.verdict.startswith("NOTHING WAS POSTED: ")
    assert any("nothing is posted" in note for note in found.stage("vouchers").notes)
    assert "skipped" == found.stage("ledgers").status
    assert "discrepancies.csv" in found.changed


def test_a_period_that_the_book_has_locked_is_not_closed(copied):
    locked = attrs.evolve(copied, book=attrs.evolve(copied.book, locked_periods=["2026-10"]))

    with pytest.raises(PostingError, match="2026-10 is locked"):
        close(locked)


def test_files_that_are_not_there_are_named_with_the_key(copied):
    with pytest.raises(ConfigError, match=r"close\.toml: files: there is no 'uploads'"):
        close(attrs.evolve(copied, files=[copied.path.parent / "uploads"]))


def test_days_that_are_no_month_are_closed_without_vouchers(copied):
    found = close(attrs.evolve(copied, period="2026-10-01/2026-10-15"), dry_run=True)

    assert ("skipped", "skipped") == (found.stage("vouchers").status, found.stage("ledgers").status)
    assert found.proof.holds


def test_the_next_month_begins_with_what_this_one_left_open(shop, tmp_path):
    config, october = shop
    empty = tmp_path / "november"
    empty.mkdir()
    waiting = {one.reconciliation: len(one.carry_forward) for one in october.outcomes}

    november = close(
        attrs.evolve(
            config,
            period="2026-11",
            as_of=config.as_of.replace(month=11, day=20),
            files=[empty],
            out=tmp_path / "out",
            opening=config.out,
        )
    )

    overdue = {one.type for outcome in november.outcomes for one in outcome.discrepancies}
    assert 2 == waiting["payout"]
    assert "payout.missing" in overdue or "payout.late" in overdue
    assert [one.closing for one in october.balance if one.account == "1002"] == [
        one.opening for one in november.balance if one.account == "1002"
    ]
    assert trial_balance(october.vouchers, book=config.book, period="2026-10").proof.holds


def test_a_close_that_is_stopped_after_reading_does_not_read_again_and_ends_the_same(copied, shop, monkeypatch):
    config, _ = shop
    monkeypatch.setattr(stored, "WORTH_IT", 1)

    class Crash(Exception):  # noqa: N818 - a stroke of fate
        pass

    class Stops:
        stages = ()

        def begin(self, stage, steps):
            self.stages = (*self.stages, stage)
            if stage == self.at:
                raise Crash

        def step(self, what):
            pass

        def end(self, report):
            pass

    for at in ("resolve", "archive"):
        stopping = Stops()
        stopping.at = at
        with pytest.raises(Crash):
            close(copied, progress=stopping)
        assert not (copied.out / "close.json").exists()
    assert "collect" not in stopping.stages

    close(copied)

    whole, own = bytes_of(config.out), bytes_of(copied.out)
    assert set(whole) == set(own)
    assert [name for name in own if own[name] != whole[name]] == []


def test_files_that_allow_no_reconciliation_are_not_said_to_tie_out(copied):
    for path in copied.files[0].iterdir():
        if path.name != "bank.csv":
            path.unlink()

    found = close(copied, dry_run=True)

    assert (2, ()) == (found.exit_code, found.failures)
    assert "NOTHING WAS RECONCILED: the notes of detect say what each reconciliation lacks" == found.verdict


def test_files_that_are_refused_so_that_nothing_is_reconciled_are_not_said_to_be_off(copied):
    for path in copied.files[0].iterdir():
        path.unlink()
    (copied.files[0] / "letter.txt").write_text("dear colleague, the bill comes on Friday\n", encoding="utf-8")

    told = attrs.evolve(copied, report=attrs.evolve(copied.report, html=True))
    found = close(told)
    again = close(told)

    assert (2, 1) == (found.exit_code, len(found.failures))
    assert (
        "NOTHING WAS RECONCILED: 1 file is refused, and 1 check fails; the notes of collect and detect say why"
        == found.verdict
    )
    assert again.is_unchanged
    assert found.verdict == again.verdict
    verdict = (
        (copied.out / "report.html")
        .read_text(encoding="utf-8")
        .partition('class="verdict bad"')[2]
        .partition("</p>")[0]
    )
    assert "Nothing was reconciled" in verdict
    assert "figures cannot be relied on" not in verdict


def lacking(close):
    """What the first stage says of files that are not there, in both languages."""
    return [one for one in close.stage("collect").said if one.code in {"no_files", "no_file_fits", "few_of_period"}]


def test_a_file_that_the_config_tells_of_and_nobody_downloaded_is_told(copied):
    rules = (*copied.read, ReadRule(file="refunds_*.csv"), ReadRule(file="notes*", skip="notes of ours"))

    found = close(attrs.evolve(copied, read=rules), dry_run=True)

    (said,) = lacking(found)
    assert said.text == "no file fits the [[read]] of 'refunds_*.csv': was it downloaded?"
    assert "漏下载" in said.text_zh
    assert "attention" == found.stage("collect").status
    assert [] == lacking(close(copied, dry_run=True))
    assert [] == lacking(close(attrs.evolve(copied, read=(*copied.read, ReadRule(file="*.*"))), dry_run=True))


def test_a_folder_without_a_file_is_told_once(copied):
    for path in copied.files[0].iterdir():
        path.unlink()

    found = close(attrs.evolve(copied, read=(ReadRule(file="a*"), ReadRule(file="b*"))), dry_run=True)

    assert [f"there is no file in {copied.files[0].name}"] == [one.text for one in lacking(found)]
    assert 2 == found.exit_code


def test_the_files_of_another_month_are_told(copied):
    found = close(attrs.evolve(copied, period="2026-12", as_of=date(2026, 12, 31)), dry_run=True)

    (said,) = lacking(found)
    assert "are of 2026-12, and" in said.text
    assert "of 2026-10: are these the files of the period?" in said.text
