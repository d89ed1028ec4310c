"""Ordering: vouchers in columns, and those that take others back, numbered together."""

from collections.abc import Sequence

import attrs
import polars as pl

from tieout.model import Voucher, VoucherKind, VoucherStatus
from tieout.model._record import changed
from tieout.posting.book import Book
from tieout.posting.numbering import assign_numbers
from tieout.posting.period import Period
from tieout.posting.reversal import build_reversal
from tieout.posting.unpacking import Packed

__all__ = ["Ordered", "numbered"]


@attrs.frozen(kw_only=True, eq=False)
class Ordered:
    """Numbered vouchers of one posting.

    Attributes:
        packed: Those of the events, in columns.
        others: Those that take others back, in the order of their places.
        places: Where each of these stands among all.
    """

    packed: Packed
    others: tuple[Voucher, ...]
    places: tuple[int, ...]


def numbered(
    packed: Packed, corrections: Sequence[Voucher], *, book: Book, period: Period, posted: Sequence[Voucher]
) -> Ordered:
    """Number vouchers by their day, and the reversals of their accruals after them, in the next period.

    Args:
        packed: Vouchers of the period in voucher order, without numbers.
        corrections: What takes changed vouchers back, without numbers: of one day they come before the others.
        book: Whose style and words hold.
        period: The period posted in.
        posted: Vouchers whose numbers are taken.
    """
    own = [voucher for voucher in corrections if voucher.period == str(period)]
    later = [voucher for voucher in corrections if voucher.period != str(period)]
    heads, red = _together(packed.heads, own, posted)
    mixed = attrs.evolve(packed, heads=heads)
    accruals = attrs.evolve(mixed, heads=heads.filter(pl.col("kind") == VoucherKind.ACCRUAL.value))
    back = [build_reversal(accrual, book=book) for accrual in accruals.vouchers()]
    following = assign_numbers([*later, *back], posted=posted)
    end = heads.height + len(red)
    return Ordered(
        packed=mixed,
        others=(*red.values(), *following),
        places=(*red, *range(end, end + len(following))),
    )


def _together(
    heads: pl.DataFrame, red: Sequence[Voucher], posted: Sequence[Voucher]
) -> tuple[pl.DataFrame, dict[int, Voucher]]:
    """The heads with their numbers, and the corrections with theirs by their place among both."""
    schema = {"date": pl.Date(), "word": pl.String(), "at": pl.UInt32(), "red": pl.UInt32()}
    ours = heads.select("date", "word").with_row_index("at").with_columns(pl.lit(None, dtype=pl.UInt32).alias("red"))
    theirs = pl.DataFrame(
        [(voucher.date, voucher.word, None, at) for at, voucher in enumerate(red)], schema=schema, orient="row"
    )
    union = pl.concat([ours.select(list(schema)), theirs]).sort("date", "red", "at", nulls_last=True)
    last: dict[str, int] = {}
    key = set(heads["period"].unique()) | {voucher.period for voucher in red}
    for voucher in posted:
        if voucher.period in key:
            last[voucher.word] = max(last.get(voucher.word, 0), voucher.number or 0)
    taken = pl.col("word").replace_strict(last, default=0, return_dtype=pl.Int64) if last else pl.lit(0, dtype=pl.Int64)
    count = pl.int_range(pl.len(), dtype=pl.Int64).over("word") + 1
    placed = union.with_columns((taken + count).alias("number")).with_row_index("place")
    numbers = placed.filter(pl.col("at").is_not_null()).sort("at")["number"]
    back = {
        place: changed(red[at], number=number, status=VoucherStatus.PREPARED)
        for place, at, number in placed.filter(pl.col("red").is_not_null()).select("place", "red", "number").iter_rows()
    }
    return heads.with_columns(numbers.alias("number")), back
