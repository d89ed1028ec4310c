"""The platform's fees by contract: what it may charge on an order, and what it gives back with a refund."""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import attrs

from tieout.errors import InputError
from tieout.model import SettlementLineType
from tieout.reconciliations._settlement.words import FEES

__all__ = ["FeeContract", "fee_contracts"]

_BASES = ("receivable", "paid", "goods")
_INVOICES = ("special", "normal", "none")
_DECIMALS = Decimal("0.00000001")
_WHERE = "FeeContract"


def _as_type(value: object) -> str:
    if value not in FEES:
        raise InputError(f"{value!r} is no fee that a contract rates; known: {', '.join(FEES)}", where=_WHERE)
    return SettlementLineType(value).value


def _exact(value: object, name: str) -> None:
    if value is None:
        return
    if not isinstance(value, Decimal) or not value.is_finite() or value < 0 or value % _DECIMALS:
        raise InputError(f"{name} is a Decimal of 0 or more, of eight decimals at most, got {value!r}", where=_WHERE)


@attrs.frozen(kw_only=True)
class FeeContract:
    """One fee of one platform.

    A fee is `rate` of the base, `amount`, or both together. With neither it is not checked, and only says whether an invoice
    comes.

    Attributes:
        platform: Platform code.
        line_type: Type of settlement line, such as `commission`.
        rate: Part of the base as a fraction, `Decimal("0.05")` for 5 %.
        amount: Fixed part for each order, in units of the order's currency.
        base: What the rate is of: what the merchant is to receive (`receivable`), what the buyer pays (`paid`), or the goods
            before reductions (`goods`).
        returned: Whether the fee on what is refunded is given back.
        valid_from: First day on which an order is paid that it holds for; None for all before `valid_to`.
        valid_to: Last such day; None for all after `valid_from`.
        invoice: Which VAT invoice the platform gives for it: `special`, `normal` or `none`; None where it is not known.
        tax_rate: VAT rate inside the fee as a fraction; None without one.

    Example:
        >>> commission = FeeContract(platform="tmall", line_type="commission", rate=Decimal("0.05"), returned=True)
        >>> commission.is_rated, str(commission)
        (True, 'tmall commission 0.05 of receivable, returned')
    """

    platform: str
    line_type: str = attrs.field(converter=_as_type)
    rate: Decimal | None = None
    amount: Decimal | None = None
    base: str = "receivable"
    returned: bool = False
    valid_from: date | None = None
    valid_to: date | None = None
    invoice: str | None = None
    tax_rate: Decimal | None = None

    def __attrs_post_init__(self) -> None:
        for name in ("rate", "amount", "tax_rate"):
            _exact(getattr(self, name), name)
        if self.base not in _BASES:
            raise InputError(f"the base is one of {', '.join(_BASES)}, got {self.base!r}", where=_WHERE)
        if self.invoice is not None and self.invoice not in _INVOICES:
            raise InputError(f"the invoice is one of {', '.join(_INVOICES)}, got {self.invoice!r}", where=_WHERE)
        if self.valid_from is not None and self.valid_to is not None and self.valid_to < self.valid_from:
            raise InputError(f"it ends before it begins: {self.valid_from} to {self.valid_to}", where=_WHERE)

    @property
    def is_rated(self) -> bool:
        """Whether it says what the fee is."""
        return self.rate is not None or self.amount is not None

    @property
    def days(self) -> tuple[date, date]:
        """First and last day that it holds for."""
        return self.valid_from or date.min, self.valid_to or date.max

    @classmethod
    def load(cls, path: str | Path) -> "tuple[FeeContract, ...]":
        """The contracts that a TOML file lists.

        Args:
            path: File of tables `[[fees]]`, as `loads` takes them.

        Raises:
            InputError: The file cannot be read, or says something that is no contract.
        """
        file = Path(path)
        try:
            text = file.read_text(encoding="utf-8")
        except OSError as cause:
            raise InputError(f"it cannot be read: {cause.strerror}", where=file.name) from cause
        return cls.loads(text, name=file.name)

    @classmethod
    def loads(cls, text: str, *, name: str = "contract") -> "tuple[FeeContract, ...]":
        """The contracts that a TOML text lists.

        Args:
            text: Tables `[[fees]]` with the attributes as keys; rates and amounts are numbers or text.
            name: What the text is called in errors.

        Raises:
            InputError: The text is no TOML, or says something that is no contract.

        Example:
            >>> text = '''
            ... [[fees]]
            ... platform = "pdd"
            ... line_type = "tech_service_fee"
            ... rate = 0.006
            ... valid_from = 2026-01-01
            ... '''
            >>> [str(fee) for fee in FeeContract.loads(text)]
            ['pdd tech_service_fee 0.006 of receivable, from 2026-01-01']
        """
        try:
            parsed = tomllib.loads(text, parse_float=Decimal)
        except tomllib.TOMLDecodeError as cause:
            raise InputError(f"it is no TOML: {cause}", where=name) from cause
        entries = parsed.get("fees")
        if not isinstance(entries, list) or set(parsed) != {"fees"}:
            raise InputError("tables [[fees]] are needed, and nothing else", where=name)
        return tuple(_entry(entry, f"{name}: fee {place}") for place, entry in enumerate(entries, start=1))

    def __str__(self) -> str:
        parts = [f"{self.rate:f} of {self.base}"] if self.rate is not None else []
        parts += [f"{self.amount:f}"] if self.amount is not None else []
        text = f"{self.platform} {self.line_type} {' + '.join(parts) or 'as charged'}"
        text += ", returned" if self.returned else ""
        text += f", from {self.valid_from}" if self.valid_from else ""
        return text + (f", to {self.valid_to}" if self.valid_to else "")


def _entry(entry: Mapping[str, Any], where: str) -> FeeContract:
    known = {field.name for field in attrs.fields(FeeContract)}
    unknown = sorted(set(entry) - known)
    missing = [name for name in ("platform", "line_type") if name not in entry]
    if unknown or missing:
        problem = f"unknown entries {', '.join(unknown)}" if unknown else f"{', '.join(missing)} is missing"
        raise InputError(problem, where=where)
    return FeeContract(**{name: _value(name, value, where) for name, value in entry.items()})


def _value(name: str, value: object, where: str) -> Any:  # noqa: ANN401 - as the field wants it
    wanted: dict[str, type] = {"returned": bool, "valid_from": date, "valid_to": date}
    if name in {"rate", "amount", "tax_rate"}:
        if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
            raise InputError(f"{name} is a number, got {value!r}", where=where)
        try:
            return Decimal(value)
        except ArithmeticError as cause:
            raise InputError(f"{name} is a number, got {value!r}", where=where) from cause
    if type(value) is not wanted.get(name, str):
        raise InputError(f"{name} is {wanted.get(name, str).__name__}, got {value!r}", where=where)
    return value


def fee_contracts(given: Sequence[FeeContract]) -> tuple[FeeContract, ...]:
    """The contracts in a fixed order.

    Raises:
        InputError: One is none, or two hold for the same fee of the same platform on the same day.
    """
    if isinstance(given, FeeContract) or not all(isinstance(fee, FeeContract) for fee in given):
        raise InputError(f"a sequence of FeeContract is needed, got {type(given).__name__}", where="fees")
    ordered = sorted(given, key=lambda fee: (fee.platform, fee.line_type, fee.days))
    for first, second in pairwise(ordered):
        is_same = (first.platform, first.line_type) == (second.platform, second.line_type)
        if is_same and second.days[0] <= first.days[1]:
            raise InputError(f"two contracts hold at once: {first}; {second}", where="fees")
    return tuple(ordered)
