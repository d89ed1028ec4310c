"""The example for Tryton is short; `tests/heavy/test_tryton.py` runs it against a real server."""

from pathlib import Path

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "embed_in_tryton.py"


def test_the_program_is_under_80_lines():
    assert len(EXAMPLE.read_text(encoding="utf-8").splitlines()) < 80
