"""Unpacking: vouchers in columns become `Voucher`s, some thousand lines at a time."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

import attrs
import polars as pl

from tieout.model import JournalLine, Provenance, Voucher, VoucherKind, VoucherStatus
from tieout.model._record import records_of
from tieout.money import from_minor
from tieout.money.columns import RATE_SCALE
from tieout.posting._lines import LINES
from tieout.posting.book import Book
from tieout.posting.template import Side
from tieout.posting.tracing import count_documents

__all__ = ["Packed"]

_STEP_EVENTS: Final = 50_000  # of vouchers that are unpacked at a time
_PLACE: Final = ("file", "sheet", "sha256", "format")
"""What tells sheets apart, in the order in which they stand."""


@attrs.frozen(kw_only=True, eq=False)
class Packed:
    """Vouchers in columns, numbered.

    Attributes:
        heads: One row a voucher, in the order of their numbers: what `Built` has, and `number`.
        lines: Their lines by `group` and `line_no`.
        events: The events with their `row`, for the files they come from.
        book: Whose they are.
    """

    heads: pl.DataFrame
    lines: pl.DataFrame
    events: pl.DataFrame
    book: Book

    def __len__(self) -> int:
        return self.heads.height

    def vouchers(self, start: int = 0, stop: int | None = None, *, traced: bool = True) -> Iterator[Voucher]:
        """The vouchers of some places, unpacked as they are asked for.

        Args:
            start: Place of the first.
            stop: Place after the last; None for all.
            traced: Whether they say what events and lines of files they are made of, which may be thousands of each.
        """
        end = len(self) if stop is None else stop
        for step in self._steps(self.heads.slice(start, end - start)):
            yield from self._unpacked(step, traced=traced)

    def columns(self) -> pl.DataFrame:
        """Their lines as columns of `LINES`."""
        heads = self.heads.select(
            "group", "voucher_id", "period", "date", "word", pl.col("number").cast(pl.Int64), "kind"
        ).with_row_index("place")
        is_debit = pl.col("side") == Side.DEBIT.value
        names = {code: self.book.account_name(code) for code in self.lines["account"].unique().to_list()}
        aux = {"customer": "customer", "shop": "shop", "supplier": "supplier"}
        pairs = [
            pl.when(pl.col(column).is_not_null()).then(
                pl.format(
                    '"{}": {}',
                    pl.lit(name),
                    pl.struct(pl.col(column).alias("v")).struct.json_encode().str.slice(5).str.head(-1),
                )
            )
            for name, column in aux.items()
        ]
        known = pl.any_horizontal(pl.col(column).is_not_null() for column in aux.values())
        has_rate = pl.col("tax_units").is_not_null()
        rows = self.lines.join(heads, on="group", how="inner").sort("place", "line_no")
        values = {
            "book_id": pl.lit(self.book.book_id),
            "part": pl.lit(None),
            "status": pl.lit(VoucherStatus.PREPARED.value),
            "account_name": pl.col("account").replace_strict(names, default=None, return_dtype=pl.String),
            "debit_minor": pl.when(is_debit).then("amount_minor"),
            "credit_minor": pl.when(~is_debit).then("amount_minor"),
            "currency": pl.lit(self.book.currency),
            "foreign_minor": pl.when(pl.col("foreign_currency").is_not_null()).then("foreign_minor"),
            "fx_rate": pl.col("fx_rate").str.to_decimal(scale=16),
            "quantity": pl.lit(None),
            "aux": pl.when(known).then(
                pl.concat_str([pl.lit("{"), pl.concat_list(pairs).list.drop_nulls().list.join(", "), pl.lit("}")])
            ),
            "tax_rate": pl.when(has_rate).then(pl.col("tax_units").cast(pl.Decimal(38, 16)) / RATE_SCALE),
            "tax_base_minor": pl.when(has_rate).then("tax_base_minor"),
            "reversal_of": pl.lit(None),
        }
        return rows.with_columns(expr.alias(name) for name, expr in values.items()).select(
            pl.col(name).cast(dtype) for name, dtype in LINES.items()
        )

    def _steps(self, heads: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """The heads in parts of so many events, each of at least one voucher."""
        events = pl.col("rows").list.len().cast(pl.Int64).cum_sum()
        steps = heads.select((events // _STEP_EVENTS).rle_id().alias("step"))["step"]
        sizes = steps.value_counts().sort("step")["count"].to_list()
        start = 0
        for size in sizes:
            yield heads.slice(start, size)
            start += size

    def _unpacked(self, heads: pl.DataFrame, *, traced: bool) -> Iterator[Voucher]:
        lines = self.lines.join(heads.select("group"), on="group", how="semi").sort("group", "line_no")
        if not traced:
            lines = lines.drop("rows")
            documents = self._documents(heads)
            heads = heads.drop("rows", "event_ids")
        sources = self._sources(heads, lines) if traced else {}
        by_group: dict[int, list[dict[str, Any]]] = {}
        for row in lines.iter_rows(named=True):
            by_group.setdefault(row["group"], []).append(row)
        for head in heads.iter_rows(named=True):
            if traced:
                yield self._voucher(head, by_group[head["group"]], sources)
            else:
                yield self._untraced(head, by_group[head["group"]], documents.get(head["group"], 0))

    def _voucher(
        self,
        head: Mapping[str, Any],
        lines: list[dict[str, Any]],
        sources: Mapping[tuple[int, int], tuple[Provenance, ...]],
    ) -> Voucher:
        own = sources.get((head["group"], 0), ())
        shared = len(head["rows"])
        made = [
            self._line(row, own if len(row["rows"]) == shared else sources.get((row["group"], row["line_no"]), ()))
            for row in lines
        ]
        return self._of(
            head,
            attachments_count=count_documents(own),
            lines=made,
            event_ids=tuple(head["event_ids"]),
            source_refs=own,
        )

    def _untraced(self, head: Mapping[str, Any], lines: list[dict[str, Any]], documents: int) -> Voucher:
        return self._of(head, attachments_count=documents, lines=[self._line(row, ()) for row in lines])

    def _of(self, head: Mapping[str, Any], **more: Any) -> Voucher:  # noqa: ANN401 - fields of a voucher
        return Voucher(
            voucher_id=head["voucher_id"],
            book_id=self.book.book_id,
            period=head["period"],
            word=head["word"],
            number=head["number"],
            date=head["date"],
            preparer=self.book.preparer,
            status=VoucherStatus.PREPARED,
            kind=VoucherKind(head["kind"]),
            **more,
        )

    def _line(self, row: Mapping[str, Any], sources: tuple[Provenance, ...]) -> JournalLine:
        book = self.book
        amount = from_minor(row["amount_minor"], book.currency)
        is_debit = row["side"] == Side.DEBIT.value
        foreign = row["foreign_currency"]
        rate = row["tax_units"]
        return JournalLine(
            line_no=row["line_no"],
            summary=row["summary"],
            account=row["account"],
            account_name=book.account_name(row["account"]),
            role=row["role"],
            debit=amount if is_debit else None,
            credit=None if is_debit else amount,
            foreign_amount=None if foreign is None else from_minor(row["foreign_minor"], foreign),
            fx_rate=None if row["fx_rate"] is None else Decimal(row["fx_rate"]),
            tax_rate=None if rate is None else Decimal(rate) / RATE_SCALE,
            tax_base=None if rate is None else from_minor(row["tax_base_minor"], book.currency),
            aux={name: row[name] for name in ("customer", "shop", "supplier") if row[name] is not None},
            sources=sources,
        )

    def _sources(self, heads: pl.DataFrame, lines: pl.DataFrame) -> dict[tuple[int, int], tuple[Provenance, ...]]:
        """Where vouchers (line 0) and those of their lines that are of some of their events only come from."""
        whole = heads.select("group", pl.lit(0, dtype=pl.Int64).alias("line_no"), "rows")
        size = heads.select("group", pl.col("rows").list.len().alias("size"))
        partial = lines.join(size, on="group").filter(pl.col("rows").list.len() != pl.col("size"))
        units = pl.concat([whole, partial.select(whole.columns)]).explode("rows")
        placed, sheets = self._placed(units["rows"].unique())
        placed = units.join(placed, left_on="rows", right_on="row").drop("rows")
        if placed.is_empty():
            return {}
        runs = _runs(placed)
        # Every place was checked when its event was built, and a run of some is one too.
        at = runs["sheet_at"].to_list()
        named = {name: list(map(sheets[name].to_list().__getitem__, at)) for name in _PLACE}
        places = records_of(Provenance, {**named, **{name: runs[name].to_list() for name in ("line", "line_end")}})
        found: dict[tuple[int, int], tuple[Provenance, ...]] = {}
        start = 0
        for group, line_no, count in runs.group_by("group", "line_no", maintain_order=True).len().iter_rows():
            found[group, line_no] = tuple(places[start : start + count])
            start += count
        return found

    def _placed(self, rows: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Lines of files that events come from, each with the place of its sheet among the sheets, and the sheets in order."""
        # Of the events that are needed only: a step of vouchers out of a million is unpacked alone.
        needed = self.events.select("row", "sources").filter(pl.col("row").is_in(rows.implode())).explode("sources")
        lines = needed.filter(pl.col("sources").is_not_null()).unnest("sources")
        sheets = lines.select(_PLACE).unique().sort(pl.col(name).fill_null("") for name in _PLACE)
        at = sheets.with_row_index("sheet_at")
        known = lines.join(at, on=_PLACE, how="left", nulls_equal=True)
        return known.select("row", "sheet_at", "line", "line_end"), sheets

    def _documents(self, heads: pl.DataFrame) -> dict[int, int]:
        """How many files each voucher is of, by its group; files of one content count once."""
        units = heads.select("group", "rows").explode("rows")
        placed, sheets = self._placed(units["rows"].unique())
        # An empty hash or name is none, as `count_documents` has it.
        none = [pl.when(pl.col(name) != "").then(pl.col(name)) for name in ("sha256", "file")]
        document = sheets.with_row_index("sheet_at").select("sheet_at", pl.coalesce(none).alias("document"))
        of = units.join(placed.select("row", "sheet_at").unique(), left_on="rows", right_on="row")
        counted = of.select("group", "sheet_at").unique().join(document, on="sheet_at").drop_nulls("document")
        return dict(counted.group_by("group").agg(pl.col("document").n_unique()).iter_rows())


def _runs(placed: pl.DataFrame) -> pl.DataFrame:
    """Places of each unit, lines that touch or overlap joined, by sheet and line; a whole sheet comes first."""
    sheet = ["group", "line_no", "sheet_at"]
    last = pl.coalesce("line_end", "line")
    lined = (
        placed.filter(pl.col("line").is_not_null())
        .with_columns(last.alias("last"))
        .sort(*sheet, "line", "last")
        .with_columns(pl.col("last").cum_max().over(sheet).alias("reach"))
        .with_columns(
            (pl.col("line") > pl.col("reach").shift().over(sheet) + 1).fill_null(value=True).cum_sum().alias("run")
        )
        .group_by([*sheet, "run"])
        .agg(pl.col("line").min(), pl.col("last").max())
        .drop("run")
    )
    whole = placed.filter(pl.col("line").is_null()).select(*sheet, "line", pl.col("line_end").alias("last")).unique()
    ends = pl.when(pl.col("last") > pl.col("line")).then("last").alias("line_end")
    return pl.concat([whole, lined]).sort(*sheet, "line", nulls_last=False).select(*sheet, "line", ends)
