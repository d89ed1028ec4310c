"""Workers: what they are given to do is refused by one that has other versions, and what they raise comes out as it is."""

import json
import re
import sys
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from tieout.errors import InputError, TieoutError

__all__ = ["about", "carried", "marked", "named", "spoken"]

_MARK = "tieout of a worker: "
"""Before an error, as JSON, in the text of one of Spark."""
_ABOUT = "while at "
_PICKLE = "pyspark.cloudpickle"
_SAME = ("tieout", "polars")
_HINT = "install the same versions of Python, tieout and Polars on the driver and on every worker"
_PROBE = ["JDVA71668776731", "9" * 40, "件", ""]
"""Keys that the driver and every worker must number alike, or equal keys would not meet."""
_OTHER_PYTHON = re.compile(r"Python in worker has different version: (\S+) than that in driver: ([\d.]+)")


def carried(work: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """What a worker does with a table or a stream of Arrow, as it is sent to it.

    Answers are the driver's own only where versions are: a worker that has others refuses before it reads what it is sent, which
    it might not even understand.
    """
    ready = _ready(work)

    def run(table: Any) -> Any:  # noqa: ANN401 - pyspark asks nothing of such a function, but of one of tables
        return ready()(table)

    return run


def _ready(work: Callable[..., Any]) -> Callable[[], Callable[..., Any]]:
    """A function that gives the work where it has been sent to.

    It and its callers travel as they stand here, by value, and name nothing of ours: a worker that has another tieout, or none,
    can run them.
    """
    pickle, mark, hint, probe = _PICKLE, _MARK, _HINT, _PROBE
    sent = import_module(pickle).dumps(work)
    hashed = import_module("polars").Series(probe).hash(1).to_list()
    ours = {name: import_module(name).__version__ for name in _SAME}
    held: list[Callable[..., Any]] = []

    def ready() -> Callable[..., Any]:
        if not held:
            theirs = {}
            for name in ours:
                try:
                    theirs[name] = str(import_module(name).__version__)
                except ImportError:
                    theirs[name] = "not installed"
            if theirs != ours:
                worker, driver = (
                    " and ".join(f"{name} {version}" for name, version in some.items()) for some in (theirs, ours)
                )
                problem = f"a worker has {worker}, the driver {driver}"
            elif import_module("polars").Series(probe).hash(1).to_list() != hashed:
                problem = (
                    "a worker's Polars numbers keys otherwise than the driver's: it runs on another kind of processor"
                )
            else:
                problem = ""
            if problem:
                said = {"problem": problem, "where": f"Spark, {sys.executable}", "hint": hint}
                raise RuntimeError(f"{problem}\n{mark}{json.dumps(said)}")
            held.append(import_module(pickle).loads(sent))
        return held[0]

    return ready


@contextmanager
def about(what: str) -> Iterator[None]:
    """Let an error remember what was worked at: `named` says it, and where nobody names errors it changes nothing.

    Args:
        what: Such as `rule 'same key'`; of things of one kind, which is the first word, the innermost is remembered.
    """
    try:
        yield
    except Exception as error:
        kind = f"{_ABOUT}{what.partition(' ')[0]} "
        if not any(note.startswith(kind) for note in getattr(error, "__notes__", [])):
            error.add_note(f"{_ABOUT}{what}")
        raise


@contextmanager
def named(where: str, kind: type[TieoutError] = InputError) -> Iterator[None]:
    """Any error of a worker as one in whose words `spoken` finds it again.

    Args:
        where: What is worked at, for errors that do not say it themselves; what they remember goes before it.
        kind: What an error becomes that is not ours.

    Raises:
        RuntimeError: There was one.
    """
    try:
        yield
    except Exception as cause:  # whatever a library raises would come out as Java's trace alone
        notes: list[str] = getattr(cause, "__notes__", [])
        where = ", ".join([*(note.removeprefix(_ABOUT) for note in notes if note.startswith(_ABOUT)), where])
        error = cause
        if not isinstance(error, TieoutError):
            error = kind(f"a worker of Spark could not go on: {type(cause).__name__}: {cause}", where=where)
        elif not error.where:
            error.where, error.args = where, (f"{where}: {error}",)
        else:
            error.add_note(f"a worker of Spark was at {where}")
        raise RuntimeError(marked(error)) from cause


def marked(error: TieoutError) -> str:
    """A text in which `spoken` finds an error again, whatever Spark puts around it."""
    sent = b64encode(import_module(_PICKLE).dumps(error)).decode()
    return f"{error}\n{_MARK}{json.dumps({'error': sent})}"


@contextmanager
def spoken() -> Iterator[None]:
    """What a worker raised, as if it had been raised here, without Java's trace.

    Raises:
        TieoutError: A worker raised it, or failed otherwise, or has other versions than this process.
    """
    try:
        yield
    except TieoutError:
        raise
    except Exception as cause:  # classic and Connect have errors of their own
        error = _error_in(str(cause))
        if error is None:
            raise
        raise error from None


def _error_in(text: str) -> TieoutError | None:
    other = _OTHER_PYTHON.search(text)
    if other:
        return InputError(f"a worker has Python {other[1]}, the driver {other[2]}", where="Spark", hint=_HINT)
    _, found, rest = text.partition(_MARK)
    if not found:
        return None
    said = json.JSONDecoder().raw_decode(rest)[0]
    if "error" not in said:
        return InputError(**said)
    error: TieoutError = import_module(_PICKLE).loads(b64decode(said["error"]))
    return error
