"""Comparing: what is to be refunded and booked as sides with units, and the state of each unit."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final

import attrs
import polars as pl

from tieout.money.profile import ToleranceProfile
from tieout.reconciliations._after_sales.context import Rules
from tieout.reconciliations._after_sales.facts import Facts
from tieout.reconciliations._after_sales.money import FACTS
from tieout.reconciliations._after_sales.pairing import Paired
from tieout.reconciliations._after_sales.refunds import AGREED, SUCCEEDED
from tieout.reconciliations._after_sales.taking import LOOKED_UP, NOT_A_REFUND, Books
from tieout.reconciliations._common.goods import number_expr
from tieout.reconciliations._common.periods import Period
from tieout.reconciliations._common.sides import Side
from tieout.reconciliations._common.units import AGREED as AGREES
from tieout.reconciliations._common.units import SETTLED, WITHIN, by_links

__all__ = ["COMPARED", "TO_BOOK", "compared_sides", "refunds_side", "stated_units", "with_kept", "with_units"]

TO_BOOK: Final = "refunds to book"
"""The side of what the books are to hold: the refunds again, as far as they succeeded."""
_DUE: Final = (SUCCEEDED, AGREED)
_ELSEWHERE: Final = ("cod", "points")
_QUIET: Final = (AGREES, WITHIN, SETTLED, LOOKED_UP, NOT_A_REFUND)
_WHAT: Final = {
    "refund": ("refunds", "transactions", "lines"),
    "books": (TO_BOOK, "erp_refunds"),
    "case": ("returns", "erp_returns"),
}
"""What the units of each side compare."""
COMPARED: Final = tuple(name for names in _WHAT.values() for name in names)
"""Sides whose rows are compared."""
_ORDER_OF_SIDES: Final = (
    "refunds",
    "transactions",
    TO_BOOK,
    "lines",
    "erp_refunds",
    "returns",
    "erp_returns",
    "orders",
    "erp_orders",
    "shipments",
    "movements",
)


def refunds_side(books: Books, facts: Facts, paired: Paired, channels: Sequence[str] | None) -> Side:
    """Refunds with what is to be refunded: what the platform states, less what should not be.

    Args:
        books: The sides.
        facts: Refunds and cases.
        paired: The pairs.
        channels: Channels whose bills were given; None for all.
    """
    known = facts.refunds.select("row", pl.col("key").alias("of_case"), "over_minor", "way")
    frame = books.refunds.frame.join(known, on="row", how="left", maintain_order="left")
    frame = frame.with_columns(pl.coalesce("key", "of_case").alias("key"))
    is_due = pl.col("stage").is_in(_DUE)
    due = pl.when(is_due).then(pl.col("stated_minor") - pl.col("over_minor").fill_null(0)).otherwise(0)
    minor = pl.when(pl.col("reason").is_null()).then(due).otherwise("stated_minor")
    side = books.refunds.with_frame(frame).weighed(on=pl.col("day"), minor=minor)
    offline = (pl.col("funded_from") == "offline").fill_null(value=False)
    elsewhere = pl.col("channel").is_in(_ELSEWHERE).fill_null(value=False) | offline
    side = side.with_columns(pl.col("reason").alias("aside")).put_aside("not on a channel's bill", elsewhere)
    if channels is not None:
        sure = (
            pl.concat([_turned(pairs)["right"] for pairs in (paired.bill_pairs, paired.line_pairs)]).unique().implode()
        )
        other = ~pl.col("way").is_in(list(channels)).fill_null(value=False)
        side = side.put_aside("channel not compared", other & ~pl.col("row").is_in(sure))
    return side if books.has_paid else side.put_aside("no bills given", pl.lit(value=True))


def _to_book(books: Books, facts: Facts) -> Side:
    """What the books are to hold, a row for each refund that counts; none where the books were not given."""
    rows = facts.refunds if "erp_refunds" in books.has else facts.refunds.clear()
    rows = rows.with_columns(pl.col("row").alias("refund_row")).drop("row").with_row_index("row")
    rows = rows.with_columns(pl.col("row").cast(pl.Int64), pl.lit(value=True).alias("is_derived"))
    carried = int(rows["is_opening"].sum())
    side = attrs.evolve(books.refunds, name=TO_BOOK, frame=rows, given=rows.height - carried, carried=carried)
    minor = pl.when(pl.col("stage") == SUCCEEDED).then("stated_minor").otherwise(0)
    return side.weighed(on=pl.col("day"), minor=minor)


def _booked(books: Books) -> Side:
    minor = pl.when((pl.col("stage") == SUCCEEDED) | pl.col("reason").is_not_null()).then("stated_minor").otherwise(0)
    side = books.erp_refunds.weighed(on=pl.col("day"), minor=minor)
    return side.with_columns(pl.col("reason").alias("aside"))


def with_units(books: Books, facts: Facts, refunds: Side, paired: Paired) -> tuple[Books, Side, Facts]:
    """The sides with `unit`: refunds with what was paid of them, what is to be booked with what was; every other row alone.

    Args:
        books: The sides.
        facts: Refunds and cases.
        refunds: Of `refunds_side`.
        paired: The pairs.

    Returns:
        The sides, what is to be booked, and the facts with `unit`.
    """
    sure = [_turned(pairs) for pairs in (paired.bill_pairs, paired.line_pairs)]
    compared = [
        pairs.join(refunds.compared.select("row"), left_on="right", right_on="row", how="semi") for pairs in sure
    ]
    (bills, lines), refunds = by_links((paired.transactions, paired.lines), refunds, compared)
    start = bills.frame.height + lines.frame.height + refunds.frame.height
    to_book = _to_book(books, facts)
    rows = to_book.frame.select(pl.col("refund_row").alias("left"), pl.col("row").alias("booked"))
    own = paired.book_pairs.filter(pl.col("status") == "confirmed").join(rows, on="left")
    (to_book,), booked = by_links(
        (to_book,), _booked(books), [own.select(pl.col("booked").alias("left"), "right")], start=start
    )
    start += to_book.frame.height + booked.frame.height
    alone = {}
    for name in ("returns", "erp_returns", "orders", "erp_orders", "shipments", "movements"):
        side = getattr(books, name)
        alone[name] = side.with_columns((pl.col("row") + start).alias("unit"))
        start += side.frame.height
    books = attrs.evolve(books, refunds=refunds, transactions=bills, lines=lines, erp_refunds=booked, **alone)
    units = {name: getattr(books, name).frame.select("row", "unit") for name in ("refunds", "returns")}
    return (
        books,
        to_book,
        Facts(
            refunds=facts.refunds.join(units["refunds"], on="row", how="left", maintain_order="left"),
            cases=facts.cases.join(units["returns"], on="row", how="left", maintain_order="left"),
        ),
    )


def _turned(pairs: pl.DataFrame) -> pl.DataFrame:
    """Certain pairs the other way round."""
    return pairs.filter(pl.col("status") == "confirmed").select(
        pl.col("right").alias("left"), pl.col("left").alias("right")
    )


def compared_sides(books: Books, to_book: Side) -> tuple[Side, ...]:
    """All sides in the order of an outcome."""
    return tuple(to_book if name == TO_BOOK else getattr(books, name) for name in _ORDER_OF_SIDES)


def stated_units(
    units: pl.DataFrame, sides: Sequence[Side], facts: Facts, rules: Rules, tolerances: ToleranceProfile, as_of: date
) -> pl.DataFrame:
    """Units with `subject` they compare, the facts of their refund, `state`, `due_on`, and what the tolerance allows."""
    by_name = {side.name: side for side in sides}

    what = pl.concat(
        [
            by_name[name].frame.select("unit", pl.lit(label).alias("subject")).unique()
            for label, members in _WHAT.items()
            for name in members
        ]
    ).unique()
    units = units.join(what, on="unit", how="left", maintain_order="left")
    units = units.join(_refund_facts(by_name, facts), on="unit", how="left", maintain_order="left")
    start, way = pl.col("day"), pl.col("way")
    of_refund = (
        pl.when(pl.col("stage") == AGREED)
        .then(rules.agreed.state_expr(start, pl.col("platform"), as_of))
        .otherwise(rules.arrival.state_expr(start, way, as_of))
    )
    due_of_refund = (
        pl.when(pl.col("stage") == AGREED)
        .then(rules.agreed.due_expr(start, pl.col("platform")))
        .otherwise(rules.arrival.due_expr(start, way))
    )
    nothing = (pl.col("actual_rows") == 0) & (pl.col("expected_minor") > 0)
    in_part = pl.col("is_mixed").fill_null(value=False) & (pl.col("actual_minor") > 0) & (pl.col("gap_minor") < 0)
    waits = (pl.col("subject") == "refund") & (nothing | in_part)
    unbooked = (pl.col("subject") == "books") & (pl.col("actual_minor") == 0) & (pl.col("expected_minor") > 0)
    args = (start, pl.col("platform"))
    allowed = tolerances.allowed_expr("line", pl.col("expected_minor"), currency=pl.col("currency"))
    return units.with_columns(
        pl.when(waits).then(of_refund).when(unbooked).then(rules.booked.state_expr(*args, as_of)).alias("state"),
        pl.when(waits).then(due_of_refund).when(unbooked).then(rules.booked.due_expr(*args)).alias("due_on"),
        allowed.fill_null(0).alias("allowed_minor"),
    )


def _refund_facts(sides: Mapping[str, Side], facts: Facts) -> pl.DataFrame:
    """For each unit with refunds the facts of the first that is due: `unit` and `FACTS`, `has_due`."""
    owners = pl.concat(
        [
            sides["refunds"].compared.select("unit", pl.col("row").alias("refund_row")),
            sides[TO_BOOK].compared.select("unit", "refund_row"),
        ]
    )
    known = facts.refunds.drop("unit").rename({"row": "refund_row"})
    joined = owners.join(known, on="refund_row").with_columns(pl.col("stage").is_in(_DUE).alias("is_due"))
    ranked = joined.sort("unit", ~pl.col("is_due"), "day", "refund_id", "refund_row", nulls_last=True)
    first = ranked.unique("unit", keep="first", maintain_order=True)
    return first.select("unit", *FACTS, pl.col("is_due").alias("has_due"))


_GOODS: Final = ("shipments", "movements")
_NAMES: Final = (
    "platform_order_id",
    "return_id",
    "tracking_no",
    "return_tracking_no",
    "exchange_tracking_no",
    "outbound_tracking_no",
)
"""What goods and their cases name each other by."""
_ASKING: Final = ("refunds", "returns", "transactions", "erp_refunds", TO_BOOK)
"""Sides of which an open row needs all records of its order again."""


def with_kept(
    sides: Sequence[Side], facts: Facts, open_units: pl.Series, as_of: date, memory_days: int, period: Period | None
) -> tuple[Side, ...]:
    """Sides with `is_kept`: the records of an order are needed again together, as long as one of them is open or young.

    Lines and orders of which nothing came back so far are needed while they are young. A refund that succeeds after the period,
    and is on a bill of it, `is_later`: the period of its own day posts it.

    Args:
        sides: Judged sides.
        facts: Refunds and cases with `key`.
        open_units: Units with findings that may be settled later.
        as_of: Day of the run.
        memory_days: Days for which settled records are kept.
        period: Days that the run is for; None for all.
    """
    first = None if period is None else period.first
    since = as_of - timedelta(days=memory_days)
    own = {"refunds": facts.refunds, "returns": facts.cases}
    made = [
        _keyed(side, own.get(side.name)).with_columns(_is_open(since, first, open_units).alias("is_open"))
        for side in sides
    ]
    asking = [side.frame for side in made if side.name in _ASKING]
    keys = pl.concat([frame.filter("is_open").select("key") for frame in asking])["key"].drop_nulls().unique().implode()
    kept = [
        side.with_columns((pl.col("is_open") | pl.col("key").is_in(keys).fill_null(value=False)).alias("is_kept"))
        for side in made
    ]
    kept = _with_goods(kept)
    if period is None:
        return tuple(kept)
    is_later = (pl.col("on") > period.last).fill_null(value=False).alias("is_later")
    return tuple(side.with_columns(is_later) if side.name == "refunds" else side for side in kept)


def _with_goods(sides: Sequence[Side]) -> list[Side]:
    """Sides in which parcels and movements of an order or a case that is needed again are needed too."""
    named = [side.frame.filter("is_kept") for side in sides if side.name not in _GOODS]
    texts = [frame.select(_name(name).alias("name")) for frame in named for name in _NAMES if name in frame.columns]
    names = pl.concat(texts)["name"].drop_nulls().unique().implode()
    return [side.with_columns(_is_named(side, names)) if side.name in _GOODS else side for side in sides]


def _name(column: str) -> pl.Expr:
    """A name as it is compared: numbers of parcels without spaces and in capitals."""
    return number_expr(column) if column.endswith("tracking_no") else pl.col(column)


def _is_named(side: Side, names: pl.Series) -> pl.Expr:
    held = side.frame.select("row", *(_name(name) for name in _NAMES if name in side.frame.columns))
    if "lines" in side.frame.columns:
        inside = side.frame.select("row", "lines").explode("lines")
        held = pl.concat(
            [held, inside.select("row", pl.col("lines").struct.field("platform_order_id"))], how="diagonal"
        )
    columns = [name for name in held.columns if name != "row"]
    rows = held.filter(pl.any_horizontal(pl.col(name).is_in(names) for name in columns))["row"].unique().implode()
    return (pl.col("is_kept") | pl.col("row").is_in(rows)).alias("is_kept")


def _keyed(side: Side, facts: pl.DataFrame | None) -> Side:
    """The side with the `key` that facts know of its rows, and one without it with none."""
    if "key" not in side.frame.columns:
        return side.with_columns(pl.lit(None, dtype=pl.Int64).alias("key"))
    if facts is None:
        return side
    known = facts.select("row", pl.col("key").alias("of_facts"))
    frame = side.frame.join(known, on="row", how="left", maintain_order="left")
    return side.with_frame(frame.with_columns(pl.coalesce("key", "of_facts").alias("key")).drop("of_facts"))


def _is_open(since: date, first: date | None, open_units: pl.Series) -> pl.Expr:
    """Whether a row is not settled, or young; what belongs to days before the period is neither."""
    young = (pl.col("on") >= since).fill_null(value=True)
    waits = pl.col("aside").is_null() & ~pl.col("verdict").is_in(_QUIET)
    named = pl.col("unit").is_in(open_units.implode())
    is_open = young | waits.fill_null(value=False) | named
    if first is None:
        return is_open
    before = (pl.col("aside") == "another period").fill_null(value=False) & (pl.col("on") < first).fill_null(
        value=False
    )
    return is_open & ~before
