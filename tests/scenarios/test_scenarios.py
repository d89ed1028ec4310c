"""Scenarios in prose, executed: what an accountant reads is what the program does."""

import re
from pathlib import Path

import pytest

SCENARIOS = sorted(Path(__file__).parent.glob("*.md"))
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_the_scenario_is_true(path):
    text = path.read_text(encoding="utf-8")
    blocks = list(BLOCK.finditer(text))
    names: dict[str, object] = {}
    for block in blocks:
        line = text.count("\n", 0, block.start()) + 1
        exec(compile("\n" * line + block[1], str(path), "exec"), names)  # noqa: S102 - our own text

    assert blocks
