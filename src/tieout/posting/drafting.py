"""Drafting: events become the lines their templates declare, in whole minor units of the book's currency."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, localcontext

import attrs
import polars as pl

from tieout.errors import PostingError, TieoutError, UnknownAccount
from tieout.money import from_minor, parse_money, to_minor
from tieout.money.columns import share_half_up_expr
from tieout.posting.book import Book
from tieout.posting.figures import FIGURES, base_expr, figures_of, spread_rounding, term_expr
from tieout.posting.policies import Grouping, VatRounding
from tieout.posting.rating import PROBLEMS, SERVICE, problem_rows, rated
from tieout.posting.template import ByDetail, ByPolicy, Entry, Part, Side, Template, Variant, Vat

__all__ = ["AMOUNTS", "Drafts", "draft_events", "order_expr"]


AMOUNTS = {
    "amount": "amount_minor",
    "tax_given": "tax_minor",
    "funded": "subsidy_minor",
    "original": "original_minor",
    "taken_before": "taken_before_minor",
}
"""Amounts of an event by their columns."""
_LINES = {
    "row": pl.UInt32(),
    "position": pl.Int32(),
    "side": pl.String(),
    "role": pl.String(),
    "account": pl.String(),
    "supplier": pl.String(),
    "customer": pl.String(),
    "shop": pl.String(),
    "amount_minor": pl.Int64(),
    "foreign_currency": pl.String(),
    "fx_rate": pl.String(),
    "foreign_minor": pl.Int64(),
    "tax_units": pl.Int64(),
    "tax_base_minor": pl.Int64(),
}
_DRAFTS = {
    "row": pl.UInt32(),
    "order": pl.Int32(),
    "family": pl.String(),
    "title": pl.String(),
    "is_accrual": pl.Boolean(),
    "code": pl.String(),
    "like": pl.String(),
    "memo": pl.String(),
    "review": pl.String(),
    "asked_minor": pl.Int64(),
}
_RATE_PLACES, _RATE_DIGITS = Decimal("1E-8"), 40  # of a rate that follows from two amounts
_SOLD = {Part.NET, Part.GOODS_NET}  # of what was sold, at the rate of the goods
_AUX = {"supplier": "party", "customer": "party", "shop": "shop_id"}
_OF_ORDERS = ("sale", "aftersale", "promotion", "stock")
"""Rooms of kinds of events that an order brings."""


@attrs.frozen(kw_only=True)
class Drafts:
    """What events become, before lines of one account are joined.

    Attributes:
        events: For each event that can be posted its `row`, the `order`, `family`, `title` and `is_accrual` of its template,
            the `code` of 7.4, `like`, kind and details that the template looks at, `memo`, why it has no lines, `review`, what
            has to be looked at, and `asked_minor`, the amount that its debits and settling lines ask for.
        lines: Their lines, balanced for each event: amounts in minor units of the book's currency, negative is red, and beside
            them those of the original currency.
        problems: Events that cannot be posted: `row`, `problem`, `hint`; where a role has no account, the `role` and the
            `template` that needs it.
    """

    events: pl.DataFrame
    lines: pl.DataFrame
    problems: pl.DataFrame


def order_expr(book: Book) -> pl.Expr:
    """The order whose voucher an event is in, as `order_no`; null in a book by shop and day, and of bills and settlements."""
    order = pl.lit(None, dtype=pl.String)
    if book.grouping is Grouping.ORDER:
        is_of_order = pl.any_horizontal(pl.col("kind").str.starts_with(f"{room}.") for room in _OF_ORDERS)
        order = pl.when(is_of_order).then(pl.col("details").str.json_path_match("$.order"))
    return order.alias("order_no")


def draft_events(current: pl.DataFrame, templates: Mapping[str, Template], *, book: Book) -> Drafts:
    """The lines of events.

    Args:
        current: Events with their `row`, and `rate_num` and `rate_den`, book minor units per minor unit of their currency.
        templates: Template by kind, of all their kinds.
        book: Whose accounts and policies hold.
    """
    events: list[pl.DataFrame] = []
    lines: list[pl.DataFrame] = []
    problems: list[pl.DataFrame] = []
    for (kind,), rows in current.group_by("kind", maintain_order=True):
        drafted = _draft_kind(rows, templates[str(kind)], book)
        events.append(drafted.events)
        lines.append(drafted.lines)
        problems.append(drafted.problems)
    return Drafts(
        events=_stack(events, _DRAFTS).sort("row"),
        lines=_stack(lines, _LINES).sort("row", "position"),
        problems=_stack(problems, PROBLEMS).sort("row"),
    )


def _stack(frames: Sequence[pl.DataFrame], schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    wanted = [pl.col(name).cast(dtype) for name, dtype in schema.items()]
    return pl.concat([pl.DataFrame(schema=schema), *(frame.select(wanted) for frame in frames)])


def _draft_kind(rows: pl.DataFrame, template: Template, book: Book) -> Drafts:
    """Events of one kind."""
    try:
        variants = template.variants_for(book)
    except PostingError as problem:
        return _drafts([], [], [problem_rows(rows, problem.problem, problem.hint)])
    known = rows.with_columns(_details(template))
    chosen = _chosen(known, variants)
    unfit = chosen.filter(pl.col("variant").is_null())
    problems = [problem_rows(unfit, f"no variant of {template.kind!r} fits its details", "")]
    events: list[pl.DataFrame] = []
    lines: list[pl.DataFrame] = []
    for at, variant in enumerate(variants):
        own = chosen.filter(pl.col("variant") == at)
        if own.is_empty():
            continue
        if not variant.entries:
            events.append(_noted(own, template, variant))
            continue
        with_rates, refused = rated(own, template, variant, book)
        problems += refused
        figured = _figured(with_rates, variant, book)
        events.append(_posted(figured, template, variant))
        for position, entry in enumerate(variant.entries):
            made, unmapped = _line(figured, entry, position, template, book)
            lines.append(made)
            problems += unmapped
    return _drafts(events, lines, problems)


def _drafts(events: list[pl.DataFrame], lines: list[pl.DataFrame], problems: list[pl.DataFrame]) -> Drafts:
    refused = _stack(problems, PROBLEMS)
    bad = refused["row"].unique().implode()
    return Drafts(
        events=_stack(events, _DRAFTS).filter(~pl.col("row").is_in(bad)),
        lines=_stack(lines, _LINES).filter(~pl.col("row").is_in(bad)),
        problems=refused,
    )


def _details(template: Template) -> list[pl.Expr]:
    """A column for each detail that the template looks at."""
    return [pl.col("details").str.json_path_match(f"$.{key}").alias(f"detail_{key}") for key in template.details]


def _chosen(rows: pl.DataFrame, variants: Sequence[Variant]) -> pl.DataFrame:
    """The rows with the number of the first variant that their details admit."""
    choice = pl.lit(None, dtype=pl.Int32)
    for at, variant in reversed(list(enumerate(variants))):
        holds = [pl.col(f"detail_{key}").is_in(values.split("|")) for key, values in variant.details.items()]
        fits = pl.all_horizontal(holds).fill_null(value=False) if holds else pl.lit(True)
        choice = pl.when(fits).then(pl.lit(at, dtype=pl.Int32)).otherwise(choice)
    return rows.with_columns(choice.alias("variant"))


def _noted(rows: pl.DataFrame, template: Template, variant: Variant) -> pl.DataFrame:
    return _with_template(rows, template, variant).with_columns(
        pl.lit(variant.memo).alias("memo"), pl.lit(0, dtype=pl.Int64).alias("asked_minor")
    )


def _posted(rows: pl.DataFrame, template: Template, variant: Variant) -> pl.DataFrame:
    asked = [pl.lit(0), *(term_expr(entry) for entry in variant.entries if entry.side is not Side.CREDIT)]
    return _with_template(rows, template, variant).with_columns(
        pl.lit(None, dtype=pl.String).alias("memo"), pl.sum_horizontal(asked).alias("asked_minor")
    )


def _with_template(rows: pl.DataFrame, template: Template, variant: Variant) -> pl.DataFrame:
    return rows.with_columns(
        pl.lit(template.order).alias("order"),
        pl.lit(template.family).alias("family"),
        pl.lit(template.kind).alias("title"),
        pl.lit(template.is_accrual).alias("is_accrual"),
        pl.lit(variant.code).alias("code"),
        pl.lit(variant.review or None, dtype=pl.String).alias("review"),
        pl.concat_str(
            [pl.lit(template.kind), *(pl.col(f"detail_{key}").fill_null("") for key in template.details)],
            separator="\0",
        ).alias("like"),
    )


def _figured(rows: pl.DataFrame, variant: Variant, book: Book) -> pl.DataFrame:
    """The rows with their figures in the book's currency, and as `foreign_...` in their own where that is another."""
    narrow = rows.drop(name for name in AMOUNTS if name in rows.columns)
    is_own = pl.col("currency") == book.currency
    converted = [
        pl.when(is_own)
        .then(pl.col(column))
        .otherwise(share_half_up_expr(pl.col(column), pl.col("rate_num"), pl.col("rate_den")))
        .alias(name)
        for name, column in AMOUNTS.items()
    ]
    in_book = _rounded(figures_of(narrow.with_columns(converted), variant.bases), book)
    if rows.filter(~is_own).is_empty():
        nothing = [pl.lit(0, dtype=pl.Int64).alias(f"foreign_{name}") for name in FIGURES]
        return in_book.with_columns(nothing)
    originals = [pl.when(~is_own).then(pl.col(column)).alias(name) for name, column in AMOUNTS.items()]
    foreign = _rounded(figures_of(narrow.with_columns(originals), variant.bases), book)
    return in_book.with_columns(foreign.get_column(name).fill_null(0).alias(f"foreign_{name}") for name in FIGURES)


def _rounded(rows: pl.DataFrame, book: Book) -> pl.DataFrame:
    if book.vat_rounding is VatRounding.LINE:
        return rows
    with_order = rows.with_columns(order_expr(book))
    return spread_rounding(
        with_order, ["kind", "party", "shop_id", "document", "is_late", "currency", "order_no"]
    ).drop("order_no")


def _line(
    rows: pl.DataFrame, entry: Entry, position: int, template: Template, book: Book
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """One line of a template for all its events, and those that have no account for it; lines of nothing are left out."""
    amounts = rows.with_columns(
        pl.lit(position).alias("position"),
        pl.lit(entry.side.value).alias("side"),
        _role(entry, book).alias("role"),
        *(
            (pl.col(column) if name in entry.aux else pl.lit(None, dtype=pl.String)).alias(name)
            for name, column in _AUX.items()
        ),
        term_expr(entry).alias("amount_minor"),
        pl.when(pl.col("currency") != book.currency).then("currency").alias("foreign_currency"),
        term_expr(entry, "foreign_").alias("foreign_minor"),
        *_tax_columns(entry, template),
    ).filter((pl.col("amount_minor") != 0) | (pl.col("foreign_minor") != 0))
    amounts, problems = _said_abroad(amounts, entry, book)
    accounts, unmapped = _accounts(amounts, entry, template, book)
    code = pl.col("role").replace_strict(accounts, default=None, return_dtype=pl.String)
    return amounts.with_columns(code.alias("account")), [*problems, *unmapped]


def _said_abroad(rows: pl.DataFrame, entry: Entry, book: Book) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """The rows with the original amount that a detail says, and those of which it says none that can be read."""
    if entry.foreign is None:
        return rows, []
    column = f"detail_{entry.foreign}"
    said = rows.filter(pl.col(column).is_not_null() & (pl.col("currency") == book.currency))
    problems: list[pl.DataFrame] = []
    known: list[tuple[str, int, str, str, int]] = []
    for text, minor in said.select(column, "amount_minor").unique().sort(column, "amount_minor").iter_rows():
        try:
            known.append((text, minor, *_original(text, minor, book)))
        except TieoutError as problem:
            own = said.filter((pl.col(column) == text) & (pl.col("amount_minor") == minor))
            problems.append(
                problem_rows(own, f"detail {entry.foreign!r} is {text!r}: {problem.problem}", "such as USD 1000.00")
            )
    schema = {column: pl.String, "amount_minor": pl.Int64, "_code": pl.String, "_rate": pl.String, "_minor": pl.Int64}
    abroad = pl.DataFrame(known, schema=schema, orient="row")
    found = rows.join(abroad, on=[column, "amount_minor"], how="left", maintain_order="left")
    return found.with_columns(
        pl.coalesce("foreign_currency", "_code").alias("foreign_currency"),
        pl.coalesce("fx_rate", "_rate").alias("fx_rate"),
        pl.when(pl.col("foreign_currency").is_null())
        .then(pl.col("_minor").fill_null(0))
        .otherwise("foreign_minor")
        .alias("foreign_minor"),
    ).drop("_code", "_rate", "_minor"), problems


def _original(text: str, minor: int, book: Book) -> tuple[str, str, int]:
    """Currency, rate to the book's and minor units, signed as the line, of what a detail says."""
    code, _, figure = text.partition(" ")
    if code == book.currency:
        raise PostingError("it is in the book's own currency")
    original = parse_money(figure, code)
    units = abs(to_minor(original)) * (1 if minor > 0 else -1)
    with localcontext(prec=_RATE_DIGITS):
        own = from_minor(abs(minor), book.currency).amount
        rate = (own / abs(original.amount)).quantize(_RATE_PLACES) if original.amount else Decimal(0)
    return code, f"{rate.normalize():f}", units


def _tax_columns(entry: Entry, template: Template) -> tuple[pl.Expr, pl.Expr]:
    """Rate and base of a line of tax; a sale that bears none says so on its revenue."""
    nothing = pl.lit(None, dtype=pl.Int64)
    base = base_expr(entry)
    if base is not None:
        rate = pl.col("service_rate" if entry.term.part in SERVICE else "rate")
        return rate.alias("tax_units"), base.alias("tax_base_minor")
    if template.vat is Vat.OUTPUT and entry.term.part in _SOLD:
        is_free = pl.col("rate") == 0
        zero = pl.lit(0, dtype=pl.Int64)
        return (
            pl.when(is_free).then(zero).otherwise(nothing).alias("tax_units"),
            pl.when(is_free).then(term_expr(entry)).otherwise(nothing).alias("tax_base_minor"),
        )
    return nothing.alias("tax_units"), nothing.alias("tax_base_minor")


def _role(entry: Entry, book: Book) -> pl.Expr:
    """The account role of each event; null where its detail chooses none."""
    role = entry.role
    if isinstance(role, ByPolicy):
        return pl.lit(role.role_in(book))
    if isinstance(role, ByDetail):
        chosen = pl.col(f"detail_{role.key}").replace_strict(role.roles, default=None, return_dtype=pl.String)
        absent = pl.col(f"detail_{role.key}").is_null()
        return pl.when(absent).then(pl.lit(role.default, dtype=pl.String)).otherwise(chosen)
    return pl.lit(role)


def _accounts(
    rows: pl.DataFrame, entry: Entry, template: Template, book: Book
) -> tuple[dict[str, str], list[pl.DataFrame]]:
    """Code by role, and the events for which there is none."""
    problems: list[pl.DataFrame] = []
    codes: dict[str, str] = {}
    for role in rows["role"].unique().sort().to_list():
        if role is None:
            problems += _undetailed(rows.filter(pl.col("role").is_null()), entry)
            continue
        try:
            codes[role] = book.account(role).code
        except UnknownAccount as problem:
            own = rows.filter(pl.col("role") == role)
            problems.append(problem_rows(own, problem.problem, problem.hint, role=role, template=template.kind))
        except PostingError as problem:
            problems.append(problem_rows(rows.filter(pl.col("role") == role), problem.problem, problem.hint))
    return codes, problems


def _undetailed(rows: pl.DataFrame, entry: Entry) -> list[pl.DataFrame]:
    """Events without the detail that chooses a role, or with an unknown one."""
    role = entry.role
    if not isinstance(role, ByDetail):
        return []
    known = f"known: {', '.join(role.roles)}"
    column = f"detail_{role.key}"
    return [
        problem_rows(own, f"detail {role.key!r} {'is missing' if value is None else f'is {value!r}'}; {known}", "")
        for (value,), own in rows.group_by(column, maintain_order=True)
    ]
