"""A large shop's month as the files that it downloads: orders and account of Pinduoduo, parcels of the warehouse, ZTO's bill.

All is worked out of the number of the order, in columns: the same size gives the same bytes. One order in a hundred has a fault.
"""

from pathlib import Path

import polars as pl

__all__ = ["write_month"]

PROVINCES = ("广东", "福建", "浙江", "上海", "四川", "湖北", "新疆", "西藏")
FIRST = {"near": 300, "middle": 360, "far": 1300}
NEXT = {"near": 90, "middle": 160, "far": 950}
IN_TWO_PARCELS = 10  # one order in so many
CARD = """
name = "ZTO 2026"
carrier = "zto"
currency = "CNY"
[terms]
timezone = "Asia/Shanghai"
vat_percent = 6
[[versions]]
id = "2026"
from = 2026-01-01
weight = { rounding = { mode = "ceil", step = 1 } }
[versions.zones]
names = ["near", "middle", "far"]
default = "middle"
rules = [{ zone = "far", dest_provinces = ["新疆", "西藏"] }, { zone = "near", dest_provinces = ["广东", "福建"] }]
[versions.prices]
model = "first_continued"
first_weight = 1
step = 1
zones = { near = { first = 3.00, continued = 0.90 }, middle = { first = 3.60, continued = 1.60 }, far = { first = 13.00, continued = 9.50 } }
"""
PARCELS = """
record = "Shipment"
timezone = "Asia/Shanghai"
weight_unit = "kg"
by = ["tracking_no"]
[constants]
carrier = "zto"
warehouse = "W1"
[columns]
tracking_no = "运单号"
picked_up_at = "揽收时间"
signed_at = "签收时间"
status = "状态"
weight_scale_g = "重量(kg)"
"dest.province" = "省"
"lines.platform_order_id" = "订单号"
"lines.sku" = "商品编码"
"lines.quantity" = "数量"
[values.status]
"已签收" = "signed"
"""
BILL = """
record = "CourierCharge"
timezone = "Asia/Shanghai"
currency = "CNY"
weight_unit = "kg"
[constants]
carrier = "zto"
bill_no = "ZTO-2026-10"
charge_type = "base"
[columns]
tracking_no = "运单号"
ship_date = "日期"
"dest.province" = "省份"
billed_weight_g = "计费重量"
amount = "金额"
"""
CLOSE = """
name = "Benchmark"
period = "2026-10"
files = ["files"]
out = "out"
[book]
chart = "cn_small_business"
currency = "CNY"
timezone = "Asia/Shanghai"
taxpayer = "general"
[[read]]
file = "parcels*.csv"
mapping = "parcels.toml"
[[read]]
file = "zto_bill*.csv"
mapping = "zto_bill.toml"
[reconciliations.settlement]
fees = [{ platform = "pdd", line_type = "tech_service_fee", rate = "0.006" }]
[reconciliations.courier_bill.each.zto]
rate_card = "zto_contract.toml"
[ledgers]
journal_csv = "vouchers.csv"
"""
ORDER_COLUMNS = (
    *("订单成交时间", "商品", "订单号", "订单状态", "商品总价(元)", "邮费(元)", "店铺优惠折扣(元)", "平台优惠折扣(元)"),
    *("多多支付立减金额(元)", "用户实付金额(元)", "商家实收金额(元)", "商品数量(件)", "发货时间", "确认收货时间"),
    *(
        "商品id",
        "商品规格",
        "样式ID",
        "商家编码-规格维度",
        "商家编码-商品维度",
        "商家备注",
        "售后状态",
        "快递单号",
        "快递公司",
    ),
)
FUND_HEAD = """拼多多店铺账务明细查询

起始时间：2026-10-01 00:00:00  终止时间：2026-10-31 23:59:59
----------交易记录明细列表---------
"""


def write_month(folder: Path, orders: int) -> dict[str, int]:
    """Write the files and their configuration; gives the rows of each.

    Args:
        folder: Where to; `close.toml` stands in it, the files below.
        orders: How many orders; a tenth more parcels and lines of the bill, three lines of the account for each.
    """
    files = folder / "files"
    files.mkdir(parents=True)
    texts = {"zto_contract.toml": CARD, "parcels.toml": PARCELS, "zto_bill.toml": BILL, "close.toml": CLOSE}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    sold = _orders(orders)
    parcels = _parcels(sold)
    _order_file(sold).write_csv(files / "pdd_orders.csv", include_bom=True)
    _parcel_file(parcels).write_csv(files / "parcels.csv")
    _bill_file(parcels).write_csv(files / "zto_bill.csv")
    lines = _account_lines(sold)
    _write_account(lines, files / "pdd_fund_detail.csv")
    return {
        "orders": sold.height,
        "parcels": parcels.height,
        "bill lines": parcels.height,
        "account lines": lines.height,
    }


def _yuan(minor: pl.Expr) -> pl.Expr:
    """Cents as text with two decimals."""
    size = minor.abs()
    text = pl.concat_str((size // 100).cast(pl.String), pl.lit("."), (size % 100).cast(pl.String).str.zfill(2))
    return pl.when(minor < 0).then(pl.lit("-") + text).otherwise(text)


def _moment(name: str) -> pl.Expr:
    return pl.col(name).dt.strftime("%Y-%m-%d %H:%M:%S")


def _orders(count: int) -> pl.DataFrame:
    place = pl.int_range(pl.len())
    start = pl.datetime(2026, 10, 1)
    frame = pl.DataFrame({"place": range(count)}).select(
        place.alias("place"),
        (start + pl.duration(minutes=place * 37 % (20 * 1440))).alias("paid_at"),
        (3_000 + place * 7919 % 20_000).cast(pl.Int64).alias("goods"),
        pl.when(place % 2 == 0).then(300).otherwise(0).cast(pl.Int64).alias("funded"),
        (1 + place * 31 % 3).cast(pl.Int64).alias("kilograms"),
        pl.lit(list(PROVINCES)).list.get(place * 13 % len(PROVINCES)).alias("province"),
        (pl.lit("ART-") + (place * 17 % 400).cast(pl.String).str.zfill(3)).alias("sku"),
        (place % 100).alias("fault"),
    )
    return frame.with_columns(
        (
            _moment("paid_at").str.slice(2, 8).str.replace_all("-", "")
            + "-"
            + (place + 600_000_000_000_000).cast(pl.String)
        ).alias("number"),
        (pl.col("paid_at") + pl.duration(hours=20)).alias("sent_at"),
        (pl.col("paid_at") + pl.duration(days=5)).alias("done_at"),
    )


def _parcels(sold: pl.DataFrame) -> pl.DataFrame:
    first = sold.with_columns(pl.lit(0).alias("part"))
    second = sold.filter(pl.col("place") % IN_TWO_PARCELS == 3).with_columns(pl.lit(1).alias("part"))
    number = 78_000_000_000_000 + pl.col("place") * 2 + pl.col("part")
    zone = (
        pl.when(pl.col("province").is_in(["新疆", "西藏"]))
        .then(pl.lit("far"))
        .when(pl.col("province").is_in(["广东", "福建"]))
        .then(pl.lit("near"))
        .otherwise(pl.lit("middle"))
    )
    return (
        pl.concat([first, second])
        .sort("place", "part")
        .with_columns(number.cast(pl.String).alias("tracking_no"), zone.alias("zone"))
    )


def _order_file(sold: pl.DataFrame) -> pl.DataFrame:
    nothing = pl.lit("")
    cells = {
        "订单成交时间": _moment("paid_at"),
        "商品": pl.lit("商品") + pl.col("sku"),
        "订单号": pl.col("number"),
        "订单状态": pl.lit("已收货"),
        "商品总价(元)": _yuan(pl.col("goods")),
        "平台优惠折扣(元)": _yuan(pl.col("funded")),
        "用户实付金额(元)": _yuan(pl.col("goods") - pl.col("funded")),
        "商家实收金额(元)": _yuan(pl.col("goods")),
        "商品数量(件)": pl.when(pl.col("place") % IN_TWO_PARCELS == 3).then(2).otherwise(1).cast(pl.String),
        "发货时间": _moment("sent_at"),
        "确认收货时间": _moment("done_at"),
        "商家编码-规格维度": pl.col("sku"),
        "售后状态": pl.lit("无售后或售后取消"),
    }
    zeros = {name: pl.lit("0") for name in ("邮费(元)", "店铺优惠折扣(元)", "多多支付立减金额(元)")}
    said = cells | zeros
    return sold.select(said.get(name, nothing).alias(name) for name in ORDER_COLUMNS)


def _parcel_file(parcels: pl.DataFrame) -> pl.DataFrame:
    kept = parcels.filter((pl.col("fault") != 5) | (pl.col("part") == 1))
    return kept.select(
        pl.col("tracking_no").alias("运单号"),
        _moment("sent_at").alias("揽收时间"),
        _moment("done_at").alias("签收时间"),
        pl.lit("已签收").alias("状态"),
        (_yuan(pl.col("kilograms") * 100 - 20)).alias("重量(kg)"),
        pl.col("province").alias("省"),
        pl.col("number").alias("订单号"),
        pl.col("sku").alias("商品编码"),
        pl.lit("1").alias("数量"),
    )


def _bill_file(parcels: pl.DataFrame) -> pl.DataFrame:
    wrong = (pl.col("fault") == 1).cast(pl.Int64)
    weight = pl.col("kilograms") + wrong
    price = pl.col("zone").replace_strict(FIRST) + pl.col("zone").replace_strict(NEXT) * (weight - 1)
    return parcels.select(
        pl.col("tracking_no").alias("运单号"),
        pl.col("sent_at").dt.strftime("%Y-%m-%d").alias("日期"),
        pl.col("province").alias("省份"),
        weight.cast(pl.String).alias("计费重量"),
        _yuan(price.cast(pl.Int64) + pl.when(pl.col("fault") == 2).then(57).otherwise(0)).alias("金额"),
    )


def _account_lines(sold: pl.DataFrame) -> pl.DataFrame:
    """Three lines an order: the sale, the coupon or an affiliate's share, and the service fee."""
    fee = (pl.col("goods") * 6 + 500) // 1000
    gain = pl.col("goods") - pl.col("funded")
    kinds = (
        (gain, "交易收入", "0010002|交易收入-订单收入", pl.col("fault") != 3),
        (
            pl.when(pl.col("funded") > 0).then(pl.col("funded")).otherwise(-(pl.col("goods") // 50)),
            None,
            None,
            pl.lit(value=True),
        ),
        (
            -fee - pl.when(pl.col("fault") == 4).then(40).otherwise(0),
            "技术服务费",
            "0030002|技术服务费-基础技术服务费",
            pl.lit(value=True),
        ),
    )
    parts = []
    for at, (minor, kind, words, kept) in enumerate(kinds):
        is_coupon = pl.col("funded") > 0
        parts.append(
            sold.filter(kept).select(
                "place",
                pl.lit(at).alias("at"),
                pl.col("number").alias("商户订单号"),
                _moment("done_at").alias("发生时间"),
                minor.cast(pl.Int64).alias("minor"),
                (
                    pl.lit(kind)
                    if kind
                    else pl.when(is_coupon).then(pl.lit("优惠券结算")).otherwise(pl.lit("营销费用"))
                ).alias("账务类型"),
                pl.lit("-").alias("备注"),
                (
                    pl.lit(words)
                    if words
                    else pl.when(is_coupon)
                    .then(pl.lit("0010005|交易收入-优惠券结算"))
                    .otherwise(pl.lit("0060001|营销费用-多多进宝"))
                ).alias("业务描述"),
            )
        )
    return pl.concat(parts).sort("place", "at")


def _write_account(lines: pl.DataFrame, path: Path) -> None:
    """As Pinduoduo writes it: GB18030, a head of sentences, totals at the end."""
    minor = pl.col("minor")
    rows = lines.select(
        "商户订单号",
        "发生时间",
        pl.when(minor > 0).then(_yuan(minor)).otherwise(pl.lit("0")).alias("收入金额（+元）"),
        pl.when(minor < 0).then(_yuan(minor)).otherwise(pl.lit("0")).alias("支出金额（-元）"),
        "账务类型",
        "备注",
        "业务描述",
    )
    gains, losses = lines.filter(minor > 0)["minor"], lines.filter(minor < 0)["minor"]
    sums = pl.DataFrame({"minor": [losses.sum(), gains.sum(), lines["minor"].sum()]})
    figures = sums.select(_yuan(minor).alias("text"))["text"]
    foot = (
        f"#支出合计：{len(losses)}笔{figures[0]}元\n#收入合计：{len(gains)}笔{figures[1]}元\n#总计：{figures[2]}元\n"
        "#导出时间：2026-11-01 09:00:00\n"
    )
    with path.open("w", encoding="gb18030", newline="") as file:
        file.write(FUND_HEAD)
        for number, part in enumerate(rows.iter_slices(200_000)):
            file.write(part.write_csv(include_header=number == 0))
        file.write(foot)
