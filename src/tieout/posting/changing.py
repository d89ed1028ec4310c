"""What a book has already: events that are posted as they are, and vouchers to take back because their events changed."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

import attrs
import polars as pl

from tieout.errors import PostingError
from tieout.model import Voucher, VoucherKind
from tieout.posting._lines import lines_of
from tieout.posting.book import Book
from tieout.posting.building import joined_lines, lines_in_style
from tieout.posting.drafting import Drafts
from tieout.posting.period import Period
from tieout.posting.records import changed
from tieout.posting.result import LeftOutReason
from tieout.posting.reversal import name_of, reverse
from tieout.posting.template import Side
from tieout.posting.tracing import stable_id

__all__ = ["Held", "Standing", "taken_back", "told_apart"]

_SHOWN = 5


@attrs.frozen(kw_only=True)
class Standing:
    """What a book has posted so far.

    Attributes:
        vouchers: Its vouchers by id.
        owner: The voucher that each event stands in.
        before: For events whose voucher was taken back and not replaced: its id.
        reversals: Vouchers that take others back, by the id of what they take back.
    """

    vouchers: Mapping[str, Voucher]
    owner: Mapping[str, str]
    before: Mapping[str, str]
    reversals: Mapping[str, Sequence[Voucher]]

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
        return cls(vouchers=vouchers, owner=owner, before=before, reversals=reversals)


def _is_taken_back(voucher: Voucher, reversals: Iterable[Voucher]) -> bool:
    """Whether a voucher does not count any more; the reversal that every accrual has in the next period is none."""
    return any(voucher.kind is not VoucherKind.ACCRUAL or reversal.period == voucher.period for reversal in reversals)


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
    current: pl.DataFrame, drafts: Drafts, standing: Standing, *, gone: Collection[str], book: Book, period: Period
) -> Held:
    """Tell new events from those that are posted, and these from those whose voucher has other figures now.

    A voucher of which some events are neither given again nor gone cannot be rebuilt, and is taken as it is.

    Args:
        current: Events to post, with their `row`.
        drafts: Their lines.
        standing: What the book has.
        gone: Ids of events that were given before and are no more.
        book: Whose style holds.
        period: The period posted in.

    Raises:
        PostingError: An event is gone, and others of its voucher are not given, so that it cannot be replaced.
    """
    owned = current.with_columns(_of("event_id", standing.owner).alias("owner"))
    given = owned.filter(pl.col("owner").is_not_null())
    changed_ids = _changed(given, drafts, standing, gone=gone, book=book)
    _require_open(changed_ids, standing, period)
    is_changed = pl.col("owner").is_in(list(changed_ids))
    kept = given.filter(~is_changed)
    notes = {
        voucher_id: f"posted in {name_of(standing.vouchers[voucher_id])} of {standing.vouchers[voucher_id].period}"
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


def _of(column: str, values: Mapping[str, str]) -> pl.Expr:
    if not values:
        return pl.lit(None, dtype=pl.String)
    return pl.col(column).replace_strict(values, default=None, return_dtype=pl.String)


def _changed(
    given: pl.DataFrame, drafts: Drafts, standing: Standing, *, gone: Collection[str], book: Book
) -> tuple[str, ...]:
    """Vouchers whose events are all known, and make other lines than theirs."""
    counts = dict(given.group_by("owner").agg(pl.len()).iter_rows())
    lost: defaultdict[str, int] = defaultdict(int)
    for event_id in gone:
        if event_id in standing.owner:
            lost[standing.owner[event_id]] += 1
    _require_whole(counts, lost, standing)
    whole = [
        voucher_id
        for voucher_id in {**counts, **lost}
        if counts.get(voucher_id, 0) + lost[voucher_id] == len(standing.vouchers[voucher_id].event_ids)
    ]
    if not whole:
        return ()
    rows = given.filter(pl.col("owner").is_in(whole)).sort("row").with_row_index("rank")
    lines = drafts.lines.join(rows.select("row", "rank", pl.col("owner").alias("group")), on="row")
    now = _figures(lines_in_style(joined_lines(lines), book), "group", "amount_minor")
    then = lines_of([standing.vouchers[voucher_id] for voucher_id in whole]).select(
        pl.col("voucher_id").alias("group"),
        "account",
        pl.when(pl.col("debit_minor").is_null())
        .then(pl.lit(Side.CREDIT.value))
        .otherwise(pl.lit(Side.DEBIT.value))
        .alias("side"),
        pl.coalesce("debit_minor", "credit_minor").alias("amount_minor"),
    )
    before = _figures(then, "group", "amount_minor")
    other = pl.concat([now.join(before, on=now.columns, how="anti"), before.join(now, on=now.columns, how="anti")])
    found = set(other["group"].to_list())
    return tuple(
        sorted(
            found,
            key=lambda voucher_id: (standing.vouchers[voucher_id].date, standing.vouchers[voucher_id].number or 0),
        )
    )


def _figures(lines: pl.DataFrame, group: str, amount: str) -> pl.DataFrame:
    return lines.group_by(group, "account", "side").agg(pl.col(amount).sum()).filter(pl.col(amount) != 0)


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
    """The vouchers, without numbers, that take back those whose events changed; of an accrual, its reversal is taken back too.

    Args:
        held: Which changed.
        standing: What the book has.
        book: Whose style holds.
        period: The period posted in: one that is in it is taken back on its own day, an earlier one on the first day.
    """
    made: list[Voucher] = []
    for voucher_id in held.changed:
        voucher = standing.vouchers[voucher_id]
        day = voucher.date if voucher.period == str(period) else period.first_day
        red = reverse(voucher, style=book.reversal_style, date=day)
        made.append(changed(red, voucher_id=stable_id("correction", voucher_id)))
        if voucher.kind is VoucherKind.ACCRUAL:
            made += [
                changed(
                    reverse(reversal, style=book.reversal_style, date=reversal.date),
                    voucher_id=stable_id("correction", reversal.voucher_id),
                )
                for reversal in standing.reversals.get(voucher_id, ())
                if reversal.period != voucher.period
            ]
    return tuple(made)
