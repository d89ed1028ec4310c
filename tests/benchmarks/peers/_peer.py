"""What all peers share: two Parquet files in, pairs of row numbers out, seconds and memory printed as one line of JSON.

Runs in each peer's own environment, so it uses nothing but pyarrow. The seconds count from frames in memory to pairs in memory.
"""

import json
import resource
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

__all__ = ["Pairs", "run"]

Pairs = Iterable[tuple[int, int]]


def run(work: Callable[[pa.Table, pa.Table], Pairs]) -> None:
    """Read LEFT and RIGHT of the command line, do the work, write OUT."""
    left, right, out = (Path(argument) for argument in sys.argv[1:4])
    sides = pq.read_table(left), pq.read_table(right)
    start = time.perf_counter()
    pairs = [(int(one), int(other)) for one, other in work(*sides)]
    seconds = time.perf_counter() - start
    out.write_text("left,right\n" + "".join(f"{one},{other}\n" for one, other in pairs), encoding="ascii")
    told: dict[str, Any] = {"seconds": seconds, "peak_mb": peak_mb(), "result": len(pairs)}
    print(json.dumps(told))


def peak_mb() -> float:
    """Most memory that this process ever held, without what its parent held (which `ru_maxrss` may be on Linux)."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
