"""JD Worldwide's orders of several articles, and the signs of its returns."""

import pytest

import tieout
from tieout.errors import InputError

DETAIL = "币种：USD\n订单编号,结算金额,商品应结金额,商品佣金,SKU编号\n"
RETURNS = "币种：HKD\n计费时间,订单编号,返修单号,退款金额,返还佣金\n"


def test_an_article_below_its_order_belongs_to_it():
    text = DETAIL + "100000000001,9.00,10.00,-1.00,1\n,4.50,5.00,-0.50,2\n1.0E+11,1,1,0,1\n,2.00,2.00,0,2\n"

    batch = tieout.read(text.encode("gb18030"))

    found = [(line.provenance.line, line.platform_order_id, line.amount.amount) for line in batch.records]
    assert [
        (3, "100000000001", 10),
        (3, "100000000001", -1),
        (4, "100000000001", 5),
        (4, "100000000001", -0.5),
        (6, None, 2),
    ] == found
    assert [5] == [reject.line for reject in batch.rejects]


def test_a_refund_is_a_loss_and_the_commission_a_gain_whatever_their_signs():
    text = RETURNS + "2026-05-20,100000000001,900000001,25.93,-2.07\n"

    batch = tieout.read(text.encode("gb18030"))

    found = batch.records.to_polars().select("type", "amount_minor", "currency").rows()
    assert [("sale_refund", -2593, "HKD"), ("fee_refund", 207, "HKD")] == found


def test_a_currency_that_is_none_is_refused():
    text = RETURNS.replace("HKD", "ZZZ") + "2026-05-01,100000000001,R1,1.00,0.10\n"

    with pytest.raises(InputError, match="the file says the currency 'ZZZ', which is no ISO 4217 code"):
        tieout.read(text.encode("gb18030"))
