"""Roles that a detail of the event or a policy of the book chooses, and shapes that several templates share."""

from tieout.posting.template import (
    GOODS_NET,
    GOODS_TAX,
    GROSS,
    NET,
    SUBSIDY_NET,
    SUBSIDY_TAX,
    TAX,
    ByDetail,
    ByPolicy,
    Entry,
    Template,
    Title,
    Variant,
    Vat,
    credit,
    debit,
)

__all__ = ["FREIGHT", "OUTPUT_VAT", "PLATFORM_FEE", "SERVICE_SALE", "WHOLE_SALE", "simple"]

# A round trip is a parcel that came back undelivered: nothing was sold by it, so the whole way is cost of a return.
FREIGHT = ByDetail(
    "leg",
    {
        "outbound": "freight_out",
        "reship": "freight_out",
        "exchange": "freight_out",
        "transfer": "freight_out",
        "return": "freight_return",
        "intercept": "freight_return",
        "round_trip": "freight_return",
        "reverse_pickup": "freight_return",
    },
)
OUTPUT_VAT = ByPolicy("taxpayer", {"general": "vat_output", "small_scale": "vat_small"})
_RECEIVABLE = ByDetail(
    "receivable", {"platform": "ar_platform", "cod": "ar_cod", "advance": "advance"}, default="ar_platform"
)
PLATFORM_FEE = ByDetail(
    "line_type",
    {
        "commission": "commission",
        "tech_service_fee": "commission",
        "storage_fee": "commission",
        "points_fee": "commission",
        "fee_refund": "commission",
        "influencer_commission": "affiliate",
        "affiliate": "affiliate",
        "payment_fee": "channel_fee",
        "installment_fee": "channel_fee",
        "fx_fee": "channel_fee",
        "freight_insurance": "freight_insurance",
        "ad_fee": "ads",
        "fulfilment_fee": "freight_out",
        "shipping_fee": "freight_out",
        "donation": "penalty_exp",
    },
    default="commission",
)

WHOLE_SALE = (
    debit(_RECEIVABLE, GROSS, aux=("customer",)),
    credit("revenue", NET),
    credit(OUTPUT_VAT, TAX),
)
"""Platform funding as part of the goods' price."""
SERVICE_SALE = (
    debit(_RECEIVABLE, GROSS, aux=("customer",)),
    credit("revenue", GOODS_NET),
    credit(OUTPUT_VAT, GOODS_TAX),
    credit("other_revenue", SUBSIDY_NET),
    credit(OUTPUT_VAT, SUBSIDY_TAX),
)
"""Platform funding as a service to the platform."""


def simple(
    kind: str,
    title: tuple[str, str],
    order: int,
    *entries: Entry,
    code: str = "",
    family: str | None = None,
    vat: Vat | None = None,
    is_accrual: bool = False,
) -> Template:
    """A template that posts the same lines whatever the policies.

    Args:
        kind: Kind of event.
        title: Chinese and English.
        order: Place among vouchers of one day.
        entries: Its lines.
        code: Number in `domain.md` 7.4.
        family: Kinds that share a voucher with it; itself when None.
        vat: VAT that the amount holds.
        is_accrual: Whether it is taken back on the first day of the next period.
    """
    return Template(
        kind=kind,
        title=Title(zh=title[0], en=title[1]),
        order=order,
        family=family or kind,
        vat=vat,
        is_accrual=is_accrual,
        variants=(Variant(code=code, entries=entries),),
    )
