import attrs
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from links_world import WORLDS, settlement
from tieout.casebook.links import Made, Part
from tieout.casebook.proposing import Board, Proposal, Wanted, effects
from tieout.casebook.refs import RecordRef
from tieout.casebook.regrouping import Force
from tieout.errors import CasebookError

MADE = Made(seq=7, at="2026-11-01T08:00:00.000000Z", actor="wang")
BASES = {name: world() for name, world in WORLDS.items()}


def board(world="settlement", decisions=()):
    outcome, refs = BASES[world]
    return Board(outcome, refs, decisions, period="2026-10")


def ref(world, side, row):
    outcome, refs = BASES[world]
    return RecordRef(outcome.kinds[side], refs[side].filter(pl.col("row") == row)["key"].item())


def records(world, *places):
    return Wanted(records=[ref(world, side, row) for side, row in places])


def kept(on, proposal):
    """The board after a proposal that somebody made."""
    return on.after(attrs.evolve(proposal, made=[attrs.evolve(one, made=MADE) for one in proposal.made]))


def impacts(on):
    table = on.laid.outcome.discrepancies.to_polars()
    return sorted(table.select("discrepancy_id", "impact_minor").iter_rows())


def test_a_link_takes_whole_groups_and_says_what_they_differ_by():
    (link,) = board().links([records("settlement", ("orders", 1), ("lines", 3))]).made

    assert (link.currency, link.gap_minor) == ("CNY", -5_500)
    assert len(link.records) == 4  # the line stands with its order and another line


def test_a_case_stands_for_the_records_of_its_group():
    (by_case,) = board().links([Wanted(discrepancies=["7bbb79bee11b6475", "47a798130690513e"])]).made
    (by_record,) = board().links([records("settlement", ("orders", 1), ("lines", 1))]).made

    assert by_case == by_record


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [
        ([("orders", 4), ("lines", 1)], "in several currencies: CNY, USD"),
        ([("orders", 5), ("lines", 1)], "of several values of platform: pdd, tmall"),
        ([("orders", 0), ("lines", 0)], "is one group already"),
    ],
)
def test_what_does_not_belong_together_is_refused(wanted, problem):
    with pytest.raises(CasebookError, match=problem):
        board().links([records("settlement", *wanted)])


def test_shops_are_joined_only_when_that_is_said():
    (link,) = board().links([records("settlement", ("orders", 5), ("lines", 5))], across_shops=True).made

    assert link.gap_minor == -300


def test_a_record_that_the_run_does_not_know_is_refused():
    with pytest.raises(CasebookError, match=r"the last run did not compare Order/ffff"):
        board().links([Wanted(records=[RecordRef("Order", "f" * 32)])])
    with pytest.raises(CasebookError, match="ties no record to 0000"):
        board().links([Wanted(discrepancies=["0000"])])


def test_a_record_in_a_second_link_is_refused_and_the_first_one_named():
    first = kept(board(), board().links([records("settlement", ("orders", 1), ("lines", 1))]))

    with pytest.raises(CasebookError, match=r"were linked by wang, 2026-11-01T08:00:00\.000000Z, entry 7 already"):
        first.links([records("settlement", ("orders", 2), ("lines", 1))])
    with pytest.raises(CasebookError, match="two of the links would take"):
        board().links(
            [records("settlement", ("orders", 1), ("lines", 1)), records("settlement", ("orders", 2), ("lines", 1))]
        )


def test_a_link_that_is_taken_apart_falls_back_and_its_parts_never_meet_again():
    before = board()
    linked = kept(before, before.links([records("settlement", ("orders", 1), ("lines", 1))]))
    proposal = linked.unlinks([records("settlement", ("lines", 1))])
    apart = kept(linked, proposal)

    assert impacts(apart) == impacts(before)
    assert [len(part) for part in proposal.made[0].parts] == [1, 1]
    assert [one.force for one in apart.laid.standings] == [Force.QUIET]


def test_records_that_are_named_leave_their_group_and_the_rest_stays():
    on = board()
    after = on.after(on.unlinks([records("settlement", ("lines", 3))]))

    assert sorted(impact for _, impact in set(impacts(after)) - set(impacts(on))) == [-1_500, 1_000]


def test_a_charge_of_a_courier_alone_is_taken_off_what_the_contract_says():
    on = board("courier_bill")
    after = on.after(on.unlinks([records("courier_bill", ("charges", 1))]))

    assert sorted(impact for _, impact in set(impacts(after)) - set(impacts(on))) == [-400, 520]


def test_what_stands_alone_is_not_taken_apart():
    with pytest.raises(CasebookError, match="stands alone already"):
        board().unlinks([records("settlement", ("orders", 1))])
    with pytest.raises(CasebookError, match="are of 2 groups"):
        board().unlinks([records("settlement", ("orders", 1), ("lines", 1))])


SHARES = (Part(impact_minor=-300, note="a"), Part(impact_minor=-200, note="b"))


def test_a_split_that_does_not_sum_to_its_case_is_refused():
    with pytest.raises(CasebookError, match=r"the parts sum to -499, the case is -500 \(smallest units of CNY\)"):
        board().split("2b13d54f984358c6", [Part(impact_minor=-300, note="a"), Part(impact_minor=-199, note="b")])
    with pytest.raises(CasebookError, match="give two or more, each with an amount"):
        board().split("2b13d54f984358c6", [Part(impact_minor=-500, note="a")])
    with pytest.raises(CasebookError, match="the last run did not find case ffff"):
        board().split("ffff", SHARES)


def test_a_split_case_is_not_linked_or_split_again_before_that_is_undone():
    on = kept(board(), board().split("2b13d54f984358c6", SHARES))
    (part, *_) = [found for found, impact in impacts(on) if impact == -300]

    with pytest.raises(CasebookError, match="was split by wang, 2026-11-01"):
        on.links([records("settlement", ("orders", 3), ("lines", 1))])
    with pytest.raises(CasebookError, match="was split by wang, 2026-11-01"):
        on.unlinks([records("settlement", ("orders", 3))])
    with pytest.raises(CasebookError, match="is a part of one that was split by wang"):
        on.split(part, SHARES)
    assert impacts(on.after(Proposal(undone=on.decisions))) == impacts(board())


def test_taking_back_what_another_decision_stands_on_is_refused_and_that_one_named():
    on = board()
    apart = kept(on, on.unlinks([records("settlement", ("orders", 2), ("lines", 2))]))
    joined = kept(apart, apart.links([records("settlement", ("orders", 1), ("lines", 2))]))

    with pytest.raises(CasebookError, match=r"decided by wang, 2026-11-01.*entry 7 would not hold: the rules group"):
        joined.after(Proposal(undone=joined.decisions[:1]))


def test_a_decision_whose_records_changed_is_reaffirmed_on_the_new_figures():
    (link,) = board().links([records("settlement", ("orders", 1), ("lines", 1))]).made
    outcome, refs = settlement(late=4_980)
    changed = Board(outcome, refs, [link], period="2026-10")
    assert [one.force for one in changed.laid.standings] == [Force.SURFACED]

    again = changed.after(changed.reaffirmed(link))

    assert [one.force for one in again.laid.standings] == [Force.APPLIED]
    assert again.decisions[0].gap_minor == -20
    assert again.decisions[0].id == link.id


def test_an_unlink_whose_group_grew_is_reaffirmed_with_what_joined_it():
    on = board()
    (apart,) = on.unlinks([records("settlement", ("orders", 2), ("lines", 2))]).made
    outcome, refs = settlement(late=7_000)
    same = Board(outcome, refs, [apart], period="2026-10")

    assert [one.force for one in same.laid.standings] == [Force.APPLIED]
    assert same.after(same.reaffirmed(apart)).decisions[0] == apart


def sums(outcome):
    """By currency what an outcome says of the difference: impacts, and what tolerance and time take up."""
    told = outcome.discrepancies.to_polars().group_by("currency").agg(pl.col("impact_minor").sum())
    return dict(told.iter_rows())


@st.composite
def histories(draw):
    """A world and points at it: links, unlinks and splits of whatever comes."""
    world = draw(st.sampled_from(sorted(WORLDS)))
    _, refs = BASES[world]
    places = [(side, row) for side, frame in refs.items() for row in frame["row"]]
    steps = st.tuples(
        st.sampled_from(["link", "link", "unlink", "split", "undo"]),
        st.lists(st.sampled_from(places), min_size=1, max_size=4, unique=True),
        st.integers(-700, 700).filter(bool),
    )
    return world, draw(st.lists(steps, min_size=1, max_size=6))


def step(on, world, kind, places, amount):
    if kind == "link":
        return on.links([records(world, *places)], across_shops=True)
    if kind == "unlink":
        return on.unlinks([records(world, *places[:1])])
    if kind == "undo":
        return Proposal(undone=on.decisions[:1])
    found, impact = next((item for item in impacts(on) if item[1] not in {0, amount}), (None, 0))
    return on.split(found, [Part(impact_minor=amount, note="x"), Part(impact_minor=impact - amount, note="y")])


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(history=histories(), dice=st.randoms(use_true_random=False))
def test_whatever_is_decided_no_cent_is_lost_the_order_does_not_matter_and_undoing_all_gives_the_original(
    history, dice
):
    world, steps = history
    base = on = board(world)
    for kind, places, amount in steps:
        try:
            on = kept(on, step(on, world, kind, places, amount))
        except CasebookError:
            continue
        assert [] == list(on.laid.outcome.proof.failures)
        assert {one.force for one in on.laid.standings} <= {Force.APPLIED, Force.QUIET}
        for side, frame in on.laid.outcome.records.items():
            assert frame.height == base.outcome.records[side].height
        explained = on.laid.outcome.explains.join(
            on.laid.outcome.discrepancies.to_polars(), on="discrepancy_id", how="inner"
        )
        by_unit = explained.group_by("unit").agg(pl.col("impact_minor").sum())
        off = on.laid.outcome.units.filter(pl.col("verdict") == "discrepancy").join(by_unit, on="unit", how="left")
        assert off.filter(pl.col("gap_minor") != pl.col("impact_minor")).is_empty()

    mixed = list(on.decisions)
    dice.shuffle(mixed)
    shuffled = Board(base.outcome, base.refs, mixed, period="2026-10")
    assert impacts(shuffled) == impacts(on)
    assert effects(on.laid, shuffled.laid) == ([], [])

    empty = Board(base.outcome, base.refs, [], period="2026-10")
    assert impacts(empty) == impacts(base)
    assert sums(empty.laid.outcome) == sums(base.outcome)
