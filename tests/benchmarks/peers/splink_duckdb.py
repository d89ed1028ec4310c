"""splink on DuckDB, as its tutorial says: two blocking rules, u from random pairs, m by expectation maximisation, then 0.9.

Keys are stripped and in capitals. Of each record's links the most probable is taken, each record once (splink's own
one-to-one clustering is left aside: it knows no positions).
"""

import duckdb
import splink.comparison_library as cl
from _peer import Pairs, run
from splink import Linker, SettingsCreator, block_on
from splink.backends.duckdb import DuckDBAPI

_PROBABILITY_MIN = 0.9


def work(left: object, right: object) -> Pairs:
    """Pairs of row numbers."""
    connection = duckdb.connect()
    connection.register("raw_left", left)
    connection.register("raw_right", right)
    for side in ("left", "right"):
        connection.execute(
            f"create table side_{side} as select row_number() over () - 1 as unique_id, nullif(upper(trim(key)), '') as key, "  # noqa: S608
            f"substr(upper(trim(key)), 1, 8) as head, amount, strftime(day, '%Y-%m-%d') as day, shop from raw_{side}"
        )
    database = DuckDBAPI(connection=connection)
    frames = [database.register(f"side_{side}", dataset_display_name=side) for side in ("left", "right")]
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=[
            cl.LevenshteinAtThresholds("key", [1, 2]),
            cl.ExactMatch("amount"),
            cl.AbsoluteDateDifferenceAtThresholds(
                "day", input_is_string=True, metrics=["day", "day"], thresholds=[1, 5]
            ),
        ],
        blocking_rules_to_generate_predictions=[block_on("key"), block_on("amount", "shop")],
    )
    linker = Linker(frames, settings, log_level=40)
    linker.training.estimate_probability_two_random_records_match([block_on("key")], recall=0.95)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("key"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("amount", "head"))
    links = linker.inference.predict(threshold_match_probability=_PROBABILITY_MIN).as_duckdbpyrelation()
    ordered = links.order("match_probability desc, unique_id_l, unique_id_r").project(
        "source_dataset_l, unique_id_l, unique_id_r"
    )
    used: tuple[set[int], set[int]] = set(), set()
    pairs = []
    for source, first, second in ordered.fetchall():
        one, other = (first, second) if source == "left" else (second, first)
        if one not in used[0] and other not in used[1]:
            used[0].add(one)
            used[1].add(other)
            pairs.append((one, other))
    return pairs


if __name__ == "__main__":
    run(work)
