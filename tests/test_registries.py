"""Pages that are lists of what is registered: they say what the registries say now.

`TIEOUT_UPDATE_GOLDENS=1 pytest tests/test_registries.py` writes them anew, which CI refuses.
"""

import os
from pathlib import Path

import pytest

from tieout.reconciliations import reconciliation, reconciliations
from tieout.reports.metrics import metrics

REFERENCE = Path(__file__).parent.parent / "docs" / "reference"


def as_row(*cells):
    return f"| {' | '.join(str(cell).replace('|', '&#124;') for cell in cells)} |"


def discrepancies_page():
    """All types of discrepancy, under each reconciliation that may find them."""
    lines = [
        "# Discrepancies",
        "",
        "What each [reconciliation](reconciliations.md) may find, whose work it is, within how many working days, and what to do first. `list_checks()` of a",
        "reconciliation gives the same as a frame; owners and days can be changed by [policies](casebook/policies.md), and a check is switched off, or given another",
        "severity, by the parameter [`checks`](reconciliations.md#parameters-that-all-have). *Claimable* is what the other side can be asked to pay.",
    ]
    for name in sorted(reconciliations()):
        lines += ["", f"## {name}", "", f"[What it does](reconciliations/{name}.md).", ""]
        lines += ["| type | what it is | owner, days | first step |", "|---|---|---|---|"]
        for check in reconciliation(name).list_checks().sort("type").iter_rows(named=True):
            claimable = ", claimable" if check["claimable"] else ""
            lines.append(
                as_row(
                    f"`{check['type']}`",
                    f"{check['title']}<br>{check['zh']}",
                    f"{check['owner']}, {check['days']}{claimable}",
                    f"{check['step']}<br>{check['step_zh']}",
                )
            )
    return "\n".join(lines) + "\n"


def metrics_page():
    """All metrics with their formulas."""
    lines = [
        "# Metrics",
        "",
        "Figures that a report can be asked for by name, by any dimension of the facts that they are made of. A figure whose denominator is zero is null. Money is in whole",
        "minor units of one currency; a share of 0.25 is 25 %.",
        "",
        "| metric | what it is | formula | in | good news |",
        "|---|---|---|---|---|",
    ]
    for name, metric in metrics().items():
        note = f" ({metric.note})" if metric.note else ""
        better = "" if metric.better == "neither" else metric.better.value
        lines.append(
            as_row(
                f"`{name}`", f"{metric.title}<br>{metric.title_zh}", metric.formula + note, metric.unit.value, better
            )
        )
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(("page", "made"), [("discrepancies.md", discrepancies_page), ("metrics.md", metrics_page)])
def test_a_page_lists_what_is_registered(page, made):
    path, text = REFERENCE / page, made()
    if os.environ.get("TIEOUT_UPDATE_GOLDENS"):
        assert not os.environ.get("CI"), "goldens are written by people, not by CI"
        path.write_text(text, "utf-8")

    assert path.read_text("utf-8") == text
