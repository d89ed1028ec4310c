"""Claims: a file for each party that is asked for money, apart from what an earlier close asked it for already."""

import re
from collections.abc import Sequence
from typing import Final

import attrs
import polars as pl

from tieout.closing.detect import Ran, leaf_of
from tieout.closing.folder import Workshop
from tieout.closing.resolve import claiming
from tieout.closing.sentences import note
from tieout.reports import Note

__all__ = ["Claims", "write_claims"]

_ASKED: Final = {
    "run": pl.String(),
    "discrepancy_id": pl.String(),
    "currency": pl.String(),
    "impact_minor": pl.Int64(),
    "asked_in": pl.String(),
}
_THING: Final = ["discrepancy_id", "currency"]


@attrs.frozen(kw_only=True)
class Claims:
    """What the parties are asked for.

    Attributes:
        written: How many claims are asked for.
        before: How many more are open that an earlier close asked for, of the same amount.
        asked: All of these, for the next period: `run`, `discrepancy_id`, `currency`, `impact_minor` and `asked_in`, the period
            whose close asked for it.
        notes: What to say of them.
    """

    written: int
    before: int
    asked: pl.DataFrame = attrs.field(repr=False)
    notes: tuple[Note, ...] = ()


def write_claims(runs: Sequence[Ran], asked: pl.DataFrame | None, shop: Workshop, *, period: str) -> Claims:
    """Write one file for each party that is asked for money, and one of what it was asked for before and still owes.

    A claim is the same where discrepancy and amount are: one whose amount changed is asked for anew.

    Args:
        runs: All runs.
        asked: Claims that earlier closes asked for, as `Claims.asked`; None where none is known.
        shop: Where results are made.
        period: What is closed.
    """
    known = pl.DataFrame(schema=_ASKED) if asked is None else asked
    by_id = known.select(*_THING, pl.col("impact_minor").alias("asked_minor"), "asked_in")
    written, before, notes = 0, 0, []
    held = [known.filter(~pl.col("run").is_in([one.name for one in runs]))]
    for one in runs:
        owed = one.outcome.discrepancies.to_polars().filter("claimable")
        party = one.name.removeprefix(one.leaf).removeprefix("-") or _party_of(one.leaf, owed)
        if not (party and owed.height):
            continue
        owed = owed.join(by_id, on=_THING, how="left", maintain_order="left")
        is_same = (pl.col("asked_minor") == pl.col("impact_minor")).fill_null(value=False)
        same = owed.filter(is_same)
        is_before = pl.col("discrepancy_id").is_in(same["discrepancy_id"].implode())
        file, apart = f"claims_{party}.csv", f"claims_{party}_earlier.csv"
        if same.height < owed.height:
            written += claiming(one.outcome, ~is_before).write_claims(shop.path(file))
        if same.height:
            before += claiming(one.outcome, is_before).write_claims(shop.path(apart))
            notes.append(note("asked_before", count=same.height, file=file, apart=apart))
        changed = owed.filter(~is_same & pl.col("asked_minor").is_not_null()).height
        if changed:
            notes.append(note("asked_otherwise", count=changed, file=file))
        asked_in = pl.when(is_same).then("asked_in").otherwise(pl.lit(period)).alias("asked_in")
        held.append(owed.select(pl.lit(one.name).alias("run"), *_THING, "impact_minor", asked_in))
    return Claims(written=written, before=before, asked=pl.concat(held), notes=tuple(notes))


def _party_of(leaf: str, owed: pl.DataFrame) -> str:
    """Whom a run that is not told apart by party asks: the party of its contract; empty where it asks nobody."""
    field = getattr(leaf_of(leaf), "EACH", "")
    if not field:
        return ""
    named = owed.select(pl.col("keys").str.json_path_match(f"$.{field}").drop_nulls().unique()).to_series().to_list()
    return re.sub(r"[^\w.-]+", "-", named[0]) if len(named) == 1 else leaf
