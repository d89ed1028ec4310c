"""Trustly's reports of typed rows (Americas): what their rows hold, and the totals of their trailers.

H heads the file with its magic word (P11KFUN for funding, P11KREC for reconciliation), the period in UTC and its part
of several files; L ends it with counts and totals. There are no captions: the cells of a type stand in one order.
"""

from collections.abc import Iterator
from typing import Final

import polars as pl
from moneyed import Money

from tieout.money import to_minor
from tieout.proof import Check
from tieout.sources._reading import Reading
from tieout.sources._totals import declared_count, declared_money, declared_sum, declared_whole, doubt_missing_total
from tieout.sources._typed_rows import rows_of_type

__all__ = ["FUNDING", "ITEM", "TRANSACTION", "currency_of_file", "funding_checks", "trailer_checks"]

_START: Final = (
    *("transaction id", "created at", "original transaction id", "merchant id", "payment type", "provider type"),
    *("provider id", "account number", "merchant reference", "transaction type", "transaction status"),
)
ITEM: Final = (
    *_START,
    *("updated at", "processed at", "currency", "amount", "funding trace id", "reason", "batch id"),
    *("batch transaction type", "original merchant reference", "provider transaction id", "fee"),
)
"""Cells of an item (I) of a funding file."""
TRANSACTION: Final = (
    *_START,
    *("processed at", "currency", "amount", "recurring start", "recurring end", "recurring frequency"),
    *("recurring unit", "recurring currency", "recurring amount", "recurring automatic", "provider transaction id"),
)
"""Cells of a transaction (T) of a reconciliation file."""
FUNDING: Final = ("processor", "reserved", "funding trace id", "currency", "funding amount", "processed at")
"""Cells of a funding (F) of a funding file."""


def currency_of_file(reading: Reading) -> str | None:
    """The one currency of all lines; None when there are several or none."""
    codes = reading.values["currency"].drop_nulls().unique().to_list()
    return str(codes[0]) if len(codes) == 1 else None


def trailer_checks(reading: Reading, kinds: dict[str, tuple[str, tuple[pl.Expr, ...]]]) -> Iterator[Check]:
    """Counts and totals of the trailer: pairs of a count and a total, one for each type of records.

    The pairs have no captions. One whose count is that of a type is that type's, so far as that tells them apart; the rest go by
    their order. A total may be of the amounts or of the amounts with their fees: the one that ties out counts.

    Args:
        reading: The reading, its values parsed.
        kinds: By the name of a type, its word in the column `_row` and what may be summed, the usual first; in the order of the
            trailer's pairs.
    """
    currency = currency_of_file(reading)
    trailers = rows_of_type(reading, "L")
    if not trailers:
        doubt_missing_total(reading, "L")
    for row in trailers:
        pairs = [
            (row.cells[at], row.cells[at + 1] if at + 1 < len(row.cells) else "")
            for at in range(1, 1 + 2 * len(kinds), 2)
            if at < len(row.cells)
        ]
        named = list(kinds.items())
        if len(pairs) == len(named) and _fitting(reading, pairs, named[::-1]) > _fitting(reading, pairs, named):
            named.reverse()
        for (count, total), (name, (word, values)) in zip(pairs, named, strict=False):
            is_own = pl.col("_row") == word
            number = declared_whole(reading, count or None, name=f"L {name}")
            if number is not None:
                yield declared_count(reading, f"L {name}", is_own.fill_null(value=False), number)
            money = declared_money(reading, total or None, currency, name=f"L {name} total") if currency else None
            if money is not None:
                yield _total_check(reading, f"L {name} total", [pl.when(is_own).then(v) for v in values], money)


def _fitting(
    reading: Reading, pairs: list[tuple[str, str]], named: list[tuple[str, tuple[str, tuple[pl.Expr, ...]]]]
) -> int:
    """How many counts are those of the types in this order."""
    counts = dict(reading.values.group_by("_row").len().iter_rows())
    return sum(count == str(counts.get(word, 0)) for (count, _), (_, (word, _)) in zip(pairs, named, strict=True))


def _total_check(reading: Reading, name: str, values: list[pl.Expr], total: Money) -> Check:
    checks = [declared_sum(reading, name, value, to_minor(total), currency=total.currency.code) for value in values]
    return next((check for check in checks if check.holds), checks[0])


def funding_checks(reading: Reading) -> Iterator[Check]:
    """Of each funding: it is the sum of the items with its trace, fees included."""
    paid = reading.values.filter((pl.col("_row") == "funding") & pl.col("settlement_id").is_not_null())
    for trace, currency, amount in paid.select("settlement_id", "currency", "_funding_minor").iter_rows():
        is_item = (pl.col("_row") == "item") & (pl.col("settlement_id") == trace)
        lines = pl.when(is_item.fill_null(value=False)).then(pl.col("amount_minor"))
        if amount is not None and currency is not None:
            yield declared_sum(reading, f"funding {trace}", lines, amount, currency=currency)
