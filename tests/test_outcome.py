"""What a reconciliation hands on: summary, claims, and what changed since the last run."""

import csv
import io

import attrs
import polars as pl
import pytest
from moneyed import Money

from tieout.errors import InputError
from tieout.model import Discrepancy, Event, Provenance
from tieout.outcome import CarryForward, Outcome, Summary, amount_text_expr, guarded_expr
from tieout.proof import Check, Proof
from tieout.tables import Table


def cny(text):
    return Money(text, "CNY")


def finding(position, *, impact="0.90", type_="courier.overweight", claimable=True, **fields):
    given = {
        "discrepancy_id": f"d{position}",
        "type": type_,
        "severity": "medium",
        "impact": cny(impact),
        "expected": cny("8.00"),
        "actual": cny("8.00") + cny(impact),
        "claimable": claimable,
        "keys": {"bill_no": "B1", "tracking_no": f"SF{position}", "charge_type": "base", "leg": "outbound"},
        "evidence": {"our_weight_g": "500"},
        "reason": "billed 1 kg, ours 0.5 kg",
        "provenance": Provenance(file="bill.csv", line=position),
    }
    return Discrepancy(**{**given, **fields})


def outcome(*findings, reconciliation="courier_bill", holds=True, **fields):
    given = {
        "reconciliation": reconciliation,
        "parameters": {"tolerance": "0.01 CNY"},
        "matches": pl.DataFrame(),
        "lines": pl.DataFrame(),
        "discrepancies": Table.from_records(findings, Discrepancy),
        "events": Table.from_records([], Event),
        "proof": Proof([Check(name="rows", side="charges", currency=None, total=1, parts={"a": 1 if holds else 0})]),
        "carry_forward": CarryForward(),
        "totals": {("billed", "CNY"): 123456, ("billed", "JPY"): 5, ("parcels", "rows"): 1200},
    }
    return Outcome(**{**given, **fields})


def test_the_summary_tells_totals_findings_proof_and_settings():
    text = str(
        outcome(finding(1), finding(2, impact="-0.40"), finding(3, type_="courier.duplicate", impact="8.00")).summary()
    )

    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert [
        "Reconciliation courier_bill",
        "",
        "Totals",
        "billed, CNY 1,234.56",
        "billed, JPY 5",
        "parcels, rows 1,200",
        "",
        "Discrepancies",
        "courier.duplicate x 1 8.00 CNY",
        "courier.overweight x 2 0.50 CNY",
        "",
        "Proof",
        "checks 1",
        "holds yes",
        "",
        "Settings",
        "tolerance 0.01 CNY",
    ] == lines


def test_a_failed_proof_shouts():
    assert "NO" == str(outcome(holds=False).summary()).partition("holds")[2].split()[0]


def test_the_html_of_a_summary_is_escaped():
    html = outcome(finding(1, type_="<script>"))._repr_html_()

    assert "<h3>Reconciliation courier_bill</h3>" in html
    assert "&lt;script&gt; x 1" in html
    assert "<script>" not in html


def test_an_empty_summary_prints_its_title():
    assert "Nothing" == str(Summary(title="Nothing", sections=()))


def test_claims_are_the_claimable_findings_largest_first():
    claims = outcome(finding(1), finding(2, impact="8.00"), finding(3, claimable=False), finding(4)).claims()

    assert ["SF2", "SF1", "SF4"] == claims["tracking_no"].to_list()
    assert {
        "bill_no": "B1",
        "tracking_no": "SF1",
        "charge_type": "base",
        "leg": "outbound",
        "ship_date": None,
        "billed": "8.90",
        "expected": "8.00",
        "claimed": "0.90",
        "currency": "CNY",
        "type": "courier.overweight",
        "reason": "billed 1 kg, ours 0.5 kg",
        "evidence": '{"our_weight_g": "500"}',
        "source": "bill.csv:1",
    } == claims.row(1, named=True)


def test_a_claim_without_an_expected_figure_states_none():
    (row,) = outcome(finding(1, expected=None, actual=None, provenance=None)).claims().to_dicts()

    assert ("0.00", None, "0.90", None) == (row["billed"], row["expected"], row["claimed"], row["source"])


def test_claims_of_nothing_have_their_columns():
    claims = outcome().claims()

    assert 0 == claims.height
    assert ["bill_no", "tracking_no", "charge_type", "leg", "ship_date", "billed", "expected"] == claims.columns[:7]


def test_a_claim_file_opens_in_a_spreadsheet_without_running_anything(tmp_path):
    path = tmp_path / "claims.csv"
    hostile = finding(1, reason="=cmd|' /C calc'!A0", impact="-0.90", keys={"tracking_no": "+86 1"})

    assert 2 == outcome(hostile, finding(2)).write_claims(path)

    data = path.read_bytes()
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert data.startswith(b"\xef\xbb\xbf")
    assert ["SF2", "'+86 1"] == [row["tracking_no"] for row in rows]
    assert "'=cmd|' /C calc'!A0" == rows[1]["reason"]
    assert "-0.90" == rows[1]["claimed"]  # a number is left alone


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-1+1", "'-1+1"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("-1.50", "-1.50"),
        ("-1", "-1"),
        ("SF1", "SF1"),
        ("", ""),
        (None, None),
    ],
)
def test_cells_that_a_spreadsheet_would_run_are_guarded(cell, written):
    frame = pl.DataFrame({"cell": [cell], "number": [-1]}, schema={"cell": pl.String, "number": pl.Int64})

    assert [(written, -1)] == frame.select(guarded_expr(frame)).rows()


def test_a_claim_file_needs_its_folder(tmp_path):
    with pytest.raises(InputError, match=r"claims\.csv: the folder 'missing' does not exist"):
        outcome().write_claims(tmp_path / "missing" / "claims.csv")


def test_two_equal_outcomes_have_no_changes():
    assert 0 == outcome(finding(1), finding(2)).compare(outcome(finding(2), finding(1))).height


def test_changes_are_told_with_the_impact_before_and_now():
    before = outcome(finding(1), finding(2), finding(3))
    now = outcome(finding(1), finding(2, impact="1.20"), finding(4, impact="8.00"))

    assert [
        ("d2", "changed", "courier.overweight", "CNY", 90, 120),
        ("d3", "gone", "courier.overweight", "CNY", 90, None),
        ("d4", "new", "courier.overweight", "CNY", None, 800),
    ] == now.compare(before).drop("keys").rows()


def test_a_finding_that_changed_only_its_expected_figure_is_told():
    (row,) = outcome(finding(1, expected=cny("7.00"))).compare(outcome(finding(1))).to_dicts()

    assert ("changed", 90, 90) == (row["change"], row["impact_before_minor"], row["impact_now_minor"])


def test_a_change_of_state_is_no_change_of_the_finding():
    assert 0 == outcome(finding(1, state="claimed")).compare(outcome(finding(1))).height


def test_outcomes_of_different_reconciliations_are_not_compared():
    with pytest.raises(InputError, match="an outcome of courier_bill is needed, got stock_count"):
        outcome().compare(outcome(reconciliation="stock_count"))


@pytest.mark.parametrize(
    ("minor", "code", "text"),
    [
        (0, "CNY", "0.00"),
        (5, "CNY", "0.05"),
        (-5, "CNY", "-0.05"),
        (123456, "CNY", "1234.56"),
        (-7, "JPY", "-7"),
        (1234, "KWD", "1.234"),
        (None, "CNY", None),
        (5, "USD", None),  # a code that was not announced
    ],
)
def test_amounts_are_written_with_the_decimals_of_their_currency(minor, code, text):
    frame = pl.DataFrame({"minor": [minor], "code": [code]}, schema={"minor": pl.Int64, "code": pl.String})

    assert text == frame.select(amount_text_expr(pl.col("minor"), pl.col("code"), ["CNY", "JPY", "KWD"])).item()


def test_an_outcome_is_a_value():
    assert attrs.evolve(outcome(), reconciliation="x").reconciliation == "x"
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        outcome().reconciliation = "x"
