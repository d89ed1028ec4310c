"""The notebook: it runs as a script, shows what a notebook can show as tables, and its trial balance is that of the vouchers."""

import csv
import io
import re
import runpy
from decimal import Decimal
from pathlib import Path

import pytest

from tieout import ledgers

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "notebook.py"


@pytest.fixture(scope="module")
def notebook():
    """The names that the cells leave behind, and what they show."""
    shown = []
    return runpy.run_path(str(EXAMPLE), init_globals={"display": shown.append}), shown


def test_the_notebook_is_under_80_lines_and_made_of_cells():
    text = EXAMPLE.read_text(encoding="utf-8")

    assert len(text.splitlines()) < 80
    assert 5 == len(re.findall(r"^# %% \[markdown\]\n# #", text, re.MULTILINE))
    assert 6 == len(re.findall(r"^# %%\n(?!#)", text, re.MULTILINE))


def test_it_runs_as_a_script_and_writes_nothing(run, tmp_path):
    result = run(EXAMPLE)

    assert (0, "") == (result.returncode, result.stderr)
    assert "Reconciliation courier_bill" in result.stdout
    assert "科目余额表 2026-10 (CNY)" in result.stdout
    assert [] == list(tmp_path.iterdir())


def test_what_it_shows_shows_itself_in_a_notebook(notebook):
    _, shown = notebook

    tables = [value._repr_html_() for value in shown if hasattr(value, "_repr_html_")]
    assert (8, 7) == (len(shown), len(tables))
    assert all("<" in table for table in tables)


def test_its_trial_balance_is_the_sum_of_the_rows_that_another_program_reads(notebook):
    names, _ = notebook
    text = ledgers.render(names["vouchers"], ledger="journal_csv", book=names["book"])

    sums = {}
    for row in csv.DictReader(io.StringIO(text, newline="")):
        if row["period"] == "2026-10":
            amount = Decimal(row["debit"] or 0) - Decimal(row["credit"] or 0)
            sums[row["account"]] = sums.get(row["account"], 0) + amount
    assert sums == {row.account: row.closing.amount for row in names["october"]}
    assert names["october"].proof.holds
