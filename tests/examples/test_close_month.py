"""The examples of a month's close, as a program and as a notebook: they run, they are short, and they find what the demo finds."""

from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.mark.parametrize("name", ["close_month.py", "close_month_notebook.py"])
def test_a_month_is_closed_in_few_lines(run, tmp_path, name):
    assert len((EXAMPLES / name).read_text(encoding="utf-8").splitlines()) < 90
    result = run(EXAMPLES / name)

    assert (0, "") == (result.returncode, result.stderr)
    assert (
        "the proof holds: every record and every amount is accounted for; 45 discrepancies to look at" in result.stdout
    )
    assert "45 discrepancies; the largest is bank.receipt_missing: payout TX0120261016001" in result.stdout
    assert "提现记录_202610.csv, line" in result.stdout
    assert "refunded_amount" in result.stdout
    assert ["close-2026-10", "vouchers-2026-10.csv"] == sorted(path.name for path in tmp_path.iterdir())
    assert (tmp_path / "close-2026-10" / "report.html").stat().st_size > 100_000


def test_the_notebook_has_its_cells():
    text = (EXAMPLES / "close_month_notebook.py").read_text(encoding="utf-8")
    assert text.count("# %%\n") == text.count("# %% [markdown]\n") > 6
