"""Truth: what matchers confirm on a planted truth, right and wrong; prints tables.

    python tests/benchmarks/bench_truth.py [ROWS] [SEED] [WORLD] [--misses N]

`WORLD` is `mixed` or `sequence`; `_worlds.py` holds what they consist of, `_scores.py` what the words in the table mean. These
matchers run: `Matcher.standard(...)`, also with weights; the one in the documentation (the key alone; a damaged number by weight and
date; an Excel-rounded one by amount and date); and every rule there is, calibrated and not. `--misses` shows as many wrong pairs, and
damaged lines that were not confirmed.
"""

import argparse
import os
import time

import polars as pl
from _damages import DAMAGES
from _scores import Scores, scores_of
from _truth import shown, stored
from _worlds import WORLDS, World

from tieout.matching import Damaged, Exact, Fuzzy, Matcher, Near, Rule

TARGETS = {"precision": 0.9995, "damaged_confirmed": 0.92, "damaged_found": 0.97, "clean_confirmed": 0.999}


def matchers(world: World) -> dict[str, Matcher]:
    """The matchers that are tried in a world."""
    weight = [Near("weight_g", by=100)] if world.has_weights else []
    soon = Near("day", days=5)
    gates = [Near("amount", by=0), soon]
    documented = [
        Rule("same parcel", on=[Exact("key")]),
        Rule("damaged number", on=[Fuzzy("key", edits=1)], given=[*weight, soon]),
        Rule("Excel-rounded", on=[Damaged("key")], given=gates),
    ]
    found = {"standard": Matcher.standard(key="key", amount="amount", date="day")}
    if weight:
        found["standard with weights"] = Matcher.standard(key="key", amount="amount", date="day", also=weight)
    found["documented"] = Matcher(documented)
    found["standard, fixed scores"] = Matcher(found["standard"].rules, calibrate=False)
    return found


def shown_scores(scores: Scores) -> None:
    """Print the tables."""
    for name, target in TARGETS.items():
        value = getattr(scores, name)
        print(f"{name:24s}{value:10.5f}   target {target:.4f}   {'held' if value >= target else 'MISSED'}")
    print(f"{'lossy_confirmed':24s}{scores.lossy_confirmed:10.5f}")
    print(f"{scores.confirmed:,} confirmed pairs, {scores.wrong:,} of them wrong; {scores.suggested:,} suggested")
    print("billed twice:", ", ".join(f"{count:,} {name}" for name, count in scores.copies.items()))
    print(f"\n{'rule':24s}{'evidence':32s}{'pairs':>10s}{'wrong':>7s}{'true share':>12s}{'claimed':>10s}")
    for rule, evidence, pairs, wrong, true, claimed in scores.by_evidence.rows():
        print(f"{rule:24s}{evidence:32s}{pairs:>10,}{wrong:>7,}{true:>12.6f}{claimed:>10.6f}")
    print(f"\n{'searched pairs':24s}{'wrong at most':>14s}{'pairs':>10s}{'claimed':>12s}{'true share':>12s}")
    for status, bound, pairs, claimed, true in scores.by_score.rows():
        print(f"{status:24s}{bound:>14g}{pairs:>10,}{claimed:>12.6f}{true:>12.6f}")
    print(f"\n{'kind':32s}{'lines':>10s}{'confirmed':>11s}{'or suggested':>14s}{'with another':>14s}")
    for kind, lines, confirmed, found, mistaken in scores.by_kind.rows():
        print(f"{kind:32s}{lines:>10,}{confirmed or 0:>11.4f}{found or 0:>14.4f}{mistaken:>14,}")


def shown_misses(left: pl.DataFrame, right: pl.DataFrame, scores: Scores, count: int) -> None:
    """Print wrong pairs beside the true record, and damaged lines that are not confirmed."""
    pl.Config.set_tbl_rows(count).set_tbl_cols(20).set_tbl_width_chars(240).set_fmt_str_lengths(40)
    wrong = scores.pairs.filter((pl.col("status") == "confirmed") & ~pl.col("is_right")).head(count)
    for row in wrong.iter_rows(named=True):
        print("\nwrong:", row["rule"], "/", row["evidence"], f"score {row['score']:.6f}")
        print("   left ", left.row(row["left"]))
        print("   right", right.row(row["right"]))
        if row["truth"] is not None:
            print("   true ", left.row(row["truth"]))
    rights = scores.pairs.filter("is_right")
    sure = rights.filter(pl.col("status") == "confirmed")["truth"]
    lost = right.with_row_index("right").filter(
        pl.col("kind").is_in(list(DAMAGES)) & ~pl.col("copy") & ~pl.col("truth").is_in(sure.implode())
    )
    lost = lost.with_columns(is_suggested=pl.col("truth").is_in(rights["truth"].implode()))
    own = left[lost["truth"]].rename(lambda name: f"own {name}")
    print(pl.concat([lost, own], how="horizontal").group_by("kind", maintain_order=True).head(max(1, count // 10)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("rows", nargs="?", type=int, default=100_000)
    parser.add_argument("seed", nargs="?", type=int, default=7)
    parser.add_argument("world", nargs="?", choices=list(WORLDS), default="mixed")
    parser.add_argument("--misses", type=int, default=0)
    parser.add_argument("--only", help="one matcher's name")
    options = parser.parse_args()
    world = WORLDS[options.world]
    left, right = (pl.read_parquet(path) for path in stored(options.rows, options.seed, world))
    print(
        f"{left.height:,} x {right.height:,} rows, seed {options.seed}, world {world.name}, load {os.getloadavg()[0]:.1f}"
    )
    for name, matcher in matchers(world).items():
        if options.only and options.only != name:
            continue
        start = time.perf_counter()
        result = matcher.match(shown(left), shown(right))
        print(f"\n=== {name}: {time.perf_counter() - start:.1f} s")
        for rule in matcher.rules:
            print("   ", rule)
        for calibration in result.calibrations:
            print("   ", calibration)
        scores = scores_of(left, right, result.pairs)
        shown_scores(scores)
        if options.misses:
            shown_misses(left, right, scores, options.misses)


if __name__ == "__main__":
    main()
