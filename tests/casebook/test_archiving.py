"""Packs of a book: the same book gives the same bytes, the log names their seals, nothing personal is in them (C36, C54)."""

import json
from datetime import date

import pytest

from casebook.case_entries import body, keep_personal, month_of, note, run
from tieout.archive import verify_pack
from tieout.casebook import Actor, Casebook, TickingClock, archiving
from tieout.errors import CasebookError, InputError, InvalidTransition, NotAllowed

ZHAO = Actor("zhao", roles=["auditor"])


def closed(cases, wang, li):
    """A month that is locked."""
    facts = {"file": "bill.csv", "sha256": "ab" * 32, "size": 120, "rows": 20}
    keep_personal(cases, (1, "5f" * 16, '{"buyer":"Forgettable"}'), **facts)
    made = month_of(cases, wang, li)
    cases.reviews.sample(made, actor=li)
    cases.reviews.sign_off("r1", actor=ZHAO)
    cases.periods.lock("2026-10", actor=li, reason="month end")
    return cases


def rows(path, name):
    return [json.loads(line) for line in (path / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def test_a_pack_holds_the_evidence_of_a_period_and_nothing_personal(cases, wang, li, tmp_path):
    closed(cases, wang, li)

    packed = cases.archive.pack(
        tmp_path / "pack", actor=li, period="2026-10", reports={"利润表.csv": b"1"}, reason="month end"
    )

    path = tmp_path / "pack"
    assert verify_pack(path, seal=packed.manifest.seal).holds
    assert cases.archive.verify(path).holds
    assert [(row["file"], row["rows"], row["actor"]) for row in rows(path, "inputs")] == [("bill.csv", 20, "tieout")]
    assert [row["parameters"] for row in rows(path, "configuration")] == [{"tolerance": "0.01"}]
    assert [row["result_hash"] for row in rows(path, "runs")] == ["h"]
    assert {row["case_id"]: row["state"] for row in rows(path, "cases")} == {
        "c1": "reviewed",
        "c2": "reviewed",
        "c3": "resolved",
    }
    assert {row["reviewer"] for row in rows(path, "reviews")} == {"zhao"}
    assert rows(path, "log")[-1]["kind"] == "period.locked"
    assert not any(b"Forgettable" in file.read_bytes() for file in path.rglob("*.json*"))
    assert packed.entry.body["seal"] == packed.manifest.seal
    assert cases.periods.state("2026-10").state == "archived"
    assert cases.verify().holds
    with pytest.raises(InvalidTransition, match="it is archived, not locked"):
        cases.periods.unlock("2026-10", actor=li, reason="x")


def test_the_same_book_gives_the_same_bytes_in_both_databases_and_later_too(cases, wang, li, tmp_path, clock):
    closed(cases, wang, li)
    with Casebook(f"sqlite:///{tmp_path / 'other.db'}", clock=TickingClock(start())) as other:
        there = closed(other, wang, li).archive.pack(tmp_path / "there.zip", actor=li, period="2026-10")
    here = cases.archive.pack(tmp_path / "here.zip", actor=li, period="2026-10")
    note(cases, "case.opened", "c9", **body(discrepancy_id="d9"))
    before = cases.head

    again = cases.archive.pack(tmp_path / "again.zip", actor=li, period="2026-10")

    assert (
        (tmp_path / "here.zip").read_bytes()
        == (tmp_path / "there.zip").read_bytes()
        == (tmp_path / "again.zip").read_bytes()
    )
    assert here.manifest.seal == there.manifest.seal == again.manifest.seal
    assert (again.entry, cases.head) == (here.entry, before), "packed again, nothing new is noted"


def start():
    from datetime import UTC, datetime

    return datetime(2026, 10, 1, 8, 0, tzinfo=UTC)


def test_the_whole_book_is_packed_as_it_stands(cases, wang, li, tmp_path):
    closed(cases, wang, li)
    note(cases, "case.opened", "c9", **body(discrepancy_id="d9", period="2026-11"))

    first = cases.archive.pack(tmp_path / "a", actor=li)
    second = cases.archive.pack(tmp_path / "b", actor=li)

    assert first.manifest.seal == second.manifest.seal
    assert len(rows(tmp_path / "a", "cases")) == 4
    assert verify_pack(tmp_path / "a").entries == first.manifest.log["last"]
    assert [one.body["seal"] for one in cases.archive.packs()] == [first.manifest.seal]


def test_an_empty_book_can_be_packed(cases, li, tmp_path):
    cases.archive.pack(tmp_path / "a", actor=li)

    assert cases.archive.verify(tmp_path / "a").holds


def test_a_pack_of_a_later_month_begins_behind_the_lock_before_the_last(cases, wang, li, tmp_path):
    for number, period in enumerate(("2026-08", "2026-09", "2026-10"), start=1):
        made = run(cases, f"r{number}", count=0, period=period)
        cases.reviews.sample(made, actor=li)
        cases.periods.lock(period, actor=li, reason="month end")

    packed = cases.archive.pack(tmp_path / "pack", actor=li, period="2026-10")

    assert (packed.manifest.log["first"], packed.manifest.log["last"]) == (4, 9)
    assert verify_pack(tmp_path / "pack").holds


def test_a_month_that_was_done_before_earlier_ones_were_locked_has_its_whole_story_in_its_pack(
    cases, wang, li, tmp_path
):
    """Months that are locked late, one after the other, when the work on the last of them is done."""
    facts = {"file": "bill.csv", "sha256": "ab" * 32, "size": 120, "rows": 20}
    keep_personal(cases, (1, "5f" * 16, '{"buyer":"Forgettable"}'), **facts)
    made = month_of(cases, wang, li)
    cases.reviews.sample(made, actor=li)
    cases.reviews.sign_off("r1", actor=ZHAO)
    for number, period in ((2, "2026-08"), (3, "2026-09")):
        empty = run(cases, f"r{number}", count=0, period=period)
        cases.reviews.sample(empty, actor=li)
        cases.periods.lock(period, actor=li, reason="month end")
    cases.periods.lock("2026-10", actor=li, reason="month end")

    cases.archive.pack(tmp_path / "pack", actor=li, period="2026-10")

    decided = [row["subject"] for row in rows(tmp_path / "pack", "log") if row["kind"].startswith("decision.")]
    assert ["bill.csv"] == [row["file"] for row in rows(tmp_path / "pack", "inputs")]
    assert ["r1"] == [row["subject"] for row in rows(tmp_path / "pack", "runs")]
    assert 1 == len(rows(tmp_path / "pack", "configuration"))
    assert {"c1", "c2", "c3"} <= set(decided)
    assert cases.archive.verify(tmp_path / "pack").holds


def test_a_pack_that_this_book_did_not_write_is_told(cases, wang, li, tmp_path):
    closed(cases, wang, li)
    cases.archive.pack(tmp_path / "pack", actor=li, period="2026-10")

    with Casebook("sqlite://") as other:
        assert [str(fault) for fault in other.archive.verify(tmp_path / "pack").faults] == [
            "seal: no entry of this book's log names it"
        ]


def test_what_is_open_is_not_packed_nor_by_everybody_nor_over_something(cases, wang, li, tmp_path):
    with pytest.raises(CasebookError, match="it is open: only what is locked is packed"):
        cases.archive.pack(tmp_path / "pack", actor=li, period="2026-10")
    with pytest.raises(NotAllowed):
        cases.archive.pack(tmp_path / "pack", actor=wang)
    cases.archive.pack(tmp_path / "pack", actor=li)
    with pytest.raises(InputError, match="it is there already"):
        cases.archive.pack(tmp_path / "pack", actor=li)


def test_retention_says_what_may_go_and_when(cases):
    kept = cases.archive.retention("2026-10", today=date(2037, 1, 1))

    assert [(one.ends_on, one.may_go) for one in kept] == [
        (date(2056, 12, 31), False),
        (date(2036, 12, 31), True),
        (date(2036, 12, 31), True),
        (None, False),
    ]
    with pytest.raises(CasebookError, match="a month such as 2026-10 is needed"):
        cases.archive.retention("October", today=date(2037, 1, 1))


class _Stopped(BaseException):
    """A process that is stopped."""


@pytest.mark.parametrize("name", ["pack", "pack.zip"])
def test_a_pack_whose_writer_was_stopped_before_it_was_noted_is_noted_by_the_next_and_not_refused(
    cases, wang, li, tmp_path, monkeypatch, name
):
    closed(cases, wang, li)

    def stopped(*_, **__):
        raise _Stopped

    with monkeypatch.context() as patched:
        patched.setattr(type(cases.archive), "_note", stopped)
        with pytest.raises(_Stopped):
            cases.archive.pack(tmp_path / name, actor=li, period="2026-10")
    assert [name] == [one.name for one in tmp_path.glob("*pack*")]
    assert not cases.archive.packs()

    packed = cases.archive.pack(tmp_path / name, actor=li, period="2026-10")

    assert packed.entry.body["seal"] == packed.manifest.seal
    assert cases.archive.verify(tmp_path / name).holds
    assert "archived" == cases.periods.state("2026-10").state
    with pytest.raises(InputError, match="it is there already"):
        cases.archive.pack(tmp_path / name, actor=li, period="2026-10")


def test_a_pack_of_another_book_is_not_taken_for_ones_own(cases, wang, li, tmp_path):
    with Casebook("sqlite://") as other:
        other.archive.pack(tmp_path / "pack", actor=li)

    with pytest.raises(InputError, match="it is there already"):
        closed(cases, wang, li).archive.pack(tmp_path / "pack", actor=li, period="2026-10")

    assert not cases.archive.packs()


def test_a_period_that_is_opened_while_it_is_packed_is_not_archived(cases, wang, li, tmp_path, monkeypatch):
    closed(cases, wang, li)
    whole = archiving.write_pack

    def meanwhile(*given, **more):
        made = whole(*given, **more)
        cases.periods.unlock("2026-10", actor=li, reason="a late bill")
        return made

    monkeypatch.setattr(archiving, "write_pack", meanwhile)
    with pytest.raises(CasebookError, match="it is open: only what is locked is packed"):
        cases.archive.pack(tmp_path / "pack", actor=li, period="2026-10")

    assert "open" == cases.periods.state("2026-10").state
    assert not list(tmp_path.glob("*pack*"))


@pytest.mark.parametrize("path", [5, "a\0b", "n" * 30_000], ids=["a number", "half a name", "a name of 30,000"])
def test_a_path_that_is_none_is_told(tmp_path, li, path):
    given = path if isinstance(path, int) else f"{tmp_path}/{path}"

    with Casebook("sqlite://") as cases:
        with pytest.raises(InputError) as caught:
            cases.archive.pack(given, actor=li)

        assert len(str(caught.value)) < 200
        assert not cases.archive.packs()
    assert not list(tmp_path.iterdir())
