"""TableFormat: a format that is a table, declared by its columns and by what is odd about it.

The way of a file: find the sheet or delimiter and the header (`_locate`), tell data from footers (`_rows`), parse column by
column (`_parsing`, `_columns` and its kinds), turn what cannot be read into rejects (`_refusal`), shape the rest into records
(`_shaping`, `_parts`), and check that every line and every declared total is accounted for (`_totals`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any

import attrs
import polars as pl

from tieout.errors import InputError, MissingColumn
from tieout.money import DecimalMark
from tieout.privacy import PiiClass, is_personal
from tieout.proof import Check
from tieout.sources._amounts import Amount, Part
from tieout.sources._apart import IsApart, captions_asked, rows_apart
from tieout.sources._assembly import assemble, set_apart_rows
from tieout.sources._base import Fit
from tieout.sources._batch import Batch
from tieout.sources._captions import fold_caption
from tieout.sources._cash import CASH
from tieout.sources._columns import Column
from tieout.sources._currencies import Currencies, check_currencies
from tieout.sources._document import Document
from tieout.sources._faults import CellFault, Conventions
from tieout.sources._grid import Grid
from tieout.sources._headed import headed_rows
from tieout.sources._kind import Kind
from tieout.sources._known import clean_body
from tieout.sources._layout_notes import note_layout
from tieout.sources._locate import Layout, Site, bind, not_found, sites
from tieout.sources._options import Options
from tieout.sources._parsing import Parsing, has_token, homeless, known_currency, of_each
from tieout.sources._parts import split_parts
from tieout.sources._reading import Reading
from tieout.sources._refusal import find_faults, refuse_together
from tieout.sources._rows import KIND, RowKind, TotalRow, tell_rows
from tieout.sources._sections import Section, settled
from tieout.sources._shaping import check_fields, with_constants
from tieout.sources._times import Moment
from tieout.tables import Table
from tieout.tables._schema import record_schema

__all__ = ["TableFormat"]

_COLUMNS_MAX = 16_384  # as many as a sheet can have
_ACROSS_LINES = (
    "every_sheet",
    "grouped_by",
    "carried",
    "headed",
    "month",
    "currency_of",
    "date_format_of",
    "timezone_of",
    "decimal_mark_of",
    "is_apart",
    "derive",
    "refuse",
    "shape",
    "others",
)
"""What a format may say that can look at other lines than the one it is about."""


def _as_tuple(columns: Iterable[Column]) -> tuple[Column, ...]:
    return tuple(columns)


@attrs.frozen(kw_only=True, slots=False, eq=False)
class TableFormat:
    """A source format that is a table.

    Attributes:
        record: Class of the records that a line becomes.
        columns: The columns that are read.
        carrier: Carrier code of all records; None when the file says it, or it is no courier's.
        currency: ISO 4217 code of all amounts; None when a column or the caller says it.
        timezone: Zone of times without an offset; None when nobody knows, which refuses them.
        either: Sets of columns, as they are named in the record's table, of which each line must fill one.
        together: Sets of columns, named alike, of which a file has all or none: what one says, another completes.
        constants: Fields that are the same on every line.
        grouped_by: Columns, as they are named in the record's table, of which equal values make several lines one record,
            the one that no record lacks first. Where one of the lines is refused, all are.
        carried: Columns of which a blank cell means what the first line of the same record says.
        headed: Columns that stand on the first line of each record alone, the record's own number first, if it has one: a line
            that fills any of them begins a record, unless it repeats that number; the others go on with it. The records are
            numbered in a column `_record`, for `grouped_by`.
        evidence: What the declaration was made from: `files`, `test rows`, `columns only`.
        footers: Patterns (in syntax that Python and Rust share) of cells that make a row a footer, besides the usual words
            for sums.
        ends: Patterns of cells with which another section begins; nothing below is data.
        totals: Patterns of first cells of lines with the captions of totals, whose figures stand on the next line. Below them
            may be data again, where somebody joined several files.
        sheets: Names of the sheets that hold the table, where reference copies beside them look the same.
        every_sheet: Whether all sheets that have the header are parts of one table.
        ignored: Captions that are known and not read; others that are not read are reported as drift.
        personal: Captions that hold personal data in this format alone, and of which class: columns of them are read only where
            the caller asks for such data, and what stands below them is masked where rows are shown.
        by_line: Whether no line of a file needs another, whatever the hooks below do: a large file is then read in sections.
        checked: Columns that `checks` reads, of formats whose files are read in sections: they stay until the file's end.
        marks: Patterns of which each must be found in some cell of the first rows, on any sheet: what tells the format
            from others with the same captions.
        rows_max: How many rows to look at for the header.
        layout: The columns by position, for a format whose files have no header.
        short_rows: Whether lines may end before the last columns.
        refuse_personal: Whether a column of personal data that nobody asked for is an error; else it is left out.
        main_part: What a line's own amount is for beside `Part` columns; None when a column says it.
        parts_included: Whether a line's own amount is a total that holds its `Part` columns.
        decimal_mark: What parts units from fractions.
        date_format: How dates are written; None for the usual ways.
        options: Options of this format alone, and what each says.
        month: Tells the month of a file whose dates lack the year, before they are parsed.
        currency_of: Tells the currency of a file that does not say it line by line, for all lines or for each.
        rounds: Whether the channel reckons finer than its currency, so that amounts are rounded half-up unasked; a note says what
            that added.
        date_format_of: Tells how a file of a format with several ways writes its dates, in the notation of `strftime`.
        timezone_of: Tells the zone of times without an offset in a file that says it once; asked where nobody else says it.
        decimal_mark_of: Tells what parts units from fractions in a file of a format that has both ways.
        is_apart: Tells the rows that are no records though they look like them, such as a row of totals above the lines: an
            expression of the body, given the expressions of cells by their caption (null where blank, or without the column).
            The columns that it looks at are declared, so that a file without one of them is refused.
        derive: Adds to the parsed columns what a line says by several of them, such as its signed amount as `amount_minor` or its
            `currency`, before parts become records and rejects are told.
        refuse: Finds lines whose cells contradict each other, so that no record may be made of them.
        shape: Turns the parsed columns into the record's, where one line is not simply one record.
        others: Gives further records, such as the header of a bill.
        checks: Gives further checks.
    """

    record: type
    columns: tuple[Column, ...] = attrs.field(converter=_as_tuple)
    carrier: str | None = None
    currency: str | None = None
    timezone: str | None = None
    either: tuple[tuple[str, ...], ...] = ()
    together: tuple[tuple[str, ...], ...] = ()
    constants: Mapping[str, Any] = attrs.field(factory=dict)
    grouped_by: tuple[str, ...] = ()
    carried: tuple[str, ...] = ()
    headed: tuple[str, ...] = ()
    evidence: str = "files"
    footers: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    totals: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()
    every_sheet: bool = False
    ignored: tuple[str, ...] = ()
    personal: Mapping[str, PiiClass] = attrs.field(factory=dict)
    by_line: bool = False
    checked: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    rows_max: int = 60
    layout: Layout | None = None
    short_rows: bool = False
    refuse_personal: bool = False
    main_part: str | None = None
    parts_included: bool = False
    decimal_mark: DecimalMark = DecimalMark.POINT
    date_format: str | None = None
    options: Mapping[str, str] = attrs.field(factory=dict)
    month: Callable[[Reading], date | None] | None = None
    currency_of: Callable[[Reading], str | pl.Series | None] | None = None
    rounds: bool = False
    date_format_of: Callable[[Reading], str | None] | None = None
    timezone_of: Callable[[Reading], str | None] | None = None
    decimal_mark_of: Callable[[Reading], DecimalMark] | None = None
    is_apart: IsApart | None = None
    derive: Callable[[pl.DataFrame], pl.DataFrame] | None = None
    refuse: Callable[[Reading], Iterable[CellFault]] | None = None
    shape: Callable[[pl.DataFrame, Reading], pl.DataFrame] | None = None
    others: Callable[[Reading], Mapping[str, Table[Any]]] | None = None
    checks: Callable[[Reading], Iterable[Check]] | None = None

    def __attrs_post_init__(self) -> None:
        by_parts = ["amount_minor"] if self._parts else []
        has_own = any(column.name == "amount_minor" for column in self.columns)
        by_parts += [self._kind_of_part] if self.main_part is not None or (self._parts and not has_own) else []
        by_shape = self._schema if self.shape is not None or self.derive is not None else []
        by_shape = [*by_shape, "currency"] if self.currency_of is not None else by_shape
        check_fields(self.record, self.columns, self._constants({}), also=[*by_parts, *by_shape])
        check_currencies(self.record, self.columns, self._constants({}))
        names = [column.name for column in self.columns]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise InputError(f"several columns fill {', '.join(twice)}", where="columns")
        unsaid = [caption for caption in captions_asked(self.is_apart) if fold_caption(caption) not in self._captions]
        if unsaid:
            raise InputError(
                f"is_apart looks at {', '.join(map(repr, unsaid))}, which no column declares",
                where="columns",
                hint="declare it; a file that may lack it says optional=True, any other is refused without it",
            )

    def fit(self, document: Document) -> Fit:
        """How well a document fits, by the captions of its likeliest header."""
        candidates = sites(
            document.grids,
            self.columns,
            said=self._captions,
            header_row=None,
            rows_max=self.rows_max,
            layout=self.layout,
        )
        if not candidates:
            missing = tuple(column.caption for column in self.columns if not column.optional)
            return Fit(is_match=False, found=0, share=0.0, missing=missing)
        best = candidates[0]
        absent = tuple(mark for mark in self.marks if not document.shows(mark))
        return Fit(
            is_match=best.is_complete and not absent,
            found=best.found + len(self.marks) - len(absent),
            share=best.share * (1 if not absent else 0.5),
            missing=(*best.missing, *(mark if mark.isalnum() else f"a cell like {mark}" for mark in absent)),
            extra=self._unknown(best),
            where=best.where,
            captions=tuple(caption for caption in best.header.captions if caption),
        )

    def read(self, document: Document, *, name: str, options: Mapping[str, Any]) -> Batch:
        """Read a document as `SourceFormat.read` says."""
        said = self.options_of(options, name=name)
        readings = [self.reading_of(site, document, name, said) for site in self.sites_of(document, said)]
        tables = [self.others(reading) for reading in readings] if self.others is not None else []
        others = {kind: Table.concat([part[kind] for part in tables]) for kind in tables[0]} if tables else {}
        checks = [check for reading in readings for check in (self.checks(reading) if self.checks is not None else ())]
        return assemble(readings, document, name=name, record=self.record, others=others, checks=checks)

    def as_table(self, options: Mapping[str, Any]) -> tuple["TableFormat", dict[str, Any]]:
        """Itself and the options: a format that is made of the caller's options gives the one it makes of them."""
        return self, dict(options)

    def options_of(self, options: Mapping[str, Any], *, name: str) -> Options:
        """What the caller said, checked.

        Raises:
            InputError: It makes no sense.
        """
        said = Options.of(options, self.options, format_name=name)
        check_fields(self.record, (), said.constants, also=[*self._schema])
        check_currencies(self.record, (), said.constants)
        return said

    @property
    def goes_by_line(self) -> bool:
        """Whether a file can be read in sections, because no line needs another."""
        return self.by_line or not (self.checks or any(getattr(self, hook) for hook in _ACROSS_LINES))

    @cached_property
    def _schema(self) -> dict[str, pl.DataType]:
        return record_schema(self.record).dtypes

    @cached_property
    def _required(self) -> set[str]:
        """Columns of the record's table that neither may be null nor are filled by the declaration."""
        return {spec.name for spec in record_schema(self.record).columns if spec.required} - set(self._constants({}))

    @cached_property
    def _parts(self) -> list[Part]:
        return [column for column in self.columns if isinstance(column, Part)]

    @property
    def _kind_of_part(self) -> str:
        """The record's field that says what an amount is for."""
        return "charge_type" if "charge_type" in self._schema else "type"

    def _constants(self, said: Mapping[str, Any]) -> dict[str, Any]:
        own = {"currency": self.currency, "carrier": self.carrier}
        known = {name: value for name, value in own.items() if value is not None and name in self._schema}
        return {**known, **self.constants, **said}

    def _is_needed(self, column: Column) -> bool:
        return column.needed or column.name in self._required

    def _derived(self, reading: Reading) -> list[str]:
        """Columns that a record needs and that the format derives; a line of parts may lack an amount of its own."""
        bound = {column.name for _, column in reading.bound} | ({"amount_minor"} if self._parts else set())
        return [name for name in reading.values.columns if name in self._required - bound]

    def _is_identity(self, column: Column) -> bool:
        is_elsewhere = column.name in (*self.carried, *self.headed)
        return self._is_needed(column) and not is_elsewhere and not isinstance(column, Amount)

    def sites_of(self, document: Document, said: Options) -> list[Site]:
        """Where the table stands; one place, unless every sheet is part of the table."""
        grids = _chosen_grids(document, said.sheet)
        candidates = sites(
            grids,
            self.columns,
            said=self._captions,
            header_row=said.header_row,
            rows_max=self.rows_max,
            layout=self.layout,
        )
        complete = [site for site in candidates if site.is_complete]
        if not complete:
            raise not_found(candidates, self.columns, where=document.where, rows_max=self.rows_max)
        meant = [site for site in candidates if self.every_sheet or site.grid.title in self.sheets]
        torn = [site for site in meant if site.is_near and not site.is_complete]
        if torn:
            raise not_found(torn, self.columns, where=document.where, rows_max=self.rows_max)
        if document.kind is Kind.TEXT or len(complete) == 1:
            return complete[:1]
        order = {id(grid): at for at, grid in enumerate(grids)}
        complete.sort(key=lambda site: order[id(site.grid)])
        preferred = [site for site in complete if site.grid.title in self.sheets]
        if self.every_sheet or len(preferred) == 1:
            return complete if self.every_sheet else preferred
        titles = ", ".join(repr(site.grid.title) for site in complete)
        raise InputError(
            f"several sheets hold the table: {titles}", where=document.where, hint="say which with sheet=..."
        )

    @cached_property
    def _captions(self) -> frozenset[str]:
        """The captions of all columns, as they are compared."""
        return frozenset().union(*(column.folded for column in self.columns))

    @cached_property
    def _known(self) -> frozenset[str]:
        """The captions that are known, as they are compared: those of columns, and those that are not read."""
        further = (
            caption
            for column in self.columns
            if isinstance(column, Moment)
            for captions in column.also
            for caption in captions
        )
        return self._captions.union(map(fold_caption, (*self.ignored, *self.personal, *further)))

    def _unknown(self, site: Site) -> tuple[str, ...]:
        pairs = zip(site.header.captions, site.header.folded, strict=True)
        return tuple(caption for caption, folded in pairs if folded and folded not in self._known)

    def reading_of(self, site: Site, document: Document, name: str, said: Options) -> Reading:
        """One table of a document, all the way to the records of its lines."""
        reading = self._open(site, document, name, said)
        if self.month is not None:
            reading.month = self.month(reading)
        self._parse(reading)
        keys = reading.values.select(name for name in self.grouped_by if name in reading.values.columns)
        reading.faults += self.refuse(reading) if self.refuse is not None else ()
        find_faults(
            reading,
            is_needed=self._is_needed,
            either=self.either,
            derived=self._derived(reading),
            short_rows=self.short_rows,
        )
        refuse_together(reading, keys)
        is_rejected = reading.is_rejected
        values = reading.values.filter(~is_rejected) if is_rejected.any() else reading.values
        frame = with_constants(values, self._constants(said.constants), self.record)
        if self._parts:
            frame = split_parts(
                frame, self._parts, kind=self._kind_of_part, main=self.main_part, included=self.parts_included
            )
        reading.frame = frame if self.shape is None else self.shape(frame, reading)
        return reading

    def _open(self, site: Site, document: Document, name: str, said: Options) -> Reading:
        """The table with its rows told apart."""
        header = site.header
        there = bind(site, self.columns, where=document.where)
        self._check_together([column for _, column in there], site, f"{document.where}{site.where}", name)
        bound = self._without_personal(there, site, document, said)
        width = max([header.width, *(position + 1 for position, _ in bound)])
        if width > _COLUMNS_MAX:
            raise InputError(
                f"the header has {width:,} cells; a table has {_COLUMNS_MAX:,} at most",
                where=f"{document.where}{site.where}",
            )
        body, known = clean_body(site.grid, header.row.line_end, width, bound)
        height = body.height
        identity = [at for at, column in bound if self._is_identity(column)]
        totals: list[TotalRow] = []
        if KIND not in body.columns:
            body, totals = tell_rows(
                body,
                header,
                identity=identity or [at for at, _ in bound[:1]],
                amounts=[at for at, column in bound if isinstance(column, Amount)],
                footers=self.footers,
                ends=self.ends,
                apart=rows_apart(body, header, self.is_apart, self.totals),
                plain={at: known.plain[column.name] for at, column in bound if column.name in known.plain},
            )
        if isinstance(site.grid, Section) and site.grid.goes_on:
            body = settled(body, has_totals=bool(self.totals))
            totals = [total for total in totals if total.row < body.height]
            site = attrs.evolve(site, grid=site.grid.ending(body, header.row.line_end))
        is_data = body[KIND] == RowKind.DATA.value
        is_all = len(is_data) == height and is_data.all()
        reading = Reading(
            name=name,
            document=document,
            options=said,
            site=site,
            bound=bound,
            body=body,
            data=body if is_all else body.filter(is_data),
            known=known if is_all else known.head(body.height).filter(is_data),
            totals=totals,
            personal=self.personal,
        )
        reading.set_apart = set_apart_rows(reading)
        note_layout(reading, unread=self._unknown(site))
        return reading

    def _check_together(self, there: Sequence[Column], site: Site, where: str, name: str) -> None:
        """Refuse a file that has some of the columns that go together, and lacks others."""
        names = {column.name for column in there}
        for several in self.together:
            if names.isdisjoint(several) or names.issuperset(several):
                continue
            gone = [column for column in self.columns if column.name in several and column.name not in names]
            beside = ", ".join(repr(column.caption) for column in there if column.name in several)
            raise MissingColumn(
                [column.caption if column.nth is None else f"{column.caption}#{column.nth}" for column in gone],
                found=site.header.captions,
                where=where,
                hint=f"in files of format {name} it goes with {beside}",
            )

    def _without_personal(
        self, bound: list[tuple[int, Column]], site: Site, document: Document, said: Options
    ) -> list[tuple[int, Column]]:
        classes = [self._pii_of(site.header.captions[at]) for at, _ in bound]
        personal = [(at, None if column.masks else pii) for (at, column), pii in zip(bound, classes, strict=True)]
        if said.keep_pii or all(pii is None for _, pii in personal):
            return bound
        if self.refuse_personal and said.pseudonyms is None:
            listed = ", ".join(f"{site.header.captions[at]!r} ({pii})" for at, pii in personal if pii is not None)
            raise InputError(
                f"columns of personal data are asked for: {listed}",
                where=f"{document.where}{site.where}",
                hint="keep_pii=True reads them, pseudonyms=... makes tokens of them",
            )
        kept = [pair for pair, (_, pii) in zip(bound, personal, strict=True) if pii is None or has_token(pii, said)]
        return [(at, column) for at, column in kept if self._pii_of(site.header.captions[at]) is None or column.is_text]

    def _pii_of(self, caption: str) -> PiiClass | None:
        """What a caption of this format holds of personal data."""
        own = {fold_caption(known): pii for known, pii in self.personal.items()}
        return own.get(fold_caption(caption)) or is_personal(caption)

    def _parse(self, reading: Reading) -> None:
        """Parse all columns."""
        said = reading.options
        heads = headed_rows(reading, self.headed)
        known = dict(heads)
        currency = self._constants(said.constants).get("currency", self.currency)
        if currency is None and self.currency_of is not None:
            currency = known_currency(self.currency_of(reading), reading)
        if currency is not None and self.currency_of is not None:
            known["currency"] = of_each(currency, reading.data.height)
            reading.faults += homeless(known["currency"])
        parsing = Parsing(
            columns=self.columns,
            grouped_by=self.grouped_by,
            carried=self.carried,
            heads=heads,
            schema=self._schema,
            currencies=Currencies.of(self.record, self.columns, self._constants(said.constants)),
        )
        parsing.parse(reading, self._conventions(reading, currency), known)
        if self.derive is not None:
            reading.values = self.derive(reading.values)

    def _conventions(self, reading: Reading, currency: str | pl.Series | None) -> Conventions:
        """How the file writes numbers and dates."""
        said = reading.options
        return Conventions(
            where=reading.where,
            currency=currency,
            decimal_mark=self.decimal_mark if self.decimal_mark_of is None else self.decimal_mark_of(reading),
            timezone=said.timezone or self.timezone or (self.timezone_of(reading) if self.timezone_of else None),
            date_format=self.date_format if self.date_format_of is None else self.date_format_of(reading),
            month=reading.month,
            round_amounts=said.round_amounts or self.rounds,
            keep_damaged_ids=said.damaged_ids == "keep",
            keep_pii=said.keep_pii,
            is_cash=self.record in CASH,
        )


def _chosen_grids(document: Document, sheet: str | None) -> list[Grid]:
    if sheet is None:
        return list(document.grids)
    for grid in document.grids:
        if grid.title == sheet:
            return [grid]
    listed = ", ".join(repr(grid.title) for grid in document.grids if grid.title is not None) or "none, it is a text"
    raise InputError(f"there is no sheet {sheet!r}; sheets: {listed}", where=document.where)
