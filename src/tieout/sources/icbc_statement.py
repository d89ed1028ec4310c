"""ICBC account and card statement (工商银行明细查询文件).

A text of UTF-8 or GBK: `明细查询文件下载`, the card, its kind, the header, one movement a line, newest first, a line of sums
(`人民币合计`, `合计金额`). Each cell is padded with blanks and ends in a tab; `-` or nothing stands for none. What was booked
stands in 记账金额, income and expense apart, in the currency of the account; 交易金额 may be in another one. The credit
card's file has 记账日期 and no 钞/汇; its balance is negative while money is owed.

Rules: `formats.md` 6; layouts of double-entry-generator.
"""

from collections.abc import Iterable
from typing import Final

from tieout.proof import Check
from tieout.sources._amounts import Amount
from tieout.sources._bank import Balance, Memo, Party, bank_table
from tieout.sources._reading import Reading
from tieout.sources._times import Date
from tieout.sources._totals import doubt_missing_total
from tieout.sources._words import Currency

__all__ = ["FORMAT"]

_SUMS: Final = "合计"


def _checks(reading: Reading) -> Iterable[Check]:
    """Doubt a file whose sums, which stand below its lines, are gone; no check else."""
    if not any(_SUMS in cell for row in reading.below for cell in row):
        doubt_missing_total(reading, _SUMS, is_export=False)
    return ()


FORMAT: Final = bank_table(
    timezone="Asia/Shanghai",
    evidence="files",
    marks=("记账币种",),
    account=("卡号", "账号", "卡号/账号"),
    columns=(
        Date("交易日期", to="_traded_on", needed=True),
        Date("记账日期", to="booked_on", optional=True),
        Memo("摘要", to="_memo_1"),
        Memo("交易场所", to="_memo_2", optional=True),
        Memo("交易详情", to="_memo_3", optional=True),
        Amount("记账金额(收入)", to="_gain"),
        Amount("记账金额(支出)", to="_loss"),
        Currency("记账币种"),
        Balance("余额", optional=True),
        Party("对方户名", optional=True),
    ),
    either=(("_gain_minor", "_loss_minor"),),
    ignored=("交易国家或地区简称", "钞/汇", "交易金额(收入)", "交易金额(支出)", "交易币种", "对方账户", "对方账号"),
    checks=_checks,
)
