"""The bound on candidate pairs of edit neighbours."""

from tieout.errors import MatcherError

__all__ = ["guard_pairs"]


def guard_pairs(pairs: int, limit: int) -> None:
    """Refuse to go on with more candidate pairs than the limit.

    Raises:
        MatcherError: There are more.
    """
    if pairs > limit:
        raise MatcherError(
            f"the edit neighbours of these keys are more than {limit:,} candidate pairs ({pairs:,} so far)",
            hint="keys that are short or differ in few places have too many neighbours; raise max_candidates",
        )
