"""Planted truth: two sides of a reconciliation of which it is known who belongs to whom.

`planted(rows, seed, world)` makes them; `stored(...)` keeps them as Parquet files in the temporary directory and makes them once.

Left columns: key, amount (Int64, fen), day (Date), weight_g (Int64), shop, and `kind`, the damage of the left key.
Right columns: the same, and `truth` (the left row; null for a stranger's line), `kind` (the damage of the right key, `clean`,
`no key`, `stranger` or `near stranger`), `copy` (the second line of a parcel billed twice) and `wrong_amount`.
A matcher must be shown `SHOWN` only; `shown(frame)` cuts the rest off.
"""

import hashlib
import random
import tempfile
from datetime import date
from pathlib import Path

import attrs
import polars as pl
from _damages import DAMAGES, REVERSIBLE, one_digit_away
from _draws import Draws
from _worlds import MIXED, World

__all__ = ["SHOWN", "planted", "shown", "stored"]

SHOWN = ("key", "amount", "day", "weight_g", "shop")
_VERSION = 2  # of the generator; another one does not read the files of this one
_FIRST_DAY = date(2026, 10, 1)
_POSTAL = ("EA", "EB", "EC", "CP", "LP", "RR", "RA", "LX")


def shown(frame: pl.DataFrame) -> pl.DataFrame:
    """What a matcher may see of a side."""
    return frame.select(name for name in SHOWN if name in frame.columns)


def stored(rows: int, seed: int, world: World = MIXED) -> tuple[Path, Path]:
    """Parquet files of both sides, made when they are not there yet."""
    settings = hashlib.sha256(f"{_VERSION} {attrs.asdict(world)}".encode()).hexdigest()[:8]
    folder = Path(tempfile.gettempdir()) / "tieout-benchmarks" / f"{world.name}-{rows}-{seed}-{settings}"
    paths = folder / "left.parquet", folder / "right.parquet"
    if not all(path.exists() for path in paths):
        folder.mkdir(parents=True, exist_ok=True)
        for path, frame in zip(paths, planted(rows, seed, world), strict=True):
            part = path.with_suffix(".part")
            frame.write_parquet(part)
            part.rename(path)
    return paths


def planted(rows: int, seed: int, world: World = MIXED) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Both sides, in an order that says nothing."""
    parcels = _parcels(rows, f"{seed}", world)
    parcels = parcels.with_columns(row=(Draws(seed=f"{seed}:left").bits("order").rank("ordinal") - 1).cast(pl.Int64))
    right = _billed(parcels, seed, world)
    left = _with_nulls(_dirtied(parcels, seed, world), f"{seed}:left", world)
    columns = [*SHOWN, "kind"]
    return (
        _weighed(left.sort("row").select(columns), world),
        _weighed(right.select(*columns, "truth", "copy", "wrong_amount"), world),
    )


def _weighed(side: pl.DataFrame, world: World) -> pl.DataFrame:
    return side if world.has_weights else side.drop("weight_g")


def _parcels(rows: int, seed: str, world: World) -> pl.DataFrame:
    """Parcels in the order in which they were sent: at, form, key, amount, day, weight_g, shop."""
    each = Draws(seed=seed)
    run = Draws(seed=f"{seed}:run", by=pl.col("run"))
    frame = pl.select(at=pl.int_range(rows, dtype=pl.Int64)).with_columns(run=pl.col("at") // world.run_length)
    waybills = 1 - world.order_share
    forms = (world.order_share, waybills * world.run_share, waybills * (1 - world.run_share))
    frame = frame.with_columns(form=run.choice("form", forms))  # 0 orders, 1 a run, 2 scattered waybills
    in_run = pl.col("form") == 1
    shop = (world.shops * each.share("shop").pow(1.5)).cast(pl.Int64)
    frame = frame.with_columns(
        day=_run_or_each(in_run, run.below("day", world.days), each.below("day", world.days)),
        shop=pl.when(in_run).then(run.below("shop", world.shops)).otherwise(shop),
    )
    if world.is_one_sequence:
        frame = frame.with_columns(day=pl.col("at") * world.days // rows)
    frame = frame.with_columns(_priced(each, in_run, world))
    if world.is_one_sequence:
        frame = frame.with_columns(key=_sequence_keys(rows, seed))
    else:
        frame = _with_keys(frame, each, run, in_run, world)
    repeats = each.chance("repeat", world.repeat_share) & (pl.col("at") > 0)
    return frame.select(
        "at",
        "amount",
        "weight_g",
        key=pl.when(repeats).then(pl.col("key").shift(1)).otherwise("key"),
        day=pl.lit(_FIRST_DAY) + pl.duration(days="day"),
        shop=pl.format("shop {}", "shop"),
    )


def _run_or_each(in_run: pl.Expr, run: pl.Expr, each: pl.Expr) -> pl.Expr:
    return pl.when(in_run).then(run).otherwise(each)


def _priced(each: Draws, in_run: pl.Expr, world: World) -> list[pl.Expr]:
    """Amount and weight: of an article in the catalogue, with the weight it always has, or free."""
    dice = random.Random("catalogue")
    prices = pl.Series([100 * dice.randrange(9, 300) - 10 * dice.randrange(2) for _ in range(world.price_points)])
    weights = pl.Series([dice.randrange(120, 3000) for _ in range(world.price_points)])
    favourite = (world.price_points * each.share("article").pow(world.price_skew)).cast(pl.Int64)
    article = (favourite + pl.col("shop") * 13) % world.price_points
    from_catalogue = each.share("catalogue") < pl.when(in_run).then(world.run_catalogue_share).otherwise(
        world.catalogue_share
    )
    free_price = (8.3 + 0.8 * each.normal("amount")).exp().round().cast(pl.Int64).clip(100, 5_000_000)
    free_weight = (6.5 + 0.7 * each.normal("weight")).exp().round().cast(pl.Int64).clip(20, 30_000)
    packed = each.below("packing", 41) - 20
    return [
        pl.when(from_catalogue).then(_looked_up(prices, article)).otherwise(free_price).alias("amount"),
        pl.when(from_catalogue).then(_looked_up(weights, article) + packed).otherwise(free_weight).alias("weight_g"),
    ]


def _looked_up(values: pl.Series, place: pl.Expr) -> pl.Expr:
    return pl.lit(values).gather(place)


def _sequence_keys(rows: int, seed: str) -> pl.Expr:
    start = random.Random(f"{seed}:start").randrange(10**11, 9 * 10**11 - rows)
    return (pl.col("at") + start).cast(pl.String)


def _with_keys(frame: pl.DataFrame, each: Draws, run: Draws, in_run: pl.Expr, world: World) -> pl.DataFrame:
    """Waybills and order numbers; numbers of one run follow each other."""
    names, shares = list(world.carriers), list(world.carriers.values())
    postal, bare = names.index(("S10", 8)), names.index(("", 12))
    areas = len(_POSTAL)
    frame = frame.with_columns(
        carrier=_run_or_each(in_run, run.choice("carrier", shares), each.choice("carrier", shares)),
        area=_run_or_each(in_run, run.below("area", areas), each.below("area", areas)),
        number=_run_or_each(in_run, run.bits("number"), each.bits("number")),
    )
    space = _looked_up(pl.Series([10**digits for _, digits in names], dtype=pl.UInt64), pl.col("carrier"))
    step = pl.when(in_run).then(pl.col("at") % world.run_length).otherwise(0).cast(pl.UInt64)
    has_zeros = (pl.col("carrier") == bare) & each.chance("zeros", world.leading_zeros_share) & ~in_run
    number = (pl.col("number") % space + step) % space
    frame = frame.with_columns(number=pl.when(has_zeros).then(number % 10**10).otherwise(number))
    widths = pl.Series([digits for _, digits in names])
    prefixes = pl.Series(["" if prefix == "S10" else prefix for prefix, _ in names])
    digits = pl.col("number").cast(pl.String).str.zfill(_looked_up(widths, pl.col("carrier")))
    frame = frame.with_columns(digits=digits, order=_order_numbers(each, world))
    s10 = _looked_up(pl.Series(_POSTAL), pl.col("area")) + pl.col("digits") + _check_digit(pl.col("number")) + "CN"
    waybill = pl.when(pl.col("carrier") == postal).then(s10)
    waybill = waybill.otherwise(_looked_up(prefixes, pl.col("carrier")) + pl.col("digits"))
    return frame.with_columns(key=pl.when(pl.col("form") == 0).then("order").otherwise(waybill))


def _check_digit(number: pl.Expr) -> pl.Expr:
    digits = [(number // 10 ** (7 - place)) % 10 for place in range(8)]
    total = sum((digit * weight for digit, weight in zip(digits, (8, 6, 4, 2, 3, 5, 9, 7), strict=True)), pl.lit(0))
    rest = 11 - total.cast(pl.Int64) % 11
    return pl.when(rest == 10).then(0).when(rest == 11).then(5).otherwise(rest).cast(pl.String)


def _order_numbers(each: Draws, world: World) -> pl.Expr:
    """18 or 19 digits; some begin with the second in which they were placed."""
    digits = 18 + each.below("order digits", 2)
    moment = pl.lit(_FIRST_DAY).cast(pl.Datetime("us")) + pl.duration(
        days="day", seconds=(each.below("second of day", 43_200) + each.below("second of noon", 43_200))
    )
    tail = each.below("order tail", 10**5)
    short_tail = (tail % 10**4).cast(pl.String).str.zfill(4)
    long_tail = tail.cast(pl.String).str.zfill(5)
    dated = moment.dt.strftime("%Y%m%d%H%M%S") + pl.when(digits == 18).then(short_tail).otherwise(long_tail)
    short = each.bits("order") % (9 * 10**17) + 10**17
    long = each.bits("order") % (8 * 10**18) + 10**18
    plain = pl.when(digits == 18).then(short).otherwise(long).cast(pl.String)
    return pl.when(each.chance("dated order", world.dated_order_share)).then(dated).otherwise(plain)


def _dirtied(parcels: pl.DataFrame, seed: int, world: World) -> pl.DataFrame:
    """Our own keys, some of them dirty and a few mistyped."""
    kinds = dict.fromkeys(REVERSIBLE, world.dirty_left_share / len(REVERSIBLE))
    return _damaged(parcels, kinds | {"edit: replaced": world.edited_left_share}, f"{seed}:left")


def _damaged(frame: pl.DataFrame, shares: dict[str, float], seed: str) -> pl.DataFrame:
    """Keys harmed in those shares, with `kind`; a key that a damage leaves as it was stays `clean`."""
    kinds = [*shares, "clean"]
    drawn = Draws(seed=seed).choice("damage", [*shares.values(), 1])
    frame = frame.with_columns(drawn=drawn)
    hit = frame.filter(pl.col("drawn") < len(shares)).select("at", "key", "drawn")
    dice = random.Random(f"{seed}:damages")
    after = [DAMAGES[kinds[kind]](key, dice) for _, key, kind in hit.iter_rows()]
    hit = hit.with_columns(after=pl.Series(after, dtype=pl.String)).filter(pl.col("after") != pl.col("key"))
    hit = hit.select("at", "after", kind=pl.col("drawn").replace_strict(dict(enumerate(kinds)), return_dtype=pl.String))
    joined = frame.drop("drawn").join(hit, on="at", how="left", maintain_order="left")
    return joined.with_columns(key=pl.coalesce("after", "key"), kind=pl.col("kind").fill_null("clean")).drop("after")


def _billed(parcels: pl.DataFrame, seed: int, world: World) -> pl.DataFrame:
    """The other side's lines: the parcels' own, copies, and strangers'."""
    text = f"{seed}:right"
    each = Draws(seed=text)
    lines = parcels.filter(~each.chance("missing", world.missing_share)).with_columns(truth="row")
    lines = _with_amounts(_damaged(lines, dict(world.damages), text), parcels, each, world)
    lag = each.choice("lag", world.lags)
    noise = each.below("scale", world.weight_noise_g + 1) - each.below("other scale", world.weight_noise_g + 1)
    far = each.chance("far off", world.weight_wrong_share)
    lines = lines.with_columns(
        day=pl.col("day") + pl.duration(days=lag),
        weight_g=(pl.col("weight_g") + pl.when(far).then(200 + each.below("far", 1800)).otherwise(noise)).clip(1),
        copy=pl.lit(value=False),
    )
    lines = _with_nulls(lines, text, world)
    lines = lines.with_columns(kind=pl.when(pl.col("key").is_null()).then(pl.lit("no key")).otherwise("kind"))
    later = pl.when(each.chance("later", world.twice_later_share)).then(1 + each.below("later days", 20)).otherwise(0)
    copies = lines.filter(each.chance("twice", world.twice_share)).with_columns(
        day=pl.col("day") + pl.duration(days=later), copy=pl.lit(value=True)
    )
    names = [*SHOWN, "kind", "truth", "copy", "wrong_amount"]
    whole = pl.concat([part.select(names) for part in (lines, copies, _strangers(parcels, seed, world))])
    whole = whole.with_columns(at=pl.int_range(pl.len(), dtype=pl.Int64))
    return whole.with_columns(order=Draws(seed=text).bits("order")).sort("order").drop("order", "at")


def _with_amounts(lines: pl.DataFrame, parcels: pl.DataFrame, each: Draws, world: World) -> pl.DataFrame:
    """Some amounts are wrong: a surcharge, a discount, or the price of the next article."""
    share = (
        pl.when(pl.col("kind") == "clean").then(world.wrong_amount_share).otherwise(world.damaged_wrong_amount_share)
    )
    next_price = pl.lit(parcels["amount"]).gather((pl.col("at") + 1) % parcels.height)
    how = each.choice("how wrong", (0.5, 0.3, 0.2))
    other = (
        pl.when(how == 0)
        .then(pl.col("amount") + 50 + 10 * each.below("surcharge", 200))
        .when(how == 1)
        .then((pl.col("amount") - 10 - 10 * each.below("discount", 200)).clip(1))
        .otherwise(next_price)
    )
    lines = lines.with_columns(billed=pl.when(each.share("wrong amount") < share).then(other).otherwise("amount"))
    return lines.with_columns(wrong_amount=pl.col("billed") != pl.col("amount"), amount="billed").drop("billed")


def _strangers(parcels: pl.DataFrame, seed: int, world: World) -> pl.DataFrame:
    """Lines that belong to nobody: other parcels, and such as lie one digit away from a left key.

    The latter have the shop and the price of a parcel that was sent a little after that one, of the same run as a rule, and its day
    with a lag.
    """
    count = round(parcels.height * world.extra_share)
    near = round(count * world.near_extra_share)
    far = _parcels(count - near, f"{seed}:strangers", world).with_columns(kind=pl.lit("stranger"))
    dice = random.Random(f"{seed}:near")
    places = [dice.randrange(parcels.height) for _ in range(near)]
    keys = [one_digit_away(key, dice) for key in parcels["key"].gather(places).to_list()]
    after = [(place + dice.randrange(20, 100)) % parcels.height for place in places]
    lags = pl.Series(dice.choices(range(len(world.lags)), world.lags, k=near), dtype=pl.Int64)
    beside = parcels[after].with_columns(
        key=pl.Series(keys, dtype=pl.String), day=pl.col("day") + pl.duration(days=lags), kind=pl.lit("near stranger")
    )
    both = pl.concat([frame.select(*SHOWN, "kind") for frame in (far, beside)])
    both = both.join(parcels.select("key"), on="key", how="anti", maintain_order="left")
    return both.with_columns(
        truth=pl.lit(None, dtype=pl.Int64), copy=pl.lit(value=False), wrong_amount=pl.lit(value=False)
    )


def _with_nulls(frame: pl.DataFrame, seed: str, world: World) -> pl.DataFrame:
    each = Draws(seed=seed)
    return frame.with_columns(
        pl.when(~each.chance(f"null {name}", world.null_share)).then(name).alias(name) for name in SHOWN
    )
