"""China Construction Bank account statement (建设银行个人活期账户交易明细).

A workbook: three rows of titles with the account, the period and the sums of expense and income, the header, one movement a
row. Days are `20260721`, amounts signed with thousands separators. 对方账号与户名 holds account and name of the other side,
parted by a slash.

Rules: `formats.md` 6.
"""

import re
from collections.abc import Iterator
from typing import Final

import polars as pl

from tieout.money import parse_money, to_minor
from tieout.proof import Check
from tieout.sources._amounts import Amount
from tieout.sources._bank import Balance, Memo, Party, bank_table
from tieout.sources._reading import Reading
from tieout.sources._times import Date
from tieout.sources._totals import declared_sum
from tieout.sources._words import Currency

__all__ = ["FORMAT"]

_TOTAL: Final = r"{word}\s*[:：]\s*([\d,]+\.\d\d)"


def _checks(reading: Reading) -> Iterator[Check]:
    said = " ".join(row.text for row in reading.preamble)
    amount = pl.col("amount_minor")
    for word, value in (
        ("总支出", pl.when(amount < 0).then(-amount)),
        ("总收入", pl.when(amount > 0).then(amount)),
    ):
        found = re.search(_TOTAL.format(word=word), said)
        if found is not None and reading.currency is not None:
            total = to_minor(parse_money(found[1], reading.currency))
            yield declared_sum(reading, word, value, total, currency=reading.currency)


FORMAT: Final = bank_table(
    timezone="Asia/Shanghai",
    evidence="files",
    account=("卡号/账号", "账号", "卡号"),
    columns=(
        Memo("摘要", to="_memo_1"),
        Currency("币别"),
        Date("交易日期", to="booked_on"),
        Amount("交易金额", to="amount"),
        Balance("账户余额"),
        Memo("交易地点/附言", to="_memo_2", optional=True),
        Party("对方账号与户名", optional=True),
    ),
    ignored=("序号", "钞汇"),
    checks=_checks,
)
