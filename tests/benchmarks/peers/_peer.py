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
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    told: dict[str, Any] = {"seconds": seconds, "peak_mb": peak, "result": len(pairs)}
    print(json.dumps(told))
