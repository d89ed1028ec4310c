"""Links in a book: what a decision does to cases at once is what the next run says."""

import pytest
from settlement_world import AS_OF, line

from links_world import OCTOBER, card, charge, order, payout, receipt, shipment
from tieout.casebook import Casebook
from tieout.casebook.links import Part
from tieout.casebook.refs import RecordRef, refs_of
from tieout.casebook.schema import record, record_now
from tieout.errors import CasebookError, DecisionConflict, InvalidTransition, NotAllowed
from tieout.model import Order, SettlementLine
from tieout.reconciliations import CourierBill, Receipts, Settlement
from tieout.tables import Table


def shop(*, late=4_990, **more):
    """A shop's month: an order that agrees, one whose line names another, one within the tolerance, one paid short."""
    orders = [
        order("A1", OCTOBER, 10_000),
        order("A2", OCTOBER, 5_000),
        order("A3", OCTOBER, 7_001),
        order("A4", OCTOBER, 3_000),
    ]
    lines = [
        line("L1", "sale", 10_000, OCTOBER, of="A1"),
        line("L2", "sale", late, OCTOBER, of="XX"),
        line("L3", "sale", 7_000, OCTOBER, of="A3"),
        line("L4", "sale", 2_500, OCTOBER, of="A4"),
    ]
    return {"orders": orders, "lines": lines, **more}


def run(cases, actor, **sides):
    return cases.run(Settlement(as_of=AS_OF), actor=actor, **(sides or shop()))


def table(cases):
    """Every case as a later run may not change it: but for the run that last found it."""
    with cases.store.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT type, impact_minor, absorbed_minor, state, resolution, is_open, is_gone, keys, reason, owner, due_on,"
            " period, severity FROM case_now ORDER BY case_id"
        ).all()
    return [tuple(row) for row in rows]


def of_type(cases, kind):
    with cases.store.reading() as connection:
        rows = connection.exec_driver_sql("SELECT case_id, type FROM case_now ORDER BY case_id").all()
    return [case_id for case_id, type_ in rows if type_ == kind]


def open_sum(cases):
    with cases.store.reading() as connection:
        return connection.exec_driver_sql("SELECT SUM(impact_minor) FROM case_now WHERE NOT is_gone").scalar()


def lost(cases):
    return of_type(cases, "settlement.order_missing") + of_type(cases, "settlement.order_unknown")


@pytest.fixture
def fin(li):
    return li


def test_a_link_acts_at_once_and_the_next_run_says_the_same(cases, fin):
    run(cases, fin)
    before = open_sum(cases)
    linked = cases.link(lost(cases), actor=fin, reason="a typing error")
    at_once = table(cases)

    assert linked.proof.holds
    assert open_sum(cases) == before
    assert {("settlement.order_missing", 0, -5_000, "resolved", "matched_manually")} <= {row[:5] for row in at_once}
    assert ("general.manual_difference", -10, 0, "open", None) in {row[:5] for row in at_once}

    again = run(cases, fin)

    assert again.is_unchanged
    assert table(cases) == at_once
    assert again.outcome.proof.holds
    assert cases.verify().holds
    assert again.doubted == ()


def test_an_undo_gives_the_cases_back_and_a_run_agrees(cases, fin):
    run(cases, fin)
    linked = cases.link(lost(cases), actor=fin)
    (made,) = linked.decisions
    cases.undo(made.made.seq, actor=fin, reason="it was another order")
    after = table(cases)

    assert cases.links() == ()
    assert {row[:4] for row in after if not row[6]} == {
        ("settlement.order_missing", -5_000, 0, "reopened"),
        ("settlement.order_unknown", 4_990, 0, "reopened"),
        ("settlement.amount_mismatch", -500, 0, "open"),
    }
    assert run(cases, fin).is_unchanged
    assert table(cases) == after

    cases.link(lost(cases), actor=fin)
    assert run(cases, fin).is_unchanged
    assert cases.verify().holds


def test_what_is_taken_apart_stays_apart(cases, fin):
    run(cases, fin)
    refs = refs_of(Table.from_records(shop()["orders"]))
    third = RecordRef("Order", refs["key"][2])
    names = refs_of(Table.from_records(shop()["lines"]))
    cases.unlink([third, RecordRef("SettlementLine", names["key"][2])], actor=fin, reconciliation="settlement")
    at_once = table(cases)

    assert sorted(row[1] for row in at_once if row[0] == "general.manual_unmatched") == [-7_001, 7_000]
    assert run(cases, fin).is_unchanged
    assert table(cases) == at_once


def test_a_split_case_becomes_cases_with_notes_and_owners_of_their_own(cases, fin):
    run(cases, fin)
    (whole,) = of_type(cases, "settlement.amount_mismatch")
    cases.split(
        whole,
        [Part(impact_minor=-300, note="a fee", owner="finance"), Part(impact_minor=-200, note="a refund")],
        actor=fin,
    )
    at_once = table(cases)

    parts = {(row[1], row[8], row[9]) for row in at_once if row[0] == "settlement.amount_mismatch" and not row[6]}
    assert parts == {(-300, "a fee", "finance"), (-200, "a refund", "platform_ops")}
    assert run(cases, fin).is_unchanged
    assert table(cases) == at_once


def test_a_link_whose_record_changed_is_surfaced_and_reaffirmed(cases, fin):
    run(cases, fin)
    (made,) = cases.link(lost(cases), actor=fin).decisions
    changed = run(cases, fin, **shop(late=4_980))

    assert [one.problem for one in changed.doubted] == ["1 of its 2 records say something else now"]
    (standing,) = cases.links_in_question("settlement")
    assert standing.decision.made.actor == "li"
    assert changed.outcome.proof.holds

    cases.reaffirm(made.made.seq, actor=fin, reason="still the same order")
    at_once = table(cases)
    assert cases.links_in_question("settlement") == ()
    assert ("general.manual_difference", -20) in {row[:2] for row in at_once if not row[6]}
    assert run(cases, fin, **shop(late=4_980)).is_unchanged
    assert table(cases) == at_once


def test_a_link_whose_record_says_again_what_it_said_is_in_force_as_if_nothing_had_been(cases, fin):
    run(cases, fin)
    cases.link(lost(cases), actor=fin)
    before = [row[:3] for row in table(cases)]

    run(cases, fin, **shop(late=4_000))
    assert cases.surfaced().height == 2
    again = run(cases, fin)

    assert again.doubted == ()
    assert [row[:3] for row in table(cases)] == before
    assert cases.surfaced().height == 0
    assert cases.rebuild().faults == ()


def test_contradictions_are_refused_and_the_earlier_decision_is_named(cases, fin, url, clock):
    run(cases, fin)
    (made,) = cases.link(lost(cases), actor=fin).decisions
    (short,) = of_type(cases, "settlement.amount_mismatch")
    before = cases.verify().entries

    with (
        Casebook(url, clock=clock) as again,
        pytest.raises(CasebookError, match=rf"were linked by li, 2026-10-01T.*, entry {made.made.seq} already"),
    ):
        again.link([*of_type(cases, "general.manual_difference"), short], actor=fin)

    assert cases.verify().entries == before


def test_who_may_not_and_what_is_claimed_or_changed_since_is_refused(cases, fin, wang):
    run(cases, fin)
    with pytest.raises(NotAllowed, match="wang"):
        cases.link(lost(cases), actor=wang)
    with pytest.raises(DecisionConflict, match="you saw version 1"):
        cases.link(lost(cases), actor=fin, seen=1)
    cases.resolve(
        lost(cases)[0],
        actor=fin,
        reason="x",
        resolution="timing_difference",
        cause="late_booking",
        responsible="platform",
    )
    with pytest.raises(InvalidTransition, match="resolve is not possible"):
        cases.link(lost(cases), actor=fin)
    with pytest.raises(CasebookError, match="it has to be said"):
        cases.link(lost(cases), actor=fin, across_shops=True)
    with pytest.raises(CasebookError, match="no run of payout is in the book"):
        cases.link([RecordRef("Order", "f" * 32)], actor=fin, reconciliation="payout")
    with pytest.raises(CasebookError, match="groups of case ids and RecordRefs are needed, got int"):
        cases.link([1], actor=fin)
    with pytest.raises(CasebookError, match="entry 1 is no decision in force about records"):
        cases.undo(1, actor=fin)


@pytest.mark.parametrize("change", ["edited", "deleted"])
def test_a_record_that_was_imported_anew_since_the_run_is_not_decided_about(cases, fin, change):
    run(cases, fin)
    keys = refs_of(Table.from_records(shop()["lines"]))["key"]
    row = {"kind": "SettlementLine", "hash": "f" * 64, "source": "month"}
    with cases.store.writing() as connection:
        said = {**row, "key": keys[1], "seq": 1, "change": change, "payload_hash": ""}
        connection.execute(record.insert(), said)
        other = keys[0] if change == "deleted" else keys[1]
        connection.execute(record_now.insert(), {**row, "key": other, "record_id": 1})

    with pytest.raises(CasebookError, match=rf"SettlementLine/{keys[1]} changed since the last run"):
        cases.link(lost(cases), actor=fin)


def test_many_links_are_one_call(cases, fin):
    orders = [order(f"A{n}", OCTOBER, 5_000 + n) for n in range(40)]
    lines = [line(f"L{n}", "sale", 5_000 + n, OCTOBER, of=f"X{n}") for n in range(40)]
    run(cases, fin, orders=orders, lines=lines)
    keys = refs_of(Table.from_records(orders))["key"], refs_of(Table.from_records(lines))["key"]
    groups = [[RecordRef("Order", one), RecordRef("SettlementLine", other)] for one, other in zip(*keys, strict=True)]

    linked = cases.link(*groups, actor=fin, reconciliation="settlement")

    assert len(linked.decisions) == 40
    assert len(linked.resolved) == 80
    assert linked.opened == ()
    assert run(cases, fin, orders=orders, lines=lines).is_unchanged
    assert cases.verify().holds
    assert len(cases.links()) == 40


def test_receipts_of_a_bank_and_a_courier_bill_are_linked_too(cases, fin):
    bank = {
        "payouts": [payout("P2", OCTOBER, 25_000)],
        "bank": [receipt("B2", OCTOBER, 24_750)],
    }
    contract = card(
        '[[versions]]\nid = "1"\nfrom = 2026-01-01\n'
        'weight = { rounding = { mode = "ceil", step = 1 } }\n'
        'prices = { model = "first_continued", first_weight = 1, first = "4.00", step = 1, continued = "1.00" }\n'
    )
    bill = {"shipments": [shipment("ZT3", "1.8")], "charges": [charge("ZTX", "5.30")]}
    for reconciliation, sides, left in (
        (Receipts(as_of=AS_OF), bank, -250),
        (CourierBill(rate_card=contract, as_of=AS_OF), bill, 30),
    ):
        made = cases.run(reconciliation, actor=fin, **sides)
        linked = cases.link(made.opened, actor=fin)
        at_once = table(cases)
        assert linked.proof.holds
        assert ("general.manual_difference", left) in {row[:2] for row in at_once if not row[6]}
        assert cases.run(reconciliation, actor=fin, **sides).is_unchanged
        assert table(cases) == at_once


def test_what_is_carried_into_the_next_month_stays_linked(cases, fin):
    made = run(cases, fin)
    cases.link(lost(cases), actor=fin)
    at_once = table(cases)

    later = cases.run(
        Settlement(as_of=AS_OF.replace(month=11, day=30)),
        actor=fin,
        orders=[],
        lines=[],
        opening=made.outcome.carry_forward,
    )

    assert later.doubted == ()
    assert [one for one in later.outcome.discrepancies if one.type.startswith("settlement.order_")] == []
    assert later.outcome.proof.holds
    # Any case that a later run finds has the period of that run.
    kept, before = (
        [row[:11] for row in rows if row[0] != "settlement.amount_mismatch"] for rows in (table(cases), at_once)
    )
    assert kept == before


def test_the_log_played_again_gives_the_cases_of_linked_records(cases, fin):
    run(cases, fin)
    (made,) = cases.link(lost(cases), actor=fin).decisions
    cases.undo(made.made.seq, actor=fin)
    cases.link(lost(cases), actor=fin)
    before = table(cases)

    assert cases.rebuild().faults == ()
    assert table(cases) == before


def test_a_decision_all_of_whose_records_are_deleted_is_surfaced_and_not_dropped(cases, fin):
    def known():
        sides = {"orders": cases.records(Order), "lines": cases.records(SettlementLine)}
        return cases.run(Settlement(as_of=AS_OF), actor=fin, **sides)

    for name, rows in shop().items():
        cases.import_records(Table.from_records(rows), actor=fin, source=name)
    known()
    (decision,) = cases.link(lost(cases), actor=fin).decisions
    for name, rows in shop().items():
        cases.import_records(Table.from_records([*rows[:1], *rows[2:]]), actor=fin, source=name, complete=True)

    (doubted,) = known().doubted
    assert doubted.decision.id == decision.id
    assert doubted.problem == "none of its 2 records is there any more"
    assert [one.decision.id for one in cases.links_in_question("settlement")] == [decision.id]

    cases.run(Settlement(as_of=AS_OF), actor=fin, scope="shop 2", orders=[], lines=[])
    assert [one.decision.id for one in cases.links_in_question("settlement", scope=decision.scope)] == [decision.id]
    assert cases.links_in_question("settlement", scope=None) == ()

    cases.undo(decision.made.seq, actor=fin, reason="the order was never ours")
    assert known().doubted == ()
    assert cases.verify().holds


def test_a_decision_about_rows_that_the_book_never_held_is_missed_where_nothing_is_carried_on(cases, fin):
    made = run(cases, fin)
    cases.link(lost(cases), actor=fin)
    rest = {name: [*rows[:1], *rows[2:]] for name, rows in shop().items()}

    assert run(cases, fin, **rest, opening=made.outcome.carry_forward).doubted == ()
    assert [one.problem for one in run(cases, fin, **rest).doubted] == ["none of its 2 records is there any more"]
