"""A close of records that a program has already."""

import attrs
import polars as pl
import pytest

from closing.shop import RULES, clean_tables, config
from tieout.closing import RunRule, close_tables
from tieout.model import CourierCharge
from tieout.tables import Table

STAGES = ["collect", "detect", "resolve", "tie_outs", "accruals", "vouchers", "ledgers", "archive"]


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    return close_tables(clean_tables(), config(tmp_path_factory.mktemp("close")), dry_run=False)


def test_a_month_in_which_nothing_is_wrong_ties_out_through_all_eight_stages(clean):
    assert STAGES == [stage.name for stage in clean.stages]
    assert (0, (), 0) == (clean.exit_code, clean.failures, clean.above_the_bar)
    assert clean.proof.holds


def test_the_figures_of_the_stages_are_the_totals_of_what_was_found(clean):
    counts = {stage.name: dict(stage.counts) for stage in clean.stages}

    assert counts["collect"]["records"] == sum(len(table) for table in clean.data.tables.values())
    assert counts["detect"]["runs"] == len(clean.outcomes) == 14
    shown = next(one for one in clean.reports if one.name == "stages").frames["counts"]
    assert [] == shown.filter(~pl.col("ties")).select("stage", "label", "count", "total").rows()
    assert counts["detect"]["events"] == sum(len(one.events) for one in clean.outcomes) == counts["vouchers"]["events"]
    assert counts["vouchers"]["vouchers"] == len(clean.vouchers) == counts["ledgers"]["vouchers written"]
    assert counts["archive"]["open items carried forward"] == sum(len(one.carry_forward) for one in clean.outcomes)


def test_what_is_written_is_what_it_says_and_nothing_else_lies_there(clean):
    lying = {path.relative_to(clean.folder).as_posix() for path in clean.folder.rglob("*") if path.is_file()}

    assert {*clean.files, "close.json", ".closing.lock"} == lying  # the lock of who closes into the folder
    assert {"discrepancies.csv", "summary.txt", "proof.txt", "metrics.csv", "ledgers/vouchers.csv"} <= lying
    assert clean.files == clean.changed


def test_each_reconciliation_runs_after_those_on_whose_findings_it_rests(clean):
    ran = [one.reconciliation for one in clean.outcomes]

    assert ran.index("orders") < ran.index("dispatch") < ran.index("outbound") < ran.index("returns")
    assert ran.index("after_sales") < ran.index("settlement") < ran.index("payout") < ran.index("receipts")


def test_a_courier_without_a_contract_is_told(tmp_path):
    only_zto = {**RULES, "courier_bill": RunRule(each={"zto": RULES["courier_bill"].each["zto"]})}

    found = close_tables(clean_tables(), config(tmp_path, reconciliations=only_zto))

    (told,) = [note for note in found.stage("detect").notes if "'sf'" in note]
    assert told.endswith("[reconciliations.courier_bill.each.sf]")
    assert "nothing_told" in [note.code for note in found.stage("detect").said]
    assert "attention" == found.stage("detect").status


def test_bills_that_do_not_say_their_courier_need_a_look(tmp_path):
    unsaid = clean_tables()["CourierCharge"].to_polars().with_columns(carrier=pl.lit(None, dtype=pl.String))
    tables = {"CourierCharge": Table(unsaid, CourierCharge), "Shipment": clean_tables()["Shipment"]}

    detect = close_tables(tables, config(tmp_path, reconciliations={})).stage("detect")

    assert ["says_nothing"] == [one.code for one in detect.said if "do not say their carrier" in one.text]
    assert "attention" == detect.status


def test_what_cannot_be_run_is_told_with_what_is_missing_and_needs_no_look(tmp_path):
    tables = {name: table for name, table in clean_tables().items() if name != "BankTransaction"}

    detect = close_tables(tables, config(tmp_path)).stage("detect")

    assert "receipts is left out: there is no BankTransaction" in detect.notes
    assert "done" == detect.status


def test_a_rehearsal_writes_nothing(tmp_path):
    found = close_tables(clean_tables(), config(tmp_path))

    assert not [*tmp_path.iterdir()]
    assert found.is_rehearsal
    assert "ledgers/vouchers.csv" in found.changed


def test_a_note_of_two_lines_stands_under_its_stage_and_one_failure_is_one(clean):
    (collect, *others) = clean.stages
    said = "odd.csv is not read: no known format\nHint: draft a mapping"
    odd = attrs.evolve(
        clean, stages=[attrs.evolve(collect, notes=[said]), *others], failures=["it is off"], exit_code=1
    )

    assert "DOES NOT TIE OUT: 1 check fails" == odd.verdict
    assert "\n\ncollect:\n  odd.csv is not read: no known format\n    Hint: draft a mapping\n\n" in str(odd)


def found_of(clean, count, above, *, label="discrepancies"):
    """A close that found some discrepancies."""
    stages = tuple(
        attrs.evolve(one, counts=((label, count),)) if one.name == "resolve" else one for one in clean.stages
    )
    return attrs.evolve(clean, stages=stages, exit_code=1 if above else 0, above_the_bar=above).verdict


def test_a_verdict_says_that_the_proof_holds_and_what_is_to_look_at(clean):
    holds = "the proof holds: every record and every amount is accounted for; "

    assert "everything ties out" == clean.verdict
    assert f"{holds}1 discrepancy to look at" == found_of(clean, 1, 1)
    assert f"{holds}1,729 discrepancies to look at" == found_of(clean, 1729, 1729)
    assert f"{holds}3 discrepancies to look at, 2 of them at or above the bar" == found_of(clean, 3, 2)
    assert f"{holds}3 discrepancies to look at, none of them at or above the bar" == found_of(clean, 3, 0)
    assert f"{holds}2 discrepancies to look at" == found_of(clean, 2, 2, label="open cases")


def test_a_close_that_could_not_post_says_that_and_not_that_nothing_was_reconciled(clean):
    for failures, rest in ((), ""), (["it is off"], "1 check fails, and "), (["it", "is"], "2 checks fail, and "):
        off = attrs.evolve(clean, exit_code=2, failures=failures)
        assert f"NOTHING WAS POSTED: {rest}the notes of vouchers say why" == off.verdict
