"""Seconds and memory of a piece of work in a process of its own."""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

__all__ = ["measured_elsewhere", "peak_mb", "report"]


def peak_mb() -> float:
    """Most memory that this process ever held; not what its parent held when it was started, which `ru_maxrss` may be on Linux."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def report(work: Callable[[], Any]) -> None:
    """Do the work and print its seconds and this process's memory before and at most, as one line of JSON."""
    before = peak_mb()
    start, start_cpu = time.perf_counter(), time.process_time()
    result = work()
    told = {"seconds": time.perf_counter() - start, "cpu_s": time.process_time() - start_cpu}
    print(json.dumps(told | {"before_mb": before, "peak_mb": peak_mb(), "result": result}))


def measured_elsewhere(
    script: Path | str, *arguments: str, python: str = sys.executable, limit_s: float = 1800
) -> Mapping[str, Any]:
    """What `report` printed last in a process of its own.

    Raises:
        RuntimeError: The process failed or took too long; the message is the last line it wrote.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    try:
        run = subprocess.run(
            [python, str(script), *arguments],
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=limit_s,
            env=environment,
        )
    except subprocess.TimeoutExpired as cause:
        raise RuntimeError(f"took more than {limit_s:.0f} s") from cause
    if run.returncode:
        lines = run.stderr.strip().splitlines() or [f"ended with {run.returncode}"]
        raise RuntimeError(lines[-1][:160])
    found: Mapping[str, Any] = json.loads(run.stdout.strip().splitlines()[-1])
    return found
