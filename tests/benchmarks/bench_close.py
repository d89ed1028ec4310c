"""A close of 1,000,000 orders, 1,100,000 lines of a courier's bill and 2,990,000 lines of a platform's account, files to report.

Run it as `python tests/benchmarks/bench_close.py [ORDERS]`; it needs `tieout[report]`. Targets of the issue, on two cores: under
4 minutes and 12 GiB. The files are made first (`_close_world.py`), which is not counted. The close runs in a process of its own;
each step is told with its seconds on the clock, its seconds of the processor and the most memory that the process held so far.
"""

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from _close_world import write_month
from _spent import measured_elsewhere, peak_mb, report

USUAL = 1_000_000
LIMIT_S, LIMIT_GIB = 240, 12


class Steps:
    """A progress that notes what each step took."""

    def __init__(self) -> None:
        self.rows: list[list[Any]] = []
        self._stage, self._step = "", ""
        self._at = (time.perf_counter(), time.process_time())

    def _note(self) -> None:
        now = (time.perf_counter(), time.process_time())
        took, worked = (after - before for after, before in zip(now, self._at, strict=True))
        if self._stage and took >= 0.05:
            self.rows.append([self._stage, self._step, round(took, 2), round(worked, 2), round(peak_mb() / 1024, 2)])
        self._at = now

    def begin(self, stage: str, steps: int) -> None:
        del steps
        self._note()
        self._stage, self._step = stage, ""

    def step(self, what: str) -> None:
        self._note()
        self._step = what

    def end(self, told: object) -> None:
        del told
        self._note()
        self._stage, self._step = "", ""


def work(config: str) -> dict[str, Any]:
    from tieout.closing import CloseConfig, close

    steps = Steps()
    closed = close(CloseConfig.load(config), progress=steps)
    counts = {stage.name: dict(stage.counts) for stage in closed.stages}
    return {
        "steps": steps.rows,
        "exit_code": closed.exit_code,
        "checks": closed.checks,
        "failures": len(closed.failures),
        "discrepancies": counts["detect"]["discrepancies"],
        "vouchers": counts["vouchers"]["vouchers"],
        "files": {name: (Path(config).parent / "out" / name).stat().st_size for name in ("report.html", "report.xlsx")},
    }


def main(orders: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        month = Path(folder) / "month"
        print(", ".join(f"{count:,} {what}" for what, count in write_month(month, orders).items()))
        config = str(month / "close.toml")
        first = measured_elsewhere(__file__, "close", config)
        again = measured_elsewhere(__file__, "close", config)
    for stage, step, took, worked, peak in first["result"]["steps"]:
        print(f"{stage:<10} {step[:44]:<44} {took:>7.2f} s  processor {worked:>7.2f} s  peak {peak:>6.2f} GiB")
    told = {name: value for name, value in first["result"].items() if name != "steps"}
    print(told)
    seconds, peak = first["seconds"], first["peak_mb"] / 1024
    print(f"close: {seconds:.1f} s ({LIMIT_S}), processor {first['cpu_s']:.1f} s, peak {peak:.2f} GiB ({LIMIT_GIB})")
    print(f"again, nothing changed: {again['seconds']:.1f} s")


if __name__ == "__main__":
    if sys.argv[1:2] == ["close"]:
        report(lambda: work(sys.argv[2]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else USUAL)
