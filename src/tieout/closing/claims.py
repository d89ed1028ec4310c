"""Claims: a file for each party that is asked for money, apart from what it was asked for already."""

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
from tieout.model import Discrepancy
from tieout.outcome import Outcome, amount_text_expr
from tieout.reports import Note
from tieout.tables import Table

__all__ = ["Claims", "sent_claims", "write_claims"]

_ASKED: Final = {
    "run": pl.String(),
    "discrepancy_id": pl.String(),
    "currency": pl.String(),
    "impact_minor": pl.Int64(),
    "asked_in": pl.String(),
}
_THING: Final = ["discrepancy_id", "currency"]
_SENT: Final = {
    **dict.fromkeys(_THING, pl.String()),
    **dict.fromkeys(("asked_minor", "credited_minor", "came_back_minor"), pl.Int64()),
    "asked_in": pl.String(),
    "is_answered": pl.Boolean(),
}
_EARLIER: Final = "_earlier"
_WORD_MAX: Final = 60  # characters of a party in the name of a file, which has 255 bytes in all


@attrs.frozen(kw_only=True)
class Claims:
    """What the parties are asked for.

    Attributes:
        written: How many claims are asked for.
        before: How many more are open that were asked for before, with no less than is due now, and have no answer.
        asked: All of these, for the next period: `run`, `discrepancy_id`, `currency`, `impact_minor` as it was when it was asked
            for, and `asked_in`, the period whose close did.
        notes: What to say of them.
    """

    written: int
    before: int
    asked: pl.DataFrame = attrs.field(repr=False)
    notes: tuple[Note, ...] = ()


def sent_claims(cases: pl.DataFrame | None, lines: pl.DataFrame | None, *, timezone: str) -> pl.DataFrame:
    """What a casebook says was claimed, of each case by the claim that it was last part of.

    Args:
        cases: Cases, as `Casebook.frame` gives them; None where none are kept.
        lines: Lines of claims, as `Casebook.claims_frame` gives them; None where none are kept.
        timezone: In which the months of the period are.

    Returns:
        `discrepancy_id`, `currency`, `asked_minor`, `credited_minor` (what came of that claim), `came_back_minor` (what came of
        all claims and the case's figures do not show), `asked_in` (the month in which it was sent) and `is_answered`: whether
        the party agreed to it, refused or credited it.
    """
    if cases is None or lines is None:
        return pl.DataFrame(schema=_SENT)
    asked = lines.select(
        *("case_id", "claim_id", "credited_minor"),
        pl.col("claimed_minor").alias("asked_minor"),
        pl.col("sent_at").dt.convert_time_zone(timezone).dt.strftime("%Y-%m").alias("asked_in"),
        (pl.col("state") != "sent").alias("is_answered"),
    )
    sent = cases.join(asked, on=["case_id", "claim_id"]).with_columns(pl.col("came_back_minor").fill_null(0))
    return sent.sort("case_id").select(*_SENT).unique(_THING, keep="first")


def write_claims(
    runs: Sequence[Ran], asked: pl.DataFrame | None, sent: pl.DataFrame, shop: Workshop, *, period: str
) -> Claims:
    """Write one file for each party that is asked for money, and one of what it was asked for before and still owes.

    What is due of a claim that was asked for is asked for anew only where it is more than was asked for and did not come back
    yet; what came back and the figures do not show is taken off. What the party answered is in no file, for its answer may be
    that it pays a part.

    Args:
        runs: All runs.
        asked: Claims that earlier closes asked for, as `Claims.asked`; None where none is known.
        sent: What a casebook says of them, as `sent_claims` gives it.
        shop: Where results are made.
        period: What is closed.
    """
    known = pl.DataFrame(schema=_ASKED) if asked is None else asked
    by_id = _by_id(known, sent)
    written, before, notes = 0, 0, list[Note]()
    held = [known.filter(~pl.col("run").is_in([one.name for one in runs]))]
    for part in (part for one in runs for part in _parts_of(one)):
        owed = part.owed.join(by_id, on=_THING, how="left", maintain_order="left")
        is_asked = (pl.col("impact_minor") <= pl.col("reach_minor")).fill_null(value=False)
        told, same, answered = (
            owed.filter(one) for one in (~is_asked, is_asked & ~pl.col("is_answered"), is_asked & pl.col("is_answered"))
        )
        file, apart = f"{part.name}.csv", f"{part.name}{_EARLIER}.csv"
        if told.height:
            written += part.write(shop, file, told)
        if same.height:
            before += part.write(shop, apart, same)
            notes.append(note("asked_before", count=same.height, file=file, apart=apart))
        if answered.height:
            notes.append(note("answered_before", count=answered.height, file=file, apart=apart))
        changed = told.filter(pl.col("asked_minor").is_not_null()).height
        if changed:
            notes.append(note("asked_otherwise", count=changed, file=file))
        asked_in = pl.when(is_asked).then("asked_in").otherwise(pl.lit(period)).alias("asked_in")
        asked_minor = pl.when(is_asked).then("asked_minor").otherwise("impact_minor").alias("impact_minor")
        held.append(owed.select(pl.lit(part.run.name).alias("run"), *_THING, asked_minor, asked_in))
    return Claims(written=written, before=before, asked=pl.concat(held), notes=tuple(notes))


def _by_id(known: pl.DataFrame, sent: pl.DataFrame) -> pl.DataFrame:
    """What was asked for, one row a discrepancy and currency, and up to which impact (`reach_minor`) nothing is to be asked.

    A casebook knows better than the closes before, unless one of these asked for more than its claim.
    """
    by_close = known.select(*_THING, pl.col("impact_minor").alias("close_minor"), pl.col("asked_in").alias("close_in"))
    both = sent.join(by_close, on=_THING, how="full", coalesce=True)
    later = (pl.col("close_minor") > pl.col("asked_minor")).fill_null(pl.col("asked_minor").is_null())
    paid = pl.col("came_back_minor").fill_null(0)
    return both.select(
        *_THING,
        pl.when(later).then("close_minor").otherwise("asked_minor").alias("asked_minor"),
        pl.when(later).then("close_in").otherwise("asked_in").alias("asked_in"),
        (~later & pl.col("is_answered").fill_null(value=False)).alias("is_answered"),
        pl.when(later)
        .then(pl.max_horizontal("close_minor", paid))
        .otherwise(pl.col("asked_minor") - pl.col("credited_minor") + paid)
        .alias("reach_minor"),
        paid.alias("paid_minor"),
    )


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
        """Write some of it, without what came back; gives how many claims that is."""
        asked = claiming(self.run.outcome, pl.col("discrepancy_id").is_in(some["discrepancy_id"].implode()))
        asked = _without(asked, some.filter(pl.col("paid_minor") > 0))
        return asked.write_claims(shop.path(file), **({} if self.named is None else {"named": self.named}))


def _without(outcome: Outcome, paid: pl.DataFrame) -> Outcome:
    """An outcome that claims what is due where a part came back, which the reasons tell."""
    if paid.is_empty():
        return outcome
    frame = outcome.discrepancies.to_polars()
    codes = paid["currency"].unique().sort().to_list()
    back = paid.select(
        *_THING,
        "paid_minor",
        amount_text_expr(pl.col("paid_minor"), pl.col("currency"), codes).alias("amount"),
    )
    known, amount, code = pl.col("paid_minor").is_not_null(), pl.col("amount"), pl.col("currency")
    reasons = {"reason": ("; ", "{} {} of it came back"), "reason_zh": ("；", "其中 {} {} 已退回")}
    joined = frame.join(back, on=_THING, how="left", maintain_order="left").with_columns(
        pl.col("impact_minor") - pl.col("paid_minor").fill_null(0),
        *(
            pl.when(known)
            .then(pl.concat_str(name, pl.format(said, amount, code), separator=mark, ignore_nulls=True))
            .otherwise(name)
            .alias(name)
            for name, (mark, said) in reasons.items()
        ),
    )
    return attrs.evolve(outcome, discrepancies=Table(joined.select(frame.columns), Discrepancy))


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
