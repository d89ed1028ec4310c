"""Credit notes (红字发票): what suppliers take back of what they billed, in pieces or in money alone.

A line of fewer pieces than none credits pieces; one at a price below nothing is an allowance (折让), money without pieces.
"""

import polars as pl

from tieout.reconciliations._common.due import TIMING_STATES
from tieout.reconciliations._common.orders import value_expr
from tieout.reconciliations._inbound.invoices import PIECES, billed, bills_of, cost_of
from tieout.reconciliations._inbound.pieces import KEY

__all__ = ["ALLOWANCE", "netted", "settled"]

ALLOWANCE = "allowance"
_A_MINOR_UNIT = 1


def settled(
    lines: pl.DataFrame, rows: pl.DataFrame, documents: pl.DataFrame, returned: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Lines of invoices and credit notes, what they bill by unit and article, and the money of each line.

    A credit of pieces at a price at which the article was neither ordered nor billed may be a difference of prices on as many
    pieces: it is taken as what leaves the lesser differences of pieces and prices. Allowances count against their own article;
    those of an article that the purchase does not have against what is billed too dear of it, then against what is billed and did
    not come. One that comes to what pieces cost that are billed too many credits these pieces.

    Args:
        lines: Lines of invoices.
        rows: What was to be there and is, with costs.
        documents: Lines of orders and delivery notes.
        returned: Movements of what went back, with the `unit` of its purchase.

    Returns:
        The lines with `what` and `of_returns` (parts that are credited of what had gone back by then); as `billed`, with
        `credited_minor` (allowances, not above nothing); and as `bills_of`, with the allowances.
    """
    by_pieces = _classified(lines, documents)
    by_money = by_pieces.with_columns(pl.when("is_doubtful").then(pl.lit(ALLOWANCE)).otherwise("what").alias("what"))
    chosen = by_pieces
    if by_pieces["is_doubtful"].any():
        one, other = (_differences(some, rows, documents, returned) for some in (by_pieces, by_money))
        nearer = other.join(one, on=list(KEY), how="left", suffix="_of_pieces").filter(
            (pl.col("apart") < pl.col("apart_of_pieces"))
            | ((pl.col("apart") == pl.col("apart_of_pieces")) & (pl.col("dear") < pl.col("dear_of_pieces")))
        )
        chosen = pl.concat(
            [
                by_pieces.join(nearer, on=list(KEY), how="anti"),
                by_money.join(nearer, on=list(KEY), how="semi"),
            ]
        )
    chosen = _of_returns(chosen, returned)
    bills = billed(chosen, rows, documents, returned)
    priced = bills_of(chosen, bills)
    allowances = _allowances(chosen, bills, priced, rows)
    bills = _covered(bills, priced, allowances)
    credited = bills.select(*KEY, pl.col("covered").alias("parts")).filter(pl.col("parts") != 0)
    first = allowances.sort(*KEY, "row").with_columns((pl.int_range(pl.len()).over(KEY) == 0).alias("is_first"))
    taken = (
        first.drop("parts")
        .join(credited, on=list(KEY), how="left")
        .with_columns(pl.when("is_first").then(-pl.col("parts")).fill_null(0).alias("parts"))
    )
    return chosen, bills, pl.concat([priced, taken], how="diagonal")


def netted(bills: pl.DataFrame) -> pl.DataFrame:
    """What was billed, with allowances beyond the price taken off what did not come: what was credited is not claimed.

    Args:
        bills: `quantity_minor` and `price_minor`, parts of the difference; `credited_minor`, and `state`.
    """
    waits = pl.col("state").is_in(TIMING_STATES).fill_null(value=False)
    spare = pl.min_horizontal(pl.col("quantity_minor"), -pl.col("price_minor"), -pl.col("credited_minor"))
    off = pl.when(waits).then(0).otherwise(spare.clip(lower_bound=0))
    return bills.with_columns(pl.col("quantity_minor") - off, pl.col("price_minor") + off)


def _classified(lines: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """Lines with `article`, `what`, `is_credit`, `is_doubtful`, and prices above nothing of pieces that are credited."""
    less, cheap = pl.col("parts") < 0, (pl.col("price_minor") < 0).fill_null(value=False)
    what = (
        pl.when(pl.col("sku").is_not_null() & ((pl.col("parts") > 0) | less) & ~(cheap & ~less))
        .then(pl.lit(PIECES))
        .when(pl.col("sku").is_not_null() & cheap)
        .then(pl.lit(ALLOWANCE))
    )
    price = pl.when(less).then(pl.col("price_minor").abs()).otherwise("price_minor")
    told = lines.with_columns(
        pl.col("sku").alias("article"),
        what.alias("what"),
        less.fill_null(value=False).alias("is_credit"),
        price.alias("price_minor"),
        pl.lit(0, dtype=pl.Int64).alias("of_returns"),
    )
    at = [*KEY, "price_minor"]
    known = [
        told.filter((pl.col("what") == PIECES) & ~pl.col("is_credit")).select(at),
        documents.with_columns(article="sku").filter(pl.col("parts") > 0).select(at),
    ]
    prices = pl.concat(known).drop_nulls().unique().with_columns(is_known=True)
    is_credit = (pl.col("what") == PIECES) & pl.col("is_credit") & pl.col("price_minor").is_not_null()
    billed_too = (~pl.col("is_credit") & (pl.col("what") == PIECES)).any().over(KEY)
    joined = told.join(prices, on=at, how="left", maintain_order="left")
    doubtful = (is_credit & pl.col("is_known").is_null() & billed_too).fill_null(value=False)
    return joined.with_columns(doubtful.alias("is_doubtful")).drop("is_known")


def _money(lines: pl.DataFrame) -> pl.DataFrame:
    """Allowances with `posted_minor`, what they come to, below nothing; one of no piece is its price."""
    each = value_expr(pl.col("parts"), pl.col("price_minor"))
    amount = pl.when(pl.col("parts") == 0).then("price_minor").otherwise(each)
    return lines.filter(pl.col("what") == ALLOWANCE).with_columns((-amount.abs()).cast(pl.Int64).alias("posted_minor"))


def _differences(
    lines: pl.DataFrame, rows: pl.DataFrame, documents: pl.DataFrame, returned: pl.DataFrame
) -> pl.DataFrame:
    """How far unit and article are off: `dear`, by price, and `apart`, by price and pieces; nothing without money."""
    bills = billed(lines, rows, documents, returned)
    money = _money(lines).group_by(*KEY).agg(pl.col("posted_minor").sum().alias("off"))
    amounts = bills_of(lines, bills).group_by(*KEY).agg(pl.col("minor").sum())
    known = bills.filter(pl.col("code").is_not_null())
    joined = known.join(amounts, on=list(KEY), how="left").join(money, on=list(KEY), how="left")
    dear = (pl.col("minor").fill_null(0) + pl.col("off").fill_null(0) - pl.col("agreed_minor")).abs()
    pieces = (pl.col("agreed_minor") - cost_of(pl.col("received"))).abs()
    return joined.select(*KEY, dear.alias("dear"), (dear + pieces).alias("apart"))


def _of_returns(lines: pl.DataFrame, returned: pl.DataFrame) -> pl.DataFrame:
    """Lines with `of_returns`: parts that they credit of what had gone back on their day, the first credit first."""
    day = pl.coalesce("issued_on", "expected_on")
    credit = (pl.col("what") == PIECES) & pl.col("is_credit")
    credits_ = lines.with_row_index("at").filter(credit).with_columns(day.alias("day"))
    if not credits_.height or not returned.height:
        return lines
    gone = returned.select(*KEY, pl.col("on").alias("gone_on"), (-pl.col("parts")).alias("gone"))
    until = (
        credits_.select("at", *KEY, "day")
        .join(gone, on=list(KEY))
        .filter(pl.col("gone_on") <= pl.col("day"))
        .group_by("at")
        .agg(pl.col("gone").sum())
    )
    ranked = credits_.join(until, on="at", how="left").sort(*KEY, "day", "document_id", "row", "at", nulls_last=True)
    end = (-pl.col("parts")).cum_sum().over(KEY)
    lacking = pl.min_horizontal(pl.col("gone").fill_null(0).clip(lower_bound=0) - end, pl.lit(0)).cum_min().over(KEY)
    reach = ranked.with_columns((end + lacking).alias("reach"))
    taken = reach.select("at", (pl.col("reach") - pl.col("reach").shift(1, fill_value=0).over(KEY)).alias("taken"))
    joined = lines.with_row_index("at").join(taken, on="at", how="left", maintain_order="left")
    return joined.with_columns(pl.col("taken").fill_null(0).alias("of_returns")).drop("at", "taken")


def _allowances(lines: pl.DataFrame, bills: pl.DataFrame, priced: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Allowances as `bills_of` gives lines, each of the articles that it counts against."""
    codes = bills.select("unit", pl.col("code").alias("unit_code")).unique("unit", keep="first", maintain_order=True)
    money = _money(lines).join(codes, on="unit", how="left")
    named = [some.select(*KEY) for some in (rows, lines.filter(pl.col("what") == PIECES))]
    theirs = pl.concat(named).unique()
    here = money.join(theirs, on=list(KEY), how="semi")
    strange = money.join(theirs, on=list(KEY), how="anti").sort("unit", "document_id", "row", "article")
    if strange.height:
        owed = _owed(bills, priced, here)
        here = pl.concat([here, _spread(strange.filter(pl.col("unit_code").is_not_null()), owed)])
        here = pl.concat([here, strange.filter(pl.col("unit_code").is_null())])
    compared = pl.when(pl.col("unit_code").is_not_null()).then("posted_minor").otherwise(0)
    return here.with_columns(
        compared.alias("minor"),
        pl.col("code").alias("posted_code"),
        pl.col("posted_minor").alias("listed"),
        pl.col("parts").alias("given_parts"),
        pl.lit(0, dtype=pl.Int64).alias("parts"),
    )


def _owed(bills: pl.DataFrame, priced: pl.DataFrame, allowances: pl.DataFrame) -> pl.DataFrame:
    """What is billed beyond what is owed, by article: `unit`, `article`, `until` and `before` of sums, dear ones first."""
    sums = [
        priced.group_by(*KEY).agg(pl.col("minor").sum()),
        allowances.group_by(*KEY).agg(pl.col("posted_minor").sum().alias("off")),
    ]
    every = bills.filter(pl.col("code").is_not_null())
    for part in sums:
        every = every.join(part, on=list(KEY), how="left")
    amount = pl.col("minor").fill_null(0) + pl.col("off").fill_null(0)
    beyond = (amount - cost_of(pl.col("received"))).clip(lower_bound=0)
    dear = pl.min_horizontal((amount - pl.col("agreed_minor")).clip(lower_bound=0), beyond)
    parts = [
        every.select(*KEY, pl.lit(rank).alias("rank"), room.alias("room"))
        for rank, room in enumerate((dear, beyond - dear))
    ]
    ranked = pl.concat(parts).filter(pl.col("room") > 0).sort("unit", "rank", "article")
    end = pl.col("room").cum_sum().over("unit")
    return ranked.select(*KEY, end.alias("until"), (end - pl.col("room")).alias("before"))


def _spread(money: pl.DataFrame, owed: pl.DataFrame) -> pl.DataFrame:
    """Allowances of no article that is there, on what is owed back; what is beyond it stays under their own."""
    end = (-pl.col("posted_minor")).cum_sum().over("unit")
    ends = money.with_columns(end.alias("end"), (end + pl.col("posted_minor")).alias("begin"))
    overlap = pl.min_horizontal("end", "until") - pl.max_horizontal("begin", "before")
    shares = (
        ends.join(owed.rename({"article": "against"}), on="unit")
        .with_columns(overlap.alias("share"))
        .filter(pl.col("share") > 0)
        .with_columns(pl.col("against").alias("article"), (-pl.col("share")).alias("posted_minor"))
    )
    total = owed.group_by("unit").agg(pl.col("until").max().alias("total"))
    beyond = (pl.col("end") - pl.max_horizontal("begin", pl.col("total").fill_null(0))).clip(lower_bound=0)
    rest = ends.join(total, on="unit", how="left").with_columns((-beyond).alias("posted_minor"))
    rest = rest.filter(pl.col("posted_minor") != 0)
    return pl.concat([some.select(money.columns) for some in (shares, rest)])


def _covered(bills: pl.DataFrame, priced: pl.DataFrame, allowances: pl.DataFrame) -> pl.DataFrame:
    """What is billed with `credited_minor`, and without the pieces, `covered`, whose whole price allowances take back."""
    sums = [
        priced.group_by(*KEY).agg(pl.col("minor").sum().alias("of_pieces")),
        allowances.group_by(*KEY).agg(pl.col("minor").sum().alias("credited_minor")),
    ]
    every = bills
    for part in sums:
        every = every.join(part, on=list(KEY), how="left", maintain_order="left")
    figures = every.with_columns(pl.col("of_pieces", "credited_minor").fill_null(0))
    amount = pl.col("of_pieces") + pl.col("credited_minor")
    worth = cost_of(pl.col("received"))
    excess = pl.col("billed") - pl.col("received")
    whole = (
        (excess > 0)
        & pl.col("code").is_not_null()
        & (amount < pl.col("agreed_minor"))
        & ((amount - worth).abs() <= _A_MINOR_UNIT)
        & (pl.col("credited_minor") < 0)
    )
    covered = pl.when(whole).then(excess).otherwise(0)
    return figures.with_columns(
        covered.alias("covered"),
        (pl.col("billed") - covered).alias("billed"),
        pl.when(whole).then(worth).otherwise("agreed_minor").alias("agreed_minor"),
    ).drop("of_pieces")
