"""What imports cost: seconds of fresh interpreters, the best and the median of several.

Run it as `python tests/benchmarks/bench_import.py [TIMES]`. `import tieout` is to stay below 150 ms.
"""

import statistics
import subprocess
import sys

PROGRAMS = ("pass", "import tieout", "import tieout.model", "import tieout.tables", "import tieout; tieout.read")
TIMER = "import time; start = time.perf_counter(); {program}; print(time.perf_counter() - start)"


def seconds(program: str, times: int) -> list[float]:
    """Seconds that a program takes in interpreters of its own."""
    command = [sys.executable, "-c", TIMER.format(program=program)]
    runs = (subprocess.run(command, capture_output=True, encoding="utf-8", check=True) for _ in range(times))
    return sorted(float(run.stdout) for run in runs)


def main(times: int) -> None:
    """Print the table."""
    print(f"{'program':<32}{'best ms':>10}{'median ms':>12}")
    for program in PROGRAMS:
        runs = seconds(program, times)
        print(f"{program:<32}{1000 * runs[0]:>10.1f}{1000 * statistics.median(runs):>12.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
