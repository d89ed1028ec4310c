"""Finding: what somebody means by a number."""

from collections.abc import Mapping, Sequence

import attrs
import polars as pl

from tieout.chain._gathering import Things
from tieout.chain._kinds import BY_NAME, KINDS, TRACKING
from tieout.chain._links import Links
from tieout.errors import AmbiguousIdentifier, InputError, UnknownIdentifier
from tieout.keys import clean_expr, clean_key, normalize_expr, normalize_key

__all__ = ["Subject", "find"]

_MONEY = ("settlement", "payout", "bank")
_SAID = ("book_id", "platform", "shop_id", "carrier", "account")
Thing = tuple[str, int]


@attrs.frozen(kw_only=True)
class Subject:
    """What a number stands for.

    Attributes:
        kind: The kind of thing that has it, the first in the chain.
        orders: The orders that it leads to; none for money of the platform's own.
        things: Things of other kinds that it leads to without an order.
    """

    kind: str
    orders: frozenset[int]
    things: frozenset[Thing]


def find(
    identifier: str,
    things: Mapping[str, Things],
    links: Links,
    *,
    kind: str | None,
    said: Mapping[str, str | None],
) -> Subject:
    """The one subject of a number.

    Args:
        identifier: The number.
        things: Of every kind.
        links: How they hang together.
        kind: The only kind that is meant; None for any.
        said: What the thing has to be of, by column; a thing that does not say it may be.

    Raises:
        UnknownIdentifier: No thing has the number.
        AmbiguousIdentifier: Several have that do not belong together.
        InputError: There is no such kind.
    """
    if kind is not None and kind not in BY_NAME:
        raise InputError(f"there is no kind {kind!r}; known: {', '.join(BY_NAME)}", where="kind")
    names = [each.name for each in KINDS if kind in {None, each.name} and things[each.name].nodes.height]
    found = [(name, node) for name in names for node in _having(identifier, things[name], said)]
    if not found:
        found = [(name, node) for name in names for node in _having(identifier, things[name], said, is_typed=True)]
    if not found and kind in {None, "settlement", "line"}:
        lines = _with_scope(things["line"].nodes.filter(pl.col("settlement_id") == identifier), said)
        found = [("line", node) for node in lines["node"].to_list()]
        if found:
            return Subject(kind="settlement", orders=frozenset(), things=_closed(found, links))
    if not found:
        raise UnknownIdentifier(identifier, kinds=names, hint=_hint(said))
    subjects = _apart([(thing, _reach(thing, links)) for thing in found])
    if len(subjects) > 1:
        raise AmbiguousIdentifier(identifier, candidates=sorted(_told(thing, things) for thing in found))
    members, reach = subjects[0]
    orders = frozenset(node for name, node in reach if name == "order")
    return Subject(
        kind=min((name for name, _ in members), key=list(BY_NAME).index),
        orders=orders,
        things=frozenset() if orders else frozenset(reach),
    )


def _having(identifier: str, of: Things, said: Mapping[str, str | None], *, is_typed: bool = False) -> list[int]:
    """Things that have a number.

    Args:
        identifier: The number.
        of: Things of a kind.
        said: What the thing has to be of.
        is_typed: Whether what surrounds a number is no part of it, as where a person typed it or copied it from a sheet; and of a
            parcel's number neither spaces, hyphens nor small letters.
    """
    ids = [name for name in of.kind.ids if name in of.nodes.columns]
    same = [_is_typed(name, identifier) if is_typed else pl.col(name) == identifier for name in ids]
    rows = of.nodes.filter(pl.any_horizontal(one.fill_null(value=False) for one in same))
    nodes: list[int] = _with_scope(rows, said)["node"].to_list()
    return nodes


def _is_typed(name: str, identifier: str) -> pl.Expr:
    if name in TRACKING:
        return normalize_expr(pl.col(name)) == pl.lit(normalize_key(identifier), dtype=pl.String)
    return clean_expr(pl.col(name)) == pl.lit(clean_key(identifier), dtype=pl.String)


def _with_scope(rows: pl.DataFrame, said: Mapping[str, str | None]) -> pl.DataFrame:
    for name, value in said.items():
        if value is not None and name in rows.columns:
            rows = rows.filter((pl.col(name) == value) | pl.col(name).is_null())
        elif value is not None and name in {"carrier", "account"}:
            rows = rows.clear()
    return rows


def _hint(said: Mapping[str, str | None]) -> str:
    given = ", ".join(f"{name}={value!r}" for name, value in said.items() if value is not None)
    return f"only things of {given} were looked at" if given else ""


def _reach(thing: Thing, links: Links) -> frozenset[Thing]:
    """The orders of a thing; without any, the money that it went with."""
    name, node = thing
    if name in links.orders:
        orders = links.orders[name].filter(pl.col("node") == node)["order"].to_list()
        if orders:
            return frozenset(("order", order) for order in orders)
    return _closed([thing], links)


def _closed(start: Sequence[Thing], links: Links) -> frozenset[Thing]:
    """What hangs together with things that belong to no order: settlements, payouts and receipts, parcels and their charges."""
    reached = set(start)
    ways = (
        ("settlement", "payout", links.paid),
        ("payout", "bank", links.received),
        ("payout", "line", links.withdrawn),
        ("parcel", "charge", links.parcels),
        ("payment", "channel", links.collected),
        ("refund", "line", links.refunded["line"]),
        ("refund", "channel", links.refunded["channel"]),
    )
    fresh = set(start)
    while fresh:
        found: set[Thing] = set()
        for left, right, pairs in ways:
            found |= _across(fresh, left, right, pairs, ("left", "right"))
            found |= _across(fresh, right, left, pairs, ("right", "left"))
        fresh = found - reached
        reached |= fresh
    return frozenset(reached)


def _across(fresh: set[Thing], here: str, there: str, pairs: pl.DataFrame, ends: tuple[str, str]) -> set[Thing]:
    nodes = [node for name, node in fresh if name == here]
    if not nodes:
        return set()
    return {(there, node) for node in pairs.filter(pl.col(ends[0]).is_in(nodes))[ends[1]].to_list()}


def _apart(reaches: Sequence[tuple[Thing, frozenset[Thing]]]) -> list[tuple[set[Thing], set[Thing]]]:
    """The things in groups, those that lead to the same together."""
    groups: list[tuple[set[Thing], set[Thing]]] = []
    for thing, reach in reaches:
        members, reached = {thing}, set(reach)
        apart = []
        for group in groups:
            if group[1] & reached:
                members |= group[0]
                reached |= group[1]
            else:
                apart.append(group)
        groups = [*apart, (members, reached)]
    return groups


def _told(thing: Thing, things: Mapping[str, Things]) -> str:
    """A thing in words: its kind, its number, and where it belongs."""
    name, node = thing
    of = things[name]
    row = of.nodes.filter(pl.col("node") == node).row(0, named=True)
    number = row[of.kind.ids[0]]
    place = ", ".join(f"{column}={row[column]!r}" for column in _SAID if row.get(column) is not None)
    return f"{name} {number}" + (f" ({place})" if place else "")
