"""Facts of what does not agree: discrepancies with their cases, claims, and records of another period."""

import polars as pl

from tieout.reports.metrics.facts._base import SOURCE, Built, FactKind, Facts, no_side
from tieout.reports.metrics.facts._orders import shop_expr

__all__ = ["FACTS"]

_KEYS = ("platform", "shop_id", "carrier", "channel", "account", "warehouse", "sku", "role")
_ENTITIES = (
    *(("carrier", "carrier"), ("shop_id", "shop"), ("platform", "platform"), ("channel", "channel")),
    *(("account", "account"), ("warehouse", "warehouse"), ("sku", "sku"), ("role", "role")),
)
"""Identifiers that tell whom a finding is about, the most telling first, as the casebook takes them."""
_SAID = (
    *("type", "area", "reconciliation", "severity", "owner", "entity", "cause", "resolution", "responsible"),
    "days_open",
)
_PLACES = ("platform", "shop", "courier", "warehouse", "sku")
_AGES = ((3, "0-3"), (7, "4-7"), (15, "8-15"), (30, "16-30"))
_DAYS = 30
_TIMES = 3
_CLOSED = ("resolved", "reviewed", "archived", "auto_accepted")


def _findings(facts: Facts) -> Built:
    if facts.data.cases is not None:
        rows = _from_cases(facts, facts.data.cases)
    elif facts.data.outcomes:
        rows = _from_outcomes(facts)
    else:
        return no_side("reconciliations", "对账结果")
    keys = [pl.col("keys").str.json_path_match(f"$.{name}").alias(name) for name in _KEYS]
    rows = rows.with_columns(keys)
    entity = pl.coalesce(
        *(pl.when(pl.col(name).is_not_null()).then(pl.concat_str(pl.lit(f"{word}/"), name)) for name, word in _ENTITIES)
    )
    rows = rows.with_columns(
        shop_expr().alias("shop"),
        pl.col("carrier").alias("courier"),
        pl.col("type").str.extract(r"^([^.]*)", 1).alias("area"),
        pl.coalesce("entity", entity).alias("entity"),
        pl.col("impact_minor").abs().alias("size_minor"),
        pl.col("currency").fill_null(facts.data.currency),
        pl.when(pl.col("is_open")).then(_bucket()).alias("days_open"),
    )
    return rows.with_columns((pl.col("is_marked") | _recurs(rows)).alias("is_recurring")).drop(
        "is_marked", "keys", "carrier", "shop_id", "channel", "account", "role"
    )


def _bucket() -> pl.Expr:
    """The bucket of calendar days since it was opened; null where nobody knows since when."""
    age = pl.lit(">30")
    for most, label in reversed(_AGES):
        age = pl.when(pl.col("age_days") <= most).then(pl.lit(label)).otherwise(age)
    return pl.when(pl.col("age_days").is_not_null()).then(age)


def _cases(facts: Facts) -> Built:
    if facts.data.cases is None:
        return no_side("cases: they are kept by a casebook", "案件记录（需要案卷 casebook）")
    return facts.get("findings")


def _from_cases(facts: Facts, cases: pl.DataFrame) -> pl.DataFrame:
    """Cases as they stand.

    A month is closed some days after its end: what a run opens then counts on the last day of the month that it is of, and what
    is closed after the as-of day counts on that day.
    """
    month = pl.col("period").str.extract(r"^(\d{4}-\d{2})$", 1) + "-01"
    last = month.str.to_date("%Y-%m-%d", strict=False).dt.month_end()
    return (
        cases.select(
            pl.col("case_id").alias("id"),
            "discrepancy_id",
            "reconciliation",
            "type",
            "severity",
            "keys",
            "entity",
            "owner",
            "cause",
            pl.coalesce("responsible", "party").alias("responsible"),
            "resolution",
            "currency",
            pl.col("impact_minor").fill_null(0),
            "claimable",
            pl.min_horizontal(facts.day("opened_at"), last).alias("opened_on"),
            "due_on",
            pl.when(~pl.col("is_open"))
            .then(pl.min_horizontal(facts.day("resolved_at"), pl.lit(facts.found_on)))
            .alias("closed_on"),
            facts.day("resolved_at").alias("resolved_on"),
            pl.col("is_open").fill_null(value=False),
            ((pl.col("state") == "auto_accepted") | pl.col("is_gone").fill_null(value=False)).alias("is_waived"),
            pl.col("is_recurring").fill_null(value=False).alias("is_marked"),
            *SOURCE,
        )
        .with_columns(
            (pl.lit(facts.as_of) - pl.col("opened_on")).dt.total_days().clip(lower_bound=0).alias("age_days"),
            (pl.col("resolved_on") <= pl.col("due_on")).fill_null(value=False).alias("is_in_time"),
        )
        .sort("id")
    )


def _from_outcomes(facts: Facts) -> pl.DataFrame:
    """Discrepancies stand for their cases: all were found on the as-of day, and are open unless a tolerance took them."""
    names = ("discrepancy_id", "type", "severity", "keys", "owner", "cause", "resolution", "currency", "impact_minor")
    frames = [
        one.discrepancies.to_polars().select(
            *names, "claimable", "due_on", "state", "responsible_party", *SOURCE,
            pl.lit(one.reconciliation).alias("reconciliation"),
        )
        for one in facts.data.outcomes
    ]  # fmt: skip
    is_open = ~pl.col("state").is_in(_CLOSED)
    return (
        pl.concat(frames)
        .select(
            pl.concat_str(["reconciliation", "discrepancy_id"], separator="/").alias("id"),
            *names,
            "reconciliation",
            pl.col("responsible_party").alias("responsible"),
            pl.lit(None, dtype=pl.String).alias("entity"),
            "claimable",
            pl.lit(facts.found_on).alias("opened_on"),
            "due_on",
            pl.lit(None, dtype=pl.Date).alias("closed_on"),
            pl.lit(None, dtype=pl.Date).alias("resolved_on"),
            is_open.alias("is_open"),
            (pl.col("state") == "auto_accepted").alias("is_waived"),
            pl.lit(value=False).alias("is_marked"),
            pl.lit(None, dtype=pl.Int64).alias("age_days"),
            pl.lit(None, dtype=pl.Boolean).alias("is_in_time"),
            *SOURCE,
        )
        .sort("id")
    )


def _recurs(rows: pl.DataFrame) -> pl.Series:
    """Findings of a type, entity and cause of which there are three or more within 30 days (`domain.md` C71)."""
    named = rows.select("type", "entity", "cause", "opened_on", pl.int_range(pl.len()).alias("row")).filter(
        pl.col("entity").is_not_null() & pl.col("opened_on").is_not_null()
    )
    key = ["type", "entity", "cause"]
    ordered = named.sort(*key, "opened_on", "row", nulls_last=True)
    day = pl.col("opened_on")
    spans = [day.shift(-ahead).over(key) - day.shift(_TIMES - 1 - ahead).over(key) for ahead in range(_TIMES)]
    close = [(span.dt.total_days() <= _DAYS).fill_null(value=False) for span in spans]
    found = ordered.filter(pl.any_horizontal(close))["row"]
    return rows.select(pl.int_range(pl.len()).is_in(found.implode()).alias("is_recurring")).to_series()


def _claims(facts: Facts) -> Built:
    given = facts.data.claims
    if given is None:
        return no_side("claims: they are kept by a casebook", "索赔记录（需要案卷 casebook）")
    return given.select(
        pl.col("party").alias("courier"),
        "type",
        pl.col("state").alias("claim_state"),
        "claim_id",
        "tracking_no",
        pl.min_horizontal(facts.day("sent_at"), pl.lit(facts.found_on)).alias(
            "sent_on"
        ),  # claims are sent after the month
        pl.min_horizontal(facts.day("credited_at"), pl.lit(facts.found_on)).alias("credited_on"),
        "currency",
        pl.col("claimed_minor").fill_null(0),
        pl.col("accepted_minor").fill_null(0),
        pl.col("credited_minor").fill_null(0),
        pl.lit(None, dtype=pl.String).alias("source_file"),
        pl.lit(None, dtype=pl.Int64).alias("source_line"),
    ).sort("claim_id", "tracking_no", "type", nulls_last=True)


def _other_period(facts: Facts) -> Built:
    """Findings that a record was booked in another period than it belongs to, with the amount."""
    if not facts.data.outcomes:
        return no_side("reconciliations", "对账结果")
    frames = []
    for one in facts.data.outcomes:
        found = one.discrepancies.to_polars().filter(pl.col("type").str.ends_with("period_mismatch"))
        amount = pl.coalesce("actual_minor", "expected_minor", "impact_minor").abs()
        frames.append(
            found.select(
                pl.lit(one.reconciliation).alias("reconciliation"),
                "type",
                "discrepancy_id",
                pl.lit(facts.found_on).alias("found_on"),
                pl.col("currency").fill_null(facts.data.currency),
                amount.alias("size_minor"),
                *SOURCE,
            )
        )
    return pl.concat(frames)


FACTS = (
    FactKind(
        name="findings",
        title="discrepancies, with their cases where there is a casebook",
        title_zh="差异（含案件）",
        dimensions=(*_PLACES, *_SAID),
        moments=("opened_on", "closed_on", "due_on"),
        ids=("id",),
        build=_findings,
    ),
    FactKind(
        name="cases",
        title="cases of a casebook",
        title_zh="案件",
        dimensions=(*_PLACES, *_SAID),
        moments=("opened_on", "closed_on", "due_on"),
        ids=("id",),
        build=_cases,
    ),
    FactKind(
        name="claims",
        title="lines of claims",
        title_zh="索赔明细",
        dimensions=("courier", "type"),
        moments=("sent_on", "credited_on"),
        ids=("claim_id", "tracking_no"),
        build=_claims,
    ),
    FactKind(
        name="other_period",
        title="records that were booked in another period",
        title_zh="跨期记录",
        dimensions=("reconciliation", "type"),
        moments=("found_on",),
        ids=("discrepancy_id",),
        build=_other_period,
    ),
)
