"""The cards printed in the reference are cards."""

import re
from pathlib import Path

import pytest

from tieout.tariffs import RateCard

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "tariffs.md"
CARDS = re.findall(r"```toml\n(name = .*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)


def test_the_reference_prints_whole_cards() -> None:
    assert 2 == len(CARDS)


@pytest.mark.parametrize("text", CARDS)
def test_a_printed_card_loads_and_rates(text: str) -> None:
    card = RateCard.loads(text, name="docs/reference/tariffs.md")

    assert card.explain({"weight_g": 1000, "rate_date": card.versions[0].period.start}).total_minor


def test_the_python_of_the_reference_runs(capsys: pytest.CaptureFixture[str]) -> None:
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL):
        exec(compile(block, str(PAGE), "exec"), {})  # noqa: S102 - the documentation is what is tested

    assert "base: 3.2 + 1 x 1 = 4.20 CNY" in capsys.readouterr().out


def test_the_reference_names_every_key() -> None:
    source = Path(__file__).parents[2] / "src" / "tieout" / "tariffs"
    asked = {
        name
        for path in sorted(source.glob("*.py"))
        for name in re.findall(
            r"(?:text|texts|choice|flag|number|price|percent|numbers|prices|whole|day|table|tables|_table|_home)"
            r"\(\"(\w+)\"|_weight\(\w+, \"(\w+)\"",
            path.read_text(encoding="utf-8"),
        )
        for name in name
        if name
    }
    page = PAGE.read_text(encoding="utf-8")

    assert len(asked) > 60
    assert [] == sorted(name for name in asked if not re.search(rf"\b{name}\b", page))
