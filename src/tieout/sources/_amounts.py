"""Columns of money."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, Literal

import attrs
import polars as pl

from tieout.errors import InputError, MoneyError
from tieout.model.currency import exponent
from tieout.money import DecimalMark, parse_money, to_minor
from tieout.money.columns import divide_half_up_expr, minor_of, parsed_decimals
from tieout.sources._columns import EMPTY_WORDS, Column, resolve, without
from tieout.sources._faults import CellFault, Conventions, CountedNote, Note, Parsed, Unreadable

__all__ = ["AMOUNT_LIMIT", "Amount", "Charge", "Part", "Price"]

AMOUNT_LIMIT: Final = 10**17
"""Minor units from which nothing is an amount: sums of many smaller ones still fit into 64 bits."""
_SIDE: Final = re.compile(r"(?i)[\d)]\s*(?:CR|DR)\.?[\s\"'`]*$")
_WHOLE: Final = r"^([+-]?)(\d{1,17})$"
_FINER_DECIMALS: Final = 6  # how much finer than its currency an amount may be to be rounded in columns


@attrs.frozen
class Amount(Column):
    """Money, exactly, in minor units of the file's currency.

    Attributes:
        negate: Whether the file writes the opposite sign of the record's.
        sign: -1 for a column of losses and 1 for one of gains, where files write either sign; 0 for the sign that stands there.
        currency: ISO 4217 code of this column where it is another than the file's; None for the file's.
        implied: How many last digits of a whole number are decimals, whatever its currency: 2 where 10000 is JPY 100; `minor` for
            as many as the currency has; None where amounts are written out.
    """

    negate: bool = attrs.field(kw_only=True, default=False)
    sign: int = attrs.field(kw_only=True, default=0)
    currency: str | None = attrs.field(kw_only=True, default=None)
    implied: int | Literal["minor"] | None = attrs.field(kw_only=True, default=None)

    @property
    def name(self) -> str:
        """Column of the record's table that the values fill."""
        return f"{super().name}_minor"

    @property
    def is_signed(self) -> bool:
        """Whether its figures say by themselves what is a gain; columns of a leaf's own are signed by what stands beside them."""
        return not (self.sign or self.to.startswith("_"))

    def parse(self, cells: pl.Series, conventions: Conventions) -> Parsed:
        """Values of a column."""
        cells = without(cells, EMPTY_WORDS)
        currency = self.currency or conventions.currency
        if currency is None:
            raise InputError(
                f"the currency of column {self.caption!r} is not known",
                where=conventions.where,
                hint="give constants={'currency': ...}, an ISO 4217 code",
            )
        if isinstance(currency, str):
            parsed = self._in_units(cells, currency, conventions)
        else:
            parsed = self._in_currencies(cells, currency, conventions)
        if self.sign:
            return attrs.evolve(parsed, values=parsed.values.abs() * self.sign)
        return attrs.evolve(parsed, values=-parsed.values) if self.negate else parsed

    def _in_currencies(self, cells: pl.Series, currency: pl.Series, conventions: Conventions) -> Parsed:
        values = pl.Series(self.name, [None] * len(cells), dtype=pl.Int64)
        faults: list[CellFault] = []
        notes: list[Note] = []
        for code in currency.drop_nulls().unique().sort():
            rows = (currency == code).fill_null(value=False).arg_true()
            part = self._in_units(cells.gather(rows), code, conventions)
            values = values.scatter(rows, part.values)
            faults += [attrs.evolve(fault, row=rows[fault.row]) for fault in part.faults]
            notes += part.notes
        return Parsed(values=values, faults=faults, notes=notes)

    def _in_units(self, cells: pl.Series, code: str, conventions: Conventions) -> Parsed:
        """Whole numbers with implied decimals as amounts that are written out, then as those; a written decimal is a fault."""
        if self.implied is None:
            return self._in_currency(cells, code, conventions)
        decimals = exponent(code) if self.implied == "minor" else self.implied
        is_whole = cells.str.contains(_WHOLE)
        digits = cells.str.extract(_WHOLE, 2).str.zfill(decimals + 1)
        sign = cells.str.extract(_WHOLE, 1).str.replace(r"^\+$", "")
        units, fraction = digits.str.head(-decimals) if decimals else digits, digits.str.tail(decimals)
        text = sign + units + "." + fraction.str.strip_chars_end("0")
        evolved = attrs.evolve(conventions, decimal_mark=DecimalMark.POINT)
        parsed = self._in_currency(text, code, evolved)
        expected = f"a whole number, of which the last {decimals} digits are decimals" if decimals else "a whole number"
        faults = [attrs.evolve(fault, found=cells[fault.row]) for fault in parsed.faults]
        faults += [
            CellFault(
                row=row,
                column=self.caption,
                reason="amount.unreadable",
                found=cells[row],
                problem="is not a whole number",
                expected=expected,
            )
            for row in (~is_whole).fill_null(value=False).arg_true()
        ]
        return attrs.evolve(parsed, faults=faults)

    def _in_currency(self, cells: pl.Series, code: str, conventions: Conventions) -> Parsed:
        column = pl.col("cell")
        if conventions.decimal_mark is DecimalMark.COMMA:
            column = column.str.replace_many([".", ","], [",", "."])
        frame = cells.alias("cell").to_frame()
        values = frame.select(_bare_minor_expr(column, code).alias(self.name))[self.name]
        dressed = (cells.is_not_null() & values.is_null()).arg_true()
        if not dressed.is_empty():
            texts = frame[dressed].select(column).to_series()
            values = values.scatter(dressed, minor_of(texts, currency=code))
        notes: list[Note] = []
        if conventions.round_amounts:
            values, notes = self._rounded(frame, column, values, code)

        def slowly(text: str) -> int:
            minor = _parse_money_text(text, code, conventions)
            return self._of_side(minor) if conventions.is_cash and _SIDE.search(text) else minor

        values, faults = resolve(self, cells, values, slowly)
        return Parsed(values=values, faults=faults, notes=notes)

    def _of_side(self, minor: int) -> int:
        """An amount of the merchant's own account with CR or DR behind it, of which a courier's CR takes away from the bill."""
        if not self.is_signed:
            raise Unreadable(
                "amount.unreadable", "says CR or DR, and what stands beside it the sign", "one of them alone"
            )
        return minor if self.negate else -minor

    def _rounded(
        self, frame: pl.DataFrame, column: pl.Expr, values: pl.Series, code: str
    ) -> tuple[pl.Series, list[Note]]:
        """Amounts finer than the currency, half-up, and a note of what the rounding absorbed in sum."""
        scale = 10**_FINER_DECIMALS
        cells = frame.select(column.alias("finer")).to_series()
        finer = parsed_decimals(cells, decimals=exponent(code) + _FINER_DECIMALS)
        is_open = values.is_null() & finer.is_not_null()
        if not is_open.any():
            return values, []
        rounded = finer.to_frame().select(divide_half_up_expr(pl.col("finer"), scale).alias(self.name))[self.name]
        values = values.zip_with(~is_open, rounded)
        absorbed = int(rounded.filter(is_open).sum()) * scale - int(finer.filter(is_open).sum())
        figures: dict[str, int | Decimal] = {
            "cells": int(is_open.sum()),
            "added": Decimal(absorbed).scaleb(-_FINER_DECIMALS - exponent(code)),
        }

        def words(said: Mapping[str, Any]) -> str:
            added = f"{said['added'].normalize():f} {code}"
            return f"{said['cells']} cells of {self.caption!r} were rounded half-up, which added {added} in sum"

        return values, [CountedNote.of("amount.rounded", figures, words, about=f"{self.name} {code}")]


@attrs.frozen
class Price(Amount):
    """Money that is never below zero, such as a price or a reduction in a column of its own: a minus is a fault."""

    def parse(self, cells: pl.Series, conventions: Conventions) -> Parsed:
        """Values of a column."""
        parsed = Amount.parse(self, cells, conventions)
        below = (parsed.values < 0).fill_null(value=False)
        if not below.any():
            return parsed
        faults = [
            CellFault(
                row=row,
                column=self.caption,
                reason="amount.negative",
                found=cells[row],
                problem="is below zero",
                expected="an amount of zero or more",
            )
            for row in below.arg_true()
        ]
        values = parsed.values.set(below, None)
        return attrs.evolve(parsed, values=values, faults=[*parsed.faults, *faults])


@attrs.frozen
class Part(Amount):
    """One of several columns of money on a line: each that is not zero becomes a record of its own.

    Attributes:
        kind: The record's type, such as `commission` for a SettlementLine or `remote_area` for a CourierCharge; of two types the
            first is of gains, the second of losses.
        words: The record's description; None for the usual caption.
    """

    kind: str | tuple[str, str] = attrs.field()
    words: str | None = attrs.field(kw_only=True, default=None)
    to: str = attrs.field(kw_only=True, init=False)

    @property
    def is_signed(self) -> bool:
        """Always: each is an amount of its own."""
        return True

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "to", f"_part {self.caption} {self.nth or 1}")


@attrs.frozen
class Charge(Part):
    """A part of a courier's line: each that is not zero becomes a CourierCharge of its own, of `kind` unless nobody says."""

    kind: str | tuple[str, str] = attrs.field(default="other")


def _bare_minor_expr(column: pl.Expr, code: str) -> pl.Expr:
    """Digits with at most the currency's decimals, which is how most cells look, as minor units; null for all others.

    `minor_of` takes these too, and costs several times as much.
    """
    decimals = exponent(code)
    bare = pl.when(column.str.contains(rf"^[+-]?\d{{1,15}}(?:\.\d{{0,{decimals}}})?$")).then(column)
    exact = bare.cast(pl.Decimal(15 + decimals, decimals), strict=False)
    return (exact * pl.lit(10**decimals)).cast(pl.Int64)


def _parse_money_text(text: str, code: str, conventions: Conventions) -> int:
    expected = f"an amount in {code}"
    try:
        minor = to_minor(parse_money(text, code, decimal_mark=conventions.decimal_mark))
    except MoneyError as cause:
        reason, problem = _MONEY_PROBLEMS.get(type(cause).__name__, _MONEY_PROBLEMS["NotAnAmount"])
        raise Unreadable(reason, problem.format(code=code, decimals=exponent(code)), expected) from cause
    if abs(minor) >= AMOUNT_LIMIT:
        raise Unreadable("amount.unreadable", "is more than any amount is", expected)
    return minor


_MONEY_PROBLEMS = {
    "NotAnAmount": ("amount.unreadable", "is not an amount"),
    "NaNRefused": ("amount.unreadable", "is not an amount"),
    "InfinityRefused": ("amount.unreadable", "is not an amount"),
    "TooManyDecimals": ("amount.too_many_decimals", "has more than the {decimals} decimals of {code}"),
    "CurrencyMismatch": ("amount.other_currency", "names another currency than {code}"),
}
