"""The example of a casebook: the second night finds nothing new, and nothing is claimed or posted twice."""

from pathlib import Path

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "casebook.py"


def test_the_second_night_finds_nothing_new(run, tmp_path):
    first, second = run(EXAMPLE), run(EXAMPLE)

    assert (0, "") == (first.returncode, first.stderr)
    assert "76 cases opened, 0 changed, 0 gone\nalert: courier.rebate_missing +68.10 CNY\n" in first.stdout
    assert "on zto: 58 lines\n3 vouchers\n" in first.stdout
    assert (0, "") == (second.returncode, second.stderr)
    assert "1,554 rows: 0 new, 0 edited, 1,554 known already\n0 cases opened, 0 changed, 0 gone\n" in second.stdout
    assert "alert:" not in second.stdout
    assert "\n0 vouchers\n" in second.stdout
    assert (tmp_path / "claim.csv").read_text(encoding="utf-8-sig").count("\n") == 59
