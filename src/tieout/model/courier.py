"""Courier bills: the header and its charges."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from moneyed import Money

from tieout.model._record import record
from tieout.model.currency import negated
from tieout.model.place import Place
from tieout.model.provenance import SourceRecord

__all__ = ["ChargeType", "CourierCharge", "CourierInvoice", "Leg", "WeightKind"]


class ChargeType(StrEnum):
    """What a courier charges for (`domain.md` 3.5)."""

    BASE = "base"
    ALL_IN = "all_in"
    LABEL = "label"
    VOLUMETRIC_DIFF = "volumetric_diff"
    REMOTE_AREA = "remote_area"
    OUT_OF_RANGE = "out_of_range"
    OVERSIZE = "oversize"
    OVERWEIGHT = "overweight"
    COD_FEE = "cod_fee"
    COD_REMITTANCE = "cod_remittance"
    INSURANCE = "insurance"
    PACKAGING = "packaging"
    FUEL = "fuel"
    PEAK = "peak"
    RESOURCE_ADJUST = "resource_adjust"
    UPSTAIRS = "upstairs"
    NIGHT = "night"
    HOLIDAY = "holiday"
    ADDRESS_CHANGE = "address_change"
    INTERCEPT = "intercept"
    RETURN_TO_SENDER = "return_to_sender"
    REVERSE_PICKUP = "reverse_pickup"
    RECEIPT_RETURN = "receipt_return"
    STORAGE = "storage"
    CUSTOMS = "customs"
    DUTY = "duty"
    RESIDENTIAL = "residential"
    DAS = "das"
    ADDITIONAL_HANDLING = "additional_handling"
    LARGE_PACKAGE = "large_package"
    ADDRESS_CORRECTION = "address_correction"
    SIGNATURE = "signature"
    SATURDAY = "saturday"
    MINIMUM = "minimum"
    SHORTFALL = "shortfall"
    LATE_PAYMENT = "late_payment"
    PAYMENT_PROCESSING = "payment_processing"
    VOID_CREDIT = "void_credit"
    SERVICE_GUARANTEE_CREDIT = "service_guarantee_credit"
    COMPENSATION = "compensation"
    DISCOUNT = "discount"
    REBATE = "rebate"
    ADJUSTMENT = "adjustment"
    TAX = "tax"
    OTHER = "other"


class Leg(StrEnum):
    """Which way a parcel went when the charge arose."""

    OUTBOUND = "outbound"
    RETURN = "return"
    INTERCEPT = "intercept"
    RESHIP = "reship"
    ROUND_TRIP = "round_trip"


class WeightKind(StrEnum):
    """Which weight a courier billed."""

    ACTUAL = "actual"
    VOLUMETRIC = "volumetric"


@record
class CourierInvoice(SourceRecord):
    """The header of a courier's bill (CourierBill in `domain.md`).

    Attributes:
        carrier: Carrier code; None when the file does not say.
        bill_no: The bill's number, or the file's own identity when the courier gives none.
        account_no: Account with the courier.
        period_start: First day it covers.
        period_end: Last day it covers, inclusive.
        invoice_date: Day it was issued.
        due_date: Day it is to be paid.
        currency: ISO 4217 code of its amounts.
        total: What it says is due, signed as the courier's claim (positive: the merchant owes).
        adjustments: Part of `total` that no charge explains, such as a credit from an earlier bill; signed like it.
        parcels: How many tracking numbers it says it covers.
        lines: How many lines it says it has.
    """

    carrier: str | None = None
    bill_no: str
    account_no: str | None = None
    period_start: date | None = None
    period_end: date | None = None
    invoice_date: date | None = None
    due_date: date | None = None
    currency: str
    total: Money | None = None
    adjustments: Money | None = None
    parcels: int | None = None
    lines: int | None = None

    @property
    def cash_effect(self) -> Money:
        """What the merchant gains: minus the total."""
        return negated(self.total) if self.total is not None else Money(0, self.currency)


@record
class CourierCharge(SourceRecord):
    """One charge of a courier for one parcel, or for the account when there is no tracking number.

    Attributes:
        bill_no: Bill it stands on; None when the file does not say.
        carrier: Carrier code; None when the file does not say.
        account_no: Account it was charged to.
        tracking_no: Parcel it is for; None for charges of the whole bill.
        order_id: Order the courier's file names beside the parcel; None when it does not.
        charge_type: What is charged. `all_in` is one figure for the whole parcel, less what the same bill lists apart.
        leg: Which way the parcel went. `round_trip` is outbound and return in one figure.
        ship_date: Local day of pickup as the bill says.
        service: Product of the courier as the bill says.
        origin: Where it left, as the bill says.
        dest: Where it went, as the bill says.
        billed_weight_g: Weight that was billed (计费重量), in grams.
        actual_weight_g: Weight that the courier measured, in grams; None when only the billed one is given.
        weight_kind: Whether the billed weight is actual or volumetric.
        length_cm: Longest side the courier measured, in centimetres.
        width_cm: Second side the courier measured, in centimetres.
        height_cm: Third side the courier measured, in centimetres.
        zone_billed: Price zone as the bill says.
        list_amount: Price before discount, not negative for a charge.
        discount_amount: Reduction of the list price, not negative for a charge.
        amount: What is charged, VAT included; a credit is negative.
        vat_rate: VAT rate as a fraction, 0.06 for 6 %; None when the bill does not say.
        quantity: Number of units where the bill says price x quantity.
        contract_ref: Contract or price list the bill refers to.
        description: The courier's own name of the charge.
    """

    bill_no: str | None = None
    carrier: str | None = None
    account_no: str | None = None
    tracking_no: str | None = None
    order_id: str | None = None
    charge_type: ChargeType
    leg: Leg = Leg.OUTBOUND
    ship_date: date | None = None
    service: str | None = None
    origin: Place | None = None
    dest: Place | None = None
    billed_weight_g: Decimal | None = None
    actual_weight_g: Decimal | None = None
    weight_kind: WeightKind | None = None
    length_cm: Decimal | None = None
    width_cm: Decimal | None = None
    height_cm: Decimal | None = None
    zone_billed: str | None = None
    list_amount: Money | None = None
    discount_amount: Money | None = None
    amount: Money
    vat_rate: Decimal | None = None
    quantity: Decimal | None = None
    contract_ref: str | None = None
    description: str | None = None

    @property
    def cash_effect(self) -> Money:
        """What the merchant gains: minus the charge."""
        return negated(self.amount)
