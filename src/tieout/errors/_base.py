"""TieoutError and how it travels between processes."""

__all__ = ["TieoutError"]


class TieoutError(Exception):
    """Something was used or given wrongly.

    Attributes:
        problem: What was found and what was expected, in one sentence.
        where: File, line, key or field that it concerns; empty when there is none.
        hint: What to do about it; empty when nothing better than the problem can be said.
    """

    def __init__(self, problem: str, *, where: str = "", hint: str = "") -> None:
        """Build the text `where: problem` with the hint on a line of its own."""
        self.problem = problem
        self.where = where
        self.hint = hint
        text = f"{where}: {problem}" if where else problem
        super().__init__(f"{text}\nHint: {hint}" if hint else text)

    def __reduce__(self) -> "tuple[object, ...]":
        # Exception would call the class with its text alone, which fails for every class that takes fields.
        return _rebuild, (type(self), str(self)), self.__dict__


def _rebuild(kind: type[TieoutError], text: str) -> TieoutError:
    """An error as it came out of another process."""
    # A class that is an OSError too is laid out as one, which the built-in first in its order does not make.
    error = OSError.__new__(kind) if issubclass(kind, OSError) else kind.__new__(kind)
    Exception.__init__(error, text)
    return error
