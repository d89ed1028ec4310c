"""Drafts: a mapping for a file that no format knows, for a person to finish.

Nothing here is certain, and the draft says so: each line has its reason beside it, what nobody can know is asked in a comment,
and the draft is tried on the file, so that the person sees at once what it makes of it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs
import polars as pl

import tieout.model
from tieout.errors import InputError
from tieout.privacy import mask_text
from tieout.sources._batch import Batch
from tieout.sources._document import Document
from tieout.sources._draft_columns import bind_columns
from tieout.sources._draft_content import Content, look_at
from tieout.sources._draft_fields import add_constants, add_fields
from tieout.sources._draft_header import Table, find_table
from tieout.sources._draft_money import add_money, ask_how_signs_are_written
from tieout.sources._draft_place import add_footers, add_place, pin_place
from tieout.sources._draft_records import likeliest_record
from tieout.sources._draft_report import results, unread_columns
from tieout.sources._draft_text import text_of
from tieout.sources._draft_words import FIELDS
from tieout.sources._drafting import Drafting, is_unsure, listed
from tieout.sources._grid import cell_name
from tieout.sources._identify import candidates_of
from tieout.sources._read import files_of
from tieout.sources._rows import clean_cells

__all__ = ["Draft", "draft_mapping"]

_ROWS: Final = 20_000
_NEAR: Final = 0.5  # share of what a format needs from which a person should look at it
_CAPTIONS_SHOWN: Final = 12
_OPTIONS: Final = (
    "currency",
    "timezone",
    "encoding",
    "delimiter",
    "sheet",
    "header_row",
    "date_format",
    "decimal_mark",
    "weight_unit",
    "length_unit",
    "bill_month",
)


@attrs.frozen(kw_only=True)
class Draft:
    """A mapping for a person to finish.

    Attributes:
        text: TOML with comments; what `read(..., mapping=...)` takes.
        format: Name of the format that knows the file; None when none does.
        record: Name of the record; empty where a format knows the file.
        asked: What a person must say before the file can be read.
        batch: What the draft makes of the file, with stand-ins for what is asked; None when it cannot be read.
    """

    text: str
    format: str | None = None
    record: str = ""
    asked: tuple[str, ...] = ()
    batch: Batch | None = attrs.field(default=None, repr=False)


def draft_mapping(
    source: Any,  # noqa: ANN401 - as `read` takes it
    *,
    record: str | None = None,
    said: Mapping[str, Any] | None = None,
    anyway: bool = False,
) -> Draft:
    r"""Draft a mapping for a table that no format knows.

    Args:
        source: As for `read`.
        record: Name of the record in `tieout.model`; guessed if left out.
        said: What a person knows already, by option: `currency`, `timezone`, `encoding`, `delimiter`, `sheet`, `header_row`,
            `date_format`, `decimal_mark`, `weight_unit`, `length_unit`, `bill_month`.
        anyway: Whether to draft even where a format knows the file.

    Returns:
        The draft; where a format knows the file, only its name.

    Raises:
        HeaderNotFound: Nothing in the file looks like a table.
        InputError: No record fits what the file seems to hold, or what is said makes no sense.
        UnreadableFile: The file cannot be opened.

    Example:
        >>> text = b"Day,Text,Paid in,Paid out,Balance\n2026-07-01,rent,,700.00,300.00\n2026-07-02,sales,50.00,,350.00\n"
        >>> draft = draft_mapping(text, said={"currency": "EUR"})
        >>> draft.record, draft.asked, draft.batch.control.holds
        ('BankTransaction', (), True)
    """
    given = dict(said or {})
    unknown = sorted(set(given) - set(_OPTIONS))
    if unknown:
        raise InputError(f"a draft has no option {', '.join(unknown)}; its options: {', '.join(_OPTIONS)}")
    documents = files_of(source, encoding=given.get("encoding"), delimiter=given.get("delimiter")).documents
    if len(documents) != 1:
        raise InputError(f"one file is drafted at a time, the archive holds {len(documents)}", hint="unpack it")
    (document,) = documents
    candidates, _ = candidates_of(document)
    matching = [one for one in candidates if one.fit.is_match]
    if matching and not anyway:
        best = max(matching, key=lambda one: one.fit.found).name
        return Draft(text="", format=best)
    near = [one for one in candidates if not one.fit.is_match and one.fit.share >= _NEAR][:2]
    header_row = given.get("header_row")
    given |= {} if header_row is None else {"header_row": _whole(header_row)}
    table = find_table(document, header_row=given.get("header_row"), sheet=given.get("sheet"))
    contents = _contents(table)
    name, reason = (record, "said by you") if record is not None else _record(contents, document)
    drafting = Drafting(document=document, table=table, contents=contents, record=_class(name), said=given)
    above = [
        f"Draft of a mapping for {document.where}. Every line is a guess, with its reason beside it: check them all.",
        "Then: tieout read FILE --mapping THIS_FILE",
        *(f"Nearest known format: {one.name}, but the file lacks {listed(one.fit.missing)}" for one in near),
        *(f"A known format fits: {one.name}" for one in matching),
    ]
    return _drafted(drafting, reason, above)


def _whole(text: object) -> int:
    try:
        return int(str(text))
    except ValueError as cause:
        raise InputError(f"a line is a whole number, got {text!r}", where="header_row") from cause


def _class(name: str) -> type:
    known = {record for fields in FIELDS.values() for record in fields}
    if name not in known:
        raise InputError(f"no draft is made of {name}; records: {', '.join(sorted(known))}", where="record")
    found: type = getattr(tieout.model, name)
    return found


def _record(contents: Sequence[Content], document: Document) -> tuple[str, str]:
    found = likeliest_record(contents)
    if found is not None and found.record:
        return found.record, found.reason
    captions = ", ".join(repr(mask_text(content.caption)) for content in contents[:_CAPTIONS_SHOWN])
    maybe = "" if found is None else found.maybe
    what = "no record of tieout.model fits" if found is None else "no draft is made by itself of"
    reason = "" if found is None else f": {found.reason}"
    is_drafted = any(maybe in records for records in FIELDS.values())
    raise InputError(
        f"{what} a table of {captions}{reason}",
        where=document.where,
        hint=(
            f"say --record {maybe} to have it drafted as that, or another record"
            if is_drafted
            else f'write a mapping with record = "{maybe}", as the page of generic_table shows, or say another with --record'
            if maybe
            else "say one with --record, or map the columns to a class of your own as the page of generic_table shows"
        ),
    )


def _contents(table: Table) -> list[Content]:
    """What each captioned column holds; rows that show much less than others, such as footers, are left out."""
    header = table.header
    width = header.width
    frame = table.grid.body(header.row.line_end, width)
    frame = clean_cells(frame.head(_ROWS), range(width))
    filled = frame.select(pl.sum_horizontal(pl.col(cell_name(at)).is_not_null() for at in range(width)).alias("n"))["n"]
    usual = filled.filter(filled > 1).median() or 0
    frame = frame.filter(filled * 2 > float(str(usual)))
    found = []
    for at, caption in enumerate(header.captions[:width]):
        if caption:
            alike = header.positions((caption,))
            said = caption if len(alike) == 1 else f"{caption}#{alike.index(at) + 1}"
            found.append(look_at(at, said, caption if header.row.line else "", frame[cell_name(at)].to_list()))
    return found


def _drafted(drafting: Drafting, record_reason: str, above: Sequence[str]) -> Draft:
    """The draft, made line by line and tried on the file as it grows."""
    bound = bind_columns(drafting.contents, drafting.record)
    drafting.add("", "record", drafting.record.__name__, record_reason)
    add_place(drafting)
    add_fields(drafting, bound)
    add_money(drafting, bound)
    add_constants(drafting, bound)
    batch, problem = drafting.tried()
    if batch is None and "can mean two things" in problem:
        ask_how_signs_are_written(drafting)
        batch, problem = drafting.tried()
    if batch is not None:
        pin_place(drafting, batch)
        batch, problem = drafting.tried()
    if batch is not None:
        batch = add_footers(drafting, batch, bound)
    asked = [entry.key for entry in drafting.entries if entry.is_asked and entry.section in {"", "columns"}]
    asked += ["columns.amount.written" for entry in drafting.entries if is_unsure(entry)]
    below = ["Columns that are not read:", *unread_columns(drafting)]
    result = results(drafting, batch, problem)
    return Draft(
        text=text_of(drafting.entries, above=[*above, *result], below=below if len(below) > 1 else []),
        record=drafting.record.__name__,
        asked=tuple(asked),
        batch=batch,
    )
