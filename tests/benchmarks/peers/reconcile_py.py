"""reconcile-py: equal amounts, dates within 5 days, similar references; it compares all with all, so it runs on small sides.

Its own scorer and resolution; pairs that it calls ambiguous are not counted.
"""

from decimal import Decimal

from _peer import Pairs, run
from reconcile import FieldRule, ReconcileConfig, Record, reconcile

_SIMILARITY_MIN = 0.85


def work(left: object, right: object) -> Pairs:
    """Pairs of row numbers."""
    sides = [
        [
            Record(
                amount=Decimal(line["amount"]),
                date=line["day"],
                reference=(line["key"] or "").strip().upper(),
                id=str(row),
            )
            for row, line in enumerate(side.to_pylist())
            if line["amount"] is not None
        ]
        for side in (left, right)
    ]
    rules = (
        FieldRule("amount", "gate", abs_tol=Decimal(0)),
        FieldRule("date", "gate", day_tol=5),
        FieldRule("reference", "grade", weight=1.0),
    )
    config = ReconcileConfig(rules=rules, threshold=_SIMILARITY_MIN, ambiguity_epsilon=0.01)
    return [
        (int(match.left_ids[0]), int(match.right_ids[0]))
        for match in reconcile(*sides, config).matches
        if not match.ambiguous and len(match.left_ids) == len(match.right_ids) == 1
    ]


if __name__ == "__main__":
    run(work)
