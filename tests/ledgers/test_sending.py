"""Sending: the same checks as writing, each voucher once, and a report of all of them."""

import attrs
import pytest

from tieout import ledgers
from tieout.errors import LedgerError, PluginError
from tieout.ledgers import SentVoucher, _writing
from tieout.ledgers.journal_csv import JournalCsv


class Memory:
    """A gateway that remembers what it was sent."""

    def __init__(self, **options):
        self.kept = {}
        vars(self).update(options)

    def send(self, vouchers, *, book):
        found = [
            SentVoucher(
                voucher_id=voucher.voucher_id,
                name=f"{voucher.period} {voucher.word}-{voucher.number}",
                reference=f"row {at}",
                is_new=voucher.voucher_id not in self.kept,
            )
            for at, voucher in enumerate(vouchers)
        ]
        self.kept |= {voucher.voucher_id: voucher for voucher in vouchers}
        return tuple(found)


def test_the_report_says_what_was_sent(month, book):
    memory = Memory()

    report = ledgers.send(reversed(month), ledger=memory, book=book)

    assert [voucher.voucher_id for voucher in month] == list(memory.kept)
    assert (5, 16, True) == (len(report.sent), report.lines, report.is_complete)
    assert "test_sending: 5 vouchers, 16 lines sent; 0 there already" == str(report)


def test_what_is_there_already_is_told_from_what_was_sent(month, book):
    memory = Memory()
    ledgers.send(month[:2], ledger=memory, book=book)

    report = ledgers.send(month, ledger=memory, book=book)

    assert [voucher.voucher_id for voucher in month[:2]] == [item.voucher_id for item in report.present]
    assert [voucher.voucher_id for voucher in month[2:]] == [item.voucher_id for item in report.sent]
    assert sum(len(voucher.lines) for voucher in month[2:]) == report.lines


def test_an_account_that_the_book_does_not_know_is_refused_or_skipped_whole(month, book):
    strange = attrs.evolve(month[0], lines=(attrs.evolve(month[0].lines[0], account="9999"), *month[0].lines[1:]))
    given = [strange, *month[1:]]
    memory = Memory()

    with pytest.raises(LedgerError, match="the book knows no account 9999"):
        ledgers.send(given, ledger=memory, book=book)
    assert {} == memory.kept
    report = ledgers.send(given, ledger=memory, book=book, unmapped="skip")

    assert not report.is_complete
    assert ("9999",) == report.unmapped
    assert [strange.voucher_id] == [item.voucher_id for item in report.skipped]
    assert strange.voucher_id not in memory.kept
    assert "NOT SENT: 2026-10 记-1 (accounts unknown to the book: 9999)" in str(report)


def test_drafts_and_vouchers_given_twice_are_refused_before_anything_is_sent(month, book):
    memory = Memory()

    with pytest.raises(LedgerError, match="drafts have no number"):
        ledgers.send([attrs.evolve(month[0], number=None)], ledger=memory, book=book)
    with pytest.raises(LedgerError, match="is there twice"):
        ledgers.send([month[0], month[0]], ledger=memory, book=book)

    assert {} == memory.kept


def test_red_figures_change_sides_where_the_gateway_says_so(month, book):
    memory = Memory(reversal_style="swap_sides")

    ledgers.send(month, ledger=memory, book=book)

    assert any(line.is_red for voucher in month for line in voucher.lines)
    assert not any(line.is_red for voucher in memory.kept.values() for line in voucher.lines)


def test_what_a_gateway_leaves_out_is_noted_for_what_was_sent(month, book):
    memory = Memory(notes=lambda vouchers: (f"colours of {len(vouchers)} vouchers are not sent",))
    ledgers.send(month[:2], ledger=memory, book=book)

    report = ledgers.send(month, ledger=memory, book=book)

    assert ("colours of 3 vouchers are not sent",) == report.notes
    assert str(report).endswith("; colours of 3 vouchers are not sent")


def test_a_gateway_that_loses_a_voucher_is_found_out(month, book):
    class Losing(Memory):
        def send(self, vouchers, *, book):
            return super().send(vouchers, book=book)[1:]

    with pytest.raises(PluginError, match="a gateway says of every voucher, in order, whether it was there"):
        ledgers.send(month, ledger=Losing(), book=book)


def test_what_is_written_is_not_sent_and_the_other_way_round(month, book, tmp_path):
    with pytest.raises(LedgerError, match=r"it is written as a file, not sent over a connection\nHint: use write\(\)"):
        ledgers.send(month, ledger="journal_csv", book=book)
    with pytest.raises(LedgerError, match=r"a Gateway is needed, got JournalCsv\nHint: use write\(\)"):
        ledgers.send(month, ledger=JournalCsv(), book=book)
    with pytest.raises(LedgerError, match="a Gateway is needed, got int"):
        ledgers.send(month, ledger=3, book=book)
    with pytest.raises(LedgerError, match=r"takes vouchers over a connection, not as a file\nHint: use send\(\)"):
        ledgers.write(month, tmp_path / "x", ledger="tryton", book=book)


def test_a_gateway_is_listed_as_one_and_a_broken_one_with_its_problem(monkeypatch):
    from importlib import import_module

    (listed,) = [item for item in ledgers.formats() if item.name == "tryton"]
    assert (True, "", None) == (listed.is_sent, listed.suffix, listed.problem)
    assert isinstance(ledgers.load_gateway("tryton"), ledgers.Gateway)

    monkeypatch.setattr(import_module("tieout.ledgers.tryton"), "GATEWAY", None)
    (broken,) = [item for item in ledgers.formats() if item.name == "tryton"]
    assert "tieout.ledgers.tryton: a Gateway named GATEWAY is needed" == broken.problem


def test_a_third_partys_gateway_is_found_by_entry_point(monkeypatch, month, book):
    from importlib.metadata import EntryPoint

    from tieout._discovery import leaves_of

    point = EntryPoint(name="theirs", value="tieout.ledgers.tryton", group="tieout.ledgers")
    monkeypatch.setattr("tieout._discovery.entry_points", lambda group: [point] if group == _writing.ROOM.group else [])
    leaves_of.cache_clear()
    try:
        assert ledgers.load_gateway("theirs") is ledgers.load_gateway("tryton")
    finally:
        leaves_of.cache_clear()
