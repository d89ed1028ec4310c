"""Fuzzing sources: goldens of all leaves harmed at random and read; prints what came of them, and every file that did harm.

    python tests/benchmarks/fuzz_sources.py [COUNT] [SEED] [--leaf NAME] [--keep DIR] [--workers N]

A harmed file must be refused with one of our errors, or read with every line accounted for, in less than five seconds. The same
seed gives the same files. `--keep` writes those that did harm into a folder. Target: 200,000 files without one.
"""

import argparse
import hashlib
import random
import resource
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import attrs
from _mutations import GOLDENS, goldens, mutated

import tieout
from tieout.errors import InputError, TieoutError

SLOW_S = 5.0
CHUNK = 200


@attrs.frozen
class Verdict:
    """What came of a file.

    Attributes:
        what: `read`, the error that refused it, or what went wrong.
        is_fine: Whether that is as it should be.
    """

    what: str
    is_fine: bool


def verdict_of(data: bytes) -> Verdict:
    """Read it, and look whether it was refused properly or accounted for whole."""
    started = time.process_time()
    try:
        verdict = _verdict_of_batch(tieout.read(data))
    except InputError as error:
        verdict = Verdict(type(error).__name__, is_fine=True)
    except Exception as error:  # noqa: BLE001 - whatever comes out is what is looked for
        verdict = Verdict(f"ESCAPED: {type(error).__name__}: {str(error)[:200]}", is_fine=False)
    spent = time.process_time() - started
    return Verdict(f"SLOW: {spent:.1f} s: {verdict.what}", is_fine=False) if spent > SLOW_S else verdict


def _verdict_of_batch(batch: tieout.Batch) -> Verdict:
    lines = [check for check in batch.control.checks if check.name == "lines"]
    if not lines or not all(check.holds for check in lines):
        return Verdict(f"LINES LOST: {batch.format}: {'; '.join(map(str, lines))}", is_fine=False)
    try:
        counted = sum(1 for _ in batch.records)
    except TieoutError as error:
        return Verdict(f"NO RECORD: {batch.format}: {error}", is_fine=False)
    shown = bool(repr(batch)) and batch.rejects.to_polars().height == len(batch.rejects)
    return Verdict("read", counted == len(batch.records) and shown)


def file_of(path: Path, seed: int, number: int) -> bytes:
    """The harmed file of that number."""
    return mutated(path.read_bytes(), random.Random(f"{path.name} {seed} {number}"), columns=1_000_000, cell=2_000_000)


def harmed(path: Path, seed: int, numbers: range) -> tuple[Counter[str], list[tuple[int, str]]]:
    """What came of some files, and those that did harm."""
    counts: Counter[str] = Counter()
    wrong = []
    for number in numbers:
        verdict = verdict_of(file_of(path, seed, number))
        counts[verdict.what if verdict.is_fine else verdict.what.partition(":")[0]] += 1
        if not verdict.is_fine:
            wrong.append((number, verdict.what))
    return counts, wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("count", nargs="?", type=int, default=2_000)
    parser.add_argument("seed", nargs="?", type=int, default=7)
    parser.add_argument("--leaf")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()

    paths = [path for path in goldens() if given.leaf in {None, path.parent.name}]
    each = -(-given.count // len(paths))
    jobs = [(path, given.seed, range(at, min(at + CHUNK, each))) for path in paths for at in range(0, each, CHUNK)]
    total: Counter[str] = Counter()
    failures = []
    started = time.perf_counter()
    with ProcessPoolExecutor(given.workers) as workers:
        for (path, _, _), (counts, wrong) in zip(jobs, workers.map(harmed, *zip(*jobs, strict=True)), strict=True):
            total += counts
            failures += [(path, number, what) for number, what in wrong]
    print(f"{total.total():,} files of {len(paths)} goldens, seed {given.seed}, {time.perf_counter() - started:.0f} s")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"peak memory of a worker {peak:,.0f} MB\n")
    for what, count in total.most_common():
        print(f"{what:28s}{count:>10,}")
    for path, number, what in failures[:40]:
        print(f"{path.relative_to(GOLDENS)} {number}: {what}")
        if given.keep is not None:
            given.keep.mkdir(parents=True, exist_ok=True)
            data = file_of(path, given.seed, number)
            (given.keep / f"{path.parent.name}-{hashlib.sha256(data).hexdigest()[:8]}{path.suffix}").write_bytes(data)
    raise SystemExit(1 if failures else 0)


if __name__ == "__main__":
    main()
