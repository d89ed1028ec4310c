"""Options of a match on Spark."""

from typing import Any

import attrs

from tieout.errors import MatcherError
from tieout.matching._spark.driving import MAX_LEFTOVERS

__all__ = ["OnSpark"]


@attrs.frozen(init=False)
class OnSpark:
    """How a match is carried out on Spark.

    Attributes:
        ids: Columns of whole numbers that name the records, left and right; None to number the rows of each side as they stand.
        buckets: Into how many buckets the records are cut, which is how many tasks decide them; None for one of about 600,000
            records each.
        max_leftovers: Most records that are brought together in the driver: those that the first rule does not settle by itself,
            and those needed to decide them.
        checkpoint: Whether sides and buckets are written to the session's checkpoint folder as they are made, so that nothing is
            computed again when an executor is lost.

    Example:
        >>> OnSpark(ids=("order_no", "line_no"), buckets=400)
        OnSpark(ids=('order_no', 'line_no'), buckets=400, max_leftovers=5000000, checkpoint=False)
    """

    ids: tuple[str, str] | None
    buckets: int | None
    max_leftovers: int
    checkpoint: bool

    def __init__(
        self,
        *,
        ids: tuple[str, str] | None = None,
        buckets: int | None = None,
        max_leftovers: int = MAX_LEFTOVERS,
        checkpoint: bool = False,
    ) -> None:
        """Say how.

        Args:
            ids: Two names of columns, each unique on its side and never null.
            buckets: 1 or more.
            max_leftovers: 1 or more; some 400 bytes of the driver's memory each.
            checkpoint: True needs a checkpoint folder (`SparkContext.setCheckpointDir`).

        Raises:
            MatcherError: One of them is impossible.
        """
        if ids is not None and not _is_pair(ids):
            raise MatcherError(f"ids={ids!r}: two names of columns are needed, left and right", hint='ids=("id", "id")')
        for name, value in (("buckets", buckets), ("max_leftovers", max_leftovers)):
            if value is not None and not _is_count(value):
                raise MatcherError(f"{name}={value!r} is impossible; a whole number of 1 or more")
        if type(checkpoint) is not bool:
            raise MatcherError(f"checkpoint={checkpoint!r} is {type(checkpoint).__name__}; True or False")
        self.__attrs_init__(  # pyright: ignore[reportAttributeAccessIssue]  # attrs makes it
            ids=None if ids is None else (ids[0], ids[1]),
            buckets=buckets,
            max_leftovers=max_leftovers,
            checkpoint=checkpoint,
        )


def _is_count(value: Any) -> bool:  # noqa: ANN401 - anything may be given
    return type(value) is int and value > 0


def _is_pair(ids: Any) -> bool:  # noqa: ANN401 - anything may be given
    return (
        isinstance(ids, (tuple, list))
        and len(ids) == len(("left", "right"))
        and all(isinstance(one, str) for one in ids)
    )
