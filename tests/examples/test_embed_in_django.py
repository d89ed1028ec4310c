"""The example for Django: it runs with the Django that is installed, and keeps only vouchers that balance, once."""

from decimal import Decimal
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "embed_in_django.py"

pytest.importorskip("django")


def test_the_program_is_under_80_lines():
    assert len(EXAMPLE.read_text(encoding="utf-8").splitlines()) < 80


def test_djangos_balances_are_those_of_the_vouchers(run, tmp_path):
    result = run(EXAMPLE)

    assert (0, "") == (result.returncode, result.stderr)
    first, *balances, last = result.stdout.splitlines()
    assert "3 vouchers kept; 0 when the same is posted again" == first
    assert "Django's balances are those of the vouchers" == last
    amounts = [Decimal(line.split()[1].replace(",", "")) for line in balances]
    assert (7, 0) == (len(amounts), sum(amounts))
    assert [] == list(tmp_path.iterdir())


def test_a_batch_with_an_unbalanced_voucher_leaves_nothing_behind(run):
    script = f"""
import runpy
from types import SimpleNamespace

names = runpy.run_path({str(EXAMPLE)!r})
first = names["vouchers"][0]
good, bad = (
    SimpleNamespace(voucher_id=name, word="记", number=9, date=first.date, lines=lines)
    for name, lines in (("good", first.lines), ("bad", first.lines[1:]))
)
try:
    names["keep"]([good, bad])
except ValueError as error:
    print(error)
print(names["Voucher"].objects.count(), names["Entry"].objects.filter(voucher__in=["good", "bad"]).count())
"""
    result = run("-c", script)

    assert (0, "") == (result.returncode, result.stderr)
    refused, left = result.stdout.splitlines()[-2:]
    assert refused.startswith("these do not balance: [{'voucher': 'bad', 'sum': ")
    assert "3 0" == left
