"""Drafts: a mapping for a file that no format knows, for a person to finish.

Nothing here is certain, and the draft says so: each line has its reason beside it, what nobody can know is asked in a comment,
and the draft is tried on the file, so that the person sees at once what it makes of it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

import attrs
import polars as pl

import tieout.model
from tieout.errors import InputError, TieoutError
from tieout.privacy import mask_text
from tieout.sources._batch import Batch
from tieout.sources._captions import is_blank
from tieout.sources._document import Document
from tieout.sources._draft_columns import Bound, bind_columns, likeliest_record
from tieout.sources._draft_content import Content, look_at
from tieout.sources._draft_header import Table, find_table
from tieout.sources._draft_text import Entry, mapping_of, text_of
from tieout.sources._draft_words import FIELDS, field_of, type_of_words
from tieout.sources._grid import LINE, WIDTH, cell_name
from tieout.sources._identify import candidates_of
from tieout.sources._mapping import format_of_mapping
from tieout.sources._options import COMMON_OPTIONS
from tieout.sources._read import files_of
from tieout.sources._rows import clean_cells
from tieout.tables._schema import record_schema

__all__ = ["Draft", "draft_mapping"]

_ROWS: Final = 20_000
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_CHINESE_SHARE: Final = 1 / 3
_NEAR: Final = 0.5  # share of what a format needs from which a person should look at it
_PLACEHOLDERS: Final = {
    "SettlementLine": {"type": "unknown"},
    "ChannelTransaction": {"channel": "unknown"},
    "CourierCharge": {"charge_type": "all_in"},
    "Order": {"platform": "unknown"},
}
_UNITS: Final = (
    (r"kg|公斤|千克", "kg"),
    (r"[(（\[ _]g[)）\]]?$|克", "g"),
    (r"lbs?\b|磅", "lb"),
    (r"\boz\b", "oz"),
    (r"斤", "斤"),
)
_SHOWN: Final = 4
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
)
_SIGN_WAYS: Final[tuple[dict[str, str], ...]] = ({}, {"written": "plain"}, {"written": "signed"}, {"written": "either"})


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
            `date_format`, `decimal_mark`.
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
    drafter = _Drafter(
        document=document, table=table, contents=contents, record=_class(name), record_reason=reason, said=given
    )
    above = [
        f"Draft of a mapping for {document.where}. Every line is a guess, with its reason beside it: check them all.",
        "Then: tieout read FILE --mapping THIS_FILE",
        *(f"Nearest known format: {one.name}, but the file lacks {_listed(one.fit.missing)}" for one in near),
        *(f"A known format fits: {one.name}" for one in matching),
    ]
    return drafter.draft(above)


def _whole(text: object) -> int:
    try:
        return int(str(text))
    except ValueError as cause:
        raise InputError(f"a line is a whole number, got {text!r}", where="header_row") from cause


def _listed(texts: Sequence[str]) -> str:
    more = f" and {len(texts) - _SHOWN} others" if len(texts) > _SHOWN else ""
    return ", ".join(map(repr, texts[:_SHOWN])) + more


def _class(name: str) -> type:
    known = {record for fields in FIELDS.values() for record in fields}
    if name not in known:
        raise InputError(f"no draft is made of {name}; records: {', '.join(sorted(known))}", where="record")
    found: type = getattr(tieout.model, name)
    return found


def _record(contents: Sequence[Content], document: Document) -> tuple[str, str]:
    found = likeliest_record(contents)
    if found is None:
        listed = ", ".join(repr(mask_text(content.caption)) for content in contents[:_CAPTIONS_SHOWN])
        raise InputError(
            f"no record of tieout.model fits a table of {listed}",
            where=document.where,
            hint="say one with --record, or map the columns to a class of your own as the page of generic_table shows",
        )
    return found


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


@attrs.define(kw_only=True, slots=False)
class _Drafter:
    """One draft while it is being made."""

    document: Document
    table: Table
    contents: Sequence[Content]
    record: type
    record_reason: str
    said: Mapping[str, Any]
    entries: list[Entry] = attrs.field(factory=list)

    def draft(self, above: Sequence[str]) -> Draft:
        bound = bind_columns(self.contents, self.record)
        self._add("", "record", self.record.__name__, self.record_reason)
        self._places()
        self._dates_and_words(bound)
        self._money(bound)
        self._constants(bound)
        batch, problem = self._tried()
        if batch is None and "can mean two things" in problem:
            self._ask_how_signs_are_written()
            batch, problem = self._tried()
        if batch is not None:
            self._pin_place(batch)
            batch, problem = self._tried()
        if batch is not None:
            batch = self._footers(batch, bound)
        asked = [entry.key for entry in self.entries if entry.is_asked and entry.section in {"", "columns"}]
        asked += ["columns.amount.written" for entry in self.entries if _is_unsure(entry)]
        below = ["Columns that are not read:", *self._unread()]
        result = self._result(batch, problem)
        return Draft(
            text=text_of(self.entries, above=[*above, *result], below=below if len(below) > 1 else []),
            record=self.record.__name__,
            asked=tuple(asked),
            batch=batch,
        )

    def _add(self, section: str, key: str, value: Any, reason: str, *, ask: bool = False) -> None:  # noqa: ANN401
        self.entries.append(Entry(section=section, key=key, value=value, reason=reason, is_asked=ask))

    def _places(self) -> None:
        """What is said of the file itself."""
        for option in ("encoding", "delimiter", "sheet"):
            if option in self.said:
                self._add("", option, self.said[option], "said by you")
        titles = [grid.title for grid in self.document.grids if grid.title is not None]
        if "sheet" not in self.said and len(titles) > 1:
            self._add("", "sheet", self.table.grid.title, "of all sheets it looks most like a table")
        if "header_row" in self.said:
            self._add("", "header_row", self.said["header_row"], "said by you")
        elif not self.table.header.row.line:
            self._add("", "header_row", 0, "no row looks like captions, so columns go by number")

    def _pin_place(self, batch: Batch) -> None:
        """Say where the table stands, where reading by the captions finds another place; else files may differ in their heads."""
        line, delimiter = self.table.header.row.line, self.table.grid.delimiter
        if line and batch.source.header_line != line and "header_row" not in self.said:
            self._add(
                "",
                "header_row",
                line,
                "the first row of captions above rows of data; another row has such captions too",
            )
        if batch.source.delimiter != delimiter and "delimiter" not in self.said:
            self._add("", "delimiter", delimiter, "what parts the cells of the header")

    def _dates_and_words(self, bound: Mapping[str, Bound]) -> None:
        for sense, one in bound.items():
            field = field_of(sense, self.record)
            name = str(field).replace(".", "_")
            dtypes = record_schema(self.record).dtypes
            dtype = dtypes.get(name, dtypes.get(f"{name}_minor"))
            if field is None or (sense == "balance" and self.record.__name__ == "SettlementLine"):
                continue
            if sense == "kind" and self.record.__name__ == "SettlementLine":
                self._kinds(one)
            elif dtype is not None and dtype.is_temporal():
                self._date(field, one, is_moment=dtype != pl.Date)
            elif sense == "weight":
                self._weight(field, one)
            elif dtype is not None:
                self._add("columns", field, one.content.caption, one.reason)

    def _date(self, field: str, one: Bound, *, is_moment: bool) -> None:
        formats = one.content.date_formats
        if is_moment and one.content.lacks_zone:
            self._timezone(one.content)
        if "date_format" in self.said or formats == ("",):
            self._add("columns", field, one.content.caption, one.reason)
            return
        if formats == ("no year",):
            self._add("columns", field, one.content.caption, one.reason)
            self._ask("bill_month", "2026-07", f"dates in {one.content.caption!r} lack the year")
            return
        ordered = [way for way in formats if _is_ordered(one.content.dates(way))]
        if len(formats) == 1 or len(ordered) == 1:
            way = (ordered or formats)[0]
            why = "no other way fits all dates" if len(formats) == 1 else "only so are they in order"
            self._add("columns", field, {"column": one.content.caption, "format": way}, f"{one.reason}; {why}")
            return
        self._add("columns", field, one.content.caption, one.reason)
        both = " or ".join(formats)
        self._ask("date_format", formats[0], f"dates such as {one.content.texts[0]} mean two days: {both}")

    def _ask(self, key: str, value: str, reason: str) -> None:
        if not any(entry.key == key and not entry.section for entry in self.entries):
            self._add("", key, value, reason, ask=True)

    def _timezone(self, content: Content) -> None:
        if any(entry.key == "timezone" for entry in self.entries):
            return
        if "timezone" in self.said:
            self._add("", "timezone", self.said["timezone"], "said by you")
        elif self._is_chinese:
            self._add("", "timezone", "Asia/Shanghai", "the captions are Chinese; the file itself does not say")
        else:
            self._ask("timezone", "Europe/Berlin", f"times in {content.caption!r} say no zone")

    @property
    def _is_chinese(self) -> bool:
        captions = [content.bare_caption for content in self.contents]
        return sum(bool(_CHINESE.search(caption)) for caption in captions) >= _CHINESE_SHARE * max(len(captions), 1)

    def _weight(self, field: str, one: Bound) -> None:
        caption = one.content.bare_caption.lower()
        unit = next((unit for pattern, unit in _UNITS if re.search(pattern, caption)), None)
        self._add("columns", field, one.content.caption, one.reason)
        if unit is not None:
            self._add("", "weight_unit", unit, f"the caption {one.content.bare_caption!r} says it")
        else:
            self._ask("weight_unit", "kg", f"the caption {one.content.bare_caption!r} says no unit")

    def _kinds(self, one: Bound) -> None:
        """The column of the type of a settlement's lines, and what its words mean."""
        self._add("columns", "type", one.content.caption, one.reason)
        words = one.content.distinct if one.content.is_of_words else {}
        words = {text: lines for text, lines in words.items() if mask_text(text) == text}
        if not words:
            self._add("types", "^$", "unknown", "the words of the column are too many to list")
        for text, lines in words.items():
            meant = type_of_words(text)
            pattern = "^" + re.sub(r"([\\.^$|?*+()\[\]{}])", r"\\\1", text) + "$"
            if meant is None:
                self._add(
                    "types",
                    pattern,
                    "unknown",
                    f"{lines} lines; nobody can know, so they are unknown till then",
                    ask=True,
                )
            else:
                self._add("types", pattern, meant, f"{lines} lines; its words usually mean that")

    def _money(self, bound: Mapping[str, Bound]) -> None:
        parts = {key: one for key, one in bound.items() if key.startswith(("charge ", "part "))}
        money = [
            *parts.values(),
            *(bound[key] for key in ("amount", "gain", "loss", "balance", "fee", "net", "freight") if key in bound),
        ]
        self._currency(bound, [one.content for one in money])
        if "decimal_mark" in self.said:
            self._add("", "decimal_mark", self.said["decimal_mark"], "said by you")
        elif any(one.content.decimal_comma for one in money):
            self._add("", "decimal_mark", ",", f"figures such as {_figure_of(money)} have it")
        if "date_format" in self.said:
            self._add("", "date_format", self.said["date_format"], "said by you")
        # `amount` again, where the words of fields have not told how it is signed.
        self.entries = [entry for entry in self.entries if (entry.section, entry.key) != ("columns", "amount")]
        if len(parts) > 1 or (parts and "amount" not in bound):
            self._several(parts, bound)
        else:
            self._amount(bound)
        if "balance" in bound and self.record.__name__ == "SettlementLine":
            self._add("", "balance", bound["balance"].content.caption, bound["balance"].reason)
        if not any((entry.section, entry.key) == ("columns", "amount") for entry in self.entries):
            of_types = {("columns", "type")} if any(entry.section == "types" for entry in self.entries) else set()
            kept = (entry for entry in self.entries if entry.section != "types")
            self.entries = [entry for entry in kept if (entry.section, entry.key) not in of_types]
        self._choose_sign(bound)

    def _currency(self, bound: Mapping[str, Bound], money: Sequence[Content]) -> None:
        needs = any(spec.name == "currency" and spec.required for spec in record_schema(self.record).columns)
        if "currency" in bound or not (money or needs):
            return
        if "currency" in self.said:
            self._add("", "currency", self.said["currency"], "said by you")
            return
        named = next((content.currency for content in money if content.currency is not None), None)
        if named is not None:
            self._add("", "currency", *named)
        elif self._is_chinese:
            self._add("", "currency", "CNY", "the captions are Chinese; the file itself does not say")
        else:
            self._ask("currency", "EUR", "the file does not say it")

    def _several(self, parts: Mapping[str, Bound], bound: Mapping[str, Bound]) -> None:
        """Several amounts on a line, whose sum may stand beside them."""
        section = "charges" if self.record.__name__ == "CourierCharge" else "amounts"
        for one in parts.values():
            kinds = one.sense.split(" ")[1:]
            self._add(section, one.content.caption, kinds[0] if len(kinds) == 1 else kinds, one.reason)
        total = bound.get("amount")
        if total is None:
            return
        before = list(self.entries)
        self._add("", "net", total.content.caption, f"{total.reason}; on every line it is the sum of the others")
        batch, _ = self._tried()
        if batch is None or batch.control.holds:
            return
        self.entries = before
        self._add("columns", "amount", total.content.caption, f"{total.reason}; it is not the sum of the others")
        self._add(
            "",
            f"{section}_included",
            value=True,
            reason="a total beside its parts mostly holds them; false where it does not",
        )

    def _amount(self, bound: Mapping[str, Bound]) -> None:
        gain, loss, way, amount = (bound.get(key) for key in ("gain", "loss", "direction", "amount"))
        if gain is not None and loss is not None:
            value: Any = {"gain": gain.content.caption, "loss": loss.content.caption}
            self._add("columns", "amount", value, f"{gain.reason}, {loss.reason}")
        elif way is not None and (one := amount or gain or loss) is not None:
            value = {"column": one.content.caption, "direction": way.content.caption}
            self._add("columns", "amount", value, f"{one.reason}; {way.reason}: {_listed(list(way.content.distinct))}")
        elif amount is not None:
            is_cash = field_of("gain", self.record) is not None
            unsigned = is_cash and not amount.content.has_minus
            more = "; no figure has a minus, so losses among them would be read as gains" if unsigned else ""
            self._add("columns", "amount", amount.content.caption, amount.reason + more)
        elif gain is not None:
            self._add("columns", "amount", gain.content.caption, gain.reason)
        elif loss is not None:
            inverse = not loss.content.has_minus
            value = {"column": loss.content.caption, "inverse": True} if inverse else loss.content.caption
            self._add("columns", "amount", value, loss.reason)

    def _choose_sign(self, bound: Mapping[str, Bound]) -> None:
        """Of the ways in which amounts can be signed, the one that the balances follow."""
        at = next(
            (at for at, entry in enumerate(self.entries) if (entry.section, entry.key) == ("columns", "amount")), None
        )
        if at is None or "balance" not in bound:
            return
        entry = self.entries[at]
        is_rule = isinstance(entry.value, Mapping) and bool({"gain", "direction"} & set(entry.value))
        plain = dict(entry.value) if isinstance(entry.value, Mapping) else {"column": entry.value}
        found = []
        for inverse in ({}, {"inverse": True}):
            for way in _SIGN_WAYS if is_rule else ({},):
                value = {**plain, **way, **inverse}
                self.entries[at] = attrs.evolve(entry, value=value)
                batch, _ = self._tried()
                if batch is not None and any("balance" in check.name for check in batch.control.proof.checks):
                    found.append((sum(one.check == "balance" for one in batch.control.findings), value))
        self.entries[at] = entry
        if not found:
            return
        wrong, value = min(found, key=lambda pair: pair[0])
        more = "the balances follow so" if not wrong else f"of all ways so most balances follow; {wrong} do not"
        if wrong and all(others == wrong for others, _ in found):
            value, more = entry.value, f"the balances say nothing of signs, {wrong} of them follow in no way"
        shown = entry.value if set(value) == {"column"} else value
        self.entries[at] = attrs.evolve(entry, value=shown, reason=f"{entry.reason}; {more}")

    def _ask_how_signs_are_written(self) -> None:
        """Figures could mean two things: they are read in one way as a stand-in, and the draft is refused until a person says."""
        at = next(at for at, entry in enumerate(self.entries) if (entry.section, entry.key) == ("columns", "amount"))
        entry = self.entries[at]
        self.entries[at] = attrs.evolve(
            entry,
            value={**entry.value, "written": "?"},
            reason=f"{entry.reason}; ASK: written = plain where a minus takes "
            "back, signed where figures are signed already, either where a minus means nothing",
        )

    def _constants(self, bound: Mapping[str, Bound]) -> None:
        filled = {entry.key for entry in self.entries if entry.section == "columns"}
        has_parts = any(entry.section in {"charges", "amounts"} for entry in self.entries)
        for field, value in _PLACEHOLDERS.get(self.record.__name__, {}).items():
            if field in filled or (has_parts and "amount" not in filled and field in {"type", "charge_type"}):
                continue
            why = (
                "one figure for the whole parcel, as far as can be seen"
                if value == "all_in"
                else "a person must say which"
            )
            self._add("constants", field, value, why)
            filled.add(field)
        mapping = mapping_of(self.entries)
        filled |= {"currency"} if "currency" in mapping or "currency" in bound or not bound else set()
        for spec in record_schema(self.record).columns:
            name = spec.name.removesuffix("_minor")
            is_filled = name in filled or (name == "amount" and has_parts) or name == "currency"
            if spec.required and not is_filled:
                self._add(
                    "columns", name, "?", f"{self.record.__name__} needs it, and no column looks like it", ask=True
                )

    @property
    def _questions(self) -> list[Entry]:
        """What of the whole file a person is asked."""
        return [entry for entry in self.entries if entry.is_asked and not entry.section]

    def _tried(self) -> tuple[Batch | None, str]:
        """What the draft makes of the file, or why it cannot be read."""
        mapping = mapping_of(self.entries)
        mapping |= {entry.key: entry.value for entry in self._questions}
        amount = mapping.get("columns", {}).get("amount")
        if isinstance(amount, Mapping) and amount.get("written") == "?":
            mapping["columns"] = {**mapping["columns"], "amount": {**amount, "written": "plain"}}
        common = {key: value for key, value in mapping.items() if key in COMMON_OPTIONS}
        try:
            opened = self.document.opened_as(encoding=common.get("encoding"), delimiter=common.get("delimiter"))
            return format_of_mapping(mapping).read(opened, name="generic_table", options=common), ""
        except TieoutError as cause:
            return None, str(cause)

    def _footers(self, batch: Batch, bound: Mapping[str, Bound]) -> Batch:
        """Rows below the last record that were refused: footers where they show no money, questions where they do."""
        lines = batch.records.to_polars()["source_line"]
        last = int(str(lines.max())) if len(lines) else 0
        below = [reject.line for reject in batch.rejects if last and reject.line is not None and reject.line > last]
        money = [one.content.position for key, one in bound.items() if key in {"amount", "gain", "loss", "balance"}]
        frame = self.table.grid.body(self.table.header.row.line_end, self.table.header.width)
        sure: list[str] = []
        for row in frame.filter(pl.col(LINE).is_in(below)).iter_rows(named=True):
            cells = [row[cell_name(at)] or "" for at in range(self.table.header.width)]
            shown = next((cell.strip() for cell in cells if not is_blank(cell)), "")
            start = re.match(r"[^\d]{2,20}", shown)
            has_money = any(not is_blank(cells[at]) for at in money)
            if start is None or (has_money and row[WIDTH] > 1):
                continue
            sure.append("^" + re.sub(r"([\\.^$|?*+()\[\]{}])", r"\\\1", start[0].strip()))
        if not sure:
            return batch
        self._add("", "footer", list(dict.fromkeys(sure)), "rows below the last line that show no amount begin so")
        again, _ = self._tried()
        if again is not None and len(again.records) == len(batch.records):
            return again
        self.entries = [entry for entry in self.entries if entry.key != "footer"]
        return batch

    def _result(self, batch: Batch | None, problem: str) -> Iterator[str]:
        asked = [f"{entry.key} = {entry.value!r}" for entry in self._questions]
        asked += ["written = 'plain'" for entry in self.entries if _is_unsure(entry)]
        standing = f", with {' and '.join(asked)} standing in for what is asked" if asked else ""
        if batch is None:
            yield f"Tried on the file{standing}, which it cannot read yet: {problem}"
            return
        control = batch.control
        line = self.table.header.row.line
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

    def _unread(self) -> Iterator[str]:
        used = set()
        for entry in self.entries:
            if entry.section in {"columns", "charges", "amounts"} or entry.key in {"net", "balance"}:
                values = entry.value.values() if isinstance(entry.value, Mapping) else [entry.value]
                used |= {str(value) for value in values} | {entry.key}
        for content in self.contents:
            if content.caption in used:
                continue
            if content.pii is not None:
                yield f"  {content.caption!r}: left out, {content.pii}"
            elif content.kind == "blank":
                yield f"  {content.caption!r}: all cells are blank"
            else:
                yield f"  {content.caption!r}: not understood; {content.kind}, such as {content.examples}"


def _is_unsure(entry: Entry) -> bool:
    return isinstance(entry.value, Mapping) and entry.value.get("written") == "?"


def _figure_of(money: Sequence[Bound]) -> str:
    return next(one.content.texts[0] for one in money if one.content.decimal_comma)


def _is_ordered(days: Sequence[Any]) -> bool:
    pairs = list(pairwise(days))
    rising = all(first <= second for first, second in pairs)
    return len(set(days)) > 1 and (rising or all(first >= second for first, second in pairs))
