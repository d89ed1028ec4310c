"""A file of a format that always ends with its totals, cut at a line end so that they are gone: a person is told."""

from pathlib import Path

import polars as pl
import pytest

from tieout.errors import InputError
from tieout.testing import FormatSuite

GOLDENS = Path(__file__).parent.parent / "golden" / "sources"
FILES = [
    ("alipay_business_detail", "2026-07-31.csv"),
    ("alipay_fund_detail", "2026-05.csv"),
    ("icbc_statement", "credit.csv"),
    ("icbc_statement", "debit.csv"),
    ("jd_worldwide_delivered", "2026-05.csv"),
    ("jd_worldwide_other_fees", "2026-05.csv"),
    ("jd_worldwide_returned", "2026-05.csv"),
    ("jd_worldwide_sale_detail", "2026-05.csv"),
    ("mercadopago_releases", "releases.csv"),
    ("paypal_stl", "two-currencies.csv"),
    ("paypal_trr", "day.csv"),
    ("pdd_fund_detail", "2026-05.csv"),
    ("trustly_funding", "march.csv"),
    ("trustly_reconciliation", "march.csv"),
    ("wechat_fund_bill", "basic.csv"),
    ("wechat_trade_bill", "all.csv"),
]


@pytest.mark.parametrize(("leaf", "name"), FILES, ids=[f"{leaf}-{name}" for leaf, name in FILES])
def test_a_file_whose_totals_are_gone_is_told(leaf, name):
    (golden,) = [one for one in FormatSuite(leaf, goldens=GOLDENS / leaf).files() if one.path.name == name]
    lines = golden.lines[None]
    at = pl.coalesce("source_line_end", "source_line")
    first, last = golden.batch.records.to_polars().select(at.min().alias("first"), at.max().alias("last")).row(0)

    for end in {first, (first + last) // 2, last}:
        try:
            batch = golden.read(("\n".join(lines[:end]) + "\n").encode())
        except InputError:
            continue
        assert "total.missing" in {note.code for note in batch.notes}, f"cut after line {end} of {len(lines)}"


def test_what_a_platform_wrote_does_not_hold_without_its_end():
    for leaf, name in FILES:
        if leaf.startswith(("trustly", "paypal", "jd_worldwide")):
            (golden,) = [one for one in FormatSuite(leaf, goldens=GOLDENS / leaf).files() if one.path.name == name]
            last = golden.batch.records.to_polars()["source_line"].max()

            assert not golden.read(("\n".join(golden.lines[None][:last]) + "\n").encode()).control.holds
