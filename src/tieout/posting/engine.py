"""Posting: events of a period become numbered, balanced vouchers."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

import polars as pl

from tieout.errors import PostingError, UnknownAccount
from tieout.model import Voucher
from tieout.posting.book import Book
from tieout.posting.building import Built, build_vouchers
from tieout.posting.changing import Standing, taken_back, told_apart
from tieout.posting.drafting import Drafts, draft_events
from tieout.posting.events import Postable, SortedEvents, events_of, gather_events, place_of, sort_events
from tieout.posting.exchange import Rates, RatesGiven
from tieout.posting.ordering import numbered
from tieout.posting.period import Period
from tieout.posting.proving import prove
from tieout.posting.result import LeftOutReason, Vouchers
from tieout.posting.template import Template, registry
from tieout.posting.unpacking import Packed

__all__ = ["post"]

_SHOWN_PROBLEMS = 20
_CANCELS = "cancels out within its document"
_NOTHING = "nothing to post: the amount is zero in the book"


def post(
    outcomes: Postable | Iterable[Postable],
    *,
    book: Book,
    period: str,
    rates: RatesGiven | None = None,
    posted: Iterable[Voucher] = (),
    earlier: Postable | Iterable[Postable] = (),
) -> Vouchers:
    """Post events: every one becomes lines of a voucher, a memo, or is left out with the reason.

    Posting the same outcome again gives the same vouchers with the same ids and numbers. With `posted`, what the book
    has already is left out and numbers go on after its last; a voucher whose events have other figures now is taken back by
    a reversal, and a new one takes its place. Nothing that is posted is ever edited.

    Args:
        outcomes: An outcome, a Table of events, an event, or several of them.
        book: Whose accounts and policies hold.
        period: The open period to post in, such as `2026-10`.
        rates: Book currency per unit of each other currency of the events, or rates by the day they begin; None when there is
            none.
        posted: Vouchers that the book has, of earlier postings.
        earlier: What was posted before in place of `outcomes`: an event of it that is not given any more is taken back.

    Returns:
        The vouchers, those of the period first, then the reversals of its accruals on the first day of the next.

    Raises:
        PostingError: The period is locked, or events cannot be posted; all of them are listed, and nothing is posted.
        UnknownAccount: The book has no account for a role that a template needs.

    Example:
        >>> from datetime import date
        >>> from decimal import Decimal
        >>> from moneyed import Money
        >>> from tieout.model import Event
        >>> book = Book(chart="cn_small_business", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")
        >>> bill = Event(
        ...     event_id="e1", kind="courier.bill", occurred_on=date(2026, 10, 31), document="B1", party="sf_express",
        ...     amount=Money("3.50", "CNY"), tax_rate=Decimal("0.06"), details={"leg": "outbound"},
        ... )
        >>> (voucher,) = post(bill, book=book, period="2026-10")
        >>> [(line.role, line.amount.amount) for line in voucher.lines]
        [('freight_out', Decimal('3.30')), ('vat_input', Decimal('0.20')), ('ap_courier', Decimal('-3.50'))]
    """
    month = Period.parse(period)
    if period in book.locked_periods:
        raise PostingError(f"the period {period} is locked", where="period", hint="post in the next open period")
    known = tuple(voucher for voucher in posted if voucher.book_id == book.book_id)
    events = sort_events(gather_events(outcomes), book=book, period=month)
    templates = _templates(events.current)
    rated = _with_rates(events.current, Rates.of(rates, book.currency))
    slim = rated.drop("sources")  # no step but the last looks at them, and each copies what it is given
    drafts = _all_drafted(slim, templates, book)
    standing = Standing.of(known)
    held = told_apart(
        slim, drafts, standing, elsewhere=_elsewhere(events), gone=_gone(earlier, events.given), period=month
    )
    has_lines = pl.col("row").is_in(drafts.lines["row"].unique().implode())
    fresh = held.fresh.filter(has_lines)
    built = build_vouchers(fresh, drafts, templates, book=book, period=month, taken=standing.vouchers)
    memos = _memos(rated, held.fresh.filter(~has_lines), drafts, built)
    left_out = pl.concat([events.left_out, _of_rows(rated, held.standing, "reason", "note")], how="diagonal")
    corrections = taken_back(held, standing, book=book, period=month)
    packed = Packed(heads=built.heads, lines=built.lines, events=rated, book=book)
    ordered = numbered(packed, corrections, book=book, period=month, posted=known)
    carried = rated.filter(pl.col("row").is_in(built.heads["rows"].explode().implode()))
    return Vouchers(
        period=period,
        currency=book.currency,
        packed=ordered.packed,
        others=ordered.others,
        places=ordered.places,
        noted=memos,
        belonging_elsewhere=left_out,
        late=events_of(carried.filter("is_late")),
        proof=prove(
            events.given,
            {"posted": carried, "noted only": memos, "left out": left_out},
            asked=drafts.events,
            built=built,
            ordered=ordered,
            book=book,
        ),
    )


def _memos(rated: pl.DataFrame, bare: pl.DataFrame, drafts: Drafts, built: Built) -> pl.DataFrame:
    """Events without lines, and those whose lines cancel out, with the reason as `note`."""
    without = bare.join(drafts.events.select("row", "memo"), on="row", how="left", maintain_order="left")
    cancelled = rated.filter(pl.col("row").is_in(built.empty.implode()))
    notes = [
        without.select("row", pl.col("memo").fill_null(_NOTHING).alias("note")),
        cancelled.select("row", pl.lit(_CANCELS).alias("note")),
    ]
    return _of_rows(rated, pl.concat(notes), "note")


def _of_rows(rated: pl.DataFrame, rows: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """The whole events of some rows, with what is said of them."""
    found = rated.drop("rate_num", "rate_den", "fx_rate", "is_late").join(rows.select("row", *columns), on="row")
    return found.sort("event_id", maintain_order=True).drop("row")


def _templates(current: pl.DataFrame) -> Mapping[str, Template]:
    """Templates of those kinds that have one."""
    known = registry()
    return {kind: known[kind] for kind in current["kind"].unique().sort().to_list() if kind in known}


def _unknown(current: pl.DataFrame, templates: Mapping[str, Template]) -> pl.DataFrame:
    """Events of kinds that have no template, as problems."""
    unknown = current.filter(~pl.col("kind").is_in(list(templates)))
    problems = {
        kind: f"no template for this kind; nearest: {', '.join(get_close_matches(kind, registry(), n=3)) or 'none'}"
        for kind in unknown["kind"].unique().sort().to_list()
    }
    problem = pl.col("kind").replace_strict(problems, default=None, return_dtype=pl.String)
    nothing = pl.lit(None, dtype=pl.String)
    hint = pl.lit("event_kinds() lists those that have one")
    return unknown.select(
        "row", problem.alias("problem"), hint.alias("hint"), nothing.alias("role"), nothing.alias("template")
    )


def _with_rates(current: pl.DataFrame, rates: Rates) -> pl.DataFrame:
    """The events with the fraction that turns their currency into the book's."""
    joined = rates.joined(current, currency="currency", day="occurred_on")
    missing = joined.filter(pl.col("fx_numerator").is_null()).select("currency", "occurred_on").unique()
    if missing.height:
        codes = missing["currency"].unique().sort().to_list()
        days = missing["occurred_on"].sort()
        bare = [code for code in codes if code not in rates.by_currency]
        when = "" if bare else f" on {days[0]}"
        raise PostingError(
            f"events are in {', '.join(codes)}, the book is kept in {rates.currency}, and there is no rate{when}",
            where="rates",
            hint=f'give rates={{"{codes[0]}": Decimal(...)}}, {rates.currency} per {codes[0]}',
        )
    return joined.rename({"fx_numerator": "rate_num", "fx_denominator": "rate_den"})


def _all_drafted(rated: pl.DataFrame, templates: Mapping[str, Template], book: Book) -> Drafts:
    """Every draft, or one error that lists every event that cannot be posted."""
    unknown = _unknown(rated, templates)
    drafts = draft_events(rated.filter(pl.col("kind").is_in(list(templates))), templates, book=book)
    problems = pl.concat([unknown, drafts.problems])
    if problems.height:
        raise _one_error(rated, problems, book)
    return drafts


def _one_error(current: pl.DataFrame, problems: pl.DataFrame, book: Book) -> PostingError:
    first = problems.unique("row", keep="first", maintain_order=True).sort("row")
    listed = first.join(
        current.select("row", "event_id", "kind", "document", "occurred_on"), on="row", maintain_order="left"
    )
    unmapped = listed.filter(pl.col("role").is_not_null())
    if unmapped.height:
        head = unmapped.row(0, named=True)
        error = UnknownAccount(head["role"], chart=book.chart.name, template=head["template"], event=place_of(head))
        for row in unmapped.head(_SHOWN_PROBLEMS).iter_rows(named=True):
            error.add_note(f"needed by {place_of(row)}: {row['problem']}")
        return error
    rows = listed.to_dicts()
    if len(rows) == 1:
        return PostingError(rows[0]["problem"], where=place_of(rows[0]), hint=rows[0]["hint"])
    lines = [f"{place_of(row)}: {row['problem']}" for row in rows[:_SHOWN_PROBLEMS]]
    if len(rows) > _SHOWN_PROBLEMS:
        lines.append(f"and {len(rows) - _SHOWN_PROBLEMS} more")
    hints = dict.fromkeys(row["hint"] for row in rows if row["hint"])
    fine = current.height - len(rows)
    others = f" ({fine:,} others could be)" if fine else ""
    return PostingError(
        f"{len(rows)} events cannot be posted{others}:\n  " + "\n  ".join(lines), where="events", hint="; ".join(hints)
    )


def _elsewhere(events: SortedEvents) -> pl.DataFrame:
    """Events of other open periods."""
    return events.left_out.filter(pl.col("reason") == LeftOutReason.OTHER_PERIOD.value)


def _gone(earlier: Postable | Iterable[Postable], given: pl.DataFrame) -> frozenset[str]:
    """Ids of events that were there before and are not given now."""
    before = gather_events(earlier)
    return frozenset(before.join(given, on="event_id", how="anti")["event_id"])
