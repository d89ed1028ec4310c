"""Concluding: from judged units to an Outcome with discrepancies, proof, and what is carried forward."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import attrs
import polars as pl

from tieout.errors import InputError
from tieout.model import Event
from tieout.outcome import CarryForward, Outcome
from tieout.reconciliations._common.due import OPEN_STATES
from tieout.reconciliations._common.findings import (
    SOURCE,
    discrepancy_table,
    findings_of,
    no_findings,
    numbered,
    with_play,
)
from tieout.reconciliations._common.own import own_exprs
from tieout.reconciliations._common.periods import Period
from tieout.reconciliations._common.settings import Settings
from tieout.reconciliations._common.sides import Role, Side, own
from tieout.reconciliations._common.units import AGREED, SETTLED, WITHIN, Judged, proof_of
from tieout.tables import Table, schema_of
from tieout.tables._schema import no_rows

__all__ = [
    "DRIFT",
    "FACTS",
    "IDS",
    "OTHER_PERIOD",
    "absorbed_by_day",
    "carried_sides",
    "conclude",
    "drift_of",
    "items_of",
    "last_day",
    "matches_of",
    "of_books",
    "of_period_expr",
    "period_label",
    "recorded",
    "said_settings",
    "totals_of_run",
    "units_of",
    "without_other_periods",
]

DRIFT = "general.tolerance_drift"
OTHER_PERIOD = "another period"
IDS = (
    "book_id",
    "platform",
    "shop_id",
    "platform_order_id",
    "platform_sub_order_id",
    "merchant_order_no",
    "channel_txn_id",
    "channel_refund_id",
    "payment_id",
    "refund_id",
    "return_id",
    "return_tracking_no",
    "exchange_tracking_no",
    "outbound_tracking_no",
    "carrier",
    "tracking_no",
    "bill_no",
    "settlement_id",
    "line_id",
    "payout_id",
    "bank_ref",
    "movement_id",
    "warehouse",
    "count_id",
    "document_id",
    "document_ref",
    "order_ref",
    "sku",
    "type",
    "status",
    "charge_type",
    "leg",
)
"""Columns of a record that say what it is, and that the chain and people look it up by."""
FACTS = (
    "account",
    "bill_kind",
    "channel",
    "condition",
    "direction",
    "is_cod",
    "kind",
    "order_id",
    "phase",
    "ship_date",
    "stage",
    "version",
)
"""Further columns that the chain goes by, where the record itself has them."""


def last_day(settings: Settings, sides: Sequence[Side]) -> date:
    """The day that a run is as of: as told, else the period's last day, else the last day that the records speak of."""
    if settings.as_of is not None:
        return settings.as_of
    if settings.period is not None:
        return settings.period.last
    days = [day for side in sides if isinstance(day := side.frame["on"].max(), date)]
    return max(days, default=date(1970, 1, 1))


def without_other_periods(sides: Sequence[Side], period: Period | None) -> tuple[Side, ...]:
    """Sides in which units with no row of the period are set aside; a row carried in, or without a day, is of any period."""
    if period is None:
        return tuple(sides)
    here = of_period_expr(period)
    units = pl.concat([side.frame.filter(here & pl.col("aside").is_null()).select("unit") for side in sides])
    inside = units["unit"].unique().implode()
    return tuple(side.put_aside(OTHER_PERIOD, ~pl.col("unit").is_in(inside)) for side in sides)


def of_period_expr(period: Period | None) -> pl.Expr:
    """Whether a row is of the period: by its day, or because it was carried in or has none; without a period each is."""
    if period is None:
        return pl.lit(value=True)
    return pl.col("on").is_between(period.first, period.last).fill_null(value=True) | pl.col("is_opening")


def conclude(
    name: str,
    settings: Settings,
    judged: Judged,
    *,
    as_of: date,
    pairs: pl.DataFrame,
    keys: Sequence[str],
    parameters: Mapping[str, str],
    events: Table[Event] | None = None,
    lines: pl.DataFrame | None = None,
    carried: CarryForward | None = None,
    done: Sequence[str] = (),
    matched: tuple[str, str] | None = None,
) -> Outcome:
    """The outcome of a run.

    Args:
        name: Name of the leaf.
        settings: What the caller said.
        judged: Units with verdicts.
        as_of: Day of the run.
        pairs: `left`, `right` (rows of the first and the second side), `rule`, `score`, `status`.
        keys: Columns of the units that name them for people.
        parameters: What else decided the run, as text.
        events: What is to be posted.
        lines: One row per compared thing; None for the units.
        carried: Records that the next run has to see again, where a leaf knows better than the rule for all; None to go by that.
        done: Reasons for setting a record aside after which nothing is expected of it: it is remembered as long as one that
            agrees, and not longer.
        matched: Names of the sides that `pairs` are of; None for the first two.
    """
    own = _own_findings(settings, judged)
    drift = drift_of(settings, absorbed_by_day(judged))
    said = with_play(
        pl.concat([judged.findings, own, drift]).with_columns(pl.col("currency").fill_null(settings.currency)),
        as_of=as_of,
        severities=settings.severities,
    )
    off = list(settings.switched_off)
    found = numbered(of_books(said.filter(~pl.col("type").is_in(off)), judged.sides))
    table = discrepancy_table(found, period=period_label(settings, as_of))
    shown = judged.units.select(
        "unit", *keys, "on", "currency", "expected_minor", "actual_minor", "gap_minor", "absorbed_minor", "verdict"
    )
    return Outcome(
        reconciliation=name,
        parameters=said_settings(settings, as_of, parameters),
        matches=matches_of(judged, pairs),
        lines=shown if lines is None else lines,
        discrepancies=table,
        events=events if events is not None else Table(no_rows(Event), Event),
        proof=proof_of(judged, table.to_polars()),
        carry_forward=attrs.evolve(
            carried_sides(settings, judged, as_of, done) if carried is None else carried, items=items_of(judged, keys)
        ),
        totals=totals_of_run(judged, len(table)),
        records={side.name: recorded(side) for side in judged.sides},
        kinds={side.name: side.record.__name__ for side in judged.sides},
        explains=found.select("discrepancy_id", "unit", "is_note").drop_nulls(),
        units=units_of(judged),
        roles={side.name: side.role.value for side in judged.sides},
        matched=(judged.sides[0].name, judged.sides[1].name) if matched is None else matched,
    )


def period_label(settings: Settings, as_of: date) -> str:
    """The period that discrepancies are said to be of."""
    return settings.period.label if settings.period is not None else f"{as_of:%Y-%m}"


def said_settings(settings: Settings, as_of: date, parameters: Mapping[str, str]) -> dict[str, str]:
    """What decided a run, as text: what every reconciliation can be told, and what else.

    Args:
        settings: What the caller said.
        as_of: Day of the run.
        parameters: What else.
    """
    switched = ", ".join(f"{kind} {word}" for kind, word in sorted(settings.checks.items()))
    return {
        **({} if settings.period is None else {"period": str(settings.period)}),
        "as of": as_of.isoformat(),
        "time zone": settings.timezone,
        **settings.tolerances.said(),
        **parameters,
        **({"checks": switched} if settings.checks else {}),
    }


def units_of(judged: Judged) -> pl.DataFrame:
    """What an outcome says of its units."""
    figures = ("expected_minor", "actual_minor", "gap_minor", "gap_pieces")
    return judged.units.select(pl.col("unit").cast(pl.Int64), "currency", *figures, "verdict")


def of_books(findings: pl.DataFrame, sides: Sequence[Side]) -> pl.DataFrame:
    """Findings that name the book of their unit: two books may have the same numbers, and their findings are not one."""
    parts = [side.frame.select("unit", "book_id") for side in sides if "book_id" in side.frame.columns]
    known = pl.concat(parts).drop_nulls() if parts else pl.DataFrame()
    if known.is_empty():
        return findings
    books = known.group_by(pl.col("unit").cast(findings.schema["unit"])).agg(pl.col("book_id").min())
    book = pl.struct("book_id").struct.json_encode()
    rest = pl.col("keys").str.strip_prefix("{")
    named = pl.when(rest == "}").then(book).otherwise(pl.concat_str(book.str.strip_suffix("}"), pl.lit(","), rest))
    is_wanted = pl.col("book_id").is_not_null() & ~pl.col("keys").str.contains('"book_id":', literal=True)
    return (
        findings.join(books, on="unit", how="left", maintain_order="left")
        .with_columns(pl.when(is_wanted).then(named).otherwise("keys").alias("keys"))
        .drop("book_id")
    )


def matches_of(judged: Judged, pairs: pl.DataFrame) -> pl.DataFrame:
    """Pairs with the group that they are in, numbered in the order of its smallest left row.

    Args:
        judged: Units with verdicts.
        pairs: As `conclude` takes them.
    """
    left = judged.sides[0].frame.select(pl.col("row").alias("left"), "unit")
    grouped = pairs.join(left, on="left", how="left").sort("left", "right")
    first = grouped.group_by("unit").agg(pl.col("left").min().alias("first")).sort("first")
    numbered = first.select("unit", pl.int_range(pl.len()).alias("group"))
    return grouped.join(numbered, on="unit", how="left", maintain_order="left").select(
        "left", "right", "group", "rule", "score", "status", "unit"
    )


def _own_findings(settings: Settings, judged: Judged) -> pl.DataFrame:
    sides = {side.name: side.frame for side in judged.sides}
    found = [_checked(name, check(sides), sides) for name, check in settings.own_checks.items()]
    return pl.concat([judged.findings.clear(), *found])


def _checked(name: str, found: pl.DataFrame, sides: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    missing = [column for column in ("side", "row", "reason") if column not in found.columns]
    if missing:
        raise InputError(f"it gives no column {', '.join(missing)}", where=f"own check {name!r}")
    unknown = sorted(set(found["side"].unique().to_list()) - set(sides))
    if unknown:
        raise InputError(f"there is no side {', '.join(map(str, unknown))}", where=f"own check {name!r}")
    parts = [
        findings_of(
            rows.join(sides[side], on="row", how="inner", maintain_order="left"),
            f"custom.{name}",
            keys=[pl.lit(side).alias("side"), *(key for key in IDS if key in sides[side].columns)],
            note=True,
            stated=pl.col("reason"),
        )
        for side in sides
        if (rows := found.filter(pl.col("side") == side).select("row", pl.col("reason").cast(pl.String))).height
    ]
    return pl.concat(parts) if parts else no_findings()


def absorbed_by_day(judged: Judged) -> pl.DataFrame:
    """What tolerances absorbed, by day, shop and currency: sums of parts of a run are those of the whole."""
    scope = [name for name in ("platform", "shop_id") if name in judged.units.columns]
    absorbed = judged.units.filter(pl.col("absorbed_minor") != 0)
    return absorbed.group_by("on", *scope, "currency").agg(pl.col("absorbed_minor").sum())


def drift_of(settings: Settings, absorbed: pl.DataFrame) -> pl.DataFrame:
    """Days and shops whose absorbed differences sum to more than the profile lets drift.

    Args:
        settings: What the caller said.
        absorbed: As `absorbed_by_day` gives it.
    """
    if not absorbed.height:
        return no_findings()
    scope = [name for name in ("platform", "shop_id") if name in absorbed.columns]
    sums = absorbed.filter(
        pl.col("absorbed_minor").abs()
        > settings.tolerances.allowed_expr("drift", pl.lit(0), currency=pl.col("currency"))
    ).sort("on", *scope, "currency", nulls_last=True)
    return findings_of(
        sums.with_columns(pl.col("absorbed_minor").alias("actual_minor"), pl.lit(0).alias("expected_minor")),
        DRIFT,
        keys=["on", *scope, "currency"],
        evidence=[pl.col("absorbed_minor").alias("absorbed_minor")],
        note=True,
    )


def recorded(side: Side) -> pl.DataFrame:
    """What an outcome says of the records of a side: one row each, with its verdict.

    Args:
        side: Rows with `unit` and `verdict`.
    """
    frame = side.frame
    wanted = schema_of(side.record)
    ids = [name for name in IDS if name in frame.columns]
    facts = [name for name in FACTS if name in wanted and frame.schema.get(name) == wanted[name]]
    moments = [name for name in frame.columns if name.endswith("_at") and frame[name].null_count() < frame.height]
    counted = [] if side.pieces is None else [pl.col("pieces").alias("compared_pieces")]
    lined = [name for name in ("record_row",) if name in frame.columns]
    return frame.select(
        "row",
        "unit",
        "verdict",
        "is_opening",
        _flag(frame, "is_repeat").alias("is_repeat"),
        _flag(frame, "is_assumed", "is_derived").alias("is_assumed"),
        pl.lit(side.role is Role.EVIDENCE).alias("is_evidence"),
        pl.col("aside").is_null().alias("is_compared"),
        *counted,
        *lined,
        *ids,
        *facts,
        "on",
        *moments,
        "currency",
        pl.col("minor").alias("amount_minor"),
        *SOURCE,
        *own_exprs(frame, side.record),
    )


def _flag(frame: pl.DataFrame, *names: str) -> pl.Expr:
    """The first of the columns that is there; false where none is."""
    for name in names:
        if name in frame.columns:
            return pl.col(name).fill_null(value=False)
    return pl.lit(value=False)


def items_of(judged: Judged, keys: Sequence[str]) -> pl.DataFrame:
    """The open items in words."""
    waiting = judged.units.filter(pl.col("state").is_in(OPEN_STATES))
    return waiting.select(
        pl.col("state").str.replace("_", " ", literal=True).alias("what"),
        *keys,
        "on",
        pl.col("gap_minor").alias("amount_minor"),
        "currency",
        "due_on",
    ).sort("what", *keys, nulls_last=True)


def carried_sides(settings: Settings, judged: Judged, as_of: date, done: Sequence[str] = ()) -> CarryForward:
    """Records of units that are not settled, and settled ones of the last days; and by themselves those of days after the period.

    Records of one unit are forgotten together, by its last day that is known: one that outlived its counterpart would lack it.
    A leaf whose units hang together says in a column `kin` which do: rows of one number are carried as long as one of them is.
    A leaf that knows better says itself which rows it needs again, in a column `is_kept`, and which of them are of days after
    the period although they were compared with what is of the period, in a column `is_later`.

    Args:
        settings: What the caller said.
        judged: Units with verdicts.
        as_of: Day of the run.
        done: As `conclude` takes it.
    """
    since = as_of - timedelta(days=settings.memory_days)
    is_settled = pl.col("verdict").is_in([AGREED, WITHIN, SETTLED, *done])
    ages = [_days_of_units(side.frame, is_settled) for side in judged.sides]
    last_days = pl.concat(ages).group_by("unit").agg(pl.col("on").max())
    old = last_days.filter(pl.col("on") < since)["unit"].implode()
    settled = is_settled & pl.coalesce(pl.col("unit").is_in(old), pl.col("on") < since).fill_null(value=False)
    before = after = pl.lit(value=False)
    if settings.period is not None:
        is_other = (pl.col("verdict") == OTHER_PERIOD).fill_null(value=False)
        days = [_days_of_units(side.frame, is_other) for side in judged.sides]
        later = pl.concat(days).filter(pl.col("on") > settings.period.last)["unit"].unique().implode()
        after = is_other & pl.col("unit").is_in(later).fill_null(value=False)
        before = is_other & ~after & (pl.col("on") < settings.period.first).fill_null(value=False)
    with_kin = [side.frame for side in judged.sides if "kin" in side.frame.columns]
    kept = [frame.filter(~settled & ~before & ~pl.col("is_repeat")).select("kin") for frame in with_kin]
    kin = pl.concat([pl.DataFrame(schema={"kin": pl.Int64}), *kept])["kin"].unique().implode()
    needed = {
        side.name: (side, _is_needed(side.frame, ~settled & ~before, kin) & ~pl.col("is_repeat"))
        for side in judged.sides
        if not _is_made(side)
    }
    counted = {name: _records_of(side, where & ~_is_later(side, after)) for name, (side, where) in needed.items()}
    waiting = {
        name: _records_of(side, where & _is_later(side, after))
        for name, (side, where) in needed.items()
        if settings.period is not None or "is_later" in side.frame.columns
    }
    return CarryForward(sides=counted, later={name: table for name, table in waiting.items() if len(table)})


def _days_of_units(frame: pl.DataFrame, where: pl.Expr) -> pl.DataFrame:
    """The units and days of some rows."""
    return frame.select(pl.col("unit").cast(pl.Int64).filter(where), pl.col("on").filter(where))


def _is_later(side: Side, by_unit: pl.Expr) -> pl.Expr:
    """Whether the next run takes a row as if it were given to it."""
    return by_unit | pl.col("is_later") if "is_later" in side.frame.columns else by_unit


def _records_of(side: Side, where: pl.Expr) -> Table[Any]:
    """The records of some rows of a side, as they came."""
    rows = _given(side).filter(where) if side.frame.height else side.frame
    if not rows.height:
        return Table(no_rows(side.record), side.record)
    wanted = schema_of(side.record).items()
    return Table(rows.select(_as_given(side, name).cast(dtype).alias(name) for name, dtype in wanted), side.record)


def _is_needed(frame: pl.DataFrame, by_unit: pl.Expr, kin: pl.Series) -> pl.Expr:
    """Which rows the next run has to see again: as the leaf says, else for themselves or for one of their kin."""
    if "is_kept" in frame.columns:
        return pl.col("is_kept")
    return by_unit | pl.col("kin").is_in(kin) if "kin" in frame.columns else by_unit


def _is_made(side: Side) -> bool:
    """Whether a leaf made the whole side of others."""
    return "is_derived" in side.frame.columns and side.frame["is_derived"].all()


def _given(side: Side) -> pl.DataFrame:
    """Rows without those that a leaf made of another side's: the next run makes them again."""
    return side.frame.filter(~pl.col("is_derived")) if "is_derived" in side.frame.columns else side.frame


def _as_given(side: Side, name: str) -> pl.Expr:
    """What the record itself says, where the comparison has another figure under its name."""
    return pl.col(own(name) if own(name) in side.frame.columns else name)


def totals_of_run(judged: Judged, found: int) -> dict[tuple[str, str], int]:
    """Sums for people, in their order.

    Args:
        judged: Units with verdicts.
        found: How many discrepancies there are.
    """
    totals: dict[tuple[str, str], int] = {}
    for side in judged.sides:
        totals[(side.name, "rows")] = side.frame.height
    for verdict, count in judged.units.group_by("verdict").agg(pl.len()).sort("verdict").iter_rows():
        totals[(f"compared: {verdict}", "rows")] = count
    totals["discrepancies", "rows"] = found
    for side in judged.sides:
        totals |= {(side.name, code): total for code, total in side.totals.items()}
    for code in judged.units["currency"].drop_nulls().unique().sort().to_list():
        absorbed = pl.col("absorbed_minor").filter(pl.col("currency") == code)
        totals["absorbed by tolerance", code] = int(judged.units.select(absorbed.sum()).item())
    return totals
