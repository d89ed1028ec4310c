"""The page of metrics is written from their declarations: `TIEOUT_UPDATE_GOLDENS=1` writes it anew."""

import os
from pathlib import Path

from tieout.reports.metrics import dimensions_of, metrics

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "reports.md"
BEGIN, END = "<!-- metrics -->\n", "<!-- end of metrics -->\n"


def rows():
    yield "| name | figure | formula | unit | by |"
    yield "|---|---|---|---|---|"
    for one in metrics().values():
        by = ", ".join(dimensions_of(one))
        note = f" {one.note}" if one.note else ""
        formula = f"{one.formula}.{note}".replace("|", "\\|")
        yield f"| `{one.name}` | {one.title} {one.title_zh} | {formula} | {one.unit} | {by} |"


def test_the_page_lists_every_metric_as_it_is_declared():
    told = PAGE.read_text(encoding="utf-8")
    before, _, rest = told.partition(BEGIN)
    _, _, after = rest.partition(END)
    wanted = before + BEGIN + "\n" + "\n".join(rows()) + "\n\n" + END + after
    if os.environ.get("TIEOUT_UPDATE_GOLDENS"):
        PAGE.write_text(wanted, encoding="utf-8")

    assert wanted == PAGE.read_text(encoding="utf-8")
