"""Building: the lines of drafts become balanced vouchers, in columns."""

from collections.abc import Collection, Mapping, Sequence

import attrs
import polars as pl

from tieout.model import VoucherKind
from tieout.model.wording import COURIERS, PLATFORMS
from tieout.posting.book import Book
from tieout.posting.chart import ReversalStyle
from tieout.posting.drafting import Drafts, order_expr
from tieout.posting.period import Period
from tieout.posting.summaries import SUMMARY_LIMIT, summary_text
from tieout.posting.template import Side, Template
from tieout.posting.tracing import stable_id
from tieout.posting.words import cash_codes_of, words_of

__all__ = ["Built", "build_vouchers", "joined_lines", "lines_in_style"]

_KEYS = ("family", "party", "shop_id", "document", "is_late", "order_no", "after")
_LINE_KEYS = (
    "group",
    "origin",
    "role",
    "account",
    "supplier",
    "customer",
    "shop",
    "foreign_currency",
    "fx_rate",
    "tax_units",
)
_SUMMARY = ("shop_id", "party", "kind", "ref", "month")
_UNBILLED = "unbilled "
_PLAIN = r"^[\p{L}\p{N}._:/#+-]*$"


@attrs.frozen(kw_only=True)
class Built:
    """Vouchers in columns, without numbers.

    Attributes:
        heads: One row a voucher in voucher order: `group`, `voucher_id`, `date`, `period`, `word`, `kind`, `event_ids`,
            `rows` of its events, `is_accrual`, `after`, the voucher it takes the place of.
        lines: Its lines by `group` and `line_no`: `side`, `amount_minor`, `rows` of their events, and what else a line says.
        empty: Rows of events whose lines cancel out, so that they are in no voucher.
        carried_minor: What the lines of debits and settling accounts carry, in minor units of the book.
    """

    heads: pl.DataFrame
    lines: pl.DataFrame
    empty: pl.Series
    carried_minor: int


def build_vouchers(
    members: pl.DataFrame,
    drafts: Drafts,
    templates: Mapping[str, Template],
    *,
    book: Book,
    period: Period,
    taken: Collection[str],
) -> Built:
    """The vouchers of events: one a document, party and shop for each family of kinds, or one an order.

    Args:
        members: Events to post, with `after`, the id of the voucher that theirs takes the place of.
        drafts: Their lines.
        templates: Template by kind.
        book: Whose style, words and language hold.
        period: The period posted in.
        taken: Ids of vouchers that the book has.
    """
    known = _ranked(members.join(drafts.events.drop("memo", "review", "code", "asked_minor"), on="row"), book)
    groups = _groups(known, book, period, taken)
    ranked = known.join(groups.select("group", *_KEYS), on=_KEYS, nulls_equal=True)
    lines = joined_lines(drafts.lines.join(ranked.select("row", "rank", "group"), on="row"))
    carried = lines.filter(pl.col("origin") != Side.CREDIT.value)
    carried_minor = int((carried["amount_minor"] * _signs(carried)).sum())
    lines = lines_in_style(lines, book)
    full = lines["group"].unique().implode()
    heads = groups.filter(pl.col("group").is_in(full)).join(_words(lines, book), on="group", how="left")
    empty = ranked.filter(~pl.col("group").is_in(full))["row"]
    titled = _with_summaries(lines, ranked, templates, book)
    return Built(heads=heads, lines=titled, empty=empty, carried_minor=carried_minor)


def _signs(lines: pl.DataFrame) -> pl.Series:
    return lines.select(pl.when(pl.col("side") == Side.DEBIT.value).then(1).otherwise(-1)).to_series()


def _ranked(members: pl.DataFrame, book: Book) -> pl.DataFrame:
    """Events in the order in which their lines stand in a voucher, with their number as `rank`."""
    likes = members.select(pl.col("like").unique().sort()).with_row_index("like_no")
    numbered = members.with_columns(order_expr(book)).join(likes, on="like", maintain_order="left")
    return numbered.sort("order", "like_no", "row").with_row_index("rank")  # rows are in the order of their ids


def _groups(members: pl.DataFrame, book: Book, period: Period, taken: Collection[str]) -> pl.DataFrame:
    """The vouchers in their order: day, kind of event, then what stays the same in every run."""
    found = members.group_by(_KEYS).agg(
        pl.col("event_id").sort_by("row").alias("event_ids"),
        pl.col("row").sort().alias("rows"),
        pl.col("occurred_on").max().alias("last_day"),
        pl.col("order").min(),
        pl.col("is_accrual").first(),
    )
    day = (
        pl.when("is_accrual")
        .then(pl.lit(period.last_day))
        .when("is_late")
        .then(pl.lit(period.first_day))
        .otherwise("last_day")
    )
    kind = (
        pl.when("is_accrual")
        .then(pl.lit(VoucherKind.ACCRUAL.value))
        .when("is_late")
        .then(pl.lit(VoucherKind.ADJUST.value))
        .otherwise(pl.lit(VoucherKind.NORMAL.value))
    )
    ids = [
        _unused(
            ("voucher", book.book_id or "", family, *event_ids, *(() if after is None else ("after", after))), taken
        )
        for family, event_ids, after in found.select("family", "event_ids", "after").iter_rows()
    ]
    return (
        found.with_columns(
            day.alias("date"),
            kind.alias("kind"),
            pl.lit(str(period)).alias("period"),
            pl.Series("voucher_id", ids, dtype=pl.String),
        )
        .sort("date", "order", pl.col("party").fill_null(""), "document", "voucher_id")
        .with_row_index("group")
    )


def _unused(parts: tuple[str, ...], taken: Collection[str]) -> str:
    """An id of these texts, and of one more for each voucher that has had it: what was taken back may come again."""
    found = stable_id(*parts)
    while found in taken:
        parts = (*parts, "again")
        found = stable_id(*parts)
    return found


def joined_lines(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines of one account and side joined, those of nothing left out, debits first, else in the order of their events.

    Args:
        lines: Lines of drafts with their `group`, and the `rank` of their event in it.

    Returns:
        `group`, `line_no`, `origin`, the side that the template declares, `side`, `amount_minor`, red below 0, and `rows`.
    """
    width = int(lines.select(pl.col("position").max()).item() or 0) + 1
    amounts = ("amount_minor", "foreign_minor", "tax_base_minor")
    sums = (
        lines.rename({"side": "origin"})
        .with_columns((pl.col("rank").cast(pl.Int64) * width + pl.col("position")).alias("place"))
        .group_by(_LINE_KEYS)
        .agg(*(pl.col(name).sum() for name in amounts), pl.col("place").min(), pl.col("row").sort().alias("rows"))
        .filter(pl.col("amount_minor") != 0)
    )
    settles = pl.col("origin") == Side.EITHER.value
    turned = settles & (pl.col("amount_minor") < 0)
    side = (
        pl.when(settles)
        .then(pl.when(turned).then(pl.lit(Side.CREDIT.value)).otherwise(pl.lit(Side.DEBIT.value)))
        .otherwise("origin")
    )
    return (
        sums.with_columns(side.alias("side"), *(_turned(name, turned) for name in amounts))
        .sort("group", pl.col("side") == Side.CREDIT.value, "place")
        .with_columns(
            (pl.int_range(pl.len()).over("group") + 1).alias("line_no"), (pl.col("place") // width).alias("rank")
        )
    )


def _turned(name: str, condition: pl.Expr) -> pl.Expr:
    return pl.when(condition).then(-pl.col(name)).otherwise(name).alias(name)


def lines_in_style(lines: pl.DataFrame, book: Book) -> pl.DataFrame:
    """The lines as the book writes red figures: debits first, and none with one side only unless the book allows that."""
    red = pl.col("amount_minor") < 0
    if book.reversal_style is not ReversalStyle.SWAP_SIDES:
        if book.allow_single_side:
            return lines
        red &= pl.col("group").is_in(_of_one_side(lines).implode())
    if lines.filter(red).is_empty():
        return lines
    other = (
        pl.when(pl.col("side") == Side.DEBIT.value).then(pl.lit(Side.CREDIT.value)).otherwise(pl.lit(Side.DEBIT.value))
    )
    names = ("amount_minor", "foreign_minor", "tax_base_minor")
    turned = lines.with_columns(
        pl.when(red).then(other).otherwise("side").alias("side"), *(_turned(name, red) for name in names)
    )
    return turned.sort("group", pl.col("side") == Side.CREDIT.value, "line_no").with_columns(
        (pl.int_range(pl.len()).over("group") + 1).alias("line_no")
    )


def _of_one_side(lines: pl.DataFrame) -> pl.Series:
    """Groups all of whose lines are debits, or all credits."""
    is_debit = pl.col("side") == Side.DEBIT.value
    sides = lines.group_by("group").agg(is_debit.any().alias("debit"), is_debit.all().alias("only"))
    return sides.filter(pl.col("debit") == pl.col("only"))["group"]


def _words(lines: pl.DataFrame, book: Book) -> pl.DataFrame:
    """The word of each voucher, by the sides on which cash stands (`domain.md` 7.5)."""
    words, codes = words_of(book), list(cash_codes_of(book))
    is_cash = pl.col("account").is_in(codes) | pl.any_horizontal(
        pl.lit(False), *(pl.col("account").str.starts_with(f"{code}.") for code in codes)
    )
    on_side = {side: (is_cash & (pl.col("side") == side.value)).any() for side in (Side.DEBIT, Side.CREDIT)}
    word = (
        pl.when(on_side[Side.CREDIT])
        .then(pl.lit(words.payment))
        .when(on_side[Side.DEBIT])
        .then(pl.lit(words.receipt))
        .otherwise(pl.lit(words.transfer))
    )
    return lines.group_by("group").agg(word.alias("word"))


def _with_summaries(
    lines: pl.DataFrame, ranked: pl.DataFrame, templates: Mapping[str, Template], book: Book
) -> pl.DataFrame:
    """Who, what, which document and when (摘要); all of it from the events' own keys, none of it personal, and nothing twice."""
    month = pl.col("occurred_on").dt.strftime("%Y-%m")
    said = ranked.select(
        "rank",
        "shop_id",
        _named(pl.col("party"), pl.col("kind"), book.language).alias("party"),
        "kind",
        _own_words(pl.coalesce("order_no", "document"), "party", "shop_id").alias("ref"),
        month.alias("month"),
    ).with_columns(
        # A day or a number that says the month says it better.
        pl.when(pl.col("ref").str.contains(pl.col("month"), literal=True).not_().fill_null(value=True)).then("month")
    )
    titled = lines.join(said, on="rank", how="left", maintain_order="left")
    combos = titled.select(_SUMMARY).unique()
    titles = {kind: template.title.text(book.language) for kind, template in templates.items()}
    title = pl.col("kind").replace_strict(titles, default=None, return_dtype=pl.String)
    parts = ["shop_id", "party", "title", "ref", "month"]
    short = combos.with_columns(title.alias("title")).with_columns(
        pl.concat_str(parts, separator=" ", ignore_nulls=True).alias("summary")
    )
    is_plain = pl.all_horizontal(
        pl.col(name).fill_null("").str.contains(_PLAIN) for name in ("shop_id", "party", "ref")
    )
    is_once = (
        pl.concat_list(parts).list.drop_nulls().list.n_unique() == pl.concat_list(parts).list.drop_nulls().list.len()
    )
    fits = is_plain & is_once & (pl.col("summary").str.len_chars() <= SUMMARY_LIMIT)
    easy, hard = short.filter(fits), short.filter(~fits)
    told = [_summary(row) for row in hard.select("shop_id", "party", "title", "ref", "month").iter_rows()]
    summaries = pl.concat([easy, hard.with_columns(pl.Series("summary", told, dtype=pl.String))])
    return titled.join(
        summaries.select(*_SUMMARY, "summary"), on=_SUMMARY, how="left", nulls_equal=True, maintain_order="left"
    ).drop(_SUMMARY)


def _own_words(ref: pl.Expr, *said: str) -> pl.Expr:
    """What a document's name says besides what it begins with and the summary says by itself: names, and that it is unbilled."""
    ref = ref.str.strip_prefix(_UNBILLED)
    for _ in said:  # in either order
        for name in said:
            rest = ref.str.strip_prefix(pl.col(name).fill_null("") + " ")
            ref = pl.when(pl.col(name).fill_null("") == "").then(ref).otherwise(rest)
    return ref


def _named(party: pl.Expr, kind: pl.Expr, language: str) -> pl.Expr:
    """A platform or courier by its Chinese name in books in Chinese; others, such as suppliers, as they are called."""
    if language != "zh":
        return party
    platforms, couriers = ({code: names[1] for code, names in known.items()} for known in (PLATFORMS, COURIERS))
    return pl.when(kind.str.starts_with("courier.")).then(party.replace(couriers)).otherwise(party.replace(platforms))


def _summary(parts: Sequence[str | None]) -> str:
    shop, party, title, ref, month = parts
    return summary_text({"shop": shop, "party": party, "event": title, "ref": ref, "period": month})
