"""Posting: events of a period become numbered, balanced vouchers."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

import polars as pl

from tieout.errors import PostingError, UnknownAccount
from tieout.model import Voucher
from tieout.posting.book import Book
from tieout.posting.building import Built, build_vouchers
from tieout.posting.changing import Standing, taken_back, told_apart
from tieout.posting.drafting import AMOUNTS, Drafts, draft_events
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
_ROOM = 2**61  # of minor units: a line takes no more than an amount and its tax
_PROBLEM = {name: pl.lit(None, dtype=pl.String) for name in ("problem", "hint", "role", "template")}


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
    events = sort_events(gather_events(outcomes), book=book, period=month)
    if period in book.locked_periods:
        raise _locked(period, events.current)
    known = tuple(voucher for voucher in posted if voucher.book_id == book.book_id)
    templates = _templates(events.current)
    held_rates = Rates.of(rates, book.currency)
    rated = _with_rates(events, held_rates)
    slim = rated.drop("sources")  # no step but the last looks at them, and each copies what it is given
    drafts = _all_drafted(slim, templates, held_rates, book)
    standing = Standing.of(known)
    held = told_apart(
        slim, drafts, standing, elsewhere=_elsewhere(events), gone=_gone(earlier, events.given), period=month
    )
    has_lines = pl.col("row").is_in(drafts.lines.filter(pl.col("amount_minor") != 0)["row"].unique().implode())
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
        to_review=_reviews(carried, drafts),
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


def _locked(period: str, current: pl.DataFrame) -> PostingError:
    """What is said of events that are to be posted in a closed period."""
    first = (
        f": it has {current.height:,} of the events, first {place_of(current.row(0, named=True))}"
        if current.height
        else ""
    )
    return PostingError(f"the period {period} is locked{first}", where="period", hint="post in the next open period")


def _memos(rated: pl.DataFrame, bare: pl.DataFrame, drafts: Drafts, built: Built) -> pl.DataFrame:
    """Events without lines, and those whose lines cancel out, with the reason as `note`."""
    without = bare.join(drafts.events.select("row", "memo"), on="row", how="left", maintain_order="left")
    cancelled = rated.filter(pl.col("row").is_in(built.empty.implode()))
    notes = [
        without.select("row", pl.col("memo").fill_null(_NOTHING).alias("note")),
        cancelled.select("row", pl.lit(_CANCELS).alias("note")),
    ]
    return _of_rows(rated, pl.concat(notes), "note")


def _reviews(carried: pl.DataFrame, drafts: Drafts) -> pl.DataFrame:
    """Posted events that a person has to look at, with what for as `note`."""
    asked = drafts.events.filter(pl.col("review").is_not_null()).select("row", pl.col("review").alias("note"))
    return _of_rows(carried, asked, "note")


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


def _with_rates(events: SortedEvents, rates: Rates) -> pl.DataFrame:
    """The events with the fraction that turns their currency into the book's, null where there is none.

    Raises:
        PostingError: The amounts are too large for their sums to be exact.
    """
    joined = rates.joined(events.current, currency="currency", day="occurred_on")
    rated = joined.rename({"fx_numerator": "rate_num", "fx_denominator": "rate_den"})
    _require_room(events.given, pl.lit(1), pl.lit(1))
    _require_room(rated, pl.col("rate_num"), pl.col("rate_den"))
    return rated


def _require_room(events: pl.DataFrame, numerator: pl.Expr, denominator: pl.Expr) -> None:
    """Refuse amounts of which a sum would not fit in 64 bits, where it would turn round without a word."""
    largest = pl.max_horizontal(pl.col(name).cast(pl.Int128).abs() for name in AMOUNTS.values())
    sizes = events.select(
        *("event_id", "kind", "document", "occurred_on"),
        (largest * numerator // denominator).fill_null(0).alias("size"),
    )
    if int(sizes["size"].sum()) > _ROOM:
        event = place_of(sizes.sort("size", maintain_order=True).row(-1, named=True))
        raise PostingError(
            f"the amounts of {events.height:,} events have more digits than a sum of money",
            where="events",
            hint=f"the largest is of {event}",
        )


def _unrated(rated: pl.DataFrame, rates: Rates) -> pl.DataFrame:
    """Events whose currency has no rate on their day, as problems."""
    bare = rated.filter(pl.col("rate_num").is_null())
    found = [bare.select("row", **_PROBLEM).clear()]
    for code, day in bare.select("currency", "occurred_on").unique().sort("currency", "occurred_on").iter_rows():
        try:
            rates.rate(code, day)
        except PostingError as problem:
            own = bare.filter((pl.col("currency") == code) & (pl.col("occurred_on") == day))
            texts = {**_PROBLEM, "problem": pl.lit(problem.problem), "hint": pl.lit(problem.hint)}
            found.append(own.select("row", **texts))
    return pl.concat(found)


def _all_drafted(rated: pl.DataFrame, templates: Mapping[str, Template], rates: Rates, book: Book) -> Drafts:
    """Every draft, or one error that lists every event that cannot be posted."""
    unknown, unrated = _unknown(rated, templates), _unrated(rated, rates)
    refused = pl.concat([unknown, unrated])["row"].implode()
    drafts = draft_events(rated.filter(~pl.col("row").is_in(refused)), templates, book=book)
    problems = pl.concat([unknown, unrated, drafts.problems])
    if problems.height:
        raise _one_error(rated, problems, book)
    return drafts


def _one_error(current: pl.DataFrame, problems: pl.DataFrame, book: Book) -> PostingError:
    """What stands against each event, its first problem; a missing account has an error of its own, with the others as notes."""
    first = problems.unique("row", keep="first", maintain_order=True).sort("row")
    listed = first.join(
        current.select("row", "event_id", "kind", "document", "occurred_on"), on="row", maintain_order="left"
    )
    fine = current.height - listed.height
    others = f"{fine:,} others could be posted" if fine else ""
    unmapped = listed.filter(pl.col("role").is_not_null())
    if unmapped.height:
        head = unmapped.row(0, named=True)
        error = UnknownAccount(head["role"], chart=book.chart.name, template=head["template"], event=place_of(head))
        for line in _shown(unmapped, "needed by "):
            error.add_note(line)
        for line in _shown(listed.filter(pl.col("role").is_null()), "cannot be posted: "):
            error.add_note(line)
        if others:
            error.add_note(others)
        return error
    rows = listed.to_dicts()
    hints = dict.fromkeys(row["hint"] for row in rows if row["hint"])
    if len(rows) == 1:
        told = f" ({others})" if others else ""
        return PostingError(f"{rows[0]['problem']}{told}", where=place_of(rows[0]), hint="; ".join(hints))
    told = f" ({fine:,} others could be)" if fine else ""
    return PostingError(
        f"{len(rows)} events cannot be posted{told}:\n  " + "\n  ".join(_shown(listed)),
        where="events",
        hint="; ".join(hints),
    )


def _shown(listed: pl.DataFrame, before: str = "") -> list[str]:
    """A sentence for each of the first events, and how many more there are."""
    lines = [f"{before}{place_of(row)}: {row['problem']}" for row in listed.head(_SHOWN_PROBLEMS).iter_rows(named=True)]
    more = listed.height - len(lines)
    return [*lines, f"and {more:,} more"] if more else lines


def _elsewhere(events: SortedEvents) -> pl.DataFrame:
    """Events of other open periods."""
    return events.left_out.filter(pl.col("reason") == LeftOutReason.OTHER_PERIOD.value)


def _gone(earlier: Postable | Iterable[Postable], given: pl.DataFrame) -> frozenset[str]:
    """Ids of events that were there before and are not given now."""
    before = gather_events(earlier)
    return frozenset(before.join(given, on="event_id", how="anti")["event_id"])
