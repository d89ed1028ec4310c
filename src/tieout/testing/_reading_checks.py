"""Checks of what a format says of itself, of its goldens, and that nothing but the content matters."""

import json
import os

from tieout.errors import InputError, MissingColumn
from tieout.sources import formats
from tieout.sources._captions import fold_caption
from tieout.testing._cells import table_of
from tieout.testing._golden import UPDATE_GOLDENS, Golden
from tieout.testing._snapshot import rows_of, snapshot
from tieout.testing._spans import lines_of_records
from tieout.testing._verdict import difference, fail, require, some

__all__ = [
    "check_column_order",
    "check_encodings",
    "check_golden",
    "check_identified",
    "check_missing_column",
    "check_registered",
    "check_same_result",
    "check_unknown_column",
]

# Lines are looked for in the text, after it was decoded: both line ends in one encoding, and one of them in each of the others.
_WRITTEN = (("utf-8", "\n"), ("utf-8", "\r\n"), ("utf-8-sig", "\n"), ("gb18030", "\r\n"), ("utf-16", "\r\n"))
_OF_THE_PLACE = ("source_format", "source_sha256", "source_file", "source_line", "source_line_end", "bill_no")
_UNKNOWN = "tieout unknown column"
_REFUSALS = 5  # after so many columns the next are taken to be told as well


def check_registered(name: str) -> None:
    """The format is found by its name, loads, and says what it is, what it gives and what it was built from."""
    known = formats()
    if name not in known:
        fail(
            f"a format {name!r}, which a module of another package becomes by an entry point of the group tieout.sources",
            f"{len(known)} formats, and none of that name: is the package installed?",
        )
    info = known[name]
    require(info.broken is None, "a leaf that loads", f"{info.broken}")
    require(bool(info.title), "a module whose docstring's first line is the title of the format", "no docstring")
    require(bool(info.evidence), "`evidence`: what the format was built from", "nothing")
    silent = [option for option, said in info.options.items() if not said]
    require(not silent, "a sentence for each option", f"none for {some(silent)}")


def check_golden(golden: Golden) -> None:
    """The reading is exactly what the golden says; with the switch set, and never on CI, the golden is rewritten instead."""
    found = snapshot(golden.batch)
    path = golden.expected
    if os.environ.get(UPDATE_GOLDENS):
        if os.environ.get("CI"):
            fail("goldens that change by a person's hand only", f"{UPDATE_GOLDENS} on CI, where it is refused")
        path.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", "utf-8")
    if not path.exists():
        fail(f"{path.name} beside it", f"none; set {UPDATE_GOLDENS}=1 to write it, and read what it says")
    expected = json.loads(path.read_text("utf-8"))
    if expected != found:
        fail(f"what {path.name} says", difference(expected, found))


def check_identified(golden: Golden) -> None:
    """The content alone says which format it is, and the name of the file nothing; one that must be asked for is never found."""
    expected = golden.format if golden.by_content else None
    for source, what in ((golden.path, "the file"), (golden.data, "its bytes, without a name")):
        found = golden.identified(source)
        require(expected == found, f"{what} to be identified as {expected}", f"{found}")


def check_same_result(golden: Golden) -> None:
    """Reading twice gives the same, and so does reading from bytes and from an open file."""
    first = snapshot(golden.batch)
    again = snapshot(golden.read())
    require(first == again, "the same when read twice", difference(first, again))
    with golden.path.open("rb") as file:
        opened = golden.read(file)
    for what, batch in (("its bytes", golden.read(golden.data)), ("an open file", opened)):
        other = snapshot(batch)["records"]
        require(first["records"] == other, f"the same records from {what}", difference(first["records"], other))


def check_encodings(golden: Golden) -> None:
    """Marks, line ends and encodings do not matter: the same text gives the same records."""
    if golden.text is None:
        return
    expected = _without_hash(golden)
    text = golden.text.replace("\r\n", "\n")
    variants = {f"{encoding} {end!r}": text.replace("\n", end).encode(encoding) for encoding, end in _WRITTEN}
    variants |= {f"{encoding} without mark": text.encode(encoding) for encoding in ("utf-16-le", "utf-16-be")}
    variants["without the end of the last line"] = text.removesuffix("\n").encode()
    for name, data in variants.items():
        if data == golden.data:  # that is what was read first
            continue
        found = _without_hash(golden, data)
        require(expected == found, f"the same records when written as {name}", difference(expected, found))


def _without_hash(golden: Golden, data: bytes | None = None) -> list[dict[str, object]]:
    """The records without what is named after the bytes themselves."""
    batch = golden.batch if data is None else golden.read(data)
    return [
        {name: value for name, value in row.items() if value != batch.source.sha256[:16]}
        for row in rows_of(batch.records.to_polars())
    ]


def check_column_order(golden: Golden) -> None:
    """Columns are found by their captions: their order does not matter."""
    table = table_of(golden)
    if table is None:
        return
    shuffled = golden.read(table.reversed())
    expected, found = (rows_of(one.records.to_polars(), without=_OF_THE_PLACE) for one in (golden.batch, shuffled))
    require(
        expected == found, "the same records when the columns stand the other way round", difference(expected, found)
    )
    counts = len(golden.batch.rejects), len(shuffled.rejects)
    require(counts[0] == counts[1], f"{counts[0]} rejects when the columns stand the other way round", f"{counts[1]}")


def check_unknown_column(golden: Golden) -> None:
    """A column that the format does not know changes no record, and a note names it."""
    table = table_of(golden)
    if table is None:
        return
    drifted = golden.read(table.with_columns({_UNKNOWN: "x"}, on=lines_of_records(golden.batch)))
    expected, found = (rows_of(one.records.to_polars(), without=_OF_THE_PLACE) for one in (golden.batch, drifted))
    require(expected == found, "the same records with an unknown column", difference(expected, found))
    named = any(_UNKNOWN in note.text for note in drifted.notes)
    require(named, f"a note that names the unknown column {_UNKNOWN!r}", f"the notes {some(drifted.notes)}")


def check_missing_column(golden: Golden) -> None:
    """Some column is needed: without it the file is refused, and the refusal names it, by one of its captions, and no other."""
    table = table_of(golden)
    if table is None:
        return
    refusals = 0
    for position, caption in enumerate(table.captions):
        others = {fold_caption(other) for at, other in enumerate(table.captions) if at != position}
        try:
            golden.read(table.without_column(position), format=golden.format)
        except MissingColumn as refused:
            refusals += 1
            named = bool(refused.missing) and others.isdisjoint(map(fold_caption, refused.missing))
            require(named, f"a refusal that names the missing column {caption!r}", f"{refused}")
        except InputError:
            continue
        if refusals == _REFUSALS:
            return
    require(refusals > 0, "at least one column whose absence is refused with MissingColumn", "none")
