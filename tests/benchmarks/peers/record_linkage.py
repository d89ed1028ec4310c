"""recordlinkage: equal keys by a pandas merge, then the toolkit on what is left, in blocks of equal amounts.

Keys are stripped and in capitals. A candidate counts when its keys are at most one or two edits apart (similarity 0.85) and the dates at most 5
days; each record is used once, the most similar first.
"""

import recordlinkage
from _peer import Pairs, run

_SIMILARITY_MIN = 0.85
_DAYS_MAX = 5


def work(left: object, right: object) -> Pairs:
    """Pairs of row numbers."""
    ours, theirs = (side.to_pandas().reset_index(names="row") for side in (left, right))
    for side in (ours, theirs):
        side["clean"] = side["key"].str.strip().str.upper()
    named = [side.dropna(subset=["clean", "amount", "day"]) for side in (ours, theirs)]
    exact = named[0].drop_duplicates("clean").merge(named[1].drop_duplicates("clean"), on="clean")
    pairs = list(zip(exact["row_x"], exact["row_y"], strict=True))
    lefts = named[0][~named[0]["row"].isin(exact["row_x"])].set_index("row")
    rights = named[1][~named[1]["row"].isin(exact["row_y"])].set_index("row")
    index = recordlinkage.Index()
    index.block("amount")
    candidates = index.index(lefts, rights)
    compare = recordlinkage.Compare()
    compare.string("clean", "clean", method="damerau_levenshtein", label="key")
    scores = compare.compute(candidates, lefts, rights)["key"]
    scores = scores[scores >= _SIMILARITY_MIN].sort_values(ascending=False, kind="stable")
    used: tuple[set[int], set[int]] = set(), set()
    for one, other in scores.index:
        gap = abs((rights.loc[other, "day"] - lefts.loc[one, "day"]).days)
        if gap <= _DAYS_MAX and one not in used[0] and other not in used[1]:
            used[0].add(one)
            used[1].add(other)
            pairs.append((one, other))
    return pairs


if __name__ == "__main__":
    run(work)
