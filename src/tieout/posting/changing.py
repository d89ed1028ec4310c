"""What a book has already: events that are posted as they are, and vouchers to take back because their events changed."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import attrs
import polars as pl

from tieout.errors import PostingError
from tieout.model import Voucher, VoucherKind
from tieout.model._record import changed
from tieout.money.columns import RATE_SCALE
from tieout.posting._lines import lines_of
from tieout.posting.book import Book
from tieout.posting.building import joined_lines
from tieout.posting.correction import correction_id
from tieout.posting.drafting import Drafts
from tieout.posting.period import Period
from tieout.posting.result import LeftOutReason
from tieout.posting.reversal import is_automatic, name_of, reverse, withdrawal_id
from tieout.posting.template import Side
from tieout.posting.words import cash_codes_of, word_of, words_of

__all__ = ["Held", "Standing", "taken_back", "told_apart"]

_SHOWN = 5
_AUX = ("customer", "shop", "supplier")
_FIGURES = ("account", *_AUX, "foreign_currency", "tax_units")
"""What tells amounts of a voucher apart, beside their sign."""


@attrs.frozen(kw_only=True)
class Standing:
    """What a book has posted so far.

    Attributes:
        vouchers: Its vouchers by id.
        owner: The voucher that each event stands in.
        before: For events whose voucher was taken back and not replaced: its id.
        reversals: Vouchers that take others back, by the id of what they take back.
        differences: Vouchers of differences by which a person corrected others, and those that correct these, by the id of what
            they correct first.
        corrected: What a person corrected by a whole voucher, by the id of that voucher.
    """

    vouchers: Mapping[str, Voucher]
    owner: Mapping[str, str]
    before: Mapping[str, str]
    reversals: Mapping[str, Sequence[Voucher]]
    differences: Mapping[str, Sequence[Voucher]]
    corrected: Mapping[str, Voucher]

    @classmethod
    def of(cls, posted: Iterable[Voucher]) -> "Standing":
        """What some vouchers amount to."""
        vouchers = {voucher.voucher_id: voucher for voucher in posted}
        reversals: defaultdict[str, list[Voucher]] = defaultdict(list)
        for voucher in vouchers.values():
            if voucher.reversal_of is not None:
                reversals[voucher.reversal_of].append(voucher)
        owner: dict[str, str] = {}
        before: dict[str, str] = {}
        for voucher in sorted(vouchers.values(), key=lambda item: (item.date, item.number or 0, item.voucher_id)):
            into = before if _is_taken_back(voucher, reversals.get(voucher.voucher_id, ())) else owner
            into.update(dict.fromkeys(voucher.event_ids, voucher.voucher_id))
        differences: dict[str, Sequence[Voucher]] = {}
        corrected: dict[str, Voucher] = {}
        for voucher in vouchers.values():
            correction = vouchers.get(correction_id(voucher))
            if correction is not None and correction.event_ids:
                corrected[correction.voucher_id] = voucher
            elif found := tuple(_differences(voucher, vouchers, reversals)):
                differences[voucher.voucher_id] = found
        return cls(
            vouchers=vouchers,
            owner=owner,
            before=before,
            reversals=reversals,
            differences=differences,
            corrected=corrected,
        )


def _differences(
    voucher: Voucher, vouchers: Mapping[str, Voucher], reversals: Mapping[str, Sequence[Voucher]]
) -> Iterator[Voucher]:
    """What corrects a voucher by its differences, and what corrects that; what was taken back itself does not count."""
    found = vouchers.get(correction_id(voucher))
    while found is not None and not found.event_ids:
        if found.voucher_id not in reversals:
            yield found
        found = vouchers.get(correction_id(found))


def _is_taken_back(voucher: Voucher, reversals: Iterable[Voucher]) -> bool:
    """Whether a voucher does not count any more; the reversal that every accrual has in the next period is none."""
    return any(not is_automatic(reversal, voucher) for reversal in reversals)


@attrs.frozen(kw_only=True)
class Held:
    """Events told apart by what the book has of them.

    Attributes:
        fresh: Rows of events to post, with `after`, the voucher that theirs takes the place of.
        standing: Rows of events that are posted as they are, with `reason` and `note`.
        changed: Ids of vouchers to take back, in order.
    """

    fresh: pl.DataFrame
    standing: pl.DataFrame
    changed: tuple[str, ...]


def told_apart(
    current: pl.DataFrame,
    drafts: Drafts,
    standing: Standing,
    *,
    elsewhere: pl.DataFrame,
    gone: Collection[str],
    period: Period,
) -> Held:
    """Tell new events from those that are posted, and these from those whose voucher has other figures now.

    A voucher of which some events are neither given again nor gone cannot be rebuilt: it is taken as it is, and the note says so.
    What a person corrected stays corrected as long as the events say what they said, or what the person says.

    Args:
        current: Events to post, with their `row`.
        drafts: Their lines.
        standing: What the book has.
        elsewhere: Events of other open periods: a voucher of this one that has one of them loses it.
        gone: Ids of events that were given before and are no more.
        period: The period posted in.

    Raises:
        PostingError: An event is gone, and others of its voucher are not given, so that it cannot be replaced.
    """
    owned = current.with_columns(_of("event_id", standing.owner).alias("owner"))
    given = owned.filter(pl.col("owner").is_not_null())
    counts = dict(given.group_by("owner").agg(pl.len()).iter_rows())
    lost = _lost(standing, elsewhere=elsewhere, gone=gone, period=period)
    _require_whole(counts, lost, standing)
    whole = [
        voucher_id
        for voucher_id in {**counts, **lost}
        if counts.get(voucher_id, 0) + lost.get(voucher_id, 0) == len(standing.vouchers[voucher_id].event_ids)
    ]
    changed_ids = _changed(given.filter(pl.col("owner").is_in(whole)), whole, drafts, standing)
    _require_open(changed_ids, standing, period)
    is_changed = pl.col("owner").is_in(list(changed_ids))
    kept = given.filter(~is_changed)
    notes = {
        voucher_id: _note(standing.vouchers[voucher_id], counts[voucher_id])
        for voucher_id in kept["owner"].unique().to_list()
    }
    fresh = owned.filter(pl.col("owner").is_null() | is_changed)
    return Held(
        fresh=fresh.with_columns(pl.coalesce("owner", _of("event_id", standing.before)).alias("after")).drop("owner"),
        standing=kept.with_columns(
            pl.lit(LeftOutReason.ALREADY_POSTED.value).alias("reason"), _of("owner", notes).alias("note")
        ).drop("owner"),
        changed=changed_ids,
    )


def _note(voucher: Voucher, given: int) -> str:
    missing = len(voucher.event_ids) - given
    told = f"; not compared, for {missing:,} more of its events are not posted here" if missing else ""
    return f"posted in {name_of(voucher)} of {voucher.period}{told}"


def _of(column: str, values: Mapping[str, str]) -> pl.Expr:
    if not values:
        return pl.lit(None, dtype=pl.String)
    return pl.col(column).replace_strict(values, default=None, return_dtype=pl.String)


def _lost(standing: Standing, *, elsewhere: pl.DataFrame, gone: Collection[str], period: Period) -> Mapping[str, int]:
    """How many events each voucher has that are not of it any more."""
    lost: defaultdict[str, int] = defaultdict(int)
    for event_id in gone:
        if event_id in standing.owner:
            lost[standing.owner[event_id]] += 1
    for event_id in elsewhere["event_id"].unique().to_list() if standing.owner else ():
        owner = standing.vouchers.get(standing.owner.get(event_id, ""))
        if owner is not None and owner.period == str(period) and owner.kind is not VoucherKind.ADJUST:
            lost[owner.voucher_id] += 1
    return lost


def _changed(given: pl.DataFrame, whole: Sequence[str], drafts: Drafts, standing: Standing) -> tuple[str, ...]:
    """Vouchers whose events are all known, and make other lines than theirs, or have become several documents."""
    if not whole:
        return ()
    rows = given.sort("row").with_row_index("rank")
    lines = drafts.lines.join(rows.select("row", "rank", pl.col("owner").alias("group")), on="row")
    side = pl.when(pl.col("side") == Side.CREDIT.value).then(-1).otherwise(1)
    now = _figures(
        joined_lines(lines).with_columns(side.alias("sign")).with_columns(pl.col("foreign_minor").fill_null(0))
    )
    found = _other(now, {voucher_id: (standing.vouchers[voucher_id],) for voucher_id in whole})
    by_hand = {
        voucher_id: (standing.vouchers[voucher_id], *standing.differences[voucher_id])
        for voucher_id in found
        if voucher_id in standing.differences
    } | {voucher_id: (standing.corrected[voucher_id],) for voucher_id in found if voucher_id in standing.corrected}
    if by_hand:
        found -= by_hand.keys() - _other(now.filter(pl.col("group").is_in(list(by_hand))), by_hand)
    found |= _split(rows, drafts)
    return tuple(
        sorted(
            found,
            key=lambda voucher_id: (standing.vouchers[voucher_id].date, standing.vouchers[voucher_id].number or 0),
        )
    )


def _split(rows: pl.DataFrame, drafts: Drafts) -> set[str]:
    """Vouchers whose events are of several documents, parties or shops now."""
    has_lines = pl.col("row").is_in(drafts.lines["row"].unique().implode())
    places = rows.filter(has_lines).select("owner", "document", "party", "shop_id").unique()
    return set(places.filter(pl.col("owner").is_duplicated())["owner"].to_list())


def _other(now: pl.DataFrame, posted: Mapping[str, Sequence[Voucher]]) -> set[str]:
    """The groups whose figures are not the sum of some vouchers."""
    members = [(voucher.voucher_id, group) for group, vouchers in posted.items() for voucher in vouchers]
    groups = pl.DataFrame(members, schema={"voucher_id": pl.String, "group": pl.String}, orient="row")
    own = {voucher.voucher_id: voucher for vouchers in posted.values() for voucher in vouchers}
    then = (
        lines_of(own.values())
        .join(groups, on="voucher_id")
        .with_columns(
            *(pl.col("aux").str.json_path_match(f"$.{name}").alias(name) for name in _AUX),
            pl.coalesce("debit_minor", "credit_minor").alias("amount_minor"),
            pl.when(pl.col("debit_minor").is_null()).then(-1).otherwise(1).alias("sign"),
            pl.col("foreign_minor").fill_null(0),
            (pl.col("tax_rate") * RATE_SCALE).cast(pl.Int64).alias("tax_units"),
        )
    )
    before = _figures(then)
    off = pl.concat(
        [one.join(other, on=now.columns, how="anti", nulls_equal=True) for one, other in ((now, before), (before, now))]
    )
    return set(off["group"].to_list())


def _figures(lines: pl.DataFrame) -> pl.DataFrame:
    """What lines come to: debits less credits, whichever side they stand on."""
    sums = [(pl.col(name) * pl.col("sign")).sum().cast(pl.Int64) for name in ("amount_minor", "foreign_minor")]
    found = lines.group_by("group", *_FIGURES).agg(sums)
    return found.filter((pl.col("amount_minor") != 0) | (pl.col("foreign_minor") != 0))


def _require_whole(counts: Mapping[str, int], lost: Mapping[str, int], standing: Standing) -> None:
    for voucher_id in sorted(lost):
        voucher = standing.vouchers[voucher_id]
        missing = len(voucher.event_ids) - counts.get(voucher_id, 0) - lost[voucher_id]
        if missing:
            raise PostingError(
                f"{name_of(voucher)} of {voucher.period} has an event that is gone, and {missing} that are not given",
                where="earlier",
                hint="give all events of the document again, so that the voucher can be replaced",
            )


def _require_open(changed_ids: Iterable[str], standing: Standing, period: Period) -> None:
    later = [voucher for voucher_id in changed_ids if (voucher := standing.vouchers[voucher_id]).period > str(period)]
    if later:
        listed = ", ".join(f"{name_of(voucher)} of {voucher.period}" for voucher in later[:_SHOWN])
        raise PostingError(
            f"events of {period} have changed that are posted in a later period: {listed}",
            where="period",
            hint="post the change in that period",
        )


def taken_back(held: Held, standing: Standing, *, book: Book, period: Period) -> tuple[Voucher, ...]:
    """The vouchers, without numbers, that take back those whose events changed.

    With an accrual its reversal is taken back too, and with what a person corrected the difference.

    Args:
        held: Which changed.
        standing: What the book has.
        book: Whose style, words and language hold.
        period: The period posted in: what is in it is taken back on its own day, what is earlier on the first day.

    Raises:
        PostingError: What is to be taken back in a later period is in a locked one.
    """
    made: list[Voucher] = []
    for voucher_id in held.changed:
        voucher = standing.vouchers[voucher_id]
        made.append(_withdrawn(voucher, book, period))
        further = [each for each in standing.reversals.get(voucher_id, ()) if is_automatic(each, voucher)]
        further += standing.differences.get(voucher_id, ())
        made += [_withdrawn(each, book, period) for each in further]
    return tuple(made)


def _withdrawn(voucher: Voucher, book: Book, period: Period) -> Voucher:
    """The reversal of one voucher, in the period posted in or, of one that is later, in its own."""
    if voucher.period > str(period) and voucher.period in book.locked_periods:
        raise PostingError(
            f"{name_of(voucher)} of {voucher.period} is to be taken back with what it belongs to, and that period is locked",
            where="Book.locked_periods",
        )
    day = voucher.date if voucher.period >= str(period) else period.first_day
    back = reverse(voucher, style=book.reversal_style, date=day, language=book.language)
    words = words_of(book)
    if not words.is_general:
        back = changed(back, word=word_of(back, words, cash_codes_of(book)))
    if voucher.kind is not VoucherKind.ACCRUAL:
        return back
    return changed(back, voucher_id=withdrawal_id(voucher.voucher_id))  # its automatic reversal has the other id
