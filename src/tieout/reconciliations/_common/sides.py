"""Sides: the records of one kind as columns, with what was carried in from the run before."""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import TypeVar

import attrs
import polars as pl

from tieout.outcome import CarryForward
from tieout.tables import FrameLike, Table, schema_of, table_of
from tieout.tables._schema import no_rows

__all__ = [
    "PARTS_OF_A_PIECE",
    "SCOPE",
    "Places",
    "Role",
    "Side",
    "first_day",
    "local_day",
    "own",
    "parts_of",
    "quantity_expr",
    "take",
    "with_carried",
]

PARTS_OF_A_PIECE = 10**8
"""Quantities are compared in whole parts, as exact as the records hold them."""

R = TypeVar("R")
SCOPE = ("book_id", "platform", "shop_id")
"""What records must not differ in to belong together: books, platforms and shops never mix by accident (`domain.md` C73)."""
_IDENTITY = "identity"
_PLACE = "place"
_FIGURES = ("currency", "pieces")
"""What `weighed` sets and a record may have too: the boxes of a shipment are its `pieces`."""
_READ_FROM = ["source_sha256", "source_sheet", "source_line"]
_OF_SOURCE = ("source_", "created_at", "raw")


class Role(StrEnum):
    """What the amounts of a side are in the comparison."""

    EXPECTED = "expected"
    ACTUAL = "actual"
    EVIDENCE = "evidence"


@attrs.frozen(kw_only=True)
class Places:
    """Where the rows of one side stand in the whole, where a run has only a part of it.

    Attributes:
        given: A number for each row that is given.
        later: For each that the run before handed on of days after its period.
        carried: For each that was carried in.
    """

    given: pl.Series
    later: pl.Series
    carried: pl.Series


@attrs.frozen(kw_only=True)
class Side:
    """One side of a reconciliation.

    Attributes:
        name: The parameter of `run` that gave it, such as `payouts`.
        record: The record class of its rows.
        role: What its amounts are: what should be there, what is there, or neither.
        frame: The record's columns and `row` (0-based position in the input; carried rows follow those given), `is_opening`
            (carried in from the run before), `is_repeat` (the same record as one before it), and what a leaf adds: `on` (its
            business day), `minor` and `currency` (its amount as the comparison signs it), `aside` (why it is not compared, or
            null), `unit` (what it is compared in), `is_derived` (made of another side's rows: not carried on but made again).
        given: How many rows the caller gave, with those that the run before handed on of days after its period.
        carried: How many rows were carried in.
        superseded: How many carried rows a newer row of the input takes the place of.
        totals: Sums of `minor` by currency, as the rows came in.
        pieces: Sum of the quantities as they came in, in parts of a piece; None where nothing is counted.
        waited: How many of the rows given the run before handed on; they follow those that the caller gave.
        places: Where each row stands in the whole, as `Places` says it; None where the run has all of it.
    """

    name: str
    record: type
    role: Role
    frame: pl.DataFrame = attrs.field(repr=False)
    given: int
    carried: int
    superseded: int
    totals: Mapping[str, int] = attrs.field(factory=dict)
    pieces: int | None = None
    waited: int = 0
    places: pl.Series | None = attrs.field(default=None, repr=False)

    def weighed(
        self, *, on: pl.Expr, minor: pl.Expr | None = None, currency: str = "currency", pieces: pl.Expr | None = None
    ) -> "Side":
        """The side with `on`, `minor`, `currency`, `pieces` and an empty `aside`, and with its totals as they came in.

        Args:
            on: Business day of each row.
            minor: Amount of each row in minor units, signed as the comparison wants it; None for a side without amounts.
            currency: Column of the ISO 4217 code; rows without one have no amount to compare. Where it is not the record's own,
                that is kept as `given_currency`, so that the record is carried forward as it came.
            pieces: Quantity of each row, an exact decimal, signed as the comparison wants it; None where nothing is counted.
        """
        code = pl.col(currency) if currency in self.frame.columns else pl.lit(None, dtype=pl.String)
        amount = pl.lit(None, dtype=pl.Int64) if minor is None else minor.cast(pl.Int64)
        said = {*schema_of(self.record)} & {*self.frame.columns} - ({"currency"} if currency == "currency" else set())
        frame = self.frame.with_columns(
            *(pl.col(name).alias(own(name)) for name in _FIGURES if name in said),
            on.alias("on"),
            amount.alias("minor"),
            code.alias("currency"),
            (pl.lit(None, dtype=pl.Int64) if pieces is None else parts_of(pieces)).alias("pieces"),
            pl.lit(None, dtype=pl.String).alias("aside"),
        )
        totals: dict[str, int] = {}
        if minor is not None and frame.height:
            sums = frame.select("currency", "minor").drop_nulls("currency").group_by("currency").sum().sort("currency")
            totals = {str(code): int(total) for code, total in sums.iter_rows()}
        counted = None if pieces is None else int(frame["pieces"].sum())
        return attrs.evolve(self, frame=frame, totals=totals, pieces=counted)

    def by_line(self, column: str) -> "Side":
        """The side with one row for each line of its records, in their order; a record without lines keeps one row, of nulls.

        The lines' own columns stand beside those of the record. `row` counts lines, `record_row` says whose they are, and
        `given` and `carried` count lines too.

        Args:
            column: Column of the record that holds its lines.
        """
        lines = self.frame.rename({"row": "record_row"}).explode(column, empty_as_null=True).unnest(column)
        lines = lines.with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
        carried = int(lines["is_opening"].sum())
        return attrs.evolve(self, frame=lines, given=lines.height - carried, carried=carried)

    def put_aside(self, reason: str, where: pl.Expr) -> "Side":
        """The side with rows set aside for a reason, unless they are already for another."""
        return self.with_columns(
            pl.when(pl.col("aside").is_null() & where).then(pl.lit(reason)).otherwise("aside").alias("aside")
        )

    @property
    def compared(self) -> pl.DataFrame:
        """The rows that are not set aside."""
        if self.frame["aside"].null_count() == self.frame.height:
            return self.frame
        return self.frame.filter(pl.col("aside").is_null())

    def with_columns(self, *columns: pl.Expr, **named: pl.Expr) -> "Side":
        """The side with further columns."""
        return attrs.evolve(self, frame=self.frame.with_columns(*columns, **named))

    def with_frame(self, frame: pl.DataFrame) -> "Side":
        """The side with other columns, of the same rows."""
        return attrs.evolve(self, frame=frame)


def take(
    name: str,
    record: type,
    given: FrameLike,
    *,
    role: Role,
    key: Sequence[str],
    opening: CarryForward | None = None,
    identity: pl.Expr | None = None,
    sharing: Sequence[str] = (),
    places: Places | None = None,
    on: pl.Expr | None = None,
    is_given_anew: bool = False,
) -> Side:
    """Take what a caller has as a side, with the rows that the run before carried forward.

    Args:
        name: Name of the parameter.
        record: The record class.
        given: As `tieout.tables.frame_of` takes it; None for no rows.
        role: What its amounts are.
        key: Columns that name a record for good. A row whose key and content stood in a row before is a repeat; a carried row
            whose key the input has again gives way to the input's, which is newer; of the period before, one that says the same
            stands for it. One without a name gives way to what is read of the same line of the same file again.
        opening: What the run before carried forward.
        identity: What names a record beside the key where one column cannot, as text; null for a record without a name.
        sharing: Columns for records of which one key may name several: a carried row gives way only to one that shares the value
            of one of them at least.
        places: Where the rows stand in the whole; None where they are all.
        on: Business day of a row. One that takes a carried row's place counts as carried, unless its day lies in the period that
            `opening` opens or after it; None where days do not tell what is new.
        is_given_anew: Whether a row that says what a carried one said counts as given all the same.

    Raises:
        InputError: The rows are of another record, or lack what the record needs.
    """
    given_now, later, carried = _brought(given, record, opening, name)
    if places is not None:
        given_now, later, carried = (
            rows.with_columns(numbers.alias(_PLACE))
            for rows, numbers in (
                (given_now, places.given),
                (later, places.later),
                (carried, places.carried),
            )
        )
    if identity is not None:
        given_now, later, carried = (
            rows.with_columns(identity.alias(_IDENTITY)) for rows in (given_now, later, carried)
        )
        key = (*key, _IDENTITY)
    fresh = _joined(given_now, _without_older(later, given_now, key, sharing))
    kept = _without_older(carried, fresh, key, sharing)
    is_known = _none_of(fresh)
    if opening is not None and opening.opens_on is not None and not is_given_anew and kept.height < carried.height:
        is_known = _as_carried(fresh, carried, key)
        if on is not None:
            is_known |= (
                _renewed(fresh, carried, key, sharing) & fresh.select(_is_before(on, opening.opens_on)).to_series()
            )
    frame = _joined(fresh, kept)
    stands = None if places is None else frame[_PLACE]
    frame = frame.drop(_PLACE, strict=False)
    frame = frame.with_row_index("row").with_columns(
        pl.col("row").cast(pl.Int64),
        pl.concat([is_known, pl.repeat(value=True, n=kept.height, dtype=pl.Boolean, eager=True)]).alias("is_opening"),
    )
    repeats = _repeats(frame, key)
    is_repeat = pl.col("row").is_in(repeats.implode()) if repeats.len() else pl.lit(value=False)
    frame = frame.with_columns(is_repeat.alias("is_repeat"))
    if identity is not None:
        frame = frame.drop(_IDENTITY)
    return Side(
        name=name,
        record=record,
        role=role,
        frame=frame,
        given=fresh.height,
        carried=kept.height,
        superseded=carried.height - kept.height,
        waited=fresh.height - given_now.height,
        places=stands,
    )


def with_carried(
    given: FrameLike, record: type[R], opening: CarryForward | None, name: str, *, key: Sequence[str] = ()
) -> Table[R] | None:
    """The rows of a side with those that the run before carried forward; None where there are neither.

    Args:
        given: As `tieout.tables.frame_of` takes it; None for no rows.
        record: The record class.
        opening: What the run before carried forward.
        name: Name of the side there.
        key: Columns that name a record for good: what the input has again is not taken from what was carried. None for all rows.
    """
    if given is None and opening is None:
        return None
    fresh, later, carried = _brought(given, record, opening, name)
    before = pl.concat([later, carried])
    return Table(pl.concat([fresh, _without_older(before, fresh, key, ()) if key else before]), record)


def _brought(
    given: FrameLike, record: type, opening: CarryForward | None, name: str
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """What a caller gives, and what the run before handed on: of days after its period, and what it carried forward."""
    fresh = no_rows(record) if given is None else table_of(given, record).to_polars()
    if opening is None:
        return fresh, no_rows(record), no_rows(record)
    return fresh, opening.later_side(name, record), opening.side(name, record)


def _joined(rows: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    """The rows of both, one after the other."""
    return pl.concat([rows, others]) if others.height else rows


def _without_older(
    older: pl.DataFrame, fresh: pl.DataFrame, key: Sequence[str], sharing: Sequence[str]
) -> pl.DataFrame:
    """The older rows that no newer one takes the place of."""
    if not older.height or not fresh.height:
        return older
    named = fresh.filter(_is_named(key))
    for columns in _names_of(key, sharing):
        older = _not_given_anew(older, named, columns)
    return _not_read_anew(older, fresh, key)


def _none_of(rows: pl.DataFrame) -> pl.Series:
    return pl.repeat(value=False, n=rows.height, dtype=pl.Boolean, eager=True)


def _as_carried(fresh: pl.DataFrame, carried: pl.DataFrame, key: Sequence[str]) -> pl.Series:
    """Which rows of the input say what a carried row of their name, or of their line of a file, says: nothing is new of them."""
    at = pl.int_range(pl.len()).alias("at")
    near = fresh.with_columns(at).join(carried.select(key).unique(), on=list(key), how="semi", nulls_equal=True)
    content = [name for name in fresh.columns if not name.startswith(_OF_SOURCE) and name != _PLACE]
    line = pl.struct(_READ_FROM).struct.json_encode()
    texts = [pl.struct(content).struct.json_encode(), pl.when(~_is_named(key)).then(line)]
    said = pl.concat_str(texts, separator="\x1f", ignore_nulls=True)
    known = carried.select(said.alias("said")).to_series()
    again = near.filter(near.select(said.is_in(known.implode())).to_series())["at"]
    return fresh.select(at.is_in(again.implode()).alias("is_opening")).to_series()


def _renewed(fresh: pl.DataFrame, carried: pl.DataFrame, key: Sequence[str], sharing: Sequence[str]) -> pl.Series:
    """Which rows of the input take the place of a carried one by their name."""
    at = pl.int_range(pl.len()).alias("at")
    named = fresh.with_columns(at).filter(_is_named(key))
    found = [
        named.join(carried.select(columns).unique(), on=columns, how="semi", nulls_equal=True)["at"]
        for columns in _names_of(key, sharing)
    ]
    return fresh.select(at.is_in(pl.concat(found).implode())).to_series()


def _is_before(on: pl.Expr, day: date) -> pl.Expr:
    return (on < day).fill_null(value=True)  # no day tells that it is news


def _names_of(key: Sequence[str], sharing: Sequence[str]) -> list[list[str]]:
    """The columns by which one row takes the place of another: those of the key, with each of those that have to be shared."""
    return [[*key, column] for column in sharing] or [[*key]]


def _not_read_anew(older: pl.DataFrame, fresh: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """The older rows without those that have no name, and whose line the input was read of as well."""
    known = fresh.filter(~_is_named(key)).select(_READ_FROM).drop_nulls(["source_sha256", "source_line"]).unique()
    if not known.height:
        return older
    is_read = pl.lit(value=True).alias("is_read")
    told = older.join(known.with_columns(is_read), on=_READ_FROM, how="left", nulls_equal=True, maintain_order="left")
    return told.filter(_is_named(key) | pl.col("is_read").is_null()).drop("is_read")


def _not_given_anew(carried: pl.DataFrame, named: pl.DataFrame, on: Sequence[str]) -> pl.DataFrame:
    return carried.join(named.select(on), on=list(on), how="anti", nulls_equal=True)


def own(name: str) -> str:
    """The column that keeps what the record itself says under a name that `weighed` takes for the comparison."""
    return f"given_{name}"


def _repeats(frame: pl.DataFrame, key: Sequence[str]) -> pl.Series:
    """Rows that say again what a row before them says: the same key with the same content."""
    is_twice = frame.select((_is_named(key) & (pl.len().over(key) > 1)).alias("is_twice")).to_series()
    if not is_twice.any():
        return frame["row"].clear()
    twice = frame.filter(is_twice)
    content = [name for name in twice.columns if not name.startswith(_OF_SOURCE) and name not in {"row", "is_opening"}]
    said = twice.select("row", pl.struct(content).struct.json_encode().alias("said"))
    return said.filter(pl.int_range(pl.len()).over("said") > 0)["row"]


def _is_named(key: Sequence[str]) -> pl.Expr:
    """Whether a row has its number, or whatever names it within its shop."""
    return pl.all_horizontal(pl.col(column).is_not_null() for column in key if column not in SCOPE)


def parts_of(quantity: pl.Expr) -> pl.Expr:
    """A quantity in whole parts of a piece, as units compare it.

    Args:
        quantity: Exact decimal or whole number, signed.
    """
    return (quantity.cast(pl.Decimal(28, 8)) * PARTS_OF_A_PIECE).cast(pl.Int64)


def quantity_expr(parts: pl.Expr) -> pl.Expr:
    """Parts of a piece as pieces in text, without trailing zeros, for findings.

    Args:
        parts: Integer expression, such as `gap_pieces`.
    """
    digits = parts.abs().cast(pl.String).str.zfill(9)
    sign = pl.when(parts < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    text = pl.concat_str([sign, digits.str.head(-8), pl.lit("."), digits.str.tail(8)])
    return text.str.strip_chars_end("0").str.strip_chars_end(".")


def local_day(column: str, timezone: str) -> pl.Expr:
    """The business day of a moment: its local date in the book's time zone (`domain.md` R2).

    Args:
        column: Name of a column of aware moments.
        timezone: IANA zone.
    """
    return pl.col(column).dt.convert_time_zone(timezone).dt.date()


def first_day(columns: Sequence[str], timezone: str) -> pl.Expr:
    """The business day of the first of some moments that a row knows.

    Args:
        columns: Names of columns of aware moments, the one that counts first.
        timezone: IANA zone.
    """
    return pl.coalesce(local_day(column, timezone) for column in columns)
