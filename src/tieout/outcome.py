"""Outcome: what a reconciliation hands on, and how two of them compare."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

import attrs
import polars as pl

from tieout import model
from tieout._notebook import table, view
from tieout.errors import InputError
from tieout.model import Discrepancy, Event
from tieout.model.currency import exponent, from_units
from tieout.proof import Proof
from tieout.tables import Table
from tieout.tables._schema import no_rows

__all__ = ["CarryForward", "Outcome", "Summary", "amount_text_expr", "guarded_expr", "summary_of"]

_COUNTED, _LATER = "side-", "later-"
CLAIM_KEYS: Final = ("bill_no", "tracking_no", "charge_type", "leg", "ship_date")
"""What a claim against a courier names."""
_INTERNAL_EVIDENCE = r''',?"(?:rule|parcel_source)":"(?:[^"\\]|\\.)*"'''


def _explains_nothing() -> pl.DataFrame:
    return pl.DataFrame(schema={"discrepancy_id": pl.String, "unit": pl.Int64, "is_note": pl.Boolean})


def _no_units() -> pl.DataFrame:
    figures = ("expected_minor", "actual_minor", "gap_minor", "gap_pieces")
    schema = {"unit": pl.Int64, "currency": pl.String, **dict.fromkeys(figures, pl.Int64), "verdict": pl.String}
    return pl.DataFrame(schema=schema)


def _binds_nothing() -> pl.DataFrame:
    return pl.DataFrame(schema={"unit": pl.Int64, "other": pl.Int64})


def amount_text_expr(minor: pl.Expr, currency: pl.Expr, codes: list[str]) -> pl.Expr:
    """Minor units as plain decimal text with the currency's own decimals, for files that people open.

    Args:
        minor: Integer expression.
        currency: String expression of ISO 4217 codes.
        codes: Every code that occurs.
    """
    text = pl.lit(None, dtype=pl.String)
    for code in codes:
        decimals = exponent(code)
        digits = minor.abs().cast(pl.String).str.zfill(decimals + 1)
        whole = digits.str.head(-decimals) if decimals else digits
        part = pl.lit(".") + digits.str.tail(decimals) if decimals else pl.lit("")
        sign = pl.when(minor < 0).then(pl.lit("-")).otherwise(pl.lit(""))
        text = pl.when(currency == code).then(pl.concat_str([sign, whole, part])).otherwise(text)
    return text


@attrs.frozen(kw_only=True)
class Summary:
    """A result in words, for a terminal or a notebook.

    Attributes:
        title: What was reconciled.
        sections: Heading and rows of label and figure.
    """

    title: str
    sections: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]

    def __str__(self) -> str:
        width = max((len(label) for _, rows in self.sections for label, _ in rows), default=0)
        lines = [self.title]
        for heading, rows in self.sections:
            lines += ["", heading, *(f"  {label:<{width}}  {figure:>24}" for label, figure in rows)]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        tables = (table((), rows, caption=heading, figures={1}, named=True) for heading, rows in self.sections if rows)
        return view(self.title, *tables)


def summary_of(
    reconciliation: str,
    totals: Mapping[tuple[str, str], int],
    by_type: pl.DataFrame,
    proof: Proof,
    parameters: Mapping[str, str],
) -> Summary:
    """A result in words.

    Args:
        reconciliation: Name of the reconciliation.
        totals: Sums by label and currency, in minor units.
        by_type: Discrepancies by `type` and `currency`: `count` and `impact_minor`.
        proof: The totals that tie.
        parameters: The settings that decided it.
    """
    rows = tuple((f"{label}, {code}", _figure(value, code)) for (label, code), value in totals.items())
    found = tuple(
        (f"{row['type']} x {row['count']:,}", f"{_figure(row['impact_minor'], row['currency'])} {row['currency']}")
        for row in by_type.sort("type", "currency").iter_rows(named=True)
    )
    verdict = (("checks", f"{len(proof.checks):,}"), ("holds", "yes" if proof.holds else "NO"))
    settings = tuple(parameters.items())
    sections = (("Totals", rows), ("Discrepancies", found), ("Proof", verdict), ("Settings", settings))
    return Summary(title=f"Reconciliation {reconciliation}", sections=sections)


@attrs.frozen(kw_only=True, eq=False)
class CarryForward:
    """What one run leaves open and the next one begins with.

    Attributes:
        items: One row per open item, for people: `what` it waits for or lacks, its identifiers, `amount_minor`, `currency` and
            `due_on`.
        sides: The records that the next run has to see again, by side: those of open items, and settled ones of the last days,
            so that what is booked twice or changed later is recognised.
        later: The records of days after the run's period, by side: no run has counted them yet, and the next one takes them as
            if they were given to it.
        opens_on: First day of the period that it opens, where that follows the one it is of. A record that is given again then
            stands for the carried one: as it was carried, where it says the same or its day lies before; as news of the period
            otherwise. None for a run of the same days, or of no period.
    """

    items: pl.DataFrame = attrs.field(factory=pl.DataFrame, repr=False)
    sides: Mapping[str, Table[Any]] = attrs.field(factory=dict, repr=False)
    later: Mapping[str, Table[Any]] = attrs.field(factory=dict, repr=False)
    opens_on: date | None = None

    def __len__(self) -> int:
        return self.items.height

    def to_polars(self) -> pl.DataFrame:
        """The open items."""
        return self.items

    def side(self, name: str, record: type) -> pl.DataFrame:
        """The carried records of a side as columns; none where it carried none.

        Args:
            name: Name of the side, such as `payouts`.
            record: Its record class.

        Raises:
            InputError: What was carried under that name is of another record.
        """
        return self._columns(self.sides.get(name), name, record)

    def later_side(self, name: str, record: type) -> pl.DataFrame:
        """The records of later periods of a side, as `side` gives those that were counted."""
        return self._columns(self.later.get(name), name, record)

    @staticmethod
    def _columns(table: Table[Any] | None, name: str, record: type) -> pl.DataFrame:
        if table is None:
            return no_rows(record)
        if table.record is not record:
            raise InputError(
                f"{record.__name__} is needed, {table.record.__name__} was carried", where=f"opening: {name}"
            )
        return table.to_polars()

    def save(self, folder: str | Path) -> None:
        """Write it to a folder, one Parquet file a side, so that a later process can begin with it.

        Args:
            folder: Folder that is made where it is not there; files of an earlier call are replaced.

        Raises:
            InputError: The folder cannot be made or written to.
        """
        target = Path(folder)
        try:
            target.mkdir(parents=True, exist_ok=True)
            for old in target.glob("*.parquet"):
                old.unlink()
            self.items.write_parquet(target / "items.parquet")
            for prefix, tables in ((_COUNTED, self.sides), (_LATER, self.later)):
                for name, table in tables.items():
                    table.to_polars().write_parquet(target / f"{prefix}{name}-{table.record.__name__}.parquet")
        except OSError as cause:
            raise InputError(f"it cannot be written: {cause.strerror}", where=target.name) from cause

    @classmethod
    def load(cls, folder: str | Path) -> "CarryForward":
        """What `save` wrote.

        Raises:
            InputError: The folder holds no such files, or they were written for other records.
        """
        source = Path(folder)
        items = source / "items.parquet"
        if not items.is_file():
            raise InputError("nothing was carried forward to here: items.parquet is missing", where=source.name)
        return cls(items=pl.read_parquet(items), sides=_loaded(source, _COUNTED), later=_loaded(source, _LATER))


def _loaded(source: Path, prefix: str) -> dict[str, Table[Any]]:
    """The tables of a folder whose files begin so, by side."""
    tables: dict[str, Table[Any]] = {}
    for file in sorted(source.glob(f"{prefix}*.parquet")):
        name, _, kind = file.stem.removeprefix(prefix).rpartition("-")
        record = getattr(model, kind, None)
        if record is None:
            raise InputError(f"{kind} is no record", where=file.name)
        tables[name] = Table(pl.read_parquet(file), record)
    return tables


@attrs.frozen(kw_only=True, eq=False)  # two outcomes are compared by `compare`
class Outcome:
    """The result of one reconciliation: what agrees, what does not, what follows for the books, and the proof of it.

    Attributes:
        reconciliation: Name of the reconciliation's leaf, such as `courier_bill`.
        parameters: The settings that decided it, as text: tolerances, contract, dates.
        matches: One row per record of the right side that has a counterpart: `left`, `right` (0-based positions in the
            inputs), `group`, `rule`, `score` (0 to 1), `status` (`confirmed` or `suggested`), and the `unit` that the left one
            is in.
        lines: One row per record of the right side with its verdict: what was billed, expected and differs, in minor
            units.
        discrepancies: What does not agree. Their impacts sum to actual - expected, exactly.
        events: What is to be posted.
        proof: The totals that tie; `proof.holds` is False when something was lost.
        carry_forward: What is open and is to be looked for in the next run, which takes it as `opening`.
        totals: Sums for people, by label and currency, in minor units.
        records: For each side one row per record with its verdict: `row` (0-based position in the input), `unit` (what it was
            compared in), `verdict`, its identifiers, day, amount as it was compared and source; `is_repeat` (the same record as
            one before it), `is_assumed` (no record says it: the reconciliation made it of others), `is_evidence` (it was looked
            at and not compared), and what the record says by itself: `cash_minor`, what the merchant gains by it, in
            `cash_currency`.
        kinds: For each side the name of its record class, such as `Order`.
        explains: Which unit of `records` a discrepancy is about: `discrepancy_id`, `unit`. One of no unit, such as the sum
            of what tolerances absorbed in a day, is not in it.
        bonds: Units that belong together although each is compared by itself, such as a bill's line and its parcel: `unit`,
            `other`. Most reconciliations have none.
    """

    reconciliation: str
    parameters: Mapping[str, str]
    matches: pl.DataFrame = attrs.field(repr=False)
    lines: pl.DataFrame = attrs.field(repr=False)
    discrepancies: Table[Discrepancy] = attrs.field(repr=False)
    events: Table[Event] = attrs.field(repr=False)
    proof: Proof = attrs.field(repr=False)
    carry_forward: CarryForward = attrs.field(repr=False)
    totals: Mapping[tuple[str, str], int] = attrs.field(repr=False)
    records: Mapping[str, pl.DataFrame] = attrs.field(factory=dict, repr=False)
    kinds: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    explains: pl.DataFrame = attrs.field(factory=_explains_nothing, repr=False)
    units: pl.DataFrame = attrs.field(factory=_no_units, repr=False)
    roles: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    matched: tuple[str, str] = ("", "")
    bonds: pl.DataFrame = attrs.field(factory=_binds_nothing, repr=False)

    def summary(self) -> Summary:
        """The result in words: totals, discrepancies by type, and whether the proof holds."""
        by_type = (
            self.discrepancies.to_polars()
            .group_by("type", "currency")
            .agg(pl.len().alias("count"), pl.col("impact_minor").sum())
        )
        return summary_of(self.reconciliation, self.totals, by_type, self.proof, self.parameters)

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()

    def claims(self, *, named: Sequence[str] = CLAIM_KEYS) -> pl.DataFrame:
        """What the other side owes: one row per claimable discrepancy, amounts as decimal text, largest first.

        Columns: those named (bill_no, tracking_no, charge_type, leg, ship_date), billed, expected (null when it cannot be
        computed), claimed, currency, type, reason, evidence, source.

        Args:
            named: Which keys of the discrepancies say what each is about, where it is no courier that is asked.
        """
        frame = self.discrepancies.to_polars().filter(pl.col("claimable"))
        codes = frame["currency"].unique().drop_nulls().sort().to_list()
        keys = [pl.col("keys").str.json_path_match(f"$.{key}").alias(key) for key in named]
        figures = {
            "billed": pl.col("actual_minor").fill_null(0),  # nothing is there: nothing was billed
            "expected": pl.col("expected_minor"),  # null: it cannot be computed, which is not the same as 0
            "claimed": pl.col("impact_minor"),
        }
        amounts = [amount_text_expr(figure, pl.col("currency"), codes).alias(name) for name, figure in figures.items()]
        source = pl.concat_str(
            [pl.col("source_file"), pl.lit(":"), pl.col("source_line").cast(pl.String)], ignore_nulls=False
        )
        # Where our own record of the parcel stands is nobody's business but ours.
        evidence = pl.col("evidence").str.replace_all(_INTERNAL_EVIDENCE, "").str.replace(r"^\{,", "{")
        return frame.sort("impact_minor", "discrepancy_id", descending=[True, False]).select(
            *keys, *amounts, "currency", "type", "reason", evidence.alias("evidence"), source.alias("source")
        )

    def write_claims(self, path: str | Path, *, named: Sequence[str] = CLAIM_KEYS) -> int:
        """Write the claims as CSV for the other side (UTF-8 with BOM, so that spreadsheets show it right).

        Cells that a spreadsheet would take for a formula are guarded with an apostrophe, numbers of more than eleven digits
        by a tab behind them, as payment channels do: a spreadsheet would shorten them.

        Args:
            path: File to write; it is replaced.
            named: As for `claims`.

        Returns:
            How many claims were written.

        Raises:
            InputError: The folder does not exist.
        """
        target = Path(path)
        if not target.parent.is_dir():
            raise InputError(f"the folder {target.parent.name!r} does not exist", where=target.name)
        claims = self.claims(named=named)
        claims.select(guarded_expr(claims)).write_csv(target, include_bom=True)
        return claims.height

    def compare(self, earlier: "Outcome") -> pl.DataFrame:
        """What changed since an earlier outcome of the same reconciliation.

        Args:
            earlier: The outcome to compare with.

        Returns:
            One row per discrepancy that is `new`, `gone` or `changed`, with the impacts before and now; empty when the
            two agree.

        Raises:
            InputError: The two are of different reconciliations.
        """
        if earlier.reconciliation != self.reconciliation:
            raise InputError(f"an outcome of {self.reconciliation} is needed, got {earlier.reconciliation}")
        kept = ["discrepancy_id", "type", "keys", "currency", "impact_minor", "expected_minor", "actual_minor"]
        now = self.discrepancies.to_polars().select(kept)
        before = earlier.discrepancies.to_polars().select(kept)
        joined = before.join(now, on="discrepancy_id", how="full", suffix="_now", coalesce=True)
        same = pl.all_horizontal(
            pl.col(column).eq_missing(pl.col(f"{column}_now")) for column in kept if column != "discrepancy_id"
        )
        change = (
            pl.when(pl.col("type").is_null())
            .then(pl.lit("new"))
            .when(pl.col("type_now").is_null())
            .then(pl.lit("gone"))
            .otherwise(pl.lit("changed"))
        )
        return (
            joined.filter(~same)
            .select(
                "discrepancy_id",
                change.alias("change"),
                pl.coalesce("type_now", "type").alias("type"),
                pl.coalesce("keys_now", "keys").alias("keys"),
                pl.coalesce("currency_now", "currency").alias("currency"),
                pl.col("impact_minor").alias("impact_before_minor"),
                pl.col("impact_minor_now").alias("impact_now_minor"),
            )
            .sort("discrepancy_id")
        )


def guarded_expr(frame: pl.DataFrame) -> list[pl.Expr]:
    """Text columns whose cells a spreadsheet can neither run as a formula nor shorten; amounts are left alone."""
    formula = r"^[=+@\t\r-]"
    number = r"^-?\d+(\.\d+)?$"
    expressions = []
    for name, dtype in frame.schema.items():
        column = pl.col(name)
        if dtype == pl.String:
            risky = column.str.contains(formula) & ~column.str.contains(number)
            long = column.str.contains(r"^\d{12,}$")
            column = (
                pl.when(risky).then(pl.lit("'") + column).when(long).then(column + "\t").otherwise(column).alias(name)
            )
        expressions.append(column)
    return expressions


def _figure(minor: int, code: str) -> str:
    if code == "rows":
        return f"{minor:,}"
    return f"{from_units(minor, code):,.{exponent(code)}f}"
