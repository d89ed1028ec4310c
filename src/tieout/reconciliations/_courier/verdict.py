"""Verdicts: the decision procedure of `domain.md` 3.9, up to the point where a price is simply different."""

import polars as pl

from tieout.reconciliations._courier.columns import attached

__all__ = [
    "BILL_LEVEL",
    "RETURN_FREIGHT",
    "SAME_NUMBER_DAYS",
    "UNRATED_TYPES",
    "borne_by_others_expr",
    "goes_back_expr",
    "mark_duplicates",
    "mark_reversals",
    "needs_return_expr",
    "verdicts",
    "with_fee_names",
]

RETURN_FREIGHT = "courier.return_freight_not_ours"
BILL_LEVEL = (
    "late_payment",
    "payment_processing",
    "rebate",
    "shortfall",
    "adjustment",
    "discount",
    "tax",
    "other",
    "label",
)
"""Charge types that may stand on a bill without a tracking number."""
_RETURN_LEGS = ["return", "intercept"]
_OTHER_BEARERS = ["buyer", "insurance", "platform", "courier"]
SAME_NUMBER_DAYS = 366  # couriers use a number again after a year or so (domain.md 2.1)
_DUPLICATE_KEY = ["carrier", "key", "charge_type", "leg", "fee_name", "currency"]
_FIRST = ("first_line", "first_bill", "first_source", "first_amount_minor")
_NAMED_APART = ["other", "adjustment", "tax"]
"""Charge types that hold several fees: there only the courier's own name tells that a fee came twice."""
_CONTENT_ORDER = ["bill_date", "bill_no", "ship_date", "source_file", "source_sheet", "source_line", "amount_minor"]
_UNRATED = {
    "weight_missing": "data.weight_missing",
    "zone_missing": "data.zone_missing",
    "version_missing": "data.rate_missing",
    "service_unknown": "data.service_unknown",
    "price_missing": "data.rate_missing",
}
UNRATED_TYPES = (*dict.fromkeys(_UNRATED.values()), "data.other_carrier")
"""Types of lines that this contract cannot re-rate: nothing is expected of them but a person's look."""


def with_fee_names(lines: pl.DataFrame, invoices: pl.DataFrame) -> pl.DataFrame:
    """Lines with `fee_name`, by which a fee is told from others of its type, and `bill_date`, by which bills are in order."""
    dates = invoices.select("bill_no", pl.coalesce("period_start", "invoice_date", "period_end").alias("bill_date"))
    dates = dates.unique("bill_no", keep="first", maintain_order=True)
    named = pl.when(pl.col("charge_type").is_in(_NAMED_APART)).then(pl.col("description")).otherwise(pl.lit(""))
    return attached(lines, dates, on="bill_no").with_columns(named.alias("fee_name"))


def mark_reversals(lines: pl.DataFrame, history: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Both with `is_reversed`: a charge and the negative line of the same type that takes it back, pair by pair.

    Couriers correct by storno, often on the next bill, so that a charge of an earlier bill may be taken back by this one.
    """
    needed = [*dict.fromkeys(["line", *_DUPLICATE_KEY, *_CONTENT_ORDER, "is_credit", "is_credit_type"])]
    both = pl.concat(
        [
            history.select(*needed, pl.lit(value=True).alias("is_past")),
            lines.select(*needed, pl.lit(value=False).alias("is_past")),
        ]
    )
    pair = [*_DUPLICATE_KEY, "magnitude"]
    may_pair = pl.col("key").is_not_null() & ~pl.col("is_credit_type") & (pl.col("amount_minor") != 0)
    credited = both.filter(may_pair & pl.col("is_credit")).select("key").unique()
    numbered = (
        both.filter(may_pair)
        .join(credited, on="key", how="semi", maintain_order="left")
        .with_columns(pl.col("amount_minor").abs().alias("magnitude"), (~pl.col("is_past")).alias("is_now"))
        .sort("is_now", *_CONTENT_ORDER, nulls_last=True, maintain_order=True)
        .with_columns(pl.int_range(pl.len()).over([*pair, "is_credit"]).alias("nth"))
    )
    taken_back = numbered.filter(pl.col("is_credit")).join(
        numbered.filter(~pl.col("is_credit")), on=[*pair, "nth"], suffix="_charge", nulls_equal=True
    )
    marked = pl.concat(
        [
            taken_back.select("line", "is_past"),
            taken_back.select(pl.col("line_charge").alias("line"), pl.col("is_past_charge").alias("is_past")),
        ]
    )
    past, now = (marked.filter(pl.col("is_past") == flag)["line"].implode() for flag in (True, False))
    return (
        lines.with_columns(pl.col("line").is_in(now).alias("is_reversed")),
        history.with_columns(pl.col("line").is_in(past).alias("is_reversed")),
    )


def mark_duplicates(lines: pl.DataFrame, history: pl.DataFrame) -> pl.DataFrame:
    """Lines with `is_duplicate` and the `first_` columns of `_FIRST`: charged before, here or on an earlier bill.

    `first_line` is the line of this run that came first, null when it stands on an earlier bill; `first_source` is its place,
    file and line; `first_amount_minor` is what was charged before in all. Which of two equal lines is the first is decided by
    bill, date and place in the file.
    """
    counts = pl.col("key").is_not_null() & (pl.col("amount_minor") > 0)
    counts = counts & ~pl.col("is_credit_type") & ~pl.col("is_reversed")
    apart = (pl.col("ship_date") - pl.col("ship_date").first().over(_DUPLICATE_KEY)).dt.total_days().abs()
    several = counts & (pl.len().over("key") > 1)
    ranked = (
        lines.select(*dict.fromkeys(["line", "key", *_DUPLICATE_KEY, *_CONTENT_ORDER, "is_credit_type", "is_reversed"]))
        .filter(several)
        .sort(*_CONTENT_ORDER, nulls_last=True, maintain_order=True)
        .with_columns(
            pl.int_range(pl.len()).over(_DUPLICATE_KEY).alias("nth"),
            pl.col("line").first().over(_DUPLICATE_KEY).alias("first_line"),
            pl.col("bill_no").first().over(_DUPLICATE_KEY).alias("first_bill"),
            _place().first().over(_DUPLICATE_KEY).alias("first_source"),
            pl.col("amount_minor").first().over(_DUPLICATE_KEY).alias("first_amount_minor"),
            apart.alias("apart"),
        )
        .filter((pl.col("nth") > 0) & ((pl.col("apart") <= SAME_NUMBER_DAYS) | pl.col("apart").is_null()))
        .select("line", *_FIRST)
    )
    earlier = _earlier_charges(lines.filter(counts), history)
    found = pl.concat([earlier, ranked.join(earlier, on="line", how="anti")])
    return attached(lines, found, on="line").with_columns(
        pl.col("first_amount_minor").is_not_null().alias("is_duplicate")
    )


def _place() -> pl.Expr:
    """Where a line stands, in words."""
    return pl.format("{}:{}", "source_file", "source_line")


def _earlier_charges(lines: pl.DataFrame, history: pl.DataFrame) -> pl.DataFrame:
    """Lines whose key an earlier bill charged within the life of a number, less what it gave back of it."""
    past = history.filter(pl.col("key").is_not_null() & ~pl.col("is_credit_type") & ~pl.col("is_reversed"))
    past = past.select(*_DUPLICATE_KEY, "bill_no", "amount_minor", "ship_date", _place().alias("first_source"))
    apart = (pl.col("ship_date") - pl.col("ship_date_past")).dt.total_days().abs()
    lines = lines.select(*dict.fromkeys(["line", "ship_date", "bill_no", "amount_minor", *_DUPLICATE_KEY]))
    return (
        lines.join(past, on=_DUPLICATE_KEY, suffix="_past", nulls_equal=True)
        .filter((apart <= SAME_NUMBER_DAYS) | apart.is_null())
        .sort("line", "ship_date_past", "bill_no_past", "amount_minor_past", "first_source", nulls_last=True)
        .group_by("line", maintain_order=True)
        .agg(
            pl.lit(None, dtype=pl.Int64).alias("first_line"),
            pl.col("bill_no_past").first().alias("first_bill"),
            pl.col("first_source").first(),
            pl.col("amount_minor_past").sum().alias("first_amount_minor"),
        )
        .filter(pl.col("first_amount_minor") > 0)
    )


def verdicts(lines: pl.DataFrame, *, currency: str) -> pl.DataFrame:
    """Lines with `type`: the first test of `domain.md` 3.9 that each fails before prices are compared.

    Null means that the price decides; `"agreed"` means that nothing is expected of it, as for credits.

    Args:
        lines: Lines with the marks of this module, `problem`, `covers`, `in_contract`, `version`,
            `is_cancelled`, `is_netted`, `lacks_return`, `is_borne_by_others`.
        currency: The contract's currency.
    """
    no_parcel = pl.col("unit").is_null()
    credit = pl.col("is_credit_type") & pl.col("is_credit")
    bill_level = pl.col("key").is_null() & pl.col("charge_type").is_in(BILL_LEVEL)
    credited = credit | (pl.col("is_credit") & pl.col("key").is_null())
    steps: list[tuple[pl.Expr, str]] = [
        (pl.col("precision_lost"), "data.id_precision_lost"),
        (pl.col("is_other_carrier"), "data.other_carrier"),
        (pl.col("currency") != currency, "courier.currency_mismatch"),
        (pl.col("charge_type") == "late_payment", "courier.late_fee"),
        (pl.col("is_reversed") | pl.col("is_netted") | (pl.col("amount_minor") == 0), "agreed"),
        (credited & pl.col("key").is_null(), "agreed"),
        (bill_level & pl.col("is_expected_monthly"), "agreed"),
        (bill_level & ~pl.col("in_contract"), "courier.surcharge_not_in_contract"),
        (pl.col("key").is_null(), "courier.unreadable"),
        (pl.col("is_duplicate"), "courier.duplicate"),
        (credit & ~no_parcel, "agreed"),
        (no_parcel, "courier.not_ours"),
        (pl.col("is_cancelled"), "courier.cancelled_label_billed"),
        (pl.col("lacks_return"), "courier.return_without_record"),
        (pl.col("is_borne_by_others"), RETURN_FREIGHT),
        (~pl.col("in_contract") & pl.col("version").is_not_null(), "courier.surcharge_not_in_contract"),
        *((pl.col("problem") == problem, code) for problem, code in _UNRATED.items()),
        (pl.col("is_credit") & ~pl.col("covers"), "agreed"),
        (pl.col("charge_type") == "adjustment", "courier.unexplained"),
        (~pl.col("covers"), "courier.surcharge_not_applicable"),
    ]
    first = pl.lit(None, dtype=pl.String)
    for test, code in reversed(steps):
        first = pl.when(test.fill_null(value=False)).then(pl.lit(code)).otherwise(first)
    return lines.with_columns(first.alias("type"))


def goes_back_expr() -> pl.Expr:
    """Whether a line is for a way back, or for both ways in one figure."""
    return pl.col("leg").is_in([*_RETURN_LEGS, "round_trip"])


def needs_return_expr() -> pl.Expr:
    """Whether a line is for a way back that a case or a parcel's own stage must explain."""
    explained = pl.col("status").is_in(["rejected", "intercepting", "returning", "returned"]).fill_null(value=False)
    return goes_back_expr() & ~explained & (pl.col("direction") != "return").fill_null(value=True)


def borne_by_others_expr() -> pl.Expr:
    """Whether a line is for a way back that the case says another than the merchant pays."""
    return goes_back_expr() & pl.col("bearer").is_in(_OTHER_BEARERS).fill_null(value=False)
