"""Douyin's scenes: what the platform calls a movement of the account, as the types of settlement lines (`domain.md` 4.2)."""

from typing import Final

from tieout.sources._line_types import ByWords, fee_or_refund

__all__ = ["SCENES"]

SCENES: Final[ByWords] = {
    "货款结算入账": ("sale", "sale_refund"),
    "提现": "withdrawal",
    "退补贴|补贴退回": "subsidy_clawback",
    "补贴发放": "platform_subsidy",
    "退分账": "fee_refund",
    "物流赔付|平台赔付|理赔金|平台补偿": ("claim_reimbursement", "adjustment"),
    "小额打款|赔付": ("claim_reimbursement", "buyer_compensation"),
    "^退款-(?:结算后退款|极速退|价保补差|退转付|退款失败)": "sale_refund",
    "判罚": fee_or_refund("penalty"),
    "保证金垫付": "unknown",
    "保证金": ("deposit_return", "deposit_pay"),
    "运费险|权益保险": fee_or_refund("freight_insurance"),
    "公益": "donation",
    "上门取件运费": fee_or_refund("shipping_fee"),
    "QIC费用|代发费用": fee_or_refund("fulfilment_fee"),
    "贴息": fee_or_refund("installment_fee"),
    "联合补贴营销|营销费用": fee_or_refund("ad_fee"),
    "千川广告费": "ad_topup",
    "云仓服务账户|贷款还款": "transfer",
    "人工调账": "adjustment",
    "官方保障-服务费": fee_or_refund("tech_service_fee"),
}
