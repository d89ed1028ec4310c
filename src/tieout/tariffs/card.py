"""Rate cards: a courier contract as data, loaded from TOML and checked before it prices anything (`domain.md` 3)."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
from attrs import field, frozen

from tieout.errors import InvalidField, RateCardError, UnknownCurrency
from tieout.model.currency import exponent
from tieout.tariffs._integers import LENGTH_UNITS, WEIGHT_UNITS
from tieout.tariffs._toml import Node, parse_toml
from tieout.tariffs.agreements import Agreement, read_agreements
from tieout.tariffs.explain import explain
from tieout.tariffs.explanation import Explanation
from tieout.tariffs.monthly import lines_of_sums, month_sums
from tieout.tariffs.rating import Rated, rate, rate_each, undecided
from tieout.tariffs.scenario import Scenario, alternatives
from tieout.tariffs.tariff import Units
from tieout.tariffs.terms import Terms, read_terms
from tieout.tariffs.version import Version, read_version

__all__ = ["RateCard"]


@frozen(kw_only=True)
class RateCard:
    """A courier contract.

    Attributes:
        name: What people call it.
        carrier: Carrier code, such as "sf".
        currency: ISO 4217 code of all its amounts.
        versions: Its versions, in the order of the file.
        agreements: Its monthly agreements.
        terms: Its terms that are not prices.
        file: File it was read from, or the name it was given.
        sha256: SHA-256 of its text.
        side_files: SHA-256 of each file it refers to, by name.

    Example:
        >>> card = RateCard.loads('''
        ... name = "Example"
        ... carrier = "zto"
        ... currency = "CNY"
        ... [[versions]]
        ... id = "2026"
        ... from = 2026-01-01
        ... weight = { rounding = { mode = "ceil", step = 1 } }
        ... prices = { model = "first_continued", first_weight = 1, first = 3.20, step = 1, continued = 1.00 }
        ... ''', name="example.toml")
        >>> from datetime import date
        >>> from decimal import Decimal
        >>> parcels = pl.DataFrame({"row": [1], "rate_date": [date(2026, 5, 4)], "weight_g": [Decimal(2050)]})
        >>> card.rate(parcels).components.rows()
        [(1, 'base', 520)]
    """

    name: str
    carrier: str
    currency: str
    versions: tuple[Version, ...]
    agreements: tuple[Agreement, ...] = ()
    terms: Terms = field(factory=Terms)
    file: str
    sha256: str
    side_files: Mapping[str, str] = field(factory=dict)

    @classmethod
    def load(cls, path: str | Path) -> "RateCard":
        """Read a card from a TOML file; files it refers to are looked for beside it.

        Raises:
            RateCardError: The file is absent, not UTF-8, not TOML, or the contract contradicts itself; file and key are named.
        """
        path = Path(path)
        try:
            text = path.read_bytes().decode("utf-8-sig")
        except FileNotFoundError:
            raise RateCardError("there is no such file", file=str(path), key="") from None
        except UnicodeDecodeError as cause:
            raise RateCardError(f"a rate card is UTF-8 text: {cause.reason}", file=path.name, key="") from cause
        return cls.loads(text, name=path.name, folder=path.parent)

    @classmethod
    def loads(cls, text: str, *, name: str, folder: Path | None = None) -> "RateCard":
        """Read a card from TOML text.

        Args:
            text: The TOML.
            name: What messages call it.
            folder: Where files it refers to are; None when it refers to none.
        """
        digest = hashlib.sha256(text.encode()).hexdigest()
        return _read_card(Node(parse_toml(text, file=name), file=name, folder=folder), digest)

    @classmethod
    def from_dict(cls, mapping: Mapping[str, Any], *, name: str, folder: Path | None = None) -> "RateCard":
        """Read a card from a mapping of the same shape as the TOML; numbers are integers, Decimals or texts, not floats."""
        digest = hashlib.sha256(repr(mapping).encode()).hexdigest()
        return _read_card(Node(mapping, file=name, folder=folder), digest)

    def rate(self, parcels: pl.DataFrame, *, scenario: Scenario | None = None) -> Rated:
        """What the contract expects for each parcel.

        Args:
            parcels: A frame of the columns in `tieout.tariffs.parcels.PARCEL_COLUMNS`; only `row` must be there.
            scenario: One factor changed; None for the contract as it is.
        """
        return rate(self.versions, parcels, scenario=scenario)

    def rate_each(self, parcels: pl.DataFrame, scenarios: Iterable[Scenario]) -> Iterator[Rated]:
        """What the contract would expect for the same parcels under each of many scenarios; the parcels are read once.

        Args:
            parcels: As for `rate`.
            scenarios: One factor changed in each.

        Yields:
            What `rate` gives for each, in their order.
        """
        return rate_each(self.versions, parcels, scenarios)

    def undecided(self, parcels: pl.DataFrame, *, scenario: Scenario | None = None) -> pl.DataFrame:
        """Surcharges of which the record of a parcel does not tell whether they hold.

        What decides it is a place, a size or whether the address is a home, and is null. `rate` leaves such a surcharge out,
        unless the column `assumed` of the parcels lists it.

        Args:
            parcels: As for `rate`.
            scenario: As for `rate`.

        Returns:
            row, charge_type, surcharge (its place in the tariff, as `assumed` lists it).
        """
        return undecided(self.versions, parcels, scenario=scenario)

    def explain(self, parcel: object, *, scenario: Scenario | None = None) -> Explanation:
        """How the expected charges of one parcel come about, step by step.

        Args:
            parcel: A Shipment (what the contract makes of our facts), a CourierCharge (what it makes of the courier's), a
                mapping of the columns of `rate`, or any object that has them as attributes.
            scenario: One factor changed; None for the contract as it is.
        """
        zone = self.terms.timezone
        return explain(self.versions, parcel, currency=self.currency, scenario=scenario, timezone=zone)

    def monthly(self, parcels: pl.DataFrame, *, months: Sequence[date] = ()) -> pl.DataFrame:
        """The lines that the contract expects for whole months: tier rebates, average-weight true-ups, shortfall fees.

        Args:
            parcels: All parcels of the months, as for `rate`.
            months: First days of months to settle though they may have no parcel; months of the parcels are settled anyway.

        Returns:
            month (its first day), kind ("volume_tiers", "average_weight", "commitment"), charge_type ("rebate", "adjustment",
            "shortfall"), version and zone (null where the line is for all), quantity, amount_minor (a credit is negative),
            settlement, due_month, formula.
        """
        return self.monthly_of(self.month_sums(parcels), months=months)

    def month_sums(self, parcels: pl.DataFrame, *, is_whole: bool = True) -> pl.DataFrame:
        """What the monthly terms go by: the sums of months, where the parcels themselves are too many for one machine.

        Args:
            parcels: Parcels, as for `rate`.
            is_whole: Whether they are all of their months. Sums of parts have those of every price table that a tier names, since
                no part knows which tiers the month reaches.

        Returns:
            One row for each agreement (its number in `agreements`, null for the average weights of a tariff), price_table (null
            for the tariff's own prices), version, service, zone and month: parcels, net_minor, total_minor and weight_w. Parts
            of a month are added up by those six columns.
        """
        return month_sums(self.versions, self.agreements, parcels, is_whole=is_whole)

    def monthly_of(self, sums: pl.DataFrame, *, months: Sequence[date] = ()) -> pl.DataFrame:
        """The lines of `monthly`, by the sums of all parcels of the months.

        Args:
            sums: As `month_sums` gives them, added up.
            months: As for `monthly`.
        """
        return lines_of_sums(self.versions, self.agreements, sums, currency=self.currency, months=months)

    def alternatives(self) -> list[tuple[str, Scenario]]:
        """Every single-factor scenario worth trying, as (factor, scenario)."""
        return alternatives(self.versions)

    def charge_terms(self, version_id: str) -> dict[str, str]:
        """The charge types a version knows in any service, and the kind of condition of each.

        Raises:
            InvalidField: The card has no such version.
        """
        version = next((version for version in self.versions if version.id == version_id), None)
        if version is None:
            known = ", ".join(version.id for version in self.versions)
            raise InvalidField(f"{version_id!r} is not a version; known: {known}", record="RateCard", field="versions")
        terms: dict[str, str] = {}
        for tariff in version.tariffs.values():
            terms = tariff.charge_terms() | terms
        return terms


def _read_card(node: Node, digest: str) -> RateCard:
    currency = node.text("currency")
    try:
        decimals = exponent(currency)
    except UnknownCurrency as cause:
        raise node.error(cause.problem, "currency", hint=cause.hint) from None
    units = Units(
        weight=node.choice("weight_unit", tuple(WEIGHT_UNITS), "kg"),
        dim=node.choice("dim_unit", tuple(LENGTH_UNITS), "cm"),
        exponent=decimals,
    )
    children = node.tables("versions")
    if not children:
        raise node.error("a card needs at least one version", "versions")
    accounts, warehouses = node.texts("accounts"), node.texts("warehouses")
    versions = tuple(read_version(child, units=units, accounts=accounts, warehouses=warehouses) for child in children)
    _check_overlaps(children, versions)
    card = RateCard(
        name=node.text("name"),
        carrier=node.text("carrier"),
        currency=currency,
        versions=versions,
        agreements=read_agreements(node.tables("monthly"), versions),
        terms=read_terms(node.table("terms"), currency=currency),
        file=node.file,
        sha256=digest,
        side_files=dict(node.side_files),
    )
    node.finish()
    return card


def _check_overlaps(nodes: Sequence[Node], versions: Sequence[Version]) -> None:
    for later, version in enumerate(versions):
        for earlier in versions[:later]:
            if earlier.id == version.id:
                raise nodes[later].error(f"version id {version.id!r} is used twice", "id")
            if version.conflicts_with(earlier):
                raise nodes[later].error(
                    f"version {version.id!r} {version.period} overlaps version {earlier.id!r} {earlier.period}",
                    "from",
                    hint="'to' is exclusive: end the old version on the first day of the new one",
                )
