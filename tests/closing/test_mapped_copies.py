"""One export that holds orders and their parcels, lying there twice: each copy is mapped to its record."""

import pytest

from closing.shop import config
from tieout.closing import ReadRule, close

EXPORT = (
    "订单号,下单时间,运单号,快递公司,发货时间\n"
    "1012345678901,2026-10-05 18:00:00,78440000000017,zto,2026-10-06 10:00:00\n"
    "1012345678902,2026-10-05 18:05:00,78440000000024,zto,2026-10-06 10:10:00\n"
)
ORDERS = {
    "record": "Order",
    "timezone": "Asia/Shanghai",
    "currency": "CNY",
    "columns": {"platform_order_id": "订单号", "created_at": "下单时间"},
    "constants": {"platform": "tmall"},
}
PARCELS = {
    "record": "Shipment",
    "timezone": "Asia/Shanghai",
    "columns": {"tracking_no": "运单号", "carrier": "快递公司", "shipped_at": "发货时间"},
}
PARCELS_TOML = """record = "Shipment"
timezone = "Asia/Shanghai"
[columns]
tracking_no = "运单号"
carrier = "快递公司"
shipped_at = "发货时间"
"""


@pytest.fixture
def collected(tmp_path):
    """Close two copies of the export, and give what was read and how many files were repeated."""
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(EXPORT, encoding="utf-8")

    def close_them(*mappings):
        rules = [
            ReadRule(file=name, mapping=mapping) for name, mapping in zip(["a.csv", "b.csv"], mappings, strict=False)
        ]
        files = [tmp_path / "a.csv", tmp_path / "b.csv"]
        closed = close(config(tmp_path, files=files, read=rules, reconciliations={}, ledgers={}), dry_run=True)
        report = closed.stage("collect")
        assert closed.proof.holds
        return {name: len(table) for name, table in closed.data.tables.items()}, dict(report.counts)["files repeated"]

    return close_them


def test_each_copy_gives_its_record(collected):
    """The second was left out as the same file, and the parcels with it."""
    assert ({"Order": 2, "Shipment": 2}, 0) == collected(ORDERS, PARCELS)


def test_a_mapping_may_be_a_file(collected, tmp_path):
    (tmp_path / "parcels.toml").write_text(PARCELS_TOML, encoding="utf-8")

    assert ({"Order": 2, "Shipment": 2}, 0) == collected(ORDERS, tmp_path / "parcels.toml")


def test_copies_of_one_record_count_once(collected):
    assert ({"Order": 2}, 1) == collected(ORDERS, {**ORDERS, "constants": {"platform": "taobao"}})


def test_a_copy_without_a_mapping_is_the_same_file(collected):
    assert ({"Order": 2}, 1) == collected(ORDERS)
