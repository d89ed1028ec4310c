"""QuickBooks Desktop transactions in the Intuit Interchange Format (QuickBooks IIF 交易).

A text of typed rows, parted by tabs: `!TRNS` and `!SPL` name the columns, then each transaction is a row TRNS, its rows SPL and a
row ENDTRNS. Amounts are signed, a debit is positive, and the rows of a transaction come to zero. Lists (accounts, customers,
items) may stand above and between: of them the type is kept and nothing else, for they hold names and addresses. Days are written
month first unless one above 12 says otherwise.

A transaction that does not end is a finding, and the file is refused as cut off where it is the last. A row SPL outside of a
transaction is a reject, and so is a row of a type that nobody knows.

Rules: Intuit's IIF reference; `formats.md` 7.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Final

import attrs
import polars as pl

from tieout.errors import CorruptFile, UnreadableFile
from tieout.privacy import PiiClass
from tieout.proof import Check
from tieout.sources._amounts import Amount
from tieout.sources._batch import Batch, Finding
from tieout.sources._captions import BLANKS, Header, Headers, Row, strip_cell
from tieout.sources._date_order import DATE_ORDER_OPTION, date_order
from tieout.sources._document import Document
from tieout.sources._faults import CellFault
from tieout.sources._grid import LINE, REST, Grid, cell_name
from tieout.sources._measures import Number
from tieout.sources._order_rows import FINDINGS_MAX
from tieout.sources._reading import Reading
from tieout.sources._times import Date
from tieout.sources._typed_rows import ROW_TYPE, RowLayouts, TypedRows, TypedRowsFormat
from tieout.sources._vouchers import VoucherRows, voucher_format
from tieout.sources._words import Key, Remark, Text

__all__ = ["FORMAT"]

_RECORDS: Final = ("TRNS", "SPL")
_END: Final = "ENDTRNS"
_LISTS: Final = (
    *(
        "HDR",
        "ACCNT",
        "CUST",
        "VEND",
        "EMP",
        "OTHERNAME",
        "INVITEM",
        "CLASS",
        "TERMS",
        "SHIPMETH",
        "PAYMETH",
        "BUD",
        "TODO",
    ),
    *("CTYPE", "VTYPE", "INVMEMO", "TIMERHDR", "TIMEACT", "SALESREP", "PRICELEVEL", "UNITMEAS", "CURRENCY"),
)
_TRANSACTION: Final = "transaction"
"""Caption of a column that no file has: which transaction a row belongs to; null outside of any."""


@attrs.frozen(kw_only=True, slots=False, eq=False)
class _IifRows(TypedRows):
    """A text of IIF as one table, each row with its transaction."""

    @cached_property
    def headers(self) -> Headers:
        """The columns of both rows, and the transaction."""
        captions = (*self.layouts.captions, _TRANSACTION)
        return Headers((Header(row=Row(line=0, line_end=0, cells=captions), captions=captions),))

    def body(self, after: int, width: int) -> pl.DataFrame:
        """All rows; of lists their type alone."""
        body = super().body(after, width)
        kind = pl.col(cell_name(0)).str.strip_chars(BLANKS)
        others = [name for name in (*map(cell_name, range(1, width)), REST) if name in body.columns]
        declared = body.select(kind.alias("kind")).filter(pl.col("kind").str.starts_with("!"))["kind"].str.slice(1)
        is_list = kind.is_in([*_LISTS, *declared]) & ~kind.is_in([*_RECORDS, _END])
        kept = [pl.when(~is_list.fill_null(value=False)).then(pl.col(name)).alias(name) for name in others]
        is_open = pl.when(kind == "TRNS").then(statement=True).when(kind == _END).then(statement=False).forward_fill()
        nth = (kind == "TRNS").fill_null(value=False).cast(pl.Int64).cum_sum().cast(pl.String)
        return body.with_columns(kept).with_columns(
            pl.when(is_open & kind.is_in(_RECORDS)).then(nth).alias(cell_name(len(self.layouts.captions)))
        )

    @cached_property
    def ends(self) -> pl.DataFrame:
        """Of each transaction its line, and whether a row ENDTRNS stands below it before the next begins."""
        kinds = self.text.body(0, 1).select(LINE, pl.col(cell_name(0)).str.strip_chars(BLANKS).alias("kind"))
        marks = kinds.filter(pl.col("kind").is_in(["TRNS", _END]))
        ended = marks.with_columns((pl.col("kind").shift(-1) == _END).fill_null(value=False).alias("is_ended"))
        return ended.filter(pl.col("kind") == "TRNS").drop("kind")


@attrs.frozen(kw_only=True, slots=False, eq=False)
class _IifFormat(TypedRowsFormat):
    """IIF, whose rows name their columns in the file."""

    def read(self, document: Document, *, name: str, options: Mapping[str, Any]) -> Batch:
        """Read a document as `SourceFormat.read` says."""
        seen = self._seen(document)
        rows = next(grid for grid in seen.grids if isinstance(grid, _IifRows))
        if not rows.ends.is_empty() and not rows.ends["is_ended"][-1]:
            raise CorruptFile(
                f"the file is cut off: its last transaction has no {_END}",
                where=f"{document.where}:{rows.ends[LINE][-1]}",
                hint="export it again, whole",
            )
        return self.table.read(seen, name=name, options=options)

    def _layouts(self, text: Grid, where: str) -> RowLayouts:
        """The columns of both rows, as the file names them."""
        width = max((len(row.cells) for row in text.head), default=1)
        body = text.body(0, width)
        found: dict[str, tuple[str, ...]] = {}
        heads = body.filter(pl.col(cell_name(0)).str.strip_chars(BLANKS).is_in([f"!{kind}" for kind in _RECORDS]))
        for line, kind, *cells in heads.select(LINE, *map(cell_name, range(width))).iter_rows():
            captions = tuple(strip_cell(cell or "") for cell in cells)
            captions = captions[: max((at + 1 for at, caption in enumerate(captions) if caption), default=0)]
            if found.setdefault(strip_cell(kind)[1:], captions) != captions:
                raise UnreadableFile(
                    f"the row {kind} names other columns than the one above it",
                    where=f"{where}:{line}",
                    hint="cut the file there, and read the parts",
                )
        spare = [len(own) - own.index("AMOUNT") - 1 for own in found.values() if "AMOUNT" in own]
        return RowLayouts(
            records={kind: found.get(kind, ()) for kind in _RECORDS},
            others=self.layouts.others,
            may_lack=max(spare, default=0),  # one that lacks its amount is refused for that
        )

    def _seen(self, document: Document) -> Document:
        seen = super()._seen(document)
        text = next(grid.text for grid in seen.grids if isinstance(grid, TypedRows))
        return document.seen_as((_IifRows(text=text, layouts=self._layouts(text, document.where)),))


def _rows(frame: pl.DataFrame) -> pl.DataFrame:
    """What the row TRNS says of its transaction, on its rows SPL where they do not say it."""
    first = [pl.coalesce(name, pl.col(name).first().over("_record")) for name in ("date", "_voucher_id")]
    return frame.with_columns(first)


def _outside(reading: Reading) -> Iterator[CellFault]:
    for row in reading.values["_record"].is_null().arg_true():
        yield CellFault(
            row=row,
            column=_TRANSACTION,
            reason="row.out_of_place",
            found=None,
            problem="the row stands outside of a transaction, or its type is not known",
            expected="a row TRNS, or SPL between TRNS and ENDTRNS",
        )


def _ends(reading: Reading) -> Iterator[Check]:
    grid = reading.site.grid
    ends = grid.ends if isinstance(grid, _IifRows) else pl.DataFrame()
    open_lines = ends.filter(~pl.col("is_ended"))[LINE].to_list()
    for line in open_lines[:FINDINGS_MAX]:
        text = f"the transaction has no {_END}"
        reading.findings.append(Finding(check="transactions end", sheet=None, line=line, text=text))
    yield Check(
        name="transactions that end",
        side="file",
        currency=None,
        total=ends.height,
        parts={"that do": ends.height - len(open_lines)},
    )


FORMAT: Final = _IifFormat(
    layouts=RowLayouts(
        records=dict.fromkeys(_RECORDS, ()),
        others=(_END, *_LISTS, *(f"!{kind}" for kind in (*_RECORDS, _END, *_LISTS))),
    ),
    table=voucher_format(
        [
            Text(ROW_TYPE, to="_row", needed=True),
            Text(_TRANSACTION, to="_record"),
            Key("TRNSID", to="_voucher_id", needed=False, optional=True),
            Text("TRNSTYPE", to="entry_type", optional=True),
            Date("DATE", to="date"),
            Text("ACCNT", to="account", needed=True),
            Amount("AMOUNT", to="amount", needed=True),
            Text("DOCNUM", to="reference", optional=True),
            Remark("MEMO", to="summary", optional=True),
            Text("NAME", to="_aux_name", optional=True),
            Text("CLASS", to="_aux_class", optional=True),
            Text("INVITEM", to="_aux_item", optional=True),
            Number("QNTY", to="quantity", optional=True),
            Number("PRICE", to="unit_price", optional=True),
        ],
        VoucherRows(by=("_record",), rows=_rows),
        refuse=_outside,
        checks=_ends,
        marks=("^!TRNS$", "^!SPL$"),
        is_apart=lambda cell: cell(ROW_TYPE).is_in([_END, *_LISTS]) | cell(ROW_TYPE).str.starts_with("!"),
        date_format_of=date_order("mdy", "DATE"),
        options=DATE_ORDER_OPTION,
        personal={
            "NAME": PiiClass.NAME,
            **{f"{side}ADDR{n}": PiiClass.ADDRESS for side in ("", "S") for n in range(1, 6)},
        },
        ignored=(
            *(
                "SPLID",
                "TIMESTAMP",
                "CLEAR",
                "TOPRINT",
                "DUEDATE",
                "TERMS",
                "PAID",
                "SHIPDATE",
                "SHIPVIA",
                "PAYMETH",
                "EXTRA",
            ),
            *(
                "VALADJ",
                "TAXABLE",
                "REIMBEXP",
                "SERVICEDATE",
                "NAMEISTAXABLE",
                "PONUM",
                "INVTITLE",
                "INVMEMO",
                "REP",
                "FOB",
            ),
            *("OTHER1", "OTHER2", "OTHER3", "YEARTODATE", "WAGEBASE"),
            *(f"{side}ADDR{n}" for side in ("", "S") for n in range(1, 6)),
        ),
        evidence="test rows",
    ),
)
