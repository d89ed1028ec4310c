"""Settings: what a session of Spark says of how this library works on it, by keys of its configuration."""

from typing import Any, Final

from tieout.errors import InputError

__all__ = ["CHECKPOINT", "MAX_LEFTOVERS", "ROWS_PER_BUCKET", "is_checkpointed", "whole_number"]

ROWS_PER_BUCKET: Final = "spark.tieout.rowsPerBucket"
"""How many records are reconciled in one task."""
MAX_LEFTOVERS: Final = "spark.tieout.maxLeftovers"
"""Most records that a reconciliation's matcher may bring to the driver: `max_leftovers` of `OnSpark`."""
CHECKPOINT: Final = "spark.tieout.checkpoint"
"""Whether what is kept between steps is written to the session's checkpoint folder."""


def whole_number(conf: Any, key: str, otherwise: int) -> int:  # noqa: ANN401 - of a session, classic or Connect
    """A setting that is a whole number of 1 or more.

    Args:
        conf: The session's configuration.
        key: Which setting.
        otherwise: What holds where it is not set.

    Raises:
        InputError: It is something else.
    """
    said = str(conf.get(key, str(otherwise)))
    if not said.isascii() or not said.isdecimal() or int(said) < 1:
        raise InputError(f"it is {said!r}; a whole number of 1 or more", where=key)
    return int(said)


def is_checkpointed(conf: Any) -> bool:  # noqa: ANN401
    """Whether `CHECKPOINT` is set.

    Args:
        conf: The session's configuration.

    Raises:
        InputError: It is neither `true` nor `false`.
    """
    said = str(conf.get(CHECKPOINT, "false"))
    if said.lower() not in {"true", "false"}:
        raise InputError(f"it is {said!r}; true or false", where=CHECKPOINT)
    return said.lower() == "true"
