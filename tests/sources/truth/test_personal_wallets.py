"""Real bills of personal accounts, record by record, with values typed from looking at the files."""

from datetime import UTC, datetime

from moneyed import Money

import tieout


def yuan(text):
    return Money(text, "CNY")


def read(samples, path):
    batch = tieout.read(samples / "payment" / path)
    return batch, {record.provenance.line: record for record in batch.records}


def test_jd_a_jacket_and_trousers_of_which_some_came_back(samples):
    batch, by_line = read(samples, "jd_personal/deg-jd-records.csv")

    first, refund, payment = by_line[23], by_line[25], by_line[26]
    assert (first.channel, first.channel_txn_id, first.merchant_order_no) == (
        "jd_pay",
        "JDX100000011234",
        "1000345234234223",
    )
    assert (first.amount, first.type, first.status) == (yuan("-10.20"), "收发快递", "交易成功")
    assert first.occurred_at == datetime(2024, 12, 30, 9, 16, 2, tzinfo=UTC)
    assert (refund.amount, refund.status) == (yuan("89.84"), "退款成功")
    assert refund.occurred_at == datetime(2024, 12, 28, 5, 28, 32, tzinfo=UTC)
    assert payment.amount == yuan("-131.77")
    assert by_line[36].amount == yuan("-468.32"), "468.32(已全额退款) was paid, its refunds are lines of their own"
    assert [by_line[line].amount for line in (34, 35)] == [yuan("70.48"), yuan("397.84")]
    assert by_line[38].amount == yuan("0"), "bought on credit, 先享后付"
    assert by_line[48].amount == yuan("-235.61")
    assert by_line[48].occurred_at == datetime(2024, 12, 5, 14, 49, 55, tzinfo=UTC)
    # The file says 1648.43 was spent in sixteen payments, refunds left out; all lines together are the same.
    assert batch.control.holds
    assert sum(one.amount for one in batch.records) == yuan("-1648.43")


def test_meituan_a_tea_less_its_discount_and_a_repayment(samples):
    batch, by_line = read(samples, "meituan_personal/deg-mt-records.csv")

    first, repayment, last = by_line[21], by_line[45], by_line[49]
    assert first.channel_txn_id == "25022811100401670006000394166443"
    assert first.merchant_order_no == "0_2204430449361044"
    assert (first.amount, first.type) == (yuan("-21.17"), "支付")
    assert first.occurred_at == datetime(2025, 2, 28, 12, 35, 25, tzinfo=UTC)
    assert by_line[22].amount == yuan("20.00")
    assert (repayment.amount, repayment.type) == (yuan("-48.12"), "还款")
    assert last.amount == yuan("-19.20")
    assert last.merchant_order_no == "1KSYWU88WMG04076"
    assert batch.control.holds


def test_alipay_a_card_that_was_charged_and_given_back(samples):
    _, by_line = read(samples, "alipay_personal/deg-alipay-records.csv")

    first, refund, charge = by_line[26], by_line[32], by_line[33]
    assert (first.channel, first.channel_txn_id, first.type) == ("alipay", "202302xxxxxx0011000103xxxxxx", "亲友代付")
    assert (first.amount, first.status) == (yuan("-49.74"), "交易成功")
    assert first.occurred_at == datetime(2023, 2, 12, 13, 32, 14, tzinfo=UTC)
    assert by_line[30].amount == yuan("222228.50")
    assert by_line[31].amount == yuan("0"), "closed before it was paid"
    assert (refund.channel_txn_id, refund.channel_refund_id) == ("2023xxxxx88", "2023xxxxx88_2023xx57")
    assert (refund.amount, refund.merchant_order_no) == (yuan("50.00"), "D12*****14")
    assert (charge.channel_txn_id, charge.amount, charge.status) == ("2023xxxxx88", yuan("-50.00"), "交易关闭")
    assert by_line[35].amount == yuan("-82.00")


def test_wechat_a_meal_a_withdrawal_with_its_fee_and_a_gift(samples):
    batch, by_line = read(samples, "wechat_personal/deg-wechat-records.csv")

    first, withdrawal, gift = by_line[18], by_line[24], by_line[19]
    assert (first.channel, first.channel_txn_id, first.merchant_order_no) == ("wechat_pay", "3985734", "129847129")
    assert (first.amount, first.fee, first.net) == (yuan("-28.16"), None, yuan("-28.16"))
    assert (first.type, first.status) == ("商户消费", "支付成功")
    assert first.occurred_at == datetime(2019, 9, 26, 4, 45, 27, tzinfo=UTC)
    assert (gift.amount, gift.type) == (yuan("0.35"), "微信红包")
    assert withdrawal.channel_txn_id == "207210715100077148235523883175"
    assert (withdrawal.amount, withdrawal.fee, withdrawal.net) == (yuan("-100.00"), yuan("-0.10"), yuan("-100.10"))
    assert by_line[29].amount == yuan("0"), "a fund was bought, paid by a bank"
    assert by_line[33].amount == yuan("1300.00")
    assert batch.records[-1].status == "支付成功"


def test_wechat_the_workbook_has_the_same_lines_as_the_text(samples):
    text, _ = read(samples, "wechat_personal/deg-wechat-records.csv")
    book, by_line = read(samples, "wechat_personal/deg-wechat-records.xlsx")

    columns = ["channel_txn_id", "amount_minor", "net_minor", "occurred_at", "type"]
    assert book.records.to_polars().select(columns).equals(text.records.to_polars().select(columns))
    assert (by_line[19].provenance.sheet, by_line[19].amount) == ("Sheet1", yuan("-28.16"))
