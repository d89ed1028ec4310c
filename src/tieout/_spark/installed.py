"""Whether there is a Spark, and what is a frame of it: asked by every room that takes one, without importing pyspark."""

from importlib import import_module
from typing import Any, Final, Protocol, TypeGuard

from tieout.errors import InputError, MissingExtra

__all__ = ["SparkFrameLike", "is_spark_frame", "require_spark", "require_version"]

_OLDEST: Final = 4


class SparkFrameLike(Protocol):
    """What a DataFrame of Spark is known by, classic or Connect, where pyspark may not be installed."""

    @property
    def sparkSession(self) -> Any:  # noqa: ANN401, N802 - the name is Spark's
        """The session that it is of."""
        ...  # pyright takes a bare docstring for a body that returns None


def is_spark_frame(source: object) -> TypeGuard[SparkFrameLike]:
    """Whether something is a DataFrame of Spark, classic or Connect, or of a class made of one."""
    return any(
        kind.__module__.startswith("pyspark.sql.") and kind.__name__ == "DataFrame" for kind in type(source).__mro__
    )


def require_spark(purpose: str) -> None:
    """Refuse to go on without a current pyspark, and pyarrow, by which frames come and go.

    Args:
        purpose: What it is needed for.

    Raises:
        MissingExtra: One of them is not installed.
        InputError: Spark is older than 4.0.
    """
    try:
        version = str(import_module("pyspark").__version__)
        import_module("pyarrow")
    except ImportError as cause:
        raise MissingExtra("pyspark and pyarrow", extra="spark", purpose=purpose) from cause
    require_version(version)


def require_version(version: str) -> None:
    """Refuse a Spark that is older than 4.0.

    Raises:
        InputError: It is.
    """
    if int(version.partition(".")[0]) < _OLDEST:
        raise InputError(f"Spark {_OLDEST}.0 or newer is needed, this is {version}", hint="pip install 'tieout[spark]'")
