"""The demo's files: what a merchant would send, book and keep."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import polars as pl

from tieout import ledgers
from tieout._demo.running import CarrierMonth, DemoRun
from tieout._demo.telling import tell_proof
from tieout.errors import InputError
from tieout.outcome import Outcome, amount_text_expr, guarded_expr

__all__ = ["prepare_folder", "write_files"]

_KEYS: Final = ("bill_no", "tracking_no", "charge_type", "leg", "ship_date")


def prepare_folder(folder: Path) -> None:
    """Make the folder for the results, when it is not there.

    Raises:
        InputError: It cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as cause:
        raise _unwritable(folder, cause) from cause


def write_files(run: DemoRun, folder: Path, *, summary: str) -> tuple[Path, ...]:
    """Write the results into a folder; files of the same names are replaced.

    Args:
        run: What was run.
        folder: Where to.
        summary: What the terminal showed.

    Returns:
        The files, in the order in which they were written.

    Raises:
        InputError: A file cannot be written.
    """
    try:
        return tuple(_written(run, folder, summary))
    except OSError as cause:
        raise _unwritable(folder, cause) from cause


def _unwritable(folder: Path, cause: OSError) -> InputError:
    return InputError(f"cannot be written: {cause.strerror or cause}", where=str(folder))


def _written(run: DemoRun, folder: Path, summary: str) -> Iterator[Path]:
    for month in run.months:
        yield from _of_courier(month, folder)
    rejects = pl.concat([batch.rejects.to_polars() for batch in run.batches])
    yield _csv(rejects.drop("source_sha256"), folder / "rejects.csv")
    for name, ledger in (("vouchers.csv", "journal_csv"), ("ledger.beancount", "beancount")):
        ledgers.write(run.vouchers, folder / name, ledger=ledger, book=run.book, overwrite=True)
        yield folder / name
    yield _text(tell_proof(run), folder / "proof.txt")
    yield _text(summary, folder / "summary.txt")


def _of_courier(month: CarrierMonth, folder: Path) -> Iterator[Path]:
    outcome, carrier = month.outcome, month.carrier
    yield _csv(_discrepancies(outcome), folder / f"discrepancies_{carrier}.csv")
    outcome.write_claims(folder / f"claims_{carrier}.csv")
    yield folder / f"claims_{carrier}.csv"
    yield _csv(_lines(outcome), folder / f"lines_{carrier}.csv")


def _discrepancies(outcome: Outcome) -> pl.DataFrame:
    """One row per discrepancy: what, where, how much, why and on what evidence."""
    frame = outcome.discrepancies.to_polars()
    keys = [pl.col("keys").str.json_path_match(f"$.{key}").alias(key) for key in _KEYS]
    return frame.select(
        "type",
        "severity",
        *keys,
        *_amounts(frame, actual="billed", expected="expected", impact="impact"),
        "currency",
        "claimable",
        "factor",
        "reason",
        "evidence",
        "due_on",
        "source_file",
        "source_line",
        "discrepancy_id",
    )


def _lines(outcome: Outcome) -> pl.DataFrame:
    """One row per bill line, with its verdict."""
    frame = outcome.lines
    minor = [name for name in frame.columns if name.endswith("_minor")]
    texts = _amounts(frame, **{name.removesuffix("_minor"): name.removesuffix("_minor") for name in minor})
    return frame.with_columns(texts).drop(minor).select(*(name.removesuffix("_minor") for name in frame.columns))


def _amounts(frame: pl.DataFrame, **names: str) -> list[pl.Expr]:
    codes = frame["currency"].unique().drop_nulls().sort().to_list()
    return [
        amount_text_expr(pl.col(f"{name}_minor"), pl.col("currency"), codes).alias(to) for name, to in names.items()
    ]


def _csv(frame: pl.DataFrame, path: Path) -> Path:
    # With a byte order mark, so that spreadsheets show Chinese right.
    frame.select(guarded_expr(frame)).write_csv(path, include_bom=True)
    return path


def _text(text: str, path: Path) -> Path:
    path.write_text(f"{text}\n", encoding="utf-8", newline="\n")
    return path
