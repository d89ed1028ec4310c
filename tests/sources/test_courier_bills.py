"""Courier bills: what is odd about each of those that people ask about."""

import io
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter
from moneyed import Money

import tieout
from tieout.errors import InputError
from tieout.model import ChargeType, CourierInvoice, Leg

GOLDENS = Path(__file__).parent.parent / "golden" / "sources"
FREIGHT = (GOLDENS / "sf_monthly_bill" / "with_freight.csv").read_bytes().decode("gb18030")
ONE_FIGURE = (GOLDENS / "sf_monthly_bill" / "one_figure.csv").read_text("utf-8")


def charges(batch, *fields):
    return [tuple(getattr(charge, field) for field in fields) for charge in batch.records]


def test_sf_names_one_service_a_line():
    batch = tieout.read(GOLDENS / "sf_monthly_bill" / "by_service.xlsx")

    assert [
        ("SF2000000000001", ChargeType.BASE, Leg.OUTBOUND, Money("10.30", "CNY")),
        ("SF2000000000001", ChargeType.INSURANCE, Leg.OUTBOUND, Money("1.00", "CNY")),
        ("SF2000000000002", ChargeType.RETURN_TO_SENDER, Leg.RETURN, Money("10.00", "CNY")),
    ] == charges(batch, "tracking_no", "charge_type", "leg", "amount")
    assert ["data.id_precision_lost", "cell.error"] == [reject.reason for reject in batch.rejects]
    assert {"section"} == {row.kind for row in batch.control.set_apart}
    assert "成都/资阳/眉山" == batch.records[0].dest.city


def test_sf_takes_a_plain_amount_of_added_services_out_of_the_line():
    batch = tieout.read(FREIGHT.encode("gb18030"))

    assert [("base", "28.00", "28.00"), ("other", "2.00", None)] == [
        (charge.charge_type.value, str(charge.amount.amount), charge.list_amount and str(charge.list_amount.amount))
        for charge in batch.records
        if charge.tracking_no == "SF1000000000002"
    ]
    assert Money("62.40", "CNY") == sum((charge.amount for charge in batch.records), Money(0, "CNY"))


def test_sf_lines_whose_figures_contradict_each_other_are_found():
    control = tieout.read(FREIGHT.encode("gb18030")).control

    assert not control.holds
    assert [("费用 - 折扣 = 应付", 9, "费用 - 折扣 = 应付: found 4.00, expected 5.00")] == [
        (finding.check, finding.line, finding.text) for finding in control.findings
    ]


def test_sf_has_a_header_of_the_bill():
    (invoice,) = tieout.read(FREIGHT.encode("gb18030")).others["CourierInvoice"]

    assert isinstance(invoice, CourierInvoice)
    assert (
        "0210967957_20260101_20260131",
        "0210967957",
        date(2026, 1, 1),
        date(2026, 1, 31),
        Money("62.40", "CNY"),
    ) == (
        invoice.bill_no,
        invoice.account_no,
        invoice.period_start,
        invoice.period_end,
        invoice.total,
    )


def test_sf_days_get_their_year_from_the_period_the_column_or_the_caller():
    without = ONE_FIGURE.replace("2026-07-31", "")

    assert [date(2025, 12, 31), date(2026, 1, 2)] == [
        charge.ship_date for charge in tieout.read(FREIGHT.encode()).records
    ][:2]
    assert [date(2026, 7, 1), date(2026, 7, 2)] == [
        charge.ship_date for charge in tieout.read(ONE_FIGURE.encode()).records
    ]
    assert date(2024, 7, 1) == tieout.read(without.encode(), bill_month="2024-07").records[0].ship_date
    with pytest.raises(
        InputError, match="column '日期' holds dates without a year, such as '07-01', and the file says no period"
    ):
        tieout.read(without.encode())


def test_sf_dates_with_a_year_need_no_month():
    batch = tieout.read(
        ONE_FIGURE.replace("07-01", "2026-07-01").replace("07-02", "2026/7/2").replace("2026-07-31", "").encode()
    )

    assert date(2026, 7, 2) == batch.records[1].ship_date
    assert "date.year_added" not in [note.code for note in batch.notes]


def test_sf_declared_totals_are_checked():
    batch = tieout.read(FREIGHT.replace("：,62.40", "：,72.40").encode())

    assert ["file: 应付金额合计: 72.40 CNY = 62.40 CNY records: IS OFF BY 10.00 CNY"] == [
        str(check) for check in batch.control.failures if "合计" in check.name
    ]


def jd(**changes):
    """The golden's two sheets, with cells of the summary or the detail changed."""
    summary = [
        ["京东物流账单明细"],
        ["结算单号", "BR20260731001", "", "结算日期", "2026-07-01 - 2026-07-31"],
        ["应付合计", changes.get("total", 9.5), "", "单量", changes.get("parcels", 1)],
        ["商家编号", "费用类型", "原始金额", "折扣金额", "结算金额"],
        ["KH001", "快递运费", 10, changes.get("discount", 2), 8],
        ["KH001", "保价费", 1.5, 0, 1.5],
    ]
    detail = [
        ["运单号", "费用类型", "结算金额"],
        ["JDVA1", "快递运费", changes.get("freight", 8)],
        ["JDVA1", "保价费", 1.5],
    ]
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    for name, rows in (("汇总", summary), ("明细", detail)):
        sheet = book.add_worksheet(name)
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    book.close()
    return tieout.read(out.getvalue())


def test_jd_ties_summary_labels_and_lines_to_each_other():
    batch = jd()

    assert batch.control.holds
    assert [("BR20260731001", 1, Money("9.50", "CNY"))] == [
        (invoice.bill_no, invoice.parcels, invoice.total) for invoice in batch.others["CourierInvoice"]
    ]
    assert [("base", Decimal("8.00")), ("insurance", Decimal("1.50"))] == [
        (charge.charge_type.value, charge.amount.amount) for charge in batch.records
    ]


@pytest.mark.parametrize(
    ("changes", "failures"),
    [
        ({"total": 10.5}, {"应付合计", "应付合计 by kind"}),
        ({"parcels": 2}, {"单量"}),
        ({"discount": 1}, {"lines where 原始 - 折扣 = 结算"}),
        ({"freight": 7}, {"应付合计", "费用类型 快递运费"}),
    ],
)
def test_jd_figures_that_do_not_tie_are_found(changes, failures):
    assert failures == {check.name for check in jd(**changes).control.failures}


def test_jd_needs_its_title():
    with pytest.raises(tieout.errors.UnidentifiedFile, match="京东物流账单明细"):
        tieout.identify("运单号,费用类型,结算金额\nJDVA1,快递运费,8.00\n".encode())


def test_shipments_of_dhl_without_their_invoice_are_read_and_held_against_the_file():
    lines = (GOLDENS / "dhl_ecommerce_invoice" / "invoice.csv").read_bytes().splitlines(keepends=True)

    batch = tieout.read(b"".join(lines[1:]), format="dhl_ecommerce_invoice", constants={"currency": "USD"})

    assert {None} == {charge.bill_no for charge in batch.records}
    assert Decimal("31.68") == sum(charge.amount.amount for charge in batch.records)
    assert ["shipments above the first invoice"] == [check.name for check in batch.control.checks if not check.holds]
