"""Findings of a courier's bill: discrepancies of bill lines and parcels, with reasons and evidence."""

from collections.abc import Sequence
from decimal import Decimal

import polars as pl

from tieout.model.currency import exponent
from tieout.reconciliations._common.findings import findings_of, no_findings
from tieout.reconciliations._courier.columns import attached
from tieout.reconciliations._courier.expected import Rating
from tieout.reconciliations._courier.netting import OF_FREIGHT
from tieout.reconciliations._courier.notes import NOTE_TYPES
from tieout.reconciliations._courier.verdict import RETURN_FREIGHT
from tieout.tariffs import RateCard

__all__ = ["NOT_CLAIMABLE", "graded", "line_findings", "owed_findings", "record_findings", "with_claims"]

NOT_CLAIMABLE = (
    "courier.undercharged",
    "courier.underweight",
    "courier.unbilled",
    *NOTE_TYPES,
    "courier.late_fee",
    "courier.unreadable",
    "data.id_precision_lost",
    "data.weight_missing",
    "data.zone_missing",
    "data.rate_missing",
    "data.service_unknown",
    "data.other_carrier",
    "courier.currency_mismatch",
    "courier.bill_total_mismatch",
    "courier.bill_count_mismatch",
    "data.duplicate_shipment",
    "data.number_missing",
)
"""Types that the courier owes nothing for until a person has looked."""
_HIGH_UNITS = 50  # domain.md 3.9: an impact of more than 50 units is high
_CRITICAL_UNITS = 5000  # domain.md 6.3


def kilograms(column: str) -> pl.Expr:
    """Grams as kilograms in text, without trailing zeros."""
    text = (pl.col(column).cast(pl.Decimal(28, 8)) / 1000).cast(pl.Decimal(28, 11)).cast(pl.String)
    return text.str.strip_chars_end("0").str.strip_chars_end(".")


def line_findings(lines: pl.DataFrame, rating: Rating) -> pl.DataFrame:
    """One finding per line that has a type.

    Args:
        lines: Lines with verdicts, `expected_minor`, and the marks of attribution.
        rating: What was rated, for the evidence.
    """
    wrong = _facts(lines.filter(pl.col("type").is_not_null() & (pl.col("type") != "agreed")), rating)
    # Sentences are not made of no rows: Polars 2.1 panics where texts without any meet literals.
    if not wrong.height:
        return no_findings()
    found = findings_of(
        wrong,
        pl.col("type"),
        keys=_line_keys(),
        evidence=_line_evidence(),
        impact=pl.col("amount_minor") - pl.col("settled_minor"),
        actual_minor=pl.col("amount_minor"),
        unit=pl.col("line"),
        stated=_line_reason(),
        secondary=pl.col("notes").list.set_difference(pl.concat_list("type")),
    )
    return found.with_columns(pl.col("type").is_in(NOTE_TYPES).alias("is_note"))


def _facts(lines: pl.DataFrame, rating: Rating) -> pl.DataFrame:
    ours = rating.rows.select(
        "row",
        "unit",
        "leg",
        "bill_zone",
        pl.col("service").alias("our_service"),
        pl.col("source_file").alias("parcel_file"),
        pl.col("source_line").alias("parcel_line"),
    ).join(
        rating.rated.parcels.select(
            "row",
            "version",
            pl.col("zone").alias("our_zone"),
            pl.col("other_zones").list.join(" or "),
            "divisor",
            pl.col("other_divisors").list.join(" or "),
            pl.col("actual_weight_g").alias("our_weight_g"),
            "volumetric_weight_g",
            pl.col("chargeable_weight_g").alias("our_chargeable_weight_g"),
            pl.col("billing_weight_g").alias("our_billing_weight_g"),
        ),
        on="row",
    )
    first_leg = lines.with_columns(pl.col("rate_legs").list.first().alias("rate_leg"))
    return attached(first_leg, ours.drop("row"), on=["unit", "rate_leg"], right_on=["unit", "leg"])


def _other_terms() -> pl.Expr:
    """The zones and divisors that may hold, in words."""
    zone = pl.format("zone may be {} instead of {}", "other_zones", "our_zone")
    divisor = pl.format("divisor may be {} instead of {}", "other_divisors", "divisor")
    known = [
        pl.when(pl.col(f"other_{name}s") != "").then(text) for name, text in (("zone", zone), ("divisor", divisor))
    ]
    return pl.concat_str(known, separator=", and its ", ignore_nulls=True)


def with_claims(
    lines: pl.DataFrame, rating: Rating, card: RateCard, off: Sequence[str], *, knows_returns: bool
) -> pl.DataFrame:
    """Lines with `claimable` and `disputed_minor`, what the courier is asked to give back.

    Args:
        lines: Lines with their types.
        rating: What they should be.
        card: The contract.
        off: Types of which nothing is claimed.
        knows_returns: Whether returns are known: without them a parcel that is not ours may be one that came back.
    """
    is_more = pl.col("amount_minor") > pl.col("settled_minor")
    over = lines.filter(pl.col("type").is_not_null() & is_more)
    worth = _worth_disputing(card.terms.weight_dispute_kg * 1000, card.terms.weight_dispute_percent)
    owed = _is_owed(knows_returns=knows_returns) & worth & ~pl.col("type").is_in(off) & is_more
    claimed = _facts(over, rating).filter(owed)["line"].implode()
    disputed = pl.when("claimable").then(pl.col("amount_minor") - pl.col("settled_minor")).otherwise(0)
    marked = lines.with_columns(pl.col("line").is_in(claimed).alias("claimable"))
    return marked.with_columns(disputed.alias("disputed_minor"))


def _is_owed(*, knows_returns: bool) -> pl.Expr:
    """Whether the courier owes the impact for certain: what may be our own fault, or may be owed by us, is only listed."""
    found = pl.col("type").is_not_null() & (pl.col("type") != "agreed") & ~pl.col("type").is_in(NOT_CLAIMABLE)
    paid_before = pl.col("first_amount_minor") >= pl.col("due_minor")
    same = pl.col("first_amount_minor") == pl.col("amount_minor")
    repeated = (pl.col("type") != "courier.duplicate") | same | paid_before.fill_null(value=False)
    may_be_ours = pl.col("is_near_lost").fill_null(value=False) | pl.lit(not knows_returns)
    unknown = (pl.col("type") == "courier.not_ours") & may_be_ours
    others_way = (pl.col("type") == RETURN_FREIGHT) & (pl.col("bearer") != "courier")
    nameless = pl.col("key").is_null() & pl.col("charge_type").is_in(["tax", "adjustment", "other"])
    return found & repeated & ~unknown & ~nameless & ~others_way


def _worth_disputing(dispute_g: Decimal, dispute_percent: Decimal) -> pl.Expr:
    """Whether a heavier weight is beyond the dispute threshold and changes what is billed (`domain.md` 3.9).

    Args:
        dispute_g: Difference in grams that is not disputed.
        dispute_percent: Difference in percent of our chargeable weight that is not disputed.
    """
    ours = pl.col("our_chargeable_weight_g")
    over = pl.coalesce("actual_weight_g", "billed_weight_g") - ours
    share = pl.lit(dispute_percent / 100, dtype=pl.Decimal(18, 8))
    limit = pl.max_horizontal(pl.lit(dispute_g, dtype=pl.Decimal(28, 8)), (ours * share).cast(pl.Decimal(28, 8)))
    heavier = (over > limit) & (pl.col("alt_billing_weight_g") != pl.col("our_billing_weight_g"))
    by_weight = pl.col("factor").str.contains("weight", literal=True).fill_null(value=False)
    return ~by_weight | heavier.fill_null(value=True)


def record_findings(states: pl.DataFrame, parcels: pl.DataFrame) -> pl.DataFrame:
    """Parcels whose record cannot be used: listed twice, or without a readable number.

    Args:
        states: One word per parcel.
        parcels: Parcels of the pairing, with `unit`, `tracking`, `ship_date` and `parcel_status`.
    """
    kinds = {"listed_twice": "data.duplicate_shipment", "no_number": "data.number_missing"}
    bad = parcels.join(states.filter(pl.col("state").is_in(list(kinds))), on="parcel", how="inner")
    kind = (
        pl.when(pl.col("precision_lost"))
        .then(pl.lit("data.id_precision_lost"))
        .otherwise(pl.col("state").replace_strict(kinds, default=None))
    )
    return findings_of(
        bad.drop("pieces").with_columns(pl.lit(None, dtype=pl.String).alias("charge_type")),
        kind,
        keys=_OWED_KEYS[:4],
        evidence=["parcel_status"],
        note=True,
        on=pl.col("pickup_date"),
        expected_minor=pl.lit(0),
        actual_minor=pl.lit(0),
        stated=pl.lit("the parcel's record cannot be used as it is"),
        claimable=pl.lit(value=False),
    )


def _line_keys() -> list[pl.Expr | str]:
    return [
        "bill_no",
        "carrier",
        pl.coalesce("key", "tracking_no").alias("tracking_no"),
        "charge_type",
        "leg",
        "order_id",
        pl.col("ship_date").cast(pl.String),
    ]


def _line_evidence() -> list[pl.Expr | str]:
    return [
        kilograms("our_weight_g").alias("our_weight_kg"),
        kilograms("billed_weight_g").alias("billed_weight_kg"),
        pl.col("weight_kind").alias("billed_weight_kind"),
        kilograms("volumetric_weight_g").alias("our_volumetric_weight_kg"),
        kilograms("our_billing_weight_g").alias("our_billing_weight_kg"),
        kilograms("alt_billing_weight_g").alias("explaining_weight_kg"),
        "our_zone",
        pl.coalesce("zone_billed", "bill_zone").alias("billed_zone"),
        pl.col("version").alias("rate_version"),
        pl.col("detail").alias("explained_by"),
        pl.col("also").alias("also_explained_by"),
        "bearer",
        pl.coalesce("first_bill", "first_source").alias("first_bill"),
        pl.col("first_amount_minor").cast(pl.String),
        pl.col("nearest").alias("nearest_tracking_no"),
        "rule",
        pl.when(pl.col("parcel_file").is_not_null())
        .then(pl.concat_str(["parcel_file", pl.lit(":"), pl.col("parcel_line").cast(pl.String)]))
        .alias("parcel_source"),
    ]


def _line_reason() -> pl.Expr:
    """One sentence per type; a null in it falls back to the bare sentence."""
    known = {
        "courier.unreadable": pl.lit("the line has no readable tracking number"),
        "data.id_precision_lost": pl.lit("the tracking number was turned into scientific notation and lost digits"),
        "courier.currency_mismatch": pl.format("billed in {}, the contract is in another currency", "currency"),
        "courier.late_fee": pl.lit("a fee for late payment"),
        "courier.duplicate": pl.when(pl.col("first_amount_minor") == pl.col("amount_minor"))
        .then(pl.format("already charged {}", _first()))
        .otherwise(pl.format("charged {} at another amount; possibly a supplement", _first())),
        "courier.not_ours": _or(
            pl.format("no parcel of ours; the nearest number is {}", "nearest"), "no parcel of ours has this number"
        ),
        "courier.cancelled_label_billed": pl.lit("the label was voided and never handed over"),
        "courier.return_without_record": pl.lit("a return is billed, no return or interception is on record"),
        "courier.return_freight_not_ours": pl.format("the way back is billed, which is to be paid by: {}", "bearer"),
        "courier.surcharge_not_in_contract": pl.format("the contract knows no charge {}", "charge_type"),
        "data.other_carrier": pl.format("a charge of {}, which is not this contract's carrier", "carrier"),
        "courier.surcharge_not_applicable": pl.format("the parcel does not meet the condition of {}", "charge_type"),
        "courier.overweight": pl.format(
            "billed at {} kg, ours weighs {} kg", kilograms("billed_weight_g"), kilograms("our_weight_g")
        ),
        "courier.underweight": pl.format(
            "billed at {} kg, ours weighs {} kg", kilograms("billed_weight_g"), kilograms("our_weight_g")
        ),
        "courier.wrong_zone": pl.format(
            "billed as zone {}, the parcel goes to zone {}", pl.coalesce("zone_billed", "bill_zone"), "our_zone"
        ),
        "courier.wrong_rate_version": pl.format(
            "billed by another version than {}, which holds on the pickup day", "version"
        ),
        "courier.wrong_divisor": pl.format(
            "the volumetric weight is {} kg by the contract's divisor {}", kilograms("volumetric_weight_g"), "divisor"
        ),
        "courier.wrong_rounding": pl.format(
            "the contract rounds our weight or sizes to {} kg", kilograms("our_billing_weight_g")
        ),
        "courier.wrong_service": pl.format("billed as service {}, shipped as {}", "service", "our_service"),
        "courier.discount_missing": pl.lit("the contract's discount was not applied"),
        "courier.wrong_fuel": pl.lit("the fuel surcharge is not the contract's"),
        "courier.surcharge_amount_wrong": pl.format(
            "{} is charged at another amount than the contract's", "charge_type"
        ),
        "courier.multi_factor": pl.format("two things differ: {}", "factor"),
        "courier.unexplained": pl.lit("no single or double change of the contract's factors gives this amount"),
        "courier.undercharged": pl.lit("less was billed than the contract says; a correction may follow"),
        "courier.period_mismatch": pl.format(
            "shipped on {}, outside the period of the bill", pl.col("ship_date").cast(pl.String)
        ),
        "courier.wrong_account": pl.format("billed to account {}, shipped by another", "account_no"),
        "courier.vat_rate_mismatch": pl.lit("the bill's VAT rate is not the contract's"),
        "courier.line_arithmetic": pl.lit("list price less discount is not what is charged"),
        "courier.wrong_dimensions": pl.lit("the courier measured other sides than ours"),
        "data.route_missing": pl.format(
            "where the parcel left or went is not on record, so that its {}", _other_terms()
        ),
        "data.condition_missing": pl.when(pl.col("charge_type").is_in(OF_FREIGHT))
        .then(pl.lit("the freight rests on the parcel's sides or its address, which are not on our record"))
        .otherwise(pl.format("our records do not tell whether the parcel meets the condition of {}", "charge_type")),
        "data.weight_missing": pl.lit("our records hold no weight of this parcel, so it cannot be re-rated"),
        "data.zone_missing": pl.lit("our records do not lead to a price zone, so it cannot be re-rated"),
        "data.rate_missing": pl.lit("the contract has no price for this parcel on its pickup day"),
        "data.service_unknown": pl.lit("the contract does not know the parcel's service"),
    }
    reason = pl.lit(None, dtype=pl.String)
    for code, sentence in known.items():
        reason = (
            pl.when(pl.col("type") == code)
            .then(_or(sentence, code.partition(".")[2].replace("_", " ")))
            .otherwise(reason)
        )
    return reason


def _first() -> pl.Expr:
    """Where a charge was made first: its bill, where bills have no numbers its line."""
    return pl.coalesce(pl.format("on bill {}", "first_bill"), pl.format("in line {}", "first_source"))


def _or(sentence: pl.Expr, bare: str) -> pl.Expr:
    return sentence.fill_null(pl.lit(bare))


_OWED_KEYS: tuple[pl.Expr | str, ...] = (
    "carrier",
    pl.col("tracking").alias("tracking_no"),
    "charge_type",
    pl.col("ship_date").cast(pl.String),
    "month",
    "bill_no",
    "claim",
)
_SENTENCES = {
    "courier.unbilled": "shipped, and on no bill",
    "courier.lost_not_compensated": "lost, and not compensated as the contract says",
    "courier.damage_not_compensated": "damaged, and not compensated as the contract says",
    "courier.cod_not_remitted": "cash was collected and not remitted",
    "courier.cod_amount_mismatch": "the cash remitted is not the cash to collect",
    "courier.late_delivery_no_credit": "signed after the guaranteed day, and not credited",
    "courier.credit_missing": "a credit was promised and is on no bill",
}


def owed_findings(owed: pl.DataFrame) -> pl.DataFrame:
    """Findings of what did not come, one for each row that has a type.

    Args:
        owed: As `owed_rows` gives it.
    """
    late = owed.filter(pl.col("type").is_not_null())
    of_parcel = pl.when(pl.col("type") == "courier.undercharged").then(
        pl.lit("the contract charges it, the bill does not; a correction may follow")
    )
    of_month = pl.when(pl.col("month").is_not_null()).then(
        pl.format("the contract makes the month's {} another amount than the bill", "charge_type")
    )
    if not late.height:
        return no_findings()
    sentence = pl.col("type").replace_strict(_SENTENCES, default=None, return_dtype=pl.String)
    claimable = ~pl.col("type").is_in(NOT_CLAIMABLE) & (pl.col("actual_minor") > pl.col("expected_minor"))
    return findings_of(
        late,
        pl.col("type"),
        keys=_OWED_KEYS,
        evidence=["detail", "parcel_status", "formula", "state", pl.col("due_on").cast(pl.String)],
        impact=pl.col("gap_minor"),
        stated=pl.coalesce(of_month, of_parcel, sentence),
        claimable=claimable,
    )


def graded(findings: pl.DataFrame) -> pl.DataFrame:
    """Findings with `severity`: an impact of more than 50 units of its currency is high (`domain.md` 3.9)."""
    codes = findings["currency"].drop_nulls().unique().to_list()
    return findings.with_columns(_severity(codes).alias("severity"))


def _severity(codes: list[str]) -> pl.Expr:
    size = pl.col("impact_minor").abs()
    info = pl.col("type").is_in(["courier.undercharged", "courier.underweight"])
    unit = pl.col("currency").replace_strict({code: 10 ** exponent(code) for code in codes}, default=100)
    data = pl.col("type").str.starts_with("data.")
    return (
        pl.when(size >= _CRITICAL_UNITS * unit)
        .then(pl.lit("critical"))
        .when(size > _HIGH_UNITS * unit)
        .then(pl.lit("high"))
        .when(data)
        .then(pl.lit("medium"))
        .when(info | (size == 0))
        .then(pl.lit("info"))
        .otherwise(pl.lit("low"))
    )
