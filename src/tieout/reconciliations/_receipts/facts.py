"""Facts for the books: what the bank received for payouts, what it kept, what a conversion cost, and what nobody knows."""

from datetime import date

import polars as pl

from tieout.model import Event
from tieout.outcome import amount_text_expr
from tieout.proof import Check
from tieout.reconciliations._common.events import EVENT_GROUP, EVENT_SOURCE, events_table
from tieout.reconciliations._common.units import SETTLED, Judged
from tieout.tables import Table

__all__ = ["booked_lines", "build_events", "events_check"]

_RECEIPT, _CHARGE, _FX = "bank.receipt", "bank.charge", "bank.fx_difference"
_UNIDENTIFIED, _IDENTIFIED = "bank.unidentified", "bank.identified"
_DETAILS = ("platform", "payout_id", "wallet")
_SCOPE = ("book_id", "shop_id")
_NAMED = ("line_book", "booked_on", "currency", "amount_minor", "number")
"""What a line is known by in a later run."""
_FLAGS = ("was_booked", "was_received", "was_plain")
"""Of a line by an earlier run: it booked it, it had a payout for it, and nothing was charged or converted."""
_PAID = ("platform", "shop_id", "payout_id")
_NOBODY = pl.lit(None, dtype=pl.String)
_IN_DAYS = ["unit", "on", "bank_ref", "memo", "minor", "row"]


def build_events(
    judged: Judged, before: pl.DataFrame | None, *, as_of: date, every_receipt: bool
) -> tuple[Table[Event], pl.DataFrame]:
    """The events of the lines that were compared and not booked by an earlier run, and what each line became.

    Signed as the bank's line: positive is received. `bank.receipt` is what payouts brought before the bank's charge and the
    difference of the rate, so that the wallet is cleared of it; `bank.charge` (negative) and `bank.fx_difference` are these two;
    `bank.unidentified` is what no payout explains. They sum to the line. `bank.identified` is what an earlier run left
    unidentified and a payout explains that came since, or is another one now; negative where it explains less than it did. A line
    that was unidentified and is charged or converted is taken back and booked anew.

    Args:
        judged: Payouts with `is_new`, lines with `is_known` and `number`, and the columns of `with_facts`.
        before: Of `booked_lines`, of what was carried in alone; None where that is not known.
        as_of: Day on which what was unidentified is booked.
        every_receipt: Whether an earlier run took lines of unknown payers for receipts.
    """
    lines = _split(judged, before, every_receipt=every_receipt)
    late = lines.filter(pl.col("was_booked")).with_columns(on=pl.lit(as_of))
    anew = late.filter("was_unidentified", ~_is_plain())
    back = anew.with_columns(taken_back=pl.col("unknown_minor") - pl.col("minor"))
    if before is None:
        explained = _by_payout(late.filter("was_unidentified", _is_plain()), judged)
    else:
        explained = _changed(late.filter("was_plain", _is_plain()), before, judged)
    facts = [
        *_parts(lines.filter(~pl.col("was_booked")), judged),
        _fact(explained, _IDENTIFIED, "receipt_minor"),
        *_parts(anew.with_columns(unknown_minor=0), judged),
        _fact(back.with_columns(payout_id=_NOBODY), _UNIDENTIFIED, "taken_back"),
    ]
    return events_table(pl.concat(facts), details=_DETAILS, scope=_SCOPE), lines


def booked_lines(judged: Judged, *, every_receipt: bool) -> pl.DataFrame:
    """What a run makes of lines, one row for each payout: `_NAMED`, the payout, `receipt_minor`, and `_FLAGS`.

    Args:
        judged: As `build_events` takes it, of what was carried in, with nothing known.
        every_receipt: Whether lines of unknown payers are receipts.
    """
    lines = _split(judged, None, every_receipt=every_receipt)
    was_received = pl.col("unknown_minor") != pl.col("minor")
    flags = [
        (pl.lit(value=True), was_received, _is_plain()),
        (pl.lit(value=False), pl.lit(value=False), pl.lit(value=True)),
    ]
    booked, others = ([flag.alias(name) for name, flag in zip(_FLAGS, given, strict=True)] for given in flags)
    aside = (
        judged.sides[1]
        .frame.filter(pl.col("aside").is_not_null())
        .select(
            pl.col("book_id").alias("line_book"),
            *_NAMED[1:],
            *(_NOBODY.alias(name) for name in _PAID),
            pl.lit(0, dtype=pl.Int64).alias("receipt_minor"),
            *others,
        )
    )
    return pl.concat([_by_payout(lines, judged).select(*_NAMED, *_PAID, "receipt_minor", *booked), aside])


def _is_plain() -> pl.Expr:
    return (pl.col("charged_minor") == 0) & (pl.col("fx_minor") == 0)


def _changed(lines: pl.DataFrame, before: pl.DataFrame, judged: Judged) -> pl.DataFrame:
    """Lines with what payouts explain of them beyond what they did when they were booked, as `receipt_minor`."""
    now = _by_payout(lines, judged).select("row", *_PAID, "receipt_minor")
    keys = lines.select("row", *_NAMED)
    was = before.join(keys, on=list(_NAMED), nulls_equal=True).select(
        "row", *_PAID, (-pl.col("receipt_minor")).alias("receipt_minor")
    )
    both = pl.concat([now, was]).group_by("row", *_PAID).agg(pl.col("receipt_minor").sum())
    changed = both.filter(pl.col("receipt_minor") != 0)
    return lines.drop(*_PAID, "receipt_minor").join(changed, on="row").select(lines.columns)


def _parts(lines: pl.DataFrame, judged: Judged) -> list[pl.DataFrame]:
    return [
        _fact(_by_payout(lines, judged), _RECEIPT, "receipt_minor"),
        _fact(lines, _CHARGE, "charged_minor"),
        _fact(lines, _FX, "fx_minor"),
        _fact(lines.with_columns(payout_id=_NOBODY), _UNIDENTIFIED, "unknown_minor"),
    ]


def events_check(events: Table[Event], lines: pl.DataFrame) -> list[Check]:
    """The compared lines against the events of them: those of earlier runs were booked then."""
    frame = events.to_polars().filter(pl.col("kind") != _IDENTIFIED)
    checks = []
    for code in lines["currency"].drop_nulls().unique().sort().to_list():
        here = lines.filter(pl.col("currency") == code)
        sums = frame.filter(pl.col("currency") == code).group_by("kind").agg(pl.col("amount_minor").sum()).sort("kind")
        parts = {str(kind): int(amount) for kind, amount in sums.iter_rows()}
        parts["booked before"] = int(here.filter("was_booked")["minor"].sum())
        checks.append(Check(name="events", side="bank", currency=code, total=int(here["minor"].sum()), parts=parts))
    return checks


def _split(judged: Judged, before: pl.DataFrame | None, *, every_receipt: bool) -> pl.DataFrame:
    """Lines with what they are made of: `receipt_minor`, `charged_minor`, `fx_minor`, `unknown_minor`.

    Those that are compared, and those for which a payout that was known may say something else now than when they were booked.
    `was_booked` says that an earlier run booked it, `was_unidentified` that it did so for want of a payout that came since, and
    `was_plain` that nothing was charged or converted then.
    """
    payouts, bank = judged.sides
    is_here = pl.col("aside").is_null()
    if before is not None:
        is_here |= (pl.col("aside") == SETTLED).fill_null(value=False)
    paid = payouts.frame.filter(is_here)
    only = [
        pl.when(pl.col(name).n_unique() == 1).then(pl.col(name).min()).alias(name) for name in ("platform", "shop_id")
    ]
    named = paid.group_by("unit").agg(
        *only,
        pl.col("payout_id").sort().head(20).str.join(",").alias("payout_id"),
        pl.col("is_new").all(),
        pl.col("book_id").drop_nulls().min().alias("payout_book"),
    )
    facts = judged.units.select(
        "unit", "expected_minor", "actual_rows", "expected_rows", "charge_minor", "rest_minor", "absorbed_minor",
        "converted_minor", "given_minor", "given_in",
    )  # fmt: skip
    lines = (
        bank.frame.filter(is_here)
        .with_columns(pl.col("book_id").alias("line_book"))
        .join(facts, on="unit", how="left", maintain_order="left")
        .join(named, on="unit", how="left", maintain_order="left")
        .sort(_IN_DAYS, nulls_last=True)
    )
    is_charged = pl.col("charge_minor") != 0
    lines = lines.with_columns(
        pl.col("is_new").fill_null(value=False),
        pl.coalesce("book_id", "payout_book").alias("book_id"),
        pl.when(is_charged).then(-pl.col("kept_minor")).otherwise(0).alias("charged_minor"),
        pl.max_horizontal(pl.col("minor"), 0).alias("in_minor"),
    )
    # What is too much was received last, and so was what the rate made of it.
    after = pl.col("in_minor").cum_sum(reverse=True).over("unit") - pl.col("in_minor")
    is_fx = (pl.col("converted_minor") != 0) & (pl.col("absorbed_minor") != 0)
    too_much = (
        pl.when(~is_fx & (pl.col("rest_minor") > 0) & (pl.col("expected_minor") >= 0)).then("rest_minor").otherwise(0)
    )
    too_much = (
        pl.when(pl.col("expected_rows") == 0).then("in_minor").otherwise((too_much - after).clip(0, pl.col("in_minor")))
    )
    is_last = pl.int_range(pl.len()).over("unit") == pl.len().over("unit") - 1
    lines = lines.with_columns(
        pl.when(is_fx & is_last).then("rest_minor").otherwise(0).alias("fx_minor"), too_much.alias("unknown_minor")
    )
    other = pl.col("charged_minor") + pl.col("fx_minor") + pl.col("unknown_minor")
    was_asked = (pl.col("payers").list.len() > 0) | pl.lit(every_receipt)
    lines = _with_booked(lines, before)
    was_received = pl.coalesce("was_received", ~pl.col("is_new"))
    was_booked = pl.col("is_known") & pl.coalesce("was_booked", was_asked | was_received)
    return lines.with_columns(
        (pl.col("minor") - other).alias("receipt_minor"),
        _wallet(lines).alias("wallet"),
        was_booked.alias("was_booked"),
        (was_booked & ~was_received).alias("was_unidentified"),
    )


def _with_booked(lines: pl.DataFrame, before: pl.DataFrame | None) -> pl.DataFrame:
    """Lines with `_FLAGS` of the run before, null where it does not tell."""
    if before is None:
        return lines.with_columns(pl.lit(None, dtype=pl.Boolean).alias(name) for name in _FLAGS)
    told = before.group_by(_NAMED).agg(pl.col(_FLAGS).all())
    return lines.join(told, on=list(_NAMED), how="left", nulls_equal=True, maintain_order="left")


def _wallet(lines: pl.DataFrame) -> pl.Expr:
    """What left the platform's balance in its own currency, where one line holds all of it."""
    codes = lines["given_in"].drop_nulls().unique().sort().to_list()
    text = amount_text_expr(pl.col("given_minor"), pl.col("given_in"), codes)
    one = (pl.col("converted_minor") != 0) & (pl.col("actual_rows") == 1)
    return pl.when(one).then(pl.concat_str([pl.col("given_in"), pl.lit(" "), text]))


def _by_payout(lines: pl.DataFrame, judged: Judged) -> pl.DataFrame:
    """Lines that are the only one of several payouts, once for each of these with its share, so that each wallet is cleared."""
    several = (pl.col("expected_rows") > 1) & (pl.col("actual_rows") == 1) & pl.col("wallet").is_null()
    paid = judged.sides[0].frame.filter((pl.col("aside") == SETTLED).fill_null(value=True))
    paid = paid.filter((pl.col("minor") >= 0).all().over("unit")).sort("unit", "first_day", "payout_id", "row")
    shares = paid.select(
        "unit",
        "platform",
        "shop_id",
        "payout_id",
        "minor",
        (pl.col("minor").cum_sum().over("unit") - pl.col("minor")).alias("before"),
    )
    is_split = several & pl.col("unit").is_in(shares["unit"].implode())
    share = (pl.col("receipt_minor") - pl.col("before")).clip(0, pl.col("share"))
    split = (
        lines.filter(is_split)
        .drop("platform", "shop_id", "payout_id")
        .join(shares.rename({"minor": "share"}), on="unit")
        .with_columns(share.alias("receipt_minor"))
    )
    return pl.concat([lines.filter(~is_split), split.select(lines.columns)])


def _fact(lines: pl.DataFrame, kind: str, amount: str) -> pl.DataFrame:
    day = pl.col("on").dt.strftime("%Y-%m-%d")
    nameless = pl.concat_str([pl.lit("bank"), pl.col("account").fill_null("-"), day], separator=" ")
    known = {
        "kind": pl.lit(kind),
        "document": pl.coalesce("bank_ref", nameless),
        "party": pl.coalesce("platform", pl.when(pl.col("payers").list.len() == 1).then(pl.col("payers").list.first())),
        "occurred_on": pl.col("on"),
        "tax_rate": pl.lit(None, dtype=pl.Decimal(28, 8)),
        "amount_minor": pl.col(amount).cast(pl.Int64),
    }
    wanted = dict.fromkeys([*EVENT_GROUP, *_SCOPE, *_DETAILS, *EVENT_SOURCE, "source_line", "amount_minor"])
    return lines.select(known.get(name, pl.col(name)).alias(name) for name in wanted)
