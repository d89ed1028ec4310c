"""China Merchants Bank account statement (招商银行储蓄卡交易记录).

A text: the header, one movement a line. The columns behind the balance are the customer's choice. Amounts are signed and have
thousands separators; lines beginning with `#` may stand above and below.

Rules: `formats.md` 6; layouts of double-entry-generator.
"""

from typing import Final

from tieout.sources._amounts import Amount
from tieout.sources._bank import Balance, Memo, Party, bank_table
from tieout.sources._times import Date
from tieout.sources._words import Currency

__all__ = ["FORMAT"]

FORMAT: Final = bank_table(
    timezone="Asia/Shanghai",
    evidence="files",
    account=("账号", "卡号", "户口号"),
    columns=(
        Date("记账日期", to="booked_on"),
        Currency("货币"),
        Amount("交易金额", to="amount"),
        Balance("联机余额"),
        Memo("交易摘要", to="_memo_1", optional=True),
        Party("对手信息", optional=True),
        Memo("客户摘要", to="_memo_2", optional=True),
    ),
)
