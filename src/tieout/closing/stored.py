"""Stored: what was collected, kept beside the results until the close is done, so that a crash does not cost reading it again."""

import json
import shutil
from collections.abc import Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

import attrs
import polars as pl

from tieout import model
from tieout.closing.collect import Collected
from tieout.errors import InputError
from tieout.proof import Check
from tieout.reports import FileRead, Note, StageReport
from tieout.tables import Table

__all__ = ["WORTH_IT", "load_collected", "save_collected", "stage_of", "stage_values"]

WORTH_IT: Final = 100_000
"""So many records are kept; fewer are read again in less time than a person notices."""
_FOLDER, _FACTS = "collected", "facts.json"


def save_collected(work: Path, collected: Collected, fingerprint: str) -> None:
    """Keep what was collected.

    Args:
        work: Folder for what is on its way.
        collected: What was collected.
        fingerprint: Of the files and of how they are read.
    """
    if sum(len(table) for table in collected.tables.values()) < WORTH_IT:
        return
    beside, folder = work / f"{_FOLDER}.part", work / _FOLDER
    shutil.rmtree(beside, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
    beside.mkdir(parents=True)
    names = {}
    for at, (name, table) in enumerate(collected.tables.items()):
        names[name] = [f"{at}.parquet", table.record.__name__]
        table.to_polars().write_parquet(beside / f"{at}.parquet", compression="lz4")
    collected.rejects.write_parquet(beside / "rejects.parquet")
    facts = {
        "fingerprint": fingerprint,
        "tables": names,
        "files": [attrs.asdict(one) for one in collected.files],
        "checks": [attrs.asdict(one) for one in collected.checks],
        "report": stage_values(collected.report),
    }
    (beside / _FACTS).write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
    beside.rename(folder)


def load_collected(work: Path, fingerprint: str) -> Collected | None:
    """What was collected of the very files before a crash; None where there is nothing of the kind.

    Args:
        work: Folder for what is on its way.
        fingerprint: Of the files and of how they are read.
    """
    folder = work / _FOLDER
    try:
        facts = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
        if facts["fingerprint"] != fingerprint:
            return None
        tables = {name: _table(folder / file, kind) for name, (file, kind) in facts["tables"].items()}
        return Collected(
            tables=tables,
            files=tuple(FileRead(**one) for one in facts["files"]),
            rejects=pl.read_parquet(folder / "rejects.parquet"),
            checks=tuple(Check(**one) for one in facts["checks"]),
            report=stage_of(facts["report"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, InputError, pl.exceptions.PolarsError):
        return None  # a crash may have left anything: the files themselves are read then


def _table(path: Path, kind: str) -> Table[Any]:
    return Table(pl.read_parquet(path), getattr(model, kind))


def stage_values(stage: StageReport) -> dict[str, Any]:
    """What a stage did as plain values, for JSON.

    Args:
        stage: What it did.
    """
    return {
        "name": stage.name,
        "status": stage.status,
        "counts": [list(one) for one in stage.counts],
        "notes": list(stage.notes),
        "notes_zh": [one.text_zh for one in stage.said],
    }


def stage_of(held: Mapping[str, Any]) -> StageReport:
    """What a stage did, of plain values; what an earlier version wrote has no Chinese.

    Args:
        held: As `stage_values` gives it.
    """
    counts = tuple((str(label), int(count)) for label, count in held["counts"])
    notes = zip_longest(held["notes"], held.get("notes_zh", ()), fillvalue="")
    return StageReport(
        name=held["name"], status=held["status"], counts=counts, notes=tuple(Note(*pair) for pair in notes)
    )
