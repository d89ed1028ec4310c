"""Pairing: which parcel, or which return, each bill line is for."""

from decimal import Decimal
from functools import cache
from typing import Any

import attrs
import polars as pl

from tieout import keys
from tieout._spark.settings import CHECKPOINT, MAX_LEFTOVERS, is_checkpointed, whole_number
from tieout.errors import InputError, MatcherError
from tieout.matching import Exact, Fuzzy, Matcher, Near, OnSpark, Rule
from tieout.reconciliations._courier.columns import attached
from tieout.reconciliations._courier.sides import Sides
from tieout.reconciliations._courier.whole import FOUND

__all__ = [
    "NUMBER",
    "SAME_NUMBER",
    "Pairing",
    "candidates",
    "found_in_whole",
    "found_on_spark",
    "lost_numbers",
    "matched",
    "matcher",
    "pair_lines",
]

_FUZZY_WEIGHT_G = Decimal(50)  # the weight dispute threshold of domain.md 3.9: less is the same weight
_FUZZY_DAYS = 3
SAME_NUMBER = "same tracking number"
NUMBER = "number"
"""Column of a whole number for each candidate, where they are on Spark."""
_COMES_BACK = ("return_refund", "exchange", "repair", "intercept", "rejected")
"""Kinds of case in which goods travel back."""


@attrs.frozen(kw_only=True)
class Pairing:
    """Which parcel each bill line is for.

    Attributes:
        lines: `Sides.lines` with `parcel` (null when unknown), `rule`, `score`, `nearest` (tracking number of a suggested
            parcel), `is_near_lost`, `case` (return case), `return_parcel` and `bearer` (who pays the way back, as the case says).
        parcels: `Sides.parcels` with `is_twin` (the same parcel listed again, which must not be matched twice) and
            `is_usable` (neither a twin nor another carrier's).
    """

    lines: pl.DataFrame
    parcels: pl.DataFrame


@cache
def matcher() -> Matcher:
    """The rules by which a billed tracking number is a parcel's: the same number, or one corroborated edit away."""
    return Matcher(
        [
            # What differs beside an equal number, its weight above all, is what the audit is about: it casts no doubt on it.
            Rule(SAME_NUMBER, on=[Exact("tracking_no")], doubt=False),
            Rule(
                "tracking number one edit apart",
                on=[Fuzzy("tracking_no", edits=1)],
                given=[Near("weight_g", by=_FUZZY_WEIGHT_G), Near("ship_date", days=_FUZZY_DAYS)],
            ),
            # Nothing corroborates these: they are only named, so that a person need not search.
            Rule("nearest number", on=[Fuzzy("tracking_no", edits=1)]),
        ]
    )


def pair_lines(sides: Sides) -> Pairing:
    """Pair the billed tracking numbers with parcels, then the lines with both."""
    parcels, ours, billed = candidates(sides)
    whole = sides.whole
    named = matched(ours, billed) if whole is None else _told_pairs(ours, billed, whole.found)
    lost = lost_numbers(parcels) if whole is None else whole.lost
    pairs = _near_lost_numbers(_without_billed_before(_pairs(named), ours, sides.history), billed, lost)
    books = parcels.select("parcel", pl.col("book_id").alias("book_of_parcel"))
    lines = attached(attached(sides.lines, pairs, on="key"), books, on="parcel")
    apart = pl.col("is_other_carrier")
    # A number that two books have is one of each: the other book's is named, and no more.
    foreign = (pl.col("book_id") != pl.col("book_of_parcel")).fill_null(value=False)
    lines = lines.with_columns(
        pl.when(~apart & ~foreign).then("parcel").alias("parcel"),
        pl.when(foreign).then("key").otherwise("nearest").alias("nearest"),
        (pl.col("is_near_lost") & ~apart).alias("is_near_lost"),
    ).drop("book_of_parcel")
    return Pairing(lines=_with_returns(lines, sides.returns, parcels), parcels=parcels)


def candidates(sides: Sides) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """All parcels with their marks, and what the rules look at: parcels that can be used, and billed numbers.

    Returns:
        The parcels; of those that can be used `tracking_no`, `ship_date`, `weight_g` and `parcel`; and of the billed numbers the
        first three. A number stands once on either side.
    """
    parcels = _mark_twins(sides)
    billed = (
        sides.lines.filter(pl.col("key").is_not_null() & ~pl.col("is_other_carrier"))
        .group_by("key")
        .agg(
            pl.col("ship_date").min(),
            pl.coalesce("actual_weight_g", "billed_weight_g").max().alias("weight_g"),
        )
        .sort("key")
        .rename({"key": "tracking_no"})
    )
    ours = parcels.filter(pl.col("is_usable") & pl.col("key").is_not_null()).select(
        pl.col("key").alias("tracking_no"), pl.col("pickup_date").alias("ship_date"), "weight_g", "parcel"
    )
    return parcels, ours, billed


def matched(ours: pl.DataFrame, billed: pl.DataFrame) -> pl.DataFrame:
    """What the rules find, of the columns `FOUND` and with `parcel`.

    Args:
        ours: As `candidates` gives them.
        billed: As `candidates` gives them.
    """
    pairs = matcher().match(ours.drop("parcel"), billed).pairs
    return pairs.select(
        billed["tracking_no"].gather(pairs["right"]).alias("key"),
        ours["tracking_no"].gather(pairs["left"]).alias("own"),
        "rule",
        "score",
        "status",
        ours["parcel"].gather(pairs["left"]).alias("parcel"),
    )


def found_in_whole(ours: pl.DataFrame, billed: pl.DataFrame) -> pl.DataFrame:
    """What the rules find beyond equal numbers, of the columns `FOUND`.

    Args:
        ours: As `candidates` gives them.
        billed: As `candidates` gives them.
    """
    ours, billed = ours.drop(NUMBER, strict=False), billed.drop(NUMBER, strict=False)
    every = matched(ours.with_row_index("parcel"), billed).select(list(FOUND))
    return every.filter(pl.col("rule") != SAME_NUMBER)


def found_on_spark(ours: Any, billed: Any) -> pl.DataFrame:  # noqa: ANN401 - pyspark may not be there
    """The same, where the numbers are in DataFrames of Spark: what is brought here is bound by the matcher's `max_leftovers`.

    Args:
        ours: As `candidates` gives them, with `number`, a whole number for each.
        billed: The same of billed numbers.

    Raises:
        InputError: The matcher refuses: too much is left over, or rows moved.
    """
    conf = ours.sparkSession.conf
    engine = OnSpark(
        ids=(NUMBER, NUMBER),
        max_leftovers=whole_number(conf, MAX_LEFTOVERS, OnSpark().max_leftovers),
        checkpoint=is_checkpointed(conf),
    )
    try:
        return _found_on_spark(matcher().match(ours, billed, engine=engine), ours, billed)
    except MatcherError as cause:
        raise InputError(
            cause.problem,
            where=", ".join(filter(None, ["CourierBill on Spark, matching numbers", cause.where])),
            hint=f"max_leftovers is {MAX_LEFTOVERS} of the session; numbers that are not each a record's own "
            f"are of rows that move between readings: set {CHECKPOINT} to true",
        ) from cause


def _found_on_spark(result: Any, ours: Any, billed: Any) -> pl.DataFrame:  # noqa: ANN401
    keys_ = billed.selectExpr(f"{NUMBER} as right", "tracking_no as key")
    owns = ours.selectExpr(f"{NUMBER} as left", "tracking_no as own")
    others = result.pairs.filter(f"rule <> '{SAME_NUMBER}'").join(keys_, "right").join(owns, "left").select(*FOUND)
    found = pl.DataFrame(others.toArrow()).select(pl.col(name).cast(dtype) for name, dtype in FOUND.items())
    result.unpersist()
    return found


def _told_pairs(ours: pl.DataFrame, billed: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """Pairs of a part of a run: equal numbers are all in one part, the others were found in the whole."""
    same = billed.join(ours, on="tracking_no", how="semi", maintain_order="left").select(
        pl.col("tracking_no").alias("key"),
        pl.col("tracking_no").alias("own"),
        pl.lit(SAME_NUMBER).alias("rule"),
        pl.lit(1.0).alias("score"),
        pl.lit("confirmed").alias("status"),
    )
    numbers = ours.select(pl.col("tracking_no").alias("own"), "parcel")
    every = pl.concat([same, found.select(same.columns)])
    return every.join(numbers, on="own", how="left", maintain_order="left")


def _pairs(named: pl.DataFrame) -> pl.DataFrame:
    """One row per billed number that has a parcel or a suggested one."""
    best = (
        named.rename({"own": "nearest"})
        .sort("key", "status", "score", "nearest", descending=[False, False, True, False])
        .unique("key", keep="first", maintain_order=True)
    )
    confirmed = pl.col("status") == "confirmed"
    return best.select(
        "key",
        pl.when(confirmed).then(pl.col("parcel")).alias("parcel"),
        pl.when(confirmed).then(pl.col("rule")).alias("rule"),
        pl.when(confirmed).then(pl.col("score")).alias("score"),
        pl.when(~confirmed).then(pl.col("nearest")).alias("nearest"),
    )


def _without_billed_before(pairs: pl.DataFrame, ours: pl.DataFrame, history: pl.DataFrame) -> pl.DataFrame:
    """A parcel that an earlier bill charged under its right number needs no damaged one: such a pair is a suggestion."""
    before = ours.join(history.select(pl.col("key").alias("tracking_no")).unique(), on="tracking_no", how="semi")
    doubtful = (pl.col("rule") != SAME_NUMBER) & pl.col("parcel").is_in(before["parcel"].implode())
    numbers = ours.select("parcel", pl.col("tracking_no").alias("own"))
    return (
        pairs.join(numbers, on="parcel", how="left", maintain_order="left")
        .with_columns(doubtful.fill_null(value=False).alias("doubtful"))
        .with_columns(
            pl.when("doubtful").then(pl.col("own")).otherwise("nearest").alias("nearest"),
            *(pl.when(~pl.col("doubtful")).then(name).alias(name) for name in ("parcel", "rule", "score")),
        )
        .drop("own", "doubtful")
    )


def lost_numbers(parcels: pl.DataFrame) -> pl.DataFrame:
    """Our own numbers that a spreadsheet cut short, of the columns `LOST`."""
    return (
        parcels.filter("precision_lost")
        .select("tracking_no", keys.damage_expr(pl.col("tracking_no")).struct.field("prefix").alias("prefix"))
        .filter(pl.col("prefix").str.len_chars() > 0)
        .unique()
        .sort("prefix", "tracking_no")
    )


def _near_lost_numbers(pairs: pl.DataFrame, billed: pl.DataFrame, lost: pl.DataFrame) -> pl.DataFrame:
    """Add `is_near_lost`: billed numbers that one of our own, cut short by a spreadsheet, may have been.

    Such a parcel is listed, and its charge is not: nobody can say whose it is.
    """
    numbers = billed.select(pl.col("tracking_no").alias("key")).join(pairs, on="key", how="left", maintain_order="left")
    found = [pl.DataFrame(schema={"key": pl.String, "lost": pl.String})]
    for length in lost["prefix"].str.len_chars().unique().sort():
        heads = numbers.filter(pl.col("parcel").is_null()).select("key", pl.col("key").str.head(length).alias("prefix"))
        found.append(heads.join(lost, on="prefix").select("key", pl.col("tracking_no").alias("lost")))
    near = pl.concat(found).unique("key", keep="first", maintain_order=True)
    return (
        numbers.join(near, on="key", how="left", maintain_order="left")
        .with_columns(
            pl.coalesce("nearest", "lost").alias("nearest"), pl.col("lost").is_not_null().alias("is_near_lost")
        )
        .drop("lost")
    )


def _mark_twins(sides: Sides) -> pl.DataFrame:
    """Parcels under a number that stands twice: the one nearest to the bill's day is meant, the others are twins.

    Couriers use numbers again after a year or two, and exports list a parcel twice; position must not decide.
    """
    several = sides.parcels.filter(pl.col("key").is_not_null() & (pl.len().over("key", "is_other_carrier") > 1))
    days = sides.lines.join(several.select("key").unique(), on="key", how="semi").group_by("key")
    content = [name for name in sides.parcels.columns if name not in {"parcel", "requested", "pieces", "lines"}]
    order = ["distance", "pickup_date", "source_file", "source_line", *content]
    ranked = (
        several.join(
            days.agg(pl.col("ship_date").min().alias("billed_date")), on="key", how="left", maintain_order="left"
        )
        .with_columns((pl.col("pickup_date") - pl.col("billed_date")).abs().alias("distance"))
        .sort(*dict.fromkeys(order), nulls_last=True, maintain_order=True)
        .filter(pl.int_range(pl.len()).over("key", "is_other_carrier") > 0)
    )
    twin = pl.col("parcel").is_in(ranked["parcel"].implode())
    return sides.parcels.with_columns(twin.alias("is_twin"), (~twin & ~pl.col("is_other_carrier")).alias("is_usable"))


def _with_returns(lines: pl.DataFrame, returns: pl.DataFrame | None, parcels: pl.DataFrame) -> pl.DataFrame:
    """Lines whose number is a return's own number go to the return's leg (`domain.md` 3.9 test 3)."""
    if returns is None:
        nothing = pl.lit(None, dtype=pl.Int64)
        return lines.with_columns(
            nothing.alias("case"),
            nothing.alias("return_parcel"),
            pl.lit(None, dtype=pl.String).alias("bearer"),
            has_return=pl.lit(value=False),
        )
    outward = parcels.filter(pl.col("is_usable")).select(pl.col("key").alias("outbound_key"), pl.col("parcel"))
    by_return = (
        returns.filter(pl.col("return_key").is_not_null())
        .sort("return_id")
        .unique("return_key", keep="first", maintain_order=True)
        .join(outward, on="outbound_key", how="left")
        .select(
            pl.col("return_key").alias("key"),
            pl.col("case").cast(pl.Int64),
            pl.col("parcel").cast(pl.Int64).alias("return_parcel"),
            pl.col("freight_bearer").alias("own_bearer"),
        )
    )
    dropped = pl.col("status").is_in(["cancelled", "rejected"]).fill_null(value=False)
    by_outward = (
        returns.filter(pl.col("outbound_key").is_not_null() & pl.col("kind").is_in(_COMES_BACK) & ~dropped)
        .sort("return_id")
        .group_by(pl.col("outbound_key").alias("key"))
        # Where one of several cases is the merchant's to pay, nothing says that the leg is another's.
        .agg(pl.col("freight_bearer").fill_null("merchant").unique().sort().alias("bearers"))
        .select("key", pl.when(pl.col("bearers").list.len() == 1).then(pl.col("bearers").list.first()).alias("bearer"))
    )
    of_parcel = by_outward.with_columns(has_return=pl.lit(value=True))
    paired = attached(attached(lines, by_return, on="key"), of_parcel, on="key")
    own_number = pl.col("parcel").is_null() & pl.col("case").is_not_null()
    return paired.with_columns(
        pl.coalesce("own_bearer", "bearer").alias("bearer"),
        pl.when(own_number & (pl.col("leg") == "outbound")).then(pl.lit("return")).otherwise("leg").alias("leg"),
        (pl.col("has_return").fill_null(value=False) | pl.col("case").is_not_null()).alias("has_return"),
    ).drop("own_bearer")
