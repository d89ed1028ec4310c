"""What a draft says of itself: what it makes of the file, and which columns are not read."""

from collections.abc import Iterator, Mapping
from typing import Final

from tieout.sources._batch import Batch
from tieout.sources._drafting import Drafting, is_unsure

__all__ = ["results", "unread_columns"]

_SHOWN: Final = 4


def results(drafting: Drafting, batch: Batch | None, problem: str) -> Iterator[str]:
    """What trying the draft on the file gave.

    Args:
        drafting: The draft.
        batch: What it makes of the file; None when it cannot read it.
        problem: Why it cannot.
    """
    asked = [f"{entry.key} = {entry.value!r}" for entry in drafting.questions]
    asked += ["written = 'plain'" for entry in drafting.entries if is_unsure(entry)]
    standing = f", with {' and '.join(asked)} standing in for what is asked" if asked else ""
    if batch is None:
        yield f"Tried on the file{standing}, which it cannot read yet: {problem}"
        return
    control = batch.control
    line = drafting.table.header.row.line
    yield (
        f"The header is line {line}, the first row of captions above rows of data."
        if line
        else "No line looks like a header."
    )
    yield (
        f"Tried on the file{standing}: {len(batch.records)} records, {len(batch.rejects)} rejects, "
        f"{len(control.set_apart)} rows set apart."
    )
    yield from (str(check) for check in control.proof.checks)
    yield from (f"reject: {reject}" for reject in list(batch.rejects)[:_SHOWN])


def unread_columns(drafting: Drafting) -> Iterator[str]:
    """The columns that the draft leaves out, and why.

    Args:
        drafting: The draft.
    """
    used = set()
    for entry in drafting.entries:
        if entry.section in {"columns", "charges", "amounts"} or entry.key in {"net", "balance"}:
            values = entry.value.values() if isinstance(entry.value, Mapping) else [entry.value]
            used |= {str(value) for value in values} | {entry.key}
    for content in drafting.contents:
        if content.caption in used:
            continue
        if content.pii is not None:
            yield f"  {content.caption!r}: left out, {content.pii}"
        elif content.kind == "blank":
            yield f"  {content.caption!r}: all cells are blank"
        else:
            yield f"  {content.caption!r}: not understood; {content.kind}, such as {content.examples}"
