"""Merging: the records of several files as one table a class, what stands in several of them once.

Only records with an identifier of their own are ever taken for the same: two lines of a statement without one may be two
payments. Where such a line stands in another file word for word, it stays, and is told: the files may overlap. Records are the
same when all that they say is the same; from where they come does not count. What a file itself has twice stays twice: that may
be an error of the platform, and is for a reconciliation to find.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Any

import attrs
import polars as pl

from tieout.proof import Check
from tieout.sources._batch import Batch
from tieout.tables import Table

__all__ = ["Identity", "Twice", "merge_tables", "merged"]

_AT, _FILE, _GROUP, _NTH = "_at", "_file", "_group", "_nth"
_PROVENANCE = "source_"
_NOT_SAID = {"created_at", "raw"}
_SAME_MOMENT = timedelta(days=1)


@attrs.frozen(kw_only=True)
class Identity:
    """What tells records of a class apart.

    Attributes:
        ids: Columns of which one at least must be filled, or the record is never taken for another.
        within: Further columns that must agree.
        is_versioned: Whether a later file's record replaces an earlier one's, as with orders whose state moves on.
        is_unique: Whether two that differ contradict each other; several charges of a parcel do not.
        begun: Column of the moment at which it began, which no later version moves: two shops may count their orders alike, and
            where those moments are days apart neither record replaces the other.
    """

    ids: tuple[str, ...]
    within: tuple[str, ...] = ()
    is_versioned: bool = False
    is_unique: bool = True
    begun: str | None = None

    @property
    def columns(self) -> list[str]:
        """All of them."""
        return [*self.within, *self.ids]


IDENTITIES: Mapping[str, Identity] = MappingProxyType(
    {
        "Order": Identity(
            ids=("platform_order_id",), within=("platform", "shop_id"), is_versioned=True, begun="created_at"
        ),
        "OrderLine": Identity(ids=("platform_order_id", "platform_sub_order_id"), within=("platform", "shop_id")),
        "Return": Identity(ids=("return_id",), within=("platform", "shop_id"), is_versioned=True),
        "Refund": Identity(ids=("refund_id",), within=("platform", "shop_id", "version"), is_versioned=True),
        "Shipment": Identity(ids=("tracking_no",), within=("carrier", "shop_id"), is_versioned=True),
        "Payout": Identity(ids=("payout_id",), within=("platform", "shop_id"), is_versioned=True),
        "Payment": Identity(ids=("payment_id", "channel_txn_id"), within=("platform_order_id",), is_versioned=True),
        "SettlementLine": Identity(ids=("line_id",), within=("platform", "shop_id")),
        "Settlement": Identity(ids=("settlement_id",), within=("platform", "shop_id")),
        "ChannelTransaction": Identity(
            ids=("channel_txn_id", "channel_refund_id"), within=("channel", "bill_kind", "type")
        ),
        "BankTransaction": Identity(ids=("bank_ref",), within=("account",)),
        "CourierCharge": Identity(ids=("tracking_no",), within=("carrier", "bill_no"), is_unique=False),
        "CourierInvoice": Identity(ids=("bill_no",), within=("carrier",)),
        "LedgerLine": Identity(ids=("voucher_id",), within=("book_id", "line_no")),
    }
)
"""What tells the records of each class apart (`domain.md` 2.1); other classes are never merged."""


@attrs.frozen(kw_only=True)
class Twice:
    """Records of one identifier that several files have.

    Attributes:
        record: Class of the records.
        kind: `same`, `newer` when the later one stands, `conflict` when they differ and both stand, or `alike` when they say the
            same without an identifier of their own, and both stand.
        identity: The identifier, such as `line_id=1570757242119060731`.
        place: File and line of the record.
        other: File and line of the one in an earlier file.
    """

    record: str
    kind: str
    identity: str
    place: str
    other: str

    @property
    def is_conflict(self) -> bool:
        """Whether a person should decide."""
        return self.kind in {"conflict", "alike"}

    def __str__(self) -> str:
        words = {
            "same": "is the record of",
            "newer": "replaces",
            "conflict": "contradicts",
            "alike": "has no identifier and says the same as",
        }[self.kind]
        identity = f" {self.identity}" if self.identity else ""
        return f"{self.record}{identity} ({self.place}) {words} {self.other}"


def merged(batches: Sequence[Batch]) -> tuple[dict[str, Table[Any]], list[Twice], list[Check]]:
    """All records by class, once each; what stood in several files; and the checks that none is lost.

    Args:
        batches: What was read, in the order in which later versions come.
    """
    return merge_tables([[batch.records, *batch.others.values()] for batch in batches])


def merge_tables(groups: Sequence[Sequence[Table[Any]]]) -> tuple[dict[str, Table[Any]], list[Twice], list[Check]]:
    """The same of the tables of several files, or of what is known and what is new.

    Args:
        groups: The tables of each file, in the order in which later versions come.
    """
    parts: dict[str, list[tuple[int, Table[Any]]]] = {}
    for at, tables_of_one in enumerate(groups):
        for table in tables_of_one:
            parts.setdefault(table.record.__name__, []).append((at, table))
    tables, twice, checks = {}, [], []
    for name, found in sorted(parts.items()):
        frame = pl.concat([table.to_polars().with_columns(pl.lit(at).alias(_FILE)) for at, table in found])
        kept, repeats = _once(frame.with_row_index(_AT), name)
        twice += repeats
        tables[name] = Table(kept.drop(_AT, _FILE), found[0][1].record)
        counted = {kind: sum(one.kind == kind for one in repeats) for kind in ("same", "newer")}
        checks.append(
            Check(
                name="records of all files",
                side=name,
                currency=None,
                total=frame.height,
                parts={
                    "in the table": kept.height,
                    **{f"the {kind} in another file": count for kind, count in counted.items() if count},
                },
            )
        )
    return tables, twice, checks


def _once(frame: pl.DataFrame, name: str) -> tuple[pl.DataFrame, list[Twice]]:
    """The frame with what several files have once, and the rest of it."""
    identity = IDENTITIES.get(name)
    if identity is None or frame[_FILE].n_unique() == 1 or not set(identity.columns) <= set(frame.columns):
        return frame, []
    frame = frame.with_columns(_groups(frame))
    is_named = pl.any_horizontal(pl.col(column).is_not_null() for column in identity.ids)
    named = frame.filter(is_named)
    if identity.is_versioned:
        older = _older(named, identity)
        found = {
            "same": older.filter(pl.col("is_same") & ~pl.col("is_other")),
            "newer": older.filter(~pl.col("is_same") & ~pl.col("is_other")),
            "conflict": older.filter("is_other"),
        }
    else:
        same = _repeated(named)
        rest = named.filter(~pl.col(_AT).is_in(same[_AT].implode()))
        clashes = _clashes(rest, identity) if identity.is_unique else same.clear()
        found = {"same": same, "conflict": clashes}
    gone = pl.concat([found[kind][_AT] for kind in ("same", "newer") if kind in found])
    found["alike"] = _repeated(frame.filter(~is_named))
    told = [
        one
        for kind, pairs in found.items()
        for one in _told(frame, pairs.select(_AT, "other"), name, kind, identity, is_turned=kind == "newer")
    ]
    return frame.drop(_GROUP).filter(~pl.col(_AT).is_in(gone.implode())), told


_PAIR = {_AT: pl.UInt32(), "other": pl.UInt32()}


def _groups(frame: pl.DataFrame) -> pl.Series:
    """A number for all that a row says, the same for rows that say the same; where they come from says nothing."""
    said = [name for name in frame.columns if _is_said(name)]
    plain = frame.select(_AT, *(_plain(frame[name]) for name in said))
    groups = plain.group_by(said).agg(_AT).with_row_index(_GROUP)
    return groups.select(_GROUP, _AT).explode(_AT).sort(_AT)[_GROUP]


def _plain(column: pl.Series) -> pl.Expr:
    """A column that can be grouped by: what is nested as text."""
    if column.dtype == pl.Struct:
        return pl.col(column.name).struct.json_encode()
    if isinstance(column.dtype, (pl.List, pl.Array)):
        return pl.struct(column.name).struct.json_encode().alias(column.name)
    return pl.col(column.name)


def _repeated(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows that an earlier file has, as often as it has them: their place, and that of the earlier row."""
    rows = frame.select(_AT, _FILE, _GROUP).sort(_AT)
    rows = rows.filter(pl.col(_FILE).n_unique().over(_GROUP) > 1)
    rows = rows.with_columns(pl.int_range(pl.len()).over(_GROUP, _FILE).alias(_NTH))
    first = rows.group_by(_GROUP, _NTH).agg(pl.col(_AT).min().alias("other"))
    return (
        rows.join(first, on=[_GROUP, _NTH])
        .filter(pl.col(_AT) != pl.col("other"))
        .select(pl.col(*_PAIR).cast(pl.UInt32))
    )


def _is_said(name: str) -> bool:
    return not name.startswith((_PROVENANCE, "_")) and name not in _NOT_SAID


def _older(frame: pl.DataFrame, identity: Identity) -> pl.DataFrame:
    """Rows of which a later file has a version: their place, that of the last one, whether it says the same or is another."""
    begun = pl.lit(None, dtype=pl.Datetime("us")) if identity.begun is None else pl.col(identity.begun)
    frame = frame.with_columns(_begun=begun)
    latest = frame.with_columns(
        pl.col(_FILE).max().over(identity.columns).alias("last"),
        pl.col(_AT, _GROUP, "_begun").last().over(identity.columns, order_by=[_FILE, _AT]).name.suffix(" last"),
    )
    older = latest.filter(pl.col(_FILE) < pl.col("last"))
    return older.select(
        pl.col(_AT).cast(pl.UInt32),
        other=pl.col(f"{_AT} last").cast(pl.UInt32),
        is_same=pl.col(_GROUP) == pl.col(f"{_GROUP} last"),
        is_other=((pl.col("_begun") - pl.col("_begun last")).abs() > _SAME_MOMENT).fill_null(value=False),
    )


def _clashes(frame: pl.DataFrame, identity: Identity) -> pl.DataFrame:
    """Rows whose identifier stands in an earlier file with other words: their place, and that of the earlier row."""
    first = frame.with_columns(
        pl.col(_FILE).min().over(identity.columns).alias("first"),
        pl.col(_AT).first().over(identity.columns, order_by=[_FILE, _AT]).alias("other"),
    )
    return first.filter(pl.col(_FILE) > pl.col("first")).select(pl.col(*_PAIR).cast(pl.UInt32))


def _told(
    frame: pl.DataFrame, pairs: pl.DataFrame, name: str, kind: str, identity: Identity, *, is_turned: bool = False
) -> Iterator[Twice]:
    """The pairs for people; turned round where the second row of a pair is the later one."""
    shown = [column for column in (*identity.columns, "source_file", "source_sheet", "source_line") if column in frame]
    places = frame.select(_AT, *shown)
    ordered = pairs.rename({_AT: "other", "other": _AT}) if is_turned else pairs
    joined = ordered.join(places, on=_AT, how="left").join(places, left_on="other", right_on=_AT, suffix=" other")
    for row in joined.sort(_AT, "other").iter_rows(named=True):
        said = ", ".join(f"{column}={row[column]}" for column in identity.columns if row[column] is not None)
        yield Twice(record=name, kind=kind, identity=said, place=_place(row), other=_place(row, " other"))


def _place(row: Mapping[str, Any], of: str = "") -> str:
    sheet = row.get(f"source_sheet{of}")
    file = row.get(f"source_file{of}") or "input"
    return f"{file}{f'[{sheet}]' if sheet else ''}:{row.get(f'source_line{of}')}"
