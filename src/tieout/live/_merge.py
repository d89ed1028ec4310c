"""Merging what was fetched with what is known."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import attrs

from tieout.proof import Proof
from tieout.sources import Batch, Twice, merge_tables
from tieout.tables import Table

__all__ = ["Merged", "merge"]

_RENEWED: Final = frozenset({"stripe_balance_transactions"})
"""Formats of sources that say of a record what is so now, such as the order that a payment was given meanwhile."""


@attrs.frozen(kw_only=True)
class Merged:
    """What is known now.

    Attributes:
        tables: All records by class name.
        new: How many records were not known before, by class name.
        twice: Records that were known: the same ones, newer versions, those that contradict each other, and those that are alike.
        proof: That every record known or fetched is in the tables, or stands in them in another version.
    """

    tables: Mapping[str, Table[Any]]
    new: Mapping[str, int]
    twice: tuple[Twice, ...]
    proof: Proof

    @property
    def conflicts(self) -> tuple[Twice, ...]:
        """Records that contradict each other, or are alike without an identifier that proves them to be one: a person decides."""
        return tuple(one for one in self.twice if one.is_conflict)


def merge(known: Mapping[str, Table[Any]], batches: Sequence[Batch]) -> Merged:
    """Put what was fetched beside what is known; what was known already changes nothing.

    Args:
        known: Tables by class name, as an earlier call gave them; empty at first.
        batches: What was fetched, in order.

    Example:
        >>> merge({}, []).tables
        mappingproxy({})
    """
    groups = [[known[name] for name in sorted(known)]]
    groups += [[batch.records, *batch.others.values()] for batch in batches]
    tables, twice, checks = merge_tables(groups, renewed=_RENEWED)
    new = {name: len(table) - (len(known[name]) if name in known else 0) for name, table in tables.items()}
    return Merged(tables=MappingProxyType(tables), new=MappingProxyType(new), twice=tuple(twice), proof=Proof(checks))
