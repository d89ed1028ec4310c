"""Versions of a contract, and which of them holds for a parcel.

A version is valid `[from, to)` for some accounts and warehouses; its tables hold for every service, and a service that has a
table of the same name uses its own instead, whole.
"""

from collections.abc import Mapping

from attrs import field, frozen

from tieout.tariffs._toml import Node
from tieout.tariffs.periods import Period, read_period
from tieout.tariffs.routes import read_regions
from tieout.tariffs.tariff import ANY_SERVICE, Tariff, TariffReader, Units

__all__ = ["Version", "read_version"]


@frozen(kw_only=True)
class Version:
    """One version of the contract.

    Attributes:
        id: Name of the version, unique in the card.
        period: When it is valid; decided by the day of pickup.
        accounts: Accounts it is for; empty for all of the card.
        warehouses: Warehouses it is for; empty for all of the card.
        tariffs: Tariff by service; one under `ANY_SERVICE` for a version without services.
        aliases: Other names of services, such as a bill uses, and the service meant.
        default_service: Service of parcels that name none; None when they must.
    """

    id: str
    period: Period
    accounts: tuple[str, ...] = ()
    warehouses: tuple[str, ...] = ()
    tariffs: Mapping[str, Tariff]
    aliases: Mapping[str, str] = field(factory=dict)
    default_service: str | None = None

    @property
    def services(self) -> tuple[str, ...]:
        """Names of its services; empty when it has none."""
        return tuple(name for name in self.tariffs if name != ANY_SERVICE)

    def holds_for(self, account: str | None, warehouse: str | None) -> bool:
        """Whether it is for this account and warehouse; what is unknown about a parcel does not exclude it."""
        return _among(account, self.accounts) and _among(warehouse, self.warehouses)

    def tariff_for(self, service: str | None) -> Tariff | None:
        """The tariff of a service, by its name or an alias; None when the version does not have it."""
        if ANY_SERVICE in self.tariffs:
            return self.tariffs[ANY_SERVICE]
        name = self.default_service if service is None else self.aliases.get(service, service)
        return None if name is None else self.tariffs.get(name)

    def conflicts_with(self, other: "Version") -> bool:
        """Whether a parcel could fall under both."""
        return (
            self.period.overlaps(other.period)
            and _share(self.accounts, other.accounts)
            and _share(self.warehouses, other.warehouses)
            and (ANY_SERVICE in self.tariffs or ANY_SERVICE in other.tariffs or _share(self.services, other.services))
        )


def read_version(node: Node, *, units: Units, accounts: tuple[str, ...], warehouses: tuple[str, ...]) -> Version:
    """Read one entry of `versions`; accounts and warehouses are those of the card, which hold unless it names its own.

    Raises:
        RateCardError: Something in it is unknown, missing, negative or contradictory; the error names the key.
    """
    version_id, period = node.text("id"), read_period(node)
    regions = read_regions(node.table("regions"))
    services = node.table("services")
    aliases: dict[str, str] = {}
    tariffs: dict[str, Tariff] = {}
    if services is None:
        tariffs[ANY_SERVICE] = TariffReader(node, None, units).read(version_id, ANY_SERVICE, regions)
    names = services.names() if services is not None else ()
    for name, child in services.entries() if services is not None else ():
        for alias in child.texts("aliases"):
            if aliases.setdefault(alias, name) != name or alias in names:
                raise child.error(f"{alias!r} already means another service", "aliases")
        tariffs[name] = TariffReader(node, child, units).read(version_id, name, regions)
        child.finish()
    if not tariffs:
        raise node.error("a service is needed, or no table of services at all", "services")
    default = node.text("default_service", next(iter(tariffs)) if len(tariffs) == 1 else None)
    if default is not None and default not in tariffs:
        raise node.error(f"{default!r} is not one of the services {', '.join(tariffs)}", "default_service")
    version = Version(
        id=version_id,
        period=period,
        accounts=node.texts("accounts") or accounts,
        warehouses=node.texts("warehouses") or warehouses,
        tariffs=tariffs,
        aliases=aliases,
        default_service=default,
    )
    node.finish()
    return version


def _among(value: str | None, allowed: tuple[str, ...]) -> bool:
    return value is None or not allowed or value in allowed


def _share(left: tuple[str, ...], right: tuple[str, ...]) -> bool:
    return not left or not right or bool(set(left) & set(right))
