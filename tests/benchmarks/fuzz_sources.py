"""Fuzzing sources: goldens of all leaves harmed at random and read; prints what came of them, and every file that did harm.

    python tests/benchmarks/fuzz_sources.py [COUNT] [SEED] [--leaf NAME] [--keep DIR] [--log FILE]

A harmed file must be refused with one of our errors, or read with every line accounted for, in less than five seconds and with
less than a gigabyte more of memory. That every line is accounted for is looked at twice: by the reader's own count, and by
decoding the text once more and asking of each line that shows anything for the record, reject or row set apart that it became.
The same seed gives the same files, a few of each golden in turn, so that a run that is cut short has harmed all formats alike.
`--log` adds a line after each turn; `--keep` writes the files that did harm into a folder. Target: 200,000 files without one.
"""

import argparse
import csv
import hashlib
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path

import attrs
from _mutations import GOLDENS, goldens, mutated

import tieout
from tieout.errors import InputError, TieoutError

SLOW_S = 5.0
MEMORY_MB_MAX = 1024
CHUNK = 10
_SHOWS = re.compile(r"\w")
_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


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
    before = _memory_mb("VmRSS")
    _forget_peak()
    started = time.process_time()
    try:
        verdict = _verdict_of_batch(tieout.read(data), data)
    except InputError as error:
        verdict = Verdict(type(error).__name__, is_fine=bool(str(error)))
    except Exception as error:  # noqa: BLE001 - whatever comes out is what is looked for
        verdict = Verdict(f"ESCAPED: {type(error).__name__}: {str(error)[:200]}", is_fine=False)
    spent, grown = time.process_time() - started, _memory_mb("VmHWM") - before
    if spent > SLOW_S:
        return Verdict(f"SLOW: {spent:.1f} s: {verdict.what}", is_fine=False)
    if grown > MEMORY_MB_MAX:
        return Verdict(f"MEMORY: {grown:,} MB: {verdict.what}", is_fine=False)
    return verdict


def _verdict_of_batch(batch: tieout.Batch, data: bytes) -> Verdict:
    lines = [check for check in batch.control.checks if check.name == "lines"]
    if not lines or not all(check.holds for check in lines):
        return Verdict(f"LINES LOST: {batch.format}: {'; '.join(map(str, lines))}", is_fine=False)
    lost = lost_lines(batch, data)
    if len(lost) > sum(check.parts.get("without charge", 0) for check in lines):  # of such a line the count alone tells
        return Verdict(f"LINES LOST: {batch.format}: nothing tells of lines {lost[:10]}", is_fine=False)
    try:
        counted = sum(1 for _ in batch.records)
    except TieoutError as error:
        return Verdict(f"NO RECORD: {batch.format}: {error}", is_fine=False)
    shown = bool(repr(batch)) and batch.rejects.to_polars().height == len(batch.rejects)
    return Verdict("read", counted == len(batch.records) and shown)


def lost_lines(batch: tieout.Batch, data: bytes) -> list[int]:
    """Lines of a text that show something, and of which neither a record nor a reject nor a row set apart tells."""
    source = batch.source
    if source.kind != "text" or source.encoding is None or hashlib.sha256(data).hexdigest() != source.sha256:
        return []  # a workbook, or a file in an archive
    text = data.decode(source.encoding, errors="replace")
    lines = text.split("\n" if "\n" in text else "\r")
    told = set(_header_lines(lines, source.header_line, source.delimiter))
    told.update(line for row in batch.control.set_apart for line in _span(row.line, row.line_end))
    told.update(line for row in batch.rejects for line in _span(row.provenance.line, row.provenance.line_end))
    for table in (batch.records, *batch.others.values()):
        frame = table.to_polars()
        for first, last in zip(frame["source_line"], frame["source_line_end"], strict=True):
            told.update(_span(first, last))
    return [at for at, line in enumerate(lines, start=1) if at not in told and _SHOWS.search(line)]


def _span(first: int | None, last: int | None) -> Iterable[int]:
    return () if first is None else range(first, (last or first) + 1)


def _header_lines(lines: list[str], first: int, delimiter: str | None) -> Iterable[int]:
    """The lines of the header, whose captions may be quoted and run over several; none of them is a line of cells."""
    if not first:
        return ()
    part, own = delimiter or ",", lines[first - 1 :]
    own[0] = own[0].removeprefix("\ufeff")
    reader = csv.reader((f"{line}\n" for line in own), delimiter=part, strict=True)
    try:
        next(reader)
    except csv.Error:
        return (first,)
    last = first + reader.line_num - 1
    width = own[0].count(part)
    holds_rows = width > 1 and any(line.count(part) >= width for line in lines[first:last])
    return (first,) if holds_rows else range(first, last + 1)


def _memory_mb(name: str) -> int:
    """A figure of this process's memory; 0 where the system does not tell."""
    if not _STATUS.exists():
        return 0
    return next(int(line.split()[1]) // 1024 for line in _STATUS.read_text().splitlines() if line.startswith(name))


def _forget_peak() -> None:
    if _RESET.exists():
        _RESET.write_text("5")


def file_of(path: Path, seed: int, number: int) -> bytes:
    """The harmed file of that number."""
    return mutated(path.read_bytes(), random.Random(f"{path.name} {seed} {number}"), columns=1_000_000, cell=2_000_000)


@attrs.define
class Harmed:
    """What came of some files of a golden.

    Attributes:
        counts: How many files came to what.
        wrong: Number and harm of those that did harm.
        spent: Seconds of the processor.
        memory_mb: Memory of the process behind the last one.
    """

    counts: Counter[str] = attrs.field(factory=Counter)
    wrong: list[tuple[int, str]] = attrs.field(factory=list)
    spent: float = 0.0
    memory_mb: int = 0

    def add(self, number: int, verdict: Verdict) -> None:
        """Take note of what came of a file."""
        self.counts[verdict.what if verdict.is_fine else verdict.what.partition(":")[0]] += 1
        if not verdict.is_fine:
            self.wrong.append((number, verdict.what))


def harmed(path: Path, seed: int, numbers: Iterable[int]) -> Harmed:
    """What came of some files."""
    started, found = time.process_time(), Harmed()
    for number in numbers:
        found.add(number, verdict_of(file_of(path, seed, number)))
    found.spent, found.memory_mb = time.process_time() - started, _memory_mb("VmRSS")
    return found


def _process() -> ProcessPoolExecutor:
    # Spawned: a fork of a process that has used Polars may wait for its threads for ever.
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"))


@attrs.define
class Child:
    """A process that reads the files, so that one that ends it is found out and the others go on.

    Attributes:
        work: What it does with them.
        pool: The process.
    """

    work: Callable[[Path, int, Iterable[int]], Harmed] = harmed
    pool: ProcessPoolExecutor = attrs.field(factory=_process)

    def harmed(self, path: Path, seed: int, numbers: range) -> Iterator[Harmed]:
        """What came of some files; where one ends the process, each is tried anew."""
        try:
            yield self.pool.submit(self.work, path, seed, numbers).result()
        except BrokenProcessPool:
            self.pool = _process()
            if len(numbers) > 1:
                for number in numbers:
                    yield from self.harmed(path, seed, range(number, number + 1))
                return
            found = Harmed()
            found.add(numbers[0], Verdict("ENDED: the process", is_fine=False))
            yield found


@attrs.define
class Run:
    """What came of the files so far.

    Attributes:
        seed: Where their chance comes from.
        keep: Folder for the files that did harm, if any.
        log: File for a line after each turn, if any.
    """

    seed: int
    keep: Path | None
    log: Path | None
    all: Harmed = attrs.field(factory=Harmed)
    failures: list[str] = attrs.field(factory=list)
    started: float = attrs.field(factory=time.perf_counter)

    def add(self, path: Path, found: Harmed) -> None:
        """Take note of what came of some files of one golden."""
        self.all.counts += found.counts
        self.all.spent += found.spent
        self.all.memory_mb = found.memory_mb
        for number, what in found.wrong:
            self.failures.append(f"{path.relative_to(GOLDENS)} {number}: {what}")
            self.tell(f"DEFECT {self.failures[-1]}")
            if self.keep is not None:
                self.keep.mkdir(parents=True, exist_ok=True)
                data = file_of(path, self.seed, number)
                name = f"{path.parent.name}-{hashlib.sha256(data).hexdigest()[:8]}{path.suffix}"
                (self.keep / name).write_bytes(data)

    def tell(self, text: str) -> None:
        """Add a line to the log."""
        if self.log is not None:
            with self.log.open("a", encoding="utf-8") as log:
                log.write(f"{datetime.now().astimezone():%H:%M:%S} seed {self.seed}: {text}\n")

    def __str__(self) -> str:
        counts, seconds = self.all.counts, time.perf_counter() - self.started
        return (
            f"{counts.total():,} files, {len(self.failures)} defects, {counts['read']:,} read, {seconds:,.0f} s, "
            f"of the processor {self.all.spent:,.0f} s, memory {self.all.memory_mb:,} MB"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("count", nargs="?", type=int, default=2_000)
    parser.add_argument("seed", nargs="?", type=int, default=7)
    parser.add_argument("--leaf")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--log", type=Path)
    given = parser.parse_args()

    paths = [path for path in goldens() if given.leaf in {None, path.parent.name}]
    each = -(-given.count // len(paths))
    run, child = Run(seed=given.seed, keep=given.keep, log=given.log), Child()
    for at in range(0, each, CHUNK):
        for path in paths:
            for found in child.harmed(path, given.seed, range(at, min(at + CHUNK, each))):
                run.add(path, found)
        run.tell(str(run))
    child.pool.shutdown()
    print(f"{len(paths)} goldens, seed {given.seed}: {run}\n")
    for what, count in run.all.counts.most_common():
        print(f"{what:28s}{count:>10,}")
    print("\n".join(run.failures[:40]))
    raise SystemExit(1 if run.failures else 0)


if __name__ == "__main__":
    main()
