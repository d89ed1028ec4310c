"""Bank of Communications account statement (交通银行交易明细).

A text: the header, one movement a line. Amounts are positive; 借贷 says which way: `借 Dr` is paid, `贷 Cr` received. All are
in CNY unless the caller says otherwise.

Rules: `formats.md` 6.
"""

from typing import Final

import polars as pl

from tieout.sources._amounts import Amount
from tieout.sources._bank import Account, Balance, Memo, Party, bank_table
from tieout.sources._cash import by_direction, direction
from tieout.sources._times import Date

__all__ = ["FORMAT"]


def _signed(values: pl.DataFrame) -> pl.DataFrame:
    return values.with_columns(amount_minor=by_direction(pl.col("_sum_minor"), pl.col("_direction")))


FORMAT: Final = bank_table(
    timezone="Asia/Shanghai",
    currency="CNY",
    evidence="files",
    account=("卡号", "账号"),
    signed=_signed,
    columns=(
        Date("交易日期", to="booked_on"),
        Memo("交易类型", to="_memo_1"),
        direction("借贷"),
        Amount("交易金额", to="_sum", needed=True),
        Balance("余额"),
        Account("对方账号", to="counterparty_account"),
        Party("对方户名"),
        Memo("交易地点", to="_memo_2", optional=True),
        Memo("摘要", to="_memo_3", optional=True),
    ),
    ignored=("序号", "交易时间"),
)
