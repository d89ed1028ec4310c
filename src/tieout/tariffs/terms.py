"""Terms of a contract that are not prices: dispute thresholds, claim windows, compensation, VAT (`domain.md` 3.5, 3.9, 6.1).

They are plain data for the reconciliation; the rating engine does not read them.
"""

from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from attrs import frozen

from tieout.money import Tolerance
from tieout.tariffs._toml import Node

__all__ = ["Compensation", "Terms", "read_terms"]

_WEIGHT_DISPUTE_KG: Final = Decimal("0.05")  # `domain.md` 3.9: claim only above max(0.05 kg, 3 %)
_WEIGHT_DISPUTE_PERCENT: Final = Decimal(3)


@frozen(kw_only=True)
class Compensation:
    """What the courier pays for a parcel it lost or damaged.

    Attributes:
        declared_value: Whether the declared value is paid when there is one.
        freight_multiple: Multiple of the freight paid otherwise; None for none.
        most: Greatest amount without declared value; None for no limit.
    """

    declared_value: bool = True
    freight_multiple: Decimal | None = None
    most: Decimal | None = None

    @property
    def text(self) -> str:
        """The rule in words.

        Example:
            >>> Compensation(freight_multiple=Decimal(7), most=Decimal(300)).text
            'the declared value, else 7 x the freight, at most 300'
        """
        parts = ["the declared value"] if self.declared_value else []
        if self.freight_multiple is not None:
            most = "" if self.most is None else f", at most {self.most:f}"
            parts.append(f"{self.freight_multiple:f} x the freight{most}")
        elif self.most is not None:
            parts.append(f"{self.most:f}")
        return ", else ".join(parts)

    def amount(self, *, declared: Decimal | None, freight: Decimal) -> Decimal | None:
        """The compensation in the card's currency, not rounded; None when the contract does not fix one.

        Args:
            declared: The declared value; None or 0 when nothing was declared.
            freight: The outward freight.

        Example:
            >>> terms = Compensation(freight_multiple=Decimal(7), most=Decimal(300))
            >>> terms.amount(declared=None, freight=Decimal("12.5")), terms.amount(declared=Decimal(800), freight=Decimal(9))
            (Decimal('87.5'), Decimal('800'))
        """
        if declared and self.declared_value:
            return declared
        if self.freight_multiple is None:
            return self.most
        paid = self.freight_multiple * freight
        return paid if self.most is None else min(paid, self.most)


@frozen(kw_only=True)
class Terms:
    """Terms of the contract. None means that the contract does not say.

    Attributes:
        weight_dispute_kg: A billed weight is disputed only when it exceeds ours by more than this, in kg ...
        weight_dispute_percent: ... and by more than this percentage of ours.
        claim_window_days: Days after the bill within which a claim must be made.
        unbilled_grace_days: Days after a period's end after which a parcel that no bill holds is reported.
        cod_due_days: Days after delivery within which collected cash is remitted.
        payment_days: Days after the bill within which it is paid.
        vat_rate: VAT rate of the charges as a fraction, 0.06 for 6 %.
        lost: Compensation for a lost parcel.
        damaged: Compensation for a damaged parcel.
        late_delivery_refund_percent: Share of the freight returned for a late delivery.
        voided_labels: "free" when a label that was never used costs nothing, else "charged".
        timezone: IANA time zone in which a pickup's day counts, such as "Asia/Shanghai".
        tolerance: Difference per bill line that counts as agreement.
    """

    weight_dispute_kg: Decimal = _WEIGHT_DISPUTE_KG
    weight_dispute_percent: Decimal = _WEIGHT_DISPUTE_PERCENT
    claim_window_days: int | None = None
    unbilled_grace_days: int | None = None
    cod_due_days: int | None = None
    payment_days: int | None = None
    vat_rate: Decimal | None = None
    lost: Compensation | None = None
    damaged: Compensation | None = None
    late_delivery_refund_percent: Decimal | None = None
    voided_labels: str = "free"
    timezone: str | None = None
    tolerance: Tolerance | None = None


def read_terms(node: Node | None, *, currency: str) -> Terms:
    """Read the `terms` table of a card."""
    if node is None:
        return Terms()
    vat_percent = node.percent("vat_percent", None, most=100)
    tolerance = node.price("tolerance", None)
    terms = Terms(
        weight_dispute_kg=node.number("weight_dispute_kg", _WEIGHT_DISPUTE_KG),
        weight_dispute_percent=node.percent("weight_dispute_percent", _WEIGHT_DISPUTE_PERCENT, most=100),
        claim_window_days=node.whole("claim_window_days", None),
        unbilled_grace_days=node.whole("unbilled_grace_days", None),
        cod_due_days=node.whole("cod_due_days", None),
        payment_days=node.whole("payment_days", None),
        vat_rate=None if vat_percent is None else vat_percent.scaleb(-2),
        lost=_read_compensation(node.table("lost")),
        damaged=_read_compensation(node.table("damaged")),
        late_delivery_refund_percent=node.percent("late_delivery_refund_percent", None, most=100),
        voided_labels=node.choice("voided_labels", ("free", "charged"), "free"),
        timezone=_read_timezone(node),
        tolerance=None if tolerance is None else Tolerance(currency=currency, amount=tolerance),
    )
    node.finish()
    return terms


def _read_timezone(node: Node) -> str | None:
    name = node.text("timezone", None)
    if name is None:
        return None
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as cause:
        raise node.error(f"{name!r} is not an IANA time zone", "timezone", hint="such as Asia/Shanghai") from cause
    return name


def _read_compensation(node: Node | None) -> Compensation | None:
    if node is None:
        return None
    compensation = Compensation(
        declared_value=node.flag("declared_value", True),
        freight_multiple=node.number("freight_multiple", None),
        most=node.price("most", None),
    )
    node.finish()
    return compensation
