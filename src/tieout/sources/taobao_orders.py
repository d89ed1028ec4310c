"""Taobao and Tmall orders (淘宝订单 ExportOrderList).

A text in GB18030 with CRLF and every cell in quotes: one order a row, without its articles, which stand in
ExportOrderDetailList (`taobao_order_lines`). 46 columns in 2017, 61 or 62 later. Order numbers are guarded as
`="..."`, some captions end in a blank, fees are written as `0元`, and waybills may begin with `No:`.

买家应付货款 is what the goods cost after all reductions, which the file does not list; with 买家应付邮费 it is
总金额, which is checked. 买家实际支付金额 is zero for orders that are not paid or closed, and less by what was given
back for others, so it is not read. 退款金额 is positive; it is of the order, for the file names no refund, so the
refund has the order's number. 打款商家金额 is what the merchant was paid in the end, after refunds, and is not read.

Rules: `formats.md` 3.1; `domain.md` 2.7.
"""

from typing import Final

from tieout.sources._amounts import Amount, Price
from tieout.sources._measures import Number
from tieout.sources._order_words import TAOBAO_STAGES
from tieout.sources._orders import OrderRows, order_format
from tieout.sources._times import Moment
from tieout.sources._words import Choice, Key, Text

__all__ = ["FORMAT"]

FORMAT: Final = order_format(
    columns=(
        Key("订单编号", to="platform_order_id"),
        Choice("订单状态", TAOBAO_STAGES, to="status", lenient=True),
        Price("买家应付货款", to="goods_amount", needed=True),
        Price("买家应付邮费", to="freight_charged"),
        Amount("总金额", to="_total"),
        Price("退款金额", to="_refund"),
        Moment("订单创建时间", to="created_at"),
        Moment("订单付款时间", to="paid_at"),
        Moment("确认收货时间", to="completed_at", optional=True),
        Number("宝贝总数量", to="_row.quantity", optional=True),
        Text("物流单号", to="_row.tracking_no", optional=True),
        Text("物流公司", to="_row.carrier", optional=True),
    ),
    rows=OrderRows(one_row=True, payable="_total_minor", refund="_refund_minor"),
    currency="CNY",
    timezone="Asia/Shanghai",
    evidence="files",
    constants={"platform": "taobao"},
    ignored=(
        *("买家会员名", "买家支付宝账号", "支付单号", "支付详情", "买家支付积分", "买家实际支付金额", "返点积分"),
        *("买家实际支付积分", "买家留言", "收货人姓名", "收货地址", "运送方式", "联系电话", "联系手机"),
        *("宝贝标题", "宝贝种类", "订单备注", "店铺Id", "店铺名称", "订单关闭原因", "卖家服务费", "买家服务费"),
        *("发票抬头", "是否手机订单", "分阶段订单信息", "特权订金订单id", "是否上传合同照片", "是否上传小票"),
        *("是否代付", "定金排名", "修改后的sku", "修改后的收货地址", "异常信息", "天猫卡券抵扣", "集分宝抵扣"),
        *("是否是O2O交易", "新零售交易类型", "新零售导购门店名称", "新零售导购门店id", "新零售发货门店名称"),
        *("新零售发货门店id", "预约门店", "打款商家金额", "含应开票给个人的个人红包", "是否信用购"),
        *("体验期结束时间", "前N有礼", "配送类型", "主订单编号"),
    ),
)
