"""The words of pages: what a reader of Chinese is told has a Chinese name, and one name wherever it stands."""

import pytest

import tieout.model
from tieout.model import SourceRecord
from tieout.reconciliations import reconciliation, reconciliations
from tieout.reports.terms import count_zh, record_zh, side_zh
from tieout.reports.wording import STAGES, STATES
from tieout.reports.words import CODES

TAKEN = [one for name in reconciliations() for one in getattr(reconciliation(name), "TAKES", ())]
RECORDS = [
    name
    for name, one in vars(tieout.model).items()
    if isinstance(one, type) and issubclass(one, SourceRecord) and one is not SourceRecord
]


@pytest.mark.parametrize("record", sorted({*RECORDS, *(one.record.__name__ for one in TAKEN)}))
def test_a_class_of_records_that_files_and_reconciliations_have_is_named_in_chinese(record):
    assert record_zh(record) != record


@pytest.mark.parametrize("side", sorted({name for one in TAKEN for name in (one.name, one.role) if name}))
def test_a_side_of_a_reconciliation_is_named_in_chinese(side):
    assert side_zh(side) != side


def test_the_page_and_the_reports_call_stages_and_states_alike():
    assert CODES["stage"] == STAGES
    assert CODES["state"] == STATES


def test_events_that_came_late_are_not_called_overdue():
    assert count_zh("events late") == "跨期事项"
