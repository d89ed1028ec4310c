"""What all reconciliations share."""

import datetime as dt
import re
from decimal import Decimal

import attrs
import polars as pl
import pytest
from test_payout import AS_OF, SHOPS, payout, settlement, yuan

from tieout.errors import InputError, NotAnAmount
from tieout.model import BankTransaction, Provenance, Settlement, StockCount, StockCountLine
from tieout.money import Allowance, ToleranceProfile
from tieout.outcome import CarryForward
from tieout.proof import Proof
from tieout.reconciliations import DueRule, DueRules, FeeContract, Payout, Period, RuleBook
from tieout.reconciliations._common.events import EVENT_GROUP, EVENT_SOURCE, events_table
from tieout.reconciliations._common.findings import FINDING_SCHEMA as SOURCE_TYPES
from tieout.reconciliations._common.findings import SOURCE, findings_of, no_findings
from tieout.reconciliations._common.playbook import play_of, plays
from tieout.reconciliations._common.scope import keyed_pairs
from tieout.reconciliations._common.sides import Role, Side, quantity_expr, take
from tieout.reconciliations._common.units import judge, proof_of, totals_of
from tieout.tables import Table

OCTOBER = dt.date(2026, 10, 1)


def day(number):
    return dt.date(2026, 10, number)


# Periods


def test_a_week_is_an_iso_week():
    assert Period(dt.date(2026, 12, 28), dt.date(2027, 1, 3)) == Period.parse("2026-W53")


@pytest.mark.parametrize("text", ["2026-13", "2026-W54", "2026-02-30", "2026-10-05/", "October", "2026-1", "", 7, None])
def test_what_is_no_period_is_refused(text):
    with pytest.raises(InputError, match="a period is needed"):
        Period.parse(text)


def test_a_period_that_ends_before_it_begins_is_refused():
    with pytest.raises(InputError, match="ends before it begins"):
        Period.parse("2026-10-05/2026-10-04")


# Due rules


@pytest.mark.parametrize(
    ("today", "state"),
    [(2, "not_due"), (3, "in_transit"), (4, "in_transit"), (5, "late"), (11, "late"), (12, "missing")],
)
def test_what_waits_has_one_of_four_states(today, state):
    rule = DueRule(after=2, grace=2, patience=7)
    start = pl.DataFrame({"on": [OCTOBER]})

    assert [state] == start.select(rule.state_expr(pl.col("on"), day(today))).to_series().to_list()


def test_business_days_leave_out_weekends_and_holidays():
    rule = DueRule(after=3, business=True, holidays=[day(5)])
    friday = pl.DataFrame({"on": [day(2)]})

    assert [day(8)] == friday.select(rule.due_expr(pl.col("on"))).to_series().to_list()


def test_each_source_has_its_own_rule():
    rules = DueRules(DueRule(), {"amazon": DueRule(after=14)})
    rows = pl.DataFrame({"on": [OCTOBER] * 3, "platform": ["amazon", "taobao", None]})

    due = rows.select(rules.due_expr(pl.col("on"), pl.col("platform"))).to_series().to_list()

    assert [day(15), OCTOBER, OCTOBER] == due


def test_days_are_not_negative():
    with pytest.raises(InputError, match="not negative, got grace=-1"):
        DueRule(grace=-1)


# Tolerances


@pytest.mark.parametrize(
    ("kind", "expected", "lines", "allowed"),
    [
        ("line", 10**9, 1, 1),
        ("order", 5, 3, 3),
        ("order", 5, 9, 5),
        ("fee", 950, 1, 2),
        ("fee", 1_000_000, 1, 500),
        ("total", 10**9, 1, 0),
        ("system", 100, 1, 100),
        ("system", 10**7, 1, 1000),
        ("fx", 715_001, 1, 3575),
    ],
)
def test_the_defaults_are_those_of_the_finance_colleague(kind, expected, lines, allowed):
    row = pl.DataFrame({"expected": [-expected], "lines": [lines]})

    found = row.select(ToleranceProfile().allowed_expr(kind, pl.col("expected"), lines=pl.col("lines"))).item()

    assert allowed == found


def test_a_currency_may_have_a_profile_of_its_own():
    profile = ToleranceProfile(currencies={"JPY": ToleranceProfile.exact()})
    rows = pl.DataFrame({"minor": [100, 100], "currency": ["CNY", "JPY"]})

    allowed = rows.select(profile.allowed_expr("line", pl.col("minor"), currency=pl.col("currency"))).to_series()

    assert [1, 0] == allowed.to_list()


@pytest.mark.parametrize("wrong", [{"units": -1}, {"units": 1.5}, {"share": 0.5}, {"limit": -2}])
def test_an_impossible_allowance_is_refused(wrong):
    with pytest.raises(NotAnAmount):
        Allowance(**wrong)


# Scope


def rows_of(*shops, key="A"):
    return pl.DataFrame(
        {"row": range(len(shops)), "id": [key] * len(shops), "shop_id": shops},
        schema={"row": pl.Int64, "id": pl.String, "shop_id": pl.String},
    )


def test_two_shops_with_one_number_do_not_mix():
    pairs = keyed_pairs(rows_of("one", "two"), rows_of("two", "one"), ["id"], rule="number")

    assert [(0, 1, "confirmed"), (1, 0, "confirmed")] == pairs.select("left", "right", "status").rows()


@pytest.mark.parametrize(("ours", "theirs", "pairs"), [(101, 101, 0), (101, 100, 10_100), (1, 2000, 2000)])
def test_a_key_that_crowds_of_both_sides_share_pairs_nothing(ours, theirs, pairs):
    assert pairs == keyed_pairs(rows_of(*["one"] * ours), rows_of(*["one"] * theirs), ["id"], rule="number").height


def test_one_number_in_each_of_many_shops_is_no_crowd():
    shops = [f"shop {number}" for number in range(150)]
    assert [(n, n) for n in range(150)] == keyed_pairs(rows_of(*shops), rows_of(*shops), ["id"], rule="number").select(
        "left", "right"
    ).rows()


def test_a_record_without_a_shop_belongs_to_the_only_one():
    pairs = keyed_pairs(rows_of("one"), rows_of(None), ["id"], rule="number")

    assert ["confirmed"] == pairs["status"].to_list()


def test_a_record_without_a_shop_is_only_suggested_to_two():
    pairs = keyed_pairs(rows_of("one", "two"), rows_of(None), ["id"], rule="number")

    assert ["suggested", "suggested"] == pairs["status"].to_list()


def test_a_null_equals_nothing():
    assert 0 == keyed_pairs(rows_of("one", key=None), rows_of("one", key=None), ["id"], rule="number").height


# Sides


def test_a_newer_row_takes_the_place_of_the_one_that_was_carried():
    old, new = settlement("A", day(1), 100), settlement("A", day(1), 120)
    carried = Payout(as_of=day(1)).run(settlements=[old], payouts=[]).carry_forward

    outcome = Payout(as_of=day(1)).run(settlements=[new], payouts=[], opening=carried)

    assert [120] == outcome.lines["expected_minor"].to_list()
    assert outcome.proof.holds


def taken_again(records, carried, **more):
    """Which of some settlements stand for those that were carried, and how many of these are left beside them."""
    sides = {"settlements": Table.from_records(carried, Settlement)}
    opening = CarryForward(sides=sides, opens_on=day(20))
    side = take("s", Settlement, records, role=Role.EXPECTED, key=["settlement_id"], **more)
    assert not side.frame["is_opening"].any()
    side = take("settlements", Settlement, records, role=Role.EXPECTED, key=["settlement_id"], opening=opening, **more)
    return side.frame["is_opening"].to_list(), side.carried


def test_a_record_that_says_what_was_carried_stands_for_it():
    old, other = settlement("A", day(1), 100), settlement("B", day(1), 50)

    assert ([True, False], 0) == taken_again([old, settlement("C", day(1), 100)], [old])
    assert ([False], 0) == taken_again([settlement("A", day(1), 120)], [old])
    assert ([True, True], 0) == taken_again([old, old], [old])
    assert ([True, True], 1) == taken_again([old], [old, other])
    assert ([False], 0) == taken_again([old], [old], is_given_anew=True)


def test_a_record_given_again_with_other_contents_counts_as_carried_unless_its_day_lies_in_the_new_period():
    old = settlement("A", day(1), 100)
    on = pl.col("period_end").dt.date()
    changed, late = settlement("A", day(1), 120), settlement("A", day(20), 120)
    stranger = settlement("C", day(1), 100)

    assert ([True, False], 0) == taken_again([changed, stranger], [old], on=on)
    assert ([False], 0) == taken_again([late], [old], on=on)
    assert ([False], 0) == taken_again([changed], [old])
    assert ([False], 0) == taken_again([changed], [old], on=on, is_given_anew=True)
    assert ([True, False, True], 1) == taken_again([changed, stranger], [old, settlement("B", day(1), 5)], on=on)


def test_of_records_that_share_a_key_only_the_one_that_shares_more_counts_as_carried():
    on, sharing = pl.col("period_end").dt.date(), ["net_minor"]
    old, changed = settlement("A", day(2), 100), settlement("A", day(1), 100)

    assert ([True, False], 0) == taken_again([changed, settlement("A", day(1), 70)], [old], on=on, sharing=sharing)


def test_a_record_without_a_name_is_known_by_its_line_of_a_file():
    def line(number, file="a"):
        place = Provenance(file=f"{file}.csv", sha256=file, line=number)
        return BankTransaction(account="8888", booked_on=day(1), amount=yuan(100), provenance=place)

    sides = {"bank": Table.from_records([line(1)], BankTransaction)}
    opening = CarryForward(sides=sides, opens_on=dt.date(2026, 11, 1))
    read = [line(1), line(2), line(1, "b")]
    side = take("bank", BankTransaction, read, role=Role.ACTUAL, key=["bank_ref"], opening=opening)

    assert [True, False, False] == side.frame["is_opening"].to_list()
    assert 0 == side.carried


def test_what_is_open_stays_open_in_the_next_period_though_its_file_is_read_again():
    old = settlement("A", OCTOBER, 100)
    october = Payout(period="2026-10").run(settlements=[old], payouts=[])
    opening = attrs.evolve(october.carry_forward, opens_on=dt.date(2026, 11, 1))
    november = {"payouts": [], "opening": opening}

    alone, again = (Payout(period="2026-11").run(settlements=given, **november) for given in ([], [old]))

    assert 1 == len(alone.discrepancies)
    assert [one.discrepancy_id for one in alone.discrepancies] == [one.discrepancy_id for one in again.discrepancies]
    assert len(alone.carry_forward) == len(again.carry_forward) == 1
    assert again.proof.holds


def test_a_record_that_was_carried_is_of_its_own_kind():
    wrong = CarryForward(sides={"settlements": Payout().run(settlements=[], payouts=[]).carry_forward.sides["payouts"]})

    with pytest.raises(InputError, match="Settlement is needed, Payout was carried"):
        Payout().run(settlements=[], payouts=[], opening=wrong)


# Verdicts and proof


def sides_of(expected, actual):
    def side(name, role, rows):
        records = [settlement(number, OCTOBER, minor) for number, minor in rows]
        return take(name, Settlement, records, role=role, key=["settlement_id"]).weighed(
            on=pl.lit(OCTOBER), minor=pl.col("net_minor")
        )

    return side("left", Role.EXPECTED, expected), side("right", Role.ACTUAL, actual)


def test_a_row_that_loses_its_unit_breaks_the_proof():
    left, right = sides_of([("A", 100), ("B", 50)], [])
    units = pl.DataFrame(
        {
            "unit": [0],
            "currency": ["CNY"],
            "expected_minor": [100],
            "actual_minor": [0],
            "gap_minor": [-100],
            "state": ["not_due"],
            "allowed_minor": [0],
            "gap_pieces": [0],
            "id": ["A"],
            "on": [OCTOBER],
        }
    )
    left = left.with_columns(pl.col("row").alias("unit"))
    judged = judge(
        (left, right.with_columns(pl.col("row").alias("unit"))),
        units,
        no_findings(),
        remainder="payout.amount_mismatch",
        keys=["id"],
        off=frozenset(),
    )

    proof = proof_of(judged, pl.DataFrame(schema={"currency": pl.String, "impact_minor": pl.Int64}))

    assert ["left: rows", "left: amounts", "both: actual - expected"] == [
        f"{check.side}: {check.name}" for check in proof.failures
    ]


def test_a_check_of_a_discrepancy_table_that_lost_a_row_fails():
    outcome = Payout(as_of=AS_OF).run(
        settlements=[settlement("A", day(1), 100), settlement("B", day(1), 50)], payouts=[]
    )
    kept = [check for check in outcome.proof.checks if check.name == "actual - expected"]

    assert [-150] == [check.total for check in kept]
    assert [-150] == [check.parts["impacts of discrepancies"] for check in kept]


def test_differences_within_the_tolerance_that_add_up_are_told():
    many = [(settlement(f"S{n}", day(1), 1000), payout(f"P{n}", day(1), 1001, pays=(f"S{n}",))) for n in range(101)]
    settlements, payouts = zip(*many, strict=True)

    within = Payout(as_of=AS_OF).run(settlements=settlements[:100], payouts=payouts[:100])
    beyond = Payout(as_of=AS_OF).run(settlements=settlements, payouts=payouts)

    assert [] == [found.type for found in within.discrepancies]
    assert ["general.tolerance_drift"] == [found.type for found in beyond.discrepancies]
    assert beyond.proof.holds
    assert 101 == beyond.totals["absorbed by tolerance", "CNY"]


def test_a_check_of_ones_own_is_heard():
    def large(sides):
        rows = sides["settlements"].filter(pl.col("minor") > 5000)
        return rows.select(pl.lit("settlements").alias("side"), "row", pl.lit("more than 50 yuan").alias("reason"))

    settings = Payout(as_of=AS_OF, own_checks={"large": large}, checks={"custom.large": "high"})
    sides = {"settlements": [settlement("A", day(1), 9000)], "payouts": [payout("P", day(1), 9000, pays=("A",))]}
    outcome = settings.run(**sides)

    (found,) = outcome.discrepancies
    assert ("custom.large", "high", "more than 50 yuan", "A") == (
        found.type,
        found.severity,
        found.reason,
        found.keys["settlement_id"],
    )
    assert outcome.proof.holds
    assert 0 == len(attrs.evolve(settings, checks={"custom.large": "off"}).run(**sides).discrepancies)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (pl.DataFrame({"row": [0]}), "it gives no column side, reason"),
        (pl.DataFrame({"side": ["orders"], "row": [0], "reason": ["x"]}), "there is no side orders"),
    ],
)
def test_a_check_of_ones_own_that_gives_something_else_is_refused(given, problem):
    with pytest.raises(InputError, match=problem):
        Payout(own_checks={"mine": lambda _: given}).run(settlements=[settlement("A", day(1), 1)], payouts=[])


@pytest.mark.parametrize(
    ("checks", "problem"),
    [({"payout.lost": "off"}, "there is no check 'payout.lost'"), ({"payout.missing": "loud"}, "off or of a severity")],
)
def test_a_setting_for_no_check_is_refused(checks, problem):
    with pytest.raises(InputError, match=problem):
        Payout(checks=checks)


def test_a_severity_that_is_set_holds():
    settings = Payout(as_of=AS_OF, checks={"payout.missing": "critical"})

    (found,) = settings.run(settlements=[settlement("A", day(1), 1)], payouts=[]).discrepancies

    assert "critical" == found.severity


@pytest.mark.parametrize(
    ("minor", "severity"), [(4_999, "low"), (5_000, "medium"), (50_000, "high"), (500_000, "critical")]
)
def test_severity_goes_by_the_size_of_the_impact(minor, severity):
    (found,) = Payout(as_of=AS_OF).run(settlements=[settlement("A", day(1), minor)], payouts=[]).discrepancies

    assert severity == found.severity


def test_fifty_of_one_type_on_one_day_are_critical():
    settlements = [settlement(f"S{n}", day(1), 100 + n) for n in range(50)]

    few = Payout(as_of=AS_OF).run(settlements=settlements[1:], payouts=[])
    many = Payout(as_of=AS_OF).run(settlements=settlements, payouts=[])

    assert {"low"} == {found.severity for found in few.discrepancies}
    assert {"critical"} == {found.severity for found in many.discrepancies}


# Periods of a run


def test_what_is_open_at_the_end_of_a_month_opens_the_next():
    january, february = Payout(period="2026-01"), Payout(period="2026-02")
    last = settlement("A", dt.date(2026, 1, 31), 100)
    first = january.run(settlements=[last], payouts=[])

    second = february.run(
        settlements=[], payouts=[payout("P", dt.date(2026, 2, 2), 100, pays=("A",))], opening=first.carry_forward
    )

    assert ["in transit"] == first.carry_forward.items["what"].to_list()
    assert 0 == len(first.discrepancies)
    assert ["agreed"] == second.lines["verdict"].to_list()
    assert 0 == len(second.carry_forward)
    assert second.proof.holds


def test_what_a_month_settled_is_not_counted_by_the_next():
    pair = {"settlements": [settlement("A", day(1), 100)], "payouts": [payout("P", day(2), 100, pays=("A",))]}
    october = Payout(period="2026-10").run(**pair)

    november = Payout(period="2026-11").run(settlements=[], payouts=[], opening=october.carry_forward)

    assert ["settled before"] == november.records["payouts"]["verdict"].to_list()
    assert november.proof.holds


def test_a_payment_that_comes_twice_is_found_although_the_first_was_settled_a_month_before():
    pair = {"settlements": [settlement("A", day(1), 100)], "payouts": [payout("P", day(2), 100, pays=("A",))]}
    october = Payout(period="2026-10").run(**pair)

    november = Payout(period="2026-11").run(
        settlements=[], payouts=[payout("Q", dt.date(2026, 11, 2), 100, pays=("A",))], opening=october.carry_forward
    )

    assert [("payout.amount_mismatch", yuan(100))] == [(found.type, found.impact) for found in november.discrepancies]


def test_records_of_another_period_are_set_aside_and_later_ones_carried_on():
    sides = {"settlements": [settlement("A", dt.date(2026, 9, 1), 100), settlement("B", dt.date(2026, 11, 1), 50)]}

    outcome = Payout(period="2026-10").run(**sides, payouts=[])

    assert ["another period", "another period"] == outcome.records["settlements"]["verdict"].to_list()
    assert ["B"] == [record.settlement_id for record in outcome.carry_forward.later["settlements"]]
    assert 0 == len(outcome.carry_forward.sides["settlements"])
    assert outcome.proof.holds


def test_records_of_a_later_period_are_counted_in_it(tmp_path):
    november = dt.date(2026, 11, 2)
    sides = {
        "settlements": [settlement("A", november, 100), settlement("B", november, 50)],
        "payouts": [payout("P", november, 100, pays=("A",))],
    }
    Payout(period="2026-10").run(**sides).carry_forward.save(tmp_path / "carried")
    opening = CarryForward.load(tmp_path / "carried")

    alone = Payout(period="2026-11").run(settlements=[], payouts=[], opening=opening)
    again = Payout(period="2026-11").run(**sides, opening=opening)

    for outcome in (alone, again):
        assert ["agreed", "discrepancy"] == outcome.records["settlements"]["verdict"].to_list()
        assert ["agreed"] == outcome.records["payouts"]["verdict"].to_list()
        assert outcome.proof.holds


def test_a_record_before_the_period_is_carried_on_with_its_counterpart_after_it():
    sides = {
        "settlements": [settlement("A", dt.date(2026, 9, 30), 100)],
        "payouts": [payout("P", dt.date(2026, 11, 1), 100, pays=("A",))],
    }
    october = Payout(period="2026-10").run(**sides)
    november = Payout(period="2026-11").run(settlements=[], payouts=[], opening=october.carry_forward)

    assert ["agreed"] == november.records["payouts"]["verdict"].to_list()
    assert not len(november.discrepancies)


def test_what_was_settled_long_ago_is_forgotten():
    pair = {"settlements": [settlement("A", day(1), 100)], "payouts": [payout("P", day(2), 100, pays=("A",))]}

    soon = Payout(as_of=day(31), memory_days=30).run(**pair)
    later = Payout(as_of=day(31), memory_days=28).run(**pair)

    assert [1, 1] == [len(side) for side in soon.carry_forward.sides.values()]
    assert [0, 0] == [len(side) for side in later.carry_forward.sides.values()]


def test_what_agrees_is_forgotten_together_so_that_nothing_outlives_its_counterpart():
    pair = {"settlements": [settlement("A", day(1), 100)], "payouts": [payout("P", day(2), 100, pays=("A",))]}

    between = Payout(as_of=day(31), memory_days=29).run(**pair)
    after = Payout(as_of=day(31), memory_days=29).run(settlements=[], payouts=[], opening=between.carry_forward)

    assert [1, 1] == [len(side) for side in between.carry_forward.sides.values()]
    assert [] == list(after.discrepancies)


def test_a_folder_that_nothing_was_carried_to_is_refused(tmp_path):
    with pytest.raises(InputError, match="is missing"):
        CarryForward.load(tmp_path)


# Playbook


def test_every_entry_of_the_playbook_is_whole():
    for play in plays().values():
        assert play.days >= 1
        assert all(
            text.strip()
            for text in (play.title, play.zh, play.owner, play.reason, play.reason_zh, play.step, play.step_zh)
        )
        assert "." in play.type


def test_a_type_that_the_playbook_does_not_know_is_refused():
    with pytest.raises(InputError, match=r"no type 'payout\.lost'"):
        play_of("payout.lost")


def test_the_difference_of_the_sides_is_the_sum_of_what_explains_it():
    outcome = Payout(as_of=AS_OF).run(
        settlements=[settlement("A", day(1), 100, shop=SHOPS[2])],
        payouts=[payout("P", day(1), 70, pays=("A",), shop=SHOPS[2])],
    )

    assert isinstance(outcome.proof, Proof)
    assert "both: actual - expected: -0.30 CNY = -0.30 CNY impacts of discrepancies" in str(outcome.proof)


# Pieces


def counted(name, role, quantities):
    frame = pl.DataFrame({"row": range(len(quantities)), "unit": range(len(quantities)), "quantity": quantities})
    frame = frame.with_columns(
        pl.col("row", "unit").cast(pl.Int64),
        pl.lit(value=False).alias("is_opening"),
        *(pl.lit(None).cast(SOURCE_TYPES[column]).alias(column) for column in SOURCE),
    )
    side = Side(name=name, record=Settlement, role=role, frame=frame, given=frame.height, carried=0, superseded=0)
    return side.weighed(on=pl.lit(OCTOBER), pieces=pl.col("quantity"))


@pytest.mark.parametrize(
    ("parts", "text"),
    [(150_000_000, "1.5"), (-300_000_000, "-3"), (0, "0"), (1, "0.00000001"), (10**9 * 10**8, "1000000000")],
)
def test_parts_of_a_piece_are_shown_as_pieces(parts, text):
    assert text == pl.select(quantity_expr(pl.lit(parts, dtype=pl.Int64))).item()


def test_pieces_that_nothing_explains_are_found_without_any_money():
    sides = (
        counted("ordered", Role.EXPECTED, [Decimal(3), Decimal(2)]),
        counted("shipped", Role.ACTUAL, [Decimal(2), Decimal(2)]),
    )
    units = totals_of(sides).with_columns(
        pl.lit(None, dtype=pl.String).alias("state"), pl.lit(0).alias("allowed_minor"), pl.lit(OCTOBER).alias("on")
    )

    judged = judge(sides, units, no_findings(), remainder="payout.amount_mismatch", keys=["unit"], off=frozenset())
    proof = proof_of(judged, pl.DataFrame(schema={"currency": pl.String, "impact_minor": pl.Int64}))

    assert ["discrepancy", "agreed"] == judged.units["verdict"].to_list()
    assert [-(10**8)] == judged.findings["pieces"].to_list()
    assert "both: pieces, actual - expected: -1 = -1 discrepancies" in str(proof)
    assert proof.holds


# Lines of records


def test_the_rows_of_a_side_can_be_the_lines_of_its_records():
    def sheet(number, *skus):
        lines = tuple(StockCountLine(sku=sku, book_quantity=Decimal(1)) for sku in skus)
        return StockCount(count_id=number, as_of=dt.datetime(2026, 10, 1, tzinfo=dt.UTC), lines=lines)

    earlier = CarryForward(sides={"counts": Table.from_records([sheet("3", "D", "E")], StockCount)})
    sheets = take(
        "counts",
        StockCount,
        [sheet("1", "A", "B"), sheet("2"), sheet("1", "A", "B")],
        role=Role.ACTUAL,
        key=["count_id"],
        opening=earlier,
    )
    lines = sheets.by_line("lines")

    assert (5, 2) == (lines.given, lines.carried)
    assert [
        (0, 0, "1", "A", False),
        (1, 0, "1", "B", False),
        (2, 1, "2", None, False),
        (3, 2, "1", "A", True),
        (4, 2, "1", "B", True),
        (5, 3, "3", "D", False),
        (6, 3, "3", "E", False),
    ] == lines.frame.select("row", "record_row", "count_id", "sku", "is_repeat").rows()


def test_a_part_of_a_difference_may_wait_beside_what_is_found():
    sides = (
        counted("ordered", Role.EXPECTED, [Decimal(3)]),
        counted("shipped", Role.ACTUAL, [Decimal(1)]),
    )
    units = totals_of(sides).with_columns(
        pl.lit("not_due").alias("state"),
        pl.lit(0).alias("allowed_minor"),
        pl.lit(OCTOBER).alias("on"),
        pl.lit(-3 * 10**8, dtype=pl.Int64).alias("waiting_pieces"),
    )
    excess = findings_of(
        units.with_columns(pl.lit(10**8).alias("gap_pieces")), "payout.amount_mismatch", keys=["unit"], impact=pl.lit(0)
    )

    judged = judge(sides, units, excess, remainder="payout.missing", keys=["unit"], off=frozenset())
    proof = proof_of(judged, pl.DataFrame(schema={"currency": pl.String, "impact_minor": pl.Int64}))

    assert ["payout.amount_mismatch"] == judged.findings["type"].to_list()
    assert "both: pieces, actual - expected: -2 = 1 discrepancies + -3 not due" in str(proof)
    assert proof.holds


def test_a_column_of_a_row_is_no_sentence_of_a_finding():
    rows = pl.DataFrame({"unit": [1], "stated": ["100"], "severity": ["critical"]})

    found = findings_of(rows, "settlement.fee_unknown", keys=["unit"])

    assert [(None, None)] == found.select("stated", "severity").rows()
    assert ["100"] == findings_of(rows, "custom.x", keys=["unit"], stated=pl.col("stated"))["stated"].to_list()


RULE = "[[rules]]\nname = 'x'\nkind = 'shop_coupon'\n"
FEE = "[[fees]]\nplatform = 'pdd'\nline_type = 'commission'\n"


@pytest.mark.parametrize(
    ("load", "text", "problem"),
    [
        (FeeContract.loads, "fees = [1]", "tables [[fees]] are needed"),
        (FeeContract.loads, "", "tables [[fees]] are needed"),
        (RuleBook.loads, "floors = [1]", "tables [[rules]] and [[floors]] are needed"),
        (FeeContract.loads, f"{FEE}rate = 1e40", "rate is a Decimal of 0 or more"),
        (RuleBook.loads, f"{RULE}amount = 1e40", "amount is a Decimal of 0 or more"),
        (FeeContract.loads, f"{FEE}rate = 0.000000001", "of eight decimals"),
        (FeeContract.loads, f"{FEE}rate = -1", "fee 1: rate is a Decimal of 0 or more"),
        (FeeContract.loads, f"{FEE}rate = 1e9999999999999999999", "it is no TOML"),
        (RuleBook.loads, f"{RULE}repeat = 1", "repeat is bool"),
    ],
)
def test_a_table_of_rules_says_no_number_or_entry_that_cannot_be(load, text, problem):
    with pytest.raises(InputError, match=re.escape(problem)):
        load(text)


def test_a_file_of_rules_that_is_no_text_is_told(tmp_path):
    file = tmp_path / "rules.toml"
    file.write_bytes("名".encode("gbk"))

    for load in (FeeContract.load, RuleBook.load):
        with pytest.raises(InputError, match=r"rules.toml: it is no text in UTF-8"):
            load(file)


@pytest.mark.parametrize("documents", [["D1", "D2"], ["D1", "D1"]])
def test_an_event_of_facts_that_say_no_amount_is_one_of_nothing_however_many_they_are(documents):
    blank = dict.fromkeys((*EVENT_GROUP, "book_id", "shop_id", *EVENT_SOURCE))
    facts = pl.DataFrame(
        [blank | {"kind": "k", "document": one, "amount_minor": None, "source_line": 1} for one in documents],
        schema_overrides={"amount_minor": pl.Int64},
    )

    assert {0} == set(events_table(facts, keep_nothing=True).to_polars()["amount_minor"])
    assert not len(events_table(facts))
