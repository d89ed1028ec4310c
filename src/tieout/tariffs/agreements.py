"""Monthly agreements of a contract: volume tiers (阶梯返利) and minimum commitments (`domain.md` 3.6)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from attrs import evolve, field, frozen

from tieout.tariffs._toml import Node
from tieout.tariffs.periods import Period, read_period
from tieout.tariffs.version import Version

__all__ = ["DIRECTIONS", "Agreement", "Tier", "read_agreements"]

DIRECTIONS: Final = {
    "discount_per_parcel": "discount",
    "percent_rebate": "percent",
    "price_table_switch": "price_table",
}
SETTLEMENTS: Final = ("in_bill", "next_month_credit")


@frozen(kw_only=True)
class Tier:
    """What a month's volume earns.

    Attributes:
        start: Number of parcels from which it is reached, inclusive.
        discount: Amount off each parcel; None unless the direction is "discount_per_parcel".
        percent: Percentage of the freight; None unless it is "percent_rebate".
        price_table: Name of the prices that hold instead; None unless it is "price_table_switch".
    """

    start: int
    discount: Decimal | None = None
    percent: Decimal | None = None
    price_table: str | None = None


@frozen(kw_only=True)
class Agreement:
    """One monthly agreement.

    Attributes:
        kind: "volume_tiers" or "commitment".
        period: Pickup days it holds for.
        services: Services whose parcels count; empty for all.
        settlement: "in_bill" or "next_month_credit".
        mode: "whole" (all parcels at the tier reached) or "incremental" (only those above each tier's start).
        direction: What a tier gives, one of `DIRECTIONS`.
        tiers: The tiers, ascending.
        parcels: Parcels that are committed to; None for an amount.
        fee_per_parcel: Fee for each parcel short of that.
        amount: Sum of charges that is committed to; None for a number of parcels.
    """

    kind: str
    period: Period
    services: tuple[str, ...] = ()
    settlement: str = "in_bill"
    mode: str = "whole"
    direction: str = "discount_per_parcel"
    tiers: tuple[Tier, ...] = field(default=())
    parcels: int | None = None
    fee_per_parcel: Decimal = Decimal(0)
    amount: Decimal | None = None


def read_agreements(nodes: Sequence[Node], versions: Sequence[Version]) -> tuple[Agreement, ...]:
    """Read the array `monthly` of a card.

    Raises:
        RateCardError: Two agreements of one kind overlap, tiers do not ascend, or a service or price table is unknown.
    """
    read: list[Agreement] = []
    for node in nodes:
        agreement = _read(node, versions)
        for earlier in read:
            shared = not earlier.services or not agreement.services or set(earlier.services) & set(agreement.services)
            if earlier.kind == agreement.kind and shared and earlier.period.overlaps(agreement.period):
                raise node.error(
                    f"this {agreement.kind} {agreement.period} overlaps one above, {earlier.period}", "from"
                )
        read.append(agreement)
    return tuple(read)


def _read(node: Node, versions: Sequence[Version]) -> Agreement:
    kind = node.choice("kind", ("volume_tiers", "commitment"))
    common = Agreement(
        kind=kind,
        period=read_period(node),
        services=_read_services(node, versions),
        settlement=node.choice("settlement", SETTLEMENTS),
    )
    agreement = _read_commitment(node, common) if kind == "commitment" else _read_volume(node, common, versions)
    node.finish()
    return agreement


def _read_commitment(node: Node, common: Agreement) -> Agreement:
    agreement = evolve(
        common,
        parcels=node.whole("parcels", None),
        fee_per_parcel=node.price("fee_per_parcel", Decimal(0)),
        amount=node.price("amount", None),
    )
    if (agreement.parcels is None) == (agreement.amount is None):
        raise node.error("exactly one of 'parcels' and 'amount' is needed", "amount")
    if (agreement.parcels is not None) != node.has("fee_per_parcel"):
        raise node.error("'parcels' needs a 'fee_per_parcel', 'amount' has none", "fee_per_parcel")
    return agreement


def _read_volume(node: Node, common: Agreement, versions: Sequence[Version]) -> Agreement:
    direction = node.choice("direction", tuple(DIRECTIONS))
    tiers = _read_tiers(node, DIRECTIONS[direction])
    agreement = evolve(common, mode=node.choice("mode", ("whole", "incremental")), direction=direction, tiers=tiers)
    _check_price_tables(node, agreement, versions)
    return agreement


def _read_services(node: Node, versions: Sequence[Version]) -> tuple[str, ...]:
    services = node.texts("services")
    known = {name for version in versions for name in version.services}
    for service in services:
        if service not in known:
            raise node.error(
                f"{service!r} is not a service of this card: {', '.join(sorted(known)) or 'it has none'}", "services"
            )
    return services


def _read_tiers(node: Node, key: str) -> tuple[Tier, ...]:
    children = node.tables("tiers")
    if not children:
        raise node.error("the key 'tiers' is missing", "tiers")
    tiers: list[Tier] = []
    for child in children:
        start = child.whole("from", None)
        if start is None:
            raise child.error("the key 'from' is missing", "from")
        if tiers and start <= tiers[-1].start:
            raise child.error(f"the tiers must ascend, found {start} after {tiers[-1].start}", "from")
        if key == "discount":
            tiers.append(Tier(start=start, discount=child.price("discount")))
        elif key == "percent":
            tiers.append(Tier(start=start, percent=child.percent("percent", most=100)))
        else:
            tiers.append(Tier(start=start, price_table=child.text("price_table")))
        child.finish()
    return tuple(tiers)


def _check_price_tables(node: Node, agreement: Agreement, versions: Sequence[Version]) -> None:
    """Every tariff that the agreement can meet has the tables its tiers switch to."""
    tariffs = [
        tariff
        for version in versions
        if version.period.overlaps(agreement.period)
        for tariff in version.tariffs.values()
        if not agreement.services or tariff.service in agreement.services
    ]
    for index, tier in enumerate(agreement.tiers):
        for tariff in tariffs:
            if tier.price_table is not None and tier.price_table not in tariff.price_tables:
                where = f"version {tariff.version!r}" + (f", service {tariff.service!r}," if tariff.service else "")
                raise node.error(f"{where} has no price table {tier.price_table!r}", f"tiers[{index}].price_table")
