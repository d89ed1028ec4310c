"""Order words: what platforms call the stages of orders and of their refunds, where several leaves read the same words."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

__all__ = ["TAOBAO_STAGES"]

TAOBAO_STAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "等待买家付款": "created",
        "买家已付款，等待卖家发货": "paid",
        "卖家部分发货": "partially_shipped",
        "卖家已发货，等待买家确认": "shipped",
        "买家已签收，货到付款专用": "signed",
        "交易成功": "completed",
        "交易关闭": "closed",
    }
)
