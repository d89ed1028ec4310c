"""Overlay: an outcome with what people decided laid over what the rules found, and the proof that no cent was lost by it."""

from collections.abc import Mapping, Sequence

import attrs
import polars as pl

from tieout.casebook.canonical import digest
from tieout.casebook.links import APART, BY_HAND, DIFFERENCE, UNMATCHED, Decision, Link
from tieout.casebook.regrouping import SETTLED, Force, Refs, Standing, regrouped
from tieout.casebook.splitting import severity_expr, with_parts
from tieout.model import Discrepancy
from tieout.outcome import Outcome, amount_text_expr
from tieout.proof import Check, Proof
from tieout.tables import Table, schema_of

__all__ = ["Overlaid", "overlay"]

_FOUND = "discrepancy"
_SHOWN_VALUES = 4
_SOURCE = ("source_format", "source_file", "source_sheet", "source_sha256", "source_line")
_NAMES = ("_id", "_no", "_ref")
_MORE_NAMES = {"platform", "carrier", "channel", "account", "warehouse", "sku"}
_PERIOD_DIGITS = 7


@attrs.frozen(kw_only=True, eq=False)
class Overlaid:
    """What decisions make of an outcome.

    Attributes:
        outcome: With the groups by hand in `matches`, `records`, `units`, `discrepancies`, `explains` and `proof`. Its `events`,
            `lines` and `carry_forward` are the rules' own: what is to be posted does not follow from who belongs to whom.
        standings: What became of each decision, in their order.
        replaced: By the id of a discrepancy that is not there any more the id of the decision that took it over.
    """

    outcome: Outcome
    standings: tuple[Standing, ...] = ()
    replaced: Mapping[str, str] = attrs.field(factory=dict)

    @property
    def surfaced(self) -> tuple[Standing, ...]:
        """Decisions that are not applied, because what they are about changed."""
        return tuple(one for one in self.standings if one.force is Force.SURFACED)


def overlay(outcome: Outcome, refs: Refs, decisions: Sequence[Decision]) -> Overlaid:
    """Lay decisions over an outcome.

    A decision counts as long as its records say what they said and differ by what they differed; else it stands in `surfaced` and
    the rules' result is left as it is. Impacts, and what tolerances and time take up, sum to the same as before.

    Args:
        outcome: Of one reconciliation, as its rules made it.
        refs: For each of its sides the names of its records, `row` as in `outcome.records`, `key`, `hash`; no side that the
            reconciliation made of others.
        decisions: Those in force about this reconciliation, in any order.
    """
    if not decisions:
        return Overlaid(outcome=outcome)
    groups = regrouped(outcome, refs, decisions)
    moved = groups.rows.filter(pl.col("via").is_not_null())
    replaced: dict[str, str] = {}
    if moved.height:
        outcome, replaced = _with_groups(outcome, moved, decisions)
    outcome, standings, split = with_parts(outcome, groups.standings)
    return Overlaid(outcome=outcome, standings=standings, replaced={**replaced, **split})


def _with_groups(
    outcome: Outcome, moved: pl.DataFrame, decisions: Sequence[Decision]
) -> tuple[Outcome, dict[str, str]]:
    """The outcome with groups by hand in place of the units that they are made of, and which discrepancies they take over."""
    units = (
        moved.select("unit", "place", "via")
        .sort("unit", "via", "place")
        .unique("unit", keep="first", maintain_order=True)
    )
    explained = outcome.explains.join(units, on="unit", how="inner")
    gone = explained.filter(~pl.col("is_note"))
    before = outcome.discrepancies.to_polars()
    groups = _groups(moved, decisions)
    made = _discrepancies(outcome, groups, _taken_over(before, gone), moved)
    after = pl.concat(
        [before.filter(~pl.col("discrepancy_id").is_in(gone["discrepancy_id"].implode())), made.drop("place")]
    )
    kept = outcome.explains.join(gone, on="discrepancy_id", how="anti")
    explains = pl.concat(
        [
            kept.join(units, on="unit", how="left", maintain_order="left").select(
                "discrepancy_id", pl.coalesce("place", "unit").alias("unit"), "is_note"
            ),
            made.select("discrepancy_id", pl.col("place").alias("unit"), pl.lit(value=False).alias("is_note")),
        ]
    )
    figures = groups.select(
        pl.col("place").alias("unit"),
        "currency",
        "expected_minor",
        "actual_minor",
        "gap_minor",
        "gap_pieces",
        "verdict",
    )
    touched = units["unit"].implode()
    laid = attrs.evolve(
        outcome,
        matches=_matches(outcome, moved, decisions),
        discrepancies=Table(after, Discrepancy),
        explains=explains,
        bonds=_bonds(outcome.bonds, units, groups),
        records={side: _moved_rows(frame, side, moved, groups) for side, frame in outcome.records.items()},
        units=pl.concat([outcome.units.filter(~pl.col("unit").is_in(touched)), figures]),
        totals={**outcome.totals, ("discrepancies", "rows"): after.height},
    )
    replaced = {
        discrepancy_id: decisions[via].id for discrepancy_id, via in gone.select("discrepancy_id", "via").iter_rows()
    }
    return attrs.evolve(laid, proof=Proof([*outcome.proof.checks, *_checks(outcome, laid, touched)])), replaced


def _groups(moved: pl.DataFrame, decisions: Sequence[Decision]) -> pl.DataFrame:
    """One row per group by hand: figures, verdict, id and type of what it leaves."""
    sides = pl.col("side").filter(pl.col("key").is_not_null()).unique().sort().str.join(", ")
    groups = (
        moved.sort("place")
        .group_by("place", maintain_order=True)
        .agg(
            pl.col("via").first(),
            pl.col("currency").drop_nulls().sort().first(),
            *(
                (pl.col("gap_minor").filter(pl.col("role") == role).sum() * sign).alias(f"{role}_minor")
                for role, sign in (("expected", -1), ("actual", 1))
            ),
            pl.col("gap_minor", "gap_pieces").sum(),
            pl.col("key").is_not_null().sum().alias("records"),
            sides.alias("sides"),
            pl.concat_str("kind", "key", separator=":").drop_nulls().sort().str.join(",").alias("names"),
            pl.col("unit").min().alias("first_unit"),
        )
    )
    is_link = pl.col("via").is_in([place for place, one in enumerate(decisions) if isinstance(one, Link)])
    differs = (pl.col("gap_minor") != 0) | (pl.col("gap_pieces") != 0)
    ids = {place: one.id for place, one in enumerate(decisions)}
    return groups.with_columns(
        is_link.alias("is_link"),
        pl.when(differs)
        .then(pl.lit(_FOUND))
        .when(is_link)
        .then(pl.lit(BY_HAND))
        .otherwise(pl.lit(APART))
        .alias("verdict"),
        differs.alias("differs"),
        pl.col("via").replace_strict(ids, return_dtype=pl.String).alias("decision_id"),
    )


def _taken_over(before: pl.DataFrame, gone: pl.DataFrame) -> pl.DataFrame:
    """By group what the discrepancies that it takes the place of said: the owner of the largest, the first day, their types."""
    largest = pl.col("impact_minor").abs()
    return (
        gone.select("discrepancy_id", "place")
        .join(before, on="discrepancy_id", how="inner")
        .sort("place", largest, "discrepancy_id", descending=[False, True, False])
        .group_by("place", maintain_order=True)
        .agg(
            pl.col("owner").drop_nulls().first(),
            pl.col("due_on").min(),
            pl.col("claimable").any(),
            pl.col("type").unique().sort().str.join(", ").alias("types"),
        )
    )


def _discrepancies(outcome: Outcome, groups: pl.DataFrame, taken: pl.DataFrame, moved: pl.DataFrame) -> pl.DataFrame:
    """What groups by hand leave, with `place`, in order of their ids."""
    wanted = schema_of(Discrepancy)
    left = groups.filter("differs").join(taken, on="place", how="left", maintain_order="left")
    ids = [
        digest(f"{DIFFERENCE if is_link else UNMATCHED}|{decision_id}|{'' if is_link else names}")[:16]
        for is_link, decision_id, names in left.select("is_link", "decision_id", "names").iter_rows()
    ]
    codes = left["currency"].drop_nulls().unique().sort().to_list()
    left = (
        left.with_columns(pl.Series("discrepancy_id", ids, dtype=pl.String))
        .join(_named_by(outcome, moved, left["place"]), on="place", how="left", maintain_order="left")
        .join(_sources(outcome, moved, left["place"]), on="place", how="left", maintain_order="left")
        .with_columns(amount_text_expr(pl.col("gap_minor"), pl.col("currency"), codes).fill_null("0").alias("said"))
    )
    code = pl.col("currency").fill_null("")
    evidence = pl.struct(
        pl.col("decision_id").alias("decision"),
        pl.col("types").alias("instead_of"),
        pl.col("sides"),
        pl.col("records").cast(pl.String),
        pl.when(pl.col("gap_pieces") != 0).then(pl.col("gap_pieces").cast(pl.String)).alias("parts_of_a_piece"),
    ).struct.json_encode()
    joined = pl.col("is_link")
    said = {
        "type": pl.when(joined).then(pl.lit(DIFFERENCE)).otherwise(pl.lit(UNMATCHED)),
        "severity": severity_expr(codes),
        "impact_minor": pl.col("gap_minor"),
        "claimable": joined & pl.col("claimable").fill_null(value=False) & (pl.col("gap_minor") > 0),
        "secondary": pl.lit([], dtype=pl.List(pl.String)),
        "keys": pl.col("keys").fill_null("{}"),
        "evidence": _without_nulls(evidence),
        "diffs": pl.lit("{}"),
        "reason": pl.when(joined)
        .then(pl.format("{} records of {} belong together by hand; {} {} is left", "records", "sides", "said", code))
        .otherwise(pl.format("{} records of {} match nothing by hand; {} {}", "records", "sides", "said", code)),
        "reason_zh": pl.when(joined)
        .then(pl.format("人工匹配 {} 条记录（{}），差额 {} {}", "records", "sides", "said", code))
        .otherwise(pl.format("人工取消匹配 {} 条记录（{}），差额 {} {}", "records", "sides", "said", code)),
        "period": pl.lit(_period(outcome), dtype=pl.String),
        "state": pl.lit("open"),
    }
    own = set(left.columns)
    columns = [
        (said[name] if name in said else pl.col(name) if name in own else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in wanted.items()
    ]
    return left.select(*columns, "place").sort("discrepancy_id")


def _without_nulls(text: pl.Expr) -> pl.Expr:
    return text.str.replace_all(r',"[a-z_0-9]+":null', "").str.replace_all(r'"[a-z_0-9]+":null,?', "")


def _period(outcome: Outcome) -> str | None:
    told = outcome.discrepancies.to_polars()["period"].drop_nulls()
    if len(told):
        return str(told[0])
    as_of = outcome.parameters.get("as of")
    return None if as_of is None else as_of[:_PERIOD_DIGITS]


def _named_by(outcome: Outcome, moved: pl.DataFrame, places: pl.Series) -> pl.DataFrame:
    """By group the identifiers of its records as JSON, those of several values with the first of them."""
    texts = []
    wanted = moved.filter(pl.col("place").is_in(places.implode()) & (pl.col("row").is_not_null()))
    for side, frame in outcome.records.items():
        rows = wanted.filter(pl.col("side") == side).select("place", "row")
        if rows.height:
            names = [
                name
                for name, dtype in frame.schema.items()
                if dtype == pl.String and (name.endswith(_NAMES) or name in _MORE_NAMES)
            ]
            told = (
                frame.with_columns(pl.col("row").cast(pl.Int64))
                .join(rows, on="row", how="inner")
                .select("place", *names)
            )
            texts.append(told.unpivot(index="place", variable_name="name", value_name="value").drop_nulls())
    if not texts:
        return pl.DataFrame(schema={"place": pl.Int64, "keys": pl.String})
    values = pl.col("value").unique().sort()
    by_name = (
        pl.concat(texts).group_by("place", "name").agg(values.head(_SHOWN_VALUES).str.join(", ")).sort("place", "name")
    )
    names = by_name["name"].unique().sort().to_list()
    wide = by_name.pivot("name", index="place", values="value")
    return wide.select("place", _without_nulls(pl.struct(names).struct.json_encode()).alias("keys"))


def _sources(outcome: Outcome, moved: pl.DataFrame, places: pl.Series) -> pl.DataFrame:
    """By group where its first record stands, one of what is there before one of what should be."""
    rank = {"actual": 0, "expected": 1}
    wanted = moved.filter(pl.col("place").is_in(places.implode()) & pl.col("key").is_not_null()).with_columns(
        pl.col("role").replace_strict(rank, default=2, return_dtype=pl.Int64).alias("rank")
    )
    first = wanted.sort("place", "rank", "side", "row").unique("place", keep="first", maintain_order=True)
    parts = [
        frame.select(pl.col("row").cast(pl.Int64), *(name for name in _SOURCE if name in frame.columns)).join(
            first.filter(pl.col("side") == side).select("place", "row"), on="row", how="inner"
        )
        for side, frame in outcome.records.items()
    ]
    return pl.concat(parts, how="diagonal").drop("row")


def _moved_rows(frame: pl.DataFrame, side: str, moved: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Records of a side with the groups and verdicts by hand; what is set aside keeps its reason."""
    own = moved.filter(pl.col("side") == side).select("row", "place")
    if own.is_empty():
        return frame
    told = own.join(groups.select("place", pl.col("verdict").alias("new_verdict")), on="place", how="left")
    counts = (pl.col("is_compared") | pl.col("is_evidence")) & pl.col("new_verdict").is_not_null()
    joined = frame.join(
        told.with_columns(pl.col("row").cast(frame.schema["row"])), on="row", how="left", maintain_order="left"
    )
    return joined.with_columns(
        pl.coalesce("place", pl.col("unit").cast(pl.Int64)).cast(frame.schema["unit"]).alias("unit"),
        pl.when(counts).then("new_verdict").otherwise("verdict").alias("verdict"),
    ).select(frame.columns)


def _matches(outcome: Outcome, moved: pl.DataFrame, decisions: Sequence[Decision]) -> pl.DataFrame:
    """Matches without those that were taken apart or are joined anew, and with the pairs of groups by hand."""
    if set(outcome.matched) - set(outcome.records):
        return outcome.matches
    left, right = (
        moved.filter((pl.col("side") == side) & pl.col("key").is_not_null()).select(
            pl.col("row").alias(end), pl.col("place").alias(f"{end}_place"), pl.col("via").alias(f"{end}_via")
        )
        for side, end in zip(outcome.matched, ("left", "right"), strict=True)
    )
    links = [place for place, one in enumerate(decisions) if isinstance(one, Link)]
    ends = outcome.matches.join(left, on="left", how="left", maintain_order="left").join(
        right, on="right", how="left", maintain_order="left"
    )
    untouched = pl.col("left_place").is_null() & pl.col("right_place").is_null()
    together = pl.col("left_place").eq(pl.col("right_place")) & ~pl.col("left_via").is_in(links)
    kept = (
        ends.filter(untouched | together.fill_null(value=False))
        .with_columns(pl.coalesce("left_place", "unit").alias("unit"))
        .select(outcome.matches.columns)
    )
    pairs = (
        left.filter(pl.col("left_via").is_in(links))
        .join(right, left_on="left_place", right_on="right_place", how="inner")
        .sort("left_place", "left", "right")
    )
    last = outcome.matches["group"].max()
    start = last + 1 if isinstance(last, int) else 0
    made = pairs.select(
        "left",
        "right",
        (pl.col("left_place").rank("dense").cast(pl.Int64) - 1 + start).alias("group"),
        pl.lit("manual").alias("rule"),
        pl.lit(1.0).alias("score"),
        pl.lit("confirmed").alias("status"),
        pl.col("left_place").alias("unit"),
    )
    schema = outcome.matches.schema
    return pl.concat([kept, made.select(pl.col(name).cast(schema[name]) for name in outcome.matches.columns)])


def _bonds(bonds: pl.DataFrame, units: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Bonds of groups that were joined; what was taken apart is bound to nothing."""
    joined = groups.filter("is_link")["place"].implode()
    moved = units.select("unit", "place", pl.col("place").is_in(joined).alias("stays"))
    told = bonds.join(moved, on="unit", how="left", maintain_order="left").join(
        moved, left_on="other", right_on="unit", how="left", suffix="_other", maintain_order="left"
    )
    stays = pl.col("stays").fill_null(value=True) & pl.col("stays_other").fill_null(value=True)
    return (
        told.filter(stays)
        .select(pl.coalesce("place", "unit").alias("unit"), pl.coalesce("place_other", "other").alias("other"))
        .filter(pl.col("unit") != pl.col("other"))
        .unique(maintain_order=True)
    )


def _checks(before: Outcome, after: Outcome, touched: pl.Series) -> list[Check]:
    """That decisions lose no record and no cent: what units differ by is what discrepancies and the rules' allowances say."""
    checks = []
    for side, frame in after.records.items():
        counts = frame.group_by("verdict").agg(pl.len().alias("rows")).sort("verdict")
        parts = {str(verdict): rows for verdict, rows in counts.iter_rows()}
        total = before.records[side].height
        checks.append(Check(name="rows, with decisions by hand", side=side, currency=None, total=total, parts=parts))
    gaps = before.units.filter(pl.col("verdict") != SETTLED)
    impacts = before.discrepancies.to_polars().join(before.explains, on="discrepancy_id", how="inner")
    aside = touched.explode()
    now = after.discrepancies.to_polars()
    for code in gaps["currency"].drop_nulls().unique().sort().to_list():
        own = gaps.filter(pl.col("currency") == code)
        rules = own.filter(~pl.col("unit").is_in(aside.implode()))["gap_minor"].sum()
        found = impacts.filter(~pl.col("unit").is_in(aside.implode()) & (pl.col("currency") == code))
        parts = {
            "impacts of discrepancies": int(now.filter(pl.col("currency") == code)["impact_minor"].sum()),
            "within tolerance, in transit or switched off": int(rules) - int(found["impact_minor"].sum()),
        }
        total = int(own["gap_minor"].sum())
        checks.append(
            Check(
                name="actual - expected, with decisions by hand", side="both", currency=code, total=total, parts=parts
            )
        )
    return checks
