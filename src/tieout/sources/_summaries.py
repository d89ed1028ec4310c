"""Summaries: files that lie beside a bill and hold but sums of its lines.

They are no formats: were they read as records, what they sum would count twice. So they are known, and refused by what they
are: an archive of a bill and its summary holds one file that can be read, and a folder lists the summary with the reason.
"""

from typing import Final

import attrs

from tieout.sources._document import Document

__all__ = ["Summary", "summary_of"]


@attrs.frozen(kw_only=True)
class Summary:
    """One kind of summary.

    Attributes:
        title: What it is, for messages.
        captions: Captions that its header has.
        detail: Name of the format of the file that holds the lines.
    """

    title: str
    captions: tuple[str, ...]
    detail: str


_KNOWN: Final = (
    Summary(
        title="the summary of an Alipay fund bill (支付宝账务汇总)",
        captions=("类型", "收入笔数", "收入金额（+元）", "支出笔数", "支出金额（-元）"),
        detail="alipay_fund_detail",
    ),
    Summary(
        title="the summary of an Alipay trade bill (支付宝业务汇总)",
        captions=("交易订单总笔数", "退款订单总笔数", "订单金额（元）", "商家实收（元）"),
        detail="alipay_business_detail",
    ),
)


def summary_of(document: Document) -> Summary | None:
    """What summary a document is, by its header; None when it is none that is known."""
    headers = [header for grid in document.grids for header in grid.headers]
    for known in _KNOWN:
        if any(all(header.positions((caption,)) for caption in known.captions) for header in headers):
            return known
    return None
