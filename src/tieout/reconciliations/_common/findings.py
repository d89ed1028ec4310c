"""Findings: what does not agree, as one table in a fixed order, with sentences, owners and stable ids."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import polars as pl

from tieout.model import Discrepancy
from tieout.model.currency import exponent
from tieout.model.wording import (
    AFTER_SALES,
    BEARERS,
    CHARGES,
    DISCOUNTS,
    DOCUMENTS,
    LINES,
    MOVEMENTS,
    ORDERS,
    PARCELS,
    RETURNS,
    ROLES,
)
from tieout.outcome import amount_text_expr
from tieout.reconciliations._common.playbook import Play, play_of
from tieout.tables import Table, schema_of

__all__ = [
    "FINDING_SCHEMA",
    "SOURCE",
    "as_json",
    "discrepancy_table",
    "findings_of",
    "no_findings",
    "numbered",
    "with_play",
]

SOURCE = ("source_format", "source_file", "source_sheet", "source_sha256", "source_line")
FINDING_SCHEMA: Mapping[str, pl.DataType] = {
    "type": pl.String(),
    "unit": pl.Int64(),
    "currency": pl.String(),
    "expected_minor": pl.Int64(),
    "actual_minor": pl.Int64(),
    "impact_minor": pl.Int64(),
    "factor": pl.String(),
    "pieces": pl.Int64(),
    "is_note": pl.Boolean(),
    "on": pl.Date(),
    "keys": pl.String(),
    "evidence": pl.String(),
    "diffs": pl.String(),
    "stated": pl.String(),
    "claimable": pl.Boolean(),
    "severity": pl.String(),
    "secondary": pl.List(pl.String()),
    **{name: schema_of(Discrepancy)[name] for name in SOURCE},
}
"""Columns of a finding: `unit` is the compared thing whose money it explains; `is_note` says that it explains none; `pieces` is
the quantity that it explains, in parts of a piece. What a leaf knows better than the playbook, finding by finding, it says in
`stated` (the sentence), `claimable` and `severity`, null to go by the playbook; `secondary` are types that the same row
shows too."""
_NO_FINDINGS = pl.DataFrame(schema=dict(FINDING_SCHEMA))
_OVERRIDES = ("stated", "severity")
"""Taken only where a leaf says so, since a row may have a column of that name that means another thing."""
_LEVELS = ("info", "low", "medium", "high", "critical")
_BOUNDS = ((5_000, "critical"), (500, "high"), (50, "medium"))  # domain.md 6.3, in units of the currency
_SYSTEMIC = 50  # domain.md 6.3: so many of one type on one day are critical
_STATES_ZH = {"not_due": "未到期", "in_transit": "在途", "late": "逾期", "missing": "缺失"}
_CODES_ZH = {
    "bearer": BEARERS,
    "campaign": DISCOUNTS,
    "case_kind": AFTER_SALES,
    "case_status": RETURNS,
    "charge_type": CHARGES,
    "flow": LINES,
    "kind": DOCUMENTS,
    "line_type": LINES,
    "order_status": ORDERS,
    "parcel_status": {**PARCELS, "none": ("None", "无包裹")},
    "promotion": DISCOUNTS,
    "role": ROLES,
    "tied": ROLES,
    "type": MOVEMENTS,
    "what": ROLES,
}
"""Fields that hold codes, and what these are called: a sentence in Chinese says no code that has a name."""
_BRACES = re.compile(r"\{(\w+)\}")


def no_findings() -> pl.DataFrame:
    """A table of findings without any."""
    return _NO_FINDINGS.clone()


def findings_of(
    rows: pl.DataFrame,
    kind: str | pl.Expr,
    *,
    keys: Sequence[str | pl.Expr],
    evidence: Sequence[str | pl.Expr] = (),
    diffs: Sequence[str | pl.Expr] = (),
    impact: pl.Expr | None = None,
    note: bool = False,
    **others: pl.Expr,
) -> pl.DataFrame:
    """Findings of rows, one each.

    Args:
        rows: What was found. Its columns `unit`, `currency`, `on`, `expected_minor`, `actual_minor`, `factor`,
            `claimable`, `secondary` and those of the source are taken where they are there, and `gap_pieces` as the quantity that
            the finding explains.
        kind: Type of discrepancy, for all rows or for each.
        keys: Columns that name it for good; identifiers, never positions, which another run would count otherwise.
        evidence: Columns with the facts behind it.
        diffs: Columns with what differs, as text `3 -> 2`.
        impact: actual - expected in minor units; None for the difference of the two columns, and zero for a note.
        note: Whether it is said beside the money, without explaining any.
        **others: Expressions for columns of a finding that the rows have under another name.
    """
    if not rows.height:  # most checks find nothing
        return no_findings()
    own = {name: pl.col(name) for name in FINDING_SCHEMA if name in rows.columns and name not in _OVERRIDES}
    if impact is None:
        gap = pl.col("actual_minor").fill_null(0) - pl.col("expected_minor").fill_null(0)
        impact = gap if not note and {"actual_minor", "expected_minor"} <= set(rows.columns) else pl.lit(0)
    if not note and "gap_pieces" in rows.columns:
        own["pieces"] = pl.col("gap_pieces")
    made = {
        **own,
        **others,
        "type": pl.lit(kind) if isinstance(kind, str) else kind,
        "impact_minor": impact,
        "is_note": pl.lit(note),
        "keys": as_json(*keys),
        "evidence": as_json(*evidence) if evidence else pl.lit("{}"),
        "diffs": as_json(*diffs) if diffs else pl.lit("{}"),
    }
    # Polars panics on some frames of columns in chunks of different lengths.
    rows = rows.rechunk()
    return rows.select(made.get(name, pl.lit(None)).cast(dtype).alias(name) for name, dtype in FINDING_SCHEMA.items())


def as_json(*fields: pl.Expr | str) -> pl.Expr:
    """Named values as JSON text of texts, without the absent ones."""
    texts = [(pl.col(field) if isinstance(field, str) else field).cast(pl.String) for field in fields]
    text = pl.struct(texts).struct.json_encode()
    # Quotes inside values are escaped, so a bare `"name":null` is always a field of its own.
    return text.str.replace_all(r',"[a-z_0-9]+":null', "").str.replace_all(r'"[a-z_0-9]+":null,?', "")


def with_play(
    findings: pl.DataFrame, *, as_of: date, severities: Mapping[str, str], often: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Findings with what the playbook says of their types: sentences, owner, day, party, severity.

    Args:
        findings: Of `FINDING_SCHEMA`.
        as_of: Day of the run, from which working days are counted.
        severities: Severities that the caller sets for single types.
        often: How many there are of each `type` `on` each day as `count`, where these findings are not all; None where they are.
    """
    shown = _with_amounts(findings)
    count = pl.len().over("type", "on")
    if often is not None:
        shown = shown.join(often, on=["type", "on"], how="left", maintain_order="left")
        count = pl.col("count")
    graded = shown.with_columns(pl.coalesce("severity", _severity(_codes(findings), count)).alias("severity"))
    parts = [_said(part, play) for play, part in _by_play(_advised(graded, as_of))]
    said = pl.concat(parts) if parts else _said(_advised(graded, as_of), None)
    return said.with_columns(
        pl.col("type").replace_strict(severities, default=pl.col("severity"), return_dtype=pl.String).alias("severity")
    )


def _with_amounts(findings: pl.DataFrame) -> pl.DataFrame:
    codes = _codes(findings)
    return findings.with_columns(
        amount_text_expr(pl.col(f"{name}_minor"), pl.col("currency"), codes).alias(f"said_{name}")
        for name in ("expected", "actual", "impact")
    )


def _codes(findings: pl.DataFrame) -> list[str]:
    codes: list[str] = findings["currency"].drop_nulls().unique().sort().to_list()
    return codes


def _by_play(findings: pl.DataFrame) -> Iterator[tuple[Play | None, pl.DataFrame]]:
    for kind in findings["type"].unique().sort().to_list():
        yield _play(kind), findings.filter(pl.col("type") == kind)


def _advised(findings: pl.DataFrame, as_of: date) -> pl.DataFrame:
    parts = [part.with_columns(_advice(play, as_of)) for play, part in _by_play(findings)]
    return pl.concat(parts) if parts else findings.with_columns(_advice(None, as_of))


def _advice(play: Play | None, as_of: date) -> list[pl.Expr]:
    """What the playbook says of a type besides the English sentence; nothing of a caller's own."""
    if play is None:
        names = ("reason_zh", "next_step", "next_step_zh", "owner", "responsible_party")
        nothing = [pl.lit(None, dtype=pl.String).alias(name) for name in names]
        return [*nothing, pl.lit(None, dtype=pl.Date).alias("due_on")]
    party = None if play.party is None else play.party.value
    return [
        _sentence(play.reason_zh, is_zh=True).alias("reason_zh"),
        pl.lit(play.step).alias("next_step"),
        pl.lit(play.step_zh).alias("next_step_zh"),
        pl.lit(play.owner).alias("owner"),
        pl.lit(party, dtype=pl.String).alias("responsible_party"),
        pl.lit(_working_days_after(as_of, play.days)).alias("due_on"),
    ]


def _play(kind: str) -> Play | None:
    return None if kind.startswith("custom.") else play_of(kind)


def _said(findings: pl.DataFrame, play: Play | None) -> pl.DataFrame:
    owed = pl.lit(play is not None and play.claimable) & (pl.col("impact_minor") > 0)
    return findings.with_columns(
        _at_least(play).alias("severity"),
        (pl.col("stated") if play is None else pl.coalesce("stated", _sentence(play.reason))).alias("reason"),
        pl.coalesce("claimable", owed).alias("claimable"),
    ).select(
        *FINDING_SCHEMA,
        *("reason", "reason_zh", "next_step", "next_step_zh", "owner", "responsible_party", "due_on"),
    )


def _working_days_after(day: date, days: int) -> date:
    after: date = pl.select(pl.lit(day).dt.add_business_days(days, roll="backward")).item()
    return after


def _sentence(template: str, *, is_zh: bool = False) -> pl.Expr:
    """The template with its fields, a dash where a fact is not known; in Chinese codes are called by their names."""
    parts: list[pl.Expr] = []
    for position, piece in enumerate(_BRACES.split(template)):
        if position % 2 == 0:
            parts.append(pl.lit(piece))
        elif piece in {"expected", "actual", "impact"}:
            parts.append(pl.col(f"said_{piece}").fill_null("-"))
        elif piece in {"state", "state_zh"}:
            state = pl.col("evidence").str.json_path_match("$.state")
            words = {word: word.replace("_", " ") for word in _STATES_ZH} if piece == "state" else _STATES_ZH
            parts.append(state.replace(words).fill_null("-"))
        elif piece == "currency":
            parts.append(pl.col("currency").fill_null("-"))
        else:
            path = f"$.{piece}"
            found = pl.coalesce(pl.col(name).str.json_path_match(path) for name in ("keys", "evidence", "diffs"))
            parts.append((_named(found, _CODES_ZH.get(piece, {})) if is_zh else found).fill_null("-"))
    return pl.concat_str(parts)


def _named(codes: pl.Expr, words: Mapping[str, tuple[str, str]]) -> pl.Expr:
    """Codes by their Chinese names, several with commas between them too; what is none stays as it is."""
    names = {code: name for code, (_, name) in words.items()}
    return codes.str.split(",").list.eval(pl.element().replace(names)).list.join(",") if names else codes


def _severity(codes: Sequence[str], count: pl.Expr) -> pl.Expr:
    """By the size of the impact; so many of one type on one day are a matter of the system."""
    size = pl.col("impact_minor").abs()
    unit = pl.col("currency").replace_strict({code: 10 ** exponent(code) for code in codes}, default=100)
    level = pl.when(size == 0).then(pl.lit("info")).otherwise(pl.lit("low"))
    for bound, name in reversed(_BOUNDS):
        level = pl.when(size >= bound * unit).then(pl.lit(name)).otherwise(level)
    often = (count >= _SYSTEMIC) & pl.col("on").is_not_null() & (size > 0)
    return pl.when(often).then(pl.lit("critical")).otherwise(level)


def _at_least(play: Play | None) -> pl.Expr:
    if play is None or play.severity is None:
        return pl.col("severity")
    below = _LEVELS[: _LEVELS.index(play.severity.value)]
    return pl.when(pl.col("severity").is_in(below)).then(pl.lit(play.severity.value)).otherwise(pl.col("severity"))


def numbered(findings: pl.DataFrame) -> pl.DataFrame:
    """Findings in a fixed order, each with its stable `discrepancy_id`: of its type and identifiers, never of its position.

    Args:
        findings: With `type`, `keys` and more columns of `Discrepancy`.
    """
    order = ["type", "keys", *(name for name in _ORDER if name in findings.columns)]
    ordered = findings.sort(*order, nulls_last=True)
    nth = pl.int_range(pl.len()).over("type", "keys")
    stems = ordered.select(pl.concat_str(["type", "keys", nth.cast(pl.String)], separator="|")).to_series()
    ids = [hashlib.sha256(stem.encode()).hexdigest()[:16] for stem in stems]
    return ordered.with_columns(pl.Series("discrepancy_id", ids, dtype=pl.String))


def discrepancy_table(findings: pl.DataFrame, *, period: str | None) -> Table[Discrepancy]:
    """The table of discrepancies.

    Args:
        findings: As `numbered`, with columns named like those of `Discrepancy`; those it lacks are filled with their defaults.
        period: Period of the run, such as `2026-10`.
    """
    frame = findings.with_columns(pl.lit(period, dtype=pl.String).alias("period"), pl.lit("open").alias("state"))
    wanted = schema_of(Discrepancy)
    filled = {"secondary": pl.lit([], dtype=pl.List(pl.String)), "diffs": pl.lit("{}"), "evidence": pl.lit("{}")}
    absent = [
        filled.get(name, pl.lit(None, dtype=dtype)).alias(name)
        for name, dtype in wanted.items()
        if name not in frame.columns
    ]
    frame = frame.with_columns(absent).with_columns(pl.col("secondary").fill_null([]))
    return Table(frame.select(pl.col(name).cast(dtype) for name, dtype in wanted.items()), Discrepancy)


_ORDER = (
    "source_file",
    "source_sheet",
    "source_line",
    "impact_minor",
    "actual_minor",
    "evidence",
    "reason",
    "currency",
)
