"""Roles: what records of one class are where two systems say the same things, such as the platform's orders and the ERP's.

Both are of class `Order` and bear the same numbers, so each would read as an edit of the other. A role is part of the kind of a
record, and so of its name: `Order` and `Order:erp_orders` have nothing in common.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs
import polars as pl
from sqlalchemy import Connection, func, select

from tieout.casebook.kinds import class_of, role_of
from tieout.casebook.payloads import payload_texts
from tieout.casebook.refs import hashes_of, refs_of
from tieout.casebook.schema import record
from tieout.errors import CasebookError
from tieout.tables import Table

__all__ = ["TWIN_SIDES", "kinds_of_sides", "known_kinds"]

TWIN_SIDES = frozenset({"erp_orders", "erp_refunds", "erp_returns"})
"""Sides of tieout's reconciliations whose records another side has too, as another system says them: they are roles."""
_ASKED = 1_000  # rows of a side that the book is asked for
_CHUNK = 500


def known_kinds(connection: Connection) -> tuple[str, ...]:
    """The kinds of which the book ever held a record; each is one look into an index."""
    found: list[str] = []
    query = select(func.min(record.c.kind))
    kind: str | None = connection.scalar(query)
    while kind is not None:
        found.append(kind)
        kind = connection.scalar(query.where(record.c.kind > kind))
    return tuple(found)


def kinds_of_sides(connection: Connection, tables: Mapping[str, Table[Any]], *, names: Iterable[str]) -> dict[str, str]:
    """The kind of each side of a run.

    A side that is a role, by its name, is of that role. Of any other the book is asked where its rows stand, but for roles that
    are other sides of the run; rows that it does not hold are of no role.

    Args:
        connection: Of `Store.reading`.
        tables: The rows of the sides.
        names: All sides of the reconciliation.

    Raises:
        CasebookError: The very rows of a side, file and line and all, stand in the book as another kind and none as its own.
    """
    known = known_kinds(connection)
    others = set(names)
    found = {}
    for name, table in tables.items():
        plain = table.record.__name__
        kinds = [kind for kind in known if class_of(kind) == plain]
        named = f"{plain}:{name}"
        if name in TWIN_SIDES or named in kinds:
            own, wanted = named, [kind for kind in kinds if kind != named]
        else:
            own, wanted = plain, [kind for kind in kinds if kind != plain]
        if not wanted or not len(table):
            found[name] = own
            continue
        standing = _Asked(connection, table)
        if own == plain:
            free = [plain, *(kind for kind in wanted if role_of(kind) not in others)]
            own = max(free, key=standing.of)  # the first of those that hold as much: no role
        _require_own(name, own, kinds, standing)
        found[name] = own
    return found


def _require_own(name: str, own: str, kinds: Sequence[str], standing: "_Asked") -> None:
    if standing.of(own).rows:
        return
    for kind in kinds:
        if standing.of(kind).rows:
            role = role_of(own)
            raise CasebookError(
                f"its rows stand in the book as {kind}, and it is of {own}",
                where=f"side {name}",
                hint=f"import_records(..., role={role!r}), and hand in records(..., role={role!r})",
            )


@attrs.frozen(order=True)
class _Standing:
    """How many of the rows that were asked for stand as a kind.

    Attributes:
        rows: The very rows: file, line and all.
        contents: Rows that say the same.
    """

    rows: int
    contents: int


class _Asked:
    """Some rows of a side, spread over all of it, which the book is asked for."""

    def __init__(self, connection: Connection, table: Table[Any]) -> None:
        frame = table.to_polars()
        step = -(-frame.height // _ASKED)
        self._connection = connection
        self._table: Table[Any] = Table(frame.gather_every(step), table.record)
        self._found: dict[str, _Standing] = {}

    def of(self, kind: str) -> _Standing:
        """How many of them stand, or stood, as a kind."""
        if kind not in self._found:
            self._found[kind] = self._ask(kind)
        return self._found[kind]

    def _ask(self, kind: str) -> _Standing:
        frame = self._table.to_polars()
        refs = refs_of(self._table, role=role_of(kind)).with_columns(
            hashes_of(payload_texts(frame, self._table.record)).alias("payload_hash"),
            (frame["source_file"].is_not_null() if "source_file" in frame.columns else pl.lit(value=False)).alias(
                "is_placed"
            ),
        )
        keys = refs["key"].unique().sort().to_list()
        columns = record.c
        query = select(columns.key, columns.hash, columns.payload_hash).where(columns.kind == kind)
        held = [
            tuple(row)
            for start in range(0, len(keys), _CHUNK)
            for row in self._connection.execute(query.where(columns.key.in_(keys[start : start + _CHUNK])))
        ]
        contents = {row[:2] for row in held}
        rows = {(row[0], row[2]) for row in held}
        return _Standing(
            rows=sum(
                is_placed and (key, said) in rows
                for key, said, is_placed in refs.select("key", "payload_hash", "is_placed").iter_rows()
            ),
            contents=sum(row in contents for row in refs.select("key", "hash").iter_rows()),
        )
