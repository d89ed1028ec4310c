"""The numbers that platforms and payment channels issue.

Sources: `domain.md` 2.1, the files under `samples/` that `formats.md` describes, the specimen numbers in the tests.
Numbers that must hold a date (PDD, Alipay, WeChat Pay) are checked by it.
"""

from collections.abc import Iterable
from enum import StrEnum

import attrs

from tieout.keys.patterns import Evidence, Pattern

__all__ = ["PLATFORM_NUMBERS", "NumberKind", "PlatformNumber"]


class NumberKind(StrEnum):
    """What a platform's number identifies."""

    ORDER = "order"
    MERCHANT_ORDER = "merchant_order"
    """What the shop sent to the payment channel; it holds the order number."""
    PAYMENT = "payment"
    REFUND = "refund"
    PAYOUT = "payout"


@attrs.frozen(kw_only=True)
class PlatformNumber:
    """One kind of number that one platform issues.

    Attributes:
        platform: The platform or payment channel.
        kind: What the number identifies.
        pattern: Its form.
    """

    platform: str
    kind: NumberKind
    pattern: Pattern


def _number(
    platform: str,
    kind: NumberKind,
    form: str,
    lengths: Iterable[int],
    *,
    source: str,
    own: bool = False,
    check: str | None = None,
    verified: bool = False,
) -> PlatformNumber:
    return PlatformNumber(
        platform=platform,
        kind=kind,
        pattern=Pattern(
            name=f"{platform} {kind}",
            form=form,
            lengths=tuple(lengths),
            is_distinctive=own,
            check=check,
            evidence=Evidence.VERIFIED if verified else Evidence.GENERAL,
            source=source,
        ),
    )


_ORDER, _PAYMENT, _REFUND = NumberKind.ORDER, NumberKind.PAYMENT, NumberKind.REFUND
_SAMPLE = "real rows under samples/, formats.md"
_GENERAL = "general knowledge"

PLATFORM_NUMBERS = (
    _number("taobao", _ORDER, "[0-9]{16,22}", range(16, 23), source="domain.md 2.1 tid; " + _SAMPLE, verified=True),
    _number(
        "taobao",
        NumberKind.MERCHANT_ORDER,
        "T[0-9]{1,4}P[0-9]{16,22}",
        range(19, 29),
        own=True,
        source="domain.md 2.1",
        verified=True,
    ),
    _number("pdd", _ORDER, "[0-9]{6}-[0-9]{15}", (22,), own=True, check="yymmdd_at_0", source=_SAMPLE, verified=True),
    _number("douyin", _ORDER, "[4-7][0-9]{18}", (19,), source="domain.md 2.1 shop_order_id", verified=True),
    _number("jd", _ORDER, "[0-9]{11,12}|[0-9]{16}", (11, 12, 16), source=_SAMPLE, verified=True),
    _number("amazon", _ORDER, "[0-9]{3}-[0-9]{7}-[0-9]{7}", (19,), own=True, source=_SAMPLE, verified=True),
    _number("amazon", _ORDER, "[DS][0-9]{2}-[0-9]{7}-[0-9]{7}", (19,), own=True, source=_GENERAL),
    _number("shopify", _ORDER, "#[0-9]{4,9}", range(5, 11), source=_SAMPLE, verified=True),
    _number("ebay", _ORDER, "[0-9]{2}-[0-9]{5}-[0-9]{5}", (14,), own=True, source=_GENERAL),
    _number("shopee", _ORDER, "[0-9]{6}[0-9A-Z]{8}", (14,), check="yymmdd_at_0", source=_GENERAL),
    _number("lazada", _ORDER, "[0-9]{15,16}", (15, 16), source=_GENERAL),
    _number("tiktok", _ORDER, "5[0-9]{17}", (18,), source=_GENERAL),
    _number("xiaohongshu", _ORDER, "P[0-9]{18}", (19,), own=True, source=_GENERAL),
    _number("wechat_shop", _ORDER, "37[0-9]{17}", (19,), source=_GENERAL),
    _number("kuaishou", _ORDER, "2[0-9]{15}", (16,), source=_GENERAL),
    _number("etsy", _ORDER, "[1-9][0-9]{9}", (10,), source=_GENERAL),
    _number(
        "wechat_pay",
        _PAYMENT,
        "(?:100|4[0-9]{2})[0-9]{7}20[0-9]{16}",
        (28,),
        check="yyyymmdd_at_10",
        source=_SAMPLE,
        verified=True,
    ),
    _number("wechat_pay", _REFUND, "50[0-9]{26,27}", (28, 29), source=_GENERAL),
    _number(
        "alipay", _PAYMENT, "20[0-9]{26}|20[0-9]{30}", (28, 32), check="yyyymmdd_at_0", source=_SAMPLE, verified=True
    ),
    _number("alipay", _PAYMENT, "20[0-9]{14}", (16,), check="yyyymmdd_at_0", source=_SAMPLE, verified=True),
    _number(
        "stripe", _PAYMENT, "(?:ch|py|pi)_[0-9A-Za-z]{14,32}", range(17, 36), own=True, source=_SAMPLE, verified=True
    ),
    _number("stripe", _REFUND, "(?:re|pyr)_[0-9A-Za-z]{14,32}", range(17, 37), own=True, source=_GENERAL),
    _number(
        "stripe", NumberKind.PAYOUT, "po_[0-9A-Za-z]{8,32}", range(11, 36), own=True, source=_SAMPLE, verified=True
    ),
)
"""One declaration a form; a new one needs no other edit."""
