"""What a part of a run is told of the whole, where the records are too many for one machine and each part has some of them."""

from collections.abc import Mapping

import attrs
import polars as pl

from tieout.reconciliations._common.sides import SCOPE
from tieout.reconciliations._settlement.collection import MONTH
from tieout.reconciliations._settlement.headers import LEFT, OVERDUE

__all__ = ["Whole"]


def _none(columns: Mapping[str, pl.DataType]) -> pl.DataFrame:
    return pl.DataFrame(schema=dict(columns))


def _no_settlements() -> pl.Series:
    return pl.Series("settlement_id", [], dtype=pl.String)


@attrs.frozen(kw_only=True, eq=False)
class Whole:
    """What the run as a whole knows and a part of it cannot.

    Records of an order are in one part. The headers of settlements are in a part of their own, which has no other records.

    Attributes:
        knows_refunds: Whether refunds are known.
        left: Of `LEFT`: settlements with lines outside their period.
        settlements: Numbers of settlements whose header is needed again.
        young: Of `MONTH`: settlements with the months of which a line is young.
        overdue: Of `OVERDUE`, for lines of the part by their number in the whole.
        sums: For the part of the headers what the lines of each settlement sum to, of `SUMS`; None for a part of lines.
        nameless: For the part of the headers the shops that have lines which name no settlement.
    """

    knows_refunds: bool = False
    left: pl.DataFrame = attrs.field(factory=lambda: _none(LEFT))
    settlements: pl.Series = attrs.field(factory=_no_settlements)
    young: pl.DataFrame = attrs.field(factory=lambda: _none(MONTH))
    overdue: pl.DataFrame = attrs.field(factory=lambda: _none(OVERDUE))
    sums: pl.DataFrame | None = None
    nameless: pl.DataFrame = attrs.field(factory=lambda: _none({name: pl.String() for name in SCOPE}))
