"""Close a shop's month in a program: what `tieout demo` does, step by step."""

from decimal import Decimal
from pathlib import Path

import tieout
from tieout import ledgers
from tieout.closing import CloseConfig, ReadRule, ReportRule, RunRule, close
from tieout.posting import Book
from tieout.reconciliations import FeeContract
from tieout.reports import ReportSpec
from tieout.tariffs import RateCard

MONTH = Path(tieout.__path__[0]) / "_demo" / "month"  # the bundled month; yours is where your downloads are
TMALL = {"constants": {"platform": "tmall", "shop_id": "灯屋旗舰店"}}
PDD = {"constants": {"shop_id": "灯屋百货店"}}


def mapped(file: str, name: str, role: str = "") -> ReadRule:
    """A table of the shop's own: a mapping says what its columns are."""
    return ReadRule(file=file, mapping=MONTH / "mappings" / f"{name}.toml", role=role)


def card(carrier: str) -> dict[str, RateCard]:
    """The contract with a courier."""
    return {"rate_card": RateCard.load(MONTH / "contracts" / f"{carrier}.toml")}


# What files do not say of themselves. Formats are found from the content; the first rule that fits a file holds.
READ = [
    ReadRule(file="ExportOrderList*", leave=["Shipment", "Refund"], options=TMALL),
    ReadRule(file="ExportOrderDetailList*", leave=["Refund"], options=TMALL),
    ReadRule(file="*账务明细.csv", options=TMALL),
    ReadRule(file="拼多多订单导出*", leave=["OrderLine", "Shipment"], options=PDD),
    ReadRule(file="pdd-mall-bill-detail*", options=PDD),
    mapped("中通对账单*", "zto_bill"), mapped("中通账单通知*", "zto_notice"), mapped("wms_包裹*", "parcels"),
    mapped("wms_出入库流水*", "movements"), mapped("wms_采购单据*", "purchases"), mapped("*PD-202609.csv", "counts", "previous"),
    mapped("wms_盘点单*", "counts"), mapped("erp_*", "erp_orders", "erp_orders"), mapped("售后单*", "cases"),
    mapped("退款单*", "refunds"), mapped("结算汇总*", "settlements"), mapped("提现记录*", "payouts"),
    mapped("应付余额表*", "balances"),
]  # fmt: skip
FEES = [
    FeeContract(platform="tmall", line_type="commission", rate=Decimal("0.05"), returned=True),
    FeeContract(platform="tmall", line_type="tech_service_fee", rate=Decimal("0.006")),
    FeeContract(platform="pdd", line_type="tech_service_fee", rate=Decimal("0.006")),
]
config = CloseConfig(
    name="灯屋 Lamp House",
    period="2026-10",
    files=[MONTH / "files"],
    out="close-2026-10",
    book=Book(chart="cn_small_business", currency="CNY", timezone="Asia/Shanghai", taxpayer="general"),
    read=READ,
    reconciliations={
        "payments": RunRule(only={"platform": "tmall"}),
        "courier_bill": RunRule(each={"zto": card("zto"), "sf": card("sf")}),
        "after_sales": RunRule(settings={"commission_back": ("tmall",)}),
        "settlement": RunRule(settings={"fees": FEES}),
        "ledger_tieout": RunRule(only={"role": "ap_courier"}),
    },
    # Left out, workbook, PDF and plots are written where their extras are installed.
    report=ReportRule(xlsx=False, pdf=False, plots=False),
)
closed = close(config)
print(closed.summary())

print("\nReports:", ", ".join(report.name for report in closed.reports))

found = [one for outcome in closed.outcomes for one in outcome.discrepancies]
worst = max(found, key=lambda one: abs(one.impact.amount))
print(f"\n{len(found)} discrepancies; the largest is {worst.type}: {worst.reason}")
print(f"  {worst.provenance.file}, line {worst.provenance.line}; next: {worst.next_step}")

own = ReportSpec(name="refunds", measures=["refunded_amount", "refund_rate"], dimensions=["platform", "shop"])
for section in own.make(closed.data).sections:
    print(section.frame.select(column.name for column in section.columns))

ledgers.write(closed.vouchers, "vouchers-2026-10.csv", ledger="journal_csv", book=config.book)
print(f"{len(closed.vouchers)} vouchers in vouchers-2026-10.csv; the report is {config.out.as_posix()}/report.html")
