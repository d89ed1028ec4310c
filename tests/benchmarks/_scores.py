"""Scores of a matcher's pairs against a planted truth.

Definitions:

- A pair is *right* when its left row is the right line's `truth`, or is alike it in every column that is shown. Of a parcel billed
  twice either line is right; two lines for one parcel are one right pair and one wrong one under 1:1, which cannot happen.
- *Precision*: of all confirmed pairs, those that are right.
- *Recall*: of the parcels whose (first) line is of that sort, those that are in a right confirmed pair with any of their lines.
  *Or suggested*: or the right pair is among the suggested ones.
- *Damaged*: the right key was harmed, in whatever way, reversible or not; whether or not the left one is dirty or the amount is wrong
  too. A line without a key is not damaged; it stands in a row of its own. *Clean*: neither key was harmed; the amount may be wrong.
"""

import attrs
import polars as pl
from _damages import DAMAGES, LOSSY
from _truth import shown

__all__ = ["Scores", "scores_of"]

_NO_TRUTH = ("stranger", "near stranger")


@attrs.frozen(kw_only=True, eq=False)
class Scores:
    """What came out.

    Attributes:
        precision: Of the confirmed pairs.
        confirmed: Number of confirmed pairs.
        wrong: Number of them that are wrong.
        damaged_confirmed: Recall of damaged keys.
        damaged_found: The same, confirmed or suggested.
        lossy_confirmed: Recall of keys that cannot be cleaned.
        clean_confirmed: Recall of clean keys.
        suggested: Number of suggested pairs.
        by_evidence: rule, evidence, pairs, wrong, true_share (of wrong pairs), claimed_share (1 - mean score).
        by_score: status, wrong_claimed (1 - score: at most this, above the row before), pairs, claimed_share and true_share of wrong
            ones, of all pairs whose keys were searched, suggested ones too.
        by_kind: kind, lines, confirmed, found, mistaken (lines confirmed with somebody else).
        copies: How parcels billed twice came out: one line matched, both, none.
        pairs: All pairs with `is_right`, for a closer look.
    """

    precision: float
    confirmed: int
    wrong: int
    damaged_confirmed: float
    damaged_found: float
    lossy_confirmed: float
    clean_confirmed: float
    suggested: int
    by_evidence: pl.DataFrame
    by_score: pl.DataFrame
    by_kind: pl.DataFrame
    copies: dict[str, int]
    pairs: pl.DataFrame


def scores_of(left: pl.DataFrame, right: pl.DataFrame, pairs: pl.DataFrame) -> Scores:
    """Hold pairs (columns left, right, status; rule, evidence and score where there are) against the truth."""
    pairs = _judged(left, right, pairs)
    sure = pairs.filter(pl.col("status") == "confirmed")
    lines = _lines(left, right, pairs)
    kinds = _by_kind(lines)
    damaged = lines.filter(pl.col("kind").is_in(list(DAMAGES)))
    clean = lines.filter(pl.col("label").is_in(["clean", "clean, wrong amount"]))
    lossy = lines.filter(pl.col("kind").is_in(list(LOSSY)))
    wrong = int((~sure["is_right"]).sum())
    return Scores(
        precision=1 - wrong / max(sure.height, 1),
        confirmed=sure.height,
        wrong=wrong,
        damaged_confirmed=_share(damaged["confirmed"]),
        damaged_found=_share(damaged["found"]),
        lossy_confirmed=_share(lossy["confirmed"]),
        clean_confirmed=_share(clean["confirmed"]),
        suggested=pairs.height - sure.height,
        by_evidence=_by_evidence(sure),
        by_score=_by_score(pairs),
        by_kind=kinds,
        copies=_copies(right, sure),
        pairs=pairs,
    )


def _share(column: pl.Series) -> float:
    return float(column.mean() or 0)


def _judged(left: pl.DataFrame, right: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    pairs = pairs.with_columns(truth=right["truth"].gather(pairs["right"]))
    pairs = pairs.with_columns(is_right=(pl.col("left") == pl.col("truth")).fill_null(value=False))
    doubtful = pairs.with_row_index("pair").filter(~pl.col("is_right") & pl.col("truth").is_not_null())
    own, true = shown(left)[doubtful["left"]], shown(left)[doubtful["truth"]]
    alike = pl.Series([True], dtype=pl.Boolean).new_from_index(0, doubtful.height)
    for name in own.columns:
        alike = alike & own[name].eq_missing(true[name])
    return pairs.with_columns(is_right=pairs["is_right"].scatter(doubtful.filter(alike)["pair"], True))


def _lines(left: pl.DataFrame, right: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Right lines, copies left out, with their label and what became of their parcel."""
    rights = pairs.filter("is_right")
    sure = rights.filter(pl.col("status") == "confirmed")["truth"]
    mistaken = pairs.filter(~pl.col("is_right") & (pl.col("status") == "confirmed"))["right"]
    lines = right.with_row_index("right").filter(~pl.col("copy"))
    lines = lines.with_columns(
        left_kind=left["kind"].gather(lines["truth"]), left_key=left["key"].gather(lines["truth"])
    )
    label = (
        pl.when((pl.col("kind") != "clean") | pl.col("truth").is_null())
        .then("kind")
        .when(pl.col("left_key").is_null())
        .then(pl.lit("left: no key"))
        .when(pl.col("left_kind") != "clean")
        .then(pl.lit("left: ") + pl.col("left_kind"))
        .when("wrong_amount")
        .then(pl.lit("clean, wrong amount"))
        .otherwise(pl.lit("clean"))
    )
    return lines.with_columns(
        label=label,
        confirmed=pl.col("truth").is_in(sure.implode()).fill_null(value=False),
        found=pl.col("truth").is_in(rights["truth"].implode()).fill_null(value=False),
        mistaken=pl.col("right").is_in(mistaken.implode()),
    )


def _by_kind(lines: pl.DataFrame) -> pl.DataFrame:
    counts = (pl.len().alias("lines"), pl.col("confirmed").mean(), pl.col("found").mean(), pl.col("mistaken").sum())
    both = lines.filter(pl.col("wrong_amount") & pl.col("kind").is_in(list(DAMAGES)))
    table = lines.group_by(kind="label").agg(counts).sort("kind")
    whole = both.select(pl.lit("(damaged and wrong amount)").alias("kind"), *counts).head(1)
    return pl.concat([table, whole.select(table.columns)])


def _by_evidence(sure: pl.DataFrame) -> pl.DataFrame:
    if "rule" not in sure.columns:
        return pl.DataFrame()
    return (
        sure.group_by("rule", "evidence")
        .agg(
            pl.len().alias("pairs"),
            (~pl.col("is_right")).sum().alias("wrong"),
            (~pl.col("is_right")).mean().alias("true_share"),
            (1 - pl.col("score")).mean().alias("claimed_share"),
        )
        .sort("pairs", descending=True)
    )


def _by_score(pairs: pl.DataFrame) -> pl.DataFrame:
    if "rule" not in pairs.columns:
        return pl.DataFrame()
    searched = pairs.filter(~pl.col("evidence").is_in(["raw", "normalised"]))
    claimed = 1 - pl.col("score")
    bounds = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 0.5, 1.0)
    bound = pl.min_horizontal(pl.when(claimed <= at).then(at) for at in bounds)
    return (
        searched.group_by("status", wrong_claimed=bound)
        .agg(
            pl.len().alias("pairs"),
            claimed.mean().alias("claimed_share"),
            (~pl.col("is_right")).mean().alias("true_share"),
        )
        .sort("status", "wrong_claimed")
    )


def _copies(right: pl.DataFrame, sure: pl.DataFrame) -> dict[str, int]:
    """Lines of parcels billed twice: one line matched with its own parcel, and the other left over, is as it should be."""
    twice = right.filter("copy")["truth"].unique()
    lines = right.with_row_index("right").filter(pl.col("truth").is_in(twice.implode()))
    matched = sure.select("right", "is_right")
    lines = (
        lines.join(matched, on="right", how="left")
        .group_by("truth")
        .agg(right_ones=pl.col("is_right").sum(), wrong_ones=(~pl.col("is_right")).sum())
    )
    is_good = (pl.col("right_ones") == 1) & (pl.col("wrong_ones") == 0)
    none = (pl.col("right_ones") == 0) & (pl.col("wrong_ones") == 0)
    good, alone = int(lines.select(is_good.sum()).item()), int(lines.select(none.sum()).item())
    return {"parcels": lines.height, "one line matched": good, "none": alone, "otherwise": lines.height - good - alone}
