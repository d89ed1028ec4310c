"""Members: which records of the inputs a match holds together, and which a discrepancy is about."""

from collections.abc import Mapping
from typing import Any

import attrs
import polars as pl

from tieout import model
from tieout.casebook.canonical import digest
from tieout.casebook.kinds import class_of, role_of
from tieout.casebook.refs import hashes_of, refs_of
from tieout.outcome import CarryForward, Outcome
from tieout.tables import Table, schema_of, table_of

__all__ = [
    "Given",
    "Inputs",
    "Seen",
    "case_records",
    "clues_of",
    "clues_of_rows",
    "groups_of",
    "inputs_of",
    "seen_of",
    "tables_of",
]

_SETTLED = "settled before"
_SCOPE = ("book_id", "platform", "shop_id")
_NAMES = (
    *("platform_order_id", "platform_sub_order_id", "merchant_order_no", "channel_txn_id", "channel_refund_id"),
    *("payment_id", "refund_id", "return_id", "tracking_no", "settlement_id", "line_id", "payout_id", "bank_ref"),
    *("movement_id", "count_id", "document_id"),
)
"""Identifiers that name a record, rather than a group of many such as a bill."""
_PLACE = ("source_file", "source_sheet", "source_sha256", "source_line")
_CLUE_DIGITS = 15  # fits into an integer of 64 bits
_SEEN: Mapping[str, type[pl.DataType]] = {
    "side": pl.String,
    "kind": pl.String,
    "key": pl.String,
    "hash": pl.String,
    "unit": pl.Int64,
    "is_compared": pl.Boolean,
    "is_evidence": pl.Boolean,
}


@attrs.frozen(kw_only=True)
class Given:
    """One side of a run as it was given.

    Attributes:
        kind: Class and role of its records, such as `Order`.
        refs: `row`, `key`, `hash` of each.
    """

    kind: str
    refs: pl.DataFrame = attrs.field(repr=False)

    def digest(self) -> str:
        """Digest of all that it says, whatever the order of its rows."""
        return digest("\n".join((self.refs["key"] + " " + self.refs["hash"]).sort().to_list()))


@attrs.frozen(kw_only=True)
class Inputs:
    """The records that a run was given, and those that the run before handed on to it.

    Attributes:
        sides: The sides as they were given, by name.
        named: For each side of the outcome's records `row` as there, `kind`, `key`, `hash`.
    """

    sides: Mapping[str, Given]
    named: Mapping[str, pl.DataFrame] = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class Seen:
    """The records that a run saw.

    Attributes:
        rows: One row for each record and unit: `side`, `kind`, `key`, `hash`, `unit`, `is_compared` (it was not left out) and
            `is_evidence`.
        ids: The identifiers of these rows, by side, beside their `kind`, `key`, `hash` and flags.
    """

    rows: pl.DataFrame = attrs.field(repr=False)
    ids: Mapping[str, pl.DataFrame] = attrs.field(repr=False)


def inputs_of(outcome: Outcome, sides: Mapping[str, Any], kinds: Mapping[str, str]) -> Inputs:
    """What a run was given.

    Args:
        outcome: What the run gave.
        sides: What it was given, by parameter.
        kinds: Kinds of the sides, as `kinds_of_sides` tells them.
    """
    opening = _opening(sides)
    given = {
        name: Given(kind=kinds[name], refs=refs_of(table, role=role_of(kinds[name])))
        for name, one in sides.items()
        if (table := _table(one, outcome.kinds.get(name))) is not None
    }
    named = {
        name: _named(name, frame, given.get(name), opening, kinds.get(name))
        for name, frame in outcome.records.items()
        if name in given or opening is not None
    }
    return Inputs(sides=given, named=named)


def tables_of(outcome: Outcome, sides: Mapping[str, Any]) -> dict[str, Table[Any]]:
    """The rows of each side: those given, or where there are none those that the run before handed on.

    Args:
        outcome: What the run gave.
        sides: What it was given, by parameter.
    """
    found = {name: table for name, one in sides.items() if (table := _table(one, outcome.kinds.get(name))) is not None}
    opening = _opening(sides)
    for carried in () if opening is None else (opening.later, opening.sides):
        found |= {name: table for name, table in carried.items() if name not in found or not len(found[name])}
    return found


def _opening(sides: Mapping[str, Any]) -> CarryForward | None:
    return next((one for one in sides.values() if isinstance(one, CarryForward)), None)


def seen_of(outcome: Outcome, named: Mapping[str, pl.DataFrame]) -> Seen:
    """The records that a run saw, with their units.

    Args:
        outcome: What the run gave.
        named: As `Inputs.named`.
    """
    is_compared = pl.col("is_compared") | (pl.col("verdict") == _SETTLED)
    ids = {
        name: outcome.records[name]
        .join(refs, on="row", how="inner", maintain_order="left")
        .with_columns(is_compared.fill_null(value=False).alias("is_compared"), pl.lit(name).alias("side"))
        for name, refs in named.items()
    }
    rows = [frame.select(pl.col(name).cast(kind) for name, kind in _SEEN.items()) for frame in ids.values()]
    return Seen(rows=pl.concat([pl.DataFrame(schema=dict(_SEEN)), *rows]), ids=ids)


def _table(given: object, kind: str | None) -> Table[Any] | None:
    """What was given as a side, as a table; None where it is no side, or of a class that nobody knows."""
    if isinstance(given, Table):
        return given
    record = None if kind is None else getattr(model, kind, None)
    if given is None or record is None or isinstance(given, CarryForward):
        return None
    return table_of(given, record)


def _named(
    name: str, frame: pl.DataFrame, given: Given | None, opening: CarryForward | None, kind: str | None
) -> pl.DataFrame:
    """The rows of a side that are records of the caller, with their names."""
    of_record = pl.col("record_row" if "record_row" in frame.columns else "row")
    rows = frame.filter(~pl.col("is_assumed")).with_columns(of_record.cast(pl.Int64).alias("at"))
    parts = [pl.DataFrame(schema={"row": pl.Int64, "kind": pl.String, "key": pl.String, "hash": pl.String})]
    count = 0
    if given is not None:
        count = given.refs.height
        refs = given.refs.select(pl.col("row").alias("at"), pl.lit(given.kind).alias("kind"), "key", "hash")
        parts.append(rows.select("row", "at").join(refs, on="at", how="inner", maintain_order="left").drop("at"))
    if opening is not None:
        parts += _carried(name, rows.filter(pl.col("at") >= count), opening, kind)
    return pl.concat([part.with_columns(pl.col("row").cast(pl.Int64)) for part in parts])


def _carried(name: str, rows: pl.DataFrame, opening: CarryForward, kind: str | None) -> list[pl.DataFrame]:
    """Rows that the run before handed on, found again by what they say: they follow those given, in their order."""
    tables = [table for table in (opening.later.get(name), opening.sides.get(name)) if table is not None]
    if kind is None or not tables or not rows.height:
        return []
    whole: Table[Any] = Table(pl.concat([table.to_polars() for table in tables]), tables[0].record)
    frame = whole.to_polars()
    refs = refs_of(whole, role=role_of(kind)).select(pl.lit(kind).alias("kind"), "key", "hash")
    on = [column for column in (*_SCOPE, *_NAMES, *_PLACE) if column in frame.columns and column in rows.columns]
    known = pl.concat([frame.select(on), refs], how="horizontal").with_columns(_nth(on))
    first = rows.unique("at", keep="first", maintain_order=True).with_columns(_nth(on)).select("at", *on, "nth")
    found = first.join(known, on=[*on, "nth"], how="inner", nulls_equal=True, maintain_order="left")
    refs = found.select("at", "kind", "key", "hash")
    return [rows.select("row", "at").join(refs, on="at", how="inner", maintain_order="left").drop("at")]


def _nth(on: list[str]) -> pl.Expr:
    return (pl.int_range(pl.len()).over(on) if on else pl.int_range(pl.len())).alias("nth")


def groups_of(outcome: Outcome, seen: Seen) -> pl.DataFrame:
    """Matches: records of two sides or more that one unit holds together, or units that belong together.

    Returns:
        `group_id` (digest of the reconciliation and the members), `members` (JSON of [side, kind, key], sorted), `rule`,
        `score` as text, `group` (the unit, or the one that it belongs to), and `refs`, the members as a list of `kind` and
        `key`; in the order of the ids.
    """
    bonds = outcome.bonds.unique("unit", keep="first", maintain_order=True)
    rows = seen.rows.filter(pl.col("is_compared") & pl.col("unit").is_not_null()).join(bonds, on="unit", how="left")
    rows = rows.with_columns(pl.coalesce("other", "unit").alias("group")).unique(["group", "side", "kind", "key"])
    member = pl.format('["{}","{}","{}"]', "side", "kind", "key").alias("member")
    groups = (
        rows.with_columns(member)
        .sort("group", "member")
        .group_by("group", maintain_order=True)
        .agg(
            pl.col("side").n_unique().alias("sides"),
            pl.col("member").str.join(",").alias("members"),
            pl.struct("kind", "key").alias("refs"),
        )
        .filter(pl.col("sides") > 1)
        .with_columns(pl.format("[{}]", "members").alias("members"))
    )
    ids = hashes_of(groups.select(pl.format('["{}",{}]', pl.lit(outcome.reconciliation), "members")).to_series())
    groups = groups.with_columns(ids.str.slice(0, 32).alias("group_id"))
    return groups.join(_rules(outcome), on="group", how="left").sort("group_id").drop("sides")


def _rules(outcome: Outcome) -> pl.DataFrame:
    if not {"unit", "rule", "score", "status"} <= set(outcome.matches.columns):
        return pl.DataFrame(schema={"group": pl.Int64, "rule": pl.String, "score": pl.String})
    confirmed = outcome.matches.filter((pl.col("status") == "confirmed") & pl.col("unit").is_not_null())
    return confirmed.group_by(pl.col("unit").cast(pl.Int64).alias("group")).agg(
        pl.col("rule").cast(pl.String).unique().sort().str.join(", "), pl.col("score").min().cast(pl.String)
    )


def clues_of(outcome: Outcome, inputs: Inputs, seen: Seen) -> pl.DataFrame:
    """By which identifiers a late record would belong to a group: those that name nothing else of the outcome.

    Args:
        outcome: What the run gave.
        inputs: What it was given.
        seen: The records that it saw.

    Returns:
        `group` (the unit, or the one that it belongs to) and `clue`, sorted.
    """
    kinds = {
        side.kind: schema_of(record)
        for side in inputs.sides.values()
        if (record := getattr(model, class_of(side.kind), None))
    }
    bonds = outcome.bonds.unique("unit", keep="first", maintain_order=True)
    parts = [pl.DataFrame(schema={"group": pl.Int64, "name": pl.String, "value": pl.String, "of": pl.String})]
    for frame in seen.ids.values():
        compared = frame.filter(pl.col("is_compared") & pl.col("unit").is_not_null()).with_columns(
            pl.col("unit").cast(pl.Int64)
        )
        grouped = compared.join(bonds, on="unit", how="left").with_columns(pl.coalesce("other", "unit").alias("group"))
        parts += [
            grouped.filter(pl.col(name).is_not_null()).select(
                "group", pl.lit(name).alias("name"), pl.col(name).alias("value"), scope_expr(grouped).alias("of")
            )
            for name in _NAMES
            if grouped.schema.get(name) == pl.String
        ]
    told = pl.concat(parts).unique()
    alone = told.filter(pl.col("group").n_unique().over("name", "value", "of") == 1)
    wanted = [
        alone.filter(pl.col("name").is_in(sorted(_names_in(schema)))).with_columns(pl.lit(kind).alias("kind"))
        for kind, schema in sorted(kinds.items())
    ]
    if not wanted:
        return pl.DataFrame(schema={"group": pl.Int64, "clue": pl.Int64})
    every = pl.concat(wanted)
    return every.select("group", clue_of(every)).unique().sort("group", "clue")


def scope_expr(frame: pl.DataFrame) -> pl.Expr:
    """Platform and shop of a row as one text; empty where it says neither."""
    told = [pl.col(name).fill_null("") for name in ("platform", "shop_id") if name in frame.columns]
    return pl.concat_str(told, separator="/") if told else pl.lit("")


def clue_of(frame: pl.DataFrame) -> pl.Series:
    """The clue that a record gives: a number made of `kind`, `name`, `value` and `of`, its platform and shop."""
    text = pl.format('["{}","{}","{}",{}]', "kind", "name", "of", pl.struct("value").struct.json_encode())
    found = hashes_of(frame.select(text).to_series())
    return found.str.slice(0, _CLUE_DIGITS).str.to_integer(base=16, dtype=pl.Int64).alias("clue")


def clues_of_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """The clues that late records give, by what they name themselves, in their lines, or in a list.

    Args:
        rows: `kind`, `key`, `payload` as JSON.

    Returns:
        `kind`, `key`, `clue`.
    """
    told = rows.with_columns(
        pl.col("payload").str.json_path_match(f"$.{name}").alias(name) for name in ("platform", "shop_id")
    )
    parts = [
        told.select("kind", "key", pl.lit(name).alias("name"), _values(name).alias("value"), of.alias("of"))
        .explode("value")
        .drop_nulls("value")
        for name in _NAMES
        for of in (scope_expr(told), pl.lit(""))
    ]
    every = pl.concat(parts).unique()
    return every.select("kind", "key", clue_of(every))


def _values(name: str) -> pl.Expr:
    """Values of an identifier anywhere in a payload, in lists of it too."""
    one = pl.col("payload").str.extract_all(f'"{name}":"[^"\\\\]+"').list.eval(pl.element().str.slice(len(name) + 4))
    several = pl.col("payload").str.extract(rf'"{name}s":\[([^\]]*)\]').fill_null("").str.extract_all(r'"[^"\\]+"')
    return pl.concat_list(one, several.list.eval(pl.element().str.slice(1))).list.eval(
        pl.element().str.strip_suffix('"')
    )


def _names_in(schema: Mapping[str, pl.DataType]) -> frozenset[str]:
    """Identifiers that records of a class may name, in their lines and lists too."""
    told = str(dict(schema))
    return frozenset(name for name in _NAMES if f"'{name}'" in told or f"'{name}s'" in told)


def case_records(outcome: Outcome, seen: Seen) -> pl.DataFrame:
    """The records that each discrepancy is about: those of its unit, or those that bear its identifiers.

    Returns:
        `discrepancy_id`, `kind`, `key`, `hash`, `is_evidence`, sorted.
    """
    columns = ["discrepancy_id", "kind", "key", "hash", "is_evidence"]
    also = outcome.explains.join(outcome.bonds, on="unit", how="inner").select(
        "discrepancy_id", pl.col("other").alias("unit")
    )
    tied = pl.concat([outcome.explains.select("discrepancy_id", "unit"), also]).join(seen.rows, on="unit", how="inner")
    known = tied["discrepancy_id"].unique().implode()
    left = outcome.discrepancies.to_polars().select("discrepancy_id", "keys")
    named = _by_keys(left.filter(~pl.col("discrepancy_id").is_in(known)), seen)
    found = pl.concat([tied.select(columns), *(one.select(columns) for one in named)])
    return (
        found.group_by("discrepancy_id", "kind", "key", "hash")
        .agg(pl.col("is_evidence").all())
        .select(columns)
        .sort("discrepancy_id", "is_evidence", "kind", "key")
    )


def _by_keys(left: pl.DataFrame, seen: Seen) -> list[pl.DataFrame]:
    """Records that bear all the identifiers of a discrepancy that their side knows."""
    found = []
    told = left.with_columns(
        pl.col("keys").str.json_path_match(f"$.{name}").alias(name) for name in (*_SCOPE, *_NAMES)
    ).drop("keys")
    names = [name for name in (*_SCOPE, *_NAMES) if told[name].null_count() < told.height]
    for part in _alike(told, names):
        own = [name for name in names if part[name].null_count() == 0]
        for frame in seen.ids.values():
            on = [name for name in own if name in frame.columns and frame.schema[name] == pl.String]
            if not set(on).isdisjoint(_NAMES):
                compared = frame.filter(pl.col("is_compared"))
                found.append(part.select("discrepancy_id", *on).join(compared, on=on, how="inner"))
    return found


def _alike(told: pl.DataFrame, names: list[str]) -> list[pl.DataFrame]:
    """Rows by which of the names they have."""
    if not told.height or not names:
        return []
    pattern = pl.concat_str(pl.col(name).is_null().cast(pl.String) for name in names)
    return told.with_columns(pattern.alias("pattern")).partition_by("pattern", maintain_order=True)
