"""VAT: which rates hold on which day, as data."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from importlib.resources import files
from importlib.resources.abc import Traversable
from os import PathLike
from pathlib import Path
from typing import Any

import attrs
import polars as pl

from tieout.errors import PostingError, UnknownCurrency, UnknownFormat
from tieout.model.currency import exponent
from tieout.money.columns import RATE_SCALE
from tieout.posting.chart import member_of
from tieout.posting.policies import Taxpayer
from tieout.posting.toml_files import read_toml, require_keys, require_text

__all__ = ["VatExemption", "VatRate", "VatSide", "VatTable", "vat_tables"]

_LAST_DAY = date(9999, 12, 31)


class VatSide(StrEnum):
    """Whose tax it is: `output` on what the merchant sells, `input` inside what it is charged."""

    OUTPUT = "output"
    INPUT = "input"


@attrs.frozen(kw_only=True)
class VatRate:
    """One rate and the days it holds on.

    Attributes:
        taxpayer: Who charges it.
        supplies: For what, such as `goods` and `services`.
        rate: As a fraction, 0.13 for 13 %.
        since: First day.
        until: Last day; None when no end is known.
    """

    taxpayer: Taxpayer
    supplies: tuple[str, ...]
    rate: Decimal
    since: date
    until: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether the rate is in force on a day."""
        return self.since <= day and (self.until is None or day <= self.until)


@attrs.frozen(kw_only=True)
class VatExemption:
    """Sales of a month up to which a taxpayer owes no VAT.

    Attributes:
        taxpayer: Whom it is for.
        monthly_sales: Sales without tax, inclusive, in the table's currency.
        since: First day.
        until: Last day; None when no end is known.
    """

    taxpayer: Taxpayer
    monthly_sales: Decimal
    since: date
    until: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether the exemption is in force on a day."""
        return self.since <= day and (self.until is None or day <= self.until)


@attrs.frozen(kw_only=True)
class VatTable:
    """Rates and exemptions of one country's VAT with the days they hold on (`domain.md` 7.2).

    Attributes:
        name: The table's name.
        currency: ISO 4217 code of the amounts in it.
        rates: Every rate, in the order of the file.
        exemptions: Every exemption, in the order of the file.

    Example:
        >>> table = VatTable.load("cn")
        >>> table.rate("goods", date(2026, 10, 1), taxpayer=Taxpayer.GENERAL)
        Decimal('0.13')
        >>> table.rate("goods", date(2028, 1, 1), taxpayer=Taxpayer.SMALL_SCALE)
        Decimal('0.03')
    """

    name: str
    currency: str
    rates: tuple[VatRate, ...] = attrs.field(repr=False)
    exemptions: tuple[VatExemption, ...] = attrs.field(default=(), repr=False)

    @classmethod
    def load(cls, source: str | PathLike[str]) -> "VatTable":
        """The table of that name, or of that TOML file.

        Args:
            source: Name of a table that ships with tieout (`vat_tables()` lists them), or a path to a `.toml` file.

        Raises:
            UnknownFormat: No table has that name.
            PostingError: The file is missing or wrong; the error names file and key.
        """
        if isinstance(source, str) and not source.endswith(".toml"):
            shipped = _shipped()
            if source not in shipped:
                raise UnknownFormat(source, kind="VAT table", known=shipped)
            return _read_table(shipped[source], f"{source}.toml")
        path = Path(source)
        if not path.is_file():
            raise PostingError("there is no such file of VAT rates", where=str(path))
        return _read_table(path, path.name)

    def rate(self, supply: str, on: date, *, taxpayer: Taxpayer) -> Decimal:
        """The usual rate of a supply on a day: of those in force, the one that began last.

        Args:
            supply: Such as `goods`.
            on: Day the tax arises.
            taxpayer: Who sells.

        Raises:
            PostingError: None is in force.
        """
        held = [row for row in self.rates if row.taxpayer is taxpayer and supply in row.supplies and row.holds_on(on)]
        if not held:
            raise PostingError(
                f"no rate of {supply!r} for a {taxpayer} taxpayer is in force on {on}", where=f"VAT table {self.name!r}"
            )
        return max(held, key=lambda row: row.since).rate

    def rates_on(self, on: date, *, taxpayer: Taxpayer, side: VatSide) -> tuple[Decimal, ...]:
        """Every rate in force on a day, rising; 0 holds always and is among them.

        Args:
            on: Day the tax arises.
            taxpayer: Whose books they are.
            side: `output`: what this taxpayer charges; `input`: what any supplier may have charged.

        Example:
            >>> table = VatTable.load("cn")
            >>> [str(rate) for rate in table.rates_on(date(2018, 6, 1), taxpayer=Taxpayer.GENERAL, side=VatSide.OUTPUT)]
            ['0', '0.06', '0.10', '0.16']
        """
        rows = [row for row in self._rows(taxpayer, side) if row.holds_on(on)]
        return tuple(sorted({Decimal(0), *(row.rate for row in rows)}))

    def check(self, rate: Decimal, on: date, *, taxpayer: Taxpayer, side: VatSide) -> None:
        """Refuse a rate that is not in force.

        Args:
            rate: As a fraction; 0 always passes.
            on: Day the tax arises: for a refund, the day of the sale it takes back.
            taxpayer: Whose books they are.
            side: Tax on sales, or inside charges.

        Raises:
            PostingError: It is not in force on that day; the error lists those that are, and when this one was.
        """
        held = self.rates_on(on, taxpayer=taxpayer, side=side)
        if rate in held:
            return
        spans = sorted({_span(row) for row in self._rows(taxpayer, side) if row.rate == rate})
        was = f"; it is in force {', '.join(spans)}" if spans else ""
        raise PostingError(
            f"the {side} VAT rate {_percent(rate)} is not in force on {on} for a {taxpayer} taxpayer{was}",
            where=f"VAT table {self.name!r}",
            hint=f"in force on that day: {', '.join(_percent(known) for known in held)}",
        )

    def frame(self, taxpayer: Taxpayer) -> pl.DataFrame:
        """Every rate of a taxpayer's books and the days it is in force, to join events to.

        Args:
            taxpayer: Whose books they are.

        Returns:
            Columns `side` (text), `rate_ppm` (Int64, in parts of `tieout.money.columns.RATE_SCALE`), `since` and
            `until` (Date, inclusive), without repeated rows. The rate 0 holds always.
        """
        rows = {
            (side.value, int(row.rate * RATE_SCALE), row.since, row.until or _LAST_DAY)
            for side in VatSide
            for row in self._rows(taxpayer, side)
        } | {(side.value, 0, date.min, _LAST_DAY) for side in VatSide}
        schema = {"side": pl.String, "rate_ppm": pl.Int64, "since": pl.Date, "until": pl.Date}
        return pl.DataFrame(sorted(rows), schema=schema, orient="row")

    def exemption(self, on: date, *, taxpayer: Taxpayer) -> VatExemption | None:
        """The exemption in force on a day; None when there is none."""
        held = [row for row in self.exemptions if row.taxpayer is taxpayer and row.holds_on(on)]
        return max(held, key=lambda row: row.since, default=None)

    def _rows(self, taxpayer: Taxpayer, side: VatSide) -> tuple[VatRate, ...]:
        """A supplier may be of either kind: what it charges is input."""
        return tuple(row for row in self.rates if side is VatSide.INPUT or row.taxpayer is taxpayer)


def vat_tables() -> tuple[str, ...]:
    """Names of the VAT tables that ship with tieout.

    Example:
        >>> vat_tables()
        ('cn',)
    """
    return tuple(sorted(_shipped()))


def _shipped() -> dict[str, Traversable]:
    folder = files("tieout.posting").joinpath("vat_tables")
    return {file.name.removesuffix(".toml"): file for file in folder.iterdir() if file.name.endswith(".toml")}


def _percent(rate: Decimal) -> str:
    return f"{(rate * 100).normalize():f} %"


def _span(row: VatRate) -> str:
    return f"from {row.since}" if row.until is None else f"from {row.since} until {row.until}"


def _read_table(file: Traversable, where: str) -> VatTable:
    data = read_toml(file, where=where)
    require_keys(data, ("name", "currency", "rates"), where, optional=("exemptions",))
    currency = require_text(data["currency"], f"{where}: currency")
    try:
        exponent(currency)
    except UnknownCurrency as cause:
        raise PostingError(cause.problem, where=f"{where}: currency", hint=cause.hint) from cause
    return VatTable(
        name=require_text(data["name"], f"{where}: name"),
        currency=currency,
        rates=tuple(_read_rate(row, place) for row, place in _rows_of(data, "rates", where)),
        exemptions=tuple(_read_exemption(row, place) for row, place in _rows_of(data, "exemptions", where)),
    )


def _rows_of(data: Mapping[str, Any], key: str, where: str) -> Iterable[tuple[Mapping[str, Any], str]]:
    rows = data.get(key, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise PostingError(f"tables [[{key}]] are needed", where=f"{where}: {key}")
    return [(row, f"{where}: {key} {at}") for at, row in enumerate(rows, start=1)]


def _read_rate(row: Mapping[str, Any], where: str) -> VatRate:
    require_keys(row, ("taxpayer", "supplies", "rate", "from"), where, optional=("until",))
    supplies = row["supplies"]
    if not isinstance(supplies, list) or not supplies or not all(isinstance(item, str) for item in supplies):
        raise PostingError(f"a list such as ['goods'] is needed, got {supplies!r}", where=f"{where}.supplies")
    rate = _number(row["rate"], f"{where}.rate")
    if rate >= 1:
        raise PostingError(
            f"a rate is a fraction of less than 1, got {rate}", where=f"{where}.rate", hint="0.13 is 13 %"
        )
    if rate * RATE_SCALE % 1:
        raise PostingError(f"at most six decimals are taken, got {rate}", where=f"{where}.rate")
    since, until = _days(row, where)
    taxpayer = member_of(Taxpayer, row["taxpayer"], where=f"{where}.taxpayer")
    return VatRate(taxpayer=taxpayer, supplies=tuple(supplies), rate=rate, since=since, until=until)


def _read_exemption(row: Mapping[str, Any], where: str) -> VatExemption:
    require_keys(row, ("taxpayer", "monthly_sales", "from"), where, optional=("until",))
    since, until = _days(row, where)
    return VatExemption(
        taxpayer=member_of(Taxpayer, row["taxpayer"], where=f"{where}.taxpayer"),
        monthly_sales=_number(row["monthly_sales"], f"{where}.monthly_sales"),
        since=since,
        until=until,
    )


def _number(value: object, where: str) -> Decimal:
    """A Decimal of 0 or more; TOML's own numbers are floats, so it is written as text."""
    try:
        number = Decimal(value) if isinstance(value, str) else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number < 0:
        raise PostingError(f"a number of 0 or more, written as text, is needed, got {value!r}", where=where)
    return number


def _days(row: Mapping[str, Any], where: str) -> tuple[date, date | None]:
    since, until = row["from"], row.get("until")
    for key, day in (("from", since), ("until", until)):
        if day is not None and (not isinstance(day, date) or isinstance(day, datetime)):
            raise PostingError(f"a day such as 2019-04-01 is needed, got {day!r}", where=f"{where}.{key}")
    if until is not None and until < since:
        raise PostingError(f"it ends on {until}, before it begins on {since}", where=where)
    return since, until
