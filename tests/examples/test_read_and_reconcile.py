"""The short example that README shows: it runs, it is short, and it writes what it promises."""

from pathlib import Path

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "read_and_reconcile.py"


def test_the_program_is_under_15_lines():
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()[1:]
    assert len([line for line in lines if line.strip() and not line.startswith("#")]) < 15


def test_the_program_audits_the_bill_and_writes_claims_and_vouchers(run, tmp_path):
    result = run(EXAMPLE)

    assert (0, "") == (result.returncode, result.stderr)
    assert "courier.overweight x 7" in result.stdout
    assert "The proof holds" in result.stdout
    assert ["claims.csv", "vouchers.csv"] == sorted(path.name for path in tmp_path.iterdir())
