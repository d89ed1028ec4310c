"""Charts drawn beside other work: drawing is a third of what a page of a small month takes, and keeps one core busy.

It is done by a process of its own, as vl-convert lets nothing else of its process work meanwhile. Where none can be started, or
it fails, nothing is lost: whoever wants a chart draws it then.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

__all__ = ["FEWEST", "drawn_beside", "found_beside"]

FEWEST: Final = 4
"""Fewer charts than that are drawn before a process is at work."""
_PATIENCE_S: Final = 120
"""A process that has drawn nothing after that hangs: forty charts take five seconds."""
_PROGRAM: Final = Path(__file__).with_name("drawing_process.py")
_BESIDE: Final[dict[str, Future[dict[str, str]]]] = {}


@contextmanager
def drawn_beside(specs: Sequence[str], *, fonts: Sequence[str] = ()) -> Iterator[None]:
    """Draw charts while something else is done; `found_beside` has them until it is over.

    Args:
        specs: Vega-Lite specifications as JSON.
        fonts: Folders of fonts.
    """
    asked = list(dict.fromkeys(specs))
    if len(asked) < FEWEST or not _has_interpreter() or not _PROGRAM.is_file():
        yield
        return
    try:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-P", str(_PROGRAM), *fonts],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError:  # no process may be started here
        yield
        return
    with process, ThreadPoolExecutor(1, thread_name_prefix="tieout-drawing") as pool:
        drawing = pool.submit(_drawn, process, asked)
        _BESIDE.update(dict.fromkeys(asked, drawing))
        try:
            yield
        finally:
            for spec in asked:
                _BESIDE.pop(spec, None)
            process.kill()


def _has_interpreter() -> bool:
    """Whether there is a Python to start: `sys.executable` of a frozen program is that program, which would do all again."""
    return bool(sys.executable) and not getattr(sys, "frozen", False)


def _drawn(process: subprocess.Popen[bytes], specs: Sequence[str]) -> dict[str, str]:
    try:
        said, _ = process.communicate(json.dumps(specs).encode(), timeout=_PATIENCE_S)
        return dict(zip(specs, json.loads(said), strict=True))
    except (OSError, ValueError, subprocess.TimeoutExpired):  # it could not draw, hangs, or was ended in the middle
        process.kill()
        return {}


def found_beside(spec: str) -> str | None:
    """A chart that is drawn beside, waited for; None where it is not, or could not be.

    Args:
        spec: Vega-Lite specification as JSON.
    """
    drawing = _BESIDE.get(spec)
    return None if drawing is None else drawing.result().get(spec)
