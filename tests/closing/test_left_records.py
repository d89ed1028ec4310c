"""Records that a file gives beside others, and that another file has in full."""

import pytest

from closing.shop import config
from tieout.closing import ReadRule, close
from tieout.errors import ConfigError, InputError

ORDERS = (
    "订单号,订单状态,订单成交时间,商品,商品总价(元),邮费(元),店铺优惠折扣(元),平台优惠折扣(元),用户实付金额(元),商家实收金额(元),"
    "商品数量(件),快递单号,快递公司\n"
    "261005-300000000000001,已收货,2026-10-05 09:00:00,茶杯,45.00,0,0,0,45.00,45.00,1,SF1012345678901,顺丰速运\n"
)


@pytest.fixture
def closed(tmp_path):
    """Close one file of orders, leaving classes of its records out."""
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")

    def close_it(*leave):
        rule = ReadRule(file="orders.csv", leave=leave)
        told = config(tmp_path, files=[tmp_path / "orders.csv"], read=[rule], reconciliations={}, ledgers={})
        return close(told, dry_run=True)

    return close_it


def test_they_are_not_taken_and_told(closed):
    assert "Shipment" in closed().data.tables
    left = closed("Shipment")
    assert "Shipment" not in left.data.tables
    assert "orders.csv: 1 Shipment are left to another file" in left.stage("collect").notes
    assert left.proof.holds


def test_a_class_that_the_file_does_not_give_is_told(closed):
    assert "orders.csv gives no Refund that could be left" in closed("Refund").stage("collect").notes


def test_what_the_file_is_about_cannot_be_left(closed):
    with pytest.raises(ConfigError, match="nothing would be left of it"):
        closed("Order")


def test_a_list_is_needed():
    with pytest.raises(InputError, match="a list of classes is needed"):
        ReadRule(file="x", leave="Refund")
