"""datacompy: compares two pandas frames joined on the key. It pairs equal keys only, repeated ones in their order."""

import datacompy
from _peer import Pairs, run


def work(left: object, right: object) -> Pairs:
    """Pairs of row numbers."""
    ours, theirs = (side.to_pandas().dropna(subset=["key"]) for side in (left, right))
    ours["our_row"], theirs["their_row"] = ours.index, theirs.index
    compare_class = getattr(datacompy, "PandasCompare", None) or datacompy.Compare
    compared = compare_class(ours, theirs, join_columns="key", ignore_spaces=True, ignore_case=True)
    both = compared.intersect_rows
    ours_at = next(name for name in both.columns if name.startswith("our_row"))
    theirs_at = next(name for name in both.columns if name.startswith("their_row"))
    return list(zip(both[ours_at], both[theirs_at], strict=True))


if __name__ == "__main__":
    run(work)
