"""What a run did, its proof, its files and its bridges."""

import attrs
import polars as pl

from reports.month_world import AS_OF, clean_month, faulty_month, many_discrepancies
from tieout.proof import Check, Proof
from tieout.reports import FileRead, ReportData, StageReport
from tieout.reports.bridges import Reconciliations, names_of
from tieout.reports.stages import FilesReport, ProofReport, StageView

EMPTY = ReportData(name="Lamp House", period="2026-10", as_of=AS_OF, currency="CNY")


def test_counts_by_stage_are_the_totals_of_the_run():
    frame = StageView().make(faulty_month()).frames["counts"]

    checked = frame.filter(pl.col("total").is_not_null())
    assert checked.height >= 6
    assert checked["ties"].all()
    assert frame.filter(label="discrepancies", stage="resolve")["total"].to_list() == [37]


def test_a_count_that_is_not_the_runs_is_shown_as_such():
    stage = StageReport(name="collect", status="done", counts=(("records", 7),))
    frame = StageView().make(attrs.evolve(faulty_month(), stages=[stage])).frames["counts"]

    assert frame.select("count", "ties").rows() == [(7, False)]


def test_the_four_stages_of_the_pipeline_are_there_in_order():
    frame = StageView().make(faulty_month()).frames["stages"]

    names = [name for name in frame["stage_zh"].to_list() if name in {"采集", "差异识别", "异常处理", "归档"}]
    assert names == ["采集", "差异识别", "异常处理", "归档"]


def test_cases_are_counted_by_state_and_without_a_casebook_the_discrepancies_are():
    cases = pl.DataFrame({"state": ["open", "resolved", "open"], "severity": ["high", "low", "low"]})

    told = StageView().make(attrs.evolve(faulty_month(), cases=cases)).frames["cases"]
    assert told.select("state", "cases", "high", "is_ended").rows() == [("open", 2, 1, False), ("resolved", 1, 0, True)]
    assert StageView().make(faulty_month()).frames["cases"].select("state", "cases").rows() == [("open", 37)]


def test_every_check_has_its_total_its_parts_and_its_gap():
    proof = Proof(
        [
            Check(
                name="settlement: amounts",
                side="lines",
                currency="CNY",
                total=300,
                parts={"agreed": 200, "not due": 99},
            ),
            Check(name="settlement: rows", side="lines", currency=None, total=3, parts={"agreed": 3}),
        ]
    )
    report = ProofReport().make(attrs.evolve(EMPTY, proof=proof))

    assert report.frames["money"].select("no", "total_minor", "parts_minor", "gap_minor", "holds").rows() == [
        (1, 300, 299, 1, False)
    ]
    assert report.section("money").rows(no=1).select("part", "parts_minor").rows() == [("agreed", 200), ("not due", 99)]
    assert report.frames["rows"]["holds"].to_list() == [True]
    assert report.frames["summary"].select("of", "checks", "held", "failed").rows() == [("settlement", 2, 1, 1)]
    assert report.frames["failures"]["no"].to_list() == [1]
    assert ("holds", "NO") in report.facts


def test_the_proof_of_the_month_holds_in_all_its_checks():
    report = ProofReport().make(faulty_month())

    summary = report.frames["summary"]
    assert summary["failed"].sum() == 0
    assert summary["checks"].sum() == len(faulty_month().proof.checks)


def test_files_are_listed_with_what_could_not_be_read_but_not_its_text():
    rejects = pl.DataFrame({"file": ["a.csv"], "line": [3], "reason": ["no amount"], "raw": ["张三"]})
    files = [
        FileRead(file="a.csv", format="generic_table", sha256="a" * 64, size=10, records=2, rejects=1),
        FileRead(file="b.csv", format="generic_table", sha256="b" * 64, size=10, records=5, holds=False),
    ]
    report = FilesReport().make(attrs.evolve(EMPTY, files=files, rejects=rejects))

    assert report.frames["by_format"].select("files", "records", "rejects", "off").rows() == [(2, 7, 1, 1)]
    assert report.frames["rejects"].columns == ["file", "line", "reason"]


def test_expected_and_what_lies_between_is_actual_for_every_reconciliation():
    frame = Reconciliations().make(faulty_month()).frames["bridge"]

    assert frame["ties"].all()
    payout = frame.filter(name="payout").row(0, named=True)
    assert payout["expected_minor"] == 37_477_418
    assert (payout["discrepancy_minor"], payout["waiting_minor"]) == (-10_000, -3_171_936)
    assert payout["actual_minor"] == 34_295_482


def test_what_lies_between_is_what_the_discrepancies_say():
    report = Reconciliations().make(faulty_month())

    impacts = report.frames["types"].group_by("name").agg(pl.col("impact_minor").sum()).sort("name").rows()
    gaps = report.frames["bridge"].select("name", "discrepancy_minor").sort("name").rows()
    assert impacts == gaps


def test_records_in_are_records_by_what_became_of_them():
    frame = Reconciliations().make(faulty_month()).frames["records"]

    parts = ("agreed", "tolerance", "waiting", "discrepancy", "aside")
    assert frame.select(pl.sum_horizontal(parts)).to_series().to_list() == frame["records"].to_list()
    assert frame.filter(name="settlement", side="orders").select(parts).rows() == [(1_496, 0, 1, 4, 0)]


def test_runs_of_one_reconciliation_are_told_apart_by_whose_records_they_are_of():
    names = names_of(faulty_month().outcomes)

    assert [name for name in names if name.startswith("courier_bill")] == ["courier_bill zto", "courier_bill sf"]
    twice = faulty_month().outcomes_of("payout") * 2
    assert names_of(twice) == ("payout pdd+tmall 1", "payout pdd+tmall 2")


def test_a_hundred_thousand_discrepancies_are_counted_by_type():
    frame = Reconciliations().make(many_discrepancies(100_000)).frames["types"]

    assert frame["discrepancies"].sum() == 100_000


def test_of_nothing_there_are_no_reports():
    assert [one.make(EMPTY) for one in (StageView(), ProofReport(), FilesReport(), Reconciliations())] == [None] * 4
    assert Reconciliations().make(clean_month()).frames["types"].is_empty()
