"""Metrics of discrepancies, cases, claims and runs (`domain.md` section 9, C71), and the analyses of a month with faults."""

import datetime as dt
import json

import attrs
import polars as pl
import pytest

from reports.month_world import clean_month, faulty_month
from tieout.reports import standard
from tieout.reports.analyses import ExceptionAnalysis, SettlementAnalysis
from tieout.reports.metrics import facts_of, figures, metric_of

UTC = dt.UTC


def case(number, *, opened=10, due=14, resolved=None, resolution=None, impact=1_000, kind="courier.wrong_zone", **more):
    return {
        "case_id": f"C{number}", "discrepancy_id": f"D{number}", "reconciliation": "courier_bill", "type": kind,
        "severity": "low", "state": "open" if resolved is None else "resolved", "is_open": resolved is None,
        "currency": "CNY", "impact_minor": impact, "claimable": True, "keys": json.dumps({"carrier": "zto"}),
        "entity": "carrier/zto", "owner": "logistics", "party": "courier", "responsible": None, "cause": None,
        "resolution": resolution, "period": "2026-10", "opened_at": dt.datetime(2026, 10, opened, tzinfo=UTC),
        "resolved_at": None if resolved is None else dt.datetime(2026, 10, resolved, tzinfo=UTC),
        "due_on": dt.date(2026, 10, due), "is_recurring": False, "is_gone": False, "source_file": "bill.csv",
        "source_line": number, **more,
    }  # fmt: skip


def month(*cases, claims=None):
    frame = pl.DataFrame(list(cases), infer_schema_length=None).with_columns(
        pl.col("resolved_at").cast(pl.Datetime("us", "UTC")), pl.col("opened_at").cast(pl.Datetime("us", "UTC")),
        *(pl.col(name).cast(pl.String) for name in ("cause", "responsible", "resolution")),
    )  # fmt: skip
    return attrs.evolve(clean_month(), cases=frame, claims=claims)


def value(data, name, **key):
    metric = metric_of(name)
    made = figures([metric], facts_of(data), by=tuple(key))
    rows = made.frame.filter(*(pl.col(column) == wanted for column, wanted in key.items()))
    return rows[metric.column].item()


def test_cases_are_counted_as_opened_closed_and_open():
    data = month(case(1), case(2, resolved=12), case(3, resolved=20, impact=-300))

    assert 3 == value(data, "exceptions_opened")
    assert 2 == value(data, "exceptions_closed")
    assert 1 == value(data, "exceptions_open")
    assert 1_000 == value(data, "exceptions_open_amount")


def test_closed_in_time_is_by_the_due_day():
    # Due on the 14th: closed on the 12th in time, on the 20th not.
    assert 0.5 == value(month(case(1), case(2, resolved=12), case(3, resolved=20)), "sla_hit_rate")


def test_the_mean_age_is_of_what_is_open_on_the_as_of_day():
    # Opened on the 10th and the 20th, as of the 31st: 21 and 11 days.
    assert 16.0 == value(month(case(1), case(2, opened=20), case(3, resolved=12)), "mean_age")


def test_a_case_of_a_month_that_is_closed_after_it_counts_in_it():
    late = case(
        1,
        opened_at=dt.datetime(2026, 11, 3, tzinfo=UTC),
        resolved_at=dt.datetime(2026, 11, 4, tzinfo=UTC),
        is_open=False,
        state="resolved",
    )

    assert 1 == value(month(late), "exceptions_opened")
    assert 1 == value(month(late), "exceptions_closed")


def test_three_of_a_kind_within_thirty_days_recur_and_two_do_not():
    assert 0 == value(month(case(1), case(2, opened=20)), "recurrence")
    assert 3 == value(month(case(1), case(2, opened=20), case(3, opened=25)), "recurrence")
    far = case(3, opened_at=dt.datetime(2026, 8, 1, tzinfo=UTC))
    assert 0 == value(month(case(1), case(2, opened=20), far), "recurrence")
    other = case(3, opened=25, keys=json.dumps({"carrier": "sf"}), entity="carrier/sf")
    assert 0 == value(month(case(1), case(2, opened=20), other), "recurrence")


def test_what_was_written_off_is_summed_without_sign():
    data = month(
        case(1, resolved=12, resolution="written_off", impact=-250), case(2, resolved=12, resolution="false_positive")
    )

    assert 250 == value(data, "write_off_amount")


def test_overcharges_are_found_claimed_and_recovered():
    claims = pl.DataFrame(
        {
            "claim_id": ["K1", "K1"], "party": ["zto", "zto"], "type": ["courier.wrong_zone"] * 2, "state": ["credited", "sent"],
            "tracking_no": ["Z1", "Z2"], "currency": ["CNY", "CNY"], "claimed_minor": [900, 300], "accepted_minor": [900, None],
            "credited_minor": [900, 0], "sent_at": [dt.datetime(2026, 10, 20, tzinfo=UTC)] * 2,
            "credited_at": [dt.datetime(2026, 10, 25, tzinfo=UTC), None],
        }
    )  # fmt: skip
    data = month(case(1, impact=900), case(2, impact=300), case(3, impact=-50), claims=claims)

    assert 1_200 == value(data, "overcharge_found")
    assert 1_200 == value(data, "overcharge_claimed", courier="zto")
    assert 900 == value(data, "overcharge_recovered")
    assert 0.75 == value(data, "recovery_rate")


def test_the_ageing_of_cases_goes_from_young_to_old():
    made = ExceptionAnalysis().make(month(case(1), case(2, opened=30), case(3, opened=25)))

    assert [("0-3", 1), ("4-7", 1), ("16-30", 1)] == made.section("ageing").frame.select(
        "days_open", "exceptions_open"
    ).rows()


def test_the_pareto_of_types_begins_with_the_largest_and_comes_to_the_whole():
    frame = ExceptionAnalysis().make(faulty_month()).section("types").frame

    assert frame["exceptions_amount_minor"].is_sorted(descending=True)
    assert pytest.approx(1.0) == frame["cumulated"].to_list()[-1]
    assert pytest.approx(1.0) == frame["share"].sum()


def test_the_faults_of_the_month_are_those_that_were_planted():
    data = faulty_month()
    found = sum(len(one.discrepancies) for one in data.outcomes)

    assert found == value(data, "exceptions_found")
    # What was planted: 0.90 overweight, 10.00 billed twice, 3.00 not ours.
    assert 1_390 == value(data, "overcharge_found")


def test_fees_above_the_contract_are_the_commission_that_was_too_high():
    report = SettlementAnalysis().make(faulty_month())
    rates = report.section("take_rates").frame

    over = rates.filter(pl.col("shop").str.starts_with("tmall"))["fees_over_contract_minor"].item()
    clean = SettlementAnalysis().make(clean_month()).section("take_rates").frame
    assert 0 == clean.filter(pl.col("shop").str.starts_with("tmall"))["fees_over_contract_minor"].item()
    assert 255 == over  # the planted settlement.commission_rate_wrong of 2.55


def test_a_clean_month_matches_by_itself():
    assert 1.0 == value(clean_month(), "first_pass_yield")
    assert value(clean_month(), "match_rate", reconciliation="receipts") == 1.0


def test_every_standard_report_can_be_made_of_a_month_and_says_both_languages():
    for data in (clean_month(), faulty_month()):
        for report in standard(data):
            for section in report.sections:
                assert section.title_zh, (report.name, section.name)
                assert section.frame.columns, (report.name, section.name)
