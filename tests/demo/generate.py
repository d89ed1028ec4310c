"""Write the files of the demo month into a folder: `python tests/demo/generate.py [FOLDER]`.

The month is synthetic and always the same: no clock, seeded choices. Contracts and mappings are written by hand and stay as they are.
"""

import csv
import io
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import xlsxwriter
from clean_month import LONG_NAMES, AfterSale, Month, Parcel, Row, build_month
from planting import (
    Planted,
    Planter,
    plant_bill,
    plant_parcels,
    plant_prices,
    plant_rebate,
    plant_services,
    plant_strangers,
    plant_surcharges,
    scientific,
)
from scalar_pricing import SF, ZTO

FOLDER = Path(__file__).resolve().parents[2] / "src" / "tieout" / "_demo"
WORDS = {SF: "顺丰", ZTO: "中通"}
SHIPMENT_COLUMNS = (
    "快递公司", "运单号", "发货仓", "快递产品", "省份", "城市", "称重(kg)", "长(cm)", "宽(cm)", "高(cm)", "保价金额", "代收金额",
    "增值服务", "状态", "揽收时间", "签收时间", "承诺送达", "作废时间",
)  # fmt: skip
RETURN_COLUMNS = ("售后单号", "售后类型", "申请时间", "原发货运单号", "退货运单号")
KINDS = {"rejected": "拒收", "intercept": "拦截", "return_refund": "退货退款"}
ZTO_CHARGES = {
    "base": "运费",
    "remote_area": "偏远附加费",
    "insurance": "保价费",
    "cod_fee": "代收手续费",
    "oversize": "超长超重费",
    "return_to_sender": "退回费",
    "intercept": "拦截费",
    "resource_adjust": "资源调节费",
    "late_payment": "滞纳金",
    "cod_remittance": "代收货款返款",
    "compensation": "理赔款",
}
SF_SERVICE_WORDS = {
    "base": "运费",
    "insurance": "保价",
    "cod_fee": "代收货款手续费",
    "packaging": "包装服务",
    "receipt_return": "签单返还",
    "peak": "旺季附加费",
    "fuel": "燃油附加费",
    "upstairs": "上楼费",
}
SF_CREDIT_WORDS = {
    "cod_remittance": "代收货款返款",
    "compensation": "理赔款",
    "service_guarantee_credit": "时效延误补偿",
}
SF_CREDIT_COLUMNS = ("返款日期", "运单号", "返款类型", "返款金额")
SF_COLUMNS = (
    "序号", "日期", "运单号码", "到件地区", "计费重量", "产品类型", "付款方式", "服务", "费用(元)", "折扣/促销", "应付金额",
    "目的地(省名)", "实际重量",
)  # fmt: skip
INVOICE_COLUMNS = ("快递公司", "账单编号", "账期起", "账期止", "付款到期日", "币种", "账单金额")


def main(folder: Path) -> None:
    """Build the month and write its files."""
    zto, sf = build_month(ZTO, count=1370, tail=50, seed=20261001), build_month(SF, count=560, tail=25, seed=20261002)
    planters = [Planter(zto, seed=1), Planter(sf, seed=2)]
    surplus = Decimal(0)
    for planter in planters:
        surplus += _plant(planter)
    known, damaged = _damage_shipments(zto, planters[0])
    plant_rebate(planters[0], known)
    folder.mkdir(parents=True, exist_ok=True)
    _write_shipments(folder, [zto, sf], planters, damaged)
    _write_returns(folder, [*zto.cases, *sf.cases])
    abroad = [row for row in zto.rows if row.currency != "CNY"]
    at_home = [row for row in zto.rows if row.currency == "CNY"]
    _write_zto(folder / "zto_bill.csv", at_home, "2026-10-01", "2026-10-31")
    _write_zto(folder / "zto_bill_hkd.csv", abroad, "2026-10-01", "2026-10-31", "utf-16")
    _write_zto(folder / "zto_history.csv", zto.history, "2026-09-01", "2026-09-30")
    _write_sf(folder / "sf_bill.xlsx", sf.rows, "2026-10-01", "2026-10-31")
    _write_sf(folder / "sf_history.xlsx", sf.history, "2026-09-01", "2026-09-30")
    _write_sf_credits(folder / "sf_credits.csv", [*sf.history, *sf.rows])
    _write_invoice(folder / "zto_invoice.csv", at_home, surplus)
    _write_planted(folder, [planted for planter in planters for planted in planter.planted])


def _plant(planter: Planter) -> Decimal:
    plant_strangers(planter)
    plant_surcharges(planter)
    if planter.carrier == SF:
        plant_services(planter)
    plant_parcels(planter)
    plant_prices(planter)
    surplus = plant_bill(planter)
    planter.month.rows.sort(key=lambda row: (row.day, row.number, sorted(row.charges.items())))
    return surplus


def _damage_shipments(month: Month, planter: Planter) -> tuple[list[Parcel], dict[str, dict[str, str]]]:
    """Cells of the merchant's own export that cannot be read; the parcels are ones that no bill names yet.

    Returns:
        The parcels that stay readable, and the cells to replace, by tracking number and column.
    """
    billed = {row.number for row in month.rows}
    waiting = [
        p for p in month.parcels if p.number not in billed and p.picked and p.day.day >= 30 and p.day.month == 10
    ]
    cells = ({"称重(kg)": "约2公斤"}, {"揽收时间": "2026-10-32 16:05"}, {"保价金额": "一千"}, {"运单号": ""})
    damaged = {parcel.number: dict(cell) for parcel, cell in zip(waiting, cells, strict=False)}
    lost = waiting[len(cells) - 1]
    damaged[lost.number]["运单号"] = scientific(lost.number)
    planter.planted.append(
        Planted(
            ZTO,
            scientific(lost.number),
            "",
            "data.id_precision_lost",
            Decimal("0.00"),
            what="our own export lost digits",
        )
    )
    unread = set(list(damaged)[: len(cells) - 1])
    return [parcel for parcel in month.parcels if parcel.number not in unread], damaged


def _text(rows: Iterable[Sequence[object]], line_end: str = "\r\n") -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator=line_end).writerows(rows)
    return buffer.getvalue()


def _shipment_cells(parcel: Parcel) -> list[object]:
    length, width, height = parcel.size or ("", "", "")
    return [
        WORDS[parcel.carrier],
        parcel.number,
        "义乌仓" if parcel.carrier == ZTO else "杭州仓",
        parcel.service,
        parcel.province,
        parcel.city,
        "" if parcel.weight is None else parcel.weight,
        length,
        width,
        height,
        parcel.declared or "",
        parcel.cod or "",
        ";".join(parcel.requested),
        parcel.status,
        *(_minute(moment) for moment in (parcel.picked, parcel.signed, parcel.promised, parcel.voided)),
    ]


def _minute(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M}"


def _write_shipments(
    folder: Path, months: list[Month], planters: list[Planter], damaged: dict[str, dict[str, str]]
) -> None:
    twins = [twin for planter in planters for twin in planter.twins]
    parcels = sorted(
        [*(parcel for month in months for parcel in month.parcels), *twins],
        key=lambda parcel: (parcel.labelled, parcel.carrier, parcel.number),
    )
    rows: list[list[object]] = [list(SHIPMENT_COLUMNS)]
    for parcel in parcels:
        cells = _shipment_cells(parcel)
        for column, text in damaged.get(parcel.number, {}).items():
            cells[SHIPMENT_COLUMNS.index(column)] = text
        rows.append(cells)
    (folder / "shipments.csv").write_text(_text(rows), encoding="utf-8", newline="")


def _write_returns(folder: Path, cases: list[AfterSale]) -> None:
    rows = [
        [case.return_id, KINDS[case.kind], _minute(case.applied), case.outbound, case.return_number] for case in cases
    ]
    (folder / "returns.csv").write_text(_text([RETURN_COLUMNS, *rows]), encoding="utf-8", newline="")


def _write_zto(path: Path, rows: list[Row], start: str, end: str, encoding: str = "gb18030") -> None:
    """Four lines before the header, sums and remarks below the data."""
    header = ["扫描日期", "运单号", "目的省份", "目的城市", "称重重量(kg)", "结算重量(kg)", *ZTO_CHARGES.values()]
    sums = [sum((row.charges.get(name, Decimal(0)) for row in rows), Decimal(0)) for name in ZTO_CHARGES]
    lines = [
        ["中通快递 义乌江东网点 月结对账单"],
        [f"客户编码：YW057988    账期：{start} 至 {end}"],
        ["单位：元，重量：千克；计费重量零头不超过0.1千克的抹去"],
        [],
        header,
        *(_zto_cells(row) for row in rows),
        ["合计", "", "", "", "", "", *sums],
        [f"票数：{len({row.number for row in rows if row.number})}"],
        ["说明：以上金额含税6%，如有异议请在收到账单后30日内提出"],
    ]
    path.write_bytes(_text(lines).encode(encoding))


def _zto_cells(row: Row) -> list[object]:
    suffix = "市" if row.province == row.city else "省" if row.province else ""
    return [
        row.day.isoformat(),
        row.number,
        LONG_NAMES.get(row.province, row.province + suffix),
        row.city,
        "" if row.actual is None else row.actual,
        "" if row.billed is None else row.billed,
        *(row.charges.get(name, "") for name in ZTO_CHARGES),
    ]


def _write_sf(path: Path, rows: list[Row], start: str, end: str) -> None:
    """One sheet, one row per waybill and service, the benefits of the month below the data."""
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"created": datetime(2026, 11, 2), "author": "", "company": ""})  # noqa: DTZ001 - fixed, for equal bytes
        sheet = book.add_worksheet("账单明细")
        sheet.write_row(0, 0, ["顺丰速运 月结账单"])
        total = sum((amount for row in rows for amount in _sf_charges(row).values()), Decimal(0))
        sheet.write_row(
            1, 0, ["月结卡号：0579880018", "", f"账单周期：{start} 至 {end}", "", "", f"应付金额合计：{total}"]
        )
        sheet.write_row(3, 0, SF_COLUMNS)
        at = 4
        for row in rows:
            for cells in _sf_cells(row):
                sheet.write_row(at, 0, [at - 3, *cells])
                at += 1
        sheet.write_row(at, 0, ["合计", *[""] * 9, float(total)])
        sheet.write_row(at + 2, 0, ["月结权益优惠"])
        sheet.write_row(at + 3, 0, ["权益名称", "", "生效日期", "", "", "", "", "", "", "", "优惠金额"])
        sheet.write_row(at + 4, 0, ["生日礼券（下期可用）", "", end, "", "", "", "", "", "", "", 20])


def _sf_charges(row: Row) -> dict[str, Decimal]:
    return {name: amount for name, amount in row.charges.items() if name not in SF_CREDIT_WORDS}


def _sf_cells(row: Row) -> Iterable[list[object]]:
    for name, amount in _sf_charges(row).items():
        listed = row.listed if name == "base" and row.listed is not None else amount
        yield [
            f"{row.day:%m-%d}",
            row.number,
            row.city or row.province,
            "" if row.billed is None else float(row.billed),
            row.service,
            "寄付月结",
            SF_SERVICE_WORDS[name],
            float(listed),
            float(listed - amount),
            float(amount),
            row.province,
            "" if row.actual is None else float(row.actual),
        ]


def _write_sf_credits(path: Path, rows: list[Row]) -> None:
    """SF pays back on a list of its own: cash on delivery, compensations, late deliveries; positive figures."""
    paid_back = sorted(
        (row.day.isoformat(), row.number, SF_CREDIT_WORDS[name], -amount)
        for row in rows
        for name, amount in row.charges.items()
        if name in SF_CREDIT_WORDS
    )
    path.write_text(_text([SF_CREDIT_COLUMNS, *paid_back]), encoding="utf-8", newline="")


def _write_invoice(path: Path, rows: list[Row], surplus: Decimal) -> None:
    """The header of the ZTO bill, as the courier's notice states it."""
    total = sum((amount for row in rows for amount in row.charges.values()), Decimal(0)) + surplus
    notice = [WORDS[ZTO], "ZTO-2026-10", "2026-10-01", "2026-10-31", "2026-11-10", "CNY", total]
    path.write_text(_text([INVOICE_COLUMNS, notice]), encoding="utf-8", newline="")


def _write_planted(folder: Path, planted: list[Planted]) -> None:
    columns = ("courier", "tracking_no", "charge_type", "type", "impact", "currency", "what")
    rows = sorted([getattr(item, name) for name in columns] for item in planted)
    rows = sorted(rows, key=lambda row: (row[0], row[3], row[1], row[2], row[4]))
    (folder / "planted.csv").write_text(_text([columns, *rows], "\n"), encoding="utf-8", newline="")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
