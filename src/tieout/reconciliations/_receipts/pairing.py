"""Pairing payouts with bank lines: by the number in the memo, else by amount, payer and days, else by sums.

Money is paired by amount only where the name of the other side is one of the platform's. Where several payouts and lines of one
amount meet, they are paired in the order of their days when they are of one shop, or when all of them find a partner; no money
depends on which of them it is. All else is a suggestion.
"""

from functools import cache, lru_cache

import attrs
import polars as pl

from tieout.matching import Contains, Exact, Gate, Matcher, Near, Rule, Same, Subset
from tieout.matching._components import roots_of
from tieout.money.profile import ToleranceProfile
from tieout.reconciliations._common.scope import PAIRS, matched_rows, unpaired
from tieout.reconciliations._receipts.ordering import ENDS, by_days, with_suggestions

__all__ = ["Pairing", "Terms", "pair_receipts"]

_NAMED_AFTER, _NAMED_BEFORE = 120, 7
"""Days around a payout in which a line that names it is its own: banks and platforms use short numbers again."""
_LONG_ID = 10
_NEARLY = 20
"""A converted amount that a short number names may be off by one in so many: more than any rate or charge."""
_FAR_DAYS = 36_500
_SUGGESTED_DAYS = 30
_SUGGESTED_MOST = 5
_RETURNED_DAYS = 30
_REVERSED_DAYS = 7
"""Days in which a bank books again what it reversed."""
_SHOPS_MOST = 10**9


@attrs.frozen(kw_only=True)
class Terms:
    """What decides the pairing.

    Attributes:
        tolerances: Of the run; only converted amounts have one.
        early_days: Days before a payout in which the bank may book it.
        max_size: Most payouts or lines of a sum.
    """

    tolerances: ToleranceProfile
    early_days: int
    max_size: int


@attrs.frozen(kw_only=True)
class Pairing:
    """Payouts with their bank lines.

    Attributes:
        pairs: `left` (row of a payout), `right` (row of a line), `rule`, `score`, `status`.
        foreign: The same, of lines that name a payout and are in another currency than it brings.
        went_back: Rows of lines that return the money of one of several payouts, nothing tells which.
    """

    pairs: pl.DataFrame = attrs.field(repr=False)
    foreign: pl.DataFrame = attrs.field(repr=False)
    went_back: pl.Series = attrs.field(repr=False)


def pair_receipts(payouts: pl.DataFrame, lines: pl.DataFrame, terms: Terms) -> Pairing:
    """Find what belongs together.

    Args:
        payouts: Rows as `arriving` makes them.
        lines: Rows as `with_payers` makes them, with `on`, `minor` and `gross_minor` (with what the bank kept).
        terms: What decides.
    """
    payouts, lines = _in_books(payouts.with_columns(minor=pl.col("brings_minor")), lines)
    named, foreign = _named(payouts, lines)
    found = [named]
    for step in (_came_back, _same_amounts, _same_gross, _converted):
        done = pl.concat(found).filter(pl.col("status") == "confirmed")
        found.append(step(unpaired(payouts, done, "left"), unpaired(lines, done, "right"), terms))
    looked_at = pl.concat(found)  # what has several partners of its own amount is no part of a sum
    found.append(_sums(unpaired(payouts, looked_at, "left"), unpaired(lines, looked_at, "right"), terms, ""))
    looked_at = pl.concat(found)
    gross = unpaired(lines, looked_at, "right").filter(pl.col("stated_charge_minor").is_not_null())
    gross = gross.with_columns(pl.col("gross_minor").alias("minor"))
    found.append(_sums(unpaired(payouts, looked_at, "left"), gross, terms, " with the charge"))
    done = pl.concat(found).filter(pl.col("status") == "confirmed")
    found.append(_returned(done, payouts, lines))
    done = pl.concat([done, found[-1]])
    found.append(_booked_again(found[-1], payouts, lines, unpaired(lines, done, "right"), terms))
    done = pl.concat(found).filter(pl.col("status") == "confirmed")
    found.append(_look_alikes(unpaired(payouts, done, "left"), unpaired(lines, done, "right")))
    best = pl.concat(found).sort(*ENDS, "status", "score", descending=[False, False, False, True])
    received = lines.filter(pl.col("row").is_in(done["right"].implode()))
    return Pairing(
        pairs=best.unique(ENDS, keep="first", maintain_order=True).sort(ENDS),
        foreign=foreign,
        went_back=_bounced(received, unpaired(lines, done, "right"))["went"].unique().sort(),
    )


def _in_books(payouts: pl.DataFrame, lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Both with `book`: a record that does not say its book is of the other side's only one, and of none where there are two."""
    books = [frame["book_id"].drop_nulls().unique().to_list() for frame in (payouts, lines)]
    missing = [pl.lit(f"book {found[0]}" if len(found) == 1 else "no book") for found in reversed(books)]
    said = pl.concat_str([pl.lit("book "), pl.col("book_id")])
    one, other = (
        frame.with_columns(pl.coalesce(said, other).alias("book"))
        for frame, other in zip((payouts, lines), missing, strict=True)
    )
    return one, other


@cache
def _in_memos() -> tuple[Matcher, Matcher]:
    """What finds a payout's number in a memo: of one with a day, and of one without, whose number must be longer."""
    near = Near(left="first_day", right="on", after=_NAMED_AFTER, before=_NAMED_BEFORE)
    dated = Rule("number in the memo", on=[_in_memo(6)], given=[Same("book"), near], pairing="n:m")
    undated = Rule("number in the memo", on=[_in_memo(_LONG_ID)], given=[Same("book")], pairing="n:m")
    return Matcher([dated]), Matcher([undated])


def _named(payouts: pl.DataFrame, lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Lines whose text names a payout."""
    texts = lines.filter(pl.col("memo").is_not_null()).select("row", "book", "memo", "on")
    is_dated = pl.col("first_day").is_not_null()
    found = [
        matched_rows(matcher, payouts.filter(which).select("row", "book", "payout_id", "first_day"), texts)
        for matcher, which in zip(_in_memos(), (is_dated, ~is_dated), strict=True)
    ]
    ours = payouts.select(
        pl.col("row").alias("left"),
        "payout_id",
        "platform",
        "shop_id",
        "currency",
        "is_converted",
        pl.col("minor").alias("brings"),
    )
    theirs = lines.select(pl.col("row").alias("right"), "payers", "currency", pl.col("minor").alias("came"))
    pairs = pl.concat(found).join(ours, on="left").join(theirs, on="right", suffix="_right")
    pairs = _of_one_payout(pairs)
    is_foreign = pl.col("currency") != pl.col("currency_right")
    foreign = pairs.filter(is_foreign).select(*PAIRS)
    return _settled(pairs.filter(~is_foreign)).select(*PAIRS).sort(ENDS), foreign


def _in_memo(length: int) -> Contains:
    return Contains(left="payout_id", right="memo", min_length=length)


def _of_one_payout(pairs: pl.DataFrame) -> pl.DataFrame:
    """Where several shops' payouts have the number that a line names: the one of its payer and amount, else a suggestion.

    Several of one shop are parts of one payout.
    """
    if not pairs.height:
        return pairs
    payer = pl.col("payers").list.contains(pl.col("platform")).fill_null(value=False).cast(pl.Int64)
    same = (pl.col("brings") == pl.col("came")).fill_null(value=False).cast(pl.Int64)
    key = ["right", "payout_id"]
    pairs = pairs.with_columns((payer * 2 + same).alias("fit"))
    pairs = pairs.filter(pl.col("fit") == pl.col("fit").max().over(key))
    doubtful = pl.struct("platform", "shop_id").n_unique().over(key) > 1
    return pairs.with_columns(pl.when(doubtful).then(pl.lit("doubtful")).otherwise("status").alias("status"))


def _settled(pairs: pl.DataFrame) -> pl.DataFrame:
    """Which pairs are sure: a long number stands in no text by chance; a short one, such as a date, needs the amount too.

    The matcher wants a person where several lines name one payout. They are its receipts nevertheless: parts, repeats, charges.
    """
    pairs = pairs.with_columns(roots_of(pairs["left"], pairs["right"]).alias("root"))
    sums = [
        pairs.unique(["root", end], maintain_order=True).group_by("root").agg(pl.col(value).sum().alias(f"all_{value}"))
        for end, value in (("left", "brings"), ("right", "came"))
    ]
    pairs = pairs.join(sums[0], on="root").join(sums[1], on="root")
    ties = (pl.col("all_brings") == pl.col("all_came")) | (pl.col("brings") == pl.col("came"))
    near = pl.col("is_converted") & ((pl.col("brings") - pl.col("came")).abs() * _NEARLY < pl.col("brings").abs())
    is_sure = ties | near | (pl.col("payout_id").str.len_chars() >= _LONG_ID)
    status = (
        pl.when(is_sure & (pl.col("status") != "doubtful")).then(pl.lit("confirmed")).otherwise(pl.lit("suggested"))
    )
    return pairs.with_columns(status.alias("status"))


def _edges(payouts: pl.DataFrame, lines: pl.DataFrame, terms: Terms, amount: str | None) -> pl.DataFrame:
    """Payouts and lines of one book, payer and currency, in time, and of one amount where that is named."""
    spread = lines.explode("payers").drop_nulls("payers")
    ours, theirs = ["book", "platform", "currency"], ["book", "payers", "currency"]
    if amount is not None:
        ours, theirs = [*ours, "minor"], [*theirs, amount]
        spread = spread.with_columns(pl.col("minor").alias("came"))
    else:
        spread = spread.rename({"minor": "came"})
    found = payouts.select(
        pl.col("row").alias("left"),
        *ours,
        "shop_id",
        "payout_id",
        "first_day",
        "last_day",
        *(["minor"] if amount is None else []),
    ).join(
        spread.select(
            pl.col("row").alias("right"), *dict.fromkeys([*theirs, "came", "gross_minor", "on"]), "bank_ref", "memo"
        ),
        left_on=ours,
        right_on=theirs,
    )
    after = pl.col("on") >= pl.col("first_day").dt.offset_by(f"-{terms.early_days}d")
    return found.filter(after & (pl.col("on") <= pl.col("last_day")))


def _same_amounts(payouts: pl.DataFrame, lines: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    return by_days(_edges(payouts.filter(~pl.col("has_failed")), lines, terms, "minor"), "same amount")


def _same_gross(payouts: pl.DataFrame, lines: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    kept = lines.filter(pl.col("stated_charge_minor").is_not_null())
    return by_days(
        _edges(payouts.filter(~pl.col("has_failed")), kept, terms, "gross_minor"), "same amount with the charge"
    )


def _converted(payouts: pl.DataFrame, lines: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    """Converted payouts within the tolerance of what they bring, where neither has another one."""
    rule = "converted amount"
    edges = _edges(payouts.filter(pl.col("is_converted") & ~pl.col("has_failed")), lines, terms, None)
    allowed = terms.tolerances.allowed_expr("fx", pl.col("minor"), currency=pl.col("currency"))
    off = pl.min_horizontal((pl.col(name) - pl.col("minor")).abs() for name in ("came", "gross_minor"))
    edges = edges.filter(off <= allowed)
    lone = edges.filter((pl.len().over("left") == 1) & (pl.len().over("right") == 1))
    confirmed = lone.select(
        *ENDS, pl.lit(rule).alias("rule"), pl.lit(0.95).alias("score"), pl.lit("confirmed").alias("status")
    )
    return with_suggestions(edges, confirmed, rule)


@lru_cache(maxsize=64, typed=True)
def _of_sums(named: str, early_days: int, max_size: int) -> Matcher:
    """What looks for sums of either side; kept, because its rules are the same in each run."""
    keys = Exact("book", "platform", "currency", normalise=False)
    gates: list[Gate] = [
        Near(left="first_day", right="on", after=_FAR_DAYS, before=early_days),
        Near(left="last_day", right="on", after=0, before=_FAR_DAYS),
        Near(
            left="shop", right="no_shop", by=_SHOPS_MOST
        ),  # always holds: amounts of two shops are not interchangeable
    ]
    whole = Subset("minor", max_size=max_size)
    return Matcher(
        [
            Rule(f"sum of payouts{named}", on=[keys, whole], given=gates, pairing="n:1"),
            Rule(f"sum of receipts{named}", on=[keys, whole], given=gates, pairing="1:n"),
        ]
    )


def _sums(payouts: pl.DataFrame, lines: pl.DataFrame, terms: Terms, named: str) -> pl.DataFrame:
    """Several payouts of a platform in one deposit, or one in several, where there is only one way.

    Args:
        payouts: Of these, all whose amount at the bank is known to the cent.
        lines: Lines with the amount that counts as `minor`.
        terms: What decides.
        named: What the name of the rule ends with.
    """
    common = ["row", "book", "platform", "currency", "minor"]
    shop = pl.struct("book", "platform", "shop_id").rank("dense").cast(pl.Int64)
    is_exact = ~pl.col("is_converted") | pl.col("bank_amount_minor").is_not_null()
    ours = payouts.filter(~pl.col("has_failed") & is_exact & (pl.col("minor") > 0))
    spread = lines.filter(pl.col("minor") > 0).explode("payers").rename({"payers": "platform"}).drop_nulls("platform")
    pairs = matched_rows(
        _of_sums(named, terms.early_days, terms.max_size),
        ours.drop_nulls("platform").select(*common, "first_day", "last_day", shop.alias("shop")),
        spread.sort("row", "platform").select(*common, "on", pl.lit(0, dtype=pl.Int64).alias("no_shop")),
    )
    return _of_one_platform(pairs, payouts)


def _of_one_platform(pairs: pl.DataFrame, payouts: pl.DataFrame) -> pl.DataFrame:
    """A line that may be of two platforms and sums up for both is of neither: whatever hangs together with it is a suggestion."""
    sure = pairs.filter(pl.col("status") == "confirmed")
    if not sure.height:
        return pairs
    sure = sure.with_columns(roots_of(sure["left"], sure["right"]).alias("root"))
    platforms = sure.join(payouts.select(pl.col("row").alias("left"), "platform"), on="left")
    torn = platforms.filter(pl.col("platform").n_unique().over("root") > 1)["left"].unique()
    is_torn = pl.col("left").is_in(torn.implode()) & (pl.col("status") == "confirmed")
    return pairs.with_columns(
        pl.when(is_torn).then(pl.lit("suggested")).otherwise("status").alias("status"),
        pl.when(is_torn).then(0.5).otherwise("score").alias("score"),
    )


def _came_back(payouts: pl.DataFrame, lines: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    """Failed payouts of which the money came and went again."""
    rule = "came and went back"
    bounces = _bounces(lines, lines)
    came = lines.filter(pl.col("row").is_in(bounces["came"].implode()))
    pairs = by_days(_edges(payouts.filter(pl.col("has_failed")), came, terms, "minor"), rule)
    sure = pairs.filter(pl.col("status") == "confirmed")
    went = sure.join(bounces, left_on="right", right_on="came").select(
        "left", pl.col("went").alias("right"), "rule", "score", "status"
    )
    return pl.concat([sure, went])


def _returned(done: pl.DataFrame, payouts: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Lines by which the money of a payout went back."""
    whole = done.filter((pl.len().over("right") == 1) & (pl.len().over("left") == 1)).join(
        payouts.filter(~pl.col("has_failed")).select(pl.col("row").alias("left")), on="left", how="semi"
    )
    received = lines.filter(pl.col("row").is_in(whole["right"].implode()))
    shops = payouts.select(pl.col("row").alias("left"), "platform", "shop_id", "payout_id")
    shops = whole.join(shops, on="left").select(pl.col("right").alias("came"), "platform", "shop_id", "payout_id")
    bounces = _last_of_one_shop(_bounced(received, unpaired(lines, done, "right")), shops)
    return whole.join(bounces, left_on="right", right_on="came").select(
        "left",
        pl.col("went").alias("right"),
        pl.lit("went back").alias("rule"),
        pl.lit(0.9).alias("score"),
        pl.lit("confirmed").alias("status"),
    )


def _booked_again(
    returned: pl.DataFrame, payouts: pl.DataFrame, lines: pl.DataFrame, rest: pl.DataFrame, terms: Terms
) -> pl.DataFrame:
    """Lines that book once more what went back, where nothing else can be meant: a bank reversed its own entry.

    Args:
        returned: As `_returned`.
        payouts: All payouts.
        lines: All lines.
        rest: Lines that belong to no payout.
        terms: What decides.
    """
    went = returned.join(lines.select(pl.col("row").alias("right"), pl.col("on").alias("went_on")), on="right")
    late = pl.max_horizontal("last_day", pl.col("went_on").dt.offset_by(f"{_REVERSED_DAYS}d")).alias("last_day")
    ours = payouts.join(went.select(pl.col("left").alias("row"), "went_on"), on="row").with_columns(late)
    edges = _edges(ours, rest, terms, "minor")
    return edges.filter((pl.len().over("left") == 1) & (pl.len().over("right") == 1)).select(
        *ENDS,
        pl.lit("booked again").alias("rule"),
        pl.lit(0.9).alias("score"),
        pl.lit("confirmed").alias("status"),
    )


def _bounces(received: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Receipts and the lines that return them, one to one: `came`, `went`."""
    found = _bounced(received, lines)
    return found.filter((pl.len().over("came") == 1) & (pl.len().over("went") == 1)).select("came", "went")


def _last_of_one_shop(bounced: pl.DataFrame, shops: pl.DataFrame) -> pl.DataFrame:
    """Receipts and the lines that return them: where several of one shop may be meant, the last one before it.

    Args:
        bounced: As `_bounced`.
        shops: Receipts (`came`) with the shop and the number of their payout.
    """
    known = bounced.join(shops, on="came").filter(pl.len().over("came") == 1)
    of_one_shop = known.filter(pl.struct("platform", "shop_id").n_unique().over("went") == 1)
    last = of_one_shop.sort("went", "on", "payout_id", "came", descending=[False, True, True, True])
    return last.unique("went", keep="first", maintain_order=True).select("came", "went")


def _bounced(received: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Receipts with each line that may return them: `came`, `went`, and the day `on` which it was received."""
    went = lines.filter((pl.col("kind") == "return") & (pl.col("minor") < 0)).select(
        pl.col("row").alias("went"),
        "book",
        "currency",
        (-pl.col("minor")).alias("minor"),
        pl.col("on").alias("went_on"),
        pl.col("account").alias("went_account"),
    )
    came = received.filter((pl.col("minor") > 0) & (pl.col("payers").list.len() > 0)).select(
        pl.col("row").alias("came"), "book", "currency", "minor", "on", "account"
    )
    days = (pl.col("went_on") - pl.col("on")).dt.total_days()
    found = came.join(went, on=["book", "currency", "minor"]).filter(
        days.is_between(0, _RETURNED_DAYS), pl.col("account").eq_missing(pl.col("went_account"))
    )
    return found.select("came", "went", "on")


def _look_alikes(payouts: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """For people: lines of a payout's amount that lack a known payer, or came outside its days."""
    key = ["book", "currency", "minor"]
    few = pl.len().over(key) <= _SUGGESTED_MOST
    ours = (
        payouts.filter(pl.col("minor") != 0)
        .filter(few)
        .select(pl.col("row").alias("left"), *key, "first_day", "last_day")
    )
    theirs = lines.filter(few).select(pl.col("row").alias("right"), *key, "on")
    days = f"{_SUGGESTED_DAYS}d"
    near = pl.col("on").is_between(pl.col("first_day").dt.offset_by(f"-{days}"), pl.col("last_day").dt.offset_by(days))
    return (
        ours.join(theirs, on=key)
        .filter(near)
        .select(
            *ENDS, pl.lit("same amount").alias("rule"), pl.lit(0.3).alias("score"), pl.lit("suggested").alias("status")
        )
    )
