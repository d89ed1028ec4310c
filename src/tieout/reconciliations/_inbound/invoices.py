"""Invoices: what suppliers billed against what came in, at the price of the order."""

import polars as pl

from tieout.money.columns import divide_half_up_expr
from tieout.reconciliations._common.orders import value_expr
from tieout.reconciliations._common.sides import PARTS_OF_A_PIECE
from tieout.reconciliations._inbound.pieces import KEY
from tieout.reconciliations._inbound.taking import PURCHASE

__all__ = ["APART", "PIECES", "billed", "bills_of", "cost_of", "receipts_of", "unbilled"]

APART = 1 << 40
"""What the number of a unit is raised by where its money is what is owed to the supplier, not what is in the warehouse."""

PIECES = "pieces"
"""What a line of an invoice bills, or credits, that is no money alone."""


def billed(lines: pl.DataFrame, rows: pl.DataFrame, documents: pl.DataFrame, returned: pl.DataFrame) -> pl.DataFrame:
    """What was billed, one row per unit and article, in parts that are to be billed.

    It has `billed`, `received`, `listed` (all that invoices list), `codes`, `code`, and what the pieces are to cost: `worth`
    (minor units x parts) of `told` parts. Pieces that were ordered at a price of nothing, `gifts` beyond the first `paid`, are
    billed by nobody, whether an invoice lists them or not.

    Args:
        lines: Lines of invoices with `what` they bill, as `classified`.
        rows: What was to be there and is, with costs.
        documents: Lines of orders and delivery notes.
        returned: Movements of what went back, with the `unit` of its purchase.
    """
    sound, all_lines = _sound(lines), lines.filter(pl.col("what").is_not_null())
    told = pl.col("price_minor").is_not_null()
    stated = told & (pl.col("is_credit") == pl.col("is_credit").all())
    price, parts = pl.col("price_minor").filter(stated), pl.col("parts").abs().filter(stated)
    bills = sound.group_by(*KEY).agg(
        *_counted(),
        (price.cast(pl.Int128) * parts).sum().alias("worth_billed"),
        parts.sum().alias("parts_billed"),
    )
    bills = all_lines.select(*KEY).unique().join(bills, on=list(KEY), how="left")
    codes = all_lines.group_by("unit").agg(pl.col("code").filter(told).drop_nulls().unique().sort().alias("codes"))
    said = ("cost_minor", "worth", "paid", "gifts")
    goods = rows.filter(pl.col("family") == PURCHASE).select(*KEY, "good", *said)
    of_unit = rows.select("unit", pl.col("code").alias("goods_code")).unique("unit", keep="first", maintain_order=True)
    here = codes.select("unit")
    back = returned.group_by(*KEY).agg(pl.col("parts").sum().alias("back"), pl.col("on").max().alias("back_on"))
    every = bills
    for part in (goods, back):
        every = every.join(part.join(here, on="unit", how="semi"), on=list(KEY), how="full", coalesce=True)
    joined = every.join(codes, on="unit", how="left").join(of_unit, on="unit", how="left")
    own = pl.when(pl.col("codes").list.len() == 1).then(pl.col("codes").list.first())
    disagree = (pl.col("codes").list.len() > 1) | (own != pl.col("goods_code")).fill_null(value=False)
    known = joined.with_columns(
        pl.when(~disagree).then(pl.coalesce("goods_code", own)).alias("code"), disagree.alias("disagree")
    )
    return (
        _priced(known)
        .with_columns(pl.col("listed", "at_a_price", "good", "back").fill_null(0))
        .with_columns(_to_bill(pl.col("good") + pl.col("back")).alias("received"))
        .with_columns(_asked().alias("billed"))
        .join(_at_agreed_prices(sound, documents), on=list(KEY), how="left")
        .with_columns(_agreed().alias("agreed_minor"))
        .drop("good", "cost_minor", "worth_billed", "parts_billed", "at_a_price")
        .sort(*KEY)
    )


def _sound(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines of invoices that bill or credit pieces."""
    return lines.filter(pl.col("what") == PIECES)


def _priced(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with `worth` of `told` parts: by the order, else at the cost of a piece, else as it was billed."""
    ordered, costed = pl.col("worth").fill_null(0) > 0, pl.col("cost_minor").is_not_null()
    stated = pl.col("worth_billed").fill_null(0) > 0
    by_bill = ~ordered & ~costed & stated
    return rows.with_columns(
        pl.when(ordered)
        .then("worth")
        .when(costed)
        .then(pl.col("cost_minor").cast(pl.Int128))
        .when(stated)
        .then("worth_billed")
        .otherwise(0)
        .alias("worth"),
        pl.when(ordered).then("paid").when(costed).then(1).when(stated).then("parts_billed").otherwise(1).alias("told"),
        pl.when(by_bill | (costed & ~ordered)).then(0).otherwise(pl.col("gifts").fill_null(0)).alias("gifts"),
        pl.col("paid").fill_null(0),
    )


def _counted() -> list[pl.Expr]:
    is_gift = (pl.col("price_minor") == 0).fill_null(value=False)
    return [pl.col("parts").sum().alias("listed"), pl.col("parts").filter(~is_gift).sum().alias("at_a_price")]


def _asked() -> pl.Expr:
    """Parts that invoices bill: all that they list; where gifts were ordered, those with a price, unless it is that of all."""
    mixed = pl.when(_to_bill(pl.col("at_a_price")) == pl.col("received")).then("received").otherwise("at_a_price")
    return pl.when(pl.col("gifts") > 0).then(mixed).otherwise("listed")


def _at_agreed_prices(bills: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """What is billed at a price at which the article was ordered: `unit`, `article`, `parts_agreed`, `worth_agreed`."""
    sound = documents.filter((pl.col("parts") > 0) & pl.col("sku").is_not_null()).with_columns(article="sku")
    priced = sound.filter((pl.col("price_minor") > 0) & (pl.col("family") == PURCHASE))
    is_note = pl.col("kind") == "delivery_note"
    priced = priced.filter(~is_note | is_note.all().over(KEY))
    at = [*KEY, "price_minor"]
    ours, theirs = (rows.group_by(at).agg(pl.col("parts").sum()) for rows in (priced, bills))
    both = ours.join(theirs, on=at, suffix="_billed")
    same = pl.min_horizontal("parts", pl.max_horizontal("parts_billed", pl.lit(0)))
    return both.group_by(*KEY).agg(
        same.sum().alias("parts_agreed"), (same.cast(pl.Int128) * pl.col("price_minor")).sum().alias("worth_agreed")
    )


def _agreed() -> pl.Expr:
    """What is billed at the order's prices: what it bills at one of them at that, the rest at the mean of those that are left."""
    parts, worth = pl.col("parts_agreed").fill_null(0), pl.col("worth_agreed").fill_null(0)
    rest = pl.col("billed") - parts
    parts_left, worth_left = pl.col("told") - parts, pl.col("worth") - worth
    mixed = worth * parts_left + rest.cast(pl.Int128) * worth_left
    exact = divide_half_up_expr(mixed, pl.max_horizontal(parts_left, pl.lit(1)).cast(pl.Int128) * PARTS_OF_A_PIECE)
    beyond = divide_half_up_expr(worth, PARTS_OF_A_PIECE) + cost_of(rest)
    is_some = (parts > 0) & (rest >= 0)
    return (
        pl.when(is_some & (parts_left > 0)).then(exact).when(is_some).then(beyond).otherwise(cost_of(pl.col("billed")))
    )


def _to_bill(parts: pl.Expr) -> pl.Expr:
    """Parts that are to be billed of so many that came: the first that were ordered at a price, and what is beyond the gifts."""
    beyond = pl.max_horizontal(parts - pl.col("paid") - pl.col("gifts"), pl.lit(0))
    return pl.when(pl.col("gifts") > 0).then(pl.min_horizontal(parts, "paid") + beyond).otherwise(parts)


def cost_of(parts: pl.Expr) -> pl.Expr:
    """What so many parts are to cost, in minor units, half-up once."""
    return divide_half_up_expr(
        parts.cast(pl.Int128) * pl.col("worth").fill_null(0),
        pl.col("told").fill_null(1).cast(pl.Int128) * PARTS_OF_A_PIECE,
    )


def bills_of(lines: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Lines of invoices with `minor`, what they bill: at their own price, else at that of the order.

    It is nothing where currencies disagree; `posted_minor` and `posted_code` are what the invoice itself says all the same.

    Args:
        lines: Lines of invoices.
        rows: As `billed`.
    """
    rates = rows.select(*KEY, "worth", "told", "gifts", "billed", pl.col("code").alias("unit_code"))
    priced = _sound(lines).join(rates, on=list(KEY), how="left")
    listed = pl.when(pl.col("price_minor").is_not_null()).then(value_expr(pl.col("parts"), pl.col("price_minor")))
    is_gift = (pl.col("price_minor") == 0).fill_null(value=False) & (pl.col("gifts") > 0)
    counts = pl.when(is_gift).then(0).otherwise("parts")
    own = priced.with_columns(listed.alias("listed"), pl.col("parts").alias("given_parts"), counts.alias("parts")).sort(
        *KEY, "document_id", "row"
    )
    end = pl.col("parts").cum_sum().over(KEY)
    begin = end - pl.col("parts")
    within = pl.min_horizontal(end, "billed") - pl.min_horizontal(begin, "billed")
    taken = own.with_columns(pl.when(pl.col("gifts") > 0).then(within).otherwise("parts").alias("parts"))
    worth = pl.coalesce("listed", cost_of(pl.col("parts")))
    return taken.with_columns(
        pl.when(pl.col("unit_code").is_not_null()).then(worth).otherwise(0).alias("minor"),
        worth.alias("posted_minor"),
        pl.when(pl.col("listed").is_not_null()).then("code").otherwise("unit_code").alias("posted_code"),
    )


def receipts_of(moves: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Movements of purchases that invoices bill, with `minor`, what they are to cost.

    Args:
        moves: Movements of purchases that count, and of what went back of them, with `article`.
        rows: As `billed`.
    """
    rates = rows.select(*KEY, "worth", "told", "paid", "gifts", "code")
    came = moves.join(rates, on=list(KEY))
    ranked = came.sort(*KEY, "on", "movement_id", "warehouse", "parts", "row", nulls_last=True)
    end = pl.col("parts").cum_sum().over(KEY)
    until, before = _to_bill(end), _to_bill(end - pl.col("parts"))
    worth = cost_of(until) - cost_of(before)
    return ranked.with_columns(
        (until - before).alias("parts"), pl.when(pl.col("code").is_not_null()).then(worth).otherwise(0).alias("minor")
    )


def unbilled(rows: pl.DataFrame, lines: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """What came in of purchases and no invoice bills: `unit`, `article`, `open` (parts, above nothing), `minor`, `code`.

    Args:
        rows: What is there in `good`, with costs.
        lines: Lines of invoices that count. What they credit of pieces that went back counts for nothing here: these were taken
            out of the stock against what is owed, and not less came in.
        documents: Lines of orders and delivery notes.
    """
    gross = _sound(lines).with_columns(pl.col("parts") + pl.col("of_returns"))
    bills = gross.group_by(*KEY).agg(_counted())
    purchased = rows.filter(pl.col("family") == PURCHASE).select(
        *KEY, "good", "cost_minor", "worth", "paid", "gifts", "code"
    )
    none = pl.lit(0, dtype=pl.Int64)
    every = purchased.join(bills, on=list(KEY), how="left").with_columns(
        pl.col("listed", "at_a_price").fill_null(0), none.alias("worth_billed"), none.alias("parts_billed")
    )
    came, asked = pl.col("received"), pl.col("billed")
    return (
        _priced(every)
        .with_columns(_to_bill(pl.col("good")).alias("received"))
        .with_columns(_asked().alias("billed"))
        .filter(came > asked)
        .join(_at_agreed_prices(gross, documents), on=list(KEY), how="left")
        .select(
            *KEY,
            (came - asked).alias("open"),
            (cost_of(came) - _agreed()).clip(lower_bound=0).alias("minor"),
            "code",
        )
    )
