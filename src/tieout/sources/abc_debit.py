"""Agricultural Bank of China account statement (农业银行交易明细).

A text: the header, one movement a line; a line may end before the last columns. Days are `20240101`, amounts signed with `+`
or `-`, the caption `日 志 号` has blanks in it. All are in CNY unless the caller says otherwise.

Rules: `formats.md` 6.
"""

from typing import Final

from tieout.sources._amounts import Amount
from tieout.sources._bank import Balance, Memo, Party, bank_table
from tieout.sources._times import Date
from tieout.sources._words import Key

__all__ = ["FORMAT"]

FORMAT: Final = bank_table(
    timezone="Asia/Shanghai",
    currency="CNY",
    evidence="files",
    account=("账号", "卡号", "账户"),
    short_rows=True,
    columns=(
        Date("交易日期", to="booked_on"),
        Memo("交易摘要", to="_memo_1"),
        Amount("交易金额", to="amount"),
        Balance("本次余额"),
        Party("对手信息"),
        Key("日 志 号", to="bank_ref", needed=False),
        Memo("交易附言", to="_memo_2", optional=True),
    ),
    ignored=("交易时间", "交易渠道"),
)
