"""Words of the trade in English and Chinese (`domain.md` section 10), for what tables hold as codes."""

import polars as pl

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
AFTER_SALES = {
    "refund_only": ("Refund only", "仅退款"),
    "return_refund": ("Return and refund", "退货退款"),
    "exchange": ("Exchange", "换货"),
    "reship": ("Reship", "补发"),
    "repair": ("Repair", "维修"),
    "price_adjust": ("Price adjusted", "补差价"),
    "freight_compensation": ("Freight compensated", "补偿运费"),
    "compensation": ("Compensation", "赔付"),
    "intercept": ("Intercepted", "拦截退回"),
    "rejected": ("Rejected", "拒收"),
    "lost": ("Lost", "丢件"),
}
"""Kinds of after-sale cases (`domain.md` 2.6)."""
ORDERS = {
    "created": ("Created", "待付款"),
    "paid": ("Paid", "已付款"),
    "partially_shipped": ("Partially shipped", "部分发货"),
    "shipped": ("Shipped", "已发货"),
    "signed": ("Signed", "已签收"),
    "completed": ("Completed", "已完成"),
    "rejected": ("Rejected", "已拒收"),
    "closed": ("Closed", "已关闭"),
}
"""How far an order is (`domain.md` 2.7)."""
DISCOUNTS = {
    "shop_coupon": ("Shop coupon", "店铺券"),
    "platform_coupon": ("Platform coupon", "平台券"),
    "full_reduction": ("Full reduction", "满减"),
    "points": ("Points", "积分抵扣"),
    "red_packet": ("Red packet", "红包"),
    "cashback": ("Cashback", "返现"),
    "member": ("Member price", "会员价"),
    "gov_subsidy": ("Government subsidy", "国补"),
    "bank_promo": ("Bank promotion", "银行补贴"),
    "pay_promo": ("Payment promotion", "支付立减"),
    "influencer_coupon": ("Influencer coupon", "达人券"),
    "trade_in": ("Trade-in", "以旧换新"),
    "other": ("Other", "其他"),
}
"""Kinds of price reductions (`domain.md` 2.3)."""
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
CHARGES = {
    "base": ("Freight", "运费"),
    "all_in": ("Freight, all in", "全包运费"),
    "label": ("Labels", "面单费"),
    "volumetric_diff": ("Volumetric weight", "抛重差额"),
    "remote_area": ("Remote areas", "偏远附加费"),
    "out_of_range": ("Out of range", "超区费"),
    "oversize": ("Oversize", "超大件费"),
    "overweight": ("Overweight", "超重费"),
    "cod_fee": ("Cash on delivery fee", "代收手续费"),
    "cod_remittance": ("Cash on delivery handed over", "代收货款返还"),
    "insurance": ("Declared-value insurance", "保价费"),
    "packaging": ("Packaging", "包装费"),
    "fuel": ("Fuel", "燃油附加费"),
    "peak": ("Peak season", "旺季附加费"),
    "resource_adjust": ("Resource adjustment", "资源调节费"),
    "upstairs": ("Upstairs delivery", "上楼费"),
    "night": ("Night delivery", "夜间派送费"),
    "holiday": ("Holiday delivery", "节假日附加费"),
    "address_change": ("Address change", "改址费"),
    "intercept": ("Interception", "拦截费"),
    "return_to_sender": ("Return to sender", "退回运费"),
    "reverse_pickup": ("Reverse pickup", "逆向取件费"),
    "receipt_return": ("Signed receipt", "签单返还费"),
    "storage": ("Storage", "仓储费"),
    "customs": ("Customs", "清关费"),
    "duty": ("Duty", "关税"),
    "minimum": ("Minimum charge", "最低收费"),
    "shortfall": ("Shortfall", "未达量差额"),
    "late_payment": ("Late payment", "滞纳金"),
    "payment_processing": ("Payment processing", "支付手续费"),
    "void_credit": ("Voided labels", "作废退费"),
    "service_guarantee_credit": ("Service guarantee", "时效赔付"),
    "compensation": ("Compensation", "理赔"),
    "discount": ("Discount", "折扣"),
    "rebate": ("Rebate", "返利"),
    "adjustment": ("Adjustment", "调整"),
    "residential": ("Residential delivery", "住宅派送费"),
    "das": ("Delivery area", "偏远派送附加费"),
    "additional_handling": ("Additional handling", "特殊处理费"),
    "large_package": ("Large package", "大件费"),
    "address_correction": ("Address correction", "地址更正费"),
    "signature": ("Signature", "签名费"),
    "saturday": ("Saturday delivery", "周六派送费"),
    "tax": ("Tax", "税费"),
    "other": ("Other", "其他"),
}
"""What couriers charge for (`domain.md` 3.5)."""
LINES = {
    "sale": ("Sales", "货款"),
    "platform_subsidy": ("Platform subsidy", "平台补贴"),
    "influencer_subsidy": ("Influencer subsidy", "达人补贴"),
    "gov_subsidy": ("Government subsidy", "国补"),
    "shipping_income": ("Shipping income", "运费收入"),
    "sale_refund": ("Refunds", "退款"),
    "subsidy_clawback": ("Subsidy taken back", "补贴扣回"),
    "commission": ("Commission", "佣金"),
    "tech_service_fee": ("Tech service fee", "技术服务费"),
    "influencer_commission": ("Influencer commission", "达人佣金"),
    "affiliate": ("Affiliate commission", "推广佣金"),
    "payment_fee": ("Payment fee", "支付手续费"),
    "installment_fee": ("Instalment fee", "分期手续费"),
    "points_fee": ("Points", "积分费用"),
    "freight_insurance": ("Freight insurance", "运费险"),
    "ad_fee": ("Advertising", "推广费"),
    "fulfilment_fee": ("Fulfilment", "履约费"),
    "storage_fee": ("Storage", "仓储费"),
    "shipping_fee": ("Shipping", "运费"),
    "penalty": ("Penalties", "罚款"),
    "buyer_compensation": ("Compensation of buyers", "消费者赔付"),
    "claim_reimbursement": ("Claims paid", "理赔款"),
    "fee_refund": ("Fees given back", "费用退回"),
    "donation": ("Donations", "公益捐赠"),
    "tax_collected": ("Tax collected", "代收税款"),
    "tax_withheld": ("Tax withheld", "代扣税款"),
    "reserve_hold": ("Held in reserve", "保证金冻结"),
    "reserve_release": ("Released from reserve", "冻结释放"),
    "deposit_pay": ("Deposit paid", "缴纳保证金"),
    "deposit_return": ("Deposit returned", "退还保证金"),
    "ad_topup": ("Advertising top-up", "推广充值"),
    "withdrawal": ("Withdrawals", "提现"),
    "transfer": ("Transfers", "转账"),
    "chargeback": ("Chargebacks", "拒付"),
    "chargeback_reversal": ("Chargebacks taken back", "拒付撤回"),
    "fx_fee": ("Currency conversion", "汇兑费"),
    "interest": ("Interest", "利息"),
    "adjustment": ("Adjustments", "调整"),
    "unknown": ("Unknown", "未知"),
}
"""What settlement lines are (`domain.md` 4.2)."""


def title_expr(code: pl.Expr, words: dict[str, tuple[str, str]], *, chinese: bool = False) -> pl.Expr:
    """What a code is called; one that is not known is called by itself.

    Args:
        code: String expression.
        words: English and Chinese by code.
        chinese: Whether the Chinese name is wanted.
    """
    return code.replace({word: names[int(chinese)] for word, names in words.items()})
