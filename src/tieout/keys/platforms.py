"""Telling the platform from an order, payment or refund number.

As with carriers every candidate comes back: a number of 16 or 19 digits may be an order of several shops. Case and
hyphens matter here, so numbers are cleaned, not normalised.
"""

from collections.abc import Iterable, Sequence

import polars as pl

from tieout.errors import UnknownFormat
from tieout.keys.normalize import clean_expr, clean_key
from tieout.keys.pattern_columns import recognize_numbers
from tieout.keys.patterns import Candidate, Pattern, candidates
from tieout.keys.platform_table import PLATFORM_NUMBERS

__all__ = ["PLATFORMS", "recognize_platform", "recognize_platform_expr"]

PLATFORMS = tuple(dict.fromkeys(number.platform for number in PLATFORM_NUMBERS))
"""The platforms and payment channels whose numbers are known."""

_SEPARATOR = " "


def recognize_platform(number: str | None, *, among: Iterable[str] | None = None) -> tuple[Candidate, ...]:
    """All platforms whose numbers look like this one, best first; empty when none does.

    Args:
        number: The order, payment or refund number.
        among: The platforms that come into question, such as those the merchant sells on; all when None.

    >>> [(one.code, one.kind, one.confidence.value) for one in recognize_platform("260531-662941284701219")]
    [('pdd', 'order', 'checked')]
    >>> [one.code for one in recognize_platform("6917926768823643751", among=["taobao", "douyin", "pdd"])]
    ['douyin', 'taobao']

    Raises:
        UnknownFormat: A name in `among` is of no platform.
        WrongColumnType: Something else than text or None was given.
    """
    key = clean_key(number)
    return () if key is None else candidates(key, _declared(among))


def recognize_platform_expr(column: pl.Expr, *, among: Iterable[str] | None = None) -> pl.Expr:
    """The best platform of each number in a column: a struct of `platform`, `kind`, `confidence`, `check`, `rivals`.

    `platform` and `kind` are null when several may be meant; `rivals` counts the others whose form fits. The struct is
    null where no form fits.

    >>> frame = pl.DataFrame({"order_no": ["260531-662941284701219", "112-5296892-7513800"]})
    >>> frame.select(recognize_platform_expr(pl.col("order_no"))).unnest("order_no")["platform"].to_list()
    ['pdd', 'amazon']

    Raises:
        UnknownFormat: A name in `among` is of no platform.
    """
    forms = [(f"{platform}{_SEPARATOR}{kind}", patterns) for platform, kind, patterns in _declared(among)]
    return clean_expr(column).map_batches(
        lambda numbers: _platforms(recognize_numbers(numbers, forms)), return_dtype=_RECOGNITION, is_elementwise=True
    )


def _declared(among: Iterable[str] | None) -> list[tuple[str, str, Sequence[Pattern]]]:
    """The declarations of the platforms asked for, one entry for each platform and kind."""
    wanted = PLATFORMS if among is None else tuple(among)
    for platform in wanted:
        if platform not in PLATFORMS:
            raise UnknownFormat(platform, kind="platform", known=PLATFORMS)
    declared: dict[tuple[str, str], list[Pattern]] = {}
    for number in PLATFORM_NUMBERS:
        if number.platform in wanted:
            declared.setdefault((number.platform, number.kind.value), []).append(number.pattern)
    return [(platform, kind, patterns) for (platform, kind), patterns in declared.items()]


def _platforms(found: pl.Series) -> pl.Series:
    """The recognition with its code split into platform and kind again."""
    code = pl.col("code").str.split_exact(_SEPARATOR, 1)
    parts = found.struct.unnest().with_columns(
        platform=code.struct.field("field_0"), kind=code.struct.field("field_1"), is_found=found.is_not_null()
    )
    struct = pl.struct(list(_RECOGNITION.to_schema()))
    return parts.select(pl.when("is_found").then(struct).alias(found.name)).to_series()


_RECOGNITION = pl.Struct(
    {"platform": pl.String, "kind": pl.String, "confidence": pl.String, "check": pl.String, "rivals": pl.Int64}
)
