"""Courier bills against what a person reads in them: the collected files, and rows of a developer who reads the real ones."""

import csv
import io
import json
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from moneyed import Money

import tieout
from tieout.errors import UnidentifiedFile
from tieout.model import ChargeType, Leg, Place
from tieout.sources._courier_words import english_charge_type_expr
from tieout.sources._ups_columns import UPS_COLUMNS

INDIA = "courier/cointab_india/Courier_Company-Invoice.csv"
ROWS = "courier/cn_courier_testrows/tbcli-courier-test-records.json"
UPS_BILL = Path(__file__).parents[2] / "golden" / "sources" / "ups_billing_data" / "two_invoices.csv"
FITS = {
    "签收": ["signature"],
    "运费-退件费": ["return_to_sender"],
    "退件费": ["return_to_sender"],
    "拦截费": ["intercept"],
    "旺季附加费": ["peak"],
    "旺季费-AHS": ["peak"],
    "私人地址": ["residential"],
    "周六派送手续费": ["saturday"],
    "AHS": ["additional_handling"],
    "AHS-体积": ["additional_handling"],
    "地址更正费": ["address_change", "address_correction"],
    "地址更正费-燃油": ["fuel"],
    "燃油费": ["fuel"],
    "保险费": ["insurance"],
    "偏远费": ["das"],
    "超偏远地区费": ["das"],
    "极偏远费": ["remote_area"],
    "超大件-重量": ["large_package"],
    "超限制附加费": ["large_package"],
    "费用修正-超大件体积": ["adjustment"],
    "取件费": ["other"],
}
ABSENT = {
    "sto": {"结算重量": "1", "附加费": "", "加收费": ""},
    "yunda": {"结算重量": "1", "商家名称": ""},
    "jt": {"内部计费重量": "1", "预充金额": ""},
}


def test_an_indian_invoice_first_last_and_returned_parcel(samples):
    charges = list(tieout.read(samples / INDIA).records)

    assert (124, 124) == (len(charges), len({charge.tracking_no for charge in charges}))
    first, last = charges[0], charges[-1]
    assert ("1091117222124", "2001806232", Money("135.00", "INR")) == (first.tracking_no, first.order_id, first.amount)
    assert (Decimal(1300), "d", Leg.OUTBOUND) == (first.billed_weight_g, first.zone_billed, first.leg)
    assert (Place(postcode="121003"), Place(postcode="507101")) == (first.origin, first.dest)
    assert (2, 125) == (first.provenance.line, last.provenance.line)
    assert 15 == sum(charge.leg is Leg.ROUND_TRIP for charge in charges)
    assert Money("13648.20", "INR") == sum((charge.amount for charge in charges), Money(0, "INR"))


@pytest.fixture
def read_row(samples):
    """Reads a developer's row as a file of that row alone, with the columns that it leaves out."""

    def read(carrier):
        (row,) = [one["row"] for one in json.loads((samples / ROWS).read_text("utf-8")) if one["carrier"] == carrier]
        cells = ABSENT[carrier] | {caption: str(cell) for caption, cell in row.items()}
        out = io.StringIO(newline="")
        csv.writer(out).writerows([list(cells), list(cells.values())])
        return tieout.read(out.getvalue().encode("utf-8"))

    return read


def test_an_sto_row_is_freight_and_odd_shape(read_row):
    batch = read_row("sto")

    assert "sto_monthly_bill" == batch.format
    assert [
        ("00012345678", ChargeType.BASE, Money(2, "CNY")),
        ("00012345678", ChargeType.OVERSIZE, Money(3, "CNY")),
    ] == [(charge.tracking_no, charge.charge_type, charge.amount) for charge in batch.records]
    assert batch.control.holds


def test_a_yunda_row_is_its_freight_and_the_label_paid_before_an_adjustment(read_row):
    batch = read_row("yunda")

    (charge,), (invoice,) = batch.records, batch.others["CourierInvoice"]
    assert ("1234567890", Money("1.80", "CNY")) == (charge.tracking_no, charge.amount)
    assert (Money("-0.10", "CNY"), Money("-1.90", "CNY")) == (invoice.total, invoice.adjustments)
    assert invoice.total == charge.amount + invoice.adjustments


def test_a_jt_row_is_a_returned_parcel_and_its_tax_rounded(read_row):
    batch = read_row("jt")

    assert [
        (ChargeType.ALL_IN, Leg.RETURN, Money("2.50", "CNY")),
        (ChargeType.TAX, Leg.RETURN, Money("0.08", "CNY")),
    ] == [(charge.charge_type, charge.leg, charge.amount) for charge in batch.records]
    assert ["amount.rounded", "amount.rounded"] == [note.code for note in batch.notes if "rounded" in note.code]
    assert batch.control.holds


def test_the_columns_of_ups_are_the_collected_ones(samples):
    with (samples / "courier/ups_billing_csv/kenzorei-ups-250-column-header.csv").open(encoding="utf-8-sig") as file:
        collected = [" ".join(row["Column Name"].split()) for row in csv.DictReader(file)]

    assert collected == list(UPS_COLUMNS)


def test_every_collected_charge_of_ups_has_a_type_that_fits_its_category(samples):
    with (samples / "courier/ups_billing_csv/kenzorei-ups-charge-code-map.csv").open(encoding="utf-8-sig") as file:
        rows = [(row["Charge Description"], row["Charge_Cate_CN"]) for row in csv.DictReader(file)]
    frame = pl.DataFrame(rows, schema=["name", "category"], orient="row")
    typed = frame.with_columns(english_charge_type_expr(pl.col("name")).alias("type"))

    assert FITS == {
        category: sorted(typed.filter(pl.col("category") == category)["type"].unique()) for category in FITS
    }


def test_a_file_without_header_is_refused_when_its_first_line_is_of_another_width_or_look():
    text = UPS_BILL.read_text("utf-8")

    for other in (text.replace("2026-07-04", "July 4th"), "\n".join(f"{line}," for line in text.splitlines())):
        with pytest.raises(UnidentifiedFile):
            tieout.read(other.encode("utf-8"))


def test_a_torn_line_of_a_file_without_header_is_a_reject():
    lines = UPS_BILL.read_text("utf-8").splitlines()
    lines[3] = ",".join(lines[3].split(",")[:60])

    batch = tieout.read("\n".join([*lines, ""]).encode("utf-8"))

    assert [4] == [reject.line for reject in batch.rejects]
    assert not batch.control.holds
