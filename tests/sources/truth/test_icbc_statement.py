"""Files of ICBC, compared by hand."""

from datetime import date

from moneyed import Money

import tieout


def test_a_credit_card(samples):
    records = list(tieout.read(samples / "bank/icbc_csv/deg-icbc-credit.csv").records)
    first, repaid, last = records[0], records[5], records[-1]

    assert (Money("-0.01", "CNY"), date(2023, 4, 22), Money("-6086.11", "CNY"), "****5678") == (
        first.amount,
        first.booked_on,
        first.balance_after,
        first.account,
    )
    assert "银联在线支付 XX旗舰店" == first.memo
    assert (Money("4621.01", "CNY"), date(2023, 4, 25), "人民币自动转帐还款 XX分行银行卡中心") == (
        repaid.amount,
        repaid.booked_on,
        repaid.memo,
    )
    assert (Money("-29.45", "CNY"), date(2023, 3, 20), Money("-16042.73", "CNY"), 16) == (
        last.amount,
        last.booked_on,
        last.balance_after,
        last.provenance.line,
    )


def test_a_debit_card_whose_balances_were_blackened(samples):
    batch = tieout.read(samples / "bank/icbc_csv/deg-icbc-debit-v1.csv")
    first, second = list(batch.records)[:2]

    assert (Money("-13.40", "CNY"), "深圳市财付通支付科技有限公司", None) == (
        first.amount,
        first.counterparty,
        first.balance_after,
    )
    assert (Money("-1234.56", "CNY"), "张**", "自动还款 广东XX分行银行卡中心") == (
        second.amount,
        second.counterparty,
        second.memo,
    )
    assert "balance.unreadable" in {note.code for note in batch.notes}
