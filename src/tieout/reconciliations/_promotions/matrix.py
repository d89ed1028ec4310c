"""How each promotion changes money: what buyers pay, what the merchant receives, and by which line (`domain.md` 2.4)."""

from collections.abc import Mapping
from typing import Final

import attrs

from tieout.model import DiscountKind, Funder, SettlementLineType

__all__ = ["BY_FUNDER", "BY_KIND", "CLAWBACK", "FLOWS", "OUTFLOWS", "Effect", "effect_of", "funder_of_kind"]

CLAWBACK: Final = SettlementLineType.SUBSIDY_CLAWBACK.value


@attrs.frozen(kw_only=True)
class Effect:
    """What a promotion does to the money of an order.

    Attributes:
        buyer: What the buyer pays at first: `less` or `same`.
        merchant: What the merchant receives: `less`, the `same` (the funder settles the rest), `later` (the merchant advances it
            and is paid back), or `outflow` (paid out after the sale).
        line_type: Settlement line by which the funder's part comes, or the merchant's goes; None where neither does.
    """

    buyer: str
    merchant: str
    line_type: str | None = None


_LESS: Final = Effect(buyer="less", merchant="less")
BY_FUNDER: Final[Mapping[str, Effect]] = {
    Funder.MERCHANT.value: _LESS,
    Funder.PLATFORM.value: Effect(buyer="less", merchant="same", line_type=SettlementLineType.PLATFORM_SUBSIDY.value),
    Funder.BANK.value: Effect(buyer="less", merchant="same", line_type=SettlementLineType.PLATFORM_SUBSIDY.value),
    Funder.INFLUENCER.value: Effect(
        buyer="less", merchant="same", line_type=SettlementLineType.INFLUENCER_SUBSIDY.value
    ),
    Funder.GOVERNMENT.value: Effect(buyer="less", merchant="same", line_type=SettlementLineType.GOV_SUBSIDY.value),
}
"""By who bears it; a bank's part comes through the platform."""
BY_KIND: Final[Mapping[str, Effect]] = {
    DiscountKind.CASHBACK.value: Effect(
        buyer="same", merchant="outflow", line_type=SettlementLineType.BUYER_COMPENSATION.value
    ),
    DiscountKind.POINTS.value: Effect(buyer="less", merchant="same", line_type=SettlementLineType.POINTS_FEE.value),
}
"""What goes out after the sale: money back to the buyer, and the fee for points that a platform gives."""
_FUNDER_OF_KIND: Final = {
    DiscountKind.GOV_SUBSIDY.value: Funder.GOVERNMENT.value,
    DiscountKind.INFLUENCER_COUPON.value: Funder.INFLUENCER.value,
    DiscountKind.BANK_PROMO.value: Funder.BANK.value,
}
FLOWS: Final = tuple(dict.fromkeys(effect.line_type for effect in BY_FUNDER.values() if effect.line_type is not None))
"""Settlement lines by which funders pay."""
OUTFLOWS: Final = tuple(effect.line_type for effect in BY_KIND.values() if effect.line_type is not None)
"""Settlement lines by which the merchant pays after the sale."""


def funder_of_kind(kind: str) -> str:
    """Who bears the part of a shared reduction that the merchant does not, where only its kind is known."""
    return _FUNDER_OF_KIND.get(kind, Funder.PLATFORM.value)


def effect_of(kind: str, funder: str, *, advanced: bool = False) -> Effect:
    """What a promotion does.

    Args:
        kind: Kind of the reduction.
        funder: Who bears it; `shared` for the one that goes with the kind.
        advanced: Whether the merchant advances the funder's part, and is paid back later.

    Example:
        >>> effect_of("gov_subsidy", "government", advanced=True)
        Effect(buyer='less', merchant='later', line_type='gov_subsidy')
    """
    if kind == DiscountKind.CASHBACK.value:
        return BY_KIND[kind]
    effect = BY_FUNDER[funder_of_kind(kind) if funder == Funder.SHARED.value else funder]
    return attrs.evolve(effect, merchant="later") if advanced and effect.line_type is not None else effect
