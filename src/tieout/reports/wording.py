"""Words of the trade in English and Chinese (`domain.md` section 10), for what tables hold as codes."""

import polars as pl

from tieout.model.wording import AFTER_SALES, CHARGES, DISCOUNTS, LINES, ORDERS

__all__ = [
    "AFTER_SALES",
    "CASH",
    "CHARGES",
    "COLLECTION",
    "DISCOUNTS",
    "LINES",
    "ORDERS",
    "STAGES",
    "STATES",
    "VERDICTS",
    "title_expr",
]

COLLECTION = {
    "unsettled": ("Unsettled", "未结算"),
    "partially_settled": ("Partially settled", "部分结算"),
    "settled": ("Settled", "已结算"),
    "over_settled": ("Over-settled", "多结算"),
    "refunded": ("Refunded", "已退款"),
}
"""How far an order is collected."""
STAGES = {
    "collect": ("Collect", "采集"),
    "detect": ("Detect", "差异识别"),
    "resolve": ("Resolve", "异常处理"),
    "tie_outs": ("Tie out", "勾稽"),
    "accruals": ("Accrue", "暂估"),
    "vouchers": ("Post", "生成凭证"),
    "ledgers": ("Export to ledgers", "导出凭证文件"),
    "archive": ("Archive", "归档"),
}
"""Stages of a close."""
STATES = {
    "open": ("Open", "待处理"),
    "assigned": ("Assigned", "已分派"),
    "investigating": ("Under investigation", "核查中"),
    "claimed": ("Claimed", "已索赔"),
    "claim_accepted": ("Claim accepted", "索赔成立"),
    "claim_rejected": ("Claim rejected", "索赔被拒"),
    "resolved": ("Resolved", "已解决"),
    "reviewed": ("Reviewed", "已复核"),
    "archived": ("Archived", "已归档"),
    "auto_accepted": ("Accepted within tolerance", "容差内自动接受"),
}
"""States of a discrepancy."""
VERDICTS = {
    "agreed": ("Agreed", "一致"),
    "within tolerance": ("Within tolerance", "容差内"),
    "not due": ("Not due", "未到期"),
    "in transit": ("In transit", "在途"),
    "discrepancy": ("Discrepancy", "差异"),
}
"""What became of what was compared; anything else was set aside."""
CASH = {
    "orders": ("Orders to be settled", "待结算订单"),
    "taken back": ("Settled too high, to be taken back", "多结算待扣回"),
    "payouts": ("Settlements to be paid out", "待提现结算单"),
    "receipts": ("Payouts on their way to the bank", "提现在途"),
    "couriers": ("Couriers' bills, as agreed", "应付快递（确认金额）"),
    "unbilled": ("Parcels not billed yet", "未出账运费"),
    "refunds": ("Refunds that were agreed", "待付退款"),
}
"""What is to come and to be paid."""


def title_expr(code: pl.Expr, words: dict[str, tuple[str, str]], *, chinese: bool = False) -> pl.Expr:
    """What a code is called; one that is not known is called by itself.

    Args:
        code: String expression.
        words: English and Chinese by code.
        chinese: Whether the Chinese name is wanted.
    """
    return code.replace({word: names[int(chinese)] for word, names in words.items()})
