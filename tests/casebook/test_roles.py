"""Two sides of one class in one book: the platform's orders and the ERP's bear the same numbers and are not each other's edits."""

import datetime as dt
import json

import attrs
import pytest
from test_orders import AS_OF, DAY, article, order

from tieout.casebook import refs_of
from tieout.casebook.roles import TWIN_SIDES
from tieout.errors import CasebookError
from tieout.model import Order, Provenance
from tieout.reconciliations import Dispatch, Orders, reconciliations
from tieout.tables import Table

ERP = "erp_orders"
DAY_LATER = DAY + dt.timedelta(days=1)


def orders(file, **said):
    """Orders of a file, by number and what was paid in cents."""
    return Table.from_records(
        [
            order(number, DAY, cents, lines=(article(),), provenance=Provenance(file=file, line=place))
            for place, (number, cents) in enumerate(said.items(), 2)
        ],
        Order,
    )


PLATFORM = orders("platform.csv", A1=10_000, A2=5_000, A3=700)
OF_ERP = orders("erp.csv", A1=10_000, A2=4_900, A4=300)


def run(cases, actor, **more):
    sides = {"orders": cases.records(Order), ERP: cases.records(Order, role=ERP)}
    return cases.run(Orders(as_of=AS_OF), actor=actor, **{**sides, **more})


def kinds(run):
    return run.outcome.kinds


def records(cases, case_id):
    """Sides that a case is about, by the kinds of its records."""
    history = [one for one in cases.case(case_id).history if one.kind == "case.opened"]
    return sorted(kind for kind, _, _ in history[-1].body["records"])


@pytest.fixture
def both(cases, wang, li):
    """A book with both sides, and a run over it."""
    cases.import_records(PLATFORM, actor=wang)
    cases.import_records(OF_ERP, actor=wang, role=ERP)
    return run(cases, li)


def test_records_of_two_roles_are_never_each_others_edits(cases, wang):
    first = cases.import_records(PLATFORM, actor=wang)
    second = cases.import_records(OF_ERP, actor=wang, role=ERP)

    assert (first.added, second.added, second.edited, second.same) == (3, 3, 0, 0)
    assert cases.records(Order).to_polars().equals(PLATFORM.to_polars())
    assert cases.records(Order, role=ERP).to_polars().equals(OF_ERP.to_polars())
    assert str(cases.import_records(OF_ERP, actor=wang, role=ERP)) == "3 rows: 0 added, 3 same"
    assert set(second.changes["kind"]) == {"Order:erp_orders"}
    assert set(second.changes["key"]) == set(refs_of(OF_ERP, role=ERP)["key"])
    assert set(refs_of(OF_ERP, role=ERP)["key"]).isdisjoint(refs_of(OF_ERP)["key"])
    assert refs_of(OF_ERP, role=ERP)["hash"].equals(refs_of(OF_ERP)["hash"])
    assert cases.verify().holds


def test_a_run_names_both_sides_by_the_refs_of_their_imports(cases, both, li):
    members = cases.matches().explode("members").unnest("members")
    keys = {"orders": refs_of(PLATFORM), ERP: refs_of(OF_ERP, role=ERP)}

    assert set(members.select("side", "kind").rows()) == {("orders", "Order"), (ERP, "Order:erp_orders")}
    assert all(key in set(keys[side]["key"]) for side, _, key in members.select("side", "kind", "key").rows())
    assert both.outcome.kinds == {"orders": "Order", ERP: "Order"}  # the outcome is the reconciliation's own
    assert sorted(map(tuple, (records(cases, one) for one in both.opened))) == [
        ("Order",),
        ("Order", "Order:erp_orders"),
        ("Order:erp_orders",),
    ]
    assert run(cases, li).is_unchanged
    assert run(cases, li, orders=PLATFORM, erp_orders=OF_ERP).is_unchanged
    assert cases.rebuild()
    assert cases.verify().holds


@pytest.mark.parametrize(("role", "touched"), [(None, "Order"), (ERP, "Order:erp_orders")])
def test_an_edit_of_one_side_reopens_what_that_side_is_in(cases, wang, li, both, role, touched):
    table = orders("edit.csv", A3=800) if role is None else orders("edit.csv", A4=800)
    (alone,) = (one for one in both.opened if records(cases, one) == [touched])
    others = [one for one in both.opened if one != alone]
    for one in both.opened:
        cases.resolve(one, actor=li, cause="timing", responsible="internal", resolution="timing_difference")
    found = cases.import_records(table, actor=wang, role=role)

    assert (found.edited, found.reopened.cases) == (1, (alone,))
    assert [cases.case(one).state for one in others] == ["resolved", "resolved"]
    # The other side's record of the same number touches nothing of this one: it is late, if it is anything.
    assert found.changes.select("kind", "change").rows() == [(touched, "edited")]


def test_a_match_is_reopened_by_an_edit_of_either_side(cases, wang, li, both):
    for role in (None, ERP):
        assert len(cases.import_records(orders("edit.csv", A1=9_999), actor=wang, role=role).reopened.matches) == 1
        run(cases, li)
    assert cases.matches()["state"].unique().to_list() == ["confirmed"]


def test_a_late_order_of_the_erp_touches_the_case_that_misses_it(cases, wang, li, both):
    (missing,) = (one for one in both.opened if records(cases, one) == ["Order"])
    cases.resolve(missing, actor=li, cause="timing", responsible="internal", resolution="timing_difference")
    found = cases.import_records(orders("late.csv", A3=700), actor=wang, role=ERP)

    assert found.reopened.cases == (missing,)
    assert run(cases, li).gone == (missing,)


def test_an_order_that_the_erp_gave_up_is_deleted_there_and_nowhere_else(cases, wang, both):
    found = cases.import_records(orders("erp.csv", A1=10_000), actor=wang, role=ERP, complete=True)

    assert found.deleted == 2
    assert len(cases.records(Order)) == 3
    assert len(cases.records(Order, role=ERP)) == 1
    assert cases.verify().holds


def test_a_link_by_hand_joins_an_order_of_each_side(cases, li, both):
    alone = [one for one in both.opened if len(records(cases, one)) == 1]
    linked = cases.link(alone, actor=li, reason="the ERP has it under another number")

    assert linked.proof.holds
    assert run(cases, li).is_unchanged
    members = cases.matches().explode("members").unnest("members")
    assert {"Order", "Order:erp_orders"} <= set(members["kind"])
    assert cases.verify().holds


def test_both_orders_of_one_number_may_stand_in_one_link(cases, wang, li, both):
    """Nobody can tell them apart but for the role."""
    differing = next(one for one in both.opened if len(records(cases, one)) == 2)
    alone = next(one for one in both.opened if records(cases, one) == ["Order:erp_orders"])
    linked = cases.link([differing, alone], actor=li, reason="the ERP split it")

    assert linked.proof.holds
    assert run(cases, li).is_unchanged


def test_a_run_over_days_names_what_it_hands_on_as_what_it_was_given(cases, wang, li):
    cases.import_records(PLATFORM, actor=wang)
    cases.import_records(OF_ERP, actor=wang, role=ERP)
    late = orders("late.csv", A3=700)
    cases.import_records(late, actor=wang, role=ERP)
    first = cases.run(Orders(as_of=DAY), actor=li, orders=PLATFORM, erp_orders=OF_ERP)
    nothing = Table.from_records([], Order)
    cases.run(Orders(as_of=DAY_LATER), actor=li, orders=nothing, erp_orders=late, opening=first.outcome.carry_forward)
    at_days = cases.matches().select("group_id", "members")
    cases.run(Orders(as_of=DAY_LATER), actor=li, orders=PLATFORM, erp_orders=cases.records(Order, role=ERP))

    assert at_days.equals(cases.matches().select("group_id", "members"))
    assert {one["kind"] for row in at_days["members"] for one in row} == {"Order", "Order:erp_orders"}


def test_orders_of_the_erp_given_under_another_sides_name_are_known_as_the_erps(cases, wang, li):
    cases.import_records(PLATFORM, actor=wang)
    cases.import_records(OF_ERP, actor=wang, role=ERP)
    for role, kind in ((None, "Order"), (ERP, "Order:erp_orders")):
        told = cases.run(Dispatch(as_of=AS_OF), actor=li, orders=cases.records(Order, role=role), shipments=[])
        entry = cases.runs()[-1]
        assert (told.seq, entry.body["sides"]["orders"]["kind"]) == (entry.seq, kind)


def test_orders_that_say_the_same_on_both_sides_are_told_apart_all_the_same(cases, wang, li):
    same = orders("erp.csv", A1=10_000, A2=5_000, A3=700)
    cases.import_records(PLATFORM, actor=wang)
    cases.import_records(same, actor=wang, role=ERP)
    run(cases, li)

    assert {key for row in cases.matches()["members"] for one in row for key in [one["kind"]]} == {
        "Order",
        "Order:erp_orders",
    }
    cases.run(Dispatch(as_of=AS_OF), actor=li, orders=cases.records(Order, role=ERP), shipments=[])
    assert cases.runs()[-1].body["sides"]["orders"]["kind"] == "Order:erp_orders"


@pytest.mark.parametrize("role", [None, "erp_order"])
def test_a_side_whose_rows_were_imported_as_something_else_is_refused(cases, wang, li, role):
    cases.import_records(PLATFORM, actor=wang)
    cases.import_records(OF_ERP, actor=wang, role=role)
    given = cases.records(Order, role=role)

    with pytest.raises(CasebookError, match=r"(?s)erp_orders.*stand in the book as Order.*role='erp_orders'"):
        cases.run(Orders(as_of=AS_OF), actor=li, orders=PLATFORM, erp_orders=given)
    assert cases.runs() == ()


def test_an_import_without_its_role_is_taken_back_by_giving_its_source_up(cases, wang, li):
    cases.import_records(PLATFORM, actor=wang)
    cases.import_records(OF_ERP, actor=wang)
    cases.import_records(Table.from_records([], Order), actor=wang, source="erp.csv", complete=True)
    cases.import_records(OF_ERP, actor=wang, role=ERP)

    assert sorted(refs_of(cases.records(Order))["hash"]) == sorted(refs_of(PLATFORM)["hash"])
    assert len(run(cases, li).opened) == 3  # A2 differs, A3 and A4 are on one side each
    assert cases.verify().holds


def test_sides_that_are_swapped_are_refused(cases, li, both):
    with pytest.raises(CasebookError, match="stand in the book as Order"):
        run(cases, li, orders=cases.records(Order, role=ERP), erp_orders=cases.records(Order))
    with pytest.raises(CasebookError, match=r"side orders.*stand in the book as Order:erp_orders"):
        run(cases, li, orders=cases.records(Order, role=ERP))


def test_a_mistyped_role_is_refused_where_it_would_read_as_no_records(cases, wang, both):
    with pytest.raises(CasebookError, match=r"(?s)nothing was imported as Order:erp_order.*Order, Order:erp_orders"):
        cases.records(Order, role="erp_order")
    cases.import_records(Table.from_records([], Order), actor=wang, source="wms", role="wms_orders")
    assert len(cases.records(Order, role="wms_orders")) == 0


def test_the_ledger_before_its_first_import_has_no_orders_of_the_erp(cases):
    assert len(cases.records(Order, role=ERP)) == 0


@pytest.mark.parametrize("role", ["", "ERP", "erp orders", 'a"b', "a:b", 7])
def test_a_role_is_a_plain_name(cases, wang, role):
    with pytest.raises(CasebookError, match="a name such as 'erp_orders' is needed"):
        cases.import_records(PLATFORM, actor=wang, role=role)
    with pytest.raises(CasebookError, match="a name such as 'erp_orders' is needed"):
        cases.records(Order, role=role)


def test_sides_that_the_book_does_not_hold_are_told_apart_by_their_names(cases, li):
    cases.run(Orders(as_of=AS_OF), actor=li, orders=PLATFORM, erp_orders=OF_ERP)

    sides = cases.runs()[-1].body["sides"]
    assert {name: side["kind"] for name, side in sides.items()} == {"orders": "Order", ERP: "Order:erp_orders"}


def test_personal_fields_of_both_sides_are_forgotten(cases, wang, li):
    theirs = [attrs.evolve(order(number, DAY, 100), buyer_ref="buyer-1") for number in ("A1", "A2")]
    cases.import_records(Table.from_records(theirs), actor=wang, keep_personal=True)
    cases.import_records(Table.from_records(theirs), actor=wang, keep_personal=True, role=ERP)
    assert cases.records(Order, role=ERP).to_polars()["buyer_ref"].to_list() == ["buyer-1"] * 2

    assert len(cases.forget("buyer-1", actor=li, reason="request 7").records) == 4
    assert cases.records(Order, role=ERP).to_polars()["buyer_ref"].null_count() == 2
    assert cases.verify().holds


def test_every_side_of_the_books_own_system_is_a_twin():
    """A reconciliation that gets a side of the ERP later cannot be forgotten here."""
    found = set()
    for leaf in reconciliations().values():
        module = leaf.load()
        for owner in vars(module).values():
            run_ = getattr(owner, "run", None) if isinstance(owner, type) else None
            found |= {name for name in getattr(run_, "__annotations__", {}) if name.startswith("erp_")}
    assert found == TWIN_SIDES


def test_a_closed_period_is_run_again_with_both_sides(cases, wang, li):
    cases.import_records(PLATFORM, actor=wang)
    cases.import_records(OF_ERP, actor=wang, role=ERP)
    run(cases, li, period="2026-10")

    def again():
        sides = {"orders": cases.records(Order), ERP: cases.records(Order, role=ERP)}
        return cases.reviews.rerun(Orders(as_of=AS_OF), actor=li, period="2026-10", **sides)

    assert again().is_reproduced
    cases.import_records(orders("edit.csv", A4=800), actor=wang, role=ERP)
    found = again()
    assert [change.change for change in found.changes] == ["changed"]
    history = cases.case(found.changes[0].new_case).history
    assert {kind for kind, _, _ in history[0].body["records"]} == {"Order:erp_orders"}


def test_an_archive_names_the_roles_in_its_tables(cases, li, both, tmp_path):
    cases.archive.pack(tmp_path / "pack", actor=li, reason="month end")

    matches = [json.loads(line) for line in (tmp_path / "pack" / "matches.jsonl").read_text("utf-8").splitlines()]
    assert {kind for row in matches for _, kind, _ in row["members"]} == {"Order", "Order:erp_orders"}
    inputs = [json.loads(line) for line in (tmp_path / "pack" / "inputs.jsonl").read_text("utf-8").splitlines()]
    assert [row["kind"] for row in inputs] == ["Order", "Order:erp_orders"]
