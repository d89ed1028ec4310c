"""Side by side with what people use now, on one planted truth: seconds, memory, precision, recall; prints a table.

    python tests/benchmarks/bench_peers.py [ROWS] [SEED] [WORLD] [--install] [--only PEER ...]

Each peer is a script in `peers/` that says its recipe, and runs in an environment of its own (`peers/*.txt` pins its versions), made by
`--install` in the temporary directory. Those that are not installed, fail, or take more than `--limit` seconds are left out, with the
reason. reconcile-py compares all with all; it gets 1,000 x 2,000 rows, and so does tieout beside it. Seconds count from frames in memory
to pairs in memory; memory is the peak of the whole process. Nothing was tuned: one sensible recipe each.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import attrs
import polars as pl
from _scores import scores_of
from _spent import measured_elsewhere
from _truth import planted, shown, stored
from _worlds import WORLDS

HERE = Path(__file__).parent / "peers"
ENVIRONMENTS = Path(tempfile.gettempdir()) / "tieout-benchmarks" / "environments"
OURS = "tieout_standard"


@attrs.frozen(kw_only=True)
class Peer:
    """A script and where it runs.

    Attributes:
        script: Its name in `peers/`.
        environment: Its requirements file there, without `.txt`; None for this environment.
        is_small: Whether it gets the small sides.
    """

    script: str
    environment: str | None = None
    is_small: bool = False

    @property
    def python(self) -> Path:
        """The interpreter it runs with."""
        if self.environment is None:
            return Path(sys.executable)
        return ENVIRONMENTS / self.environment / "bin" / "python"


PEERS = (
    Peer(script=OURS),
    Peer(script="pandas_rapidfuzz", environment="pandas_rapidfuzz"),
    Peer(script="pandas_rapidfuzz_amount", environment="pandas_rapidfuzz"),
    Peer(script="splink_duckdb", environment="splink_duckdb"),
    Peer(script="record_linkage", environment="record_linkage"),
    Peer(script="data_compy", environment="data_compy"),
    Peer(script=OURS, is_small=True),
    Peer(script="reconcile_py", environment="reconcile_py", is_small=True),
)


def install(environment: str) -> None:
    """Make a peer's environment; one that cannot be made is taken away again, and said so."""
    folder = ENVIRONMENTS / environment
    if folder.exists():
        return
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--prefer-binary"]
    done = subprocess.run([*pip, "-r", HERE / f"{environment}.txt"], capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        print(f"{environment} does not install: {done.stderr.strip().splitlines()[-1][:200]}")
        shutil.rmtree(folder)


def small_sides(seed: int, world: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """1,000 left rows, and the 2,000 right lines of twice as many parcels."""
    left, right = planted(2_000, seed, WORLDS[world])
    known = pl.col("truth") < 1_000
    right = right.with_columns(
        truth=pl.when(known).then("truth"), kind=pl.when(known).then("kind").otherwise(pl.lit("stranger"))
    )
    return left.head(1_000), right.filter(~(pl.col("copy") & pl.col("truth").is_null())).head(2_000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("rows", nargs="?", type=int, default=100_000)
    parser.add_argument("seed", nargs="?", type=int, default=7)
    parser.add_argument("world", nargs="?", choices=list(WORLDS), default="mixed")
    parser.add_argument("--install", action="store_true", help="make the environments that are missing")
    parser.add_argument("--only", nargs="*", help="names of scripts")
    parser.add_argument("--limit", type=float, default=600, help="most seconds a peer may take")
    options = parser.parse_args()
    peers = [peer for peer in PEERS if not options.only or peer.script in options.only]
    if options.install:
        for environment in dict.fromkeys(peer.environment for peer in peers if peer.environment):
            install(environment)
    left, right = (pl.read_parquet(path) for path in stored(options.rows, options.seed, WORLDS[options.world]))
    sides = {False: (left, right), True: small_sides(options.seed, options.world)}
    print(
        f"{left.height:,} x {right.height:,} rows, seed {options.seed}, world {options.world}, load {os.getloadavg()[0]:.1f}"
    )
    head = ("peer", "seconds", "peak MB", "pairs", "wrong", "precision", "damaged", "edits only", "clean")
    print("{:28s}{:>9s}{:>9s}{:>10s}{:>8s}{:>11s}{:>9s}{:>12s}{:>9s}".format(*head))
    with tempfile.TemporaryDirectory() as folder:
        for peer in peers:
            name = peer.script + (" (1,000 x 2,000)" if peer.is_small else "")
            print(f"{name:28s}{told_of(peer, sides[peer.is_small], Path(folder), options.limit)}", flush=True)
    print(f"load at the end {os.getloadavg()[0]:.1f}")


def told_of(peer: Peer, sides: tuple[pl.DataFrame, pl.DataFrame], folder: Path, limit_s: float) -> str:
    """A peer's row of the table."""
    if not peer.python.exists():
        return "  left out: not installed; --install"
    paths = folder / "left.parquet", folder / "right.parquet", folder / "pairs.csv"
    for path, side in zip(paths, sides, strict=False):
        shown(side).write_parquet(path)
    try:
        told = measured_elsewhere(
            HERE / f"{peer.script}.py", *map(str, paths), python=str(peer.python), limit_s=limit_s
        )
    except RuntimeError as cause:
        return f"  left out: {cause}"
    pairs = pl.read_csv(paths[2], schema={"left": pl.Int64, "right": pl.Int64})
    scores = scores_of(*sides, pairs.with_columns(status=pl.lit("confirmed")))
    edits = scores.by_kind.filter(pl.col("kind").str.starts_with("edit:"))
    edited = (edits["lines"] * edits["confirmed"]).sum() / max(edits["lines"].sum(), 1)
    return (
        f"{told['seconds']:9.1f}{told['peak_mb']:9,.0f}{scores.confirmed:10,}{scores.wrong:8,}{scores.precision:11.5f}"
        f"{scores.damaged_confirmed:9.4f}{edited:12.4f}{scores.clean_confirmed:9.4f}"
    )


if __name__ == "__main__":
    main()
