"""Editions: a bill that a later file has again, corrected or as it was, stands for the one that was carried.

Couriers correct a bill by writing it anew. Its lines are not charged twice then: the newer file is the bill. That a file is a
bill anew, and no supplement to it, is told by the lines that it names, and proved by the bill's own total, which they make alone.
What neither says is left to the audit.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import product

import attrs
import polars as pl

from tieout.model import CourierInvoice
from tieout.reconciliations._common.sides import Side
from tieout.tables import schema_of
from tieout.tables._file_numbers import is_file_number

__all__ = [
    "ANEW",
    "EDITIONS",
    "EDITIONS_SIDE",
    "SAID",
    "SKETCHES",
    "bills_since",
    "edition_expr",
    "joined_said",
    "least_names",
    "no_editions",
    "remembered",
    "replaced_editions",
    "said_of",
    "sketches_of",
    "with_editions",
    "without_known_lines",
]

ANEW = "the bill was given anew"
EDITIONS_SIDE = "editions"
"""Name of what is carried to remember editions by."""
_TEXT = pl.String()
_FILE = {"side": _TEXT, "bill_no": _TEXT, "currency": _TEXT, "edition": _TEXT}
EDITIONS: dict[str, pl.DataType] = {**_FILE, "stands": _TEXT}
"""Columns of editions that another takes the place of: `edition` is the file, `stands` the number of the bill that stands."""
SAID: dict[str, pl.DataType] = {
    **_FILE,
    "is_given": pl.Boolean(),
    "is_of_file": pl.Boolean(),
    "rows": pl.Int64(),
    "amount_minor": pl.Int64(),
    "last_on": pl.Date(),
}
"""Columns of what a file has of a bill; `last_on` is the last pickup on it."""
_PART = {**_FILE, "is_given": pl.Boolean()}
SKETCHES: dict[str, pl.DataType] = {**_PART, "name": pl.UInt64(), "amount_minor": pl.Int64()}
"""Columns of a sample of the lines that a file names in a bill, each with its amount.

It is of the smallest hashes, so that samples of the same lines agree."""
_LINES = {"charges": "charges", "remittances": "remittances", "history": "charges"}
_NOT_SAID = ("source_", "created_at", "raw")
_MOST = 64
_PROVED, _ALIKE, _UNCHANGED = 0.5, 0.9, 0.5
"""Share of lines that two editions must both name: where the bill's total proves that one is anew, and where nothing does.

Then a share of them has to have the same amount as well: a supplement names the same lines too."""
_FEW = 2
"""Fewer lines than these are no bill to be known again by its lines."""


def edition_expr() -> pl.Expr:
    """The file that a record was read of, by its content, else by its name; null where neither is known."""
    return pl.coalesce("source_sha256", "source_file").alias("edition")


def joined_said(said: pl.DataFrame) -> pl.DataFrame:
    """What the parts of an input have of bills, as what all of it has.

    Args:
        said: Rows of `SAID`.
    """
    return (
        said.group_by(*_FILE, "is_given", "is_of_file")
        .agg(pl.col("rows", "amount_minor").sum(), pl.col("last_on").max())
        .select(list(SAID))
    )


def said_of(rows: pl.DataFrame, side: str, *, is_given: bool) -> pl.DataFrame:
    """What each file has of each bill, of the columns `SAID`.

    Args:
        rows: Charges with the columns of their record; those without a bill's number or a file are left out.
        side: The side that they are of.
        is_given: Whether the caller gave them, and not the run before.
    """
    by = list(_FILE)
    return (
        rows.lazy()
        .with_columns(pl.lit(side).alias("side"), edition_expr(), is_file_number("bill_no").alias("is_of_file"))
        .drop_nulls(by)
        .group_by(by)
        .agg(
            pl.lit(is_given).alias("is_given"),
            pl.col("is_of_file").first(),
            pl.len().cast(pl.Int64).alias("rows"),
            pl.col("amount_minor").sum(),
            pl.col("ship_date").max().alias("last_on"),
        )
        .select(list(SAID))
        .collect()
    )


def sketches_of(rows: pl.DataFrame, side: str, *, is_given: bool) -> pl.DataFrame:
    """A sample of the lines that each file names in each bill, of the columns `SKETCHES`.

    Args:
        rows: As `said_of` takes them.
        side: The side that they are of.
        is_given: Whether the caller gave them, and not the run before.
    """
    name = pl.struct(pl.col(each).cast(pl.String) for each in ("tracking_no", "charge_type", "leg")).hash(seed=0)
    named = rows.select(
        pl.lit(side).alias("side"),
        *("bill_no", "currency"),
        edition_expr(),
        pl.lit(is_given).alias("is_given"),
        name.alias("name"),
        "amount_minor",
    )
    return least_names(named.drop_nulls(list(_FILE)))


def least_names(names: pl.DataFrame) -> pl.DataFrame:
    """The sample of several samples.

    Args:
        names: Rows of `SKETCHES`.
    """
    every = names.group_by(*_PART, "name").agg(pl.col("amount_minor").sum())
    return every.filter(pl.col("name").rank("dense").over(list(_PART)) <= _MOST).select(list(SKETCHES))


@attrs.frozen(kw_only=True)
class _Edition:
    """One file's part of a bill."""

    bill_no: str
    edition: str
    is_older: bool
    rows: int
    amount: int
    names: Mapping[int, int]


def no_editions() -> pl.DataFrame:
    """No edition that another takes the place of."""
    return pl.DataFrame(schema=EDITIONS)


def replaced_editions(
    said: pl.DataFrame, sketches: Callable[[], pl.DataFrame], heads: pl.DataFrame, known: pl.DataFrame
) -> pl.DataFrame:
    """The editions that another takes the place of, of the columns `EDITIONS`.

    An edition that an earlier run knew gives way to one that none has known: where a header came with it whose total its lines
    make alone, and not together with the others, and it names half of the same lines; or where no header came, and it names
    nearly all of them. A bill without a number of its own is known by its lines alone.

    Args:
        said: Of `said_of`, of what was given and of what was carried.
        sketches: Gives, where it is asked, those of `sketches_of` of the same rows.
        heads: Headers that were given, as columns.
        known: What earlier runs found to be replaced, as `remembered` gives it.
    """
    gone = known.select("bill_no", "currency", edition_expr()).unique()
    told = joined_said(said).join(gone, on=gone.columns, how="anti")
    again = said.join(gone, on=gone.columns, how="semi").select(*_FILE, pl.col("bill_no").alias("stands"))
    totals = _totals(heads)
    found = [
        (side, one.bill_no, code, one.edition, stands)
        for side, code, editions in _contested(told, sketches)
        for one, stands in _replaced(editions, totals, code)
    ]
    return pl.concat([pl.DataFrame(found, schema=EDITIONS, orient="row"), again]).unique().sort(list(EDITIONS))


def _contested(said: pl.DataFrame, sketches: Callable[[], pl.DataFrame]) -> Iterator[tuple[str, str, list[_Edition]]]:
    """The editions of each bill that has an older and a newer one; those that are known by their files alone together."""
    # What is given tells of a file as a whole; what was carried of it may be a part.
    is_older = (~pl.col("is_given")).any().over(list(_FILE)).alias("is_older")
    files = said.with_columns(is_older).sort(*_FILE, "is_given").unique(list(_FILE), keep="last", maintain_order=True)
    group = ["side", "currency", pl.when(~pl.col("is_of_file")).then("bill_no")]
    both = files.filter((pl.col("is_older").any() & (~pl.col("is_older")).any()).over(group))
    if not both.height:
        return
    names = (
        least_names(sketches().join(both, on=list(_PART), how="semi")).group_by(list(_FILE)).agg("name", "amount_minor")
    )
    rows = both.join(names, on=list(_FILE), how="left", suffix="_named").sort(list(_FILE))
    for (side, code, _), part in rows.group_by(group, maintain_order=True):
        yield (
            str(side),
            str(code),
            [
                _Edition(
                    bill_no=row["bill_no"],
                    edition=row["edition"],
                    is_older=row["is_older"],
                    rows=row["rows"],
                    amount=row["amount_minor"],
                    names=dict(zip(row["name"] or (), row["amount_minor_named"] or (), strict=True)),
                )
                for row in part.iter_rows(named=True)
            ],
        )


def _totals(heads: pl.DataFrame) -> Mapping[tuple[str, str], Mapping[str, int]]:
    """What the lines of a bill are to make, by bill and currency, and by the file that says so."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    minor = pl.col("total_minor") - pl.col("adjustments_minor").fill_null(0)
    told = heads.select("bill_no", "currency", edition_expr().fill_null(""), minor.alias("minor")).drop_nulls("minor")
    for bill, code, edition, total in told.iter_rows():
        found.setdefault((bill, code), {})[edition] = total
    return found


def _replaced(
    editions: Sequence[_Edition], totals: Mapping[tuple[str, str], Mapping[str, int]], code: str
) -> Iterator[tuple[_Edition, str]]:
    """The editions that newer ones take the place of, with the number of the bill that stands."""
    older = [one for one in editions if one.is_older]
    newer = [one for one in editions if not one.is_older]
    if len({one.bill_no for one in editions}) > 1:
        pairs = [pair for pair in product(older, newer) if _is_alike(pair[:1], pair[1:])]
        for old, new in pairs:
            if sum(old in pair or new in pair for pair in pairs) == 1:
                yield old, new.bill_no
        return
    bill = newer[0].bill_no
    known = {one.edition for one in older}
    asked = {total for edition, total in totals.get((bill, code), {}).items() if edition not in known}
    now, was = (sum(one.amount for one in each) for each in (newer, older))
    # A supplement, or a credit of all lines, names the same lines too, and may bring a total of its own.
    is_near = was * now > 0 and 2 * abs(now) >= abs(was)
    is_proved = asked == {now} and is_near and _shares(older, newer)[0] >= _PROVED
    if is_proved if asked else _is_alike(older, newer):
        yield from ((one, bill) for one in older)


def _is_alike(older: Iterable[_Edition], newer: Iterable[_Edition]) -> bool:
    """Whether two editions are one bill by their lines alone."""
    both, same = _shares(older, newer)
    return both >= _ALIKE and same >= _UNCHANGED and min(one.rows for one in (*older, *newer)) >= _FEW


def _shares(older: Iterable[_Edition], newer: Iterable[_Edition]) -> tuple[float, float]:
    """The share of the lines of two editions that both name, and of those that both name with one amount, by their samples."""
    was, now = (Counter[int]() for _ in range(2))
    for names, editions in ((was, older), (now, newer)):
        for one in editions:
            names.update(one.names)
    sample = sorted({*was, *now})[:_MOST]
    both = [name for name in sample if name in was and name in now]
    same = [name for name in both if was[name] == now[name]]
    return len(both) / max(len(sample), 1), len(same) / max(len(sample), 1)


def bills_since(said: pl.DataFrame, heads: pl.DataFrame, day: date | None) -> pl.Series:
    """The bills that were given and are of a day or a later one: by the end of their period, their date, or their last pickup.

    Args:
        said: Of `said_of`, of what was given.
        heads: Headers that were given, as columns.
        day: The day; None for no bills.
    """
    named = heads.select("bill_no", pl.coalesce("period_end", "invoice_date").alias("headed_on")).unique("bill_no")
    last = said.filter("is_given").group_by("bill_no").agg(pl.col("last_on").max())
    told = last.join(named, on="bill_no", how="left")
    here = pl.coalesce("headed_on", "last_on") >= pl.lit(day, dtype=pl.Date)
    return told.filter(here)["bill_no"].sort()


def with_editions(side: Side, replaced: pl.DataFrame, opens_on: date | None) -> Side:
    """Charges or headers with `is_replaced`: whether another edition of their bill takes their place.

    Lines of the edition that stands are carried, as those that it replaces were, but for those of days of the period.

    Args:
        side: Charges, remittances, history or headers, with their business day `on`.
        replaced: Of `EDITIONS`.
        opens_on: First day of the period, where the run before told it.
    """
    if not replaced.height:
        return side.with_columns(is_replaced=pl.lit(value=False))
    gone = replaced.filter(pl.col("side") == _LINES.get(side.name, pl.col("side")))
    named = gone.select("bill_no", "currency", "edition").unique().with_columns(is_replaced=pl.lit(value=True))
    frame = side.frame.with_columns(edition_expr()).join(
        named, on=["bill_no", "currency", "edition"], how="left", maintain_order="left"
    )
    frame = frame.drop("edition").with_columns(pl.col("is_replaced").fill_null(value=False))
    if opens_on is not None and side.name in _LINES:
        stands = gone.select(pl.struct("stands", "currency")).to_series().implode()
        is_anew = pl.struct(pl.col("bill_no").alias("stands"), "currency").is_in(stands) & ~pl.col("is_replaced")
        is_before = (pl.col("on") < opens_on).fill_null(value=True) & (pl.col("row") < side.given - side.waited)
        frame = frame.with_columns(pl.col("is_opening") | (is_anew & is_before))
    return side.with_frame(frame)


def without_known_lines(side: Side) -> Side:
    """Charges with lines that say what a line of their bill in an earlier run's file says as repeats, as often as that has them.

    Args:
        side: Charges or remittances with `is_replaced`.
    """
    frame = side.frame
    is_older = pl.col("is_opening") | (pl.col("row") >= side.given - side.waited)
    numbered = frame.filter(pl.col("bill_no").is_not_null() & ~is_file_number("bill_no") & ~pl.col("is_replaced"))
    older, newer = numbered.filter(is_older), numbered.filter(~is_older)
    newer = newer.join(older.select("bill_no").unique(), on="bill_no", how="semi", maintain_order="left")
    if not newer.height:
        return side
    said = [name for name in schema_of(side.record) if not name.startswith(_NOT_SAID)]
    nth = pl.int_range(pl.len()).over("said").alias("nth")
    was, now = (
        rows.select("row", pl.struct(said).struct.json_encode().alias("said")).with_columns(nth)
        for rows in (older, newer)
    )
    again = now.join(was, on=["said", "nth"], how="semi")["row"].implode()
    return side.with_columns(is_repeat=pl.col("is_repeat") | pl.col("row").is_in(again))


def remembered(replaced: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """What the next run has to know of replaced editions: headers that say the bill, the currency and the file.

    Args:
        replaced: Of `EDITIONS`.
        known: What this run knew.
    """
    schema = schema_of(CourierInvoice)
    is_hash = pl.col("edition").str.contains("^[0-9a-f]{64}$")
    names = ["bill_no", "currency", "source_sha256", "source_file"]
    own = replaced.select(
        "bill_no",
        "currency",
        pl.when(is_hash).then("edition").alias("source_sha256"),
        pl.when(~is_hash).then("edition").alias("source_file"),
    )
    filled = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in schema.items() if name not in names]
    every = pl.concat([known.select(list(schema)), own.with_columns(filled).select(list(schema))])
    return every.unique(names).sort(names, nulls_last=True)
