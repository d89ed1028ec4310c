"""A file of a format that always ends with its totals, cut at a line end so that they are gone: a person is told."""

from pathlib import Path

import polars as pl
import pytest

import tieout
from tieout.errors import CorruptFile, InputError
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
    ("venmo_statement", "june.csv"),
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


@pytest.mark.parametrize(
    ("leaf", "text"),
    [
        (
            "zto_monthly_bill",
            "扫描时间,运单号,目的地,结算重量,运费\n2026-07-01 18:20:01,7001,上海,1,2.00\n2026-07-01 18:2",
        ),
        ("shopify_orders", "#1002,a@example.com,paid"),
    ],
    ids=["time", "order"],
)
def test_a_last_line_that_is_torn_is_no_remark_below_the_table(leaf, text):
    data = text.encode()
    if leaf == "shopify_orders":
        header = (GOLDENS / leaf / "orders_export_1.csv").read_bytes().splitlines(keepends=True)[0]
        data = header + data

    with pytest.raises(CorruptFile, match="the file is cut off"):
        tieout.read(data, format=leaf)


def test_a_torn_line_that_begins_with_an_order_number_is_no_footer():
    header = (GOLDENS / "shopify_orders" / "orders_export_1.csv").read_bytes().splitlines(keepends=True)[0]

    batch = tieout.read(header + b"#1002,a@example.com,paid\n", format="shopify_orders")

    assert ["row.too_few_cells"] == [reject.reason for reject in batch.rejects]


def test_an_open_last_line_that_the_format_sets_apart_is_told():
    data = (GOLDENS / "ups_billing_data" / "two_invoices.csv").read_bytes().splitlines(keepends=True)

    batch = tieout.read(b"".join(data[:8]) + data[8][:136], format="ups_billing_data")

    assert "file.last_line_open" in {note.code for note in batch.notes}


def test_a_transaction_of_ofx_that_lost_its_beginning_is_no_silence():
    text = (GOLDENS / "ofx" / "accounts.qfx").read_text("utf-8")
    lines = text.splitlines(keepends=True)
    at = next(at for at, line in enumerate(lines) if line.strip() == "<STMTTRN>")

    with pytest.raises(CorruptFile, match="an amount stands outside of any transaction"):
        tieout.read("".join(lines[:at] + lines[at + 1 :]).encode())


def test_two_entries_of_qif_are_not_read_as_one():
    text = (GOLDENS / "qif" / "checking.qif").read_text("utf-8")
    lines = text.splitlines(keepends=True)
    ends = [at for at, line in enumerate(lines) if line.strip() == "^"]
    at = ends[-2]

    with pytest.raises(CorruptFile, match="another entry begins, and the one of line"):
        tieout.read("".join(lines[:at] + lines[at + 1 :]).encode(), format="qif", constants={"currency": "USD"})


def test_a_batch_of_adyen_without_its_payout_is_noted():
    lines = (GOLDENS / "adyen_settlement_detail" / "batch-7.csv").read_text("utf-8").splitlines(keepends=True)

    batch = tieout.read("".join(line for line in lines if "MerchantPayout" not in line).encode())

    assert ["batches without a payout that their lines could be compared with: 7 EUR, 8 EUR"] == [
        note.text for note in batch.notes if note.code == "total.missing"
    ]
