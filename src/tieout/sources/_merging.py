"""Merging: the records of several files as one table a class, what stands in several of them once.

Only records with an identifier of their own are ever taken for the same: two lines of a statement without one may be two
payments. Where such a line stands in another file word for word, it stays, and is told: the files may overlap. So do charges of a
bill without a number, which may be the same bill saved again, and lines of orders that nothing proves to be one. Records are the
same when all that they say is the same; from where they come does not count. What a file itself has twice stays twice: that may
be an error of the platform, and is for a reconciliation to find.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import attrs
import polars as pl

from tieout.proof import Check
from tieout.sources._batch import Batch
from tieout.sources._same_orders import INSTANCE, IS_KNOWN, is_long, numbered_orders, with_orders
from tieout.sources._shared_parcels import with_orders_elsewhere
from tieout.tables import Table
from tieout.tables._file_numbers import is_file_number

__all__ = ["Identity", "Twice", "merge_tables", "merged"]

_AT, _FILE, _GROUP, _NTH, _ORIGIN = "_at", "_file", "_group", "_nth", "_origin"
_PROVENANCE = "source_"
_SHOP = "shop_id"
_NOT_SAID = {"created_at", "raw"}


@attrs.frozen(kw_only=True)
class Identity:
    """What tells records of a class apart.

    Attributes:
        ids: Columns of which one at least must be filled, or the record is never taken for another.
        within: Further columns that must agree.
        is_versioned: Whether a later file's record replaces an earlier one's, as with orders whose state moves on.
        is_unique: Whether two that differ contradict each other; several charges of a parcel do not.
        begun: Column of the moment at which it began, which no later version moves: two shops may count their orders alike, and
            where those moments do not agree neither record replaces the other.
        is_part: Whether it is a part of an order, told from the parts of others by the order's number: two are the same only
            where something proves that their orders are.
        renewed_by: Column of an identifier with which a later file's record replaces an earlier one's, though others of the class
            are never replaced; None where there is none.
        of_file: Column of an identifier that is the file's own where the file says none, which tells no two files apart.
    """

    ids: tuple[str, ...]
    within: tuple[str, ...] = ()
    is_versioned: bool = False
    is_unique: bool = True
    begun: str | None = None
    is_part: bool = False
    renewed_by: str | None = None
    of_file: str | None = None

    @property
    def columns(self) -> list[str]:
        """All of them."""
        return [*self.within, *self.ids]


IDENTITIES: Mapping[str, Identity] = MappingProxyType(
    {
        "Order": Identity(
            ids=("platform_order_id",), within=("platform", "shop_id"), is_versioned=True, begun="created_at"
        ),
        "OrderLine": Identity(
            ids=("platform_order_id", "platform_sub_order_id"),
            within=("platform", "shop_id"),
            is_part=True,
            renewed_by="platform_sub_order_id",
        ),
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
        "CourierCharge": Identity(
            ids=("tracking_no",), within=("carrier", "bill_no"), is_unique=False, of_file="bill_no"
        ),
        "CourierInvoice": Identity(ids=("bill_no",), within=("carrier",), of_file="bill_no"),
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
            same without an identifier that proves them to be one, and both stand.
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
            "alike": "has no identifier of its own and says the same as",
        }[self.kind]
        identity = f" {self.identity}" if self.identity else ""
        return f"{self.record}{identity} ({self.place}) {words} {self.other}"


def merged(batches: Sequence[Batch]) -> tuple[dict[str, Table[Any]], list[Twice], list[Check]]:
    """All records by class, once each; what stood in several files; and the checks that none is lost.

    Args:
        batches: What was read, in the order in which later versions come.
    """
    return merge_tables([[batch.records, *batch.others.values()] for batch in batches])


def merge_tables(
    groups: Sequence[Sequence[Table[Any]]], *, renewed: Collection[str] = ()
) -> tuple[dict[str, Table[Any]], list[Twice], list[Check]]:
    """The same of the tables of several files, or of what is known and what is new.

    Args:
        groups: The tables of each file, in the order in which later versions come.
        renewed: Formats that give a record anew as it is now, so that a later one of theirs replaces an earlier one of theirs.
    """
    parts: dict[str, list[tuple[int, Table[Any]]]] = {}
    for at, tables_of_one in enumerate(groups):
        for table in tables_of_one:
            parts.setdefault(table.record.__name__, []).append((at, table))
    frames = {
        name: pl.concat([_with_origin(table.to_polars(), at) for at, table in found]).with_row_index(_AT)
        for name, found in parts.items()
    }
    orders = _orders(frames.get("Order"))
    tables, twice, checks = {}, [], []
    for name, found in sorted(parts.items()):
        frame = frames[name]
        kept, repeats = _once(frame, name, orders, renewed)
        twice += repeats
        tables[name] = Table(kept.drop(_AT, _FILE, _ORIGIN), found[0][1].record)
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


def _with_origin(frame: pl.DataFrame, at: int) -> pl.DataFrame:
    """The records of one file; what was merged before still knows from which file each row came."""
    said = [name for name in ("source_sha256", "source_file") if name in frame.columns]
    return frame.with_columns(
        pl.lit(at).alias(_FILE), pl.coalesce(*said, pl.lit(f"group {at}")).cast(pl.String).alias(_ORIGIN)
    )


def _orders(frame: pl.DataFrame | None) -> pl.DataFrame | None:
    """Which orders of one number are the same; None when there are none."""
    identity = IDENTITIES["Order"]
    if frame is None or identity.begun is None:
        return None
    return numbered_orders(frame.with_columns(_groups(frame)), by=identity.columns, begun=identity.begun, said=_GROUP)


def _once(
    frame: pl.DataFrame, name: str, orders: pl.DataFrame | None, renewed: Collection[str]
) -> tuple[pl.DataFrame, list[Twice]]:
    """The frame with what several files have once, and the rest of it."""
    identity = IDENTITIES.get(name)
    if identity is None or frame[_FILE].n_unique() == 1 or not set(identity.columns) <= set(frame.columns):
        return frame, []
    columns = frame.columns
    if identity.begun is not None and orders is not None:
        frame = frame.join(orders.select(_AT, INSTANCE), on=_AT, maintain_order="left")
        frame = frame.with_columns(pl.lit(value=True).alias(IS_KNOWN))
    else:
        frame = with_orders(frame, orders, origins=(_ORIGIN, _FILE))
    frame = frame.with_columns(_groups(frame, identity))
    frame = frame.with_columns(_is_named(identity).alias("_is_named"))
    named = frame.filter("_is_named")
    if identity.is_versioned:
        older = _older(named, identity)
        found = {
            "same": older.filter("is_same"),
            "newer": older.filter(~pl.col("is_same")),
            "conflict": _others(named, identity) if identity.begun is not None else older.clear(),
        }
    else:
        same = _repeated(named)
        rest = named.filter(~pl.col(_AT).is_in(same[_AT].implode()))
        newer = _renewed(rest, same, identity, renewed)
        rest = rest.filter(~pl.col(_AT).is_in(newer[_AT].implode()))
        clashes = _clashes(rest, identity) if identity.is_unique else same.clear()
        found = {"same": same, "newer": newer, "conflict": clashes}
    gone = pl.concat([found[kind][_AT] for kind in ("same", "newer") if kind in found])
    kept = frame.filter(~pl.col(_AT).is_in(gone.implode()))
    if name == "Shipment":
        kept = with_orders_elsewhere(kept, frame, found["newer"], orders, at=_AT, file=_FILE)
    found["alike"] = pl.concat([_alike(kept), _alike_but_for_the_shop(kept, identity)]).unique(maintain_order=True)
    told = [
        one
        for kind, pairs in found.items()
        for one in _told(frame, pairs.select(_AT, "other"), name, kind, identity, is_turned=kind == "newer")
    ]
    return kept.select(columns), told


def _is_named(identity: Identity) -> pl.Expr:
    """Whether a record has an identifier that proves something."""
    is_named = pl.any_horizontal(pl.col(column).is_not_null() for column in identity.ids)
    if identity.is_part:
        is_named &= pl.col(IS_KNOWN) | pl.any_horizontal(is_long(column) for column in identity.ids)
    if identity.of_file is not None:
        is_named &= ~is_file_number(identity.of_file)
    return is_named


def _alike(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows that say the same as a row of an earlier file, where one of the two has no identifier that proves it."""
    unnamed = frame.filter(~pl.col("_is_named"))[_AT].implode()
    return _repeated(frame).filter(pl.col(_AT).is_in(unnamed) | pl.col("other").is_in(unnamed))


def _alike_but_for_the_shop(frame: pl.DataFrame, identity: Identity) -> pl.DataFrame:
    """Rows that say the same as a row of an earlier file, where one of the two does not say whose it is."""
    if _SHOP not in identity.within or frame[_SHOP].null_count() in {0, frame.height}:
        return pl.DataFrame(schema=_PAIR)
    silent = frame.filter(pl.col(_SHOP).is_null())[_AT].implode()
    groups = _groups(frame.with_columns(pl.lit(None, dtype=pl.String).alias(_SHOP)), identity)
    pairs = _repeated(frame.with_columns(groups))
    return pairs.filter(pl.col(_AT).is_in(silent) != pl.col("other").is_in(silent))


_PAIR = {_AT: pl.UInt32(), "other": pl.UInt32()}


def _groups(frame: pl.DataFrame, identity: Identity | None = None) -> pl.Series:
    """A number for all that a row says, the same for rows that say the same; where they come from says nothing."""
    said = [name for name in frame.columns if _is_said(name)]
    of_file = identity.of_file if identity is not None else None
    if of_file is not None:
        frame = frame.with_columns(pl.when(~is_file_number(of_file)).then(of_file).alias(of_file))
    said += [INSTANCE] if INSTANCE in frame.columns else []
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


def _older(frame: pl.DataFrame, identity: Identity, *, also: Sequence[str] = ()) -> pl.DataFrame:
    """Rows of which a later file has a version: their place, that of the last one, and whether it says the same."""
    by = [*identity.columns, INSTANCE, *also]
    latest = frame.with_columns(
        pl.col(_FILE).max().over(by).alias("last"),
        pl.col(_AT, _GROUP).last().over(by, order_by=[_FILE, _AT]).name.suffix(" last"),
    )
    older = latest.filter(pl.col(_FILE) < pl.col("last"))
    return older.select(
        pl.col(_AT).cast(pl.UInt32),
        other=pl.col(f"{_AT} last").cast(pl.UInt32),
        is_same=pl.col(_GROUP) == pl.col(f"{_GROUP} last"),
    )


def _renewed(frame: pl.DataFrame, same: pl.DataFrame, identity: Identity, formats: Collection[str]) -> pl.DataFrame:
    """Rows of which their own source gave another version later: their place, and that of the last one."""
    if not formats and identity.renewed_by is None:
        return pl.DataFrame(schema=_PAIR)
    is_renewed = pl.col(f"{_PROVENANCE}format").is_in(list(formats))
    if identity.renewed_by is not None:
        is_renewed |= pl.col(identity.renewed_by).is_not_null()
    alone = frame.filter(is_renewed & ~pl.col(_AT).is_in(same["other"].implode()))
    return _older(alone, identity, also=(f"{_PROVENANCE}format",)).select(*_PAIR)


def _others(frame: pl.DataFrame, identity: Identity) -> pl.DataFrame:
    """Rows that are another thing of the same identifier than a row of an earlier file: their place, and that of the row."""
    first = frame.filter(pl.col(_AT) == pl.col(_AT).min().over(*identity.columns, INSTANCE)).with_columns(
        pl.col(_AT, _FILE).first().over(identity.columns, order_by=INSTANCE).name.suffix(" first")
    )
    others = first.filter((pl.col(INSTANCE) > 0) & (pl.col(_FILE) != pl.col(f"{_FILE} first")))
    return others.select(pl.col(_AT).cast(pl.UInt32), pl.col(f"{_AT} first").cast(pl.UInt32).alias("other"))


def _clashes(frame: pl.DataFrame, identity: Identity) -> pl.DataFrame:
    """Rows whose identifier stands in an earlier file with other words: their place, and that of the earlier row."""
    by = [*identity.columns, INSTANCE]
    first = frame.with_columns(
        pl.col(_FILE).min().over(by).alias("first"),
        pl.col(_AT).first().over(by, order_by=[_FILE, _AT]).alias("other"),
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
