"""Tracing: which lines of which files a voucher comes from, and the ids that are made of that."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable

from tieout.model import Event, Provenance
from tieout.model._record import changed

__all__ = ["count_documents", "merge_sources", "stable_id"]

_ID_DIGITS = 24  # 96 bits: no two vouchers of one book will ever share one


def stable_id(*parts: str) -> str:
    """An id made of texts alone: the same texts give the same id, in every run and on every machine."""
    text = json.dumps(parts, ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:_ID_DIGITS]


def merge_sources(events: Iterable[Event]) -> tuple[Provenance, ...]:
    """The lines of several events, each once, runs joined, in the order of file, sheet and line."""
    by_file: defaultdict[tuple[str, ...], list[Provenance]] = defaultdict(list)
    for event in events:
        for place in event.sources:
            by_file[place.file or "", place.sheet or "", place.sha256 or "", place.format or ""].append(place)
    return tuple(place for _, found in sorted(by_file.items()) for place in _join_runs(found))


def _join_runs(places: list[Provenance]) -> list[Provenance]:
    """The lines of one sheet: the whole of it once, then its runs, those that touch or overlap joined."""
    whole = [place for place in places if place.line is None][:1]
    lined = (
        (place.line, place.line_end or place.line, at) for at, place in enumerate(places) if place.line is not None
    )
    first_of_run: list[int] = []
    end_of_run: list[int] = []
    for start, end, at in sorted(lined):
        if not end_of_run or start > end_of_run[-1] + 1:
            first_of_run.append(at)
            end_of_run.append(end)
        else:
            end_of_run[-1] = max(end_of_run[-1], end)
    return whole + [_ending(places[at], end) for at, end in zip(first_of_run, end_of_run, strict=True)]


def _ending(place: Provenance, end: int) -> Provenance:
    line_end = None if end == place.line else end
    return place if place.line_end == line_end else changed(place, line_end=line_end)


def count_documents(sources: Iterable[Provenance]) -> int:
    """How many files the lines are of (附件数): files of one content count once."""
    return len({source.sha256 or source.file for source in sources} - {None})
