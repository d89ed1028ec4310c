"""What does not agree between payouts and the bank: one primary finding for each compared thing, and notes beside them."""

from collections.abc import Sequence

import polars as pl

from tieout.model.currency import exponent
from tieout.reconciliations._common.findings import findings_of
from tieout.reconciliations._common.scope import suggested_ids
from tieout.reconciliations._common.sides import Side

__all__ = [
    "ALIKE",
    "CHARGE",
    "CURRENCY",
    "DUPLICATE",
    "MISMATCH",
    "MISSING",
    "NO_AMOUNT",
    "NO_CURRENCY",
    "RATE",
    "RETURNED",
    "UNKNOWN",
    "amount_notes",
    "unit_findings",
    "with_facts",
]

MISSING = "bank.receipt_missing"
UNKNOWN = "bank.receipt_unknown"
MISMATCH = "bank.amount_mismatch"
DUPLICATE = "bank.duplicate_receipt"
RETURNED = "bank.payout_returned"
CHARGE = "bank.charge"
CURRENCY = "bank.currency_mismatch"
RATE = "fx.rate_out_of_range"
NO_AMOUNT = "data.amount_missing"
NO_CURRENCY = "data.currency_missing"
_RATE_DECIMALS = 6
ALIKE = ("book_id", "account", "currency", "minor", "on", "counterparty", "memo")


def with_facts(units: pl.DataFrame, payouts: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Units with what their payouts and lines say beside the money.

    Adds `converted_minor` (part that was converted), `given_minor` and `given_in` (in the payouts' own currency, where they have
    one), `outcome` (failed or cancelled), `lines_alike` (every line is of the expected amount), `went_back`, `charge_minor` (what
    the bank kept) and `rest_minor` (the gap without it). A charge counts where it explains: where the gap is less without it.

    Args:
        units: With their totals.
        payouts: Compared rows of the left side, with `unit`.
        lines: Compared rows of the right side, with `unit` and `kept_minor`.
    """
    ours = payouts.group_by("unit").agg(
        pl.col("minor").filter("is_converted").sum().alias("converted_minor"),
        pl.col("amount_minor").sum().abs().alias("given_minor"),
        pl.when(pl.col("given_currency").n_unique() == 1).then(pl.col("given_currency").min()).alias("given_in"),
        pl.col("status").filter("has_failed").min().alias("outcome"),
        pl.col("has_failed").all().alias("all_failed"),
    )
    theirs = lines.group_by("unit").agg(
        pl.col("kept_minor").sum().alias("kept_minor"),
        (pl.col("minor") < 0).any().alias("went_back"),
        pl.col("minor").min().alias("least_minor"),
        pl.col("minor").max().alias("most_minor"),
    )
    units = units.join(ours, on="unit", how="left", maintain_order="left").join(
        theirs, on="unit", how="left", maintain_order="left"
    )
    gap, kept = pl.col("gap_minor"), pl.col("kept_minor").fill_null(0)
    explains = (pl.col("expected_rows") > 0) & ((gap + kept).abs() < gap.abs())
    alike = (pl.col("least_minor") == pl.col("expected_minor")) & (pl.col("most_minor") == pl.col("expected_minor"))
    return units.with_columns(
        pl.col("converted_minor").fill_null(0),
        pl.col("went_back").fill_null(value=False),
        pl.col("all_failed").fill_null(value=False),
        (alike & (pl.col("actual_rows") > 1) & (pl.col("expected_minor") != 0))
        .fill_null(value=False)
        .alias("lines_alike"),
        pl.when(explains).then(kept).otherwise(0).alias("charge_minor"),
    ).with_columns((gap + pl.col("charge_minor")).alias("rest_minor"))


def unit_findings(
    sides: tuple[Side, Side], units: pl.DataFrame, pairs: pl.DataFrame, foreign: pl.DataFrame, keys: Sequence[str]
) -> pl.DataFrame:
    """Findings of units with `state`, `allowed_minor` and the columns of `with_facts`.

    Args:
        sides: Payouts and lines, with `unit`.
        units: What is compared.
        pairs: All pairs, for suggestions.
        foreign: Lines that name a payout in another currency.
        keys: Columns that name a unit.
    """
    left, right = sides
    units = units.join(_hints(left, right, pairs), on="unit", how="left", maintain_order="left")
    abroad = pl.concat([_units_of(left, foreign["left"]), _units_of(right, foreign["right"])]).implode()
    is_alone = (pl.col("expected_rows") == 0) | (pl.col("actual_rows") == 0)
    alone = units.filter(is_alone)
    meeting = units.filter(~is_alone).with_columns(_meeting_kind().alias("kind"))
    common = ["state", "due_on", "suggested"]
    return pl.concat(
        [
            findings_of(
                *_of_kind(alone.with_columns(_lone_kind(_again(right, units), abroad))),
                keys=[*keys, "on"],
                evidence=common,
            ),
            findings_of(
                *_of_kind(meeting.filter(~_is_note())), keys=keys, evidence=_amounts(), impact=pl.col("gap_minor")
            ),
            findings_of(
                meeting.filter(_is_note()),
                RETURNED,
                keys=keys,
                evidence=_amounts(),
                factor=pl.col("outcome"),
                note=True,
            ),
            _charges(meeting.filter(pl.col("kind").is_null()), keys),
            _rates(meeting.filter(pl.col("kind").is_null()), keys),
        ]
    )


def amount_notes(payouts: Side, unknown: str, allowed: pl.Expr) -> pl.DataFrame:
    """What payouts say of themselves that cannot be, or does not fit together.

    Args:
        payouts: As `arriving` makes them, with `unit`.
        unknown: Why rows are set aside that do not say what they bring.
        allowed: What a converted amount may differ from the one at the stated rate.
    """
    frame = payouts.frame
    vague = frame.filter(pl.col("aside") == unknown)
    apart = (pl.col("brings_minor") - pl.col("by_rate_minor")).abs() > allowed
    crossed = frame.filter(
        pl.col("aside").is_null() & pl.col("bank_amount_minor").is_not_null() & (apart | (pl.col("fx_rate") <= 0))
    )
    crossed = crossed.with_columns(
        pl.col("brings_minor").alias("actual_minor"),
        pl.col("by_rate_minor").alias("expected_minor"),
        given_in="given_currency",
    )
    names = ("book_id", "platform", "shop_id", "payout_id")
    is_elsewhere = (pl.col("fx_rate") > 0) & (pl.col("currency") == pl.col("given_currency"))
    kind = pl.when(is_elsewhere).then(pl.lit(NO_CURRENCY)).otherwise(pl.lit(NO_AMOUNT))
    rates = [
        pl.col("fx_rate").cast(pl.String).str.strip_chars_end("0").alias("stated_rate"),
        _rate(crossed, "brings_minor", pl.col("amount_minor")).alias("effective_rate"),
    ]
    return pl.concat(
        [
            findings_of(vague, kind, keys=names, evidence=["on"], note=True),
            findings_of(crossed, RATE, keys=names, evidence=rates, note=True),
        ]
    )


def _lone_kind(again: pl.Series, abroad: pl.Series) -> pl.Expr:
    late = pl.col("state").is_in(["late", "missing"])
    return (
        pl.when(pl.col("unit").is_in(abroad))
        .then(pl.lit(CURRENCY))
        .when((pl.col("expected_rows") == 0) & (pl.col("actual_minor") < 0))
        .then(pl.lit(RETURNED))
        .when((pl.col("expected_rows") == 0) & pl.col("unit").is_in(again.implode()))
        .then(pl.lit(DUPLICATE))
        .when(pl.col("expected_rows") == 0)
        .then(pl.lit(UNKNOWN))
        .when(late)
        .then(pl.lit(MISSING))
        .alias("kind")
    )


def _meeting_kind() -> pl.Expr:
    """Of payouts that met lines; null where charge, rate and remainder tell it."""
    nothing_came = (pl.col("actual_minor") == 0) & pl.col("went_back")
    return (
        pl.when(nothing_came)
        .then(pl.lit(RETURNED))
        .when(pl.col("all_failed") & (pl.col("gap_minor") != 0))
        .then(pl.lit(UNKNOWN))
        .when(pl.col("lines_alike"))
        .then(pl.lit(DUPLICATE))
    )


def _is_note() -> pl.Expr:
    """Whether money came and went that was not to stay: named, though nothing differs."""
    return ((pl.col("kind") == RETURNED) & (pl.col("gap_minor") == 0)).fill_null(value=False)


def _of_kind(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.Expr]:
    factor = pl.coalesce("outcome", "state") if "outcome" in rows.columns else pl.col("state")
    return rows.filter(pl.col("kind").is_not_null()).with_columns(factor.alias("factor")), pl.col("kind")


def _amounts() -> list[str]:
    return ["state", "outcome", "suggested"]


def _charges(units: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    kept = units.filter(pl.col("charge_minor") != 0)
    return findings_of(kept, CHARGE, keys=keys, impact=-pl.col("charge_minor"))


def _rates(units: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Converted payouts that brought more or less than their rate and the tolerance allow."""
    off = units.filter((pl.col("converted_minor") != 0) & (pl.col("rest_minor").abs() > pl.col("allowed_minor")))
    came = pl.col("actual_minor") + pl.col("charge_minor")
    off = off.with_columns(came.alias("came_minor"))
    rates = [
        _rate(off, "expected_minor", pl.col("given_minor")).alias("stated_rate"),
        _rate(off, "came_minor", pl.col("given_minor")).alias("effective_rate"),
    ]
    return findings_of(off, RATE, keys=keys, evidence=rates, impact=pl.col("rest_minor"))


def _rate(rows: pl.DataFrame, amount: str, given: pl.Expr) -> pl.Expr:
    """Units of the bank's currency per unit of the payout's, as text with six decimals, rounded down."""
    codes = {*rows["currency"].drop_nulls(), *rows["given_in"].drop_nulls()}
    tens = {code: 10 ** exponent(code) for code in sorted(codes)}
    ours, theirs = (
        pl.col(name).replace_strict(tens, default=100, return_dtype=pl.Int64).cast(pl.Int128)
        for name in ("given_in", "currency")
    )
    whole = pl.col(amount).abs().cast(pl.Int128) * ours * 10**_RATE_DECIMALS
    rate = (whole // (given.abs().cast(pl.Int128) * theirs)).cast(pl.Int64, strict=False)
    digits = rate.cast(pl.String).str.zfill(_RATE_DECIMALS + 1)
    text = pl.concat_str([digits.str.head(-_RATE_DECIMALS), pl.lit("."), digits.str.tail(_RATE_DECIMALS)])
    return pl.when(given != 0).then(text)


def _hints(left: Side, right: Side, pairs: pl.DataFrame) -> pl.DataFrame:
    """For each unit, what is suggested for it."""
    ours = left.frame.select("row", "unit").join(suggested_ids(right.frame, pairs, "right", "bank_ref"), on="row")
    theirs = right.frame.select("row", "unit").join(suggested_ids(left.frame, pairs, "left", "payout_id"), on="row")
    every = pl.concat([ours, theirs]).drop_nulls("suggested").sort("unit", "suggested")
    return every.unique("unit", keep="first", maintain_order=True).select("unit", "suggested")


def _units_of(side: Side, rows: pl.Series) -> pl.Series:
    return side.frame.filter(pl.col("row").is_in(rows.implode()))["unit"]


def _again(right: Side, units: pl.DataFrame) -> pl.Series:
    """Units of lone lines that say what a line with a payout says: booked once more."""
    paid = units.filter((pl.col("expected_rows") > 0) & (pl.col("actual_rows") > 0))["unit"]
    lines = right.compared.with_columns(pl.struct(ALIKE).struct.json_encode().alias("said"))
    is_paid = pl.col("unit").is_in(paid.implode())
    known = lines.filter(is_paid)["said"].unique()
    return lines.filter(~is_paid & pl.col("said").is_in(known.implode()))["unit"]
