"""The platform's fees by contract: what it may charge on an order, and what it gives back with a refund."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import attrs

from tieout.errors import InputError
from tieout.model import SettlementLineType
from tieout.reconciliations._common.toml_rules import number, record_of, tables_of, text_of
from tieout.reconciliations._settlement.words import FEES

__all__ = ["FeeContract", "fee_contracts"]

_BASES = ("receivable", "paid", "goods")
_INVOICES = ("special", "normal", "none")
_DECIMALS = ("rate", "amount", "tax_rate")
_TYPES = {"returned": bool, "valid_from": date, "valid_to": date}
_WHERE = "FeeContract"


def _as_type(value: object) -> str:
    if value not in FEES:
        raise InputError(f"{value!r} is no fee that a contract rates; known: {', '.join(FEES)}", where=_WHERE)
    return SettlementLineType(value).value


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
        for name in _DECIMALS:
            number(getattr(self, name), name, _WHERE)
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
        return cls.loads(text_of(file), name=file.name)

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
        entries = tables_of(text, ("fees",), name=name).get("fees")
        if entries is None:
            raise InputError("tables [[fees]] are needed, and nothing else", where=name)
        return tuple(
            record_of(
                FeeContract,
                entry,
                needed=("platform", "line_type"),
                decimals=_DECIMALS,
                types=_TYPES,
                where=f"{name}: fee {place}",
            )
            for place, entry in enumerate(entries, start=1)
        )

    def __str__(self) -> str:
        parts = [f"{self.rate:f} of {self.base}"] if self.rate is not None else []
        parts += [f"{self.amount:f}"] if self.amount is not None else []
        text = f"{self.platform} {self.line_type} {' + '.join(parts) or 'as charged'}"
        text += ", returned" if self.returned else ""
        text += f", from {self.valid_from}" if self.valid_from else ""
        return text + (f", to {self.valid_to}" if self.valid_to else "")


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
