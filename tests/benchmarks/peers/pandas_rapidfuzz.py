"""pandas merge, then `rapidfuzz.process.extractOne`: what most people write.

Keys are stripped and in capitals; an inner merge takes the equal ones (the first line of each key); every line that is left takes the
most similar of the keys that are left on the other side, from a ratio of 88 on. `pandas_rapidfuzz_amount.py` also wants equal amounts.
"""

from _peer import Pairs, run
from rapidfuzz import fuzz, process

_RATIO_MIN = 88


def work(left: object, right: object, *, is_amount_asked: bool = False) -> Pairs:
    """Pairs of row numbers."""
    ours, theirs = (side.to_pandas().reset_index(names="row") for side in (left, right))
    for side in (ours, theirs):
        side["clean"] = side["key"].str.strip().str.upper()
    named = [side.dropna(subset="clean") for side in (ours, theirs)]
    exact = named[0].drop_duplicates("clean").merge(named[1].drop_duplicates("clean"), on="clean")
    pairs = list(zip(exact["row_x"], exact["row_y"], strict=True))
    rest = named[0][~named[0]["row"].isin(exact["row_x"])]
    keys, rows, amounts = rest["clean"].tolist(), rest["row"].tolist(), rest["amount"].tolist()
    lines = named[1][~named[1]["row"].isin(exact["row_y"])]
    used: set[int] = set()
    for row, key, amount in zip(lines["row"], lines["clean"], lines["amount"], strict=True):
        best = process.extractOne(key, keys, scorer=fuzz.ratio, score_cutoff=_RATIO_MIN)
        if best is None or best[2] in used or (is_amount_asked and amounts[best[2]] != amount):
            continue
        used.add(best[2])
        pairs.append((rows[best[2]], row))
    return pairs


if __name__ == "__main__":
    run(work)
