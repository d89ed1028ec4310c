"""The shop-month: a shop's files of October 2026 are laid out, closed, and what was found is held to what was planted."""

import csv
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import attrs
import polars as pl

from tieout.closing import Close, CloseConfig, Progress, close
from tieout.errors import InputError
from tieout.model.currency import exponent, from_units, to_units

__all__ = ["Fault", "Held", "Mark", "ShopMonth", "lay_out", "planted_faults", "run_shop_month"]

MONTH: Final = Path(__file__).parent / "month"
CONFIG: Final = "close.toml"
_TRUTH: Final = "truth.csv"
_NAMES: Final = (
    "platform_order_id", "tracking_no", "payout_id", "bank_ref", "merchant_order_no", "line_type", "sku", "account", "platform",
    "bill_no", "charge_type",
)  # fmt: skip
"""Keys of a discrepancy by which the truth calls it, the first that it has."""
_OF_SUPPLIERS: Final = "claims_inbound-"
_OF_REPORT: Final = ("xlsxwriter", "typst", "vl_convert")
_SHOWN: Final = 20


@attrs.frozen(order=True)
class Mark:
    """One discrepancy, by what makes it the same.

    Attributes:
        reconciliation: Which reconciliation says it.
        type: Its type.
        key: The order, parcel, article or the like that it is about.
        minor: Impact in minor units.
        currency: ISO 4217 code.
    """

    reconciliation: str
    type: str
    key: str
    minor: int
    currency: str

    def __str__(self) -> str:
        return f"{self.type}: {self.key}: {_money(self.minor, self.currency)}"


@attrs.frozen(kw_only=True)
class Fault:
    """What was planted.

    Attributes:
        name: What it is called.
        what: What went wrong.
        marks: What is to be found of it; what one fault does to several books is said by each.
    """

    name: str
    what: str
    marks: tuple[Mark, ...]


@attrs.frozen(kw_only=True)
class Held:
    """What was planted, held against what was found.

    Attributes:
        faults: The truth.
        found: What the reconciliations say.
    """

    faults: tuple[Fault, ...]
    found: "Counter[Mark]"

    @property
    def planted(self) -> "Counter[Mark]":
        """All that is to be found."""
        return Counter(mark for fault in self.faults for mark in fault.marks)

    @property
    def missing(self) -> tuple[Mark, ...]:
        """Planted and not found."""
        return tuple(sorted((self.planted - self.found).elements()))

    @property
    def invented(self) -> tuple[Mark, ...]:
        """Found and not planted."""
        return tuple(sorted((self.found - self.planted).elements()))

    @property
    def agrees(self) -> bool:
        """Whether all was found and nothing invented."""
        return self.planted == self.found

    def __str__(self) -> str:
        missing = Counter(self.missing)
        lines = []
        for fault in self.faults:
            verdict = "NOT FOUND" if any(mark in missing for mark in fault.marks) else "found"
            lines.append(f"  {fault.name}: {fault.what}")
            lines += [f"      {verdict}: {mark}" for mark in fault.marks]
        for title, marks in (("not found", self.missing), ("invented", self.invented)):
            lines += [f"  {title}: {mark}" for mark in marks[:_SHOWN]]
            lines += [f"  {title}: {len(marks) - _SHOWN:,} more"] if len(marks) > _SHOWN else []
        return "\n".join([*lines, f"  {self._verdict()}"])

    def _verdict(self) -> str:
        if self.agrees:
            return f"All {len(self.faults)} faults found, as {self.planted.total()} discrepancies, and nothing else."
        return f"{self.planted.total()} PLANTED: {len(self.missing)} NOT FOUND, {len(self.invented)} INVENTED."


@attrs.frozen(kw_only=True)
class ShopMonth:
    """The month, closed.

    Attributes:
        folder: Where its files and results lie.
        closed: What closing gave.
        held: What was planted and found.
    """

    folder: Path
    closed: Close
    held: Held

    @property
    def is_fine(self) -> bool:
        """Whether everything ties out and the truth was met."""
        return self.held.agrees and not self.closed.failures

    def __str__(self) -> str:
        stages = [f"  {stage.name:<10} {stage.status:<10} {_counts(stage.counts)}" for stage in self.closed.stages]
        proof = f"  {self.closed.checks:,} checks, {len(self.closed.failures):,} of which fail"
        failures = [f"    {failure}" for failure in self.closed.failures]
        parts = [
            "tieout demo: a shop's month, made up: two platforms, two couriers, a warehouse and a bank",
            "\n".join(["Stages of the close", *stages]),
            "\n".join(["Proof", proof, *failures]),
            f"What was planted, and what was found of it\n{self.held}",
        ]
        return "\n\n".join(parts)

    def where(self) -> str:
        """Where the results lie, and what to do next."""
        folder = self.folder.as_posix()
        out = f"{folder}/{self._out}"
        names = set(self.closed.files)
        told = {
            "report.html": "the report, for a browser",
            "report.xlsx": "the same as a workbook",
            "vouchers.pdf": "the vouchers, to print and sign",
            "discrepancies.csv": "what was found",
            "claims_zto.csv": "what to claim from ZTO",
            "claims_sf.csv": "what to claim from SF",
            **{name: "what to claim from the supplier" for name in sorted(names) if name.startswith(_OF_SUPPLIERS)},
            "ledgers/vouchers.csv": "the vouchers, for the books",
        }
        shown = [f"  {out}/{name}: {what}" for name, what in told.items() if name in names]
        lines = [
            "Look at",
            *shown,
            f"The month's files, the contracts and {CONFIG} lie in {folder}. Change something, then:",
        ]
        lines.append(f"  tieout close {folder}/{CONFIG}")
        if any(find_spec(name) is None for name in _OF_REPORT):
            lines.append("pip install 'tieout[report]' adds the workbook, statements and vouchers as PDF, and plots.")
        return "\n".join(lines)

    @property
    def _out(self) -> str:
        return "" if self.closed.folder is None else self.closed.folder.name


def lay_out(folder: Path) -> Path:
    """Put the month's files, its contracts, mappings and config into a folder; files of the same names are replaced.

    Args:
        folder: Where to; it is made if need be.

    Returns:
        The config.

    Raises:
        InputError: The folder or a file cannot be written.
    """
    try:
        for source in sorted(MONTH.rglob("*")):
            target = folder / source.relative_to(MONTH)
            if source.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(source.read_bytes())
    except OSError as cause:
        raise InputError(f"cannot be written: {cause.strerror or cause}", where=str(folder)) from cause
    return folder / CONFIG


def run_shop_month(folder: Path, progress: Progress | None = None) -> ShopMonth:
    """Lay the month out, close it, and hold what was found to the truth.

    Args:
        folder: Where to.
        progress: Whom to tell what is being done.

    Raises:
        InputError: The folder cannot be written.
    """
    closed = close(CloseConfig.load(lay_out(folder)), progress=progress)
    held = Held(faults=planted_faults(), found=Counter(_found(closed)))
    month = ShopMonth(folder=folder, closed=closed, held=held)
    try:
        (folder / "demo.txt").write_bytes(f"{month}\n".encode())
    except OSError as cause:
        raise InputError(f"cannot be written: {cause.strerror or cause}", where=str(folder / "demo.txt")) from cause
    return month


def planted_faults() -> tuple[Fault, ...]:
    """The truth, as the generator of the month wrote it."""
    faults: dict[tuple[str, str], list[Mark]] = {}
    with (MONTH / _TRUTH).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            minor = to_units(Decimal(row["impact"]), row["currency"])
            mark = Mark(row["reconciliation"], row["type"], row["key"], minor, row["currency"])
            faults.setdefault((row["fault"], row["what"]), []).append(mark)
    return tuple(Fault(name=name, what=what, marks=tuple(marks)) for (name, what), marks in faults.items())


def _found(closed: Close) -> Iterator[Mark]:
    key = pl.coalesce(pl.col("keys").str.json_path_match(f"$.{name}") for name in _NAMES)
    for outcome in closed.outcomes:
        rows = outcome.discrepancies.to_polars().select("type", key.alias("key"), "impact_minor", "currency")
        for row in rows.iter_rows():
            yield Mark(outcome.reconciliation, *row)


def _counts(counts: tuple[tuple[str, int], ...]) -> str:
    """The figures of a stage; what is found is told below, type by type."""
    return ", ".join(f"{count:,} {label}" for label, count in counts if count and not label.startswith("type "))


def _money(minor: int, currency: str) -> str:
    return f"{from_units(minor, currency):,.{exponent(currency)}f} {currency}"
