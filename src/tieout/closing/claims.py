"""Claims: a file for each party that is asked for money, apart from what an earlier close asked it for already."""

import re
from collections.abc import Iterator, Sequence
from itertools import count
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
_EARLIER: Final = "_earlier"
_WORD_MAX: Final = 60  # characters of a party in the name of a file, which has 255 bytes in all


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
    written, before, notes = 0, 0, list[Note]()
    held = [known.filter(~pl.col("run").is_in([one.name for one in runs]))]
    for part in (part for one in runs for part in _parts_of(one)):
        owed = part.owed.join(by_id, on=_THING, how="left", maintain_order="left")
        is_same = (pl.col("asked_minor") == pl.col("impact_minor")).fill_null(value=False)
        same = owed.filter(is_same)
        told = owed.filter(~pl.col("discrepancy_id").is_in(same["discrepancy_id"].implode()))
        file, apart = f"{part.name}.csv", f"{part.name}{_EARLIER}.csv"
        if told.height:
            written += part.write(shop, file, told)
        if same.height:
            before += part.write(shop, apart, same)
            notes.append(note("asked_before", count=same.height, file=file, apart=apart))
        changed = owed.filter(~is_same & pl.col("asked_minor").is_not_null()).height
        if changed:
            notes.append(note("asked_otherwise", count=changed, file=file))
        asked_in = pl.when(is_same).then("asked_in").otherwise(pl.lit(period)).alias("asked_in")
        held.append(owed.select(pl.lit(part.run.name).alias("run"), *_THING, "impact_minor", asked_in))
    return Claims(written=written, before=before, asked=pl.concat(held), notes=tuple(notes))


@attrs.frozen(kw_only=True)
class _Part:
    """What one party is asked for.

    Attributes:
        run: The run that found it.
        name: Name of the file, without its suffix.
        owed: Its discrepancies.
        named: Which of their keys say what each is about; None for those of a courier.
    """

    run: Ran
    name: str
    owed: pl.DataFrame = attrs.field(repr=False)
    named: tuple[str, ...] | None = None

    def write(self, shop: Workshop, file: str, some: pl.DataFrame) -> int:
        """Write some of it; gives how many claims that is."""
        asked = claiming(self.run.outcome, pl.col("discrepancy_id").is_in(some["discrepancy_id"].implode()))
        return asked.write_claims(shop.path(file), **({} if self.named is None else {"named": self.named}))


def _parts_of(run: Ran) -> Iterator[_Part]:
    """The claims of a run, by the party that is asked."""
    owed = run.outcome.discrepancies.to_polars().filter("claimable")
    if not owed.height:
        return
    if getattr(leaf_of(run.leaf), "CLAIMED_FROM", ""):
        yield from _parts_by_party(run, owed)
        return
    party = run.name.removeprefix(run.leaf).removeprefix("-") or _party_of(run.leaf, owed)
    if party:
        yield _Part(run=run, name=f"claims_{party}", owed=owed)


def _parts_by_party(run: Ran, owed: pl.DataFrame) -> Iterator[_Part]:
    """The claims of a run that asks many, such as suppliers: a file for each, for no one is shown what another owes.

    Claims that name nobody have a file of their own.
    """
    leaf = leaf_of(run.leaf)
    named = pl.col("keys").str.json_path_match(f"$.{leaf.CLAIMED_FROM}").fill_null("")
    taken = set[str]()
    for (party,), part in sorted(owed.group_by(named.alias("party")), key=lambda found: str(found[0][0])):
        name = "-".join(filter(None, (f"claims_{run.name}", _file_word(str(party)))))
        if not taken.isdisjoint(_files(name)):  # another that reads the same
            name = next(other for nth in count(2) if taken.isdisjoint(_files(other := f"{name}_{nth}")))
        taken.update(_files(name))
        yield _Part(run=run, name=name, owed=part, named=(leaf.CLAIMED_FROM, *leaf.CLAIM_KEYS))


def _files(name: str) -> set[str]:
    """The names of both files of a party, as disks compare them that know no capitals."""
    return {name.casefold(), f"{name}{_EARLIER}".casefold()}


def _file_word(party: str) -> str:
    """What a party is called in the name of a file."""
    return re.sub(r"[^\w.-]+", "-", party)[:_WORD_MAX].strip("-.")


def _party_of(leaf: str, owed: pl.DataFrame) -> str:
    """Whom a run that is not told apart by party asks: the party of its contract; empty where it asks nobody."""
    field = getattr(leaf_of(leaf), "EACH", "")
    if not field:
        return ""
    named = owed.select(pl.col("keys").str.json_path_match(f"$.{field}").drop_nulls().unique()).to_series().to_list()
    return _file_word(named[0]) if len(named) == 1 else leaf
